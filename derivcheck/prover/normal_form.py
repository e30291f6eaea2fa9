"""The normal form: equal monomials are found up to the names of their bound indices.

Sound: every change of the term is a kernel step, so nothing here can prove anything by itself.
Complete on the polynomial and abstract-function fragment (``docs/trust.md`` has the sketch): two
monomials are the same exactly if some renaming of bound indices takes one to the other; colour
refinement tells most pairs apart, and branching on ties finds the renaming.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from derivcheck.kernel.check import Cancel, State, Step
from derivcheck.kernel.terms import (
    Abstraction,
    Address,
    Apply,
    Atom,
    Delta,
    Factor,
    Index,
    Monomial,
    OutOfBudgetError,
    Scope,
    Slot,
    Term,
    Value,
    all_slots,
    free_indices,
    nested_terms,
)

MAX_BRANCHES = 20_000
"""Attempts at matching two factors in one comparison; beyond, the comparison is out of budget."""

Colours = dict[Index, int]


class Collector:
    """Finds the kernel steps that collect equal monomials of a state, inside out."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.scope: Scope = state.scope
        self.steps: list[Step] = []
        self._clean: dict[int, Term] = {}

    def run(self) -> None:
        """Collect until no two monomials of any term are equal.

        Raises:
            OutOfBudgetError: when a comparison meets its limit.
        """
        while (step := self._nested_step(self.state.term, (), {})) is not None:
            self._take(step)
        for step in list(self.pairs(self.state.term, (), {})):
            self._take(step)

    def _take(self, step: Step) -> None:
        self.state.apply(step)
        self.steps.append(step)

    def _nested_step(self, term: Term, address: Address, colours: Colours) -> Step | None:
        """Return the next step inside a nested term, the innermost first."""
        for place, monomial in enumerate(term):
            for position, factor in enumerate(monomial.factors):
                inner_terms = nested_terms(factor)
                if not inner_terms:
                    continue
                coloured = self.coloured(monomial, colours)
                for number, inner in enumerate(inner_terms):
                    if id(inner) in self._clean:
                        continue
                    own = coloured
                    if type(factor) is Value:
                        own = {**coloured, **parameter_colours(factor.arguments[number], number)}
                    here = (*address, (place, position, number))
                    step = self._nested_step(inner, here, own)
                    if step is None:
                        step = next(self.pairs(inner, here, own), None)
                    if step is not None:
                        return step
                    self._clean[id(inner)] = inner
        return None

    def pairs(self, term: Term, address: Address, colours: Colours) -> Iterator[Step]:
        """Yield the cancelling pairs of one term; positions allow for the steps yielded before."""
        if len(term) < 2:
            return
        groups: dict[int, list[tuple[int, Monomial]]] = {}
        positions = list(range(len(term)))
        keys = [self.key(monomial, colours) for monomial in term]
        repeated = Counter(keys)
        current = list(term)
        for original, monomial in enumerate(term):
            if repeated[keys[original]] < 2:
                continue
            candidates = groups.setdefault(keys[original], [])
            for slot, (other, kept) in enumerate(candidates):
                renaming = self.renaming(monomial, kept)
                if renaming is None:
                    continue
                yield Cancel(address, positions.index(other), positions.index(original), renaming)
                positions.remove(original)
                total = current[other].coefficient + monomial.coefficient
                current[other] = Monomial(total, kept.bound, kept.factors)
                if total == 0:
                    positions.remove(other)
                    del candidates[slot]
                break
            else:
                candidates.append((original, monomial))

    # --- colours: invariants under renaming -----------------------------------------------------

    def key(self, monomial: Monomial, colours: Colours) -> int:
        """Return a number that renaming bound indices does not change."""
        return self._signatures(monomial, self.coloured(monomial, colours))

    def _signatures(self, monomial: Monomial, colours: Colours) -> int:
        return hash(
            (
                len(monomial.bound),
                tuple(sorted([self._signature(f, colours) for f in monomial.factors])),
            )
        )

    def coloured(self, monomial: Monomial, outer: Colours) -> Colours:
        """Return the outer colours and a refined colour for each bound index."""
        if not monomial.bound:
            return outer
        colours = dict(outer)
        for index in monomial.bound:
            colours[index] = hash(("bound", self.scope.sizes[index]))
        holders = [(f, free_indices(f) & monomial.bound) for f in monomial.factors]
        distinct = len({colours[i] for i in monomial.bound})
        for _ in range(len(monomial.bound)):
            seen: dict[Index, list[int]] = {index: [] for index in monomial.bound}
            for factor, carried in holders:
                for index in carried:
                    marked = {**colours, index: _MARK}
                    seen[index].append(self._signature(factor, marked))
            for index, marks in seen.items():
                colours[index] = hash((colours[index], tuple(sorted(marks))))
            now = len({colours[i] for i in monomial.bound})
            if now == distinct or now == len(monomial.bound):
                break
            distinct = now
        return colours

    def _signature(self, factor: Factor, colours: Colours) -> int:
        if type(factor) is Atom:
            return hash(("atom", factor.head, tuple([paint(s, colours) for s in factor.slots])))
        if type(factor) is Delta:
            return hash(
                (
                    "delta",
                    tuple(sorted((paint(factor.left, colours), paint(factor.right, colours)))),
                )
            )
        if type(factor) is Apply:
            return hash(
                ("apply", factor.function, factor.order, self._term_key(factor.argument, colours))
            )
        assert type(factor) is Value
        return hash(
            (
                "value",
                factor.function,
                tuple([paint(s, colours) for s in factor.out]),
                tuple(
                    sorted(
                        [
                            (number, tuple([paint(s, colours) for s in slots]))
                            for number, slots in factor.derivatives
                        ]
                    )
                ),
                tuple(
                    [
                        self._term_key(a.body, {**colours, **parameter_colours(a, number)})
                        for number, a in enumerate(factor.arguments)
                    ]
                ),
            )
        )

    def _term_key(self, term: Term, colours: Colours) -> int:
        return hash(tuple(sorted([hash((m.coefficient, self.key(m, colours))) for m in term])))

    # --- matching ----------------------------------------------------------------------------

    def renaming(
        self, monomial: Monomial, target: Monomial
    ) -> tuple[tuple[Index, Index], ...] | None:
        """Return a renaming of bound indices that takes ``monomial`` to ``target``, if any.

        Raises:
            OutOfBudgetError: after ``MAX_BRANCHES`` attempts.
        """
        matcher = Matcher(self.scope)
        for mapping in matcher.monomials(monomial, target, {}):
            return tuple(sorted(mapping.items()))
        return None


