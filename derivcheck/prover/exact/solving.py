"""Equations that are linear in one name, solved exactly for its entries.

The entries of the name get infinitesimals, the equations are evaluated once, and the coefficients
of the infinitesimals are the linear system: no equation is ever taken apart symbolically.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flint import fmpq, fmpq_mat

from derivcheck.algebra.arrays import Element
from derivcheck.limits import UNKNOWNS as _MOST_UNKNOWNS
from derivcheck.prover.dense import Evaluator
from derivcheck.prover.exact.assignment import Assignment
from derivcheck.prover.exact.constraints import Constraint
from derivcheck.prover.exact.duals import Dual, OutOfBudgetError, UnsupportedError, slope

_GROUP = 0
"""Older than every group that a derivative opens."""


Placed = Callable[[Sequence[Element]], Assignment]
"""The entries of the unknown name to the assignment that gives it those entries."""


def solve(
    equations: Sequence[Constraint],
    evaluator: Callable[[Assignment], Evaluator],
    placed: Placed,
    start: Sequence[fmpq],
) -> list[fmpq] | None:
    """Return entries at which all the equations hold that are linear in them.

    Equations that are not linear are left out: whoever calls checks everything afterwards.

    Args:
        equations: constraints of kind ``equation`` whose other names all have values.
        evaluator: evaluates with the definitions of the goal.
        placed: gives the unknown name its entries.
        start: random entries; those that the system leaves free stay as they are.

    Raises:
        OutOfBudgetError: if there are too many unknowns.

    Cost:
        One evaluation with ``len(start)`` infinitesimals, and one elimination.
    """
    count = len(start)
    if count > _MOST_UNKNOWNS:
        raise OutOfBudgetError("too many unknown entries to solve for")
    one = fmpq(1)
    seeded = placed([Dual(_GROUP, x, {k: one}) for k, x in enumerate(start)])
    other = [x + 1 + k % 3 for k, x in enumerate(start)]
    rows: list[list[fmpq]] = []
    for equation in equations:
        try:
            residual = _residual(equation, evaluator(seeded))
            elsewhere = _residual(equation, evaluator(placed(other)))
        except (ArithmeticError, UnsupportedError):
            continue
        system = _linear_system(residual, elsewhere, start, other)
        if system is not None:
            rows.extend(system)
    if not rows:
        return None
    return _solution(rows, start)


def _residual(equation: Constraint, evaluator: Evaluator) -> list[Element]:
    def residual(e: Evaluator) -> list[Element]:
        lhs, rhs = (e.value(node) for node in equation.nodes)
        return [x - y for x, y in zip(lhs.entries, rhs.entries, strict=True)]

    return [x for part in equation.each(evaluator, residual) for x in part]


def _linear_system(
    residual: list[Element], elsewhere: list[Element], start: Sequence[fmpq], other: Sequence[fmpq]
) -> list[list[fmpq]] | None:
    """Return rows (coefficients…, right side) for the step from ``start``; None if not linear."""
    rows = []
    for r, there in zip(residual, elsewhere, strict=True):
        value = r.value if isinstance(r, Dual) else r
        row = [slope(r, _GROUP, k) for k in range(len(start))]
        if not all(isinstance(x, fmpq) for x in (*row, value, there)):
            return None
        moved = sum((c * (y - x) for c, x, y in zip(row, start, other, strict=True)), fmpq(0))
        if value + moved != there:
            return None
        if any(row) or value:
            rows.append([*row, -value])
    return rows


def _solution(rows: list[list[fmpq]], start: Sequence[fmpq]) -> list[fmpq] | None:
    count = len(start)
    reduced, rank = fmpq_mat(len(rows), count + 1, [x for row in rows for x in row]).rref()
    step = [fmpq(0)] * count
    for r in range(rank):
        row = [reduced[r, c] for c in range(count + 1)]
        pivot = next(c for c, x in enumerate(row) if x)
        if pivot == count:
            return None
        # the entries that are free stay as they are, so their columns add nothing
        step[pivot] = row[count]
    return [x + s for x, s in zip(start, step, strict=True)]
