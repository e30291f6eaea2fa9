r"""Math list -> the terminals of the grammar: one flat list for each statement.

Everything that takes parts is written ``HEAD part OVER part … END``; the head carries what its
signs
said (the order of a derivative, the kind of a norm), the parts are for the grammar.
"""

from __future__ import annotations

import re
from fractions import Fraction as Rational
from typing import Any

from derivcheck.language import calculus, constructs
from derivcheck.language import spelling as sp
from derivcheck.language import syntax as tree
from derivcheck.language.atoms import Atom, nucleus_end, script_spelling, shown, spell
from derivcheck.language.extents import (
    Extents,
    holds_relation,
    is_bracket,
    is_euler,
    join_derivatives,
    join_restrictions,
)
from derivcheck.language.heads import CallHead, Terminal
from derivcheck.language.names import PRIMED, Vocabulary
from derivcheck.language.scanning import LatexError
from derivcheck.language.scripts import (
    is_slice,
    marks_of,
    split_commas,
    split_indices,
    trailing_marks,
)
from derivcheck.limits import EXPONENT as MAX_EXPONENT
from derivcheck.limits import FORMULA_DEPTH as MAX_DEPTH


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
        if kind in ("operator", "colon"):
            self._operator(atoms, at)
            return at + 1
        if kind in ("relation", "comma"):
            name = "RELATION" if kind == "relation" else "COMMA"
            self.put(name, atom.start, atom.end, atom.text, atom.text)
            return at + 1
        if kind in ("name", "word") and calculus.is_differential(self, atoms, at):
            return calculus.differential(self, atoms, at)
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
            self.scripts(atom)
        elif kind == "builtin" and atom.text == "indicator":
            self._called("indicator", atom.parts[0], atom)
        elif kind == "builtin":
            constructs.constant(self, atom)
        elif kind == "fence":
            self._fence(atom)
        elif kind == "group":
            self._group(atom)
        elif kind == "big":
            return constructs.big(self, atoms, at)
        elif kind in ("nabla", "partial"):
            return calculus.gradient(self, atoms, at)
        elif kind == "fraction":
            return calculus.fraction(self, atoms, at)
        elif kind == "root":
            self.parts("ROOT", atom, [atom.parts[0], *([atom.option] if atom.option else [])])
            self.scripts(atom)
        elif kind == "environment":
            constructs.environment(self, atom)
        elif kind == "restricted":
            constructs.restricted(self, atom)
        else:
            raise constructs.not_read(atom)
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

    def parts(self, head: str, atom: Atom, parts: list[list[Atom]], value: Any = None) -> None:
        """Write a head with its parts."""
        self.put(head, atom.start, atom.end, value, atom.text)
        for place, part in enumerate(parts):
            if place:
                self.put("OVER", atom.end, atom.end)
            if not part:
                raise LatexError(
                    "DC101", f"a part of `{shown(atom)}` is empty", atom.start, atom.end
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
        if atom.primes and entry is None and atom.text in sp.FUNCTION_LETTERS:
            self._bare_function(atom)
            return
        node = tree.Name(atom.start, nucleus_end(atom), atom.text, entry is not None)
        self.put("NAME", node.start, node.end, node, atom.text)
        self.scripts(atom)

    def _function(self, atom: Atom) -> tree.FunctionName:
        """Return the function that an atom names; `f^{(2)}` counts as two primes."""
        order = atom.primes
        if atom.kind == "name" and atom.sup is not None and len(atom.sup) == 1:
            mark = atom.sup[0]
            number = mark.parts[0] if mark.kind == "fence" else []
            if len(number) == 1 and number[0].kind == "number" and mark.bare:
                order += min(int(float(number[0].text)), MAX_DEPTH)
                atom.sup = None
        end = nucleus_end(atom)
        word = self.extents.function_word(atom)
        known = atom.entry is not None and atom.entry is not PRIMED  # the object, not its like
        declared = atom.kind == "name" and known
        if word is None and atom.kind == "name":
            word = atom.text
            if not declared:
                word = sp.FUNCTION_LETTERS.get(atom.text, word)
        assert word is not None
        return tree.FunctionName(atom.start, end, word, order, declared)

    def _bare_function(self, atom: Atom) -> None:
        node = self._function(atom)
        self.put("FUNCTION_NAME", node.start, node.end, node, shown(atom))
        self.scripts(atom, primes=False)

    # Scripts -----------------------------------------------------------------------------------

    def scripts(self, atom: Atom, primes: bool = True) -> None:
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
        marks = marks_of(sup)
        if marks is not None:
            for mark in marks:
                self._mark(mark)
            return
        start, end = (sup[0].start, sup[-1].end) if sup else (0, 0)
        stripped = trailing_marks(sup)
        if stripped is not None and (stripped[1][-1].text == r"\top" or marks_of(stripped[0])):
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
        self.scripts(atom)

    def _called(self, word: str, body: list[Atom], atom: Atom) -> None:
        """Write a built-in function that is written by brackets: `[x]_+`, `[x > 0]`."""
        function = tree.FunctionName(atom.start, atom.start + 1, word, 0, False)
        self.parts("CALL", atom, [body], CallHead(function))
        self.scripts(atom)

    def _fence(self, atom: Atom) -> None:
        body = atom.parts[0]
        if is_bracket(atom) and atom.sub is not None and [a.text for a in atom.sub] == ["+"]:
            atom.sub = None
            self._called("relu", body, atom)
            return
        if atom.bare and holds_relation(atom, equal=atom.text == "["):
            self._called("indicator", body, atom)
            return
        if not body:
            raise LatexError("DC101", "there is nothing between the brackets", atom.start, atom.end)
        if is_bracket(atom):
            parts = split_commas(body)
            if len(parts) == 2 and atom.text == "[":
                self.parts("TWO_SIDED", atom, parts, "commutator")
            elif len(parts) > 1:
                raise LatexError("DC110", "a list in brackets is not read", atom.start, atom.end)
            else:
                self.put("LPAR", atom.start, atom.start + 1, text=atom.text)
                self.expression(body)
                self.put("RPAR", atom.end - 1, nucleus_end(atom), text=atom.value)
            self.scripts(atom)
        elif atom.text == "|":
            if atom.sub is not None:
                raise LatexError(
                    "DC110", "`|…|` with a subscript is not read", atom.start, atom.end
                )
            function = tree.FunctionName(atom.start, atom.start + 1, "abs", 0, False)
            self.parts("CALL", atom, [body], CallHead(function))
            self.scripts(atom)
        elif atom.text == r"\|":
            kind = "" if atom.sub is None else spell(atom.sub)
            if kind in (r"\mathrm{F}", r"\mathsf{F}"):
                kind = "F"
            self.parts("NORM", atom, [body], kind)
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
            self.parts("TWO_SIDED", atom, parts, "inner")
            if atom.sup is not None:
                self._superscript(atom.sup)
        else:
            raise LatexError("DC110", f"`{atom.text}` is not read", atom.start, atom.end)

    # Functions ---------------------------------------------------------------------------------

    def _parameters(
        self, atom: Atom, function: tree.FunctionName
    ) -> tuple[tree.Node, list[list[Atom]]]:
        r"""Return the function and its parameters; ``\operatorname{vec}^{-1}`` is ``unvec``."""
        inverse = atom.sup is not None and [mark for mark, _ in marks_of(atom.sup) or []] == ["-1"]
        if inverse and function.name == "vec":
            atom.sup = None
            function = tree.FunctionName(function.start, atom.end, "unvec", 0, False)
        elif inverse:
            raise LatexError(
                "DC110",
                f"the inverse function `{shown(atom)}^{{-1}}` is not read",
                atom.start,
                atom.end,
            )
        if atom.sub is None or atom.kind == "name":
            return function, []
        if function.name in ("E", "Var", "Cov") and not function.declared:
            over = split_commas(atom.sub)
            if all([part.kind for part in one] == ["name"] for one in over):
                return function, over
        if function.name == "unvec":
            parts: list[list[Atom]] = [[]]
            for part in atom.sub:
                if part.kind == "comma" or part.text == r"\times":
                    parts.append([])
                else:
                    parts[-1].append(part)
            return function, parts
        if function.name == "softmax" and not function.declared:
            word = re.search(r"row|col", script_spelling(atom.sub))
            if word:
                atom.sub = None
                name = "softmax-rows" if word.group() == "row" else "softmax-columns"
                return tree.FunctionName(function.start, atom.end, name, 0, False), []
        if function.declared or (atom.kind == "word" and function.name in ("softmax", "sigma")):
            return function, []
        raise LatexError(
            "DC110", f"the subscript of `{shown(atom)}` is not read", atom.start, atom.end
        )

    def _open_call(self, atom: Atom) -> None:
        function = self._function(atom)
        node, parameters = self._parameters(atom, function)
        self.put("CALL", atom.start, atom.end, CallHead(node, len(parameters)), shown(atom))
        for part in parameters:
            self.expression(part, scripted=True)
            self.put("OVER", atom.end, atom.end)
        if parameters:
            atom.sub = None

    def _call(self, atoms: list[Atom], at: int) -> int:
        atom, fence = atoms[at], atoms[at + 1]
        if atom.kind == "builtin":
            self._called("indicator", fence.parts[0], fence)
            return at + 2
        if atom.kind == "name" and atom.entry is None and atom.sub is not None:
            atom.text += "_" + script_spelling(atom.sub)
            atom.sub = None
        if atom.kind == "fence":
            self.put("CALL", atom.start, atom.end, CallHead(None), "(")
            self.expression(atom.parts[0])
            self.put("OVER", atom.end, atom.end)
        else:
            self._open_call(atom)
        parts = split_commas(fence.parts[0])
        for place, part in enumerate(parts):
            if place:
                self.put("OVER", part[0].start if part else fence.end, fence.end, text=",")
            if not part:
                raise LatexError(
                    "DC101", f"an argument of `{shown(atom)}` is missing", fence.start, fence.end
                )
            self.expression(part)
        self.put("END", fence.end, nucleus_end(fence))
        if atom.kind != "fence":
            self.scripts(atom, primes=False)
        self.scripts(fence)
        return at + 2

    def _prefix(self, atoms: list[Atom], at: int) -> int:
        atom = atoms[at]
        end = self.extents.factor_end(atoms, at)
        self._open_call(atom)
        self.expression(atoms[at + 1 : end])
        last = atoms[end - 1].end
        self.put("END", last, last)
        self.scripts(atom, primes=False)
        return end
