"""Documents as people write them: proved as they stand, and caught with each slip that they name.

A file of ``corpus/proved`` may name slips at its end, one comment each:

    <!-- slip: what it says ==> what it says with the slip -->

The slip is one replacement, at the first place where the words stand behind the front matter.
Exactly the steps of the changed line, and the next one of their chain, may then change their
verdict, and one of them is refuted or ill-shaped.
"""

from __future__ import annotations

import re
from functools import cache

import pytest
from corpus_files import corpus_files

from derivcheck.checking import check_text

_SLIP = re.compile(r"<!-- slip: (.+?) ==> (.*?) ?-->")
WRONG = {"refuted", "ill-shaped"}

CASES = [
    (path, old, new)
    for path in corpus_files("proved")
    for old, new in _SLIP.findall(path.read_text(encoding="utf-8"))
]


def slipped(text: str, old: str, new: str) -> tuple[str, range]:
    """Return a document with a slip in it and the lines that the slip touches."""
    at = text.index(old, text.index("\n---", 4) if text.startswith("---") else 0)
    line = text.count("\n", 0, at) + 1
    return text[:at] + new + text[at + len(old) :], range(line, line + old.count("\n") + 1)


@cache
def verdicts(text: str) -> set[tuple[int, str]]:
    """Return the verdicts of a document without a slip, each with its line."""
    return {(step.span.line, step.verdict) for step in check_text(text).steps}


def complaints(text: str, old: str, new: str) -> list[str]:
    """Return what is wrong with the report on a document with a slip in it."""
    changed, lines = slipped(text, old, new)
    before = verdicts(text)
    steps = check_text(changed).steps
    touched = [
        s for s in steps if s.span.line in lines or s.whole.line <= lines[0] <= s.whole.end_line
    ]
    last = max((s.span.line for s in touched), default=lines[-1])
    following = next((s.span.line for s in steps if s.span.line > last), None)
    found = []
    if not any(s.verdict in WRONG for s in touched):
        found.append(f"not caught on line {lines[0]}: {[s.verdict for s in touched]}")
    for step in steps:
        line = step.span.line
        if step in touched or line == following or (line, step.verdict) in before:
            continue
        found.append(f"line {line} became {step.verdict}")
    return found


@pytest.mark.parametrize(
    ("path", "old", "new"), CASES, ids=lambda value: getattr(value, "stem", "")
)
def test_a_slip_is_caught_where_it_stands(path, old, new):
    assert complaints(path.read_text(encoding="utf-8"), old, new) == []


def test_there_are_slips():
    assert len(CASES) > 20


DOCUMENT = r"""---
layout: denominator
given:
  - 'A \in \mathbb{R}^{n \times n}'
  - 'x \in \mathbb{R}^n'
---
Let $f = x^\top A x$.

$$\nabla_x f = (A + A^\top) x$$
"""


def test_a_slip_that_is_none_is_complained_about():
    assert "not caught" in complaints(DOCUMENT, "(A + A^\\top) x", "A x + A^\\top x")[0]


def test_a_slip_that_shows_elsewhere_is_complained_about():
    assert complaints(DOCUMENT, "(A + A^\\top) x", "2 A x") == []
    found = complaints(DOCUMENT + "\n$$A = A$$\n", "$f = x^\\top A x$", "$f = x^\\top x$")
    assert len(found) == 1
    assert "line 7" in found[0]
    text = DOCUMENT.replace("Let", "Let $g = x^\\top x$ and").replace("(A +", "0 + (A +")
    found = complaints(text + "\n$$\\nabla_x g = 2 x$$\n", "g = x^\\top x", "g = x^\\top A x")
    assert [line.split(" became")[0] for line in found[1:]] == ["line 11"]
