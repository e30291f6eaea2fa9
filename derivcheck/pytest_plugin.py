"""A pytest plugin that runs derivations as tests, one test for each claim.

Opt-in: a Markdown file is collected only if its name matches ``derivcheck_files`` (``*.deriv.md``
unless set), or if it lies under a path of ``--derivcheck`` or of the ini option
``derivcheck_paths``. The plugin only collects and formats; nothing of derivcheck beyond this module
is imported before the first derivation is collected.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from derivcheck.report.findings import Finding
    from derivcheck.report.model import ClaimReport, DocumentReport


class DerivationFailedError(Exception):
    """A claim that is not proved; its text is the report."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    group = parser.getgroup("derivcheck", "derivations as tests")
    group.addoption(
        "--derivcheck",
        action="append",
        default=[],
        metavar="PATH",
        help="check the derivations of this file or folder too (repeatable)",
    )
    group.addoption(
        "--derivcheck-strict",
        action="store_true",
        help="fail also on unread inline math, an inferred layout, skip and assume",
    )
    parser.addini(
        "derivcheck_files", "file names that are derivations", "args", default=["*.deriv.md"]
    )
    parser.addini(
        "derivcheck_paths", "files and folders that hold derivations", "paths", default=[]
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make pytest visit the paths that hold derivations."""
    extra = [Path(name) for name in config.getoption("derivcheck")]
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        extra += config.getini("derivcheck_paths")
    known = {_absolute(config, argument.partition("::")[0]) for argument in config.args}
    for path in extra:
        absolute = _absolute(config, path)
        if not any(absolute.is_relative_to(other) for other in known):
            known.add(absolute)
            config.args.append(str(path))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> DerivationFile | None:
    """Collect a Markdown file if the user has opted in."""
    config = parent.config
    if any(fnmatch(file_path.name, pattern) for pattern in config.getini("derivcheck_files")):
        return DerivationFile.from_parent(parent, path=file_path)
    if not _lies_under(config, file_path):
        return None
    from derivcheck.files import SUFFIXES, may_hold_derivation

    if file_path.suffix.lower() in SUFFIXES and may_hold_derivation(file_path):
        return DerivationFile.from_parent(parent, path=file_path)
    return None


class DerivationFile(pytest.File):
    """A document; collecting it checks it, because its claims are known only then."""

    def collect(self) -> Iterable[pytest.Item]:
        """Yield an item for each claim that has steps, and one for what concerns the whole."""
        document = self._checked()
        named = self._is_named()
        only_empty = all(found.code == "DC003" for found in document.diagnostics)
        if not document.steps and only_empty and not named:
            return
        if document.diagnostics or not document.steps or self._objections(document):
            yield DocumentItem.from_parent(self, name="document", document=document)
        seen: dict[str, int] = {}
        for claim in document.claims:
            if not claim.steps:
                continue
            name = " ".join((claim.name or claim.title or "opening").split())
            seen[name] = seen.get(name, 0) + 1
            if seen[name] > 1:
                name = f"{name} ({seen[name]})"
            yield ClaimItem.from_parent(self, name=name, document=document, claim=claim)

    def _checked(self) -> DocumentReport:
        from derivcheck.checking import check_file
        from derivcheck.files import reason

        try:
            document = check_file(self.path)
        except (OSError, UnicodeDecodeError) as error:
            raise self.CollectError(f"{self.path}: {reason(error)}") from error
        document.path = _shown(self.config, self.path)
        return document

    def _is_named(self) -> bool:
        patterns = self.config.getini("derivcheck_files")
        return any(fnmatch(self.path.name, pattern) for pattern in patterns)

    def _objections(self, document: DocumentReport) -> list[str]:
        return _objections(document) if self.config.getoption("derivcheck_strict") else []


class _DerivationItem(pytest.Item):
    """What the two kinds of items share: the report as the failure's text."""

    def __init__(self, *, document: DocumentReport, **rest: Any) -> None:
        super().__init__(**rest)
        self.document = document

    def repr_failure(
        self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None
    ) -> str | Any:
        """Return the report of a failed claim, and pytest's own text of anything else."""
        if isinstance(excinfo.value, DerivationFailedError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)


class ClaimItem(_DerivationItem):
    """A claim: passes if every step is proved, or is what the page expects."""

    def __init__(self, *, claim: ClaimReport, **rest: Any) -> None:
        super().__init__(**rest)
        self.claim = claim

    def runtest(self) -> None:
        """Fail with the diagnostics of the claim; skip when the page skips all of its steps.

        Raises:
            DerivationFailedError: if a step is neither proved nor as expected.
        """
        from derivcheck.report.findings import step_finding

        strict = self.config.getoption("derivcheck_strict")
        skipped = [step for step in self.claim.steps if step.directive == "skip"]
        if len(skipped) == len(self.claim.steps) and not strict:
            pytest.skip("the page says `derivcheck: skip`")
        found = [
            finding
            for number, step in enumerate(self.claim.steps, start=1)
            if (finding := step_finding(self.claim, number, step))
        ]
        trusted = [step for step in self.claim.steps if step.directive in ("skip", "assume")]
        reasons = [
            f"strict: line {step.span.line} says `derivcheck: {step.directive}`"
            for step in trusted
            if strict
        ]
        if reasons or not all(step.succeeded for step in self.claim.steps):
            raise DerivationFailedError(_text(self.document, found, reasons))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the claim's place (pytest counts lines from 0) and name."""
        return self.path, max(self.claim.line - 1, 0), f"derivation: {self.name}"


class DocumentItem(_DerivationItem):
    """What concerns a document as a whole: bad givens, nothing to check, strictness."""

    def runtest(self) -> None:
        """Fail with the document's diagnostics.

        Raises:
            DerivationFailedError: if there are any, or strictness objects.
        """
        from derivcheck.report.findings import document_findings

        found = list(document_findings(self.document))
        strict = self.config.getoption("derivcheck_strict")
        reasons = [f"strict: {text}" for text in _objections(self.document)] if strict else []
        if not self.document.steps and not found:
            reasons.append("nothing to check: the document has no step")
        if found or reasons:
            raise DerivationFailedError(_text(self.document, found, reasons))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the document's first line."""
        return self.path, 0, "derivation: document"


def _text(document: DocumentReport, found: list[Finding], reasons: list[str]) -> str:
    """Return findings as the terminal shows them, at width 80 and without colour."""
    from rich.text import Text

    from derivcheck.report.excerpt import source_lines
    from derivcheck.report.terminal import TerminalRenderer, render

    def rows() -> Iterator[Text]:
        renderer = TerminalRenderer(width=80)
        lines = source_lines(document.text)
        for position, finding in enumerate(found):
            if position:
                yield Text()
            yield from renderer.finding(finding, document.places, lines)
        yield from (Text(reason) for reason in reasons)

    return render(rows()).rstrip("\n")


def _objections(document: DocumentReport) -> list[str]:
    """Return what strictness objects to in the document as a whole."""
    objections = [
        f"inline math on {document.places.lines([unread.line])} was not read: {unread.latex} "
        f"({unread.why})"
        for unread in document.unread
    ]
    if document.layout_source == "inferred":
        objections.append("the layout is inferred, not declared")
    return objections


def _lies_under(config: pytest.Config, path: Path) -> bool:
    folders = [_absolute(config, name) for name in config.getoption("derivcheck")]
    folders += [_absolute(config, folder) for folder in config.getini("derivcheck_paths")]
    return any(path.resolve().is_relative_to(folder) for folder in folders)


def _absolute(config: pytest.Config, path: str | Path) -> Path:
    return (config.invocation_params.dir / path).resolve()


def _shown(config: pytest.Config, path: Path) -> str:
    return str(path.relative_to(config.rootpath) if path.is_relative_to(config.rootpath) else path)
