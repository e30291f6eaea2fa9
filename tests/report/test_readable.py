"""Plain Unicode mathematics: what a line shows, and that nothing with a meaning is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derivcheck.report.letters import LOWERED, RAISED
from derivcheck.report.readable import readable
from derivcheck.report.script import Script


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (r"\nabla_{a^{(k)}} L \odot g'(a^{(k)})^\top", "∇_{a⁽ᵏ⁾} L ⊙ g'(a⁽ᵏ⁾)ᵀ"),
        (r"\nabla^2_\beta S", "∇²_β S"),
        (r"\operatorname{tr}\!\left( X^T A X \right)", "tr(Xᵀ A X)"),
        (r"\log\det X", "log det X"),
        (r"X^{-\top} P^{+}", "X⁻ᵀ P⁺"),
        (r"(B^\top \otimes A) \operatorname{vec}(X)", "(Bᵀ ⊗ A) vec(X)"),
        (r"\mathrm{d}X^{-1} = -X^{-1}\,\mathrm{d}X\,X^{-1}", "dX⁻¹ = -X⁻¹ dX X⁻¹"),
        (r"\sum_{i=1}^{n} x_i x_i^\top", "∑_{i=1}^n xᵢ xᵢᵀ"),
        (r"\sum_i (a_i + b_i)", "∑_i (aᵢ + bᵢ)"),
        (r"-\frac{N}{2} \operatorname{tr}(S)", "-(N/2) tr(S)"),
        (r"\frac12 x^\top x", "½ xᵀ x"),
        (r"\frac{a + b}{c d}", "(a + b)/(c d)"),
        (r"\frac{a}{b}^2", "(a/b)²"),
        (r"\frac{\partial h}{\partial a}", "∂h/∂a"),
        (r"\frac{\partial^2 f}{\partial x \partial x^\top}", "∂²f/∂x ∂xᵀ"),
        (r"\frac{d}{dW}\left[ f \right]", "d/dW[f]"),
        (r"\frac{d f}{d t}", "df/dt"),
        (r"\frac{\partial L}{\partial a} \frac{\partial a}{\partial W_{ij}}", "∂L/∂a ∂a/∂Wᵢⱼ"),
        (r"\left. \frac{d}{dt} f \right|_{t=0}", "d/dt f|ₜ₌₀"),
        (r"\sqrt{x} \sqrt{a + b}", "√x √(a + b)"),
        (r"\lVert A x - b \rVert_2^2 + |x|", "‖A x - b‖₂² + |x|"),
        (r"\mathbf{W}^\top \mathbb{E}[\boldsymbol{\Sigma}]", "𝐖ᵀ 𝔼[𝚺]"),
        (r"\hat{y} \bar x_{ij}", "ŷ x̄ᵢⱼ"),
        (r"\begin{bmatrix} 1 & 0 \\ 0 & x \end{bmatrix}", "[1 0; 0 x]"),
        (r"{A B}^{-1}", "(A B)⁻¹"),
    ],
)
def test_formula_reads(latex: str, expected: str) -> None:
    assert readable(latex) == expected


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (r"K_{m,n}", "K_{m,n}"),
        (r"W^{[l]} x_{W}", "W^{[l]} x_W"),
        (r"\unheardof x", r"\unheardof x"),
        (r"\hat{ab}", r"\hat{ab}"),
        (r"\begin{cases} 1 \\ 0 \end{cases}", r"\begin{cases} 1 \\ 0 \end{cases}"),
        (r"a_{", "a_{"),
    ],
)
def test_what_has_no_unicode_form_stays(latex: str, expected: str) -> None:
    assert readable(latex) == expected


def test_macros_of_the_author_are_written_out() -> None:
    assert readable(r"\W^\T", {r"\W": (0, r"\mathbf{W}"), r"\T": (0, r"\top")}) == "𝐖ᵀ"


def test_ascii_output_keeps_scripts_apart() -> None:
    script = Script("ascii")
    assert script(readable(r"h^{(K-1)} x_i^\top \hat{y}")) == "h^(K-1) x_i^T yhat"
    for letter, sign in [
        *((r, "^") for r in RAISED.values()),
        *((x, "_") for x in LOWERED.values()),
    ]:
        assert letter == "'" or script(letter)[0] == sign


PARTS = st.lists(
    st.sampled_from(
        [
            *"xAB12+-=(){}[]|^_&/,.'\\",
            *[
                r"{x}",
                r"\frac",
                r"\sqrt",
                r"\left",
                r"\right",
                r"\partial",
                r"\hat",
                r"\mathbf",
                r"\\",
                r"\!",
                r"\foo",
            ],
            *[
                r"\begin{bmatrix}",
                r"\end{bmatrix}",
                r"\operatorname",
                r"\sum",
                r"\nabla",
                r"\top",
                r"\odot",
                r"\text",
            ],
        ]
    ),
    max_size=14,
)


@given(PARTS)
def test_any_text_gives_a_line(parts: list[str]) -> None:
    assert "\n" not in readable("".join(parts))


def test_deep_nesting_stays_latex() -> None:
    latex = "{" * 90 + "x" + "}" * 90
    assert readable(latex) == latex
