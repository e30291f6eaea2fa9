"""Small documents whose certificates use each kind of step, and the certificates of a document."""

from __future__ import annotations

from derivcheck.certificates.sealed import Origin, Statement, written
from derivcheck.certifying import Certificates
from derivcheck.checking import Options, check_text

QUADRATIC = r"""---
layout: denominator
given:
  - 'A \in \mathbb{R}^{n \times n}'
  - 'x \in \mathbb{R}^n'
  - 'f = x^\top A x'
---
$$ \nabla_x f = (A + A^\top) x $$
"""

SYMMETRIC = r"""---
given:
  - 'A, B \in \mathbb{R}^{n \times n}'
  - 'A = A^\top'
  - 'B \text{ invertible}'
---
$$ A^\top B^{-1} B = A $$
"""

LOGARITHM = r"""---
given:
  - 'a, b \in \mathbb{R}'
  - 'a > 0'
  - 'b > 0'
---
$$ \log(a b) = \log a + \log b $$
"""

BLOCKS = r"""---
given:
  - 'A \in \mathbb{R}^{n \times n}'
  - 'B \in \mathbb{R}^{m \times m}'
---
$$
\operatorname{tr} \begin{bmatrix} A & 0 \\ 0 & B \end{bmatrix}
  = \operatorname{tr} A + \operatorname{tr} B
$$
"""

DETERMINANT = r"""---
given:
  - 'A, B \in \mathbb{R}^{n \times n}'
---
$$ \det(A B) = \det(B A) $$
"""

SAMPLES = {
    "quadratic": QUADRATIC,
    "symmetric": SYMMETRIC,
    "logarithm": LOGARITHM,
    "blocks": BLOCKS,
    "determinant": DETERMINANT,
}


def texts_of(text: str) -> list[str]:
    """Return the certificates of a document."""
    found = Certificates()
    document = check_text(text, path="a.md", options=Options(repairs=False), decided=found.decided)
    result = []
    for report, step, verdict in found.proofs:
        origin = Origin("a.md", document.sha256, None, step.span.line, step.span.column)
        statement = Statement(report.lhs, report.relation or "", report.rhs or "")
        assert step.goal is not None
        result.append(written(step.goal, verdict.certificate, origin, statement))
    return result
