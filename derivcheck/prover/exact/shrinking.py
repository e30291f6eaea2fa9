"""Simpler variants of an example, the greatest simplification first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flint import fmpq

from derivcheck.algebra.arrays import Array
from derivcheck.prover.exact.assignment import Assignment
from derivcheck.prover.exact.functions import (
    AbstractFunction,
    Multivariate,
    Univariate,
    simple_multivariates,
)

_ENTRIES = (fmpq(0), fmpq(1), fmpq(-1), fmpq(2), fmpq(3))
_UNIVARIATES = tuple(
    Univariate(c) for c in ((0,), (1,), (0, 1), (0, 0, 1), (0, 1, 1), (0, 0, 0, 1), (1, 1, 1))
)


def cost(x: fmpq) -> int:
    """Return how complicated a number is: 0 before 1, −1, 2, …, fractions last.

    Raises:
        Never.
    """
    p, q = int(x.p), int(x.q)
    return 2 * abs(p) - (p > 0) + 10 * (q - 1)


def simpler(assignment: Assignment) -> Iterator[Assignment]:
    """Yield variants of an assignment in which one thing is simpler.

    Whole matrices become 0 or I, single entries and mirrored pairs of entries become small
    integers, functions become shorter polynomials, free indices become 1.

    Raises:
        Never.
    """
    for name, function in assignment.functions.items():
        for candidate in _simpler_functions(function):
            variant = assignment.copy()
            variant.functions[name] = candidate
            yield variant
    for name, value in assignment.values.items():
        for array in _simpler_arrays(value):
            variant = assignment.copy()
            variant.values[name] = array
            yield variant
    for member, value in assignment.members.items():
        for array in _simpler_arrays(value):
            variant = assignment.copy()
            variant.members[member] = array
            yield variant
    for index, position in assignment.indices.items():
        if position > 1:
            variant = assignment.copy()
            variant.indices[index] = position - 1
            yield variant


def _simpler_arrays(value: Array) -> Iterator[Array]:
    entries = value.entries
    total = sum(map(cost, entries))
    if not total:
        return
    yield Array(value.shape, [fmpq(0)] * len(entries))
    m, n = value.shape if len(value.shape) == 2 else (1, 1)
    if m == n > 1:
        unit = [fmpq(1 if i == j else 0) for i in range(n) for j in range(n)]
        if sum(map(cost, unit)) < total:
            yield Array(value.shape, unit)
    for k, x in enumerate(entries):
        mirrored = (k % n) * n + k // n if m == n else k
        for y in _ENTRIES:
            if cost(y) >= cost(x):
                break
            changed = list(entries)
            changed[k] = y
            yield Array(value.shape, changed)
            if mirrored != k:
                for sign in (1, -1):
                    pair = list(changed)
                    pair[mirrored] = sign * y
                    if sum(map(cost, pair)) < total:
                        yield Array(value.shape, pair)


def _simpler_functions(function: AbstractFunction) -> Iterator[AbstractFunction]:
    if isinstance(function, Univariate):
        current = _weight(function.coefficients)
        for candidate in _UNIVARIATES:
            if _weight(candidate.coefficients) < current:
                yield candidate
        for k, c in enumerate(function.coefficients):
            if c:
                rest = list(function.coefficients)
                rest[k] = 0
                while len(rest) > 1 and not rest[-1]:
                    rest.pop()
                yield Univariate(tuple(rest))
        return
    for part, polynomial in enumerate(function):
        terms = polynomial.expanded()
        arguments = 1 + max((p for monomial in terms for p in monomial), default=0)
        zero, one = Multivariate(()), Multivariate((((), 1),))
        simple = [zero, one, *(Multivariate((((i,), 1),)) for i in range(arguments))]
        candidates = [*simple, *simple_multivariates(arguments)]
        if len(terms) <= 12:
            candidates += [
                Multivariate(tuple((m, c) for m, c in terms.items() if m != left_out))
                for left_out in terms
            ]
        for shorter in candidates:
            if _complexity(shorter) < _complexity(polynomial):
                yield (*function[:part], shorter, *function[part + 1 :])


def _weight(coefficients: Sequence[int]) -> int:
    return sum((i + 1) * (abs(c) + 1) for i, c in enumerate(coefficients) if c)


def _complexity(polynomial: Multivariate) -> int:
    return sum((len(m) + 1) * (abs(c) + 1) for m, c in polynomial.expanded().items())
