"""The source excerpt of a diagnostic: lines of the document with carets and labels below.

Guarantees: every row fits the width, a caret stands below the very characters it means (tabs and
wide characters included), a long line is cropped around its carets, and a place outside the file
gives no excerpt instead of an error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from msgspec import Struct
from rich.cells import cell_len
from rich.text import Text

from derivcheck.diagnostics import Label, Span
from derivcheck.reading.places import normalised
from derivcheck.report.script import Script

TAB = 4
MOST_LINES = 5  # of one span: the first ones and the last one
LEAD = 12  # cells of context kept before a caret when a line is cropped


class _Mark(Struct, frozen=True):
    """An underlined stretch of one line, in cells of the printed line; the end is exclusive."""

    start: int
    end: int
    text: str
    primary: bool


class Excerpt(Struct, frozen=True):
    """Rows below a common gutter, and the labels that found no room in them."""

    gutter: int
    rows: list[Text]
    leftover: list[str]


def source_lines(text: str) -> list[str]:
    """Return the lines of a document, numbered as spans number them."""
    return normalised(text).split("\n")


def excerpt(
    lines: Sequence[str],
    span: Span,
    labels: Sequence[Label],
    script: Script,
    width: int,
    *,
    own: Callable[[int], int] = int,
) -> Excerpt:
    """Return the excerpt of ``span`` and ``labels``; without rows when the place is not there.

    ``own`` gives the number under which the author knows a line.
    """
    stretches = [(span, "", True)]
    for label in labels:
        if label.span == span and not stretches[0][1]:
            stretches[0] = (span, label.text, True)
        else:
            stretches.append((label.span, label.text, False))
    pieces: dict[int, list[tuple[int, int | None, str, bool]]] = {}
    leftover: list[str] = []
    for stretch, text, primary in stretches:
        numbers = _shown_lines(stretch, len(lines))
        if not numbers and text:
            leftover.append(text)
        for number in numbers:
            line = lines[number - 1]
            start = stretch.column - 1 if number == stretch.line else _indent(line)
            end = stretch.end_column - 1 if number == stretch.end_line else None
            last = number == numbers[-1]
            pieces.setdefault(number, []).append((start, end, text if last else "", primary))
    shown = sorted(pieces)
    if not shown:
        return Excerpt(1, [], leftover)
    gutter = max(len(str(own(number))) for number in shown)
    bar = Text(" " * (gutter + 1) + "|", style="blue")
    rows = [bar.copy()]
    previous = shown[0] - 1
    for number in shown:
        if number == previous + 2 and not lines[previous].strip():
            rows.append(Text(f"{own(previous + 1):>{gutter}} |", style="blue"))
        elif number != previous + 1:
            rows.append(Text("...", style="blue"))
        previous = number
        cells, offsets = _printed(lines[number - 1], script)
        marks = [_mark(offsets, *piece) for piece in pieces[number]]
        content, marks, dropped = _cropped(cells, marks, script, width - gutter - 3)
        rows.append(
            Text(f"{own(number):>{gutter}} | ", style="blue").append(content, style="default")
        )
        below, homeless = _underline(marks, script, width - gutter - 3)
        rows.extend(bar.copy().append(" ").append_text(row) for row in below)
        leftover.extend(dropped + homeless)
    return Excerpt(gutter, rows, leftover)


def _shown_lines(span: Span, count: int) -> list[int]:
    """Return the numbers of the lines to show: all, or the first ones and the last."""
    last = span.end_line
    if last > span.line and span.end_column <= 1:
        last -= 1
    numbers = [number for number in range(span.line, min(last, count) + 1) if number >= 1]
    if len(numbers) > MOST_LINES:
        return [*numbers[: MOST_LINES - 1], numbers[-1]]
    return numbers


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _printed(line: str, script: Script) -> tuple[str, list[int]]:
    """Return the line as printed, and the cell at which each character (and the end) is."""
    printed: list[str] = []
    offsets = [0]
    for character in line:
        shown = " " * TAB if character == "\t" else script.character(character)
        printed.append(shown)
        offsets.append(offsets[-1] + cell_len(shown))
    return "".join(printed), offsets


def _mark(offsets: list[int], start: int, end: int | None, text: str, primary: bool) -> _Mark:
    last = len(offsets) - 1
    left = offsets[min(max(start, 0), last)]
    right = offsets[last if end is None else min(max(end, 0), last)]
    return _Mark(left, max(right, left + 1), text, primary)


def _cropped(
    content: str, marks: list[_Mark], script: Script, room: int
) -> tuple[str, list[_Mark], list[str]]:
    """Return what is shown of a long line, the marks moved along, and texts of marks outside."""
    length = cell_len(content)
    if max(length, *(mark.end for mark in marks)) <= room:
        return content, marks, []
    dots = script("…")
    inner = max(room - 2 * len(dots), 1)
    anchor = next((mark for mark in marks if mark.primary), marks[0])
    low = min(mark.start for mark in marks)
    high = max(mark.end for mark in marks)
    if high - low > inner:
        low, high = anchor.start, min(anchor.end, anchor.start + inner)
    spare = inner - (high - low)
    begin = max(0, min(low - min(LEAD, spare), max(length, high) - inner))
    if begin <= len(dots):
        begin = 0
    shift = len(dots) if begin else 0
    stop = begin + room - shift - (len(dots) if begin + room - shift < length else 0)
    text = _cut(content, begin, stop)
    text = (dots if begin else "") + text + (dots if stop < length else "")
    kept: list[_Mark] = []
    dropped: list[str] = []
    for mark in marks:
        left, right = max(mark.start, begin), min(mark.end, stop)
        if left < right:
            kept.append(_Mark(left - begin + shift, right - begin + shift, mark.text, mark.primary))
        elif mark.text:
            dropped.append(mark.text)
    return text, kept, dropped


def _cut(content: str, begin: int, stop: int) -> str:
    """Return the cells from ``begin`` to ``stop``; half of a wide character becomes a space."""
    pieces: list[str] = []
    at = 0
    for character in content:
        size = cell_len(character)
        if at >= begin and at + size <= stop:
            pieces.append(character)
        elif at < stop and at + size > begin and size:
            pieces.append(" " * (min(at + size, stop) - max(at, begin)))
        at += size
    return "".join(pieces)


def _underline(marks: list[_Mark], script: Script, room: int) -> tuple[list[Text], list[str]]:
    """Return the rows below a line, and the texts that do not fit."""
    if not marks:
        return [], []
    signs = [" "] * max(mark.end for mark in marks)
    for mark in sorted(marks, key=lambda mark: mark.primary):
        signs[mark.start : mark.end] = ("^" if mark.primary else "-") * (mark.end - mark.start)
    first = Text()
    for sign, run in groupby(signs):
        first.append("".join(run), style={"^": "bold red", "-": "blue"}.get(sign, ""))
    texts = sorted(
        ((mark.start, script(mark.text), mark.primary) for mark in marks if mark.text),
        reverse=True,
    )
    if texts:
        rightmost = max(marks, key=lambda mark: mark.end)
        start, text, primary = texts[0]
        if rightmost.start == start and len(signs) + 1 + cell_len(text) <= room:
            first.append(" " + text, style="bold red" if primary else "blue")
            texts = texts[1:]
    rows = [first]
    leftover: list[str] = []
    hanging: list[tuple[int, str, bool]] = []
    for start, text, primary in texts:
        if start + cell_len(text) <= room and all(start != other for other, _, _ in hanging):
            hanging.append((start, text, primary))
        else:
            leftover.append(text)
    if hanging:
        rows.append(_pipes([start for start, _, _ in hanging]))
    for position, (start, text, primary) in enumerate(hanging):
        row = _pipes([other for other, _, _ in hanging[position + 1 :]])
        row.pad_right(start - len(row))
        rows.append(row.append(text, style="bold red" if primary else "blue"))
    return rows, leftover


def _pipes(starts: list[int]) -> Text:
    row = [" "] * (max(starts) + 1 if starts else 0)
    for start in starts:
        row[start] = "|"
    return Text("".join(row), style="blue")
