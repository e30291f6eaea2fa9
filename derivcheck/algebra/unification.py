"""Sizes that are not known yet, and what forces them.

Declared sizes are rigid: no two of them are ever identified and none is ever made 1. An unknown
size is an ``Unknown``; equations between sizes either bind it, clash, or wait until more is known.
Every unknown must end with exactly one solution, a product or sum of size symbols.
"""

from __future__ import annotations

from typing import Any

from sympy import Add, Basic, Expr, Integer, Mul, Pow, Symbol, expand

from derivcheck.algebra.nodes import ONE, Shape, Size


class Unknown(Symbol):
    """An unknown size; two are equal only if they are the same object."""

    __slots__ = ("number",)

    def __new__(cls, number: int) -> Unknown:
        """Return the unknown of a number; the number tells it apart within one ``Sizes``."""
        made = Symbol.__xnew__(cls, f"?{number}", integer=True, positive=True)
        made.number = number
        return made  # type: ignore[no-any-return]


class Sizes:
    """The unknown sizes of one identity (or one document) and their solutions."""

    def __init__(self) -> None:
        self._solution: dict[Basic, Size] = {}
        self._waiting: list[tuple[Size, Size]] = []
        self._made = 0

    def unknown(self) -> Size:
        """Return a size that is not known yet; it will never be solved as 1."""
        self._made += 1
        return Unknown(self._made)

    def copy(self) -> Sizes:
        """Return an independent copy with the same unknowns."""
        other = Sizes()
        other._solution = dict(self._solution)
        other._waiting = list(self._waiting)
        other._made = self._made
        return other

    def skip(self, other: Sizes) -> None:
        """Make no unknown that a copy has made already: they are told apart by their numbers."""
        self._made = max(self._made, other._made)

    def resolved(self, size: Size) -> Size:
        """Return a size with every solved unknown replaced."""
        while True:
            solved = {u: self._solution[u] for u in size.free_symbols if u in self._solution}
            if not solved:
                return size
            size = size.xreplace(solved)

    def shape(self, shape: Shape) -> Shape:
        """Return a shape with every solved unknown replaced."""
        return tuple([self.resolved(size) for size in shape]) if self._solution else shape

    def unify(self, left: Size, right: Size) -> bool:
        """Make two sizes equal; return False when they cannot be.

        Two rigid sizes that differ clash. An equation with several unknown factors waits.
        """
        if left == right:
            return True
        left, right = self.resolved(left), self.resolved(right)
        if left == right:
            return True
        if isinstance(right, Unknown):
            left, right = right, left
        if isinstance(left, Unknown):
            return self._bind(left, right)
        unknown = unknowns(left) | unknowns(right)
        if not unknown:
            sums = left.has(Add) or right.has(Add)
            return sums and bool(expand(left - right) == 0)
        if left.is_Add or right.is_Add:
            return self._unify_sums(left, right, unknown)
        ratio = quotient(left, right)
        if len(unknown) == 1:
            (one,) = unknown
            if ratio.is_Number and ratio != 1:
                return False
            if one in unknowns(left) and one in unknowns(right):
                self._waiting.append((left, right))
                return True
            whole, part = (right, left) if one in unknowns(left) else (left, right)
            power = part.as_powers_dict()[one]
            rest = quotient(part, one**power)
            if not unknowns(rest):
                value = root(quotient(whole, rest), int(power))
                if value is not None:
                    return is_size(value) and self._bind(one, value)
        self._waiting.append((left, right))
        return True

    def _unify_sums(self, left: Size, right: Size, unknown: set[Any]) -> bool:
        """Make two sizes equal of which one is a sum; ``c u + a = b`` has one solution u."""
        rest = expand(left - right)
        solved = [
            u for u in unknown if rest.coeff(u) and u not in (rest.coeff(u) * u - rest).free_symbols
        ]
        if len(unknown) == 1 and solved:
            (one,) = solved
            coefficient = rest.coeff(one)
            value = expand((coefficient * one - rest) / coefficient)
            return is_size(value) and self._bind(one, value)
        self._waiting.append((left, right))
        return True

    def _bind(self, unknown: Basic, size: Size) -> bool:
        if size == ONE or unknown in size.free_symbols:
            return False
        self._solution[unknown] = size
        waiting, self._waiting = self._waiting, []
        agreed = [self.unify(left, right) for left, right in waiting]
        return all(agreed)

    def settle(self) -> bool:
        """Solve what waited; return whether nothing is left waiting."""
        waiting, self._waiting = self._waiting, []
        agreed = [self.unify(left, right) for left, right in waiting]
        return all(agreed) and not self._waiting


def quotient(whole: Size, part: Size) -> Size:
    """Return ``whole / part`` with common factors cancelled.

    SymPy's own division loads a third of SymPy when a factor cancels.
    """
    powers = whole.as_powers_dict()
    for base, exponent in part.as_powers_dict().items():
        powers[base] -= exponent
    return Mul(*[Pow(base, exponent) for base, exponent in powers.items()])


def root(size: Size, degree: int) -> Size | None:
    """Return the only positive root of a size, where that is a size too (u² = n² p² gives n p)."""
    if degree == 1:
        return size
    factors = []
    for base, exponent in size.as_powers_dict().items():
        if isinstance(base, Integer):
            whole = int(base**exponent)
            part = round(whole ** (1 / degree))
            if part**degree != whole:
                return None
            factors.append(Integer(part))
        elif exponent % degree:
            return None
        else:
            factors.append(Pow(base, exponent // degree))
    return Mul(*factors)


def unknowns(size: Size) -> set[Any]:
    """Return the unknowns in a size."""
    return {symbol for symbol in size.free_symbols if isinstance(symbol, Unknown)}


def is_size(value: Expr) -> bool:
    """Return whether an expression is a size: a product or sum of symbols and positive integers."""
    if isinstance(value, Integer):
        return bool(value > 0)
    if isinstance(value, Symbol):
        return True
    if value.is_Pow:
        return bool(value.exp.is_Integer and value.exp > 0 and is_size(value.base))
    if value.is_Add or isinstance(value, Mul):
        return all(is_size(part) for part in value.args)
    return False
