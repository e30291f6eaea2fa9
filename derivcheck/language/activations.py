r"""Built-ins made of functions of numbers: softmax, log-sum-exp, max, GELU, cases and more.

Each is written out by its definition in known functions, so nothing later knows it by its name.
"""

from __future__ import annotations

from collections.abc import Callable

import sympy
from sympy import Basic, Integer, Rational

from derivcheck.algebra import nodes
from derivcheck.algebra.nodes import ONE, Shape
from derivcheck.language import syntax
from derivcheck.language.arithmetic import ones
from derivcheck.language.elaborate import Elaborator
from derivcheck.language.typed import Typed, is_column, is_row

ROWS, COLUMNS = "softmax-rows", "softmax-columns"
"""Softmax of each row, and of each column, of a matrix."""


def known(word: str, argument: Basic) -> Basic:
    """Return a known function of a number, or of every entry of a matrix."""
    kind = nodes.Elementwise if nodes.shape(argument) else nodes.ScalarFunction
    return kind(nodes.function_symbol(word), Integer(0), argument)


def only(el: Elaborator, node: syntax.Call) -> syntax.Node:
    """Return the argument of a function of one.

    Raises:
        MeaningError: when there are more.
    """
    if len(node.arguments) != 1:
        raise el.error("DC201", f"`{el.text(node.function)}` takes one argument", node)
    return node.arguments[0]


# --- softmax ------------------------------------------------------------------------------------


def softmax(el: Elaborator, node: syntax.Call) -> Typed:
    """Return softmax of a vector; of a matrix only row by row or column by column, as it says."""
    argument = el.known(el.expression(only(el, node)))
    assert isinstance(node.function, syntax.FunctionName)
    word = node.function.name
    if word == "softmax" and not (is_column(argument.shape) or is_row(argument.shape)):
        raise el.error(
            "DC110",
            "softmax of a matrix is taken by rows or by columns, and this does not say which",
            node.arguments[0],
            notes=(r"write `\operatorname{softmax}_{\text{row}}` or `…_{\text{col}}`",),
        )
    shape = argument.shape
    if shape is None or len(shape) != 2:
        raise el.error("DC110", "softmax takes a vector or a matrix", node.arguments[0])

    def build() -> Basic:
        values = known("exp", argument.build())
        rows, columns = el.built(shape)
        if word != "softmax":
            return shares(values, rows=word == ROWS)
        row, column = (
            (values, ones((columns, ONE))) if is_row(shape) else (ones((ONE, rows)), values)
        )
        total = nodes.MatrixScalar(sympy.MatMul(row, column))
        return sympy.MatMul(sympy.Pow(total, -1), values)

    return Typed(shape, build, node.start, node.end)


def shares(values: Basic, *, rows: bool) -> Basic:
    """Return each entry over the sum of its row, or of its column."""
    count, width = nodes.shape(values)
    if rows:
        totals = sympy.MatMul(values, ones((width, ONE)), ones((ONE, width)))
    else:
        totals = sympy.MatMul(ones((count, ONE)), ones((ONE, count)), values)
    return sympy.HadamardProduct(values, known("reciprocal", totals))


# log Σ_i exp(x_i)
def log_sum_exp(el: Elaborator, node: syntax.Call) -> Typed:
    """Return the logarithm of the sum of the exponentials of a vector's entries."""
    argument = el.known(el.expression(only(el, node)))
    shape = argument.shape
    if shape is None or not (is_column(shape) or is_row(shape)):
        raise el.error("DC110", "a log-sum-exp is taken of a vector", node.arguments[0])

    def build() -> Basic:
        values = known("exp", argument.build())
        rows, columns = el.built(shape)
        pair = (values, ones((columns, ONE))) if is_row(shape) else (ones((ONE, rows)), values)
        return known("log", nodes.MatrixScalar(sympy.MatMul(*pair)))

    return Typed((), build, node.start, node.end)


# --- entry by entry -----------------------------------------------------------------------------


