"""The command line, with a checker that says what it is told to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner
from sample_reports import trace_document

from derivcheck.cli import main
from derivcheck.diagnostics import Diagnostic, Span
from derivcheck.options import Options
from derivcheck.report.model import ClaimReport, DocumentReport, StepReport, UnreadReport


class StubChecker(ModuleType):
    """Each line of a document is a step with that verdict; some words do other things."""

    def __init__(self) -> None:
        super().__init__("derivcheck.checking")
        self.options: list[Options] = []

    def check_text(self, text, *, path="<text>", options=None, progress=None):
        self.options.append(options)
        document = DocumentReport(path, text, layout="mixed", layout_source="declared")
        claim = ClaimReport("claim", "Claim", 1)
        for number, line in enumerate(text.splitlines(), start=1):
            word = line.strip("$")
            place = Span(number, 1, number, 2)
            if progress:
                progress(f"step {number}")
            if word == "crash":
                raise ZeroDivisionError("a bug")
            if word == "interrupt":
                raise KeyboardInterrupt
            if word == "inferred":
                document.layout_source = "inferred"
            elif word == "unread":
                document.unread.append(UnreadReport(number, "x", "why"))
            elif word == "disagree":
                found = Diagnostic("DC901", "derivcheck disagrees with itself", place)
                claim.steps.append(
                    StepReport(place, place, False, "a", "=", "b", "undecided", diagnostic=found)
                )
            elif word in ("proved", "refuted", "undecided"):
                claim.steps.append(StepReport(place, place, False, "a", "=", "b", word))
        document.claims = [claim] if claim.steps else []
        return document

    def check_file(self, path, *, options=None, progress=None):
        text = Path(path).read_text(encoding="utf-8")
        return self.check_text(text, path=str(path), options=options, progress=progress)


@pytest.fixture
def checker(monkeypatch):
    stub = StubChecker()
    monkeypatch.setitem(sys.modules, "derivcheck.checking", stub)
    return stub


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


def run(*arguments, **rest):
    return CliRunner().invoke(main, list(arguments), **rest)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("$proved$\n", 0),
        ("$proved$\n$refuted$\n", 1),
        ("$undecided$\n", 1),
        ("$$\n", 2),
        ("$proved$\n$disagree$\n", 3),
    ],
)
def test_exit_status_keeps_its_promise(checker, folder, text, status):
    write(folder / "a.md", text)
    assert run("check", "a.md").exit_code == status


@pytest.mark.parametrize("word", ["inferred", "unread"])
def test_strict_objects_to_what_is_lenient(checker, folder, word):
    write(folder / "a.md", f"$proved$\n${word}$\n")
    assert run("check", "a.md").exit_code == 0
    result = run("check", "a.md", "--strict")
    assert result.exit_code == 1
    assert "strict: a.md: " in result.stdout


def test_missing_file_is_reported_and_the_others_are_checked(checker, folder):
    write(folder / "a.md", "$proved$\n")
    result = run("check", "nope.md", "a.md")
    assert result.exit_code == 2
    assert result.stderr == "error[DC001] unreadable-file: nope.md: no such file or folder\n"
    assert "1 proved" in result.stdout


def test_binary_file_is_reported_with_its_first_bad_byte(checker, folder):
    (folder / "a.md").write_bytes(b"abc\xff\xfe")
    result = run("check", "a.md")
    assert result.exit_code == 2
    assert "not a text in UTF-8 (byte 0xff at position 3)" in result.stderr
    assert result.stdout.startswith("nothing to check")


def test_folder_without_documents_is_reported(checker, folder):
    (folder / "empty").mkdir()
    write(folder / "prose" / "README.md", "no formula\n")
    result = run("check", "empty", "prose")
    assert result.exit_code == 2
    assert "empty: no document in this folder" in result.stderr
    assert "prose: no derivation in the documents of this folder" in result.stderr


def test_folder_that_may_not_be_read_is_reported(checker, folder, monkeypatch):
    (folder / "locked").mkdir()

    def refused(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "iterdir", refused)
    result = run("check", "locked")
    assert result.exit_code == 2
    assert "permission denied" in result.stderr


def test_folder_takes_its_derivations_in_order(checker, folder):
    write(folder / "p" / "b.md", "$proved$\n")
    write(folder / "p" / "a" / "z.md", "$proved$\n")
    write(folder / "p" / ".hidden" / "x.md", "$refuted$\n")
    write(folder / "p" / "README.md", "prose only\n")
    write(folder / "p" / "costs.md", "it costs 3$ and no step\n")
    write(folder / "p" / "notes.rst", "$refuted$\n")
    result = run("check", "p", "--format", "json")
    assert result.exit_code == 0
    paths = [document["path"] for document in json.loads(result.stdout)["documents"]]
    assert paths == [str(Path("p/a/z.md")), str(Path("p/b.md"))]


def test_verbose_tells_what_is_passed_over(checker, folder):
    write(folder / "p" / "b.md", "$proved$\n")
    write(folder / "p" / "README.md", "prose only\n")
    write(folder / "p" / "costs.md", "it costs 3$ and no step\n")
    stderr = run("check", "p", "-v").stderr
    assert f"{Path('p/README.md')}: no formula, passed over" in stderr
    assert f"{Path('p/costs.md')}: no step, passed over" in stderr


def test_a_named_file_without_step_is_told(checker, folder):
    write(folder / "a.md", "$proved$\n")
    write(folder / "b.md", "prose\n")
    result = run("check", "a.md", "b.md")
    assert result.exit_code == 1
    assert "DC003" in result.stdout


def test_a_file_named_twice_is_checked_once(checker, folder):
    write(folder / "p" / "a.md", "$proved$\n")
    result = run("check", "p/a.md", "p", "./p/a.md", "--format", "json")
    assert len(json.loads(result.stdout)["documents"]) == 1
    assert result.exit_code == 0


def test_standard_input_is_a_document(checker, folder):
    result = run("check", "-", "--format", "concise", input="$refuted$\n")
    assert result.exit_code == 1
    assert result.stdout.startswith("-:1:1: DC301 ")


def test_options_reach_the_checker(checker, folder):
    write(folder / "a.md", "$proved$\n")
    write(folder / "g.md", "- 'a'\n")
    arguments = ["--layout", "mixed", "--sizes", "n=2,m=3", "--sizes", "k=1", "--timeout", "1.5"]
    run("check", "a.md", *arguments, "--given", "g.md", "--givens", "closed")
    sizes = (("n", 2), ("m", 3), ("k", 1))
    assert checker.options == [Options("mixed", sizes, 1.5, ("- 'a'\n",), givens_closed=True)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--sizes", "n"], "expected NAME=SIZE, not 'n'"),
        (["--sizes", "n=0"], "a size is a whole number from 1 to 64, not '0'"),
        (["--sizes", "n=x"], "a size is a whole number from 1 to 64, not 'x'"),
        (["--sizes", "n=" + "9" * 5000], "a size is a whole number"),
        (["--sizes", "n=2,n=3"], "two sizes for 'n'"),
        (["--timeout", "0"], "0"),
        (["--given", "nope"], "--given nope: no such file or directory"),
        (["-v", "-q"], "exclude each other"),
        (["--layout", "column"], "column"),
        (["--no-such-option"], "--no-such-option"),
    ],
)
def test_usage_errors_exit_2_and_say_why(checker, folder, arguments, message):
    write(folder / "a.md", "$proved$\n")
    result = run("check", "a.md", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_no_path_is_a_usage_error():
    assert run("check").exit_code == 2


def test_output_goes_to_the_file(checker, folder):
    write(folder / "a.md", "$proved$\n")
    result = run("check", "a.md", "--output", "out.txt")
    assert (result.stdout, result.exit_code) == ("", 0)
    assert "1 proved" in (folder / "out.txt").read_text(encoding="utf-8")


def test_output_that_cannot_be_written_exits_2(checker, folder):
    write(folder / "a.md", "$proved$\n")
    result = run("check", "a.md", "--output", "no/such/folder/out.txt")
    assert result.exit_code == 2
    assert "--output" in result.stderr


@pytest.mark.parametrize("word", ["crash", "disagree", "interrupt", "refuted"])
def test_json_is_valid_whatever_happens(checker, folder, word):
    write(folder / "a.md", "$proved$\n")
    write(folder / "b.md", f"${word}$\n")
    result = run("check", "a.md", "nope.md", "b.md", "--format", "json")
    data = json.loads(result.stdout)
    assert data["schema"] == "derivcheck.report/1"
    assert data["summary"]["proved"] == 1


def test_one_failing_document_does_not_end_the_run(checker, folder):
    write(folder / "a.md", "$crash$\n")
    write(folder / "b.md", "$proved$\n")
    result = run("check", "a.md", "b.md")
    assert result.exit_code == 3
    assert "DC901" in result.stdout
    assert "ZeroDivisionError" in result.stdout
    assert "Traceback" not in result.output
    assert "1 proved" in result.stdout


def test_traceback_only_on_demand(checker, folder):
    write(folder / "a.md", "$crash$\n")
    assert "Traceback" in run("check", "a.md", "-v").stderr
    assert "Traceback" in run("check", "a.md", env={"DERIVCHECK_DEBUG": "1"}).stderr


def test_unexpected_error_outside_of_documents_is_dc901(monkeypatch, folder):
    def broken(paths, *, named):
        raise RuntimeError("a bug")

    monkeypatch.setattr("derivcheck.files.select", broken)
    result = run("check", "a.md")
    assert result.exit_code == 3
    assert "internal error[DC901]: derivcheck failed (RuntimeError: a bug)" in result.stderr
    assert "Traceback" not in result.output


def test_interrupt_prints_the_verdicts_so_far(checker, folder):
    write(folder / "a.md", "$proved$\n")
    write(folder / "b.md", "$interrupt$\n")
    result = run("check", "a.md", "b.md")
    assert result.exit_code == 130
    assert "1 proved" in result.stdout
    assert result.stderr == "interrupted: 1 of 2 documents checked\n"


def test_quiet_says_nothing_of_what_is_proved(checker, folder):
    write(folder / "a.md", "$proved$\n")
    assert run("check", "a.md", "-q").stdout.startswith("1 proved")
    assert run("check", "a.md", "-q", "--format", "concise").stdout == ""


def test_color_is_never_used_off_a_terminal_unless_asked_for(checker, folder):
    write(folder / "a.md", "$refuted$\n")
    assert "\x1b" not in run("check", "a.md").output
    assert "\x1b" in run("check", "a.md", "--color", "always", color=True).output
    assert "\x1b" not in run("check", "a.md", "--color", "never").output


def test_shapes_lists_names(monkeypatch, checker, folder):
    write(folder / "a.md", "")
    monkeypatch.setattr(checker, "check_file", lambda path, **_: trace_document())
    result = run("shapes", "a.md")
    assert result.exit_code == 0
    assert "declared (line 5)" in result.stdout
    data = json.loads(run("shapes", "a.md", "--format", "json").stdout)
    assert [row["latex"] for row in data["documents"][0]["names"]] == ["X", "A", "B"]


def test_shapes_of_a_missing_file_exits_2(checker, folder):
    assert run("shapes", "nope.md").exit_code == 2


def test_explain_prints_a_page():
    result = run("explain", "DC201")
    assert result.exit_code == 0
    assert "shape-mismatch" in result.stdout


def test_explain_suggests_the_nearest_code():
    result = run("explain", "shape-mismach")
    assert result.exit_code == 2
    assert "did you mean shape-mismatch?" in result.stderr


def test_explain_lists_all_codes():
    assert "DC306  equal-in-other-layout" in run("explain").stdout


def test_help_tells_examples_and_exit_status():
    text = run("check", "--help").stdout
    assert "derivcheck check - < homework.md" in text
    assert "Exit status:" in text
    assert run().exit_code == 2


# --- in a process of its own -------------------------------------------------------------------

STUB = """
import sys, time
sys.path[:0] = {paths!r}
import test_cli
stub = test_cli.StubChecker()
{more}
sys.modules["derivcheck.checking"] = stub
from derivcheck.cli import main
main(prog_name="derivcheck")
"""
SLOW = """
import pathlib
def check_file(path, **rest):
    if "slow" in str(path):
        pathlib.Path("begun").touch()
        time.sleep(60)
    return stub.check_text("$refuted$", path=str(path))
