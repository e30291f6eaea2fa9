"""Equations of matrices of blocks as the equations of their blocks.

[A B; C D] [x; y] = [a; b] says A x + B y = a and C x + D y = b, no more and no less.
"""

from __future__ import annotations

import sympy
from msgspec import Struct
from sympy import Basic, Integer

from derivcheck.algebra import nodes
from derivcheck.algebra.nodes import Shape
from derivcheck.limits import BLOCK_EQUATIONS as MAX_BLOCKS


class _Grid(Struct, frozen=True):
    """Blocks in rows, with the heights of the rows and the widths of the columns."""

    rows: tuple[tuple[Basic, ...], ...]
    heights: Shape
    widths: Shape


def block_equations(lhs: Basic, rhs: Basic) -> list[tuple[Basic, Basic]]:
    """Return the equations of the blocks of two sides; the equation itself if they have no blocks.

    Cost:
        One product of blocks for each factor; at most ``MAX_BLOCKS`` equations.
    """
    whole = [(lhs, rhs)]
    if not (lhs.has(nodes.Blocks) or rhs.has(nodes.Blocks)):
        return whole
    left, right = _grid(lhs), _grid(rhs)
    if left is not None and right is None and isinstance(rhs, sympy.ZeroMatrix):
        right = _zeros(left)
    if right is not None and left is None and isinstance(lhs, sympy.ZeroMatrix):
        left = _zeros(right)
    if left is None or right is None:
        return whole
    if (left.heights, left.widths) != (right.heights, right.widths):
        return whole
    if len(left.heights) * len(left.widths) > MAX_BLOCKS:
        return whole
    pairs = [
        (a, b)
        for above, below in zip(left.rows, right.rows, strict=True)
        for a, b in zip(above, below, strict=True)
    ]
    return [(a, b) for a, b in pairs if a != b]


def _zeros(like: _Grid) -> _Grid:
    rows = tuple([tuple([sympy.ZeroMatrix(h, w) for w in like.widths]) for h in like.heights])
    return _Grid(rows, like.heights, like.widths)


def _grid(node: Basic) -> _Grid | None:
    """Return the blocks of a matrix; None if it is not made of blocks by + and ·."""
    if isinstance(node, nodes.Blocks):
        rows = tuple([tuple([_as_matrix(block) for block in row]) for row in node.args])
        return _Grid(rows, node.heights, node.widths)
    if isinstance(node, sympy.MatMul):
        numbers = [factor for factor in node.args if not nodes.shape(factor)]
        found = [_grid(factor) for factor in node.args if nodes.shape(factor)]
        result = found[0] if found else None
        for other in found[1:]:
            result = _product(result, other)
        return None if result is None else _scaled(result, numbers)
    if isinstance(node, sympy.MatAdd):
        grids = [_grid(term) for term in node.args]
        result = grids[0]
        for other in grids[1:]:
            result = _sum(result, other)
        return result
    return None


def _as_matrix(block: Basic) -> Basic:
    return block if nodes.shape(block) else nodes.Assembled(block, Integer(1), Integer(1))


def _product(a: _Grid | None, b: _Grid | None) -> _Grid | None:
    if a is None or b is None or a.widths != b.heights:
        return None
    rows = []
    for above in a.rows:
        row = []
        for column, width in enumerate(b.widths):
            pairs = zip(above, [below[column] for below in b.rows], strict=True)
            terms = [_times(x, y) for x, y in pairs if not (_is_zero(x) or _is_zero(y))]
            row.append(_added(terms, nodes.shape(above[0])[0], width))
        rows.append(tuple(row))
    return _Grid(tuple(rows), a.heights, b.widths)


def _sum(a: _Grid | None, b: _Grid | None) -> _Grid | None:
    if a is None or b is None or (a.heights, a.widths) != (b.heights, b.widths):
        return None
    rows = []
    for above, below, height in zip(a.rows, b.rows, a.heights, strict=True):
        terms = [
            _added([t for t in pair if not _is_zero(t)], height, width)
            for *pair, width in zip(above, below, a.widths, strict=True)
        ]
        rows.append(tuple(terms))
    return _Grid(tuple(rows), a.heights, a.widths)


def _scaled(grid: _Grid, numbers: list[Basic]) -> _Grid:
    if not numbers:
        return grid
    rows = [
        tuple([b if _is_zero(b) else Basic.__new__(sympy.MatMul, *numbers, b) for b in row])
        for row in grid.rows
    ]
    return _Grid(tuple(rows), grid.heights, grid.widths)


def _is_zero(block: Basic) -> bool:
    return isinstance(block, sympy.ZeroMatrix)


def _times(x: Basic, y: Basic) -> Basic:
    if isinstance(x, sympy.Identity):
        return y
    return x if isinstance(y, sympy.Identity) else Basic.__new__(sympy.MatMul, x, y)


def _added(terms: list[Basic], height: Basic, width: Basic) -> Basic:
    if not terms:
        return sympy.ZeroMatrix(height, width)
    return terms[0] if len(terms) == 1 else Basic.__new__(sympy.MatAdd, *terms)
