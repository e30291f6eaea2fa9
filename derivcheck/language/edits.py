r"""Small edits of one side of an identity, as the author would write them.

An edit is a replacement in the side's own LaTeX, placed by the offsets of its syntax tree, so that
the author's notation is kept. Whether an edit makes sense is not known here: its result is read and
decided like any other formula. Edits come smallest first; size 1 is one sign, one mark, one swap.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from derivcheck.algebra.nodes import ONE
from derivcheck.language import syntax
from derivcheck.language.context import Context, Entry, names_of

Replacement = tuple[int, int, str]
"""From, to, and the LaTeX that takes the place of what stood between."""

MOST_NAMES = 10
"""Declared names that are tried in the place of one."""

_SUM, _OPERATOR, _PRODUCT, _FACTOR, _BASE = range(5)
"""How tightly an expression holds together: a product of sums needs brackets, a base most."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One changed side.

    Attributes:
        latex: the whole side, changed.
        size: how small the change is, from 1.
        what: the change in words.
    """

    latex: str
    size: int
    what: str


@dataclass(frozen=True, slots=True)
class Spelling:
    r"""How the author spells what an edit adds: ``^\top`` or ``^T``, ``\operatorname{tr}``."""

    transpose: str = r"^\top"
    trace: str = r"\operatorname{tr}"
    diagonal: str = r"\operatorname{diag}"
    vec: str = r"\operatorname{vec}"
    ones: str = r"\mathbf{1}"
    hadamard: str = r"\odot"

    @classmethod
    def of(cls, text: str) -> Spelling:
        """Return the spellings that occur most often in a text."""
        chosen = {}
        for field, (default, pattern) in _SPELLINGS.items():
            found = [match.group().strip() for match in re.finditer(pattern, text)]
            chosen[field] = max(found, key=found.count) if found else default
        return cls(**chosen)


_SPELLINGS = {
    "transpose": (
        r"^\top",
        r"\^(?:\\top|\\intercal|T(?![A-Za-z])|\{\\top\}|\{T\}|\{\\intercal\}|\{?\\math(?:sf|rm)\s*\{?T\}?\}?)",
    ),
    "trace": (r"\operatorname{tr}", r"\\(?:operatorname|mathrm|text)\{[tT]r(?:ace)?\}|\\[tT]r\b"),
    "diagonal": (r"\operatorname{diag}", r"\\(?:operatorname|mathrm|text)\{[dD]iag\}|\\[dD]iag\b"),
    "vec": (r"\operatorname{vec}", r"\\(?:operatorname|mathrm|text)\{vec\}"),
    "ones": (r"\mathbf{1}", r"\\(?:mathbf|bm|boldsymbol|mathbbm|mathds)\s*\{?1\}?"),
    "hadamard": (r"\odot", r"\\(?:odot|circ)\b"),
}


def edits(latex: str, node: syntax.Node, context: Context, spelling: Spelling) -> list[Edit]:
    """Return the small edits of a side, smallest first.

    Args:
        latex: the side.
        node: its syntax tree, with offsets into ``latex``.
        context: the declared names.
        spelling: how the author writes what an edit adds.

    Raises:
        Never.

    Cost:
        A few dozen edits for each node of the tree.
    """
    editor = _Editor(latex, context, spelling, set(names_of(node)))
    found: dict[str, Edit] = {}
    for replacements, size, what in editor.of(node, "side"):
        edited = spliced(latex, replacements)
        if edited != latex and (edited not in found or found[edited].size > size):
            found[edited] = Edit(edited, size, what)
    return sorted(found.values(), key=lambda edit: edit.size)


def spliced(text: str, replacements: Iterable[Replacement]) -> str:
    """Return a text with stretches replaced; a command keeps apart from a letter after it."""
    result, at = "", 0
    for start, end, new in [*sorted(replacements), (len(text), len(text), "")]:
        for piece in (text[at:start], new):
            if re.search(r"\\[A-Za-z]+$", result) and piece[:1].isalpha():
                result += " "
            result += piece
        at = end
    return " ".join(result.split())


Found = tuple[list[Replacement], int, str]


class _Editor:
    """Finds the edits of one side."""

    def __init__(self, text: str, context: Context, spelling: Spelling, names: set[str]) -> None:
        self.text = text
        self.context = context
        self.spelling = spelling
        self.names = names

    def of(self, node: syntax.Node, role: str) -> Iterator[Found]:
        """Yield the edits of a node and of the nodes in it.

        Args:
            node: where.
            role: ``side``, ``term`` (of a sum), ``factor``, ``operand`` or ``inner``.
        """
        yield from self.transposes(node, role)
        yield from self.scalings(node, role)
        yield from self.wrappings(node, role)
        yield from self.kind(node, role)
        for child, its_role in _children(node):
            yield from self.of(child, its_role)

    def kind(self, node: syntax.Node, role: str) -> Iterator[Found]:
        """Yield the edits that this kind of node alone has."""
        match node:
            case syntax.Sum():
                yield from self.sums(node, role)
            case syntax.Product():
                yield from self.products(node)
            case syntax.Binary():
                yield from self.operators(node)
            case syntax.Fraction():
                yield from self.fractions(node)
            case syntax.Power():
                base, latex = self.latex(node.base), self.latex(node)
                yield self.whole(node, base), 1, f"`{base}` for `{latex}`"
            case syntax.Call():
                yield from self.calls(node, role)
            case syntax.Name():
                yield from self.names_for(node)
            case syntax.Builtin(name="ones"):
                for name in self.alike(node):
                    yield self.whole(node, name), 2, f"`{name}` for `{self.latex(node)}`"
            case syntax.BigOperator():
                yield self.whole(node, self.latex(node.body)), 2, "drop the sum"

    # --- stretches ------------------------------------------------------------------------------

    def stretch(self, node: syntax.Node) -> tuple[int, int]:
        """Return where a node stands, with whole groups and without the sign of a script."""
        start, end = node.start, node.end
        inner = self.text[start:end].rstrip().rstrip("^_").rstrip()
        end = start + len(inner)
        while end < len(self.text) and _open_braces(self.text[start:end]) > 0:
            end += 1
        return start, end

    def latex(self, node: syntax.Node) -> str:
        """Return the LaTeX of a node, enclosing brackets included."""
        start, end = self.stretch(node)
        return self.text[start:end]

    def bare(self, node: syntax.Node) -> str:
        """Return the LaTeX of a node without the brackets that enclose it."""
        latex = self.latex(node)
        match = _ENCLOSED.fullmatch(latex)
        return match["inner"].strip() if match and enclosed(latex) else latex

    def holding(self, node: syntax.Node) -> int:
        """Return how tightly a node's LaTeX holds together."""
        latex = self.latex(node)
        if enclosed(latex):
            return _BASE
        if isinstance(node, syntax.Sum):
            return _SUM
        if isinstance(node, syntax.BigOperator):
            return _OPERATOR
        if isinstance(node, syntax.Binary):
            return _OPERATOR if node.operator not in ("inner", "commutator") else _FACTOR
        if isinstance(node, syntax.Product):
            return _PRODUCT
        if isinstance(node, syntax.Fraction):
            return _FACTOR if latex.startswith("\\") and latex.endswith("}") else _PRODUCT
        if isinstance(node, syntax.Call) and not latex.endswith((")", "]", "}")):
            return _PRODUCT
        loose = (syntax.Derivative, syntax.Differential, syntax.Power, syntax.Transpose)
        scripted = isinstance(node, syntax.Name) and "^" in node.name
        return _FACTOR if isinstance(node, loose) or scripted else _BASE

    def at_least(self, node: syntax.Node, level: int) -> str:
        """Return the LaTeX of a node, in brackets unless it holds together well enough."""
        latex = self.latex(node)
        return latex if self.holding(node) >= level else bracketed(latex)

    def whole(self, node: syntax.Node, new: str) -> list[Replacement]:
        """Return the replacement of a node."""
        return [(*self.stretch(node), new)]

    # --- what a name is -------------------------------------------------------------------------

    def entry(self, node: syntax.Node) -> Entry | None:
        """Return what is known of a name as a value."""
        if not isinstance(node, syntax.Name):
            return None
        entry = self.context.entries.get(node.name)
        return entry.value or entry if entry is not None else None

    def is_number(self, node: syntax.Node) -> bool:
        """Return whether a node is certainly a number."""
        entry = self.entry(node)
        if entry is not None:
            return not entry.shape
        if isinstance(node, syntax.Name):
            return node.name.startswith("\\") and "{" not in node.name
        if isinstance(node, syntax.Call):
            return _word(node) in ("tr", "det", "logdet")
        if isinstance(node, syntax.Fraction | syntax.Power):
            parts = _children(node)
            return all(self.is_number(child) for child, _ in parts)
        return isinstance(node, syntax.Number | syntax.Norm)

    def is_square(self, node: syntax.Node) -> bool:
        """Return whether a node may be a square matrix."""
        entry = self.entry(node)
        if entry is not None:
            return len(entry.shape) == 2 and entry.shape[0] == entry.shape[1]
        if isinstance(node, syntax.Name):
            return node.name[:1].isupper()
        return isinstance(node, syntax.Sum | syntax.Product | syntax.Component)

    def is_vector(self, node: syntax.Node) -> bool:
        """Return whether a node may be a vector."""
        entry = self.entry(node)
        if entry is not None:
            return len(entry.shape) == 2 and ONE in entry.shape
        if isinstance(node, syntax.Name):
            return node.name[:1].islower()
        if isinstance(node, syntax.Call):
            return _word(node) not in _NOT_ELEMENTWISE
        if isinstance(node, syntax.Transpose):
            return self.is_vector(node.base)
        return not isinstance(node, syntax.Number | syntax.Norm | syntax.Fraction)

    # --- edits of any node ----------------------------------------------------------------------

    def transposes(self, node: syntax.Node, role: str) -> Iterator[Found]:
        """Yield a transpose added or dropped."""
        new = self.transposed(node)
        if new is not None:
            said = f"transpose `{self.bare(node)}`"
            if isinstance(node, syntax.Transpose):
                said = f"do not transpose `{self.bare(node.base)}`"
            size = 2 if role in ("side", "term") and self.holding(node) < _FACTOR else 1
            yield self.whole(node, new), size, said

    def transposed(self, node: syntax.Node) -> str | None:
        """Return the LaTeX of a node with its transpose added or dropped; None if that is idle."""
        latex = self.latex(node)
        if isinstance(node, syntax.Transpose):
            base = self.latex(node.base)
            if base == latex:  # D^{-⊤}
                return re.sub(r"\^\s*\{\s*-.*\}$", "^{-1}", latex)
            return base
        if isinstance(node, syntax.FunctionName) or self.is_number(node):
            return None
        if isinstance(node, syntax.Builtin) and node.name != "ones":
            return None
        mark = self.spelling.transpose
        if isinstance(node, syntax.Power) and re.search(r"\^\s*\{\s*-\s*1\s*\}$", latex):
            inner = mark.removeprefix("^").strip("{}") if mark.count("{") == 1 else mark[1:]
            return re.sub(r"\^\s*\{\s*-\s*1\s*\}$", lambda _: f"^{{-{inner}}}", latex)
        return self.at_least(node, _BASE) + mark

    def scalings(self, node: syntax.Node, role: str) -> Iterator[Found]:
        """Yield a side or term with another sign or a factor more."""
        if role not in ("side", "term"):
            return
        latex = self.latex(node)
        factor = self.at_least(node, _OPERATOR)
        if role == "side" and not isinstance(node, syntax.Sum):
            yield self.whole(node, f"-{latex}"), 1, "change the sign"
        numbered = isinstance(node, syntax.Product) and isinstance(node.factors[0], syntax.Number)
        if isinstance(node, syntax.Number) or (isinstance(node, syntax.Sum) and role == "term"):
            return
        if not numbered:
            yield self.whole(node, f"2 {factor}"), 1, "a factor `2`"
            yield self.whole(node, rf"\frac{{1}}{{2}} {factor}"), 1, r"a factor `\frac{1}{2}`"
        for name in self.numbers():
            yield self.whole(node, f"{name} {factor}"), 2, f"a factor `{name}`"
            inverse = rf"\frac{{1}}{{{name}}}"
            yield self.whole(node, f"{inverse} {factor}"), 2, f"a factor `{inverse}`"

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
        yield self.whole(node, f"{spelling.trace}{bracketed(bare)}"), 1, "take the trace"
        yield self.whole(node, f"{spelling.vec}{bracketed(bare)}"), 1, "take the vec"
        if isinstance(node, syntax.Sum):
            return
        factor = self.at_least(node, _PRODUCT)
        ones = f"{spelling.ones}{spelling.transpose}"
        yield self.whole(node, f"{spelling.ones} {factor}"), 2, f"a factor `{spelling.ones}`"
        yield self.whole(node, f"{factor} {ones}"), 2, f"a factor `{ones}`"

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
        if len(node.terms) > 2 or (len(node.terms) == 2 and role == "side"):
            for place in range(len(node.terms)):
                start, end = self.term(node, place)
                following = signs[1] if place == 0 else 1
                if place == 0 and following == 1:
                    end = self.stretch(node.terms[0][1])[1]
                    end += re.match(r"\s*\+?", self.text[end:]).end()  # type: ignore[union-attr]
                yield [(start, end, "")], 2, f"drop `{self.text[start:end].strip()}`"
        if role == "side":
            for name in self.alike(None):
                at = self.stretch(node)[1]
                yield [(at, at, f" + {name}")], 3, f"a term `{name}`"
                yield [(at, at, f" - {name}")], 3, f"a term `-{name}`"

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
            one, two = self.transposed(factors[i]), self.transposed(factors[j])
            kinds = [isinstance(factors[k], syntax.Transpose) for k in (i, j)]
            if one is not None and two is not None:
                said = "move the transpose" if kinds[0] != kinds[1] else "change the transposes"
                said += f" of `{texts[i]}` and `{texts[j]}`"
                yield [(*places[i], one), (*places[j], two)], 2, said
        if len(factors) > 2:
            turned = [(*place, text) for place, text in zip(places, reversed(texts), strict=True)]
            yield turned, 2, "reverse the order of the factors"
        for k, factor in enumerate(factors):
            start, end = places[k]
            if k + 1 < len(factors):
                end = places[k + 1][0]
            else:
                start = places[k - 1][1]
            size = 1 if self.is_number(factor) else 2
            yield [(start, end, "")], size, f"drop the factor `{texts[k]}`"
        for k in range(len(factors) - 1):
            if not self.is_number(factors[k]):
                gap = (places[k][1], places[k + 1][0])
                sign = self.spelling.hadamard
                yield [(*gap, f" {sign} ")], 1, f"`{sign}` after `{texts[k]}`"
                yield [(*gap, r" \otimes ")], 2, rf"`\otimes` after `{texts[k]}`"
        first = factors[0]
        if isinstance(first, syntax.Number) and first.value != 0:
            for new in (first.value * 2, first.value / 2):
                latex = _number(new.numerator, new.denominator)
                if new == 1:
                    continue
                yield [(*places[0], latex)], 1, f"`{latex}` for the factor `{texts[0]}`"
            if first.value == 2 and self.is_square(factors[1]):
                yield self.symmetrised(factors[1], (places[0][0], places[1][1]))

    def symmetrised(self, node: syntax.Node, place: tuple[int, int]) -> Found:
        """Return A + Aᵀ in the place of 2A or A."""
        base = self.at_least(node, _BASE)
        new = bracketed(f"{self.bare(node)} + {base}{self.spelling.transpose}")
        return [(*place, new)], 2, f"`{new}` for `{self.text[slice(*place)]}`"

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
        for new, said in (
            (rf"\frac{{{below}}}{{{above}}}", "turn the fraction over"),
            (rf"\frac{{1}}{{{below}}}", f"drop the factor `{above}`"),
            (above, f"drop the factor `\\frac{{1}}{{{below}}}`"),
        ):
            yield self.whole(node, new), 1, said
        for name in self.numbers():
            new = rf"\frac{{{above}}}{{{name} {below if below != '1' else ''}}}"
            yield self.whole(node, new), 2, rf"a factor `\frac{{1}}{{{name}}}`"

    def calls(self, node: syntax.Call, role: str) -> Iterator[Found]:
        """Yield g' for g and g for g', and an operator dropped."""
        function = node.function
        if not isinstance(function, syntax.FunctionName):
            return
        start, end = self.stretch(function)
        name = self.text[start:end]
        if _word(node) not in _OPERATORS:
            yield [(end, end, "'")], 1, f"`{name}'` for `{name}`"
            if function.order and name.endswith("'"):
                yield [(end - 1, end, "")], 1, f"`{name[:-1]}` for `{name}`"
        elif len(node.arguments) == 1:
            inner = node.arguments[0]
            bare = self.bare(inner)
            loose = self.holding(inner) < _FACTOR and role not in ("side", "inner")
            new = bracketed(bare) if loose and not enclosed(bare) else bare
            yield self.whole(node, new), 1, f"`{bare}` for `{self.latex(node)}`"

    def names_for(self, node: syntax.Name) -> Iterator[Found]:
        """Yield another name, an inverse, a square, a symmetric part."""
        latex = self.latex(node)
        for name in self.alike(node):
            size = 1 if _letter(name) == _letter(node.name) else 2
            yield self.whole(node, name), size, f"`{name}` for `{latex}`"
        base = self.at_least(node, _BASE)
        if self.is_square(node):
            yield self.whole(node, f"{base}^{{-1}}"), 1, f"the inverse of `{latex}`"
            yield self.whole(node, f"{base}^2"), 2, f"`{base}^2` for `{latex}`"
            yield self.symmetrised(node, self.stretch(node))
        elif self.is_vector(node):
            new = f"{latex} {self.spelling.hadamard} {latex}"
            yield self.whole(node, new), 2, f"`{new}` for `{latex}`"
        elif self.is_number(node):
            yield self.whole(node, f"{base}^2"), 2, f"`{base}^2` for `{latex}`"

    def alike(self, node: syntax.Node | None) -> list[str]:
        """Return declared names of the same kind, likeliest first; None: any vector or matrix."""
        own = self.entry(node) if node is not None else None
        name = node.name if isinstance(node, syntax.Name) else ""

        def fits(entry: Entry) -> bool:
            if entry.kind not in ("number", "matrix") or entry.name == name:
                return False
            if own is not None and own.kind == "matrix" and entry.shape != own.shape:
                return _letter(entry.name) == _letter(name) and bool(entry.shape)
            if own is not None and not own.shape:
                return not entry.shape
            vector = len(entry.shape) == 2 and ONE in entry.shape
            return bool(entry.shape) and (own is not None or node is None or vector)

        found = [e.name for e in self.context.entries.values() if fits(e.value or e)]
        ranked = sorted(found, key=lambda n: (_letter(n) != _letter(name), n not in self.names))
        return ranked[:MOST_NAMES]


