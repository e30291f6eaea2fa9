"""Equations between diagrams as rewrite rules: matching, rewriting, overlaps.

Every equation remembers how it follows from the axioms: as a sum of multiples of other equations.
So whatever is rewritten here ends as a list of multiples of axioms, which the kernel checks;
nothing in this module has to be trusted, and what a rule matches wrongly can only lose a proof.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from msgspec import Struct, field

from derivcheck.limits import REWRITES as MAX_REWRITES
from derivcheck.limits import REWRITING as MAX_WORK
from derivcheck.prover.diagrams import DELTA, Diagram, Forms, Node, Part, Poly, shifted
from derivcheck.terms.term import OutOfBudgetError


class Letter(Struct, frozen=True):
    """A kind of factor.

    Attributes:
        key: what makes it this letter.
        sizes: the size of each end.
        weight: what a diagram weighs more with it; rules make diagrams lighter.
        rank: which of two letters of one weight a rule keeps: the smaller.
    """

    key: Any
    sizes: tuple[Any, ...]
    weight: int
    rank: tuple[int, int]


class Alphabet:
    """The letters of one goal, as numbers; ``constants`` are the nodes of fixed positions."""

    def __init__(self) -> None:
        self.letters: list[Letter] = [Letter("delta", (None, None), 0, (-1, 0))]
        self.numbers: dict[Any, int] = {"delta": DELTA}
        self.inherent: set[int] = {DELTA}
        self.symmetric: dict[int, Equation] = {}
        self.constants: dict[Node, tuple[int, Any]] = {}
        self.forms = Forms({DELTA})
        self._measured: dict[Diagram, Any] = {}

    def letter(self, key: Any, sizes: tuple[Any, ...], weight: int, rank: int) -> int:
        """Return the number of a letter, a new one if it is new."""
        if key not in self.numbers:
            self.numbers[key] = len(self.letters)
            self.letters.append(Letter(key, sizes, weight, (rank, len(self.letters))))
        return self.numbers[key]

    def set_symmetric(self, letter: int, equation: Equation | None) -> None:
        """Take a letter as symmetric: by its nature, or because an equation says so."""
        if equation is None:
            self.inherent.add(letter)
        else:
            self.symmetric[letter] = equation
        self.forms = Forms(self.inherent | set(self.symmetric))
        self._measured.clear()

    def measure(self, diagram: Diagram) -> Any:
        """Return what rewriting makes smaller: weight, nodes, ranks, then the form itself."""
        found = self._measured.get(diagram)
        if found is None:
            weight = 0
            nodes: set[Node] = set()
            ranks = []
            for part in diagram:
                if part[0] != DELTA:
                    letter = self.letters[part[0]]
                    weight += letter.weight
                    nodes.update(part[1:])
                    ranks.append(letter.rank)
            ranks.sort(reverse=True)
            found = self._measured[diagram] = (weight, len(nodes), tuple(ranks), diagram)
        return found

    def weight(self, parts: Iterable[Part]) -> int:
        """Return the weight of a product."""
        return sum([self.letters[part[0]].weight for part in parts])


class Equation(Struct, frozen=True, eq=False):
    """A sum of diagrams that is zero, for all values of its ports.

    Attributes:
        ports: the size of each free node; the first is node -1, the second -2, …
        poly: the sum.
        proof: multiples of other equations that make it up; empty for an axiom.
        axiom: what the axiom is; None if it has a proof.
        level: how many letters were symmetric when it was made; its proof holds up to these.
    """

    ports: tuple[Any, ...]
    poly: Poly
    proof: tuple[Multiple, ...] = ()
    axiom: Any = None
    level: int = 0


class Multiple(Struct, frozen=True, eq=False):
    """``coefficient`` · Σ (product of ``parts``) · ``equation``, its ports at the given nodes."""

    coefficient: Fraction
    parts: tuple[Part, ...]
    nodes: tuple[Node, ...]
    equation: Equation

    def scaled(self, number: Fraction) -> Multiple:
        """Return a number times this."""
        return Multiple(self.coefficient * number, self.parts, self.nodes, self.equation)


class Rule(Struct, eq=False):
    """An equation read from left to right: ``left`` becomes ``right``.

    ``careful``: the right side is not lighter, so it is used only where it makes a diagram smaller.
    """

    equation: Equation
    left: Diagram
    right: Poly
    careful: bool
    need: dict[int, int] = field(default_factory=dict)
    degree: dict[Node, int] = field(default_factory=dict)
    at: dict[Node, list[int]] = field(default_factory=dict)
    mask: int = 0
    active: bool = True

    def __post_init__(self) -> None:
        for k, part in enumerate(self.left):
            self.need[part[0]] = self.need.get(part[0], 0) + 1
            self.mask |= 1 << part[0]
            for node in set(part[1:]):
                self.at.setdefault(node, []).append(k)
            for node in part[1:]:
                if node >= 0:
                    self.degree[node] = self.degree.get(node, 0) + 1


class Target:
    """A diagram prepared for matching."""

    __slots__ = ("at", "degree", "diagram", "mask")

    def __init__(self, diagram: Diagram) -> None:
        self.diagram = diagram
        self.at: dict[int, list[int]] = {}
        self.degree: dict[Node, int] = {}
        self.mask = 0
        for k, part in enumerate(diagram):
            self.at.setdefault(part[0], []).append(k)
            self.mask |= 1 << part[0]
            for node in part[1:]:
                if node >= 0:
                    self.degree[node] = self.degree.get(node, 0) + 1


Redex = tuple[Rule, tuple[Part, ...], tuple[Node, ...], list[tuple[Diagram, Fraction]], Fraction]
"""A rule, its context, the nodes of its ports, what comes out, and the share that is used of it."""


class Rewriter:
    """Rewrites sums of diagrams by rules, and says which multiples of equations that took.

    Attributes:
        exchanging: rules that only exchange letters are used too.
    """

    def __init__(self, alphabet: Alphabet) -> None:
        self.alphabet = alphabet
        self.rules: list[Rule] = []
        self.rewrites = 0
        self.work = 0
        self.exchanging = True
        self._targets: dict[Diagram, Target] = {}
        self._redexes: dict[Diagram, Redex] = {}
        self._normal: dict[Diagram, int] = {}

    def forget(self) -> None:
        """Forget what depends on the form of diagrams and on the rules."""
        self.rules = []
        self._targets.clear()
        self._redexes.clear()
        self._normal.clear()

    def spend(self, count: int) -> None:
        """Count comparisons.

        Raises:
            OutOfBudgetError: after ``MAX_WORK`` of them.
        """
        self.work += count
        if self.work > MAX_WORK:
            raise OutOfBudgetError(f"over {MAX_WORK} comparisons of factors")

    # --- products ---------------------------------------------------------------------------

    def placed(
        self,
        parts: tuple[Part, ...],
        nodes: tuple[Node, ...],
        ports: tuple[Any, ...],
        poly: Poly,
        forms: Forms | None = None,
    ) -> Poly:
        """Return Σ (product of ``parts``) · ``poly`` with the ports of ``poly`` at ``nodes``."""
        forms = forms or self.alphabet.forms
        base = 1 + max([0, *nodes, *(n for part in parts for n in part[1:])])
        result: Poly = {}
        for diagram, coefficient in poly.items():
            names = {-1 - k: node for k, node in enumerate(nodes)}
            for part in diagram:
                for node in part[1:]:
                    if node >= 0:
                        names[node] = base + node
                    elif node not in names:
                        names[node] = node
            bound = {n: size for n, size in zip(nodes, ports, strict=True) if n >= 0}
            for number, product in self.contracted([*parts, *shifted(diagram, names)], bound):
                add(result, forms.form(product), coefficient * number)
        return result

    def contracted(
        self, parts: list[Part], bound: Mapping[Node, Any]
    ) -> list[tuple[Fraction, list[Part]]]:
        """Remove deltas with a bound node; a bound node that nothing carries counts its size."""
        if any(part[0] == DELTA for part in parts):
            parent: dict[Node, Node] = {}
            constants = self.alphabet.constants

            def root(node: Node) -> Node:
                while node in parent:
                    node = parent[node]
                return node

            kept: list[Part] = []
            for part in parts:
                if part[0] != DELTA:
                    continue
                low, high = sorted((root(part[1]), root(part[2])))
                if low == high:
                    continue
                if high >= 0:
                    parent[high] = low
                elif low in constants and high in constants:
                    if constants[low][0] != constants[high][0]:
                        return []
                else:
                    # of two free nodes one stands for both outside of the delta
                    if low in constants:
                        low, high = high, low
                    parent[low] = high
                    kept.append((DELTA, low, high))
            parts = kept + [(p[0], *[root(n) for n in p[1:]]) for p in parts if p[0] != DELTA]
            bound = {n: size for n, size in bound.items() if n not in parent}
        if not bound:
            return [(Fraction(1), parts)]
        carried = {node for part in parts for node in part[1:]}
        result = [(Fraction(1), parts)]
        for node in sorted(set(bound) - carried):
            result = [
                (number * coefficient, [*product, *factors])
                for number, product in result
                for coefficient, factors in self.size(bound[node])
            ]
        return result

    def size(self, size: Any) -> list[tuple[Fraction, list[Part]]]:
        """Return a size as a sum of products of letters without ends."""
        raise NotImplementedError

    # --- matching ---------------------------------------------------------------------------

    def target(self, diagram: Diagram) -> Target:
        """Return a diagram prepared for matching."""
        found = self._targets.get(diagram)
        if found is None:
            found = self._targets[diagram] = Target(diagram)
        return found

    def matches(
        self, rule: Rule, target: Target
    ) -> Iterator[tuple[tuple[Part, ...], tuple[Node, ...]]]:
        """Yield where a left side stands: the rest of the diagram, the nodes of the ports."""
        if rule.mask & ~target.mask:
            return
        at = target.at
        for letter, number in rule.need.items():
            if len(at[letter]) < number:
                return
        for used, names in self._matched(rule, target, 0, (), {}):
            rest = tuple([p for k, p in enumerate(target.diagram) if k not in used])
            # a port that only the right side shows must be met by the left one, else no value
            nodes = [names.get(-1 - k) for k in range(len(rule.equation.ports))]
            if None not in nodes and all(map(self._reaches, nodes, rule.equation.ports)):
                yield rest, tuple(nodes)  # type: ignore[arg-type]

    def _reaches(self, node: Node | None, size: Any) -> bool:
        """Return whether a fixed position is surely one of a port's."""
        key = self.alphabet.constants.get(node) if node is not None else None
        return key is None or bool(key[1] == size)

    def _matched(
        self,
        rule: Rule,
        target: Target,
        place: int,
        used: tuple[int, ...],
        names: dict[Node, Node],
    ) -> Iterator[tuple[tuple[int, ...], dict[Node, Node]]]:
        if place == len(rule.left):
            yield used, names
            return
        part = rule.left[place]
        for k in target.at[part[0]]:
            if k in used:
                continue
            candidate = target.diagram[k]
            self.spend(1)
            for turned in self.turns(candidate):
                extended = self._joined(rule, target, part, turned, names)
                if extended is not None:
                    yield from self._matched(rule, target, place + 1, (*used, k), extended)

    def turns(self, part: Part) -> tuple[Part, ...]:
        """Return a part in each order of its ends that means the same."""
        if part[0] in self.alphabet.forms.symmetric and part[1] != part[2]:
            return part, (part[0], part[2], part[1])
        return (part,)

    @staticmethod
    def _joined(
        rule: Rule, target: Target, part: Part, candidate: Part, names: dict[Node, Node]
    ) -> dict[Node, Node] | None:
        extended = names
        for node, image in zip(part[1:], candidate[1:], strict=True):
            known = extended.get(node)
            if known is not None:
                if known != image:
                    return None
                continue
            if node >= 0:
                if image < 0 or target.degree[image] != rule.degree[node]:
                    return None
                if image in extended.values():
                    return None
            elif node < -len(rule.equation.ports) and node != image:  # a fixed position
                return None
            if extended is names:
                extended = dict(names)
            extended[node] = image
        return extended

    # --- rewriting --------------------------------------------------------------------------

    def redex(self, diagram: Diagram) -> Redex | None:
        """Return a way to make a diagram smaller."""
        found = self._redexes.get(diagram)
        if found is not None and self._may_use(found[0]):
            return found
        target = self.target(diagram)
        start = self._normal.get(diagram, 0)
        for rule in self.rules[start:]:
            if rule.active and not rule.mask & ~target.mask and self._may_use(rule):
                for rest, nodes in self.matches(rule, target):
                    found = self._used(rule, diagram, rest, nodes)
                    if found is not None:
                        self._redexes[diagram] = found
                        return found
        if self.exchanging:
            self._normal[diagram] = len(self.rules)
        return None

    def _may_use(self, rule: Rule) -> bool:
        return self.exchanging or not rule.careful

    def _used(
        self, rule: Rule, diagram: Diagram, rest: tuple[Part, ...], nodes: tuple[Node, ...]
    ) -> Redex | None:
        result = self.placed(rest, nodes, rule.equation.ports, rule.right)
        share = Fraction(1)
        if rule.careful:
            # d = k d + … makes d what is left over 1 - k
            same = result.pop(diagram, Fraction(0))
            if same == 1:
                return None
            share = 1 / (1 - same)
            measure = self.alphabet.measure
            own = measure(diagram)
            if any(measure(other) >= own for other in result):
                return None
        return rule, rest, nodes, [(d, c * share) for d, c in result.items()], share

    def normal_form(self, poly: Poly) -> tuple[Poly, list[Multiple]]:
        """Return what no rule makes smaller, and what was added to get there.

        Raises:
            OutOfBudgetError: after ``MAX_REWRITES`` applications of rules.
        """
        work, result, taken = dict(poly), Poly(), []
        while work:
            diagram, coefficient = work.popitem()
            if not coefficient:
                continue
            found = self.redex(diagram)
            if found is None:
                add(result, diagram, coefficient)
                continue
            self.rewrites += 1
            if self.rewrites > MAX_REWRITES:
                raise OutOfBudgetError(f"over {MAX_REWRITES} rewrites")
            rule, rest, nodes, pieces, share = found
            taken.append(Multiple(-coefficient * share, rest, nodes, rule.equation))
            for piece, number in pieces:
                # what was found normal before may be met again
                add(work, piece, coefficient * number + result.pop(piece, Fraction(0)))
        return result, taken


