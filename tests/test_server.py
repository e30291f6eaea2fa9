"""The language server, spoken to by a real client over its standard input and output."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient

from derivcheck import check_text
from derivcheck.server import hover_text, name_at, step_at

GIVEN = "['A \\in \\mathbb{R}^{n \\times n}', 'x \\in \\mathbb{R}^n']"
FRONT = f"---\nlayout: denominator\ngiven: {GIVEN}\n---\n"
SLIP = FRONT + "The 𝔸 says $x = x$.\n\n$$\\nabla_x [x^\\top A x] = 2 A x$$\n"
PATIENCE = 60


class Editor(LanguageClient):
    """A client that waits for diagnostics."""

    def __init__(self) -> None:
        super().__init__("editor", "1")
        self.published: dict[str, lsp.PublishDiagnosticsParams] = {}
        self.arrived = asyncio.Event()

        @self.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def published(params: lsp.PublishDiagnosticsParams) -> None:
            self.published[params.uri] = params
            self.arrived.set()

    async def diagnostics(self, uri: str, version: int | None) -> list[lsp.Diagnostic]:
        """Return the diagnostics of a version of a document, once they are there."""

        async def wait() -> list[lsp.Diagnostic]:
            while True:
                found = self.published.get(uri)
                if found and found.version == version:
                    return list(found.diagnostics)
                self.arrived.clear()
                await self.arrived.wait()

        return await asyncio.wait_for(wait(), PATIENCE)

    def open(self, uri: str, text: str) -> None:
        item = lsp.TextDocumentItem(uri, "markdown", 1, text)
        self.text_document_did_open(lsp.DidOpenTextDocumentParams(item))

    def change(self, uri: str, version: int, text: str) -> None:
        identifier = lsp.VersionedTextDocumentIdentifier(version, uri)
        whole = lsp.TextDocumentContentChangeWholeDocument(text)
        self.text_document_did_change(lsp.DidChangeTextDocumentParams(identifier, [whole]))


def in_a_session(
    work: Callable[[Editor], Awaitable[None]], encodings: list[str] | None = None
) -> None:
    """Run ``work`` with a client whose server has been started and greeted."""

    async def session() -> None:
        editor = Editor()
        await editor.start_io(sys.executable, "-m", "derivcheck", "lsp")
        general = lsp.GeneralClientCapabilities(position_encodings=encodings)
        capabilities = lsp.ClientCapabilities(general=general)
        answer = await editor.initialize_async(lsp.InitializeParams(capabilities))
        assert answer.capabilities.hover_provider
        editor.initialized(lsp.InitializedParams())
        try:
            await work(editor)
        finally:
            await editor.shutdown_async(None)
            editor.exit(None)
            await editor.stop()

    asyncio.run(session())


def applied(text: str, edits: list[lsp.TextEdit]) -> str:
    """Apply the edits of one line of plain letters."""
    lines = text.split("\n")
    for edit in sorted(edits, key=lambda one: one.range.start.character, reverse=True):
        row, start, end = (
            edit.range.start.line,
            edit.range.start.character,
            edit.range.end.character,
        )
        assert edit.range.end.line == row
        lines[row] = lines[row][:start] + edit.new_text + lines[row][end:]
    return "\n".join(lines)


def test_an_editor_sees_diagnostics_hover_and_repairs_that_make_the_step_proved() -> None:
    async def work(editor: Editor) -> None:
        uri = "untitled:slip.md"
        editor.open(uri, SLIP)
        (found,) = await editor.diagnostics(uri, 1)
        assert (found.code, found.source) == ("DC301", "derivcheck")
        assert found.severity == lsp.DiagnosticSeverity.Error
        assert found.range == lsp.Range(lsp.Position(6, 26), lsp.Position(6, 29))
        assert "counterexample: n = 2" in found.message
        document = lsp.TextDocumentIdentifier(uri)
        hover = await editor.text_document_hover_async(
            lsp.HoverParams(document, lsp.Position(6, 28))
        )
        assert isinstance(hover.contents, lsp.MarkupContent)
        assert "`A`: matrix, n × n" in hover.contents.value
        assert "**refuted**" in hover.contents.value
        context = lsp.CodeActionContext([found])
        actions = await editor.text_document_code_action_async(
            lsp.CodeActionParams(document, found.range, context)
        )
        assert actions[0].is_preferred
        assert actions[0].title.endswith("(proved)")
        repaired = applied(SLIP, actions[0].edit.changes[uri])
        assert "(A + A^\\top) x" in repaired
        editor.change(uri, 2, repaired)
        assert await editor.diagnostics(uri, 2) == []
        editor.text_document_did_close(lsp.DidCloseTextDocumentParams(document))

    in_a_session(work)


def test_only_the_last_of_many_changes_is_checked() -> None:
    async def work(editor: Editor) -> None:
        uri = "untitled:a.md"
        editor.open(uri, SLIP)
        for version in range(2, 12):
            editor.change(uri, version, SLIP.replace("2 A x", "A x" * version))
        editor.change(uri, 12, SLIP.replace("2 A x", "(A + A^\\top) x"))
        assert await editor.diagnostics(uri, 12) == []

    in_a_session(work)


@pytest.mark.parametrize(("encodings", "column"), [(None, 17), (["utf-8"], 19), (["utf-32"], 16)])
def test_columns_are_those_of_the_editor(encodings: list[str] | None, column: int) -> None:
    async def work(editor: Editor) -> None:
        uri = "untitled:a.md"
        editor.open(uri, FRONT + "The 𝔸 says $x = 2 x$.\n")
        (found,) = await editor.diagnostics(uri, 1)
        start = found.range.start.character
        assert start == column
        hover = await editor.text_document_hover_async(
            lsp.HoverParams(lsp.TextDocumentIdentifier(uri), lsp.Position(4, start))
        )
        assert "**refuted**" in hover.contents.value

    in_a_session(work, encodings)


def test_a_slip_in_a_file_that_is_taken_in_is_shown_there(tmp_path: Path) -> None:
    (tmp_path / "part.tex").write_text("It is\n\\[ x = 2 x \\]\n")
    main = "% derivcheck:\n%   given: ['x \\in \\mathbb{R}^n']\n\n\\input{part}\n"
    (tmp_path / "main.tex").write_text(main)

    async def work(editor: Editor) -> None:
        uri = (tmp_path / "main.tex").as_uri()
        editor.open(uri, main)
        assert await editor.diagnostics(uri, 1) == []
        (found,) = await editor.diagnostics((tmp_path / "part.tex").as_uri(), None)
        assert found.range.start.line == 1

    in_a_session(work)


def test_a_document_in_a_folder_with_a_blank_in_its_name(tmp_path: Path) -> None:
    async def work(editor: Editor) -> None:
        uri = (tmp_path / "my notes%.md").as_uri()
        editor.open(uri, SLIP)
        (found,) = await editor.diagnostics(uri, 1)
        document = lsp.TextDocumentIdentifier(uri)
        actions = await editor.text_document_code_action_async(
            lsp.CodeActionParams(document, found.range, lsp.CodeActionContext([found]))
        )
        assert list(actions[0].edit.changes) == [uri]
        editor.text_document_did_save(lsp.DidSaveTextDocumentParams(document))
        editor.change(uri, 2, SLIP.replace("2 A x", "(A + A^\\top) x"))
        assert await editor.diagnostics(uri, 2) == []

    in_a_session(work)


# --- notebooks ------------------------------------------------------------------------------------

CELLS = [
    (lsp.NotebookCellKind.Code, "raw", FRONT),
    (lsp.NotebookCellKind.Code, "python", "a = '$x = 2 x$'"),
    (lsp.NotebookCellKind.Markup, "markdown", "# Notes\n\nThe 𝔸 says $x = x$."),
    (lsp.NotebookCellKind.Markup, "markdown", "\n$$\\nabla_x [x^\\top A x] = 2 A x$$\n"),
]
NOTEBOOK = "file:///no%20where/notes.ipynb"


def cell_uri(number: int) -> str:
    return f"vscode-notebook-cell:/no%20where/notes.ipynb#W{number}s%3D"


def open_notebook(editor: Editor) -> None:
    cells = [lsp.NotebookCell(kind, cell_uri(k)) for k, (kind, _, _) in enumerate(CELLS, 1)]
    texts = [
        lsp.TextDocumentItem(cell_uri(k), language, 1, text)
        for k, (_, language, text) in enumerate(CELLS, 1)
    ]
    notebook = lsp.NotebookDocument(NOTEBOOK, "jupyter-notebook", 1, cells)
    editor.notebook_document_did_open(lsp.DidOpenNotebookDocumentParams(notebook, texts))


def change_notebook(editor: Editor, version: int, cells: lsp.NotebookDocumentCellChanges) -> None:
    editor.notebook_document_did_change(
        lsp.DidChangeNotebookDocumentParams(
            lsp.VersionedNotebookDocumentIdentifier(version, NOTEBOOK),
            lsp.NotebookDocumentChangeEvent(cells=cells),
        )
    )


def rewritten(number: int, version: int, text: str) -> lsp.NotebookDocumentCellChanges:
    """Return the change of one cell's text."""
    whole = [lsp.TextDocumentContentChangeWholeDocument(text)]
    identifier = lsp.VersionedTextDocumentIdentifier(version, cell_uri(number))
    return lsp.NotebookDocumentCellChanges(
        text_content=[lsp.NotebookDocumentCellContentChanges(identifier, whole)]
    )


