"""``--jobs``: the same verdicts as one by one, whatever single documents do."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from derivcheck import DocumentReport, Options
from derivcheck.cli import main
from derivcheck.corpus import Plan, Task, check_many, checked, in_order
from derivcheck.resuming import done_by

FRONT = "---\nlayout: denominator\ngiven: ['A \\in \\mathbb{R}^{n \\times n}']\n---\n"


def run(folder: Path, *arguments: str):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return CliRunner().invoke(main, ["check", *arguments])


def lines(text: str) -> dict[str, dict[str, object]]:
    """Return the documents of JSON lines by their paths, without times."""
    found = {}
    for line in text.splitlines():
        data = json.loads(line)
        (document,) = data["documents"]
        for claim in document["claims"]:
            for step in claim["steps"]:
                del step["seconds"]
        found[document["path"]] = {"status": data["status"], **document}
    return found


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("many")
    (folder / "c").mkdir()
    for number in range(12):
        slip = "A^\\top" if number % 5 == 0 else "A"
        (folder / "c" / f"{number:02}.md").write_text(f"{FRONT}# D{number}\n\n$$A = {slip}$$\n")
    (folder / "c" / "bytes.md").write_bytes(b"$a$ \xff\xfe")
    given = "% derivcheck:\n%   given: ['x \\in \\mathbb{R}^n']\n"
    (folder / "c" / "parts.tex").write_text(f"{given}\n$x = x$ and \\input{{in/p}}\n")
    (folder / "c" / "in").mkdir()
    (folder / "c" / "in" / "p.tex").write_text("$x = 2 x$\n")
    return folder


@pytest.fixture(scope="module")
def one_by_one(corpus: Path) -> dict[str, dict[str, object]]:
    found = lines(run(corpus, "c", "--format", "json-lines").stdout)
    assert len(found) == 14
    return found


def test_verdicts_are_those_of_a_run_one_by_one(corpus: Path, one_by_one) -> None:
    result = run(corpus, "c", "--format", "json-lines", "--jobs", "2")
    assert lines(result.stdout) == one_by_one
    assert one_by_one["c/bytes.md"]["diagnostics"][0]["code"] == "DC001"
    assert result.exit_code == 2  # one cannot be read


def test_people_get_documents_in_order(corpus: Path) -> None:
    single = run(corpus, "c", "--format", "concise").stdout
    many = run(corpus, "c", "--format", "concise", "--jobs", "2").stdout
    assert many.splitlines()[:-1] == single.splitlines()[:-1]


def test_a_run_goes_on_where_it_was_interrupted(corpus: Path, one_by_one, tmp_path: Path) -> None:
    output = tmp_path / "r.jsonl"
    options = ["--format", "json-lines", "--output", str(output)]
    assert run(corpus, "c/00.md", "c/01.md", "c/02.md", *options).exit_code == 1
    whole = output.read_text()
    first = whole.splitlines(keepends=True)[:2]
    output.write_text("".join(first) + '{"schema": "derivcheck.rep')
    assert run(corpus, "c", "--resume", *options).exit_code == 2
    found = output.read_text()
    assert found.startswith("".join(first))
    assert found.count('"path":"c/00.md"') == 1
    assert lines(found) == one_by_one


def test_a_document_that_has_changed_is_done_again(corpus: Path, tmp_path: Path) -> None:
    path, output = tmp_path / "a.md", tmp_path / "r.jsonl"
    options = [str(path), "--format", "json-lines", "--output", str(output)]
    path.write_text(f"{FRONT}$$A = A$$")
    assert run(tmp_path, *options).exit_code == 0
    assert run(tmp_path, *options, "--resume").exit_code == 0
    assert output.read_text().count("\n") == 1
    path.write_text(f"{FRONT}$$A = 2 A$$")
    assert run(tmp_path, *options, "--resume").exit_code == 1
    assert output.read_text().count("\n") == 2


@pytest.mark.parametrize("text", ["", "x\n", "[]\n", '{"documents": []}\n', '{"documents": [1]}\n'])
def test_lines_that_say_nothing_are_passed_over(tmp_path: Path, text: str) -> None:
    (tmp_path / "r").write_text(text)
    assert done_by(tmp_path / "r").digests == {}


@pytest.mark.parametrize(
    "arguments",
    [
        ["--resume"],
        ["--resume", "--format", "json-lines"],
        ["--scheduler", "a:1", "--jobs", "2"],
        ["--jobs", "2", "--fix"],
        ["--jobs", "-1"],
    ],
)
def test_options_that_do_not_go_together(corpus: Path, arguments: list[str]) -> None:
    assert run(corpus, "c", *arguments).exit_code == 2


# --- a process that dies --------------------------------------------------------------------------


def deadly(task: Task, options: Options) -> bytes:
    """Kill the process on one document; check the others."""
    if task.content == b"die":
        os._exit(9)
    return msgspec.json.encode(DocumentReport(task.path, task.content.decode()))


def test_a_document_that_kills_its_process_stops_no_other() -> None:
    def tasks() -> Iterator[Task]:
        for number in range(30):
            yield Task(number, f"{number}.md", b"die" if number in (5, 6) else b"live")

    found = {
        task.number: report for task, report in check_many(tasks(), Options(), Plan(2), deadly)
    }
    assert sorted(found) == list(range(30))
    dead = [number for number, report in found.items() if report.diagnostics]
    assert sorted(dead) == [5, 6]
    assert all(report.text == "live" for number, report in found.items() if number not in (5, 6))


def test_an_error_is_a_diagnostic_of_its_document(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_arguments: object) -> None:
        raise MemoryError

    monkeypatch.setattr("derivcheck.checking.check_document", fails)
    report = msgspec.json.decode(checked(Task(0, "a.md", b"$a$"), Options()), type=DocumentReport)
    assert [found.code for found in report.diagnostics] == ["DC901"]


def test_results_wait_for_their_turn() -> None:
    given = [(2, "c"), (0, "a"), (1, "b"), (4, "e")]
    assert list(in_order(given)) == [(0, "a"), (1, "b"), (2, "c"), (4, "e")]
