"""Hypotheses, inverses and reciprocals as rewrite rules, completed.

The equations that a goal gives (``kernel.cofactors``) become rules between diagrams; overlaps of
rules give new rules (non-commutative completion after Buchberger and Mora, bounded by counts) until
the residual rewrites to nothing. What comes out is a list of ``Cofactor`` steps, so the kernel
decides.

Not complete: a completion may not end, and the normal form of traces and other diagrams with
circles depends on where rewriting starts. What is not proved here is undecided, never refuted.

Source: Mora, Theoret. Comput. Sci. 134 (1994) 131-173; Hofstadler, Raab and Regensburger, ACM
Commun. Comput. Algebra 53 (2019) 55-64, for typed operators of all sizes.
"""

from __future__ import annotations

import heapq
import itertools
from fractions import Fraction
from typing import Any

from derivcheck.kernel.check import State, Step
from derivcheck.limits import OVERLAPS as MAX_PAIRS
from derivcheck.limits import RULES as MAX_RULES
from derivcheck.limits import WAITING as MAX_WAITING
from derivcheck.prover.axioms import Axioms, symmetric_letter
from derivcheck.prover.circles import closed, has_circle
from derivcheck.prover.determinants import has_function
from derivcheck.prover.diagrams import DELTA, Poly
from derivcheck.prover.limits_met import note_limit
from derivcheck.prover.overlaps import Overlap, overlaps
from derivcheck.prover.rewriting import Equation, Multiple, Rule, add, eliminating, oriented
from derivcheck.prover.translation import Raw, Translator, outside
from derivcheck.prover.writing import StepWriter
from derivcheck.terms.term import (
    Apply,
    OutOfBudgetError,
    RefusedError,
    Term,
    Value,
    nested_terms,
)

NESTED_PAIRS = 40
"""Overlaps that are looked into before what stands inside functions is rewritten."""

LATER = 4
"""How much heavier an overlap counts that joins more than it has to."""

MORE_WEIGHT = 4
"""An overlap that outweighs the residual and all that is given by more than this is left alone."""


class ContradictoryError(Exception):
    """What is given has no example; the message is for the author."""


