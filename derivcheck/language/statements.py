r"""A display -> its statements, in order: rows, columns, separators, comments and cue words.

Works on the math list alone and knows no names: whatever is nested in brackets or scripts is one
atom
here, so a comma that is seen is a comma of the display itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

from derivcheck.language import spelling as sp
from derivcheck.language.atoms import Atom
from derivcheck.language.scanning import LatexError

CUES = sp.words("let given suppose assume define denote where with")
CONDITIONS = {
    "for": "for",
    "if": "if",
    "when": "when",
    "whenever": "whenever",
    "unless": "unless",
    "provided": "if",
    "such": "if",
    "s.t.": "if",
    "st": "if",
}
_ALTERNATIVES = frozenset(("else", "otherwise"))
# Words that join statements and say nothing of what stands before them.
_JOINING = sp.words(
    """and or so hence thus therefore then since because as by using from gives implies i.e. ie
    that which e.g. also but while yields equivalently consequently via see"""
)
# After these the next statement is the one that goes on.
_LINKING = sp.words("and or so hence thus therefore then which gives implies yields i.e. ie that")
_FIRST_WORD = re.compile(r"[A-Za-z.]+")
_CONTINUING = frozenset(sp.TENSORS) | sp.PRODUCTS | {"+", "/"}


@dataclass(slots=True)
class Piece:
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
    for piece in _Splitter(_lines(_flat(atoms))).run():
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


def _flat(atoms: list[Atom]) -> list[Atom]:
    """Put the rows of an array of statements, or of a braced system, in their place."""
    result: list[Atom] = []
    for atom in atoms:
        statements = atom.kind == "environment" and atom.text == "array" and atom.bare
        if statements and any(
            part.kind == "relation" for row in atom.rows for cell in row for part in cell
        ):
            for place, row in enumerate(atom.rows):
                if place or (result and result[-1].kind != "row"):
                    result.append(Atom("row", r"\\", atom.start, atom.start))
                for column, cell in enumerate(row):
                    if column:
                        result.append(Atom("align", "&", atom.start, atom.start))
                    result.extend(cell)
        else:
            result.append(atom)
    return result


# Rows and columns --------------------------------------------------------------------------------


def _lines(atoms: list[Atom]) -> list[Atom]:
    """Replace row ends and alignment marks by separators, or by nothing where a row goes on."""
    rows: list[list[Atom]] = [[]]
    ends: list[Atom] = []
    for atom in atoms:
        if atom.kind == "row":
            rows.append([])
            ends.append(atom)
        else:
            rows[-1].append(atom)
    result: list[Atom] = []
    asides: list[Atom] = []
    for place, row in enumerate(rows):
        indented = bool(row) and row[0].kind in ("align", "quad")
        aligned = _relation_is_aligned(row)
        content = _columns(row)
        while content and content[0].kind in ("quad", "separator"):
            content.pop(0)
        if not content:
            continue
        if result:
            if _goes_on(result, content, indented, aligned):
                while result and result[-1].kind in ("comma", "stop", "quad", "separator"):
                    result.pop()
            else:
                end = ends[place - 1]
                result.extend(asides)
                asides = []
                result.append(Atom("separator", r"\\", end.start, end.end))
        cut = _aside(content)
        result.extend(content[:cut])
        asides.extend(content[cut:])
    return result + asides


def _aside(row: list[Atom]) -> int:
    r"""Return where a remark at the end of a row begins: `&& \text{using (2)}`, `\quad (3)`.

    The chain goes on in the next row as if the remark were not there.
    """
    stated = False
    for place, atom in enumerate(row):
        stated = stated or atom.kind == "relation"
        if not stated or atom.kind not in ("text", "fence"):
            continue
        begin = place
        while row[begin - 1].kind in ("quad", "separator", "comma", "stop"):
            begin -= 1
        if atom.kind == "fence":
            if begin < place and place == len(row) - 1 and is_label(atom):
                return begin
            continue
        word = first_word(atom.value)
        alternative = word in _ALTERNATIVES or any(
            part.kind == "text" and first_word(part.value) in _ALTERNATIVES for part in row[place:]
        )
        if word in _LINKING or word in CUES or alternative:
            stated = False
            continue
        return begin
    return len(row)


def _relation_is_aligned(row: list[Atom]) -> bool:
    for place, atom in enumerate(row):
        if atom.kind == "relation":
            return place > 0 and row[place - 1].kind == "align"
    return False


def _columns(row: list[Atom]) -> list[Atom]:
    """Drop the alignment marks of one row; every second one separates two statements."""
    result: list[Atom] = []
    count = 0
    for atom in row:
        if atom.kind != "align":
            result.append(atom)
            continue
        count += 1
        if count % 2 == 0 and result and result[-1].kind not in ("relation", "operator"):
            result.append(Atom("separator", "&", atom.start, atom.end))
    return result


def _goes_on(before: list[Atom], row: list[Atom], indented: bool, aligned: bool) -> bool:
    first = row[0]
    last = next((atom for atom in reversed(before) if atom.kind != "quad"), None)
    if first.kind == "relation":
        return True
    if last is not None and last.kind in ("relation", "operator", "connective"):
        return last.kind != "connective"
    if first.kind != "operator":
        return False
    if first.text in _CONTINUING:
        return True
    states = any(atom.kind == "relation" for atom in _until_separator(row))
    return not states or (indented and not aligned)


def _until_separator(row: list[Atom]) -> list[Atom]:
    for place, atom in enumerate(row):
        if atom.kind in ("separator", "quad", "comma", "text"):
            return row[:place]
    return row


# Separators --------------------------------------------------------------------------------------


def first_word(text: str) -> str:
    """Return the first word of a text, lower case."""
    match = _FIRST_WORD.search(text)
    return match.group().lower() if match else ""


class _Splitter:
    def __init__(self, atoms: list[Atom]) -> None:
        self.atoms = atoms
        self.pieces: list[Piece] = []
        self.current: list[Atom] = []
        self.standing: str | None = None
        self.condition: str | None = None
        self.quantified = False
        self.before = "start"

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
        return not any(atom.text == r"\to" for atom in _until_separator(rest))

    def _cut(self, sign: str) -> None:
        """End the piece that is being read."""
        if self.current:
            cue = self.condition or self.standing
            self.pieces.append(Piece("chain", self.current, cue, before=self.before))
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
            rest = _until_separator(self.atoms[place + 1 :])
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
        elif word in _ALTERNATIVES and self._in_alternative():
            self.current.append(Atom("otherwise", "else", atom.start, atom.end))
        elif word == "if" and self._has_alternative(place):
            self.current.append(Atom("if", "if", atom.start, atom.end))
        elif word in CONDITIONS:
            self._cut("separator")
            self.condition = CONDITIONS[word]
            self.quantified = False
        elif word in _JOINING or not word:
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
            if atom.kind == "text" and first_word(atom.value) in _ALTERNATIVES:
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
            merged.before = pieces[at].before
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
            return at, False
        last += 1
    return at, False


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


def is_label(atom: Atom) -> bool:
    r"""Whether an atom is an equation number: `(3)`, `(\ast)`."""
    if atom.kind != "fence" or atom.text not in ("(", "[") or not atom.bare:
        return False
    return all(
        part.kind in ("number", "text", "word", "stop") or part.text in ("*", r"\star", r"\dagger")
        for part in atom.parts[0]
    )


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
