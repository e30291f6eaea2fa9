"""Comparisons and counterexamples: certain differences, size traps, shrinking, replay."""

from __future__ import annotations

from fractions import Fraction

import pytest
from flint import arb, fmpq
from sympy import (
    Determinant,
    HadamardProduct,
    Identity,
    Integer,
    Inverse,
    KroneckerProduct,
    MatrixSymbol,
    OneMatrix,
    Trace,
    Tuple,
)

from derivcheck.algebra import nodes
from derivcheck.algebra.arrays import Array, column, matrix
from derivcheck.algebra.goal import Condition, Goal, Hypothesis
from derivcheck.prover.evidence import (
    Budget,
    compare,
    find_counterexample,
    first_difference,
    has_example,
    replayed,
)
from derivcheck.prover.exact.assignment import Assignment
from derivcheck.prover.exact.duals import UncertainError, UnsupportedError
from derivcheck.prover.exact.functions import Multivariate, Univariate
from derivcheck.prover.exact.printing import digits_apart, number_text, rows_text
from derivcheck.prover.exact.shrinking import cost, simplified

m, n, p = (nodes.size_symbol(letter) for letter in "mnp")
A, B = MatrixSymbol("A", n, n), MatrixSymbol("B", n, n)
X, W = MatrixSymbol("X", m, n), MatrixSymbol("W", m, n)
v, z, h = (MatrixSymbol(letter, n, 1) for letter in "vzh")
a, y = MatrixSymbol("a", m, 1), MatrixSymbol("y", m, 1)
c = nodes.scalar_symbol("c")
g = nodes.function_symbol("g")
L = nodes.function_symbol("L", ((m, nodes.ONE),))
one = OneMatrix(1, n)


def gradient(f, x, axes=(0, -1)):
    return nodes.arranged(nodes.TensorDerivative(f, x, x, Tuple()), axes)


def of(name, argument, order=0):
    return nodes.Elementwise(nodes.function_symbol(name), Integer(order), argument)


def at(name, argument, order=0):
    return nodes.ScalarFunction(nodes.function_symbol(name), Integer(order), argument)


def given(lhs, rhs):
    return Hypothesis(lhs, rhs, f"{lhs} = {rhs}", 1)


def condition(kind, node):
    return Condition(kind, node, f"{node} {kind}", 1)


quadratic = nodes.MatrixScalar(v.T * A * v)
softmax_sum = nodes.MatrixScalar(one * of("exp", z))
NETWORK = {a: W * h, y: nodes.Elementwise(g, Integer(0), a)}
LOSS = nodes.ScalarValue(L, y)

TRUE = {
    "vec of a product": Goal(nodes.Vec(X * A * B), KroneckerProduct(B.T, X) * nodes.Vec(A)),
    "quadratic form": Goal(gradient(quadratic, v), (A + A.T) * v),
    "symmetric quadratic form": Goal(
        gradient(quadratic, v), 2 * A * v, hypotheses=(given(A, A.T),)
    ),
    "backpropagation": Goal(
        gradient(LOSS, W, (1, 0)), h * gradient(LOSS, a, (-1, 0)), definitions=NETWORK
    ),
    "log-sum-exp": Goal(gradient(at("log", softmax_sum), z), of("exp", z) * softmax_sum**-1),
    "log det": Goal(
        gradient(at("log", Determinant(A)), A, (0, 1)),
        Inverse(A).T,
        obligations=(condition("positive", Determinant(A)),),
    ),
    "rectifier": Goal(gradient(nodes.MatrixScalar(one * of("relu", v)), v), of("step", v)),
    "normal equations": Goal(
        v,
        Inverse(X.T * X) * X.T * y,
        hypotheses=(given(X.T * X * v, X.T * y),),
        obligations=(condition("invertible", X.T * X),),
    ),
    "square root of a square": Goal((c**2 + 1) ** Integer(1), c * c + 1),
}

