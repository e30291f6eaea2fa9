"""Laws of the normal form: what must not change it, and what it must not change."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from fractions import Fraction
from random import Random

import oracles
import strategies
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Integer, MatrixSymbol

from derivcheck.algebra import nodes
from derivcheck.algebra.goal import Goal
from derivcheck.kernel.check import State
from derivcheck.kernel.lowering import Lowering
from derivcheck.prover.normal_form import Collector, collected
from derivcheck.terms.scope import Scope
from derivcheck.terms.term import Atom, Delta, Term, binders, same

SEEDS = st.integers(0, 2**40)
EXAMPLES = settings(max_examples=2_000 if settings().max_examples > 100 else 60)


def drawn(seed: int, **options):
    """A random expression, as the state of ``expression = 0`` after collecting."""
    random = Random(seed)
    generator = strategies.Generator(random, **options)
    shape = generator.shape()
    node = generator.expression(shape, 3)
    zero = strategies.ZeroMatrix(*shape) if shape else Integer(0)
    state = State(Goal(node, zero), Lowering({}, ()))
    collected(state)
    return node, state


def keys(state: State) -> list[tuple[Fraction, int]]:
    collector = Collector(state)
    return sorted((m.coefficient, collector.key(m, {})) for m in state.term)


@given(SEEDS)
@EXAMPLES
def test_collecting_is_idempotent(seed: int) -> None:
    _, state = drawn(seed)
    before = state.term
    assert collected(state) == []
    assert state.term == before


@given(SEEDS)
@EXAMPLES
def test_settling_is_idempotent(seed: int) -> None:
    _, state = drawn(seed)
    assert same(state.scope.settled_term(state.term), state.term)


@given(SEEDS)
@EXAMPLES
def test_names_of_bound_indices_do_not_show(seed: int) -> None:
    _, state = drawn(seed)
    before = keys(state)
    state.term = tuple(
        state.scope.settled_term((state.scope.renewed(m),))[0] for m in reversed(state.term)
    )
    assert keys(state) == before
    for monomial in state.term:
        renewed = state.scope.renewed(monomial)
        assert Collector(state).renaming(renewed, monomial) is not None


@given(SEEDS)
@EXAMPLES
def test_every_index_is_bound_once(seed: int) -> None:
    _, state = drawn(seed)
    for monomial in state.term:
        found = list(binders(monomial))
        assert len(found) == len(set(found))


@given(SEEDS)
@EXAMPLES
def test_the_form_has_the_value_of_the_expression(seed: int) -> None:
    """Summed index by index, a lowered expression gives what plain loops give for it."""
    random = Random(seed)
    generator = strategies.Generator(random, functions=False)
    shape = generator.shape()
    node = generator.expression(shape, 3)
    lowering = Lowering({}, ())
    slots, term = lowering.opened(shape, lambda s: lowering.lower(node, s, {}))
    sizes = dict(zip(strategies.SIZES, map(Integer, (2, 3, 1)), strict=True))
    oracle = oracles.Oracle(sizes, seed)
    reading = Reading(lowering.scope, oracle, sizes)
    free = [i for slot in slots for i in slot]
    expected = oracle.value(node)
    for where in reading.assignments(free):
        at = tuple(reading.position(slot, where) for slot in slots)
        assert reading.value(term, where) == expected(*at)


class Reading:
    """The value of a term of atoms and deltas at positions of its free indices, counted from 0."""

    def __init__(self, scope: Scope, oracle: oracles.Oracle, sizes) -> None:
        self.scope = scope
        self.oracle = oracle
        self.sizes = sizes

    def size(self, index: int) -> int:
        return int(self.scope.sizes[index].xreplace(self.sizes))

    def assignments(self, indices) -> Iterator[dict[int, int]]:
        for places in itertools.product(*[range(self.size(i)) for i in indices]):
            yield dict(zip(indices, places, strict=True))

    def place(self, index: int, where) -> int:
        return where[index] if index > 0 else self.scope.positions[index] - 1

    def position(self, slot, where) -> int:
        flat = 0
        for index in slot:
            flat = flat * self.size(index) + self.place(index, where)
        return flat

    def value(self, term: Term, where) -> dict:
        total: dict = {}
        for m in term:
            for bound in self.assignments(sorted(m.bound)):
                product = oracles.constant(m.coefficient)
                for factor in m.factors:
                    product = oracles.multiplied(product, self.factor(factor, {**where, **bound}))
                total = oracles.plus(total, product)
        return total

    def factor(self, factor, where) -> dict:
        if isinstance(factor, Delta):
            equal = self.position(factor.left, where) == self.position(factor.right, where)
            return oracles.constant(int(equal))
        assert isinstance(factor, Atom)
        if factor.head in self.sizes:
            return oracles.constant(int(self.sizes[factor.head]))
        at = tuple(self.position(slot, where) for slot in factor.slots)
        count = len(at)
        if isinstance(factor.head, tuple):
            count = len(at) - (2 if len(factor.head) > 2 else 0)
        own, entry = (at[:count], at[count:]) if isinstance(factor.head, tuple) else ((), at)
        return self.oracle.number(factor.head, own, entry)


# --- laws about pairs ------------------------------------------------------------------------------


def substituted(node, sizes):
    """Return an expression with size symbols replaced, nothing else touched or simplified."""
    if node in sizes:
        return sizes[node]
    if not node.args:
        return node
    if getattr(node, "is_integer", False) and node.is_positive and not node.has(MatrixSymbol):
        return node.xreplace(sizes)
    return strategies.raw(type(node), *[substituted(part, sizes) for part in node.args])


def state_of(lhs, rhs) -> State:
    state = State(Goal(lhs, rhs), Lowering({}, ()))
    collected(state)
    return state


@given(SEEDS)
@EXAMPLES
def test_what_is_equal_has_one_form(seed: int) -> None:
    """Confluence: whichever way an expression was rewritten, as many equal monomials are left."""
    lhs, rhs = strategies.equal_pair(seed, 3)
    shape = nodes.shape(lhs)
    zero = strategies.ZeroMatrix(*shape) if shape else Integer(0)
    forms = [state_of(side, zero).term for side in (lhs, rhs)]
    if any(isinstance(f, Delta) and len(f.left) > 1 for t in forms for m in t for f in m.factors):
        return  # axes that are factored differently: outside the complete fragment
    first, second = (sorted(m.coefficient for m in term) for term in forms)
    assert first == second


@given(SEEDS)
@EXAMPLES
def test_equality_is_kept_when_sizes_are_replaced(seed: int) -> None:
    """What holds for all sizes holds where two coincide, where one is 1, or a number."""
    lhs, rhs = strategies.equal_pair(seed, 3)
    if state_of(lhs, rhs).term:
        return
    m, n, p = strategies.SIZES
    for sizes in ({m: n}, {n: p, m: p}, {p: Integer(1)}, {n: Integer(3)}):
        left, right = (substituted(side, sizes) for side in (lhs, rhs))
        assert not state_of(left, right).term, (seed, sizes)


@given(SEEDS)
@EXAMPLES
def test_the_order_of_a_sum_does_not_show(seed: int) -> None:
    random = Random(seed)
    generator = strategies.Generator(random)
    shape = generator.shape()
    parts = [generator.expression(shape, 2) for _ in range(3)]
    add = sympy.MatAdd if shape else sympy.Add
    lhs = strategies.raw(add, *parts)
    random.shuffle(parts)
    assert not state_of(lhs, strategies.raw(add, *parts)).term


def test_the_laws_tell_a_planted_difference() -> None:
    m, n, _ = strategies.SIZES
    assert state_of(m, n).term
    assert not state_of(*[substituted(side, {m: n}) for side in (m, n)]).term
    lhs = strategies.product(MatrixSymbol("A", m, n), MatrixSymbol("B", n, m))
    assert state_of(lhs, substituted(strategies.raw(sympy.Transpose, lhs), {})).term
