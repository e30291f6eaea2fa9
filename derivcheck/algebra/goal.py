"""Goals: what the kernel is asked to accept, as SymPy identities with everything they rest on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sympy import Basic

from derivcheck.algebra import nodes


@dataclass(frozen=True, slots=True)
class Hypothesis:
    r"""A given equation ``lhs = rhs`` between nodes of one shape, true for all values considered.

    Attributes:
        latex: the author's words (``\Sigma = \Sigma^\top``).
        line: where it stands.
        in_text: the body of the document assumed it (then steps that use it say so).
    """

    lhs: Basic
    rhs: Basic
    latex: str
    line: int
    in_text: bool = False


class Zero(NamedTuple):
    """Two nodes of one shape whose difference is zero wherever a goal is claimed.

    Attributes:
        own: at the goal's own values of the index variables; else at all of their values.
    """

    lhs: Basic
    rhs: Basic
    own: bool


class NoEquationError(Exception):
    """There is no such equation, or it does not hold here; the message says why."""


@dataclass(frozen=True, slots=True)
class Condition:
    r"""A side condition that is no equation, on a node.

    ``kind``: ``invertible``, ``positive`` (a number > 0), ``nonnegative``, ``nonzero`` (a number,
    or every entry), ``positive-definite``, ``positive-semidefinite``, ``range`` (``values`` then
    holds the numbers allowed, ``y \in \{0, 1\}^n``), ``full-column-rank``, ``full-row-rank``,
    ``differentiable``.
    """

    kind: str
    node: Basic
    latex: str
    line: int
    values: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Goal:
    """``definitions, hypotheses, conditions ⊢ lhs = rhs`` for all sizes and all values.

    Sizes are the free symbols of shapes; every other free symbol, member and function symbol is
    universally quantified, except the keys of ``definitions``, which stand for their values.

    Attributes:
        lhs: a node; rhs: a node of the same shape.
        definitions: name (Symbol, MatrixSymbol, ScalarMember or MatrixMember over index variables)
            to its value, in no particular order and without cycles. For a member the index
            variables of the key are bound in the value.
        hypotheses: equations that hold.
        conditions: given side conditions (may be assumed).
        obligations: side conditions that the step itself writes (inverses, denominators, logs); the
            step is claimed only where they hold.
    """

    lhs: Basic
    rhs: Basic
    definitions: Mapping[Basic, Basic] = field(default_factory=dict)
    hypotheses: tuple[Hypothesis, ...] = ()
    conditions: tuple[Condition, ...] = ()
    obligations: tuple[Condition, ...] = ()


def indices_of_definitions(parts: list[Basic], goal: Goal) -> set[Basic]:
    """Return the index variables that are free in definitions of names in ``parts``."""
    definitions = {nodes.head_of(name): (name, value) for name, value in goal.definitions.items()}
    waiting = [name for part in parts for name in nodes.names_in(part)]
    seen: set[Any] = set()
    found: set[Basic] = set()
    while waiting:
        head = waiting.pop()
        if head in seen or head not in definitions:
            continue
        seen.add(head)
        name, value = definitions[head]
        found.update(set(nodes.index_variables(value)) - set(nodes.member_indices(name)))
        waiting += nodes.names_in(value)
    return found
