"""Explicit arrays and the definition of each operation on them, as plain loops.

These are the *dense rules* of the table of operators: each is the entry-by-entry definition and
knows nothing of index patterns, so exact evaluation can contradict the normal form. Entries are
elements of any commutative ring with ``+`` and ``*`` (integers, rationals, balls, residues, dual
numbers); 0 and 1 are the integers and the ring's arithmetic turns them into its own.

Nothing here checks budgets or guesses: an array that does not fit raises ``ValueError``, a matrix
without an invertible pivot raises ``NotInvertibleError``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flint import fmpq

Element = Any
"""An element of a commutative ring: ``int``, ``fmpq``, ``arb``, ``nmod`` or a dual number."""

_EXPANSION_LIMIT = 6
_EXPANSION_MAXIMUM = 14


class NotInvertibleError(ArithmeticError):
    """A matrix has no inverse, or elimination found no pivot that is certainly invertible."""


class Array:
    """An array of ring elements, the last axis running fastest.

    Attributes:
        shape: the sizes of the axes; ``()`` for a number, ``(rows, columns)`` for a matrix.
        entries: the flat list of elements, row by row.

    Example:
        >>> Array((2, 2), [1, 2, 3, 4]).rows()
        [[1, 2], [3, 4]]
    """

    __slots__ = ("entries", "shape")

    def __init__(self, shape: tuple[int, ...], entries: list[Element]) -> None:
        self.shape = shape
        self.entries = entries

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Array):
            return NotImplemented
        return self.shape == other.shape and all(
            bool(x == y) for x, y in zip(self.entries, other.entries, strict=True)
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Array({self.shape}, {self.entries})"

    def rows(self) -> list[list[Element]]:
        """Return the rows of a matrix; a number counts as a 1 × 1 matrix.

        Raises:
            ValueError: for an array of another order.
        """
        m, n = self.shape if self.shape else (1, 1)
        return [self.entries[i * n : (i + 1) * n] for i in range(m)]

    def map(self, function: Callable[[Element], Element]) -> Array:
        """Return the array of ``function`` at each entry.

        Raises:
            Never, unless ``function`` does.
        """
        return Array(self.shape, [function(x) for x in self.entries])


def number(value: Element) -> Array:
    """Return the array of order 0 that holds ``value``.

    Raises:
        Never.
    """
    return Array((), [value])


def matrix(rows: Sequence[Sequence[Element]]) -> Array:
    """Return the matrix with the given rows.

    Raises:
        ValueError: if the rows differ in length or there are none.

    Example:
        >>> matrix([[1, 2], [3, 4]]).shape
        (2, 2)
    """
    if not rows or len({len(row) for row in rows}) != 1:
        raise ValueError("rows of one length are needed")
    return Array((len(rows), len(rows[0])), [x for row in rows for x in row])


def column(entries: Iterable[Element]) -> Array:
    """Return the column (n × 1 matrix) of the given entries.

    Raises:
        Never.
    """
    flat = list(entries)
    return Array((len(flat), 1), flat)


def _fit(fits: bool, operation: str, *arrays: Array) -> None:
    if not fits:
        shapes = ", ".join(str(a.shape) for a in arrays)
        raise ValueError(f"{operation} of arrays of shapes {shapes}")


def zeros(*shape: int) -> Array:
    """Return the array of zeros.

    Raises:
        Never.
    """
    return Array(shape, [0] * count(shape))


def count(shape: Iterable[int]) -> int:
    """Return the number of entries of an array of this shape.

    Raises:
        Never.
    """
    total = 1
    for size in shape:
        total *= size
    return total


# identity: I_ij = 1 if i = j, else 0
def identity(n: int) -> Array:
    """Return the identity matrix of size n.

    Raises:
        Never.
    """
    return Array((n, n), [1 if i == j else 0 for i in range(n) for j in range(n)])


# ones: J_ij = 1 for all i and j
def ones(m: int, n: int) -> Array:
    """Return the m × n matrix of ones.

    Raises:
        Never.
    """
    return Array((m, n), [1] * (m * n))


def unit_vector(position: int, n: int) -> Array:
    """Return the column of length n whose entry at ``position`` (counted from 1) is 1.

    Raises:
        ValueError: if the position is not within 1..n.
    """
    if not 1 <= position <= n:
        raise ValueError(f"no entry {position} in a column of length {n}")
    return Array((n, 1), [1 if i + 1 == position else 0 for i in range(n)])


# commutation: vec(Aᵀ) holds A_ij in row i n + j, vec(A) in row j m + i
def commutation(m: int, n: int) -> Array:
    """Return the commutation matrix K_{m,n}: K vec(A) = vec(Aᵀ) for every A : m × n.

    Raises:
        Never.

    Example:
        >>> a = matrix([[1, 2, 3], [4, 5, 6]])
        >>> product(commutation(2, 3), vec(a)) == vec(transpose(a))
        True

    Source:
        Magnus & Neudecker (1979), Ann. Statist. 7(2), 381-394.
    """
    size = m * n
    entries = [0] * (size * size)
    for i in range(m):
        for j in range(n):
            entries[(i * n + j) * size + (j * m + i)] = 1
    return Array((size, size), entries)


def add(a: Array, b: Array) -> Array:
    """Return A + B.

    Raises:
        ValueError: if the shapes differ.
    """
    _fit(a.shape == b.shape, "sum", a, b)
    return Array(a.shape, [x + y for x, y in zip(a.entries, b.entries, strict=True)])


def subtract(a: Array, b: Array) -> Array:
    """Return A − B.

    Raises:
        ValueError: if the shapes differ.
    """
    _fit(a.shape == b.shape, "difference", a, b)
    return Array(a.shape, [x - y for x, y in zip(a.entries, b.entries, strict=True)])


def scale(factor: Element, a: Array) -> Array:
    """Return the multiple of A by a number.

    Raises:
        Never.
    """
    return Array(a.shape, [factor * x for x in a.entries])


# product: C_ik = Σ_j A_ij B_jk
def product(a: Array, b: Array) -> Array:
    """Return the matrix product A B.

    Raises:
        ValueError: if A's columns are not as many as B's rows.
    """
    _fit(len(a.shape) == 2 == len(b.shape) and a.shape[1] == b.shape[0], "product", a, b)
    m, n = a.shape
    p = b.shape[1]
    columns = [b.entries[k::p] for k in range(p)]
    entries = []
    for i in range(m):
        row = a.entries[i * n : (i + 1) * n]
        for col in columns:
            total = row[0] * col[0]
            for j in range(1, n):
                total = total + row[j] * col[j]
            entries.append(total)
    return Array((m, p), entries)


# contraction: C_{…i, k…} = Σ_j S_{…i j} T_{j k…}
def contraction(s: Array, t: Array) -> Array:
    """Return the product of tensors: the last axis of S summed against the first of T.

    Raises:
        ValueError: if either is a number or the axes differ in size.
    """
    _fit(bool(s.shape and t.shape) and s.shape[-1] == t.shape[0], "contraction", s, t)
    n = t.shape[0]
    flat = product(
        Array((len(s.entries) // n, n), s.entries), Array((n, len(t.entries) // n), t.entries)
    )
    return Array(s.shape[:-1] + t.shape[1:], flat.entries)


# transpose: B_ji = A_ij for A : m × n
def transpose(a: Array) -> Array:
    """Return the transpose of a matrix.

    Raises:
        ValueError: for an array of another order.
    """
    _fit(len(a.shape) == 2, "transpose", a)
    m, n = a.shape
    return Array((n, m), [a.entries[i * n + j] for j in range(n) for i in range(m)])


def arrange(a: Array, axes: Sequence[int]) -> Array:
    """Return the array whose axes are the named axes of A; -1 is a new axis of size 1.

    Raises:
        ValueError: if an axis is named twice, or one that is left out has more than one entry.
    """
    named = [axis for axis in axes if axis >= 0]
    left_out = [size for axis, size in enumerate(a.shape) if axis not in named]
    _fit(len(set(named)) == len(named) and all(s == 1 for s in left_out), "arrangement", a)
    strides = [1] * len(a.shape)
    for axis in range(len(a.shape) - 2, -1, -1):
        strides[axis] = strides[axis + 1] * a.shape[axis + 1]
    positions = [0]
    for axis in named:
        positions = [p + k * strides[axis] for p in positions for k in range(a.shape[axis])]
    shape = tuple(a.shape[axis] if axis >= 0 else 1 for axis in axes)
    return Array(shape, [a.entries[p] for p in positions])


# trace: Σ_i A_ii
def trace(a: Array) -> Array:
    """Return the trace of a square matrix, as an array of order 0.

    Raises:
        ValueError: if A is not square.
    """
    total, *rest = diagonal(a).entries
    for x in rest:
        total = total + x
    return number(total)


# hadamard: C_ij = A_ij B_ij
def hadamard(a: Array, b: Array) -> Array:
    """Return the Hadamard product A ⊙ B.

    Raises:
        ValueError: if the shapes differ.
    """
    _fit(a.shape == b.shape, "Hadamard product", a, b)
    return Array(a.shape, [x * y for x, y in zip(a.entries, b.entries, strict=True)])


# kronecker: C_{(i p + k), (j q + l)} = A_ij B_kl for B : p × q
def kronecker(a: Array, b: Array) -> Array:
    """Return the Kronecker product A ⊗ B: the block matrix of the A_ij B.

    Raises:
        ValueError: if A or B is not a matrix.
    """
    _fit(len(a.shape) == 2 == len(b.shape), "Kronecker product", a, b)
    (m, n), (p, q) = a.shape, b.shape
    entries = [
        a.entries[i * n + j] * b.entries[k * q + l]
        for i in range(m)
        for k in range(p)
        for j in range(n)
        for l in range(q)  # noqa: E741
    ]
    return Array((m * p, n * q), entries)


# vec: v_{(j m + i)} = A_ij
def vec(a: Array) -> Array:
    """Return the columns of A on top of each other.

    Raises:
        ValueError: if A is not a matrix.
    """
    return Array((count(a.shape), 1), transpose(a).entries)


# unvec: A_ij = v_{(j m + i)}
def unvec(v: Array, m: int, n: int) -> Array:
    """Return the m × n matrix A with vec(A) = v.

    Raises:
        ValueError: if v is not a column of length m n.
    """
    _fit(v.shape == (m * n, 1), f"reshape to {m} × {n}", v)
    return Array((m, n), [v.entries[j * m + i] for i in range(m) for j in range(n)])


# diagonal-matrix: D_ij = v_i if i = j, else 0
def diagonal_matrix(v: Array) -> Array:
    """Return the diagonal matrix of a column (or row).

    Raises:
        ValueError: if v is neither a column nor a row.
    """
    _fit(len(v.shape) == 2 and 1 in v.shape, "diagonal matrix", v)
    n = len(v.entries)
    return Array((n, n), [v.entries[i] if i == j else 0 for i in range(n) for j in range(n)])


# diagonal: v_i = A_ii for A : n × n
def diagonal(a: Array) -> Array:
    """Return the diagonal of a square matrix as a column.

    Raises:
        ValueError: if A is not square.
    """
    _fit(len(a.shape) == 2 and a.shape[0] == a.shape[1], "diagonal", a)
    n = a.shape[0]
    return Array((n, 1), [a.entries[i * n + i] for i in range(n)])


def block_matrix(blocks: Sequence[Sequence[Array]]) -> Array:
    """Return the matrix made of the given rows of blocks.

    Raises:
        ValueError: if the blocks do not fit beside or below each other.
    """
    rows: list[list[Element]] = []
    for band in blocks:
        _fit(len({block.shape[0] for block in band}) == 1, "row of blocks", *band)
        parts = [block.rows() for block in band]
        rows.extend([x for part in parts for x in part[i]] for i in range(band[0].shape[0]))
    return matrix(rows)


def power(a: Array, exponent: int) -> Array:
    """Return the power of a square matrix; negative exponents invert.

    Raises:
        ValueError: if A is not square.
        NotInvertibleError: for a negative exponent, as ``inverse``.
    """
    _fit(len(a.shape) == 2 and a.shape[0] == a.shape[1], "power", a)
    if exponent < 0:
        return power(inverse(a), -exponent)
    result = None
    while exponent:
        if exponent & 1:
            result = a if result is None else product(result, a)
        exponent >>= 1
        if exponent:
            a = product(a, a)
    return identity(a.shape[0]) if result is None else result


def is_unit(x: Element) -> bool:
    """Return whether 1/x certainly exists; a dual number says so itself, by ``is_unit``.

    Raises:
        Never.
    """
    own = getattr(x, "is_unit", None)
    return bool(own()) if own is not None else bool(x != 0)


def pseudo_inverse(a: Array) -> Array:
    """Return the Moore–Penrose inverse of a matrix of rationals.

    With r independent columns B of A, A = B C for one C, and A⁺ = Cᵀ (C Cᵀ)⁻¹ (Bᵀ B)⁻¹ Bᵀ.

    Raises:
        Never, for exact entries.

    Example:
        >>> from flint import fmpq
        >>> pseudo_inverse(Array((2, 2), [fmpq(1), fmpq(1), fmpq(1), fmpq(1)])).rows()
        [[1/4, 1/4], [1/4, 1/4]]
    """
    m, n = a.shape
    rows = [list(row) for row in a.rows()]
    pivots: list[int] = []
    for column in range(n):
        rank = len(pivots)
        found = next((i for i in range(rank, m) if rows[i][column] != 0), None)
        if found is None:
            continue
        rows[rank], rows[found] = rows[found], rows[rank]
        pivot = rows[rank][column]
        rows[rank] = [x / pivot for x in rows[rank]]
        for i in range(m):
            factor = rows[i][column]
            if i != rank and factor != 0:
                rows[i] = [x - factor * y for x, y in zip(rows[i], rows[rank], strict=True)]
        pivots.append(column)
    if not pivots:
        return transpose(a)
    b = matrix([[row[column] for column in pivots] for row in a.rows()])
    c = matrix(rows[: len(pivots)])
    left = product(transpose(c), inverse(product(c, transpose(c))))
    return product(left, product(inverse(product(transpose(b), b)), transpose(b)))


def _reciprocal(x: Element) -> Element:
    return fmpq(1, x) if isinstance(x, int) else 1 / x


def inverse(a: Array) -> Array:
    """Return A⁻¹ by Gauss–Jordan elimination, pivots being the entries that are certainly units.

    Raises:
        ValueError: if A is not square.
        NotInvertibleError: if a column offers no pivot.

    Cost:
        O(n³) operations of the ring.
    """
    _fit(len(a.shape) == 2 and a.shape[0] == a.shape[1], "inverse", a)
    n = a.shape[0]
    work = [row + [1 if i == j else 0 for j in range(n)] for i, row in enumerate(a.rows())]
    for c in range(n):
        pivot = next((r for r in range(c, n) if is_unit(work[r][c])), None)
        if pivot is None:
            raise NotInvertibleError("the matrix is not invertible")
        work[c], work[pivot] = work[pivot], work[c]
        factor = _reciprocal(work[c][c])
        work[c] = [factor * x for x in work[c]]
        for r in range(n):
            lead = work[r][c]
            if r != c and not (isinstance(lead, int) and lead == 0):
                work[r] = [x - lead * y for x, y in zip(work[r], work[c], strict=True)]
    return Array((n, n), [x for row in work for x in row[n:]])


def determinant(a: Array) -> Array:
    """Return det A as an array of order 0.

    Small matrices are expanded by rows, which needs no division and so is right for dual numbers
    at singular matrices too; larger ones are eliminated as long as there are pivots.

    Raises:
        ValueError: if A is not square.
        NotInvertibleError: if A is large and elimination finds no certain pivot.

    Cost:
        n 2ⁿ operations for n ≤ 6, O(n³) above.
    """
    _fit(len(a.shape) == 2 and a.shape[0] == a.shape[1], "determinant", a)
    rows = a.rows()
    if len(rows) <= _EXPANSION_LIMIT:
        return number(_expanded(rows))
    total: Element = 1
    while len(rows) > _EXPANSION_LIMIT:
        n = len(rows)
        pivot = next((r for r in range(n) if is_unit(rows[r][0])), None)
        if pivot is None:
            if n <= _EXPANSION_MAXIMUM:
                break
            raise NotInvertibleError("no pivot for the determinant")
        lead = rows.pop(pivot)
        total = total * lead[0] * (-1 if pivot % 2 else 1)
        factor = _reciprocal(lead[0])
        rows = [
            [x - row[0] * factor * y for x, y in zip(row[1:], lead[1:], strict=True)]
            for row in rows
        ]
    return number(total * _expanded(rows))


# adjugate: B_ji = (-1)^(i + j) · the determinant of A without row i and column j
def adjugate(a: Array) -> Array:
    """Return the transposed matrix of cofactors.

    Raises:
        ValueError: if A is not square.
        NotInvertibleError: as ``determinant``.

    Cost:
        n² determinants.
    """
    _fit(len(a.shape) == 2 and a.shape[0] == a.shape[1], "adjugate", a)
    rows, n = a.rows(), a.shape[0]
    if n == 1:
        return Array((1, 1), [1])
    entries = []
    for j in range(n):
        for i in range(n):
            minor = [row[:j] + row[j + 1 :] for k, row in enumerate(rows) if k != i]
            value = determinant(matrix(minor)).entries[0]
            entries.append(-value if (i + j) % 2 else value)
    return Array((n, n), entries)


def _expanded(rows: list[list[Element]]) -> Element:
    """Expand a determinant row by row; minors of the leading rows are kept by their columns."""
    n = len(rows)
    minors: dict[int, Element] = {0: 1}
    for row in rows:
        grown: dict[int, Element] = {}
        for columns, minor in minors.items():
            for c in range(n):
                bit = 1 << c
                if columns & bit:
                    continue
                term = minor * row[c]
                # the sign counts the columns already taken to the right of c
                if (columns >> (c + 1)).bit_count() % 2:
                    term = -term
                key = columns | bit
                grown[key] = grown[key] + term if key in grown else term
        minors = grown
    return minors[(1 << n) - 1]