def test_the_cells_of_a_notebook_are_one_document() -> None:
    async def work(editor: Editor) -> None:
        open_notebook(editor)
        (found,) = await editor.diagnostics(cell_uri(4), 1)
        assert (found.code, found.range.start) == ("DC301", lsp.Position(1, 26))
        for number in (1, 2, 3):
            assert await editor.diagnostics(cell_uri(number), 1) == []
        slip, sentence = (lsp.TextDocumentIdentifier(cell_uri(number)) for number in (4, 3))
        hover = await editor.text_document_hover_async(
            lsp.HoverParams(sentence, lsp.Position(2, 13))
        )
        assert "`x`: vector, n × 1" in hover.contents.value
        assert "line 3 of cell 1" in hover.contents.value
        assert "**proved**" in hover.contents.value
        nothing = await editor.text_document_hover_async(
            lsp.HoverParams(lsp.TextDocumentIdentifier(cell_uri(2)), lsp.Position(0, 8))
        )
        assert nothing is None
        context = lsp.CodeActionContext([found])
        other = lsp.CodeActionParams(sentence, found.range, context)
        assert not await editor.text_document_code_action_async(other)
        actions = await editor.text_document_code_action_async(
            lsp.CodeActionParams(slip, found.range, context)
        )
        repaired = applied(CELLS[3][2], actions[0].edit.changes[cell_uri(4)])
        assert "(A + A^\\top) x" in repaired
        change_notebook(editor, 2, rewritten(4, 2, repaired))
        assert await editor.diagnostics(cell_uri(4), 2) == []

    in_a_session(work)


