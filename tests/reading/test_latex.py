r"""LaTeX papers: formulas, claims and places as an author sees them."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from derivcheck import check_file, check_text
from derivcheck.reading import Document, read

PAPER = r"""\documentclass{article}
\usepackage{amsmath}
\newcommand{\R}{\mathbb{R}}
\DeclareMathOperator{\tr}{tr}
\newtheorem{thm}{Theorem}[section]
\newtheorem{lem}[thm]{Lemma}
% derivcheck:
%   layout: denominator
%   given:
%     - 'A \in \R^{n \times n}'
%     - 'x \in \R^n'
\begin{document}
\section{Quadratic forms}\label{sec:q}
% This $y = z$ is not read.
\begin{thm}[The gradient]\label{t}
We have
\begin{align}
  \nabla_x (x^\top A x) &= A x + A^\top x \label{eq:a} \\ % a comment with a $
   &= (A + A^\top) x . \nonumber
\end{align}
\end{thm}
\begin{proof}
By~\eqref{eq:a} and \cite{book} it is $\tr(A) = \tr(A^\top)$.\footnote{And $A = A$.}
\end{proof}
\begin{lem} $A x = A x$. \end{lem}
\end{document}
"""


def formulas(document: Document) -> list[tuple[str, str, bool]]:
    """Return claim, LaTeX and whether it is a display, of every formula."""
    return [
        (claim.name, formula.source.text, formula.display)
        for claim in document.claims
        for formula in claim.formulas
    ]


def inline(body: str) -> list[str]:
    return [text for _, text, _ in formulas(read("a.tex", body))]


def complaints(body: str) -> list[str]:
    return [found.headline for found in read("a.tex", body).diagnostics]


def test_a_paper_is_checked_with_its_macros_theorems_and_givens() -> None:
    report = check_text(PAPER, path="paper.tex")
    assert report.layout == "denominator"
    assert [(claim.name, claim.title, claim.verdict) for claim in report.claims] == [
        ("Theorem 1.1", "The gradient", "proved"),
        ("Lemma 1.2", "Lemma 1.2", "proved"),
    ]
    assert [given.line for given in report.given] == [10, 11]
    assert [step.span.line for step in report.steps] == [18, 19, 23, 23, 25]
    assert report.diagnostics == []


def test_a_place_is_that_of_the_relation_sign_in_the_file() -> None:
    lines = PAPER.split("\n")
    for step in check_text(PAPER, path="paper.tex").steps:
        assert lines[step.span.line - 1][step.span.column - 1] == "="


def test_only_the_statement_of_a_theorem_is_its_statement() -> None:
    claim = check_text(PAPER, path="paper.tex").claims[0]
    assert [step.statement for step in claim.steps] == [True, True, False, False]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (r"$a$ % $b$", ["a"]),
        (r"\verb|$a$| $b$", ["b"]),
        (r"\begin{verbatim}$a$\end{verbatim} $b$", ["b"]),
        (r"\begin{lstlisting}$a$\end{lstlisting} $b$", ["b"]),
        (r"\iffalse $a$ \fi $b$", ["b"]),
        (r"\emph{we have $a$} and {\small $b$}", ["a", "b"]),
        (r"\(a\) and \[b\] and $$c$$", ["a", "b", "c"]),
        (r"\begin{equation*}a\end{equation*}", [r"\begin{equation*}a\end{equation*}"]),
        (r"\[ a \text{ if $b$ } \]", [r"a \text{ if $b$ }"]),
        (r"``quoted'' $a$ and `single' $b$", ["a", "b"]),
        (r"costs 5\$ and $a$", ["a"]),
        (r"\begin{tabular}{cc} $a$ & $b$ \\ $c$ \end{tabular}", ["a", "b", "c"]),
        (r"\begin{subequations}\begin{align}a\end{align}\end{subequations}",
         [r"\begin{align}a\end{align}"]),
        (r"\newcommand{\beq}{\begin{equation}}\newcommand{\eeq}{\end{equation}}\beq a \eeq",
         [r"\beq a \eeq"]),
    ],
)  # fmt: skip
def test_formulas_are_found(body: str, expected: list[str]) -> None:
    assert inline(body) == expected


def test_nothing_before_the_body_of_a_document_is_a_formula() -> None:
    body = r"\title{On $a$}\begin{document}$b$\end{document} $c$"
    assert inline(body) == ["b"]


@pytest.mark.parametrize(
    ("body", "headline"),
    [
        (r"$a", "the formula `$` that opens here is not closed"),
        (r"\[a", r"the formula `\[` that opens here is not closed"),
        (r"\begin{align} a", "the environment `align` that opens here is not closed"),
        ("{" * 5_000, "the document is nested too deeply to be read"),
        (r"\input{other}", "`other.tex` is not a file of the document's folder"),
    ],
)
def test_what_cannot_be_read_is_said(body: str, headline: str) -> None:
    assert complaints(body) == [headline]


def test_a_directive_is_a_comment_before_a_display() -> None:
    document = read("a.tex", "% derivcheck: expect refuted\n\\[ A = B \\]\n\n$C = C$")
    assert [formula.directive for formula in document.claims[0].formulas] == [
        "expect refuted",
        None,
    ]


def test_a_comment_with_givens_is_no_directive() -> None:
    document = read("a.tex", "% derivcheck:\n%   given: ['a = b']\n\n\\[ A = B \\]")
    assert document.diagnostics == []
    assert len(document.given) == 1


def test_items_of_an_enumeration_are_claims() -> None:
    body = r"\begin{enumerate}\item Show that $a = b$. \item Show $c = d$.\end{enumerate}"
    assert [claim.name for claim in read("a.tex", body).claims] == ["1", "2"]


def test_a_bold_lead_opens_a_claim() -> None:
    body = "\\noindent\\textbf{Problem 2.} Show $a = b$.\n\n{\\bf Lemma 3.} It is $c = d$."
    assert [claim.name for claim in read("a.tex", body).claims] == ["2", "Lemma 3"]


def test_givens_stand_in_an_environment() -> None:
    yaml = "\\begin{derivcheck}\ngiven:\n  - 'a = b'\nlayout: mixed\n\\end{derivcheck}"
    document = read("a.tex", yaml)
    assert document.layout == "mixed"
    assert [(g.source.text, g.source.place(0)) for g in document.given] == [("a = b", (3, 6))]


def test_givens_in_an_environment_may_be_formulas() -> None:
    body = "\\begin{derivcheck}\n\\item a matrix $A \\in B$,\n\\item $x = y$.\n\\end{derivcheck}"
    document = read("a.tex", body)
    assert [(g.source.text, g.source.place(0)) for g in document.given] == [
        (r"A \in B", (2, 17)),
        ("x = y", (3, 8)),
    ]
    assert document.claims == []


@pytest.mark.parametrize(
    ("preamble", "body"),
    [
        (r"\DeclarePairedDelimiter{\norm}{\lVert}{\rVert}", r"\norm{x}_2^2 = x^\top x"),
        (r"\DeclarePairedDelimiter{\norm}{\lVert}{\rVert}", r"\norm*{2 x}_2^2 = 4 x^\top x"),
        (r"\DeclarePairedDelimiter{\norm}{\lVert}{\rVert}", r"\norm[\big]{x}_2^2 = x^\top x"),
        (r"\DeclarePairedDelimiterX{\p}[2]{\langle}{\rangle}{#1, #2}", r"\p{x}{y} = y^\top x"),
        (
            r"\NewDocumentCommand{\pd}{m m}{\frac{\partial #1}{\partial #2}}",
            r"\pd{y^\top x}{x} = y",
        ),
        (r"\newcommand{\g}[2][x]{\nabla_{#1}\bigl(#2\bigr)}", r"\g{y^\top x} = y"),
        (r"\newcommand{\g}[2][x]{\nabla_{#1}\bigl(#2\bigr)}", r"\g[y]{y^\top x} = x"),
        (r"\newcommand{\g}[2][x]{\nabla_{#1}\bigl(#2\bigr)}", r"\g [y] {[x^\top y]} = x"),
        (r"\let\T\top\newcommand{\t}{^{\T}}", r"x\t y = y\t x"),
    ],
)
def test_macros_of_papers(preamble: str, body: str) -> None:
    given = "% derivcheck:\n%   layout: denominator\n%   given: ['x, y \\in \\mathbb{R}^n']\n"
    text = f"{preamble}\n{given}\n${body}$"
    assert [step.verdict for step in check_text(text, path="a.tex").steps] == ["proved"]


def test_a_bracket_behind_a_macro_must_close() -> None:
    report = check_text("\\newcommand{\\g}[1][x]{#1}\n\\[ \\g[y = y \\]", path="a.tex")
    (step,) = report.steps
    assert step.diagnostic is not None
    assert "`[` after the macro `\\g` is never closed" in step.diagnostic.headline


def test_a_restatable_theorem_is_the_theorem_that_it_names() -> None:
    text = (
        "\\newtheorem{thm}{Theorem}\\begin{restatable}[Main]{thm}{main}\\label{t}\nIt is $a = a$."
        "\n\\end{restatable}"
    )
    (claim,) = read("a.tex", text).claims
    assert (claim.name, claim.title) == ("Theorem 1", "Main")
    assert [part.source.text for part in claim.formulas] == ["a = a"]


# --- several files --------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sec").mkdir()
    (tmp_path / "mac.sty").write_text("\\newcommand{\\R}{\\mathbb{R}}\n")
    (tmp_path / "sec" / "one.tex").write_text("\\section{One}\nIt is\n\\[ A x = x A \\]\n")
    (tmp_path / "main.tex").write_text(
        "\\documentclass{article}\n\\usepackage{mac}\n% derivcheck:\n"
        "%   given: ['A \\in \\R^{n \\times n}', 'x \\in \\R^n']\n\\begin{document}\n"
        "% \\input{sec/two}\nWe have \\input{sec/one} and $A = A$.\n\\end{document}\n"
    )
    return tmp_path


def test_places_are_in_the_file_that_holds_them(folder: Path) -> None:
    report = check_file(folder / "main.tex")
    places = report.places
    found = [places.within(step.span.line, step.span.column) for step in report.steps]
    assert found == ["sec/one.tex:3:8", "7:32"]
    assert [step.verdict for step in report.steps] == ["ill-shaped", "proved"]
    diagnostic = report.steps[0].diagnostic
    assert diagnostic is not None
    assert any(note.endswith("(line 4)") for note in diagnostic.notes)
    assert report.diagnostics == []


def test_a_folder_leaves_parts_of_other_files_to_them(folder: Path) -> None:
    from derivcheck.files import select

    selection = select([str(folder)])
    assert [source.path.name for source in selection.sources] == ["main.tex"]


@pytest.mark.parametrize(
    "name", ["../secret", "{root}/secret", "sec/../../secret", "link", "pass.txt"]
)
def test_nothing_outside_of_the_folder_is_read(folder: Path, name: str) -> None:
    home = folder / "home"
    home.mkdir()
    (folder / "secret.tex").write_text("$hidden = hidden$")
    (home / "pass.txt").write_text("$hidden = hidden$")
    (home / "link.tex").symlink_to(folder / "secret.tex")
    (home / "a.tex").write_text(rf"$A = A$ \input{{{name.replace('{root}', str(folder))}}}")
    report = check_file(home / "a.tex")
    assert "hidden" not in report.text
    assert [found.code for found in report.diagnostics] == ["DC001"]


def test_imported_files_take_in_those_beside_them(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "main.tex").write_text("\\import{a/}{one}\n\\input{last}\n")
    (tmp_path / "a" / "one.tex").write_text("\\input{two} \\subimport{b}{three}")
    (tmp_path / "a" / "two.tex").write_text("$2 = 2$")
    (tmp_path / "a" / "b" / "three.tex").write_text("$3 = 3$ \\input{last}")
    (tmp_path / "last.tex").write_text("$4 = 4$")
    report = check_file(tmp_path / "main.tex")
    assert [step.lhs for step in report.steps] == list("2344")
    assert report.diagnostics == []
    from derivcheck.files import select

    assert [s.path.name for s in select([str(tmp_path)]).sources] == ["main.tex"]


def test_files_that_take_in_each_other_end(tmp_path: Path) -> None:
    (tmp_path / "a.tex").write_text("$A = A$ \\input{b}\n")
    (tmp_path / "b.tex").write_text("$B = B$ \\input{a} \\input{b}\n")
    report = check_file(tmp_path / "a.tex")
    assert len(report.text) < 1_000
    assert {found.code for found in report.diagnostics} == {"DC001"}


# --- hostile text ---------------------------------------------------------------------------------

HOSTILE = [
    "\\begin{a}" * 3_000,
    "\\frac" * 20_000,
    "$" * 20_001,
    "%" * 20_000 + "\n",
    "\\newcommand{\\a}{\\a}" * 3_000 + "$\\a$",
    "\\newtheorem{a}{A}" * 3_000,
    "\\item" * 20_000,
    "\\begin{derivcheck}\ngiven: [" * 500,
    "\\iffalse" * 20_000,
    "\\section{" * 900,
    "\\footnote{" * 900,
    "\\begin{verbatim}" * 3_000,
    "\\newenvironment{x}" * 3_000,
    "\\DeclarePairedDelimiter{\\a}{" * 3_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: re.sub(r"\W+", "-", text[:20]))
def test_hostile_text_is_read_without_an_error(text: str) -> None:
    read("a.tex", text)


# --- random text ----------------------------------------------------------------------------------

FRAGMENTS = [
    "$", "$$", r"\[", r"\]", r"\(", r"\)", "{", "}", "[", "]", "%", "\n", "\n\n", " ", "a = b",
    "x", "&", "~", r"\section", r"\item", r"\begin{enumerate}", r"\end{enumerate}",
    r"\begin{thm}", r"\end{thm}", r"\newtheorem{thm}{Theorem}[section]", r"\newcommand",
    r"{\foo}", r"\def\be{\begin{equation}}", r"\be", r"\def\ee{\end{equation}}", r"\ee",
    r"\footnote{", r"\input{a}", r"\iffalse", r"\fi", r"\verb|", r"\begin{derivcheck}",
    r"\end{derivcheck}", "given: [", "% derivcheck:\n%  given: ['a']\n", "\\",
    "% derivcheck: skip\n", r"\begin{verbatim}", r"\end{verbatim}", r"\begin{align}",
    r"\end{align}", "é", r"\begin{document}", r"\end{document}", r"\begin{proof}[",
    r"\paragraph{X}", r"\textbf{", "\x00", "𝔸",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(100))
def test_every_character_of_a_formula_stands_where_its_place_says(seed: int) -> None:
    chance = random.Random(seed)
    text = "".join(chance.choices(FRAGMENTS, k=chance.choice([5, 20, 60, 300])))
    document = read("a.tex", text, {"a.tex": r"$x=y$ \input{a}"}.get)
    lines = document.text.split("\n")
    for claim in document.claims:
        for formula in claim.formulas:
            for offset, character in enumerate(formula.source.text):
                line, column = formula.source.place(offset)
                # Where a definition was cut out of a formula, a blank stands for it.
                if character not in {"\n", " "}:
                    assert lines[line - 1][column - 1] == character
