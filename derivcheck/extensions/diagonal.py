"""The inverse of a diagonal matrix that stands in a goal: the reciprocals of its entries."""

from __future__ import annotations

from dataclasses import dataclass

from derivcheck.extensions.facts import Facts, is_partial, only_factor
from derivcheck.kernel.check import State
from derivcheck.terms.term import (
    Address,
    Delta,
    Monomial,
    RefusedError,
    Term,
    Value,
    term_map,
    times,
)


@dataclass(frozen=True, slots=True)
class DiagonalInverse:
    """Write out the inverse of a diagonal matrix: the reciprocals of its entries.

    Attributes:
        address: where.
        monomial: the position of a monomial there.
        factor: the position of the inverse in it.
    """

    address: Address
    monomial: int
    factor: int


def take(state: State, step: DiagonalInverse) -> None:
    """Carry out a step that writes an inverse out.

    Raises:
        RefusedError: when there is none of a diagonal matrix.
    """
    facts, term = state.known, state.at(step.address)
    if not 0 <= step.monomial < len(term):
        raise RefusedError("an inverse leads nowhere")
    new = written_out(facts, term[step.monomial], step.factor)
    state.replace(step.address, term[: step.monomial] + term[step.monomial + 1 :] + new)


# (δ_ab v_a)⁻¹ at r, c = δ_rc / v_r, where the matrix is invertible
def written_out(facts: Facts, monomial: Monomial, position: int) -> Term:
    """Return a monomial with the inverse of a diagonal matrix written out.

    Raises:
        RefusedError: when the factor is no such inverse, or not known to exist.
    """
    if not 0 <= position < len(monomial.factors):
        raise RefusedError("an inverse leads nowhere")
    factor = monomial.factors[position]
    if type(factor) is not Value or not is_partial(factor) or len(factor.arguments) != 1:
        raise RefusedError("not an inverse")
    if facts.skeleton(factor) not in facts.defined:
        raise RefusedError("an inverse that is not known to exist")
    (argument,) = factor.arguments
    if len(argument.parameters) != 2 or any(len(slot) != 1 for slot in argument.parameters):
        raise RefusedError("an inverse of a matrix with factored axes")
    row, column = argument.parameters
    on = Delta(row, column)
    entries = []
    for m in argument.body:
        if on not in m.factors:
            raise RefusedError("not a diagonal matrix")
        others = list(m.factors)
        others.remove(on)
        entries.append(Monomial(m.coefficient, m.bound, tuple(others)))
    if not entries:
        raise RefusedError("the zero matrix has no inverse")
    at, to = factor.out
    diagonal = tuple(
        [facts.scope.renewed(m) for m in term_map(tuple(entries), {row[0]: at, column[0]: at})]
    )
    inverse = facts.scope.applied("reciprocal", 0, diagonal)
    quotient = only_factor(inverse)
    if quotient is not None:
        facts.defined.add(facts.skeleton(quotient))
    beside = monomial.factors[:position] + monomial.factors[position + 1 :]
    rest = Monomial(monomial.coefficient, monomial.bound, (*beside, Delta(at, to)))
    return tuple([p for m in inverse for p in facts.scope.contracted(times(rest, m))])
