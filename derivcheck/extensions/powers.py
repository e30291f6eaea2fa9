"""Powers of a square matrix with a symbolic natural exponent.

The entry of X^e is ``Value("matrix-power", (row, column), (), (X, e))``, where e is a term: a sum
of sizes, whole numbers and positions of indices (``Atom(POSITION, (i,))`` is the number of the
position that i stands for, counted from 1). Known are

    X^0 = I,  X^1 = X                             when an exponent settles to 0 or 1
    X^a X^b = X^(a + b)                           for a name X, where neither a nor b can be < 0
    dX^e = Σ_{s = 1}^{e} X^(s - 1) dX X^(e - s)   for e made of sizes
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import sympy
from sympy import Basic, Integer, Symbol

from derivcheck.algebra import nodes
from derivcheck.kernel.definitions import Environment
from derivcheck.kernel.lowering import Lowering
from derivcheck.limits import POWER_FACTORS as MAX_FACTORS
from derivcheck.terms.extension import Function
from derivcheck.terms.functions import is_square
from derivcheck.terms.scope import Scope
from derivcheck.terms.term import (
    NUMBER_ONE,
    Abstraction,
    Atom,
    Delta,
    Factor,
    Index,
    Monomial,
    OutOfBudgetError,
    Slot,
    Term,
    UnknownNodeError,
    Value,
    distributed,
    free_indices,
    number,
    scaled,
    single,
    term_free,
)

POWER = "matrix-power"


class Position:
    """The head of the factor that is the number of a position; no author can write it."""

    def __repr__(self) -> str:
        return "position"


POSITION = Position()


def is_whole(exponent: Any) -> bool:
    """Return whether an exponent is made of sizes, positions and whole numbers by + and ·."""
    if isinstance(exponent, Integer | nodes.IndexVariable):
        return True
    if isinstance(exponent, Symbol):
        return bool(exponent.is_integer and exponent.is_positive)
    if isinstance(exponent, sympy.Add | sympy.Mul):
        return all(is_whole(part) for part in exponent.args)
    if isinstance(exponent, sympy.Pow):
        base, power = exponent.args
        return is_whole(base) and isinstance(power, Integer) and bool(power > 0)
    return False


def check_whole(exponent: Any) -> None:
    """Require an exponent that ``is_whole``.

    Raises:
        UnknownNodeError: for any other.
    """
    if not is_whole(exponent):
        raise UnknownNodeError("no definition for a power with this exponent")


# (c x y)^(m + 2 n) = c^m x^m y^m (c^n x^n y^n)² for natural exponents
def symbolic_power(
    lowering: Lowering,
    node: Basic,
    slots: tuple[Slot, ...],  # noqa: ARG001
    env: Environment,
) -> Term:
    """Return a power of a number with an exponent made of sizes.

    Raises:
        UnknownNodeError: when the exponent is not made of sizes.
        OutOfBudgetError: when too many factors are written out.
    """
    scope, (base_node, exponent) = lowering.scope, node.args
    base = lowering.lower(base_node, (), env)
    check_whole(exponent)
    if exponent.atoms(nodes.IndexVariable):
        raise UnknownNodeError("no definition for a power with this exponent")

    def power(term: Term, part: Any) -> Term:
        if part == 1 or term == (NUMBER_ONE,):
            return term
        arguments = (Abstraction((), term), Abstraction((), lowering.lower(part, (), {})))
        return scope.valued("power", (), (), arguments)

    parts = exponent.expand().as_coefficients_dict()
    natural = all(count > 0 for count in parts.values())
    if natural and not base:
        return ()
    if not natural or len(base) != 1 or base[0].bound:
        return power(base, exponent)
    factors: list[Term] = [(single(f),) for f in base[0].factors]
    if base[0].coefficient != 1 or not factors:
        factors.append(number(base[0].coefficient))
    if sum(map(int, parts.values())) * len(factors) > MAX_FACTORS:
        raise OutOfBudgetError(f"a power is written out only up to {MAX_FACTORS} factors")
    product: Term = (NUMBER_ONE,)
    for part, count in parts.items():
        for factor in factors * int(count):
            own = tuple([scope.renewed(m) for m in factor])
            product = distributed(product, power(own, part))
    return tuple([part for m in product for part in scope.contracted(m)])


def matrix_power(
    lowering: Lowering, node: Basic, slots: tuple[Slot, ...], env: Environment
) -> Term:
    """Return an entry of a power of a matrix with an exponent that ``is_whole``.

    Raises:
        UnknownNodeError: for any other.
    """
    base, exponent = node.args
    check_whole(exponent)
    arguments = (
        lowering.abstraction(base, env),
        Abstraction((), lowering.lower(exponent, (), env)),
    )
    power_at = lowering.scope.valued(POWER, slots, (), arguments)
    return tuple([part for m in power_at for part in lowering.scope.contracted(m)])


def number_of_index(
    lowering: Lowering,
    node: Any,
    slots: tuple[Slot, ...],  # noqa: ARG001
    env: Environment,
) -> Term:
    """Return the number of the position that an index stands for."""
    return position(lowering.scope, lowering.position(node, env, node.size))


def position(scope: Scope, slot: Slot) -> Term:
    """Return the number of the position that a slot stands for."""
    if not slot:
        return (NUMBER_ONE,)
    if len(slot) == 1 and slot[0] < 0:
        return number(Fraction(scope.positions[slot[0]]))
    return (single(Atom(POSITION, (slot,))),)


def raised(scope: Scope, base: Abstraction, exponent: Term, row: Slot, column: Slot) -> Term:
    """Return an entry of a power, of which exponents 0 and 1 are I and the matrix itself."""
    scope.rules.setdefault(merged)
    if not exponent:
        return (single(Delta(row, column)),)
    letter = _letter(base)
    if letter is not None:
        head, turned = letter
        out = (column, row) if turned else (row, column)
        if exponent == (NUMBER_ONE,):
            return (single(Atom(head, out)),)
        if turned:
            p, q = base.parameters
            plain = Abstraction(base.parameters, (single(Atom(head, (p, q))),))
            return (single(Value(POWER, out, (), (plain, Abstraction((), exponent)))),)
    return (single(Value(POWER, (row, column), (), (base, Abstraction((), exponent)))),)


def _letter(base: Abstraction) -> tuple[Any, bool] | None:
    """Return the name that a base is, and whether it is transposed."""
    if len(base.body) != 1 or base.body[0].bound or base.body[0].coefficient != 1:
        return None
    factors = base.body[0].factors
    if len(factors) != 1 or type(factors[0]) is not Atom or not all(base.parameters):
        return None
    slots = factors[0].slots
    if slots == base.parameters:
        return factors[0].head, False
    return (factors[0].head, True) if slots == base.parameters[::-1] else None


# Σ_j (X^a)_ij (X^b)_jk = (X^(a + b))_ik
def merged(scope: Scope, monomial: Monomial) -> Term | None:
    """Return a monomial with two powers of one name that stand side by side as one; else None."""
    ends = [_ends(factor) for factor in monomial.factors]
    for place, own in enumerate(ends):
        if own is None or type(monomial.factors[place]) is not Value:
            continue
        for other, found in enumerate(ends):
            if found is None or other == place or found[0] != own[0]:
                continue
            for first, second in ((own, found), (found, own)):
                middle = first[2]
                if middle != second[1] or len(middle) != 1:
                    continue
                if not _only(monomial, middle[0], (place, other)):
                    continue
                if first[1] == first[2] or second[1] == second[2]:
                    continue
                if middle[0] in term_free(first[3]) | term_free(second[3]):
                    continue  # an exponent that counts along is no exponent of the product
                if not (_is_natural(scope, first[3]) and _is_natural(scope, second[3])):
                    continue
                base = monomial.factors[place].arguments[0]  # type: ignore[union-attr]
                power = raised(scope, base, scope.apart(first[3] + second[3]), first[1], second[2])
                rest = tuple([f for k, f in enumerate(monomial.factors) if k not in (place, other)])
                bound = monomial.bound - {middle[0]}
                return tuple(
                    [Monomial(monomial.coefficient, bound, rest + m.factors) for m in power]
                )
    return None


def _is_natural(scope: Scope, exponent: Term) -> bool:
    """Return whether an exponent cannot be negative, whatever positions its indices stand for."""
    least = []
    for monomial in exponent:
        positions = [f for f in monomial.factors if type(f) is Atom and f.head is POSITION]
        sizes = [f for f in monomial.factors if not any(f is p for p in positions)]
        value = size_of((Monomial(abs(monomial.coefficient), frozenset(), tuple(sizes)),))
        if value is None or monomial.bound or len(positions) > 1:
            return False
        if monomial.coefficient < 0:
            value = -value
            for factor in positions:  # a position is at most the size of its axis
                most = scope.slot_size(factor.slots[0])
                if most is None:
                    return False
                value *= most
        least.append(value)  # and at least 1
    return bool(sympy.expand(sympy.Add(*least)).is_nonnegative)


def _only(monomial: Monomial, index: Index, places: tuple[int, int]) -> bool:
    return index in monomial.bound and not any(
        index in free_indices(factor)
        for place, factor in enumerate(monomial.factors)
        if place not in places
    )


def _ends(factor: Factor) -> tuple[Any, Slot, Slot, Term] | None:
    """Return the name, the row, the column and the exponent of a power or an entry of a name."""
    if type(factor) is Atom and len(factor.slots) == 2:
        return factor.head, *factor.slots, (NUMBER_ONE,)
    if type(factor) is Value and factor.function == POWER:
        letter = _letter(factor.arguments[0])
        if letter is not None and not letter[1]:
            return letter[0], *factor.out, factor.arguments[1].body
    return None


# d(t^k) = k t^(k - 1) dt
def derivative_of_number(
    scope: Scope,  # noqa: ARG001
    value: Value,
    place: int,
    slots: tuple[Slot, ...],  # noqa: ARG001
) -> Term | None:
    """Return the derivative of a number's power by the number."""
    if place:
        return None
    base, exponent = value.arguments
    less = Abstraction((), exponent.body + number(Fraction(-1)))
    return distributed(exponent.body, (single(Value("power", (), (), (base, less))),))


