"""The whole of a check: a text is read, understood, decided and reported.

This is the one place where the rooms meet. A layout that is not declared is chosen here: of the
three, first by shapes, then the one that leaves the fewest steps unproved, denominator on a tie.
"""

from __future__ import annotations

import hashlib
import io
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from derivcheck import __version__
from derivcheck.algebra.goal import Goal
from derivcheck.backstop import Expired, time_limit
from derivcheck.diagnostics import Diagnostic
from derivcheck.files import loader
from derivcheck.language.derivation import Understood, understand
from derivcheck.language.introduced import Macros
from derivcheck.language.steps import Step
from derivcheck.language.typed import readable_shape
from derivcheck.language.usage import unused
from derivcheck.limits import CALLS
from derivcheck.options import Options
from derivcheck.prover.strategy import decide
from derivcheck.prover.verdict import Kind, Verdict
from derivcheck.reading import Document, Source, read
from derivcheck.report.model import (
    ClaimReport,
    DocumentReport,
    GivenReport,
    NameReport,
    StepReport,
    UnreadReport,
)
from derivcheck.report.readable import readable, readable_words

if TYPE_CHECKING:
    from derivcheck.repair import Mistake

LAYOUTS = ("denominator", "numerator", "mixed")
"""The layouts, in the order of preference on a tie."""


_DEFAULT = Options()

Decided = Callable[[StepReport, Step, Verdict], None]
"""Told of each step of the report that has a goal, with what was decided about it."""


def check_file(
    path: Path | str,
    *,
    options: Options = _DEFAULT,
    progress: Callable[[str], None] | None = None,
    decided: Decided | None = None,
    load: Callable[[str], str | None] | None = None,
) -> DocumentReport:
    """Check a file.

    Args:
        path: a Markdown or text file in UTF-8.
        options: how.
        progress: called with a line for each step, before it is decided.
        decided: called with each step after it.
        load: finds the files that it takes in; by default those below its own folder.

    Raises:
        OSError: when the file cannot be read.
        UnicodeDecodeError: when it is not UTF-8 text.
    """
    content = Path(path).read_bytes()
    text = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8").read()
    document = read(str(path), text, load or loader(Path(path).parent))
    report = check_document(document, options, progress, decided)
    report.sha256 = hashlib.sha256(content).hexdigest()
    return report


def check_text(
    text: str,
    *,
    path: str = "<text>",
    options: Options = _DEFAULT,
    progress: Callable[[str], None] | None = None,
    decided: Decided | None = None,
) -> DocumentReport:
    r"""Check a document.

    Args:
        text: the document.
        path: what reports call it.
        options: how.
        progress: called with a line for each step, before it is decided.
        decided: called with each step after it.

    Raises:
        Never, on any text.

    Example:
        >>> given = "given:\n  - 'A, B \\in \\mathbb{R}^{n \\times n}'"
        >>> text = f"---\n{given}\n---\n$$(A B)^\\top = B^\\top A^\\top$$"
        >>> [step.verdict for step in check_text(text).steps]
        ['proved']
    """
    report = check_document(read(path, text), options, progress, decided)
    report.sha256 = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
    return report


def check_document(
    document: Document,
    options: Options = _DEFAULT,
    progress: Callable[[str], None] | None = None,
    decided: Decided | None = None,
) -> DocumentReport:
    """Check what reading made of a file.

    Raises:
        Never.
    """
    with same_depth():
        return _checked(document, options, progress, decided)


def _checked(
    document: Document,
    options: Options,
    progress: Callable[[str], None] | None,
    decided: Decided | None,
) -> DocumentReport:
    outside = [source for text in options.given for source in given_sources(text)]
    declared = options.layout or document.layout

    def read_in(layout: str) -> Understood:
        return understand(document, layout, outside, closed=options.givens_closed)

    decider = _Decider(document, options, progress, read_in)
    decider.decided = decided
    read_in = decider.read_in
    if declared:
        understood = read_in(declared)
        return reported(document, understood, decider, declared, "declared")
    understood = read_in(LAYOUTS[0])
    if not any(step.layout for step in understood.steps):
        return reported(document, understood, decider, None, None)
    readings = {LAYOUTS[0]: understood, **{layout: read_in(layout) for layout in LAYOUTS[1:]}}
    clashes = {layout: _clashes(reading) for layout, reading in readings.items()}
    best = [layout for layout in LAYOUTS if clashes[layout] == min(clashes.values())]
    chosen = best[0]
    if len(best) > 1:
        chosen = min(best, key=lambda layout: decider.unproved(readings[layout]))
    return reported(document, readings[chosen], decider, chosen, "inferred")


