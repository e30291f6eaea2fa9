"""What a goal assumes, as constraints that hold or do not hold at exact values.

A constraint *holds* only if that is certain: a ball never makes an equation true.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TypeVar

from flint import arb
from msgspec import Struct
from sympy import Basic, Symbol

from derivcheck.algebra import arrays, nodes
from derivcheck.algebra.arrays import Array, Element
from derivcheck.algebra.functions import KNOWN_FUNCTIONS
from derivcheck.algebra.goal import Condition, Goal, Hypothesis
from derivcheck.limits import INSTANCES as _MOST_INSTANCES
from derivcheck.prover.dense import Evaluator
from derivcheck.prover.exact.assignment import NAMES, Key, key_of
from derivcheck.prover.exact.duals import OutOfBudgetError, UnsupportedError
from derivcheck.prover.exact.moments import factored
from derivcheck.prover.exact.names import Structure, free_names

Result = TypeVar("Result")


def is_size(node: Basic) -> bool:
    """Return whether a symbol counts something: a size or a natural number.

    Raises:
        Never.
    """
    return isinstance(node, Symbol) and bool(node.is_integer and node.is_nonnegative)


class Constraint(Struct, frozen=True):
    """An equation or a side condition.

    Attributes:
        kind: ``equation`` or the kind of a ``Condition``.
        nodes: both sides, or the node of the condition.
        values: the numbers allowed, for ``range``.
        keys: the names that need values, without sizes and indices.
        sizes: the sizes it mentions.
        indices: index variables for all of whose values it holds.
        latex: the author's words.
    """

    kind: str
    nodes: tuple[Basic, ...]
    values: tuple[int, ...]
    keys: frozenset[Key]
    sizes: frozenset[Basic]
    indices: tuple[Basic, ...]
    latex: str

    def holds(self, evaluator: Evaluator) -> bool:
        """Return whether the constraint certainly holds.

        Raises:
            UndefinedError, UncertainError, UnsupportedError, OutOfBudgetError: as the evaluator.
        """
        test = _HOLDS.get(self.kind)
        if test is None:
            raise UnsupportedError(f"a condition of kind {self.kind}")
        return all(
            self.each(evaluator, lambda e: test([e.value(n) for n in self.nodes], self.values))
        )

    def each(self, evaluator: Evaluator, function: Callable[[Evaluator], Result]) -> list[Result]:
        """Return what a function finds for each value of the indices the constraint is about.

        Raises:
            OutOfBudgetError: if they are too many.
            As ``function``.
        """
        if not self.indices:
            return [function(evaluator)]
        ranges = [range(1, evaluator.integer(index.size) + 1) for index in self.indices]
        if arrays.count(len(r) for r in ranges) > _MOST_INSTANCES:
            raise OutOfBudgetError(f"a given that speaks of over {_MOST_INSTANCES} positions")
        found = []
        through_definitions = evaluator.structure.defined_by_any(self.indices)
        for positions in itertools.product(*ranges):
            bound = dict(zip(self.indices, positions, strict=True))
            if not through_definitions:
                with evaluator.bind_indices(bound):
                    found.append(function(evaluator))
                continue
            assignment = evaluator.assignment.copy()
            assignment.indices.update(bound)
            found.append(
                function(
                    Evaluator(
                        evaluator.structure,
                        assignment,
                        work=evaluator.work,
                        meter=evaluator.meter,
                    )
                )
            )
        return found


def constraints_of(goal: Goal, structure: Structure) -> tuple[list[Constraint], list[Constraint]]:
    """Return what is given and what the step itself needs.

    Raises:
        Never.
    """
    fixed = free_names([goal.lhs, goal.rhs], structure)
    given = [_constraint(part, structure, fixed) for part in goal.hypotheses]
    given += [_constraint(part, structure, fixed) for part in goal.conditions]
    own = [_constraint(part, structure, fixed, own=True) for part in goal.obligations]
    return given, own


def _constraint(
    part: Hypothesis | Condition, structure: Structure, fixed: set[Basic], *, own: bool = False
) -> Constraint:
    parts = (part.lhs, part.rhs) if isinstance(part, Hypothesis) else (part.node,)
    names = free_names(parts, structure)
    keys = frozenset(key_of(n) for n in names if is_unknown(n))
    indices = sorted((n for n in names if isinstance(n, nodes.IndexVariable)), key=str)
    return Constraint(
        part.kind if isinstance(part, Condition) else "equation",
        parts,
        part.values if isinstance(part, Condition) else (),
        keys,
        frozenset(n for n in names if is_size(n)),
        # what is given holds for all values of an index; a relation of indices alone, and what the
        # step itself needs, is about the values at which the step is looked at
        tuple(i for i in indices if i not in fixed or (keys and not own)),
        part.latex,
    )


def is_unknown(node: Basic) -> bool:
    """Return whether a free name is to be given a value of its own: no size, index or exp.

    Raises:
        Never.
    """
    if isinstance(node, nodes.FunctionSymbol):
        return node.name not in KNOWN_FUNCTIONS
    return (
        isinstance(node, NAMES) and not isinstance(node, nodes.IndexVariable) and not is_size(node)
    )


def all_hold(constraints: Sequence[Constraint], evaluator: Evaluator) -> bool:
    """Return whether all constraints certainly hold; where one is undefined it does not.

    Raises:
        UnsupportedError, OutOfBudgetError: if a constraint cannot be evaluated at all.
    """
    return all(holds(constraint, evaluator) for constraint in constraints)


def holds(constraint: Constraint, evaluator: Evaluator) -> bool:
    """Return whether a constraint certainly holds; where it is undefined it does not.

    Raises:
        UnsupportedError, OutOfBudgetError: if it cannot be evaluated at all.
    """
    try:
        return constraint.holds(evaluator)
    except ArithmeticError:
        return False


def _equal(values: list[Array], _: tuple[int, ...]) -> bool:
    lhs, rhs = values
    if lhs.shape != rhs.shape and arrays.count(lhs.shape) != arrays.count(rhs.shape):
        return False
    return all(_is_zero(x - y) for x, y in zip(lhs.entries, rhs.entries, strict=True))


def _is_zero(x: Element) -> bool:
    return bool(x.is_zero() if isinstance(x, arb) else x == 0)


def _each(values: list[Array], holds_at: str) -> bool:
    tests = {
        "positive": lambda x: x > 0,
        "nonnegative": lambda x: x >= 0,
        "nonzero": lambda x: x != 0,
    }
    return all(bool(tests[holds_at](x)) for x in values[0].entries)


def _is_square(a: Array) -> bool:
    return len(a.shape) == 2 and a.shape[0] == a.shape[1]


def _invertible(values: list[Array], _: tuple[int, ...]) -> bool:
    a = values[0]
    if not a.shape:
        return bool(a.entries[0] != 0)
    return _is_square(a) and bool(arrays.determinant(a).entries[0] != 0)


def _minor(a: Array, rows: tuple[int, ...]) -> Element:
    n = a.shape[0]
    inner = [a.entries[i * n + j] for i in rows for j in rows]
    return arrays.determinant(Array((len(rows), len(rows)), inner)).entries[0]


def _is_symmetric(a: Array) -> bool:
    return _is_square(a) and _equal([a, arrays.transpose(a)], ())


# Sylvester: the leading principal minors of a symmetric matrix are positive
def _positive_definite(values: list[Array], _: tuple[int, ...]) -> bool:
    a = values[0] if values[0].shape else Array((1, 1), values[0].entries)
    return _is_symmetric(a) and all(
        bool(_minor(a, tuple(range(k))) > 0) for k in range(1, a.shape[0] + 1)
    )


# a symmetric matrix is L D Lᵀ with D ≥ 0
def _positive_semidefinite(values: list[Array], _: tuple[int, ...]) -> bool:
    a = values[0] if values[0].shape else Array((1, 1), values[0].entries)
    if not _is_symmetric(a):
        return False
    factored(a.rows())  # or it raises
    return True


def _in_range(values: list[Array], allowed: tuple[int, ...]) -> bool:
    return all(any(_is_zero(x - v) for v in allowed) for x in values[0].entries)


def _full_column_rank(values: list[Array], _: tuple[int, ...]) -> bool:
    a = values[0]
    return _invertible([arrays.product(arrays.transpose(a), a)], ())


def _full_row_rank(values: list[Array], _: tuple[int, ...]) -> bool:
    return _full_column_rank([arrays.transpose(values[0])], ())


_HOLDS: dict[str, Callable[[list[Array], tuple[int, ...]], bool]] = {
    "equation": _equal,
    "invertible": _invertible,
    "positive": lambda values, _: _each(values, "positive"),
    "nonnegative": lambda values, _: _each(values, "nonnegative"),
    "nonzero": lambda values, _: _each(values, "nonzero"),
    "positive-definite": _positive_definite,
    "positive-semidefinite": _positive_semidefinite,
    "range": _in_range,
    "full-column-rank": _full_column_rank,
    "full-row-rank": _full_row_rank,
    # a kink shows when the derivative there is evaluated; the node itself needs only a value
    "differentiable": lambda values, _: bool(values),
}
