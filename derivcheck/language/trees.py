"""What each rule of the grammar builds: the callbacks of the parser, one per rule or alias.

Only assembly happens here; every decision was made by the terminals or the grammar.
"""

from __future__ import annotations

from fractions import Fraction as Rational
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from derivcheck.language import syntax as tree
from derivcheck.language.heads import BigHead, CallHead, DerivativeHead, SpaceHead, Terminal

_MEMBERSHIPS = frozenset((r"\in", r"\notin", r"\sim"))


class TreeBuilder:
    """Callbacks for the rules of ``grammar.lark``; each gets the values of its parts."""

    # Statements --------------------------------------------------------------------------------

    def chain(self, children: list[Any]) -> list[tree.Node]:
        """`a = b = c`: a Relation for each link; neighbours share the node between them."""
        items, links = children
        sign, rhs = links[0]
        lhs = items[0]
        names = tuple(item.name for item in items if isinstance(item, tree.Name))
        result: list[tree.Node] = []
        if sign.value in _MEMBERSHIPS or len(items) == 1:
            member = sign.value in _MEMBERSHIPS
            result.append(_relation(lhs, sign, rhs, names if member else ()))
        else:
            result.extend(_relation(item, sign, rhs, ()) for item in items)
        for following, right in links[1:]:
            result.append(_relation(rhs, following, right, ()))
            rhs = right
        return result

    def opened(self, children: list[Any]) -> list[tree.Node]:
        """`= c`: the left side stands in an earlier display."""
        lhs: tree.Node | None = None
        result: list[tree.Node] = []
        for sign, rhs in children[0]:
            result.append(_relation(lhs, sign, rhs, ()))
            lhs = rhs
        return result

    def property(self, children: list[Any]) -> list[tree.Node]:
        """Return the subjects with the words about them."""
        items, words = children
        return [tree.Property(items[0].start, words.end, tuple(items), words.value)]

    def signature(self, children: list[Any]) -> list[tree.Node]:
        """Return the functions with their domains and their codomain."""
        items, _, spaces, end = children
        names = tuple(
            item.name for item in items if isinstance(item, tree.Name | tree.FunctionName)
        )
        *domains, codomain = spaces
        return [tree.Signature(items[0].start, end.end, names, tuple(domains), codomain)]

    def bare(self, children: list[Any]) -> list[tree.Node]:
        """Return expressions that state nothing."""
        return list(children[0])

    def items(self, children: list[Any]) -> list[tree.Node]:
        """Drop the commas of a list."""
        return children[::2]

    def links(self, children: list[Any]) -> list[Any]:
        """Return (sign, right side) for each link."""
        return children

    def link(self, children: list[Any]) -> tuple[Terminal, tree.Node]:
        """Return one sign with its right side."""
        return children[0], children[1]

    # Sums and products -------------------------------------------------------------------------

    def expression(self, children: list[Any]) -> tree.Node:
        """Return the sum of signed terms; a single positive term is itself."""
        terms = children[0]
        if len(terms) == 1 and terms[0][1] == 1:
            node: tree.Node = terms[0][2]
            return node
        return tree.Sum(
            terms[0][0], terms[-1][2].end, tuple((sign, term) for _, sign, term in terms)
        )

    def first_term(self, children: list[Any]) -> list[Any]:
        """Begin a sum."""
        return [(children[0].start, 1, children[0])]

    def signed_term(self, children: list[Any]) -> list[Any]:
        """Begin a sum with a sign."""
        sign, term = children
        return [(sign.start, sign.value, term)]

    def next_term(self, children: list[Any]) -> list[Any]:
        """Go on with a sum."""
        terms, sign, term = children
        terms.append((sign.start, sign.value, term))
        result: list[Any] = terms
        return result

    def sign(self, children: list[Any]) -> Terminal:
        """Return the sign's terminal."""
        terminal: Terminal = children[0]
        return terminal

    def binary(self, children: list[Any]) -> tree.Node:
        r"""Build `\otimes`, `\odot`, `:`; `\circ` composes two function names."""
        left, sign, right = children
        operator = sign.value
        if sign.text == r"\circ" and _is_function(left) and _is_function(right):
            operator = "compose"
        return tree.Binary(left.start, right.end, operator, left, right)

    def product(self, children: list[Any]) -> tree.Node:
        """Return the product of a run of factors; a single factor is itself."""
        return _product(children[0])

    def first_factor(self, children: list[Any]) -> _Factors:
        """Begin a product."""
        return _Factors([children[0]])

    def next_factor(self, children: list[Any]) -> _Factors:
        """Go on with a product."""
        factors: _Factors = children[0]
        factors.nodes.append(children[-1])
        return factors

    def next_dotted(self, children: list[Any]) -> _Factors:
        r"""Go on with a product behind a `\cdot`."""
        factors: _Factors = children[0]
        if children[1].text == r"\cdot":
            factors.dotted.append(len(factors.nodes))
        factors.nodes.append(children[-1])
        return factors

    def next_divided(self, children: list[Any]) -> _Factors:
        """Divide all that stands before the slash by the factor after it."""
        factors, _, divisor = children
        above = _product(factors)
        return _Factors([tree.Fraction(above.start, divisor.end, above, divisor)])

    # Factors -----------------------------------------------------------------------------------

    def power(self, children: list[Any]) -> tree.Node:
        """Build `X^{k-1}`."""
        base, _, parts, end = children
        return tree.Power(base.start, end.end, base, parts[0])

    def component(self, children: list[Any]) -> tree.Node:
        """Build `A_{ij}`."""
        base, _, parts, end = children
        return tree.Component(base.start, end.end, base, tuple(parts))

    def transpose(self, children: list[Any]) -> tree.Node:
        r"""Build `A^\top`."""
        return tree.Transpose(children[0].start, max(children[1].end, children[0].end), children[0])

    def pseudo(self, children: list[Any]) -> tree.Node:
        """Build `A^+`."""
        return tree.PseudoInverse(children[0].start, children[1].end, children[0])

    def leaf(self, children: list[Any]) -> tree.Node:
        """Return the node that the terminal carries."""
        node: tree.Node = children[0].value
        return node

    def brackets(self, children: list[Any]) -> tree.Node:
        """Brackets leave no trace in the tree but the place of their content."""
        opening, node, closing = children
        result: tree.Node = replace(node, start=opening.start, end=closing.end)
        return result

    def parts(self, children: list[Any]) -> list[tree.Node]:
        """Drop the marks between parts."""
        return children[::2]

    def condition(self, children: list[Any]) -> tree.Node:
        """Build a relation inside another construct."""
        lhs, sign, rhs = children
        return _relation(lhs, sign, rhs, ())

    def head(self, children: list[Any]) -> Terminal:
        """Return the head's terminal."""
        terminal: Terminal = children[0]
        return terminal

    def construct(self, children: list[Any]) -> tree.Node:
        """Build what a head with its parts stands for."""
        head, parts, end = children
        build = getattr(self, "_" + head.type.lower())
        node: tree.Node = build(head, parts, head.start, max(end.end, head.end))
        return node

    # Constructs --------------------------------------------------------------------------------

    def _call(self, head: Terminal, parts: list[tree.Node], start: int, end: int) -> tree.Node:
        call: CallHead = head.value
        count = call.parameters
        function = call.function
        if function is None:
            function, parts = parts[0], parts[1:]
        return tree.Call(
            start, end, function, tuple(parts[count:]), tuple(parts[:count]), call.power
        )

    def _sized(self, head: Terminal, parts: list[tree.Node], start: int, end: int) -> tree.Node:
        return tree.Builtin(start, end, head.value, tuple(parts))

    def _fraction(self, _: Terminal, parts: list[tree.Node], start: int, end: int) -> tree.Node:
        return tree.Fraction(start, end, parts[0], parts[1])

    def _root(self, head: Terminal, parts: list[tree.Node], start: int, end: int) -> tree.Node:
        if len(parts) == 1:
            function = tree.FunctionName(start, head.start, "sqrt", 0, False)
            return tree.Call(start, end, function, (parts[0],))
        degree = parts[1]
        one = tree.Number(degree.start, degree.end, Rational(1))
        exponent = tree.Fraction(degree.start, degree.end, one, degree)
        return tree.Power(start, end, parts[0], exponent)

    def _norm(self, head: Terminal, parts: list[tree.Node], start: int, end: int) -> tree.Node:
        return tree.Norm(start, end, parts[0], head.value)

    def _two_sided(self, head: Terminal, parts: list[tree.Node], start: int, end: int) -> tree.Node:
        return tree.Binary(start, end, head.value, parts[0], parts[1])

    def _big(self, head: Terminal, parts: list[tree.Node], start: int, end: int) -> tree.Node:
        big: BigHead = head.value
        limits = list(parts[:-1])
        lower = limits.pop(0) if big.lower else None
        upper = limits.pop(0) if big.upper else None
        return tree.BigOperator(start, end, big.operator, big.indices, lower, upper, parts[-1])

    def _derivative(
        self, head: Terminal, parts: list[tree.Node], start: int, end: int
    ) -> tree.Node:
        mark: DerivativeHead = head.value
        variables = tuple(_variable(part) for part in parts[1:])
        return tree.Derivative(start, end, mark.notation, mark.order, parts[0], variables)

    def _differential(self, _: Terminal, parts: list[tree.Node], start: int, end: int) -> tree.Node:
        return tree.Differential(start, end, parts[0])

    def _restricted(self, _: Terminal, parts: list[tree.Node], start: int, end: int) -> tree.Node:
        return tree.Restricted(start, end, parts[0], tuple(parts[1:]))

    def _matrix(self, head: Terminal, parts: list[tree.Node], start: int, end: int) -> tree.Node:
        width = head.value[0]
        rows = tuple(tuple(parts[at : at + width]) for at in range(0, len(parts), width))
        return tree.Matrix(start, end, rows)

    def _cases(self, head: Terminal, parts: list[tree.Node], start: int, end: int) -> tree.Node:
        rest = iter(parts)
        branches = tuple((next(rest), next(rest) if flag else None) for flag in head.value)
        return tree.Cases(start, end, branches)

    def _space(self, head: Terminal, parts: list[tree.Node], start: int, end: int) -> tree.Node:
        space: SpaceHead = head.value
        return tree.Space(start, end, space.kind, tuple(parts), space.word)


