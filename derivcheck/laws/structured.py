"""Laws of powers and of inverses of products, multiples and blocks; see ``laws``.

Source: Horn & Johnson, Matrix Analysis (2nd ed., 2013), sections 0.7 and 1.1; Horn & Johnson, Topics
in Matrix Analysis (1991), section 4.2 (Kronecker products).
"""

from __future__ import annotations

from collections.abc import Callable
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
    entry,
    given,
    inverse,
    is_nonzero,
    is_positive,
    is_size,
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
    triangular_diagonal,
    written_inverse,
)

# --- powers of numbers ------------------------------------------------------------------------


# tᵏ⁻¹ t = tᵏ
def _power_step(goal: Goal, t: Basic, k: Any) -> Sides:  # noqa: ARG001
    need_size(k)
    return times(power(number(t), k - 1), t), power(t, k)


# t^(a - b) = t^a / t^b for t ≠ 0
def _power_apart(goal: Goal, t: Basic, exponent: Any) -> Sides:
    _need_nonzero(t, goal)
    factors = []
    for part, count in exponent.expand().as_coefficients_dict().items():
        if not isinstance(count, Integer) or (part != 1 and not is_size(part)):
            raise NoEquationError("this exponent is no sum of sizes")
        one = power(t, part)
        over = one if count > 0 else power(one, Integer(-1))
        factors.append(power(over, abs(count)))
    return power(t, exponent), times(*factors)


# tᵏ (1 / tᵏ) = 1 for t ≠ 0
def _power_not_zero(goal: Goal, t: Basic, k: Any) -> Sides:
    _need_nonzero(t, goal)
    _need_natural(k)
    return times(power(t, k), power(power(t, k), Integer(-1))), Integer(1)


# (1 / t)ᵏ = 1 / tᵏ for t ≠ 0
def _power_of_reciprocal(goal: Goal, t: Basic, k: Any) -> Sides:
    _need_nonzero(t, goal)
    _need_natural(k)
    return power(power(t, Integer(-1)), k), power(power(t, k), Integer(-1))


# (-1)ᵏ (-1)ᵏ = 1
def _sign_twice(goal: Goal, k: Any) -> Sides:  # noqa: ARG001
    _need_natural(k)
    return times(power(Integer(-1), k), power(Integer(-1), k)), Integer(1)


# log tᵏ = k log t for t > 0
def _log_of_power(goal: Goal, t: Basic, k: Any) -> Sides:
    need_size(k)
    _need_positive(t, goal)
    return _log(power(t, k)), times(k, _log(t))


# log det diag(v) = Σ_s log v_s for v > 0
def _log_of_diagonal(goal: Goal, v: Basic) -> Sides:
    s = nodes.index_variable("s@diagonal", nodes.shape(v)[0])
    one = entry(v, s)
    _need_positive(one, goal)
    return _log(determinant(sympy.DiagMatrix(v))), nodes.summation(_log(one), s)


# log (a b) = log a + log b for a, b > 0
def _log_of_product(goal: Goal, a: Basic, b: Basic) -> Sides:
    _need_positive(a, goal)
    _need_positive(b, goal)
    return _log(times(a, b)), sympy.Add(_log(a), _log(b), evaluate=False)


def _log(t: Basic) -> Basic:
    return nodes.ScalarFunction(nodes.function_symbol("log"), Integer(0), t)


def _need_positive(t: Basic, goal: Goal) -> None:
    if not is_positive(number(t), goal):
        raise NoEquationError("nothing says that this number is positive")


def _need_nonzero(t: Basic, goal: Goal) -> None:
    if not is_nonzero(number(t), goal):
        raise NoEquationError("nothing says that this number is not zero")


def _need_natural(exponent: Any) -> None:
    """Require an exponent that is at least 1: made of sizes and positive integers by + and ·."""
    if isinstance(exponent, sympy.Add | sympy.Mul):
        for part in exponent.args:
            _need_natural(part)
    elif not is_size(exponent) and not (isinstance(exponent, Integer) and exponent > 0):
        raise NoEquationError("this exponent may be less than one")


# --- powers of matrices -----------------------------------------------------------------------


# (A ⊗ B)ᵏ = Aᵏ ⊗ Bᵏ
def _power_of_kronecker(goal: Goal, a: Basic, b: Basic, k: Any) -> Sides:  # noqa: ARG001
    left = powered(Basic.__new__(sympy.KroneckerProduct, a, b), k)
    return left, Basic.__new__(sympy.KroneckerProduct, powered(a, k), powered(b, k))


# (c A)ᵏ = cᵏ Aᵏ
def _power_of_multiple(goal: Goal, c: Basic, a: Basic, k: Any) -> Sides:  # noqa: ARG001
    return powered(product(number(c), a), k), product(power(c, k), powered(a, k))


