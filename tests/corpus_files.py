"""Corpus files: small documents whose expectations stand beside their steps.

The first HTML comment of a file says why the file is there; for the rest an HTML comment before a
display or a paragraph says what is expected of the steps behind it, in their order:

    <!-- expect: refuted DC301 "entry" -->        a verdict; a code and a word may follow
    <!-- expect: document DC205 "leads back" -->  a diagnostic of the whole document
    <!-- expect: unread "never closed" -->        inline math that is listed as unread

Several comments before one display speak of its first, second … step. What nothing is expected of
must be proved; an expectation that nothing meets is a failure, and so is a diagnostic that nothing
expects.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from derivcheck.checking import check_text
from derivcheck.diagnostics import CODES, Diagnostic
from derivcheck.report.model import VERDICTS, DocumentReport, StepReport

CORPUS = Path(__file__).parent / "corpus"
_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_EXPECT = re.compile(r'\s*expect:\s*(\S+)(?:\s+(DC\d{3}))?(?:\s+"([^"]*)")?\s*$')
_KINDS = (*VERDICTS, "document", "unread")


@dataclass(frozen=True)
class Expectation:
    """What a comment expects: a verdict, ``document`` or ``unread``; a code and a word if given."""

    line: int
    kind: str
    code: str | None
    word: str | None

    def __str__(self) -> str:
        word = f'"{self.word}"' if self.word else None
        return " ".join(part for part in (self.kind, self.code, word) if part)


def corpus_files(folder: str) -> list[Path]:
    """Return the files of a folder of the corpus."""
    return sorted((CORPUS / folder).glob("*.md"))


def first_comment(text: str) -> str:
    """Return the comment that says why a file is there."""
    match = _COMMENT.search(text)
    return match[1].strip() if match and not _EXPECT.match(match[1]) else ""


def expectations(text: str) -> list[Expectation]:
    """Return the expectations of a document in their order.

    Raises:
        ValueError: when a comment that opens with ``expect`` says nothing that is known.
    """
    found = []
    for comment in _COMMENT.finditer(text):
        if not comment[1].strip().startswith("expect"):
            continue
        line = text.count("\n", 0, comment.start()) + 1
        match = _EXPECT.match(comment[1])
        if not match or match[1] not in _KINDS or (match[2] and match[2] not in CODES):
            raise ValueError(f"line {line}: {comment[0]}")
        found.append(Expectation(line, match[1], match[2], match[3]))
    return found


def failures(text: str) -> list[str]:
    """Check a document and return every difference from what it expects."""
    report = check_text(text)
    expected = expectations(text)
    found = list(_about_document(report, [e for e in expected if e.kind == "document"]))
    found += _about_unread(report, [e for e in expected if e.kind == "unread"])
    return found + list(_about_steps(report, [e for e in expected if e.kind in VERDICTS]))


def _about_document(report: DocumentReport, expected: list[Expectation]) -> Iterator[str]:
    left = list(report.diagnostics)
    for one in expected:
        met = next((d for d in left if _says(one, d, ())), None)
        if met is None:
            yield f"line {one.line}: no diagnostic of the document is as expected: {one}"
        else:
            left.remove(met)
    for diagnostic in left:
        line = diagnostic.span.line if diagnostic.span else "-"
        yield f"line {line}: not expected: {diagnostic.code} {diagnostic.headline}"


def _about_unread(report: DocumentReport, expected: list[Expectation]) -> Iterator[str]:
    left = list(report.unread)
    for one in expected:
        met = next((u for u in left if u.line >= one.line and (one.word or "") in u.why), None)
        if met is None:
            yield f"line {one.line}: nothing is unread as expected: {one}"
        else:
            left.remove(met)
    for unread in left:
        yield f"line {unread.line}: unread, not expected: {unread.latex}: {unread.why}"


def _about_steps(report: DocumentReport, expected: list[Expectation]) -> Iterator[str]:
    waiting = list(expected)
    for step in sorted(report.steps, key=lambda s: (s.whole.line, s.whole.column)):
        if waiting and waiting[0].line < step.whole.line:
            one = waiting.pop(0)
            if step.verdict != one.kind or not _says(one, step.diagnostic, _facts(step)):
                yield f"line {step.span.line}: expected {one}, but {_shown(step)}"
        elif step.verdict != "proved":
            yield f"line {step.span.line}: expected proved, but {_shown(step)}"
    for one in waiting:
        yield f"line {one.line}: no step is left for: {one}"


def _facts(step: StepReport) -> tuple[str, ...]:
    assuming = tuple(f"assuming line {line}" for line in step.assuming)
    return (*step.notes, *assuming, *step.conditions, step.method or "")


def _says(one: Expectation, diagnostic: Diagnostic | None, facts: tuple[str, ...]) -> bool:
    if one.code and (diagnostic is None or diagnostic.code != one.code):
        return False
    texts = list(facts)
    if diagnostic is not None:
        texts += [diagnostic.headline, *diagnostic.notes, *[h.text for h in diagnostic.help]]
    return not one.word or any(one.word in text for text in texts)


def _shown(step: StepReport) -> str:
    said = f"{step.diagnostic.code} {step.diagnostic.headline}" if step.diagnostic else ""
    return f"{step.verdict}: {step.lhs} {step.relation} {step.rhs} {said} {_facts(step)}"
