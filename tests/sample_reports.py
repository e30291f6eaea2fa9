"""Hand-made reports: what checking would find in small documents, without checking them."""

from __future__ import annotations

from derivcheck.diagnostics import Diagnostic, Help, Label, Span
from derivcheck.prover.verdict import Counterexample
from derivcheck.report.model import (
    ClaimReport,
    DocumentReport,
    GivenReport,
    NameReport,
    Report,
    StepReport,
    UnreadReport,
)

TRACE = r"""---
title: Gradient of a quadratic trace
layout: denominator
given:
  - 'X \in \mathbb{R}^{n \times k}'
  - 'A \in \mathbb{R}^{n \times n}'
---

## Trace gradient

Suppose $B = B^\top$.

$$
\begin{aligned}
\operatorname{tr}(X^\top A X) &= \operatorname{tr}(A X X^\top) \\
\frac{\partial}{\partial X} \operatorname{tr}(X^\top A X) &= 2 A X
\end{aligned}
$$

See $a \rightsquigarrow b$.
"""

LEAST_SQUARES = r"""---
layout: denominator
given: ['A \in \mathbb{R}^{m \times n}', 'x \in \mathbb{R}^n', 'b \in \mathbb{R}^m']
---

## Gradient

$$\nabla_x \lVert Ax - b \rVert^2 = 2 A (Ax - b)$$

$$C x = b$$

$$\det(I_m + A B) = \det(I_n + B A)$$

$$A = $$
"""


def span_of(text: str, part: str, nth: int = 1) -> Span:
    """Return the span of the nth occurrence of a part that stands on one line."""
    start = -1
    for _ in range(nth):
        start = text.index(part, start + 1)
    line = text.count("\n", 0, start) + 1
    column = start - text.rfind("\n", 0, start)
    return Span(line, column, line, column + len(part))


def trace_document(path: str = "proofs/trace.md") -> DocumentReport:
    r"""A statement that is proved and a derivation that is refuted."""
    proved = StepReport(
        span=span_of(TRACE, "=", 2),
        whole=span_of(TRACE, r"\operatorname{tr}(X^\top A X) &= \operatorname{tr}(A X X^\top)"),
        inline=False,
        lhs=r"\operatorname{tr}(X^\top A X)",
        relation="=",
        rhs=r"\operatorname{tr}(A X X^\top)",
        verdict="proved",
        method="normal-form",
        statement=True,
        assuming=[11],
        conditions=["A invertible"],
        sizes=[{"n": 2, "k": 3}, {"n": 3, "k": 2}],
        shape="1 × 1",
        readable=("tr(Xᵀ A X)", "tr(A X Xᵀ)"),
        notes=["layout inferred: denominator"],
        seconds=0.002,
    )
    refuted = StepReport(
        span=span_of(TRACE, "=", 3),
        whole=span_of(TRACE, r"\frac{\partial}{\partial X} \operatorname{tr}(X^\top A X) &= 2 A X"),
        inline=False,
        lhs=r"\frac{\partial}{\partial X} \operatorname{tr}(X^\top A X)",
        relation="=",
        rhs="2 A X",
        verdict="refuted",
        method="counterexample",
        readable=("∂ tr(Xᵀ A X)/∂X", "2 A X"),
        diagnostic=Diagnostic(
            "DC301",
            "the two sides are not equal",
            span_of(TRACE, "2 A X"),
            notes=(
                r"residual: (A^\top - A) X",
                r"`A \in \mathbb{R}^{n \times n}` (line 6) is not declared symmetric",
            ),
            help=(
                Help(r"write `(A + A^\top) X`", r"(A + A^\top) X", verified=True),
                Help(r"or declare `A` symmetric on line 6", verified=True),
            ),
        ),
        counterexample=Counterexample(
            sizes={"n": 2, "k": 1},
            values={"A": [["0", "1"], ["0", "0"]], "X": [["0"], ["1"]], "g": _square()},
            lhs=[["1"], ["0"]],
            rhs=[["2"], ["0"]],
            entry=(1, 1),
        ),
        seconds=0.01,
    )
    return DocumentReport(
        path=path,
        text=TRACE,
        layout="denominator",
        layout_source="declared",
        given=[
            GivenReport(r"X \in \mathbb{R}^{n \times k}", 5, "shape"),
            GivenReport(r"A \in \mathbb{R}^{n \times n}", 6, "shape"),
            GivenReport(r"B = B^\top", 11, "hypothesis"),
        ],
        names=[
            NameReport("X", "matrix", "n × k", "declared", 5),
            NameReport("A", "matrix", "n × n", "declared", 6),
            NameReport("B", "matrix", "n × n", "inferred", None),
        ],
        claims=[ClaimReport("trace-gradient", "Trace gradient", 9, [proved, refuted])],
        unread=[UnreadReport(19, r"a \rightsquigarrow b", "unknown command")],
    )


