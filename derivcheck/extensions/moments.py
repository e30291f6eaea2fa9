r"""Expectations, by definition: the mean of a polynomial in random variables is a sum of moments.

The mean of a sum is the sum of the means, and what is not random comes out. What is left is the mean
of a product of entries of random variables: of one entry it is given, of two it is the covariance
plus the product of the means, of independent variables the product of the means of each, and of more
entries of one Gaussian variable Isserlis' theorem says it; third moments of a variable with
independent entries are those of each entry. Every other mean of a product is a derivative at 0 of the
moment generating function, of which nothing is known but that it is smooth: a number that does not
depend on the order of the entries.

An expectation of anything but a polynomial in random variables has no definition here.

Source: Isserlis (1918), Biometrika 12, 134-139; Anderson, An Introduction to Multivariate Statistical
Analysis (3rd ed., 2003), sections 2.2 and 2.6.
"""

from __future__ import annotations

from typing import Any

from sympy import Basic

from derivcheck.algebra import nodes
from derivcheck.algebra.nodes import head_of, names_in
from derivcheck.algebra.randomness import ANY, ENTRIES, GAUSSIAN, Distribution
from derivcheck.kernel.definitions import Environment
from derivcheck.kernel.lowering import Lowering
from derivcheck.limits import MOMENT as MAX_MOMENT
from derivcheck.terms.term import (
    ONE,
    Abstraction,
    Atom,
    Delta,
    Factor,
    Monomial,
    OutOfBudgetError,
    Slot,
    Term,
    UnknownNodeError,
    nested_terms,
    number,
)

MOMENTS = r"\mathbb{E}[\exp]"
"""The moment generating function: no author can write a function of this name."""


