r"""A formula -> its statements as syntax trees.

``parse`` reads a formula with the declared names at hand; ``introduce`` says, without any names,
what
a given or a definition introduces. Both stop at counted limits; the only exception that leaves this
module is ``LatexError``.

The Lark parser is loaded once, when the first formula is read.
"""

from __future__ import annotations

from collections.abc import Mapping

from derivcheck.language import spelling as sp
from derivcheck.language import syntax as tree
from derivcheck.language.atoms import Atom
from derivcheck.language.constructs import alternatives
from derivcheck.language.heads import Terminal
from derivcheck.language.introductions import Introduction, introduce, introductions
from derivcheck.language.mathlist import build
from derivcheck.language.names import (
    Entry,
    Resolver,
    Vocabulary,
    bound_letters,
    canonical,
    mark_primed,
)
from derivcheck.language.scanning import LatexError
from derivcheck.language.scripts import split_commas
from derivcheck.language.spaces import space_kind, write_space
from derivcheck.language.statements import Piece, relations, split
from derivcheck.language.terminals import Writer
from derivcheck.language.tokens import tokenize
from derivcheck.language.trees import height
from derivcheck.limits import TREE_HEIGHT as MAX_HEIGHT

__all__ = [
    "Entry",
    "Introduction",
    "LatexError",
    "Vocabulary",
    "canonical",
    "introduce",
    "introductions",
    "parse",
]

_NO_MACROS: Mapping[str, tuple[int, str]] = {}


def parse(
    text: str, vocabulary: Vocabulary, macros: Mapping[str, tuple[int, str]] = _NO_MACROS
) -> list[tree.Statement]:
    r"""Return the statements of one formula, in order.

    A chain ``a = b = c`` gives a Relation for each link, and neighbours share the node between
    them;
    a display that opens with ``=`` gives a Relation without left side. A statement that cannot be
    read
    is an Unreadable as long as something else in the formula can.

    Args:
        text: LaTeX math without its delimiters.
        vocabulary: the declared names.
        macros: control word with its backslash to (number of arguments, body).

    Raises:
        LatexError: nothing in the formula can be read, or its brackets do not match (DC101), or it
            exceeds a limit (DC102), or it uses what is not read (DC110).

    Example:
        >>> [statement] = parse(r"A \in \mathbb{R}^{m \times n}", Vocabulary())
        >>> statement.node.names, statement.node.rhs.kind, len(statement.node.rhs.dims)
        (('A',), 'real', 2)
    """
    pieces = split(build(tokenize(text, macros)))
    bound = _bound(pieces)
    statements: list[tree.Statement] = []
    first_error: LatexError | None = None
    readable = False
    for place, piece in enumerate(pieces):
        try:
            nodes = _read(piece, vocabulary, bound)
        except LatexError as error:
            first_error = first_error or error
            # Writing consumes scripts, so recovery begins again from the text.
            again = split(build(tokenize(text, macros)))[place]
            nodes = _recover(again, error, vocabulary, bound)
        readable = readable or any(not isinstance(node, tree.Unreadable) for node in nodes)
        statements.extend(tree.Statement(node, piece.cue, piece.remark) for node in nodes)
    if first_error is not None and not readable:
        raise first_error
    return statements


def _bound(pieces: list[Piece]) -> frozenset[str]:
    """Return the letters that sums and ranges anywhere in the formula bind."""
    letters: set[str] = set()
    for piece in pieces:
        for atoms in (piece.atoms, piece.low, piece.high, piece.tail):
            letters |= bound_letters(atoms)
        if piece.kind == "range" or (piece.cue == "for" and piece.bare):
            letters.update(atom.text for atom in piece.atoms if atom.kind == "symbol")
        signs = [at for at, atom in enumerate(piece.atoms) if atom.kind == "relation"]
        if len(signs) == 1 and piece.atoms[signs[0]].text == r"\in":
            after = piece.atoms[signs[0] + 1 :]
            if after and after[0].text == r"\{" and after[0].bare:
                before = piece.atoms[: signs[0]]
                letters.update(atom.text for atom in before if atom.kind == "symbol")
    return frozenset(letters)


