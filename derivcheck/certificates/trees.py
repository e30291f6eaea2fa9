"""Nodes of goals in JSON: ``["matrix-product", …]``, by a closed table.

A node is a list that begins with its word; a whole number is itself. Nothing is evaluated, no text
is parsed into mathematics, and a node, an argument or a size that has no row is refused both ways.
What is read has shapes that fit; sizes are whole numbers, size symbols, sums, products and powers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy
from sympy import Basic, Integer, MatrixSymbol, Rational, Symbol, Tuple
from sympy.core.symbol import Str

from derivcheck.algebra import nodes, randomness
from derivcheck.algebra.operators import OPERATORS
from derivcheck.algebra.shapes import ShapeError, check_shapes
from derivcheck.certificates.forms import (
    INTEGER,
    NAME,
    NATURAL,
    Form,
    MalformedError,
    NotWrittenError,
    checked,
    pair,
    shown,
)
from derivcheck.limits import CERTIFICATE_EXPONENT as MAX_EXPONENT
from derivcheck.limits import CERTIFICATE_ORDER as MAX_ORDER
from derivcheck.limits import CERTIFICATE_SIZE as MAX_SIZE


@dataclass(frozen=True, slots=True)
class Row:
    """A node: its word, its class, the forms of its leading arguments, and that of all others.

    Attributes:
        word: what stands in JSON.
        parts: the forms of the arguments that are always there.
        rest: the form of any number of further arguments; None for none.
        build: makes the node from its arguments.
    """

    word: str
    parts: tuple[Form, ...]
    rest: Form | None
    build: Callable[..., Basic]


def _encode(node: Any) -> Any:
    if isinstance(node, Integer):
        return int(node)
    if isinstance(node, Rational) and node.is_finite:
        return ["rational", int(node.p), int(node.q)]
    if type(node) is Symbol:
        for word, symbol in _SYMBOLS.items():
            if node == symbol(node.name):
                return [word, node.name]
        raise NotWrittenError("no form for this symbol")
    row = _BY_TYPE.get(type(node))
    if row is None:
        raise NotWrittenError(f"no form for {type(node).__name__}")
    arguments = node.args[: len(row.parts)] if row.rest is None else node.args
    forms = [*row.parts, *[row.rest] * (len(arguments) - len(row.parts))]
    if len(forms) != len(arguments):
        raise NotWrittenError(f"no form for {type(node).__name__} of {len(arguments)} arguments")
    return [
        row.word,
        *[form.encode(one) for form, one in zip(forms, arguments, strict=True)],  # type: ignore[union-attr]
    ]


def _decode(data: Any) -> Any:
    if type(data) is int:
        return Integer(INTEGER.decode(data))
    if type(data) is not list or not data or type(data[0]) is not str:
        raise MalformedError(f"{shown(data)} is no node")
    word, *rest = data
    if word == "rational":
        numerator, denominator = pair(INTEGER, INTEGER).decode(rest)
        if denominator < 2:
            raise MalformedError("a fraction with the wrong denominator")
        return Rational(numerator, denominator)
    if word in _SYMBOLS:
        return _SYMBOLS[word](*pair(NAME).decode(rest))
    row = _BY_WORD.get(word)
    if row is None:
        raise MalformedError(f"unknown node {shown(word)}")
    if len(rest) < len(row.parts) or (row.rest is None and len(rest) > len(row.parts)):
        raise MalformedError(f"a {word} has not {len(rest)} parts")
    forms = [*row.parts, *[row.rest] * (len(rest) - len(row.parts))]
    arguments = [form.decode(one) for form, one in zip(forms, rest, strict=True)]  # type: ignore[union-attr]
    return row.build(*arguments)


_SYMBOLS: dict[str, Callable[[str], Symbol]] = {
    "size": nodes.size_symbol,
    "number": nodes.scalar_symbol,
}


def _whole(data: Any) -> Any:
    """Return a node whose shapes fit, and which is written in no other way."""
    try:
        node = _decode(data)
        check_shapes(node)
        _check_structure(node)
    except MalformedError:
        raise
    except (ShapeError, TypeError, ValueError, AttributeError, LookupError) as error:
        raise MalformedError(f"shapes do not fit: {error}") from None
    if _encode(node) != data:
        raise MalformedError(f"{shown(data)} is not the plainest way to write this")
    return node


def _check_structure(node: Basic) -> None:
    """Require what no shape says: axes that exist, variables that are names, indices of one range.

    Raises:
        MalformedError: otherwise.
    """
    for part in sympy.preorder_traversal(node):
        if isinstance(part, nodes.Arranged | nodes.ArrangedTensor):
            axes = [int(axis) for axis in part.args[1] if axis >= 0]
            left_out = set(range(len(nodes.shape(part.args[0])))) - set(axes)
            if len(set(axes)) != len(axes) or any(
                nodes.shape(part.args[0])[axis] != 1 for axis in left_out
            ):
                raise MalformedError("axes that are laid out twice or not at all")
        elif isinstance(part, nodes.ScalarArranged):
            if any(size != 1 for size in nodes.shape(part.args[0])):
                raise MalformedError("only a tensor of one entry is a number")
        elif isinstance(part, nodes.TensorProduct):
            left, right = (nodes.shape(one) for one in part.args)
            if not left or not right or left[-1] != right[0]:
                raise MalformedError("axes of different sizes are summed together")
        elif isinstance(part, nodes.TensorDerivative):
            if nodes.shape(part.args[1]) != nodes.shape(part.args[2]):
                raise MalformedError("a derivative at a point of another shape")
        elif isinstance(part, nodes.Component):
            if len(part.args) - 1 != len(nodes.shape(part.args[0])):
                raise MalformedError("an entry has one index for each axis")
        elif isinstance(part, nodes.ScalarDifferential | nodes.MatrixDifferential):
            if any(nodes.shape(x) != nodes.shape(dx) for x, dx in part.args[1]):
                raise MalformedError("a differential of another shape")
        elif isinstance(part, randomness.Distribution):
            _check_distribution(part)
        elif isinstance(part, nodes.Delta):
            if len({i.size for i in part.args if isinstance(i, nodes.IndexVariable)}) > 1:
                raise MalformedError("a delta of indices of different ranges")
        elif isinstance(part, nodes.Assembled):
            if nodes.shape(part.args[0]):
                raise MalformedError("the entries of a matrix are numbers")
        elif isinstance(part, nodes.ScalarFunction | nodes.Elementwise) and (
            part.args[0].domains != ((),) or part.args[0].value_shape
        ):
            raise MalformedError("only a function of a number is applied to each entry")


def _check_distribution(known: randomness.Distribution) -> None:
    names = [variable.args[0] for variable in known.variables]
    rows = known.args[1]
    if len({nodes.head_of(name) for name in names}) < len(names) or len(rows) != len(names):
        raise MalformedError("a distribution of the same variable twice, or without covariances")
    for k, (variable, row) in enumerate(zip(known.variables, rows, strict=True)):
        if nodes.member_indices(names[k]) or nodes.shape(variable.args[1]) != nodes.shape(names[k]):
            raise MalformedError("a mean of another shape")
        third = variable.args[3]
        column = nodes.shape(names[k])[1:] == (1,)
        if (len(third) == 1 and column) is not (variable.law == randomness.ENTRIES) or any(
            nodes.shape(node) != nodes.shape(names[k]) for node in third
        ):
            raise MalformedError("third moments of another shape")
        wanted = [randomness.covariance_shape(names[k], other) for other in names[k:]]
        if [nodes.shape(covariance) for covariance in row] != wanted:
            raise MalformedError("a covariance of another shape")
    if any(max(one, default=0) >= len(names) for one in known.independent):
        raise MalformedError("an independent variable that is not there")


NODE = Form(_encode, _whole)
_ANY = Form(_encode, _decode)


# --- sizes ------------------------------------------------------------------------------------


def _size(data: Any) -> Any:
    if type(data) is int and 0 < data <= MAX_SIZE:
        return Integer(data)
    if type(data) is list and data and type(data[0]) is str:
        word, *rest = data
        if word == "size":
            return nodes.size_symbol(*pair(NAME).decode(rest))
        if word in ("sum", "product") and len(rest) > 1:
            parts = [_size(part) for part in rest]
            return sympy.Add(*parts) if word == "sum" else sympy.Mul(*parts)
        if word == "power" and [type(part) for part in rest] == [list, int]:
            base, exponent = rest
            if 1 < exponent <= MAX_EXPONENT:
                return sympy.Pow(_size(base), exponent)
    raise MalformedError(f"{shown(data)} is no size")


SIZE = Form(_encode, _size)


# --- arguments that are not nodes of their own --------------------------------------------------


def _of(form: Form, accepts: Callable[[Any], bool], what: str) -> Form:
    def decode(data: Any) -> Any:
        found = form.decode(data)
        if not accepts(found):
            raise MalformedError(f"{shown(data)} stands where {what} is needed")
        return found

    return Form(form.encode, decode)


def is_name(node: Any) -> bool:
    """Return whether a node is a name that a definition or a derivative may be about."""
    if type(node) is Symbol:
        return not node.is_integer
    return isinstance(node, MatrixSymbol | nodes.ScalarMember | nodes.MatrixMember)


_PART = _of(_ANY, lambda node: isinstance(node, sympy.Expr), "a number, a matrix or a tensor")
_NUMBER = _of(_PART, lambda node: not nodes.shape(node), "a number")
_MATRIX = _of(_PART, lambda node: len(nodes.shape(node)) == 2, "a matrix")
_STR = Form(lambda text: text.name, lambda data: Str(NAME.decode(data)))
_INDEX = _of(
    _PART,
    lambda node: (
        isinstance(node, nodes.IndexVariable)
        or (isinstance(node, Integer) and 0 < node <= MAX_SIZE)
    ),
    "an index",
)
_VARIABLE = _of(_PART, is_name, "a name")
_ORDER = Form(int, lambda data: Integer(NATURAL.decode(data)))
_SMALL_ORDER = _of(_ORDER, lambda order: order <= MAX_ORDER, "the order of a derivative")
_AXES = checked(int, "an axis", lambda axis: -1 <= axis < 16)
_AXIS = Form(int, lambda data: Integer(_AXES.decode(data)))


def _tuple_of(part: Form) -> Form:
    def decode(data: Any) -> Tuple:
        if type(data) is not list:
            raise MalformedError(f"{shown(data)} stands where a list is needed")
        return Tuple(*[part.decode(one) for one in data])

    return Form(lambda values: [part.encode(one) for one in values], decode)


def _tuple_pair(first: Form, second: Form) -> Form:
    both = pair(first, second)
    return Form(both.encode, lambda data: Tuple(*both.decode(data)))


_SHAPE = _tuple_of(SIZE)
_FUNCTION = _of(_ANY, lambda node: isinstance(node, nodes.FunctionSymbol), "a function")
_BLOCK_ROW = _tuple_of(_PART)
_VARIED = _tuple_of(_tuple_pair(_VARIABLE, _PART))

_RANDOM = _of(_ANY, lambda node: isinstance(node, randomness.RandomVariable), "a random variable")
_DISTRIBUTION = _of(_ANY, lambda node: isinstance(node, randomness.Distribution), "a distribution")
_LAWS = (randomness.GAUSSIAN, randomness.ENTRIES, randomness.ANY)
_LAW = _of(_STR, lambda law: law.name in _LAWS, "a law")
_PLACE = Form(int, lambda data: Integer(NATURAL.decode(data)))


# --- the table ----------------------------------------------------------------------------------


def _plainly(kind: Any) -> Callable[..., Basic]:
    return lambda *arguments: Basic.__new__(kind, *arguments)


def _unevaluated(kind: Any) -> Callable[..., Basic]:
    def build(*arguments: Basic) -> Basic:
        if len(arguments) < 2:
            raise MalformedError("a sum or a product of fewer than two parts")
        return kind(*arguments, evaluate=False)

    return build


def _row(kind: Any, word: str, *parts: Form, rest: Form | None = None) -> tuple[Any, Row]:
    return kind, Row(word, parts, rest, _plainly(kind))


def _operators() -> dict[Any, Row]:
    """Return a row for each operator, under the name that its own table gives it."""
    rows = {}
    for operator in OPERATORS.values():
        count = 0 if operator.associative else len(operator.pattern.partition("->")[0].split(","))
        if not operator.pattern.partition("->")[0]:
            count = 0
        parts = (*[_PART] * count, *[SIZE] * len(operator.sizes))
        build = _plainly(operator.node)
        if operator.node is sympy.DiagMatrix:
            build = sympy.DiagMatrix  # it keeps its shape beside its arguments
        rest = _PART if operator.associative else None
        rows[operator.node] = Row(operator.name, parts, rest, build)
    return rows


_BY_TYPE: dict[Any, Row] = {
    **_operators(),
    sympy.Add: Row("sum", (), _NUMBER, _unevaluated(sympy.Add)),
    sympy.Mul: Row("product", (), _NUMBER, _unevaluated(sympy.Mul)),
    sympy.Pow: Row("power", (_NUMBER, _NUMBER), None, lambda b, e: sympy.Pow(b, e, evaluate=False)),
    sympy.Inverse: Row(
        "inverse", (_PART,), None, lambda m: Basic.__new__(sympy.Inverse, m, Integer(-1))
    ),
    sympy.core.numbers.Pi: Row("pi", (), None, lambda: sympy.pi),
    **dict(
        [
            _row(MatrixSymbol, "matrix", _STR, SIZE, SIZE),
            _row(nodes.ScalarMember, "number-of", _STR, rest=_INDEX),
            _row(nodes.MatrixMember, "matrix-of", _STR, SIZE, SIZE, rest=_INDEX),
            _row(nodes.IndexVariable, "index", _STR, SIZE),
            _row(nodes.FunctionSymbol, "function", _STR, _tuple_of(_SHAPE), _SHAPE),
            _row(sympy.MatAdd, "matrix-sum", rest=_PART),
            _row(sympy.MatPow, "matrix-power", _PART, _NUMBER),
            _row(sympy.Determinant, "determinant", _PART),
            _row(sympy.ZeroMatrix, "zero", SIZE, SIZE),
            _row(nodes.Adjugate, "adjugate", _PART),
            _row(nodes.PseudoInverse, "pseudo-inverse", _MATRIX),
            _row(nodes.Component, "entry", _PART, rest=_INDEX),
            _row(nodes.Delta, "delta", _INDEX, _INDEX),
            _row(nodes.UnitVector, "unit-vector", _INDEX, SIZE),
            _row(nodes.Assembled, "from-entries", _NUMBER, _INDEX, _INDEX),
            _row(nodes.Blocks, "blocks", rest=_BLOCK_ROW),
            _row(nodes.MatrixScalar, "only-entry", _PART),
            _row(nodes.ScalarSummation, "sum-over", _NUMBER, _INDEX),
            _row(nodes.MatrixSummation, "matrix-sum-over", _PART, _INDEX),
            _row(nodes.ScalarFunction, "apply", _FUNCTION, _SMALL_ORDER, _NUMBER),
            _row(nodes.Elementwise, "apply-to-entries", _FUNCTION, _SMALL_ORDER, _PART),
            _row(nodes.ScalarValue, "value", _FUNCTION, rest=_PART),
            _row(nodes.MatrixValue, "matrix-value", _FUNCTION, rest=_PART),
            _row(nodes.TensorDerivative, "derivative", _PART, _VARIABLE, _PART, _VARIED),
            _row(nodes.ScalarDifferential, "differential", _PART, _VARIED),
            _row(nodes.MatrixDifferential, "matrix-differential", _PART, _VARIED),
            _row(nodes.Arranged, "laid-out", _PART, _tuple_of(_AXIS)),
            _row(nodes.ArrangedTensor, "tensor-laid-out", _PART, _tuple_of(_AXIS)),
            _row(nodes.ScalarArranged, "number-laid-out", _PART),
            _row(nodes.TensorProduct, "tensor-product", _PART, _PART),
            _row(randomness.ScalarExpectation, "expectation", _NUMBER, _DISTRIBUTION),
            _row(randomness.MatrixExpectation, "matrix-expectation", _PART, _DISTRIBUTION),
            _row(
                randomness.Distribution,
                "distribution",
                _tuple_of(_RANDOM),
                _tuple_of(_BLOCK_ROW),
                _tuple_of(_tuple_of(_PLACE)),
            ),
            _row(randomness.RandomVariable, "random", _VARIABLE, _PART, _LAW, _tuple_of(_PART)),
        ]
    ),
}
_BY_WORD = {row.word: row for row in _BY_TYPE.values()}
