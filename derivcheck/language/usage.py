"""Which given names nothing in a document uses.

What is looked at are spellings, so a name may count as used that is not; one that is told as unused
stands in no step, and in no definition or hypothesis that a step rests on.
"""

from __future__ import annotations

from derivcheck.language.context import names_of
from derivcheck.language.derivation import Understood

_NAMED = ("matrix", "number", "function", "formula", "family")
_LINKING = ("definition", "hypothesis", "condition")


def unused(understood: Understood) -> list[tuple[str, int]]:
    """Return the given names that nothing uses, with their lines.

    Raises:
        Never.

    Cost:
        One look at every given for each round in which a new name is found.
    """
    entries = understood.context.entries
    used: set[str] = set()
    for step in understood.steps:
        for side in (step.lhs, step.rhs):
            used |= set(names_of(side.node)) if side is not None else set()
        used |= {name for name in entries if name in step.latex}
    found = True
    while found:
        found = False
        for given in understood.listed:
            inside = {name for name in entries if name in given.latex}
            if given.kind in _LINKING and inside & used and not inside <= used:
                used |= inside
                found = True
    return [
        (entry.name, entry.line)
        for entry in entries.values()
        if entry.kind in _NAMED and entry.line is not None and entry.name not in used
    ]
