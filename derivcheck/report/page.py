"""The run as one HTML page that needs nothing else: no script, no font, no other file.

Formulas are MathML. What unfolds (counterexamples, facts, explanations) are `details` elements, so the
page works without JavaScript and prints in full. The template escapes all text; what it takes as
HTML is made by `mathml` and by a Markdown library from derivcheck's own explanations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from derivcheck import __version__
from derivcheck.diagnostics import CODES
from derivcheck.prover.verdict import Counterexample, Kind, Verdict
from derivcheck.report.explain import explanation
from derivcheck.report.findings import Finding, counts, document_findings, step_finding
from derivcheck.report.mathml import mathml
from derivcheck.report.matrices import argument_letters, is_number
from derivcheck.report.model import VERDICTS, ClaimReport, DocumentReport, Report, StepReport
from derivcheck.report.terminal import claim_label

MARKS = {"proved": "✓", "undecided": "?"}
_WORDS = re.compile(r"(?:derivcheck\b.*|[a-z]{4,}:?|--.*|\\[A-Za-z]+|[\w./-]*[\w-]\.[a-z]{2,8})")
_QUOTED = re.compile(r"`([^`]+)`")


def page(report: Report) -> str:
    """Return the run as a page."""
    return _rendered("page.html.j2", report)


def fragment(report: Report) -> str:
    """Return the run as a part of somebody else's page, such as a notebook."""
    return _rendered("fragment.html.j2", report)


def verdict_fragment(verdict: Verdict) -> str:
    """Return a verdict from Python as a part of somebody else's page."""
    document = _Document(DocumentReport("", ""))
    example = verdict.counterexample
    sizes = [", ".join(f"{n} = {k}" for n, k in one.items()) for one in verdict.sizes if one]
    text = (
        _environment()
        .get_template("verdict.html.j2")
        .render(
            verdict=str(verdict.kind),
            mark="✓" if verdict.kind is Kind.PROVED else MARKS.get(str(verdict.kind), "✗"),
            method=verdict.method,
            counterexample=document.counterexample(example) if example else None,
            sizes=sizes[:6],
            reasons=[document.words(reason) for reason in verdict.reasons],
        )
    )
    return str(text)


def _environment() -> Any:
    from jinja2 import Environment, PackageLoader

    loader = PackageLoader("derivcheck.report", "")
    return Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)


def _rendered(template: str, report: Report) -> str:
    from markupsafe import Markup

    documents = [_Document(document).data() for document in report.documents]
    codes = sorted({code for document in documents for code in document["codes"] if code in CODES})
    numbers = counts(report)
    text = (
        _environment()
        .get_template(template)
        .render(
            version=__version__,
            documents=documents,
            summary=[(name, numbers[name]) for name in (*VERDICTS, "given") if numbers[name]],
            explanations=[(code, CODES[code].slug, Markup(_explained(code))) for code in codes],
        )
    )
    return str(text)


@cache
def _explained(code: str) -> str:
    from markdown_it import MarkdownIt

    body = explanation(code).split("\n", 1)[1]
    return str(
        MarkdownIt("commonmark", {"html": False}).render(re.sub("^##", "####", body, flags=re.M))
    )


def _polynomial(text: str) -> str:
    """Return a polynomial with its letters' numbers as subscripts: ``u_{1}^2``."""
    return re.sub(r"([a-z])(\d+)", r"\1_{\2}", text).replace("*", " ")


def _is_code(text: str) -> bool:
    """Return whether what a message quotes is a word of a file's or a command's, no formula."""
    return bool(_WORDS.fullmatch(text))


