r"""How each limit of ``derivcheck/limits.py`` is met: what is made small, and what needs more.

A row that makes nothing small meets the limit as it stands.
"""

from __future__ import annotations

EASY = r"$$ A^\top{}^\top = A $$"
"""Stands beside whatever meets a limit, and is proved all the same."""

NAMES = r"""
  - 'A, B, C, S \in \mathbb{R}^{n \times n}'
  - 'D \in \mathbb{R}^{2 \times 2}'
  - 'X \in \mathbb{R}^{n \times m}'
  - 'x, y, z \in \mathbb{R}^n'
  - 'u \in \mathbb{R}^2'
  - 'w \in \mathbb{R}^{n^2}'
  - 'a, b, c \in \mathbb{R}'
  - 'i \in \{1, \dots, n\}'
  - 'g: \mathbb{R} \to \mathbb{R}'
  - 'f: \mathbb{R}^2 \to \mathbb{R}'"""


def head(*given: str) -> str:
    lines = "".join(f"\n  - '{line}'" for line in given)
    return f"---\ngiven:{NAMES}{lines}\n---\n"


def document(formula: str, *given: str) -> str:
    return f"{head(*given)}$$ {formula} $$\n\n{EASY}\n"


Changes = dict[str, int]

# --- reading: what is not read is said, and what stands before it is checked -----------------------

BOTH = f"{head()}{EASY}\n\n$$ A B = B A $$\n"
INPUTS = {
    "main.tex": r"Let $A \in \mathbb{R}^{n \times n}$ be given. \[ A^\top{}^\top = A \]"
    "\n\\input{one}\n\\input{two}\n",
    "one.tex": "One.\n\\input{three}\n",
    "two.tex": "Two.\n",
    "three.tex": "Three.\n",
}
CELLS = (
    r'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": ['
    r'{"cell_type": "markdown", "id": "a", "metadata": {}, "source":'
    r' "Let $A, B \\in \\mathbb{R}^{n \\times n}$ be given.\n\n$$ A^\\top{}^\\top = A $$"},'
    r'{"cell_type": "markdown", "id": "b", "metadata": {}, "source": "$$ A B = B A $$"}]}'
)

CUT: dict[str, tuple[Changes, dict[str, str]]] = {
    "DOCUMENT_CHARACTERS": ({"reading.markdown.MOST_CHARACTERS": len(EASY) + 2}, {"a.md": BOTH}),
    "DOCUMENT_LINES": ({"reading.markdown.MOST_LINES": 1}, {"a.md": BOTH}),
    "LATEX_CHARACTERS": ({"reading.latex.MOST_CHARACTERS": 90}, {"a.tex": INPUTS["main.tex"]}),
    "NOTEBOOK_CHARACTERS": ({"reading.notebook.MOST_CHARACTERS": 80}, {"a.ipynb": CELLS}),
    "INCLUDED_FILES": ({"reading.inclusion.MOST_FILES": 1}, INPUTS),
    "INCLUDED_CHARACTERS": ({"reading.inclusion.MOST_CHARACTERS": 10}, INPUTS),
    "INCLUSION_DEPTH": ({"reading.inclusion.DEEPEST": 1}, INPUTS),
    "FORMULAS": ({"reading.assembly.MOST_FORMULAS": 1}, {"a.md": BOTH}),
    "PIECES": (
        {"reading.assembly.MOST_PIECES": 1},
        {"a.md": f"{head()}{EASY.replace('$$', '$')} and then $A B = B A$.\n"},
    ),
    "MACROS": (
        {"reading.assembly.MOST_DEFINITIONS": 1},
        {"a.md": rf"{head()}{EASY} \newcommand{{\p}}{{A}} \newcommand{{\q}}{{B}}"},
    ),
    "FRONT_MATTER_CHARACTERS": (
        {"reading.front_matter.LONGEST": 50},
        {"a.md": BOTH.replace(EASY, r"Let $A \in \mathbb{R}^{n \times n}$." + f"\n\n{EASY}")},
    ),
    "FRONT_MATTER_DEPTH": (
        {"reading.yaml_tree.DEEPEST": 2},
        {"a.md": BOTH.replace(EASY, r"Let $A \in \mathbb{R}^{n \times n}$." + f"\n\n{EASY}")},
    ),
}
"""Files, the first of which is not read to its end."""

