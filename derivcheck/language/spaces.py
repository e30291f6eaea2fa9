r"""What may stand after ``\in`` or in a signature: `\mathbb{R}^n`, `\{1, \dots, n\}`."""

from __future__ import annotations

from derivcheck.language import spelling as sp
from derivcheck.language.atoms import Atom, nucleus, spell
from derivcheck.language.heads import SpaceHead
from derivcheck.language.scanning import LatexError
from derivcheck.language.scripts import split_commas
from derivcheck.language.terminals import Writer


def space_kind(atom: Atom) -> str | None:
    """Return ``real``, ``natural`` or ``other`` for a letter that names a space."""
    if atom.kind not in ("accent", "symbol", "name"):
        return None
    return sp.SPACE_NAMES.get(nucleus(atom) if atom.kind == "accent" else atom.text)


def axes_of(atoms: list[Atom]) -> int | None:
    """Return how many axes an element of a space has: 0 for a number; None when not told.

    Needs no names: it counts the sizes that are written.
    """
    if not atoms:
        return None
    first = atoms[0]
    kind = space_kind(first)
    if len(atoms) > 1:
        return None
    if kind in ("real", "natural"):
        return 0 if first.sup is None or _is_sign(first.sup) else len(dimensions(first.sup))
    if first.kind == "fence" and first.text == r"\{":
        return 0 if first.sup is None else len(dimensions(first.sup))
    if first.kind == "fence":
        return 0 if first.bare else None
    return None


def _is_sign(script: list[Atom]) -> bool:
    return all(atom.text in ("+", "-", "*") for atom in script)


def dimensions(script: list[Atom]) -> list[list[Atom]]:
    r"""Return the runs between `\times` or commas."""
    parts: list[list[Atom]] = [[]]
    for atom in script:
        if atom.text == r"\times" or atom.kind == "comma":
            parts.append([])
        else:
            parts[-1].append(atom)
    return parts


def set_range(atom: Atom) -> tuple[list[Atom], list[Atom]] | None:
    r"""Return first and last value of `\{1, \dots, n\}` or `[n]`."""
    if atom.kind != "fence" or not atom.bare or atom.text not in (r"\{", "["):
        return None
    parts = split_commas(atom.parts[0])
    if atom.text == "[":
        if len(parts) != 1 or not parts[0]:
            return None
        return [Atom("number", "1", atom.start, atom.start + 1)], parts[0]
    dots = [place for place, part in enumerate(parts) if [one.text for one in part] == [r"\dots"]]
    if dots != [len(parts) - 2] or not dots[0] or not parts[0] or not parts[-1]:
        return None
    return parts[0], parts[-1]


def write_space(
    writer: Writer,
    atoms: list[Atom] | None,
    low: list[Atom] | None = None,
    high: list[Atom] | None = None,
) -> None:
    """Write a space, or the range from low to high.

    Raises:
        LatexError: DC101 when there is no space.
    """
    if atoms is None:
        assert low is not None
        assert high is not None
        _write(writer, SpaceHead("range"), [low, high], low[0].start, high[-1].end)
        return
    if not atoms or atoms[0].kind == "relation":
        start, end = (atoms[0].start, atoms[0].end) if atoms else (0, 0)
        raise LatexError("DC101", r"nothing stands after `\in`", start, end)
    first = atoms[0]
    start, end = first.start, atoms[-1].end
    kind = space_kind(first)
    limits = set_range(first) if len(atoms) == 1 else None
    if limits is not None:
        _write(writer, SpaceHead("range"), list(limits), start, end)
    elif kind is not None and len(atoms) == 1:
        word = "" if first.sub is None else spell(first.sub)
        dims: list[list[Atom]] = []
        if first.sup is not None and _is_sign(first.sup):
            word += spell(first.sup)
        elif first.sup is not None:
            dims = dimensions(first.sup)
        if kind == "other":
            word = spell([first])
        _write(writer, SpaceHead(kind, word), dims, start, end)
    elif first.kind == "fence" and first.text == r"\{" and len(atoms) == 1:
        dims = [] if first.sup is None else dimensions(first.sup)
        word = nucleus(first)
        _write(writer, SpaceHead("set", word), dims, start, end)
    else:
        _write(writer, SpaceHead("other", spell(atoms)), [], start, end)


def _write(writer: Writer, head: SpaceHead, parts: list[list[Atom]], start: int, end: int) -> None:
    writer.put("SPACE", start, end, head, head.word or head.kind)
    for place, part in enumerate(parts):
        if place:
            writer.put("OVER", end, end)
        if not part:
            raise LatexError("DC101", "a size of the space is missing", start, end)
        writer.expression(part, scripted=True)
    writer.put("END", end, end)
