"""Index terms: sums of products of factors that carry indices.

A *term* is a sum of monomials. A monomial is a rational coefficient times factors; its ``bound``
indices are summed over, all others are free (positions of the result, or bound further out). Within
a monomial, nested arguments included, every bound index and every parameter has a number of its own,
so a substitution can never capture.

An index is a positive number; ``-k`` is the fixed position k. A *slot* is a tuple of indices read as
one axis, the first running slowly (``vec`` and Kronecker axes have two); ``()`` is a unit axis.

Here is no search and no judgement: only construction, substitution and the contraction of deltas.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from sympy import Add, Integer, Mul, Pow, Symbol

Index = int
Slot = tuple[int, ...]
Term = tuple["Monomial", ...]

Address = tuple[tuple[int, int, int], ...]
"""Where a nested term stands: (monomial, factor, argument) from the outside in; () is the whole."""

MAX_MONOMIALS = 20_000
"""A term longer than this is out of budget."""


class OutOfBudgetError(Exception):
    """A counted limit stopped the work; the message says which."""


class UnknownNodeError(Exception):
    """A node that the kernel has no definition for."""


class RefusedError(Exception):
    """The certificate does not prove the goal; the message names the step and the reason."""


class Atom:
    """An entry of a name: ``head`` is the SymPy symbol, one slot for each axis."""

    __slots__ = ("_hash", "head", "slots")

    def __init__(self, head: Any, slots: tuple[Slot, ...]) -> None:
        self.head = head
        self.slots = slots
        self._hash = hash((head, slots))

    def __eq__(self, other: object) -> bool:
        return type(other) is Atom and self.head == other.head and self.slots == other.slots

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"{self.head}{list(self.slots)}"


class Delta:
    """1 where both slots name the same position, 0 elsewhere."""

    __slots__ = ("left", "right")

    def __init__(self, left: Slot, right: Slot) -> None:
        self.left, self.right = (left, right) if left <= right else (right, left)

    def __eq__(self, other: object) -> bool:
        return type(other) is Delta and self.left == other.left and self.right == other.right

    def __hash__(self) -> int:
        return hash(("delta", self.left, self.right))

    def __repr__(self) -> str:
        return f"δ[{self.left},{self.right}]"


class Apply:
    """The ``order``-th derivative of a number function at a term; carries the term's free indices."""

    __slots__ = ("_hash", "argument", "function", "order")

    def __init__(self, function: Any, order: int, argument: Term) -> None:
        self.function = function
        self.order = order
        self.argument = argument
        self._hash = hash((function, order, argument))

    def __eq__(self, other: object) -> bool:
        return (
            type(other) is Apply
            and self._hash == other._hash
            and self.function == other.function
            and self.order == other.order
            and frozenset(self.argument) == frozenset(other.argument)
            and len(self.argument) == len(other.argument)
        )

    def __hash__(self) -> int:
        return hash((self.function, self.order, frozenset(self.argument)))

    def __repr__(self) -> str:
        return f"{self.function}{chr(39) * self.order}({list(self.argument)})"


class Abstraction:
    """A whole argument: the term ``body`` as a function of its ``parameters`` (one slot an axis)."""

    __slots__ = ("body", "parameters")

    def __init__(self, parameters: tuple[Slot, ...], body: Term) -> None:
        self.parameters = parameters
        self.body = body

    def __eq__(self, other: object) -> bool:
        return (
            type(other) is Abstraction
            and self.parameters == other.parameters
            and frozenset(self.body) == frozenset(other.body)
            and len(self.body) == len(other.body)
        )

    def __hash__(self) -> int:
        return hash((self.parameters, frozenset(self.body)))

    def __repr__(self) -> str:
        return f"{list(self.parameters)}->{list(self.body)}"


class Value:
    """A function of whole arguments: its value's slots, and the slots of each derivative taken.

    ``derivatives`` holds (argument number, slots) pairs; their order does not matter (the functions
    are smooth). ``inverse``, ``determinant``, ``adjugate`` are Values too.
    """

    __slots__ = ("_hash", "arguments", "derivatives", "function", "out")

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

    def __eq__(self, other: object) -> bool:
        return (
            type(other) is Value
            and self.function == other.function
            and self.out == other.out
            and self.derivatives == other.derivatives
            and self.arguments == other.arguments
        )

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"{self.function}{list(self.out)}{list(self.derivatives)}({list(self.arguments)})"