def _read(piece: Piece, vocabulary: Vocabulary, bound: frozenset[str]) -> list[tree.Node]:
    resolver = Resolver(vocabulary, bound)
    writer = Writer(vocabulary, bound)
    if piece.kind == "chain":
        piece.atoms = resolver.run(piece.atoms)
        mark_primed(piece.atoms)
        writer.extents.note_variations(piece.atoms)
        _write_chain(writer, piece.atoms, relations(piece))
    else:
        writer.expression(resolver.run(_without_ellipsis(piece.atoms)))
    if piece.kind == "property":
        writer.put("PROPERTY", *piece.words_at, piece.words)
    elif piece.kind == "range":
        assert piece.at is not None
        writer.put("RELATION", piece.at.start, piece.at.end, r"\in", piece.at.text)
        low, high = resolver.run(piece.low), resolver.run(piece.high)
        write_space(writer, None, low, high)
    elif piece.kind == "signature":
        assert piece.at is not None
        writer.put("SIGNATURE", piece.at.start, piece.at.end, None, ":")
        _write_signature(writer, resolver.run(piece.tail))
    return _grammar_reads(writer)


def _without_ellipsis(atoms: list[Atom]) -> list[Atom]:
    r"""Return `x_1, x_n` for `x_1, \dots, x_n`: the list is named by its ends."""
    parts = [part for part in split_commas(atoms) if [atom.text for atom in part] != [r"\dots"]]
    if not parts or not all(parts):
        return atoms
    result = list(parts[0])
    for part in parts[1:]:
        result.append(Atom("comma", ",", part[0].start, part[0].start))
        result.extend(part)
    return result


def _write_chain(writer: Writer, atoms: list[Atom], signs: list[int]) -> None:
    if not signs and len(atoms) == 1 and space_kind(atoms[0]) is not None:
        write_space(writer, atoms)
        return
    begin = 0
    for place in [*signs, len(atoms)]:
        segment = atoms[begin:place]
        if begin and atoms[begin - 1].text in (r"\in", r"\notin"):
            write_space(writer, segment or atoms[begin - 1 : begin])
        else:
            _write_segment(writer, segment if begin else _without_ellipsis(segment))
        if place < len(atoms):
            sign = atoms[place]
            writer.put("RELATION", sign.start, sign.end, sign.text, sign.text)
        begin = place + 1


def _write_segment(writer: Writer, atoms: list[Atom]) -> None:
    r"""Write one side of a relation, maybe `a \text{ if } t > 0 \text{ else } b`."""
    if not any(atom.kind in ("if", "otherwise") for atom in atoms):
        writer.expression(atoms)
        return
    branches: list[tuple[list[Atom], list[Atom] | None]] = [([], None)]
    for atom in atoms:
        if atom.kind == "if":
            branches[-1] = (branches[-1][0], [])
        elif atom.kind == "otherwise":
            branches.append(([], None))
        elif branches[-1][1] is not None:
            branches[-1][1].append(atom)
        else:
            branches[-1][0].append(atom)
    cover = Atom("environment", "if", atoms[0].start, atoms[-1].end)
    alternatives(writer, branches, cover)


def _write_signature(writer: Writer, atoms: list[Atom]) -> None:
    parts: list[list[Atom]] = [[]]
    for atom in atoms:
        if atom.text in (r"\times", r"\to"):
            parts.append([])
        else:
            parts[-1].append(atom)
    for place, part in enumerate(parts):
        if place:
            writer.put("OVER", part[0].start if part else 0, part[0].start if part else 0)
        if not part:
            raise LatexError(
                "DC101", "a space is missing in the signature", atoms[0].start, atoms[-1].end
            )
        write_space(writer, part)
    writer.put("END", atoms[-1].end, atoms[-1].end)


