"""Blocks, formulas and sentences become claims.

The blocks come from the block parser, the formulas within a block from the scanner, their roles
from the prose between them; here it is decided which claim each formula belongs to, and whether it
is part of what the claim states.
"""

from __future__ import annotations

import re
from itertools import islice

from msgspec import Struct, field

from derivcheck.diagnostics import Diagnostic, Span
from derivcheck.limits import FORMULAS as MOST_FORMULAS
from derivcheck.limits import MACROS as MOST_DEFINITIONS
from derivcheck.limits import PIECES as MOST_PIECES
from derivcheck.limits import PROSE_CHARACTERS as _LONGEST_PROSE
from derivcheck.reading.blocks import Block
from derivcheck.reading.claims import Lead, heading_name, lead_at, one_line, slug, title_words
from derivcheck.reading.directives import Directives
from derivcheck.reading.document import Claim, Document, Formula, Source
from derivcheck.reading.macros import FORMS, Definition, definition_at
from derivcheck.reading.places import trimmed, without
from derivcheck.reading.prose import Prose, Role
from derivcheck.reading.scan import CLAIM_ENVIRONMENTS, Piece, Scanner, definition_spans

MOST_COMPLAINTS = 100
_OPTIONS = re.compile(r"(?:\s*:[\w-]+:[^\n]*\n)+")
# `{.theorem}`, Quarto's `{#thm-label name="Title"}`, MyST's `{prf:theorem} Title`, `theorem Title`
_DIV_NAME = re.compile(
    r"""[ \t]*(?: \{\#(?P<id>[a-z]{3})-(?:[^{}\n"]*?name="(?P<quoted>[^"\n{}]*)")?[^{}\n]*\}
        | \{[^{}\n.]*\.(?P<class>[A-Za-z]+)[^{}\n]*\}
        | \{(?:prf:)?(?P<directive>[A-Za-z]+)\} | (?P<name>[A-Za-z]+) )(?P<title>[^{}\n]*)""",
    re.VERBOSE,
)
_PREFIXES = {
    "thm": "theorem", "lem": "lemma", "cor": "corollary", "prp": "proposition", "def": "definition",
    "exm": "example", "exr": "exercise", "cnj": "claim", "rem": "remark",
}  # fmt: skip
_LABEL = re.compile(r"[ \t]*(?:\([\w:.-]{1,80}\)|\{\#[^{}\n]{1,200}\})(?=\s|$)")
_WORDS = re.compile(r"[A-Za-z\s-]{0,80}")
_BRACKETS = re.compile(r"\s*\[([^\[\]\n]{0,200})\]")


class _Entry(Struct):
    """A formula whose role is not settled before its sentence ends."""

    claim: Claim
    source: Source
    display: bool
    role: Role
    statement: bool
    directive: str | None
    after: str = ""


class _Statement(Struct):
    """Which formulas to come belong to the statement of the claim.

    Attributes:
        inline: inline formulas of the current block do.
        sentence: the next display does if it stands in this sentence or in one that asks to show
            it; None if no display does.
        asserts: the next display does if any sentence of the lead runs into it.
        environment: depth of theorem-like environments: all formulas in one do.
    """

    inline: bool = False
    sentence: int | None = None
    asserts: bool = False
    environment: int = 0


