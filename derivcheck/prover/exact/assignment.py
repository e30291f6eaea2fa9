"""What a goal is made of by name, and the exact values given to those names."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from msgspec import Struct, field
from sympy import Basic, MatrixSymbol, Symbol

from derivcheck.algebra import nodes
from derivcheck.algebra.arrays import Array
from derivcheck.prover.exact.functions import AbstractFunction


class Family(NamedTuple):
    """A family of numbers or matrices by name, whatever the index of the member at hand."""

    name: str
    kind: type
    order: int


Key: TypeAlias = "Basic | Family"
"""What a value belongs to: a Symbol, MatrixSymbol, IndexVariable or a whole family."""

Member = tuple[Family, tuple[int, ...]]
"""One member: its family and the values of its indices."""

MEMBERS = (nodes.ScalarMember, nodes.MatrixMember)
NAMES = (Symbol, MatrixSymbol, nodes.IndexVariable, *MEMBERS)


def key_of(node: Basic) -> Key:
    """Return what the value of a name belongs to.

    Raises:
        Never, for the nodes of ``NAMES``.
    """
    if isinstance(node, MEMBERS):
        return Family(str(node.args[0].name), type(node), len(nodes.member_indices(node)))
    return node


class Assignment(Struct, frozen=True):
    """Exact values at concrete sizes.

    Attributes:
        sizes: size symbols (and numbers that count something) to integers.
        values: Symbol and MatrixSymbol to an array.
        members: family and indices to an array.
        indices: the free index variables, counted from 1.
        functions: abstract functions to polynomials.
    """

    sizes: dict[Basic, int] = field(default_factory=dict)
    values: dict[Basic, Array] = field(default_factory=dict)
    members: dict[Member, Array] = field(default_factory=dict)
    indices: dict[Basic, int] = field(default_factory=dict)
    functions: dict[Basic, AbstractFunction] = field(default_factory=dict)

    def copy(self) -> Assignment:
        """Return an assignment that can be changed without changing this one.

        Raises:
            Never.
        """
        return Assignment(
            dict(self.sizes),
            dict(self.values),
            dict(self.members),
            dict(self.indices),
            dict(self.functions),
        )
