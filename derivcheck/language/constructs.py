r"""Terminals of the larger constructs: constants with sizes, sums, matrices, cases, bars."""

from __future__ import annotations

from fractions import Fraction as Rational
from typing import TYPE_CHECKING

from derivcheck.language import spelling as sp
from derivcheck.language import syntax as tree
from derivcheck.language.atoms import Atom, nucleus_end, shown
from derivcheck.language.heads import BigHead, CallHead
from derivcheck.language.scanning import LatexError
from derivcheck.language.scripts import is_slice, split_commas

if TYPE_CHECKING:
    from derivcheck.language.terminals import Writer


def constant(writer: Writer, atom: Atom) -> None:
    """Write a built-in constant with its parameters."""
    if not atom.parts:
        node: tree.Node = tree.Builtin(atom.start, nucleus_end(atom), atom.text, ())
        if atom.text == "zeros":
            node = tree.Number(atom.start, nucleus_end(atom), Rational(0))
        writer.put("CONSTANT", node.start, node.end, node, atom.text)
    else:
        writer.put("SIZED", atom.start, atom.end, atom.text, atom.text)
        for place, part in enumerate(atom.parts):
            if place:
                writer.put("OVER", atom.end, atom.end)
            if is_slice(part) and part[0].kind != "name":
                raise not_read(part[0])
            writer.expression(part, scripted=True)
        writer.put("END", atom.end, atom.end)
    writer.scripts(atom)


def big(writer: Writer, atoms: list[Atom], at: int) -> int:
    """Write the sum or product at a place; return the place after its body.

    Raises:
        LatexError: DC101 without an index or a body, DC110 for a range that is not read.
    """
    atom = atoms[at]
    sub = atom.sub or []
    relations = [place for place, part in enumerate(sub) if part.kind == "relation"]
    letters = sub[: relations[0]] if relations else sub
    indices = [part.text for part in letters if part.kind == "name" and part.bare]
    others = [part for part in letters if part.kind not in ("name", "comma")]
    if len(relations) > 1 or others or (relations and sub[relations[0]].text != "="):
        raise LatexError("DC110", f"this range of `{atom.text}` is not read", atom.start, atom.end)
    if not indices:
        raise LatexError("DC101", f"`{atom.text}` has no index", atom.start, atom.end)
    if not writer.extents.starts_factor(atoms, at + 1) and not (
        at + 1 < len(atoms) and atoms[at + 1].text in sp.SUMS
    ):
        raise LatexError("DC101", f"nothing stands after `{atom.text}`", atom.start, atom.end)
    lower = sub[relations[0] + 1 :] if relations else []
    upper = atom.sup or []
    head = BigHead(sp.BIG_OPERATORS[atom.text], tuple(indices), bool(lower), bool(upper))
    writer.put("BIG", atom.start, atom.end, head, atom.text)
    for limit in (lower, upper):
        if limit:
            writer.expression(limit, scripted=True)
            writer.put("OVER", atom.end, atom.end)
    end = writer.extents.sweep_end(atoms, at)
    writer.expression(atoms[at + 1 : end])
    writer.put("END", atoms[end - 1].end, atoms[end - 1].end)
    return end


def environment(writer: Writer, atom: Atom) -> None:
    """Write a matrix, a determinant or cases.

    Raises:
        LatexError: DC101 for rows of different lengths.
    """
    if atom.text in ("cases", "dcases", "rcases"):
        _cases(writer, atom)
        return
    if atom.text == "Vmatrix":
        raise LatexError("DC110", "the environment `Vmatrix` is not read", atom.start, atom.end)
    lengths = tuple(len(row) for row in atom.rows)
    if not lengths or len(set(lengths)) != 1:
        raise LatexError(
            "DC101", "the rows of the matrix have different lengths", atom.start, atom.end
        )
    determinant = atom.text == "vmatrix"
    if determinant:
        function = tree.FunctionName(atom.start, atom.start, "det", 0, False)
        writer.put("CALL", atom.start, atom.end, CallHead(function), "vmatrix")
    writer.parts("MATRIX", atom, [cell for row in atom.rows for cell in row], lengths)
    if determinant:
        writer.put("END", atom.end, atom.end)
    writer.scripts(atom)


def _cases(writer: Writer, atom: Atom) -> None:
    branches: list[tuple[list[Atom], list[Atom] | None]] = []
    for row in atom.rows:
        if len(row) > 2:
            raise LatexError("DC110", "a case with more than two columns", atom.start, atom.end)
        condition = (
            [part for part in row[1] if part.kind not in ("text", "comma", "stop")]
            if len(row) == 2
            else []
        )
        value = [part for part in row[0] if part.kind not in ("comma", "quad", "stop")]
        branches.append((value, condition or None))
    alternatives(writer, branches, atom)


def alternatives(
    writer: Writer, branches: list[tuple[list[Atom], list[Atom] | None]], atom: Atom
) -> None:
    """Write values with their conditions."""
    flags = tuple(condition is not None for _, condition in branches)
    parts: list[list[Atom]] = []
    for value, condition in branches:
        parts.append(value)
        if condition is not None:
            if sum(part.kind == "relation" for part in condition) != 1:
                raise LatexError(
                    "DC110",
                    "a condition that is not one relation is not read",
                    condition[0].start if condition else atom.start,
                    condition[-1].end if condition else atom.end,
                )
            parts.append(condition)
    writer.parts("CASES", atom, parts, flags)


def restricted(writer: Writer, atom: Atom) -> None:
    """Write what stands before a bar and the conditions below it."""
    conditions = split_commas(atom.parts[1])
    writer.parts("RESTRICTED", atom, [atom.parts[0], *conditions])
    writer.scripts(atom)


def not_read(atom: Atom) -> LatexError:
    """Return the error for an atom that cannot stand in an expression."""
    if atom.kind == "text":
        return LatexError("DC101", "words stand inside an expression", atom.start, atom.end)
    if atom.kind == "bar":
        return LatexError("DC110", "a single `|` is not read", atom.start, atom.end)
    if atom.kind == "unread" and atom.text in sp.OPERATORS_NOT_READ | sp.BIG_NOT_READ:
        return LatexError("DC110", f"`{atom.text}` is not read", atom.start, atom.end)
    if atom.kind == "unread" and atom.text.startswith("\\"):
        return LatexError(
            "DC101",
            f"unknown command `{atom.text}`",
            atom.start,
            atom.end,
            help=(f"define `{atom.text}` under `macros:` in the front matter",),
        )
    if atom.text == r"\dots":
        return LatexError("DC110", "an ellipsis is not read", atom.start, atom.end)
    return LatexError("DC101", f"`{shown(atom)}` has no meaning here", atom.start, atom.end)
