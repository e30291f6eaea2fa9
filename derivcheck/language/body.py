r"""Which statements of the text give something, and which are obligations.

A body may define only what is new; a relation between known names is a hypothesis after *let*,
*assume*, *suppose* and *given*, and something to prove everywhere else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from derivcheck.language import syntax
from derivcheck.language.context import Context, names_of, parts_of
from derivcheck.language.givens import HYPOTHESIS_CUES
from derivcheck.language.parser import Introduction
from derivcheck.reading.document import Formula, Source


def may_give(formula: Formula) -> bool:
    """Return whether a formula can hold a given at all."""
    text = formula.source.text
    return bool(
        formula.cue
        or formula.names
        or names_behind(formula)
        or r"\in" in text
        or ":=" in text
        or r"\coloneqq" in text
        or r"\triangleq" in text
        or r"\text" in text
    )


def names_behind(formula: Formula) -> bool:
    """Return whether the words behind a formula say what its letter stands for: *$e = y$ denotes*."""
    return not formula.display and _NAMES_BEHIND.match(formula.after) is not None


def is_given(
    statement: Introduction,
    cue: str | None,
    context: Context,
    taken: Collection[str] = (),
    *,
    closed: bool = False,
) -> bool:
    """Return whether a statement of the text gives something; nothing known is defined anew.

    Args:
        statement: the form of the statement.
        cue: the word that opens its clause.
        context: the names that are known before the claim.
        taken: the names that the claim has defined: a second value is no definition.
        closed: hypotheses of the text are obligations.

    Raises:
        Never.
    """

    def new(*names: str) -> bool:
        return not any(name in context.entries or name in taken for name in names)

    fresh = bool(statement.names) and new(*statement.names)
    if statement.upper and not new(statement.base or ""):
        # x_1, …, x_N beside an x; a family with this letter is known already
        fresh = context.entries[statement.base or ""].kind in ("number", "matrix")
    if statement.kind in ("shape", "family", "index") and statement.sign == r"\in":
        return fresh and (statement.kind != "index" or cue is not None)
    if cue in ("for", "if", "when", "whenever", "unless"):
        return False
    if statement.kind == "signature":
        return fresh
    if statement.kind == "definition":
        if fresh and (cue is not None or statement.sign == ":="):
            return statement.base is None or statement.base not in context.entries
        return cue in HYPOTHESIS_CUES and not closed and not fresh
    if statement.kind == "function" and not fresh:
        known = context.entries.get(statement.names[0])
        assumed = cue in HYPOTHESIS_CUES and not closed
        return assumed and known is not None and known.kind == "function"
    if statement.kind == "function":
        return cue is not None or statement.sign == ":="
    if statement.kind == "components" and new(*defined_by(statement)):
        return cue is not None or statement.sign == ":="
    if cue is None:
        return False
    if cue == "let" and statement.kind not in ("shape", "property"):
        return False  # "let … move" asserts nothing about the equation that follows
    if statement.kind == "shape":
        return cue in HYPOTHESIS_CUES or fresh
    if statement.kind == "property":
        return cue in HYPOTHESIS_CUES
    return cue in HYPOTHESIS_CUES and not closed


def restricts(statement: Introduction, context: Context) -> bool:
    """Return whether a statement says something of names that are known already."""
    if statement.kind in ("definition", "components", "function"):
        return any(name in context.entries for name in defined_by(statement))
    return statement.kind in ("hypothesis", "property")


def is_value(source: Source, statement: Introduction) -> bool:
    """Return whether an equation sets a letter to a value: *for $t = 0$* is a condition."""
    text = source.text[statement.start : statement.end].partition("=")[2]
    return _VALUE.fullmatch(text) is not None


def placed_at(node: syntax.Relation, context: Context) -> str | None:
    """Return the name x of a condition *at $x = y$* that can be met whatever y is, else None."""
    if node.sign != "=" or not isinstance(node.lhs, syntax.Name) or not _is_total(node.rhs):
        return None
    apart = node.lhs.name not in context.behind(names_of(node.rhs))
    return node.lhs.name if apart else None


def _is_total(node: syntax.Node) -> bool:
    """Return whether an expression has a value wherever its names have."""
    total = syntax.Name | syntax.Number | syntax.Sum | syntax.Product | syntax.Transpose
    return isinstance(node, total) and all(map(_is_total, parts_of(node)))


def leaves_alone(name: str, sides: Iterable[syntax.Node], context: Context) -> bool:
    """Return whether a condition about a name says nothing of a step: nothing else is given of it.

    Then the name can be chosen as the condition asks whatever values all others have.
    """
    entry = context.entries.get(name)
    if entry is None or entry.node is None or entry.kind not in ("matrix", "number"):
        return False
    if entry.node in context.definitions or any(name in context.behind(names_of(s)) for s in sides):
        return False
    said = [side for h in context.hypotheses for side in (h.lhs, h.rhs)]
    said += [condition.node for condition in context.conditions]
    return not any(context.depends(node, entry.node) for node in said)


def defined_by(statement: Introduction) -> tuple[str, ...]:
    """Return the names that a statement may define: of ``p_i = …`` both ``p`` and ``p_i``."""
    if statement.kind in ("definition", "function"):
        return statement.names
    if statement.kind == "components":
        return tuple(dict.fromkeys((statement.base or "", *statement.names)))
    return ()


_NAMES_BEHIND = re.compile(r"\s*(?:denotes?|stands?\s+for)\b", re.IGNORECASE)
_VALUE = re.compile(r"\s*(?:[\w.,-]|\\[a-z]+)\s*")