def _clashes(reading: Understood) -> int:
    return sum(step.verdict == "ill-shaped" for step in reading.steps)


def given_sources(text: str) -> list[Source]:
    """Return the givens of a file: of its front matter, or one a line.

    Raises:
        Never.
    """
    document = read("given", text)
    if document.given:
        return [given.source for given in document.given]
    sources = []
    for number, line in enumerate(text.splitlines(), 1):
        body = line.strip().removeprefix("- ").strip().strip("'\"")
        if body and not body.startswith(("#", "---", "given:")):
            sources.append(Source(body, ((0, number, line.find(body) + 1),)))
    return sources


class _Decider:
    """Decides the steps of one document; equal goals are decided once."""

    def __init__(
        self,
        document: Document,
        options: Options,
        progress: Callable[[str], None] | None,
        read_in: Callable[[str], Understood],
    ) -> None:
        self.path = document.path
        self.macros: Macros = document.macros
        self.options = options
        self.progress = progress
        self.known: dict[Any, Verdict] = {}
        self.text = document.text
        self.read_in = cache(read_in)
        self.decided: Decided | None = None
        self.mistake: Mistake | None = None
        self.refuted: list[Step] = []
        self.given: list[str] = []

    def left_of_limit(self, began: float) -> float | None:
        """Return how long the repairs of a step may take."""
        if self.options.timeout is None:
            return None
        return max(self.options.timeout - (time.perf_counter() - began), 0.001)

    def mended(
        self, step: Step, report: StepReport, layout: str | None, began: float
    ) -> Diagnostic | None:
        """Return the diagnostic of a step with what would make it true."""
        found = report.diagnostic
        code = found.code if found is not None else ""
        if (
            found is None
            or code not in ("DC201", "DC202", "DC301")
            or not self.options.repairs
            or report.succeeded
            or (not step.refutable and code != "DC201")
            or step.sign not in ("=", ":=", "\\equiv")
        ):
            return found
        from derivcheck.repair import Mistake, mended

        before, self.mistake = self.mistake, None
        earlier = [one for one in self.refuted if one.claim == step.claim]
        if code == "DC301":
            self.refuted.append(step)
        try:
            with time_limit(self.left_of_limit(began)):
                found = mended(
                    step, found, self.text, self.read_in, layout, before=before, earlier=earlier
                )
        except Expired:
            return found
        self.mistake = Mistake.of(step, found)
        return found

    def reproduction(self, step: Step, layout: str | None) -> str | None:
        """Return the smallest document about which derivcheck disagrees with itself as here."""
        from derivcheck.reproducing import reproduction

        def disagrees(text: str) -> bool:
            document = read(self.path, text)
            understood = understand(document, document.layout or LAYOUTS[0], [])
            own = _Decider(document, self.options, None, self.read_in)
            return any(
                one.goal is not None and own.verdict(one).code == "DC901"
                for one in understood.steps
            )

        try:
            with time_limit(self.options.timeout):
                return reproduction(step, self.given, layout, self.macros, disagrees)
        except Expired:
            return None

    def unproved(self, reading: Understood) -> int:
        """Return how many steps of a reading are not proved."""
        return sum(
            step.goal is None or self.verdict(step).kind is not Kind.PROVED
            for step in reading.steps
        )

    def verdict(self, step: Step) -> Verdict:
        """Return the verdict of a step that has a goal."""
        goal = step.goal
        assert goal is not None
        key = (
            goal.lhs,
            goal.rhs,
            step.refutable,
            goal.obligations,
            goal.hypotheses,
            goal.conditions,
            id(goal.definitions),
        )
        if key not in self.known:
            self.known[key] = self._decided(step, goal)
        return self.known[key]

    def _decided(self, step: Step, goal: Goal) -> Verdict:
        """Return the verdict of a goal; whatever goes wrong, nothing is claimed."""
        try:
            with time_limit(self.options.timeout):
                return decide(
                    goal, step.seed, refute=step.refutable, at=dict(self.options.sizes or ())
                )
        except Expired:
            reason = f"the time limit of {self.options.timeout:g} s was reached"
            return Verdict(Kind.UNDECIDED, reasons=(reason,), code="DC303")
        except RecursionError:
            reason = "out of budget: nesting too deep"
            return Verdict(Kind.UNDECIDED, reasons=(reason,), code="DC303")
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            reason = f"{type(error).__name__}: nothing is claimed about the step"
            return Verdict(Kind.UNDECIDED, reasons=(reason,), code="DC901")


