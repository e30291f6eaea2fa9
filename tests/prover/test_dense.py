"""Exact evaluation of nodes at concrete sizes, against hand computation and SymPy's ``diff``."""

from __future__ import annotations

import itertools
from pathlib import Path
from random import Random

import pytest
import sympy
from flint import arb, fmpq
from sympy import (
    Determinant,
    HadamardProduct,
    Identity,
    Integer,
    Inverse,
    KroneckerProduct,
    MatAdd,
    MatMul,
    MatrixSymbol,
    OneMatrix,
    Rational,
    Symbol,
    Trace,
    Transpose,
    Tuple,
    ZeroMatrix,
)
from sympy.core.symbol import Str

from derivcheck.algebra import arrays, nodes
from derivcheck.algebra.arrays import Array, column, matrix
from derivcheck.algebra.functions import KNOWN_FUNCTIONS
from derivcheck.algebra.operators import OPERATORS
from derivcheck.prover import dense
from derivcheck.prover.dense import Evaluator
from derivcheck.prover.exact.assignment import Assignment, Family
from derivcheck.prover.exact.duals import (
    Dual,
    OutOfBudgetError,
    UncertainError,
    UndefinedError,
    UnsupportedError,
)
from derivcheck.prover.exact.functions import (
    KNOWN,
    Multivariate,
    Univariate,
    random_multivariate,
    random_univariate,
)
from derivcheck.prover.exact.names import Structure, free_names

m, n, p = (nodes.size_symbol(letter) for letter in "mnp")
x = MatrixSymbol("x", n, 1)
A = MatrixSymbol("A", n, n)
X = MatrixSymbol("X", m, n)
W = MatrixSymbol("W", m, n)
h = MatrixSymbol("h", n, 1)
a = MatrixSymbol("a", m, 1)
y = MatrixSymbol("y", m, 1)
t = nodes.scalar_symbol("t")
g = nodes.function_symbol("g")
L = nodes.function_symbol("L", ((m, nodes.ONE),))
i, j = nodes.index_variable("i", n), nodes.index_variable("j", n)
CUBIC = Univariate((1, -2, 3, 5))


def derivative(f, v, *, point=None, rebound=()):
    return nodes.TensorDerivative(f, v, v if point is None else point, Tuple(*rebound))


def gradient(f, v, axes=(0, -1)):
    return nodes.arranged(derivative(f, v), axes)


def of(function, argument, order=0):
    symbol = function if not isinstance(function, str) else nodes.function_symbol(function)
    return nodes.Elementwise(symbol, Integer(order), argument)


def at(function, argument, order=0):
    symbol = function if not isinstance(function, str) else nodes.function_symbol(function)
    return nodes.ScalarFunction(symbol, Integer(order), argument)


def random_array(seed: int, *shape: int) -> Array:
    random = Random(seed)
    return Array(
        shape, [fmpq(random.choice((-3, -2, -1, 1, 2, 3))) for _ in range(arrays.count(shape))]
    )


def assignment(**extra) -> Assignment:
    values = {
        x: random_array(1, 3, 1),
        A: random_array(2, 3, 3),
        X: random_array(3, 2, 3),
        W: random_array(4, 2, 3),
        h: random_array(5, 3, 1),
        t: arrays.number(fmpq(2)),
    }
    values.update(extra.pop("values", {}))
    return Assignment(
        sizes={m: 2, n: 3, p: 4},
        values=values,
        functions={g: CUBIC, L: (random_multivariate(Random(6), 2),)},
        indices={i: 2, j: 3},
        **extra,
    )


def value(node, given: Assignment | None = None, definitions=None, **options) -> Array:
    evaluator = Evaluator(Structure(definitions or {}), given or assignment(), **options)
    return evaluator.value(node)


def agree(lhs, rhs, given: Assignment | None = None, definitions=None) -> bool:
    return value(lhs, given, definitions) == value(rhs, given, definitions)


# --- operators ----------------------------------------------------------------------------------


def test_agreement_of_two_nodes_can_fail():
    assert agree(A * x, A * x)
    assert not agree(A * x, A.T * x)