stub.check_file = check_file
"""


def command(*arguments: str, more: str = "") -> list[str]:
    tests = Path(__file__).parent
    code = STUB.format(paths=[str(tests), str(tests.parent)], more=more)
    return [sys.executable, "-c", code, *arguments]


def test_version_and_help_import_nothing_heavy():
    code = (
        "import sys\nfrom derivcheck.cli import main\n"
        "for arguments in (['--version'], ['--help'], ['check', '--help']):\n"
        "    main(arguments, standalone_mode=False)\n"
        "heavy = {'sympy', 'rich', 'lark', 'pytest', 'markdown_it', 'flint'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
@pytest.mark.parametrize("output_format", ["full", "json", "concise"])
def test_no_encoding_makes_printing_fail(folder, encoding, output_format):
    write(folder / "ŷ数.md", "$refuted$\n$∇数$\n")
    done = subprocess.run(
        command("check", "ŷ数.md", "nöpe.md", "--format", output_format),
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert b"Error" not in done.stderr
    done.stdout.decode(encoding)


def test_interrupt_leaves_valid_json_and_exits_130(folder):
    write(folder / "a.md", "$refuted$\n")
    write(folder / "slow.md", "$refuted$\n")
    process = subprocess.Popen(
        command("check", "a.md", "slow.md", "--format", "json", more=SLOW),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    for _ in range(200):
        if (folder / "begun").exists():
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=20)
    assert process.returncode == 130, stderr
    assert json.loads(stdout)["summary"]["refuted"] == 1
    assert "Traceback" not in stderr


def test_reader_that_goes_away_is_no_error(folder):
    for number in range(300):
        write(folder / "p" / f"{number:03}.md", "$refuted$\n" * 20)
    process = subprocess.Popen(
        command("check", "p"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stderr
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(timeout=30) in (0, 1)


def test_progress_is_shown_on_a_terminal_and_leaves_nothing(folder):
    import pty

    write(folder / "a.md", "$proved$\n")
    write(folder / "b.md", "$proved$\n")
    more = """
