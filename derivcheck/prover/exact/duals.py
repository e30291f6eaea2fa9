"""Nested dual numbers: derivatives by exact arithmetic, with no symbol in sight.

A dual number ``value + Σ_k slope_k ε_k`` lives in a *group* of infinitesimals whose products
vanish. Groups are numbered by the order in which they are opened; ``value`` and every slope belong
to earlier groups, so nested derivatives nest, and two groups are never confused.

Guarantees: arithmetic is that of the ring ``R[ε]/(ε_i ε_j)`` over the ring below, exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flint import arb, fmpq

from derivcheck.algebra.arrays import Element, is_unit

NumberFunction = Callable[[int, Any], Any]
"""(k, t) to the k-th derivative at t, a number that is not dual."""


class UndefinedError(ArithmeticError):
    """The expression has no value at this point (division by 0, log of −1, a kink)."""


class UncertainError(ArithmeticError):
    """Balls of this precision cannot tell on which side of a boundary a number lies."""


class UnsupportedError(Exception):
    """A node that exact evaluation has no rule for; it never guesses."""


class OutOfBudgetError(Exception):
    """The evaluation would take more work, or longer numbers, than was allowed."""


class Dual:
    """A dual number of one group over the ring of the earlier groups.

    Attributes:
        group: the number of its group.
        value: the part without infinitesimals of this group.
        slopes: k to the coefficient of ε_k; those left out are 0. Never changed in place.
    """

    __slots__ = ("group", "slopes", "value")

    def __init__(self, group: int, value: Element, slopes: dict[int, Element]) -> None:
        self.group = group
        self.value = value
        self.slopes = slopes

    def __repr__(self) -> str:
        return f"Dual({self.group}, {self.value}, {self.slopes})"

    def is_unit(self) -> bool:
        """Return whether the reciprocal certainly exists: that of the value does."""
        return is_unit(self.value)

    def __neg__(self) -> Dual:
        return Dual(self.group, -self.value, {k: -s for k, s in self.slopes.items()})

    def __add__(self, other: Element) -> Element:
        if isinstance(other, Dual):
            if other.group == self.group:
                slopes = dict(self.slopes)
                for k, s in other.slopes.items():
                    slopes[k] = slopes[k] + s if k in slopes else s
                return Dual(self.group, self.value + other.value, slopes)
            if other.group > self.group:
                return Dual(other.group, self + other.value, other.slopes)
        elif getattr(other, "group", 0) > self.group:  # a polynomial whose coefficients are dual
            return other + self
        return Dual(self.group, self.value + other, self.slopes)

    __radd__ = __add__

    def __sub__(self, other: Element) -> Element:
        return self + (-other)

    def __rsub__(self, other: Element) -> Element:
        return -self + other

    # (a + Σ a_k ε_k)(b + Σ b_k ε_k) = ab + Σ (a_k b + a b_k) ε_k
    def __mul__(self, other: Element) -> Element:
        if isinstance(other, Dual):
            if other.group == self.group:
                a, b = self.value, other.value
                slopes = {k: s * b for k, s in self.slopes.items()}
                for k, s in other.slopes.items():
                    slopes[k] = slopes[k] + a * s if k in slopes else a * s
                return Dual(self.group, a * b, slopes)
            if other.group > self.group:
                return other * self
        elif type(other) is fmpq and not other:
            return other
        elif getattr(other, "group", 0) > self.group:
            return other * self
        return Dual(self.group, self.value * other, {k: s * other for k, s in self.slopes.items()})

    __rmul__ = __mul__

    # 1/(b + Σ b_k ε_k) = 1/b − Σ b_k/b² ε_k
    def reciprocal(self) -> Dual:
        """Return 1/x.

        Raises:
            UndefinedError: if the value is not certainly invertible.
        """
        inverse = reciprocal(self.value)
        factor = -(inverse * inverse)
        return Dual(self.group, inverse, {k: factor * s for k, s in self.slopes.items()})

    def __truediv__(self, other: Element) -> Element:
        return self * reciprocal(other)

    def __rtruediv__(self, other: Element) -> Element:
        return self.reciprocal() * other


def reciprocal(x: Element) -> Element:
    """Return 1/x for a number or dual number.

    Raises:
        UndefinedError: if x is 0.
        UncertainError: if x is a ball that contains 0.

    Example:
        >>> reciprocal(Dual(1, fmpq(2), {0: fmpq(1)}))
        Dual(1, 1/2, {0: -1/4})
    """
    if isinstance(x, Dual):
        return x.reciprocal()
    if not is_unit(x):
        if isinstance(x, arb):
            raise UncertainError("a denominator that may be 0")
        raise UndefinedError("division by 0")
    return fmpq(1, x) if isinstance(x, int) else 1 / x


def power(x: Element, exponent: int) -> Element:
    """Return x to an integer power by repeated squaring.

    Raises:
        UndefinedError: for a negative power of 0.
        UncertainError: as ``reciprocal``.
    """
    if exponent < 0:
        return power(reciprocal(x), -exponent)
    result: Element = None
    while exponent:
        if exponent & 1:
            result = x if result is None else result * x
        exponent >>= 1
        if exponent:
            x = x * x
    return fmpq(1) if result is None else result


def number_below(x: Element) -> Element:
    """Return the number without any infinitesimals.

    Raises:
        Never.
    """
    while isinstance(x, Dual):
        x = x.value
    return x


def slope(x: Element, group: int, k: int) -> Element:
    """Return the coefficient of ε_k of the given group, which is the last one opened.

    Raises:
        Never.
    """
    if isinstance(x, Dual) and x.group == group:
        return x.slopes.get(k, fmpq(0))
    return fmpq(0)


# f(v + Σ s_k ε_k) = f(v) + Σ f'(v) s_k ε_k
def apply(function: NumberFunction, order: int, x: Element) -> Element:
    """Return the derivative of the given order of a number function at a dual number.

    Raises:
        UndefinedError, UncertainError: as ``function``.

    Cost:
        2ᵈ calls of ``function`` for d nested groups.

    Example:
        >>> square = lambda k, t: (t * t, 2 * t, fmpq(2))[k]
        >>> apply(square, 0, Dual(1, fmpq(3), {0: fmpq(1)}))
        Dual(1, 9, {0: 6})
    """
    if not isinstance(x, Dual):
        return function(order, x)
    value = apply(function, order, x.value)
    if not x.slopes:
        return value
    factor = apply(function, order + 1, x.value)
    return Dual(x.group, value, {k: factor * s for k, s in x.slopes.items()})
