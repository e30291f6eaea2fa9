"""The table of ``derivcheck shapes``: every name with its kind, its shape and its origin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.text import Text

from derivcheck.report.model import DocumentReport, NameReport
from derivcheck.report.places import Places
from derivcheck.report.script import Script, crop

_TITLES = ("name", "kind", "shape", "from")


def shapes_lines(
    documents: Sequence[DocumentReport], script: Script, width: int = 80
) -> Iterator[Text]:
    """Yield a table for each document, with its path as heading when there are several."""
    for position, document in enumerate(documents):
        if position:
            yield Text()
        if len(documents) > 1:
            yield Text(script.one_line(document.path), style="bold underline")
        if document.layout:
            source = document.layout_source or "declared"
            yield Text(f"layout: {document.layout} ({source})", style="dim")
        yield from _table(document.names, document.places, script, width)
        for found in document.diagnostics:
            line = f"{document.places.lines([found.span.line])}: " if found.span else ""
            yield Text(script.one_line(f"{line}{found.code} {found.headline}"), style="yellow")


def _table(
    names: Sequence[NameReport], places: Places, script: Script, width: int
) -> Iterator[Text]:
    if not names:
        yield Text("no name is given", style="dim")
        return
    rows = [[script.one_line(cell) for cell in _cells(name, places)] for name in names]
    sizes = [
        max(cell_len(row[column]) for row in [list(_TITLES), *rows])
        for column in range(len(_TITLES))
    ]
    yield _row(list(_TITLES), sizes, width, "bold")
    for row in rows:
        yield _row(row, sizes, width, "")


def _cells(name: NameReport, places: Places) -> tuple[str, str, str, str]:
    origin = name.origin
    if name.line is not None and f"line {name.line}" not in origin:
        line = places.lines([name.line])
        origin = f"{origin} ({line})" if origin else line
    return name.latex, name.kind, name.shape, origin


def _row(cells: list[str], sizes: list[int], width: int, style: str) -> Text:
    padded = [cell + " " * (size - cell_len(cell)) for cell, size in zip(cells, sizes, strict=True)]
    return Text(crop("  ".join(padded).rstrip(), max(width, 40)), style=style)
