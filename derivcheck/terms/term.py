"""Index terms: sums of products of factors that carry indices.

A *term* is a sum of monomials. A monomial is a rational coefficient times factors; its ``bound``
indices are summed over, all others are free (positions of the result, or bound further out). Within
a monomial, nested arguments included, every bound index and every parameter has a number of its own,
so a substitution can never capture.

An index is a positive number, a fixed position a negative one; ``Scope`` knows what they stand for.
A *slot* is a tuple of indices read as one axis, the first running slowly (``vec`` and Kronecker axes
have two); ``()`` is a unit axis.

Here is no search and no judgement: only the data, substitution and questions about it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from derivcheck.limits import MONOMIALS as MAX_MONOMIALS

Index = int
Slot = tuple[int, ...]
Term = tuple["Monomial", ...]

Address = tuple[tuple[int, int, int], ...]
"""Where a nested term stands: (monomial, factor, argument) from the outside in; () is the whole."""


class OutOfBudgetError(Exception):
    """A counted limit stopped the work; the message says which."""


class TooLongError(OutOfBudgetError):
    """A product expands to too many monomials; kept as groups its sums may still do."""


class UnknownNodeError(Exception):
    """A node that the kernel has no definition for."""


class RefusedError(Exception):
    """The certificate does not prove the goal; the message names the step and the reason."""


class Traits(NamedTuple):
    """What is known of a factor.

    Attributes:
        free: the indices that it carries and that are not bound inside it.
        weight: how many factors and monomials it is made of.
        wide: an axis somewhere in it is made of several indices.
        joins: a delta inside its nested terms has such an axis.
    """

    free: frozenset[Index]
    weight: int
    wide: bool
    joins: bool


class Atom:
    """An entry of a name: ``head`` is the SymPy symbol, one slot for each axis."""

    __slots__ = ("_hash", "_traits", "head", "slots")

    def __init__(self, head: Any, slots: tuple[Slot, ...]) -> None:
        self.head = head
        self.slots = slots
        self._hash = hash((head, slots))
        self._traits: Traits | None = None

    def __eq__(self, other: object) -> bool:
        return type(other) is Atom and self.slots == other.slots and self.head == other.head

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"{self.head}{list(self.slots)}"


class Delta:
    """1 where both slots name the same position, 0 elsewhere."""

    __slots__ = ("_traits", "left", "right")

    def __init__(self, left: Slot, right: Slot) -> None:
        self.left, self.right = (left, right) if left <= right else (right, left)
        self._traits: Traits | None = None

    def __eq__(self, other: object) -> bool:
        return type(other) is Delta and self.left == other.left and self.right == other.right

    def __hash__(self) -> int:
        return hash(("delta", self.left, self.right))

    def __repr__(self) -> str:
        return f"δ[{self.left},{self.right}]"


class Apply:
    """The ``order``-th derivative of a number function at a term; carries the term's free indices."""

    __slots__ = ("_hash", "_traits", "argument", "function", "order")

    def __init__(self, function: Any, order: int, argument: Term) -> None:
        self.function = function
        self.order = order
        self.argument = argument
        self._hash = hash((function, order, frozenset(argument)))
        self._traits: Traits | None = None

    def __eq__(self, other: object) -> bool:
        return (
            type(other) is Apply
            and self._hash == other._hash
            and self.function == other.function
            and self.order == other.order
            and same(self.argument, other.argument)
        )

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"{self.function}{chr(39) * self.order}({list(self.argument)})"


class Group:
    """A sum kept as one factor: nothing but the term itself, not multiplied out."""

    __slots__ = ("_hash", "_traits", "term")

    def __init__(self, term: Term) -> None:
        self.term = term
        self._hash = hash(("group", frozenset(term)))
        self._traits: Traits | None = None

    def __eq__(self, other: object) -> bool:
        return type(other) is Group and self._hash == other._hash and same(self.term, other.term)

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"({list(self.term)})"


class Abstraction:
    """A whole argument: the term ``body`` as a function of its ``parameters`` (one slot an axis)."""

    __slots__ = ("_hash", "body", "parameters")

    def __init__(self, parameters: tuple[Slot, ...], body: Term) -> None:
        self.parameters = parameters
        self.body = body
        self._hash = hash((parameters, frozenset(body)))

    def __eq__(self, other: object) -> bool:
        return (
            type(other) is Abstraction
            and self.parameters == other.parameters
            and same(self.body, other.body)
        )

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"{list(self.parameters)}->{list(self.body)}"


