"""The notebook extension in a real IPython shell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

CELL = """---
given: ['A \\in \\mathbb{R}^{n \\times n}', 'x \\in \\mathbb{R}^n']
---
$$\\nabla_x [x^\\top A x] = 2 A x$$
"""


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    made = InteractiveShell.instance()
    made.run_line_magic("load_ext", "derivcheck")
    yield made
    made.history_manager.end_session()
    InteractiveShell.clear_instance()


def shown(shell: InteractiveShell, value: Any) -> dict[str, str]:
    data, _ = shell.display_formatter.format(value)
    return data


def test_a_cell_is_checked_and_shown_as_a_page_and_as_text(shell: InteractiveShell) -> None:
    report = shell.run_cell_magic("derivcheck", "--layout denominator found", CELL)
    assert [step.verdict for step in report.steps] == ["refuted"]
    assert shell.user_ns["found"] is report
    data = shown(shell, report)
    assert data["text/html"].startswith('<div class="derivcheck">')
    assert "<math" in data["text/html"]
    assert "Counterexample" in data["text/html"]
    assert "error[DC301] step-refuted" in data["text/plain"]


def test_more_may_be_given(shell: InteractiveShell, tmp_path: Path) -> None:
    (tmp_path / "g.md").write_text("---\ngiven: ['A = A^\\top']\n---\n")
    options = "--layout denominator --given g.md"
    report = shell.run_cell_magic("derivcheck", options, CELL)
    assert [step.verdict for step in report.steps] == ["proved"]


@pytest.mark.parametrize("line", ["--layout upside-down", "--given nowhere.md", "'open", "--what"])
def test_bad_options_are_said(shell: InteractiveShell, line: str) -> None:
    with pytest.raises(UsageError, match=r"^%%derivcheck: "):
        shell.run_cell_magic("derivcheck", line, CELL)


@pytest.mark.parametrize(("right", "verdict"), [("B.T * A.T", "proved"), ("A.T * B.T", "refuted")])
def test_a_verdict_from_python_is_shown_richly(
    shell: InteractiveShell, right: str, verdict: str
) -> None:
    with capture_output():
        result = shell.run_cell(
            "from sympy import MatrixSymbol, symbols\nfrom derivcheck import prove\n"
            "n = symbols('n', integer=True, positive=True)\n"
            "A, B = MatrixSymbol('A', n, n), MatrixSymbol('B', n, n)\n"
            f"prove((A * B).T, {right})",
        )
    data = shown(shell, result.result)
    assert f'<span class="badge {verdict}">' in data["text/html"]
    assert ("<math" in data["text/html"]) == (verdict == "refuted")
    assert verdict in data["text/plain"]
