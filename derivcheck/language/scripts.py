r"""What a superscript or subscript is: transposes, marks, part of a name, indices.

These questions are answered from the atoms alone; which name a script belongs to is for
``names.py``.
"""

from __future__ import annotations

from derivcheck.language.atoms import Atom

# Superscripts ------------------------------------------------------------------------------------


def is_transpose(script: list[Atom]) -> bool:
    r"""Whether a superscript is one transpose mark: ``\top``, ``T``, ``\mathsf{T}``."""
    if len(script) != 1 or not script[0].bare:
        return False
    mark = script[0]
    return mark.text in (r"\top", "T", r"\mathsf{T}", r"\mathrm{T}", r"\mathrm{t}") or (
        mark.kind in ("word", "text") and mark.value.strip() in ("T", "t")
    )


def marks_of(sup: list[Atom]) -> list[tuple[str, Atom]] | None:
    r"""Return the marks of a superscript of nothing but ``\top``, ``-1``, ``-\top``, ``+``."""
    marks: list[tuple[str, Atom]] = []
    at = 0
    while at < len(sup):
        atom = sup[at]
        if is_transpose([atom]):
            marks.append(("T", atom))
        elif atom.text == "-" and at + 1 < len(sup) and is_transpose([sup[at + 1]]):
            at += 1
            marks.append(("-T", sup[at]))
        elif (
            atom.text == "-" and at + 1 < len(sup) and sup[at + 1].text == "1" and sup[at + 1].bare
        ):
            at += 1
            marks.append(("-1", sup[at]))
        elif atom.text == r"\dagger" or (
            atom.text == "+" and (len(sup) == 1 or is_transpose(sup[at + 1 : at + 2]))
        ):
            marks.append(("+", atom))
        else:
            return None
        at += 1
    return marks or None


def trailing_marks(script: list[Atom]) -> tuple[list[Atom], list[Atom]] | None:
    r"""Split ``(k)\top`` or ``\star -1`` into what may belong to a name and the marks after it."""
    if not script:
        return None
    last = script[-1]
    if last.kind == "fence" and last.sup is not None and last.sub is None:
        marks = last.sup
        bare = Atom("fence", last.text, last.start, last.end, last.gap, last.parts)
        bare.value = last.value
        return [*script[:-1], bare], marks
    cut = len(script)
    while cut > 0:
        if is_transpose(script[cut - 1 : cut]):
            cut -= 1
            if cut > 0 and script[cut - 1].text == "-":
                cut -= 1
        elif cut > 1 and script[cut - 1].text == "1" and script[cut - 2].text == "-":
            cut -= 2
        else:
            break
    if cut in (0, len(script)):
        return None
    return script[:cut], script[cut:]


def is_decoration(script: list[Atom]) -> bool:
    r"""Whether a superscript can only be part of a name: ``(k)``, ``\star``, ``-``, a word."""
    if len(script) != 1:
        return False
    mark = script[0]
    if mark.kind == "fence":
        return mark.text in ("(", "[", r"\langle") and mark.bare
    if mark.kind in ("word", "text"):
        return not is_transpose(script)
    return mark.text in (r"\star", "*", "-", r"\bullet", r"\ddagger", r"\sharp", r"\circ")


# Subscripts --------------------------------------------------------------------------------------

_SLICES = frozenset((":", r"\cdot", "*", r"\bullet"))


def is_slice(part: list[Atom]) -> bool:
    """Whether one position of a subscript stands for a whole row or column."""
    return len(part) == 1 and part[0].text in _SLICES and part[0].bare


def split_commas(atoms: list[Atom]) -> list[list[Atom]]:
    """Return the runs between commas."""
    parts: list[list[Atom]] = [[]]
    for atom in atoms:
        if atom.kind == "comma":
            parts.append([])
        else:
            parts[-1].append(atom)
    return parts


def split_indices(sub: list[Atom], axes: int | None, capital: bool) -> list[list[Atom]] | None:
    """Return one run of atoms per index of a subscript, None when it cannot be one."""
    if any(atom.kind == "comma" for atom in sub):
        parts = split_commas(sub)
        return parts if all(parts) else None
    single = all(
        atom.kind in ("symbol", "number", "colon", "name") or atom.text in _SLICES for atom in sub
    )
    if not single or any(atom.sub or atom.sup for atom in sub):
        return [sub] if sub else None
    parts = []
    for atom in sub:
        digits = len(atom.text) if atom.kind == "number" else 1
        apart = digits > 1 and atom.text.isdigit() and (axes == 2 if axes is not None else capital)
        if apart and (len(sub) > 1 or digits == 2):
            for place, digit in enumerate(atom.text):
                at = atom.start + place
                parts.append([Atom("number", digit, at, at + 1)])
        else:
            parts.append([atom])
    return parts
