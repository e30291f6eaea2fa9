"""Repairs written into files: each at its exact place, checked again, and nothing else touched."""

from __future__ import annotations

import difflib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from derivcheck.checking import check_text
from derivcheck.cli import main
from derivcheck.diagnostics import Change, Span
from derivcheck.fixing import Fixed, applied, fixed

HEAD = r"""---
layout: denominator
given:
  - 'A, B, C \in \mathbb{R}^{n \times n}'
  - 'x, y \in \mathbb{R}^n'
  - 'g: \mathbb{R} \to \mathbb{R}'
---
"""


def repaired(body: str, head: str = HEAD) -> Fixed:
    return fixed(head + body, check_text)


def body_of(found: Fixed) -> str:
    assert found.after.startswith(HEAD)
    return found.after[len(HEAD) :]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("$$(A B)^\\top = A^\\top B^\\top$$\n", "$$(A B)^\\top = B^\\top A^\\top$$\n"),
        ("so $(A B)^\\top = A^\\top B^\\top$.", "so $(A B)^\\top = B^\\top A^\\top$."),
        (
            "> quoted\n>\n> $$(A B)^\\top\n>   = A^\\top\n>     B^\\top$$\n",
            "> quoted\n>\n> $$(A B)^\\top\n>   = B^\\top\n>     A^\\top$$\n",
        ),
        (
            "- item\n\n  $$\n  \\begin{aligned}\n  (A x)^\\top &= x^\\top A \\\\[2pt]\n"
            "   &= x^\\top\n      A^\\top\n  \\end{aligned}\n  $$\n",
            "- item\n\n  $$\n  \\begin{aligned}\n  (A x)^\\top &= x^\\top A^\\top \\\\[2pt]\n"
            "   &= x^\\top\n      A^\\top\n  \\end{aligned}\n  $$\n",
        ),
        ("$$A x + B x = (A - B)  x$$\t\n\n", "$$A x + B x = (A + B)  x$$\t\n\n"),
        ("$$\\nabla_x (x^\\top y) = 2\\,y$$", "$$\\nabla_x (x^\\top y) = y$$"),
        ("$$x \\odot y = x\\otimes y$$", "$$x \\odot y = x \\odot y$$"),
        ("```math\nA B = A\\,C + A B\n```\n", "```math\nA B = A B\n```\n"),
        (
            "$$\\frac{d}{dx} g(x)^\\top y = g'(x) y$$",
            "$$\\frac{d}{dx} g(x)^\\top y = g'(x) \\odot y$$",
        ),
        (
            "$$\\nabla_x (x^\\top A x) = 2 A x \\tag{1}$$",
            "$$\\nabla_x (x^\\top A x) = (A + A^\\top) x \\tag{1}$$",
        ),
    ],
)
def test_a_repair_lands_at_its_exact_place(body, expected):
    found = repaired(body)
    assert body_of(found) == expected
    assert [step.verdict for step in found.report.steps] == ["proved"] * len(found.report.steps)


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_endings_and_marks_stay(end, mark):
    body = "One.\n\n$$(A B)^\\top = A^\\top B^\\top$$\n\n\x0b Two.\u2028 \n"
    before = mark + (HEAD + body).replace("\n", end)
    found = fixed(before, check_text)
    assert found.after == before.replace("A^\\top B^\\top", "B^\\top A^\\top")


def test_nothing_outside_of_the_changes_is_touched():
    body = "$$A  x +  B x =  (A  -  B)   x ,\\qquad  (A B)^\\top=A^\\top   B^\\top$$ \n tail  \n"
    found = repaired(body)
    kinds = difflib.SequenceMatcher(None, found.before, found.after, autojunk=False).get_opcodes()
    replaced = [found.before[a:b] for kind, a, b, _, _ in kinds if kind != "equal"]
    assert "".join(replaced).replace(" ", "") in {"-AB", "-BA"}


def test_a_chain_is_repaired_link_by_link():
    found = repaired("$$(A B C)^\\top = C^\\top A^\\top B^\\top = C^\\top A^\\top B^\\top$$")
    assert body_of(found) == (
        "$$(A B C)^\\top = C^\\top B^\\top A^\\top = C^\\top B^\\top A^\\top$$"
    )
    assert len(found.report.fixes) == 2


