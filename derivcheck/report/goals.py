"""A goal in words and Unicode mathematics, as it is shown beside what was proved of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from derivcheck.report.readable import readable

if TYPE_CHECKING:
    from derivcheck.certificates.statement import Said

AXES = (
    "[T]_(i,j) lays out the axes of T, numbered from 1, as rows and columns; "
    "∂f/∂x has the axes of f, then those of x"
)


def goal_lines(said: Said) -> Iterator[str]:
    """Yield what a goal says, a line for each part; the equation comes last."""
    sizes = ", ".join([readable(size) for size in said.sizes])
    values = [readable(one) for one in (*said.names, *said.indices)]
    values += [f"smooth {readable(one)}" for one in said.functions]
    heads = [f"all {sizes} ≥ 1"] if sizes else []
    heads += [f"all {', '.join(values)}"] if values else []
    if heads:
        yield f"for {' and '.join(heads)}"
    for one in said.definitions:
        yield f"where {readable(one)}"
    for one in said.differentials:
        yield f"where d varies {readable(one)}"
    for one, line in said.hypotheses:
        yield f"given {readable(one)}" + (f"   (line {line})" if line else "")
    for one in said.conditions:
        yield f"given {readable(one)}"
    if said.obligations:
        yield f"wherever {', '.join([readable(one) for one in said.obligations])}"
    yield f"{readable(said.lhs)} = {readable(said.rhs)}   in {readable(said.shape)}"


def has_axes(said: Said) -> bool:
    """Return whether ``AXES`` explains a notation that a goal uses."""
    return any("]_{(" in text for text in (said.lhs, said.rhs, *said.definitions))
