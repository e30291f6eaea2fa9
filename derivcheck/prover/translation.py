"""Between the kernel's index terms and diagrams, both ways.

A factor becomes a letter: what it is up to its indices. Nested terms are part of the letter, in
their one form; two factors are one letter exactly if they are equal up to the names of indices
(and, for nested terms, up to symmetric letters and the rules in force).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from sympy import Symbol

from derivcheck.extensions.powers import POSITION
from derivcheck.kernel.cofactors import LOCAL
from derivcheck.limits import FIXED_POSITIONS as MAX_POSITIONS
from derivcheck.prover.diagrams import DELTA, Node, Part, Poly
from derivcheck.prover.rewriting import Alphabet, Rewriter, add
from derivcheck.terms.scope import Scope
from derivcheck.terms.sizes import size_term
from derivcheck.terms.term import (
    Abstraction,
    Apply,
    Atom,
    Delta,
    Factor,
    Index,
    Monomial,
    OutOfBudgetError,
    Slot,
    Term,
    Value,
    all_slots,
    binders,
    factor_map,
    factor_slots,
    nested_terms,
    single,
    term_free,
    term_map,
)

CONSTANT = -1000
"""Nodes from here down to ``OUTSIDE`` are fixed positions."""

OUTSIDE = -2_000
"""``OUTSIDE - i`` is the node of the index i, free where the diagram stands."""


_PLACE = 2 * LOCAL

_ORDERS = 3
"""Up to so many free indices of a nested term are put into the order that gives its one form."""

Raw = list[tuple[Fraction, list[Part]]]
"""A sum of products, as a term writes them."""


def outside(index: Index) -> Node:
    """Return the node of an index that is free where a diagram stands."""
    return OUTSIDE - index


class Translator(Rewriter):
    """A rewriter that knows what its letters stand for."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(Alphabet())
        self.scope = scope
        self._fixed: dict[tuple[int, Any], Node] = {}
        self.templates: dict[int, _Template] = {}
        self.end_sizes: dict[int, list[Any]] = {}
        self.reduce: Callable[[Poly], Poly] = lambda poly: poly
        self._size_scope = Scope()

    # --- terms to diagrams ------------------------------------------------------------------

    def raw(self, term: Term, scope: Scope, names: Mapping[Index, Node]) -> Raw:
        """Return a term as products of letters; ``names`` are the nodes of its free indices."""
        return [(m.coefficient, self.product(m, scope, names)) for m in term]

    def product(self, monomial: Monomial, scope: Scope, names: Mapping[Index, Node]) -> list[Part]:
        """Return a monomial without its coefficient."""
        nodes = dict(names)
        for place, index in enumerate(sorted(monomial.bound)):
            nodes[index] = place
        parts = []
        for factor in monomial.factors:
            letter, ends = self.letter(factor, scope)
            parts.append((letter, *[self.node(index, nodes, scope) for index in ends]))
        return parts

    def poly(self, raw: Raw) -> Poly:
        """Return products collected in their one form."""
        result: Poly = {}
        for coefficient, parts in raw:
            add(result, self.alphabet.forms.form(parts), coefficient)
        return result

    def node(self, index: Index, nodes: Mapping[Index, Node], scope: Scope) -> Node:
        """Return the node of an index or of a fixed position."""
        if index > 0:
            return nodes[index]
        key = (scope.positions[index], scope.sizes[index])
        node = self._fixed.get(key)
        if node is None:
            if len(self._fixed) >= MAX_POSITIONS:
                raise OutOfBudgetError(f"over {MAX_POSITIONS} fixed positions")
            node = self._fixed[key] = CONSTANT - 1 - len(self._fixed)
            self.alphabet.constants[node] = key
        return node

    def index(self, node: Node) -> Index:
        """Return the index of a node in a step: ``LOCAL`` if bound, else what it stands for.

        Raises:
            OutOfBudgetError: for a position that the state's term does not show.
        """
        if node >= 0:
            return LOCAL + node
        if node <= OUTSIDE:
            return OUTSIDE - node
        return self.fixed(self.alphabet.constants[node])

    def fixed(self, key: tuple[int, Any]) -> Index:
        """Return the state's index of a fixed position.

        Raises:
            OutOfBudgetError: when it has none.
        """
        for index, position in self.scope.positions.items():
            if (position, self.scope.sizes[index]) == key:
                return index
        raise OutOfBudgetError("a rewriting shows a position that the step does not")

    def letter(self, factor: Factor, scope: Scope) -> tuple[int, list[Index]]:
        """Return the letter of a factor and the index at each of its ends."""
        if type(factor) is Delta and len(factor.left) == len(factor.right) == 1:
            return DELTA, [factor.left[0], factor.right[0]]
        key, ends, rank = self._key(factor, scope)
        sizes = [scope.sizes[i] if i > 0 else None for i in ends]
        size = type(factor) is Atom and is_size(factor.head)
        weight = 0 if size or (type(factor) is Atom and not ends) else 1
        new = key not in self.alphabet.numbers
        letter = self.alphabet.letter(key, tuple(sizes), weight, 0 if size else rank)
        if new:
            if type(factor) is Value and _is_hessian(factor):
                self.alphabet.set_symmetric(letter, None)
            self.end_sizes[letter] = sizes
        known = self.end_sizes[letter]
        for place, found in enumerate(sizes):
            if known[place] is None:
                known[place] = found
        if letter not in self.templates:
            self.templates[letter] = _Template(factor, ends, scope)
        return letter, ends

    def _key(self, factor: Factor, scope: Scope) -> tuple[Any, list[Index], int]:
        """Return what makes a factor its letter, its ends, and its rank."""
        shown = [index for slot in factor_slots(factor) for index in slot]
        if type(factor) is Atom:
            split = [_pattern(slot, scope) for slot in factor.slots]
            # of all heads this one fits axes of any size
            counted = [scope.sizes.get(i) for i in shown] if factor.head is POSITION else []
            return ("atom", factor.head, *split, *counted), shown, 3 if shown else 1
        if type(factor) is Delta:
            split = [_pattern(slot, scope) for slot in (factor.left, factor.right)]
            return ("delta", *split), shown, 2
        if type(factor) is Apply:
            code, ends = self.closure(factor.argument, (), scope)
            rank = 5 if factor.function == "reciprocal" else 4
            return ("apply", factor.function, factor.order, code), ends, rank
        assert type(factor) is Value
        codes = []
        for argument in factor.arguments:
            code, ends = self.closure(argument.body, argument.parameters, scope)
            codes.append(code)
            shown += ends
        split = [_pattern(slot, scope) for slot in factor.out]
        derivatives = [
            (number, *[_pattern(slot, scope) for slot in slots])
            for number, slots in factor.derivatives
        ]
        key = ("value", factor.function, tuple(split), tuple(derivatives), tuple(codes))
        return key, shown, 6 if factor.function == "inverse" else 4

    def closure(
        self, term: Term, parameters: tuple[Slot, ...], scope: Scope
    ) -> tuple[Any, list[Index]]:
        """Return the one form of a nested term, and its free indices in the order of its ends."""
        own = [index for slot in parameters for index in slot]
        free = sorted(i for i in term_free(term) if i not in own)
        sizes = tuple([scope.sizes[index] for index in own])
        best: tuple[Any, list[Index]] | None = None
        orders = itertools.permutations(free) if len(free) <= _ORDERS else [tuple(free)]
        for order in orders:
            names = {index: -1 - k for k, index in enumerate((*own, *order))}
            poly = self.reduce(self.poly(self.raw(term, scope, names)))
            code = (sizes, tuple(map(len, parameters)), tuple(sorted(poly.items())))
            if best is None or code[2] < best[0][2]:
                best = code, list(order)
        assert best is not None
        return best

    def size(self, size: Any) -> Raw:
        """Return a size as a sum of products of letters without ends."""
        return self.raw(size_term(size), self._size_scope, {})

    # --- diagrams to terms ------------------------------------------------------------------

    def node_sizes(self, parts: tuple[Part, ...]) -> dict[Node, Any]:
        """Return the size of each bound node of a product, as far as its letters tell."""
        found: dict[Node, Any] = {}
        for part in parts:
            if part[0] != DELTA:
                for node, size in zip(part[1:], self.end_sizes[part[0]], strict=True):
                    if node >= 0 and size is not None:
                        found[node] = size
        return found

    def factors(self, parts: tuple[Part, ...], sizes: list[Any]) -> tuple[Factor, ...]:
        """Return a product as factors; bound nodes are ``LOCAL`` indices.

        Args:
            parts: the product.
            sizes: the sizes of the ``LOCAL`` indices so far; those of inner indices are appended.
        """
        result: list[Factor] = []
        for part in parts:
            slots: list[Slot] = [(self.index(node),) for node in part[1:]]
            if part[0] == DELTA:
                result.append(Delta(slots[0], slots[1]))
                continue
            result.append(self.templates[part[0]].at(slots, sizes, self.fixed))
        return tuple(result)


