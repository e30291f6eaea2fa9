from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shown_trees import read

from derivcheck.language.names import Entry, Vocabulary, canonical
from derivcheck.language.tokens import LatexError


def check_same(*spellings: str) -> None:
    """All spellings have one canonical form, and it is its own."""
    forms = {canonical(spelling) for spelling in spellings}
    assert len(forms) == 1
    [form] = forms
    assert canonical(form) == form


def test_check_same_fails_on_different_names() -> None:
    with pytest.raises(AssertionError):
        check_same("x_i", "x_j")


@pytest.mark.parametrize(
    "spellings",
    [
        ("h_t", "h_{t}", "h _ { t }"),
        ("W^{(k)}", r"W^{( k )}", r"W^{\left(k\right)}"),
        (r"\boldsymbol S", r"\boldsymbol{S}", r"\bm S"),
        (r"\hat y", r"\hat{y}", r"\widehat{y}"),
        (r"x^{\star}", r"x^\star"),
        (r"\mathrm{d} X", r"\mathrm{d}X", r"\mathrm dX"),
        (r"x_{t-1}", r"x_{t - 1}"),
        (r"x_i^{(k)}", r"x^{(k)}_i"),
        (r"\mathbf{x}_i", r"\mathbf{x_i}"),
        (r"\hat{\mathbf{x}}", r"\mathbf{\hat x}"),
        (r"x_{\text{new}}", r"x_{\mathrm{new}}", r"x_\mathrm{new}"),
        (r"\Delta x", r"\Delta{x}"),
        ("A_{11}", "A_{1 1}"),
        ("P^+", "P^{+}"),
        (r"\ell", "ℓ"),
    ],
)
def test_spellings_of_one_name_are_one(spellings: tuple[str, ...]) -> None:
    check_same(*spellings)


@pytest.mark.parametrize(
    ("spelling", "form"),
    [
        ("x_{t}", "x_t"),
        (r"\beta_{\alpha}", r"\beta_\alpha"),
        ("x_{12}", "x_{12}"),
        (r"\hat{y}_{t-1}", r"\hat{y}_{t-1}"),
        ("x'", "x'"),
        (r"K_{m,n}", "K_{m,n}"),
        (r"\Delta x", r"\Delta x"),
    ],
)
def test_canonical_form(spelling: str, form: str) -> None:
    assert canonical(spelling) == form


@given(st.text(alphabet=st.sampled_from(r"xyA\hat{}_^1 (k)"), max_size=20))
def test_canonical_is_idempotent(text: str) -> None:
    try:
        form = canonical(text)
    except LatexError:
        return
    assert canonical(form) == form


def words(*names: str, role: str = "variable", axes: int | None = None) -> Vocabulary:
    vocabulary = Vocabulary()
    for name in names:
        vocabulary.declare(name, role, axes)
    return vocabulary


@pytest.mark.parametrize(
    ("declared", "text", "expected"),
    [
        (("x", "x_{t-1}"), "x_{t-1} x", "(* x_{t-1} x)"),
        (("W^{(k)}",), "W^{(k)} W", "(* W^{(k)} W?)"),
        (("W",), "W^{(k)}", "W^{(k)}?"),
        (("dX", "X"), "X dX", "(* X dX)"),
        ((r"\mathrm{d} X",), r"\mathrm{d} X \mathrm d X^\top", r"(* \mathrm{d}X (T \mathrm{d}X))"),
        ((r"\Delta x", "x"), r"\Delta x x", r"(* \Delta x x)"),
        (("A_{11}", "A_{12}"), "A_{11} A_{12}^{-1}", "(* A_{11} (^ A_{12} (+ -1)))"),
        (("x'", "x"), "x' x", "(* x' x)"),
        (("x", "x^{+}"), "x^+ x^2", "(* x^+ (^ x 2))"),
        (("A^+",), "A^{+\\top}", "(T A^+)"),
        (("L_y", "L"), "L_y L", "(* L_y L)"),
        ((r"\hat{p}", r"\hat{p}_0"), r"\hat{p}_0 \hat p", r"(* \hat{p}_0 \hat{p})"),
        (("x^{(i)}",), r"x^{(i)\top} x^{(i)}", "(* (T x^{(i)}) x^{(i)})"),
        (("T", "A"), r"A^T T", "(* (T A) T)"),
        (("XY", "X"), "XY X", "(* XY X)"),
    ],
)
def test_declared_names_win_longest_first(
    declared: tuple[str, ...], text: str, expected: str
) -> None:
    assert read(text, words(*declared)) == [expected]


def test_a_name_does_not_end_inside_a_group() -> None:
    assert read("x^{y} z", words("xy", "yz", "x", "y", "z")) == ["(* (^ x y) z)"]
    assert read("x y z", words("xy", "z")) == ["(* xy z)"]


@pytest.mark.parametrize(
    ("axes", "text", "expected"),
    [
        (2, "A_{11}", "(at A 1 1)"),
        (1, "A_{11}", "(at A 11)"),
        (2, "A_{ij}", "(at A i? j?)"),
        (2, "A_{i}", "A_i?"),
        (1, "A_{i}", "(at A i?)"),
        (0, "A_{i}", "A_i?"),
        (None, "A_{ij}", "(at A i? j?)"),
        (None, "A_{12}", "(at A 1 2)"),
        (2, "A_{i,:}", "(at A i? :)"),
        (3, "A_{ijk}", "(at A i? j? k?)"),
    ],
)
def test_subscripts_are_indices_when_they_fit(axes: int | None, text: str, expected: str) -> None:
    assert read(text, words("A", axes=axes)) == [expected]


def test_a_subscript_that_names_a_variable_is_part_of_the_name() -> None:
    vocabulary = words("L", "y", "n")
    vocabulary.declare("n", "size", 0)
    assert read("L_y", vocabulary) == ["L_y?"]
    assert read("y_n", vocabulary) == ["(at y n)"]


def test_indices_of_undeclared_letters_are_declared_or_bound() -> None:
    vocabulary = words("i", role="index", axes=0)
    assert read("q_i", vocabulary) == ["(at q? i)"]
    assert read("q_j", vocabulary) == ["q_j?"]
    assert read(r"\sum_j q_j", vocabulary) == ["(sum j _ _ (at q? j?))"]


def test_a_vocabulary_can_be_changed_and_copied() -> None:
    vocabulary = words(r"\mathbf{W}", "dX")
    other = vocabulary.copy()
    other.remove("dX")
    other.add("x", Entry("variable", 1))
    assert "dX" in vocabulary
    assert "x" not in vocabulary
    assert set(other) == {r"\mathbf{W}", "x"}
    assert len(other) == 2
    assert other.get("x") == Entry("variable", 1)
    assert other.styled("W") == r"\mathbf{W}"
    other.declare(r"\mathcal{W}", "variable")
    assert other.styled("W") is None
    assert read("dX", other) == ["(d X?)"]
