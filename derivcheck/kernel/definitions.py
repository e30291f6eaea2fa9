"""The definitions of one goal, and which defined names depend on which."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sympy import Basic

from derivcheck.algebra.nodes import head_of, names_in

Environment = Mapping[Any, Any]
"""Index variables to slots; names that follow a variable to their value; ``("cut", name)``."""


class Definitions(dict[Any, tuple[Basic, Basic]]):
    """The head of each defined name to the name itself and its value."""

    def __init__(self, definitions: Mapping[Basic, Basic]) -> None:
        super().__init__({head_of(name): (name, value) for name, value in definitions.items()})
        self._names: dict[Any, set[Any]] = {}
        self._users: dict[Any, set[Any]] | None = None
        self._dependents: dict[tuple[Any, frozenset[Any]], set[Any]] = {}

    def names_of(self, head: Any) -> set[Any]:
        """Return the heads of all names in the definition of ``head``."""
        if head not in self._names:
            self._names[head] = names_in(self[head][1])
        return self._names[head]

    def dependents(self, variable: Any, env: Environment) -> set[Any]:
        """Return the defined names that depend on a variable, other than through what is cut."""
        cuts = frozenset([k[1] for k in env if isinstance(k, tuple) and k[0] == "cut"])
        found = self._dependents.get((variable, cuts))
        if found is None:
            if self._users is None:
                self._users = {}
                for head in self:
                    for name in self.names_of(head):
                        self._users.setdefault(name, set()).add(head)
            found = set()
            waiting = [variable]
            while waiting:
                for head in self._users.get(waiting.pop(), ()):
                    if head not in found and head not in cuts:
                        found.add(head)
                        waiting.append(head)
            self._dependents[variable, cuts] = found
        return found

    def stages(
        self, head: Any, variable: Any, env: Environment, unfold: Collection[Any]
    ) -> list[Any]:
        """Return the names through which every dependence of ``head`` on ``variable`` passes.

        In the order from head to variable, variable last. Names that do not stay entries, because
        they are in ``unfold``, do not count.
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
        stages: list[Any] = []
        farthest = 0
        for k, name in enumerate(order):
            whole = not isinstance(name, tuple) and name not in unfold and name not in env
            if k and farthest == k and whole:
                stages.append(name)
            used = [place[n] for n in self.names_of(name) if n in place]
            end = [len(order)] if variable in self.names_of(name) else []
            farthest = max([farthest, *used, *end])
        return [*stages, variable]
