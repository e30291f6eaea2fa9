r"""Index terms as LaTeX: ``\sum_{k} A_{ik} x_{k}``, with letters in the place of numbers.

The indices of the result are i, j, …; each monomial names its own bound indices anew, in the order in
which they stand, so equal monomials look alike. Letters that the goal uses are left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from fractions import Fraction
from typing import Any

import sympy
from sympy.core.symbol import Str

from derivcheck.algebra.functions import KNOWN_FUNCTIONS
from derivcheck.algebra.latex import latex, name_latex
from derivcheck.extensions.blocks import Part
from derivcheck.extensions.powers import POSITION
from derivcheck.terms.scope import Scope
from derivcheck.terms.term import (
    Abstraction,
    Address,
    Apply,
    Atom,
    Delta,
    Factor,
    Group,
    Index,
    Monomial,
    Slot,
    Term,
    Value,
    all_slots,
    nested_terms,
)

LETTERS = "ijklpqrstuvwabcdefgh"


class Notation:
    """Letters for the indices of one goal.

    Args:
        scope: the numbering.
        result: the slots of the result.
        named: index variables of the goal with their slots.
        taken: letters that the goal uses for names.
    """

    def __init__(
        self,
        scope: Scope,
        result: Iterable[Slot],
        named: Mapping[Any, Slot],
        taken: Collection[str],
    ) -> None:
        self.scope = scope
        own = {str(variable.name) for variable in named}
        self.letters = [c for c in LETTERS if c not in taken and c not in own]
        self.free: dict[Index, str] = {}
        for variable, slot in named.items():
            self.free.update({index: name_latex(str(variable.name)) for index in slot})
        for slot in result:
            for index in slot:
                self.free.setdefault(index, self._letter(len(self.free) - len(named)))

    def _letter(self, number: int) -> str:
        rounds, place = divmod(number, len(self.letters))
        return self.letters[place] + (f"_{{{rounds}}}" if rounds else "")

    def term(self, term: Term) -> str:
        """Return a sum as LaTeX."""
        return self._sum(term, self.free)

    def monomial(self, monomial: Monomial, letters: Mapping[Index, str] | None = None) -> str:
        """Return one monomial as LaTeX, with its sign; ``letters`` are those of its surroundings."""
        return self._monomial(monomial, self.free if letters is None else letters)

    def bound(self, monomial: Monomial, letters: Mapping[Index, str]) -> dict[Index, str]:
        """Return the letters of a monomial's own bound indices, and those around it."""
        return self._opened(monomial, letters)

    def around(self, term: Term, address: Address) -> dict[Index, str]:
        """Return the letters that surround the term at an address."""
        letters = dict(self.free)
        for place, position, number in address:
            letters = self._opened(term[place], letters)
            factor = term[place].factors[position]
            if type(factor) is Value:
                own = [i for slot in factor.arguments[number].parameters for i in slot]
                letters = self._with(own, letters)
            term = nested_terms(factor)[number]
        return letters

    def _sum(self, term: Term, letters: Mapping[Index, str]) -> str:
        text = ""
        for monomial in term:
            piece = self._monomial(monomial, letters)
            if text and piece.startswith("-"):
                text += f" - {piece[1:].lstrip()}"
            else:
                text += f" + {piece}" if text else piece
        return text or "0"

    def _opened(self, monomial: Monomial, letters: Mapping[Index, str]) -> dict[Index, str]:
        shown = [i for f in monomial.factors for slot in all_slots(f) for i in slot]
        own = dict.fromkeys([i for i in shown if i in monomial.bound])
        own.update(dict.fromkeys(sorted(monomial.bound)))
        return self._with(own, letters)

    def _with(self, own: Iterable[Index], letters: Mapping[Index, str]) -> dict[Index, str]:
        used = set(letters.values())
        result = dict(letters)
        number = 0
        for index in own:
            while self._letter(number) in used:
                number += 1
            result[index] = self._letter(number)
            used.add(result[index])
        return result

    def _monomial(self, monomial: Monomial, letters: Mapping[Index, str]) -> str:
        inner = self._opened(monomial, letters)
        sign = "-" if monomial.coefficient < 0 else ""
        number = _number(abs(monomial.coefficient))
        over = ",".join([inner[i] for i in inner if i in monomial.bound])
        sum_sign = rf"\sum_{{{over}}} " if over else ""
        factors = [self._factor(factor, inner) for factor in monomial.factors]
        if not factors:
            return f"{sign}{sum_sign}{number}"
        lead = "" if number == "1" else f"{number} "
        return f"{sign}{lead}{sum_sign}{' '.join(factors)}"

    def _slot(self, slot: Slot, letters: Mapping[Index, str]) -> str:
        names = [self._index(index, letters) for index in slot]
        return names[0] if len(names) == 1 else f"({' '.join(names)})"

    def _index(self, index: Index, letters: Mapping[Index, str]) -> str:
        if index in self.scope.positions:
            return str(self.scope.positions[index])
        return letters.get(index, "?")

    def _slots(self, slots: Iterable[Slot], letters: Mapping[Index, str]) -> str:
        texts = [self._slot(slot, letters) for slot in slots if slot]
        return ("" if all(len(text) == 1 for text in texts) else ",").join(texts)

    def _factor(self, factor: Factor, letters: Mapping[Index, str]) -> str:
        if type(factor) is Atom:
            return self._entry(factor, letters)
        if type(factor) is Delta:
            return rf"\delta_{{{self._slots((factor.left, factor.right), letters)}}}"
        if type(factor) is Apply:
            return self._apply(factor, letters)
        if type(factor) is Group:
            return f"({self._sum(factor.term, letters)})"
        assert type(factor) is Value
        return self._value(factor, letters)

    def _entry(self, atom: Atom, letters: Mapping[Index, str]) -> str:
        head = atom.head
        if head is POSITION:
            return self._slots(atom.slots, letters)
        if type(head) is Part:
            sizes = ",".join([latex(size) for size in head.sizes])
            at = self._slots(atom.slots, letters)
            return rf"P^{{{head.place + 1}; {sizes}}}_{{{at}}}"
        if isinstance(head, tuple):
            members = len(atom.slots) - len(head[2:])
            text = f"{_name(head[1])}[{self._slots(atom.slots[:members], letters)}]"
            at = self._slots(atom.slots[members:], letters)
            return f"{text}_{{{at}}}" if at else text
        text = latex(head)
        at = self._slots(atom.slots, letters)
        if not at:
            return text
        return f"[{text}]_{{{at}}}" if "_" in text or "^" in text else f"{text}_{{{at}}}"

    def _apply(self, factor: Apply, letters: Mapping[Index, str]) -> str:
        inner = self._sum(factor.argument, letters)
        function = factor.function
        if isinstance(function, str):
            row = KNOWN_FUNCTIONS[function]
            if function == "abs":
                return f"|{inner}|"
            if function == "sqrt":
                return rf"\sqrt{{{inner}}}"
            if function == "reciprocal":
                return rf"\frac{{1}}{{{inner}}}"
            return f"{row.latex}({inner})"
        order = factor.order
        primes = "'" * order if order < 4 else f"^{{({order})}}"
        return f"{name_latex(function.name)}{primes}({inner})"

    def _value(self, value: Value, letters: Mapping[Index, str]) -> str:
        arguments = [self._argument(argument, letters) for argument in value.arguments]
        at = self._slots(value.out, letters)
        if value.function == "inverse":
            text = f"[{arguments[0]}^{{-1}}]"
        elif value.function == "pseudo-inverse":
            text = f"[{arguments[0]}^{{+}}]"
        elif value.function == "adjugate":
            text = rf"[\operatorname{{adj}} {arguments[0]}]"
        elif value.function == "determinant":
            text = rf"\det {arguments[0]}"
        elif value.function == "matrix-power":
            text = f"[{arguments[0]}^{{{arguments[1]}}}]"
        elif value.function == "power":
            text = f"({arguments[0]})^{{{arguments[1]}}}"
        else:
            several = len(arguments) > 1
            by = [
                rf"\partial_{{{f'{k + 1}: ' if several else ''}{self._slots(slots, letters)}}} "
                for k, slots in value.derivatives
            ]
            name = name_latex(value.function.name)
            inside = ", ".join(arguments)
            inside = inside if arguments[:1] == [inside] and inside[0] == "(" else f"({inside})"
            text = f"{''.join(by)}{name}{inside}"
            text = f"[{text}]" if at else text
        return f"{text}_{{{at}}}" if at else text

    def _argument(self, argument: Abstraction, letters: Mapping[Index, str]) -> str:
        body = argument.body
        whole = body[0].factors[0] if len(body) == 1 and len(body[0].factors) == 1 else None
        if (
            type(whole) is Atom
            and whole.slots == argument.parameters
            and body[0].coefficient == 1
            and not body[0].bound
            and not isinstance(whole.head, tuple)
        ):
            return latex(whole.head)
        own = [index for slot in argument.parameters for index in slot]
        inner = self._with(own, letters)
        text = self._sum(body, inner)
        if not own:
            return text
        return rf"({self._slots(argument.parameters, inner)} \mapsto {text})"


def _number(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator)
    return rf"\frac{{{value.numerator}}}{{{value.denominator}}}"


def _name(head: Any) -> str:
    return (
        name_latex(head.name) if isinstance(head, Str) else latex(sympy.sympify(head, strict=True))
    )
