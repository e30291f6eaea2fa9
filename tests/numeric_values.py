"""The value of a syntax tree at numbers: the notation of docs/language.md, and nothing else.

Written from the language's page alone. It knows neither goals nor nodes nor index terms, so a formula
that is misread, a node that is given a wrong meaning and a proof that is wrong all show as a
difference. What it does not know raises ``Unknown`` and is counted as skipped.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import reduce
from itertools import pairwise
from math import erf, pi, sqrt
from typing import Any

import numpy as np
from msgspec.structs import replace
from numeric_jets import (
    NONE,
    Jet,
    ShapeError,
    added,
    applied,
    constant,
    contracted,
    determinant,
    entry,
    hadamard,
    inverse,
    kronecker,
    scaled,
    stacked,
)

from derivcheck.language import syntax

LARGEST = 2_000_000
SIGNED = (syntax.Call, syntax.Derivative, syntax.Differential, syntax.BigOperator)
"""What ends the reach of a sign before it: ``det A det B``."""


class Unknown(Exception):  # noqa: N818
    """The oracle has no meaning for something, and says nothing."""


class NotHere(Exception):  # noqa: N818
    """What is given does not hold at these numbers; others may do."""


class NeedsSize(Exception):  # noqa: N818
    """A bare I, 1 or vec⁻¹ whose size only the rest of the step tells."""

    def __init__(self, key: Any) -> None:
        super().__init__("a size is not told")
        self.key = key


def walk(node: Any) -> Iterator[syntax.Node]:
    """Yield all nodes of a tree."""
    if isinstance(node, tuple):
        for part in node:
            yield from walk(part)
    elif isinstance(node, syntax.Node):
        yield node
        for slot in node.__struct_fields__:
            yield from walk(getattr(node, slot))


def free_in(node: Any) -> set[str]:
    """Return the names in a tree that no sum or product inside of it binds."""
    if isinstance(node, tuple):
        return set().union(*(free_in(part) for part in node))
    if isinstance(node, syntax.BigOperator):
        limits = free_in((node.lower, node.upper))
        return limits | (free_in(node.body) - set(node.indices))
    if isinstance(node, syntax.Name):
        return {node.name}
    if isinstance(node, syntax.Node):
        return set().union(*(free_in(getattr(node, slot)) for slot in node.__struct_fields__))
    return set()


def names_in(node: Any) -> set[str]:
    return {n.name for n in walk(node) if isinstance(n, syntax.Name | syntax.FunctionName)}


# --- functions of a number --------------------------------------------------------------------------


def _exp(_: int, t: np.ndarray) -> np.ndarray:
    return np.exp(t)


def _power(exponent: float) -> Callable[[int, np.ndarray], np.ndarray]:
    def derivative(k: int, t: np.ndarray) -> np.ndarray:
        factor = 1.0
        for j in range(k):
            factor *= exponent - j
        return np.zeros_like(t) if factor == 0 else factor * t ** (exponent - k)

    return derivative


def _log(k: int, t: np.ndarray) -> np.ndarray:
    if np.any(t <= 0):
        raise FloatingPointError("log")
    return np.log(t) if k == 0 else _power(-1.0)(k - 1, t)


def _sqrt(k: int, t: np.ndarray) -> np.ndarray:
    if np.any(t < 0) or (k and np.any(t == 0)):
        raise FloatingPointError("sqrt")
    return _power(0.5)(k, t)


def _sin(k: int, t: np.ndarray) -> np.ndarray:
    return np.sin(t + k * pi / 2)


def _cos(k: int, t: np.ndarray) -> np.ndarray:
    return np.cos(t + k * pi / 2)


def _pieces(values: Callable[[np.ndarray], np.ndarray], slopes: Callable[[np.ndarray], np.ndarray]):
    def derivative(k: int, t: np.ndarray) -> np.ndarray:
        if np.any(np.abs(t) < 1e-9):
            raise FloatingPointError("kink")
        return values(t) if k == 0 else slopes(t) if k == 1 else np.zeros_like(t)

    return derivative


def _density(k: int, t: np.ndarray) -> np.ndarray:
    # φ⁽ᵏ⁾ = (−1)ᵏ Heₖ φ
    return (-1) ** k * np.polynomial.hermite_e.hermeval(t, [0] * k + [1]) * _phi(t)


def _phi(t: np.ndarray) -> np.ndarray:
    return np.exp(-t * t / 2) / sqrt(2 * pi)


def _normal(k: int, t: np.ndarray) -> np.ndarray:
    return np.vectorize(lambda x: (1 + erf(x / sqrt(2))) / 2)(t) if k == 0 else _density(k - 1, t)


def _of(derivative: Callable[[int, np.ndarray], np.ndarray]) -> Callable[[Jet], Jet]:
    return lambda u: applied(u, derivative)


def ones_like(u: Jet) -> Jet:
    return constant(np.ones(u.shape))


def times(number: float, u: Jet) -> Jet:
    return u.map(lambda a: number * a, u.core)


exp, log, reciprocal, normal = _of(_exp), _of(_log), _of(_power(-1.0)), _of(_normal)


def logistic(u: Jet) -> Jet:
    return reciprocal(added(ones_like(u), exp(times(-1, u))))


def hyperbolic(sign: float) -> Callable[[Jet], Jet]:
    return lambda u: times(0.5, added(exp(u), exp(times(-1, u)), sign))


FUNCTIONS: dict[str, Callable[[Jet], Jet]] = {
    "exp": exp,
    "log": log,
    "sqrt": _of(_sqrt),
    "reciprocal": reciprocal,
    "sin": _of(_sin),
    "cos": _of(_cos),
    "sigma": logistic,
    "sinh": hyperbolic(-1),
    "cosh": hyperbolic(1),
    "tanh": lambda u: hadamard(hyperbolic(-1)(u), reciprocal(hyperbolic(1)(u))),
    "softplus": lambda u: log(added(ones_like(u), exp(u))),
    "relu": _of(_pieces(lambda t: np.maximum(t, 0), lambda t: (t > 0).astype(float))),
    "abs": _of(_pieces(np.abs, np.sign)),
    "sign": _of(_pieces(np.sign, np.zeros_like)),
    "step": _of(_pieces(lambda t: (t > 0).astype(float), np.zeros_like)),
    "normal-cdf": normal,
    "normal-density": _of(_density),
    "gelu": lambda u: hadamard(u, normal(u)),
    "silu": lambda u: hadamard(u, logistic(u)),
    "erf": lambda u: added(times(2, normal(times(sqrt(2), u))), ones_like(u), -1),
}


# --- expressions ------------------------------------------------------------------------------------


class Evaluator:
    """Evaluates trees in a world of given numbers, in one layout.

    Attributes:
        moved: values that stand in place of names, in definitions too: variables of derivatives.
        outer: the same without what follows the parameters of a formula.
        bound: values of the parameters of the formula that is being evaluated.
        letters: positions of index letters, counted from 1.
        far: signs without brackets reach over the rest of their product.
        chosen: sizes of bare constants, by node.
    """

    def __init__(self, world: Any, layout: str) -> None:
        self.world = world
        self.layout = layout
        self.moved: dict[Any, Jet] = {}
        self.outer: dict[Any, Jet] = {}
        self.bound: dict[str, Jet] = {}
        self.letters: dict[str, int] = {}
        self.memo: dict[Any, Jet] = {}
        self.chosen: dict[Any, int] = {}
        self.touched: set[Any] = set()
        self.ranges: dict[str, set[int]] = {}
        self.pointwise: Jet | None = None
        self.far = False
        self.varied: frozenset[str] = frozenset()
        self.depth = 0
        self.unfolding = 0

    @contextmanager
    def where(self, moved: dict[Any, Jet]) -> Iterator[None]:
        saved = self.moved, self.outer, self.memo
        self.moved, self.outer, self.memo = {**self.moved, **moved}, {**self.outer, **moved}, {}
        try:
            yield
        finally:
            self.moved, self.outer, self.memo = saved

    @contextmanager
    def called_with(self, parameters: dict[str, Jet], letters: dict[str, int]) -> Iterator[None]:
        """Enter a formula.

        What is defined by a declared parameter follows it; nothing follows those of its caller.
        """
        saved = self.moved, self.memo
        follow = {k: v for k, v in parameters.items() if self.world.is_primitive(k)}
        self.moved, self.memo = {**self.outer, **follow}, {}
        try:
            with self.inside(parameters, letters):
                yield
        finally:
            self.moved, self.memo = saved

    @contextmanager
    def inside(self, bound: dict[str, Jet], letters: dict[str, int]) -> Iterator[None]:
        """A definition or formula sees its own parameters and indices only."""
        saved = self.bound, self.letters
        self.bound, self.letters = bound, letters
        try:
            yield
        finally:
            self.bound, self.letters = saved

    @contextmanager
    def at(self, letters: dict[str, int]) -> Iterator[None]:
        saved = self.letters
        self.letters = {**saved, **letters}
        try:
            yield
        finally:
            self.letters = saved

    def value(self, node: syntax.Node) -> Jet:
        """Return the value of a tree; a 1 × 1 matrix is a number.

        Raises:
            Unknown: the oracle does not know the construct.
            ShapeError: it has no meaning.
            NeedsSize: a size is not told yet.
            FloatingPointError: it is not defined at this point.
        """
        self.unfolding += 1
        if self.unfolding > 300:
            raise Unknown("nesting")
        try:
            found = CLAUSES.get(type(node))
            if found is None:
                raise Unknown(type(node).__name__)
            made = found(self, node)
        finally:
            self.unfolding -= 1
        if made.core and made.real.size == 1:
            made = made.map(lambda a: a.reshape(a.shape[: a.ndim - made.core]), 0)
        if made.real.size > LARGEST:
            raise Unknown("too large")
        if not np.all(np.isfinite(made.real)):
            raise FloatingPointError("not finite")
        return made

    def number(self, node: syntax.Node) -> Jet:
        found = self.value(node)
        if found.core:
            raise ShapeError("a number is needed")
        return found

    def integer(self, node: syntax.Node) -> int:
        """Return a size or a position."""
        if isinstance(node, syntax.Name):
            if node.name in self.letters:
                return self.letters[node.name]
            return self.world.size(node.name)
        if isinstance(node, syntax.Number) and node.value.denominator == 1:
            return int(node.value)
        if isinstance(node, syntax.Sum):
            return sum(sign * self.integer(term) for sign, term in node.terms)
        if isinstance(node, syntax.Product):
            return reduce(lambda a, b: a * b, (self.integer(f) for f in node.factors))
        if isinstance(node, syntax.Power):
            return self.integer(node.base) ** self.integer(node.exponent)
        raise Unknown("a size")

    def sized(self, node: syntax.Node, axis: int = 0) -> int:
        key = (id(node), axis)
        if key not in self.chosen:
            raise NeedsSize(key)
        return self.chosen[key]

    # --- names ----------------------------------------------------------------------------

    def name(self, node: syntax.Name) -> Jet:
        return self.named(node.name)

    def named(self, name: str) -> Jet:
        if name in self.letters:
            return constant(float(self.letters[name]))
        if name in self.bound:
            return self.bound[name]
        if name in self.moved:
            self.touched.add(name)
            return self.moved[name]
        letters = self.world.spelled(name)
        if letters:
            # J^{ij}: a member for the i and j of the place where it stands
            with self.inside({}, {k: self.letters[k] for k in letters if k in self.letters}):
                return self.world.define(self, name)
        if name in self.world.definitions:
            if name not in self.memo:
                with self.inside({}, {}):
                    self.memo[name] = self.world.define(self, name)
            return self.memo[name]
        return constant(self.world.value(name))

    def member(self, family: str, at: tuple[int, ...]) -> Jet:
        key = (family, at)
        if key in self.moved:
            self.touched.add(key)
            return self.moved[key]
        rule = self.world.families.get(family)
        if rule is None:
            return constant(self.world.member(family, at))
        letters, body = rule
        with self.inside({}, dict(zip(letters, at, strict=True))):
            return self.value(body)

    def literal(self, node: syntax.Number) -> Jet:
        return constant(float(node.value))

    def builtin(self, node: syntax.Builtin) -> Jet:
        name, sizes = node.name, node.parameters
        if name == "identity":
            if len(sizes) > 1:
                raise Unknown("an identity with two sizes")
            return constant(np.eye(self.integer(sizes[0]) if sizes else self.sized(node)))
        if name in ("ones", "zeros"):
            shape = [self.integer(s) for s in sizes] or [self.world.ones or self.sized(node)]
            shape = (*shape, 1) if len(shape) == 1 else tuple(shape)
            return constant((np.ones if name == "ones" else np.zeros)(shape))
        if name == "pi":
            return constant(pi)
        if name == "delta":
            i, j = (self.integer(part) for part in sizes)
            return constant(float(i == j))
        if name == "unit":
            made = np.zeros((self.sized(node), 1))
            made[self.integer(sizes[0]) - 1] = 1
            return constant(made)
        if name == "commutation":
            m, n = (self.integer(part) for part in sizes)
            made = np.zeros((m * n, m * n))
            for i, j in itertools.product(range(m), range(n)):
                # vec(A) holds A_ij at place i + m j, vec(Aᵀ) at place j + n i
                made[j + n * i, i + m * j] = 1
            return constant(made)
        raise Unknown(name)

    # --- sums and products ----------------------------------------------------------------

    def sum(self, node: syntax.Sum) -> Jet:
        terms = [(s, t) for s, t in node.terms if not is_zero(t)] or [node.terms[0]]
        total: Jet | None = None
        for sign, term in terms:
            part = self.value(term)
            total = times(sign, part) if total is None else added(total, part, sign)
        assert total is not None
        return total

    def product(self, node: syntax.Product) -> Jet:
        for place, factor in enumerate(node.factors[:-1]):
            wide = self.reaching(node, place, factor)
            if wide is not None:
                return self.value(wide)
            if isinstance(factor, syntax.Fraction):
                under = self.denominator(factor, node.factors[place + 1 :])
                if under:
                    taken = syntax.Product(factor.start, node.end, (factor.denominator, *under))
                    ratio = syntax.Fraction(factor.start, node.end, factor.numerator, taken)
                    rest = node.factors[place + 1 + len(under) :]
                    factors = (*node.factors[:place], ratio, *rest)
                    return self.value(syntax.Product(node.start, node.end, factors))
        factors = [self.value(factor) for factor in node.factors]
        if not node.dotted:
            return self.multiplied(factors)
        cuts = [0, *node.dotted, len(factors)]
        runs = [self.multiplied(factors[begin:end]) for begin, end in pairwise(cuts)]
        columns = [run.core == 2 and run.shape[1] == 1 < run.shape[0] for run in runs]
        if not any(both == (True, True) for both in pairwise(columns)):
            return self.multiplied(factors)
        total = runs[0]
        for run in runs[1:]:
            # a dot between two columns is their inner product
            if total.core == run.core == 2 and total.shape == run.shape and run.shape[1] == 1:
                total = hadamard(total, run).map(lambda a: a.sum(axis=(-2, -1)), 0)
            else:
                total = self.times(total, run)
        return total

    def denominator(
        self, fraction: syntax.Fraction, rest: tuple[syntax.Node, ...]
    ) -> tuple[syntax.Node, ...]:
        r"""Return what stands below a slash as well, as in print: `a / x^\top x`."""
        if self.value(fraction.denominator).shape in ((), (1, 1)):
            return ()
        for count in range(1, len(rest) + 1):
            below = syntax.Product(
                fraction.start, fraction.end, (fraction.denominator, *rest[:count])
            )
            try:
                if self.value(below).shape in ((), (1, 1)):
                    return rest[:count]
            except ShapeError:
                return ()
        return ()

    def reaching(self, node: syntax.Product, place: int, factor: syntax.Node) -> syntax.Node | None:
        """Return what a sign without brackets means that takes more than the factor behind it.

        A constant in front is taken along, ``∇_x ½ f``, and so is what makes a number of a row that
        is written out, ``∇_x (x − m)ᵀ S (x − m)``; all else only where one factor has no meaning
        (``far``).
        """
        rest = node.factors[place + 1 :]
        turned = isinstance(factor, syntax.Transpose)
        sign = factor.base if isinstance(factor, syntax.Transpose) else factor
        count = 0
        if isinstance(sign, syntax.Derivative):
            body: syntax.Node = sign.function
            if sign.variables and not self.world.givens.closed & {id(factor), id(sign)}:
                count = self.taken_along(sign, rest, turned)
        elif self.far and not turned and is_bare(sign):
            assert isinstance(sign, syntax.Call)
            body = sign.arguments[0]
            signed = [isinstance(r, SIGNED) for r in rest]
            count = signed.index(True) if True in signed else len(rest)
        if not count:
            return None
        head = syntax.Transpose(factor.start, factor.end, body) if turned else body
        whole = syntax.Product(body.start, node.end, (head, *rest[:count]))
        if isinstance(sign, syntax.Derivative):
            wide: syntax.Node = replace(sign, function=whole)
        else:
            wide = replace(sign, arguments=(whole,))
        factors = (*node.factors[:place], wide, *rest[count:])
        return syntax.Product(node.start, node.end, factors) if len(factors) > 1 else wide

    def taken_along(
        self, sign: syntax.Derivative, rest: tuple[syntax.Node, ...], turned: bool
    ) -> int:
        """Return how many further factors a derivative takes."""
        body = sign.function
        wanted = names_in(tuple(v.expression for v in sign.variables))
        constant_body = not self.world.depend(names_in(body), wanted)
        varies = self.world.depend(names_in(rest), wanted)
        follows = rest[0].base if isinstance(rest[0], syntax.Transpose) else rest[0]
        if isinstance(follows, syntax.Derivative) and not self.far:
            return 0  # a chain of derivatives
        value = self.value(body)
        if value.core == 0:
            whole = varies and not turned and (constant_body or self.far)
            return len(rest) if whole else 0
        named = isinstance(body, syntax.Name | syntax.FunctionName | syntax.Call)
        written_out = sign.notation == "nabla" and not named
        if not (written_out or (constant_body and varies) or self.far) or value.core != 2:
            return 0
        total = value.rows() if turned else value
        try:
            for count, factor in enumerate(rest, 1):
                total = self.times(total, self.value(factor))
                if total.core == 0:
                    return count
        except (ShapeError, Unknown):
            return 0
        return 0

    def multiplied(self, values: list[Jet]) -> Jet:
        """Multiply from the left; a row before a column is a number wherever it stands."""
        values = list(values)
        total, values = values[0], values[1:]
        while values:
            try:
                total = self.times(total, values[0])
                values = values[1:]
            except ShapeError:
                for k in range(len(values) - 1):
                    row, column = values[k], values[k + 1]
                    if row.core == column.core == 2 and row.shape == column.shape[::-1]:
                        if row.shape[0] == 1:
                            dot = contracted(row, column).map(lambda a: a[..., 0, 0], 0)
                            values[k : k + 2] = [dot]
                            break
                else:
                    raise
        return total

    def times(self, left: Jet, right: Jet) -> Jet:
        if left.core == 0:
            return scaled(left, right)
        if right.core == 0:
            return scaled(right, left)
        made = contracted(left, right)
        if left.core == right.core == 2:
            if made.real.size == 1:
                return made.map(lambda a: a[..., 0, 0], 0)
            return made
        kept = [axis for axis in range(made.core) if made.shape[axis] != 1]
        if len(kept) < 2:
            raise Unknown("a tensor that becomes a vector")
        shape = tuple(made.shape[axis] for axis in kept)
        core = made.core
        return made.map(lambda a: a.reshape(a.shape[: a.ndim - core] + shape), len(kept))

    def binary(self, node: syntax.Binary) -> Jet:
        operator = node.operator
        if self.far and is_bare(node.left) and operator in ("kronecker", "hadamard"):
            # tr A ⊗ B
            assert isinstance(node.left, syntax.Call)
            inner = replace(node, left=node.left.arguments[0])
            return self.value(replace(node.left, arguments=(inner,)))
        if operator == "commutator":
            return self.commutator(node)
        left, right = self.value(node.left), self.value(node.right)
        if operator in ("hadamard", "hadamard-division"):
            if operator == "hadamard-division":
                right = reciprocal(right)
            return hadamard(left, right)
        if operator == "inner":
            if left.shape != right.shape:
                raise ShapeError("inner product")
            core = left.core
            axes = tuple(range(-core, 0))
            return hadamard(left, right).map(lambda a: a.sum(axis=axes) if core else a, 0)
        if operator == "kronecker":
            if left.core == 0 or right.core == 0:
                return self.times(left, right)
            if left.core != 2 or right.core != 2:
                raise Unknown("⊗ of tensors")
            return kronecker(left, right)
        raise Unknown(operator)

    def commutator(self, node: syntax.Binary) -> Jet:
        left, right = self.value(node.left), self.value(node.right)
        square = left.core == right.core == 2 and left.shape == right.shape
        if square and left.shape[0] == left.shape[1]:
            return added(contracted(left, right), contracted(right, left), -1)
        return self.matrix(syntax.Matrix(node.start, node.end, ((node.left, node.right),)))

    def fraction(self, node: syntax.Fraction) -> Jet:
        return scaled(reciprocal(self.number(node.denominator)), self.value(node.numerator))

    def power(self, node: syntax.Power) -> Jet:
        base = self.value(node.base)
        exponent = self.value(node.exponent)
        if exponent.core:
            raise Unknown("an exponent that is no number")
        fixed = not any(marks for marks in exponent.parts)
        number = float(exponent.real)
        if base.core == 0:
            if fixed:
                if base.real <= 0 and number != round(number):
                    raise FloatingPointError("a root of a negative number")
                if base.real == 0 and number < 0:
                    raise FloatingPointError("1/0")
                return applied(base, _power(number))
            return exp(scaled(exponent, log(base)))
        if base.core != 2 or base.shape[0] != base.shape[1] or not fixed:
            raise ShapeError("a power of what is not square")
        if number != round(number):
            return self.root(base, number)
        if number < 0:
            base, number = inverse(base), -number
        if number > 12:
            raise Unknown("a high power")
        made = constant(np.eye(base.shape[0]))
        for _ in range(round(number)):
            made = contracted(made, base)
        return made

    def root(self, base: Jet, exponent: float) -> Jet:
        """Return a power of a diagonal matrix."""
        n = base.shape[0]
        off = 1 - np.eye(n)
        if any(np.any(part * off) for part in base.parts.values()):
            raise Unknown("a root of a matrix")
        if np.any(np.diag(base.real) <= 0):
            raise FloatingPointError("a root of a negative number")
        powers = applied(
            base.map(lambda a: np.diagonal(a, axis1=-2, axis2=-1), 1), _power(exponent)
        )
        return powers.map(lambda a: a[..., None] * np.eye(n), 2)

    def transpose(self, node: syntax.Transpose) -> Jet:
        made = self.value(node.base)
        if made.core == 0:
            return made
        if made.core != 2:
            raise Unknown("a transposed tensor")
        return made.rows()

    def norm(self, node: syntax.Norm) -> Jet:
        body = self.value(node.body)
        if body.core == 0:
            return FUNCTIONS["abs"](body)
        vector = body.core == 2 and 1 in body.shape
        if not (node.kind == "F" or (vector and node.kind in ("", "2"))):
            raise Unknown(f"a norm of kind {node.kind}")
        square = hadamard(body, body).map(lambda a: a.sum(axis=(-2, -1)), 0)
        return FUNCTIONS["sqrt"](square)

    def matrix(self, node: syntax.Matrix) -> Jet:
        rows = node.rows
        blocks = [[None if is_zero(b) else self.value(b) for b in row] for row in rows]
        heights = [self.extent(line, 0) for line in blocks]
        widths = [self.extent(list(line), 1) for line in zip(*blocks, strict=True)]
        lines = []
        for r, row in enumerate(blocks):
            for i in range(heights[r]):
                for c, block in enumerate(row):
                    if block is None:
                        lines += [constant(0.0)] * widths[c]
                    elif block.core == 0:
                        lines.append(block)
                    else:
                        if block.shape != (heights[r], widths[c]):
                            raise ShapeError("blocks")
                        lines += [entry(block, i, j) for j in range(widths[c])]
        return stacked(lines, (sum(heights), sum(widths)))

    def extent(self, blocks: list[Jet | None], axis: int) -> int:
        found = {(b.shape[axis] if b.core else 1) for b in blocks if b is not None}
        if not found:
            raise Unknown("a row of zero blocks")
        if len(found) > 1:
            raise ShapeError("blocks")
        return found.pop()

    # --- entries and indices --------------------------------------------------------------

    def component(self, node: syntax.Component) -> Jet:
        base = node.base
        if isinstance(base, syntax.Name) and self.world.is_family(base.name):
            for index in node.indices:
                if isinstance(index, syntax.Name):
                    self.ranges.setdefault(index.name, set()).update(
                        self.world.family_range(base.name)
                    )
            return self.member(base.name, tuple(self.integer(i) for i in node.indices))
        return self.picked(self.value(base), node.indices)

    def picked(self, value: Jet, indices: tuple[syntax.Node, ...]) -> Jet:
        value = value.grid()
        if value.core != 2:
            raise Unknown("entries of a tensor")
        places: list[int | slice] = []
        if len(indices) == 1:
            axes = [0 if value.shape[1] == 1 else 1]
            if 1 not in value.shape:
                raise Unknown("one index on a matrix")
        elif len(indices) == 2:
            axes = [0, 1]
        else:
            raise Unknown("more than two indices")
        for axis, index in zip(axes, indices, strict=True):
            if isinstance(index, syntax.Slice):
                places.append(slice(None))
                continue
            if isinstance(index, syntax.Name):
                self.ranges.setdefault(index.name, set()).add(value.shape[axis])
            at = self.integer(index) - 1
            if not 0 <= at < value.shape[axis]:
                raise ShapeError("an index beyond its axis")
            places.append(slice(at, at + 1))
        if len(axes) == 1:
            places = [places[0], slice(None)] if axes[0] == 0 else [slice(None), places[0]]
        first, second = places
        return value.map(lambda a: a[..., first, second], 2)

    def big(self, node: syntax.BigOperator) -> Jet:
        body = node.body
        if node.operator == "product" and isinstance(body, syntax.Product):
            # what follows the last factor with the index stands behind the product
            inside = max(
                (k for k, f in enumerate(body.factors) if free_in(f) & set(node.indices)),
                default=-1,
            )
            behind = body.factors[inside + 1 :] if inside >= 0 else ()
            if behind:
                kept = replace(body, factors=body.factors[: inside + 1])
                return self.multiplied(
                    [self.big(replace(node, body=kept)), *(self.value(f) for f in behind)]
                )
        low = 1 if node.lower is None else self.integer(node.lower)
        spans = []
        for letter in node.indices:
            high = None
            if node.upper is None:
                with self.at(dict.fromkeys(node.indices, 1)):
                    high = self.range_of(letter, node.body)
            spans.append(range(low, (self.integer(node.upper) if high is None else high) + 1))
        total: Jet | None = None
        for places in itertools.product(*spans):
            with self.at(dict(zip(node.indices, places, strict=True))):
                part = self.value(node.body)
            if total is None:
                total = part
            elif node.operator == "sum":
                total = added(total, part)
            elif total.core or part.core:
                raise Unknown("a product of matrices over an index")
            else:
                total = scaled(total, part)
        if total is None:
            raise Unknown("an empty sum")
        return total

    def range_of(self, letter: str, body: syntax.Node) -> int:
        """Return how far an index runs: as declared, else along the axes that it counts."""
        known = self.world.index_range(letter)
        if known is not None:
            return known
        saved = self.ranges
        self.ranges = {}
        try:
            bound = {n for b in walk(body) if isinstance(b, syntax.BigOperator) for n in b.indices}
            with self.at(dict.fromkeys({letter} | bound, 1)):
                self.value(body)
            found = self.ranges.get(letter, set())
        finally:
            self.ranges = saved
        if len(found) != 1:
            raise Unknown("the range of an index")
        return found.pop()

    # --- functions ------------------------------------------------------------------------

    def function_name(self, node: syntax.FunctionName) -> Jet:
        if node.order == 0 and node.name in self.moved:
            return self.named(node.name)
        if node.order == 0 and node.name in self.world.definitions:
            return self.named(node.name)
        if self.pointwise is not None:
            return self.at_point(node, [self.pointwise])
        if node.order == 0:
            formula = self.world.formulas.get(node.name)
            if formula is not None:
                return self.value(formula[1])
            arguments = self.world.only_arguments(node.name)
            if arguments is not None:
                return self.at_point(node, [self.value(a) for a in arguments])
        raise Unknown("a function without argument")

    def call(self, node: syntax.Call) -> Jet:
        function = node.function
        if isinstance(function, syntax.Binary) and function.operator == "compose":
            inner = syntax.Call(node.start, node.end, function.right, node.arguments)
            return self.call(syntax.Call(node.start, node.end, function.left, (inner,)))
        if not isinstance(function, syntax.FunctionName):
            raise Unknown("a function that is no name")
        if self.pointwise is not None and any(
            isinstance(n, syntax.FunctionName) and not called(n, node.arguments)
            for n in walk(node.arguments)
        ):
            factors = (function, *node.arguments)
            return self.multiplied([self.value(part) for part in factors])
        if not self.world.is_function(function.name):
            operator = OPERATORS.get(function.name)
            if operator is not None and not function.order:
                return operator(self, node)
        arguments = [self.value(a) for a in node.arguments]
        letter = function.name.removeprefix(r"\lambda_")
        if letter in self.letters and letter != function.name and len(arguments) == 1:
            return self.eigenvalue(arguments[0].grid(), letter)
        if node.power and arguments[0].core and 1 not in arguments[0].shape:
            raise Unknown("the exponential of a matrix")
        if function.name == "abs" and arguments[0].core == 2 and 1 not in arguments[0].shape:
            return determinant(arguments[0])  # |A|
        return self.at_point(function, arguments)

    def eigenvalue(self, value: Jet, letter: str) -> Jet:
        """Return the eigenvalue at the place of an index, all of them being counted somehow."""
        roots, right = np.linalg.eig(value.real)
        left = np.linalg.inv(right)
        self.ranges.setdefault(letter, set()).add(len(roots))
        k = self.letters[letter] - 1
        parts: dict[frozenset[int], np.ndarray] = {NONE: roots[k]}
        for marks, part in value.parts.items():
            if len(marks) > 1:
                raise Unknown("a second derivative of an eigenvalue")
            if marks:
                parts[marks] = left[k] @ part @ right[:, k]  # dλ = wᵀ dX v, where wᵀ v = 1
        return Jet(parts, 0)

    def at_point(self, function: syntax.FunctionName, arguments: list[Jet]) -> Jet:
        """Apply a function of a number (entry by entry), or one of whole arguments."""
        name = function.name
        if name in self.world.formulas:
            letters, body, numbers = self.world.formulas[name]
            if len(letters) != len(arguments):
                raise ShapeError("arguments")

            def whole(*values: Jet) -> Jet:
                own = {k: v for k, v in self.letters.items() if k not in letters}
                given = dict(zip(letters, values, strict=True))
                with self.called_with(given, own):
                    return self.value(body)

            entrywise = numbers is True and len(arguments) == 1 and arguments[0].core
            if not entrywise and not function.order:
                try:
                    return whole(*arguments)
                except ShapeError:
                    if numbers is False or len(arguments) != 1:
                        raise
            return self.entries(arguments[0], lambda t: self.primed(whole, t, function.order))
        if name in self.world.functions and function.order and self.world.is_curve(name):
            return self.primed(
                lambda t: self.world.apply(name, 0, [t]), arguments[0], function.order
            )
        if name in self.world.functions:
            return self.world.apply(name, function.order, arguments)
        if name not in FUNCTIONS or len(arguments) != 1:
            raise Unknown(f"the function {name}")
        return self.primed(FUNCTIONS[name], arguments[0], function.order)

    def entries(self, value: Jet, rule: Callable[[Jet], Jet]) -> Jet:
        if value.core == 0:
            return rule(value)
        if value.core != 2:
            raise Unknown("a function of a tensor")
        cells = [rule(entry(value, i, j)) for i, j in np.ndindex(*value.shape)]
        return stacked(cells, value.shape)

    def primed(self, rule: Callable[[Jet], Jet], value: Jet, order: int) -> Jet:
        """Return the derivative of a function of a number: one more infinitesimal for each prime."""
        if order == 0:
            return rule(value)
        self.depth += 1
        mark = self.depth
        try:
            step = np.ones((1,) * mark + value.shape)
            parts = {**value.parts, frozenset([mark]): step}
            made = self.primed(rule, Jet(parts, value.core), order - 1)
        finally:
            self.depth -= 1
        return along(made, mark)

    def cases(self, node: syntax.Cases) -> Jet:
        for value, condition in node.branches:
            if condition is None:
                return self.value(value)
            if not isinstance(condition, syntax.Relation) or condition.lhs is None:
                raise Unknown("a condition")
            if condition.sign in ("=", r"\neq"):
                same = self.integer(condition.lhs) == self.integer(condition.rhs)
                if same == (condition.sign == "="):
                    return self.value(value)
                continue
            gap = float(self.number(condition.lhs).real - self.number(condition.rhs).real)
            if abs(gap) < 1e-9:
                raise FloatingPointError("on the border of a case")
            holds = {">": gap > 0, r"\geq": gap > 0, "<": gap < 0, r"\leq": gap < 0}
            if condition.sign not in holds:
                raise Unknown("a condition")
            if holds[condition.sign]:
                return self.value(value)
        raise FloatingPointError("no case applies")

    # --- derivatives ----------------------------------------------------------------------

    def derivative(self, node: syntax.Derivative) -> Jet:
        if not node.variables:
            return self.at_argument(node)
        variables = [Variable(self, v) for v in node.variables]
        if node.order == 2 and len(variables) == 1:
            variables *= 2
        if len(variables) != node.order or node.order > 2:
            raise Unknown("this order of derivative")
        return self.laid_out(lambda: self.value(node.function), node.function, variables)

    def at_argument(self, node: syntax.Derivative) -> Jet:
        """∇f(p): the derivative of f by its own argument, at p."""
        call, indices = node.function, None
        if isinstance(call, syntax.Component) and isinstance(call.base, syntax.Call):
            call, indices = call.base, call.indices
        if isinstance(call, syntax.FunctionName):
            arguments = self.world.only_arguments(call.name)
            formula = self.world.formulas.get(call.name)
            if formula is not None:
                arguments = tuple(syntax.Name(0, 0, p, True) for p in formula[0])
            if arguments is None:
                raise Unknown("∇ without variable")
            call = syntax.Call(0, 0, call, arguments)
        if not isinstance(call, syntax.Call) or len(call.arguments) != 1:
            raise Unknown("∇ without variable")
        function = call.function
        if not isinstance(function, syntax.FunctionName) or function.order:
            raise Unknown("∇ without variable")
        key = ("argument", id(node))
        point = self.value(call.arguments[0])
        variables = [Variable.own(self, key, point)] * node.order

        def value() -> Jet:
            made = self.at_point(function, [self.moved.get(key, point)])
            if indices is None:
                return made
            return self.picked(made, indices).map(lambda a: a[..., 0, 0], 0)

        return self.laid_out(value, None, variables)

    def laid_out(
        self,
        function: Callable[[], Jet],
        tree: syntax.Node | None,
        variables: list[Variable],
    ) -> Jet:
        """Differentiate, then arrange the axes as the layout says."""

        def nested(rest: list[Variable]) -> Jet:
            if not rest:
                return function()
            return rest[-1].differentiate(lambda: nested(rest[:-1]), tree)

        tensor = nested(variables)
        own = tensor.core - sum(len(v.shape) for v in variables)
        if any(v.entry for v in variables):
            return self.by_entries(tensor, own, variables)
        if len(variables) == 1:
            return self.first_order(tensor, own, variables[0])
        if own and not any(v.shape for v in variables):
            return tensor
        if own:
            raise Unknown("a second derivative of a matrix")
        kept, at = [], 0
        for v in variables:
            if v.shape:
                if 1 not in v.shape:
                    raise Unknown("a second derivative by a matrix")
                kept.append(at + (0 if v.shape[1] == 1 else 1))
            at += len(v.shape)
        if len(kept) == 1:
            return arranged(tensor, [kept[0], -1])
        return arranged(tensor, kept)

    def by_entries(self, tensor: Jet, own: int, variables: list[Variable]) -> Jet:
        if not all(v.entry or not v.shape for v in variables):
            raise Unknown("a derivative by an entry and a whole")
        at = tuple(i for v in variables for i in (v.entry or ()))
        return tensor.map(lambda a: a[(..., *at)] if at else a, own)

    def first_order(self, tensor: Jet, own: int, by: Variable) -> Jet:
        """Arrange as the table of layouts in docs/language.md."""
        if not by.shape:
            return tensor
        rows, columns = own, own + 1
        numerator = self.layout == "numerator"
        if own == 0:
            if by.transposed or numerator:
                return arranged(tensor, [columns, rows])
            return arranged(tensor, [rows, columns])
        if own != 2:
            raise Unknown("a derivative of a tensor")
        shape = tensor.shape[:2]
        if 1 in shape and 1 in by.shape:
            column = shape[1] == 1
            y, x = (0 if column else 1), (rows if by.shape[1] == 1 else columns)
            if by.transposed and column:
                return arranged(tensor, [y, x])
            if by.transposed or by.shape[1] != 1:
                raise Unknown("a derivative of a row by a row")
            if not column:
                return arranged(tensor, [x, y])  # ∂yᵀ/∂x
            return arranged(tensor, [x, y] if self.layout == "denominator" else [y, x])
        if by.transposed:
            raise Unknown("a tensor by a transposed variable")
        axes = [0, 1, columns, rows] if numerator else [0, 1, rows, columns]
        return arranged(tensor, [axis for axis in axes if tensor.shape[axis] != 1])

    def restricted(self, node: syntax.Restricted) -> Jet:
        moved: dict[Any, Jet] = {}
        for condition in node.conditions:
            if isinstance(condition, syntax.Name):
                moved[condition.name] = self.value(condition)
            elif isinstance(condition, syntax.Relation) and isinstance(condition.lhs, syntax.Name):
                here = self.value(condition.lhs)
                there = self.value(condition.rhs)
                if is_zero(condition.rhs):
                    there = constant(np.zeros(here.shape))
                if here.shape != there.shape:
                    raise ShapeError("a restriction")
                moved[condition.lhs.name] = there
            else:
                raise Unknown("a restriction")
        with self.where(moved):
            return self.value(node.body)

    def differential(self, node: syntax.Differential) -> Jet:
        """Move every name whose differential is written, all together."""
        free = self.world.free_to_vary(self.varied)
        body = node.body
        if isinstance(body, syntax.Name) and body.name in free:
            return constant(self.world.change(body.name))
        self.depth += 1
        mark = self.depth
        try:
            moved = {}
            for name in free:
                here = self.named(name)
                step = self.world.change(name)
                parts = {**here.parts, frozenset([mark]): step.reshape((1,) * mark + step.shape)}
                moved[name] = Jet(parts, here.core)
            with self.where(moved):
                made = self.value(body)
        finally:
            self.depth -= 1
        return along(made, mark)


def is_bare(node: syntax.Node) -> bool:
    r"""Whether a known function has its argument without brackets: ``\det A``."""
    return (
        isinstance(node, syntax.Call)
        and isinstance(node.function, syntax.FunctionName)
        and not node.function.declared
        and not node.power
        and len(node.arguments) == 1
        and node.arguments[0].end == node.end
    )


def called(name: syntax.Node, tree: Any) -> bool:
    """Whether a function's name stands in front of its argument somewhere in a tree."""
    return any(isinstance(n, syntax.Call) and n.function is name for n in walk(tree))