def entry_by_entry(
    el: Elaborator, arguments: list[Typed], at: Callable[..., Typed], node: syntax.Node
) -> Typed:
    """Return the matrix whose entries are ``at`` of the entries of arguments of one shape."""
    shape = arguments[0].shape
    assert shape is not None
    names = [f"{letter}@{node.start}" for letter in ("row", "column")]

    def place(axis: int) -> Basic:
        size = el.size_value(shape[axis])
        return ONE if size == 1 else nodes.index_variable(names[axis], size)

    def component(argument: Typed) -> Typed:
        def build() -> Basic:
            return nodes.Component(argument.build(), place(0), place(1))

        return Typed((), build, argument.start, argument.end)

    value = at(*[component(argument) for argument in arguments])

    def assembled() -> Basic:
        return nodes.Assembled(value.build(), place(0), place(1))

    return Typed(shape, assembled, node.start, node.end)


def _formula(make: Callable[[Basic], Basic]) -> Callable[[Elaborator, syntax.Call], Typed]:
    """Return the handler of a function of a number that has a formula."""

    def handler(el: Elaborator, node: syntax.Call) -> Typed:
        argument = el.known(el.expression(only(el, node)))

        def at(t: Typed) -> Typed:
            return Typed((), lambda: make(t.build()), node.start, node.end)

        if not argument.shape:
            return at(argument)
        if len(argument.shape) != 2:
            raise el.error("DC110", "a function of a tensor has no encoding", node)
        return entry_by_entry(el, [argument], at, node)

    return handler


def slope(el: Elaborator, node: syntax.Call, make: Callable[[Basic], Basic], order: int) -> Typed:
    """Return a derivative of a function of a number that has a formula, at an argument."""
    variable = nodes.scalar_symbol(f"t@{node.start}")

    def at(point: Basic) -> Basic:
        value = make(variable)
        for k in range(order):
            here = point if k == order - 1 else variable
            tensor = nodes.TensorDerivative(value, variable, here, sympy.Tuple())
            value = nodes.ScalarArranged(tensor)
        return value

    return _formula(at)(el, node)


def relu(el: Elaborator, argument: Typed, inside: str) -> Typed:
    """Return max(0, ·) of a number or of every entry, with its kink as a condition."""
    words = f"no entry of {inside} is 0" if argument.shape else f"{inside} \\neq 0"
    el.condition("nonzero", argument.build, words)
    return Typed(
        argument.shape, lambda: known("relu", argument.build()), argument.start, argument.end
    )


# max(a, b) = b + max(0, a - b), min(a, b) = a - max(0, a - b)
def extremum(el: Elaborator, node: syntax.Call) -> Typed:
    """Return the greater or the lesser of two, entry by entry."""
    if len(node.arguments) != 2:
        raise el.error("DC110", "a maximum or minimum is read of two things only", node)
    first, second = (el.known(el.expression(a)) for a in node.arguments)
    assert isinstance(node.function, syntax.FunctionName)
    greatest = node.function.name == "max"
    if first.shape is None and second.shape is None:
        return el.zero(node)
    if greatest and (first.shape is None or second.shape is None):
        place = 1 if first.shape is None else 0
        argument = second if place else first
        found = relu(el, argument, el.text(node.arguments[place]))
        return Typed(found.shape, found.build, node.start, node.end)
    gap = el.added([(1, first), (-1, second)], node)
    a, b = (el.text(argument) for argument in node.arguments)
    if isinstance(node.arguments[1], syntax.Sum):
        b = f"({b})"
    positive = relu(el, el.known(gap), f"{a} - {b}")
    terms = [(1, second), (1, positive)] if greatest else [(1, first), (-1, positive)]
    found = el.added(terms, node)
    return Typed(found.shape, found.build, node.start, node.end)


# --- cases --------------------------------------------------------------------------------------

_OPPOSITE = {">": "<=", "<": ">=", ">=": "<", "<=": ">", "=": "!=", "!=": "="}
_SIGNS = {
    ">": ">", "<": "<", "=": "=", r"\gt": ">", r"\lt": "<",
    r"\geq": ">=", r"\ge": ">=", r"\geqslant": ">=",
    r"\leq": "<=", r"\le": "<=", r"\leqslant": "<=",
    r"\neq": "!=", r"\ne": "!=",
}  # fmt: skip