FALSE = {
    "quadratic form": Goal(gradient(quadratic, v), 2 * A * v),
    "layer left out": Goal(
        gradient(LOSS, W, (1, 0)), h * gradient(LOSS, y, (-1, 0)), definitions=NETWORK
    ),
    "softmax without its sum": Goal(gradient(at("log", softmax_sum), z), of("exp", z)),
    "sigmoid is its own derivative": Goal(
        gradient(nodes.MatrixScalar(one * of("sigma", v)), v), of("sigma", v)
    ),
    "orthogonal matrices are projections": Goal(
        A * A.T, A, hypotheses=(given(A.T * A, Identity(n)),)
    ),
    "idempotent matrices are symmetric": Goal(A, A.T, hypotheses=(given(A * A, A),)),
    "commuting matrices": Goal(A * B, B.T * A, hypotheses=(given(A * B, B * A),)),
    "true at equal sizes": Goal(
        Trace(Identity(m)) * Trace(X * X.T), Trace(Identity(n)) * Trace(X * X.T)
    ),
    "degree of the size": Goal((n - 1) * (n - 2) * (n - 3) * Trace(A), Integer(0)),
    "words in two matrices": Goal(Trace(A * A * B * A * B * B), Trace(A * A * B * B * A * B)),
    "a constant": Goal(Integer(1), Integer(2)),
    "argument transposed": Goal(
        nodes.ScalarValue(nodes.function_symbol("F", ((n, n),)), A),
        nodes.ScalarValue(nodes.function_symbol("F", ((n, n),)), A.T),
    ),
    "only at size one": Goal((n - 2) * (n - 3) * (n - 4) * (n - 5) * c, Integer(0)),
}


@pytest.mark.parametrize("name", TRUE)
def test_true_goals_agree_at_pairwise_different_sizes(name):
    result = compare(TRUE[name], "seed")
    assert result.difference is None
    assert result.reason is None
    assert len(result.sizes) == 3
    assert result.pairwise_different


@pytest.mark.parametrize("name", TRUE)
def test_true_goals_have_no_counterexample(name):
    assert find_counterexample(TRUE[name], "seed", Budget(attempts=60)) is None


@pytest.mark.parametrize("seed", ["one", "two", "three"])
@pytest.mark.parametrize("name", FALSE)
def test_false_goals_have_a_counterexample(name, seed):
    found = find_counterexample(FALSE[name], seed)
    assert found is not None
    row, column_ = found.entry
    assert found.lhs[row - 1][column_ - 1] != found.rhs[row - 1][column_ - 1]


def test_generic_false_goals_differ_in_a_comparison():
    for name in ("quadratic form", "layer left out", "softmax without its sum", "a constant"):
        assert compare(FALSE[name], "seed").difference is not None


def test_traps_of_size_are_found_at_the_smallest_size_that_shows_them():
    expected = {"degree of the size": 4, "words in two matrices": 3, "only at size one": 1}
    for name, size in expected.items():
        found = find_counterexample(FALSE[name], "seed")
        assert found is not None
        assert found.sizes == {"n": size}
    found = find_counterexample(FALSE["true at equal sizes"], "seed")
    assert found is not None
    assert found.sizes == {"m": 1, "n": 2}


def test_counterexamples_are_made_small():
    found = find_counterexample(FALSE["quadratic form"], "seed")
    assert found is not None
    assert found.sizes == {"n": 2}
    entries = [entry for name in "Av" for row in found.values[name] for entry in row]
    assert sorted(entries) == ["0", "0", "0", "0", "1", "1"]
    found = find_counterexample(FALSE["degree of the size"], "seed")
    assert found is not None
    assert sorted(e for row in found.values["A"] for e in row) == ["0"] * 15 + ["1"]


def test_functions_are_shown_as_they_are_written():
    found = find_counterexample(FALSE["layer left out"], "seed")
    assert found is not None
    assert found.values["g"]["of"] == "t"
    assert set(found.values["L"]) == {"of", "is"}
    found = find_counterexample(FALSE["argument transposed"], "seed")
    assert found is not None
    assert found.values["F"]["of"] == ["u11", "u12", "u21", "u22"]


