"""Random well-shaped expressions, rewritings that keep their value, and slips that may not.

Everything follows from one seed. A rewriting is a law of the calculus, applied at a random place; a
slip is a small change of the kind that people make, of one shape with what it replaces.
"""

from __future__ import annotations

from functools import partial
from random import Random

import sympy
from sympy import (
    Basic,
    DiagMatrix,
    DiagonalOf,
    HadamardProduct,
    Identity,
    Integer,
    KroneckerProduct,
    MatAdd,
    MatMul,
    MatrixSymbol,
    OneMatrix,
    Rational,
    Trace,
    Transpose,
    Tuple,
    ZeroMatrix,
)

from derivcheck.algebra import nodes
from derivcheck.algebra.nodes import ONE

m, n, p = (nodes.size_symbol(letter) for letter in "mnp")
SIZES = (m, n, p)
FUNCTIONS = tuple(nodes.function_symbol(name) for name in ("g", "h"))


def raw(kind, *args) -> Basic:
    """A node exactly as asked for: SymPy's constructors flatten, reorder and simplify."""
    if kind in (sympy.Add, sympy.Mul):
        return kind(*args, evaluate=False)
    # DiagMatrix and DiagonalOf keep their shape beside their arguments
    return (kind if kind in (DiagMatrix, DiagonalOf) else partial(Basic.__new__, kind))(*args)


def product(*factors) -> Basic:
    return raw(MatMul, *factors) if len(factors) > 1 else factors[0]


def total(*terms) -> Basic:
    return raw(MatAdd, *terms) if len(terms) > 1 else terms[0]


def negative(matrix) -> Basic:
    return raw(MatMul, Integer(-1), matrix)


def derivative(f, v, point=None, rebound=()) -> Basic:
    return nodes.TensorDerivative(f, v, v if point is None else point, Tuple(*rebound))


def gradient(f, v) -> Basic:
    return nodes.arranged(derivative(f, v), (0, 1))


