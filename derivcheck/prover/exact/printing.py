"""Exact numbers and enclosures as strings; nothing here rounds towards a wrong answer."""

from __future__ import annotations

from flint import arb, ctx

from derivcheck.algebra.arrays import Array, Element

_DIGITS = (4, 8, 16, 32)
_LONGEST = 10**12


def number_text(x: Element, digits: int = 4) -> str:
    """Return a rational exactly, a ball as an enclosure with so many decimals.

    Raises:
        Never.

    Example:
        >>> from flint import fmpq
        >>> number_text(fmpq(1, 2)), number_text(arb(fmpq(1, 4)))
        ('1/2', '[0.2500, 0.2501]')
    """
    if not isinstance(x, arb):
        return str(x)
    if not x.is_finite():
        return "[-inf, inf]"
    with ctx.workprec(512):
        exponent = 0
        if x.abs_upper() > _LONGEST:
            exponent = len(str(x.abs_upper().ceil().unique_fmpz() or 0)) - 1
        scaled = x * arb(10) ** (digits - exponent)
        low = int(scaled.lower().floor().lower().unique_fmpz() or 0)
        high = int(scaled.upper().ceil().upper().unique_fmpz() or 0)
    high += low == high
    suffix = f"e+{exponent}" if exponent else ""
    return f"[{_decimal(low, digits)}{suffix}, {_decimal(high, digits)}{suffix}]"


def _decimal(scaled: int, digits: int) -> str:
    whole, rest = divmod(abs(scaled), 10**digits)
    return f"{'-' if scaled < 0 else ''}{whole}.{rest:0{digits}d}"


def digits_apart(x: Element, y: Element) -> int:
    """Return how many decimals make the enclosures of two different numbers disjoint.

    Raises:
        Never.
    """
    if not isinstance(x, arb) and not isinstance(y, arb):
        return _DIGITS[0]
    gap = abs(arb(x) - arb(y))
    return next((d for d in _DIGITS if gap * arb(10) ** d > 4), _DIGITS[-1])


def rows_text(a: Array, digits: int = 4) -> list[list[str]]:
    """Return an array as rows of strings; further axes of a tensor run along the columns.

    Raises:
        Never.

    Example:
        >>> from flint import fmpq
        >>> rows_text(Array((2, 1), [fmpq(1), fmpq(-1, 3)]))
        [['1'], ['-1/3']]
    """
    m = a.shape[0] if a.shape else 1
    n = len(a.entries) // m
    return [[number_text(x, digits) for x in a.entries[i * n : (i + 1) * n]] for i in range(m)]