def is_zero(node: syntax.Node) -> bool:
    """Whether a tree is a zero of whatever shape is needed: a bare 0, or what is made of one."""
    match node:
        case syntax.Number():
            return node.value == Fraction(0)
        case syntax.Builtin():
            return node.name == "zeros" and not node.parameters
        case syntax.Transpose():
            return is_zero(node.base)
        case syntax.Differential():
            return is_zero(node.body)
        case syntax.Derivative():
            return is_zero(node.function)
        case syntax.Product():
            return any(is_zero(factor) for factor in node.factors)
        case syntax.Sum():
            return all(is_zero(term) for _, term in node.terms)
        case syntax.Call(function=syntax.FunctionName(name="vec" | "unvec" | "diag")):
            return all(is_zero(argument) for argument in node.arguments)
        case _:
            return False


def arranged(tensor: Jet, axes: list[int]) -> Jet:
    """Put a value's axes in the given order; -1 is a new axis of one entry, others have one."""
    kept = [axis for axis in axes if axis >= 0]
    core = tensor.core

    def change(a: np.ndarray) -> np.ndarray:
        lead = a.ndim - core
        dropped = tuple(lead + k for k in range(core) if k not in kept)
        order = [k for k in range(core) if k in kept]
        a = np.squeeze(a, axis=dropped)
        a = np.transpose(a, [*range(lead), *[lead + order.index(axis) for axis in kept]])
        return a[..., None] if -1 in axes else a

    return tensor.map(change, len(axes))