class Generator:
    """Draws expressions; ``indices`` are the index variables that may stand free."""

    def __init__(self, random: Random, *, functions: bool = True, derivatives: bool = True) -> None:
        self.random = random
        self.functions = functions
        self.derivatives = derivatives
        self.made = 0

    def index(self, size) -> Basic:
        self.made += 1
        return nodes.index_variable(f"k{self.made}", size)

    def size(self):
        return self.random.choice((*SIZES, n, n, ONE))

    def shape(self):
        kind = self.random.random()
        if kind < 0.3:
            return ()
        if kind < 0.55:
            return (n, n)
        if kind < 0.7:
            return (self.random.choice(SIZES), ONE)
        if kind < 0.8:
            return (m * n, self.random.choice((ONE, m * n)))
        return (self.size(), self.size())

    def expression(self, shape, depth: int, indices=()) -> Basic:
        if not shape:
            return self.scalar(depth, indices)
        return self.matrix(*shape, depth, indices)

    # --- matrices -------------------------------------------------------------------------

    def leaf(self, rows, columns, indices) -> Basic:
        kind = self.random.random()
        if kind < 0.1:
            return OneMatrix(rows, columns)
        if kind < 0.13:
            return ZeroMatrix(rows, columns)
        if rows == columns and kind < 0.25 and rows != 1:
            return Identity(rows)
        fitting = [i for i in indices if i.size == rows]
        if columns == 1 and fitting and kind < 0.4:
            return nodes.UnitVector(self.random.choice(fitting), rows)
        if indices and kind < 0.5:
            return nodes.member(
                self.random.choice("uv"), (rows, columns), self.random.choice(indices)
            )
        name = self.random.choice("ABC" if columns != 1 else "abx")
        return MatrixSymbol(f"{name}_{rows}{columns}", rows, columns)

    def matrix(self, rows, columns, depth: int, indices=()) -> Basic:
        if depth <= 0:
            return self.leaf(rows, columns, indices)
        rules = [self._sum, self._product, self._product, self._transpose, self._hadamard]
        rules += [self._scaled, self._unvec, self._kronecker, self._kronecker, self._summation]
        rules += [self._assembled]
        if columns == 1:
            rules += [self._vec, self._vec, self._diagonal]
        if rows == columns and rows != 1:
            rules += [self._diagonal_matrix, self._power]
        if self.functions:
            rules += [self._elementwise, self._elementwise, self._function]
        if self.derivatives and rows in (*SIZES, ONE) and columns in (*SIZES, ONE):
            rules += [self._gradient, self._differential]
        if rows == columns == m * n:
            rules += [lambda *_: nodes.CommutationMatrix(*self.random.choice(((m, n), (n, m))))]
        return self.random.choice(rules)(rows, columns, depth - 1, indices)

    def _sum(self, rows, columns, depth, indices) -> Basic:
        return total(*[self.matrix(rows, columns, depth, indices) for _ in range(2)])

    def _product(self, rows, columns, depth, indices) -> Basic:
        sizes = [rows, *[self.size() for _ in range(self.random.choice((1, 1, 2)))], columns]
        return product(
            *[
                self.matrix(a, b, depth - (len(sizes) > 3), indices)
                for a, b in zip(sizes, sizes[1:], strict=False)
            ]
        )

    def _transpose(self, rows, columns, depth, indices) -> Basic:
        return raw(Transpose, self.matrix(columns, rows, depth, indices))

    def _hadamard(self, rows, columns, depth, indices) -> Basic:
        return raw(HadamardProduct, *[self.matrix(rows, columns, depth, indices) for _ in range(2)])

    def _scaled(self, rows, columns, depth, indices) -> Basic:
        return product(self.scalar(depth, indices), self.matrix(rows, columns, depth, indices))

    def _unvec(self, rows, columns, depth, indices) -> Basic:
        return nodes.Unvec(self.matrix(rows * columns, ONE, depth, indices), rows, columns)

    def factors(self, size):
        if size == m * n:
            return self.random.choice(((m, n), (n, m), (ONE, size), (size, ONE)))
        if size.is_Mul:
            parts = list(size.args)
            self.random.shuffle(parts)
            return parts[0], sympy.Mul(*parts[1:])
        return self.random.choice(((ONE, size), (size, ONE)))

    def _kronecker(self, rows, columns, depth, indices) -> Basic:
        (a, c), (b, d) = self.factors(rows), self.factors(columns)
        return raw(
            KroneckerProduct,
            self.matrix(a, b, depth, indices),
            self.matrix(c, d, depth, indices),
        )

    def _summation(self, rows, columns, depth, indices) -> Basic:
        index = self.index(self.random.choice(SIZES))
        return nodes.summation(self.matrix(rows, columns, depth, (*indices, index)), index)

    def _assembled(self, rows, columns, depth, indices) -> Basic:
        axes = [self.index(s) if s != 1 else Integer(1) for s in (rows, columns)]
        own = [axis for axis in axes if axis != 1]
        return nodes.Assembled(self.scalar(depth, (*indices, *own)), *axes)

    def _vec(self, rows, columns, depth, indices) -> Basic:
        a, b = self.factors(rows)
        return nodes.Vec(self.matrix(b, a, depth, indices))

    def _diagonal(self, rows, columns, depth, indices) -> Basic:
        return raw(DiagonalOf, self.matrix(rows, rows, depth, indices))

    def _diagonal_matrix(self, rows, columns, depth, indices) -> Basic:
        return raw(DiagMatrix, self.matrix(rows, ONE, depth, indices))

    def _power(self, rows, columns, depth, indices) -> Basic:
        return raw(sympy.MatPow, self.matrix(rows, rows, depth - 1, indices), Integer(2))

    def _elementwise(self, rows, columns, depth, indices) -> Basic:
        return nodes.Elementwise(
            self.random.choice(FUNCTIONS),
            Integer(self.random.choice((0, 0, 1))),
            self.matrix(rows, columns, depth, indices),
        )

    def _function(self, rows, columns, depth, indices) -> Basic:
        inner = self.random.choice(((n, ONE), (n, n), (m, n)))
        function = nodes.function_symbol("F", (inner,), (rows, columns))
        return nodes.function_value(function, self.matrix(*inner, depth, indices))

    def _gradient(self, rows, columns, depth, indices) -> Basic:
        variable = MatrixSymbol(f"X_{rows}{columns}", rows, columns)
        return gradient(self.scalar_of(variable, depth, indices), variable)

    def _differential(self, rows, columns, depth, indices) -> Basic:
        variable = MatrixSymbol("X_nn", n, n)
        change = MatrixSymbol("dX", n, n)
        body = self.around(variable, rows, columns, depth, indices)
        return nodes.differential(body, ((variable, change),))

    # --- what depends on a variable -------------------------------------------------------

    def scalar_of(self, variable, depth: int, indices) -> Basic:
        rows, columns = variable.shape
        kind = self.random.randrange(4)
        if kind == 0:
            return raw(Trace, product(self.matrix(columns, rows, depth - 1, indices), variable))
        if kind == 1 and self.functions:
            function = nodes.function_symbol("L", ((rows, columns),))
            inner = nodes.Elementwise(
                FUNCTIONS[0],
                Integer(0),
                total(variable, self.matrix(rows, columns, depth - 2, indices)),
            )
            return nodes.function_value(function, self.random.choice((variable, inner)))
        if kind == 2:
            middle = self.matrix(rows, rows, depth - 2, indices)
            return raw(Trace, product(raw(Transpose, variable), middle, variable))
        a = self.matrix(ONE, rows, depth - 1, indices)
        b = self.matrix(columns, ONE, depth - 1, indices)
        return nodes.MatrixScalar(product(a, variable, b))

    def around(self, variable, rows, columns, depth: int, indices) -> Basic:
        left = self.matrix(rows, variable.shape[0], depth - 1, indices)
        right = self.matrix(variable.shape[1], columns, depth - 1, indices)
        if self.random.random() < 0.4:
            right = product(raw(Transpose, variable), right)
        return product(left, variable, right)

    # --- numbers --------------------------------------------------------------------------

    def scalar(self, depth: int, indices=()) -> Basic:
        if depth <= 0:
            return self._number(indices)
        rules = [self._number, self._trace, self._entry, self._entry, self._inner]
        rules += [self._scalar_sum, self._scalar_product, self._scalar_summation]
        if len(indices) > 1:
            rules += [self._delta]
        if self.functions:
            rules += [self._scalar_function, self._scalar_value]
        return (
            self.random.choice(rules)(indices) if depth <= 0 else self._draw(rules, depth, indices)
        )

    def _draw(self, rules, depth, indices) -> Basic:
        rule = self.random.choice(rules)
        return rule(indices) if rule in (self._number, self._delta) else rule(depth - 1, indices)

    def _number(self, indices) -> Basic:
        if indices and self.random.random() < 0.4:
            return nodes.member("t", (), self.random.choice(indices))
        return self.random.choice(
            (nodes.scalar_symbol("s"), nodes.scalar_symbol("r"), n, Integer(2), Rational(-1, 2))
        )

    def _delta(self, indices) -> Basic:
        i, j = self.random.sample(list(indices), 2)
        return nodes.Delta(i, j if i.size == j.size else i)

    def _trace(self, depth, indices) -> Basic:
        size = self.random.choice(SIZES)
        return raw(Trace, self.matrix(size, size, depth, indices))

    def _entry(self, depth, indices) -> Basic:
        if not indices:
            return self._inner(depth, indices)
        i, j = self.random.choice(indices), self.random.choice(indices)
        if self.random.random() < 0.3:
            return nodes.Component(self.matrix(i.size, ONE, depth, indices), i, Integer(1))
        return nodes.Component(self.matrix(i.size, j.size, depth, indices), i, j)

    def _inner(self, depth, indices) -> Basic:
        size = self.random.choice(SIZES)
        a, b = (self.matrix(size, ONE, depth, indices) for _ in range(2))
        return nodes.MatrixScalar(product(raw(Transpose, a), b))

    def _scalar_sum(self, depth, indices) -> Basic:
        return raw(sympy.Add, *[self.scalar(depth, indices) for _ in range(2)])

    def _scalar_product(self, depth, indices) -> Basic:
        return raw(sympy.Mul, *[self.scalar(depth, indices) for _ in range(2)])

    def _scalar_summation(self, depth, indices) -> Basic:
        index = self.index(self.random.choice(SIZES))
        return nodes.summation(self.scalar(depth, (*indices, index)), index)

    def _scalar_function(self, depth, indices) -> Basic:
        return nodes.ScalarFunction(
            self.random.choice(FUNCTIONS), Integer(0), self.scalar(depth, indices)
        )

    def _scalar_value(self, depth, indices) -> Basic:
        inner = self.random.choice(((n, ONE), (n, n), (m, n)))
        function = nodes.function_symbol("L", (inner,))
        return nodes.function_value(function, self.matrix(*inner, depth, indices))


