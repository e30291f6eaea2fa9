"""Sums that rules can rewrite in several ways, as a system of linear equations.

The normal form of a trace depends on where rewriting starts: overlaps are completed for what has ends,
not for circles. So here every way to apply a rule gives an equation between diagrams, and a residual
is zero if these equations, as linear equations in the diagrams, say so.
"""

from __future__ import annotations

from fractions import Fraction

from derivcheck.limits import CIRCLE_DIAGRAMS as MAX_DIAGRAMS
from derivcheck.limits import CIRCLE_EQUATIONS as MAX_EQUATIONS
from derivcheck.prover.diagrams import Diagram, Poly
from derivcheck.prover.limits_met import note_limit
from derivcheck.prover.rewriting import Multiple, Rewriter, add

Row = tuple[Poly, dict[int, Fraction]]
"""A sum that is zero, and which multiples of the equations it is."""


def has_circle(diagram: Diagram) -> bool:
    """Return whether a diagram is more than paths and trees between its ends.

    Example:
        >>> has_circle(((1, 0, 1), (1, 1, 0))), has_circle(((1, 0, 1), (2, 0), (2, 1)))
        (True, False)
    """
    parent: dict[int, int] = {}

    def root(place: int) -> int:
        while parent.setdefault(place, place) != place:
            place = parent[place]
        return place

    for number, part in enumerate(diagram):
        for node in part[1:]:
            if node >= 0:
                one, other = root(-1 - number), root(node)
                if one == other:
                    return True
                parent[one] = other
    return False


def closed(rewriter: Rewriter, poly: Poly) -> list[Multiple] | None:
    """Return multiples of equations that make nothing of a sum, if linear algebra finds them.

    Raises:
        OutOfBudgetError: when the rewriter's work is done.
    """
    multiples: list[Multiple] = []
    basis: dict[Diagram, Row] = {}
    waiting, seen = list(poly), set(poly)
    for diagram in waiting:
        if len(multiples) >= MAX_EQUATIONS:
            note_limit(f"over {MAX_EQUATIONS} equations between closed products")
            break
        target = rewriter.target(diagram)
        for rule in rewriter.rules:
            if not rule.active:
                continue
            for rest, nodes in rewriter.matches(rule, target):
                placed = rewriter.placed(rest, nodes, rule.equation.ports, rule.right)
                row: Poly = {other: -value for other, value in placed.items()}
                add(row, diagram, Fraction(1))
                number = len(multiples)
                multiples.append(Multiple(Fraction(1), rest, nodes, rule.equation))
                _insert(basis, (row, {number: Fraction(1)}))
                for other in placed:
                    if other in seen:
                        continue
                    if len(seen) >= MAX_DIAGRAMS:
                        note_limit(f"over {MAX_DIAGRAMS} closed products to rewrite in every way")
                        break
                    seen.add(other)
                    waiting.append(other)
    left, used = _reduced(basis, (dict(poly), {}))
    if left:
        return None
    return [multiples[number].scaled(share) for number, share in used.items() if share]


def _insert(basis: dict[Diagram, Row], row: Row) -> None:
    """Add a row to a basis, unless it follows from it."""
    left, used = _reduced(basis, row)
    if left:
        pivot = min(left)
        lead = left[pivot]
        basis[pivot] = (
            {diagram: value / lead for diagram, value in left.items()},
            {number: share / lead for number, share in used.items()},
        )


def _reduced(basis: dict[Diagram, Row], row: Row) -> Row:
    """Return a row without pivots: what was added to it is in its second part."""
    left, used = dict(row[0]), dict(row[1])
    waiting = [diagram for diagram in left if diagram in basis]
    while waiting:
        pivot = waiting.pop()
        value = left.get(pivot)
        if not value:
            continue
        own, shares = basis[pivot]
        for diagram, share in own.items():
            add(left, diagram, -value * share)
            if diagram in basis and diagram != pivot:
                waiting.append(diagram)
        for number, share in shares.items():
            used[number] = used.get(number, Fraction(0)) - value * share
    return left, used
