r"""Mathematics, code and comments within one stretch of text.

The scanner looks at delimiters only: ``$…$``, ``$$…$$``, ``\(…\)``, ``\[…\]``, environments, code
spans, HTML comments, macro definitions. It decides where each construct ends, and which openers
have no end. It never looks at Markdown blocks, and it never reads what stands inside a formula.

Every construct is found by one search from its opener. A search that came to the end of the text
in vain is remembered, a search stops at the first sign that its opener was never closed (prose
after a blank line, the same opener again), and all searches together have a budget of a few times
the text, so that the cost is proportional to the text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from derivcheck.limits import MACRO_BODY as LONGEST_BODY
from derivcheck.reading.macros import DEFINITION, definition_at
from derivcheck.reading.vocabulary import word_set

PieceKind = Literal[
    "inline", "display", "hidden", "dress", "comment", "definition", "open", "begin", "end"
]

MATH_ENVIRONMENTS = word_set(
    "equation align aligned alignat alignedat split gather gathered eqnarray flalign multline "
    "displaymath math"
)
_DELIMITER_ENVIRONMENTS = {"displaymath", "math"}
CLAIM_ENVIRONMENTS = word_set(
    "theorem lemma proposition corollary claim definition identity exercise problem question "
    "example remark assumption fact"
)
NESTING = 8
BUDGET = 4

_OPENER = re.compile(
    r"""
    \\begin[ \t]*\{(?P<begin>[A-Za-z]{1,20})\*?\}
  | \\end[ \t]*\{(?P<end>[A-Za-z]{1,20})\*?\}
  | (?P<definition>\\(?:(?:new|renew|provide)command|g?def|let|DeclareMathOperator
      |DeclarePairedDelimiterX?|(?:New|Renew|Provide|Declare)DocumentCommand)(?![A-Za-z]))
  | (?P<bracket>\\\[)
  | (?P<paren>\\\()
  | \\.
  | \{math\}(?P<role>`+)
  | (?P<ticks>`+)
  | (?P<comment><!--)
  | <(?P<raw>pre|code|script|style|textarea)\b
  | (?P<double>\$\$)
  | (?P<single>\$)
    """,
    re.VERBOSE | re.DOTALL,
)
_BLANK = r"\n[ \t]*(?=\n)"
_DOUBLE_END = re.compile(rf"\\.|\$\$|%|{_BLANK}", re.DOTALL)
_BRACKET_END = re.compile(rf"\\\]|\\\[|\\.|{_BLANK}", re.DOTALL)
_PAREN_END = re.compile(rf"\\\)|\\\(|\\.|{_BLANK}", re.DOTALL)
_SINGLE_END = re.compile(rf"\\.|\$|{_BLANK}", re.DOTALL)
_ANY_BLANK = re.compile(_BLANK)
_TICKS = re.compile(r"`+")
_FORMULA_LIKE = re.compile(r"[\\^_=]|^ +[A-Za-z] +$")
_NOT_PROSE = re.compile(r"[\\^_={}+*/|<>]")
_WORD = re.compile(r"[A-Za-z]{3}")
_TEXT_MACRO = re.compile(r"\\(?:text|mbox|intertext|textrm|textit|textbf)\b")
_MARKDOWN = re.compile(r"#{1,6} |```|<!--")
_PROSE = re.compile(r"(?<![\\A-Za-z{])[A-Za-z][a-z]+,?(?:[ \n][a-z]{2,},?){2}")


class Piece(Struct, frozen=True):
    """A construct in a text.

    Attributes:
        kind: ``hidden`` is code and the like; ``dress`` is not shown to the reader; ``open`` an
            opener whose end is not in the text; ``begin`` and ``end`` are the two ends of a
            theorem-like environment.
        start: offset of its first character, delimiters included.
        end: offset behind its last character.
        inner: start and end of what stands between the delimiters.
        name: the opener of an ``open`` piece, the environment of a ``begin`` or ``end``.
        final: for an ``open`` piece: more text after this one would not close it.
        absent: for an ``open`` piece: what would close it does not stand behind it.
    """

    kind: PieceKind
    start: int
    end: int
    inner: tuple[int, int]
    name: str = ""
    final: bool = False
    absent: bool = True


def _open(match: re.Match[str], *, final: bool) -> Piece:
    start = match.start()
    return Piece("open", start, match.end(), (start, start), match.group(), final)


class Scanner:
    """Finds the constructs of one text, from left to right.

    Args:
        text: what to scan.
        code_lines: True if a code span must end on its line. The block structure is settled with
            that restriction, because an unmatched backtick must not glue blocks together.
    """

    def __init__(self, text: str, *, code_lines: bool = False) -> None:
        self._text = text
        self._code_lines = code_lines
        self._has_comments = "%" in text
        self._budget = BUDGET * len(text)
        self._absent: set[str] = set()
        self._ticks: dict[int, list[int]] | None = None

    def pieces(self, position: int = 0) -> Iterator[Piece]:
        """Yield the constructs that start at or after ``position``; they do not overlap."""
        text = self._text
        while match := _OPENER.search(text, position):
            group = match.lastgroup
            position = match.end()
            if group is None:
                continue
            piece = self._piece(match, group)
            if piece is None:
                continue
            yield piece
            position = piece.end

    def _piece(self, match: re.Match[str], group: str) -> Piece | None:
        if group == "single":
            return self._single(match.start())
        if group == "double":
            return self._display(match, self._double_end(match.end()), 2)
        if group == "bracket":
            return self._bracket(match)
        if group == "paren":
            return self._paren(match)
        if group == "ticks":
            return self._code(match)
        if group == "role":
            return self._role(match)
        if group == "comment":
            return self._until(match, "-->", "comment")
        if group == "raw":
            return self._until(match, f"</{match['raw']}>", "hidden")
        if group == "definition":
            return self._definition(match.start())
        return self._environment(match, group)

    # A search returns the offset behind the end of the construct, -1 if the text has no end for it,
    # and None if the opener was never meant to open, or never closed.

    def _single(self, start: int) -> Piece | None:
        text, end = self._text, None
        for match in _SINGLE_END.finditer(text, start + 1):
            if match.group() == "$":
                end = match.start()
            if not match.group().startswith("\\"):
                break
        else:
            return Piece("open", start, start + 1, (start, start), "$")
        if end is None or end == start + 1:
            return None
        inner = text[start + 1 : end]
        follower = text[end + 1 : end + 2]
        tight = not inner[0].isspace() and not inner[-1].isspace()
        if tight and not follower.isdigit():
            # `$`…`$` keeps Markdown away from the formula, as on GitHub.
            ticked = len(inner) > 2 and inner[0] == inner[-1] == "`"
            return Piece("inline", start, end + 1, (start + 1 + ticked, end - ticked))
        # `$ x = y $` is no formula to a strict reader, but its author meant one; money has no `=`.
        loose = inner[0] == inner[-1] == " " and "\n" not in inner
        if loose and _FORMULA_LIKE.search(inner):
            return Piece("inline", start, end + 1, (start + 1, end))
        return None

    def _display(self, match: re.Match[str], end: int | None, width: int) -> Piece | None:
        if end is None or end < 0:
            return _open(match, final=end is None)
        return Piece("display", match.start(), end, (match.end(), end - width))

    def _absence(self, key: str) -> int:
        self._absent.add(key)
        return -1

    def _cost(self, position: int, end: str) -> int:
        """Return how far a search goes that looks for ``end``, at most."""
        close = self._text.find(end, position)
        return (close if close >= 0 else len(self._text)) - position

    def _double_end(self, position: int) -> int | None:
        text = self._text
        if "$$" in self._absent or self._budget < 0:
            return -1
        self._budget -= self._cost(position, "$$")
        while match := _DOUBLE_END.search(text, position):
            position = match.end()
            token = match.group()
            if token == "$$":
                return position
            if token == "%":
                # A comment hides pairs of `$$`; a lone one closes the display all the same.
                line_end = text.find("\n", position)
                line_end = len(text) if line_end < 0 else line_end
                if text.count("$$", position, line_end) % 2 == 0:
                    position = line_end
            elif token[0] == "\n" and self._is_prose(position, "$$"):
                return None
        return self._absence("$$")

    def _plain_end(
        self, position: int, opener: str, end: str, pattern: re.Pattern[str]
    ) -> int | None:
        if end in self._absent or self._budget < 0:
            return -1
        self._budget -= self._cost(position, end)
        for match in pattern.finditer(self._text, position):
            token = match.group()
            if token == end:
                return match.end()
            if token == opener or (token[0] == "\n" and self._is_prose(match.end(), end)):
                return None
        return self._absence(end)

    def _is_prose(self, position: int, end: str) -> bool:
        """Return whether the lines from a blank line to the next one, or to ``end``, are prose."""
        blank = _ANY_BLANK.search(self._text, position + 1)
        stop = blank.start() if blank else len(self._text)
        close = self._text.find(end, position, stop)
        chunk = self._text[position : close if close >= 0 else stop].lstrip()
        if _MARKDOWN.match(chunk):
            return True
        return not _TEXT_MACRO.search(chunk) and bool(_PROSE.search(chunk))

    def _bracket(self, match: re.Match[str]) -> Piece | None:
        end = self._plain_end(match.end(), r"\[", r"\]", _BRACKET_END)
        if end is not None and end > 0:
            inner = self._text[match.end() : end - 2]
            # `\[1\]` and `\[sic\]` are brackets that Markdown was to leave alone.
            cited = not inner.strip(" \t\n0123456789,;–-")
            if cited or (not _NOT_PROSE.search(inner) and _WORD.search(inner)):
                return Piece("hidden", match.start(), end, (match.start(), match.start()))
        return self._display(match, end, 2)

    def _paren(self, match: re.Match[str]) -> Piece | None:
        end = self._plain_end(match.end(), r"\(", r"\)", _PAREN_END)
        start = match.start()
        if end is None or end < 0:
            return _open(match, final=end is None)
        inner = self._text[match.end() : end - 2]
        if not _NOT_PROSE.search(inner) and _WORD.search(inner):
            return Piece("hidden", start, end, (start, start))
        return Piece("inline", start, end, (match.end(), end - 2))

    def _role(self, match: re.Match[str]) -> Piece | None:
        """Return the formula of a MyST role: the code span that follows its name."""
        code = self._code(match, match.start("role"))
        if code is None:
            return None
        ticks = len(match["role"])
        return replace(
            code,
            kind="inline",
            start=match.start(),
            inner=(code.start + ticks, code.end - ticks),
        )

    def _code(self, match: re.Match[str], start: int | None = None) -> Piece | None:
        start = match.start() if start is None else start
        length = match.end() - start
        if self._code_lines:
            line_end = self._text.find("\n", start)
            line_end = len(self._text) if line_end < 0 else line_end
            runs = _TICKS.finditer(self._text, match.end(), line_end)
            end = next((run.end() for run in runs if len(run.group()) == length), -1)
        else:
            if self._ticks is None:
                self._ticks = {}
                for run in _TICKS.finditer(self._text):
                    self._ticks.setdefault(len(run.group()), []).append(run.start())
            candidates = self._ticks.get(length, [])
            index = bisect_left(candidates, match.end())
            end = candidates[index] + length if index < len(candidates) else -1
        return Piece("hidden", start, end, (start, start)) if end >= 0 else None

    def _until(self, match: re.Match[str], end: str, kind: PieceKind) -> Piece | None:
        start = match.start()
        close = -1 if end in self._absent else self._text.find(end, match.end())
        if close < 0:
            self._absent.add(end)
            return _open(match, final=False)
        return Piece(kind, start, close + len(end), (match.end(), close))

    def _definition(self, start: int) -> Piece | None:
        definition = definition_at(self._text, start) if self._budget >= 0 else None
        if definition is None:
            self._budget -= LONGEST_BODY
            return None
        return Piece("definition", start, definition.end, (start, definition.end))

    def _environment(self, match: re.Match[str], group: str) -> Piece | None:
        name, start = match[group], match.start()
        if name in CLAIM_ENVIRONMENTS:
            kind: PieceKind = "begin" if group == "begin" else "end"
            return Piece(kind, start, match.end(), (start, match.end()), name)
        if group == "end" or name not in MATH_ENVIRONMENTS:
            return None
        braced = match.group()[match.group().index("{") :]
        end = self._environment_end(match.end(), braced, comments=True)
        if (end is None or end < 0) and self._has_comments:
            end = self._environment_end(match.end(), braced, comments=False)
        if end is None or end < 0:
            piece = _open(match, final=end is None)
            return replace(piece, absent=braced in self._absent)
        if name in _DELIMITER_ENVIRONMENTS:
            close = self._text.rindex("\\", start, end)
            inner = (match.end(), close)
            return Piece("inline" if name == "math" else "display", start, end, inner)
        return Piece("display", start, end, (start, end))

    def _environment_end(self, position: int, name: str, *, comments: bool) -> int | None:
        key = name + "%" * (comments and self._has_comments)
        if key in self._absent or self._budget < 0:
            return -1
        ends = rf"\\(begin|end)[ \t]*{re.escape(name)}|\\.|{_BLANK}"
        pattern = re.compile(ends + (r"|%[^\n]*" if comments else ""), re.DOTALL)
        depth, start = 1, position
        for match in pattern.finditer(self._text, position):
            position = match.end()
            if match[1]:
                depth += 1 if match[1] == "begin" else -1
                if depth == 0 or depth > NESTING:
                    break
            elif match.group()[0] == "\n" and self._is_prose(position, r"\end" + name):
                depth = NESTING
                break
        else:
            self._budget -= len(self._text) - start
            # Only if nothing closed is an inner opener sure to find no end either.
            return -1 if r"\end" in self._text[start:] else self._absence(key)
        self._budget -= position - start
        return position if depth == 0 else None


def definition_spans(text: str) -> list[tuple[int, int]]:
    """Return start and end of each macro definition within the LaTeX of a formula.

    Cost:
        Proportional to the text: a few definitions without an end are the last ones looked at.
    """
    spans: list[tuple[int, int]] = []
    vain = 0
    for match in DEFINITION.finditer(text):
        if spans and match.start() < spans[-1][1]:
            continue
        definition = definition_at(text, match.start())
        if definition:
            spans.append((match.start(), definition.end))
        elif (vain := vain + 1) > NESTING:
            break
    return spans
