"""Multiples of zero: how everything that is given enters a proof.

An *equation* is something that the goal gives: one of its hypotheses, what was proved on the way, or
what an extension says of its conditions. The kernel lowers both sides itself, by definition, at slots
that the step names, multiplies their difference by a context and adds the product. Zero times
anything is zero, so no step can be wrong because of its context, its coefficient or what it was meant
for; what has to be right is only that the equation holds at those slots, and that is checked here.

Derivatives were taken when the goal was lowered, so no equation ever acts below one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sympy import Basic

from derivcheck.algebra import nodes
from derivcheck.algebra.goal import Goal, NoEquationError, Zero, indices_of_definitions
from derivcheck.algebra.nodes import index_variables, is_count
from derivcheck.kernel.lowering import Lowering
from derivcheck.terms.term import (
    Address,
    Factor,
    Index,
    Monomial,
    RefusedError,
    Slot,
    Term,
    Value,
    all_slots,
    binders,
    free_indices,
    monomial_map,
    nested_terms,
    scaled,
    slot_map,
    term_map,
)
from derivcheck.terms.wellformed import check_terms

LOCAL = 1_000_000_000
"""Indices from here on are a step's own: ``LOCAL + k`` has the k-th of its ``sizes``."""


@dataclass(frozen=True, slots=True)
class Given:
    """``lhs = rhs`` of ``goal.hypotheses[position]``."""

    position: int

    @property
    def hypotheses(self) -> tuple[int, ...]:
        """The positions of the hypotheses that it rests on."""
        return (self.position,)


@dataclass(frozen=True, slots=True)
class Proved:
    """What the ``number``-th lemma of the certificate states."""

    number: int

    @property
    def hypotheses(self) -> tuple[int, ...]:
        """None of its own: the steps of the lemma name them."""
        return ()


Equation = Given | Proved | Any
"""What is zero: one of these, or of a kind that an extension knows."""


@dataclass(frozen=True, slots=True)
class Cofactor:
    """Add ``coefficient`` · Σ (product of ``factors``) · ``equation`` to the term at ``address``.

    Attributes:
        address: the term.
        equation: what is zero.
        slots: where it is looked at, one slot for each axis.
        indices: the value of each index variable that is free in it.
        coefficient: a number.
        factors: the context; indices of the term's surroundings, or ``LOCAL`` ones.
        sizes: the sizes of the ``LOCAL`` indices. Those not bound inside a factor are summed.
    """

    address: Address
    equation: Equation
    slots: tuple[Slot, ...]
    indices: tuple[tuple[Basic, Slot], ...]
    coefficient: Fraction
    factors: tuple[Factor, ...]
    sizes: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Lemma:
    """A sum that is zero for all values of its ports, with the steps that make nothing of it.

    Attributes:
        ports: the sizes of the free indices, ``LOCAL`` and on.
        parts: the monomials: a coefficient, factors, and the sizes of the ``LOCAL`` indices that
            come after the ports; those not bound inside a factor are summed.
        steps: ``Cancel``, ``Distribute`` and ``Cofactor`` steps on the sum.
    """

    ports: tuple[Any, ...]
    parts: tuple[tuple[Fraction, tuple[Factor, ...], tuple[Any, ...]], ...]
    steps: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """A lemma that was proved: ``term`` is zero for all values of ``ports``."""

    ports: tuple[Index, ...]
    term: Term


def multiple_of_zero(
    step: Cofactor,
    goal: Goal,
    lowering: Lowering,
    visible: set[Index],
    lemmas: Sequence[Statement] = (),
) -> Term:
    """Return what a step adds.

    Args:
        step: the step.
        goal: what the equation is taken from.
        lowering: that of the goal; it numbers new indices.
        visible: the indices that may stand free in the term at the address.
        lemmas: what was proved before.

    Raises:
        RefusedError: when the goal does not give the equation, or not at these slots.
        UnknownNodeError, OutOfBudgetError: as lowering.
    """
    scope = lowering.scope
    named = [*step.slots, *(slot for _, slot in step.indices)]
    fresh: dict[Index, Slot] = {}
    context = Monomial(step.coefficient, frozenset(), step.factors)
    context, summed = _opened(context, step.sizes, named, lowering, visible, fresh)
    slots = tuple([slot_map(slot, fresh) for slot in step.slots])
    if type(step.equation) is Proved:
        zero = _statement_at(step.equation, slots, lowering, lemmas)
    else:
        indices = {variable: slot_map(slot, fresh) for variable, slot in step.indices}
        zero = equation_at(step.equation, slots, indices, goal, lowering)
    return scope.summed(scope.product((context,), zero), summed)


def _opened(  # noqa: PLR0917
    product: Monomial,
    sizes: tuple[Any, ...],
    named: Sequence[Slot],
    lowering: Lowering,
    visible: set[Index],
    fresh: dict[Index, Slot],
) -> tuple[Monomial, list[Index]]:
    """Return a product with new indices for the ``LOCAL`` ones, and those to sum over.

    Raises:
        RefusedError: when it shows an index that is not there, or binds one twice.
    """
    scope, factors = lowering.scope, product.factors
    inner = set(binders(product))
    free = {i for f in factors for i in free_indices(f)} | {i for slot in named for i in slot}
    used = inner | free | {i for f in factors for slot in all_slots(f) for i in slot}
    own = {index for index in used if index >= LOCAL}
    if any(i - LOCAL >= len(sizes) for i in own) or used - own - visible - scope.positions.keys():
        raise RefusedError("a context shows an index that is not there")
    if not inner <= own or inner & free:
        raise RefusedError("a context binds an index twice")
    levels = {i: depth for f in factors for i, depth in _parameters(f, 1)}
    for index in sorted(own - fresh.keys()):
        if not is_count(sizes[index - LOCAL]):
            raise RefusedError("an index has no size")
        fresh[index] = scope.fresh(sizes[index - LOCAL], levels.get(index, 0))
    opened = monomial_map(product, fresh)
    bound = set(binders(opened))
    check_terms(scope, ((opened,),), (visible | {i for s in fresh.values() for i in s}) - bound)
    return opened, [i for k in own - inner for i in fresh[k]]