READ_ALIKE: dict[str, tuple[Changes, str]] = {
    "BLOCK_DEPTH": ({"reading.blocks.DEEPEST": 1}, f"{head()}> > > > {EASY}\n"),
    "PROSE_DEPTH": (
        {"reading.prose._DEEPEST": 0},
        rf"{head()}Thus (as (so often) before) we have {EASY}",
    ),
    "PROSE_CHARACTERS": ({}, f"{head()}{'word ' * 2_000} we have {EASY}"),
}
"""Texts of which the formula is read all the same."""

# --- language: the formula is unreadable ------------------------------------------------------------

LONG = " + ".join(["A"] * 12_000)
TWICE = r"\newcommand{\p}{A}"
UNREADABLE: dict[str, tuple[Changes, str, tuple[str, ...]]] = {
    "FORMULA_CHARACTERS": ({}, f"{LONG} = A", ()),
    "FORMULA_TOKENS": ({}, f"{'A+' * 5_000} A = A", ()),
    "FORMULA_DEPTH": ({}, f"{'(' * 120} A {')' * 120} = A", ()),
    "MACRO_EXPANSIONS": ({"language.macros.MAX_EXPANSIONS": 1}, rf"{TWICE} \p \p = A A", ()),
    "MACRO_DEPTH": (
        {"language.macros.MAX_MACRO_DEPTH": 0},
        rf"{TWICE} \newcommand{{\q}}{{\p}} \q A = A A",
        (),
    ),
    "MACRO_BODY": ({}, rf"\newcommand{{\p}}{{{'A ' * 3_000}}} \p = A", ()),
    "NUMBER_DIGITS": ({}, f"{'9' * 101} a = {'9' * 101} a", ()),
    "EXPONENT": ({}, "a^{1000001} = a^{1000001}", ()),
    "WRITTEN_POWER": ({}, "a^{65} = a^{64} a", ()),
    "TREE_HEIGHT": (
        {"language.parser.MAX_HEIGHT": 10},
        "(" * 20 + "A" + r")^\top" * 20 + "= A",
        (),
    ),
    "WRITTEN_TERMS": (
        {},
        r"\sum_{k=1}^{32} \sum_{l=1}^{32} \sum_{j=1}^{2} a = 2048 a",
        (),
    ),
    "GOAL_DEPTH": (
        {"language.elaborate.MAX_DEPTH": 3},
        "p(p(p(a))) = a^8",
        ("p(a) = a^2",),
    ),
    "GOAL_PARTS": (
        {"language.elaborate.MAX_PARTS": 10},
        "p(p(p(a))) = a^8",
        ("p(a) = a^2",),
    ),
}

# --- kernel and search: the step is undecided -------------------------------------------------------

EXPANSION = "(A + B) (A + B) x = A A x + A B x + B A x + B B x"
IDEMPOTENT = "S S = S"
REWRITTEN = "S S S A = S A"
INVERTIBLE = (r"A \text{ invertible}", r"B \text{ invertible}", r"A + B \text{ invertible}")
POSITIVE = ("a > 0", "b > 0")
LOGARITHM = r"\log(a b) = \log(a) + \log(b)"
TRACE = r"\operatorname{tr}(X (X^\top X + I)^{-1} X^\top)"
PUSHED = rf"{TRACE} = \operatorname{{tr}}(X X^\top (X X^\top + I)^{{-1}})"
RIDGES = (r"X^\top X + I \text{ invertible}", r"X X^\top + I \text{ invertible}")
SHERMAN = (
    r"(a I + b \mathbf{1} \mathbf{1}^\top)^{-1} x"
    r" = \frac{1}{a} (x - \frac{b}{a + n b} \mathbf{1} \mathbf{1}^\top x)"
)