_OPERATORS = frozenset(("tr", "det", "logdet", "vec", "unvec", "diag"))
_NOT_ELEMENTWISE = _OPERATORS - {"vec"}
_ENCLOSED = re.compile(
    r"(?:\\left|\\[bB]igg?l?)?\s*[(\[](?P<inner>.*?)(?:\\right|\\[bB]igg?r?)?\s*[)\]]", re.DOTALL
)
_BRACKET = re.compile(r"[()\[\]{}]")


def enclosed(latex: str) -> bool:
    """Return whether one pair of brackets encloses a formula."""
    if not _ENCLOSED.fullmatch(latex):
        return False
    depth = 0
    for match in _BRACKET.finditer(latex):
        depth += 1 if match.group() in "([{" else -1
        if depth == 0:
            return match.end() == len(latex)
    return False


def bracketed(latex: str) -> str:
    """Return a formula in round brackets that grow with it."""
    if re.search(r"\\[dt]?frac|\\sum|\\left|\\prod", latex):
        return rf"\left( {latex} \right)"
    return f"({latex})"


def _open_braces(text: str) -> int:
    plain = text.replace(r"\{", "").replace(r"\}", "")
    return plain.count("{") - plain.count("}")


def _number(numerator: int, denominator: int) -> str:
    return str(numerator) if denominator == 1 else rf"\frac{{{numerator}}}{{{denominator}}}"


