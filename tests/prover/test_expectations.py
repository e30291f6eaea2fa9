"""Expectations by exact evaluation, against plain sums over finite distributions."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import pytest
import sympy
from flint import fmpq
from sympy import Integer, MatMul, Transpose

from derivcheck.algebra import nodes
from derivcheck.algebra.arrays import Array
from derivcheck.algebra.randomness import (
    ANY,
    ENTRIES,
    GAUSSIAN,
    distribution,
    expectation,
    random_variable,
)
from derivcheck.prover.dense import Evaluator
from derivcheck.prover.exact.assignment import Assignment
from derivcheck.prover.exact.duals import UndefinedError, UnsupportedError
from derivcheck.prover.exact.moments import factored, moment_of
from derivcheck.prover.exact.names import Structure, free_names
from derivcheck.prover.exact.polynomials import Polynomial

n = nodes.size_symbol("n")
x = nodes.value_symbol("x", (n, nodes.ONE))
y = nodes.value_symbol("y", (n, nodes.ONE))
m = nodes.value_symbol("m", (n, nodes.ONE))
M = nodes.value_symbol("M", (n, n))
A = nodes.value_symbol("A", (n, n))

MEAN = [1, -2]
COVARIANCE = [[4, 2], [2, 3]]
MATRIX = [[1, 2], [3, -1]]


def over(law: str = ANY) -> sympy.Basic:
    return distribution((random_variable(x, m, law),), ((M,),), ())


def value(node: sympy.Basic) -> Array:
    values = {
        m: Array((2, 1), [fmpq(v) for v in MEAN]),
        M: Array((2, 2), [fmpq(v) for row in COVARIANCE for v in row]),
        A: Array((2, 2), [fmpq(v) for row in MATRIX for v in row]),
    }
    return Evaluator(Structure({}), Assignment(sizes={n: 2}, values=values)).value(node)


def points() -> list[tuple[Fraction, list[Fraction]]]:
    """Return the distribution that exact evaluation takes: x = m + L z with z_k = 1 or 2, or less."""
    found = []
    for choice in itertools.product((0, 1), repeat=2):
        weight, z = Fraction(1), []
        for k, (pick, variance) in enumerate(zip(choice, (4, 2), strict=True)):
            top = Fraction(1 + k)
            bottom = Fraction(variance) / top
            weight *= (bottom if pick else top) / (top + bottom)
            z.append(top if pick else -bottom)
        found.append((weight, [MEAN[0] + z[0], MEAN[1] + z[0] / 2 + z[1]]))
    return found


def test_the_points_have_the_moments_that_are_given() -> None:
    assert sum(w for w, _ in points()) == 1
    for i in range(2):
        assert sum(w * p[i] for w, p in points()) == MEAN[i]
        for j in range(2):
            product = sum(w * (p[i] - MEAN[i]) * (p[j] - MEAN[j]) for w, p in points())
            assert product == COVARIANCE[i][j]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_an_expectation_is_the_sum_over_all_points(count: int) -> None:
    form = nodes.MatrixScalar(MatMul(Transpose(x), A, x))
    found = value(expectation(sympy.Mul(*[form] * count, evaluate=False), over()))

    def at(p: list[Fraction]) -> Fraction:
        return sum(MATRIX[i][j] * p[i] * p[j] for i in range(2) for j in range(2)) ** count

    expected = sum(w * at(p) for w, p in points())
    assert found.entries == [fmpq(expected.numerator, expected.denominator)]


def test_gaussian_moments_are_the_double_factorials() -> None:
    for k in range(9):
        expected = 0 if k % 2 else 3 ** (k // 2) * math.prod(range(k - 1, 0, -2))
        assert moment_of(GAUSSIAN, fmpq(3), 0, k) == expected


def test_variables_outside_of_the_expectation_are_free_names() -> None:
    structure = Structure({})
    body = MatMul(x, Transpose(y))
    assert free_names([expectation(body, over())], structure) == {y, m, M, n}
    assert x in free_names([MatMul(x, Transpose(expectation(body, over())))], structure)


@pytest.mark.parametrize(
    "rows", [[[1, 2], [2, 1]], [[0, 1], [1, 1]], [[1, 2], [0, 1]], [[-1]]], ids=str
)
def test_no_covariance_matrix_is_indefinite(rows: list[list[int]]) -> None:
    with pytest.raises(UndefinedError):
        factored([[fmpq(v) for v in row] for row in rows])


def test_a_singular_covariance_matrix_has_a_distribution() -> None:
    left, variances = factored([[fmpq(1), fmpq(2)], [fmpq(2), fmpq(4)]])
    assert (left, variances) == ([[1, 0], [2, 1]], [1, 0])


def test_only_polynomials_have_a_mean() -> None:
    exp = nodes.function_symbol("exp")
    first = nodes.Component(x, Integer(1), nodes.ONE)
    for body in (nodes.ScalarFunction(exp, Integer(0), first), sympy.Pow(first, -1)):
        with pytest.raises((UnsupportedError, UndefinedError)):
            value(expectation(body, over()))


def test_a_gaussian_variable_that_depends_on_another_one_is_refused() -> None:
    both = distribution(
        (random_variable(y, m, ANY), random_variable(x, m, GAUSSIAN)), ((M, M), (M,)), ()
    )
    with pytest.raises(UnsupportedError, match="Gaussian"):
        value(expectation(x, both))


def test_the_fourth_moment_of_independent_entries_is_not_known() -> None:
    entries = distribution((random_variable(x, m, ENTRIES, m),), ((M,),), ())
    with pytest.raises(UnsupportedError, match="another"):
        value(
            expectation(
                x,
                distribution(
                    (random_variable(y, m, ANY), entries.variables[0]), ((M, M), (M,)), ()
                ),
            )
        )


def test_derivatives_inside_and_outside_are_not_confused() -> None:
    form = nodes.MatrixScalar(MatMul(Transpose(x), A, x))

    def slope(body: sympy.Basic, by: sympy.Basic) -> sympy.Basic:
        return nodes.arranged(nodes.TensorDerivative(body, by, by, sympy.Tuple()), (0, -1))

    inside = value(expectation(slope(form, x), over()))
    outside = value(slope(expectation(form, over()), m))
    assert inside.entries == outside.entries == [2 * 1 + 5 * -2, 5 * 1 - 2 * -2]


def test_polynomials_multiply_and_divide_by_numbers() -> None:
    z = Polynomial(1, {(1,): fmpq(1)})
    assert ((z + 1) * (z + 1) - z * z).terms == {(1,): 2, (0,): 1}
    assert (z / fmpq(2)).terms == {(1,): fmpq(1, 2)}
    assert (fmpq(1) - z).terms == {(1,): -1, (0,): 1}
    with pytest.raises(UnsupportedError):
        _ = fmpq(1) / z
