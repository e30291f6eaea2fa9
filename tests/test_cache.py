"""The cache: the same report, without the mathematics, only if nothing has changed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from golden_files import scrubbed
from msgspec.structs import replace
from sample_reports import directive_document, shapes_document, trace_document

from derivcheck import Diagnostic, DocumentReport, Options, Span, check_text
from derivcheck.cache import MOST_IN_A_FOLDER, Cache, default_cache
from derivcheck.files import Recorder

FRONT = "---\nlayout: denominator\ngiven: ['A \\in \\mathbb{R}^{n \\times n}']\n---\n"
SLIP = f"{FRONT}# Claim\n\n$$A + A = 2 A$$\n\n$$A = A^\\top$$\n"


def nothing(_name: str) -> None:
    return None


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def run(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder, and tell on standard error whether SymPy was loaded."""
    code = (
        "import sys\nfrom derivcheck.cli import main\n"
        "status = main(sys.argv[1:], standalone_mode=False)\n"
        "print('sympy' in sys.modules, status, file=sys.stderr)"
    )
    environment = {"DERIVCHECK_CACHE": str(folder / "cache"), "COLUMNS": "80", **variables}
    return subprocess.run(
        [sys.executable, "-c", code, "check", *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    "report",
    [trace_document(), shapes_document(), directive_document(), check_text(SLIP), check_text("")],
    ids=["trace", "shapes", "directives", "checked", "empty"],
)
def test_a_report_comes_back_as_it_was(cache: Cache, report: DocumentReport) -> None:
    cache.keep("0" * 64, report, {})
    assert cache.find("0" * 64, nothing) == report


def test_the_second_run_says_the_same_without_mathematics(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(SLIP)
    for form in ("full", "json", "html", "junit", "sarif", "github", "concise"):
        first, second = (run(tmp_path, "a.md", "--format", form) for _ in range(2))
        assert second.stderr == "False 1\n", form
        assert scrubbed(second.stdout) == scrubbed(first.stdout), form


def test_an_unchanged_document_is_answered_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(SLIP)
    run(tmp_path, "a.md")
    began = os.times()
    run(tmp_path, "a.md")
    ended = os.times()
    # 0.2 s on an idle machine; CPU time, for tests run beside other work.
    assert ended.children_user - began.children_user < 0.4


def test_a_change_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(SLIP)
    assert run(tmp_path, "a.md").stderr == "True 1\n"
    path.write_text(SLIP.replace("A^\\top", "A"))
    assert run(tmp_path, "a.md").stderr == "True 0\n"
    assert run(tmp_path, "a.md").stderr == "False 0\n"


@pytest.mark.parametrize(
    "arguments", [["--layout", "numerator"], ["--givens", "closed"], ["--sizes", "n=2"]]
)
def test_options_are_part_of_what_is_asked(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "a.md").write_text(SLIP)
    run(tmp_path, "a.md")
    assert run(tmp_path, "a.md", *arguments).stderr == "True 1\n"
    assert run(tmp_path, "a.md", *arguments).stderr == "False 1\n"


def test_it_can_be_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(SLIP)
    run(tmp_path, "a.md")
    assert run(tmp_path, "a.md", "--no-cache").stderr == "True 1\n"
    assert run(tmp_path, "a.md", DERIVCHECK_CACHE="off").stderr == "True 1\n"


def test_the_same_text_under_another_name_has_the_other_name(tmp_path: Path) -> None:
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_text(SLIP)
    run(tmp_path, "a.md")
    again = run(tmp_path, "b.md", "--format", "concise")
    assert again.stderr == "False 1\n"
    assert again.stdout.startswith("b.md:9:7: DC301")


def test_files_that_are_taken_in_are_part_of_the_document(tmp_path: Path) -> None:
    (tmp_path / "a.tex").write_text(
        "% derivcheck:\n%   given: ['x \\in \\mathbb{R}^n']\n\n\\input{b}"
    )
    assert run(tmp_path, "a.tex").stderr == "True 2\n"
    (tmp_path / "b.tex").write_text("$x = x$")
    assert run(tmp_path, "a.tex").stderr == "True 0\n"
    assert run(tmp_path, "a.tex").stderr == "False 0\n"
    (tmp_path / "b.tex").write_text("$x = 2 x$")
    assert run(tmp_path, "a.tex").stderr == "True 1\n"


def test_a_recorder_remembers_what_was_asked_for() -> None:
    recorder = Recorder({"a": "1"}.get)
    assert (recorder("a"), recorder("b")) == ("1", None)
    assert recorder.files["b"] is None
    assert recorder.files["a"] is not None


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[1]", b"{" * 100_000, b'{"report": 1, "files": {}}']
)
def test_a_broken_entry_is_none(cache: Cache, content: bytes) -> None:
    cache.keep("ab" + "0" * 62, check_text(SLIP), {})
    (entry,) = (cache.folder / "ab").iterdir()
    entry.write_bytes(content)
    assert cache.find("ab" + "0" * 62, nothing) is None


def test_what_a_clock_or_an_error_decided_is_not_kept(cache: Cache) -> None:
    place = Span(1, 1, 1, 2)
    for found in (
        Diagnostic("DC901", "derivcheck disagrees with itself", place),
        Diagnostic("DC303", "a limit", place, notes=("the time limit of 1 s was reached",)),
    ):
        report = replace(check_text(SLIP), diagnostics=[found])
        cache.keep("0" * 64, report, {})
        assert cache.find("0" * 64, nothing) is None


def test_a_folder_that_cannot_be_written_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = Cache(tmp_path / "file" / "cache")
    cache.keep("0" * 64, check_text(SLIP), {})
    assert cache.find("0" * 64, nothing) is None


def test_the_cache_does_not_grow_without_end(cache: Cache) -> None:
    report = check_text("")
    for number in range(MOST_IN_A_FOLDER + 5):
        cache.keep(f"ab{number:062}", report, {})
    assert len(list((cache.folder / "ab").iterdir())) == MOST_IN_A_FOLDER
    assert cache.find(f"ab{MOST_IN_A_FOLDER + 4:062}", nothing) == report


def test_a_key_depends_on_all_that_decides(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {
        cache.key(b"a", ".md", Options()),
        cache.key(b"b", ".md", Options()),
        cache.key(b"a", ".tex", Options()),
        cache.key(b"a", ".md", Options(layout="mixed")),
        cache.key(b"a", ".md", Options(given=("x",))),
    }
    monkeypatch.setattr("derivcheck.cache.code_digest", lambda: "changed")
    keys.add(cache.key(b"a", ".md", Options()))
    assert len(keys) == 6


def test_off_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DERIVCHECK_CACHE", "off")
    assert default_cache() is None