def taken(value: Jet, mark: int) -> Jet:
    """Return the coefficient of the newest infinitesimal, its axis still in front of the value's."""
    parts = {marks - {mark}: part for marks, part in value.parts.items() if mark in marks}
    parts.setdefault(NONE, np.zeros((1,) * mark + value.shape))
    return Jet(parts, value.core)


def trimmed(value: Jet) -> Jet:
    """Drop leading axes of one position that belong to infinitesimals which a part does not have."""

    def trim(marks: frozenset[int], part: np.ndarray) -> np.ndarray:
        spare = part.ndim - value.core - max(marks, default=0)
        return part.reshape(part.shape[spare:]) if spare > 0 else part

    return Jet({marks: trim(marks, part) for marks, part in value.parts.items()}, value.core)


def along(value: Jet, mark: int) -> Jet:
    """Return the coefficient of an infinitesimal that has one direction."""
    made = taken(value, mark)
    return trimmed(made.map(lambda a: a[0], made.core))


class Variable:
    """What a derivative is taken by: the names that move with it, and its shape.

    ``shape`` is () for a number and (n, 1) for a column; ``entry`` a position, when the derivative is
    taken by one entry only.
    """

    def __init__(self, evaluator: Evaluator, node: syntax.Variable) -> None:
        self.evaluator = evaluator
        self.entry: tuple[int, ...] | None = None
        self.transposed = node.transposed
        expression = node.expression
        while isinstance(expression, syntax.Transpose):
            expression, self.transposed = expression.base, not self.transposed
        self.vec = False
        if isinstance(expression, syntax.Call) and names_in(expression.function) == {"vec"}:
            self.vec = True
            expression = expression.arguments[0]
        if isinstance(expression, syntax.Component):
            base = expression.base
            if not isinstance(base, syntax.Name):
                raise Unknown("a derivative by an entry of an expression")
            at = tuple(evaluator.integer(i) for i in expression.indices if is_place(i))
            if evaluator.world.is_family(base.name):
                key: Any = (base.name, at)
                self.set(key, evaluator.member(base.name, at))
                return
            self.set(base.name, evaluator.named(base.name))
            evaluator.picked(self.point, expression.indices)  # notes ranges, checks bounds
            if len(at) == 1:
                at = (at[0], 1) if self.shape[1] == 1 else (1, at[0])
            self.entry = tuple(i - 1 for i in at)
            return
        if not isinstance(expression, syntax.Name) or expression.name in evaluator.letters:
            raise Unknown("a derivative by an expression")
        self.set(expression.name, evaluator.named(expression.name))

    @classmethod
    def own(cls, evaluator: Evaluator, key: Any, point: Jet) -> Variable:
        made = cls.__new__(cls)
        made.evaluator, made.entry, made.transposed, made.vec = evaluator, None, False, False
        made.set(key, point)
        return made

    def set(self, key: Any, point: Jet) -> None:
        self.key, self.point = key, point
        if point.core == 1 or point.core > 2:
            raise Unknown("a derivative by a tensor")
        self.shape: tuple[int, ...] = point.shape
        if self.vec and point.core == 2:
            self.shape = (point.real.size, 1)

    def differentiate(self, function: Callable[[], Jet], tree: syntax.Node | None) -> Jet:
        """Return the tensor with the axes of the function, then those of the variable."""
        evaluator, key = self.evaluator, self.key
        evaluator.depth += 1
        mark = evaluator.depth
        try:
            # the variable as it is here: an outer derivative or a bar may have moved it
            here = evaluator.bound.get(key, evaluator.moved.get(key, self.point))
            count = here.real.size
            step = np.eye(count)
            if self.vec:
                # direction k moves the entry at place k of vec(X), column by column
                step = np.stack([e.reshape(here.shape, order="F") for e in step])
            else:
                step = step.reshape((count, *here.shape))
            lead = (count,) + (1,) * (mark - 1)
            parts = {**here.parts, frozenset([mark]): step.reshape(lead + here.shape)}
            moved = Jet(parts, here.core)
            before, evaluator.touched = evaluator.touched, set()
            if key in evaluator.bound:
                with evaluator.inside({**evaluator.bound, key: moved}, evaluator.letters):
                    made = function()
                tree = None
            else:
                with evaluator.where({key: moved}):
                    made = function()
            reached, evaluator.touched = key in evaluator.touched, before | evaluator.touched
            if not reached and tree is not None and isinstance(key, str):
                alias = self.alias(key, moved)
                if alias is not None:
                    with evaluator.where({key: moved, **alias}):
                        made = function()
                elif evaluator.world.shares_ancestor(names_in(tree), key):
                    raise Unknown("a derivative by a name with which it shares an ancestor")
        finally:
            evaluator.depth -= 1
        found = taken(made, mark)
        shape = self.shape

        def behind(a: np.ndarray) -> np.ndarray:
            a = np.broadcast_to(a, (count, *a.shape[1:]))
            a = np.moveaxis(a, 0, -1)
            return a.reshape(a.shape[:-1] + shape)

        return trimmed(found.map(behind, made.core + len(shape)))

    def alias(self, name: str, moved: Jet) -> dict[Any, Jet] | None:
        """Return the one name that a stacked, transposed, scaled or inverted copy stands for."""
        tree = self.evaluator.world.definitions.get(name)
        value = moved
        while tree is not None:
            if isinstance(tree, syntax.Name):
                if tree.name in self.evaluator.world.definitions:
                    tree = self.evaluator.world.definitions[tree.name]
                    continue
                return {tree.name: value}
            if isinstance(tree, syntax.Transpose):
                tree, value = tree.base, value.rows()
            elif isinstance(tree, syntax.Power) and exponent_of(tree) == -1:
                tree, value = tree.base, inverse(value)
            elif isinstance(tree, syntax.Call) and names_in(tree.function) == {"vec"}:
                inner = tree.arguments[0]
                shape = self.evaluator.value(inner).shape
                tree, value = inner, unstacked(value, *shape)
            elif isinstance(tree, syntax.Call) and names_in(tree.function) == {"unvec"}:
                tree, value = tree.arguments[0], stacked_columns(value)
            elif isinstance(tree, syntax.Sum) and len(tree.terms) == 1:
                sign, tree = tree.terms[0]
                value = times(sign, value)
            elif isinstance(tree, syntax.Product) and len(tree.factors) == 2:
                number, rest = tree.factors
                if not isinstance(number, syntax.Number | syntax.Fraction) or names_in(number):
                    return None
                tree, value = rest, times(1 / float(self.evaluator.number(number).real), value)
            else:
                return None
        return None


