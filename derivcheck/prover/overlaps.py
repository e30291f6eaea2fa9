"""Overlaps of rules: the smallest diagrams that two rules rewrite in different ways.

Source: Knuth & Bendix (1970); for words Mora, An introduction to commutative and noncommutative
Gröbner bases, Theoret. Comput. Sci. 134 (1994) 131-173. Here words are diagrams: an overlap joins
some factors of one left side with factors of the other. Joining two factors forces others to be
joined, because a bound node has no factors but those the left side shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from derivcheck.prover.diagrams import DELTA, Node, Part, components
from derivcheck.prover.rewriting import Alphabet, Rewriter, Rule


class Overlap(Struct, frozen=True):
    """Two rules that meet in one diagram.

    Attributes:
        first, second: the rules.
        rests: what each leaves over of the diagram.
        nodes: where the ports of each stand.
        ports: the sizes of the free nodes of the diagram.
        weight: that of the diagram.
        further: more factors are joined than one pair asks for.
    """

    first: Rule
    second: Rule
    rests: tuple[tuple[Part, ...], tuple[Part, ...]]
    nodes: tuple[tuple[Node, ...], tuple[Node, ...]]
    ports: tuple[Any, ...]
    weight: int
    further: bool = False

    def meets(self) -> bool:
        """Return whether what each rule leaves over meets what the other does."""
        mine, theirs = ({node for part in rest for node in part[1:]} for rest in self.rests)
        return not mine.isdisjoint(theirs)


def overlaps(rewriter: Rewriter, first: Rule, second: Rule, heaviest: int) -> Iterator[Overlap]:
    """Yield the overlaps of two rules (of one with itself, other than the trivial one).

    Those with more ports than either rule has are left out, unless it is one more and what the two
    leave over meets.

    Args:
        rewriter: it counts the work.
        first: a rule.
        second: another, or the same.
        heaviest: what weighs more is left out.

    Raises:
        OutOfBudgetError: when the rewriter's work is done.
    """
    if not first.mask & second.mask & ~1:
        return
    # two diagrams side by side that share nothing but a factor say little together
    most = max(len(first.equation.ports), len(second.equation.ports))
    seen: set[frozenset[tuple[int, int]]] = set()
    for join, further in _joins(rewriter, first, second):
        weight = join.weight(rewriter.alphabet)
        if weight > heaviest:
            continue
        key = frozenset(join.pairs)
        if first is second:
            if join.is_trivial():
                continue
            key = min(key, frozenset((b, a) for a, b in key), key=sorted)
        if key not in seen:
            seen.add(key)
            found = join.overlap(weight, further=further)
            if len(found.ports) <= most + found.meets():
                yield found


def _joins(rewriter: Rewriter, first: Rule, second: Rule) -> Iterator[tuple[_Join, bool]]:
    """Yield the smallest joins; of left sides that are no paths those of one pair more, too.

    On paths a further pair would close a circle, see ``circles``.
    """
    wide = any(len(part) > 3 for part in (*first.left, *second.left)) or any(
        len(list(components(rule.left))) > 1 for rule in (first, second)
    )
    for pair in _pairs(rewriter, first, second):
        join = _Join(rewriter, first, second)
        rewriter.spend(5)
        if not join.add(*pair) or not join.close():
            continue
        yield join, False
        if not wide:
            continue
        for other in _pairs(rewriter, first, second):
            if other[0] in join.joined[0] or other[1] in join.joined[1]:
                continue
            wider = _Join(rewriter, first, second)
            rewriter.spend(5)
            if wider.add(*pair) and wider.add(*other) and wider.close():
                yield wider, True


def _pairs(rewriter: Rewriter, first: Rule, second: Rule) -> Iterator[tuple[int, int, Part]]:
    """Yield the pairs of factors of one letter, the second in each order of its ends."""
    for i, left in enumerate(first.left):
        for j, right in enumerate(second.left):
            if left[0] == right[0] != DELTA:
                for turned in rewriter.turns(right):
                    yield i, j, turned


class _Join:
    """Factors of two left sides taken as one, and the nodes that this makes one.

    ``home`` maps each node of either rule, (0, n) or (1, n), to its class: the nodes of the first
    rule in it and those of the second.
    """

    def __init__(self, rewriter: Rewriter, first: Rule, second: Rule) -> None:
        self.rewriter = rewriter
        self.rules = (first, second)
        self.pairs: list[tuple[int, int]] = []
        self.joined: tuple[set[int], set[int]] = (set(), set())
        self.home: dict[tuple[int, Node], tuple[list[Node], list[Node]]] = {}
        self.waiting: list[tuple[list[Node], list[Node]]] = []

    def is_constant(self, side: int, node: Node) -> bool:
        """Return whether a node is a fixed position or an index of the goal."""
        return node < -len(self.rules[side].equation.ports)

    def members(self, side: int, node: Node) -> tuple[list[Node], list[Node]]:
        """Return the class of a node."""
        found = self.home.get((side, node))
        if found is None:
            found = self.home[side, node] = ([node], []) if side == 0 else ([], [node])
        return found

    def add(self, i: int, j: int, turned: Part) -> bool:
        """Join factor i of the first rule with factor j of the second; False if that cannot be."""
        self.pairs.append((i, j))
        self.joined[0].add(i)
        self.joined[1].add(j)
        for a, b in zip(self.rules[0].left[i][1:], turned[1:], strict=True):
            if self.is_constant(0, a) or self.is_constant(1, b):
                if a != b:
                    return False
                continue
            one, other = self.members(0, a), self.members(1, b)
            if one is not other:
                for side in (0, 1):
                    one[side].extend(other[side])
                    for node in other[side]:
                        self.home[side, node] = one
                    # a bound node is no other node of its own rule
                    if len(one[side]) > 1 and any(n >= 0 for n in one[side]):
                        return False
                self.waiting.append(one)
        return True

    def close(self) -> bool:
        """Join what must be joined; False if that is impossible."""
        while self.waiting:
            found = self.waiting.pop()
            for side in (0, 1):
                if found[side] and found[side][0] >= 0:
                    node = found[side][0]
                    for other in tuple(found[1 - side]):
                        for factor in self.rules[1 - side].at[other]:
                            if factor in self.joined[1 - side]:
                                continue
                            if not self._join_with_any(side, node, factor):
                                return False
        return True

    def _join_with_any(self, side: int, node: Node, factor: int) -> bool:
        """Join a factor of the other rule with the first at a bound node that fits."""
        letter = self.rules[1 - side].left[factor][0]
        for partner in self.rules[side].at[node]:
            if partner in self.joined[side] or self.rules[side].left[partner][0] != letter:
                continue
            i, j = (partner, factor) if side == 0 else (factor, partner)
            for turned in self.rewriter.turns(self.rules[1].left[j]):
                kept = self._copy()
                if self.add(i, j, turned):
                    return True
                self.pairs, self.joined, self.home, self.waiting = kept
        return False

    def _copy(self) -> tuple[Any, Any, Any, Any]:
        fresh: dict[int, tuple[list[Node], list[Node]]] = {}
        for members in [*self.home.values(), *self.waiting]:
            if id(members) not in fresh:
                fresh[id(members)] = (list(members[0]), list(members[1]))
        return (
            list(self.pairs),
            (set(self.joined[0]), set(self.joined[1])),
            {key: fresh[id(members)] for key, members in self.home.items()},
            [fresh[id(members)] for members in self.waiting],
        )

    def is_trivial(self) -> bool:
        """Return whether a rule is laid on itself."""
        return len(self.pairs) == len(self.rules[0].left) and all(i == j for i, j in self.pairs)

    def weight(self, alphabet: Alphabet) -> int:
        """Return the weight of the diagram in which both rules stand."""
        second = self.rules[1].left
        own = [second[k] for k in range(len(second)) if k not in self.joined[1]]
        return alphabet.weight(self.rules[0].left) + alphabet.weight(own)

    def overlap(self, weight: int, *, further: bool) -> Overlap:
        """Return the diagram in which both rules stand."""
        names: dict[int, Node] = {}
        sizes: list[Any] = []
        bound = 0
        for side, rule in enumerate(self.rules):
            for node in rule.at:
                if self.is_constant(side, node):
                    continue
                members = self.members(side, node)
                if id(members) in names:
                    continue
                if any(n >= 0 for own in members for n in own):
                    names[id(members)] = bound
                    bound += 1
                else:
                    sizes.append(rule.equation.ports[-1 - node])
                    names[id(members)] = -len(sizes)

        def name(side: int, node: Node) -> Node:
            return node if self.is_constant(side, node) else names[id(self.members(side, node))]

        rests = [
            tuple(
                [
                    (part[0], *[name(1 - side, n) for n in part[1:]])
                    for k, part in enumerate(self.rules[1 - side].left)
                    if k not in self.joined[1 - side]
                ]
            )
            for side in (0, 1)
        ]
        nodes = [
            tuple([name(side, -1 - k) for k in range(len(rule.equation.ports))])
            for side, rule in enumerate(self.rules)
        ]
        return Overlap(
            *self.rules,
            (rests[0], rests[1]),
            (nodes[0], nodes[1]),
            tuple(sizes),
            weight,
            further,
        )
