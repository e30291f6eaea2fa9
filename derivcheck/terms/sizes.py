"""Sizes as numbers: a size symbol is a factor without indices, and never 0."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from sympy import Add, Integer, Mul, Pow, Symbol

from derivcheck.terms.term import (
    Apply,
    Atom,
    Monomial,
    Term,
    UnknownNodeError,
    distributed,
    number,
    single,
)


# n · (1/n) = 1 for a size n, which is never 0
def without_size_quotients(monomial: Monomial) -> Monomial:
    """Return a monomial in which no size stands beside its own reciprocal."""
    factors = monomial.factors
    for quotient in factors:
        if type(quotient) is not Apply or quotient.function != "reciprocal":
            continue
        argument = quotient.argument
        if len(argument) != 1 or len(argument[0].factors) != 1 or argument[0].coefficient != 1:
            continue
        (size,) = argument[0].factors
        if type(size) is not Atom or size.slots or not is_size_symbol(size.head):
            continue
        if size in factors:
            rest = list(factors)
            rest.remove(quotient)
            rest.remove(size)
            return without_size_quotients(
                Monomial(monomial.coefficient, monomial.bound, tuple(rest))
            )
    return monomial


def is_size_symbol(head: Any) -> bool:
    """Return whether a name is a size: a positive integer whatever is given."""
    return isinstance(head, Symbol) and bool(head.is_integer and head.is_positive)


def size_term(size: Any) -> Term:
    """Return a size as a number: size symbols are factors without indices.

    Raises:
        UnknownNodeError: for anything but integers, symbols, products, sums and natural powers.
    """
    if isinstance(size, Integer):
        return number(Fraction(int(size)))
    if isinstance(size, Symbol):
        return (single(Atom(size, ())),)
    if isinstance(size, Add):
        return tuple([m for part in size.args for m in size_term(part)])
    if isinstance(size, Mul):
        return distributed(*[size_term(part) for part in size.args])
    if isinstance(size, Pow) and isinstance(size.exp, Integer) and size.exp > 0:
        return distributed(*[size_term(size.base)] * int(size.exp))
    raise UnknownNodeError(f"no definition for the size {size}")
