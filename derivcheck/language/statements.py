r"""A display -> its statements, in order: rows, columns, separators, comments and cue words.

Works on the math list alone and knows no names: whatever is nested in brackets or scripts is one
atom
here, so a comma that is seen is a comma of the display itself.
"""

from __future__ import annotations

from itertools import pairwise

from msgspec import Struct, field

from derivcheck.language import spelling as sp
from derivcheck.language.atoms import Atom
from derivcheck.language.rows import (
    ALTERNATIVES,
    CONDITIONS,
    CUES,
    first_word,
    flat,
    is_label,
    lines,
    until_separator,
)
from derivcheck.language.scanning import LatexError


class Piece(Struct):
    r"""One statement as a run of atoms.

    Attributes:
        kind: ``chain`` (with or without relations), ``property``, ``signature`` or ``range``.
        atoms: the atoms; of a property its subjects, of a range its letters.
        cue: as for ``Statement``.
        words: of a property.
        low: of a range: the first value.
        high: of a range: the last value.
        at: the sign of a range or signature.
        tail: of a signature what stands after the colon.
        remark: it stands in a remark beside the rows of a chain.
    """

    kind: str
    atoms: list[Atom]
    cue: str | None = None
    words: str = ""
    words_at: tuple[int, int] = (0, 0)
    low: list[Atom] = field(default_factory=list)
    high: list[Atom] = field(default_factory=list)
    tail: list[Atom] = field(default_factory=list)
    at: Atom | None = None
    before: str = ""
    remark: bool = False

    @property
    def bare(self) -> bool:
        """Whether it states nothing."""
        return self.kind == "chain" and not any(atom.kind == "relation" for atom in self.atoms)


def split(atoms: list[Atom]) -> list[Piece]:
    r"""Return the statements of a display.

    Raises:
        LatexError: DC101 when a separator stands where a formula must.

    Example:
        >>> from derivcheck.language.mathlist import build
        >>> from derivcheck.language.tokens import tokenize
        >>> [len(piece.atoms) for piece in split(build(tokenize(r"a &= b \\ &= c, \quad d = e")))]
        [5, 3]
    """
    pieces: list[Piece] = []
    for piece in _Splitter(lines(flat(atoms))).run():
        pieces.extend(_opened(piece) if pieces else [piece])
    return _labelled(_merged(pieces))


def _opened(piece: Piece) -> list[Piece]:
    r"""Return the conditions in brackets after a statement: `(i = 1, \dots, n)`."""
    fence = piece.atoms[0]
    if not piece.bare or len(piece.atoms) != 1 or fence.kind != "fence" or fence.text != "(":
        return [piece]
    if not any(atom.kind in ("relation", "forall") for atom in fence.parts[0]):
        return [piece]
    inner = _Splitter(fence.parts[0])
    inner.standing = "for"
    inner.before = piece.before
    return inner.run()


# Separators --------------------------------------------------------------------------------------


