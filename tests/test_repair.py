"""Repairs: each kind on a small document, and that nothing is offered that is not proved."""

from __future__ import annotations

import pytest

from derivcheck import repair
from derivcheck.algebra.goal import Goal
from derivcheck.checking import Options, check_text
from derivcheck.diagnostics import Diagnostic, Help
from derivcheck.language.derivation import understand
from derivcheck.language.steps import Step
from derivcheck.reading import read
from derivcheck.report.model import StepReport

GIVEN = r"""
  - 'A, B \in \mathbb{R}^{n \times n}'
  - 'X \in \mathbb{R}^{n \times m}'
  - 'W \in \mathbb{R}^{p \times n}'
  - 'b \in \mathbb{R}^p'
  - 'x, y \in \mathbb{R}^n'
  - 'z \in \mathbb{R}^m'
  - '\lambda \in \mathbb{R}'
  - 'g: \mathbb{R} \to \mathbb{R}'
  - 'L: \mathbb{R}^p \to \mathbb{R}'
  - 'a = W x + b'
  - 'h = g(a)'
  - 'h^{(k-1)}, h^{(k)} \in \mathbb{R}^n'
  - 'y^{(k)} = A h^{(k-1)}'
"""


def document(step: str, layout: str = "denominator") -> str:
    return f"---\nlayout: {layout}\ngiven:{GIVEN}---\n\n$${step}$$\n"


def checked(text: str) -> StepReport:
    [step] = check_text(text).steps
    return step


def verified(step: StepReport) -> list[Help]:
    return [item for item in step.diagnostic.help if item.verified] if step.diagnostic else []


@pytest.mark.parametrize(
    ("step", "replacement"),
    [
        (r"(A B)^\top = A^\top B^\top", r"B^\top A^\top"),
        (r"(A X)^\top = X^\top A", r"X^\top A^\top"),
        (r"\operatorname{tr}(A^\top B) = \operatorname{tr}(A^\top B^\top)", None),
        (r"\nabla_x (x^\top x) = x", "2 x"),
        (r"\nabla_x (x^\top A x) = 2 A x", r"(A + A^\top) x"),
        (r"\nabla_x (\tfrac{1}{2} x^\top x) = 2 x", "x"),
        (r"\nabla_x (\lambda x^\top y) = y", r"\lambda y"),
        (r"\nabla_x \|x - y\|_2^2 = 2 (y - x)", "2 (x - y)"),
        (r"(A - B)^\top = A^\top + B^\top", r"A^\top - B^\top"),
        (r"(A x) \odot y = A x y", r"A x \odot y"),
        (r"(A \otimes B)^\top = B^\top \otimes A^\top", r"A^\top \otimes B^\top"),
        (r"\operatorname{vec}(A X) = (A \otimes I_m) \operatorname{vec}(X)", None),
        (r"\frac{\partial h}{\partial a^\top} = g'(a)", r"\operatorname{diag}(g'(a))"),
        (r"\frac{\partial h}{\partial a^\top} = \operatorname{diag}(g(a))", None),
        (r"\nabla_X \operatorname{tr}(X^\top A X) = (A + A) X", r"(A^\top + A) X"),
        (r"x^\top A x = x x^\top A", r"\operatorname{tr}(x x^\top A)"),
        (r"a = W x", "W x + b"),
        (r"y^{(k)} = A h^{(k)}", "A h^{(k-1)}"),
        (r"\operatorname{diag}(x) y = x \otimes y", r"x \odot y"),
        (r"X z = X^\top z", "X z"),
        (r"\nabla_W L(a) = \nabla L(a) \, x", r"\nabla L(a) \, x^\top"),
        (r"\nabla_A \det(A) = A^{-\top}", r"\det(A) A^{-\top}"),
        (r"\nabla_x \|x - y\|_2^2 = 2 x", "2 (x - y)"),
        (r"\nabla_x \|x - y\|_2 = \frac{x - y}{\|x\|_2}", r"\frac{x - y}{\|x - y\|_2}"),
        (r"\det(\lambda A) = \lambda \det(A)", r"\lambda^n \det(A)"),
        (r"(A + B) X = A X", "A X + B X"),
        (r"\nabla_a (\mathbf{1}^\top g(a)) = \mathbf{1}", None),
        (r"A x = B A x", "A x"),
        (r"A B X = A X", "A B X"),
        (r"\lambda \lambda = 2 \lambda", r"\lambda^2"),
        (r"\begin{bmatrix} A & B \end{bmatrix} = \begin{bmatrix} B & A \end{bmatrix}", None),
    ],
)
def test_the_smallest_edit_is_offered_and_is_proved(step: str, replacement: str | None) -> None:
    found = checked(document(step))
    assert found.verdict in ("refuted", "ill-shaped")
    edits = [item for item in verified(found) if item.replacement]
    assert edits, found.diagnostic
    if replacement is not None:
        assert edits[0].replacement == replacement
    for item in edits:
        assert item.replacement is not None
        if "on the right" in item.text:
            left = step.split(" = ", maxsplit=1)[0]
            assert checked(document(f"{left} = {item.replacement}")).verdict == "proved"