class Completion:
    """One state with the rules that its goal gives.

    ``patient``: what follows from a rule that only exchanges letters (A B = B A) is kept as it
    stands. Exchanged back at once, it would say nothing (A = B⁻¹ A B).
    """

    def __init__(self, state: State, *, patient: bool = False) -> None:
        self.state = state
        self.patient = patient
        self.translator = Translator(state.scope)
        self.writer = StepWriter(state, self.translator)
        self.queue: list[tuple[int, int, Equation | Overlap]] = []
        self.number = itertools.count()
        self.pairs = 0
        self.heaviest = 0
        self.waiting: list[Equation] = []

    def relevant(self, equations: list[Equation], poly: Poly) -> list[Equation]:
        """Return the equations that share letters with the residual, directly or not."""
        reached = letters_of(poly)
        waiting = [(letters_of(equation.poly), equation) for equation in equations]
        kept: list[Equation] = []
        while True:
            more = [e for letters, e in waiting if not letters or letters & reached]
            if not more:
                return kept
            kept += more
            waiting = [(letters, e) for letters, e in waiting if e not in more]
            for equation in more:
                reached |= letters_of(equation.poly)

    # --- completion ---------------------------------------------------------------------------

    def push(self, item: Equation | Overlap) -> None:
        """Put an equation or an overlap in line, the lightest first."""
        if isinstance(item, Overlap):
            weight = item.weight + (LATER if item.further else 0)
        else:
            alphabet = self.translator.alphabet
            weight = max([alphabet.measure(d)[0] for d in item.poly], default=0)
        heapq.heappush(self.queue, (weight, next(self.number), item))

    def complete(self, raw: Raw) -> list[Multiple] | None:
        """Return multiples of equations that make nothing of a residual, if they are found.

        Raises:
            OutOfBudgetError: when a counted limit is met.
        """
        rewriter = self.translator
        start = rewriter.poly(raw)
        poly, taken = rewriter.normal_form(start)
        while poly and self.queue:
            if self._advance():
                start = rewriter.poly(raw)
                poly, taken = rewriter.normal_form(start)
            else:
                poly, more = rewriter.normal_form(poly)
                taken += more
        for equation in self.waiting if poly else ():
            poly, more = self._eliminated(poly, equation)
            taken += more
        if not poly:
            return taken
        return closed(rewriter, start) if any(map(has_circle, start)) else None

    # M = a I + b c: though b c is the larger one, M can go
    def _eliminated(self, poly: Poly, equation: Equation) -> tuple[Poly, list[Multiple]]:
        """Return a sum rid of a factor that one part of an equation has alone, and what that took."""
        rewriter = self.translator
        for rule in eliminating(rewriter.alphabet, equation):
            taken: list[Multiple] = []
            result = Poly()
            for diagram, coefficient in poly.items():
                found = next(rewriter.matches(rule, rewriter.target(diagram)), None)
                if found is None:
                    add(result, diagram, coefficient)
                    continue
                taken.append(Multiple(-coefficient, *found, rule.equation))
                placed = rewriter.placed(*found, rule.equation.ports, rule.right)
                for piece, number in placed.items():
                    add(result, piece, coefficient * number)
            if taken:
                result, more = rewriter.normal_form(result)
                return result, taken + more
        return poly, []

    def saturate(self, pairs: int) -> None:
        """Complete until a number of overlaps was looked into."""
        pairs += self.pairs
        while self.queue and self.pairs < pairs:
            self._advance()

    def _advance(self) -> bool:
        """Look into what is next in line; say whether a letter turned out to be symmetric.

        Raises:
            OutOfBudgetError: when a counted limit is met.
            ContradictoryError: when it says 1 = 0.
        """
        _, _, item = heapq.heappop(self.queue)
        if isinstance(item, Overlap):
            if not (item.first.active and item.second.active):
                return False
            self.pairs += 1
            if self.pairs > MAX_PAIRS:
                raise OutOfBudgetError(f"over {MAX_PAIRS} overlaps of hypotheses")
            equation = self._critical(item)
        else:
            equation = self._reduced(item)
        if not equation.poly:
            return False
        if set(equation.poly) == {()}:
            raise ContradictoryError("1 = 0 follows from what is given")
        letter = symmetric_letter(equation.poly)
        if letter is not None:
            self._start_over(letter, equation)
            return True
        special = self._without_deltas(equation)
        for part in special:
            self.push(part)
        if not special:
            rules = oriented(self.translator.alphabet, equation)
            for rule in rules:
                self._take(rule)
            if not rules:
                self._wait(equation)
        return False

    def _critical(self, overlap: Overlap) -> Equation:
        """Return the difference of the two ways to rewrite an overlap, rewritten."""
        rewriter = self.translator
        poly: Poly = {}
        proof = []
        for rule, rest, at, sign in (
            (overlap.first, overlap.rests[0], overlap.nodes[0], 1),
            (overlap.second, overlap.rests[1], overlap.nodes[1], -1),
        ):
            proof.append(Multiple(Fraction(sign), rest, at, rule.equation))
            placed = rewriter.placed(rest, at, rule.equation.ports, rule.right)
            for diagram, coefficient in placed.items():
                total = poly.get(diagram, Fraction(0)) - sign * coefficient
                poly[diagram] = total
        one = overlap.first.careful != overlap.second.careful
        rewriter.exchanging = not (self.patient and one)
        poly, more = rewriter.normal_form({d: c for d, c in poly.items() if c})
        rewriter.exchanging = True
        return self._derived(overlap.ports, poly, (*proof, *more))

    def _reduced(self, equation: Equation) -> Equation:
        """Return an equation rewritten by the rules so far."""
        rewriter = self.translator
        ports = tuple([-1 - k for k in range(len(equation.ports))])
        start = Multiple(Fraction(1), (), ports, equation)
        poly = rewriter.placed((), ports, equation.ports, equation.poly)
        poly, more = rewriter.normal_form(poly)
        if not more and poly == equation.poly:
            return equation
        return self._derived(equation.ports, poly, (start, *more))

    def _derived(self, ports: tuple[Any, ...], poly: Poly, proof: tuple[Multiple, ...]) -> Equation:
        level = len(self.translator.alphabet.symmetric)
        return Equation(ports, poly, proof, level=level)

    # of a M_rc + b Σ_s M_sc = δ_rc follows (a + b n) Σ_s M_sc = 1
    def _wait(self, equation: Equation) -> None:
        """Keep an equation whose largest part does not show all ports, summed over those for now."""
        rewriter = self.translator
        largest = max(equation.poly, key=rewriter.alphabet.measure)
        shown = {node for part in largest for node in part[1:]}
        missing = [k for k in range(len(equation.ports)) if -1 - k not in shown]
        places = [k for k in range(len(equation.ports)) if k not in missing]
        if equation.proof and not equation.axiom and len(self.waiting) > MAX_WAITING:
            note_limit(f"over {MAX_WAITING} equations whose largest part does not show all indices")
            return
        self.waiting.append(equation)
        at = {k: place for place, k in enumerate(missing)}
        at.update((k, -1 - place) for place, k in enumerate(places))
        nodes = tuple([at[k] for k in range(len(equation.ports))])
        poly = rewriter.placed((), nodes, equation.ports, equation.poly)
        ports = tuple([equation.ports[k] for k in places])
        if poly:
            self.push(self._derived(ports, poly, (Multiple(Fraction(1), (), nodes, equation),)))

    def _without_deltas(self, equation: Equation) -> list[Equation]:
        """Return what an equation whose largest part has deltas says where these are 1."""
        rewriter = self.translator
        largest = max(equation.poly, key=rewriter.alphabet.measure)
        found = []
        for part in largest:
            if part[0] != DELTA or min(part[1:]) < -len(equation.ports):
                continue
            kept, gone = max(part[1:]), min(part[1:])
            places = [k for k in range(len(equation.ports)) if -1 - k != gone]
            named = {-1 - k: -1 - place for place, k in enumerate(places)}
            named[gone] = named[kept]
            at = tuple([named[-1 - k] for k in range(len(equation.ports))])
            ports = tuple([equation.ports[k] for k in places])
            poly = rewriter.placed((), at, equation.ports, equation.poly)
            found.append(self._derived(ports, poly, (Multiple(Fraction(1), (), at, equation),)))
        return found

    def _take(self, rule: Rule) -> None:
        """Use a rule from here on; rules whose left side it rewrites come up again."""
        rewriter = self.translator
        if len(rewriter.rules) >= MAX_RULES:
            raise OutOfBudgetError(f"over {MAX_RULES} rules from hypotheses")
        for other in rewriter.rules:
            if other.active and not rule.mask & ~other.mask and not rule.careful:
                target = rewriter.target(other.left)
                if next(rewriter.matches(rule, target), None) is not None:
                    other.active = False
                    self.push(other.equation)
        rewriter.rules.append(rule)
        waiting, self.waiting = self.waiting, []
        for equation in waiting:
            self.push(equation)
        for other in rewriter.rules:
            if other.active:
                for overlap in overlaps(rewriter, other, rule, self.heaviest):
                    self.push(overlap)

    def _start_over(self, letter: int, equation: Equation) -> None:
        """Take a letter as symmetric: every rule and equation has another form now."""
        rewriter = self.translator
        waiting = [item for _, _, item in self.queue if isinstance(item, Equation)]
        waiting += [rule.equation for rule in rewriter.rules if rule.active]
        rewriter.alphabet.set_symmetric(letter, equation)
        rewriter.forget()
        self.queue = []
        for item in waiting:
            self.push(item)

    # --- steps --------------------------------------------------------------------------------

    def run(self) -> None:
        """Carry out the steps that make nothing of the state's term, if they are found.

        Raises:
            OutOfBudgetError: when a counted limit is met.
        """
        axioms = Axioms(self.state, self.translator)
        hypotheses = axioms.hypotheses()
        symmetric = self.translator.alphabet.symmetric
        if (hypotheses or symmetric) and _has_nested(self.state.term):
            self._settle(hypotheses)
            if not self.state.term:
                return
        laws = axioms.laws()
        if not hypotheses and not laws and not symmetric:
            return
        names = {index: outside(index) for index in self.state.visible(())}
        raw = self.translator.raw(self.state.term, self.state.scope, names)
        poly = self.translator.poly(raw)
        relevant = self.relevant(hypotheses + laws, poly)
        for equation in relevant:
            self.push(equation)
        self._limit(poly, *(equation.poly for equation in relevant))
        multiples = self.complete(raw)
        if multiples is None:
            return
        self.writer.carry_out(raw, multiples)
        self.writer.collect()
        if self.state.term:
            self.writer.settle_nested()
            self.writer.collect()

    def _limit(self, *polys: Poly) -> None:
        """Set the weight beyond which overlaps are left alone."""
        measure = self.translator.alphabet.measure
        weights = [measure(diagram)[0] for poly in polys for diagram in poly]
        self.heaviest = max(weights, default=0) + MORE_WEIGHT

    def _settle(self, hypotheses: list[Equation]) -> None:
        """Rewrite what stands inside functions by the hypotheses, completed a little."""
        rewriter = self.translator
        for equation in hypotheses:
            self.push(equation)
        self._limit(*(equation.poly for equation in hypotheses))
        patient, self.patient = self.patient, False
        self.saturate(NESTED_PAIRS)
        self.patient = patient
        self.writer.settle_nested()
        self.writer.collect()
        # laws of inverses are to speak of the same letters
        rewriter.reduce = lambda poly: rewriter.normal_form(poly)[0]


