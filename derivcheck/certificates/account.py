"""An account of a proof: the goal, both sides in index notation, what was paired, what was used.

The certificate is replayed step by step and each step is put in words; the same account is given of
a goal without a certificate, as far as there is something to tell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import sympy
from sympy import Basic, Symbol, preorder_traversal

from derivcheck.algebra import nodes
from derivcheck.algebra.functions import KNOWN_FUNCTIONS, RELATIONS
from derivcheck.algebra.goal import Goal
from derivcheck.algebra.latex import latex
from derivcheck.algebra.operators import OPERATORS
from derivcheck.certificates.entries import Entries, TooLargeError
from derivcheck.certificates.notation import Notation
from derivcheck.certificates.statement import Said, said
from derivcheck.extensions.blocks import Spread
from derivcheck.extensions.diagonal import DiagonalInverse
from derivcheck.extensions.facts import Fact
from derivcheck.extensions.pseudo_inverses import Identify
from derivcheck.extensions.table import EXTENSIONS
from derivcheck.kernel.check import Cancel, Certificate, Distribute, State
from derivcheck.kernel.cofactors import (
    Cofactor,
    Given,
    Lemma,
    Proved,
)
from derivcheck.kernel.lowering import Lowering
from derivcheck.laws.law import Law
from derivcheck.laws.table import law_sides
from derivcheck.terms.term import Monomial

Collect = Callable[[State], object]
"""Joins the equal monomials of a state."""

Rows = tuple[tuple[str, ...], ...]
"""The entries of a matrix as LaTeX, row by row."""

SMALL = ((2, 3, 4), (2, 2, 2), (1, 2, 1))
"""The sizes at which a goal is written out, one for each size symbol in turn; the first that are
short enough to be read."""

LONGEST_ENTRY = 600
"""The characters of an entry that may still be read."""


@dataclass(frozen=True, slots=True)
class Written:
    """One side of a goal.

    Attributes:
        notation: its normal form as LaTeX.
        expansion: its value at small sizes, as rows of entries; None if it is too large.
    """

    notation: str
    expansion: Rows | None


@dataclass(frozen=True, slots=True)
class Account:
    """What there is to tell of a proof; formulas are LaTeX.

    Attributes:
        said: the goal.
        entry: the indices of the entry that is looked at (``i j``); empty for a number.
        lhs: the left side; ``rhs`` the right one.
        steps: the steps of the certificate, in words, with formulas between dollar signs.
        rules: name, rule and source of each definition and fact that was used.
        sizes: the small sizes, by name.
    """

    said: Said
    entry: str
    lhs: Written
    rhs: Written
    steps: tuple[str, ...]
    rules: tuple[tuple[str, str, str], ...]
    sizes: dict[str, int]


def account(goal: Goal, certificate: Certificate | None, collect: Collect) -> Account:
    """Return an account of a goal.

    Args:
        goal: the goal.
        certificate: its evidence, if it is proved.
        collect: joins equal monomials, for the normal form of each side.

    Raises:
        UnknownNodeError, OutOfBudgetError: when the goal cannot be lowered.
    """
    told = said(goal)
    unfold = certificate.unfold if certificate is not None else ()
    symbols = sorted(
        {s for node in _nodes(goal) for s in _size_symbols(node) if str(s) in told.sizes}, key=str
    )
    left, right = [_Side(goal, side, unfold, collect, told) for side in (goal.lhs, goal.rhs)]
    sizes: dict[Basic, int] = {}
    written: list[Rows | None] = [None, None]
    for small in SMALL:
        sizes = {s: small[k % len(small)] for k, s in enumerate(symbols)}
        written = [left.expanded(sizes), right.expanded(sizes)]
        if None not in written:
            break
    steps: tuple[str, ...] = ()
    if certificate is not None:
        steps = tuple(_Replay(goal, certificate, told).sentences())
    rules = [*_definitions_used(goal), *_facts_used(certificate)]
    return Account(
        told,
        left.entry,
        Written(left.text, written[0]),
        Written(right.text, written[1]),
        steps,
        tuple(rules),
        {str(s): n for s, n in sizes.items()},
    )


def _nodes(goal: Goal) -> list[Basic]:
    """Return the sides and the definitions of a goal."""
    return [goal.lhs, goal.rhs, *[node for pair in goal.definitions.items() for node in pair]]


def _size_symbols(node: Basic) -> set[Basic]:
    return {part for part in preorder_traversal(node) if type(part) is Symbol and part.is_integer}


def _taken(told: Said) -> set[str]:
    """Return the letters that stand for something in a goal."""
    heads = [name.partition(r" \in ")[0] for name in told.names]
    heads += [name.partition(" : ")[0] for name in told.functions]
    heads += [name.partition(" = ")[0] for name in told.definitions]
    return {*told.sizes, *heads}


class _Side:
    """One side of a goal in normal form."""

    def __init__(self, goal: Goal, side: Basic, unfold: Any, collect: Collect, told: Said) -> None:
        zero: Basic = sympy.Integer(0)
        self.shape = nodes.shape(side)
        if self.shape:
            zero = Basic.__new__(sympy.ZeroMatrix, *self.shape)
        alone = replace(goal, lhs=side, rhs=zero)
        self.state = State(alone, Lowering(goal.definitions, unfold, EXTENSIONS))
        collect(self.state)
        notation = _notation(self.state, _taken(told))
        self.text = notation.term(self.state.term)
        slots = self.state.lowering.result
        self.entry = ", ".join(
            ["".join([notation.free[index] for index in slot]) for slot in slots if slot]
        )

    def expanded(self, sizes: Mapping[Basic, int]) -> Rows | None:
        """Return the side at some sizes; None where it is too large or has no value."""
        named = {index: 1 for slot in self.state.lowering.named.values() for index in slot}
        if len(self.shape) > 2:
            return None
        entries = Entries(self.state.scope, sizes)
        try:
            rows = _rows(entries.matrix(self.state.term, self.state.lowering.result, named))
        except (TooLargeError, TypeError, ValueError, NotImplementedError, ZeroDivisionError):
            return None
        return rows if all(len(entry) <= LONGEST_ENTRY for row in rows for entry in row) else None


def _rows(value: Any) -> Rows:
    """Return a SymPy matrix, or a number, as rows of LaTeX."""
    if not isinstance(value, sympy.MatrixBase):
        return ((_plain(value),),)
    return tuple([tuple([_plain(entry) for entry in row]) for row in value.tolist()])


def _plain(entry: Any) -> str:
    text = sympy.latex(entry).replace(r"{\left(", "(").replace(r"\right)}", ")")
    return re.sub(r"\\operatorname\{([^{}]*)\}", r"\1", text)


def _notation(state: State, taken: set[str]) -> Notation:
    slots = state.lowering.result
    named = {
        v: slot for v, slot in state.lowering.named.items() if isinstance(v, nodes.IndexVariable)
    }
    return Notation(state.scope, slots, named, taken)


# --- steps in words -------------------------------------------------------------------------------


class _Replay:
    """Carries out a certificate and tells each step."""

    def __init__(self, goal: Goal, certificate: Certificate, told: Said) -> None:
        self.goal = goal
        self.certificate = certificate
        lowering = Lowering(goal.definitions, certificate.unfold, EXTENSIONS, lazy=certificate.lazy)
        self.state = State(goal, lowering)
        self.notation = _notation(self.state, _taken(told))
        self.lemmas = 0

    def sentences(self) -> Iterator[str]:
        for step in self.certificate.steps:
            yield self._told(step)
            self.state.apply(step)

    def _told(self, step: Any) -> str:
        where = "inside of a factor, " if getattr(step, "address", ()) else ""
        if type(step) is Cancel:
            term = self.state.at(step.address)
            letters = self.notation.around(self.state.term, step.address)
            pair = term[step.kept], term[step.merged]
            return where + self._pair(*pair, dict(step.renaming), letters)
        if type(step) is Distribute:
            return f"{where}a product of sums is multiplied out"
        if type(step) is Cofactor:
            return f"{where}a multiple of {self._equation(step.equation)} is added"
        if type(step) is Lemma:
            self.lemmas += 1
            count = len(step.steps)
            return f"lemma {self.lemmas} is proved, in {count} step{'s' * (count != 1)}"
        if type(step) is Identify:
            what = f"${latex(step.value)} = {latex(nodes.PseudoInverse(step.matrix))}$"
            return f"{what} is proved: it satisfies the four equations of Penrose"
        if type(step) is Fact:
            row = RELATIONS[step.name]
            return f"{where}a multiple of ${formula(row.left)} = {formula(row.right)}$ is added"
        if type(step) is DiagonalInverse:
            return f"{where}the inverse of a diagonal matrix is written out"
        assert type(step) is Spread
        sizes = ", ".join([latex(size) for size in step.sizes])
        return f"{where}an axis is cut into its parts, of sizes ${sizes}$"

    def _pair(
        self,
        kept: Monomial,
        merged: Monomial,
        renaming: Mapping[int, int],
        letters: Mapping[int, str],
    ) -> str:
        theirs, ours = [self.notation.bound(m, letters) for m in (merged, kept)]
        moved = [
            rf"{theirs[old]} \to {ours[new]}"
            for old, new in sorted(renaming.items())
            if old in theirs and new in ours and theirs[old] != ours[new]
        ]
        under = f", with ${', '.join(moved)}$" if moved else ""
        first, second = [self.notation.monomial(m, letters) for m in (kept, merged)]
        total = kept.coefficient + merged.coefficient
        if not total:
            return f"${first}$ meets ${second}${under}: nothing is left"
        both = Monomial(total, kept.bound, kept.factors)
        return f"${first}$ and ${second}${under} make ${self.notation.monomial(both, letters)}$"

    def _equation(self, equation: Any) -> str:
        if type(equation) is Given:
            return self._hypothesis(equation.position)
        if type(equation) is Proved:
            return f"lemma {equation.number + 1}"
        assert type(equation) is Law
        if equation.name == "exchanged":
            hypothesis = self._hypothesis(equation.arguments[0])
            return f"$B A = I$, by {hypothesis} with square factors"
        if equation.name == "square-of-root":
            return f"the square of {self._hypothesis(equation.arguments[0])}"
        left, right = law_sides(equation, self.goal)
        if equation.name == "inverse":
            first, second = left.args
            return f"${latex(first)} {latex(second)} = I$"
        if equation.name == "reciprocal":
            node = latex(left.args[0])
            return rf"$({node}) \cdot \frac{{1}}{{{node}}} = 1$"
        if equation.name == "size":
            size = latex(equation.arguments[0])
            return rf"${size} \cdot \frac{{1}}{{{size}}} = 1$"
        return f"{equation.name}, ${latex(left)} = {latex(right)}$,"

    def _hypothesis(self, position: int) -> str:
        given = self.state.goal.hypotheses[position]
        line = f" (line {given.line})" if given.line else ""
        return f"${latex(given.lhs)} = {latex(given.rhs)}${line}"


def formula(part: Any) -> str:
    r"""Return a formula of the table of relations as LaTeX.

    Example:
        >>> formula(("log", ("*", "s", "t")))
        '\\log(s t)'
    """
    if isinstance(part, Fraction):
        return rf"\frac{{{part.numerator}}}{{{part.denominator}}}"
    if not isinstance(part, tuple):
        return r"\pi" if part == "pi" else str(part)
    head, *rest = part
    inner = [formula(one) for one in rest]
    if head == "+":
        return " + ".join(inner).replace("+ -", "- ")
    if head == "*":
        if rest[0] == -1:
            return "-" + formula(("*", *rest[1:]))
        sums = [isinstance(one, tuple) and one[0] == "+" for one in rest]
        return " ".join([f"({text})" if s else text for text, s in zip(inner, sums, strict=True)])
    if head == "abs":
        return f"|{inner[0]}|"
    if head == "sqrt":
        return rf"\sqrt{{{inner[0]}}}"
    if head == "reciprocal":
        return rf"\frac{{1}}{{{inner[0]}}}"
    return f"{KNOWN_FUNCTIONS[head].latex}({inner[0]})"


def _definitions_used(goal: Goal) -> Iterator[tuple[str, str, str]]:
    """Yield the definitions by which a goal is lowered, each once."""
    seen: dict[Any, None] = {}
    for node in (goal.lhs, goal.rhs):
        for part in preorder_traversal(node):
            seen.setdefault(type(part))
    for kind in seen:
        row = OPERATORS.get(kind)
        if row is not None:
            yield row.name, pattern_text(row.pattern), row.source
    if seen.keys() & {
        nodes.TensorDerivative, nodes.ScalarDifferential, nodes.MatrixDifferential,
    }:  # fmt: skip
        source = "Magnus & Neudecker, Matrix Differential Calculus (3rd ed., 2019), ch. 5 and 9"
        yield "product-rule, chain-rule", "entry by entry", source


def pattern_text(pattern: str) -> str:
    """Return an operator's pattern as it is shown.

    Example:
        >>> pattern_text("ij,jk->ik"), pattern_text("ii->")
        ('ij, jk → ik', 'ii → a number')
    """
    left, _, right = pattern.partition("->")
    return f"{left.replace(',', ', ')} → {right or 'a number'}".strip()


def _facts_used(certificate: Certificate | None) -> Iterator[tuple[str, str, str]]:
    """Yield the facts and laws that a certificate uses, each once."""
    used: dict[tuple[str, str, str], None] = {}
    steps: list[Any] = list(certificate.steps) if certificate is not None else []
    for step in [*steps, *[s for lemma in steps if type(lemma) is Lemma for s in lemma.steps]]:
        if type(step) is Fact:
            row = RELATIONS[step.name]
            used[row.name, f"${formula(row.left)} = {formula(row.right)}$", row.source] = None
        elif type(step) is Cofactor and type(step.equation) is Law:
            source = "Magnus & Neudecker (2019), ch. 1; Horn & Johnson (2013), ch. 0"
            used[step.equation.name, "see the step", source] = None
    yield from used