def test_the_left_side_is_edited_when_that_is_smaller() -> None:
    found = checked(document(r"x^\top y + y^\top x = 0"))
    [help_] = [item for item in verified(found) if item.replacement]
    assert help_.replacement == r"x^\top y - y^\top x"
    assert "on the left" in help_.text


def test_a_true_step_has_no_repair() -> None:
    assert checked(document(r"(A B)^\top = B^\top A^\top")).diagnostic is None


def test_a_step_that_no_small_edit_mends_has_none() -> None:
    found = checked(document(r"A B = X X^\top A B X X^\top + \lambda A"))
    assert found.verdict == "refuted"
    assert verified(found) == []


@pytest.mark.parametrize(("layout", "other"), [("numerator", "den"), ("denominator", "num")])
def test_a_step_equal_in_another_layout_is_called_so(layout: str, other: str) -> None:
    gradient = "y" if layout == "numerator" else r"y^\top"
    found = checked(document(rf"\nabla_x (x^\top y) = {gradient}", layout))
    assert found.diagnostic is not None
    assert found.verdict == "ill-shaped"
    assert found.diagnostic.code == "DC306"
    assert found.diagnostic.headline.startswith(f"equal in {other}ominator"[: len(other) + 9])
    assert any("layout:" in item.text for item in verified(found))
    assert any("transpose" in item.text for item in verified(found))


def test_a_step_wrong_in_every_layout_is_not_called_equal_in_one() -> None:
    found = checked(document(r"\nabla_x (x^\top y) = 2 y"))
    assert found.diagnostic is not None
    assert found.diagnostic.code == "DC301"


def test_a_misspelt_name_is_verified_by_proving_the_step_with_it() -> None:
    found = checked(document(r"\nabla_x (x^\top y) = \hat{y}"))
    assert found.verdict == "unreadable"
    [help_] = verified(found)
    assert help_.replacement == "y"


def test_a_likely_name_that_does_not_make_the_step_true_is_not_verified() -> None:
    found = checked(document(r"\nabla_x (x^\top y) = 2 \hat{y}"))
    assert found.diagnostic is not None
    assert [item.verified for item in found.diagnostic.help] == [False]


@pytest.mark.parametrize(
    ("step", "hypothesis"),
    [
        (r"\nabla_x (x^\top A x) = 2 A x", r"A = A^\top"),
        (r"\operatorname{tr}(A B A^\top) = \operatorname{tr}(B)", r"A^\top A = I"),
    ],
)
def test_a_hypothesis_that_alone_makes_the_step_true_is_suggested(
    step: str, hypothesis: str
) -> None:
    found = checked(document(step))
    assert found.verdict == "refuted"
    assert hypothesis in [item.replacement for item in verified(found)]
    given = document(step).replace("---\n\n", f"  - '{hypothesis}'\n---\n\n")
    assert checked(given).verdict == "proved"


