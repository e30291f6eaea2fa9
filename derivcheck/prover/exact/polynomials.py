"""Polynomials in indeterminates over the numbers of an evaluation, for means of random variables.

A polynomial lives in a *group*, as a dual number does: its coefficients belong to earlier groups, and
a dual number of a later group holds polynomials. So derivatives inside of an expectation and
derivatives of one are never confused.
"""

from __future__ import annotations

from collections.abc import Callable

from flint import fmpq

from derivcheck.algebra.arrays import Element, is_unit
from derivcheck.limits import EVALUATED_TERMS as _MOST_TERMS
from derivcheck.prover.exact.duals import Dual, OutOfBudgetError, UnsupportedError, reciprocal

Powers = tuple[int, ...]
"""The exponent of each indeterminate."""


class Polynomial:
    """A polynomial: exponents to coefficients; those left out are 0.

    Example:
        >>> z = Polynomial(1, {(1,): fmpq(1)})
        >>> (z + 1) * (z - 1)
        Polynomial(1, {(2,): 1, (1,): 0, (0,): -1})
    """

    __slots__ = ("group", "terms")

    def __init__(self, group: int, terms: dict[Powers, Element]) -> None:
        self.group = group
        self.terms = terms

    def __repr__(self) -> str:
        return f"Polynomial({self.group}, {self.terms})"

    def _earlier(self, other: Element) -> bool:
        """Return whether a number belongs to an earlier group than this polynomial."""
        return not isinstance(other, Dual | Polynomial) or other.group < self.group

    def _constant(self, value: Element) -> Polynomial:
        powers = (0,) * len(next(iter(self.terms), ()))
        return Polynomial(self.group, {powers: value})

    def is_unit(self) -> bool:
        """Return whether this is a number, and its reciprocal certainly exists."""
        return len(self.terms) == 1 and all(
            not any(powers) and is_unit(value) for powers, value in self.terms.items()
        )

    def reciprocal(self) -> Polynomial:
        """Return 1/x of a number.

        Raises:
            UnsupportedError: of anything else, which has no exact mean.
        """
        if any(any(powers) for powers in self.terms):
            raise UnsupportedError("the reciprocal of something random")
        (value,) = self.terms.values()
        return self._constant(reciprocal(value))

    def __neg__(self) -> Polynomial:
        return Polynomial(self.group, {k: -c for k, c in self.terms.items()})

    def __add__(self, other: Element) -> Element:
        if not isinstance(other, Polynomial) or other.group != self.group:
            if not self._earlier(other):
                return other + self
            other = self._constant(other)
        terms = dict(self.terms)
        for powers, value in other.terms.items():
            total = terms[powers] + value if powers in terms else value
            if type(total) is fmpq and not total and len(terms) > 1:
                terms.pop(powers, None)
            else:
                terms[powers] = total
        return Polynomial(self.group, terms)

    __radd__ = __add__

    def __sub__(self, other: Element) -> Element:
        return self + (-other)

    def __rsub__(self, other: Element) -> Element:
        return -self + other

    def __mul__(self, other: Element) -> Element:
        if not isinstance(other, Polynomial) or other.group != self.group:
            if not self._earlier(other):
                return other * self
            if type(other) is fmpq and not other:
                return other
            return Polynomial(self.group, {k: c * other for k, c in self.terms.items()})
        if len(self.terms) * len(other.terms) > _MOST_TERMS:
            raise OutOfBudgetError("a polynomial in random entries becomes too long")
        terms: dict[Powers, Element] = {}
        for one, a in self.terms.items():
            for two, b in other.terms.items():
                powers = tuple([i + j for i, j in zip(one, two, strict=True)])
                product = a * b
                terms[powers] = terms[powers] + product if powers in terms else product
        return Polynomial(self.group, terms)

    __rmul__ = __mul__

    def __truediv__(self, other: Element) -> Element:
        return self * reciprocal(other)

    def __rtruediv__(self, other: Element) -> Element:
        return self.reciprocal() * other


def integrated(x: Element, group: int, moment: Callable[[Powers], Element]) -> Element:
    """Return x with each product of indeterminates of a group replaced by its mean.

    Raises:
        As ``moment``.
    """
    if isinstance(x, Dual) and x.group > group:
        slopes = {k: integrated(s, group, moment) for k, s in x.slopes.items()}
        return Dual(x.group, integrated(x.value, group, moment), slopes)
    if not isinstance(x, Polynomial) or x.group != group:
        return x
    total: Element = fmpq(0)
    for powers, value in x.terms.items():
        total = total + value * moment(powers)
    return total
