"""What MyST and Quarto add to Markdown."""

from __future__ import annotations

from pathlib import Path

import pytest

from derivcheck import check_file
from derivcheck.files import select
from derivcheck.reading import read
from derivcheck.report.places import Places


def formulas(text: str, path: str = "a.md") -> list[tuple[str, str, bool]]:
    """Return claim, LaTeX and whether it is part of a statement, of every formula."""
    return [
        (claim.name, formula.source.text, formula.statement)
        for claim in read(path, text).claims
        for formula in claim.formulas
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Inline {math}`a = b` here.",
        "```{math}\n:label: eq\na = b\n```",
        ":::{math}\n:label: eq\na = b\n:::",
        "$$ a = b $$ (eq-let)",
        "$$ a = b $$ {#eq-let}",
        "````{note}\n```{math}\na = b\n```\n````",
        ":::{note}\n---\nclass: a\n---\n$a = b$\n:::",
        "> ```{tip}\n> $a = b$\n> ```",
    ],
)
def test_a_formula_is_found(text: str) -> None:
    assert formulas(text) == [("", "a = b", False)]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (":::{prf:theorem} A gradient\n:label: t\n$a = b$\n:::\n\n$c = d$", "A gradient"),
        ("```{prf:theorem} A gradient\n:label: t\n$a = b$\n```\n\n$c = d$", "A gradient"),
        ("::: {#thm-a}\n## A gradient\n$a = b$\n:::\n\n$c = d$", "A gradient"),
        ('::: {#thm-a name="A gradient"}\n$a = b$\n:::\n\n$c = d$', "A gradient"),
        ("::: {.theorem}\n$a = b$\n:::\n\n$c = d$", "Theorem"),
    ],
)
def test_a_theorem_is_a_claim(text: str, title: str) -> None:
    assert formulas(text) == [("Theorem", "a = b", True), ("Theorem", "c = d", False)]
    assert read("a.md", text).claims[0].title == title


def test_code_is_no_derivation() -> None:
    assert formulas("```{code-cell} python\n$a = b$\n```\n\n```{python}\n$a = b$\n```") == []


def test_a_label_starts_no_assumption() -> None:
    document = read("a.md", "$$ a = b $$ (suppose)\n\nand $c = d$.")
    assert [formula.cue for formula in document.claims[0].formulas] == [None, None]


def test_macros_stand_where_myst_has_them() -> None:
    front = "---\nmath:\n  '\\R': '\\mathbb{R}'\n  '\\v':\n    macro: '\\mathbf{#1}'\n---\n"
    assert read("a.md", front).macros == {
        "\\R": (0, "\\mathbb{R}"),
        "\\v": (1, "\\mathbf{#1}"),
    }


def test_places_are_kept_in_directives() -> None:
    document = read("a.md", "> :::{prf:lemma}\n> text\n>\n> ```{math}\n> a = b\n> ```\n> :::\n")
    assert document.claims[0].formulas[0].source.place(0) == (5, 3)


def test_a_line_comment_of_myst_is_not_read() -> None:
    assert formulas("% $a = b$\n\nRoughly 50\n% of $c = d$") == [("", "c = d", False)]


# --- several files --------------------------------------------------------------------------------

OTHER = {"b.md": "---\ntitle: B\n---\n$b = b$\n", "in/c.md": "$c = c$\n\n{{< include d.md >}}\n"}
OTHER["in/d.md"] = "$d = d$"


def lhs(text: str) -> list[str]:
    """Return the left sides of what a page and the files that it takes in hold."""
    document = read("a.md", text, OTHER.get)
    found = [formula.source.text for claim in document.claims for formula in claim.formulas]
    assert document.diagnostics == []
    return [latex[0] for latex in found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$a = a$\n\n{{< include b.md >}}\n\n$z = z$", "abz"),
        ("{{< include 'b.md' >}}", "b"),
        ("---\ntitle: A\n---\n{{< include /b.md >}}", "b"),
        ("{{< include in/c.md >}}", "cd"),
        ("{{< include in/c.md >}}\n{{< include b.md >}}", "cdb"),
        ("```{include} b.md\n```\n$z = z$", "bz"),
        (":::{include} in/c.md\n:start-line: 0\n:::\n", "cd"),
        ("````{note}\n```{math}\na = a\n```\n\n```{include} b.md\n```\n````", "ab"),
        ("```\n{{< include b.md >}}\n```", ""),
        ("```{python}\n{{< include b.md >}}\n```", ""),
        ("<!--\n{{< include b.md >}}\n-->", ""),
        ("As `{{< include b.md >}}` says", ""),
    ],
)
def test_files_are_taken_in(text: str, found: str) -> None:
    assert "".join(lhs(text)) == found


def test_a_place_in_a_file_that_is_taken_in_is_that_of_the_file() -> None:
    document = read("a.md", "$a = a$\n\n{{< include b.md >}}\n\n$z = z$", OTHER.get)
    spans = [formula.source.place(0) for formula in document.claims[0].formulas]
    places = Places("x/a.md", document.parts)
    assert [places.at(*span) for span in spans] == ["x/a.md:1:2", "x/b.md:4:2", "x/a.md:5:2"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\n{{< include gone.md >}}", 2),
        ("{{< include b.md >}}\n\n$a = a$\n\n```{include} gone.md\n```", 5),
        ("---\ntitle: A\n---\n\n{{< include ../b.md >}}\n", 5),
    ],
)
def test_a_file_that_is_not_there_is_diagnosed(text: str, line: int) -> None:
    document = read("a.md", text, OTHER.get)
    (found,) = document.diagnostics
    assert found.span is not None
    assert (found.code, Places("a.md", document.parts).line(found.span.line)) == ("DC001", line)


def test_a_folder_leaves_what_is_taken_in_to_the_page_that_does(tmp_path: Path) -> None:
    (tmp_path / "a.qmd").write_text("{{< include _b.qmd >}}\n\n$a = a$")
    (tmp_path / "_b.qmd").write_text("$b = 2 b$")
    assert [source.path.name for source in select([str(tmp_path)]).sources] == ["a.qmd"]
    report = check_file(tmp_path / "a.qmd")
    assert [step.lhs for step in report.steps] == ["b", "a"]
