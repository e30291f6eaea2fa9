"""Seven lies that a certificate or a goal may tell, and the reason for which each is refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import pytest
import sympy
from sympy import Basic, Integer, MatMul, MatrixSymbol, Trace, Transpose, Tuple

from derivcheck.algebra import nodes
from derivcheck.algebra.goal import Condition, Goal, Hypothesis
from derivcheck.extensions.facts import Fact
from derivcheck.extensions.table import EXTENSIONS
from derivcheck.kernel.check import Certificate, State, check
from derivcheck.kernel.cofactors import LOCAL, Cofactor, Given
from derivcheck.kernel.lowering import Lowering
from derivcheck.laws.law import Law
from derivcheck.prover.strategy import prove
from derivcheck.terms.term import Atom, Monomial, RefusedError, UnknownNodeError, single

n = nodes.size_symbol("n")
A, B = MatrixSymbol("A", n, n), MatrixSymbol("B", n, n)
s, t = nodes.scalar_symbol("s"), nodes.scalar_symbol("t")
SYMMETRIC = Hypothesis(A, Transpose(A), "A = A^T", 1)


def proof(goal: Goal) -> Certificate:
    certificate, reasons, _ = prove(goal)
    assert certificate is not None, reasons
    check(goal, certificate, EXTENSIONS)
    return certificate


def test_an_unknown_node() -> None:
    mystery = Basic.__new__(type("Mystery", (sympy.MatrixExpr,), {"shape": (n, n)}), A)
    with pytest.raises(UnknownNodeError, match="no definition for Mystery"):
        check(Goal(mystery, mystery), Certificate((), ()), EXTENSIONS)


def test_an_unknown_step() -> None:
    @dataclass(frozen=True)
    class Believe:
        address: tuple[Any, ...] = ()

    with pytest.raises(RefusedError, match="unknown step kind Believe"):
        check(Goal(A, B), Certificate((), (Believe(),)), EXTENSIONS)  # type: ignore[arg-type]


def test_a_forged_renaming() -> None:
    goal = Goal(Trace(A * B), Trace(B * A))
    (step,) = proof(goal).steps
    (i, a), (j, b) = step.renaming  # type: ignore[union-attr]
    forged = replace(step, renaming=((i, b), (j, a)))  # type: ignore[arg-type]
    with pytest.raises(RefusedError, match="not equal under its renaming"):
        check(goal, Certificate((), (forged,)), EXTENSIONS)


def test_a_wrong_coefficient() -> None:
    goal = Goal(Transpose(A) * B, A * B, hypotheses=(SYMMETRIC,))
    certificate = proof(goal)
    place = next(k for k, one in enumerate(certificate.steps) if type(one) is Cofactor)
    steps = list(certificate.steps)
    steps[place] = replace(steps[place], coefficient=Fraction(7))  # type: ignore[arg-type]
    with pytest.raises(RefusedError, match=r"left over|renaming"):
        check(goal, replace(certificate, steps=tuple(steps)), EXTENSIONS)


def test_a_hypothesis_that_was_not_given() -> None:
    goal = Goal(Transpose(A) * B, A * B, hypotheses=(SYMMETRIC,))
    certificate = proof(goal)
    with pytest.raises(RefusedError, match="a hypothesis that the goal does not have"):
        check(replace(goal, hypotheses=()), certificate, EXTENSIONS)


def test_a_cofactor_below_a_derivative() -> None:
    """From A = Aᵀ used below it, ∂tr(A B)/∂A would be B as well as Bᵀ."""
    trace = Trace(Basic.__new__(MatMul, A, B))
    gradient = nodes.arranged(nodes.TensorDerivative(trace, A, A, Tuple()), (0, 1))
    true, false = (Goal(gradient, side, hypotheses=(SYMMETRIC,)) for side in (Transpose(B), B))
    proof(true)
    certificate, reasons, _ = prove(false)
    assert certificate is None
    assert reasons
    # the derivative is gone when a step is taken: there is no place below it to name
    state = State(false, Lowering({}, None, EXTENSIONS))
    assert {type(f) for m in state.term for f in m.factors} == {Atom}
    below = Cofactor(((0, 0, 0),), Given(0), ((LOCAL,), (LOCAL + 1,)), (), Fraction(1), (), (n, n))
    with pytest.raises(RefusedError, match="an address leads nowhere"):
        state.apply(below)


def test_an_undischarged_condition() -> None:
    product = Basic.__new__(MatMul, sympy.Inverse(A), A)
    inverse = Goal(product, sympy.Identity(n))
    given = Condition("invertible", A, "A", 1)
    certificate = proof(replace(inverse, conditions=(given,)))
    with pytest.raises(RefusedError, match=r"condition that the goal does not|nothing says that"):
        check(inverse, certificate, EXTENSIONS)
    step = Cofactor((), Law("inverse", (0, True)), ((), ()), (), Fraction(1), (), ())
    with pytest.raises(RefusedError, match="a condition that the goal does not have"):
        check(inverse, Certificate((), (step,)), EXTENSIONS)
    log = nodes.function_symbol("log")
    sides = [nodes.ScalarFunction(log, Integer(0), one) for one in (s * t, s, t)]
    values = tuple([(single(Atom(one, ())),) for one in (s, t)])
    one = Monomial(Fraction(1), frozenset(), ())
    state = State(Goal(sides[0], sides[1] + sides[2]), Lowering({}, None, EXTENSIONS))
    with pytest.raises(RefusedError, match="needs positive of s, which is not known"):
        state.apply(Fact((), "log-of-product", values, one, (None, None)))
