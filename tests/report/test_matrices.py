import pytest

from derivcheck.prover.verdict import Counterexample
from derivcheck.report.matrices import counterexample_lines, flow, matrix
from derivcheck.report.script import Script

EXAMPLE = Counterexample(
    sizes={"n": 2},
    values={"A": [["0", "1"], ["-10", "0"]], "c": "1/2", "g": {"of": "t", "is": "t^2"}},
    lhs=[["1"], ["0"]],
    rhs=[["2"], ["0"]],
    entry=(1, 1),
)


def test_matrices_are_aligned_and_the_differing_entry_is_marked():
    assert counterexample_lines(EXAMPLE, Script(), 70) == [
        "A = ⎡  0 1⎤   c = 1/2   g(t) = t²",
        "    ⎣-10 0⎦",
        "left-hand side = ⎡‹1›⎤   right-hand side = ⎡‹2›⎤",
        "                 ⎣  0⎦                     ⎣  0⎦",
        "entry (1, 1): 1 ≠ 2",
    ]


def test_ascii_needs_no_box_characters():
    assert counterexample_lines(EXAMPLE, Script("ascii"), 70) == [
        "A = [  0 1]   c = 1/2   g(t) = t^2",
        "    [-10 0]",
        "left-hand side = [<1>]   right-hand side = [<2>]",
        "                 [  0]                     [  0]",
        "entry (1, 1): 1 != 2",
    ]


def test_numbers_stand_without_brackets():
    assert matrix("x", [["3"]], Script()) == ["x = 3"]


def test_three_rows_have_a_middle_bracket():
    assert matrix("x", [["1"], ["2"], ["3"]], Script())[1] == "    ⎢2⎥"


def test_function_of_several_numbers():
    example = Counterexample(
        {}, {"L": {"of": ["u1", "u2"], "is": "u1*u2"}}, [["0"]], [["1"]], (1, 1)
    )
    assert counterexample_lines(example, Script(), 60)[0] == "L(u) = u₁ u₂"


def test_two_numbers_that_differ_need_no_mark():
    example = Counterexample({}, {}, [["0"]], [["1"]], (1, 1))
    lines = counterexample_lines(example, Script(), 60)
    assert lines == ["left-hand side = 0   right-hand side = 1"]


def test_a_function_with_a_matrix_as_its_value_is_shown_as_one():
    value = {"of": "u", "is": [["0", "1"], ["-3*u^2 + 1", "u"]]}
    example = Counterexample({}, {"Y": value}, [["0"]], [["1"]], (1, 1))
    assert counterexample_lines(example, Script(), 60)[:2] == [
        "Y(u) = ⎡        0 1⎤",
        "       ⎣-3 u² + 1 u⎦",
    ]


@pytest.mark.parametrize("entry", [(5, 5), (0, 0), (1, 9)])
def test_an_entry_that_is_not_there_is_no_error(entry):
    example = Counterexample({}, {"x": []}, [["1"]], [["2"]], entry)
    assert counterexample_lines(example, Script(), 60)


def test_very_long_numbers_lose_their_middle():
    example = Counterexample({}, {"c": "1" * 500}, [["1" * 500]], [["2"]], (1, 1))
    assert all(len(line) <= 60 for line in counterexample_lines(example, Script(), 60))


def test_blocks_go_on_below_where_the_width_is_used_up():
    assert flow([["aaaa"], ["bbbb"], ["cccc"]], 11) == ["aaaa   bbbb", "cccc"]