def is_place(node: syntax.Node) -> bool:
    if isinstance(node, syntax.Slice):
        raise Unknown("a derivative by a row or column")
    return True


def exponent_of(node: syntax.Power) -> Any:
    exponent = node.exponent
    if isinstance(exponent, syntax.Sum) and len(exponent.terms) == 1:
        sign, term = exponent.terms[0]
        return sign * term.value if isinstance(term, syntax.Number) else None
    return exponent.value if isinstance(exponent, syntax.Number) else None


def stacked_columns(value: Jet) -> Jet:
    """vec: the columns on top of each other."""
    if value.core == 0:
        return value
    if value.core != 2:
        raise Unknown("vec of a tensor")
    size = value.real.size
    return value.rows().map(lambda a: a.reshape((*a.shape[:-2], size, 1)), 2)


def unstacked(value: Jet, rows: int, columns: int) -> Jet:
    if value.shape != (rows * columns, 1):
        raise ShapeError("vec⁻¹")
    return value.map(lambda a: a.reshape((*a.shape[:-2], columns, rows)), 2).rows()


# --- operators with names -----------------------------------------------------------------------------


def _only(e: Evaluator, node: syntax.Call) -> Jet:
    if len(node.arguments) != 1:
        raise ShapeError("one argument")
    return e.value(node.arguments[0])


