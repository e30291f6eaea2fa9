"""YAML as a tree of nodes with places; nothing is constructed from it.

The text is read as a stream of events, without recursion. Anchors and aliases are refused where
they stand, depth is bounded. A line that is not YAML is reported and masked, and the rest is read:
a list entry that is masked keeps its place, so that its text can still be taken as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import yaml
from msgspec import Struct, field

from derivcheck.diagnostics import Help
from derivcheck.limits import FRONT_MATTER_DEPTH as DEEPEST

# complain(headline, line, column, length, help); line and column count from 0 within the block.
Complain = Callable[[str, int, int, int, Help | None], None]

MOST_ERRORS = 10
SINGLE_QUOTES = Help("put the text in single quotes: between them YAML leaves backslashes alone")
_NOT_YAML = re.compile(
    "[^\\t\\x20-\\x7e\\xa0-\\u2027\\u202a-\\ud7ff\\ue000-\\ufefe\\uff00-\\ufffd\\U00010000-\\U0010ffff]"
)
_ENTRY = re.compile(r"(?P<head>\s*-\s+)(?P<text>\S.*?)\s*(?:\s#.*)?$")
_QUOTED = re.compile(r"\s*-\s+['\"]")
_WELL_QUOTED = re.compile(r"\s*-\s+(?:'(?:[^']|'')*'|\"(?:[^\"\\]|\\.)*\")\s*(?:#.*)?$")
_BAD_ESCAPE = re.compile(r"\s*-\s+\"(?:[^\"\\]|\\.)*?\\[^0abt\tnvfre \"/\\N_LPxuU]")


class Node(Struct):
    """A YAML node.

    Attributes:
        kind: ``scalar``, ``mapping``, ``sequence``, or ``refused`` for an alias or anchor.
        start: line and column of its first character, from 0.
        end: line and column behind its last character.
        value: of a scalar.
        style: a scalar's quote or block sign; empty if it is plain.
        type: the type that YAML gives to a scalar: ``str``, ``int``, ``null``, …
        masked: the scalar stands on a line that is not YAML.
        children: entries; keys and values alternate in a mapping.
    """

    kind: str
    start: tuple[int, int]
    end: tuple[int, int]
    value: str = ""
    style: str = ""
    type: str = "str"
    masked: bool = False
    children: list[Node] = field(default_factory=list)

    def pairs(self) -> list[tuple[Node, Node]]:
        """Return the entries of a mapping whose keys are scalars."""
        pairs = zip(self.children[::2], self.children[1::2], strict=False)
        return [(key, value) for key, value in pairs if key.kind == "scalar"]


class _Builder:
    """Builds a tree from events; `refused` once the block must not be read further."""

    def __init__(self, complain: Complain, masked: set[int]) -> None:
        self.root: Node | None = None
        self._complain = complain
        self._masked = masked
        self._open: list[Node] = []

    def add(self, event: yaml.Event) -> bool:
        """Take one event; return False when the block is refused from here on."""
        if isinstance(event, yaml.CollectionEndEvent):
            node = self._open.pop()
            if node.children and node.style != "flow":
                node.end = node.children[-1].end
            else:
                node.end = _place(event.end_mark)
        elif isinstance(event, yaml.NodeEvent):
            if len(self._open) >= DEEPEST:
                headline = "the front matter is nested too deeply"
                self._complain(headline, *_place(event.start_mark), 1, None)
                return False
            node = self._node(event)
            if self._open:
                self._open[-1].children.append(node)
            elif self.root is None:
                self.root = node
            if isinstance(event, yaml.CollectionStartEvent):
                self._open.append(node)
        return True

    def _node(self, event: Any) -> Node:
        start, end = _place(event.start_mark), _place(event.end_mark)
        if isinstance(event, yaml.ScalarEvent):
            masked = start[0] in self._masked
            node = Node("scalar", start, end, event.value, event.style or "", _type(event), masked)
        elif isinstance(event, yaml.AliasEvent):
            node = Node("refused", start, end)
        else:
            kind = "mapping" if isinstance(event, yaml.MappingStartEvent) else "sequence"
            node = Node(kind, start, end, style="flow" if event.flow_style else "")
        if event.anchor is not None:
            node.kind = "refused"
            sign = "alias `*" if isinstance(event, yaml.AliasEvent) else "anchor `&"
            headline = f"{sign}{event.anchor[:20]}` in the front matter"
            self._complain(headline, *start, 1, SINGLE_QUOTES)
        return node


def _place(mark: Any) -> tuple[int, int]:
    return mark.line, mark.column


def _type(event: Any) -> str:
    if event.style or not event.implicit[0]:
        return "str"
    for tag, pattern in yaml.SafeLoader.yaml_implicit_resolvers.get(event.value[:1], []):
        if pattern.match(event.value):
            name = str(tag).rsplit(":", 1)[-1]
            return "str" if name in ("value", "merge") else name
    return "str"


def _culprit(lines: list[str], error: Any, masked: set[int]) -> tuple[int, int]:
    """Return the place to blame: an entry whose quotes do not match, else where YAML gave up."""
    mark = error.problem_mark or error.context_mark
    scanning = "quoted scalar" in (error.context or "")
    if scanning and error.context_mark and "escape" not in (error.problem or ""):
        mark = error.context_mark
    last = min(mark.line, len(lines) - 1) if mark else 0
    for line in range(last + 1):
        if (
            line not in masked
            and _QUOTED.match(lines[line])
            and not _WELL_QUOTED.match(lines[line])
        ):
            entry = _ENTRY.match(lines[line])
            return line, entry.end("head") if entry else 0
    while last > 0 and not lines[last].strip():
        last -= 1
    return last, mark.column if mark and mark.line == last else 0


def _mask(line: str) -> str:
    """Return the line with its entry replaced by a word of the same length, else no line at all."""
    entry = _ENTRY.match(line)
    return entry["head"] + "x" * len(entry["text"]) if entry else ""


def tree_of(lines: list[str], complain: Complain) -> Node | None:
    """Return the root node of a YAML block, None if there is none.

    Args:
        lines: the block's lines.
        complain: is told of every line that is not YAML.

    Cost:
        One pass over the block for each line that is not YAML, up to a bound.
    """
    lines = [_NOT_YAML.sub("\ufffd", line) for line in lines]
    masked: set[int] = set()
    for _ in range(MOST_ERRORS):
        told: list[tuple[str, int, int, int, Help | None]] = []
        builder = _Builder(lambda *args: told.append(args), masked)  # noqa: B023
        try:
            for event in yaml.parse("\n".join(lines) + "\n", Loader=yaml.SafeLoader):
                if not builder.add(event):
                    break
        except yaml.MarkedYAMLError as error:
            line, column = _culprit(lines, error, masked)
            if not lines[line].strip() or line in masked:
                break
            bad = [row for row in range(len(lines)) if _BAD_ESCAPE.match(lines[row])] or [line]
            for row in bad:
                entry = _ENTRY.match(lines[row])
                place = column if bad == [line] else entry.end("head") if entry else 0
                problem = "unknown escape in double quotes" if bad != [line] else error.problem
                words = " ".join(str(problem or "unexpected text").split())[:60]
                complain(f"not YAML: {words}", row, place, 1, SINGLE_QUOTES)
                lines[row] = _mask(lines[row])
                masked.add(row)
            continue
        for arguments in told:
            complain(*arguments)
        return builder.root
    complain("the front matter is not YAML", 0, 0, 1, None)
    return builder.root