def test_a_repair_that_spoils_an_earlier_step_is_not_kept():
    # the second link holds if its left side is changed, which the first link has right
    body = "$$A x + x = x + A x = 0$$"
    found = repaired(body)
    assert found.report.steps[0].verdict == "proved"
    assert body_of(found) == body


def test_what_is_given_is_never_changed():
    head = HEAD.replace("n \\times n}'", "n \\times n}'\n  - 'D \\in \\mathbb{R}^{m \\times m}'")
    body = "$$A_{11} B^\\top B B^\\top B = A_{11} B B B^\\top B^\\top$$"
    found = fixed(head + body, check_text)
    assert found.after.startswith(head)


def test_a_page_that_is_right_stays_as_it_is():
    found = repaired("$$(A B)^\\top = B^\\top A^\\top$$")
    assert found.after == found.before
    assert found.report.fixes == []
    assert found.difference("a.md") == ""


def test_the_difference_is_a_unified_diff():
    found = repaired("text\n$$(A B)^\\top = A^\\top B^\\top$$")
    assert found.difference("a.md").splitlines()[-4:] == [
        "-$$(A B)^\\top = A^\\top B^\\top$$",
        "\\ No newline at end of file",
        "+$$(A B)^\\top = B^\\top A^\\top$$",
        "\\ No newline at end of file",
    ]


def test_a_misspelt_name_is_written_right():
    found = repaired("$$\\nabla_x (x^\\top y) = \\hat{y}$$")
    assert body_of(found) == "$$\\nabla_x (x^\\top y) = y$$"


def test_changes_are_made_from_the_end_to_the_beginning():
    changes = [Change(Span(1, 1, 1, 2), "long"), Change(Span(1, 3, 2, 2), "B")]
    assert applied("a b\r\ncd", changes) == "long Bd"


# --- the command ------------------------------------------------------------------------------


WRONG = HEAD + "$$(A B)^\\top = A^\\top B^\\top$$\n"
RIGHT = HEAD + "$$(A B)^\\top = B^\\top A^\\top$$\n"
HOPELESS = HEAD + "$$A B = C A x x^\\top B C + B^\\top$$\n"


def run(*arguments: str, standard_input: str | None = None) -> Result:
    return CliRunner().invoke(main, ["check", *arguments], input=standard_input)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "a.md"
    path.write_text(WRONG, encoding="utf-8")
    return path


def test_fix_writes_a_copy(page):
    result = run("--fix", str(page))
    assert result.exit_code == 0
    assert page.read_text(encoding="utf-8") == WRONG
    assert (page.parent / "a.fixed.md").read_text(encoding="utf-8") == RIGHT
    assert "repaired 8:14: write `B^\\top A^\\top`" in result.output
    assert "a.fixed.md" in result.output


def test_fix_in_place_writes_into_the_file(page):
    assert run("--fix", "--in-place", str(page)).exit_code == 0
    assert page.read_text(encoding="utf-8") == RIGHT
    assert list(page.parent.iterdir()) == [page]


def test_diff_writes_nothing_and_fails_while_there_is_something_to_repair(page):
    result = run("--diff", str(page))
    assert result.exit_code == 1
    assert "+$$(A B)^\\top = B^\\top A^\\top$$" in result.output
    assert page.read_text(encoding="utf-8") == WRONG
    assert list(page.parent.iterdir()) == [page]
    page.write_text(RIGHT, encoding="utf-8")
    result = run("--diff", str(page))
    assert (result.exit_code, result.output) == (0, "")


def test_diff_reads_standard_input():
    result = run("--diff", "-", standard_input=WRONG)
    assert result.exit_code == 1
    assert "+$$(A B)^\\top = B^\\top A^\\top$$" in result.output


def test_what_cannot_be_repaired_fails_and_leaves_no_copy(page):
    page.write_text(HOPELESS, encoding="utf-8")
    assert run("--fix", str(page)).exit_code == 1
    assert list(page.parent.iterdir()) == [page]


def test_a_folder_does_not_stand_for_its_copies(page):
    run("--fix", str(page))
    result = run("--format", "json", str(page.parent))
    assert [d["path"] for d in json.loads(result.output)["documents"]] == [str(page)]