@contextmanager
def same_depth() -> Iterator[None]:
    """Let calls nest as deep as the limit says, from here: not less where the caller stands deep.

    Python's own limit counts from where the program begins, so what it stops would depend on who
    asks: a command, a worker, a notebook.
    """
    before, depth, frame = sys.getrecursionlimit(), 0, sys._getframe()
    while frame.f_back is not None:
        depth, frame = depth + 1, frame.f_back
    sys.setrecursionlimit(depth + CALLS)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


class Interrupted(KeyboardInterrupt):
    """Someone stopped the check; ``report`` holds what was decided until then."""

    def __init__(self, report: DocumentReport) -> None:
        super().__init__()
        self.report = report


def reported(
    document: Document,
    understood: Understood,
    decider: _Decider,
    layout: str | None,
    source: str | None,
) -> DocumentReport:
    """Decide every step of a reading and report it."""
    report = DocumentReport(document.path, document.text, layout, source, parts=document.parts)
    report.given = [GivenReport(g.latex, g.line, g.kind) for g in understood.listed]
    decider.given = [g.latex for g in understood.listed if g.kind != "inferred"]
    report.names = list(name_rows(understood))
    report.unused = unused(understood)
    report.unread = [UnreadReport(*row) for row in understood.unread]
    report.diagnostics = [*document.diagnostics, *understood.diagnostics]
    macros = document.macros
    claims = [ClaimReport(c.name, readable_words(c.title, macros), c.line) for c in document.claims]
    interrupted = False
    for step in understood.steps:
        try:
            claims[step.claim].steps.append(step_report(step, decider, layout, source))
        except KeyboardInterrupt:
            interrupted = True
            break
    report.claims = [claim for claim in claims if claim.steps]
    if not report.claims and not report.diagnostics:
        report.diagnostics.append(Diagnostic("DC003", "there is no step to check"))
    report.macros = dict(document.macros)
    if report.parts:
        tell_own_lines(report)
    if interrupted:
        raise Interrupted(report)
    return report


def tell_own_lines(report: DocumentReport) -> None:
    """Let the messages about a document of several parts name the lines that its author sees."""
    places = report.places
    report.diagnostics = [places.diagnostic(found) for found in report.diagnostics]
    for name in report.names:
        name.origin = places.told(name.origin)
    for unread in report.unread:
        unread.why = places.told(unread.why)
    for step in report.steps:
        step.notes = [places.told(note) for note in step.notes]
        step.diagnostic = step.diagnostic and places.diagnostic(step.diagnostic)


def name_rows(understood: Understood) -> Iterator[NameReport]:
    """Yield the table of names: kind, shape, and where each comes from."""
    definitions = understood.context.definitions
    for entry in understood.context.entries.values():
        value = entry.value or entry
        beside = entry.kind == "family" and entry.value is not None  # x_i beside x
        kind = {"formula": "function"}.get(entry.kind, value.kind if beside else entry.kind)
        if value.kind == "matrix" and 1 in value.shape:
            kind = "vector"
        shape = readable_shape(value.shape) if value.kind != "index" else "an index"
        if entry.kind == "index" and entry.node is not None:
            index: Any = entry.node
            shape = f"1 … {index.size}"
        origin = entry.origin
        if value.node in definitions:
            kind = f"{kind}, defined"
        if beside:
            letters = "".join(entry.letters)
            member = f"{entry.name}_{letters if len(letters) == 1 else f'{{{letters}}}'}"
            yield NameReport(entry.name, kind, shape, value.origin, value.line)
            yield NameReport(member, "family", readable_shape(entry.shape), origin, entry.line)
            continue
        yield NameReport(entry.name, kind, shape, origin, entry.line)


def step_report(
    step: Step, decider: _Decider, layout: str | None, source: str | None
) -> StepReport:
    """Return the report of one step, decided."""
    began = time.perf_counter()
    report = StepReport(
        step.span,
        step.whole,
        not step.formula.display,
        step.lhs.latex if step.lhs else step.latex,
        step.sign,
        step.rhs.latex if step.rhs else None,
        step.verdict or "undecided",
        statement=step.formula.statement,
        directive=step.formula.directive,
        shape=step.shape,
        readable=in_unicode(step, decider.macros),
        notes=list(step.notes),
        diagnostic=step.diagnostic,
    )
    if step.layout and source == "inferred":
        report.notes.append(f"in {layout} layout, which is inferred")
    if step.goal is not None:
        if decider.progress is not None:
            decider.progress(f"{decider.path}:{step.span.line}")
        settle(report, step, decider)
        if decider.decided is not None:
            decider.decided(report, step, decider.verdict(step))
    report.diagnostic = decider.mended(step, report, layout, began)
    if report.diagnostic is not None and report.diagnostic.code == "DC901":
        report.reproduction = decider.reproduction(step, layout)
    report.seconds = time.perf_counter() - began
    return report