# --- places -------------------------------------------------------------------------------------


def places(node, path=()):
    """Yield every expression inside a node with its path; names of functions and indices are not."""
    yield path, node
    for k, argument in enumerate(node.args):
        if is_expression(argument) and not is_frozen(node, k):
            yield from places(argument, (*path, k))


def is_expression(node) -> bool:
    return isinstance(node, sympy.Expr) and not isinstance(node, nodes.IndexVariable)


def is_frozen(node, k: int) -> bool:
    """Sizes, orders and bound names stay as they are."""
    if isinstance(node, MatrixSymbol | nodes.MatrixMember | nodes.ScalarMember):
        return True
    if isinstance(node, nodes.TensorDerivative):
        return k > 0
    if isinstance(node, nodes.Component | nodes.Delta | nodes.UnitVector):
        return k > 0 or not isinstance(node, nodes.Component)
    if isinstance(node, nodes.Unvec | sympy.MatPow | nodes.Assembled):
        return k > 0
    if isinstance(node, nodes.Elementwise | nodes.ScalarFunction):
        return k < 2
    return isinstance(node, Identity | OneMatrix | ZeroMatrix | nodes.CommutationMatrix) or (
        isinstance(node, nodes.Arranged) and not isinstance(node.args[k], nodes._Tensor)
    )