def test_numbers_that_are_not_rational_are_enclosed_far_enough_to_differ():
    found = find_counterexample(FALSE["softmax without its sum"], "seed")
    assert found is not None
    (low, high), (other_low, other_high) = (
        [Fraction(part) for part in side[0][0].strip("[]").split(", ")]
        for side in (found.lhs, found.rhs)
    )
    assert high < other_low or other_high < low


def test_counterexamples_satisfy_what_is_given():
    found = find_counterexample(FALSE["idempotent matrices are symmetric"], "seed")
    assert found is not None
    rows = [[fmpq(int(e)) for e in row] for row in found.values["A"]]
    a = matrix(rows)
    square = [[sum((r[k] * rows[k][j] for k in range(2)), fmpq(0)) for j in range(2)] for r in rows]
    assert matrix(square) == a
    assert compare(FALSE["idempotent matrices are symmetric"], "seed").difference is not None


def test_replay_refuses_what_is_no_counterexample():
    goal = FALSE["idempotent matrices are symmetric"]
    fits = Assignment(sizes={n: 2}, values={A: matrix([[1, 1], [0, 0]]).map(fmpq)})
    equal = Assignment(sizes={n: 2}, values={A: matrix([[1, 0], [0, 0]]).map(fmpq)})
    violates = Assignment(sizes={n: 2}, values={A: matrix([[1, 1], [0, 1]]).map(fmpq)})
    incomplete = Assignment(sizes={n: 2})
    assert replayed(goal, fits) is not None
    assert replayed(goal, equal) is None
    assert replayed(goal, violates) is None
    assert replayed(goal, incomplete) is None


def test_the_obligations_of_the_step_hold_at_its_counterexample():
    goal = Goal(c / c, Integer(2) * c / c - (c - 1), obligations=(condition("nonzero", c),))
    found = find_counterexample(goal, "seed")
    assert found is not None
    assert found.values["c"] != "0"


def test_a_free_index_is_part_of_the_counterexample():
    i = nodes.index_variable("i", n)
    goal = Goal(nodes.Component(v, i, Integer(1)), nodes.Component(v, Integer(1), Integer(1)))
    found = find_counterexample(goal, "seed")
    assert found is not None
    assert found.sizes == {"n": 2}
    assert found.values["i"] == "2"


def test_no_example_is_said_with_its_reason():
    goal = Goal(A, A, hypotheses=(given(A, A + Identity(n)),))
    result = compare(goal, "seed")
    assert result.sizes == ()
    assert result.reason is not None
    assert "no values found" in result.reason
    assert find_counterexample(Goal(A, 2 * A, hypotheses=goal.hypotheses), "seed") is None
    assert not has_example(goal).found


def test_examples_only_where_sizes_coincide():
    square = Goal(X, X, hypotheses=(given(m, n),))
    example = has_example(square)
    assert example.found
    assert not example.pairwise_different
    assert example.sizes["m"] == example.sizes["n"]
    anywhere = has_example(Goal(X, X))
    assert anywhere.pairwise_different
    both = (given(X.T * X, Identity(n)), given(X * X.T, Identity(m)))
    orthogonal = has_example(Goal(X, X, hypotheses=both))
    assert orthogonal.found
    assert not orthogonal.pairwise_different


def test_unsupported_goals_are_no_evidence_either_way():
    goal = Goal(MatrixSymbol("T", n, n) * 0.5, A)
    result = compare(goal, "seed")
    assert result.difference is None
    assert result.sizes == ()
    assert result.reason is not None
    assert find_counterexample(goal, "seed", Budget(attempts=5)) is None


