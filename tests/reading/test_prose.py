"""What a sentence says about its formulas. A claim must never be taken for an assumption."""

from __future__ import annotations

import pytest

from derivcheck.reading import read
from derivcheck.reading.prose import closing_mark
from derivcheck.reading.vocabulary import CUES, EVALUATING


def roles(text: str) -> list[str]:
    """Return each formula's role: its cue, ``if`` for a condition, ``not`` for a disclaimer."""
    words = []
    for claim in read("a.md", text).claims:
        for formula in claim.formulas:
            parts = [formula.cue or "-"]
            parts += ["if"] * formula.conditional + ["not"] * formula.disclaimer
            words.append(" ".join(parts))
    return words


def check(text: str, expected: str) -> None:
    """Compare the roles, separated by commas."""
    assert ", ".join(roles(text)) == expected


def test_check_fails_on_a_wrong_role() -> None:
    with pytest.raises(AssertionError):
        check("Let $a = b$.", "assume")


@pytest.mark.parametrize("word", sorted(CUES))
def test_every_form_of_a_cue_opens_a_sentence(word: str) -> None:
    place = " if" if word in EVALUATING else ""  # a new name is introduced, a known one evaluated
    check(f"{word.capitalize()} $a = b$.", CUES[word] + place)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("And let $a = b$.", "let"),
        ("Now, first, we let $a = b$.", "let"),
        ("Let us define $a = b$.", "define"),
        ("Let's assume $a = b$.", "assume"),
        ("Here we denote $a = b$.", "denote"),
        ("Next, suppose that $a = b$.", "suppose"),
        ("To see this, let $a = b$.", "let"),
        ("**Let** $a = b$.", "let"),
        ("We have $a = b$, where $c = d$.", "-, where"),
        ("We have $a = b$, with $c = d$.", "-, with"),
        ("It is $a = b$ (where $c = d$) and $e = f$.", "-, where, -"),
        ("The matrix $S$ is defined by $S = A$.", "-, define"),
        ("It is assumed that $a = b$.", "assume"),
        ("If we let $a = b$ then $c = d$.", "let, -"),
        ("Suppose we have $a = b$.", "suppose"),
        ("Let $a = b$ and $c = d$, and let $e = f$.", "let, let, let"),
        ("Suppose that $a = b$, i.e. $c = d$.", "suppose, suppose"),
        ("Define $a$ as follows: $a = b$.", "define, define"),
        ("For the loss $a = b$, $c = d$.", "with, -"),
        ("It vanishes at $x = 0$ and $y = 1$, so $a = b$.", "- if, - if, -"),
        ("At the point $x = 0$ we have $a = b$.", "- if, -"),
        ("Evaluating at the optimum $x = y$ gives $a = b$.", "- if, -"),
        ("Substituting $x = y$ gives $a = b$.", "- if, -"),
        ("At each step the error satisfies $a = b$.", "-"),
    ],
)
def test_cue(text: str, expected: str) -> None:
    check(text, expected)


@pytest.mark.parametrize(
    "text",
    [
        "Let us compute $a = b$.",
        "From this we get $a = b$.",
        "Since $a = b$ it is fine.",
        "Because $a = b$ it is fine.",
        "Using $a = b$ it is fine.",
        "With respect to this norm $a = b$.",
        "It is given by $a = b$.",
        "We note that $a = b$.",
        "The outlet $a = b$.",
        "Recall $a = b$.",
        "In this case $a = b$.",
        "For example $a = b$.",
    ],
)
def test_no_cue(text: str) -> None:
    check(text, "-")


