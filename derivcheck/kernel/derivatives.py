"""Derivatives of terms: the product rule on factors and the chain rule on functions.

They are taken before any hypothesis can be used, so no hypothesis ever acts below a derivative. A
defined name that was not written out has the derivative of its definition.

Source: Magnus & Neudecker, Matrix Differential Calculus (3rd ed., 2019), ch. 5 and 9; each rule is
the entrywise rule of the calculus of several variables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from sympy import Basic

from derivcheck.algebra import nodes
from derivcheck.algebra.functions import KNOWN_FUNCTIONS
from derivcheck.algebra.nodes import head_of, names_in
from derivcheck.kernel.powers import POWER, derivative, size_of
from derivcheck.kernel.scope import Scope
from derivcheck.kernel.terms import (
    Abstraction,
    Apply,
    Atom,
    Delta,
    Factor,
    Group,
    Index,
    Monomial,
    OutOfBudgetError,
    Slot,
    Term,
    UnknownNodeError,
    Value,
    distributed,
    monomial_map,
    number,
    scaled,
    single,
    times,
)
from derivcheck.limits import POWER as MAX_ORDER

Environment = Mapping[Any, Any]
"""Index variables to slots; names that follow a variable to their value; ``("cut", name)``."""

Entries = Callable[[tuple[Slot, ...]], Term]
"""The entry of something at given slots."""


class Differentiation:
    """Derivatives of terms under the definitions of one goal.

    Attributes:
        scope: the numbering of indices.
        definitions: head of a defined name to the name itself and its value.
        unfold: names whose definitions are written out wherever they stand; all other defined names
            stay atoms whose derivative is that of their definition.
    """

    def __init__(self, definitions: Mapping[Basic, Basic], scope: Scope) -> None:
        self.scope = scope
        self.definitions = {head_of(name): (name, value) for name, value in definitions.items()}
        self.unfold: frozenset[Any] = frozenset()
        self._names: dict[Any, set[Any]] = {}
        self._users: dict[Any, set[Any]] | None = None
        self._reachers: dict[tuple[Any, frozenset[Any]], set[Any]] = {}

    def entries(self, head: Any, slots: tuple[Slot, ...], env: Environment) -> Term:
        """Return the value of a defined name at ``slots``, by its definition.

        Raises:
            NotImplementedError: here; ``Lowering`` knows the meaning of nodes.
        """
        raise NotImplementedError

    # --- who depends on whom ------------------------------------------------------------------

    def reaches(self, head: Any, variable: Any, env: Environment) -> bool:
        """Return whether the definition of ``head`` depends on ``variable``, cuts respected."""
        return head in self.dependents(variable, env)

    def dependents(self, variable: Any, env: Environment) -> set[Any]:
        """Return the defined names that depend on a variable, other than through what is cut."""
        cuts = frozenset([k[1] for k in env if isinstance(k, tuple) and k[0] == "cut"])
        found = self._reachers.get((variable, cuts))
        if found is None:
            if self._users is None:
                self._users = {}
                for head in self.definitions:
                    for name in self.names_of(head):
                        self._users.setdefault(name, set()).add(head)
            found = set()
            waiting = [variable]
            while waiting:
                for head in self._users.get(waiting.pop(), ()):
                    if head not in found and head not in cuts:
                        found.add(head)
                        waiting.append(head)
            self._reachers[variable, cuts] = found
        return found

    def names_of(self, head: Any) -> set[Any]:
        """Return the heads of all names in the definition of ``head``."""
        if head not in self._names:
            self._names[head] = names_in(self.definitions[head][1])
        return self._names[head]

    def _stages(self, head: Any, variable: Any, env: Environment) -> list[Any]:
        """Return the names through which every dependence of ``head`` on ``variable`` passes.

        In the order from head to variable, variable last. Only names that stay atoms count.
        """
        reaching = self.dependents(variable, env)
        order: list[Any] = []
        opened: set[Any] = set()
        stack: list[tuple[Any, bool]] = [(head, False)]
        while stack:
            name, done = stack.pop()
            if done:
                order.append(name)
            elif name not in opened:
                opened.add(name)
                stack.append((name, True))
                stack += [(n, False) for n in self.names_of(name) if n in reaching]
        order.reverse()
        place = {name: k for k, name in enumerate(order)}
        end = len(order)
        stages: list[Any] = []
        farthest = 0
        for k, name in enumerate(order):
            whole = not isinstance(name, tuple) and name not in self.unfold and name not in env
            if k and farthest == k and whole:
                stages.append(name)
            used = [place[n] for n in self.names_of(name) if n in place]
            farthest = max([farthest, *used, end if variable in self.names_of(name) else 0])
        return [*stages, variable]

    # --- rules --------------------------------------------------------------------------------

    def differentiated(
        self, term: Term, variable: Any, wrt: tuple[Slot, ...], env: Environment
    ) -> Term:
        """Return the derivative of a term by the entry of ``variable`` at slots ``wrt``."""
        result: list[Monomial] = []
        for m in term:
            for place, factor in enumerate(m.factors):
                derivative = self._factor_derivative(factor, variable, wrt, env)
                if not derivative:
                    continue
                rest = Monomial(m.coefficient, m.bound, m.factors[:place] + m.factors[place + 1 :])
                for part in self.scope.product((rest,), derivative):
                    result += self.scope.contracted(part)
        return tuple(result)

    def _factor_derivative(
        self, factor: Factor, variable: Any, wrt: tuple[Slot, ...], env: Environment
    ) -> Term:
        if type(factor) is Atom:
            return self._atom_derivative(factor, variable, wrt, env)
        if type(factor) is Group:
            return self._renewed(self.differentiated(factor.term, variable, wrt, env))
        if type(factor) is Apply:
            inner = self._renewed(self.differentiated(factor.argument, variable, wrt, env))
            if not inner:
                return ()
            outer = (
                self._known_derivative(factor.function, factor.argument)
                if isinstance(factor.function, str)
                else self.scope.applied(factor.function, factor.order + 1, factor.argument)
            )
            return self.scope.product(outer, inner)
        if type(factor) is Value:
            return self._value_derivative(factor, variable, wrt, env)
        return ()

    def _atom_derivative(
        self, atom: Atom, variable: Any, wrt: tuple[Slot, ...], env: Environment
    ) -> Term:
        if atom.head == variable:
            if len(atom.slots) != len(wrt):
                raise UnknownNodeError("no definition for a family with several kinds of members")
            deltas = tuple([Delta(a, b) for a, b in zip(atom.slots, wrt, strict=True) if a or b])
            return (Monomial(Fraction(1), frozenset(), deltas),)
        if (
            atom.head not in self.definitions
            or ("cut", atom.head) in env
            or not self.reaches(atom.head, variable, env)
        ):
            return ()
        # ∂a/∂x = Σ ∂a/∂h ∂h/∂x when a depends on x through h alone
        factors: list[Term] = []
        bound: list[Index] = []
        head, slots = atom.head, atom.slots
        for stage in self._stages(head, variable, env):
            to = wrt
            if stage != variable:
                shape = nodes.shape(self.definitions[stage][0])
                to = tuple([self.scope.fresh(size) for size in shape])
                bound += [i for slot in to for i in slot]
            inner = {**env, ("cut", stage): True}
            value = self.entries(head, slots, inner)
            factors.append(self.differentiated(value, stage, to, inner))
            head, slots = stage, to
        return self.scope.summed(self.scope.product(*factors), bound)

    def _renewed(self, term: Term) -> Term:
        return tuple([self.scope.renewed(m) for m in term])

    def known(self, function: Any, order: int, argument: Term) -> Term:
        """Return a number function's derivative at a term; a known one's by its row in the table.

        Raises:
            UnknownNodeError: for a known function whose derivative is not in the table.
            OutOfBudgetError: for a derivative of too high an order.
        """
        if order == 0 or not isinstance(function, str):
            return self.scope.applied(function, order, argument)
        if order > MAX_ORDER:
            raise OutOfBudgetError(f"a derivative is taken only up to order {MAX_ORDER}")
        term: Term = (single(Apply(function, 0, (single(Atom(_FORMAL, ())),))),)
        for _ in range(order):
            term = self.differentiated(term, _FORMAL, (), {})
        return self.replaced(term, _FORMAL, lambda _: self._renewed(argument))

    def _known_derivative(self, function: str, argument: Term) -> Term:
        """Return f'(argument) as the table of functions gives it."""
        row = KNOWN_FUNCTIONS[function]
        if row.derivative is None:
            raise UnknownNodeError(f"no definition for a derivative of {row.name}")
        term: Term = ()
        for coefficient, paths in row.derivative:
            factors = []
            for path in paths:
                inner = self._renewed(argument)
                for name in path:
                    inner = self.scope.applied(name, 0, inner)
                factors.append(inner)
            term += scaled(distributed(*factors), Fraction(coefficient))
        return term

    def _value_derivative(
        self, value: Value, variable: Any, wrt: tuple[Slot, ...], env: Environment
    ) -> Term:
        # ∂F(u)/∂x = Σ_p ∂F/∂u_p ∂u_p/∂x, once for each argument u
        result: Term = ()
        for place, argument in enumerate(value.arguments):
            inner = self.differentiated(argument.body, variable, wrt, env)
            if not inner:
                continue
            mapping: dict[Index, Slot] = {}
            bound: list[Index] = []
            for slot in argument.parameters:
                for index in slot:
                    mapping[index] = self.scope.fresh(self.scope.sizes[index])
                    bound += mapping[index]
            slots = tuple(
                [tuple([i for p in slot for i in mapping[p]]) for slot in argument.parameters]
            )
            renewed = tuple([monomial_map(self.scope.renewed(m), mapping) for m in inner])
            outer = self._outer_derivative(value, place, slots)
            result += self.scope.summed(self.scope.product(outer, renewed), bound)
        return result

    def _outer_derivative(self, value: Value, place: int, slots: tuple[Slot, ...]) -> Term:
        """Return ∂F/∂(argument ``place`` at ``slots``), F's other data unchanged."""
        if value.function == "inverse":
            # d(A⁻¹)_rc = - (A⁻¹)_ra dA_ab (A⁻¹)_bc   (Magnus & Neudecker, Theorem 8.3)
            (row, column), (a, b) = value.out, slots
            left = Value("inverse", (row, a), (), value.arguments)
            right = Value("inverse", (b, column), (), value.arguments)
            copy = self.scope.renewed(single(right))
            return (times(Monomial(Fraction(-1), frozenset(), (left,)), copy),)
        if value.function == "determinant":
            # d det A = adj(A)_ba dA_ab   (Jacobi's formula; Magnus & Neudecker, Theorem 8.1)
            a, b = slots
            return (single(Value("adjugate", (b, a), (), value.arguments)),)
        if value.function == POWER and place == 0:
            size = size_of(value.arguments[1].body)
            if size is not None:
                return derivative(self.scope, value, size, slots)
        if value.function == "power" and place == 0:
            # d(t^k) = k t^(k - 1) dt
            base, exponent = value.arguments
            less = Abstraction((), exponent.body + number(Fraction(-1)))
            outer = single(Value("power", (), (), (base, less)))
            return distributed(exponent.body, (outer,))
        if isinstance(value.function, str) and value.function != "adjugate":
            # the entries of an adjugate are polynomials: smooth, and a law says their slopes
            raise UnknownNodeError(f"no definition for a derivative of the {value.function}")
        derivatives = (*value.derivatives, (place, slots))
        return (single(Value(value.function, value.out, derivatives, value.arguments)),)

    # --- substitution -------------------------------------------------------------------------

    def replaced(self, term: Term, head: Any, value: Entries) -> Term:
        """Return ``term`` with every atom of ``head`` replaced by ``value`` at its slots."""
        result: list[Monomial] = []
        for m in term:
            parts: Term = (Monomial(m.coefficient, m.bound, ()),)
            for factor in m.factors:
                parts = self.scope.product(parts, self._factor_replaced(factor, head, value))
            for part in parts:
                result += self.scope.contracted(part)
        return tuple(result)

    def _factor_replaced(self, factor: Factor, head: Any, value: Entries) -> Term:
        if type(factor) is Atom and factor.head == head:
            return value(factor.slots)
        if type(factor) is Apply:
            inner = self.replaced(factor.argument, head, value)
            return self.scope.applied(factor.function, factor.order, inner)
        if type(factor) is Group:
            return self.scope.grouped(self.replaced(factor.term, head, value))
        if type(factor) is Value:
            arguments = tuple(
                [
                    Abstraction(a.parameters, self.replaced(a.body, head, value))
                    for a in factor.arguments
                ]
            )
            return self.scope.valued(factor.function, factor.out, factor.derivatives, arguments)
        return (single(factor),)


class _Formal:
    """The variable by which a known function is differentiated; no author can write it."""


_FORMAL = _Formal()