def test_symmetry_of_several_matrices_is_suggested_together() -> None:
    found = checked(document(r"\nabla_x (x^\top A B A x) = 2 A B A x"))
    [told] = [item.text for item in verified(found) if item.text.startswith("give")]
    assert r"`A = A^\top` and `B = B^\top`" in told


def test_an_edit_that_makes_both_sides_the_same_words_comes_last() -> None:
    found = checked(document(r"\operatorname{tr}(A + B) = \operatorname{tr}(A)"))
    [first] = [item for item in verified(found) if item.replacement]
    assert first.replacement == r"\operatorname{tr}(A) + \operatorname{tr}(B)"


def test_a_matrix_is_inverted_first_where_it_is_known_to_be_invertible() -> None:
    step = r"A^\top A x = A^\top A^\top x"
    found = checked(document(step))
    assert not any("^{-1}" in (item.replacement or "") for item in verified(found))


def test_brackets_are_not_doubled() -> None:
    found = checked(document(r"\nabla_x (x^\top A x) = (2 A) x"))
    assert verified(found)[0].replacement == r"(A + A^\top) x"


@pytest.mark.parametrize(
    ("step", "replacement", "said"),
    [
        (r"\nabla_A \operatorname{tr}(A)^2 = A B", r"2 \operatorname{tr}(A) I", "comes to"),
        (
            r"\nabla_A (x^\top A A y) = x y^\top A^\top",
            r"x y^\top A^\top + A^\top x y^\top",
            "comes to",
        ),
        (
            r"\frac{\partial h}{\partial x^\top} = A B A",
            r"\operatorname{diag}(g'(a)) W",
            "comes to",
        ),
    ],
)
def test_where_no_small_edit_helps_the_right_side_is_written_anew(
    step: str, replacement: str, said: str
) -> None:
    found = checked(document(step))
    [item] = [item for item in verified(found) if item.replacement]
    assert item.replacement == replacement
    assert said in item.text
    left = step.split(" = ", maxsplit=1)[0]
    assert checked(document(f"{left} = {item.replacement}")).verdict == "proved"


def test_the_residual_of_a_derivative_is_told_without_a_repair() -> None:
    found = checked(document(r"\nabla_x (x^\top A B x) = y + B^\top A^\top x"))
    assert found.diagnostic is not None
    assert found.diagnostic.notes[0] == r"residual: A B x - y"


def steps_of(text: str) -> list[StepReport]:
    return check_text(text).steps


def test_what_goes_on_from_a_mistake_says_so() -> None:
    chain = r"\nabla_x (x^\top A x) = A x + A x = (A + A^\top) x = A x + A^\top x"
    first, second, third = steps_of(document(chain))
    assert [s.verdict for s in (first, second, third)] == ["refuted", "refuted", "proved"]
    assert first.diagnostic is not None
    assert second.diagnostic is not None
    assert second.diagnostic.headline == "the left-hand side is the mistake of the step before"
    assert verified(first)[0].replacement in second.diagnostic.notes[-1]
    assert verified(second) == []


def test_a_second_mistake_in_a_chain_is_one_of_its_own() -> None:
    chain = r"\nabla_x (x^\top A x) = A x + A x = 3 A x = (A + 2 A) x"
    _, second, third = steps_of(document(chain))
    assert second.verdict == "refuted"
    assert second.diagnostic is not None
    assert "mistake of the step before" not in second.diagnostic.headline
    assert third.verdict == "proved"


@pytest.mark.parametrize("spelled", ["h(k)", "h^k", "h_k"])
def test_a_name_spelled_with_other_brackets_is_the_declared_one(spelled: str) -> None:
    found = checked(document(rf"{spelled} + x = x + h^{{(k)}}"))
    assert found.verdict in ("unreadable", "ill-shaped")
    assert "h^{(k)}" in verified(found)[0].text


