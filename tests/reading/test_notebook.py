"""Notebooks: Markdown cells, with the cell's number in each place."""

from __future__ import annotations

import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from derivcheck import Report, check_text
from derivcheck.reading import read
from derivcheck.report.concise import concise_lines
from derivcheck.report.json_report import report_data
from derivcheck.report.script import Script

FRONT = "---\nlayout: denominator\ngiven:\n  - 'x \\in \\mathbb{R}^n'\n---\n"


def notebook(*cells: nbformat.NotebookNode) -> str:
    return nbformat.writes(new_notebook(cells=list(cells)))


def page(*markdown: str) -> str:
    return notebook(*(new_markdown_cell(text) for text in markdown))


def test_markdown_cells_are_checked_and_places_name_the_cell() -> None:
    text = notebook(
        new_markdown_cell(f"{FRONT}# Title\n\nIt is $x = x$."),
        new_code_cell("'$x = y$'"),
        new_markdown_cell("Then\n\n$$\\nabla_x (x^\\top x) = x$$"),
    )
    report = check_text(text, path="a.ipynb")
    assert [step.verdict for step in report.steps] == ["proved", "refuted"]
    assert list(concise_lines(report, Script())) == [
        "a.ipynb:cell 3:3:25: DC301 the two sides are not equal"
    ]
    steps = report_data(Report([report]))["documents"][0]["claims"][0]["steps"]
    assert [(step["cell"], step["line"], step["column"]) for step in steps] == [
        (1, 8, 10),
        (3, 3, 23),
    ]


def test_messages_name_lines_of_cells() -> None:
    report = check_text(page(FRONT, "$$x^\\top = x$$"), path="a.ipynb")
    diagnostic = report.steps[0].diagnostic
    assert diagnostic is not None
    assert any("(line 4 of cell 1)" in note for note in diagnostic.notes)


def test_a_raw_cell_may_hold_the_front_matter() -> None:
    text = notebook(new_raw_cell(FRONT), new_markdown_cell("$x = x$"), new_raw_cell("$y = y$"))
    report = check_text(text, path="a.ipynb")
    assert [step.verdict for step in report.steps] == ["proved"]


def test_a_block_ends_with_its_cell() -> None:
    document = read("a.ipynb", page("$$\na = b", "c = d\n$$"))
    assert [claim.formulas for claim in document.claims] == []
    assert [found.code for found in document.diagnostics] == ["DC101", "DC101"]


def test_macros_of_a_cell_hold_everywhere() -> None:
    document = read("a.ipynb", page("$\\newcommand{\\R}{\\mathbb{R}}$", "$x \\in \\R$"))
    assert document.macros == {"\\R": (0, "\\mathbb{R}")}


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"nbformat": 4}', "[" * 100_000, json.dumps({"cells": 1})]
)
def test_what_is_no_notebook_is_said(text: str) -> None:
    document = read("a.ipynb", text)
    assert [found.code for found in document.diagnostics] == ["DC001"]
    assert document.claims == []
