"""The command line: arguments, files, output and exit status.

Heavy imports (SymPy, rich) happen inside the commands, so that ``--help`` and ``--version`` answer
at once. No exception reaches the user as a traceback: what derivcheck cannot explain is DC901,
exit status 3.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from derivcheck import __version__
from derivcheck.diagnostics import installed_by
from derivcheck.output import FORMATS, Writer, encoding_of, is_colored, missing, width_of, write
from derivcheck.running import Run, plain, show_traceback

if TYPE_CHECKING:
    from derivcheck.corpus import Plan
    from derivcheck.report.model import Report

EXIT_INTERRUPTED = 130

_EPILOG = """\b
Exit status:
  0  every step is proved (or what the page expects of it)
  1  some step is not proved
  2  the run could not be made: usage, a file that cannot be read, nothing to check
  3  derivcheck disagrees with itself: please report it
"""


class _Program(click.Group):
    """A group whose failures keep the promises of the exit status."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run; then exit with the command's status, or return it if not ``standalone_mode``."""
        status = self._status(args, prog_name or "derivcheck", complete_var, extra)
        return status if not standalone_mode else _leave(status)

    def _status(
        self,
        args: Sequence[str] | None,
        prog_name: str,
        complete_var: str | None,
        extra: dict[str, Any],
    ) -> int:
        try:
            result = super().main(args, prog_name, complete_var, False, **extra)
            sys.stdout.flush()
        except click.ClickException as error:
            error.show()
            return 2
        except (KeyboardInterrupt, click.Abort):
            click.echo("interrupted", err=True)
            return EXIT_INTERRUPTED
        except BrokenPipeError:
            # The reader has gone: what is left in the buffer goes nowhere, without a complaint.
            sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
            return 1
        except Exception as error:
            return _internal_error(error, verbose="-v" in sys.argv or "--verbose" in sys.argv)
        return result if isinstance(result, int) else 0


def _leave(status: int) -> NoReturn:
    sys.exit(status)


@click.group(
    cls=_Program,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EPILOG,
)
@click.version_option(__version__, "-V", "--version", message="derivcheck %(version)s")
def main() -> None:
    """Check matrix-calculus derivations step by step.

    Reads Markdown, LaTeX papers and Jupyter notebooks, and says of every step whether it is proved
    for all sizes, refuted by a counterexample, ill-shaped, undecided or unreadable.

    \b
    Examples:
      derivcheck check backprop.md
      derivcheck check proofs/ --strict --format concise
      derivcheck shapes backprop.md
      derivcheck explain DC201
      derivcheck verify proofs.d
    """  # noqa: D301 — click reads the escape


def _sizes(
    _context: click.Context, _parameter: click.Parameter, values: Sequence[str]
) -> tuple[tuple[str, int], ...] | None:
    """Read ``n=2,m=3``."""
    sizes: dict[str, int] = {}
    for pair in ",".join(values).split(",") if values else []:
        name, sign, number = pair.strip().partition("=")
        name, number = name.strip(), number.strip()
        if not name or not sign:
            raise click.BadParameter(f"expected NAME=SIZE, not {pair.strip()!r}")
        if not (number.isascii() and number.isdigit()) or not 1 <= int(number[:9]) <= 64:
            raise click.BadParameter(f"a size is a whole number from 1 to 64, not {number!r}")
        if len(number) > 9 or sizes.setdefault(name, int(number)) != int(number):
            raise click.BadParameter(f"two sizes for {name!r}")
    return tuple(sizes.items()) or None


_PATH = click.Path(path_type=Path, allow_dash=False)
_LAYOUT = click.option(
    "--layout",
    type=click.Choice(["numerator", "denominator", "mixed"]),
    help="Layout of derivatives, whatever the documents declare.",
)
_GIVEN = click.option(
    "--given",
    "given_files",
    type=_PATH,
    multiple=True,
    metavar="FILE",
    help="More that is given: a YAML list or a document's front matter. Repeatable.",
)


