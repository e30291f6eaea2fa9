"""Whether one monomial becomes another by renaming its bound indices, nested ones included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from derivcheck.limits import MATCHING as MAX_BRANCHES
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
    OutOfBudgetError,
    Slot,
    Term,
    Value,
    all_slots,
    binders,
    monomial_map,
    same,
)

Colours = dict[Index, int]
"""Index to a number that does not depend on how the bound indices are numbered."""

Renaming = dict[Index, Index]


def renaming(
    scope: Scope, monomial: Monomial, target: Monomial, colours: Colours, targets: Colours
) -> tuple[tuple[Index, Index], ...] | None:
    """Return a renaming of bound indices that takes ``monomial`` to ``target``, if any.

    Coefficients aside. ``colours`` and ``targets`` colour the indices that the two bind, at any
    depth; only indices of one colour are matched.

    Raises:
        OutOfBudgetError: after ``MAX_BRANCHES`` attempts.
    """
    found = _by_colour(monomial, target, colours, targets)
    if found is None:
        matcher = Matcher(scope, colours, targets)
        found = next(matcher.monomials(monomial, target, {}, Place()), None)
    return None if found is None else tuple(sorted(found.items()))


def _by_colour(
    monomial: Monomial, target: Monomial, colours: Colours, targets: Colours
) -> Renaming | None:
    """Return the renaming that colours alone determine, if they do."""
    index_of = {colour: index for index, colour in targets.items()}
    if len(index_of) != len(targets) or set(index_of) != set(colours.values()):
        return None
    found = {index: index_of[colour] for index, colour in colours.items()}
    if len(found) != len(targets) or set(found) != set(binders(monomial)):
        return None
    renamed = monomial_map(monomial, {old: (new,) for old, new in found.items()})
    if renamed.bound == target.bound and same(renamed.factors, target.factors):
        return found
    return None


class Place(Struct, frozen=True):
    """Where two terms are compared.

    Attributes:
        own: the indices bound so far on the left, theirs: on the right.
        joined: indices on the right to the one that stands for all that deltas make equal to it.
    """

    own: frozenset[Index] = frozenset()
    theirs: frozenset[Index] = frozenset()
    joined: Mapping[Index, Index] | None = None

    def within(self, left: frozenset[Index], right: frozenset[Index]) -> Place:
        """Return the place inside of what binds more indices."""
        return replace(self, own=self.own | left, theirs=self.theirs | right)

    def where(self, deltas: list[Delta]) -> Place:
        """Return the place beside deltas of the right side."""
        if not deltas:
            return self
        joined = dict(self.joined or {})
        for delta in deltas:
            (x,), (y,) = delta.left, delta.right
            old, new = joined.get(x, x), joined.get(y, y)
            joined = {k: new if v == old else v for k, v in joined.items()}
            joined[x] = joined[y] = new
        return replace(self, joined=joined)

    def agree(self, image: Index, shown: Index) -> bool:
        """Return whether two indices of the right side are equal here."""
        joined = self.joined
        return image == shown or (
            joined is not None and joined.get(image, image) == joined.get(shown, shown)
        )


class Matcher:
    """Backtracking search for a renaming; yields every one it finds.

    Where colours are given, only indices of one colour are matched.
    """

    def __init__(
        self, scope: Scope, colours: Colours | None = None, targets: Colours | None = None
    ) -> None:
        self.scope = scope
        self.colours = colours or {}
        self.targets = targets or {}
        self.tried = 0

    def monomials(
        self, left: Monomial, right: Monomial, mapping: Renaming, place: Place
    ) -> Iterator[Renaming]:
        """Yield extensions of ``mapping`` under which left becomes right, coefficients aside."""
        if len(left.factors) != len(right.factors) or len(left.bound) != len(right.bound):
            return
        inside = place.within(left.bound, right.bound)
        deltas = [f for f in right.factors if type(f) is Delta]
        # deltas first: what they join may stand for one another in the other factors
        for joined in self._factors(
            [f for f in left.factors if type(f) is Delta], list(deltas), mapping, inside
        ):
            for found in self._factors(
                [f for f in left.factors if type(f) is not Delta],
                [f for f in right.factors if type(f) is not Delta],
                joined,
                inside.where([d for d in deltas if self.scope.joins(d)]),
            ):
                if all(index in found for index in left.bound):
                    yield found

    def _factors(
        self, left: list[Factor], right: list[Factor], mapping: Renaming, place: Place
    ) -> Iterator[Renaming]:
        if len(left) != len(right):
            return
        if not left:
            yield mapping
            return
        # the factor with the most indices already mapped has the fewest partners
        position = max(
            range(len(left)),
            key=lambda k: sum(
                [i in mapping or i not in place.own for s in all_slots(left[k]) for i in s]
            ),
        )
        factor = left[position]
        rest = left[:position] + left[position + 1 :]
        for k, partner in enumerate(right):
            if type(partner) is not type(factor):
                continue
            self.tried += 1
            if self.tried > MAX_BRANCHES:
                raise OutOfBudgetError(f"over {MAX_BRANCHES} ways to match two monomials")
            for extended in self.factor(factor, partner, mapping, place):
                yield from self._factors(rest, right[:k] + right[k + 1 :], extended, place)

    def factor(
        self, left: Factor, right: Factor, mapping: Renaming, place: Place
    ) -> Iterator[Renaming]:
        """Yield extensions of ``mapping`` under which one factor becomes the other.

        Raises:
            OutOfBudgetError: after ``MAX_BRANCHES`` attempts.
        """
        if type(left) is Atom and type(right) is Atom:
            if left.head == right.head:
                yield from self._slots(left.slots, right.slots, mapping, place)
        elif type(left) is Delta and type(right) is Delta:
            sides = (left.left, left.right)
            yield from self._slots(sides, (right.left, right.right), mapping, place)
            yield from self._slots(sides, (right.right, right.left), mapping, place)
        elif type(left) is Apply and type(right) is Apply:
            if (left.function, left.order) == (right.function, right.order):
                yield from self.terms(left.argument, right.argument, mapping, place)
        elif type(left) is Group and type(right) is Group:
            yield from self.terms(left.term, right.term, mapping, place)
        elif type(left) is Value and type(right) is Value:
            yield from self._values(left, right, mapping, place)

    def _values(
        self, left: Value, right: Value, mapping: Renaming, place: Place
    ) -> Iterator[Renaming]:
        if (
            left.function != right.function
            or len(left.derivatives) != len(right.derivatives)
            or len(left.arguments) != len(right.arguments)
        ):
            return
        pairs = list(zip(left.arguments, right.arguments, strict=True))
        for outer in self._slots(left.out, right.out, mapping, place):
            for ordered in self._derivatives(
                list(left.derivatives), list(right.derivatives), outer, place
            ):
                yield from self._arguments(pairs, ordered, place)

    def _derivatives(
        self,
        left: list[tuple[int, tuple[Slot, ...]]],
        right: list[tuple[int, tuple[Slot, ...]]],
        mapping: Renaming,
        place: Place,
    ) -> Iterator[Renaming]:
        if not left:
            yield mapping
            return
        number, slots = left[0]
        for k, (other, partner) in enumerate(right):
            if other != number:
                continue
            for extended in self._slots(slots, partner, mapping, place):
                yield from self._derivatives(left[1:], right[:k] + right[k + 1 :], extended, place)

    def _arguments(
        self, pairs: list[tuple[Abstraction, Abstraction]], mapping: Renaming, place: Place
    ) -> Iterator[Renaming]:
        if not pairs:
            yield mapping
            return
        left, right = pairs[0]
        inside = place.within(
            frozenset([i for s in left.parameters for i in s]),
            frozenset([i for s in right.parameters for i in s]),
        )
        for entered in self._slots(left.parameters, right.parameters, mapping, inside):
            for inner in self.terms(left.body, right.body, entered, inside):
                yield from self._arguments(pairs[1:], inner, place)

    def terms(self, left: Term, right: Term, mapping: Renaming, place: Place) -> Iterator[Renaming]:
        """Yield extensions of ``mapping`` under which one sum becomes the other.

        Raises:
            OutOfBudgetError: after ``MAX_BRANCHES`` attempts.
        """
        if len(left) != len(right):
            return
        if not left:
            yield mapping
            return
        for k, partner in enumerate(right):
            if partner.coefficient != left[0].coefficient:
                continue
            for extended in self.monomials(left[0], partner, mapping, place):
                yield from self.terms(left[1:], right[:k] + right[k + 1 :], extended, place)

    def _slots(
        self,
        left: tuple[Slot, ...],
        right: tuple[Slot, ...],
        mapping: Renaming,
        place: Place,
    ) -> Iterator[Renaming]:
        if len(left) != len(right):
            return
        extended = mapping
        for slot, partner in zip(left, right, strict=True):
            if len(slot) != len(partner):
                return
            for index, image in zip(slot, partner, strict=True):
                if index not in place.own or index in extended:
                    if not place.agree(extended.get(index, index), image):
                        return
                elif (
                    image not in place.theirs
                    or image in extended.values()
                    or self.colours.get(index) != self.targets.get(image)
                    or self.scope.sizes[index] != self.scope.sizes[image]
                ):
                    return
                else:
                    extended = {**extended, index: image}
        yield extended