def test_a_name_in_another_font_is_the_declared_one() -> None:
    found = checked(document(r"\mathbf{A} x = A x"))
    assert verified(found)[0].replacement == "A"


def test_only_the_part_at_fault_is_underlined() -> None:
    step = r"\nabla_x (x^\top y + x^\top A x) = y + 2 A x"
    found = checked(document(step))
    assert found.diagnostic is not None
    span = found.diagnostic.span
    assert span is not None
    line = document(step).split("\n")[span.line - 1]
    assert line[span.column - 1 : span.end_column - 1] == "2 A"


def test_no_hypothesis_is_suggested_that_does_not_make_the_step_true() -> None:
    found = checked(document(r"\nabla_x (x^\top A x) = 3 A x"))
    assert not [item for item in verified(found) if item.replacement and "=" in item.replacement]


def test_the_residual_is_told_in_the_symbols_of_the_author() -> None:
    found = checked(document(r"\nabla_x (x^\top A x) = 2 A x"))
    assert found.diagnostic is not None
    assert found.diagnostic.notes[0] == r"residual: A^\top x - A x"


def test_a_residual_that_is_not_proved_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repair, "difference", lambda *_: "A x")
    monkeypatch.setattr(repair, "reading", lambda *_: ["+A x"])
    found = checked(document(r"\nabla_x (x^\top A x) = 2 A x"))
    assert found.diagnostic is not None
    assert not any(note.startswith("residual") for note in found.diagnostic.notes)


def test_repairs_can_be_left_out() -> None:
    text = document(r"(A B)^\top = A^\top B^\top")
    [step] = check_text(text, options=Options(repairs=False)).steps
    assert step.verdict == "refuted"
    assert verified(step) == []


# --- nothing is offered that is not proved ----------------------------------------------------


WRONG = r"(A B)^\top = A^\top B^\top"
FOUND = Diagnostic("DC301", "the two sides are not equal")


def step_of(text: str) -> Step:
    [step] = understand(read("a", text), "denominator").steps
    return step


def helps(prover: repair.Prover, budget: repair.Budget | None = None) -> list[Help]:
    """Return what is offered as verified."""
    text = document(WRONG)
    step = step_of(text)
    found = repair.mended(
        step,
        FOUND,
        text,
        lambda layout: understand(read("a", text), layout),
        "denominator",
        prover=prover,
        budget=budget,
    )
    return [item for item in found.help if item.verified]


def test_a_prover_that_proves_nothing_gets_nothing_offered() -> None:
    asked: list[Goal] = []

    def refuses(goal: Goal) -> bool:
        asked.append(goal)
        return False

    assert helps(refuses) == []
    assert asked


def test_what_is_offered_is_what_the_prover_accepted() -> None:
    accepted: list[Goal] = []

    def third(goal: Goal) -> bool:
        accepted.append(goal)
        return len(accepted) == 1

    [only] = helps(third)
    assert only.replacement == "A B = B A"
    assert len(accepted[0].hypotheses) == 1


def test_a_prover_that_believes_everything_is_not_asked_about_what_an_example_refutes() -> None:
    replacements = [item.replacement for item in helps(lambda _: True)]
    assert replacements[0] == r"B^\top A^\top"


@pytest.mark.parametrize("budget", [repair.Budget(letters=0), repair.Budget(proofs=0)])
def test_a_spent_budget_offers_nothing(budget: repair.Budget) -> None:
    assert helps(repair.proved, budget) == []


def test_after_a_proof_that_met_a_limit_no_other_is_tried() -> None:
    asked: list[Goal] = []

    def met(goal: Goal) -> None:
        asked.append(goal)

    assert helps(met) == []
    assert len(asked) == 2  # one about a hypothesis, one about an edit


def test_at_most_three_helps_are_offered() -> None:
    assert len(helps(lambda _: True)) <= repair.MOST
