"""The front matter: every entry with its true line and column, and nothing that can be abused."""

from __future__ import annotations

import pytest

from derivcheck.reading.front_matter import LONGEST, FrontMatter, read_front_matter


def front(*lines: str) -> FrontMatter:
    return read_front_matter("\n".join(["---", *lines, "---", "Text", ""]))


def check_given(result: FrontMatter, *expected: tuple[str, int, int]) -> None:
    assert [(entry.source.text, *entry.source.place(0)) for entry in result.given] == list(expected)


def complaints(result: FrontMatter) -> list[tuple[int, int, str]]:
    assert all(found.code == "DC002" for found in result.diagnostics)
    return [
        (found.span.line, found.span.column, found.headline)
        for found in result.diagnostics
        if found.span
    ]


def test_check_given_fails_on_a_wrong_column() -> None:
    with pytest.raises(AssertionError):
        check_given(front("given: 'x'"), ("x", 2, 8))


def test_layout_given_and_macros() -> None:
    result = front(
        "title: A",
        "layout: mixed",
        "given:",
        r"  - 'W \in \mathbb{R}^{n \times m}'   # a shape",
        r"  - b = c",
        "macros:",
        r"  '\R': '\mathbb{R}'",
        r"  '\pd': '\frac{\partial #1}{\partial #2}'",
        "  v: ['\\mathbf{#1}', 1]",
    )
    assert result.layout == "mixed"
    check_given(result, (r"W \in \mathbb{R}^{n \times m}", 5, 6), ("b = c", 6, 5))
    assert result.macros == {
        r"\R": (0, r"\mathbb{R}"),
        r"\pd": (2, r"\frac{\partial #1}{\partial #2}"),
        r"\v": (1, r"\mathbf{#1}"),
    }
    assert result.diagnostics == []
    assert result.end == 11


def test_a_single_given_may_be_text() -> None:
    check_given(front("given: 'a = b'"), ("a = b", 2, 9))


def test_a_flow_list_of_givens() -> None:
    check_given(front("given: ['a', \"b\"]"), ("a", 2, 10), ("b", 2, 15))


def test_a_doubled_quote_shifts_the_columns_behind_it() -> None:
    result = front("given: 'a'' = b'")
    check_given(result, ("a' = b", 2, 9))
    assert result.given[0].source.place(3) == (2, 13)


def test_a_block_scalar_keeps_its_lines() -> None:
    result = front("given:", "  - |", "    a = b", "      + c", "  - 'd'")
    check_given(result, ("a = b\n+ c", 4, 5), ("d", 6, 6))
    assert result.given[0].source.place(6) == (5, 7)


def test_text_over_two_lines() -> None:
    result = front("given:", "  - 'a", "    = b'")
    check_given(result, ("a\n= b", 3, 6))
    assert result.given[0].source.place(2) == (4, 5)


def test_only_our_key_counts_when_there_is_one() -> None:
    result = front(
        "layout: post", "given: 'x'", "derivcheck:", "  layout: numerator", "  given: 'y'"
    )
    assert result.layout == "numerator"
    check_given(result, ("y", 6, 11))
    assert result.diagnostics == []


def test_a_page_layout_is_not_ours() -> None:
    assert front("layout: post").diagnostics == []
    assert front("layout: post").layout is None


def test_an_unknown_layout_beside_givens() -> None:
    result = front("layout: rows", "given: 'x'")
    headline = "unknown layout `rows`: the layouts are numerator, denominator and mixed"
    assert complaints(result) == [(2, 9, headline)]


def test_an_unknown_key_of_ours() -> None:
    result = front("derivcheck:", "  givens: 'x'")
    assert complaints(result) == [
        (3, 3, "unknown key `givens`: the keys are layout, given, macros")
    ]


def test_an_entry_that_yaml_takes_for_a_map_is_read_as_typed() -> None:
    result = front("given:", r"  - f: \mathbb{R} \to \mathbb{R}", "  - 'b'")
    check_given(result, (r"f: \mathbb{R} \to \mathbb{R}", 3, 5), ("b", 4, 6))
    assert complaints(result) == [(3, 5, "not text: YAML reads this entry as a map")]
    assert "single quotes" in result.diagnostics[0].help[0].text


@pytest.mark.parametrize("value", ["5", "1.5", "true", "2020-01-01"])
def test_an_entry_that_is_no_text(value: str) -> None:
    result = front("given:", f"  - {value}")
    check_given(result, (value, 3, 5))
    assert complaints(result)[0][:2] == (3, 5)


