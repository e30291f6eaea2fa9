"""Annotations of a GitHub workflow: lines that its runner shows beside the code.

GitHub shows ten annotations of a kind for a step and drops the rest without a word. Here the worst
come first, and the last one says how many there are besides.
"""

from __future__ import annotations

from derivcheck.report.findings import Finding, findings
from derivcheck.report.model import DocumentReport, Report

MOST = 10


def github_annotations(report: Report) -> str:
    """Return the annotations of a run, one a line, at most ten.

    Example:
        >>> from derivcheck.diagnostics import Diagnostic
        >>> found = Diagnostic("DC003", "the document has no step")
        >>> print(github_annotations(Report([DocumentReport("a.md", "", diagnostics=[found])])))
        ::warning file=a.md,title=DC003 nothing-to-check::the document has no step
    """
    found = [(document, one) for document in report.documents for one in findings(document)]
    found.sort(key=lambda pair: pair[1].severity == "warning")
    shown = found if len(found) <= MOST else found[: MOST - 1]
    lines = [_annotation(document, one) for document, one in shown]
    if len(shown) < len(found):
        more = len(found) - len(shown)
        lines.append(f"::notice title=derivcheck::{more} more findings are not annotated")
    return "\n".join(lines)


def _annotation(document: DocumentReport, finding: Finding) -> str:
    level = "warning" if finding.severity == "warning" else "error"
    places, span = document.places, finding.span
    title = f"{finding.code} {finding.slug}" if finding.code else finding.slug
    message = [finding.headline]
    properties = {"file": places.path}
    if span:
        properties["file"] = places.file(span.line)
        cell = places.part(span.line).cell
        if cell:
            message[0] = f"cell {cell}, line {places.line(span.line)}: {message[0]}"
        else:
            properties["line"] = str(places.line(span.line))
            properties["endLine"] = str(places.line(span.end_line))
            properties["col"] = str(span.column)
            if span.line == span.end_line:
                properties["endColumn"] = str(span.end_column)
    if finding.diagnostic:
        message += [f"help: {item.text}" for item in finding.diagnostic.help if item.verified]
    properties["title"] = title
    told = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{level} {told}::{_data(chr(10).join(message))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
