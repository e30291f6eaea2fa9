"""Diagrams: products of factors, known up to the names of their bound indices.

A *letter* is a kind of factor (an entry of A, of the inverse of a certain sum, …) with a number of
*ends*. A diagram is a product of letters whose ends are joined at *nodes*: a node below 0 is free
(a position of the result), one from 0 on is bound (summed over). A matrix product is a path, a
trace a circle; a transposed factor is the same letter met from its other end. Diagrams are kept in
one form: two that differ only in the names of bound nodes, in the order of factors, or in the order
of the ends of a symmetric letter are the same tuple. (Where a diagram has very many automorphisms
the form is searched only up to a limit; then equal diagrams may be told apart, which loses proofs,
never makes one.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from derivcheck.limits import TIES as MAX_TIES
from derivcheck.prover.limits_met import note_limit

Node = int
Part = tuple[int, ...]
"""A factor: its letter, then the node of each end."""

Diagram = tuple[Part, ...]
Poly = dict[Diagram, Fraction]
"""A sum of diagrams."""

DELTA = 0
"""The letter of the Kronecker delta."""


_UNSEEN = 1 << 40


def order(node: Node) -> int:
    """Return where a node stands among the ends of a symmetric letter: -1, -2, …, then 0, 1, …."""
    return node if node >= 0 else -_UNSEEN - node


def shifted(parts: Iterable[Part], nodes: Mapping[Node, Node]) -> list[Part]:
    """Return parts with their nodes renamed."""
    return [(part[0], *[nodes[node] for node in part[1:]]) for part in parts]


class Forms:
    """The one form of each diagram, with some letters symmetric."""

    def __init__(self, symmetric: set[int]) -> None:
        self.symmetric = symmetric
        self._known: dict[Diagram, Diagram] = {}

    def form(self, parts: Iterable[Part]) -> Diagram:
        """Return the form of a product."""
        raw = tuple(parts)
        found = self._known.get(raw)
        if found is None:
            found = self._known[raw] = self.form_and_nodes(raw)[0]
        return found

    def form_and_nodes(self, raw: Diagram) -> tuple[Diagram, dict[Node, Node]]:
        """Return the form of a product and the new name of each node."""
        connected = list(components(raw))
        walked = [self._component(component) for component in connected]
        ranked = sorted(range(len(walked)), key=lambda k: walked[k][0])
        result: list[Part] = []
        names: dict[Node, Node] = {}
        offset = 0
        for k in ranked:
            code, own = walked[k]
            for part in code:
                result.append((part[0], *[n + offset if n >= 0 else n for n in part[1:]]))
            bound = [n for n in own if n >= 0]
            names.update((n, own[n] + offset if n >= 0 else n) for n in own)
            offset += len(bound)
        return tuple(result), names

    def _component(self, parts: list[Part]) -> tuple[Diagram, dict[Node, Node]]:
        """Return the smallest walk through a connected product, and how it names nodes."""
        if len(parts) == 1 and all(node < 0 for node in parts[0][1:]):
            part = parts[0]
            if part[0] in self.symmetric and part[1] < part[2]:
                part = (part[0], part[2], part[1])
            return (part,), {node: node for node in part[1:]}
        walk = _Walk(parts, self.symmetric)
        best: tuple[Diagram, dict[Node, Node]] | None = None
        for found in walk.all():
            if best is None or found[0] < best[0]:
                best = found
        assert best is not None
        return best


def components(parts: Diagram) -> Iterator[list[Part]]:
    """Yield the parts that bound nodes connect."""
    if len(parts) == 1:
        yield list(parts)
        return
    at: dict[Node, list[int]] = {}
    for k, part in enumerate(parts):
        for node in part[1:]:
            if node >= 0:
                at.setdefault(node, []).append(k)
    seen = [False] * len(parts)
    for start in range(len(parts)):
        if seen[start]:
            continue
        seen[start] = True
        waiting, found = [start], []
        while waiting:
            k = waiting.pop()
            found.append(parts[k])
            for node in parts[k][1:]:
                if node >= 0:
                    for other in at[node]:
                        if not seen[other]:
                            seen[other] = True
                            waiting.append(other)
        yield found


class _Walk:
    """Walks through a connected product from a distinguished place, naming nodes on the way."""

    def __init__(self, parts: list[Part], symmetric: set[int]) -> None:
        self.parts = parts
        self.symmetric = symmetric
        self.at: dict[Node, list[int]] = {}
        for k, part in enumerate(parts):
            for node in set(part[1:]):
                self.at.setdefault(node, []).append(k)
        self.tries = 0

    def all(self) -> Iterator[tuple[Diagram, dict[Node, Node]]]:
        """Yield walks; the smallest of them is an invariant unless there were too many."""
        free = sorted(n for n in self.at if n < 0)
        if free:
            yield from self._walks([], {}, free, set())
            return
        for start, part in self._starts():
            code: list[Part] = []
            names: dict[Node, Node] = {}
            stack: list[Node] = []
            self._enter(part, code, names, stack)
            yield from self._walks(code, names, stack, {start})

    def _starts(self) -> Iterator[tuple[int, Part]]:
        """Yield the rarest factors, in each order of the ends of a symmetric one."""
        count: dict[int, int] = {}
        for part in self.parts:
            count[part[0]] = count.get(part[0], 0) + 1
        rarest = min((number, letter) for letter, number in count.items())[1]
        for k, part in enumerate(self.parts):
            if part[0] == rarest:
                yield k, part
                if part[0] in self.symmetric and part[1] != part[2]:
                    yield k, (part[0], part[2], part[1])

    def _walks(
        self,
        code: list[Part],
        names: dict[Node, Node],
        stack: list[Node],
        used: set[int],
    ) -> Iterator[tuple[Diagram, dict[Node, Node]]]:
        """Go on from the node on top of the stack; factors that tie are each tried first."""
        while stack:
            node = stack[-1]
            options = sorted(
                (self._key(self.parts[k], names), k) for k in self.at[node] if k not in used
            )
            if not options:
                stack.pop()
                continue
            key, k = options[0]
            tied = [other for also, other in options[1:] if also == key and _UNSEEN in also]
            for other in tied:
                if self.tries >= MAX_TIES:
                    note_limit(f"over {MAX_TIES} ways to walk through a product")
                    break
                self.tries += 1
                further, named, below = list(code), dict(names), list(stack)
                self._enter(self._turned(self.parts[other], names), further, named, below)
                yield from self._walks(further, named, below, used | {other})
            used = used | {k}
            self._enter(self._turned(self.parts[k], names), code, names, stack)
        yield tuple(code), {**names, **{n: n for n in self.at if n < 0}}

    def _turned(self, part: Part, names: Mapping[Node, Node]) -> Part:
        """Return a symmetric part so that it is entered at its first end, or ordered."""
        if part[0] not in self.symmetric or part[1] == part[2]:
            return part
        first, second = (names.get(n, order(n) if n < 0 else _UNSEEN) for n in part[1:])
        if second < first:
            return (part[0], part[2], part[1])
        return part

    def _key(self, part: Part, names: Mapping[Node, Node]) -> Part:
        ends = [names.get(n, order(n) if n < 0 else _UNSEEN) for n in part[1:]]
        if part[0] in self.symmetric:
            ends.sort()
        return (part[0], *ends)

    def _enter(
        self, part: Part, code: list[Part], names: dict[Node, Node], stack: list[Node]
    ) -> None:
        new = []
        for node in part[1:]:
            if node >= 0 and node not in names:
                names[node] = len(names)
                new.append(node)
        code.append((part[0], *[names.get(n, n) for n in part[1:]]))
        stack.extend(reversed(new))
