"""Dual numbers on NumPy arrays: what a value becomes when some of its names are moved a little.

A jet is f(x + ε₁ + ε₂ + …) with εᵢ² = 0: one array of coefficients for each set of infinitesimals. Each
infinitesimal has an axis of its own in front of the value's axes, one position for each direction
in which the variable may move, the newest one foremost. So all partial derivatives come at once, a
derivative of a derivative is a second infinitesimal, and NumPy's broadcasting over leading axes is
the product rule.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import numpy as np

NONE: frozenset[int] = frozenset()


class ShapeError(Exception):
    """Shapes do not fit."""


class Jet:
    """A number (``core`` 0), a matrix (2) or a tensor with infinitesimal parts."""

    __slots__ = ("core", "parts")

    def __init__(self, parts: dict[frozenset[int], np.ndarray], core: int) -> None:
        self.parts = parts
        self.core = core

    @property
    def real(self) -> np.ndarray:
        return self.parts[NONE]

    @property
    def shape(self) -> tuple[int, ...]:
        return self.real.shape

    def map(self, change: Callable[[np.ndarray], np.ndarray], core: int) -> Jet:
        """Apply a linear map to the value's own axes, those in front following by broadcasting."""
        return Jet({marks: change(part) for marks, part in self.parts.items()}, core)

    def rows(self) -> Jet:
        """Return the transpose; a number is its own."""
        return self.map(lambda a: np.swapaxes(a, -1, -2), 2) if self.core else self

    def grid(self) -> Jet:
        """Return a number as a 1 × 1 matrix, all else as it is."""
        return self if self.core else self.map(lambda a: a[..., None, None], 2)


def constant(value: object) -> Jet:
    array = np.asarray(value, dtype=float)
    return Jet({NONE: array}, array.ndim)


def added(left: Jet, right: Jet, sign: float = 1.0) -> Jet:
    if left.shape != right.shape:
        raise ShapeError(f"{left.shape} + {right.shape}")
    return total_of(left, right, sign)


def total_of(left: Jet, right: Jet, sign: float = 1.0) -> Jet:
    parts = dict(left.parts)
    for marks, part in right.parts.items():
        parts[marks] = parts[marks] + sign * part if marks in parts else sign * part
    return Jet(parts, left.core)


def bilinear(
    left: Jet, right: Jet, product: Callable[[np.ndarray, np.ndarray], np.ndarray], core: int
) -> Jet:
    """Apply a product; two parts that share an infinitesimal have the product 0."""
    parts: dict[frozenset[int], np.ndarray] = {}
    for (a, u), (b, v) in itertools.product(left.parts.items(), right.parts.items()):
        if not a & b:
            part = product(u, v)
            parts[a | b] = parts[a | b] + part if a | b in parts else part
    return Jet(parts, core)


def scaled(number: Jet, value: Jet) -> Jet:
    spread = (1,) * value.core
    return bilinear(number, value, lambda a, b: a.reshape(a.shape + spread) * b, value.core)


def hadamard(left: Jet, right: Jet) -> Jet:
    if left.shape != right.shape:
        raise ShapeError(f"{left.shape} ⊙ {right.shape}")
    return bilinear(left, right, lambda a, b: a * b, left.core)


def contracted(left: Jet, right: Jet) -> Jet:
    """Sum over the last axis of the one and the first of the other."""
    if left.shape[-1] != right.shape[0]:
        raise ShapeError(f"{left.shape} times {right.shape}")
    before, after = left.shape[:-1], right.shape[1:]
    k = right.shape[0]

    def product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        u = a.reshape((*a.shape[: a.ndim - left.core], -1, k))
        v = b.reshape((*b.shape[: b.ndim - right.core], k, -1))
        made = u @ v
        return made.reshape(made.shape[:-2] + before + after)

    return bilinear(left, right, product, len(before) + len(after))


def kronecker(left: Jet, right: Jet) -> Jet:
    """(A ⊗ B) has the blocks a_ij B."""

    def product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        made = np.einsum("...ij,...kl->...ikjl", a, b)
        i, k, j, m = made.shape[-4:]
        return made.reshape((*made.shape[:-4], i * k, j * m))

    return bilinear(left, right, product, 2)


