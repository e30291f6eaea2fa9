"""From a goal to index terms, by definition.

Every node has exactly one reading here: an operator's is its pattern in the operator table, that of
every other node is a clause of ``Lowering``. A node without a clause is refused. Derivatives are
taken here, by the product rule on factors and the chain rule on functions, before any hypothesis can
be used; so no hypothesis ever acts below a derivative.

Source: Magnus & Neudecker, Matrix Differential Calculus (3rd ed., 2019), ch. 5 and 9 for the
derivative rules; each is the entrywise rule of the calculus of several variables.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction
from typing import Any

import sympy
from sympy import Basic, Integer, MatrixSymbol, Rational, Symbol

from derivcheck.algebra import nodes
from derivcheck.algebra.functions import KNOWN_FUNCTIONS
from derivcheck.algebra.goal import Goal
from derivcheck.algebra.nodes import head_of, member_indices, names_in
from derivcheck.algebra.operators import OPERATORS, Operator
from derivcheck.algebra.shapes import parse_axes
from derivcheck.kernel.terms import (
    Abstraction,
    Apply,
    Atom,
    Delta,
    Factor,
    Index,
    Monomial,
    OutOfBudgetError,
    Scope,
    Slot,
    Term,
    UnknownNodeError,
    Value,
    binders,
    monomial_map,
    nested_terms,
    scaled,
    single,
    times,
)

MAX_POWER = 64
"""A written-out power beyond this is out of budget."""

MAX_DEPTH = 400
"""Nesting of nodes and definitions beyond this is out of budget."""

_FORMAL = Symbol("t", dummy=True)
"""The variable by which a known function is differentiated."""

_FUNCTIONS_OF_MATRICES = {sympy.Inverse: "inverse", sympy.Determinant: "determinant"}

Environment = Mapping[Any, Any]
"""Index variables to slots, rebound names to nodes."""


class Lowering:
    """Lowers nodes of one goal; holds the numbering of indices.

    Attributes:
        scope: the numbering.
        unfold: names whose definitions are written out wherever they stand; all other defined names
            stay atoms whose derivative is that of their definition.
        named: declared index variables that are free in the goal, to their slot.
    """

    def __init__(
        self, definitions: Mapping[Basic, Basic], unfold: Collection[Any] | None = None
    ) -> None:
        self.scope = Scope()
        self.definitions = {head_of(name): (name, value) for name, value in definitions.items()}
        self.unfold = frozenset(self.definitions if unfold is None else unfold)
        self.named: dict[Basic, Slot] = {}
        self._depth = 0
        self._level = 0
        self._reach: dict[tuple[Any, Basic], bool] = {}

    # --- goals --------------------------------------------------------------------------------

    def residual(self, goal: Goal) -> Term:
        """Return lhs - rhs as one term.

        Raises:
            UnknownNodeError: for a node without definition.
            OutOfBudgetError: when a counted limit is met.
        """
        minus_one = Fraction(-1)

        def both(slots: tuple[Slot, ...]) -> Term:
            return self.lower(goal.lhs, slots, {}) + scaled(
                self.lower(goal.rhs, slots, {}), minus_one
            )

        return self.opened(nodes.shape(goal.lhs), both)[1]

    def opened(
        self, sizes: Sequence[Any], body: Callable[[tuple[Slot, ...]], Term], level: int = 0
    ) -> tuple[tuple[Slot, ...], Term]:
        """Lower ``body`` at fresh slots of the given sizes, splitting an axis where it is factored."""
        slots = tuple([self.scope.fresh(size, level) for size in sizes])
        for _ in range(16):
            term = body(slots)
            found = self._wanted_split(term, {index for slot in slots for index in slot})
            if found is None:
                return slots, term
            whole, parts = found
            made = tuple([i for size in parts for i in self.scope.fresh(size, level)])
            slots = tuple(
                [tuple([p for i in s for p in (made if i == whole else (i,))]) for s in slots]
            )
        raise OutOfBudgetError("an axis is factored too often")

    def _wanted_split(self, term: Term, own: set[Index]) -> tuple[Index, list[Any]] | None:
        """Return an index that a delta joins to several, and the sizes of these."""
        for monomial in term:
            for f in monomial.factors:
                if type(f) is Delta:
                    found = self.scope.factored(f, own)
                    if found is not None:
                        return found
                for inner in nested_terms(f):
                    found = self._wanted_split(inner, own)
                    if found is not None:
                        return found
        return None

    # --- nodes --------------------------------------------------------------------------------

    def lower(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:
        """Return the entry of ``node`` at ``slots`` (one slot an axis, none for a scalar).

        Raises:
            UnknownNodeError: for a node without definition.
            OutOfBudgetError: when a counted limit is met.
        """
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise OutOfBudgetError(f"nesting is deeper than {MAX_DEPTH}")
        try:
            row = OPERATORS.get(type(node))
            if row is not None:
                return self._operator(row, node, slots, env)
            clause = _CLAUSES.get(type(node))
            if clause is None:
                clause = next((c for kind, c in _CLAUSES.items() if isinstance(node, kind)), None)
            if clause is None:
                raise UnknownNodeError(f"no definition for {type(node).__name__}")
            return clause(self, node, slots, env)
        finally:
            self._depth -= 1

    def _operator(
        self, row: Operator, node: Basic, slots: tuple[Slot, ...], env: Environment
    ) -> Term:
        arguments = list(node.args)
        count = len(arguments) - len(row.sizes)
        sizes = dict(zip(row.sizes, arguments[count:], strict=True))
        arguments = arguments[:count]
        if not row.associative:
            return self._pattern(row, [(a, nodes.shape(a)) for a in arguments], sizes, slots, env)
        scalars = [a for a in arguments if not nodes.shape(a)]
        matrices = [(a, nodes.shape(a)) for a in arguments if nodes.shape(a)]
        term = self._pattern(row, matrices, sizes, slots, env)
        return self._multiplied(*[self.lower(a, (), env) for a in scalars], term)

    def _pattern(
        self,
        row: Operator,
        arguments: list[tuple[Basic, nodes.Shape]],
        sizes: dict[str, Any],
        slots: tuple[Slot, ...],
        env: Environment,
    ) -> Term:
        """Read an operator's pattern at ``slots``; more than two arguments fold from the left."""
        if row.associative and len(arguments) == 1:
            return self.lower(arguments[0][0], slots, env)
        inputs, _, output = row.pattern.partition("->")
        groups = [parse_axes(text) for text in inputs.split(",")] if inputs else []
        if len(arguments) > 2:
            left = arguments[:-1]
            arguments = [(_Fold(left), folded_shape(row, left)), arguments[-1]]
        letters = dict(sizes)
        for (_, argument_shape), axes in zip(arguments, groups, strict=True):
            for axis, size in zip(axes, argument_shape, strict=True):
                if len(axis) == 1 and axis != "1":
                    letters[axis] = size
        given: dict[str, Slot] = {}
        deltas: list[Delta] = []
        bound: list[Index] = []
        for axis, slot in zip(parse_axes(output), slots, strict=True):
            parts: list[Slot] = []
            if axis != "1" and len(axis) == len(slot) > 1 and all(
                index > 0 and self.scope.sizes[index] == letters[letter]
                for letter, index in zip(axis, slot, strict=True)
            ):
                parts = [(index,) for index in slot]
            elif axis != "1" and len(axis) == 1:
                parts = [slot]
            if parts:
                for letter, part in zip(axis, parts, strict=True):
                    if letter in given:
                        deltas.append(Delta(given[letter], part))
                    else:
                        given[letter] = part
                continue
            joined: Slot = ()
            for letter in "" if axis == "1" else axis:
                if letter not in given:
                    given[letter] = self.scope.fresh(letters[letter])
                    bound += given[letter]
                joined += given[letter]
            deltas.append(Delta(joined, slot))
        for letter in dict.fromkeys("".join(axis for axes in groups for axis in axes)):
            if letter not in given and letter != "1":
                given[letter] = self.scope.fresh(letters[letter])
                bound += given[letter]
        factors: list[Term] = []
        for (argument, _), axes in zip(arguments, groups, strict=True):
            inner = tuple(
                [() if a == "1" else tuple([i for c in a for i in given[c]]) for a in axes]
            )
            if isinstance(argument, _Fold):
                factors.append(self._pattern(row, argument.arguments, {}, inner, env))
            else:
                factors.append(self.lower(argument, inner, env))
        return self.scope.summed(self.scope.product(*factors), bound, deltas)

    def _number(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:  # noqa: ARG002
        value = Fraction(int(node.p), int(node.q))
        return (Monomial(value, frozenset(), ()),) if value else ()

    def _sum(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:
        return tuple([m for part in node.args for m in self.lower(part, slots, env)])

    def _scalar_product(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:
        return self._multiplied(*[self.lower(part, slots, env) for part in node.args])

    def _multiplied(self, *terms: Term) -> Term:
        """Return a product of numbers; a delta in one acts on the others."""
        product = self.scope.product(*terms)
        if not any(type(f) is Delta for m in product for f in m.factors):
            return product
        return tuple([part for m in product for part in self.scope.contracted(m)])

    def _power(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:  # noqa: ARG002
        base, exponent = node.args
        if not isinstance(exponent, Rational):
            raise UnknownNodeError("no definition for a power with a symbolic exponent")
        root, power = int(exponent.q), abs(int(exponent.p))
        if power > MAX_POWER:
            raise OutOfBudgetError(f"a power is written out only up to exponent {MAX_POWER}")
        if root not in (1, 2):
            raise UnknownNodeError("no definition for this root")
        # x^(p/2) = sqrt(x)^p, and a negative power is a power of the reciprocal
        names = (["sqrt"] if root == 2 else []) + (["reciprocal"] if exponent < 0 else [])

        def one() -> Term:
            term = self.lower(base, (), env)
            for name in names:
                term = self._known(name, 0, term)
            return term

        return self.scope.product(*[one() for _ in range(power)])

    def _matrix_power(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:
        base, exponent = node.args
        if not isinstance(exponent, Integer):
            raise UnknownNodeError("no definition for a matrix power with a symbolic exponent")
        power = int(exponent)
        if abs(power) > MAX_POWER:
            raise OutOfBudgetError(f"a power is written out only up to exponent {MAX_POWER}")
        if power < 0:
            base, power = sympy.Inverse(base), -power
        if power == 0:
            return self.lower(sympy.Identity(base.rows), slots, env)
        return self.lower(Basic.__new__(sympy.MatMul, *[base] * power), slots, env)

    def _zero(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:  # noqa: ARG002
        return ()

    def _name(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:
        positions = [self._position(i, env) for i in member_indices(node)]
        return self._named(head_of(node), (*positions, *slots), env)

    def _named(self, head: Any, slots: tuple[Slot, ...], env: Environment) -> Term:
        """Return the entry of a name at ``slots`` (a member's own indices come first)."""
        if head in env:
            return self.lower(env[head], slots, env)
        if head in self.definitions and head in self.unfold and ("cut", head) not in env:
            return self._definition(head, slots, env)
        return (single(Atom(head, slots)),)

    def _definition(self, head: Any, slots: tuple[Slot, ...], env: Environment) -> Term:
        """Return the value of a defined name at ``slots`` (a member's own indices come first)."""
        name, value = self.definitions[head]
        indices = member_indices(name)
        inner: dict[Any, Any] = {k: v for k, v in env.items() if not _is_index(k)}
        inner.update(zip(indices, slots, strict=False))
        return self.lower(value, slots[len(indices) :], inner)

    def _position(self, index: Basic, env: Environment) -> Slot:
        """Return the slot of an index: bound here, fixed, or a free one of the goal."""
        if isinstance(index, Integer):
            return (-int(index),)
        if index in env:
            return env[index]  # type: ignore[no-any-return]
        if not _is_index(index):
            raise UnknownNodeError("an index is neither a number nor an index variable")
        if index not in self.named:
            self.named[index] = self.scope.fresh(index.size)
        return self.named[index]

    def _component(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:  # noqa: ARG002
        body, *indices = node.args
        sizes = nodes.shape(body)
        inner = tuple(
            [
                () if size == 1 else self._position(index, env)
                for index, size in zip(indices, sizes, strict=True)
            ]
        )
        return self.lower(body, inner, env)

    def _delta(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:  # noqa: ARG002
        left, right = (self._position(index, env) for index in node.args)
        return self.scope.contracted(single(Delta(left, right)))

    def _unit_vector(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:
        return self.scope.contracted(single(Delta(self._position(node.args[0], env), slots[0])))

    def _assembled(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:
        body, *indices = node.args
        inner = dict(env)
        inner.update((i, s) for i, s in zip(indices, slots, strict=True) if _is_index(i))
        return self.lower(body, (), inner)

    def _summation(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:
        body, index = node.args
        slot = self.scope.fresh(index.size)
        if not slot:
            slot = (-1,)
        term = self.lower(body, slots, {**env, index: slot})
        return self.scope.summed(term, [i for i in slot if i > 0])

    def _matrix_scalar(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:  # noqa: ARG002
        return self.lower(node.args[0], ((),) * len(nodes.shape(node.args[0])), env)

    def _arranged(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:
        tensor, axes = node.args
        inner: list[Slot] = [()] * len(nodes.shape(tensor))
        for axis, slot in zip(axes, slots, strict=True):
            if axis >= 0:
                inner[int(axis)] = slot
        return self.lower(tensor, tuple(inner), env)

    def _tensor_product(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:
        left, right = node.args
        middle = self.scope.fresh(nodes.shape(left)[-1])
        cut = len(nodes.shape(left)) - 1
        term = self.scope.product(
            self.lower(left, (*slots[:cut], middle), env),
            self.lower(right, (middle, *slots[cut:]), env),
        )
        return self.scope.summed(term, middle)

    # --- functions ----------------------------------------------------------------------------

    def _scalar_function(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:
        function, order, argument = node.args
        key = function.name if function.name in KNOWN_FUNCTIONS else function
        return self._known(key, int(order), self.lower(argument, slots, env))

    def _known(self, function: Any, order: int, argument: Term) -> Term:
        """Return a number function's derivative at a term; a known one's by its row in the table."""
        argument = self.apart(argument)
        if order == 0 or not isinstance(function, str):
            return self.scope.applied(function, order, argument)
        term: Term = (single(Apply(function, 0, (single(Atom(_FORMAL, ())),))),)
        for _ in range(order):
            term = self.differentiated(term, _FORMAL, (), {})
        return self.replaced(
            term, _FORMAL, lambda _: tuple([self.scope.renewed(m) for m in argument])
        )

    def _known_derivative(self, function: str, argument: Term) -> Term:
        """Return f'(argument) as the table of functions gives it."""
        row = KNOWN_FUNCTIONS[function]
        if row.derivative is None:
            raise UnknownNodeError(f"no definition for a derivative of {row.name}")
        term: Term = ()
        for coefficient, paths in row.derivative:
            factors = []
            for path in paths:
                inner = tuple([self.scope.renewed(m) for m in argument])
                for name in path:
                    inner = self.scope.applied(name, 0, inner)
                factors.append(inner)
            term += scaled(self.scope.product(*factors), Fraction(coefficient))
        return term

    def apart(self, term: Term) -> Term:
        """Return a nested term whose monomials bind no index in common."""
        seen: set[Index] = set()
        result = []
        for monomial in term:
            own = set(binders(monomial))
            if own & seen:
                monomial = self.scope.renewed(monomial)
                own = set(binders(monomial))
            seen |= own
            result.append(monomial)
        return tuple(result)

    def _abstraction(self, node: Basic, env: Environment) -> Abstraction:
        self._level += 1
        try:
            slots, term = self.opened(
                nodes.shape(node), lambda s: self.lower(node, s, env), self._level
            )
        finally:
            self._level -= 1
        return Abstraction(slots, self.apart(term))

    def _function_value(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:
        function, *arguments = node.args
        return self.scope.valued(
            function, slots, (), tuple([self._abstraction(a, env) for a in arguments])
        )

    def _matrix_function(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:
        name = _FUNCTIONS_OF_MATRICES[type(node)]
        return self.scope.valued(name, slots, (), (self._abstraction(node.args[0], env),))

    # --- derivatives --------------------------------------------------------------------------

    def _tensor_derivative(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:
        body, variable, point, rebound = node.args
        cut = len(nodes.shape(body))
        head = head_of(variable)
        wrt = (*[self._position(i, env) for i in member_indices(variable)], *slots[cut:])
        inner = {k: v for k, v in env.items() if k != head}
        inner["cut", head] = True
        followers = {head}
        inside = [head]  # names that stand for themselves inside and may stand for more outside
        for name, value in rebound:
            if name == value:  # held fixed
                inner["cut", head_of(name)] = True
                inside.append(head_of(name))
            else:
                inner[head_of(name)] = value
                followers.add(head_of(name))
        elsewhere = point != variable
        unfolded = self.unfold
        if elsewhere or len(followers) > 1:
            # names that follow the variable have other values there, or follow it by another way
            self.unfold = unfolded | frozenset(
                h for h in self.definitions if any(self.reaches(h, f, inner) for f in followers)
            )
        try:
            term = self.lower(body, slots[:cut], inner)
            result = self.differentiated(term, head, wrt, inner)
        finally:
            self.unfold = unfolded
        if elsewhere:
            result = self.replaced(result, head, lambda s: self.lower(point, s, env))
            inside.remove(head)
        for name in inside:
            if name in env or (name in self.unfold and ("cut", name) not in env):
                result = self.replaced(
                    result, name, lambda s, name=name: self._named(name, s, env)
                )
        return result

    def _differential(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:
        body, pairs = node.args
        inner = dict(env)
        for variable, _ in pairs:
            inner["cut", head_of(variable)] = True
        result: Term = ()
        for variable, change in pairs:
            free = tuple([self.scope.fresh(size) for size in nodes.shape(variable)])
            term = self.lower(body, slots, inner)
            derivative = self.differentiated(term, head_of(variable), free, inner)
            step = self.lower(change, free, env)
            result += self.scope.summed(
                self.scope.product(derivative, step), [i for s in free for i in s]
            )
        return result

    def reaches(self, head: Any, variable: Any, env: Environment) -> bool:
        """Return whether the definition of ``head`` depends on ``variable``, cuts respected."""
        cuts = frozenset(k[1] for k in env if isinstance(k, tuple) and k[0] == "cut")
        return self._reaches(head, variable, cuts, set())

    def _reaches(self, head: Any, variable: Any, cuts: frozenset[Any], seen: set[Any]) -> bool:
        key = (head, variable, cuts)
        if key in self._reach:
            return self._reach[key]
        if head in seen or head not in self.definitions or head in cuts:
            return False
        seen.add(head)
        _, value = self.definitions[head]
        names = names_in(value)
        answer = variable in names or any(
            self._reaches(name, variable, cuts, seen) for name in names
        )
        self._reach[key] = answer
        return answer

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
                rest = Monomial(
                    m.coefficient, m.bound, m.factors[:place] + m.factors[place + 1 :]
                )
                for part in derivative:
                    result += self.scope.contracted(times(rest, part))
        return tuple(result)

    def _factor_derivative(
        self, factor: Factor, variable: Any, wrt: tuple[Slot, ...], env: Environment
    ) -> Term:
        if type(factor) is Atom:
            if factor.head == variable:
                deltas = tuple(
                    [Delta(a, b) for a, b in zip(factor.slots, wrt, strict=True) if a or b]
                )
                return (Monomial(Fraction(1), frozenset(), deltas),)
            if (
                factor.head in self.definitions
                and ("cut", factor.head) not in env
                and self.reaches(factor.head, variable, env)
            ):
                value = self._definition(factor.head, factor.slots, env)
                return self.differentiated(value, variable, wrt, env)
            return ()
        if type(factor) is Apply:
            inner = tuple(
                [
                    self.scope.renewed(m)
                    for m in self.differentiated(factor.argument, variable, wrt, env)
                ]
            )
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

    def _value_derivative(
        self, value: Value, variable: Any, wrt: tuple[Slot, ...], env: Environment
    ) -> Term:
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
            renewed = tuple(
                [monomial_map(self.scope.renewed(m), mapping) for m in inner]
            )
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
        if isinstance(value.function, str):
            raise UnknownNodeError(f"no definition for a derivative of the {value.function}")
        return (
            single(
                Value(
                    value.function,
                    value.out,
                    (*value.derivatives, (place, slots)),
                    value.arguments,
                )
            ),
        )

    def replaced(
        self,
        term: Term,
        head: Any,
        value: Callable[[tuple[Slot, ...]], Term],
    ) -> Term:
        """Return ``term`` with every atom of ``head`` replaced by ``value`` at its slots."""
        result: list[Monomial] = []
        for m in term:
            parts: Term = (Monomial(m.coefficient, m.bound, ()),)
            for factor in m.factors:
                parts = self.scope.product(parts, self._factor_replaced(factor, head, value))
            for part in parts:
                result += self.scope.contracted(part)
        return tuple(result)

    def _factor_replaced(
        self,
        factor: Factor,
        head: Any,
        value: Callable[[tuple[Slot, ...]], Term],
    ) -> Term:
        if type(factor) is Atom and factor.head == head:
            return value(factor.slots)
        if type(factor) is Apply:
            inner = self.replaced(factor.argument, head, value)
            return self.scope.applied(factor.function, factor.order, self.apart(inner))
        if type(factor) is Value:
            arguments = tuple(
                [
                    Abstraction(
                        a.parameters, self.apart(self.replaced(a.body, head, value))
                    )
                    for a in factor.arguments
                ]
            )
            return self.scope.valued(factor.function, factor.out, factor.derivatives, arguments)
        return (single(factor),)


class _Fold:
    """The left part of an associative operator with more than two arguments."""

    def __init__(self, arguments: list[tuple[Any, nodes.Shape]]) -> None:
        self.arguments = arguments


def folded_shape(row: Operator, arguments: list[tuple[Any, nodes.Shape]]) -> nodes.Shape:
    """Return the shape of an associative operator's value, from those of its arguments."""
    result = arguments[0][1]
    inputs, _, output = row.pattern.partition("->")
    left, right = (parse_axes(text) for text in inputs.split(","))
    for _, following in arguments[1:]:
        letters = {
            **dict(zip(left, result, strict=True)),
            **dict(zip(right, following, strict=True)),
        }
        result = tuple(
            [sympy.Mul(*[letters[letter] for letter in axis]) for axis in parse_axes(output)]
        )
    return result


def _is_index(key: Any) -> bool:
    return isinstance(key, nodes.IndexVariable)


_CLAUSES: dict[type, Callable[[Lowering, Any, tuple[Slot, ...], Environment], Term]] = {
    MatrixSymbol: Lowering._name,
    Symbol: Lowering._name,
    nodes.ScalarMember: Lowering._name,
    nodes.MatrixMember: Lowering._name,
    Rational: Lowering._number,
    sympy.Add: Lowering._sum,
    sympy.MatAdd: Lowering._sum,
    sympy.Mul: Lowering._scalar_product,
    sympy.Pow: Lowering._power,
    sympy.MatPow: Lowering._matrix_power,
    sympy.ZeroMatrix: Lowering._zero,
    nodes.Component: Lowering._component,
    nodes.Delta: Lowering._delta,
    nodes.UnitVector: Lowering._unit_vector,
    nodes.Assembled: Lowering._assembled,
    nodes.ScalarSummation: Lowering._summation,
    nodes.MatrixSummation: Lowering._summation,
    nodes.MatrixScalar: Lowering._matrix_scalar,
    nodes.ScalarArranged: Lowering._matrix_scalar,
    nodes.Arranged: Lowering._arranged,
    nodes.ArrangedTensor: Lowering._arranged,
    nodes.TensorProduct: Lowering._tensor_product,
    nodes.ScalarFunction: Lowering._scalar_function,
    nodes.Elementwise: Lowering._scalar_function,
    nodes.ScalarValue: Lowering._function_value,
    nodes.MatrixValue: Lowering._function_value,
    sympy.Inverse: Lowering._matrix_function,
    sympy.Determinant: Lowering._matrix_function,
    nodes.TensorDerivative: Lowering._tensor_derivative,
    nodes.ScalarDifferential: Lowering._differential,
    nodes.MatrixDifferential: Lowering._differential,
}
"""The clause of each node that is not a row of the operator table; there is no default."""
