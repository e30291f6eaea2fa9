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
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from derivcheck.algebra.goal import Goal, Hypothesis
from derivcheck.diagnostics import Diagnostic, Help
from derivcheck.language import syntax
from derivcheck.language.borrowing import Elsewhere
from derivcheck.language.chain_rule import inner_derivatives, slopes_given
from derivcheck.language.context import Context, names_of, parts_of, plain
from derivcheck.language.derivation import Understood
from derivcheck.language.edits import Edit, edits
from derivcheck.language.expansion import difference
from derivcheck.language.pieces import Pieces, Spelling, bracketed
from derivcheck.language.placing import Placed, one_line
from derivcheck.language.steps import Side, Step
from derivcheck.missing import missing, same_sizes
from derivcheck.misspelt import renamed
from derivcheck.prover.readback import Notation, joined, reading
from derivcheck.rereading import Budget, Prover, Rereader, placed_in, proved

LAYOUTS = ("denominator", "numerator", "mixed")
LARGEST = 5
"""The size of the largest edit that is tried."""

LONGEST = 80
"""Characters of a residual that is shown."""

LONGEST_ANEW = 160
"""Characters of a right side that is written anew."""

MOST = 3
"""Helps for one step."""


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
    earlier: Sequence[Step] = (),
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
        earlier: refuted steps of the claim, which may have been meant as given.
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
    by_layout = len(helps)
    spelling = Spelling.of(text)
    aside = replace(reader, budget=reader.budget.part())
    given = supposed(reader, step, sides, spelling, earlier)
    itself = any(item.text.startswith(SUPPOSE) for item in given)
    right = None
    most = 2 if given else LARGEST
    if _compact(sides[1][0]) == "0" and _differentiates(sides[0][1]):
        most = 0  # a derivative that is set to 0 is meant
    for edit, is_left in edited(reader, step, sides, spelling, most):
        idle = is_idle(edit.latex, sides[is_left][0])
        if idle and itself:
            break
        if idle and found.code == "DC301" and not given:
            given = [unexplained(step, sides[0][1], sides[1][1])]
        placed = placed_in(step.lhs if is_left else step.rhs)
        helps.append(offered(edit, placed, is_left=is_left))
        right = None if is_left else edit.latex
        if placed is not None and found.code in ("DC301", "DC306"):
            found = replace(found, span=placed.span(edit.replacements))
    by_edit = len(helps) > by_layout
    if not by_edit and not given and sides[1][0] == "0" and found.code == "DC301":
        given = [unexplained(step, sides[0][1], sides[1][1])]  # what a side is when it is not 0
        by_edit = True
    helps += given
    if not by_edit and right is None and not reader.stopped:
        helps += comes_to(aside, step, sides, spelling)
    notes = found.notes
    if step.goal is not None:
        rest = residual(reader, sides, right, spelling)
        if rest is None and not reader.stopped:
            rest = difference_of(aside, sides, spelling)
        notes = (f"residual: {rest}", *notes) if rest else notes
    if not helps and found.code == "DC301":
        helps = [unexplained(step, sides[0][1], sides[1][1])]
    before_repairs = found.help if found.code != "DC201" or not helps else ()
    return replace(found, notes=notes, help=(*helps[:MOST], *before_repairs))


def unexplained(step: Step, left: syntax.Node, right: syntax.Node) -> Help:
    """Return what to do about a step that nothing small makes true."""
    zero = isinstance(right, syntax.Number) and right.value == 0
    derived = _differentiates(left) or _differentiates(right)
    assert step.scope is not None
    context = step.scope.context
    known = [context.entries.get(name) for name in (*names_of(left), *names_of(right))]
    free = [e for e in known if e is not None and (e.value or e).node not in context.definitions]
    made = all(entry.kind in ("formula", "size") for entry in free)
    if made or ((step.formula.statement or derived) and not (derived and zero)):
        return Help("no small change makes it true: work the two sides out at the counterexample")
    if isinstance(left, syntax.Name) and left.name not in names_of(right):
        said = f"if `{left.name}` is to stand for it, open the sentence with *let*"
        return Help(f"{said}")
    return Help(f"{SUPPOSE}; else work the two sides out at the counterexample")


