r"""Known functions of numbers: what is proved of them, what must not be, and at what cost."""

from __future__ import annotations

from fractions import Fraction

import pytest
from sympy import Integer, MatrixSymbol

from derivcheck.algebra import nodes
from derivcheck.algebra.goal import Condition, Goal
from derivcheck.checking import check_text
from derivcheck.extensions.table import EXTENSIONS
from derivcheck.kernel.check import State, check
from derivcheck.kernel.lowering import Lowering
from derivcheck.prover.normal_form import collected
from derivcheck.prover.numbers import fractions, numbers
from derivcheck.prover.numbers_parts import (
    common_unit,
    components,
    lead,
    prime_factors,
    root_of,
    text_of,
    without_divisor,
)
from derivcheck.prover.strategy import prove
from derivcheck.terms.term import Atom, Monomial, single

GIVEN = (
    r"t, u, c \in \mathbb{R}",
    r"x, y, z, v, g \in \mathbb{R}^n",
    r"A \in \mathbb{R}^{n \times n}",
    r"X \in \mathbb{R}^{n \times d}",
    r"w \in \mathbb{R}^d",
    r"a > 0",
    r"b > 0",
    r"q \in \{0, 1\}^n",
    r"s \in \{-1, 1\}^n",
    r"i, j \in \{1, \dots, n\}",
    r"L: \mathbb{R}^n \to \mathbb{R}",
    r"H(t) = 1 \text{ if } t > 0 \text{ else } 0",
)


def document(claim, given=()):
    lines = [f"  - '{text}'" for text in (*GIVEN, *given)]
    return "\n".join(["---", "layout: denominator", "given:", *lines, "---", f"$${claim}$$"])


def verdicts(claim, given=()):
    report = check_text(document(claim, given))
    codes = [s.diagnostic.code for s in report.steps if s.diagnostic]
    assert "DC901" not in codes, codes
    return {step.verdict for step in report.steps}


ROWS = r"\operatorname{softmax}_{\text{row}}"

PROVED = [
    # exp, log, powers
    r"e^{t + u} = e^t e^u",
    r"e^{-t} = \frac{1}{e^t}",
    r"e^{2 t} = (e^t)^2",
    r"e^{t/2} e^{t/2} = e^t",
    r"\log e^t = t",
    r"e^{\log a} = a",
    r"e^{-\log a} = 1/a",
    r"e^{\frac{1}{2} \log a} = \sqrt{a}",
    r"\log(a b) = \log a + \log b",
    r"\log \frac{a}{b} = \log a - \log b",
    r"\log \sqrt{a} = \frac{1}{2} \log a",
    r"\log 6 = \log 2 + \log 3",
    r"\log \frac{1}{2} = - \log 2",
    r"\log(t u) = \log|t| + \log|u|",
    r"\log(t^2) = 2 \log |t|",
    r"a^{t + u} = a^t a^u",
    r"\frac{\partial}{\partial a} a^t = t a^{t-1}",
    # roots
    r"\sqrt{t^2} = |t|",
    r"\sqrt{a^2} = a",
    r"\sqrt{a b} = \sqrt{a} \sqrt{b}",
    r"\sqrt{8} = 2 \sqrt{2}",
    r"\sqrt{t^2 u^2} = |t| |u|",
    r"\sqrt{(t - u)^2} = |t - u|",
    r"\frac{1}{\sqrt{a}} = \frac{\sqrt{a}}{a}",
    r"\frac{a}{\sqrt{a}} = \sqrt{a}",
    # fractions
    r"\frac{t}{t} = 1",
    r"\frac{t^2 - 1}{t - 1} = t + 1",
    r"\frac{1}{t} + \frac{1}{u} = \frac{t + u}{t u}",
    r"\frac{1}{1 + \frac{1}{t}} = \frac{t}{t + 1}",
    r"\frac{1}{1+e^t} - \frac{1}{2+e^{t}} = \frac{1}{(1+e^t)(2+e^t)}",
    r"\frac{1}{n} \sum_{i=1}^n t = t",
    # activations
    r"\sigma'(t) = \sigma(t) (1 - \sigma(t))",
    r"1 - \sigma(t) = \sigma(-t)",
    r"\tanh(t) = 2 \sigma(2t) - 1",
    r"\tanh(t + u) = \frac{\tanh t + \tanh u}{1 + \tanh(t) \tanh(u)}",
    r"\log \frac{\sigma(t)}{1 - \sigma(t)} = t",
    r"\operatorname{softplus}(t) - \operatorname{softplus}(-t) = t",
    r"\operatorname{softplus}'(t) = \sigma(t)",
    r"\operatorname{GELU}(t) + \operatorname{GELU}(-t) = t \operatorname{erf}(t / \sqrt{2})",
    r"\sin(t)^2 + \cos(t)^2 = 1",
    r"\sin(2t) = 2 \sin t \cos t",
    r"\cosh(t)^2 - \sinh(t)^2 = 1",
    # kinks
    r"|t| |t| = t^2",
    r"\operatorname{sign}(t) |t| = t",
    r"\frac{t}{|t|} = \operatorname{sign}(t)",
    r"|-t| = |t|",
    r"|t u| = |t| |u|",
    r"\operatorname{ReLU}(t) + \operatorname{ReLU}(-t) = |t|",
    r"\max(0, z) = z \odot H(z)",
    r"\max(t, u) = \frac{t + u + |t - u|}{2}",
    r"\max(t, u) \min(t, u) = t u",
    r"H(z) \odot H(z) = H(z)",
    r"\frac{\partial}{\partial z} \max(0, z) = \operatorname{diag}(H(z))",
    # few values
    r"q \odot q = q",
    r"q^\top (\mathbf{1} - q) = 0",
    r"s \odot s = \mathbf{1}",
    # vectors and matrices
    r"\mathbf{1}^\top \operatorname{softmax}(z) = 1",
    r"\operatorname{softmax}(z + c \mathbf{1}) = \operatorname{softmax}(z)",
    r"L(\operatorname{softmax}(z + c \mathbf{1})) = L(\operatorname{softmax}(z))",
    r"\nabla_z \operatorname{logsumexp}(z) = \operatorname{softmax}(z)",
    r"\operatorname{logsumexp}(z) = c + \log \sum_{i=1}^n \exp(z_i - c)",
    r"\operatorname{softmax}_{\text{row}}(A) \mathbf{1} = \mathbf{1}",
    r"\mathbf{1}^\top \operatorname{softmax}_{\text{col}}(A) = \mathbf{1}^\top",
    ROWS + r"(A + v \mathbf{1}^\top) = " + ROWS + "(A)",
    r"\sigma(z)^\top \mathbf{1} + \sigma(-z)^\top \mathbf{1} = n",
    r"X^\top (\mathbf{1} - \sigma(X w)) = X^\top \sigma(-X w)",
    r"\operatorname{diag}(e^z)^{-1} = \operatorname{diag}(e^{-z})",
    r"\operatorname{diag}(e^z)^{1/2} = \operatorname{diag}(e^{z/2})",
    # norms
    r"\|x\|_2 \|x\|_2 = x^\top x",
    r"\left\| \frac{x}{\|x\|} \right\| = 1",
    r"\nabla_x \|x\| = \frac{x}{\|x\|}",
    r"x^\top \nabla_x \frac{x^\top v}{\|x\|} = 0",
    r"\nabla_x \|x\|_1 = \operatorname{sign}(x)",
    r"\|c x\| = |c| \|x\|",
]


