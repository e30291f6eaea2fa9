"""From a rewriting to multiples of axioms: what the kernel is told.

A multiple of a derived equation is unwound into multiples of the axioms it came from; then, since
rewriting took symmetric letters as symmetric, the exchanges of ends that this needs are made
explicit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from derivcheck.limits import MULTIPLES as MAX_MULTIPLES
from derivcheck.prover.diagrams import Forms, Node, Part, Poly, order, shifted
from derivcheck.prover.rewriting import Equation, Multiple, Rewriter, add
from derivcheck.terms.term import OutOfBudgetError

FEW = 40
"""A proof of up to so many multiples of axioms needs no lemmas."""

_MARK = 1 << 30
"""A letter that stands for the equation in the form of a multiple."""


class Unwinder:
    """Unwinds multiples of the equations of one rewriter.

    Attributes:
        rewriter: whose equations they are.
        exact: the form of diagrams when no letter is symmetric but by its nature.
        kept: derived equations (by identity) that are not unwound.
    """

    def __init__(self, rewriter: Rewriter) -> None:
        self.rewriter = rewriter
        self.exact = Forms(rewriter.alphabet.inherent)
        self.kept: set[int] = set()
        self._values: dict[int, Poly] = {}

    def keep(self, multiples: Iterable[Multiple]) -> None:
        """Choose the derived equations that a proof of some multiples uses again and again.

        These become lemmas; all others are unwound where they are used.
        """
        symmetric = self.rewriter.alphabet.symmetric.values()
        exchanged = [equation for equation in symmetric if equation.axiom is None]
        given = [m.equation for m in multiples]
        equations = _latest_first([*given, *exchanged])
        uses: dict[int, int] = {}
        for equation in [*given, *exchanged, *exchanged]:
            uses[id(equation)] = uses.get(id(equation), 0) + 1
        size: dict[int, int] = {}
        for equation in reversed(equations):
            size[id(equation)] = sum([size[id(m.equation)] for m in equation.proof]) or 1
        if not exchanged and sum([size[id(e)] for e in given]) <= FEW:
            return
        for equation in equations:
            own = uses[id(equation)]
            if len(equation.proof) > 1 and own > 1 and size[id(equation)] > 2:
                self.kept.add(id(equation))
                own = 1
            for multiple in equation.proof:
                uses[id(multiple.equation)] = uses.get(id(multiple.equation), 0) + own

    def proof(
        self, poly: Poly, multiples: Iterable[Multiple], level: int | None = None
    ) -> tuple[list[Multiple], Poly]:
        """Return multiples of axioms and of kept equations, and what they make of a sum.

        Args:
            poly: a sum, in its exact form.
            multiples: of any equations; what they add to ``poly`` up to symmetric letters is kept.
            level: how many letters are symmetric; all of them if left out.

        Raises:
            OutOfBudgetError: when there are too many.
        """
        found = self.unwound(multiples)
        total = dict(poly)
        self._add_all(total, found)
        symmetric = list(self.rewriter.alphabet.symmetric.items())[:level]
        levels = [letter for letter, equation in symmetric if equation.axiom is None]
        base = {letter for letter, equation in symmetric if equation.axiom is not None}
        for count in range(len(levels), -1, -1):
            turned = {levels[count - 1]} if count else base
            forms = Forms(self.rewriter.alphabet.inherent | base | set(levels[:count]))
            exchanges = self.unwound(self._exchanges(total, turned, forms))
            self._add_all(total, exchanges)
            found += exchanges
        return found, total

    def exact_poly(self, products: Iterable[tuple[Fraction, Iterable[Part]]]) -> Poly:
        """Return a sum in its exact form."""
        value: Poly = {}
        for coefficient, parts in products:
            add(value, self.exact.form(parts), coefficient)
        return value

    def value(self, equation: Equation) -> Poly:
        """Return what an equation says is zero, in its exact form."""
        found = self._values.get(id(equation))
        if found is None:
            if equation.axiom is not None:
                found = self.exact_poly(equation.axiom.raw)
            else:
                found = self.exact_poly([(c, d) for d, c in equation.poly.items()])
            self._values[id(equation)] = found
        return found

    def _add_all(self, total: Poly, multiples: Iterable[Multiple]) -> None:
        for multiple in multiples:
            equation = multiple.equation
            placed = self.rewriter.placed(
                multiple.parts, multiple.nodes, equation.ports, self.value(equation), self.exact
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
                if part[0] in turned and order(names[part[1]]) > order(names[part[2]]):
                    rest = (*parts[:k], *parts[k + 1 :])
                    # c (X_rc - X_cr) = 0
                    equation = self.rewriter.alphabet.symmetric[part[0]]
                    lead = equation.poly[((part[0], -1, -2),)]
                    found.append(Multiple(-coefficient / lead, rest, part[1:], equation))
                    parts[k] = (part[0], part[2], part[1])
        return found

    # --- derived equations --------------------------------------------------------------------

    def unwound(self, multiples: Iterable[Multiple]) -> list[Multiple]:
        """Return multiples of axioms and of kept equations that add up to the same.

        Raises:
            OutOfBudgetError: when there are too many.
        """
        waiting: dict[int, dict[tuple[Part, ...], Multiple]] = {}
        given = list(multiples)
        for multiple in given:
            self._collect(waiting, multiple)
        axioms: list[Multiple] = []
        work = 0
        for equation in _latest_first([m.equation for m in given]):
            mine = [m for m in waiting.pop(id(equation), {}).values() if m.coefficient]
            if equation.axiom is not None or id(equation) in self.kept:
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