def supposed(
    reader: Rereader,
    step: Step,
    sides: list[tuple[str, syntax.Node]],
    spelling: Spelling,
    earlier: Sequence[Step],
) -> list[Help]:
    """Return what makes a step true when it is given: a hypothesis, an earlier step, one size for two.

    Raises:
        Never.
    """
    (lhs, left), (rhs, right) = sides
    apart = replace(reader, budget=reader.budget.part())
    found: list[Help] = []
    if step.goal is not None:
        itself = {_compact(f"{lhs}={rhs}"), _compact(f"{rhs}={lhs}")}
        for item in missing(step.goal, spelling.transpose, apart.holds):
            if _compact(item.replacement or "") in itself:
                return [replace(item, text=f"{SUPPOSE}, or give it above")]
            found.append(item)
        for one in earlier[-MOST:]:
            if one.goal is not None and apart.holds(assuming(step.goal, one)):
                said = f"if the equation on line {one.span.line} is given, open its sentence with"
                return [*found, Help(f"{said} *suppose*: with it this step is proved", None, True)]
    if not found:

        def in_other(context: Context) -> Goal | None:
            scope = replace(reader.scope, context=context)
            return replace(apart, scope=scope).goal(lhs, rhs)

        names = {*names_of(left), *names_of(right)}
        found += same_sizes(reader.scope.context, names, in_other, apart.holds)
    return found


SIZE_OF_IDLE = 1
"""What an edit counts more that makes both sides the same words."""

SUPPOSE = "if this is given, open its sentence with *suppose*"


def assuming(goal: Goal, step: Step) -> Goal:
    """Return a goal with an earlier step as a hypothesis."""
    assert step.goal is not None
    given = Hypothesis(step.goal.lhs, step.goal.rhs, step.latex, step.span.line)
    return dataclasses.replace(goal, hypotheses=(*goal.hypotheses, given))


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


def notation_of(reader: Rereader, spelling: Spelling) -> Notation:
    """Return how the author writes what a reading needs."""
    ones = spelling.ones[0]
    marks = spelling.transpose, spelling.trace, spelling.diagonal, spelling.hadamard, ones
    return Notation(*marks, reader.scope.context.layout)


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
    terms = reading(goal.lhs, goal, notation_of(reader, spelling)) if goal is not None else None
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
    terms = reading(alone.lhs, alone, notation_of(reader, spelling)) if alone is not None else None
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
    names = {name for _, tree in sides for name in names_of(tree)}
    elsewhere.slopes |= dict.fromkeys(slopes_given(context, names))
    trees = [tree for _, tree in sides]
    found = inner_derivatives(Pieces(rhs, context, spelling, set()), trees)
    elsewhere.derivatives |= dict.fromkeys(found)
    candidates = [(edit, False) for edit in edits(rhs, right, context, spelling, elsewhere)]
    if step.lhs is not None and step.lhs.source is step.formula.source:
        candidates += [(edit, True) for edit in edits(lhs, left, context, spelling, elsewhere)]

    def place(candidate: tuple[Edit, bool]) -> tuple[int, bool, tuple[int, int, int]]:
        edit, is_left = candidate
        idle = is_idle(edit.latex, rhs if is_left else lhs)
        return edit.size + is_left + SIZE_OF_IDLE * idle, is_left, edit.rank

    candidates.sort(key=place)
    for edit, is_left in candidates:
        if reader.budget.letters <= 0 or place((edit, is_left))[0] > most:
            return
        goal = reader.goal(edit.latex, rhs) if is_left else reader.goal(lhs, edit.latex)
        if goal is not None and reader.holds(goal):
            yield edit, is_left
            return


def is_idle(edited: str, other: str) -> bool:
    """Return whether an edit makes both sides the same words, and so says nothing."""
    return _compact(edited) == _compact(other)


def _compact(latex: str) -> str:
    """Return a formula without dress: two that agree in it say the same."""
    bare = re.sub(r"\\left|\\right|[\s(){}]", "", latex)
    return re.sub(r"(?<![A-Za-z\\])([A-Za-z])\1(?![A-Za-z])", r"\1^2", bare)


def offered(edit: Edit, placed: Placed | None, *, is_left: bool) -> Help:
    """Return a proved edit as a help."""
    side = "left" if is_left else "right"
    said = f"write `{edit.latex}` on the {side} ({edit.what})"
    changes = placed.changes(edit.replacements) if placed is not None else ()
    return Help(said, edit.latex, verified=True, changes=changes)
