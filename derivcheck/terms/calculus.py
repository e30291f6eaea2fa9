"""Derivatives of terms: the product rule on factors and the chain rule on functions.

What the derivative of an entry is, ``slope`` says; everything else is here. No equation is known at
this point, so none ever acts below a derivative.

Source: Magnus & Neudecker, Matrix Differential Calculus (3rd ed., 2019), ch. 5 and 9; each rule is
the entrywise rule of the calculus of several variables.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from derivcheck.algebra.functions import KNOWN_FUNCTIONS
from derivcheck.limits import POWER as MAX_ORDER
from derivcheck.terms.scope import Scope
from derivcheck.terms.term import (
    NUMBER_ONE,
    Apply,
    Atom,
    Factor,
    Group,
    Index,
    Monomial,
    OutOfBudgetError,
    Slot,
    Term,
    UnknownNodeError,
    Value,
    distributed,
    monomial_map,
    nested_terms,
    scaled,
    single,
)

Slope = Callable[[Atom], Term]
"""The derivative of an entry."""


def differentiated(scope: Scope, term: Term, slope: Slope) -> Term:
    """Return the derivative of a term.

    Raises:
        UnknownNodeError: for a function without a derivative.
        OutOfBudgetError: when a counted limit is met.
    """
    # ∂(u v) = ∂u v + u ∂v
    result: list[Monomial] = []
    for m in term:
        for place, factor in enumerate(m.factors):
            derivative = _of_factor(scope, factor, slope)
            if not derivative:
                continue
            rest = Monomial(m.coefficient, m.bound, m.factors[:place] + m.factors[place + 1 :])
            for part in scope.product((rest,), derivative):
                result += scope.contracted(part)
    return tuple(result)


def _of_factor(scope: Scope, factor: Factor, slope: Slope) -> Term:
    if type(factor) is Atom:
        return slope(factor)
    if type(factor) is Group:
        return scope.copied(differentiated(scope, factor.term, slope))
    if type(factor) is Apply:
        # ∂f(t) = f'(t) ∂t
        inner = scope.copied(differentiated(scope, factor.argument, slope))
        if not inner:
            return ()
        outer = (
            _of_known(scope, factor.function, factor.argument)
            if isinstance(factor.function, str)
            else scope.applied(factor.function, factor.order + 1, factor.argument)
        )
        return scope.product(outer, inner)
    return _of_value(scope, factor, slope) if type(factor) is Value else ()


# ∂F(u)/∂x = Σ_p ∂F/∂u_p ∂u_p/∂x, once for each argument u
def _of_value(scope: Scope, value: Value, slope: Slope) -> Term:
    result: Term = ()
    for place, argument in enumerate(value.arguments):
        inner = differentiated(scope, argument.body, slope)
        if not inner:
            continue
        own = [index for slot in argument.parameters for index in slot]
        mapping: dict[Index, Slot] = {index: scope.fresh(scope.sizes[index]) for index in own}
        slots = tuple([tuple([i for p in s for i in mapping[p]]) for s in argument.parameters])
        renewed = tuple([monomial_map(m, mapping) for m in scope.copied(inner)])
        product = scope.product(_by_argument(scope, value, place, slots), renewed)
        result += scope.summed(product, [i for index in own for i in mapping[index]])
    return result


def _by_argument(scope: Scope, value: Value, place: int, slots: tuple[Slot, ...]) -> Term:
    """Return ∂F/∂(argument ``place`` at ``slots``), F's other data unchanged."""
    row = scope.functions[value.function] if isinstance(value.function, str) else None
    if row is not None and not row.smooth:
        known = row.derivative and row.derivative(scope, value, place, slots)
        if known is None:
            raise UnknownNodeError(f"no definition for a derivative of the {value.function}")
        return known  # type: ignore[no-any-return]
    derivatives = (*value.derivatives, (place, slots))
    return (single(Value(value.function, value.out, derivatives, value.arguments)),)


# --- functions of a number --------------------------------------------------------------------


def applied(scope: Scope, function: Any, order: int, argument: Term) -> Term:
    """Return a number function's derivative at a term; a known one's by its row in the table.

    Raises:
        UnknownNodeError: for a known function whose derivative is not in the table.
        OutOfBudgetError: for a derivative of too high an order.
    """
    if order == 0 or not isinstance(function, str):
        return scope.applied(function, order, argument)
    if order > MAX_ORDER:
        raise OutOfBudgetError(f"a derivative is taken only up to order {MAX_ORDER}")
    term: Term = (single(Apply(function, 0, (single(Atom(_FORMAL, ())),))),)
    for _ in range(order):
        term = differentiated(scope, term, lambda _: (NUMBER_ONE,))
    return replaced(scope, term, _FORMAL, lambda _: scope.copied(argument))


def _of_known(scope: Scope, function: str, argument: Term) -> Term:
    """Return f'(argument) as the table of functions gives it."""
    row = KNOWN_FUNCTIONS[function]
    if row.derivative is None:
        raise UnknownNodeError(f"no definition for a derivative of {row.name}")
    term: Term = ()
    for coefficient, paths in row.derivative:
        factors = []
        for path in paths:
            inner = scope.copied(argument)
            for name in path:
                inner = scope.applied(name, 0, inner)
            factors.append(inner)
        term += scaled(distributed(*factors), Fraction(coefficient))
    return term


class _Formal:
    """The variable by which a known function is differentiated; no author can write it."""


_FORMAL = _Formal()


# --- substitution of values -------------------------------------------------------------------


def replaced(
    scope: Scope, term: Term, head: Any, value: Callable[[tuple[Slot, ...]], Term]
) -> Term:
    """Return ``term`` with every entry of ``head`` replaced by ``value`` at its slots.

    Raises:
        OutOfBudgetError: when a counted limit is met.
    """
    result: list[Monomial] = []
    for m in term:
        parts: Term = (Monomial(m.coefficient, m.bound, ()),)
        for factor in m.factors:
            parts = scope.product(parts, _factor_replaced(scope, factor, head, value))
        for part in parts:
            result += scope.contracted(part)
    return tuple(result)


def _factor_replaced(
    scope: Scope, factor: Factor, head: Any, value: Callable[[tuple[Slot, ...]], Term]
) -> Term:
    if type(factor) is Atom and factor.head == head:
        return value(factor.slots)
    inner = [replaced(scope, nested, head, value) for nested in nested_terms(factor)]
    return scope.with_all_nested(factor, inner)
