"""A term at small sizes, written out as SymPy matrices: what an index notation stands for.

Entries of names are symbols, sums are written out, abstract functions stay functions. This is for
reading; nothing is decided with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import sympy
from sympy import Basic, Function, Matrix, Rational, Symbol

from derivcheck.algebra.latex import name_latex
from derivcheck.extensions.blocks import Part
from derivcheck.extensions.powers import POSITION
from derivcheck.terms.scope import Scope
from derivcheck.terms.term import (
    Abstraction,
    Apply,
    Atom,
    Delta,
    Factor,
    Group,
    Index,
    Monomial,
    Slot,
    Term,
)

MAX_ENTRIES = 500
"""The factors that are written out for one matrix."""

_KNOWN = {
    "exp": sympy.exp,
    "log": sympy.log,
    "sqrt": sympy.sqrt,
    "sin": sympy.sin,
    "cos": sympy.cos,
    "tanh": sympy.tanh,
    "abs": sympy.Abs,
    "sign": sympy.sign,
    "reciprocal": lambda t: 1 / t,
}


class TooLargeError(Exception):
    """The expansion has too many parts to be read."""


class Entries:
    """Terms of one goal at given sizes.

    Args:
        scope: the numbering of their indices.
        sizes: size symbols to whole numbers.
    """

    def __init__(self, scope: Scope, sizes: Mapping[Basic, int]) -> None:
        self.scope = scope
        self.sizes = sizes
        self.left = MAX_ENTRIES

    def matrix(self, term: Term, slots: Sequence[Slot], named: Mapping[Index, int]) -> Any:
        """Return the value of a term at all positions of one or two slots; a number for none.

        Args:
            term: the term.
            slots: those of the result; further ones are put behind each other as rows.
            named: positions of the goal's own index variables.

        Raises:
            TooLargeError: when too much would be written out.
        """
        if not slots:
            return self._term(term, dict(named))
        rows = list(self._positions(slots[0]))
        columns = list(product(*[self._positions(slot) for slot in slots[1:]]))
        values = [
            [self._term(term, {**named, **row, **_joined(rest)}) for rest in columns]
            for row in rows
        ]
        return Matrix(values)

    def count(self, size: Any) -> int:
        """Return a size as a number."""
        return int(sympy.sympify(size, strict=True).subs(dict(self.sizes)))

    def _positions(self, slot: Slot) -> list[dict[Index, int]]:
        ranges = [range(1, self.count(self.scope.sizes[index]) + 1) for index in slot]
        return [dict(zip(slot, values, strict=True)) for values in product(*ranges)]

    def _term(self, term: Term, at: dict[Index, int]) -> Any:
        return sympy.Add(*[self._monomial(monomial, at) for monomial in term])

    def _monomial(self, monomial: Monomial, at: dict[Index, int]) -> Any:
        total = []
        for inner in self._positions(tuple(sorted(monomial.bound))):
            where = {**at, **inner}
            self.left -= 1 + len(monomial.factors)
            if self.left < 0:
                raise TooLargeError
            coefficient = Rational(monomial.coefficient.numerator, monomial.coefficient.denominator)
            values = [coefficient]
            for factor in sorted(monomial.factors, key=lambda f: type(f) is not Delta):
                values.append(self._factor(factor, where))
                if values[-1] == 0:
                    break
            total.append(sympy.Mul(*values))
        return sympy.Add(*total)

    def _position(self, slot: Slot, at: Mapping[Index, int]) -> int:
        """Return the position of a slot, counted from 1; the first index runs slowly."""
        position = 0
        for index in slot:
            own = at[index] if index > 0 else self.scope.positions[index]
            size = self.scope.sizes[index]
            position = position * (1 if size is None else self.count(size)) + own - 1
        return position + 1

    def _factor(self, factor: Factor, at: dict[Index, int]) -> Any:
        if type(factor) is Atom:
            return self._entry(factor, at)
        if type(factor) is Delta:
            return int(self._position(factor.left, at) == self._position(factor.right, at))
        if type(factor) is Group:
            return self._term(factor.term, at)
        if type(factor) is Apply:
            argument = self._term(factor.argument, at)
            if isinstance(factor.function, str):
                known = _KNOWN.get(factor.function) or Function(factor.function)
                return known(argument)
            return Function(factor.function.name + "'" * factor.order)(argument)
        assert not isinstance(factor, Atom | Delta | Group | Apply)
        return self._value(factor, at)

    def _entry(self, atom: Atom, at: Mapping[Index, int]) -> Any:
        head = atom.head
        positions = [self._position(slot, at) for slot in atom.slots if slot]
        if head is POSITION:
            return positions[0]
        if type(head) is Part:
            before = sum(self.count(size) for size in head.sizes[: head.place])
            return int(
                self._position(atom.slots[0], at) == before + self._position(atom.slots[1], at)
            )
        if isinstance(head, Symbol) and head in self.sizes:
            return self.sizes[head]
        if head is sympy.pi:
            return head
        name = name_latex(head[1].name if isinstance(head, tuple) else head.name)
        if not positions:
            return Symbol(name, real=True)
        name = f"[{name}]" if "_" in name or "^" in name else name
        return Symbol(f"{name}_{{{_side_by_side(positions)}}}", real=True)

    def _value(self, value: Any, at: dict[Index, int]) -> Any:
        function = value.function
        inner = [self._argument(argument, at) for argument in value.arguments]
        most = 3 if function == "determinant" else 2
        if isinstance(function, str) and getattr(inner[0], "rows", 1) > most:
            raise TooLargeError
        where = [self._position(slot, at) - 1 for slot in value.out]
        if function == "determinant":
            return inner[0].det()
        if function == "adjugate":
            return inner[0].adjugate()[where[0], where[1]]
        if function == "inverse":
            return inner[0].inv()[where[0], where[1]]
        if function == "matrix-power":
            return (inner[0] ** inner[1])[where[0], where[1]]
        if function == "power":
            return inner[0] ** inner[1]
        by = [
            _side_by_side([self._position(slot, at) for slot in slots if slot])
            for _, slots in value.derivatives
        ]
        out = _side_by_side([p + 1 for p, slot in zip(where, value.out, strict=True) if slot])
        name = "".join([rf"\partial_{{{one}}}" for one in by]) + name_latex(function.name)
        name = f"{name}_{{{out}}}" if out else name
        entries = [
            x for one in inner for x in (one if isinstance(one, sympy.MatrixBase) else [one])
        ]
        return Function(name)(*entries)

    def _argument(self, argument: Abstraction, at: dict[Index, int]) -> Any:
        return self.matrix(argument.body, argument.parameters, at)


def _side_by_side(positions: Sequence[int]) -> str:
    return ("" if all(p < 10 for p in positions) else ",").join(map(str, positions))


def _joined(parts: Sequence[dict[Index, int]]) -> dict[Index, int]:
    return {index: position for part in parts for index, position in part.items()}
