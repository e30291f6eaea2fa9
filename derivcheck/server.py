"""The language server: diagnostics while typing, hover, and code actions that apply verified repairs.

A document is checked a moment after its last change, in a thread of its own, so that typing is never
held up; what was found about an older version is not shown. A notebook is one document, whose cells
have URIs of their own. Positions are those of the protocol: lines from 0, columns in the units that
the editor has asked for.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import unquote, urlparse

from lsprotocol import types as lsp
from msgspec import Struct, field
from pygls import uris
from pygls.lsp.server import LanguageServer

from derivcheck import __version__
from derivcheck.diagnostics import CODES, Help, Span
from derivcheck.options import Options
from derivcheck.reading.document import Document
from derivcheck.reading.notebook import Cell, read_cells
from derivcheck.report.findings import Finding, findings
from derivcheck.report.matrices import counterexample_lines, sizes_text
from derivcheck.report.model import DocumentReport, NameReport, StepReport
from derivcheck.report.script import Script

PAUSE = 0.3
"""Seconds without a change before a document is checked."""

WIDTH = 72
NOTEBOOKS = lsp.NotebookDocumentSyncOptions(
    [lsp.NotebookDocumentFilterWithNotebook(notebook="jupyter-notebook")]
)
"""All cells, for their numbers count those with code as well."""


class Checked(Struct):
    """What was found about one version of a document; ``cells`` has the URIs of a notebook's."""

    version: int | None
    report: DocumentReport
    lines: list[str]
    cells: dict[int, str] = field(default_factory=dict)


