"""The terminals of the grammar, and what the head of a construct carries besides its parts."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from derivcheck.language import syntax as tree


class Terminal(Struct):
    """One terminal of the grammar: its name, what it carries, and its place in the text."""

    type: str
    start: int
    end: int
    value: Any = None
    text: str = ""


class CallHead(Struct, frozen=True):
    """A function with the number of its subscript parameters, which are the first parts.

    Without a function the first part is the function: a composition.
    """

    function: tree.Node | None
    parameters: int = 0
    power: bool = False


class BigHead(Struct, frozen=True):
    """A sum or product: its bound letters and which limits are written, before the body."""

    operator: str
    indices: tuple[str, ...]
    lower: bool
    upper: bool


class DerivativeHead(Struct, frozen=True):
    """Notation and order of a derivative; the function is the first part, variables follow."""

    notation: str
    order: int


class SpaceHead(Struct, frozen=True):
    """Kind and word of a Space; its dims are the parts."""

    kind: str
    word: str = ""
