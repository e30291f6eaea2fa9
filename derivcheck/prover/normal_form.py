"""The normal form: equal monomials are found up to the names of their bound indices.

Sound: every change of the term is a kernel step, so nothing here can prove anything by itself.
Complete on the polynomial and abstract-function fragment (``docs/trust.md`` has the sketch): two
monomials are the same exactly if some renaming of bound indices takes one to the other; colour
refinement tells most pairs apart, and branching on ties finds the renaming.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from derivcheck.kernel.check import Cancel, Distribute, State, Step
from derivcheck.limits import COLLECTING as MAX_LOOKS
from derivcheck.limits import GROUP_MONOMIALS as MOST_MULTIPLIED_OUT
from derivcheck.prover.matching import Colours, renaming
from derivcheck.terms.scope import Scope
from derivcheck.terms.term import (
    Abstraction,
    Address,
    Apply,
    Atom,
    Delta,
    Factor,
    Group,
    Index,
    Monomial,
    OutOfBudgetError,
    Term,
    Value,
    free_indices,
    nested_terms,
)


class Collector:
    """Finds the kernel steps that collect equal monomials of a state, inside out."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.scope: Scope = state.scope
        self.steps: list[Step] = []
        self._clean: dict[int, Term] = {}
        self._looks = 0
        self._key_of: dict[tuple[Monomial, tuple[int, ...]], int] = {}
        self._known: dict[tuple[Factor, tuple[int, ...]], int] = {}

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
            coloured: Colours | None = None
            for position, factor in enumerate(monomial.factors):
                for number, inner in enumerate(nested_terms(factor)):
                    if id(inner) in self._clean:
                        continue
                    if coloured is None:
                        coloured = self.coloured(monomial, colours)
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
        painted: dict[int, Colours] = {}
        for original, monomial in enumerate(term):
            if repeated[keys[original]] < 2:
                continue
            painted[original] = self.painted(monomial, colours)
            candidates = groups.setdefault(keys[original], [])
            for slot, (other, kept) in enumerate(candidates):
                found = renaming(self.scope, monomial, kept, painted[original], painted[other])
                if found is None:
                    continue
                yield Cancel(address, positions.index(other), positions.index(original), found)
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
        carried = {i for f in monomial.factors for i in free_indices(f)} - monomial.bound
        seen = monomial, paint(tuple(sorted(carried)), colours)
        found = self._key_of.get(seen)
        if found is None:
            found = self._signatures(monomial, self.coloured(monomial, colours), None)
            self._key_of[seen] = found
        return found

    def painted(self, monomial: Monomial, colours: Colours) -> Colours:
        """Return a colour for every index bound in a monomial, at any depth."""
        record: Colours = {}
        self._recorded(monomial, colours, record)
        return record

    def _recorded(self, monomial: Monomial, colours: Colours, record: Colours | None) -> int:
        """Return the key of a monomial; note the colours of what it binds if asked."""
        coloured = self.coloured(monomial, colours)
        if record is not None:
            record.update({index: coloured[index] for index in monomial.bound})
        return self._signatures(monomial, coloured, record)

    def _signatures(self, monomial: Monomial, colours: Colours, record: Colours | None) -> int:
        joined = self._joined(monomial, colours)
        return hash(
            (
                len(monomial.bound),
                tuple(sorted([self._signature(f, joined, record) for f in monomial.factors])),
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
            joined = self._joined(monomial, colours)
            for factor, carried in holders:
                self._look(len(carried))
                for index in carried:
                    before = joined[index]
                    joined[index] = _MARK
                    seen[index].append(self._signature(factor, joined, None))
                    joined[index] = before
            for index, marks in seen.items():
                colours[index] = hash((colours[index], tuple(sorted(marks))))
            now = len({colours[i] for i in monomial.bound})
            if now == distinct or now == len(monomial.bound):
                break
            distinct = now
        return colours

    def _look(self, factors: int) -> None:
        self._looks += factors
        if self._looks > MAX_LOOKS:
            raise OutOfBudgetError(f"over {MAX_LOOKS} looks at factors")

    def _joined(self, monomial: Monomial, colours: Colours) -> Colours:
        """Return colours by which indices that a delta of the monomial joins look the same.

        Which of the two stands in the other factors depends on their numbers, and must not show.
        """
        result = dict(colours)
        classes: list[set[Index]] = []
        for factor in monomial.factors:
            if type(factor) is Delta and self.scope.joins(factor):
                pair = {factor.left[0], factor.right[0]}
                if min(pair) > 0:
                    met = [c for c in classes if c & pair]
                    classes = [c for c in classes if c not in met] + [pair.union(*met)]
        for joined in classes:
            mark = hash(("joined", *sorted([colours.get(i, i) for i in joined])))
            result.update(dict.fromkeys(joined, mark))
        return result

    def _signature(self, factor: Factor, colours: Colours, record: Colours | None) -> int:
        if type(factor) is Atom:
            return hash(("atom", factor.head, tuple([paint(s, colours) for s in factor.slots])))
        if type(factor) is Delta:
            sides = sorted((paint(factor.left, colours), paint(factor.right, colours)))
            return hash(("delta", tuple(sides)))
        if record is not None:
            return self._nested_signature(factor, colours, record)
        # nested terms are looked at once for each colouring of what they carry
        carried = paint(tuple(sorted(free_indices(factor))), colours)
        found = self._known.get((factor, carried))
        if found is None:
            found = self._known[factor, carried] = self._nested_signature(factor, colours, None)
        return found

    def _nested_signature(self, factor: Factor, colours: Colours, record: Colours | None) -> int:
        if type(factor) is Apply:
            inner = self._term_key(factor.argument, colours, record)
            return hash(("apply", factor.function, factor.order, inner))
        if type(factor) is Group:
            return hash(("group", self._term_key(factor.term, colours, record)))
        assert type(factor) is Value
        arguments = []
        for number, argument in enumerate(factor.arguments):
            own = parameter_colours(argument, number)
            if record is not None:
                record.update(own)
            arguments.append(self._term_key(argument.body, {**colours, **own}, record))
        taken = sorted([(k, tuple([paint(s, colours) for s in d])) for k, d in factor.derivatives])
        out = tuple([paint(s, colours) for s in factor.out])
        return hash(("value", factor.function, out, tuple(taken), tuple(arguments)))

    def _term_key(self, term: Term, colours: Colours, record: Colours | None) -> int:
        keys = [hash((m.coefficient, self._recorded(m, colours, record))) for m in term]
        return hash(tuple(sorted(keys)))

    def renaming(
        self, monomial: Monomial, target: Monomial
    ) -> tuple[tuple[Index, Index], ...] | None:
        """Return a renaming of bound indices that takes ``monomial`` to ``target``, if any.

        Raises:
            OutOfBudgetError: when the comparison meets its limit.
        """
        return renaming(
            self.scope, monomial, target, self.painted(monomial, {}), self.painted(target, {})
        )

    # --- groups -------------------------------------------------------------------------------

    def multiply_out(self) -> None:
        """Multiply out the groups that not every monomial has, and collect again.

        Raises:
            OutOfBudgetError: when a comparison meets its limit.
        """
        while self.state.term and len(self.state.term) <= MOST_MULTIPLIED_OUT:
            self._look(sum(len(monomial.factors) for monomial in self.state.term))
            step = self._next_group()
            if step is None:
                return
            self._take(step)
            self.run()

    def _next_group(self) -> Distribute | None:
        """Return the step for a group that is missing in some monomial; None if there is none."""
        term = self.state.term
        kinds = [
            [self._kind(f) if type(f) is Group else None for f in monomial.factors]
            for monomial in term
        ]
        counts = [Counter(kind) for kind in kinds]
        for place, kind in enumerate(kinds):
            for position, one in enumerate(kind):
                if one is not None and min([c[one] for c in counts]) < counts[place][one]:
                    return Distribute((), place, position)
        return None

    def _kind(self, group: Group) -> int:
        """Return a number that does not depend on which indices a group carries."""
        alike = {i: hash(("size", self.scope.sizes[i])) for i in free_indices(group)}
        return self._signature(group, alike, None)


def collected(state: State) -> list[Step]:
    """Collect equal monomials of every term of a state; return the steps taken.

    Raises:
        OutOfBudgetError: when a comparison meets its limit.
    """
    collector = Collector(state)
    collector.run()
    collector.multiply_out()
    return collector.steps


def collected_at(state: State, address: Address) -> list[Step]:
    """Collect equal monomials of one nested term of a state; return the steps taken.

    Raises:
        OutOfBudgetError: when a comparison meets its limit.
    """
    collector = Collector(state)
    here: Address | None = address
    while here is not None:
        step = next(collector.pairs(state.at(here), here, {}), None)
        if step is None:
            break
        collector._take(step)
        here = moved(state, here)
    return collector.steps


def moved(state: State, address: Address) -> Address | None:
    """Return where a nested term stands after a step at its address: its factor moved to the end."""
    found: list[tuple[int, int, int]] = []
    term = state.term
    for place, _, number in address:
        if place >= len(term) or not term[place].factors:
            return None
        position = len(term[place].factors) - 1
        inner = nested_terms(term[place].factors[position])
        if number >= len(inner):
            return None
        found.append((place, position, number))
        term = inner[number]
    return tuple(found)


_MARK = hash("the index in question")


def paint(slot: tuple[Index, ...], colours: Colours) -> tuple[int, ...]:
    """Return the colours of a slot; free and fixed indices keep their numbers."""
    return tuple([colours.get(index, index) for index in slot])


def parameter_colours(argument: Abstraction, number: int) -> Colours:
    """Return a colour for each parameter of an argument: its place."""
    return {
        index: hash(("parameter", number, axis, place))
        for axis, slot in enumerate(argument.parameters)
        for place, index in enumerate(slot)
    }
