"""The run as JUnit XML: a suite for each document, a case for each step.

junitparser writes it. A step that cannot be read, and what is wrong with a document as a whole, is
an error; a step that is read and not proved is a failure; a step that the page skips is skipped.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from derivcheck.report.findings import Finding, document_findings, step_finding
from derivcheck.report.model import DocumentReport, Report, StepReport

if TYPE_CHECKING:
    from junitparser import TestCase

_NOT_XML = re.compile("[^\\t\\n\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


def junit(report: Report) -> str:
    """Return the run as JUnit XML text."""
    from junitparser import JUnitXml, TestSuite

    whole = JUnitXml("derivcheck")
    for document in report.documents:
        suite = TestSuite(_plain(document.path))
        suite.add_testcases(_cases(document))
        suite.update_statistics()  # type: ignore[no-untyped-call]
        whole.add_testsuite(suite)
    text: bytes = whole.tostring()  # type: ignore[no-untyped-call]
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + text.decode("utf-8")


def _cases(document: DocumentReport) -> list[TestCase]:
    from junitparser import Skipped

    places = document.places
    cases = []
    for number, finding in enumerate(document_findings(document), start=1):
        case = _case(document, f"document, finding {number}", 0.0)
        case.result = [_result(document, finding, error=True)]
        cases.append(case)
    for claim in document.claims:
        for number, step in enumerate(claim.steps, start=1):
            place = places.within(step.span.line, step.span.column)
            name = claim.name or claim.title or "opening"
            case = _case(
                document, f"{name}, step {number} ({place}): {_formula(step)}", step.seconds
            )
            found = step_finding(claim, number, step)
            if found:
                case.result = [_result(document, found, error=step.verdict == "unreadable")]
            elif step.directive in ("skip", "assume"):
                case.result = [Skipped(f"the page says `derivcheck: {step.directive}`")]
            cases.append(case)
    return cases


def _case(document: DocumentReport, name: str, seconds: float) -> TestCase:
    from junitparser import TestCase

    return TestCase(_plain(name), _plain(document.path), round(seconds, 4))


def _result(document: DocumentReport, finding: Finding, *, error: bool) -> Any:
    from junitparser import Error, Failure

    kind = Error if error or finding.severity == "internal error" else Failure
    result = kind(_plain(finding.headline), finding.code or finding.slug)
    result.text = _plain(_full(document, finding))
    return result


def _full(document: DocumentReport, finding: Finding) -> str:
    """Return a finding as the terminal shows it."""
    from derivcheck.report.excerpt import source_lines
    from derivcheck.report.terminal import TerminalRenderer, render

    lines = source_lines(document.text)
    return render(TerminalRenderer().finding(finding, document.places, lines))


def _formula(step: StepReport) -> str:
    lhs, rhs = step.readable or (step.lhs, step.rhs or "")
    return " ".join(f"{lhs} {step.relation or ''} {rhs}".split())


def _plain(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
