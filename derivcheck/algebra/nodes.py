"""SymPy nodes for what SymPy lacks, and one door to every node's shape.

An identity is made of SymPy's own nodes as they stand (``MatrixSymbol``, ``MatMul``, ``Trace``,
``KroneckerProduct`` …) and of the nodes here. Nodes only hold structure: nothing evaluates itself,
no shape is checked here (see ``shapes``), and no meaning is given here (see ``kernel.lowering`` and
``prover.dense``, which share nothing but these nodes).

A shape is a tuple of sizes: ``()`` for a scalar, ``(rows, columns)`` for a matrix, longer for a
tensor. A 1 × 1 matrix is a scalar: builders wrap it in ``MatrixScalar``.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from sympy import (
    Add,
    Basic,
    Expr,
    Integer,
    MatrixExpr,
    MatrixSymbol,
    Mul,
    Pow,
    Symbol,
    Tuple,
    preorder_traversal,
)
from sympy.core.symbol import Str

Size: TypeAlias = Any
"""A size: a positive integer, a size symbol, or a product or sum of sizes."""

Shape: TypeAlias = tuple[Size, ...]
"""``()``, ``(rows, columns)`` or the sizes of a tensor's axes."""

ONE: Size = Integer(1)


class _Scalar(Expr):
    """Base of our scalar nodes: commutative, never simplified by SymPy."""

    is_commutative = True

    def __new__(cls, *args: Any) -> _Scalar:
        return Basic.__new__(cls, *args)  # type: ignore[no-any-return]


class _Matrix(MatrixExpr):
    """Base of our matrix nodes; subclasses give ``shape``."""

    def __new__(cls, *args: Any) -> _Matrix:
        return Basic.__new__(cls, *args)  # type: ignore[no-any-return]

    def _entry(self, i: Any, j: Any, **kwargs: Any) -> Expr:  # noqa: ARG002
        return Component(self, i, j)


class _Tensor(Expr):
    """Base of nodes of any order; subclasses give ``shape``."""

    is_commutative = False

    def __new__(cls, *args: Any) -> _Tensor:
        return Basic.__new__(cls, *args)  # type: ignore[no-any-return]


def size_symbol(name: str) -> Symbol:
    """Return the size called ``name``: a positive integer, also usable as a number."""
    return Symbol(name, integer=True, positive=True)


def scalar_symbol(name: str) -> Symbol:
    """Return the real number called ``name``."""
    return Symbol(name, real=True)


def value_symbol(name: str, shape: Shape) -> Any:
    """Return the number (no axes) or matrix (two axes) called ``name``."""
    if not shape:
        return scalar_symbol(name)
    for size in shape:
        # MatrixSymbol asks whether its sizes are natural numbers. Asked in this order SymPy sees it of
        # a product at once; else it may ask whether it is composite, and load its tensors for that
        _ = size.is_integer and size.is_extended_positive
    return MatrixSymbol(name, *shape)


class IndexVariable(_Scalar):
    """A named or bound index ranging over 1..size: ``IndexVariable(Str(name), size)``."""

    @property
    def name(self) -> str:
        """The author's letter."""
        return str(self.args[0].name)

    @property
    def size(self) -> Size:
        """The number of values the index takes."""
        return self.args[1]


def index_variable(name: str, size: Size) -> IndexVariable:
    """Return the index ``name`` of the given range."""
    return IndexVariable(Str(name), size)


class FunctionSymbol(Basic):
    """A function by name: ``FunctionSymbol(Str(name), Tuple(domain shapes…), value shape)``.

    A function of one number with a number as value is applied element-wise (``Elementwise``,
    ``ScalarFunction``); every other one holds its arguments whole (``FunctionValue``).
    """

    @property
    def name(self) -> str:
        """The author's spelling, or the word of a known function (``exp``)."""
        return str(self.args[0].name)

    @property
    def domains(self) -> tuple[Shape, ...]:
        """The shape of each argument."""
        return tuple(tuple(domain) for domain in self.args[1])

    @property
    def value_shape(self) -> Shape:
        """The shape of a value."""
        return tuple(self.args[2])


