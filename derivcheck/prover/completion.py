"""Hypotheses, inverses and reciprocals as rewrite rules, completed.

The equations that a goal gives (``kernel.cofactors``) become rules between diagrams; overlaps of rules
give new rules (non-commutative completion after Buchberger and Mora, bounded by counts) until the
residual rewrites to nothing. What comes out is a list of ``Cofactor`` steps, so the kernel decides.

Not complete: a completion may not end, and the normal form of traces and other diagrams with circles
depends on where rewriting starts. What is not proved here is undecided, never refuted.

Source: Mora, Theoret. Comput. Sci. 134 (1994) 131-173; Hofstadler, Raab and Regensburger, ACM Commun.
Comput. Algebra 53 (2019) 55-64, for typed operators of all sizes.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sympy import Basic

from derivcheck.algebra import nodes
from derivcheck.kernel.check import State, Step
from derivcheck.kernel.cofactors import (
    Cofactor,
    Exchanged,
    Given,
    InverseLaw,
    NoEquationError,
    ReciprocalLaw,
    SizeLaw,
    equation_at,
    equation_shape,
    index_variables,
)
from derivcheck.kernel.cofactors import Equation as KernelEquation
from derivcheck.kernel.determinants import Law, law_sides
from derivcheck.kernel.lowering import Lowering
from derivcheck.kernel.terms import (
    Address,
    Apply,
    Index,
    OutOfBudgetError,
    RefusedError,
    Slot,
    Term,
    UnknownNodeError,
    Value,
    nested_terms,
)
from derivcheck.prover.determinants import laws_between
from derivcheck.prover.diagrams import DELTA, Node, Poly
from derivcheck.prover.normal_form import collected
from derivcheck.prover.overlaps import Overlap, overlaps
from derivcheck.prover.rewriting import Equation, Multiple, Rule, oriented
from derivcheck.prover.translation import OUTSIDE, Raw, Translator, local, outside
from derivcheck.prover.unwinding import Unwinder

MAX_RULES = 160
"""Rules of one completion."""

MAX_PAIRS = 500
"""Overlaps of one completion that are looked into."""

MAX_WEIGHT = 14
"""An overlap heavier than this is left alone."""


class ContradictoryError(Exception):
    """What is given has no example; the message is for the author."""


@dataclass(frozen=True, slots=True, eq=False)
class Axiom:
    """An equation of the goal, and how a step names it.

    Attributes:
        equation: what the kernel knows it as.
        axes: how many ports each of its axes has.
        variables: its free index variables, with the place of the port that is its value, or the slot
            that is.
        raw: the equation as it is lowered.
    """

    equation: KernelEquation
    axes: tuple[int, ...]
    variables: tuple[tuple[Basic, int | Slot], ...]
    raw: Raw


class Completion:
    """One state with the rules that its goal gives."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.translator = Translator()
        self.steps: list[Step] = []
        self.equations: list[Equation] = []
        self.queue: list[tuple[int, int, Equation | Overlap]] = []
        self.number = itertools.count()
        self.pairs = 0

    # --- axioms -------------------------------------------------------------------------------

    def axiom(self, equation: KernelEquation) -> Equation | None:
        """Return an equation of the goal in diagrams; None if it cannot be lowered."""
        state, goal = self.state, self.state.goal
        scratch = Lowering(goal.definitions, state.lowering.unfold)
        names: dict[Index, Node] = {}
        for variable, slot in state.lowering.named.items():
            scratch.named[variable] = scratch.scope.fresh(variable.size)
            names.update(
                (own, outside(there))
                for own, there in zip(scratch.named[variable], slot, strict=True)
            )
        try:
            shape = equation_shape(equation, goal)
            values: dict[Basic, Slot] = {}
            fixed: dict[Basic, Slot] = {}
            for variable in index_variables(*_parts(equation, goal)):
                if self._is_own(equation) and variable in scratch.named:
                    fixed[variable] = state.lowering.named[variable]
                    values[variable] = scratch.named[variable]
                else:
                    values[variable] = scratch.scope.fresh(variable.size)
            slots, term = scratch.opened(
                shape, lambda s: equation_at(equation, s, values, goal, scratch)
            )
        except (UnknownNodeError, NoEquationError):
            return None
        ports = [index for slot in slots for index in slot]
        variables: list[tuple[Basic, int | Slot]] = []
        for variable, slot in values.items():
            if variable in fixed:
                variables.append((variable, fixed[variable]))
            elif slot:
                variables.append((variable, len(ports)))
                ports += slot
            else:
                variables.append((variable, ()))
        names.update((index, -1 - k) for k, index in enumerate(ports))
        raw = self.translator.raw(term, scratch.scope, names)
        sizes = tuple([scratch.scope.sizes[index] for index in ports])
        axiom = Axiom(equation, tuple(map(len, slots)), tuple(variables), raw)
        return Equation(sizes, self.translator.poly(raw), axiom=axiom)

    def _is_own(self, equation: KernelEquation) -> bool:
        """Return whether an equation is about the goal's own values of its index variables."""
        if isinstance(equation, Law):
            return True
        if isinstance(equation, InverseLaw | ReciprocalLaw):
            return equation.position >= len(self.state.goal.conditions)
        return False

    def hypotheses(self) -> list[Equation]:
        """Return the hypotheses as equations; those that say X = Xᵀ make X symmetric instead."""
        found = []
        for position, given in enumerate(self.state.goal.hypotheses):
            equation = self.axiom(Given(position))
            if equation is None:
                continue
            letter = symmetric_letter(equation.poly)
            if letter is not None:
                if letter not in self.translator.alphabet.symmetric:
                    self.translator.alphabet.set_symmetric(letter, equation)
                continue
            found.append(equation)
            for product in (given.lhs, given.rhs):
                for cut in range(1, len(product.args)):
                    try:
                        equation_shape(Exchanged(position, cut), self.state.goal)
                    except NoEquationError:
                        continue
                    exchanged = self.axiom(Exchanged(position, cut))
                    if exchanged is not None:
                        found.append(exchanged)
        return found

    def laws(self) -> list[Equation]:
        """Return what the conditions say about inverses and reciprocals."""
        goal = self.state.goal
        found: list[Equation | None] = []
        seen: set[tuple[bool, Basic]] = set()
        for position, condition in enumerate((*goal.conditions, *goal.obligations)):
            inverse = condition.kind in ("invertible", "positive-definite")
            if not inverse and condition.kind not in ("nonzero", "positive"):
                continue
            if (inverse, condition.node) in seen:
                continue
            seen.add((inverse, condition.node))
            if inverse and nodes.shape(condition.node):
                found += [self.axiom(InverseLaw(position, left)) for left in (False, True)]
            elif not inverse:
                found.append(self.axiom(ReciprocalLaw(position)))
        found += [self.axiom(law) for law in laws_between(self.state)]
        return [equation for equation in found if equation is not None]

    def relevant(self, equations: list[Equation], poly: Poly) -> list[Equation]:
        """Return the equations that share a letter with the residual, directly or through others."""
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
            weight = item.weight
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
        poly, taken = rewriter.normal_form(rewriter.poly(raw))
        while poly and self.queue:
            _, _, item = heapq.heappop(self.queue)
            if isinstance(item, Overlap):
                if not (item.first.active and item.second.active):
                    continue
                self.pairs += 1
                if self.pairs > MAX_PAIRS:
                    raise OutOfBudgetError(f"over {MAX_PAIRS} overlaps of hypotheses")
                equation = self._critical(item)
            else:
                equation = self._reduced(item)
            if not equation.poly:
                continue
            if set(equation.poly) == {()}:
                raise ContradictoryError("1 = 0 follows from what is given")
            letter = symmetric_letter(equation.poly)
            if letter is not None:
                self._start_over(letter, equation)
                poly, taken = rewriter.normal_form(rewriter.poly(raw))
                continue
            special = self._without_deltas(equation)
            if special:
                for item in special:
                    self.push(item)
                continue
            for rule in oriented(rewriter.alphabet, equation):
                self._take(rule)
            poly, more = rewriter.normal_form(poly)
            taken += more
        return None if poly else taken

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
        poly, more = rewriter.normal_form({d: c for d, c in poly.items() if c})
        return Equation(overlap.ports, poly, (*proof, *more))

    def _reduced(self, equation: Equation) -> Equation:
        """Return an equation rewritten by the rules so far."""
        rewriter = self.translator
        ports = tuple([-1 - k for k in range(len(equation.ports))])
        start = Multiple(Fraction(1), (), ports, equation)
        poly = rewriter.placed((), ports, equation.ports, equation.poly)
        poly, more = rewriter.normal_form(poly)
        if not more and poly == equation.poly:
            return equation
        return Equation(equation.ports, poly, (start, *more))

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
            found.append(Equation(ports, poly, (Multiple(Fraction(1), (), at, equation),)))
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
        for other in rewriter.rules:
            if other.active:
                for overlap in overlaps(rewriter, other, rule):
                    if overlap.weight <= MAX_WEIGHT:
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
        hypotheses = self.hypotheses()
        laws = self.laws()
        symmetric = self.translator.alphabet.symmetric
        if not hypotheses and not laws and not symmetric:
            return
        if symmetric:
            self._settle_nested()
            self._collect()
            if not self.state.term:
                return
        names = {index: outside(index) for index in self.state.visible(())}
        raw = self.translator.raw(self.state.term, self.state.scope, names)
        poly = self.translator.poly(raw)
        for equation in self.relevant(hypotheses + laws, poly):
            self.push(equation)
        multiples = self.complete(raw)
        if multiples is None:
            return
        self._carry_out(raw, multiples)
        self._collect()
        if self.state.term:
            self._settle_nested()
            self._collect()

    def _collect(self) -> None:
        self.steps += collected(self.state)

    def _carry_out(self, raw: Raw, multiples: Iterable[Multiple]) -> None:
        """Apply the steps that make nothing of the state's term."""
        unwinder = Unwinder(self.translator)
        exact: Poly = {}
        for coefficient, parts in raw:
            form = unwinder.exact.form(parts)
            exact[form] = exact.get(form, Fraction(0)) + coefficient
        axioms, _ = unwinder.proof({d: c for d, c in exact.items() if c}, multiples)
        self._apply((), axioms)

    def _apply(self, address: Address, axioms: Iterable[Multiple]) -> None:
        for multiple in axioms:
            step = self._step(address, multiple)
            self.state.apply(step)
            self.steps.append(step)

    def _step(self, address: Address, multiple: Multiple) -> Cofactor:
        """Return a multiple of an axiom as the kernel takes it."""
        axiom: Axiom = multiple.equation.axiom
        sizes_at = self.translator.node_sizes(multiple.parts)
        sizes_at.update(
            (node, size)
            for node, size in zip(multiple.nodes, multiple.equation.ports, strict=True)
            if node >= 0
        )
        shown = {n for part in multiple.parts for n in part[1:]} | set(multiple.nodes)
        bound = {n: k for k, n in enumerate(sorted(n for n in shown if n >= 0))}
        parts = tuple([(p[0], *[bound[n] if n >= 0 else n for n in p[1:]]) for p in multiple.parts])
        at = [local(bound[n] if n >= 0 else n) for n in multiple.nodes]
        sizes: list[Any] = [sizes_at[n] for n in bound]
        factors = self.translator.factors(parts, sizes)
        places = iter(at)
        slots = tuple([tuple([next(places) for _ in range(count)]) for count in axiom.axes])
        indices = tuple(
            [
                (variable, value if isinstance(value, tuple) else (at[value],))
                for variable, value in axiom.variables
            ]
        )
        return Cofactor(
            address,
            axiom.equation,
            slots,
            indices,
            Fraction(multiple.coefficient),
            factors,
            tuple(sizes),
        )

    # --- nested terms -------------------------------------------------------------------------

    def _settle_nested(self) -> None:
        """Rewrite the terms inside functions, the innermost first."""
        clean: dict[int, Term] = {}
        while (found := self._unsettled(self.state.term, (), clean)) is not None:
            self._apply(*found)
            self._collect()

    def _unsettled(
        self, term: Term, address: Address, clean: dict[int, Term]
    ) -> tuple[Address, list[Multiple]] | None:
        for place, monomial in enumerate(term):
            for position, factor in enumerate(monomial.factors):
                for number, inner in enumerate(nested_terms(factor)):
                    if id(inner) in clean:
                        continue
                    here = (*address, (place, position, number))
                    found = self._unsettled(inner, here, clean) or self._settling(
                        inner, here, factor, number
                    )
                    if found is not None:
                        return found
                    clean[id(inner)] = inner
        return None

    def _settling(
        self, term: Term, address: Address, factor: Any, number: int
    ) -> tuple[Address, list[Multiple]] | None:
        """Return what brings a nested term into its one form; None if it is in it."""
        rewriter = self.translator
        parameters = factor.arguments[number].parameters if type(factor) is Value else ()
        scope = self.state.scope
        _, free = rewriter.closure(term, parameters, scope)
        order = [*(index for slot in parameters for index in slot), *free]
        names = {index: -1 - k for k, index in enumerate(order)}
        raw = rewriter.raw(term, scope, names)
        _, taken = rewriter.normal_form(rewriter.poly(raw))
        unwinder = Unwinder(rewriter)
        exact: Poly = {}
        for coefficient, parts in raw:
            form = unwinder.exact.form(parts)
            exact[form] = exact.get(form, Fraction(0)) + coefficient
        axioms, _ = unwinder.proof({d: c for d, c in exact.items() if c}, taken)
        if not axioms:
            return None
        there = {node: outside(index) for index, node in names.items()}

        def moved(node: Node) -> Node:
            return there.get(node, node)

        return (
            address,
            [
                Multiple(
                    m.coefficient,
                    tuple([(p[0], *map(moved, p[1:])) for p in m.parts]),
                    tuple(map(moved, m.nodes)),
                    m.equation,
                )
                for m in axioms
            ],
        )