def cases(el: Elaborator, node: syntax.Cases) -> Typed:
    """Return a number given by cases: a sum of its values, each times an indicator."""
    branches = list(node.branches)
    last = branches[-1][1]
    if len(branches) < 2:
        raise el.error("DC110", "one case alone has no encoding", node)
    if last is not None and not (len(branches) == 2 and _opposite(branches[0][1], last)):
        raise el.error("DC110", "these cases may not be all there are", node)
    result = el.number(branches[-1][0])
    for value, condition in reversed(branches[:-1]):
        if condition is None:
            raise el.error("DC110", "a case without a condition comes last", node)
        result = _either(_indicator(el, condition), el.number(value), result, node)
    return result


def _either(holds: Callable[[], Basic], value: Typed, other: Typed, node: syntax.Node) -> Typed:
    def build() -> Basic:
        indicator, a, b = holds(), value.build(), other.build()
        return sympy.Add(b, sympy.Mul(indicator, sympy.Add(a, sympy.Mul(-1, b))))

    return Typed((), build, node.start, node.end)


def _opposite(left: syntax.Node | None, right: syntax.Node | None) -> bool:
    """Return whether two conditions are about the same sides and exclude one another."""
    if not isinstance(left, syntax.Relation) or not isinstance(right, syntax.Relation):
        return False
    if left.lhs is None or right.lhs is None:
        return False
    signs = (_SIGNS.get(left.sign, ""), _SIGNS.get(right.sign, ""))
    fits = _OPPOSITE.get(signs[0]) == signs[1] or signs in ((">", "<"), ("<", ">"))
    return fits and plain(left.lhs) == plain(right.lhs) and plain(left.rhs) == plain(right.rhs)


def plain(part: object) -> object:
    """Return a syntax tree without its places."""
    if isinstance(part, syntax.Node):
        names = [name for name in part.__struct_fields__ if name not in ("start", "end")]
        return (type(part).__name__, *[plain(getattr(part, name)) for name in names])
    return tuple(plain(item) for item in part) if isinstance(part, tuple) else part


def _indicator(el: Elaborator, condition: syntax.Node) -> Callable[[], Basic]:
    """Return the builder of 1 where a condition holds and 0 where it does not."""
    sign = _SIGNS.get(condition.sign, "") if isinstance(condition, syntax.Relation) else ""
    if not sign or not isinstance(condition, syntax.Relation) or condition.lhs is None:
        raise el.error("DC110", "a case is told by one relation of numbers", condition)
    if sign in ("=", "!="):
        size = el.sizes.unknown()
        left, right = el.index(condition.lhs, size), el.index(condition.rhs, size)

        def same() -> Basic:
            delta = nodes.Delta(left(), right())
            return delta if sign == "=" else sympy.Add(1, sympy.Mul(-1, delta))

        return same
    first, second = el.number(condition.lhs), el.number(condition.rhs)
    above, below = (first, second) if sign in (">", ">=") else (second, first)

    def gap() -> Basic:
        return sympy.Add(above.build(), sympy.Mul(-1, below.build()))

    el.condition("nonzero", gap, f"{el.text(condition.lhs)} \\neq {el.text(condition.rhs)}")
    return lambda: known("step", gap())


# --- diagonal matrices --------------------------------------------------------------------------


def is_diagonal(el: Elaborator, node: syntax.Node) -> bool:
    """Return whether a matrix is diagonal by its own form or its definition."""
    if isinstance(node, syntax.Call) and isinstance(node.function, syntax.FunctionName):
        return node.function.name == "diag" and not node.function.declared
    if isinstance(node, syntax.Name) and node.name not in el.local:
        entry = el.context.entries.get(node.name)
        value = entry.value or entry if entry is not None else None
        given = el.context.definitions.get(value.node) if value is not None else None
        return isinstance(given, sympy.DiagMatrix | sympy.Identity)
    return isinstance(node, syntax.Builtin) and node.name == "identity"


