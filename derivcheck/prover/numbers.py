"""Known functions of numbers: rewriting over a small set of generators, and clearing of fractions.

Every change of the term is a kernel step (``Fact``, ``Cancel``), so nothing here can prove anything
by itself. What is left of a term are the generators: exp of single monomials with a positive
coefficient, reciprocals and logarithms and roots of sums without a common factor, steps, sines. A
product of a reciprocal 1/(a + b + …) and its leading term a is rewritten to 1 - (b + …)/(a + …).

The argument of a function that turns products into products or sums (reciprocal, log, root) is kept
as a fraction: over one denominator, so that its factors can be taken out. If something is left of
the whole term, it is put over one denominator too. That decides every equation between rational
functions of generators at fixed positions; under sums over an index it is a heuristic.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from flint import fmpq, fmpq_mpoly_ctx

from derivcheck.algebra.functions import RELATIONS, Relation
from derivcheck.extensions.diagonal import DiagonalInverse
from derivcheck.extensions.facts import (
    Assured,
    Evidence,
    Fact,
    Facts,
    Occurrence,
    applications,
    known,
    only_application,
)
from derivcheck.kernel.check import Cancel, State, Step
from derivcheck.limits import FACTS as MAX_FACTS
from derivcheck.limits import FUNCTION_LOOKS as MAX_LOOKS
from derivcheck.limits import SQUARE_TERMS as MAX_SQUARE
from derivcheck.prover.limits_met import note_limit
from derivcheck.prover.matching import Colours, Matcher, Place
from derivcheck.prover.normal_form import Collector, parameter_colours
from derivcheck.prover.numbers_parts import (
    common_unit,
    components,
    joined,
    root_of,
    size_below,
    text_of,
)
from derivcheck.prover.numbers_rules import RULES, At
from derivcheck.terms.scope import Scope
from derivcheck.terms.term import (
    Address,
    Apply,
    Atom,
    Delta,
    Index,
    Monomial,
    OutOfBudgetError,
    RefusedError,
    Term,
    Value,
    all_slots,
    binders,
    free_indices,
    nested_terms,
    scaled,
    single,
    term_map,
)

FIRST_FACTS = 250
"""Rewriting steps while definitions are not written out."""


FRACTIONS = {"reciprocal", "log", "sqrt", "abs", "step"}
"""Functions whose argument is kept as a fraction, to take factors out."""

_SHIFT = 10**9


def numbers(state: State) -> list[Step]:
    """Rewrite known functions until nothing changes; return the steps taken.

    Raises:
        OutOfBudgetError: after ``MAX_FACTS`` steps.
    """
    if not _concerns(state):
        return []
    rewriting = Numbers(state)
    rewriting.run()
    return rewriting.steps


def fractions(state: State) -> list[Step]:
    """Put what is left over one denominator, and rewrite again; return the steps taken.

    Raises:
        OutOfBudgetError: after ``MAX_FACTS`` steps.
    """
    rewriting = Numbers(state)
    if len(state.term) < 2 or not rewriting.whole or not _concerns(state):
        return []
    rewriting.run(fraction=True)
    return rewriting.steps


def _concerns(state: State) -> bool:
    """Return whether a term has a known function, a diagonal inverse, or a number of few values."""
    for factor in applications(state.term):
        if known(factor) is not None:
            return True
        if type(factor) is Value and factor.function == "inverse" and diagonal_body(factor):
            return True
    kinds = {c.kind for c in (*state.goal.conditions, *state.goal.obligations)}
    return "range" in kinds


def diagonal_body(inverse: Value) -> bool:
    """Return whether what is inverted has a delta between its row and column in every monomial."""
    (argument,) = inverse.arguments
    if len(argument.parameters) != 2 or not argument.body:
        return False
    on = Delta(*argument.parameters)
    return all(on in m.factors for m in argument.body)


Move = tuple[Step, int]
"""A step and the position of the monomial that it is to cancel."""


class Numbers(Collector):
    """Finds the steps that rewrite one state, innermost terms first."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.facts: Facts = state.known
        self.left = MAX_FACTS
        self.looks = MAX_LOOKS
        self.whole = len(state.lowering.unfold) == len(state.goal.definitions)
        self.unit: dict[str, Fraction] = {}
        self._settled: dict[tuple[int, bool], Term] = {}
        self._keys: dict[int, tuple[int, Monomial]] = {}
        self._still: dict[tuple[int, bool], Monomial] = {}

    def run(self, *, fraction: bool = False) -> None:
        """Rewrite to the end; ``fraction`` puts the whole term over one denominator.

        While definitions are not written out, what is left may well be no end; then a few steps
        are enough.

        Raises:
            OutOfBudgetError: after ``MAX_FACTS`` steps.
        """
        while (move := self._next(self.state.term, (), {}, fraction)) is not None:
            self.left -= 1
            if self.left < MAX_FACTS - FIRST_FACTS and not self.whole:
                return
            if self.left < 0:
                raise OutOfBudgetError(f"over {MAX_FACTS} steps with known functions")
            self._carry_out(*move)

    def key(self, monomial: Monomial, colours: Colours) -> int:
        """Return a number that renaming bound indices does not change; once for each monomial."""
        if colours:
            return super().key(monomial, colours)
        found = self._keys.get(id(monomial))
        if found is None:
            found = (super().key(monomial, colours), monomial)
            self._keys[id(monomial)] = found
        return found[0]

    # --- the order of steps ---------------------------------------------------------------------

    def _next(self, term: Term, address: Address, colours: Colours, fraction: bool) -> Move | None:
        """Return the next step in a term or inside it, the innermost first."""
        for place, monomial in enumerate(term):
            coloured: Colours | None = None
            for position, factor in enumerate(monomial.factors):
                mode = type(factor) is Apply and factor.function in FRACTIONS
                for number, inner in enumerate(nested_terms(factor)):
                    if (id(inner), mode) in self._settled:
                        continue
                    if coloured is None:
                        coloured = self.coloured(monomial, colours)
                    own = coloured
                    if type(factor) is Value:
                        own = {**coloured, **parameter_colours(factor.arguments[number], number)}
                    move = self._next(inner, (*address, (place, position, number)), own, mode)
                    if move is not None:
                        return move
                    self._settled[id(inner), mode] = inner
        pair = next(self.pairs(term, address, colours), None)
        if pair is not None:
            return pair, -1
        return self._move(term, address, fraction)

    def _carry_out(self, step: Step, place: int) -> None:
        """Take a step; what it replaces is cancelled at once if it can be found again."""
        self.looks -= self._looks
        self._looks = 0
        if self.looks < 0:
            raise OutOfBudgetError(f"over {MAX_LOOKS} looks into known functions")
        if place < 0 or type(step) is not Fact:
            self._take(step)
            return
        before = self.state.at(step.address)
        replaced, count = before[place], len(before)
        self._take(step)
        address = self._moved(step.address)
        if address is None:
            return
        term = self.state.at(address)
        if len(term) <= count or term[place] is not replaced:
            return
        for k in reversed(range(count, len(term))):
            if term[k].coefficient == -replaced.coefficient:
                renaming = self.renaming(term[k], replaced)
                if renaming is not None:
                    self._take(Cancel(address, place, k, renaming))
                    return

    def _moved(self, address: Address) -> Address | None:
        """Return where a term stands after it was rebuilt: its factor moved to the end."""
        moved: list[tuple[int, int, int]] = []
        term = self.state.term
        for place, _, number in address:
            if place >= len(term) or not term[place].factors:
                return None
            position = len(term[place].factors) - 1
            inner = nested_terms(term[place].factors[position])
            if number >= len(inner):
                return None
            moved.append((place, position, number))
            term = inner[number]
        return tuple(moved)

    def _move(self, term: Term, address: Address, fraction: bool) -> Move | None:
        for place, monomial in enumerate(term):
            if (id(monomial), fraction) in self._still:
                continue
            step = self._rewriting(monomial, place, address, fraction)
            if step is not None:
                return step, place
            self._still[id(monomial), fraction] = monomial
        return self._over_one_denominator(term, address) if fraction else None

    def _rewriting(self, m: Monomial, place: int, address: Address, fraction: bool) -> Step | None:
        """Return a step that rewrites one monomial, if any."""
        for k, factor in enumerate(m.factors):
            if type(factor) is Value:
                if (
                    factor.function == "inverse"
                    and diagonal_body(factor)
                    and self.facts.skeleton(factor) in self.facts.defined
                ):
                    return DiagonalInverse(address, place, k)
                continue
            if type(factor) is Atom:
                step = self._few_values(At(self, address, m, k), factor)
            elif type(factor) is Apply and known(factor) is not None:
                step = RULES[factor.function](
                    self, At(self, address, m, k), factor.argument, fraction
                )
            else:
                continue
            if step is not None:
                return step
        return None

    def _few_values(self, at: At, atom: Atom) -> Step | None:
        for kind, name in (("zero-one", "zero-one-square"), ("signs", "sign-square")):
            if atom.head in self.facts.heads.get(kind, ()):
                for other in range(at.position + 1, len(at.monomial.factors)):
                    if at.monomial.factors[other] == atom:
                        return at.fact(name, (single(atom),), also=other)
        return None

    # --- evidence -------------------------------------------------------------------------------

    def evidence(
        self, row: Relation, values: tuple[Term, ...], hint: Apply | None
    ) -> tuple[Evidence, ...] | None:
        """Return how each need of a row is discharged, or None if one is not."""
        named = dict(zip(row.variables, values, strict=True))
        found: list[Evidence] = []
        for kind, formula in row.needs:

            def meets(candidate: Evidence, kind: str = kind, formula: Any = formula) -> bool:
                try:
                    return self.facts.meets(kind, formula, named, candidate)
                except RefusedError:
                    return False

            if meets(None):
                found.append(None)
                continue
            # the indices made here are those that the kernel will make
            with self.scope.trial():
                term = self.facts.built(formula, named)
                candidates: tuple[Evidence, ...] = (
                    *self._occurrences(kind, term, hint),
                    *self._assurances(kind, term),
                )
            good = next((c for c in candidates if meets(c)), None)
            if good is None:
                return None
            found.append(good)
        return tuple(found)

    def _occurrences(self, kind: str, term: Term, hint: Apply | None) -> Iterator[Occurrence]:
        """Yield places in the goal where a function of a number stands, so that it is defined."""
        targets: list[Apply] = []
        if kind == "defined":
            try:
                targets = [only_application(term)]
            except RefusedError:
                return
        elif kind in ("positive", "nonzero"):
            words = ("log",) if kind == "positive" else ("reciprocal", "step", "log")
            targets = [Apply(word, 0, term) for word in words]
        for target in targets:
            known_ones = [target] if hint is None else [target, hint]
            known_ones += [
                f
                for f in applications(self.state.term)
                if type(f) is Apply
                and f.function == target.function
                and len(f.argument) == len(target.argument)
            ]
            for factor in known_ones:
                if self.facts.skeleton(factor) not in self.facts.defined:
                    continue
                own = frozenset(i for s in all_slots(factor) for i in s if i > 0)
                theirs = frozenset(i for s in all_slots(target) for i in s if i > 0)
                for mapping in Matcher(self.scope).factor(factor, target, {}, Place(own, theirs)):
                    yield Occurrence(factor, tuple([(i, (j,)) for i, j in mapping.items()]))
                    break

    def _assurances(self, kind: str, term: Term) -> Iterator[Assured]:
        """Yield side conditions of the goal that are about a number."""
        if kind not in ("positive", "nonzero"):
            return
        for place, condition in enumerate(self.facts.conditions):
            if condition.kind not in ("positive", "nonzero"):
                continue
            try:
                lowering, pattern = self.facts.pattern(place)
            except RefusedError:
                continue
            if len(pattern) != len(term):
                continue
            shift = {i: (i + _SHIFT,) for i in lowering.scope.sizes}
            both = Scope()
            both.sizes = {i + _SHIFT: size for i, size in lowering.scope.sizes.items()}
            both.sizes.update(self.scope.sizes)
            own = frozenset(i + _SHIFT for i in lowering.scope.sizes)
            theirs = frozenset(self.scope.sizes)
            moved = term_map(pattern, shift)
            for target in (term, scaled(term, Fraction(-1)))[: 1 + (kind == "nonzero")]:
                for mapping in Matcher(both).terms(moved, target, {}, Place(own, theirs)):
                    yield Assured(place, tuple([(i - _SHIFT, (j,)) for i, j in mapping.items()]))
                    break

    # --- factors of terms -----------------------------------------------------------------------

    def same(self, left: Monomial, right: Monomial) -> bool:
        """Return whether two products are the same up to bound indices, coefficients aside."""
        if len(left.factors) != len(right.factors):
            return False
        self._look(len(left.factors))
        # by value: these products are made anew each time, and would fill the memory of ``key``
        alike = Collector.key(self, left, {}) == Collector.key(self, right, {})
        return alike and self.renaming(left, right) is not None

    def common(self, term: Term) -> list[Monomial]:
        """Return the components that all monomials of a term have in common, with repetition."""
        if not term:
            return []
        rest = [components(m) for m in term[1:]]
        found = []
        for piece in components(term[0]):
            places = []
            for others in rest:
                k = next((k for k, other in enumerate(others) if self.same(piece, other)), None)
                if k is None:
                    break
                places.append(k)
            if len(places) == len(rest):
                found.append(piece)
                for others, k in zip(rest, places, strict=True):
                    del others[k]
        return found

    def divided(self, term: Term, piece: Monomial) -> Term:
        """Return a term without one component that all its monomials have."""
        result = []
        for m in term:
            parts = components(m)
            k = next(k for k, part in enumerate(parts) if self.same(piece, part))
            del parts[k]
            result.append(joined(m.coefficient, parts))
        return tuple(result)

    def square_root(self, term: Term) -> Term | None:
        """Return a term whose square is the given one, as a polynomial in its components."""
        if len(term) > MAX_SQUARE:
            note_limit(f"no square root is looked for of over {MAX_SQUARE} terms")
        if not 0 < len(term) <= MAX_SQUARE:
            return None
        letters: list[Monomial] = []
        exponents: list[tuple[int, ...]] = []
        for m in term:
            powers: Counter[int] = Counter()
            for part in components(m):
                k = next((k for k, known in enumerate(letters) if self.same(part, known)), None)
                if k is None:
                    k = len(letters)
                    letters.append(part)
                powers[k] += 1
            exponents.append(tuple(powers[k] for k in range(len(term) * MAX_SQUARE)))
        width = max(len(letters), 1)
        context = fmpq_mpoly_ctx.get([f"x{k}" for k in range(width)], "lex")
        polynomial = context.from_dict(
            {
                key[:width]: fmpq(m.coefficient.numerator, m.coefficient.denominator)
                for key, m in zip(exponents, term, strict=True)
            }
        )
        unit, factors = polynomial.factor()
        number = root_of(Fraction(int(unit.p), int(unit.q)))
        if number is None or any(power % 2 for _, power in factors):
            return None
        root = context.from_dict({(0,) * width: fmpq(number.numerator, number.denominator)})
        for factor, power in factors:
            root *= factor ** (power // 2)
        found = root.to_dict().items()
        if any(p > 1 and any(binders(letters[k])) for key, _ in found for k, p in enumerate(key)):
            return None  # a second copy would need indices of its own
        return tuple(
            [
                joined(
                    Fraction(int(c.p), int(c.q)),
                    [letters[k] for k, power in enumerate(key) for _ in range(int(power))],
                )
                for key, c in found
            ]
        )

    def matched(
        self, wanted: Monomial, m: Monomial, avoid: int
    ) -> tuple[set[int], frozenset[Index]] | None:
        """Return positions in ``m`` that make up ``wanted``, and the bound indices they use up."""
        matcher = Matcher(self.scope)

        def rest(
            place: int, mapping: dict[Index, Index], used: tuple[int, ...]
        ) -> Iterator[tuple[dict[Index, Index], tuple[int, ...]]]:
            if place == len(wanted.factors):
                yield mapping, used
                return
            for k, partner in enumerate(m.factors):
                if k == avoid or k in used or type(partner) is not type(wanted.factors[place]):
                    continue
                for extended in matcher.factor(
                    wanted.factors[place], partner, mapping, Place(wanted.bound, m.bound)
                ):
                    yield from rest(place + 1, extended, (*used, k))

        for mapping, used in rest(0, {}, ()):
            images = frozenset(mapping[i] for i in wanted.bound if i in mapping)
            elsewhere = {
                i for k, f in enumerate(m.factors) if k not in used for i in free_indices(f)
            }
            if len(images) == len(wanted.bound) and not images & elsewhere:
                return set(used), images
        return None

    def over(self, m: Monomial) -> list[Apply]:
        """Return the reciprocals in a monomial that carry no bound index, those of sizes aside."""
        return [
            f
            for f in m.factors
            if type(f) is Apply
            and f.function == "reciprocal"
            and size_below(f) is None
            and not free_indices(f) & m.bound
        ]

    def _place(self, wanted: Apply, among: list[Apply]) -> int | None:
        return next((k for k, r in enumerate(among) if self.same(single(r), single(wanted))), None)

    def _over_one_denominator(self, term: Term, address: Address) -> Move | None:
        """Return a step that multiplies one monomial by u/u, for a u that another is divided by."""
        if len(term) < 2:
            return None
        held = [self.over(m) for m in term]
        wanted: list[Apply] = []
        for reciprocals in held:
            missing = list(wanted)
            for r in reciprocals:
                k = self._place(r, missing)
                if k is None:
                    wanted.append(r)
                else:
                    del missing[k]
        for place, (m, reciprocals) in enumerate(zip(term, held, strict=True)):
            have = list(reciprocals)
            for w in wanted:
                k = self._place(w, have)
                if k is not None:
                    del have[k]
                    continue
                values = (w.argument,)
                row = RELATIONS["reciprocal-law"]
                evidence = self.evidence(row, values, w)
                if evidence is None:
                    continue
                cofactor = Monomial(-m.coefficient, m.bound, m.factors)
                return Fact(address, row.name, values, cofactor, evidence), place
        return None

    def least(self, m: Monomial) -> Fraction:
        """Return the greatest number of which all coefficients of such a monomial are multiples."""
        key = text_of(Monomial(Fraction(1), m.bound, m.factors))
        unit = self.unit.get(key)
        if unit is None or (m.coefficient / unit).denominator != 1:
            self.unit = {}
            for factor in applications(self.state.term):
                if type(factor) is Apply and factor.function in ("exp", "sin", "cos"):
                    for part in factor.argument:
                        name = text_of(Monomial(Fraction(1), part.bound, part.factors))
                        size = abs(part.coefficient)
                        self.unit[name] = common_unit(self.unit.get(name), size)
            self.unit[key] = common_unit(self.unit.get(key), abs(m.coefficient))
        return self.unit[key]
