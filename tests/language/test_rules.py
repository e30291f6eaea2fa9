"""The nineteen rules of what a document means, each where it matters.

The corpus holds the verdicts that the rules lead to; here is what a file cannot say: options, what
is listed as given, and that two documents mean the same.
"""

from __future__ import annotations

import pytest
from documents import SQUARE, check, only, told, verdicts

# --- givens ---------------------------------------------------------------------------------------

ORDERED = [
    r"W \in \mathbb{R}^{n \times m}",
    r"h \in \mathbb{R}^m",
    r"a = W h + b",
    r"b \in \mathbb{R}^n",
    r"g: \mathbb{R} \to \mathbb{R}",
    "z = g(a)",
]


@pytest.mark.parametrize("turn", range(len(ORDERED)))
def test_rule_1_givens_are_a_set(turn):
    given = ORDERED[turn:] + ORDERED[:turn]
    step = only(given, r"\frac{\partial z}{\partial h} = \operatorname{diag}(g'(a)) W", "numerator")
    assert step.verdict == "proved"


def test_rule_1_a_second_value_is_a_hypothesis():
    report = check([*SQUARE, "u = A x", "u = B x"], "u = A x")
    assert [g.kind for g in report.given if g.latex.startswith("u")] == ["definition", "hypothesis"]


def test_rule_1_a_definition_that_leads_back_through_others_is_none():
    report = check([*SQUARE, "u = A v", "v = B w", "w = u + x"], "u = A B w")
    assert {d.code for d in report.diagnostics} == {"DC205"}
    assert verdicts(report) == ["undecided"]


@pytest.mark.parametrize("word", ["Let", "Suppose", "Assume", "Suppose that"])
def test_rule_2_hypotheses_of_the_text_are_listed_with_their_line(word):
    report = check(SQUARE, f"{word} $A = B$.\n\n$$A x = B x$$")
    assert ("A = B", "definition") in [(g.latex, g.kind) for g in report.given] or (
        "A = B",
        "hypothesis",
    ) in [(g.latex, g.kind) for g in report.given]
    assert verdicts(report) == ["proved"]


def test_rule_2_hypotheses_of_the_text_are_obligations_when_givens_are_closed():
    body = "Let $A = B$.\n\n$$A x = B x$$"
    assert verdicts(check(SQUARE, body, givens_closed=True)) == ["refuted", "refuted"]


@pytest.mark.parametrize("word", ["Where", "With", "Define", "Denote"])
def test_rule_2_other_words_assume_nothing_of_declared_names(word):
    assert "refuted" in verdicts(check(SQUARE, f"{word} $A = B$."))


@pytest.mark.parametrize("sign", [":=", r"\coloneqq", r"\triangleq"])
def test_rule_2_a_defining_sign_needs_no_word(sign):
    assert verdicts(check(SQUARE, f"$$u {sign} A x$$\n\n$$u^\\top = x^\\top A^\\top$$"))[-1] == (
        "proved"
    )


def test_rule_2_a_body_shape_is_given_only_to_fresh_names():
    report = check(SQUARE, "Let $z \\in \\mathbb{R}^n$.\n\n$$z^\\top A = (A^\\top z)^\\top$$")
    assert verdicts(report) == ["proved"]
    step = only(SQUARE, r"A \in \mathbb{R}^{m \times n}")
    assert step.verdict == "ill-shaped"


def test_rule_2_givens_from_a_file_count_like_the_document_s_own():
    outside = "A \\in \\mathbb{R}^{n \\times n}\nS = A + A^\\top\n"
    assert only([], "S^\\top = S", given=(outside,)).verdict == "proved"
    front = "---\ngiven:\n  - 'A \\in \\mathbb{R}^{n \\times n}'\n---\n"
    assert only(
        [r"x \in \mathbb{R}^n"], r"x^\top A x = x^\top A^\top x", given=(front,)
    ).verdict == ("proved")


def test_rule_3_a_step_that_is_given_counts_apart():
    assert only([*SQUARE, "u = A x"], "u = A x").method == "given"
    assert only([*SQUARE, "u = A x"], "u = A x + 0").method != "given"