class Server(LanguageServer):
    """Checks the documents that an editor has open."""

    def __init__(self) -> None:
        super().__init__("derivcheck", __version__, notebook_document_sync=NOTEBOOKS)
        self.open: set[str] = set()  # documents and notebooks, as the editor calls them
        self.checked: dict[str, Checked] = {}
        self.shown: dict[str, set[str]] = {}  # files with diagnostics, by the document's URI
        self.waiting: dict[str, asyncio.Task[None]] = {}
        self.pool = ThreadPoolExecutor(1, thread_name_prefix="derivcheck")

    def schedule(self, uri: str, pause: float = PAUSE) -> None:
        """Check a document soon, instead of what was scheduled before."""
        before = self.waiting.pop(uri, None)
        if before:
            before.cancel()
        self.waiting[uri] = asyncio.get_running_loop().create_task(self._check(uri, pause))

    async def _check(self, uri: str, pause: float) -> None:
        await asyncio.sleep(pause)
        notebook = self.workspace.get_notebook_document(notebook_uri=uri)
        version, cells = self.version_of(uri), dict[int, str]()
        loop = asyncio.get_running_loop()
        if notebook:
            cells = {number: cell.document for number, cell in enumerate(notebook.cells, 1)}
            texts = [
                (number, self._kind(cell), self._text(cell.document))
                for number, cell in enumerate(notebook.cells, 1)
            ]
            report = await loop.run_in_executor(self.pool, report_of_cells, uri, texts)
        else:
            report = await loop.run_in_executor(self.pool, report_of, uri, self._text(uri))
        if uri not in self.open or self.version_of(uri) != version:
            return
        self.checked[uri] = Checked(version, report, report.text.split("\n"), cells)
        self._publish(uri)

    def version_of(self, uri: str) -> int | None:
        """Return the version of a document or notebook as it is now."""
        notebook = self.workspace.get_notebook_document(notebook_uri=uri)
        if notebook:
            return int(notebook.version)
        found: int | None = self.workspace.get_text_document(uri).version
        return found

    def home(self, uri: str) -> str:
        """Return the URI of the notebook that a cell belongs to, of anything else its own."""
        notebook = self.workspace.get_notebook_document(cell_uri=uri)
        return notebook.uri if notebook else uri

    def _text(self, uri: str) -> str:
        return str(self.workspace.get_text_document(uri).source)

    def _kind(self, cell: lsp.NotebookCell) -> str:
        if cell.kind == lsp.NotebookCellKind.Markup:
            return "markdown"
        raw = self.workspace.get_text_document(cell.document).language_id == "raw"
        return "raw" if raw else "code"

    def _publish(self, uri: str) -> None:
        checked = self.checked[uri]
        found: dict[str, list[lsp.Diagnostic]] = defaultdict(list)
        found.update({own: [] for own in checked.cells.values() or [uri]})
        for finding in findings(checked.report):
            found[self.uri_of(uri, finding.span)].append(self.diagnostic(uri, finding))
        for other in self.shown.get(uri, set()) - set(found):
            found[other] = []
        self.shown[uri] = {other for other, items in found.items() if items}
        for other, items in found.items():
            own = other in found and (other == uri or other in checked.cells.values())
            version = self.version_of(other) if own else None
            self.text_document_publish_diagnostics(
                lsp.PublishDiagnosticsParams(other, items, version)
            )

    def forget(self, uri: str) -> None:
        """Take back what was shown about a document that is closed."""
        self.open.discard(uri)
        waiting = self.waiting.pop(uri, None)
        if waiting:
            waiting.cancel()
        self.checked.pop(uri, None)
        for other in self.shown.pop(uri, set()):
            self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(other, []))

    # Places

    def uri_of(self, uri: str, span: Span | None) -> str:
        """Return the URI of the file that holds a place of a document."""
        checked = self.checked[uri]
        part = checked.report.places.part(span.line if span else 1)
        if part.cell is not None:
            return checked.cells[part.cell]
        inner = part.file if span else None
        if inner is None:
            return uri
        return uris.from_fs_path(str(Path(path_of(uri)).parent / inner)) or uri

    def range(self, uri: str, span: Span | None) -> lsp.Range:
        """Return a place in the protocol's terms."""
        if span is None:
            return lsp.Range(lsp.Position(0, 0), lsp.Position(0, 1))
        checked = self.checked[uri]
        places = checked.report.places
        return lsp.Range(
            lsp.Position(places.line(span.line) - 1, self._units(uri, span.line, span.column)),
            lsp.Position(
                places.line(span.end_line) - 1, self._units(uri, span.end_line, span.end_column)
            ),
        )

    def _units(self, uri: str, line: int, column: int) -> int:
        lines = self.checked[uri].lines
        text = lines[line - 1] if 1 <= line <= len(lines) else ""
        return int(self.workspace.position_codec.client_num_units(text[: column - 1]))

    def place(self, uri: str, position: lsp.Position) -> tuple[int, int] | None:
        """Return line and column, in the document's text, of a position in its own file or a cell."""
        checked = self.checked[self.home(uri)]
        line = position.line + 1
        for part in reversed(checked.report.parts):
            own = position.line + 1 - part.first + part.line
            here = part.cell is None or checked.cells[part.cell] == uri
            if part.file is None and here and own >= part.line:
                line = own
                break
        else:
            if checked.report.parts:
                return None
        if not 1 <= line <= len(checked.lines):
            return None
        units = self.workspace.position_codec.client_num_units
        text = checked.lines[line - 1]
        column = next(
            (k for k in range(len(text)) if units(text[: k + 1]) > position.character), len(text)
        )
        return line, column + 1

    # What is said

    def diagnostic(self, uri: str, finding: Finding) -> lsp.Diagnostic:
        """Return a finding in the protocol's terms."""
        warning = finding.severity == "warning"
        severity = lsp.DiagnosticSeverity.Warning if warning else lsp.DiagnosticSeverity.Error
        related = [
            lsp.DiagnosticRelatedInformation(
                lsp.Location(self.uri_of(uri, label.span), self.range(uri, label.span)), label.text
            )
            for label in (finding.diagnostic.labels if finding.diagnostic else ())
            if label.text
        ]
        return lsp.Diagnostic(
            self.range(uri, finding.span),
            "\n".join(message_lines(finding)),
            severity,
            code=finding.code,
            source="derivcheck",
            related_information=related or None,
        )

    def actions(self, uri: str, wanted: lsp.Range) -> list[lsp.CodeAction]:
        """Return the verified repairs of what is wrong in a range."""
        asked, uri = uri, self.home(uri)
        checked = self.checked.get(uri)
        if checked is None or checked.version != self.version_of(uri):
            return []
        found: list[lsp.CodeAction] = []
        for finding in findings(checked.report):
            shown = self.diagnostic(uri, finding)
            if self.uri_of(uri, finding.span) != asked or not _meet(shown.range, wanted):
                continue
            for item in finding.diagnostic.help if finding.diagnostic else ():
                if item.verified and item.changes:
                    first = not any(action.is_preferred for action in found)
                    found.append(self._action(uri, item, shown, preferred=first))
        return found

    def _action(
        self, uri: str, item: Help, shown: lsp.Diagnostic, *, preferred: bool
    ) -> lsp.CodeAction:
        edits: dict[str, list[lsp.TextEdit]] = defaultdict(list)
        for change in item.changes:
            edit = lsp.TextEdit(self.range(uri, change.span), change.text)
            edits[self.uri_of(uri, change.span)].append(edit)
        return lsp.CodeAction(
            f"{item.text} (proved)",
            lsp.CodeActionKind.QuickFix,
            diagnostics=[shown],
            is_preferred=preferred,
            edit=lsp.WorkspaceEdit(changes=dict(edits)),
        )