class _Document:
    """Turns one document into what the template shows."""

    def __init__(self, document: DocumentReport) -> None:
        self.document = document
        self.places = document.places
        self.codes: set[str] = set()

    def data(self) -> dict[str, Any]:
        document = self.document
        return {
            "path": document.path,
            "layout": document.layout,
            "layout_source": document.layout_source,
            "given": [
                (self.formula(given.latex), given.kind, self.places.lines([given.line]))
                for given in document.given
            ],
            "findings": [self.finding(found) for found in document_findings(document)],
            "claims": [self.claim(claim) for claim in document.claims],
            "unread": [
                (
                    self.formula(unread.latex),
                    self.words(unread.why),
                    self.places.lines([unread.line]),
                )
                for unread in document.unread
            ],
            "codes": self.codes,
        }

    def claim(self, claim: ClaimReport) -> dict[str, Any]:
        return {
            "title": self.words(claim_label(claim)),
            "verdict": claim.verdict,
            "statement": claim.statement if claim.derivation else None,
            "derivation": claim.derivation if claim.statement else None,
            "steps": [self.step(claim, k, step) for k, step in enumerate(claim.steps, start=1)],
        }

    def step(self, claim: ClaimReport, number: int, step: StepReport) -> dict[str, Any]:
        found = step_finding(claim, number, step)
        skipped = step.directive in ("skip", "assume")
        mark = "–" if skipped else "✓" if step.succeeded else MARKS.get(step.verdict, "✗")
        facts = list(step.notes)
        if step.assuming:
            facts.append(f"assuming {self.places.lines(step.assuming)}")
        facts += [f"where `{text}`" for text in step.conditions]
        sizes = [", ".join(f"{n} = {k}" for n, k in one.items()) for one in step.sizes if one]
        if sizes:
            facts.append(f"also compared exactly at {'; '.join(sizes[:6])}")
        verdict = step.verdict
        if step.directive:
            verdict += f" ({step.directive})"
        return {
            "number": number,
            "verdict": step.verdict,
            "shown": verdict,
            "mark": mark,
            "method": step.method if step.verdict == "proved" else None,
            "place": self.places.within(step.span.line, step.span.column),
            "formula": self.equation(step),
            "facts": [self.words(fact) for fact in facts],
            "finding": self.finding(found) if found else None,
            "statement": step.statement,
        }

    def finding(self, found: Finding) -> dict[str, Any]:
        if found.code:
            self.codes.add(found.code)
        diagnostic, step, span = found.diagnostic, found.step, found.span
        notes = list(diagnostic.notes) if diagnostic else []
        example = step.counterexample if step else None
        return {
            "code": found.code,
            "slug": found.slug,
            "severity": found.severity,
            "headline": self.words(found.headline),
            "place": self.places.within(span.line, span.column) if span else "",
            "labels": [
                (self.source(label.span), self.words(label.text))
                for label in (diagnostic.labels if diagnostic else ())
                if label.text
            ],
            "notes": [self.note(note) for note in notes],
            "help": [
                (item.verified, self.words(item.text))
                for item in (diagnostic.help if diagnostic else ())
            ],
            "counterexample": self.counterexample(example) if example else None,
        }

    def note(self, note: str) -> Any:
        lead, colon, rest = note.partition(": ")
        if lead == "residual" and colon and "`" not in rest:
            return self.words(f"{lead}: `{rest.strip()}`")
        return self.words(note)

    def counterexample(self, example: Counterexample) -> dict[str, Any]:
        row, column = example.entry
        return {
            "sizes": ", ".join(f"{name} = {size}" for name, size in example.sizes.items()),
            "values": [self.value(name, value) for name, value in example.values.items()],
            "sides": [self.value("left", example.lhs), self.value("right", example.rhs)],
            "entry": "" if is_number(example.lhs) else f"entry ({row}, {column})",
        }

    def value(self, name: str, value: Any) -> Any:
        latex = rf"\text{{{name}-hand side}}" if name in ("left", "right") else name
        if isinstance(value, dict):
            of, formula = value.get("of", "t"), value.get("is", "")
            lead = f"{latex}({argument_letters(of)})"
            if isinstance(formula, str):
                return self.formula(f"{lead} = {_polynomial(formula)}")
            return self.value(lead, [[_polynomial(str(x)) for x in row] for row in formula])
        if isinstance(value, str):
            return self.formula(f"{latex} = {value}")
        rows = r" \\ ".join(" & ".join(map(str, row)) for row in value)
        return self.formula(rf"{latex} = \begin{{bmatrix}} {rows} \end{{bmatrix}}")

    def equation(self, step: StepReport) -> Any:
        from markupsafe import Markup

        if step.relation is None or step.rhs is None:
            return Markup("<code>{}</code>").format(step.lhs)
        latex = f"{step.lhs} {step.relation} {step.rhs}"
        shown = mathml(latex, self.document.macros)
        if shown is not None:
            return Markup(shown)
        lhs, rhs = step.readable or (step.lhs, step.rhs)
        return Markup("<code>{}</code>").format(f"{lhs} {step.relation} {rhs}")

    def formula(self, latex: str) -> Any:
        from markupsafe import Markup

        shown = mathml(latex, self.document.macros, display=False)
        return Markup("<code>{}</code>").format(latex) if shown is None else Markup(shown)

    def words(self, text: str) -> Any:
        """Return a message with the formulas between backticks as mathematics."""
        from markupsafe import Markup

        return Markup("").join(self._parts(text))

    def _parts(self, text: str) -> Iterator[Any]:
        from markupsafe import Markup

        position = 0
        for match in _QUOTED.finditer(text):
            yield text[position : match.start()]
            yield (
                Markup("<code>{}</code>").format(match[1])
                if _is_code(match[1])
                else (self.formula(match[1]))
            )
            position = match.end()
        yield text[position:]

    def source(self, span: Any) -> Any:
        lines = self.document.text.split("\n")
        if not 1 <= span.line <= len(lines):
            return ""
        line = lines[span.line - 1]
        end = span.end_column - 1 if span.end_line == span.line else len(line)
        return self.formula(line[span.column - 1 : end])