def _relation(
    lhs: tree.Node | None, sign: Terminal, rhs: tree.Node, names: tuple[str, ...]
) -> tree.Relation:
    start = sign.start if lhs is None else lhs.start
    return tree.Relation(start, rhs.end, sign.value, sign.start, lhs, rhs, names)


class _Factors(Struct):
    """A product that is being read."""

    nodes: list[tree.Node]
    dotted: list[int] = field(default_factory=list)


def _product(factors: _Factors) -> tree.Node:
    nodes = factors.nodes
    if len(nodes) == 1:
        return nodes[0]
    return tree.Product(nodes[0].start, nodes[-1].end, tuple(nodes), tuple(factors.dotted))


def _variable(node: tree.Node) -> tree.Variable:
    if isinstance(node, tree.Transpose):
        return tree.Variable(node.start, node.end, node.base, True)
    return tree.Variable(node.start, node.end, node, False)


def _is_function(node: tree.Node) -> bool:
    if isinstance(node, tree.Binary):
        return node.operator == "compose"
    return isinstance(node, tree.FunctionName)


def height(node: tree.Node) -> int:
    """Return how many nodes lie on the longest path from the root; iterative."""
    deepest = 0
    pending: list[tuple[Any, int]] = [(node, 1)]
    while pending:
        part, depth = pending.pop()
        deepest = max(deepest, depth)
        if isinstance(part, tuple):
            pending.extend((item, depth) for item in part)
        elif isinstance(part, tree.Node):
            for slot in part.__struct_fields__:
                value = getattr(part, slot)
                if isinstance(value, tuple | tree.Node):
                    pending.append((value, depth + 1))
    return deepest
