"""Facts about known functions: adding a multiple of ``left - right`` of a row of the table.

A step names a row of ``RELATIONS``, values for its variables, and a monomial to multiply by. What
is added is zero wherever the row's needs hold, and they are discharged here, each by one of

- a closed rule: exp, σ and sums and products of positive numbers are positive, squares are not
  negative, and so on, by the columns ``value`` and ``keeps_sign`` of the table of functions;
- a side condition of the goal, given or its own, that is literally about this number;
- the goal itself: it is claimed only where both sides are defined, so a function that stands in it
  has its argument in its domain. A function that was split along a delta does not count: its parts
  stand where they need not be defined.

Outside their domains functions may have any values at all; no row is used there. Nothing is
searched for: the step says which condition or occurrence discharges which need, and how the indices
match.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy
from sympy import Basic, MatrixSymbol, Symbol

from derivcheck.algebra import nodes
from derivcheck.algebra.functions import (
    KNOWN_FUNCTIONS,
    RELATIONS,
    Formula,
    KnownFunction,
    Relation,
)
from derivcheck.algebra.goal import Condition, Goal
from derivcheck.algebra.nodes import head_of
from derivcheck.kernel.check import State
from derivcheck.kernel.lowering import Lowering
from derivcheck.terms.scope import Scope
from derivcheck.terms.sizes import is_size_symbol
from derivcheck.terms.term import (
    Address,
    Apply,
    Atom,
    Delta,
    Factor,
    Group,
    Index,
    Monomial,
    OutOfBudgetError,
    RefusedError,
    Slot,
    Term,
    UnknownNodeError,
    Value,
    all_slots,
    binders,
    factor_map,
    nested_terms,
    same,
    scaled,
    single,
    term_free,
    term_map,
    times,
)
from derivcheck.terms.wellformed import check_terms

Mapped = tuple[tuple[Index, Slot], ...]
"""Indices of a pattern with the slots they stand for."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A need is met since ``factor`` stands in the goal, under a renaming of all its indices."""

    factor: Apply
    mapping: Mapped


@dataclass(frozen=True, slots=True)
class Assured:
    """A need is met by the side condition at ``place`` among those of the goal.

    ``mapping`` takes every index of the condition, as lowered on its own, to a slot.
    """

    place: int
    mapping: Mapped


Evidence = Occurrence | Assured | None
"""How a need is discharged; None for the closed rules."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Add ``cofactor`` times (right - left) of a row to the term at an address.

    Attributes:
        address: where.
        name: the row of ``RELATIONS``.
        values: a term for each variable of the row.
        cofactor: a monomial; its bound indices may stand free in the values.
        evidence: how each need of the row is discharged.
    """

    address: Address
    name: str
    values: tuple[Term, ...]
    cofactor: Monomial
    evidence: tuple[Evidence, ...]


def take_fact(state: State, step: Fact) -> None:
    """Carry out a step that adds a multiple of a row.

    Raises:
        RefusedError: when the row is unknown, or not known to hold for these values.
    """
    term = state.at(step.address)
    added = state.known.added(step, state.visible(step.address))
    state.replace(step.address, term + added)


def facts_of(state: State) -> Facts:
    """Return what is known of the numbers in a goal, from its state before any other step."""
    return Facts(state.goal, state.lowering, state.term)


