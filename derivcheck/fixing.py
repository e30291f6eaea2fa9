"""Verified repairs written into a text: one at a time, checked again after each.

A repair was proved for its step; whether the page is better with it is seen by checking the whole
page again. It stays only if its step is proved there and no step before it got worse. Nothing but
the place of the repair is touched: line endings, marks and spaces of the author stay. What would
change what is given (a hypothesis, a layout) is never done here. Of a notebook the cell is changed, of
a document made of several files the file that the step stands in.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import product
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from derivcheck.checking import check_document, check_text
from derivcheck.diagnostics import Change, Help
from derivcheck.files import REPAIRED, loader
from derivcheck.options import Options
from derivcheck.reading import read
from derivcheck.reading.places import normalised
from derivcheck.report.model import DocumentReport, FixReport, StepReport

MOST_FIXES = 100
"""Repairs that are written into one document."""

Check = Callable[[str], DocumentReport]
Texts = dict[str, str]
"""The texts of a document: of its own file (``""``) and of those that it takes in, by their names."""


class Fixed(Struct):
    """The texts of a document with the repairs written into them.

    Attributes:
        texts: those that a repair was tried in, as they were, and the document's own.
        repaired: the same as they are.
        report: what the check says of them; ``report.fixes`` tells the repairs.
        untouched: how many repairs could not be written, a notebook not being as Jupyter writes it.
    """

    texts: Texts
    repaired: Texts
    report: DocumentReport
    untouched: int = 0

    @property
    def before(self) -> str:
        """The document's own text as it was."""
        return self.texts[""]

    @property
    def after(self) -> str:
        """The document's own text as it is."""
        return self.repaired[""]

    def changed(self, path: Path) -> Iterator[tuple[Path, str, str]]:
        """Yield the files that differ: path, text before and after."""
        for name, after in self.repaired.items():
            if after != self.texts[name]:
                yield path.parent / name if name else path, self.texts[name], after

    def difference(self, path: str) -> str:
        """Return the repairs as a unified diff; empty when there is none."""
        lines = []
        for target, *both in self.changed(Path(path)):
            before, after = (re.findall(r"[^\n]*\n|[^\n]+", text) for text in both)
            shown = path if target == Path(path) else str(target)
            for line in difflib.unified_diff(before, after, shown, f"{shown} (repaired)"):
                whole = line.endswith("\n")
                lines.append(line if whole else f"{line}\n\\ No newline at end of file\n")
        return "".join(lines)


def fixed_file(
    path: Path, shown: str, options: Options, tell: Callable[[str], None] | None
) -> Fixed:
    """Return the texts of a document with repairs; its files stay as they are.

    Raises:
        OSError: when a file cannot be read.
        UnicodeDecodeError: when one is not UTF-8 text.
    """
    load = loader(path.parent)

    def check(texts: Texts) -> DocumentReport:
        def repaired(name: str) -> str | None:
            return normalised(texts[name]) if name in texts else load(name)

        document = read(str(path), normalised(texts[""]), repaired)
        report = check_document(document, options, tell)
        report.path = shown
        return report

    def text_of(name: str) -> str:
        return (path.parent / name if name else path).read_bytes().decode("utf-8")

    return _fixed(text_of, check)


def fixed_input(content: bytes, options: Options) -> Fixed:
    """Return the text of standard input with repairs.

    Raises:
        UnicodeDecodeError: when it is not UTF-8 text.
    """
    return fixed(content.decode("utf-8"), lambda text: check_text(text, path="-", options=options))


def write_fixed(found: Fixed, path: Path, *, in_place: bool) -> None:
    """Write repaired texts into copies of their files, or into the files; nothing if all is as it was.

    Raises:
        OSError: when one cannot be written.
    """
    for file, _, after in found.changed(path):
        target = file if in_place else copy_of(file)
        target.write_bytes(after.encode())
        if file == path:
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
    return _fixed(lambda _: text, lambda texts: check(texts[""]))


def _fixed(text_of: Callable[[str], str], check: Callable[[Texts], DocumentReport]) -> Fixed:
    texts: Texts = {"": text_of("")}
    before, report = dict(texts), check(texts)
    done: list[FixReport] = []
    untouched = 0
    tried: set[tuple[int, str]] = set()
    while len(tried) < MOST_FIXES:
        found = next(_repairs(report, tried), None)
        if found is None:
            break
        number, step, repair = found
        tried.add((number, repair.text))
        for name in {report.places.part(change.span.line).file or "" for change in repair.changes}:
            if name not in texts:
                texts[name] = before[name] = text_of(name)
        changed = _written(texts, report, repair.changes)
        if changed is None:
            untouched += 1
            continue
        again = check(changed)
        if _is_better(report, again, number):
            done.append(FixReport(step.span.line, step.span.column, repair.text))
            texts, report = changed, again
    report.fixes = done
    return Fixed(before, texts, report, untouched)


def _written(texts: Texts, report: DocumentReport, changes: Iterable[Change]) -> Texts | None:
    """Return texts with changes made where they stand; None if one of them cannot be changed."""
    own: dict[tuple[str, int | None], list[Change]] = {}
    for change in changes:
        part = report.places.part(change.span.line)
        moved = part.first - part.line
        span = change.span
        span = replace(span, line=span.line + moved, end_line=span.end_line + moved)
        own.setdefault((part.file or "", part.cell), []).append(Change(span, change.text))
    changed = dict(texts)
    for (name, cell), inside in own.items():
        if cell is None:
            changed[name] = applied(changed[name], inside)
            continue
        notebook = with_cell(changed[name], cell, partial(applied, changes=inside))
        if notebook is None:
            return None
        changed[name] = notebook
    return changed


def with_cell(text: str, number: int, change: Callable[[str], str]) -> str | None:
    """Return a notebook's file with one cell changed and all else as it is.

    None if the file is not written as Jupyter and others write it: then more would change.

    Raises:
        Never.
    """
    try:
        notebook = json.loads(text)
        cell = notebook["cells"][number - 1]
        source = cell["source"]
        for indent, plain, end in product((1, 2, 4, None), (False, True), ("\n", "")):

            def written(indent: int | None = indent, plain: bool = plain, end: str = end) -> str:
                return json.dumps(notebook, indent=indent, ensure_ascii=plain) + end

            if written() == text:
                after = change(source if isinstance(source, str) else "".join(source))
                cell["source"] = after if isinstance(source, str) else after.splitlines(True)
                return written()
    except (LookupError, TypeError, ValueError, RecursionError):
        return None
    return None


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
