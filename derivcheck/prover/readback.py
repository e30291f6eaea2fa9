r"""From index terms back to matrix notation: what a side comes to, in the names of the author.

A monomial is a diagram whose factors are joined by indices; read along a path it is a product, around
a circle a trace, side by side at one index a Hadamard product or a diagonal matrix. What has no such
reading is given up. The text that comes out is a proposal: it is read and proved like any other
formula before anyone sees it.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

import sympy
from msgspec import Struct, field
from msgspec.structs import replace
from sympy import Basic

from derivcheck.algebra.functions import KNOWN_FUNCTIONS
from derivcheck.algebra.goal import Goal
from derivcheck.algebra.nodes import ONE, shape
from derivcheck.extensions.table import EXTENSIONS
from derivcheck.kernel.check import State
from derivcheck.kernel.lowering import Lowering
from derivcheck.prover.normal_form import collected
from derivcheck.terms.term import (
    Apply,
    Atom,
    Delta,
    Group,
    Index,
    Monomial,
    OutOfBudgetError,
    Slot,
    Term,
    UnknownNodeError,
    Value,
    term_free,
)

MOST_TERMS = 6
"""Terms that are worth reading."""

MOST_MONOMIALS = 40
"""The monomials to which a side may expand while it is lowered."""


class UnreadableError(Exception):
    """A term has no short reading in matrix notation."""


class Notation(Struct, frozen=True):
    """How the author writes what a reading needs."""

    transpose: str = r"^\top"
    trace: str = r"\operatorname{tr}"
    diagonal: str = r"\operatorname{diag}"
    hadamard: str = r"\odot"
    ones: str = r"\mathbf{1}"
    layout: str = "denominator"


class Token(Struct, frozen=True):
    """A factor of a product: its text, whether it holds together, and whether it is transposed."""

    text: str
    whole: bool = True
    turned: bool = False
    symmetric: bool = False

    def transposed(self) -> Token:
        """Return the transpose."""
        return self if self.symmetric else replace(self, turned=not self.turned)

    def written(self, notation: Notation) -> str:
        """Return the factor as it stands in a product."""
        text = self.text if self.whole else bracketed(self.text)
        if not self.turned:
            return text
        if text.startswith(r"\nabla ") and text.endswith(notation.transpose):
            return text.removesuffix(notation.transpose)  # of a gradient that is a row
        if text.startswith(r"\frac"):
            return rf"\left( {text} \right){notation.transpose}"
        base = f"({text})" if "^" in text and text == self.text else text
        return f"{base}{notation.transpose}"


Ends = tuple["Index | None", "Index | None"]


def reading(node: Basic, goal: Goal, notation: Notation) -> list[str] | None:
    """Return the terms of a node in matrix notation, each with its sign; None if there is no reading.

    Args:
        node: a number, vector or matrix; a side, or the difference of two.
        goal: what the definitions are taken from. Defined names stay names.
        notation: how the author writes.

    Raises:
        Never.

    Cost:
        One lowering, with at most ``MOST_MONOMIALS`` monomials.
    """
    sizes = shape(node)
    if len(sizes) not in (0, 2):
        return None
    zero = sympy.ZeroMatrix(*sizes) if sizes else sympy.S.Zero
    lowering = _Open(goal.definitions, frozenset(), EXTENSIONS, most=MOST_MONOMIALS)
    try:
        state = State(Goal(node, zero, goal.definitions), lowering)
        collected(state)
        ends = [_index(slot) for slot in lowering.ends]
        row, column = ends if len(ends) == 2 else (None, None)
        if len(state.term) > MOST_TERMS:
            return None
        missing = [size == ONE for size in sizes] == [index is None for index in ends]
        return Reading(notation).terms(state.term, row, column) if missing else None
    except (OutOfBudgetError, UnknownNodeError, UnreadableError, RecursionError, ValueError):
        return None


class _Open(Lowering):
    """A lowering that remembers the slots of the goal."""

    ends: tuple[Slot, ...] = ()

    def opened(self, sizes: Any, body: Any, level: int = 0) -> tuple[tuple[Slot, ...], Term]:
        # what is opened inside returns before the goal does
        self.ends, term = super().opened(sizes, body, level)
        return self.ends, term


class _Diagram(Struct):
    """One monomial: its numbers, what stands at an index, and what joins two."""

    numbers: list[str] = field(default_factory=list)
    at: dict[Index, list[str]] = field(default_factory=dict)
    joins: list[tuple[Index, Index, Token]] = field(default_factory=list)

    def joining(self, index: Index) -> list[tuple[Index, Index, Token]]:
        return [join for join in self.joins if index in join[:2]]


class Reading(Struct, frozen=True):
    """Reads terms whose free indices are at most a row and a column."""

    notation: Notation

    def terms(self, term: Term, row: Index | None, column: Index | None) -> list[str]:
        """Return the terms of a sum, each with its sign.

        Raises:
            UnreadableError: when one of them has no reading.
        """
        found = []
        for monomial in term:
            sign = "-" if monomial.coefficient < 0 else "+"
            found.append((sign, self.monomial(monomial, row, column)))
        found.sort(key=lambda part: part[0])  # "+" comes before "-"
        return [sign + text for sign, text in found]

    def text(self, term: Term, row: Index | None, column: Index | None) -> str:
        """Return a sum as one formula."""
        return joined(self.terms(term, row, column))

    def monomial(self, monomial: Monomial, row: Index | None, column: Index | None) -> str:
        """Return a product without its sign."""
        diagram = _Diagram()
        for factor in monomial.factors:
            self._take(factor, diagram)
        free = {index for index in (row, column) if index is not None}
        self._side_by_side(diagram, free)
        size = abs(monomial.coefficient)
        lead = []
        if size.denominator != 1:
            lead = [rf"\frac{{{size.numerator}}}{{{size.denominator}}}"]
        elif size != 1:
            lead = [str(size)]
        tail = self._open_part(diagram, row, column)
        numbers = [*diagram.numbers, *self._closed_parts(diagram, free)]
        parts = [*lead, *powers(numbers), *tail]
        return " ".join(parts) if parts else "1"

    # --- factors ------------------------------------------------------------------------------

    def _take(self, factor: Any, diagram: _Diagram) -> None:
        match factor:
            case Atom():
                ends = [_index(slot) for slot in factor.slots]
                self._put(_name(factor.head), True, ends, diagram)
            case Delta():
                ends = [_index(factor.left), _index(factor.right)]
                self._put("I", True, ends, diagram, symmetric=True)
            case Apply():
                self._apply(factor, diagram)
            case Value():
                self._value(factor, diagram)
            case Group():
                row, column = _two(term_free(factor.term))
                inner = bracketed(self.text(factor.term, row, column))
                self._put(inner, True, [row, column], diagram)
            case _:
                raise UnreadableError

    def _put(
        self,
        text: str,
        whole: bool,
        ends: list[Index | None],
        diagram: _Diagram,
        *,
        symmetric: bool = False,
    ) -> None:
        row, column = ends if len(ends) == 2 else (None, None)
        if len(ends) not in (0, 2):
            raise UnreadableError
        if row is None and column is None:
            diagram.numbers.append(text if whole else bracketed(text))
        elif row is None or column is None:
            index = row if column is None else column
            assert index is not None
            diagram.at.setdefault(index, []).append(text)
        else:
            diagram.joins.append((row, column, Token(text, whole, symmetric=symmetric)))

    def _apply(self, factor: Apply, diagram: _Diagram) -> None:
        row, column = _two(term_free(factor.argument))
        inner = self.text(factor.argument, row, column)
        name = _function(factor.function)
        known = KNOWN_FUNCTIONS.get(name)
        if known is None:
            text = f"{name}{chr(39) * factor.order}({inner})"
        elif factor.order:
            raise UnreadableError
        elif known.name == "reciprocal":
            if row is not None:
                raise UnreadableError
            text = rf"\frac{{1}}{{{inner}}}"
        elif known.name in ("abs", "sqrt"):
            text = f"|{inner}|" if known.name == "abs" else rf"\sqrt{{{inner}}}"
        else:
            text = f"{known.latex}({inner})"
        self._put(text, True, [row, column], diagram)

    def _value(self, factor: Value, diagram: _Diagram) -> None:
        if len(factor.arguments) != 1:
            raise UnreadableError
        [argument] = factor.arguments
        inside = [_index(slot) for slot in argument.parameters]
        row, column = inside if len(inside) == 2 else (None, None)
        inner = self.text(argument.body, row, column)
        ends = [_index(slot) for slot in factor.out]
        name = _function(factor.function)
        if factor.derivatives:
            if name in ("inverse", "determinant", "adjugate", "pseudo-inverse"):
                raise UnreadableError
            if not any(slots for _, slots in factor.derivatives):  # of a number
                marks = chr(39) * len(factor.derivatives)
                self._put(f"{name}{marks}({inner})", True, ends, diagram)
                return
            self._derivative(factor, name, inner, ends, diagram)
        elif name == "inverse":
            base = inner if _single(inner) else bracketed(inner)
            self._put(f"{base}^{{-1}}", True, ends, diagram)
        elif name == "pseudo-inverse":
            base = inner if _single(inner) else bracketed(inner)
            self._put(f"{base}^{{+}}", True, ends, diagram)
        elif name == "determinant":
            self._put(rf"\det({inner})", True, ends, diagram)
        elif name == "adjugate":
            self._put(rf"\operatorname{{adj}}({inner})", True, ends, diagram)
        else:
            self._put(f"{name}({inner})", True, ends, diagram)

    def _derivative(
        self, factor: Value, name: str, inner: str, out: list[Index | None], diagram: _Diagram
    ) -> None:
        """Put a gradient, as a column, or the Jacobian at a plain name."""
        if len(factor.derivatives) > 1:
            raise UnreadableError
        ends = [_index(slot) for slot in factor.derivatives[0][1]]
        if len(ends) != 2 or ends[1] is not None:
            raise UnreadableError
        rows = self.notation.layout == "numerator"
        if not out:
            text = rf"\nabla {name}({inner})"
            self._put(f"{text}{self.notation.transpose}" if rows else text, True, ends, diagram)
            return
        if len(out) != 2 or out[1] is not None or not _single(inner) or ends[0] is None:
            raise UnreadableError
        text = rf"\frac{{\partial {name}({inner})}}{{\partial {inner}}}"
        both = [ends[0], out[0]] if self.notation.layout == "denominator" else [out[0], ends[0]]
        self._put(text, True, both, diagram)

    # --- structure ----------------------------------------------------------------------------

    def _side_by_side(self, diagram: _Diagram, free: set[Index]) -> None:
        """Make one factor of those that join the same two indices, A ⊙ B, but for circles, tr(A B)."""

        def is_circle(a: Index, b: Index) -> bool:
            return not {a, b} & free and all(len(diagram.joining(i)) == 2 for i in (a, b))

        merged: list[tuple[Index, Index, Token]] = []
        for row, column, token in diagram.joins:
            for k, (a, b, other) in enumerate(merged):
                if {a, b} == {row, column} and a != b and not is_circle(a, b):
                    turned = token if (a, b) == (row, column) else token.transposed()
                    texts = other.written(self.notation), turned.written(self.notation)
                    both = f" {self.notation.hadamard} ".join(texts)
                    merged[k] = (a, b, Token(both, whole=False))
                    break
            else:
                merged.append((row, column, token))
        diagram.joins[:] = merged

    def _standing(self, diagram: _Diagram, index: Index) -> Token | None:
        """Return what stands at an index, as a column."""
        found = diagram.at.pop(index, [])
        if not found:
            return None
        if len(found) == 1:
            return Token(found[0], _single(found[0]))
        parts = [text if _single(text) else bracketed(text) for text in found]
        return Token(f" {self.notation.hadamard} ".join(parts), whole=False)

    def _diagonal(self, diagram: _Diagram, index: Index) -> list[Token]:
        found = self._standing(diagram, index)
        if found is None:
            return []
        return [Token(f"{self.notation.diagonal}({found.text})", symmetric=True)]

    def _walk(
        self, diagram: _Diagram, start: Index, stops: Iterable[Index]
    ) -> tuple[list[Token], Index | None]:
        """Return the factors on the way from an index to one of the stops, or to a column at the end."""
        tokens: list[Token] = []
        here, stops = start, set(stops)
        while True:
            leaving = diagram.joining(here)
            if len(leaving) > 1:
                raise UnreadableError
            if not leaving:
                end = self._standing(diagram, here)
                tokens.append(end if end is not None else Token(self.notation.ones))
                return tokens, None
            tokens += self._diagonal(diagram, here)
            [join] = leaving
            diagram.joins.remove(join)
            row, column, token = join
            if row == column:
                raise UnreadableError
            tokens.append(token if row == here else token.transposed())
            here = column if row == here else row
            if here in stops:
                tokens += self._diagonal(diagram, here)
                return tokens, here

    def _open_part(self, diagram: _Diagram, row: Index | None, column: Index | None) -> list[str]:
        if row is None and column is None:
            return []
        if row is None:
            assert column is not None
            tokens, _ = self._walk(diagram, column, ())
            return self._texts([token.transposed() for token in reversed(tokens)])
        tokens, end = self._walk(diagram, row, () if column is None else (column,))
        if column is not None and end is None:
            other, _ = self._walk(diagram, column, ())
            tokens += [token.transposed() for token in reversed(other)]
        return self._texts(tokens)

    def _closed_parts(self, diagram: _Diagram, free: set[Index]) -> list[str]:
        """Return the numbers that what is left over makes."""
        found = []
        while indices := {*diagram.at, *(index for join in diagram.joins for index in join[:2])}:
            if indices & free:
                raise UnreadableError
            ends = sorted(index for index in indices if len(diagram.joining(index)) < 2)
            loops = [join for join in diagram.joins if join[0] == join[1]]
            if loops:
                [row, _, token] = loops[0]
                if len(diagram.joining(row)) > 1 or row in diagram.at:
                    raise UnreadableError
                diagram.joins.remove(loops[0])
                found.append(f"{self.notation.trace}({token.text})")
            elif ends:
                found += self._from_end(diagram, ends[0])
            else:
                found.append(self._circle(diagram, min(indices)))
        return found

    def _from_end(self, diagram: _Diagram, start: Index) -> list[str]:
        if not diagram.joining(start):
            standing = diagram.at.pop(start)
            first = Token(standing[0], _single(standing[0]))
            rest = standing[1:] or [self.notation.ones]
            diagram.at[start] = rest
            last = self._standing(diagram, start)
            assert last is not None
            return self._texts([first.transposed(), last])
        standing_here = self._standing(diagram, start)
        tokens, _ = self._walk(diagram, start, ())
        lead = standing_here if standing_here is not None else Token(self.notation.ones)
        return self._texts([lead.transposed(), *tokens])

    def _circle(self, diagram: _Diagram, start: Index) -> str:
        first = diagram.joining(start)[0]
        diagram.joins.remove(first)
        row, column, token = first
        here = column if row == start else row
        tokens = [
            *self._diagonal(diagram, start),
            token if row == start else token.transposed(),
        ]
        rest, end = self._walk(diagram, here, (start,)) if here != start else ([], start)
        if end != start:
            raise UnreadableError
        return f"{self.notation.trace}({' '.join(self._texts([*tokens, *rest]))})"

    def _texts(self, tokens: list[Token]) -> list[str]:
        if len(tokens) == 1 and not tokens[0].turned:
            return [tokens[0].text if tokens[0].whole else bracketed(tokens[0].text)]
        return powers([token.written(self.notation) for token in tokens])


def powers(factors: list[str]) -> list[str]:
    """Return factors with equal neighbours as one power.

    Example:
        >>> powers(["A", "A", "x"])
        ['A^2', 'x']
    """
    found: list[str] = []
    for factor, run in groupby(factors):
        count = len(list(run))
        base = f"({factor})" if "^" in factor or not _single(factor) else factor
        found.append(f"{base}^{count}" if count > 1 else factor)
    return found


def joined(terms: list[str]) -> str:
    """Return signed terms as a sum.

    Example:
        >>> joined(["+A x", "-B x"])
        'A x - B x'
    """
    text = "".join(f" {term[0]} {term[1:]}" for term in terms)
    return (
        text.removeprefix(" + ").replace(" - ", "-", 1)
        if text.startswith(" - ")
        else (text.removeprefix(" + ") or "0")
    )


def bracketed(text: str) -> str:
    """Return a formula in round brackets."""
    return rf"\left( {text} \right)" if r"\frac" in text else f"({text})"


def _single(text: str) -> bool:
    """Return whether a formula holds together without brackets: no sum or product at the top."""
    depth = 0
    for at, character in enumerate(text):
        depth += (character in "({[") - (character in ")}]")
        if depth == 0 and character in "+-" and at:
            return False
        if depth == 0 and character == " " and not text.startswith((r"\nabla", r"\left")):
            return False
    return True


def _index(slot: Slot) -> Index | None:
    if len(slot) > 1:
        raise UnreadableError
    return slot[0] if slot else None


def _two(free: set[Index]) -> Ends:
    if len(free) > 2:
        raise UnreadableError
    ordered = [*sorted(free), None, None]
    return ordered[0], ordered[1]


def _function(function: Any) -> str:
    return function if isinstance(function, str) else _name(function)


def _name(head: Any) -> str:
    name = getattr(head, "name", None)
    if not isinstance(name, str):
        raise UnreadableError
    return name
