r"""Laws of the Moore–Penrose inverse: what defines it, and what full rank adds.

A⁺ is the one X with A X A = A, X A X = X, (A X)ᵀ = A X and (X A)ᵀ = X A. Everything else that is
claimed of it is derived from these.

Source: Penrose (1955), Math. Proc. Cambridge Philos. Soc. 51, 406-413; Ben-Israel & Greville,
Generalized Inverses (2nd ed., 2003), ch. 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy
from sympy import Basic

from derivcheck.algebra import nodes
from derivcheck.algebra.goal import Goal, NoEquationError
from derivcheck.laws.law import Sides, is_given, product, transpose


# A X A = A, X A X = X, (A X)ᵀ = A X, (X A)ᵀ = X A
def penrose(a: Basic, x: Basic) -> tuple[Sides, ...]:
    """Return the four equations of which the only solution X is A⁺.

    Raises:
        NoEquationError: when X has not the shape of Aᵀ.
    """
    if len(nodes.shape(a)) != 2 or nodes.shape(x) != nodes.shape(a)[::-1]:
        raise NoEquationError("this matrix has not the shape of the transpose")
    left, right = product(a, x), product(x, a)
    return (
        (product(a, x, a), a),
        (product(x, a, x), x),
        (transpose(left), left),
        (transpose(right), right),
    )


def _penrose(goal: Goal, a: Basic, which: Any) -> Sides:  # noqa: ARG001
    if which not in range(4):
        raise NoEquationError("there are four equations of Penrose")
    return penrose(a, nodes.PseudoInverse(a))[which]


# A⁺ A = I where A has full column rank, A A⁺ = I where it has full row rank
def _of_full_rank(goal: Goal, a: Basic, rows: bool) -> Sides:
    if not is_given(a, ("full-row-rank" if rows else "full-column-rank",), goal):
        raise NoEquationError("nothing says that this matrix has full rank")
    x = nodes.PseudoInverse(a)
    size = nodes.shape(a)[0 if rows else 1]
    return product(a, x) if rows else product(x, a), sympy.Identity(size)


PSEUDO_INVERSES: dict[str, Callable[..., Sides]] = {
    "penrose": _penrose,
    "pseudo-inverse-of-full-rank": _of_full_rank,
}
"""The laws of this module."""
