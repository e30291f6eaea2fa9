"""Reading a step again with other words in it, and deciding what that comes to.

What an edited step may cost is counted, so the answer does not depend on the machine.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct, field

from derivcheck.algebra.goal import Goal
from derivcheck.algebra.nodes import scalar_symbol
from derivcheck.language import syntax
from derivcheck.language.context import names_of
from derivcheck.language.elaborate import Elaborator
from derivcheck.language.parser import LatexError, parse
from derivcheck.language.placing import Placed, one_line
from derivcheck.language.randomness import with_distribution
from derivcheck.language.steps import Scope, Side
from derivcheck.language.typed import MeaningError, Typed, filled
from derivcheck.prover import evidence, strategy

STUMBLES = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What an edited step may stumble over: it is no repair then."""

LOOKS = (
    ("", evidence.Budget(points=1, draws=2)),
    (" again", evidence.Budget(points=3, draws=6)),
)
"""The examples at which an edited step is evaluated: one first, which rejects nearly all."""

MOST_PROOFS = 8
COST_OF_FAILURE = 3

WEIGHT_OF_LOOK = 2
WEIGHT_OF_PART = 2
"""What it costs to evaluate a character of a step, and a part of it when sums and formulas are
written out, if reading a character costs 1."""

Prover = Callable[[Goal], bool | None]


def proved(goal: Goal) -> bool | None:
    """Return whether the kernel accepts a certificate for a goal; None if a limit was met.

    Raises:
        Never.
    """
    certificate, _, code = strategy.prove(goal)
    return None if certificate is None and code == "DC303" else certificate is not None


class Budget(Struct):
    """What the repairs of one step may cost, in counted units.

    Attributes:
        letters: characters of edited steps that are read, and of those that are evaluated.
        proofs: those that are tried to prove; one that fails counts more, one that meets a limit
            is the last.
    """

    letters: int = 120_000
    proofs: int = MOST_PROOFS

    def part(self) -> Budget:
        """Return what is kept for hypotheses, and for the right side that is written anew."""
        return Budget(self.letters // 4, min(self.proofs, 3))


class Rereader(Struct):
    """Reads edited sides of a step in the place of the step.

    Attributes:
        scope: the names in force there.
        seed: every random choice follows from it.
        prover: decides which repairs are true.
        budget: what is left.
        stopped: a proof met a limit.
    """

    scope: Scope
    seed: str
    prover: Prover = proved
    budget: Budget = field(default_factory=Budget)
    stopped: bool = False
    _trees: dict[str, syntax.Node | None] = field(default_factory=dict)

    def tree(self, latex: str) -> syntax.Node | None:
        """Return the syntax tree of a side, None when it is not one expression.

        Raises:
            Never.
        """
        if latex not in self._trees:
            words = self.scope.context.vocabulary(self.scope.letters)
            try:
                statements = parse(latex, words, self.scope.macros)
            except LatexError:
                statements = []
            node = statements[0].node if len(statements) == 1 else None
            if isinstance(node, syntax.Relation | syntax.Signature | syntax.Property):
                node = None
            self._trees[latex] = None if isinstance(node, syntax.Unreadable) else node
        return self._trees[latex]

    def goal(self, lhs: str, rhs: str) -> Goal | None:
        """Return the goal of an identity, None when it has no meaning.

        Raises:
            Never.
        """
        self.budget.letters -= len(lhs) + len(rhs)
        left, right = self.tree(lhs), self.tree(rhs)
        if left is None or right is None:
            return None
        try:
            return self._elaborated(left, right, lhs, rhs)
        except (MeaningError, *STUMBLES):
            return None

    def _elaborated(self, left: syntax.Node, right: syntax.Node, lhs: str, rhs: str) -> Goal:
        context = self.scope.context
        names = {*names_of(left), *names_of(right)}
        elaborator = Elaborator(context, free_letters=not names & set(context.entries))
        if isinstance(left, syntax.FunctionName):
            variable = scalar_symbol("t")
            elaborator.pointwise = Typed((), lambda: variable, left.start, left.end)
        elaborator.reaches_far = None  # no edit may leave open how far a sign reaches
        elaborator.latex = lhs
        one = elaborator.known(elaborator.expression(left))
        elaborator.latex = rhs
        other = elaborator.known(elaborator.expression(right))
        elaborator.equate(one, other)
        elaborator.finish(right)
        self.budget.letters -= WEIGHT_OF_PART * elaborator.parts
        common = elaborator.sizes.shape(one.shape or other.shape or ())
        goal = Goal(
            filled(one, common),
            filled(other, common),
            context.definitions,
            tuple(context.hypotheses),
            tuple(context.conditions),
            elaborator.obligations(0),
        )
        return with_distribution(goal, context.random)

    def holds(self, goal: Goal) -> bool:
        """Return whether a goal is true: at an example first, then for all sizes.

        Raises:
            Never.
        """
        if self.budget.letters <= 0 or self.budget.proofs <= 0:
            return False
        try:
            for seed, look in LOOKS:
                self.budget.letters -= WEIGHT_OF_LOOK * len(self.seed)
                compared = evidence.compare(goal, self.seed + seed, look)
                if compared.difference is not None or not compared.sizes:
                    return False
            found = self.prover(goal)
        except STUMBLES:
            return False
        self.stopped = self.stopped or found is None
        # a goal that holds at an example and is not proved is costly, and more of them follow
        self.budget.proofs -= 1 if found else COST_OF_FAILURE if found is False else MOST_PROOFS
        return bool(found)


def placed_in(side: Side) -> Placed | None:
    """Return where the characters of a side stand; None if they are not found again.

    Raises:
        Never.
    """
    try:
        return Placed(one_line(side.latex), side.source, side.at)
    except ValueError:
        return None
