r"""From an edit of a side to changes of the file: the place of each character of a side.

A side is edited as one line, without alignment marks and line ends. Here its characters are found
again in the formula, so that a change lands at its exact place and nothing else is touched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from derivcheck.diagnostics import Change, Span
from derivcheck.language.pieces import Replacement
from derivcheck.language.written import LINE_END
from derivcheck.reading.document import Source

_DRESS = re.compile(rf"\s|&|{LINE_END}")
_SPACE = re.compile(r"\s")
_TOKEN = re.compile(r"\\[A-Za-z]+|\S")


def one_line(latex: str) -> str:
    """Return the LaTeX of a side without line ends and alignment marks, unless they mean rows."""
    if r"\begin" in latex:
        return latex
    return " ".join(re.sub(LINE_END, " ", latex).replace("&", " ").split())


class Placed:
    """One side, edited as one line, in the formula it stands in.

    Args:
        latex: the side on one line.
        source: the formula.
        at: where the side begins in it.

    Raises:
        ValueError: when the line is not what the formula has there.
    """

    def __init__(self, latex: str, source: Source, at: int) -> None:
        self.latex = latex
        self.source = source
        self.offsets = _offsets(latex, source.text, at)

    def changes(self, replacements: Iterable[Replacement]) -> tuple[Change, ...]:
        """Return replacements in the line as changes of the file, in order."""
        return tuple(self._change(*replacement) for replacement in sorted(replacements))

    def _change(self, start: int, end: int, new: str) -> Change:
        text = self.source.text
        if not new.strip() and self.latex[end : end + 1] == " ":
            end += 1
        first, last = self._stretch(start, end)
        if start == end and new.startswith(" ") and start > 0:
            first = last = self.offsets[start - 1] + 1
        # a command must not run into a letter behind it
        before = re.search(r"\\[A-Za-z]+\Z", text[:first])
        if before and new[:1].isalpha():
            new = f" {new}"
        if re.search(r"\\[A-Za-z]+\Z", new) and text[last : last + 1].isalpha():
            new = f"{new} "
        return Change(self.source.span(first, last), new)

    def span(self, replacements: Iterable[Replacement]) -> Span:
        """Return the stretch from the first replacement to the last; a token if that is empty."""
        found = sorted(replacements)
        start, end = found[0][0], max(replacement[1] for replacement in found)
        if start == end:
            follows = _TOKEN.search(self.latex, start)
            before = list(_TOKEN.finditer(self.latex, 0, start))
            if follows:
                start, end = follows.span()
            elif before:
                start, end = before[-1].span()
        return self.source.span(*self._stretch(start, end))

    def _stretch(self, start: int, end: int) -> tuple[int, int]:
        first = self.offsets[start]
        return first, (self.offsets[end - 1] + 1 if end > start else first)


def _offsets(latex: str, text: str, at: int) -> list[int]:
    """Return where each character of a line, and its end, stands in a text."""
    dress = _SPACE if r"\begin" in latex else _DRESS
    offsets: list[int] = []
    for character in latex:
        if character == " ":
            offsets.append(at)
            while match := dress.match(text, at):
                at = match.end()
            continue
        while text[at : at + 1] != character or (
            character == "\\"
            and latex[len(offsets) + 1 : len(offsets) + 2] != text[at + 1 : at + 2]
        ):
            match = dress.match(text, at)
            if match is None:
                raise ValueError("a side is not where it should be")
            at = match.end()
        offsets.append(at)
        at += 1
    return [*offsets, at]