@pytest.mark.parametrize(
    "consequence",
    [
        "then",
        "so",
        "hence",
        "and thus",
        "we have",
        "we get",
        "which gives",
        "it follows that",
        "therefore",
    ],
)
@pytest.mark.parametrize("cue", ["Let", "Assume", "With", "Given", "Suppose"])
def test_a_consequence_ends_the_cue(cue: str, consequence: str) -> None:
    check(f"{cue} $a = b$, {consequence} $c = d$.", f"{cue.lower()}, -")
    check(f"{cue} $a = b$ {consequence}\n$$c = d$$", f"{cue.lower()}, -")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Assume $A$ symmetric. Then $a = b$.", "assume, -"),
        ("Assume $A$ symmetric. $a = b$.", "assume, -"),
        ("Assume $A$ symmetric; $a = b$.", "assume, -"),
        ("Assume $a = b.$ The rest $c = d$.", "assume, -"),
        ("Assume $a = b$, the rest is $c = d$.", "assume, -"),
        ("Assuming $a = b$, the rest is $c = d$.", "assume, -"),
        ("With $a = b$, the rest is $c = d$.", "with, -"),
        ("Assume $a = b$,\n$$c = d$$", "assume, -"),
        ("With $a = b$,\n\n$$c = d$$", "with, -"),
        ("With these definitions:\n$$c = d$$", "-"),
        ("Assume $a = b$.\n\n$$c = d$$", "assume, -"),
        ("Assume $a = b$\n\nThe rest is $c = d$.", "assume, -"),
        ("Assume $a = b$\n\n# Heading\n\n$$c = d$$", "assume, -"),
        ("Let\n$$a = b$$\n\n$$c = d$$", "let, -"),
        ("Let\n$$a = b$$\nThe rest is $c = d$.", "let, -"),
        ("Let\n$$a = b,$$\nthe rest is $c = d$.", "let, -"),
        ("Let\n$$a = b.$$\nand $c = d$.", "let, -"),
        ("where\n$$a = b$$\n\n$c = d$ holds", "where, -"),
        ("| Let $a = b$ | $c = d$ |\n|---|---|\n| $e = f$ | x |", "let, -, -"),
    ],
)
def test_where_a_cue_ends(text: str, expected: str) -> None:
    check(text, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Let\n$$a = b$$", "let"),
        ("Let\n\n$$a = b,$$\n\nand\n\n$$c = d.$$", "let, let"),
        ("we define $$a = b$$", "define"),
        ("This gives $$a = b$$ where $c = d$.", "-, where"),
        ("This gives\n\n$$a = b,$$\n\nwith $c = d$.", "-, with"),
        ("This gives\n$$a = b.$$\nwhere $$c = d$$", "-, where"),
        ("with\n$$a = b$$", "with"),
        ("This gives\n$$a = b$$\nwhere $$c = d$$ and we get $$e = f$$", "-, where, -"),
        ("Let\n```math\na = b\n```", "let"),
        ("We let\n\\begin{align}a &= b\\end{align}", "let"),
    ],
)
def test_cue_of_a_display(text: str, expected: str) -> None:
    check(text, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "We assume the following:\n\n- $a = b$\n- $c = d$\n\nThe rest is $e = f$.",
            "assume, assume, -",
        ),
        ("where\n\n- $a = b$\n- $c = d$", "where, where"),
        ("Let:\n1. $a = b$\n2. $c = d$", "let, let"),
        ("Let $x$ be given. We show:\n1. $a = b$", "let, -"),
        ("With these definitions:\n1. $a = b$", "-"),
        ("Assume a thing\n\n- $a = b$", "-"),
    ],
)
def test_a_list_behind_a_colon(text: str, expected: str) -> None:
    check(text, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$a_i = b_i$ for $i = 1, \\dots, n$.", "-, - if"),
        ("$a = b$ for all $x = y$, and $c = d$.", "-, - if, -"),
        ("If $a = b$ then $c = d$.", "- if, -"),
        ("If $a = b$, $c = d$.", "- if, -"),
        ("When $a = b$ we have $c = d$.", "- if, -"),
        ("$a = b$ unless $c = d$; $e = f$.", "-, - if, -"),
        ("whenever $a = b$ and $c = d$ hold, $e = f$.", "- if, - if, -"),
        ("$a = b$ (for all $i = 1$) is $c = d$.", "-, - if, -"),
        ("For all $i$\n$$a = b$$\nand $c = d$.", "- if, -, -"),
        ("The gradient for $x$ is $a = b$.", "- if, -"),
        ("For the loss $a = b$\n$$c = d$$", "with, -"),
        ("For the case $a = b$ it is fine.", "with if"),
        ("In the special case $a = b$ it is fine.", "- if"),
        ("Let $a = b$ for $i = 1$.", "let, let if"),
        ("If\n$$a = b$$\nthen $c = d$.", "- if, -"),
        ("It vanishes if the matrix is\n$$a = b$$", "-"),
    ],
)
def test_condition(text: str, expected: str) -> None:
    check(text, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("In general, $a \\neq b$. But $c = d$.", "- not, -"),
        ("$a \\neq b$ in general.", "- not"),
        ("It need not be that $a = b$.", "- not"),
        ("$a = b$ is not always true.", "- not"),
        ("$a = b$ does not necessarily hold.", "- not"),
        ("We need $a$, not $b$.", "-, -"),
        ("$$a \\neq b$$\nin general.", "- not"),
    ],
)
def test_disclaimer(text: str, expected: str) -> None:
    check(text, expected)


@pytest.mark.parametrize(
    ("latex", "mark"),
    [
        ("a = b", ""),
        ("a = b .", "."),
        (r"a = b \,, \qquad", ","),
        (r"a = b. \tag{1} \label{eq:x}", "."),
        (r"\begin{align}a.\nonumber\end{align}", "."),
        (r"\left. a \right.", ""),
        ("a, b, ..", ""),
        ("a = b. % done\n", "."),
        (r"\text{so } a;", ";"),
        ("{a = b.}", "."),
        ("", ""),
        (".", "."),
    ],
)
def test_closing_mark(latex: str, mark: str) -> None:
    assert closing_mark(latex) == mark


@pytest.mark.parametrize("short", ["Eq. ", "eqs. ", "i.e. ", "e.g. ", "cf. ", "w.r.t. "])
def test_an_abbreviation_ends_no_sentence(short: str) -> None:
    check(f"Let, {short}in short, $a = b$.", "let")


def test_nested_parentheses_are_bounded() -> None:
    check("Let " + "(" * 1_000 + ")" * 1_000 + " $a = b$.", "let")
