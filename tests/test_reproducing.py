"""When derivcheck disagrees with itself, the report holds what it takes to see that again."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from derivcheck import __version__, reproducing
from derivcheck.checking import check_text
from derivcheck.cli import main
from derivcheck.prover import dense, strategy
from derivcheck.prover.evidence import Comparison

TEXT = r"""---
given:
  - 'A, B \in \mathbb{R}^{n \times n}'
  - 'x \in \mathbb{R}^n'
  - 'x^\top x = 1'
  - 'C = A B'
---
\newcommand{\turned}[1]{#1^\top}
\newcommand{\unused}{x}

Let $v = A x$.

$$ A + B = B + A $$

$$ \turned{C} = B^\top A^\top $$

$$ v = A x $$
"""


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let exact evaluation forget to transpose, as if one of the two opinions were wrong."""
    original = dense.Evaluator.value

    def value(self: Any, node: Any) -> Any:
        if type(node).__name__ == "Transpose":
            return original(self, node.args[0])
        return original(self, node)

    monkeypatch.setattr(dense.Evaluator, "value", value)


def test_the_report_shows_the_disagreement_again(broken: None) -> None:
    report = check_text(TEXT)
    sound, wrong, last = report.steps
    assert (sound.verdict, wrong.verdict, last.verdict) == ("proved", "undecided", "proved")
    assert wrong.diagnostic is not None
    assert wrong.diagnostic.code == "DC901"
    notes = " ".join(wrong.diagnostic.notes)
    assert __version__ in notes
    assert "random values follow from" in notes
    assert wrong.counterexample is not None
    assert wrong.counterexample.lhs != wrong.counterexample.rhs
    assert wrong.reproduction is not None
    (again,) = check_text(wrong.reproduction).steps
    assert again.diagnostic is not None
    assert again.diagnostic.code == "DC901"


def test_what_does_not_matter_is_left_out(broken: None) -> None:
    shown = check_text(TEXT).steps[1].reproduction
    assert shown is not None
    assert r"A, B \in" in shown
    assert "C = A B" in shown
    assert r"\turned" in shown
    assert "x" not in re.sub(r"\\[a-z]+", "", shown)


def test_it_is_printed_and_in_the_json(broken: None, tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text(TEXT, encoding="utf-8")
    printed = CliRunner().invoke(main, ["check", "--no-cache", str(file)], env={"COLUMNS": "80"})
    assert printed.exit_code == 3
    found = CliRunner().invoke(main, ["check", "--no-cache", "--format", "json", str(file)])
    assert found.exit_code == 3
    data = json.loads(found.stdout)
    steps = [step for claim in data["documents"][0]["claims"] for step in claim["steps"]]
    text = steps[1]["reproduction"]
    assert text in printed.stdout
    assert __version__ in printed.stdout
    assert "counterexample" in printed.stdout
    assert "reproduction" not in steps[0]


def test_a_failure_inside_is_reproduced_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: Any, **__: Any) -> Comparison:
        raise LookupError

    monkeypatch.setattr(strategy, "compare", failing)
    steps = check_text(TEXT).steps
    assert [step.diagnostic and step.diagnostic.code for step in steps] == ["DC901"] * 3
    assert steps[0].reproduction is not None
    assert "A + B = B + A" in steps[0].reproduction
    assert [s.diagnostic.code for s in check_text(steps[0].reproduction).steps] == ["DC901"]


def test_where_nothing_is_wrong_nothing_is_offered() -> None:
    assert all(step.reproduction is None for step in check_text(TEXT).steps)


def test_what_is_left_out_is_counted(broken: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reproducing, "MOST", 0)
    shown = check_text(TEXT).steps[1].reproduction
    assert shown is not None
    assert "v = A x" in shown
    assert r"\unused" in shown
