"""Stretches of a file that remember where each of their characters stood.

Everything that reading takes out of a file is cut from it here, so that a place is never computed
twice: text is normalised once, and a `Source` is only sliced or joined afterwards.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from derivcheck.reading.document import Source


def normalised(text: str) -> str:
    r"""Return the text without a byte order mark and with ``\n`` as its only line ending.

    Lines and columns of every place refer to this text split at ``\n``.

    Example:
        >>> normalised("\ufeffa\r\nb\rc")
        'a\nb\nc'
    """
    text = text.removeprefix("\ufeff")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text


def joined(lines: Iterable[tuple[str, int, int]]) -> Source:
    """Return the source whose lines are given as (text, line, column).

    Example:
        >>> joined([("a", 4, 3), ("b", 5, 1)]).place(2)
        (5, 1)
    """
    texts: list[str] = []
    starts: list[tuple[int, int, int]] = []
    offset = 0
    for text, line, column in lines:
        starts.append((offset, line, column))
        texts.append(text)
        offset += len(text) + 1
    return Source("\n".join(texts), tuple(starts) or ((0, 1, 1),))


def slice_of(source: Source, start: int, end: int) -> Source:
    """Return the source of ``source.text[start:end]``.

    Cost:
        Proportional to the slice, but for two binary searches.

    Example:
        >>> slice_of(joined([("ab", 1, 1), ("cd", 2, 5)]), 1, 5).starts
        ((0, 1, 2), (2, 2, 5))
    """
    starts = source.starts
    first = bisect_right(starts, start, key=lambda row: row[0])
    last = bisect_left(starts, end, key=lambda row: row[0])
    inner = tuple((offset - start, line, column) for offset, line, column in starts[first:last])
    return Source(source.text[start:end], ((0, *source.place(start)), *inner))


def trimmed(source: Source, start: int, end: int) -> Source:
    """Return ``source.text[start:end]`` without the white space at its two ends."""
    text = source.text[start:end]
    left = len(text) - len(text.lstrip())
    return slice_of(source, start + left, start + max(len(text.rstrip()), left))


def without(source: Source, holes: Iterable[tuple[int, int]], filler: str = " ") -> Source:
    """Return the source with each hole (start, end) replaced by the filler; holes ascend.

    Example:
        >>> without(joined([("a[x]b", 1, 1)]), [(1, 4)])
        Source(text='a b', starts=((0, 1, 1), (1, 1, 2), (2, 1, 5)))
    """
    texts: list[str] = []
    starts: list[tuple[int, int, int]] = []
    offset = position = 0
    for start, end in (*holes, (len(source.text), len(source.text))):
        part = slice_of(source, position, start)
        starts += [(offset + begin, line, column) for begin, line, column in part.starts]
        texts.append(part.text)
        offset += len(part.text)
        if filler and start < len(source.text):
            starts.append((offset, *source.place(start)))
        offset += len(filler)
        position = end
    return Source(filler.join(texts), tuple(starts))