class Facts:
    """What is known of the numbers in a goal: its side conditions, and what must be defined.

    Args:
        goal: the goal.
        lowering: its lowering; ``term`` came from it by renaming and collecting alone.
        term: what is left of lhs - rhs.
    """

    def __init__(self, goal: Goal, lowering: Lowering, term: Term) -> None:
        self.scope: Scope = lowering.scope
        self.lowering = lowering
        self.definitions = goal.definitions
        self.conditions: tuple[Condition, ...] = (*goal.conditions, *goal.obligations)
        self.own = len(goal.conditions)
        # the goal is claimed at one value of these: what holds there need not hold elsewhere
        self.fixed = frozenset([i for slot in lowering.named.values() for i in slot])
        self._lowered: dict[int, tuple[Lowering, Term]] = {}
        self.heads: dict[str, set[Any]] = {}
        for place, condition in enumerate(self.conditions):
            head = self._head(condition.node, own=place >= self.own)
            if head is not None:
                for kind in _implied(condition):
                    self.heads.setdefault(kind, set()).add(head)
        self.defined: set[Any] = set()
        for factor in applications(term):
            if is_partial(factor) and factor.function not in self.scope.split:
                self.defined.add(self.skeleton(factor))

    def _head(self, node: Basic, *, own: bool) -> Any:
        """Return the name that a condition is about as a whole, all its entries and members."""
        indices: tuple[Basic, ...] = ()
        if isinstance(node, nodes.Component):
            node, *rest = node.args
            sizes = nodes.shape(node)
            indices = tuple([i for i, size in zip(rest, sizes, strict=True) if size != 1])
        if not isinstance(node, Symbol | MatrixSymbol | nodes.ScalarMember | nodes.MatrixMember):
            return None
        indices += nodes.member_indices(node)
        if len(set(indices)) != len(indices):
            return None
        for index in indices:
            if not isinstance(index, nodes.IndexVariable):
                return None
            if own and index in self.lowering.named:
                return None  # the step needs it at this position only
        return head_of(node)

    def skeleton(self, factor: Factor) -> Any:
        """Return a factor up to the names of its indices, but for those of the goal itself."""
        return skeleton(factor, self.scope.sizes, self.fixed)

    # --- signs ----------------------------------------------------------------------------------

    def positive(self, term: Term) -> bool:
        """Return whether a term is positive by the closed rules."""
        signs = [self._sign(monomial) for monomial in term]
        if not signs or min(signs) == 0:
            return False
        # what is not negative and has a reciprocal is positive
        return max(signs) == 2 or self.skeleton(Apply("reciprocal", 0, term)) in self.defined

    def nonzero(self, term: Term) -> bool:
        """Return whether a term is not zero by the closed rules."""
        if self.positive(term) or self.positive(scaled(term, Fraction(-1))):
            return True
        if len(term) != 1 or term[0].bound or not term[0].coefficient:
            return False
        return all(self._factor_nonzero(f) for f in term[0].factors)

    def _sign(self, monomial: Monomial) -> int:
        """Return 2 for a positive monomial, 1 for one that is not negative, 0 otherwise."""
        if monomial.coefficient < 0:
            return 0
        result = 2 if monomial.coefficient else 1
        for factor, count in Counter(monomial.factors).items():
            sign = self._factor_sign(factor)
            if count % 2 == 0 and sign < 2:
                sign = 2 if self._factor_nonzero(factor) else 1
            result = min(result, sign)
        return result

    def _factor_sign(self, factor: Factor) -> int:
        if type(factor) is Atom:
            if is_size_symbol(factor.head) or factor.head is sympy.pi:
                return 2
            if factor.head in self.heads.get("positive", ()):
                return 2
            return 1 if factor.head in self.heads.get("nonnegative", ()) else 0
        if type(factor) is Delta:
            return 1
        row = known(factor)
        if row is not None:
            assert type(factor) is Apply
            if row.value == "positive" or (row.keeps_sign and self.positive(factor.argument)):
                return 2
            return 1 if row.value == "nonnegative" else 0
        if type(factor) is Value and factor.function == "power":  # tᵏ > 0 for t > 0
            return 2 if self.positive(factor.arguments[0].body) else 0
        return 0

    def _factor_nonzero(self, factor: Factor) -> bool:
        if type(factor) is Atom and factor.head in self.heads.get("nonzero", ()):
            return True
        if type(factor) is Apply and factor.function in ("reciprocal", "abs"):
            if factor.function == "reciprocal" and self.skeleton(factor) in self.defined:
                return True
            return self.nonzero(factor.argument)
        return self._factor_sign(factor) == 2

    # --- needs ----------------------------------------------------------------------------------

    def meets(
        self, kind: str, formula: Formula, values: Mapping[str, Term], evidence: Evidence
    ) -> bool:
        """Return whether a need of a row is discharged by the evidence.

        Raises:
            RefusedError: when the evidence is of no known kind.
        """
        with self.scope.trial():
            term = self.built(formula, values)
            if evidence is None:
                return self._by_rule(kind, term)
            if type(evidence) is Occurrence:
                return self._by_occurrence(kind, term, evidence)
            if type(evidence) is Assured:
                return self._by_condition(kind, term, evidence)
        raise RefusedError("evidence of an unknown kind")

    def _by_rule(self, kind: str, term: Term) -> bool:
        if kind == "positive":
            return self.positive(term)
        if kind == "nonzero":
            return self.nonzero(term)
        if kind == "defined":
            factor = only_application(term)
            domain = KNOWN_FUNCTIONS[factor.function].domain
            return domain == "real" or (
                self.positive(factor.argument)
                if domain == "positive"
                else self.nonzero(factor.argument)
            )
        if kind in ("zero-one", "signs"):
            only = only_factor(term)
            return type(only) is Atom and only.head in self.heads.get(kind, ())
        raise RefusedError(f"a need of an unknown kind: {kind}")

    def _by_occurrence(self, kind: str, term: Term, evidence: Occurrence) -> bool:
        factor = evidence.factor
        if type(factor) is not Apply or self.skeleton(factor) not in self.defined:
            return False
        mapping = dict(evidence.mapping)
        indices = [i for slot in all_slots(factor) for i in slot if i > 0]
        images = [slot[0] for slot in mapping.values() if len(slot) == 1]
        if (
            set(mapping) != set(indices)
            or len(set(images)) != len(mapping)
            or any(i <= 0 for i in images)
            or any(i in self.fixed and slot != (i,) for i, slot in mapping.items())
            or any(
                self.scope.sizes.get(slot[0]) != self.scope.sizes[i] for i, slot in mapping.items()
            )
        ):
            return False
        mapped = factor_map(factor, mapping)
        assert type(mapped) is Apply
        if kind == "defined":
            return mapped == only_application(term)
        if not same(mapped.argument, term):
            return False
        domain = KNOWN_FUNCTIONS[factor.function].domain
        if kind == "positive":
            # a root stands at 0 as well
            return domain == "positive" and factor.function != "sqrt"
        return kind == "nonzero" and domain != "real" and factor.function != "sqrt"

    def _by_condition(self, kind: str, term: Term, evidence: Assured) -> bool:
        if not 0 <= evidence.place < len(self.conditions):
            return False
        condition = self.conditions[evidence.place]
        if kind not in _implied(condition) or kind not in ("positive", "nonzero"):
            return False
        lowering, pattern = self.pattern(evidence.place)
        mapping = dict(evidence.mapping)
        own = {i for m in pattern for i in binders(m)}
        indices = {i for m in pattern for f in m.factors for s in all_slots(f) for i in s if i > 0}
        if set(mapping) != indices | own:
            return False
        for index, slot in mapping.items():
            known = all(self.scope.sizes.get(i) is not None for i in slot)
            if not known or self.scope.slot_size(slot) != lowering.scope.sizes[index]:
                return False
        inner = [mapping[i] for i in own]
        outer = {p for i, slot in mapping.items() if i not in own for p in slot}
        if any(len(slot) != 1 for slot in inner) or len(set(inner)) != len(inner):
            return False
        if outer & {slot[0] for slot in inner}:
            return False
        for variable, slot in lowering.named.items():
            here = self.lowering.named.get(variable)
            if evidence.place >= self.own and here is not None:
                for index, position in zip(slot, here, strict=True):
                    if index in mapping and mapping[index] != (position,):
                        return False  # the step needs it at this position only
        mapped = term_map(pattern, mapping)
        if same(mapped, term):
            return True
        return kind == "nonzero" and same(scaled(mapped, Fraction(-1)), term)  # -t ≠ 0

    def pattern(self, place: int) -> tuple[Lowering, Term]:
        """Return a condition's node, lowered on its own at free slots.

        Raises:
            RefusedError: when it has no lowering.
        """
        if place not in self._lowered:
            node = self.conditions[place].node
            lowering = Lowering(self.definitions, self.lowering.unfold, self.scope.extension)
            try:
                slots = tuple([lowering.scope.fresh(size) for size in nodes.shape(node)])
                self._lowered[place] = (lowering, lowering.lower(node, slots, {}))
            except (UnknownNodeError, OutOfBudgetError) as error:
                raise RefusedError(f"a condition has no lowering: {error}") from None
        return self._lowered[place]

    def inherited(self, old: Factor, new: Term) -> None:
        """Note that a function whose argument was rewritten is defined where it was before."""
        if is_partial(old) and self.skeleton(old) in self.defined:
            factor = only_factor(new)
            if factor is not None and is_partial(factor):
                self.defined.add(self.skeleton(factor))

    # --- building -------------------------------------------------------------------------------

    def built(self, formula: Formula, values: Mapping[str, Term]) -> Term:
        """Return a formula as a term, for values of its variables."""
        if formula == "pi":
            return (single(Atom(sympy.pi, ())),)
        if isinstance(formula, str):
            return values[formula]
        if isinstance(formula, int | Fraction):
            return (Monomial(Fraction(formula), frozenset(), ()),) if formula else ()
        head, *parts = formula
        terms = [self.built(part, values) for part in parts]
        if head == "+":
            return _added([m for term in terms for m in term])
        if head == "*":
            result = terms[0]
            for term in terms[1:]:
                taken = {i for m in result for i in binders(m)}
                clash = any(i in taken for m in term for i in binders(m))
                result = self.scope.product(
                    result, tuple([self.scope.renewed(m) for m in term]) if clash else term
                )
            return _added([part for m in result for part in self.scope.contracted(m)])
        return self.scope.applied(head, 0, terms[0])

    def added(self, fact: Fact, visible: Collection[Index]) -> Term:
        """Return what a step adds: its cofactor times (right - left).

        Args:
            fact: the step.
            visible: the indices that may stand free in the term at its address.

        Raises:
            RefusedError: when the row is unknown, a need is not met, or what stands in the step is
                not well formed.
            OutOfBudgetError: when the products grow too long.
        """
        row = RELATIONS.get(fact.name)
        if row is None:
            raise RefusedError(f"no relation is called {fact.name}")
        variables = row.variables
        if len(fact.values) != len(variables) or len(fact.evidence) != len(row.needs):
            raise RefusedError(f"{fact.name} takes other values")
        check_terms(self.scope, ((fact.cofactor,),), visible)
        check_terms(self.scope, fact.values, {*visible, *fact.cofactor.bound})
        free = {i for term in fact.values for i in term_free(term)}
        if not free.isdisjoint(set(binders(fact.cofactor)) - fact.cofactor.bound):
            raise RefusedError("a monomial binds an index that is free beside it")
        values = dict(zip(variables, fact.values, strict=True))
        for (kind, formula), evidence in zip(row.needs, fact.evidence, strict=True):
            if not self.meets(kind, formula, values, evidence):
                raise RefusedError(f"{fact.name} needs {kind} of {formula}, which is not known")
        self._noted(row, values)
        sides = self.built(row.right, values) + scaled(self.built(row.left, values), Fraction(-1))
        return tuple(
            [
                part
                for side in sides
                for part in self.scope.contracted(
                    self.scope.renewed(times(fact.cofactor, self.scope.renewed(side)))
                )
            ]
        )

    def _noted(self, row: Relation, values: Mapping[str, Term]) -> None:
        """Note that the functions of a row whose needs are met are defined."""
        for formula in subformulas((row.left, row.right)):
            if is_application(formula) and KNOWN_FUNCTIONS[formula[0]].domain != "real":
                with self.scope.trial():
                    factor = only_factor(self.built(formula, values))
                    if type(factor) is Apply and factor.function == formula[0]:
                        self.defined.add(self.skeleton(factor))


