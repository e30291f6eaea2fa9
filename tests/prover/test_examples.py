"""Examples of hypotheses and conditions: each kind is drawn, and checked by its own definition."""

from __future__ import annotations

import itertools

import pytest
import sympy
from flint import fmpq
from sympy import HadamardProduct, Identity, Integer, MatrixSymbol, OneMatrix, Trace, ZeroMatrix
from sympy.core.symbol import Str

from derivcheck.algebra import arrays, nodes
from derivcheck.algebra.arrays import Array, matrix
from derivcheck.algebra.goal import Condition, Goal, Hypothesis
from derivcheck.prover.dense import Evaluator
from derivcheck.prover.exact.assignment import Assignment, Family
from derivcheck.prover.exact.constraints import all_hold, constraints_of, holds
from derivcheck.prover.exact.matrices import GENERATORS, POOLS, Draw
from derivcheck.prover.exact.names import Structure
from derivcheck.prover.exact.sizes import size_schedule
from derivcheck.prover.examples import Sampler, seeded

m, n, p = (nodes.size_symbol(letter) for letter in "mnp")
A, B, C = (MatrixSymbol(letter, n, n) for letter in "ABC")
X, Y = MatrixSymbol("X", m, n), MatrixSymbol("Y", n, m)
v, w = MatrixSymbol("v", n, 1), MatrixSymbol("w", n, 1)
y = MatrixSymbol("y", m, 1)
c = nodes.scalar_symbol("c")
identity = Identity(n)
dot = nodes.MatrixScalar(v.T * v)


def given(lhs, rhs) -> Hypothesis:
    return Hypothesis(lhs, rhs, f"{lhs} = {rhs}", 1)


def condition(kind, node, *values) -> Condition:
    return Condition(kind, node, f"{node} {kind}", 1, values)


def goal(*parts, about=(A,)) -> Goal:
    """A goal that mentions some names and assumes the parts."""
    total = sum(
        (
            nodes.MatrixScalar(OneMatrix(1, q.shape[0]) * q * OneMatrix(q.shape[1], 1))
            for q in about
        ),
        Integer(0),
    )
    return Goal(
        total,
        Integer(0),
        hypotheses=tuple(q for q in parts if isinstance(q, Hypothesis)),
        conditions=tuple(q for q in parts if isinstance(q, Condition)),
    )


def draws(for_goal: Goal, count: int = 4, pool: str = "generic") -> list[Assignment]:
    """Examples at the first few sizes that have any."""
    sampler = Sampler.of(for_goal)
    found = []
    for number, (sizes, _) in enumerate(itertools.islice(size_schedule(len(sampler.sizes)), 10)):
        named = dict(zip(sampler.sizes, sizes, strict=True))
        example, reason = sampler.draw(named, f"seed/{number}", pool)
        assert example is not None or reason
        if example is not None:
            found.append(example)
    return found[:count]


