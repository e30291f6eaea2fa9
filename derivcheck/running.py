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
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from derivcheck.output import encoding_of

if TYPE_CHECKING:
    from derivcheck.cache import Cache
    from derivcheck.corpus import Plan
    from derivcheck.files import Source
    from derivcheck.options import Options
    from derivcheck.report.model import DocumentReport, Report
    from derivcheck.resuming import Done


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

    def __init__(self, *, verbose: bool = False, quiet: bool = False, strict: bool = False) -> None:
        from derivcheck.report.model import Report

        self.options: Options | None = None
        self.checked = 0
        self.shown = 0
        self.interrupted: str | None = None
        self.verbose = verbose
        self.quiet = quiet
        self.strict = strict
        self.report = Report()
        self.failed = False
        self.internal = False
        self.certificates: Path | None = None
        self.fixing: str | None = None
        self.difference = ""
        self.unrepaired = False
        self.cache: Cache | None = None
        self.plan: Plan | None = None
        self.done: Done | None = None
        self.keeps = True  # all reports, for formats that need them at the end
        self.statuses: set[int] = set()  # of the documents whose reports are not kept
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

    def fail(self, shown: str, problem: str) -> DocumentReport | None:
        """Report a path that cannot be checked, on standard error and in the report.

        Returns:
            The report of the document, if it has to be written by itself.
        """
        self.failed = True
        self.shown += 1
        document = unreadable(shown, problem)
        slug = document.diagnostics[0].slug
        click.echo(f"error[DC001] {slug}: {plain(shown)}: {plain(problem)}", err=True)
        if not self.keeps:
            return document
        self.report.documents.append(document)
        return None

    def check(self, source: Source) -> DocumentReport | None:
        """Check one document; None if there is nothing to show of it."""
        from derivcheck.files import reason

        if self._tell:
            self._tell(source.shown)
        try:
            document = self._checked(source)
        except (OSError, UnicodeDecodeError) as error:
            return self.fail(source.shown, reason(error))
        except click.ClickException:
            raise
        except KeyboardInterrupt as stopped:
            # what was decided until then is reported like everything else
            partly: DocumentReport | None = getattr(stopped, "report", None)
            if partly is None or not partly.steps:
                raise
            document = partly
            document.path = source.shown
            self.interrupted = source.shown
        except Exception as error:
            document = self._broken(source, error)
        return self._taken(source, document)

    def check_all(
        self, sources: Sequence[Source], *, ordered: bool = True
    ) -> Iterator[DocumentReport]:
        """Check documents, by the plan if there is one; yield what there is to show.

        Args:
            sources: the documents.
            ordered: in this order; else as they are done.
        """
        if self.plan is None:
            found = ((k, self.check(s)) for k, s in enumerate(sources) if not self._is_done(s))
            for _, document in found:
                if document:
                    yield document
                if self.interrupted is not None:
                    return
            return
        from derivcheck.corpus import in_order

        results = self._planned(sources, self.plan)
        for number, document in in_order(results) if ordered else results:
            source = sources[number]
            if document is None:
                continue
            document.path = source.shown
            if self._tell:
                self._tell(source.shown)
            problem = problem_of(document)
            taken = self.fail(source.shown, problem) if problem else self._taken(source, document)
            if taken:
                yield taken

    def _planned(
        self, sources: Sequence[Source], plan: Plan
    ) -> Iterator[tuple[int, DocumentReport | None]]:
        """Yield number and report of each document: what is known first, then what workers find."""
        from derivcheck.corpus import Task, check_many
        from derivcheck.files import files_of, loader, reason
        from derivcheck.options import Options

        options, rest = self.options or Options(), list[int]()
        lost: list[tuple[int, DocumentReport]] = []
        keys: dict[int, str] = {}
        for number, source in enumerate(sources):
            if self._is_done(source):
                yield number, None
                continue
            if self.cache is not None:
                try:
                    content = source.path.read_bytes()
                except OSError as error:
                    yield number, unreadable(source.shown, reason(error))
                    continue
                keys[number] = self.cache.key(content, source.path.suffix, options)
                known = self.cache.find(keys[number], loader(source.path.parent))
                if known is not None:
                    yield number, known
                    continue
            rest.append(number)

        def tasks() -> Iterator[Task]:
            for number in rest:
                source = sources[number]
                try:
                    content = source.path.read_bytes()
                except OSError as error:
                    lost.append((number, unreadable(source.shown, reason(error))))
                    continue
                yield Task(number, source.shown, content, files_of(source.path, content))

        for task, report in check_many(tasks(), options, plan):
            if self.cache is not None and task.number in keys:
                suffix = sources[task.number].path.suffix
                if keys[task.number] == self.cache.key(task.content, suffix, options):
                    self.cache.keep(keys[task.number], report, task.files)
            yield task.number, report
        yield from lost

    def _is_done(self, source: Source) -> bool:
        """Return whether the run that goes on here has done a document as it is now."""
        if self.done is None or source.shown not in self.done.digests:
            return False
        try:
            digest = hashlib.sha256(source.path.read_bytes()).hexdigest()
        except OSError:
            return False
        if not self.done.has(source.shown, digest):
            return False
        self.statuses.add(self.done.statuses[source.shown])
        return True

    def _taken(self, source: Source, document: DocumentReport) -> DocumentReport | None:
        """Count a report; return it unless there is nothing to show of it."""
        self.checked += self.interrupted is None
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
        self.shown += 1
        if self.keeps:
            self.report.documents.append(document)
        else:
            from derivcheck.report.model import Report

            self.statuses.add(Report([document]).exit_status(strict=self.strict))
        return document

    def _checked(self, source: Source) -> DocumentReport:
        """Return the report of a document, from the cache if nothing has changed."""
        if self.cache is None or self.certificates or self.fixing or source.shown == "-":
            return self._decided(source)
        from derivcheck.files import Recorder, loader
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
        if found.untouched:
            told = "its text is not laid out as Jupyter writes notebooks: it is left as it is"
            click.echo(f"--fix: {plain(source.shown)}: {told}", err=True)
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
        show_traceback(verbose=self.verbose)
        kind = type(error).__name__
        return broken(source.shown, f"derivcheck failed on this document ({kind})")

    def finished(self) -> Report:
        """Return the report, with the time taken."""
        self.report.seconds = time.perf_counter() - self.started
        return self.report

    def status(self, *, strict: bool) -> int:
        """Return the exit status of the run."""
        from derivcheck.report.model import combined_status

        status = self.report.exit_status(strict=strict)
        if self.statuses:
            status = combined_status([*self.statuses, *([status] if self.report.documents else [])])
        if self.internal or status == 3:
            return 3
        return 2 if self.failed else max(status, int(self.unrepaired))


_UNREADABLE = "cannot be read: "


def unreadable(shown: str, problem: str) -> DocumentReport:
    """Return the report of a path that cannot be read."""
    from derivcheck.diagnostics import Diagnostic
    from derivcheck.report.model import DocumentReport

    found = Diagnostic("DC001", f"{_UNREADABLE}{problem}")
    return DocumentReport(shown, "", diagnostics=[found])


def broken(path: str, headline: str) -> DocumentReport:
    """Return the report of a document that derivcheck could not deal with."""
    from derivcheck.diagnostics import Diagnostic
    from derivcheck.report.model import DocumentReport

    notes = ("the document was not checked; nothing is claimed about it",)
    return DocumentReport(path, "", diagnostics=[Diagnostic("DC901", headline, notes=notes)])


def problem_of(document: DocumentReport) -> str | None:
    """Return why a document cannot be read; None if it can."""
    if document.text or len(document.diagnostics) != 1:
        return None
    (found,) = document.diagnostics
    unread = found.code == "DC001" and found.headline.startswith(_UNREADABLE)
    return found.headline.removeprefix(_UNREADABLE) if unread else None


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