class Value:
    """A function of whole arguments: its value's slots, and the slots of each derivative taken.

    ``derivatives`` holds (argument number, slots) pairs; their order does not matter (the functions
    are smooth). ``inverse``, ``determinant``, ``adjugate`` are Values too.
    """

    __slots__ = ("_hash", "_traits", "arguments", "derivatives", "function", "out")

    def __init__(
        self,
        function: Any,
        out: tuple[Slot, ...],
        derivatives: tuple[tuple[int, tuple[Slot, ...]], ...],
        arguments: tuple[Abstraction, ...],
    ) -> None:
        self.function = function
        self.out = out
        self.derivatives = tuple(sorted(derivatives))
        self.arguments = arguments
        self._hash = hash((function, out, self.derivatives, arguments))
        self._traits: Traits | None = None

    def __eq__(self, other: object) -> bool:
        return (
            type(other) is Value
            and self._hash == other._hash
            and self.function == other.function
            and self.out == other.out
            and self.derivatives == other.derivatives
            and self.arguments == other.arguments
        )

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"{self.function}{list(self.out)}{list(self.derivatives)}({list(self.arguments)})"


Factor = Atom | Delta | Apply | Group | Value


class Monomial:
    """A rational coefficient times factors, summed over the ``bound`` indices."""

    __slots__ = ("_hash", "bound", "coefficient", "factors")

    def __init__(
        self, coefficient: Fraction, bound: frozenset[Index], factors: tuple[Factor, ...]
    ) -> None:
        self.coefficient = coefficient
        self.bound = bound
        self.factors = factors
        self._hash: int | None = None

    def __eq__(self, other: object) -> bool:
        return (
            type(other) is Monomial
            and self.coefficient == other.coefficient
            and self.bound == other.bound
            and same(self.factors, other.factors)
        )

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash((self.coefficient, self.bound, frozenset(self.factors)))
        return self._hash

    def __repr__(self) -> str:
        bound = f"Σ{sorted(self.bound)}" if self.bound else ""
        return f"{self.coefficient}{bound}{list(self.factors)}"


def same(left: Sequence[Any], right: Sequence[Any]) -> bool:
    """Return whether two products, or two sums, are the same up to the order of their parts.

    A part that stands twice counts twice: x + x + y is not x + y + y.
    """
    if len(left) != len(right):
        return False
    if left == right:
        return True
    count: dict[Any, int] = {}
    for part in left:
        count[part] = count.get(part, 0) + 1
    for part in right:
        left_over = count.get(part, 0)
        if not left_over:
            return False
        count[part] = left_over - 1
    return True


ONE = Fraction(1)

NUMBER_ONE = Monomial(ONE, frozenset(), ())


def number(value: Fraction) -> Term:
    """Return a rational number as a term."""
    return (Monomial(value, frozenset(), ()),) if value else ()


def single(factor: Factor) -> Monomial:
    """Return one factor as a monomial."""
    return Monomial(ONE, frozenset(), (factor,))


def times(left: Monomial, right: Monomial) -> Monomial:
    """Return the product of two monomials whose bound indices are distinct."""
    one, other = left.coefficient, right.coefficient
    return Monomial(
        one if other is ONE else other if one is ONE else one * other,
        left.bound | right.bound if right.bound else left.bound,
        left.factors + right.factors,
    )


def scaled(term: Iterable[Monomial], factor: Fraction) -> Term:
    """Return ``factor`` times a term."""
    return tuple([Monomial(m.coefficient * factor, m.bound, m.factors) for m in term])


def distributed(*terms: Term, most: int = MAX_MONOMIALS) -> Term:
    """Return the product of terms, multiplied out; bound indices of different terms are distinct.

    Raises:
        TooLongError: when the result has too many monomials.
    """
    result: Term | None = None
    for term in terms:
        if len(term) * (1 if result is None else len(result)) > most:
            raise TooLongError(f"a product expands to over {most} monomials")
        # a monomial of a later factor is used once for each monomial so far: its bound indices
        # stay apart because each use ends up in a monomial of its own
        result = (
            term
            if result is None
            else tuple([times(left, right) for left in result for right in term])
        )
    return (NUMBER_ONE,) if result is None else result


# --- substitution -----------------------------------------------------------------------------


def slot_map(slot: Slot, mapping: Mapping[Index, Slot]) -> Slot:
    """Return ``slot`` with each index replaced by its slot in ``mapping``, if any."""
    for index in slot:
        if index in mapping:
            return tuple([part for index in slot for part in mapping.get(index, (index,))])
    return slot


def factor_map(factor: Factor, mapping: Mapping[Index, Slot]) -> Factor:
    """Return ``factor`` under a substitution of indices by slots (bound ones too, if mapped)."""
    if type(factor) is Atom:
        return Atom(factor.head, tuple([slot_map(s, mapping) for s in factor.slots]))
    if type(factor) is Delta:
        return Delta(slot_map(factor.left, mapping), slot_map(factor.right, mapping))
    if type(factor) is Apply:
        return Apply(factor.function, factor.order, term_map(factor.argument, mapping))
    if type(factor) is Group:
        return Group(term_map(factor.term, mapping))
    assert type(factor) is Value
    return Value(
        factor.function,
        tuple([slot_map(s, mapping) for s in factor.out]),
        tuple([(k, tuple([slot_map(s, mapping) for s in d])) for k, d in factor.derivatives]),
        tuple(
            [
                Abstraction(
                    tuple([slot_map(s, mapping) for s in a.parameters]), term_map(a.body, mapping)
                )
                for a in factor.arguments
            ]
        ),
    )


