"""Every character of a source keeps its line and column through slicing, joining and cutting."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from derivcheck.reading.document import Source
from derivcheck.reading.places import joined, normalised, slice_of, trimmed, without


def places(source: Source) -> list[tuple[str, tuple[int, int]]]:
    return [(letter, source.place(at)) for at, letter in enumerate(source.text) if letter != "\n"]


def test_line_endings_and_byte_order_mark_are_normalised() -> None:
    assert normalised("\ufeffa\r\nb\rc\n") == "a\nb\nc\n"


def test_only_the_first_byte_order_mark_is_dropped() -> None:
    assert normalised("\ufeff\ufeffa") == "\ufeffa"


def test_joined_lines_keep_their_places() -> None:
    assert places(joined([("ab", 3, 5), ("c", 4, 1)])) == [
        ("a", (3, 5)),
        ("b", (3, 6)),
        ("c", (4, 1)),
    ]


def test_no_lines_are_an_empty_source() -> None:
    assert joined([]) == Source("", ((0, 1, 1),))


def test_trimmed_white_space_moves_the_start() -> None:
    source = trimmed(joined([("  ", 1, 1), (" x ", 2, 1)]), 0, 6)
    assert places(source) == [("x", (2, 2))]


def test_trimming_only_white_space_leaves_nothing() -> None:
    assert trimmed(joined([("   ", 1, 1)]), 0, 3).text == ""


def test_a_hole_is_left_out_and_the_rest_keeps_its_places() -> None:
    source = without(joined([("a[x]b", 1, 1), ("c", 2, 1)]), [(1, 4)])
    assert source.text == "a b\nc"
    assert source.place(2) == (1, 5)
    assert source.place(4) == (2, 1)


@given(st.text(alphabet="ab\n", max_size=20), st.data())
def test_a_slice_has_the_places_of_the_whole(text: str, data: st.DataObject) -> None:
    whole = joined((line, row, 3) for row, line in enumerate(text.split("\n"), 1))
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    part = slice_of(whole, start, end)
    assert part.text == text[start:end]
    for offset in range(end - start):
        assert part.place(offset) == whole.place(start + offset)