def skeleton(
    factor: Factor, sizes: Mapping[Index, Any], fixed: Collection[Index] = frozenset()
) -> Any:
    """Return a factor with its indices numbered in the order in which they stand, and their sizes.

    Two factors with one skeleton are the same up to a renaming of indices, free ones included but
    not the ``fixed`` ones.

    Raises:
        RefusedError: when an index has no size.
    """
    numbers: dict[Index, int] = {}

    def slot(indices: Slot) -> Any:
        return tuple([i if i < 0 else numbers.setdefault(i, len(numbers) + 1) for i in indices])

    def term(monomials: Term) -> Any:
        return tuple([monomial(m) for m in monomials])

    def monomial(m: Monomial) -> Any:
        factors = tuple([one(f) for f in m.factors])
        return m.coefficient, factors, tuple(sorted([slot((i,)) for i in m.bound]))

    def one(f: Factor) -> Any:
        if type(f) is Atom:
            return f.head, tuple([slot(s) for s in f.slots])
        if type(f) is Delta:
            return "delta", slot(f.left), slot(f.right)
        if type(f) is Apply:
            return "apply", f.function, f.order, term(f.argument)
        if type(f) is Group:
            return "group", term(f.term)
        assert type(f) is Value
        return (
            "value",
            f.function,
            tuple([slot(s) for s in f.out]),
            tuple([(k, tuple([slot(s) for s in d])) for k, d in f.derivatives]),
            tuple([(tuple([slot(s) for s in a.parameters]), term(a.body)) for a in f.arguments]),
        )

    shape = one(factor)
    kept = tuple([(k, index) for index, k in numbers.items() if index in fixed])
    if any(index not in sizes for index in numbers):
        raise RefusedError("an index that is not known")
    return shape, tuple([sizes[index] for index in numbers]), kept


