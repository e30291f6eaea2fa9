"""The account of the steps on one line of a document: what was understood, and how it was proved."""

from __future__ import annotations

from pathlib import Path

from derivcheck.certificates.account import account
from derivcheck.checking import check_file
from derivcheck.language.steps import Step
from derivcheck.options import Options
from derivcheck.prover.normal_form import collected
from derivcheck.prover.verdict import Verdict
from derivcheck.report.model import StepReport
from derivcheck.report.proof import Explained
from derivcheck.terms.term import OutOfBudgetError, UnknownNodeError


def explained(path: Path, line: int, options: Options) -> tuple[list[Explained], list[int]]:
    """Return the steps on a line, and the lines that do have steps.

    Args:
        path: a document.
        line: a line of it, or of a cell, counted from 1.
        options: how it is checked.

    Raises:
        OSError, UnicodeDecodeError: as ``check_file``.
    """
    decided: dict[int, tuple[Step, Verdict]] = {}

    def keep(report: StepReport, step: Step, verdict: Verdict) -> None:
        decided[id(report)] = step, verdict

    document = check_file(path, options=options, decided=keep)
    places = document.places
    on_line = [step for step in document.steps if places.line(step.span.line) == line]
    if not on_line:
        on_line = [
            step
            for step in document.steps
            if places.line(step.whole.line) <= line <= places.line(step.whole.end_line)
        ]
    result = []
    for report in on_line:
        place = places.at(report.span.line, report.span.column)
        told, why = None, "the step has no meaning that could be looked at"
        if id(report) in decided:
            step, verdict = decided[id(report)]
            assert step.goal is not None
            try:
                told = account(step.goal, verdict.certificate, collected)
            except (UnknownNodeError, OutOfBudgetError) as error:
                why = str(error)
        result.append(Explained(place, report, told, why))
    lines = sorted({places.line(step.span.line) for step in document.steps})
    return result, lines
