"""What a goal says, in full: for all which sizes and values, under what, and which equation.

Written from the goal alone. Only names that the equation depends on are listed, through whatever
defines them; hypotheses and conditions are all listed, as they are part of what is claimed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sympy import Basic, MatrixSymbol, Symbol, preorder_traversal

from derivcheck.algebra import nodes
from derivcheck.algebra.functions import KNOWN_FUNCTIONS
from derivcheck.algebra.goal import Condition, Goal
from derivcheck.algebra.latex import latex, name_latex, size_latex, space_latex
from derivcheck.algebra.nodes import index_variables


@dataclass(frozen=True, slots=True)
class Said:
    r"""The parts of a goal, each as LaTeX.

    Attributes:
        sizes: ``n``, ``m``: every positive integer.
        names: ``A \in \mathbb{R}^{n \times m}``: every value.
        indices: ``i \in \{1, \dots, n\}``: every value.
        functions: ``g : \mathbb{R} \to \mathbb{R}``: every smooth function.
        definitions: ``a = W x``.
        hypotheses: equations that are given, with their lines in the document.
        conditions: what else is given.
        obligations: where the two sides are defined.
        differentials: ``X \to dX``: what d varies along what.
        lhs: the left side; ``rhs`` the right one.
        shape: the space that both sides lie in.
    """

    sizes: tuple[str, ...]
    names: tuple[str, ...]
    indices: tuple[str, ...]
    functions: tuple[str, ...]
    definitions: tuple[str, ...]
    hypotheses: tuple[tuple[str, int], ...]
    conditions: tuple[str, ...]
    obligations: tuple[str, ...]
    differentials: tuple[str, ...]
    lhs: str
    rhs: str
    shape: str


def said(goal: Goal) -> Said:
    """Return what a goal says.

    Raises:
        TypeError: for a node without notation.

    Cost:
        One visit of every node of the goal and of its definitions.
    """
    definitions = {nodes.head_of(name): (name, value) for name, value in goal.definitions.items()}
    claimed = [goal.lhs, goal.rhs]
    claimed += [side for given in goal.hypotheses for side in (given.lhs, given.rhs)]
    claimed += [condition.node for condition in (*goal.conditions, *goal.obligations)]
    used: dict[Any, Basic] = {}
    free: dict[Basic, None] = {}
    sizes: dict[str, Basic] = {}
    functions: dict[Any, Basic] = {}
    varied: dict[str, None] = {}
    waiting = list(reversed(claimed))
    while waiting:
        node = waiting.pop()
        free.update(dict.fromkeys(index_variables(node)))
        for part in preorder_traversal(node):
            _note(part, sizes, functions, varied)
            if _is_name(part) and nodes.head_of(part) not in used:
                used[nodes.head_of(part)] = part
                if nodes.head_of(part) in definitions:
                    waiting.append(definitions[nodes.head_of(part)][1])
    bound = {i for head in used if head in definitions for i in index_names(definitions[head][0])}
    return Said(
        tuple([name_latex(name) for name in sorted(sizes)]),
        tuple([_typed(node) for head, node in used.items() if head not in definitions]),
        tuple([_ranged(index) for index in free if index not in bound]),
        tuple([_signature(function) for function in functions.values()]),
        tuple(
            [
                f"{latex(name)} = {latex(value)}"
                for head, (name, value) in definitions.items()
                if head in used
            ]
        ),
        tuple([(f"{latex(h.lhs)} = {latex(h.rhs)}", h.line) for h in goal.hypotheses]),
        tuple([_condition(condition) for condition in goal.conditions]),
        tuple(dict.fromkeys([_condition(condition) for condition in goal.obligations])),
        tuple(varied),
        latex(goal.lhs),
        latex(goal.rhs),
        space_latex(nodes.shape(goal.lhs)),
    )


def index_names(name: Basic) -> list[Basic]:
    """Return the index variables that a definition binds."""
    return [i for i in nodes.member_indices(name) if isinstance(i, nodes.IndexVariable)]


def _is_name(node: Basic) -> bool:
    if type(node) is Symbol:
        return not node.is_integer
    return isinstance(node, MatrixSymbol | nodes.ScalarMember | nodes.MatrixMember)


def _note(
    part: Basic, sizes: dict[str, Basic], functions: dict[Any, Basic], varied: dict[str, None]
) -> None:
    if type(part) is Symbol and part.is_integer:
        sizes.setdefault(part.name, part)
    elif isinstance(part, nodes.FunctionSymbol) and part.name not in KNOWN_FUNCTIONS:
        functions.setdefault(part, part)
    elif isinstance(part, nodes.ScalarDifferential | nodes.MatrixDifferential):
        varied.update({rf"{latex(x)} \to {latex(dx)}": None for x, dx in part.args[1]})


def _typed(node: Basic) -> str:
    return rf"{latex(node)} \in {space_latex(nodes.shape(node))}"


def _ranged(index: Any) -> str:
    return rf"{latex(index)} \in \{{1, \dots, {size_latex(index.size)}\}}"


def _signature(function: Any) -> str:
    domain = r" \times ".join([space_latex(shape) for shape in function.domains])
    return rf"{name_latex(function.name)} : {domain} \to {space_latex(function.value_shape)}"


_SAID = {
    "positive": "{} > 0",
    "nonnegative": r"{} \geq 0",
    "nonzero": r"{} \neq 0",
    "positive-definite": r"{} \succ 0",
    "positive-semidefinite": r"{} \succeq 0",
}


def _condition(condition: Condition) -> str:
    node = latex(condition.node)
    if condition.kind in _SAID:
        return _SAID[condition.kind].format(node)
    if condition.kind == "range":
        values = ", ".join(map(str, condition.values))
        return rf"{node} \in \{{{values}\}}"
    return rf"{node} \text{{ {condition.kind.replace('-', ' ')}}}"
