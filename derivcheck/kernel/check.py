"""The kernel's judgement: a certificate is replayed step by step, and nothing is searched for.

``proved`` means that ``check`` returned. A certificate says which definitions to write out and gives
the steps that turn lhs - rhs, as lowered by definition, into the empty sum. Every step kind is a
class below with one clause in ``State.apply``; a step that the kernel does not know, or whose claim
is not literally true, is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any

from derivcheck.algebra.goal import Goal
from derivcheck.kernel.cofactors import Cofactor, Lemma, Statement, multiple_of_zero, stated
from derivcheck.kernel.lowering import Lowering
from derivcheck.terms.extension import CORE, Extension
from derivcheck.terms.scope import Scope
from derivcheck.terms.term import (
    NUMBER_ONE,
    Address,
    Group,
    Index,
    Monomial,
    RefusedError,
    Term,
    Value,
    binders,
    distributed,
    free_indices,
    monomial_map,
    nested_terms,
    same,
    term_free,
)


@dataclass(frozen=True, slots=True)
class Cancel:
    """Two monomials of the term at ``address`` are one up to the names of bound indices.

    ``renaming`` maps every index bound in ``merged`` (at any depth) to one bound in ``kept``. The
    coefficient of ``merged`` goes to ``kept``; a sum of zero removes both.
    """

    address: Address
    kept: int
    merged: int
    renaming: tuple[tuple[Index, Index], ...]


@dataclass(frozen=True, slots=True)
class Distribute:
    """Multiply out a group: factor ``factor`` of monomial ``monomial`` of the term at ``address``."""

    address: Address
    monomial: int
    factor: int


Step = Cancel | Distribute | Cofactor | Lemma | Any
"""The step kinds of the core, and those of an extension; ``State.apply`` refuses every other."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """Evidence for a goal.

    Attributes:
        unfold: the defined names written out everywhere, as ``Lowering`` identifies them.
        steps: what turns the lowered residual into the empty sum, in order.
        lazy: sums inside of products were lowered as groups, not multiplied out.
    """

    unfold: tuple[Any, ...]
    steps: tuple[Step, ...]
    lazy: bool = False

    @property
    def hypotheses(self) -> tuple[int, ...]:
        """The positions of the hypotheses that the steps use, ascending; those of proved ones too."""
        steps: list[Step] = list(self.steps)
        for step in steps:
            if isinstance(step, Lemma):
                steps += step.steps
            else:
                steps += [part for proof in getattr(step, "proofs", ()) for part in proof]
        equations = [step.equation for step in steps if isinstance(step, Cofactor)]
        return tuple(sorted({k for e in equations for k in e.hypotheses}))


class State:
    """A term under replay, with the goal and the lowering that it came from.

    Attributes:
        goal: what is claimed.
        lowering: that of the goal; it numbers the indices.
        scope: the numbering.
        term: what is left to be shown zero.
        statement: the lemma that is being proved, if it is one.
        free: the indices that stand free in it.
        lemmas: what was proved on the way, as equations for later steps.
    """

    def __init__(self, goal: Goal, lowering: Lowering, statement: Statement | None = None) -> None:
        self.goal = goal
        self.lowering = lowering
        self.scope: Scope = lowering.scope
        self.term: Term = lowering.residual(goal) if statement is None else statement.term
        self.statement = statement
        self.lemmas: list[Statement] = []
        self.free = term_free(self.term)
        if statement is not None:
            self.free.update(statement.ports)
        self._known: Any = None
        self._opening = (lowering.copy(), self.term, goal)

    def opening(self) -> State:
        """Return the state as it was before any step; what was done to this one is not in it."""
        made = copy(self)
        lowering, made.term, made.goal = self._opening
        made.lowering = lowering.copy()
        made.scope = made.lowering.scope
        made.lemmas, made._known = [], None
        made.free = term_free(made.term)
        return made

    def accept(self, certificate: Certificate) -> None:
        """Accept the goal of this state by a certificate, or raise.

        The goal is taken as it was lowered at the start; what happened to the state since is of no
        account.

        Raises:
            RefusedError: when a step is unknown, false, or something is left over, or the goal was
                lowered in another way than the certificate is for.
            OutOfBudgetError: when a step meets a counted limit.

        Cost:
            One comparison a step; no search.
        """
        if self.statement is not None:
            raise RefusedError("a lemma is not a goal")
        state = self.opening()
        if state.lowering.way != (frozenset(certificate.unfold), certificate.lazy):
            raise RefusedError("the certificate is for another lowering of the goal")
        for step in certificate.steps:
            state.apply(step)
        if state.term:
            raise RefusedError(f"{len(state.term)} monomials are left over")

    @property
    def known(self) -> Any:
        """What the steps of an extension know of the goal, as of the first step that asks."""
        if self._known is None and self.scope.extension.known is not None:
            self._known = self.scope.extension.known(self)
        return self._known

    def at(self, address: Address) -> Term:
        """Return the term at an address.

        Raises:
            RefusedError: when there is none.
        """
        term = self.term
        for place in address:
            # counted from the front only: Python would take -1 for the last one
            if min(place) < 0:
                raise RefusedError("an address leads nowhere")
            monomial, factor, argument = place
            try:
                term = nested_terms(term[monomial].factors[factor])[argument]
            except IndexError:
                raise RefusedError("an address leads nowhere") from None
        return term

    def replace(self, address: Address, term: Term) -> None:
        """Let an equal term stand at an address that there is."""
        self.term = self._rebuilt(self.term, address, term)

    def apply(self, step: Step) -> None:
        """Carry out one step.

        Raises:
            RefusedError: when the step is unknown or what it claims is not so.
        """
        if type(step) is Cancel:
            self.replace(step.address, self._cancelled(self.at(step.address), step))
        elif type(step) is Distribute:
            self.replace(step.address, self._distributed(self.at(step.address), step))
        elif type(step) is Cofactor:
            self._remember()
            term, visible = self.at(step.address), self.visible(step.address)
            added = multiple_of_zero(step, self.goal, self.lowering, visible, self.lemmas)
            self.replace(step.address, term + added)
        elif self.statement is not None:
            raise RefusedError("a lemma is proved by other steps than it may be")
        elif type(step) is Lemma:
            self._remember()
            lemma = self.supposing(step)
            for part in step.steps:
                lemma.apply(part)
            self.admit(lemma)
        elif type(step) in self.scope.extension.steps:
            self.scope.extension.steps[type(step)](self, step)
        else:
            raise RefusedError(f"unknown step kind {type(step).__name__}")

    def _remember(self) -> None:
        """Note what is known of the goal before something else is brought in; not in a lemma."""
        if self.statement is None:
            _ = self.known

    def supposing(self, lemma: Lemma) -> State:
        """Return a state whose term is what a lemma states; its own steps are not carried out.

        Raises:
            RefusedError: when it states nothing.
        """
        inner = State(self.goal, self.lowering, stated(lemma, self.lowering, self.free))
        inner.lemmas = list(self.lemmas)
        inner.free |= self.free
        return inner

    def admit(self, proved: State) -> None:
        """Take in the statement of a state of which nothing is left.

        Raises:
            RefusedError: when something is left.
        """
        if proved.term or proved.statement is None:
            raise RefusedError("something is left over of a lemma")
        self.lemmas.append(proved.statement)

    def visible(self, address: Address) -> set[Index]:
        """Return the indices that may stand free in the term at an address."""
        found = set(self.free)
        term = self.term
        for place, position, number in address:
            monomial = term[place]
            factor = monomial.factors[position]
            found |= monomial.bound
            if type(factor) is Value:
                found.update(i for slot in factor.arguments[number].parameters for i in slot)
            term = nested_terms(factor)[number]
        return found

    def _cancelled(self, term: Term, step: Cancel) -> Term:
        if not (0 <= step.kept < len(term) and 0 <= step.merged < len(term)):
            raise RefusedError("a cancelling pair leads nowhere")
        if step.kept == step.merged:
            raise RefusedError("a monomial cannot cancel itself")
        kept, merged = term[step.kept], term[step.merged]
        self._check_renaming(kept, merged, dict(step.renaming))
        total = kept.coefficient + merged.coefficient
        result = []
        for place, monomial in enumerate(term):
            if place == step.kept and total:
                result.append(Monomial(total, kept.bound, kept.factors))
            elif place not in (step.kept, step.merged):
                result.append(monomial)
        return tuple(result)

    def _check_renaming(
        self, kept: Monomial, merged: Monomial, renaming: Mapping[Index, Index]
    ) -> None:
        source, target = list(binders(merged)), list(binders(kept))
        free = {i for f in merged.factors for i in free_indices(f)} - merged.bound
        if len(set(source)) != len(source) or len(set(target)) != len(target):
            raise RefusedError("a monomial binds an index twice")
        if free & {*source, *target}:
            raise RefusedError("a monomial binds an index that is free beside it")
        if sorted(renaming) != sorted(source) or sorted(renaming.values()) != sorted(target):
            raise RefusedError("a renaming is not one of all bound indices onto all bound indices")
        for old, new in renaming.items():
            if self.scope.sizes[old] != self.scope.sizes[new]:
                raise RefusedError("a renaming joins indices of different sizes")
        renamed = monomial_map(merged, {old: (new,) for old, new in renaming.items()})
        if renamed.bound == kept.bound and same(renamed.factors, kept.factors):
            return
        # δ_ij f(i) = δ_ij f(j): which of the two a nested term shows depends on their numbers
        one, other = [
            self.scope.contracted(Monomial(NUMBER_ONE.coefficient, m.bound, m.factors), settle=True)
            for m in (renamed, kept)
        ]
        if not same(one, other):
            raise RefusedError("a cancelling pair is not equal under its renaming")

    # (a + b) f = a f + b f
    def _distributed(self, term: Term, step: Distribute) -> Term:
        if not 0 <= step.monomial < len(term):
            raise RefusedError("a group stands nowhere")
        monomial = term[step.monomial]
        if not 0 <= step.factor < len(monomial.factors):
            raise RefusedError("a group stands nowhere")
        group = monomial.factors[step.factor]
        if type(group) is not Group:
            raise RefusedError("only a group can be multiplied out")
        rest = Monomial(
            monomial.coefficient,
            monomial.bound,
            monomial.factors[: step.factor] + monomial.factors[step.factor + 1 :],
        )
        parts = [p for m in distributed((rest,), group.term) for p in self.scope.contracted(m)]
        return term[: step.monomial] + tuple(parts) + term[step.monomial + 1 :]

    def _rebuilt(self, term: Term, address: Address, new: Term) -> Term:
        """Return ``term`` with the term at ``address`` replaced by ``new``, settled again."""
        if not address:
            return new
        place, position, number = address[0]
        monomial = term[place]
        factor = monomial.factors[position]
        inner = self._rebuilt(nested_terms(factor)[number], address[1:], new)
        changed = self.scope.with_nested(factor, number, inner)
        if self._known is not None:
            self._known.inherited(factor, changed)
        others = monomial.factors[:position] + monomial.factors[position + 1 :]
        pieces: list[Monomial] = []
        for part in changed:
            pieces += self.scope.contracted(
                Monomial(
                    monomial.coefficient * part.coefficient,
                    monomial.bound | part.bound,
                    others + part.factors,
                )
            )
        return term[:place] + tuple(pieces) + term[place + 1 :]


def check(goal: Goal, certificate: Certificate, extension: Extension = CORE) -> None:
    """Accept the goal, or raise.

    Args:
        goal: what is claimed.
        certificate: the evidence.
        extension: what is believed besides the core.

    Raises:
        RefusedError: when a step is unknown, false, or something is left over.
        UnknownNodeError: when the goal holds a node without definition.
        OutOfBudgetError: when lowering or a step meets a counted limit.

    Cost:
        One lowering of the goal and one comparison a step; no search.
    """
    lowering = Lowering(goal.definitions, certificate.unfold, extension, lazy=certificate.lazy)
    State(goal, lowering).accept(certificate)