@pytest.mark.parametrize("claim", PROVED)
def test_true_equations_are_proved(claim):
    assert verdicts(claim) == {"proved"}


NOT_PROVED = [
    r"\sigma'(t) = \sigma(t)",
    r"\sigma'(t) = \sigma(t) (1 + \sigma(t))",
    r"1 - \sigma(t) = \sigma(t)",
    r"\tanh'(t) = 1 - \tanh(t)",
    r"\tanh(t) = 2 \sigma(t) - 1",
    r"\sqrt{t^2} = t",
    r"\sqrt{a + b} = \sqrt{a} + \sqrt{b}",
    r"\log(a + b) = \log a + \log b",
    r"\log(t^2) = \log|t|",
    r"e^{t u} = e^t e^u",
    r"e^{a \log t} = a t",
    r"\frac{1}{t + u} = \frac{1}{t} + \frac{1}{u}",
    r"\frac{t^2 - 1}{t - 1} = t - 1",
    r"\frac{1}{t - t} = 2",
    r"\frac{1}{t - t} = \frac{1}{t - t}",
    r"\frac{t - t}{t - t} = 1",
    r"|t + u| = |t| + |u|",
    r"|t| = t",
    r"\operatorname{sign}(t) = 1",
    r"\operatorname{ReLU}(t) = t",
    r"\operatorname{ReLU}(t) + \operatorname{ReLU}(-t) = t",
    r"\max(t, u) = t",
    r"H(t) = 1",
    r"x \odot x = x",
    r"q = \mathbf{1}",
    r"s \odot s = s",
    r"\mathbf{1}^\top \operatorname{softmax}(z) = n",
    r"\operatorname{softmax}(c z) = \operatorname{softmax}(z)",
    r"\operatorname{softmax}_{\text{row}}(A)^\top \mathbf{1} = \mathbf{1}",
    r"\operatorname{softmax}_{\text{row}}(A) = \operatorname{softmax}_{\text{col}}(A)",
    r"\nabla_z \operatorname{logsumexp}(z) = e^z",
    r"\sum_{i=1}^n \frac{x_i}{y_i} = \frac{\sum_{i=1}^n x_i}{\sum_{i=1}^n y_i}",
    r"\nabla_x \|x\| = x",
    r"\|c x\| = c \|x\|",
    r"\|x + y\| = \|x\| + \|y\|",
    # a quotient that is split along a delta may have no value where the delta is 1
    r"\frac{x_i - x_j}{x_i - x_j + \delta_{ij}} = 1",
    r"\frac{x_i - x_j}{x_i - x_j + \delta_{ij}} = 1 - \delta_{ij} + x_i \delta_{ij}",
]