MET: dict[str, tuple[Changes, str, tuple[str, ...]]] = {
    "CONTRACTIONS": ({"terms.scope.MAX_WORK": 20}, EXPANSION, ()),
    "LOWERING_DEPTH": ({"kernel.lowering.MAX_DEPTH": 2}, EXPANSION, ()),
    "LOWERED_NODES": ({"kernel.lowering.MAX_NODES": 10}, EXPANSION, ()),
    "POWER_FACTORS": ({"extensions.powers.MAX_FACTORS": 1}, "(a b)^n = a^n b^n", POSITIVE),
    "DETERMINANT_SIZE": (
        {"laws.determinants.MAX_EXPANDED": 1, "prover.laws.MAX_EXPANDED": 1},
        r"\det(D) = D_{11} D_{22} - D_{12} D_{21}",
        (),
    ),
    "MOMENT": (
        {"extensions.moments.MAX_MOMENT": 1},
        r"\mathbb{E}[x x^\top] = C + y y^\top",
        (r"x \sim \mathcal{N}(y, C)",),
    ),
    "COLLECTING": ({"prover.normal_form.MAX_LOOKS": 1}, EXPANSION, ()),
    "MATCHING": (
        {"prover.matching.MAX_BRANCHES": 1},
        r"\operatorname{tr}(A B A B) = \operatorname{tr}(B A B A)",
        (),
    ),
    "TIES": (
        {"prover.diagrams.MAX_TIES": 0},
        r"S S (A x \odot A y) = S (A y \odot A x)",
        (IDEMPOTENT,),
    ),
    "RULES": ({"prover.completion.MAX_RULES": -1}, REWRITTEN, (IDEMPOTENT,)),
    "OVERLAPS": (
        {"prover.completion.MAX_PAIRS": 0},
        "A^{-1} (A^{-1} + B^{-1})^{-1} B^{-1} = (A + B)^{-1}",
        INVERTIBLE,
    ),
    "WAITING": ({"prover.completion.MAX_WAITING": -1}, SHERMAN, (r"a \neq 0", r"a + n b \neq 0")),
    "REWRITES": ({"prover.rewriting.MAX_REWRITES": -1}, REWRITTEN, (IDEMPOTENT,)),
    "REWRITING": ({"prover.rewriting.MAX_WORK": -1}, REWRITTEN, (IDEMPOTENT,)),
    "SETTLED": (
        {"prover.writing.MAX_SETTLED": 0},
        r"g(x^\top S S y) = g(x^\top S y)",
        (IDEMPOTENT,),
    ),
    "MULTIPLES": ({"prover.unwinding.MAX_MULTIPLES": 0}, REWRITTEN, (IDEMPOTENT,)),
    "FIXED_POSITIONS": (
        {"prover.translation.MAX_POSITIONS": 0},
        r"S_{11} = \sum_{k=1}^n S_{1k} S_{k1}",
        (IDEMPOTENT,),
    ),
    "CIRCLE_EQUATIONS": ({"prover.circles.MAX_EQUATIONS": 0}, PUSHED, RIDGES),
    "LAWS": ({"prover.determinants.MAX_USES": 0}, r"\det(A B) = \det(A) \det(B)", ()),
    "FACTS": ({"prover.numbers.MAX_FACTS": 0}, LOGARITHM, POSITIVE),
    "FUNCTION_LOOKS": ({"prover.numbers.MAX_LOOKS": -1}, LOGARITHM, POSITIVE),
    "SQUARE_TERMS": ({"prover.numbers.MAX_SQUARE": 2}, r"\sqrt{c^2 + 2 c + 1} = |c + 1|", ()),
    "COPIES": ({}, r"\exp(17 a) = \exp(a)^{17}", ()),
    "FACTORED_NUMBER": ({}, r"\log(1000003) = \log(2000006) - \log(2)", ()),
    "WRITTEN_POSITIONS": (
        {"prover.blocks.MAX_POSITIONS": 1},
        "f(u) = f(u_1 e_1 + u_2 e_2)",
        (),
    ),
    "BLOCK_PARTS": (
        {"prover.blocks.MAX_PARTS": 1, "prover.blocks.MAX_POSITIONS": 1},
        r"u = u_1 e_1 + u_2 e_2",
        (),
    ),
    "BLOCK_ARGUMENTS": (
        {"prover.blocks.MAX_ARGUMENTS": 0},
        r"f(u) = f(\begin{bmatrix} u_1 \\ u_2 \end{bmatrix})",
        (),
    ),
    "BLOCK_TERMS": (
        {"prover.blocks.MAX_TERMS": 0},
        r"D D - \operatorname{tr}(D) D + \det(D) I = 0",
        (),
    ),
}
"""True formulas that need more; each is undecided, out of budget."""

