"""The table of known functions of a number: what is a fact about exp, log, tanh and their kin.

Each row names the function, its LaTeX, its domain and its derivative in terms of known functions.
Abstract functions (declared by a signature) have no row: nothing is known of them but smoothness.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any


@dataclass(frozen=True, slots=True)
class KnownFunction:
    """A row of the table.

    Attributes:
        name: the word that ``FunctionSymbol.name`` holds.
        latex: how it is written.
        domain: ``real``, ``positive`` or ``nonzero``: where it is defined.
        smooth: False when it has a kink at 0 (its derivative is used away from 0).
        source: where its derivative is written down.
        value: ``positive`` or ``nonnegative`` when every value is; else empty.
        keeps_sign: a value at a positive number is positive.
        derivative: f'(t) as a sum of (coefficient, factors); a factor is a path of known functions
            applied to t one after the other: ``("sqrt", "reciprocal")`` is 1/√t.
    """

    name: str
    latex: str
    domain: str
    smooth: bool
    source: str
    derivative: tuple[tuple[Fraction | int, tuple[tuple[str, ...], ...]], ...] | None = None
    value: str = ""
    keeps_sign: bool = False


_DLMF = "NIST Digital Library of Mathematical Functions"

KNOWN_FUNCTIONS: dict[str, KnownFunction] = {
    row.name: row
    for row in (
        KnownFunction(
            "exp", r"\exp", "real", True, f"{_DLMF} §4.7", ((1, (("exp",),)),),
            value="positive", keeps_sign=True,
        ),
        KnownFunction(
            "log", r"\log", "positive", True, f"{_DLMF} §4.7", ((1, (("reciprocal",),)),)
        ),
        KnownFunction(
            "sqrt", r"\sqrt", "positive", True, f"{_DLMF} §4.2",
            ((Fraction(1, 2), (("sqrt", "reciprocal"),)),),
            value="nonnegative", keeps_sign=True,
        ),
        KnownFunction(
            "reciprocal", r"1/", "nonzero", True, f"{_DLMF} §4.2",
            ((-1, (("reciprocal",), ("reciprocal",))),),
            keeps_sign=True,
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
            keeps_sign=True,
        ),
        KnownFunction(
            "sigma", r"\sigma", "real", True, "the logistic function 1/(1 + exp(-t))",
            ((1, (("sigma",),)), (-1, (("sigma",), ("sigma",)))),
            value="positive", keeps_sign=True,
        ),
        KnownFunction(
            "softplus", r"\operatorname{softplus}", "real", True, "log(1 + exp(t))",
            ((1, (("sigma",),)),),
            value="positive", keeps_sign=True,
        ),
        KnownFunction(
            "normal-cdf", r"\Phi", "real", True, f"{_DLMF} §7.1, of the normal distribution",
            ((1, (("normal-density",),)),),
            value="positive", keeps_sign=True,
        ),
        KnownFunction(
            "normal-density", r"\varphi", "real", True, "exp(-t²/2)/√(2π)",
            ((-1, ((), ("normal-density",))),),
            value="positive", keeps_sign=True,
        ),
        KnownFunction(
            "relu", r"\operatorname{ReLU}", "real", False, "max(0, t)", ((1, (("step",),)),),
            value="nonnegative", keeps_sign=True,
        ),
        KnownFunction(
            "step", r"\operatorname{step}", "nonzero", False, "1 for t > 0, 0 for t < 0", (),
            value="nonnegative", keeps_sign=True,
        ),
        KnownFunction(
            "abs", r"|\cdot|", "real", False, "max(t, -t)", ((1, (("sign",),)),),
            value="nonnegative", keeps_sign=True,
        ),
        KnownFunction(
            "sign", r"\operatorname{sign}", "real", False, "1, 0, -1 as t > 0, t = 0, t < 0", (),
            keeps_sign=True,
        ),
    )
}  # fmt: skip


Formula = str | int | Fraction | tuple[Any, ...]
"""``"s"``, ``"t"`` or ``"pi"``, a number, ``("+", …)``, ``("*", …)``, or (function, argument)."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A row: ``left = right`` wherever ``needs`` holds, for all real values of s and t.

    Attributes:
        name: kebab-case, used in certificates.
        left: a formula in the variables s and t; right: another.
        source: where it is written down.
        needs: pairs (kind, formula), all of which must hold. ``positive``, ``nonzero``; ``defined``
            of a known function's value: its argument lies in the domain; ``zero-one`` and
            ``signs``: given to take only the values 0 and 1, or -1 and 1.
    """

    name: str
    left: Formula
    right: Formula
    source: str
    needs: tuple[tuple[str, Formula], ...] = ()

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables, in the order in which a certificate gives their values."""
        text = repr((self.left, self.right))
        return tuple(name for name in ("s", "t") if f"'{name}'" in text)


_HALF = Fraction(1, 2)

