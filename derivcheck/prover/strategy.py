"""The order in which a goal is tried: cheap proofs first, then exact evidence, then a counterexample.

A goal is proved only when the kernel has accepted a certificate, and then only if exact evaluation
does not contradict it; a contradiction is an internal error, never a verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from derivcheck.algebra.goal import Goal
from derivcheck.algebra.nodes import head_of
from derivcheck.kernel.check import Certificate, RefusedError, State, Step, check
from derivcheck.kernel.lowering import Lowering
from derivcheck.kernel.terms import OutOfBudgetError, UnknownNodeError
from derivcheck.prover.evidence import compare, find_counterexample, has_example
from derivcheck.prover.normal_form import collected
from derivcheck.prover.verdict import Kind, Verdict


Method = Callable[[State], list[Step]]
"""Carries out kernel steps on a state and returns them; the term is left as reduced as it can."""

METHODS: tuple[Method, ...] = (collected,)
"""What is tried on the lowered residual, in order, until nothing is left of it."""


def certificate_for(goal: Goal, unfold: Collection[Any]) -> Certificate | None:
    """Return a certificate from the normal form alone, with the given definitions written out.

    Raises:
        OutOfBudgetError: when a counted limit is met.
        UnknownNodeError: when the goal holds a node without definition.

    Cost:
        One lowering and one matching of monomials.
    """
    state = State(goal, Lowering(goal.definitions, unfold))
    steps: list[Step] = []
    for method in METHODS:
        steps += method(state)
        if not state.term:
            return Certificate(tuple(sorted(state.lowering.unfold, key=str)), tuple(steps))
    return None


def prove(goal: Goal) -> tuple[Certificate | None, list[str], str]:
    """Return a certificate that the kernel accepts, or None with the reasons and their code.

    Raises:
        Never.
    """
    reasons: list[str] = []
    code = "DC302"
    everything = frozenset(head_of(name) for name in goal.definitions)
    for unfold in (frozenset(), everything) if everything else (frozenset(),):
        try:
            certificate = certificate_for(goal, unfold)
            if certificate is not None:
                check(goal, certificate)
                return certificate, [], ""
        except OutOfBudgetError as error:
            reasons.append(f"out of budget: {error}")
            code = "DC303"
        except UnknownNodeError as error:
            reasons.append(str(error))
        except RefusedError as error:
            return None, [f"the kernel refused a certificate: {error}"], "DC901"
    if not reasons:
        reasons.append("the normal forms of the two sides differ")
    return None, reasons, code


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
    certificate, reasons, code = prove(goal)
    compared = compare(goal, seed, at=at)
    if certificate is not None:
        if compared.difference is not None:
            return Verdict(
                Kind.UNDECIDED,
                reasons=("a certificate was accepted, but exact evaluation found a difference",),
                counterexample=compared.difference,
                code="DC901",
            )
        if not compared.sizes:
            example = has_example(goal, seed)
            if not example.found:
                return Verdict(
                    Kind.UNDECIDED,
                    reasons=(f"no example of what is given was found: {example.reason}",),
                    code="DC305",
                )
        return Verdict(
            Kind.PROVED,
            "normal-form",
            certificate,
            used=certificate.hypotheses,
            sizes=compared.sizes,
        )
    if code == "DC901":
        return Verdict(Kind.UNDECIDED, reasons=tuple(reasons), code=code)
    if refute:
        counterexample = find_counterexample(goal, seed)
        if counterexample is not None:
            return Verdict(Kind.REFUTED, "counterexample", counterexample=counterexample)
    if compared.reason:
        reasons.append(compared.reason)
    return Verdict(
        Kind.UNDECIDED, sizes=compared.sizes, reasons=tuple(reasons), code=code
    )
