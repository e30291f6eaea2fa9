"""Functions at exact numbers: the known ones with all derivatives, and polynomials for the others.

An abstract function stands for any smooth function, so a polynomial is as good as any; its
coefficients are small integers, its derivatives are the true ones. A known function stays rational
where it is (1/t, |t|, √4, exp 0) and is a rigorous ball of ``arb`` elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from random import Random
from typing import Any

from flint import arb, fmpq, nmod
from msgspec import Struct

from derivcheck.algebra.arrays import Element
from derivcheck.prover.exact.duals import (
    NumberFunction,
    OutOfBudgetError,
    UncertainError,
    UndefinedError,
    UnsupportedError,
    apply,
    reciprocal,
)
from derivcheck.prover.exact.polynomials import Polynomial

# --- known functions --------------------------------------------------------------------------


def sign_of(t: Element) -> int:
    """Return 1, 0 or -1 as the number t is positive, 0 or negative.

    Raises:
        UncertainError: for a ball around 0.
        OutOfBudgetError: for a residue, which has no sign.
    """
    if isinstance(t, nmod):
        raise OutOfBudgetError("the numbers are too long for a comparison")
    if isinstance(t, Polynomial):
        raise UnsupportedError("the sign of something random")
    if t > 0:
        return 1
    if t < 0:
        return -1
    if isinstance(t, arb) and not t.is_zero():
        raise UncertainError("a number that may be 0")
    return 0


def _ball(t: Element) -> arb:
    if isinstance(t, nmod):
        raise OutOfBudgetError("the numbers are too long for exact evaluation")
    if isinstance(t, Polynomial):
        raise UnsupportedError("a function of something random that is no polynomial")
    return arb(t)


def _is_rational(t: Element, value: int) -> bool:
    return isinstance(t, fmpq) and t == value


def _kink(t: Element) -> int:
    sign = sign_of(t)
    if sign == 0:
        raise UndefinedError("a function at its kink")
    return sign


def _exp(k: int, t: Element) -> Element:
    del k
    return fmpq(1) if _is_rational(t, 0) else _ball(t).exp()


# log⁽ᵏ⁾(t) = (−1)^(k−1) (k−1)! / tᵏ
def _log(k: int, t: Element) -> Element:
    if not isinstance(t, nmod) and sign_of(t) <= 0:
        raise UndefinedError("the logarithm of a number that is not positive")
    if k:
        return math.factorial(k - 1) * (-1) ** (k - 1) * reciprocal(t) ** k
    return fmpq(0) if _is_rational(t, 1) else _ball(t).log()


# (1/t)⁽ᵏ⁾ = (−1)ᵏ k! / t^(k+1)
def _reciprocal(k: int, t: Element) -> Element:
    return math.factorial(k) * (-1) ** k * reciprocal(t) ** (k + 1)


def _sin(k: int, t: Element) -> Element:
    if _is_rational(t, 0):
        return fmpq((0, 1, 0, -1)[k % 4])
    value = _ball(t).cos() if k % 2 else _ball(t).sin()
    return -value if k % 4 >= 2 else value


def _cos(k: int, t: Element) -> Element:
    return _sin(k + 1, t)


def _in_own_value(value: Element, k: int, factor: tuple[int, ...]) -> Element:
    """Return the k-th derivative of y(t) with y' = factor(y), a polynomial in y = ``value``."""
    polynomial: tuple[int, ...] = (0, 1)
    for _ in range(k):
        derived = [i * c for i, c in enumerate(polynomial)][1:]
        grown = [0] * (len(derived) + len(factor) - 1)
        for i, c in enumerate(derived):
            for j, d in enumerate(factor):
                grown[i + j] += c * d
        polynomial = tuple(grown)
    return _horner(polynomial, value)


# tanh' = 1 − tanh²
def _tanh(k: int, t: Element) -> Element:
    return _in_own_value(t if _is_rational(t, 0) else _ball(t).tanh(), k, (1, 0, -1))


