"""One line for each finding: ``file:line:col: DC201 headline``, for editors and grep."""

from __future__ import annotations

from collections.abc import Iterator

from derivcheck.report.findings import findings
from derivcheck.report.model import DocumentReport
from derivcheck.report.script import Script


def concise_lines(
    document: DocumentReport, script: Script, *, strict: bool = False
) -> Iterator[str]:
    """Yield a line for each finding; with ``strict`` also for what strictness objects to."""
    places = document.places
    for fix in document.fixes:
        place = script.one_line(places.at(fix.line, fix.column))
        yield f"{place}: repaired: {script.one_line(fix.text)}"
    for finding in findings(document):
        line, column = (finding.span.line, finding.span.column) if finding.span else (1, 1)
        code = f"{finding.code} " if finding.code else ""
        place = script.one_line(places.at(line, column))
        yield f"{place}: {code}{script.one_line(finding.headline)}"
    if strict:
        for unread in document.unread:
            latex = script.one_line(unread.latex)
            place = script.one_line(places.at(unread.line, 1))
            yield f"{place}: strict: inline math not read: `{latex}`"
        if document.layout_source == "inferred":
            yield f"{script.one_line(places.at(1, 1))}: strict: the layout is inferred, not declared"
        for step in document.steps:
            if step.directive in ("skip", "assume"):
                place = script.one_line(places.at(step.span.line, step.span.column))
                yield f"{place}: strict: the page says `{step.directive}`"
