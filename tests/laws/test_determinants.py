"""Every law of determinants, evaluated exactly; laws that do not hold are refused."""

from __future__ import annotations

import itertools
from fractions import Fraction
from random import Random

import pytest
import sympy
from flint import arb, fmpq
from sympy import Determinant, Integer, MatrixSymbol, Transpose

from derivcheck.algebra import arrays, nodes
from derivcheck.algebra.arrays import Array
from derivcheck.algebra.goal import Condition, Goal, Hypothesis
from derivcheck.extensions.table import EXTENSIONS
from derivcheck.kernel.check import Certificate, RefusedError, State, check
from derivcheck.kernel.cofactors import Cofactor
from derivcheck.kernel.lowering import Lowering
from derivcheck.laws import law as laws
from derivcheck.laws.law import (
    Law,
    NoEquationError,
    determinant,
    entry,
    product,
    total,
    transpose,
    written_inverse,
)
from derivcheck.laws.table import LAWS, law_sides
from derivcheck.prover.dense import Evaluator
from derivcheck.prover.exact.assignment import Assignment
from derivcheck.prover.exact.names import Structure
from derivcheck.prover.strategy import decide
from derivcheck.prover.verdict import Kind

m, n = (nodes.size_symbol(letter) for letter in "mn")
A, B = MatrixSymbol("A", m, m), MatrixSymbol("B", m, m)
D = MatrixSymbol("D", n, n)
U, V = MatrixSymbol("U", m, n), MatrixSymbol("V", n, m)
F = MatrixSymbol("F", 3, 3)
G = MatrixSymbol("G", 2, 2)
c = nodes.scalar_symbol("c")
ZERO = sympy.ZeroMatrix(n, m)


def blocks(*rows):
    return nodes.Blocks(*[sympy.Tuple(*row) for row in rows])


def invertible(*matrices):
    return tuple([Condition("invertible", matrix, "invertible", 1) for matrix in matrices])


u, v = MatrixSymbol("u", m, 1), MatrixSymbol("v", 3, 1)
ZERO_ROW, ZERO_COLUMN = sympy.ZeroMatrix(1, m), sympy.ZeroMatrix(m, 1)
DIAGONAL = blocks((A, sympy.ZeroMatrix(m, n)), (ZERO, D))
w, t = MatrixSymbol("w", m, 1), MatrixSymbol("t", m, 1)
i = nodes.index_variable("i", m)
C, E, H, N, S, Z = (MatrixSymbol(letter, m, m) for letter in "CEHNSZ")
NUMBER = nodes.Assembled(c, Integer(1), Integer(1))
FULL = blocks((A, U), (V, D))
TRIANGULAR = blocks((A, U), (ZERO, D))
REST = total(sympy.Identity(m), product(Integer(-1), A))
GOAL = Goal(
    Determinant(A),
    Determinant(A),
    hypotheses=tuple(
        [
            Hypothesis(left, right, "given", 1)
            for left, right in (
                (A, A),
                (product(transpose(w), t), sympy.Identity(1)),
                (product(E, S), sympy.Identity(m)),
                (product(A, C), product(C, A)),
                (product(Z, u), product(c, u)),
                (product(H, H), H),
                (product(N, N), sympy.ZeroMatrix(m, m)),
                (sympy.Pow(sympy.Pow(c, 2), sympy.S.Half, evaluate=False), c),
            )
        ]
    ),
    conditions=(
        *invertible(A, B, D, F, G, FULL, REST),
        Condition("full-column-rank", A, "A", 1),
        Condition("full-row-rank", A, "A", 1),
        Condition("nonzero", c, "c", 1),
    ),
)

