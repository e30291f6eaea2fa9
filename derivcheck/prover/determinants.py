"""Determinants and adjugates: which laws to use, read off the matrices as they are written.

A determinant of a product, a transpose, an inverse, a multiple, of blocks … is taken apart wherever
it stands; what is left (A adj(A) = det(A) I, Sylvester's and the matrix determinant lemma) goes to
the completion as equations. Every use of a law is a kernel step; nothing here has to be trusted.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import sympy
from msgspec import Struct
from sympy import Basic

from derivcheck.algebra import nodes
from derivcheck.algebra.goal import NoEquationError
from derivcheck.extensions.powers import POWER
from derivcheck.extensions.table import EXTENSIONS
from derivcheck.kernel.check import State, Step
from derivcheck.kernel.cofactors import (
    LOCAL,
    Cofactor,
    equation_at,
)
from derivcheck.kernel.lowering import Lowering
from derivcheck.laws.law import Law, is_invertible
from derivcheck.laws.table import law_sides
from derivcheck.limits import LAWS as MAX_USES
from derivcheck.prover.laws import Matrices
from derivcheck.prover.limits_met import note_limit
from derivcheck.prover.normal_form import collected
from derivcheck.prover.translation import Translator
from derivcheck.terms.scope import Scope
from derivcheck.terms.term import (
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

_KINDS = {sympy.Determinant: "determinant", nodes.Adjugate: "adjugate", sympy.Inverse: "inverse"}


class Candidate(Struct, frozen=True):
    """A law and what it rewrites: the letter of its left side and its free index variables.

    ``places`` are the positions of the variables' indices among the ends of the letter; ``whole``
    says whether the law is one of matrices, with the axes of the letter.
    """

    law: Law
    letters: tuple[int, ...]
    places: tuple[tuple[Basic, int], ...]
    whole: bool


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
        scratch = Lowering(goal.definitions, lowering.unfold, EXTENSIONS)
        try:
            left, _ = law_sides(law, goal)
            variables = nodes.index_variables(left)
            values: dict[Basic, Slot] = {v: scratch.scope.fresh(v.size) for v in variables}
            _, term = scratch.opened(nodes.shape(left), lambda s: scratch.lower(left, s, values))
        except (NoEquationError, UnknownNodeError):
            return None
        except OutOfBudgetError as error:
            note_limit(error)
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
        whole = bool(nodes.shape(left))
        return Candidate(law, tuple([letter for letter, _ in letters]), tuple(places), whole)

    def functions(
        self,
        term: Term,
        scope: Scope,
        names: tuple[str, ...] = ("determinant", "adjugate", "inverse", "power"),
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
        scratch = Lowering(goal.definitions, lowering.unfold, EXTENSIONS)
        try:
            sides = law_sides(law, goal)
            values: dict[Basic, Slot] = {
                v: scratch.scope.fresh(v.size) for v in nodes.index_variables(*sides)
            }
            term = scratch.opened(
                nodes.shape(sides[0]), lambda s: equation_at(law, s, values, goal, scratch)
            )[1]
        except (NoEquationError, UnknownNodeError):
            return set()
        except OutOfBudgetError as error:
            note_limit(error)
            return set()
        found = self.functions(term, scratch.scope, ("determinant", "adjugate", "power"))
        if law.name == "inverse-beside":
            found = {
                n
                for n in self.functions(term, scratch.scope, ("inverse",))
                if self.translator.end_sizes[n]
            }
        if law.name == "adjugate-beside" and not goal.hypotheses:
            found = {n for n in found if self.translator.end_sizes[n]}
        return found

    def letters(self, node: Basic) -> set[int]:
        """Return the letters of the determinants in a number."""
        scratch = Lowering(self.state.goal.definitions, self.state.lowering.unfold, EXTENSIONS)
        try:
            term = scratch.lower(node, (), {})
        except UnknownNodeError:
            return set()
        except OutOfBudgetError as error:
            note_limit(error)
            return set()
        return self.functions(term, scratch.scope, ("determinant",))

    def use(self, laws: Iterable[Law], *, pairs: bool = False) -> None:
        """Use laws wherever they apply until none does."""
        found: dict[tuple[int, ...], Candidate] = {}
        for law in dict.fromkeys(laws):
            candidate = self.candidate(law, 2 if pairs else 1)
            if candidate is not None:
                found.setdefault(tuple(sorted(candidate.letters)), candidate)
        if not found:
            return
        while (step := self._next(self.state.term, (), found)) is not None:
            if self.uses >= MAX_USES:
                note_limit(f"over {MAX_USES} uses of laws of determinants")
                return
            self.uses += 1
            self.state.apply(step)
            self.steps.append(step)
            self.steps += collected(self.state)

    def _next(
        self, term: Term, address: Address, found: dict[tuple[int, ...], Candidate]
    ) -> Step | None:
        for place, monomial in enumerate(term):
            step = self._used(monomial, address, found)
            if step is not None:
                return step
            for position, factor in enumerate(monomial.factors):
                for number, inner in enumerate(nested_terms(factor)):
                    here = (*address, (place, position, number))
                    step = self._next(inner, here, found)
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
        out = first.out if type(first) is Value and candidate.whole else ()
        slots = tuple([slot_map(s, mapping) for s in out])
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
    if has_function(state.term, (POWER,)):
        rewriting.use([law for law in matrices.powers() if law.name.startswith("power-of")])
    if not has_function(state.term, ("determinant", "adjugate", "power")):
        return rewriting.steps
    kinds = (sympy.Determinant, nodes.Adjugate)
    found = list(dict.fromkeys([matrix for _, matrix in matrices.found(kinds)]))
    # that of a power is not taken apart: it would be one of the inverse
    invertible = [m for m in found if is_invertible(m, state.goal) and type(m) is not sympy.MatPow]
    inverses = [Law("adjugate-of-invertible", (m,)) for m in invertible]
    quotients = [law for law in matrices.together() if law.name == "determinant-not-zero"]
    of_adjugates = [m.args[0] for m in found if isinstance(m, nodes.Adjugate)]
    rewriting.use([Law("derivative-of-adjugate", (m,)) for m in invertible])
    rewriting.use(
        [
            *[Law("determinant-of-adjugate", (m,)) for m in of_adjugates],
            *[Law("inverse-of-adjugate", (m,)) for m in of_adjugates],
            *inverses,
        ]
    )
    rewriting.use(quotients, pairs=True)
    if state.term:
        apart = matrices.all_apart()
        of_numbers = list(matrices.numbers(apart))
        single = [law for law in of_numbers if law.name in _SINGLE]
        rewriting.use([*_below_logarithms(state, matrices, rewriting), *apart, *single])
        quotients += [law for law in of_numbers if law.name == "power-not-zero"]
        rewriting.use(quotients, pairs=True)
    return rewriting.steps


_SINGLE = ("power-apart", "power-of-reciprocal", "log-of-power")
"""The laws of powers of numbers that rewrite one factor."""


# log det (A + B C) = log det A + log det (I + C A⁻¹ B), where the last stands in the goal too
def _below_logarithms(state: State, matrices: Matrices, rewriting: Rewriting) -> list[Law]:
    if not has_function(state.term, ("determinant",), within="log"):
        return []
    shown = rewriting.functions(state.term, state.scope, ("determinant",))
    found = []
    for law in matrices.updates():
        old, new = law_sides(law, state.goal)
        # one that leads back to where it came from would be used for ever
        if (rewriting.letters(new.args[-1]) - rewriting.letters(old)) & shown:
            rest = law.arguments[0]
            found += [law, *matrices.apart(sympy.Determinant, rest)]
    return found


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
    matrices = Matrices(state)
    kept = list(matrices.powers()) if has_function(state.term, (POWER,)) else []
    kept += matrices.pseudo_inverses()
    if not has_function(state.term, ("determinant", "adjugate", "inverse", "power")):
        return kept
    rewriting = Rewriting(state)
    shown = rewriting.functions(state.term, state.scope)
    if state.goal.hypotheses:  # what stands inside may have been rewritten
        fresh = Lowering(state.goal.definitions, state.lowering.unfold, EXTENSIONS)
        shown |= rewriting.functions(fresh.residual(state.goal), fresh.scope)
    laws = list(matrices.together())
    of_numbers = matrices.numbers([*matrices.all_apart(), *laws])
    laws += [law for law in of_numbers if law.name != "power-apart"]
    waiting = [(law, rewriting.spoken(law)) for law in dict.fromkeys(laws)]
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


def has_function(term: Term, names: tuple[str, ...], *, within: str = "") -> bool:
    """Return whether a value of one of these functions stands in a term, at any depth.

    Args:
        term: the term.
        names: the functions.
        within: a function of a number inside of which it has to stand; left out, it may be anywhere.
    """
    return any(
        (type(factor) is Value and factor.function in names and not within)
        or any(
            has_function(inner, names, within="" if _is_function(factor, within) else within)
            for inner in nested_terms(factor)
        )
        for monomial in term
        for factor in monomial.factors
    )


def _is_function(factor: Factor, name: str) -> bool:
    return type(factor) is Apply and factor.function == name
