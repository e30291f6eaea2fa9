import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from derivcheck.report.script import Script, crop


def test_unicode_passes_through_unchanged():
    assert Script()("∇_W L = hᵀ ⊗ I") == "∇_W L = hᵀ ⊗ I"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("A ∈ ℝ^{m×n}", "A in R^{mxn}"),
        ("(A + Aᵀ) x", "(A + A^T) x"),
        ("X⁻¹", "X^-1"),
        ("x² + y₁", "x^2 + y_1"),
        ("Σ = λ I", "Sigma = lambda I"),
        ("a ≠ b", "a != b"),
        ("ŷ", "yhat"),
        ("⎡1⎤", "[1]"),
        ("数", "\\u{6570}"),
    ],
)
def test_ascii_spelling_is_readable(text, plain):
    assert Script("ascii")(text) == plain


def test_an_encoding_keeps_what_it_has():
    assert Script("cp1252")("n × m · λ") == "n × m · lambda"


@pytest.mark.parametrize("encoding", [None, "utf-8", "ascii", "latin-1", "cp437", "no-such-codec"])
def test_control_characters_never_reach_the_output(encoding):
    shown = Script(encoding)("a\x1b[31mb\x07\x9b\u202ec\u2028d\ud800\x00")
    assert shown.isprintable()
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_white_space_becomes_one_space():
    assert Script().one_line("a\n\t  b\r\n") == "a b"


@given(st.text(), st.sampled_from(["ascii", "latin-1", "cp1252", "utf-8", "shift_jis"]))
def test_any_text_can_be_encoded(text, encoding):
    Script(encoding)(text).encode(encoding)


@given(st.text(), st.integers(1, 30))
def test_wrapped_lines_fit_and_keep_all_words(text, width):
    script = Script()
    lines = script.wrap(text, width)
    # One character may be two cells wide where there is room for one.
    assert all(cell_len(line) <= max(width, 2) for line in lines)
    assert "".join("".join(lines).split()) == "".join(script(text).split())


def test_crop_counts_cells_and_keeps_at_least_one_character():
    assert crop("数数数", 4) == "数数"
    assert crop("数", 1) == "数"
    assert crop("abc", 5) == "abc"
