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
    ],
)
def test_definition(text: str, name: str, arguments: int, body: str) -> None:
    definition = definition_at(text, 0)
    assert definition is not None
    assert (definition.name, definition.arguments, definition.body) == (name, arguments, body)
    assert definition.end == len(text)


def test_a_default_argument_moves_the_others_up() -> None:
    definition = definition_at(r"\newcommand{\f}[2][x]{#1 #2}", 0)
    assert definition is not None
    assert (definition.default, definition.without_first) == ("x", "x #1")
    assert definition.end == 28


@pytest.mark.parametrize(
    "text",
    [
        r"\newcommand",
        r"\newcommand{\R}",
        r"\newcommand{\R}{x",
        r"\newcommand{R}{x}",
        r"\define\R{x}",
        r"\def\f(#1){x}",
        r"\newcommand{\R}" + "{" * 10_000,
    ],
)
def test_no_definition(text: str) -> None:
    assert definition_at(text, 0) is None


def test_the_highest_parameter_counts() -> None:
    assert argument_count("#3 #1") == 3
    assert argument_count("a # b") == 0
