"""A Jupyter notebook becomes a document: its Markdown cells, one after the other.

nbformat reads the file. Code cells and outputs are no part of a derivation. What is given stands in
the front matter of the first cell, be it Markdown or raw (as Quarto has it). A block never runs from
one cell into the next, a sentence and a claim may.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable

from derivcheck.diagnostics import Diagnostic, Part, Span
from derivcheck.limits import NOTEBOOK_CHARACTERS as MOST_CHARACTERS
from derivcheck.reading.assembly import Assembly
from derivcheck.reading.blocks import blocks_of
from derivcheck.reading.document import Document
from derivcheck.reading.front_matter import read_front_matter
from derivcheck.reading.places import normalised

Cell = tuple[int, str, str]
"""Number, type (``markdown``, ``raw``, ``code``) and text of a cell."""


def _cells(text: str) -> list[Cell]:
    """Return the cells of a notebook's file.

    Raises:
        ValueError: if the text is no notebook.
    """
    import nbformat
    from nbformat.reader import NotJSONError

    try:
        with warnings.catch_warnings():
            # Notebooks of older versions lack what newer ones must have: nothing to us.
            warnings.simplefilter("ignore")
            notebook = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
            nbformat.validate(notebook)
    except (NotJSONError, json.JSONDecodeError) as error:
        raise ValueError("not a notebook: its text is not JSON") from error
    except nbformat.ValidationError as error:
        raise ValueError("not a notebook: it breaks the format of Jupyter") from error
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
        raise ValueError("not a notebook that can be read") from error
    return [(number, cell.cell_type, cell.source) for number, cell in enumerate(notebook.cells, 1)]


def read_notebook(path: str, text: str) -> Document:
    """Return the document that a notebook holds.

    Args:
        path: as given on the command line.
        text: what the file holds.

    Raises:
        Never.

    Cost:
        Proportional to the length of the text; Markdown is read up to a bound.
    """
    try:
        cells = _cells(text)
    except ValueError as error:
        return Document(path, text, diagnostics=[Diagnostic("DC001", str(error))])
    return read_cells(path, cells)


def read_cells(path: str, cells: Iterable[Cell]) -> Document:
    """Return the document that the cells of a notebook hold.

    Raises:
        Never.

    Cost:
        Proportional to the length of their texts; Markdown is read up to a bound.
    """
    cells = [
        (number, kind, normalised(source))
        for number, kind, source in cells
        if kind == "markdown" or (kind == "raw" and number == 1)
    ]
    line, parts, texts = 1, [], []
    for number, _, source in cells:
        parts.append(Part(line, 1, cell=number))
        texts.append(source)
        line += source.count("\n") + 1
    document = Document(path, "\n".join(texts), parts=tuple(parts))
    assembly = Assembly(document)
    length = 0
    for part, (number, kind, source) in zip(parts, cells, strict=True):
        body, first = source, part.line
        if number == cells[0][0]:
            front = read_front_matter(source)
            document.layout, document.given, document.macros = (
                front.layout, front.given, front.macros,
            )  # fmt: skip
            document.diagnostics += front.diagnostics
            body = "".join(source.split("\n", front.end)[front.end :])
            first += front.end
        length += len(body)
        if length > MOST_CHARACTERS:
            headline = "the document is not read beyond this cell"
            assembly.complain("DC102", headline, Span(part.line, 1, part.line, 2))
            break
        for block in blocks_of(body, first) if kind == "markdown" else ():
            assembly.add(block)
    assembly.finish()
    return document
