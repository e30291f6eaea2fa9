"""The table of known functions of a number: what is a fact about exp, log, tanh and their kin.

Each row names the function, its LaTeX, its domain and its derivative in terms of known functions.
Abstract functions (declared by a signature) have no row: nothing is known of them but smoothness.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class KnownFunction:
    """A row of the table.

    Attributes:
        name: the word that ``FunctionSymbol.name`` holds.
        latex: how it is written.
        domain: ``real``, ``positive`` or ``nonzero``: where it is defined.
        smooth: False when it has a kink at 0 (its derivative is used away from 0).
        source: where its derivative is written down.
        derivative: f'(t) as a sum of (coefficient, factors); a factor is a path of known functions
            applied to t one after the other: ``("sqrt", "reciprocal")`` is 1/√t.
    """

    name: str
    latex: str
    domain: str
    smooth: bool
    source: str
    derivative: tuple[tuple[Fraction | int, tuple[tuple[str, ...], ...]], ...] | None = None


_DLMF = "NIST Digital Library of Mathematical Functions"

KNOWN_FUNCTIONS: dict[str, KnownFunction] = {
    row.name: row
    for row in (
        KnownFunction(
            "exp", r"\exp", "real", True, f"{_DLMF} §4.7", ((1, (("exp",),)),)
        ),
        KnownFunction(
            "log", r"\log", "positive", True, f"{_DLMF} §4.7", ((1, (("reciprocal",),)),)
        ),
        KnownFunction(
            "sqrt", r"\sqrt", "positive", True, f"{_DLMF} §4.2",
            ((Fraction(1, 2), (("sqrt", "reciprocal"),)),),
        ),
        KnownFunction(
            "reciprocal", r"1/", "nonzero", True, f"{_DLMF} §4.2",
            ((-1, (("reciprocal",), ("reciprocal",))),),
        ),
        KnownFunction(
            "sin", r"\sin", "real", True, f"{_DLMF} §4.20", ((1, (("cos",),)),)
        ),
        KnownFunction(
            "cos", r"\cos", "real", True, f"{_DLMF} §4.20", ((-1, (("sin",),)),)
        ),
        KnownFunction(
            "tanh", r"\tanh", "real", True, f"{_DLMF} §4.34",
            ((1, ()), (-1, (("tanh",), ("tanh",)))),
        ),
        KnownFunction(
            "sigma", r"\sigma", "real", True, "the logistic function 1/(1 + exp(-t))",
            ((1, (("sigma",),)), (-1, (("sigma",), ("sigma",)))),
        ),
        KnownFunction(
            "softplus", r"\operatorname{softplus}", "real", True, "log(1 + exp(t))",
            ((1, (("sigma",),)),),
        ),
        KnownFunction(
            "relu", r"\operatorname{ReLU}", "real", False, "max(0, t)", ((1, (("step",),)),)
        ),
        KnownFunction(
            "step", r"\operatorname{step}", "real", False, "1 for t > 0, 0 for t < 0", ()
        ),
        KnownFunction(
            "abs", r"|\cdot|", "real", False, "max(t, -t)", ((1, (("sign",),)),)
        ),
        KnownFunction(
            "sign", r"\operatorname{sign}", "real", False, "1, 0, -1 as t > 0, t = 0, t < 0", ()
        ),
    )
}  # fmt: skip
