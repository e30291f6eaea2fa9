"""Where a report goes: the stream or file, its encoding, width and colours."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from derivcheck.diagnostics import installed_by

if TYPE_CHECKING:
    from derivcheck.report.model import DocumentReport, Report
    from derivcheck.report.terminal import TerminalRenderer

FORMATS = ("full", "concise", "json", "json-lines", "junit", "sarif", "github", "html")
STREAMED = ("full", "concise")
"""Formats that say a document at a time and end with a summary."""


def whole(report: Report, output_format: str, encoding: str | None) -> str:
    """Return a report in a format that is one whole."""
    if output_format == "json":
        from derivcheck.report.json_report import report_json

        return report_json(report, encoding) + "\n"
    if output_format == "sarif":
        from derivcheck.report.sarif import sarif

        return sarif(report) + "\n"
    if output_format == "junit":
        from derivcheck.report.junit import junit

        return junit(report) + "\n"
    if output_format == "github":
        from derivcheck.report.github import github_annotations

        lines = github_annotations(report)
        return f"{lines}\n" if lines else ""
    from derivcheck.report.page import page

    return page(report)


def _line(document: DocumentReport) -> str:
    """Return a document as a report of its own, on one line."""
    from derivcheck.report.json_report import report_line
    from derivcheck.report.model import Report

    return report_line(Report([document], sum(step.seconds for step in document.steps)))


NEEDED = {
    "junit": ("junit", ("junitparser",)),
    "html": ("html", ("jinja2", "latex2mathml", "markdown_it")),
}
"""Formats that need more than the core: the extra that installs it, and its modules."""


def missing(output_format: str) -> str | None:
    """Return what a format needs and is not installed, as a sentence; None if nothing is."""
    extra, modules = NEEDED.get(output_format, ("", ()))
    absent = [name for name in modules if find_spec(name) is None]
    if not absent:
        return None
    needs = " and ".join(absent)
    return f"--format {output_format} needs {needs}: {installed_by(extra)}"


class Writer:
    """Puts the report where it is wanted, in the format wanted; documents as they are checked."""

    def __init__(
        self,
        output_format: str,
        output: Path | None,
        color: str,
        *,
        strict: bool,
        verbose: bool,
        quiet: bool,
    ) -> None:
        self.format = output_format
        self.output = output
        self.strict = strict
        self.verbose = verbose
        self.quiet = quiet
        self.encoding = "utf-8" if output else encoding_of(sys.stdout)
        self.color = color == "always" or (output is None and is_colored(color, sys.stdout))
        self.width = 80 if output else width_of(sys.stdout)
        self.to_terminal = output is None and sys.stdout.isatty()
        self.pieces: list[str] = []
        self._cached: TerminalRenderer | None = None

    def start(self, size: int = 0) -> None:
        """Make the file that lines are added to, and keep ``size`` bytes of what it holds.

        Raises:
            OSError: if it cannot be written.
        """
        if self.output is not None and self.format == "json-lines":
            self.output.touch()
            with self.output.open("r+b") as file:
                file.truncate(size)

    def document(self, document: DocumentReport) -> None:
        """Write what is to be said about one document; some formats wait for the end."""
        if self.format == "json-lines":
            self._line(_line(document) + "\n")
        if self.format not in STREAMED:
            return
        from rich.text import Text

        from derivcheck.report.concise import concise_lines
        from derivcheck.report.terminal import render

        if self.format == "concise":
            lines = concise_lines(document, self._renderer().script, strict=self.strict)
            self._emit("".join(f"{line}\n" for line in lines))
            return
        rows = list(self._renderer().document(document))
        self._emit(render([*rows, Text()] if rows else [], color=self.color))

    def finish(self, report: Report) -> None:
        """Write the end: the summary, or all of the formats that are one whole.

        Raises:
            OSError: if the file that was asked for cannot be written.
        """
        if self.format in STREAMED:
            if not (self.format == "concise" and self.quiet):
                from derivcheck.report.terminal import render

                strict = self.strict and self.format == "full"
                summary = self._renderer().summary(report, strict=strict)
                self._emit(render(summary, color=self.color))
        elif self.format != "json-lines":
            self._emit(whole(report, self.format, self.encoding))
        if self.output and self.format != "json-lines":
            self.output.write_text("".join(self.pieces), encoding="utf-8")

    def _line(self, text: str) -> None:
        """Write a line where it is wanted, at once: a run may be interrupted."""
        if self.output is None:
            self._emit(text)
            return
        with self.output.open("a", encoding="utf-8", newline="\n") as file:
            file.write(text)

    def _renderer(self) -> TerminalRenderer:
        from derivcheck.report.script import Script
        from derivcheck.report.terminal import TerminalRenderer

        if self._cached is None:
            script = Script(self.encoding)
            self._cached = TerminalRenderer(script, self.width, self.verbose, self.quiet)
        return self._cached

    def _emit(self, text: str) -> None:
        if self.output:
            self.pieces.append(text)
        else:
            write(text, sys.stdout)


def encoding_of(stream: Any) -> str:
    """Return the encoding of a stream."""
    return getattr(stream, "encoding", None) or "utf-8"


def is_colored(color: str, stream: Any) -> bool:
    """Return whether to use colour: as asked for, else on a terminal that wants it."""
    if color != "auto":
        return color == "always"
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(stream.isatty())


def width_of(stream: Any) -> int:
    """Return the width of a stream's terminal; 80 when there is none."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isascii() and columns.isdigit() and int(columns[:5]):
        return int(columns[:5])
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError, AttributeError):
        return 80


def write(text: str, stream: Any) -> None:
    """Write and flush, so that a reader that has gone is noticed here."""
    stream.write(text)
    stream.flush()
