"""The hook as pre-commit runs it: an environment of its own, staged files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
GOOD = "---\ngiven: ['A \\in \\mathbb{R}^{n \\times n}']\n---\n$$A = A$$\n"


def test_the_hook_fails_on_a_slip_and_passes_over_prose(tmp_path: Path) -> None:
    environment = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "home")}

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=tmp_path / "repo",
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    (tmp_path / "repo").mkdir()
    run("git", "init", "-q")
    (tmp_path / "repo" / "good.md").write_text(GOOD)
    (tmp_path / "repo" / "prose.md").write_text("nothing\n")
    run("git", "add", ".")
    hook = [sys.executable, "-m", "pre_commit", "try-repo", str(ROOT), "derivcheck", "--all-files"]
    done = run(*hook)
    assert done.returncode == 0, done.stdout + done.stderr
    (tmp_path / "repo" / "bad.tex").write_text(
        "% derivcheck:\n%   given: ['A \\in \\mathbb{R}^{n \\times n}']\n\n\\[ A = A^\\top \\]\n"
    )
    run("git", "add", ".")
    done = run(*hook)
    assert done.returncode == 1
    assert "DC301" in done.stdout
    assert "bad.tex:4:8" in done.stdout
