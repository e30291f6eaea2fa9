"""Definitions as plain loops: the value of a node at concrete sizes, sharing nothing with the package.

A number is a polynomial in infinitesimals whose squares are 0, as a dict from the set of those that a
coefficient belongs to: derivatives, nested ones too, are read off. Functions are polynomials.
"""

from __future__ import annotations

import itertools
from fractions import Fraction
from random import Random

import sympy

from derivcheck.algebra import nodes

ZERO: dict = {}


def constant(value) -> dict:
    return {frozenset(): Fraction(value)} if value else {}


def plus(a: dict, b: dict) -> dict:
    result = dict(a)
    for key, value in b.items():
        result[key] = result.get(key, 0) + value
    return {k: v for k, v in result.items() if v}


def multiplied(a: dict, b: dict) -> dict:
    result: dict = {}
    for left, x in a.items():
        for right, y in b.items():
            if not left & right:
                result[left | right] = result.get(left | right, 0) + x * y
    return {k: v for k, v in result.items() if v}


class Table:
    """An array: its shape and its entries by position, counted from 0."""

    def __init__(self, shape, entry) -> None:
        self.shape = tuple(shape)
        self.entries = {at: entry(*at) for at in itertools.product(*map(range, self.shape))}

    def __call__(self, *at):
        return self.entries[at]

    def __eq__(self, other) -> bool:
        return self.shape == other.shape and self.entries == other.entries

    __hash__ = None


