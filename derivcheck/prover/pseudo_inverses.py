"""What a pseudo-inverse is: a matrix that satisfies the four equations of Penrose.

Candidates are read off the goal: the other side of an equation, and what the form of the matrix
suggests (of A ⊗ B the product of the pseudo-inverses). Each that exact evaluation does not contradict
is put into the four equations, and these are proved like goals of their own. The kernel decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import sympy
from sympy import Basic, Integer, preorder_traversal

from derivcheck.algebra import nodes
from derivcheck.algebra.goal import Goal
from derivcheck.extensions.pseudo_inverses import Identify, equation
from derivcheck.kernel.check import Cancel, Distribute, State, Step
from derivcheck.kernel.cofactors import Cofactor, Lemma
from derivcheck.laws.law import is_invertible, is_nonzero, power, product, transpose
from derivcheck.limits import IDENTIFIED as MAX_CANDIDATES
from derivcheck.prover.completion import completed, completed_patiently
from derivcheck.prover.evidence import Budget, compare
from derivcheck.prover.limits_met import note_limit
from derivcheck.prover.normal_form import collected
from derivcheck.terms.term import OutOfBudgetError

_LOOK = Budget(draws=3, points=2)
Pair = tuple[Basic, Basic]
"""A matrix, and what its pseudo-inverse may be."""


def pseudo_inverses(state: State) -> list[Step]:
    """Identify the pseudo-inverses of a goal; return the steps taken.

    Raises:
        OutOfBudgetError: when a counted limit is met.

    Cost:
        Two evaluations for each candidate, and four proofs for each that is left.
    """
    steps: list[Step] = []
    for tried, (matrix, value) in enumerate(dict.fromkeys(candidates(state.goal))):
        if tried >= MAX_CANDIDATES:
            note_limit(f"over {MAX_CANDIDATES} matrices that may be a pseudo-inverse")
            break
        step = _identified(state, matrix, value)
        if step is not None:
            state.apply(step)
            steps.append(step)
    return steps


def candidates(goal: Goal) -> Iterator[Pair]:
    """Yield what the pseudo-inverses of a goal may be."""
    for node in reversed([n for s in (goal.lhs, goal.rhs) for n in preorder_traversal(s)]):
        if isinstance(node, nodes.PseudoInverse):  # inner ones first: what is known of them helps
            yield from _by_form(node.args[0], goal)
    for one, other in ((goal.lhs, goal.rhs), (goal.rhs, goal.lhs)):
        if isinstance(one, nodes.PseudoInverse):
            yield one.args[0], other


# (Aᵀ)⁺ = (A⁺)ᵀ, (A⁺)⁺ = A, (A ⊗ B)⁺ = A⁺ ⊗ B⁺, (c A)⁺ = A⁺ / c, (Aᵀ A)⁺ = A⁺ (A⁺)ᵀ
def _by_form(matrix: Basic, goal: Goal) -> Iterator[Pair]:
    of = nodes.PseudoInverse
    if isinstance(matrix, sympy.Transpose):
        yield matrix, transpose(of(matrix.args[0]))
    elif isinstance(matrix, of):
        yield matrix, matrix.args[0]
    elif isinstance(matrix, sympy.KroneckerProduct):
        yield matrix, Basic.__new__(sympy.KroneckerProduct, *[of(part) for part in matrix.args])
    elif isinstance(matrix, sympy.MatMul):
        numbers = [part for part in matrix.args if not nodes.shape(part)]
        matrices = [part for part in matrix.args if nodes.shape(part)]
        if numbers and matrices and all(is_nonzero(part, goal) for part in numbers):
            over = [power(part, Integer(-1)) for part in numbers]
            yield matrix, product(*over, of(product(*matrices)))
        if len(matrices) == 2 and not numbers:
            left, right = matrices
            if right == transpose(left):
                yield matrix, product(transpose(of(left)), of(left))
            elif left == transpose(right):
                yield matrix, product(of(right), transpose(of(right)))
    if nodes.shape(matrix)[1:] == (1,):
        yield from _of_column(matrix, goal)
    if is_invertible(matrix, goal):
        yield matrix, Basic.__new__(sympy.Inverse, matrix, Integer(-1))


# x⁺ = xᵀ / xᵀx for x ≠ 0
def _of_column(column: Basic, goal: Goal) -> Iterator[Pair]:
    across = transpose(column)
    for condition in (*goal.conditions, *goal.obligations):
        square = condition.node
        if condition.kind in ("nonzero", "positive") and square.has(column):
            yield column, product(power(square, Integer(-1)), across)


def _identified(state: State, matrix: Basic, value: Basic) -> Step | None:
    """Return the step that says what a pseudo-inverse is, if its four equations are proved."""
    inverse = nodes.PseudoInverse(matrix)
    if nodes.shape(inverse) != nodes.shape(value) or nodes.index_variables(matrix, value):
        return None
    if inverse in list(preorder_traversal(value)):
        return None
    looked = compare(replace(state.goal, lhs=inverse, rhs=value), str(value), _LOOK)
    if looked.difference is not None or not looked.sizes:
        return None
    proofs: list[tuple[Step, ...]] = []
    for which in range(4):
        found = _equation(state, matrix, value, which)
        if found is None:
            return None
        proofs.append(tuple(found))
    return Identify(matrix, value, tuple(proofs))


def _equation(state: State, matrix: Basic, value: Basic, which: int) -> list[Step] | None:
    """Return the steps that prove one of the four equations, if they are found."""
    for method in (completed, completed_patiently):
        part = equation(state, matrix, value, which)
        steps = collected(part)
        try:
            steps += method(part) if part.term else []
        except OutOfBudgetError:
            continue
        if not part.term:
            fits = all(isinstance(s, Cancel | Distribute | Cofactor | Lemma) for s in steps)
            return steps if fits else None
    return None
