"""Making an example simpler while it still serves its purpose."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from flint import fmpq
from sympy import Basic

from derivcheck.algebra.arrays import Array
from derivcheck.prover.exact.assignment import Assignment, Member
from derivcheck.prover.exact.functions import (
    AbstractFunction,
    Multivariate,
    Univariate,
    simple_multivariates,
)

Accept = Callable[[Assignment], bool]
"""Whether an assignment still serves its purpose."""

_ENTRIES = (fmpq(0), fmpq(1), fmpq(-1), fmpq(2), fmpq(3))
_MOST_JOINT = 6
PLAIN = 12
"""How much a function may say that is simple enough: t², t² + t, u₁² + u₂²."""
_UNIVARIATES = tuple(Univariate(c) for c in ((0, 1), (0, 0, 1), (0, 1, 1), (0, 0, 0, 1), (1, 1, 1)))


def cost(x: fmpq) -> int:
    """Return how complicated a number is: 0 before 1, −1, 2, …, fractions last.

    Raises:
        Never.
    """
    p, q = int(x.p), int(x.q)
    return 2 * abs(p) - (p > 0) + 10 * (q - 1)


def simplified(assignment: Assignment, accept: Accept) -> Assignment:
    """Return an assignment that is still accepted and as simple as one change at a time makes it.

    Functions become shorter polynomials, many names at once become 0, then single matrices become
    0 or I, single entries and mirrored pairs of entries small integers, free indices 1.

    Args:
        assignment: one that is accepted.
        accept: whether a simpler one still serves; False ends every attempt.

    Raises:
        Never, unless ``accept`` does.
    """
    before = None
    while assignment != before:
        before = assignment
        for name in assignment.functions:
            assignment = _settled(assignment, accept, _by_function, name)
        assignment = _zeroed(assignment, accept)
        for name in assignment.values:
            assignment = _settled(assignment, accept, _by_value, name)
        for member in assignment.members:
            assignment = _settled(assignment, accept, _by_member, member)
        for index in assignment.indices:
            assignment = _settled(assignment, accept, _by_index, index)
    return assignment


def _settled(
    assignment: Assignment,
    accept: Accept,
    variants: Callable[[Assignment, Any], Iterator[Assignment]],
    name: Any,
) -> Assignment:
    """Follow accepted variants of one name until none is left."""
    while True:
        found = next((v for v in variants(assignment, name) if accept(v)), None)
        if found is None:
            return assignment
        assignment = found


def _zeroed(assignment: Assignment, accept: Accept) -> Assignment:
    """Set ever smaller groups of names to 0."""
    size = len(assignment.values) + len(assignment.members)
    while size > 1:
        names: list[Any] = [k for k, v in assignment.values.items() if any(v.entries)]
        names += [k for k, v in assignment.members.items() if any(v.entries)]
        for start in range(0, len(names), size):
            variant = assignment.copy()
            for name in names[start : start + size]:
                store: dict[Any, Array] = (
                    variant.members if isinstance(name, tuple) else variant.values
                )
                store[name] = store[name].map(lambda _: fmpq(0))
            if accept(variant):
                assignment = variant
        size = (size + 1) // 2 if size > 2 else 1
    return assignment


def _by_function(assignment: Assignment, name: Basic) -> Iterator[Assignment]:
    candidates = list(_simpler_functions(assignment.functions[name]))
    for candidate in candidates:
        variant = assignment.copy()
        variant.functions[name] = candidate
        yield variant
    if sum(map(_effort, _parts(assignment.functions[name]))) <= PLAIN:
        return
    # at zeros a simple function shows little: with it, other entries
    for candidate in candidates[:_MOST_JOINT]:
        for ones in (False, True):
            variant = assignment.copy()
            variant.functions[name] = candidate
            for store in (variant.values, variant.members):
                for key, value in store.items():
                    store[key] = _filled(value, ones=ones)
            yield variant


def _filled(value: Array, *, ones: bool) -> Array:
    """Return an array with 1 for each zero, or 1 and 2 by turns."""
    entries = [x or fmpq(1 if ones else 1 + k % 2) for k, x in enumerate(value.entries)]
    return Array(value.shape, entries)


def _parts(function: AbstractFunction) -> Sequence[Univariate | Multivariate]:
    return [function] if isinstance(function, Univariate) else function


def _effort(part: Univariate | Multivariate) -> int:
    return _weight(part.coefficients) if isinstance(part, Univariate) else _complexity(part)


def _by_value(assignment: Assignment, name: Basic) -> Iterator[Assignment]:
    for array in _simpler_arrays(assignment.values[name]):
        variant = assignment.copy()
        variant.values[name] = array
        yield variant


def _by_member(assignment: Assignment, member: Member) -> Iterator[Assignment]:
    for array in _simpler_arrays(assignment.members[member]):
        variant = assignment.copy()
        variant.members[member] = array
        yield variant


def _by_index(assignment: Assignment, index: Basic) -> Iterator[Assignment]:
    if assignment.indices[index] > 1:
        variant = assignment.copy()
        variant.indices[index] -= 1
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
                while rest and not rest[-1]:
                    rest.pop()
                # a constant would do, and would look like a trick
                if len(rest) > 1:
                    yield Univariate(tuple(rest))
        return
    for part, polynomial in enumerate(function):
        terms = polynomial.expanded()
        arguments = 1 + max((p for monomial in terms for p in monomial), default=0)
        simple = [Multivariate((((i,), 1),)) for i in range(arguments)]
        candidates = [*simple, *simple_multivariates(arguments)]
        if len(terms) <= 12:
            candidates += [
                Multivariate(tuple((m, c) for m, c in terms.items() if m != left_out))
                for left_out in terms
            ]
            candidates += [
                Multivariate(tuple((m, sign if m == one else c) for m, c in terms.items()))
                for one in terms
                for sign in (1, -1)
            ]
        if sum(other.degree > 0 for other in function) > 1:
            # of a matrix, single entries may be constant
            candidates += [Multivariate(()), Multivariate((((), 1),))]
        for shorter in candidates:
            plain = shorter.degree or len(function) > 1
            if plain and _complexity(shorter) < _complexity(polynomial):
                yield (*function[:part], shorter, *function[part + 1 :])


def _weight(coefficients: Sequence[int]) -> int:
    return sum((i + 1) * (abs(c) + 1) for i, c in enumerate(coefficients) if c)


def _complexity(polynomial: Multivariate) -> int:
    return sum((len(m) + 1) * (abs(c) + 1) for m, c in polynomial.expanded().items())
