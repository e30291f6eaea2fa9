"""Determinants and adjugates: which laws to use, read off the matrices as they are written.

A determinant of a product, a transpose, an inverse, a multiple, of blocks … is taken apart wherever
it stands; what is left (A adj(A) = det(A) I, Sylvester's and the matrix determinant lemma) goes to
the completion as equations. Every use of a law is a kernel step; nothing here has to be trusted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy
from sympy import Basic, Integer, preorder_traversal

from derivcheck.algebra import nodes
from derivcheck.algebra.nodes import head_of, member_indices
from derivcheck.kernel.check import State, Step
from derivcheck.kernel.cofactors import (
    LOCAL,
    Cofactor,
    NoEquationError,
    equation_at,
    equation_shape,
    index_variables,
)
from derivcheck.kernel.determinants import (
    MAX_EXPANDED,
    Law,
    NoLawError,
    invertible_by_condition,
    is_invertible,
    is_square,
    law_sides,
    product,
    times,
    total,
)
from derivcheck.kernel.lowering import Lowering
from derivcheck.kernel.scope import Scope
from derivcheck.kernel.terms import (
    Address,
    Apply,
    Factor,
    Index,
    Monomial,
    OutOfBudgetError,
    Slot,
    Term,
    UnknownNodeError,
    Value,
    binders,
    factor_map,
    nested_terms,
    slot_map,
)
from derivcheck.prover.normal_form import collected
from derivcheck.prover.translation import Translator

MAX_USES = 60
"""Uses of laws in one proof."""

_KINDS = {sympy.Determinant: "determinant", nodes.Adjugate: "adjugate", sympy.Inverse: "inverse"}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A law and what it rewrites: the letter of its left side and its free index variables.

    ``places`` are the positions of the variables' indices among the ends of the letter.
    """

    law: Law
    letters: tuple[int, ...]
    places: tuple[tuple[Basic, int], ...]


