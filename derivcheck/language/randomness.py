r"""Which names are random, and what is given of their distribution.

A name is random only because a given says so: by its mean, a covariance, a law, or in words. What is
given is kept by name until a goal is made; then all of it that the goal can reach becomes the one
distribution over which every expectation in the goal is taken.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import sympy
from msgspec import Struct, field
from msgspec.structs import replace as changed
from sympy import Basic, Integer, MatrixSymbol

from derivcheck.algebra import nodes
from derivcheck.algebra.goal import Condition, Goal, Hypothesis
from derivcheck.algebra.nodes import head_of, names_in
from derivcheck.algebra.randomness import (
    ANY,
    ENTRIES,
    EXPECTATIONS,
    Distribution,
    covariance_shape,
    distribution,
    distributions,
    random_variable,
)


class Variable(Struct, frozen=True):
    """A random name: its symbol, and what is given of it alone."""

    node: Basic
    line: int
    in_text: bool = False
    mean: Basic | None = None
    law: str = ANY
    third: Basic | None = None


class Randomness(Struct):
    """What is given of random names.

    Attributes:
        variables: by name, in the order in which they were met.
        covariances: of two names, the first by the second.
        squares: E[x yᵀ] of two names.
        independent: sets of names that are independent of each other.
    """

    variables: dict[str, Variable] = field(default_factory=dict)
    covariances: dict[tuple[str, str], Basic] = field(default_factory=dict)
    squares: dict[tuple[str, str], Basic] = field(default_factory=dict)
    independent: list[frozenset[str]] = field(default_factory=list)

    @property
    def says_independent(self) -> bool:
        """Whether something given says of names, or of the entries of one, that they are independent."""
        return bool(self.independent) or any(v.law == ENTRIES for v in self.variables.values())

    def copy(self) -> Randomness:
        """Return an independent copy."""
        return Randomness(
            dict(self.variables),
            dict(self.covariances),
            dict(self.squares),
            list(self.independent),
        )

    def change(self, name: str, **what: Any) -> None:
        """Note more of a random name."""
        self.variables[name] = changed(self.variables[name], **what)

    def are_independent(self, first: str, second: str) -> bool:
        """Return whether two names are given to be independent."""
        return first != second and any({first, second} <= one for one in self.independent)

    def knows(self, first: str, second: str) -> bool:
        """Return whether the covariance of two names is given."""
        pairs = ((first, second), (second, first))
        given = any(pair in self.covariances or pair in self.squares for pair in pairs)
        return given or self.are_independent(first, second)

    def heads(self) -> set[Any]:
        """Return what identifies the random names in nodes."""
        return {head_of(variable.node) for variable in self.variables.values()}

    # --- the distribution of some names ---------------------------------------------------------

    def mean(self, name: str) -> Basic:
        r"""Return the mean of a name; one that is not given is called ``\mathbb{E}[x]``."""
        variable = self.variables[name]
        if variable.mean is not None:
            return variable.mean
        return nodes.value_symbol(rf"\mathbb{{E}}[{name}]", nodes.shape(variable.node))

    def law(self, name: str) -> tuple[str, Basic | None]:
        """Return what is known of the law of a name, and its third central moments if they are."""
        variable = self.variables[name]
        third = variable.third
        if variable.law == ENTRIES and third is None:
            words = rf"\mathbb{{E}}[({name} - \mathbb{{E}}[{name}])^3]"
            third = nodes.value_symbol(words, nodes.shape(variable.node))
        return variable.law, third

    def covariance(self, first: str, second: str) -> Basic:
        r"""Return the covariance of two names; one that is not given has a name of its own."""
        one, other = self.variables[first].node, self.variables[second].node
        shape = covariance_shape(one, other)
        if self.are_independent(first, second):
            return sympy.ZeroMatrix(*shape) if shape else Integer(0)
        for pair, turned in (((first, second), False), ((second, first), True)):
            found = self.covariances.get(pair)
            if found is None and pair in self.squares:
                found = self._centred(self.squares[pair], *pair)
            if found is not None:
                return sympy.Transpose(found) if turned and shape else found
        words = rf"\operatorname{{Cov}}({first}, {second})"
        if first == second:
            words = rf"\operatorname{{Var}}({first})"
        return nodes.value_symbol(words, shape)

    # Cov(x, y) = E[x yᵀ] - E[x] E[y]ᵀ
    def _centred(self, square: Basic, first: str, second: str) -> Basic:
        one, other = self.mean(first), self.mean(second)
        if any(mean == 0 or isinstance(mean, sympy.ZeroMatrix) for mean in (one, other)):
            return square
        if not nodes.shape(square):
            product = sympy.Mul(Integer(-1), one, other, evaluate=False)
            return sympy.Add(square, product, evaluate=False)
        product = sympy.MatMul(Integer(-1), one, sympy.Transpose(other), evaluate=False)
        return sympy.MatAdd(square, product, evaluate=False)

    def distribution(self, names: list[str]) -> Distribution:
        """Return what is known of some names together."""
        variables = [
            random_variable(self.variables[name].node, self.mean(name), *self.law(name))
            for name in names
        ]
        rows = [
            tuple([self.covariance(name, other) for other in names[k:]])
            for k, name in enumerate(names)
        ]
        sets = [tuple([k for k, name in enumerate(names) if name in s]) for s in self.independent]
        return distribution(
            tuple(variables), tuple(rows), tuple([one for one in sets if len(one) > 1])
        )

    def implied(self, needed: list[str]) -> tuple[list[Hypothesis], list[Condition]]:
        """Return what holds of covariances because they are covariances.

        Args:
            needed: the names over which the expectations of a goal are taken. Of all others only
                what is given of them matters: what is not given of them may be 0.
        """
        hypotheses, conditions = [], []
        groups = self._groups(needed)
        for name in [name for group in groups for name in group]:
            own, variable = self.covariance(name, name), self.variables[name]
            if isinstance(own, MatrixSymbol):
                latex, line = rf"\operatorname{{Var}}({name})", variable.line
                across = sympy.Transpose(own)
                hypotheses.append(Hypothesis(own, across, latex, line, variable.in_text))
                if variable.law == ENTRIES:
                    alone = sympy.HadamardProduct(own, sympy.Identity(own.rows))
                    hypotheses.append(Hypothesis(alone, own, latex, line, variable.in_text))
        for group in groups:
            conditions.append(
                Condition(
                    "positive-semidefinite",
                    self._joint(group),
                    rf"\operatorname{{Var}}({', '.join(group)}) \succeq 0",
                    self.variables[group[0]].line,
                )
            )
        return hypotheses, conditions

    def _joint(self, names: list[str]) -> Basic:
        """Return the covariance matrix of some names together."""
        if len(names) == 1:
            return self.covariance(names[0], names[0])
        rows = []
        for i, one in enumerate(names):
            row = []
            for j, other in enumerate(names):
                block = self.covariance(*((one, other) if i <= j else (other, one)))
                row.append(sympy.Transpose(block) if i > j and nodes.shape(block) else block)
            rows.append(sympy.Tuple(*row))
        return nodes.Blocks(*rows)

    def _groups(self, needed: list[str]) -> list[list[str]]:
        """Return the names that matter, cut into groups between which covariances are or may be 0."""
        names = [name for name in self.variables if name in needed or self._spoken(name)]
        groups: list[list[str]] = []
        for name in names:
            near = [g for g in groups if not all(self._apart(name, other, needed) for other in g)]
            groups = [g for g in groups if g not in near]
            groups.append([*[one for g in near for one in g], name])
        return [[name for name in names if name in g] for g in groups]

    def _spoken(self, name: str) -> bool:
        return any(name in pair for pair in (*self.covariances, *self.squares))

    def _apart(self, first: str, second: str, needed: list[str]) -> bool:
        if not self.knows(first, second):
            return not (first in needed and second in needed)
        covariance = self.covariance(first, second)
        return covariance == 0 or isinstance(covariance, sympy.ZeroMatrix)


def with_distribution(goal: Goal, randomness: Randomness) -> Goal:
    """Return a goal whose expectations are taken over all that is random in it.

    What holds of covariances because they are covariances holds in every goal.
    """
    if not randomness.variables:
        return goal
    definitions = {head_of(name): value for name, value in goal.definitions.items()}
    sides = [side for given in goal.hypotheses for side in (given.lhs, given.rhs)]
    spoken = [side for side in sides if side.has(*EXPECTATIONS)]
    reached = _reached([goal.lhs, goal.rhs, *spoken], definitions)
    names = [name for name, v in randomness.variables.items() if head_of(v.node) in reached]
    known = randomness.distribution(names)
    hypotheses, conditions = randomness.implied(names)

    def over(node: Basic) -> Basic:
        return node.xreplace(dict.fromkeys(distributions(node), known))

    def of(condition: Condition) -> Condition:
        return replace(condition, node=over(condition.node))

    return Goal(
        over(goal.lhs),
        over(goal.rhs),
        {name: over(value) for name, value in goal.definitions.items()},
        (*[replace(g, lhs=over(g.lhs), rhs=over(g.rhs)) for g in goal.hypotheses], *hypotheses),
        (*map(of, goal.conditions), *conditions),
        tuple(map(of, goal.obligations)),
    )


def restricting(goal: Goal) -> int | None:
    """Return the line of a given about values of what the expectations of a goal are over, if any.

    Of x with xᵀx = 1 more is known than its moments.
    """
    known = {
        head_of(v.args[0])
        for d in distributions(goal.lhs, goal.rhs, *goal.definitions.values())
        for v in d.variables
    }
    definitions = {head_of(name): value for name, value in goal.definitions.items()}
    if not known:
        return None
    given = [(h.line, [h.lhs, h.rhs]) for h in goal.hypotheses]
    given += [(c.line, [c.node]) for c in goal.conditions]
    lines = [
        line
        for line, sides in given
        if not any(side.has(*EXPECTATIONS) for side in sides)
        and not known.isdisjoint(_reached(sides, definitions))
    ]
    return min(lines, default=None)


_INDEPENDENCE = re.compile(r"\bindependen|\buncorrelated|\bi\.?\s?i\.?\s?d\b", re.IGNORECASE)
_FRONT_MATTER = re.compile(r"---\n.*?\n---\n", re.DOTALL)


def said_independent(text: str) -> int | None:
    """Return the line on which a document first speaks of independence, front matter aside."""
    front = _FRONT_MATTER.match(text)
    found = _INDEPENDENCE.search(text, front.end() if front else 0)
    return text.count("\n", 0, found.start()) + 1 if found else None


def leaves_open(goal: Goal) -> bool:
    """Return whether expectations of a goal are over several names, or over entries of one."""
    over = distributions(goal.lhs, goal.rhs, *goal.definitions.values())
    shapes = [nodes.shape(head_of(v.args[0])) for d in over for v in d.variables]
    return len(shapes) > 1 or any(shapes)


def _reached(starts: list[Basic], definitions: dict[Any, Basic]) -> set[Any]:
    """Return the heads of all names in nodes and in the definitions of these names."""
    found: set[Any] = set()
    waiting = [head for node in starts for head in names_in(node)]
    while waiting:
        head = waiting.pop()
        if head not in found:
            found.add(head)
            if head in definitions:
                waiting += names_in(definitions[head])
    return found