@pytest.mark.parametrize("claim", NOT_PROVED)
def test_false_and_meaningless_equations_are_not_proved(claim):
    assert "proved" not in verdicts(claim)


def test_the_lists_of_claims_are_compared_with_a_verdict_that_can_fail():
    assert verdicts("t = u") == {"refuted"}
    assert verdicts("t = t") == {"proved"}


@pytest.mark.parametrize(
    ("claim", "needed"),
    [
        (r"\log(c v^\top v) = \log c + \log(v^\top v)", r"c > 0"),
        (r"\frac{c t}{c} = t", r"c \neq 0"),
        (r"\nabla_x \|x - y\| = \frac{x - y}{\|x - y\|}", r"\|x - y\| \neq 0"),
    ],
)
def test_what_a_step_needs_is_listed(claim, needed):
    report = check_text(document(claim))
    (step,) = report.steps
    assert step.verdict == "proved"
    assert any(needed in condition for condition in step.conditions), step.conditions


def test_the_certificate_is_accepted_by_a_kernel_that_starts_afresh():
    t = nodes.scalar_symbol("t")
    sigma = nodes.ScalarFunction(nodes.function_symbol("sigma"), Integer(0), t)
    slope = nodes.ScalarFunction(nodes.function_symbol("sigma"), Integer(0), -t)
    goal = Goal(1 - sigma, slope)
    certificate, reasons, _ = prove(goal)
    assert certificate is not None, reasons
    check(goal, certificate, EXTENSIONS)
    assert len(certificate.steps) < 40


def test_a_goal_without_known_functions_costs_nothing():
    n = nodes.size_symbol("n")
    a, b = MatrixSymbol("A", n, n), MatrixSymbol("B", n, n)
    state = State(Goal(a * b, b * a), Lowering({}, None, EXTENSIONS))
    collected(state)
    before = state.term
    assert numbers(state) == fractions(state) == []
    assert state.term is before


def test_a_logarithm_needs_a_condition_of_the_goal():
    t, u = nodes.scalar_symbol("t"), nodes.scalar_symbol("u")
    log = nodes.function_symbol("log")

    def of(node):
        return nodes.ScalarFunction(log, Integer(0), node)

    free = Goal(of(t * u) * t, (of(t) + of(u)) * t)
    # log t stands in the goal, which is claimed only where that is defined
    assert prove(free)[0] is not None
    bare = Goal(of(t * u) - of(t * u) / 2, of(t * u) / 2)
    assert prove(bare)[0] is not None
    hidden = Goal(of(t * u), of(t) + t)
    assert prove(hidden)[0] is None
    given = (Condition("positive", t, "t > 0", 1),)
    assert prove(Goal(of(t * u), of(t) + of(u), conditions=given))[0] is not None


# --- parts of monomials ---------------------------------------------------------------------


def monomial(coefficient, *names):
    factors = tuple(Atom(nodes.scalar_symbol(name), ()) for name in names)
    return Monomial(Fraction(coefficient), frozenset(), factors)


def test_a_monomial_parts_where_no_bound_index_is_shared():
    x, y = MatrixSymbol("x", 3, 1), MatrixSymbol("y", 3, 1)
    atoms = (Atom(x, ((7,), ())), Atom(y, ((7,), ())), Atom(x, ((8,), ())))
    parts = components(Monomial(Fraction(5), frozenset({7, 8}), atoms))
    assert sorted(len(part.factors) for part in parts) == [1, 2]
    assert all(part.coefficient == 1 for part in parts)


def test_the_leading_monomial_has_most_factors():
    term = (monomial(1), monomial(3, "b"), monomial(-2, "a", "b"))
    assert lead(term) is term[2]
    assert text_of(term[1]) == text_of(monomial(3, "b"))


def test_a_size_below_one_monomial_is_taken_out_of_all():
    n = nodes.size_symbol("n")
    one = (
        Lowering({}, None, EXTENSIONS)
        .scope.applied("reciprocal", 0, (single(Atom(n, ())),))[0]
        .factors[0]
    )
    term = (Monomial(Fraction(1), frozenset(), (one,)), monomial(2, "a"))
    divisor, rest = without_divisor(term)
    assert divisor is one
    assert [len(m.factors) for m in rest] == [0, 2]
    assert without_divisor((monomial(1, "a"),)) is None


@pytest.mark.parametrize(
    ("number", "root"), [(4, 2), (Fraction(9, 4), Fraction(3, 2)), (2, None), (-4, None), (0, None)]
)
def test_roots_of_numbers(number, root):
    assert root_of(Fraction(number)) == root


def test_numbers_are_taken_apart():
    assert prime_factors(360) == [2, 2, 2, 3, 3, 5]
    assert prime_factors(1) == []
    assert prime_factors(97) == [97]
    assert common_unit(Fraction(1, 2), Fraction(1, 3)) == Fraction(1, 6)
    assert common_unit(None, Fraction(3)) == 3