NOT_REFUTED: dict[str, tuple[Changes, str, tuple[str, ...]]] = {
    "ARRAY_ENTRIES": ({"prover.exact.evaluation._MOST_ENTRIES": 0}, "A B = B A", ()),
    "EVALUATED_TERMS": (
        {"prover.exact.polynomials._MOST_TERMS": 0},
        r"\mathbb{E}[x x^\top] = 2 C + y y^\top",
        (r"x \sim \mathcal{N}(y, C)",),
    ),
    "EVALUATED_ORDER": ({"prover.dense._HIGHEST_ORDER": 0}, "g'(a) = a", ()),
    "FREE_ENTRIES": ({"prover.examples._MOST_FREE_ENTRIES": 0}, "A B = B A", ()),
    "UNKNOWNS": ({"prover.exact.solving._MOST_UNKNOWNS": 0}, "B C = B", ("B C = C B",)),
    "INSTANCES": (
        {"prover.exact.constraints._MOST_INSTANCES": 0},
        r"x^\top x = 2 \mathbf{1}^\top y",
        ("x_i^2 = y_i",),
    ),
    "SIZE_POWER": ({"prover.exact.evaluation._LARGEST_EXPONENT": 1}, "w = 2 w", ()),
}
"""False formulas whose counterexample needs more; each is undecided, out of budget."""

SAME: dict[str, tuple[Changes, str, tuple[str, ...], str]] = {
    "FIRST_MONOMIALS": ({"prover.strategy.SHORT": 1}, EXPANSION, (), "proved"),
    "GROUP_MONOMIALS": ({"prover.normal_form.MOST_MULTIPLIED_OUT": 0}, EXPANSION, (), "proved"),
    "CIRCLE_DIAGRAMS": ({"prover.circles.MAX_DIAGRAMS": 0}, PUSHED, RIDGES, "proved"),
    "IDENTIFIED": (
        {"prover.pseudo_inverses.MAX_CANDIDATES": 0},
        r"X^+ = (X^\top X)^{-1} X^\top",
        (r"X^\top X \text{ invertible}",),
        "proved",
    ),
    "PLANS": ({"prover.examples._MOST_CHOICES": 1}, "B C = B", ("B C = C B",), "refuted"),
    "NUMBER_BITS": ({"prover.exact.evaluation._MOST_BITS": 1}, "c A^3 = c A^2", (), "refuted"),
    "BLOCK_EQUATIONS": (
        {"language.block_equations.MAX_BLOCKS": 0},
        r"\begin{bmatrix} x & y \end{bmatrix} = \begin{bmatrix} z & z \end{bmatrix}",
        (r"\begin{bmatrix} x & y \end{bmatrix} = \begin{bmatrix} z & z \end{bmatrix}",),
        "proved",
    ),
    "WRITTEN_SUM": (
        {"language.elaborate.MAX_WRITTEN_SUM": 1},
        r"\sum_{k=1}^{3} a = 3 a",
        (),
        "proved",
    ),
}
"""Limits that change the way, and the verdict that stays."""
