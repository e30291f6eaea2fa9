"""Powers with a symbolic natural exponent: what is known of them, and where it is not used."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from sympy import Basic, Integer, MatMul, MatrixSymbol, Trace, Transpose, Tuple

from derivcheck.algebra import nodes
from derivcheck.algebra.goal import Goal
from derivcheck.extensions.powers import POSITION, POWER, is_whole, merged, raised, size_of
from derivcheck.extensions.table import EXTENSIONS
from derivcheck.kernel.lowering import Lowering
from derivcheck.prover.strategy import decide
from derivcheck.prover.verdict import Kind
from derivcheck.terms.scope import Scope
from derivcheck.terms.term import (
    Abstraction,
    Atom,
    Delta,
    Monomial,
    UnknownNodeError,
    Value,
    number,
    scaled,
    single,
)

n, k = nodes.size_symbol("n"), nodes.size_symbol("k")
X, Y = MatrixSymbol("X", n, n), MatrixSymbol("Y", n, n)
c = nodes.scalar_symbol("c")
r = nodes.index_variable("r", k)


def power(base, exponent):
    return Basic.__new__(sympy.MatPow, base, exponent)


def derivative(body):
    return nodes.TensorDerivative(body, X, X, Tuple())


def gradient(body):
    return nodes.arranged(derivative(body), (0, 1))


def proved(left, right):
    return decide(Goal(left, right), "seed").kind is Kind.PROVED


def test_powers_of_one_matrix_add():
    assert proved(MatMul(power(X, k), X), power(X, k + 1))
    assert proved(MatMul(power(X, k), power(X, k)), power(X, 2 * k))
    assert proved(power(Transpose(X), k), Transpose(power(X, k)))
    assert not proved(MatMul(power(X, k), power(Y, k)), power(MatMul(X, Y), k))
    assert not proved(MatMul(power(X, k), Transpose(power(X, k))), power(X, 2 * k))


def test_the_derivative_of_a_trace_of_a_power():
    right = MatMul(k, Transpose(power(X, k - 1)))
    assert proved(gradient(Trace(power(X, k))), right)
    assert not proved(gradient(Trace(power(X, k))), MatMul(k, power(X, k - 1)))
    assert not proved(gradient(Trace(power(X, k))), MatMul(k, Transpose(power(X, k))))


def test_the_differential_of_a_power_is_a_sum():
    body = MatMul(power(X, r - 1), Y, power(X, k - r))
    left = nodes.differential(power(X, k), ((X, Y),))
    assert proved(left, nodes.summation(body, r))
    wrong = MatMul(power(X, r), Y, power(X, k - r))
    assert not proved(left, nodes.summation(wrong, r))
    assert not proved(left, MatMul(k, power(X, k - 1), Y))


def test_powers_of_numbers():
    assert proved(sympy.Mul(c**k, c, evaluate=False), c ** (k + 1))
    assert proved((2 * c) ** k, sympy.Mul(Integer(2) ** k, c**k, evaluate=False))
    assert not proved(c**k, c)


# --- soundness --------------------------------------------------------------------------------


@pytest.fixture
def scope():
    made = Scope()
    made.rules.setdefault(merged)
    return made


def base_of(scope):
    p, q = scope.fresh(n, 1), scope.fresh(n, 1)
    return Abstraction((p, q), (single(Atom(X, (p, q))),))


def side_by_side(scope, left, right):
    row, middle, column = scope.fresh(n), scope.fresh(n), scope.fresh(n)
    factors = (
        Value(POWER, (row, middle), (), (base_of(scope), Abstraction((), left))),
        Value(POWER, (middle, column), (), (base_of(scope), Abstraction((), right))),
    )
    return scope.contracted(Monomial(Fraction(1), frozenset(middle), factors))


def test_exponents_that_may_be_negative_do_not_add(scope):
    size = (single(Atom(k, ())),)
    minus = scaled(size, Fraction(-1))
    (kept,) = side_by_side(scope, size, minus)
    assert len(kept.factors) == 2
    (kept,) = side_by_side(scope, size + number(Fraction(-2)), size)
    assert len(kept.factors) == 2
    (one,) = side_by_side(scope, size, size + number(Fraction(-1)))
    assert len(one.factors) == 1


def test_exponents_with_positions_add_where_they_are_natural(scope):
    counter = scope.fresh(k)
    here, size = (single(Atom(POSITION, (counter,))),), (single(Atom(k, ())),)
    less = here + number(Fraction(-1))
    (one,) = side_by_side(scope, less, size + scaled(here, Fraction(-1)))
    assert len(one.factors) == 1
    other = scope.fresh(n)
    there = scaled((single(Atom(POSITION, (other,))),), Fraction(-1))
    (kept,) = side_by_side(scope, size + there, less)
    assert len(kept.factors) == 2


def test_an_index_that_stands_elsewhere_too_keeps_powers_apart(scope):
    row, middle, column = scope.fresh(n), scope.fresh(n), scope.fresh(n)
    size = (single(Atom(k, ())),)
    factors = (
        Value(POWER, (row, middle), (), (base_of(scope), Abstraction((), size))),
        Value(POWER, (middle, column), (), (base_of(scope), Abstraction((), size))),
        Atom(MatrixSymbol("v", n, 1), (middle, ())),
    )
    (kept,) = scope.contracted(Monomial(Fraction(1), frozenset(middle), factors))
    assert len(kept.factors) == 3


def test_the_power_0_is_the_identity_and_1_the_matrix(scope):
    row, column = scope.fresh(n), scope.fresh(n)
    assert type(raised(scope, base_of(scope), (), row, column)[0].factors[0]) is Delta
    (entry,) = raised(scope, base_of(scope), number(Fraction(1)), row, column)
    assert entry.factors == (Atom(X, (row, column)),)


def test_exponents_that_are_no_whole_numbers_are_refused():
    assert is_whole(k - r + 1)
    for exponent in (c, k / 2, sympy.sqrt(k), 2**k, k - c):
        assert not is_whole(exponent)
        with pytest.raises(UnknownNodeError):
            Lowering({}, (), EXTENSIONS).residual(Goal(power(X, exponent), X))


def test_only_sizes_are_differentiated():
    assert size_of((single(Atom(k, ())),)) == k
    assert size_of(()) is None
    assert size_of((single(Atom(k, ())), *number(Fraction(-1)))) is None
    with pytest.raises(UnknownNodeError):
        Lowering({}, (), EXTENSIONS).residual(Goal(gradient(Trace(power(X, k - 1))), X))
