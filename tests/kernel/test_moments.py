"""Expectations in the kernel: what they are by definition, and what has none."""

from __future__ import annotations

import pytest
import sympy
from sympy import Integer, MatMul, Transpose, Tuple

from derivcheck.algebra import nodes
from derivcheck.algebra.goal import Goal
from derivcheck.algebra.nodes import ONE
from derivcheck.algebra.randomness import (
    ANY,
    ENTRIES,
    GAUSSIAN,
    Distribution,
    distribution,
    expectation,
    random_variable,
)
from derivcheck.extensions.table import EXTENSIONS
from derivcheck.kernel.lowering import Lowering
from derivcheck.prover.strategy import prove
from derivcheck.terms.term import OutOfBudgetError, UnknownNodeError

n = nodes.size_symbol("n")
x, y, m, v = [nodes.value_symbol(name, (n, ONE)) for name in "xymv"]
M, K, A = [nodes.value_symbol(name, (n, n)) for name in "MKA"]
t = nodes.scalar_symbol("t")


def one(law: str = ANY) -> Distribution:
    third = v if law == ENTRIES else None
    return distribution((random_variable(x, m, law, third),), ((M,),), ())


def both(*independent: tuple[int, ...], law: str = ANY) -> Distribution:
    pair = (random_variable(x, m, law), random_variable(y, m, law))
    return distribution(pair, ((M, K), (M,)), independent)


def square(left: sympy.Basic, right: sympy.Basic) -> sympy.Basic:
    return nodes.MatrixScalar(MatMul(Transpose(left), right))


def is_proved(lhs: sympy.Basic, rhs: sympy.Basic, **more: object) -> bool:
    return prove(Goal(lhs, rhs, **more))[0] is not None


def refusal(node: sympy.Basic, definitions: dict | None = None) -> str:
    shape = nodes.shape(node)
    zero = sympy.ZeroMatrix(*shape) if shape else Integer(0)
    with pytest.raises(UnknownNodeError) as caught:
        Lowering(definitions or {}, None, EXTENSIONS).residual(Goal(node, zero, definitions or {}))
    return str(caught.value)


def test_the_mean_of_a_square_is_the_covariance_and_the_square_of_the_mean() -> None:
    second = expectation(MatMul(x, Transpose(x)), one())
    assert is_proved(second, sympy.MatAdd(M, MatMul(m, Transpose(m))))
    assert not is_proved(second, MatMul(m, Transpose(m)))


def test_independent_variables_have_products_of_means() -> None:
    body = MatMul(x, Transpose(y), y)
    apart = MatMul(m, expectation(square(y, y), both((0, 1))))
    assert is_proved(expectation(body, both((0, 1))), apart)
    assert not is_proved(expectation(body, both()), apart)


def test_two_gaussian_variables_are_not_taken_for_one() -> None:
    body = sympy.Mul(square(x, y), square(x, y), evaluate=False)
    four = sympy.Mul(square(x, x), square(x, x), evaluate=False)
    assert (
        refusal(
            nodes.arranged(
                nodes.TensorDerivative(expectation(body, both(law=GAUSSIAN)), m, m, Tuple()),
                (0, -1),
            )
        )
        == "no definition for how further moments follow the given ones"
    )
    Lowering({}, None, EXTENSIONS).residual(Goal(expectation(four, both(law=GAUSSIAN)), Integer(0)))


def test_only_polynomials_have_an_expectation() -> None:
    first = nodes.Component(x, Integer(1), ONE)
    exp = nodes.function_symbol("exp")
    for body in (
        nodes.ScalarFunction(exp, Integer(0), first),
        sympy.Pow(first, Integer(-1)),
        sympy.Determinant(MatMul(x, Transpose(x))),
    ):
        assert "polynomial" in refusal(expectation(body, one()))


def test_nothing_is_random_without_a_distribution() -> None:
    assert "nothing random" in refusal(expectation(x, distribution((), (), ())))


def test_what_is_varied_outside_has_no_expectation_inside() -> None:
    def slope(body: sympy.Basic, by: sympy.Basic) -> sympy.Basic:
        return nodes.arranged(nodes.TensorDerivative(body, by, by, Tuple()), (0, -1))

    mean = expectation(square(x, x), one())
    assert "varied outside" in refusal(slope(mean, x))
    # y = A x depends on x, so that E[y' y] holds no y to be varied
    of_y = expectation(square(y, y), one())
    assert "varied outside" in refusal(slope(of_y, y), {y: MatMul(A, x)})
    assert is_proved(slope(mean, m), MatMul(2, m))


def test_definitions_are_written_out_inside_of_an_expectation() -> None:
    lhs, rhs = expectation(y, one()), MatMul(A, m)
    assert is_proved(lhs, rhs, definitions={y: MatMul(A, x)})
    assert not is_proved(lhs, y, definitions={y: MatMul(A, x)})


def test_third_moments_of_independent_entries_stand_on_the_diagonal() -> None:
    centred = sympy.MatAdd(x, MatMul(-1, m))
    cube = MatMul(nodes.MatrixScalar(MatMul(Transpose(centred), centred)), centred)
    assert is_proved(expectation(cube, one(ENTRIES)), v)
    assert not is_proved(expectation(cube, one(GAUSSIAN)), v)


def test_moments_are_counted() -> None:
    power = sympy.Pow(square(x, x), Integer(5))
    with pytest.raises(OutOfBudgetError, match="order 8"):
        Lowering({}, None, EXTENSIONS).residual(Goal(expectation(power, one(GAUSSIAN)), Integer(0)))