def diagonal_power(
    el: Elaborator, base: Typed, exponent: Rational, text: str, node: syntax.Node
) -> Typed:
    """Return a diagonal matrix to a half-integer power: that of its diagonal entries."""

    def diagonal() -> Basic:
        return sympy.DiagonalOf(base.build())

    el.condition("positive", diagonal, f"every diagonal entry of {text} > 0")

    def build() -> Basic:
        root = known("sqrt", diagonal())
        entries = root if exponent > 0 else known("reciprocal", root)
        power = abs(int(exponent.p))
        if power > 1:
            entries = Basic.__new__(sympy.HadamardProduct, *[entries] * power)
        return sympy.DiagMatrix(entries)

    return Typed(base.shape, build, node.start, node.end)


# --- norms --------------------------------------------------------------------------------------


# Σ_i |x_i|
def sum_norm(el: Elaborator, body: Typed, text: str, node: syntax.Node) -> Typed:
    """Return the sum of the moduli of a vector's entries."""
    shape: Shape = body.shape or ()
    el.condition("nonzero", body.build, f"no entry of {text} is 0")

    def build() -> Basic:
        values = known("abs", body.build())
        rows, columns = el.built(shape)
        pair = (values, ones((columns, ONE))) if is_row(shape) else (ones((ONE, rows)), values)
        return nodes.MatrixScalar(sympy.MatMul(*pair))

    return Typed((), build, node.start, node.end)


def _mean(left: Basic, right: Basic) -> Basic:
    return sympy.Mul(Rational(1, 2), sympy.Add(left, right))


def _negative(t: Basic) -> Basic:
    return sympy.Mul(-1, t)


# erf(t) = 2 Φ(√2 t) - 1
def _erf(t: Basic) -> Basic:
    root = known("sqrt", Integer(2))
    return sympy.Add(sympy.Mul(2, known("normal-cdf", sympy.Mul(root, t))), -1)


# 1 where a > b, 0 where a < b
def indicator(el: Elaborator, node: syntax.Call) -> Typed:
    """Return 1 where a relation holds and 0 where it does not, entry by entry."""
    condition = only(el, node)
    sign = _SIGNS.get(condition.sign, "") if isinstance(condition, syntax.Relation) else ""
    if not sign or not isinstance(condition, syntax.Relation) or condition.lhs is None:
        raise el.error("DC110", "a condition is told by one relation of numbers", node)
    if sign in ("=", "!="):
        return Typed((), _indicator(el, condition), node.start, node.end)
    first, second = el.known(el.expression(condition.lhs)), el.expression(condition.rhs)
    above, below = (first, second) if sign in (">", ">=") else (second, first)
    gap = el.known(el.added([(1, above), (-1, below)], node))
    words = f"{el.text(condition.lhs)} \\neq {el.text(condition.rhs)}"
    el.condition("nonzero", gap.build, f"{words} in every entry" if gap.shape else words)
    return Typed(gap.shape, lambda: known("step", gap.build()), node.start, node.end)


FORMULAS: dict[str, Callable[[Basic], Basic]] = {
    "gelu": lambda t: sympy.Mul(t, known("normal-cdf", t)),
    "silu": lambda t: sympy.Mul(t, known("sigma", t)),
    "erf": _erf,
    "cosh": lambda t: _mean(known("exp", t), known("exp", _negative(t))),
    "sinh": lambda t: _mean(known("exp", t), _negative(known("exp", _negative(t)))),
}
"""Functions of a number that are written out by a formula."""

BUILTIN: dict[str, Callable[[Elaborator, syntax.Call], Typed]] = {
    "softmax": softmax,
    ROWS: softmax,
    COLUMNS: softmax,
    "logsumexp": log_sum_exp,
    "max": extremum,
    "min": extremum,
    "indicator": indicator,
    **{word: _formula(make) for word, make in FORMULAS.items()},
}
"""What is written out by its definition."""
