r"""A LaTeX file becomes a document.

pylatexenc takes the file apart: comments, macros with their arguments, environments, formulas.
Here it is decided what of it a reader sees as one paragraph, heading or item; those blocks, with
the formulas in them, go the same way as the blocks of a Markdown text.

Macro definitions are read wherever they stand, theorem-like environments by the names that
``\newtheorem`` gives them. What is given stands in a ``derivcheck`` environment or in a comment that
opens with ``% derivcheck:``, as YAML; columns are kept, for a ``%`` is only a blank to the reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from derivcheck.diagnostics import Span
from derivcheck.limits import LATEX_CHARACTERS as MOST_CHARACTERS
from derivcheck.reading.assembly import Assembly
from derivcheck.reading.blocks import Block, BlockKind
from derivcheck.reading.document import Document, Given
from derivcheck.reading.front_matter import FrontMatter, read_yaml
from derivcheck.reading.inclusion import Loader, included
from derivcheck.reading.macros import definition_at
from derivcheck.reading.places import joined, normalised, slice_of, trimmed
from derivcheck.reading.scan import CLAIM_ENVIRONMENTS, MATH_ENVIRONMENTS, Piece, PieceKind
from derivcheck.reading.vocabulary import word_set

HEADINGS = word_set(
    "part chapter section subsection subsubsection paragraph subparagraph frametitle"
)
LISTS = word_set("itemize enumerate description compactenum compactitem questions parts subparts")
_NUMBERED = word_set("enumerate compactenum questions parts subparts")
_ITEMS = word_set("item question part subpart")
_HIDDEN = word_set(
    "verbatim lstlisting minted comment tikzpicture thebibliography filecontents algorithm algorithmic "
    "pspicture picture"
)
_INVISIBLE = word_set(
    "label ref eqref autoref cref Cref pageref nameref cite citep citet citeauthor citeyear url "
    "includegraphics vspace hspace bibliography bibliographystyle setlength setcounter addtocounter "
    "usepackage documentclass input include subfile title author date thanks hyperref index "
    "pagestyle thispagestyle color addcontentsline todo verb lstinline"
)
_SHORT_NAMES = {
    "thm": "theorem", "theo": "theorem", "lem": "lemma", "lemm": "lemma", "prop": "proposition",
    "cor": "corollary", "coro": "corollary", "defn": "definition", "dfn": "definition",
    "defi": "definition", "rem": "remark", "rmk": "remark", "exm": "example", "ex": "exercise",
    "exer": "exercise", "prob": "problem", "clm": "claim", "fct": "fact",
}  # fmt: skip
_RESTATED = "restatable"  # \begin{restatable}[title]{theorem}{name}
_BLANK = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
_DECLARED = re.compile(
    r"""
    \\newtheorem(?P<star>\*?)\s*\{(?P<name>[A-Za-z]+\*?)\}\s*(?:\[(?P<shared>[A-Za-z]+)\]\s*)?
        \{(?P<caption>[^{}\n]{0,60})\}(?:\s*\[(?P<within>[A-Za-z]+)\])?
  | \\declaretheorem\s*(?:\[(?P<options>[^\[\]]{0,300})\])?\s*\{(?P<declared>[A-Za-z]+)\}
  | \\(?:re)?newenvironment\*?\s*\{(?P<environment>[A-Za-z]+\*?)\}
  | \\verb\*?(?P<quote>[^A-Za-z\s*]).*?(?P=quote)
  | \\begin\s*\{(?P<verbatim>verbatim|lstlisting|minted|comment|filecontents)\*?\}
  | (?P<macro>\\(?:(?:new|renew|provide)command|g?def|let|DeclareMathOperator|DeclarePairedDelimiterX?
        |(?:New|Renew|Provide|Declare)DocumentCommand)(?![A-Za-z]))
  | \\. | %[^\n]*
    """,
    re.VERBOSE | re.DOTALL,
)
_CAPTION = re.compile(r"name\s*=\s*\{?(?P<name>[^,{}]+)")
_GIVEN_COMMENT = re.compile(
    r"^[ \t]*%+[ \t]*derivcheck[ \t]*:[ \t]*\n(?:[ \t]*%[^\n]*(?:\n|\Z))+", re.MULTILINE
)
_DIRECTIVE = re.compile(r"[% \t]*derivcheck\s*:")
_OPENS_WITH_KEY = re.compile(r"\s*(?:#[^\n]*\n\s*)*(?:layout|given|macros)\s*:")


class _Theorem(Struct):
    """A theorem-like environment: how it is called, and which counter numbers it."""

    caption: str
    counter: str | None = None
    within: str | None = None


class _Skim(Struct):
    """What a first look at the text finds: definitions and theorem-like environments.

    Attributes:
        definitions: start and end of all that defines something.
        macros: starts of the macro definitions among them.
    """

    definitions: list[tuple[int, int]] = field(default_factory=list)
    macros: list[int] = field(default_factory=list)
    theorems: dict[str, _Theorem] = field(default_factory=dict)


def _skim(text: str) -> _Skim:
    """Find what is defined, outside of comments and verbatim text."""
    found, position = _Skim(), 0
    while match := _DECLARED.search(text, position):
        position = match.end()
        if match["verbatim"]:
            close = text.find(rf"\end{{{match['verbatim']}", position)
            position = close if close >= 0 else len(text)
        elif match["name"]:
            counter = None if match["star"] else match["shared"] or match["name"]
            theorem = _Theorem(match["caption"].strip(), counter, match["within"])
            if match["shared"] in found.theorems:
                theorem.within = found.theorems[match["shared"]].within
            found.theorems[match["name"]] = theorem
            found.definitions.append(match.span())
        elif match["declared"]:
            caption = _CAPTION.search(match["options"] or "")
            name = match["declared"]
            shown = caption["name"].strip() if caption else name.capitalize()
            found.theorems[name] = _Theorem(shown, name)
            found.definitions.append(match.span())
        elif match["environment"]:
            position = _behind_groups(text, position, 2)
            found.definitions.append((match.start(), position))
        elif match["macro"] and (definition := definition_at(text, match.start())):
            position = definition.end
            found.macros.append(match.start())
            found.definitions.append((match.start(), position))
    return found


def _behind_groups(text: str, position: int, count: int) -> int:
    """Return the offset behind some brace groups, optional arguments before them included."""
    for _ in range(count):
        body = re.compile(r"\s*(?:\[[^\[\]\n]*\]\s*)*").match(text, position)
        start = body.end() if body else position
        definition = definition_at(rf"\def\x{text[start : start + 4_100]}", 0)
        if definition is None:
            return position
        position = start + definition.end - len(r"\def\x")
    return position


def read_latex(path: str, text: str, load: Loader | None = None) -> Document:
    r"""Return the document that a LaTeX file holds.

    Args:
        path: as given on the command line.
        text: what the file holds.
        load: finds the files that it takes in.

    Raises:
        Never.

    Cost:
        Proportional to the length of all files, which is bounded.

    Example:
        >>> text = r"\newcommand{\R}{\mathbb{R}} Let $x \in \R^n$. % $y$"
        >>> document = read_latex("a.tex", text)
        >>> document.macros, [part.source.text for part in document.claims[0].formulas]
        ({'\\R': (0, '\\mathbb{R}')}, ['x \\in \\R^n'])
    """
    whole = included(normalised(text), load)
    document = Document(path, whole.text, parts=whole.parts)
    document.diagnostics += whole.diagnostics
    assembly = Assembly(document)
    body, cut = whole.text[:MOST_CHARACTERS], whole.text[MOST_CHARACTERS:].strip()
    if cut:
        line = body.count("\n") + 1
        headline = "the document is not read beyond this line"
        assembly.complain("DC102", headline, Span(line, 1, line, 2))
    reader = _Reader(body, assembly)
    try:
        reader.read()
    except RecursionError:
        headline = "the document is nested too deeply to be read"
        assembly.complain("DC102", headline, Span(1, 1, 1, 2))
    assembly.finish()
    return document


class _Reader:
    """Walks through the nodes of a LaTeX text and hands blocks to the assembly."""

    def __init__(self, text: str, assembly: Assembly) -> None:
        self.text = text
        self.source = joined((line, k, 1) for k, line in enumerate(text.split("\n"), 1))
        self.assembly = assembly
        self.skim = _skim(text)
        self.kind: BlockKind = "text"
        self.start: int | None = None
        self.end = 0
        self.pieces: list[Piece] = []
        self.lists: list[bool] = []
        self.item: tuple[bool, str | None] = (False, None)
        self.counts: dict[str, int] = {}
        self.notes: list[Any] = []
        self.opened: set[int] = set()  # where a comment with givens starts

    def read(self) -> None:
        """Read everything: definitions, givens in comments, then the body."""
        for start in self.skim.macros:
            definition = definition_at(self.text, start)
            end = definition.end if definition else start
            self.assembly.define(self.text, start, self.source.span(start, end))
        for match in _GIVEN_COMMENT.finditer(self.text):
            lines = match.group().rstrip("\n").split("\n")
            blanked = [
                re.sub("%+", lambda m: " " * len(m.group()), line, count=1) for line in lines
            ]
            self._given(blanked, self.source.place(match.start())[0])
            self.opened.add(self.text.index("%", match.start()))
        nodes = self._nodes()
        body = next((n for n in nodes if getattr(n, "environmentname", "") == "document"), None)
        self.walk(nodes if body is None else body.nodelist)
        self.flush()

    def _nodes(self) -> list[Any]:
        """Return the nodes; a definition's text is blanked, for it need not be balanced."""
        from pylatexenc.latexwalker import LatexWalker, get_default_latex_context_db
        from pylatexenc.macrospec import std_environment, std_macro

        known = get_default_latex_context_db()
        theorems = {*self.skim.theorems, *CLAIM_ENVIRONMENTS, *_SHORT_NAMES, "proof"}
        known.add_context_category(
            "derivcheck",
            macros=[
                *(std_macro(name, "*[{") for name in HEADINGS if name != "part"),
                *(std_macro(name, False, 1) for name in ("cref", "Cref", "autoref", "nameref")),
                *(std_macro(name, False, 1) for name in ("pagestyle", "thispagestyle", "caption")),
                *(std_macro(name, True, 1) for name in ("thanks", "todo", "subfile", "index")),
                *(std_macro(name, "[{") for name in ("citet", "citep", "textcolor")),
                *(std_macro(name, "*{") for name in ("vspace", "hspace")),
                *(std_macro(name, "{{") for name in ("setlength", "setcounter", "addtocounter")),
                *(std_macro(name, "[") for name in ("question", "subpart")),
            ],
            environments=[
                *(std_environment(name, "[") for name in sorted(theorems)),
                std_environment(_RESTATED, "[{{"),
            ],
            prepend=True,
        )
        pieces, position = [], 0
        for start, end in self.skim.definitions:
            pieces += [self.text[position:start], re.sub(r"[^\n]", "~", self.text[start:end])]
            position = end
        blanked = "".join([*pieces, self.text[position:]])
        walker = LatexWalker(blanked, latex_context=known)
        nodes, _, _ = walker.get_latex_nodes()
        return [node for node in nodes if node is not None]

    # Blocks

    def flush(self) -> None:
        """End the block."""
        start, end, pieces = self.start, self.end, self.pieces
        self.start, self.pieces = None, []
        if start is not None:
            moved = tuple(_moved(piece, start) for piece in pieces if piece.start < end)
            item, number = self.item
            self.item = (False, None)
            source = slice_of(self.source, start, end)
            ordered = sum(self.lists)
            block = Block(self.kind, source, item, number, len(self.lists), ordered, pieces=moved)
            self.assembly.add(block)
        notes, self.notes = self.notes, []
        for note in notes:
            self.walk([note])
            self.flush()

    def show(self, start: int, end: int) -> None:
        """Let the block reach over a stretch that the reader sees."""
        if self.start is None:
            self.start = start
        self.end = end

    def piece(self, kind: PieceKind, start: int, end: int, inner: tuple[int, int]) -> None:
        """Add a formula or another construct to the block."""
        self.show(start, end)
        self.pieces.append(Piece(kind, start, end, inner))

    def dress(self, start: int, end: int) -> None:
        """Pass over a stretch that the reader does not see."""
        if start < end and self.start is not None:
            self.pieces.append(Piece("dress", start, end, (start, start)))

    # Nodes

    def walk(self, nodes: Sequence[Any]) -> None:
        """Read nodes that follow one another."""
        remaining: Iterator[Any] = iter([node for node in nodes if node is not None])
        for node in remaining:
            kind = type(node).__name__
            if kind == "LatexCharsNode":
                self._characters(node)
            elif kind == "LatexMathNode":
                self._math(node)
            elif kind == "LatexCommentNode":
                self._comment(node)
            elif kind == "LatexGroupNode":
                self._group(node)
            elif kind == "LatexEnvironmentNode":
                self._environment(node)
            elif kind == "LatexMacroNode":
                self._macro(node, remaining)
            else:
                self._special(node)

    def _characters(self, node: Any) -> None:
        position, end = node.pos, node.pos + node.len
        while position < end:
            blank = _BLANK.search(self.text, position, end)
            stop = blank.start() if blank else end
            chunk = self.text[position:stop]
            if chunk.strip():
                left = len(chunk) - len(chunk.lstrip())
                self.show(position + left, position + len(chunk.rstrip()))
            if blank is None:
                break
            self.flush()
            position = blank.end()

    def _special(self, node: Any) -> None:
        if node.specials_chars.strip() == "":
            self.flush()
        else:
            self.dress(node.pos, node.pos + node.len)

    def _comment(self, node: Any) -> None:
        start, end = node.pos, node.pos + 1 + len(node.comment)
        if _DIRECTIVE.match(node.comment) and start not in self.opened:
            self.piece("comment", start, end, (start + 1, end))
        else:
            self.dress(start, end)

    def _math(self, node: Any) -> None:
        start, end = node.pos, node.pos + node.len
        opener, closer = node.delimiters
        inner = (start + len(opener), end - len(closer))
        if not self.text.startswith(closer, inner[1]) or inner[1] < inner[0]:
            self._unclosed(f"the formula `{opener}`", start, start + len(opener))
            return
        kind: PieceKind = "display" if node.displaytype == "display" else "inline"
        self.piece(kind, start, end, inner)

    def _unclosed(self, what: str, start: int, end: int) -> None:
        span = self.source.span(start, end)
        self.assembly.complain("DC101", f"{what} that opens here is not closed", span)

    def _group(self, node: Any) -> None:
        start, end = node.pos, node.pos + node.len
        opener, closer = node.delimiters
        if any(child is not None for child in node.nodelist):
            self.show(start, start + len(opener))
        self.dress(start, start + len(opener))
        self.walk(node.nodelist)
        self.dress(end - len(closer), end)

    def _macro(self, node: Any, following: Iterator[Any]) -> None:
        name, start, end = node.macroname, node.pos, node.pos + node.len
        arguments = [a for a in (node.nodeargd.argnlist or ()) if a] if node.nodeargd else []
        if self._opens_environment(name):
            self._between(name, start, end, following)
        elif name == "iffalse":
            for other in following:
                end = other.pos + other.len
                if getattr(other, "macroname", "") in ("fi", "else"):
                    break
            self.dress(start, end)
        elif name in _ITEMS and self.lists:
            self._item()
        elif name in HEADINGS:
            self._heading(name, arguments, following)
        elif name == "par":
            self.flush()
        elif name in ("footnote", "footnotetext"):
            self.dress(start, end)
            self.notes += arguments[-1:]
        elif name in _INVISIBLE:
            self.dress(start, end)
        elif arguments and type(arguments[-1]).__name__ == "LatexGroupNode":
            inner = arguments[-1]
            if any(child is not None for child in inner.nodelist):
                self.show(start, inner.pos + 1)
            self.dress(start, inner.pos)
            self._group(inner)
        else:
            self.dress(start, end)

    def _opens_environment(self, name: str) -> bool:
        _, body = self.assembly.document.macros.get(f"\\{name}", (0, ""))
        return bool(re.search(r"\\begin\s*\{[A-Za-z]+\*?\}\s*$", body))

    def _between(self, name: str, start: int, end: int, following: Iterator[Any]) -> None:
        r"""Read a display between two macros that stand for the ends of an environment."""
        for other in following:
            _, body = self.assembly.document.macros.get(
                f"\\{getattr(other, 'macroname', '')}", (0, "")
            )
            if re.match(r"\s*\\end\s*\{", body):
                stop = other.pos + len(other.macroname) + 1
                self.piece("display", start, stop, (start, stop))
                return
        self._unclosed(f"the display `\\{name}`", start, end)

    def _heading(self, name: str, arguments: list[Any], following: Iterator[Any]) -> None:
        group: Any = arguments[-1] if arguments else None
        if type(group).__name__ != "LatexGroupNode":
            group = next(following, None)
            if type(group).__name__ != "LatexGroupNode":
                return
        starred = any(getattr(argument, "chars", "") == "*" for argument in arguments)
        if name in ("section", "chapter") and not starred:
            self.counts[name] = self.counts.get(name, 0) + 1
            for alias, theorem in self.skim.theorems.items():
                if theorem.within == name:
                    self.counts.pop(theorem.counter or alias, None)
        self.flush()
        lists, self.lists = self.lists, []
        self.kind = "heading"
        self.walk(group.nodelist)
        self.notes.clear()
        self.flush()
        self.kind, self.lists = "text", lists

    def _item(self) -> None:
        self.flush()
        number = None
        if self.lists[-1]:
            depth = f"item {len(self.lists)}"
            self.counts[depth] = self.counts.get(depth, 0) + 1
            number = str(self.counts[depth])
        self.item = (True, number)

    def _environment(self, node: Any) -> None:
        name, start, end = node.environmentname, node.pos, node.pos + node.len
        bare = name.rstrip("*")
        body = node.nodelist[0].pos if node.nodelist else start
        if not self.text[start:end].rstrip().endswith(f"{{{name}}}"):
            self._unclosed(f"the environment `{name}`", start, min(body, start + 8 + len(name)))
            if bare in MATH_ENVIRONMENTS:
                return
        if bare in MATH_ENVIRONMENTS:
            inner = (start, end)
            if bare in ("math", "displaymath"):
                inner = (start + len(rf"\begin{{{name}}}"), end - len(rf"\end{{{name}}}"))
            self.piece("inline" if bare == "math" else "display", start, end, inner)
            return
        self.flush()
        if name == "derivcheck":
            self._givens(node)
        elif name in self.skim.theorems or bare in CLAIM_ENVIRONMENTS or bare in _SHORT_NAMES:
            self._theorem(node, name)
        elif bare == _RESTATED and node.nodeargd and len(node.nodeargd.argnlist) == 3:
            kind = node.nodeargd.argnlist[1]
            self._theorem(node, self.text[kind.pos : kind.pos + kind.len].strip("{} "))
        elif bare in LISTS:
            self.lists.append(bare in _NUMBERED)
            self.walk(node.nodelist)
            self.flush()
            self.counts.pop(f"item {len(self.lists)}", None)
            self.lists.pop()
            self.item = (False, None)
        elif bare not in _HIDDEN:
            self.walk(node.nodelist)
            self.flush()

    def _theorem(self, node: Any, kind: str) -> None:
        name, start, end = node.environmentname, node.pos, node.pos + node.len
        theorem = self.skim.theorems.get(kind)
        if theorem is None:
            bare = kind.rstrip("*")
            theorem = _Theorem(_SHORT_NAMES.get(bare, bare))
        label = theorem.caption
        if theorem.counter:
            count = self.counts[theorem.counter] = self.counts.get(theorem.counter, 0) + 1
            over = self.counts.get(theorem.within or "")
            label += f" {over}.{count}" if over else f" {count}"
        opener = start + len(rf"\begin{{{name}}}")
        arguments = [a for a in (node.nodeargd.argnlist if node.nodeargd else ()) if a]
        # The title is part of what the reader sees, and stands first.
        titled = bool(arguments) and self.text.startswith("[", arguments[0].pos)
        behind = arguments[0].pos + arguments[0].len if titled else opener
        self._mark(start, behind, opener, "begin", label)
        lists, self.lists = self.lists, []
        self.walk(node.nodelist)
        self.flush()
        self.lists = lists
        self._mark(max(end - len(rf"\end{{{name}}}"), opener), end, end, "end", label)

    def _mark(self, start: int, end: int, opener: int, kind: PieceKind, label: str) -> None:
        source = slice_of(self.source, start, end)
        piece = Piece(kind, 0, opener - start, (0, 0), label)
        self.assembly.add(Block("text", source, pieces=(piece,)))

    # What is given

    def _givens(self, node: Any) -> None:
        r"""Take a ``derivcheck`` environment: YAML, or formulas each of which is given."""
        start = node.pos + len(r"\begin{derivcheck}")
        end = max(node.pos + node.len - len(r"\end{derivcheck}"), start)
        body = self.text[start:end]
        if _OPENS_WITH_KEY.match(body):
            line, column = self.source.place(start)
            lines = (" " * (column - 1) + body).split("\n")
            self._given(lines, line)
            return
        for formula in _formulas(node.nodelist):
            opener, closer = formula.delimiters
            first, last = formula.pos + len(opener), formula.pos + formula.len - len(closer)
            self.assembly.document.given.append(Given(trimmed(self.source, first, last)))

    def _given(self, lines: list[str], first: int) -> None:
        front: FrontMatter = read_yaml(lines, first)
        document = self.assembly.document
        document.given += front.given
        document.macros.update(front.macros)
        document.layout = front.layout or document.layout
        document.diagnostics += front.diagnostics


def _formulas(nodes: Sequence[Any]) -> Iterator[Any]:
    """Yield the formulas in some nodes, and in what they hold."""
    for node in nodes:
        if type(node).__name__ == "LatexMathNode":
            yield node
        elif node is not None:
            yield from _formulas(getattr(node, "nodelist", None) or ())


def _moved(piece: Piece, start: int) -> Piece:
    """Return a piece of the whole text as a piece of the block that starts there."""
    first, last = piece.inner
    return replace(
        piece, start=piece.start - start, end=piece.end - start, inner=(first - start, last - start)
    )