def collected(state: State) -> list[Step]:
    """Collect equal monomials of every term of a state; return the steps taken.

    Raises:
        OutOfBudgetError: when a comparison meets its limit.
    """
    collector = Collector(state)
    collector.run()
    return collector.steps


class Matcher:
    """Backtracking search for a renaming; yields every one it finds."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.tried = 0

    def monomials(
        self, left: Monomial, right: Monomial, mapping: Mapping[Index, Index]
    ) -> Iterator[dict[Index, Index]]:
        """Yield extensions of ``mapping`` under which left becomes right, coefficients aside."""
        if len(left.factors) != len(right.factors) or len(left.bound) != len(right.bound):
            return
        own = frozenset(left.bound)
        for found in self._factors(
            list(left.factors), list(right.factors), dict(mapping), own, right.bound
        ):
            if all(index in found for index in own):
                yield found

    def _factors(
        self,
        left: list[Factor],
        right: list[Factor],
        mapping: dict[Index, Index],
        own: frozenset[Index],
        theirs: frozenset[Index],
    ) -> Iterator[dict[Index, Index]]:
        if not left:
            yield mapping
            return
        # the factor with the most indices already mapped has the fewest partners
        place = max(
            range(len(left)),
            key=lambda k: sum(i in mapping or i not in own for s in all_slots(left[k]) for i in s),
        )
        factor = left[place]
        rest = left[:place] + left[place + 1 :]
        for k, partner in enumerate(right):
            if type(partner) is not type(factor):
                continue
            self.tried += 1
            if self.tried > MAX_BRANCHES:
                raise OutOfBudgetError(f"over {MAX_BRANCHES} ways to match two monomials")
            for extended in self.factor(factor, partner, mapping, own, theirs):
                yield from self._factors(rest, right[:k] + right[k + 1 :], extended, own, theirs)

    def factor(
        self,
        left: Factor,
        right: Factor,
        mapping: dict[Index, Index],
        own: frozenset[Index],
        theirs: frozenset[Index],
    ) -> Iterator[dict[Index, Index]]:
        if type(left) is Atom and type(right) is Atom:
            if left.head == right.head:
                yield from self._slots(left.slots, right.slots, mapping, own, theirs)
        elif type(left) is Delta and type(right) is Delta:
            yield from self._slots(
                (left.left, left.right), (right.left, right.right), mapping, own, theirs
            )
            yield from self._slots(
                (left.left, left.right), (right.right, right.left), mapping, own, theirs
            )
        elif type(left) is Apply and type(right) is Apply:
            if (left.function, left.order) == (right.function, right.order):
                yield from self.terms(left.argument, right.argument, mapping, own, theirs)
        elif type(left) is Value and type(right) is Value:
            yield from self._values(left, right, mapping, own, theirs)

    def _values(
        self,
        left: Value,
        right: Value,
        mapping: dict[Index, Index],
        own: frozenset[Index],
        theirs: frozenset[Index],
    ) -> Iterator[dict[Index, Index]]:
        if left.function != right.function or len(left.derivatives) != len(right.derivatives):
            return
        for outer in self._slots(left.out, right.out, mapping, own, theirs):
            for ordered in self._derivatives(
                list(left.derivatives), list(right.derivatives), outer, own, theirs
            ):
                yield from self._arguments(
                    list(zip(left.arguments, right.arguments, strict=True)), ordered, own, theirs
                )

    def _derivatives(
        self,
        left: list[tuple[int, tuple[Slot, ...]]],
        right: list[tuple[int, tuple[Slot, ...]]],
        mapping: dict[Index, Index],
        own: frozenset[Index],
        theirs: frozenset[Index],
    ) -> Iterator[dict[Index, Index]]:
        if not left:
            yield mapping
            return
        number, slots = left[0]
        for k, (other, partner) in enumerate(right):
            if other != number:
                continue
            for extended in self._slots(slots, partner, mapping, own, theirs):
                yield from self._derivatives(
                    left[1:], right[:k] + right[k + 1 :], extended, own, theirs
                )

    def _arguments(
        self,
        pairs: list[tuple[Abstraction, Abstraction]],
        mapping: dict[Index, Index],
        own: frozenset[Index],
        theirs: frozenset[Index],
    ) -> Iterator[dict[Index, Index]]:
        if not pairs:
            yield mapping
            return
        left, right = pairs[0]
        parameters = frozenset(i for s in left.parameters for i in s)
        images = frozenset(i for s in right.parameters for i in s)
        for entered in self._slots(
            left.parameters, right.parameters, mapping, own | parameters, theirs | images
        ):
            for inner in self.terms(
                left.body, right.body, entered, own | parameters, theirs | images
            ):
                yield from self._arguments(pairs[1:], inner, own, theirs)

    def terms(
        self,
        left: Term,
        right: Term,
        mapping: dict[Index, Index],
        own: frozenset[Index],
        theirs: frozenset[Index],
    ) -> Iterator[dict[Index, Index]]:
        if len(left) != len(right):
            return
        if not left:
            yield mapping
            return
        first = left[0]
        for k, partner in enumerate(right):
            if (
                partner.coefficient != first.coefficient
                or len(partner.factors) != len(first.factors)
                or len(partner.bound) != len(first.bound)
            ):
                continue
            for extended in self._factors(
                list(first.factors),
                list(partner.factors),
                mapping,
                own | first.bound,
                theirs | partner.bound,
            ):
                if all(index in extended for index in first.bound):
                    yield from self.terms(
                        left[1:], right[:k] + right[k + 1 :], extended, own, theirs
                    )

    def _slots(
        self,
        left: tuple[Slot, ...],
        right: tuple[Slot, ...],
        mapping: dict[Index, Index],
        own: frozenset[Index],
        theirs: frozenset[Index],
    ) -> Iterator[dict[Index, Index]]:
        if len(left) != len(right):
            return
        extended = mapping
        for slot, partner in zip(left, right, strict=True):
            if len(slot) != len(partner):
                return
            for index, image in zip(slot, partner, strict=True):
                if index not in own:
                    if index != image:
                        return
                elif index in extended:
                    if extended[index] != image:
                        return
                elif (
                    image not in theirs
                    or image in extended.values()
                    or self.scope.sizes[index] != self.scope.sizes[image]
                ):
                    return
                else:
                    extended = {**extended, index: image}
        yield extended


_MARK = hash("the index in question")


def paint(slot: Slot, colours: Colours) -> tuple[int, ...]:
    """Return the colours of a slot; free and fixed indices keep their numbers."""
    return tuple([colours.get(index, index) for index in slot])


def parameter_colours(argument: Abstraction, number: int) -> Colours:
    """Return a colour for each parameter of an argument: its place."""
    return {
        index: hash(("parameter", number, axis, place))
        for axis, slot in enumerate(argument.parameters)
        for place, index in enumerate(slot)
    }
