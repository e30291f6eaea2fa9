"""Small edits of a side: which there are, how they are written, which come first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derivcheck.language.context import Context
from derivcheck.language.derivation import understand
from derivcheck.language.edits import Edit, edits
from derivcheck.language.parser import LatexError, parse
from derivcheck.language.pieces import Spelling, bracketed, enclosed, letter_of, spliced
from derivcheck.reading import read

GIVEN = r"""---
given:
  - 'A, B, D \in \mathbb{R}^{n \times n}'
  - 'X \in \mathbb{R}^{n \times m}'
  - 'x, y \in \mathbb{R}^n'
  - 'h^{(k)}, h^{(k-1)} \in \mathbb{R}^n'
  - '\lambda \in \mathbb{R}'
  - 'g: \mathbb{R} \to \mathbb{R}'
---
"""


@pytest.fixture(scope="module")
def context() -> Context:
    return understand(read("given", GIVEN), "denominator").context


def edits_of(latex: str, context: Context, spelling: Spelling | None = None) -> list[Edit]:
    [statement] = parse(latex, context.vocabulary())
    return edits(latex, statement.node, context, spelling or Spelling())


@pytest.mark.parametrize(
    ("latex", "edited"),
    [
        # transposes
        ("A x", r"A^\top x"),
        (r"A^\top x", "A x"),
        (r"(A B)^\top", "A B"),
        (r"A^{-1} x", r"A^{-\top} x"),
        (r"A^{-\top} x", r"A^{-1} x"),
        ("(A + B) x", r"(A + B)^\top x"),
        ("h^{(k)}", r"(h^{(k)})^\top"),
        ("x h^{(k)}", r"x (h^{(k)})^\top"),
        (r"A D B^\top", r"A^\top D B"),
        ("A B", r"B^\top A^\top"),
        (r"(x y^\top) \odot A", r"(y x^\top) \odot A"),
        (r"A B - 2 x y^\top", r"B^\top A^\top - 2 y x^\top"),
        (r"X A^\top", r"X A^{-\top}"),
        # factors
        ("A B", "B A"),
        (r"X D X^\top", r"X^\top D X"),
        ("A B D", "D B A"),
        ("A B D", "A D"),
        (r"\lambda A", "A"),
        (r"\lambda x + y", "x + y"),
        (r"A \otimes B", r"B \otimes A"),
        ("2 A", "4 A"),
        ("4 A", "2 A"),
        ("2 A", "A"),
        ("A", "2 A"),
        ("A", r"\frac{1}{2} A"),
        ("A", r"\lambda A"),
        ("A", r"\frac{1}{n} A"),
        (r"\frac{x}{n}", "x"),
        (r"\frac{x}{2}", r"\frac{x}{2 n}"),
        # signs
        ("A x", "-A x"),
        ("-A x + y", "A x + y"),
        ("A - B", "A + B"),
        ("A (x - y)", "A (y - x)"),
        ("A + B + D", "A + D"),
        ("A + B + D", "B + D"),
        # operators
        (r"x \odot y", "x y"),
        (r"A \odot B", r"A \otimes B"),
        ("A B", r"A \odot B"),
        ("A g(x)", r"A \operatorname{diag}(g(x))"),
        (r"\operatorname{diag}(x) y", "x y"),
        (r"A + x y^\top", r"A + \operatorname{diag}(x \odot y)"),
        (r"\operatorname{tr}(A B)", "A B"),
        ("A B", r"\operatorname{tr}(A B)"),
        ("X", r"\operatorname{vec}(X)"),
        (r"x^\top", r"\mathbf{1} x^\top"),
        ("2 A x", r"(A + A^\top) x"),
        ("A x", r"(A + A^\top) x"),
        (r"2 A^\top x", r"(A^\top + A) x"),
        (r"X (2 x y^\top)", r"X (x y^\top + y x^\top)"),
        (r"(A^\top)^\top x", r"A^\top x"),
        ("A x", "A^{-1} x"),
        ("A^{-1} x", "A x"),
        # names
        ("g(x)", "g'(x)"),
        ("g'(x)", "g(x)"),
        ("h^{(k)}", "h^{(k-1)}"),
        ("A x", "A y"),
        ("A x", "A x + y"),
        ("g(A x)", "g(A x + y)"),
        ("A X", r"A \odot A X"),
        ("A_{ij}", "A_{ji}"),
        ("K_{m,n}", "K_{n,m}"),
        (r"\sum_{i=1}^{n} x_i", "x_i"),
    ],
)
def test_edit_is_among_those_of(latex: str, edited: str, context: Context) -> None:
    assert edited in [edit.latex for edit in edits_of(latex, context)]


def test_edits_come_smallest_first(context: Context) -> None:
    ranks = [edit.rank for edit in edits_of(r"2 A x + B (x - y)", context)]
    assert ranks == sorted(ranks)
    assert ranks[0][0] == 1


def test_nothing_stays_as_it_was_and_nothing_comes_twice(context: Context) -> None:
    latex = r"2 A x + B (x - y)"
    written = [edit.latex for edit in edits_of(latex, context)]
    assert latex not in written
    assert len(written) == len(set(written))


def test_additions_are_spelled_as_the_author_does(context: Context) -> None:
    spelling = Spelling.of(r"$X^T A X$, $\mathrm{tr}(A)$, $u \circ v$, $\bm{1}_n^T x$")
    assert (spelling.transpose, spelling.trace) == ("^T", r"\mathrm{tr}")
    assert (spelling.hadamard, spelling.ones) == (r"\circ", (r"\bm{1}_n",))
    written = [edit.latex for edit in edits_of("A B", context, spelling)]
    assert {"A^T B", r"\mathrm{tr}(A B)", r"A \circ B"} <= set(written)


def test_transpose_to_a_time_step_is_no_transpose() -> None:
    assert Spelling.of("$x^Two$").transpose == r"^\top"


@pytest.mark.parametrize(
    ("latex", "inside"),
    [("(A B)", True), (r"\left( A \right)", True), ("(A)(B)", False), ("A (B)", False)],
)
def test_brackets_that_enclose(latex: str, inside: bool) -> None:
    assert enclosed(latex) == inside


def test_brackets_grow_with_fractions() -> None:
    assert bracketed(r"\frac{1}{2} A") == r"\left( \frac{1}{2} A \right)"
    assert bracketed("A + B") == "(A + B)"


def test_a_command_is_kept_apart_from_a_letter_after_it() -> None:
    assert spliced(r"X\beta", [(0, 1, r"\beta"), (1, 6, "X")]) == r"\beta X"


def test_letter_of_a_name() -> None:
    assert [letter_of(n) for n in (r"\hat{W}^{(k)}", "W_{t-1}", r"\mathbf{W}")] == ["W"] * 3


SIDES = st.recursive(
    st.sampled_from(["A", "B", "x", "y", "X", r"\lambda", "2", "h^{(k)}", r"\mathbf{1}", "I"]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(" ".join),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} - {pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: rf"({pair[0]}) \otimes ({pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: rf"\frac{{{pair[0]}}}{{{pair[1]}}}"),
        inner.map(lambda a: rf"\left( {a} \right)^\top"),
        inner.map(lambda a: rf"\operatorname{{tr}}({a})"),
        inner.map(lambda a: f"g'({a})"),
    ),
    max_leaves=6,
)


@given(SIDES)
def test_every_edit_of_any_side_has_balanced_brackets(context: Context, latex: str) -> None:
    try:
        found = edits_of(latex, context)
    except LatexError:
        return
    for edit in found:
        assert edit.latex.count("(") == edit.latex.count(")"), edit
        assert edit.latex.count("{") == edit.latex.count("}"), edit
        assert edit.size >= 1
