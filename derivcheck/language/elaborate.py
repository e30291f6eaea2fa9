"""From syntax trees to typed expressions: names are resolved, shapes inferred and checked.

One ``Elaborator`` reads the expressions of one identity. Shapes are checked here, by unification,
before any node is built; the nodes come from ``Typed.build`` once all sizes are known. Nothing is
simplified: the node says what the author wrote.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import sympy
from msgspec.structs import replace
from sympy import Basic

from derivcheck.algebra import nodes
from derivcheck.algebra.nodes import Size
from derivcheck.algebra.unification import is_size
from derivcheck.diagnostics import Help
from derivcheck.language import syntax
from derivcheck.language.arithmetic import Arithmetic
from derivcheck.language.inference import constant
from derivcheck.language.typed import Typed
from derivcheck.limits import GOAL_DEPTH as MAX_DEPTH
from derivcheck.limits import GOAL_PARTS as MAX_PARTS
from derivcheck.limits import WRITTEN_SUM as MAX_WRITTEN_SUM
from derivcheck.limits import WRITTEN_TERMS as MAX_WRITTEN_TERMS

ELEMENTWISE = {
    "exp", "log", "sqrt", "sin", "cos", "tanh", "sigma", "softplus", "relu", "abs", "sign", "step",
    "normal-cdf", "normal-density",
}  # fmt: skip
"""Built-in functions of a number that apply element-wise."""

POSITIVE = {"log": "positive", "sqrt": "positive"}
KINKED = {"relu", "abs", "sign", "step"}


class Elaborator(Arithmetic):
    """Elaborates the expressions of one identity in one context."""

    def expression(self, node: syntax.Node) -> Typed:
        """Return the typed expression of a syntax tree.

        Raises:
            MeaningError: when it has no meaning or is not supported.
        """
        self.parts += 1
        if self.parts > MAX_PARTS:
            limit = f"with its formulas written out this has over {MAX_PARTS} parts"
            raise self.error("DC102", limit, node)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error("DC102", "the formula and its definitions nest too deeply", node)
        try:
            clause = _CLAUSES.get(type(node))
            if clause is None:
                raise self.error("DC110", "this construct has no encoding", node)
            return clause(self, node)
        finally:
            self.depth -= 1

    def _matrix_of(self, node: syntax.Matrix) -> Typed:
        if len(node.rows) == 1 and len(node.rows[0]) == 1:
            return self.expression(node.rows[0][0])
        from derivcheck.language import blocks

        return blocks.written_out(self, node)

    def _big(self, node: syntax.BigOperator) -> Typed:
        from derivcheck.language import products

        spectral = products.of_eigenvalues(self, node)
        if spectral is not None:
            return spectral
        if node.operator == "product":
            parts = products.apart(self, node)
            if len(parts) > 1:
                return self.multiplied([self.known(self.expression(p)) for p in parts], node)
        fixed = self._written_range(node)
        if fixed is not None:
            return self._written_sum(node, fixed)
        node = from_one(node)
        if self.unfolding:  # an argument of the formula may hold an index of the same letter
            node = self._apart(node)
        outer = set(self.counters)
        self.counters |= set(node.indices)
        saved = {name: self.bound.get(name) for name in node.indices}
        hidden = {n: self.local.pop(n) for n in node.indices if n in self.local}
        own: dict[str, Size] = {}
        for name in node.indices:
            own[name] = self._range(node, name)
            self.bound[name] = own[name]
        try:
            body = self.known(self.expression(node.body))
        finally:
            self.counters = outer
            self.local.update(hidden)
            for name, before in saved.items():
                if before is None:
                    self.bound.pop(name, None)
                else:
                    self.bound[name] = before
        if body.shape is None:
            return body
        if node.operator == "product" and body.shape:
            raise self.error("DC110", "a product of matrices over an index has no encoding", node)
        if len(body.shape) not in (0, 2):
            raise self.error("DC110", "a sum of tensors has no encoding", node)
        over = nodes.summation if node.operator == "sum" else products.over_index

        def build() -> Basic:
            result = body.build()
            for name in reversed(node.indices):
                variable = nodes.index_variable(name, self.size_value(own[name]))
                result = over(result, variable)
            return result

        return Typed(body.shape, build, node.start, node.end)

    def _apart(self, node: syntax.BigOperator) -> syntax.BigOperator:
        """Return a sum over indices with names of their own."""
        body, indices = node.body, []
        for name in node.indices:
            indices.append(self.fresh(name))
            letter = syntax.Name(node.start, node.start, indices[-1], declared=True)
            body = replaced_index(body, name, letter)
        return replace(node, indices=tuple(indices), body=body)

    def _range(self, node: syntax.BigOperator, name: str) -> Size:
        name = name.partition("#")[0]
        if node.upper is None:
            if node.lower is not None and constant(node.lower) != 1:
                raise self.error("DC110", "a sum starts at 1, or runs between fixed numbers", node)
            entry = self.context.entries.get(name)
            if entry is not None and entry.kind == "index":
                variable: Any = entry.node
                return variable.size
            return self.context.ranges.get(name) or self.sizes.unknown()
        if node.lower is not None and constant(node.lower) != 1:
            raise self.error("DC110", "a sum starts at 1, or runs between fixed numbers", node)
        size = sympy.expand(self._difference(node.upper))
        if not is_size(size):
            raise self.error("DC203", "a sum runs to a size", node.upper)
        return size

    def _difference(self, node: syntax.Node) -> Size:
        """Return a size written with sums and differences: ``k - 1 + 1``."""
        if isinstance(node, syntax.Sum):
            return sympy.Add(*[sign * self._difference(term) for sign, term in node.terms])
        return self.size(node)

    def _written_range(self, node: syntax.BigOperator) -> range | None:
        if node.lower is None or node.upper is None or len(node.indices) != 1:
            return None
        lower, upper = constant(node.lower), constant(node.upper)
        if lower is None or upper is None or lower.q != 1 or upper.q != 1:
            return None
        if upper - lower >= MAX_WRITTEN_SUM:
            return None
        return range(int(lower), int(upper) + 1)

    def _written_sum(self, node: syntax.BigOperator, values: range) -> Typed:
        name = node.indices[0]
        self.written += len(values)
        if self.written > MAX_WRITTEN_TERMS:
            limit = f"sums over fixed numbers are written out up to {MAX_WRITTEN_TERMS} terms"
            raise self.error("DC102", limit, node)
        terms = []
        for value in values:
            number = syntax.Number(node.start, node.start, Fraction(value))
            body = replaced_index(node.body, name, number)
            terms.append((1, self.known(self.expression(body))))
        if node.operator == "product":
            if not terms:
                raise self.error("DC110", "a product without factors has no shape", node)
            return self.multiplied([term for _, term in terms], node)
        return self.added(terms, node) if terms else self.zero(node)

    def _call(self, node: syntax.Call) -> Typed:
        from derivcheck.language import calls

        if (
            self.pointwise is not None
            and len(node.arguments) == 1
            and (names_function(node.arguments[0]))
        ):  # σ (1 - σ) is a product of functions, not σ applied to 1 - σ
            return self._product(
                syntax.Product(node.start, node.end, (node.function, node.arguments[0]))
            )
        return calls.call(self, node)

    def _derivative(self, node: syntax.Derivative) -> Typed:
        from derivcheck.language import derivatives

        return derivatives.derivative(self, node)

    def _differential(self, node: syntax.Differential) -> Typed:
        from derivcheck.language import differentials

        return differentials.differential(self, node)

    def _restricted(self, node: syntax.Restricted) -> Typed:
        from derivcheck.language import derivatives

        return derivatives.restricted(self, node)

    def _function_name(self, node: syntax.FunctionName) -> Typed:
        entry = self.context.entries.get(node.name)
        if entry is not None and entry.value is not None and node.order == 0:
            return self._name(syntax.Name(node.start, node.end, node.name, True))
        if entry is None and not node.declared and len(node.name) == 1:
            raise self.unknown(node)
        from derivcheck.language import calls, derivatives

        if self.pointwise is not None:
            return calls.at(self, node, self.pointwise)
        value = derivatives.only_value(self, node)
        if value is not None:
            return value
        said = f"the function `{self.text(node)}` has no argument here"
        parameters = entry.formula.parameters if entry and entry.formula else ("t",)
        applied = f"`{self.text(node)}({', '.join(parameters)})`"
        told = f"write what it is applied to, such as {applied}"
        raise self.error("DC202", said, node, help=(Help(told),))

    def _cases(self, node: syntax.Cases) -> Typed:
        from derivcheck.language import activations

        return activations.cases(self, node)

    def _unsupported(self, node: syntax.Node) -> Typed:
        what = "a space" if isinstance(node, syntax.Space) else "this construct"
        raise self.error("DC110", f"{what} has no encoding: `{self.text(node)}`", node)


def names_function(node: Any) -> bool:
    """Return whether a syntax tree names a function without applying it."""
    if isinstance(node, syntax.FunctionName):
        return True
    if isinstance(node, syntax.Call):
        return any(names_function(a) for a in node.arguments)
    if isinstance(node, tuple):
        return any(names_function(part) for part in node)
    if isinstance(node, syntax.Node) and not isinstance(node, syntax.Derivative):
        return any(
            names_function(getattr(node, name))
            for name in node.__struct_fields__
            if isinstance(getattr(node, name), syntax.Node | tuple)
        )
    return False


def from_one(node: syntax.BigOperator) -> syntax.BigOperator:
    """Return a sum from 0 to k - 1 as one from 1 to k, its index less 1."""
    if node.upper is None or len(node.indices) != 1 or constant(node.lower) != 0:
        return node
    name, span = node.indices[0], (node.upper.start, node.upper.end)
    one = syntax.Number(*span, Fraction(1))
    less = syntax.Sum(*span, ((1, syntax.Name(*span, name, True)), (-1, one)))
    upper = syntax.Sum(*span, ((1, node.upper), (1, one)))
    return replace(node, lower=one, upper=upper, body=replaced_index(node.body, name, less))


def replaced_index(node: syntax.Node, name: str, by: syntax.Node) -> Any:
    """Return a syntax tree with an index letter replaced, except where it is bound again."""
    if isinstance(node, syntax.Name):
        return replace(by, start=node.start, end=node.end) if node.name == name else node
    if isinstance(node, syntax.BigOperator) and name in node.indices:
        return node

    def walk(part: Any) -> Any:
        if isinstance(part, syntax.Node):
            return replaced_index(part, name, by)
        if isinstance(part, tuple):
            return tuple([walk(p) for p in part])
        return part

    return replace(node, **{name: walk(getattr(node, name)) for name in node.__struct_fields__})


_CLAUSES: dict[type, Callable[[Elaborator, Any], Typed]] = {
    syntax.Name: Elaborator._name,
    syntax.Number: Elaborator._number,
    syntax.Builtin: Elaborator._builtin,
    syntax.Sum: Elaborator._sum,
    syntax.Product: Elaborator._product,
    syntax.Binary: Elaborator._binary,
    syntax.Fraction: Elaborator._fraction,
    syntax.Power: Elaborator._power,
    syntax.Transpose: Elaborator._transpose,
    syntax.Component: Elaborator._component,
    syntax.FunctionName: Elaborator._function_name,
    syntax.Call: Elaborator._call,
    syntax.Norm: Elaborator._norm,
    syntax.BigOperator: Elaborator._big,
    syntax.Derivative: Elaborator._derivative,
    syntax.Differential: Elaborator._differential,
    syntax.Restricted: Elaborator._restricted,
    syntax.Matrix: Elaborator._matrix_of,
    syntax.PseudoInverse: Elaborator._pseudo_inverse,
    syntax.Cases: Elaborator._cases,
    syntax.Space: Elaborator._unsupported,
}
"""How each kind of syntax is elaborated; there is no default."""