def _square(e: Evaluator, node: syntax.Call) -> Jet:
    value = _only(e, node)
    if value.core and (value.core != 2 or value.shape[0] != value.shape[1]):
        raise ShapeError("a square matrix is needed")
    return value


def _trace(e: Evaluator, node: syntax.Call) -> Jet:
    value = _square(e, node)
    return value.map(lambda a: np.trace(a, axis1=-2, axis2=-1), 0) if value.core else value


def _adjugate(e: Evaluator, node: syntax.Call) -> Jet:
    value = _square(e, node)
    if not value.core:
        return constant(1.0)
    n = value.shape[0]
    cells = []
    for i, j in np.ndindex(n, n):
        keep_rows = [k for k in range(n) if k != j]
        keep_columns = [k for k in range(n) if k != i]
        minor = value.map(lambda a, r=keep_rows, c=keep_columns: a[..., r, :][..., :, c], 2)
        cells.append(times((-1) ** (i + j), determinant(minor)))
    return stacked(cells, (n, n))


def _pseudo_inverse(e: Evaluator, node: syntax.PseudoInverse) -> Jet:
    value = e.value(node.base).grid()
    if set(value.parts) - {frozenset()}:
        raise Unknown("the derivative of a pseudo-inverse")
    return constant(np.linalg.pinv(value.real, rcond=1e-9))