def test_matrix_algebra_by_sympy_nodes():
    given = assignment()
    ax = arrays.product(given.values[A], given.values[x])
    assert value(2 * A * x + x) == arrays.add(arrays.scale(2, ax), given.values[x])
    assert value(Trace(A.T)) == arrays.trace(given.values[A])
    assert value(A**2 - A * A) == value(ZeroMatrix(n, n))
    assert value(Inverse(A) * A) == arrays.identity(3)
    assert value(A**-2) == arrays.inverse(arrays.product(given.values[A], given.values[A]))
    assert value(Determinant(A)) == arrays.determinant(given.values[A])
    assert value(OneMatrix(1, n) * OneMatrix(n, 1)) == matrix([[3]])


def test_vec_of_a_product_and_the_commutation_matrix():
    b = MatrixSymbol("B", n, p)
    given = assignment(values={b: random_array(9, 3, 4)})
    assert agree(nodes.Vec(X * A * b), KroneckerProduct(b.T, X) * nodes.Vec(A), given)
    assert agree(nodes.CommutationMatrix(m, n) * nodes.Vec(X), nodes.Vec(X.T))
    assert agree(nodes.Unvec(nodes.Vec(X), m, n), X)
    assert not agree(nodes.CommutationMatrix(n, m) * nodes.Vec(X), nodes.Vec(X.T))


def test_diagonals_and_hadamard_products():
    assert agree(sympy.DiagMatrix(x) * h, HadamardProduct(x, h))
    assert agree(sympy.DiagMatrix(sympy.DiagonalOf(A)), HadamardProduct(A, Identity(n)))
    assert agree(sympy.HadamardPower(A, 2), HadamardProduct(A, A))


def test_blocks_explicit_matrices_and_unit_vectors():
    block = sympy.BlockMatrix([[A, x], [x.T, Identity(1)]])
    assert value(block).shape == (4, 4)
    assert value(block).rows()[3][3] == 1
    explicit = sympy.ImmutableDenseMatrix([[t, 1], [0, Rational(1, 2)]])
    assert value(explicit) == matrix([[2, 1], [0, fmpq(1, 2)]])
    assert value(nodes.UnitVector(i, n)) == column([0, 1, 0])


def test_sizes_are_numbers_too():
    assert value((m + n) * t / p) == arrays.number(fmpq(5, 2))
    assert value(Trace(Identity(m * n)) - m * n) == arrays.number(0)
    assert value(t**n) == arrays.number(8)
    assert value(A**n) == value(A * A * A)


def test_components_deltas_and_sums():
    entry = nodes.Component(A, i, j)
    given = assignment()
    assert value(entry) == arrays.number(given.values[A].rows()[1][2])
    assert value(nodes.Delta(i, j)) == arrays.number(0)
    assert agree(nodes.summation(nodes.Component(A, i, i), i), Trace(A))
    assert agree(nodes.Assembled(entry, j, i), A.T)
    assert agree(
        nodes.summation(nodes.summation(entry * nodes.Component(x, j, Integer(1)), j), i),
        nodes.MatrixScalar(OneMatrix(1, n) * A * x),
    )
    with pytest.raises(UndefinedError, match="outside of its range"):
        value(nodes.Component(A, Integer(4), Integer(1)))


def test_tensor_product_contracts_adjacent_axes():
    tensor = derivative(A * x, x)
    product = nodes.TensorProduct(nodes.ArrangedTensor(tensor, Tuple(0, 2)), x)
    assert agree(product, A * x)


# --- numbers and functions ----------------------------------------------------------------------


def test_roots_stay_rational_where_they_are():
    assert value(sympy.sqrt(t + 2)) == arrays.number(2)
    assert value((t + Rational(1, 4)) ** Rational(1, 2)) == arrays.number(fmpq(3, 2))
    assert value((t + 6) ** Rational(2, 3)) == arrays.number(4)
    assert isinstance(value(sympy.sqrt(t)).entries[0], arb)


