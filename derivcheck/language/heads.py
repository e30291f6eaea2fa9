"""The terminals of the grammar, and what the head of a construct carries besides its parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from derivcheck.language import syntax as tree


@dataclass(slots=True)
class Terminal:
    """One terminal of the grammar: its name, what it carries, and its place in the text."""

    type: str
    start: int
    end: int
    value: Any = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class CallHead:
    """A function with the number of its subscript parameters, which are the first parts.

    Without a function the first part is the function: a composition.
    """

    function: tree.Node | None
    parameters: int = 0
    power: bool = False


@dataclass(frozen=True, slots=True)
class BigHead:
    """A sum or product: its bound letters and which limits are written, before the body."""

    operator: str
    indices: tuple[str, ...]
    lower: bool
    upper: bool


@dataclass(frozen=True, slots=True)
class DerivativeHead:
    """Notation and order of a derivative; the function is the first part, variables follow."""

    notation: str
    order: int


@dataclass(frozen=True, slots=True)
class SpaceHead:
    """Kind and word of a Space; its dims are the parts."""

    kind: str
    word: str = ""
