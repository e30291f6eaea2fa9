"""The core stands alone: it proves what is its own, and refuses what only an extension knows."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from sympy import Basic, Inverse, MatMul, MatrixSymbol, Trace, Transpose

from derivcheck.algebra import nodes
from derivcheck.algebra.goal import Condition, Goal, Hypothesis
from derivcheck.algebra.randomness import ANY, distribution, expectation, random_variable
from derivcheck.extensions.blocks import Spread
from derivcheck.extensions.diagonal import DiagonalInverse
from derivcheck.extensions.facts import Fact
from derivcheck.extensions.pseudo_inverses import Identify
from derivcheck.extensions.table import EXTENSIONS
from derivcheck.kernel.check import Certificate, State, Step, check
from derivcheck.kernel.cofactors import Cofactor
from derivcheck.kernel.lowering import Lowering
from derivcheck.laws.law import Law
from derivcheck.prover.strategy import prove
from derivcheck.terms.term import Monomial, RefusedError, UnknownNodeError

n, m = map(nodes.size_symbol, "nm")
A, B = MatrixSymbol("A", n, n), MatrixSymbol("B", n, n)
s, t = map(nodes.scalar_symbol, "st")
i = nodes.index_variable("i", n)


def product(*factors: Basic) -> Basic:
    return Basic.__new__(MatMul, *factors)


OWN = {
    "a trace": Goal(Trace(product(A, B)), Trace(product(B, A))),
    "a hypothesis": Goal(
        product(A, A), product(B, B), hypotheses=(Hypothesis(A, Transpose(Transpose(B)), "", 1),)
    ),
    "a definition": Goal(Trace(A), Trace(product(B, B)), definitions={A: product(B, B)}),
}


@pytest.mark.parametrize("goal", OWN.values(), ids=OWN)
def test_the_core_alone_accepts_what_needs_no_extension(goal: Goal) -> None:
    certificate = prove(goal)[0]
    assert certificate is not None
    check(goal, certificate)


LAW = distribution((random_variable(t, s, ANY, None),), ((s,),), ())

FOREIGN: dict[str, Basic] = {
    "Blocks": nodes.Blocks(sympy.Tuple(A, A)),
    "MatPow": Basic.__new__(sympy.MatPow, A, n),
    "Pow": sympy.Pow(t, n, evaluate=False),
    "IndexVariable": i,
    "PseudoInverse": nodes.PseudoInverse(A),
    "ScalarExpectation": expectation(t, LAW),
    "MatrixExpectation": expectation(A, LAW),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_the_core_alone_refuses_the_nodes_of_an_extension(kind: str) -> None:
    node = FOREIGN[kind]
    assert {type(part).__name__ for part in FOREIGN.values()} == {
        part.__name__ for part in EXTENSIONS.clauses
    }
    check(Goal(node, node), prove(Goal(node, node))[0], EXTENSIONS)  # type: ignore[arg-type]
    with pytest.raises(UnknownNodeError, match=f"no definition for {kind}"):
        check(Goal(node, node), Certificate((), ()))


STEPS: tuple[Step, ...] = (
    Spread((), (n, m)),
    Fact((), "log-of-product", ((), ()), Monomial(Fraction(1), frozenset(), ()), (None, None)),
    DiagonalInverse((), 0, 0),
    Identify(A, B, ((), (), (), ())),
)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: type(step).__name__)
def test_the_core_alone_refuses_the_steps_of_an_extension(step: Step) -> None:
    assert {type(one) for one in STEPS} == set(EXTENSIONS.steps)
    with pytest.raises(RefusedError, match=f"unknown step kind {type(step).__name__}"):
        State(Goal(s, t), Lowering({})).apply(step)


def test_the_core_alone_refuses_the_equations_of_an_extension() -> None:
    goal = Goal(
        product(A, Inverse(A)),
        sympy.Identity(n),
        conditions=(Condition("invertible", A, "", 1),),
    )
    certificate = prove(goal)[0]
    assert certificate is not None
    check(goal, certificate, EXTENSIONS)
    with pytest.raises(RefusedError, match="an equation of an unknown kind"):
        check(goal, certificate)
    assert set(EXTENSIONS.equations) == {Law}
    assert {type(one.equation) for one in certificate.steps if type(one) is Cofactor} == {Law}


def test_the_core_alone_does_not_know_the_functions_of_an_extension() -> None:
    core = Lowering({}).scope
    assert set(core.functions) == {"inverse", "determinant", "adjugate"}
    assert set(Lowering({}, None, EXTENSIONS).scope.functions) == {
        *core.functions,
        *EXTENSIONS.functions,
    }
