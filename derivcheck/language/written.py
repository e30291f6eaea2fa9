"""Stretches of LaTeX as the author wrote them, brackets included."""

from __future__ import annotations

import re

_BRACKET = re.compile(r"\\\\|(?:\\left|\\right|\\[bB]igg?[lmr]?)?\s*(?:\\[{}]|[()\[\]{}])")


LINE_END = r"\\\\(?:\s*\[-?[\d.]+\s*[a-z]{2}\])?"
"""The end of a row, with the space that may follow it."""

_LAST = re.compile(rf"\s*{LINE_END}\s*$")
_OVER = re.compile(r"\\(?:overset|underset|stackrel)\s*\{(?:[^{}]|\{[^{}]*\})*\}\s*\{?\s*\Z")
_CLOSED = re.compile(r"\s*\}")
_COMMAND = re.compile(r"(?:\\[A-Za-z]+|:)=?")
_SIZED = re.compile(r"(?:\\left(?:\s*\.)?|\\[bB]igg?[lmr]?)\s*$")


def written(text: str, start: int, end: int) -> str:
    """Return the LaTeX of a stretch as the author wrote it, with the brackets around it.

    A syntax node does not count the brackets that enclose it; those that the stretch opens or
    closes without a partner are added. Alignment marks and line ends around it are left out.
    """
    return written_at(text, start, end)[0]


def written_at(text: str, start: int, end: int) -> tuple[str, int]:
    """Return the LaTeX of a stretch as ``written`` does, and where it begins in the text."""
    depth = lowest = 0
    for match in _BRACKET.finditer(text, start, end):
        depth += opens(match.group())
        lowest = min(lowest, depth)
    for match in reversed(list(_BRACKET.finditer(text, 0, start))):
        if lowest >= 0:
            break
        start = match.start()
        lowest += opens(match.group())
        depth += opens(match.group())
    for match in _BRACKET.finditer(text, end):
        if depth <= 0:
            break
        end = match.end()
        depth += opens(match.group())
    start -= len(text[:start]) - len(_SIZED.sub("", text[:start]))
    rest = text[start:end].lstrip().lstrip("&").lstrip()
    inner = _LAST.sub("", rest.rstrip().rstrip("&"))
    return " ".join(inner.split()), end - len(rest)


def opens(bracket: str) -> int:
    """Return 1 for an opening bracket, -1 for a closing one, 0 for a line end."""
    if bracket == "\\\\":
        return 0
    return 1 if bracket[-1] in "([{" else -1


def sign_start(text: str, at: int) -> int:
    r"""Return where a relation sign begins, with what is set over it: ``\overset{(a)}{=}``."""
    over = _OVER.search(text, 0, at)
    return over.start() if over else at


def sign_end(text: str, sign: str, start: int, before: int) -> int:
    r"""Return the place behind a relation sign, however it is spelled (``\ne`` for ``\neq``)."""
    found = text.find(sign, start, before + 1)
    if found >= 0:
        end = found + len(sign)
        closed = _CLOSED.match(text, end) if sign_start(text, start) < start else None
        return closed.end() if closed else end
    command = _COMMAND.match(text, start)
    return command.end() if command else start + 1
