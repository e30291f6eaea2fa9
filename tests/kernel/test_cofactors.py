"""Multiples of zero: what the kernel adds, and every way in which it refuses to."""

from fractions import Fraction

import pytest
import sympy
from sympy import Basic, Identity, Integer, Inverse, MatMul, MatrixSymbol, Trace, Transpose

from derivcheck.algebra import nodes
from derivcheck.algebra.goal import Condition, Goal, Hypothesis
from derivcheck.extensions.table import EXTENSIONS
from derivcheck.kernel.check import Cancel, Certificate, State, check
from derivcheck.kernel.cofactors import (
    LOCAL,
    Cofactor,
    Given,
    Lemma,
    Proved,
)
from derivcheck.kernel.lowering import Lowering
from derivcheck.laws.law import Law
from derivcheck.prover.normal_form import collected
from derivcheck.prover.strategy import prove
from derivcheck.terms.term import Abstraction, Atom, Delta, Monomial, RefusedError, Value

m, n = map(nodes.size_symbol, "mn")
A, B = MatrixSymbol("A", n, n), MatrixSymbol("B", n, n)
R = MatrixSymbol("R", m, n)
x = MatrixSymbol("x", n, 1)
c, d = map(nodes.scalar_symbol, "cd")
ONE = Fraction(1)


def product(*factors):
    return Basic.__new__(MatMul, *factors)


def goal(lhs, rhs, given=(), *, conditions=(), obligations=(), definitions=None):
    return Goal(
        lhs,
        rhs,
        definitions or {},
        tuple(Hypothesis(left, right, "h", 1) for left, right in given),
        tuple(Condition(kind, node, "c", 1) for kind, node in conditions),
        tuple(Condition(kind, node, "o", 1) for kind, node in obligations),
    )


def state_of(goal):
    return State(goal, Lowering(goal.definitions, (), EXTENSIONS))


def free(state):
    """The indices of the two axes of a matrix goal."""
    return sorted(state.visible(()))


def cofactor(equation, slots, coefficient=ONE, factors=(), sizes=(), *, address=(), indices=()):
    return Cofactor(address, equation, slots, indices, coefficient, factors, sizes)


def refusal(state, step):
    """The reason why a step is refused; fails if it is not."""
    before = state.term
    with pytest.raises(RefusedError) as caught:
        state.apply(step)
    assert state.term == before
    return str(caught.value)


# A A = A, to be shown: A A A = A
IDEMPOTENT = goal(product(A, A, A), A, given=[(product(A, A), A)])


def steps_for_idempotent(state, signs=(-ONE, -ONE)):
    i, j = free(state)
    first = cofactor(Given(0), ((i,), (LOCAL,)), signs[0], (Atom(A, ((LOCAL,), (j,))),), (n,))
    state.apply(first)
    second = cofactor(Given(0), ((i,), (j,)), signs[1])
    state.apply(second)
    return [first, second, *collected(state)]


def test_a_certificate_from_a_hypothesis_is_accepted_and_names_it():
    state = state_of(IDEMPOTENT)
    certificate = Certificate((), tuple(steps_for_idempotent(state)))
    assert state.term == ()
    check(IDEMPOTENT, certificate, EXTENSIONS)
    assert certificate.hypotheses == (0,)


@pytest.mark.parametrize("signs", [(ONE, -ONE), (-ONE, ONE), (-ONE, Fraction(-2)), (-ONE, 0)])
def test_with_another_coefficient_something_is_left_over(signs):
    state = state_of(IDEMPOTENT)
    certificate = Certificate((), tuple(steps_for_idempotent(state, signs)))
    with pytest.raises(RefusedError, match="left over"):
        check(IDEMPOTENT, certificate, EXTENSIONS)


def test_a_certificate_does_not_serve_a_goal_with_another_hypothesis():
    state = state_of(IDEMPOTENT)
    steps = tuple(steps_for_idempotent(state))
    other = goal(product(A, A, A), A, given=[(product(A, A), B)])
    with pytest.raises(RefusedError):
        check(other, Certificate((), steps), EXTENSIONS)


