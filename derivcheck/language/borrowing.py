r"""Edits that bring in a piece that the step has elsewhere: what was forgotten is often still there.

A factor ``\det(X)`` that the other side names, the sum ``x - s`` of which only ``s`` was copied, the
slope ``g'(a)`` of a chain rule, a term that is like one that is written. Like every edit, these are
guesses in the author's spelling; whether one is true is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from msgspec import Struct, field

from derivcheck.language import syntax
from derivcheck.language.chain_rule import chained, more_factors, summed
from derivcheck.language.context import parts_of
from derivcheck.language.pieces import (
    BASE,
    FACTOR,
    PRODUCT,
    Pieces,
    Replacement,
    bracketed,
    enclosed,
    names_in_tree,
    spliced,
    word_of,
)

MOST_BORROWED = 6
"""Pieces of one kind that are tried."""

Found = tuple[list[Replacement], int, str]


class Elsewhere(Struct):
    r"""The pieces of both sides of a step, as written.

    Attributes:
        numbers: what certainly is a number and more than a name: ``\det(X)``, ``\|x\|``.
        parts: powers and transposes, and what else may be a term of its own.
        sums: for a name, the sums that it is a term of.
        differentials: for a name, how its differential is written.
        slopes: ``g'(u)`` for each ``g(u)``.
        derivatives: of what a step holds, by the variable of its derivatives.
        inverted: what stands under a power -1.
        names: vectors and matrices.
    """

    numbers: dict[str, None] = field(default_factory=dict)
    parts: dict[str, None] = field(default_factory=dict)
    sums: dict[str, dict[str, None]] = field(default_factory=dict)
    differentials: dict[str, str] = field(default_factory=dict)
    slopes: dict[str, None] = field(default_factory=dict)
    derivatives: dict[str, None] = field(default_factory=dict)
    inverted: set[str] = field(default_factory=set)
    names: dict[str, None] = field(default_factory=dict)

    def gather(self, pieces: Pieces, node: syntax.Node) -> None:
        """Add the pieces of a side.

        Raises:
            Never.
        """
        self._note(pieces, node)
        for part in _nodes_of(node):
            self.gather(pieces, part)

    def _note(self, pieces: Pieces, node: syntax.Node) -> None:
        match node:
            case syntax.Name() if pieces.entry(node) is not None and not pieces.is_number(node):
                self.names[node.name] = None
            case syntax.Component() if not pieces.is_number(node):
                self.names[pieces.latex(node)] = None
            case syntax.Sum() if len(node.terms) > 1:
                for _, term in node.terms:
                    base = term.base if isinstance(term, syntax.Transpose) else term
                    for part in base.factors if isinstance(base, syntax.Product) else (base,):
                        if isinstance(part, syntax.Name):
                            known = self.sums.setdefault(part.name, {})
                            known[pieces.bare(node)] = None
            case syntax.Differential(body=syntax.Name() as body):
                self.differentials[body.name] = pieces.latex(node)
            case syntax.Call(function=syntax.FunctionName(declared=True) as function):
                start, end = pieces.stretch(function)
                rest = pieces.text[end : pieces.stretch(node)[1]]
                self.slopes[f"{pieces.text[start:end]}'{rest}"] = None
            case syntax.Power() | syntax.Transpose():
                self.parts[pieces.latex(node)] = None
                if pieces.latex(node).replace(" ", "").endswith("^{-1}"):
                    self.inverted.add(pieces.latex(node.base))
        scalar = isinstance(node, syntax.Call | syntax.Norm)
        if scalar and pieces.is_number(node):
            self.numbers[pieces.at_least(node, FACTOR)] = None
        elif isinstance(node, syntax.Builtin) and node.name == "delta":
            self.numbers[pieces.latex(node)] = None


def borrowed(pieces: Pieces, node: syntax.Node, role: str, elsewhere: Elsewhere) -> Iterator[Found]:
    """Yield the edits of a node that bring in pieces from elsewhere.

    Raises:
        Never.

    Cost:
        At most a few times ``MOST_BORROWED`` edits for each kind of piece.
    """
    if isinstance(node, syntax.Name):
        yield from _copied(pieces, node, elsewhere)
    if isinstance(node, syntax.Product):
        yield from _between(pieces, node, elsewhere)
    if role in ("side", "term"):
        yield from _factors(pieces, node, elsewhere)
        yield from chained(pieces, node, list(elsewhere.slopes), list(elsewhere.derivatives))
        yield from summed(pieces, node)
    if isinstance(node, syntax.BigOperator):
        yield from more_factors(pieces, node.body, list(elsewhere.names))
    if role == "side":
        yield from _terms(pieces, node, elsewhere)


def _copied(pieces: Pieces, node: syntax.Name, elsewhere: Elsewhere) -> Iterator[Found]:
    """Yield the sum that a name was taken from, and its differential."""
    latex = pieces.latex(node)
    if node.name in elsewhere.differentials:
        new = elsewhere.differentials[node.name]
        yield pieces.whole(node, bracketed(new)), 1, f"`{new}` for `{latex}`"
    for found in few(elsewhere.sums.get(node.name, ())):
        yield pieces.whole(node, bracketed(found)), 2, f"`{found}` for `{latex}`"
    for slope in few(elsewhere.slopes):
        sign = pieces.spelling.hadamard
        new = f"({latex} {sign} {slope})"
        yield pieces.whole(node, new), 2, f"`{new}` for `{latex}`"


def _factors(pieces: Pieces, node: syntax.Node, elsewhere: Elsewhere) -> Iterator[Found]:
    """Yield a factor more."""
    if isinstance(node, syntax.Sum) and not enclosed(pieces.latex(node)):
        factor = bracketed(pieces.latex(node))
    else:
        factor = pieces.at_least(node, PRODUCT)
    if isinstance(node, syntax.Number) and node.value in (0, 1):
        return
    parts = node.factors if isinstance(node, syntax.Product) else (node,)
    present = [pieces.latex(part) for part in parts]
    for name in few([*elsewhere.numbers, *_of_the_same_kind(pieces, node, elsewhere)]):
        if name in present:
            continue
        yield pieces.whole(node, f"{name} {factor}"), 2, f"a factor `{name}`"
        inverse = rf"\frac{{1}}{{{name}}}"
        yield pieces.whole(node, f"{inverse} {factor}"), 3, f"a factor `{inverse}`"
    if pieces.is_number(node):
        return
    for name in few(_matrices(pieces, elsewhere)):
        yield pieces.whole(node, f"{name} {factor}"), 2, f"a factor `{name}`"
        yield pieces.whole(node, f"{factor} {name}"), 2, f"a factor `{name}`"


def _of_the_same_kind(pieces: Pieces, node: syntax.Node, elsewhere: Elsewhere) -> Iterator[str]:
    r"""Yield the numbers of a term with one name for another: ``\det(B)`` beside ``\det(A)``."""
    if isinstance(node, syntax.Call) and word_of(node) in ("tr", "det"):
        yield from like(pieces, node, elsewhere)


def _matrices(pieces: Pieces, elsewhere: Elsewhere) -> Iterator[str]:
    """Yield names and their transposes, by turns."""
    mark = pieces.spelling.transpose
    for name in elsewhere.names:
        yield name
        yield f"({name}){mark}" if "^" in name else f"{name}{mark}"


def _between(pieces: Pieces, node: syntax.Product, elsewhere: Elsewhere) -> Iterator[Found]:
    """Yield a factor more between two."""
    places = [pieces.stretch(factor) for factor in node.factors]
    for k in range(len(places) - 1):
        if pieces.is_number(node.factors[k]) or enclosed(pieces.text):
            continue
        for name in few(_matrices(pieces, elsewhere)):
            gap = (places[k][1], places[k + 1][0])
            yield [(*gap, f" {name} ")], 2, f"a factor `{name}`"


def _terms(pieces: Pieces, node: syntax.Node, elsewhere: Elsewhere) -> Iterator[Found]:
    """Yield a term more: one like those that are written, or a factor that stands alone."""
    terms = [term for _, term in node.terms] if isinstance(node, syntax.Sum) else [node]
    start, end = pieces.stretch(node)
    found = dict.fromkeys(new for term in terms[:4] for new in like(pieces, term, elsewhere))
    written = {pieces.latex(term) for term in terms}
    for new in [new for new in found if new not in written][: 2 * MOST_BORROWED]:
        yield [(end, end, f" + {new}")], 2, f"a term `{new}`"
        yield [(end, end, f" - {new}")], 3, f"a term `-{new}`"
    for new in few(part for part in elsewhere.parts if part not in written):
        yield [(end, end, f" + {new}")], 3, f"a term `{new}`"
        yield [(end, end, f" - {new}")], 3, f"a term `-{new}`"
        if not isinstance(node, syntax.Sum):
            yield [(start, start, f"{new} - ")], 3, f"`{new} - {pieces.latex(node)}`"


def like(pieces: Pieces, node: syntax.Node, elsewhere: Elsewhere) -> Iterator[str]:
    """Yield a term with one of its names, wherever it stands, replaced by another of the step."""
    start, end = pieces.stretch(node)
    names = list(names_in_tree(node))
    for name in few(dict.fromkeys(part.name for part in names)):
        places = [pieces.stretch(part) for part in names if part.name == name]
        if name not in elsewhere.names:
            continue
        for other in few(elsewhere.names):
            if other != name:
                moved = [(a - start, b - start, other) for a, b in places]
                yield spliced(pieces.text[start:end], moved)


def few(found: Iterable[str]) -> list[str]:
    """Return the first few of some pieces."""
    return list(islice(found, MOST_BORROWED))


def inverses(pieces: Pieces, node: syntax.Node, elsewhere: Elsewhere) -> Iterator[Found]:
    """Yield the inverse of what may have one; first of what has one elsewhere."""
    latex = pieces.latex(node)
    if not pieces.is_square(node) or not (isinstance(node, syntax.Name) or enclosed(latex)):
        return
    known = latex in elsewhere.inverted or pieces.is_invertible(node)
    base = pieces.at_least(node, BASE)
    yield pieces.whole(node, f"{base}^{{-1}}"), 1 if known else 3, f"the inverse of `{latex}`"


def _nodes_of(node: object) -> Iterator[syntax.Node]:
    for part in parts_of(node):
        if isinstance(part, syntax.Node):
            yield part
        else:
            yield from _nodes_of(part)
