"""Random exact matrices of the kinds that derivations assume (symmetric, orthogonal …).

Each generator returns a matrix of the kind, or None where there is none of that shape or the draw
was degenerate. Whoever uses one checks what it needs on the result; nothing here is relied on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from flint import fmpq
from msgspec import Struct

from derivcheck.algebra import arrays
from derivcheck.algebra.arrays import Array

POOLS: dict[str, tuple[int, ...]] = {
    "binary": (0, 1),
    "small": (-1, 0, 1, 2),
    "generic": (-5, -4, -3, -2, -1, 1, 2, 3, 4, 5),
}
"""The integers that entries are drawn from, simplest first."""


class Draw(Struct, frozen=True):
    """A source of random entries.

    Attributes:
        random: the seeded source.
        pool: the integers to draw from.
    """

    random: Random
    pool: Sequence[int]

    def entry(self) -> fmpq:
        """Return a random entry.

        Raises:
            Never.
        """
        return fmpq(self.random.choice(self.pool))

    def positive(self) -> fmpq:
        """Return a random positive entry.

        Raises:
            Never.
        """
        return fmpq(abs(self.random.choice(self.pool)) or 1)

    def matrix(self, m: int, n: int) -> Array:
        """Return a random m × n matrix.

        Raises:
            Never.
        """
        return Array((m, n), [self.entry() for _ in range(m * n)])

    def invertible(self, n: int) -> Array | None:
        """Return a random invertible n × n matrix.

        Raises:
            Never.
        """
        for _ in range(4):
            found = self.matrix(n, n)
            if arrays.determinant(found).entries[0] != 0:
                return found
        return None


Generator = Callable[[Draw, int, int], Array | None]
"""(source, rows, columns) to a matrix of the kind, or None."""


def _square(generator: Callable[[Draw, int], Array | None]) -> Generator:
    return lambda draw, m, n: generator(draw, n) if m == n else None


def _identity(n: int) -> Array:
    return arrays.identity(n).map(fmpq)


def _diagonal(entries: Sequence[fmpq]) -> Array:
    return arrays.diagonal_matrix(arrays.column(entries)).map(fmpq)


def _generic(draw: Draw, m: int, n: int) -> Array:
    return draw.matrix(m, n)


def _positive(draw: Draw, m: int, n: int) -> Array:
    return Array((m, n), [draw.positive() for _ in range(m * n)])


def _unit_interval(draw: Draw, m: int, n: int) -> Array:
    return Array((m, n), [1 / (1 + draw.positive()) for _ in range(m * n)])


def _symmetric(draw: Draw, n: int) -> Array:
    upper = draw.matrix(n, n)
    return Array(
        (n, n), [upper.entries[min(i, j) * n + max(i, j)] for i in range(n) for j in range(n)]
    )


def _skew(draw: Draw, n: int) -> Array:
    a = draw.matrix(n, n)
    return arrays.subtract(a, arrays.transpose(a))


# B Bᵀ + c I is positive definite for c > 0
def _positive_definite(draw: Draw, n: int) -> Array:
    b = draw.matrix(n, n)
    square = arrays.product(b, arrays.transpose(b))
    return arrays.add(square, arrays.scale(draw.positive(), _identity(n)))


def _diagonal_matrix(draw: Draw, n: int) -> Array:
    return _diagonal([draw.entry() for _ in range(n)])


def _positive_diagonal(draw: Draw, n: int) -> Array:
    return _diagonal([draw.positive() for _ in range(n)])


def _triangular(draw: Draw, n: int) -> Array:
    a = draw.matrix(n, n)
    return Array((n, n), [x if k // n <= k % n else fmpq(0) for k, x in enumerate(a.entries)])


def _transposed(generator: Generator) -> Generator:
    def transposed(draw: Draw, m: int, n: int) -> Array | None:
        found = generator(draw, n, m)
        return None if found is None else arrays.transpose(found)

    return transposed


# I − 2 v vᵀ / vᵀv is orthogonal and symmetric
def _reflection(draw: Draw, n: int) -> Array | None:
    v = draw.matrix(n, 1)
    length = arrays.product(arrays.transpose(v), v).entries[0]
    if length == 0:
        return None
    outer = arrays.product(v, arrays.transpose(v))
    return arrays.subtract(_identity(n), arrays.scale(2 / length, outer))


def _orthonormal_columns(draw: Draw, m: int, n: int) -> Array | None:
    if m < n:
        return None
    factors = [_reflection(draw, m) for _ in range(2 if m > 1 else 1)]
    product = None
    for factor in factors:
        if factor is None:
            return None
        product = factor if product is None else arrays.product(product, factor)
    assert product is not None
    signs = [draw.random.choice((1, -1)) for _ in range(n)]
    return Array(
        (m, n), [s * x for row in product.rows() for s, x in zip(signs, row, strict=False)]
    )


def _conjugated(draw: Draw, inner: Array) -> Array | None:
    s = draw.invertible(inner.shape[0])
    if s is None:
        return None
    return arrays.product(arrays.product(s, inner), arrays.inverse(s))


def _split(draw: Draw, n: int) -> int:
    return draw.random.randint(1, n - 1) if n > 1 else draw.random.randint(0, 1)


# S diag(1, …, 1, 0, …, 0) S⁻¹ is idempotent
def _idempotent(draw: Draw, n: int) -> Array | None:
    k = _split(draw, n)
    return _conjugated(draw, _diagonal([fmpq(1 if i < k else 0) for i in range(n)]))


# S diag(±1) S⁻¹ is its own inverse
def _involution(draw: Draw, n: int) -> Array | None:
    k = _split(draw, n)
    return _conjugated(draw, _diagonal([fmpq(1 if i < k else -1) for i in range(n)]))


# B (BᵀB)⁻¹ Bᵀ projects orthogonally
def _projection(draw: Draw, n: int) -> Array | None:
    k = _split(draw, n)
    if k == 0:
        return _diagonal([fmpq(0)] * n)
    b = draw.matrix(n, k)
    gram = arrays.product(arrays.transpose(b), b)
    if arrays.determinant(gram).entries[0] == 0:
        return None
    return arrays.product(arrays.product(b, arrays.inverse(gram)), arrays.transpose(b))


# I − 2 P is symmetric and its own inverse for a symmetric idempotent P
def _symmetric_orthogonal(draw: Draw, n: int) -> Array | None:
    p = _projection(draw, n)
    return None if p is None else arrays.subtract(_identity(n), arrays.scale(fmpq(2), p))


# S [0 B; 0 0] S⁻¹ has square 0
def _nilpotent(draw: Draw, n: int) -> Array | None:
    k = n // 2
    entries = [draw.entry() if i < k <= j else fmpq(0) for i in range(n) for j in range(n)]
    return _conjugated(draw, Array((n, n), entries))


# S [0 −I; I 0] S⁻¹ has square −I
def _imaginary(draw: Draw, n: int) -> Array | None:
    if n % 2:
        return None
    k = n // 2
    entries = [
        fmpq(-1 if j == i + k else 1 if i == j + k else 0) for i in range(n) for j in range(n)
    ]
    return _conjugated(draw, Array((n, n), entries))


def _columns_sum_to_one(draw: Draw, m: int, n: int) -> Array:
    a = _positive(draw, m, n)
    totals = [sum(a.entries[j::n], fmpq(0)) for j in range(n)]
    return Array((m, n), [x / totals[k % n] for k, x in enumerate(a.entries)])


def _multiple_of_identity(draw: Draw, n: int) -> Array:
    return _diagonal([draw.entry()] * n)


def _rank_one(draw: Draw, m: int, n: int) -> Array:
    return arrays.product(draw.matrix(m, 1), draw.matrix(1, n))


def _permutation(draw: Draw, n: int) -> Array:
    order = list(range(n))
    draw.random.shuffle(order)
    return Array((n, n), [fmpq(1 if order[i] == j else 0) for i in range(n) for j in range(n)])


def _constant(value: int) -> Generator:
    return lambda _, m, n: Array((m, n), [fmpq(value)] * (m * n))


GENERATORS: dict[str, Generator] = {
    "generic": _generic,
    "symmetric": _square(_symmetric),
    "positive": _positive,
    "positive-definite": _square(_positive_definite),
    "unit-interval": _unit_interval,
    "skew": _square(_skew),
    "diagonal": _square(_diagonal_matrix),
    "positive-diagonal": _square(_positive_diagonal),
    "orthonormal-columns": _orthonormal_columns,
    "orthonormal-rows": _transposed(_orthonormal_columns),
    "idempotent": _square(_idempotent),
    "projection": _square(_projection),
    "nilpotent": _square(_nilpotent),
    "involution": _square(_involution),
    "symmetric-orthogonal": _square(_symmetric_orthogonal),
    "imaginary": _square(_imaginary),
    "columns-sum-to-one": _columns_sum_to_one,
    "rows-sum-to-one": _transposed(_columns_sum_to_one),
    "triangular": _square(_triangular),
    "lower-triangular": _transposed(_square(_triangular)),
    "multiple-of-identity": _square(_multiple_of_identity),
    "permutation": _square(_permutation),
    "rank-one": _rank_one,
    "identity": lambda _, m, n: _identity(n) if m == n else None,
    "ones": _constant(1),
    "zero": _constant(0),
}
"""Kinds of matrices, the most general first."""