def replaced(node, path, new) -> Basic:
    if not path:
        return new
    arguments = list(node.args)
    arguments[path[0]] = replaced(arguments[path[0]], path[1:], new)
    return raw(type(node), *arguments)


def bound_above(node, path) -> list:
    """Return the index variables bound on the way to a place."""
    found = []
    for k in path:
        if isinstance(node, nodes.ScalarSummation | nodes.MatrixSummation | nodes.Assembled):
            found += [i for i in node.args[1:] if isinstance(i, nodes.IndexVariable)]
        node = node.args[k]
    return found


# --- laws -----------------------------------------------------------------------------------------


def laws(random: Random, node, generator: Generator, indices) -> list:
    """Return expressions equal to ``node``, by one law each."""
    shape = nodes.shape(node)
    if isinstance(node, nodes._Tensor):
        return _tensor_laws(node)
    return (_matrix_laws if shape else _scalar_laws)(random, node, generator, indices)


def _tensor_laws(node) -> list:
    if not isinstance(node, nodes.TensorDerivative):
        return []
    body, variable, point, rebound = node.args
    if not isinstance(variable, MatrixSymbol) or point != variable or rebound:
        return []
    fresh = MatrixSymbol("fresh", *variable.shape)
    # ∂f/∂x at x = ∂f(y)/∂y at y = x
    return [derivative(body.xreplace({variable: fresh}), fresh, variable)]


