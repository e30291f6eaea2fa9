"""Syntax with a shape: what elaboration makes of an expression before sizes are all known."""

from __future__ import annotations

from collections.abc import Callable

import sympy
from msgspec import Struct
from sympy import Basic

from derivcheck.algebra.nodes import ONE, Shape, Size
from derivcheck.diagnostics import Help
from derivcheck.reading.document import Source

TWO_SHAPES = Help("correct the shape that is wrong, or give one of the two another name")
"""What to do about a name that is used in two shapes."""


class MeaningError(Exception):
    """A formula that has no meaning, or none that is supported.

    Attributes:
        code: DC110, DC2xx; ``DC201`` makes the step ill-shaped, DC302 undecided, others unreadable.
        headline: what is wrong, in the author's words.
        at: offsets of the place that the caret underlines.
        parts: (start, end, text) of further places, such as the two sides that clash.
        names: the names whose declarations explain the expectation.
        source: the formula that the offsets are in, once known.
    """

    def __init__(
        self,
        code: str,
        headline: str,
        at: tuple[int, int],
        *,
        parts: tuple[tuple[int, int, str], ...] = (),
        notes: tuple[str, ...] = (),
        help: tuple[Help, ...] = (),
        names: tuple[str, ...] = (),
    ) -> None:
        super().__init__(headline)
        self.code = code
        self.headline = headline
        self.at = at
        self.parts = parts
        self.notes = notes
        self.help = help
        self.names = names
        self.source: Source | None = None


class Typed(Struct):
    """An expression with its shape (unknown sizes included) and the node it will become.

    Attributes:
        shape: ``()``, two sizes, or more for a tensor; None for a zero of whatever shape is needed.
        build: makes the node once all sizes are known; called at most a few times.
        start: offset of its first character; end: offset behind its last.
        flexible: its shape follows its neighbours (a bare identity or zero).
    """

    shape: Shape | None
    build: Callable[[], Basic]
    start: int
    end: int
    flexible: bool = False


def readable_size(size: Size) -> str:
    """Return a size as an author would write it: ``mn``, ``m + n``, ``2n``."""
    if size.is_Add:
        return " + ".join(sorted(readable_size(part) for part in size.args))
    if size.is_Mul:
        factors = sorted(readable_size(part) for part in size.args)
        short = all(len(f) == 1 or f.isdigit() for f in factors)
        return ("" if short else "·").join(factors)
    if size.is_Pow:
        return f"{readable_size(size.base)}^{size.exp}"
    text = str(size)
    return text if not text.startswith("?") else "?"


def readable_shape(shape: Shape | None) -> str:
    """Return a shape as an author would write it: ``number``, ``m × n``, ``n × m × n``."""
    if shape is None:
        return "zero of any shape"
    if not shape:
        return "a number"
    return " × ".join(readable_size(size) for size in shape)


def is_column(shape: Shape | None) -> bool:
    """Return whether a shape is that of a column."""
    return shape is not None and len(shape) == 2 and shape[1] == ONE


def is_row(shape: Shape | None) -> bool:
    """Return whether a shape is that of a row."""
    return shape is not None and len(shape) == 2 and shape[0] == ONE


def filled(typed: Typed, shape: Shape) -> Basic:
    """Return the node of a typed expression; a bare zero gets the shape that is needed."""
    if typed.shape is None and shape:
        if len(shape) != 2:
            raise MeaningError("DC110", "a zero tensor has no encoding", (typed.start, typed.end))
        return sympy.ZeroMatrix(*shape)
    return typed.build()


def zero_of(zero: Typed, shape: Shape) -> Typed:
    """Return a bare zero with the shape that is needed."""
    return Typed(shape, lambda: filled(zero, shape), zero.start, zero.end)
