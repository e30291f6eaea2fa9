r"""The pieces that a side is written of: where each node stands, and how tightly it holds.

What an edit needs to know of the author's text: stretches with their brackets, what a name is, and
how what is added is spelled.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from derivcheck.algebra.nodes import ONE
from derivcheck.language import syntax
from derivcheck.language.context import Context, Entry

Replacement = tuple[int, int, str]
"""From, to, and the LaTeX that takes the place of what stood between."""

_SUM, OPERATOR, PRODUCT, FACTOR, BASE = range(5)
"""How tightly an expression holds together: a product of sums needs brackets, a base most."""

OPERATORS = frozenset(("tr", "det", "logdet", "vec", "unvec", "diag"))
_NOT_ELEMENTWISE = OPERATORS - {"vec"}


class Spelling(Struct, frozen=True):
    r"""How the author spells what an edit adds: ``^\top`` or ``^T``, ``\operatorname{tr}``."""

    transpose: str = r"^\top"
    trace: str = r"\operatorname{tr}"
    diagonal: str = r"\operatorname{diag}"
    vec: str = r"\operatorname{vec}"
    ones: tuple[str, ...] = (r"\mathbf{1}",)
    hadamard: str = r"\odot"

    @classmethod
    def of(cls, text: str) -> Spelling:
        """Return the spellings that occur most often in a text."""
        chosen: dict[str, str] = {}
        for field, (default, pattern) in _SPELLINGS.items():
            found = [match.group().strip() for match in re.finditer(pattern, text)]
            chosen[field] = max(found, key=found.count) if found else default
        ones = dict.fromkeys(match.group() for match in re.finditer(_ONES, text))
        return cls(**chosen, ones=tuple(ones)[:3] or (r"\mathbf{1}",))


_SPELLINGS = {
    "transpose": (
        r"^\top",
        r"\^(?:\\top|\\intercal|T(?![A-Za-z])|\{\\top\}|\{T\}|\{\\intercal\}|\{?\\math(?:sf|rm)\s*\{?T\}?\}?)",
    ),
    "trace": (r"\operatorname{tr}", r"\\(?:operatorname|mathrm|text)\{[tT]r(?:ace)?\}|\\[tT]r\b"),
    "diagonal": (r"\operatorname{diag}", r"\\(?:operatorname|mathrm|text)\{[dD]iag\}|\\[dD]iag\b"),
    "vec": (r"\operatorname{vec}", r"\\(?:operatorname|mathrm|text)\{vec\}"),
    "hadamard": (r"\odot", r"\\(?:odot|circ)\b"),
}


_ONES = r"\\(?:mathbf|bm|boldsymbol|mathbbm|mathds)\s*(?:\{1\}|1)(?:_(?:\{[^{}]*\}|\w))?"


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


class Pieces:
    """The nodes of one side as stretches of its text.

    Args:
        text: the side.
        context: the declared names.
        spelling: how the author writes what an edit adds.
        names: the names in the side.
    """

    def __init__(self, text: str, context: Context, spelling: Spelling, names: set[str]) -> None:
        self.text = text
        self.context = context
        self.spelling = spelling
        self.names = names

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
            return BASE
        if isinstance(node, syntax.Sum):
            return _SUM
        if isinstance(node, syntax.BigOperator):
            return OPERATOR
        if isinstance(node, syntax.Binary):
            return OPERATOR if node.operator not in ("inner", "commutator") else FACTOR
        if isinstance(node, syntax.Product):
            return PRODUCT
        if isinstance(node, syntax.Fraction):
            return FACTOR if latex.startswith("\\") and latex.endswith("}") else PRODUCT
        if isinstance(node, syntax.Call) and not latex.endswith((")", "]", "}")):
            return PRODUCT
        loose = (syntax.Derivative, syntax.Differential, syntax.Power, syntax.Transpose)
        scripted = isinstance(node, syntax.Name) and "^" in node.name
        return FACTOR if isinstance(node, loose) or scripted else BASE

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
        if isinstance(node, syntax.Component) and isinstance(node.base, syntax.Name):
            base = self.context.entries.get(node.base.name)
            if base is not None and base.kind == "family":
                return not base.shape and len(node.indices) == len(base.letters)
            own = self.entry(node.base)
            axes = [size for size in own.shape if size != ONE] if own is not None else []
            slices = any(isinstance(index, syntax.Slice) for index in node.indices)
            return bool(axes) and len(node.indices) == len(axes) and not slices
        if isinstance(node, syntax.Call):
            return word_of(node) in ("tr", "det", "logdet")
        if isinstance(node, syntax.Fraction | syntax.Power):
            parts = children(node)
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

    def is_invertible(self, node: syntax.Node) -> bool:
        """Return whether a name is given to be invertible."""
        entry = self.entry(node)
        return entry is not None and any(
            condition.kind in ("invertible", "positive-definite") and condition.node == entry.node
            for condition in self.context.conditions
        )

    def is_vector(self, node: syntax.Node) -> bool:
        """Return whether a node may be a vector."""
        entry = self.entry(node)
        if entry is not None:
            return len(entry.shape) == 2 and ONE in entry.shape
        if isinstance(node, syntax.Name):
            return node.name[:1].islower()
        if isinstance(node, syntax.Call):
            return word_of(node) not in _NOT_ELEMENTWISE
        if isinstance(node, syntax.Transpose):
            return self.is_vector(node.base)
        return not isinstance(node, syntax.Number | syntax.Norm | syntax.Fraction)


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


def fitted(text: str, replacements: Iterable[Replacement]) -> list[Replacement]:
    """Return replacements, neighbours joined, without brackets that their places already have."""
    result: list[Replacement] = []
    joined: list[Replacement] = []
    for start, end, new in sorted(replacements):
        if joined and joined[-1][1] == start < end and joined[-1][0] < start:
            begin, _, before = joined.pop()
            joined.append((begin, end, before + new))
        else:
            joined.append((start, end, new))
    for start, end, new in joined:
        match = _ENCLOSED.fullmatch(new)
        whole = not text[:start].strip() and not text[end:].strip()
        held = _OPENS.search(text[:start]) and _CLOSES.match(text[end:])
        if match and enclosed(new) and (whole or held):
            new = match["inner"].strip()
        result.append((start, end, new))
    return result


_OPENS = re.compile(r"(?:[(\[{]|\\\|)\s*$")
_CLOSES = re.compile(r"\s*(?:(?:\\right|\\[bB]igg?r?)?\s*[)\]]|\}|\\\|)")


def bracketed(latex: str) -> str:
    """Return a formula in round brackets that grow with it."""
    if re.search(r"\\[dt]?frac|\\sum|\\left|\\prod", latex):
        return rf"\left( {latex} \right)"
    return f"({latex})"


def _open_braces(text: str) -> int:
    plain = text.replace(r"\{", "").replace(r"\}", "")
    return plain.count("{") - plain.count("}")


def letter_of(name: str) -> str:
    r"""Return the letter of a name without accents and scripts: ``W`` of ``\hat{W}^{(k)}``."""
    bare = re.sub(r"[_^](?:\{[^{}]*\}|.)", "", name)
    return re.sub(r"\\(?:hat|bar|tilde|mathbf|boldsymbol|dot|mathcal)|[{} ]", "", bare)


def word_of(call: syntax.Call) -> str:
    """Return the name of the function that a call applies; empty when it has none."""
    return call.function.name if isinstance(call.function, syntax.FunctionName) else ""


def children(node: syntax.Node) -> list[tuple[syntax.Node, str]]:
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
        return [(node.base, "base")]
    if isinstance(node, syntax.Call):
        role = "inner" if word_of(node) in OPERATORS else "argument"
        return [(argument, role) for argument in node.arguments]
    if isinstance(node, syntax.Norm | syntax.BigOperator | syntax.Restricted):
        return [(node.body, "inner")]
    if isinstance(node, syntax.Derivative):
        return [(node.function, "inner")]
    if isinstance(node, syntax.Matrix):
        return [(cell, "cell") for row in node.rows for cell in row]
    return []


def names_in_tree(node: syntax.Node) -> Iterator[syntax.Name]:
    """Yield the names whose edits are edits of the side."""
    if isinstance(node, syntax.Name):
        yield node
    for child, _ in children(node):
        yield from names_in_tree(child)