import derivcheck.progress
derivcheck.progress.PATIENCE = 0
def check_file(path, progress, **rest):
    progress("step of " + str(path))
    time.sleep(0.3)
    return stub.check_text("$proved$", path=str(path))
stub.check_file = check_file
"""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        command("check", "a.md", "b.md", more=more),
        stdout=subprocess.PIPE,
        stderr=follower,
        env={**os.environ, "TERM": "xterm"},
    )
    os.close(follower)
    stdout, _ = process.communicate(timeout=20)
    shown = os.read(leader, 100_000).decode()
    os.close(leader)
    assert process.returncode == 0
    assert b"2 proved" in stdout
    assert "step of a.md" in shown
    assert shown.rstrip().endswith(("\x1b[2K", "\x1b[?25h"))


# --- interrupted within a document --------------------------------------------------------------


@pytest.mark.parametrize("output_format", ["full", "concise", "json"])
def test_what_was_decided_before_an_interruption_is_reported(folder, monkeypatch, output_format):
    from derivcheck import checking

    decided = checking.decide
    count = iter(range(10))

    def decide(*rest, **more):
        if next(count) == 2:
            raise KeyboardInterrupt
        return decided(*rest, **more)

    monkeypatch.setattr(checking, "decide", decide)
    write(folder / "a.md", TRACE + "\n$$ A = A $$\n")
    write(folder / "b.md", TRACE)
    result = run("check", "a.md", "b.md", "--format", output_format)
    assert result.exit_code == 130
    assert "interrupted: 0 of 2 documents checked, a.md in part" in result.stderr
    if output_format == "json":
        (document,) = json.loads(result.stdout)["documents"]
        steps = [step["verdict"] for claim in document["claims"] for step in claim["steps"]]
        assert steps == ["proved", "refuted"]
    else:
        assert "DC301" in result.stdout
        assert "b.md" not in result.stdout


# --- certificates ---------------------------------------------------------------------------------

TRACE = r"""---
given:
  - 'A, B \in \mathbb{R}^{n \times n}'
