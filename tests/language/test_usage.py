"""Given names that nothing uses."""

from __future__ import annotations

from derivcheck.checking import check_text
from derivcheck.report.model import Report
from derivcheck.report.terminal import render_report

TEXT = r"""---
given:
  - 'A, B \in \mathbb{R}^{n \times n}'
  - 'x, y \in \mathbb{R}^n'
  - 'g, k: \mathbb{R} \to \mathbb{R}'
  - 'h = g(A x)'
  - 'r = B y'
  - 'B = B^\top'
---
$$h + x = x + h$$
"""


def test_what_no_step_rests_on_is_not_used():
    assert check_text(TEXT).unused == [("B", 3), ("y", 4), ("k", 5), ("r", 7)]


def test_a_definition_uses_what_it_is_made_of():
    used = TEXT.replace("h + x = x + h", "h + r = r + h")
    assert check_text(used).unused == [("k", 5)]


def test_it_is_told_under_verbose_only():
    report = Report([check_text(TEXT)])
    told = "not used: `B` (line 3), `y` (line 4), `k` (line 5), `r` (line 7)"
    assert told in render_report(report, verbose=True)
    assert "not used" not in render_report(report)