@pytest.mark.parametrize(
    ("node", "reason"),
    [
        (1 / (t - 2), "division by 0"),
        (sympy.sqrt(t - 3), "negative"),
        (at("log", t - 2), "not positive"),
        (at("relu", t - 2, 1), "kink"),
        (at("step", t - 2), "kink"),
        (at("abs", t - 2, 1), "kink"),
        (Inverse(x * x.T), "singular"),
    ],
)
def test_points_without_a_value_are_undefined(node, reason):
    with pytest.raises(UndefinedError, match=reason):
        value(node)


def test_kinked_functions_stay_exact():
    assert value(at("relu", -t)) == arrays.number(0)
    assert value(at("relu", t - 2)) == arrays.number(0)
    assert value(at("abs", -t, 1)) == arrays.number(-1)
    assert value(at("sign", t - 2)) == arrays.number(0)
    assert value(at("reciprocal", t, 2)) == arrays.number(fmpq(1, 4))


SYMPY_FORMS = {
    "exp": sympy.exp,
    "log": sympy.log,
    "sqrt": sympy.sqrt,
    "reciprocal": lambda s: 1 / s,
    "sin": sympy.sin,
    "cos": sympy.cos,
    "tanh": sympy.tanh,
    "sigma": lambda s: 1 / (1 + sympy.exp(-s)),
    "softplus": lambda s: sympy.log(1 + sympy.exp(s)),
    "normal-cdf": lambda s: (1 + sympy.erf(s / sympy.sqrt(2))) / 2,
    "normal-density": lambda s: sympy.exp(-(s**2) / 2) / sympy.sqrt(2 * sympy.pi),
    "relu": lambda s: s,
    "step": lambda s: sympy.Integer(1),
    "abs": lambda s: s,
    "sign": lambda s: sympy.Integer(1),
}


def encloses(found, expected: sympy.Expr) -> bool:
    text = str(sympy.N(expected, 30))
    return bool(abs(arb(found) - arb(text)) < arb(10) ** -9)


def test_enclosing_a_number_can_fail():
    assert encloses(fmpq(1, 2), Rational(1, 2))
    assert not encloses(fmpq(1, 2), Rational(1, 3))


@pytest.mark.parametrize("order", range(4))
@pytest.mark.parametrize("name", KNOWN)
def test_known_functions_and_their_derivatives_against_sympy(name, order):
    s = Symbol("s", positive=True)
    point = Rational(3, 7)
    expected = sympy.diff(SYMPY_FORMS[name](s), s, order).subs(s, point)
    assert encloses(KNOWN[name](order, fmpq(3, 7)), expected)


def test_abstract_functions_have_their_true_derivatives():
    assert value(at(g, t)) == arrays.number(1 - 4 + 12 + 40)
    assert value(at(g, t, 1)) == arrays.number(-2 + 12 + 60)
    assert value(at(g, t, 3)) == arrays.number(30)
    assert value(at(g, t, 4)) == arrays.number(0)
    assert agree(gradient(nodes.MatrixScalar(OneMatrix(1, n) * of(g, x)), x), of(g, x, 1))


def test_whole_argument_functions_are_generic():
    f = random_multivariate(Random(0), 4)
    terms = f.expanded()
    assert all((k, k, k) in terms for k in range(4))
    assert all(terms.get(pair) for pair in itertools.combinations_with_replacement(range(4), 2))
    assert all(terms.get(cube) for cube in itertools.combinations_with_replacement(range(4), 3))
    swapped = [fmpq(v) for v in (1, 3, 2, 4)]
    assert f.at([fmpq(v) for v in (1, 2, 3, 4)]) != f.at(swapped)


def test_a_polynomial_is_written_as_it_is_evaluated():
    f = random_multivariate(Random(3), 3)
    u = sympy.symbols("u1:4")
    written = sympy.sympify(f.text(["u1", "u2", "u3"]).replace("^", "**"))
    point = (2, -3, 5)
    assert int(f.at([fmpq(v) for v in point])) == written.subs(dict(zip(u, point, strict=True)))


# --- derivatives --------------------------------------------------------------------------------


