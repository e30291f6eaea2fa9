"""Index terms in JSON: slots are lists of numbers, factors lists that begin with a word."""

from __future__ import annotations

from typing import Any

import sympy
from sympy import MatrixSymbol, Symbol
from sympy.core.symbol import Str

from derivcheck.algebra import nodes
from derivcheck.certificates.forms import (
    FRACTION,
    NAME,
    NATURAL,
    Form,
    MalformedError,
    NotWrittenError,
    pair,
    sequence,
    shown,
)
from derivcheck.certificates.trees import NODE, SIZE, is_name
from derivcheck.extensions.blocks import Part
from derivcheck.extensions.powers import POSITION
from derivcheck.limits import CERTIFICATE_INDEX as MAX_INDEX
from derivcheck.terms.term import (
    Abstraction,
    Apply,
    Atom,
    Delta,
    Factor,
    Group,
    Monomial,
    Value,
)


def _index(data: Any) -> int:
    # a fixed position is a negative one
    if type(data) is not int or not 0 < abs(data) <= MAX_INDEX:
        raise MalformedError(f"{shown(data)} is no index")
    return data


INDEX = Form(int, _index)
SLOT = sequence(INDEX)
SLOTS = sequence(SLOT)


# --- heads --------------------------------------------------------------------------------------


def _encode_head(head: Any) -> Any:
    if head is POSITION:
        return ["position"]
    if type(head) is Part:
        return ["part", [SIZE.encode(size) for size in head.sizes], head.place]
    if isinstance(head, tuple) and head and head[0] == "family":
        return ["family", head[1].name, *[SIZE.encode(size) for size in head[2:]]]
    if isinstance(head, Symbol | MatrixSymbol) or head is sympy.pi:
        return NODE.encode(head)
    raise NotWrittenError("no form for the head of a factor")


def _decode_head(data: Any) -> Any:
    if type(data) is list and data:
        word, *rest = data
        if word == "position" and not rest:
            return POSITION
        if word == "part":
            return Part(*pair(sequence(SIZE), NATURAL).decode(rest))
        if word == "family" and len(rest) == 1:
            return ("family", Str(NAME.decode(rest[0])))
        if word == "family":
            name, *sizes = pair(NAME, SIZE, SIZE).decode(rest)
            return ("family", Str(name), *sizes)
    node = NODE.decode(data)
    if is_name(node) or node is sympy.pi or type(node) is Symbol:
        return node
    raise MalformedError(f"{shown(data)} heads no factor")


HEAD = Form(_encode_head, _decode_head)

_WORDS = ("inverse", "determinant", "adjugate", "matrix-power", "power")


def _encode_function(function: Any) -> Any:
    return function if isinstance(function, str) else NODE.encode(function)


def _decode_function(data: Any) -> Any:
    if type(data) is str:
        return NAME.decode(data)
    node = NODE.decode(data)
    if not isinstance(node, nodes.FunctionSymbol):
        raise MalformedError(f"{shown(data)} is no function")
    return node


FUNCTION = Form(_encode_function, _decode_function)


# --- terms --------------------------------------------------------------------------------------


def _encode_factor(factor: Factor) -> Any:
    if type(factor) is Atom:
        return ["entry", HEAD.encode(factor.head), SLOTS.encode(factor.slots)]
    if type(factor) is Delta:
        return ["delta", SLOT.encode(factor.left), SLOT.encode(factor.right)]
    if type(factor) is Apply:
        return [
            "apply",
            FUNCTION.encode(factor.function),
            factor.order,
            TERM.encode(factor.argument),
        ]
    if type(factor) is Group:
        return ["group", TERM.encode(factor.term)]
    if type(factor) is Value:
        return [
            "value",
            FUNCTION.encode(factor.function),
            SLOTS.encode(factor.out),
            _DERIVATIVES.encode(factor.derivatives),
            [[SLOTS.encode(a.parameters), TERM.encode(a.body)] for a in factor.arguments],
        ]
    raise NotWrittenError(f"no form for a factor {type(factor).__name__}")


def _decode_factor(data: Any) -> Factor:
    if type(data) is not list or not data:
        raise MalformedError(f"{shown(data)} is no factor")
    word, *rest = data
    if word == "entry":
        return Atom(*pair(HEAD, SLOTS).decode(rest))
    if word == "delta":
        return Delta(*pair(SLOT, SLOT).decode(rest))
    if word == "apply":
        return Apply(*pair(FUNCTION, NATURAL, TERM).decode(rest))
    if word == "group":
        return Group(*pair(TERM).decode(rest))
    if word == "value":
        function, out, derivatives, arguments = pair(
            FUNCTION, SLOTS, _DERIVATIVES, sequence(pair(SLOTS, TERM))
        ).decode(rest)
        whole = tuple([Abstraction(*argument) for argument in arguments])
        return Value(function, out, derivatives, whole)
    raise MalformedError(f"unknown factor {shown(word)}")


def _encode_monomial(monomial: Monomial) -> Any:
    return [
        FRACTION.encode(monomial.coefficient),
        sorted(monomial.bound),
        [_encode_factor(factor) for factor in monomial.factors],
    ]


def _decode_monomial(data: Any) -> Monomial:
    coefficient, bound, factors = pair(FRACTION, SLOT, FACTORS).decode(data)
    return Monomial(coefficient, frozenset(bound), factors)


FACTORS = sequence(Form(_encode_factor, _decode_factor))
MONOMIAL = Form(_encode_monomial, _decode_monomial)
TERM = sequence(MONOMIAL)
_DERIVATIVES = sequence(pair(NATURAL, SLOTS))