KINDS = {
    "symmetric": (goal(given(A, A.T)), 4),
    "symmetric, the other way round": (goal(given(A.T, A)), 4),
    "skew": (goal(given(A.T, -A)), 3),
    "diagonal": (goal(given(HadamardProduct(A, identity), A)), 4),
    "orthogonal": (goal(given(A.T * A, identity)), 3),
    "orthogonal by rows": (goal(given(A * A.T, identity)), 3),
    "orthogonal and symmetric": (goal(given(A.T * A, identity), given(A, A.T)), 3),
    "orthonormal columns": (goal(given(X.T * X, identity), about=(X,)), 3),
    "idempotent": (goal(given(A * A, A)), 3),
    "idempotent and symmetric": (goal(given(A**2, A), given(A, A.T)), 3),
    "square zero": (goal(given(A * A, ZeroMatrix(n, n))), 3),
    "involution": (goal(given(A * A, identity)), 3),
    "commuting": (goal(given(A * B, B * A), about=(A, B)), 3),
    "unit vector": (goal(given(dot, Integer(1)), about=(v,)), 3),
    "norm one": (goal(given(sympy.sqrt(dot), Integer(1)), about=(v,)), 3),
    "eigenvector": (goal(given(A * v, c * v), about=(A, v)), 3),
    "eigenvector of a symmetric matrix": (
        goal(given(A * v, c * v), given(A, A.T), given(dot, Integer(1)), about=(A, v)),
        3,
    ),
    "normal equations": (goal(given(X.T * X * w, X.T * y), about=(w,)), 4),
    "a product equal to a name": (goal(given(A * B * X.T, Y), about=(A, B)), 4),
    "pseudo-inverse": (
        goal(
            given(X * Y * X, X),
            given(Y * X * Y, Y),
            given((X * Y).T, X * Y),
            given((Y * X).T, Y * X),
            about=(X, Y),
        ),
        4,
    ),
    "two-sided inverse": (goal(given(A * B, identity), about=(A, B)), 3),
    "Sylvester": (goal(given(A * X.T + X.T * MatrixSymbol("D", m, m), Y), about=(X,)), 4),
    "Lyapunov": (goal(given(A * B + B * A.T, C), given(C, C.T), about=(B,)), 3),
    "positive definite": (goal(condition("positive-definite", A)), 3),
    "positive definite and symmetric": (goal(condition("positive-definite", A), given(A, A.T)), 3),
    "positive semidefinite": (goal(condition("positive-semidefinite", A)), 3),
    "invertible": (goal(condition("invertible", A)), 3),
    "nonzero": (goal(condition("nonzero", v), about=(v,)), 3),
    "zeros and ones": (goal(condition("range", v, 0, 1), about=(v,)), 3),
    "probabilities": (
        goal(
            condition("positive", v),
            given(nodes.MatrixScalar(OneMatrix(1, n) * v), Integer(1)),
            about=(v,),
        ),
        3,
    ),
    "positive number": (goal(condition("positive", c), about=(c * A,)), 3),
    "full column rank": (goal(condition("full-column-rank", X), about=(X,)), 3),
    "full row rank": (goal(condition("full-row-rank", X), about=(X,)), 3),
    "traceless": (goal(given(Trace(A), Integer(0))), 3),
    "fixed by a projection": (goal(given(A * A, A), given(A * v, v), about=(A, v)), 3),
}


@pytest.mark.parametrize("name", KINDS)
def test_examples_of_each_kind_are_found_and_hold_exactly(name):
    for_goal, least = KINDS[name]
    found = draws(for_goal)
    assert len(found) >= min(least, 3)
    constraints, _ = constraints_of(for_goal, Structure({}))
    for example in found:
        assert all_hold(constraints, Evaluator(Structure({}), example))


@pytest.mark.parametrize("name", KINDS)
def test_simple_pools_give_examples_too(name):
    assert draws(KINDS[name][0], pool="small")


def test_examples_are_as_general_as_what_is_given():
    largest = max(draws(KINDS["symmetric"][0]), key=lambda e: e.sizes[n]).values[A]
    assert largest == arrays.transpose(largest)
    assert any(x for k, x in enumerate(largest.entries) if k % (largest.shape[0] + 1))
    commuting = max(draws(KINDS["commuting"][0]), key=lambda e: e.sizes[n]).values
    assert commuting[A] != arrays.transpose(commuting[A])
    nilpotent = max(draws(KINDS["square zero"][0]), key=lambda e: e.sizes[n]).values[A]
    assert any(nilpotent.entries)


def test_a_constraint_can_fail():
    structure = Structure({})
    constraints, _ = constraints_of(KINDS["symmetric"][0], structure)
    skewed = Assignment(sizes={n: 2}, values={A: matrix([[1, 2], [3, 4]]).map(fmpq)})
    assert not all_hold(constraints, Evaluator(structure, skewed))


