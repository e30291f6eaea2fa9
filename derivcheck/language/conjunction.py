r"""What is given is a list of facts, each of which holds: nothing may make one of them depend.

``a = 1 \text{ if } b > 0``, ``a = 1 \text{ or } b = 2``, ``a = 1 \Rightarrow b = 2`` and
``a = 1 \text{ fails}`` give none of the equations in them. So what stands between statements must be
known to join them, and every other word or sign makes the whole given one that is not understood.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from derivcheck.language import spelling as sp
from derivcheck.language.atoms import Atom
from derivcheck.language.introductions import Introduction
from derivcheck.language.mathlist import build
from derivcheck.language.rows import ALTERNATIVES, CONDITIONS, CUES, first_word
from derivcheck.language.scanning import LatexError
from derivcheck.language.statements import Piece, split
from derivcheck.language.tokens import tokenize

_JOINING = CUES | sp.words("and also as for all each every any the be is are in of to constant")
_CONJUNCTIONS = (r"\land", r"\wedge")
_RESTRICTING = sp.words(
    """not no never nor neither or either if unless when whenever only some except false wrong
    untrue fails unknown approximately almost about nearly roughly"""
)
_VALUED = ("hypothesis", "property")
"""Kinds of statements that say something of names, and not what a name stands for."""


def check_joined(
    text: str,
    macros: Mapping[str, tuple[int, str]],
    taken: Iterable[Introduction],
    *,
    alone: bool = False,
) -> None:
    r"""Check that a formula states what is taken from it without a condition.

    Args:
        text: the formula.
        macros: author macros.
        taken: those of its statements that are given.
        alone: there is no text around it that it may be a part of.

    Raises:
        LatexError: DC110 at the word or sign that says something else.

    Example:
        >>> check_joined(r"a = 1 \text{ and } b = 2", {}, ())
        >>> check_joined(r"a = 1 \text{ or } b = 2", {}, ())
        Traceback (most recent call last):
        derivcheck.language.scanning.LatexError: “or” is not understood here
    """
    atoms = build(tokenize(text, macros))
    pieces = split(atoms)
    phrases = " ".join(piece.words for piece in pieces if piece.kind == "property")
    for atom in _spread(atoms):
        if atom.kind == "connective" and atom.text not in _CONJUNCTIONS:
            raise _depends(atom.text, atom)
        if atom.kind == "text" and atom.value.strip() not in phrases:
            _check_words(atom)
    valued = any(one.kind in _VALUED for one in taken)
    for piece in pieces:
        first = piece.atoms[0] if piece.atoms else None
        if alone and first is not None and (first.kind == "relation" or _says_nothing(piece)):
            raise LatexError("DC110", "a part of it states nothing", first.start, first.end)
        said = piece.words.lower().replace(",", " ").split()
        if len(pieces) > 1 and (word := _RESTRICTING.intersection(said)):
            raise _depends(min(word), piece.atoms[0])
        if piece.cue in CONDITIONS.values() and not _is_quantifier(piece, valued=valued):
            raise _depends(piece.cue or "", piece.atoms[0])


def _spread(atoms: list[Atom]) -> Iterable[Atom]:
    """Yield the atoms of a display, and those of brackets that hold statements."""
    for atom in atoms:
        yield atom
        if atom.kind == "fence" and any(part.kind == "text" for part in atom.parts[0]):
            yield from _spread(atom.parts[0])


def _check_words(atom: Atom) -> None:
    words = atom.value.replace(",", " ").replace(".", " ").split()
    lower = [word.strip("();:").lower() for word in words]
    remark = atom.value.strip().startswith("(") and atom.value.strip().endswith(")")
    if remark and not _RESTRICTING.intersection(lower):
        return
    if first_word(atom.value) in CONDITIONS or first_word(atom.value) in ALTERNATIVES:
        lower = lower[1:]  # as the statement behind it says
    for word in lower:
        if word.isalpha() and word not in _JOINING:
            raise _depends(word, atom)


def _says_nothing(piece: Piece) -> bool:
    return piece.bare and piece.cue not in CONDITIONS.values()


def _is_quantifier(piece: Piece, *, valued: bool) -> bool:
    r"""Whether a condition only says which indices are meant: `i = 1, \dots, n`, `for all i`.

    Behind a definition any name may be meant: `f(x) = … \text{ for all } x`. A hypothesis for all
    values of a matrix is stronger than one about it.
    """
    if piece.kind == "range" or piece.cue != "for":
        return piece.kind == "range"
    member = next((atom for atom in piece.atoms if atom.kind == "relation"), None)
    if member is not None and member.text != r"\in":
        return False
    if not valued:
        return True
    letters = piece.atoms if member is None else piece.atoms[: piece.atoms.index(member)]
    return all(a.kind == "comma" or (a.bare and a.text in "ijklmnrstpq") for a in letters)


def _depends(what: str, atom: Atom) -> LatexError:
    return LatexError("DC110", f"“{what}” is not understood here", atom.start, atom.end)
