"""What a step brings in must be a term: names at slots of their own axes, every index bound once.

Terms that come from lowering are well formed by construction. A certificate may hold anything, so
what it brings in is looked at here, before anything is computed with it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sympy
from sympy import MatrixSymbol, Symbol

from derivcheck.algebra import nodes
from derivcheck.algebra.functions import KNOWN_FUNCTIONS
from derivcheck.terms.scope import Scope
from derivcheck.terms.term import (
    Apply,
    Atom,
    Delta,
    Factor,
    Index,
    Monomial,
    RefusedError,
    Slot,
    Term,
    Value,
    binders,
    factor_slots,
    nested_terms,
)


def check_terms(scope: Scope, terms: Sequence[Term], visible: Collection[Index]) -> None:
    """Require that terms that are computed with together are well formed.

    Args:
        scope: the numbering.
        terms: what a step brings in.
        visible: the indices that may be free in them; fixed positions may as well.

    Raises:
        RefusedError: when an index is not known, is bound twice in a monomial, is free where another
            monomial binds it or where nothing does, or when a factor stands at slots that are not
            those of its axes.

    Cost:
        Linear in the length of the terms.
    """
    monomials = [monomial for term in terms for monomial in term]
    for monomial in monomials:
        own = list(binders(monomial))
        if len(set(own)) != len(own):
            raise RefusedError("a monomial binds an index twice")
        if not set(own).isdisjoint(visible):
            raise RefusedError("a monomial binds an index that is free beside it")
    allowed = {*visible, *scope.positions}
    for monomial in monomials:
        _check(scope, monomial, allowed)


def _check(scope: Scope, monomial: Monomial, allowed: set[Index]) -> None:
    inside = allowed | monomial.bound
    for factor in monomial.factors:
        shown = {index for slot in factor_slots(factor) for index in slot}
        if not shown <= inside:
            raise RefusedError("an index that is neither bound nor visible")
        arguments = factor.arguments if type(factor) is Value else ()
        parameters = [{i for slot in a.parameters for i in slot} for a in arguments]
        if not all(index in scope.sizes for index in shown.union(*parameters)):
            raise RefusedError("an index that is not known")
        if not _fits(scope, factor):
            raise RefusedError("a factor stands at slots that are not those of its axes")
        for number, term in enumerate(nested_terms(factor)):
            deeper = inside | parameters[number] if parameters else inside
            for one in term:
                _check(scope, one, deeper)


def _fits(scope: Scope, factor: Factor) -> bool:
    if type(factor) is Atom:
        return _entry_fits(scope, factor.head, factor.slots)
    if type(factor) is Delta:
        sizes = scope.slot_size(factor.left), scope.slot_size(factor.right)
        return bool(factor.left and factor.right and (None in sizes or sizes[0] == sizes[1]))
    if type(factor) is Apply:
        if isinstance(factor.function, str):
            return factor.function in KNOWN_FUNCTIONS and factor.order == 0
        function = factor.function
        own = isinstance(function, nodes.FunctionSymbol)
        return own and function.domains == ((),) and function.value_shape == ()
    if type(factor) is Value:
        return _value_fits(scope, factor)
    return True


def _entry_fits(scope: Scope, head: Any, slots: tuple[Slot, ...]) -> bool:
    if type(head) in scope.extension.heads:
        return scope.extension.heads[type(head)](scope, head, slots)
    if isinstance(head, tuple):
        own = head[2:]
        return len(slots) > len(own) and scope.all_fit(slots[len(slots) - len(own) :], own)
    if isinstance(head, MatrixSymbol):
        return scope.all_fit(slots, nodes.shape(head))
    return (isinstance(head, Symbol) or head is sympy.pi) and not slots


def _value_fits(scope: Scope, value: Value) -> bool:
    given = [a.parameters for a in value.arguments]
    function = value.function
    if isinstance(function, str):
        row = scope.functions.get(function)
        shapes = [tuple([scope.slot_size(slot) for slot in parameters]) for parameters in given]
        if row is None or (value.derivatives and not row.smooth):
            return False
        return row.fits(scope, shapes, value.out) and all(
            k == 0 and scope.all_fit(slots, shapes[0]) for k, slots in value.derivatives
        )
    return (
        isinstance(function, nodes.FunctionSymbol)
        and len(given) == len(function.domains)
        and all(map(scope.all_fit, given, function.domains))
        and scope.all_fit(value.out, function.value_shape)
        and all(
            k < len(given) and scope.all_fit(slots, function.domains[k])
            for k, slots in value.derivatives
        )
    )
