"""The numbering of indices, and the contraction of terms to settled form.

Settled means: no delta holds a bound index (but for an opaque permutation), no bound index is idle,
two bound indices that always stand side by side are one, and every nested term is settled. Every
change made here is an equation between sums, named in the comment above it; none is searched for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from fractions import Fraction
from typing import Any

from sympy import Integer, Mul, S

from derivcheck.limits import CONTRACTIONS as MAX_WORK
from derivcheck.limits import MONOMIALS as MAX_MONOMIALS
from derivcheck.terms.extension import CORE, Extension
from derivcheck.terms.functions import MATRIX_FUNCTIONS
from derivcheck.terms.sizes import size_term, without_size_quotients
from derivcheck.terms.term import (
    Abstraction,
    Apply,
    Delta,
    Factor,
    Group,
    Index,
    Monomial,
    OutOfBudgetError,
    Slot,
    Term,
    UnknownNodeError,
    Value,
    all_slots,
    binders,
    deltas_of,
    distributed,
    factor_map,
    free_indices,
    monomial_map,
    nested_deltas,
    nested_terms,
    side_by_side,
    single,
    slot_map,
    term_map,
    traits,
)

_APART = 1_000_000
"""``-k`` is position k of the first axis on which it stands, ``-k - _APART`` that of the next."""

Derivatives = tuple[tuple[int, tuple[Slot, ...]], ...]

Rule = Callable[["Scope", Monomial], Term | None]


class Scope:
    """The numbering of indices and what they stand for; whatever makes indices takes it.

    ``level`` is 0 for indices of the result and summed ones, and the nesting depth for parameters of
    whole arguments: a delta between two indices of different level replaces the deeper one.

    Attributes:
        extension: what is added to the core.
        functions: the functions of whole arguments that have a name.
        rules: what an extension contracts besides, from the first factor on that it is about:
            (scope, monomial) to a term, or None when there is nothing to do.
        lazy: a product keeps its sums as groups instead of multiplying them out.
        most: a product of more monomials than this is out of budget.
        sizes: index to its size; of a fixed position None where the axis is not known.
        positions: fixed position to the number it stands for, counted from 1.
        level: parameter to its nesting depth.
        split: the functions that were split along a delta: their parts stand, times a delta or one
            minus a delta, also at positions where they need not be defined.
    """

    def __init__(
        self, extension: Extension = CORE, *, lazy: bool = False, most: int = MAX_MONOMIALS
    ) -> None:
        self.extension = extension
        self.functions = {**MATRIX_FUNCTIONS, **extension.functions}
        self.rules: dict[Rule, None] = {}
        self.lazy = lazy
        self.most = most
        self.sizes: dict[Index, Any] = {}
        self.positions: dict[Index, int] = {}
        self.level: dict[Index, int] = {}
        self.split: set[Any] = set()
        self._fixed: dict[tuple[int, Any], Index] = {}
        self._products: dict[tuple[Any, ...], Any] = {}
        self._work = 0

    def copy(self) -> Scope:
        """Return a numbering that goes on from here by itself."""
        made = copy(self)
        for name in ("sizes", "positions", "level", "split", "rules", "_fixed"):
            setattr(made, name, getattr(self, name).copy())
        return made

    # --- indices ------------------------------------------------------------------------------

    def fresh(self, size: Any, level: int = 0) -> Slot:
        """Return a new slot of one index; of none for size 1."""
        if size is S.One:
            return ()
        index = len(self.sizes) - len(self.positions) + 1
        self.sizes[index] = size
        if level:
            self.level[index] = level
        return (index,)

    def fixed(self, position: int, size: Any) -> Slot:
        """Return the slot that is fixed at a position of an axis.

        Raises:
            UnknownNodeError: when an axis of known size has no such position.
        """
        if position < 1 or (isinstance(size, Integer) and position > size):
            raise UnknownNodeError("no definition for a position outside of its axis")
        if size == 1:
            return ()
        index = self._fixed.get((position, size))
        if index is None:
            index = -position
            while index in self.positions:
                index -= _APART
            self._fixed[position, size] = index
        self.sizes[index] = size
        self.positions[index] = position
        return (index,)

    @contextmanager
    def trial(self) -> Iterator[None]:
        """Give back the indices that are made inside; no term that shows one may be kept."""
        before = len(self.sizes)
        try:
            yield
        finally:
            while len(self.sizes) > before:
                index, _ = self.sizes.popitem()
                self.level.pop(index, None)
                if self.positions.pop(index, None) is not None:
                    self._fixed = {k: i for k, i in self._fixed.items() if i != index}

    def slot_size(self, slot: Slot) -> Any:
        """Return the size of an axis that holds ``slot``; None where it is not known."""
        if len(slot) == 1:
            return self.sizes[slot[0]]
        sizes = tuple([self.sizes[index] for index in slot])
        if sizes not in self._products:
            self._products[sizes] = None if None in sizes else Mul(*sizes)
        return self._products[sizes]

    def fits(self, slot: Slot, size: Any) -> bool:
        """Return whether a slot can hold the positions of an axis of this size."""
        own = self.slot_size(slot)
        return own is size or own is None or bool(own == size)

    def all_fit(self, slots: Sequence[Slot], sizes: Sequence[Any]) -> bool:
        """Return whether slots can hold the positions of axes of these sizes, one for each."""
        return len(slots) == len(sizes) and all(map(self.fits, slots, sizes))

    def _spend(self, factors: int) -> None:
        self._work += factors
        if self._work > MAX_WORK:
            raise OutOfBudgetError(f"over {MAX_WORK} factors were rewritten")

    def joins(self, delta: Delta) -> bool:
        """Return whether a delta joins two single indices of one range."""
        pair = (*delta.left, *delta.right)
        sizes = [self.sizes[index] for index in pair]
        return len(delta.left) == len(delta.right) == 1 and (sizes[0] == sizes[1] or None in sizes)

    def renewed(self, monomial: Monomial) -> Monomial:
        """Return a copy of ``monomial`` whose bound indices, at any depth, are all new."""
        self._spend(sum([traits(f).weight for f in monomial.factors]))
        mapping = {
            index: self.fresh(self.sizes[index], self.level.get(index, 0))
            for index in binders(monomial)
        }
        return monomial_map(monomial, mapping) if mapping else monomial

    def copied(self, term: Term) -> Term:
        """Return a copy of ``term`` whose bound indices are all new."""
        return tuple([self.renewed(m) for m in term])

    def apart(self, term: Term) -> Term:
        """Return a term whose monomials bind no index in common, as nested terms must."""
        if len(term) < 2:
            return term
        seen: set[Index] = set()
        result = []
        for monomial in term:
            own = set(binders(monomial))
            if own & seen:
                monomial = self.renewed(monomial)
                own = set(binders(monomial))
            seen |= own
            result.append(monomial)
        return tuple(result)

    # --- products and sums --------------------------------------------------------------------

    def product(self, *terms: Term) -> Term:
        """Return the product of terms whose bound indices are distinct.

        Raises:
            TooLongError: when the result has too many monomials.
        """
        if self.lazy and sum(len(t) != 1 or bool(t[0].factors) for t in terms) > 1:
            terms = tuple([self.grouped(term) for term in terms])
        return distributed(*terms, most=self.most)

    def grouped(self, term: Term) -> Term:
        """Return a sum as one factor; a single monomial stays as it is."""
        # equal groups are one object: to compare copies of copies would cost what they spell out
        group = Group(self.apart(term))
        return (single(self._products.setdefault((group,), group)),) if len(term) > 1 else term

    def summed(self, term: Term, bound: Iterable[Index], deltas: Sequence[Delta] = ()) -> Term:
        """Return Σ over ``bound`` of the deltas times ``term``, contracted."""
        extra = frozenset(bound)
        return tuple(
            [
                part
                for m in term
                for part in self.contracted(
                    Monomial(m.coefficient, m.bound | extra, (*deltas, *m.factors))
                )
            ]
        )

    def settled_term(self, term: Term) -> Term:
        """Return a term contracted again at every depth, after a substitution."""
        return tuple([part for m in term for part in self.contracted(m, settle=True)])

    def refined_axes(self, slots: tuple[Slot, ...], term: Term) -> tuple[tuple[Slot, ...], Term]:
        """Return a term whose free axes ``slots`` are split wherever a delta joins one to several."""
        while True:
            own = {index for slot in slots for index in slot if index > 0}
            found = next((f for d in deltas_of(term) if (f := self.factored(d, own))), None)
            if found is None:
                return slots, term
            whole, sizes = found
            level = self.level.get(whole, 0)
            parts = tuple([i for size in sizes for i in self.fresh(size, level)])
            slots = tuple([slot_map(slot, {whole: parts}) for slot in slots])
            term = self.settled_term(term_map(term, {whole: parts}))

    # --- contraction --------------------------------------------------------------------------

    def contracted(self, monomial: Monomial, *, settle: bool = False) -> Term:
        """Return a monomial in settled form.

        Raises:
            OutOfBudgetError: after ``MAX_WORK`` factors.
            UnknownNodeError: when axes of different sizes meet.

        A delta between two free indices stays, and one of them is replaced by the other elsewhere.
        A delta between axes that are factored differently stays as an opaque permutation. With
        ``settle`` nested terms are settled too even when nothing was substituted into them.
        """
        factors = monomial.factors
        self._spend(1 + (sum([traits(f).weight for f in factors]) if settle else len(factors)))
        if Delta in map(type, factors):
            met = self._contraction(monomial, settle=settle)
            if met is None:
                return ()
            bound, deltas, others = met
        else:
            bound, deltas, others = monomial.bound, (), [(f, settle) for f in factors]
        clean = (*deltas, *[factor for factor, dirty in others if not dirty])
        pieces: Term = (Monomial(monomial.coefficient, bound, clean),)
        again = False
        for factor in [factor for factor, dirty in others if dirty]:
            self._spend(traits(factor).weight)
            inner = [self.settled_term(term) for term in nested_terms(factor)]
            settled = self.with_all_nested(factor, inner)
            again = again or any(type(f) is Delta for m in settled for f in m.factors)
            pieces = distributed(pieces, settled)
        if again:
            return tuple([part for piece in pieces for part in self.contracted(piece)])
        result: list[Monomial] = []
        for piece in pieces:
            other = self._ruled(piece) if self.rules else None
            if other is not None:
                result += [part for m in other for part in self.contracted(m, settle=True)]
                continue
            refined = self._refined(piece)
            if refined is not piece:
                result += self.contracted(refined, settle=True)
                continue
            fused = self._fused(piece)
            if fused is not piece and any(type(f) is Delta for f in fused.factors):
                result += self.contracted(fused)
            else:
                result += self._counted(fused)
        return tuple(result)

    def _ruled(self, monomial: Monomial) -> Term | None:
        """Return a monomial after one rule of an extension; None when none applies."""
        terms = (rule(self, monomial) for rule in self.rules)
        return next((term for term in terms if term is not None), None)

    def _contraction(
        self, monomial: Monomial, *, settle: bool
    ) -> tuple[frozenset[Index], tuple[Delta, ...], list[tuple[Factor, bool]]] | None:
        """Return what is bound, the deltas that stay, and the other factors, marked if changed.

        None means that a delta is 0 everywhere.
        """
        # Σ_i δ_ij f(i) = f(j), and δ_ij f(i) = δ_ij f(j)
        bound = set(monomial.bound)
        others = [(f, settle) for f in monomial.factors if type(f) is not Delta]
        waiting = [(f.left, f.right) for f in monomial.factors if type(f) is Delta]
        kept: list[tuple[Slot, Slot]] = []
        while waiting:
            left, right = waiting.pop()
            while left or right:
                left, right = self._aligned(left, right), self._aligned(right, left)
                met = self._unify(left, right, bound)
                if met is None:
                    return None
                count, replace = met
                if not count[0]:
                    across = self._across(kept, left, right)
                    (kept if across is None else waiting).append(across or (left, right))
                    break
                pair = (left[: count[0]], right[: count[1]])
                left, right = left[count[0] :], right[count[1] :]
                if replace is None:
                    continue
                old, new = replace
                mapping = {old: new}
                others = [
                    (factor_map(f, mapping), True) if old in free_indices(f) else (f, dirty)
                    for f, dirty in others
                ]
                left, right = slot_map(left, mapping), slot_map(right, mapping)
                waiting = [(slot_map(a, mapping), slot_map(b, mapping)) for a, b in waiting]
                touched = [k for k in kept if old in k[0] or old in k[1]]
                kept = [k for k in kept if k not in touched]
                # what was kept may contract now
                waiting += [(slot_map(a, mapping), slot_map(b, mapping)) for a, b in touched]
                if old in bound:
                    bound.discard(old)
                else:
                    kept.append(pair)
        deltas = tuple(dict.fromkeys([Delta(a, b) for a, b in kept]))
        return frozenset(bound), deltas, others

    # δ_ST δ_SU = δ_ST δ_TU
    def _across(
        self, kept: Sequence[tuple[Slot, Slot]], left: Slot, right: Slot
    ) -> tuple[Slot, Slot] | None:
        """Return what a kept delta makes of another one, where that one is not opaque; else None."""
        for pair in kept:
            for shared, one in (pair, pair[::-1]):
                for side, other in ((left, right), (right, left)):
                    alike = self.sizes[one[0]] == self.sizes[other[0]]
                    if side == shared and one != other and alike:
                        return one, other
        return None

    def _aligned(self, slot: Slot, other: Slot) -> Slot:
        """Return a slot whose first fixed position is split as the other slot's first axis is."""
        if not slot or not other or slot[0] not in self.positions:
            return slot
        whole, part = self.sizes[slot[0]], self.sizes[other[0]]
        if whole == part or not isinstance(whole, Integer) or not isinstance(part, Integer):
            return slot
        if whole % part:
            return slot
        rest = whole // part
        major, minor = divmod(self.positions[slot[0]] - 1, int(rest))
        return (*self.fixed(major + 1, part), *self.fixed(minor + 1, rest), *slot[1:])

    def _unify(
        self, left: Slot, right: Slot, bound: set[Index]
    ) -> tuple[tuple[int, int], tuple[Index, Slot] | None] | None:
        """Return how many indices meet on each side and what replaces what; None for a zero delta."""
        if not left or not right:
            raise UnknownNodeError("axes of different sizes meet")
        x, y = left[0], right[0]
        if x == y:
            return (1, 1), None
        sizes = self.sizes[x], self.sizes[y]
        if sizes[0] == sizes[1] or None in sizes:
            if x < 0 and y < 0:
                return ((1, 1), None) if self.positions[x] == self.positions[y] else None
            if x < 0 or y < 0:
                fixed, free = (x, y) if x < 0 else (y, x)
                return (1, 1), (free, self.fixed(self.positions[fixed], self.sizes[free]))
            if x in bound or y in bound:
                return (1, 1), ((x, (y,)) if x in bound else (y, (x,)))
            inner, outer = self._ordered(x, y)
            return (1, 1), (inner, (outer,))
        for whole, parts, swap in ((x, right, False), (y, left, True)):
            if whole not in bound:
                continue
            for count in range(2, len(parts) + 1):
                if self.slot_size(parts[:count]) == self.sizes[whole]:
                    return ((count, 1) if swap else (1, count)), (whole, parts[:count])
        return (0, 0), None

    def _ordered(self, x: Index, y: Index) -> tuple[Index, Index]:
        """Return which of two free indices a delta replaces, and by which."""
        inner, outer = sorted((x, y), key=lambda i: (-self.level.get(i, 0), -i))
        return inner, outer

    def factored(self, delta: Delta, among: Collection[Index]) -> tuple[Index, list[Any]] | None:
        """Return an index of ``among`` that a delta joins to several, and the sizes of these."""
        for slot, other in ((delta.left, delta.right), (delta.right, delta.left)):
            if not slot or slot[0] not in among:
                continue
            for count in range(2, len(other) + 1):
                if self.slot_size(other[:count]) == self.sizes[slot[0]]:
                    return slot[0], [self.sizes[index] for index in other[:count]]
        return None

    # Σ_k f(k) = Σ_i Σ_j f(i, j) for k = (i, j) running over both, i slowly
    def _refined(self, monomial: Monomial) -> Monomial:
        """Split a bound index that a delta inside a nested term joins to several."""
        if not monomial.bound or not any(traits(f).joins for f in monomial.factors):
            return monomial
        for delta in nested_deltas(monomial):
            found = self.factored(delta, monomial.bound)
            if found is not None:
                whole, sizes = found
                parts = tuple([i for size in sizes for i in self.fresh(size)])
                return monomial_map(monomial, {whole: parts})
        return monomial

    def _fused(self, monomial: Monomial) -> Monomial:
        """Join two bound indices that stand side by side wherever they stand into one."""
        if len(monomial.bound) < 2 or not any(traits(f).wide for f in monomial.factors):
            return monomial
        slots = [s for f in monomial.factors for s in all_slots(f) if s]
        pair = side_by_side(monomial.bound, slots)
        if pair is None:
            return monomial
        (whole,) = self.fresh(self.slot_size(pair))
        return self._fused(monomial_map(monomial, {pair[0]: (whole,), pair[1]: ()}))

    # Σ_i c = n c for an index i of size n that nothing carries
    def _counted(self, monomial: Monomial) -> Term:
        """Sum over the bound indices that nothing carries: each gives its size."""
        if not monomial.bound:
            return (without_size_quotients(monomial),)
        carried: set[Index] = set()
        for factor in monomial.factors:
            carried |= free_indices(factor)
        idle = monomial.bound - carried
        if not idle:
            return (without_size_quotients(monomial),)
        kept = Monomial(monomial.coefficient, monomial.bound & carried, monomial.factors)
        counted = distributed((kept,), *[size_term(self.sizes[index]) for index in sorted(idle)])
        return tuple([without_size_quotients(m) for m in counted])

    # --- functions ----------------------------------------------------------------------------

    def with_nested(self, factor: Factor, place: int, inner: Term) -> Term:
        """Return ``factor`` with one of its nested terms replaced by an equal one."""
        terms = list(nested_terms(factor))
        terms[place] = inner
        return self.with_all_nested(factor, terms)

    def with_all_nested(self, factor: Factor, terms: Sequence[Term]) -> Term:
        """Return ``factor`` with its nested terms replaced by equal ones, in settled form."""
        if type(factor) is Apply:
            return self.applied(factor.function, factor.order, terms[0])
        if type(factor) is Group:
            return self.grouped(terms[0])
        if type(factor) is not Value:
            return (single(factor),)
        pairs = zip(factor.arguments, terms, strict=True)
        arguments = tuple([Abstraction(a.parameters, body) for a, body in pairs])
        return self.valued(factor.function, factor.out, factor.derivatives, arguments)

    def applied(self, function: Any, order: int, argument: Term) -> Term:
        """Return the ``order``-th derivative of a number function at a term, in settled form."""
        delta = self._outer_delta((argument,), frozenset())
        if delta is not None:
            self.split.add(function)
            zero, one = self._branches(delta, argument)
            return self._cases(
                delta, self.applied(function, order, zero), self.applied(function, order, one)
            )
        return (single(Apply(function, order, self.apart(argument))),)

    def valued(
        self,
        function: Any,
        out: tuple[Slot, ...],
        derivatives: Derivatives,
        arguments: tuple[Abstraction, ...],
    ) -> Term:
        """Return a function of whole arguments, in settled form."""
        arguments = tuple([self._abstracted(a) for a in arguments])
        own = frozenset([i for a in arguments for slot in a.parameters for i in slot])
        delta = self._outer_delta([a.body for a in arguments], own)
        if delta is not None:
            self.split.add(function)
            cases = [(a.parameters, self._branches(delta, a.body)) for a in arguments]
            zero, one = [
                self.valued(
                    function, out, derivatives, tuple([Abstraction(p, b[case]) for p, b in cases])
                )
                for case in (0, 1)
            ]
            return self._cases(delta, zero, one)
        value = Value(function, out, derivatives, arguments)
        row = self.functions.get(function) if isinstance(function, str) else None
        if row is not None and row.settled is not None:
            return row.settled(self, value)  # type: ignore[no-any-return]
        return (single(value),)

    def _abstracted(self, argument: Abstraction) -> Abstraction:
        """Return an argument whose parameters are split where a delta asks for it, and only there."""
        slots, body = self.refined_axes(argument.parameters, argument.body)
        while any(len(slot) > 1 for slot in slots):
            own = [i for slot in slots for i in slot]
            used = [s for m in body for f in m.factors for s in all_slots(f) if s]
            pair = side_by_side(own, [*slots, *used])
            if pair is None:
                break
            level = max([self.level.get(i, 0) for i in pair])
            mapping = {pair[0]: self.fresh(self.slot_size(pair), level), pair[1]: ()}
            slots = tuple([slot_map(slot, mapping) for slot in slots])
            body = self.settled_term(term_map(body, mapping))
        return Abstraction(slots, self.apart(body))

    # g(a + δ_ij b) = (1 - δ_ij) g(a) + δ_ij g(a + b), for indices i, j that g's argument only carries
    def _outer_delta(self, terms: Iterable[Term], own: frozenset[Index]) -> Delta | None:
        """Return a delta of one nested term between two indices that come from outside of it."""
        for term in terms:
            for monomial in term:
                for f in monomial.factors:
                    if (
                        type(f) is Delta
                        and not (own | monomial.bound) & {f.left[0], f.right[0]}
                        and self.joins(f)
                    ):
                        return f
        return None

    def _branches(self, delta: Delta, term: Term) -> tuple[Term, Term]:
        """Return a nested term where the delta is 0 and where it is 1."""
        (x,), (y,) = delta.left, delta.right
        old, new = (max(x, y), min(x, y)) if x < 0 or y < 0 else self._ordered(x, y)
        zero = tuple([m for m in term if delta not in m.factors])
        one = self.settled_term(term_map(term, {old: (new,)}))
        return zero, one

    def _cases(self, delta: Delta, zero: Term, one: Term) -> Term:
        """Return (1 - δ) zero + δ one, settled."""
        minus = (Monomial(Fraction(-1), frozenset(), (delta,)),)
        renewed = tuple([self.renewed(m) for m in zero])
        there = distributed(minus, renewed) + distributed((single(delta),), one)
        return zero + tuple([part for m in there for part in self.contracted(m)])