def path_of(uri: str) -> str:
    """Return the path of a document; its name alone if it is in no file yet."""
    return uris.to_fs_path(uri) or Path(unquote(urlparse(uri).path) or "untitled.md").name


def report_of(uri: str, text: str) -> DocumentReport:
    """Check a text that an editor holds.

    Raises:
        Never: an error is a diagnostic.
    """
    from derivcheck.files import loader
    from derivcheck.reading import read

    path = path_of(uri)
    return _report(path, lambda: read(path, text, loader(Path(path).parent)))


def report_of_cells(uri: str, cells: list[Cell]) -> DocumentReport:
    """Check a notebook that an editor holds.

    Raises:
        Never: an error is a diagnostic.
    """
    path = path_of(uri)
    return _report(path, lambda: read_cells(path, cells))


def _report(path: str, reading: Callable[[], Document]) -> DocumentReport:
    from derivcheck.checking import check_document
    from derivcheck.running import broken

    try:
        return check_document(reading(), Options())
    except Exception as error:
        return broken(path, f"derivcheck failed on this document ({type(error).__name__})")


def message_lines(finding: Finding) -> list[str]:
    """Return what a diagnostic says: headline, counterexample, facts, help."""
    lines = [finding.headline]
    step, found = finding.step, finding.diagnostic
    if step and step.counterexample:
        sizes = sizes_text(step.counterexample.sizes)
        lines.append(f"counterexample: {sizes}" if sizes else "counterexample:")
        lines += counterexample_lines(step.counterexample, Script(), WIDTH)
    lines += [f"note: {note}" for note in (found.notes if found else ())]
    lines += [
        f"help{' (verified)' if item.verified else ''}: {item.text}"
        for item in (found.help if found else ())
    ]
    return lines


def step_at(report: DocumentReport, line: int, column: int) -> StepReport | None:
    """Return the smallest step that covers a place."""
    covering = [
        step
        for step in report.steps
        if (step.whole.line, step.whole.column) <= (line, column)
        and (line, column) < (step.whole.end_line, step.whole.end_column)
    ]
    return min(
        covering,
        key=lambda step: (step.whole.end_line - step.whole.line, len(step.lhs)),
        default=None,
    )


