"""Givens that are assumed: hypotheses, conditions and properties."""

from __future__ import annotations

import re

import sympy
from sympy import Basic, Integer

from derivcheck.algebra import nodes
from derivcheck.algebra.goal import Hypothesis
from derivcheck.algebra.nodes import Shape
from derivcheck.language import syntax
from derivcheck.language.block_equations import block_equations
from derivcheck.language.context import names_of
from derivcheck.language.declarations import DeclarationReader
from derivcheck.language.elaborate import Elaborator
from derivcheck.language.inference import constant
from derivcheck.language.introduced import Given
from derivcheck.language.moments import take_moment
from derivcheck.language.typed import MeaningError, filled

BENIGN = (
    "differentiable", "smooth", "element", "entry", "continuous", "arbitrary", "real",
    "real-valued", "fixed", "scalar", "vector", "matrix", "square",
)  # fmt: skip
"""Words that add nothing to what is assumed of names anyway."""


class HypothesisReader(DeclarationReader):
    """Takes in givens that restrict what names stand for."""

    def assume(self, given: Given) -> None:
        """Take in a hypothesis, a condition or a property.

        Raises:
            MeaningError: when it is not understood.
        """
        node = given.node
        if take_moment(self, given):
            return
        if isinstance(node, syntax.Property):
            self.property(given, node)
        elif isinstance(node, syntax.Relation) and node.lhs is not None:
            if node.sign in ("=", ":="):
                self.equation(given, node)
            else:
                self.relation(given, node)
        else:
            raise MeaningError("DC110", "it states nothing that is understood", (0, 0))

    def equation(self, given: Given, node: syntax.Relation) -> None:
        """Take in an equation that is no definition."""
        assert node.lhs is not None
        if isinstance(node.lhs, syntax.Builtin) and isinstance(node.rhs, syntax.Cases):
            self.enlist(given, "definition")  # the usual definition of δ_ij; it stays what it is
            return
        if isinstance(node.lhs, syntax.Builtin) and self.speaks_of_values(node.rhs):
            self.context.clouded.setdefault(node.lhs.name, given.line)
            own = given.source.text[node.lhs.start : node.lhs.end].strip()
            raise MeaningError("DC204", f"it may define `{own}` anew or be a condition", (0, 0))
        varied = node.lhs.body if isinstance(node.lhs, syntax.Differential) else None
        if isinstance(varied, syntax.Name) and constant(node.rhs) == 0:
            self.context.constants.add(varied.name)
            self.enlist(given, "hypothesis")
            return
        elaborator = self.elaborator(given)
        elaborator.free_letters = False
        lhs = elaborator.known(elaborator.expression(node.lhs))
        rhs = elaborator.known(elaborator.expression(node.rhs))
        elaborator.equate(lhs, rhs)
        elaborator.finish(node)
        shape = elaborator.sizes.shape(lhs.shape or rhs.shape or ())
        left, right = filled(lhs, shape), filled(rhs, shape)
        self.hypothesis(given, left, right)
        self.conditions_of(given, elaborator)

    def speaks_of_values(self, node: syntax.Node) -> bool:
        """Return whether declared numbers, vectors or matrices stand in a tree."""
        known = [self.context.entries.get(name) for name in names_of(node)]
        return any(e is not None and e.kind not in ("size", "index") for e in known)

    def hypothesis(self, given: Given, lhs: Basic, rhs: Basic) -> None:
        """Note a hypothesis; one of matrices of blocks block by block."""
        for left, right in block_equations(lhs, rhs):
            made = Hypothesis(left, right, given.latex, given.line, given.in_text)
            self.context.hypotheses.append(made)
        self.enlist(given, "hypothesis")

    def relation(self, given: Given, node: syntax.Relation) -> None:
        """Take in a given inequality."""
        assert node.lhs is not None
        elaborator = self.elaborator(given)
        lhs = elaborator.known(elaborator.expression(node.lhs))
        against = constant(node.rhs) if not isinstance(node.rhs, syntax.Space) else None
        sign = node.sign
        size = lhs.shape == () and lhs.build().is_integer and lhs.build().is_positive
        if size and against is not None and sign in ("\\geq", ">") and against <= 1:
            self.enlist(given, "condition")
            return
        if sign in ("\\succ", "\\succeq") and lhs.shape and against == 0:
            kind = "positive-definite" if sign == "\\succ" else "positive-semidefinite"
            built = lhs.build()
            self.hypothesis(given, built, sympy.Transpose(built))
            self.condition(given, kind, built)
            return
        if sign in (">", "\\geq") and lhs.shape == () and against == 0:
            kind = "positive" if sign == ">" else "nonnegative"
            self.condition(given, kind, of_all_entries(lhs.build()))
            return
        if sign == "\\neq":
            rhs = elaborator.known(elaborator.expression(node.rhs))
            elaborator.equate(lhs, rhs)
            difference = elaborator.added([(1, lhs), (-1, rhs)], node)
            elaborator.finish(node)
            built = of_all_entries(difference.build())
            if difference.shape:
                square = sympy.Trace(sympy.MatMul(sympy.Transpose(built), built))
                self.condition(given, "nonzero", square)
            else:
                self.condition(given, "nonzero", built)
            return
        raise MeaningError("DC110", f"the relation {sign} is not understood here", (0, 0))

    def conditions_of(self, given: Given, elaborator: Elaborator) -> None:
        """Note the side conditions that a given writes itself (an inverse in a definition)."""
        known = {(c.kind, c.node) for c in self.context.conditions}
        for made in elaborator.obligations(given.line):
            if (made.kind, made.node) not in known:
                self.context.conditions.append(made)

    def property(self, given: Given, node: syntax.Property) -> None:
        r"""Take in ``A \text{ symmetric}`` and its kin.

        Raises:
            MeaningError: for words that are not understood.
        """
        words = " ".join(node.words.lower().replace("-", " ").replace(",", " ").split())
        for subject in node.subjects:
            if isinstance(subject, syntax.FunctionName):
                if any(w in words for w in BENIGN):
                    continue
                raise MeaningError("DC110", f"“{node.words.strip()}” is not understood", (0, 0))
            if "constant" in words and isinstance(subject, syntax.Name):
                self.context.constants.add(subject.name)
                self.enlist(given, "condition")
                continue
            typed = self.elaborator(given)
            value = typed.known(typed.expression(subject))
            self.property_of(given, words, value.build(), value.shape)

    def property_of(self, given: Given, words: str, node: Basic, shape: Shape | None) -> None:
        """Take in a property of one matrix or number."""
        across = sympy.Transpose(node) if shape else node
        square = bool(shape) and len(shape or ()) == 2 and shape[0] == shape[1]  # type: ignore[index]
        known = False
        if re.search(r"\bpermutation\b", words) and square:
            # entries 0 and 1 that sum to 1 in each row and column; Pᵀ P = I follows and is handy
            size = shape[0]  # type: ignore[index]
            ones = sympy.OneMatrix(size, 1)
            for matrix in (across, node):
                other = node if matrix is across else across
                self.hypothesis(given, sympy.MatMul(matrix, other), sympy.Identity(size))
                self.hypothesis(given, sympy.MatMul(matrix, ones), ones)
            self.hypothesis(given, sympy.HadamardProduct(node, node), node)
            known = True
        if re.search(r"\b(invertible|non ?singular|regular|full rank)\b", words) and square:
            self.condition(given, "invertible", node)
            known = True
        if re.search(r"\bskew|antisymmetric", words) and square:
            self.hypothesis(given, across, sympy.MatMul(Integer(-1), node))
            known = True
        elif re.search(r"\bsymmetric\b", words) and square:
            self.hypothesis(given, node, across)
            known = True
        if "semidefinite" in words or "semi definite" in words:
            self.hypothesis(given, node, across)
            self.condition(given, "positive-semidefinite", node)
            known = True
        elif "positive definite" in words:
            self.hypothesis(given, node, across)
            self.condition(given, "positive-definite", node)
            known = True
        if re.search(r"\borthogonal\b", words) and square:
            identity = sympy.Identity(shape[0])  # type: ignore[index]
            self.hypothesis(given, sympy.MatMul(across, node), identity)
            self.hypothesis(given, sympy.MatMul(node, across), identity)
            known = True
        if re.search(r"\bdiagonal\b", words) and square:
            identity = sympy.Identity(shape[0])  # type: ignore[index]
            self.hypothesis(given, sympy.HadamardProduct(node, identity), node)
            known = True
        if "idempotent" in words and square:
            self.hypothesis(given, sympy.MatMul(node, node), node)
            known = True
        for text, kind in (("column rank", "full-column-rank"), ("row rank", "full-row-rank")):
            if text in words:
                self.condition(given, kind, node)
                known = True
        if re.search(r"\bpositive$", words) and not shape:
            self.condition(given, "positive", node)
            known = True
        if re.search(r"\bnon ?zero\b", words):
            self.condition(given, "nonzero", node)
            known = True
        if not known and not any(word in words for word in BENIGN):
            raise MeaningError("DC110", f"“{words}” is not understood", (0, 0))
        if not known:
            self.enlist(given, "condition")


def of_all_entries(node: Basic) -> Basic:
    """Return the matrix whose entries at any indices a node is; another node as it is."""
    if not isinstance(node, nodes.Component):
        return node
    matrix, *indices = node.args
    free = [i for i, size in zip(indices, nodes.shape(matrix), strict=True) if size != 1]
    every = all(isinstance(i, nodes.IndexVariable) for i in free)
    return matrix if every and len(set(free)) == len(free) else node
