"""Places and messages: plain data that every room may use.

A diagnostic says *what* is wrong (headline), where the expectation comes from (labels and notes)
and what the author can change (help). It holds no mathematics and renders nothing.
"""

from __future__ import annotations

from msgspec import Struct, field


class Span(Struct, frozen=True):
    """A stretch of a file: lines and columns count from 1, the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


class Part(Struct, frozen=True):
    """A stretch of a document that stands somewhere else: in another file, or in a notebook's cell.

    Attributes:
        line: number of its first line in the text of the document, to which every span refers.
        first: number of that line where the author sees it.
        file: the file that holds it; None for the document's own.
        cell: number of the notebook's cell, counted from 1; None outside of notebooks.
    """

    line: int
    first: int
    file: str | None = None
    cell: int | None = None


class Label(Struct, frozen=True):
    """A short text attached to a part of the source excerpt."""

    span: Span
    text: str


class Change(Struct, frozen=True):
    """What is to stand in the place of a stretch of the file."""

    span: Span
    text: str


class Help(Struct, frozen=True):
    """A change the author can make; ``verified`` only if the kernel proved the changed step.

    Attributes:
        text: the change in words.
        replacement: the formula that should stand there, or the given that is missing.
        verified: the kernel proved the changed step.
        changes: the same in the file, character by character; empty when it is not a change of one
            place.
    """

    text: str
    replacement: str | None = None
    verified: bool = False
    changes: tuple[Change, ...] = ()


class Code(Struct, frozen=True):
    """A row of the table of codes: the slug states the bad thing, never the remedy."""

    code: str
    slug: str
    meaning: str


CODES: dict[str, Code] = {
    row.code: row
    for row in (
        Code("DC001", "unreadable-file", "the file is not readable as UTF-8 text"),
        Code("DC002", "bad-front-matter", "the front matter is not readable as YAML"),
        Code("DC003", "nothing-to-check", "the document has no step"),
        Code("DC101", "syntax", "the formula does not follow the grammar"),
        Code("DC102", "too-large", "the formula exceeds a limit on length, nesting or exponents"),
        Code("DC103", "ambiguous-reach", "a sign without brackets may take one factor or more"),
        Code("DC110", "unsupported-construct", "the construct has no encoding"),
        Code("DC120", "relation-not-checked", "the relation is not one that is decided"),
        Code("DC130", "follows-from-mistake", "the step continues one that has no meaning"),
        Code("DC201", "shape-mismatch", "shapes clash"),
        Code("DC202", "unknown-name", "a name is used without being introduced"),
        Code("DC203", "undetermined-size", "a size has no or more than one solution"),
        Code("DC204", "bad-given", "a given cannot be read or understood"),
        Code("DC205", "circular-definition", "definitions refer to each other in a circle"),
        Code("DC206", "redefinition", "a name is defined again"),
        Code("DC207", "bad-variable", "a derivative by something that is not a variable"),
        Code("DC301", "step-refuted", "the two sides differ at a counterexample"),
        Code("DC302", "step-undecided", "neither a proof nor a counterexample was found"),
        Code("DC303", "out-of-budget", "a counted limit stopped the search"),
        Code(
            "DC304",
            "given-not-understood",
            "the step shares a name with a given that was not understood",
        ),
        Code(
            "DC305",
            "contradictory-givens",
            "the hypotheses contradict each other or have no example",
        ),
        Code("DC306", "equal-in-other-layout", "the two sides are equal in another layout"),
        Code("DC901", "internal-error", "derivcheck disagrees with itself"),
    )
}


class Diagnostic(Struct, frozen=True):
    """One mistake, one diagnostic.

    Attributes:
        code: a key of ``CODES``.
        headline: stands alone, lower case, no final stop, at most 100 characters.
        span: the place that the caret line underlines; None when the whole file is meant.
        labels: further places with a short text each.
        notes: facts, in the author's symbols.
        help: changes the author can make.
    """

    code: str
    headline: str
    span: Span | None = None
    labels: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    help: tuple[Help, ...] = field(default=())

    @property
    def slug(self) -> str:
        """The kebab-case name of the code."""
        return CODES[self.code].slug


def installed_by(extra: str) -> str:
    """Return how an extra is installed, in words for whoever needs it.

    Example:
        >>> installed_by("html")
        "the extra `html` installs it: `pip install '.[html]'` in derivcheck's checkout"
    """
    return f"the extra `{extra}` installs it: `pip install '.[{extra}]'` in derivcheck's checkout"
