"""What an extra installs and is not there: an error that says which extra it is, and no traceback."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
WITHOUT = (
    "import sys; names = sys.argv.pop(1).split(',');"
    "sys.modules.update(dict.fromkeys(names)); from derivcheck.cli import main; main()"
)
NEEDED = [
    ("latex", "pylatexenc", ["check", "a.tex"]),
    ("notebook", "nbformat", ["check", "a.ipynb"]),
    ("junit", "junitparser", ["check", "a.md", "--format", "junit"]),
    ("html", "jinja2", ["check", "a.md", "--format", "html"]),
    ("html", "latex2mathml", ["check", "a.md", "--format", "html"]),
    ("watch", "watchfiles", ["check", "a.md", "--watch"]),
    ("jobs", "joblib", ["check", "a.md", "--jobs", "2"]),
    ("dask", "distributed", ["check", "a.md", "--backend", "dask"]),
    ("ray", "ray", ["check", "a.md", "--backend", "ray"]),
    ("lsp", "pygls", ["lsp"]),
]
"""An extra, a module that it installs, and what cannot be done without it."""


@pytest.mark.parametrize(("extra", "module", "arguments"), NEEDED)
def test_what_is_missing_is_said_with_the_extra_that_installs_it(
    extra: str, module: str, arguments: list[str], tmp_path: Path
) -> None:
    for name in ("a.md", "a.tex", "a.ipynb"):
        (tmp_path / name).write_text("$a = a$")
    command = [sys.executable, "-c", WITHOUT, module, *arguments]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )
    said = " ".join((done.stdout + done.stderr).split())
    assert done.returncode in (1, 2), said
    assert f"needs {module}" in said
    assert f"pip install '.[{extra}]'" in said
    assert "Traceback" not in said


def test_every_extra_for_users_is_tried() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = set(project["optional-dependencies"]) - {"dev", "reach", "jax"}
    assert {extra for extra, _, _ in NEEDED} == extras
