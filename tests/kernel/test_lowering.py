"""What lowering must not take for granted: each claim here once was, or nearly was, proved wrongly."""

from __future__ import annotations

import pytest
import sympy
from sympy import (
    Basic,
    DiagMatrix,
    HadamardProduct,
    Identity,
    Integer,
    KroneckerProduct,
    MatAdd,
    MatMul,
    MatrixSymbol,
    OneMatrix,
    Trace,
    Transpose,
    Tuple,
)

from derivcheck.algebra import nodes
from derivcheck.algebra.goal import Goal
from derivcheck.extensions.table import EXTENSIONS
from derivcheck.kernel.check import State
from derivcheck.kernel.lowering import Lowering
from derivcheck.prover.evidence import compare
from derivcheck.prover.strategy import prove
from derivcheck.terms.term import term_free

m, n, p = (nodes.size_symbol(letter) for letter in "mnp")
A, B, C = (MatrixSymbol(letter, n, n) for letter in "ABC")
X, Z = MatrixSymbol("X", m, n), MatrixSymbol("Z", n, m)
W, change = MatrixSymbol("W", m, n), MatrixSymbol("dW", m, n)
x, y = MatrixSymbol("x", n, 1), MatrixSymbol("y", n, 1)
w = MatrixSymbol("w", m * n, 1)
s = nodes.scalar_symbol("s")
g, h = nodes.function_symbol("g"), nodes.function_symbol("h")
L = nodes.function_symbol("L", ((n, 1),))
F = nodes.function_symbol("F", ((n, n),))
i, j = nodes.index_variable("i", n), nodes.index_variable("j", n)
k = nodes.index_variable("k", m)
ONE = Integer(1)


def raw(kind, *args):
    return Basic.__new__(kind, *args)


def of(function, argument, order=0):
    return nodes.Elementwise(function, Integer(order), argument)


def value(function, *arguments):
    return nodes.function_value(function, *arguments)


def derivative(f, v, point=None, rebound=()):
    return nodes.TensorDerivative(
        f, v, v if point is None else point, Tuple(*[Tuple(*pair) for pair in rebound])
    )


def gradient(f, v):
    return nodes.arranged(derivative(f, v), (0, 1))


def number(name, index):
    return nodes.member(name, (), index)


def column(name, index):
    return nodes.member(name, (n, ONE), index)


def proved(lhs, rhs, definitions=None) -> bool:
    certificate, _, code = prove(Goal(lhs, rhs, definitions or {}))
    assert code != "DC901"
    return certificate is not None


def zero(variable):
    return derivative(Integer(0), variable)


FALSE = {
    "three distinct letters are not two": (
        Trace(A * A * B * A * B * B),
        Trace(A * A * B * B * A * B),
    ),
    "the square of a commutator is not central": (
        MatMul(A * B - B * A, A * B - B * A, C) - MatMul(C, A * B - B * A, A * B - B * A),
        sympy.ZeroMatrix(n, n),
    ),
    "the order of an argument's indices counts": (value(F, A), value(F, A.T)),
    "what holds at three sizes only": (
        (n - 1) * (n - 2) * (n - 3) * Trace(A),
        Integer(0),
    ),
    "what holds at m = n only": (
        nodes.CommutationMatrix(n, m),
        nodes.CommutationMatrix(m, n),
    ),
    "vec of the transpose": (
        nodes.MatrixScalar(nodes.Vec(X).T * nodes.Vec(W)),
        nodes.MatrixScalar(nodes.Vec(X).T * nodes.Vec(nodes.Unvec(nodes.Vec(W.T), m, n))),
    ),
    "multiplicity inside an argument": (
        value(L, raw(MatAdd, x, x, y)),
        value(L, raw(MatAdd, x, y, y)),
    ),
    "a derivative moves one member of a family, not all": (
        derivative(number("t", ONE) * number("t", Integer(2)), number("t", ONE), s),
        derivative(number("u", ONE) * number("u", Integer(2)), number("u", ONE), s),
    ),
    "positions on axes of different sizes": (
        MatMul(
            KroneckerProduct(MatrixSymbol("P", 1, m * n), MatrixSymbol("Q", 1, p)),
            KroneckerProduct(nodes.UnitVector(Integer(3), m), MatrixSymbol("d", n * p, 1)),
        ),
        MatMul(
            KroneckerProduct(MatrixSymbol("P", 1, m * n), MatrixSymbol("Q", 1, p)),
            KroneckerProduct(nodes.UnitVector(Integer(3), m), MatrixSymbol("e", n * p, 1)),
        ),
    ),
    "a delta whose index is summed inside a function stays there": (
        of(
            h,
            nodes.Assembled(nodes.summation(nodes.Delta(k, j), k), i, j),
        ),
        nodes.Assembled(
            nodes.summation(nodes.Delta(k, j) * nodes.ScalarFunction(h, Integer(0), Integer(1)), k),
            i,
            j,
        ),
    ),
}


@pytest.mark.parametrize("name", FALSE)
def test_what_is_false_is_not_proved(name: str) -> None:
    assert not proved(*FALSE[name])


def test_a_differential_inside_a_derivative_varies_its_own_name() -> None:
    """W follows w in ∂/∂w; d(tr ZW) along change is tr(Z change) there as well, not 0."""
    body = nodes.differential(Trace(Z * W) ** 2, ((W, change),))
    lhs = derivative(body, w, None, ((W, nodes.Unvec(w, m, n)),))
    definitions = {w: nodes.Vec(W)}
    assert not proved(lhs, zero(w), definitions)
    once = nodes.differential(Trace(Z * W), ((W, change),))
    assert proved(derivative(once, w, None, ((W, nodes.Unvec(w, m, n)),)), zero(w), definitions)


