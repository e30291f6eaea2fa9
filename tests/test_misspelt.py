"""Names that nothing introduces, and names in two shapes."""

from __future__ import annotations

import pytest

from derivcheck.checking import check_text
from derivcheck.fixing import applied

GIVEN = r"""---
given:
  - 'W^{(K)} \in \mathbb{R}^{n \times m}'
  - 'h^{(K-1)} \in \mathbb{R}^m'
  - 'b^{(K)} \in \mathbb{R}^n'
  - '\boldsymbol{\Sigma} \in \mathbb{R}^{n \times n}'
  - 'a^{(K)} = W^{(K)} h^{(K-1)} + b^{(K)}'
---

"""


@pytest.mark.parametrize(
    ("step", "names"),
    [
        ("a(K) = W^{(K)} h^{(K-1)} + b^{(K)}", ["a^{(K)}"]),
        ("a^{(K)} = W(K) h^{(K-1)} + b^{(K)}", ["W^{(K)}"]),
        ("a^{(K)} = W^K h^{(K-1)} + b_K", ["W^{(K)}", "b^{(K)}"]),
        (r"b^{(K)} + \Sigma b^{(K)} = (I + \Sigma) b^{(K)}", [r"\boldsymbol{\Sigma}"]),
    ],
)
def test_the_names_meant_are_proved_and_written(step: str, names: list[str]) -> None:
    text = f"{GIVEN}$${step}$$\n"
    [found] = check_text(text).steps
    assert found.verdict == "unreadable"
    assert found.diagnostic is not None
    [item] = found.diagnostic.help
    assert item.verified
    assert all(f"`{name}`" in item.text for name in names)
    [again] = check_text(applied(text, item.changes)).steps
    assert again.verdict == "proved"


def test_a_name_meant_is_no_proof_of_a_false_step() -> None:
    [found] = check_text(f"{GIVEN}$$a(K) = W^{{(K)}} h^{{(K-1)}}$$\n").steps
    assert found.diagnostic is not None
    [item] = found.diagnostic.help
    assert item.text == "did you mean `a^{(K)}`?"
    assert not item.verified


def test_a_name_in_two_shapes_is_pointed_out() -> None:
    text = f"{GIVEN}Here $b^{{(K)}} \\in \\mathbb{{R}}^m$.\n"
    [found] = check_text(text).steps
    assert found.diagnostic is not None
    assert found.diagnostic.headline == "`b^{(K)}` is n × 1 on line 5 and m × 1 here"
    assert "another name" in found.diagnostic.help[0].text


def test_a_given_that_gives_a_name_another_shape_says_what_to_do() -> None:
    second = "\n  - 'W^{(K)} \\in \\mathbb{R}^{n \\times n}'\n---"
    [found] = check_text(f"{GIVEN}$$b^{{(K)}} = b^{{(K)}}$$".replace("\n---", second)).diagnostics
    assert "is n × m on line 3 and n × n here" in found.headline
    assert "another name" in found.help[0].text


def test_a_new_name_on_the_left_may_be_defined() -> None:
    [found] = check_text(f"{GIVEN}$$H = W^{{(K)}} h^{{(K-1)}}$$\n").steps
    assert found.diagnostic is not None
    [item] = found.diagnostic.help
    assert item.text == "if `H` is defined here, open the sentence with *let*, or write `H := …`"