def test_rule_3_everything_given_is_listed_with_its_line():
    report = check([*SQUARE, r"\lambda > 0", "u = A x"], "Let $v = B x$.\n\n$$v = B x$$")
    listed = {g.latex: (g.line, g.kind) for g in report.given}
    assert listed[r"A, B \in \mathbb{R}^{n \times n}"] == (3, "shape")
    assert listed["u = A x"] == (7, "definition")
    assert listed["v = B x"] == (9, "definition")


@pytest.mark.parametrize("bad", [r"A \leq B", r"A \text{ is odd}", r"A = \frac{B", "A = B + x"])
def test_rule_4_a_given_that_is_not_understood_keeps_its_names_from_being_refuted(bad):
    report = check([*SQUARE, bad], "$$A = 2 A$$\n\n$$x = 2 x$$\n\n$$A + A = 2 A$$")
    assert [d.code for d in report.diagnostics] == ["DC204"]
    assert report.diagnostics[0].span.line == 6
    first, _, last = report.steps
    assert (first.verdict, first.diagnostic.code) == ("undecided", "DC304")
    assert last.verdict == "proved"


def test_rule_5_contradictory_hypotheses_prove_and_refute_nothing():
    report = check([*SQUARE, "c = 1", "c = 2"], "$$A = B$$\n\n$$c = 5$$\n\n$$c = 1$$")
    assert set(verdicts(report)[:2]) == {"undecided"}


# --- names and shapes -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "step"),
    [
        (r"\mathbf{1} \in \mathbb{R}^n", r"\mathbf{1}^\top x = x^\top \mathbf{1}"),
        (r"I \in \mathbb{R}^{n \times n}", "A I = A"),
        (r"\delta_{ij} = \begin{cases} 1 & i = j \\ 0 & i \neq j \end{cases}",
         r"\sum_{j=1}^{n} \delta_{ij} A_{jk} = A_{ik}"),
        (r"\operatorname{tr}: \mathbb{R}^{n \times n} \to \mathbb{R}",
         r"\operatorname{tr}(A B) = \operatorname{tr}(B A)"),
        (r"\sigma: \mathbb{R} \to \mathbb{R}",
         r"\sigma'(x) = \sigma(x) \odot (\mathbf{1} - \sigma(x))"),
    ],
)  # fmt: skip
def test_rule_6_built_ins_stay_themselves(given, step):
    assert only([*SQUARE, given], step).verdict == "proved"


@pytest.mark.parametrize(
    ("given", "step"),
    [
        (r"K = A A^\top", r"K^\top = K"),
        (r"\sigma \in \mathbb{R}", r"\sigma (x + x) = 2 \sigma x"),
        (r"e \in \mathbb{R}^n", r"e^\top A = (A^\top e)^\top"),
        (r"d \in \mathbb{R}", "d x + d x = 2 d x"),
        (r"E \in \mathbb{R}^{n \times n}", "E (x + x) = 2 E x"),
        (r"\delta \in \mathbb{R}^n", r"\sum_{j=1}^{n} A_{ij} \delta_j = (A \delta)_i"),
    ],
)
def test_rule_6_a_different_definition_overrides(given, step):
    assert only([*SQUARE, given], step).verdict == "proved"


def test_rule_7_a_declared_index_makes_a_family_and_a_step_does_not():
    family = [r"i \in \{1, \dots, N\}", r"x_i \in \mathbb{R}^d"]
    assert only(family, r"\sum_{i=1}^{N} (x_i + x_i) = 2 \sum_{j=1}^{N} x_j").verdict == "proved"
    single = [r"h_{t-1}, h_t, x_0 \in \mathbb{R}^d"]
    assert only(single, "h_t + x_0 = x_0 + h_t").verdict == "proved"
    assert only(single, "h_t = h_{t-1}").verdict == "refuted"


def test_rule_8_declared_sizes_are_never_identified():
    given = [r"A \in \mathbb{R}^{m \times n}", r"B \in \mathbb{R}^{n \times m}"]
    step = only(given, "A + B = B + A")
    assert step.verdict == "ill-shaped"
    assert "`A` is m × n" in told(step)
    assert "`B` is n × m" in told(step)