@main.command(epilog=_EPILOG, short_help="Check derivations step by step.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(FORMATS),
    default="full",
    show_default=True,
    help="full: for people; concise: file:line:col lines; json, json-lines (one report for each "
    "document): for programs; junit, sarif, github: for CI; html: a page.",
)
@_GIVEN
@click.option(
    "--givens",
    type=click.Choice(["open", "closed"]),
    default="open",
    show_default=True,
    help="closed: what the text assumes must be proved too.",
)
@_LAYOUT
@click.option(
    "--sizes",
    multiple=True,
    metavar="n=2,m=3",
    callback=_sizes,
    help="Sizes at which both sides are compared as well. Repeatable.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Stop a step after this time (a backstop: budgets are counted, not timed).",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Also fail on unread inline math, an inferred layout, skip and assume.",
)
@click.option("-v", "--verbose", is_flag=True, help="Tell everything.")
@click.option("-q", "--quiet", is_flag=True, help="Tell only what is not proved, and the summary.")
@click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True
)
@click.option("--output", type=_PATH, metavar="FILE", help="Write the report there, in UTF-8.")
@click.option(
    "--certificates",
    type=_PATH,
    metavar="DIR",
    help="Write a certificate of every proved step there, for `derivcheck verify`.",
)
@click.option("--fix", is_flag=True, help="Write verified repairs into a copy, NAME.fixed.md.")
@click.option("--in-place", is_flag=True, help="With --fix: write them into the file itself.")
@click.option("--diff", is_flag=True, help="Show what --fix would write, and write nothing.")
@click.option(
    "--cache/--no-cache",
    "cached",
    default=True,
    help="Take the report of a document that has not changed from the last run (the default).",
)
@click.option("--watch", "watching", is_flag=True, help="Check again whenever a document changes.")
@click.option(
    "--pass-over",
    is_flag=True,
    help="Pass over named files without a derivation, as in folders (for hooks).",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=0),
    default=1,
    metavar="N",
    help="Check N documents at a time; 0: as many as there are cores.",
)
@click.option(
    "--backend",
    type=click.Choice(["loky", "dask", "ray"]),
    default="loky",
    show_default=True,
    help="With --jobs: processes of this machine, or a Dask or Ray cluster.",
)
@click.option("--scheduler", metavar="ADDRESS", help="Of a running Dask or Ray cluster.")
@click.option(
    "--resume", is_flag=True, help="Go on with the JSON lines in --output: what is done stays."
)
def check(  # noqa: PLR0917 — click passes by keyword
    paths: tuple[str, ...],
    output_format: str,
    given_files: tuple[Path, ...],
    givens: str,
    layout: str | None,
    sizes: tuple[tuple[str, int], ...] | None,
    timeout: float | None,
    strict: bool,
    verbose: bool,
    quiet: bool,
    color: str,
    output: Path | None,
    certificates: Path | None,
    fix: bool,
    in_place: bool,
    diff: bool,
    cached: bool,
    watching: bool,
    pass_over: bool,
    jobs: int,
    backend: str,
    scheduler: str | None,
    resume: bool,
) -> int:
    """Check derivations: files, folders (the documents in them), or - for standard input.

    \b
    Examples:
      derivcheck check backprop.md            one document
      derivcheck check proofs/ -q             a folder; only what is not proved
      derivcheck check - < homework.md        standard input
      derivcheck check a.md --format json     for programs
      derivcheck check a.md --given sheet.md  with the givens of the exercise sheet
      derivcheck check notes/ --watch         again and again, as files change
      derivcheck check corpus/ --jobs 0 --format json-lines --output results.jsonl --resume
      derivcheck check a.md --certificates d  a file for each proof, to be verified anywhere
      derivcheck check a.md --diff            what verified repairs would change
    """  # noqa: D301 — click reads the escape
    if verbose and quiet:
        raise click.UsageError("--verbose and --quiet exclude each other")
    if problem := missing(output_format):
        raise click.ClickException(problem)
    if resume and (output_format != "json-lines" or output is None):
        raise click.UsageError("--resume needs --format json-lines and --output")
    if resume and strict:
        raise click.UsageError("--resume and --strict exclude each other: lines do not tell enough")
    plan = _plan(jobs, backend, scheduler)
    if plan and (certificates or fix or diff):
        raise click.UsageError("--certificates, --fix and --diff work on one document at a time")
    from derivcheck.cache import default_cache
    from derivcheck.files import reason, select
    from derivcheck.resuming import done_by

    output = None if output == Path("-") else output

    def once() -> tuple[int, Report]:
        selection = select(paths, named=not pass_over)
        given = _given(given_files)
        run = Run(verbose=verbose, quiet=quiet, strict=strict)
        run.certificates = certificates
        run.plan, run.keeps = plan, output_format != "json-lines"
        run.fixing = "diff" if diff else ("in-place" if in_place else "copy") if fix else None
        run.cache = default_cache() if cached else None
        if verbose:
            for shown in selection.passed_over:
                click.echo(f"{plain(shown)}: no formula, passed over", err=True)
        writer = Writer(output_format, output, color, strict=strict, verbose=verbose, quiet=quiet)
        interrupted = False
        if resume and output:
            run.done = done_by(output)
        try:
            writer.start(run.done.size if run.done else 0)
            for shown, problem in selection.problems:
                if failed := run.fail(shown, problem):
                    writer.document(failed)
            closed = givens == "closed"
            run.use(layout=layout, sizes=sizes, timeout=timeout, given=given, closed=closed)
            with run.progress(len(selection.sources), writer.to_terminal) as pause:
                ordered = output_format != "json-lines"
                for document in run.check_all(selection.sources, ordered=ordered):
                    with pause():
                        if diff:
                            write(run.difference, sys.stdout)
                        else:
                            writer.document(document)
        except KeyboardInterrupt:
            interrupted = True
        try:
            report = run.finished()
            if not diff:
                writer.finish(report)
        except OSError as error:
            if output is None:
                raise
            raise click.ClickException(f"--output {plain(str(output))}: {reason(error)}") from error
        if interrupted or run.interrupted is not None:
            checked = f"{run.checked} of {len(selection.sources)} documents checked"
            if run.interrupted is not None:
                checked += f", {plain(run.interrupted)} in part"
            click.echo(f"interrupted: {checked}", err=True)
            return EXIT_INTERRUPTED, run.report
        status = run.status(strict=strict)
        return 0 if pass_over and not run.shown else status, run.report

    return _watched(once, paths, given_files) if watching else once()[0]


