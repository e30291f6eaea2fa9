"""Laws of determinants and adjugates, as equations that a step may add a multiple of.

Laws are what ``law`` says.

Source: Magnus & Neudecker, Matrix Differential Calculus (3rd ed., 2019), ch. 1.9 and 1.11; Horn &
Johnson, Matrix Analysis (2nd ed., 2013), sections 0.3, 0.8 and 7.7 (Schur complements, Sylvester).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from typing import Any

import sympy
from sympy import Basic, Integer

from derivcheck.algebra import nodes
from derivcheck.algebra.goal import Goal, NoEquationError
from derivcheck.laws.law import (
    Sides,
    adjugate,
    as_matrix,
    determinant,
    given,
    inverse,
    is_invertible,
    is_zero,
    need_invertible,
    need_size,
    number,
    power,
    powered,
    product,
    side,
    times,
    total,
    transpose,
    triangular_diagonal,
    written_inverse,
)
from derivcheck.limits import DETERMINANT_SIZE as MAX_EXPANDED

# --- laws -------------------------------------------------------------------------------------


# det(A B) = det A det B for A, B : n × n
def _of_product(goal: Goal, a: Basic, b: Basic) -> Sides:  # noqa: ARG001
    _same_side(a, b)
    return determinant(product(a, b)), times(determinant(a), determinant(b))


# det Aᵀ = det A
def _of_transpose(goal: Goal, a: Basic) -> Sides:  # noqa: ARG001
    side(a)
    return determinant(transpose(a)), determinant(a)


# det A⁻¹ = 1 / det A
def _of_inverse(goal: Goal, a: Basic) -> Sides:
    need_invertible(a, goal)
    return determinant(written_inverse(a)), power(determinant(a), Integer(-1))


# det (c A) = cⁿ det A for A : n × n
def _of_multiple(goal: Goal, c: Basic, a: Basic) -> Sides:  # noqa: ARG001
    scaled = product(number(c), a)
    return determinant(scaled), times(power(c, side(a)), determinant(a))


# det Xᵏ = (det X)ᵏ
def _of_power(goal: Goal, x: Basic, k: Any) -> Sides:  # noqa: ARG001
    need_size(k)
    return determinant(powered(x, k)), power(determinant(x), k)


# Xᵏ⁻ˢ adj(Xᵏ) Xˢ⁻¹ = (det X)ᵏ⁻¹ adj(X) for s = 1 … k: adj(Xᵏ) = adj(X)ᵏ, and X adj(X) = det(X) I
def _adjugate_of_power(goal: Goal, x: Basic, k: Any) -> Sides:  # noqa: ARG001
    need_size(k)
    s = nodes.index_variable("s@power", k)
    left, right = powered(x, k - s), powered(x, s - 1)
    scale = power(determinant(x), k - 1)
    return product(left, adjugate(powered(x, k)), right), product(scale, adjugate(x))


# det I = 1
def _of_identity(goal: Goal, n: Any) -> Sides:  # noqa: ARG001
    return Basic.__new__(sympy.Determinant, sympy.Identity(n)), Integer(1)


# det (A ⊗ B) = (det A)ⁿ (det B)ᵐ for A : m × m, B : n × n
def _of_kronecker(goal: Goal, a: Basic, b: Basic) -> Sides:  # noqa: ARG001
    m, n = side(a), side(b)
    node = Basic.__new__(sympy.KroneckerProduct, a, b)
    return determinant(node), times(power(determinant(a), n), power(determinant(b), m))


# det of a block triangular matrix = Π_k det A_kk
def _of_triangular(goal: Goal, blocks: Basic) -> Sides:  # noqa: ARG001
    diagonal = triangular_diagonal(blocks)
    if diagonal is None:
        raise NoEquationError("this matrix is not block triangular with square blocks")
    return determinant(blocks), times(*[_of_block(block) for block in diagonal])


def _of_block(block: Basic) -> Basic:
    return determinant(block) if nodes.shape(block) else block


# det [A B; C D] = det A det (D - C A⁻¹ B) = det D det (A - B D⁻¹ C)
def _of_blocks(goal: Goal, blocks: Basic, lower: bool) -> Sides:
    a, _, _, _, complement = _two_by_two(goal, blocks, lower)
    return determinant(blocks), times(determinant(a), determinant(complement))


# with S = D - C A⁻¹ B: [A B; C D]⁻¹ = [A⁻¹ + A⁻¹ B S⁻¹ C A⁻¹, -A⁻¹ B S⁻¹; -S⁻¹ C A⁻¹, S⁻¹]
def _inverse_of_blocks(goal: Goal, blocks: Basic, lower: bool) -> Sides:
    a, b, c, _, s = _two_by_two(goal, blocks, lower)
    if not is_invertible(blocks, goal):
        need_invertible(s, goal)
    a, s, minus = inverse(a), inverse(s), Integer(-1)
    rows = [
        [total(a, product(a, b, s, c, a)), product(minus, a, b, s)],
        [product(minus, s, c, a), s],
    ]
    if lower:
        rows = [row[::-1] for row in rows[::-1]]
    return written_inverse(blocks), nodes.Blocks(*[sympy.Tuple(*row) for row in rows])


def _two_by_two(goal: Goal, blocks: Basic, lower: bool) -> tuple[Basic, ...]:
    """Return A, B, C, D and D - C A⁻¹ B, counted from the lower right if ``lower``."""
    (a, b), (c, d) = _square_of_blocks(blocks)
    if lower:
        a, b, c, d = d, c, b, a
    side(a), side(d)
    need_invertible(a, goal)
    if is_zero(b) or is_zero(c):
        return a, b, c, d, d
    return a, b, c, d, total(d, product(Integer(-1), c, inverse(a), b))


# det A det (D + C A⁻¹ B) = det D det (A + B D⁻¹ C): both are det [A -B; C D]
def _of_complements(goal: Goal, a: Basic, b: Basic, c: Basic, d: Basic) -> Sides:
    side(a), side(d)
    need_invertible(a, goal)
    need_invertible(d, goal)
    first = total(d, product(c, inverse(a), b))
    second = total(a, product(b, inverse(d), c))
    return (
        times(determinant(a), determinant(first)),
        times(determinant(d), determinant(second)),
    )


# det (A + B C) = det A det (I + C A⁻¹ B)
def _of_update(goal: Goal, a: Basic, b: Basic, c: Basic) -> Sides:
    side(a)
    need_invertible(a, goal)
    inner = total(sympy.Identity(nodes.shape(c)[0]), product(c, inverse(a), b))
    return determinant(total(a, product(b, c))), times(determinant(a), determinant(inner))


# det (c I + X D Y) = det (c I + D) where Y = X⁻¹ or X = Y⁻¹
def _of_conjugate(goal: Goal, x: Basic, d: Basic, y: Basic, c: Basic) -> Sides:
    multiple = product(number(c), sympy.Identity(side(d)))
    for one, other in ((x, y), (y, x)):
        if one == written_inverse(other):
            need_invertible(other, goal)
            return determinant(total(multiple, product(x, d, y))), determinant(total(multiple, d))
    raise NoEquationError("neither is the other's inverse")


# det (A + u v) = det A + v adj(A) u for a column u and a row v
def _of_rank_one(goal: Goal, a: Basic, u: Basic, v: Basic) -> Sides:  # noqa: ARG001
    if nodes.shape(v)[0] != 1 or nodes.shape(u)[1] != 1:
        raise NoEquationError("this update has not rank one")
    more = nodes.MatrixScalar(product(v, adjugate(a), u))
    return determinant(total(a, product(u, v))), _plus(determinant(a), more)


# det [A b; c d] = d det A - c adj(A) b for a number d
def _of_bordered(goal: Goal, blocks: Basic, lower: bool) -> Sides:  # noqa: ARG001
    (a, b), (c, d) = _square_of_blocks(blocks)
    if lower:
        a, b, c, d = d, c, b, a
    if nodes.shape(d) != (1, 1):
        raise NoEquationError("the last block is no number")
    less = times(Integer(-1), nodes.MatrixScalar(product(c, adjugate(a), b)))
    return determinant(blocks), _plus(times(determinant(d), determinant(a)), less)


# det [A B; B A] = det (A + B) det (A - B)
def _of_mirrored(goal: Goal, blocks: Basic) -> Sides:  # noqa: ARG001
    (a, b), (c, d) = _square_of_blocks(blocks)
    if a != d or b != c:
        raise NoEquationError("these blocks are not [A B; B A]")
    difference = total(a, product(Integer(-1), b))
    return determinant(blocks), times(determinant(total(a, b)), determinant(difference))


# det [A B; C 0] = (-1)^(m n) det B det C for B : m × m, C : n × n
def _of_antitriangular(goal: Goal, blocks: Basic) -> Sides:  # noqa: ARG001
    (a, b), (c, d) = _square_of_blocks(blocks)
    if not is_zero(a) and not is_zero(d):
        raise NoEquationError("these blocks are not [A B; C 0]")
    m, n = side(b), side(c)
    # n² is even exactly where n is
    sign = power(Integer(-1), m if m == n else m * n)
    return determinant(blocks), times(sign, determinant(b), determinant(c))


def _square_of_blocks(blocks: Basic) -> list[list[Basic]]:
    if not isinstance(blocks, nodes.Blocks) or [len(r) for r in blocks.args] != [2, 2]:
        raise NoEquationError("these are not two by two blocks")
    return [[as_matrix(block) for block in row] for row in blocks.args]


def _plus(first: Basic, second: Basic) -> Basic:
    return sympy.Add(first, second, evaluate=False)


# for invertible A: ∂adj(A)_ij / ∂A_rs = det A ((A⁻¹)_ij (A⁻¹)_sr - (A⁻¹)_ir (A⁻¹)_sj)
def _derivative_of_adjugate(goal: Goal, a: Basic) -> Sides:
    need_invertible(a, goal)
    n = side(a)
    i, j, r, s = (nodes.index_variable(f"{letter}@adjugate", n) for letter in "ijrs")
    variable = sympy.MatrixSymbol("@adjugate", n, n)
    slope = nodes.TensorDerivative(adjugate(variable), variable, a, sympy.Tuple())

    def entry(row: Basic, column: Basic) -> Basic:
        return nodes.Component(inverse(a), row, column)

    less = times(Integer(-1), entry(i, r), entry(s, j))
    right = times(determinant(a), _plus(times(entry(i, j), entry(s, r)), less))
    return nodes.Component(slope, i, j, r, s), right


# det (L) = det (R) where L = R is given
def _of_hypothesis(goal: Goal, position: int) -> Sides:
    left, right = given(position, goal)
    side(left), side(right)
    return determinant(left), determinant(right)


# det A = Σ_σ sign(σ) Π_i A_iσ(i) for A of a fixed size
def _written_out(goal: Goal, a: Basic) -> Sides:  # noqa: ARG001
    n = _fixed_side(a)
    return determinant(a), _leibniz(a, list(range(n)), list(range(n)))


# adj(A)_ji = (-1)^(i + j) times the determinant of A without row i and column j
def _adjugate_written_out(goal: Goal, a: Basic) -> Sides:  # noqa: ARG001
    n = _fixed_side(a)
    rows = []
    for j in range(n):
        row = []
        for i in range(n):
            others = [k for k in range(n) if k != i], [k for k in range(n) if k != j]
            sign = Integer(-1 if (i + j) % 2 else 1)
            row.append(times(sign, _leibniz(a, *others)))
        rows.append(sympy.Tuple(*row))
    return adjugate(a), nodes.Blocks(*rows)


def _leibniz(a: Basic, rows: list[int], columns: list[int]) -> Basic:
    terms = []
    for order in permutations(range(len(rows))):
        pairs = [(order[i], order[j]) for i in range(len(order)) for j in range(i)]
        sign = Integer(-1 if sum(x < y for x, y in pairs) % 2 else 1)
        entries = [
            nodes.Component(a, Integer(rows[k] + 1), Integer(columns[order[k]] + 1))
            for k in range(len(rows))
        ]
        terms.append(times(sign, *entries))
    return sympy.Add(*terms, evaluate=False) if len(terms) > 1 else terms[0]


def _fixed_side(a: Basic) -> int:
    n = side(a)
    if not isinstance(n, Integer) or not 2 <= n <= MAX_EXPANDED:
        raise NoEquationError("only determinants of a small fixed size are written out")
    return int(n)


# A adj(A) = det(A) I = adj(A) A
def _adjugate_beside(goal: Goal, a: Basic, left: bool) -> Sides:  # noqa: ARG001
    pair = (adjugate(a), a) if left else (a, adjugate(a))
    return product(*pair), product(determinant(a), sympy.Identity(side(a)))


# adj(A B) = adj(B) adj(A) for A, B : n × n
def _adjugate_of_product(goal: Goal, a: Basic, b: Basic) -> Sides:  # noqa: ARG001
    _same_side(a, b)
    return adjugate(product(a, b)), product(adjugate(b), adjugate(a))


# adj(Aᵀ) = adj(A)ᵀ
def _adjugate_of_transpose(goal: Goal, a: Basic) -> Sides:  # noqa: ARG001
    side(a)
    return adjugate(transpose(a)), transpose(adjugate(a))


# adj(c A) = cⁿ⁻¹ adj(A)
def _adjugate_of_multiple(goal: Goal, c: Basic, a: Basic) -> Sides:  # noqa: ARG001
    scale = power(number(c), side(a) - 1)
    return adjugate(product(c, a)), product(scale, adjugate(a))


# adj(I) = I
def _adjugate_of_identity(goal: Goal, n: Any) -> Sides:  # noqa: ARG001
    return adjugate(sympy.Identity(n)), sympy.Identity(n)


# adj(A) = det(A) A⁻¹
def _adjugate_of_invertible(goal: Goal, a: Basic) -> Sides:
    need_invertible(a, goal)
    return adjugate(a), product(determinant(a), inverse(a))


# A⁻¹ = adj(A) / det(A)
def _inverse_by_adjugate(goal: Goal, a: Basic) -> Sides:
    need_invertible(a, goal)
    return written_inverse(a), product(power(determinant(a), Integer(-1)), adjugate(a))


# det adj(A) = (det A)ⁿ⁻¹
def _of_adjugate(goal: Goal, a: Basic) -> Sides:  # noqa: ARG001
    return determinant(adjugate(a)), power(determinant(a), side(a) - 1)


# det A · (1 / det A) = 1 for invertible A
def _not_zero(goal: Goal, a: Basic) -> Sides:
    need_invertible(a, goal)
    return times(determinant(a), power(determinant(a), Integer(-1))), Integer(1)


def _same_side(a: Basic, b: Basic) -> None:
    if side(a) != side(b):
        raise NoEquationError("these square matrices differ in size")


DETERMINANTS: dict[str, Callable[..., Sides]] = {
    "determinant-of-product": _of_product,
    "determinant-of-transpose": _of_transpose,
    "determinant-of-inverse": _of_inverse,
    "determinant-of-multiple": _of_multiple,
    "determinant-of-power": _of_power,
    "adjugate-of-power": _adjugate_of_power,
    "determinant-of-identity": _of_identity,
    "determinant-of-update": _of_update,
    "determinant-of-conjugate": _of_conjugate,
    "determinant-of-rank-one": _of_rank_one,
    "determinant-of-bordered": _of_bordered,
    "determinant-of-mirrored": _of_mirrored,
    "determinant-of-antitriangular": _of_antitriangular,
    "derivative-of-adjugate": _derivative_of_adjugate,
    "determinant-of-kronecker": _of_kronecker,
    "determinant-of-triangular": _of_triangular,
    "determinant-of-blocks": _of_blocks,
    "determinant-of-complements": _of_complements,
    "determinant-of-hypothesis": _of_hypothesis,
    "determinant-written-out": _written_out,
    "determinant-of-adjugate": _of_adjugate,
    "determinant-not-zero": _not_zero,
    "adjugate-written-out": _adjugate_written_out,
    "adjugate-beside": _adjugate_beside,
    "adjugate-of-product": _adjugate_of_product,
    "adjugate-of-transpose": _adjugate_of_transpose,
    "adjugate-of-multiple": _adjugate_of_multiple,
    "adjugate-of-identity": _adjugate_of_identity,
    "adjugate-of-invertible": _adjugate_of_invertible,
    "inverse-of-blocks": _inverse_of_blocks,
    "inverse-by-adjugate": _inverse_by_adjugate,
}
"""The laws of this module."""
