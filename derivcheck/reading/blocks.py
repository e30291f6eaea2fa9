"""The blocks of a Markdown text: paragraphs, headings, list items, table rows, math fences.

markdown-it finds the blocks. Its inline parser is never run: Markdown eats backslashes and
underscores, so the blocks hand out their source, with the container's markers (``>``, list
indentation) removed and the place of every line kept. One rule is replaced: a paragraph goes on
through a display, an environment or a comment that is still open at the end of a line, blank lines
and would-be list markers included.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any, Literal

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, fence, heading
from markdown_it.token import Token
from msgspec import Struct

from derivcheck.limits import BLOCK_DEPTH as DEEPEST
from derivcheck.reading.document import Source
from derivcheck.reading.places import joined, slice_of
from derivcheck.reading.scan import CLAIM_ENVIRONMENTS, Piece, Scanner

BlockKind = Literal["text", "heading", "row", "math", "open", "close"]

LOOK_AHEAD = 8
COST_OF_OPENER = 64
_OPENERS = re.compile(r"\\[\[(]|\\begin|<!--|\$")
_INVOLVED = re.compile(r"\\[\[($]|\\begin|<|`|\$\$")
_RULE = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_DIV = re.compile(r":{3,}[ \t]*(?P<attributes>.*)")
_DIV_END = re.compile(r":{3,}[ \t]*$")
_ATX = re.compile(r"#{1,6}[ \t]*")
_ATX_END = re.compile(r"(?:^|[ \t])#+[ \t]*$")
# What MyST calls a directive: of most the content is code, of these it is Markdown.
_DIRECTIVE = re.compile(
    r"\s*\{(?:prf:(?:\w+)|"
    + "|".join(sorted(CLAIM_ENVIRONMENTS))
    + r"|note|warning|tip|hint|important|admonition|dropdown|details|seealso|solution|proof|card"
    r"|margin|sidebar|aside|topic|attention|caution|danger|error)\}"
)
_MATH_DIV = re.compile(r"\s*\{math\}\s*$")
_MATH_FENCE = re.compile(r"\s*\{?math\}?\s*$")
_OPTION = re.compile(r":[\w-]+:.*(?:\n|$)")


class Block(Struct, frozen=True):
    """A stretch of the document that Markdown shows as a unit.

    Attributes:
        kind: ``math`` is a fenced display; ``open`` and ``close`` are the ends of a fenced div.
        source: what stands in it, with its places.
        item: True for the first block of a list item.
        number: the item's number in an ordered list, as shown to the reader.
        depth: how many lists it stands in.
        ordered: how many of them are numbered.
        closed: False for a math fence that runs into the end of its container.
        pieces: the formulas and marks in it, if its format tells them; else they are searched for.
    """

    kind: BlockKind
    source: Source
    item: bool = False
    number: str | None = None
    depth: int = 0
    ordered: int = 0
    closed: bool = True
    pieces: tuple[Piece, ...] | None = None


class _Lines:
    """The lines of a block parser's state, seen from the container that is being read."""

    def __init__(self, state: StateBlock) -> None:
        self._state = state

    def content(self, line: int) -> str:
        state = self._state
        return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]

    def source(self, first: int, last: int) -> Source:
        state, rows = self._state, []
        line_starts: list[int] = state.env["line_starts"]
        for line in range(first, last):
            start = state.bMarks[line] + state.tShift[line]
            column = start - line_starts[line] + 1
            rows.append((state.src[start : state.eMarks[line]], line + state.env["shift"], column))
        return joined(rows)

    def leaves(self, line: int, indent: int) -> bool:
        """Return whether a line that follows a blank one stands outside of the container."""
        state = self._state
        return not state.isEmpty(line) and state.sCount[line] < indent and state.isEmpty(line - 1)


def _look_ahead(state: StateBlock, line: int, column: int, opener: str) -> tuple[int, int] | None:
    """Return line and offset behind the construct that opens here, None if it does not close.

    Cost:
        Twice the distance to the close. A vain search is remembered for the container, and all
        searches together have a budget of a few times the text.
    """
    lines, last = _Lines(state), state.lineMax
    absent: dict[tuple[str, int], int] = state.env["absent"]
    if absent.get((opener, last), last) <= line or state.env["budget"] < 0:
        return None
    indent = min(state.blkIndent, state.sCount[line])
    size, texts, bounded = 8, [lines.content(line)], False
    while True:
        while len(texts) < size and line + len(texts) < last and not bounded:
            following = line + len(texts)
            bounded = lines.leaves(following, indent)
            if not bounded:
                texts.append(lines.content(following))
        text = "\n".join(texts)
        state.env["budget"] -= len(text)
        piece = next(Scanner(text, code_lines=True).pieces(column), None)
        if piece is None or piece.start != column or piece.final:
            return None
        if piece.kind != "open":
            break
        if bounded or line + len(texts) >= last:
            if not bounded and piece.absent:
                absent[opener, last] = line
            return None
        size *= 2
    end, offset = line, piece.end
    for text in texts:
        if offset <= len(text):
            break
        offset -= len(text) + 1
        end += 1
    return end, offset


