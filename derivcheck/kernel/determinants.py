"""Laws of determinants and adjugates, as equations that a step may add a multiple of.

A law is a row below: from the matrices that a step names it makes two nodes that are equal, for
every value of the names in them. Both are lowered by definition, like a hypothesis. A law that
holds only where a matrix is invertible looks for that among the conditions of the goal, by a few
rules on the form of the matrix; it is refused otherwise.

Source: Magnus & Neudecker, Matrix Differential Calculus (3rd ed., 2019), ch. 1.9 and 1.11; Horn &
Johnson, Matrix Analysis (2nd ed., 2013), sections 0.3, 0.8 and 7.7 (Schur complements, Sylvester).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import sympy
from sympy import Basic, Integer

from derivcheck.algebra import nodes
from derivcheck.algebra.goal import Goal
from derivcheck.algebra.shapes import ShapeError, check_shapes

MAX_EXPANDED = 4
"""Determinants are written out up to this size."""

_INVERTIBLE = ("invertible", "positive-definite")
_NOT_ZERO = ("nonzero", "positive")


class NoLawError(Exception):
    """A law does not hold of these matrices; the message says why."""


@dataclass(frozen=True, slots=True)
class Law:
    """The law ``name`` of the given matrices (and numbers, and the position of a hypothesis)."""

    name: str
    arguments: tuple[Any, ...]


Sides = tuple[Basic, Basic]


def law_sides(law: Law, goal: Goal) -> Sides:
    """Return the two equal nodes that a law speaks of.

    Raises:
        NoLawError: when there is no such law, or it does not hold of these matrices.
    """
    row = LAWS.get(law.name)
    if row is None:
        raise NoLawError(f"unknown law {law.name}")
    try:
        for argument in law.arguments:
            if isinstance(argument, Basic):
                check_shapes(argument)
        left, right = row(goal, *law.arguments)
        if check_shapes(left) != check_shapes(right):
            raise NoLawError("the two sides of a law have different shapes")
    except (ShapeError, TypeError, ValueError, AttributeError) as error:
        raise NoLawError(f"{law.name} does not hold of these: {error}") from None
    return left, right


# --- nodes ------------------------------------------------------------------------------------


def determinant(matrix: Basic) -> Basic:
    """Return det A; that of a 1 × 1 matrix is its entry."""
    if isinstance(matrix, sympy.Identity):
        return Integer(1)
    if nodes.shape(matrix) == (1, 1):
        return nodes.MatrixScalar(matrix)
    return Basic.__new__(sympy.Determinant, matrix)


def inverse(matrix: Basic) -> Basic:
    """Return A⁻¹; of I it is I, of an inverse what it is the inverse of."""
    if isinstance(matrix, sympy.Identity):
        return matrix
    if isinstance(matrix, sympy.Inverse):
        return matrix.args[0]
    if nodes.shape(matrix) == (1, 1):
        quotient = power(nodes.MatrixScalar(matrix), Integer(-1))
        return nodes.Assembled(quotient, Integer(1), Integer(1))
    return written_inverse(matrix)


def written_inverse(matrix: Basic) -> Basic:
    """Return A⁻¹ as it is written."""
    return Basic.__new__(sympy.Inverse, matrix, Integer(-1))


def product(*factors: Basic) -> Basic:
    """Return a product of matrices and numbers as it is written."""
    return Basic.__new__(sympy.MatMul, *factors) if len(factors) > 1 else factors[0]


def total(*terms: Basic) -> Basic:
    """Return a sum of matrices as it is written."""
    return Basic.__new__(sympy.MatAdd, *terms) if len(terms) > 1 else terms[0]


def transpose(matrix: Basic) -> Basic:
    """Return Aᵀ as it is written."""
    return Basic.__new__(sympy.Transpose, matrix)


def adjugate(matrix: Basic) -> Basic:
    """Return adj(A)."""
    return nodes.Adjugate(matrix)


def times(*numbers: Basic) -> Basic:
    """Return a product of numbers as it is written."""
    return sympy.Mul(*numbers, evaluate=False) if len(numbers) > 1 else numbers[0]


def power(base: Basic, exponent: Any) -> Basic:
    """Return a power of a number."""
    if exponent == 1:
        return base
    if exponent == 0:
        return Integer(1)
    return sympy.Pow(base, exponent, evaluate=False)


def side(matrix: Basic) -> Any:
    """Return the size of a square matrix.

    Raises:
        NoLawError: when it is not square.
    """
    shape = nodes.shape(matrix)
    if len(shape) != 2 or shape[0] != shape[1]:
        raise NoLawError("this matrix is not square")
    return shape[0]


def is_square(matrix: Basic) -> bool:
    """Return whether a node is a square matrix."""
    shape = nodes.shape(matrix)
    return len(shape) == 2 and bool(shape[0] == shape[1])


def _number(node: Basic) -> Basic:
    if nodes.shape(node) != () or not isinstance(node, sympy.Expr):
        raise NoLawError("this is not a number")
    return node


# --- invertible matrices ----------------------------------------------------------------------


# A, B invertible: so are A B, Aᵀ, A⁻¹; A B invertible with square A, B: so are A and B
def is_invertible(matrix: Basic, goal: Goal) -> bool:
    """Return whether the conditions of a goal say that a matrix is invertible."""
    if not is_square(matrix):
        return False
    if isinstance(matrix, sympy.Identity):
        return True
    if matrix in invertible_by_condition(goal):
        return True
    if isinstance(matrix, nodes.Assembled) and nodes.shape(matrix) == (1, 1):
        return is_nonzero(matrix.args[0], goal)
    if isinstance(matrix, sympy.Transpose | sympy.Inverse):
        return is_invertible(matrix.args[0], goal)
    if isinstance(matrix, nodes.Blocks):
        diagonal = _triangular_diagonal(matrix)
        return diagonal is not None and all(
            is_invertible(block, goal) if nodes.shape(block) else is_nonzero(block, goal)
            for block in diagonal
        )
    if isinstance(matrix, sympy.MatMul):
        return all(
            is_invertible(factor, goal) if nodes.shape(factor) else is_nonzero(factor, goal)
            for factor in matrix.args
        )
    return False


def invertible_by_condition(goal: Goal) -> set[Basic]:
    """Return the matrices that a condition of a goal makes invertible."""
    found: set[Basic] = set()
    for condition in (*goal.conditions, *goal.obligations):
        node = condition.node
        if condition.kind in _INVERTIBLE:
            found.update(_factors_of(node))
        elif condition.kind in _NOT_ZERO and isinstance(node, sympy.Determinant):
            found.update(_factors_of(node.args[0]))
    return {node for node in found if is_square(node)}


def _factors_of(matrix: Basic) -> list[Basic]:
    found = [matrix]
    if isinstance(matrix, sympy.Transpose | sympy.Inverse):
        found += _factors_of(matrix.args[0])
    if isinstance(matrix, sympy.MatMul):
        size = nodes.shape(matrix)
        for factor in matrix.args:
            if nodes.shape(factor) == size:
                found += _factors_of(factor)
    return found


def is_nonzero(number: Basic, goal: Goal) -> bool:
    """Return whether a number is not zero, by its form or a condition of a goal."""
    if number.is_Rational:
        return bool(number != 0)
    return any(
        condition.node == number and condition.kind in _NOT_ZERO
        for condition in (*goal.conditions, *goal.obligations)
    )


def _need_invertible(matrix: Basic, goal: Goal) -> None:
    if not is_invertible(matrix, goal):
        raise NoLawError("nothing says that this matrix is invertible")


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
    _need_invertible(a, goal)
    return determinant(written_inverse(a)), power(determinant(a), Integer(-1))


# det (c A) = cⁿ det A for A : n × n
def _of_multiple(goal: Goal, c: Basic, a: Basic) -> Sides:  # noqa: ARG001
    scaled = product(_number(c), a)
    return determinant(scaled), times(power(c, side(a)), determinant(a))


# det Xᵏ = (det X)ᵏ
def _of_power(goal: Goal, x: Basic, k: Any) -> Sides:  # noqa: ARG001
    _need_size(k)
    return determinant(_powered(x, k)), power(determinant(x), k)


# Xᵏ⁻ˢ adj(Xᵏ) Xˢ⁻¹ = (det X)ᵏ⁻¹ adj(X) for s = 1 … k: adj(Xᵏ) = adj(X)ᵏ, and X adj(X) = det(X) I
def _adjugate_of_power(goal: Goal, x: Basic, k: Any) -> Sides:  # noqa: ARG001
    _need_size(k)
    s = nodes.index_variable("s@power", k)
    left, right = _powered(x, k - s), _powered(x, s - 1)
    scale = power(determinant(x), k - 1)
    return product(left, adjugate(_powered(x, k)), right), product(scale, adjugate(x))


# tᵏ⁻¹ t = tᵏ
def _power_step(goal: Goal, t: Basic, k: Any) -> Sides:  # noqa: ARG001
    _need_size(k)
    return times(power(_number(t), k - 1), t), power(t, k)


def _need_size(k: Any) -> None:
    if not isinstance(k, sympy.Symbol) or not (k.is_integer and k.is_positive):
        raise NoLawError("this exponent is no size")


def _powered(x: Basic, exponent: Any) -> Basic:
    side(x)
    return Basic.__new__(sympy.MatPow, x, exponent)


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
    diagonal = _triangular_diagonal(blocks)
    if diagonal is None:
        raise NoLawError("this matrix is not block triangular with square blocks")
    return determinant(blocks), times(*[_of_block(block) for block in diagonal])


def _triangular_diagonal(blocks: Basic) -> list[Basic] | None:
    """Return the diagonal of a block triangular matrix with square blocks there; else None."""
    if not isinstance(blocks, nodes.Blocks) or blocks.heights != blocks.widths:
        return None
    count = len(blocks.args)
    zero = [[_is_zero(block) for block in row] for row in blocks.args]
    below = all(zero[i][j] for i in range(count) for j in range(i))
    above = all(zero[i][j] for i in range(count) for j in range(i + 1, count))
    return [blocks.args[k][k] for k in range(count)] if below or above else None


def _is_zero(block: Basic) -> bool:
    return isinstance(block, sympy.ZeroMatrix) or bool(block == 0)


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
        _need_invertible(s, goal)
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
    if not isinstance(blocks, nodes.Blocks) or [len(r) for r in blocks.args] != [2, 2]:
        raise NoLawError("these are not two by two blocks")
    (a, b), (c, d) = [[_as_matrix(block) for block in row] for row in blocks.args]
    if lower:
        a, b, c, d = d, c, b, a
    side(a), side(d)
    _need_invertible(a, goal)
    if _is_zero(b) or _is_zero(c):
        return a, b, c, d, d
    return a, b, c, d, total(d, product(Integer(-1), c, inverse(a), b))


def _as_matrix(block: Basic) -> Basic:
    return block if nodes.shape(block) else nodes.Assembled(block, Integer(1), Integer(1))


# (A⁻¹)⁻¹ = A for invertible A
def _inverse_of_inverse(goal: Goal, a: Basic) -> Sides:
    _need_invertible(a, goal)
    return written_inverse(written_inverse(a)), a


# A A⁻¹ = I = A⁻¹ A for invertible A
def _inverse_beside(goal: Goal, a: Basic, left: bool) -> Sides:
    _need_invertible(a, goal)
    pair = (written_inverse(a), a) if left else (a, written_inverse(a))
    return product(*pair), sympy.Identity(side(a))


# det A det (D + C A⁻¹ B) = det D det (A + B D⁻¹ C): both are det [A -B; C D]
def _of_complements(goal: Goal, a: Basic, b: Basic, c: Basic, d: Basic) -> Sides:
    side(a), side(d)
    _need_invertible(a, goal)
    _need_invertible(d, goal)
    first = total(d, product(c, inverse(a), b))
    second = total(a, product(b, inverse(d), c))
    return (
        times(determinant(a), determinant(first)),
        times(determinant(d), determinant(second)),
    )


# det (L) = det (R) where L = R is given
def _of_hypothesis(goal: Goal, position: int) -> Sides:
    if not isinstance(position, int) or not 0 <= position < len(goal.hypotheses):
        raise NoLawError("a law names a hypothesis that the goal does not have")
    given = goal.hypotheses[position]
    side(given.lhs), side(given.rhs)
    return determinant(given.lhs), determinant(given.rhs)


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
        raise NoLawError("only determinants of a small fixed size are written out")
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
    scale = power(_number(c), side(a) - 1)
    return adjugate(product(c, a)), product(scale, adjugate(a))


# adj(I) = I
def _adjugate_of_identity(goal: Goal, n: Any) -> Sides:  # noqa: ARG001
    return adjugate(sympy.Identity(n)), sympy.Identity(n)


# adj(A) = det(A) A⁻¹
def _adjugate_of_invertible(goal: Goal, a: Basic) -> Sides:
    _need_invertible(a, goal)
    return adjugate(a), product(determinant(a), inverse(a))


# A⁻¹ = adj(A) / det(A)
def _inverse_by_adjugate(goal: Goal, a: Basic) -> Sides:
    _need_invertible(a, goal)
    return written_inverse(a), product(power(determinant(a), Integer(-1)), adjugate(a))


# det adj(A) = (det A)ⁿ⁻¹
def _of_adjugate(goal: Goal, a: Basic) -> Sides:  # noqa: ARG001
    return determinant(adjugate(a)), power(determinant(a), side(a) - 1)


# det A · (1 / det A) = 1 for invertible A
def _not_zero(goal: Goal, a: Basic) -> Sides:
    _need_invertible(a, goal)
    return times(determinant(a), power(determinant(a), Integer(-1))), Integer(1)


def _same_side(a: Basic, b: Basic) -> None:
    if side(a) != side(b):
        raise NoLawError("these square matrices differ in size")


LAWS: dict[str, Callable[..., Sides]] = {
    "determinant-of-product": _of_product,
    "determinant-of-transpose": _of_transpose,
    "determinant-of-inverse": _of_inverse,
    "determinant-of-multiple": _of_multiple,
    "determinant-of-power": _of_power,
    "adjugate-of-power": _adjugate_of_power,
    "power-step": _power_step,
    "determinant-of-identity": _of_identity,
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
    "inverse-beside": _inverse_beside,
    "inverse-of-inverse": _inverse_of_inverse,
    "inverse-of-blocks": _inverse_of_blocks,
    "inverse-by-adjugate": _inverse_by_adjugate,
}
"""The closed set of laws."""
