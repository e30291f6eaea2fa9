"""What a law is: two nodes made from the matrices that a step names, equal for all their values.

Both are lowered by definition, like a hypothesis. A law that holds only where a matrix is invertible
or a number not zero looks for that among the conditions of the goal, by a few rules on the form of
the matrix; it is refused otherwise. The rows are in ``determinants``, ``structured``
and ``conditions``; ``table`` has all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy
from sympy import Basic, Integer

from derivcheck.algebra import nodes
from derivcheck.algebra.goal import Goal, NoEquationError

_INVERTIBLE = ("invertible", "positive-definite")
_NOT_ZERO = ("nonzero", "positive")


@dataclass(frozen=True, slots=True)
class Law:
    """The law ``name`` of the given matrices (and numbers, and the position of a hypothesis)."""

    name: str
    arguments: tuple[Any, ...]

    @property
    def hypotheses(self) -> tuple[int, ...]:
        """The positions of the hypotheses that it rests on."""
        return (int(self.arguments[0]),) if self.name in HYPOTHETICAL else ()


HYPOTHETICAL = (
    "exchanged",
    "square-of-root",
    "determinant-of-hypothesis",
    "power-of-conjugate-given",
    "power-past",
    "power-of-commuting",
)
"""The laws that rest on a hypothesis: its position is their first argument."""


Sides = tuple[Basic, Basic]


# --- nodes ------------------------------------------------------------------------------------


def determinant(matrix: Basic) -> Basic:
    """Return det A; that of a 1 × 1 matrix is its entry."""
    if isinstance(matrix, sympy.Identity):
        return Integer(1)
    if nodes.shape(matrix) == (1, 1):
        return nodes.MatrixScalar(matrix)
    return Basic.__new__(sympy.Determinant, matrix)


def inverse(matrix: Basic) -> Basic:
    """Return A⁻¹ for an invertible A; of I it is I, of an inverse what it is the inverse of."""
    if isinstance(matrix, sympy.Identity):
        return matrix
    if isinstance(matrix, sympy.MatMul):
        numbers = [factor for factor in matrix.args if not nodes.shape(factor)]
        matrices = [factor for factor in matrix.args if nodes.shape(factor)]
        if numbers and matrices and nodes.shape(matrices[0]) == nodes.shape(matrix):
            # (c A)⁻¹ = c⁻¹ A⁻¹: neither is zero where the product is invertible
            over = [factor for number in numbers for factor in _reciprocals(number)]
            return product(*over, inverse(product(*matrices)))
    if isinstance(matrix, sympy.Inverse):
        return matrix.args[0]
    if nodes.shape(matrix) == (1, 1):
        quotient = power(nodes.MatrixScalar(matrix), Integer(-1))
        return nodes.Assembled(quotient, Integer(1), Integer(1))
    return written_inverse(matrix)


# 1 / (a bᵏ) = (1 / a) b⁻ᵏ where neither is zero
def _reciprocals(number: Basic) -> list[Basic]:
    if isinstance(number, sympy.Mul):
        return [factor for part in number.args for factor in _reciprocals(part)]
    if isinstance(number, sympy.Pow) and isinstance(number.args[1], Integer):
        return [power(number.args[0], -number.args[1])]
    return [power(number, Integer(-1))]


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
        NoEquationError: when it is not square.
    """
    shape = nodes.shape(matrix)
    if len(shape) != 2 or shape[0] != shape[1]:
        raise NoEquationError("this matrix is not square")
    return shape[0]


def is_square(matrix: Basic) -> bool:
    """Return whether a node is a square matrix."""
    shape = nodes.shape(matrix)
    return len(shape) == 2 and bool(shape[0] == shape[1])


def number(node: Basic) -> Basic:
    """Return a node that is a number.

    Raises:
        NoEquationError: when it is none.
    """
    if nodes.shape(node) != () or not isinstance(node, sympy.Expr):
        raise NoEquationError("this is not a number")
    return node


# --- invertible matrices ----------------------------------------------------------------------


