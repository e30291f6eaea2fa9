"""A whole document: formulas with exact places, directives, macros, diagnostics."""

from __future__ import annotations

import pytest

from derivcheck.reading import read
from derivcheck.reading.document import Document, Formula

PAGE = """\
---
layout: denominator
given:
  - 'A \\in \\mathbb{R}^{n \\times n}'
---
# Quadratic forms

Let $f(x) = x^\\top A x$. Then

$$
\\begin{aligned}
\\nabla f &= (A + A^\\top) x \\\\
 &= 2 A x
\\end{aligned}
$$

if $A = A^\\top$.
"""


def formulas(document: Document) -> list[Formula]:
    return [formula for claim in document.claims for formula in claim.formulas]


def check(text: str, *expected: tuple[str, int, int]) -> None:
    """Compare each formula's text, line and column, and every character with the file's."""
    document = read("a.md", text)
    found = formulas(document)
    assert [(formula.source.text, *formula.source.place(0)) for formula in found] == list(expected)
    lines = document.text.split("\n")
    for formula in found:
        for offset, letter in enumerate(formula.source.text):
            if letter != "\n":
                line, column = formula.source.place(offset)
                assert lines[line - 1][column - 1] == letter


def complaints(text: str) -> list[tuple[str, int, int]]:
    found = read("a.md", text).diagnostics
    return [(item.code, item.span.line, item.span.column) for item in found if item.span]


def test_check_fails_on_a_wrong_column() -> None:
    with pytest.raises(AssertionError):
        check("$a$", ("a", 1, 1))


def test_a_page() -> None:
    document = read("page.md", PAGE)
    assert (document.path, document.layout, len(document.given)) == ("page.md", "denominator", 1)
    assert document.diagnostics == []
    assert [claim.name for claim in document.claims] == ["quadratic-forms"]
    display = "\\begin{aligned}\n\\nabla f &= (A + A^\\top) x \\\\\n&= 2 A x\n\\end{aligned}"
    check(PAGE, ("f(x) = x^\\top A x", 8, 6), (display, 11, 1), ("A = A^\\top", 17, 5))
    roles = [(formula.cue, formula.conditional) for formula in formulas(document)]
    assert roles == [("let", False), (None, False), (None, True)]


def test_line_endings_do_not_matter() -> None:
    assert read("a", PAGE.replace("\n", "\r\n")) == read("a", PAGE)
    assert read("a", "\ufeff" + PAGE) == read("a", PAGE)


@pytest.mark.parametrize(
    ("text", "formula", "line", "column"),
    [
        ("> $$\n> a\n> b\n> $$", "a\nb", 2, 3),
        ("- x\n\n  $$a$$", "a", 3, 5),
        ("1. x $a$", "a", 1, 7),
        ("# $a$", "a", 1, 4),
        ("| x | $a$ |\n|---|---|", "a", 1, 8),
        ("**x $a_b$ y_c**", "a_b", 1, 6),
        ("x\n$$\na\n$$", "a", 3, 1),
        ("```math\n  a\n```", "a", 2, 3),
        ("\t$a$", "", 0, 0),
        ("𝔸 $a$", "a", 1, 4),
        ("[$a$](b)", "a", 1, 3),
        ("$$ a \\tag{1} $$", "a \\tag{1}", 1, 4),
        ("```{math}\n:label: x\n\na\n```", "a", 4, 1),
    ],
)
def test_place(text: str, formula: str, line: int, column: int) -> None:
    check(text, *([(formula, line, column)] if formula else []))


def test_macros_are_collected_wherever_they_stand() -> None:
    document = read(
        "a.md",
        "---\nmacros: {'\\a': 'x'}\n---\n\\newcommand{\\b}{y}\n\n$\\def\\c{z}$\n\n"
        "$$\n\\newcommand{\\d}[1]{#1}\n\\b = \\c\n$$",
    )
    assert document.macros == {
        "\\a": (0, "x"),
        "\\b": (0, "y"),
        "\\c": (0, "z"),
        "\\d": (1, "#1"),
    }
    assert [(item.source.text, item.source.place(0)) for item in formulas(document)] == [
        ("\\b = \\c", (10, 1))
    ]


def test_the_last_definition_of_a_macro_counts() -> None:
    text = "\\newcommand{\\f}[2][x]{#1 #2} \\renewcommand{\\f}[1]{#1} $\\f y$"
    assert read("a.md", text).macros == {"\\f": (1, "#1")}


