"""Axes cut into parts: the laws of their factors, and what may not be concluded from them."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from sympy import Add, Integer, MatMul, MatrixSymbol, Transpose

from derivcheck.algebra import nodes
from derivcheck.algebra.goal import Goal
from derivcheck.extensions.blocks import Part, Spread, joined
from derivcheck.extensions.table import EXTENSIONS
from derivcheck.kernel.check import Certificate, RefusedError, State, check
from derivcheck.kernel.lowering import Lowering
from derivcheck.prover.strategy import decide
from derivcheck.prover.verdict import Kind
from derivcheck.terms.scope import Scope
from derivcheck.terms.term import Atom, Delta, Monomial

m, n, p = (nodes.size_symbol(letter) for letter in "mnp")
A, D = MatrixSymbol("A", m, m), MatrixSymbol("D", n, n)
U, V = MatrixSymbol("U", m, n), MatrixSymbol("V", n, m)
X, Y = MatrixSymbol("X", p, m), MatrixSymbol("Y", p, n)
M = MatrixSymbol("M", m + n, m + n)
Z = MatrixSymbol("Z", p, m + n)


def blocks(*rows):
    return nodes.Blocks(*[sympy.Tuple(*row) for row in rows])


def kind(left, right):
    return decide(Goal(left, right), "seed").kind


@pytest.fixture
def scope():
    made = Scope()
    made.rules.setdefault(joined)
    return made


def part(place, whole, inner):
    return Atom(Part((m, n), place), (whole, inner))


def test_a_position_lies_in_one_part(scope):
    r, i, j = scope.fresh(m + n), scope.fresh(m), scope.fresh(n)
    both = Monomial(Fraction(1), frozenset(), (part(0, r, i), part(1, r, j)))
    assert scope.contracted(both) == ()


def test_a_position_is_one_place_of_its_part(scope):
    r, i, j = scope.fresh(m + n), scope.fresh(m), scope.fresh(m)
    (found,) = scope.contracted(Monomial(Fraction(1), frozenset(), (part(0, r, i), part(0, r, j))))
    assert sum(type(f) is Delta for f in found.factors) == 1
    assert sum(type(f) is Atom for f in found.factors) == 1


def test_a_place_is_one_position(scope):
    r, s, i = scope.fresh(m + n), scope.fresh(m + n), scope.fresh(m)
    product = (part(0, r, i), part(0, s, i), Atom(Z, ((), r)))
    (found,) = scope.contracted(Monomial(Fraction(1), frozenset(r), product))
    assert not found.bound
    assert Atom(Z, ((), s)) in found.factors


def test_parts_of_other_cuts_are_told_apart(scope):
    r, i, j = scope.fresh(m + n), scope.fresh(m), scope.fresh(m)
    other = Atom(Part((n, m), 1), (r, j))
    (found,) = scope.contracted(Monomial(Fraction(1), frozenset(), (part(0, r, i), other)))
    assert set(found.factors) == {part(0, r, i), other}


def test_the_first_position_is_in_the_first_part(scope):
    first, i, j = scope.fixed(1, m + n), scope.fresh(m), scope.fresh(n)
    (found,) = scope.contracted(Monomial(Fraction(1), frozenset(), (part(0, first, i),)))
    assert type(found.factors[0]) is Delta
    assert scope.contracted(Monomial(Fraction(1), frozenset(), (part(1, first, j),))) == ()


def test_a_later_position_is_in_some_part_that_is_not_known(scope):
    second, i = scope.fixed(2, m + n), scope.fresh(m)
    (found,) = scope.contracted(Monomial(Fraction(1), frozenset(), (part(0, second, i),)))
    assert found.factors == (part(0, second, i),)


TRUE = [
    (Transpose(blocks((A, U), (V, D))), blocks((A.T, V.T), (U.T, D.T))),
    (MatMul(blocks((X, Y)), Transpose(blocks((X, Y)))), X * X.T + Y * Y.T),
    (sympy.Trace(blocks((A, U), (V, D))), sympy.Trace(A) + sympy.Trace(D)),
    (sympy.Identity(m + n), blocks(
        (sympy.Identity(m), sympy.ZeroMatrix(m, n)), (sympy.ZeroMatrix(n, m), sympy.Identity(n))
    )),
    (blocks((A, sympy.ZeroMatrix(m, m)), (sympy.ZeroMatrix(m, m), A)),
     sympy.KroneckerProduct(sympy.Identity(2), A)),
]  # fmt: skip


@pytest.mark.parametrize(("left", "right"), TRUE)
def test_what_is_true_of_blocks_is_proved(left, right):
    assert kind(left, right) is Kind.PROVED


FALSE = [
    (Transpose(blocks((A, U), (U.T, D))), blocks((A, U), (U.T, D))),
    (MatMul(blocks((X, Y)), Transpose(blocks((X, Y)))), X * X.T - Y * Y.T),
    (MatMul(blocks((A, U), (V, D)), M), MatMul(M, blocks((A, U), (V, D)))),
    (sympy.Trace(blocks((A, U), (V, D))), sympy.Trace(A)),
    (blocks((D, V), (U, A)), blocks((A, U), (V, D))),
    (blocks((A, sympy.ZeroMatrix(m, m)), (sympy.ZeroMatrix(m, m), A)),
     sympy.KroneckerProduct(A, sympy.Identity(2))),
]  # fmt: skip


@pytest.mark.parametrize(("left", "right"), FALSE)
def test_what_is_false_of_blocks_is_not_proved(left, right):
    assert kind(left, right) is not Kind.PROVED


def test_one_cannot_cut_an_axis_into_what_is_no_size():
    goal = Goal(Z, Z)
    for sizes in ((m + n,), (), (m, -n), (m + n, Integer(0)), (m, sympy.Rational(1, 2))):
        with pytest.raises(RefusedError, match="cut"):
            State(goal, Lowering({}, (), EXTENSIONS)).apply(Spread((), sizes))


def test_cutting_an_axis_proves_nothing_by_itself():
    with pytest.raises(RefusedError, match="left over"):
        check(Goal(M, Transpose(M)), Certificate((), (Spread((), (m, n)),)), EXTENSIONS)


def test_an_axis_of_another_size_is_not_cut():
    state = State(Goal(Z, blocks((X, Y))), Lowering({}, (), EXTENSIONS))
    before = len(state.term)
    state.apply(Spread((), (m, p)))
    assert len(state.term) == before
    state.apply(Spread((), (m, n)))
    assert len(state.term) == before + 1


def test_the_sizes_of_blocks_are_sums():
    assert nodes.shape(blocks((A, U), (V, D))) == (Add(m, n), Add(m, n))
    assert nodes.shape(blocks((Integer(1), Integer(2)))) == (1, 2)


def test_parts_of_whole_rows_are_cut_by_rows(scope):
    r, s = scope.fresh(m + n), scope.fresh(p)
    i, j = scope.fresh(m), scope.fresh(p)
    factor = Atom(Part((m * p, n * p), 0), (r + s, i + j))
    (found,) = scope.contracted(Monomial(Fraction(1), frozenset(), (factor,)))
    (cut,) = [f for f in found.factors if type(f) is Atom]
    assert cut.head == Part((m, n), 0)
    assert any(type(f) is Delta for f in found.factors)


@pytest.mark.parametrize(
    ("sizes", "whole", "inner"),
    [
        ((m * p, n), (m + n, p), (m, p)),  # the other part is not made of such rows
        ((m * p, n * p), (p, m + n), (m, p)),  # the rows run slowly
        ((m * p, n * p), (m + n, p), (p, m)),  # the part is not read by rows
    ],
)
def test_other_parts_stay_as_they_are(scope, sizes, whole, inner):
    slots = tuple([sum((scope.fresh(size) for size in axis), ()) for axis in (whole, inner)])
    monomial = Monomial(Fraction(1), frozenset(), (Atom(Part(sizes, 0), slots),))
    assert scope.contracted(monomial) == (monomial,)


def test_vec_of_blocks_is_blocks_of_vecs_in_this_order():
    left = nodes.Vec(blocks((X, Y)))
    assert kind(left, blocks((nodes.Vec(X),), (nodes.Vec(Y),))) is Kind.PROVED
    assert kind(blocks((nodes.Vec(X),), (nodes.Vec(Y),)), left) is Kind.PROVED
    assert kind(left, blocks((nodes.Vec(Y),), (nodes.Vec(X),))) is Kind.REFUTED