def test_fixes_and_changes_are_in_the_json(page):
    [document] = json.loads(run("--format", "json", str(page)).output)["documents"]
    [first, *_] = document["claims"][0]["steps"][0]["diagnostic"]["help"]
    assert first["changes"] == [
        {"line": 8, "column": 16, "end_line": 8, "end_column": 22, "text": "B^\\top"},
        {"line": 8, "column": 23, "end_line": 8, "end_column": 29, "text": "A^\\top"},
    ]
    [document] = json.loads(run("--fix", "--format", "json", str(page)).output)["documents"]
    assert [(fix["line"], fix["column"]) for fix in document["fixes"]] == [(8, 14)]
    assert document["claims"][0]["verdict"] == "proved"


@pytest.mark.parametrize(
    "arguments", [("--in-place", "a.md"), ("--fix", "-"), ("--fix", "--certificates", "d", "a.md")]
)
def test_what_makes_no_sense_together_is_a_usage_error(arguments):
    assert run(*arguments).exit_code == 2


def test_latex_is_repaired_too(tmp_path):
    path = tmp_path / "a.tex"
    text = (
        "\\documentclass{article}\n\\begin{document}\nLet $A, B \\in \\mathbb{R}^{n \\times n}$. Then\n"
        "\\begin{align}\n  (A B)^\\top &= A^\\top B^\\top % a slip\n\\end{align}\n\\end{document}\n"
    )
    path.write_text(text, encoding="utf-8")
    assert run("--fix", "--in-place", str(path)).exit_code == 0
    assert path.read_text(encoding="utf-8") == text.replace("A^\\top B", "B^\\top A")


FALSE_STEP = "$$(A B)^\\top = A^\\top B^\\top$$\n"
TRUE_STEP = "$$(A B)^\\top = B^\\top A^\\top$$\n"
GIVEN_IN_WORDS = "Let $A, B \\in \\mathbb{R}^{n \\times n}$. Then\n\n"


def notebook(*cells: str, indent: int = 1) -> str:
    listed = [
        {"cell_type": "markdown", "id": f"c{k}", "metadata": {}, "source": cell.splitlines(True)}
        for k, cell in enumerate(cells)
    ]
    whole = {"cells": listed, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=indent) + "\n"


def test_a_notebook_is_repaired_in_its_cells(tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    path.write_text(notebook("# Transposes\n", GIVEN_IN_WORDS + FALSE_STEP, "So\n\n" + FALSE_STEP))
    result = CliRunner().invoke(main, ["check", str(path), "--fix", "--in-place"])
    assert result.exit_code == 0
    assert path.read_text() == notebook(
        "# Transposes\n", GIVEN_IN_WORDS + TRUE_STEP, "So\n\n" + TRUE_STEP
    )


def test_a_notebook_in_another_layout_is_left_alone_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    odd = notebook(GIVEN_IN_WORDS + FALSE_STEP).replace('"cells":', '"cells" :')
    path.write_text(odd)
    result = CliRunner().invoke(main, ["check", str(path), "--fix", "--in-place"])
    assert result.exit_code == 1
    assert "not laid out as Jupyter writes notebooks" in result.output
    assert path.read_text() == odd


PAPER = (
    "\\begin{document}\n" + GIVEN_IN_WORDS + "\\input{part}\n\n" + FALSE_STEP + "\\end{document}\n"
)


def test_a_paper_of_several_files_is_repaired_where_its_steps_stand(tmp_path: Path) -> None:
    (tmp_path / "main.tex").write_text(PAPER)
    (tmp_path / "part.tex").write_bytes(FALSE_STEP.replace("\n", "\r\n").encode())
    main_file = str(tmp_path / "main.tex")
    shown = CliRunner().invoke(main, ["check", main_file, "--diff"])
    assert "part.tex (repaired)" in shown.output
    assert "main.tex (repaired)" in shown.output
    copied = CliRunner().invoke(main, ["check", main_file, "--fix"])
    assert copied.exit_code == 0
    assert (tmp_path / "part.fixed.tex").read_bytes() == TRUE_STEP.replace("\n", "\r\n").encode()
    assert (tmp_path / "main.fixed.tex").read_text() == PAPER.replace(FALSE_STEP, TRUE_STEP)
    assert (tmp_path / "main.tex").read_text() == PAPER
    written = CliRunner().invoke(main, ["check", main_file, "--fix", "--in-place"])
    assert written.exit_code == 0
    assert CliRunner().invoke(main, ["check", main_file]).exit_code == 0
