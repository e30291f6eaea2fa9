"""One more opinion of a step: its syntax tree at random numbers, derivatives by JAX in float64.

Numbers that satisfy what is given come from the NumPy oracle (``tests/numeric_world.py``); values,
derivatives and layouts are found here anew, by ``jax.grad``, ``jax.jacfwd`` and ``jax.hessian``. It
knows less than that oracle; what it does not know raises ``Unknown`` and is counted.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import isnan, pi
from typing import Any

import jax
import jax.numpy as jnp
from jax.scipy.special import logsumexp
from numeric_jets import ShapeError
from numeric_oracle import Oracle
from numeric_values import NeedsSize, NotHere, is_zero
from numeric_values import Unknown as NotKnown
from numeric_world import World

from derivcheck.checking import Options, check_document
from derivcheck.language import syntax
from derivcheck.language.steps import Step
from derivcheck.reading import read

jax.config.update("jax_enable_x64", True)

POINTS = 2
CLOSE, FAR = 1e-8, 1e-5
Value = Any
"""A number (no axes), or a matrix; a column has one column."""


class Unknown(Exception):  # noqa: N818
    """The oracle has no meaning for something, and says nothing."""


@dataclass(frozen=True)
class Multiple:
    """A multiple of an identity matrix whose size the surroundings tell."""

    number: Value


@dataclass(frozen=True)
class Judged:
    """A step with derivcheck's verdict and whether it holds here; None where nothing is said."""

    line: int
    latex: str
    verdict: str
    holds: bool | None
    reason: str
    derivatives: int = 0

    @property
    def disagreement(self) -> bool:
        return self.holds is not None and self.holds != (self.verdict == "proved")


def judged(text: str, verdicts: tuple[str, ...] = ("proved", "refuted")) -> Iterator[Judged]:
    """Check a document and give an opinion of each equation that was decided."""
    document = read("text", text)
    report = check_document(document, Options(repairs=False))
    rows = {(s.span, s.relation): s for s in report.steps}
    oracle = Oracle(document, report.layout or "denominator")
    for step in oracle.understood.steps:
        row = rows.get((step.span, step.sign))
        if row is None or row.verdict not in verdicts or step.sign != "=":
            continue
        if step.lhs is None or step.rhs is None or step.scope is None:
            continue
        latex = f"{step.lhs.latex} = {step.rhs.latex}"
        at = dict(row.counterexample.sizes) if row.counterexample is not None else None
        try:
            holds, count = opinion(oracle, step, at)
        except (Unknown, NotKnown, NeedsSize, NotHere, ShapeError, RecursionError) as why:
            yield Judged(step.span.line, latex, row.verdict, None, str(why))
        else:
            yield Judged(step.span.line, latex, row.verdict, holds, "", count)


def opinion(oracle: Oracle, step: Step, sizes: dict[str, int] | None) -> tuple[bool, int]:
    """Return whether both sides agree, and how many derivatives that took.

    Raises:
        Unknown: something here has no meaning for the oracle.
    """
    valid, last = 0, "no point"
    for number in range(8):
        own = sizes if number in (1, 2) else None
        world = World(oracle.givens(step), step.scope.context, number, spread=number, sizes=own)
        try:
            world.touch(step)
            world.settle(oracle.layout, {})
        except (NotHere, FloatingPointError, ArithmeticError) as why:
            last = str(why)
            continue
        jaxed = Jaxed(world, oracle.layout)
        gap = jaxed.gap(step.lhs.node, step.rhs.node)
        if isnan(gap) or CLOSE < gap <= FAR:
            last = "too close to call, or undefined"
            continue
        if gap > FAR:
            return False, jaxed.derivatives
        valid += 1
        if valid == POINTS:
            return True, jaxed.derivatives
    raise Unknown(last)


