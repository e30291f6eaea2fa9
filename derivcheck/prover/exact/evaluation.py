"""The state of one exact evaluation: bindings, remembered values, numbers and the budget.

Values are remembered where they belong: with the innermost derivative, sum or family that binds a
name they depend on. What a node means is not known here (see ``prover.dense``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

import sympy
from flint import arb, fmpq, nmod
from sympy import Basic, Symbol

from derivcheck.algebra import arrays, nodes
from derivcheck.algebra.arrays import Array, Element
from derivcheck.limits import ARRAY_ENTRIES as _MOST_ENTRIES
from derivcheck.limits import EVALUATION as WORK
from derivcheck.limits import NUMBER_BITS as _MOST_BITS
from derivcheck.limits import SIZE_POWER as _LARGEST_EXPONENT
from derivcheck.prover.exact.assignment import (
    Assignment,
    Family,
    Key,
    Member,
    key_of,
)
from derivcheck.prover.exact.duals import (
    OutOfBudgetError,
    UndefinedError,
    UnsupportedError,
    number_below,
    power,
)
from derivcheck.prover.exact.names import Structure

PRIME = 2**61 - 1
"""The modulus of residues; a difference of residues is a difference of the rationals."""


Value = Any
"""An element of the ring for a number, an ``Array`` for a matrix or tensor."""


class Frame:
    """What a derivative, a sum or a family binds, and the values that depend on it."""

    __slots__ = ("families", "mask", "memo", "names", "resolved", "weight")

    def __init__(self, mask: int, weight: int) -> None:
        self.mask = mask
        self.weight = weight
        self.names: dict[Key | Member, Value] = {}
        self.families: dict[Family, Callable[[tuple[int, ...]], Value]] = {}
        self.memo: dict[int, tuple[Basic, Value]] = {}
        self.resolved: dict[Key | Member, Value] = {}


class Meter:
    """Ring operations left for everything that is done about one goal.

    Attributes:
        left: how many.
    """

    __slots__ = ("left",)

    def __init__(self, left: int) -> None:
        self.left = left


Rule = Callable[["Evaluation", Any], Value]
"""What a class of nodes means: the state and the node to the value."""


class Evaluation:
    """Values of nodes in one assignment.

    Attributes:
        structure: the definitions, shared between evaluators of one goal.
        assignment: the values of everything else.
        arithmetic: ``exact`` (rationals, then balls), ``ball`` (balls throughout) or ``modular``.
        work: the ring operations that are left for this evaluation.
        meter: those left for the goal altogether.
        groups: the number of the last group of infinitesimals opened.
        weight: how many numbers one number of the current binding stands for.
        rules: what each class of nodes means; given by ``prover.dense``.
    """

    rules: ClassVar[Mapping[type, Rule]] = {}

    def __init__(
        self,
        structure: Structure,
        assignment: Assignment,
        *,
        arithmetic: str = "exact",
        work: int = WORK,
        meter: Meter | None = None,
    ) -> None:
        self.structure = structure
        self.assignment = assignment
        self.arithmetic = arithmetic
        self.work = work
        self.meter = meter or Meter(work)
        self.frames = [Frame(-1, 1)]
        self.weight = 1
        self.groups = 0
        self._index_mask = 0
        self._sizes: dict[Basic, int] = {}

    def value(self, node: Basic) -> Array:
        """Return the value of a node; a number is an array of order 0.

        Raises:
            UndefinedError: if the node has no value here.
            UncertainError: if this precision of balls does not tell.
            UnsupportedError: for a node without a rule, a name without a value, shapes that clash.
            OutOfBudgetError: before work that exceeds the budget.

        Cost:
            Each node once for each binding of the names it depends on.
        """
        try:
            value = self.evaluate(node)
        except ValueError as error:
            raise UnsupportedError(f"shapes that do not fit: {error}") from error
        except ZeroDivisionError as error:
            raise UndefinedError("division by 0") from error
        except RecursionError as error:
            raise OutOfBudgetError("the expression is nested too deeply") from error
        return value if isinstance(value, Array) else arrays.number(value)

    # --- remembering ----------------------------------------------------------------------

    def evaluate(self, node: Basic) -> Value:
        """Return the value of a node, remembered where it belongs.

        Raises:
            As ``value``, and ``ValueError`` where shapes clash.
        """
        rule = self.rules.get(type(node)) or self._inherited_rule(type(node))
        home = self.frames[0]
        if len(self.frames) > 1:
            home = self._home(self.structure.dependencies(node))
        found = home.memo.get(id(node))
        if found is not None:
            return found[1]
        outer, self.weight = self.weight, home.weight
        self.spend(1)
        try:
            value = rule(self, node)
        finally:
            self.weight = outer
        if isinstance(value, Array) and not value.shape:
            value = value.entries[0]
        home.memo[id(node)] = (node, value)
        return value

    def _inherited_rule(self, kind: type) -> Rule:
        """Return the rule of SymPy's own special cases: 1 and ½ are Rationals."""
        for base in (sympy.Rational, Symbol):
            if issubclass(kind, base) and base in self.rules:
                return self.rules[base]
        raise UnsupportedError(f"no rule for {kind.__name__}")

    def _home(self, mask: int) -> Frame:
        """Return the innermost frame that binds anything of the mask."""
        for frame in reversed(self.frames):
            if frame.mask & mask:
                return frame
        return self.frames[0]

    @contextmanager
    def binding(self, frame: Frame) -> Iterator[Frame]:
        """Let a frame bind its names inside of the ``with`` block.

        Raises:
            Never.
        """
        outer = self._index_mask
        self._index_mask = outer | (frame.mask & self.structure.index_mask)
        self.frames.append(frame)
        try:
            yield frame
        finally:
            self.frames.pop()
            self._index_mask = outer

    @contextmanager
    def within(self, frames: list[Frame]) -> Iterator[None]:
        """Go back to the bindings of an outer place inside of the ``with`` block.

        Raises:
            Never.
        """
        outer = self.frames, self._index_mask
        self.frames, self._index_mask = list(frames), 0
        for frame in frames[1:]:
            self._index_mask |= frame.mask & self.structure.index_mask
        try:
            yield
        finally:
            self.frames, self._index_mask = outer

    def spend(self, operations: int) -> None:
        """Count operations on numbers of the current binding before they are done.

        Raises:
            OutOfBudgetError: if they are more than is left.
        """
        amount = operations * self.weight
        self.work -= amount
        self.meter.left -= amount
        if self.work < 0 or self.meter.left < 0:
            raise OutOfBudgetError("too much work at these sizes")

    def allot(self, entries: int) -> None:
        """Count the entries of an array before it is built.

        Raises:
            OutOfBudgetError: if they are too many.
            UndefinedError: if there are none (I of size n − 1 at n = 1).
        """
        if entries < 1:
            raise UndefinedError("an array without entries")
        if entries > _MOST_ENTRIES:
            raise OutOfBudgetError(f"an array of {entries} entries")
        self.spend(entries)

    def constant(self, value: fmpq | int) -> Element:
        """Turn a rational into this evaluation's numbers.

        Raises:
            ZeroDivisionError: for a residue of 1/p.
        """
        if self.arithmetic == "exact":
            return value if isinstance(value, fmpq) else fmpq(value)
        if self.arithmetic == "ball":
            return arb(value)
        if isinstance(value, fmpq):
            return nmod(int(value.p) % PRIME, PRIME) / nmod(int(value.q) % PRIME, PRIME)
        return nmod(value % PRIME, PRIME)

    def _given(self, entries: Array) -> Value:
        """Turn an array of the assignment into a value, in this evaluation's numbers."""
        if self.arithmetic != "exact":
            entries = entries.map(self.constant)
        return entries if entries.shape else entries.entries[0]

    # --- names ----------------------------------------------------------------------------

    def symbol(self, node: Basic) -> Value:
        """Return the value of a Symbol or MatrixSymbol: bound, defined or given, in this order.

        Raises:
            UnsupportedError: if it has none.
        """
        for frame in reversed(self.frames):
            if node in frame.names:
                return frame.names[node]
        if node in self.structure.values:
            return self._defined(node)
        values = self.assignment.values
        if node in values:
            value = self._given(values[node])
        elif node in self.assignment.sizes:
            value = self.constant(self.assignment.sizes[node])
        else:
            raise UnsupportedError(f"no value for {node}")
        self.frames[0].names[node] = value
        return value

    def _is_bound(self, key: Key) -> bool:
        return any(key in frame.names for frame in self.frames)

    def _defined(self, key: Basic) -> Value:
        """Return the value of a defined name; chains of definitions need no recursion."""
        structure = self.structure
        stack: list[Key] = [key]
        while stack:
            top = stack[-1]
            closure = structure.closure(top)
            home = self._home(closure)
            if top in home.resolved:
                stack.pop()
                continue
            if closure & self._index_mask:
                raise UnsupportedError(
                    f"{top} is defined by an index that is bound where it stands"
                )
            waiting = [
                k
                for k in structure.needed_first(top)
                if not self._is_bound(k) and k not in self._home(structure.closure(k)).resolved
            ]
            if waiting:
                stack.extend(waiting)
                continue
            value = self.evaluate(structure.values[top][0][1])
            self.check_length(value)
            home.resolved[top] = value
        return self._home(structure.closure(key)).resolved[key]

    def member(self, node: Basic) -> Value:
        """Return the value of a ScalarMember or MatrixMember.

        Raises:
            UnsupportedError: if it has none.
        """
        family = key_of(node)
        assert isinstance(family, Family)
        return self.member_at(family, tuple(self.position(i) for i in nodes.member_indices(node)))

    def member_at(self, family: Family, positions: tuple[int, ...]) -> Value:
        """Return one member of a family.

        Raises:
            UnsupportedError: if it has neither a value nor a definition.
        """
        member = (family, positions)
        for frame in reversed(self.frames):
            if member in frame.names:
                return frame.names[member]
            if family in frame.families:
                return frame.families[family](positions)
        if family in self.structure.values:
            return self._defined_member(family, positions)
        if member not in self.assignment.members:
            raise UnsupportedError(f"no value for a member of {family.name}")
        return self._given(self.assignment.members[member])

    def _defined_member(self, family: Family, positions: tuple[int, ...]) -> Value:
        member = (family, positions)
        closure = self.structure.closure(family)
        home = self._home(closure)
        if member in home.resolved:
            return home.resolved[member]
        if closure & self._index_mask:
            raise UnsupportedError(
                f"{family.name} is defined by an index that is bound where it stands"
            )
        for indices, body in self.structure.values[family]:
            bound = {
                index: position
                for index, position in zip(indices, positions, strict=True)
                if isinstance(index, nodes.IndexVariable)
            }
            if all(
                bound.get(index) == position or index == position
                for index, position in zip(indices, positions, strict=True)
            ):
                with self.bind_indices(bound):
                    value = self.evaluate(body)
                self.check_length(value)
                home.resolved[member] = value
                return value
        raise UnsupportedError(f"no definition for this member of {family.name}")

    @contextmanager
    def bind_indices(self, bound: dict[Basic, int]) -> Iterator[None]:
        """Bind index variables to positions inside of the ``with`` block.

        Raises:
            Never.
        """
        mask = 0
        for index in bound:
            mask |= self.structure.bit(index)
        frame = Frame(mask, self.weight)
        frame.names.update(bound)
        with self.binding(frame):
            yield

    def check_length(self, value: Value, degree: int = 1) -> None:
        """Refuse rationals that have become, or at a power are about to become, too long.

        Raises:
            OutOfBudgetError: if one has.
        """
        for x in value.entries if isinstance(value, Array) else (value,):
            below = number_below(x)
            if isinstance(below, fmpq) and below.height_bits() * degree > _MOST_BITS:
                raise OutOfBudgetError("the numbers become too long")

    # --- sizes and positions --------------------------------------------------------------

    def position(self, node: Basic) -> int:
        """Return the value of an index, counted from 1.

        Raises:
            UnsupportedError: if it has none.
        """
        if isinstance(node, nodes.IndexVariable):
            for frame in reversed(self.frames):
                if node in frame.names:
                    return int(frame.names[node])
            if node not in self.assignment.indices:
                raise UnsupportedError(f"no value for the index {node.name}")
            return self.assignment.indices[node]
        return self.integer(node)

    def integer(self, node: Basic) -> int:
        """Return the value of a size or another whole number.

        Raises:
            UnsupportedError: if it is not made of integers and sizes.
            UndefinedError: if its value is not an integer here.
        """
        if isinstance(node, sympy.Integer | int):
            return int(node)
        found = self._sizes.get(node)
        if found is None:
            value = self._whole(node)
            if value.q != 1:
                raise UndefinedError("a size or exponent that is not an integer")
            found = int(value.p)
            if not self.structure.dependencies(node) & self.structure.index_mask:
                self._sizes[node] = found
        return found

    def _whole(self, node: Basic) -> fmpq:
        if isinstance(node, sympy.Rational):
            return fmpq(int(node.p), int(node.q))
        if isinstance(node, Symbol):
            if any(node in frame.names for frame in self.frames[1:]):
                raise UnsupportedError("a size or exponent that a derivative varies")
            if node in self.assignment.sizes:
                return fmpq(self.assignment.sizes[node])
            if node in self.structure.values:
                return self._whole(self.structure.values[node][0][1])
            value = self.assignment.values.get(node)
            if value is not None and isinstance(value.entries[0], fmpq):
                return value.entries[0]
        if isinstance(node, nodes.IndexVariable):
            return fmpq(self.position(node))
        if isinstance(node, sympy.Add | sympy.Mul):
            parts = [self._whole(argument) for argument in node.args]
            total = parts[0]
            for part in parts[1:]:
                total = total + part if isinstance(node, sympy.Add) else total * part
            return total
        if isinstance(node, sympy.Pow) and isinstance(node.exp, sympy.Integer):
            if abs(node.exp) > _LARGEST_EXPONENT:
                raise OutOfBudgetError("a large power of a size")
            result = power(self._whole(node.base), int(node.exp))
            assert isinstance(result, fmpq)
            return result
        raise UnsupportedError("a size or exponent that is no whole number by its form")

    def number(self, node: Basic) -> Element:
        """Return the value of a node that is a number.

        Raises:
            UnsupportedError: if it is an array.
            As ``evaluate`` otherwise.
        """
        value = self.evaluate(node)
        if isinstance(value, Array):
            raise UnsupportedError("an array where a number is needed")
        return value

    def array(self, node: Basic) -> Array:
        """Return the value of a node; a number is an array of order 0.

        Raises:
            As ``evaluate``.
        """
        value = self.evaluate(node)
        return value if isinstance(value, Array) else arrays.number(value)