def function_symbol(
    name: str, domains: tuple[Shape, ...] = ((),), value: Shape = ()
) -> FunctionSymbol:
    """Return the function ``name``; by default one of a number with a number as value."""
    return FunctionSymbol(Str(name), Tuple(*[Tuple(*d) for d in domains]), Tuple(*value))


class MatrixScalar(_Scalar):
    """The number in a 1 × 1 matrix: ``MatrixScalar(M)``."""


class Component(_Scalar):
    """``Component(M, i, j)``: an entry; indices are IndexVariable or Integer, counted from 1.

    One index for each axis of M, unit axes included (``x_i`` of a column is ``Component(x, i,
    1)``).
    """


class Delta(_Scalar):
    """The Kronecker delta ``Delta(i, j)`` of two indices (IndexVariable or Integer)."""


class ScalarFunction(_Scalar):
    """``ScalarFunction(f, k, t)``: the k-th derivative of a number function f at the number t."""


class Elementwise(_Matrix):
    """``Elementwise(f, k, M)``: the k-th derivative of a number function f at each entry of M."""

    @property
    def shape(self) -> Shape:
        """The shape of the argument."""
        return shape(self.args[2])


class _Value:
    """The value of an abstract function that holds its arguments: ``FunctionValue(F, …)``."""


class ScalarValue(_Value, _Scalar):
    """A number-valued FunctionValue: ``ScalarValue(F, argument, …)``."""


class MatrixValue(_Value, _Matrix):
    """A matrix-valued FunctionValue: ``MatrixValue(F, argument, …)``."""

    @property
    def shape(self) -> Shape:
        """The function's value shape."""
        return self.args[0].value_shape  # type: ignore[no-any-return]


def function_value(function: FunctionSymbol, *arguments: Basic) -> Basic:
    """Return ``function`` applied to whole arguments."""
    return (MatrixValue if function.value_shape else ScalarValue)(function, *arguments)


class ScalarMember(_Scalar):
    """A member of a family of numbers: ``ScalarMember(Str(name), index, …)``."""


class MatrixMember(_Matrix):
    """A member of a family of matrices: ``MatrixMember(Str(name), rows, columns, index, …)``."""

    @property
    def shape(self) -> Shape:
        """The shape of each member."""
        return (self.args[1], self.args[2])


def member(name: str, member_shape: Shape, *indices: Basic) -> Basic:
    """Return a member of the family ``name``."""
    if member_shape:
        return MatrixMember(Str(name), *member_shape, *indices)
    return ScalarMember(Str(name), *indices)


class ScalarSummation(_Scalar):
    """``ScalarSummation(body, index)``: Σ over all values of the index; it is bound in the body."""


class MatrixSummation(_Matrix):
    """``MatrixSummation(body, index)``: Σ over all values of the index; it is bound in the body."""

    @property
    def shape(self) -> Shape:
        """The shape of each term."""
        return shape(self.args[0])


def summation(body: Basic, index: IndexVariable) -> Basic:
    """Return Σ_index body."""
    return (MatrixSummation if shape(body) else ScalarSummation)(body, index)


class Assembled(_Matrix):
    """``Assembled(body, i, j)``: the matrix whose (i, j) entry is the number ``body``.

    i and j are IndexVariables, bound in the body, or Integer 1 for a unit axis.
    """

    @property
    def shape(self) -> Shape:
        """The ranges of i and j."""
        return tuple(
            axis.size if isinstance(axis, IndexVariable) else ONE for axis in self.args[1:]
        )


class Vec(_Matrix):
    """``Vec(A)``: the columns of A on top of each other."""

    @property
    def shape(self) -> Shape:
        """(m n, 1) for A : m × n."""
        rows, columns = shape(self.args[0])
        return (rows * columns, ONE)