SAMPLES = {
    "inverse": [(0, False), (0, True), (5, True)],
    "reciprocal": [(len(GOAL.conditions) - 1,)],
    "size": [(m,), (2 * m + n,)],
    "exchanged": [(2, 1)],
    "square-of-root": [(7,)],
    "determinant-of-product": [(A, B)],
    "determinant-of-transpose": [(A,)],
    "determinant-of-inverse": [(A,), (product(A, B),)],
    "determinant-of-multiple": [(c, A), (Integer(-1), A)],
    "determinant-of-identity": [(m,)],
    "determinant-of-kronecker": [(A, D)],
    "determinant-of-triangular": [
        (TRIANGULAR,),
        (blocks((A, sympy.ZeroMatrix(m, n)), (V, D)),),
        (blocks((c, transpose(MatrixSymbol("u", m, 1))), (sympy.ZeroMatrix(m, 1), A)),),
    ],
    "determinant-of-blocks": [(FULL, False), (FULL, True), (TRIANGULAR, False)],
    "determinant-of-complements": [
        (A, U, V, D),
        (A, U, V, sympy.Identity(n)),
        (A, product(U, D), V, written_inverse(D)),
    ],
    "determinant-of-hypothesis": [(0,)],
    "determinant-of-update": [(A, U, V), (product(c, sympy.Identity(m)), U, V)],
    "determinant-of-conjugate": [
        (A, B, written_inverse(A), c),
        (written_inverse(B), product(Integer(-1), A), B, Integer(2)),
    ],
    "determinant-of-rank-one": [(A, u, transpose(u)), (F, product(F, v), transpose(v))],
    "determinant-of-bordered": [
        (blocks((A, u), (transpose(product(B, u)), c)), False),
        (blocks((c, transpose(product(B, u))), (u, A)), True),
    ],
    "determinant-of-mirrored": [(blocks((A, B), (B, A)),), (blocks((c, c), (c, c)),)],
    "determinant-of-antitriangular": [
        (blocks((U, A), (D, ZERO)),),
        (blocks((sympy.ZeroMatrix(m, m), A), (B, A)),),
        (blocks((sympy.ZeroMatrix(m, 1), A), (c, transpose(u))),),
    ],
    "derivative-of-adjugate": [(A,), (G,)],
    "penrose": [(one, which) for one in (A, U, H) for which in range(4)],
    "pseudo-inverse-of-full-rank": [(A, False), (A, True)],
    "power-apart": [(c, m - n), (c, n + m - 2), (Determinant(A), m - 2), (c, 2 * (m - n))],
    "power-not-zero": [(c, n), (Determinant(A), m)],
    "power-of-reciprocal": [(c, n)],
    "sign-twice": [(m,), (m * n,)],
    "log-of-power": [],
    "log-of-diagonal": [],
    "log-of-product": [],
    "power-of-kronecker": [(A, D, n)],
    "power-of-multiple": [(c, A, n), (Integer(-1), A, m)],
    "power-of-conjugate": [(A, B, written_inverse(A), n), (written_inverse(B), A, B, n + 1)],
    "power-of-conjugate-given": [(1, 1, NUMBER, n), (2, 1, B, m + 1), (2, -1, B, m)],
    "power-past": [
        (3, False, n),
        (3, True, m + 1),
        (4, False, n),
        (5, False, n),
        (5, False, n - 1),
        (6, False, n),
    ],
    "power-of-commuting": [(3, False, n), (3, True, m)],
    "power-of-diagonal-blocks": [(DIAGONAL, n), (blocks((c, ZERO_ROW), (ZERO_COLUMN, A)), n)],
    "geometric-sum": [(A, n, True), (A, n + 1, False), (D, m, True)],
    "geometric-sum-over": [(A, n, True), (A, n + 1, False)],
    "sum-reversed": [(A, n), (D, m + 1)],
    "inverse-of-adjugate": [(A,)],
    "inverse-of-power": [(A, n), (B, n + 1)],
    "inverse-of-diagonal-blocks": [
        (DIAGONAL,),
        (blocks((c, ZERO_ROW), (ZERO_COLUMN, A)),),
        (
            blocks(
                (A, sympy.ZeroMatrix(m, n), sympy.ZeroMatrix(m, m)),
                (ZERO, D, ZERO),
                (sympy.ZeroMatrix(m, m), sympy.ZeroMatrix(m, n), B),
            ),
        ),
    ],
    "powers-beside": [(A, n, True), (A, m, False)],
    "determinant-written-out": [(F,), (G,)],
    "determinant-of-adjugate": [(A,)],
    "determinant-not-zero": [(A,)],
    "adjugate-written-out": [(F,), (G,)],
    "adjugate-beside": [(A, False), (A, True)],
    "adjugate-of-product": [(A, B)],
    "adjugate-of-transpose": [(A,)],
    "adjugate-of-multiple": [(c, A)],
    "adjugate-of-identity": [(m,)],
    "adjugate-of-invertible": [(A,), (transpose(A),)],
    "inverse-beside": [(A, False), (product(A, B), True)],
    "inverse-of-inverse": [(A,), (product(A, B),)],
    "determinant-of-power": [(A, m), (A, n)],
    "adjugate-of-power": [(A, n)],
    "power-step": [(c, n), (Determinant(A), m)],
    "inverse-of-blocks": [(FULL, False), (FULL, True), (TRIANGULAR, False), (TRIANGULAR, True)],
    "inverse-by-adjugate": [(F,), (G,)],
}