def test_a_false_goal_stays_open_whatever_multiples_are_added():
    claim = goal(product(A, A), A, given=[(product(A, A, A), A)])
    state = state_of(claim)
    i, j = free(state)
    for coefficient in (ONE, -ONE, Fraction(1, 2)):
        state.apply(cofactor(Given(0), ((i,), (j,)), coefficient))
        state.apply(cofactor(Given(0), ((j,), (i,)), coefficient))
    collected(state)
    assert state.term


# --- what a step may name ---------------------------------------------------------------------


def test_a_hypothesis_that_the_goal_does_not_have_is_refused():
    state = state_of(IDEMPOTENT)
    i, j = free(state)
    assert "does not have" in refusal(state, cofactor(Given(1), ((i,), (j,))))
    assert "does not have" in refusal(state, cofactor(Given(-1), ((i,), (j,))))


def test_a_slot_of_another_size_is_refused():
    claim = goal(product(R, A), R, given=[(A, Identity(n))])
    state = state_of(claim)
    i, j = free(state)
    assert state.scope.sizes[i] == m
    state.apply(cofactor(Given(0), ((j,), (j,))))
    assert "another size" in refusal(state, cofactor(Given(0), ((i,), (j,))))
    assert "another size" in refusal(state, cofactor(Given(0), ((i, j), (j,))))
    local = cofactor(Given(0), ((LOCAL,), (j,)), sizes=(m,))
    assert "another size" in refusal(state, local)


def test_the_number_of_slots_has_to_be_right():
    state = state_of(IDEMPOTENT)
    i, j = free(state)
    assert "number of slots" in refusal(state, cofactor(Given(0), ((i,),)))
    assert "number of slots" in refusal(state, cofactor(Given(0), ((i,), (j,), (j,))))


def test_a_position_that_may_lie_beyond_the_axis_is_refused():
    entry = nodes.Component(x, Integer(7), Integer(1))
    claim = goal(entry, Integer(1), given=[(x, sympy.OneMatrix(n, 1))])
    state = state_of(claim)
    refusal(state, cofactor(Given(0), ((-9,), ())))
    state.apply(cofactor(Given(0), ((-7,), ()), -ONE))
    collected(state)
    assert state.term == ()


def test_an_index_from_elsewhere_is_refused():
    state = state_of(IDEMPOTENT)
    i, j = free(state)
    bound = next(iter(state.term[0].bound))
    strange = Atom(A, ((bound,), (j,)))
    assert "not there" in refusal(state, cofactor(Given(0), ((i,), (j,)), factors=(strange,)))
    assert "not there" in refusal(state, cofactor(Given(0), ((bound,), (j,))))
    late = Atom(A, ((LOCAL + 1,), (j,)))
    step = cofactor(Given(0), ((i,), (j,)), factors=(late,), sizes=(n,))
    assert "not there" in refusal(state, step)


@pytest.mark.parametrize("size", [n - 1, Integer(0), -n, n / 2, "n", None])
def test_an_index_whose_size_is_none_is_refused(size):
    state = state_of(IDEMPOTENT)
    i, j = free(state)
    step = cofactor(Given(0), ((i,), (j,)), factors=(Atom(A, ((LOCAL,), (LOCAL,))),), sizes=(size,))
    assert "no size" in refusal(state, step)


def whole(index, inner=LOCAL + 1):
    """L(argument) with a parameter of its own."""
    function = nodes.function_symbol("L", ((n, Integer(1)),))
    body = (Monomial(ONE, frozenset(), (Atom(x, ((inner,), ())),)),)
    return Value(function, (), (), (Abstraction(((index,), ()), body),))


def test_a_context_that_binds_an_index_twice_is_refused():
    state = state_of(IDEMPOTENT)
    i, j = free(state)
    twice = (whole(LOCAL, LOCAL), whole(LOCAL, LOCAL))
    step = cofactor(Given(0), ((i,), (j,)), factors=twice, sizes=(n,))
    assert "twice" in refusal(state, step)
    beside = (whole(LOCAL, LOCAL), Atom(A, ((LOCAL,), (j,))))
    step = cofactor(Given(0), ((i,), (j,)), factors=beside, sizes=(n,))
    assert "twice" in refusal(state, step)
    at_slot = cofactor(Given(0), ((LOCAL,), (j,)), factors=(whole(LOCAL, LOCAL),), sizes=(n,))
    assert "twice" in refusal(state, at_slot)
    visible = cofactor(Given(0), ((i,), (j,)), factors=(whole(i, i),))
    assert "twice" in refusal(state, visible)


