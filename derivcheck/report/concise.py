"""One line for each finding: ``file:line:col: DC201 headline``, for editors and grep."""

from __future__ import annotations

from collections.abc import Iterator

from derivcheck.report.findings import findings
from derivcheck.report.model import DocumentReport
from derivcheck.report.script import Script


def concise_lines(
    document: DocumentReport, script: Script, *, strict: bool = False
) -> Iterator[str]:
    """Yield a line for each finding; with ``strict`` also for inline math that was not read."""
    path = script.one_line(document.path)
    for finding in findings(document):
        line, column = (finding.span.line, finding.span.column) if finding.span else (1, 1)
        code = f"{finding.code} " if finding.code else ""
        yield f"{path}:{line}:{column}: {code}{script.one_line(finding.headline)}"
    if strict:
        for unread in document.unread:
            latex = script.one_line(unread.latex)
            yield f"{path}:{unread.line}:1: inline math not read: `{latex}`"