def test_rule_8_a_size_has_one_solution_or_none():
    given = [r"A \in \mathbb{R}^{n \times m}"]
    assert only(given, r"\operatorname{vec}^{-1}(\operatorname{vec}(A)) = A").verdict == "proved"
    step = only(given, r"\operatorname{vec}^{-1}(\operatorname{vec}(A)) 0 = 0")
    assert step.verdict in ("unreadable", "proved")
    open_ended = r"\operatorname{vec}^{-1}(\operatorname{vec}(A)) = 2 \operatorname{vec}^{-1}(0 A)"
    assert only(given, open_ended).verdict != "proved"


@pytest.mark.parametrize("step", ["x + 1 = 1 + x", "A + c = c + A", "A + x = x + A", "x = c"])
def test_rule_8_nothing_is_broadcast(step):
    assert only(SQUARE, step).verdict == "ill-shaped"


def test_rule_9_shapes_of_undeclared_letters_are_listed():
    report = check([], r"\operatorname{vec}(A B C) = (C^\top \otimes A) \operatorname{vec}(B)")
    inferred = [g.latex for g in report.given if g.kind == "inferred"]
    assert inferred == ["A: m × n", "B: n × p", "C: p × q"]
    assert verdicts(report) == ["proved"]


def test_rule_9_one_undeclared_letter_is_a_slip():
    step = only(SQUARE, r"\mathbf{A} B = A B")
    assert (step.verdict, step.diagnostic.code) == ("unreadable", "DC202")
    assert "did you mean `A`?" in told(step)


def test_rule_9_an_undeclared_function_is_no_product():
    assert "`f` is not introduced" in told(only([], "f(x) = f x"))


def test_rule_10_axes_of_equal_length_keep_their_order():
    given = [r"u \in \mathbb{R}^m", r"v \in \mathbb{R}^n"]
    assert only(given, r"u \otimes v = v \otimes u").verdict == "refuted"
    assert only(given, r"u \otimes v = \operatorname{vec}(v u^\top)").verdict == "proved"


# --- derivatives ----------------------------------------------------------------------------------


def test_rule_11_entries_are_independent_and_the_report_says_so():
    given = [*SQUARE, r"A = A^\top"]
    step = only(
        given, r"\frac{\partial \operatorname{tr}(B A)}{\partial A} = B^\top", "denominator"
    )
    assert step.verdict == "proved"
    assert "independent" in told(step)


@pytest.mark.parametrize(
    ("given", "step"),
    [
        ("u = x", r"\nabla_u s = 2 u"),
        ("u = -3 x", r"\nabla_u s = \frac{2}{9} u"),
        ("u = x^\\top", r"\nabla_x s = 2 u^\top"),
        (r"w = \operatorname{vec}(A)", r"\nabla_w t = 2 w"),
        (r"V = A^\top", r"\nabla_V t = 2 V"),
        (r"w = \operatorname{vec}(A^\top)", r"\nabla_w t = 2 w"),
    ],
)
def test_rule_12_a_name_that_stands_for_one_other_is_solved_for(given, step):
    made = [*SQUARE, r"s = x^\top x", r"t = \operatorname{tr}(A^\top A)", given]
    assert only(made, step, "denominator").verdict == "proved"


@pytest.mark.parametrize("given", ["u = x + y", "u = c x", "u = A x", r"u = x \odot x"])
def test_rule_12_a_name_that_shares_an_ancestor_is_undecided(given):
    step = only([*SQUARE, r"s = x^\top x", given], r"\nabla_u s = 0", "denominator")
    assert (step.verdict, step.diagnostic.code) == ("undecided", "DC207")


def test_rule_12_a_variable_that_does_not_occur_gives_0_with_a_note():
    step = only([*SQUARE, r"s = x^\top x"], r"\nabla_y s = 0", "denominator")
    assert step.verdict == "proved"
    assert "does not occur" in told(step)