def known(factor: Factor) -> KnownFunction | None:
    """Return the row of a factor that is a known function of a number."""
    if type(factor) is Apply and factor.order == 0 and isinstance(factor.function, str):
        return KNOWN_FUNCTIONS.get(factor.function)
    return None


def is_partial(factor: Factor) -> bool:
    """Return whether a factor is a known function or an inverse that is not defined everywhere."""
    if type(factor) is Value:
        return factor.function == "inverse" and not factor.derivatives
    row = known(factor)
    return row is not None and row.domain != "real"


def _implied(condition: Condition) -> tuple[str, ...]:
    """Return what a condition says of every entry, in the words of needs."""
    if condition.kind == "positive":
        return ("positive", "nonnegative", "nonzero")
    if condition.kind in ("nonnegative", "nonzero"):
        return (condition.kind,)
    if condition.kind == "range" and condition.values:
        values = condition.values
        kinds = ["positive"] if min(values) > 0 else []
        kinds += ["nonnegative"] if min(values) >= 0 else []
        kinds += ["nonzero"] if 0 not in values else []
        kinds += ["zero-one"] if set(values) <= {0, 1} else []
        kinds += ["signs"] if set(values) <= {-1, 1} else []
        return tuple(kinds)
    return ()


def is_application(formula: Formula) -> bool:
    """Return whether a formula is a known function applied."""
    return isinstance(formula, tuple) and formula[0] in KNOWN_FUNCTIONS