@pytest.mark.parametrize(
    ("kind", "node_value", "expected"),
    [
        ("invertible", [[1, 2], [2, 4]], False),
        ("invertible", [[1, 2], [2, 5]], True),
        ("positive-definite", [[2, 1], [1, 2]], True),
        ("positive-definite", [[1, 2], [2, 1]], False),
        ("positive-definite", [[2, 1], [0, 2]], False),
        ("positive-semidefinite", [[1, 1], [1, 1]], True),
        ("positive-semidefinite", [[0, 0], [0, -1]], False),
        ("positive", [[1, 1], [1, 0]], False),
        ("nonnegative", [[1, 1], [1, 0]], True),
        ("nonzero", [[1, 1], [1, 0]], False),
        ("full-column-rank", [[1, 2], [2, 4]], False),
        ("full-row-rank", [[1, 2], [2, 5]], True),
        ("range", [[1, 1], [1, 0]], True),
        ("range", [[1, 1], [1, 2]], False),
        ("differentiable", [[1, 1], [1, 2]], True),
    ],
)
def test_conditions_by_their_definition(kind, node_value, expected):
    structure = Structure({})
    example = Assignment(sizes={n: 2}, values={A: matrix(node_value).map(fmpq)})
    constraints, _ = constraints_of(goal(condition(kind, A, 0, 1)), structure)
    assert holds(constraints[0], Evaluator(structure, example)) is expected


def test_an_unknown_kind_of_condition_is_not_satisfied():
    sampler = Sampler.of(goal(condition("self-adjoint-ish", A)))
    example, reason = sampler.draw({n: 2}, "seed")
    assert example is None
    assert "self-adjoint-ish" in reason


def test_contradictory_hypotheses_have_no_example():
    sampler = Sampler.of(goal(given(A, A + identity)))
    example, reason = sampler.draw({n: 2}, "seed")
    assert example is None
    assert "no values found" in reason
    both = Sampler.of(goal(given(A.T, -A), condition("positive-definite", A)))
    assert both.draw({n: 2}, "seed")[0] is None


def test_orthonormal_columns_need_at_least_as_many_rows():
    sampler = Sampler.of(KINDS["orthonormal columns"][0])
    assert sampler.draw({m: 2, n: 3}, "seed")[0] is None
    assert sampler.draw({m: 3, n: 2}, "seed")[0] is not None


def test_a_ball_never_makes_an_equation_true():
    exponential = nodes.ScalarFunction(nodes.function_symbol("exp"), Integer(0), c)
    sampler = Sampler.of(goal(given(exponential, Integer(2)), about=(c * A,)))
    assert sampler.draw({n: 2}, "seed")[0] is None
    sampler = Sampler.of(goal(given(exponential, Integer(1)), about=(c * A,)))
    example, _ = sampler.draw({n: 2}, "seed")
    assert example is not None
    assert example.values[c] == Array((), [0])


def test_hypotheses_about_a_function_move_its_coefficients():
    f = nodes.function_symbol("f", ((n, nodes.ONE),))
    slope = nodes.arranged(
        nodes.TensorDerivative(nodes.ScalarValue(f, v), v, v, sympy.Tuple()), (0, -1)
    )
    stationary = goal(given(slope, ZeroMatrix(n, 1)), about=(v,))
    example = draws(stationary)[0]
    structure = Structure({})
    assert not any(Evaluator(structure, example).value(slope).entries)
    assert f in example.functions


def test_hypotheses_about_a_family_hold_for_every_member():
    i, j = nodes.index_variable("i", m), nodes.index_variable("j", m)
    x_i = nodes.MatrixMember(Str("x"), n, Integer(1), i)
    x_j = nodes.MatrixMember(Str("x"), n, Integer(1), j)
    orthonormal = given(nodes.MatrixScalar(x_i.T * x_j), nodes.Delta(i, j))
    sampler = Sampler.of(goal(orthonormal, about=(nodes.summation(x_i, i),)))
    example, reason = sampler.draw({m: 2, n: 3}, "seed")
    assert example is not None, reason
    columns = [example.members[Family("x", nodes.MatrixMember, 1), (k,)] for k in (1, 2)]
    gram = [[arrays.product(arrays.transpose(s), t).entries[0] for s in columns] for t in columns]
    assert gram == [[1, 0], [0, 1]]