RELATIONS: dict[str, Relation] = {
    row.name: row
    for row in (
        # σ(s) = 1/(1 + exp(-s))
        Relation(
            "sigma-by-exp", ("sigma", "s"),
            ("reciprocal", ("+", 1, ("exp", ("*", -1, "s")))), "definition",
        ),
        # tanh s = 1 - 2/(1 + exp(2s))
        Relation(
            "tanh-by-exp", ("tanh", "s"),
            ("+", 1, ("*", -2, ("reciprocal", ("+", 1, ("exp", ("*", 2, "s")))))),
            f"{_DLMF} 4.28.3",
        ),
        Relation(
            "softplus-by-log", ("softplus", "s"), ("log", ("+", 1, ("exp", "s"))), "definition"
        ),
        Relation(
            "relu-by-step", ("relu", "s"), ("*", "s", ("step", "s")), "definition",
            (("nonzero", "s"),),
        ),
        Relation(
            "normal-density-by-exp", ("normal-density", "s"),
            ("*", ("exp", ("*", -_HALF, "s", "s")), ("reciprocal", ("sqrt", ("*", 2, "pi")))),
            "definition",
        ),
        # Φ(-s) = 1 - Φ(s)
        Relation(
            "normal-cdf-of-negative", ("normal-cdf", ("*", -1, "s")),
            ("+", 1, ("*", -1, ("normal-cdf", "s"))), f"{_DLMF} §7.4",
        ),
        # |s| = 2 s step(s) - s
        Relation(
            "abs-by-step", ("abs", "s"), ("+", ("*", 2, "s", ("step", "s")), ("*", -1, "s")),
            "definition", (("nonzero", "s"),),
        ),
        Relation(
            "sign-by-step", ("sign", "s"), ("+", ("*", 2, ("step", "s")), -1), "definition",
            (("nonzero", "s"),),
        ),
        Relation(
            "step-square", ("*", ("step", "s"), ("step", "s")), ("step", "s"), "definition",
            (("defined", ("step", "s")),),
        ),
        Relation(
            "step-of-negative", ("step", ("*", -1, "s")), ("+", 1, ("*", -1, ("step", "s"))),
            "definition", (("nonzero", "s"),),
        ),
        Relation("step-of-positive", ("step", "s"), 1, "definition", (("positive", "s"),)),
        Relation(
            "step-of-product", ("step", ("*", "s", "t")), ("step", "t"), "definition",
            (("positive", "s"), ("defined", ("step", ("*", "s", "t")))),
        ),
        # step(s t) for numbers of unknown sign
        Relation(
            "step-of-signs", ("step", ("*", "s", "t")),
            (
                "+", 1, ("*", -1, ("step", "s")), ("*", -1, ("step", "t")),
                ("*", 2, ("step", "s"), ("step", "t")),
            ),
            "definition", (("defined", ("step", ("*", "s", "t"))),),
        ),
        Relation("abs-square", ("*", ("abs", "s"), ("abs", "s")), ("*", "s", "s"), "definition"),
        Relation(
            "abs-of-product", ("abs", ("*", "s", "t")), ("*", ("abs", "s"), ("abs", "t")),
            "definition",
        ),
        Relation("abs-of-negative", ("abs", ("*", -1, "s")), ("abs", "s"), "definition"),
        Relation("abs-of-positive", ("abs", "s"), "s", "definition", (("positive", "s"),)),
        Relation(
            "sqrt-square", ("*", ("sqrt", "s"), ("sqrt", "s")), "s", "definition",
            (("defined", ("sqrt", "s")),),
        ),
        Relation("sqrt-of-square", ("sqrt", ("*", "s", "s")), ("abs", "s"), "definition"),
        # from s > 0 and s t >= 0 follows t >= 0
        Relation(
            "sqrt-of-product", ("sqrt", ("*", "s", "t")), ("*", ("sqrt", "s"), ("sqrt", "t")),
            f"{_DLMF} §4.2", (("positive", "s"), ("defined", ("sqrt", ("*", "s", "t")))),
        ),
        # from s t >= 0 follows s t = |s| |t|
        Relation(
            "sqrt-of-moduli", ("sqrt", ("*", "s", "t")),
            ("*", ("sqrt", ("abs", "s")), ("sqrt", ("abs", "t"))), f"{_DLMF} §4.2",
            (("defined", ("sqrt", ("*", "s", "t"))),),
        ),
        Relation(
            "sqrt-of-exp", ("sqrt", ("exp", "s")), ("exp", ("*", _HALF, "s")), f"{_DLMF} §4.7"
        ),
        Relation(
            "sqrt-of-reciprocal", ("sqrt", ("reciprocal", "s")), ("reciprocal", ("sqrt", "s")),
            f"{_DLMF} §4.2", (("nonzero", "s"), ("defined", ("sqrt", ("reciprocal", "s")))),
        ),
        Relation(
            "reciprocal-law", ("*", "s", ("reciprocal", "s")), 1, "definition",
            (("nonzero", "s"),),
        ),
        Relation(
            "reciprocal-of-product", ("reciprocal", ("*", "s", "t")),
            ("*", ("reciprocal", "s"), ("reciprocal", "t")), "definition",
            (("nonzero", ("*", "s", "t")),),
        ),
        Relation(
            "reciprocal-of-reciprocal", ("reciprocal", ("reciprocal", "s")), "s", "definition",
            (("nonzero", "s"),),
        ),
        # 1/|s| = sign(s)/s
        Relation(
            "reciprocal-of-abs", ("reciprocal", ("abs", "s")),
            ("*", ("+", ("*", 2, ("step", "s")), -1), ("reciprocal", "s")), "definition",
            (("defined", ("reciprocal", ("abs", "s"))),),
        ),
        Relation(
            "reciprocal-of-exp", ("reciprocal", ("exp", "s")), ("exp", ("*", -1, "s")),
            f"{_DLMF} §4.7",
        ),
        # 1/√s = √s/s
        Relation(
            "reciprocal-of-sqrt", ("reciprocal", ("sqrt", "s")),
            ("*", ("sqrt", "s"), ("reciprocal", "s")), "definition",
            (("defined", ("reciprocal", ("sqrt", "s"))), ("defined", ("sqrt", "s"))),
        ),
        Relation(
            "exp-of-sum", ("exp", ("+", "s", "t")), ("*", ("exp", "s"), ("exp", "t")),
            f"{_DLMF} 4.8.14",
        ),
        Relation("exp-of-zero", ("exp", 0), 1, f"{_DLMF} §4.7"),
        Relation(
            "exp-of-log", ("exp", ("log", "s")), "s", f"{_DLMF} §4.7", (("defined", ("log", "s")),)
        ),
        Relation(
            "exp-of-half-log", ("exp", ("*", _HALF, ("log", "s"))), ("sqrt", "s"),
            f"{_DLMF} §4.2", (("defined", ("log", "s")),),
        ),
        Relation("log-of-exp", ("log", ("exp", "s")), "s", f"{_DLMF} §4.7"),
        Relation("log-of-one", ("log", 1), 0, f"{_DLMF} §4.7"),
        # from s > 0 and s t > 0 follows t > 0
        Relation(
            "log-of-product", ("log", ("*", "s", "t")), ("+", ("log", "s"), ("log", "t")),
            f"{_DLMF} 4.8.2", (("positive", "s"), ("defined", ("log", ("*", "s", "t")))),
        ),
        # from s t > 0 follows s t = |s| |t|
        Relation(
            "log-of-moduli", ("log", ("*", "s", "t")),
            ("+", ("log", ("abs", "s")), ("log", ("abs", "t"))), f"{_DLMF} 4.8.2",
            (("defined", ("log", ("*", "s", "t"))),),
        ),
        Relation(
            "log-of-reciprocal", ("log", ("reciprocal", "s")), ("*", -1, ("log", "s")),
            f"{_DLMF} 4.8.4", (("nonzero", "s"), ("defined", ("log", ("reciprocal", "s")))),
        ),
        Relation(
            "log-of-sqrt", ("log", ("sqrt", "s")), ("*", _HALF, ("log", "s")), f"{_DLMF} §4.8",
            (("defined", ("sqrt", "s")), ("defined", ("log", ("sqrt", "s")))),
        ),
        Relation(
            "sin-square", ("*", ("sin", "s"), ("sin", "s")),
            ("+", 1, ("*", -1, ("cos", "s"), ("cos", "s"))), f"{_DLMF} 4.21.12",
        ),
        Relation(
            "sin-of-sum", ("sin", ("+", "s", "t")),
            ("+", ("*", ("sin", "s"), ("cos", "t")), ("*", ("cos", "s"), ("sin", "t"))),
            f"{_DLMF} 4.21.2",
        ),
        Relation(
            "cos-of-sum", ("cos", ("+", "s", "t")),
            ("+", ("*", ("cos", "s"), ("cos", "t")), ("*", -1, ("sin", "s"), ("sin", "t"))),
            f"{_DLMF} 4.21.4",
        ),
        Relation(
            "sin-of-negative", ("sin", ("*", -1, "s")), ("*", -1, ("sin", "s")), f"{_DLMF} §4.16"
        ),
        Relation("cos-of-negative", ("cos", ("*", -1, "s")), ("cos", "s"), f"{_DLMF} §4.16"),
        Relation("sin-of-zero", ("sin", 0), 0, f"{_DLMF} §4.16"),
        Relation("cos-of-zero", ("cos", 0), 1, f"{_DLMF} §4.16"),
        Relation("zero-one-square", ("*", "s", "s"), "s", "0² = 0, 1² = 1", (("zero-one", "s"),)),
        Relation("sign-square", ("*", "s", "s"), 1, "(±1)² = 1", (("signs", "s"),)),
    )
}  # fmt: skip
"""The algebraic relations between known functions."""