def subformulas(formula: Formula) -> Iterator[Any]:
    """Yield every part of a formula that is a tuple."""
    if isinstance(formula, tuple):
        yield formula
        for part in formula:
            yield from subformulas(part)


def _added(monomials: list[Monomial]) -> Term:
    """Return a sum in which literally equal monomials are one."""
    total: dict[tuple[Any, ...], Monomial] = {}
    for m in monomials:
        key = (m.bound, frozenset(Counter(m.factors).items()))
        before = total.get(key)
        total[key] = (
            m
            if before is None
            else Monomial(before.coefficient + m.coefficient, m.bound, m.factors)
        )
    return tuple([m for m in total.values() if m.coefficient])


def only_factor(term: Term) -> Factor | None:
    """Return the factor of a term that is a single factor and nothing else."""
    if len(term) != 1 or len(term[0].factors) != 1:
        return None
    return term[0].factors[0] if term[0].coefficient == 1 and not term[0].bound else None


def only_application(term: Term) -> Apply:
    """Return the known function that a term is.

    Raises:
        RefusedError: when the term is anything else.
    """
    factor = only_factor(term)
    if type(factor) is not Apply or known(factor) is None:
        raise RefusedError("a function was split along a delta")
    return factor


def applications(term: Term) -> Iterator[Apply | Value]:
    """Yield every function in a term, at any depth."""
    for monomial in term:
        for factor in monomial.factors:
            if type(factor) is Apply or type(factor) is Value:
                yield factor
            for inner in nested_terms(factor):
                yield from applications(inner)