def explicit(symbol: MatrixSymbol, sizes: dict) -> sympy.Matrix:
    rows, columns = (int(sympy.sympify(s).subs(sizes)) for s in symbol.shape)
    return sympy.Matrix(rows, columns, lambda r, c: Symbol(f"{symbol.name}_{r}{c}"))


SCALARS = {
    "quadratic form": (lambda A, x, X: (x.T * A * x)[0, 0], nodes.MatrixScalar(x.T * A * x)),
    "trace of a cubic": (lambda A, x, X: (X * A * A * X.T).trace(), Trace(X * A * A * X.T)),
    "determinant": (lambda A, x, X: A.det(), Determinant(A)),
    "trace of an inverse": (lambda A, x, X: (X * A.inv() * X.T).trace(), Trace(X * A**-1 * X.T)),
    "norm of a hadamard product": (
        lambda A, x, X: (A.multiply_elementwise(A.T) * x).dot(x),
        nodes.MatrixScalar((HadamardProduct(A, A.T) * x).T * x),
    ),
}


@pytest.mark.parametrize("variable", [A, x, X], ids=str)
@pytest.mark.parametrize("name", SCALARS)
def test_derivatives_against_sympy_on_explicit_entries(name, variable):
    by_entries, node = SCALARS[name]
    given = assignment()
    sizes = {m: 2, n: 3}
    entries = {s: explicit(s, sizes) for s in (A, x, X)}
    point = {
        entries[s][k]: Rational(int(v.p), int(v.q))
        for s in (A, x, X)
        for k, v in enumerate(given.values[s].entries)
    }
    f = by_entries(*(entries[s] for s in (A, x, X)))
    found = value(derivative(node, variable), given)
    assert found.shape == tuple(entries[variable].shape)
    exact = [Rational(int(q.p), int(q.q)) for q in found.entries]
    assert exact == [sympy.diff(f, e).subs(point) for e in entries[variable]]


def test_derivative_axes_are_those_of_the_function_then_of_the_variable():
    found = value(derivative(X * x, X))
    assert found.shape == (2, 1, 2, 3)
    given = assignment()
    for r, k, c in itertools.product(range(2), range(2), range(3)):
        expected = given.values[x].entries[c] if r == k else 0
        assert found.entries[r * 6 + k * 3 + c] == expected


def test_hessians_are_nested_derivatives():
    quadratic = nodes.MatrixScalar(x.T * A * x)
    hessian = nodes.arranged(derivative(derivative(quadratic, x), x), (0, 2))
    assert agree(hessian, A + A.T)
    abstract = nodes.ScalarValue(L, X * x)
    second = value(nodes.arranged(derivative(derivative(abstract, x), x), (0, 2)))
    assert second == arrays.transpose(second)
    assert agree(
        nodes.arranged(derivative(derivative(abstract, x), x), (0, 2)),
        X.T * nested_at(L, X * x) * X,
    )


def nested_at(function, point):
    """∂²F/∂y∂yᵀ at a point: both derivatives bind y, the outer one moves the inner one's point."""
    once = derivative(nodes.ScalarValue(function, y), y)
    return nodes.arranged(nodes.TensorDerivative(once, y, point, Tuple()), (0, 2))


def test_third_derivatives_are_symmetric():
    f = nodes.ScalarValue(L, X * x)
    third = value(derivative(derivative(derivative(f, x), x), x))
    flat = {
        (r, s, u): third.entries[(r * 3 + s) * 3 + u]
        for r, s, u in itertools.product(range(3), repeat=3)
    }
    assert any(flat.values())
    assert all(
        flat[key] == flat[tuple(key[k] for k in order)]
        for key in flat
        for order in itertools.permutations(range(3))
    )


def test_derivative_of_a_determinant_at_a_singular_matrix_is_the_adjugate():
    given = assignment(values={A: matrix([[1, 2, 3], [2, 4, 6], [1, 0, 1]]).map(fmpq)})
    adjugate = sympy.Matrix([[1, 2, 3], [2, 4, 6], [1, 0, 1]]).adjugate()
    found = value(nodes.arranged(derivative(Determinant(A), A), (1, 0)), given)
    assert found == matrix([[fmpq(int(e)) for e in row] for row in adjugate.tolist()])


