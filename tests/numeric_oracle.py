"""The third opinion: does a step hold at random numbers, as its own syntax tree says?

It shares the syntax trees with derivcheck and nothing behind them: no goal, no node, no index term,
no dense rule. A step that is proved must hold here, one that is refuted must not.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numeric_jets import Jet, ShapeError, constant
from numeric_values import Evaluator, NeedsSize, NotHere, Unknown, is_zero, names_in
from numeric_world import Givens, World, collect, is_index

from derivcheck.checking import Options, check_document
from derivcheck.language import syntax
from derivcheck.language.derivation import understand
from derivcheck.language.parser import LatexError, parse
from derivcheck.language.steps import Step
from derivcheck.reading import read

POINTS = 3
TRIES = 12
MANY = 60
"""At how many points a difference is looked for; some show only on one side of a kink."""
ATTEMPTS = 400
CLOSE, FAR = 1e-8, 1e-5


@dataclass(frozen=True)
class Opinion:
    """What the oracle says of a step: ``holds``, ``differs``, ``clashes`` (shapes) or ``skipped``."""

    kind: str
    reason: str = ""
    points: int = 0


@dataclass(frozen=True)
class Judged:
    """A step with derivcheck's verdict and the oracle's opinion."""

    line: int
    latex: str
    sign: str
    verdict: str
    opinion: Opinion

    @property
    def disagreement(self) -> bool:
        """Whether one of the two must be wrong."""
        if self.opinion.kind == "skipped" or self.verdict not in ("proved", "refuted"):
            return False
        if self.opinion.kind == "clashes":
            return self.verdict == "proved"
        equal = self.opinion.kind == "holds"
        claimed = self.verdict == "proved"
        return equal == (self.sign == r"\neq") if claimed else equal != (self.sign == r"\neq")


def judged(text: str, *, seed: int = 0, only: Any = None) -> Iterator[Judged]:
    """Check a document and give the oracle's opinion of each step that was decided.

    Args:
        text: the document.
        seed: another one gives other numbers.
        only: the verdicts to look at; proved and refuted, when left out.
    """
    document = read("text", text)
    report = check_document(document, Options(repairs=False))
    rows = {(s.span, s.relation): s for s in report.steps}
    oracle = Oracle(document, report.layout or "denominator", seed)
    for step in oracle.understood.steps:
        row = rows.get((step.span, step.sign))
        if row is None or row.verdict not in (only or ("proved", "refuted")):
            continue
        if step.lhs is None or step.rhs is None or step.sign is None:
            continue
        at = dict(row.counterexample.sizes) if row.counterexample is not None else None
        points = POINTS if row.verdict == "proved" else MANY
        said = oracle.opinion(step, points, at)
        latex = f"{step.lhs.latex} {step.sign} {step.rhs.latex}"
        yield Judged(step.span.line, latex, step.sign, row.verdict, said)


class Oracle:
    """Evaluates the steps of one document, read in one layout."""

    def __init__(self, document: Any, layout: str, seed: int = 0) -> None:
        self.document = document
        self.layout = layout
        self.seed = seed
        self.understood = understand(document, layout)
        self.claims = [claim.line for claim in document.claims]
        self.parsed: dict[int, list[syntax.Node]] = {}

    def opinion(
        self, step: Step, points: int = POINTS, sizes: dict[str, int] | None = None
    ) -> Opinion:
        """Return whether the two sides of a step have one value.

        Args:
            step: a step of this document.
            points: at how many points they must.
            sizes: where to look as well, such as the sizes of a counterexample.
        """
        try:
            if isinstance(step.rhs.node, syntax.Space):
                return self.membership(step)
            try:
                return self.equation(step, points, sizes)
            except ShapeError:
                # a sign without brackets takes more where one factor has no meaning: det A B = 1
                return self.equation(step, points, sizes, far=True)
        except (Unknown, NeedsSize) as why:
            return Opinion("skipped", str(why))
        except RecursionError:
            return Opinion("skipped", "nesting")
        except ShapeError as why:
            return Opinion("clashes", str(why))

    def givens(self, step: Step) -> Givens:
        if step.claim not in self.parsed:
            self.parsed[step.claim] = claim_trees(step, self.document)
        return collect(step, self.understood.listed, self.claims, self.parsed[step.claim])

    def equation(
        self, step: Step, points: int, sizes: dict[str, int] | None, *, far: bool = False
    ) -> Opinion:
        givens = self.givens(step)
        context = step.scope.context
        letters = undeclared(step, context, givens)
        labels: dict[Any, str] | None = None
        valid, reason = 0, ""
        for number in range(max(TRIES, points)):
            if number >= TRIES and not valid:
                break
            own = sizes if number in (1, 2) else None
            spread = number if number < TRIES else number % 8
            world = World(givens, context, self.seed * 1000 + number, spread=spread, sizes=own)
            world.undeclared = letters
            world.far = far
            try:
                if labels is None:
                    labels, gap = searched(world, step, self.layout)
                else:
                    chosen = {key: size_of(world, label) for key, label in labels.items()}
                    gap = compared(world, step, self.layout, chosen)
            except (FloatingPointError, np.linalg.LinAlgError) as why:
                reason = f"not defined at the points tried ({why})"
                continue
            except NotHere as why:
                reason = str(why)
                continue
            if gap > FAR:
                return Opinion("differs", f"relative difference {gap:.2g}", valid + 1)
            if gap > CLOSE:
                reason = "too close to call"
                continue
            valid += 1
            if valid == points:
                break
        return Opinion("holds", "", valid) if valid else Opinion("skipped", reason)

    def membership(self, step: Step) -> Opinion:
        """Return whether a side has the shape that the step says."""
        world = World(self.givens(step), step.scope.context, self.seed)
        said = world.shape(step.rhs.node.dims)
        evaluator = Evaluator(world, self.layout)
        letters = world.assignments(evaluator, (step.lhs.node,))
        try:
            with evaluator.at(letters[0]):
                found = evaluator.value(step.lhs.node).shape
        except (FloatingPointError, np.linalg.LinAlgError) as why:
            return Opinion("skipped", str(why))
        return Opinion("holds" if found == said else "differs", f"{found} and {said}")


def claim_trees(step: Step, document: Any) -> list[syntax.Node]:
    assert step.scope is not None
    words = step.scope.context.vocabulary(step.scope.letters)
    found: list[syntax.Node] = []
    for formula in document.claims[step.claim].formulas:
        try:
            found += [s.node for s in parse(formula.source.text, words, step.scope.macros)]
        except LatexError:
            continue
    return found


def undeclared(step: Step, context: Any, givens: Givens) -> dict[str, Any]:
    """Return the shapes of letters that nothing introduces, which the step infers."""
    if step.goal is None:
        return {}
    names = names_in((step.lhs.node, step.rhs.node))
    found = {}
    for symbol in step.goal.lhs.free_symbols | step.goal.rhs.free_symbols:
        name = str(symbol)
        if name in names and name not in context.entries and not symbol.is_integer:
            found[name] = tuple(getattr(symbol, "shape", ()))
    return {n: s for n, s in found.items() if not is_index(n, givens, context) or s}


def searched(world: World, step: Step, layout: str) -> tuple[dict[Any, str], float]:
    """Find the sizes of bare constants: the only ones with which the step has a meaning.

    Raises:
        Unknown: several choices have a meaning and differ in what they say.
    """
    count = 0

    def attempt(labels: dict[Any, str], wide: bool) -> Iterator[tuple[dict[Any, str], float]]:
        nonlocal count
        count += 1
        if count > ATTEMPTS:
            raise Unknown("too many choices of sizes")
        chosen = {key: size_of(world, label) for key, label in labels.items()}
        try:
            yield labels, compared(world, step, layout, chosen)
        except NeedsSize as needed:
            for label in candidates(world, wide):
                try:
                    yield from attempt({**labels, needed.key: label}, wide)
                except ShapeError:
                    continue

    for wide in (False, True):
        found = list(attempt({}, wide))
        if found:
            if len({gap > CLOSE for _, gap in found}) > 1:
                raise Unknown("the size of a constant is not told")
            return found[0]
    raise ShapeError("no size of its constants gives the step a meaning")


def candidates(world: World, wide: bool) -> list[str]:
    known = [n for n in world.sizes if n]
    for dims in world.givens.shapes.values():
        known += [str(d.value) for d in dims if isinstance(d, syntax.Number) and d.value > 1]
    known = list(dict.fromkeys(known))
    if not wide:
        return known
    pairs = [f"{a} * {b}" for a, b in itertools.combinations_with_replacement(known, 2)]
    sums = [f"{a} + {b}" for a, b in itertools.combinations_with_replacement([*known, "1"], 2)]
    return [*known, *pairs, *sums]


def size_of(world: World, label: str) -> int:
    if " * " in label:
        a, b = label.split(" * ")
        return size_of(world, a) * size_of(world, b)
    if " + " in label:
        a, b = label.split(" + ")
        return size_of(world, a) + size_of(world, b)
    return int(label) if label.isdigit() else world.size(label)


def compared(world: World, step: Step, layout: str, chosen: dict[Any, int]) -> float:
    """Return the largest relative difference of the two sides over all free indices.

    Raises:
        ShapeError: the two sides have unlike shapes, or one has no meaning.
    """
    world.touch(step)
    world.settle(layout, chosen)
    evaluator = Evaluator(world, layout)
    evaluator.chosen, evaluator.far = chosen, world.far
    left, right = step.lhs.node, step.rhs.node
    if isinstance(left, syntax.FunctionName) and left.name not in world.definitions:
        evaluator.pointwise = constant(float(world.normal(())))
    worst = 0.0
    for at in world.assignments(evaluator, (left, right)):
        with evaluator.at(at):
            worst = max(worst, gap_of(evaluator, left, right))
    return worst


def gap_of(evaluator: Evaluator, left: syntax.Node, right: syntax.Node) -> float:
    values: list[Jet | None] = [None if is_zero(s) else evaluator.value(s) for s in (left, right)]
    shapes = {v.shape for v in values if v is not None}
    if len(shapes) > 1:
        raise ShapeError(f"{values[0].shape} = {values[1].shape}")
    arrays = [np.zeros(()) if v is None else v.real for v in values]
    scale = max(1.0, *(np.abs(a).max(initial=0.0) for a in arrays))
    return float(np.abs(arrays[0] - arrays[1]).max(initial=0.0) / scale)