def is_size(head: Any) -> bool:
    """Return whether an atom is a size as a number."""
    return isinstance(head, Symbol) and bool(head.is_integer and head.is_positive)


def _pattern(slot: Slot, scope: Scope) -> Any:
    """Return how an axis is split: not at all, into one index, or into several of some sizes."""
    if len(slot) < 2:
        return len(slot)
    return tuple([scope.sizes[index] if index > 0 else 0 for index in slot])


def _is_hessian(value: Value) -> bool:
    """Return whether a value has two ends, both derivatives by the same argument."""
    if len(value.derivatives) != 2 or any(value.out):
        return False
    (first, left), (second, right) = value.derivatives
    if first != second or [len(s) for s in left] != [len(s) for s in right]:
        return False
    shown = [i for slots in (left, right) for slot in slots for i in slot]
    return len(shown) == 2 and not any(_outer(argument) for argument in value.arguments)


def _outer(argument: Abstraction) -> set[Index]:
    own = {index for slot in argument.parameters for index in slot}
    return term_free(argument.body) - own


class _Template:
    """A factor from which others of its letter are made."""

    def __init__(self, factor: Factor, ends: list[Index], scope: Scope) -> None:
        self.inner = [(index, scope.sizes[index]) for index in binders(single(factor))]
        self.positions = [
            (index, (scope.positions[index], scope.sizes[index]))
            for term in nested_terms(factor)
            for m in term
            for index in dict.fromkeys(i for f in m.factors for s in all_slots(f) for i in s)
            if index < 0
        ]
        self.count = len(ends)
        places = iter(range(_PLACE, _PLACE + self.count))

        def taken(slots: tuple[Slot, ...]) -> tuple[Slot, ...]:
            return tuple([tuple([next(places) for _ in slot]) for slot in slots])

        if type(factor) is Atom:
            self.factor: Factor = Atom(factor.head, taken(factor.slots))
        elif type(factor) is Delta:
            self.factor = Delta(*taken((factor.left, factor.right)))
        elif type(factor) is Apply:
            self.factor = factor_map(factor, {i: (next(places),) for i in ends})
        else:
            assert type(factor) is Value
            out = taken(factor.out)
            derivatives = tuple([(number, taken(slots)) for number, slots in factor.derivatives])
            mapping = {i: (next(places),) for i in ends[self.count - _nested(factor, ends) :]}
            arguments = tuple(
                [Abstraction(a.parameters, term_map(a.body, mapping)) for a in factor.arguments]
            )
            self.factor = Value(factor.function, out, derivatives, arguments)

    def at(
        self, slots: list[Slot], sizes: list[Any], fixed: Callable[[tuple[int, Any]], Index]
    ) -> Factor:
        """Return the factor with its ends at ``slots`` and new ``LOCAL`` indices inside."""
        mapping: dict[Index, Slot] = {_PLACE + k: slot for k, slot in enumerate(slots)}
        mapping.update((index, (fixed(key),)) for index, key in self.positions)
        for index, size in self.inner:
            mapping[index] = (LOCAL + len(sizes),)
            sizes.append(size)
        return factor_map(self.factor, mapping)


def _nested(value: Value, ends: list[Index]) -> int:
    """Return how many ends of a value belong to its arguments."""
    return len(ends) - sum(len(slot) for slot in factor_slots(value))
