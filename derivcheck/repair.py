"""Repairs: the smallest change of a step that makes it true, offered only when it is proved.

A step that is false or has no meaning is edited in the author's own LaTeX, one small edit at a
time; each edited step is read again, evaluated exactly at one example, which rejects nearly all,
and what is left goes to the prover. No repair leaves this module that the kernel has not accepted;
that none is found says nothing. What is tried is counted, so the answer does not depend on the
machine.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Any

import sympy
from msgspec import Struct, field
from msgspec.structs import replace
from sympy import MatrixSymbol

from derivcheck.algebra.goal import Goal, Hypothesis
from derivcheck.algebra.nodes import ONE, names_in, scalar_symbol, shape
from derivcheck.diagnostics import Change, Diagnostic, Help
from derivcheck.language import syntax
from derivcheck.language.borrowing import Elsewhere
from derivcheck.language.context import names_of, parts_of, plain
from derivcheck.language.derivation import Understood
from derivcheck.language.edits import Edit, edits
from derivcheck.language.elaborate import Elaborator
from derivcheck.language.expansion import difference
from derivcheck.language.inference import letters_of, nearest
from derivcheck.language.parser import LatexError, parse
from derivcheck.language.pieces import Pieces, Spelling, bracketed
from derivcheck.language.placing import Placed, one_line
from derivcheck.language.randomness import with_distribution
from derivcheck.language.steps import Scope, Side, Step
from derivcheck.language.typed import MeaningError, Typed, filled
from derivcheck.prover import evidence, strategy
from derivcheck.prover.readback import Notation, joined, reading

LAYOUTS = ("denominator", "numerator", "mixed")
STUMBLES = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What an edited step may stumble over: it is no repair then."""

LOOKS = (
    ("", evidence.Budget(points=1, draws=2)),
    (" again", evidence.Budget(points=3, draws=6)),
)
"""The examples at which an edited step is evaluated: one first, which rejects nearly all."""

MOST_PROOFS = 8
COST_OF_FAILURE = 3

WEIGHT_OF_LOOK = 2
WEIGHT_OF_PART = 2
"""What it costs to evaluate a character of a step, and a part of it when sums and formulas are
written out, if reading a character costs 1."""

LARGEST = 5
"""The size of the largest edit that is tried."""

SIZE_OF_IDLE = 1
"""What an edit counts more that makes both sides the same words, and so says nothing."""

LONGEST = 80
"""Characters of a residual that is shown."""

LONGEST_ANEW = 160
"""Characters of a right side that is written anew."""

MOST = 3
"""Helps for one step."""

Prover = Callable[[Goal], bool | None]


def proved(goal: Goal) -> bool | None:
    """Return whether the kernel accepts a certificate for a goal; None if a limit was met.

    Raises:
        Never.
    """
    certificate, _, code = strategy.prove(goal)
    return None if certificate is None and code == "DC303" else certificate is not None