def _plan(jobs: int, backend: str, scheduler: str | None) -> Plan | None:
    """Return where documents are checked; None for one by one, here."""
    if jobs == 1 and backend == "loky":
        return None
    needed = {"loky": ["joblib"], "dask": ["joblib", "distributed"], "ray": ["joblib", "ray"]}
    absent = [name for name in needed[backend] if find_spec(name) is None]
    if absent:
        extra = "jobs" if backend == "loky" else backend
        needs = f"--backend {backend} needs {' and '.join(absent)}"
        raise click.ClickException(f"{needs}: {installed_by(extra)}")
    if scheduler and backend == "loky":
        raise click.UsageError("--scheduler needs --backend dask or ray")
    from derivcheck.corpus import Plan

    return Plan(jobs, backend, scheduler)


def _watched(
    once: Callable[[], tuple[int, Report]], paths: Sequence[str], given: Sequence[Path]
) -> int:
    """Check after each change until interrupted; return the status of the last run."""
    try:
        from derivcheck.watching import Watched, check_again
    except ModuleNotFoundError as error:
        needs = f"--watch needs {error.name}: {installed_by('watch')}"
        raise click.ClickException(needs) from error
    watched, last = Watched(), 0

    def check() -> None:
        nonlocal last
        status, report = once()
        if status == EXIT_INTERRUPTED:
            raise KeyboardInterrupt
        last = status
        watched.read_by(paths, given, report)

    try:
        check_again(watched, check, lambda line: click.echo(plain(line), err=True))
    except KeyboardInterrupt:
        click.echo("", err=True)
    return last


