"""What MyST and Quarto add to Markdown."""

from __future__ import annotations

import pytest

from derivcheck.reading import read


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