class Budget(Struct):
    """What the repairs of one step may cost, in counted units.

    Attributes:
        letters: characters of edited steps that are read, and of those that are evaluated.
        proofs: those that are tried to prove; one that fails counts more, one that meets a limit
            is the last.
    """

    letters: int = 120_000
    proofs: int = MOST_PROOFS

    def part(self) -> Budget:
        """Return what is kept for hypotheses, and for the right side that is written anew."""
        return Budget(self.letters // 4, min(self.proofs, 3))


class Rereader(Struct):
    """Reads edited sides of a step in the place of the step.

    Attributes:
        scope: the names in force there.
        seed: every random choice follows from it.
        prover: decides which repairs are true.
        budget: what is left.
        stopped: a proof met a limit.
    """

    scope: Scope
    seed: str
    prover: Prover = proved
    budget: Budget = field(default_factory=Budget)
    stopped: bool = False
    _trees: dict[str, syntax.Node | None] = field(default_factory=dict)

    def tree(self, latex: str) -> syntax.Node | None:
        """Return the syntax tree of a side, None when it is not one expression.

        Raises:
            Never.
        """
        if latex not in self._trees:
            words = self.scope.context.vocabulary(self.scope.letters)
            try:
                statements = parse(latex, words, self.scope.macros)
            except LatexError:
                statements = []
            node = statements[0].node if len(statements) == 1 else None
            if isinstance(node, syntax.Relation | syntax.Signature | syntax.Property):
                node = None
            self._trees[latex] = None if isinstance(node, syntax.Unreadable) else node
        return self._trees[latex]

    def goal(self, lhs: str, rhs: str) -> Goal | None:
        """Return the goal of an identity, None when it has no meaning.

        Raises:
            Never.
        """
        self.budget.letters -= len(lhs) + len(rhs)
        left, right = self.tree(lhs), self.tree(rhs)
        if left is None or right is None:
            return None
        try:
            return self._elaborated(left, right, lhs, rhs)
        except (MeaningError, *STUMBLES):
            return None

    def _elaborated(self, left: syntax.Node, right: syntax.Node, lhs: str, rhs: str) -> Goal:
        context = self.scope.context
        names = {*names_of(left), *names_of(right)}
        elaborator = Elaborator(context, free_letters=not names & set(context.entries))
        if isinstance(left, syntax.FunctionName):
            variable = scalar_symbol("t")
            elaborator.pointwise = Typed((), lambda: variable, left.start, left.end)
        elaborator.reaches_far = None  # no edit may leave open how far a sign reaches
        elaborator.latex = lhs
        one = elaborator.known(elaborator.expression(left))
        elaborator.latex = rhs
        other = elaborator.known(elaborator.expression(right))
        elaborator.equate(one, other)
        elaborator.finish(right)
        self.budget.letters -= WEIGHT_OF_PART * elaborator.parts
        common = elaborator.sizes.shape(one.shape or other.shape or ())
        goal = Goal(
            filled(one, common),
            filled(other, common),
            context.definitions,
            tuple(context.hypotheses),
            tuple(context.conditions),
            elaborator.obligations(0),
        )
        return with_distribution(goal, context.random)

    def holds(self, goal: Goal) -> bool:
        """Return whether a goal is true: at an example first, then for all sizes.

        Raises:
            Never.
        """
        if self.budget.letters <= 0 or self.budget.proofs <= 0:
            return False
        try:
            for seed, look in LOOKS:
                self.budget.letters -= WEIGHT_OF_LOOK * len(self.seed)
                compared = evidence.compare(goal, self.seed + seed, look)
                if compared.difference is not None or not compared.sizes:
                    return False
            found = self.prover(goal)
        except STUMBLES:
            return False
        self.stopped = self.stopped or found is None
        # a goal that holds at an example and is not proved is costly, and more of them follow
        self.budget.proofs -= 1 if found else COST_OF_FAILURE if found is False else MOST_PROOFS
        return bool(found)


class Mistake(Struct, frozen=True):
    """A right side that was wrong, with what mends it: what goes on from it is wrong as well.

    Attributes:
        side: as written.
        replacement: what should stand there.
        line: of its relation sign.
    """

    side: Side
    replacement: str
    line: int

    @classmethod
    def of(cls, step: Step, found: Diagnostic) -> Mistake | None:
        """Return the mistake of a step, if its right side has a repair."""
        for item in found.help:
            if step.rhs is not None and item.replacement and " on the right" in item.text:
                return cls(step.rhs, item.replacement, step.span.line)
        return None

    def explains(self, reader: Rereader, step: Step, rhs: str) -> bool:
        """Return whether a step goes on from it and is proved when it is mended.

        Raises:
            Never.
        """
        left = step.lhs
        if left is None or left.source is not self.side.source or left.node != self.side.node:
            return False
        goal = reader.goal(self.replacement, rhs)
        return goal is not None and reader.holds(goal)


def mended(
    step: Step,
    found: Diagnostic,
    text: str,
    other: Callable[[str], Understood],
    layout: str | None,
    *,
    before: Mistake | None = None,
    prover: Prover = proved,
    budget: Budget | None = None,
) -> Diagnostic:
    """Return the diagnostic of a step that is false or has no meaning, with its repairs.

    Args:
        step: the step.
        found: what is wrong with it.
        text: the document, for how its author spells things.
        other: reads the document in another layout.
        layout: the one it is read in.
        before: the mistake of the step before.
        prover: decides which repairs are true.
        budget: what they may cost.

    Raises:
        Never.

    Cost:
        Readings and evaluations of at most ``budget.letters`` characters, and ``budget.proofs``
        proofs; two readings of the document if the step depends on the layout.
    """
    if step.scope is None or step.lhs is None or step.rhs is None:
        return found
    reader = Rereader(step.scope, step.seed, prover, budget or Budget())
    if found.code == "DC202":
        return renamed(reader, step, found, text)
    helps: list[Help] = []
    if step.layout and layout:
        for name in (known for known in LAYOUTS if known != layout):
            if equal_in(reader, step, other(name)):
                found = replace(
                    found,
                    code="DC306",
                    headline=f"equal in {name} layout, but the document is read in {layout} layout",
                )
                said = f"declare `layout: {name}` if it is meant: in it this step is proved"
                helps.append(Help(said, verified=True))
                break
    sides = reread(reader, step)
    if not sides:
        return replace(found, help=(*helps[:MOST], *found.help))
    if before is not None and before.explains(reader, step, sides[1][0]):
        told = f"with `{before.replacement}` there, as line {before.line} needs it, it is proved"
        placed = placed_in(step.lhs)
        return replace(
            found,
            headline="the left-hand side is the mistake of the step before",
            span=placed.span([(0, len(placed.latex), "")]) if placed is not None else found.span,
            help=(Help("mend the step before: this one needs no change"),),
            notes=(*found.notes, f"this step follows from that mistake; {told}"),
        )
    spelling = Spelling.of(text)
    aside = replace(reader, budget=reader.budget.part())
    missing = []
    if step.goal is not None:
        apart = replace(reader, budget=reader.budget.part())
        missing = list(hypotheses(apart, step.goal, spelling.transpose))
    right = None
    for edit, is_left in edited(reader, step, sides, spelling, most=2 if missing else LARGEST):
        placed = placed_in(step.lhs if is_left else step.rhs)
        helps.append(offered(edit, placed, is_left=is_left))
        right = None if is_left else edit.latex
        if placed is not None and found.code in ("DC301", "DC306"):
            found = replace(found, span=placed.span(edit.replacements))
    helps += missing
    if right is None and not reader.stopped and not has_edit(helps, missing):
        helps += comes_to(aside, step, sides, spelling)
    notes = found.notes
    if step.goal is not None:
        rest = residual(reader, sides, right, spelling)
        if rest is None and not reader.stopped:
            rest = difference_of(aside, sides, spelling)
        notes = (f"residual: {rest}", *notes) if rest else notes
    return replace(found, notes=notes, help=(*helps[:MOST], *found.help))


def residual(
    reader: Rereader,
    sides: list[tuple[str, syntax.Node]],
    repaired: str | None,
    spelling: Spelling,
) -> str | None:
    """Return lhs - rhs in the author's symbols, proved; None unless it is simple.

    Raises:
        Never.
    """
    (lhs, left), (rhs, right) = sides
    tree = reader.tree(repaired) if repaired is not None else left
    if tree is None or (repaired is None and _differentiates(left)):
        return None

    def pieces(latex: str) -> Pieces:
        return Pieces(latex, reader.scope.context, spelling, set())

    shown = difference((pieces(repaired or lhs), tree), (pieces(rhs), right))
    if shown is None or len(shown) > LONGEST:
        return None
    goal = reader.goal(f"{lhs} - {bracketed(rhs)}", shown)
    return shown if goal is not None and reader.holds(goal) else None


def has_edit(helps: list[Help], missing: list[Help]) -> bool:
    """Return whether a help changes a side."""
    return any(item.replacement and item not in missing for item in helps)


def notation_of(spelling: Spelling) -> Notation:
    """Return how the author writes what a reading needs."""
    ones = spelling.ones[0]
    return Notation(spelling.transpose, spelling.trace, spelling.diagonal, spelling.hadamard, ones)


def difference_of(
    reader: Rereader, sides: list[tuple[str, syntax.Node]], spelling: Spelling
) -> str | None:
    """Return lhs - rhs in matrix notation, proved; None unless it is simple.

    Raises:
        Never.
    """
    (lhs, _), (rhs, _) = sides
    whole = f"{bracketed(lhs)} - {bracketed(rhs)}"
    goal = reader.goal(whole, whole)
    terms = reading(goal.lhs, goal, notation_of(spelling)) if goal is not None else None
    shown = joined(terms) if terms else ""
    if not shown or len(shown) > LONGEST:
        return None
    goal = reader.goal(whole, shown)
    return shown if goal is not None and reader.holds(goal) else None


def comes_to(
    reader: Rereader, step: Step, sides: list[tuple[str, syntax.Node]], spelling: Spelling
) -> Iterator[Help]:
    """Yield the right side that would be true: with the term that is missing, or written anew.

    Raises:
        Never.
    """
    (lhs, _), (rhs, _) = sides
    alone = reader.goal(lhs, lhs)
    terms = reading(alone.lhs, alone, notation_of(spelling)) if alone is not None else None
    texts: list[tuple[str, str]] = []
    if terms is not None and _compact(joined(terms)) != _compact(lhs):
        texts.append((joined(terms), "what the left side comes to"))
    rest = difference_of(reader, sides, spelling) if step.goal is not None else None
    if rest is not None and " + " not in rest and " - " not in rest and _compact(rhs) != "0":
        sign = "" if rest.startswith("-") else "+ "
        if _compact(lhs) not in _compact(rest):
            texts.append((f"{rhs} {sign}{rest}", f"what is missing is `{rest}`"))
    for text, said in sorted(texts, key=lambda found: len(found[0])):
        goal = reader.goal(lhs, text)
        if len(text) <= LONGEST_ANEW and goal is not None and reader.holds(goal):
            placed = placed_in(step.rhs) if step.rhs is not None else None
            changes = placed.changes([(0, len(rhs), text)]) if placed is not None else ()
            yield Help(f"write `{text}` on the right ({said})", text, True, changes)
            return


def _differentiates(node: Any) -> bool:
    kinds = (syntax.Derivative, syntax.Differential, syntax.Restricted)
    return isinstance(node, kinds) or any(_differentiates(part) for part in parts_of(node))


def reread(reader: Rereader, step: Step) -> list[tuple[str, syntax.Node]]:
    """Return both sides of a step with their trees; none when they read differently alone.

    Raises:
        Never.
    """
    sides = []
    for side in (step.lhs, step.rhs):
        if side is None:
            return []
        latex = one_line(side.latex)
        tree = reader.tree(latex)
        if tree is None or plain(tree) != plain(side.node):
            return []
        sides.append((latex, tree))
    return sides


def equal_in(reader: Rereader, step: Step, reading: Understood) -> bool:
    """Return whether a step is proved in another reading of the document.

    Raises:
        Never.
    """
    for same in reading.steps:
        if same.span == step.span and same.whole == step.whole:
            return same.goal is not None and reader.holds(same.goal)
    return False


def renamed(reader: Rereader, step: Step, found: Diagnostic, text: str) -> Diagnostic:
    """Return a diagnostic about an unknown name; the name meant is verified if the step holds.

    Raises:
        Never.
    """
    place = found.span
    if place is None or place.line != place.end_line or step.lhs is None or step.rhs is None:
        return found
    line = "".join(text.split("\n")[place.line - 1 : place.line])
    start, end = place.column - 1, place.end_column - 1
    names = list(reader.scope.context.entries)
    guesses = [(line[start:end].strip(), item.replacement) for item in found.help]
    # h(K), h_K and h^K stand for the name h^{(K)}
    before = line[:end].rstrip()
    closing = line[end : end + 1] if before.count("(") > before.count(")") else ""
    scripted = _SCRIPTED.search(before + closing.strip())
    whole = scripted.group().strip() if scripted and scripted.start() < start else ""
    meant = nearest(whole, names) if whole else None
    if meant is not None and letters_of(meant) == letters_of(whole):
        guesses.insert(0, (whole, meant))
        found = replace(found, help=(Help(f"did you mean `{meant}`?", meant),))
    wrong = line[start:end].strip()
    alike = [name for name in names if letters_of(name).lower() == letters_of(wrong).lower()]
    close = get_close_matches(wrong, names, n=4, cutoff=0.3)
    guesses += [(wrong, name) for name in (*alike, *close)]
    for written, name in dict.fromkeys(guesses):
        if not written or not name or written.startswith("{"):
            continue
        token = re.compile(rf"(?<![A-Za-z\\]){re.escape(written)}(?![A-Za-z])")

        def put(side: Side, name: str = name, token: re.Pattern[str] = token) -> str:
            return token.sub(lambda _: f"{{{name}}}", one_line(side.latex))

        goal = reader.goal(put(step.lhs), put(step.rhs))
        if goal is not None and reader.holds(goal):
            said = f"did you mean `{name}`? with it this step is proved"
            changes: list[Change] = []
            for side in (step.lhs, step.rhs):
                placed = placed_in(side)
                if placed is not None and side.source is step.formula.source:
                    places = [(*match.span(), name) for match in token.finditer(placed.latex)]
                    changes += placed.changes(places)
            return replace(found, help=(Help(said, name, verified=True, changes=tuple(changes)),))
    return found


_SCRIPTED = re.compile(r"\\?[A-Za-z]+(?:\{[^{}]*\})?\s*[_^]?\s*[({\[]*[^(){}\[\]]*[)}\]]*$")
"""A letter with what may have been meant as its script, up to the end."""


def edited(
    reader: Rereader,
    step: Step,
    sides: list[tuple[str, syntax.Node]],
    spelling: Spelling,
    most: int,
) -> Iterator[tuple[Edit, bool]]:
    """Yield the smallest edit that is proved, of the right side rather than of the left.

    None is larger than ``most``.

    The second value says whether it is one of the left side.
    """
    (lhs, left), (rhs, right) = sides
    context = reader.scope.context
    elsewhere = Elsewhere()
    for latex, tree in sides:
        elsewhere.gather(Pieces(latex, context, spelling, set()), tree)
    candidates = [(edit, False) for edit in edits(rhs, right, context, spelling, elsewhere)]
    if step.lhs is not None and step.lhs.source is step.formula.source:
        candidates += [(edit, True) for edit in edits(lhs, left, context, spelling, elsewhere)]

    def place(candidate: tuple[Edit, bool]) -> tuple[int, bool, tuple[int, int, int]]:
        edit, is_left = candidate
        idle = _compact(edit.latex) == _compact(rhs if is_left else lhs)
        return edit.size + is_left + SIZE_OF_IDLE * idle, is_left, edit.rank

    candidates.sort(key=place)
    for edit, is_left in candidates:
        if reader.budget.letters <= 0 or place((edit, is_left))[0] > most:
            return
        goal = reader.goal(edit.latex, rhs) if is_left else reader.goal(lhs, edit.latex)
        if goal is not None and reader.holds(goal):
            yield edit, is_left
            return


def _compact(latex: str) -> str:
    return re.sub(r"\\left|\\right|[\s(){}]", "", latex)


def placed_in(side: Side) -> Placed | None:
    """Return where the characters of a side stand; None if they are not found again.

    Raises:
        Never.
    """
    try:
        return Placed(one_line(side.latex), side.source, side.at)
    except ValueError:
        return None


def offered(edit: Edit, placed: Placed | None, *, is_left: bool) -> Help:
    """Return a proved edit as a help."""
    side = "left" if is_left else "right"
    said = f"write `{edit.latex}` on the {side} ({edit.what})"
    changes = placed.changes(edit.replacements) if placed is not None else ()
    return Help(said, edit.latex, verified=True, changes=changes)


def hypotheses(reader: Rereader, goal: Goal, mark: str) -> Iterator[Help]:
    """Yield hypotheses that make a goal true: about one matrix, or symmetry of several."""
    names = sorted(names_in(goal.lhs) | names_in(goal.rhs), key=str)
    squares = [
        name
        for name in names
        if isinstance(name, MatrixSymbol)
        and name not in goal.definitions
        and shape(name)[0] == shape(name)[1] != ONE
    ]

    def suffices(given: list[Hypothesis]) -> bool:
        return reader.holds(dataclasses.replace(goal, hypotheses=(*goal.hypotheses, *given)))

    found = False
    for name in squares:
        for equation, words in _properties(name, mark):
            if suffices([Hypothesis(*equation, words, 0)]):
                found = True
                yield Help(f"give `{words}`: with it this step is proved", words, verified=True)
                break
    if found or len(squares) < 2:
        return
    needed = []
    for name in squares:
        equation, words = next(_properties(name, mark))
        needed.append(Hypothesis(*equation, words, 0))
    if not suffices(needed):
        return
    for one in list(needed):
        fewer = [given for given in needed if given is not one]
        if fewer and suffices(fewer):
            needed = fewer
    told = " and ".join(f"`{given.latex}`" for given in needed)
    yield Help(f"give {told}: with them this step is proved", verified=True)


def _properties(name: Any, mark: str) -> Iterator[tuple[tuple[Any, Any], str]]:
    turned = sympy.Transpose(name)
    latex = str(name)
    base = f"({latex})" if "^" in latex else latex
    yield (name, turned), f"{latex} = {base}{mark}"
    product = sympy.MatMul(turned, name)
    yield (product, sympy.Identity(shape(name)[0])), f"{base}{mark} {latex} = I"
    yield (sympy.MatMul(name, name), name), f"{base}^2 = {latex}"