def partitions(items: list[int]) -> Iterator[list[frozenset[int]]]:
    if not items:
        yield []
        return
    first, rest = items[0], items[1:]
    for size in range(len(rest) + 1):
        for chosen in itertools.combinations(rest, size):
            others = [item for item in rest if item not in chosen]
            for tail in partitions(others):
                yield [frozenset((first, *chosen)), *tail]


def applied(value: Jet, derivative: Callable[[int, np.ndarray], np.ndarray]) -> Jet:
    """Apply a function of a number to every entry; Faà di Bruno's formula for its parts."""
    real = value.real
    at: dict[int, np.ndarray] = {0: derivative(0, real)}
    parts = {NONE: at[0]}
    marks = sorted(frozenset().union(*value.parts))
    for size in range(1, len(marks) + 1):
        for chosen in itertools.combinations(marks, size):
            total = None
            for blocks in partitions(list(chosen)):
                if not all(block in value.parts for block in blocks):
                    continue
                order = len(blocks)
                if order not in at:
                    at[order] = derivative(order, real)
                term = at[order]
                for block in blocks:
                    term = term * value.parts[block]
                total = term if total is None else total + term
            if total is not None:
                parts[frozenset(chosen)] = total
    return Jet(parts, value.core)


def inverse(value: Jet) -> Jet:
    """(X + N)⁻¹ = X⁻¹ − X⁻¹ N X⁻¹ + …, which ends because N is nilpotent."""
    if value.core != 2 or value.shape[0] != value.shape[1]:
        raise ShapeError(f"inverse of {value.shape}")
    if np.linalg.cond(value.real) > 1e7:
        raise FloatingPointError("nearly singular")
    base = constant(np.linalg.inv(value.real))
    moved = Jet({marks: -part for marks, part in value.parts.items() if marks}, 2)
    total = term = base
    while term.parts:
        term = bilinear(bilinear(base, moved, np.matmul, 2), term, np.matmul, 2)
        total = total_of(total, term)
    return total


def entry(value: Jet, *at: int) -> Jet:
    return value.map(lambda a: a[(..., *at)], 0)


def stacked(values: list[Jet], shape: tuple[int, ...]) -> Jet:
    """Return an array of numbers, filled row by row."""
    keys = {marks for value in values for marks in value.parts}
    parts = {}
    for marks in keys:
        found = [v.parts.get(marks, np.zeros(())) for v in values]
        lead = np.broadcast_shapes(*(f.shape for f in found))
        array = np.stack([np.broadcast_to(f, lead) for f in found], axis=-1)
        parts[marks] = array.reshape(lead + shape)
    parts.setdefault(NONE, np.zeros(shape))
    return Jet(parts, len(shape))


def determinant(value: Jet) -> Jet:
    """Expand along the rows; a large one is det X exp(tr log(I + X⁻¹ N)), whose series ends."""
    if value.core == 0:
        return value
    n = value.shape[0]
    if value.shape != (n, n):
        raise ShapeError(f"determinant of {value.shape}")
    if n > 6 or not any(value.parts):
        return _determinant_by_series(value)
    minors = {(): constant(1.0)}
    for row in reversed(range(n)):
        wider = {}
        for columns in itertools.combinations(range(n), n - row):
            total = constant(0.0)
            for place, column in enumerate(columns):
                rest = columns[:place] + columns[place + 1 :]
                term = scaled(entry(value, row, column), minors[rest])
                total = added(total, term, (-1.0) ** place)
            wider[columns] = total
        minors = wider
    return minors[tuple(range(n))]


def _determinant_by_series(value: Jet) -> Jet:
    number = constant(np.linalg.det(value.real))
    moved = Jet({marks: part for marks, part in value.parts.items() if marks}, 2)
    if not moved.parts:
        return number
    ratio = bilinear(inverse(constant(value.real)), moved, np.matmul, 2)
    logarithm, power, order = constant(0.0), ratio, 1
    while power.parts:
        trace = power.map(lambda a: np.trace(a, axis1=-2, axis2=-1), 0)
        logarithm = total_of(logarithm, trace, (-1.0) ** (order + 1) / order)
        power, order = bilinear(power, ratio, np.matmul, 2), order + 1
    return scaled(number, applied(logarithm, lambda _, t: np.exp(t)))
