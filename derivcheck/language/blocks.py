"""Matrices written out: blocks side by side and below each other, numbers as entries.

A row of blocks has one height and a column of blocks one width; zeros and identities take theirs
from their neighbours. The sizes of the whole are the sums.
"""

from __future__ import annotations

import sympy
from sympy import Add, Basic, Tuple

from derivcheck.algebra import nodes
from derivcheck.algebra.nodes import ONE, Size
from derivcheck.language import syntax
from derivcheck.language.inference import Inference
from derivcheck.language.typed import MeaningError, Typed, readable_size


def written_out(el: Inference, node: syntax.Matrix) -> Typed:
    """Return a matrix from its blocks and entries.

    Raises:
        MeaningError: DC201 when blocks beside each other differ in height, or in width below.
    """
    return _assembled(
        el, [[el.known(el.expression(entry)) for entry in row] for row in node.rows], node
    )


def beside(el: Inference, parts: list[Typed], node: syntax.Node) -> Typed:
    """Return matrices side by side.

    Raises:
        MeaningError: DC201 when they differ in height.
    """
    return _assembled(el, [parts], node)


def _assembled(el: Inference, rows: list[list[Typed]], node: syntax.Node) -> Typed:
    for row in rows:
        for block in row:
            if block.shape is not None and len(block.shape) not in (0, 2):
                raise MeaningError(
                    "DC110", "a block of a matrix is a matrix or a number", (block.start, block.end)
                )
    heights = [_common(el, row, 0) for row in rows]
    widths = [_common(el, [row[k] for row in rows], 1) for k in range(len(rows[0]))]

    def build() -> Basic:
        tall, wide = [el.size_value(h) for h in heights], [el.size_value(w) for w in widths]
        made = []
        for row, height in zip(rows, tall, strict=True):
            made.append(
                Tuple(
                    *[_built(block, height, width) for block, width in zip(row, wide, strict=True)]
                )
            )
        return nodes.Blocks(*made)

    return Typed((Add(*heights), Add(*widths)), build, node.start, node.end)


def _built(block: Typed, height: Size, width: Size) -> Basic:
    if block.shape is None:
        return sympy.ZeroMatrix(height, width)
    return block.build()


def _common(el: Inference, blocks: list[Typed], axis: int) -> Size:
    """Return the one height of blocks beside each other, or the one width of blocks below."""
    shaped = [block for block in blocks if block.shape is not None]
    if not shaped:
        return el.sizes.unknown()
    first = next((block for block in shaped if not block.flexible), shaped[0])
    size = first.shape[axis] if first.shape else ONE
    for block in shaped:
        own = block.shape[axis] if block.shape else ONE
        if not el.sizes.unify(size, own):
            what = ("rows", "columns")[axis]
            a, b = (readable_size(el.sizes.resolved(s)) for s in (size, own))
            left, right = sorted((first, block), key=lambda t: t.start)
            where = "beside" if axis == 0 else "above"
            raise MeaningError(
                "DC201",
                f"a block of {a} {what} stands {where} one of {b}",
                (right.start, right.end),
                parts=(
                    (left.start, left.end, el.shape_text(left)),
                    (right.start, right.end, el.shape_text(right)),
                ),
            )
    return size
