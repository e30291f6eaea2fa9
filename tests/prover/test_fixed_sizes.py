"""Claims about fixed sizes: what is true at 2 × 2 or 3 × 3 only, and what is not even true there."""

from __future__ import annotations

import itertools

import pytest
from sympy import (
    Basic,
    Determinant,
    Identity,
    Integer,
    KroneckerProduct,
    MatAdd,
    MatMul,
    MatrixSymbol,
    OneMatrix,
    Rational,
    Trace,
    Transpose,
    Tuple,
    ZeroMatrix,
)

from derivcheck.algebra import nodes
from derivcheck.algebra.goal import Goal
from derivcheck.prover.strategy import decide
from derivcheck.prover.verdict import Kind

n = nodes.size_symbol("n")
A, B, C, D = (MatrixSymbol(letter, 2, 2) for letter in "ABCD")
A3, B3 = MatrixSymbol("A", 3, 3), MatrixSymbol("B", 3, 3)
x, y, z = (MatrixSymbol(letter, 3, 1) for letter in "xyz")
v = MatrixSymbol("v", 2, 1)
g = nodes.function_symbol("g")
L = nodes.function_symbol("L", ((Integer(2), Integer(1)),))


def raw(kind, *args):
    return Basic.__new__(kind, *args)


def entry(matrix, i, j=1):
    return nodes.Component(matrix, Integer(i), Integer(j))


def unit(k, size):
    return nodes.UnitVector(Integer(k), Integer(size))


def commutator(a, b):
    return MatAdd(MatMul(a, b), MatMul(-1, b, a))


def standard(*matrices):
    """The standard polynomial: Σ over permutations of sign · product."""
    terms = []
    for order in itertools.permutations(range(len(matrices))):
        turned = sum(a > b for a, b in itertools.combinations(order, 2))
        terms.append(raw(MatMul, Integer((-1) ** turned), *[matrices[k] for k in order]))
    return raw(MatAdd, *terms)


def cross(a):
    """The matrix of b ↦ a × b."""
    entries = {(1, 2): -entry(a, 3), (1, 3): entry(a, 2), (2, 3): -entry(a, 1)}
    entries |= {(j, i): -value for (i, j), value in entries.items()}
    return raw(
        MatAdd,
        *[MatMul(value, unit(i, 3), Transpose(unit(j, 3))) for (i, j), value in entries.items()],
    )


def dot(a, b):
    return nodes.MatrixScalar(Transpose(a) * b)


SECOND = Rational(1, 2) * (Trace(A3) ** 2 - Trace(A3 * A3))

TRUE = {
    "Cayley-Hamilton, 2 × 2": (
        MatAdd(A * A, MatMul(Determinant(A), Identity(2))),
        MatMul(Trace(A), A),
    ),
    "Cayley-Hamilton, 3 × 3": (
        MatAdd(
            A3 * A3 * A3,
            MatMul(-1, Trace(A3), A3, A3),
            MatMul(SECOND, A3),
            MatMul(-1, Determinant(A3), Identity(3)),
        ),
        ZeroMatrix(3, 3),
    ),
    "the standard polynomial of degree 4 (Amitsur and Levitzki)": (
        standard(A, B, C, D),
        ZeroMatrix(2, 2),
    ),
    "the square of a commutator is central (Hall)": (
        commutator(MatMul(commutator(A, B), commutator(A, B)), C),
        ZeroMatrix(2, 2),
    ),
    "a trace that 2 × 2 matrices do not tell": (
        Trace(A * A * B * A * B * B),
        Trace(A * A * B * B * A * B),
    ),
    "a determinant by its entries": (
        Determinant(A),
        entry(A, 1, 1) * entry(A, 2, 2) - entry(A, 1, 2) * entry(A, 2, 1),
    ),
    "the determinant of a product": (Determinant(A3 * B3), Determinant(A3) * Determinant(B3)),
    "the derivative of a determinant": (
        nodes.arranged(nodes.TensorDerivative(Determinant(A), A, A, Tuple()), (0, 1)),
        MatAdd(MatMul(Trace(A), Identity(2)), MatMul(-1, Transpose(A))),
    ),
    "a triple cross product": (
        MatMul(cross(x), cross(y), z),
        MatAdd(MatMul(dot(x, z), y), MatMul(-1, dot(x, y), z)),
    ),
    "an argument put together from its entries": (
        nodes.function_value(L, v),
        nodes.function_value(
            L, MatAdd(MatMul(entry(v, 1), unit(1, 2)), MatMul(entry(v, 2), unit(2, 2)))
        ),
    ),
    "a sum of two values": (
        nodes.MatrixScalar(OneMatrix(1, 2) * nodes.Elementwise(g, Integer(0), v)),
        nodes.ScalarFunction(g, Integer(0), entry(v, 1))
        + nodes.ScalarFunction(g, Integer(0), entry(v, 2)),
    ),
    "entries of vec": (entry(nodes.Vec(A), 3), entry(A, 1, 2)),
    "a trace of a Kronecker product": (
        Trace(KroneckerProduct(A, B)),
        (entry(A, 1, 1) + entry(A, 2, 2)) * Trace(B),
    ),
}

FALSE = {
    "Cayley-Hamilton with a wrong sign": (
        MatAdd(A * A, MatMul(Determinant(A), Identity(2))),
        MatMul(-1, Trace(A), A),
    ),
    "the standard polynomial of degree 3": (standard(A, B, C), ZeroMatrix(2, 2)),
    "Hall's identity at 3 × 3": (
        commutator(MatMul(commutator(A3, B3), commutator(A3, B3)), A3),
        ZeroMatrix(3, 3),
    ),
    "a trace that 3 × 3 matrices tell": (
        Trace(A3 * A3 * B3 * A3 * B3 * B3),
        Trace(A3 * A3 * B3 * B3 * A3 * B3),
    ),
    "an argument with its entries exchanged": (
        nodes.function_value(L, v),
        nodes.function_value(
            L, MatAdd(MatMul(entry(v, 2), unit(1, 2)), MatMul(entry(v, 1), unit(2, 2)))
        ),
    ),
    "entries of vec, by rows": (entry(nodes.Vec(A), 3), entry(A, 2, 1)),
    "entries that are equal in sum only": (
        v,
        MatAdd(MatMul(entry(v, 2), unit(1, 2)), MatMul(entry(v, 1), unit(2, 2))),
    ),
}


@pytest.mark.parametrize("name", TRUE)
def test_what_is_true_at_fixed_sizes_is_proved(name: str) -> None:
    assert decide(Goal(*TRUE[name]), name).kind is Kind.PROVED


@pytest.mark.parametrize("name", FALSE)
def test_what_is_false_at_fixed_sizes_is_refuted(name: str) -> None:
    assert decide(Goal(*FALSE[name]), name).kind is Kind.REFUTED


def test_symbolic_sizes_are_not_written_out() -> None:
    a, b = MatrixSymbol("A", n, n), MatrixSymbol("B", n, n)
    goal = Goal(Trace(a * a * b * a * b * b), Trace(a * a * b * b * a * b))
    assert decide(goal, "n").kind is Kind.REFUTED