---
$$ \operatorname{tr}(A B) = \operatorname{tr}(B A) $$

$$ A B = B A $$
"""


def test_certificates_are_written_and_verified(folder):
    write(folder / "a.md", TRACE)
    assert run("check", "a.md", "--certificates", "proofs.d").exit_code == 1
    (file,) = (folder / "proofs.d").iterdir()
    result = run("verify", "proofs.d", "--document", "a.md")
    assert result.exit_code == 0
    assert "verified" in result.stdout
    assert "for all n ≥ 1 and all A ∈ ℝ^{n×n}, B ∈ ℝ^{n×n}" in result.stdout
    assert "tr(A B) = tr(B A)" in result.stdout
    assert "a.md:5:27" in result.stdout
    file.write_text(file.read_text().replace('["trace"', '["trade"', 1))
    result = run("verify", str(file))
    assert result.exit_code == 1
    assert "changed after it was sealed" in result.stdout
    assert "0 verified, 1 refused" in result.stdout


def test_certificates_of_an_earlier_run_are_replaced(folder):
    write(folder / "a.md", TRACE)
    run("check", "a.md", "--certificates", "d")
    write(folder / "d" / "mine.json", "{}")
    write(folder / "a.md", "\n".join(["", *TRACE.replace("---", "", 1).splitlines()[1:]]))
    write(folder / "a.md", TRACE.replace("$$ A B = B A $$", "").replace("---\n$$", "---\n\n$$"))
    assert run("check", "a.md", "--certificates", "d").exit_code == 0
    names = sorted(path.name for path in (folder / "d").iterdir())
    assert [name.split(".", 3)[3:] for name in names] == [["L6.C27.json"], []]


def test_certificates_name_the_file_and_the_cell_that_hold_a_step(folder):
    math = r"\\operatorname{tr}(A B) = \\operatorname{tr}(B A)"
    cell = '{"cell_type": "markdown", "metadata": {}, "source": ["%s"]}'
    given = r"Let $A, B \\in \\mathbb{R}^{n \\times n}$."
    cells = ", ".join([cell % given, cell % f"$${math}$$"])
    head = '"metadata": {}, "nbformat": 4, "nbformat_minor": 5'
    write(folder / "a.ipynb", f'{{"cells": [{cells}], {head}}}')
    assert run("check", "a.ipynb", "--certificates", "d").exit_code == 0
    assert "a.ipynb:cell 2:1:" in run("verify", "d", "--document", "a.ipynb").stdout


def test_a_certificate_of_another_document_is_refused(folder):
    write(folder / "a.md", TRACE)
    run("check", "a.md", "--certificates", "d")
    write(folder / "a.md", TRACE + "\n")
    result = run("verify", "d", "--document", "a.md")
    assert result.exit_code == 1
    assert "comes from another document" in result.stdout


def test_nothing_to_verify_is_no_success(folder):
    (folder / "empty").mkdir()
    assert run("verify", "empty").exit_code == 2
    assert run("verify", "absent").exit_code == 2
    assert run("verify", "empty", "--document", "absent").exit_code == 2


def test_a_folder_for_certificates_that_cannot_be_made_stops_the_run(folder):
    write(folder / "a.md", TRACE)
    write(folder / "d", "a file")
    result = run("check", "a.md", "--certificates", "d")
    assert result.exit_code == 2
    assert "--certificates d" in result.stderr
