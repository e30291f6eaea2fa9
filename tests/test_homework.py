"""A homework on backpropagation, as a student hands it in: right once, then with one slip each.

The right text is proved throughout. A slip is one replacement in it: exactly the steps on the lines
named are flagged, with the verdict, the code and a word of the message that a grader would expect.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from derivcheck.checking import check_text

ROWS = r"""---
title: Homework 4
layout: numerator
given:
  - 'W^{(K)} \in \mathbb{R}^{n \times m}'
  - 'h^{(K-1)} \in \mathbb{R}^m'
  - 'b^{(K)} \in \mathbb{R}^n'
  - 'g: \mathbb{R} \to \mathbb{R}'
  - 'L: \mathbb{R}^n \to \mathbb{R}'
  - 'a^{(K)} = W^{(K)} h^{(K-1)} + b^{(K)}'
  - 'h^{(K)} = g(a^{(K)})'
  - '\hat{y} = h^{(K)}'
  - 'L = L(\hat{y})'
  - 'w = \operatorname{vec}(W^{(K)})'
---
# Homework 4

1. Show that $\nabla_{h^{(K)}} L = \nabla_{\hat{y}} L$.

The last layer is the output, so the Jacobian between them does nothing.

$$
\begin{aligned}
\nabla_{h^{(K)}} L &= \nabla_{\hat{y}} L \frac{\partial \hat{y}}{\partial h^{(K)}} \\
&= \nabla_{\hat{y}} L \, I_n = \nabla_{\hat{y}} L
\end{aligned}
$$

2. Show that $\nabla_{a^{(K)}} L = g'(a^{(K)})^\top \odot \nabla_{\hat{y}} L$.

The $i$-th unit sees the $i$-th sum only, so