def derivative(scope: Scope, value: Value, place: int, slots: tuple[Slot, ...]) -> Term | None:
    """Return ∂(X^e)_rc / ∂X_ab for an exponent that is a size."""
    # Σ_s (X^(s - 1))_ra (X^(e - s))_bc
    base, exponent = value.arguments
    size = None if place else size_of(exponent.body)
    if size is None:
        return None
    (row, column), (a, b) = value.out, slots
    counter = scope.fresh(size)
    here = position(scope, counter)
    less = scaled((NUMBER_ONE,), Fraction(-1))
    left = raised(scope, base, here + less, row, a)
    again = scope.renewed(single(Value(POWER, (), (), (base, Abstraction((), ())))))
    copy = again.factors[0].arguments[0]  # type: ignore[union-attr]
    right = raised(scope, copy, exponent.body + scaled(here, Fraction(-1)), b, column)
    return scope.summed(scope.product(left, right), counter)


def size_of(exponent: Term) -> Any:
    """Return the size that an exponent is; None if it is none."""
    terms = []
    for monomial in exponent:
        if monomial.coefficient <= 0 or monomial.coefficient.denominator != 1 or monomial.bound:
            return None
        heads = [f.head for f in monomial.factors if type(f) is Atom and not f.slots]
        if len(heads) != len(monomial.factors):
            return None
        if not all(isinstance(h, Symbol) and h.is_integer and h.is_positive for h in heads):
            return None
        terms.append(sympy.Mul(Integer(int(monomial.coefficient)), *heads))
    return sympy.Add(*terms) if terms else None


def fits_number(scope: Scope, shapes: Sequence[Any], out: Sequence[Slot]) -> bool:  # noqa: ARG001
    """Return whether a power of a number has these arguments and this value."""
    return list(shapes) == [(), ()] and not out


def fits_matrix(scope: Scope, shapes: Sequence[Any], out: Sequence[Slot]) -> bool:
    """Return whether a power of a matrix has these arguments and this value."""
    own = len(shapes) == 2 and is_square(shapes[0]) and not shapes[1]
    return own and scope.all_fit(out, shapes[0])


def position_fits(scope: Scope, head: Any, slots: Sequence[Slot]) -> bool:  # noqa: ARG001
    """Return whether the number of a position is that of one slot."""
    return head is POSITION and len(slots) == 1 and bool(slots[0])


def settled(scope: Scope, value: Value) -> Term:
    """Return an entry of a power in settled form."""
    base, exponent = value.arguments
    return raised(scope, base, exponent.body, *value.out)


FUNCTIONS = {
    "power": Function(fits_number, derivative_of_number),
    POWER: Function(fits_matrix, derivative, settled=settled),
}
