"""The full report, for people: rich text that reads the same without colour.

Renders only what the model says. Every text passes through a ``Script`` first, so nothing that a
document holds can steer the terminal or fail to be printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import StringIO

from msgspec import Struct, field
from rich.cells import cell_len
from rich.text import Text

from derivcheck.report.excerpt import excerpt, source_lines
from derivcheck.report.findings import (
    Finding,
    counts,
    directive_counts,
    document_findings,
    step_finding,
)
from derivcheck.report.matrices import counterexample_lines, sizes_text
from derivcheck.report.model import (
    VERDICTS,
    ClaimReport,
    DocumentReport,
    GivenReport,
    Report,
    StepReport,
)
from derivcheck.report.places import Places
from derivcheck.report.script import Script

STYLES = {
    "proved": "green",
    "refuted": "red",
    "ill-shaped": "magenta",
    "undecided": "yellow",
    "unreadable": "cyan",
    "error": "bold red",
    "warning": "bold yellow",
    "internal error": "bold magenta",
}
MARKS = {"proved": "✓", "undecided": "?"}
NARROWEST = 40
_RELATIONS = {
    r"\neq": "≠", r"\ne": "≠", r"\in": "∈", r"\coloneqq": "≔", r"\triangleq": "≜",
    r"\approx": "≈", r"\le": "≤", r"\leq": "≤", r"\ge": "≥", r"\geq": "≥", r"\propto": "∝",
    r"\to": "→", r"\equiv": "≡",
}  # fmt: skip
# What a proof rests on is told in full; of the rest, the compact report tells how many there are.
_TOLD = ("hypothesis", "condition", "inferred")
# What to do is said already: mend the step before, report the error, write a step.
_SELF_EVIDENT = frozenset({"DC001", "DC003", "DC130", "DC901"})
_PLURALS = {
    "shape": "shapes",
    "index": "indices",
    "number": "numbers",
    "function": "functions",
    "definition": "definitions",
    "hypothesis": "hypotheses",
    "condition": "conditions",
    "inferred": "inferred",
}


class TerminalRenderer(Struct):
    """Turns documents, findings and the summary into lines of rich text.

    Attributes:
        script: the characters that the output can show.
        width: cells of a line; nothing but a too long word without spaces exceeds it.
        verbose: everything that is known; quiet: only what is not proved.
    """

    script: Script = field(default_factory=Script)
    width: int = 80
    verbose: bool = False
    quiet: bool = False

    def __post_init__(self) -> None:
        """Keep room for a gutter and some text."""
        self.width = max(self.width, NARROWEST)

    def document(self, document: DocumentReport) -> Iterator[Text]:
        """Yield the lines about one document; none when quiet and all is well."""
        lines = source_lines(document.text)
        whole = list(document_findings(document))
        claims = [claim for claim in document.claims if not self.quiet or _needs_attention(claim)]
        if self.quiet and not whole and not claims and not document.fixes:
            return
        yield from self._header(document)
        for fix in document.fixes:
            lead = f"  repaired {document.places.within(fix.line, fix.column)}: "
            for row in self._wrapped(lead, fix.text, 4):
                yield Text(row, style="bold green")
        for finding in whole:
            yield Text()
            yield from self.finding(finding, document.places, lines)
        for claim in claims:
            yield from self.claim(claim, document.places, lines)
        if not self.quiet:
            yield from self._unread(document)

    def claim(self, claim: ClaimReport, places: Places, lines: list[str]) -> Iterator[Text]:
        """Yield the lines about one claim, its diagnostics included."""
        yield Text()
        yield from self._claim_heading(claim)
        room = max((len(step_verdict(step)) for step in claim.steps), default=0)
        for number, step in enumerate(claim.steps, start=1):
            finding = step_finding(claim, number, step)
            if self.quiet and finding is None:
                continue
            yield from self._step(number, step, room, places)
            if finding:
                yield Text()
                yield from self.finding(finding, places, lines)
                if number < len(claim.steps):
                    yield Text()

    def finding(self, finding: Finding, places: Places, lines: list[str]) -> Iterator[Text]:
        """Yield a diagnostic in full: headline, place, excerpt, sides, facts and help."""
        yield from self._headline(finding)
        found, step = finding.diagnostic, finding.step
        labels = found.labels if found else ()
        rows: list[Text] = []
        gutter, leftover = 1, list[str]()
        if finding.span:
            shown = excerpt(lines, finding.span, labels, self.script, self.width, own=places.line)
            rows, gutter, leftover = shown.rows, shown.gutter, shown.leftover
        yield from self._place(finding, places, gutter)
        yield from rows
        notes = list(found.notes) if found else []
        residual = [note for note in notes if note.startswith("residual:")]
        for label, text in self._sides(finding):
            yield from self._entry(gutter, label, text)
        for note in residual:
            yield from self._entry(gutter, "  residual:       ", note.removeprefix("residual:"))
        if step and step.counterexample:
            yield from self._counterexample(step, gutter)
        for text in leftover:
            yield from self._entry(gutter, "= here:", text)
        for note in notes:
            if note not in residual:
                yield from self._entry(gutter, "= note:", note)
        for item in found.help if found else ():
            label = "= help:"
            if item.verified:
                label = "= help (verified):"
            elif item.replacement is not None:
                label = "= help (unverified):"
            text = item.text
            if item.replacement is not None and item.replacement not in text:
                text += f": `{item.replacement}`"
            yield from self._entry(gutter, label, text, "bold green" if item.verified else "bold")
        if finding.code and found and not found.help and finding.code not in _SELF_EVIDENT:
            told = f"`derivcheck explain {finding.code}` has an example, and what to write instead"
            yield from self._entry(gutter, "= help:", told)
        if finding.code and finding.severity == "internal error":
            text = "please report this with what stands above"
            if step is None or step.reproduction is None:
                text += ", the document and the output of `derivcheck --version`"
            else:
                yield Text(" " * (gutter + 1) + "= note: this document shows it:")
                yield from map(Text, step.reproduction.rstrip("\n").split("\n"))
            yield from self._entry(gutter, "= help:", text, "bold")

    def summary(self, report: Report, *, strict: bool = False) -> Iterator[Text]:
        """Yield the closing lines: counts of verdicts, what was taken on trust, the time."""
        numbers = counts(report)
        apart = directive_counts(report)
        for verdict, count in apart.verdicts.items():
            numbers[verdict] -= count
        proved = f"{numbers['proved']} proved"
        if numbers["assuming"]:
            proved += f" ({numbers['assuming']} assuming what the text says)"
        parts = [(proved, STYLES["proved"])]
        if numbers["given"]:
            parts.append((f"{numbers['given']} given", STYLES["proved"]))
        parts += [
            (f"{numbers[word]} {word}", STYLES[word]) for word in VERDICTS[1:] if numbers[word]
        ]
        parts += [
            (f"{count} {words}", "default")
            for count, words in (
                (apart.expected, "not proved as expected"),
                (apart.skipped, "skipped"),
                (apart.assumed, "assumed"),
            )
            if count
        ]
        unread = sum(len(document.unread) for document in report.documents)
        if unread:
            words = "piece" if unread == 1 else "pieces"
            yield Text(f"{unread} {words} of inline math not read", style="dim")
        for objection in report.lenient() if strict else []:
            for row in self._wrapped("strict: ", objection, len("strict: ")):
                yield Text(row, style="yellow")
        line = Text()
        if not report.steps:
            line.append("nothing to check", style="bold")
            parts = []
        for position, (text, style) in enumerate(parts):
            if position and line.cell_len + len(text) + 3 > self.width:
                yield line.append(",")
                line = Text("  ")
            elif position:
                line.append(", ")
            line.append(text, style=f"bold {style}")
        time = f"{self._dot}{_duration(report.seconds)}"
        if line.cell_len + len(time) > self.width:
            yield line
            line, time = Text("  "), time.lstrip(" -·")
        yield line.append(time)

    @property
    def _dot(self) -> str:
        return " · " if self.script.unicode else " - "

    def _header(self, document: DocumentReport) -> Iterator[Text]:
        dot = self._dot
        header = Text(self.script.one_line(document.path), style="bold underline")
        if document.layout:
            source = document.layout_source or "declared"
            header.append(
                f"{dot}{document.layout} layout ({source})", style="not bold not underline"
            )
        yield header
        if self.quiet:
            return
        if self.verbose:
            for given in document.given:
                lead = f"  {document.places.lines([given.line])}: "
                text = f"{' '.join(given.latex.split())}  ({given.kind})"
                for row in self._wrapped(lead, text, len(lead)):
                    yield Text(row, style="dim")
            told = [f"`{name}` ({document.places.lines([n])})" for name, n in document.unused]
            if told:
                for row in self._wrapped("  not used: ", ", ".join(told), 4):
                    yield Text(row, style="dim")
            return
        yield from self._given_in_short(document.given, document.places)

    def _given_in_short(self, given: list[GivenReport], places: Places) -> Iterator[Text]:
        kinds: dict[str, list[GivenReport]] = {}
        for item in given:
            kinds.setdefault(item.kind, []).append(item)
        counted = [
            f"{len(items)} {kind if len(items) == 1 else _PLURALS.get(kind, kind)} "
            f"({places.lines([item.line for item in items])})"
            for kind, items in kinds.items()
            if kind not in _TOLD
        ]
        if counted:
            for row in self._wrapped("  given: ", ", ".join(counted), 4):
                yield Text(row, style="dim")
        for kind in _TOLD:
            if kind in kinds:
                told = ", ".join(
                    f"{' '.join(item.latex.split())} ({places.lines([item.line])})"
                    for item in kinds[kind]
                )
                for row in self._wrapped(f"  {kind}: ", told, 4):
                    yield Text(row, style="dim")

    def _claim_heading(self, claim: ClaimReport) -> Iterator[Text]:
        dot = self._dot
        heading = self.script.wrap(claim_label(claim), self.width)
        for row in heading[:-1]:
            yield Text(row, style="bold")
        line = Text(heading[-1], style="bold")
        verdicts = Text()
        parts: list[tuple[str, str, int | None]] = []
        if claim.steps:
            parts = [("", claim.verdict, None)]
        if claim.statement and claim.derivation and claim.statement != claim.derivation:
            parts = [
                ("statement ", claim.statement, _first(claim, claim.statement, statement=True)),
                ("derivation ", claim.derivation, _first(claim, claim.derivation, statement=False)),
            ]
        for lead, verdict, number in parts:
            verdicts.append(dot if verdicts or line else "").append(lead)
            verdicts.append(verdict, style=STYLES[verdict])
            if number and verdict != "proved":
                verdicts.append(f" at step {number}")
        if line.cell_len + verdicts.cell_len > self.width:
            yield line
            line = Text("  ")
            verdicts = verdicts[len(dot) :]
        yield Text().append_text(line).append_text(verdicts)

    def _step(self, number: int, step: StepReport, room: int, places: Places) -> Iterator[Text]:
        verdict, style = step_verdict(step), STYLES[step.verdict]
        mark = MARKS.get(step.verdict, "✗")
        if step.directive in ("skip", "assume"):
            mark, style = "–", "dim"
        elif step.directive and step.succeeded:
            mark = "✓"
        place = self.script.one_line(places.within(step.span.line, step.span.column))
        line = Text("  ").append(self.script(mark), style=style)
        line.append(f" {number:<2} {place:<7} ", style="dim").append(verdict, style=style)
        formula = self.script.one_line(_formula(step))
        if line.cell_len + 2 + cell_len(formula) <= self.width:
            line.pad_right(
                min(room - len(verdict), self.width - line.cell_len - 2 - cell_len(formula))
            )
            yield line.append("  ").append(formula)
        else:
            yield line
            for row in self._wrapped("      ", formula, 8):
                yield Text(row)
        for fact in self._facts(step, places):
            for row in self._wrapped("      ", fact, 8):
                yield Text(row, style="dim")

    def _facts(self, step: StepReport, places: Places) -> Iterator[str]:
        if step.assuming:
            yield f"assuming {places.lines(step.assuming)}"
        wheres = [text for text in step.conditions if not text.startswith("only ")]
        if wheres:
            yield "where " + ", ".join(wheres)
        yield from (text for text in step.conditions if text not in wheres)
        yield from step.notes
        if self.verbose:
            if step.shape:
                yield f"both sides are {step.shape}"
            for sizes in step.sizes[:8]:
                yield f"compared at {sizes_text(sizes)}" if sizes else "compared exactly"
            if len(step.sizes) > 8:
                yield f"… and at {len(step.sizes) - 8} more sizes"
            yield f"decided in {step.seconds * 1000:.1f} ms"

    def _unread(self, document: DocumentReport) -> Iterator[Text]:
        if not document.unread:
            return
        yield Text()
        most = len(document.unread) if self.verbose else 3
        yield Text("inline math not read", style="bold")
        for unread in document.unread[:most]:
            lead = f"  {document.places.lines([unread.line])}: "
            for row in self._wrapped(lead, f"{' '.join(unread.latex.split())}  ({unread.why})", 4):
                yield Text(row, style="dim")
        if len(document.unread) > most:
            more = f"  … and {len(document.unread) - most} more (--verbose lists them)"
            yield Text(self.script(more), style="dim")

    def _headline(self, finding: Finding) -> Iterator[Text]:
        code = f"[{finding.code}]" if finding.code else ""
        lead = f"{finding.severity}{code}{' ' + finding.slug if code else ''}: "
        rows = self._wrapped(lead, finding.headline, 2)
        for position, row in enumerate(rows):
            line = Text(row, style="bold")
            if not position:
                line.stylize(STYLES[finding.severity], 0, len(finding.severity) + len(code))
            yield line

    def _place(self, finding: Finding, places: Places, gutter: int) -> Iterator[Text]:
        place = places.path
        if finding.span:
            place = places.at(finding.span.line, finding.span.column)
        place = self.script.one_line(place)
        line = Text(" " * gutter + "--> ", style="blue").append(place, style="default")
        where = ""
        if finding.number and finding.claim:
            name = self.script.one_line(claim_name(finding.claim))
            where = f"step {finding.number} of claim `{name}`"
            if finding.step and finding.step.statement:
                where += " (its statement)"
        if where and line.cell_len + 3 + cell_len(where) <= self.width:
            yield line.append("   " + where)
        else:
            yield line
            for row in self._wrapped(" " * (gutter + 4), where, gutter + 4) if where else []:
                yield Text(row)

    def _sides(self, finding: Finding) -> Iterator[tuple[str, str]]:
        step = finding.step
        if not step or step.rhs is None or step.verdict not in ("refuted", "undecided"):
            return
        if finding.code not in (None, "DC301", "DC302", "DC303", "DC306"):
            return
        yield "= left-hand side: ", step.lhs
        yield "  right-hand side:", step.rhs

    def _counterexample(self, step: StepReport, gutter: int) -> Iterator[Text]:
        example = step.counterexample
        if example is None:
            return
        yield from self._entry(gutter, "= counterexample:", sizes_text(example.sizes))
        indent = " " * (gutter + 5)
        for row in counterexample_lines(example, self.script, self.width - len(indent)):
            yield Text(indent + row)

    def _entry(self, gutter: int, label: str, text: str, style: str = "bold") -> Iterator[Text]:
        lead = " " * (gutter + 1) + label + " "
        for position, row in enumerate(self._wrapped(lead, " ".join(text.split()), gutter + 5)):
            line = Text(row)
            if not position:
                start = gutter + 1 + (2 if label.startswith("=") else 0)
                line.stylize(style, start, len(lead) - 1)
            yield line

    def _wrapped(self, lead: str, text: str, indent: int) -> list[str]:
        """Return ``lead`` and ``text`` in lines that fit, the later ones indented."""
        lead_cells = cell_len(lead)
        if lead_cells + cell_len(self.script(text)) <= self.width:
            return [(lead + self.script(text)).rstrip()]
        first = self.script.wrap(text, max(self.width - lead_cells, 20))
        if len(first) == 1 or lead_cells <= indent:
            return [lead + first[0], *(" " * indent + row for row in first[1:])]
        rest = " ".join(self.script(text)[len(first[0]) :].split())
        rows = self.script.wrap(rest, max(self.width - indent, 20))
        return [lead + first[0], *(" " * indent + row for row in rows)]


def claim_name(claim: ClaimReport) -> str:
    """Return the short name of a claim, for messages."""
    return claim.name or claim.title or "(before the first heading)"


def claim_label(claim: ClaimReport) -> str:
    """Return the heading of a claim: its title, with the name where the title does not hold it."""
    title = " ".join(claim.title.split())
    if not title:
        return claim_name(claim)
    slug = "".join(letter for letter in title.lower() if letter.isalnum())
    name = "".join(letter for letter in claim.name.lower() if letter.isalnum())
    return title if not name or name in slug else f"{claim.name}. {title}"


def step_verdict(step: StepReport) -> str:
    """Return the verdict in words, with the method of a proof and the page's directive."""
    if step.directive == "skip":
        return "skipped"
    if step.directive == "assume":
        return "assumed"
    words = step.verdict
    if step.verdict == "proved":
        words = "given" if step.method == "given" else f"proved by {step.method or 'derivcheck'}"
    if step.directive and step.succeeded:
        words += " as expected"
    return words


