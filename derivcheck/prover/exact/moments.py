r"""Expectations at exact values: the random variables are polynomials in independent numbers z_k.

With covariance matrix L D Lᵀ the stacked variables are their means plus L z, where the z_k are
independent, of mean 0 and variance d_k: normal ones for a Gaussian variable, and else z_k takes one
positive and one negative value. So every expectation of a polynomial is a finite sum of products of
moments of the z_k, and a distribution that has all the properties given exists wherever a value is
returned.
"""

from __future__ import annotations

import math
from functools import partial
from itertools import combinations

from flint import fmpq, nmod
from msgspec import Struct
from sympy import Basic

from derivcheck.algebra.arrays import Array, Element
from derivcheck.algebra.randomness import (
    ENTRIES,
    GAUSSIAN,
    Distribution,
    MatrixExpectation,
    ScalarExpectation,
)
from derivcheck.prover.exact.assignment import key_of
from derivcheck.prover.exact.duals import (
    OutOfBudgetError,
    UncertainError,
    UndefinedError,
    UnsupportedError,
    number_below,
    power,
)
from derivcheck.prover.exact.evaluation import Evaluation, Frame, Rule, Value
from derivcheck.prover.exact.polynomials import Polynomial, Powers, integrated

Rows = list[list[Element]]


def factored(matrix: Rows) -> tuple[Rows, list[Element]]:
    """Return L, with ones on its diagonal, and D with L D Lᵀ the given covariance matrix.

    Raises:
        UndefinedError: for a matrix that is not symmetric and positive semidefinite.
        UncertainError: for balls that do not tell.
        UnsupportedError: for a singular one that is varied.

    Example:
        >>> factored([[fmpq(4), fmpq(2)], [fmpq(2), fmpq(3)]])
        ([[1, 0], [1/2, 1]], [4, 2])
    """
    n = len(matrix)
    left: Rows = [[fmpq(int(i == j)) for j in range(n)] for i in range(n)]
    diagonal: list[Element] = []
    rest = [list(row) for row in matrix]
    for i in range(n):
        if any(not _same(matrix[i][j], matrix[j][i]) for j in range(i)):
            raise UndefinedError("a covariance matrix that is not symmetric")
    for k in range(n):
        pivot = rest[k][k]
        diagonal.append(pivot)
        below = number_below(pivot)
        if isinstance(below, nmod):
            raise OutOfBudgetError("the numbers are too long for a comparison")
        if below < 0:
            raise UndefinedError("a covariance matrix that is not positive semidefinite")
        if not below > 0:
            if below != 0:
                raise UncertainError("a variance that may be 0")
            if below is not pivot:
                raise UnsupportedError("a variance of 0 that is varied")
            if any(not _same(rest[i][k], fmpq(0)) for i in range(k + 1, n)):
                raise UndefinedError("a covariance matrix that is not positive semidefinite")
            continue
        for i in range(k + 1, n):
            left[i][k] = rest[i][k] / pivot
        for i in range(k + 1, n):
            for j in range(k + 1, n):
                rest[i][j] = rest[i][j] - left[i][k] * rest[k][j]
    return left, diagonal


def _same(x: Element, y: Element) -> bool:
    return bool(number_below(x) == number_below(y))


def _joint(e: Evaluation, known: Distribution, lengths: list[int]) -> Rows:
    """Return the covariance matrix of all stacked variables together."""
    total = sum(lengths)
    starts = [sum(lengths[:k]) for k in range(len(lengths))]
    joint: Rows = [[fmpq(0)] * total for _ in range(total)]
    for i, row in enumerate(known.args[1]):
        for j, node in enumerate(row, start=i):
            block = e.array(node).entries
            if len(block) != lengths[i] * lengths[j]:
                raise UnsupportedError("a covariance of another shape than its variables")
            for place, value in enumerate(block):
                r, c = starts[i] + place // lengths[j], starts[j] + place % lengths[j]
                joint[r][c] = value
                if i != j:
                    joint[c][r] = value
    return joint


def _check_laws(known: Distribution, lengths: list[int], laws: list[str], left: Rows) -> None:
    """Require that a Gaussian variable is one, and that independent ones share no z_k.

    Raises:
        UnsupportedError: otherwise; a distribution of another kind would be needed.
    """
    shares: list[set[int]] = []
    for k, count in enumerate(lengths):
        rows = left[sum(lengths[:k]) : sum(lengths[:k]) + count]
        shares.append({j for row in rows for j, x in enumerate(row) if number_below(x) != 0})
        if known.variables[k].law == GAUSSIAN and any(laws[j] != GAUSSIAN for j in shares[k]):
            raise UnsupportedError("a Gaussian variable that depends on another one")
        if known.variables[k].law == ENTRIES and len(shares[k]) > count:
            raise UnsupportedError("independent entries that depend on another variable")
    for one in known.independent:
        for i, j in combinations(sorted(one), 2):
            if any(laws[k] != GAUSSIAN for k in shares[i] & shares[j]):
                raise UnsupportedError("independent variables that depend on a third one")