def _matrix_laws(random, node, generator, indices) -> list:
    rows, columns = nodes.shape(node)
    args, kind = node.args, type(node)
    i, j = generator.index(rows), generator.index(columns)
    axes = [k if s != 1 else Integer(1) for k, s in ((i, rows), (j, columns))]
    found = [
        product(Identity(rows), node),
        product(node, Identity(columns)),
        raw(Transpose, raw(Transpose, node)),
        nodes.Unvec(nodes.Vec(node), rows, columns),
        total(node, ZeroMatrix(rows, columns)),
        nodes.Assembled(nodes.Component(node, *axes), *axes),
        raw(HadamardProduct, node, OneMatrix(rows, columns)),
        raw(KroneckerProduct, Identity(ONE), node),
    ]
    other = generator.matrix(rows, columns, 1, indices)
    found.append(total(node, other, negative(other)))
    if rows != 1:
        k = generator.index(rows)
        e = nodes.UnitVector(k, rows)
        found.append(nodes.summation(product(e, raw(Transpose, e), node), k))
    if kind is MatMul:
        factors = [a for a in args if nodes.shape(a)]
        scalars = [a for a in args if not nodes.shape(a)]
        if len(factors) > 1:
            cut = random.randrange(1, len(factors))
            left, right = product(*factors[:cut]), product(*factors[cut:])
            found += [
                product(*scalars, left, right),
                product(
                    *scalars,
                    raw(Transpose, product(raw(Transpose, right), raw(Transpose, left))),
                ),
                nodes.Unvec(
                    product(
                        *scalars,
                        raw(KroneckerProduct, raw(Transpose, right), Identity(rows)),
                        nodes.Vec(left),
                    ),
                    rows,
                    columns,
                ),
            ]
            for k, factor in enumerate(factors):
                if type(factor) is MatAdd:
                    found.append(
                        total(
                            *[
                                product(*scalars, *factors[:k], part, *factors[k + 1 :])
                                for part in factor.args
                            ]
                        )
                    )
        elif scalars:
            found.append(
                raw(HadamardProduct, factors[0], product(*scalars, OneMatrix(rows, columns)))
            )
    if kind is MatAdd:
        found.append(raw(MatAdd, *random.sample(args, len(args))))
    if kind is Transpose:
        (inner,) = args
        if type(inner) is MatAdd:
            found.append(total(*[raw(Transpose, part) for part in inner.args]))
        if type(inner) is KroneckerProduct:
            found.append(raw(KroneckerProduct, *[raw(Transpose, part) for part in inner.args]))
        if type(inner) is nodes.Elementwise:
            found.append(nodes.Elementwise(*inner.args[:2], raw(Transpose, inner.args[2])))
    if kind is HadamardProduct:
        a, b = args[0], args[1]
        found.append(raw(HadamardProduct, *args[::-1]))
        if columns == 1 and len(args) == 2:
            found.append(product(raw(DiagMatrix, a), b))
            found.append(raw(DiagonalOf, product(a, raw(Transpose, b))))
    if kind is KroneckerProduct and len(args) == 2:
        a, b = args
        (ra, ca), (rb, cb) = nodes.shape(a), nodes.shape(b)
        found.append(
            product(raw(KroneckerProduct, a, Identity(rb)), raw(KroneckerProduct, Identity(ca), b))
        )
        # K_{rb,ra} (A ⊗ B) K_{ca,cb} = B ⊗ A
        found.append(
            product(
                nodes.CommutationMatrix(ra, rb),
                raw(KroneckerProduct, b, a),
                nodes.CommutationMatrix(cb, ca),
            )
        )
        if type(b) is MatAdd:
            found.append(total(*[raw(KroneckerProduct, a, part) for part in b.args]))
    if kind is nodes.Vec:
        (inner,) = args
        if type(inner) is MatMul and len(inner.args) == 3 and all(map(nodes.shape, inner.args)):
            a, x, b = inner.args
            found.append(product(raw(KroneckerProduct, raw(Transpose, b), a), nodes.Vec(x)))
        r, c = nodes.shape(inner)
        found.append(product(nodes.CommutationMatrix(c, r), nodes.Vec(raw(Transpose, inner))))
    if kind is DiagMatrix:
        (x,) = args
        found.append(raw(HadamardProduct, Identity(rows), product(x, OneMatrix(ONE, rows))))
    if kind is DiagonalOf:
        (a,) = args
        found.append(product(raw(HadamardProduct, a, Identity(rows)), OneMatrix(rows, ONE)))
    if kind is sympy.MatPow:
        found.append(product(*[args[0]] * int(args[1])))
    if kind is nodes.Elementwise:
        function, order, inner = args
        found += [
            nodes.Assembled(
                nodes.ScalarFunction(function, order, nodes.Component(inner, *axes)), *axes
            ),
            nodes.Unvec(nodes.Elementwise(function, order, nodes.Vec(inner)), rows, columns),
            raw(Transpose, nodes.Elementwise(function, order, raw(Transpose, inner))),
        ]
        if type(inner) is DiagMatrix:
            off = total(OneMatrix(rows, rows), negative(Identity(rows)))
            found.append(
                total(
                    raw(DiagMatrix, nodes.Elementwise(function, order, inner.args[0])),
                    raw(
                        HadamardProduct,
                        off,
                        nodes.Elementwise(function, order, ZeroMatrix(rows, rows)),
                    ),
                )
            )
    if kind is nodes.MatrixSummation:
        body, index = args
        fresh = generator.index(index.size)
        found.append(nodes.summation(body.xreplace({index: fresh}), fresh))
        if type(body) is MatAdd:
            found.append(total(*[nodes.summation(part, index) for part in body.args]))
    if kind is nodes.MatrixDifferential:
        found += _differential_laws(node)
    if kind is nodes.Arranged:
        found.append(raw(Transpose, nodes.Arranged(args[0], Tuple(*args[1][::-1]))))
    return found


