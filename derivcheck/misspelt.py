r"""Names that nothing introduces: which declared one may be meant, proved if the step holds with it.

``h(K)``, ``h_K`` and ``h^K`` stand for the name ``h^{(K)}``; a letter in another typeface, or near
another one, for that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches

from msgspec.structs import replace

from derivcheck.diagnostics import Change, Diagnostic, Help
from derivcheck.language import syntax
from derivcheck.language.inference import letters_of, nearest
from derivcheck.language.placing import one_line
from derivcheck.language.steps import Side, Step
from derivcheck.rereading import Rereader, placed_in

_SCRIPTED = re.compile(
    r"(?P<letter>\\?[A-Za-z]+(?:\{[^{}]*\})?)"
    r"(?P<scripts>(?:\s*[_^]\s*(?:\{[^{}]*\}|\\?[A-Za-z0-9]+)|\s*\([^(){}]*\))+)"
)
"""A letter with what may have been meant as its scripts."""

Renaming = list[tuple[int, int, str]]
"""Stretches of a side and the names that take their places."""


def renamed(reader: Rereader, step: Step, found: Diagnostic, text: str) -> Diagnostic:
    """Return a diagnostic about an unknown name; the name meant is verified if the step holds.

    Raises:
        Never.
    """
    place = found.span
    if place is None or place.line != place.end_line or step.lhs is None or step.rhs is None:
        return found
    line = "".join(text.split("\n")[place.line - 1 : place.line])
    start, end = place.column - 1, place.end_column - 1
    wrong = line[start:end].strip()
    names = list(reader.scope.context.entries)
    for written in _SCRIPTED.finditer(line):
        meant = by_scripts(written.group(), names)
        if meant is not None and written.start() <= start < written.end():
            found = replace(found, help=(Help(f"did you mean `{meant}`?", meant),))
            wrong = written.group()
    sides = [side for side in (step.lhs, step.rhs) if side.source is step.formula.source]
    for name, places_in in _renamings(wrong, names, found):
        changed = {id(side): places_in(one_line(side.latex)) for side in sides}

        def put(side: Side, changed: dict[int, Renaming] = changed) -> str:
            return respelled(one_line(side.latex), changed.get(id(side), []))

        goal = reader.goal(put(step.lhs), put(step.rhs))
        if goal is not None and reader.holds(goal):
            changes: list[Change] = []
            for side in sides:
                placed = placed_in(side)
                if placed is not None:
                    changes += placed.changes(changed[id(side)])
            new = list(dict.fromkeys(new for places in changed.values() for _, _, new in places))
            told = " and ".join(f"`{one}`" for one in new)
            said = f"did you mean {told}? with {'it' if len(new) == 1 else 'them'} this step is"
            help_ = Help(f"{said} proved", name, verified=True, changes=tuple(changes))
            return replace(found, help=(help_,))
    alone = isinstance(step.lhs.node, syntax.Name) and step.lhs.node.name == wrong
    if alone and not any(item.replacement for item in found.help):
        said = (
            f"if `{wrong}` is defined here, open the sentence with *let*, or write `{wrong} := …`"
        )
        return replace(found, help=(Help(said),))
    return found


def _renamings(
    wrong: str, names: list[str], found: Diagnostic
) -> Iterator[tuple[str, Callable[[str], Renaming]]]:
    """Yield names that may be meant, each with what finds the places in a side."""

    def all_scripted(latex: str) -> Renaming:
        matches = [(m, by_scripts(m.group(), names)) for m in _SCRIPTED.finditer(latex)]
        return [(*m.span(), name) for m, name in matches if name is not None]

    meant = by_scripts(wrong, names)
    if meant is not None:
        yield meant, all_scripted
    guesses = [item.replacement for item in found.help]
    guesses += [name for name in names if letters_of(name).lower() == letters_of(wrong).lower()]
    guesses += get_close_matches(wrong, names, n=4, cutoff=0.3)
    token = re.compile(rf"(?<![A-Za-z\\]){re.escape(wrong)}(?![A-Za-z])")
    for name in dict.fromkeys(guesses):
        if name and wrong and not wrong.startswith("{"):

            def everywhere(latex: str, name: str = name) -> Renaming:
                return [(*match.span(), name) for match in token.finditer(latex)]

            yield name, everywhere


def by_scripts(written: str, names: list[str]) -> str | None:
    r"""Return the name that a letter with scripts may stand for: ``h^{(K)}`` for ``h(K)``.

    Example:
        >>> by_scripts("h(K)", ["h^{(K)}", "W"])
        'h^{(K)}'
    """
    if written.replace(" ", "") in (name.replace(" ", "") for name in names):
        return None
    meant = nearest(written, names)
    return meant if meant is not None and letters_of(meant) == letters_of(written) else None


def respelled(latex: str, places: Renaming) -> str:
    """Return a side with other names at some places."""
    for start, end, name in sorted(places, reverse=True):
        latex = f"{latex[:start]}{{{name}}}{latex[end:]}"
    return latex