def test_double_quotes_with_harmless_escapes() -> None:
    result = front(r'given: "a \\top \"b\""')
    check_given(result, (r'a \top "b"', 2, 9))
    assert result.diagnostics == []


def test_double_quotes_that_change_the_latex() -> None:
    result = front(r'given: "A^\top = \nabla f"')
    check_given(result, (r"A^\top = \nabla f", 2, 9))
    assert complaints(result) == [
        (2, 8, "text in double quotes, where YAML changes the backslashes")
    ]


def test_double_quotes_with_unknown_escapes_lose_nothing() -> None:
    entries = [rf'  - "x_{row} \in \mathbb{{R}}"' for row in range(30)]
    result = front("given:", *entries)
    assert [entry.source.text for entry in result.given] == [
        rf"x_{row} \in \mathbb{{R}}" for row in range(30)
    ]
    assert result.given[3].source.place(0) == (6, 6)
    assert len(result.diagnostics) == 30


def test_an_entry_that_is_not_yaml_is_read_as_typed() -> None:
    result = front("given:", "  - 'a'", "  - [A]_{ij} = b  # entries", "  - 'c'")
    check_given(result, ("a", 3, 6), ("[A]_{ij} = b", 4, 5), ("c", 5, 6))
    assert [place[:1] for place in complaints(result)] == [(4,)]


def test_a_quote_that_is_not_closed_is_blamed_on_its_own_line() -> None:
    result = front("given:", "  - 'a", "  - 'b'", "  - 'c'")
    check_given(result, ("a", 3, 6), ("b", 4, 6), ("c", 5, 6))
    assert [place[0] for place in complaints(result)] == [3]


def test_a_broken_line_does_not_hide_the_others() -> None:
    result = front("title: a: b", "given: 'x'", "layout: mixed")
    check_given(result, ("x", 3, 9))
    assert result.layout == "mixed"
    assert [place[0] for place in complaints(result)] == [2]


@pytest.mark.parametrize(
    ("lines", "word"),
    [
        (("a: &x [1]", "given: *x"), "anchor"),
        (("given:", "  - *x", "  - 'b'"), "alias"),
        (("given: " + "[" * 40 + "]" * 40,), "nested"),
        (("derivcheck: 5",), "not a map"),
        (("- a", "- b: 'c'"), ""),
        (("given: 'x'", "macros: 3"), "not a map"),
        (("macros: {'a b': 'c'}",), "not a macro"),
        (("{",), ""),
    ],
)
def test_what_is_refused_is_reported(lines: tuple[str, ...], word: str) -> None:
    result = front(*lines)
    assert word in " ".join(found.headline for found in result.diagnostics)
    assert result.end in (0, len(lines) + 2)


def test_an_alias_bomb_is_not_expanded() -> None:
    lines = ["a: &a ['x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x']"]
    lines += [
        f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]"
        for old, new in zip("abcdefg", "bcdefgh", strict=True)
    ]
    result = front(*lines, "given: *h")
    assert result.given == []
    assert any("alias" in found.headline for found in result.diagnostics)


def test_a_long_front_matter_is_refused() -> None:
    result = front("given: 'x'", *["# filler"] * (LONGEST // 8))
    assert result.given == []
    assert "characters" in result.diagnostics[0].headline


def test_a_front_matter_that_is_not_closed() -> None:
    result = read_front_matter("---\ntitle: a\n\nText")
    assert complaints(result) == [
        (1, 1, "the front matter that opens here has no closing line `---`")
    ]
    assert result.end == 1


@pytest.mark.parametrize(
    "text", ["", "Text", "---", "---\n\nText\n\n---\n", "----\na: b\n---", "a\n---\nb: c\n---"]
)
def test_no_front_matter(text: str) -> None:
    assert read_front_matter(text) == FrontMatter()


def test_an_empty_front_matter() -> None:
    assert read_front_matter("---\n---\nText").end == 2


def test_blank_lines_may_stand_before_it() -> None:
    check_given(read_front_matter("\n\n---\ngiven: 'x'\n---\n"), ("x", 4, 9))


def test_characters_that_yaml_does_not_know() -> None:
    result = front("given: 'a\x00\x85\u2028b'", "layout: mixed")
    check_given(result, ("a\x00\x85\u2028b", 2, 9))
    assert result.layout == "mixed"