Factor = Atom | Delta | Apply | Value


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
            and same_factors(self.factors, other.factors)
        )

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash((self.coefficient, self.bound, frozenset(self.factors)))
        return self._hash

    def __repr__(self) -> str:
        bound = f"Σ{sorted(self.bound)}" if self.bound else ""
        return f"{self.coefficient}{bound}{list(self.factors)}"


def same_factors(left: Sequence[Factor], right: Sequence[Factor]) -> bool:
    """Return whether two products are the same up to the order of their factors."""
    if len(left) != len(right):
        return False
    count: dict[Factor, int] = {}
    for factor in left:
        count[factor] = count.get(factor, 0) + 1
    for factor in right:
        left_over = count.get(factor, 0)
        if not left_over:
            return False
        count[factor] = left_over - 1
    return True


NUMBER_ONE = Monomial(Fraction(1), frozenset(), ())


def scaled(term: Iterable[Monomial], number: Fraction) -> Term:
    """Return ``number`` times a term."""
    return tuple(Monomial(m.coefficient * number, m.bound, m.factors) for m in term)


def slot_map(slot: Slot, mapping: Mapping[Index, Slot]) -> Slot:
    """Return ``slot`` with each index replaced by its slot in ``mapping``, if any."""
    for index in slot:
        if index in mapping:
            return tuple(part for index in slot for part in mapping.get(index, (index,)))
    return slot


def factor_map(factor: Factor, mapping: Mapping[Index, Slot]) -> Factor:
    """Return ``factor`` under a substitution of indices by slots (bound ones too, if mapped)."""
    if type(factor) is Atom:
        return Atom(factor.head, tuple([slot_map(s, mapping) for s in factor.slots]))
    if type(factor) is Delta:
        return Delta(slot_map(factor.left, mapping), slot_map(factor.right, mapping))
    if type(factor) is Apply:
        return Apply(factor.function, factor.order, term_map(factor.argument, mapping))
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
        bound = frozenset(part for i in bound for part in mapping.get(i, (i,)))
    return Monomial(
        monomial.coefficient, bound, tuple([factor_map(f, mapping) for f in monomial.factors])
    )


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
    if type(factor) is Value:
        return tuple([argument.body for argument in factor.arguments])
    return ()


def free_indices(factor: Factor) -> set[Index]:
    """Return the indices that a factor carries and that are not bound inside it."""
    found = {index for slot in factor_slots(factor) for index in slot if index > 0}
    if type(factor) is Apply:
        found |= term_free(factor.argument)
    elif type(factor) is Value:
        for argument in factor.arguments:
            own = {index for slot in argument.parameters for index in slot}
            found |= term_free(argument.body) - own
    return found


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


