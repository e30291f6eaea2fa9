r"""The built-in constants among undeclared letters.

``I_n``, ``\mathbf{1}``, ``0_{m \times n}``, ``K_{m,n}``, ``e_i`` and ``\delta_{ij}``.
"""

from __future__ import annotations

from collections.abc import Callable

from derivcheck.language.atoms import Atom
from derivcheck.language.scripts import split_indices

_STYLED = ("{0}", r"\mathbf{{{0}}}", r"\boldsymbol{{{0}}}", r"\mathbb{{{0}}}", r"\mathrm{{{0}}}")
_IDENTITY = frozenset(style.format("I") for style in _STYLED)
_ONES = frozenset(style.format("1") for style in (*_STYLED[1:], r"\vec{{{0}}}"))
_ZEROS = frozenset(style.format("0") for style in (*_STYLED, r"\vec{{{0}}}"))
_UNIT = frozenset(style.format("e") for style in _STYLED[:3])
_COMMUTATION = frozenset(style.format("K") for style in _STYLED[:3])


def is_sized(base: str, sub: list[Atom], is_size: Callable[[str], bool]) -> bool:
    """Whether a subscript on a declared `I`, `1` or `0` gives sizes and not entries."""
    if base not in _IDENTITY | _ONES | _ZEROS:
        return False
    return all(atom.kind != "symbol" or is_size(atom.text) for atom in sub)


def mark_constant(atom: Atom, base: str, is_index: Callable[[list[Atom]], bool]) -> bool:
    """Mark a built-in constant: kind ``builtin``, its name the text, its parameters the parts."""
    sub = atom.sub
    name = ""
    parts: list[list[Atom]] = []
    numeral = base == "1" and sub is not None
    if base in _IDENTITY or base in _ONES or base in _ZEROS or numeral:
        name = "identity" if base in _IDENTITY else "zeros" if base in _ZEROS else "ones"
        if atom.kind == "number" and sub is None:
            return False
        condition = sub
        if sub is not None and len(sub) == 1 and sub[0].kind == "fence":
            condition = sub[0].parts[0]
        if condition is not None and any(part.kind == "relation" for part in condition):
            atom.kind, atom.text, atom.parts, atom.sub = "builtin", "indicator", [condition], None
            return True
        parts = _sizes(sub) if sub is not None else []
        if name == "identity" and sub is not None and not _are_sizes(parts):
            return False
    elif base in (r"\pi", r"\infty") and sub is None:
        name = base[1:] if base == r"\pi" else "infinity"
    elif base == r"\delta" and sub is not None:
        indices = split_indices(sub, 2, capital=True)
        if indices is not None and len(indices) == 2:
            name, parts = "delta", indices
    elif base in _UNIT and sub is not None:
        indices = split_indices(sub, 1, capital=False)
        if indices is not None and len(indices) == 1 and is_index(indices[0]):
            name, parts = "unit", indices
    elif base in _COMMUTATION and sub is not None:
        indices = split_indices(sub, 2, capital=True)
        if indices is not None and len(indices) == 2:
            name, parts = "commutation", indices
    if not name:
        return False
    atom.kind, atom.text, atom.parts, atom.sub = "builtin", name, parts, None
    return True


def _sizes(sub: list[Atom]) -> list[list[Atom]]:
    r"""Return the runs between ``\times`` or commas."""
    parts: list[list[Atom]] = [[]]
    for atom in sub:
        if atom.kind == "comma" or atom.text == r"\times":
            parts.append([])
        else:
            parts[-1].append(atom)
    return parts


def _are_sizes(parts: list[list[Atom]]) -> bool:
    return all(
        part and all(atom.kind not in ("text", "relation") for atom in part) for part in parts
    )