# z ~ N(0, d): E[z^k] = d^(k/2) (k - 1)!!;  z = a with probability d/(a² + d), else -d/a
def moment_of(law: str, variance: Element, place: int, order: int) -> Element:
    """Return E[z^order] of one of the independent numbers.

    Raises:
        UncertainError: for a ball that may hold 0 as the variance.

    Example:
        >>> moment_of(GAUSSIAN, fmpq(2), 0, 4), [moment_of("any", fmpq(2), 0, k) for k in range(4)]
        (12, [1, 0, 2, -2])
    """
    if order == 0:
        return fmpq(1)
    if law == GAUSSIAN:
        odd = math.prod(range(order - 1, 0, -2))
        return power(variance, order // 2) * fmpq(odd) if order % 2 == 0 else fmpq(0)
    top = fmpq(1 + place % 3)
    bottom = variance / top
    up, down = bottom * power(top, order), top * power(-bottom, order)
    return (up + down) / (bottom + top)


class Drawn(Struct, frozen=True):
    """A distribution at exact values: the variables are ``means + left z``.

    Attributes:
        means: of each variable.
        left: how the stacked variables depend on the z_k.
        laws: of each z_k.
        variances: of each z_k.
        thirds: the third moment of each z_k where it is given.
    """

    means: list[Array]
    left: Rows
    laws: list[str]
    variances: list[Element]
    thirds: list[Element]


def _drawn(e: Evaluation, known: Distribution) -> Drawn:
    if not known.variables:
        raise UnsupportedError("an expectation of nothing random")
    means = [e.array(variable.args[1]) for variable in known.variables]
    lengths = [len(mean.entries) for mean in means]
    e.spend(sum(lengths) ** 3)
    left, variances = factored(_joint(e, known, lengths))
    laws = [v.law for v, count in zip(known.variables, lengths, strict=True) for _ in range(count)]
    _check_laws(known, lengths, laws, left)
    return Drawn(means, left, laws, variances, _thirds(e, known, variances))


def stacked(shape: tuple[int, ...], place: int) -> int:
    """Return where the entry at a place of vec(X) stands in X, row by row."""
    rows, columns = shape or (1, 1)
    return (place % rows) * columns + place // rows


def _expectation(e: Evaluation, node: Basic) -> Value:
    body, known = node.args
    law = _drawn(e, known)
    means, left = law.means, law.left
    e.groups += 1
    group, total = e.groups, len(law.variances)
    units = [tuple([int(i == j) for j in range(total)]) for i in range(total)]
    zero: Powers = (0,) * total
    frame = Frame(0, e.weight * (1 + total) ** 2)
    start = 0
    for variable, mean in zip(known.variables, means, strict=True):
        name = variable.args[0]
        entries: list[Element] = [None] * len(mean.entries)
        for place in range(len(entries)):
            at = stacked(mean.shape, place)
            own = {units[k]: left[start + place][k] for k in range(start + place + 1)}
            own[zero] = mean.entries[at]
            entries[at] = Polynomial(group, own)
        start += len(entries)
        frame.names[name] = Array(mean.shape, entries) if mean.shape else entries[0]
        frame.mask |= e.structure.bit(key_of(name))
    with e.binding(frame):
        inside = e.array(body)
    mean_of = partial(_moment, law)
    result = inside.map(lambda x: integrated(x, group, mean_of))
    return result if result.shape else result.entries[0]


def _thirds(e: Evaluation, known: Distribution, variances: list[Element]) -> list[Element]:
    """Return the third moments of the z_k where the law says them.

    Raises:
        UndefinedError: where no number of this variance has them.
    """
    result: list[Element] = [None] * len(variances)
    start = 0
    for variable in known.variables:
        for node in variable.args[3]:
            result[start : start + len(e.array(node).entries)] = e.array(node).entries
        start += len(e.array(variable.args[1]).entries)
    for variance, third in zip(variances, result, strict=True):
        if third is not None and number_below(variance) == 0 and number_below(third) != 0:
            raise UndefinedError("a third moment without a variance")
    return result


def _moment(law: Drawn, powers: Powers) -> Element:
    result: Element = fmpq(1)
    for place, order in enumerate(powers):
        if not order:
            continue
        if law.laws[place] == ENTRIES and order > 2:
            if order > 3:
                raise UnsupportedError("a fourth moment of which nothing is known")
            result = result * law.thirds[place]
        else:
            result = result * moment_of(law.laws[place], law.variances[place], place, order)
    return result


def described(e: Evaluation, known: Distribution) -> dict[str, str | list[list[str]]]:
    """Return the variables by name, and the independent numbers that they are made of.

    Raises:
        As an expectation.
    """
    law = _drawn(e, known)
    shown: dict[str, str | list[list[str]]] = {}
    start = 0
    for variable, mean in zip(known.variables, law.means, strict=True):
        texts = [""] * len(mean.entries)
        for place in range(len(texts)):
            at = stacked(mean.shape, place)
            texts[at] = _sum_text(mean.entries[at], law, law.left[start + place])
        start += len(texts)
        n = mean.shape[1] if mean.shape else 1
        shown[str(variable.args[0].name)] = [texts[k : k + n] for k in range(0, len(texts), n)]
    for place, variance in enumerate(law.variances):
        if variance == 0:
            continue
        top = fmpq(1 + place % 3)
        text = f"{top} or {-variance / top} with mean 0"
        if law.laws[place] == GAUSSIAN:
            text = f"normal with mean 0 and variance {variance}"
        elif law.laws[place] == ENTRIES:
            text = f"any with mean 0, variance {variance}, third moment {law.thirds[place]}"
        shown[f"z_{place + 1}"] = text
    return shown


def _sum_text(mean: Element, law: Drawn, row: list[Element]) -> str:
    """Return an entry as its mean and multiples of the z_k."""
    text = str(mean) if mean != 0 else ""
    for place, x in enumerate(row):
        if x == 0 or law.variances[place] == 0:
            continue
        size = "" if abs(x) == 1 else f"{abs(x)} "
        sign = ("-" if x < 0 else "") if not text else (" - " if x < 0 else " + ")
        text += f"{sign}{size}z_{place + 1}"
    return text or "0"


RULES: dict[type, Rule] = {ScalarExpectation: _expectation, MatrixExpectation: _expectation}
