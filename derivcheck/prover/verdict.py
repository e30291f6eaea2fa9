"""Verdicts of the prover: what was decided about a goal, and the evidence."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from msgspec import Struct


class Kind(StrEnum):
    """The five verdicts, from best to worst for the author."""

    PROVED = "proved"
    REFUTED = "refuted"
    ILL_SHAPED = "ill-shaped"
    UNDECIDED = "undecided"
    UNREADABLE = "unreadable"


class Counterexample(Struct, frozen=True):
    """Exact values at which everything given holds and the two sides differ.

    Attributes:
        sizes: size symbol's name to its value.
        values: name to a matrix of exact strings, a single string for a number, or
            ``{"of": "t", "is": "t^2"}`` for a function of a number (``"of": ["u11", …]`` for
            others).
        lhs: the value of the left side as rows of exact strings (an enclosure
            ``"[0.7310, 0.7311]"`` where it is not rational); rhs likewise.
        entry: (row, column) of one entry that differs, counted from 1.
    """

    sizes: dict[str, int]
    values: dict[str, Any]
    lhs: list[list[str]]
    rhs: list[list[str]]
    entry: tuple[int, int]


class Verdict(Struct, frozen=True):
    """What was decided about a goal.

    Attributes:
        kind: PROVED, REFUTED or UNDECIDED (the other two never reach the prover).
        method: ``normal-form``, ``expansion``, ``completion``, ``given``, ``counterexample`` …
        certificate: what the kernel accepted; None unless proved.
        counterexample: None unless refuted.
        used: the hypotheses the certificate rests on, as positions in ``goal.hypotheses``.
        sizes: the sizes at which both sides were also evaluated exactly and compared.
        reasons: for an undecided goal, what was tried and what stopped it, as sentences.
        code: the diagnostic code that the reasons amount to (``DC302``, ``DC303``, ``DC305``,
        ``DC901``).
    """

    kind: Kind
    method: str | None = None
    certificate: Any = None
    counterexample: Counterexample | None = None
    used: tuple[int, ...] = ()
    sizes: tuple[dict[str, int], ...] = ()
    reasons: tuple[str, ...] = ()
    code: str | None = None
