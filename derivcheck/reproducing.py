"""What reproduces a disagreement of derivcheck with itself: the smallest document that shows it.

A report of DC901 is worth as much as what it takes to see it again. The step is put into a document
of its own, with what is given; then whatever can be left out is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from derivcheck.language.introduced import Macros
from derivcheck.language.steps import Step
from derivcheck.limits import REPRODUCTIONS as MOST

Disagrees = Callable[[str], bool]
"""Says whether derivcheck disagrees with itself about a document."""


def reproduction(
    step: Step, given: Iterable[str], layout: str | None, macros: Macros, disagrees: Disagrees
) -> str | None:
    """Return a document of one step about which derivcheck disagrees with itself; None if none does.

    Args:
        step: the step that shows it.
        given: all that is given where it stands, in LaTeX.
        layout: of the document.
        macros: of the document.
        disagrees: decides a document.

    Raises:
        As ``disagrees``.

    Cost:
        A check of one step for each given and each macro, at most ``MOST`` of them.
    """
    if step.lhs is None or step.rhs is None:
        return None
    kept = list(dict.fromkeys(" ".join(latex.split()) for latex in given))
    own = dict(macros)
    # the step alone, or where that is something else (a chain, a macro) the whole display
    formulas = (f"{step.lhs.latex} {step.sign} {step.rhs.latex}", step.formula.source.text.strip())
    for formula in formulas:
        if disagrees(document_of(formula, kept, layout, own)):
            break
    else:
        return None
    for latex in kept[: -MOST - 1 : -1]:
        fewer = [other for other in kept if other != latex]
        if disagrees(document_of(formula, fewer, layout, own)):
            kept = fewer
    for name in list(own)[:MOST]:
        less = {other: body for other, body in own.items() if other != name}
        if disagrees(document_of(formula, kept, layout, less)):
            own = less
    return document_of(formula, kept, layout, own)


def document_of(formula: str, given: Iterable[str], layout: str | None, macros: Macros) -> str:
    r"""Return a document with one display.

    Example:
        >>> print(document_of(r"A' = A", [r"A = A'"], "mixed", {}))
        ---
        layout: mixed
        given:
          - 'A = A'''
        ---
        $$ A' = A $$
        <BLANKLINE>
    """
    lines = ["---"]
    if layout is not None:
        lines.append(f"layout: {layout}")
    lines += ["given:", *[f"  - {_quoted(latex)}" for latex in given], "---"]
    for name, (arguments, body) in macros.items():
        lines.append(rf"\newcommand{{{name}}}[{arguments}]{{{body}}}")
    return "\n".join([*lines, f"$$ {formula} $$", ""])


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
