"""Random exact examples of what a goal assumes.

An example is an ``Assignment`` at which every hypothesis, condition and obligation *certainly*
holds; that is checked at the end whatever way the values were found. Finding none proves nothing:
the reason says what was tried. Random choices depend on the seed alone.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Sequence
from random import Random

from flint import fmpq
from msgspec import Struct, field
from sympy import Basic, MatrixSymbol

from derivcheck.algebra import arrays, nodes
from derivcheck.algebra.arrays import Array, Element
from derivcheck.algebra.goal import Goal
from derivcheck.limits import EVALUATION as WORK
from derivcheck.limits import EVALUATIONS as TOTAL_WORK
from derivcheck.limits import FREE_ENTRIES as _MOST_FREE_ENTRIES
from derivcheck.limits import PLANS as _MOST_CHOICES
from derivcheck.prover.dense import Evaluator
from derivcheck.prover.exact.assignment import Assignment, Family, Key, key_of
from derivcheck.prover.exact.constraints import (
    Constraint,
    all_hold,
    constraints_of,
    holds,
    is_size,
    is_unknown,
)
from derivcheck.prover.exact.duals import OutOfBudgetError, UndefinedError, UnsupportedError
from derivcheck.prover.exact.evaluation import Meter
from derivcheck.prover.exact.functions import (
    AbstractFunction,
    Multivariate,
    Univariate,
    random_multivariate,
    random_univariate,
    simple_multivariates,
    simple_univariates,
    with_shift,
)
from derivcheck.prover.exact.matrices import GENERATORS, POOLS, Draw
from derivcheck.prover.exact.names import Structure, free_names
from derivcheck.prover.exact.solving import solve
from derivcheck.prover.limits_met import OUT_OF_BUDGET

_MOST_PLANS = 12
_DRAWS = 4
_DRAWS_OF_A_KIND = 3
_GUESSES = 60
_MOST_GUESSED_ENTRIES = 12
_MOST_PAIRS = 24


def seeded(*parts: object) -> Random:
    """Return a random source that depends on the given words and numbers alone.

    Raises:
        Never.

    Example:
        >>> seeded("step", 1).getrandbits(64) == seeded("step", 1).getrandbits(64)
        True
    """
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()
    return Random(int.from_bytes(digest, "big"))


class Unknown(Struct, frozen=True):
    """A name that needs a value.

    Attributes:
        key: what the value belongs to.
        shape: the sizes of its axes (of each member, for a family).
        ranges: for a family, what each index runs over: sizes and single positions.
    """

    key: Key
    shape: tuple[Basic, ...]
    ranges: tuple[tuple[Basic, ...], ...] = ()


Entries = list[Element]
Plan = tuple[tuple[int, Key], ...]
"""Which name each equation about several names is solved for."""


class Sampler(Struct):
    """Draws examples for one goal, remembering which kinds of values satisfied what is given.

    Attributes:
        goal: the goal.
        structure: its definitions.
        sizes: the size symbols, in the order of their names.
        given: the constraints that share a name with the goal, directly or through others.
        obligations: the side conditions of the step itself.
        unknowns: every name that needs a value.
        indices: the free index variables of the goal.
        work: the ring operations allowed for one evaluation.
        meter: those left for all of them.
    """

    goal: Goal
    structure: Structure
    sizes: tuple[Basic, ...]
    given: list[Constraint]
    obligations: list[Constraint]
    unknowns: dict[Key, Unknown]
    indices: tuple[Basic, ...]
    work: int
    meter: Meter
    _kinds: dict[Key, str] = field(default_factory=dict)
    _plan: Plan | None = None
    _doubtful: Constraint | None = None

    @classmethod
    def of(cls, goal: Goal, work: int = WORK, total: int = TOTAL_WORK) -> Sampler:
        """Return the sampler of a goal.

        Args:
            goal: the goal.
            work: the ring operations allowed for one evaluation.
            total: those allowed for all of them.

        Raises:
            UnsupportedError: if the definitions go round in a circle.

        Cost:
            Linear in the goal.
        """
        structure = Structure(goal.definitions)
        given, obligations = constraints_of(goal, structure)
        starts = [goal.lhs, goal.rhs, *(node for c in obligations for node in c.nodes)]
        names = free_names(starts, structure)
        keys = {key_of(n) for n in names if is_unknown(n)}
        kept = [c for c in given if not c.keys]
        waiting = [c for c in given if c.keys]
        while any(c.keys & keys for c in waiting):
            for c in [c for c in waiting if c.keys & keys]:
                kept.append(c)
                waiting.remove(c)
                keys |= c.keys
        all_names = names | free_names([node for c in kept for node in c.nodes], structure)
        sizes = sorted((n for n in all_names if is_size(n)), key=_order)
        indices = sorted((n for n in names if isinstance(n, nodes.IndexVariable)), key=_order)
        return cls(
            goal,
            structure,
            tuple(sizes),
            [c for c in given if c in kept],
            obligations,
            _unknowns(n for n in all_names if is_unknown(n)),
            tuple(indices),
            work,
            Meter(total),
        )

    def evaluator(self, assignment: Assignment, arithmetic: str = "exact") -> Evaluator:
        """Return an evaluation that draws on the work left for the goal.

        Raises:
            Never.
        """
        return Evaluator(
            self.structure, assignment, arithmetic=arithmetic, work=self.work, meter=self.meter
        )

    def satisfied(self, assignment: Assignment) -> bool:
        """Return whether everything that must hold certainly does.

        Raises:
            UnsupportedError, OutOfBudgetError: if that cannot be evaluated at all.
        """
        evaluator = self.evaluator(assignment)
        # what failed last fails again most likely, so it is looked at first
        ordered = sorted(self.constraints, key=lambda c: c is not self._doubtful)
        self._doubtful = next((c for c in ordered if not holds(c, evaluator)), None)
        return self._doubtful is None

    @property
    def constraints(self) -> list[Constraint]:
        """Everything that must hold at an example."""
        return self.given + self.obligations

    def draw(
        self, sizes: dict[Basic, int], seed: str, pool: str = "generic"
    ) -> tuple[Assignment | None, str]:
        """Return an example at the given sizes, or None and the reason.

        Args:
            sizes: a value for each of ``self.sizes``.
            seed: decides every random choice.
            pool: ``binary``, ``small`` or ``generic``: how simple entries and functions are.

        Raises:
            Never.

        Cost:
            A bounded number of draws; about one evaluation of the constraints when the first
            guess of each name's kind is right.
        """
        try:
            return self._draw(sizes, seeded(seed, pool, sorted(map(str, sizes.items()))), pool)
        except ArithmeticError as error:
            return None, f"what is given has no value at these sizes ({error})"
        except UnsupportedError as error:
            return None, f"what is given cannot be evaluated ({error})"
        except OutOfBudgetError as error:
            return None, f"{OUT_OF_BUDGET}what is given cannot be evaluated ({error})"

    # --- drawing --------------------------------------------------------------------------

    def _draw(
        self, sizes: dict[Basic, int], random: Random, pool: str
    ) -> tuple[Assignment | None, str]:
        draft = _Draft(self, sizes, random, pool)
        only_sizes = [c for c in self.constraints if not c.keys and not c.indices]
        for c in only_sizes:
            if not holds(c, self.evaluator(draft.assignment)):
                return None, f"{c.latex} does not hold"
        plans = self._plans(draft)
        for plan in plans:
            if draft.failed - {key for _, key in plan}:
                continue
            found = draft.follow(plan)
            if found is not None and self.satisfied(found):
                self._plan = plan
                return found, ""
        if draft.failed:
            return None, draft.blocked
        found = draft.guess() or draft.vanish()
        if found is not None:
            return found, ""
        doubtful = self._doubtful
        about = f" at which {doubtful.latex}" if doubtful and doubtful.latex else ""
        return None, f"no values found{about} together with all else that is given"

    def _plans(self, draft: _Draft) -> list[Plan]:
        """Return which names to solve the equations about several names for, likeliest first."""
        several = [
            (i, c) for i, c in enumerate(self.given) if c.kind == "equation" and len(c.keys) > 1
        ]
        if not several:
            return [()] * (_DRAWS if self.constraints else 1)
        choices = [
            sorted(((draft.rank(key, c), str(key), key) for key in c.keys), key=lambda t: t[:2])
            for _, c in several
        ]
        ranked: list[tuple[int, int, Plan]] = []
        every = itertools.product(*(range(len(c)) for c in choices))
        for number, picks in enumerate(itertools.islice(every, _MOST_CHOICES // len(choices))):
            picked = [options[p] for options, p in zip(choices, picks, strict=True)]
            cost = sum(rank for rank, _, _ in picked)
            plan = tuple((i, key) for (i, _), (_, _, key) in zip(several, picked, strict=True))
            ranked.append((cost, number, plan))
        plans = [plan for _, _, plan in sorted(ranked, key=lambda t: t[:2])[:_MOST_PLANS]]
        if self._plan is not None:
            plans = [self._plan, *(p for p in plans if p != self._plan)]
        return plans


def _order(node: Basic) -> tuple[str, str]:
    """Order names by their letters; SymPy's printer is needed for members only."""
    if isinstance(node, (nodes.ScalarMember, nodes.MatrixMember)):
        return str(node.args[0].name), str(nodes.member_indices(node))
    return str(node.name), type(node).__name__


