"""Axes that are cut into parts, and axes of a small fixed size: position by position.

The residual is looked at on each part, or at each position, of the axes for which that may help.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from sympy import Integer

from derivcheck.algebra.nodes import ONE, Shape
from derivcheck.extensions.blocks import Part, Spread
from derivcheck.kernel.check import State, Step
from derivcheck.limits import BLOCK_ARGUMENTS as MAX_ARGUMENTS
from derivcheck.limits import BLOCK_PARTS as MAX_PARTS
from derivcheck.limits import BLOCK_TERMS as MAX_TERMS
from derivcheck.limits import WRITTEN_POSITIONS as MAX_POSITIONS
from derivcheck.prover.determinants import written_out
from derivcheck.prover.limits_met import note_limit
from derivcheck.prover.normal_form import collected
from derivcheck.terms.scope import Scope
from derivcheck.terms.term import (
    Address,
    Atom,
    Delta,
    Factor,
    Index,
    Term,
    Value,
    factor_slots,
    free_indices,
    nested_terms,
)


def by_parts(state: State) -> list[Step]:
    """Look at a residual on each part of its cut axes; return the steps taken.

    Raises:
        OutOfBudgetError: when a counted limit is met.

    Cost:
        Each index of a cut axis multiplies the monomials that carry it by the number of parts.
    """
    steps: list[Step] = []
    for sizes in cuts(state.term, state.scope):
        steps += _spread(state, sizes)
    return steps


def by_positions(state: State) -> list[Step]:
    """Look at a residual at each position of its axes of small fixed size; return the steps taken.

    Raises:
        OutOfBudgetError: when a counted limit is met.

    Cost:
        As ``by_parts``; nothing is done for a residual of more than ``MAX_TERMS`` monomials.
    """
    if not fixed_sizes(state):
        return []
    steps = written_out(state)
    for size in fixed_sizes(state):
        if len(state.term) > MAX_TERMS:
            note_limit(f"a sum of over {MAX_TERMS} monomials is not looked at position by position")
        elif state.term:
            steps += _spread(state, (ONE,) * size)
    for number in itertools.count():
        found = next(_whole_arguments(state.term, state.scope, ()), None)
        if found is None:
            break
        if number >= MAX_ARGUMENTS:
            note_limit(f"over {MAX_ARGUMENTS} arguments to look at position by position")
            break
        steps += _spread(state, (ONE,) * found[1], found[0])
    return steps


def wholly_by_positions(state: State) -> list[Step]:
    """Do as ``by_positions``, for who takes the steps back if they leave something.

    Raises:
        As by_positions.
    """
    return by_positions(state)


def _spread(state: State, sizes: Shape, address: Address = ()) -> list[Step]:
    step = Spread(address, sizes)
    state.apply(step)
    return [step, *collected(state)]


def _whole_arguments(term: Term, scope: Scope, address: Address) -> Iterator[tuple[Address, int]]:
    """Yield where arguments stand that show a parameter of small fixed size, and that size."""
    for place, monomial in enumerate(term):
        for position, factor in enumerate(monomial.factors):
            for number, inner in enumerate(nested_terms(factor)):
                here = (*address, (place, position, number))
                if type(factor) is Value:
                    own = {i for slot in factor.arguments[number].parameters for i in slot}
                    shown = {i for m in inner for f in m.factors for i in _shown(f)}
                    sizes = [scope.sizes[i] for i in sorted(own & shown)]
                    yield from [(here, int(s)) for s in sizes if _is_small(s)]
                yield from _whole_arguments(inner, scope, here)


def _shown(factor: Factor) -> frozenset[Index]:
    return frozenset() if type(factor) is Delta else free_indices(factor)


def _is_small(size: Any) -> bool:
    if isinstance(size, Integer) and size > MAX_POSITIONS:
        note_limit(f"an axis is looked at position by position only up to size {MAX_POSITIONS}")
        return False
    return isinstance(size, Integer)


def cuts(term: Term, scope: Scope) -> list[Shape]:
    """Return the ways in which axes are cut in a term, at any depth."""
    found: dict[Shape, None] = {}
    for factor in _factors(term):
        if type(factor) is Atom and type(factor.head) is Part:
            found.setdefault(factor.head.sizes)
        if type(factor) is Delta and len(factor.left) == len(factor.right) == 1:
            size: Any = scope.sizes[factor.right[0]]
            at_position = factor.left[0] < 0 < factor.right[0]
            if at_position and isinstance(size, Integer):
                if size <= MAX_PARTS:
                    found.setdefault((ONE,) * int(size))
                else:
                    note_limit(f"an axis is cut into positions only up to size {MAX_PARTS}")
    return list(found)


def fixed_sizes(state: State) -> list[int]:
    """Return the sizes of the indices in a state's term that are small and fixed."""
    found: set[Any] = set()
    for factor in _factors(state.term):
        shown = [index for slot in factor_slots(factor) for index in slot]
        if type(factor) is Value:
            shown += [i for a in factor.arguments for slot in a.parameters for i in slot]
        found.update([state.scope.sizes[index] for index in shown])
    return sorted([int(size) for size in found if _is_small(size)])


def _factors(term: Term) -> Iterator[Factor]:
    for monomial in term:
        for factor in monomial.factors:
            yield factor
            for inner in nested_terms(factor):
                yield from _factors(inner)
