"""The equations that a goal gives, as diagrams: its hypotheses, and what its conditions say."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from sympy import Basic, Integer, Mul

from derivcheck.algebra import nodes
from derivcheck.kernel.check import State
from derivcheck.kernel.cofactors import Equation as KernelEquation
from derivcheck.kernel.cofactors import (
    Exchanged,
    Given,
    InverseLaw,
    NoEquationError,
    Proved,
    ReciprocalLaw,
    SizeLaw,
    Squared,
    equation_at,
    equation_shape,
    index_variables,
    indices_of_definitions,
    is_count,
)
from derivcheck.kernel.lowering import Lowering
from derivcheck.kernel.terms import (
    Apply,
    Atom,
    Index,
    Slot,
    Term,
    UnknownNodeError,
    nested_terms,
    term_free,
)
from derivcheck.laws.determinants import law_sides
from derivcheck.laws.law import Law
from derivcheck.prover.determinants import laws_between
from derivcheck.prover.diagrams import Node, Poly
from derivcheck.prover.rewriting import Equation
from derivcheck.prover.translation import Raw, Translator, is_size, outside


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
            parts = _parts(equation, goal)
            shown = index_variables(*parts)
            own = set(shown) if self._is_own(equation) else set()
            if shown:
                own |= indices_of_definitions(parts, goal)
            for variable in shown:
                if variable in own and variable in scratch.named:
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
        if not term_free(term) <= names.keys():
            return None  # it shows an index of the goal that the goal itself does not
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
            found += self._squared(position)
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

    def _squared(self, position: int) -> list[Equation]:
        """Return a hypothesis without the root that is one side of it, if one is."""
        try:
            equation_shape(Squared(position), self.state.goal)
        except NoEquationError:
            return []
        squared = self.axiom(Squared(position))
        return [squared] if squared is not None else []

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
        found += [self.axiom(SizeLaw(size)) for size in sizes_below(self.state.term)]
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


def _parts(equation: KernelEquation, goal: Any) -> list[Basic]:
    """Return the nodes that an equation is about."""
    if isinstance(equation, Law):
        return list(law_sides(equation, goal))
    if isinstance(equation, SizeLaw | Proved):
        return []
    if isinstance(equation, Given | Exchanged | Squared):
        given = goal.hypotheses[equation.position]
        return [given.lhs, given.rhs]
    return [(*goal.conditions, *goal.obligations)[equation.position].node]
