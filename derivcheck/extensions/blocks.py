"""Axes that are cut into parts: the direct sums behind matrices of blocks.

An axis of size m + n holds the positions of a first part of size m and of a second of size n.
The factor ``Atom(Part((m, n), 0), (r, i))`` is 1 where position i of the first part is position r
of the whole, else 0. All that is known of it is said by the laws of this module:

    P_a(r, i) P_b(r, j) = δ_ab δ_ij P_a(r, i)        a position lies in one place of one part
    P_a(r, i) P_a(s, i) = δ_rs P_a(r, i)              a place of a part is one position
    Σ_r P_a(r, i) = 1                                 every place is a position
    P_a((r, s), (i, j)) = P'_a(r, i) δ_sj             of parts that are all multiples of one size
    1 = Σ_a Σ_i P_a(r, i)                             every position lies in some part

All but the last are carried out wherever a term is contracted; that is a step of its own.
Parts of equal size s need no factor: position (a, i) of an axis of size k s is read like a
Kronecker axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from derivcheck.algebra import nodes
from derivcheck.algebra.nodes import Shape, Size, is_count
from derivcheck.algebra.unification import is_size, quotient
from derivcheck.kernel.check import State
from derivcheck.kernel.definitions import Environment
from derivcheck.kernel.lowering import Lowering
from derivcheck.terms.scope import Scope
from derivcheck.terms.term import (
    Atom,
    Delta,
    Factor,
    Index,
    Monomial,
    RefusedError,
    Slot,
    Term,
    distributed,
    free_indices,
    nested_terms,
    term_free,
)


@dataclass(frozen=True, slots=True)
class Part:
    """The head of what places part ``place``, from 0 on, in an axis cut into ``sizes``."""

    sizes: Shape
    place: int


@dataclass(frozen=True, slots=True)
class Spread:
    """Write every index of the cut axes as the sum over its parts.

    ``sizes`` are the parts. Each monomial of the term at ``address`` is multiplied by
    1 = Σ_a Σ_i P_a(r, i) for each of its indices r, free or bound, whose size is that of the whole
    and that no factor of these parts carries yet.
    """

    address: tuple[tuple[int, int, int], ...]
    sizes: Shape


def placed(scope: Scope, sizes: Shape, place: int, whole: Slot) -> tuple[Slot, tuple[Factor, ...]]:
    """Return the slot of a position of one part, and the factors that place it in ``whole``.

    Raises:
        Never.
    """
    if len(sizes) == 1:
        return whole, ()
    inner = scope.fresh(sizes[place])
    if len(set(sizes)) == 1:
        number = scope.fixed(place + 1, sympy.Integer(len(sizes)))
        return inner, (Delta(whole, number + inner),)
    scope.rules.setdefault(joined)
    return inner, (Atom(Part(sizes, place), (whole, inner)),)


# M(r, c) = Σ_ab Σ_ij P_a(r, i) Q_b(c, j) M_ab(i, j) for the blocks M_ab
def assembled(lowering: Lowering, blocks: Any, slots: tuple[Slot, ...], env: Environment) -> Term:
    """Return the entry of a matrix of blocks at ``slots``."""
    scope = lowering.scope
    result: Term = ()
    for a, band in enumerate(blocks.args):
        for b, block in enumerate(band):
            row, above = placed(scope, blocks.heights, a, slots[0])
            column, beside = placed(scope, blocks.widths, b, slots[1])
            term = lowering.lower(block, (row, column) if nodes.shape(block) else (), env)
            places = (Monomial(Fraction(1), frozenset(), above + beside),)
            own = [*(row if above else ()), *(column if beside else ())]
            result += scope.summed(scope.product(places, term), own)
    return result


def take(state: State, step: Spread) -> None:
    """Carry out a step that cuts an axis.

    Raises:
        RefusedError: when it is not cut into sizes.
    """
    if len(step.sizes) < 2 or not all(map(is_count, step.sizes)):
        raise RefusedError("an axis is cut into sizes, two or more")
    term = spread(state.scope, state.at(step.address), step.sizes)
    state.replace(step.address, state.scope.apart(term) if step.address else term)
    state.free |= term_free(state.term)


def part_fits(scope: Scope, head: Part, slots: Sequence[Slot]) -> bool:
    """Return whether a part of an axis is placed in the whole of it."""
    return (
        len(head.sizes) > 1
        and head.place < len(head.sizes)
        and scope.all_fit(slots, (sympy.Add(*head.sizes), head.sizes[head.place]))
    )


def spread(scope: Scope, term: Term, sizes: Shape) -> Term:
    """Return a term with the indices of an axis written as sums over its parts."""
    whole = sympy.Add(*sizes)
    result: list[Monomial] = []
    for monomial in term:
        pieces = [monomial]
        for index in _uncut(scope, monomial, whole, sizes):
            pieces = [
                cut
                for piece in pieces
                for place in range(len(sizes))
                for cut in _at_part(scope, piece, sizes, place, index)
            ]
        result += pieces
    return tuple(result)


def _uncut(scope: Scope, monomial: Monomial, whole: Size, sizes: Shape) -> list[Index]:
    shown: dict[Index, None] = {}
    cut: set[Index] = set()
    for factor in monomial.factors:
        shown.update(dict.fromkeys(sorted(free_indices(factor))))
        if type(factor) is Atom and type(factor.head) is Part and factor.head.sizes == sizes:
            cut.update(factor.slots[0])
    return [i for i in shown if i not in cut and scope.sizes[i] == whole]


def _at_part(scope: Scope, monomial: Monomial, sizes: Shape, place: int, index: Index) -> Term:
    inner, factors = placed(scope, sizes, place, (index,))
    return scope.contracted(
        Monomial(
            monomial.coefficient,
            monomial.bound | frozenset(inner),
            monomial.factors + factors,
        )
    )


# --- contraction ------------------------------------------------------------------------------


def joined(scope: Scope, monomial: Monomial) -> Term | None:
    """Return a monomial after one law of parts; None when none applies.

    Cost:
        Linear in the number of factors.
    """
    at_whole: dict[Any, Atom] = {}
    at_part: dict[Any, Atom] = {}
    for factor in monomial.factors:
        if type(factor) is not Atom or type(factor.head) is not Part:
            continue
        whole, inner = factor.slots
        if coarse := _coarser(scope, factor):
            return (_exchanged(monomial, factor, *coarse),)
        # P_a(r, i) P_b(r, j) = δ_ab δ_ij P_a(r, i)
        other = at_whole.setdefault((factor.head.sizes, whole), factor)
        if other is not factor:
            if other.head.place != factor.head.place:
                return ()
            return (_exchanged(monomial, factor, Delta(other.slots[1], inner)),)
        # P_a(r, i) P_a(s, i) = δ_rs P_a(r, i), from left to right where δ is summed over
        other = at_part.setdefault((factor.head, inner), factor)
        if other is not factor and monomial.bound & {*whole, *other.slots[0]}:
            return (_exchanged(monomial, factor, Delta(other.slots[0], whole)),)
        for delta in monomial.factors:
            if type(delta) is Delta and whole in (delta.left, delta.right):
                across = delta.right if whole == delta.left else delta.left
                if monomial.bound & {*whole, *across}:
                    continue
                return (_exchanged(monomial, delta, Atom(factor.head, (across, inner))),)
        # P_a(r, i) f(P_b(r, j)) = P_a(r, i) f(δ_ab δ_ij)
        met = _inside(scope, monomial, factor)
        if met is not None:
            return met
        # Σ_r P_a(r, i) = 1
        if len(whole) == 1 and whole[0] in monomial.bound:
            carried = [f for f in monomial.factors if whole[0] in free_indices(f)]
            if len(carried) == 1:
                rest = tuple([f for f in monomial.factors if f is not factor])
                return (Monomial(monomial.coefficient, monomial.bound - {whole[0]}, rest),)
        # of the part of which the first position is the whole's first
        if len(whole) == 1 and whole[0] < 0:
            fixed = _at_fixed(scope, factor)
            if fixed is not None:
                return tuple([_exchanged(monomial, factor, delta) for delta in fixed])
    return None


# the last index of both slots runs fastest, over the same size, which divides every part
def _coarser(scope: Scope, factor: Atom) -> tuple[Factor, ...]:
    """Return the factors of a part that is made of whole rows of one size; none for any other."""
    whole, inner = factor.slots
    row = scope.sizes[whole[-1]] if len(whole) > 1 and inner else None
    if row is None or scope.sizes[inner[-1]] != row:
        return ()
    sizes = tuple([quotient(size, row) for size in factor.head.sizes])
    if not all(is_size(size) for size in sizes):
        return ()
    delta = Delta(whole[-1:], inner[-1:])
    if len(set(sizes)) == 1:
        # parts of one size are numbered, not placed
        number = scope.fixed(factor.head.place + 1, sympy.Integer(len(sizes)))
        return Delta(whole[:-1], number + inner[:-1]), delta
    return Atom(Part(sizes, factor.head.place), (whole[:-1], inner[:-1])), delta


def _inside(scope: Scope, monomial: Monomial, factor: Atom) -> Term | None:
    """Return a monomial with what a factor says put into the nested terms beside it."""
    for place, other in enumerate(monomial.factors):
        if not any(_shows(inner, factor) for inner in nested_terms(other)):
            continue
        changed = [scope.settled_term(_put_in(t, factor)) for t in nested_terms(other)]
        rest = monomial.factors[:place] + monomial.factors[place + 1 :]
        left = (Monomial(monomial.coefficient, monomial.bound, rest),)
        return distributed(left, scope.with_all_nested(other, changed))
    return None


def _shows(term: Term, factor: Atom) -> bool:
    return any(_speaks_of(f, factor) for m in term for f in m.factors)


def _speaks_of(other: Factor, factor: Atom) -> bool:
    return (
        type(other) is Atom
        and type(other.head) is Part
        and other.head.sizes == factor.head.sizes
        and other.slots[0] == factor.slots[0]
    )


def _put_in(term: Term, factor: Atom) -> Term:
    result = []
    for m in term:
        parts = [f for f in m.factors if type(f) is Atom and _speaks_of(f, factor)]
        if all(f.head.place == factor.head.place for f in parts):
            rest = tuple([f for f in m.factors if f not in parts])
            deltas = tuple([Delta(f.slots[1], factor.slots[1]) for f in parts])
            result.append(Monomial(m.coefficient, m.bound, rest + deltas))
    return tuple(result)


def _exchanged(monomial: Monomial, factor: Factor, *instead: Factor) -> Monomial:
    rest = tuple([f for f in monomial.factors if f is not factor])
    return Monomial(monomial.coefficient, monomial.bound, rest + instead)


def _at_fixed(scope: Scope, factor: Atom) -> tuple[Delta, ...] | None:
    """Return the delta that a part's factor is at a fixed position; none for 0, None if unknown."""
    (whole,), inner = factor.slots
    sizes, place = factor.head.sizes, factor.head.place
    before, own = sympy.Add(*sizes[:place]), sizes[place]
    position = sympy.Integer(scope.positions[whole]) - before
    if position.is_nonpositive:
        return ()
    if not isinstance(position, sympy.Integer) or not isinstance(own, sympy.Integer):
        return (Delta(inner, scope.fixed(1, own)),) if position == 1 else None
    return (Delta(inner, scope.fixed(int(position), own)),) if position <= own else ()
