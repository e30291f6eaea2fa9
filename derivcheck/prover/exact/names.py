"""Which names an expression depends on, through definitions: what makes remembered values safe.

Dependencies are sets of names as bit masks. They are *upper bounds*: a name that a derivative binds
is counted too, which costs time and never a wrong value. ``free_names`` is exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sympy import Basic, MatrixSymbol, Symbol

from derivcheck.algebra import nodes
from derivcheck.algebra.randomness import EXPECTATIONS
from derivcheck.prover.exact.assignment import MEMBERS, NAMES, Key, key_of
from derivcheck.prover.exact.duals import UnsupportedError

SUMMATIONS = (nodes.ScalarSummation, nodes.MatrixSummation)
DIFFERENTIALS = (nodes.ScalarDifferential, nodes.MatrixDifferential)

Value = tuple[tuple[Basic, ...], Basic]
"""A definition: the indices of its key, and its value."""


class Structure:
    """The definitions of a goal and who depends on whom; shared by all evaluations of the goal.

    Attributes:
        values: name to its definitions (several for a family given member by member).
        index_mask: the bits of all index variables met so far.
    """

    def __init__(self, definitions: Mapping[Basic, Basic]) -> None:
        self.values: dict[Key, list[Value]] = {}
        for name, value in definitions.items():
            indices = nodes.member_indices(name)
            self.values.setdefault(key_of(name), []).append((indices, value))
        self.index_mask = 0
        self._bits: dict[Key, int] = {}
        self._closures: dict[Key, int] = {}
        self._masks: dict[int, tuple[Basic, int]] = {}
        self._needed: dict[Key, list[Key]] = {}

    def bit(self, key: Key) -> int:
        """Return the mask of one name alone.

        Raises:
            Never.
        """
        found = self._bits.get(key)
        if found is None:
            found = self._bits[key] = 1 << len(self._bits)
            if isinstance(key, nodes.IndexVariable):
                self.index_mask |= found
        return found

    def closure(self, key: Key) -> int:
        """Return the mask of a name and everything its definitions reach.

        Raises:
            UnsupportedError: if definitions go round in a circle.

        Cost:
            Linear in the size of the definitions, once; no recursion along chains.
        """
        if key in self._closures:
            return self._closures[key]
        if key not in self.values:
            return self.bit(key)
        stack, opened = [key], set()
        while stack:
            top = stack[-1]
            if top in self._closures:
                stack.pop()
                continue
            waiting = [
                k
                for _, value in self.values[top]
                for k in _occurring(value, into_bodies=True)
                if k in self.values and k not in self._closures
            ]
            if waiting:
                if top in opened:
                    raise UnsupportedError("definitions that go round in a circle")
                opened.add(top)
                stack.extend(waiting)
                continue
            mask = self.bit(top)
            for indices, value in self.values[top]:
                bound = 0
                for index in indices:
                    bound |= self.dependencies(index)
                mask |= self.dependencies(value) & ~bound
            self._closures[top] = mask
        return self._closures[key]

    def dependencies(self, node: Basic) -> int:
        """Return the mask of the names a node may depend on.

        Raises:
            UnsupportedError: as ``closure``.
        """
        found = self._masks.get(id(node))
        if found is not None:
            return found[1]
        mask = 0
        if isinstance(node, Symbol | MatrixSymbol | nodes.IndexVariable):
            mask = self.closure(node)
        elif isinstance(node, (*SUMMATIONS, nodes.Assembled)):
            mask = self.dependencies(node.args[0])
            for index in node.args[1:]:
                mask &= ~self.dependencies(index)
        else:
            if isinstance(node, MEMBERS):
                mask = self.closure(key_of(node))
            for argument in node.args:
                if _leads_to_names(argument):
                    mask |= self.dependencies(argument)
        self._masks[id(node)] = (node, mask)
        return mask

    def defined_by_any(self, indices: Iterable[Basic]) -> bool:
        """Return whether the definition of some name depends on one of these indices.

        Raises:
            UnsupportedError: as ``closure``.
        """
        mask = 0
        for index in indices:
            mask |= self.bit(index)
        return any(self.closure(key) & mask for key in self.values)

    def needed_first(self, key: Key) -> list[Key]:
        """Return the defined names that the definition of ``key`` certainly needs.

        Raises:
            Never.
        """
        found = self._needed.get(key)
        if found is None:
            found = [
                k
                for _, value in self.values[key]
                for k in _occurring(value, into_bodies=False)
                if k in self.values and not isinstance(k, tuple)
            ]
            self._needed[key] = found
        return found


def _occurring(node: Basic, *, into_bodies: bool) -> Iterator[Key]:
    """Yield the names that stand in a node; bodies of derivatives and sums only if asked."""
    stack, seen = [node], set()
    while stack:
        top = stack.pop()
        if id(top) in seen:
            continue
        seen.add(id(top))
        if isinstance(top, Symbol | MatrixSymbol | nodes.IndexVariable):
            yield top
            continue
        if isinstance(top, MEMBERS):
            yield key_of(top)
        arguments = top.args
        if not into_bodies:
            if isinstance(top, nodes.TensorDerivative):
                arguments = (top.args[2],)
            elif isinstance(top, (*DIFFERENTIALS, *SUMMATIONS, *EXPECTATIONS, nodes.Assembled)):
                arguments = ()
        stack.extend(a for a in arguments if _leads_to_names(a))


def _leads_to_names(argument: Any) -> bool:
    """Return whether there can be names in an argument; a node may hold a plain integer."""
    return isinstance(argument, Symbol) or bool(getattr(argument, "args", ()))


def free_names(starts: Iterable[Basic], structure: Structure) -> set[Basic]:
    """Return the names whose values the given nodes need: free ones, definitions expanded.

    Members stand for their families: the nodes returned are those met. Function symbols are
    included; sizes are included as the symbols they are.

    Raises:
        Never.

    Cost:
        Linear in the nodes reached, for each set of names that a derivative binds on the way.
    """
    found: set[Basic] = set()
    seen: set[tuple[int, frozenset[Key]]] = set()
    expanded: set[tuple[Key, frozenset[Key]]] = set()
    stack: list[tuple[Basic, frozenset[Key]]] = [(node, frozenset()) for node in starts]
    keep: list[Basic] = []
    while stack:
        node, bound = stack.pop()
        if (id(node), bound) in seen:
            continue
        seen.add((id(node), bound))
        keep.append(node)
        if isinstance(node, NAMES):
            key = key_of(node)
            stack.extend((a, bound) for a in node.args if _leads_to_names(a))
            if key in bound:
                continue
            if key not in structure.values:
                found.add(node)
            elif (key, bound) not in expanded:
                expanded.add((key, bound))
                for indices, value in structure.values[key]:
                    stack.append((value, bound | {i for i in indices if i.args}))
        elif isinstance(node, nodes.FunctionSymbol):
            found.add(node)
            stack.extend((a, bound) for a in node.args[1:] if _leads_to_names(a))
        elif isinstance(node, nodes.TensorDerivative):
            body, variable, point, rebound = node.args
            inner = bound | {key_of(variable)} if not isinstance(variable, MEMBERS) else bound
            stack.append((point, bound))
            # a name that is rebound to itself is held: its value comes from outside
            stack.extend((new, bound if name == new else inner) for name, new in rebound)
            stack.append((body, inner | {key_of(pair[0]) for pair in rebound}))
            stack.extend((a, bound) for a in variable.args if _leads_to_names(a))
        elif isinstance(node, DIFFERENTIALS):
            body, pairs = node.args
            for name, change in pairs:
                indices = nodes.member_indices(name)
                own = bound | {i for i in indices if isinstance(i, nodes.IndexVariable)}
                stack.extend([(name, own), (change, own)])
            stack.append((body, bound))
        elif isinstance(node, (*SUMMATIONS, nodes.Assembled)):
            indices = node.args[1:]
            stack.extend((i.args[1], bound) for i in indices if i.args)
            stack.append((node.args[0], bound | set(indices)))
        elif isinstance(node, EXPECTATIONS):
            body, known = node.args
            names = [variable.args[0] for variable in known.variables]
            stack.extend((part, bound) for part in known.moments)
            stack.extend((a, bound) for name in names for a in name.args if _leads_to_names(a))
            stack.append((body, bound | {key_of(name) for name in names}))
        else:
            stack.extend((a, bound) for a in node.args if _leads_to_names(a))
    return found
