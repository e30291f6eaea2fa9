"""Shapes of nodes that come from Python: SymPy does not check symbolic ones, this does.

Documents never need it (language infers and checks shapes while it reads); the Python door does.
"""

from __future__ import annotations

import sympy
from sympy import Basic

from derivcheck.algebra import nodes
from derivcheck.algebra.nodes import ONE, Shape, Size
from derivcheck.algebra.operators import OPERATORS, Operator


class ShapeError(ValueError):
    """Two sizes that must be equal are not."""


def parse_axes(text: str) -> list[str]:
    """Split one side of an operator's pattern into axes: ``"(ji)1"`` is ``["ji", "1"]``.

    Example:
        >>> parse_axes("(ik)(jl)"), parse_axes("i1")
        (['ik', 'jl'], ['i', '1'])
    """
    axes: list[str] = []
    rest = text
    while rest:
        if rest[0] == "(":
            inside, _, rest = rest[1:].partition(")")
            axes.append(inside)
        else:
            axes.append(rest[0])
            rest = rest[1:]
    return axes


def check_shapes(node: Basic) -> Shape:
    """Return the shape of a node after checking every operator inside it.

    Raises:
        ShapeError: where sizes that must be equal are different expressions.

    Cost:
        One visit of each node.

    Example:
        >>> from sympy import MatMul, MatrixSymbol, symbols
        >>> m, n = symbols("m n", integer=True, positive=True)
        >>> check_shapes(MatMul(MatrixSymbol("A", m, n), MatrixSymbol("B", n, m)))
        (m, m)
    """
    row = OPERATORS.get(type(node))
    if row is not None:
        return _operator(row, node)
    if isinstance(node, sympy.Add | sympy.MatAdd):
        shapes = [check_shapes(part) for part in node.args]
        for shape in shapes[1:]:
            if shape != shapes[0]:
                raise ShapeError(f"cannot add {shapes[0]} and {shape}")
        return shapes[0]
    if isinstance(node, sympy.Mul | sympy.Pow):
        for part in node.args:
            if check_shapes(part):
                raise ShapeError("a product or power of numbers holds a matrix")
        return ()
    if isinstance(node, sympy.MatPow | sympy.Inverse | sympy.Determinant | nodes.Adjugate):
        rows, columns = check_shapes(node.args[0])
        if rows != columns:
            raise ShapeError(f"a square matrix is needed, not {rows} × {columns}")
        return () if isinstance(node, sympy.Determinant) else (rows, columns)
    if isinstance(node, nodes.Blocks):
        return _blocks(node)
    if isinstance(node, nodes.MatrixScalar):
        if any(size != ONE for size in check_shapes(node.args[0])):
            raise ShapeError("only a 1 × 1 matrix is a number")
        return ()
    if isinstance(node, nodes.ScalarValue | nodes.MatrixValue):
        function, *arguments = node.args
        for argument, domain in zip(arguments, function.domains, strict=True):
            if check_shapes(argument) != domain:
                raise ShapeError(f"{function.name} takes {domain}")
    else:
        for part in node.args:
            if isinstance(part, sympy.Expr):
                check_shapes(part)
    return nodes.shape(node)


def _blocks(node: nodes.Blocks) -> Shape:
    for row in node.args:
        for k, block in enumerate(row):
            check_shapes(block)
            if nodes.block_shape(block) != (nodes.block_shape(row[0])[0], node.widths[k]):
                raise ShapeError("blocks beside or below each other do not fit")
        if len(row) != len(node.args[0]):
            raise ShapeError("rows of blocks have different lengths")
    return nodes.shape(node)


def _operator(row: Operator, node: Basic) -> Shape:
    count = len(node.args) - len(row.sizes)
    shapes = [check_shapes(argument) for argument in node.args[:count]]
    sizes = dict(zip(row.sizes, node.args[count:], strict=True))
    if not row.associative:
        return pattern_shape(row, shapes, sizes)
    matrices = [shape for shape in shapes if shape]
    if not matrices:
        raise ShapeError(f"a {row.name} needs matrices")
    result = matrices[0]
    for shape in matrices[1:]:
        result = pattern_shape(row, [result, shape], {})
    return result


def pattern_shape(row: Operator, shapes: list[Shape], sizes: dict[str, Size]) -> Shape:
    """Return the shape of an operator's value by its pattern.

    Raises:
        ShapeError: where a letter would have two sizes.
    """
    inputs, _, output = row.pattern.partition("->")
    letters = dict(sizes)
    composite: list[tuple[str, Size]] = []
    for text, shape in zip(inputs.split(",") if inputs else [], shapes, strict=True):
        axes = parse_axes(text)
        if len(axes) != len(shape):
            raise ShapeError(f"a {row.name} takes matrices")
        for axis, size in zip(axes, shape, strict=True):
            if axis == "1":
                if size != ONE:
                    raise ShapeError(f"a {row.name} takes a column, not {shape}")
            elif len(axis) > 1:
                composite.append((axis, size))
            elif letters.setdefault(axis, size) != size:
                raise ShapeError(f"in a {row.name}, {letters[axis]} meets {size}")
    for axis, size in composite:
        if sympy.Mul(*[letters[letter] for letter in axis]) != size:
            raise ShapeError(f"in a {row.name}, the sizes do not multiply to {size}")
    return tuple(
        [
            ONE if axis == "1" else sympy.Mul(*[letters[letter] for letter in axis])
            for axis in parse_axes(output)
        ]
    )


def common_shape(left: Shape, right: Shape) -> Shape | None:
    """Return the shape of two sides; of p (m + n) and p m + p n the size that is a product.

    None if they differ.
    """
    if left == right:
        return left
    pairs = list(zip(left, right, strict=False))
    if len(left) != len(right) or any(sympy.expand(a - b) != 0 for a, b in pairs):
        return None
    return tuple([b if isinstance(a, sympy.Add) else a for a, b in pairs])
