"""What is done about each known function: a rule each, which names a row of the table of relations.

A rule looks at one factor of a monomial and returns the kernel step that rewrites it, or None.
Rules only choose; whether a row applies is judged by the kernel.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import isqrt
from typing import TYPE_CHECKING, Any

from derivcheck.algebra.functions import RELATIONS
from derivcheck.extensions.facts import Fact
from derivcheck.kernel.check import Step
from derivcheck.limits import COPIES as MAX_COPIES
from derivcheck.limits import FACTORED_NUMBER as MAX_NUMBER
from derivcheck.prover.limits_met import note_limit
from derivcheck.prover.numbers_parts import (
    constant,
    lead,
    only,
    prime_factors,
    without_divisor,
)
from derivcheck.terms.term import Address, Apply, Index, Monomial, Term, scaled, single

if TYPE_CHECKING:
    from derivcheck.prover.numbers import Numbers


class At:
    """A factor of a monomial in a term at an address: where a rule rewrites."""

    def __init__(self, owner: Numbers, address: Address, monomial: Monomial, position: int) -> None:
        self.owner = owner
        self.address = address
        self.monomial = monomial
        self.position = position

    def fact(
        self,
        name: str,
        values: tuple[Term | Monomial, ...],
        *,
        number: Fraction | int = 1,
        also: int | set[int] = -1,
        used: frozenset[Index] = frozenset(),
        backward: bool = False,
    ) -> Fact | None:
        """Return the step that rewrites the factor by a row; None if a need is not met.

        Args:
            name: the row.
            values: of its variables.
            number: the coefficient of the side that is replaced.
            also: further positions that this side takes up.
            used: bound indices of the monomial that stand in these alone.
            backward: the right side is replaced by the left one.
        """
        m = self.monomial
        terms = tuple([(v,) if isinstance(v, Monomial) else v for v in values])
        hint = m.factors[self.position]
        row = RELATIONS[name]
        evidence = self.owner.evidence(row, terms, hint if type(hint) is Apply else None)
        if evidence is None:
            return None
        taken = {self.position} | ({also} if isinstance(also, int) else also)
        rest = tuple([f for k, f in enumerate(m.factors) if k not in taken])
        sign = -1 if backward else 1
        cofactor = Monomial(sign * m.coefficient / Fraction(number), m.bound - used, rest)
        return Fact(self.address, name, terms, cofactor, evidence)

    def partner(self) -> int | None:
        """Return the position of another factor that is the same up to bound indices."""
        here = single(self.monomial.factors[self.position])
        for k in range(self.position + 1, len(self.monomial.factors)):
            other = self.monomial.factors[k]
            if type(other) is Apply and self.owner.same(here, single(other)):
                return k
        return None


Rule = Callable[["Numbers", At, Term, bool], Step | None]


def _by(name: str) -> Rule:
    """Return the rule that writes a function out by one row."""

    def rule(owner: Numbers, at: At, argument: Term, fraction: bool) -> Step | None:  # noqa: ARG001
        return at.fact(name, (argument,))

    return rule


def _abs(owner: Numbers, at: At, argument: Term, fraction: bool) -> Step | None:
    step: Step | None = at.fact("abs-of-positive", (argument,))
    if step is not None or not argument:
        return step
    if lead(argument).coefficient < 0:
        return at.fact("abs-of-negative", (scaled(argument, Fraction(-1)),))
    step = _taken_out(owner, at, argument, "abs-of-product")
    if step is None and not fraction:
        step = at.fact("abs-by-step", (argument,))
    other = at.partner()
    if step is None and other is not None:
        return at.fact("abs-square", (argument,), also=other)
    return step


def _step(owner: Numbers, at: At, argument: Term, fraction: bool) -> Step | None:  # noqa: ARG001
    if not argument:
        return None
    step: Step | None = at.fact("step-of-positive", (argument,))
    if step is not None:
        return step
    if lead(argument).coefficient < 0:
        return at.fact("step-of-negative", (scaled(argument, Fraction(-1)),))
    other = at.partner()
    if other is not None:
        return at.fact("step-square", (argument,), also=other)
    step = _taken_out(owner, at, argument, "step-of-product")
    return step or _taken_out(owner, at, argument, "step-of-signs")


def _exp(owner: Numbers, at: At, argument: Term, fraction: bool) -> Step | None:  # noqa: ARG001
    if not argument:
        return at.fact("exp-of-zero", ())
    if len(argument) > 1:
        return at.fact("exp-of-sum", (argument[:1], argument[1:]))
    (m,) = argument
    if m.coefficient < 0:
        return at.fact("reciprocal-of-exp", (scaled(argument, Fraction(-1)),), backward=True)
    inner = only(m)
    if inner is not None and inner.function == "log":
        if m.coefficient == 1:
            return at.fact("exp-of-log", (inner.argument,))
        if m.coefficient == Fraction(1, 2):
            return at.fact("exp-of-half-log", (inner.argument,))
    return _split_multiple(owner, at, m, "exp-of-sum")


def _normal_cdf(owner: Numbers, at: At, argument: Term, fraction: bool) -> Step | None:  # noqa: ARG001
    if argument and lead(argument).coefficient < 0:
        return at.fact("normal-cdf-of-negative", (scaled(argument, Fraction(-1)),))
    return None


def _split_multiple(owner: Numbers, at: At, m: Monomial, name: str) -> Step | None:
    """Take one unit out of a function of a multiple of a monomial."""
    unit = owner.least(m)
    if m.coefficient <= unit:
        return None
    if m.coefficient > unit * MAX_COPIES:
        note_limit(f"a function of k u is taken apart only up to k = {MAX_COPIES}")
        return None
    one = Monomial(unit, m.bound, m.factors)
    return at.fact(name, (one, Monomial(m.coefficient - unit, m.bound, m.factors)))


def _circular(owner: Numbers, at: At, argument: Term, fraction: bool) -> Step | None:  # noqa: ARG001
    factor = at.monomial.factors[at.position]
    assert type(factor) is Apply
    word = factor.function
    if not argument:
        return at.fact(f"{word}-of-zero", ())
    if len(argument) > 1:
        return at.fact(f"{word}-of-sum", (argument[:1], argument[1:]))
    if argument[0].coefficient < 0:
        return at.fact(f"{word}-of-negative", (scaled(argument, Fraction(-1)),))
    step = _split_multiple(owner, at, argument[0], f"{word}-of-sum")
    if step is not None or word == "cos":
        return step
    other = at.partner()
    return None if other is None else at.fact("sin-square", (argument,), also=other)


def _reciprocal(owner: Numbers, at: At, argument: Term, fraction: bool) -> Step | None:
    if not argument:
        return None
    if len(argument) == 1:
        (m,) = argument
        if not m.factors:
            return at.fact("reciprocal-law", (argument,), number=m.coefficient)
        inner = only(m)
        if m.coefficient == 1 and inner is not None:
            if inner.function == "reciprocal":
                return at.fact("reciprocal-of-reciprocal", (inner.argument,))
            if inner.function == "sqrt":
                return at.fact("reciprocal-of-sqrt", (inner.argument,))
            if inner.function == "abs":
                return at.fact("reciprocal-of-abs", (inner.argument,))
    step = _taken_out(owner, at, argument, "reciprocal-of-product")
    if step is not None or fraction:
        return step
    found = owner.matched(first := lead(argument), at.monomial, at.position)
    if found is None:
        return _apart(owner, at, argument)
    positions, used = found
    return at.fact(
        "reciprocal-law", (argument,), number=first.coefficient, also=positions, used=used
    )


# 1/u · 1/(c + u v) = (1/u - v/(c + u v)) / c
def _apart(owner: Numbers, at: At, argument: Term) -> Step | None:
    """Part a product of two reciprocals."""
    numbers = [m for m in argument if not m.factors]
    if len(numbers) != 1 or len(argument) < 2:
        return None
    for k, factor in enumerate(at.monomial.factors):
        if k == at.position or type(factor) is not Apply or factor.function != "reciprocal":
            continue
        if len(factor.argument) == 1 and all(
            owner.matched(factor.argument[0], m, -1) for m in argument if m.factors
        ):
            return at.fact("reciprocal-law", (argument,), number=numbers[0].coefficient)
    return None


def _sqrt(owner: Numbers, at: At, argument: Term, fraction: bool) -> Step | None:  # noqa: ARG001
    other = at.partner()
    if other is not None:
        return at.fact("sqrt-square", (argument,), also=other)
    if len(argument) == 1:
        (m,) = argument
        if not m.factors:
            return _root_of_number(at, m.coefficient)
        inner = only(m)
        if m.coefficient == 1 and inner is not None:
            if inner.function == "exp":
                return at.fact("sqrt-of-exp", (inner.argument,))
            if inner.function == "reciprocal":
                return at.fact("sqrt-of-reciprocal", (inner.argument,))
    step = _taken_out(owner, at, argument, "sqrt-of-product")
    if step is not None:
        return step
    root = owner.square_root(argument)
    if root is not None:
        return at.fact("sqrt-of-square", (root,))
    return _taken_out(owner, at, argument, "sqrt-of-moduli")


def _is_long(number: Fraction) -> bool:
    if max(number.numerator, number.denominator) <= MAX_NUMBER:
        return False
    note_limit(f"numbers beyond {MAX_NUMBER} are not taken apart into primes")
    return True


def _root_of_number(at: At, number: Fraction) -> Step | None:
    """Take squares and single primes out of the root of a positive number."""
    if number <= 0 or _is_long(number):
        return None
    top, bottom = number.numerator, number.denominator
    root = Fraction(isqrt(top), isqrt(bottom))
    if root * root == number:
        return at.fact("sqrt-of-square", (constant(root),))
    primes = prime_factors(top * bottom)
    square = Fraction(1, bottom * bottom)
    for prime in set(primes):
        square *= prime ** (primes.count(prime) // 2 * 2)
    if square != 1:
        return at.fact("sqrt-of-product", (constant(square), constant(number / square)))
    if len(primes) > 1:
        return at.fact("sqrt-of-product", (constant(primes[0]), constant(number / primes[0])))
    return None


def _log(owner: Numbers, at: At, argument: Term, fraction: bool) -> Step | None:  # noqa: ARG001
    if len(argument) == 1:
        (m,) = argument
        if not m.factors:
            return _log_of_number(at, m.coefficient)
        inner = only(m)
        if m.coefficient == 1 and inner is not None:
            if inner.function == "exp":
                return at.fact("log-of-exp", (inner.argument,))
            if inner.function == "reciprocal":
                return at.fact("log-of-reciprocal", (inner.argument,))
            if inner.function == "sqrt":
                return at.fact("log-of-sqrt", (inner.argument,))
    step = _taken_out(owner, at, argument, "log-of-product")
    return step or _taken_out(owner, at, argument, "log-of-moduli")


def _log_of_number(at: At, number: Fraction) -> Step | None:
    """Write the logarithm of a positive number by those of primes."""
    if number <= 0 or _is_long(number):
        return None
    if number == 1:
        return at.fact("log-of-one", ())
    if number.denominator != 1:  # log(q) + log(p/q) = log(p)
        values = (constant(number.denominator), constant(number))
        return at.fact("log-of-product", values, backward=True)
    primes = prime_factors(number.numerator)
    if len(primes) == 1:
        return None
    return at.fact("log-of-product", (constant(primes[0]), constant(number / primes[0])))


def _taken_out(owner: Numbers, at: At, argument: Term, name: str) -> Step | None:
    """Take a number or a component that all monomials have out of a function's argument."""
    number = lead(argument).coefficient if argument else Fraction(1)
    if name != "reciprocal-of-product":
        number = abs(number)
    if number != 1:
        rest = scaled(argument, 1 / number)
        if rest != (constant(1),):
            step = at.fact(name, (constant(number), rest))
            if step is not None:
                return step
    divided = without_divisor(argument) if len(argument) > 1 else None
    if divided is not None:
        step = at.fact(name, (single(divided[0]), divided[1]))
        if step is not None:
            return step
    pieces = owner.common(argument)
    if len(argument) == 1 and len(pieces) == 1:
        return None
    for piece in pieces:
        step = at.fact(name, (piece, owner.divided(argument, piece)))
        if step is not None:
            return step
    return None


RULES: dict[Any, Rule] = {
    "sigma": _by("sigma-by-exp"),
    "tanh": _by("tanh-by-exp"),
    "softplus": _by("softplus-by-log"),
    "normal-density": _by("normal-density-by-exp"),
    "normal-cdf": _normal_cdf,
    "relu": _by("relu-by-step"),
    "sign": _by("sign-by-step"),
    "abs": _abs,
    "step": _step,
    "exp": _exp,
    "sin": _circular,
    "cos": _circular,
    "reciprocal": _reciprocal,
    "sqrt": _sqrt,
    "log": _log,
}
"""What is done about each known function."""
