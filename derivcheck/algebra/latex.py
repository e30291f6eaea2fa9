r"""Nodes as LaTeX: what a goal says, in customary notation, written from the nodes alone.

The author's own words are shown elsewhere; this is what was understood. Every node has one clause
and none is left out. A name that does not look like one is put in angle brackets, so that no name
can pass for a formula.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import sympy
from sympy import Basic, MatrixSymbol, Rational, Symbol

from derivcheck.algebra import nodes
from derivcheck.algebra.functions import KNOWN_FUNCTIONS
from derivcheck.algebra.operators import OPERATORS, Operator
from derivcheck.algebra.randomness import MatrixExpectation, ScalarExpectation

SUM, MIXED, PRODUCT, PREFIX, ATOM = range(5)
"""How tightly a formula holds together, from loose to tight."""

Written = tuple[str, int]

_PLAIN = re.compile(
    r"\\?[A-Za-z]+(\{[A-Za-z0-9 ]+\}|\{\\[A-Za-z]+\})?"
    r"([_^](\w|\\[A-Za-z]+|\{[^{}]*\})|'|\*)*(\{\\[A-Za-z]+\})?"
)


def name_latex(name: str) -> str:
    r"""Return a name as LaTeX, in angle brackets unless it looks like a name.

    Example:
        >>> name_latex(r"\hat{y}_{t-1}"), name_latex("A + B")
        ('\\hat{y}_{t-1}', '\\langle \\text{A + B} \\rangle')
    """
    if _PLAIN.fullmatch(name):
        return name
    return rf"\langle \text{{{name}}} \rangle"


def latex(node: Basic) -> str:
    r"""Return a node as LaTeX.

    Raises:
        TypeError: for a node without a clause.

    Example:
        >>> A = MatrixSymbol("A", nodes.size_symbol("n"), nodes.size_symbol("n"))
        >>> latex(sympy.Trace(A * (A + A.T)))
        '\\operatorname{tr}(A (A + A^{\\top}))'
    """
    return _written(node)[0]


def size_latex(size: Any) -> str:
    """Return a size as LaTeX."""
    return latex(size)


def space_latex(shape: nodes.Shape) -> str:
    r"""Return the space of a shape: ``\mathbb{R}^{n \times m}``, ``\mathbb{R}^{n}``, ``\mathbb{R}``.

    Example:
        >>> space_latex((nodes.size_symbol("n"), nodes.ONE))
        '\\mathbb{R}^{n}'
    """
    sizes = list(shape)
    if len(sizes) > 1 and sizes[-1] == 1:
        sizes = sizes[:-1]
    if not sizes:
        return r"\mathbb{R}"
    product = r" \times ".join([size_latex(size) for size in sizes])
    return rf"\mathbb{{R}}^{{{product}}}"


def _at(node: Basic, level: int) -> str:
    text, own = _written(node)
    return text if own >= level else f"({text})"


def _written(node: Basic) -> Written:
    row = OPERATORS.get(type(node))
    if row is not None:
        return _operator(row, node)
    for kind, clause in _CLAUSES.items():
        if isinstance(node, kind):
            return clause(node)
    raise TypeError(f"no notation for {type(node).__name__}")


def _operator(row: Operator, node: Basic) -> Written:
    if row.name == "matrix-product":
        return _product(node)
    if row.associative:
        sign = row.latex.replace("#1", "").replace("#2", "").strip()
        return f" {sign} ".join([_at(a, PRODUCT) for a in node.args]), MIXED
    if row.name == "transpose":
        return _raised(node.args[0], r"\top")
    text = row.latex
    for k, argument in enumerate(node.args, 1):
        text = text.replace(f"#{k}", latex(argument))
    return text, ATOM


def _raised(base: Basic, exponent: str) -> Written:
    text = _at(base, ATOM)
    if "^" in text and not text.startswith("("):
        text = f"{{{text}}}"
    return f"{text}^{{{exponent}}}", ATOM


def _sum(node: Basic) -> Written:
    text = ""
    for part in node.args:
        piece = _at(part, MIXED)
        if text and piece.startswith("-"):
            text += f" - {piece[1:].lstrip()}"
        else:
            text += f" + {piece}" if text else piece
    return text, SUM


def _product(node: Basic) -> Written:
    factors = list(node.args)
    sign = ""
    if factors[0] == -1 and len(factors) > 1:
        sign, factors = "-", factors[1:]
    texts = [_at(factor, PRODUCT + (k > 0)) for k, factor in enumerate(factors)]
    numbers = [isinstance(f, Rational) for f in factors]
    if any(numbers[1:]):
        return sign + r" \cdot ".join(texts), PRODUCT
    return sign + " ".join(texts), PRODUCT if not sign else MIXED


def _rational(node: Any) -> Written:
    if node.q == 1:
        return str(node.p), ATOM if node.p >= 0 else MIXED
    sign = "-" if node.p < 0 else ""
    return rf"{sign}\frac{{{abs(node.p)}}}{{{node.q}}}", PRODUCT if not sign else MIXED


def _power(node: Any) -> Written:
    base, exponent = node.args
    if exponent == sympy.S.Half:
        return rf"\sqrt{{{latex(base)}}}", ATOM
    if exponent == -1:
        return rf"\frac{{1}}{{{latex(base)}}}", PRODUCT
    return _raised(base, latex(exponent))


def _name(node: Any) -> Written:
    return name_latex(node.name), ATOM


def _member(node: Any) -> Written:
    name = name_latex(node.args[0].name)
    return rf"{name}[{_indices(nodes.member_indices(node))}]", ATOM


def _indices(indices: Iterable[Basic]) -> str:
    texts = [latex(index) for index in indices]
    return ("" if all(len(text) == 1 for text in texts) else ",").join(texts)


def _component(node: Any) -> Written:
    body, *indices = node.args
    shown = [i for i, size in zip(indices, nodes.shape(body), strict=True) if size != 1]
    text = _at(body, ATOM)
    text = f"[{text}]" if "_" in text or "^" in text else text
    return (f"{text}_{{{_indices(shown)}}}" if shown else text), ATOM


def _from_entries(node: Any) -> Written:
    return rf"\left[ {latex(node.args[0])} \right]_{{{_indices(node.args[1:])}}}", ATOM


def _summation(node: Any) -> Written:
    body, index = node.args
    over = rf"\sum_{{{latex(index)} = 1}}^{{{size_latex(index.size)}}}"
    return f"{over} {_at(body, MIXED)}", MIXED


def _applied(node: Any) -> Written:
    function, order, argument = node.args
    return _at_argument(function, int(order), argument), ATOM


def _at_argument(function: Any, order: int, argument: Basic) -> str:
    row = KNOWN_FUNCTIONS.get(function.name)
    inner = latex(argument)
    if row is not None and not order:
        if row.name == "abs":
            return rf"|{inner}|"
        if row.name == "sqrt":
            return rf"\sqrt{{{inner}}}"
        if row.name == "reciprocal":
            matrix = bool(nodes.shape(argument))
            return rf"(1 \oslash {_at(argument, ATOM)})" if matrix else rf"(\frac{{1}}{{{inner}}})"
        return rf"{row.latex}({inner})"
    name = row.latex if row is not None else name_latex(function.name)
    primes = "'" * order if order < 4 else f"^{{({order})}}"
    return f"{name}{primes}({inner})"


def _value(node: Any) -> Written:
    function, *arguments = node.args
    return f"{name_latex(function.name)}({', '.join([latex(a) for a in arguments])})", ATOM


def _blocks(node: Any) -> Written:
    rows = [" & ".join([latex(block) for block in row]) for row in node.args]
    inner = r" \\ ".join(rows)
    return rf"\begin{{bmatrix}} {inner} \end{{bmatrix}}", ATOM


# ∂f/∂x, at another point, with what follows x
def _derivative(node: Any) -> Written:
    body, variable, point, rebound = node.args
    text = rf"\frac{{\partial {_at(body, ATOM)}}}{{\partial {latex(variable)}}}"
    said = [f"{latex(name)} = {latex(value)}" for name, value in rebound if name != value]
    held = [latex(name) for name, value in rebound if name == value]
    if point != variable:
        said.insert(0, f"{latex(variable)} = {latex(point)}")
    if held:
        names = ", ".join(held)
        said.append(rf"{names} \text{{ held}}")
    if said:
        where = ", ".join(said)
        return rf"\left. {text} \right|_{{{where}}}", ATOM
    return text, ATOM


def _laid_out(node: Any) -> Written:
    tensor, axes = node.args
    numbers = ",".join(["·" if axis < 0 else str(int(axis) + 1) for axis in axes])
    return rf"\left[ {latex(tensor)} \right]_{{({numbers})}}", ATOM


def _differential(node: Any) -> Written:
    return rf"\mathrm{{d}}[{latex(node.args[0])}]", ATOM


def _expectation(node: Any) -> Written:
    return rf"\mathbb{{E}}[{latex(node.args[0])}]", ATOM


_CLAUSES: dict[Any, Callable[[Any], Written]] = {
    Rational: _rational,
    Symbol: _name,
    MatrixSymbol: _name,
    sympy.core.numbers.Pi: lambda _: (r"\pi", ATOM),
    nodes.IndexVariable: _name,
    nodes.ScalarMember: _member,
    nodes.MatrixMember: _member,
    sympy.Add: _sum,
    sympy.MatAdd: _sum,
    sympy.Mul: _product,
    sympy.Inverse: lambda node: _raised(node.args[0], "-1"),
    sympy.MatPow: lambda node: _raised(node.args[0], latex(node.args[1])),
    sympy.Pow: _power,
    sympy.Determinant: lambda node: (rf"\det({latex(node.args[0])})", ATOM),
    sympy.ZeroMatrix: lambda _: ("0", ATOM),
    nodes.Adjugate: lambda node: (rf"\operatorname{{adj}}({latex(node.args[0])})", ATOM),
    nodes.PseudoInverse: lambda node: _raised(node.args[0], "+"),
    nodes.Component: _component,
    nodes.Delta: lambda node: (rf"\delta_{{{_indices(node.args)}}}", ATOM),
    nodes.UnitVector: lambda node: (rf"e_{{{latex(node.args[0])}}}", ATOM),
    nodes.Assembled: _from_entries,
    nodes.Blocks: _blocks,
    nodes.MatrixScalar: lambda node: _written(node.args[0]),
    nodes.ScalarArranged: lambda node: _written(node.args[0]),
    nodes.ScalarSummation: _summation,
    nodes.MatrixSummation: _summation,
    nodes.ScalarFunction: _applied,
    nodes.Elementwise: _applied,
    nodes.ScalarValue: _value,
    nodes.MatrixValue: _value,
    nodes.TensorDerivative: _derivative,
    nodes.Arranged: _laid_out,
    nodes.ArrangedTensor: _laid_out,
    nodes.TensorProduct: lambda node: (
        rf"{_at(node.args[0], PRODUCT)} \cdot {_at(node.args[1], PREFIX)}",
        PRODUCT,
    ),
    nodes.ScalarDifferential: _differential,
    nodes.MatrixDifferential: _differential,
    ScalarExpectation: _expectation,
    MatrixExpectation: _expectation,
}
"""The notation of each node that is not a row of the table of operators."""