def _rank(e: Evaluator, node: syntax.Call) -> Jet:
    return constant(float(np.linalg.matrix_rank(_only(e, node).grid().real, tol=1e-7)))


def _unvec(e: Evaluator, node: syntax.Call) -> Jet:
    value = _only(e, node)
    if value.core != 2 or value.shape[1] != 1:
        raise ShapeError("vec⁻¹ of what is no column")
    if len(node.parameters) == 2:
        rows, columns = (e.integer(p) for p in node.parameters)
    else:
        rows = e.sized(node)
        columns = value.shape[0] // rows
    return unstacked(value, rows, columns)


def _diag(e: Evaluator, node: syntax.Call) -> Jet:
    value = _only(e, node)
    if value.core == 0:
        return value
    if 1 in value.shape:
        n = value.real.size
        flat = value.map(lambda a: a.reshape((*a.shape[:-2], n, 1)), 2)
        return flat.map(lambda a: a * np.eye(n), 2)
    if value.shape[0] != value.shape[1]:
        raise ShapeError("diag")
    return value.map(lambda a: np.diagonal(a, axis1=-2, axis2=-1)[..., None], 2)


def _shares(value: Jet, axis: int) -> Jet:
    powers = exp(value)
    totals = powers.map(
        lambda a: np.broadcast_to(a.sum(axis=axis, keepdims=True), a.shape), value.core
    )
    return hadamard(powers, reciprocal(totals))