def in_unicode(step: Step, macros: Macros) -> tuple[str, str] | None:
    """Return both sides in plain Unicode mathematics."""
    if step.lhs is None or step.rhs is None:
        return None
    return readable(step.lhs.latex, macros), readable(step.rhs.latex, macros)


def settle(report: StepReport, step: Step, decider: _Decider) -> None:
    """Fill in what was decided about a step's goal."""
    goal = step.goal
    assert goal is not None
    verdict = decider.verdict(step)
    if step.sign == "\\neq":
        verdict = negated(verdict, disclaimed=step.formula.disclaimer)
    report.verdict = verdict.kind.value
    report.method = verdict.method
    report.sizes = list(verdict.sizes)
    report.conditions = list(dict.fromkeys(c.latex for c in goal.obligations))
    report.counterexample = verdict.counterexample
    if verdict.kind is Kind.PROVED:
        used = [goal.hypotheses[k] for k in verdict.used]
        assumed = {h.line for h in used if h.in_text}
        if verdict.certificate is not None:
            assumed |= step.assumed_lines(verdict.certificate.unfold)
        report.assuming = sorted(assumed)
        if step.membership:
            report.method = "shape"
        elif step.given:
            report.method = "given"
        return
    report.diagnostic = unproved(step, verdict)


def negated(verdict: Verdict, *, disclaimed: bool) -> Verdict:
    r"""Return the verdict of ``lhs \neq rhs`` from that of ``lhs = rhs``."""
    if verdict.kind is Kind.PROVED:
        return Verdict(
            Kind.REFUTED, "normal-form", reasons=("the two sides are equal for all values",)
        )
    if verdict.kind is Kind.REFUTED and disclaimed:
        return replace(verdict, kind=Kind.PROVED, counterexample=None)
    if verdict.kind is Kind.REFUTED:
        return Verdict(
            Kind.UNDECIDED,
            reasons=(
                "not an identity: the sides differ somewhere, but perhaps not for all values",
            ),
            code="DC302",
        )
    return verdict


def unproved(step: Step, verdict: Verdict) -> Diagnostic:
    """Return the diagnostic of a step that was decided against, or not at all."""
    notes: Iterable[str] = verdict.reasons
    if verdict.kind is Kind.REFUTED:
        headline = "the two sides are not equal"
        if step.sign == "\\neq":
            headline = "the two sides are equal"
        place = (
            step.whole
            if step.rhs is None
            else step.rhs.source.span(step.rhs.node.start, step.rhs.node.end)
        )
        return Diagnostic("DC301", headline, place, notes=tuple(notes))
    if step.spoilt is not None:
        return Diagnostic(
            "DC304",
            f"given on line {step.spoilt} not understood",
            step.span,
            notes=(*notes, "a counterexample might break what that given says"),
        )
    if step.restricted is not None:
        return Diagnostic(
            "DC304",
            f"what is given on line {step.restricted} is about values, not about moments",
            step.span,
            notes=(*notes, "of a distribution of such values nothing is known but its moments"),
        )
    if step.condition is not None:
        return Diagnostic(
            "DC304",
            f"it stands under the condition on line {step.condition}",
            step.span,
            notes=(*notes, "the condition is not used; give it as a hypothesis of its own"),
        )
    if verdict.sizes and not any(verdict.sizes):
        notes = (*notes, f"both sides agree at {len(verdict.sizes)} points")
    elif verdict.sizes:
        sizes = "; ".join(
            ", ".join(f"{name} = {value}" for name, value in one.items()) or "no sizes"
            for one in verdict.sizes
        )
        notes = (*notes, f"both sides agree at {sizes}")
    headlines = {
        "DC303": "a limit was met before the step was decided",
        "DC305": "what is given has no example",
        "DC901": "derivcheck disagrees with itself",
    }
    code = verdict.code or "DC302"
    if code == "DC901":
        notes = (*notes, f"derivcheck {__version__}; random values follow from `{step.seed}`")
    return Diagnostic(
        code,
        headlines.get(code, "neither a proof nor a counterexample was found"),
        step.span,
        notes=tuple(notes),
    )
