"""From a document to its steps: each obligation as a goal, or the reason why it has none.

Nothing is decided here. A step that has no meaning carries its diagnostic and verdict; every other
one carries a goal for the prover.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from derivcheck.algebra.goal import Goal
from derivcheck.algebra.nodes import ONE, scalar_symbol
from derivcheck.diagnostics import Diagnostic, Help, Label, Span
from derivcheck.language import syntax
from derivcheck.language.beside import misleading
from derivcheck.language.body import (
    defined_by,
    is_given,
    is_value,
    leaves_alone,
    may_give,
    names_behind,
    placed_at,
    restricts,
)
from derivcheck.language.context import (
    Context,
    arguments_of,
    counted_in,
    names_of,
    note_applications,
    note_differentials,
    plain,
    subscripts_of,
)
from derivcheck.language.definitions import name_of
from derivcheck.language.elaborate import ELEMENTWISE, Elaborator
from derivcheck.language.function_values import name_values
from derivcheck.language.givens import GivensReader, property_in_words
from derivcheck.language.introduced import Listed, Macros
from derivcheck.language.names import canonical
from derivcheck.language.parser import Introduction, LatexError, introductions, parse
from derivcheck.language.randomness import (
    leaves_open,
    restricting,
    said_independent,
    with_distribution,
)
from derivcheck.language.steps import Scope, Side, Step
from derivcheck.language.typed import TWO_SHAPES, MeaningError, Typed, filled, readable_shape
from derivcheck.language.written import sign_end, sign_start, written_at
from derivcheck.reading.document import Claim, Document, Formula, Source

_IMPLICATION = re.compile(
    r"\\(?:implies|iff|impliedby|(?:Long)?(?:Right|Left|Leftright|right|left|leftright)arrow)\b|[⇒⇔⇐⟹⟺⟸]"
    r"|\\(?:text|mbox)\s*\{[^{}]*\b(?:implies|then)\b"
)
"""What makes the equations of a display depend on each other."""

NO_VERDICT = {
    "DC201": "ill-shaped",
    "DC110": "undecided",
    "DC207": "undecided",
    "DC120": "undecided",
    "DC304": "undecided",
}
"""The verdict of a step without goal, by the code of its diagnostic; else unreadable."""


class Understood(Struct):
    """A document as understood in one layout."""

    context: Context
    steps: list[Step] = field(default_factory=list)
    listed: list[Listed] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    unread: list[tuple[int, str, str]] = field(default_factory=list)


def understand(
    document: Document,
    layout: str,
    outside: Iterable[Source] = (),
    *,
    closed: bool = False,
) -> Understood:
    """Return the steps of a document, read in the given layout.

    Args:
        document: what reading found.
        layout: numerator, denominator or mixed.
        outside: givens from elsewhere, added to the document's own.
        closed: hypotheses of the text are obligations.

    Raises:
        Never.
    """
    return _Reader(document, layout, closed=closed).run(list(outside))


class _Reader:
    """Reads one document claim by claim."""

    def __init__(self, document: Document, layout: str, *, closed: bool) -> None:
        self.document = document
        self.closed = closed
        self.context = Context(layout=layout)
        self.macros: Macros = document.macros
        self.result = Understood(self.context)
        self.given_relations: set[Any] = set()
        self.last: Side | None = None
        self.meaning_lost: dict[int, tuple[syntax.Node, int]] = {}
        self.defined_in: dict[str, int] = {}
        self.definitions: dict[Any, Any] = {}
        self.conditioned: dict[Any, tuple[int, str | None]] = {}
        self.chained: set[int] = set()
        self.scope: Scope | None = None
        self.remark = False
        self.subscripts: set[str] = set()

    def run(self, outside: list[Source]) -> Understood:
        texts = [f.source.text for c in self.document.claims for f in c.formulas]
        sources = [*outside, *(g.source for g in self.document.given)]
        reader = GivensReader(self.context, self.macros, texts)
        self.index_letters = reader.index_letters
        found = reader.read(sources)
        self.result.listed += found.listed
        self.result.diagnostics += found.diagnostics
        for node in found.statements:
            note_differentials(self.context, node)
            self.remember(node)
        for number, claim in enumerate(self.document.claims):
            self.last = None
            self.claim(number, claim)
        self.result.context = self.context
        return self.result

    def remember(self, node: syntax.Node) -> None:
        """Note a given relation, so that a step that repeats it is known as given."""
        if isinstance(node, syntax.Relation) and node.lhs is not None:
            self.given_relations.add((plain(node.lhs), plain(node.rhs)))

    # --- givens in the body ---------------------------------------------------------------------

    def claim(self, number: int, claim: Claim) -> None:
        self.shadow(number, claim)
        consumed = self.body_givens(number, claim)
        # a later claim may define a name anew: each claim's goals keep what holds here
        self.definitions = dict(self.context.definitions)
        self.conditioned = {}
        for formula in claim.formulas:
            line = formula.source.place(0)[0]
            if formula.sought or (formula.restricted and formula.conditional):
                self.conditioned[formula.sentence] = (line, None)
            if formula.display and _IMPLICATION.search(formula.source.text):
                self.conditioned[id(formula)] = (line, None)
        parsed = [(formula, self.parsed(formula)) for formula in claim.formulas]
        varied = set(self.context.varied)
        for formula, statements in parsed:
            for statement in statements or ():
                if not isinstance(statement, LatexError):
                    self.subscripts |= subscripts_of(statement.node)
                    note_differentials(self.context, statement.node)
                    note_applications(self.context, statement.node, formula.source)
        if name_values(self.context, self.macros, parsed):
            self.definitions = dict(self.context.definitions)
            parsed = [(formula, self.parsed(formula)) for formula in claim.formulas]
        self.scope = Scope(self.context.copy(), frozenset(self.index_letters), self.macros)
        first = len(self.result.steps)
        for formula, statements in parsed:
            self.formula(number, formula, statements, consumed)
        for step in self.result.steps[first:]:  # a condition may stand behind what it restricts
            for key in (step.formula.sentence, id(step.formula)):
                if step.condition is None and step.verdict is None:
                    step.condition = self.restriction(step, key)
        self.context.varied = varied

    def shadow(self, number: int, claim: Claim) -> None:
        """Forget names that an earlier claim's text defined and this one defines anew."""
        for formula in claim.formulas:
            if formula.cue is None or not may_give(formula):
                continue
            try:
                found = introductions(formula.source.text, self.macros)
            except LatexError:
                continue
            for statement in found:
                for name in defined_by(statement):
                    if self.defined_in.get(name, number) < number:
                        self.forget(name, formula.source.span(statement.start, statement.end))

    def forget(self, name: str, place: Span) -> None:
        """Forget a name that is defined again."""
        entry = self.context.entries.pop(name, None)
        if entry is None:  # its definition was not understood
            return
        for head in [h for h in self.context.definitions if name_of(h) == name]:
            del self.context.definitions[head]
        del self.defined_in[name]
        self.result.diagnostics.append(
            Diagnostic(
                "DC206",
                f"`{name}` is defined again; from here on it has its new value",
                place,
                notes=(f"the definition before stands on line {entry.line}",),
            )
        )

    def body_givens(self, number: int, claim: Claim) -> set[tuple[int, int]]:
        """Take in what the text of a claim gives; return (formula, offset) of these statements."""
        consumed: set[tuple[int, int]] = set()
        known = set(self.context.entries)
        cues = {id(f.source): f for f in claim.formulas}
        taken: set[str] = set()  # what this claim has defined: a second value is no definition
        doubted: list[tuple[Source, Introduction]] = []

        def accept(source: Source, statement: Introduction) -> bool:
            formula = cues[id(source)]
            cue = statement.cue or formula.cue
            statement = reader.judged(statement)
            wanted = is_given(statement, cue, self.context, taken, closed=self.closed)
            if cue is None and (formula.names or names_behind(formula)):
                wanted = statement.kind in ("definition", "components", "function") and (
                    is_given(statement, "define", self.context, taken)
                    and not is_value(source, statement)
                )
            built_in = any(reader.is_builtin(name) for name in statement.names)
            if statement.kind == "components" and built_in:
                return False  # the entries of I are what they are
            wanted = wanted and not formula.denied
            if wanted:
                consumed.add((id(source), statement.start))
            if wanted and formula.doubted and restricts(statement, self.context):
                doubted.append((source, statement))
                return False
            if wanted:
                taken.update(defined_by(statement))
            return wanted

        sources = [f.source for f in claim.formulas if may_give(f)]
        beyond = []  # of what the text says something that is not understood
        for formula in claim.formulas:
            worded = property_in_words(formula)
            if worded is not None:
                sources.append(worded)
                cues[id(worded)] = formula
            elif formula.restricted and not formula.conditional and "=" not in formula.source.text:
                beyond.append(formula.source)
        if not sources and not beyond:
            return consumed
        reader = GivensReader(self.context, self.macros, ())
        reader.index_letters.update(self.index_letters)
        found = reader.read(sources, in_text=True, accept=accept)
        for source, statement in doubted:
            place = (statement.start, statement.end)
            reader.fail(source, "the sentence leaves open whether it holds", place)
        for source in beyond:
            if self.is_primitive(source):
                reader.fail(source, "what the sentence says of it")
        self.index_letters.update(reader.index_letters)
        for name in (taken & self.context.entries.keys()) - known:
            self.defined_in[name] = number
        self.result.listed += found.listed
        self.result.diagnostics += found.diagnostics
        return consumed

    def is_primitive(self, source: Source) -> bool:
        """Return whether a formula of the text names something known that has no definition."""
        subject = re.split(r"\\in\b", source.text)[0].strip()
        entry = self.context.entries.get(canonical(subject, self.macros))
        return entry is not None and entry.node not in self.context.definitions

    # --- obligations ------------------------------------------------------------------------------

    def parsed(self, formula: Formula) -> list[syntax.Statement] | list[LatexError]:
        """Return the statements of a formula, or the error that stopped reading."""
        words = self.context.vocabulary(self.index_letters)
        try:
            return parse(formula.source.text, words, self.macros)
        except LatexError as error:
            return [error]

    def formula(
        self,
        number: int,
        formula: Formula,
        statements: list[Any],
        consumed: set[tuple[int, int]],
    ) -> None:
        links = [s.node for s in statements if not isinstance(s, LatexError)]
        ends = [(n.lhs, n.rhs) for n in links if isinstance(n, syntax.Relation)]
        self.chained = {id(lhs) for lhs, _ in ends} & {id(rhs) for _, rhs in ends}
        beside = misleading(formula.source.text, statements) if formula.display else {}
        for statement in statements:
            if isinstance(statement, LatexError):
                self.unreadable(number, formula, statement)
                continue
            node = statement.node
            if isinstance(node, syntax.Unreadable):
                self.unreadable(number, formula, node.error, node, remark=statement.remark)
            elif id(node) in beside:
                self.unreadable(number, formula, beside[id(node)], node)
            elif isinstance(node, syntax.Relation):
                given = any(
                    where == id(formula.source) and node.start <= at < node.end
                    for where, at in consumed
                )
                self.remark = statement.remark
                self.relation(number, formula, node, statement.cue, given=given)
            elif formula.display and not isinstance(node, syntax.Property | syntax.Signature):
                found = written_at(formula.source.text, node.start, node.end)
                self.last = Side(node, formula.source, *found)  # the next display may go on from it

    def unreadable(
        self,
        number: int,
        formula: Formula,
        error: LatexError,
        node: syntax.Node | None = None,
        *,
        remark: bool = False,
    ) -> None:
        source = formula.source
        start = node.start if node is not None else 0
        end = node.end if node is not None else len(source.text)
        states = "=" in source.text or "\\neq" in source.text
        if remark or (not formula.display and not (formula.statement and states)):
            line, _ = source.place(start)
            self.result.unread.append((line, source.text[start:end].strip(), error.headline))
            return
        at = source.span(error.start, max(error.end, error.start + 1))
        diagnostic = Diagnostic(
            error.code,
            error.headline[:100],
            at,
            notes=tuple(error.notes),
            help=tuple(Help(text) for text in error.help),
        )
        place = source.span(start, min(start + 1, len(source.text)))
        self.result.steps.append(
            Step(
                number,
                formula,
                None,
                place,
                source.span(start, end),
                diagnostic=diagnostic,
                verdict="unreadable",
                latex=source.text[start:end].strip(),
            )
        )

    def relation(
        self,
        number: int,
        formula: Formula,
        node: syntax.Relation,
        cue: str | None,
        *,
        given: bool,
    ) -> None:
        conditional = (
            cue in ("for", "if", "when", "whenever", "unless")
            or ((formula.conditional or formula.set_so) and not formula.display)
            or self.between_indices(node)
        )
        text, line = formula.source.text, formula.source.place(node.start)[0]
        left = self.last
        if node.lhs is not None:
            before = sign_start(text, node.sign_at)
            left = Side(node.lhs, formula.source, *written_at(text, node.start, before))
        after = sign_end(text, node.sign, node.sign_at, node.rhs.start)
        right = Side(node.rhs, formula.source, *written_at(text, after, node.end))
        if not isinstance(node.rhs, syntax.Space):
            self.last = right if node.sign in ("=", ":=") else self.last
        if conditional and not given and not isinstance(node.rhs, syntax.Space):
            key = id(formula) if formula.display else formula.sentence
            alone = key not in self.conditioned  # two conditions may speak of each other
            self.conditioned[key] = (line, placed_at(node, self.context) if alone else None)
        if given or conditional:
            if given and node.lhs is not None:
                self.given_relations.add((plain(node.lhs), plain(node.rhs)))
            return
        if isinstance(node.rhs, syntax.Space):
            if node.rhs.kind == "real" and node.lhs is not None:
                self.step(number, formula, node, left, right)
            return
        if formula.denied and node.sign != "\\neq":
            self.unchecked(
                self.made(number, formula, node, left, right),
                "the sentence says that this does not hold",
                r"write what holds, with `\neq` if the sides differ",
            )
        elif node.sign in ("=", ":=", "\\neq", "\\equiv"):
            self.step(number, formula, node, left, right)
        elif not formula.display:  # what a sentence says beside an equation may restrict it
            self.conditioned.setdefault(formula.sentence, (line, None))
        else:
            if not self.chained & {id(node.lhs), id(node.rhs)}:
                self.conditioned[id(formula)] = (line, None)
            self.unchecked(
                self.made(number, formula, node, left, right),
                f"the relation {node.sign} is not checked",
                "only equations, inequations with ≠, and shapes are decided",
            )

    def unchecked(self, step: Step, why: str, note: str) -> None:
        """Report a relation that is not decided: a step in a display, unread in the text."""
        if not step.formula.display and not step.formula.statement:
            latex = step.formula.source.text.strip()
            self.result.unread.append((step.span.line, latex, why))
            return
        step.verdict = "undecided"
        step.diagnostic = Diagnostic("DC120", why, step.span, notes=(note,))
        self.result.steps.append(step)

    def between_indices(self, node: syntax.Relation) -> bool:
        """Return whether a relation compares two indices: *the delta picks $i = j$* is no claim."""
        return all(
            isinstance(side, syntax.Name) and self.is_index(side.name)
            for side in (node.lhs, node.rhs)
        )

    def is_index(self, name: str) -> bool:
        """Return whether a letter is an index, or may be one as far as anything is known of it."""
        entry = self.context.entries.get(name)
        if entry is not None:
            return entry.kind == "index"
        return name in self.index_letters or name in self.subscripts

    def made(
        self,
        number: int,
        formula: Formula,
        node: syntax.Relation,
        left: Side | None,
        right: Side,
    ) -> Step:
        source = formula.source
        start = node.lhs.start if node.lhs is not None else node.sign_at
        return Step(
            number,
            formula,
            node.sign,
            source.span(node.sign_at, node.sign_at + max(len(node.sign), 1)),
            source.span(start, node.rhs.end),
            left,
            right,
            scope=self.scope,
        )

    def step(
        self,
        number: int,
        formula: Formula,
        node: syntax.Relation,
        left: Side | None,
        right: Side,
    ) -> None:
        step = self.made(number, formula, node, left, right)
        if left is None:
            step.verdict = "unreadable"
            step.diagnostic = Diagnostic(
                "DC101", "nothing stands before this relation sign", step.span
            )
            self.result.steps.append(step)
            return
        if id(left.node) in self.meaning_lost:
            self.follows(step, self.meaning_lost[id(left.node)][1])
            return
        elaborator = self.elaborator(left, right, far=False)
        try:
            try:
                elaborator = self.read_both_ways(step, elaborator, left, right)
            except MeaningError as error:
                numbers = self.letters_of_functions(left, right)
                if error.code != "DC201" or not numbers or not elaborator.free_letters:
                    raise
                self.meaning_lost.pop(id(right.node), None)
                elaborator = self.elaborator(left, right, far=False, numbers=numbers)
                elaborator = self.read_both_ways(step, elaborator, left, right)
        except (TypeError, ValueError, AttributeError, LookupError, RecursionError) as error:
            step.verdict = "undecided"
            step.diagnostic = Diagnostic(
                "DC901",
                "derivcheck failed on this step",
                step.span,
                notes=(f"{type(error).__name__}: nothing is claimed about the step",),
            )
        except MeaningError as error:
            aside = self.remark or (not formula.display and not formula.statement)
            if error.code == "DC202" and aside:
                self.result.unread.append(
                    (step.span.line, f"{left.latex} {node.sign} {right.latex}", error.headline)
                )
                return
            self.meaningless(step, error, elaborator)
        step.layout = elaborator.found.layout
        step.names = elaborator.found.names
        step.notes += list(dict.fromkeys(elaborator.found.notes))
        if elaborator.found.random:
            names = ", ".join(f"`{name}`" for name in elaborator.found.random)
            step.notes.append(f"expectations are over {names}; all else is fixed")
        self.spoil(step, left, right)
        for name, shape in elaborator.found.inferred.items():
            row = Listed(f"{name}: {readable_shape(shape)}", step.span.line, "inferred")
            if row not in self.result.listed:
                self.result.listed.append(row)
        self.result.steps.append(step)

    def elaborator(
        self,
        left: Side,
        right: Side,
        *,
        far: bool,
        numbers: frozenset[str] = frozenset(),
    ) -> Elaborator:
        free = self.all_undeclared(left, right)
        made = Elaborator(self.context, free_letters=free, numbers=numbers)
        made.reaches_far = far
        if made.free_letters:
            made.counted = frozenset(counted_in((left.node, right.node)))
        return made

    def read_both_ways(self, step: Step, near: Elaborator, left: Side, right: Side) -> Elaborator:
        """Fill in a step's goal; where a sign may reach over one factor or more, by both readings.

        The reading that has a meaning counts.

        Raises:
            MeaningError: when it has no goal, or two that differ.
        """
        other, wrong = replace(step), None
        try:
            self.elaborate(step, near, left, right)
        except MeaningError as error:
            wrong = error
        if not near.found.reach:
            if wrong is not None:
                raise wrong
            return near
        lost = self.meaning_lost.pop(id(right.node), None)
        far = self.elaborator(left, right, far=True, numbers=near.numbers)
        try:
            self.elaborate(other, far, left, right)
        except MeaningError as error:
            self.meaning_lost.pop(id(right.node), None)
            if lost is not None:
                self.meaning_lost[id(right.node)] = lost
            if wrong is not None:
                raise wrong from None
            differ = error.code not in ("DC201", "DC203", "DC207")
        else:
            differ = step.goal != other.goal
        if wrong is None:
            goal, step.goal = step.goal, None
            if differ:
                near.refuse_unclear_reach()
            step.goal = goal
            return near
        step.goal, step.shape, step.given = other.goal, other.shape, other.given
        return far

    def follows(self, step: Step, line: int) -> None:
        """Report a step whose left side has no meaning, as the step before said."""
        step.verdict = "undecided"
        step.diagnostic = Diagnostic(
            "DC130",
            "the left-hand side has no meaning",
            step.span,
            notes=(f"this follows from the mistake on line {line}; mend that first",),
        )
        self.result.steps.append(step)

    def spoil(self, step: Step, left: Side, right: Side) -> None:
        """Note the line of a given that was not understood and shares a name with the step."""
        names = {*names_of(left.node), *names_of(right.node)}
        if self.context.spoilt:
            names = self.context.behind(names)
            names |= self.context.sizes_of(names) & self.context.sized
        lines = [self.context.spoilt[n] for n in names if n in self.context.spoilt]
        step.spoilt = min(lines) if lines else None
        if step.goal is not None:
            step.restricted = restricting(step.goal)
        step.condition = self.restriction(step, step.formula.sentence)
        if step.goal is None or step.condition is not None or self.context.random.says_independent:
            return
        if leaves_open(step.goal):  # what the prose says of its names may make it true
            step.condition = said_independent(self.document.text)

    def restriction(self, step: Step, key: Any) -> int | None:
        """Return the line of the condition under which a step stands, None if it says nothing of it."""
        line, name = self.conditioned.get(key, (None, None))
        sides = [side.node for side in (step.lhs, step.rhs) if side is not None]
        return None if name and leaves_alone(name, sides, self.context) else line

    def all_undeclared(self, left: Side, right: Side) -> bool:
        """Return whether no letter of an identity is declared (then shapes are inferred)."""
        names = {*names_of(left.node)}
        if not isinstance(right.node, syntax.Space):
            names |= {*names_of(right.node)}
        for side, other in ((left.node, right.node), (right.node, left.node)):
            if isinstance(side, syntax.Name) and side.name not in names_of(other):
                return False  # it names something; it is no identity between letters
        return bool(names) and not any(name in self.context.entries for name in names)

    @staticmethod
    def letters_of_functions(left: Side, right: Side) -> frozenset[str]:
        """Return the letters of an identity if each is the argument of a function of a number.

        In *σ'(a) = σ(a) (1 - σ(a))* the letter a is a number, though customarily a column.
        """
        names = {name for side in (left, right) for name in names_of(side.node)} - ELEMENTWISE
        arguments = arguments_of(ELEMENTWISE, left.node, right.node)
        return frozenset(names if names <= arguments else ())

    def elaborate(
        self,
        step: Step,
        elaborator: Elaborator,
        left: Side,
        right: Side,
    ) -> None:
        """Fill in a step's goal.

        Raises:
            MeaningError: when it has none.
        """
        if isinstance(left.node, syntax.FunctionName) and not isinstance(right.node, syntax.Space):
            variable = scalar_symbol("t")  # an identity between functions holds at every number
            elaborator.pointwise = Typed((), lambda: variable, left.node.start, left.node.end)
        elaborator.latex = left.source.text
        lhs = self.located(elaborator, left, step)
        if isinstance(right.node, syntax.Space):
            self.membership(step, elaborator, lhs, right)
            return
        elaborator.latex = right.source.text
        rhs = self.located(elaborator, right, step)
        try:
            elaborator.equate(lhs, rhs)
        except MeaningError as error:
            if left.source is not right.source:
                error.parts = error.parts[1:]
            raise
        elaborator.finish(right.node)
        shape = elaborator.sizes.shape(lhs.shape or rhs.shape or ())
        if lhs.shape is None and rhs.shape is None:
            shape = ()
        step.shape = readable_shape(shape)
        goal = Goal(
            filled(lhs, shape),
            filled(rhs, shape),
            self.definitions,
            tuple(self.context.hypotheses),
            tuple(self.context.conditions),
            elaborator.obligations(step.span.line),
        )
        step.goal = with_distribution(goal, self.context.random)
        step.given = (plain(left.node), plain(right.node)) in self.given_relations

    def located(self, elaborator: Elaborator, side: Side, step: Step) -> Typed:
        """Elaborate one side; an error keeps the formula it belongs to."""
        try:
            return elaborator.known(elaborator.expression(side.node))
        except MeaningError as error:
            error.source = side.source
            if side is not step.lhs:
                self.meaning_lost[id(side.node)] = (side.node, step.span.line)
            raise

    def membership(self, step: Step, elaborator: Elaborator, lhs: Typed, right: Side) -> None:
        space = right.node
        assert isinstance(space, syntax.Space)
        if space.word:
            raise MeaningError("DC110", "only a shape is checked", (space.start, space.end))
        elaborator.latex = right.source.text
        sizes = tuple([elaborator.size(d) for d in space.dims])
        shape = (*sizes, ONE) if len(sizes) == 1 else sizes
        if shape and all(s == ONE for s in shape):
            shape = ()
        said = Typed(shape, lhs.build, space.start, space.end)
        try:
            elaborator.equate(lhs, said)
        except MeaningError as error:
            name = step.lhs.node.name if step.lhs and isinstance(step.lhs.node, syntax.Name) else ""
            known = self.context.entries.get(name)
            if known is not None and known.line is not None:
                shapes = [elaborator.shape_text(one) for one in (lhs, said)]
                error.headline = (
                    f"`{name}` is {shapes[0]} on line {known.line} and {shapes[1]} here"
                )
                error.help = (TWO_SHAPES,)
            raise
        elaborator.finish(space)
        built = filled(lhs, elaborator.sizes.shape(lhs.shape or ()))
        step.membership = True
        step.shape = readable_shape(elaborator.sizes.shape(shape))
        goal = Goal(built, built, self.definitions)
        step.goal = with_distribution(goal, self.context.random)

    def meaningless(self, step: Step, error: MeaningError, elaborator: Elaborator) -> None:
        source: Source = error.source or (
            step.rhs.source if step.rhs is not None else step.formula.source
        )
        start, end = error.at
        if (start, end) == (0, 0) and step.rhs is not None:
            start, end = step.rhs.node.start, step.rhs.node.end
        labels = tuple(Label(source.span(s, max(e, s + 1)), text) for s, e, text in error.parts)
        notes = [*error.notes, *self.origins(elaborator)]
        step.verdict = NO_VERDICT.get(error.code, "unreadable")
        step.diagnostic = Diagnostic(
            error.code,
            error.headline[:100],
            source.span(start, max(end, start + 1)),
            labels,
            tuple(notes),
            tuple(error.help) or self.hints(error),
        )

    def origins(self, elaborator: Elaborator) -> list[str]:
        """Return where the shapes of the names in a step come from."""
        notes = []
        for name in sorted(elaborator.found.names):
            entry = self.context.entries.get(name)
            if entry is not None and entry.value is not None:
                entry = entry.value
            if entry is None or entry.line is None or not entry.origin:
                continue
            value = entry
            if value.kind in ("matrix", "family", "number"):
                notes.append(
                    f"`{name}` is {readable_shape(value.shape)}: "
                    f"`{entry.origin}` (line {entry.line})"
                )
            elif entry.kind == "function":
                notes.append(f"`{entry.origin}` (line {entry.line})")
        for name, typed in elaborator.letters.items():
            kind = "a number" if not typed.shape else "a matrix"
            kind = "a column" if typed.shape and typed.shape[-1] == ONE else kind
            notes.append(f"`{name}` is not declared, so it is taken for {kind}")
        if elaborator.found.layout:
            notes.append(f"derivatives are laid out in {self.context.layout} layout")
        return list(dict.fromkeys(notes))

    def hints(self, error: MeaningError) -> tuple[Help, ...]:
        if error.code == "DC110":
            return (Help("`derivcheck explain DC110` lists what is supported"),)
        return ()