def add(poly: Poly, diagram: Diagram, coefficient: Fraction) -> None:
    """Add a multiple of a diagram to a sum, in place."""
    total = poly.get(diagram, Fraction(0)) + coefficient
    if total:
        poly[diagram] = total
    else:
        poly.pop(diagram, None)


def oriented(alphabet: Alphabet, equation: Equation) -> list[Rule]:
    """Return the rules of an equation that is not trivial: two if neither side is larger."""
    ordered = sorted(equation.poly, key=alphabet.measure, reverse=True)
    shown = {node for part in ordered[0] for node in part[1:]}
    if not shown.issuperset(range(-len(equation.ports), 0)):
        return []
    rules = [_rule(alphabet, equation, ordered[0])]
    if len(ordered) > 1:
        first, second = (alphabet.measure(d) for d in ordered[:2])
        if first[:3] == second[:3] and rules[0].left != ordered[1]:
            rules.append(_rule(alphabet, equation, ordered[1]))
    return rules


def eliminating(alphabet: Alphabet, equation: Equation) -> list[Rule]:
    """Return the rules of an equation that rid a sum of a letter which one part of it has alone."""
    rules = []
    for left in equation.poly:
        shown = {node for part in left for node in part[1:]}
        others = {part[0] for diagram in equation.poly if diagram != left for part in diagram}
        if shown.issuperset(range(-len(equation.ports), 0)) and {p[0] for p in left} - others:
            rules.append(_rule(alphabet, equation, left))
    return rules


def _rule(alphabet: Alphabet, equation: Equation, left: Diagram) -> Rule:
    lead = equation.poly[left]
    if lead != 1:
        poly = {d: c / lead for d, c in equation.poly.items()}
        ports = tuple([-1 - k for k in range(len(equation.ports))])
        start = Multiple(1 / lead, (), ports, equation)
        equation = Equation(equation.ports, poly, (start,), level=len(alphabet.symmetric))
    right = {d: -c for d, c in equation.poly.items() if d != left}
    weight = alphabet.measure(left)[0]
    careful = any(alphabet.measure(d)[0] >= weight for d in right)
    return Rule(equation, left, right, careful)