def _cross(state: StateBlock, line: int) -> tuple[int, bool]:
    """Follow what is still open at the end of a line.

    Returns:
        The line on which nothing is open any more, and whether it ends with a display or comment.
    """
    lines, offset = _Lines(state), 0
    while True:
        text = lines.content(line)
        if not _OPENERS.search(text, offset) or _is_balanced(text):
            return line, offset > 0 and not text[offset:].strip()
        target, piece = None, None
        for piece in Scanner(text, code_lines=True).pieces(offset):
            if piece.kind == "open":
                state.env["budget"] -= COST_OF_OPENER
                target = _look_ahead(state, line, piece.start, piece.name)
                if target or state.env["budget"] < 0:
                    break
        if target is None:
            return line, _closes(piece, text, offset)
        line, offset = target


def _is_balanced(text: str) -> bool:
    """Return whether a line has no construct but inline formulas, all of which close on it."""
    return not _INVOLVED.search(text) and text.count("$") % 2 == 0


def _closes(piece: Piece | None, text: str, offset: int) -> bool:
    if piece and piece.kind in ("display", "comment"):
        offset = piece.end
    elif piece:
        return False
    return offset > 0 and not text[offset:].strip(" \t.,;")


def _is_underline(text: str) -> bool:
    stripped = text.rstrip()
    return bool(stripped) and stripped[0] in "=-" and not stripped.strip(stripped[0])


def _paragraph(state: StateBlock, start: int, _end: int, _silent: bool) -> bool:
    """Read a paragraph or a heading that is underlined, with the displays in it."""
    lines, last, outer = _Lines(state), state.lineMax, state.parentType
    terminators = state.md.block.ruler.getRules("paragraph")
    kind = "text"
    line, closed = _cross(state, start)
    end = line + 1
    while end < last and not state.isEmpty(end):
        indent = state.sCount[end] - state.blkIndent
        if indent <= 3 and state.sCount[end] >= 0:
            if indent >= 0 and not closed and _is_underline(lines.content(end)):
                kind = "heading"
                break
            # Behind a display a numbered item need not be the first one to be an item.
            state.parentType = outer if closed else "paragraph"
            if any(rule(state, end, last, True) for rule in terminators):
                break
        line, closed = _cross(state, end)
        end = line + 1
    state.parentType = outer
    state.line = end + (kind == "heading")
    state.push(kind, "", 0).meta = {"source": lines.source(start, end)}
    return True


def _percent(state: StateBlock, start: int, _end: int, silent: bool) -> bool:
    """Pass over a line that MyST takes for a comment; within a paragraph a percent sign is one."""
    if not _Lines(state).content(start).startswith("%") or state.is_code_block(start):
        return False
    if not silent:
        state.line = start + 1
    return True


