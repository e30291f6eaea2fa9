"""The Moore–Penrose inverse: a function of a matrix, and the step that says what it is.

A⁺ is the one X with A X A = A, X A X = X, (A X)ᵀ = A X and (X A)ᵀ = X A (``laws.pseudo_inverses``).
``Identify`` has a proof of each for some X; then A⁺ = X is one more hypothesis to later steps.

Source: Penrose (1955), Math. Proc. Cambridge Philos. Soc. 51, 406-413.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sympy import Basic

from derivcheck.algebra import nodes
from derivcheck.algebra.goal import Hypothesis, NoEquationError
from derivcheck.kernel.check import Cancel, Distribute, State, Step
from derivcheck.kernel.cofactors import Cofactor, Lemma
from derivcheck.kernel.definitions import Environment
from derivcheck.kernel.lowering import Lowering
from derivcheck.laws.pseudo_inverses import penrose
from derivcheck.terms.extension import Function
from derivcheck.terms.scope import Scope
from derivcheck.terms.term import RefusedError, Slot, Term

NAME = "pseudo-inverse"


@dataclass(frozen=True, slots=True)
class Identify:
    """``value`` is the pseudo-inverse of ``matrix``: it satisfies the four equations that define it.

    ``proofs`` has the steps of each, by which nothing is left of it.
    """

    matrix: Basic
    value: Basic
    proofs: tuple[tuple[Step, ...], ...]


def clause(lowering: Lowering, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:
    """Return an entry of A⁺."""
    return lowering.scope.valued(NAME, slots, (), (lowering.abstraction(node.args[0], env),))


def _fits(scope: Scope, shapes: Sequence[Any], out: Sequence[Slot]) -> bool:
    return len(shapes) == 1 == len(shapes[0]) - 1 and scope.all_fit(out, shapes[0][::-1])


FUNCTIONS = {NAME: Function(_fits)}
"""It jumps where the rank does, so there is no derivative."""


def equation(state: State, matrix: Basic, value: Basic, which: int) -> State:
    """Return the state of one of the four equations, without what was done to the goal's own term.

    Raises:
        RefusedError: when the value has not the shape of a pseudo-inverse, or shows an index.
        UnknownNodeError, OutOfBudgetError: as lowering.
    """
    if nodes.index_variables(matrix, value):
        raise RefusedError("a pseudo-inverse is identified without indices")
    try:
        lhs, rhs = penrose(matrix, value)[which]
    except (NoEquationError, IndexError):
        raise RefusedError("this is no equation of Penrose") from None
    goal = replace(state.goal, lhs=lhs, rhs=rhs)
    lowering = Lowering(goal.definitions, state.lowering.unfold, state.scope.extension)
    return State(goal, lowering)


def take(state: State, step: Identify) -> None:
    """Carry out a step that says what a pseudo-inverse is.

    Raises:
        RefusedError: when something is left of one of the four equations.
    """
    for which, steps in enumerate(step.proofs):
        part = equation(state, step.matrix, step.value, which)
        for one in steps:
            if type(one) not in (Cancel, Distribute, Cofactor, Lemma):
                # what stands in the value need not be defined where the goal is claimed
                raise RefusedError("an equation of Penrose is proved by other steps")
            part.apply(one)
        if part.term:
            raise RefusedError("something is left over of an equation of Penrose")
    if len(step.proofs) != 4:
        raise RefusedError("there are four equations of Penrose")
    proved = Hypothesis(nodes.PseudoInverse(step.matrix), step.value, "", 0)
    state.goal = replace(state.goal, hypotheses=(*state.goal.hypotheses, proved))
