from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derivcheck.language.tokens import LatexError, tokenize


def check(text: str, expected: str, macros: dict[str, tuple[int, str]] | None = None) -> None:
    """Compare the tokens, a blank between two; words are shown as `word:letters`."""
    shown = [
        f"{token.text}:{token.value}"
        if token.text in (r"\mathrm", r"\mathsf", r"\text")
        else token.text
        for token in tokenize(text, macros)
    ]
    assert shown == expected.split()


def check_error(
    text: str, code: str, phrase: str, macros: dict[str, tuple[int, str]] | None = None
) -> None:
    with pytest.raises(LatexError) as caught:
        tokenize(text, macros)
    assert caught.value.code == code
    assert phrase in caught.value.headline


def test_check_fails_on_other_tokens() -> None:
    with pytest.raises(AssertionError):
        check("a b", "b a")


def test_check_error_fails_on_another_error() -> None:
    with pytest.raises(AssertionError):
        check_error("{", "DC101", "closes nothing")
    with pytest.raises(AssertionError):
        check_error("{", "DC102", "never closed")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A  x", "A x"),
        ("12x", "1 2 x"),
        ("a % b\nc", "a c"),
        (r"50\% a", r"5 0 \% a"),
        (r"A\,x\;y\!z~w\quad v", r"A x y z w \quad v"),
        (r"\left( a \right)", "( a )"),
        (r"\bigl[ a \Bigr]", "[ a ]"),
        (r"\displaystyle\sum\limits_i", r"\sum _ i"),
        (r"a \label{eq:1}\tag{2} \nonumber", "a"),
        (r"a \phantom{b} c \hspace{1em} d", "a c d"),
        (r"\dfrac12 \tfrac12", r"\frac 1 2 \frac 1 2"),
        (r"\bm x \pmb{x}", r"\boldsymbol x \boldsymbol { x }"),
        (r"\lVert x \rVert \Vert \|", r"\| x \| \| \|"),
        (r"\lvert x \rvert", "| x |"),
        (r"^\intercal \le \ge \ne", r"^ \top \leq \geq \neq"),
        (r"a := b \coloneqq c \triangleq d", "a := b := c := d"),
        (r"\overset{(a)}{=} \stackrel{!}{\le}", r"= \leq"),
        (r"\stackrel{\text{def}}{=} \overset{\triangle}{=}", ":= :="),
        (r"\underbrace{X}_{n} \overbrace{Y}^{m}", "{ X } { Y }"),
        (r"\boxed{X} \cancel{Y}", "{ X } { Y }"),
        (r"\textcolor{red}{X} \color{blue} Y", "{ X } Y"),
        (
            r"\operatorname{tr} \operatorname*{diag} \mathrm{d} \mathrm T",
            r"\mathrm:tr \mathrm:diag \mathrm:d \mathrm:T",
        ),
        (r"\mathsf{T}", r"\mathsf:T"),
        (r"\text{tr}(A)", r"\text:tr ( A )"),
        (r"\tr \vec(A) \vec{x}", r"\mathrm:tr \mathrm:vec ( A ) \vec { x }"),
        (r"{\rm tr} {\bf x} \rm{tr} x", r"{ \mathrm:tr } { \mathbf { x } } \mathrm:tr x"),
        (r"\not= \not\in", r"\neq \notin"),
        (r"a \\[2pt] b \newline c \\* d", r"a \\ b \\ c \\ d"),
        (r"\begin{align*} a &= b \end{align*}", "a & = b"),
        (r"\begin{bmatrix} a \end{bmatrix}", r"\begin a \end"),
        (r"\begin{array}{cc} a \end{array}", r"\begin a \end"),
        (
            "⊗ ⊙ ∘ ∇ ∂ ⊤ ∈ ≠ · × − ≤ →",
            r"\otimes \odot \circ \nabla \partial \top \in \neq \cdot \times - \leq \to",
        ),
        ("αΣ ℝ ∑", r"\alpha \Sigma \mathbb { R } \sum"),
        ("Aᵀ Σ⁻¹ x₁₂", r"A ^ { \top } \Sigma ^ { - 1 } x _ { 1 2 }"),
        ("x̂ ŷ x̄", r"\hat { x } \hat { y } \bar { x }"),
        ("𝐖 𝒙", r"\mathbf { W } \boldsymbol { x }"),
    ],
)
def test_dress_and_variants(text: str, expected: str) -> None:
    check(text, expected)


