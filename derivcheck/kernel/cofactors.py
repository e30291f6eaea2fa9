"""Multiples of zero: how hypotheses, inverses and reciprocals enter a proof.

An *equation* is something that the goal gives: one of its hypotheses, or what an invertible matrix
or a number that is not zero means. The kernel lowers it itself, by definition, at slots that the
step names, multiplies it by a context and adds the product. Zero times anything is zero, so no step
can be wrong because of its context, its coefficient or what it was meant for; what has to be right
is only that the equation holds at those slots, and that is checked here.

Derivatives were taken when the goal was lowered, so no equation ever acts below one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import sympy
from sympy import Basic, Integer, Symbol, preorder_traversal

from derivcheck.algebra import nodes
from derivcheck.algebra.goal import Goal
from derivcheck.kernel.scope import size_term
from derivcheck.kernel.terms import (
    NUMBER_ONE,
    Factor,
    Index,
    Monomial,
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
from derivcheck.kernel.wellformed import check_terms
from derivcheck.laws.determinants import law_sides
from derivcheck.laws.law import Law, NoLawError
from derivcheck.laws.structured import HYPOTHETICAL

if TYPE_CHECKING:
    from derivcheck.kernel.derivatives import Environment
    from derivcheck.kernel.lowering import Lowering
    from derivcheck.kernel.terms import Address

LOCAL = 1_000_000_000
"""Indices from here on are a step's own: ``LOCAL + k`` has the k-th of its ``sizes``."""

_INVERTIBLE = ("invertible", "positive-definite")
_NOT_ZERO = ("nonzero", "positive")


class NoEquationError(Exception):
    """A step names an equation that the goal does not give; the message says why."""


@dataclass(frozen=True, slots=True)
class Given:
    """``lhs - rhs`` of ``goal.hypotheses[position]``."""

    position: int


@dataclass(frozen=True, slots=True)
class Exchanged:
    """``B A - I`` where ``goal.hypotheses[position]`` is A B = I with square A.

    ``cut`` is the number of factors of A. Matrices are finite: a right inverse of a square matrix is
    its left inverse.
    """

    position: int
    cut: int


@dataclass(frozen=True, slots=True)
class Squared:
    """``t - r²`` where a side of ``goal.hypotheses[position]`` is √t and the other one is r."""

    position: int


@dataclass(frozen=True, slots=True)
class InverseLaw:
    """``M M⁻¹ - I``, or ``M⁻¹ M - I`` from the left, where a condition says that M is invertible.

    ``position`` counts ``goal.conditions`` and then ``goal.obligations``.
    """

    position: int
    left: bool


@dataclass(frozen=True, slots=True)
class ReciprocalLaw:
    """``t (1/t) - 1`` where a condition says that t, or every entry of it, is not zero."""

    position: int


@dataclass(frozen=True, slots=True)
class SizeLaw:
    """``s (1/s) - 1`` for a size s: a positive integer, or made of size symbols by + and ·."""

    size: Any


@dataclass(frozen=True, slots=True)
class Proved:
    """What the ``number``-th lemma of the certificate states."""

    number: int


