"""Evidence at concrete sizes: where both sides agree, and the smallest place where they do not.

A difference is reported only if it is certain: exact, or two disjoint balls, at values at which
everything given certainly holds, and only after it was evaluated again from scratch. Agreement is
agreement at the sizes listed and proves nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from flint import arb, nmod
from msgspec import Struct
from msgspec.structs import replace
from sympy import Basic

from derivcheck.algebra import arrays, nodes
from derivcheck.algebra.arrays import Array, Element
from derivcheck.algebra.goal import Goal
from derivcheck.algebra.randomness import distributions
from derivcheck.limits import EVALUATION as WORK
from derivcheck.limits import EVALUATIONS as TOTAL_WORK
from derivcheck.prover.dense import Evaluator, at_precision
from derivcheck.prover.exact.assignment import Assignment
from derivcheck.prover.exact.duals import OutOfBudgetError, UncertainError, UnsupportedError
from derivcheck.prover.exact.functions import Univariate
from derivcheck.prover.exact.moments import described
from derivcheck.prover.exact.names import Structure
from derivcheck.prover.exact.printing import digits_apart, number_text, rows_text
from derivcheck.prover.exact.shrinking import simplified
from derivcheck.prover.exact.sizes import size_schedule
from derivcheck.prover.examples import Sampler
from derivcheck.prover.limits_met import OUT_OF_BUDGET, note_limit
from derivcheck.prover.verdict import Counterexample

PRECISIONS = (64, 256, 1024)
"""Bits of a ball, tried in turn while it is not certain whether the sides differ."""

WAYS = ("exact", "ball")
"""Arithmetics tried in turn while the numbers grow too long."""

_RETRIES = 4
_MOST_SIZES = 20_000
_LEAST_ATTEMPTS = 80


class Budget(Struct, frozen=True):
    """What evidence may cost, in counted units.

    Attributes:
        points: the examples at which both sides are compared.
        draws: the sizes at which an example is looked for, in a comparison.
        attempts: the evaluations of a search for a counterexample.
        largest: the largest size in that search.
        work: ring operations for one evaluation.
        total: ring operations for all evaluations about the goal.
        shrinking: the evaluations spent on making a counterexample smaller.
        shrinking_work: the ring operations spent on that.
    """

    points: int = 3
    draws: int = 12
    attempts: int = 600
    largest: int = 5
    work: int = WORK
    total: int = TOTAL_WORK
    shrinking: int = 400
    shrinking_work: int = 1_000_000


class Comparison(Struct, frozen=True):
    """Both sides evaluated at examples.

    Attributes:
        sizes: where they agreed.
        pairwise_different: an example was found at pairwise different sizes.
        difference: an example at which they certainly differ, not made small.
        reason: why there was no example or no value, as a sentence; None if all went well.
    """

    sizes: tuple[dict[str, int], ...] = ()
    pairwise_different: bool = False
    difference: Counterexample | None = None
    reason: str | None = None


class Example(Struct, frozen=True):
    """Whether what a goal assumes holds anywhere.

    Attributes:
        found: an exact example was found.
        pairwise_different: one was found at pairwise different sizes.
        sizes: the sizes of the best one.
        reason: what stopped the search; empty if found.
    """

    found: bool
    pairwise_different: bool
    sizes: dict[str, int]
    reason: str


class _Sides(Struct, frozen=True):
    """The values of both sides, where they certainly differ, and the arithmetic it took."""

    lhs: Array
    rhs: Array
    differs: int | None
    way: str = "exact"


def compare(
    goal: Goal,
    seed: str,
    budget: Budget | None = None,
    at: Mapping[str, int] | None = None,
) -> Comparison:
    """Evaluate both sides at a few random examples of what is given.

    Args:
        goal: what is claimed.
        seed: every random choice follows from it.
        budget: what it may cost.
        at: sizes by name, to compare at before the sizes chosen here.

    Raises:
        Never.

    Cost:
        At most ``budget.draws`` draws and ``budget.points`` evaluations of either side.
    """
    budget = budget or Budget()
    try:
        sampler = Sampler.of(goal, budget.work, budget.total)
    except UnsupportedError as error:
        return Comparison(reason=str(error))
    agreed: list[dict[str, int]] = []
    different, reason = False, None
    ways: tuple[str, ...] = ("exact", "modular", "ball")
    for number, sizes, distinct in _sizes(sampler, budget, at):
        sides, assignment, why, drawn = _usable(sampler, sizes, f"{seed}/{number}", ways)
        different = different or (distinct and drawn)
        if sides is None or assignment is None:
            reason = why if drawn else reason or why
            continue
        if sides.differs is not None:
            found = _described(sampler, assignment, sides)
            return Comparison(tuple(agreed), different, found)
        # what was too long for rationals at one example will be at the next
        ways = ways[ways.index(sides.way) :]
        agreed.append(_named(sizes))
        if len(agreed) >= budget.points:
            break
    return Comparison(tuple(agreed), different, None, None if agreed else reason)


def _usable(
    sampler: Sampler, sizes: dict[Basic, int], seed: str, ways: tuple[str, ...]
) -> tuple[_Sides | None, Assignment | None, str, bool]:
    """Draw examples until both sides have values; say why not, and if there was an example."""
    why, drawn = "", False
    for retry in range(_RETRIES):
        assignment, reason = sampler.draw(sizes, f"{seed}/{retry}")
        if assignment is None:
            return None, None, why or reason, drawn
        drawn = True
        try:
            return _sides(sampler, assignment, ways=ways), assignment, "", True
        except ArithmeticError as error:
            why = f"a side has no value at the examples tried: {error}"
        except UnsupportedError as error:
            return None, None, f"both sides could not be evaluated: {error}", True
        except OutOfBudgetError as error:
            why = f"{OUT_OF_BUDGET}both sides could not be evaluated: {error}"
            return None, None, why, True
    return None, None, why, drawn


def has_example(goal: Goal, seed: str = "", budget: Budget | None = None) -> Example:
    """Look for one exact example of everything given, at pairwise different sizes if possible.

    Raises:
        Never.

    Cost:
        At most ``budget.draws`` draws.
    """
    budget = budget or Budget()
    try:
        sampler = Sampler.of(goal, budget.work, budget.total)
    except UnsupportedError as error:
        return Example(False, False, {}, str(error))
    best: dict[str, int] | None = None
    reason = "no sizes to try"
    for number, sizes, distinct in _sizes(sampler, budget):
        if best is not None and not distinct:
            continue
        assignment, why = sampler.draw(sizes, f"{seed}/{number}")
        if assignment is None:
            reason = why
        elif distinct:
            return Example(True, True, _named(sizes), "")
        else:
            best = _named(sizes)
    if best is None:
        return Example(False, False, {}, reason)
    return Example(True, False, best, "")


def find_counterexample(
    goal: Goal, seed: str, budget: Budget | None = None
) -> Counterexample | None:
    """Return the smallest counterexample found, or None.

    Sizes are tried in increasing order, with simple entries and functions before random ones; what
    is found is made smaller entry by entry, and evaluated again from scratch.

    Raises:
        Never.

    Cost:
        At most ``budget.attempts + budget.shrinking`` draws and evaluations.
    """
    budget = budget or Budget()
    try:
        sampler = Sampler.of(goal, budget.work, budget.total)
    except UnsupportedError:
        return None
    for attempt, sizes, pool in _search_order(sampler, seed, budget):
        if sampler.meter.left < 0:
            note_limit(f"over {budget.total} operations on numbers to find a counterexample")
            break
        found = _attempt(sampler, sizes, f"{seed}/{attempt}", pool)
        if found is not None:
            small = _shrunk(sampler, found, budget)
            return replayed(goal, small, budget) or replayed(goal, found, budget)
    return None


def replayed(
    goal: Goal, assignment: Assignment, budget: Budget | None = None
) -> Counterexample | None:
    """Check a counterexample from scratch and describe it; None if it is none.

    Raises:
        Never.
    """
    budget = budget or Budget()
    try:
        sampler = Sampler.of(goal, budget.work, budget.total)
        if not sampler.satisfied(assignment):
            return None
        sides = _sides(sampler, assignment, precisions=PRECISIONS[1:])
    except (ArithmeticError, UnsupportedError, OutOfBudgetError):
        return None
    return None if sides.differs is None else _described(sampler, assignment, sides)


# --- both sides -------------------------------------------------------------------------------


def _sides(
    sampler: Sampler,
    assignment: Assignment,
    *,
    ways: tuple[str, ...] = WAYS,
    precisions: tuple[int, ...] = PRECISIONS,
) -> _Sides:
    """Evaluate both sides, with more bits while it is uncertain whether they differ.

    Residues may replace rationals that grow too long only where no value is to be shown.

    Raises:
        ArithmeticError: if a side has no value here, or no precision was enough.
        UnsupportedError, OutOfBudgetError: as the evaluator.
    """
    for way in ways:

        def fresh(way: str = way) -> Evaluator:
            return sampler.evaluator(assignment, way)

        try:
            return replace(_at_precisions(sampler.goal, fresh, precisions), way=way)
        except OutOfBudgetError:
            if way == ways[-1]:
                raise
    raise AssertionError("the last way returns or raises")


def _at_precisions(
    goal: Goal, fresh: Callable[[], Evaluator], precisions: tuple[int, ...]
) -> _Sides:
    for bits in precisions:
        with at_precision(bits):
            try:
                evaluator = fresh()
                lhs, rhs = evaluator.value(goal.lhs), evaluator.value(goal.rhs)
                return _Sides(lhs, rhs, first_difference(lhs, rhs))
            except UncertainError:
                continue
    raise UncertainError("the enclosures overlap at every precision")


def first_difference(lhs: Array, rhs: Array) -> int | None:
    """Return the position of the first entry that certainly differs, None if none does.

    Raises:
        UncertainError: if some balls overlap that are too wide to count as equal.
        UnsupportedError: if the shapes differ.
    """
    if lhs.shape != rhs.shape and (
        len(lhs.entries) != len(rhs.entries) or (len(lhs.shape) > 1 and len(rhs.shape) > 1)
    ):
        raise UnsupportedError("sides of different shapes")
    uncertain = False
    for k, (x, y) in enumerate(zip(lhs.entries, rhs.entries, strict=True)):
        if not isinstance(x, arb) and not isinstance(y, arb):
            if x != y:
                return k
            continue
        gap = _ball(x) - _ball(y)
        if gap > 0 or gap < 0:
            return k
        uncertain = uncertain or not bool(gap.abs_upper() < (1 + abs(_ball(x))) * arb(2) ** -30)
    if uncertain:
        raise UncertainError("the enclosures overlap")
    return None


def _ball(x: Element) -> arb:
    if isinstance(x, nmod):
        raise OutOfBudgetError("a residue beside a ball")
    return arb(x)


# --- sizes and search -------------------------------------------------------------------------


def _named(sizes: dict[Basic, int]) -> dict[str, int]:
    return {str(size): value for size, value in sizes.items()}


def _sizes(
    sampler: Sampler, budget: Budget, at: Mapping[str, int] | None = None
) -> Iterator[tuple[int, dict[Basic, int], bool]]:
    if at and sampler.sizes:
        asked = {size: at.get(str(size), 2 + k) for k, size in enumerate(sampler.sizes)}
        yield -1, asked, len({1, *asked.values()}) == len(asked) + 1
    schedule = size_schedule(len(sampler.sizes)) if sampler.sizes else iter([((), True)] * 3)
    for number, (values, distinct) in enumerate(itertools.islice(schedule, budget.draws)):
        yield number, dict(zip(sampler.sizes, values, strict=True)), distinct


def _search_order(
    sampler: Sampler, seed: str, budget: Budget
) -> Iterator[tuple[int, dict[Basic, int], str]]:
    """Yield sizes and how to draw: thoroughly if a random example shows that there is something."""
    count = len(sampler.sizes)
    probes = [values for values, _ in itertools.islice(size_schedule(count), 3)]
    probes.append(tuple(min(3 + k, budget.largest) for k in range(count)))
    visible = any(
        _attempt(sampler, dict(zip(sampler.sizes, values, strict=True)), f"{seed}/probe", "generic")
        for values in probes
    )
    pools = (
        ["binary"] * 3 + ["small"] * 3 + ["generic"] * 2
        if visible or not count
        else ["small", "generic", "generic"]
    )
    largest = budget.largest
    while largest > 1 and largest**count > _MOST_SIZES:
        largest -= 1
    every = itertools.product(range(1, largest + 1), repeat=count)
    ordered = sorted(every, key=lambda v: (sum(v), max(v, default=0), v))
    # what differs on a small region only takes many points where there are few sizes to try
    again = ["small", "generic"] * (_LEAST_ATTEMPTS // (2 * len(ordered)))
    tries = itertools.chain(itertools.product(ordered, pools), itertools.product(ordered, again))
    for attempt, (values, pool) in enumerate(itertools.islice(tries, budget.attempts), start=1):
        yield attempt, dict(zip(sampler.sizes, values, strict=True)), pool


def _attempt(sampler: Sampler, sizes: dict[Basic, int], seed: str, pool: str) -> Assignment | None:
    """Return an example at which the sides certainly differ, if this draw gives one."""
    assignment, _ = sampler.draw(sizes, seed, pool)
    return assignment if assignment is not None and _differs(sampler, assignment) else None


def _differs(sampler: Sampler, assignment: Assignment) -> bool:
    try:
        sides = _sides(sampler, assignment, precisions=PRECISIONS[:2])
    except (ArithmeticError, UnsupportedError, OutOfBudgetError):
        return False
    return sides.differs is not None


def _shrunk(sampler: Sampler, assignment: Assignment, budget: Budget) -> Assignment:
    """Return the example made simpler for as long as it satisfies what is given and differs."""
    left = budget.shrinking
    sampler.meter.left = min(sampler.meter.left, budget.shrinking_work)

    def accept(candidate: Assignment) -> bool:
        nonlocal left
        left -= 1
        if left < 0 or sampler.meter.left < 0:
            return False
        try:
            return sampler.satisfied(candidate) and _differs(sampler, candidate)
        except (UnsupportedError, OutOfBudgetError):
            return False

    return simplified(assignment, accept)


# --- description ------------------------------------------------------------------------------


def _described(sampler: Sampler, assignment: Assignment, sides: _Sides) -> Counterexample:
    assert sides.differs is not None
    lhs, rhs, position = sides.lhs, sides.rhs, sides.differs
    digits = digits_apart(*(_shown(a.entries[position]) for a in (lhs, rhs)))
    columns = len(lhs.entries) // (lhs.shape[0] if lhs.shape else 1)
    return Counterexample(
        _named(assignment.sizes),
        {**values_text(assignment), **_random(sampler, assignment)},
        rows_text(lhs.map(_shown), digits),
        rows_text(rhs.map(_shown), digits),
        (position // columns + 1, position % columns + 1),
    )


def _random(sampler: Sampler, assignment: Assignment) -> dict[str, Any]:
    """Return a distribution over which the expectations of a counterexample are taken."""
    shown: dict[str, Any] = {}
    definitions = sampler.structure.values.values()
    reached = [value for each in definitions for _, value in each]
    for known in distributions(sampler.goal.lhs, sampler.goal.rhs, *reached):
        try:
            found = described(sampler.evaluator(assignment), known)
        except (ArithmeticError, UnsupportedError, OutOfBudgetError):
            continue
        own = {str(name.name) for name in assignment.values}
        shown |= {f"{k} (random)" if k in own else k: text for k, text in found.items()}
    return shown


def _shown(x: Element) -> Element:
    return str(x) if isinstance(x, nmod) else x


def values_text(assignment: Assignment) -> dict[str, Any]:
    """Return the values by name, as a counterexample shows them.

    Raises:
        Never.
    """
    shown: dict[str, Any] = {}
    for index, position in assignment.indices.items():
        shown[index.name] = str(position)
    for name, value in assignment.values.items():
        if "@" in str(name.name):  # the bound variable of a formula
            continue
        shown[str(name.name)] = rows_text(value) if value.shape else number_text(value.entries[0])
    for (family, positions), value in assignment.members.items():
        subscript = ",".join(map(str, positions))
        text = rows_text(value) if value.shape else number_text(value.entries[0])
        shown[
            f"{family.name}_{subscript}"
            if len(subscript) == 1
            else f"{family.name}_{{{subscript}}}"
        ] = text
    measure = Evaluator(Structure({}), assignment)
    free = [letter for letter in "tuvwxyz" if letter not in shown] or ["t"]
    for function, polynomial in assignment.functions.items():
        if isinstance(polynomial, Univariate):
            shown[function.name] = {"of": free[0], "is": polynomial.text(free)}
            continue
        variables = _variables(measure, function, free)
        texts = [p.text(variables) for p in polynomial]
        of: Any = variables if len(variables) > 1 else variables[0]
        shape = [measure.integer(size) for size in function.value_shape]
        if not shape:
            shown[function.name] = {"of": of, "is": texts[0]}
        else:
            n = shape[1]
            rows = [texts[i * n : (i + 1) * n] for i in range(shape[0])]
            shown[function.name] = {"of": of, "is": rows}
    return shown


def _variables(
    measure: Evaluator, function: nodes.FunctionSymbol, free: Sequence[str]
) -> list[str]:
    names: list[str] = []
    letters = [letter for letter in free if letter != "t"] or ["u"]
    for k, domain in enumerate(function.domains):
        shape = [measure.integer(size) for size in domain]
        letter = free[0] if not shape and k == 0 else letters[k % len(letters)]
        if arrays.count(shape) == 1:
            names.append(letter)
        elif 1 in shape:
            names.extend(f"{letter}{i + 1}" for i in range(arrays.count(shape)))
        else:
            names.extend(
                f"{letter}{i + 1}{j + 1}" for i in range(shape[0]) for j in range(shape[1])
            )
    return names
