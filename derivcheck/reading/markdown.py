"""A Markdown file becomes a document.

The text is normalised and joined with the files that it takes in, the front matter taken off, the
rest read up to a bound. Mathematics is not read: a formula is a stretch of LaTeX with its places.
"""

from __future__ import annotations

from derivcheck.diagnostics import Span
from derivcheck.limits import DOCUMENT_CHARACTERS as MOST_CHARACTERS
from derivcheck.limits import DOCUMENT_LINES as MOST_LINES
from derivcheck.reading.assembly import Assembly
from derivcheck.reading.blocks import blocks_of
from derivcheck.reading.document import Document
from derivcheck.reading.front_matter import read_front_matter
from derivcheck.reading.inclusion import MARKDOWN, Loader, included
from derivcheck.reading.places import normalised


def _bounded(text: str) -> tuple[str, bool]:
    """Return as much of the text as is read, and whether that is less than all of it."""
    short = text[:MOST_CHARACTERS]
    if short.count("\n") > MOST_LINES:
        short = "\n".join(short.split("\n", MOST_LINES)[:MOST_LINES])
    return short, bool(text[len(short) :].strip())


def read_markdown(path: str, text: str, load: Loader | None = None) -> Document:
    r"""Return the document that a Markdown text holds.

    Args:
        path: as given on the command line.
        text: what the file holds; its lines may end with ``\r\n`` and it may begin with a byte
            order mark.
        load: finds the files that it takes in.

    Raises:
        Never.

    Cost:
        Proportional to the length of the text, which is read up to a bound.

    Example:
        >>> document = read_markdown("a.md", "Let $a = b$. Then\n\n> $$\n> c = d\n> $$\n")
        >>> [(part.source.text, part.source.place(0)) for part in document.claims[0].formulas]
        [('a = b', (1, 6)), ('c = d', (4, 3))]
    """
    whole = included(normalised(text), load, MARKDOWN)
    text = whole.text
    front = read_front_matter(text)
    lines = text.split("\n", front.end)
    body, cut = _bounded(lines[front.end] if len(lines) > front.end else "")
    document = Document(path, text, front.layout, front.given, front.macros, parts=whole.parts)
    document.diagnostics += [*front.diagnostics, *whole.diagnostics]
    assembly = Assembly(document)
    if cut:
        line = front.end + body.count("\n") + 1
        headline = "the document is not read beyond this line"
        assembly.complain("DC102", headline, Span(line, 1, line, 2))
    for block in blocks_of(body, front.end + 1):
        assembly.add(block)
    assembly.finish()
    return document
