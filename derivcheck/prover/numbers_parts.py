"""Parts of monomials, as rewriting of known functions takes them apart. Plain data in and out."""

from __future__ import annotations

from fractions import Fraction
from math import gcd, isqrt, lcm

from derivcheck.terms.sizes import is_size_symbol
from derivcheck.terms.term import (
    Apply,
    Atom,
    Delta,
    Factor,
    Group,
    Index,
    Monomial,
    Term,
    free_indices,
    nested_terms,
)


def constant(number: Fraction | int) -> Monomial:
    """Return a number as a monomial."""
    return Monomial(Fraction(number), frozenset(), ())


def only(m: Monomial) -> Apply | None:
    """Return the function of a number that a monomial is, its coefficient aside."""
    if len(m.factors) == 1 and not m.bound and type(m.factors[0]) is Apply:
        return m.factors[0]
    return None


def size_below(factor: Factor) -> Atom | None:
    """Return the size that a factor is the reciprocal of; beside it the two are 1 at once."""
    if type(factor) is not Apply or factor.function != "reciprocal" or len(factor.argument) != 1:
        return None
    (m,) = factor.argument
    if len(m.factors) != 1 or m.coefficient != 1:
        return None
    (size,) = m.factors
    return size if type(size) is Atom and is_size_symbol(size.head) else None


def without_divisor(term: Term) -> tuple[Factor, Term] | None:
    """Return a reciprocal of a size that stands in some monomial, and the term times that size."""
    divisors = [f for m in term for f in m.factors if size_below(f) is not None]
    if not divisors:
        return None
    divisor = divisors[0]
    size = size_below(divisor)
    assert size is not None
    result = []
    for m in term:
        factors = list(m.factors)
        if divisor in factors:
            factors.remove(divisor)
        else:
            factors.append(size)
        result.append(Monomial(m.coefficient, m.bound, tuple(factors)))
    return divisor, tuple(result)


def components(m: Monomial) -> list[Monomial]:
    """Return the parts of a monomial that share no bound index, with coefficient 1."""
    parts: list[tuple[set[Index], list[Factor]]] = []
    for factor in m.factors:
        carried = free_indices(factor) & m.bound
        bound, factors = set(carried), [factor]
        apart = []
        for part in parts:
            if part[0] & carried:
                bound |= part[0]
                factors = part[1] + factors
            else:
                apart.append(part)
        parts = [*apart, (bound, factors)]
    return [Monomial(Fraction(1), frozenset(b), tuple(f)) for b, f in parts]


def joined(coefficient: Fraction, parts: list[Monomial]) -> Monomial:
    """Return the product of components."""
    bound: frozenset[Index] = frozenset()
    factors: tuple[Factor, ...] = ()
    for part in parts:
        bound |= part.bound
        factors += part.factors
    return Monomial(coefficient, bound, factors)


def root_of(number: Fraction) -> Fraction | None:
    """Return the positive root of a number, if it is rational."""
    top, bottom = number.numerator, number.denominator
    if top <= 0 or isqrt(top) ** 2 != top or isqrt(bottom) ** 2 != bottom:
        return None
    return Fraction(isqrt(top), isqrt(bottom))


def lead(term: Term) -> Monomial:
    """Return the leading monomial of a term: the one with most factors, ties by their text."""
    return max(term, key=lambda m: (weight(m), text_of(m)))


def weight(m: Monomial) -> int:
    """Return the number of factors of a monomial, those inside its functions included."""
    return sum(
        1 + sum(weight(part) for inner in nested_terms(f) for part in inner) for f in m.factors
    )


def text_of(m: Monomial) -> str:
    """Return a text of a monomial that does not depend on the numbers of its indices."""
    return f"{m.coefficient} " + " ".join(sorted(_factor_text(f) for f in m.factors))


def _factor_text(factor: Factor) -> str:
    inner = ";".join("+".join(sorted(text_of(m) for m in term)) for term in nested_terms(factor))
    if isinstance(factor, Atom):
        return f"{factor.head}{[[min(i, 0) for i in slot] for slot in factor.slots]}"
    if isinstance(factor, Delta):
        return "delta"
    if isinstance(factor, Group):
        return f"({inner})"
    return f"{factor.function}({inner})"


def common_unit(unit: Fraction | None, number: Fraction) -> Fraction:
    """Return the greatest number of which both are multiples."""
    if unit is None:
        return number
    denominator = lcm(unit.denominator, number.denominator)
    return Fraction(
        gcd(int(unit * denominator), int(number * denominator)),
        denominator,
    )


def prime_factors(number: int) -> list[int]:
    """Return the primes of a number, ascending and with repetition."""
    found = []
    divisor = 2
    while divisor * divisor <= number:
        while number % divisor == 0:
            found.append(divisor)
            number //= divisor
        divisor += 1
    return found + [number] * (number > 1)
