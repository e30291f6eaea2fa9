r"""Products over an index, and the sums and products of all eigenvalues.

:math:`\prod_i t_i` is the determinant of the diagonal matrix of the t_i. Eigenvalues have no
encoding one by one; of all of them together, counted with multiplicity, those of a real matrix A have

    Σ_i λ_i(A)^k = tr(A^k),   Π_i λ_i(A) = det(A).

Source: Horn & Johnson, Matrix Analysis (2nd ed., 2013), section 1.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sympy
from msgspec.structs import replace
from sympy import Basic, Integer

from derivcheck.algebra import nodes
from derivcheck.language import syntax
from derivcheck.language.context import names_of
from derivcheck.language.inference import constant
from derivcheck.language.typed import Typed
from derivcheck.limits import WRITTEN_POWER as MAX_POWER

if TYPE_CHECKING:
    from derivcheck.language.elaborate import Elaborator


def over_index(body: Basic, variable: Basic) -> Basic:
    """Return the product of a number over all values of an index."""
    entries = nodes.Assembled(body, variable, Integer(1))
    return determinant(sympy.DiagMatrix(entries))


def determinant(matrix: Basic) -> Basic:
    """Return det A as it is written."""
    return Basic.__new__(sympy.Determinant, matrix)


def of_eigenvalues(el: Elaborator, node: syntax.BigOperator) -> Typed | None:
    r"""Return ``\sum_i \lambda_i(A)^k`` or ``\prod_i \lambda_i(A)``; None for anything else.

    Raises:
        MeaningError: when A is not square, or the index does not run over its size.
    """
    body: Any = node.body
    exponent = 1
    if isinstance(body, syntax.Power):
        number = constant(body.exponent)
        if number is None or number.q != 1 or not 0 < number <= MAX_POWER:
            return None
        body, exponent = body.base, int(number)
    if not isinstance(body, syntax.Call) or len(node.indices) != 1 or len(body.arguments) != 1:
        return None
    name = getattr(body.function, "name", "")
    if body.power or name in el.context.entries or name != rf"\lambda_{node.indices[0]}":
        return None
    matrix = el.known(el.expression(body.arguments[0]))
    shape = matrix.shape
    if shape is None or len(shape) != 2 or shape[0] != shape[1]:
        raise el.error("DC201", "only a square matrix has eigenvalues", body.arguments[0])
    first = node.lower is None or constant(node.lower) == 1
    if not first or (node.upper is not None and el.size(node.upper) != shape[0]):
        raise el.error("DC110", "a sum over some of the eigenvalues has no encoding", node)

    def build() -> Basic:
        inner = matrix.build()
        if node.operator == "sum":
            return sympy.Trace(Basic.__new__(sympy.MatMul, *[inner] * exponent))
        return sympy.Pow(determinant(inner), exponent, evaluate=False)

    el.found.notes.append(
        f"`{el.text(body.function)}` are all eigenvalues, counted with multiplicity"
    )
    return Typed((), build, node.start, node.end)


def apart(el: Elaborator, node: syntax.BigOperator) -> list[syntax.Node]:
    r"""Return the factors of ``\prod_i a_i \prod_i b_i``: a product ends where the next one begins.

    Raises:
        MeaningError: DC103 when factors without the index come after those with it.
    """
    body = node.body
    if not isinstance(body, syntax.Product):
        return [node]
    own: list[syntax.Node] = []
    factors = list(body.factors)
    while factors and not (own and isinstance(factors[0], syntax.BigOperator)):
        own.append(factors.pop(0))
    shown = [bool({*node.indices} & {*names_of(factor)}) for factor in own]
    if True in shown and not shown[-1]:
        raise el.error(
            "DC103", "the factors behind the last one with the index may stand outside", node
        )
    inner = own[0] if len(own) == 1 else syntax.Product(own[0].start, own[-1].end, tuple(own))
    return [replace(node, body=inner, end=own[-1].end), *factors]
