"""Gradients of deep networks: their cost grows with the depth, not with the number of paths."""

from __future__ import annotations

import pytest
from sympy import (
    Basic,
    DiagMatrix,
    Identity,
    Integer,
    MatAdd,
    MatMul,
    MatrixSymbol,
    Tuple,
)

from derivcheck.algebra import nodes
from derivcheck.algebra.goal import Goal
from derivcheck.prover.strategy import METHODS, Way, certificate_for, prove
from derivcheck.terms.term import TooLongError

n = nodes.size_symbol("n")
g = nodes.function_symbol("g")
L = nodes.function_symbol("L", ((n, nodes.ONE),))
loss = nodes.scalar_symbol("loss")


class Network:
    """h_k = g(a_k), or h_{k-1} + g(a_k), with a_k = W_k h_{k-1} + b_k; the loss is L(h_K)."""

    def __init__(self, depth: int, *, residual: bool) -> None:
        self.depth = depth
        self.residual = residual
        self.h = [MatrixSymbol(f"h_{k}", n, 1) for k in range(depth + 1)]
        self.W = [MatrixSymbol(f"W_{k}", n, n) for k in range(depth + 1)]
        self.a = [MatrixSymbol(f"a_{k}", n, 1) for k in range(depth + 1)]
        self.definitions = {loss: nodes.function_value(L, self.h[depth])}
        for k in range(1, depth + 1):
            bias = MatrixSymbol(f"b_{k}", n, 1)
            self.definitions[self.a[k]] = MatAdd(MatMul(self.W[k], self.h[k - 1]), bias)
            layer = nodes.Elementwise(g, Integer(0), self.a[k])
            self.definitions[self.h[k]] = MatAdd(self.h[k - 1], layer) if residual else layer

    def gradient(self, name, axes=(-1, 0)):
        derivative = nodes.TensorDerivative(loss, name, name, Tuple())
        return nodes.arranged(derivative, axes)

    def slope(self, k: int):
        return DiagMatrix(nodes.Elementwise(g, Integer(1), self.a[k]))

    def jacobian(self, k: int):
        inner = MatMul(self.slope(k), self.W[k])
        return MatAdd(Identity(n), inner) if self.residual else inner

    def chain(self, down_to: int) -> list:
        """The gradient by the last layer and the Jacobians below it."""
        layers = range(self.depth, down_to, -1)
        return [self.gradient(self.h[self.depth]), *[self.jacobian(k) for k in layers]]

    def goal(self, lhs, *factors) -> Goal:
        return Goal(lhs, Basic.__new__(MatMul, *factors), self.definitions)


def proved(goal: Goal) -> bool:
    certificate, _, code = prove(goal, METHODS[:1])
    assert code != "DC901"
    return certificate is not None


KINDS = pytest.mark.parametrize("residual", [False, True], ids=["plain", "residual"])


@KINDS
@pytest.mark.parametrize("depth", [1, 2, 5, 12, 64])
def test_gradients_are_products_of_jacobians(depth: int, residual: bool) -> None:
    net = Network(depth, residual=residual)
    by_input = net.goal(net.gradient(net.h[0]), *net.chain(0))
    by_weight = net.goal(net.gradient(net.W[1], (1, 0)), net.h[0], *net.chain(1), net.slope(1))
    assert proved(by_input)
    assert proved(by_weight)


@KINDS
@pytest.mark.parametrize("depth", [3, 64])
def test_one_layer_follows_from_the_next(depth: int, residual: bool) -> None:
    net = Network(depth, residual=residual)
    for k in (1, depth // 2, depth):
        step = net.goal(net.gradient(net.h[k - 1]), net.gradient(net.h[k]), net.jacobian(k))
        assert proved(step)


def test_a_residual_step_may_be_written_as_a_sum() -> None:
    net = Network(64, residual=True)
    above = net.gradient(net.h[1])
    total = MatAdd(above, MatMul(above, net.slope(1), net.W[1]))
    assert proved(Goal(net.gradient(net.h[0]), total, net.definitions))


@KINDS
def test_exchanged_layers_are_not_proved(residual: bool) -> None:
    net = Network(5, residual=residual)
    chain = net.chain(0)
    swapped = [*chain[:-2], chain[-1], chain[-2]]
    assert not proved(net.goal(net.gradient(net.h[0]), *swapped))
    assert not proved(net.goal(net.gradient(net.h[0]), *net.chain(1)))


def test_groups_are_what_keeps_it_short() -> None:
    net = Network(24, residual=True)
    goal = net.goal(net.gradient(net.h[0]), *net.chain(0))
    with pytest.raises(TooLongError, match="monomials"):
        certificate_for(goal, Way(frozenset()), METHODS[:1])
    lazy = certificate_for(goal, Way(frozenset(), lazy=True), METHODS[:1])
    assert lazy is not None
    assert lazy.lazy
