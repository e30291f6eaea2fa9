r"""A file and the files that it takes in become one text, whose lines know where they stand.

LaTeX takes in by ``\input``, ``\include``, ``\subfile``, ``\import`` and ``\usepackage``, Quarto by
``{{< include … >}}``, MyST by the directive ``include``; what stands in comments and code does not
count. Reading opens no file: whoever calls it hands in a loader, which decides what may be read.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct, field

from derivcheck.diagnostics import Diagnostic, Part, Span
from derivcheck.limits import INCLUDED_CHARACTERS as MOST_CHARACTERS
from derivcheck.limits import INCLUDED_FILES as MOST_FILES
from derivcheck.limits import INCLUSION_DEPTH as DEEPEST
from derivcheck.reading.places import normalised

Loader = Callable[[str], str | None]
"""Returns the text of a file named relative to the document's folder, None if there is none."""

_REST = re.compile(r"[ \t]*\n")
_LATEX = re.compile(
    r"""
    \\(?P<kind>input|include|subfile)(?![A-Za-z])\s*(?:\{\s*(?P<braced>[^{}\n%\\]{1,200}?)\s*\}
        |(?P<bare>[^\s{}\\%]{1,200}))
  | \\(?P<sub>sub)?import\*?\s*\{\s*(?P<folder>[^{}\n%\\]{0,200}?)\s*\}
        \s*\{\s*(?P<imported>[^{}\n%\\]{1,200}?)\s*\}
  | \\(?:usepackage|RequirePackage)\s*(?:\[[^\]]{0,400}\])?\s*\{(?P<packages>[^{}%\\]{1,400})\}
  | \\begin\s*\{(?P<verbatim>verbatim|lstlisting|minted|comment|filecontents)\*?\}
  | \\. | %[^\n]*
    """,
    re.VERBOSE | re.DOTALL,
)
_MARKDOWN = re.compile(
    r"""
    ^[ \t]*\{\{<[ \t]+include[ \t]+(?P<quote>["']?)(?P<quarto>[^\n<>"']{1,200}?)(?P=quote)
        [ \t]+>\}\}[ \t]*$
  | ^[ \t]*(?P<mark>`{3,}|~{3,}|:{3,})[ \t]*\{include\}[ \t]*(?P<myst>[^\n]{1,200}?)[ \t]*\n
        (?:[ \t]*:[^\n]*\n|[ \t]*\n){0,20}?[ \t]*(?P=mark)[ \t]*$
  | ^[ \t]*(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^\n`]*)$
  | (?P<comment><!--)
    """,
    re.VERBOSE | re.MULTILINE,
)
# Of a directive the content is Markdown; of code it is not.
_DIRECTIVE = re.compile(r"\{(?!python\b|r\b|julia\b|ojs\b|code)[\w:-]+\}")
_FRONT = re.compile(r"---[ \t]*\n(?:.*?\n)??(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)


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


def _names_in_latex(match: re.Match[str], folder: str) -> list[str]:
    """Return the files that a command takes in; of packages, those that may lie in the folder."""
    if match["packages"]:
        return [f"{name.strip()}.sty" for name in match["packages"].split(",") if name.strip()]
    name = (match["braced"] or match["bare"] or match["imported"] or "").strip()
    if not name:
        return []
    if match["imported"]:
        inner = match["folder"].removeprefix("./").removesuffix("/")
        name = f"{inner}/{name}" if inner else name
        name = folder + name if match["sub"] else name
    return [name if re.search(r"\.[A-Za-z]{1,5}$", name) else f"{name}.tex"]


def _hidden_in_latex(match: re.Match[str], _open: list[str]) -> re.Pattern[str] | None:
    """Return what ends the stretch that opens here and is not read."""
    name = match["verbatim"]
    return re.compile(rf"\\end\{{{name}") if name else None


def _names_in_markdown(match: re.Match[str], folder: str) -> list[str]:
    """Return the file that a line takes in; one that starts with a slash lies in the main folder."""
    name = (match["quarto"] or match["myst"] or "").strip()
    if name.startswith("/"):
        return [name.lstrip("/")]
    return [folder + name.removeprefix("./")] if name else []


def _hidden_in_markdown(match: re.Match[str], opened: list[str]) -> re.Pattern[str] | None:
    """Return what ends the code or comment that opens here; keep the directives that are open."""
    if match["comment"]:
        return re.compile("-->")
    mark, info = match["fence"], match["info"]
    if mark is None:
        return None
    if opened and not info and mark.startswith(opened[-1]):
        opened.pop()
        return None
    if _DIRECTIVE.match(info):
        opened.append(mark)
        return None
    return re.compile(rf"^[ \t]*{mark}{mark[0]}*[ \t]*$", re.MULTILINE)


class _Dialect(Struct, frozen=True):
    """How files are taken in.

    Attributes:
        pattern: what takes in, and what opens a stretch that is not read.
        names: the files that a match takes in, told the folder of the file that it stands in.
        hidden: what ends the stretch that a match opens, told the directives that are open.
        beside: names are relative to the file that they stand in.
    """

    pattern: re.Pattern[str]
    names: Callable[[re.Match[str], str], list[str]]
    hidden: Callable[[re.Match[str], list[str]], re.Pattern[str] | None]
    beside: bool = False


LATEX = _Dialect(_LATEX, _names_in_latex, _hidden_in_latex)
MARKDOWN = _Dialect(_MARKDOWN, _names_in_markdown, _hidden_in_markdown, beside=True)


def dialect_of(name: str) -> _Dialect | None:
    """Return how a file of this name takes in others; None if it does not."""
    suffix = name.lower().rpartition(".")[2]
    return {"tex": LATEX, "ipynb": None}.get(suffix, MARKDOWN)


class _Joiner:
    """Writes files one after the other, and remembers where each stretch came from."""

    def __init__(self, load: Loader, dialect: _Dialect) -> None:
        self.load = load
        self.dialect = dialect
        self.pieces: list[str] = []
        self.parts: list[Part] = []
        self.missing: list[Diagnostic] = []
        self.open: list[str] = []
        self.folder = ""  # of the files that an imported one takes in
        self.files = 0
        self.size = 0
        self.line = 1
        self.full = False

    def write(self, text: str, first: int, file: str | None) -> None:
        """Write a stretch that starts on a line of its own and ends with a line break."""
        self.parts.append(Part(self.line, first, file))
        self.pieces.append(text)
        self.line += text.count("\n")
        self.size += len(text)

    def add(self, text: str, file: str | None) -> None:
        """Write a file and, at their places, the files that it takes in."""
        # The front matter of a file that is taken in is its own.
        front = _FRONT.match(text) if self.dialect.beside and file else None
        position = written = front.end() if front else 0
        first = text.count("\n", 0, written) + 1
        opened: list[str] = []
        while match := self.dialect.pattern.search(text, position):
            position = match.end()
            if hidden := self.dialect.hidden(match, opened):
                close = hidden.search(text, position)
                position = close.end() if close else len(text)
                continue
            loaded = []
            for name in self.dialect.names(match, self.folder):
                found = self._loaded(name)
                if found is not None:
                    loaded.append(found)
                elif not name.endswith(".sty"):
                    self._miss(name, match, text, written)
            if not loaded:
                continue
            self._stretch(text, written, match.start(), first, file)
            outer = self.folder
            for name, inner in loaded:
                if self.dialect.beside or match["imported"]:
                    self.folder = name[: name.rfind("/") + 1]
                self.open.append(name)
                self.add(inner, name)
                self.open.pop()
            self.folder = outer
            # The rest of the line, if it has any, keeps its column.
            written = match.end()
            rest = _REST.match(text, written)
            written = rest.end() if rest else written
            first = text.count("\n", 0, written) + 1
        self._stretch(text, written, len(text), first, file)

    def _stretch(self, text: str, start: int, end: int, first: int, file: str | None) -> None:
        stretch = text[start:end].rstrip(" \t").removesuffix("\n")
        if stretch.strip() or "\n" in stretch:
            self.write(" " * self.column(text, start) + stretch + "\n", first, file)

    def column(self, text: str, position: int) -> int:
        """Return how many characters of its line stand before a position."""
        return position - text.rfind("\n", 0, position) - 1

    def _loaded(self, name: str) -> tuple[str, str] | None:
        if self._limit():
            return None
        for place in dict.fromkeys([self.folder + name, name]):
            found = None if place in self.open else self.load(place)
            if found is not None:
                self.files += 1
                return place, normalised(found)
        return None

    def _miss(self, name: str, match: re.Match[str], text: str, written: int) -> None:
        limit = self._limit()
        if limit and self.full:
            return
        line = self.line + text.count("\n", written, match.start())
        column = self.column(text, match.start()) + 1
        end = column + len(match.group().split("\n")[0])
        headline = f"`{name[:60]}` is not a file of the document's folder"
        if limit:
            headline = f"no file is taken in from here on: {limit}"
        span = Span(line, column, line, end)
        self.missing.append(Diagnostic("DC102" if limit else "DC001", headline, span))
        self.full = bool(limit)

    def _limit(self) -> str:
        """Return the limit that keeps a further file out; empty if none does."""
        if self.files >= MOST_FILES:
            return f"over {MOST_FILES} files"
        if self.size > MOST_CHARACTERS:
            return f"over {MOST_CHARACTERS} characters"
        return f"files in files, over {DEEPEST} deep" if len(self.open) >= DEEPEST else ""


def included(text: str, load: Loader | None, dialect: _Dialect = LATEX) -> Included:
    r"""Return a text with the files that it takes in.

    Args:
        text: normalised text.
        load: finds a file; without it nothing is taken in, and what should be is diagnosed.
        dialect: ``LATEX`` or ``MARKDOWN``.

    Cost:
        Proportional to all the files together, which are bounded in number, depth and size.

    Example:
        >>> whole = included("a\n\\input{b}\nc", {"b.tex": "x\ny"}.get)
        >>> whole.text.split("\n")
        ['a', 'x', 'y', 'c', '']
        >>> [(part.line, part.file, part.first) for part in whole.parts]
        [(1, None, 1), (2, 'b.tex', 1), (4, None, 3)]
    """
    joiner = _Joiner(load or (lambda _name: None), dialect)
    joiner.add(text, None)
    if joiner.files == 0:
        return Included(text, (), joiner.missing)
    return Included("".join(joiner.pieces), tuple(joiner.parts), joiner.missing)
