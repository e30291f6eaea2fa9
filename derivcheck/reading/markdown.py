"""A Markdown file becomes a document.

The blocks come from markdown-it, the formulas within a block from the scanner, their roles from the
prose between them; here they are put together into claims. Mathematics is not read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice

from derivcheck.diagnostics import Diagnostic, Help, Span
from derivcheck.reading.blocks import Block, blocks_of
from derivcheck.reading.claims import Lead, heading_name, lead_at, one_line, slug, unemphasised
from derivcheck.reading.document import Claim, Document, Formula, Source
from derivcheck.reading.front_matter import read_front_matter
from derivcheck.reading.macros import definition_at
from derivcheck.reading.places import normalised, trimmed, without
from derivcheck.reading.prose import Prose, Role
from derivcheck.reading.scan import CLAIM_ENVIRONMENTS, Piece, Scanner, definition_spans

VERDICTS = ("proved", "refuted", "ill-shaped", "undecided", "unreadable")
MOST_CHARACTERS = 1_000_000
MOST_LINES = 50_000
MOST_FORMULAS = 20_000
MOST_PIECES = 50_000
MOST_COMPLAINTS = 100
MOST_DEFINITIONS = 1_000
_DIRECTIVE = re.compile(r"\s*derivcheck\s*:\s*([^\n]*?)\s*$")
_OPTIONS = re.compile(r"(?:\s*:[\w-]+:[^\n]*\n)+")
_DIV_NAME = re.compile(r"[{. \t]*(?P<name>[A-Za-z]+)\s*(?P<title>[^{}]*)")
_BRACKETS = re.compile(r"\s*\[([^\[\]\n]{0,200})\]")
# Longer stretches of prose between two formulas matter at their ends only.
_LONGEST_PROSE = 4_000


@dataclass(slots=True)
class _Entry:
    """A formula whose role is not settled before its sentence ends."""

    claim: Claim
    source: Source
    display: bool
    role: Role
    statement: bool
    directive: str | None


@dataclass(slots=True)
class _Statement:
    """Which formulas to come belong to the statement of the claim.

    Attributes:
        inline: inline formulas of the current block do.
        sentence: the next display does if it stands in this sentence or in one that asks to show
            it; None if no display does.
        environment: depth of theorem-like environments: all formulas in one do.
    """

    inline: bool = False
    sentence: int | None = None
    environment: int = 0


@dataclass(slots=True)
class _Assembly:
    """Collects a document, block by block."""

    document: Document
    prose: Prose = field(default_factory=Prose)
    entries: list[_Entry] = field(default_factory=list)
    claim: Claim = field(default_factory=lambda: Claim("", "", 1))
    claims: list[Claim] = field(default_factory=list)
    statement: _Statement = field(default_factory=_Statement)
    directive: tuple[str, Span] | None = None
    definitions: int = 0
    full: bool = False
    slugs: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.claims.append(self.claim)

    def complain(self, code: str, headline: str, span: Span, help_: Help | None = None) -> None:
        """Add a diagnostic; beyond a bound they are no help to anybody."""
        if len(self.document.diagnostics) >= MOST_COMPLAINTS:
            return
        self.document.diagnostics.append(
            Diagnostic(code, headline, span, help=(help_,) if help_ else ())
        )

    def open_claim(self, name: str, title: str, line: int) -> None:
        """Let the formulas to come belong to a new claim."""
        self.claim = Claim(name, title, line)
        self.claims.append(self.claim)

    # Blocks

    def add(self, block: Block) -> None:
        """Take the next block."""
        if block.kind == "heading":
            self._heading(block)
        elif block.kind == "row":
            self.prose.end_sentence()
            self._pieces(block.source, _pieces_of(block.source.text), 0)
            self.prose.end_sentence()
        elif block.kind == "math":
            self._fence(block)
        elif block.kind == "text":
            self._text(block)
        else:
            self._div(block)

    def _heading(self, block: Block) -> None:
        source, pieces = block.source, _pieces_of(block.source.text)
        title = one_line(_undelimited(source.text, pieces))
        name = heading_name(title)
        if name == slug(title):
            name = self._unique(name or "section")
        self.prose.enter(item=False, nested=False, display=False)
        self.prose.end_sentence()
        self.open_claim(name, title, source.place(0)[0])
        self.statement = _Statement(inline=True)
        self._pieces(source, pieces, 0)
        self.statement = _Statement()
        self.prose.end_sentence()

    def _unique(self, name: str) -> str:
        """Return the name, numbered if a heading has it already."""
        count = self.slugs[name] = self.slugs.get(name, 0) + 1
        return name if count == 1 else f"{name}-{count}"

    def _fence(self, block: Block) -> None:
        source = block.source
        self.prose.enter(item=block.item, nested=block.depth > 0, display=True)
        if not block.closed:
            line, column = source.place(0)
            headline = "the math fence above this line is not closed"
            self.complain("DC101", headline, Span(line, column, line, column + 1))
        options = _OPTIONS.match(source.text)
        start = options.end() if options else 0
        self._formula(trimmed(source, start, len(source.text)), display=True)
        self.statement.inline = False

    def _text(self, block: Block) -> None:
        source, pieces = block.source, _pieces_of(block.source.text)
        first = next(
            (piece for piece in pieces if piece.kind not in ("comment", "definition")), None
        )
        blank = first and not _between(source.text, pieces, first.start).strip()
        display = bool(first and blank and first.kind == "display")
        self.prose.enter(item=block.item, nested=block.depth > 0, display=display)
        lead = self._lead(block)
        if lead:
            self._open_lead(lead, source, pieces)
        elif not self.statement.environment:
            self.statement.inline = False
            if not display:
                self.statement.sentence = None
        self._pieces(source, pieces, lead.end if lead else 0)
        self.statement.inline = False

    def _lead(self, block: Block) -> Lead | None:
        if self.statement.environment:
            return None
        number = block.number if block.ordered == 1 and not self.prose.carries else None
        return lead_at(block.source.text, number)

    def _open_lead(self, lead: Lead, source: Source, pieces: list[Piece]) -> None:
        title = lead.title
        if title is None:
            title = one_line(_undelimited(source.text, pieces, lead.end).strip().rstrip(".:,"))
        self.prose.end_sentence()
        self.open_claim(
            lead.name, title, source.place(lead.end and source.text.find(source.text.lstrip()))[0]
        )
        if not lead.stops:
            self._prose(source.text[: lead.end] if lead.title is not None else "")
        self.statement = _Statement(inline=True, sentence=self.prose.sentence)

    def _div(self, block: Block) -> None:
        """Enter or leave a fenced div; only theorem-like ones matter."""
        text = block.source.text.lstrip(":")
        match = _DIV_NAME.match(text)
        self.prose.end_sentence()
        if block.kind == "open" and match and match["name"].lower() in CLAIM_ENVIRONMENTS:
            self._begin(match["name"], match["title"], block.source.place(0)[0])
        elif block.kind == "close" and self.statement.environment:
            self._end()

    def _begin(self, name: str, title: str, line: int) -> None:
        label = name.capitalize()
        self.prose.end_sentence()
        self.open_claim(label, one_line(title) or label, line)
        self.statement = _Statement(environment=self.statement.environment + 1)

    def _end(self) -> None:
        self.prose.end_sentence()
        self.statement = _Statement(environment=max(self.statement.environment - 1, 0))

    # Pieces of a block

    def _pieces(self, source: Source, pieces: list[Piece], position: int) -> None:
        """Read the formulas of a block and the words between them, from ``position`` on."""
        text = source.text
        for piece in pieces:
            if piece.end <= position:
                if piece.kind == "comment":
                    self._comment(source, piece)
                continue
            if piece.start > position:
                self._prose(text[position : piece.start])
                position = piece.start
            if piece.kind in ("display", "inline"):
                self._formula(trimmed(source, *piece.inner), display=piece.kind == "display")
            elif piece.kind == "comment":
                self._comment(source, piece)
            elif piece.kind == "definition":
                self._definition(text, piece.start, source.span(piece.start, piece.end))
            elif piece.kind == "open":
                self._unclosed(source, piece)
            elif piece.kind == "begin":
                title = _BRACKETS.match(text, piece.end)
                self._begin(piece.name, title[1] if title else "", source.place(piece.start)[0])
                position = title.end() if title else piece.end
                continue
            elif piece.kind == "end":
                self._end()
            position = max(position, piece.end)
        if position < len(text):
            self._prose(text[position:])

    def _prose(self, text: str) -> None:
        if self.directive and text.strip():
            self._drop_directive()
        if len(text) > _LONGEST_PROSE:
            self.prose.text(text[: _LONGEST_PROSE // 2])
            text = text[-_LONGEST_PROSE // 2 :]
        self.prose.text(text)

    def _formula(self, source: Source, *, display: bool) -> None:
        holes = []
        if "\\" in source.text:
            holes = definition_spans(source.text)
        for start, end in holes:
            self._definition(source.text, start, source.span(start, end))
        if holes:
            source = without(source, holes)
            source = trimmed(source, 0, len(source.text))
        if not source.text or self.full:
            return
        if len(self.entries) >= MOST_FORMULAS:
            self.full = True
            headline = (
                f"the document has more than {MOST_FORMULAS} formulas: the others are not read"
            )
            self.complain("DC102", headline, source.span(0, 1))
            return
        role = self.prose.formula(source.text, display=display)
        directive, statement = None, self.statement.inline or self.statement.environment > 0
        if display:
            if self.directive:
                directive, self.directive = self.directive[0], None
            if not self.statement.environment:
                sentence = self.statement.sentence
                statement = sentence is not None and (role.sentence == sentence or role.request)
                self.statement = _Statement()
        elif self.directive:
            self._drop_directive()
        self.entries.append(_Entry(self.claim, source, display, role, statement, directive))

    def _definition(self, text: str, start: int, span: Span) -> None:
        self.definitions += 1
        definition = definition_at(text, start) if self.definitions <= MOST_DEFINITIONS else None
        if definition is None:
            if self.definitions == MOST_DEFINITIONS + 1:
                self.complain("DC102", f"more than {MOST_DEFINITIONS} macro definitions", span)
        elif definition.body is None:
            headline = f"a default argument in the definition of `{definition.name[:30]}`"
            self.complain("DC110", headline, span)
        else:
            self.document.macros[definition.name] = (definition.arguments, definition.body)

    def _unclosed(self, source: Source, piece: Piece) -> None:
        """Report an opener without an end, unless it may be meant as it stands."""
        span = source.span(piece.start, piece.end)
        follower = source.text[piece.end : piece.end + 1]
        if piece.name == "<!--":
            self.complain("DC101", "the comment that opens here is not closed", span)
        elif piece.name.startswith("\\begin"):
            self.complain(
                "DC101",
                f"the environment `{piece.name[6:].strip()}` that opens here is not closed",
                span,
            )
        elif piece.name == "$$" or (piece.name == r"\[" and not follower.strip()):
            self.complain(
                "DC101", f"the display that `{piece.name}` opens here is not closed", span
            )

    # Directives

    def _comment(self, source: Source, piece: Piece) -> None:
        match = _DIRECTIVE.match(source.text, *piece.inner)
        if not match:
            return
        words = match[1].split()
        if self.directive:
            self._drop_directive()
        span = source.span(
            piece.start, min(piece.end, source.text.find("\n", piece.start) % (piece.end + 1))
        )
        if words in (["skip"], ["assume"]) or (
            words[:1] == ["expect"] and words[1:] in [[v] for v in VERDICTS]
        ):
            self.directive = (" ".join(words), span)
        else:
            shown = " ".join(words)[:20]
            headline = f"unknown directive `{shown}`: known are skip, assume and expect VERDICT"
            help_ = Help("the verdicts are " + ", ".join(VERDICTS))
            self.complain("DC101", headline, span, help_)

    def _drop_directive(self) -> None:
        if self.directive:
            name, span = self.directive
            self.complain(
                "DC101", f"the directive `{name}` does not stand directly before a display", span
            )
            self.directive = None

    def finish(self) -> None:
        """Settle the roles and hand the claims that have formulas to the document."""
        self.prose.end_sentence()
        self._drop_directive()
        for entry in self.entries:
            role = entry.role
            entry.claim.formulas.append(
                Formula(
                    entry.source,
                    entry.display,
                    role.cue,
                    role.conditional,
                    role.disclaimer,
                    entry.statement,
                    entry.directive,
                )
            )
        self.document.claims = [claim for claim in self.claims if claim.formulas]
        self.document.diagnostics.sort(
            key=lambda found: (found.span.line, found.span.column) if found.span else (0, 0)
        )


def _pieces_of(text: str) -> list[Piece]:
    return list(islice(Scanner(text).pieces(), MOST_PIECES))


def _between(text: str, pieces: list[Piece], end: int) -> str:
    """Return the text before ``end`` that is in no piece."""
    parts, position = [], 0
    for piece in pieces:
        if piece.start >= end:
            break
        parts.append(text[position : piece.start])
        position = piece.end
    return "".join([*parts, text[position:end]])


def _undelimited(text: str, pieces: list[Piece], start: int = 0) -> str:
    """Return the words of a lead or heading, formulas without their delimiters, up to a display."""
    parts, position = [], start
    for piece in pieces:
        if piece.kind == "display" or position > start + 1_000:
            break
        if piece.start < position:
            continue
        parts.append(unemphasised(text[position : piece.start]))
        if piece.kind == "inline":
            parts.append(text[piece.inner[0] : piece.inner[1]])
        elif piece.kind == "hidden":
            parts.append(text[piece.start : piece.end])
        position = piece.end
    else:
        parts.append(unemphasised(text[position : position + 1_000]))
    return "".join(parts)


def _bounded(text: str) -> tuple[str, bool]:
    """Return as much of the text as is read, and whether that is less than all of it."""
    short = text[:MOST_CHARACTERS]
    if short.count("\n") > MOST_LINES:
        short = "\n".join(short.split("\n", MOST_LINES)[:MOST_LINES])
    return short, len(short) < len(text)


def read_markdown(path: str, text: str) -> Document:
    """Return the document that a Markdown text holds.

    Args:
        path: as given on the command line.
        text: what the file holds; the places of the document refer to its lines, whatever their
            endings, and a byte order mark is not counted.

    Raises:
        Never.

    Cost:
        Proportional to the length of the text, which is read up to a bound.
    """
    text = normalised(text)
    front = read_front_matter(text)
    document = Document(
        path,
        text,
        front.layout,
        front.given,
        dict(front.macros),
        diagnostics=list(front.diagnostics),
    )
    body = text.split("\n", front.end)[-1] if front.end else text
    body, cut = _bounded(body)
    assembly = _Assembly(document)
    if cut:
        line = front.end + body.count("\n") + 1
        assembly.complain(
            "DC102", "the document is not read beyond this line", Span(line, 1, line, 2)
        )
    for block in blocks_of(body, front.end + 1):
        if assembly.full:
            break
        assembly.add(block)
    assembly.finish()
    return document
