"""Hypotheses that alone make a step true, and sizes that are one."""

from __future__ import annotations

import pytest

from derivcheck.checking import check_text

GIVEN = r"""
  - 'A \in \mathbb{R}^{n \times m}'
  - 'C, D, S \in \mathbb{R}^{n \times n}'
  - 'x \in \mathbb{R}^n'
  - 'z \in \mathbb{R}^m'
  - 'c \in \mathbb{R}'
  - 'f = x^\top S x'
"""


def helps(step: str) -> dict[str, bool]:
    """Return what is said of a step, and whether it is proved."""
    text = f"---\nlayout: denominator\ngiven:{GIVEN}---\n\n$${step}$$\n"
    [found] = check_text(text).steps
    assert found.diagnostic is not None
    return {item.text: item.verified for item in found.diagnostic.help}


@pytest.mark.parametrize(
    ("step", "given", "words"),
    [
        (r"\nabla_x (x^\top S x) = 2 S x", r"S = S^\top", "S symmetric"),
        (r"\nabla_x f = 2 S x", r"S = S^\top", "S symmetric"),
        ("(C + D)^2 = C^2 + 2 C D + D^2", "C D = D C", "C and D commute"),
        (r"(C D)^{-1} = C^{-1} D^{-1}", "C D = D C", "C and D commute"),
        (r"\|S x\|^2 = \|x\|^2", r"S^\top S = I", "S orthogonal"),
        (r"\operatorname{tr}(S C S^\top) = \operatorname{tr}(C)", r"S^\top S = I", "S orthogonal"),
        (r"\|A z\|^2 = \|z\|^2", r"A^\top A = I", "A with orthonormal columns"),
        ("S^3 = S^2", "S^2 = S", "S idempotent"),
        (r"x x^\top x = x", r"x^\top x = 1", "x has length 1"),
        (r"\sqrt{c^2} = c", "c > 0", "c positive"),
        ("|c| = c", "c > 0", "c positive"),
    ],
)
def test_what_was_taken_for_granted_is_named(step: str, given: str, words: str) -> None:
    assert helps(step)[f"give `{given}` ({words}): with it this step is proved"]


def test_an_invertible_matrix_is_not_supposed_to_be_idempotent() -> None:
    assert not any("idempotent" in text for text in helps("(C D)^{-1} = C^{-1} D^{-1}"))


@pytest.mark.parametrize(
    ("step", "given"),
    [
        (r"\operatorname{tr}(A) = \operatorname{tr}(A^\top)", r"A \in \mathbb{R}^{n \times n}"),
        ("A^2 = A A", r"A \in \mathbb{R}^{n \times n}"),
        ("x + z = z + x", r"z \in \mathbb{R}^{n}"),
        (r"\operatorname{tr}(A A^\top) + m = \operatorname{tr}(A^\top A) + n", "A"),
    ],
)
def test_two_sizes_that_are_meant_to_be_one_are_named(step: str, given: str) -> None:
    found = [text for text, proved in helps(step).items() if proved and "is meant" in text]
    assert f"give `{given}" in found[0]


def test_a_step_that_is_a_hypothesis_itself_may_be_given() -> None:
    [text] = helps("C D = D C")
    assert text == "if this is given, open its sentence with *suppose*, or give it above"


def test_an_equation_before_may_have_been_meant_as_given() -> None:
    text = f"---\nlayout: denominator\ngiven:{GIVEN}---\n\n"
    text += "As $A^\\top A z = A^\\top x$, we get\n\n$$z = (A^\\top A)^{-1} A^\\top x$$\n"
    first, second = check_text(text).steps
    assert first.diagnostic is not None
    assert second.diagnostic is not None
    assert first.diagnostic.help[0].text.startswith("if this is given, open its sentence with")
    assert second.diagnostic.help[0].verified
    assert "if the equation on line 12 is given" in second.diagnostic.help[0].text


def test_what_a_name_stands_for_may_be_said_with_let() -> None:
    [text] = helps("x = A z")
    assert text == "if `x` is to stand for it, open the sentence with *let*"


@pytest.mark.parametrize("step", [r"\nabla_x f = 0", r"x^\top A z = 0"])
def test_what_is_set_to_zero_is_asked_for_and_not_written_out(step: str) -> None:
    [text] = helps(step)
    assert text.startswith("if this is given, open its sentence with *suppose*")


@pytest.mark.parametrize(
    ("step", "replacement"),
    [
        (r"(C + c I) x = (C + c) x", r"write `(C + c I) x` on the right (`c I` for `c`)"),
        (
            r"x + c \mathbf{1} = x + c",
            r"write `x + c \mathbf{1}` on the right (`c \mathbf{1}` for `c`)",
        ),
    ],
)
def test_a_number_beside_a_matrix_is_made_a_multiple_of_one(step: str, replacement: str) -> None:
    assert helps(step)[replacement]


def test_what_a_number_beside_a_matrix_may_mean_is_said_where_nothing_is_proved() -> None:
    [text] = helps(r"x = D (C C^\top + c)^{-1} A z")
    assert text == "a number and a matrix have no sum: write `c I`, if it is meant"