# A, B invertible: so are A B, A ⊗ B, Aᵀ, A⁻¹, Aᵏ, adj(A)
# A B invertible with square A, B: so are A and B
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
    if isinstance(matrix, sympy.Transpose | sympy.Inverse | nodes.Adjugate | sympy.MatPow):
        return is_invertible(matrix.args[0], goal)
    if isinstance(matrix, nodes.Blocks):
        diagonal = triangular_diagonal(matrix)
        return diagonal is not None and all(
            is_invertible(block, goal) if nodes.shape(block) else is_nonzero(block, goal)
            for block in diagonal
        )
    if isinstance(matrix, sympy.MatMul | sympy.KroneckerProduct):
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
    for node in tuple(found):
        if node in goal.definitions:  # a name and what it is defined as are one
            found.update(_factors_of(goal.definitions[node]))
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
    if is_given(number, _NOT_ZERO, goal) or is_positive(number, goal):
        return True
    if isinstance(number, sympy.Determinant):
        return is_invertible(number.args[0], goal)
    if isinstance(number, sympy.Mul):
        return all(is_nonzero(factor, goal) for factor in number.args)
    return isinstance(number, sympy.Pow) and is_nonzero(number.args[0], goal)


def is_positive(number: Basic, goal: Goal) -> bool:
    """Return whether a number is positive, by its form or a condition of a goal."""
    if number.is_Rational:
        return bool(number > 0)
    if is_given(number, ("positive",), goal) or is_size(number):
        return True
    if isinstance(number, sympy.Determinant):
        (matrix,) = number.args
        if isinstance(matrix, sympy.DiagMatrix):
            return is_positive(entry(matrix.args[0], Integer(1)), goal)
        return is_given(matrix, ("positive-definite",), goal)
    if isinstance(number, nodes.Component):  # a condition on a matrix is one on all its entries
        return is_given(number.args[0], ("positive",), goal)
    if isinstance(number, nodes.ScalarFunction):
        return bool(number.args[:2] == (nodes.function_symbol("exp"), Integer(0)))
    if isinstance(number, sympy.Add | sympy.Mul):
        return all(is_positive(part, goal) for part in number.args)
    if isinstance(number, sympy.Pow):
        base, exponent = number.args
        even = isinstance(exponent, Integer) and exponent % 2 == 0
        return is_positive(base, goal) or (even and is_nonzero(base, goal))
    return False


def entry(column: Basic, index: Basic) -> Basic:
    """Return the entry of a column at an index, as it is written."""
    if isinstance(column, nodes.Assembled) and isinstance(column.args[1], nodes.IndexVariable):
        return column.args[0].xreplace({column.args[1]: index})
    return nodes.Component(column, index, Integer(1))


def is_size(node: Basic) -> bool:
    """Return whether a node is the symbol of a size: a positive integer."""
    return isinstance(node, sympy.Symbol) and bool(node.is_integer and node.is_positive)


def is_given(node: Basic, kinds: tuple[str, ...], goal: Goal) -> bool:
    """Return whether a condition of a goal, of one of some kinds, is about just this node."""
    return any(
        condition.node == node and condition.kind in kinds
        for condition in (*goal.conditions, *goal.obligations)
    )


def need_invertible(matrix: Basic, goal: Goal) -> None:
    """Require a matrix that ``is_invertible``.

    Raises:
        NoEquationError: for any other.
    """
    if not is_invertible(matrix, goal):
        raise NoEquationError("nothing says that this matrix is invertible")


def given(position: int, goal: Goal) -> Sides:
    """Return the two sides of a hypothesis.

    Raises:
        NoEquationError: when the goal does not have it.
    """
    if type(position) is not int or not 0 <= position < len(goal.hypotheses):
        raise NoEquationError("a law names a hypothesis that the goal does not have")
    return goal.hypotheses[position].lhs, goal.hypotheses[position].rhs


def triangular_diagonal(blocks: Basic) -> list[Basic] | None:
    """Return the diagonal of a block triangular matrix with square blocks there; else None."""
    if not isinstance(blocks, nodes.Blocks) or blocks.heights != blocks.widths:
        return None
    count = len(blocks.args)
    zero = [[is_zero(block) for block in row] for row in blocks.args]
    below = all(zero[i][j] for i in range(count) for j in range(i))
    above = all(zero[i][j] for i in range(count) for j in range(i + 1, count))
    return [blocks.args[k][k] for k in range(count)] if below or above else None


def is_zero(block: Basic) -> bool:
    """Return whether a block is zero as it is written."""
    return isinstance(block, sympy.ZeroMatrix) or bool(block == 0)


def as_matrix(block: Basic) -> Basic:
    """Return a block as a matrix; a number as one of 1 × 1."""
    return block if nodes.shape(block) else nodes.Assembled(block, Integer(1), Integer(1))


def need_size(k: Any) -> None:
    """Require an exponent that is the symbol of a size.

    Raises:
        NoEquationError: for any other.
    """
    if not is_size(k):
        raise NoEquationError("this exponent is no size")


def powered(x: Basic, exponent: Any) -> Basic:
    """Return Xᵏ as it is written."""
    side(x)
    return Basic.__new__(sympy.MatPow, x, exponent)
