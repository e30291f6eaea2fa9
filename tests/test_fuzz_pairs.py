"""Random pairs: equal by construction must be proved, different by plain loops must not be.

`make fuzz` goes on with others for as long as it is told.
"""

from __future__ import annotations

from random import Random

import oracles
import pytest
import strategies
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Integer, srepr

from derivcheck.algebra.goal import Goal
from derivcheck.algebra.nodes import head_of
from derivcheck.kernel.check import State
from derivcheck.kernel.lowering import Lowering
from derivcheck.prover.normal_form import collected
from derivcheck.prover.strategy import METHODS, Way, certificate_for, prove
from derivcheck.terms.term import Delta, nested_deltas

SIZES = ((2, 3, 1), (3, 2, 4))
SEEDS = st.integers(0, 2**40)
LONG = settings().max_examples > 100
EXAMPLES = settings(max_examples=10_000 if LONG else 2_000)
"""Of each of the five kinds below, so 10,000 pairs in every run."""


def depth(seed: int) -> int:
    """Most pairs are shallow, which takes little time; some are deep."""
    return 4 + seed % 2 if LONG else 4 if seed % 8 == 0 else 3


def difference(lhs, rhs, definitions, seed: int):
    """Return sizes at which two expressions differ by plain loops, if any of a few."""
    for numbers in SIZES:
        sizes = dict(zip(strategies.SIZES, map(Integer, numbers), strict=True))
        left, right = (oracles.Oracle(sizes, seed, definitions).value(side) for side in (lhs, rhs))
        if left != right:
            return numbers
    return None


def verdict(lhs, rhs, definitions=None) -> tuple[bool, str]:
    certificate, reasons, code = prove(Goal(lhs, rhs, definitions or {}), METHODS[:1])
    assert code != "DC901", (reasons, srepr(lhs), srepr(rhs))
    return certificate is not None, code


def opaque(lhs, rhs, definitions=None) -> bool:
    """Whether axes of one size that are factored differently meet: outside the complete fragment."""
    definitions = definitions or {}
    goal = Goal(lhs, rhs, definitions)
    state = State(goal, Lowering(definitions, [head_of(name) for name in definitions]))
    collected(state)
    deltas = [f for m in state.term for f in m.factors if isinstance(f, Delta)]
    deltas += [f for m in state.term for f in nested_deltas(m)]
    return any(len(f.left) > 1 or len(f.right) > 1 for f in deltas)


@given(SEEDS)
@EXAMPLES
def test_equal_pairs_are_proved(seed: int) -> None:
    lhs, rhs = strategies.equal_pair(seed, depth(seed))
    proved, code = verdict(lhs, rhs)
    assert proved or code == "DC303" or opaque(lhs, rhs), (seed, srepr(lhs), srepr(rhs))
    if seed % 5 == 0:
        assert difference(lhs, rhs, {}, seed) is None, (seed, srepr(lhs), srepr(rhs))


@given(SEEDS)
@EXAMPLES
def test_a_slip_is_proved_only_if_it_changes_nothing(seed: int) -> None:
    lhs, rhs = strategies.slipped_pair(seed, depth(seed))
    if verdict(lhs, rhs)[0]:
        assert difference(lhs, rhs, {}, seed) is None, (seed, srepr(lhs), srepr(rhs))


@given(SEEDS)
@EXAMPLES
def test_names_stand_for_their_definitions(seed: int) -> None:
    lhs, rhs = strategies.equal_pair(seed, depth(seed))
    lhs, definitions = strategies.folded(Random(seed), lhs, 3)
    proved, code = verdict(lhs, rhs, definitions)
    assert proved or code == "DC303" or opaque(lhs, rhs, definitions), seed


@given(SEEDS)
@EXAMPLES
def test_a_slip_is_not_hidden_by_a_name(seed: int) -> None:
    lhs, rhs = strategies.slipped_pair(seed, depth(seed))
    lhs, definitions = strategies.folded(Random(seed), lhs, 3)
    if verdict(lhs, rhs, definitions)[0]:
        assert difference(lhs, rhs, definitions, seed) is None, (seed, srepr(lhs), srepr(rhs))


@given(SEEDS)
@EXAMPLES
def test_sums_that_stay_groups_prove_nothing_else(seed: int) -> None:
    lhs, rhs = strategies.slipped_pair(seed, depth(seed))
    found = certificate_for(Goal(lhs, rhs), Way(frozenset(), lazy=True), METHODS[:1])
    if found is not None:
        assert difference(lhs, rhs, {}, seed) is None, (seed, srepr(lhs), srepr(rhs))


def test_the_loops_tell_a_planted_slip() -> None:
    lhs, _ = strategies.equal_pair(4)
    n = strategies.n
    assert difference(n, n, {}, 0) is None
    assert difference(n, strategies.m, {}, 0) == SIZES[0]
    assert difference(lhs, lhs, {}, 0) is None


@pytest.mark.parametrize("seed", range(3))
def test_everything_follows_from_the_seed(seed: int) -> None:
    assert strategies.equal_pair(seed) == strategies.equal_pair(seed)
    assert strategies.slipped_pair(seed) == strategies.slipped_pair(seed)