# σ' = σ − σ²
def _sigma(k: int, t: Element) -> Element:
    value = fmpq(1, 2) if _is_rational(t, 0) else 1 / (1 + (-_ball(t)).exp())
    return _in_own_value(value, k, (0, 1, -1))


# softplus' = σ
def _softplus(k: int, t: Element) -> Element:
    return _sigma(k - 1, t) if k else (1 + _ball(t).exp()).log()


# Φ(t) = (1 + erf(t/√2))/2, and its derivatives: φ⁽ᵏ⁾(t) = (-1)ᵏ He_k(t) φ(t)
def _normal_cdf(k: int, t: Element) -> Element:
    return _normal_density(k - 1, t) if k else (1 + (_ball(t) / arb(2).sqrt()).erf()) / 2


def _normal_density(k: int, t: Element) -> Element:
    x = _ball(t)
    before, hermite = arb(0), arb(1)
    for n in range(k):
        before, hermite = hermite, x * hermite - n * before
    return (-1) ** k * hermite * (-x * x / 2).exp() / (2 * arb.pi()).sqrt()


def _relu(k: int, t: Element) -> Element:
    if k == 0:
        return t if sign_of(t) > 0 else fmpq(0)
    return _step(k - 1, t)


def _step(k: int, t: Element) -> Element:
    return fmpq(1 if _kink(t) > 0 and k == 0 else 0)


def _abs(k: int, t: Element) -> Element:
    if k == 0:
        return t if sign_of(t) >= 0 else -t
    return fmpq(_kink(t) if k == 1 else 0)


def _sign(k: int, t: Element) -> Element:
    return fmpq(sign_of(t)) if k == 0 else fmpq(0 * _kink(t))


def root(t: Element, degree: int) -> Element:
    """Return the positive root of a number, rational if it is.

    Raises:
        UndefinedError: if t is negative.
        UncertainError, OutOfBudgetError: as ``sign_of``.
    """
    sign = sign_of(t)
    if sign < 0:
        raise UndefinedError("a root of a negative number")
    if sign == 0:
        return fmpq(0)
    if isinstance(t, fmpq):
        parts = [_integer_root(int(part), degree) for part in (t.p, t.q)]
        if parts[0] is not None and parts[1] is not None:
            return fmpq(parts[0], parts[1])
    return _ball(t).root(degree)


