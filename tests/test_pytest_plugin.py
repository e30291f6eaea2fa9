"""The pytest plugin, in pytest runs of its own, with a checker that says what it is told to."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from derivcheck import pytest_plugin

CHECKER = '''
import sys
from types import ModuleType
from pathlib import Path
from derivcheck.diagnostics import Diagnostic, Span
from derivcheck.report.model import ClaimReport, DocumentReport, StepReport, UnreadReport

def check_file(path, **_):
    """Each `## name` is a claim, each line `$verdict directive$` a step of it."""
    text = Path(path).read_text(encoding="utf-8")
    document = DocumentReport(str(path), text)
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("## "):
            document.claims.append(ClaimReport(line[3:], line[3:], number))
        elif line.startswith("$"):
            verdict, _, directive = line.strip("$").partition(" ")
            place = Span(number, 2, number, len(line))
            step = StepReport(place, place, False, "a", "=", "b", verdict,
                              directive=directive or None)
            if verdict == "refuted":
                step.diagnostic = Diagnostic("DC301", "the two sides are not equal", place)
            document.claims[-1].steps.append(step)
        elif line == "unread":
            document.unread.append(UnreadReport(number, "x", "why"))
        elif line == "badgiven":
            document.diagnostics.append(Diagnostic("DC204", "a given cannot be read"))
    return document

stub = ModuleType("derivcheck.checking")
stub.check_file = check_file
sys.modules["derivcheck.checking"] = stub
'''


@pytest.fixture
def bench(pytester, monkeypatch):
    """A folder for pytest to run in, with the plugin and the stub."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1]))
    pytester.makeconftest(CHECKER)
    pytester.makeini("[pytest]\nfilterwarnings = error\naddopts = -p no:cacheprovider\n")
    return pytester


def write(bench, name, text):
    path = bench.path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def run(bench, *arguments):
    """Run pytest in this process; the plugin is handed over unless it is installed."""
    installed = any(point.name == "derivcheck" for point in entry_points(group="pytest11"))
    plugins = [] if installed else [pytest_plugin]
    return bench.runpytest_inprocess(*arguments, plugins=plugins)


def test_each_claim_is_a_test(bench):
    write(bench, "a.deriv.md", "## one\n$proved$\n$proved$\n## two\n$refuted$\n")
    result = run(bench, "-v")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*a.deriv.md::one PASSED*", "*a.deriv.md::two FAILED*"])


def test_failure_is_the_report_without_colour(bench):
    write(bench, "a.deriv.md", "## one\n$refuted$\n")
    result = run(bench, "--color=yes")
    result.stdout.fnmatch_lines(
        [
            "*derivation: one*",
            "*error[[]DC301] step-refuted: the two sides are not equal",
            " --> a.deriv.md:2:2   step 1 of claim `one`",
            "2 | $refuted$",
            "  |  ^^^^^^^",
        ]
    )


def test_other_markdown_files_are_left_alone(bench):
    write(bench, "README.md", "## one\n$refuted$\n")
    write(bench, "docs/page.md", "## one\n$refuted$\n")
    assert run(bench).ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_flag_takes_a_folder(bench):
    write(bench, "proofs/a.md", "## one\n$proved$\n")
    write(bench, "proofs/README.md", "prose\n")
    write(bench, "README.md", "## one\n$refuted$\n")
    run(bench, "--derivcheck", "proofs").assert_outcomes(passed=1)
    run(bench, "--derivcheck", "proofs", "proofs").assert_outcomes(passed=1)


def test_flag_adds_a_folder_to_the_tests_that_are_named(bench):
    write(bench, "proofs/a.md", "## one\n$proved$\n")
    write(bench, "tests/test_b.py", "def test_b():\n    pass\n")
    run(bench, "tests", "--derivcheck", "proofs").assert_outcomes(passed=2)


def test_ini_paths_are_visited_unless_tests_are_named(bench):
    bench.makeini("[pytest]\ntestpaths = tests\nderivcheck_paths = proofs\n")
    write(bench, "proofs/a.md", "## one\n$proved$\n")
    write(bench, "tests/test_b.py", "def test_b():\n    pass\n")
    run(bench).assert_outcomes(passed=2)
    run(bench, "tests").assert_outcomes(passed=1)
    run(bench, "proofs/a.md").assert_outcomes(passed=1)


def test_ini_files_are_patterns(bench):
    bench.makeini("[pytest]\nderivcheck_files = proof_*.md\n")
    write(bench, "proof_a.md", "## one\n$proved$\n")
    write(bench, "b.deriv.md", "## one\n$proved$\n")
    run(bench).assert_outcomes(passed=1)


def test_directives_are_honoured(bench):
    text = "## one\n$refuted expect refuted$\n## two\n$undecided skip$\n"
    write(
        bench,
        "a.deriv.md",
        text + "## three\n$proved expect refuted$\n## four\n$undecided assume$\n",
    )
    result = run(bench, "-rs")
    result.assert_outcomes(passed=2, skipped=1, failed=1)
    result.stdout.fnmatch_lines(
        ["error: expected refuted, but the step is proved", "*the page says `derivcheck: skip`*"]
    )


def test_strict_objects_to_what_is_lenient(bench):
    write(bench, "a.deriv.md", "## one\n$proved$\nunread\n## two\n$undecided skip$\n")
    run(bench).assert_outcomes(passed=1, skipped=1)
    result = run(bench, "--derivcheck-strict")
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        ["*inline math on line 3 was not read: x (why)", "*line 5 says `derivcheck: skip`"]
    )


def test_diagnostics_of_the_document_are_a_test(bench):
    write(bench, "a.deriv.md", "badgiven\n## one\n$proved$\n")
    result = run(bench, "-v")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*a.deriv.md::document FAILED*", "*DC204*a given cannot be read*"])


def test_a_document_that_is_named_so_must_hold_a_step(bench):
    write(bench, "a.deriv.md", "prose\n")
    result = run(bench)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*nothing to check: the document has no step*"])


def test_claims_of_one_name_are_told_apart(bench):
    write(bench, "a.deriv.md", "## one\n$proved$\n## one\n$proved$\n")
    run(bench, "-v").stdout.fnmatch_lines(["*::one PASSED*", "*::one (2) PASSED*"])


def test_file_that_cannot_be_read_is_a_collection_error(bench):
    (bench.path / "a.deriv.md").write_bytes(b"\xff\xfe$")
    result = run(bench)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*not a text in UTF-8 (byte 0xff at position 0)*"])


def test_importing_derivcheck_does_not_import_pytest_or_sympy():
    code = (
        "import sys, derivcheck, derivcheck.cli\n"
        "assert not {'pytest', 'sympy', 'rich'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
    )
    assert done.returncode == 0, done.stderr
