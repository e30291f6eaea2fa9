"""From a goal to index terms, by definition.

Every node has exactly one reading here: an operator's is its pattern in the operator table, that of
every other node is a clause of ``Lowering``. A node without a clause is refused, and so is a name
whose axes have not the sizes of the place where it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from copy import copy
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple

import sympy
from sympy import Basic, Integer, MatrixSymbol, Rational, Symbol, preorder_traversal

from derivcheck.algebra import nodes
from derivcheck.algebra.functions import KNOWN_FUNCTIONS
from derivcheck.algebra.goal import Goal
from derivcheck.algebra.nodes import ONE, head_of, member_indices, names_in
from derivcheck.algebra.operators import OPERATORS, Operator
from derivcheck.algebra.shapes import common_shape
from derivcheck.kernel.definitions import Definitions, Environment
from derivcheck.limits import LOWERED_NODES as MAX_NODES
from derivcheck.limits import LOWERING_DEPTH as MAX_DEPTH
from derivcheck.limits import MONOMIALS as MAX_MONOMIALS
from derivcheck.limits import POWER as MAX_POWER
from derivcheck.terms.calculus import applied, differentiated, replaced
from derivcheck.terms.extension import CORE, Extension
from derivcheck.terms.patterns import Pattern, folded_shape
from derivcheck.terms.scope import Scope
from derivcheck.terms.term import (
    Abstraction,
    Atom,
    Delta,
    Index,
    Monomial,
    OutOfBudgetError,
    Slot,
    Term,
    UnknownNodeError,
    number,
    scaled,
    single,
    term_free,
)

_FUNCTIONS_OF_MATRICES = {
    sympy.Inverse: "inverse",
    sympy.Determinant: "determinant",
    nodes.Adjugate: "adjugate",
}


class Lowering:
    """Lowers nodes of one goal; holds the numbering of indices.

    Attributes:
        scope: the numbering.
        definitions: what the goal defines.
        unfold: names whose definitions are written out wherever they stand; all other defined names
            stay atoms whose derivative is that of their definition.
        named: declared index variables that are free in the goal, to their slot.
        result: the slots of the entry at which the goal is looked at.
    """

    def __init__(
        self,
        definitions: Mapping[Basic, Basic],
        unfold: Collection[Any] | None = None,
        extension: Extension = CORE,
        *,
        lazy: bool = False,
        most: int = MAX_MONOMIALS,
    ) -> None:
        self.scope = Scope(extension, lazy=lazy, most=most)
        self.definitions = Definitions(definitions)
        self.unfold = frozenset(self.definitions if unfold is None else unfold)
        self.named: dict[Basic, Slot] = {}
        self.result: tuple[Slot, ...] = ()
        self._goal: Goal | None = None
        self._depth = 0
        self._read = 0
        self._level = 0

    @property
    def way(self) -> tuple[frozenset[Any], bool]:
        """How the goal is lowered: what is written out, and whether sums are kept as groups."""
        return self.unfold, self.scope.lazy

    def copy(self) -> Lowering:
        """Return a lowering of the same goal that numbers on from here by itself."""
        made = copy(self)
        made.scope, made.named = self.scope.copy(), self.named.copy()
        return made

    # --- goals --------------------------------------------------------------------------------

    def residual(self, goal: Goal) -> Term:
        """Return lhs - rhs as one term.

        Raises:
            UnknownNodeError: for a node without definition, or sides of different shapes.
            OutOfBudgetError: when a counted limit is met.
        """
        self._goal = goal
        sizes = common_shape(nodes.shape(goal.lhs), nodes.shape(goal.rhs))
        if sizes is None:
            raise UnknownNodeError("the two sides have different shapes")

        def both(slots: tuple[Slot, ...]) -> Term:
            return self.lower(goal.lhs, slots, {}) + scaled(
                self.lower(goal.rhs, slots, {}), Fraction(-1)
            )

        self.result, term = self.opened(sizes, both)
        own = {index for slot in (*self.result, *self.named.values()) for index in slot}
        if not term_free(term) <= own:
            raise UnknownNodeError("an index stands outside of what binds it")
        return term

    def opened(
        self, sizes: Sequence[Any], body: Callable[[tuple[Slot, ...]], Term], level: int = 0
    ) -> tuple[tuple[Slot, ...], Term]:
        """Lower ``body`` at fresh slots of the given sizes, splitting an axis where it is factored."""
        slots = tuple([self.scope.fresh(size, level) for size in sizes])
        return self.scope.refined_axes(slots, body(slots))

    # --- nodes --------------------------------------------------------------------------------

    def lower(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:
        """Return the entry of ``node`` at ``slots`` (one slot an axis, none for a scalar), settled.

        Raises:
            UnknownNodeError: for a node without definition.
            OutOfBudgetError: when a counted limit is met.
        """
        self._depth += 1
        self._read += 1
        if self._depth > MAX_DEPTH:
            raise OutOfBudgetError(f"nesting is deeper than {MAX_DEPTH}")
        if self._read > MAX_NODES:
            raise OutOfBudgetError(f"over {MAX_NODES} nodes, definitions written out")
        try:
            kind = type(node)
            row = OPERATORS.get(kind)
            if row is not None:
                return self._operator(row, node, slots, env)
            clause = _CLAUSES.get(kind)
            if clause is None:
                # SymPy has classes of their own for 0, 1, -1 and 1/2
                clause = next(
                    (_CLAUSES[k] for k in (Rational, Symbol) if issubclass(kind, k)),
                    Lowering._added,
                )
            return clause(self, node, slots, env)
        finally:
            self._depth -= 1

    def _operator(
        self, row: Operator, node: Basic, slots: tuple[Slot, ...], env: Environment
    ) -> Term:
        count = len(node.args) - len(row.sizes)
        arguments = node.args[:count]
        letters = dict(zip(row.sizes, node.args[count:], strict=True))
        factors: list[Term] = []
        if row.associative:
            factors = [self.lower(a, (), env) for a in arguments if not nodes.shape(a)]
            arguments = tuple([a for a in arguments if nodes.shape(a)])
        shapes = [nodes.shape(a) for a in arguments]
        reading = Pattern(self.scope, row, letters)
        # an associative operator folds from the left; its last argument is read first
        while len(arguments) > 2 and row.associative:
            left = folded_shape(row, shapes[:-1])
            inner, last = reading.at(slots, [left, shapes[-1]])
            factors.append(self.lower(arguments[-1], last, env))
            arguments, shapes, slots = arguments[:-1], shapes[:-1], inner
        if len(arguments) == 1 and row.associative:
            factors.append(self.lower(arguments[0], slots, env))
        else:
            places = reading.at(slots, shapes)
            factors += [self.lower(a, s, env) for a, s in zip(arguments, places, strict=True)]
        return self.scope.summed(self.scope.product(*factors), reading.bound, reading.deltas)

    def _added(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:
        """Return the entry of a node that an extension defines."""
        clause = self.scope.extension.clauses.get(type(node))
        if clause is None:
            raise UnknownNodeError(f"no definition for {type(node).__name__}")
        return clause(self, node, slots, env)  # type: ignore[no-any-return]

    def _number(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:  # noqa: ARG002
        return number(Fraction(int(node.p), int(node.q)))

    def _constant(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:  # noqa: ARG002
        """Return a named constant: a number of which nothing is known here."""
        return (single(Atom(node, ())),)

    def _sum(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:
        if slots and len({nodes.shape(part) for part in node.args}) > 1:
            raise UnknownNodeError("terms of different shapes are added")
        return tuple([m for part in node.args for m in self.lower(part, slots, env)])

    def _scalar_product(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:
        return self._multiplied([self.lower(part, slots, env) for part in node.args])

    def _multiplied(self, factors: list[Term]) -> Term:
        return tuple(
            [part for m in self.scope.product(*factors) for part in self.scope.contracted(m)]
        )

    def _power(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:
        base, exponent = node.args
        if not isinstance(exponent, Rational):
            return self._added(node, slots, env)
        root, power = int(exponent.q), abs(int(exponent.p))
        if power > MAX_POWER:
            raise OutOfBudgetError(f"a power is written out only up to exponent {MAX_POWER}")
        if root not in (1, 2):
            raise UnknownNodeError("no definition for this root")
        # x^(p/2) = sqrt(x)^p, and a negative power is a power of the reciprocal
        term = self.lower(base, (), env)
        if root == 2:
            term = applied(self.scope, "sqrt", 0, term)
        if exponent < 0:
            term = applied(self.scope, "reciprocal", 0, term)
        return self._multiplied([self.scope.copied(term) for _ in range(power)])

    def _matrix_power(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:
        base, exponent = node.args
        if not isinstance(exponent, Integer):
            return self._added(node, slots, env)
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
        head = head_of(node)
        for slot, size in zip(slots, nodes.shape(node), strict=True):
            if not self.scope.fits(slot, size):
                raise UnknownNodeError("an axis stands where another size is needed")
        return self._named(head, (*self._member_slots(node, env), *slots), env)

    def _named(self, head: Any, slots: tuple[Slot, ...], env: Environment) -> Term:
        """Return the entry of a name at ``slots`` (a member's own indices come first)."""
        if head in env:
            return self._bound(env[head].name, env[head].value, slots, env[head].env)
        if head in self.definitions and head in self.unfold and ("cut", head) not in env:
            return self._entries(head, slots, env)
        return (single(Atom(head, slots)),)

    def _entries(self, head: Any, slots: tuple[Slot, ...], env: Environment) -> Term:
        """Return the value of a defined name at ``slots`` (a member's own indices come first)."""
        name, value = self.definitions[head]
        # a definition knows none of the indices that are bound where its name stands
        return self._bound(name, value, slots, {k: v for k, v in env.items() if not _is_index(k)})

    def _bound(self, name: Basic, value: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:
        indices = member_indices(name)
        if len(indices) > len(slots):
            raise UnknownNodeError("no definition for a family with several kinds of members")
        inner = dict(env)
        for index, slot in zip(indices, slots, strict=False):
            if not _is_index(index):
                raise UnknownNodeError("no definition for a member defined by itself")
            inner[index] = self._resized(slot, index.size)
        return self.lower(value, slots[len(indices) :], inner)

    def _resized(self, slot: Slot, size: Any) -> Slot:
        """Return the slot of a family's index as a slot of an axis of that size."""
        if len(slot) == 1 and slot[0] in self.scope.positions:
            return self.scope.fixed(self.scope.positions[slot[0]], size)
        if not self.scope.fits(slot, size):
            raise UnknownNodeError("an index stands where another range is needed")
        return slot

    def _member_slots(self, node: Basic, env: Environment) -> list[Slot]:
        """Return the slots of a member's own indices; an index of one value is fixed at 1."""
        head = head_of(node)
        slots: list[Slot] = []
        for axis, index in enumerate(member_indices(node)):
            size = None if _is_index(index) else self._member_size(head, axis)
            slots.append(self.position(index, env, size) or self.scope.fixed(1, None))
        return slots

    def _member_size(self, head: Any, axis: int) -> Any:
        """Return the range of a family's index, as the goal's other members tell."""
        nodes_of_goal = () if self._goal is None else (self._goal.lhs, self._goal.rhs)
        values = [part for pair in self.definitions.values() for part in pair]
        for node in (*nodes_of_goal, *values):
            for part in preorder_traversal(node):
                if head_of(part) == head and len(member_indices(part)) > axis:
                    index = member_indices(part)[axis]
                    if _is_index(index):
                        return index.size
        return None

    def position(self, index: Basic, env: Environment, size: Any) -> Slot:
        """Return the slot of an index: bound here, fixed on an axis of ``size``, or the goal's own.

        Raises:
            UnknownNodeError: for anything that is no index.
        """
        if isinstance(index, Integer):
            return self.scope.fixed(int(index), size)
        if index in env:
            return env[index]  # type: ignore[no-any-return]
        if not _is_index(index):
            raise UnknownNodeError("an index is neither a number nor an index variable")
        if index not in self.named:
            self.named[index] = self.scope.fresh(index.size)
        return self.named[index]

    def _component(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:  # noqa: ARG002
        body, *indices = node.args
        inner: list[Slot] = []
        for index, size in zip(indices, nodes.shape(body), strict=True):
            slot = self.position(index, env, size)
            if not self.scope.fits(slot, size):
                raise UnknownNodeError("an index stands where another range is needed")
            inner.append(slot)
        return self.lower(body, tuple(inner), env)

    def _delta(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:  # noqa: ARG002
        size = next((index.size for index in node.args if _is_index(index)), None)
        left, right = [self.position(index, env, size) for index in node.args]
        return self.scope.contracted(single(Delta(left, right)))

    def _unit_vector(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:
        index, size = node.args
        slot = self.position(index, env, size)
        if slots[1] or not self.scope.fits(slots[0], size) or not self.scope.fits(slot, size):
            raise UnknownNodeError("an axis stands where another size is needed")
        return self.scope.contracted(single(Delta(slot, slots[0])))

    def _assembled(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:
        body, *indices = node.args
        inner = dict(env)
        for index, slot in zip(indices, slots, strict=True):
            if not self.scope.fits(slot, index.size if _is_index(index) else ONE):
                raise UnknownNodeError("an axis stands where another size is needed")
            if _is_index(index):
                inner[index] = slot
        return self.lower(body, (), inner)

    def _summation(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:
        body, index = node.args
        slot = self.scope.fresh(index.size)
        return self.scope.summed(self.lower(body, slots, {**env, index: slot}), slot)

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
        if not _is_number_function(function) or order < 0:
            raise UnknownNodeError(
                "no definition for an element-wise function of more than a number"
            )
        return self._at_number(function, int(order), self.lower(argument, slots, env))

    def _at_number(self, function: Any, order: int, argument: Term) -> Term:
        key = function.name if function.name in KNOWN_FUNCTIONS else function
        return applied(self.scope, key, order, argument)

    def abstraction(self, node: Basic, env: Environment) -> Abstraction:
        """Return a node as a whole argument of a function.

        Raises:
            As ``lower``.
        """
        self._level += 1
        try:
            return Abstraction(
                *self.opened(nodes.shape(node), lambda s: self.lower(node, s, env), self._level)
            )
        finally:
            self._level -= 1

    def _function_value(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:
        function, *arguments = node.args
        if _is_number_function(function) and len(arguments) == 1:
            return self._at_number(function, 0, self.lower(arguments[0], slots, env))
        for slot, size in zip(slots, function.value_shape, strict=True):
            if not self.scope.fits(slot, size):
                raise UnknownNodeError("an axis stands where another size is needed")
        return self.scope.valued(
            function, slots, (), tuple([self.abstraction(a, env) for a in arguments])
        )

    def _matrix_function(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:
        name = _FUNCTIONS_OF_MATRICES[type(node)]
        return self.scope.valued(name, slots, (), (self.abstraction(node.args[0], env),))

    # --- derivatives --------------------------------------------------------------------------

    def _differentiated(
        self, term: Term, variable: Any, wrt: tuple[Slot, ...], env: Environment
    ) -> Term:
        """Return the derivative of a term by the entry of ``variable`` at slots ``wrt``."""
        reaching = self.definitions.dependents(variable, env)

        def slope(entry: Atom) -> Term:
            if entry.head == variable:
                if len(entry.slots) != len(wrt):
                    raise UnknownNodeError(
                        "no definition for a family with several kinds of members"
                    )
                pairs = zip(entry.slots, wrt, strict=True)
                deltas = tuple([Delta(a, b) for a, b in pairs if a or b])
                return (Monomial(Fraction(1), frozenset(), deltas),)
            if entry.head not in reaching:
                return ()
            return self._through(entry, variable, wrt, env)

        return differentiated(self.scope, term, slope)

    # ∂a/∂x = Σ ∂a/∂h ∂h/∂x when a depends on x through h alone
    def _through(self, entry: Atom, variable: Any, wrt: tuple[Slot, ...], env: Environment) -> Term:
        """Return the derivative of an entry of a name that was not written out."""
        factors: list[Term] = []
        bound: list[Index] = []
        head, slots = entry.head, entry.slots
        for stage in self.definitions.stages(head, variable, env, self.unfold):
            to = wrt
            if stage != variable:
                shape = nodes.shape(self.definitions[stage][0])
                to = tuple([self.scope.fresh(size) for size in shape])
                bound += [i for slot in to for i in slot]
            inner = {**env, ("cut", stage): True}
            value = self._entries(head, slots, inner)
            factors.append(self._differentiated(value, stage, to, inner))
            head, slots = stage, to
        return self.scope.summed(self.scope.product(*factors), bound)

    def _tensor_derivative(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:
        body, variable, point, rebound = node.args
        head = head_of(variable)
        held = [name for name, value in rebound if name == value]
        follow = [(name, value) for name, value in rebound if name != value]
        elsewhere = point != variable
        alone = [name for name in (*held, *[n for n, _ in follow]) if member_indices(name)]
        if alone or (elsewhere and member_indices(variable)):
            raise UnknownNodeError("no definition for a derivative that moves one member alone")
        heads = [head, *[head_of(name) for name in held]]
        inner = self._cut(env, heads, [head_of(name) for name, _ in follow])
        for name, value in follow:
            inner[head_of(name)] = _Follower(name, value, inner)
        followers = {head, *[head_of(name) for name, _ in follow]}
        unfolded = self.unfold
        if elsewhere or follow:
            # names that follow the variable have other values there, or follow it by another way
            for follower in followers:
                self.unfold |= self.definitions.dependents(follower, inner)
        cut = len(nodes.shape(body))
        wrt = (*self._member_slots(variable, env), *slots[cut:])
        try:
            term = self.lower(body, slots[:cut], inner)
            result = self._differentiated(term, head, wrt, inner)
        finally:
            self.unfold = unfolded
        if elsewhere:
            result = replaced(self.scope, result, head, lambda s: self.lower(point, s, env))
            heads = heads[1:]
        return self._uncut(result, heads, env)

    def _cut(
        self, env: Environment, heads: Sequence[Any], followers: Sequence[Any] = ()
    ) -> dict[Any, Any]:
        """Return an environment in which names are independent, whatever follows or defines them.

        What follows another variable may not follow these names as well, unless it is told anew.
        """
        inner = {k: v for k, v in env.items() if k not in heads and k not in followers}
        for follower in [v for v in inner.values() if isinstance(v, _Follower)]:
            names = names_in(follower.value)
            if any(h in names or self.definitions.dependents(h, {}) & names for h in heads):
                raise UnknownNodeError("no definition for a derivative by what another one moves")
        inner.update({("cut", head): True for head in heads})
        return inner

    def _uncut(self, term: Term, heads: Sequence[Any], env: Environment) -> Term:
        """Return a term in which names that were held independent have their own values again."""
        for head in heads:
            written_out = head in self.definitions and head in self.unfold
            if head in env or (written_out and ("cut", head) not in env):
                term = replaced(self.scope, term, head, partial(self._named, head, env=env))
        return term

    def _differential(self, node: Basic, slots: tuple[Slot, ...], env: Environment) -> Term:
        body, pairs = node.args
        heads = [head_of(variable) for variable, _ in pairs]
        inner = self._cut(env, heads)
        result: Term = ()
        for variable, change in pairs:
            # Σ over the entries of X of ∂f/∂X dX; a family x_i is varied at every i
            around = dict(env)
            for index in member_indices(variable):
                if _is_index(index):
                    around[index] = self.scope.fresh(index.size)
            free = self._member_slots(variable, around)
            axes = tuple([self.scope.fresh(size) for size in nodes.shape(variable)])
            free += axes
            term = self.lower(body, slots, inner)
            derivative = self._differentiated(term, head_of(variable), tuple(free), inner)
            step = self.lower(change, axes, around)
            result += self.scope.summed(
                self.scope.product(self._uncut(derivative, heads, env), step),
                [i for slot in free for i in slot if i > 0],
            )
        return result


class _Follower(NamedTuple):
    """A name that follows a variable: its value, and what the names in it mean."""

    name: Basic
    value: Basic
    env: Environment


def _is_index(key: Any) -> bool:
    return isinstance(key, nodes.IndexVariable)


def _is_number_function(function: Any) -> bool:
    return bool(function.domains == ((),) and function.value_shape == ())


_CLAUSES: dict[type, Callable[[Lowering, Any, tuple[Slot, ...], Environment], Term]] = {
    MatrixSymbol: Lowering._name,
    Symbol: Lowering._name,
    nodes.ScalarMember: Lowering._name,
    nodes.MatrixMember: Lowering._name,
    Rational: Lowering._number,
    sympy.core.numbers.Pi: Lowering._constant,
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
    nodes.Adjugate: Lowering._matrix_function,
    nodes.TensorDerivative: Lowering._tensor_derivative,
    nodes.ScalarDifferential: Lowering._differential,
    nodes.MatrixDifferential: Lowering._differential,
}
"""The clause of each node that is not a row of the operator table; there is no default."""