def test_rule_13_a_bare_function_means_its_one_value():
    given = [r"L: \mathbb{R}^n \to \mathbb{R}", *SQUARE, "u = A x"]
    one = check(given, "$$L(u) = L(u)$$\n\n$$\\nabla_x L = A^\\top \\nabla_u L$$", "denominator")
    assert verdicts(one) == ["proved", "proved"]
    two = check(given, "$$L(u) = L(u)$$\n\n$$L(x) = L(x)$$\n\n$$\\nabla_u L = 0$$", "denominator")
    assert two.steps[-1].verdict == "unreadable"


def test_rule_13_the_gradient_at_a_point_is_by_the_argument():
    given = [r"f: \mathbb{R}^n \to \mathbb{R}", *SQUARE]
    right = r"\nabla_x [f(A x)] = A^\top \nabla f(A x)"
    assert only(given, right, "denominator").verdict == "proved"
    assert only(given, r"\nabla_x [f(A x)] = \nabla f(A x)", "denominator").verdict == "refuted"


def test_rule_15_constants_are_listed():
    step = only(SQUARE, r"d(A x + y) = A \, dx", "denominator")
    assert step.verdict == "proved"
    assert "constant under d: `A`, `y`" in told(step)


def test_rule_15_each_claim_has_its_own_variables():
    body = "## One\n\n$$d(A x) = A \\, dx$$\n\n## Two\n\n$$d(A x) = dA \\, x + A \\, dx$$"
    assert verdicts(check(SQUARE, body)) == ["proved", "proved"]


def test_rule_15_a_differential_is_not_made_constant_by_saying_it_is_0_elsewhere():
    assert only([*SQUARE, "dA = 0"], r"d(A x) = A \, dx").verdict == "proved"
    assert only(SQUARE, "dA = 0").verdict == "refuted"


# --- conditions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "condition"),
    [
        (r"\frac{x}{c} = \frac{1}{c} x", r"c \neq 0"),
        (r"\log(c) = \log(c)", "c > 0"),
        (r"A^{-1} x = A^{-1} x", "invertible"),
        (r"\sqrt{c} + 1 = 1 + \sqrt{c}", "> 0"),
        (r"x \oslash y = x \oslash y", "no entry of y is 0"),
    ],
)
def test_rule_16_what_a_step_needs_is_listed(step, condition):
    found = only(SQUARE, step)
    assert found.verdict == "proved"
    assert any(condition in one for one in found.conditions)


def test_rule_17_a_root_of_a_square_is_no_identity():
    assert only(SQUARE, r"\sqrt{c^2} = c").verdict == "refuted"
    assert only(SQUARE, r"\|A\|^2 = \operatorname{tr}(A^\top A)").verdict == "undecided"
    assert only(SQUARE, r"\|A\|_F^2 = \operatorname{tr}(A^\top A)").verdict == "proved"


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        (r"$$A B \neq B A$$", "undecided"),
        (r"In general $A B \neq B A$.", "proved"),
        ("The two need not agree:\n\n$$A B \\neq B A$$", "proved"),
        (r"$$A \neq A$$", "refuted"),
        (r"In general $A + B \neq B + A$.", "refuted"),
    ],
)
def test_rule_18_inequations(body, verdict):
    assert only(SQUARE, body).verdict == verdict


def test_rule_19_order_of_arguments_and_of_their_indices():
    given = [*SQUARE, r"F: \mathbb{R}^{n \times n} \to \mathbb{R}"]
    assert only(given, r"F(A) = F(A^\top)").verdict == "refuted"
    assert only(given, r"F((A B)^\top) = F(B^\top A^\top)").verdict == "proved"


def test_rule_2_a_value_that_the_text_gives_to_a_declared_name_is_assumed():
    report = check(SQUARE, "Let $A = B$.\n\n$$A x = B x$$\n\n$$A + A = 2 A$$")
    assert [step.assuming for step in report.steps] == [[7], []]
    body = "Let $y = A x$.\n\n$$\\frac{\\partial y}{\\partial x^\\top} = A$$"
    assert only(SQUARE, body).assuming == [7]
    assert only(SQUARE, "Let $z = A x$.\n\n$$z^\\top = x^\\top A^\\top$$").assuming == []