def completed(state: State, *, patient: bool = False) -> list[Step]:
    """Rewrite a state by what its goal gives; return the steps taken.

    The state is left as it was unless the steps make nothing of it.

    Raises:
        OutOfBudgetError: when a counted limit is met; the state is left anywhere then.
        ContradictoryError: when 1 = 0 follows from what the goal gives.

    Cost:
        Counted: ``MAX_RULES``, ``MAX_PAIRS`` and the limits of ``rewriting`` and ``unwinding``.
    """
    goal = state.goal
    if not goal.hypotheses and not _has_inverse(state.term):
        return []
    completion = Completion(state, patient=patient)
    try:
        completion.run()
    except RefusedError as error:
        raise OutOfBudgetError(f"a rewriting could not be said in steps: {error}") from None
    return completion.writer.steps


def completed_patiently(state: State) -> list[Step]:
    """Do as ``completed``, and keep what follows from rules that only exchange letters.

    Raises:
        OutOfBudgetError, ContradictoryError: as ``completed``.
    """
    exchanged = state.goal.hypotheses or has_function(state.term, ("pseudo-inverse",))
    return completed(state, patient=True) if exchanged else []


def letters_of(poly: Poly) -> set[int]:
    """Return the letters of a sum, deltas and sizes aside."""
    return {part[0] for diagram in poly for part in diagram if part[0]}


def _has_nested(term: Term) -> bool:
    """Return whether a function or an inverse stands in a term."""
    return any(nested_terms(factor) for monomial in term for factor in monomial.factors)


def _has_inverse(term: Term) -> bool:
    """Return whether an inverse or a reciprocal stands in a term, at any depth."""
    for monomial in term:
        for factor in monomial.factors:
            if type(factor) is Apply and factor.function == "reciprocal":
                return True
            if type(factor) is Value and isinstance(factor.function, str):
                return True
            if any(_has_inverse(inner) for inner in nested_terms(factor)):
                return True
    return False
