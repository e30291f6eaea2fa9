"""Goals and certificates in JSON: a table of the kernel's kinds of steps and equations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sympy import Basic, MatrixSymbol, Symbol, preorder_traversal

from derivcheck.algebra import nodes
from derivcheck.algebra.functions import KNOWN_FUNCTIONS
from derivcheck.algebra.goal import Condition, Goal, Hypothesis
from derivcheck.algebra.shapes import common_shape
from derivcheck.certificates.forms import (
    BOOLEAN,
    FRACTION,
    INTEGER,
    NAME,
    NATURAL,
    TEXT,
    Form,
    MalformedError,
    NotWrittenError,
    optional,
    pair,
    record,
    sequence,
    shown,
    tagged,
)
from derivcheck.certificates.terms import FACTORS, HEAD, MONOMIAL, SLOT, SLOTS, TERM
from derivcheck.certificates.trees import NODE, SIZE, is_name
from derivcheck.extensions.blocks import Spread
from derivcheck.extensions.diagonal import DiagonalInverse
from derivcheck.extensions.facts import Assured, Fact, Occurrence
from derivcheck.extensions.pseudo_inverses import Identify
from derivcheck.kernel.check import Cancel, Certificate, Distribute
from derivcheck.kernel.cofactors import (
    Cofactor,
    Given,
    Lemma,
    Proved,
)
from derivcheck.laws.law import Law
from derivcheck.limits import CERTIFICATE_STEPS as MAX_STEPS
from derivcheck.terms.term import Apply

# --- steps --------------------------------------------------------------------------------------


def _encode_argument(argument: Any) -> Any:
    if isinstance(argument, bool):
        return argument
    if isinstance(argument, int):
        return {"position": argument}
    if isinstance(argument, Basic):
        return NODE.encode(argument)
    raise NotWrittenError("no form for an argument of a law")


def _decode_argument(data: Any) -> Any:
    if type(data) is bool:
        return data
    if type(data) is dict and list(data) == ["position"]:
        return NATURAL.decode(data["position"])
    return NODE.decode(data)


def _decode_apply(data: Any) -> Apply:
    factors = FACTORS.decode([data])
    if type(factors[0]) is not Apply:
        raise MalformedError(f"{shown(data)} is no function of a number")
    return factors[0]


def _decode_variable(data: Any) -> Any:
    node = NODE.decode(data)
    if not isinstance(node, nodes.IndexVariable):
        raise MalformedError(f"{shown(data)} is no index")
    return node


ADDRESS = sequence(pair(NATURAL, NATURAL, NATURAL))
_ARGUMENT = Form(_encode_argument, _decode_argument)
_APPLY = Form(lambda factor: FACTORS.encode((factor,))[0], _decode_apply)
_VARIABLE = Form(NODE.encode, _decode_variable)
_MAPPED = sequence(pair(INTEGER, SLOT))

EQUATIONS: Mapping[type, tuple[str, Mapping[str, Form]]] = {
    Given: ("given", {"position": NATURAL}),
    Law: ("law", {"name": NAME, "arguments": sequence(_ARGUMENT)}),
    Proved: ("lemma", {"number": NATURAL}),
}
"""The kinds of equations, each with its word and the forms of its fields."""

EVIDENCE: Mapping[type, tuple[str, Mapping[str, Form]]] = {
    Occurrence: ("occurrence", {"factor": _APPLY, "mapping": _MAPPED}),
    Assured: ("condition", {"place": NATURAL, "mapping": _MAPPED}),
}
"""The kinds of evidence for what a fact needs."""

_SIMPLE: Mapping[type, tuple[str, Mapping[str, Form]]] = {
    Cancel: (
        "cancel",
        {
            "address": ADDRESS,
            "kept": NATURAL,
            "merged": NATURAL,
            "renaming": sequence(pair(INTEGER, INTEGER)),
        },
    ),
    Distribute: ("distribute", {"address": ADDRESS, "monomial": NATURAL, "factor": NATURAL}),
    Cofactor: (
        "add-multiple-of-zero",
        {
            "address": ADDRESS,
            "equation": tagged("equation", EQUATIONS),
            "slots": SLOTS,
            "indices": sequence(pair(_VARIABLE, SLOT)),
            "coefficient": FRACTION,
            "factors": FACTORS,
            "sizes": sequence(SIZE),
        },
    ),
    Fact: (
        "add-fact",
        {
            "address": ADDRESS,
            "name": NAME,
            "values": sequence(TERM),
            "cofactor": MONOMIAL,
            "evidence": sequence(optional(tagged("evidence", EVIDENCE))),
        },
    ),
    DiagonalInverse: (
        "invert-diagonal",
        {"address": ADDRESS, "monomial": NATURAL, "factor": NATURAL},
    ),
    Spread: ("spread", {"address": ADDRESS, "sizes": sequence(SIZE)}),
}

_WITH_LEMMAS: Mapping[type, tuple[str, Mapping[str, Form]]] = {
    **_SIMPLE,
    Lemma: (
        "lemma",
        {
            "ports": sequence(SIZE),
            "parts": sequence(pair(FRACTION, FACTORS, sequence(SIZE))),
            "steps": sequence(tagged("step", _SIMPLE)),
        },
    ),
}

STEPS: Mapping[type, tuple[str, Mapping[str, Form]]] = {
    **_WITH_LEMMAS,
    Identify: (
        "identify-pseudo-inverse",
        {
            "matrix": NODE,
            "value": NODE,
            "proofs": sequence(sequence(tagged("step", _WITH_LEMMAS), MAX_STEPS)),
        },
    ),
}
"""The kinds of steps, each with its word and the forms of its fields."""

CERTIFICATE = record(
    Certificate,
    {
        "unfold": sequence(HEAD),
        "lazy": BOOLEAN,
        "steps": sequence(tagged("step", STEPS), MAX_STEPS),
    },
)


# --- goals --------------------------------------------------------------------------------------

_HYPOTHESIS = {"lhs": NODE, "rhs": NODE, "latex": TEXT, "line": NATURAL, "in_text": BOOLEAN}
_CONDITION = {
    "kind": NAME,
    "node": NODE,
    "latex": TEXT,
    "line": NATURAL,
    "values": sequence(INTEGER),
}
CONDITION_KINDS = frozenset(
    (
        "invertible", "positive", "nonnegative", "nonzero", "positive-definite",
        "positive-semidefinite", "range", "full-column-rank", "full-row-rank", "differentiable",
    )
)  # fmt: skip

_DEFINITIONS = Form(
    lambda found: [[NODE.encode(name), NODE.encode(value)] for name, value in found.items()],
    lambda data: _definitions(sequence(pair(NODE, NODE)).decode(data)),
)


def _definitions(pairs: tuple[tuple[Any, Any], ...]) -> dict[Basic, Basic]:
    """Return definitions that define each name once and lead back to none of them."""
    uses: dict[Any, set[Any]] = {}
    for name, value in pairs:
        head = nodes.head_of(name)
        indices = nodes.member_indices(name)
        if not is_name(name) or len(set(indices)) != len(indices):
            raise MalformedError("only a bare name can be defined")
        if not all(isinstance(index, nodes.IndexVariable) for index in indices):
            raise MalformedError("a family is defined for all of its members")
        if head in uses:
            raise MalformedError("a name has two definitions")
        if nodes.shape(name) != nodes.shape(value):
            raise MalformedError("a name and its definition have different shapes")
        uses[head] = nodes.names_in(value)
    settled: set[Any] = set()
    while len(settled) < len(uses):
        ready = {h for h in uses.keys() - settled if not (uses[h] & uses.keys()) - settled}
        if not ready:
            raise MalformedError("a definition leads back to itself")
        settled |= ready
    return dict(pairs)


def _hypothesis(**fields: Any) -> Hypothesis:
    if nodes.shape(fields["lhs"]) != nodes.shape(fields["rhs"]):
        raise MalformedError("the two sides of a hypothesis have different shapes")
    return Hypothesis(**fields)


def _condition(**fields: Any) -> Condition:
    if fields["kind"] not in CONDITION_KINDS:
        raise MalformedError(f"unknown condition {shown(fields['kind'])}")
    return Condition(**fields)


def _goal(**fields: Any) -> Goal:
    if common_shape(nodes.shape(fields["lhs"]), nodes.shape(fields["rhs"])) is None:
        raise MalformedError("the two sides have different shapes")
    goal = Goal(**fields)
    check_names(goal)
    return goal


def check_names(goal: Goal) -> None:
    """Require that what a goal shows is unambiguous: no two things are called alike.

    A function and its value may share a name, and so may indices that are bound in different sums,
    and a family x_i and a vector x of which no entry is shown: it would be written x_i too.

    Raises:
        MalformedError: otherwise.
    """
    called: dict[tuple[str, str], Any] = {}
    told = [goal.lhs, goal.rhs, *[one for pair in goal.definitions.items() for one in pair]]
    told += [side for given in goal.hypotheses for side in (given.lhs, given.rhs)]
    told += [condition.node for condition in (*goal.conditions, *goal.obligations)]
    for node in told:
        for part in preorder_traversal(node):
            kind = ""
            if isinstance(part, nodes.IndexVariable):
                name, thing = part.name, "index"
            elif isinstance(part, nodes.FunctionSymbol):
                name, thing, kind = part.name, part, "function"
                if name in KNOWN_FUNCTIONS and (part.domains != ((),) or part.value_shape):
                    raise MalformedError(f"{name} is a function of a number")
            elif isinstance(part, Symbol | MatrixSymbol):
                name, thing = part.name, part
            elif isinstance(part, nodes.Component) and isinstance(part.args[0], MatrixSymbol):
                name, thing, kind = part.args[0].name, part.args[0], "entry"
            elif isinstance(part, nodes.ScalarMember | nodes.MatrixMember):
                name, thing, kind = part.args[0].name, nodes.head_of(part), "family"
            else:
                continue
            if called.setdefault((name, kind), thing) != thing:
                raise MalformedError(f"two things are called {shown(name)}")
            taken = {"family": "entry", "entry": "family"}.get(kind)
            if taken and (name, taken) in called:
                raise MalformedError(f"two things are called {shown(name)}")


GOAL = record(
    _goal,
    {
        "lhs": NODE,
        "rhs": NODE,
        "definitions": _DEFINITIONS,
        "hypotheses": sequence(record(_hypothesis, _HYPOTHESIS)),
        "conditions": sequence(record(_condition, _CONDITION)),
        "obligations": sequence(record(_condition, _CONDITION)),
    },
)
