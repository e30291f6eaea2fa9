"""A run: documents are checked one by one, and what is needed for the exit status is kept.

Heavy imports (SymPy, rich) happen when they are needed. What goes wrong with one document is reported
as its diagnostic; the others are checked all the same.
"""

from __future__ import annotations

import gc
import hashlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from derivcheck.output import encoding_of

if TYPE_CHECKING:
    from derivcheck.cache import Cache
    from derivcheck.files import Source
    from derivcheck.options import Options
    from derivcheck.report.model import DocumentReport, Report


@contextmanager
def quiet_collector() -> Iterator[None]:
    """Keep the garbage collector from walking through modules while they are being imported."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


class Run:
    """Checks documents one by one and keeps what is needed for the exit status."""

    def __init__(self, *, verbose: bool = False, quiet: bool = False) -> None:
        from derivcheck.report.model import Report

        self.options: Options | None = None
        self.checked = 0
        self.verbose = verbose
        self.quiet = quiet
        self.report = Report()
        self.failed = False
        self.internal = False
        self.certificates: Path | None = None
        self.fixing: str | None = None
        self.difference = ""
        self.unrepaired = False
        self.cache: Cache | None = None
        self.started = time.perf_counter()
        self._tell: Callable[[str], None] | None = None

    def use(self, *, closed: bool = False, **choices: Any) -> None:
        """Load the checker and set its options."""
        from derivcheck.options import Options

        self.options = Options(givens_closed=closed, **choices)

    def progress(self, count: int, shared_terminal: bool) -> Any:
        """Return a context in which progress is shown; it gives a function that pauses it."""
        from derivcheck.progress import Progress

        shown = not self.quiet and bool(count) and sys.stderr.isatty()
        progress = Progress(count, enabled=shown, pauses=shared_terminal)
        self._tell = progress.tell
        return progress

    def fail(self, shown: str, problem: str) -> None:
        """Report a path that cannot be checked, on standard error and in the report."""
        from derivcheck.diagnostics import Diagnostic
        from derivcheck.report.model import DocumentReport

        self.failed = True
        found = Diagnostic("DC001", f"cannot be read: {problem}")
        self.report.documents.append(DocumentReport(shown, "", diagnostics=[found]))
        click.echo(f"error[DC001] {found.slug}: {plain(shown)}: {plain(problem)}", err=True)

    def check(self, source: Source) -> DocumentReport | None:
        """Check one document; None if there is nothing to show of it."""
        from derivcheck.files import reason

        if self._tell:
            self._tell(source.shown)
        try:
            document = self._checked(source)
        except (OSError, UnicodeDecodeError) as error:
            self.fail(source.shown, reason(error))
            return None
        except click.ClickException:
            raise
        except Exception as error:
            document = self._broken(source, error)
        self.checked += 1
        if not document.steps:
            only_empty = all(found.code == "DC003" for found in document.diagnostics)
            if not source.named and only_empty:
                if self.verbose:
                    click.echo(f"{plain(source.shown)}: no step, passed over", err=True)
                return None
            if not document.diagnostics:
                document.diagnostics.append(_nothing_to_check())
        if any(found.code.startswith("DC9") for found in document.diagnostics):
            self.internal = True
        self.report.documents.append(document)
        return document

    def _checked(self, source: Source) -> DocumentReport:
        """Return the report of a document, from the cache if nothing has changed."""
        if self.cache is None or self.certificates or self.fixing or source.shown == "-":
            return self._decided(source)
        from derivcheck.cache import Recorder
        from derivcheck.files import loader
        from derivcheck.options import Options

        content = source.path.read_bytes()
        key = self.cache.key(content, source.path.suffix, self.options or Options())
        load = loader(source.path.parent)
        known = self.cache.find(key, load)
        if known is not None:
            known.path = source.shown
            return known
        recorder = Recorder(load)
        document = self._decided(source, load=recorder)
        # A file that is being written may have changed since.
        if document.sha256 == hashlib.sha256(content).hexdigest():
            self.cache.keep(key, document, recorder.files)
        return document

    def _decided(self, source: Source, **choices: Any) -> DocumentReport:
        with quiet_collector():
            from derivcheck.checking import check_file, check_text
            from derivcheck.options import Options

        if self.fixing is not None:
            return self._repaired(source)
        choices |= {"options": self.options or Options(), "progress": self._tell}
        if self.certificates is not None:
            from derivcheck.certifying import Certificates

            found = Certificates()
            choices["decided"] = found.decided
        if source.shown == "-":
            content = sys.stdin.buffer.read()
            document = check_text(content.decode("utf-8-sig"), path="-", **choices)
            document.sha256 = hashlib.sha256(content).hexdigest()
        else:
            document = check_file(source.path, **choices)
            document.path = source.shown
        if self.certificates is not None:
            try:
                found.write(self.certificates, document)
            except OSError as error:
                shown = plain(str(self.certificates))
                raise click.ClickException(f"--certificates {shown}: {error.strerror}") from error
            for place, why in found.missing:
                click.echo(f"{plain(place)}: proved, without a certificate: {why}", err=True)
        return document

    def _repaired(self, source: Source) -> DocumentReport:
        from derivcheck.files import reason
        from derivcheck.fixing import fixed_file, fixed_input, write_fixed
        from derivcheck.options import Options

        options = self.options or Options()
        if source.shown == "-":
            found = fixed_input(sys.stdin.buffer.read(), options)
        else:
            found = fixed_file(source.path, source.shown, options, self._tell)
        if self.fixing == "diff":
            self.difference = found.difference(source.shown)
            self.unrepaired = self.unrepaired or bool(self.difference)
            return found.report
        try:
            write_fixed(found, source.path, in_place=self.fixing == "in-place")
        except OSError as error:
            raise click.ClickException(f"--fix: {plain(source.shown)}: {reason(error)}") from error
        return found.report

    def _broken(self, source: Source, error: Exception) -> DocumentReport:
        from derivcheck.diagnostics import Diagnostic
        from derivcheck.report.model import DocumentReport

        show_traceback(verbose=self.verbose)
        kind = type(error).__name__
        found = Diagnostic(
            "DC901",
            f"derivcheck failed on this document ({kind})",
            notes=("the document was not checked; nothing is claimed about it",),
        )
        return DocumentReport(source.shown, "", diagnostics=[found])

    def finished(self) -> Report:
        """Return the report, with the time taken."""
        self.report.seconds = time.perf_counter() - self.started
        return self.report

    def status(self, *, strict: bool) -> int:
        """Return the exit status of the run."""
        status = self.report.exit_status(strict=strict)
        if self.internal or status == 3:
            return 3
        return 2 if self.failed else max(status, int(self.unrepaired))


def _nothing_to_check() -> Any:
    from derivcheck.diagnostics import Diagnostic

    return Diagnostic("DC003", "the document has no step")


def plain(text: str) -> str:
    """Return a text of the user, safe to print on standard error."""
    from derivcheck.report.script import Script

    return Script(encoding_of(sys.stderr)).one_line(text)


def show_traceback(*, verbose: bool) -> None:
    """Show where the current exception came from, if someone wants to know."""
    if verbose or os.environ.get("DERIVCHECK_DEBUG"):
        import traceback

        click.echo(traceback.format_exc(), err=True)