def evaluated(node, sizes, position=1, *, absolute=False):
    random = Random(str(sizes))
    values = {c: Array((), [fmpq(3, 2)])}
    for symbol in (A, B, D, U, V, F, G, u, v, w, E):
        shape = tuple(int(size.subs(sizes)) for size in symbol.shape)
        entries = [fmpq(random.choice([-3, -2, -1, 1, 2, 4])) for _ in range(shape[0] * shape[1])]
        for k in range(min(shape) if shape[0] == shape[1] else 0):
            entries[k * shape[0] + k] += 7  # far from singular
        values[symbol] = Array(shape, entries)
    # what the hypotheses say of these
    row = arrays.transpose(values[w])
    length = arrays.product(row, values[w]).entries[0]
    values[t] = arrays.scale(1 / length, values[w])
    if absolute:
        values[t] = values[t].map(abs)
    values[S] = arrays.inverse(values[E])
    values[C] = arrays.product(values[A], values[A])
    values[Z] = arrays.scale(fmpq(3, 2), arrays.identity(sizes[m]))
    values[H] = arrays.product(values[t], row)
    values[N] = arrays.zeros(sizes[m], sizes[m])
    if sizes[m] > 1:
        values[N].entries[1] = fmpq(1)
    indices = dict.fromkeys(node.atoms(nodes.IndexVariable), position)
    assignment = Assignment(sizes=sizes, values=values, indices=indices)
    return Evaluator(Structure({}), assignment).value(node)


def test_every_law_has_samples():
    assert set(SAMPLES) == set(LAWS)
    irrational = [name for name in SAMPLES if not SAMPLES[name]]
    assert irrational == ["log-of-power", "log-of-diagonal", "log-of-product"]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("log-of-power", (c, n)),
        ("log-of-diagonal", (t,)),
        ("log-of-diagonal", (nodes.Assembled(sympy.Pow(entry(t, i), 2), i, Integer(1)),)),
        ("log-of-product", (c, sympy.Pow(c, 2))),
        ("log-of-product", (Determinant(sympy.DiagMatrix(t)), c)),
    ],
)
def test_the_sides_of_a_law_of_logarithms_meet(name, arguments):
    goal = Goal(A, A, conditions=(Condition("positive", c, "", 1), Condition("positive", t, "", 1)))
    values = (
        evaluated(side, {m: 2, n: 3}, absolute=True)
        for side in law_sides(Law(name, arguments), goal)
    )
    (x,), (y,) = (value.entries for value in values)
    assert x.overlaps(y)
    assert not x.overlaps(y + arb("1e-6"))


# with A = X, and adj(X) = [d -b; -c a]: ∂adj(X)_11/∂X_22 = 1 and so on
def test_the_slopes_of_an_adjugate_at_all_positions():
    left, right = law_sides(Law("derivative-of-adjugate", (A,)), GOAL)
    indices = left.args[1:]
    for places in itertools.product((1, 2, 3), repeat=4):
        at = dict(zip(indices, map(Integer, places), strict=True))
        one, other = (evaluated(side.xreplace(at), {m: 3, n: 2}) for side in (left, right))
        assert one == other


@pytest.mark.parametrize("sizes", [{m: 2, n: 3}, {m: 3, n: 1}, {m: 1, n: 2}])
@pytest.mark.parametrize(
    ("name", "arguments"), [(name, a) for name, samples in SAMPLES.items() for a in samples]
)
def test_both_sides_of_a_law_are_equal(name, arguments, sizes):
    left, right = law_sides(Law(name, arguments), GOAL)
    assert evaluated(left, sizes) == evaluated(right, sizes)
    for index in left.atoms(nodes.IndexVariable):
        for position in range(2, int(index.size.subs(sizes)) + 1):
            assert evaluated(left, sizes, position) == evaluated(right, sizes, position)


