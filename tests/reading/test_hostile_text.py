"""No text raises, none needs recursion, and what exceeds a bound is reported."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derivcheck.reading import read
from derivcheck.reading.assembly import MOST_COMPLAINTS, MOST_FORMULAS
from derivcheck.reading.document import Document
from derivcheck.reading.markdown import MOST_CHARACTERS, MOST_LINES

FRAGMENTS = [
    *"$`*_[]()<>{}\\|#-=+.,;: \t\n\r\0\x85\u2028\ufeff𝔸é1aAx&%~^!",
    *(
        "$$",
        "\\[",
        "\\]",
        "\\(",
        "\\)",
        "\n\n",
        "\n> ",
        "\n- ",
        "\n1. ",
        "\n# ",
        "\n    ",
        "\n---\n",
    ),
    *(
        "\n```math\n",
        "\n```\n",
        "\n::: theorem\n",
        "\n:::\n",
        "|-|-|\n",
        "<!--",
        "-->",
        "<pre>",
        "</pre>",
    ),
    *(
        "\\begin{align}",
        "\\end{align}",
        "\\begin{theorem}",
        "\\end{theorem}",
        "\\newcommand{\\a}{b}",
    ),
    *(
        "<!-- derivcheck: skip -->",
        "**Lemma.** ",
        "(2) Show ",
        "Let ",
        "where ",
        "if ",
        "then ",
        "in general ",
    ),
    *(
        "---\n",
        "given: ",
        "- '",
        "'\n",
        "layout: mixed\n",
        "derivcheck:\n  ",
        "macros: {",
        "}\n",
        "&a ",
        "*a ",
    ),
]
hostile = st.lists(st.sampled_from(FRAGMENTS), max_size=60).map("".join)


def check_places(document: Document) -> None:
    """Every character of every source stands where its source says."""
    lines = document.text.split("\n")
    sources = [formula.source for claim in document.claims for formula in claim.formulas]
    for source in [*sources, *(entry.source for entry in document.given)]:
        assert source.text == source.text.strip() != ""
        for offset, letter in enumerate(source.text):
            line, column = source.place(offset)
            there = (lines[line - 1] + "\n")[column - 1]
            assert letter in (there, " ")
    for found in document.diagnostics:
        assert found.span is not None
        assert 1 <= found.span.line <= len(lines) + 1
        assert len(found.headline) <= 100


def test_check_places_fails_on_a_wrong_place() -> None:
    document = read("a.md", "$a$")
    document.text = "$b$"
    with pytest.raises(AssertionError):
        check_places(document)


@given(hostile)
def test_no_fragments_raise(text: str) -> None:
    check_places(read("a.md", text))


@given(hostile)
def test_no_front_matter_raises(text: str) -> None:
    check_places(read("a.md", "---\ngiven:\n  - " + text + "\n---\n$a$"))


@given(st.text(max_size=200))
def test_no_text_raises(text: str) -> None:
    check_places(read("a.md", text))


@given(hostile)
def test_reading_is_deterministic(text: str) -> None:
    assert read("a.md", text) == read("a.md", text)


MANY = 20_000
REPEATED = [
    *(
        "$",
        "$ ",
        "$a ",
        "$$",
        "$$a ",
        "[",
        "*",
        "**a ",
        "`",
        "`a ",
        "{",
        "(",
        "<",
        "](",
        "\\",
        "|",
        "=",
    ),
    *("\\[", "\\[\n", "\\(", "\\(\n", "\\begin{align}", "%\\begin{align}\n", "\\end{align}\n"),
    *(
        "<!--",
        "<!--\n",
        "<code>\n",
        "\\newcommand{\\a}{",
        "\\newcommand{\\a}{b}",
        "> ",
        "- ",
        "1. ",
    ),
    *(
        "> a\nb\n",
        "- a\n",
        "1. a\n",
        "# a\n",
        ":::\n",
        "::: theorem\n",
        "\\begin{theorem}",
        "**a\n\n",
    ),
    *(
        "$$ a\n\nthe rest of it\n\n",
        "- $$ a\n",
        "```math\na\n```\n",
        "a\n---\n",
        "\0",
        "\r",
        " ",
        "\n",
    ),
    *("Let $a = b$ where ", "if (", "e.g. ", "\\begin{align}\\begin{gather}\\begin{split}"),
]


@pytest.mark.parametrize("unit", REPEATED)
def test_repetition(unit: str) -> None:
    text = unit * (MANY // len(unit))
    read("a.md", text)
    read("a.md", "$$" + text + "$$")
    read("a.md", "---\ngiven: " + text + "\n---\n")


def test_a_growing_run_of_backticks() -> None:
    read("a.md", "".join("`" * length + " a\n" for length in range(300)))


def test_braces_nested_deeper_than_the_stack() -> None:
    text = "{" * 100_000 + "x" + "}" * 100_000
    document = read("a.md", f"$${text}$$")
    assert document.claims[0].formulas[0].source.text == text


@pytest.mark.parametrize("marker", ["> ", "- ", "1. "])
def test_containers_nested_deeper_than_the_stack(marker: str) -> None:
    depth = 10 * sys.getrecursionlimit()
    document = read("a.md", marker * depth + "x\n\n$a$")
    assert document.claims[0].formulas[0].source.text == "a"


def test_environments_nested_deeper_than_the_stack() -> None:
    read("a.md", "\\begin{align}\n" * 5_000 + "\\end{align}\n" * 5_000)


def test_a_long_document_is_read_up_to_a_bound() -> None:
    document = read("a.md", "$a$\n\n" + "word " * (MOST_CHARACTERS // 5) + "\n\n$b$")
    assert [item.source.text for claim in document.claims for item in claim.formulas] == ["a"]
    assert [item.code for item in document.diagnostics] == ["DC102"]


def test_a_document_of_many_lines_is_read_up_to_a_bound() -> None:
    document = read("a.md", "$a$" + "\n" * (MOST_LINES + 5) + "$b$")
    assert [item.source.text for claim in document.claims for item in claim.formulas] == ["a"]
    assert [item.code for item in document.diagnostics] == ["DC102"]


def test_trailing_blank_lines_exceed_no_bound() -> None:
    assert read("a.md", "$a$" + "\n" * (MOST_LINES + 5)).diagnostics == []


def test_formulas_are_bounded() -> None:
    document = read("a.md", "$a$ " * (MOST_FORMULAS + 5))
    assert sum(len(claim.formulas) for claim in document.claims) == MOST_FORMULAS
    assert [item.code for item in document.diagnostics] == ["DC102"]


def test_diagnostics_are_bounded() -> None:
    found = read("a.md", "\\begin{align}\n\n" * 500).diagnostics
    assert len(found) == MOST_COMPLAINTS


def test_surrogates_and_other_odd_characters() -> None:
    check_places(read("a.md", "---\ngiven: '\ud800'\n---\n$\ud800\u202e\u0000$"))