class Assembly(Struct):
    """Collects a document: `add` takes its blocks in reading order, `finish` completes it."""

    document: Document
    prose: Prose = field(default_factory=Prose)
    directives: Directives = field(default_factory=Directives)
    full: bool = False
    _entries: list[_Entry] = field(default_factory=list)
    _claims: list[Claim] = field(default_factory=lambda: [Claim("", "", 1)])
    _statement: _Statement = field(default_factory=_Statement)
    _divs: list[bool] = field(default_factory=list)
    _definitions: int = 0
    _aliases: dict[str, list[str]] = field(default_factory=dict)
    _slugs: dict[str, int] = field(default_factory=dict)

    def complain(self, code: str, headline: str, span: Span) -> None:
        """Add a diagnostic; beyond a bound they help nobody."""
        if len(self.document.diagnostics) < MOST_COMPLAINTS:
            self.document.diagnostics.append(Diagnostic(code, headline, span))

    def add(self, block: Block) -> None:
        """Take the next block. Once `full` is true, nothing is taken any more."""
        if self.full:
            return
        found = Scanner(block.source.text).pieces() if block.pieces is None else iter(block.pieces)
        pieces = list(islice(found, MOST_PIECES))
        if next(found, None) is not None:
            headline = f"a block of more than {MOST_PIECES} pieces is not read to its end"
            self.complain("DC102", headline, block.source.span(0, 1))
        if block.kind == "heading":
            self._heading(block.source, pieces)
        elif block.kind == "row":
            self.prose.end_sentence()
            self._pieces(block.source, pieces, 0)
            self.prose.end_sentence()
        elif block.kind == "math":
            self._fence(block)
        elif block.kind == "text":
            self._text(block, pieces)
        else:
            self._div(block)

    def finish(self) -> None:
        """Settle the roles and hand the claims that have formulas to the document."""
        self.prose.end_sentence()
        self.directives.miss()
        self.document.diagnostics += self.directives.diagnostics[:MOST_COMPLAINTS]
        for entry in self._entries:
            role = entry.role
            formula = Formula(
                entry.source,
                entry.display,
                cue=role.cue,
                names=role.names,
                conditional=role.conditional,
                disclaimer=role.disclaimer,
                denied=role.denied,
                restricted=role.restricted,
                doubted=role.doubted,
                sought=role.sought,
                set_so=role.set_so,
                statement=entry.statement,
                sentence=role.sentence,
                after=entry.after,
                directive=entry.directive,
            )
            entry.claim.formulas.append(formula)
        nameless = self._claims[0]
        if nameless.formulas:
            nameless.line = nameless.formulas[0].source.place(0)[0]
        self.document.claims = [claim for claim in self._claims if claim.formulas]
        self.document.diagnostics.sort(
            key=lambda found: (found.span.line, found.span.column) if found.span else (0, 0)
        )

    # Blocks

    def _heading(self, source: Source, pieces: list[Piece]) -> None:
        title = one_line(title_words(source.text, pieces))
        claim = self._claims[-1]
        if self._divs and self._divs[-1] and not any(e.claim is claim for e in self._entries[-1:]):
            # Quarto writes the title of a theorem as a heading within its div.
            claim.title = title or claim.title
            self._pieces(source, pieces, 0)
            self.prose.end_sentence()
            return
        name = heading_name(title)
        if name == slug(title):
            name = name or "section"
            count = self._slugs[name] = self._slugs.get(name, 0) + 1
            name = name if count == 1 else f"{name}-{count}"
        self.prose.enter(item=False, nested=False, display=False)
        self.prose.end_sentence()
        self._claims.append(Claim(name, title, source.place(0)[0]))
        self._statement = _Statement(inline=True, sentence=self.prose.sentence)
        self._pieces(source, pieces, 0)
        self._statement = _Statement()
        self.prose.end_sentence()

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

    def _text(self, block: Block, pieces: list[Piece]) -> None:
        source, display = block.source, _opens_with_display(block.source.text, pieces)
        self.prose.enter(item=block.item, nested=block.depth > 0, display=display)
        lead, start = self._lead(block), 0
        if lead:
            self._open_lead(lead, source, pieces)
            # A formula within the lead must not be lost: then the lead is read as prose.
            inside = any(piece.start < lead.end and piece.kind == "inline" for piece in pieces)
            start = 0 if inside else lead.end
        elif not self._statement.environment:
            self._statement.inline = False
            if not display:
                self._statement = _Statement()
        self._pieces(source, pieces, start)
        self._statement.inline = False

    def _lead(self, block: Block) -> Lead | None:
        if self._statement.environment:
            return None
        counts = block.ordered == 1 and not self.prose.carries
        return lead_at(block.source.text, block.number if counts else None)

    def _open_lead(self, lead: Lead, source: Source, pieces: list[Piece]) -> None:
        title = lead.title
        if title is None:
            words = title_words(source.text, pieces, lead.end)
            title = one_line(words.strip().rstrip(".:,"))
        self.prose.end_sentence()
        self._claims.append(Claim(lead.name, title, source.place(0)[0]))
        if lead.title is not None and not lead.stops:
            self.prose.text(source.text[: lead.end])
        self._statement = _Statement(True, self.prose.sentence, lead.asserts)

    def _div(self, block: Block) -> None:
        """Enter or leave a fenced div; only theorem-like ones matter."""
        self.prose.end_sentence()
        if block.kind == "open":
            match = _DIV_NAME.match(block.source.text.lstrip(":"))
            name = title = ""
            if match:
                name = _PREFIXES.get(match["id"] or "", "")
                name = name or (match["class"] or match["directive"] or match["name"] or "").lower()
                title = match["quoted"] or match["title"]
            self._divs.append(name in CLAIM_ENVIRONMENTS)
            if self._divs[-1]:
                self._begin(name, title, block.source.place(0)[0])
        elif self._divs and self._divs.pop():
            self._end()

    def _begin(self, name: str, title: str, line: int) -> None:
        label = name.capitalize()
        self.prose.end_sentence()
        self._claims.append(Claim(label, one_line(title) or label, line))
        self._statement = _Statement(environment=self._statement.environment + 1)

    def _end(self) -> None:
        self.prose.end_sentence()
        self._statement = _Statement(environment=max(self._statement.environment - 1, 0))

    # Pieces of a block

    def _pieces(self, source: Source, pieces: list[Piece], position: int) -> None:
        """Read the formulas of a block and the words between them, from ``position`` on."""
        text = source.text
        for piece in pieces:
            self._words(text[position : piece.start])
            position = max(position, piece.end)
            if piece.kind in ("display", "inline"):
                count = len(self._entries)
                self._formula(trimmed(source, *piece.inner), display=piece.kind == "display")
                if piece.kind == "display" and (label := _LABEL.match(text, position)):
                    position = label.end()
                if piece.kind == "inline" and len(self._entries) > count:
                    self._entries[-1].after = words_behind(text, position)
            elif piece.kind == "comment":
                line_end = text.find("\n", piece.start, piece.end)
                span = source.span(piece.start, line_end if line_end >= 0 else piece.end)
                self.directives.read(text[slice(*piece.inner)], span)
            elif piece.kind == "definition":
                self.define(text, piece.start, source.span(piece.start, piece.end))
            elif piece.kind == "open":
                self._unclosed(source, piece)
            elif piece.kind == "begin":
                title = _BRACKETS.match(text, piece.end)
                self._begin(piece.name, title[1] if title else "", source.place(piece.start)[0])
                position = max(position, title.end() if title else 0)
            elif piece.kind == "end":
                self._end()
        self._words(text[position:])

    def _words(self, text: str) -> None:
        if text and not text.isspace():
            self.directives.miss()
            if len(text) > _LONGEST_PROSE:  # only its ends matter for the formulas beside it
                self.prose.text(text[: _LONGEST_PROSE // 2])
                text = text[-_LONGEST_PROSE // 2 :]
            self.prose.text(text)

    def _formula(self, source: Source, *, display: bool) -> None:
        holes = definition_spans(source.text)
        for start, end in holes:
            self.define(source.text, start, source.span(start, end))
        if holes:
            source = without(source, holes)
            source = trimmed(source, 0, len(source.text))
        if not source.text or self.full:
            return
        if len(self._entries) >= MOST_FORMULAS:
            self.full = True
            headline = f"a document of more than {MOST_FORMULAS} formulas"
            self.complain("DC102", headline, source.span(0, 1))
            return
        runs_on = not self.prose.fresh
        role = self.prose.formula(source.text, display=display)
        if not display:
            self.directives.miss()
        statement = self._statement.inline or self._statement.environment > 0
        if display and not self._statement.environment:
            sentence, asserts = self._statement.sentence, self._statement.asserts and runs_on
            completes = role.sentence == sentence or role.request or asserts
            statement = sentence is not None and completes
            self._statement = _Statement()
        directive = self.directives.take()
        entry = _Entry(self._claims[-1], source, display, role, statement, directive)
        self._entries.append(entry)

    def define(self, text: str, start: int, span: Span) -> None:
        """Take the macro definition that starts there."""
        self._definitions += 1
        definition = definition_at(text, start) if self._definitions <= MOST_DEFINITIONS else None
        if self._definitions == MOST_DEFINITIONS + 1:
            self.complain("DC102", f"more than {MOST_DEFINITIONS} macro definitions", span)
        elif definition:
            self._defined(definition)

    def _defined(self, definition: Definition) -> None:
        """Take a definition; it takes the place of an earlier one."""
        macros, name, forms = self.document.macros, definition.name, definition.forms()
        if definition.alias and definition.body in macros:
            meant = definition.body
            forms = {name + mark: macros[meant + mark] for mark in FORMS if meant + mark in macros}
        # An alias of what was no macro would change its meaning with this definition.
        for other in self._aliases.pop(name, ()):
            macros.pop(other, None)
        for mark in FORMS:
            macros.pop(name + mark, None)
        macros.update(forms)
        if definition.alias and definition.body not in macros:
            self._aliases.setdefault(definition.body, []).append(name)

    def _unclosed(self, source: Source, piece: Piece) -> None:
        """Report an opener without an end, unless it may be meant as it stands."""
        follower = source.text[piece.end : piece.end + 1]
        if piece.name == "<!--":
            what = "the comment"
        elif piece.name.startswith("\\begin"):
            what = f"the environment `{piece.name[6:].strip(' {}')}`"
        elif piece.name == "$$" or (piece.name == r"\[" and not follower.strip()):
            what = f"the display `{piece.name}`"
        else:
            return
        span = source.span(piece.start, piece.end)
        self.complain("DC101", f"{what} that opens here is not closed", span)


def words_behind(text: str, position: int) -> str:
    """Return the words from a position up to the next mark, formula or line's worth of text.

    Example:
        >>> words_behind("Let $A$ be symmetric, and $B$ too.", 7)
        'be symmetric'
    """
    match = _WORDS.match(text, position)
    return " ".join(match.group().split()) if match else ""


def _opens_with_display(text: str, pieces: list[Piece]) -> bool:
    """Return whether nothing is shown before a block's first display."""
    position = 0
    for piece in pieces:
        if not text[position : piece.start].isspace() and position < piece.start:
            return False
        if piece.kind not in ("comment", "definition", "dress"):
            return piece.kind == "display"
        position = piece.end
    return False
