"""What ``derivcheck verify`` prints: for each certificate what it proves, or why it is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from derivcheck.certificates.statement import said
from derivcheck.report.goals import goal_lines
from derivcheck.report.script import Script

if TYPE_CHECKING:
    from derivcheck.certificates.sealed import Sealed


def outcome_lines(
    path: str, found: Sealed | None, problem: str | None, script: Script, width: int = 80
) -> Iterator[str]:
    """Yield the lines about one file, and an empty one.

    Args:
        path: the file.
        found: what it says, if it could be read.
        problem: why it is refused; None when it is accepted.
        script: what the output can show.
        width: of the output.
    """
    mark, verdict = ("✓", "verified") if problem is None else ("✗", "refused")
    yield script.one_line(f"{script(mark)} {verdict}  {path}")
    if problem is not None:
        yield from _indented(problem, script, width)
    if found is not None:
        yield from _indented(f"{found.document.place}, in a file with SHA-256", script, width)
        yield from _indented(found.document.sha256, script, width)
    if found is not None and problem is None:
        for line in goal_lines(said(found.goal)):
            yield from _indented(line, script, width)
    yield ""


def _indented(text: str, script: Script, width: int) -> Iterator[str]:
    for number, line in enumerate(script.wrap(script.one_line(text), max(width - 6, 34))):
        yield ("  " if not number else "      ") + line


def summary_line(accepted: int, refused: int) -> str:
    """Return the last line."""
    return f"{accepted} verified" + (f", {refused} refused" if refused else "")
