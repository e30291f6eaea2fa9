"""The Python door: SymPy expressions in, verdicts out."""

import pytest
from sympy import (
    Eq,
    Function,
    HadamardProduct,
    Identity,
    KroneckerProduct,
    Lambda,
    MatMul,
    MatrixSymbol,
    Q,
    Trace,
    Transpose,
    ZeroMatrix,
    symbols,
)
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from derivcheck import gradient, jacobian, prove
from derivcheck.algebra.nodes import CommutationMatrix, Vec
from derivcheck.algebra.shapes import ShapeError

m, n, p = symbols("m n p", integer=True, positive=True)
A = MatrixSymbol("A", m, n)
B = MatrixSymbol("B", n, m)
S = MatrixSymbol("S", n, n)
x = MatrixSymbol("x", n, 1)
y = MatrixSymbol("y", n, 1)


def kind(lhs, rhs, *given):
    return str(prove(lhs, rhs, given).kind)


def test_true_and_false_identities_are_told_apart():
    assert kind(Trace(A * B), Trace(B * A)) == "proved"
    assert kind(Trace(S * S), Trace(S) ** 2) == "refuted"


def test_a_single_entry_is_a_number():
    assert kind(x.T * y, Trace(y * x.T)) == "proved"


def test_commutation_matrix_turns_vec_into_vec_of_the_transpose():
    assert kind(CommutationMatrix(m, n) * Vec(A), Vec(A.T)) == "proved"
    assert kind(CommutationMatrix(n, m) * Vec(A), Vec(A.T)) == "refuted"


def test_kronecker_order_matters():
    assert kind(KroneckerProduct(A, B), KroneckerProduct(B, A)) == "refuted"


def test_gradients_follow_the_layout():
    assert kind(gradient(Trace(B * A), A), B.T) == "proved"
    assert kind(gradient(Trace(B * A), A, layout="numerator"), B) == "proved"


def test_jacobians_follow_the_layout():
    assert kind(jacobian(S * x, x), S) == "proved"
    assert kind(jacobian(S * x, x, layout="denominator"), S.T) == "proved"


def test_an_abstract_function_applies_entry_by_entry():
    g = Function("g")
    slope = ElementwiseApplyFunction(g, x)
    assert kind(HadamardProduct(slope, y), HadamardProduct(y, slope)) == "proved"


def test_a_bare_symbol_in_an_equation_is_defined():
    assert kind(y.T * y, x.T * S.T * S * x, Eq(y, S * x)) == "proved"


def test_shapes_are_checked_because_sympy_does_not():
    with pytest.raises(ShapeError, match="matrix-product"):
        prove(MatMul(A, A), MatMul(A, A))
    with pytest.raises(ShapeError, match="two sides"):
        prove(A, Transpose(A))


def test_a_given_that_is_not_understood_is_an_error():
    with pytest.raises(TypeError, match="not understood"):
        prove(S, S, [Q.singular(S)])


def test_zero_takes_the_shape_that_is_needed():
    assert kind(S * Identity(n) - S, 0 * S) == "proved"


def test_an_elementwise_function_is_taken_as_it_is_written():
    t, g = symbols("t"), Function("g")
    shifted = ElementwiseApplyFunction(Lambda(t, g(t + 1)), A)
    with pytest.raises(TypeError, match="applied as it is"):
        prove(shifted, ElementwiseApplyFunction(g, A))
    assert kind(ElementwiseApplyFunction(Lambda(t, g(t)), A), ElementwiseApplyFunction(g, A)) == (
        "proved"
    )


def test_numbers_that_do_not_commute_are_refused():
    z, w = symbols("z w", commutative=False)
    with pytest.raises(TypeError, match="commutes"):
        prove(z * w, w * z)


def test_a_derivative_by_what_merely_is_made_of_the_same_is_refused():
    T = MatrixSymbol("T", n, n)
    zero = ZeroMatrix(n, n)
    for given in (Eq(T, 2 * S), Eq(S * x, T * x)):
        with pytest.raises(TypeError, match="does not depend on T itself"):
            prove(gradient(Trace(S), T), zero, [given])
    assert kind(gradient(Trace(T), S), 2 * Identity(n), Eq(T, 2 * S)) == "proved"
    assert kind(gradient(Trace(S), T), zero) == "proved"


@pytest.mark.parametrize("given", [Q.orthogonal(A), Q.symmetric(A), Q.diagonal(A), Q.invertible(A)])
def test_properties_of_square_matrices_are_not_given_of_others(given):
    with pytest.raises(ShapeError, match="square"):
        prove(A, 2 * A, [given])


def test_derivatives_are_taken_by_names_in_known_layouts():
    with pytest.raises(TypeError, match="MatrixSymbol"):
        gradient(Trace(S), S.T)
    with pytest.raises(ValueError, match="layout"):
        gradient(Trace(S), S, layout="rows")
