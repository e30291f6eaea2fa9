"""A file's text becomes a document: formulas, their role in the prose, claims and places.

`read` is the only door. It never raises on any text: what cannot be read is a diagnostic of the
document.
"""

from __future__ import annotations

from collections.abc import Callable

from derivcheck.diagnostics import Diagnostic, installed_by
from derivcheck.reading.document import Claim, Document, Formula, Given, Source

__all__ = ["Claim", "Document", "Formula", "Given", "Source", "read"]

NEEDED = {"pylatexenc": "latex", "nbformat": "notebook"}
"""Libraries that only some formats need, with the extra that installs each."""


def read(path: str, text: str, load: Callable[[str], str | None] | None = None) -> Document:
    """Return the document that a file holds; its suffix says how it is written.

    Args:
        path: as given on the command line. ``.tex`` is LaTeX, ``.ipynb`` a Jupyter notebook; every
            other suffix is read as Markdown, MyST and Quarto included.
        text: what the file holds.
        load: finds the files that a document takes in, by their names relative to its folder.

    Raises:
        Never.

    Example:
        >>> document = read("a.md", "# Gradient" + chr(10) + "$$a = b$$")
        >>> [(claim.name, claim.formulas[0].source.text) for claim in document.claims]
        [('gradient', 'a = b')]
    """
    suffix = path.lower().rpartition(".")[2]
    try:
        if suffix == "tex":
            from derivcheck.reading.latex import read_latex

            return read_latex(path, text, load)
        if suffix == "ipynb":
            from derivcheck.reading.notebook import read_notebook

            return read_notebook(path, text)
    except ModuleNotFoundError as error:
        extra = NEEDED.get((error.name or "").partition(".")[0])
        if extra is None:
            raise
        headline = f"reading .{suffix} files needs {error.name}"
        note = installed_by(extra)
        return Document(path, text, diagnostics=[Diagnostic("DC001", headline, notes=(note,))])
    from derivcheck.reading.markdown import read_markdown

    return read_markdown(path, text, load)
