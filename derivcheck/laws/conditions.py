"""What a goal gives besides its hypotheses as they stand: what a condition or a size means.

Source: Horn & Johnson, Matrix Analysis (2nd ed., 2013), section 0.5 (a right inverse of a square
matrix is its left inverse).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy
from sympy import Basic, Integer

from derivcheck.algebra import nodes
from derivcheck.algebra.goal import Condition, Goal, NoEquationError
from derivcheck.laws.law import (
    Sides,
    given,
    is_square,
    power,
    product,
    times,
    written_inverse,
)

_INVERTIBLE = ("invertible", "positive-definite")
_NOT_ZERO = ("nonzero", "positive")


def condition_at(goal: Goal, position: Any) -> Condition:
    """Return a condition of a goal; its obligations are counted after what is given.

    Raises:
        NoEquationError: when it has none there.
    """
    conditions = (*goal.conditions, *goal.obligations)
    if type(position) is not int or not 0 <= position < len(conditions):
        raise NoEquationError("a step names a condition that the goal does not have")
    return conditions[position]


# M M⁻¹ = I, or M⁻¹ M = I from the left, where a condition says that M is invertible
def _inverse(goal: Goal, position: int, left: bool) -> Sides:
    condition = condition_at(goal, position)
    matrix = condition.node
    if condition.kind not in _INVERTIBLE or not is_square(matrix):
        raise NoEquationError(f"“{condition.latex}” is not the condition of this law")
    pair = (written_inverse(matrix), matrix) if left else (matrix, written_inverse(matrix))
    return product(*pair), sympy.Identity(nodes.shape(matrix)[0])


# t (1 / t) = 1 where a condition says that t, or every entry of it, is not zero
def _reciprocal(goal: Goal, position: int) -> Sides:
    condition = condition_at(goal, position)
    node = condition.node
    if condition.kind not in _NOT_ZERO:
        raise NoEquationError(f"“{condition.latex}” is not the condition of this law")
    name = nodes.function_symbol("reciprocal")
    if not nodes.shape(node):
        return times(node, nodes.ScalarFunction(name, Integer(0), node)), Integer(1)
    over = nodes.Elementwise(name, Integer(0), node)
    return Basic.__new__(sympy.HadamardProduct, node, over), sympy.OneMatrix(*nodes.shape(node))


# s (1 / s) = 1 for a size s, which is a positive integer
def _size(goal: Goal, size: Any) -> Sides:  # noqa: ARG001
    if not nodes.is_count(size):
        raise NoEquationError("this is no size")
    return times(size, power(size, Integer(-1))), Integer(1)


# A B = I gives B A = I for A : n × n; ``cut`` is the number of factors of A
def _exchanged(goal: Goal, position: int, cut: int) -> Sides:
    left, right = given(position, goal)
    for whole, identity in ((left, right), (right, left)):
        if not isinstance(identity, sympy.Identity) or type(whole) is not sympy.MatMul:
            continue
        factors = whole.args
        if not 0 < cut < len(factors) or not all(nodes.shape(f) for f in factors):
            break
        if nodes.shape(factors[0])[0] == nodes.shape(factors[cut - 1])[1]:
            return product(*factors[cut:], *factors[:cut]), identity
    raise NoEquationError("this is not A B = I with square A")


# √t = r gives t = r²
def _square_of_root(goal: Goal, position: int) -> Sides:
    left, right = given(position, goal)
    for root, value in ((left, right), (right, left)):
        if isinstance(root, sympy.Pow) and root.exp == sympy.S.Half:
            return root.base, times(value, value)
    raise NoEquationError("this is not √t = r")


CONDITIONS: dict[str, Callable[..., Sides]] = {
    "inverse": _inverse,
    "reciprocal": _reciprocal,
    "size": _size,
    "exchanged": _exchanged,
    "square-of-root": _square_of_root,
}
"""The laws of this module."""