class Oracle:
    """Values of nodes at given sizes; whatever is not defined is drawn from the seed by its name."""

    def __init__(self, sizes, seed: int, definitions=None) -> None:
        self.sizes = sizes
        self.seed = seed
        self.definitions = definitions or {}
        self.bound: dict = {}
        self.infinitesimals = itertools.count()

    def size(self, node) -> int:
        return int(node.xreplace(self.sizes)) if node.free_symbols else int(node)

    def number(self, *key) -> dict:
        return constant(Random(f"{self.seed}/{key}").choice((-3, -2, -1, 1, 2, 3)))

    def polynomial(self, function, values, out) -> dict:
        """A polynomial of degree 3 in the values, another one for each output position."""
        random = Random(f"{self.seed}/{function}/{out}/{len(values)}")
        total = constant(random.randint(-2, 2))
        for _ in range(4):
            term = constant(random.choice((-2, -1, 1, 2)))
            for _ in range(random.randint(1, 3)):
                term = multiplied(term, values[random.randrange(len(values))])
            total = plus(total, term)
        for value in values:
            term = multiplied(constant(random.choice((1, 2))), value)
            total = plus(total, multiplied(term, multiplied(value, value)))
        return total

    def univariate(self, function, order: int, t: dict) -> dict:
        random = Random(f"{self.seed}/{function}")
        coefficients = [random.choice((-2, -1, 1, 2)) for _ in range(5)]
        for _ in range(order):
            coefficients = [k * c for k, c in enumerate(coefficients)][1:]
        total: dict = {}
        for c in reversed(coefficients):
            total = plus(multiplied(total, t), constant(c))
        return total

    def position(self, index) -> int:
        if isinstance(index, nodes.IndexVariable):
            if index in self.bound:
                return self.bound[index]
            return Random(f"{self.seed}/{index.name}").randrange(self.size(index.size))
        return int(index) - 1

    def scalar(self, node) -> dict:
        table = self.value(node)
        assert table.shape == ()
        return table()

    def value(self, node) -> Table:
        for kind in type(node).__mro__:
            if kind in RULES:
                return RULES[kind](self, node)
        raise NotImplementedError(type(node).__name__)

    def within(self, bound, make):
        outer, self.bound = self.bound, {**self.bound, **bound}
        try:
            return make()
        finally:
            self.bound = outer

    # --- names ----------------------------------------------------------------------------

    def name(self, node) -> Table:
        key = nodes.head_of(node)
        at = tuple(self.position(i) for i in nodes.member_indices(node))
        if (key, at) in self.bound:
            return self.bound[key, at]
        for name, value in self.definitions.items():
            if nodes.head_of(name) == key:
                indices = dict(zip(nodes.member_indices(name), at, strict=True))
                kept = {k: v for k, v in self.bound.items() if isinstance(k, tuple)}
                outer, self.bound = self.bound, {**kept, **indices}
                try:
                    return self.value(value)
                finally:
                    self.bound = outer
        if node in self.sizes:
            return Table((), lambda: constant(self.sizes[node]))
        shape = [self.size(s) for s in nodes.shape(node)]
        return Table(shape, lambda *entry: self.number(key, at, entry))

    # --- sums and products ----------------------------------------------------------------

    def add(self, node) -> Table:
        parts = [self.value(part) for part in node.args]
        assert all(part.shape == parts[0].shape for part in parts)

        def entry(*at):
            total = ZERO
            for part in parts:
                total = plus(total, part(*at))
            return total

        return Table(parts[0].shape, entry)

    def product(self, node) -> Table:
        tables = [self.value(part) for part in node.args]
        factor = constant(1)
        for table in tables:
            if table.shape == ():
                factor = multiplied(factor, table())
        tables = [t for t in tables if t.shape]
        if not tables:
            return Table((), lambda: factor)
        result = tables[0]
        for right in tables[1:]:
            left = result
            assert left.shape[1] == right.shape[0]

            def entry(i, j, left=left, right=right):
                total = ZERO
                for k in range(left.shape[1]):
                    total = plus(total, multiplied(left(i, k), right(k, j)))
                return total

            result = Table((left.shape[0], right.shape[1]), entry)
        return Table(result.shape, lambda *at: multiplied(factor, result(*at)))

    def power(self, node) -> Table:
        base, exponent = node.args
        count = int(exponent)
        if isinstance(node, sympy.MatPow):
            parts = [base] * count or [sympy.Identity(base.rows)]
            return self.product(sympy.Basic.__new__(sympy.MatMul, *parts))
        value, total = self.scalar(base), constant(1)
        for _ in range(count):
            total = multiplied(total, value)
        return Table((), lambda: total)

    def hadamard(self, node) -> Table:
        parts = [self.value(part) for part in node.args]
        assert all(part.shape == parts[0].shape for part in parts)

        def entry(*at):
            total = constant(1)
            for part in parts:
                total = multiplied(total, part(*at))
            return total

        return Table(parts[0].shape, entry)

    def kronecker(self, node) -> Table:
        result = self.value(node.args[0])
        for part in node.args[1:]:
            a, b = result, self.value(part)
            (m, n), (p, q) = a.shape, b.shape
            result = Table(
                (m * p, n * q),
                lambda i, j, a=a, b=b, p=p, q=q: multiplied(a(i // p, j // q), b(i % p, j % q)),
            )
        return result

    def summation(self, node) -> Table:
        body, index = node.args
        total = None
        for k in range(self.size(index.size)):
            part = self.within({index: k}, lambda: self.value(body))
            if total is None:
                total = part
            else:
                old = total
                total = Table(part.shape, lambda *at, old=old, part=part: plus(old(*at), part(*at)))
        return total

    def assembled(self, node) -> Table:
        body, i, j = node.args
        shape = [self.size(s) for s in node.shape]
        return Table(shape, lambda r, c: self.within({i: r, j: c}, lambda: self.scalar(body)))

    # --- derivatives ----------------------------------------------------------------------

    def derivative(self, node) -> Table:
        body, variable, point, rebound = node.args
        key = nodes.head_of(variable)
        at = tuple(self.position(i) for i in nodes.member_indices(variable))
        here = self.value(point)
        held = {
            (
                nodes.head_of(name),
                tuple(self.position(i) for i in nodes.member_indices(name)),
            ): self.value(value)
            for name, value in rebound
            if name == value
        }
        results = {}
        shape = None
        for entry in here.entries:
            mark = next(self.infinitesimals)
            moved = Table(
                here.shape,
                lambda *e, entry=entry, mark=mark: plus(
                    here(*e), {frozenset([mark]): Fraction(1)} if e == entry else ZERO
                ),
            )

            def inside(moved=moved):
                follow = {
                    (nodes.head_of(name), ()): self.value(value)
                    for name, value in rebound
                    if name != value
                }
                return self.within(follow, lambda: self.value(body))

            value = self.within({**held, (key, at): moved}, inside)
            shape = value.shape
            for e in value.entries:
                results[e + entry] = {k - {mark}: v for k, v in value(*e).items() if mark in k}
        return Table(shape + here.shape, lambda *e: results[e])

    def differential(self, node) -> Table:
        body, pairs = node.args
        mark = next(self.infinitesimals)
        moved = {}
        for name, change in pairs:
            indices = nodes.member_indices(name)
            ranges = [range(self.size(i.size)) if i.args else [int(i) - 1] for i in indices]
            for at in itertools.product(*ranges):
                bound = {i: k for i, k in zip(indices, at, strict=True) if i.args}

                def table(name=name, change=change):
                    value, step = self.value(name), self.value(change)
                    return Table(
                        value.shape,
                        lambda *e: plus(
                            value(*e),
                            multiplied({frozenset([mark]): Fraction(1)}, step(*e)),
                        ),
                    )

                moved[nodes.head_of(name), at] = self.within(bound, table)
        value = self.within(moved, lambda: self.value(body))
        return Table(
            value.shape,
            lambda *e: {k - {mark}: v for k, v in value(*e).items() if mark in k},
        )

    def arranged(self, node) -> Table:
        tensor = self.value(node.args[0])
        axes = [int(axis) for axis in node.args[1]]
        shape = [tensor.shape[axis] if axis >= 0 else 1 for axis in axes]

        def entry(*at):
            inner = [0] * len(tensor.shape)
            for axis, place in zip(axes, at, strict=True):
                if axis >= 0:
                    inner[axis] = place
            return tensor(*inner)

        return Table(shape, entry)

    def contraction(self, node) -> Table:
        left, right = (self.value(part) for part in node.args)
        cut = len(left.shape) - 1

        def entry(*at):
            total = ZERO
            for k in range(left.shape[-1]):
                total = plus(total, multiplied(left(*at[:cut], k), right(k, *at[cut:])))
            return total

        return Table(left.shape[:-1] + right.shape[1:], entry)

    def function(self, node) -> Table:
        function, *arguments = node.args
        values = [x for a in arguments for x in self.value(a).entries.values()]
        shape = [self.size(s) for s in function.value_shape]
        return Table(shape, lambda *at: self.polynomial(function, values, at))

    def determinant(self, node) -> Table:
        table = self.value(node.args[0])
        n = table.shape[0]
        total = ZERO
        for order in itertools.permutations(range(n)):
            turned = sum(a > b for a, b in itertools.combinations(order, 2))
            term = constant((-1) ** turned)
            for i, j in enumerate(order):
                term = multiplied(term, table(i, j))
            total = plus(total, term)
        return Table((), lambda: total)


def _mapped(rule):
    """A rule about the one matrix that a node holds."""
    return lambda oracle, node: rule(oracle, oracle.value(node.args[0]), node)


def _trace(oracle, a, node) -> Table:
    total = ZERO
    for i in range(a.shape[0]):
        total = plus(total, a(i, i))
    return Table((), lambda: total)


def _commutation(oracle, node) -> Table:
    # K vec(A) = vec(Aᵀ) for A : m × n, so row (i n + j) of K picks entry (i, j) of A
    m, n = (oracle.size(s) for s in node.args)
    return Table((m * n, m * n), lambda r, c: constant((r // n, r % n) == (c % m, c // m)))


RULES = {
    sympy.Symbol: Oracle.name,
    sympy.MatrixSymbol: Oracle.name,
    nodes.ScalarMember: Oracle.name,
    nodes.MatrixMember: Oracle.name,
    sympy.Rational: lambda o, e: Table((), lambda: constant(Fraction(int(e.p), int(e.q)))),
    sympy.Add: Oracle.add,
    sympy.MatAdd: Oracle.add,
    sympy.Mul: Oracle.product,
    sympy.MatMul: Oracle.product,
    sympy.Pow: Oracle.power,
    sympy.MatPow: Oracle.power,
    sympy.HadamardProduct: Oracle.hadamard,
    sympy.KroneckerProduct: Oracle.kronecker,
    sympy.Transpose: _mapped(lambda o, a, e: Table(a.shape[::-1], lambda i, j: a(j, i))),
    sympy.Trace: _mapped(_trace),
    sympy.DiagMatrix: _mapped(
        lambda o, a, e: Table((len(a.entries),) * 2, lambda i, j: a(i, 0) if i == j else ZERO)
    ),
    sympy.DiagonalOf: _mapped(lambda o, a, e: Table((a.shape[0], 1), lambda i, j: a(i, i))),
    sympy.Identity: lambda o, e: Table((o.size(e.args[0]),) * 2, lambda i, j: constant(i == j)),
    sympy.OneMatrix: lambda o, e: Table(map(o.size, e.shape), lambda i, j: constant(1)),
    sympy.ZeroMatrix: lambda o, e: Table(map(o.size, e.shape), lambda i, j: ZERO),
    sympy.Determinant: Oracle.determinant,
    nodes.Vec: _mapped(
        lambda o, a, e: Table((len(a.entries), 1), lambda i, j: a(i % a.shape[0], i // a.shape[0]))
    ),
    nodes.Unvec: _mapped(
        lambda o, a, e: Table(map(o.size, e.shape), lambda i, j: a(j * o.size(e.args[1]) + i, 0))
    ),
    nodes.CommutationMatrix: _commutation,
    nodes.UnitVector: lambda o, e: Table(
        (o.size(e.args[1]), 1), lambda i, j: constant(i == o.position(e.args[0]))
    ),
    nodes.MatrixScalar: _mapped(lambda o, a, e: Table((), lambda: a(*[0] * len(a.shape)))),
    nodes.ScalarArranged: _mapped(lambda o, a, e: Table((), lambda: a(*[0] * len(a.shape)))),
    nodes.Component: _mapped(
        lambda o, a, e: Table((), lambda: a(*[o.position(i) for i in e.args[1:]]))
    ),
    nodes.Delta: lambda o, e: Table(
        (), lambda: constant(o.position(e.args[0]) == o.position(e.args[1]))
    ),
    nodes.ScalarFunction: lambda o, e: Table(
        (), lambda: o.univariate(e.args[0], int(e.args[1]), o.scalar(e.args[2]))
    ),
    nodes.Elementwise: lambda o, e: (
        lambda a: Table(a.shape, lambda i, j: o.univariate(e.args[0], int(e.args[1]), a(i, j)))
    )(o.value(e.args[2])),
    nodes.ScalarValue: Oracle.function,
    nodes.MatrixValue: Oracle.function,
    nodes.ScalarSummation: Oracle.summation,
    nodes.MatrixSummation: Oracle.summation,
    nodes.Assembled: Oracle.assembled,
    nodes.TensorDerivative: Oracle.derivative,
    nodes.ScalarDifferential: Oracle.differential,
    nodes.MatrixDifferential: Oracle.differential,
    nodes.Arranged: Oracle.arranged,
    nodes.ArrangedTensor: Oracle.arranged,
    nodes.TensorProduct: Oracle.contraction,
}
