r"""Functions that stand for their value: in ``\partial L / \partial h`` beside ``h(x)``, h is h(x)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec.structs import replace
from sympy import Basic

from derivcheck.language import syntax
from derivcheck.language.context import Context, parts_of
from derivcheck.language.givens import GivensReader
from derivcheck.language.introduced import Macros
from derivcheck.reading.document import Formula, Source


def name_values(
    context: Context, macros: Macros, parsed: Iterable[tuple[Formula, list[Any] | None]]
) -> bool:
    r"""Let a function by which a claim differentiates stand for its value at its one argument.

    What the claim applies must have been noted before. A name loses its value when another argument
    turns up.

    Args:
        context: what is known; it is changed.
        macros: for reading ``h = h(x)``.
        parsed: the claim's formulas with their statements.

    Returns:
        Whether a name has another meaning now, so that the formulas have to be read again.

    Raises:
        Never.
    """
    before = context.valued.copy()
    for name in [name for name in before if context.only_argument(name) is None]:
        known = context.entries[name]
        if known.value is not None and known.value.node in context.definitions:
            _exchange(context, known.value.node, context.definitions.pop(known.value.node))
        context.entries[name] = replace(known, value=None)
        context.valued.remove(name)
    statements = [s.node for _, found in parsed for s in found or () if hasattr(s, "node")]
    for name in dict.fromkeys(n for node in statements for n in _varied(node)):
        entry, found = context.entries.get(name), context.only_argument(name)
        if entry is None or entry.kind != "function" or entry.value or found is None:
            continue
        start, end = found.arguments[0].start, found.arguments[-1].end
        text = f"{name} = {name}({found.source.text[start:end]})"
        given = Source(text, ((0, *found.source.place(start)),))
        GivensReader(context, macros, ()).read([given])
        value = context.entries[name].value
        if value is not None and value.node in context.definitions:
            context.valued.add(name)
            _exchange(context, context.definitions[value.node], value.node)
    return context.valued != before


def _varied(node: Any) -> Iterator[str]:
    """Yield the functions by which a tree differentiates, or by an entry of which it does."""
    if isinstance(node, syntax.Variable):
        by = node.expression
        by = by.base if isinstance(by, syntax.Component) else by
        if isinstance(by, syntax.FunctionName) and by.declared and not by.order:
            yield by.name
    for part in parts_of(node):
        yield from _varied(part)


def _exchange(context: Context, old: Basic, new: Basic) -> None:
    """Write another node for one in all definitions but its own."""
    for name, known in context.definitions.items():
        if name != new:
            context.definitions[name] = known.xreplace({old: new})