class Matrices:
    """The matrices whose determinant, adjugate or inverse stands in a goal."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.goal = state.goal
        self.invertible = invertible_by_condition(state.goal)
        self.definitions = {head_of(n): (n, v) for n, v in self.goal.definitions.items()}

    def found(self, kinds: tuple[type, ...]) -> Iterator[tuple[type, Basic]]:
        """Yield the kind and the matrix of each such node, once."""
        goal = self.goal
        seen: set[tuple[type, Basic]] = set()
        roots: list[Any] = [goal.lhs, goal.rhs, *goal.definitions.values()]
        roots += [side for given in goal.hypotheses for side in (given.lhs, given.rhs)]
        roots += [c.node for c in (*goal.conditions, *goal.obligations)]
        for root in roots:
            for node in preorder_traversal(root):
                kind: Any = type(node)
                key = (kind, node.args[0]) if kind in kinds else None
                if key is not None and key not in seen:
                    seen.add(key)
                    yield key

    def written(self, matrix: Basic) -> Basic:
        """Return a matrix as it is written, a defined name that is written out by its value."""
        for _ in range(20):
            head = head_of(matrix)
            if head not in self.definitions or head not in self.state.lowering.unfold:
                break
            name, value = self.definitions[head]
            matrix = value.xreplace(
                dict(zip(member_indices(name), member_indices(matrix), strict=True))
            )
        return matrix

    def factors(self, matrix: Basic) -> tuple[list[Basic], list[Basic]]:
        """Return the numbers and the matrices of which a matrix is the product."""
        matrix = self.written(matrix)
        if isinstance(matrix, sympy.MatMul):
            numbers: list[Basic] = []
            matrices: list[Basic] = []
            for factor in matrix.args:
                if not nodes.shape(factor):
                    numbers.append(factor)
                    continue
                more, inner = self.factors(factor)
                numbers += more
                matrices += inner
            others = [factor for factor in matrices if not isinstance(factor, sympy.Identity)]
            return numbers, others or matrices[:1]
        if type(matrix) is sympy.MatPow and isinstance(matrix.args[1], Integer):
            base, exponent = matrix.args
            if exponent < 0:
                base, exponent = sympy.Inverse(base), -exponent
            numbers, matrices = self.factors(base)
            count = int(exponent)
            if 0 < count <= 16:
                return numbers * count, matrices * count
        return [], [matrix]

    def terms(self, matrix: Basic) -> list[Basic]:
        """Return the matrices of which a matrix is the sum."""
        matrix = self.written(matrix)
        if isinstance(matrix, sympy.MatAdd):
            return [term for part in matrix.args for term in self.terms(part)]
        return [matrix]

    # --- laws -----------------------------------------------------------------------------------

    def apart(self, kind: type, matrix: Basic) -> Iterator[Law]:
        """Yield the law that takes a determinant or adjugate apart, and those of its parts."""
        of = "determinant-of" if kind is sympy.Determinant else "adjugate-of"
        whole = self.written(matrix)
        if kind is nodes.Adjugate and matrix in self.invertible:
            yield Law("adjugate-of-invertible", (matrix,))
            return
        numbers, matrices = self.factors(whole)
        if numbers:
            rest = product(*matrices)
            yield Law(f"{of}-multiple", (times(*numbers), rest))
            yield from self.apart(kind, rest)
        elif len(matrices) > 1:
            for cut in range(1, len(matrices)):
                left, right = product(*matrices[:cut]), product(*matrices[cut:])
                if is_square(left) and is_square(right):
                    yield Law(f"{of}-product", (left, right))
                    yield from self.apart(kind, left)
                    yield from self.apart(kind, right)
                    break
        elif type(whole) is sympy.MatPow and kind is sympy.Determinant:
            yield Law("determinant-of-power", tuple(whole.args))
            yield from self.apart(kind, whole.args[0])
        elif isinstance(whole, sympy.Identity):
            yield Law(f"{of}-identity", (whole.args[0],))
        elif isinstance(whole, sympy.Transpose):
            yield Law(f"{of}-transpose", (whole.args[0],))
            yield from self.apart(kind, whole.args[0])
        elif kind is sympy.Determinant:
            yield from self._determinant(whole)

    def _determinant(self, whole: Basic) -> Iterator[Law]:
        kind = sympy.Determinant
        if isinstance(whole, sympy.Inverse):
            yield Law("determinant-of-inverse", (whole.args[0],))
            yield from self.apart(kind, whole.args[0])
        elif isinstance(whole, sympy.KroneckerProduct):
            yield Law("determinant-of-kronecker", tuple(whole.args[:2]))
            for part in whole.args:
                yield from self.apart(kind, part)
        elif isinstance(whole, nodes.Adjugate):
            yield Law("determinant-of-adjugate", (whole.args[0],))
            yield from self.apart(kind, whole.args[0])
        elif isinstance(whole, nodes.Blocks):
            laws = [Law("determinant-of-triangular", (whole,))]
            laws += [Law("determinant-of-blocks", (whole, lower)) for lower in (False, True)]
            for law in laws:
                try:
                    _, right = law_sides(law, self.goal)
                except NoLawError:
                    continue
                yield law
                for node in preorder_traversal(right):
                    if isinstance(node, kind):
                        yield from self.apart(kind, node.args[0])
                break

    def fixed(self) -> Iterator[Law]:
        """Yield the laws that write determinants, adjugates and inverses of a fixed size out."""
        for kind, matrix in self.found((sympy.Determinant, nodes.Adjugate, sympy.Inverse)):
            shape = nodes.shape(matrix)
            if not isinstance(shape[0], Integer) or not 2 <= shape[0] <= MAX_EXPANDED:
                continue
            if kind is sympy.Inverse:
                yield Law("inverse-by-adjugate", (matrix,))
            yield Law("adjugate-written-out", (matrix,))
            yield Law("determinant-written-out", (matrix,))

    def inverses(self) -> Iterator[Law]:
        """Yield the laws of inverses of inverses, and those that write inverses by blocks."""
        for _, matrix in self.found((sympy.Inverse,)):
            whole = self.written(matrix)
            if is_invertible(whole, self.goal):
                yield Law("inverse-of-inverse", (whole,))
            for law in [Law("inverse-of-blocks", (whole, lower)) for lower in (False, True)]:
                try:
                    law_sides(law, self.goal)
                except NoLawError:
                    continue
                yield law
                break

    def together(self) -> Iterator[Law]:
        """Yield the laws that connect determinants with each other and with adjugates."""
        found = list(self.found((sympy.Determinant, nodes.Adjugate)))
        seen: list[Basic] = []
        for kind, matrix in found:
            for law in [None, *self.apart(kind, matrix)]:
                seen += (
                    [matrix] if law is None else [a for a in law.arguments if isinstance(a, Basic)]
                )
        for matrix in dict.fromkeys(m for m in seen if is_square(m)):
            yield from self._beside(matrix)
            yield from self._sums(matrix)
            if type(matrix) is sympy.MatPow:
                base, exponent = matrix.args
                yield Law("adjugate-of-power", (base, exponent))
                yield Law("power-step", (sympy.Determinant(base), exponent))
                yield from self._beside(base)
        for position, given in enumerate(self.goal.hypotheses):
            if is_square(given.lhs):
                yield Law("determinant-of-hypothesis", (position,))
                yield from self.apart(sympy.Determinant, given.lhs)
                yield from self.apart(sympy.Determinant, given.rhs)

    def _beside(self, matrix: Basic) -> Iterator[Law]:
        yield Law("adjugate-beside", (matrix, False))
        yield Law("adjugate-beside", (matrix, True))
        if is_invertible(matrix, self.goal):
            yield Law("determinant-not-zero", (matrix,))
            yield Law("inverse-beside", (matrix, False))
            yield Law("inverse-beside", (matrix, True))

    # det (A + B D⁻¹ C) with D⁻¹ a factor of the product, or I between two factors
    def _sums(self, matrix: Basic) -> Iterator[Law]:
        terms = self.terms(matrix)
        if not 2 <= len(terms) <= 4:
            return
        yield Law("determinant-of-transpose", (matrix,))
        for k, term in enumerate(terms):
            rest = total(*terms[:k], *terms[k + 1 :])
            if not is_invertible(rest, self.goal):
                continue
            numbers, factors = self.factors(term)
            for cut in range(1, len(factors)):
                left = product(*numbers, *factors[:cut])
                right = product(*factors[cut:])
                middle = sympy.Identity(nodes.shape(right)[0])
                yield Law("determinant-of-complements", (rest, left, right, middle))
            for place in range(1, len(factors) - 1):
                if is_invertible(factors[place], self.goal):
                    left = product(*numbers, *factors[:place])
                    right = product(*factors[place + 1 :])
                    middle = sympy.Inverse(factors[place])
                    if isinstance(factors[place], sympy.Inverse):
                        middle = factors[place].args[0]
                    yield Law("determinant-of-complements", (rest, left, right, middle))
                    yield Law("determinant-of-inverse", (factors[place],))
                    yield Law("determinant-not-zero", (factors[place],))


class Rewriting:
    """Uses laws on the term of a state, from left to right."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.translator = Translator(state.scope)
        self.steps: list[Step] = []
        self.uses = 0

    def candidate(self, law: Law, count: int = 1) -> Candidate | None:
        """Return a law with the letters of its left side; None if it does not hold here."""
        goal, lowering = self.state.goal, self.state.lowering
        scratch = Lowering(goal.definitions, lowering.unfold)
        try:
            left, _ = law_sides(law, goal)
            variables = index_variables(left)
            values: dict[Basic, Slot] = {v: scratch.scope.fresh(v.size) for v in variables}
            _, term = scratch.opened(
                equation_shape(law, goal), lambda s: scratch.lower(left, s, values)
            )
        except (NoLawError, NoEquationError, UnknownNodeError, OutOfBudgetError):
            return None
        if len(term) != 1 or term[0].coefficient != 1 or len(term[0].factors) != count:
            return None
        letters = [self.translator.letter(f, scratch.scope) for f in term[0].factors]
        ends = letters[0][1]
        places = []
        for variable, slot in values.items():
            if len(slot) != 1 or slot[0] not in ends:
                return None
            places.append((variable, ends.index(slot[0])))
        return Candidate(law, tuple([letter for letter, _ in letters]), tuple(places))

    def functions(
        self,
        term: Term,
        scope: Scope,
        names: tuple[str, ...] = ("determinant", "adjugate", "inverse"),
    ) -> set[int]:
        """Return the letters of some functions of matrices, and of what holds them."""
        found: set[int] = set()
        for monomial in term:
            for factor in monomial.factors:
                inner = [self.functions(nested, scope, names) for nested in nested_terms(factor)]
                own = type(factor) is Value and factor.function in names
                if own or (type(factor) is Apply and any(inner)):
                    found.add(self.translator.letter(factor, scope)[0])
                for letters in inner:
                    found |= letters
        return found

    def spoken(self, law: Law) -> set[int]:
        """Return the letters of the determinants, adjugates and reciprocals of a law."""
        goal, lowering = self.state.goal, self.state.lowering
        scratch = Lowering(goal.definitions, lowering.unfold)
        try:
            sides = law_sides(law, goal)
            values: dict[Basic, Slot] = {
                v: scratch.scope.fresh(v.size) for v in index_variables(*sides)
            }
            term = scratch.opened(
                equation_shape(law, goal), lambda s: equation_at(law, s, values, goal, scratch)
            )[1]
        except (NoLawError, NoEquationError, UnknownNodeError, OutOfBudgetError):
            return set()
        found = self.functions(term, scratch.scope, ("determinant", "adjugate"))
        if law.name == "inverse-beside":
            found = {
                n
                for n in self.functions(term, scratch.scope, ("inverse",))
                if self.translator.end_sizes[n]
            }
        if law.name == "adjugate-beside" and not goal.hypotheses:
            found = {n for n in found if self.translator.end_sizes[n]}
        return found

    def use(self, laws: Iterable[Law], *, pairs: bool = False) -> None:
        """Use laws wherever they apply until none does."""
        found: dict[tuple[int, ...], Candidate] = {}
        for law in dict.fromkeys(laws):
            candidate = self.candidate(law, 2 if pairs else 1)
            if candidate is not None:
                found.setdefault(tuple(sorted(candidate.letters)), candidate)
        if not found:
            return
        while self.uses < MAX_USES:
            step = self._next(self.state.term, (), found)
            if step is None:
                return
            self.uses += 1
            self.state.apply(step)
            self.steps.append(step)
            self.steps += collected(self.state)

    def _next(
        self, term: Term, address: Address, found: dict[tuple[int, ...], Candidate]
    ) -> Step | None:
        for place, monomial in enumerate(term):
            for position, factor in enumerate(monomial.factors):
                for number, inner in enumerate(nested_terms(factor)):
                    here = (*address, (place, position, number))
                    step = self._next(inner, here, found)
                    if step is not None:
                        return step
            step = self._used(monomial, address, found)
            if step is not None:
                return step
        return None

    def _used(
        self, monomial: Monomial, address: Address, found: dict[tuple[int, ...], Candidate]
    ) -> Step | None:
        letters = {}
        for factor in monomial.factors:
            if type(factor) in (Value, Apply):
                letter, ends = self.translator.letter(factor, self.state.scope)
                letters[letter] = (factor, ends)
        for key, candidate in found.items():
            if all(letter in letters for letter in key):
                used = [letters[letter] for letter in candidate.letters]
                return self._step(monomial, address, candidate, used)
        return None

    def _step(
        self,
        monomial: Monomial,
        address: Address,
        candidate: Candidate,
        used: list[tuple[Factor, list[Index]]],
    ) -> Cofactor:
        """Return the step that exchanges a law's left side, found with its ends."""
        first, ends = used[0]
        rest = [f for f in monomial.factors if not any(f is factor for factor, _ in used)]
        scope = self.state.scope
        inner = list(binders(Monomial(Fraction(1), monomial.bound, tuple(rest))))
        mapping = {index: (LOCAL + k,) for k, index in enumerate(inner)}
        sizes = tuple([scope.sizes[index] for index in inner])
        slots = tuple([slot_map(s, mapping) for s in first.out]) if type(first) is Value else ()
        indices = tuple([(v, slot_map((ends[place],), mapping)) for v, place in candidate.places])
        return Cofactor(
            address,
            candidate.law,
            slots,
            indices,
            -monomial.coefficient,
            tuple([factor_map(f, mapping) for f in rest]),
            sizes,
        )


