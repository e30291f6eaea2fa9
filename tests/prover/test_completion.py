"""What hypotheses, inverses and reciprocals prove, and what they must not.

Every true identity stands beside a false one that differs by a sign, an order, a transpose or a
hypothesis; the false one must stay unproved, whatever the rewriting finds.
"""

import random
from dataclasses import dataclass

import pytest
import sympy
from sympy import (
    Add,
    Basic,
    DiagMatrix,
    HadamardProduct,
    Identity,
    Integer,
    Inverse,
    KroneckerProduct,
    MatAdd,
    MatMul,
    MatrixSymbol,
    OneMatrix,
    Pow,
    Trace,
    Transpose,
    ZeroMatrix,
)

from derivcheck import check_text
from derivcheck.algebra import nodes
from derivcheck.algebra.goal import Condition, Goal, Hypothesis
from derivcheck.extensions.table import EXTENSIONS
from derivcheck.kernel.check import check
from derivcheck.kernel.cofactors import Cofactor, Lemma
from derivcheck.prover.evidence import compare
from derivcheck.prover.strategy import decide, prove

k, m, n = map(nodes.size_symbol, "kmn")
A, B, E, F, P, Q, S, T = (MatrixSymbol(name, n, n) for name in "ABEFPQST")
C = MatrixSymbol("C", k, k)
U, V, X = MatrixSymbol("U", n, k), MatrixSymbol("V", k, n), MatrixSymbol("X", n, m)
Z = MatrixSymbol("Z", k, n)
H, R = MatrixSymbol("H", m, n), MatrixSymbol("R", m, m)
u, v, x, y = (MatrixSymbol(name, n, 1) for name in "uvxy")
a, b, t = map(nodes.scalar_symbol, "abt")
ONE = OneMatrix(n, 1)
I_n, I_m, I_k = Identity(n), Identity(m), Identity(k)
ZERO = ZeroMatrix(n, n)


def mul(*factors):
    return Basic.__new__(MatMul, *[f if isinstance(f, Basic) else Integer(f) for f in factors])


def add(*terms):
    return Basic.__new__(MatAdd, *terms)


def neg(term):
    return mul(-1, term)


def inv(matrix):
    return Basic.__new__(Inverse, matrix)


def number(row, *rest):
    return nodes.MatrixScalar(mul(row, *rest))


SYMMETRIC = (S, Transpose(S))


@dataclass(frozen=True)
class Claim:
    """An identity with what is given, and a false variant of it."""

    name: str
    lhs: Basic
    rhs: Basic
    wrong: Basic
    given: tuple = ()
    invertible: tuple = ()
    nonzero: tuple = ()
    idle: bool = False
    """The hypotheses make no difference."""

    def goal(self, rhs=None, given=None, invertible=None):
        conditions = [("invertible", part) for part in invertible or self.invertible]
        conditions += [("nonzero", part) for part in self.nonzero]
        return Goal(
            self.lhs,
            self.rhs if rhs is None else rhs,
            {},
            tuple(
                Hypothesis(*pair, "given", 1) for pair in (self.given if given is None else given)
            ),
            tuple(Condition(kind, part, "condition", 1) for kind, part in conditions),
        )


def sum_of(*parts):
    return add(*parts)


WOODBURY = add(A, mul(U, C, V))
INNER = add(inv(C), mul(V, inv(A), U))
RIDGE = add(mul(X.T, X), mul(a, I_m))
DUAL = add(mul(X, X.T), mul(a, I_n))
RANK_ONE = add(A, mul(u, v.T))
DENOMINATOR = Add(1, number(v.T, inv(A), u))
GAIN = add(mul(H, S, H.T), R)
K = mul(S, H.T, inv(GAIN))
HUA = add(inv(B), neg(A))
PENROSE = (
    (mul(A, E, A), A),
    (mul(E, A, E), E),
    (mul(E.T, A.T), mul(A, E)),
    (mul(A.T, E.T), mul(E, A)),
    (mul(A, F, A), A),
    (mul(F, A, F), F),
    (mul(F.T, A.T), mul(A, F)),
    (mul(A.T, F.T), mul(F, A)),
)

