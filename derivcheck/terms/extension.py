"""What may be added to the core: a closed table that is passed in, never looked for.

The core (``terms`` and ``kernel``) imports nothing that is added. It asks the one table it was given
for what it does not know itself, and refuses what is in neither.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

_NONE: Mapping[Any, Any] = MappingProxyType({})


class Function(NamedTuple):
    """A function of whole arguments with a meaning of its own.

    Attributes:
        fits: (scope, shapes of the arguments, slots of the value) to whether they are its own.
        derivative: (scope, value, argument, slots) to the derivative by that argument at these
            slots; None when there is no definition.
        smooth: its derivatives are kept as they are, like those of an abstract function.
        settled: (scope, value) to the value in settled form, where that is another one.
    """

    fits: Callable[..., bool]
    derivative: Callable[..., Any] | None = None
    smooth: bool = False
    settled: Callable[..., Any] | None = None


class Extension(NamedTuple):
    """What is added. All of it is trusted.

    Attributes:
        clauses: the definition of a node: (lowering, node, slots, environment) to a term.
        functions: the functions of whole arguments, by name.
        heads: heads of entries that are no names: (scope, head, slots) to whether they fit.
        equations: what a goal gives besides its hypotheses: (equation, goal) to its two sides.
        steps: kinds of steps: (state, step), which changes the state.
        known: what the steps have to know of the goal as it stood before the first of them, from its
            state.
    """

    clauses: Mapping[type, Callable[..., Any]] = _NONE
    functions: Mapping[str, Function] = _NONE
    heads: Mapping[type, Callable[..., bool]] = _NONE
    equations: Mapping[type, Callable[..., Any]] = _NONE
    steps: Mapping[type, Callable[..., None]] = _NONE
    known: Callable[..., Any] | None = None


CORE = Extension()
"""Nothing is added."""