def determinants(state: State) -> list[Step]:
    """Take the determinants and adjugates of a state apart; return the steps taken.

    Raises:
        OutOfBudgetError: when a counted limit is met.

    Cost:
        One lowering for each law that may apply, and ``MAX_USES`` uses.
    """
    matrices = Matrices(state)
    rewriting = Rewriting(state)
    if has_function(state.term, ("inverse",)):
        rewriting.use(matrices.inverses())
    if not has_function(state.term, ("determinant", "adjugate")):
        return rewriting.steps
    kinds = (sympy.Determinant, nodes.Adjugate)
    found = list(dict.fromkeys([matrix for _, matrix in matrices.found(kinds)]))
    inverses = [Law("adjugate-of-invertible", (m,)) for m in found if m in matrices.invertible]
    quotients = [law for law in matrices.together() if law.name == "determinant-not-zero"]
    of_adjugates = [m.args[0] for m in found if isinstance(m, nodes.Adjugate)]
    rewriting.use([Law("determinant-of-adjugate", (m,)) for m in of_adjugates])
    rewriting.use(inverses)
    rewriting.use(quotients, pairs=True)
    if state.term:
        rewriting.use([law for m in found for kind in kinds for law in matrices.apart(kind, m)])
        rewriting.use(quotients, pairs=True)
    return rewriting.steps


