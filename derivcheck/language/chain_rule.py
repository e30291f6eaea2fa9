r"""What a chain rule needs and its author may have left out: slopes, inner derivatives, sums.

With `h = g(a)` given, `\nabla_h L` lacks the slope `g'(a)` where `\nabla_a L` is meant; a
derivative by x of what holds `f(x)` lacks `\frac{\partial f(x)}{\partial x}`; a term about a member
`x_i` lacks its sum. Like every edit these are guesses in the author's spelling.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from derivcheck.algebra import nodes
from derivcheck.language import syntax
from derivcheck.language.context import Context, parts_of
from derivcheck.language.pieces import (
    FACTOR,
    OPERATOR,
    PRODUCT,
    Pieces,
    Replacement,
    bracketed,
    names_in_tree,
    spliced,
)

MOST_GATHERED = 4
"""Slopes, inner derivatives and indices that are tried."""

Found = tuple[list[Replacement], int, str]


def slopes_given(context: Context, names: set[str]) -> Iterator[str]:
    r"""Yield the slopes ``g'(a)`` of definitions ``h = g(a)`` that concern some names.

    Raises:
        Never.
    """
    for symbol, value in context.definitions.items():
        if not isinstance(value, nodes.Elementwise | nodes.ScalarFunction):
            continue
        function, order, argument = value.args
        inner, outer = getattr(argument, "name", None), getattr(symbol, "name", None)
        if inner is not None and {str(inner), str(outer)} & names:
            name = getattr(function, "name", function)
            yield f"{name}{chr(39) * (int(order) + 1)}({inner})"


def inner_derivatives(pieces: Pieces, sides: list[syntax.Node]) -> Iterator[str]:
    r"""Yield derivatives of what stands in a step by the variable that its derivatives are by.

    Raises:
        Never.
    """
    variables: dict[str, None] = {}
    applied: dict[str, None] = {}
    for node in (part for side in sides for part in _all(side)):
        match node:
            case syntax.Derivative(variables=(syntax.Variable(expression=syntax.Name() as one),)):
                variables[one.name] = None
            case syntax.Call(function=syntax.FunctionName(declared=True, order=0) as function):
                entry = pieces.context.entries.get(function.name)
                if entry is not None and entry.kind == "function" and entry.shape:
                    arguments = [a.name for a in node.arguments if isinstance(a, syntax.Name)]
                    if len(arguments) == len(node.arguments):
                        applied[f"{function.name}({', '.join(arguments)})"] = None
    names = list(variables)
    for name in names[:1]:
        for inner in applied:
            if f"({name})" in inner:
                yield rf"\frac{{\partial {inner}}}{{\partial {name}}}"
        for inner in names[1:]:
            yield rf"\frac{{\partial {inner}}}{{\partial {name}}}"


def chained(
    pieces: Pieces, node: syntax.Node, slopes: list[str], derivatives: list[str]
) -> Iterator[Found]:
    """Yield a side or term with a factor of the chain rule more.

    Raises:
        Never.

    Cost:
        A few times ``MOST_GATHERED`` edits.
    """
    if isinstance(node, syntax.Number):
        return
    sign, mark = pieces.spelling.hadamard, pieces.spelling.transpose
    operand = pieces.at_least(node, PRODUCT)
    operand = bracketed(operand) if isinstance(node, syntax.Product) else operand
    factor = pieces.at_least(node, PRODUCT)
    for slope in islice(slopes, MOST_GATHERED):
        said = f"a factor `{slope}`"
        for turned in (slope, f"{slope}{mark}"):
            yield pieces.whole(node, f"{turned} {sign} {operand}"), 2, said
        diagonal = f"{pieces.spelling.diagonal}({slope})"
        yield pieces.whole(node, f"{diagonal} {factor}"), 2, said
        yield pieces.whole(node, f"{factor} {diagonal}"), 2, said
    for one in islice(derivatives, MOST_GATHERED):
        said = f"a factor `{one}`"
        yield pieces.whole(node, f"{factor} {one}"), 2, said
        yield pieces.whole(node, f"{one} {factor}"), 2, said
        yield pieces.whole(node, rf"\left( {one} \right){mark} {factor}"), 3, said


def summed(pieces: Pieces, node: syntax.Node) -> Iterator[Found]:
    r"""Yield a term below a sum over an index that its members have: ``\sum_{i=1}^{N} x_i``.

    Raises:
        Never.
    """
    for letter in islice(dict.fromkeys(_letters(pieces, node)), MOST_GATHERED):
        upper = pieces.context.ranges.get(letter)
        for entry in pieces.context.entries.values():
            if letter in entry.letters and entry.range:
                upper = entry.range[entry.letters.index(letter)]
        if upper is None:
            continue
        lead = rf"\sum_{{{letter}=1}}^{{{upper}}}"
        first = node
        if isinstance(node, syntax.Product):  # what does not depend on the index stands before
            first = next(f for f in node.factors if letter in _letters(pieces, f))
        start, end = pieces.stretch(node)
        at = pieces.stretch(first)[0]
        body = pieces.text[at:end]
        if pieces.holding(node) < OPERATOR and first is node:
            body = bracketed(body)
        said = f"the sum over `{letter}`"
        yield [(start, end, f"{pieces.text[start:at]}{lead} {body}")], 2, said


def _letters(pieces: Pieces, node: syntax.Node) -> Iterator[str]:
    """Yield the free indices of the members of families in a node."""
    if isinstance(node, syntax.BigOperator):
        yield from (one for one in _letters(pieces, node.body) if one not in node.indices)
        return
    if isinstance(node, syntax.Component) and isinstance(node.base, syntax.Name):
        entry = pieces.context.entries.get(node.base.name)
        if entry is not None and entry.kind == "family":
            yield from (one.name for one in node.indices if isinstance(one, syntax.Name))
            return
    for part in _parts(node):
        yield from _letters(pieces, part)


def more_factors(pieces: Pieces, node: syntax.Node, names: list[str]) -> Iterator[Found]:
    """Yield a number with a vector or matrix behind it."""
    if not isinstance(node, syntax.Number):
        factor = pieces.at_least(node, FACTOR)
        for name in islice(names, MOST_GATHERED):
            yield pieces.whole(node, f"{factor} {name}"), 2, f"a factor `{name}`"


def more_terms(pieces: Pieces, node: syntax.Sum, role: str, names: list[str]) -> Iterator[Found]:
    """Yield a number in a sum of matrices as a multiple of I, and a number more: a forgotten bias.

    Raises:
        Never.
    """
    terms = [term for _, term in node.terms]
    for term in terms:
        if pieces.is_number(term) and not all(map(pieces.is_number, terms)):
            for one in ("I", *pieces.spelling.ones):
                new = (
                    f"{pieces.at_least(term, PRODUCT)} {one}" if pieces.latex(term) != "1" else one
                )
                yield pieces.whole(term, new), 1, f"`{new}` for `{pieces.latex(term)}`"
    if role not in ("side", "argument") and any(map(pieces.is_number, terms)):
        at = pieces.stretch(terms[-1])[1]
        for name in (one for one in names if one not in map(pieces.latex, terms)):
            yield [(at, at, f" + {name}")], 3, f"a term `{name}`"
            yield [(at, at, f" - {name}")], 3, f"a term `-{name}`"


def one_step_back(pieces: Pieces, node: syntax.Node) -> str | None:
    r"""Return a term with all its names one step back: `\delta_{t-1}` for `\delta_t`.

    Raises:
        Never.
    """
    names = [part for part in names_in_tree(node) if _BACK.search(part.name)]
    replacements = []
    for name in {part.name: part for part in names}.values():
        back = _BACK.sub(_one_back, name.name)
        if back not in pieces.context.entries:
            return None
        replacements += [(*pieces.stretch(part), back) for part in names if part.name == name.name]
    if not replacements:
        return None
    start, end = pieces.stretch(node)
    moved = [(a - start, b - start, new) for a, b, new in replacements]
    return spliced(pieces.text[start:end], moved)


_BACK = re.compile(
    r"(?<=[_^])(?:\{(?P<open>\(?)(?P<letter>[a-zA-Z])(?:-(?P<back>\d))?\)?\}|(?P<bare>[a-z]))"
)
"""A script that counts: ``_t``, ``_{t-1}``, ``^{(k)}``."""


def _one_back(match: re.Match[str]) -> str:
    letter = match["letter"] or match["bare"]
    back = f"{letter}-{int(match['back'] or 0) + 1}"
    return f"{{({back})}}" if match["open"] else f"{{{back}}}"


def _all(node: syntax.Node) -> Iterator[syntax.Node]:
    yield node
    for part in _parts(node):
        yield from _all(part)


def _parts(node: object) -> Iterator[syntax.Node]:
    for part in parts_of(node):
        if isinstance(part, syntax.Node):
            yield part
        else:
            yield from _parts(part)
