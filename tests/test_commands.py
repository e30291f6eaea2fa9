"""Every command that a page shows is run, and the cell that it shows for notebooks."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from IPython.core.interactiveshell import InteractiveShell

from derivcheck.cli import main

ROOT = Path(__file__).parent.parent
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
_COMMAND = re.compile(r"^\$ (?:\.venv/bin/)?derivcheck (?P<arguments>\S+(?: \S+)*)", re.MULTILINE)
NOT_RUN = ("--watch", "--scheduler")
"""Options that wait for something: their commands are only read."""
PAGE = """---
title: Every command has something to check
layout: denominator
given:
  - 'A \\in \\mathbb{R}^{n \\times n}'
  - 'x \\in \\mathbb{R}^n'
---

# A quadratic form


$$ \\nabla_x (x^\\top A x) = (A + A^\\top) x $$
"""
PAPER = "% derivcheck:\n%   given: ['A \\in \\mathbb{R}^{n \\times n}']\n\n\\[ A + A = 2 A \\]\n"


def commands(page: Path) -> list[list[str]]:
    """Return the arguments of all commands that a page shows, in order."""
    text = page.read_text(encoding="utf-8")
    return [shlex.split(match["arguments"]) for match in _COMMAND.finditer(text)]


def run(arguments: list[str]) -> Result:
    """Run a command in a folder that has all files it names; only read it if it would wait."""
    if any(option in arguments for option in NOT_RUN):
        name, *rest = arguments
        main.commands[name].make_context(name, rest)
        return Result(CliRunner(), b"", b"", b"", None, 0, None)
    return CliRunner().invoke(main, arguments)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=lambda p: p.name)
def test_every_command_of_a_page_runs(page: Path, folder: Path) -> None:
    for arguments in commands(page):
        for name in arguments:
            made = folder / re.sub(r":\d+$", "", name)
            if made.suffix in (".md", ".tex"):
                made.write_text(PAGE if made.suffix == ".md" else PAPER)
            elif name.endswith("/"):
                made.mkdir(exist_ok=True)
                (made / "a.md").write_text(PAGE)
        found = run(arguments)
        assert found.exit_code == 0, (arguments, found.output)


def test_a_command_with_an_option_that_is_none_fails(folder: Path) -> None:
    (folder / "a.md").write_text(PAGE)
    assert run(["check", "a.md", "--formats", "json"]).exit_code == 2


# --- notebooks ------------------------------------------------------------------------------------


@pytest.fixture
def shell(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    monkeypatch.setenv("IPYTHONDIR", str(folder))
    made = InteractiveShell.instance()
    yield made
    made.history_manager.end_session()
    InteractiveShell.clear_instance()


def test_the_cells_that_the_page_on_editors_shows_run(shell: InteractiveShell) -> None:
    text = (ROOT / "docs" / "editors.md").read_text(encoding="utf-8")
    cells = re.findall(r"^```text\n(%.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert len(cells) == 2
    for cell in cells:
        done = shell.run_cell(cell)
        assert done.success
    assert [step.verdict for step in shell.user_ns["report"].steps] == ["proved"]
