"""The order in which a goal is tried: cheap proofs first, then exact evidence, then a counterexample.

A goal is proved only when the kernel has accepted a certificate, and then only if exact evaluation
does not contradict it; a contradiction is an internal error, never a verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from msgspec import Struct

from derivcheck.algebra.goal import Goal
from derivcheck.algebra.nodes import head_of
from derivcheck.extensions.diagonal import DiagonalInverse
from derivcheck.extensions.facts import Fact
from derivcheck.extensions.table import EXTENSIONS
from derivcheck.kernel.check import Certificate, State, Step
from derivcheck.kernel.cofactors import Cofactor
from derivcheck.kernel.lowering import Lowering
from derivcheck.limits import FIRST_MONOMIALS as SHORT
from derivcheck.limits import MONOMIALS as MAX_MONOMIALS
from derivcheck.prover.blocks import by_parts, by_positions, wholly_by_positions
from derivcheck.prover.completion import ContradictoryError, completed, completed_patiently
from derivcheck.prover.determinants import determinants
from derivcheck.prover.evidence import (
    Comparison,
    compare,
    find_counterexample,
    has_example,
)
from derivcheck.prover.exact.duals import OutOfBudgetError as OutOfBudget
from derivcheck.prover.exact.duals import UnsupportedError
from derivcheck.prover.examples import Sampler
from derivcheck.prover.limits_met import OUT_OF_BUDGET, limits_met, note_limit
from derivcheck.prover.normal_form import collected
from derivcheck.prover.numbers import fractions, numbers
from derivcheck.prover.pseudo_inverses import pseudo_inverses
from derivcheck.prover.verdict import Counterexample, Kind, Verdict
from derivcheck.terms.term import (
    OutOfBudgetError,
    RefusedError,
    Term,
    TooLongError,
    UnknownNodeError,
)

Method = Callable[[State], list[Step]]
"""Carries out kernel steps on a state and returns them; the term is left as reduced as it can."""

METHODS: tuple[Method, ...] = (
    collected,
    by_parts,
    wholly_by_positions,
    determinants,
    pseudo_inverses,
    completed,
    numbers,
    completed,
    fractions,
    completed_patiently,
    by_positions,
    completed,
)
"""What is tried on the lowered residual, in order, until nothing is left of it.

The first is cheap; the others are tried only on what exact evaluation does not contradict.
"""

WHOLLY: tuple[Method, ...] = (wholly_by_positions,)
"""What counts only if nothing is left after it, where a goal has hypotheses.

