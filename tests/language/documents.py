"""Small documents and what they give, for tests of what formulas mean."""

from __future__ import annotations

from collections.abc import Iterable

from derivcheck.checking import Options, check_text
from derivcheck.report.model import DocumentReport, StepReport

SQUARE = (
    r"A, B \in \mathbb{R}^{n \times n}",
    r"x, y \in \mathbb{R}^n",
    r"c \in \mathbb{R}",
)


def document(given: Iterable[str], body: str, layout: str | None = None) -> str:
    """Return a document with this front matter; a body without ``$`` is one display."""
    head = [f"layout: {layout}"] if layout else []
    head += ["given:", *[f"  - '{line}'" for line in given]] if given else []
    text = body if "$" in body else f"$${body}$$"
    return "\n".join(["---", *head, "---", text]) + "\n" if head else text + "\n"


def check(
    given: Iterable[str], body: str, layout: str | None = None, /, **options: object
) -> DocumentReport:
    """Check a small document."""
    return check_text(document(tuple(given), body, layout), options=Options(**options))


def only(
    given: Iterable[str], body: str, layout: str | None = None, /, **options: object
) -> StepReport:
    """Check a small document that has one step, and return it."""
    (step,) = check(given, body, layout, **options).steps
    return step


def verdicts(report: DocumentReport) -> list[str]:
    """Return the verdicts of all steps in their order."""
    return [step.verdict for step in report.steps]


def told(step: StepReport) -> str:
    """Return everything that is said about a step, code first."""
    found = step.diagnostic
    said = [*step.notes, *step.conditions]
    if found is not None:
        said = [found.code, found.headline, *found.notes, *[h.text for h in found.help], *said]
    return " | ".join(said)