def render(lines: Iterable[Text], *, color: bool = False) -> str:
    """Return lines as a string, with ANSI styles if ``color``."""
    if not color:
        return "".join(line.plain.rstrip() + "\n" for line in lines)
    from rich.console import Console

    console = Console(
        file=StringIO(),
        force_terminal=True,
        color_system="standard",
        legacy_windows=False,
        no_color=False,
        highlight=False,
        markup=False,
        emoji=False,
        _environ={},
    )
    with console.capture() as captured:
        for line in lines:
            line.rstrip()
            console.print(line, soft_wrap=True)
    return captured.get()


def render_report(
    report: Report,
    *,
    width: int = 80,
    color: bool = False,
    encoding: str | None = None,
    verbose: bool = False,
    quiet: bool = False,
    strict: bool = False,
) -> str:
    """Return the full text of a whole run."""
    renderer = TerminalRenderer(Script(encoding), width, verbose, quiet)
    lines: list[Text] = []
    for document in report.documents:
        rows = list(renderer.document(document))
        lines += [*rows, Text()] if rows else []
    lines += renderer.summary(report, strict=strict)
    return render(lines, color=color)


def _needs_attention(claim: ClaimReport) -> bool:
    return any(step_finding(claim, number, step) for number, step in enumerate(claim.steps, 1))


def _first(claim: ClaimReport, verdict: str, *, statement: bool) -> int | None:
    for number, step in enumerate(claim.steps, start=1):
        if step.statement == statement and step.verdict == verdict:
            return number
    return None


def _formula(step: StepReport) -> str:
    if step.relation is None or step.rhs is None:
        return step.lhs
    sign = _RELATIONS.get(step.relation.strip(), step.relation)
    lhs, rhs = step.readable or (step.lhs, step.rhs)
    return f"{lhs} {sign} {rhs}"


def _duration(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 0.1 else f"{seconds:.2f} s"