def test_weights_of_a_family_that_sum_to_one():
    k = nodes.index_variable("k", m)
    weight = nodes.ScalarMember(Str("q"), k)
    sampler = Sampler.of(
        Goal(
            nodes.summation(weight**2, k),
            Integer(0),
            hypotheses=(given(nodes.summation(weight, k), Integer(1)),),
        )
    )
    example, _ = sampler.draw({m: 3}, "seed")
    assert example is not None
    assert sum((a.entries[0] for a in example.members.values()), fmpq(0)) == 1


def test_only_what_is_connected_with_the_goal_gets_a_value():
    sampler = Sampler.of(goal(given(A * B, C), given(X, X + X)))
    assert set(sampler.unknowns) == {A, B, C}
    example, _ = sampler.draw({n: 2}, "seed")
    assert example is not None
    assert set(example.values) == {A, B, C}


def test_definitions_are_expanded_in_hypotheses():
    defined = Goal(
        Trace(A),
        Integer(0),
        definitions={A: B * B.T},
        conditions=(condition("invertible", A),),
    )
    sampler = Sampler.of(defined)
    assert set(sampler.unknowns) == {B}
    assert sampler.draw({n: 3}, "seed")[0] is not None


def test_conditions_on_sizes_select_sizes():
    sampler = Sampler.of(goal(condition("positive", m - n), about=(X,)))
    assert sampler.draw({m: 2, n: 3}, "seed")[0] is None
    assert sampler.draw({m: 3, n: 2}, "seed")[0] is not None


def test_symbols_keep_the_sign_that_they_declare():
    positive = sympy.Symbol("r", positive=True)
    for number in range(20):
        example, _ = Sampler.of(goal(about=(positive * A,))).draw({n: 1}, str(number))
        assert example is not None
        assert example.values[positive].entries[0] > 0


def test_draws_depend_on_the_seed_alone():
    for_goal = KINDS["commuting"][0]
    first, second = (Sampler.of(for_goal).draw({n: 3}, "one")[0] for _ in range(2))
    other = Sampler.of(for_goal).draw({n: 3}, "two")[0]
    assert first.values == second.values
    assert first.values != other.values
    assert seeded("a", 1).getrandbits(32) != seeded("a", 2).getrandbits(32)


def test_sizes_are_pairwise_different_first():
    for count in range(1, 6):
        schedule = list(itertools.islice(size_schedule(count), 30))
        assert len(set(schedule)) == len(schedule)
        assert schedule[0] == (tuple(range(2, count + 2)), True)
        assert all(len(set(sizes)) == count for sizes, different in schedule if different)
    assert ((2, 2), False) in list(size_schedule(2))
    assert ((1, 1), False) in list(size_schedule(2))


PROPERTIES = {
    "symmetric": lambda a, t, one: a == t,
    "skew": lambda a, t, one: a == arrays.scale(-1, t),
    "orthonormal-columns": lambda a, t, one: arrays.product(t, a) == one,
    "orthonormal-rows": lambda a, t, one: arrays.product(a, t) == one,
    "idempotent": lambda a, t, one: arrays.product(a, a) == a,
    "projection": lambda a, t, one: arrays.product(a, a) == a == t,
    "nilpotent": lambda a, t, one: not any(arrays.product(a, a).entries),
    "involution": lambda a, t, one: arrays.product(a, a) == one,
    "symmetric-orthogonal": lambda a, t, one: arrays.product(a, a) == one and a == t,
    "imaginary": lambda a, t, one: arrays.product(a, a) == arrays.scale(-1, one),
    "permutation": lambda a, t, one: arrays.product(a, t) == one,
}


@pytest.mark.parametrize("size", [2, 3, 4])
@pytest.mark.parametrize("kind", PROPERTIES)
def test_generators_give_what_their_names_say(kind, size):
    one = arrays.identity(size)
    found = 0
    for seed in range(6):
        a = GENERATORS[kind](Draw(seeded(seed), POOLS["generic"]), size, size)
        if a is not None:
            found += 1
            assert PROPERTIES[kind](a, arrays.transpose(a), one)
    assert found or (kind == "imaginary" and size % 2)
    assert not PROPERTIES[kind](
        arrays.matrix([[7] * size] * (size - 1) + [[5] * size]),
        arrays.matrix([[7] * size] * size),
        one,
    )
