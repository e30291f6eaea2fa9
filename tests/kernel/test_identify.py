"""What a pseudo-inverse is: the step that says it, and how it may not be forged."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy
from sympy import MatMul, MatrixSymbol, Transpose

from derivcheck.algebra import nodes
from derivcheck.algebra.goal import Condition, Goal, Hypothesis
from derivcheck.extensions.diagonal import DiagonalInverse
from derivcheck.extensions.pseudo_inverses import Identify
from derivcheck.extensions.table import EXTENSIONS
from derivcheck.kernel.check import Certificate
from derivcheck.kernel.check import check as checked
from derivcheck.kernel.cofactors import Cofactor, Given
from derivcheck.kernel.lowering import Lowering
from derivcheck.prover.strategy import prove
from derivcheck.terms.term import RefusedError, UnknownNodeError

m, n = nodes.size_symbol("m"), nodes.size_symbol("n")
A, B = MatrixSymbol("A", m, n), MatrixSymbol("B", n, m)
P = MatrixSymbol("P", n, n)
pseudo = nodes.PseudoInverse
TRANSPOSED = Goal(pseudo(Transpose(A)), Transpose(pseudo(A)))


def check(goal: Goal, certificate: Certificate) -> None:
    checked(goal, certificate, EXTENSIONS)


def proof(goal: Goal) -> tuple[Certificate, int]:
    """Return a certificate of a goal and the place of the step that identifies something."""
    certificate, reasons, _ = prove(goal)
    assert certificate is not None, reasons
    check(goal, certificate)
    place = next(k for k, s in enumerate(certificate.steps) if isinstance(s, Identify))
    return certificate, place


def changed(certificate: Certificate, place: int, **what: object) -> Certificate:
    steps = list(certificate.steps)
    steps[place] = replace(steps[place], **what)
    return replace(certificate, steps=tuple(steps))


def test_what_satisfies_the_equations_is_the_pseudo_inverse() -> None:
    proof(TRANSPOSED)


@pytest.mark.parametrize("which", range(4))
def test_every_equation_is_needed(which: int) -> None:
    certificate, place = proof(TRANSPOSED)
    proofs = certificate.steps[place].proofs
    emptied = tuple([() if k == which else part for k, part in enumerate(proofs)])
    with pytest.raises(RefusedError, match="left over"):
        check(TRANSPOSED, changed(certificate, place, proofs=emptied))
    fewer = proofs[:which] + proofs[which + 1 :]
    with pytest.raises(RefusedError):
        check(TRANSPOSED, changed(certificate, place, proofs=fewer))


def test_another_value_is_refused() -> None:
    certificate, place = proof(TRANSPOSED)
    for value in (B, Transpose(B), Transpose(A), pseudo(A), P):
        with pytest.raises(RefusedError):
            check(TRANSPOSED, changed(certificate, place, value=value))


def test_what_was_not_identified_is_no_hypothesis() -> None:
    certificate, place = proof(TRANSPOSED)
    later = certificate.steps[place + 1 :]
    assert any(isinstance(s, Cofactor) and isinstance(s.equation, Given) for s in later)
    with pytest.raises(RefusedError, match="hypothesis"):
        check(TRANSPOSED, replace(certificate, steps=later))


def test_an_equation_of_penrose_is_proved_by_what_is_given_alone() -> None:
    certificate, place = proof(TRANSPOSED)
    for step in (DiagonalInverse((), 0, 0), Identify(A, B, ((),) * 4)):
        with pytest.raises(RefusedError, match="other steps"):
            check(TRANSPOSED, changed(certificate, place, proofs=((step,),) * 4))


def test_an_index_is_not_carried_along() -> None:
    i = nodes.index_variable("i", n)
    row = MatMul(Transpose(nodes.UnitVector(i, n)), P)
    with pytest.raises(RefusedError, match="without indices"):
        check(TRANSPOSED, Certificate((), (Identify(row, Transpose(row), ((),) * 4),)))


def test_hypotheses_are_used_by_the_proofs() -> None:
    projector = (
        Hypothesis(MatMul(P, P), P, "P^2 = P", 1),
        Hypothesis(P, Transpose(P), "P = P^T", 2),
    )
    goal = Goal(pseudo(P), P, hypotheses=projector)
    certificate, _ = proof(goal)
    assert {0, 1} <= set(certificate.hypotheses)
    for missing in projector:
        left = tuple([h for h in projector if h is not missing])
        assert prove(replace(goal, hypotheses=left))[0] is None


def test_a_singular_value_decomposition_gives_the_pseudo_inverse() -> None:
    r = nodes.size_symbol("r")
    u, d, v = MatrixSymbol("U", m, r), MatrixSymbol("D", r, r), MatrixSymbol("V", n, r)
    orthonormal = tuple(
        [Hypothesis(MatMul(Transpose(q), q), sympy.Identity(r), "q", 1) for q in (u, v)]
    )
    invertible = (Condition("invertible", d, "D", 1),)
    inverse = MatMul(v, sympy.Inverse(d), Transpose(u), evaluate=False)
    goal = Goal(pseudo(MatMul(u, d, Transpose(v))), inverse, {}, orthonormal, invertible)
    proof(goal)
    assert prove(replace(goal, hypotheses=orthonormal[:1]))[0] is None


def test_a_pseudo_inverse_has_no_derivative() -> None:
    trace = sympy.Trace(MatMul(A, pseudo(A)))
    slope = nodes.arranged(nodes.TensorDerivative(trace, A, A, sympy.Tuple()), (0, 1))
    with pytest.raises(UnknownNodeError, match="derivative of the pseudo-inverse"):
        Lowering({}, None, EXTENSIONS).residual(Goal(slope, sympy.ZeroMatrix(m, n)))
    other = nodes.arranged(nodes.TensorDerivative(trace, B, B, sympy.Tuple()), (0, 1))
    assert Lowering({}, None, EXTENSIONS).residual(Goal(other, sympy.ZeroMatrix(n, m))) == ()


def test_full_rank_is_looked_for_among_the_conditions() -> None:
    identity = Goal(MatMul(pseudo(A), A), sympy.Identity(n))
    assert prove(identity)[0] is None
    for kind, proved in (("full-column-rank", True), ("full-row-rank", False)):
        condition = Condition(kind, A, "A", 1)
        assert (prove(replace(identity, conditions=(condition,)))[0] is not None) is proved
