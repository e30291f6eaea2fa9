r"""Properties in words: ``A \text{ is symmetric and invertible}``.

Words are understood all of them or not at all: *not symmetric*, *symmetric or diagonal*,
*orthogonal to*, *block diagonal* and *upper triangular* say something else than the word that is
known in them, and what is left out of a given would make false steps proved or true ones refuted.
"""

from __future__ import annotations

import re

import sympy
from sympy import Basic, Integer

from derivcheck.algebra.nodes import ONE, Shape
from derivcheck.language import spelling as sp
from derivcheck.language.typed import MeaningError

_PHRASES = {
    "permutation": "permutation",
    "invertible": "invertible",
    "nonsingular": "invertible",
    "non singular": "invertible",
    "regular": "invertible",
    "of full rank": "invertible",
    "has full rank": "invertible",
    "full rank": "invertible",
    "skew symmetric": "skew",
    "skew": "skew",
    "antisymmetric": "skew",
    "anti symmetric": "skew",
    "symmetric": "symmetric",
    "positive semidefinite": "positive-semidefinite",
    "positive semi definite": "positive-semidefinite",
    "psd": "positive-semidefinite",
    "positive definite": "positive-definite",
    "pd": "positive-definite",
    "spd": "positive-definite",
    "orthogonal projection": "orthogonal projection",
    "orthogonal projector": "orthogonal projection",
    "orthogonal": "orthogonal",
    "diagonal": "diagonal",
    "idempotent": "idempotent",
    "of full column rank": "full-column-rank",
    "has full column rank": "full-column-rank",
    "have full column rank": "full-column-rank",
    "full column rank": "full-column-rank",
    "of full row rank": "full-row-rank",
    "has full row rank": "full-row-rank",
    "have full row rank": "full-row-rank",
    "full row rank": "full-row-rank",
    "positive": "positive",
    "strictly positive": "positive",
    "nonnegative": "nonnegative",
    "non negative": "nonnegative",
    "nonzero": "nonzero",
    "non zero": "nonzero",
    "unit vector": "unit",
    "of unit length": "unit",
    "of unit norm": "unit",
    "constant": "constant",
    "square": "square",
}
"""What is understood, in the words that say it; the longest that fits is taken."""

_SHAPED: dict[str, str] = {
    **dict.fromkeys(("positive", "nonnegative"), "number"),
    **dict.fromkeys(("full-column-rank", "full-row-rank"), "square oblong column"),
    **dict.fromkeys(("nonzero", "constant"), "number square oblong column"),
    "unit": "column",
}
"""For which shapes a property has a meaning; square matrices, where nothing else is said."""

_CONDITIONS = sp.words(
    """invertible positive-definite positive-semidefinite full-column-rank full-row-rank positive
    nonnegative nonzero"""
)

_DRESS = sp.words(
    """is are be being a an the and both all real valued given fixed arbitrary deterministic known
    matrix matrices vector vectors number numbers scalar scalars element entry"""
)
"""Words that add nothing to what is assumed of names anyway."""

_OF_FUNCTIONS = _DRESS | sp.words(
    """differentiable smooth continuous continuously twice thrice infinitely times everywhere wise
    elementwise entrywise componentwise component element elements entries to each entry of
    function functions activation activations loss losses applied acts acting scalar"""
)

_LONGEST = max(len(phrase.split()) for phrase in _PHRASES)


def properties(words: str) -> set[str]:
    r"""Return the properties that words state.

    Raises:
        MeaningError: DC110 when a word in them is not understood.

    Example:
        >>> sorted(properties("is symmetric and invertible"))
        ['invertible', 'symmetric']
    """
    left = _split(words)
    found: set[str] = set()
    while left:
        for length in range(min(_LONGEST, len(left)), 0, -1):
            phrase = _PHRASES.get(" ".join(left[:length]))
            if phrase is not None:
                found.add(phrase)
                left = left[length:]
                break
        else:
            if left[0] not in _DRESS:
                raise _unknown(words)
            left = left[1:]
    return found


def check_of_function(words: str) -> None:
    """Check that words say nothing of a function but what is assumed of all of them.

    Raises:
        MeaningError: DC110 when they do.
    """
    if not _OF_FUNCTIONS.issuperset(_split(words)):
        raise _unknown(words)


def _split(words: str) -> list[str]:
    return re.sub(r"[-,.;:]", " ", words.lower()).split()


def _unknown(words: str) -> MeaningError:
    return MeaningError("DC110", f"“{' '.join(words.split())}” is not understood", (0, 0))


def stated(
    found: set[str], node: Basic, shape: Shape
) -> tuple[list[tuple[Basic, Basic]], list[tuple[str, Basic]]]:
    """Return the equations and the conditions, of a kind about a node, that properties are.

    Raises:
        MeaningError: DC201 when one of them has no meaning for this shape.
    """
    kind = "number" if not shape else "square" if shape[0] == shape[1] else "oblong"
    if kind == "oblong" and shape[1] == ONE:
        kind = "column"
    equations: list[tuple[Basic, Basic]] = []
    for name in sorted(found):
        if kind not in _SHAPED.get(name, "square").split():
            raise MeaningError("DC201", f"“{name}” has no meaning for this shape", (0, 0))
        equations += _equations(name, node, shape)
    square = sympy.Trace(sympy.MatMul(sympy.Transpose(node), node)) if shape else node
    about = {"nonzero": square}  # of a matrix not all entries are 0, though some may be
    return equations, [(name, about.get(name, node)) for name in sorted(found & _CONDITIONS)]


def _equations(name: str, node: Basic, shape: Shape) -> list[tuple[Basic, Basic]]:
    across = sympy.Transpose(node) if shape else node
    size = shape[0] if shape else ONE
    identity, ones = sympy.Identity(size), sympy.OneMatrix(size, 1)
    match name:
        case "permutation":
            # entries 0 and 1 that sum to 1 in each row and column; Pᵀ P = I follows and is handy
            return [
                (sympy.MatMul(across, node), identity),
                (sympy.MatMul(across, ones), ones),
                (sympy.MatMul(node, across), identity),
                (sympy.MatMul(node, ones), ones),
                (sympy.HadamardProduct(node, node), node),
            ]
        case "skew":
            return [(across, sympy.MatMul(Integer(-1), node))]
        case "symmetric" | "positive-semidefinite" | "positive-definite":
            return [(node, across)]
        case "orthogonal":
            return [(sympy.MatMul(across, node), identity), (sympy.MatMul(node, across), identity)]
        case "diagonal":
            return [(sympy.HadamardProduct(node, identity), node)]
        case "idempotent":
            return [(sympy.MatMul(node, node), node)]
        case "orthogonal projection":
            return [(node, across), (sympy.MatMul(node, node), node)]
        case "unit":
            return [(sympy.Trace(sympy.MatMul(across, node)), Integer(1))]
    return []