def _softmax(e: Evaluator, node: syntax.Call) -> Jet:
    value = _only(e, node)
    if value.core != 2 or 1 not in value.shape:
        raise Unknown("softmax of a matrix")
    return _shares(value, -2 if value.shape[1] == 1 else -1)


def _along(axis: int) -> Callable[[Evaluator, syntax.Call], Jet]:
    return lambda e, node: _shares(_only(e, node), axis)


def _logsumexp(e: Evaluator, node: syntax.Call) -> Jet:
    value = _only(e, node)
    if value.core != 2 or 1 not in value.shape:
        raise Unknown("logsumexp of a matrix")
    return log(exp(value).map(lambda a: a.sum(axis=(-2, -1)), 0))


def _extreme(sign: float) -> Callable[[Evaluator, syntax.Call], Jet]:
    def extreme(e: Evaluator, node: syntax.Call) -> Jet:
        if len(node.arguments) != 2:
            raise Unknown("a maximum of one or many")
        values = [None if is_zero(a) else e.value(a) for a in node.arguments]
        shape = next((v.shape for v in values if v is not None), ())
        a, b = (constant(np.zeros(shape)) if v is None else v for v in values)
        gap = added(a, b, -1)
        # max(a, b) = b + ReLU(a − b)
        step = FUNCTIONS["relu"](times(sign, gap))
        return added(b, step, sign)

    return extreme


