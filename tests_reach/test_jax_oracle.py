"""What is proved holds with derivatives by JAX, what is refuted does not."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from jax_oracle import Judged, judged  # noqa: E402

FILES = [path for path in sorted((ROOT / "proofs").glob("*.md")) if path.name != "README.md"]
FILES += sorted((ROOT / "tests" / "corpus" / "proved").glob("*.md"))
FILES += sorted((ROOT / "tests" / "corpus" / "refuted").glob("*.md"))
COUNTS: Counter[str] = Counter()
"""How many steps were judged, and how many derivatives were taken, over all files so far."""


def counted(path: Path) -> list[Judged]:
    found = list(judged(path.read_text(encoding="utf-8")))
    COUNTS["steps"] += len(found)
    COUNTS["judged"] += sum(one.holds is not None for one in found)
    COUNTS["derivatives"] += sum(one.derivatives for one in found)
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_jax_agrees(path: Path) -> None:
    assert [one for one in counted(path) if one.disagreement] == []


def test_jax_has_an_opinion_of_many_steps() -> None:
    assert COUNTS["judged"] > 400, COUNTS
    assert COUNTS["derivatives"] > 100, COUNTS


GIVEN = r"""
  - 'A \in \mathbb{R}^{n \times n}'
  - 'B \in \mathbb{R}^{m \times n}'
  - 'x \in \mathbb{R}^n'
  - 'g: \mathbb{R} \to \mathbb{R}'
  - 'L: \mathbb{R}^m \to \mathbb{R}'
"""


@pytest.mark.parametrize(
    ("layout", "true", "false"),
    [
        (
            "denominator",
            r"\nabla_x (x^\top A x) = (A + A^\top) x",
            r"\nabla_x (x^\top A x) = 2 A x",
        ),
        ("numerator", r"\nabla_x (x^\top A x) = x^\top (A + A^\top)", r"\nabla_x L(B x) = 0"),
        ("mixed", r"\frac{\partial B x}{\partial x} = B", r"\frac{\partial B x}{\partial x} = 2 B"),
        (
            "denominator",
            r"\frac{\partial g(x)}{\partial x} = \operatorname{diag}(g'(x))",
            r"\frac{\partial g(A x)}{\partial x} = \operatorname{diag}(g'(A x)) A",
        ),
        (
            "denominator",
            r"\nabla_A \operatorname{tr}(A A) = 2 A^\top",
            r"\nabla_A \operatorname{tr}(A A) = 2 A",
        ),
        ("denominator", r"\nabla^2_x (x^\top A x) = A + A^\top", r"\nabla^2_x (x^\top A x) = 2 A"),
    ],
)
def test_jax_tells_a_slip(layout: str, true: str, false: str) -> None:
    """It would be worth nothing if it found every step right."""
    text = f"---\nlayout: {layout}\ngiven:{GIVEN}---\n$${true}$$\n\n$${false}$$\n"
    right, wrong = judged(text, ("proved", "refuted", "undecided"))
    assert (right.holds, wrong.holds) == (True, False)