def term_map(term: Term, mapping: Mapping[Index, Slot]) -> Term:
    """Return ``term`` under a substitution of indices by slots, deltas left as they are."""
    return tuple([monomial_map(monomial, mapping) for monomial in term])


def monomial_map(monomial: Monomial, mapping: Mapping[Index, Slot]) -> Monomial:
    """Return ``monomial`` under a substitution; bound indices are renamed as well."""
    bound = monomial.bound
    if any(index in mapping for index in bound):
        bound = frozenset([part for i in bound for part in mapping.get(i, (i,))])
    return Monomial(
        monomial.coefficient, bound, tuple([factor_map(f, mapping) for f in monomial.factors])
    )


# --- questions --------------------------------------------------------------------------------


def factor_slots(factor: Factor) -> Iterator[Slot]:
    """Yield the slots that a factor shows itself, nested arguments aside."""
    if type(factor) is Atom:
        yield from factor.slots
    elif type(factor) is Delta:
        yield factor.left
        yield factor.right
    elif type(factor) is Value:
        yield from factor.out
        for _, slots in factor.derivatives:
            yield from slots


def nested_terms(factor: Factor) -> tuple[Term, ...]:
    """Return the terms inside a factor, in order."""
    if type(factor) is Apply:
        return (factor.argument,)
    if type(factor) is Group:
        return (factor.term,)
    if type(factor) is Value:
        return tuple([argument.body for argument in factor.arguments])
    return ()


def traits(factor: Factor) -> Traits:
    """Return what is known of a factor once and for all."""
    found = factor._traits
    if found is None:
        shown = list(factor_slots(factor))
        free = {index for slot in shown for index in slot if index > 0}
        wide = bool(shown) and max(map(len, shown)) > 1
        weight, joins = 1, False
        parameters: list[Slot] = []
        if type(factor) is Value:
            parameters = [slot for a in factor.arguments for slot in a.parameters]
            wide = wide or any(len(slot) > 1 for slot in parameters)
        for term in nested_terms(factor):
            for monomial in term:
                weight += 1
                for nested in monomial.factors:
                    inner = traits(nested)
                    free |= inner.free - monomial.bound
                    weight += inner.weight
                    wide = wide or inner.wide
                    joins = joins or inner.joins or (type(nested) is Delta and inner.wide)
        if parameters:
            free -= {index for slot in parameters for index in slot}
        found = factor._traits = Traits(frozenset(free), weight, wide, joins)
    return found


def free_indices(factor: Factor) -> frozenset[Index]:
    """Return the indices that a factor carries and that are not bound inside it."""
    return traits(factor).free


def term_free(term: Term) -> set[Index]:
    """Return the free indices of a term."""
    found: set[Index] = set()
    for monomial in term:
        for factor in monomial.factors:
            found |= free_indices(factor) - monomial.bound
    return found


def all_slots(factor: Factor) -> Iterator[Slot]:
    """Yield every slot that stands in a factor, at any depth."""
    yield from factor_slots(factor)
    if type(factor) is Value:
        for argument in factor.arguments:
            yield from argument.parameters
    for inner in nested_terms(factor):
        for monomial in inner:
            for nested in monomial.factors:
                yield from all_slots(nested)


def nested_deltas(monomial: Monomial) -> Iterator[Delta]:
    """Yield every delta inside the nested terms of a monomial."""
    for factor in monomial.factors:
        for inner in nested_terms(factor):
            for nested in inner:
                yield from (f for f in nested.factors if type(f) is Delta)
                yield from nested_deltas(nested)


def binders(monomial: Monomial) -> Iterator[Index]:
    """Yield every index bound in a monomial, at any depth, parameters included."""
    yield from sorted(monomial.bound)
    for factor in monomial.factors:
        if type(factor) is Value:
            for argument in factor.arguments:
                for slot in argument.parameters:
                    yield from slot
        for inner in nested_terms(factor):
            for nested in inner:
                yield from binders(nested)


def deltas_of(term: Term) -> Iterator[Delta]:
    """Yield every delta of a term, at any depth."""
    for monomial in term:
        yield from (f for f in monomial.factors if type(f) is Delta)
        yield from nested_deltas(monomial)


def side_by_side(among: Collection[Index], slots: Sequence[Slot]) -> tuple[Index, Index] | None:
    """Return two of the indices that stand side by side wherever one of them stands."""
    if not any(len(s) > 1 for s in slots):
        return None
    for first in sorted(among):
        after = {
            s[k + 1] if k + 1 < len(s) else 0
            for s in slots
            for k, index in enumerate(s)
            if index == first
        }
        second = after.pop() if len(after) == 1 else 0
        if second == first or second not in among:
            continue
        pairs = sum([s[k : k + 2] == (first, second) for s in slots for k in range(len(s))])
        if pairs == sum([s.count(second) for s in slots]):
            return first, second
    return None