REFUSED = [
    ("determinant-of-product", (U, V), "not square"),
    ("determinant-of-product", (A, D), "differ in size"),
    ("determinant-of-transpose", (U,), "not square"),
    ("determinant-of-inverse", (MatrixSymbol("S", m, m),), "invertible"),
    ("determinant-of-inverse", (total(A, B),), "invertible"),
    ("determinant-of-multiple", (A, B), "number"),
    ("determinant-of-triangular", (FULL,), "triangular"),
    ("determinant-of-triangular", (blocks((ZERO, D), (A, sympy.ZeroMatrix(m, n))),), "triangular"),
    ("determinant-of-blocks", (blocks((U, A), (D, V)), False), "not square"),
    ("determinant-of-complements", (A, U, V, MatrixSymbol("S", n, n)), "invertible"),
    ("determinant-of-complements", (A, U, U, D), "fit|shape|meets|argument|needed"),
    ("determinant-of-hypothesis", (70,), "hypothesis"),
    ("determinant-of-hypothesis", (-1,), "hypothesis"),
    ("determinant-written-out", (A,), "fixed size"),
    ("adjugate-of-product", (U, V), "not square"),
    ("adjugate-of-invertible", (MatrixSymbol("S", m, m),), "invertible"),
    ("inverse-of-blocks", (blocks((D, V), (U, MatrixSymbol("S", m, m))), False), "invertible"),
    ("inverse-of-blocks", (blocks((A, A, A), (A, A, A), (A, A, A)), False), "two by two"),
    ("determinant-of-power", (A, m - 1), "size"),
    ("adjugate-of-power", (A, -n), "size"),
    ("determinant-of-power", (U, n), "square"),
    ("inverse-of-inverse", (MatrixSymbol("S", m, m),), "invertible"),
    ("determinant-of-sum", (A, B), "unknown law"),
    ("determinant-of-update", (total(A, B), U, V), "invertible"),
    ("determinant-of-rank-one", (A, U, V), "rank one|fit|shape|meets|argument|needed"),
    ("determinant-of-rank-one", (D, V, U), "rank one"),
    ("determinant-of-conjugate", (A, B, A, c), "inverse"),
    ("determinant-of-conjugate", (E, B, written_inverse(E), c), "invertible"),
    ("determinant-of-bordered", (FULL, False), "number"),
    ("determinant-of-mirrored", (blocks((A, B), (B, E)),), "B A"),
    ("determinant-of-antitriangular", (FULL,), "C 0"),
    ("determinant-of-antitriangular", (TRIANGULAR,), "C 0"),
    ("determinant-of-antitriangular", (blocks((A, U), (ZERO, D)),), "C 0"),
    ("derivative-of-adjugate", (E,), "invertible"),
    ("power-apart", (nodes.scalar_symbol("b"), m - n), "zero"),
    ("power-apart", (c, m * n - 1), "sum of sizes"),
    ("power-not-zero", (nodes.scalar_symbol("b"), n), "zero"),
    ("power-not-zero", (c, n - 1), "less than one"),
    ("power-of-reciprocal", (Determinant(E), n), "zero"),
    ("sign-twice", (n - m,), "less than one"),
    ("log-of-power", (c, n), "positive"),
    ("log-of-diagonal", (t,), "positive"),
    ("log-of-product", (c, c), "positive"),
    ("log-of-product", (Determinant(A), Determinant(A)), "positive"),
    ("power-of-kronecker", (U, V, n), "not square"),
    ("power-of-conjugate", (A, B, A, n), "inverse"),
    ("power-of-conjugate", (E, B, written_inverse(E), n), "invertible"),
    ("power-of-conjugate-given", (1, -1, B, n), "fit|shape|meets|argument|needed|square"),
    ("power-of-conjugate-given", (0, 1, B, n), "I"),
    ("power-of-conjugate-given", (2, 1, B, n - 1), "less than one"),
    ("power-of-conjugate-given", (2, 2, B, n), "I"),
    ("power-past", (0, False, n), "A X"),
    ("power-past", (2, False, n), "A X"),
    ("power-past", (3, False, n - 1), "less than one"),
    ("power-past", (9, False, n), "hypothesis"),
    ("power-of-commuting", (4, False, n), "A B = B A"),
    ("power-of-commuting", (5, False, n), "A B = B A"),
    ("power-of-diagonal-blocks", (TRIANGULAR, n), "diagonal"),
    ("power-of-diagonal-blocks", (FULL, n), "diagonal"),
    ("power-past", (6, False, n - 1), "less than one"),
    ("power-past", (5, False, n - 2), "less than one"),
    ("geometric-sum", (U, n, True), "not square"),
    ("geometric-sum", (A, n - 1, True), "less than one"),
    ("geometric-sum-over", (B, n, True), "invertible"),
    ("geometric-sum-over", (A, n - 1, True), "less than one"),
    ("sum-reversed", (A, n - 1), "less than one"),
    ("sum-reversed", (U, n), "not square"),
    ("inverse-of-adjugate", (E,), "invertible"),
    ("inverse-of-power", (E, n), "invertible"),
    ("inverse-of-power", (A, n - 1), "less than one"),
    ("inverse-of-diagonal-blocks", (TRIANGULAR,), "diagonal"),
    ("inverse-of-diagonal-blocks", (blocks((E, sympy.ZeroMatrix(m, n)), (ZERO, D)),), "invertible"),
    ("powers-beside", (E, n, True), "invertible"),
    ("penrose", (U, 4), "four"),
    ("penrose", (c, 0), "shape"),
    ("pseudo-inverse-of-full-rank", (U, False), "full rank"),
    ("determinant-of-product", (A,), "fit|shape|meets|argument|needed"),
    ("determinant-of-product", (product(A, U), product(V, D)), "fit|shape|meets|argument|needed"),
    ("determinant-of-product", (product(A, D), product(D, A)), "fit|shape|meets|argument|needed"),
]