class _Splitter:
    def __init__(self, atoms: list[Atom]) -> None:
        self.atoms = atoms
        self.pieces: list[Piece] = []
        self.current: list[Atom] = []
        self.standing: str | None = None
        self.condition: str | None = None
        self.quantified = False
        self.before = "start"
        self.remark = False

    def run(self) -> list[Piece]:
        for place, atom in enumerate(self.atoms):
            kind = atom.kind
            if kind in ("separator", "connective"):
                self._cut("separator")
            elif kind == "quad":
                self._quad(place)
            elif kind in ("comma", "stop"):
                self._cut("comma" if kind == "comma" else "separator")
            elif kind == "forall":
                self._cut("separator")
                self.condition, self.quantified = "for", True
            elif kind == "colon" and self._is_quantifier_end(place):
                self._cut("separator")
            elif kind == "remark":
                self._cut("separator")
                self.remark = atom.text == "begin"
            elif kind == "text":
                self._text(atom, place)
            else:
                self.current.append(atom)
        self._cut("end")
        return self.pieces

    def _is_quantifier_end(self, place: int) -> bool:
        if not self.quantified:
            return False
        rest = self.atoms[place + 1 :]
        return not any(atom.text == r"\to" for atom in until_separator(rest))

    def _cut(self, sign: str) -> None:
        """End the piece that is being read."""
        if self.current:
            cue = self.condition or self.standing
            piece = Piece("chain", self.current, cue, before=self.before, remark=self.remark)
            self.pieces.append(piece)
            self.current = []
            self.before = sign
        elif sign != "comma":
            self.before = sign
        if sign not in ("comma", "join"):
            self.condition = None
            self.quantified = False

    def _quad(self, place: int) -> None:
        following = self.atoms[place + 1] if place + 1 < len(self.atoms) else None
        if not self.current or following is None:
            # A gap after a comma is wider than a comma.
            if self.before == "comma":
                self._cut("separator")
            return
        last = self.current[-1]
        if following.kind == "relation" or last.kind in ("relation", "operator"):
            return
        if following.kind == "operator":
            rest = until_separator(self.atoms[place + 1 :])
            states = any(atom.kind == "relation" for atom in rest)
            if following.text != "-" or not states:
                return
        self._cut("separator")

    def _text(self, atom: Atom, place: int) -> None:
        words = atom.value.strip()
        word = first_word(words)
        if not words or (not word and not self.current):
            self._cut("separator" if not words else "comma")
            return
        if word in CUES:
            self._cut("separator")
            self.standing = word
        elif word in ALTERNATIVES and self._in_alternative():
            self.current.append(Atom("otherwise", "else", atom.start, atom.end))
        elif word == "if" and self._has_alternative(place):
            self.current.append(Atom("if", "if", atom.start, atom.end))
        elif word in CONDITIONS:
            self._cut("separator")
            self.condition = CONDITIONS[word]
            self.quantified = False
        elif word in sp.JOINING or not word:
            self._cut("join" if word in ("and", "or") and len(words.split()) == 1 else "separator")
        elif self.current and not any(part.kind == "relation" for part in self.current):
            self._property(atom, words)
        elif self.pieces and self.pieces[-1].kind == "property" and not self.current:
            last = self.pieces[-1]
            last.words = f"{last.words}, {words}"
        else:
            self._cut("separator")

    def _property(self, atom: Atom, words: str) -> None:
        piece = Piece("property", self.current, self.condition or self.standing, words)
        piece.words_at = (atom.start, atom.end)
        piece.before = self.before
        self.pieces.append(piece)
        self.current = []
        self.before = "separator"

    def _in_alternative(self) -> bool:
        return any(atom.kind == "if" for atom in self.current)

    def _has_alternative(self, place: int) -> bool:
        for atom in self.atoms[place + 1 :]:
            if atom.kind in ("separator", "quad"):
                return False
            if atom.kind == "text" and first_word(atom.value) in ALTERNATIVES:
                return True
        return False


# Lists and ranges --------------------------------------------------------------------------------


def _is_ellipsis(piece: Piece) -> bool:
    return len(piece.atoms) == 1 and piece.atoms[0].text == r"\dots"


def _signature_colon(piece: Piece) -> int | None:
    """Return the place of the colon of a signature."""
    for place, atom in enumerate(piece.atoms):
        if atom.kind == "relation":
            return None
        if atom.kind == "colon":
            rest = piece.atoms[place + 1 :]
            return place if any(part.text == r"\to" for part in rest) else None
    return None


def _merged(pieces: list[Piece]) -> list[Piece]:
    r"""Join `i, j \\in …`, `x_1, \\dots, x_n \\text{ independent}` and `i = 1, \\dots, n`."""
    result: list[Piece] = []
    at = 0
    plain_until = 0
    while at < len(pieces):
        if at < plain_until:
            result.append(pieces[at])
            at += 1
            continue
        end, run = _range_end(pieces, at)
        if run:
            result.append(_range(pieces[at : end + 1]))
            at = end + 1
            continue
        end = _list_end(pieces, at)
        merged = pieces[at]
        if end > at:
            atoms: list[Atom] = []
            for piece in pieces[at : end + 1]:
                if atoms:
                    atoms.append(Atom("comma", ",", piece.atoms[0].start, piece.atoms[0].start))
                atoms.extend(piece.atoms)
            last = pieces[end]
            merged = Piece(last.kind, atoms, merged.cue or last.cue, last.words, last.words_at)
            merged.before, merged.remark = pieces[at].before, last.remark
        colon = _signature_colon(merged)
        if merged.kind == "chain" and colon is not None:
            atoms = merged.atoms
            merged.kind, merged.at = "signature", atoms[colon]
            merged.atoms, merged.tail = atoms[:colon], atoms[colon + 1 :]
        result.append(merged)
        at = end + 1
        # What its first name does not join, no later name of the same list joins.
        plain_until = at
        while plain_until < len(pieces) and _follows_in_list(pieces, plain_until):
            plain_until += 1
    return _conditions(result)


def _follows_in_list(pieces: list[Piece], at: int) -> bool:
    """Whether a piece and the one before it are bare members of one list, and so is the next."""
    return (
        pieces[at - 1].bare
        and pieces[at].bare
        and pieces[at].before in ("comma", "join")
        and at + 1 < len(pieces)
    )