def test_derivative_of_powers_with_the_variable_in_the_exponent():
    s = nodes.scalar_symbol("s")
    given = assignment(values={s: arrays.number(fmpq(3))})
    assert encloses(value(nodes.ScalarArranged(derivative(t**s, t)), given).entries[0], Integer(12))
    found = value(nodes.ScalarArranged(derivative(t**s, s)), given).entries[0]
    assert encloses(found, 8 * sympy.log(2))


def test_a_point_other_than_the_variable():
    f = nodes.MatrixScalar(x.T * x)
    assert agree(nodes.arranged(derivative(f, x, point=2 * h), (0, -1)), 4 * h)


def test_rebound_names_follow_the_variable():
    w = MatrixSymbol("w", m * n, 1)
    f = Trace(W.T * X)
    node = derivative(f, w, point=nodes.Vec(W), rebound=[Tuple(W, nodes.Unvec(w, m, n))])
    assert agree(nodes.arranged(node, (0, -1)), nodes.Vec(X))


def test_rebound_names_reach_definitions():
    w = MatrixSymbol("w", m * n, 1)
    definitions = {a: W * h}
    node = derivative(
        nodes.MatrixScalar(a.T * a), w, point=nodes.Vec(W), rebound=[Tuple(W, nodes.Unvec(w, m, n))]
    )
    assert agree(nodes.arranged(node, (0, -1)), nodes.Vec(2 * a * h.T), None, definitions)


def test_a_name_rebound_to_itself_is_held():
    f = nodes.MatrixScalar(a.T * (X * h + a))
    free = nodes.arranged(derivative(f, h), (0, -1))
    held = nodes.arranged(derivative(f, h, rebound=[Tuple(a, a)]), (0, -1))
    assert agree(free, 2 * W.T * a + W.T * X * h + X.T * a, None, {a: W * h})
    assert agree(held, X.T * a, None, {a: W * h})
    assert {W, h} <= free_names([held], Structure({a: W * h}))


# --- definitions --------------------------------------------------------------------------------

NETWORK = {a: W * h, y: nodes.Elementwise(g, Integer(0), a)}
LOSS = nodes.ScalarValue(L, y)


def test_a_gradient_through_definitions_varies_what_depends_on_the_variable():
    weights = nodes.arranged(derivative(LOSS, W), (1, 0))
    outputs = nodes.arranged(derivative(LOSS, a), (-1, 0))
    assert agree(weights, h * outputs, None, NETWORK)
    assert not agree(weights, 2 * h * outputs, None, NETWORK)


def test_the_definition_of_the_variable_is_cut():
    by_a = nodes.arranged(derivative(LOSS, a), (0, -1))
    by_y = nodes.arranged(derivative(LOSS, y), (0, -1))
    assert agree(by_a, HadamardProduct(of(g, a, 1), by_y), None, NETWORK)
    assert value(derivative(a, a), None, NETWORK).entries == [1, 0, 0, 1]
    # h does not see what was cut: a is held while h moves, L depends on h through a alone
    held = nodes.TensorDerivative(derivative(LOSS, h), a, a, Tuple())
    assert not any(value(held, None, NETWORK).entries)


def test_values_outside_of_a_derivative_are_not_changed_by_it():
    both = Trace(W.T * W) + nodes.ScalarArranged(
        nodes.arranged(nodes.TensorDerivative(t**2, t, Integer(5), Tuple()), ())
    )
    assert value(both - Trace(W.T * W) + t) == arrays.number(12)


def test_deep_chains_of_definitions_are_linear_in_work_and_need_no_recursion():
    states = [MatrixSymbol(f"h{k}", n, 1) for k in range(400)]
    definitions = {after: A * before + before for before, after in itertools.pairwise(states)}
    given = assignment(values={states[0]: random_array(1, 3, 1), A: Array((3, 3), [fmpq(0)] * 9)})
    node = nodes.arranged(derivative(states[-1], states[0]), (0, 2))
    evaluator = Evaluator(Structure(definitions), given)
    assert evaluator.value(node) == arrays.identity(3)


