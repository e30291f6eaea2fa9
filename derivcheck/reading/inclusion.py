r"""A file and the files that it takes in become one text, whose lines know where they stand.

Only ``\input``, ``\include``, ``\subfile`` and ``\usepackage`` outside of comments count. Reading
opens no file: whoever calls it hands in a loader, which decides what may be read.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct, field

from derivcheck.diagnostics import Diagnostic, Part, Span
from derivcheck.limits import INCLUDED_CHARACTERS as MOST_CHARACTERS
from derivcheck.limits import INCLUDED_FILES as MOST_FILES
from derivcheck.reading.places import normalised

Loader = Callable[[str], str | None]
"""Returns the text of a file named relative to the document's folder, None if there is none."""

DEEPEST = 12
_REST = re.compile(r"[ \t]*\n")
_INCLUSION = re.compile(
    r"""
    \\(?P<kind>input|include|subfile)(?![A-Za-z])\s*(?:\{\s*(?P<braced>[^{}\n%\\]{1,200}?)\s*\}
        |(?P<bare>[^\s{}\\%]{1,200}))
  | \\(?:usepackage|RequirePackage)\s*(?:\[[^\]]{0,400}\])?\s*\{(?P<packages>[^{}%\\]{1,400})\}
  | \\begin\s*\{(?P<verbatim>verbatim|lstlisting|minted|comment|filecontents)\*?\}
  | \\. | %[^\n]*
    """,
    re.VERBOSE | re.DOTALL,
)


class Included(Struct):
    """A text with what it takes in.

    Attributes:
        text: all files, each on lines of its own.
        parts: where the lines of the text stand; empty if no file was taken in.
        diagnostics: files that are not there.
    """

    text: str
    parts: tuple[Part, ...] = ()
    diagnostics: list[Diagnostic] = field(default_factory=list)


class _Joiner:
    """Writes files one after the other, and remembers where each stretch came from."""

    def __init__(self, load: Loader) -> None:
        self.load = load
        self.pieces: list[str] = []
        self.parts: list[Part] = []
        self.missing: list[Diagnostic] = []
        self.open: list[str] = []
        self.files = 0
        self.size = 0
        self.line = 1

    def write(self, text: str, first: int, file: str | None) -> None:
        """Write a stretch that starts on a line of its own and ends with a line break."""
        self.parts.append(Part(self.line, first, file))
        self.pieces.append(text)
        self.line += text.count("\n")
        self.size += len(text)

    def add(self, text: str, file: str | None) -> None:
        """Write a file and, at their places, the files that it takes in."""
        position = written = 0
        first = 1
        while match := _INCLUSION.search(text, position):
            position = match.end()
            if match["verbatim"]:
                close = text.find(rf"\end{{{match['verbatim']}", position)
                position = close if close >= 0 else len(text)
                continue
            loaded = [found for name in _names(match) if (found := self._loaded(match, name, text))]
            if not loaded:
                continue
            self._stretch(text, written, match.start(), first, file)
            for name, inner in loaded:
                self.open.append(name)
                self.add(inner, name)
                self.open.pop()
            # The rest of the line, if it has any, keeps its column.
            written = match.end()
            rest = _REST.match(text, written)
            written = rest.end() if rest else written
            first = text.count("\n", 0, written) + 1
        self._stretch(text, written, len(text), first, file)

    def _stretch(self, text: str, start: int, end: int, first: int, file: str | None) -> None:
        stretch = text[start:end].rstrip(" \t").removesuffix("\n")
        if stretch.strip():
            self.write(" " * self.column(text, start) + stretch + "\n", first, file)

    def column(self, text: str, position: int) -> int:
        """Return how many characters of its line stand before a position."""
        return position - text.rfind("\n", 0, position) - 1

    def _loaded(self, match: re.Match[str], name: str, text: str) -> tuple[str, str] | None:
        if len(self.open) >= DEEPEST or self.files >= MOST_FILES or self.size > MOST_CHARACTERS:
            return None
        found = None if name in self.open else self.load(name)
        inner = None if found is None else normalised(found)
        if inner is None:
            if match["packages"] is None:
                line = self.line + text.count("\n", 0, match.start())
                column = self.column(text, match.start()) + 1
                end = column + len(match.group().split("\n")[0])
                headline = f"`{name[:60]}` is not a file of the document's folder"
                span = Span(line, column, line, end)
                self.missing.append(Diagnostic("DC001", headline, span))
            return None
        self.files += 1
        return name, inner


def _names(match: re.Match[str]) -> list[str]:
    """Return the files that a command takes in; of packages, those that may lie in the folder."""
    if match["packages"]:
        return [f"{name.strip()}.sty" for name in match["packages"].split(",") if name.strip()]
    name = (match["braced"] or match["bare"] or "").strip()
    if not name:
        return []
    return [name if re.search(r"\.[A-Za-z]{1,5}$", name) else f"{name}.tex"]


def included(text: str, load: Loader | None) -> Included:
    r"""Return a LaTeX text with the files that it takes in.

    Args:
        text: normalised text.
        load: finds a file; without it nothing is taken in, and what should be is diagnosed.

    Cost:
        Proportional to all the files together, which are bounded in number, depth and size.

    Example:
        >>> whole = included("a\n\\input{b}\nc", {"b.tex": "x\ny"}.get)
        >>> whole.text.split("\n")
        ['a', 'x', 'y', 'c', '']
        >>> [(part.line, part.file, part.first) for part in whole.parts]
        [(1, None, 1), (2, 'b.tex', 1), (4, None, 3)]
    """
    joiner = _Joiner(load or (lambda _name: None))
    joiner.add(text, None)
    if joiner.files == 0:
        return Included(text, (), joiner.missing)
    return Included("".join(joiner.pieces), tuple(joiner.parts), joiner.missing)