def test_a_name_held_fixed_follows_an_outer_variable() -> None:
    """In ∂/∂s of ∂(y s)/∂s with y held, y still depends on the outer s."""
    t, held = nodes.scalar_symbol("t"), nodes.scalar_symbol("held")
    inner = derivative(held * s, s, None, ((held, held),))
    outer = derivative(nodes.ScalarArranged(inner), s, t)
    definitions = {held: s**2}
    assert proved(outer, derivative(s**2, s, t), definitions)
    assert not proved(outer, zero(s), definitions)


@pytest.mark.parametrize(
    ("node", "word"),
    [
        (nodes.Component(x, i, Integer(2)), "outside of its axis"),
        (nodes.Component(X, i, i), "another range"),
        (nodes.UnitVector(k, n), "another size"),
        (nodes.Elementwise(L, Integer(0), x), "more than a number"),
        (raw(MatMul, A, X), "different sizes"),
        (raw(HadamardProduct, A, x), "different sizes"),
        (nodes.MatrixScalar(x), "another size"),
        (nodes.Unvec(nodes.Vec(X), n, n), "size"),
        (raw(Trace, X), "different sizes"),
    ],
)
def test_what_does_not_fit_is_refused(node, word: str) -> None:
    certificate, reasons, _ = prove(Goal(node, node))
    assert certificate is None
    assert word in reasons[0]


def test_sides_of_different_shapes_are_never_equal() -> None:
    assert not proved(OneMatrix(n, 1), OneMatrix(1, n))


TRUE = {
    "an argument drops what it does not carry": (
        of(g, x * OneMatrix(1, n)),
        of(g, x) * OneMatrix(1, n),
    ),
    "g of a diagonal": (
        HadamardProduct(of(g, DiagMatrix(x)), Identity(n)),
        DiagMatrix(of(g, x)),
    ),
    "g of a diagonal, inside of another function": (
        value(F, of(g, DiagMatrix(x))),
        value(
            F,
            DiagMatrix(of(g, x))
            + HadamardProduct(OneMatrix(n, n) - Identity(n), of(g, sympy.ZeroMatrix(n, n))),
        ),
    ),
    "a delta inside two functions": (
        HadamardProduct(of(h, of(g, DiagMatrix(x) + A * B) + A * B), Identity(n)),
        DiagMatrix(of(h, of(g, x + sympy.DiagonalOf(A * B)) + sympy.DiagonalOf(A * B))),
    ),
    "an axis that need not have been split": (
        value(
            nodes.function_symbol("E", ((m * n, 1),)),
            raw(MatAdd, w, nodes.Vec(X), MatMul(-1, nodes.Vec(X))),
        ),
        value(nodes.function_symbol("E", ((m * n, 1),)), w),
    ),
    "Hessians are symmetric": (
        nodes.Arranged(derivative(derivative(value(L, x), x), x), Tuple(0, 2)),
        Transpose(nodes.Arranged(derivative(derivative(value(L, x), x), x), Tuple(0, 2))),
    ),
    "commutation matrices are inverse to each other": (
        nodes.CommutationMatrix(n, m) * nodes.CommutationMatrix(m, n),
        Identity(m * n),
    ),
    "a delta acts on what stands beside it": (
        nodes.Delta(i, j) * nodes.Component(x, i, ONE),
        nodes.Delta(i, j) ** 2 * nodes.Component(x, j, ONE),
    ),
    "sizes divide themselves": (
        nodes.MatrixScalar(OneMatrix(1, n) * OneMatrix(n, 1)) / n,
        Integer(1),
    ),
    "every member of a family is varied": (
        nodes.differential(
            nodes.summation(nodes.MatrixScalar(column("u", k).T * column("u", k)), k),
            ((column("u", k), column("du", k)),),
        ),
        2 * nodes.summation(nodes.MatrixScalar(column("u", k).T * column("du", k)), k),
    ),
}


@pytest.mark.parametrize("name", TRUE)
def test_what_is_true_is_proved(name: str) -> None:
    lhs, rhs = TRUE[name]
    assert proved(lhs, rhs)
    assert compare(Goal(lhs, rhs), name).difference is None


def test_a_member_is_its_definition_at_its_position() -> None:
    member = nodes.member("u", (n, ONE), k)
    row = Transpose(nodes.Assembled(nodes.Component(X, k, j), ONE, j))
    third = nodes.Component(nodes.member("u", (n, ONE), Integer(3)), j, ONE)
    assert proved(third, nodes.Component(X, Integer(3), j), {member: row})
    assert not proved(third, nodes.Component(X, Integer(2), j), {member: row})


def test_no_index_leaves_the_sum_that_binds_it() -> None:
    """Σ_j (A^j)_ij A_jk is not (A^(j + 1))_ik: the exponent counts along."""
    power = raw(sympy.MatPow, A, j)
    last = nodes.index_variable("l", n)
    total = nodes.summation(nodes.Component(power, i, j) * nodes.Component(A, j, last), j)
    state = State(Goal(total, Integer(0)), Lowering({}, (), EXTENSIONS))
    own = {index for slot in state.lowering.named.values() for index in slot}
    assert term_free(state.term) <= own
    assert proved(total, total)
