from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from derivcheck.diagnostics import Label, Span
from derivcheck.report.excerpt import excerpt, source_lines
from derivcheck.report.script import Script


def shown(text, span, labels=(), width=80, encoding=None):
    found = excerpt(source_lines(text), span, labels, Script(encoding), width)
    return [row.plain.rstrip() for row in found.rows]


def underlined(rows, sign="^"):
    """Return the text above the carets, by cells."""
    for above, below in pairwise(rows):
        if sign in below:
            start = cell_len(below[: below.index(sign)])
            stop = cell_len(below[: below.rindex(sign) + 1])
            return "".join(
                character
                for position, character in enumerate(above)
                if start <= cell_len(above[:position]) < stop and cell_len(character)
            )
    return None


def test_caret_stands_below_its_part():
    assert shown("x\nA = B C\n", Span(2, 5, 2, 8)) == ["  |", "2 | A = B C", "  |     ^^^"]


def test_the_helper_sees_a_wrong_caret():
    assert underlined(["2 | A = B C", "  |    ^^^"]) != "B C"


@pytest.mark.parametrize(
    ("line", "part"),
    [("\tA = 2 A X", "2 A X"), ("数数 = \\beta", "\\beta"), ("e\u0301 = b", "b"), ("λ = 数", "数")],
)
@pytest.mark.parametrize("encoding", [None, "ascii"])
def test_tabs_and_wide_characters_keep_the_caret_in_place(line, part, encoding):
    start = line.index(part) + 1
    rows = shown(line, Span(1, start, 1, start + len(part)), encoding=encoding)
    assert underlined(rows) == Script(encoding)(part)


def test_labels_stack_from_right_to_left():
    labels = (Label(Span(1, 5, 1, 6), "m × n"), Label(Span(1, 1, 1, 2), "n × n"))
    assert shown("A = B C", Span(1, 7, 1, 8), labels) == [
        "  |",
        "1 | A = B C",
        "  | -   - ^",
        "  | |   |",
        "  | |   m × n",
        "  | n × n",
    ]


def test_label_of_the_same_place_stands_behind_the_caret():
    rows = shown("A = B C", Span(1, 7, 1, 8), (Label(Span(1, 7, 1, 8), "m × 1"),))
    assert rows[-1] == "  |       ^ m × 1"


def test_labels_on_other_lines_show_these_lines():
    text = "given A\n\nmore\n\nA = B\n"
    rows = shown(text, Span(5, 5, 5, 6), (Label(Span(1, 7, 1, 8), "declared here"),))
    assert rows == [
        "  |",
        "1 | given A",
        "  |       - declared here",
        "...",
        "5 | A = B",
        "  |     ^",
    ]


def test_multi_line_span_underlines_each_line():
    text = "x = a\n  + b\n  + c y\n"
    assert shown(text, Span(1, 5, 3, 6)) == [
        "  |",
        "1 | x = a",
        "  |     ^",
        "2 |   + b",
        "  |   ^^^",
        "3 |   + c y",
        "  |   ^^^",
    ]


def test_very_long_spans_show_their_beginning_and_end():
    text = "\n".join(f"line {n}" for n in range(1, 40))
    rows = shown(text, Span(2, 1, 30, 4))
    assert "..." in rows
    assert [row for row in rows if " | line" in row][-1] == "30 | line 30"
    assert len(rows) < 15


def test_long_line_is_cropped_around_the_caret():
    line = "a + " * 100 + "WRONG" + " + b" * 100
    start = line.index("WRONG") + 1
    rows = shown(line, Span(1, start, 1, start + 5), width=60)
    assert underlined(rows) == "WRONG"
    assert all(cell_len(row) <= 60 for row in rows)
    assert rows[1].startswith("1 | …")
    assert rows[1].endswith("…")


def test_label_outside_a_cropped_line_is_told_apart():
    line = "Q" + " + a" * 100 + " WRONG"
    start = line.index("WRONG") + 1
    labels = (Label(Span(1, 1, 1, 2), "n × n"),)
    found = excerpt([line], Span(1, start, 1, start + 5), labels, Script(), 60)
    assert found.leftover == ["n × n"]


@pytest.mark.parametrize(
    "span", [Span(9, 1, 9, 2), Span(0, 0, 0, 0), Span(1, 50, 1, 60), Span(1, 4, 1, 2)]
)
def test_a_place_that_is_not_there_is_no_error(span):
    shown("A = B", span)


def test_lines_are_counted_as_reading_counts_them():
    assert shown("A = B\r\nC\r\n", Span(1, 5, 1, 6))[1] == "1 | A = B"
    assert shown("\ufeffA\rB = C\x0b\u2028D\n", Span(2, 1, 2, 2)) == [
        "  |",
        "2 | B = C␋�D",
        "  | ^",
    ]


@given(
    st.text(max_size=120),
    st.tuples(*[st.integers(0, 130)] * 4),
    st.sampled_from([40, 80]),
    st.sampled_from([None, "ascii"]),
)
def test_any_line_and_place_fit_the_width(line, columns, width, encoding):
    span = Span(1, columns[0], 1, columns[1])
    labels = (Label(Span(1, columns[2], 1, columns[3]), "m × n"), Label(span, "n × n"))
    rows = shown(line.replace("\n", " "), span, labels, width, encoding)
    assert all(cell_len(row) <= width for row in rows)