class Scope:
    """The numbering of indices and their sizes; every operation that needs fresh indices takes it.

    ``level`` is 0 for indices of the result and summed ones, and the nesting depth for parameters of
    whole arguments: a delta between two indices of different level replaces the deeper one.
    ``split`` names the functions that were split along a delta: their parts stand, times a delta or
    one minus a delta, also at positions where they need not be defined.
    """

    def __init__(self) -> None:
        self.split: set[Any] = set()
        self.sizes: dict[Index, Any] = {}
        self.level: dict[Index, int] = {}

    def fresh(self, size: Any, level: int = 0) -> Slot:
        """Return a new slot of one index; of none for size 1."""
        if size == 1:
            return ()
        index = len(self.sizes) + 1
        self.sizes[index] = size
        if level:
            self.level[index] = level
        return (index,)

    def slot_size(self, slot: Slot) -> Any:
        """Return the size of an axis that holds ``slot`` (no fixed positions)."""
        return Mul(*[self.sizes[index] for index in slot])

    def renewed(self, monomial: Monomial) -> Monomial:
        """Return a copy of ``monomial`` whose bound indices, at any depth, are all new."""
        mapping = {
            index: self.fresh(self.sizes[index], self.level.get(index, 0))
            for index in binders(monomial)
        }
        return monomial_map(monomial, mapping) if mapping else monomial

    def product(self, *terms: Term) -> Term:
        """Return the distributed product of terms whose bound indices are distinct.

        Raises:
            OutOfBudgetError: when the result has too many monomials.
        """
        result: Term | None = None
        for term in terms:
            if result is None:
                result = term
                continue
            if len(result) * len(term) > MAX_MONOMIALS:
                raise OutOfBudgetError(f"a product expands to over {MAX_MONOMIALS} monomials")
            # a monomial of a later factor is used once for each monomial so far: its bound indices
            # stay apart because each use ends up in a monomial of its own
            result = tuple([times(left, right) for left in result for right in term])
        return (NUMBER_ONE,) if result is None else result

    def summed(self, term: Term, bound: Iterable[Index], deltas: Sequence[Delta] = ()) -> Term:
        """Return Σ over ``bound`` of the deltas times ``term``, contracted."""
        extra = frozenset(bound)
        return tuple(
            [
                part
                for m in term
                for part in self.contracted(
                    Monomial(m.coefficient, m.bound | extra, (*deltas, *m.factors))
                )
            ]
        )

    def contracted(self, monomial: Monomial, *, settle: bool = False) -> Term:
        """Remove every delta that has a bound index; sum what nothing carries.

        A delta between two free indices stays, and one of them is replaced by the other elsewhere.
        A delta between axes that are factored differently stays as an opaque permutation. With
        ``settle`` nested terms are contracted too even when nothing was substituted into them.
        """
        bound = set(monomial.bound)
        others = [(f, settle) for f in monomial.factors if type(f) is not Delta]
        waiting = [(f.left, f.right) for f in monomial.factors if type(f) is Delta]
        kept: list[tuple[Slot, Slot]] = []
        while waiting:
            left, right = waiting.pop()
            while left or right:
                met = self._unify(left, right, bound)
                if met is None:
                    return ()
                count, replace = met
                if not count[0]:
                    kept.append((left, right))
                    break
                pair = (left[: count[0]], right[: count[1]])
                left, right = left[count[0] :], right[count[1] :]
                if replace is None:
                    continue
                old, new = replace
                mapping = {old: new}
                others = [
                    (changed, dirty or changed is not f)
                    for f, dirty in others
                    for changed in [factor_map(f, mapping) if old in free_indices(f) else f]
                ]
                left, right = slot_map(left, mapping), slot_map(right, mapping)
                waiting = [(slot_map(a, mapping), slot_map(b, mapping)) for a, b in waiting]
                touched = [k for k in kept if old in k[0] or old in k[1]]
                kept = [k for k in kept if k not in touched]
                # what was kept may contract now
                waiting += [(slot_map(a, mapping), slot_map(b, mapping)) for a, b in touched]
                if old in bound:
                    bound.discard(old)
                else:
                    kept.append(pair)
        deltas = tuple([Delta(a, b) for a, b in kept])
        pieces: Term = (Monomial(monomial.coefficient, frozenset(bound), deltas),)
        split = False
        for factor, dirty in others:
            settled = self._settled(factor) if dirty else (single(factor),)
            split = split or len(settled) != 1 or settled[0].factors != (factor,)
            pieces = tuple([times(left, right) for left in pieces for right in settled])
        if split and any(type(f) is Delta for p in pieces for f in p.factors[len(deltas) :]):
            return tuple([part for piece in pieces for part in self.contracted(piece)])
        result: list[Monomial] = []
        for piece in pieces:
            refined = self._refined(piece)
            if refined is not piece:
                result += self.contracted(refined, settle=True)
                continue
            fused = self._fused(piece)
            if fused is not piece and any(type(f) is Delta for f in fused.factors):
                result += self.contracted(fused)
            else:
                result += self._counted(fused)
        return tuple(result)

    def factored(self, delta: Delta, among: Collection[Index]) -> tuple[Index, list[Any]] | None:
        """Return an index of ``among`` that a delta joins to several, and the sizes of these."""
        for slot, other in ((delta.left, delta.right), (delta.right, delta.left)):
            if not slot or slot[0] not in among:
                continue
            for count in range(2, len(other) + 1):
                parts = other[:count]
                if min(parts) > 0 and self.slot_size(parts) == self.sizes[slot[0]]:
                    return slot[0], [self.sizes[index] for index in parts]
        return None

    def _refined(self, monomial: Monomial) -> Monomial:
        """Split a bound index that a delta inside a nested term joins to several."""
        if not monomial.bound:
            return monomial
        for delta in nested_deltas(monomial):
            found = self.factored(delta, monomial.bound)
            if found is not None:
                whole, sizes = found
                parts = tuple([i for size in sizes for i in self.fresh(size)])
                return monomial_map(monomial, {whole: parts})
        return monomial

    def _fused(self, monomial: Monomial) -> Monomial:
        """Join two bound indices that stand side by side wherever they stand into one."""
        if len(monomial.bound) < 2:
            return monomial
        slots = [s for f in monomial.factors for s in all_slots(f)]
        if not any(len(s) > 1 for s in slots):
            return monomial
        for first in sorted(monomial.bound):
            after = {
                s[k + 1] if k + 1 < len(s) else 0
                for s in slots
                for k, index in enumerate(s)
                if index == first
            }
            second = after.pop() if len(after) == 1 else 0
            if second == first or second not in monomial.bound:
                continue
            pairs = sum(s[k : k + 2] == (first, second) for s in slots for k in range(len(s)))
            if pairs != sum(s.count(second) for s in slots):
                continue
            (whole,) = self.fresh(self.slot_size((first, second)))
            joined = monomial_map(monomial, {first: (whole,), second: ()})
            return self._fused(joined)
        return monomial

    def _unify(
        self, left: Slot, right: Slot, bound: set[Index]
    ) -> tuple[tuple[int, int], tuple[Index, Slot] | None] | None:
        """Return how many indices meet on each side and what replaces what; None for a zero delta."""
        if not left or not right:
            raise UnknownNodeError("axes of different sizes meet")
        x, y = left[0], right[0]
        if x == y:
            return (1, 1), None
        if x < 0 and y < 0:
            return None
        if x < 0 or y < 0:
            return (1, 1), ((y, (x,)) if x < 0 else (x, (y,)))
        if self.sizes[x] == self.sizes[y]:
            if x in bound or y in bound:
                return (1, 1), ((x, (y,)) if x in bound else (y, (x,)))
            inner, outer = sorted((x, y), key=lambda i: (-self.level.get(i, 0), -i))
            return (1, 1), (inner, (outer,))
        for whole, parts, swap in ((x, right, False), (y, left, True)):
            if whole not in bound:
                continue
            for count in range(2, len(parts) + 1):
                if min(parts[:count]) > 0 and self.slot_size(parts[:count]) == self.sizes[whole]:
                    return ((count, 1) if swap else (1, count)), (whole, parts[:count])
        return (0, 0), None

    def _settled(self, factor: Factor) -> Term:
        """Return ``factor`` with its nested terms contracted and outer deltas split off."""
        if type(factor) is Apply:
            return self.applied(
                factor.function, factor.order, self.settled_term(factor.argument)
            )
        if type(factor) is Value:
            return self.valued(
                factor.function,
                factor.out,
                factor.derivatives,
                tuple(
                    [Abstraction(a.parameters, self.settled_term(a.body)) for a in factor.arguments]
                ),
            )
        return (single(factor),)

    def settled_term(self, term: Term) -> Term:
        """Return a nested term contracted again, after a substitution."""
        return tuple([part for m in term for part in self.contracted(m, settle=True)])

    def _counted(self, monomial: Monomial) -> Term:
        """Sum over the bound indices that nothing carries: each gives its size."""
        if not monomial.bound:
            return (monomial,)
        carried: set[Index] = set()
        for factor in monomial.factors:
            carried |= free_indices(factor)
        idle = monomial.bound - carried
        if not idle:
            return (monomial,)
        kept = Monomial(monomial.coefficient, monomial.bound & carried, monomial.factors)
        return self.product((kept,), *[size_term(self.sizes[index]) for index in sorted(idle)])

    # g(a + δ_ij b) = (1 - δ_ij) g(a) + δ_ij g(a + b), for indices i, j of the outer term
    def _outer_delta(self, terms: Iterable[Term]) -> Delta | None:
        """Return a delta between two outer indices that stands in one of the nested terms."""
        for term in terms:
            for monomial in term:
                for f in monomial.factors:
                    if (
                        type(f) is Delta
                        and len(f.left) == len(f.right) == 1
                        and not self.level.get(f.left[0])
                        and not self.level.get(f.right[0])
                    ):
                        return f
        return None

    def _branches(self, delta: Delta, term: Term) -> tuple[Term, Term]:
        """Return a nested term where the delta is 0 and where it is 1."""
        old, new = max(delta.left, delta.right), min(delta.left, delta.right)
        zero = tuple([m for m in term if delta not in m.factors])
        one = self.settled_term(term_map(term, {old[0]: new}))
        return zero, one

    def _split(self, delta: Delta, zero: Term, one: Term) -> Term:
        """Return (1 - δ) zero + δ one, contracted where δ can be."""
        renewed = tuple([self.renewed(m) for m in zero])
        factor = (single(delta),)
        minus = (Monomial(Fraction(-1), frozenset(), (delta,)),)
        return zero + self.product(minus, renewed) + self.product(factor, one)

    def applied(self, function: Any, order: int, argument: Term) -> Term:
        """Return the ``order``-th derivative of a number function at a term, in settled form."""
        delta = self._outer_delta((argument,))
        if delta is not None:
            self.split.add(function)
            zero, one = self._branches(delta, argument)
            return self._split(
                delta, self.applied(function, order, zero), self.applied(function, order, one)
            )
        return (single(Apply(function, order, argument)),)

    def valued(
        self,
        function: Any,
        out: tuple[Slot, ...],
        derivatives: tuple[tuple[int, tuple[Slot, ...]], ...],
        arguments: tuple[Abstraction, ...],
    ) -> Term:
        """Return a function of whole arguments, in settled form."""
        delta = self._outer_delta([a.body for a in arguments])
        if delta is not None:
            self.split.add(function)
            pairs = [self._branches(delta, a.body) for a in arguments]
            branch = [
                self.valued(
                    function,
                    out,
                    derivatives,
                    tuple(
                        [
                            Abstraction(a.parameters, pair[which])
                            for a, pair in zip(arguments, pairs, strict=True)
                        ]
                    ),
                )
                for which in (0, 1)
            ]
            return self._split(delta, branch[0], branch[1])
        return (single(Value(function, out, derivatives, arguments)),)


def single(factor: Factor) -> Monomial:
    """Return one factor as a monomial."""
    return Monomial(Fraction(1), frozenset(), (factor,))


def times(left: Monomial, right: Monomial) -> Monomial:
    """Return the product of two monomials whose bound indices are distinct."""
    return Monomial(
        left.coefficient * right.coefficient,
        left.bound | right.bound if right.bound else left.bound,
        left.factors + right.factors,
    )


def size_term(size: Any) -> Term:
    """Return a size as a number: size symbols are factors without indices.

    Raises:
        UnknownNodeError: for anything but integers, symbols, products, sums and natural powers.
    """
    if isinstance(size, Integer):
        return (Monomial(Fraction(int(size)), frozenset(), ()),) if size else ()
    if isinstance(size, Symbol):
        return (single(Atom(size, ())),)
    if isinstance(size, Add):
        return tuple([m for part in size.args for m in size_term(part)])
    if isinstance(size, Mul):
        return Scope().product(*[size_term(part) for part in size.args])
    if isinstance(size, Pow) and isinstance(size.exp, Integer) and size.exp > 0:
        return Scope().product(*[size_term(size.base)] * int(size.exp))
    raise UnknownNodeError(f"no definition for the size {size}")
