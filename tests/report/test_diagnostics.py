"""Every diagnostic as it is printed, in full and as one line: the example of its explanation."""

from __future__ import annotations

import pytest
from test_docs import NOT_SHOWN_BY_A_DOCUMENT, document_under

from derivcheck.checking import check_text
from derivcheck.diagnostics import CODES, Diagnostic, Span
from derivcheck.report.concise import concise_lines
from derivcheck.report.explain import explanation
from derivcheck.report.findings import findings
from derivcheck.report.model import ClaimReport, DocumentReport, Report, StepReport
from derivcheck.report.script import Script
from derivcheck.report.terminal import render_report

WITHOUT_DOCUMENT = {
    "DC001": Diagnostic("DC001", "cannot be read: not a text in UTF-8 (byte 0xe9 at position 7)"),
    "DC303": Diagnostic(
        "DC303",
        "a limit was met before the step was decided",
        Span(1, 5, 1, 6),
        notes=("out of budget: a product expands to over 4000 monomials",),
    ),
    "DC901": Diagnostic(
        "DC901",
        "derivcheck disagrees with itself",
        Span(1, 5, 1, 6),
        notes=("a certificate was accepted, but exact evaluation found a difference",),
    ),
}
"""What no document shows: a broken encoding, a spent budget, an error of derivcheck itself."""


def shown(code: str) -> DocumentReport:
    """Return the report of a document that gives a code."""
    if code not in WITHOUT_DOCUMENT:
        return check_text(document_under("Example", explanation(code)), path="example.md")
    found = WITHOUT_DOCUMENT[code]
    report = DocumentReport("example.md", "$$A = B$$\n")
    if found.span is None:
        report.diagnostics = [found]
        return report
    whole = Span(1, 3, 1, 8)
    step = StepReport(found.span, whole, False, "A", "=", "B", "undecided", diagnostic=found)
    report.claims = [ClaimReport("claim", "Claim", 1, [step])]
    return report


def rendered(code: str) -> str:
    report = shown(code)
    lines = "\n".join(concise_lines(report, Script("utf-8")))
    return f"{render_report(Report([report]), width=80)}\n{lines}\n"


def test_every_code_without_a_document_is_made_by_hand():
    assert set(WITHOUT_DOCUMENT) == NOT_SHOWN_BY_A_DOCUMENT


@pytest.mark.parametrize("code", CODES)
def test_a_diagnostic_is_printed_as_it_was(code, golden):
    text = rendered(code)
    assert f"[{code}] {CODES[code].slug}" in text
    golden(f"report/diagnostics/{code}.txt", text)


@pytest.mark.parametrize("code", CODES)
def test_a_diagnostic_fits_the_width_and_stands_alone(code):
    found = [finding for finding in findings(shown(code)) if finding.code == code]
    assert found
    for finding in found:
        assert len(finding.headline) <= 100
        assert not finding.headline.endswith(".")
    full = rendered(code).rsplit("\n\n", maxsplit=1)[0]
    assert max(map(len, full.splitlines())) <= 80


@pytest.mark.parametrize("code", CODES)
def test_a_diagnostic_says_what_to_do_next(code):
    full = rendered(code)
    assert "= help" in full or "mend" in full or code in ("DC001", "DC003")