# (X D Y)ᵏ = X Dᵏ Y where Y = X⁻¹ or X = Y⁻¹
def _power_of_conjugate(goal: Goal, x: Basic, d: Basic, y: Basic, k: Any) -> Sides:
    for one, other in ((x, y), (y, x)):
        if one == written_inverse(other):
            need_invertible(other, goal)
            return powered(product(x, d, y), k), product(x, powered(d, k), y)
    raise NoEquationError("neither is the other's inverse")


# (X D Y)ᵏ = X Dᵏ Y for k ≥ 1 where Y X = I is given, or X Y = I with square X
def _power_of_conjugate_given(goal: Goal, position: int, cut: int, d: Basic, k: Any) -> Sides:
    _need_natural(k)
    turned, cut = cut < 0, abs(cut)  # counted from the right, A B = I is read as B A = I
    for left, right in (given(position, goal), given(position, goal)[::-1]):
        factors = list(left.args)
        if not isinstance(right, sympy.Identity) or type(left) is not sympy.MatMul:
            continue
        if not 0 < cut < len(factors) or not all(nodes.shape(f) for f in factors):
            continue
        y, x = product(*factors[:cut]), product(*factors[cut:])
        if turned:
            side(y), side(x)
            x, y = y, x
        return powered(product(x, d, y), k), product(x, powered(d, k), y)
    raise NoEquationError("this is not Y X = I")


# A X = c X B gives Aᵏ X = cᵏ X Bᵏ for k ≥ 1, B and c left out being I and 1
# A X = X gives Aᵏ X = X for k ≥ 0
def _power_past(goal: Goal, position: int, turned: bool, k: Any) -> Sides:
    left, right = given(position, goal)[:: -1 if turned else 1]
    numbers, (a, *x) = _factors(left)
    if numbers or not x:
        raise NoEquationError("this is not A X = c X B")
    side(a)
    past = product(powered(a, k), *x)
    if _factors(right) == ([], x):
        _need_natural(k + 1)
        return past, right
    _need_natural(k)
    if is_zero(right):
        return past, right
    numbers, others = _factors(right)
    if others[: len(x)] != x or len(others) > len(x) + 1:
        raise NoEquationError("this is not A X = c X B")
    scale = [power(c, k) for c in numbers]
    if len(others) > len(x):
        x.append(powered(others[-1], k))
    return past, product(*scale, *x)


# (A B)ᵏ = Aᵏ Bᵏ where A B = B A is given
def _power_of_commuting(goal: Goal, position: int, turned: bool, k: Any) -> Sides:
    left, right = given(position, goal)[:: -1 if turned else 1]
    _, one = _factors(left)
    if _factors(right) != ([], one[::-1]) or len(one) != 2 or _factors(left)[0]:
        raise NoEquationError("this is not A B = B A")
    _need_natural(k)
    return powered(product(*one), k), product(*[powered(a, k) for a in one])


# (I - A) Σ_{s=1}^{k} A^(s - 1) = I - Aᵏ, and the same with I - A on the right
def _geometric_sum(goal: Goal, a: Basic, k: Any, left: bool) -> Sides:  # noqa: ARG001
    _need_natural(k)
    s = nodes.index_variable("s@power", k)
    one, minus = sympy.Identity(side(a)), Integer(-1)
    pair = total(one, product(minus, a)), nodes.MatrixSummation(powered(a, s - 1), s)
    return product(*(pair if left else pair[::-1])), total(one, product(minus, powered(a, k)))


# Σ_{s=1}^{k} A^(s - 1) = (I - A)⁻¹ (I - Aᵏ) for invertible I - A, and the same with it on the right
def _geometric_sum_over(goal: Goal, a: Basic, k: Any, left: bool) -> Sides:
    _need_natural(k)
    s = nodes.index_variable("s@power", k)
    one, minus = sympy.Identity(side(a)), Integer(-1)
    rest = total(one, product(minus, a))
    need_invertible(rest, goal)
    pair = written_inverse(rest), total(one, product(minus, powered(a, k)))
    return nodes.MatrixSummation(powered(a, s - 1), s), product(*(pair if left else pair[::-1]))


# Σ_{s=1}^{k} A^(s - 1) ⊗ A^(k - s) = Σ_{s=1}^{k} A^(k - s) ⊗ A^(s - 1): s counted from the other end
def _sum_reversed(goal: Goal, a: Basic, k: Any) -> Sides:  # noqa: ARG001
    _need_natural(k)
    s = nodes.index_variable("s@power", k)
    up, down = powered(a, s - 1), powered(a, k - s)
    one, other = [
        nodes.MatrixSummation(Basic.__new__(sympy.KroneckerProduct, *pair), s)
        for pair in ((up, down), (down, up))
    ]
    return one, other


