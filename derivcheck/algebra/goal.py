"""Goals: what the kernel is asked to accept, as SymPy identities with everything they rest on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sympy import Basic


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