def written_out(state: State) -> list[Step]:
    """Write determinants and inverses of a fixed size out entry by entry; return the steps taken.

    Raises:
        OutOfBudgetError: when a counted limit is met.
    """
    rewriting = Rewriting(state)
    if has_function(state.term, ("determinant", "adjugate", "inverse")):
        rewriting.use(Matrices(state).fixed())
    return rewriting.steps


def laws_between(state: State) -> list[Law]:
    """Return the laws that a completion may need: those that speak of what stands in the term."""
    if not has_function(state.term, ("determinant", "adjugate", "inverse")):
        return []
    rewriting = Rewriting(state)
    shown = rewriting.functions(state.term, state.scope)
    waiting = [(law, rewriting.spoken(law)) for law in dict.fromkeys(Matrices(state).together())]
    kept: list[Law] = []
    for _ in range(3):
        more = [(law, own) for law, own in waiting if len(own & shown) >= _NEEDED.get(law.name, 1)]
        if not more:
            break
        kept += [law for law, _ in more]
        waiting = [pair for pair in waiting if pair not in more]
        for law, own in more:
            if law.name not in ("adjugate-beside", "inverse-beside"):
                shown |= own
    return kept


_NEEDED = {"determinant-not-zero": 2}
"""How many of a law's own determinants, adjugates and reciprocals must stand in a term."""


def has_function(term: Term, names: tuple[str, ...]) -> bool:
    """Return whether a value of one of these functions stands in a term, at any depth."""
    return any(
        (type(factor) is Value and factor.function in names)
        or any(has_function(inner, names) for inner in nested_terms(factor))
        for monomial in term
        for factor in monomial.factors
    )
