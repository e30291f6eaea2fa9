"""The closed table of laws, and the one door to them."""

from __future__ import annotations

from sympy import Basic

from derivcheck.algebra.goal import Goal, NoEquationError, Zero
from derivcheck.algebra.shapes import ShapeError, check_shapes
from derivcheck.laws.conditions import CONDITIONS
from derivcheck.laws.determinants import DETERMINANTS
from derivcheck.laws.law import Law, Sides
from derivcheck.laws.pseudo_inverses import PSEUDO_INVERSES
from derivcheck.laws.structured import STRUCTURED

LAWS = {**CONDITIONS, **STRUCTURED, **DETERMINANTS, **PSEUDO_INVERSES}
"""The closed set of laws."""


def law_sides(law: Law, goal: Goal) -> Sides:
    """Return the two equal nodes that a law speaks of.

    Raises:
        NoEquationError: when there is no such law, or it does not hold of these matrices.
    """
    row = LAWS.get(law.name)
    if row is None:
        raise NoEquationError(f"unknown law {law.name}")
    try:
        for argument in law.arguments:
            if isinstance(argument, Basic):
                check_shapes(argument)
        left, right = row(goal, *law.arguments)
        if check_shapes(left) != check_shapes(right):
            raise NoEquationError("the two sides of a law have different shapes")
    except (ShapeError, TypeError, ValueError, AttributeError) as error:
        raise NoEquationError(f"{law.name} does not hold of these: {error}") from None
    return left, right


def equation_of(law: Law, goal: Goal) -> Zero:
    """Return what a law says.

    A condition that is given holds for every value of its index variables, and so does what follows
    from a hypothesis alone; every other law may rest on what the step itself needs.

    Raises:
        NoEquationError: as ``law_sides``.
    """
    left, right = law_sides(law, goal)
    given = law.name in ("exchanged", "square-of-root") or (
        law.name in ("inverse", "reciprocal") and law.arguments[0] < len(goal.conditions)
    )
    return Zero(left, right, own=not given)
