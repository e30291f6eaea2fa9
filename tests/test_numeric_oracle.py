"""The third opinion: what is proved holds numerically as it is written, what is refuted does not.

The oracle knows the syntax trees and docs/language.md, not goals, kernel or exact evaluation.
A disagreement is a bug of derivcheck or of the oracle; the message has the document and the line.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from corpus_files import corpus_files
from hypothesis import given, settings
from hypothesis import strategies as st
from numeric_jets import Jet, applied, constant, contracted, determinant, inverse
from numeric_oracle import judged
from numeric_values import FUNCTIONS
from numeric_world import RANDOM

GALLERY = sorted((Path(__file__).parents[1] / "proofs").glob("*.md"))
FILES = [p for p in GALLERY if p.name != "README.md"]
FILES += corpus_files("proved") + corpus_files("refuted")
ONE = frozenset([1])
NOT_YET = {
    "pseudo-inverses-without-full-rank": "singular matrices, which are not drawn",
    "given-that-holds-at-zero": "a function of matrices plus a multiple of I has no size here",
    "places-are-no-claims": "0 as the argument of a formula has no shape here",
}
"""Documents whose steps the oracle cannot tell apart, and why."""
COUNTS: Counter[str] = Counter()
"""How many steps the oracle judged and how, over all files tested so far."""


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_oracle_agrees(path: Path) -> None:
    found = list(judged(path.read_text(encoding="utf-8")))
    COUNTS.update(j.opinion.kind for j in found if j.opinion.reason != RANDOM)
    assert path.stem in NOT_YET or [j for j in found if j.disagreement] == []


def test_the_oracle_has_an_opinion_of_nearly_every_step() -> None:
    assert COUNTS["skipped"] <= 0.025 * COUNTS.total()


GIVENS = r"""
  - 'A, B, X \in \mathbb{R}^{n \times n}'
  - 'C \in \mathbb{R}^{n \times m}'
  - 'D \in \mathbb{R}^{m \times n}'
  - 'x, y \in \mathbb{R}^n'
  - 'S \text{ symmetric}'
  - 'S \in \mathbb{R}^{n \times n}'
  - 'Q^\top Q = I'
  - 'Q \in \mathbb{R}^{n \times m}'
  - 'P \succ 0'
  - 'P \in \mathbb{R}^{n \times n}'
  - 'g: \mathbb{R} \to \mathbb{R}'
  - 'L: \mathbb{R}^{n \times m} \to \mathbb{R}'
  - 'w = \operatorname{vec}(C)'