Equation = Given | Exchanged | Squared | InverseLaw | ReciprocalLaw | SizeLaw | Law | Proved


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
        steps: ``Cancel`` and ``Cofactor`` steps on the sum.
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
        NoEquationError: when the goal does not give the equation, or not at these slots.
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
        NoEquationError: when it shows an index that is not there, or binds one twice.
    """
    factors = product.factors
    inner = list(binders(product))
    used = {index for f in factors for slot in all_slots(f) for index in slot} | set(inner)
    used |= {index for slot in named for index in slot}
    own = {index for index in used if index >= LOCAL}
    fixed = {index for index in used if index in lowering.scope.positions}
    if any(index - LOCAL >= len(sizes) for index in own) or used - own - fixed - visible:
        raise NoEquationError("a context shows an index that is not there")
    free = {i for f in factors for i in free_indices(f)} | {i for slot in named for i in slot}
    if len(set(inner)) != len(inner) or not own.issuperset(inner) or free & set(inner):
        raise NoEquationError("a context binds an index twice")
    levels = {i: depth for f in factors for i, depth in _parameters(f, 1)}
    for index in sorted(own):
        if index not in fresh:
            size = sizes[index - LOCAL]
            if not is_count(size):
                raise NoEquationError("an index has no size")
            fresh[index] = lowering.scope.fresh(size, levels.get(index, 0))
    opened = monomial_map(product, fresh)
    summed = [i for k in own.difference(inner) for i in fresh[k]]
    ports = [i for slot in fresh.values() for i in slot]
    check_terms(
        lowering.scope, ((opened,),), {*visible, *summed, *ports}.difference(binders(opened))
    )
    return opened, summed


def stated(lemma: Lemma, lowering: Lowering, visible: set[Index]) -> Statement:
    """Return what a lemma states, which is to be proved.

    Raises:
        NoEquationError: when it is no sum over the ports.
        UnknownNodeError, OutOfBudgetError: as contraction.
    """
    scope = lowering.scope
    if not all(map(is_count, lemma.ports)):
        raise NoEquationError("a port has no size")
    ports = {LOCAL + k: scope.fresh(size) for k, size in enumerate(lemma.ports)}
    term: Term = ()
    for coefficient, factors, sizes in lemma.parts:
        product = Monomial(coefficient, frozenset(), factors)
        if not ports.keys().isdisjoint(binders(product)):
            raise NoEquationError("a lemma binds its ports")
        sizes = (*lemma.ports, *sizes)
        product, summed = _opened(product, sizes, (), lowering, visible, dict(ports))
        free = {index for slot in ports.values() for index in slot}
        term += scope.summed((product,), [index for index in summed if index not in free])
    return Statement(tuple([i for slot in ports.values() for i in slot]), term)


def _statement_at(
    equation: Proved, slots: tuple[Slot, ...], lowering: Lowering, lemmas: Sequence[Statement]
) -> Term:
    """Return what a lemma states, at the given slots."""
    if not 0 <= equation.number < len(lemmas):
        raise NoEquationError("a step names a lemma that was not proved")
    statement = lemmas[equation.number]
    if len(slots) != len(statement.ports):
        raise NoEquationError("an equation is looked at in the wrong number of slots")
    for port, slot in zip(statement.ports, slots, strict=True):
        _check_slot(lowering.scope.sizes[port], slot, lowering)
    mapping = dict(zip(statement.ports, slots, strict=True))
    renewed = tuple([lowering.scope.renewed(m) for m in statement.term])
    placed = term_map(renewed, mapping)
    return tuple([part for m in placed for part in lowering.scope.contracted(m, settle=True)])


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


def hypotheses_of(equation: Equation) -> tuple[int, ...]:
    """Return the positions of the hypotheses that an equation rests on."""
    if isinstance(equation, Given | Exchanged | Squared):
        return (equation.position,)
    if isinstance(equation, Law) and equation.name in HYPOTHETICAL:
        return (int(equation.arguments[0]),)
    return ()


# --- equations --------------------------------------------------------------------------------


def equation_shape(equation: Equation, goal: Goal) -> nodes.Shape:
    """Return the axes of an equation.

    Raises:
        NoEquationError: when the goal does not give it.
    """
    if type(equation) is SizeLaw:
        return ()
    if type(equation) is Proved:
        raise NoEquationError("a lemma is no equation of the goal")
    if type(equation) is Given:
        return nodes.shape(_hypothesis(equation.position, goal).lhs)
    if type(equation) is Exchanged:
        return nodes.shape(_exchanged(equation, goal)[0])
    if type(equation) is Squared:
        return nodes.shape(_squared(equation, goal)[0])
    if type(equation) is Law:
        return nodes.shape(_law(equation, goal)[0])
    if type(equation) is not InverseLaw and type(equation) is not ReciprocalLaw:
        raise NoEquationError("an equation of an unknown kind")
    return nodes.shape(_condition(equation, goal))


def equation_at(
    equation: Equation,
    slots: tuple[Slot, ...],
    indices: dict[Basic, Slot],
    goal: Goal,
    lowering: Lowering,
) -> Term:
    """Return a term that is zero: an equation's left side minus its right side, by definition.

    Raises:
        NoEquationError: when the goal does not give it, or not at these slots.
        UnknownNodeError, OutOfBudgetError: as lowering.
    """
    shape = equation_shape(equation, goal)
    if len(shape) != len(slots):
        raise NoEquationError("an equation is looked at in the wrong number of slots")
    for size, slot in zip(shape, slots, strict=True):
        _check_slot(size, slot, lowering)
    _check_indices(equation, indices, goal, lowering)
    minus = Fraction(-1)
    if type(equation) is SizeLaw:
        if not is_count(equation.size):
            raise NoEquationError("this is no size")
        size = size_term(equation.size)
        inverse = lowering.scope.applied("reciprocal", 0, size)
        return lowering.scope.product(size, inverse) + scaled((NUMBER_ONE,), minus)
    if type(equation) is Given:
        given = _hypothesis(equation.position, goal)
        return lowering.lower(given.lhs, slots, indices) + scaled(
            lowering.lower(given.rhs, slots, indices), minus
        )
    if type(equation) is Law:
        left, right = _law(equation, goal)
        return lowering.lower(left, slots, indices) + scaled(
            lowering.lower(right, slots, indices), minus
        )
    if type(equation) is Squared:
        radicand, root = _squared(equation, goal)
        one, other = (lowering.lower(root, slots, indices) for _ in range(2))
        return lowering.lower(radicand, slots, indices) + scaled(
            lowering.scope.product(one, other), minus
        )
    if type(equation) is Exchanged:
        product, identity = _exchanged(equation, goal)
        return lowering.lower(product, slots, indices) + scaled(
            lowering.lower(identity, slots, indices), minus
        )
    if type(equation) is not InverseLaw and type(equation) is not ReciprocalLaw:
        raise NoEquationError("an equation of an unknown kind")
    node = _condition(equation, goal)
    if type(equation) is InverseLaw:
        pair = (sympy.Inverse(node), node) if equation.left else (node, sympy.Inverse(node))
        product = Basic.__new__(sympy.MatMul, *pair)
        return lowering.lower(product, slots, indices) + scaled(
            lowering.lower(sympy.Identity(shape[0]), slots, indices), minus
        )
    return _reciprocal_law(node, slots, indices, lowering)


# t_rc (1 / t_rc) = 1
def _reciprocal_law(
    node: Basic, slots: tuple[Slot, ...], indices: Environment, lowering: Lowering
) -> Term:
    inner = lowering.lower(node, slots, indices)
    name = nodes.function_symbol("reciprocal")
    kind = nodes.Elementwise if slots else nodes.ScalarFunction
    inverse = lowering.lower(kind(name, Integer(0), node), slots, indices)
    return lowering.scope.product(inner, inverse) + scaled((NUMBER_ONE,), Fraction(-1))


def _law(equation: Law, goal: Goal) -> tuple[Basic, Basic]:
    try:
        return law_sides(equation, goal)
    except NoLawError as error:
        raise NoEquationError(str(error)) from None


def _hypothesis(position: int, goal: Goal) -> Any:
    if not 0 <= position < len(goal.hypotheses):
        raise NoEquationError("a step names a hypothesis that the goal does not have")
    return goal.hypotheses[position]


def _condition(equation: Equation, goal: Goal) -> Basic:
    """Return the node of the condition that an inverse or a reciprocal rests on."""
    assert isinstance(equation, InverseLaw | ReciprocalLaw)
    conditions = (*goal.conditions, *goal.obligations)
    if not 0 <= equation.position < len(conditions):
        raise NoEquationError("a step names a condition that the goal does not have")
    condition = conditions[equation.position]
    shape = nodes.shape(condition.node)
    if type(equation) is InverseLaw:
        fits = condition.kind in _INVERTIBLE and len(shape) == 2 and shape[0] == shape[1]
    else:
        fits = condition.kind in _NOT_ZERO
    if not fits:
        raise NoEquationError(f"“{condition.latex}” is not the condition of this law")
    return condition.node


# A B = I gives B A = I for A : n × n
def _exchanged(equation: Exchanged, goal: Goal) -> tuple[Basic, Basic]:
    given = _hypothesis(equation.position, goal)
    for product, identity in ((given.lhs, given.rhs), (given.rhs, given.lhs)):
        if not isinstance(identity, sympy.Identity) or type(product) is not sympy.MatMul:
            continue
        factors = product.args
        if not 0 < equation.cut < len(factors) or not all(nodes.shape(f) for f in factors):
            break
        left, right = factors[: equation.cut], factors[equation.cut :]
        if nodes.shape(left[0])[0] == nodes.shape(left[-1])[1]:
            return Basic.__new__(sympy.MatMul, *right, *left), identity
    raise NoEquationError("this is not A B = I with square A")


# √t = r gives t = r²
def _squared(equation: Squared, goal: Goal) -> tuple[Basic, Basic]:
    given = _hypothesis(equation.position, goal)
    for root, value in ((given.lhs, given.rhs), (given.rhs, given.lhs)):
        if isinstance(root, sympy.Pow) and root.exp == sympy.S.Half:
            return root.base, value
    raise NoEquationError("this is not √t = r")


def _check_slot(size: Any, slot: Slot, lowering: Lowering) -> None:
    # a position of an axis that is not known may lie beyond this one
    known = all(lowering.scope.sizes.get(index) is not None for index in slot)
    if not known or lowering.scope.slot_size(slot) != size:
        raise NoEquationError("an equation is looked at in a slot of another size")


def _check_indices(
    equation: Equation, indices: dict[Basic, Slot], goal: Goal, lowering: Lowering
) -> None:
    """Check the values of index variables.

    What is given about named things holds for every value of its index variables. A relation of
    indices alone, and what the step itself needs, is about the values at which the goal is looked
    at; so is what speaks of a name whose definition shows the index.
    """
    if isinstance(equation, SizeLaw | Proved):
        return
    own = False
    if isinstance(equation, Law):
        own = True
        parts = list(_law(equation, goal))
    elif isinstance(equation, InverseLaw | ReciprocalLaw):
        own = equation.position >= len(goal.conditions)
        parts = [_condition(equation, goal)]
    else:
        given = _hypothesis(equation.position, goal)
        parts = [given.lhs, given.rhs]
    for variable in index_variables(*parts):
        if variable not in indices:
            raise NoEquationError("a free index variable has no value")
    defining = indices_of_definitions(parts, goal) if indices else set()
    alone = all(is_count(name) for part in parts for name in nodes.names_in(part))
    for variable, slot in indices.items():
        if not isinstance(variable, nodes.IndexVariable):
            raise NoEquationError("only index variables have values")
        fixed = lowering.named.get(variable)
        kept = variable in defining or (fixed is not None and (alone or own))
        if kept and slot != fixed:
            raise NoEquationError("this index is the goal's own")
        _check_slot(variable.size, slot, lowering)


def indices_of_definitions(parts: list[Basic], goal: Goal) -> set[Basic]:
    """Return the index variables that are free in definitions of names in ``parts``."""
    definitions = {nodes.head_of(name): (name, value) for name, value in goal.definitions.items()}
    waiting = [name for part in parts for name in nodes.names_in(part)]
    seen: set[Any] = set()
    found: set[Basic] = set()
    while waiting:
        head = waiting.pop()
        if head in seen or head not in definitions:
            continue
        seen.add(head)
        name, value = definitions[head]
        found.update(set(index_variables(value)) - set(nodes.member_indices(name)))
        waiting += nodes.names_in(value)
    return found


def index_variables(*parts: Basic) -> list[Basic]:
    """Return the index variables that stand in nodes and are not bound everywhere there."""
    found: dict[Basic, None] = {}

    def walk(node: Basic, bound: frozenset[Basic]) -> None:
        if isinstance(node, nodes.IndexVariable):
            if node not in bound:
                found.setdefault(node)
            return
        if isinstance(node, (nodes.ScalarSummation, nodes.MatrixSummation, nodes.Assembled)):
            bound = bound | frozenset(node.args[1:])
        for argument in node.args:
            walk(argument, bound)

    for part in parts:
        walk(part, frozenset())
    return list(found)


def is_count(size: Any) -> bool:
    """Return whether a node is a size: made of positive integers and size symbols by + and ·.

    Example:
        >>> n = nodes.size_symbol("n")
        >>> is_count(2 * n + 1), is_count(n - 1)
        (True, False)
    """
    if type(size) is Symbol:
        return bool(size.is_integer and size.is_positive)
    if not isinstance(size, sympy.Expr):
        return False
    return all(
        (isinstance(part, Integer) and part > 0)
        or (isinstance(part, Symbol) and bool(part.is_integer and part.is_positive))
        or isinstance(part, (sympy.Add, sympy.Mul, sympy.Pow))
        for part in preorder_traversal(size)
    )