def test_a_network_of_depth_64_is_evaluated_by_residues():
    depth = 64
    states = [MatrixSymbol(f"h{k}", n, 1) for k in range(depth + 1)]
    definitions = {
        after: of(g, A * before) + before for before, after in itertools.pairwise(states)
    }
    given = assignment(values={states[0]: random_array(1, 3, 1)})
    loss = nodes.MatrixScalar(states[-1].T * states[-1])
    with pytest.raises(OutOfBudgetError, match="too long"):
        value(loss, given, definitions)
    lhs = nodes.arranged(derivative(loss, states[0]), (0, -1))
    rhs = lhs + x - x
    assert value(lhs, given, definitions, arithmetic="modular") == value(
        rhs, given, definitions, arithmetic="modular"
    )


def test_definitions_in_a_circle_are_refused():
    with pytest.raises(UnsupportedError, match="circle"):
        value(a, None, {a: y, y: a})


def test_a_definition_by_an_index_that_is_bound_where_it_stands_is_refused():
    r = nodes.scalar_symbol("r")
    definitions = {r: nodes.Component(x, i, Integer(1))}
    assert value(r, None, definitions) == arrays.number(assignment().values[x].entries[1])
    with pytest.raises(UnsupportedError, match="index that is bound"):
        value(nodes.summation(r**2, i), None, definitions)


# --- families and differentials -----------------------------------------------------------------

k = nodes.index_variable("k", m)
member = nodes.MatrixMember(Str("x"), n, Integer(1), k)
first = nodes.MatrixMember(Str("x"), n, Integer(1), Integer(1))
FAMILY = Family("x", nodes.MatrixMember, 1)


def test_a_family_defined_by_the_rows_of_a_matrix():
    row = nodes.Assembled(nodes.Component(X, k, i), i, Integer(1))
    gram = nodes.summation(member * member.T, k)
    assert agree(gram, X.T * X, None, {member: row})
    gradient_x = nodes.arranged(derivative(Trace(gram), X), (0, 1))
    assert agree(gradient_x, 2 * X, None, {member: row})


def test_the_derivative_by_one_member_holds_the_others():
    total = nodes.MatrixScalar(nodes.summation(member, k).T * nodes.summation(member, k))
    values = {(FAMILY, (1,)): random_array(1, 3, 1), (FAMILY, (2,)): random_array(2, 3, 1)}
    given = assignment(members=values)
    found = value(nodes.arranged(derivative(total, first), (0, -1)), given)
    both = arrays.add(*values.values())
    assert found == arrays.scale(2, both)
    square = nodes.summation(nodes.MatrixScalar(member.T * member), k)
    found = value(nodes.arranged(derivative(square, first), (0, -1)), given)
    assert found == arrays.scale(2, values[FAMILY, (1,)])


def test_a_member_given_by_its_number_wins_over_nothing():
    definitions = {first: x}
    assert agree(first, x, None, definitions)
    with pytest.raises(UnsupportedError, match="no definition for this member"):
        value(nodes.MatrixMember(Str("x"), n, Integer(1), Integer(2)), None, definitions)


def test_differentials_vary_along_the_pairs_and_expand_definitions():
    dW = MatrixSymbol("dW", m, n)
    given = assignment(values={dW: random_array(8, 2, 3)})
    moved = nodes.differential(Trace(W.T * W), ((W, dW),))
    assert agree(moved, 2 * Trace(W.T * dW), given)
    through = nodes.differential(a, ((W, dW),))
    assert agree(through, dW * h, given, NETWORK)
    constant = nodes.differential(h, ((W, dW),))
    assert not any(value(constant, given).entries)


def test_the_differential_of_an_inverse():
    dA = MatrixSymbol("dA", n, n)
    given = assignment(values={dA: random_array(8, 3, 3)})
    lhs = nodes.differential(Inverse(A), ((A, dA),))
    assert agree(lhs, -Inverse(A) * dA * Inverse(A), given)
    twice = nodes.differential(lhs, ((A, dA),))
    assert agree(twice, 2 * Inverse(A) * dA * Inverse(A) * dA * Inverse(A), given)