def _recover(
    piece: Piece, error: LatexError, vocabulary: Vocabulary, bound: frozenset[str]
) -> list[tree.Node]:
    """Read the links of a chain one by one; what cannot be read leaves a gap."""
    atoms = piece.atoms
    start = atoms[0].start if atoms else error.start
    end = atoms[-1].end if atoms else error.end
    signs = [place for place, atom in enumerate(atoms) if atom.kind == "relation"]
    if piece.kind != "chain" or len(signs) < 2 or any(atom.kind == "if" for atom in atoms):
        return [tree.Unreadable(start, end, error)]
    result: list[tree.Node] = []
    left: tree.Node | None = None
    begin = 0
    for number, place in enumerate([*signs, len(atoms)]):
        segment = Piece("chain", atoms[begin:place])
        sign = atoms[begin - 1] if begin else None
        begin = place + 1
        if not segment.atoms and number == 0:
            continue
        try:
            if not segment.atoms:
                raise error
            [node] = _read(segment, vocabulary, bound)
        except (LatexError, ValueError) as reason:
            problem = reason if isinstance(reason, LatexError) else error
            first = segment.atoms[0].start if segment.atoms else start
            last = segment.atoms[-1].end if segment.atoms else end
            result.append(tree.Unreadable(first, last, problem))
            left = None
            continue
        if sign is not None and (left is not None or (number == 1 and signs[0] == 0)):
            origin = sign.start if left is None else left.start
            result.append(tree.Relation(origin, node.end, sign.text, sign.start, left, node, ()))
        left = node
    return result


# The grammar -------------------------------------------------------------------------------------


def _grammar_reads(writer: Writer) -> list[tree.Node]:
    """Run the grammar over what has been written."""
    # Lark is loaded when the first formula is read
    from lark import UnexpectedToken

    from derivcheck.language.grammar import parser as grammar

    parser = grammar().parse_interactive(start="statement")
    terminals = writer.out
    last = terminals[-1].end if terminals else 0
    ending = Terminal("$END", last, last)
    place = 0
    try:
        for terminal in terminals:
            parser.feed_token(terminal)
            place += 1
        nodes: list[tree.Node] = parser.feed_token(ending)
    except UnexpectedToken:
        raise _explained(terminals, place) from None
    if writer.deepest + writer.chained > MAX_HEIGHT // 2 and max(map(height, nodes)) > MAX_HEIGHT:
        raise LatexError(
            "DC102",
            f"the formula nests more than {MAX_HEIGHT} operations",
            nodes[0].start,
            nodes[-1].end,
        )
    return nodes


_SIGNS = sp.words("PLUS MINUS INNER TENSOR DOT SLASH RELATION COMMA")
_CLOSING = frozenset(("END", "RPAR", "OVER", "$END"))


def _explained(terminals: list[Terminal], place: int) -> LatexError:
    """Say what is wrong where the grammar stopped, in the author's words."""
    found = terminals[place] if place < len(terminals) else None
    before = terminals[place - 1] if place else None
    if (
        before is not None
        and before.type in _SIGNS
        and (found is None or found.type in _CLOSING | _SIGNS)
    ):
        return LatexError(
            "DC101", f"nothing stands after `{before.text}`", before.start, before.end
        )
    if found is None:
        start, end = (before.start, before.end) if before else (0, 0)
        return LatexError("DC101", "the formula ends too early", start, end)
    if found.type in _SIGNS:
        if found.type == "RELATION":
            return LatexError(
                "DC101",
                f"the relation `{found.text}` stands inside an expression",
                found.start,
                found.end,
            )
        return LatexError("DC101", f"nothing stands before `{found.text}`", found.start, found.end)
    if found.type in _CLOSING:
        owner = before.text if before else ""
        return LatexError(
            "DC101",
            f"something is missing after `{owner}`",
            found.start,
            max(found.end, found.start),
        )
    return LatexError("DC101", f"`{found.text}` is not expected here", found.start, found.end)
