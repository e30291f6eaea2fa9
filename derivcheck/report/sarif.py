"""The findings as SARIF 2.1.0, for code scanning and editors.

A place in a notebook is a cell, which SARIF does not know: there the location is the file with the
cell as logical location, and the message says the line.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from derivcheck import __version__
from derivcheck.diagnostics import CODES, Span
from derivcheck.report.explain import explanation
from derivcheck.report.findings import Finding, findings
from derivcheck.report.model import DocumentReport, Report
from derivcheck.report.places import Places

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS = {"warning": "warning", "error": "error", "internal error": "error"}


def sarif_data(report: Report) -> dict[str, Any]:
    """Return the run as a SARIF log: plain lists, dictionaries, strings and numbers."""
    found = [(document, one) for document in report.documents for one in findings(document)]
    codes = sorted({one.code or one.slug for _, one in found})
    run = {
        "tool": {
            "driver": {
                "name": "derivcheck",
                "version": __version__,
                "rules": [_rule(code) for code in codes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": report.exit_status() in (0, 1)}],
        "results": [_result(document, one, codes) for document, one in found],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def sarif(report: Report) -> str:
    """Return the run as SARIF text."""
    return json.dumps(sarif_data(report), indent=2)


def _rule(code: str) -> dict[str, Any]:
    if code not in CODES:
        text = "the verdict is not the one that the page expects"
        return {"id": code, "name": code, "shortDescription": {"text": text}}
    row, page = CODES[code], explanation(code)
    return {
        "id": code,
        "name": row.slug,
        "shortDescription": {"text": row.meaning},
        "help": {"text": page, "markdown": page},
    }


def _result(document: DocumentReport, finding: Finding, codes: list[str]) -> dict[str, Any]:
    places, found = document.places, finding.diagnostic
    code = finding.code or finding.slug
    parts = [finding.headline, *(found.notes if found else ())]
    for item in found.help if found else ():
        parts.append(f"help{' (verified)' if item.verified else ''}: {item.text}")
    cell = places.part(finding.span.line).cell if finding.span else None
    if cell and finding.span:
        parts[0] = f"cell {cell}, line {places.line(finding.span.line)}: {parts[0]}"
    location = _location(places, finding.span)
    names = [f"cell {cell}"] if cell else []
    if finding.claim:
        names.append(finding.claim.title or finding.claim.name or "opening")
    if names:
        location["logicalLocations"] = [{"name": name} for name in names]
    step = finding.step
    identity = [places.path, code, *((step.lhs, step.relation, step.rhs) if step else ())]
    digest = hashlib.sha256(json.dumps(identity).encode()).hexdigest()
    result: dict[str, Any] = {
        "ruleId": code,
        "ruleIndex": codes.index(code),
        "level": _LEVELS[finding.severity],
        "message": {"text": "\n".join(parts)},
        "locations": [location],
        "partialFingerprints": {"derivcheckStep/v1": digest},
    }
    labels = [label for label in (found.labels if found else ()) if label.text]
    if labels:
        result["relatedLocations"] = [
            {**_location(places, label.span), "id": k, "message": {"text": label.text}}
            for k, label in enumerate(labels)
        ]
    return result


def _location(places: Places, span: Span | None) -> dict[str, Any]:
    path = places.file(span.line) if span else places.path
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(path)}}
    if span and places.part(span.line).cell is None:
        physical["region"] = {
            "startLine": places.line(span.line),
            "startColumn": span.column,
            "endLine": places.line(span.end_line),
            "endColumn": span.end_column,
        }
    return {"physicalLocation": physical}


def _uri(path: str) -> str:
    pure = PurePath(path)
    return pure.as_uri() if pure.is_absolute() else quote(pure.as_posix())
