"""The run as JSON: ``derivcheck.report/1``, whose keys stay.

Guarantees: every number of a counterexample is an exact string (or a pair of strings that enclose
it), and the text is valid JSON whatever the documents hold.
"""

from __future__ import annotations

import json
import re
from typing import Any

from derivcheck import __version__
from derivcheck.diagnostics import Change, Diagnostic
from derivcheck.prover.verdict import Counterexample
from derivcheck.report.findings import counts
from derivcheck.report.model import (
    SCHEMA,
    ClaimReport,
    DocumentReport,
    NameReport,
    Report,
    StepReport,
)
from derivcheck.report.places import Places

SHAPES_SCHEMA = "derivcheck.shapes/1"
_ENCLOSURE = re.compile(r"\[\s*([^\[\],]+?)\s*,\s*([^\[\],]+?)\s*\]")


def report_data(report: Report) -> dict[str, Any]:
    """Return the report as plain lists, dictionaries, strings and numbers."""
    return {
        "schema": SCHEMA,
        "version": __version__,
        "documents": [_document(document) for document in report.documents],
        "summary": {**counts(report), "seconds": round(report.seconds, 3)},
        "status": report.exit_status(),
    }


def report_json(report: Report, encoding: str | None = None) -> str:
    """Return the report as JSON text, in plain ASCII when ``encoding`` lacks a character of it."""
    return _dumps(report_data(report), encoding)


def report_line(report: Report) -> str:
    """Return the report as JSON on one line, in plain ASCII."""
    return json.dumps(report_data(report), separators=(",", ":"))


def shapes_json(documents: list[DocumentReport], encoding: str | None = None) -> str:
    """Return the tables of names as JSON text."""
    data = {
        "schema": SHAPES_SCHEMA,
        "version": __version__,
        "documents": [
            {
                "path": document.path,
                "layout": document.layout,
                "layout_source": document.layout_source,
                "names": [_name(row, document.places) for row in document.names],
                "diagnostics": [_placed(found, document.places) for found in document.diagnostics],
            }
            for document in documents
        ],
    }
    return _dumps(data, encoding)


def _dumps(data: dict[str, Any], encoding: str | None) -> str:
    text = json.dumps(data, ensure_ascii=False, indent=2)
    try:
        text.encode(encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return json.dumps(data, indent=2)
    return text


def _document(document: DocumentReport) -> dict[str, Any]:
    places = document.places
    return {
        "path": document.path,
        "layout": document.layout,
        "layout_source": document.layout_source,
        "given": [
            {"latex": given.latex, **places.keys(given.line), "kind": given.kind}
            for given in document.given
        ],
        "claims": [_claim(claim, places) for claim in document.claims],
        "unread": [
            {**places.keys(unread.line), "latex": unread.latex, "why": unread.why}
            for unread in document.unread
        ],
        "diagnostics": [_placed(found, places) for found in document.diagnostics],
        "fixes": [
            {**places.keys(fix.line), "column": fix.column, "text": fix.text}
            for fix in document.fixes
        ],
        "sha256": document.sha256,
    }


def _claim(claim: ClaimReport, places: Places) -> dict[str, Any]:
    return {
        "name": claim.name,
        "title": claim.title,
        **places.keys(claim.line),
        "verdict": claim.verdict,
        "statement": claim.statement,
        "steps": [_step(step, places) for step in claim.steps],
    }


def _step(step: StepReport, places: Places) -> dict[str, Any]:
    return {
        **places.keys(step.span.line),
        "column": step.span.column,
        "end_line": places.line(step.whole.end_line),
        "end_column": step.whole.end_column,
        "inline": step.inline,
        "lhs": step.lhs,
        "relation": step.relation,
        "rhs": step.rhs,
        "verdict": str(step.verdict),
        "method": step.method,
        "assuming": [places.line(line) for line in step.assuming],
        "conditions": list(step.conditions),
        "sizes": [dict(sizes) for sizes in step.sizes],
        "diagnostic": _diagnostic(step.diagnostic, places) if step.diagnostic else None,
        "counterexample": _counterexample(step.counterexample) if step.counterexample else None,
        "seconds": round(step.seconds, 6),
        **({"reproduction": step.reproduction} if step.reproduction else {}),
    }


def _diagnostic(found: Diagnostic, places: Places) -> dict[str, Any]:
    return {
        "code": found.code,
        "slug": found.slug,
        "headline": found.headline,
        "notes": list(found.notes),
        "help": [
            {
                "text": item.text,
                "replacement": item.replacement,
                "verified": item.verified,
                "changes": [_change(change, places) for change in item.changes],
            }
            for item in found.help
        ],
    }


def _placed(found: Diagnostic, places: Places) -> dict[str, Any]:
    place = {
        **places.keys(found.span.line if found.span else None),
        "column": found.span.column if found.span else None,
    }
    return {**_diagnostic(found, places), **place}


def _change(change: Change, places: Places) -> dict[str, Any]:
    span = change.span
    return {
        **places.keys(span.line),
        "column": span.column,
        "end_line": places.line(span.end_line),
        "end_column": span.end_column,
        "text": change.text,
    }


def _counterexample(example: Counterexample) -> dict[str, Any]:
    return {
        "sizes": dict(example.sizes),
        "values": {name: _exact(value) for name, value in example.values.items()},
        "lhs": _exact(example.lhs),
        "rhs": _exact(example.rhs),
    }


def _exact(value: Any) -> Any:
    """Return a value with strings for numbers, and a pair of strings for an enclosure."""
    if isinstance(value, dict):
        return {key: _function_part(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_exact(item) for item in value]
    text = str(value)
    enclosure = _ENCLOSURE.fullmatch(text)
    return list(enclosure.groups()) if enclosure else text


def _function_part(part: Any) -> Any:
    return [str(item) for item in part] if isinstance(part, (list, tuple)) else str(part)


def _name(row: NameReport, places: Places) -> dict[str, Any]:
    return {
        "latex": row.latex,
        "kind": row.kind,
        "shape": row.shape,
        "origin": row.origin,
        **places.keys(row.line),
    }