def completed(state: State) -> list[Step]:
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
    completion = Completion(state)
    try:
        completion.run()
    except RefusedError as error:
        raise OutOfBudgetError(f"a rewriting could not be said in steps: {error}") from None
    return completion.steps


def symmetric_letter(poly: Poly) -> int | None:
    """Return the letter X of an equation X_rc - X_cr = 0."""
    if len(poly) != 2:
        return None
    (first, a), (second, b) = poly.items()
    if a + b or len(first) != 1 or len(second) != 1 or len(first[0]) != 3:
        return None
    letter, r, c = first[0]
    return letter if second[0] == (letter, c, r) and r < 0 and c < 0 and r != c else None


def letters_of(poly: Poly) -> set[int]:
    """Return the letters of a sum, deltas and sizes aside."""
    return {part[0] for diagram in poly for part in diagram if part[0]}


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


def _parts(equation: KernelEquation, goal: Any) -> list[Basic]:
    """Return the nodes that an equation is about."""
    if isinstance(equation, Law):
        return list(law_sides(equation, goal))
    if isinstance(equation, SizeLaw):
        return []
    if isinstance(equation, Given | Exchanged):
        given = goal.hypotheses[equation.position]
        return [given.lhs, given.rhs]
    return [(*goal.conditions, *goal.obligations)[equation.position].node]


__all__ = ["OUTSIDE", "Mapping", "RefusedError", "completed"]