def test_every_member_of_a_family_moves_along_its_own_differential():
    dx = nodes.MatrixMember(Str("dx"), n, Integer(1), k)
    changes = Family("dx", nodes.MatrixMember, 1)
    given = assignment(
        members={
            (family, (q,)): random_array(10 * q + len(family.name), 3, 1)
            for family in (FAMILY, changes)
            for q in (1, 2)
        }
    )
    square = nodes.summation(nodes.MatrixScalar(member.T * member), k)
    lhs = nodes.differential(square, ((member, dx),))
    rhs = 2 * nodes.summation(nodes.MatrixScalar(member.T * dx), k)
    assert agree(lhs, rhs, given)


# --- refusals -----------------------------------------------------------------------------------


def test_unknown_nodes_are_refused():
    with pytest.raises(UnsupportedError, match="no rule for Float"):
        value(sympy.Float("0.5") + t)
    with pytest.raises(UnsupportedError, match="no rule for"):
        value(sympy.gamma(t))
    with pytest.raises(UnsupportedError, match="no value for"):
        value(MatrixSymbol("unheard", n, n))


def test_every_node_class_has_a_rule():
    bases = (nodes._Scalar, nodes._Matrix, nodes._Tensor)
    classes = {c for c in vars(nodes).values() if isinstance(c, type) and issubclass(c, bases)}
    classes -= set(bases)
    assert len(classes) > 20
    assert classes <= set(Evaluator.rules)
    assert set(OPERATORS) <= set(Evaluator.rules)
    assert set(KNOWN) == set(KNOWN_FUNCTIONS)


def test_exact_evaluation_never_looks_at_the_kernel_or_the_normal_form():
    folder = Path(dense.__file__).parent
    sources = [*folder.glob("exact/*.py"), *(folder / f"{n}.py" for n in ("dense", "examples"))]
    assert len(sources) > 8
    for source in [*sources, folder / "evidence.py"]:
        text = source.read_text()
        assert "derivcheck.kernel" not in text
        assert "normal_form" not in text


def test_work_is_counted_before_it_is_done():
    with pytest.raises(OutOfBudgetError, match="entries"):
        value(KroneckerProduct(*[A] * 5))
    with pytest.raises(OutOfBudgetError, match="too much work"):
        value(A * A * A, work=30)
    with pytest.raises(OutOfBudgetError, match="too long"):
        value((t + 1) ** 10**9)
    with pytest.raises(OutOfBudgetError, match="too long"):
        value(A ** Integer(10**6))


def test_balls_that_cannot_tell_say_so():
    hidden = at("exp", Rational(1, 3) + t) - at("exp", t) * at("exp", Integer(1) / 3)
    assert value(hidden).entries[0].contains(0)
    with pytest.raises(UncertainError):
        value(1 / hidden)
    with pytest.raises(UncertainError):
        value(at("relu", hidden))


def test_groups_of_infinitesimals_nest():
    outer, inner = Dual(1, fmpq(2), {0: fmpq(1)}), Dual(2, fmpq(3), {0: fmpq(1)})
    product = outer * inner
    assert product.group == 2
    assert product.slopes[0].group == 1
    assert product.slopes[0].slopes == {0: 1}
    assert (outer * outer).slopes == {0: 4}
    assert (1 / outer).slopes == {0: fmpq(-1, 4)}
    assert (1 - outer).slopes == {0: -1}


def test_free_names_leave_out_what_is_bound_or_defined():
    structure = Structure(NETWORK)
    assert free_names([LOSS], structure) >= {W, h, L, g, m, n}
    assert not free_names([LOSS], structure) & {a, y}
    cut = derivative(LOSS, y, point=MatrixSymbol("z", m, 1))
    assert not free_names([cut], structure) & {W, h, g, a, y}
    bound = nodes.summation(nodes.Component(x, i, Integer(1)), i)
    assert i not in free_names([bound], structure)


@pytest.mark.parametrize("seed", range(3))
def test_random_univariates_have_no_zero_coefficient(seed):
    assert all(random_univariate(Random(seed)).coefficients)
    assert random_univariate(Random(seed)).degree == 4


