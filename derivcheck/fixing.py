"""Verified repairs written into a text: one at a time, checked again after each.

A repair was proved for its step; whether the page is better with it is seen by checking the whole
page again. It stays only if its step is proved there and no step before it got worse. Nothing but
the place of the repair is touched: line endings, marks and spaces of the author stay. What would
change what is given (a hypothesis, a layout) is never done here.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from derivcheck.checking import check_document, check_text
from derivcheck.diagnostics import Change, Help
from derivcheck.files import REPAIRED, loader
from derivcheck.options import Options
from derivcheck.reading import read
from derivcheck.reading.places import normalised
from derivcheck.report.model import DocumentReport, FixReport, StepReport

MOST_FIXES = 100
"""Repairs that are written into one text."""

Check = Callable[[str], DocumentReport]


class Fixed(Struct):
    """A text with the repairs written into it.

    Attributes:
        before: the text as it was.
        after: the text as it is.
        report: what the check says of it; ``report.fixes`` tells the repairs.
    """

    before: str
    after: str
    report: DocumentReport

    def difference(self, path: str) -> str:
        """Return the repairs as a unified diff; empty when there is none."""
        before, after = (re.findall(r"[^\n]*\n|[^\n]+", text) for text in (self.before, self.after))
        lines = []
        for line in difflib.unified_diff(before, after, path, f"{path} (repaired)"):
            lines.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
        return "".join(lines)


def fixed_file(
    path: Path, shown: str, options: Options, tell: Callable[[str], None] | None
) -> Fixed:
    """Return a file's text with repairs; the file itself stays as it is.

    Raises:
        OSError: when the file cannot be read.
        UnicodeDecodeError: when it is not UTF-8 text.
    """
    load = loader(path.parent)

    def check(text: str) -> DocumentReport:
        document = read(str(path), normalised(text), load)
        report = check_document(document, options, tell)
        report.path = shown
        return report

    return fixed(path.read_bytes().decode("utf-8"), check)


def fixed_input(content: bytes, options: Options) -> Fixed:
    """Return the text of standard input with repairs.

    Raises:
        UnicodeDecodeError: when it is not UTF-8 text.
    """
    return fixed(content.decode("utf-8"), lambda text: check_text(text, path="-", options=options))


def write_fixed(found: Fixed, path: Path, *, in_place: bool) -> None:
    """Write a repaired text into a copy of its file, or into the file; nothing if it is the same.

    Raises:
        OSError: when it cannot be written.
    """
    if found.after != found.before:
        target = path if in_place else copy_of(path)
        target.write_bytes(found.after.encode())
        found.report.path = str(target)


def copy_of(path: Path) -> Path:
    """Return where the repaired copy of a file goes.

    Example:
        >>> str(copy_of(Path("a/homework.md")))
        'a/homework.fixed.md'
    """
    return path.with_suffix(f"{REPAIRED}{path.suffix}")


def fixed(text: str, check: Check) -> Fixed:
    """Return a text with every repair that holds in it.

    Args:
        text: any text, with the line endings of its file.
        check: checks a text, with repairs.

    Raises:
        Never.

    Cost:
        A check of the text for each repair that is tried, at most ``MOST_FIXES``.
    """
    before, report = text, check(text)
    done: list[FixReport] = []
    tried: set[tuple[int, str]] = set()
    while len(tried) < MOST_FIXES and not report.parts:
        found = next(_repairs(report, tried), None)
        if found is None:
            break
        number, step, repair = found
        tried.add((number, repair.text))
        changed = applied(text, repair.changes)
        again = check(changed)
        if _is_better(report, again, number):
            done.append(FixReport(step.span.line, step.span.column, repair.text))
            text, report = changed, again
    report.fixes = done
    return Fixed(before, text, report)


def _repairs(
    report: DocumentReport, tried: set[tuple[int, str]]
) -> Iterator[tuple[int, StepReport, Help]]:
    for number, step in enumerate(report.steps):
        for item in _helps(step):
            if item.verified and item.changes and (number, item.text) not in tried:
                yield number, step, item


def _helps(step: StepReport) -> tuple[Help, ...]:
    return step.diagnostic.help if step.diagnostic is not None and not step.succeeded else ()


def _is_better(before: DocumentReport, after: DocumentReport, number: int) -> bool:
    if len(before.steps) != len(after.steps) or not after.steps[number].succeeded:
        return False
    pairs = zip(before.steps[:number], after.steps[:number], strict=True)
    return all(new.succeeded or not old.succeeded for old, new in pairs)


def applied(text: str, changes: Iterable[Change]) -> str:
    r"""Return a text with changes made at their places.

    Example:
        >>> from derivcheck.diagnostics import Span
        >>> applied("a\r\nb + c", [Change(Span(2, 1, 2, 2), "B")])
        'a\r\nB + c'
    """
    starts = [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", text))]
    starts[0] = int(text.startswith("\ufeff"))
    ordered = sorted(changes, key=lambda change: (change.span.line, change.span.column))
    for change in reversed(ordered):
        span = change.span
        begin = starts[span.line - 1] + span.column - 1
        end = starts[span.end_line - 1] + span.end_column - 1
        text = text[:begin] + change.text + text[end:]
    return text
