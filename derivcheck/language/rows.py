r"""The rows and columns of a display -> one line of atoms with separators.

A row that opens with a sign goes on with the statement before it; a remark beside a row does not
interrupt the chain that the next row goes on with. Also the words that this depends on.
"""

from __future__ import annotations

import re

from derivcheck.language import spelling as sp
from derivcheck.language.atoms import Atom

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
ALTERNATIVES = frozenset(("else", "otherwise"))
# After these the next statement is the one that goes on.
_LINKING = sp.words("and or so hence thus therefore then which gives implies yields i.e. ie that")
_FIRST_WORD = re.compile(r"[A-Za-z.]+")
_CONTINUING = frozenset(sp.TENSORS) | sp.PRODUCTS | {"+", "/"}


def first_word(text: str) -> str:
    """Return the first word of a text, lower case."""
    match = _FIRST_WORD.search(text)
    return match.group().lower() if match else ""


def is_label(atom: Atom) -> bool:
    r"""Whether an atom is an equation number: `(3)`, `(\ast)`."""
    if atom.kind != "fence" or atom.text not in ("(", "[") or not atom.bare:
        return False
    return all(
        part.kind in ("number", "text", "word", "stop") or part.text in ("*", r"\star", r"\dagger")
        for part in atom.parts[0]
    )


def flat(atoms: list[Atom]) -> list[Atom]:
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


def lines(atoms: list[Atom]) -> list[Atom]:
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
                result.extend(_remark(asides))
                asides = []
                result.append(Atom("separator", r"\\", end.start, end.end))
        cut = _aside(content)
        result.extend(content[:cut])
        asides.extend(content[cut:])
    return result + _remark(asides)


def _remark(asides: list[Atom]) -> list[Atom]:
    """Return the remarks beside the rows of a chain, marked as such."""
    if not asides:
        return []
    first, last = asides[0].start, asides[-1].end
    return [Atom("remark", "begin", first, first), *asides, Atom("remark", "end", last, last)]


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
        alternative = word in ALTERNATIVES or any(
            part.kind == "text" and first_word(part.value) in ALTERNATIVES for part in row[place:]
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
    states = any(atom.kind == "relation" for atom in until_separator(row))
    return not states or (indented and not aligned)


def until_separator(row: list[Atom]) -> list[Atom]:
    """Return the atoms before the first separator."""
    for place, atom in enumerate(row):
        if atom.kind in ("separator", "quad", "comma", "text"):
            return row[:place]
    return row
