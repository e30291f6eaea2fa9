"""Constants, sums, products, powers and norms: the arithmetic of shapes.

A product associates to the left, a row times a column is a number that may stand anywhere, and no
shape is ever broadcast.
"""

from __future__ import annotations

import re

import sympy
from sympy import Basic, Integer, Rational

from derivcheck.algebra import nodes
from derivcheck.algebra.nodes import ONE, Shape, Size
from derivcheck.algebra.unification import unknowns
from derivcheck.diagnostics import Help
from derivcheck.language import spelling as sp
from derivcheck.language import syntax
from derivcheck.language.inference import constant
from derivcheck.language.matrix_products import Products
from derivcheck.language.reach import reaching_over
from derivcheck.language.typed import MeaningError, Typed, is_column, is_row
from derivcheck.language.written import written
from derivcheck.limits import WRITTEN_POWER as MAX_POWER

_PLAIN_T = re.compile(
    r"(?:\^|(?<!\\mathsf)(?<!\\mathrm)(?<!\\mathbf)(?<!\\text)\{)\s*-?\s*T\s*\}?$"
)


class Arithmetic(Products):
    """Elaborates what combines numbers, vectors and matrices."""

    def _number(self, node: syntax.Number) -> Typed:
        value = Rational(node.value.numerator, node.value.denominator)
        if value == 0:
            return self.zero(node)
        return Typed((), lambda: value, node.start, node.end)

    def zero(self, node: syntax.Node) -> Typed:
        """Return the zero of whatever shape is needed."""
        return Typed(None, lambda: Integer(0), node.start, node.end, flexible=True)

    def _builtin(self, node: syntax.Builtin) -> Typed:
        span = (node.start, node.end)
        if node.name in self.context.clouded:
            line = self.context.clouded[node.name]
            raise self.error(
                "DC304",
                f"`{self.text(node)}` is given on line {line}, which is not understood",
                node,
            )
        if node.name == "pi":
            return Typed((), lambda: sympy.pi, *span)
        if node.name == "delta":
            if len(node.parameters) != 2:
                raise self.error("DC110", "a Kronecker delta has two indices", node)
            size = self.sizes.unknown()
            left, right = (self.index(p, size) for p in node.parameters)
            return Typed((), lambda: nodes.Delta(left(), right()), *span)
        if node.name == "unit":
            size = self.sizes.unknown()
            at = self.index(node.parameters[0], size)
            return Typed((size, ONE), lambda: nodes.UnitVector(at(), self.size_value(size)), *span)
        parameters = node.parameters
        if len(parameters) == 1 and isinstance(parameters[0], syntax.Product):
            parameters = parameters[0].factors
        if node.name == "identity" and self.are_indices(parameters):
            size = self.sizes.unknown()
            left, right = (self.index(p, size) for p in parameters)
            return Typed((), lambda: nodes.Delta(left(), right()), *span)
        sizes = [self.size(p) for p in node.parameters]
        if node.name == "identity":
            size = sizes[0] if sizes else self.sizes.unknown()
            if len(sizes) > 1 and sizes[0] != sizes[1]:
                raise self.error("DC201", "an identity matrix is square", node)
            return Typed(
                (size, size), lambda: identity(self.size_value(size)), *span, flexible=not sizes
            )
        if node.name == "ones":
            shape = self._sized(sizes)
            return Typed(shape, lambda: ones(self.built(shape)), *span, flexible=not sizes)
        if node.name == "zeros":
            if not sizes:
                return self.zero(node)
            shape = self._sized(sizes)
            return Typed(shape, lambda: sympy.ZeroMatrix(*self.built(shape)), *span)
        if node.name == "commutation":
            if len(sizes) != 2:
                raise self.error("DC203", "a commutation matrix needs two sizes: K_{m,n}", node)
            m, n = sizes
            return Typed((m * n, m * n), lambda: nodes.CommutationMatrix(m, n), *span)
        raise self.error("DC110", f"`{self.text(node)}` has no encoding", node)

    def are_indices(self, parameters: tuple[syntax.Node, ...]) -> bool:
        """Return whether ``I_{ij}`` shows an entry: both letters are indices."""
        return len(parameters) == 2 and all(
            isinstance(p, syntax.Name)
            and (
                p.name in self.bound
                or p.name in self.context.ranges
                or getattr(self.context.entries.get(p.name), "kind", "") == "index"
            )
            for p in parameters
        )

    def _sized(self, sizes: list[Size]) -> Shape:
        if not sizes:
            return self.context.ones or (self.sizes.unknown(), ONE)
        return (sizes[0], sizes[1] if len(sizes) > 1 else ONE)

    def _sum(self, node: syntax.Sum) -> Typed:
        terms = [(sign, self.known(self.expression(term))) for sign, term in node.terms]
        return self.added(terms, node)

    def multiple_of_one(self, left: Typed, right: Typed) -> tuple[Help, ...]:
        r"""Return how a number is added to a matrix: as a multiple of ``I`` or ``\mathbf{1}``."""
        number, matrix = (left, right) if left.shape == () else (right, left)
        if number.shape != () or not matrix.shape or is_row(matrix.shape):
            return ()
        one = r"\mathbf{1}" if is_column(matrix.shape) else "I"
        text = written(self.latex, number.start, number.end).rstrip("^_ ")
        return (Help(f"a number and a matrix have no sum: write `{text} {one}`, if it is meant"),)

    def added(self, terms: list[tuple[int, Typed]], node: syntax.Node) -> Typed:
        """Return a signed sum; a zero takes the shape of its neighbours."""
        shaped = [(sign, t) for sign, t in terms if t.shape is not None]
        if not shaped:
            return self.zero(node)
        first = next((t for _, t in shaped if not t.flexible), shaped[0][1])
        assert first.shape is not None
        for _, term in shaped:
            assert term.shape is not None
            if not self.same_shape(first.shape, term.shape):
                left, right = sorted((first, term), key=lambda t: t.start)
                ls, rs = self.shape_text(left), self.shape_text(right)
                raise MeaningError(
                    "DC201",
                    f"cannot add {ls} and {rs}",
                    (right.start, right.end),
                    parts=((left.start, left.end, ls), (right.start, right.end, rs)),
                    help=self.multiple_of_one(left, right),
                )
        shape = first.shape

        def build() -> Basic:
            parts = [signed(sign, t.build()) for sign, t in shaped]
            if len(parts) == 1:
                return parts[0]
            return sympy.Add(*parts) if not shape else sympy.MatAdd(*parts)

        if len(shape) > 2 and len(shaped) > 1:
            raise self.error("DC110", "a sum of tensors of higher order has no encoding", node)
        flexible = all(t.flexible for _, t in shaped)
        return Typed(shape, build, node.start, node.end, flexible)

    def _fraction(self, node: syntax.Fraction) -> Typed:
        top = self.known(self.expression(node.numerator))
        bottom = self.known(self.expression(node.denominator))
        if bottom.shape != ():
            raise self.error(
                "DC201",
                f"cannot divide by something of shape {self.shape_text(bottom)}",
                node.denominator,
            )
        self.condition("nonzero", bottom.build, f"{self.text(node.denominator)} \\neq 0")
        inverse = Typed(
            (), lambda: sympy.Pow(bottom.build(), -1), node.denominator.start, node.denominator.end
        )
        if top.shape is None:
            return top
        scaled = self.times(inverse, top)
        return Typed(scaled.shape, scaled.build, node.start, node.end, scaled.flexible)

    def _power(self, node: syntax.Power) -> Typed:
        exponent = constant(node.exponent)
        if isinstance(node.base, syntax.Norm) and exponent is not None and exponent % 2 == 0:
            return self._even_norm(node.base, int(exponent), node)
        base = self.known(self.expression(node.base))
        if base.shape == ():
            return self._number_power(node, base, exponent)
        if base.shape is None and exponent is not None and exponent > 0:
            return self.zero(node)
        if base.shape is None or len(base.shape) != 2:
            raise self.error("DC201", "only a number or a square matrix has powers", node)
        if not self.sizes.unify(*base.shape):
            raise self.error(
                "DC201",
                f"only a square matrix has powers, this is {self.shape_text(base)}",
                node.base,
            )
        if exponent is None:
            return self._matrix_power_by_a_size(node, base)
        if exponent.q == 2 and abs(exponent) <= MAX_POWER:
            from derivcheck.language import activations

            if activations.is_diagonal(self, node.base):  # type: ignore[arg-type]
                shown = self.text(node.base)
                return activations.diagonal_power(self, base, exponent, shown, node)  # type: ignore[arg-type]
        if exponent.q != 1:
            raise self.error("DC110", "a matrix power needs an integer exponent", node.exponent)
        value = int(exponent)
        if abs(value) > MAX_POWER:
            raise self.error(
                "DC102", f"a matrix power beyond {MAX_POWER} is not written out", node.exponent
            )
        if value < 0:
            self.condition("invertible", base.build, f"{self.text(node.base)} invertible")

        def build() -> Basic:
            inner = base.build()
            if value == -1:
                return sympy.Inverse(inner)
            return Basic.__new__(sympy.MatPow, inner, Integer(value))

        return Typed(base.shape, build, node.start, node.end)

    def _number_power(self, node: syntax.Power, base: Typed, exponent: Rational | None) -> Typed:
        if exponent is None:
            return self._power_by_a_size(node, base)
        if exponent.q not in (1, 2):
            raise self.error("DC110", "only integer and half-integer exponents", node.exponent)
        if abs(exponent.p) > MAX_POWER:
            raise self.error(
                "DC102", f"a power beyond {MAX_POWER} is not written out", node.exponent
            )
        if exponent < 0:
            self.condition("nonzero", base.build, f"{self.text(node.base)} \\neq 0")
        if exponent.q == 2:
            self.condition("positive", base.build, f"{self.text(node.base)} > 0")
        return Typed((), lambda: sympy.Pow(base.build(), exponent), node.start, node.end)

    def _matrix_power_by_a_size(self, node: syntax.Power, base: Typed) -> Typed:
        """Return a matrix power whose exponent is made of sizes and indices: ``X^{k - 1 - r}``."""
        exponent = self.number(node.exponent)

        def value() -> Basic:
            found = sympy.expand(exponent.build())
            least = smallest(found)
            if least is None:
                raise self.error(
                    "DC110", "the exponent of a matrix is made of sizes and indices", node.exponent
                )
            if not least.is_nonnegative:
                raise self.error(
                    "DC110", "a symbolic exponent of a matrix that may be negative", node.exponent
                )
            return found

        return Typed(
            base.shape,
            lambda: Basic.__new__(sympy.MatPow, base.build(), value()),
            node.start,
            node.end,
        )

    def _power_by_a_size(self, node: syntax.Power, base: Typed) -> Typed:
        """Return a power whose exponent is made of sizes: ``c^n``, ``(-1)^{m + n}``."""
        exponent = self.number(node.exponent)
        value = sympy.expand(exponent.build())
        whole = isinstance(value, sympy.Expr) and value.is_polynomial() and value.is_integer
        if not whole or not all(s.is_positive for s in value.free_symbols):
            return self._real_power(node, base, exponent)
        if not value.is_nonnegative:
            self.condition("nonzero", base.build, f"{self.text(node.base)} \\neq 0")
        return Typed((), lambda: sympy.Pow(base.build(), value), node.start, node.end)

    # x^y = exp(y log x)
    def _real_power(self, node: syntax.Power, base: Typed, exponent: Typed) -> Typed:
        """Return a positive number to a power that is any number."""
        self.condition("positive", base.build, f"{self.text(node.base)} > 0")
        exp, log = nodes.function_symbol("exp"), nodes.function_symbol("log")

        def build() -> Basic:
            logarithm = nodes.ScalarFunction(log, Integer(0), base.build())
            return nodes.ScalarFunction(exp, Integer(0), sympy.Mul(exponent.build(), logarithm))

        return Typed((), build, node.start, node.end)

    def _even_norm(self, norm: syntax.Norm, exponent: int, node: syntax.Node) -> Typed:
        square = self.squared_norm(norm)
        return Typed(
            (), lambda: sympy.Pow(square.build(), Integer(exponent // 2)), node.start, node.end
        )

    def squared_norm(self, norm: syntax.Norm) -> Typed:
        """Return ‖·‖² of a vector, or ‖·‖²_F of a matrix, as a trace or an inner product."""
        body = self.known(self.expression(norm.body))
        if body.shape == ():
            return Typed((), lambda: sympy.Pow(body.build(), 2), norm.start, norm.end)
        if body.shape is None or len(body.shape) != 2:
            raise self.error("DC201", "a norm needs a vector or a matrix", norm)
        vector = is_column(body.shape) or is_row(body.shape)
        if norm.kind != "F" and not (vector and norm.kind in ("", "2")):  # ‖A‖ is not ‖A‖_F
            raise self.error("DC110", f"this norm has no encoding: `{self.text(norm)}`", norm)

        def build() -> Basic:
            inner = body.build()
            return sympy.Trace(sympy.MatMul(sympy.Transpose(inner), inner))

        def of_vector() -> Basic:
            inner = body.build()
            across = sympy.Transpose(inner)
            pair = (across, inner) if is_column(body.shape) else (inner, across)
            return nodes.MatrixScalar(sympy.MatMul(*pair))

        return Typed((), of_vector if vector else build, norm.start, norm.end)

    def _norm(self, node: syntax.Norm) -> Typed:
        if node.kind == "1":
            body = self.known(self.expression(node.body))
            if body.shape is not None and (is_column(body.shape) or is_row(body.shape)):
                from derivcheck.language import activations

                text = self.text(node.body)
                return activations.sum_norm(self, body, text, node)  # type: ignore[arg-type]
        square = self.squared_norm(node)
        self.condition("positive", square.build, f"{self.text(node)} \\neq 0")
        return Typed((), lambda: sympy.Pow(square.build(), Rational(1, 2)), node.start, node.end)

    def _transpose(self, node: syntax.Transpose) -> Typed:
        base = self.known(self.expression(node.base))
        if self._may_be_a_power(node, base):
            raise self.error(
                "DC103",
                f"`{self.text(node)}` may be a transpose or a power: `T` is a number here",
                node,
                help=(Help("write `^\\top` for the transpose"),),
            )
        if not base.shape and self._may_be_a_slope(node):
            raise self.error(
                "DC110",
                f"`{self.text(node)}` may be a transpose or a derivative",
                node,
                help=(Help("write `f'(t)` for the derivative, `^\\top` for the transpose"),),
            )
        entry = node.base if base.shape == () else None
        if (
            isinstance(entry, syntax.Component)
            and len(entry.indices) == 2
            and isinstance(entry.base, syntax.Name)
        ):
            raise self.error(
                "DC103",
                f"`{self.text(node)}` may be an entry of the transpose or the transpose of an entry",
                node,
                help=(Help("write `(A^\\top)_{ij}`, or the entry without a transpose"),),
            )
        if base.shape is None or not base.shape:
            return Typed(base.shape, base.build, node.start, node.end, base.flexible)
        if len(base.shape) != 2:
            raise self.error("DC110", "only a matrix can be transposed", node)
        shape = (base.shape[1], base.shape[0])
        return Typed(
            shape, lambda: sympy.Transpose(base.build()), node.start, node.end, base.flexible
        )

    def _pseudo_inverse(self, node: syntax.PseudoInverse) -> Typed:
        base = self.known(self.expression(node.base))
        if base.shape is None or len(base.shape) != 2:
            raise self.error("DC110", "only a matrix has a pseudo-inverse", node)
        rows, columns = base.shape
        return Typed(
            (columns, rows), lambda: nodes.PseudoInverse(base.build()), node.start, node.end
        )

    def _may_be_a_power(self, node: syntax.Transpose, base: Typed) -> bool:
        r"""Return whether ``A^T`` has a declared number T for its exponent.

        A size of something, as in ``X \in \mathbb{R}^{T \times d}``, is no exponent of a matrix.
        """
        entry = self.context.entries.get("T")
        if entry is None or entry.kind not in ("number", "size", "index"):
            return False
        if not _PLAIN_T.search(self.latex[: node.end]):
            return False
        if not base.shape:
            return base.shape is not None
        counts = entry.kind != "size" or r"\mathbb{N}" in entry.origin
        return counts and len(base.shape) == 2 and base.shape[0] == base.shape[1]

    def _may_be_a_slope(self, node: syntax.Transpose) -> bool:
        """Return whether a prime stands behind the value of a function of numbers: ``f(t)'``."""
        call = node.base
        if not isinstance(call, syntax.Call) or call.power or self.latex[node.end - 1] != "'":
            return False
        if not isinstance(call.function, syntax.FunctionName):
            return False
        entry = self.context.entries.get(call.function.name)
        symbol = entry.node if entry is not None else None
        numbers = not isinstance(symbol, nodes.FunctionSymbol) or not any(symbol.domains)
        return numbers and call.function.name not in sp.PRODUCT_FUNCTIONS

    def _stand_side_by_side(self, left: Typed, right: Typed) -> bool:
        """Return whether ``[A, B]`` is a matrix: of one height, and no commutator by its shapes."""
        if not left.shape or not right.shape or len(left.shape) != 2 or len(right.shape) != 2:
            return False
        (m, k), (p, q) = self.sizes.shape(left.shape), self.sizes.shape(right.shape)
        known = [(a, b) for a, b in ((k, p), (q, m)) if not unknowns(a) | unknowns(b)]
        return any(a != b for a, b in known) and self.sizes.unify(m, p)

    def _binary(self, node: syntax.Binary) -> Typed:
        read = reaching_over(self, node)
        if not isinstance(read, syntax.Binary):
            return self.expression(read)
        left, right = (
            self.known(self.expression(node.left)),
            self.known(self.expression(node.right)),
        )
        if node.operator == "commutator" and self._stand_side_by_side(left, right):
            from derivcheck.language import blocks

            return blocks.beside(self, [left, right], node)
        if node.operator == "commutator":
            ab, ba = self.times(left, right), self.times(right, left)
            return self.added([(1, ab), (-1, ba)], node)
        if left.shape is None or right.shape is None:
            return self.zero(node)
        if node.operator == "kronecker":
            if not left.shape or not right.shape:
                return self.times(left, right)
            if len(left.shape) != 2 or len(right.shape) != 2:
                raise self.error("DC110", "a Kronecker product takes matrices", node)
            shape = tuple(a * b for a, b in zip(left.shape, right.shape, strict=True))
            return Typed(
                shape, lambda: kronecker(left.build(), right.build()), node.start, node.end
            )
        if not self.same_shape(left.shape, right.shape):
            ls, rs = self.shape_text(left), self.shape_text(right)
            sign = {"hadamard": "the element-wise product", "inner": "the inner product"}
            raise MeaningError(
                "DC201",
                f"{sign.get(node.operator, 'this operation')} needs equal shapes, "
                f"these are {ls} and {rs}",
                (right.start, right.end),
                parts=((left.start, left.end, ls), (right.start, right.end, rs)),
            )
        if node.operator == "hadamard":
            if not left.shape:
                return self.times(left, right)
            return Typed(
                left.shape,
                lambda: sympy.HadamardProduct(left.build(), right.build()),
                node.start,
                node.end,
                left.flexible and right.flexible,
            )
        if node.operator == "inner":
            if not left.shape:
                return self.times(left, right)
            return self._inner(left, right)
        if node.operator == "hadamard-division":
            self.condition("nonzero", right.build, f"no entry of {self.text(node.right)} is 0")
            return Typed(
                left.shape,
                lambda: sympy.HadamardProduct(
                    left.build(),
                    nodes.Elementwise(
                        nodes.function_symbol("reciprocal"), Integer(0), right.build()
                    ),
                ),
                node.start,
                node.end,
            )
        raise self.error("DC110", f"`{node.operator}` has no encoding here", node)


def signed(sign: int, node: Basic) -> Basic:
    """Return ± a node."""
    if sign == 1:
        return node
    return sympy.MatMul(Integer(-1), node) if nodes.shape(node) else sympy.Mul(-1, node)


def identity(size: Size) -> Basic:
    """Return I of a size."""
    return sympy.Identity(size)


def ones(shape: Shape) -> Basic:
    """Return the all-ones matrix of a shape."""
    return Basic.__new__(sympy.OneMatrix, *shape)


def kronecker(left: Basic, right: Basic) -> Basic:
    """Return a Kronecker product exactly as written."""
    return Basic.__new__(sympy.KroneckerProduct, left, right)


def smallest(exponent: Basic) -> sympy.Expr | None:
    """Return a size below which an exponent never falls, whatever its indices are; None if unknown.

    Example:
        >>> k = nodes.size_symbol("k")
        >>> smallest(k - nodes.index_variable("r", k))
        0
    """
    if not isinstance(exponent, sympy.Expr):
        return None
    bound = exponent
    for index in exponent.atoms(nodes.IndexVariable):
        slope = sympy.diff(exponent.xreplace({index: _SLOPE}), _SLOPE)
        if not slope.is_Integer:
            return None
        bound = bound.xreplace({index: ONE if slope > 0 else index.size})
    if not all(s.is_integer and s.is_positive for s in bound.free_symbols):
        return None
    bound = sympy.expand(bound)
    return bound if bound.is_polynomial() and bound.is_integer else None


_SLOPE = sympy.Dummy("index")
