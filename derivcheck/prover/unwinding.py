"""From a rewriting to multiples of axioms: what the kernel is told.

A multiple of a derived equation is unwound into multiples of the axioms it came from; then, since
rewriting took symmetric letters as symmetric, the exchanges of ends that this needs are made explicit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from derivcheck.kernel.terms import OutOfBudgetError
from derivcheck.prover.diagrams import Forms, Node, Part, Poly, shifted
from derivcheck.prover.rewriting import Equation, Multiple, Rewriter, add

MAX_MULTIPLES = 1_500
"""Multiples of axioms in one proof."""

_MARK = 1 << 30
"""A letter that stands for the equation in the form of a multiple."""


class Unwinder:
    """Unwinds multiples of the equations of one rewriter."""

    def __init__(self, rewriter: Rewriter) -> None:
        self.rewriter = rewriter
        self.exact = Forms(rewriter.alphabet.inherent)
        self._axioms: dict[int, Poly] = {}

    def proof(self, poly: Poly, multiples: Iterable[Multiple]) -> tuple[list[Multiple], Poly]:
        """Return multiples of axioms and what they make of a sum.

        Args:
            poly: a sum, in its exact form.
            multiples: of any equations; what they add to ``poly`` up to symmetric letters is kept.

        Raises:
            OutOfBudgetError: when there are too many.
        """
        axioms = self.unwound(multiples)
        total = dict(poly)
        self._add_all(total, axioms)
        symmetric = self.rewriter.alphabet.symmetric
        levels = [letter for letter, found in symmetric.items() if found.axiom is None]
        base = {letter for letter, found in symmetric.items() if found.axiom is not None}
        for count in range(len(levels), -1, -1):
            turned = {levels[count - 1]} if count else base
            forms = Forms(self.rewriter.alphabet.inherent | base | set(levels[:count]))
            exchanges = self.unwound(self._exchanges(total, turned, forms))
            self._add_all(total, exchanges)
            axioms += exchanges
        return axioms, total

    def _add_all(self, total: Poly, multiples: Iterable[Multiple]) -> None:
        for multiple in multiples:
            equation = multiple.equation
            value = self._axioms.get(id(equation))
            if value is None:
                value = {}
                for coefficient, parts in equation.axiom.raw:
                    add(value, self.exact.form(parts), coefficient)
                self._axioms[id(equation)] = value
            placed = self.rewriter.placed(
                multiple.parts, multiple.nodes, equation.ports, value, self.exact
            )
            for diagram, coefficient in placed.items():
                add(total, diagram, coefficient * multiple.coefficient)

    def _exchanges(self, total: Poly, turned: set[int], forms: Forms) -> list[Multiple]:
        """Return the exchanges that bring the ends of symmetric letters into order."""
        found: list[Multiple] = []
        if not turned:
            return found
        for diagram, coefficient in total.items():
            if not any(part[0] in turned for part in diagram):
                continue
            _, names = forms.form_and_nodes(diagram)
            parts = list(diagram)
            for k, part in enumerate(parts):
                if part[0] in turned and names[part[1]] > names[part[2]]:
                    rest = (*parts[:k], *parts[k + 1 :])
                    # c (X_rc - X_cr) = 0
                    equation = self.rewriter.alphabet.symmetric[part[0]]
                    lead = equation.poly[((part[0], -1, -2),)]
                    found.append(Multiple(-coefficient / lead, rest, part[1:], equation))
                    parts[k] = (part[0], part[2], part[1])
        return found

    # --- derived equations --------------------------------------------------------------------

    def unwound(self, multiples: Iterable[Multiple]) -> list[Multiple]:
        """Return multiples of axioms that add up to the same.

        Raises:
            OutOfBudgetError: when there are too many.
        """
        waiting: dict[int, dict[tuple[Part, ...], Multiple]] = {}
        given = list(multiples)
        for multiple in given:
            self._collect(waiting, multiple)
        axioms: list[Multiple] = []
        work = 0
        for equation in _latest_first(m.equation for m in given):
            mine = [m for m in waiting.pop(id(equation), {}).values() if m.coefficient]
            if equation.axiom is not None:
                axioms += mine
                continue
            for multiple in mine:
                for inner in equation.proof:
                    work += 1
                    if work > MAX_MULTIPLES * 4:
                        raise OutOfBudgetError(f"over {MAX_MULTIPLES} multiples in a proof")
                    for made in self._composed(multiple, inner):
                        self._collect(waiting, made)
        if len(axioms) > MAX_MULTIPLES:
            raise OutOfBudgetError(f"over {MAX_MULTIPLES} multiples in a proof")
        return axioms

    def _collect(
        self, waiting: dict[int, dict[tuple[Part, ...], Multiple]], multiple: Multiple
    ) -> None:
        """Add a multiple to those of the same equation in the same context."""
        form = self.exact.form((*multiple.parts, (_MARK, *multiple.nodes)))
        own = waiting.setdefault(id(multiple.equation), {})
        before = own[form].coefficient if form in own else Fraction(0)
        mark = next(part for part in form if part[0] == _MARK)
        rest = tuple([part for part in form if part is not mark])
        own[form] = Multiple(before + multiple.coefficient, rest, mark[1:], multiple.equation)

    def _composed(self, outer: Multiple, inner: Multiple) -> list[Multiple]:
        """Return a multiple of a multiple."""
        base = 1 + max([0, *outer.nodes, *(n for part in outer.parts for n in part[1:])])
        names: dict[Node, Node] = {-1 - k: node for k, node in enumerate(outer.nodes)}
        for node in [*inner.nodes, *(n for part in inner.parts for n in part[1:])]:
            if node not in names:
                names[node] = base + node if node >= 0 else node
        parts = (*outer.parts, *shifted(inner.parts, names))
        nodes = tuple([names[node] for node in inner.nodes])
        result = [(outer.coefficient * inner.coefficient, parts)]
        carried = {*nodes, *(n for part in parts for n in part[1:])}
        for node, size in self._summed(outer).items():
            if node not in carried:
                result = [
                    (number * coefficient, (*product, *factors))
                    for number, product in result
                    for coefficient, factors in self.rewriter.size(size)
                ]
        return [Multiple(number, product, nodes, inner.equation) for number, product in result]

    @staticmethod
    def _summed(multiple: Multiple) -> Mapping[Node, object]:
        """Return the bound nodes at the ports of a multiple's equation, with their sizes."""
        return {
            node: size
            for node, size in zip(multiple.nodes, multiple.equation.ports, strict=True)
            if node >= 0
        }


def _latest_first(equations: Iterable[Equation]) -> list[Equation]:
    """Return the equations and all they rest on, each before those that it rests on."""
    order: list[Equation] = []
    seen: set[int] = set()
    for start in equations:
        if id(start) in seen:
            continue
        seen.add(id(start))
        stack = [(start, iter([m.equation for m in start.proof]))]
        while stack:
            equation, rest = stack[-1]
            following = next((e for e in rest if id(e) not in seen), None)
            if following is None:
                order.append(equation)
                stack.pop()
            else:
                seen.add(id(following))
                stack.append((following, iter([m.equation for m in following.proof])))
    return order[::-1]
