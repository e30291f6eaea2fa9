r"""Small edits of one side of an identity, as the author would write them.

An edit is a replacement in the side's own LaTeX, placed by the offsets of its syntax tree, so that
the author's notation is kept. Whether an edit makes sense is not known here: its result is read and
decided like any other formula. Edits come smallest first; size 1 is one sign, one mark, one swap.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from msgspec import Struct

from derivcheck.algebra.nodes import ONE
from derivcheck.language import syntax
from derivcheck.language.borrowing import Elsewhere, borrowed, inverses
from derivcheck.language.chain_rule import more_terms, one_step_back
from derivcheck.language.context import Context, Entry, names_of
from derivcheck.language.inference import letters_of
from derivcheck.language.pieces import (
    BASE,
    FACTOR,
    OPERATOR,
    OPERATORS,
    PRODUCT,
    Pieces,
    Replacement,
    Spelling,
    bracketed,
    children,
    enclosed,
    fitted,
    letter_of,
    spliced,
    word_of,
)

MOST_NAMES = 10
"""Declared names that are tried in the place of one."""

MOST_TURNED = 4
"""Factors of a product whose transpose is written out."""


class Edit(Struct, frozen=True):
    """One changed side.

    Attributes:
        latex: the whole side, changed.
        size: how small the change is, from 1.
        what: the change in words.
        replacements: the stretches of the side that it changes, and what takes their place.
    """

    latex: str
    size: int
    what: str
    replacements: tuple[Replacement, ...]

    @property
    def rank(self) -> tuple[int, int, int]:
        """What small edits come first by."""
        return self.size, len(self.latex), sum(end - start for start, end, _ in self.replacements)


def edits(
    latex: str,
    node: syntax.Node,
    context: Context,
    spelling: Spelling,
    elsewhere: Elsewhere | None = None,
) -> list[Edit]:
    """Return the small edits of a side, smallest first.

    Args:
        latex: the side.
        node: its syntax tree, with offsets into ``latex``.
        context: the declared names.
        spelling: how the author writes what an edit adds.
        elsewhere: the pieces of the step.

    Raises:
        Never.

    Cost:
        A few dozen edits for each node of the tree.
    """
    editor = _Editor(latex, context, spelling, set(names_of(node)))
    if elsewhere is not None:
        editor.elsewhere = elsewhere
    found: dict[str, Edit] = {}
    for replacements, size, what in editor.of(node, "side"):
        places = fitted(latex, replacements)
        edited = spliced(latex, places)
        if edited != latex and (edited not in found or found[edited].size > size):
            found[edited] = Edit(edited, size, what, tuple(places))
    return sorted(found.values(), key=lambda edit: edit.rank)


Found = tuple[list[Replacement], int, str]


class _Editor(Pieces):
    """Finds the edits of one side."""

    elsewhere = Elsewhere()

    def of(self, node: syntax.Node, role: str) -> Iterator[Found]:
        """Yield the edits of a node and of the nodes in it.

        Args:
            node: where.
            role: ``side``, ``term`` (of a sum), ``factor``, ``operand``, ``base`` (of a script),
                ``cell`` (of a matrix) or ``inner``.
        """
        if role == "base" and isinstance(node, syntax.Name):
            # a second script would have to go around the first
            for name in self.alike(node):
                size = 1 if letter_of(name) == letter_of(node.name) else 2
                new = bracketed(name) if enclosed(self.latex(node)) or "^" in name else name
                yield self.whole(node, new), size, f"`{name}` for `{self.bare(node)}`"
            return
        yield from self.transposes(node, role)
        yield from self.scalings(node, role)
        yield from self.wrappings(node, role)
        yield from self.kind(node, role)
        yield from borrowed(self, node, role, self.elsewhere)
        yield from inverses(self, node, self.elsewhere)
        if role == "side":
            yield from self.entries(node)
        for child, its_role in children(node):
            yield from self.of(child, its_role)

    def kind(self, node: syntax.Node, role: str) -> Iterator[Found]:
        """Yield the edits that this kind of node alone has."""
        if isinstance(node, syntax.Component | syntax.Power):
            latex = self.latex(node)
            for name in self.context.entries:
                if letters_of(name) == letters_of(latex) and name != latex:
                    yield self.whole(node, name), 1, f"the name `{name}` for `{latex}`"
        match node:
            case syntax.Sum():
                yield from self.sums(node, role)
            case syntax.Product():
                yield from self.products(node)
            case syntax.Binary():
                yield from self.operators(node)
            case syntax.Fraction():
                yield from self.fractions(node)
            case syntax.Number(value=value) if value.denominator == 1 and role == "factor":
                others = {value + 1, value - 1, 2 * value} - {value, 0, 1}
                for other in sorted(others, key=lambda one: abs(one - value)):
                    yield self.whole(node, str(other)), 2, f"`{other}` for `{value}`"
            case syntax.Power():
                yield from self.powers(node)
            case syntax.Norm() | syntax.Call() if self.is_number(node):
                yield from self.raised(node)
                if isinstance(node, syntax.Call):
                    yield from self.calls(node, role)
            case syntax.Call():
                yield from self.calls(node, role)
            case syntax.Name():
                yield from self.names_for(node, role)
            case syntax.Transpose(base=syntax.Name() as base) if self.is_square(base):
                new = self.at_least(base, BASE) + f"^{{-{self.mark}}}"
                size = 1 if self.is_invertible(base) else 3
                yield self.whole(node, new), size, f"the inverse of `{self.latex(base)}`"
                yield self.symmetrised(node)
            case syntax.Component(indices=(first, second)):
                yield self.swapped(first, second)
            case syntax.Builtin(name="commutation", parameters=(first, second)):
                yield self.swapped(first, second)
            case syntax.Matrix():
                cells = [cell for cell, _ in children(node)]
                for first, second in list(combinations(cells, 2))[:MOST_NAMES]:
                    yield self.swapped(first, second)
            case syntax.Builtin(name="ones"):
                for name in self.alike(node):
                    yield self.whole(node, name), 2, f"`{name}` for `{self.latex(node)}`"
            case syntax.Derivative(variables=(syntax.Variable(expression=syntax.Name() as by),)):
                yield from self.variables_for(by)
            case syntax.BigOperator():
                yield self.whole(node, self.latex(node.body)), 2, "drop the sum"

    def swapped(self, first: syntax.Node, second: syntax.Node) -> Found:
        """Return two parts exchanged."""
        one, two = self.latex(first), self.latex(second)
        swap = [(*self.stretch(first), two), (*self.stretch(second), one)]
        return swap, 1, f"swap `{one}` and `{two}`"

    def entries(self, node: syntax.Node) -> Iterator[Found]:
        """Yield two entries of a matrix exchanged, wherever they stand."""
        found = [part for part in _nodes(node) if isinstance(part, syntax.Component)]
        for first, second in list(combinations(found, 2))[:MOST_NAMES]:
            if self.latex(first) != self.latex(second):
                yield self.swapped(first, second)

    def powers(self, node: syntax.Power) -> Iterator[Found]:
        """Yield a power dropped, or with another exponent."""
        base, latex = self.latex(node.base), self.latex(node)
        yield self.whole(node, base), 1, f"`{base}` for `{latex}`"
        exponent = node.exponent
        start, end = self.stretch(exponent)
        written = self.text[start:end]
        changed = []
        match exponent:
            case syntax.Number(value=value) if value.denominator == 1 and value < MOST_NAMES:
                changed = [str(value + 1), *([str(value - 1)] if value > 2 else [])]
            case syntax.Name():
                changed = [f"{written} - 1", f"{written} + 1"]
            case syntax.Sum(terms=terms) if len(terms) > 1:
                changed = [self.latex(terms[0][1])]
        for new in changed:
            grouped = new if self.text[start - 1 : start] == "{" else f"{{{new}}}"
            grouped = new if len(new) == 1 else grouped
            yield [(start, end, grouped)], 1, f"the exponent `{new}` for `{written}`"

    def raised(self, node: syntax.Node) -> Iterator[Found]:
        """Yield powers of a number."""
        base = self.at_least(node, BASE)
        sizes = [e.name for e in self.context.entries.values() if e.kind == "size"]
        for power in ("2", "3", *sizes[:4]):
            new = f"{base}^{power if len(power) == 1 else f'{{{power}}}'}"
            yield self.whole(node, new), 2, f"`{new}` for `{self.latex(node)}`"

    @property
    def mark(self) -> str:
        r"""How the author writes a transpose, without the sign of a script: ``\top``."""
        mark = self.spelling.transpose.removeprefix("^")
        return mark[1:-1] if mark.startswith("{") else mark

    # --- edits of any node ----------------------------------------------------------------------

    def transposes(self, node: syntax.Node, role: str) -> Iterator[Found]:
        """Yield a transpose added or dropped."""
        new = self.transposed(node)
        if new is not None:
            said = f"transpose `{self.bare(node)}`"
            if isinstance(node, syntax.Transpose):
                said = f"do not transpose `{self.bare(node.base)}`"
            size = 2 if role in ("side", "term") and self.holding(node) < FACTOR else 1
            yield self.whole(node, new), size, said

        if isinstance(node, syntax.Product | syntax.Sum) and len(children(node)) <= MOST_TURNED:
            turned = self.turned(node)
            new = bracketed(turned) if enclosed(self.latex(node)) else turned
            size = 1 if len(children(node)) == 2 else 2
            yield self.whole(node, new), size, f"transpose `{self.bare(node)}`"

    def turned(self, node: syntax.Node) -> str:
        """Return the transpose of a product or sum, written out: B^⊤ A^⊤ for A B."""
        if isinstance(node, syntax.Sum):
            result = ""
            for sign, term in node.terms:
                turned = self.turned(term) if isinstance(term, syntax.Product) else self.turn(term)
                plus = " + " if result else ""
                result += (plus if sign > 0 else (" - " if result else "-")) + turned
            return result
        if not isinstance(node, syntax.Product):
            return self.turn(node)
        numbers = [self.latex(f) for f in node.factors if self.is_number(f)]
        others = [self.turn(f) for f in reversed(node.factors) if not self.is_number(f)]
        return " ".join([*numbers, *others])

    def turn(self, node: syntax.Node) -> str:
        """Return the transpose of a factor; a number is its own."""
        return self.transposed(node) or self.latex(node)

    def transposed(self, node: syntax.Node) -> str | None:
        """Return the LaTeX of a node with its transpose added or dropped; None if that is idle."""
        latex = self.latex(node)
        if isinstance(node, syntax.Transpose):
            base = self.latex(node.base)
            if base == latex:  # D^{-⊤}
                return re.sub(r"\^\s*\{\s*-.*\}$", "^{-1}", latex)
            single = isinstance(
                node.base, syntax.Name | syntax.Component | syntax.Transpose | syntax.Call
            )
            return self.bare(node.base) if single else base
        if isinstance(node, syntax.FunctionName) or self.is_number(node):
            return None
        if isinstance(node, syntax.Builtin) and node.name != "ones":
            return None
        if isinstance(node, syntax.Power) and re.search(r"\^\s*\{\s*-\s*1\s*\}$", latex):
            return re.sub(r"\^\s*\{\s*-\s*1\s*\}$", lambda _: f"^{{-{self.mark}}}", latex)
        return self.at_least(node, BASE) + self.spelling.transpose

    def scalings(self, node: syntax.Node, role: str) -> Iterator[Found]:
        """Yield a side or term with another sign or a factor more."""
        if role in ("side", "argument"):
            at = self.stretch(node)[1]
            for name in self.alike(None):
                yield [(at, at, f" + {name}")], 3, f"a term `{name}`"
                yield [(at, at, f" - {name}")], 3, f"a term `-{name}`"
        if role in ("side", "cell") and not isinstance(node, syntax.Sum):
            at = self.stretch(node)[0]
            yield [(at, at, "-")], 1, "change the sign"
        if role not in ("side", "term"):
            return
        factor = self.at_least(node, OPERATOR)
        numbered = isinstance(node, syntax.Product) and isinstance(node.factors[0], syntax.Number)
        if isinstance(node, syntax.Number) or (isinstance(node, syntax.Sum) and role == "term"):
            return
        if not numbered:
            yield self.whole(node, f"2 {factor}"), 1, "a factor `2`"
            yield self.whole(node, rf"\frac{{1}}{{2}} {factor}"), 1, r"a factor `\frac{1}{2}`"
            yield self.whole(node, f"3 {factor}"), 2, "a factor `3`"
            yield self.whole(node, rf"\frac{{1}}{{3}} {factor}"), 2, r"a factor `\frac{1}{3}`"
        present = [self.latex(part) for part, _ in children(node)]
        for name in self.numbers():
            yield self.whole(node, f"{name} {factor}"), 2, f"a factor `{name}`"
            inverse = rf"\frac{{1}}{{{name}}}"
            if name not in present and numbered:
                first = self.stretch(children(node)[0][0])
                over = rf"\frac{{{present[0]}}}{{{name}}}"
                yield [(*first, over)], 2, f"a factor `{inverse}`"
            elif name not in present:
                yield self.whole(node, f"{inverse} {factor}"), 2, f"a factor `{inverse}`"
        shifted = one_step_back(self, node)
        if shifted is not None:
            yield self.whole(node, shifted), 2, f"`{shifted}` for `{self.latex(node)}`"
            end = self.stretch(node)[1]
            yield [(end, end, f" + {shifted}")], 3, f"a term `{shifted}`"

    def numbers(self) -> list[str]:
        """Return the names of sizes and numbers, those in this side first."""
        found = [
            entry.name
            for entry in self.context.entries.values()
            if entry.kind == "size" or (entry.kind == "number" and not entry.shape)
        ]
        return sorted(found, key=lambda name: name not in self.names)[:MOST_NAMES]

    def wrappings(self, node: syntax.Node, role: str) -> Iterator[Found]:
        """Yield ``diag``, a trace, vec or a sum of ones around a node."""
        bare, spelling = self.bare(node), self.spelling
        if self.is_vector(node) and role != "term":
            new = f"{spelling.diagonal}{bracketed(bare)}"
            yield self.whole(node, new), 1, f"write the vector `{bare}` as a diagonal matrix"
        if role not in ("side", "term") or self.is_number(node):
            return
        lead, start = "", self.stretch(node)[0]
        if isinstance(node, syntax.Product):  # numbers stay in front
            first = next((f for f in node.factors if not self.is_number(f)), node)
            lead = self.text[start : self.stretch(first)[0]]
            bare = self.text[self.stretch(first)[0] : self.stretch(node)[1]] if lead else bare
        yield self.whole(node, f"{lead}{spelling.trace}{bracketed(bare)}"), 1, "take the trace"
        yield self.whole(node, f"{lead}{spelling.vec}{bracketed(bare)}"), 1, "take the vec"
        if isinstance(node, syntax.Sum):
            return
        if isinstance(node, syntax.Product):
            for ones in spelling.ones:
                yield self.whole(node, f"{self.turned(node)} {ones}"), 2, f"a factor `{ones}`"
        factor = self.at_least(node, PRODUCT)
        for ones in spelling.ones:
            yield self.whole(node, f"{ones} {factor}"), 2, f"a factor `{ones}`"
            row = f"{ones}{spelling.transpose}"
            yield self.whole(node, f"{factor} {row}"), 2, f"a factor `{row}`"

    # --- edits of one kind of node --------------------------------------------------------------

    def sums(self, node: syntax.Sum, role: str) -> Iterator[Found]:
        """Yield signs changed, terms dropped or added."""
        flips = [self.flipped(node, place) for place in range(len(node.terms))]
        for place, flip in enumerate(flips):
            if flip is not None:
                term = self.latex(node.terms[place][1])
                yield [flip], 1, f"change the sign of `{term}`"
        known = [flip for flip in flips if flip is not None]
        signs = [sign for sign, _ in node.terms]
        if len(node.terms) > 1 and len(known) == len(flips):
            if signs == [1, -1]:
                first, second = (term for _, term in node.terms)
                pair = [(*self.stretch(first), self.latex(second))]
                pair += [(*self.stretch(second), self.latex(first))]
                said = f"`{self.latex(second)} - {self.latex(first)}` for `{self.bare(node)}`"
                yield pair, 1, said
            else:
                yield known, 2, f"change all signs of `{self.bare(node)}`"
        if len(node.terms) == 2 and all(self.is_number(term) for _, term in node.terms):
            both = [self.at_least(term, PRODUCT) for _, term in node.terms]
            yield self.whole(node, " ".join(both)), 2, f"the product for `{self.bare(node)}`"
        yield from more_terms(self, node, role, self.numbers())
        if len(node.terms) > 2 or (len(node.terms) == 2 and role == "side"):
            for place in range(len(node.terms)):
                start, end = self.term(node, place)
                following = signs[1] if place == 0 else 1
                if place == 0 and following == 1:
                    end = self.stretch(node.terms[0][1])[1]
                    end += re.match(r"\s*\+?", self.text[end:]).end()  # type: ignore[union-attr]
                yield [(start, end, "")], 2, f"drop `{self.text[start:end].strip()}`"

    def term(self, node: syntax.Sum, place: int) -> tuple[int, int]:
        """Return where a term stands, with its sign."""
        start, end = self.stretch(node.terms[place][1])
        before = self.stretch(node.terms[place - 1][1])[1] if place else node.start
        sign = self.text.rfind("-+"[node.terms[place][0] > 0], before, start)
        return (sign if sign >= 0 else start), end

    def flipped(self, node: syntax.Sum, place: int) -> Replacement | None:
        """Return the replacement that changes the sign of a term."""
        sign, term = node.terms[place]
        start = self.stretch(term)[0]
        at = self.term(node, place)[0]
        if place == 0 and sign > 0:
            return start, start, "-"
        if at == start:
            return None
        return at, at + 1, "" if place == 0 else ("-" if sign > 0 else "+")

    def products(self, node: syntax.Product) -> Iterator[Found]:
        """Yield factors swapped, dropped, split by another product; transposes moved."""
        factors = node.factors
        places = [self.stretch(factor) for factor in factors]
        texts = [self.latex(factor) for factor in factors]
        for i, j in combinations(range(len(factors)), 2):
            if self.is_number(factors[i]) or self.is_number(factors[j]):
                continue
            swap = [(*places[i], texts[j]), (*places[j], texts[i])]
            yield swap, 1, f"swap `{texts[i]}` and `{texts[j]}`"
            turned = self.transposed(factors[i]), self.transposed(factors[j])
            kinds = [isinstance(factors[k], syntax.Transpose) for k in (i, j)]
            if turned[0] is not None and turned[1] is not None:
                said = "move the transpose" if kinds[0] != kinds[1] else "change the transposes"
                said += f" of `{texts[i]}` and `{texts[j]}`"
                yield [(*places[i], turned[0]), (*places[j], turned[1])], 2, said
        if len(factors) > 2:
            pairs = zip(places, reversed(texts), strict=True)
            said = "reverse the order of the factors"
            yield [(*place, text) for place, text in pairs], 2, said
        for k, factor in enumerate(factors):
            start, end = places[k]
            if k + 1 < len(factors):
                end = places[k + 1][0]
            else:
                start = places[k - 1][1]
            size = 1 if self.is_number(factor) else 2
            yield [(start, end, "")], size, f"drop the factor `{texts[k]}`"
        for k in range(len(factors) - 1):
            one, two = factors[k], factors[k + 1]
            if isinstance(two, syntax.Transpose) and self.is_vector(one) and self.is_vector(two):
                inner = f"{texts[k]} {self.spelling.hadamard} {self.bare(two.base)}"
                new = f"{self.spelling.diagonal}{bracketed(inner)}"
                said = f"`{new}` for `{self.text[places[k][0] : places[k + 1][1]]}`"
                yield [(places[k][0], places[k + 1][1], new)], 2, said
            if not self.is_number(factors[k]):
                gap = (places[k][1], places[k + 1][0])
                sign = self.spelling.hadamard
                yield [(*gap, f" {sign} ")], 1, f"`{sign}` after `{texts[k]}`"
                yield [(*gap, r" \otimes ")], 2, rf"`\otimes` after `{texts[k]}`"
        first = factors[0]
        if isinstance(first, syntax.Number) and first.value != 0:
            for value in (first.value * 2, first.value / 2):
                if value == 1:
                    continue
                latex = _number(value.numerator, value.denominator)
                yield [(*places[0], latex)], 1, f"`{latex}` for the factor `{texts[0]}`"
            if first.value == 2:
                drop = (places[0][0], places[1][0], "")
                for factor in factors[1:]:
                    if self.is_number(factor):
                        square = self.at_least(factor, BASE) + "^2"
                        said = f"`{square}` for `{texts[0]} {self.latex(factor)}`"
                        yield [drop, *self.whole(factor, square)], 2, said
                for k, factor in enumerate(factors[1:], start=1):
                    base = factor.base if isinstance(factor, syntax.Transpose) else factor
                    if isinstance(base, syntax.Name) and self.is_square(base):
                        whole, size, said = self.symmetrised(factor)
                        if k == 1:
                            said = said.replace("for `", f"for `{texts[0]} ")
                        yield [drop, *whole], size, said
                rest = self.text[places[1][0] : places[-1][1]]
                if len(factors) == 3:
                    pair = f"{self.turn(factors[2])} {self.turn(factors[1])}"
                    new = bracketed(f"{rest} + {pair}")
                    said = f"`{new}` for `{self.text[places[0][0] : places[-1][1]]}`"
                    yield [(places[0][0], places[-1][1], new)], 2, said

    def symmetrised(self, node: syntax.Node) -> Found:
        """Return A + Aᵀ in the place of A."""
        new = bracketed(f"{self.bare(node)} + {self.turn(node)}")
        return self.whole(node, new), 2, f"`{new}` for `{self.latex(node)}`"

    def operators(self, node: syntax.Binary) -> Iterator[Found]:
        """Yield sides swapped, and one product for another."""
        left, right = self.stretch(node.left), self.stretch(node.right)
        texts = self.latex(node.left), self.latex(node.right)
        gap = self.text[left[1] : right[0]].strip()
        if node.operator in ("kronecker", "commutator"):
            swap = [(*left, texts[1]), (*right, texts[0])]
            yield swap, 1, f"swap `{texts[0]}` and `{texts[1]}`"
        if node.operator not in ("kronecker", "hadamard"):
            return
        yield [(left[1], right[0], " ")], 1, f"the matrix product for `{gap}`"
        other = self.spelling.hadamard if node.operator == "kronecker" else r"\otimes"
        yield [(left[1], right[0], f" {other} ")], 1, f"`{other}` for `{gap}`"

    def fractions(self, node: syntax.Fraction) -> Iterator[Found]:
        """Yield a fraction turned over, or without its numerator or denominator."""
        if not self.latex(node).startswith("\\"):
            return
        above, below = self.bare(node.numerator), self.bare(node.denominator)
        over = below if above == "1" else rf"\frac{{{below}}}{{{above}}}"
        for new, said in (
            (over, "turn the fraction over"),
            (rf"\frac{{1}}{{{below}}}", f"drop the factor `{above}`"),
            (above, f"drop the factor `\\frac{{1}}{{{below}}}`"),
        ):
            yield self.whole(node, new), 1, said
        for name in self.numbers():
            parts = f"{below} {name}" if below[:1].isdigit() else f"{name} {below}"
            new = rf"\frac{{{above}}}{{{name if below == '1' else parts}}}"
            yield self.whole(node, new), 2, rf"a factor `\frac{{1}}{{{name}}}`"

    def calls(self, node: syntax.Call, role: str) -> Iterator[Found]:
        """Yield g' for g and g for g', and an operator dropped."""
        function = node.function
        if not isinstance(function, syntax.FunctionName):
            return
        start, end = self.stretch(function)
        name = self.text[start:end]
        if word_of(node) not in OPERATORS:
            yield [(end, end, "'")], 1, f"`{name}'` for `{name}`"
            if function.order and name.endswith("'"):
                yield [(end - 1, end, "")], 1, f"`{name[:-1]}` for `{name}`"
        elif len(node.arguments) == 1:
            inner = node.arguments[0]
            bare = self.bare(inner)
            loose = self.holding(inner) < FACTOR and role not in ("side", "inner")
            new = bracketed(bare) if loose and not enclosed(bare) else bare
            yield self.whole(node, new), 1, f"`{bare}` for `{self.latex(node)}`"

    def names_for(self, node: syntax.Name, role: str) -> Iterator[Found]:
        """Yield another name, an inverse, a square, a symmetric part."""
        latex = self.latex(node)
        for name in self.alike(node):
            size = 1 if letter_of(name) == letter_of(node.name) else 2
            yield self.whole(node, name), size, f"`{name}` for `{latex}`"
        base = self.at_least(node, BASE)
        if self.is_square(node):
            if role in ("side", "cell"):
                yield self.whole(node, "I"), 2, f"`I` for `{latex}`"
            yield self.whole(node, f"{base}^2"), 2, f"`{base}^2` for `{latex}`"
            yield self.symmetrised(node)
        if not self.is_number(node):
            new = f"{latex} {self.spelling.hadamard} {latex}"
            yield self.whole(node, new), 2, f"`{new}` for `{latex}`"
        else:
            yield from self.raised(node)

    def variables_for(self, variable: syntax.Name) -> Iterator[Found]:
        """Yield another variable of a derivative."""
        start, end = self.stretch(variable)
        script = self.text[:start].rstrip().endswith("_")
        made = {getattr(symbol, "name", None) for symbol in self.context.definitions}
        for name in sorted(self.alike(variable), key=lambda n: n not in made)[:MOST_TURNED]:
            size = 1 if letter_of(name) == letter_of(variable.name) else 2
            new = f"{{{name}}}" if script and len(name) > 1 else name
            new = new if script or not self.text[start - 1 : start].isalpha() else f" {new}"
            yield [(start, end, new)], size, f"`{name}` for `{variable.name}`"

    def alike(self, node: syntax.Node | None) -> list[str]:
        """Return declared names of the same kind, likeliest first; None: any vector or matrix."""
        own = self.entry(node) if node is not None else None
        name = node.name if isinstance(node, syntax.Name) else ""

        def fits(entry: Entry) -> bool:
            if entry.kind not in ("number", "matrix") or entry.name == name:
                return False
            if own is not None and own.kind == "matrix" and entry.shape != own.shape:
                return letter_of(entry.name) == letter_of(name) and bool(entry.shape)
            if own is not None and not own.shape:
                return not entry.shape
            vector = len(entry.shape) == 2 and ONE in entry.shape
            return bool(entry.shape) and (own is not None or node is None or vector)

        found = [e.name for e in self.context.entries.values() if fits(e.value or e)]
        ranked = sorted(found, key=lambda n: (letter_of(n) != letter_of(name), n not in self.names))
        return ranked[:MOST_NAMES]


def _nodes(node: syntax.Node) -> Iterator[syntax.Node]:
    yield node
    for child, _ in children(node):
        yield from _nodes(child)


def _number(numerator: int, denominator: int) -> str:
    return str(numerator) if denominator == 1 else rf"\frac{{{numerator}}}{{{denominator}}}"
