"""The difference of two sides in the author's symbols: products multiplied out, like terms joined.

Only sums, products and plain numbers are taken apart; all else is a factor as it is written. What
comes out is a guess until it is proved, for a factor is compared by its letters.
"""

from __future__ import annotations

from fractions import Fraction

from derivcheck.language import syntax
from derivcheck.language.pieces import FACTOR, Pieces

MOST_TERMS = 24
"""Terms that a side may have when it is multiplied out."""

Terms = dict[tuple[str, ...], Fraction]
"""Factors in their order, to their coefficient."""


class TooManyError(Exception):
    """A side has too many terms to be worth showing."""


def difference(
    left: tuple[Pieces, syntax.Node], right: tuple[Pieces, syntax.Node], most: int = 4
) -> str | None:
    """Return left - right as LaTeX, None when it has more than ``most`` terms.

    Raises:
        Never.

    Cost:
        At most ``MOST_TERMS`` terms of either side.
    """
    try:
        total = terms(*left)
        for factors, coefficient in terms(*right).items():
            total[factors] = total.get(factors, Fraction(0)) - coefficient
    except TooManyError:
        return None
    kept = [(factors, value) for factors, value in total.items() if value]
    kept.sort(key=lambda term: term[1] < 0)
    if len(kept) > most:
        return None
    return "".join(_term(f, v, first=not k) for k, (f, v) in enumerate(kept)) or "0"


def terms(pieces: Pieces, node: syntax.Node) -> Terms:
    """Return a side multiplied out.

    Raises:
        TooManyError: when there are more than ``MOST_TERMS`` terms.
    """
    result: Terms = {}
    for factors, coefficient in _expanded(pieces, node):
        result[factors] = result.get(factors, Fraction(0)) + coefficient
    return result


def _expanded(pieces: Pieces, node: syntax.Node) -> list[tuple[tuple[str, ...], Fraction]]:
    if isinstance(node, syntax.Number):
        return [((), node.value)]
    if isinstance(node, syntax.Sum):
        found = [
            (factors, sign * value)
            for sign, term in node.terms
            for factors, value in _expanded(pieces, term)
        ]
    elif isinstance(node, syntax.Product):
        found = [((), Fraction(1))]
        numbers: list[syntax.Node] = []
        others: list[syntax.Node] = []
        for factor in node.factors:
            (numbers if pieces.is_number(factor) else others).append(factor)
        for factor in [*numbers, *others]:
            more = _expanded(pieces, factor)
            found = [((*a, *b), x * y) for a, x in found for b, y in more]
            _check(found)
    elif isinstance(node, syntax.Fraction) and isinstance(node.denominator, syntax.Number):
        divisor = node.denominator.value
        if not divisor:
            return [((pieces.latex(node),), Fraction(1))]
        found = [(f, value / divisor) for f, value in _expanded(pieces, node.numerator)]
    else:
        single = isinstance(node, syntax.Name | syntax.Component | syntax.Call)
        latex = pieces.bare(node) if single else pieces.at_least(node, FACTOR)
        found = [((latex,), Fraction(1))]
    _check(found)
    return found


def _check(found: list[tuple[tuple[str, ...], Fraction]]) -> None:
    if len(found) > MOST_TERMS:
        raise TooManyError


def _term(factors: tuple[str, ...], value: Fraction, *, first: bool) -> str:
    sign = "-" if value < 0 else "+"
    lead = ("-" if value < 0 else "") if first else f" {sign} "
    size = abs(value)
    number = (
        str(size) if size.denominator == 1 else rf"\frac{{{size.numerator}}}{{{size.denominator}}}"
    )
    parts = [*([number] if size != 1 or not factors else []), *factors]
    return lead + " ".join(parts)
