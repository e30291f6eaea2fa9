"""Facts about known functions: every row is true, and no step is taken whose needs are not met."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
import sympy
from flint import arb, fmpq
from sympy import Integer, MatrixSymbol, Trace

from derivcheck.algebra import nodes
from derivcheck.algebra.functions import KNOWN_FUNCTIONS, RELATIONS, Relation
from derivcheck.algebra.goal import Condition, Goal
from derivcheck.extensions.blocks import Part
from derivcheck.extensions.diagonal import DiagonalInverse
from derivcheck.extensions.facts import Assured, Fact, Occurrence
from derivcheck.extensions.table import EXTENSIONS
from derivcheck.kernel.check import Cancel, Certificate, RefusedError, State, check
from derivcheck.kernel.lowering import Lowering
from derivcheck.prover.exact.duals import UndefinedError
from derivcheck.prover.exact.functions import KNOWN
from derivcheck.terms.term import Abstraction, Apply, Atom, Delta, Monomial, Value, single

N = nodes.size_symbol("n")
T, U = nodes.scalar_symbol("t"), nodes.scalar_symbol("u")
M = nodes.size_symbol("m")
X, Y = MatrixSymbol("x", N, 1), MatrixSymbol("y", M, 1)


def f(word, argument):
    kind = nodes.Elementwise if nodes.shape(argument) else nodes.ScalarFunction
    return kind(nodes.function_symbol(word), Integer(0), argument)


def number(value):
    return Monomial(Fraction(value), frozenset(), ())


ONE = number(1)


def over(*indices):
    """The cofactor 1, summed over indices."""
    return Monomial(Fraction(1), frozenset(indices), ())


# --- every row is true ----------------------------------------------------------------------


def value(formula, values):
    """Return the enclosure of a formula at numbers, by the exact evaluation of functions."""
    if formula == "pi":
        return arb.pi()
    if isinstance(formula, str):
        return values[formula]
    if isinstance(formula, int | Fraction):
        return fmpq(Fraction(formula).numerator, Fraction(formula).denominator)
    head, *parts = formula
    inner = [value(part, values) for part in parts]
    if head in ("+", "*"):
        total = inner[0]
        for part in inner[1:]:
            total = total + part if head == "+" else total * part
        return total
    return KNOWN[head](0, inner[0])


def holds(kind, formula, values):
    """Return whether a need of a row holds at numbers."""
    try:
        at = value(formula, values)
    except (UndefinedError, ZeroDivisionError):
        return False
    if kind == "defined":
        return True
    tests = {
        "positive": at > 0,
        "nonzero": at != 0,
        "zero-one": at in (0, 1),
        "signs": at in (-1, 1),
    }
    return bool(tests[kind])


def agrees(row, seed, points=40):
    """Return how many random points satisfy the needs of a row; its sides must agree there."""
    numbers = random.Random(seed)
    seen = 0
    for _ in range(points):
        pool = [fmpq(numbers.randint(-9, 9), numbers.randint(1, 5)), fmpq(0), fmpq(1), fmpq(-1)]
        values = {name: numbers.choice(pool) for name in row.variables}
        if not all(holds(kind, formula, values) for kind, formula in row.needs):
            continue
        seen += 1
        gap = arb(value(row.left, values)) - arb(value(row.right, values))
        assert gap.overlaps(arb(0)), (row.name, values)
        assert gap.abs_upper() < arb(10) ** -9, (row.name, values)
    return seen


@pytest.mark.parametrize("name", RELATIONS)
def test_both_sides_of_a_row_agree(name):
    assert agrees(RELATIONS[name], name) or agrees(RELATIONS[name], name, 2000)


@pytest.mark.parametrize(
    "row",
    [
        Relation("wrong-sign", ("sigma", "s"), ("reciprocal", ("+", 1, ("exp", "s"))), ""),
        Relation("no-modulus", ("sqrt", ("*", "s", "s")), "s", ""),
        Relation("half", ("sqrt", ("exp", "s")), ("exp", "s"), ""),
        Relation("one-for-all", ("*", "s", "s"), "s", ""),
    ],
)
def test_comparing_the_sides_of_a_row_can_fail(row):
    with pytest.raises(AssertionError):
        agrees(row, "planted", 200)


@pytest.mark.parametrize("name", RELATIONS)
def test_a_row_speaks_of_known_functions_and_says_its_source(name):
    row = RELATIONS[name]

    def words(formula):
        if isinstance(formula, tuple):
            yield formula[0]
            for part in formula[1:]:
                yield from words(part)

    used = set(words(row.left)) | set(words(row.right)) - {"+", "*"}
    assert used - {"+", "*"} <= set(KNOWN_FUNCTIONS)
    assert row.name == name
    assert row.source


# --- steps ----------------------------------------------------------------------------------


def started(lhs, rhs, **more):
    goal = Goal(lhs, rhs, **more)
    return State(goal, Lowering(goal.definitions, None, EXTENSIONS))


def condition(kind, node, values=()):
    return Condition(kind, node, f"{kind} {node}", 1, values)


def atom(name, *slots):
    return single(Atom(name, slots))


def test_a_fact_adds_a_multiple_of_zero():
    state = started(f("exp", T + U), f("exp", T) * f("exp", U))
    state.apply(Fact((), "exp-of-sum", ((atom(T),), (atom(U),)), ONE, ()))
    assert len(state.term) == 4
    state.apply(Cancel((), 0, 3, ()))
    state.apply(Cancel((), 0, 1, ()))
    assert not state.term


def test_an_unknown_row_is_refused():
    state = started(f("exp", T), f("exp", U))
    with pytest.raises(RefusedError, match="no relation"):
        state.apply(Fact((), "exp-is-linear", ((atom(T),),), ONE, ()))


@pytest.mark.parametrize("values", [(), ((atom(T),),), ((atom(T),),) * 3])
def test_a_wrong_number_of_values_is_refused(values):
    state = started(f("exp", T), f("exp", U))
    with pytest.raises(RefusedError, match="takes other values"):
        state.apply(Fact((), "exp-of-sum", values, ONE, ()))


def test_an_index_that_is_not_known_is_refused():
    state = started(f("exp", T), f("exp", U))
    with pytest.raises(RefusedError, match="neither bound nor visible"):
        state.apply(Fact((), "exp-of-sum", ((atom(X, (9,), ()),), (atom(U),)), ONE, ()))
    with pytest.raises(RefusedError, match="not known"):
        state.apply(Fact((), "exp-of-sum", ((atom(X, (9,), ()),), (atom(U),)), over(9), ()))


LOG_OF_PRODUCT = Fact((), "log-of-product", ((atom(T),), (atom(U),)), ONE, (None, None))


def test_the_logarithm_of_a_product_needs_a_positive_factor():
    state = started(f("log", T * U), f("log", T) + U)
    with pytest.raises(RefusedError, match="needs positive"):
        state.apply(LOG_OF_PRODUCT)


def test_a_condition_on_a_name_gives_what_a_fact_needs():
    state = started(
        f("log", T * U),
        f("log", T) + U,
        conditions=(condition("positive", T), condition("positive", U)),
    )
    state.apply(LOG_OF_PRODUCT)
    assert len(state.term) == 6


def test_a_condition_of_another_kind_does_not():
    given = (condition("nonzero", T), condition("nonnegative", U))
    state = started(f("log", T * U), f("log", T) + U, conditions=given)
    with pytest.raises(RefusedError, match="needs positive"):
        state.apply(LOG_OF_PRODUCT)


def law(term, evidence=None, cofactor=ONE):
    return Fact((), "reciprocal-law", (term,), cofactor, (evidence,))


def test_nothing_is_divided_by_zero():
    state = started(T, U)
    for term in (
        (),
        (number(0),),
        (atom(T),),
        (atom(T), Monomial(Fraction(-1), *((frozenset(), (Atom(T, ()),))))),
    ):
        with pytest.raises(RefusedError, match="needs nonzero"):
            state.apply(law(term))


def test_a_denominator_of_the_goal_is_not_zero():
    state = started(T / U, U)
    inner = (atom(U),)
    state.apply(law(inner, Occurrence(Apply("reciprocal", 0, inner), ())))
    with pytest.raises(RefusedError, match="needs nonzero"):
        state.apply(law((atom(T),), Occurrence(Apply("reciprocal", 0, (atom(T),)), ())))


def test_what_a_step_brings_in_is_not_known_to_be_defined():
    state = started(Integer(1), Integer(0))
    planted = single(Apply("reciprocal", 0, ()))
    state.apply(Fact((), "exp-of-zero", (), planted, ()))
    forged = Occurrence(Apply("reciprocal", 0, ()), ())
    with pytest.raises(RefusedError, match="needs nonzero"):
        state.apply(law((), forged))


def test_a_root_in_the_goal_does_not_make_its_argument_positive():
    state = started(f("sqrt", T), U)
    seen = Occurrence(Apply("sqrt", 0, (atom(T),)), ())
    with pytest.raises(RefusedError, match="needs nonzero"):
        state.apply(law((atom(T),), seen))
    state.apply(Fact((), "sqrt-square", ((atom(T),),), ONE, (seen,)))


def entrywise(node):
    return sympy.HadamardProduct(node, f("reciprocal", X))


def test_an_occurrence_stands_for_all_positions():
    y = MatrixSymbol("y", N, 1)
    state = started(entrywise(y), y)
    (factor,) = [g for g in state.term[0].factors if type(g) is Apply]
    (index,) = {i for m in factor.argument for g in m.factors for s in g.slots for i in s}
    other = state.scope.fresh(N)[0]
    term = (atom(X, (other,), ()),)
    state.apply(law(term, Occurrence(factor, ((index, (other,)),)), over(other)))


def test_an_occurrence_keeps_its_sizes():
    y = MatrixSymbol("y", N, 1)
    state = started(entrywise(y), y)
    (factor,) = [g for g in state.term[0].factors if type(g) is Apply]
    (index,) = {i for m in factor.argument for g in m.factors for s in g.slots for i in s}
    other = state.scope.fresh(M)[0]
    for mapping in (((index, (other,)),), (), ((index, (index, other)),)):
        with pytest.raises(RefusedError, match="needs nonzero"):
            state.apply(law((atom(Y, (other,), ()),), Occurrence(factor, mapping), over(other)))


def test_a_function_split_along_a_delta_may_be_undefined():
    i, j = nodes.index_variable("i", N), nodes.index_variable("j", N)
    gap = nodes.Component(X, i, Integer(1)) - nodes.Component(X, j, Integer(1))
    state = started(gap / (gap + nodes.Delta(i, j)), Integer(1))
    seen = [g for m in state.term for g in m.factors if type(g) is Apply and len(g.argument) == 2]
    assert seen
    for factor in seen:
        own = {i for m in factor.argument for g in m.factors for s in g.slots for i in s}
        same = Occurrence(factor, tuple((i, (i,)) for i in own))
        with pytest.raises(RefusedError, match="needs nonzero"):
            state.apply(law(factor.argument, same))


def test_a_step_that_needs_an_entry_does_not_say_all_are_positive():
    i, j = nodes.index_variable("i", N), nodes.index_variable("j", N)
    first, second = nodes.Component(X, i, Integer(1)), nodes.Component(X, j, Integer(1))
    needed = (condition("positive", first),)
    state = started(f("abs", second), first + second, obligations=needed)
    own = started(f("abs", first), first, obligations=needed)
    (a,), (b,) = (
        [g.argument for g in state.term[0].factors],
        [g.argument for g in own.term[0].factors],
    )
    with pytest.raises(RefusedError, match="needs positive"):
        state.apply(Fact((), "abs-of-positive", (a,), ONE, (None,)))
    lowering, _ = own.known.pattern(0)
    (index,) = lowering.named[i]
    (here,) = own.lowering.named[i]
    own.apply(Fact((), "abs-of-positive", (b,), ONE, (Assured(0, ((index, (here,)),)),)))
    elsewhere = own.scope.fresh(N)
    wrong = Fact(
        (),
        "abs-of-positive",
        ((atom(X, elsewhere, ()),),),
        over(*elsewhere),
        (Assured(0, ((index, elsewhere),)),),
    )
    with pytest.raises(RefusedError, match="needs positive"):
        own.apply(wrong)


def test_a_condition_is_literally_about_the_number():
    whole = T * U + 1
    state = started(f("relu", whole), U, obligations=(condition("nonzero", whole),))
    (factor,) = state.term[0].factors
    state.apply(Fact((), "relu-by-step", (factor.argument,), ONE, (Assured(0, ()),)))
    for wrong in (Assured(1, ()), Assured(-1, ()), Assured(0, ((1, (1,)),))):
        with pytest.raises(RefusedError, match="needs nonzero"):
            state.apply(Fact((), "relu-by-step", (factor.argument,), ONE, (wrong,)))
    with pytest.raises(RefusedError, match="needs nonzero"):
        state.apply(Fact((), "relu-by-step", ((atom(T),),), ONE, (Assured(0, ()),)))


def test_evidence_of_an_unknown_kind_is_refused():
    state = started(f("log", T * U), U)
    with pytest.raises(RefusedError, match="unknown kind"):
        state.apply(law((atom(T),), "since I say so"))


def test_only_numbers_of_few_values_are_their_own_square():
    y = MatrixSymbol("y", N, 1)
    square = sympy.HadamardProduct(y, y)
    for values, kind in (((0, 1), "zero-one-square"), ((-1, 1), "sign-square")):
        state = started(square, y, conditions=(condition("range", y, values),))
        index = next(iter(state.term[0].factors[0].slots[0]))
        step = Fact((), kind, ((atom(y, (index,), ()),),), ONE, (None,))
        state.apply(step)
        other = started(square, y, conditions=(condition("range", y, (0, 2)),))
        with pytest.raises(RefusedError, match="needs"):
            other.apply(step)


# --- inverses of diagonal matrices ----------------------------------------------------------


def test_the_inverse_of_a_diagonal_matrix_is_written_out():
    state = started(sympy.Inverse(sympy.DiagMatrix(X)), sympy.DiagMatrix(f("reciprocal", X)))
    state.apply(DiagonalInverse((), 0, 0))
    state.apply(Cancel((), 0, 1, ()))
    assert not state.term


def test_only_inverses_of_diagonal_matrices_of_the_goal_are():
    a = MatrixSymbol("A", N, N)
    state = started(sympy.Inverse(a), a)
    with pytest.raises(RefusedError, match="not a diagonal"):
        state.apply(DiagonalInverse((), 0, 0))
    with pytest.raises(RefusedError, match="not an inverse"):
        state.apply(DiagonalInverse((), 1, 0))
    for places in ((5, 0), (-1, 0), (0, 7), (0, -1)):
        with pytest.raises(RefusedError, match="leads nowhere"):
            state.apply(DiagonalInverse((), *places))


# --- replay ---------------------------------------------------------------------------------


def test_a_certificate_is_replayed_from_the_goal():
    goal = Goal(f("exp", T + U), f("exp", T) * f("exp", U))
    steps = (
        Fact((), "exp-of-sum", ((atom(T),), (atom(U),)), ONE, ()),
        Cancel((), 0, 3, ()),
        Cancel((), 0, 1, ()),
    )
    check(goal, Certificate((), steps), EXTENSIONS)
    with pytest.raises(RefusedError, match="left over"):
        check(goal, Certificate((), steps[:2]), EXTENSIONS)
    with pytest.raises(RefusedError):
        check(Goal(f("exp", T * U), f("exp", T) * f("exp", U)), Certificate((), steps), EXTENSIONS)


def test_trying_out_gives_back_what_it_numbers():
    state = started(f("exp", T), f("exp", U))
    before = dict(state.scope.sizes)
    with state.scope.trial():
        state.scope.fresh(N)
        state.scope.fixed(3, N)
    assert state.scope.sizes == before
    assert not state.scope.positions


# --- what a forger might bring in -------------------------------------------------------------


def component(vector, index):
    return nodes.Component(vector, index, Integer(1))


def positive_vectors():
    """log Σ_k x_k y_k = log Σ_k x_k + log y_i is false, and the state that it starts from."""
    i, k = nodes.index_variable("i", N), nodes.index_variable("k", N)
    y = MatrixSymbol("y", N, 1)
    both = nodes.summation(component(X, k) * component(y, k), k)
    alone = nodes.summation(component(X, k), k)
    given = (condition("positive", X), condition("positive", y))
    goal = Goal(f("log", both), f("log", alone) + f("log", component(y, i)), conditions=given)
    state = State(goal, Lowering({}, (), EXTENSIONS))
    return state, y, state.lowering.named[i][0]


def test_a_value_cannot_capture_an_index_of_another_one():
    state, y, i = positive_vectors()
    capturing = Monomial(Fraction(1), frozenset({i}), (atom(X, (i,), ()).factors[0],))
    values = ((capturing,), (atom(y, (i,), ()),))
    with pytest.raises(RefusedError, match="free beside it"):
        state.apply(Fact((), "log-of-product", values, ONE, (None, None)))
    with pytest.raises(RefusedError, match="free beside it"):
        state.apply(Fact((), "log-of-product", values[::-1], ONE, (None, None)))
    with pytest.raises(RefusedError, match="free beside it"):
        state.apply(Fact((), "log-of-product", values, over(i), (None, None)))


def test_a_cofactor_cannot_capture_an_index_of_a_value():
    state, y, i = positive_vectors()
    inner = Monomial(Fraction(1), frozenset({i}), atom(X, (i,), ()).factors)
    nested = single(Apply("exp", 0, (inner,)))
    values = ((atom(X, (i,), ()),), (atom(y, (i,), ()),))
    with pytest.raises(RefusedError, match="free beside it"):
        state.apply(Fact((), "log-of-product", values, nested, (None, None)))
    k = state.scope.fresh(N)[0]
    inner = Monomial(Fraction(1), frozenset({k}), atom(X, (k,), ()).factors)
    nested = Monomial(Fraction(1), frozenset({k}), (Apply("exp", 0, (inner,)),))
    with pytest.raises(RefusedError, match="twice"):
        state.apply(Fact((), "log-of-product", values, nested, (None, None)))


def test_what_is_defined_at_the_goal_s_own_index_need_not_be_defined_elsewhere():
    """log x_i + Σ_k |x_k| = log x_i + Σ_k x_k is false: x_k may be negative elsewhere."""
    i, k = nodes.index_variable("i", N), nodes.index_variable("k", N)
    log = f("log", component(X, i))
    moduli = nodes.summation(f("abs", component(X, k)), k)
    needed = (condition("positive", component(X, i)),)
    goal = Goal(log + moduli, log + nodes.summation(component(X, k), k), obligations=needed)
    state = State(goal, Lowering({}, (), EXTENSIONS))
    (here,) = state.lowering.named[i]
    (there,) = next(m.bound for m in state.term if m.bound)
    seen = next(g for m in state.term for g in m.factors if getattr(g, "function", "") == "log")
    value = (atom(X, (there,), ()),)
    for mapping in (((here, (there,)),), ((here, (here,)),), ()):
        step = Fact((), "abs-of-positive", (value,), over(there), (Occurrence(seen, mapping),))
        with pytest.raises(RefusedError, match="needs positive"):
            state.apply(step)
    mine = (atom(X, (here,), ()),)
    state.apply(Fact((), "abs-of-positive", (mine,), ONE, (Occurrence(seen, ((here, (here,)),)),)))


@pytest.mark.parametrize(
    "factor",
    [
        Atom(X, ((), ())),
        Atom(T, ((1,),)),
        Atom(X, ((1,),)),
        Atom("x", ()),
        Delta((), ()),
        Apply("wish", 0, ()),
        Apply("exp", 1, ()),
        Apply(nodes.function_symbol("F", ((N, Integer(1)),)), 0, ()),
        Value("wish", (), (), ()),
        Value("determinant", (), (), ()),
        Value("inverse", ((), ()), (), (Abstraction((), ()),)),
        Value("power", (), (), (Abstraction((), ()),)),
        Value(nodes.function_symbol("F", ((N, Integer(1)),)), (), (), ()),
        Value("adjugate", ((), ()), ((0, ((),)),), (Abstraction(((), ()), ()),)),
        Value("adjugate", ((), ()), ((1, ((), ())),), (Abstraction(((), ()), ()),)),
        Value("determinant", (), ((0, ((), ())),), (Abstraction(((), ()), ()),)),
        Atom(Part((N, M), 2), ((), ())),
        Atom(Part((N,), 0), ((), ())),
    ],
    ids=range(18),
)
def test_a_factor_that_is_none_is_refused(factor):
    state = State(Goal(Trace(MatrixSymbol("A", N, N)), T), Lowering({}, (), EXTENSIONS))
    with pytest.raises(RefusedError, match=r"not those of its axes|neither bound nor visible"):
        state.apply(Fact((), "exp-of-zero", (), single(factor), ()))