def name_at(report: DocumentReport, text: str, column: int) -> NameReport | None:
    """Return the longest name that is written across a column of a line."""
    best = None
    for name in report.names:
        start = text.find(name.latex)
        while start >= 0:
            inside = start < column <= start + len(name.latex)
            if inside and (best is None or len(name.latex) > len(best.latex)):
                best = name
            start = text.find(name.latex, start + 1)
    return best


def hover_text(report: DocumentReport, line: int, column: int) -> str | None:
    """Return in Markdown what is known of a place: the name there, and the step's verdict."""
    step = step_at(report, line, column)
    if step is None:
        return None
    parts = []
    name = name_at(report, report.text.split("\n")[line - 1], column)
    if name is not None:
        where = f", {report.places.lines([name.line])}" if name.line else ""
        parts.append(f"`{name.latex}`: {name.kind}, {name.shape}  \n{name.origin}{where}")
    verdict = f"**{step.verdict}**"
    if step.verdict == "proved":
        verdict += f" for all sizes, by {step.method}"
    elif step.diagnostic:
        verdict += f" · {step.diagnostic.code} {CODES[step.diagnostic.code].slug}"
    if step.shape:
        verdict += f"  \nboth sides are {step.shape}"
    facts = list(step.notes)
    if step.assuming:
        facts.append(f"assuming {report.places.lines(step.assuming)}")
    facts += [f"where {condition}" for condition in step.conditions]
    if step.readable and step.relation:
        parts.append(f"`{step.readable[0]} {step.relation} {step.readable[1]}`")
    parts.append("  \n".join([verdict, *facts]))
    return "\n\n".join(parts)


def _meet(one: lsp.Range, other: lsp.Range) -> bool:
    first = ((one.start.line, one.start.character), (one.end.line, one.end.character))
    second = ((other.start.line, other.start.character), (other.end.line, other.end.character))
    return first[0] <= second[1] and second[0] <= first[1]


def make_server() -> Server:
    """Return a server that answers."""
    server = Server()

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    async def opened(params: lsp.DidOpenTextDocumentParams) -> None:
        server.open.add(params.text_document.uri)
        server.schedule(params.text_document.uri, 0)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    async def changed(params: lsp.DidChangeTextDocumentParams) -> None:
        server.schedule(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    async def saved(_params: lsp.DidSaveTextDocumentParams) -> None:
        # Another document may take in the file that was saved.
        for uri in list(server.open):
            server.schedule(uri, 0)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    async def closed(params: lsp.DidCloseTextDocumentParams) -> None:
        server.forget(params.text_document.uri)

    @server.feature(lsp.NOTEBOOK_DOCUMENT_DID_OPEN)
    async def notebook_opened(params: lsp.DidOpenNotebookDocumentParams) -> None:
        server.open.add(params.notebook_document.uri)
        server.schedule(params.notebook_document.uri, 0)

    @server.feature(lsp.NOTEBOOK_DOCUMENT_DID_CHANGE)
    async def notebook_changed(params: lsp.DidChangeNotebookDocumentParams) -> None:
        server.schedule(params.notebook_document.uri)

    @server.feature(lsp.NOTEBOOK_DOCUMENT_DID_CLOSE)
    async def notebook_closed(params: lsp.DidCloseNotebookDocumentParams) -> None:
        server.forget(params.notebook_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    async def hover(params: lsp.HoverParams) -> lsp.Hover | None:
        uri = params.text_document.uri
        checked = server.checked.get(server.home(uri))
        place = server.place(uri, params.position) if checked else None
        text = hover_text(checked.report, *place) if checked and place else None
        return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, text)) if text else None

    @server.feature(
        lsp.TEXT_DOCUMENT_CODE_ACTION,
        lsp.CodeActionOptions(code_action_kinds=[lsp.CodeActionKind.QuickFix]),
    )
    async def actions(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        return server.actions(params.text_document.uri, params.range)

    return server


def serve() -> None:
    """Serve an editor on standard input and output until it ends the session."""
    make_server().start_io()
