"""Unknown sizes: what binds them, what clashes, what waits."""

import pytest
from sympy import Integer

from derivcheck.algebra.nodes import ONE, size_symbol
from derivcheck.algebra.unification import Sizes, is_size, unknowns

m, n, p = (size_symbol(name) for name in "mnp")


def test_declared_sizes_are_rigid():
    sizes = Sizes()
    assert not sizes.unify(m, n)
    assert not sizes.unify(m, ONE)
    assert sizes.unify(m * n, n * m)


def test_an_unknown_takes_one_value_and_keeps_it():
    sizes = Sizes()
    unknown = sizes.unknown()
    assert sizes.unify(unknown, m * n)
    assert sizes.resolved(unknown) == m * n
    assert not sizes.unify(unknown, m)


def test_an_unknown_is_never_one():
    sizes = Sizes()
    assert not sizes.unify(sizes.unknown(), ONE)


@pytest.mark.parametrize(
    ("product", "factor", "expected"), [(m * n, m, n), (m * n * p, n, m * p), (2 * n, 2, n)]
)
def test_an_unknown_factor_is_divided_out(product, factor, expected):
    sizes = Sizes()
    unknown = sizes.unknown()
    assert sizes.unify(unknown * factor, product)
    assert sizes.resolved(unknown) == expected


@pytest.mark.parametrize(
    ("product", "factor", "expected"),
    [(n**2, 1, n), (m**2 * n**2, 1, m * n), (4 * n**2, 1, 2 * n), (p * n**2, p, n), (9, 1, 3)],
)
def test_a_square_of_an_unknown_has_one_root(product, factor, expected):
    sizes = Sizes()
    unknown = sizes.unknown()
    assert sizes.unify(factor * unknown**2, Integer(1) * product)
    assert sizes.resolved(unknown) == expected
    assert sizes.settle()


@pytest.mark.parametrize("product", [m * n, 2 * n**2, n, n**3, 8])
def test_what_has_no_root_is_not_solved(product):
    sizes = Sizes()
    unknown = sizes.unknown()
    sizes.unify(unknown**2, Integer(1) * product)
    assert sizes.resolved(unknown) == unknown
    assert not sizes.settle()


def test_an_unknown_factor_that_does_not_divide_clashes():
    sizes = Sizes()
    assert not sizes.unify(sizes.unknown() * p, m * n)


def test_two_unknown_factors_wait_until_one_is_known():
    sizes = Sizes()
    first, second = sizes.unknown(), sizes.unknown()
    assert sizes.unify(first * second, m * n)
    assert not sizes.settle()
    assert sizes.unify(first * second, m * n)
    assert sizes.unify(first, n)
    assert sizes.settle()
    assert sizes.resolved(second) == m


def test_what_waited_may_clash_later():
    sizes = Sizes()
    first, second = sizes.unknown(), sizes.unknown()
    assert sizes.unify(first * second, m * n)
    assert not sizes.unify(first, p)


def test_unknowns_of_different_numbers_differ():
    sizes = Sizes()
    first, second = sizes.unknown(), sizes.unknown()
    assert first != second
    assert unknowns(first * m) == {first}


@pytest.mark.parametrize(
    ("value", "expected"), [(m * n, True), (m + n, True), (m / n, False), (m - n, False)]
)
def test_a_size_is_a_product_or_sum_of_symbols(value, expected):
    assert is_size(value) is expected
