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
from derivcheck.kernel.blocks import Part
from derivcheck.kernel.powers import POSITION, POWER
from derivcheck.kernel.scope import Scope
from derivcheck.kernel.terms import (
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
        return _is_function(factor.function, ((),), ())
    if type(factor) is Value:
        return _value_fits(scope, factor)
    return True


def _entry_fits(scope: Scope, head: Any, slots: tuple[Slot, ...]) -> bool:
    if type(head) is Part:
        return (
            len(head.sizes) > 1
            and head.place < len(head.sizes)
            and _all_fit(scope, slots, (sympy.Add(*head.sizes), head.sizes[head.place]))
        )
    if head is POSITION:
        return len(slots) == 1 and bool(slots[0])
    if isinstance(head, tuple):
        own = head[2:]
        return len(slots) > len(own) and _all_fit(scope, slots[len(slots) - len(own) :], own)
    if isinstance(head, MatrixSymbol):
        return _all_fit(scope, slots, nodes.shape(head))
    return (isinstance(head, Symbol) or head is sympy.pi) and not slots


def _value_fits(scope: Scope, value: Value) -> bool:
    given = [a.parameters for a in value.arguments]
    shapes = [tuple([scope.slot_size(slot) for slot in parameters]) for parameters in given]
    function = value.function
    if not isinstance(function, str):
        return (
            _is_function(function, None, None)
            and len(given) == len(function.domains)
            and all(map(_all_fit, [scope] * len(given), given, function.domains))
            and _all_fit(scope, value.out, function.value_shape)
            and all(
                k < len(given) and _all_fit(scope, slots, function.domains[k])
                for k, slots in value.derivatives
            )
        )
    if not shapes or any(shape for shape in shapes[1:]):
        return False
    square = len(shapes[0]) == 2 and shapes[0][0] == shapes[0][1]
    if value.derivatives:  # of these functions the adjugate alone has any that are kept
        by = [k == 0 and _all_fit(scope, slots, shapes[0]) for k, slots in value.derivatives]
        if function != "adjugate" or not all(by):
            return False
    if function in ("inverse", "adjugate", POWER):
        arguments = 2 if function == POWER else 1
        return square and len(shapes) == arguments and _all_fit(scope, value.out, shapes[0])
    if function == "determinant":
        return square and len(shapes) == 1 and not value.out
    return function == "power" and len(shapes) == 2 and not shapes[0] and not value.out


def _all_fit(scope: Scope, slots: Sequence[Slot], sizes: Sequence[Any]) -> bool:
    return len(slots) == len(sizes) and all(map(scope.fits, slots, sizes))


def _is_function(function: Any, domains: Any, value: Any) -> bool:
    if not isinstance(function, nodes.FunctionSymbol):
        return False
    return domains is None or (function.domains == domains and function.value_shape == value)