"""

SLIPS = r"""
A B = A B
A B = B A
x^\top A y = y^\top A^\top x
x^\top A y = y^\top A x
\operatorname{tr}(A B X) = \operatorname{tr}(X A B)
\operatorname{tr}(A B X) = \operatorname{tr}(B A X)
\operatorname{vec}(A C) = (I \otimes A) \operatorname{vec}(C)
\operatorname{vec}(A C) = (A \otimes I_m) \operatorname{vec}(C)
K_{n,m} \operatorname{vec}(C) = \operatorname{vec}(C^\top)
K_{m,n} \operatorname{vec}(C) = \operatorname{vec}(C^\top)
\nabla_x (x^\top A x) = (A + A^\top) x
\nabla_x (x^\top A x) = 2 A x
\nabla_X \operatorname{tr}(A X) = A^\top
\nabla_X \operatorname{tr}(A X) = A
\frac{\partial A x}{\partial x^\top} = A
\frac{\partial A x}{\partial x} = A
\frac{\partial^2 x^\top A x}{\partial x \partial x^\top} = A + A^\top
\frac{\partial^2 x^\top A x}{\partial x \partial x^\top} = A
\frac{\partial g(A x)}{\partial x^\top} = \operatorname{diag}(g'(A x)) A
\frac{\partial g(A x)}{\partial x^\top} = A \operatorname{diag}(g'(A x))
\nabla_w L(C) = \operatorname{vec}(\nabla L(C))
\nabla_w L(C) = \operatorname{vec}((\nabla L(C))^\top)
\nabla_X \log \det X = X^{-\top}
\nabla_X \log \det X = X^{-1}
S^\top x = S x
A^\top x = A x
(Q x_1)^\top Q = x_1^\top
Q Q^\top = I
\operatorname{tr}(P S) = \operatorname{tr}(S P)
P S = S P
d \operatorname{tr}(X X) = 2 \operatorname{tr}(X \, dX)
d \operatorname{tr}(X X) = \operatorname{tr}(X \, dX)
\operatorname{tr} I_n = n
\operatorname{tr} I_n = m
\sum_{i=1}^{n} x_i y_i = x^\top y
\sum_{i=1}^{n} x_i y_i = \|x\|^2
"""
"""A true step, then a false one that looks like it."""

LINES = SLIPS.split("\n")[1:-1]
PAIRS = list(zip(LINES[::2], LINES[1::2], strict=True))


@pytest.mark.parametrize(("true", "false"), PAIRS)
def test_the_oracle_tells_a_slip(true: str, false: str) -> None:
    """It would be worth nothing if it found every step right."""
    names = r"  - 'x_1 \in \mathbb{R}^m'"
    text = f"---\nlayout: denominator\ngiven:{GIVENS}{names}\n---\n$${true}$$\n\n$${false}$$\n"
    every = ("proved", "refuted", "undecided", "ill-shaped")
    right, wrong = judged(text, only=every)
    assert right.opinion.kind == "holds", right
    assert wrong.opinion.kind in ("differs", "clashes"), wrong


@pytest.mark.parametrize(
    ("layout", "true"),
    [
        ("numerator", r"\nabla_x (x^\top A x) = x^\top (A + A^\top)"),
        ("denominator", r"\nabla_x (x^\top A x) = (A + A^\top) x"),
        ("mixed", r"\nabla_x (x^\top A x) = (A + A^\top) x"),
        ("numerator", r"\nabla_C \operatorname{tr}(D C) = D"),
        ("denominator", r"\nabla_C \operatorname{tr}(D C) = D^\top"),
        ("mixed", r"\nabla_C \operatorname{tr}(D C) = D^\top"),
        ("numerator", r"\frac{\partial D x}{\partial x} = D"),
        ("denominator", r"\frac{\partial D x}{\partial x} = D^\top"),
        ("mixed", r"\frac{\partial D x}{\partial x} = D"),
    ],
)
def test_the_oracle_knows_the_layouts(layout: str, true: str) -> None:
    text = f"---\nlayout: {layout}\ngiven:{GIVENS}\n---\n$${true}$$\n"
    (found,) = judged(text)
    assert (found.verdict, found.opinion.kind) == ("proved", "holds")


def moved(value: np.ndarray, step: np.ndarray) -> Jet:
    return Jet({frozenset(): value, ONE: step[None]}, value.ndim)


@given(st.integers(0, 2**32))
@settings(max_examples=20)
def test_dual_numbers_are_central_differences(seed: int) -> None:
    random = np.random.default_rng(seed)
    value, step = random.normal(size=(2, 3, 3))
    value += 3 * np.eye(3)
    small = 1e-5
    for rule in (
        inverse,
        determinant,
        lambda a: contracted(a, contracted(a, a)),
        lambda a: applied(a, lambda k, t: np.exp(t)),
        *(FUNCTIONS[name] for name in ("tanh", "sigma", "softplus", "gelu", "erf", "cos")),
    ):
        found = rule(moved(value, step)).parts[ONE][0]
        up, down = (rule(constant(value + s * small * step)).real for s in (1, -1))
        expected = (up - down) / (2 * small)
        assert np.allclose(found, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max()), rule


def test_two_infinitesimals_are_second_derivatives() -> None:
    value = np.array(0.7)
    parts = {frozenset(): value, ONE: np.ones(1), frozenset([2]): np.ones((1, 1))}
    for name, second in (("exp", np.exp(0.7)), ("sin", -np.sin(0.7)), ("log", -1 / 0.7**2)):
        found = FUNCTIONS[name](Jet(parts, 0)).parts[frozenset([1, 2])]
        assert np.allclose(found, second)
