"""Which stretches of a text are mathematics, and where they end."""

from __future__ import annotations

import pytest

from derivcheck.reading.scan import Scanner, definition_spans


def found(text: str) -> list[tuple[str, str]]:
    return [
        (piece.kind, text[piece.inner[0] : piece.inner[1]])
        for piece in Scanner(text).pieces()
        if piece.kind in ("inline", "display", "comment")
    ]


def check(text: str, *expected: tuple[str, str]) -> None:
    assert found(text) == list(expected)


def unclosed(text: str) -> list[str]:
    return [piece.name for piece in Scanner(text).pieces() if piece.kind == "open"]


def test_check_fails_on_a_wrong_formula() -> None:
    with pytest.raises(AssertionError):
        check("$a$", ("inline", "b"))


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("so $x$ is", "x"),
        ("$x = \\$ 5$", "x = \\$ 5"),
        ("$a\n+ b$", "a\n+ b"),
        ("$`a_b`$", "a_b"),
        (r"\(x\)", "x"),
        ("the value $ x = y $ here", " x = y "),
        (r"\\$x$", "x"),
        (r"\begin{math}x\end{math}", "x"),
    ],
)
def test_inline_formula(text: str, formula: str) -> None:
    check(text, ("inline", formula))


@pytest.mark.parametrize(
    "text",
    [
        r"it costs \$5 and \$6",
        "it costs $5 and $6",
        "US$5 or US$6",
        "`$x$`",
        "``a ` $x$``",
        "<code>$x$</code>",
        "a $ b",
        "$a\n\nb$",
        r"\\(x)",
        r"see \[1\] and \[2, 3\]",
        r"as they say \[sic\]",
        "$$$$",
    ],
)
def test_no_formula(text: str) -> None:
    assert [kind for kind, inner in found(text) if inner.strip()] == []


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("$$x$$", "x"),
        ("then $$x$$ holds", "x"),
        ("$$\nx\n\ny\n$$", "\nx\n\ny\n"),
        (r"\[x\]", "x"),
        (r"\[a \\[2pt] b\]", r"a \\[2pt] b"),
        (r"$$a \text{ if $b$} c$$", r"a \text{ if $b$} c"),
        (r"\begin{align*}a\\b\end{align*}", r"\begin{align*}a\\b\end{align*}"),
        (r"\begin{displaymath}x\end{displaymath}", "x"),
        (
            r"\begin{split}\begin{split}a\end{split}\end{split}",
            r"\begin{split}\begin{split}a\end{split}\end{split}",
        ),
        ("$$a % not $$b$$ but\n= c$$", "a % not $$b$$ but\n= c"),
        ("$$a % odd $$", "a % odd "),
        (
            "\\begin{align}a % \\end{align}\n\\end{align}",
            "\\begin{align}a % \\end{align}\n\\end{align}",
        ),
        (r"\begin{align}5 % of \end{align}", r"\begin{align}5 % of \end{align}"),
    ],
)
def test_display(text: str, formula: str) -> None:
    check(text, ("display", formula))


def test_several_displays_on_one_line() -> None:
    check("$$a$$ and $$b$$", ("display", "a"), ("display", "b"))


def test_adjacent_inline_formulas() -> None:
    check("$a$$b$", ("inline", "a"), ("inline", "b"))


def test_comment_hides_mathematics() -> None:
    check("<!-- $x$ --> $y$", ("comment", " $x$ "), ("inline", "y"))


@pytest.mark.parametrize(
    ("text", "openers"),
    [
        ("$$ a", ["$$"]),
        (r"\[ a", [r"\["]),
        (r"\begin{align} a", [r"\begin{align}"]),
        (r"\begin{align} a \begin{align} b \end{align}", [r"\begin{align}"]),
        ("<!-- a", ["<!--"]),
        ("$$ a = b\n\nfrom this we get the rest\n\n$$ c = d $$", ["$$"]),
        ("$$ a = b\n\n# Heading\n\n$$ c = d $$", ["$$"]),
        (r"\[ a \[ b \]", [r"\["]),
    ],
)
def test_opener_without_an_end(text: str, openers: list[str]) -> None:
    assert unclosed(text) == openers


def test_what_follows_an_unclosed_display_is_read() -> None:
    check("$$ a = b\n\nfrom this we get the rest\n\n$$ c = d $$", ("display", " c = d "))


def test_words_in_a_text_macro_do_not_end_a_display() -> None:
    text = "$$ a\n\n\\text{for all of the indices} $$"
    check(text, ("display", text[2:-2]))


def test_definitions_within_a_formula() -> None:
    text = r"\newcommand{\R}{\mathbb{R}} a \def\S{s} = b"
    assert [text[start:end] for start, end in definition_spans(text)] == [
        r"\newcommand{\R}{\mathbb{R}}",
        r"\def\S{s}",
    ]