def test_any_context_at_all_adds_nothing():
    state = state_of(IDEMPOTENT)
    i, j = free(state)
    factors = (Atom(R, ((LOCAL,), (j,))), Delta((i,), (j,)), whole(LOCAL + 1))
    for sign in (ONE, -ONE):
        state.apply(cofactor(Given(0), ((i,), (j,)), sign, factors, (m, n)))
    collected(state)
    assert sorted(map(len, (term.factors for term in state.term))) == [1, 3]


def test_an_unknown_equation_is_refused():
    state = state_of(IDEMPOTENT)
    assert "unknown" in refusal(state, cofactor(object(), ()))


# --- inverses and reciprocals -----------------------------------------------------------------


def test_an_inverse_has_its_laws_only_under_its_condition():
    claim = goal(product(A, Inverse(A)), Identity(n), conditions=[("invertible", A)])
    for law in (Law("inverse", (0, False)), Law("inverse", (0, True))):
        state = state_of(claim)
        i, j = free(state)
        state.apply(cofactor(law, ((i,), (j,)), -ONE))
        collected(state)
        assert (state.term == ()) == (not law.arguments[1])
    without = goal(product(A, Inverse(A)), Identity(n))
    assert "condition" in refusal(
        state_of(without), cofactor(Law("inverse", (0, False)), ((1,), (2,)))
    )


@pytest.mark.parametrize(
    ("kind", "node"),
    [
        ("positive-semidefinite", A),
        ("nonzero", A),
        ("full-column-rank", A),
        ("differentiable", A),
        ("invertible", R),
        ("invertible", c),
    ],
)
def test_a_condition_that_says_something_else_gives_no_inverse(kind, node):
    claim = goal(product(A, Inverse(A)), Identity(n), conditions=[(kind, node)])
    state = state_of(claim)
    assert "not the condition" in refusal(state, cofactor(Law("inverse", (0, False)), ((1,), (2,))))


@pytest.mark.parametrize("kind", ["nonnegative", "invertible", "range", "differentiable"])
def test_a_condition_that_says_something_else_gives_no_reciprocal(kind):
    claim = goal(sympy.Pow(c, -1), d, conditions=[(kind, c)])
    assert "not the condition" in refusal(state_of(claim), cofactor(Law("reciprocal", (0,)), ()))


def test_obligations_come_after_conditions():
    claim = goal(
        product(B, Inverse(B)),
        Identity(n),
        conditions=[("positive", c)],
        obligations=[("invertible", B)],
    )
    state = state_of(claim)
    i, j = free(state)
    state.apply(cofactor(Law("inverse", (1, False)), ((i,), (j,)), -ONE))
    collected(state)
    assert state.term == ()


def test_a_singular_matrix_has_no_inverse_law_to_cancel_it_with():
    # A x = 0 does not give x = 0
    claim = goal(x, sympy.ZeroMatrix(n, 1), given=[(product(A, x), sympy.ZeroMatrix(n, 1))])
    assert prove(claim)[0] is None
    invertible = goal(
        x,
        sympy.ZeroMatrix(n, 1),
        given=[(product(A, x), sympy.ZeroMatrix(n, 1))],
        conditions=[("invertible", A)],
    )
    assert prove(invertible)[0] is not None


@pytest.mark.parametrize(
    ("size", "counts"),
    [
        (n, True),
        (2 * n + 1, True),
        (n * m, True),
        (n - 1, False),
        (n / 2, False),
        (Integer(0), False),
        (c, False),
        (sympy.Pow(n, -1), False),
    ],
)
def test_only_sizes_are_never_zero(size, counts):
    assert nodes.is_count(size) == counts
    state = state_of(goal(c, d))
    if counts:
        state.apply(cofactor(Law("size", (size,)), ()))
    else:
        assert "no size" in refusal(state, cofactor(Law("size", (size,)), ()))


# --- A B = I gives B A = I --------------------------------------------------------------------


def test_a_square_right_inverse_is_a_left_inverse():
    claim = goal(product(B, A), Identity(n), given=[(product(A, B), Identity(n))])
    state = state_of(claim)
    i, j = free(state)
    state.apply(cofactor(Law("exchanged", (0, 1)), ((i,), (j,)), -ONE))
    collected(state)
    assert state.term == ()