class Jaxed:
    """Evaluates trees at the numbers of one world."""

    def __init__(self, world: World, layout: str) -> None:
        self.world = world
        self.layout = layout
        self.moved: dict[str, Value] = {}
        self.derivatives = 0

    def gap(self, left: syntax.Node, right: syntax.Node) -> float:
        """Return the relative difference of two sides."""
        if is_zero(left) or is_zero(right):
            value = self.value(left if is_zero(right) else right)
            value = value.number if isinstance(value, Multiple) else value
            return float(jnp.max(jnp.abs(value)))
        one, other = self.alike(self.value(left), self.value(right))
        if isinstance(one, Multiple):
            one, other = one.number, other.number
        scale = max(1.0, float(jnp.max(jnp.abs(one))), float(jnp.max(jnp.abs(other))))
        return float(jnp.max(jnp.abs(one - other))) / scale

    def alike(self, one: Value, other: Value) -> tuple[Value, Value]:
        """Return two values with one shape: a 1 × 1 matrix is a number, I has the other's size."""
        if isinstance(one, Multiple) and isinstance(other, Multiple):
            return one, other
        one, other = as_large_as(one, other), as_large_as(other, one)
        if one.size == other.size == 1:
            return one.reshape(()), other.reshape(())
        if one.shape != other.shape:
            raise Unknown(f"shapes {one.shape} and {other.shape}")
        return one, other

    def value(self, node: syntax.Node) -> Value:
        rule = getattr(self, type(node).__name__.lower(), None)
        if rule is None:
            raise Unknown(type(node).__name__)
        return rule(node)

    # --- names and constants ----------------------------------------------------------------

    def name(self, node: syntax.Name) -> Value:
        name = node.name
        if name in self.moved:
            return self.moved[name]
        if name in self.world.definitions:
            return self.value(self.world.definitions[name])
        if self.world.spelled(name) or self.world.is_family(name):
            raise Unknown("a family")
        return jnp.asarray(self.world.value(name))

    def number(self, node: syntax.Number) -> Value:
        return jnp.asarray(float(node.value))

    def builtin(self, node: syntax.Builtin) -> Value:
        sizes = [self.world.extent(part) for part in node.parameters]
        if node.name == "identity":
            return jnp.eye(sizes[0]) if sizes else Multiple(jnp.asarray(1.0))
        if node.name == "ones" and sizes:
            return jnp.ones((sizes[0], sizes[-1] if len(sizes) > 1 else 1))
        if node.name == "commutation":
            m, n = sizes
            places = jnp.arange(m * n).reshape(m, n)  # row j + n i has its 1 at i + m j
            return jnp.eye(m * n)[places.reshape(n, m).T.reshape(-1)] if m * n else jnp.eye(0)
        if node.name == "pi":
            return jnp.asarray(pi)
        raise Unknown(f"the constant {node.name}")

    # --- sums and products ------------------------------------------------------------------

    def sum(self, node: syntax.Sum) -> Value:
        total: Value = None
        for sign, term in node.terms:
            if is_zero(term) and len(node.terms) > 1:
                continue
            part = self.scaled(jnp.asarray(float(sign)), self.value(term))
            if total is None:
                total = part
                continue
            total, part = self.alike(total, part)
            both = isinstance(total, Multiple)
            total = Multiple(total.number + part.number) if both else total + part
        return total

    def product(self, node: syntax.Product) -> Value:
        total: Value = jnp.asarray(1.0)
        for factor in node.factors:
            if isinstance(factor, syntax.FunctionName):
                raise Unknown("a function beside its argument")
            total = self.times(total, self.value(factor))
        return total

    def scaled(self, number: Value, value: Value) -> Value:
        return Multiple(number * value.number) if isinstance(value, Multiple) else number * value

    def times(self, left: Value, right: Value) -> Value:
        if isinstance(left, Multiple) or isinstance(right, Multiple):
            one, other = (left, right) if isinstance(left, Multiple) else (right, left)
            if isinstance(other, Multiple):
                return Multiple(one.number * other.number)
            return Multiple(one.number * other) if other.ndim == 0 else one.number * other
        if left.ndim == 0 or right.ndim == 0:
            return left * right
        if left.shape[1] == right.shape[0]:
            made = left @ right
            return made.reshape(()) if made.shape == (1, 1) else made
        raise Unknown(f"{left.shape} times {right.shape}")

    def binary(self, node: syntax.Binary) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        if node.operator == "kronecker":
            if isinstance(left, Multiple) or isinstance(right, Multiple):
                raise Unknown("I of no size beside ⊗")
            return jnp.kron(jnp.atleast_2d(left), jnp.atleast_2d(right))
        left, right = self.alike(left, right)
        if isinstance(left, Multiple):
            raise Unknown("two I of no size")
        if node.operator == "hadamard":
            return left * right
        if node.operator == "hadamard-division":
            return left / right
        if node.operator == "inner":
            return jnp.sum(left * right)
        raise Unknown(node.operator)

    def fraction(self, node: syntax.Fraction) -> Value:
        below = self.value(node.denominator)
        if isinstance(below, Multiple) or below.size != 1:
            raise Unknown("division by a matrix")
        return self.scaled(1 / below.reshape(()), self.value(node.numerator))

    def power(self, node: syntax.Power) -> Value:
        base, exponent = self.value(node.base), self.value(node.exponent)
        if isinstance(base, Multiple) or isinstance(exponent, Multiple) or exponent.ndim:
            raise Unknown("a power")
        if base.size == 1:
            return base.reshape(()) ** exponent
        whole = int(exponent)
        if whole != float(exponent) or abs(whole) > 9 or base.shape[0] != base.shape[1]:
            raise Unknown("a power of a matrix")
        return jnp.linalg.matrix_power(base, whole)

    def transpose(self, node: syntax.Transpose) -> Value:
        value = self.value(node.base)
        return value if isinstance(value, Multiple) else value.T

    def norm(self, node: syntax.Norm) -> Value:
        value = self.value(node.body)
        if isinstance(value, Multiple) or node.kind not in ("", "2", "F"):
            raise Unknown("a norm")
        if node.kind != "F" and value.ndim and 1 not in value.shape:
            raise Unknown("a norm of a matrix")
        return jnp.sqrt(jnp.sum(value * value))

    # --- functions --------------------------------------------------------------------------

    def call(self, node: syntax.Call) -> Value:
        if not isinstance(node.function, syntax.FunctionName) or node.parameters:
            raise Unknown("a call")
        name, order = node.function.name, node.function.order
        arguments = [self.value(part) for part in node.arguments]
        if any(isinstance(value, Multiple) for value in arguments):
            raise Unknown("a function of I")
        if name in self.world.givens.formulas:
            return self.by_formula(name, order, arguments)
        if name in self.world.functions:
            return self.declared(name, order, arguments)
        (value,) = arguments if len(arguments) == 1 else (None,)
        if value is None or order:
            raise Unknown(f"the function {name}")
        if name in ENTRIES and not (name == "exp" and node.power and value.ndim):
            return ENTRIES[name](value)
        if name in WHOLES:
            return WHOLES[name](value if value.ndim else value.reshape(1, 1))
        raise Unknown(f"the function {name}")

    def by_formula(self, name: str, order: int, arguments: list[Value]) -> Value:
        letters, body = self.world.givens.formulas[name]
        if order or len(letters) != len(arguments):
            raise Unknown("a formula's derivative")
        if any(value.ndim for value in arguments):
            raise Unknown("a formula of whole matrices")
        before, self.moved = (
            self.moved,
            {**self.moved, **dict(zip(letters, arguments, strict=True))},
        )
        try:
            return self.value(body)
        finally:
            self.moved = before

    def declared(self, name: str, order: int, arguments: list[Value]) -> Value:
        """Apply an arbitrary smooth function: a sum of sines, another for each name."""
        signature = self.world.functions[name]
        domains = [self.world.shape(space.dims) for space in signature.domains]
        shape = self.world.shape(signature.codomain.dims)
        seed = zlib.crc32(name.encode())
        if domains == [()] and not shape:
            rule: Callable[[Value], Value] = lambda t: jnp.sin(1.3 * t + seed % 7) + t**3 / 7  # noqa: E731
            for _ in range(order):
                rule = jax.grad(rule)
            (value,) = arguments
            return jnp.vectorize(rule)(value)
        if order or len(arguments) != len(domains):
            raise Unknown("a prime of a function of a matrix")
        for value, domain in zip(arguments, domains, strict=True):
            if value.shape != domain:
                raise Unknown("an argument of another shape")
        whole = jnp.concatenate([value.reshape(-1) for value in arguments])
        count = 1
        for length in shape:
            count *= length
        weights = jax.random.normal(jax.random.PRNGKey(seed % 2**31), (3, count, whole.size))
        made = jnp.sum(jnp.sin(weights @ whole + jnp.arange(3)[:, None]), axis=0)
        return made.reshape(shape)

    # --- derivatives ------------------------------------------------------------------------

    def derivative(self, node: syntax.Derivative) -> Value:
        names, transposed = [], []
        for variable in node.variables:
            expression = variable.expression
            if not isinstance(expression, syntax.Name):
                raise Unknown("a derivative by an expression")
            if expression.name in self.world.definitions or expression.name in self.moved:
                raise Unknown("a derivative by a name that is defined")
            names.append(expression.name)
            transposed.append(variable.transposed)
        self.derivatives += 1
        if node.order == 1 and len(names) == 1:
            return self.first(node.function, names[0], transposed[0])
        if node.order == 2 and names in ([names[0]], [names[0]] * 2):
            function, at = self.function_of(node.function, names[0])
            if function(at).size != 1 or (at.ndim and at.shape[1] != 1):
                raise Unknown("a second derivative of a matrix, or by one")
            made = jax.hessian(lambda x: function(x).reshape(()))(at)
            return made.reshape((at.size, at.size)) if at.ndim else made
        raise Unknown("this order of derivative")

    def function_of(self, tree: syntax.Node, name: str) -> tuple[Callable[[Value], Value], Value]:
        """Return what a tree says as a function of a name, and where it is looked at."""

        def function(at: Value) -> Value:
            before, self.moved = self.moved, {**self.moved, name: at}
            try:
                made = self.value(tree)
            finally:
                self.moved = before
            if isinstance(made, Multiple):
                raise Unknown("a derivative of I")
            return made

        return function, jnp.asarray(self.world.value(name))

    # ∂y/∂x is p × n in numerator and mixed layout, ∇f is of x's shape in denominator and mixed layout
    def first(self, tree: syntax.Node, name: str, transposed: bool) -> Value:
        function, at = self.function_of(tree, name)
        value = function(at)
        if value.size == 1:
            slope = jax.grad(lambda x: function(x).reshape(()))(at)
            return slope.T if self.layout == "numerator" or transposed else slope
        slope = jax.jacfwd(function)(at)
        if at.ndim == 0:
            return slope
        if at.shape[1] != 1 or value.shape[1] != 1:
            raise Unknown("a derivative of a matrix, or by one")
        jacobian = slope.reshape((value.size, at.size))
        return jacobian.T if self.layout == "denominator" and not transposed else jacobian