def stated(lemma: Lemma, lowering: Lowering, visible: set[Index]) -> Statement:
    """Return what a lemma states, which is to be proved.

    Raises:
        RefusedError: when it is no sum over the ports.
        UnknownNodeError, OutOfBudgetError: as contraction.
    """
    scope = lowering.scope
    if not all(map(is_count, lemma.ports)):
        raise RefusedError("a port has no size")
    ports = {LOCAL + k: scope.fresh(size) for k, size in enumerate(lemma.ports)}
    free = {index for slot in ports.values() for index in slot}
    term: Term = ()
    for coefficient, factors, sizes in lemma.parts:
        product = Monomial(coefficient, frozenset(), factors)
        if not ports.keys().isdisjoint(binders(product)):
            raise RefusedError("a lemma binds its ports")
        sizes = (*lemma.ports, *sizes)
        product, summed = _opened(product, sizes, (), lowering, visible, dict(ports))
        term += scope.summed((product,), [index for index in summed if index not in free])
    return Statement(tuple([i for slot in ports.values() for i in slot]), term)


def _statement_at(
    equation: Proved, slots: tuple[Slot, ...], lowering: Lowering, lemmas: Sequence[Statement]
) -> Term:
    """Return what a lemma states, at the given slots."""
    if not 0 <= equation.number < len(lemmas):
        raise RefusedError("a step names a lemma that was not proved")
    statement, scope = lemmas[equation.number], lowering.scope
    _check_slots([scope.sizes[port] for port in statement.ports], slots, lowering)
    mapping = dict(zip(statement.ports, slots, strict=True))
    renewed = tuple([scope.renewed(m) for m in statement.term])
    return scope.settled_term(term_map(renewed, mapping))


def _parameters(factor: Factor, depth: int) -> Iterator[tuple[Index, int]]:
    """Yield the parameters of whole arguments with their depth."""
    if type(factor) is Value:
        for argument in factor.arguments:
            for slot in argument.parameters:
                yield from ((index, depth) for index in slot)
    for term in nested_terms(factor):
        for monomial in term:
            for nested in monomial.factors:
                yield from _parameters(nested, depth + (type(factor) is Value))


# --- equations --------------------------------------------------------------------------------


def equation_of(equation: Any, goal: Goal, lowering: Lowering) -> Zero:
    """Return the two sides of an equation that a goal gives.

    Raises:
        RefusedError: when the goal does not give it.
    """
    if type(equation) is Given:
        if not 0 <= equation.position < len(goal.hypotheses):
            raise RefusedError("a step names a hypothesis that the goal does not have")
        given = goal.hypotheses[equation.position]
        return Zero(given.lhs, given.rhs, own=False)
    source = lowering.scope.extension.equations.get(type(equation))
    if source is None:
        raise RefusedError("an equation of an unknown kind")
    try:
        return source(equation, goal)  # type: ignore[no-any-return]
    except NoEquationError as error:
        raise RefusedError(str(error)) from None


def equation_at(
    equation: Any,
    slots: tuple[Slot, ...],
    indices: dict[Basic, Slot],
    goal: Goal,
    lowering: Lowering,
) -> Term:
    """Return a term that is zero: an equation's left side minus its right side, by definition.

    Raises:
        RefusedError: when the goal does not give it, or not at these slots.
        UnknownNodeError, OutOfBudgetError: as lowering.
    """
    found = equation_of(equation, goal, lowering)
    _check_slots(nodes.shape(found.lhs), slots, lowering)
    _check_indices(found, indices, goal, lowering)
    return lowering.lower(found.lhs, slots, indices) + scaled(
        lowering.lower(found.rhs, slots, indices), Fraction(-1)
    )


def _check_slots(sizes: Sequence[Any], slots: Sequence[Slot], lowering: Lowering) -> None:
    if len(sizes) != len(slots):
        raise RefusedError("an equation is looked at in the wrong number of slots")
    for size, slot in zip(sizes, slots, strict=True):
        # a position of an axis that is not known may lie beyond this one
        known = all(lowering.scope.sizes.get(index) is not None for index in slot)
        if not known or lowering.scope.slot_size(slot) != size:
            raise RefusedError("an equation is looked at in a slot of another size")


def _check_indices(found: Zero, indices: dict[Basic, Slot], goal: Goal, lowering: Lowering) -> None:
    """Check the values of index variables.

    What is given about named things holds for every value of its index variables. A relation of
    indices alone, and what the step itself needs, is about the values at which the goal is looked
    at; so is what speaks of a name whose definition shows the index.
    """
    parts = [found.lhs, found.rhs]
    if not indices.keys() >= set(index_variables(*parts)):
        raise RefusedError("a free index variable has no value")
    if not indices:
        return
    defining = indices_of_definitions(parts, goal)
    alone = all(is_count(name) for part in parts for name in nodes.names_in(part))
    for variable, slot in indices.items():
        if not isinstance(variable, nodes.IndexVariable):
            raise RefusedError("only index variables have values")
        fixed = lowering.named.get(variable)
        kept = variable in defining or (fixed is not None and (alone or found.own))
        if kept and slot != fixed:
            raise RefusedError("this index is the goal's own")
        _check_slots([variable.size], [slot], lowering)