def test_an_alias_keeps_the_meaning_of_its_place() -> None:
    text = "\\def\\a{x} \\let\\b\\a \\def\\a{y} \\let\\c\\phi $\\b = \\c$"
    assert read("a.md", text).macros == {"\\a": (0, "y"), "\\b": (0, "x"), "\\c": (0, "\\phi")}
    # What a library's macro meant before it was defined again cannot be said any more.
    again = read("a.md", text + " \\renewcommand{\\phi}{\\varphi}").macros
    assert "\\c" not in again


@pytest.mark.parametrize(
    ("text", "directive"),
    [
        ("<!-- derivcheck: skip -->\n$$a$$", "skip"),
        ("<!--derivcheck:assume-->\n\n\n$$a$$", "assume"),
        ("x <!-- derivcheck: expect  ill-shaped --> $$a$$", "expect ill-shaped"),
        ("<!-- derivcheck: skip -->\n```math\na\n```", "skip"),
        ("- <!-- derivcheck: skip -->\n  $$a$$", "skip"),
        ("<!-- skip -->\n$$a$$", None),
    ],
)
def test_directive(text: str, directive: str | None) -> None:
    document = read("a.md", text)
    assert [formula.directive for formula in formulas(document)] == [directive]
    assert document.diagnostics == []


def test_a_directive_holds_for_one_display() -> None:
    document = read("a.md", "<!-- derivcheck: skip -->\n$$a$$\n$$b$$")
    assert [formula.directive for formula in formulas(document)] == ["skip", None]


@pytest.mark.parametrize(
    "text",
    [
        "<!-- derivcheck: skip -->",
        "<!-- derivcheck: skip -->\nText\n$$a$$",
        "<!-- derivcheck: skip -->\n$a$\n$$b$$",
        "<!-- derivcheck: frob -->\n$$a$$",
        "<!-- derivcheck: expect -->\n$$a$$",
        "<!-- derivcheck: expect wrong -->\n$$a$$",
        "<!-- derivcheck: -->\n$$a$$",
        "<!-- derivcheck: skip -->\n<!-- derivcheck: assume -->\n$$a$$",
    ],
)
def test_a_directive_that_does_nothing_is_reported(text: str) -> None:
    assert complaints(text) == [("DC101", 1, 1)]


def test_an_unknown_directive_names_the_known_ones() -> None:
    (found,) = read("a.md", "<!-- derivcheck: frob -->").diagnostics
    assert found.headline == "unknown directive `frob`: known are skip, assume and expect VERDICT"
    assert "ill-shaped" in found.help[0].text


@pytest.mark.parametrize(
    ("text", "place", "word"),
    [
        ("Text $$ a\n\nText $b$", (1, 6), "`$$`"),
        ("Text\n\\[ a\n\n$b$", (2, 1), "`\\[`"),
        ("\\begin{align*} a\n\n$b$", (1, 1), "`align*`"),
        ("x <!-- a\n\n$b$", (1, 3), "comment"),
        ("```math\nb", (2, 1), "fence"),
    ],
)
def test_what_is_not_closed_is_reported_and_the_rest_read(
    text: str, place: tuple[int, int], word: str
) -> None:
    document = read("a.md", text)
    (found,) = document.diagnostics
    assert found.span is not None
    assert (found.code, found.span.line, found.span.column) == ("DC101", *place)
    assert word in found.headline
    assert [formula.source.text for formula in formulas(document)] == ["b"]


def test_diagnostics_are_in_the_order_of_the_file() -> None:
    text = (
        "---\nlayout: rows\ngiven: 'x'\n---\n<!-- derivcheck: frob -->\n\n$$ a\n\n"
        "<!-- derivcheck: brof -->"
    )
    assert [line for _, line, _ in complaints(text)] == [2, 5, 7, 9]


def test_headlines_follow_the_house_rules() -> None:
    text = (
        "---\nlayout: " + "x" * 200 + "\ngiven: [5, *a]\nmacros: {'" + "y" * 200 + " ': z}\n---\n"
    )
    text += "$$ a\n\n<!-- derivcheck: " + "z" * 200 + " -->\n\n\\begin{align} b"
    found = read("a.md", text).diagnostics
    assert len(found) >= 5
    for item in found:
        assert len(item.headline) <= 100
        assert item.headline[0].islower() or item.headline[0] == "`"
        assert not item.headline.endswith(".")


@pytest.mark.parametrize("suffix", ["md", "txt", "markdown", ""])
def test_every_suffix_is_read_as_markdown(suffix: str) -> None:
    assert formulas(read(f"a.{suffix}", "$a$"))[0].source.text == "a"


def test_nothing_at_all() -> None:
    document = read("a.md", "")
    assert (document.claims, document.diagnostics) == ([], [])
