"""Where a claim begins, what it is called, and which formulas it states."""

from __future__ import annotations

import pytest

from derivcheck.reading import read
from derivcheck.reading.claims import LONGEST_TITLE, heading_name, lead_at, one_line, slug


def claims(text: str) -> list[tuple[str, str, int]]:
    return [(claim.name, claim.title, claim.line) for claim in read("a.md", text).claims]


def check(text: str, *expected: tuple[str, str, int]) -> None:
    assert claims(text) == list(expected)


def stated(text: str) -> str:
    """Return a letter for each formula: ``s`` for the statement, ``d`` for the derivation."""
    formulas = [formula for claim in read("a.md", text).claims for formula in claim.formulas]
    return "".join("s" if formula.statement else "d" for formula in formulas)


def test_check_fails_on_a_wrong_line() -> None:
    with pytest.raises(AssertionError):
        check("# A\n$x$", ("a", "A", 2))


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Claim 3", "3"),
        ("Claim 3: the bias", "3"),
        ("Part (b)", "b"),
        ("Lemma 2.1 (Woodbury)", "Lemma 2.1"),
        ("3. Newton", "3"),
        ("3 Newton", "3"),
        ("3.2 Newton", "3.2"),
        ("(a) Entries", "a"),
        ("A. Setup", "A"),
        ("Proof", "proof"),
        ("Definition of the layer", "definition-of-the-layer"),
        ("Definition", "Definition"),
        ("The gradient \\nabla f", "the-gradient-nabla-f"),
        ("3D rotations", "3d-rotations"),
        ("Größe", "größe"),
        ("!", ""),
    ],
)
def test_name_of_a_heading(title: str, name: str) -> None:
    assert heading_name(title) == name


@pytest.mark.parametrize(
    ("text", "name", "title"),
    [
        ("**Lemma.** Text", "Lemma", "Lemma"),
        ("**Identity 2.** Text", "Identity 2", "Identity 2"),
        ("__Step 1__ Text", "Step 1", "Step 1"),
        ("**Mean.** Text", "mean", "Mean"),
        ("**In terms of\nall** both", "in-terms-of-all", "In terms of all"),
        ("*Lemma 2.* Text", "Lemma 2", "Lemma 2"),
        ("Step 2: Text", "Step 2", "Step 2"),
        ("(2) Show it", "2", None),
        ("(a) $x$", "a", None),
        ("2.1. Show it", "2.1", None),
        ("3\\. Show it", "3", None),
    ],
)
def test_lead(text: str, name: str, title: str | None) -> None:
    lead = lead_at(text, None)
    assert lead is not None
    assert (lead.name, lead.title) == (name, title)


@pytest.mark.parametrize(
    "text",
    [
        "Text",
        "(1) and (2) together",
        "**Proof.** Text",
        "**Solution** Text",
        "**Note** that",
        "**Let** it",
        "*indeed* it",
        "Step one",
        "a **Lemma.**",
        "****",
        "",
    ],
)
def test_no_lead(text: str) -> None:
    assert lead_at(text, None) is None


def test_headings_and_the_text_before_them() -> None:
    check(
        "Text\n$x$\n\n# A\n\n## B $y$\n$z$\n\n## B\n$u$\n\n# B\n$v$",
        ("", "", 2),
        ("b-y", "B $y$", 6),
        ("b", "B", 9),
        ("b-2", "B", 12),
    )


def test_numbered_items_are_claims_up_to_the_next() -> None:
    check(
        "# A\n\n1. Show $x_{i}$.\n\nText $y$\n\n2. *Show* that\n$$z$$\n\n# B\n$u$",
        ("1", "Show $x_{i}$", 3),
        ("2", "Show that", 7),
        ("b", "B", 10),
    )


def test_nested_numbers_open_no_claims() -> None:
    check(
        "1. Show $x$\n   1. first $y$\n   2. then $z$\n2. Show $u$",
        ("1", "Show $x$", 1),
        ("2", "Show $u$", 4),
    )


def test_a_claim_without_formulas_is_none() -> None:
    check("# A\n\n**Lemma.** Text\n\n# B\n\n$x$", ("b", "B", 5))


def test_theorem_environments() -> None:
    text = "\\begin{theorem}[Chain rule]\nLet $x$.\n\n$$y$$\n\\end{theorem}\nProof. $z$"
    check(text, ("Theorem", "Chain rule", 1))
    assert stated(text) == "ssd"


def test_fenced_divs() -> None:
    text = "::: {.lemma #id}\n$x$\n\n::: note\n$y$\n:::\n\n$z$\n:::\n$u$"
    check(text, ("Lemma", "Lemma", 1))
    assert stated(text) == "sssd"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# A $x$\n\n$y$", "sd"),
        ("1. Show $x$. Then $y$.\n\n   More $z$.", "ssd"),
        ("1. Show that\n$$x$$\nand $y$.", "sd"),
        ("1. Show that\n\n$$x$$\n\n$$y$$", "sd"),
        ("1. Show this.\n\n$$x$$", "d"),
        ("1. Show $x$\n\n$$y$$", "sd"),
        ("(2) Let $A$ be square. Show that\n\n$$x$$", "ss"),
        ("(2) Expand. As $x$ is so, and\n\n$$y$$", "sd"),
        ("**Lemma.** $$x$$", "s"),
        ("**Lemma.**\n\n$$x$$\n\n$$y$$", "sd"),
        ("**Lemma.** For $x$ we have $$y$$ so $$z$$", "ssd"),
        ("**Lemma.** Let $x$ be so. Then $$y$$ so $$z$$", "ssd"),
        ("**Lemma.** It is so.\n\n$$y$$", "d"),
        ("**Mean.** It is so. Then $$y$$", "d"),
        ("**Claim $x$.** It is $y$.", "ss"),
        ("1. Show that\n\n   ```math\n   x\n   ```", "s"),
        ("# A\n\n$$x$$", "d"),
    ],
)
def test_statement(text: str, expected: str) -> None:
    assert stated(text) == expected


def test_titles_are_one_bounded_line() -> None:
    assert one_line("a\n b") == "a b"
    assert len(one_line("word " * 1_000)) <= LONGEST_TITLE
    assert one_line("word " * 1_000).endswith("…")


def test_slugs_can_be_typed() -> None:
    assert slug("A_b — $\\nabla$!") == "a-b-nabla"
