r"""Terminals of derivatives and differentials.

``\nabla_x f``, ``\frac{\partial f}{\partial x}``, ``dX``: a transpose or prime after what is
differentiated turns the derivative and is written after it; powers stay inside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derivcheck.language.atoms import Atom, script_spelling, spell
from derivcheck.language.extents import is_derivative, is_plain_d, is_upright_d, open_operator
from derivcheck.language.heads import DerivativeHead
from derivcheck.language.scanning import LatexError
from derivcheck.language.scripts import marks_of, split_commas
from derivcheck.limits import FORMULA_DEPTH as MAX_DEPTH

if TYPE_CHECKING:
    from derivcheck.language.terminals import Writer


def is_differential(writer: Writer, atoms: list[Atom], at: int) -> bool:
    """Whether a differential sign stands at a place; there is none inside scripts."""
    if not (is_plain_d(atoms[at]) or is_upright_d(atoms[at])):
        return False
    return not writer.script and writer.extents.is_differential(atoms, at)


def differential(writer: Writer, atoms: list[Atom], at: int) -> int:
    """Write the differential at a place; return the place after it.

    Raises:
        LatexError: DC110 for a second differential.
    """
    atom = atoms[at]
    if atom.sup is not None:
        raise LatexError("DC110", "a second differential is not read", atom.start, atom.end)
    writer.put("DIFFERENTIAL", atom.start, atom.end, text="d")
    return _operand(writer, atoms, at + 1, writer.extents.factor_end(atoms, at + 1), [])


def _operand(
    writer: Writer, atoms: list[Atom], at: int, end: int, variables: list[list[Atom]]
) -> int:
    """Write what a sign differentiates, then its variables; a transpose turns the derivative."""
    last = atoms[end - 1]
    turns = marks_of(last.sup) if last.sup is not None else None
    outside = 0
    if turns and all(mark == "T" for mark, _ in turns):
        outside, last.sup = len(turns), None
    primes = 0
    declared = last.kind == "name" and last.text in writer.extents.vocabulary
    if not declared and not writer.extents.is_function(last):
        primes, last.primes = last.primes, 0
    writer.expression(atoms[at:end])
    for variable in variables:
        writer.put("OVER", last.end, last.end)
        writer.expression(variable)
    writer.put("END", last.end, last.end)
    for _ in range(min(outside + primes, MAX_DEPTH)):
        writer.put("TRANSPOSE", last.end, last.end, text=r"^\top")
    return end


def gradient(writer: Writer, atoms: list[Atom], at: int) -> int:
    r"""Write the ``\nabla_x f`` or ``\partial_x f`` at a place; return the place after it.

    Raises:
        LatexError: DC101 when there is nothing to differentiate, DC110 for a divergence.
    """
    atom = atoms[at]
    order = 1
    if atom.sup is not None:
        if spell(atom.sup) != "2":
            raise LatexError(
                "DC110",
                f"`{atom.text}^{script_spelling(atom.sup)}` is not read",
                atom.start,
                atom.end,
            )
        order = 2
    if atom.kind == "partial" and atom.sub is None:
        raise LatexError(
            "DC101", r"`\partial` stands here without a variable", atom.start, atom.end
        )
    if at + 1 < len(atoms) and atoms[at + 1].kind == "operator":
        raise LatexError(
            "DC110",
            f"`{atom.text} {atoms[at + 1].text}` is not read",
            atom.start,
            atoms[at + 1].end,
        )
    if not writer.extents.starts_factor(atoms, at + 1):
        raise LatexError(
            "DC101", f"`{atom.text}` has nothing to differentiate", atom.start, atom.end
        )
    variables = [] if atom.sub is None else split_commas(atom.sub)
    pair = variables[0] if order == 2 and len(variables) == 1 else []
    if len(pair) == 2 and all(part.kind == "name" for part in pair):
        variables = [[part] for part in pair]
    head = DerivativeHead(atom.kind, order)
    writer.put("DERIVATIVE", atom.start, atom.end, head, atom.text)
    return _operand(writer, atoms, at + 1, writer.extents.gradient_end(atoms, at + 1), variables)


def fraction(writer: Writer, atoms: list[Atom], at: int) -> int:
    """Write the fraction or derivative at a place; return the place after it.

    Raises:
        LatexError: DC101 when a derivative lacks its function or variables.
    """
    atom = atoms[at]
    opened = open_operator(atom)
    if not opened and not is_derivative(atom):
        writer.parts("FRACTION", atom, atom.parts)
        writer.scripts(atom)
        return at + 1
    sign = atom.parts[0][0]
    notation = "partial" if sign.kind == "partial" else "d"
    order, variables = _variables(atom, sign)
    writer.put("DERIVATIVE", atom.start, atom.end, DerivativeHead(notation, order), r"\frac")
    end = at + 1
    if opened:
        if not atom.bare:
            raise LatexError(
                "DC110", "a power of a derivative sign is not read", atom.start, atom.end
            )
        if not writer.extents.starts_factor(atoms, at + 1):
            raise LatexError(
                "DC101",
                "the derivative sign has nothing to differentiate",
                atom.start,
                atom.end,
            )
        end = writer.extents.sweep_end(atoms, at)
        writer.expression(atoms[at + 1 : end])
    else:
        writer.expression(atom.parts[0][1:])
    last = atoms[end - 1].end
    for variable in variables:
        writer.put("OVER", last, last)
        writer.expression(variable)
    writer.put("END", last, last)
    if not opened:
        writer.scripts(atom)
    return end


def _variables(atom: Atom, sign: Atom) -> tuple[int, list[list[Atom]]]:
    """Return the order of a derivative and its variables, one run of atoms each."""
    order = 1
    if sign.sup is not None:
        if spell(sign.sup) != "2":
            raise LatexError(
                "DC110", "only first and second derivatives are read", atom.start, atom.end
            )
        order = 2
    variables: list[list[Atom]] = []
    for part in atom.parts[1]:
        if (
            part.kind == "partial"
            if sign.kind == "partial"
            else is_plain_d(part) or is_upright_d(part)
        ):
            variables.append([])
        else:
            variables[-1].append(part)
    if not all(variables):
        raise LatexError("DC101", "a derivative lacks its variable", atom.start, atom.end)
    count = len(variables)
    last = variables[-1][-1]
    if order == 2 and count == 1 and last.sup is not None and spell(last.sup) == "2":
        last.sup = None
        count = 2
    if count != order:
        raise LatexError(
            "DC101",
            f"a derivative of order {order} with {count} variable{'s' * (count > 1)} below",
            atom.start,
            atom.end,
        )
    return order, variables
