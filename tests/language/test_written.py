"""Stretches of LaTeX with the brackets that belong to them."""

from __future__ import annotations

import pytest

from derivcheck.language.written import written


@pytest.mark.parametrize(
    ("text", "inner", "expected"),
    [
        ("(A + B) x = c", "A + B) x", "(A + B) x"),
        (r"\left( A \right)^\top", "A", "A"),
        (r"a = \left( A B \right) x", r"A B \right) x", r"\left( A B \right) x"),
        (r"\left. f(x) \right|_{x=1}", r"f(x) \right|_{x=1}", r"\left. f(x) \right|_{x=1}"),
        (r"a &= b \\", r"b \\", "b"),
    ],
)
def test_brackets_that_a_stretch_needs_are_added(text: str, inner: str, expected: str) -> None:
    start = text.index(inner)
    assert written(text, start, start + len(inner)) == expected