CLAIMS = [
    Claim("inverse-of-product", inv(mul(A, B)), mul(inv(B), inv(A)), mul(inv(A), inv(B)),
          invertible=(A, B, mul(A, B))),
    Claim("inverse-of-multiple", inv(mul(a, A)), mul(Pow(a, -1), inv(A)), mul(a, inv(A)),
          invertible=(A, mul(a, A)), nonzero=(a,)),
    Claim("inverse-of-transpose", inv(A.T), Transpose(inv(A)), inv(A), invertible=(A, A.T)),
    Claim("inverse-of-inverse", inv(inv(A)), A, A.T, invertible=(A, inv(A))),
    Claim("inverse-of-kronecker", inv(KroneckerProduct(A, C)),
          KroneckerProduct(inv(A), inv(C)), KroneckerProduct(inv(A.T), inv(C)),
          invertible=(A, A.T, C, KroneckerProduct(A, C))),
    Claim("inverse-of-diagonal", mul(inv(DiagMatrix(x)), x), ONE, x, invertible=(DiagMatrix(x),)),
    Claim("kronecker-system", nodes.Vec(V),
          mul(inv(KroneckerProduct(A.T, C)), nodes.Vec(Z)),
          mul(inv(KroneckerProduct(A, C)), nodes.Vec(Z)),
          given=((mul(C, V, A), Z),),
          invertible=(A, C, KroneckerProduct(A.T, C), KroneckerProduct(A, C))),
    Claim("sum-of-inverses", add(inv(A), inv(B)), mul(inv(A), add(A, B), inv(B)),
          mul(inv(B), add(A, neg(B)), inv(A)), invertible=(A, B)),
    Claim("push-through", mul(inv(RIDGE), X.T), mul(X.T, inv(DUAL)), mul(a, X.T, inv(DUAL)),
          invertible=(RIDGE, DUAL)),
    Claim("push-through-in-a-trace", Trace(mul(X, inv(RIDGE), X.T)), Trace(mul(X, X.T, inv(DUAL))),
          Trace(mul(X.T, X)), invertible=(RIDGE, DUAL)),
    Claim("woodbury", inv(WOODBURY),
          add(inv(A), neg(mul(inv(A), U, inv(INNER), V, inv(A)))),
          add(inv(A), mul(inv(A), U, inv(INNER), V, inv(A))),
          invertible=(A, C, WOODBURY, INNER)),
    Claim("sherman-morrison", inv(RANK_ONE),
          add(inv(A), mul(-1, Pow(DENOMINATOR, -1), inv(A), u, v.T, inv(A))),
          add(inv(A), mul(-1, Pow(DENOMINATOR, -1), inv(A), v, u.T, inv(A))),
          invertible=(A, RANK_ONE), nonzero=(DENOMINATOR,)),
    Claim("hua", add(A, neg(inv(add(inv(A), inv(HUA))))), mul(A, B, A), mul(B, A, B),
          invertible=(A, B, HUA, add(inv(A), inv(HUA)))),
    Claim("searle", mul(inv(add(I_n, inv(A)))), mul(A, inv(add(A, I_n))), mul(inv(A), A, A),
          invertible=(A, add(I_n, inv(A)), add(A, I_n))),
    Claim("searle-push", mul(inv(add(I_n, mul(A, B))), A), mul(A, inv(add(I_n, mul(B, A)))),
          mul(A, inv(add(I_n, mul(A, B)))),
          invertible=(add(I_n, mul(A, B)), add(I_n, mul(B, A)))),
    Claim("joseph-form",
          add(mul(add(I_n, neg(mul(K, H))), S, Transpose(add(I_n, neg(mul(K, H))))),
              mul(K, R, Transpose(K))),
          mul(add(I_n, neg(mul(K, H))), S), mul(add(I_n, mul(K, H)), S),
          given=(SYMMETRIC, (R, R.T)), invertible=(GAIN,), idle=True),
    Claim("kalman-information-form", mul(add(I_n, neg(mul(K, H))), S),
          inv(add(inv(S), mul(H.T, inv(R), H))), inv(add(S, mul(H.T, inv(R), H))),
          given=(SYMMETRIC, (R, R.T)),
          invertible=(GAIN, S, R, add(inv(S), mul(H.T, inv(R), H)), add(S, mul(H.T, inv(R), H))),
          idle=True),
    Claim("hat-matrix", mul(X, inv(mul(X.T, X)), X.T, X, inv(mul(X.T, X)), X.T),
          mul(X, inv(mul(X.T, X)), X.T), mul(2, X, inv(mul(X.T, X)), X.T),
          invertible=(mul(X.T, X),)),
    Claim("schur-complement", mul(inv(add(A, neg(mul(U, inv(C), V)))), U, inv(C)),
          mul(inv(A), U, inv(add(C, neg(mul(V, inv(A), U))))),
          mul(inv(A), U, inv(add(C, mul(V, inv(A), U)))),
          invertible=(A, C, add(A, neg(mul(U, inv(C), V))), add(C, neg(mul(V, inv(A), U))),
                      add(C, mul(V, inv(A), U)))),
    Claim("negative-power", mul(inv(mul(A, A)), A, A, A), A, mul(A, A),
          invertible=(A, mul(A, A))),
    Claim("symmetric", mul(A, S, A.T), mul(A, S.T, A.T), mul(A.T, S, A), given=(SYMMETRIC,)),
    Claim("symmetric-inverse", inv(S), Transpose(inv(S)), S, given=(SYMMETRIC,), invertible=(S,)),
    Claim("symmetric-in-a-trace", Trace(mul(S, T, P)), Trace(mul(P, T, S)),
          Trace(mul(S, T, T)), given=(SYMMETRIC, (T, T.T), (P, P.T))),
    Claim("skew-form", number(x.T, A, x), Integer(0), number(x.T, x), given=((A.T, neg(A)),)),
    Claim("orthogonal", mul(Q, Q.T), I_n, mul(2, I_n), given=((mul(Q.T, Q), I_n),)),
    Claim("orthogonal-length", number(mul(Q, x).T, Q, x), number(x.T, x), number(x.T, Q, x),
          given=((mul(Q.T, Q), I_n),)),
    Claim("orthogonal-inverse", inv(Q), Q.T, Q, given=((mul(Q.T, Q), I_n),), invertible=(Q,)),
    Claim("left-inverse", mul(B, A), I_n, mul(A, A), given=((mul(A, B), I_n),)),
    Claim("product-of-three-inverses", mul(E, A, B), I_n, mul(A, E, B),
          given=((mul(A, B, E), I_n),)),
    Claim("inverse-is-unique", B, inv(A), inv(B), given=((mul(A, B), I_n),), invertible=(A, B)),
    Claim("diagonal-commute", mul(A, B), mul(B, A), mul(A, A),
          given=((HadamardProduct(A, I_n), A), (HadamardProduct(B, I_n), B))),
    Claim("idempotent", mul(add(I_n, neg(P)), add(I_n, neg(P))), add(I_n, neg(P)), add(I_n, P),
          given=((mul(P, P), P),)),
    Claim("idempotent-transposed", mul(P.T, P.T, P.T), P.T, P, given=((mul(P, P), P),)),
    Claim("commuting-projections", mul(A, B, A, B), mul(A, B), mul(A, A),
          given=((mul(A, A), A), (mul(B, B), B), (mul(A, B), mul(B, A)))),
    Claim("commuting-powers", mul(A, A, B, B), mul(B, A, B, A), mul(A, B, B, B),
          given=((mul(A, B), mul(B, A)),)),
    Claim("eigendecomposition", inv(mul(Q, B, Q.T)), mul(Q, inv(B), Q.T), mul(Q.T, inv(B), Q),
          given=((mul(Q.T, Q), I_n), (HadamardProduct(B, I_n), B)),
          invertible=(B, mul(Q, B, Q.T))),
    Claim("unit-length", mul(add(I_n, mul(-2, u, u.T)), add(I_n, mul(-2, u, u.T))), I_n,
          add(I_n, mul(u, u.T)),
          given=((Pow(number(u.T, u), sympy.Rational(1, 2)), Integer(1)),)),
    Claim("unit-norm", mul(add(I_n, mul(-2, u, u.T)), add(I_n, mul(-2, u, u.T))), I_n,
          add(I_n, mul(u, u.T)), given=((number(u.T, u), Integer(1)),)),
    Claim("orthogonal-vectors", mul(u, v.T, u, v.T), ZERO, mul(u, v.T),
          given=((number(v.T, u), Integer(0)),)),
    Claim("eigenvector", mul(A, A, x), mul(t, t, x), mul(t, x),
          given=((mul(A, x), mul(t, x)),)),
    Claim("eigenvector-of-inverse", mul(inv(A), x), mul(Pow(t, -1), x), mul(t, x),
          given=((mul(A, x), mul(t, x)),), invertible=(A,), nonzero=(t,)),
    Claim("normal-equations", mul(X.T, add(mul(X, MatrixSymbol("w", m, 1)), neg(y))),
          ZeroMatrix(m, 1), mul(X.T, y),
          given=((mul(X.T, X, MatrixSymbol("w", m, 1)), mul(X.T, y)),)),
    Claim("cancel-an-invertible-factor", E, F, mul(E, F),
          given=((mul(A, E), mul(A, F)),), invertible=(A,)),
    Claim("moore-penrose-is-unique", E, F, E.T, given=PENROSE),
    Claim("centring", mul(add(I_n, mul(-1, Pow(n, -1), ONE, ONE.T)),
                          add(I_n, mul(-1, Pow(n, -1), ONE, ONE.T))),
          add(I_n, mul(-1, Pow(n, -1), ONE, ONE.T)), add(I_n, neg(mul(ONE, ONE.T)))),
    Claim("fraction", Add(Pow(a, -1), Pow(b, -1)), sympy.Mul(Add(a, b), Pow(a, -1), Pow(b, -1)),
          sympy.Mul(Add(a, b), Pow(a, -1)), nonzero=(a, b)),
]  # fmt: skip

