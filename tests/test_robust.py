"""Hostile input ends in a clear verdict within seconds; the steps around it are still checked."""

from __future__ import annotations

import time

import pytest
from click.testing import CliRunner
from hostile import DISPLAYS, DOCUMENTS, HEAD, TRUE_STEP, display
from hypothesis import given, settings
from hypothesis import strategies as st

from derivcheck.checking import check_text
from derivcheck.cli import main
from derivcheck.diagnostics import CODES
from derivcheck.report.model import VERDICTS

SECONDS = 20
"""Far above what any of these needs: nothing may hang, and test machines are slow."""


def checked(text):
    began = time.process_time()
    report = check_text(text)
    assert time.process_time() - began < SECONDS
    for step in report.steps:
        assert step.verdict in VERDICTS
        assert step.verdict == "proved" or step.diagnostic.code in CODES
        assert step.diagnostic is None or not step.diagnostic.code.startswith("DC9")
    assert report.steps or report.diagnostics
    return report


@pytest.mark.parametrize("name", DISPLAYS)
def test_a_hostile_display_leaves_the_next_one_alone(name):
    report = checked(display(DISPLAYS[name]))
    if report.diagnostics:
        assert {d.code for d in report.diagnostics} <= {"DC101", "DC102"}
    else:
        assert [s.verdict for s in report.steps if r"B^\top A^\top" in (s.rhs or "")] == ["proved"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_hostile_document_ends_in_a_verdict(name):
    text = DOCUMENTS[name]
    report = checked(text)
    if text.endswith("---\n" + TRUE_STEP) or text.startswith(HEAD):
        assert report.steps[-1].verdict == "proved"


def test_definitions_in_a_circle_are_named_and_nothing_else_is_touched():
    report = checked(DOCUMENTS["sixty definitions in a circle"])
    circular = [d for d in report.diagnostics if d.code == "DC205"]
    assert len(circular) == 60
    assert [step.verdict for step in report.steps] == ["proved"]


def test_a_binary_file_is_no_text(tmp_path):
    path = tmp_path / "picture.md"
    path.write_bytes(bytes(range(256)) * 50)
    result = CliRunner().invoke(main, ["check", str(path)])
    assert result.exit_code in (1, 2)
    assert "DC001" in result.output


def test_a_folder_without_documents_is_no_success(tmp_path):
    result = CliRunner().invoke(main, ["check", str(tmp_path)])
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_an_empty_file_is_no_success(tmp_path):
    path = tmp_path / "empty.md"
    path.write_text("")
    assert CliRunner().invoke(main, ["check", str(path)]).exit_code == 2


def test_a_hostile_file_is_rendered(tmp_path):
    path = tmp_path / "hostile.md"
    formulas = [text for text in DISPLAYS.values() if len(text) < 400]
    path.write_text(HEAD + "".join(f"\n$${formula}$$\n" for formula in formulas[:5]))
    for form in ("full", "concise", "json"):
        result = CliRunner().invoke(main, ["check", "--format", form, str(path)])
        assert result.exit_code == 1, result.output[-300:]


# --- documents at random ------------------------------------------------------------------------

ATOMS = st.sampled_from(
    ["A", "B", "x", "y", "c", "I", "0", "1", "n", "Q", r"\mathbf{1}", r"\hat{y}", "x_i", "A_{ij}"]
)
TEMPLATES = (
    "{0} {1}",
    "{0} + {1}",
    "{0} - {1}",
    r"{0} \odot {1}",
    r"{0} \otimes {1}",
    r"({0})^\top",
    "({0})^{{-1}}",
    "({0})^2",
    r"\operatorname{{tr}}({0} {1})",
    r"\operatorname{{vec}}({0})",
    r"\operatorname{{vec}}^{{-1}}({0})",
    r"\operatorname{{diag}}({0})",
    r"\det({0})",
    r"\|{0}\|^2",
    r"\frac{{{0}}}{{{1}}}",
    r"\sum_{{i=1}}^{{n}} {0}",
    "g({0})",
    "g'({0})",
    "f({0})",
    r"\exp({0})",
    r"\nabla_{0} [{1}]",
    r"\frac{{\partial {0}}}{{\partial {1}}}",
    r"\frac{{\partial^2 {0}}}{{\partial x \partial x^\top}}",
    r"\left. \frac{{\partial {0}}}{{\partial x}} \right|_{{{1}}}",
    "d({0})",
    r"\nabla f({0})",
)
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.builds(
        lambda template, a, b: template.format(a, b), st.sampled_from(TEMPLATES), inner, inner
    ),
    max_leaves=6,
)
SIGNS = st.sampled_from(["=", "=", "=", r"\neq", r"\in", r"\leq", ":=", "&=", r"\approx"])
RELATIONS = st.builds(lambda a, sign, b: f"{a} {sign} {b}", EXPRESSIONS, SIGNS, EXPRESSIONS)
PARAGRAPHS = st.one_of(
    RELATIONS.map(lambda text: f"$${text}$$"),
    RELATIONS.map(lambda text: f"Let ${text}$."),
    RELATIONS.map(lambda text: f"If ${text}$ then all is well, where ${text}$."),
    st.lists(RELATIONS, min_size=1, max_size=3).map(
        lambda rows: "$$\n\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}\n$$"
    ),
    st.sampled_from(["## Claim", "1. Show", "<!-- derivcheck: skip -->", "> quoted", "$$", "***"]),
    st.text(alphabet="$\\{}^_&ab=()[]#*` \n", max_size=30),
)
DOCUMENT = st.builds(
    lambda more, body: HEAD.replace("given:\n", "given:\n" + more) + "\n\n".join(body),
    st.lists(RELATIONS, max_size=3).map(
        lambda lines: "".join("  - '{}'\n".format(line.replace("'", "''")) for line in lines)
    ),
    st.lists(PARAGRAPHS, min_size=1, max_size=4),
)


@given(DOCUMENT)
@settings(max_examples=40)
def test_a_document_at_random_is_checked(text):
    checked(text)


@given(st.text(max_size=200))
@settings(max_examples=40)
def test_any_text_is_checked(text):
    checked(text)