$$\frac{\partial h^{(K)}}{\partial a^{(K)}} = \operatorname{diag}(g'(a^{(K)})) .$$

By the chain rule and by 1.

$$\nabla_{a^{(K)}} L = \nabla_{h^{(K)}} L \operatorname{diag}(g'(a^{(K)}))$$

$$= g'(a^{(K)})^\top \odot \nabla_{\hat{y}} L .$$

3. Show that $\nabla_{W^{(K)}} L = h^{(K-1)} \nabla_{a^{(K)}} L$.

In class we had $\operatorname{vec}(A B C) = (C^\top \otimes A) \operatorname{vec}(B)$. Hence

$$W^{(K)} h^{(K-1)} = \operatorname{vec}(I_n W^{(K)} h^{(K-1)}) = ((h^{(K-1)})^\top \otimes I_n) w$$

and

$$\frac{\partial a^{(K)}}{\partial w} = (h^{(K-1)})^\top \otimes I_n .$$

So

$$\nabla_w L = \nabla_{a^{(K)}} L \, ((h^{(K-1)})^\top \otimes I_n) .$$

I transpose,

$$(\nabla_w L)^\top = (h^{(K-1)} \otimes I_n) (\nabla_{a^{(K)}} L)^\top$$

and read the identity backwards:

$$\operatorname{vec}^{-1}((\nabla_w L)^\top) = (\nabla_{a^{(K)}} L)^\top (h^{(K-1)})^\top .$$

The gradient is laid out the other way round:

$$\nabla_{W^{(K)}} L = (\operatorname{vec}^{-1}_{n \times m}((\nabla_w L)^\top))^\top .$$

Or at once, with a Jacobian that has three axes,

$$\nabla_{W^{(K)}} L = \nabla_{a^{(K)}} L \, \frac{\partial a^{(K)}}{\partial W^{(K)}} .$$

4. Show that $\nabla_{h^{(K-1)}} L = \nabla_{a^{(K)}} L \, W^{(K)}$.

$$\frac{\partial a^{(K)}}{\partial h^{(K-1)}} = W^{(K)}$$

$$\nabla_{h^{(K-1)}} L = (g'(a^{(K)})^\top \odot \nabla_{\hat{y}} L) W^{(K)}$$
"""

COLUMNS = r"""---
title: Homework 4, gradients as columns
layout: denominator
given:
  - 'W_1 \in \mathbb{R}^{p \times n}'
  - 'W_2 \in \mathbb{R}^{q \times p}'
  - 'x \in \mathbb{R}^n'
  - 'b_1 \in \mathbb{R}^p'
  - 'b_2 \in \mathbb{R}^q'
  - 'g: \mathbb{R} \to \mathbb{R}'
  - '\ell: \mathbb{R}^q \to \mathbb{R}'
---
Let $a_1 = W_1 x + b_1$, let $h_1 = g(a_1)$ and let $a_2 = W_2 h_1 + b_2$. Let $J = \ell(a_2)$.

**Claim 1.** The error of the last layer goes down through the transposed weights:

$$\nabla_{h_1} J = W_2^\top \nabla_{a_2} J$$

**Claim 2.** The activation scales it,

$$\nabla_{a_1} J = g'(a_1) \odot \nabla_{h_1} J = \operatorname{diag}(g'(a_1)) \nabla_{h_1} J$$

**Claim 3.** Weights get an outer product,

$$\nabla_{W_2} J = \nabla_{a_2} J \, h_1^\top , \qquad \nabla_{W_1} J = \nabla_{a_1} J \, x^\top .$$

**Claim 4.** Biases get the error as it is,

$$\nabla_{b_2} J = \nabla_{a_2} J , \qquad \nabla_{b_1} J = \nabla_{a_1} J .$$

**Claim 5.** With the columns of the weights stacked,

Write $v = \operatorname{vec}(W_1)$.

$$\nabla_v J = (x \otimes I_p) \nabla_{a_1} J = \operatorname{vec}(\nabla_{a_1} J \, x^\top) .$$

**Claim 6.** The input gets

$$\nabla_x J = W_1^\top (g'(a_1) \odot (W_2^\top \nabla_{a_2} J)) .$$
"""


@dataclass(frozen=True)
class Slip:
    """One replacement; ``flags`` are (verdict, code, word) of the steps on the changed line."""

    name: str
    text: str
    old: str
    new: str
    flags: tuple[tuple[str, str, str], ...]


def slip(name, text, old, new, *flags):
    return Slip(name, text, old, new, flags)


SLIPS = [
    slip(
        "a Jacobian that is a column",
        ROWS,
        r"= \operatorname{diag}(g'(a^{(K)})) .",
        r"= g'(a^{(K)}) .",
        ("ill-shaped", "DC201", "n × n and n × 1"),
    ),
    slip(
        "vec⁻¹ of a row",
        ROWS,
        r"$$\operatorname{vec}^{-1}((\nabla_w L)^\top) =",
        r"$$\operatorname{vec}^{-1}(\nabla_w L) =",
        ("ill-shaped", "DC201", "vec⁻¹ takes a column"),
    ),
    slip(
        "a symbol that nobody introduced",
        ROWS,
        r"\nabla_w L = \nabla_{a^{(K)}} L \,",
        r"\nabla_w L = \nabla_{z^{(K)}} L \,",
        ("unreadable", "DC202", "`z^{(K)}` is not introduced"),
    ),
    slip(
        "the wrong layer",
        ROWS,
        r"$$\frac{\partial a^{(K)}}{\partial h^{(K-1)}} = W^{(K)}$$",
        r"$$\frac{\partial a^{(K)}}{\partial h^{(K-1)}} = W^{(K-1)}$$",
        ("unreadable", "DC202", "did you mean `W^{(K)}`"),
    ),
    slip(
        "a missing transpose",
        ROWS,
        r"(\nabla_w L)^\top = (h^{(K-1)} \otimes I_n) (\nabla_{a^{(K)}} L)^\top",
        r"(\nabla_w L)^\top = (h^{(K-1)} \otimes I_n) \nabla_{a^{(K)}} L",
        ("ill-shaped", "DC201", "columns meet 1 row"),
    ),
    slip(
        "the factors of ⊗ swapped",
        ROWS,
        r"\frac{\partial a^{(K)}}{\partial w} = (h^{(K-1)})^\top \otimes I_n",
        r"\frac{\partial a^{(K)}}{\partial w} = I_n \otimes (h^{(K-1)})^\top",
        ("refuted", "DC301", ""),
    ),
    slip(
        "⊙ forgotten",
        ROWS,
        r"$$= g'(a^{(K)})^\top \odot \nabla_{\hat{y}} L .$$",
        r"$$= g'(a^{(K)})^\top \nabla_{\hat{y}} L .$$",
        ("ill-shaped", "DC201", "n columns meet 1 row"),
    ),
    slip(
        "the column in front of the row",
        ROWS,
        r"3. Show that $\nabla_{W^{(K)}} L = h^{(K-1)} \nabla_{a^{(K)}} L$.",
        r"3. Show that $\nabla_{W^{(K)}} L = (\nabla_{a^{(K)}} L)^\top (h^{(K-1)})^\top$.",
        ("ill-shaped", "DC201", "m × n and n × m"),
    ),
    slip(
        "the slope left out",
        ROWS,
        r"(g'(a^{(K)})^\top \odot \nabla_{\hat{y}} L) W^{(K)}$$",
        r"\nabla_{\hat{y}} L \, W^{(K)}$$",
        ("refuted", "DC301", ""),
    ),
    slip(
        "the activation instead of its slope",
        ROWS,
        r"2. Show that $\nabla_{a^{(K)}} L = g'(",
        r"2. Show that $\nabla_{a^{(K)}} L = g(",
        ("refuted", "DC301", ""),
    ),
    slip(
        "the vec identity with the transpose on the wrong factor",
        ROWS,
        r"(C^\top \otimes A) \operatorname{vec}(B)",
        r"(C \otimes A^\top) \operatorname{vec}(B)",
        ("refuted", "DC301", ""),
    ),
    slip(
        "weights that are not transposed",
        COLUMNS,
        r"\nabla_{h_1} J = W_2^\top \nabla_{a_2} J",
        r"\nabla_{h_1} J = W_2 \nabla_{a_2} J",
        ("ill-shaped", "DC201", "p columns meet q rows"),
    ),
    slip(
        "· for ⊙",
        COLUMNS,
        r"= g'(a_1) \odot \nabla_{h_1} J =",
        r"= g'(a_1) \cdot \nabla_{h_1} J =",
        ("ill-shaped", "DC201", "p × 1 and a number"),
        ("ill-shaped", "DC201", "follows from that mistake"),
    ),
    slip(
        "an outer product the wrong way round",
        COLUMNS,
        r"\nabla_{W_1} J = \nabla_{a_1} J \, x^\top",
        r"\nabla_{W_1} J = x (\nabla_{a_1} J)^\top",
        ("ill-shaped", "DC201", "p × n and n × p"),
    ),
    slip(
        "the wrong input of a layer",
        COLUMNS,
        r"\nabla_{W_2} J = \nabla_{a_2} J \, h_1^\top",
        r"\nabla_{W_2} J = \nabla_{a_2} J \, a_1^\top",
        ("refuted", "DC301", ""),
    ),
    slip(
        "the order of a Kronecker product",
        COLUMNS,
        r"(x \otimes I_p) \nabla_{a_1} J",
        r"(I_p \otimes x) \nabla_{a_1} J",
        ("refuted", "DC301", ""),
        ("refuted", "DC301", ""),
    ),
    slip(
        "a sign",
        COLUMNS,
        r"\nabla_{b_1} J = \nabla_{a_1} J .",
        r"\nabla_{b_1} J = -\nabla_{a_1} J .",
        ("refuted", "DC301", ""),
    ),
    slip(
        "an activation at the wrong place",
        COLUMNS,
        r"W_1^\top (g'(a_1) \odot",
        r"W_1^\top (g'(h_1) \odot",
        ("refuted", "DC301", ""),
    ),
    slip(
        "a size that clashes",
        COLUMNS,
        r"\operatorname{vec}(\nabla_{a_1} J \, x^\top)",
        r"\operatorname{vec}(\nabla_{a_2} J \, x^\top)",
        ("ill-shaped", "DC201", ""),
    ),
]


@pytest.mark.parametrize(("text", "steps"), [(ROWS, 20), (COLUMNS, 10)])
def test_the_right_homework_is_proved(text, steps):
    report = check_text(text)
    assert [(s.span.line, s.diagnostic) for s in report.steps if s.verdict != "proved"] == []
    assert len(report.steps) >= steps
    assert report.diagnostics == []
    assert report.unread == []


@pytest.mark.parametrize("layout", ["numerator", "denominator"])
def test_the_layout_is_found_without_being_declared(layout):
    text = {"numerator": ROWS, "denominator": COLUMNS}[layout].replace(f"layout: {layout}\n", "")
    report = check_text(text)
    assert (report.layout, report.layout_source) == (layout, "inferred")
    assert {step.verdict for step in report.steps} == {"proved"}


@pytest.mark.parametrize("case", SLIPS, ids=[case.name for case in SLIPS])
def test_a_slip_is_named_at_its_line_and_nothing_else(case):
    assert case.text.count(case.old) == 1
    report = check_text(case.text.replace(case.old, case.new))
    line = case.text[: case.text.index(case.old)].count("\n") + 1
    flagged = [step for step in report.steps if step.verdict != "proved"]
    assert [(step.span.line, step.verdict) for step in flagged] == [
        (line, verdict) for verdict, _, _ in case.flags
    ]
    for step, (_, code, word) in zip(flagged, case.flags, strict=True):
        found = step.diagnostic
        assert found.code == code
        assert word in " ".join([found.headline, *found.notes, *[h.text for h in found.help]])
    assert report.diagnostics == []


def test_a_homework_without_a_definition_says_which_name_is_missing():
    report = check_text(ROWS.replace("  - 'w = \\operatorname{vec}(W^{(K)})'\n", ""))
    flagged = [step for step in report.steps if step.verdict != "proved"]
    assert {step.diagnostic.code for step in flagged} == {"DC202"}
    assert all("`w` is not introduced" in step.diagnostic.headline for step in flagged)


def test_a_loss_without_a_value_is_taken_at_its_one_argument():
    report = check_text(ROWS.replace("  - 'L = L(\\hat{y})'\n", "  - 'J = L(\\hat{y})'\n"))
    assert {step.verdict for step in report.steps} == {"proved"}
    assert any("one argument" in note for step in report.steps for note in step.notes)