def _letter(name: str) -> str:
    r"""Return the letter of a name without accents and scripts: ``W`` of ``\hat{W}^{(k)}``."""
    bare = re.sub(r"[_^](?:\{[^{}]*\}|.)", "", name)
    return re.sub(r"\\(?:hat|bar|tilde|mathbf|boldsymbol|dot|mathcal)|[{} ]", "", bare)


def _word(call: syntax.Call) -> str:
    return call.function.name if isinstance(call.function, syntax.FunctionName) else ""


def _children(node: syntax.Node) -> list[tuple[syntax.Node, str]]:
    """Return the nodes in a node whose edits are edits of the side, with their roles."""
    if isinstance(node, syntax.Sum):
        return [(term, "term") for _, term in node.terms]
    if isinstance(node, syntax.Product):
        return [(factor, "factor") for factor in node.factors]
    if isinstance(node, syntax.Binary):
        return [(node.left, "operand"), (node.right, "operand")]
    if isinstance(node, syntax.Fraction):
        return [(node.numerator, "inner"), (node.denominator, "inner")]
    if isinstance(node, syntax.Power | syntax.Transpose | syntax.Component):
        return [(node.base, "operand")]
    if isinstance(node, syntax.Call):
        return [(argument, "inner") for argument in node.arguments]
    if isinstance(node, syntax.Norm | syntax.BigOperator | syntax.Restricted):
        return [(node.body, "inner")]
    if isinstance(node, syntax.Derivative):
        return [(node.function, "inner")]
    return []