def as_large_as(value: Value, other: Value) -> Value:
    if not isinstance(value, Multiple):
        return value
    if other.ndim == 0:
        return value.number
    if other.shape[0] != other.shape[1]:
        raise Unknown("I beside what is not square")
    return value.number * jnp.eye(other.shape[0])


def diagonal(value: Value) -> Value:
    if value.shape[1] == 1:
        return jnp.diag(value[:, 0])
    return jnp.diag(value)[:, None]


ENTRIES: dict[str, Callable[[Value], Value]] = {
    "exp": jnp.exp,
    "log": jnp.log,
    "sqrt": jnp.sqrt,
    "abs": jnp.abs,
    "sin": jnp.sin,
    "cos": jnp.cos,
    "tanh": jnp.tanh,
    "sigma": jax.nn.sigmoid,
    "relu": jax.nn.relu,
    "softplus": jax.nn.softplus,
}
WHOLES: dict[str, Callable[[Value], Value]] = {
    "tr": jnp.trace,
    "det": jnp.linalg.det,
    "logdet": lambda x: jnp.log(jnp.linalg.det(x)),
    "vec": lambda x: x.T.reshape(-1, 1),
    "diag": diagonal,
    "softmax": lambda x: jax.nn.softmax(x, axis=0),
    "logsumexp": logsumexp,
}
