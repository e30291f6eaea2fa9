"""Markdown's blocks, and the paragraphs that go on through a display."""

from __future__ import annotations

import pytest

from derivcheck.limits import BLOCK_DEPTH as DEEPEST
from derivcheck.reading.blocks import blocks_of


def check(text: str, *expected: tuple[str, str]) -> None:
    assert [(block.kind, block.source.text) for block in blocks_of(text)] == list(expected)


def test_check_fails_on_a_wrong_kind() -> None:
    with pytest.raises(AssertionError):
        check("a", ("heading", "a"))


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("# A", "A"),
        ("###   A $x$ ##", "A $x$"),
        ("# A#", "A#"),
        ("A\n===", "A"),
        ("A\nb\n---", "A\nb"),
        ("#", ""),
    ],
)
def test_heading(text: str, heading: str) -> None:
    check(text, ("heading", heading))


def test_code_is_left_out() -> None:
    check("    $x$\n\n```python\n$y$\n```\n\n~~~\n$$z$$\n~~~\n\na", ("text", "a"))


@pytest.mark.parametrize("info", ["math", " math", "{math}"])
def test_math_fence(info: str) -> None:
    check(f"```{info}\na\n\nb\n```", ("math", "a\n\nb"))


def test_a_math_fence_that_is_not_closed() -> None:
    (block,) = blocks_of("- ```math\n  a")
    assert (block.kind, block.source.text, block.closed) == ("math", "a", False)


@pytest.mark.parametrize(
    "inner",
    [
        "a\n\nb",
        "a\n- b",
        "a\n=\nb",
        "a\n---\nb",
        "a\n# b",
        "a\n> b",
        "a\n1. b",
        "```\na",
        "| a |\n|---|",
    ],
)
@pytest.mark.parametrize(
    ("opener", "closer"),
    [("$$", "$$"), ("\\[", "\\]"), ("\\begin{align}", "\\end{align}"), ("<!--", "-->")],
)
def test_a_paragraph_goes_on_through_what_is_open(inner: str, opener: str, closer: str) -> None:
    text = f"We have {opener}\n{inner}\n{closer}"
    check(text + "\n\nNext", ("text", text), ("text", "Next"))


def test_a_display_that_opens_a_paragraph_is_protected_too() -> None:
    check("$$\na\n- b\n$$\n- c", ("text", "$$\na\n- b\n$$"), ("text", "c"))


def test_an_inline_formula_over_two_lines_is_no_list() -> None:
    check("so $a\n+ b$ is", ("text", "so $a\n+ b$ is"))


def test_a_dollar_sign_in_code_opens_nothing() -> None:
    check(
        "the sign `$$` is\n- a\n\n$$b$$",
        ("text", "the sign `$$` is"),
        ("text", "a"),
        ("text", "$$b$$"),
    )


def test_a_display_that_is_not_closed_does_not_leave_its_item() -> None:
    check("- $$ a\n\nb $$\n\nc", ("text", "$$ a"), ("text", "b $$"), ("text", "c"))


def test_a_display_at_the_margin_belongs_to_the_item() -> None:
    check("1. Show\n$$\na\n\nb\n$$\n2. Next", ("text", "Show\n$$\na\n\nb\n$$"), ("text", "Next"))


def test_behind_a_display_a_rule_is_no_underline() -> None:
    check("$$\na\n$$\n---\nb", ("text", "$$\na\n$$"), ("text", "b"))


def test_behind_a_display_any_number_opens_an_item() -> None:
    blocks = blocks_of("$$a$$\n2. Show\n3. More")
    assert [(block.source.text, block.number) for block in blocks] == [
        ("$$a$$", None),
        ("Show", "2"),
        ("More", "3"),
    ]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1. a\n2. b", ["1", "2"]),
        ("1. a\n1. b\n1. c", ["1", "2", "3"]),
        ("3) a\n\n   b\n\n4) c", ["3", None, "4"]),
        ("- a\n- b", [None, None]),
    ],
)
def test_item_numbers(text: str, numbers: list[str | None]) -> None:
    assert [block.number for block in blocks_of(text)] == numbers


def test_markers_of_containers_are_removed_and_places_kept() -> None:
    (block,) = blocks_of("> - > a\n>   > b", first_line=5)
    assert block.source.text == "a\nb"
    assert [block.source.place(at) for at in (0, 2)] == [(5, 7), (6, 7)]


def test_tabs_count_as_one_column() -> None:
    (block,) = blocks_of("-\ta\n\tb")
    assert [block.source.place(at) for at in (0, 2)] == [(1, 3), (2, 2)]


def test_table_rows_are_not_cut_into_cells() -> None:
    check(
        "| a | $|x|$ |\n|---|---|\n| b | $y$ |\n\nc",
        ("row", "| a | $|x|$ |"),
        ("row", "| b | $y$ |"),
        ("text", "c"),
    )


def test_fenced_divs_have_two_ends() -> None:
    kinds = [block.kind for block in blocks_of("::: theorem\na\n:::\nb")]
    assert kinds == ["open", "text", "close", "text"]


def test_containers_deeper_than_the_bound_are_read_as_text() -> None:
    text = "> " * (2 * DEEPEST) + "a\n\nb"
    blocks = blocks_of(text)
    assert blocks[0].source.text.endswith("> a")
    assert blocks[-1].source.text == "b"


def test_html_is_read_as_text() -> None:
    check("<div>\n$x$\n</div>", ("text", "<div>\n$x$\n</div>"))
