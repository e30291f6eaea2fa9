"""The patterns of the operator table, read on slots.

Letters that arguments share become bound indices, a letter that stands twice in the result a delta.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import sympy

from derivcheck.algebra import nodes
from derivcheck.algebra.operators import Operator
from derivcheck.algebra.shapes import parse_axes
from derivcheck.terms.scope import Scope
from derivcheck.terms.term import Delta, Index, Slot, UnknownNodeError


class Pattern:
    """An operator's index rule at slots of its result; gathers what is summed, and the deltas."""

    def __init__(self, scope: Scope, row: Operator, sizes: Mapping[str, Any]) -> None:
        self.scope = scope
        self.row = row
        self.sizes = sizes
        self.bound: list[Index] = []
        self.deltas: list[Delta] = []

    def at(self, slots: tuple[Slot, ...], shapes: Sequence[nodes.Shape]) -> list[tuple[Slot, ...]]:
        """Return the slots of each argument where the result stands at ``slots``.

        Raises:
            UnknownNodeError: when axes of different sizes share a letter or meet.
        """
        groups, output = parsed(self.row.pattern)
        letters = dict(self.sizes)
        for shape, axes in zip(shapes, groups, strict=True):
            for axis, size in zip(axes, shape, strict=True):
                if len(axis) == 1 and axis != "1":
                    known = letters.setdefault(axis, size)
                    if known is not size and known != size:
                        raise UnknownNodeError("axes of different sizes meet")
        given: dict[str, Slot] = {}
        for axis, slot in zip(output, slots, strict=True):
            for letter, part in self._parts(axis, slot, letters):
                if letter in given:
                    self.deltas.append(Delta(given[letter], part))
                elif self.scope.fits(part, letters[letter]):
                    given[letter] = part
                else:
                    raise UnknownNodeError("an axis stands where another size is needed")
        for axes in (output, *groups):
            for letter in "".join(axes):
                if letter not in given and letter != "1":
                    given[letter] = self.scope.fresh(letters[letter])
                    self.bound += given[letter]
        for axis, slot in zip(output, slots, strict=True):
            joined = tuple([i for letter in axis.replace("1", "") for i in given[letter]])
            if joined != slot:
                if not self.scope.fits(slot, self.scope.slot_size(joined)):
                    raise UnknownNodeError("an axis stands where another size is needed")
                self.deltas.append(Delta(joined, slot))
        return [
            tuple([tuple([i for c in axis.replace("1", "") for i in given[c]]) for axis in axes])
            for axes in groups
        ]

    def _parts(self, axis: str, slot: Slot, letters: Mapping[str, Any]) -> list[tuple[str, Slot]]:
        """Return the letters of an axis of the result with their slots, where they match."""
        if axis == "1":
            return []
        if len(axis) == 1:
            return [(axis, slot)]
        if len(axis) == len(slot) and all(
            self.scope.sizes[index] == letters[letter]
            for letter, index in zip(axis, slot, strict=True)
        ):
            return [(letter, (index,)) for letter, index in zip(axis, slot, strict=True)]
        return []


@cache
def parsed(pattern: str) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """Split a pattern into the axes of each argument and those of the result."""
    inputs, _, output = pattern.partition("->")
    groups = inputs.split(",") if inputs else []
    return tuple([tuple(parse_axes(text)) for text in groups]), tuple(parse_axes(output))


def folded_shape(row: Operator, shapes: Sequence[nodes.Shape]) -> nodes.Shape:
    """Return the shape of an associative operator's value, from those of its arguments."""
    (left, right), output = parsed(row.pattern)
    result = shapes[0]
    for following in shapes[1:]:
        letters = {
            **dict(zip(left, result, strict=True)),
            **dict(zip(right, following, strict=True)),
        }
        result = tuple([sympy.Mul(*[letters[letter] for letter in axis]) for axis in output])
    return result
