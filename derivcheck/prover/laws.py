"""Which laws may help, read off the matrices and powers as they are written in a goal.

Nothing here has to be trusted: a law that does not hold of these matrices is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import sympy
from sympy import Basic, Integer, preorder_traversal

from derivcheck.algebra import nodes
from derivcheck.algebra.goal import NoEquationError
from derivcheck.algebra.nodes import head_of, member_indices
from derivcheck.kernel.check import State
from derivcheck.laws.law import (
    Law,
    is_invertible,
    is_nonzero,
    is_positive,
    is_size,
    is_square,
    product,
    times,
    total,
)
from derivcheck.laws.table import law_sides
from derivcheck.limits import DETERMINANT_SIZE as MAX_EXPANDED
from derivcheck.prover.limits_met import note_limit


class Matrices:
    """The matrices whose determinant, adjugate or inverse stands in a goal."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.goal = state.goal
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
        if type(whole) is not sympy.MatPow and (
            kind is nodes.Adjugate and is_invertible(matrix, self.goal)
        ):
            yield Law("adjugate-of-invertible", (matrix,))
            yield from self.apart(sympy.Determinant, matrix)
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
                    if kind is sympy.Determinant:
                        yield Law("log-of-product", (kind(left), kind(right)))
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
        elif isinstance(whole, sympy.MatAdd):
            yield from self._conjugated(whole)
        elif isinstance(whole, sympy.DiagMatrix):
            yield Law("log-of-diagonal", (whole.args[0],))
            yield from self._diagonal(whole.args[0])
        elif isinstance(whole, nodes.Blocks):
            laws = [Law("determinant-of-triangular", (whole,))]
            laws += [Law("determinant-of-antitriangular", (whole,))]
            laws += [Law("determinant-of-mirrored", (whole,))]
            laws += [Law("determinant-of-blocks", (whole, lower)) for lower in (False, True)]
            laws += [Law("determinant-of-bordered", (whole, lower)) for lower in (False, True)]
            for law in self._first(laws):
                yield law
                for node in preorder_traversal(law_sides(law, self.goal)[1]):
                    if isinstance(node, kind):
                        yield from self.apart(kind, node.args[0])

    # det (c I + P D P⁻¹) = det (c I + D)
    def _conjugated(self, whole: Basic) -> Iterator[Law]:
        multiples: list[Basic] = []
        others = []
        for term in self.terms(whole):
            numbers, matrices = self.factors(term)
            if len(matrices) == 1 and isinstance(matrices[0], sympy.Identity):
                multiples.append(times(*numbers) if numbers else Integer(1))
            else:
                others.append((numbers, matrices))
        if not multiples or len(others) != 1 or len(others[0][1]) < 3:
            return
        c = multiples[0] if len(multiples) == 1 else sympy.Add(*multiples, evaluate=False)
        numbers, (x, *d, y) = others[0]
        yield Law("determinant-of-conjugate", (x, product(*numbers, *d), y, c))

    # Π_i a_i b_i = Π_i a_i Π_i b_i, and Π_i c a_i = cⁿ Π_i a_i
    def _diagonal(self, entries: Basic) -> Iterator[Law]:
        if isinstance(entries, sympy.HadamardProduct):
            first, rest = entries.args[0], entries.args[1:]
            other = rest[0] if len(rest) == 1 else Basic.__new__(sympy.HadamardProduct, *rest)
            pair = sympy.DiagMatrix(first), sympy.DiagMatrix(other)
        elif isinstance(entries, nodes.Assembled) and entries.args[1] != 1:
            body, index, unit = entries.args
            factors = _factors_of(body)
            constant = [f for f in factors if not f.has(index)]
            varying = [f for f in factors if f.has(index)]
            over = [sympy.DiagMatrix(nodes.Assembled(f, index, unit)) for f in varying]
            if constant:
                rest = sympy.Identity(nodes.shape(entries)[0])
                if varying:
                    rest = sympy.DiagMatrix(nodes.Assembled(times(*varying), index, unit))
                yield Law("determinant-of-multiple", (times(*constant), rest))
                yield from self.apart(sympy.Determinant, rest)
                return
            if len(over) < 2:
                return
            rest = times(*varying[1:])
            pair = over[0], sympy.DiagMatrix(nodes.Assembled(rest, index, unit))
        else:
            return
        yield Law("determinant-of-product", pair)
        for part in pair:
            yield from self.apart(sympy.Determinant, part)

    def _first(self, laws: Iterable[Law]) -> list[Law]:
        """Return the first of some laws that holds, alone; nothing if none does."""
        for law in laws:
            try:
                law_sides(law, self.goal)
            except NoEquationError:
                continue
            return [law]
        return []

    def fixed(self) -> Iterator[Law]:
        """Yield the laws that write determinants, adjugates and inverses of a fixed size out."""
        for kind, matrix in self.found((sympy.Determinant, nodes.Adjugate, sympy.Inverse)):
            shape = nodes.shape(matrix)
            if not isinstance(shape[0], Integer) or shape[0] < 2:
                continue
            if shape[0] > MAX_EXPANDED:
                note_limit(f"a determinant is written out only up to size {MAX_EXPANDED}")
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
            laws = [Law("inverse-of-diagonal-blocks", (whole,))]
            laws += [Law("inverse-of-blocks", (whole, lower)) for lower in (False, True)]
            yield from self._first(laws)
            if isinstance(whole, nodes.Adjugate):
                yield Law("inverse-of-adjugate", tuple(whole.args))
            if _is_symbolic_power(whole):
                yield Law("inverse-of-power", tuple(whole.args))

    def pseudo_inverses(self) -> Iterator[Law]:
        """Yield what defines the pseudo-inverses of the goal, and what full rank adds."""
        found: dict[Basic, None] = {}
        for _, matrix in self.found((nodes.PseudoInverse,)):
            found.update(dict.fromkeys(_made_of(matrix)))
        for matrix in found:
            yield from [Law("penrose", (matrix, which)) for which in range(4)]
            for rows in (False, True):
                yield from self._first([Law("pseudo-inverse-of-full-rank", (matrix, rows))])

    def all_apart(self) -> list[Law]:
        """Return the laws that take the determinants and adjugates of the goal apart."""
        kinds = (sympy.Determinant, nodes.Adjugate)
        matrices = dict.fromkeys(matrix for _, matrix in self.found(kinds))
        return [law for m in matrices for kind in kinds for law in self.apart(kind, m)]

    def together(self) -> Iterator[Law]:
        """Yield the laws that connect determinants with each other and with adjugates."""
        found = list(self.found((sympy.Determinant, nodes.Adjugate)))
        seen: list[Basic] = []
        for kind, matrix in found:
            for law in [None, *self.apart(kind, matrix)]:
                seen += (
                    [matrix] if law is None else [a for a in law.arguments if isinstance(a, Basic)]
                )
            if kind is nodes.Adjugate:
                yield Law("adjugate-of-transpose", (matrix,))
        for matrix in dict.fromkeys(m for m in seen if is_square(m)):
            yield from self._beside(matrix)
            yield from self._complements(matrix)
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

    # det [A B; C D] = det A det S, and det S det D = det (S D) where that is shorter
    def _complements(self, matrix: Basic) -> Iterator[Law]:
        whole = self.written(matrix)
        if not isinstance(whole, nodes.Blocks):
            return
        yield from self._first([Law("determinant-of-mirrored", (whole,))])
        for lower in (False, True):
            for law in self._first([Law("determinant-of-blocks", (whole, lower))]):
                right = law_sides(law, self.goal)[1]
                parts = [n.args[0] for n in right.args if isinstance(n, sympy.Determinant)]
                if len(parts) == 2 and nodes.shape(parts[0]) == nodes.shape(parts[1]):
                    yield law
                    yield Law("determinant-of-product", tuple(parts))
                    yield Law("determinant-of-product", tuple(parts[::-1]))

    # det (A + B D⁻¹ C) with D⁻¹ a factor of the product, or I between two factors
    def _sums(self, matrix: Basic) -> Iterator[Law]:
        terms = self.terms(matrix)
        if not 2 <= len(terms) <= 4:
            return
        yield Law("determinant-of-transpose", (matrix,))
        for k, term in enumerate(terms):
            rest = total(*terms[:k], *terms[k + 1 :])
            numbers, factors = self.factors(term)
            yield from self._rank_one(rest, numbers, factors)
            if not is_invertible(rest, self.goal):
                continue
            yield from self.apart(sympy.Determinant, rest)
            for left, right in _cuts(numbers, factors):
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

    def _rank_one(self, rest: Basic, numbers: list[Basic], factors: list[Basic]) -> Iterator[Law]:
        if not is_invertible(rest, self.goal):
            for left, right in _cuts(numbers, factors):
                if nodes.shape(right)[0] == 1:
                    yield Law("determinant-of-rank-one", (rest, left, right))

    def updates(self) -> Iterator[Law]:
        """Yield the laws that take a part of a sum out of its determinant."""
        for _, matrix in self.found((sympy.Determinant,)):
            terms = self.terms(matrix)
            for k, term in enumerate(terms if 2 <= len(terms) <= 4 else []):
                rest = total(*terms[:k], *terms[k + 1 :])
                if is_invertible(rest, self.goal):
                    for left, right in _cuts(*self.factors(term)):
                        yield Law("determinant-of-update", (rest, left, right))

    # --- powers ---------------------------------------------------------------------------------

    def numbers(self, laws: Iterable[Law]) -> Iterator[Law]:
        """Yield the laws of powers of numbers that stand in the goal or come in with some laws."""
        powers: dict[tuple[Basic, Any], None] = {}
        for node in self._nodes():
            if isinstance(node, sympy.Pow) and not node.args[1].is_Rational:
                powers.setdefault(node.args)
        for law in laws:
            if law.name.endswith("-multiple"):
                powers.setdefault((law.arguments[0], nodes.shape(law.arguments[1])[0]))
            if law.name == "determinant-of-kronecker":
                a, b = law.arguments
                powers.setdefault((sympy.Determinant(a), nodes.shape(b)[0]))
                powers.setdefault((sympy.Determinant(b), nodes.shape(a)[0]))
            if law.name == "determinant-of-adjugate":
                (a,) = law.arguments
                powers.setdefault((sympy.Determinant(a), nodes.shape(a)[0] - 1))
            if law.name == "determinant-of-antitriangular":
                m, n = law.arguments[0].heights
                powers.setdefault((Integer(-1), m if m == n else m * n))
        for base, exponent in powers:
            sizes = [symbol for symbol in exponent.atoms(sympy.Symbol) if is_size(symbol)]
            for t in dict.fromkeys(_bases(base)):
                if t == -1:
                    yield Law("sign-twice", (exponent,))
                    continue
                if is_nonzero(t, self.goal):
                    if any(
                        count < 0 for count in exponent.expand().as_coefficients_dict().values()
                    ):
                        yield Law("power-apart", (t, exponent))
                    yield from [Law("power-not-zero", (t, k)) for k in sizes]
                    yield from [Law("power-of-reciprocal", (t, k)) for k in sizes]
                yield from [Law("power-step", (t, k)) for k in sizes]
                if is_positive(t, self.goal):
                    yield from [Law("log-of-power", (t, k)) for k in sizes]

    def powers(self) -> Iterator[Law]:
        """Yield the laws of the powers of matrices with a symbolic exponent in the goal."""
        yield from self._sums_of_powers()
        found = dict.fromkeys(node.args for node in self._nodes() if _is_symbolic_power(node))
        for base, exponent in found:
            whole = self.written(base)
            numbers, factors = self.factors(whole)
            if numbers:
                rest = product(*factors)
                yield Law("power-of-multiple", (times(*numbers), rest, exponent))
            if len(factors) > 2:
                ends = factors[0], product(*factors[1:-1]), factors[-1]
                yield Law("power-of-conjugate", (*ends, exponent))
            if isinstance(whole, sympy.KroneckerProduct) and len(whole.args) == 2:
                yield Law("power-of-kronecker", (*whole.args, exponent))
            yield Law("power-of-diagonal-blocks", (whole, exponent))
            if is_invertible(whole, self.goal):
                yield from [Law("powers-beside", (whole, exponent, left)) for left in (True, False)]
            for position in range(len(self.goal.hypotheses)):
                for k in (exponent, exponent - 1):
                    for turned in (False, True):
                        yield Law("power-past", (position, turned, k))
                for turned in (False, True):
                    yield Law("power-of-commuting", (position, turned, exponent))
                if len(factors) > 2:
                    d = product(*factors[1:-1])
                    for cut in (1, -1):
                        yield Law("power-of-conjugate-given", (position, cut, d, exponent))

    def _sums_of_powers(self) -> Iterator[Law]:
        """Yield the laws of sums over the exponents of a matrix."""
        found: dict[tuple[Basic, Any], None] = {}
        for node in self._nodes():
            if isinstance(node, sympy.MatPow):
                base, exponent = node.args
                for part in exponent.atoms(sympy.Symbol, nodes.IndexVariable):
                    counted = part.size if isinstance(part, nodes.IndexVariable) else part
                    if not isinstance(counted, Integer):
                        found.setdefault((self.written(base), counted))
        for matrix, count in found:
            for left in (True, False):
                yield Law("geometric-sum", (matrix, count, left))
                yield Law("geometric-sum-over", (matrix, count, left))
            yield Law("sum-reversed", (matrix, count))

    def _nodes(self) -> Iterator[Any]:
        goal = self.goal
        roots: list[Any] = [goal.lhs, goal.rhs, *goal.definitions.values()]
        roots += [side for given in goal.hypotheses for side in (given.lhs, given.rhs)]
        for root in roots:
            yield from preorder_traversal(root)


