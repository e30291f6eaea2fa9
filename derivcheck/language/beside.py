r"""What stands in a display beside its equations and may change what they say.

``a = a \text{ plus } b`` and a row ``b`` below ``a = a`` do not state ``a = a``; nor does
``\text{it is false that } a = a``. Words that only link, such as *and*, *by* and *where*, do no harm.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from derivcheck.language import spelling as sp
from derivcheck.language import syntax
from derivcheck.language.scanning import LatexError

_TEXT = re.compile(r"\\(?:text(?:rm|it|bf|sf)?|mbox|textnormal)\s*\{([^{}]*)\}")
_LINKING = sp.PROSE | sp.words("for at in on of to all any the be is are each every we have get")
_DENYING = sp.words("false wrong untrue incorrect invalid fails not never")
_ARITHMETIC = sp.words("plus minus times over divided modulo mod up except without")
"""Words that make a formula a part of the one before it; a remark may say anything else."""
_WORD = re.compile(r"[A-Za-z]+")


def misleading(text: str, statements: Sequence[Any]) -> dict[int, LatexError]:
    """Return the equations that say something else with what stands beside them, by their node.

    Args:
        text: the LaTeX of a display.
        statements: what was read in it.

    Raises:
        Never.
    """
    read = [s for s in statements if isinstance(s, syntax.Statement)]
    found: dict[int, LatexError] = {}
    for one, other in pairwise(read):
        before, after = one.node, other.node
        between = text[before.end : after.start]
        words = _words(between)
        counted = _ARITHMETIC.intersection(words)
        if other.remark:
            parted = bool(words) and not counted
        else:
            parted = bool(words) and _LINKING.issuperset(words)
        if "," in _TEXT.sub("", between) or other.cue is not None or parted:
            continue
        if isinstance(before, syntax.Relation) and _is_value(after):
            found[id(before)] = _stray(after, text)
        elif isinstance(after, syntax.Relation) and words and _is_value(before):
            found[id(after)] = _stray(before, text)
    for one, other in pairwise(read):
        said = one.node.words.lower().split() if isinstance(one.node, syntax.Property) else ()
        if _ARITHMETIC.intersection(said) and isinstance(other.node, syntax.Relation):
            found[id(other.node)] = _stray(one.node, text)
    nodes = [s.node for s in read if not s.remark]
    for node, place in _texts_around(nodes, text):
        if _DENYING.intersection(_words(text[place[0] : place[1]])):
            found.setdefault(id(node), LatexError("DC110", "the words deny it", *place))
    return found


def _is_value(node: syntax.Node) -> bool:
    stating = (
        syntax.Relation | syntax.Property | syntax.Signature | syntax.Unreadable | syntax.Space
    )
    return not isinstance(node, stating)


def _words(text: str) -> list[str]:
    found = " ".join(_TEXT.findall(text))
    return [word.lower() for word in _WORD.findall(found)]


def _texts_around(nodes: list[syntax.Node], text: str) -> list[tuple[syntax.Node, tuple[int, int]]]:
    """Return the stretches without formulas before the first and behind each relation."""
    relations = [node for node in nodes if isinstance(node, syntax.Relation)]
    if not relations:
        return []
    found: list[tuple[syntax.Node, tuple[int, int]]] = []
    first = nodes[0]
    if first is relations[0]:
        found.append((first, (0, first.start)))
    for node, after in zip(nodes, [*nodes[1:], None], strict=True):
        if isinstance(node, syntax.Relation):
            end = after.start if after is not None else len(text)
            if end > node.end:
                found.append((node, (node.end, end)))
    return found


def _stray(node: syntax.Node, text: str) -> LatexError:
    own = text[node.start : node.end].strip()
    return LatexError("DC101", f"nothing says what `{own}` does here", node.start, node.end)
