"""What a step is: an obligation, its sides as written, and the goal or the reason why it has none.

Plain data, made by `derivation.py`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from msgspec import Struct, field

from derivcheck.algebra.goal import Goal
from derivcheck.algebra.nodes import TensorDerivative, head_of
from derivcheck.diagnostics import Diagnostic, Span
from derivcheck.language import syntax
from derivcheck.language.context import Context
from derivcheck.language.introduced import Macros
from derivcheck.reading.document import Formula, Source


class Scope(Struct, frozen=True):
    """The names in force in a claim: what it takes to read another formula in its place."""

    context: Context
    letters: frozenset[str]
    macros: Macros


class Side(Struct):
    """One side of a relation and the formula it stands in.

    Attributes:
        node: its syntax tree, with offsets into the formula.
        source: the formula.
        latex: the side as written, on one line.
        at: where that begins in the formula.
    """

    node: syntax.Node
    source: Source
    latex: str
    at: int


class Step(Struct):
    """An obligation.

    Attributes:
        claim: position of its claim.
        formula: where it stands.
        sign: the relation as written; None when unreadable.
        span: place of the sign; whole: the whole link.
        goal: what to prove; None with a ``diagnostic`` and a ``verdict`` instead.
        given: it is a given word for word.
        membership: it says a shape; the shapes agreed.
        layout: a shape in it depends on the layout.
        names: declared names in it, for messages.
        spoilt: line of a given that was not understood and shares a name with the step.
        restricted: line of a given about values of what expectations in the step are over.
        condition: line of a condition in its sentence (*if $A = B$, …*), which is not taken in.
    """

    claim: int
    formula: Formula
    sign: str | None
    span: Span
    whole: Span
    lhs: Side | None = None
    rhs: Side | None = None
    goal: Goal | None = None
    diagnostic: Diagnostic | None = None
    verdict: str | None = None
    given: bool = False
    membership: bool = False
    layout: bool = False
    shape: str | None = None
    notes: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    spoilt: int | None = None
    restricted: int | None = None
    condition: int | None = None
    latex: str = ""
    scope: Scope | None = None

    @property
    def refutable(self) -> bool:
        """Whether a counterexample would satisfy all that the author says of the step."""
        return self.spoilt is None and self.restricted is None and self.condition is None

    def assumed_lines(self, unfolded: Collection[Any]) -> set[int]:
        """Return the lines of the text that give declared names a value which a proof uses.

        Args:
            unfolded: the names whose definitions the proof writes out. A derivative goes through
                definitions that are not.
        """
        if self.scope is None or self.goal is None:
            return set()
        context = self.scope.context
        derived = [s for s in (self.goal.lhs, self.goal.rhs) if s.has(TensorDerivative)]
        return {
            line
            for symbol, line in context.assumed.items()
            if head_of(symbol) in unfolded
            or any(context.depends(side, head_of(symbol)) for side in derived)
        }

    @property
    def seed(self) -> str:
        """What every random choice for this step follows from: what the author wrote."""
        return " = ".join(side.latex for side in (self.lhs, self.rhs) if side is not None)