def _differential_laws(node) -> list:
    body, pairs = node.args
    ((variable, change),) = pairs
    found = []
    if type(body) is MatMul:
        terms = []
        for k, factor in enumerate(body.args):
            terms.append(
                product(
                    *body.args[:k],
                    nodes.differential(factor, ((variable, change),)),
                    *body.args[k + 1 :],
                )
            )
        found.append(total(*terms))
    t = nodes.scalar_symbol("tt")
    # df = d/dt f(X + t dX) at t = 0
    moved = body.xreplace({variable: total(variable, product(t, change))})
    if variable not in _bound_names(body):
        found.append(nodes.arranged(derivative(moved, t, Integer(0)), (0, 1)))
    return found


def _bound_names(node) -> set:
    return {
        part.args[1]
        for part in sympy.preorder_traversal(node)
        if isinstance(part, nodes.TensorDerivative)
    } | {
        pair[0]
        for part in sympy.preorder_traversal(node)
        if isinstance(part, nodes.MatrixDifferential | nodes.ScalarDifferential)
        for pair in part.args[1]
    }


def _scalar_laws(random, node, generator, indices) -> list:
    kind, args = type(node), node.args
    other = generator.scalar(1, indices)
    found = [
        raw(sympy.Add, node, other, raw(sympy.Mul, Integer(-1), other)),
        raw(sympy.Mul, node, Integer(1)),
        nodes.MatrixScalar(product(node, OneMatrix(ONE, ONE))),
    ]
    if kind in (sympy.Add, sympy.Mul) and len(args) > 1:
        found.append(raw(kind, *random.sample(args, len(args))))
        found.append(kind(*args))
    if kind is sympy.Mul:
        for k, factor in enumerate(args):
            if type(factor) is sympy.Add:
                found.append(
                    raw(
                        sympy.Add,
                        *[raw(sympy.Mul, *args[:k], part, *args[k + 1 :]) for part in factor.args],
                    )
                )
    if kind is Trace:
        (inner,) = args
        size = nodes.shape(inner)[0]
        found.append(raw(Trace, raw(Transpose, inner)))
        k = generator.index(size)
        if size != 1:
            found.append(nodes.summation(nodes.Component(inner, k, k), k))
        if type(inner) is MatMul and len(inner.args) > 1 and all(map(nodes.shape, inner.args)):
            cut = random.randrange(1, len(inner.args))
            a, b = product(*inner.args[:cut]), product(*inner.args[cut:])
            found.append(raw(Trace, product(b, a)))
            found.append(
                nodes.MatrixScalar(
                    product(raw(Transpose, nodes.Vec(raw(Transpose, a))), nodes.Vec(b))
                )
            )
    if kind is nodes.MatrixScalar:
        found.append(raw(Trace, args[0]))
        found.append(nodes.MatrixScalar(raw(Transpose, args[0])))
    if kind is nodes.ScalarSummation:
        body, index = args
        fresh = generator.index(index.size)
        found.append(nodes.summation(body.xreplace({index: fresh}), fresh))
    if kind is nodes.Component:
        a, i, j = args
        rows, _ = nodes.shape(a)
        found.append(nodes.Component(raw(Transpose, a), j, i))
        if isinstance(i, nodes.IndexVariable) and rows != 1:
            k = generator.index(rows)
            found.append(
                nodes.summation(raw(sympy.Mul, nodes.Delta(i, k), nodes.Component(a, k, j)), k)
            )
    return found