def _factors(matrix: Basic) -> tuple[list[Basic], list[Basic]]:
    """Return the numbers and the matrices of a product, small whole powers written out."""
    if type(matrix) is sympy.MatPow and matrix.args[1] in (2, 3):
        return [], [matrix.args[0]] * int(matrix.args[1])
    if not isinstance(matrix, sympy.MatMul):
        return [], [matrix]
    numbers: list[Basic] = []
    matrices: list[Basic] = []
    for factor in matrix.args:
        if nodes.shape(factor):
            matrices += _factors(factor)[1] if type(factor) is sympy.MatPow else [factor]
        else:
            numbers.append(factor)
    return numbers, matrices


# --- inverses ---------------------------------------------------------------------------------


# (A⁻¹)⁻¹ = A for invertible A
def _inverse_of_inverse(goal: Goal, a: Basic) -> Sides:
    need_invertible(a, goal)
    return written_inverse(written_inverse(a)), a


# A A⁻¹ = I = A⁻¹ A for invertible A
def _inverse_beside(goal: Goal, a: Basic, left: bool) -> Sides:
    need_invertible(a, goal)
    pair = (written_inverse(a), a) if left else (a, written_inverse(a))
    return product(*pair), sympy.Identity(side(a))


# adj(A)⁻¹ = A / det A for invertible A
def _inverse_of_adjugate(goal: Goal, a: Basic) -> Sides:
    need_invertible(a, goal)
    return written_inverse(adjugate(a)), product(power(determinant(a), Integer(-1)), a)


# (Aᵏ)⁻¹ = (A⁻¹)ᵏ for invertible A
def _inverse_of_power(goal: Goal, a: Basic, k: Any) -> Sides:
    need_invertible(a, goal)
    _need_natural(k)
    return written_inverse(powered(a, k)), powered(inverse(a), k)


# Aᵏ (A⁻¹)ᵏ = I = (A⁻¹)ᵏ Aᵏ for invertible A
def _powers_beside(goal: Goal, a: Basic, k: Any, left: bool) -> Sides:
    need_invertible(a, goal)
    pair = (powered(inverse(a), k), powered(a, k))
    return product(*(pair if left else pair[::-1])), sympy.Identity(side(a))


# [A 0; 0 B]⁻¹ = [A⁻¹ 0; 0 B⁻¹] and [A 0; 0 B]ᵏ = [Aᵏ 0; 0 Bᵏ], and so with more blocks
def _inverse_of_diagonal_blocks(goal: Goal, blocks: Basic) -> Sides:
    for block in _diagonal_blocks(blocks):
        need_invertible(block, goal)
    return written_inverse(blocks), _on_blocks(blocks, inverse)


def _power_of_diagonal_blocks(goal: Goal, blocks: Basic, k: Any) -> Sides:  # noqa: ARG001
    _diagonal_blocks(blocks)
    return powered(blocks, k), _on_blocks(blocks, lambda block: powered(block, k))


def _diagonal_blocks(blocks: Basic) -> list[Basic]:
    diagonal = triangular_diagonal(blocks)
    rows = blocks.args
    if diagonal is None or not all(
        is_zero(rows[i][j]) for i in range(len(rows)) for j in range(len(rows)) if i != j
    ):
        raise NoEquationError("these blocks do not stand on a diagonal")
    return [as_matrix(block) for block in diagonal]


def _on_blocks(blocks: Basic, change: Callable[[Basic], Basic]) -> Basic:
    rows = []
    for i, row in enumerate(blocks.args):
        changed = [change(as_matrix(block)) if i == j else block for j, block in enumerate(row)]
        rows.append(sympy.Tuple(*changed))
    return nodes.Blocks(*rows)


STRUCTURED: dict[str, Callable[..., Sides]] = {
    "power-step": _power_step,
    "power-apart": _power_apart,
    "power-not-zero": _power_not_zero,
    "power-of-reciprocal": _power_of_reciprocal,
    "sign-twice": _sign_twice,
    "log-of-power": _log_of_power,
    "log-of-diagonal": _log_of_diagonal,
    "log-of-product": _log_of_product,
    "power-of-kronecker": _power_of_kronecker,
    "power-of-multiple": _power_of_multiple,
    "power-of-conjugate": _power_of_conjugate,
    "power-of-conjugate-given": _power_of_conjugate_given,
    "power-past": _power_past,
    "power-of-commuting": _power_of_commuting,
    "power-of-diagonal-blocks": _power_of_diagonal_blocks,
    "geometric-sum": _geometric_sum,
    "geometric-sum-over": _geometric_sum_over,
    "sum-reversed": _sum_reversed,
    "inverse-beside": _inverse_beside,
    "inverse-of-inverse": _inverse_of_inverse,
    "inverse-of-adjugate": _inverse_of_adjugate,
    "inverse-of-power": _inverse_of_power,
    "inverse-of-diagonal-blocks": _inverse_of_diagonal_blocks,
    "powers-beside": _powers_beside,
}
"""The laws of this module."""
