"""A file's text becomes a document: formulas, their role in the prose, claims and places.

`read` is the only door. It never raises on any text: what cannot be read is a diagnostic of the
document.
"""

from __future__ import annotations

from derivcheck.reading.document import Claim, Document, Formula, Given, Source
from derivcheck.reading.markdown import read_markdown

__all__ = ["Claim", "Document", "Formula", "Given", "Source", "read", "read_markdown"]


def read(path: str, text: str) -> Document:
    """Return the document that a file holds; its suffix says how it is written.

    Args:
        path: as given on the command line. Every suffix that is not known is read as Markdown.
        text: what the file holds.

    Raises:
        Never.

    Example:
        >>> document = read("a.md", "# Gradient" + chr(10) + "$$a = b$$")
        >>> [(claim.name, claim.formulas[0].source.text) for claim in document.claims]
        [('gradient', 'a = b')]
    """
    return read_markdown(path, text)
