"""Givens that are assumed: hypotheses, conditions and properties."""

from __future__ import annotations

import sympy
from sympy import Basic

from derivcheck.algebra import nodes
from derivcheck.algebra.goal import Hypothesis
from derivcheck.language import syntax
from derivcheck.language.block_equations import block_equations
from derivcheck.language.context import names_of
from derivcheck.language.declarations import DeclarationReader
from derivcheck.language.elaborate import Elaborator
from derivcheck.language.inference import constant
from derivcheck.language.introduced import Given
from derivcheck.language.moments import take_moment
from derivcheck.language.properties import check_of_function, properties, stated
from derivcheck.language.typed import MeaningError, filled


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
        if sign in ("<", ">", "\\leq", "\\geq") and lhs.shape in ((), None):
            rhs = elaborator.number(node.rhs)
            turned = -1 if sign in ("<", "\\leq") else 1
            difference = elaborator.added([(turned, lhs), (-turned, rhs)], node)
            elaborator.finish(node)
            kind = "positive" if sign in ("<", ">") else "nonnegative"
            self.condition(given, kind, difference.build())
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
        for subject in node.subjects:
            if isinstance(subject, syntax.FunctionName):
                check_of_function(node.words)
                self.enlist(given, "condition")
                continue
            found = properties(node.words)
            if "constant" in found and isinstance(subject, syntax.Name):
                self.context.constants.add(subject.name)
                found.discard("constant")
            if found:
                typed = self.elaborator(given)
                value = typed.known(typed.expression(subject))
                equations, conditions = stated(found, value.build(), value.shape or ())
                for lhs, rhs in equations:
                    self.hypothesis(given, lhs, rhs)
                for kind, about in conditions:
                    self.condition(given, kind, about)
                if equations or conditions:
                    continue
            self.enlist(given, "condition")


def of_all_entries(node: Basic) -> Basic:
    """Return the matrix whose entries at any indices a node is; another node as it is."""
    if not isinstance(node, nodes.Component):
        return node
    matrix, *indices = node.args
    free = [i for i, size in zip(indices, nodes.shape(matrix), strict=True) if size != 1]
    every = all(isinstance(i, nodes.IndexVariable) for i in free)
    return matrix if every and len(set(free)) == len(free) else node
