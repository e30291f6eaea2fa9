"""`derivcheck explain FILE:LINE`: what was understood and how it was proved, for people to read."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from derivcheck.certificates.account import Account, account, formula
from derivcheck.checking import check_file, check_text
from derivcheck.cli import main
from derivcheck.options import Options
from derivcheck.prover.normal_form import collected
from derivcheck.report.proof import Explained, account_lines
from derivcheck.report.script import Script

ROOT = Path(__file__).parent.parent
SOME = ("backpropagation", "trace-trick", "kronecker-and-vec", "quadratic-forms", "batched-layer")
GALLERY = [ROOT / "proofs" / f"{name}.md" for name in SOME]

TRACE = r"""---
given:
  - 'A, B \in \mathbb{R}^{n \times n}'
  - 'A = A^\top'
---
$$ \operatorname{tr}(A B) = \operatorname{tr}(B A) $$

$$ A^\top B = A B $$

$$ A B = B A $$

$$ A B = C $$
"""


def accounts(text: str) -> list[Account]:
    """Return the accounts of the steps of a document."""
    found = []

    def keep(report, step, verdict):
        found.append(account(step.goal, verdict.certificate, collected))

    check_text(text, options=Options(repairs=False), decided=keep)
    return found


def explain(folder: Path, line: int, text: str = TRACE) -> str:
    (folder / "a.md").write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("COLUMNS", "80")
        result = CliRunner().invoke(main, ["explain", f"a.md:{line}"])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize("path", GALLERY, ids=lambda path: path.stem)
def test_every_step_of_the_gallery_can_be_explained(path: Path) -> None:
    told = []

    def keep(report, step, verdict):
        found = account(step.goal, verdict.certificate, collected)
        told.append(found)
        lines = list(account_lines(Explained("place", report, found, ""), Script(), 80))
        assert not any("?" in line for line in lines)
        assert "How it is proved" in lines or "No proof" in lines
        sides = found.lhs.expansion, found.rhs.expansion
        if report.verdict == "proved" and report.relation == "=" and None not in sides:
            assert sides[0] == sides[1] or step.goal.hypotheses

    check_file(path, options=Options(repairs=False), decided=keep)
    assert told


def test_the_goal_is_told_in_full(tmp_path: Path) -> None:
    text = explain(tmp_path, 6)
    assert "a.md:6:27 proved" in text
    assert "for all n ≥ 1 and all A ∈ ℝ^{n×n}, B ∈ ℝ^{n×n}" in text
    assert "tr(A B) = tr(B A) in ℝ" in text
    assert "matrix-product: ij, jk → ik" in text


def test_the_pairing_renames_indices(tmp_path: Path) -> None:
    (first, *_) = accounts(TRACE)
    assert first.lhs.notation == r"\sum_{i,j} A_{ij} B_{ji}"
    assert first.rhs.notation == r"\sum_{i,j} B_{ij} A_{ji}"
    assert first.steps == (
        r"$\sum_{i,j} A_{ij} B_{ji}$ meets $-\sum_{i,j} B_{ij} A_{ji}$, "
        r"with $i \to j, j \to i$: nothing is left",
    )


def test_both_sides_are_written_out(tmp_path: Path) -> None:
    text = explain(tmp_path, 6)
    assert "Written out at n = 2" in text
    assert "left = A₁₁ B₁₁ + A₁₂ B₂₁ + A₂₁ B₁₂ + A₂₂ B₂₂" in text


def test_a_hypothesis_that_is_used_is_named(tmp_path: Path) -> None:
    text = explain(tmp_path, 8)
    assert "a multiple of A = Aᵀ (line 4) is added" in text
    _, _, used = text.partition("What was used of what is given\n")
    assert used.startswith("  A = Aᵀ (line 4)\n")


def test_what_is_not_proved_is_shown_without_a_proof(tmp_path: Path) -> None:
    text = explain(tmp_path, 10)
    assert "refuted" in text
    assert "No proof" in text
    assert "left: ∑_k Aᵢₖ Bₖⱼ" in text


def test_what_has_no_meaning_is_not_explained(tmp_path: Path) -> None:
    assert "not explained" in explain(tmp_path, 12)


def test_the_letters_of_the_goal_are_left_alone() -> None:
    text = TRACE.replace("A", "i").replace("B", "k")
    assert accounts(text)[0].lhs.notation == r"\sum_{j,l} i_{jl} k_{lj}"


def test_a_line_without_step_says_where_there_are_some(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(TRACE, encoding="utf-8")
    result = CliRunner().invoke(main, ["explain", f"{tmp_path / 'a.md'}:1"])
    assert result.exit_code == 2
    assert "no step on line 1; there are steps on lines 6, 8, 10, 12" in result.output
    assert CliRunner().invoke(main, ["explain", f"{tmp_path / 'b.md'}:1"]).exit_code == 2


def test_formulas_of_the_table_of_relations_are_written_as_usual() -> None:
    assert formula(("+", 1, ("*", -1, ("cos", "s"), ("cos", "s")))) == r"1 - \cos(s) \cos(s)"
    assert formula(("*", ("+", "s", 1), ("reciprocal", "t"))) == r"(s + 1) \frac{1}{t}"