NEEDING = [claim for claim in CLAIMS if claim.given or claim.invertible or claim.nonzero]


def is_proved(goal):
    certificate, _, code = prove(goal)
    assert code != "DC901", "the kernel refused a certificate"
    if certificate is None:
        return False
    check(goal, certificate, EXTENSIONS)
    return True


def named(claim):
    return claim.name


@pytest.mark.parametrize("claim", CLAIMS, ids=named)
def test_it_is_proved(claim):
    assert is_proved(claim.goal())


@pytest.mark.parametrize("claim", CLAIMS, ids=named)
def test_the_wrong_one_is_not(claim):
    assert not is_proved(claim.goal(claim.wrong))


@pytest.mark.parametrize("claim", [c for c in CLAIMS if c.given and not c.idle], ids=named)
def test_without_its_hypotheses_it_is_not(claim):
    assert not is_proved(claim.goal(given=()))


@pytest.mark.parametrize("claim", CLAIMS, ids=named)
def test_the_verdict_agrees_with_exact_evaluation(claim):
    verdict = decide(claim.goal(), claim.name)
    assert verdict.code != "DC901"
    assert decide(claim.goal(claim.wrong), claim.name).kind != "proved"


def test_the_wrong_ones_are_false():
    """The variants are no identities: all but a few are refuted, none proved."""
    kinds = [str(decide(claim.goal(claim.wrong), claim.name).kind) for claim in CLAIMS]
    assert "proved" not in kinds
    assert kinds.count("refuted") >= len(CLAIMS) - 6


