"""What a run found, as plain data with the keys of ``derivcheck.report/1``.

The model is what every output renders; it holds no SymPy and no LaTeX parsing.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field

from derivcheck.diagnostics import Diagnostic, Part, Span
from derivcheck.prover.verdict import Counterexample
from derivcheck.report.places import Places

SCHEMA = "derivcheck.report/1"
VERDICTS = ("proved", "refuted", "ill-shaped", "undecided", "unreadable")


class StepReport(Struct):
    """One obligation and its verdict.

    Attributes:
        span: place of the relation sign; of an unreadable display, of its first character.
        whole: the link from the first character of its left side to the end of its right side.
        inline: the obligation stands in inline math.
        lhs: the author's LaTeX; for an unreadable display, its whole LaTeX.
        relation: the sign as written, None when unreadable.
        rhs: the author's LaTeX, None when unreadable.
        verdict: one of ``VERDICTS``.
        method: what decided it; ``given`` for a step that is a given word for word.
        statement: it belongs to the claim's own statement.
        directive: ``skip``, ``assume`` or ``expect VERDICT`` from the page.
        assuming: lines of hypotheses of the text that the certificate uses.
        conditions: side conditions, in words.
        sizes: sizes at which both sides were also compared exactly.
        shape: the common shape, readable (``n × m``), or None.
        readable: both sides in plain Unicode mathematics, as encoded; None when not encoded.
        notes: facts that a proved step should tell as well (an inferred layout, entries
            independent).
        reproduction: for an internal error, the smallest document that shows it.
    """

    span: Span
    whole: Span
    inline: bool
    lhs: str
    relation: str | None
    rhs: str | None
    verdict: str
    method: str | None = None
    statement: bool = False
    directive: str | None = None
    assuming: list[int] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    sizes: list[dict[str, int]] = field(default_factory=list)
    shape: str | None = None
    readable: tuple[str, str] | None = None
    notes: list[str] = field(default_factory=list)
    diagnostic: Diagnostic | None = None
    counterexample: Counterexample | None = None
    seconds: float = 0.0
    reproduction: str | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the run may be green: proved, or exactly as the page's directive expects."""
        if self.directive in ("skip", "assume"):
            return True
        if self.directive and self.directive.startswith("expect "):
            return self.verdict == self.directive.removeprefix("expect ")
        return self.verdict == "proved"


class ClaimReport(Struct):
    """A claim with its steps; ``verdict`` is the worst, ``statement`` that of its own statement."""

    name: str
    title: str
    line: int
    steps: list[StepReport] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        """The worst verdict of the steps (proved when all are)."""
        return worst([step.verdict for step in self.steps])

    @property
    def statement(self) -> str | None:
        """The worst verdict of the statement's own steps, None when it has none."""
        own = [step.verdict for step in self.steps if step.statement]
        return worst(own) if own else None

    @property
    def derivation(self) -> str | None:
        """The worst verdict of the other steps, None when there are none."""
        rest = [step.verdict for step in self.steps if not step.statement]
        return worst(rest) if rest else None


class GivenReport(Struct):
    """Something given.

    ``kind``: shape, index, number, function, definition, hypothesis, condition, inferred.
    """

    latex: str
    line: int
    kind: str


class NameReport(Struct):
    """A row of ``derivcheck shapes``: a name, its kind and shape, and where that comes from."""

    latex: str
    kind: str
    shape: str
    origin: str
    line: int | None


class FixReport(Struct):
    """A repair that was written into the text, at the step's place of that moment."""

    line: int
    column: int
    text: str


class UnreadReport(Struct):
    """Inline math that could not be read."""

    line: int
    latex: str
    why: str


class DocumentReport(Struct):
    """Everything about one document; ``layout_source`` is ``declared`` or ``inferred``.

    Spans and lines count those of ``text``; ``places`` tells where they stand for the author.
    ``macros`` are those of the author: name to the number of arguments and the body.
    ``layout`` is None when no step depends on one. ``diagnostics`` concern the document as a whole
    or a given, not a step. ``sha256`` is that of the document's bytes.
    ``unused`` has the given names that nothing uses, with their lines.
    """

    path: str
    text: str
    layout: str | None = None
    layout_source: str | None = None
    given: list[GivenReport] = field(default_factory=list)
    names: list[NameReport] = field(default_factory=list)
    claims: list[ClaimReport] = field(default_factory=list)
    unread: list[UnreadReport] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    parts: tuple[Part, ...] = ()
    sha256: str = ""
    fixes: list[FixReport] = field(default_factory=list)
    unused: list[tuple[str, int]] = field(default_factory=list)
    macros: dict[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def places(self) -> Places:
        """Where the lines of the text stand."""
        return Places(self.path, self.parts)

    @property
    def steps(self) -> list[StepReport]:
        """All steps, in reading order."""
        return [step for claim in self.claims for step in claim.steps]


class Report(Struct):
    """A whole run."""

    documents: list[DocumentReport] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def steps(self) -> list[StepReport]:
        """All steps of all documents."""
        return [step for document in self.documents for step in document.steps]

    def exit_status(self, *, strict: bool = False) -> int:
        """Return 0 (all succeeded), 1 (some did not), 2 (nothing to check) or 3 (internal)."""
        steps = self.steps
        if any(step.diagnostic and step.diagnostic.code.startswith("DC9") for step in steps):
            return 3
        if not steps:
            return 2
        if not all(step.succeeded for step in steps) or any(
            one.code != "DC206" for document in self.documents for one in document.diagnostics
        ):
            return 1
        return 1 if strict and self.lenient() else 0

    def lenient(self) -> list[str]:
        """Return what ``--strict`` objects to, as sentences."""
        objections = []
        for document in self.documents:
            if document.unread:
                count = len(document.unread)
                told = "1 piece" if count == 1 else f"{count} pieces"
                objections.append(f"{document.path}: {told} of inline math not read")
            if document.layout_source == "inferred":
                objections.append(f"{document.path}: the layout is inferred, not declared")
            if any(step.directive in ("skip", "assume") for step in document.steps):
                objections.append(f"{document.path}: steps are skipped or assumed")
        return objections


def combined_status(statuses: Iterable[int]) -> int:
    """Return the exit status of a run from those of its documents, each checked on its own.

    Example:
        >>> combined_status([0, 1]), combined_status([2, 2]), combined_status([0, 2])
        (1, 2, 1)
    """
    found = set(statuses)
    if 3 in found:
        return 3
    if found <= {2}:
        return 2
    return int(found != {0})


def worst(verdicts: list[str]) -> str:
    """Return the worst of some verdicts; proved when there are none."""
    for verdict in ("unreadable", "ill-shaped", "refuted", "undecided"):
        if verdict in verdicts:
            return verdict
    return "proved"