@pytest.mark.parametrize(("name", "arguments", "word"), REFUSED)
def test_a_law_that_does_not_hold_is_refused(name, arguments, word):
    with pytest.raises(NoEquationError, match=word):
        law_sides(Law(name, arguments), GOAL)


def test_a_forged_law_is_refused_in_a_certificate():
    goal = Goal(determinant(product(U, V)), Determinant(product(V, U)))
    for law in (Law("determinant-of-product", (U, V)), Law("no-such-law", ()), Law("LAWS", (U,))):
        step = Cofactor((), law, (), (), Fraction(-1), (), ())
        with pytest.raises(RefusedError):
            check(goal, Certificate((), (step,)), EXTENSIONS)


def test_a_law_of_one_index_is_not_used_at_another():
    i = nodes.index_variable("i", n)
    j = nodes.index_variable("j", n)
    family = [nodes.member("S", (m, m), index) for index in (i, j)]
    goal = Goal(
        Determinant(written_inverse(family[0])) * Determinant(written_inverse(family[1])),
        Integer(0),
        obligations=invertible(family[0]),
    )
    state = State(goal, Lowering({}, (), EXTENSIONS))
    slots = state.lowering.named
    law = Law("determinant-not-zero", (family[0],))
    own = Cofactor((), law, (), ((i, slots[i]),), Fraction(1), (), ())
    state.apply(own)
    with pytest.raises(RefusedError, match="own"):
        state.apply(Cofactor((), law, (), ((i, slots[j]),), Fraction(1), (), ()))
    with pytest.raises(RefusedError, match="no value"):
        state.apply(Cofactor((), law, (), (), Fraction(1), (), ()))


def test_a_hypothesis_used_through_its_determinant_is_named():
    given = Hypothesis(product(transpose(A), A), sympy.Identity(m), "A^T A = I", 4)
    goal = Goal(sympy.Pow(Determinant(A), 2), Integer(1), hypotheses=(given,))
    verdict = decide(goal, "seed")
    assert verdict.kind is Kind.PROVED
    assert verdict.used == (0,)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (Determinant(total(A, B)), Determinant(A) + Determinant(B)),
        (determinant(product(U, V)), determinant(product(V, U))),
        (Determinant(product(c, A)), c * Determinant(A)),
        (Determinant(product(Integer(-1), A)), -Determinant(A)),
        (Determinant(FULL), Determinant(A) * Determinant(D)),
        (Determinant(blocks((A, U), (V, D))), Determinant(blocks((A, U), (Transpose(U), D)))),
        (nodes.Adjugate(product(A, B)), product(nodes.Adjugate(A), nodes.Adjugate(B))),
        (nodes.Adjugate(transpose(A)), nodes.Adjugate(A)),
    ],
)
def test_what_is_false_is_not_proved(left, right):
    goal = Goal(left, right, conditions=invertible(A, D))
    assert decide(goal, "seed").kind is Kind.REFUTED


def test_conditions_say_which_matrices_are_invertible():
    goal = Goal(A, A, conditions=(Condition("positive", Determinant(product(A, B)), "", 1),))
    assert laws.is_invertible(A, goal)
    assert laws.is_invertible(product(transpose(A), written_inverse(B)), goal)
    assert not laws.is_invertible(total(A, B), goal)
    assert not laws.is_invertible(product(c, A), goal)
    thin = Goal(A, A, conditions=invertible(product(U, D, V)))
    assert not laws.is_invertible(D, thin)
    assert not laws.is_invertible(U, thin)