@main.command(short_help="List the names of a document with their shapes.")
@click.argument("paths", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["full", "json"]),
    default="full",
    show_default=True,
)
@_GIVEN
@_LAYOUT
@click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True
)
def shapes(
    paths: tuple[str, ...],
    output_format: str,
    given_files: tuple[Path, ...],
    layout: str | None,
    color: str,
) -> int:
    """List the names of a document: kind, shape, and where each comes from.

    \b
    Example:
      derivcheck shapes backprop.md
    """  # noqa: D301 — click reads the escape
    from derivcheck.files import select

    selection = select(paths)
    run = Run()
    run.use(layout=layout, given=_given(given_files))
    for shown, problem in selection.problems:
        run.fail(shown, problem)
    for source in selection.sources:
        run.check(source)
    documents = run.report.documents
    if output_format == "json":
        from derivcheck.report.json_report import shapes_json

        write(shapes_json(documents, encoding_of(sys.stdout)) + "\n", sys.stdout)
    else:
        from derivcheck.report.script import Script
        from derivcheck.report.shapes import shapes_lines
        from derivcheck.report.terminal import render

        script = Script(encoding_of(sys.stdout))
        lines = shapes_lines([d for d in documents if d.text], script, width_of(sys.stdout))
        write(render(lines, color=is_colored(color, sys.stdout)), sys.stdout)
    if run.internal:
        return 3
    return 2 if run.failed else 0


@main.command(short_help="Explain a step of a document, or a diagnostic.")
@click.argument("code", required=False, metavar="[FILE:LINE | CODE]")
@_GIVEN
@_LAYOUT
@click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True
)
def explain(code: str | None, given_files: tuple[Path, ...], layout: str | None, color: str) -> int:
    """Explain a step of a document, or a diagnostic.

    Of a step: what was understood, both sides in index notation, how they were paired, what was
    used, and both sides written out at a small size. Of a diagnostic: what it means, an example,
    what to write instead. Without argument, list all diagnostics.

    \b
    Examples:
      derivcheck explain backprop.md:52
      derivcheck explain DC201
      derivcheck explain shape-mismatch
      derivcheck explain
    """  # noqa: D301 — click reads the escape
    file, colon, line = (code or "").rpartition(":")
    if colon and line.isascii() and line.isdigit() and len(line) < 10:
        return _explain_line(Path(file), int(line), _given(given_files), layout)
    from derivcheck.report.explain import code_list, explanation, find_code, nearest, render_page
    from derivcheck.report.script import Script

    script, width = Script(encoding_of(sys.stdout)), width_of(sys.stdout)
    if code is None:
        write(code_list(script, width), sys.stdout)
        return 0
    found = find_code(code)
    if found is None:
        close = nearest(code)
        hint = f"; did you mean {close}?" if close else ""
        click.echo(f"error: no diagnostic is called {plain(code)!r}{hint}", err=True)
        click.echo("`derivcheck explain` lists all of them", err=True)
        return 2
    colored = is_colored(color, sys.stdout)
    write(render_page(explanation(found), script, width, color=colored), sys.stdout)
    return 0


def _explain_line(path: Path, line: int, given: tuple[str, ...], layout: str | None) -> int:
    from derivcheck.explaining import explained
    from derivcheck.files import reason
    from derivcheck.options import Options
    from derivcheck.report.proof import account_lines
    from derivcheck.report.script import Script

    options = Options(layout=layout, given=given, repairs=False)
    try:
        found, lines = explained(path, line, options)
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{plain(str(path))}: {reason(error)}") from error
    if not found:
        near = ", ".join(map(str, sorted(sorted(lines, key=lambda one: abs(one - line))[:5])))
        hint = f"; there are steps on lines {near}" if near else "; it has no step"
        raise click.ClickException(f"{plain(str(path))} has no step on line {line}{hint}")
    script, width = Script(encoding_of(sys.stdout)), width_of(sys.stdout)
    for number, one in enumerate(found):
        rows = account_lines(one, script, width)
        write("\n" * bool(number) + "".join(f"{row}\n" for row in rows), sys.stdout)
    return 0