def _too_deep(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    return not silent and state.level >= DEEPEST and _paragraph(state, start, end, silent)


def _atx(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if not heading(state, start, end, silent):
        return False
    if not silent:
        source = _Lines(state).source(start, start + 1)
        mark = _ATX.match(source.text)
        first = mark.end() if mark else 0
        tail = _ATX_END.search(source.text, first)
        state.push("heading", "", 0).meta = {
            "source": slice_of(source, first, tail.start() if tail else len(source.text))
        }
    return True


def _fence(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if not fence(state, start, end, silent):
        return False
    if not silent:
        token = state.tokens[-1]
        if _MATH_FENCE.match(token.info):
            stop = start + 1 + token.content.count("\n")
            token.meta = {
                "source": _Lines(state).source(start + 1, stop),
                "opener": _Lines(state).source(start, start + 1),
                "closed": state.line > stop,
            }
        elif _DIRECTIVE.match(token.info):
            state.tokens.pop()
            behind = state.line
            _directive(state, start, start + 1 + token.content.count("\n"))
            state.line = behind
    return True


def _directive(state: StateBlock, start: int, stop: int) -> None:
    """Read the Markdown between the two fences of a directive."""
    lines, last = _Lines(state), state.lineMax
    opener = lines.source(start, start + 1)
    marks = len(opener.text) - len(opener.text.lstrip("`~"))
    state.push("open", "", 0).meta = {"source": slice_of(opener, marks, len(opener.text))}
    state.lineMax = stop
    state.md.block.tokenize(state, _behind_options(lines, start + 1, stop), stop)
    state.lineMax = last
    state.push("close", "", 0).meta = {"source": opener}


def _behind_options(lines: _Lines, line: int, stop: int) -> int:
    """Return the first line behind a directive's options: ``:label: …``, or YAML."""
    if line < stop and lines.content(line).strip() == "---":
        rest = range(line + 1, stop)
        return next((row + 1 for row in rest if lines.content(row).strip() == "---"), line)
    while line < stop and _OPTION.match(lines.content(line)):
        line += 1
    return line


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a table by rows: a bar within a formula must not cut it into cells."""
    lines, last = _Lines(state), start + 2
    if last > end or any(map(state.is_code_block, (start, start + 1))):
        return False
    rule = lines.content(start + 1)
    inside = state.sCount[start + 1] >= state.blkIndent
    if not (inside and "|" in rule and "|" in lines.content(start) and _RULE.match(rule)):
        return False
    if not silent:
        terminators = state.md.block.ruler.getRules("blockquote")
        while last < end and not state.isEmpty(last) and not state.is_code_block(last):
            outside = state.sCount[last] < state.blkIndent
            if outside or any(ends(state, last, end, True) for ends in terminators):
                break
            last += 1
        rows = [lines.source(line, line + 1) for line in range(start, last) if line != start + 1]
        state.line = last
        state.push("table", "", 0).meta = {"rows": rows}
    return True


def _div(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    match = _DIV.match(_Lines(state).content(start))
    if not match or state.is_code_block(start):
        return False
    if silent:
        return True
    lines, attributes = _Lines(state), match["attributes"]
    opener = lines.source(start, start + 1)
    if _MATH_DIV.match(attributes):
        inner = range(start + 1, end)
        stop = next((row for row in inner if _DIV_END.match(lines.content(row))), end)
        state.line = min(stop + 1, end)
        source = lines.source(start + 1, stop)
        state.push("fence", "", 0).meta = {"source": source, "closed": stop < end}
        return True
    kind = "open" if attributes.strip() else "close"
    state.line = _behind_options(lines, start + 1, end) if "{" in attributes else start + 1
    state.push(kind, "", 0).meta = {"source": opener}
    return True


@cache
def _parser() -> MarkdownIt:
    interrupts = ["paragraph", "reference", "blockquote"]
    rules: list[tuple[str, Callable[[StateBlock, int, int, bool], bool], list[str]]] = [
        ("paragraph", _paragraph, []),
        ("heading", _atx, interrupts),
        ("fence", _fence, [*interrupts, "list"]),
        ("table", _table, interrupts[:2]),
    ]
    parser = MarkdownIt("zero", {"maxNesting": 10_000})
    parser.enable(["blockquote", "code", "fence", "heading", "hr", "list", "paragraph", "table"])
    for name, rule, alternatives in rules:
        parser.block.ruler.at(name, rule, {"alt": alternatives})
    parser.block.ruler.before("table", "too-deep", _too_deep)
    parser.block.ruler.before("table", "percent", _percent)
    parser.block.ruler.before("fence", "div", _div, {"alt": [*interrupts, "list"]})
    return parser


def blocks_of(text: str, first_line: int = 1) -> list[Block]:
    r"""Return the blocks of a Markdown text, in reading order.

    Args:
        text: normalised text.
        first_line: the number of its first line in the file.

    Cost:
        Proportional to the text, times the nesting of its containers (bounded).

    Example:
        >>> [(block.kind, block.source.text) for block in blocks_of("# A\n1. $x$\n\n   - b")]
        [('heading', 'A'), ('text', '$x$'), ('text', 'b')]
    """
    if not text.strip():
        return []
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    budget = LOOK_AHEAD * len(text) + 10_000
    env = {"line_starts": starts, "shift": first_line, "absent": {}, "budget": budget}
    tokens: list[Token] = []
    parser = _parser()
    parser.block.parse(text + "\n", parser, env, tokens)
    return _walk(tokens)


def _walk(tokens: list[Token]) -> list[Block]:
    blocks: list[Block] = []
    numbers: list[list[int] | None] = []
    item, number = False, None
    for token in tokens:
        kind, meta = token.type, token.meta
        if kind in ("ordered_list_open", "bullet_list_open"):
            numbers.append([] if kind[0] == "o" else None)
        elif kind in ("ordered_list_close", "bullet_list_close"):
            numbers.pop()
        elif kind == "list_item_open":
            item, number = True, _number(token.info, numbers[-1])
        elif kind == "list_item_close":
            item, number = False, None
        sources = meta.get("rows") or ([meta["source"]] if "source" in meta else [])
        for source in sources:
            role: Any = "row" if "rows" in meta else "math" if kind == "fence" else kind
            ordered = sum(1 for entry in numbers if entry is not None)
            closed = meta.get("closed", True)
            blocks.append(Block(role, source, item, number, len(numbers), ordered, closed))
            item, number = False, None
    return blocks


def _number(info: str, seen: list[int] | None) -> str | None:
    """Return an item's number; a list that says ``1.`` throughout is counted."""
    if seen is None or not info:
        return None
    number = int(info)
    if seen and number <= seen[0]:
        number = seen[-1] + 1
    seen.append(number)
    return str(number)