@pytest.mark.parametrize("place", range(len(PENROSE)))
def test_each_penrose_equation_is_needed(place):
    given = PENROSE[:place] + PENROSE[place + 1 :]
    claim = next(c for c in CLAIMS if c.name == "moore-penrose-is-unique")
    assert not is_proved(claim.goal(given=given))


def test_orthonormal_columns_say_nothing_of_rows():
    given = ((mul(X.T, X), I_m),)
    claim = Claim("columns", mul(X, X.T), I_n, I_n, given=given)
    assert not is_proved(claim.goal())
    hat = Claim("projection", mul(X, X.T, X), X, X, given=given)
    assert is_proved(hat.goal())


def test_a_nonzero_factor_is_no_zero_divisor_only_if_it_is_given():
    claim = Claim("scalar", x, y, y, given=((mul(t, x), mul(t, y)),))
    assert not is_proved(claim.goal())
    assert is_proved(Claim("scalar", x, y, y, claim.given, nonzero=(t,)).goal())


def test_a_hypothesis_inside_a_function_is_used():
    f = nodes.function_symbol("f", ((n, Integer(1)),))
    claim = Claim(
        "inside",
        nodes.function_value(f, mul(Q, Q.T, x)),
        nodes.function_value(f, x),
        nodes.function_value(f, mul(Q, x)),
        given=((mul(Q.T, Q), I_n),),
    )
    assert is_proved(claim.goal())
    assert not is_proved(claim.goal(claim.wrong))


