r"""The table of operators: one row says everything that the rooms need to know of an operator.

The *pattern* is the index rule, written like an ``einsum`` subscript: one group of letters for each
axis of each argument, ``->``, and the axes of the result. A letter that stands twice in the
arguments is summed when the result lacks it; a letter that stands twice in the result is a
Kronecker delta there; ``(ij)`` is one axis made of two, the first letter running slowly; ``1`` is
a unit axis. The shape rule is the same pattern read on sizes, so it cannot disagree with the index
rule.

The *dense* rule is the definition on explicit arrays, written as loops in ``arrays``: it shares
nothing with the pattern, and exact evaluation uses nothing else.

To add an operator is to add a row here, its loop in ``arrays`` and a document to the test corpus.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy

from derivcheck.algebra import arrays, nodes


@dataclass(frozen=True, slots=True)
class Operator:
    """A row of the table.

    Attributes:
        name: kebab-case, used in messages and certificates.
        node: the SymPy class that holds it; its leading arguments are matrices, then sizes.
        pattern: the index rule.
        sizes: the letters that the trailing size arguments of the node give.
        latex: a template with ``#1``, ``#2`` for the arguments (and sizes after them).
        dense: arrays (then integer sizes) to an array, by definition.
        source: where the definition is written down.
        associative: the node takes any number of arguments, folded from the left.
    """

    name: str
    node: type
    pattern: str
    sizes: str
    latex: str
    dense: Callable[..., Any]
    source: str
    associative: bool = False


_MN = "Magnus & Neudecker, Matrix Differential Calculus (3rd ed., 2019)"

OPERATORS: dict[type, Operator] = {
    row.node: row
    for row in (
        Operator(
            "matrix-product", sympy.MatMul, "ij,jk->ik", "", r"#1 #2", arrays.product,
            f"{_MN}, ch. 1.3", associative=True,
        ),
        Operator(
            "transpose", sympy.Transpose, "ij->ji", "", r"#1^\top", arrays.transpose,
            f"{_MN}, ch. 1.4",
        ),
        Operator(
            "trace", sympy.Trace, "ii->", "", r"\operatorname{tr}(#1)", arrays.trace,
            f"{_MN}, ch. 1.10",
        ),
        Operator(
            "hadamard-product", sympy.HadamardProduct, "ij,ij->ij", "", r"#1 \odot #2",
            arrays.hadamard, f"{_MN}, ch. 3.6", associative=True,
        ),
        Operator(
            "kronecker-product", sympy.KroneckerProduct, "ij,kl->(ik)(jl)", "", r"#1 \otimes #2",
            arrays.kronecker, f"{_MN}, ch. 2.2", associative=True,
        ),
        Operator(
            "vec", nodes.Vec, "ij->(ji)1", "", r"\operatorname{vec}(#1)", arrays.vec,
            f"{_MN}, ch. 2.4",
        ),
        Operator(
            "unvec", nodes.Unvec, "(ji)1->ij", "ij",
            r"\operatorname{vec}^{-1}_{#2 \times #3}(#1)", arrays.unvec,
            f"the inverse of vec; {_MN}, ch. 2.4",
        ),
        Operator(
            "diagonal-matrix", sympy.DiagMatrix, "i1->ii", "", r"\operatorname{diag}(#1)",
            arrays.diagonal_matrix, f"{_MN}, ch. 1.6",
        ),
        Operator(
            "diagonal", sympy.DiagonalOf, "ii->i1", "", r"\operatorname{diag}(#1)",
            arrays.diagonal, f"{_MN}, ch. 1.6",
        ),
        Operator(
            "identity", sympy.Identity, "->ii", "i", r"I_{#1}", arrays.identity, f"{_MN}, ch. 1.3"
        ),
        Operator(
            "ones", sympy.OneMatrix, "->ij", "ij", r"\mathbf{1}_{#1 \times #2}", arrays.ones,
            f"{_MN}, ch. 1.2 (the sum vector)",
        ),
        Operator(
            "commutation-matrix", nodes.CommutationMatrix, "->(ij)(ji)", "ij", r"K_{#1,#2}",
            arrays.commutation, "Magnus & Neudecker (1979), Ann. Statist. 7(2), 381-394",
        ),
    )
}  # fmt: skip
