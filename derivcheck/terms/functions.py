"""The functions of a matrix that the core knows by name: inverse, determinant, adjugate.

Of their values nothing is known here but their slopes. Others come with an extension.

Source: Magnus & Neudecker, Matrix Differential Calculus (3rd ed., 2019), ch. 8.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from derivcheck.terms.extension import Function
from derivcheck.terms.term import Monomial, Slot, Term, Value, single, times

if TYPE_CHECKING:
    from derivcheck.terms.scope import Scope


def is_square(shape: Any) -> bool:
    """Return whether a shape has two equal sizes."""
    return len(shape) == 2 and bool(shape[0] == shape[1])


# d(A⁻¹)_rc = - (A⁻¹)_ra dA_ab (A⁻¹)_bc   (Theorem 8.3)
def _inverse(scope: Scope, value: Value, place: int, slots: tuple[Slot, ...]) -> Term:  # noqa: ARG001
    (row, column), (a, b) = value.out, slots
    left = Value("inverse", (row, a), (), value.arguments)
    right = Value("inverse", (b, column), (), value.arguments)
    copy = scope.renewed(single(right))
    return (times(Monomial(Fraction(-1), frozenset(), (left,)), copy),)


# d det A = adj(A)_ba dA_ab   (Jacobi's formula, Theorem 8.1)
def _determinant(scope: Scope, value: Value, place: int, slots: tuple[Slot, ...]) -> Term:  # noqa: ARG001
    a, b = slots
    return (single(Value("adjugate", (b, a), (), value.arguments)),)


def _to_matrix(scope: Scope, shapes: Sequence[Any], out: Sequence[Slot]) -> bool:
    return len(shapes) == 1 and is_square(shapes[0]) and scope.all_fit(out, shapes[0])


def _to_number(scope: Scope, shapes: Sequence[Any], out: Sequence[Slot]) -> bool:  # noqa: ARG001
    return len(shapes) == 1 and is_square(shapes[0]) and not out


MATRIX_FUNCTIONS: Mapping[str, Function] = {
    "inverse": Function(_to_matrix, _inverse),
    "determinant": Function(_to_number, _determinant),
    # its entries are polynomials, and a law says their slopes
    "adjugate": Function(_to_matrix, smooth=True),
}