def _is_symbolic_power(node: Any) -> bool:
    """Return whether a node is a power of a matrix with an exponent made of sizes."""
    if type(node) is not sympy.MatPow or isinstance(node.args[1], Integer):
        return False
    return not node.args[1].atoms(nodes.IndexVariable)


def _cuts(numbers: list[Basic], factors: list[Basic]) -> Iterator[tuple[Basic, Basic]]:
    """Yield the ways to write a product as one of two matrices, I among them."""
    rows, columns = nodes.shape(factors[0])[0], nodes.shape(factors[-1])[1]
    for cut in range(1, len(factors)):
        yield product(*numbers, *factors[:cut]), product(*factors[cut:])
    yield product(*numbers, *factors), sympy.Identity(columns)
    if not numbers:
        yield sympy.Identity(rows), product(*factors)


def _factors_of(number: Basic) -> list[Basic]:
    """Return the factors of a number, small powers written out."""
    if isinstance(number, sympy.Mul):
        return [factor for part in number.args for factor in _factors_of(part)]
    if isinstance(number, sympy.Pow) and number.args[1] in (2, 3, 4):
        return [number.args[0]] * int(number.args[1])
    return [number]


def _bases(number: Basic) -> list[Basic]:
    """Return the numbers of whose powers a power of a product is made."""
    if isinstance(number, sympy.Mul):
        return [base for factor in number.args for base in _bases(factor)]
    if isinstance(number, sympy.Pow) and number.args[1].is_Rational:
        return _bases(number.args[0])
    if isinstance(number, sympy.Determinant) and isinstance(number.args[0], sympy.Inverse):
        return [number, sympy.Determinant(*number.args[0].args[:1])]
    if isinstance(number, sympy.Rational) and number != -1:
        sign = [Integer(-1)] if number < 0 else []
        return [*sign, abs(number)]
    return [number]


def _made_of(matrix: Basic) -> Iterator[Basic]:
    """Yield a matrix, and those of which it is a product, a Kronecker product or a transpose."""
    yield matrix
    if isinstance(matrix, sympy.MatMul | sympy.KroneckerProduct | sympy.Transpose):
        for part in matrix.args:
            if nodes.shape(part):
                yield from _made_of(part)