def test_tokens_keep_their_places_and_gaps() -> None:
    text = r"A \, \left( x"
    tokens = tokenize(text)
    assert [text[token.start : token.end] for token in tokens] == ["A", r"\left(", "x"]
    assert [token.gap for token in tokens] == [0, 2, 1]


def test_macros_are_expanded_with_arguments() -> None:
    macros = {
        r"\R": (0, r"\mathbb{R}"),
        r"\norm": (1, r"\lVert #1 \rVert"),
        r"\two": (2, r"\norm{#2} #1"),
    }
    check(r"\R^n", r"\mathbb { R } ^ n", macros)
    check(r"\norm{A x} \norm y", r"\| A x \| \| y \|", macros)
    check(r"\two{a}{b}", r"\| b \| a", macros)


def test_a_token_of_a_macro_has_the_place_of_the_call_and_its_argument_its_own() -> None:
    text = r"a \norm{x} b"
    tokens = tokenize(text, {r"\norm": (1, r"\| #1 \|")})
    places = [text[token.start : token.end] for token in tokens]
    assert places == ["a", r"\norm{x}", "x", r"\norm{x}", "b"]


@pytest.mark.parametrize(
    ("text", "code", "phrase"),
    [
        ("{a", "DC101", "`{` is never closed"),
        ("a}", "DC101", "`}` closes nothing"),
        (r"\left a", "DC101", r"`\left` is not followed by a bracket"),
        (r"\text{a", "DC101", "`{` is never closed"),
        (r"\begin{align} a", "DC101", r"`\begin{align}` is never ended"),
        (r"\begin{align} a \end{split}", "DC101", r"`\end{split}` ends nothing"),
        (
            r"\begin{tikzpicture}\end{tikzpicture}",
            "DC110",
            "the environment `tikzpicture` is not read",
        ),
        ("漢", "DC101", "the character `漢` has no meaning"),
        ("x" * 6_000, "DC102", "more than 5000 tokens"),
        ("x" * 30_000, "DC102", "more than 20000 characters"),
        ("{" * 3_000 + "}" * 1_500, "DC102", "nested more than"),
    ],
)
def test_errors(text: str, code: str, phrase: str) -> None:
    check_error(text, code, phrase)


@pytest.mark.parametrize(
    ("macros", "code", "phrase"),
    [
        ({r"\a": (0, r"\a")}, "DC101", r"the macro `\a` calls itself"),
        ({r"\a": (0, r"\b \b"), r"\b": (0, r"\a")}, "DC101", "calls itself"),
        ({r"\a": (1, "#1")}, "DC101", r"the macro `\a` lacks an argument"),
        ({r"\a": (0, "#1")}, "DC101", "uses `#1` but has 0 arguments"),
        ({r"\a": (0, r"\b" * 2_000), r"\b": (0, "x")}, "DC102", "is called too often"),
        (
            {r"\a": (0, r"\b" * 500), r"\b": (0, "x" * 500)},
            "DC102",
            r"the macro `\b` expands to too much",
        ),
        ({r"\a": (0, "x" * 50_000)}, "DC102", r"the macro `\a` is too long"),
        ({r"\a": (0, "漢")}, "DC101", r"in the macro `\a`"),
    ],
)
def test_macros_are_bounded(macros: dict[str, tuple[int, str]], code: str, phrase: str) -> None:
    check_error(r"\a", code, phrase, macros)


@given(st.text(alphabet=st.sampled_from("ab1{}^_&%\\()[]|.,:=' \n⁻¹ᵀ\u0302∇"), max_size=40))
def test_places_ascend_within_the_text(text: str) -> None:
    try:
        tokens = tokenize(text)
    except LatexError:
        return
    starts = [token.start for token in tokens]
    assert starts == sorted(starts)
    assert all(0 <= token.start <= token.end <= len(text) for token in tokens)
