"""Differentials: d varies the names whose differential is written, and holds all else constant.

Source: Magnus & Neudecker (2019), ch. 5; what varies is decided here, not how.
"""

from __future__ import annotations

from typing import Any

import sympy
from sympy import Basic

from derivcheck.algebra import nodes
from derivcheck.algebra.nodes import head_of, member_indices, names_in
from derivcheck.language import syntax
from derivcheck.language.derivatives import ancestors
from derivcheck.language.elaborate import Elaborator
from derivcheck.language.typed import Typed


def differential(el: Elaborator, node: syntax.Differential) -> Typed:
    """Return d of something: along every name whose differential is written, all else constant."""
    if isinstance(node.body, syntax.Name) and node.body.name not in el.context.constants:
        el.context.varied.add(node.body.name)
    used, el.found.names = el.found.names, set()
    body = el.known(el.expression(node.body))
    own, el.found.names = el.found.names, used | el.found.names
    if body.shape is None:
        return body
    shape = body.shape
    if len(shape) not in (0, 2):
        raise el.error("DC110", "a differential of a tensor has no encoding", node)
    if isinstance(node.body, syntax.Name) and node.body.name not in el.context.constants:
        undeclared = node.body.name in el.letters
        symbol = None if undeclared else body.build()
        if symbol not in el.context.definitions or symbol in dict(_pairs(el)):
            return Typed(shape, lambda: change_of(body.build()), node.start, node.end)
    if not el.letters:
        _check_varied(el, body, own, node)
        _note_constants(el, own)

    def build() -> Basic:
        return nodes.differential(body.build(), _pairs(el))

    return Typed(shape, build, node.start, node.end)


def _check_varied(el: Elaborator, body: Typed, names: set[str], node: syntax.Differential) -> None:
    """Refuse a differential of which it is not said what varies.

    Raises:
        MeaningError: DC207 when nothing does, or when a name that varies by itself is made of what
            stands in the body and may vary too.
    """
    pairs, built = _pairs(el), body.build()
    if not pairs and not el.context.behind(names) <= el.context.constants:
        raise el.error(
            "DC207",
            f"nothing varies in `{el.text(node)}`",
            node,
            notes=("d varies the names whose differential is written, such as `dx`",),
        )
    heads = frozenset(head_of(symbol) for symbol, _ in pairs)
    variables = {
        head_of(symbol)
        for name in el.context.variables | el.context.varied
        if (symbol := _symbol(el, name)) is not None
    }
    for symbol, _ in pairs:
        value = el.context.definitions.get(symbol)
        made = ancestors(el, value) if value is not None else set()
        # it varies because of those; what the text differentiates nowhere by is constant
        doubtful = made & variables or made
        if any(el.context.depends(built, head, heads) for head in doubtful):
            raise el.error(
                "DC207",
                f"it is not said what varies in `{el.text(node)}` besides `{symbol}`",
                node,
                notes=(f"`{symbol}` is made of names that stand there by themselves as well",),
            )


def _note_constants(el: Elaborator, names: set[str]) -> None:
    """Note the names that a differential holds constant, those behind definitions included."""
    varied = {symbol for symbol, _ in _pairs(el)}
    waiting = [symbol for name in names if (symbol := _symbol(el, name)) is not None]
    seen: set[Any] = set()
    constant = set()
    values = {head_of(name): value for name, value in el.context.definitions.items()}
    while waiting:
        head = waiting.pop()
        if head in seen or head in varied:
            continue
        seen.add(head)
        if head in values:
            waiting += names_in(values[head])
        elif isinstance(head, sympy.MatrixSymbol) or not getattr(head, "is_integer", True):
            constant.add(f"`{head.name}`")
    if constant:
        el.found.notes.append(f"constant under d: {', '.join(sorted(constant))}")


def change_of(symbol: Basic) -> Basic:
    """Return dX for a name X."""
    if isinstance(symbol, sympy.MatrixSymbol):
        return nodes.value_symbol(f"d{symbol.name}", symbol.shape)
    if isinstance(symbol, nodes.MatrixMember):
        name = f"d{symbol.args[0].name}"
        return nodes.member(name, symbol.shape, *member_indices(symbol))
    if isinstance(symbol, nodes.ScalarMember):
        return nodes.member(f"d{symbol.args[0].name}", (), *member_indices(symbol))
    return nodes.scalar_symbol(f"d{symbol}")


def _symbol(el: Elaborator, name: str) -> Basic | None:
    """Return the symbol of a name that is a number or a matrix."""
    if name in el.letters:
        return el.letters[name].build()
    entry = el.context.entries.get(name)
    return (entry.value or entry).node if entry is not None else None


def _pairs(el: Elaborator) -> tuple[tuple[Basic, Basic], ...]:
    """Return each name that varies with its differential.

    These are the names whose differential is written. A defined one among them follows the names
    that it is made of; when none of those varies, it varies by itself.
    """
    symbols = []
    for name in sorted(el.context.varied - el.context.constants):
        symbol = _symbol(el, name)
        if symbol is not None and not member_indices(symbol):
            symbols.append(symbol)
    values = el.context.definitions
    free = [
        symbol
        for symbol in symbols
        if symbol not in values
        or not any(el.context.depends(values[symbol], head_of(other)) for other in symbols)
    ]
    return tuple([(symbol, change_of(symbol)) for symbol in free])