@pytest.mark.parametrize(
    ("left", "right", "cut"),
    [
        (product(Transpose(R), R), Identity(n), 1),  # R is not square
        (product(A, B), A, 1),  # not the identity
        (product(A, B), Identity(n), 0),
        (product(A, B), Identity(n), 2),
        (A, Identity(n), 1),  # no product
        (product(c, A, B), Identity(n), 1),  # a number among the factors
        (sympy.HadamardProduct(A, B), Identity(n), 1),
    ],
)
def test_nothing_else_can_be_exchanged(left, right, cut):
    claim = goal(product(B, A), Identity(n), given=[(left, right)])
    state = state_of(claim)
    i, j = free(state)
    assert "not A B = I" in refusal(state, cofactor(Law("exchanged", (0, cut)), ((i,), (j,))))


def test_orthonormal_columns_are_not_orthonormal_rows():
    claim = goal(product(R, Transpose(R)), Identity(m), given=[(product(R.T, R), Identity(n))])
    assert prove(claim)[0] is None


# --- √t = r gives t = r² ----------------------------------------------------------------------


def test_a_root_that_is_given_gives_a_square():
    length = sympy.Pow(nodes.MatrixScalar(product(x.T, x)), sympy.Rational(1, 2))
    for given in ((length, c), (c, length)):
        claim = goal(nodes.MatrixScalar(product(x.T, x)), c * c, given=[given])
        state = state_of(claim)
        state.apply(cofactor(Law("square-of-root", (0,)), (), -ONE))
        collected(state)
        assert state.term == ()
        assert prove(claim)[0].hypotheses == (0,)


@pytest.mark.parametrize("root", [c, c**2, sympy.Pow(c, -1), sympy.Pow(c, sympy.Rational(-1, 2))])
def test_nothing_else_is_squared(root):
    state = state_of(goal(c, d, given=[(root, d)]))
    assert "not √t = r" in refusal(state, cofactor(Law("square-of-root", (0,)), ()))


# --- index variables --------------------------------------------------------------------------

k = nodes.index_variable("k", n)
ENTRY = nodes.Component(x, k, Integer(1))
OTHER = nodes.Component(x, nodes.index_variable("l", n), Integer(1))


def test_a_free_index_variable_means_for_all():
    claim = goal(OTHER, c, given=[(ENTRY, c)])
    assert prove(claim)[0] is not None


def test_a_free_index_variable_needs_a_value_of_its_size():
    state = state_of(goal(OTHER, c, given=[(ENTRY, c)]))
    (free_index,) = free(state)
    assert "no value" in refusal(state, cofactor(Given(0), ()))
    wrong = cofactor(Given(0), (), sizes=(m,), indices=((k, (LOCAL,)),))
    assert "another size" in refusal(state, wrong)
    state.apply(cofactor(Given(0), (), -ONE, indices=((k, (free_index,)),)))


def test_what_the_step_itself_needs_is_about_its_own_index():
    # 1 / x_k is claimed at one k only; nothing is said of the other entries
    claim = goal(
        sympy.Mul(ENTRY, sympy.Pow(OTHER, -1), OTHER, evaluate=False),
        ENTRY,
        obligations=[("nonzero", ENTRY)],
    )
    state = state_of(claim)
    slots = {str(v.name): s for v, s in state.lowering.named.items()}
    step = cofactor(Law("reciprocal", (0,)), (), indices=((k, slots["l"]),))
    assert "goal's own" in refusal(state, step)


def test_a_name_whose_definition_shows_the_index_keeps_it():
    # x_k = t with t = y_k is about each k by itself, not x_l = y_k
    t = nodes.scalar_symbol("t")
    y = nodes.Component(MatrixSymbol("y", n, 1), k, Integer(1))
    claim = goal(OTHER, t, given=[(ENTRY, t)], definitions={t: y})
    assert prove(claim)[0] is None
    same = goal(ENTRY, t, given=[(ENTRY, t)], definitions={t: y})
    assert prove(same)[0] is not None


# --- derivatives come first -------------------------------------------------------------------


def gradient(function, variable):
    derivative = nodes.TensorDerivative(function, variable, variable, sympy.Tuple())
    return nodes.arranged(derivative, (0, 1))


