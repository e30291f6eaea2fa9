"""Multiples of equations as kernel steps: at the top, inside functions, and in lemmas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from sympy import Basic

from derivcheck.kernel.check import State, Step
from derivcheck.kernel.cofactors import Cofactor, Lemma, Proved
from derivcheck.kernel.cofactors import Equation as KernelEquation
from derivcheck.limits import SETTLED as MAX_SETTLED
from derivcheck.prover.axioms import Axiom
from derivcheck.prover.diagrams import Node
from derivcheck.prover.normal_form import collected, collected_at, moved
from derivcheck.prover.rewriting import Equation, Multiple
from derivcheck.prover.translation import Raw, Translator, outside
from derivcheck.prover.unwinding import Unwinder
from derivcheck.terms.term import (
    Address,
    Index,
    OutOfBudgetError,
    Slot,
    Term,
    Value,
    nested_terms,
)

AT_ONCE = 32
"""Multiples that are added before equal monomials are collected."""


class StepWriter:
    """Carries out what rewriting found, as steps on a state.

    Attributes:
        state: where the steps are applied.
        translator: whose letters the multiples are written in.
        steps: those applied so far.
        lemmas: the derived equations proved as lemmas (by identity), with their numbers.
    """

    def __init__(self, state: State, translator: Translator) -> None:
        self.state = state
        self.translator = translator
        self.steps: list[Step] = []
        self.lemmas: dict[int, tuple[int, Equation]] = {}

    def collect(self) -> None:
        """Collect equal monomials."""
        self.steps += collected(self.state)

    def carry_out(self, raw: Raw, multiples: list[Multiple]) -> None:
        """Apply the steps that make nothing of the state's term."""
        unwinder = Unwinder(self.translator)
        unwinder.keep(multiples)
        found, rest = unwinder.proof(unwinder.exact_poly(raw), multiples)
        if rest:
            raise OutOfBudgetError("a rewriting was not found again step by step")
        self._prove_lemmas(found, unwinder)
        self._apply((), found)

    def _prove_lemmas(self, multiples: Iterable[Multiple], unwinder: Unwinder) -> None:
        """Prove the kept equations that some multiples use, those they rest on first."""
        for multiple in multiples:
            equation = multiple.equation
            if equation.axiom is not None or id(equation) in self.lemmas:
                continue
            against = [m.scaled(Fraction(-1)) for m in equation.proof]
            found, rest = unwinder.proof(unwinder.value(equation), against, equation.level)
            if rest:
                raise OutOfBudgetError("a rule was not found again step by step")
            self._prove_lemmas(found, unwinder)
            self._prove_lemma(equation, found)

    def _prove_lemma(self, equation: Equation, multiples: Iterable[Multiple]) -> None:
        """Prove one equation on a state of its own, and admit it."""
        ports = len(equation.ports)
        parts = []
        for diagram, coefficient in equation.poly.items():
            sizes_at = self.translator.node_sizes(diagram)
            bound = {n: ports + k for k, n in enumerate(sorted(sizes_at))}
            sizes = [*equation.ports, *(sizes_at[n] for n in sorted(sizes_at))]
            named = [
                (p[0], *[bound[n] if n >= 0 else -1 - n if n >= -ports else n for n in p[1:]])
                for p in diagram
            ]
            factors = self.translator.factors(tuple(named), sizes)
            parts.append((Fraction(coefficient), factors, tuple(sizes[ports:])))
        lemma = Lemma(equation.ports, tuple(parts), ())
        inner = self.state.supposing(lemma)
        assert inner.statement is not None
        places = {-1 - k: outside(index) for k, index in enumerate(inner.statement.ports)}
        steps: list[Step] = []
        for count, multiple in enumerate(multiples):
            if count and count % AT_ONCE == 0:
                steps += collected(inner)
            step = self._step((), renamed(multiple, places))
            inner.apply(step)
            steps.append(step)
        steps += collected(inner)
        self.state.admit(inner)
        self.steps.append(replace(lemma, steps=tuple(steps)))
        self.lemmas[id(equation)] = (len(self.state.lemmas) - 1, equation)

    def _apply(self, address: Address, axioms: Iterable[Multiple]) -> None:
        """Apply multiples at an address."""
        here: Address | None = address
        for count, multiple in enumerate(axioms):
            if here is None:
                return
            if not here and count and count % AT_ONCE == 0:
                # what cancels now need not be looked at again
                self.collect()
            step = self._step(here, multiple)
            self.state.apply(step)
            self.steps.append(step)
            here = moved(self.state, here)
        if here:
            self.steps += collected_at(self.state, here)

    def _step(self, address: Address, multiple: Multiple) -> Cofactor:
        """Return a multiple of an axiom as the kernel takes it."""
        sizes_at = self.translator.node_sizes(multiple.parts)
        sizes_at.update(
            (node, size)
            for node, size in zip(multiple.nodes, multiple.equation.ports, strict=True)
            if node >= 0
        )
        shown = {n for part in multiple.parts for n in part[1:]} | set(multiple.nodes)
        bound = {n: k for k, n in enumerate(sorted(n for n in shown if n >= 0))}
        parts = tuple([(p[0], *[bound[n] if n >= 0 else n for n in p[1:]]) for p in multiple.parts])
        at = [self.translator.index(bound[n] if n >= 0 else n) for n in multiple.nodes]
        sizes: list[Any] = [sizes_at[n] for n in bound]
        factors = self.translator.factors(parts, sizes)
        equation, slots, indices = self._named(multiple.equation, at)
        return Cofactor(
            address,
            equation,
            slots,
            indices,
            Fraction(multiple.coefficient),
            factors,
            tuple(sizes),
        )

    def _named(
        self, equation: Equation, at: list[Index]
    ) -> tuple[KernelEquation, tuple[Slot, ...], tuple[tuple[Basic, Slot], ...]]:
        """Return how the kernel knows an equation, with its ports at the given indices."""
        axiom: Axiom | None = equation.axiom
        if axiom is None:
            return Proved(self.lemmas[id(equation)][0]), tuple([(index,) for index in at]), ()
        places = iter(at)
        slots = tuple([tuple([next(places) for _ in range(count)]) for count in axiom.axes])
        indices = tuple(
            [
                (variable, value if isinstance(value, tuple) else (at[value],))
                for variable, value in axiom.variables
            ]
        )
        return axiom.equation, slots, indices

    # --- nested terms -------------------------------------------------------------------------

    def settle_nested(self) -> None:
        """Rewrite the terms inside functions, the innermost first."""
        clean: dict[int, Term] = {}
        settled = 0
        while (found := self._unsettled(self.state.term, (), clean)) is not None:
            self._apply(*found)
            settled += 1
            if settled > MAX_SETTLED:
                raise OutOfBudgetError(f"over {MAX_SETTLED} nested terms to rewrite")

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
        found, _ = unwinder.proof(unwinder.exact_poly(raw), taken)
        if not found:
            return None
        there = {node: outside(index) for index, node in names.items()}
        return address, [renamed(multiple, there) for multiple in found]


def renamed(multiple: Multiple, names: Mapping[Node, Node]) -> Multiple:
    """Return a multiple with some of its nodes renamed."""
    return Multiple(
        multiple.coefficient,
        tuple([(p[0], *[names.get(n, n) for n in p[1:]]) for p in multiple.parts]),
        tuple([names.get(n, n) for n in multiple.nodes]),
        multiple.equation,
    )
