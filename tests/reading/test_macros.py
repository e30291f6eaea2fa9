"""Macro definitions are read as they are written, and never expanded."""

from __future__ import annotations

import pytest

from derivcheck.reading.macros import argument_count, definition_at


@pytest.mark.parametrize(
    ("text", "name", "arguments", "body"),
    [
        (r"\newcommand{\R}{\mathbb{R}}", r"\R", 0, r"\mathbb{R}"),
        (r"\newcommand\R{x}", r"\R", 0, "x"),
        (r"\newcommand*{\v}[1]{\mathbf{#1}}", r"\v", 1, r"\mathbf{#1}"),
        (r"\renewcommand \v [ 2 ] {#1 #2}", r"\v", 2, "#1 #2"),
        (r"\providecommand{\x}{a\}b}", r"\x", 0, r"a\}b"),
        (r"\def\R{x}", r"\R", 0, "x"),
        (r"\def\p#1#2{#1/#2}", r"\p", 2, "#1/#2"),
        (r"\DeclareMathOperator{\tr}{tr}", r"\tr", 0, r"\operatorname{tr}"),
        (r"\DeclareMathOperator*\argmin{arg\,min}", r"\argmin", 0, r"\operatorname{arg\,min}"),
        (r"\let\eps\varepsilon", r"\eps", 0, r"\varepsilon"),
        (r"\let\eps = \varepsilon", r"\eps", 0, r"\varepsilon"),
        (r"\NewDocumentCommand{\p}{m m}{#1/#2}", r"\p", 2, "#1/#2"),
        (r"\DeclarePairedDelimiter\norm{\|}{\|}", r"\norm", 1, r"\left\| #1 \right\|"),
        (
            r"\DeclarePairedDelimiterX{\c}[2]{(}{)}{#1\delimsize\vert #2}",
            r"\c",
            2,
            r"\left( #1\vert #2 \right)",
        ),
    ],
)
def test_definition(text: str, name: str, arguments: int, body: str) -> None:
    definition = definition_at(text, 0)
    assert definition is not None
    assert (definition.name, definition.arguments, definition.body) == (name, arguments, body)
    assert definition.end == len(text)


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        (r"\newcommand{\f}[2][x]{#1 #2}", {r"\f": (1, "x #1"), r"\f[": (2, "#1 #2")}),
        (r"\newcommand{\f}[1][]{a_{#1}}", {r"\f": (0, "a_{}"), r"\f[": (1, "a_{#1}")}),
        (r"\NewDocumentCommand\f{O{x} m}{#1 #2}", {r"\f": (1, "x #1"), r"\f[": (2, "#1 #2")}),
        (r"\NewDocumentCommand\f{o}{a}", {r"\f": (0, "a"), r"\f[": (1, "a")}),
        (r"\DeclarePairedDelimiter\f()", {}),
        (r"\DeclarePairedDelimiter\f{(}{)}",
         {r"\f": (1, r"\left( #1 \right)"), r"\f*": (1, r"\left( #1 \right)"),
          r"\f[": (2, r"\left( #2 \right)")}),
    ],
)  # fmt: skip
def test_forms(text: str, forms: dict[str, tuple[int, str]]) -> None:
    definition = definition_at(text, 0)
    assert (definition.forms() if definition else {}) == forms


@pytest.mark.parametrize(
    "text",
    [
        r"\newcommand",
        r"\newcommand{\R}",
        r"\newcommand{\R}{x",
        r"\newcommand{R}{x}",
        r"\define\R{x}",
        r"\def\f(#1){x}",
        r"\let\f",
        r"\left(\f\right)",
        r"\NewDocumentCommand{\f}{s m}{#2}",
        r"\DeclarePairedDelimiterX{\f}{(}{)}{#1}",
        r"\newcommand{\R}" + "{" * 10_000,
    ],
)
def test_no_definition(text: str) -> None:
    assert definition_at(text, 0) is None


def test_the_highest_parameter_counts() -> None:
    assert argument_count("#3 #1") == 3
    assert argument_count("a # b") == 0