def test_a_cell_that_is_deleted_takes_its_diagnostics_along() -> None:
    async def work(editor: Editor) -> None:
        open_notebook(editor)
        assert len(await editor.diagnostics(cell_uri(4), 1)) == 1
        change_notebook(editor, 2, rewritten(3, 2, "$x = 2 x$"))
        assert len(await editor.diagnostics(cell_uri(3), 2)) == 1
        array = lsp.NotebookCellArrayChange(2, 2)
        closed = [lsp.TextDocumentIdentifier(cell_uri(number)) for number in (3, 4)]
        structure = lsp.NotebookDocumentCellChangeStructure(array, did_close=closed)
        change_notebook(editor, 3, lsp.NotebookDocumentCellChanges(structure))
        for number in (3, 4):
            assert await editor.diagnostics(cell_uri(number), None) == []
        identifier = lsp.NotebookDocumentIdentifier(NOTEBOOK)
        editor.notebook_document_did_close(lsp.DidCloseNotebookDocumentParams(identifier, []))

    in_a_session(work)


def test_what_hover_says() -> None:
    report = check_text(SLIP)
    assert hover_text(report, 5, 2) is None
    said = hover_text(report, 5, 13)
    assert said is not None
    assert "`x`: vector, n × 1" in said
    assert "**proved** for all sizes, by normal-form" in said
    step = step_at(report, 7, 10)
    assert step is report.steps[1]
    name = name_at(report, "A x", 3)
    assert name is not None
    assert name.latex == "x"
    assert name_at(report, "A x", 2) is None
