r"""Hypotheses that alone make a step true: what its author may have taken for granted.

Each is tried like a repair: at an example of it first, then by a proof. One that has no example
makes nothing true. Sizes that are one size (``n = m``) are tried too, also for a step that has no
meaning without.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

import sympy
from msgspec import Struct
from msgspec.structs import replace
from sympy import Basic, MatrixSymbol, Symbol

from derivcheck.algebra.goal import Condition, Goal, Hypothesis
from derivcheck.algebra.nodes import ONE, names_in, shape
from derivcheck.diagnostics import Help
from derivcheck.language.context import Context, Entry

MOST_NAMES = 4
"""Names about which something is supposed."""

MOST_FOUND = 2
"""Hypotheses that are told of a step."""

MOST_PAIRS = 3
"""Pairs of sizes that are taken for one."""

Holds = Callable[[Goal], bool]


class Missing(Struct, frozen=True):
    """Something that may be given.

    Attributes:
        latex: the given, as it is written.
        words: what it says.
        equation: both sides; None for a condition.
        condition: a condition; None for an equation.
    """

    latex: str
    words: str
    equation: tuple[Basic, Basic] | None = None
    condition: Condition | None = None

    def added(self, goal: Goal) -> Goal:
        """Return a goal with it."""
        if self.condition is not None:
            return dataclasses.replace(goal, conditions=(*goal.conditions, self.condition))
        assert self.equation is not None
        given = Hypothesis(*self.equation, self.latex, 0)
        return dataclasses.replace(goal, hypotheses=(*goal.hypotheses, given))


def missing(goal: Goal, mark: str, holds: Holds) -> Iterator[Help]:
    r"""Yield what makes a goal true when it is given: one hypothesis, or symmetry of several.

    Args:
        goal: one that is false.
        mark: how the author writes a transpose, ``^\top``.
        holds: decides whether a goal is true.

    Raises:
        Never.

    Cost:
        An evaluation for each of a dozen candidates, and a proof for those that agree.
    """
    names = _primitives(goal)
    told: set[str] = set()
    for one in _candidates(goal, names, mark):
        if len(told) >= MOST_FOUND:
            return
        if one.latex not in told and holds(one.added(goal)):
            told.add(one.latex)
            said = f"give `{one.latex}` ({one.words}): with it this step is proved"
            yield Help(said, one.latex, verified=True)
    if not told:
        yield from _all_symmetric(goal, names, mark, holds)


def _primitives(goal: Goal) -> list[Any]:
    """Return the numbers and matrices that a goal is made of, through its definitions."""
    found: dict[Any, None] = {}
    waiting = sorted(names_in(goal.lhs) | names_in(goal.rhs), key=str)
    while waiting:
        name = waiting.pop(0)
        if name in found:
            continue
        found[name] = None
        if not isinstance(name, tuple) and name in goal.definitions:
            waiting += sorted(names_in(goal.definitions[name]), key=str)
    return [
        name
        for name in found
        if isinstance(name, Symbol | MatrixSymbol)
        and name not in goal.definitions
        and not getattr(name, "is_integer", False)
    ]


def _candidates(goal: Goal, names: list[Any], mark: str) -> Iterator[Missing]:
    matrices = [name for name in names if isinstance(name, MatrixSymbol)]
    squares = [a for a in matrices if shape(a)[0] == shape(a)[1] != ONE][:MOST_NAMES]
    inverted = {c.node for c in goal.obligations if c.kind == "invertible"}
    for a in squares:
        yield _symmetric(a, mark)
    for a, b in combinations(squares, 2):
        if shape(a) == shape(b):
            ab, ba = sympy.MatMul(a, b), sympy.MatMul(b, a)
            words = f"{a} and {b} commute"
            yield Missing(f"{a} {b} = {b} {a}", words, (ab, ba))
    for a in squares:
        yield _orthonormal(a, mark, "orthogonal")
    for a in squares:
        if a not in inverted:  # an invertible idempotent matrix is I
            square = f"{_base(a)}^2 = {a}"
            yield Missing(square, f"{a} idempotent", (sympy.MatMul(a, a), a))
    for a in [a for a in matrices if shape(a)[1] == ONE != shape(a)[0]][:MOST_NAMES]:
        product = sympy.MatMul(sympy.Transpose(a), a)
        words = f"{a} has length 1"
        yield Missing(f"{_base(a)}{mark} {a} = 1", words, (product, sympy.S.One))
    for a in [a for a in matrices if shape(a)[0] != shape(a)[1] and ONE not in shape(a)]:
        yield _orthonormal(a, mark, "with orthonormal columns")
    for c in [name for name in names if isinstance(name, Symbol)][:MOST_NAMES]:
        words = f"{c} positive"
        yield Missing(f"{c} > 0", words, None, Condition("positive", c, f"{c} > 0", 0))


def _symmetric(a: Any, mark: str) -> Missing:
    latex = f"{a} = {_base(a)}{mark}"
    return Missing(latex, f"{a} symmetric", (a, sympy.Transpose(a)))


def _orthonormal(a: Any, mark: str, words: str) -> Missing:
    product = sympy.MatMul(sympy.Transpose(a), a)
    unit = sympy.Identity(shape(a)[1])
    return Missing(f"{_base(a)}{mark} {a} = I", f"{a} {words}", (product, unit))


def _base(name: Any) -> str:
    latex = str(name)
    return f"({latex})" if "^" in latex else latex


def _all_symmetric(goal: Goal, names: list[Any], mark: str, holds: Holds) -> Iterator[Help]:
    squares = [a for a in names if isinstance(a, MatrixSymbol) and shape(a)[0] == shape(a)[1]]
    needed = [_symmetric(a, mark) for a in squares if shape(a)[0] != ONE]

    def suffices(given: list[Missing]) -> bool:
        whole = goal
        for one in given:
            whole = one.added(whole)
        return holds(whole)

    if len(needed) < 2 or not suffices(needed):
        return
    for one in list(needed):
        fewer = [given for given in needed if given is not one]
        if fewer and suffices(fewer):
            needed = fewer
    told = " and ".join(f"`{given.latex}`" for given in needed)
    yield Help(f"give {told}: with them this step is proved", verified=True)


# --- sizes that are one -----------------------------------------------------------------------


def same_sizes(
    context: Context, names: set[str], goal_in: Callable[[Context], Goal | None], holds: Holds
) -> Iterator[Help]:
    """Yield two sizes that make a step true when they are one.

    Args:
        context: the names in force.
        names: those in the step.
        goal_in: reads the step with other names.
        holds: decides whether a goal is true.

    Raises:
        Never.
    """
    inside = [context.entries[name] for name in sorted(names) if name in context.entries]
    matrices = [entry.value or entry for entry in inside if (entry.value or entry).shape]
    sizes = {s for entry in matrices for size in entry.shape for s in size.free_symbols}
    pairs = list(combinations(sorted(sizes, key=str), 2))
    for kept, other in sorted(pairs, key=lambda p: not _meet(matrices, p))[:MOST_PAIRS]:
        if (kept, other) != tuple(sorted((kept, other), key=lambda s: _first(matrices, s))):
            kept, other = other, kept
        goal = goal_in(identified(context, other, kept))
        if goal is not None and goal.lhs != goal.rhs and holds(goal):
            changed = [e for e in matrices if any(s.has(other) for s in e.shape)]
            givens = [
                f"`{e.name} \\in {space_of(tuple(s.xreplace({other: kept}) for s in e.shape))}`"
                for e in changed
                if e.node not in context.definitions
            ]
            if givens:
                told = " and ".join(givens)
                said = f"if {other} = {kept} is meant, give {told}: with it this step is proved"
                yield Help(said, givens[0].strip("`") if len(givens) == 1 else None, verified=True)
                return


def _meet(matrices: list[Entry], pair: tuple[Any, Any]) -> bool:
    return any(all(any(s.has(one) for s in e.shape) for one in pair) for e in matrices)


def _first(matrices: list[Entry], size: Any) -> tuple[int, int]:
    """Return where a size is given first: its name is kept."""
    for entry in sorted(matrices, key=lambda e: e.line or 0):
        for place, one in enumerate(entry.shape):
            if one.has(size):
                return entry.line or 0, place
    return 0, 0


def space_of(sizes: tuple[Any, ...]) -> str:
    r"""Return the space of a shape: ``\mathbb{R}^{n \times m}``."""
    kept = sizes[:1] if len(sizes) == 2 and sizes[1] == ONE else sizes
    product = r" \times ".join(map(str, kept))
    return rf"\mathbb{{R}}^{{{product}}}"


def identified(context: Context, old: Any, new: Any) -> Context:
    """Return a context in which one size is another.

    Raises:
        Never.
    """
    change = {old: new}

    def put(node: Any) -> Any:
        return node.xreplace(change) if isinstance(node, Basic) else node

    def entry(known: Entry) -> Entry:
        return replace(
            known,
            node=put(known.node),
            shape=tuple(map(put, known.shape)),
            range=tuple(map(put, known.range)),
            value=entry(known.value) if known.value is not None else None,
        )

    return replace(
        context,
        entries={name: entry(known) for name, known in context.entries.items()},
        definitions={put(name): put(value) for name, value in context.definitions.items()},
        hypotheses=[
            dataclasses.replace(h, lhs=put(h.lhs), rhs=put(h.rhs)) for h in context.hypotheses
        ],
        conditions=[dataclasses.replace(c, node=put(c.node)) for c in context.conditions],
        ranges={name: put(size) for name, size in context.ranges.items()},
        ones=tuple(map(put, context.ones)) if context.ones is not None else None,
    )
