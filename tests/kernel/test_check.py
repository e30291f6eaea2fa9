"""The kernel refuses what is not literally so, and says why: every test names a word of the reason."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import pytest
import sympy
from sympy import Basic, Integer, MatAdd, MatMul, MatrixSymbol, Trace, Tuple

from derivcheck.algebra import nodes
from derivcheck.algebra.goal import Goal
from derivcheck.extensions.blocks import Spread
from derivcheck.extensions.table import EXTENSIONS
from derivcheck.kernel.check import Cancel, Certificate, Distribute, State, check
from derivcheck.kernel.lowering import Lowering
from derivcheck.prover.strategy import METHODS, Way, certificate_for
from derivcheck.terms.scope import Scope
from derivcheck.terms.term import (
    Abstraction,
    Apply,
    Atom,
    Group,
    Monomial,
    RefusedError,
    UnknownNodeError,
    single,
)

m, n = nodes.size_symbol("m"), nodes.size_symbol("n")
A, B = MatrixSymbol("A", n, n), MatrixSymbol("B", n, n)
X = MatrixSymbol("X", m, n)
x, y = MatrixSymbol("x", n, 1), MatrixSymbol("y", n, 1)
g = nodes.function_symbol("g")
TRACE = Goal(Trace(A * B), Trace(B * A))


def certificate(goal: Goal, *, lazy: bool = False) -> Certificate:
    found = certificate_for(goal, Way(frozenset(), lazy=lazy), METHODS[:1])
    assert found is not None
    return found


def refused(goal: Goal, forged: Certificate, word: str) -> None:
    with pytest.raises(RefusedError, match=word):
        check(goal, forged, EXTENSIONS)


def forged(old: Certificate, **changes) -> Certificate:
    """The certificate with its last step changed."""
    return replace(old, steps=(*old.steps[:-1], replace(old.steps[-1], **changes)))


def test_a_true_certificate_is_accepted() -> None:
    check(TRACE, certificate(TRACE), EXTENSIONS)


def test_a_state_is_replayed_from_its_opening_whatever_was_done_to_it() -> None:
    made = state()
    found = certificate(TRACE)
    made.term = ()
    with pytest.raises(RefusedError, match="left over"):
        made.accept(replace(found, steps=()))
    made.accept(found)
    assert state().opening().term == state().term


def test_a_certificate_for_another_lowering_is_refused() -> None:
    found = certificate(TRACE)
    for other in (replace(found, lazy=True), replace(found, unfold=(A,))):
        with pytest.raises(RefusedError, match="another lowering"):
            state().accept(other)


def test_an_unknown_step_is_refused() -> None:
    @dataclass(frozen=True)
    class Believe:
        address: tuple = ()

    refused(TRACE, Certificate((), (Believe(),)), "unknown step kind Believe")


def test_an_unknown_node_is_refused() -> None:
    class Mystery(sympy.MatrixExpr):
        shape = (n, n)

    mystery = Basic.__new__(Mystery, A)
    with pytest.raises(UnknownNodeError, match="no definition for Mystery"):
        check(Goal(mystery, mystery), Certificate((), ()), EXTENSIONS)


def test_a_subclass_has_not_the_meaning_of_its_parent() -> None:
    class Sum(sympy.MatAdd):
        """Looks like a sum."""

    fake = Basic.__new__(Sum, A, B)
    with pytest.raises(UnknownNodeError, match="no definition for Sum"):
        check(Goal(fake, fake), Certificate((), ()), EXTENSIONS)


def test_what_is_left_over_is_refused() -> None:
    refused(Goal(Trace(A * B), Trace(A)), Certificate((), ()), "2 monomials are left over")
    refused(TRACE, replace(certificate(TRACE), steps=()), "left over")


def test_a_wrong_coefficient_leaves_something_over() -> None:
    goal = Goal(2 * Trace(A), Trace(A))
    refused(goal, certificate(Goal(Trace(A), Trace(A))), "1 monomials are left over")


def test_a_certificate_of_another_goal_is_refused() -> None:
    cubic = certificate(Goal(Trace(A * B * B), Trace(B * B * A)))
    refused(Goal(Trace(A * B * B), Trace(B * A * A)), cubic, "not equal under its renaming")


def test_a_forged_renaming_is_refused() -> None:
    old = certificate(TRACE)
    (i, a), (j, b) = old.steps[-1].renaming
    refused(TRACE, forged(old, renaming=((i, b), (j, a))), "not equal under its renaming")


def test_a_renaming_that_is_not_injective_is_refused() -> None:
    old = certificate(TRACE)
    (i, a), (j, _) = old.steps[-1].renaming
    refused(TRACE, forged(old, renaming=((i, a), (j, a))), "not one of all bound indices")


def test_a_renaming_that_leaves_an_index_out_is_refused() -> None:
    old = certificate(TRACE)
    refused(TRACE, forged(old, renaming=old.steps[-1].renaming[:1]), "not one of all bound")


def test_a_renaming_between_sizes_is_refused() -> None:
    wide = MatrixSymbol("W", n, m)
    goal = Goal(Trace(X * wide), Trace(wide * X))
    old = certificate(goal)
    (i, a), (j, b) = old.steps[-1].renaming
    refused(goal, forged(old, renaming=((i, b), (j, a))), "different sizes")


def test_a_pair_that_is_not_there_is_refused() -> None:
    old = certificate(TRACE)
    for changes in ({"kept": 7}, {"merged": 7}, {"kept": -1}, {"merged": -2}):
        refused(TRACE, forged(old, **changes), "leads nowhere")
    refused(TRACE, forged(old, merged=old.steps[-1].kept), "cannot cancel itself")


def test_an_address_to_nowhere_is_refused() -> None:
    old = certificate(TRACE)
    for address in (((0, 0, 0),), ((5, 0, 0),), ((0, 9, 0),)):
        refused(TRACE, forged(old, address=address), "an address leads nowhere")


def test_an_address_counted_from_the_end_is_refused() -> None:
    """In Python, -1 is a place too; there it would have doubled what it replaces."""
    double = Basic.__new__(MatAdd, x, x)
    goal = Goal(nodes.Elementwise(g, Integer(0), double), nodes.Elementwise(g, Integer(0), 2 * x))
    old = certificate(goal)
    ((place, factor, argument),) = old.steps[0].address
    check(goal, old, EXTENSIONS)
    for address in (((place - 2, factor, argument),), ((place, factor - 1, argument),)):
        steps = (replace(old.steps[0], address=address), *old.steps[1:])
        refused(goal, replace(old, steps=steps), "an address leads nowhere")


def test_sides_of_different_shapes_are_refused() -> None:
    goal = Goal(sympy.OneMatrix(n, 1), sympy.OneMatrix(1, n))
    with pytest.raises(UnknownNodeError, match="different shapes"):
        check(goal, Certificate((), ()), EXTENSIONS)


def test_only_a_group_can_be_multiplied_out() -> None:
    goal = Goal(Trace(A), Trace(B))
    refused(goal, Certificate((), (Distribute((), 0, 0),)), "only a group")
    refused(goal, Certificate((), (Distribute((), 5, 0),)), "a group stands nowhere")
    refused(goal, Certificate((), (Distribute((), 0, -1),)), "a group stands nowhere")


def test_groups_are_multiplied_out_by_steps() -> None:
    goal = Goal(MatMul(A, MatAdd(A, B)), MatAdd(MatMul(A, A), MatMul(A, B)))
    found = certificate(goal, lazy=True)
    assert any(isinstance(step, Distribute) for step in found.steps)
    check(goal, found, EXTENSIONS)
    refused(goal, replace(found, steps=found.steps[:1]), "left over")


def state() -> State:
    return State(TRACE, Lowering({}, (), EXTENSIONS))


def with_term(term) -> State:
    made = state()
    made.term = term
    return made


def indices(made: State, count: int) -> list[int]:
    return [made.scope.fresh(n)[0] for _ in range(count)]


def test_an_index_bound_twice_is_refused() -> None:
    """Σ_i g(A_ii) shadowed is not Σ_i g(Σ_j A_ij): names must be told apart before they are mapped."""
    made = state()
    i, j, k = indices(made, 3)

    def nested(outer, inner, shown):
        entry = Monomial(Fraction(1), frozenset([inner]), (Atom(A, ((shown,), (inner,))),))
        return Monomial(Fraction(1), frozenset([outer]), (Apply(g, 0, (entry,)),))

    shadowed, plain = nested(i, i, i), nested(j, k, j)
    for term in ((shadowed, plain), (plain, shadowed)):
        made.term = term
        with pytest.raises(RefusedError, match="binds an index twice"):
            made.apply(Cancel((), 0, 1, ((i, j), (i, k))))
        with pytest.raises(RefusedError, match="binds an index twice"):
            made.apply(Cancel((), 0, 1, ((j, i), (k, i))))


def test_a_free_index_cannot_be_captured() -> None:
    made = state()
    i, j = indices(made, 2)
    diagonal = Monomial(Fraction(1), frozenset([i]), (Atom(A, ((i,), (i,))),))
    row = Monomial(Fraction(-1), frozenset([j]), (Atom(A, ((i,), (j,))),))
    made.term = (diagonal, row)
    with pytest.raises(RefusedError, match="free beside it"):
        made.apply(Cancel((), 0, 1, ((j, i),)))


def test_sums_are_compared_with_multiplicity() -> None:
    """x + x + y is not x + y + y, although their monomials are the same set."""
    a, b = single(Atom(x, ((), ()))), single(Atom(y, ((), ())))
    for wrap in (
        lambda term: Apply(g, 0, term),
        Group,
        lambda term: Abstraction((), term),
    ):
        assert wrap((a, a, b)) != wrap((a, b, b))
        assert wrap((a, b, a)) == wrap((a, a, b))
        assert hash(wrap((a, b, a))) == hash(wrap((a, a, b)))
    assert Monomial(Fraction(1), frozenset(), (*a.factors, *a.factors, *b.factors)) != Monomial(
        Fraction(1), frozenset(), (*a.factors, *b.factors, *b.factors)
    )


def test_a_fixed_position_knows_its_axis() -> None:
    scope = Scope()
    assert scope.fixed(2, n) != scope.fixed(2, m)
    assert scope.fixed(2, n) == scope.fixed(2, n)
    assert scope.fixed(1, Integer(1)) == ()
    for position, size in ((0, n), (4, Integer(3)), (2, Integer(1))):
        with pytest.raises(UnknownNodeError, match="outside of its axis"):
            scope.fixed(position, size)


def test_positions_of_a_free_axis_do_not_cancel_each_other() -> None:
    """Position by position, x = y at 2 positions is x₁ - y₁ and x₂ - y₂, not their sum."""
    one, other = MatrixSymbol("v", 2, 1), MatrixSymbol("w", 2, 1)
    goal = Goal(one, other)
    spread = Spread((), (nodes.ONE, nodes.ONE))
    made = State(goal, Lowering({}, (), EXTENSIONS))
    made.apply(spread)
    assert len(made.term) == 4
    refused(goal, Certificate((), (spread,)), "4 monomials are left over")
    refused(goal, Certificate((), (Spread((), (n,)),)), "two or more")


def test_folded_and_unfolded_definitions_are_both_accepted() -> None:
    name = MatrixSymbol("c", n, 1)
    goal = Goal(nodes.Vec(A * name), A * name, {name: B * x})
    for unfold in (frozenset(), frozenset([name])):
        found = certificate_for(goal, Way(unfold), METHODS[:1])
        assert found is not None
        check(goal, found, EXTENSIONS)


def test_a_name_that_is_not_defined_cannot_be_written_out() -> None:
    name = MatrixSymbol("c", n, 1)
    check(Goal(name, name), replace(certificate(Goal(name, name)), unfold=(name,)), EXTENSIONS)
    refused(Goal(name, B * x), Certificate((name,), ()), "left over")


def derivative(f, v, point=None, rebound=()):
    return nodes.TensorDerivative(f, v, v if point is None else point, Tuple(*rebound))


def test_a_zero_derivative_of_another_goal_is_not_taken_over() -> None:
    goal = Goal(nodes.arranged(derivative(Trace(A * B), A), (0, 1)), sympy.ZeroMatrix(n, n))
    refused(goal, Certificate((), ()), "left over")
