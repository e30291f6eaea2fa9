"""Overlaps of rules: the smallest diagrams that two rules rewrite in different ways.

Source: Knuth & Bendix (1970); for words Mora, An introduction to commutative and noncommutative
Gröbner bases, Theoret. Comput. Sci. 134 (1994) 131-173. Here words are diagrams: an overlap joins some
factors of one left side with factors of the other. Joining two factors forces others to be joined,
because a bound node has no factors but those the left side shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from derivcheck.prover.diagrams import DELTA, Node, Part
from derivcheck.prover.rewriting import Alphabet, Rewriter, Rule

MAX_OVERLAPS = 24
"""Overlaps of one pair of rules that are looked at."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two rules that meet in one diagram.

    Attributes:
        first, second: the rules.
        rests: what each leaves over of the diagram.
        nodes: where the ports of each stand.
        ports: the sizes of the free nodes of the diagram.
        weight: that of the diagram.
    """

    first: Rule
    second: Rule
    rests: tuple[tuple[Part, ...], tuple[Part, ...]]
    nodes: tuple[tuple[Node, ...], tuple[Node, ...]]
    ports: tuple[Any, ...]
    weight: int


def overlaps(rewriter: Rewriter, first: Rule, second: Rule) -> Iterator[Overlap]:
    """Yield the overlaps of two rules (of one with itself, other than the trivial one).

    Raises:
        Never.

    Cost:
        At most ``MAX_OVERLAPS`` joins.
    """
    if not first.mask & second.mask:
        return
    seen: set[frozenset[tuple[int, int]]] = set()
    tried = 0
    for i, left in enumerate(first.left):
        for j, right in enumerate(second.left):
            if left[0] != right[0] or left[0] == DELTA:
                continue
            for turned in rewriter.turns(right):
                rewriter.spend(5)
                join = _Join(rewriter, first, second)
                if not join.add(i, j, turned) or not join.close():
                    continue
                key = frozenset(join.pairs)
                if first is second:
                    if join.is_trivial():
                        continue
                    key = min(key, frozenset((b, a) for a, b in key), key=sorted)
                if key in seen:
                    continue
                seen.add(key)
                tried += 1
                if tried > MAX_OVERLAPS:
                    return
                yield join.overlap(rewriter.alphabet)


class _Join:
    """Factors of two left sides taken as one; nodes of the first are (0, n), of the second (1, n)."""

    def __init__(self, rewriter: Rewriter, first: Rule, second: Rule) -> None:
        self.rewriter = rewriter
        self.rules = (first, second)
        self.pairs: list[tuple[int, int]] = []
        self.parent: dict[tuple[int, Node], tuple[int, Node]] = {}

    def root(self, node: tuple[int, Node]) -> tuple[int, Node]:
        while node in self.parent:
            node = self.parent[node]
        return node

    def _is_constant(self, side: int, node: Node) -> bool:
        return node < -len(self.rules[side].equation.ports)

    def add(self, i: int, j: int, turned: Part) -> bool:
        """Join factor i of the first rule with factor j of the second, in the order given."""
        self.pairs.append((i, j))
        for a, b in zip(self.rules[0].left[i][1:], turned[1:], strict=True):
            if self._is_constant(0, a) or self._is_constant(1, b):
                if a != b:
                    return False
                continue
            x, y = self.root((0, a)), self.root((1, b))
            if x != y:
                self.parent[x] = y
        return True

    def classes(self) -> dict[tuple[int, Node], list[tuple[int, Node]]]:
        found: dict[tuple[int, Node], list[tuple[int, Node]]] = {}
        for side, rule in enumerate(self.rules):
            for node in dict.fromkeys(n for part in rule.left for n in part[1:]):
                if not self._is_constant(side, node):
                    found.setdefault(self.root((side, node)), []).append((side, node))
        return found

    def close(self) -> bool:
        """Join what must be joined; False if that is impossible."""
        while True:
            classes = self.classes()
            missing = None
            for members in classes.values():
                for side in (0, 1):
                    bound = [n for s, n in members if s == side and n >= 0]
                    if not bound:
                        continue
                    if len([n for s, n in members if s == side]) > 1:
                        return False
                    others = {n for s, n in members if s != side}
                    missing = self._lonely(side, bound[0], others)
                    if missing is not None:
                        break
                if missing is not None:
                    break
            if missing is None:
                return True
            if not self._join_with_any(*missing):
                return False

    def _lonely(
        self, side: int, node: Node, others: set[Node]
    ) -> tuple[int, int, list[int]] | None:
        """Return a factor of the other rule that must be joined, and its possible partners."""
        joined = {pair[1 - side] for pair in self.pairs}
        mine = {pair[side] for pair in self.pairs}
        for k, part in enumerate(self.rules[1 - side].left):
            if k not in joined and others & set(part[1:]):
                partners = [
                    p
                    for p, own in enumerate(self.rules[side].left)
                    if p not in mine and own[0] == part[0] and node in own[1:]
                ]
                return 1 - side, k, partners
        return None

    def _join_with_any(self, side: int, factor: int, partners: list[int]) -> bool:
        """Join a factor with the first partner that fits."""
        for partner in partners:
            i, j = (factor, partner) if side == 0 else (partner, factor)
            for turned in self.rewriter.turns(self.rules[1].left[j]):
                before, pairs = dict(self.parent), list(self.pairs)
                if self.add(i, j, turned) and self._is_possible():
                    return True
                self.parent, self.pairs = before, pairs
        return False

    def _is_possible(self) -> bool:
        for members in self.classes().values():
            for side in (0, 1):
                own = [n for s, n in members if s == side]
                if len(own) > 1 and any(n >= 0 for n in own):
                    return False
        return True

    def is_trivial(self) -> bool:
        """Return whether a rule is laid on itself."""
        return len(self.pairs) == len(self.rules[0].left) and all(i == j for i, j in self.pairs)

    def overlap(self, alphabet: Alphabet) -> Overlap:
        """Return the diagram in which both rules stand."""
        names: dict[tuple[int, Node], Node] = {}
        sizes: list[Any] = []
        bound = 0
        for root, members in self.classes().items():
            if any(n >= 0 for _, n in members):
                names[root] = bound
                bound += 1
            else:
                side, node = members[0]
                sizes.append(self.rules[side].equation.ports[-1 - node])
                names[root] = -len(sizes)

        def name(side: int, node: Node) -> Node:
            return node if self._is_constant(side, node) else names[self.root((side, node))]

        rests = []
        for side in (0, 1):
            joined = {pair[1 - side] for pair in self.pairs}
            other = self.rules[1 - side].left
            rests.append(
                tuple(
                    [
                        (part[0], *[name(1 - side, n) for n in part[1:]])
                        for k, part in enumerate(other)
                        if k not in joined
                    ]
                )
            )
        # a port that a left side does not show never makes a rule, see ``oriented``
        nodes = tuple(
            tuple([name(side, -1 - k) for k in range(len(rule.equation.ports))])
            for side, rule in enumerate(self.rules)
        )
        weight = alphabet.weight(self.rules[0].left) + alphabet.weight(rests[0])
        return Overlap(
            *self.rules, (rests[0], rests[1]), (nodes[0], nodes[1]), tuple(sizes), weight
        )
