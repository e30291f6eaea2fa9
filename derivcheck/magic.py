"""Notebooks: the cell magic ``%%derivcheck``, and verdicts and reports as rich displays.

``%load_ext derivcheck`` loads it. A cell is a document of its own; the text it shows is that of a
terminal where there is no HTML.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from derivcheck.report.model import DocumentReport, Report

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def load(shell: InteractiveShell) -> None:
    """Register the magic and the displays with a shell."""
    from derivcheck.prover.verdict import Verdict

    shell.register_magic_function(_checked(shell), "cell", "derivcheck")
    formatters = shell.display_formatter.formatters  # type: ignore[union-attr]
    page = formatters["text/html"]
    page.for_type(DocumentReport, lambda document: _html(Report([document])))
    page.for_type(Report, _html)
    page.for_type(Verdict, _verdict_html)
    plain = formatters["text/plain"]
    plain.for_type(
        DocumentReport, lambda document, printer, _: printer.text(_text(Report([document])))
    )
    plain.for_type(Report, lambda report, printer, _: printer.text(_text(report)))


def _checked(shell: InteractiveShell) -> Any:
    @click.command(add_help_option=False)
    @click.option("--layout", type=click.Choice(["numerator", "denominator", "mixed"]))
    @click.option("--given", "given_files", type=click.Path(path_type=Path), multiple=True)
    @click.option("--closed", is_flag=True)
    @click.argument("name", required=False)
    def options(**found: Any) -> dict[str, Any]:
        return found

    def derivcheck(line: str, cell: str) -> DocumentReport:
        """Check the derivation in this cell.

        %%derivcheck [--layout LAYOUT] [--given FILE]... [--closed] [NAME]

        NAME is a variable that keeps the report.
        """
        from IPython.core.error import UsageError

        from derivcheck.checking import check_text
        from derivcheck.options import Options

        try:
            found = options.main(shlex.split(line), "%%derivcheck", standalone_mode=False)
            given = tuple(path.read_text(encoding="utf-8") for path in found["given_files"])
        except (click.ClickException, OSError, ValueError) as error:
            raise UsageError(f"%%derivcheck: {getattr(error, 'message', error)}") from error
        chosen = Options(layout=found["layout"], given=given, givens_closed=found["closed"])
        report = check_text(cell, path="cell", options=chosen)
        if found["name"]:
            shell.push({found["name"]: report})  # type: ignore[no-untyped-call]
        return report

    return derivcheck


def _html(report: Report) -> str | None:
    from derivcheck.output import missing

    if missing("html"):
        return None
    from derivcheck.report.page import fragment

    return fragment(report)


def _verdict_html(verdict: Any) -> str | None:
    from derivcheck.output import missing

    if missing("html"):
        return None
    from derivcheck.report.page import verdict_fragment

    return verdict_fragment(verdict)


def _text(report: Report) -> str:
    from derivcheck.report.terminal import render_report

    return render_report(report).rstrip("\n")