def test_a_hypothesis_is_never_used_below_a_derivative():
    symmetric = [(A, Transpose(A))]
    claim = goal(gradient(Trace(product(B, A)), A), Transpose(B), given=symmetric)
    assert prove(claim)[0] is not None
    assert prove(goal(claim.lhs, B, given=symmetric))[0] is None
    # on what a derivative has left, it is used
    quadratic = Trace(product(B, A, A))
    both = sympy.MatAdd(product(A.T, B.T), product(B.T, A.T))
    plain = sympy.MatAdd(product(A, B.T), product(B.T, A))
    assert prove(goal(gradient(quadratic, A), both))[0] is not None
    assert prove(goal(gradient(quadratic, A), plain))[0] is None
    assert prove(goal(gradient(quadratic, A), plain, given=symmetric))[0] is not None


# --- lemmas -----------------------------------------------------------------------------------

A_AT = ((Fraction(1), (Atom(A, ((LOCAL,), (LOCAL + 1,))),), ()),)


def test_a_lemma_is_an_equation_once_it_is_proved():
    zero = goal(product(B, A), sympy.ZeroMatrix(n, n), given=[(A, sympy.ZeroMatrix(n, n))])
    state = state_of(zero)
    lemma = Lemma((n, n), A_AT, ())
    inner = state.supposing(lemma)
    r, s = inner.statement.ports
    step = cofactor(Given(0), ((r,), (s,)), -ONE)
    inner.apply(step)
    own = (step, *collected(inner))
    state.admit(inner)
    i, j = free(state)
    use = cofactor(Proved(0), ((LOCAL,), (j,)), -ONE, (Atom(B, ((i,), (LOCAL,))),), (n,))
    state.apply(use)
    end = collected(state)
    assert state.term == ()
    certificate = Certificate((), (Lemma((n, n), A_AT, own), use, *end))
    check(zero, certificate, EXTENSIONS)
    assert certificate.hypotheses == (0,)


def test_a_lemma_that_is_not_proved_is_refused():
    state = state_of(goal(B, A))
    assert "left over" in refusal(state, Lemma((n, n), A_AT, ()))
    assert "not proved" in refusal(state, cofactor(Proved(0), ((1,), (2,))))
    with pytest.raises(RefusedError):
        state.admit(state)


def test_a_lemma_is_proved_by_multiples_and_cancelling_only():
    state = state_of(goal(B, A))
    for step in (Lemma((n, n), A_AT, ()), object()):
        assert "may be" in refusal(state, Lemma((n, n), A_AT, (step,)))
    refusal(state, Lemma((n, n), A_AT, (Cancel((), 0, 0, ()),)))


def test_a_lemma_cannot_bind_its_ports():
    state = state_of(goal(B, A))
    parts = ((Fraction(1), (whole(LOCAL, LOCAL),), ()),)
    assert "binds its ports" in refusal(state, Lemma((n,), parts, ()))


def test_a_port_has_a_size():
    state = state_of(goal(B, A))
    for size in (None, n - 1, sympy.Integer(0), c):
        assert "a port has no size" in refusal(state, Lemma((n, size), A_AT, ()))


def test_a_lemma_cannot_use_itself():
    state = state_of(goal(B, A))
    inner = state.supposing(Lemma((n, n), A_AT, ()))
    r, s = inner.statement.ports
    assert "not proved" in refusal(inner, cofactor(Proved(0), ((r,), (s,)), -ONE))


def test_a_lemma_holds_at_equal_ports_too():
    # δ_rs - δ_sr is empty; at r = s nothing changes
    state = state_of(goal(Trace(B), c))
    statement = (
        (Fraction(1), (Delta((LOCAL,), (LOCAL + 1,)), Atom(x, ((LOCAL,), ()))), ()),
        (Fraction(-1), (Delta((LOCAL,), (LOCAL + 1,)), Atom(x, ((LOCAL + 1,), ()))), ()),
    )
    inner = state.supposing(Lemma((n, n), statement, ()))
    steps = collected(inner)
    assert inner.term == ()
    state.apply(Lemma((n, n), statement, tuple(steps)))
    before = state.term
    state.apply(cofactor(Proved(0), ((LOCAL,), (LOCAL,)), ONE, (), (n,)))
    collected(state)
    assert state.term == before