def test_deep_networks_are_compared_by_residues():
    states = [MatrixSymbol(f"h{k}", n, 1) for k in range(65)]
    weights = [MatrixSymbol(f"W{k}", n, n) for k in range(64)]
    inner = [MatrixSymbol(f"a{k}", n, 1) for k in range(64)]
    definitions = {}
    for k in range(64):
        definitions[inner[k]] = weights[k] * states[k]
        definitions[states[k + 1]] = nodes.Elementwise(g, Integer(0), inner[k])
    loss = nodes.ScalarValue(nodes.function_symbol("L", ((n, nodes.ONE),)), states[-1])
    lhs = gradient(loss, weights[0], (1, 0))
    right = states[0] * gradient(loss, inner[0], (-1, 0))
    assert len(compare(Goal(lhs, right, definitions=definitions), "seed").sizes) == 3
    wrong = Goal(lhs, 2 * right, definitions=definitions)
    assert compare(wrong, "seed").difference is not None


def test_differences_must_be_certain():
    two = arb(2).sqrt()
    assert first_difference(column([fmpq(1), fmpq(2)]), column([fmpq(1), fmpq(3)])) == 1
    assert first_difference(column([two]), column([two])) is None
    assert first_difference(column([two]), column([fmpq(3, 2)])) == 0
    wide = column([arb(1, 0.5)])
    with pytest.raises(UncertainError):
        first_difference(wide, column([fmpq(1)]))
    assert first_difference(column([arb(1, 0.5), fmpq(1)]), column([fmpq(1), fmpq(2)])) == 1
    with pytest.raises(UnsupportedError):
        first_difference(column([1, 2]), matrix([[1, 2]]))


def test_numbers_as_text():
    assert number_text(fmpq(-3, 7)) == "-3/7"
    assert number_text(arb(2).sqrt()) == "[1.4142, 1.4143]"
    assert number_text(-arb(2).sqrt()) == "[-1.4143, -1.4142]"
    assert number_text(arb(2).sqrt(), 8) == "[1.41421356, 1.41421357]"
    assert number_text(arb(100).exp()).endswith("e+43]")
    assert number_text(arb.nan()) == "[-inf, inf]"
    assert digits_apart(arb(1), arb(1) + arb(10) ** -6) == 8
    assert digits_apart(fmpq(1), fmpq(2)) == 4
    assert rows_text(Array((1, 2, 2), [fmpq(k) for k in range(4)])) == [["0", "1", "2", "3"]]


def test_shrinking_only_makes_things_simpler():
    start = Assignment(
        sizes={n: 2},
        values={A: matrix([[5, -3], [2, 1]]).map(fmpq), c: Array((), [fmpq(3, 2)])},
        indices={nodes.index_variable("i", n): 2},
        functions={g: Univariate((1, 2, 3)), L: (Multivariate((((0, 0), 2), ((1,), 1))),)},
    )
    tried = []

    def accept(variant: Assignment) -> bool:
        tried.append(variant)
        return variant.values[A].entries[1] != 0 and variant.values[c].entries[0] != 0

    small = simplified(start, accept)
    assert small.values[A] == matrix([[0, 1], [0, 0]])
    assert small.values[c] == Array((), [1])
    assert small.functions[g] == Univariate((0, 1))
    assert small.functions[L][0].text(["u", "v"]) == "u"
    assert list(small.indices.values()) == [1]
    assert simplified(start, lambda _: False) == start
    before = sum(cost(x) for value in start.values.values() for x in value.entries)
    for variant in tried:
        after = sum(cost(x) for value in variant.values.values() for x in value.entries)
        assert after <= before
    assert [cost(fmpq(k)) for k in (0, 1, -1, 2, -2)] == [0, 1, 2, 3, 4]
    assert cost(fmpq(1, 2)) > cost(fmpq(5))


def test_evidence_depends_on_the_seed_alone():
    goal = FALSE["commuting matrices"]
    assert find_counterexample(goal, "seed") == find_counterexample(goal, "seed")
    assert compare(goal, "seed") == compare(goal, "seed")


def test_hadamard_and_kronecker_slips_are_refuted():
    swapped = Goal(KroneckerProduct(A, X), KroneckerProduct(X, A))
    found = find_counterexample(swapped, "seed")
    assert found is not None
    dressed = Goal(HadamardProduct(A, B), A * B)
    found = find_counterexample(dressed, "seed")
    assert found is not None
    assert found.sizes == {"n": 2}