HOLDS = {">": np.greater, r"\geq": np.greater, "<": np.less, r"\leq": np.less}


def _indicator(e: Evaluator, node: syntax.Call) -> Jet:
    (condition,) = node.arguments
    if not isinstance(condition, syntax.Relation) or condition.lhs is None:
        raise Unknown("a condition")
    sides = [None if is_zero(s) else e.value(s).real for s in (condition.lhs, condition.rhs)]
    shapes = {side.shape for side in sides if side is not None}
    if len(shapes) > 1:
        raise ShapeError("a condition between unlike shapes")
    left, right = (np.zeros(shapes.copy().pop()) if side is None else side for side in sides)
    if condition.sign not in HOLDS:
        raise Unknown("a condition")
    if np.any(np.abs(left - right) < 1e-9):
        raise FloatingPointError("on the border of a condition")
    return constant(HOLDS[condition.sign](left, right).astype(float))


OPERATORS: dict[str, Callable[[Evaluator, syntax.Call], Jet]] = {
    "indicator": _indicator,
    "tr": _trace,
    "det": lambda e, node: determinant(_square(e, node)),
    "logdet": lambda e, node: log(determinant(_square(e, node))),
    "adj": _adjugate,
    "rank": _rank,
    "cof": lambda e, node: _adjugate(e, node).rows(),
    "vec": lambda e, node: stacked_columns(_only(e, node)),
    "unvec": _unvec,
    "diag": _diag,
    "softmax": _softmax,
    "softmax-rows": _along(-1),
    "softmax-columns": _along(-2),
    "logsumexp": _logsumexp,
    "max": _extreme(1),
    "min": _extreme(-1),
}

CLAUSES: dict[type, Callable[[Evaluator, Any], Jet]] = {
    syntax.Name: Evaluator.name,
    syntax.Number: Evaluator.literal,
    syntax.Builtin: Evaluator.builtin,
    syntax.Sum: Evaluator.sum,
    syntax.Product: Evaluator.product,
    syntax.Binary: Evaluator.binary,
    syntax.Fraction: Evaluator.fraction,
    syntax.Power: Evaluator.power,
    syntax.PseudoInverse: _pseudo_inverse,
    syntax.Transpose: Evaluator.transpose,
    syntax.Component: Evaluator.component,
    syntax.FunctionName: Evaluator.function_name,
    syntax.Call: Evaluator.call,
    syntax.Norm: Evaluator.norm,
    syntax.BigOperator: Evaluator.big,
    syntax.Derivative: Evaluator.derivative,
    syntax.Differential: Evaluator.differential,
    syntax.Restricted: Evaluator.restricted,
    syntax.Matrix: Evaluator.matrix,
    syntax.Cases: Evaluator.cases,
}
"""How each kind of syntax is evaluated; there is no default."""