def test_a_multivariate_without_terms_is_zero():
    assert Multivariate(()).at([fmpq(1)]) == 0
    assert Multivariate(()).text(["u"]) == "0"


# --- random expressions beside SymPy's explicit matrices ------------------------------------------


class Twin:
    """A random polynomial expression, as our node and as an explicit SymPy matrix."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.sizes = {m: 2, n: 3}
        self.entries = {s: explicit(s, self.sizes) for s in (A, X, x)}

    def leaf(self, rows, columns):
        fitting = [s for s in (A, X, x) if tuple(s.shape) == (rows, columns)]
        turned = [s for s in (A, X, x) if tuple(s.shape) == (columns, rows)]
        if turned and (not fitting or self.random.random() < 0.4):
            symbol = self.random.choice(turned)
            return symbol.T, self.entries[symbol].T
        if fitting:
            symbol = self.random.choice(fitting)
            return symbol, self.entries[symbol]
        r, c = (sympy.sympify(s).subs(self.sizes) for s in (rows, columns))
        return OneMatrix(rows, columns), sympy.ones(r, c)

    def matrix(self, rows, columns, depth):
        if depth == 0:
            return self.leaf(rows, columns)
        rule = self.random.randrange(5)
        if rule == 0:
            inner = self.random.choice((m, n, nodes.ONE))
            (left, left_), (right, right_) = (
                self.matrix(rows, inner, depth - 1),
                self.matrix(inner, columns, depth - 1),
            )
            return MatMul(left, right), left_ * right_
        if rule == 1:
            (left, left_), (right, right_) = (self.matrix(rows, columns, depth - 1) for _ in "ab")
            return HadamardProduct(left, right), left_.multiply_elementwise(right_)
        if rule == 2:
            (left, left_), (right, right_) = (self.matrix(rows, columns, depth - 1) for _ in "ab")
            return MatAdd(MatMul(2, left), MatMul(-1, right)), 2 * left_ - right_
        if rule == 3:
            inner, inner_ = self.matrix(columns, rows, depth - 1)
            return Transpose(inner), inner_.T
        number, number_ = self.number(depth - 1)
        inner, inner_ = self.matrix(rows, columns, depth - 1)
        return MatMul(number, inner), number_ * inner_

    def number(self, depth):
        rule = self.random.randrange(3)
        if rule == 0:
            inner, inner_ = self.matrix(n, n, depth)
            return Trace(inner), inner_.trace()
        if rule == 1:
            inner, inner_ = self.matrix(m, n, depth)
            stacked = nodes.Vec(inner)
            return nodes.MatrixScalar(MatMul(Transpose(stacked), stacked)), sum(
                e**2 for e in inner_
            )
        (left, left_), (right, right_) = self.matrix(m, n, depth), self.matrix(n, m, depth)
        kron = KroneckerProduct(left, right)
        total = sum(left_) * sum(right_)
        ones = MatMul(OneMatrix(1, kron.shape[0]), kron, OneMatrix(kron.shape[1], 1))
        return nodes.MatrixScalar(ones), total


@pytest.mark.parametrize("seed", range(24))
def test_random_expressions_and_their_gradients_against_sympy(seed):
    twin = Twin(seed)
    node, by_entries = twin.number(2)
    given = assignment()
    point = {
        entry: Rational(int(q.p), int(q.q))
        for s, entries in twin.entries.items()
        for entry, q in zip(entries, given.values[s].entries, strict=True)
    }
    assert int(value(node, given).entries[0]) == sympy.sympify(by_entries).subs(point)
    found = value(derivative(node, A), given)
    expected = [sympy.diff(by_entries, e).subs(point) for e in twin.entries[A]]
    assert [int(q) for q in found.entries] == expected


def test_a_delta_has_no_value_at_a_position_beyond_its_range():
    beyond = nodes.summation(nodes.Delta(Integer(4), i), i)
    with pytest.raises(UndefinedError):
        value(beyond)
    assert value(nodes.summation(nodes.Delta(Integer(3), i), i)) == arrays.number(fmpq(1))
