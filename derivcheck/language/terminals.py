r"""Math list -> the terminals of the grammar: one flat list for each statement.

Everything that takes parts is written ``HEAD part OVER part … END``; the head carries what its signs
said (the order of a derivative, the kind of a norm), the parts are for the grammar.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction as Rational
from typing import Any

from derivcheck.language import spelling as sp
from derivcheck.language import syntax as tree
from derivcheck.language.extents import (
    Extents,
    is_bracket,
    is_derivative,
    is_euler,
    is_plain_d,
    is_upright_d,
    join_derivatives,
    join_restrictions,
    open_operator,
)
from derivcheck.language.mathlist import Atom
from derivcheck.language.names import (
    Vocabulary,
    is_slice,
    is_transpose,
    nucleus,
    script_spelling,
    spell,
    split_commas,
    split_indices,
    trailing_marks,
)
from derivcheck.language.tokens import MAX_DEPTH, MAX_EXPONENT, LatexError


@dataclass(slots=True)
class Terminal:
    """One terminal of the grammar: its name, what it carries, and its place in the text."""

    type: str
    start: int
    end: int
    value: Any = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class CallHead:
    """A function with the number of its subscript parameters, which are the first parts."""

    function: tree.Node
    parameters: int = 0
    power: bool = False


@dataclass(frozen=True, slots=True)
class BigHead:
    """A sum or product: its bound letters and which limits are written, before the body."""

    operator: str
    indices: tuple[str, ...]
    lower: bool
    upper: bool


@dataclass(frozen=True, slots=True)
class DerivativeHead:
    """Notation and order of a derivative; the function is the first part, variables follow."""

    notation: str
    order: int


_DERIVATIVE_SIGNS = {"partial": "partial", "nabla": "nabla"}


class Writer:
    """Writes the terminals of one statement.

    Attributes:
        out: what has been written.
        deepest: how deep expressions were nested.
        chained: how many signs were written that nest the tree without a bracket.
    """

    def __init__(self, vocabulary: Vocabulary, bound: frozenset[str]) -> None:
        self.extents = Extents(vocabulary, bound)
        self.out: list[Terminal] = []
        self.depth = 0
        self.deepest = 0
        self.chained = 0
        self.script = 0

    def put(self, kind: str, start: int, end: int, value: Any = None, text: str = "") -> None:
        """Write one terminal."""
        self.out.append(Terminal(kind, start, end, value, text))

    def expression(self, atoms: list[Atom], scripted: bool = False) -> None:
        """Write a list of atoms as an expression; no differentials in scripts.

        Raises:
            LatexError: DC110 for what is not read, DC102 for nesting beyond the limit.
        """
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise LatexError(
                "DC102",
                f"the formula is nested more than {MAX_DEPTH} deep",
                atoms[0].start if atoms else 0,
                atoms[0].end if atoms else 0,
            )
        self.deepest = max(self.deepest, self.depth)
        self.script += scripted
        atoms = join_derivatives(join_restrictions(atoms))
        at = 0
        while at < len(atoms):
            at = self._one(atoms, at)
        self.script -= scripted
        self.depth -= 1

    def _one(self, atoms: list[Atom], at: int) -> int:
        """Write the factor or sign at a place; return the place after it."""
        atom = atoms[at]
        kind = atom.kind
        if kind == "operator" or kind == "colon":
            self._operator(atoms, at)
            return at + 1
        if kind in ("relation", "comma"):
            name = "RELATION" if kind == "relation" else "COMMA"
            self.put(name, atom.start, atom.end, atom.text, atom.text)
            return at + 1
        if kind in ("name", "word") and self._is_differential(atoms, at):
            return self._differential(atoms, at)
        if self.extents.applies(atoms, at):
            return self._call(atoms, at)
        if self.extents.is_function(atom):
            if self.extents.starts_factor(atoms, at + 1):
                return self._prefix(atoms, at)
            self._bare_function(atom)
            return at + 1
        if kind == "name":
            self._name(atom)
        elif kind == "number":
            value = Rational(atom.text if not atom.text.endswith(".") else atom.text[:-1])
            self.put("NUMBER", atom.start, atom.end, tree.Number(atom.start, atom.end, value))
            self._scripts(atom)
        elif kind == "builtin":
            self._builtin(atom)
        elif kind == "fence":
            self._fence(atom)
        elif kind == "group":
            self._group(atom)
        elif kind == "big":
            return self._big(atoms, at)
        elif kind in ("nabla", "partial"):
            return self._gradient(atoms, at)
        elif kind == "fraction":
            return self._fraction(atoms, at)
        elif kind == "root":
            self._parts("ROOT", atom, [atom.parts[0], *([atom.option] if atom.option else [])])
            self._scripts(atom)
        elif kind == "environment":
            self._environment(atom)
        elif kind == "restricted":
            self._restricted(atom)
        else:
            raise _not_read(atom)
        return at + 1

    # Signs -------------------------------------------------------------------------------------

    def _operator(self, atoms: list[Atom], at: int) -> None:
        atom = atoms[at]
        text = atom.text
        if text in sp.TENSORS:
            self.chained += 1
            self.put("TENSOR", atom.start, atom.end, sp.TENSORS[text], text)
        elif text == "+":
            self.put("PLUS", atom.start, atom.end, 1, text)
        elif text == "-":
            self.put("MINUS", atom.start, atom.end, -1, text)
        elif text in sp.PRODUCTS:
            self.put("DOT", atom.start, atom.end, None, text)
        elif text == "/":
            self.chained += 1
            self.put("SLASH", atom.start, atom.end, None, text)
        elif atom.kind == "colon":
            self.chained += 1
            self.put("INNER", atom.start, atom.end, "inner", text)
        elif text == "*" and any(
            0 <= near < len(atoms) and atoms[near].kind == "number" for near in (at - 1, at + 1)
        ):
            self.put("DOT", atom.start, atom.end, None, text)
        else:
            raise LatexError(
                "DC110",
                f"`{text}` is not read as a product",
                atom.start,
                atom.end,
                help=(r"write `\cdot`, `\odot` or `\otimes`",),
            )

    def _parts(self, head: str, atom: Atom, parts: list[list[Atom]], value: Any = None) -> None:
        self.put(head, atom.start, atom.end, value, atom.text)
        for place, part in enumerate(parts):
            if place:
                self.put("OVER", atom.end, atom.end)
            if not part:
                raise LatexError(
                    "DC101", f"a part of `{_shown(atom)}` is empty", atom.start, atom.end
                )
            self.expression(part)
        self.put("END", atom.end, atom.end)

    # Names and constants -----------------------------------------------------------------------

    def _name(self, atom: Atom) -> None:
        entry = atom.entry
        if entry is not None and entry.role == "function" and not entry.also_value:
            self._bare_function(atom)
            return
        if is_euler(atom):
            function = tree.FunctionName(atom.start, atom.start + 1, "exp", 0, False)
            self.put("CALL", atom.start, atom.end, CallHead(function, power=True), "e")
            self.expression(atom.sup or [], scripted=True)
            self.put("END", atom.end, atom.end)
            return
        if atom.primes and entry is None and atom.text == r"\sigma":
            self._bare_function(atom)
            return
        node = tree.Name(atom.start, _nucleus_end(atom), atom.text, entry is not None)
        self.put("NAME", node.start, node.end, node, atom.text)
        self._scripts(atom)

    def _function(self, atom: Atom) -> tree.FunctionName:
        """Return the function that an atom names; `f^{(2)}` counts as two primes."""
        order = atom.primes
        if atom.kind == "name" and atom.sup is not None and len(atom.sup) == 1:
            mark = atom.sup[0]
            number = mark.parts[0] if mark.kind == "fence" else []
            if len(number) == 1 and number[0].kind == "number" and mark.bare:
                order += min(int(float(number[0].text)), MAX_DEPTH)
                atom.sup = None
        end = _nucleus_end(atom)
        word = self.extents.function_word(atom)
        if word is None and atom.kind == "name":
            word = atom.text
            if atom.entry is None and atom.text == r"\sigma":
                word = "sigma"
        assert word is not None
        declared = atom.kind == "name" and atom.entry is not None
        return tree.FunctionName(atom.start, end, word, order, declared)

    def _bare_function(self, atom: Atom) -> None:
        node = self._function(atom)
        self.put("FUNCTION_NAME", node.start, node.end, node, _shown(atom))
        self._scripts(atom, primes=False)

    def _builtin(self, atom: Atom) -> None:
        if not atom.parts:
            node: tree.Node = tree.Builtin(atom.start, _nucleus_end(atom), atom.text, ())
            if atom.text == "zeros":
                node = tree.Number(atom.start, _nucleus_end(atom), Rational(0))
            self.put("CONSTANT", node.start, node.end, node, atom.text)
        else:
            self.put("SIZED", atom.start, atom.end, atom.text, atom.text)
            for place, part in enumerate(atom.parts):
                if place:
                    self.put("OVER", atom.end, atom.end)
                if is_slice(part) and part[0].kind != "name":
                    raise _not_read(part[0])
                self.expression(part, scripted=True)
            self.put("END", atom.end, atom.end)
        self._scripts(atom)

    # Scripts -----------------------------------------------------------------------------------

    def _scripts(self, atom: Atom, primes: bool = True) -> None:
        """Write subscript, superscript and primes in the order in which they were typed."""
        if primes:
            for _ in range(min(atom.primes, MAX_DEPTH)):
                self.put("TRANSPOSE", atom.end, atom.end, text="'")
        if atom.sup_first and atom.sup is not None:
            self._superscript(atom.sup)
        if atom.sub is not None:
            self._subscript(atom, atom.sub)
        if not atom.sup_first and atom.sup is not None:
            self._superscript(atom.sup)

    def _subscript(self, atom: Atom, sub: list[Atom]) -> None:
        entry = atom.entry
        axes = None if entry is None or entry.axes is None else entry.axes + entry.family
        letter = atom.text.rstrip("}")[-1:]
        parts = split_indices(sub, axes, atom.kind != "name" or letter.isupper())
        start, end = sub[0].start if sub else atom.start, sub[-1].end if sub else atom.end
        if parts is None or any(part.kind in ("text", "relation") for part in sub):
            raise LatexError("DC110", "this subscript is not read as an index", start, end)
        self.put("LOWER", start, end)
        for place, part in enumerate(parts):
            if place:
                self.put("OVER", end, end)
            if is_slice(part) and part[0].text != "name":
                slot = part[0]
                self.put("SLICE", slot.start, slot.end, tree.Slice(slot.start, slot.end), ":")
            else:
                self.expression(part, scripted=True)
        self.put("END", end, end)

    def _superscript(self, sup: list[Atom]) -> None:
        marks = _marks(sup)
        if marks is not None:
            for mark in marks:
                self._mark(mark)
            return
        start, end = (sup[0].start, sup[-1].end) if sup else (0, 0)
        stripped = trailing_marks(sup)
        if stripped is not None and (stripped[1][-1].text == r"\top" or _marks(stripped[0])):
            self._superscript(stripped[0])
            self._superscript(stripped[1])
            return
        if not sup:
            raise LatexError("DC101", "an empty superscript", start, end)
        first = sup[0]
        if len(sup) == 1 and first.text in ("*", r"\star", "-", r"\circ", r"\bullet", r"\ddagger"):
            raise LatexError(
                "DC110",
                f"`^{script_spelling(sup)}` is read only as part of a declared name",
                start,
                end,
            )
        if first.kind == "operator" and first.text in sp.TENSORS:
            raise LatexError(
                "DC110", f"the power `^{script_spelling(sup)}` is not read", start, end
            )
        if len(sup) == 1 and first.kind == "number" and Rational(first.text) > MAX_EXPONENT:
            raise LatexError(
                "DC102", f"an exponent is larger than {MAX_EXPONENT}", first.start, first.end
            )
        self.put("POWER", start, start, text="^")
        self.expression(sup, scripted=True)
        self.put("END", end, end)

    def _mark(self, mark: tuple[str, Atom]) -> None:
        name, atom = mark
        if name.startswith("-"):
            self.put("POWER", atom.start, atom.start, text="^")
            self.put("MINUS", atom.start, atom.start + 1, -1, "-")
            one = tree.Number(atom.start, atom.end, Rational(1))
            self.put("NUMBER", atom.start, atom.end, one, "1")
            self.put("END", atom.end, atom.end)
        self.chained += 1
        if name.endswith("T"):
            self.put("TRANSPOSE", atom.start, atom.end, text=r"^\top")
        if name == "+":
            self.put("PSEUDO", atom.start, atom.end, text="^+")

    # Brackets ----------------------------------------------------------------------------------

    def _group(self, atom: Atom) -> None:
        """Braces print nothing: only a single thing inside them can carry the script."""
        content = atom.parts[0]
        called = len(content) == 2 and self.extents.applies(content, 0) and content[1].bare
        if len(content) != 1 and not called:
            raise LatexError(
                "DC101",
                "a script after braces around more than one sign: print shows no brackets",
                atom.start,
                atom.end,
                help=("write `(…)` instead of `{…}`",),
            )
        self.expression(content)
        self._scripts(atom)

    def _fence(self, atom: Atom) -> None:
        body = atom.parts[0]
        if not body:
            raise LatexError("DC101", "there is nothing between the brackets", atom.start, atom.end)
        if is_bracket(atom):
            parts = split_commas(body)
            if len(parts) == 2 and atom.text == "[":
                self._parts("TWO_SIDED", atom, parts, "commutator")
            elif len(parts) > 1:
                raise LatexError("DC110", "a list in brackets is not read", atom.start, atom.end)
            else:
                self.put("LPAR", atom.start, atom.start + 1, text=atom.text)
                self.expression(body)
                self.put("RPAR", atom.end - 1, _nucleus_end(atom), text=atom.value)
            self._scripts(atom)
        elif atom.text == "|":
            if atom.sub is not None:
                raise LatexError(
                    "DC110", "`|…|` with a subscript is not read", atom.start, atom.end
                )
            function = tree.FunctionName(atom.start, atom.start + 1, "abs", 0, False)
            self._parts("CALL", atom, [body], CallHead(function))
            self._scripts(atom)
        elif atom.text == r"\|":
            kind = "" if atom.sub is None else spell(atom.sub)
            if kind in (r"\mathrm{F}", r"\mathsf{F}"):
                kind = "F"
            self._parts("NORM", atom, [body], kind)
            if atom.sup is not None:
                self._superscript(atom.sup)
        elif atom.text == r"\langle":
            parts = split_commas(body)
            if len(parts) != 2 or (
                atom.sub is not None and spell(atom.sub) not in ("F", r"\mathrm{F}")
            ):
                raise LatexError(
                    "DC110",
                    "this angle bracket is not read as an inner product",
                    atom.start,
                    atom.end,
                )
            self._parts("TWO_SIDED", atom, parts, "inner")
            if atom.sup is not None:
                self._superscript(atom.sup)
        else:
            raise LatexError("DC110", f"`{atom.text}` is not read", atom.start, atom.end)

    # Functions ---------------------------------------------------------------------------------

    def _parameters(
        self, atom: Atom, function: tree.FunctionName
    ) -> tuple[tree.Node, list[list[Atom]]]:
        r"""Return the function and its subscript parameters; ``\operatorname{vec}^{-1}`` is ``unvec``."""
        inverse = atom.sup is not None and [mark for mark, _ in _marks(atom.sup) or []] == ["-1"]
        if inverse and function.name == "vec":
            atom.sup = None
            function = tree.FunctionName(function.start, atom.end, "unvec", 0, False)
        elif inverse:
            raise LatexError(
                "DC110",
                f"the inverse function `{_shown(atom)}^{{-1}}` is not read",
                atom.start,
                atom.end,
            )
        if atom.sub is None or atom.kind == "name":
            return function, []
        if function.name == "unvec":
            parts: list[list[Atom]] = [[]]
            for part in atom.sub:
                if part.kind == "comma" or part.text == r"\times":
                    parts.append([])
                else:
                    parts[-1].append(part)
            return function, parts
        if function.declared or (atom.kind == "word" and function.name in ("softmax", "sigma")):
            return function, []
        raise LatexError(
            "DC110", f"the subscript of `{_shown(atom)}` is not read", atom.start, atom.end
        )

    def _open_call(self, atom: Atom) -> None:
        function = self._function(atom)
        node, parameters = self._parameters(atom, function)
        self.put("CALL", atom.start, atom.end, CallHead(node, len(parameters)), _shown(atom))
        for part in parameters:
            self.expression(part, scripted=True)
            self.put("OVER", atom.end, atom.end)
        if parameters:
            atom.sub = None

    def _call(self, atoms: list[Atom], at: int) -> int:
        atom, fence = atoms[at], atoms[at + 1]
        if atom.kind == "name" and atom.entry is None and atom.sub is not None:
            atom.text += "_" + script_spelling(atom.sub)
            atom.sub = None
        self._open_call(atom)
        parts = split_commas(fence.parts[0])
        for place, part in enumerate(parts):
            if place:
                self.put("OVER", part[0].start if part else fence.end, fence.end, text=",")
            if not part:
                raise LatexError(
                    "DC101", f"an argument of `{_shown(atom)}` is missing", fence.start, fence.end
                )
            self.expression(part)
        self.put("END", fence.end, _nucleus_end(fence))
        self._scripts(atom, primes=False)
        self._scripts(fence)
        return at + 2

    def _prefix(self, atoms: list[Atom], at: int) -> int:
        atom = atoms[at]
        end = self.extents.factor_end(atoms, at)
        self._open_call(atom)
        self.expression(atoms[at + 1 : end])
        last = atoms[end - 1].end
        self.put("END", last, last)
        self._scripts(atom, primes=False)
        return end

    # Derivatives -------------------------------------------------------------------------------

    def _is_differential(self, atoms: list[Atom], at: int) -> bool:
        if not (is_plain_d(atoms[at]) or is_upright_d(atoms[at])):
            return False
        return not self.script and self.extents.is_differential(atoms, at)

    def _differential(self, atoms: list[Atom], at: int) -> int:
        atom = atoms[at]
        if atom.sup is not None:
            raise LatexError("DC110", "a second differential is not read", atom.start, atom.end)
        self.put("DIFFERENTIAL", atom.start, atom.end, text="d")
        return self._operand(atoms, at + 1, self.extents.factor_end(atoms, at + 1), [])

    def _operand(self, atoms: list[Atom], at: int, end: int, variables: list[list[Atom]]) -> int:
        """Write what a sign differentiates, then its variables; a transpose turns the derivative."""
        last = atoms[end - 1]
        turns = _marks(last.sup) if last.sup is not None else None
        outside = 0
        if turns and all(mark == "T" for mark, _ in turns):
            outside, last.sup = len(turns), None
        primes = 0
        if last.kind != "name" or self.extents.vocabulary.get(last.text) is None:
            if not self.extents.is_function(last):
                primes, last.primes = last.primes, 0
        self.expression(atoms[at:end])
        for variable in variables:
            self.put("OVER", last.end, last.end)
            self.expression(variable)
        self.put("END", last.end, last.end)
        for _ in range(min(outside + primes, MAX_DEPTH)):
            self.put("TRANSPOSE", last.end, last.end, text=r"^\top")
        return end

    def _gradient(self, atoms: list[Atom], at: int) -> int:
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
        if not self.extents.starts_factor(atoms, at + 1):
            raise LatexError(
                "DC101", f"`{atom.text}` has nothing to differentiate", atom.start, atom.end
            )
        variables = [] if atom.sub is None else split_commas(atom.sub)
        if order == 2 and len(variables) == 1 and len(variables[0]) == 2:
            if all(part.kind == "name" for part in variables[0]):
                variables = [[part] for part in variables[0]]
        head = DerivativeHead(_DERIVATIVE_SIGNS[atom.kind], order)
        self.put("DERIVATIVE", atom.start, atom.end, head, atom.text)
        return self._operand(atoms, at + 1, self.extents.gradient_end(atoms, at + 1), variables)

    def _fraction(self, atoms: list[Atom], at: int) -> int:
        atom = atoms[at]
        opened = open_operator(atom)
        if not opened and not is_derivative(atom):
            self._parts("FRACTION", atom, atom.parts)
            self._scripts(atom)
            return at + 1
        sign = atom.parts[0][0]
        notation = "partial" if sign.kind == "partial" else "d"
        order, variables = self._variables(atom, sign)
        self.put("DERIVATIVE", atom.start, atom.end, DerivativeHead(notation, order), r"\frac")
        end = at + 1
        if opened:
            if not atom.bare:
                raise LatexError(
                    "DC110", "a power of a derivative sign is not read", atom.start, atom.end
                )
            if not self.extents.starts_factor(atoms, at + 1):
                raise LatexError(
                    "DC101",
                    "the derivative sign has nothing to differentiate",
                    atom.start,
                    atom.end,
                )
            end = self.extents.sweep_end(atoms, at)
            self.expression(atoms[at + 1 : end])
        else:
            self.expression(atom.parts[0][1:])
        last = atoms[end - 1].end
        for variable in variables:
            self.put("OVER", last, last)
            self.expression(variable)
        self.put("END", last, last)
        if not opened:
            self._scripts(atom)
        return end

    def _variables(self, atom: Atom, sign: Atom) -> tuple[int, list[list[Atom]]]:
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

    # Larger things -----------------------------------------------------------------------------

    def _big(self, atoms: list[Atom], at: int) -> int:
        atom = atoms[at]
        sub = atom.sub or []
        relations = [place for place, part in enumerate(sub) if part.kind == "relation"]
        letters = sub[: relations[0]] if relations else sub
        indices = [part.text for part in letters if part.kind == "name" and part.bare]
        others = [part for part in letters if part.kind not in ("name", "comma")]
        if len(relations) > 1 or others or (relations and sub[relations[0]].text != "="):
            raise LatexError(
                "DC110", f"this range of `{atom.text}` is not read", atom.start, atom.end
            )
        if not indices:
            raise LatexError("DC101", f"`{atom.text}` has no index", atom.start, atom.end)
        if not self.extents.starts_factor(atoms, at + 1) and not (
            at + 1 < len(atoms) and atoms[at + 1].text in sp.SUMS
        ):
            raise LatexError("DC101", f"nothing stands after `{atom.text}`", atom.start, atom.end)
        lower = sub[relations[0] + 1 :] if relations else []
        upper = atom.sup or []
        head = BigHead(sp.BIG_OPERATORS[atom.text], tuple(indices), bool(lower), bool(upper))
        self.put("BIG", atom.start, atom.end, head, atom.text)
        for limit in (lower, upper):
            if limit:
                self.expression(limit, scripted=True)
                self.put("OVER", atom.end, atom.end)
        end = self.extents.sweep_end(atoms, at)
        self.expression(atoms[at + 1 : end])
        self.put("END", atoms[end - 1].end, atoms[end - 1].end)
        return end

    def _environment(self, atom: Atom) -> None:
        if atom.text in ("cases", "dcases", "rcases"):
            self._cases(atom)
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
            self.put("CALL", atom.start, atom.end, CallHead(function), "vmatrix")
        self._parts("MATRIX", atom, [cell for row in atom.rows for cell in row], lengths)
        if determinant:
            self.put("END", atom.end, atom.end)
        self._scripts(atom)

    def _cases(self, atom: Atom) -> None:
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
        self.alternatives(branches, atom)

    def alternatives(
        self, branches: list[tuple[list[Atom], list[Atom] | None]], atom: Atom
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
                        condition[0].start,
                        condition[-1].end,
                    )
                parts.append(condition)
        self._parts("CASES", atom, parts, flags)

    def _restricted(self, atom: Atom) -> None:
        conditions = split_commas(atom.parts[1])
        self._parts("RESTRICTED", atom, [atom.parts[0], *conditions])
        self._scripts(atom)


def _nucleus_end(atom: Atom) -> int:
    """Return the end of an atom without the scripts that follow it."""
    starts = [script[0].start for script in (atom.sub, atom.sup) if script]
    if not starts:
        return atom.end
    return max(min(starts) - 1, atom.start)


def _marks(sup: list[Atom]) -> list[tuple[str, Atom]] | None:
    r"""Return the marks of a superscript of nothing but ``\top``, ``T``, ``-1``, ``-\top``, ``+``, ``\dagger``."""
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
        elif (atom.text == "+" and len(sup) == 1) or atom.text == r"\dagger" or (atom.text == "+" and is_transpose(sup[at + 1 : at + 2])):
            marks.append(("+", atom))
        else:
            return None
        at += 1
    return marks or None


def _shown(atom: Atom) -> str:
    """Return how an author writes an atom without its scripts."""
    if atom.kind == "word":
        return rf"\operatorname{{{atom.value}}}"
    return nucleus(atom) if atom.kind != "name" else atom.text


def _not_read(atom: Atom) -> LatexError:
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
    return LatexError("DC101", f"`{_shown(atom)}` has no meaning here", atom.start, atom.end)