def expectation(lowering: Lowering, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:
    """Return the entry of an expectation.

    Raises:
        UnknownNodeError: for what has no definition.
        OutOfBudgetError: for products of too many entries.
    """
    body, known = node.args
    dependents = lowering.definitions.dependents
    moved = {k[1] if isinstance(k, tuple) and k[0] == "cut" else k for k in env}
    varied = moved | {name for head in moved for name in dependents(head, {})}
    moments = Moments(lowering, known, env, varied)
    follow = {name for head in moments.places for name in dependents(head, {})}
    if moved & (follow | moments.places.keys()):
        raise UnknownNodeError("no definition for an expectation of what is varied outside of it")
    before = lowering.unfold, lowering.scope.lazy
    lowering.unfold, lowering.scope.lazy = lowering.unfold | follow, False
    try:
        return moments.mean(lowering.lower(body, slots, env), follow)
    finally:
        lowering.unfold, lowering.scope.lazy = before


class Moments:
    """Means of products of entries of the variables of one distribution.

    ``varied`` are the names that a derivative around the expectation varies.
    """

    def __init__(
        self, lowering: Lowering, known: Distribution, env: Environment, varied: set[Any]
    ) -> None:
        self.lowering = lowering
        self.known = known
        # what is known of a distribution knows none of the indices that are bound around it
        self.env = {k: v for k, v in env.items() if not isinstance(k, nodes.IndexVariable)}
        self.names = [variable.args[0] for variable in known.variables]
        self.places = {head_of(name): k for k, name in enumerate(self.names)}
        self.moves = not varied.isdisjoint(names_in(Basic(*known.moments)))

    def mean(self, term: Term, follow: set[Any]) -> Term:
        """Return the mean of a term; ``follow`` are the names that depend on the variables.

        Raises:
            UnknownNodeError: for what is no polynomial in the variables.
            OutOfBudgetError: for products of too many entries.
        """
        if not self.places:
            raise UnknownNodeError("no definition for an expectation of nothing random")
        random = follow | self.places.keys()
        scope = self.lowering.scope
        result: list[Monomial] = []
        for m in term:
            entries = [f for f in m.factors if type(f) is Atom and f.head in self.places]
            rest = tuple([f for f in m.factors if type(f) is not Atom or f.head not in self.places])
            if any(_shows(factor, random) for factor in rest):
                raise UnknownNodeError("only a polynomial in random variables has an expectation")
            if len(entries) > MAX_MOMENT:
                raise OutOfBudgetError(f"moments are taken only up to order {MAX_MOMENT}")
            outside = Monomial(m.coefficient, m.bound, rest)
            for part in scope.product((outside,), self.moment(entries)):
                result += scope.contracted(part)
        return tuple(result)

    def moment(self, entries: list[Atom]) -> Term:
        """Return the mean of a product of entries."""
        if not entries:
            return number(ONE)
        product = self.lowering.scope.product
        places = [self.places[entry.head] for entry in entries]
        variables = set(places)
        if len(variables) > 1 and any(variables <= one for one in self.known.independent):
            # E[f(x) g(y)] = E[f(x)] E[g(y)] for independent x and y
            parts = [[e for e, k in zip(entries, places, strict=True) if k == v] for v in variables]
            return product(*[self.moment(part) for part in parts])
        law = self.known.variables[places[0]].law if len(variables) == 1 else ANY
        apart = law == ENTRIES and len(entries) == 3
        if len(entries) > 2 and law != GAUSSIAN and not apart:
            return self._unknown(entries)
        # E[x₁ x₂ … x_k] = E[x₁] E[x₂ … x_k] + Σ_j Cov(x₁, x_j) E[the others]
        first, *others = entries
        result = self._third(first, others) if apart else ()
        result += product(self._mean(first), self.moment(others))
        for k, other in enumerate(others):
            rest = others[:k] + others[k + 1 :]
            result += product(self._covariance(first, other), self.moment(rest))
        return result

    def _mean(self, entry: Atom) -> Term:
        mean = self.known.variables[self.places[entry.head]].args[1]
        return self.lowering.lower(mean, entry.slots, self.env)

    def _covariance(self, first: Atom, second: Atom) -> Term:
        if self.places[first.head] > self.places[second.head]:
            first, second = second, first
        matrix = self.known.covariance(self.places[first.head], self.places[second.head])
        # entry (r, c) of a matrix is entry (c r) of its vec
        stacked = [
            tuple([i for slot in entry.slots[::-1] for i in slot]) for entry in (first, second)
        ]
        return self.lowering.lower(matrix, tuple(stacked if nodes.shape(matrix) else ()), self.env)

    # E[(x_a - m_a) (x_b - m_b) (x_c - m_c)] = δ_ab δ_ac E[(x_a - m_a)³] for independent entries
    def _third(self, first: Atom, others: list[Atom]) -> Term:
        (third,) = self.known.variables[self.places[first.head]].args[3]
        deltas = tuple(
            [Delta(first.slots[0], other.slots[0]) for other in others if other.slots[0]]
        )
        value = self.lowering.lower(third, first.slots, self.env)
        return self.lowering.scope.product((Monomial(ONE, frozenset(), deltas),), value)

    # E[x_a x_b x_c] = ∂³ E[exp(tᵀ x)] / ∂t_a ∂t_b ∂t_c at t = 0
    def _unknown(self, entries: list[Atom]) -> Term:
        if self.moves:
            raise UnknownNodeError("no definition for how further moments follow the given ones")
        scope = self.lowering.scope
        shapes = tuple([nodes.shape(name) for name in self.names])
        function = nodes.function_symbol(MOMENTS, shapes)
        zeros = [Abstraction(tuple([scope.fresh(n, 1) for n in shape]), ()) for shape in shapes]
        derivatives = tuple([(self.places[entry.head], entry.slots) for entry in entries])
        return scope.valued(function, (), derivatives, tuple(zeros))


def _shows(factor: Factor, heads: set[Any]) -> bool:
    """Return whether a factor holds an entry of one of these names, at any depth."""
    if type(factor) is Atom:
        return factor.head in heads
    return any(_shows(f, heads) for term in nested_terms(factor) for m in term for f in m.factors)