# --- slips ----------------------------------------------------------------------------------------


def slips(random: Random, node) -> list:
    """Return expressions of the same shape that may not be equal to ``node``."""
    shape = nodes.shape(node)
    kind, args = type(node), node.args
    found = []
    if isinstance(node, nodes._Tensor):
        return []
    if shape:
        rows, columns = shape
        found.append(negative(node))
        found.append(product(Integer(2), node))
        if rows == columns and rows != 1:
            found.append(raw(Transpose, node))
            found.append(raw(HadamardProduct, node, Identity(rows)))
        if kind is Transpose and rows == columns:
            found.append(args[0])
        if kind in (MatMul, KroneckerProduct, HadamardProduct) and len(args) > 1:
            for k in range(len(args) - 1):
                swapped = [*args[:k], args[k + 1], args[k], *args[k + 2 :]]
                if _fits(kind, swapped, shape):
                    found.append(raw(kind, *swapped))
            for other in (MatMul, HadamardProduct, KroneckerProduct):
                if other is not kind and all(map(nodes.shape, args)) and _fits(other, args, shape):
                    found.append(raw(other, *args))
        if kind is MatAdd:
            found.append(args[0])
            found.append(total(args[0], negative(args[1])))
        if kind is nodes.Elementwise:
            found.append(nodes.Elementwise(args[0], args[1] + 1, args[2]))
            found.append(args[2])
        if kind is MatrixSymbol:
            found.append(MatrixSymbol("other", rows, columns))
        if kind is nodes.CommutationMatrix:
            found += [nodes.CommutationMatrix(*args[::-1]), Identity(rows)]
        if kind is nodes.Vec and rows == m * n:
            r, c = nodes.shape(args[0])
            found.append(nodes.Vec(nodes.Unvec(nodes.Vec(raw(Transpose, args[0])), r, c)))
        if kind is nodes.Assembled and rows == columns and rows != 1:
            found.append(nodes.Assembled(args[0], args[2], args[1]))
        if kind is nodes.Arranged and rows == columns:
            found.append(nodes.Arranged(args[0], Tuple(*args[1][::-1])))
        if kind is OneMatrix and rows == columns and rows != 1:
            found.append(Identity(rows))
        if kind is Identity:
            found.append(OneMatrix(rows, rows))
        return found
    found.append(raw(sympy.Mul, Integer(-1), node))
    found.append(raw(sympy.Add, node, Integer(1)))
    if kind is nodes.Component:
        a, i, j = args
        if isinstance(j, nodes.IndexVariable) and i.size == j.size:
            found.append(nodes.Component(a, j, i))
            found.append(nodes.Component(a, i, i))
    if kind is nodes.Delta:
        found.append(Integer(1))
    if kind is nodes.ScalarFunction:
        found.append(nodes.ScalarFunction(args[0], args[1] + 1, args[2]))
    if kind in (sympy.Add, sympy.Mul) and len(args) > 1:
        found.append(args[0])
    if kind is n.__class__ and node in SIZES:
        found.append(m if node == n else n)
    return found