@main.command(short_help="Check certificates again, from their files alone.")
@click.argument("paths", nargs=-1, required=True, metavar="DIR...")
@click.option(
    "--document",
    "documents",
    type=_PATH,
    multiple=True,
    metavar="FILE",
    help="The certificates must come from this document as it is. Repeatable.",
)
@click.option("-q", "--quiet", is_flag=True, help="Tell only what is refused, and the summary.")
def verify(paths: tuple[str, ...], documents: tuple[Path, ...], quiet: bool) -> int:
    """Check certificates again: folders, or single files.

    Each file is rebuilt and replayed by the kernel alone; documents are not read. What was verified
    is printed in full: a proof is worth as much as the statement that it proves.

    \b
    Exit status:
      0  every certificate is accepted
      1  some certificate is refused
      2  a file cannot be read, or there is none

    \b
    Examples:
      derivcheck check backprop.md --certificates proofs.d
      derivcheck verify proofs.d
      derivcheck verify proofs.d --document backprop.md
    """  # noqa: D301 — click reads the escape
    from derivcheck.certifying import SUFFIX, verified
    from derivcheck.files import reason
    from derivcheck.report.script import Script
    from derivcheck.report.verification import outcome_lines, summary_line

    hashes = None
    if documents:
        try:
            hashes = [hashlib.sha256(path.read_bytes()).hexdigest() for path in documents]
        except OSError as error:
            raise click.ClickException(f"--document: {reason(error)}") from error
    script, width = Script(encoding_of(sys.stdout)), width_of(sys.stdout)
    accepted = refused = 0
    failed = False
    for path in map(Path, paths):
        files = sorted(path.glob(f"*{SUFFIX}")) if path.is_dir() else [path]
        if not files:
            click.echo(f"error: no certificate in {plain(str(path))}", err=True)
            failed = True
        for file in files:
            try:
                outcome = verified(file, hashes)
            except OSError as error:
                click.echo(f"error: {plain(str(file))}: {reason(error)}", err=True)
                failed = True
                continue
            accepted += outcome.problem is None
            refused += outcome.problem is not None
            if outcome.problem is not None or not quiet:
                lines = outcome_lines(str(file), outcome.found, outcome.problem, script, width)
                write("".join(f"{line}\n" for line in lines), sys.stdout)
    write(summary_line(accepted, refused) + "\n", sys.stdout)
    return 2 if failed else int(refused > 0)


@main.command(short_help="Serve an editor: diagnostics, hover, repairs.")
def lsp() -> None:
    """Speak the language server protocol on standard input and output.

    Editors start it; docs/editors.md says how.
    """
    try:
        from derivcheck.server import serve
    except ModuleNotFoundError as error:
        needs = f"the language server needs {error.name}: {installed_by('lsp')}"
        raise click.ClickException(needs) from error
    serve()


def _given(paths: Sequence[Path]) -> tuple[str, ...]:
    from derivcheck.files import reason

    given = []
    for path in paths:
        try:
            given.append(path.read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError) as error:
            raise click.ClickException(f"--given {plain(str(path))}: {reason(error)}") from error
    return tuple(given)


def _internal_error(error: Exception, *, verbose: bool) -> int:
    click.echo(
        f"internal error[DC901]: derivcheck failed ({type(error).__name__}: {plain(str(error))})\n"
        "  = note: nothing is claimed about what was not reported before\n"
        "  = help: run again with --verbose for the details, and please report this with the\n"
        "    document and the output of `derivcheck --version`",
        err=True,
    )
    show_traceback(verbose=verbose)
    return 3