def _integer_root(value: int, degree: int) -> int | None:
    if degree == 2:
        found = math.isqrt(value)
        return found if found * found == value else None
    if degree >= value.bit_length():
        return 1 if value == 1 else None
    low, high = 0, 1 << (value.bit_length() // degree + 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**degree <= value else (low, middle - 1)
    return low if low**degree == value else None


# (tᵉ)⁽ᵏ⁾ = e (e−1) … (e−k+1) t^(e−k)
def rational_power(exponent: fmpq) -> NumberFunction:
    """Return the function t ↦ tᵉ with all its derivatives, for a rational e.

    Raises:
        Never; the function raises as ``root`` and ``reciprocal``.
    """

    def derivative(k: int, t: Element) -> Element:
        factor, left = fmpq(1), exponent
        for _ in range(k):
            factor, left = factor * left, left - 1
        if not factor:
            return fmpq(0)
        base = t if left.q == 1 else root(t, int(left.q))
        if left < 0:
            base = reciprocal(base)
        return factor * base ** abs(int(left.p))

    return derivative


KNOWN: dict[str, NumberFunction] = {
    "exp": _exp,
    "log": _log,
    "sqrt": rational_power(fmpq(1, 2)),
    "reciprocal": _reciprocal,
    "sin": _sin,
    "cos": _cos,
    "tanh": _tanh,
    "sigma": _sigma,
    "softplus": _softplus,
    "normal-cdf": _normal_cdf,
    "normal-density": _normal_density,
    "relu": _relu,
    "step": _step,
    "abs": _abs,
    "sign": _sign,
}
"""Word of ``KNOWN_FUNCTIONS`` to (k, t) ↦ its k-th derivative at t."""

# --- polynomials for abstract functions -------------------------------------------------------


def _horner(coefficients: Sequence[Element], t: Element) -> Element:
    total: Element = coefficients[-1]
    for c in reversed(coefficients[:-1]):
        total = total * t + c
    return total


class Univariate(Struct, frozen=True):
    """A polynomial of one number: ``coefficients[i]`` belongs to tⁱ."""

    coefficients: tuple[Element, ...]

    @property
    def degree(self) -> int:
        """How many times longer a value is than its argument."""
        return len(self.coefficients) - 1

    def derivative(self, k: int, t: Element) -> Element:
        """Return the k-th derivative at t.

        Raises:
            Never.
        """
        kept = [math.perm(i, k) * c for i, c in enumerate(self.coefficients) if i >= k]
        if len(kept) > 1:
            return _horner(kept, t)
        return fmpq(1) * kept[0] if kept else fmpq(0)

    def at(self, order: int, t: Element) -> Element:
        """Return the derivative of the given order at a dual number.

        Raises:
            Never.
        """
        return apply(self.derivative, order, t)

    def text(self, variables: Sequence[str]) -> str:
        """Return the polynomial as it is written, ``t^2 + 3*t``.

        Raises:
            Never.
        """
        terms = {(0,) * i: c for i, c in enumerate(self.coefficients)}
        return polynomial_text(terms, variables)


Monomial = tuple[int, ...]
"""The positions of the arguments multiplied, in increasing order; a square stands twice."""


class Multivariate(Struct, frozen=True):
    """A polynomial of many numbers: some monomials, and products of linear forms.

    The products make every cross term occur at a cost that is linear in the number of arguments.

    Attributes:
        terms: monomial to coefficient.
        products: each a tuple of linear forms, a form being one coefficient for each argument.
    """

    terms: tuple[tuple[Monomial, Element], ...]
    products: tuple[tuple[tuple[int, ...], ...], ...] = ()

    @property
    def degree(self) -> int:
        """The total degree."""
        return max(
            [len(monomial) for monomial, _ in self.terms] + [len(p) for p in self.products] + [0]
        )

    @property
    def weight(self) -> int:
        """The number of multiplications of one evaluation."""
        return sum(len(m) + 1 for m, _ in self.terms) + sum(
            len(form) for product in self.products for form in product
        )

    def at(self, arguments: Sequence[Element]) -> Element:
        """Return the value.

        Raises:
            Never.

        Cost:
            ``weight`` multiplications.
        """
        total: Element = fmpq(0)
        for monomial, coefficient in self.terms:
            term = coefficient
            for position in monomial:
                term = arguments[position] * term
            total = total + term
        for product in self.products:
            value: Element = None
            for form in product:
                linear: Element = fmpq(0)
                for c, u in zip(form, arguments, strict=True):
                    if c:
                        linear = linear + u * c
                value = linear if value is None else value * linear
            total = total + value
        return total

    def expanded(self) -> dict[Monomial, Element]:
        """Return every monomial with its coefficient.

        Raises:
            Never.
        """
        total: dict[Monomial, Element] = {}
        parts: list[Iterable[tuple[Monomial, Element]]] = [self.terms]
        for product in self.products:
            expansion: dict[Monomial, Element] = {(): 1}
            for form in product:
                grown: dict[Monomial, Element] = {}
                for monomial, c in expansion.items():
                    for position, d in enumerate(form):
                        if d:
                            key = tuple(sorted((*monomial, position)))
                            grown[key] = grown.get(key, 0) + c * d
                expansion = grown
            parts.append(expansion.items())
        for part in parts:
            for monomial, c in part:
                total[monomial] = total.get(monomial, 0) + c
        return {monomial: c for monomial, c in total.items() if c != 0}

    def text(self, variables: Sequence[str]) -> str:
        """Return the polynomial as it is written.

        Raises:
            Never.
        """
        return polynomial_text(self.expanded(), variables)


AbstractFunction = Univariate | tuple[Multivariate, ...]
"""What stands for a function: of a number, or one polynomial for each entry of the value."""


def polynomial_text(terms: dict[Monomial, Element], variables: Sequence[str]) -> str:
    """Return a polynomial as it is written, highest powers first.

    Raises:
        Never.

    Example:
        >>> polynomial_text({(0, 0): 1, (0, 1): -2, (): 5}, ["u", "v"])
        'u^2 - 2*u*v + 5'
    """
    pieces: list[str] = []
    for monomial, c in sorted(terms.items(), key=lambda item: (-len(item[0]), item[0])):
        if c == 0:
            continue
        factors = [
            variables[p] + (f"^{monomial.count(p)}" if monomial.count(p) > 1 else "")
            for p in dict.fromkeys(monomial)
        ]
        size = abs(c)
        body = "*".join(([] if size == 1 and factors else [str(size)]) + factors)
        if pieces:
            pieces.append(f"{'-' if c < 0 else '+'} {body}")
        else:
            pieces.append(f"-{body}" if c < 0 else body)
    return " ".join(pieces) or "0"


def _coefficient(random: Random) -> int:
    return random.choice((-3, -2, -1, 1, 2, 3))


def random_univariate(random: Random) -> Univariate:
    """Return a random polynomial of degree 4 without a zero coefficient.

    Raises:
        Never.
    """
    return Univariate(tuple(_coefficient(random) for _ in range(5)))


def random_multivariate(random: Random, arguments: int) -> Multivariate:
    """Return a random polynomial of degree 3 with every monomial of degree 2 and 3.

    Coefficients of one degree have one sign, so that no two of them cancel.

    Raises:
        Never.
    """
    each = range(arguments)
    terms: list[tuple[Monomial, Element]] = [((), _coefficient(random))]
    terms += [((i,), _coefficient(random)) for i in each]
    products = []
    for degree in (2, 3):
        sign = random.choice((1, -1))
        terms += [((i,) * degree, sign * random.randint(1, 3)) for i in each]
        forms = [tuple(random.randint(1, 3) for _ in each) for _ in range(degree)]
        forms[0] = tuple(sign * c for c in forms[0])
        products.append(tuple(forms))
    return Multivariate(tuple(terms), tuple(products))


def simple_univariates() -> tuple[Univariate, ...]:
    """Return the functions tried first in a counterexample: t², t, t³, t² + t.

    Raises:
        Never.
    """
    return tuple(Univariate(c) for c in ((0, 0, 1), (0, 1), (0, 0, 0, 1), (0, 1, 1)))


def simple_multivariates(arguments: int) -> tuple[Multivariate, ...]:
    """Return polynomials tried first: the sum of squares, linear forms, neighbouring products.

    Raises:
        Never.
    """
    each = range(arguments)
    linear = tuple(((i,), i + 1) for i in each)
    squares = tuple(((i, i), 1) for i in each)
    neighbours = tuple(((i, i + 1), 1) for i in each[:-1]) or (((0, 0), 1),)
    weighted = tuple(((i, i), i + 1) for i in each)
    return (
        Multivariate(squares),
        Multivariate(tuple(((i,), 1) for i in each)),
        Multivariate(linear),
        Multivariate(neighbours),
        Multivariate(weighted + neighbours if arguments > 1 else weighted),
        Multivariate(tuple(((i, i, i), 1) for i in each)),
    )


def with_shift(polynomial: Multivariate, shift: Sequence[Any]) -> Multivariate:
    """Return the polynomial plus ``shift[0] + Σ_i shift[i + 1] u_i``.

    Raises:
        Never.
    """
    added: tuple[tuple[Monomial, Element], ...] = (
        ((), shift[0]),
        *(((i,), s) for i, s in enumerate(shift[1:])),
    )
    return Multivariate(polynomial.terms + added, polynomial.products)