def _list_end(pieces: list[Piece], at: int) -> int:
    """Return the last piece of the list of names that begins at a place."""
    end = at
    while (
        pieces[end].bare and end + 1 < len(pieces) and pieces[end + 1].before in ("comma", "join")
    ):
        end += 1
        piece = pieces[end]
        if piece.kind == "property" or _signature_colon(piece) is not None:
            return end
        relation = next((atom.text for atom in piece.atoms if atom.kind == "relation"), None)
        if relation is not None:
            joins = relation in (r"\in", ">", "<", r"\geq", r"\leq", r"\succ", r"\succeq", r"\sim")
            return end if joins else at
    return at


def _range_end(pieces: list[Piece], at: int) -> tuple[int, bool]:
    r"""Whether `i, j = 1, \dots, n` begins at a place, and the place of its last piece."""
    end = at
    while pieces[end].bare and not _is_ellipsis(pieces[end]):
        if end + 1 >= len(pieces) or pieces[end + 1].before not in ("comma", "join"):
            return at, False
        end += 1
    relation = next((atom.text for atom in pieces[end].atoms if atom.kind == "relation"), None)
    if relation not in ("=", r"\in") or pieces[end].kind != "chain":
        return at, False
    last = end + 1
    while last < len(pieces) and pieces[last].before == "comma" and last <= end + 3:
        if _is_ellipsis(pieces[last]):
            final = last + 1
            found = final < len(pieces) and pieces[final].before == "comma" and pieces[final].bare
            return (final, True) if found else (at, False)
        if not pieces[last].bare:
            break
        last += 1
    return _counted(pieces, end)


def _counted(pieces: list[Piece], at: int) -> tuple[int, bool]:
    """Whether `i = 1, 2, 3` begins at a place: numbers that follow one another."""
    value = _number(pieces[at].atoms[-1:])
    place = at
    if value is None or pieces[at].atoms[-2].kind != "relation":
        return at, False
    while place + 1 < len(pieces) and pieces[place + 1].before == "comma":
        if _number(pieces[place + 1].atoms) != value + 1:
            break
        value += 1
        place += 1
    return place, place > at


def _number(atoms: list[Atom]) -> int | None:
    if len(atoms) != 1 or atoms[0].kind != "number" or not atoms[0].bare:
        return None
    return int(atoms[0].text) if atoms[0].text.isdigit() else None


def _range(pieces: list[Piece]) -> Piece:
    letters: list[Atom] = []
    for piece in pieces:
        sign = next((k for k, atom in enumerate(piece.atoms) if atom.kind == "relation"), None)
        if letters:
            letters.append(Atom("comma", ",", piece.atoms[0].start, piece.atoms[0].start))
        if sign is None:
            letters.extend(piece.atoms)
            continue
        letters.extend(piece.atoms[:sign])
        result = Piece("range", letters, pieces[0].cue or piece.cue)
        result.at = piece.atoms[sign]
        result.low = piece.atoms[sign + 1 :]
        result.high = pieces[-1].atoms
        result.before = pieces[0].before
        return result
    raise AssertionError("a range has a sign")


def _conditions(pieces: list[Piece]) -> list[Piece]:
    """Say which statements are conditions: a cue word reaches over a list of memberships."""
    cue: str | None = None
    for place, piece in enumerate(pieces):
        if piece.kind == "range":
            if place and piece.cue is None:
                piece.cue = "for"
        elif piece.cue in CONDITIONS.values() and piece.before in ("comma", "join") and cue:
            member = any(atom.text == r"\in" for atom in piece.atoms) or piece.bare
            if not member:
                piece.cue = None
        cue = piece.cue
    return pieces


def _labelled(pieces: list[Piece]) -> list[Piece]:
    r"""Drop equation numbers such as `(3)` or `(\\ast)` beside other statements."""
    if len(pieces) < 2:
        return pieces
    return [piece for piece in pieces if not _is_label(piece)] or pieces


def _is_label(piece: Piece) -> bool:
    return piece.bare and len(piece.atoms) == 1 and is_label(piece.atoms[0])


def relations(piece: Piece) -> list[int]:
    """Return the places of the relation signs of a chain; those of a condition are not among them.

    Raises:
        LatexError: DC101 when two relation signs follow each other.
    """
    places: list[int] = []
    conditional = False
    for place, atom in enumerate(piece.atoms):
        if atom.kind == "if":
            conditional = True
        elif atom.kind == "otherwise":
            conditional = False
        elif atom.kind == "relation" and not conditional:
            places.append(place)
    for first, second in pairwise(places):
        if second == first + 1:
            sign, other = piece.atoms[first], piece.atoms[second]
            raise LatexError(
                "DC101",
                f"nothing stands between `{sign.text}` and `{other.text}`",
                sign.start,
                other.end,
            )
    return places