def _square() -> dict[str, str]:
    return {"of": "t", "is": "t^2"}


def shapes_document(path: str = "proofs/least-squares.md") -> DocumentReport:
    """One step of each of the verdicts ill-shaped, undecided and unreadable, and a bad given."""
    text = LEAST_SQUARES
    whole = span_of(text, r"\nabla_x \lVert Ax - b \rVert^2 = 2 A (Ax - b)")
    ill_shaped = StepReport(
        span=span_of(text, "= 2 A"),
        whole=whole,
        inline=False,
        lhs=r"\nabla_x \lVert Ax - b \rVert^2",
        relation="=",
        rhs="2 A (Ax - b)",
        verdict="ill-shaped",
        diagnostic=Diagnostic(
            "DC201",
            "cannot multiply `A` by `(Ax - b)`: n columns meet m rows",
            span_of(text, "(Ax - b)"),
            labels=(
                Label(span_of(text, "(Ax - b)"), "m × 1"),
                Label(Span(8, 39, 8, 40), "m × n"),
            ),
            notes=("the left-hand side is n × 1 (gradient, denominator layout)",),
            help=(Help("transpose it", r"2 A^\top (Ax - b)", verified=False),),
        ),
    )
    given = StepReport(
        span=span_of(text, "= b$$"),
        whole=span_of(text, "C x = b"),
        inline=False,
        lhs="C x",
        relation="=",
        rhs="b",
        verdict="proved",
        method="given",
    )
    undecided = StepReport(
        span=span_of(text, r"= \det(I_n"),
        whole=span_of(text, r"\det(I_m + A B) = \det(I_n + B A)"),
        inline=False,
        lhs=r"\det(I_m + A B)",
        relation="=",
        rhs=r"\det(I_n + B A)",
        verdict="undecided",
        sizes=[{"m": 2, "n": 3}],
        diagnostic=Diagnostic(
            "DC302",
            "holds at 1 concrete size, not proved for all sizes",
            span_of(text, r"= \det(I_n"),
            notes=(r"`\det` of symbolic size has no index normal form (stopped: no-rule)",),
        ),
    )
    unreadable = StepReport(
        span=Span(14, 3, 14, 7),
        whole=Span(14, 3, 14, 7),
        inline=False,
        lhs="A = ",
        relation=None,
        rhs=None,
        verdict="unreadable",
        diagnostic=Diagnostic("DC101", "the formula ends after `=`", Span(14, 7, 14, 7)),
    )
    return DocumentReport(
        path=path,
        text=text,
        layout="denominator",
        layout_source="inferred",
        claims=[ClaimReport("gradient", "Gradient", 6, [ill_shaped, given, undecided, unreadable])],
        diagnostics=[
            Diagnostic("DC204", "the given `b \\in` cannot be read", span_of(text, "b \\in"))
        ],
    )


def directive_document(path: str = "proofs/expected.md") -> DocumentReport:
    """Steps with directives: as expected, not as expected, skipped, assumed."""
    text = "## Slips\n\n$$A = B$$\n\n$$C = D$$\n\n$$E = F$$\n\n$$G = H$$\n"

    def step(left: str, verdict: str, directive: str) -> StepReport:
        formula = text[text.index(left) : text.index(left) + 5]
        place = span_of(text, formula)
        sign = Span(place.line, place.column + 2, place.line, place.column + 3)
        found = Diagnostic("DC301", "the two sides are not equal", sign)
        return StepReport(
            span=sign,
            whole=place,
            inline=False,
            lhs=formula[0],
            relation="=",
            rhs=formula[-1],
            verdict=verdict,
            directive=directive,
            diagnostic=found if verdict == "refuted" else None,
            method="normal-form" if verdict == "proved" else None,
        )

    steps = [
        step("A", "refuted", "expect refuted"),
        step("C", "proved", "expect refuted"),
        step("E", "undecided", "skip"),
        step("G", "undecided", "assume"),
    ]
    return DocumentReport(path=path, text=text, claims=[ClaimReport("slips", "Slips", 1, steps)])


def sample_report() -> Report:
    """A run over all three documents."""
    return Report([trace_document(), shapes_document(), directive_document()], seconds=0.4)
