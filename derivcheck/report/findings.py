"""What a run has to say about a step or a document, apart from how it looks.

A *finding* is a diagnostic with its place in the document. Steps whose directive expects another
verdict than they got are findings too, although they carry no diagnostic of that kind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from msgspec import Struct, field

from derivcheck.diagnostics import CODES, Diagnostic, Span
from derivcheck.report.model import (
    VERDICTS,
    ClaimReport,
    DocumentReport,
    Report,
    StepReport,
)

WARNINGS = frozenset({"DC003", "DC120", "DC206", "DC302", "DC303", "DC304", "DC305", "DC306"})
_FALLBACK = {
    "refuted": ("DC301", "the two sides are not equal"),
    "ill-shaped": ("DC201", "the step has no meaning: shapes clash"),
    "undecided": ("DC302", "neither a proof nor a counterexample was found"),
    "unreadable": ("DC101", "the formula could not be read"),
}


class Finding(Struct, frozen=True):
    """A diagnostic with where it belongs.

    Attributes:
        code: a key of ``CODES``; None for an expectation of the page that was not met.
        number: of the step within its claim, counted from 1; None for the document itself.
    """

    code: str | None
    headline: str
    span: Span | None
    diagnostic: Diagnostic | None = None
    step: StepReport | None = None
    claim: ClaimReport | None = None
    number: int | None = None

    @property
    def severity(self) -> str:
        """``error``, ``warning``, or ``internal error`` when derivcheck itself is at fault."""
        if self.code is None:
            return "error"
        if self.code.startswith("DC9"):
            return "internal error"
        return "warning" if self.code in WARNINGS else "error"

    @property
    def slug(self) -> str:
        """The kebab-case name of what is wrong."""
        return CODES[self.code].slug if self.code in CODES else "expectation-not-met"


def step_finding(claim: ClaimReport, number: int, step: StepReport) -> Finding | None:
    """Return what there is to say about a step, None when nothing is wrong with it."""
    if step.directive in ("skip", "assume"):
        return None
    if step.directive and step.directive.startswith("expect "):
        if step.succeeded:
            return None
        headline = f"expected {step.directive.removeprefix('expect ')}, but the step is "
        headline += step.verdict
        return Finding(None, headline, step.span, step.diagnostic, step, claim, number)
    if step.diagnostic:
        found = step.diagnostic
        span = found.span or step.span
        return Finding(found.code, found.headline, span, found, step, claim, number)
    if step.succeeded:
        return None
    code, headline = _FALLBACK.get(step.verdict, _FALLBACK["undecided"])
    return Finding(code, headline, step.span, None, step, claim, number)


def document_findings(document: DocumentReport) -> Iterator[Finding]:
    """Yield what concerns the document as a whole or a given."""
    for found in document.diagnostics:
        yield Finding(found.code, found.headline, found.span, found)


def findings(document: DocumentReport) -> Iterator[Finding]:
    """Yield all findings of a document: first those of the whole, then step by step."""
    yield from document_findings(document)
    for claim in document.claims:
        for number, step in enumerate(claim.steps, start=1):
            finding = step_finding(claim, number, step)
            if finding:
                yield finding


def counts(report: Report) -> dict[str, int]:
    """Return how many steps got each verdict.

    A step that is a given word for word counts under ``given`` and not under ``proved``;
    ``assuming`` counts the steps, proved ones among them, that rest on hypotheses of the text.
    """
    numbers = dict.fromkeys((*VERDICTS, "given", "assuming"), 0)
    for step in report.steps:
        numbers[_counted_as(step)] += 1
        numbers["assuming"] += bool(step.assuming)
    return numbers


class DirectiveCounts(Struct):
    """Steps that are not proved and yet do not fail the run, because the page says so.

    ``verdicts`` holds how often each verdict of ``counts`` occurs among them.
    """

    expected: int = 0
    skipped: int = 0
    assumed: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)


def directive_counts(report: Report) -> DirectiveCounts:
    """Return how many steps are skipped, assumed, or not proved as the page expects."""
    numbers = DirectiveCounts()
    for step in report.steps:
        if step.directive == "skip":
            numbers.skipped += 1
        elif step.directive == "assume":
            numbers.assumed += 1
        elif step.directive and step.succeeded and step.verdict != "proved":
            numbers.expected += 1
        else:
            continue
        numbers.verdicts[_counted_as(step)] += 1
    return numbers


def _counted_as(step: StepReport) -> str:
    return "given" if step.verdict == "proved" and step.method == "given" else step.verdict