def _unknowns(names: Iterator[Basic]) -> dict[Key, Unknown]:
    found: dict[Key, Unknown] = {}
    for node in sorted(names, key=_order):
        key = key_of(node)
        if isinstance(key, Family):
            before = found[key].ranges if key in found else ((),) * key.order
            ranges = tuple(
                (*range_, index.size if isinstance(index, nodes.IndexVariable) else index)
                for range_, index in zip(before, nodes.member_indices(node), strict=True)
            )
            found[key] = Unknown(key, nodes.shape(node), ranges)
        elif isinstance(node, MatrixSymbol):
            found[key] = Unknown(key, nodes.shape(node))
        else:
            found[key] = Unknown(key, ())
    return found


class _Draft:
    """One attempt at an example: some names have values, the others wait."""

    def __init__(
        self, sampler: Sampler, sizes: dict[Basic, int], random: Random, pool: str
    ) -> None:
        self.sampler = sampler
        self.random = random
        self.pool = pool
        self.blocked = ""
        self.failed: set[Key] = set()
        self.assignment = Assignment(sizes=dict(sizes))
        self._measure = sampler.evaluator(self.assignment)
        for index in sampler.indices:
            top = self._measure.integer(index.size)
            self.assignment.indices[index] = random.randint(1, top)
        total = sum(self._length(u) for u in sampler.unknowns.values())
        if total > _MOST_FREE_ENTRIES:
            raise OutOfBudgetError(f"{total} free entries")

    # --- names as flat lists of entries -----------------------------------------------------

    def _shape(self, unknown: Unknown) -> tuple[int, ...]:
        shape = tuple(self._measure.integer(size) for size in unknown.shape)
        if any(size < 1 for size in shape):
            raise UndefinedError("an array without entries")
        return shape

    def _positions(self, unknown: Unknown) -> list[tuple[int, ...]]:
        tops = [max(self._measure.integer(r) for r in ranges) for ranges in unknown.ranges]
        if arrays.count(tops) > _MOST_FREE_ENTRIES:
            raise OutOfBudgetError(f"{arrays.count(tops)} members of a family")
        return list(itertools.product(*(range(1, top + 1) for top in tops)))

    def _arguments(self, function: Basic) -> int:
        return sum(
            arrays.count(self._measure.integer(size) for size in domain)
            for domain in function.domains
        )

    def _values(self, function: Basic) -> int:
        return arrays.count(self._measure.integer(size) for size in function.value_shape)

    def _length(self, unknown: Unknown) -> int:
        if isinstance(unknown.key, nodes.FunctionSymbol):
            return self._arguments(unknown.key) + self._values(unknown.key)
        members = len(self._positions(unknown)) if isinstance(unknown.key, Family) else 1
        return members * arrays.count(self._shape(unknown))

    def _place(self, assignment: Assignment, unknown: Unknown, entries: Entries) -> None:
        shape = self._shape(unknown)
        if isinstance(unknown.key, Family):
            size = arrays.count(shape)
            for k, positions in enumerate(self._positions(unknown)):
                part = entries[k * size : (k + 1) * size]
                assignment.members[unknown.key, positions] = Array(shape, part)
        else:
            assignment.values[unknown.key] = Array(shape, entries)

    def rank(self, key: Key, constraint: Constraint) -> int:
        """Return how unlikely it is that an equation can be solved for a name."""
        if isinstance(key, nodes.FunctionSymbol):
            return 300
        alone = any(
            key_of(side) == key
            and key not in {key_of(n) for n in free_names([other], self.sampler.structure)}
            for side, other in (constraint.nodes, constraint.nodes[::-1])
            if isinstance(key, Family) or side == key
        )
        singles = [c for c in self.sampler.given if c.keys == {key} and c.kind == "equation"]
        size = self._length(self.sampler.unknowns[key])
        return (0 if alone else 100 - min(size, 60)) + 20 * len(singles)

    # --- following a plan -------------------------------------------------------------------

    def follow(self, plan: Plan) -> Assignment | None:
        """Draw the names that no equation is solved for, then solve for the others in turn."""
        self.assignment = Assignment(
            dict(self.assignment.sizes), indices=dict(self.assignment.indices)
        )
        solved = {key for _, key in plan}
        known: set[Key] = set()
        for key, unknown in self.sampler.unknowns.items():
            if key not in solved:
                if not self._draw_alone(unknown):
                    return None
                known.add(key)
        waiting = set(solved)
        while waiting:
            ready = [
                key
                for key in sorted(waiting, key=str)
                if all(
                    self.sampler.given[i].keys <= known | {key}
                    for i, target in plan
                    if target == key
                )
            ]
            if not ready:
                return None
            key = ready[0]
            if not self._solve_for(self.sampler.unknowns[key], known):
                return None
            waiting.remove(key)
            known.add(key)
        self._lift()
        return self.assignment

    # B + c I is positive semidefinite for large c
    def _lift(self) -> None:
        """Add to variances what makes covariances of several names possible."""
        for c in self.sampler.constraints:
            node = c.nodes[0]
            if c.kind != "positive-semidefinite" or not isinstance(node, nodes.Blocks):
                continue
            evaluator = self.sampler.evaluator(self.assignment)
            if holds(c, evaluator):
                continue
            rows = evaluator.value(node).rows()
            enough = max(sum((abs(x) for x in row), fmpq(0)) for row in rows)
            for k, row in enumerate(node.args):
                old = self.assignment.values.get(row[k])
                if old is not None:
                    one = (
                        arrays.identity(old.shape[0]).map(fmpq)
                        if old.shape
                        else arrays.number(fmpq(1))
                    )
                    self.assignment.values[row[k]] = arrays.add(old, arrays.scale(enough, one))

    def _about(self, key: Key, known: set[Key]) -> list[Constraint]:
        return [c for c in self.sampler.constraints if key in c.keys and c.keys <= known | {key}]

    def _draw_alone(self, unknown: Unknown) -> bool:
        """Give a name a value at which everything that is about it alone holds."""
        alone = self._about(unknown.key, set())
        if isinstance(unknown.key, nodes.FunctionSymbol):
            self.assignment.functions[unknown.key] = self._function(unknown.key)
            return not alone or self._holds(alone) or self._solve_for(unknown, set())
        if not alone:
            self._place(self.assignment, unknown, self._generic(unknown))
            return True
        for kind in self._kinds_to_try(unknown.key, alone):
            for _ in range(_DRAWS_OF_A_KIND):
                if kind == "solved":
                    if not self._solve_for(unknown, set()):
                        break
                else:
                    entries = self._entries(unknown, kind, alone)
                    if entries is None:
                        break
                    self._place(self.assignment, unknown, entries)
                if self._holds(alone):
                    self.sampler._kinds[unknown.key] = kind
                    return True
                if kind not in _WORTH_ANOTHER_DRAW and self.pool == "generic":
                    break
        if any(c.kind == "equation" for c in alone) and self._guessed([unknown], alone):
            return True
        self.blocked = "no values found at which " + " and ".join(c.latex for c in alone)
        self.failed.add(unknown.key)
        return False

    def _kinds_to_try(self, key: Key, alone: list[Constraint]) -> list[str]:
        kinds = list(GENERATORS)
        if any(c.kind == "range" for c in alone):
            kinds.insert(0, "allowed")
        if any(c.kind == "equation" for c in alone):
            kinds.insert(1, "solved")
        first = self.sampler._kinds.get(key)
        return [first, *(k for k in kinds if k != first)] if first else kinds

    def _holds(self, constraints: Sequence[Constraint]) -> bool:
        return all_hold(constraints, self.sampler.evaluator(self.assignment))

    def _generic(self, unknown: Unknown) -> Entries:
        entries = self._entries(unknown, "generic")
        assert entries is not None
        return entries

    def _entries(
        self, unknown: Unknown, kind: str, alone: Sequence[Constraint] = ()
    ) -> Entries | None:
        pool: Sequence[int] = POOLS[self.pool]
        if kind == "allowed":
            pool = next(c.values for c in alone if c.kind == "range")
            kind = "generic"
        draw = Draw(self.random, pool)
        shape = self._shape(unknown) or (1, 1)
        generator = GENERATORS[kind]
        if not isinstance(unknown.key, Family):
            whole = generator(draw, *shape)
            return None if whole is None else self._fitting(unknown, whole.entries)
        members = self._positions(unknown)
        if kind.startswith("orthonormal") and shape[1] == 1 and len(members) <= shape[0]:
            # x_iᵀ x_j = δ_ij: the members are the columns of one matrix
            columns = GENERATORS["orthonormal-columns"](draw, shape[0], len(members))
            return None if columns is None else arrays.transpose(columns).entries
        entries: Entries = []
        for _ in members:
            part = generator(draw, *shape)
            if part is None:
                return None
            entries.extend(part.entries)
        return entries

    def _fitting(self, unknown: Unknown, entries: Entries) -> Entries:
        """Return entries that also have the sign that the symbol itself asks for."""
        node = unknown.key
        if getattr(node, "is_positive", False):
            return [abs(x) or fmpq(1) for x in entries]
        if getattr(node, "is_nonnegative", False):
            return [abs(x) for x in entries]
        if getattr(node, "is_negative", False):
            return [-abs(x) or fmpq(-1) for x in entries]
        if getattr(node, "is_nonzero", False):
            return [x or fmpq(1) for x in entries]
        return entries

    def _function(self, symbol: Basic) -> AbstractFunction:
        simple = self.pool != "generic"
        if symbol.domains == ((),) and not symbol.value_shape:
            if simple and self.random.randrange(4):
                return self.random.choice(simple_univariates())
            return random_univariate(self.random)
        arguments, values = self._arguments(symbol), self._values(symbol)
        if simple and self.random.randrange(4):
            choices = simple_multivariates(arguments)
            return tuple(self.random.choice(choices) for _ in range(values))
        return tuple(random_multivariate(self.random, arguments) for _ in range(values))

    def _solve_for(self, unknown: Unknown, known: set[Key]) -> bool:
        """Give a name the values that its linear equations ask for, the rest at random."""
        about = self._about(unknown.key, known)
        equations = [c for c in about if c.kind == "equation"]
        for _ in range(_DRAWS_OF_A_KIND):
            found = self._solved(unknown, equations)
            if found is None:
                return False
            self.assignment = found
            if self._holds(about):
                return True
        return False

    def _solved(self, unknown: Unknown, equations: list[Constraint]) -> Assignment | None:
        key = unknown.key
        if isinstance(key, nodes.FunctionSymbol):
            return self._solved_function(key, equations)
        start = self._generic(unknown)

        def placed(entries: Sequence[Element]) -> Assignment:
            assignment = self.assignment.copy()
            self._place(assignment, unknown, list(entries))
            return assignment

        entries = solve(equations, self.sampler.evaluator, placed, start)
        return None if entries is None else placed(entries)

    def _solved_function(self, key: Basic, equations: list[Constraint]) -> Assignment | None:
        """Solve for the constant and linear coefficients of a function."""
        base = self._function(key)

        def placed(shift: Sequence[Element]) -> Assignment:
            assignment = self.assignment.copy()
            assignment.functions[key] = _shifted(base, shift)
            return assignment

        count = 3 if isinstance(base, Univariate) else len(base) * (self._arguments(key) + 1)
        shift = solve(equations, self.sampler.evaluator, placed, [fmpq(0)] * count)
        return None if shift is None else placed(shift)

    def guess(self) -> Assignment | None:
        """Draw everything at random from few numbers and hope, at small sizes."""
        constraints = self.sampler.constraints
        if not constraints or not self._guessed([*self.sampler.unknowns.values()], constraints):
            return None
        return self.assignment

    # C b = α a and Cᵀ a = α b hold where a and b are 0
    def vanish(self) -> Assignment | None:
        """Set one or two names that several equations share to 0, and draw the others."""
        linked = [c for c in self.sampler.given if len(c.keys) > 1]
        keys = sorted({key for c in linked for key in c.keys}, key=str)
        keys = [key for key in keys if not getattr(key, "is_nonzero", False)]
        pairs = [*((key,) for key in keys), *itertools.combinations(keys, 2)]
        for zero in pairs[:_MOST_PAIRS]:
            self.assignment = Assignment(
                dict(self.assignment.sizes), indices=dict(self.assignment.indices)
            )
            for key, unknown in self.sampler.unknowns.items():
                if key not in zero:
                    self._draw_alone(unknown)
                elif isinstance(key, nodes.FunctionSymbol):
                    single = key.domains == ((),) and not key.value_shape
                    nothing = (
                        Univariate((0,)) if single else (Multivariate(()),) * self._values(key)
                    )
                    self.assignment.functions[key] = nothing
                else:
                    self._place(self.assignment, unknown, [fmpq(0)] * self._length(unknown))
            if not self.failed and self.sampler.satisfied(self.assignment):
                return self.assignment
        return None

    def _guessed(self, unknowns: Sequence[Unknown], constraints: Sequence[Constraint]) -> bool:
        """Give names random values from few numbers until the constraints hold."""
        if sum(self._length(unknown) for unknown in unknowns) > _MOST_GUESSED_ENTRIES:
            return False
        for _ in range(_GUESSES):
            pool = POOLS[self.random.choice(("binary", "small"))]
            for unknown in unknowns:
                if isinstance(unknown.key, nodes.FunctionSymbol):
                    self.assignment.functions[unknown.key] = self._function(unknown.key)
                    continue
                entries = [fmpq(self.random.choice(pool)) for _ in range(self._length(unknown))]
                self._place(self.assignment, unknown, self._fitting(unknown, entries))
            if self._holds(constraints):
                return True
        return False


_WORTH_ANOTHER_DRAW = frozenset({"generic", "positive", "allowed", "solved"})


def _shifted(base: AbstractFunction, shift: Sequence[Element]) -> AbstractFunction:
    if isinstance(base, Univariate):
        padded = (*base.coefficients, *[0] * (len(shift) - len(base.coefficients)))
        return Univariate(
            tuple(c + (shift[i] if i < len(shift) else 0) for i, c in enumerate(padded))
        )
    each = len(shift) // len(base)
    parts: list[Multivariate] = [
        with_shift(p, shift[i * each : (i + 1) * each]) for i, p in enumerate(base)
    ]
    return tuple(parts)
