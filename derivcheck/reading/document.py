"""What reading makes of a file: formulas, their role in the prose, claims and places.

Reading knows no mathematics: a formula is a stretch of LaTeX that language will understand.
"""

from __future__ import annotations

from bisect import bisect_right

from msgspec import Struct, field

from derivcheck.diagnostics import Diagnostic, Part, Span


class Source(Struct, frozen=True):
    """A stretch of LaTeX with the place of each of its characters.

    Attributes:
        text: the LaTeX, without its delimiters; line breaks kept, list and quote markers removed.
        starts: (offset, line, column) of every line of ``text``, ascending; lines and columns count
            from 1.
    """

    text: str
    starts: tuple[tuple[int, int, int], ...]

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column of the character at ``offset`` (which may be ``len(text)``)."""
        row = bisect_right(self.starts, offset, key=lambda start: start[0]) - 1
        begin, line, column = self.starts[max(row, 0)]
        return line, column + offset - begin

    def span(self, start: int, end: int) -> Span:
        """Return the span of ``text[start:end]``."""
        return Span(*self.place(start), *self.place(end))


class Formula(Struct, frozen=True):
    r"""One display or one piece of inline math, in reading order.

    Attributes:
        source: the LaTeX and its places. For ``align`` and its kin the environment stays in the
            text.
        display: True for displays, fences and environments; False for inline math.
        cue: the lower-case opening word of the sentence or clause that the formula stands in, when
            it is one of let, given, suppose, assume, define, denote, where, with; else None.
        names: the words before it say what a new letter in it stands for, without a cue: *the
            residual is*.
        conditional: the clause opens with if, when, unless, whenever or for: an inline relation is
            a condition and ``i = 1, \dots, n`` a range.
        disclaimer: the sentence says *in general*, *need not* or *not always* (for ``\neq``).
        denied: its clause says that what it states does not hold (*it is false that*).
        restricted: the clause says something more of what it names: *a symmetric $A$*.
        doubted: the clause leaves open whether what it states holds: *either $a = 1$ or …*.
        sought: the sentence sets something to zero.
        set_so: what it states is set, and need not hold: *setting $f'(t) = 0$*.
        statement: the formula belongs to the claim's own statement (heading, numbered or bold
            lead).
        sentence: number of the sentence it stands in.
        after: the words right behind an inline formula, up to the next mark or formula.
        directive: from a comment just before a display: ``skip``, ``assume`` or ``expect VERDICT``.
    """

    source: Source
    display: bool
    cue: str | None = None
    names: bool = False
    conditional: bool = False
    disclaimer: bool = False
    denied: bool = False
    restricted: bool = False
    doubted: bool = False
    sought: bool = False
    set_so: bool = False
    statement: bool = False
    sentence: int = 0
    after: str = ""
    directive: str | None = None


class Given(Struct, frozen=True):
    """One entry of the front matter's ``given`` list."""

    source: Source


class Claim(Struct):
    """A group of formulas under a heading, a numbered or bold lead or a theorem-like environment.

    ``name`` is the number or label ("3", "Lemma", a heading's slug); ``title`` the words as
    written. The text before the first claim forms a claim with an empty title when it has formulas.
    """

    name: str
    title: str
    line: int
    formulas: list[Formula] = field(default_factory=list)


class Document(Struct):
    r"""A parsed file.

    Attributes:
        path: as given on the command line.
        text: the whole file, without a byte order mark and with ``\n`` as its line ending; every
            place refers to its lines. Files that it takes in, or the cells of a notebook, follow
            one another in it.
        parts: where the lines of ``text`` stand, ascending; empty if ``text`` is the whole file.
        layout: ``numerator``, ``denominator`` or ``mixed`` when declared.
        given: entries of the front matter, in order.
        macros: LaTeX macros of the front matter and of ``\newcommand`` in the text: name with
            backslash to (number of arguments, body).
        claims: in reading order.
        diagnostics: what could not be read (bad front matter, broken encoding, ...).
    """

    path: str
    text: str
    layout: str | None = None
    given: list[Given] = field(default_factory=list)
    macros: dict[str, tuple[int, str]] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    parts: tuple[Part, ...] = ()