def test_long_proofs_have_lemmas():
    given = (SYMMETRIC, (T, T.T))
    both = add(inv(S), inv(T))
    mean = mul(inv(both), add(mul(inv(S), u), mul(inv(T), v)))

    def square(left, middle):
        return number(Transpose(left), middle, left)

    claim = Claim(
        "completing-two-squares",
        Add(square(add(x, neg(u)), inv(S)), square(add(x, neg(v)), inv(T))),
        Add(
            square(add(x, neg(mean)), both),
            square(add(u, neg(v)), inv(add(S, T))),
        ),
        Integer(0),
        given,
        (S, T, both, add(S, T)),
    )
    certificate, _, _ = prove(claim.goal())
    assert certificate is not None
    kinds = {type(step) for step in certificate.steps}
    assert Cofactor in kinds
    assert Lemma in kinds
    assert set(certificate.hypotheses) == {0, 1}


# --- at random --------------------------------------------------------------------------------


def word(source, depth=0):
    letters = [A, B, S, Q, inv(A), inv(S), Transpose(A), Transpose(Q), Transpose(S)]
    factors = [source.choice(letters) for _ in range(source.randint(1, 4))]
    if depth == 0 and source.random() < 0.4:
        factors.append(add(word(source, 1), word(source, 1)))
    return mul(*factors) if len(factors) > 1 else factors[0]


@pytest.mark.parametrize("seed", range(120))
def test_nothing_is_proved_that_differs_somewhere(seed):
    """Random products under hypotheses: a proof must agree with exact evaluation."""
    source = random.Random(seed)
    goal = Claim(
        "random",
        word(source),
        word(source),
        ZERO,
        given=(SYMMETRIC, (mul(Q.T, Q), I_n), (mul(A, S), mul(S, A))),
        invertible=(A, S),
    ).goal()
    if is_proved(goal):
        assert compare(goal, str(seed)).difference is None


def test_a_planted_difference_would_be_seen():
    """The check above can fail: exact evaluation tells A S from S A where they do not commute."""
    claim = Claim("planted", mul(A, S), mul(S, A), ZERO, given=(SYMMETRIC,))
    assert compare(claim.goal(), "planted").difference is not None


# --- documents --------------------------------------------------------------------------------


def report_of(given, claim, body=""):
    lines = "\n".join(f"  - '{line}'" for line in given)
    return check_text(f"---\ngiven:\n{lines}\n---\n{body}\n$${claim}$$\n")


def step_of(*arguments):
    return report_of(*arguments).steps[-1]


SQUARE = r"A, B \in \mathbb{R}^{n \times n}"


def test_a_step_names_the_line_of_the_hypothesis_it_uses():
    body = r"Suppose $A B = B A$."
    step = step_of([SQUARE], r"A B A = A A B", body)
    assert (step.verdict, step.method, step.assuming) == ("proved", "completion", [5])
    idle = step_of([SQUARE], r"(A B)^\top = B^\top A^\top", body)
    assert (idle.verdict, idle.assuming) == ("proved", [])


def test_contradictory_givens_prove_nothing():
    step = step_of([SQUARE, "A B = I", "A B = 0"], "A B A = 0")
    assert step.verdict == "undecided"
    assert step.diagnostic.code == "DC305"
    assert "1 = 0 follows" in " ".join(step.diagnostic.notes)


def test_givens_without_example_prove_nothing():
    # no real number has the square -1, which no rewriting shows
    given = [r"c \in \mathbb{R}", "c^2 = -1"]
    step = step_of(given, "c^4 = 1")
    assert step.verdict == "undecided"
    assert step.diagnostic.code == "DC305"


def test_a_proof_where_sizes_coincide_says_so():
    given = [
        r"Q \in \mathbb{R}^{m \times n}",
        r"Q^\top Q = I",
        r"Q Q^\top = I",
    ]
    step = step_of(given, r"\operatorname{tr}(Q Q^\top Q Q^\top) = \operatorname{tr}(Q^\top Q)")
    assert step.verdict == "undecided"
    assert step.diagnostic.code == "DC305"
    assert "only where m = n" in " ".join(step.diagnostic.notes)


def test_pairwise_different_sizes_are_enough():
    given = [r"Q \in \mathbb{R}^{m \times n}", r"Q^\top Q = I"]
    assert step_of(given, r"Q Q^\top Q = Q").verdict == "proved"


def test_without_hypotheses_no_example_is_looked_for(monkeypatch):
    from derivcheck.prover import strategy

    def fail(*_args):
        raise AssertionError

    monkeypatch.setattr(strategy, "has_example", fail)
    assert step_of([SQUARE], r"(A B)^\top = B^\top A^\top").verdict == "proved"
