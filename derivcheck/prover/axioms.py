"""The equations that a goal gives, as diagrams: its hypotheses, and what its conditions say."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from sympy import Basic, Integer, Mul

from derivcheck.algebra import nodes
from derivcheck.algebra.goal import indices_of_definitions
from derivcheck.algebra.nodes import index_variables, is_count
from derivcheck.extensions.table import EXTENSIONS
from derivcheck.kernel.check import State
from derivcheck.kernel.cofactors import Given, equation_at, equation_of
from derivcheck.kernel.lowering import Lowering
from derivcheck.laws.law import Law
from derivcheck.prover.determinants import laws_between
from derivcheck.prover.diagrams import Node, Poly
from derivcheck.prover.rewriting import Equation
from derivcheck.prover.translation import Raw, Translator, is_size, outside
from derivcheck.terms.term import (
    Apply,
    Atom,
    Index,
    RefusedError,
    Slot,
    Term,
    UnknownNodeError,
    nested_terms,
    term_free,
)

KernelEquation = Given | Law


class Axiom(Struct, frozen=True, eq=False):
    """An equation of the goal, and how a step names it.

    Attributes:
        equation: what the kernel knows it as.
        axes: how many ports each of its axes has.
        variables: its free index variables, with the place of the port that is its value, or the
        slot
            that is.
        raw: the equation as it is lowered.
    """

    equation: KernelEquation
    axes: tuple[int, ...]
    variables: tuple[tuple[Basic, int | Slot], ...]
    raw: Raw


class Axioms:
    """The axioms of one state's goal, in the letters of one translator."""

    def __init__(self, state: State, translator: Translator) -> None:
        self.state = state
        self.translator = translator

    def axiom(self, equation: KernelEquation) -> Equation | None:
        """Return an equation of the goal in diagrams; None if it cannot be lowered."""
        state, goal = self.state, self.state.goal
        scratch = Lowering(goal.definitions, state.lowering.unfold, EXTENSIONS)
        names: dict[Index, Node] = {}
        for variable, slot in state.lowering.named.items():
            scratch.named[variable] = scratch.scope.fresh(variable.size)
            names.update(
                (own, outside(there))
                for own, there in zip(scratch.named[variable], slot, strict=True)
            )
        try:
            sides = equation_of(equation, goal, scratch)
            values: dict[Basic, Slot] = {}
            fixed: dict[Basic, Slot] = {}
            parts = [sides.lhs, sides.rhs]
            shown = index_variables(*parts)
            own = set(shown) if sides.own else set()
            if shown:
                own |= indices_of_definitions(parts, goal)
            for variable in shown:
                if variable in own and variable in scratch.named:
                    fixed[variable] = state.lowering.named[variable]
                    values[variable] = scratch.named[variable]
                else:
                    values[variable] = scratch.scope.fresh(variable.size)
            slots, term = scratch.opened(
                nodes.shape(sides.lhs), lambda s: equation_at(equation, s, values, goal, scratch)
            )
        except (UnknownNodeError, RefusedError):
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
        if not term_free(term) <= names.keys():
            return None  # it shows an index of the goal that the goal itself does not
        raw = self.translator.raw(term, scratch.scope, names)
        sizes = tuple([scratch.scope.sizes[index] for index in ports])
        axiom = Axiom(equation, tuple(map(len, slots)), tuple(variables), raw)
        return Equation(sizes, self.translator.poly(raw), axiom=axiom)

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
            found += self._given(Law("square-of-root", (position,)))
            for product in (given.lhs, given.rhs):
                for cut in range(1, len(product.args)):
                    found += self._given(Law("exchanged", (position, cut)))
        return found

    def _given(self, law: Law) -> list[Equation]:
        """Return a law as an equation, if it holds here."""
        equation = self.axiom(law)
        return [] if equation is None else [equation]

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
                found += [self.axiom(Law("inverse", (position, left))) for left in (False, True)]
            elif not inverse:
                found.append(self.axiom(Law("reciprocal", (position,))))
        found += [self.axiom(law) for law in laws_between(self.state)]
        found += [self.axiom(Law("size", (size,))) for size in sizes_below(self.state.term)]
        return [equation for equation in found if equation is not None]


def symmetric_letter(poly: Poly) -> int | None:
    """Return the letter X of an equation X_rc - X_cr = 0."""
    if len(poly) != 2:
        return None
    (first, a), (second, b) = poly.items()
    if a + b or len(first) != 1 or len(second) != 1 or len(first[0]) != 3:
        return None
    letter, r, c = first[0]
    return letter if second[0] == (letter, c, r) and r < 0 and c < 0 and r != c else None


def sizes_below(term: Term) -> list[Any]:
    """Return the sizes whose reciprocals stand in a term, at any depth."""
    found: dict[Any, None] = {}
    for monomial in term:
        for factor in monomial.factors:
            if type(factor) is Apply and factor.function == "reciprocal":
                size = as_size(factor.argument)
                if size is not None:
                    found.setdefault(size)
            for inner in nested_terms(factor):
                found.update(dict.fromkeys(sizes_below(inner)))
    return list(found)


def as_size(term: Term) -> Any:
    """Return the size that a term is, None if it is none."""
    total: Any = Integer(0)
    for monomial in term:
        heads = [f.head for f in monomial.factors if type(f) is Atom and is_size(f.head)]
        if len(heads) < len(monomial.factors) or monomial.coefficient.denominator != 1:
            return None
        total += Mul(Integer(int(monomial.coefficient)), *heads)
    return total if is_count(total) else None