def _fits(kind, args, shape) -> bool:
    shapes = [nodes.shape(a) for a in args]
    if not all(shapes):
        return False
    if kind is MatMul:
        meets = all(a[1] == b[0] for a, b in zip(shapes, shapes[1:], strict=False))
        return meets and (shapes[0][0], shapes[-1][1]) == shape
    if kind is HadamardProduct:
        return all(s == shape for s in shapes)
    rows = sympy.Mul(*[s[0] for s in shapes])
    columns = sympy.Mul(*[s[1] for s in shapes])
    return (rows, columns) == shape


# --- pairs ----------------------------------------------------------------------------------------


def changed(random: Random, node, generator: Generator, how) -> Basic | None:
    """Return ``node`` changed at one random place by ``how``, or None."""
    spots = list(places(node))
    for path, part in random.sample(spots, min(len(spots), 8)):
        found = how(part, bound_above(node, path))
        if found:
            return replaced(node, path, random.choice(found))
    return None


def equal_pair(seed: int, depth: int = 3, rewritings: int = 3):
    """Return two expressions that are equal by construction."""
    random = Random(seed)
    generator = Generator(random, derivatives=random.random() < 0.5)
    left = generator.expression(generator.shape(), depth)
    right = left
    for _ in range(random.randint(1, rewritings)):
        found = changed(random, right, generator, lambda part, i: laws(random, part, generator, i))
        right = right if found is None else found
    if random.random() < 0.2:
        right = evaluated(right)
    return left, right


def slipped_pair(seed: int, depth: int = 3):
    """Return two expressions that differ by a slip, rewritten; they may be equal nevertheless."""
    random = Random(seed)
    generator = Generator(random, derivatives=random.random() < 0.5)
    left = generator.expression(generator.shape(), depth)
    right = changed(random, left, generator, lambda part, _: slips(random, part))
    right = left if right is None else right
    for _ in range(random.randint(0, 2)):
        found = changed(random, right, generator, lambda part, i: laws(random, part, generator, i))
        right = right if found is None else found
    return left, right


def folded(random: Random, node, count: int):
    """Return ``node`` with parts of it called by names, and the definitions of these names."""
    definitions: dict = {}
    for k in range(count):
        spots = [
            (path, part)
            for path, part in places(node)
            if path
            and part.args
            and not isinstance(part, nodes._Tensor | MatrixSymbol)
            and not set(bound_above(node, path)) & set(sympy.preorder_traversal(part))
        ]
        if not spots:
            break
        path, part = random.choice(spots)
        shape = nodes.shape(part)
        name = MatrixSymbol(f"D{k}", *shape) if shape else nodes.scalar_symbol(f"d{k}")
        definitions[name] = part
        node = replaced(node, path, name)
    return node, definitions


def evaluated(node) -> Basic:
    """Return a node built again by SymPy's own constructors, which simplify as they please."""
    if not isinstance(node, Basic) or not node.args or isinstance(node, nodes.IndexVariable):
        return node
    arguments = [
        evaluated(a) if is_expression(a) and not is_frozen(node, k) else a
        for k, a in enumerate(node.args)
    ]
    kind = type(node)
    if kind in (MatMul, MatAdd, sympy.Add, sympy.Mul, Transpose, HadamardProduct, KroneckerProduct):
        return kind(*arguments)
    return raw(kind, *arguments)
