"""Index terms read back as matrix notation: what is read says what the side said."""

from __future__ import annotations

import pytest

from derivcheck.checking import check_text
from derivcheck.language.derivation import understand
from derivcheck.prover.readback import Notation, joined, reading
from derivcheck.reading import read

HEAD = r"""---
layout: denominator
given:
  - 'A, B \in \mathbb{R}^{n \times n}'
  - 'X, W \in \mathbb{R}^{m \times n}'
  - 'x, y \in \mathbb{R}^n'
  - 'b \in \mathbb{R}^m'
  - 'c \in \mathbb{R}'
  - 'g: \mathbb{R} \to \mathbb{R}'
  - 'L: \mathbb{R}^n \to \mathbb{R}'
  - 'a = A x'
---
"""


def read_back(side: str, notation: Notation | None = None) -> str | None:
    [step] = understand(read("a", f"{HEAD}$${side} = {side}$$"), "denominator").steps
    terms = reading(step.goal.lhs, step.goal, notation or Notation())
    return None if terms is None else joined(terms)


READINGS = [
    (r"\nabla_x (x^\top A x)", r"A x + A^\top x"),
    (r"\nabla_X \operatorname{tr}(X^\top W A)", "W A"),
    (r"\nabla_x (y^\top g(A x))", r"A^\top (y \odot g'(A x))"),
    (r"\nabla_x L(a)", r"A^\top \nabla L(a)"),
    (r"\nabla_x \|x - y\|_2^2", "2 x - 2 y"),
    (r"x^\top A", r"x^\top A"),
    (r"(A x + y)^\top (A x - y)", None),
    (r"\nabla_A (x^\top A^{-1} y)", r"-(A^{-1})^\top x y^\top (A^{-1})^\top"),
    (r"\nabla_x \log(1 + x^\top x)", r"2 \frac{1}{1 + x^\top x} x"),
    (r"\nabla_A \operatorname{tr}(A)^2", r"2 \operatorname{tr}(A) I"),
    (r"\nabla_X \|X A + W\|_F^2", r"2 X A A^\top + 2 W A^\top"),
    (r"\frac{\partial g(A x)}{\partial x^\top}", r"\operatorname{diag}(g'(A x)) A"),
    (r"\nabla_A (x^\top A y \operatorname{tr}(A B))", None),
    (r"\nabla_x (y^\top (A x \odot B x))", None),
    (r"\operatorname{diag}(x) A \operatorname{diag}(y)", None),
    (r"A \odot B^\top", r"(A \odot B^\top)"),
    (r"\mathbf{1}^\top A \mathbf{1}", None),
    (r"\operatorname{tr}(A B A^\top)", None),
    (r"\nabla_A \det(A)", r"\operatorname{adj}(A)^\top"),
    (r"\tfrac{1}{2} c A - \tfrac{1}{2} c A", "0"),
    (r"(A + B) \odot (x y^\top)", None),
]


@pytest.mark.parametrize(("side", "expected"), READINGS)
def test_a_side_is_read_back_as_what_it_is(side, expected):
    found = read_back(side)
    assert found is not None
    if expected is not None:
        assert found == expected
    [step] = check_text(f"{HEAD}$${side} = {found}$$").steps
    assert step.verdict == "proved"


@pytest.mark.parametrize(
    "side",
    [
        r"A \otimes B",
        r"\operatorname{vec}(X)",
        r"\frac{\partial (A x x^\top)}{\partial A}",
        "(A + B) (A - B) (A + B) (A - B)",
    ],
)
def test_what_has_no_short_reading_is_given_up(side):
    assert read_back(side) is None


def test_it_is_written_as_the_author_writes():
    notation = Notation("^T", r"\mathrm{tr}", r"\mathrm{diag}", r"\circ", r"\bm{1}")
    assert read_back(r"\nabla_x (y^\top g(A x))", notation) == r"A^T (y \circ g'(A x))"


def test_terms_are_joined_with_their_signs():
    assert joined(["-A x", "-B x"]) == "-A x - B x"
    assert joined([]) == "0"