class Unvec(_Matrix):
    """``Unvec(v, m, n)``: the m × n matrix A with Vec(A) = v."""

    @property
    def shape(self) -> Shape:
        """(m, n)."""
        return (self.args[1], self.args[2])


class CommutationMatrix(_Matrix):
    """``CommutationMatrix(m, n)``: K with K vec(A) = vec(Aᵀ) for every A : m × n."""

    @property
    def shape(self) -> Shape:
        """(m n, m n)."""
        return (self.args[0] * self.args[1], self.args[0] * self.args[1])


class Adjugate(_Matrix):
    """``Adjugate(A)``: the transpose of the matrix of cofactors; A adj(A) = det(A) I."""

    @property
    def shape(self) -> Shape:
        """The shape of A."""
        return shape(self.args[0])


class PseudoInverse(_Matrix):
    """``PseudoInverse(A)``: the Moore–Penrose inverse A⁺ of a matrix of any shape."""

    @property
    def shape(self) -> Shape:
        """The shape of Aᵀ."""
        rows, columns = shape(self.args[0])
        return (columns, rows)


class Blocks(_Matrix):
    """``Blocks(Tuple(A, B, …), Tuple(C, D, …), …)``: matrices side by side and below each other.

    A number stands for a block of one entry; zero blocks are ``ZeroMatrix``.
    """

    @property
    def heights(self) -> Shape:
        """The number of rows of each row of blocks."""
        return tuple([block_shape(row[0])[0] for row in self.args])

    @property
    def widths(self) -> Shape:
        """The number of columns of each column of blocks."""
        return tuple([block_shape(block)[1] for block in self.args[0]])

    @property
    def shape(self) -> Shape:
        """The sums of the heights and of the widths."""
        return (Add(*self.heights), Add(*self.widths))


def block_shape(block: Basic) -> Shape:
    """Return the shape of a block; a number has one row and one column."""
    return shape(block) or (ONE, ONE)


class UnitVector(_Matrix):
    """``UnitVector(i, n)``: the column of length n whose i-th entry is 1, all others 0."""

    @property
    def shape(self) -> Shape:
        """(n, 1)."""
        return (self.args[1], ONE)


class TensorDerivative(_Tensor):
    """``TensorDerivative(f, v, point, rebound)``: ∂f/∂v with v bound in f, evaluated at v = point.

    v is a ``Symbol``, ``MatrixSymbol``, ``ScalarMember`` or ``MatrixMember``; inside f it is an
    independent variable, whatever its definition outside. ``rebound`` is a Tuple of pairs
    ``Tuple(name, expression in v)``: names that follow v inside f (W = vec⁻¹(w) in ∂f/∂w).
    For an ordinary ∂f/∂x the point is x itself.

    Axes: those of f, then those of v, unit axes included.
    """

    @property
    def shape(self) -> Shape:
        """The axes of f, then those of v."""
        return shape(self.args[0]) + shape(self.args[1])


class Arranged(_Matrix):
    """``Arranged(T, Tuple(axes))``: the axes of a tensor laid out as a matrix.

    Each entry is the number of an axis of T, or -1 for a unit axis; axes left out have size 1.
    This is where a layout acts: ∇_X f in numerator layout is ``Arranged(∂f/∂X, (1, 0))``.
    """

    @property
    def shape(self) -> Shape:
        """The sizes of the axes named."""
        inner = shape(self.args[0])
        return tuple(inner[int(axis)] if axis >= 0 else ONE for axis in self.args[1])


class ArrangedTensor(_Tensor):
    """As ``Arranged``, for results of order other than two."""

    @property
    def shape(self) -> Shape:
        """The sizes of the axes named."""
        inner = shape(self.args[0])
        return tuple(inner[int(axis)] if axis >= 0 else ONE for axis in self.args[1])


def arranged(tensor: Basic, axes: tuple[int, ...]) -> Basic:
    """Lay out the axes of ``tensor``; a result of order 0 is a scalar, of order 2 a matrix."""
    return (Arranged if len(axes) == 2 else ArrangedTensor)(tensor, Tuple(*axes))


