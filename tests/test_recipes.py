"""The recipes of the page on repeat runs, taken from the page and run."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "repeat.md").read_text(encoding="utf-8")
GOOD = "---\ngiven: ['A \\in \\mathbb{R}^{n \\times n}']\n---\n$$A = A$$\n"


def recipe(first_key: str) -> dict[str, object]:
    blocks = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return yaml.safe_load(next(text for text in blocks if text.startswith(first_key)))


@pytest.mark.parametrize(("slip", "status"), [(False, 0), (True, 1)])
def test_the_steps_of_the_workflow_run(tmp_path: Path, slip: bool, status: int) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text(GOOD.replace("= A", "= 2 A") if slip else GOOD)
    workflow = recipe("name:")
    steps = workflow["jobs"]["derivcheck"]["steps"]  # type: ignore[index]
    ours = [step for step in steps if step.get("run", "").startswith("derivcheck")]
    assert len(ours) == 2
    for step in ours:
        command = step["run"].replace(
            "derivcheck", f"{shlex.quote(sys.executable)} -m derivcheck", 1
        )
        done = subprocess.run(
            command, shell=True, cwd=tmp_path, env={**os.environ, **step["env"]},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert (tmp_path / "derivcheck.sarif").exists()
    assert done.returncode == status
    assert done.stdout.count("::error") == slip
    assert list((tmp_path / ".derivcheck-cache").glob("*/*.json"))


def test_the_hook_is_the_one_that_the_page_names() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    named = recipe("repos:")["repos"][0]["hooks"][0]["id"]  # type: ignore[index]
    assert named == hook["id"]
    assert all(re.search(hook["files"], f"notes/a{suffix}") for suffix in (".md", ".tex", ".ipynb"))


@pytest.mark.parametrize(("text", "status"), [("prose\n", 0), (GOOD, 0), ("$$A = $$\n", 1)])
def test_a_hook_passes_over_prose(tmp_path: Path, text: str, status: int) -> None:
    (tmp_path / "a.md").write_text(text)
    command = [sys.executable, "-m", "derivcheck", "check", "--pass-over", "--quiet", "a.md"]
    assert (
        subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == status
    )
