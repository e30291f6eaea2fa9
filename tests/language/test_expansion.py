"""Differences of sides in the author's symbols."""

from __future__ import annotations

import pytest

from derivcheck.language.context import Context
from derivcheck.language.derivation import understand
from derivcheck.language.expansion import difference
from derivcheck.language.parser import parse
from derivcheck.language.pieces import Pieces, Spelling
from derivcheck.reading import read

GIVEN = r"""---
given:
  - 'A, B \in \mathbb{R}^{n \times n}'
  - 'x \in \mathbb{R}^n'
  - '\lambda \in \mathbb{R}'
---
"""


@pytest.fixture(scope="module")
def context() -> Context:
    return understand(read("given", GIVEN), "denominator").context


def difference_of(left: str, right: str, context: Context) -> str | None:
    sides = []
    for latex in (left, right):
        [statement] = parse(latex, context.vocabulary())
        sides.append((Pieces(latex, context, Spelling(), set()), statement.node))
    return difference(sides[0], sides[1])


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (r"(A + A^\top) x", "2 A x", r"A^\top x - A x"),
        ("A x", "2 A x", "-A x"),
        ("A x", r"\frac{1}{2} A x", r"\frac{1}{2} A x"),
        ("(A - B)(A + B)", "A A - B B", "A B - B A"),
        (r"\lambda x + A x", r"A x + x \lambda", "0"),
        ("A x", "B x", "A x - B x"),
        ("2 + 1", "1", "2"),
        (r"\frac{A x}{2}", "A x", r"-\frac{1}{2} A x"),
        ("A^{-1} x", "-x", "A^{-1} x + x"),
    ],
)
def test_difference(left: str, right: str, expected: str, context: Context) -> None:
    assert difference_of(left, right, context) == expected


def test_a_difference_of_many_terms_is_not_shown(context: Context) -> None:
    assert difference_of("(A + B)(A + B)", "A + B", context) is None


def test_a_product_of_many_sums_is_not_multiplied_out(context: Context) -> None:
    assert difference_of(" ".join(["(A + B)"] * 12), "A", context) is None