class ScalarArranged(_Scalar):
    """The number in a tensor all of whose axes have size 1: ``ScalarArranged(T)``."""


class TensorProduct(_Tensor):
    """``TensorProduct(S, T)``: the last axis of S summed against the first axis of T."""

    @property
    def shape(self) -> Shape:
        """All axes but the two summed."""
        return shape(self.args[0])[:-1] + shape(self.args[1])[1:]


class ScalarDifferential(_Scalar):
    """``ScalarDifferential(f, Tuple(Tuple(X, dX), …))``: Σ over the pairs of ∂f/∂X applied to dX.

    Every X is free in f: definitions are expanded and each X varied along its dX.
    """


class MatrixDifferential(_Matrix):
    """``MatrixDifferential(F, Tuple(Tuple(X, dX), …))``: the differential of a matrix."""

    @property
    def shape(self) -> Shape:
        """The shape of F."""
        return shape(self.args[0])


def differential(body: Basic, pairs: tuple[tuple[Basic, Basic], ...]) -> Basic:
    """Return d(body) along the given pairs (X, dX)."""
    kind = MatrixDifferential if shape(body) else ScalarDifferential
    return kind(body, Tuple(*[Tuple(*pair) for pair in pairs]))


def shape(node: Basic) -> Shape:
    """Return the shape of any node.

    Raises:
        Never, for nodes of this module and SymPy's scalars and matrices.

    Cost:
        That of SymPy's own ``shape`` property.

    Example:
        >>> from sympy import MatrixSymbol, Symbol
        >>> shape(Vec(MatrixSymbol("A", Symbol("m"), 2)))
        (2*m, 1)
        >>> shape(Symbol("x"))
        ()
    """
    if isinstance(node, MatrixExpr | _Tensor):
        return tuple(node.shape)
    return ()


def head_of(node: Basic) -> Any:
    """Return what identifies a name: the symbol itself, or the family of a member."""
    if isinstance(node, ScalarMember):
        return ("family", node.args[0])
    if isinstance(node, MatrixMember):
        return ("family", node.args[0], node.args[1], node.args[2])
    return node


def member_indices(node: Basic) -> tuple[Basic, ...]:
    """Return the indices of a family's member; none for a plain name."""
    if isinstance(node, ScalarMember):
        return tuple(node.args[1:])
    if isinstance(node, MatrixMember):
        return tuple(node.args[3:])
    return ()


def names_in(node: Basic) -> set[Any]:
    """Return the heads of all names in a node (bound ones of derivatives included)."""
    found: set[Any] = set()
    for part in preorder_traversal(node):
        if isinstance(part, Symbol | MatrixSymbol | ScalarMember | MatrixMember):
            found.add(head_of(part))
    return found


def index_variables(*parts: Basic) -> list[Basic]:
    """Return the index variables that stand in nodes and are not bound everywhere there."""
    found: dict[Basic, None] = {}

    def walk(node: Basic, bound: frozenset[Basic]) -> None:
        if isinstance(node, IndexVariable):
            if node not in bound:
                found.setdefault(node)
            return
        if isinstance(node, ScalarSummation | MatrixSummation | Assembled):
            bound = bound | frozenset(node.args[1:])
        for argument in node.args:
            walk(argument, bound)

    for part in parts:
        walk(part, frozenset())
    return list(found)


def is_count(size: Any) -> bool:
    """Return whether a node is a size: made of positive integers and size symbols by + and ·.

    Example:
        >>> n = size_symbol("n")
        >>> is_count(2 * n + 1), is_count(n - 1)
        (True, False)
    """
    if type(size) is Symbol:
        return bool(size.is_integer and size.is_positive)
    if not isinstance(size, Expr):
        return False
    return all(
        (isinstance(part, Integer) and part > 0)
        or (isinstance(part, Symbol) and bool(part.is_integer and part.is_positive))
        or isinstance(part, Add | Mul | Pow)
        for part in preorder_traversal(size)
    )