They speak of whole names, which no longer stand in what was written out position by position.
"""


class Way(Struct, frozen=True):
    """How a goal is lowered.

    Attributes:
        unfold: the defined names to write out.
        lazy: sums inside of products are kept as groups.
        most: the monomials to which a product may expand.
    """

    unfold: frozenset[Any]
    lazy: bool = False
    most: int = SHORT

    def state(self, goal: Goal) -> State:
        """Return the goal's state at the start.

        Raises:
            As lowering.
        """
        lowering = Lowering(
            goal.definitions, self.unfold, EXTENSIONS, lazy=self.lazy, most=self.most
        )
        return State(goal, lowering)


def certificate_for(goal: Goal, way: Way, methods: tuple[Method, ...]) -> Certificate | None:
    """Return a certificate that the kernel accepts, with the goal lowered in one way.

    Args:
        goal: what is claimed.
        way: how it is lowered.
        methods: what is tried, in order; of groups the first method alone knows.

    Raises:
        OutOfBudgetError: when lowering meets a counted limit.
        UnknownNodeError: when the goal holds a node without definition.
        ContradictoryError: when what is given is found to be contradictory.
        RefusedError: when the kernel refuses what was found.

    Cost:
        One lowering, that of the methods, and the kernel's replay.
    """
    state = way.state(goal)
    steps: list[Step] = []
    seen: dict[Method, Term] = {}
    for method in methods[:1] if way.lazy else methods:
        if seen.get(method) == state.term:
            continue
        seen[method] = state.term
        try:
            taken = method(state)
            undone = bool(taken and state.term and goal.hypotheses and method in WHOLLY)
        except OutOfBudgetError as error:
            note_limit(error)
            undone = True  # a method that was cut short leaves its state anywhere
        if undone:
            state = state.opening()
            for step in steps:
                state.apply(step)
        else:
            steps += taken
        if not state.term:
            certificate = Certificate(tuple(sorted(way.unfold, key=str)), tuple(steps), way.lazy)
            state.accept(certificate)
            return certificate
    return None


def prove(
    goal: Goal, methods: tuple[Method, ...] = METHODS
) -> tuple[Certificate | None, list[str], str]:
    """Return a certificate that the kernel accepts, or None with the reasons and their code.

    Raises:
        Never.
    """
    with limits_met() as limits:
        certificate, reasons, code = _prove(goal, methods)
    if certificate is not None or code != "DC302":
        return certificate, reasons, code
    if not limits and not reasons:
        reasons = ["the normal forms of the two sides differ"]
    return None, [*limits, *reasons], "DC303" if limits else "DC302"


def _prove(goal: Goal, methods: tuple[Method, ...]) -> tuple[Certificate | None, list[str], str]:
    """Do as ``prove``; limits that are met are noted."""
    reasons: list[str] = []
    everything = frozenset(head_of(name) for name in goal.definitions)
    ways = [Way(everything)]
    if everything:
        # what is given is about what names stand for, so it is used where these are written out
        ways.insert(0 if methods == METHODS[:1] else 1, Way(frozenset()))
    while ways:
        way = ways.pop(0)
        try:
            certificate = certificate_for(goal, way, methods)
            if certificate is not None:
                return certificate, [], ""
        except ContradictoryError as error:
            return None, [str(error)], "DC305"
        except TooLongError as error:
            if way == Way(way.unfold):
                # what is too long multiplied out may be short as it stands
                whole = Way(way.unfold, most=MAX_MONOMIALS)
                ways = [Way(way.unfold, lazy=True), *ways, whole]
            else:
                note_limit(error)
        except OutOfBudgetError as error:
            note_limit(error)
        except RecursionError:
            note_limit("nesting is too deep")
        except UnknownNodeError as error:
            reasons.append(str(error))
        except RefusedError as error:
            return None, [f"the kernel refused a certificate: {error}"], "DC901"
    return None, list(dict.fromkeys(reasons)), "DC302"


def method_of(certificate: Certificate) -> str:
    """Return the name of the method that a certificate comes from."""
    kinds = {type(step) for step in certificate.steps}
    if Cofactor in kinds:
        return "completion"
    return "functions" if kinds & {Fact, DiagonalInverse} else "normal-form"


def decide(
    goal: Goal, seed: str, *, refute: bool = True, at: Mapping[str, int] | None = None
) -> Verdict:
    """Decide a goal.

    Args:
        goal: what is claimed.
        seed: every random choice follows from it.
        refute: a counterexample may be reported (False when a given was not understood).
        at: sizes by name to compare at, besides those chosen.

    Raises:
        Never.

    Cost:
        Counted limits everywhere; about a millisecond for a small polynomial goal, tens of
        milliseconds when a counterexample is searched.
    """
    certificate, reasons, code = prove(goal, METHODS[:1])
    compared = compare(goal, seed, at=at)
    if certificate is None and compared.difference is None:
        certificate, reasons, code = prove(goal)
    if certificate is not None:
        return _proved(goal, seed, certificate, compared)
    if code == "DC901":
        return Verdict(Kind.UNDECIDED, reasons=tuple(reasons), code=code)
    if refute and code != "DC305":
        with limits_met() as limits:
            counterexample = find_counterexample(goal, seed) or compared.difference
        barred = counterexample and _barred(goal, counterexample, seed)
        if counterexample is not None and not barred:
            return Verdict(Kind.REFUTED, "counterexample", counterexample=counterexample)
        if barred:
            reasons.append(f"the sides differ only where no example of {barred} was found")
        reasons += limits
    if compared.reason:
        reasons.append(compared.reason)
    return _undecided(reasons, code, compared)


def _undecided(reasons: list[str], code: str, compared: Comparison) -> Verdict:
    """Return the verdict of a goal that was not decided; a limit that was met is said first."""
    ordered = sorted(reasons, key=lambda reason: not reason.startswith(OUT_OF_BUDGET))
    if ordered and ordered[0].startswith(OUT_OF_BUDGET):
        code = "DC303"
    return Verdict(Kind.UNDECIDED, sizes=compared.sizes, reasons=tuple(ordered), code=code)


def _barred(goal: Goal, counterexample: Counterexample, seed: str) -> str:
    """Return a given that no values satisfy at a counterexample's sizes; empty if there is none.

    The search for a counterexample looks only at givens that share a name with the step; the others
    may still rule out its sizes (PᵀP = I and PPᵀ = I hold only where P is square).
    """
    for hypothesis in goal.hypotheses:
        own = replace(goal, lhs=hypothesis.lhs, rhs=hypothesis.rhs, obligations=())
        try:
            sampler = Sampler.of(own)
            names = {str(size): size for size in sampler.sizes}
            if not names or not names.keys() <= counterexample.sizes.keys():
                continue
            sizes = {size: counterexample.sizes[name] for name, size in names.items()}
            draws = (sampler.draw(sizes, f"{seed}/{attempt}")[0] for attempt in range(3))
            if all(drawn is None for drawn in draws):
                return hypothesis.latex
        except (ArithmeticError, UnsupportedError, OutOfBudget):
            return hypothesis.latex
    return ""


def _proved(goal: Goal, seed: str, certificate: Certificate, compared: Comparison) -> Verdict:
    """Return the verdict of a goal that has a certificate."""
    if compared.difference is not None:
        return Verdict(
            Kind.UNDECIDED,
            reasons=("a certificate was accepted, but exact evaluation found a difference",),
            counterexample=compared.difference,
            code="DC901",
        )
    if not compared.pairwise_different:
        missing = _missing_example(goal, seed)
        if missing:
            return _undecided([missing], "DC305", compared)
    return Verdict(
        Kind.PROVED,
        method_of(certificate),
        certificate,
        used=tuple([k for k in certificate.hypotheses if k < len(goal.hypotheses)]),
        sizes=compared.sizes,
    )


def _missing_example(goal: Goal, seed: str) -> str:
    """Return why no example shows that what is given leaves all sizes free; empty if one does.

    A proof from what never holds, or holds only where sizes coincide, says nothing elsewhere.
    """
    if not goal.hypotheses and not goal.conditions and not goal.obligations:
        return ""
    example = has_example(goal, seed)
    if not example.found:
        _, limit, reason = example.reason.rpartition(OUT_OF_BUDGET)
        return f"{limit}no example of what is given was found: {reason}"
    if example.pairwise_different:
        return ""
    return f"examples of what is given were found only where {_coinciding(example.sizes)}"


def _coinciding(sizes: Mapping[str, int]) -> str:
    """Return which sizes are equal or 1, as equations."""
    groups: dict[int, list[str]] = {}
    for name, value in sizes.items():
        groups.setdefault(value, []).append(name)
    ones = [*groups.pop(1, ()), "1"]
    return ", ".join(" = ".join(names) for names in (ones, *groups.values()) if len(names) > 1)
