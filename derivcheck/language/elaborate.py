"""From syntax trees to typed expressions: names are resolved, shapes inferred and checked.

One ``Elaborator`` reads the expressions of one identity. Shapes are checked here, by unification,
before any node is built; the nodes come from ``Typed.build`` once all sizes are known. Nothing is
simplified: the node says what the author wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import sympy
from sympy import Basic, Integer, Rational

from derivcheck.algebra import nodes
from derivcheck.algebra.goal import Condition
from derivcheck.algebra.nodes import ONE, Shape, Size
from derivcheck.algebra.unification import Sizes, unknowns
from derivcheck.diagnostics import Help
from derivcheck.language import syntax
from derivcheck.language.context import Context, Entry
from derivcheck.language.typed import MeaningError, Typed, is_column, is_row, readable_shape

ELEMENTWISE = {
    "exp", "log", "sqrt", "sin", "cos", "tanh", "sigma", "softplus", "relu", "abs", "sign",
}  # fmt: skip
"""Built-in functions of a number that apply element-wise."""

POSITIVE = {"log": "positive", "sqrt": "positive"}
KINKED = {"relu", "abs", "sign"}

MAX_WRITTEN_SUM = 32
"""A sum over fixed numbers is written out up to this many terms."""


@dataclass(slots=True)
class Findings:
    """What elaboration noticed on the way, for the report.

    Attributes:
        layout: some derivative's shape depends on the layout.
        entries: variables whose entries were taken as independent although something is given of them.
        inferred: undeclared letters with their shape.
        notes: facts worth telling.
        names: declared names that were used.
    """

    layout: bool = False
    inferred: dict[str, Shape] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    obligations: list[tuple[str, Callable[[], Basic], str]] = field(default_factory=list)


class Elaborator:
    """Elaborates the expressions of one identity in one context.

    Args:
        context: the names in force.
        free_letters: undeclared letters are allowed (all letters of the identity are undeclared).
    """

    def __init__(self, context: Context, *, free_letters: bool = False) -> None:
        self.context = context
        self.sizes = Sizes()
        self.free_letters = free_letters
        self.found = Findings()
        self.bound: dict[str, Size] = {}
        self.local: dict[str, Typed] = {}
        self.letters: dict[str, Typed] = {}
        self.latex = ""
        self.held: tuple[Basic, ...] = ()
        self.pointwise: Typed | None = None
        self.depth = 0

    # --- entry points -------------------------------------------------------------------------

    def expression(self, node: syntax.Node) -> Typed:
        """Return the typed expression of a syntax tree.

        Raises:
            MeaningError: when it has no meaning or is not supported.
        """
        self.depth += 1
        if self.depth > 300:
            raise self.error("DC102", "the formula and its definitions nest too deeply", node)
        try:
            clause = _CLAUSES.get(type(node))
            if clause is None:
                raise self.error("DC110", "this construct has no encoding", node)
            return clause(self, node)
        finally:
            self.depth -= 1

    def equate(self, left: Typed, right: Typed, sign: syntax.Node | None = None) -> None:
        """Require the two sides of a relation to have one shape.

        Raises:
            MeaningError: DC201 when they cannot.
        """
        if left.shape is None or right.shape is None:
            return
        if not self.same_shape(left.shape, right.shape):
            ls, rs = self.shape_text(left), self.shape_text(right)
            raise MeaningError(
                "DC201",
                f"the two sides have different shapes: {ls} and {rs}",
                (right.start, right.end),
                parts=((left.start, left.end, ls), (right.start, right.end, rs)),
            )

    def finish(self, node: syntax.Node) -> None:
        """Require every unknown size to be determined; letters' own sizes become new symbols.

        Raises:
            MeaningError: DC203 when a size has no or more than one solution.
        """
        taken = {str(s) for entry in self.context.entries.values() for s in entry_sizes(entry)}
        fresh = (f"{c}" for c in "mnpqrstuvwklij" if c not in taken and c not in self.letters)
        more = (f"n_{k}" for k in range(1, 1000))
        for name, typed in self.letters.items():
            for size in typed.shape or ():
                for unknown in sorted(unknowns(self.sizes.resolved(size)), key=str):
                    symbol = next(fresh, None) or next(more)
                    self.sizes.unify(unknown, nodes.size_symbol(symbol))
            self.found.inferred[name] = self.sizes.shape(typed.shape or ())
        if not self.sizes.settle():
            raise self.error("DC203", "a size here is not determined", node)

    # --- helpers ------------------------------------------------------------------------------

    def error(self, code: str, headline: str, node: syntax.Node, **more: Any) -> MeaningError:
        """Return an error at a syntax node."""
        return MeaningError(code, headline, (node.start, node.end), **more)

    def shape_text(self, typed: Typed) -> str:
        """Return a readable shape, as far as known."""
        return readable_shape(None if typed.shape is None else self.sizes.shape(typed.shape))

    def same_shape(self, left: Shape, right: Shape) -> bool:
        """Unify two shapes."""
        return len(left) == len(right) and all(
            [self.sizes.unify(a, b) for a, b in zip(left, right, strict=True)]
        )

    def known(self, typed: Typed) -> Typed:
        """Return ``typed`` with its shape resolved; a 1 × 1 matrix becomes a number."""
        if typed.shape is None:
            return typed
        shape = self.sizes.shape(typed.shape)
        if shape and all(size == ONE for size in shape):
            build = typed.build

            def number() -> Basic:
                inner = build()
                kind = nodes.MatrixScalar if len(shape) == 2 else nodes.ScalarArranged
                return kind(inner)

            return Typed((), number, typed.start, typed.end)
        if shape != typed.shape:
            return Typed(shape, typed.build, typed.start, typed.end, typed.flexible)
        return typed

    def built(self, shape: Shape) -> Shape:
        """Return a shape at building time.

        Raises:
            MeaningError: DC203 when a size is still unknown.
        """
        resolved = self.sizes.shape(shape)
        if any(unknowns(size) for size in resolved):
            raise MeaningError("DC203", "a size here is not determined", (0, 0))
        return resolved

    def size_value(self, size: Size) -> Size:
        """Return a size at building time."""
        return self.built((size,))[0]

    def number(self, node: syntax.Node) -> Typed:
        """Return a typed expression that must be a number."""
        typed = self.known(self.expression(node))
        if typed.shape is None:
            return Typed((), lambda: Integer(0), node.start, node.end)
        if typed.shape != ():
            raise self.error(
                "DC201", f"a number is needed here, but this is {self.shape_text(typed)}", node
            )
        return typed

    def matrix(self, node: syntax.Node, what: str) -> Typed:
        """Return a typed expression that must be a vector or matrix."""
        typed = self.known(self.expression(node))
        if typed.shape is None or len(typed.shape) != 2:
            raise self.error(
                "DC201", f"{what} needs a matrix, but this is {self.shape_text(typed)}", node
            )
        return typed

    def size(self, node: syntax.Node) -> Size:
        """Return a size written in a shape: a symbol, a number, a product or a sum.

        Raises:
            MeaningError: DC203 when it is none of these.
        """
        if isinstance(node, syntax.Number) and node.value.denominator == 1 and node.value > 0:
            return Integer(int(node.value))
        if isinstance(node, syntax.Name):
            entry = self.context.entries.get(node.name)
            if entry is None or entry.kind == "size":
                return nodes.size_symbol(node.name)
            raise self.error("DC203", f"`{node.name}` is not a size", node)
        if isinstance(node, syntax.Product):
            return sympy.Mul(*[self.size(f) for f in node.factors])
        if isinstance(node, syntax.Sum) and all(sign == 1 for sign, _ in node.terms):
            return sympy.Add(*[self.size(t) for _, t in node.terms])
        if isinstance(node, syntax.Power):
            exponent = node.exponent
            if isinstance(exponent, syntax.Number) and exponent.value in range(1, 9):
                return self.size(node.base) ** int(exponent.value)
        raise self.error("DC203", "a size is a symbol, a number, a product or a sum of these", node)

    def condition(self, kind: str, build: Callable[[], Basic], text: str) -> None:
        """Note a side condition that the step itself writes."""
        self.found.obligations.append((kind, build, text))

    def obligations(self, line: int) -> tuple[Condition, ...]:
        """Return the side conditions noted, built."""
        made: dict[tuple[str, Basic], Condition] = {}
        for kind, build, text in self.found.obligations:
            node = build()
            if node.is_positive and kind != "invertible":
                continue  # sizes and plain numbers
            made.setdefault((kind, node), Condition(kind, node, text, line))
        return tuple(made.values())

    def text(self, node: syntax.Node) -> str:
        """Return the author's LaTeX of a node."""
        return self.latex[node.start : node.end].strip()

    # --- names --------------------------------------------------------------------------------

    def _name(self, node: syntax.Name) -> Typed:
        if node.name in self.local:
            held = self.local[node.name]
            return Typed(held.shape, held.build, node.start, node.end)
        entry = self.context.entries.get(node.name)
        if entry is None:
            return self._undeclared(node)
        self.found.names.add(node.name)
        if entry.value is not None:
            entry = entry.value
        if entry.kind in ("number", "matrix", "size"):
            value = entry.node
            if value is None:
                raise self.unknown(node)
            return Typed(entry.shape, lambda: value, node.start, node.end)
        if entry.kind == "family" and not entry.spelled:
            raise self.error("DC110", f"the family `{node.name}` needs an index", node)
        if entry.kind == "family":
            names = tuple(syntax.Name(node.start, node.end, x, True) for x in entry.letters)
            return self._member(entry, names, node)
        raise self.error(
            "DC202", f"`{node.name}` is {_kind_words(entry)}; a value is needed here", node
        )

    def _undeclared(self, node: syntax.Name) -> Typed:
        name = node.name
        if name in self.letters:
            held = self.letters[name]
            return Typed(held.shape, held.build, node.start, node.end)
        if not self.free_letters:
            raise self.unknown(node)
        bare = name.lstrip("\\").removeprefix("mathbf{").removeprefix("boldsymbol{")
        first = bare[:1]
        shape: Shape
        if name.startswith("\\") and not name.startswith(("\\mathbf", "\\boldsymbol", "\\hat")):
            shape = ()
        elif first.isupper():
            shape = (self.sizes.unknown(), self.sizes.unknown())
        else:
            shape = (self.sizes.unknown(), ONE)

        def build() -> Basic:
            if not shape:
                return nodes.scalar_symbol(name)
            return sympy.MatrixSymbol(name, *self.built(shape))

        typed = Typed(shape, build, node.start, node.end)
        self.letters[name] = typed
        return typed

    def unknown(self, node: syntax.Name | syntax.FunctionName) -> MeaningError:
        """Return the error for a name that nothing introduces, with the nearest declared one."""
        if node.name in self.context.spoilt and isinstance(node, syntax.Name):
            line = self.context.spoilt[node.name]
            return self.error(
                "DC304", f"`{node.name}` is given on line {line}, which is not understood", node
            )
        near = nearest(node.name, self.context.entries)
        helps = (Help(f"did you mean `{near}`?", replacement=near),) if near else ()
        return self.error(
            "DC202", f"`{node.name}` is not introduced anywhere", node, help=helps,
            notes=("a name is introduced by a given: its shape, its definition or its signature",),
        )  # fmt: skip

    def index(self, node: syntax.Node, size: Size) -> Callable[[], Basic]:
        """Return the builder of an index into an axis of the given size.

        Raises:
            MeaningError: when it is no index, or its range differs.
        """
        if isinstance(node, syntax.Number) and node.value.denominator == 1 and node.value >= 1:
            value = int(node.value)
            fixed = self.sizes.resolved(size)
            if isinstance(fixed, Integer) and value > fixed:
                raise self.error("DC201", f"there is no entry {value} among {fixed}", node)
            return lambda: Integer(value)
        if isinstance(node, syntax.Name):
            name = node.name
            if name in self.bound:
                if not self.sizes.unify(self.bound[name], size):
                    raise self._range_clash(node, self.bound[name], size)
                own = self.bound[name]
                return lambda: nodes.index_variable(name, self.size_value(own))
            entry = self.context.entries.get(name)
            if entry is not None and entry.kind == "index":
                variable: Any = entry.node
                if not self.sizes.unify(variable.size, size):
                    raise self._range_clash(node, variable.size, size)
                return lambda: variable
            if entry is None and len(name) == 1:  # free: the step holds for each of its values
                self.bound[name] = self.context.ranges.get(name) or self.sizes.unknown()
                return self.index(node, size)
        raise self.error("DC110", "an index is a letter or a number", node)

    def _range_clash(self, node: syntax.Name, own: Size, size: Size) -> MeaningError:
        a, b = self.sizes.resolved(own), self.sizes.resolved(size)
        return self.error(
            "DC201", f"the index `{node.name}` runs to {a}, but the axis has {b} positions", node
        )

    def _member(
        self, entry: Entry, indices: tuple[syntax.Node, ...], node: syntax.Node
    ) -> Typed:
        if len(indices) != len(entry.letters):
            raise self.error("DC110", f"`{entry.name}` needs {len(entry.letters)} indices", node)
        builders = [self.index(i, r) for i, r in zip(indices, entry.range, strict=True)]
        label = nodes.Str(entry.name)

        def build() -> Basic:
            made = [b() for b in builders]
            if entry.shape:
                return nodes.MatrixMember(label, *entry.shape, *made)
            return nodes.ScalarMember(label, *made)

        return Typed(entry.shape, build, node.start, node.end)

    def _component(self, node: syntax.Component) -> Typed:
        base, indices = node.base, list(node.indices)
        if isinstance(base, syntax.Name):
            entry = self.context.entries.get(base.name)
            if (
                entry is not None
                and entry.kind == "family"
                and not entry.spelled
                and base.name not in self.local
            ):
                self.found.names.add(base.name)
                count = len(entry.letters)
                if len(indices) >= count:
                    member = self._member(entry, tuple(indices[:count]), node)
                    if not indices[count:]:
                        return member
                    return self.entry(member, indices[count:], node)
        return self.entry(self.known(self.expression(base)), indices, node)

    def entry(self, base: Typed, indices: list[syntax.Node], node: syntax.Node) -> Typed:
        """Return an entry, row or column of a typed matrix."""
        shape = base.shape
        if shape is None or not shape:
            raise self.error("DC201", "a number has no entries", node)
        if len(indices) == 1 and len(shape) == 2 and ONE in shape:
            place = 0 if shape[1] == ONE else 1
            if isinstance(indices[0], syntax.Slice):
                return base
            at = self.index(indices[0], shape[place])
            if place == 0:
                return Typed((), lambda: nodes.Component(base.build(), at(), ONE), node.start, node.end)
            return Typed((), lambda: nodes.Component(base.build(), ONE, at()), node.start, node.end)
        if len(indices) != len(shape):
            raise self.error(
                "DC201",
                f"{len(indices)} indices for something of shape {self.shape_text(base)}",
                node,
            )
        slices = [isinstance(i, syntax.Slice) for i in indices]
        if not any(slices):
            builders = [self.index(i, s) for i, s in zip(indices, shape, strict=True)]
            return Typed(
                (),
                lambda: nodes.Component(base.build(), *[b() for b in builders]),
                node.start,
                node.end,
            )
        if len(shape) != 2 or all(slices):
            raise self.error("DC110", "only a row or a column of a matrix can be taken", node)
        if slices[1]:  # row i is e_iᵀ A
            at, rows = self.index(indices[0], shape[0]), shape[0]

            def row() -> Basic:
                unit = nodes.UnitVector(at(), self.size_value(rows))
                return sympy.MatMul(sympy.Transpose(unit), base.build())

            return Typed((ONE, shape[1]), row, node.start, node.end)
        at, columns = self.index(indices[1], shape[1]), shape[1]  # column j is A e_j

        def column() -> Basic:
            return sympy.MatMul(base.build(), nodes.UnitVector(at(), self.size_value(columns)))

        return Typed((shape[0], ONE), column, node.start, node.end)

    # --- constants ----------------------------------------------------------------------------

    def _number(self, node: syntax.Number) -> Typed:
        value = Rational(node.value.numerator, node.value.denominator)
        if value == 0:
            return self.zero(node)
        return Typed((), lambda: value, node.start, node.end)

    def zero(self, node: syntax.Node) -> Typed:
        """Return the zero of whatever shape is needed."""
        return Typed(None, lambda: Integer(0), node.start, node.end, flexible=True)

    def _builtin(self, node: syntax.Builtin) -> Typed:
        span = (node.start, node.end)
        if node.name == "pi":
            return Typed((), lambda: sympy.pi, *span)
        if node.name == "delta":
            if len(node.parameters) != 2:
                raise self.error("DC110", "a Kronecker delta has two indices", node)
            size = self.sizes.unknown()
            left, right = (self.index(p, size) for p in node.parameters)
            return Typed((), lambda: nodes.Delta(left(), right()), *span)
        if node.name == "unit":
            size = self.sizes.unknown()
            at = self.index(node.parameters[0], size)
            return Typed(
                (size, ONE), lambda: nodes.UnitVector(at(), self.size_value(size)), *span
            )
        sizes = [self.size(p) for p in node.parameters]
        if node.name == "identity":
            size = sizes[0] if sizes else self.sizes.unknown()
            if len(sizes) > 1 and sizes[0] != sizes[1]:
                raise self.error("DC201", "an identity matrix is square", node)
            return Typed(
                (size, size), lambda: identity(self.size_value(size)), *span, flexible=not sizes
            )
        if node.name == "ones":
            shape = self._sized(sizes)
            return Typed(
                shape, lambda: ones(self.built(shape)), *span, flexible=not sizes
            )
        if node.name == "zeros":
            if not sizes:
                return self.zero(node)
            shape = self._sized(sizes)
            return Typed(shape, lambda: sympy.ZeroMatrix(*self.built(shape)), *span)
        if node.name == "commutation":
            if len(sizes) != 2:
                raise self.error("DC203", "a commutation matrix needs two sizes: K_{m,n}", node)
            m, n = sizes
            return Typed((m * n, m * n), lambda: nodes.CommutationMatrix(m, n), *span)
        raise self.error("DC110", f"`{self.text(node)}` has no encoding", node)

    def _sized(self, sizes: list[Size]) -> Shape:
        if not sizes:
            return self.context.ones or (self.sizes.unknown(), ONE)
        return (sizes[0], sizes[1] if len(sizes) > 1 else ONE)

    # --- sums and products --------------------------------------------------------------------

    def _sum(self, node: syntax.Sum) -> Typed:
        terms = [(sign, self.known(self.expression(term))) for sign, term in node.terms]
        return self.added(terms, node)

    def added(self, terms: list[tuple[int, Typed]], node: syntax.Node) -> Typed:
        """Return a signed sum; a zero takes the shape of its neighbours."""
        shaped = [(sign, t) for sign, t in terms if t.shape is not None]
        if not shaped:
            return self.zero(node)
        first = next((t for _, t in shaped if not t.flexible), shaped[0][1])
        assert first.shape is not None
        for _, term in shaped:
            assert term.shape is not None
            if not self.same_shape(first.shape, term.shape):
                left, right = sorted((first, term), key=lambda t: t.start)
                ls, rs = self.shape_text(left), self.shape_text(right)
                raise MeaningError(
                    "DC201",
                    f"cannot add {ls} and {rs}",
                    (right.start, right.end),
                    parts=((left.start, left.end, ls), (right.start, right.end, rs)),
                )
        shape = first.shape

        def build() -> Basic:
            parts = [signed(sign, t.build()) for sign, t in shaped]
            if len(parts) == 1:
                return parts[0]
            return sympy.Add(*parts) if not shape else sympy.MatAdd(*parts)

        if len(shape) > 2 and len(shaped) > 1:
            raise self.error("DC110", "a sum of tensors of higher order has no encoding", node)
        flexible = all(t.flexible for _, t in shaped)
        return Typed(shape, build, node.start, node.end, flexible)

    def _product(self, node: syntax.Product) -> Typed:
        return self.multiplied([self.known(self.expression(f)) for f in node.factors], node)

    def multiplied(self, factors: list[Typed], node: syntax.Node) -> Typed:
        """Return a product from the left; a row times a column may stand anywhere as a number."""
        result = factors[0]
        k = 1
        while k < len(factors):
            try:
                result = self.times(result, factors[k])
                k += 1
            except MeaningError as clash:
                grouped = self._number_from(factors, k)
                if grouped is None:
                    raise
                number, k = grouped
                try:
                    result = self.times(result, number)
                except MeaningError:
                    raise clash from None
        return Typed(result.shape, result.build, node.start, node.end, result.flexible)

    def _number_from(self, factors: list[Typed], start: int) -> tuple[Typed, int] | None:
        """Return the shortest run from ``start`` that is a row times … times a column."""
        if not is_row(factors[start].shape):
            return None
        run = factors[start]
        for k in range(start + 1, len(factors)):
            try:
                run = self.times(run, factors[k])
            except MeaningError:
                return None
            if run.shape == ():
                return run, k + 1
        return None

    def times(self, left: Typed, right: Typed) -> Typed:
        """Return the product of two typed expressions.

        Raises:
            MeaningError: DC201 when columns do not meet rows.
        """
        start, end = min(left.start, right.start), max(left.end, right.end)
        if left.shape is None or right.shape is None:
            return self._zero_times(left, right, start, end)
        left, right = self.known(left), self.known(right)
        assert left.shape is not None
        assert right.shape is not None
        if not left.shape or not right.shape:
            shape = left.shape or right.shape

            def scale() -> Basic:
                a, b = left.build(), right.build()
                if not shape:
                    return sympy.Mul(a, b)
                if len(shape) != 2:
                    raise MeaningError(
                        "DC110", "a number times a tensor has no encoding", (start, end)
                    )
                return sympy.MatMul(a, b) if not left.shape else sympy.MatMul(b, a)

            return Typed(shape, scale, start, end, left.flexible or right.flexible)
        if len(left.shape) > 2 or len(right.shape) > 2:
            return self._tensor_times(left, right, start, end)
        if not self.sizes.unify(left.shape[1], right.shape[0]):
            raise self._product_clash(left, right)
        shape = self.sizes.shape((left.shape[0], right.shape[1]))
        flexible = left.flexible and right.flexible
        return self.known(
            Typed(shape, lambda: sympy.MatMul(left.build(), right.build()), start, end, flexible)
        )

    def _zero_times(self, left: Typed, right: Typed, start: int, end: int) -> Typed:
        return Typed(None, lambda: Integer(0), start, end, flexible=True)

    def _product_clash(self, left: Typed, right: Typed) -> MeaningError:
        ls, rs = self.shape_text(left), self.shape_text(right)
        assert left.shape is not None
        assert right.shape is not None
        lc = readable_shape((self.sizes.resolved(left.shape[-1]),))
        rr = readable_shape((self.sizes.resolved(right.shape[0]),))
        a, b = self.latex[left.start : left.end], self.latex[right.start : right.end]
        what = f"`{a.strip()}` by `{b.strip()}`" if len(a + b) < 50 else f"{ls} by {rs}"
        return MeaningError(
            "DC201",
            f"cannot multiply {what}: {lc} columns meet {rr} rows",
            (right.start, right.end),
            parts=((left.start, left.end, ls), (right.start, right.end, rs)),
        )

    def _tensor_times(self, left: Typed, right: Typed, start: int, end: int) -> Typed:
        """Contract the adjacent axes of two tensors; axes of length 1 drop."""
        assert left.shape is not None
        assert right.shape is not None
        keep_left = [k for k, s in enumerate(left.shape) if s != ONE]
        keep_right = [k for k, s in enumerate(right.shape) if s != ONE]
        if not self.sizes.unify(left.shape[keep_left[-1]], right.shape[keep_right[0]]):
            raise self._product_clash(left, right)
        shape = tuple(
            [left.shape[k] for k in keep_left[:-1]] + [right.shape[k] for k in keep_right[1:]]
        )
        order = len(shape)

        def build() -> Basic:
            a = nodes.ArrangedTensor(left.build(), nodes.Tuple(*keep_left))
            b = nodes.ArrangedTensor(right.build(), nodes.Tuple(*keep_right))
            product = nodes.TensorProduct(a, b)
            if order == 0:
                return nodes.ScalarArranged(product)
            if order == 1:
                return nodes.arranged(product, (0, -1))
            return nodes.arranged(product, tuple(range(order)))

        return Typed((*shape, ONE) if order == 1 else shape, build, start, end)

    def _fraction(self, node: syntax.Fraction) -> Typed:
        top = self.known(self.expression(node.numerator))
        bottom = self.known(self.expression(node.denominator))
        if bottom.shape != ():
            raise self.error(
                "DC201",
                f"cannot divide by something of shape {self.shape_text(bottom)}",
                node.denominator,
            )
        self.condition("nonzero", bottom.build, f"{self.text(node.denominator)} \\neq 0")
        inverse = Typed(
            (), lambda: sympy.Pow(bottom.build(), -1), node.denominator.start, node.denominator.end
        )
        if top.shape is None:
            return top
        scaled = self.times(inverse, top)
        return Typed(scaled.shape, scaled.build, node.start, node.end, scaled.flexible)

    def _power(self, node: syntax.Power) -> Typed:
        exponent = constant(node.exponent)
        if isinstance(node.base, syntax.Norm) and exponent is not None and exponent % 2 == 0:
            return self._even_norm(node.base, int(exponent), node)
        base = self.known(self.expression(node.base))
        if base.shape == ():
            return self._number_power(node, base, exponent)
        if base.shape is None or len(base.shape) != 2:
            raise self.error("DC201", "only a number or a square matrix has powers", node)
        if not self.sizes.unify(*base.shape):
            raise self.error(
                "DC201",
                f"only a square matrix has powers, this is {self.shape_text(base)}",
                node.base,
            )
        if exponent is None or exponent.q != 1:
            raise self.error("DC110", "a matrix power needs an integer exponent", node.exponent)
        value = int(exponent)
        if abs(value) > 64:
            raise self.error("DC102", "a matrix power beyond 64 is not written out", node.exponent)
        if value < 0:
            self.condition("invertible", base.build, f"{self.text(node.base)} invertible")

        def build() -> Basic:
            inner = base.build()
            if value == -1:
                return sympy.Inverse(inner)
            return Basic.__new__(sympy.MatPow, inner, Integer(value))

        return Typed(base.shape, build, node.start, node.end)

    def _number_power(self, node: syntax.Power, base: Typed, exponent: Rational | None) -> Typed:
        if exponent is None:
            raise self.error(
                "DC110", "a power of a number needs a written-out exponent", node.exponent
            )
        if exponent.q not in (1, 2):
            raise self.error("DC110", "only integer and half-integer exponents", node.exponent)
        if abs(exponent.p) > 64:
            raise self.error("DC102", "a power beyond 64 is not written out", node.exponent)
        if exponent < 0:
            self.condition("nonzero", base.build, f"{self.text(node.base)} \\neq 0")
        if exponent.q == 2:
            self.condition("positive", base.build, f"{self.text(node.base)} > 0")
        return Typed((), lambda: sympy.Pow(base.build(), exponent), node.start, node.end)

    def _even_norm(self, norm: syntax.Norm, exponent: int, node: syntax.Node) -> Typed:
        square = self.squared_norm(norm)
        return Typed(
            (), lambda: sympy.Pow(square.build(), Integer(exponent // 2)), node.start, node.end
        )

    def squared_norm(self, norm: syntax.Norm) -> Typed:
        """Return ‖·‖² of a vector, or ‖·‖²_F of a matrix, as a trace or an inner product."""
        body = self.known(self.expression(norm.body))
        if body.shape == ():
            return Typed((), lambda: sympy.Pow(body.build(), 2), norm.start, norm.end)
        if body.shape is None or len(body.shape) != 2:
            raise self.error("DC201", "a norm needs a vector or a matrix", norm)
        vector = is_column(body.shape) or is_row(body.shape)
        if norm.kind != "F" and not (vector and norm.kind in ("", "2")):  # ‖A‖ is not ‖A‖_F
            raise self.error("DC110", f"this norm has no encoding: `{self.text(norm)}`", norm)

        def build() -> Basic:
            inner = body.build()
            return sympy.Trace(sympy.MatMul(sympy.Transpose(inner), inner))

        def of_vector() -> Basic:
            inner = body.build()
            across = sympy.Transpose(inner)
            pair = (across, inner) if is_column(body.shape) else (inner, across)
            return nodes.MatrixScalar(sympy.MatMul(*pair))

        return Typed((), of_vector if vector else build, norm.start, norm.end)

    def _norm(self, node: syntax.Norm) -> Typed:
        square = self.squared_norm(node)
        self.condition("positive", square.build, f"{self.text(node)} \\neq 0")
        return Typed(
            (), lambda: sympy.Pow(square.build(), Rational(1, 2)), node.start, node.end
        )

    def _transpose(self, node: syntax.Transpose) -> Typed:
        base = self.known(self.expression(node.base))
        if base.shape is None or not base.shape:
            return Typed(base.shape, base.build, node.start, node.end, base.flexible)
        if len(base.shape) != 2:
            raise self.error("DC110", "only a matrix can be transposed", node)
        shape = (base.shape[1], base.shape[0])
        return Typed(
            shape, lambda: sympy.Transpose(base.build()), node.start, node.end, base.flexible
        )

    def _binary(self, node: syntax.Binary) -> Typed:
        left, right = self.known(self.expression(node.left)), self.known(self.expression(node.right))
        if node.operator == "commutator":
            ab, ba = self.times(left, right), self.times(right, left)
            return self.added([(1, ab), (-1, ba)], node)
        if left.shape is None or right.shape is None:
            return self.zero(node)
        if node.operator == "kronecker":
            if not left.shape or not right.shape:
                return self.times(left, right)
            if len(left.shape) != 2 or len(right.shape) != 2:
                raise self.error("DC110", "a Kronecker product takes matrices", node)
            shape = tuple(a * b for a, b in zip(left.shape, right.shape, strict=True))
            return Typed(
                shape, lambda: kronecker(left.build(), right.build()), node.start, node.end
            )
        if not self.same_shape(left.shape, right.shape):
            ls, rs = self.shape_text(left), self.shape_text(right)
            sign = {"hadamard": "the element-wise product", "inner": "the inner product"}
            raise MeaningError(
                "DC201",
                f"{sign.get(node.operator, 'this operation')} needs equal shapes, "
                f"these are {ls} and {rs}",
                (right.start, right.end),
                parts=((left.start, left.end, ls), (right.start, right.end, rs)),
            )
        if node.operator == "hadamard":
            if not left.shape:
                return self.times(left, right)
            return Typed(
                left.shape,
                lambda: sympy.HadamardProduct(left.build(), right.build()),
                node.start,
                node.end,
                left.flexible and right.flexible,
            )
        if node.operator == "inner":
            if not left.shape:
                return self.times(left, right)
            return Typed(
                (),
                lambda: sympy.Trace(sympy.MatMul(sympy.Transpose(left.build()), right.build())),
                node.start,
                node.end,
            )
        if node.operator == "hadamard-division":
            self.condition("nonzero", right.build, f"no entry of {self.text(node.right)} is 0")
            return Typed(
                left.shape,
                lambda: sympy.HadamardProduct(
                    left.build(),
                    nodes.Elementwise(nodes.function_symbol("reciprocal"), Integer(0), right.build()),
                ),
                node.start,
                node.end,
            )
        raise self.error("DC110", f"`{node.operator}` has no encoding here", node)

    def _matrix_of(self, node: syntax.Matrix) -> Typed:
        if len(node.rows) == 1 and len(node.rows[0]) == 1:
            return self.expression(node.rows[0][0])
        raise self.error("DC110", "a matrix written out entry by entry has no encoding yet", node)

    # --- sums over an index ---------------------------------------------------------------------

    def _big(self, node: syntax.BigOperator) -> Typed:
        if node.operator != "sum":
            raise self.error("DC110", "a product over an index has no encoding", node)
        fixed = self._written_range(node)
        if fixed is not None:
            return self._written_sum(node, fixed)
        saved = {name: self.bound.get(name) for name in node.indices}
        hidden = {n: self.local.pop(n) for n in node.indices if n in self.local}
        own: dict[str, Size] = {}
        for name in node.indices:
            own[name] = self._range(node, name)
            self.bound[name] = own[name]
        try:
            body = self.known(self.expression(node.body))
        finally:
            self.local.update(hidden)
            for name, before in saved.items():
                if before is None:
                    self.bound.pop(name, None)
                else:
                    self.bound[name] = before
        if body.shape is None:
            return body
        if len(body.shape) not in (0, 2):
            raise self.error("DC110", "a sum of tensors has no encoding", node)

        def build() -> Basic:
            result = body.build()
            for name in reversed(node.indices):
                variable = nodes.index_variable(name, self.size_value(own[name]))
                result = nodes.summation(result, variable)
            return result

        return Typed(body.shape, build, node.start, node.end)

    def _range(self, node: syntax.BigOperator, name: str) -> Size:
        if node.upper is None:
            entry = self.context.entries.get(name)
            if entry is not None and entry.kind == "index":
                variable: Any = entry.node
                return variable.size
            return self.context.ranges.get(name) or self.sizes.unknown()
        if node.lower is not None and constant(node.lower) != 1:
            raise self.error("DC110", "a sum starts at 1, or runs between fixed numbers", node)
        return self.size(node.upper)

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
        terms = []
        for value in values:
            body = replaced_index(node.body, name, value)
            terms.append((1, self.known(self.expression(body))))
        return self.added(terms, node) if terms else self.zero(node)

    # --- other rooms of the grammar -----------------------------------------------------------

    def _call(self, node: syntax.Call) -> Typed:
        from derivcheck.language import calls

        if self.pointwise is not None and len(node.arguments) == 1 and (
            names_function(node.arguments[0])
        ):  # σ (1 - σ) is a product of functions, not σ applied to 1 - σ
            return self._product(
                syntax.Product(node.start, node.end, (node.function, node.arguments[0]))
            )
        return calls.call(self, node)

    def _derivative(self, node: syntax.Derivative) -> Typed:
        from derivcheck.language import derivatives

        return derivatives.derivative(self, node)

    def _differential(self, node: syntax.Differential) -> Typed:
        from derivcheck.language import derivatives

        return derivatives.differential(self, node)

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
        raise self.error("DC202", f"the function `{self.text(node)}` has no argument here", node)

    def _unsupported(self, node: syntax.Node) -> Typed:
        what = {
            syntax.PseudoInverse: "the pseudo-inverse",
            syntax.Cases: "a definition by cases",
            syntax.Space: "a space",
        }.get(type(node), "this construct")
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
            for name in node.__dataclass_fields__
            if isinstance(getattr(node, name), syntax.Node | tuple)
        )
    return False


def _kind_words(entry: Entry) -> str:
    return {
        "function": "a function",
        "formula": "a function",
        "index": "an index",
        "family": "a family",
    }.get(entry.kind, entry.kind)


def nearest(name: str, entries: Any) -> str | None:
    """Return the declared name that is most like ``name``, if one is close."""
    def bare(text: str) -> str:
        for word in ("\\mathbf", "\\boldsymbol", "\\mathrm", "\\mathcal", "\\hat", "\\bar"):
            text = text.replace(word, "")
        return "".join(c for c in text if c not in "{}()^_\\ ")

    same = [known for known in entries if bare(known) == bare(name) and known != name]
    if same:
        return str(same[0])
    close = get_close_matches(name, list(entries), n=1, cutoff=0.6)
    return close[0] if close else None


def entry_sizes(entry: Entry) -> Iterator[Size]:
    """Yield the symbols in the sizes of an entry."""
    for size in (*entry.shape, *entry.range):
        yield from size.free_symbols


def constant(node: syntax.Node | None) -> Rational | None:
    """Return the value of an expression of plain numbers, else None."""
    if isinstance(node, syntax.Number):
        return Rational(node.value.numerator, node.value.denominator)
    if isinstance(node, syntax.Sum):
        parts = [(sign, constant(term)) for sign, term in node.terms]
        if any(value is None for _, value in parts):
            return None
        return sympy.Add(*[sign * value for sign, value in parts])
    if isinstance(node, syntax.Fraction):
        top, bottom = constant(node.numerator), constant(node.denominator)
        if top is None or bottom is None or bottom == 0:
            return None
        return top / bottom
    return None


def replaced_index(node: syntax.Node, name: str, value: int) -> Any:
    """Return a syntax tree with an index letter replaced by a number."""
    from dataclasses import fields, replace
    from fractions import Fraction

    if isinstance(node, syntax.Name):
        if node.name == name:
            return syntax.Number(node.start, node.end, Fraction(value))
        return node

    def walk(part: Any) -> Any:
        if isinstance(part, syntax.Node):
            return replaced_index(part, name, value)
        if isinstance(part, tuple):
            return tuple([walk(p) for p in part])
        return part

    return replace(node, **{f.name: walk(getattr(node, f.name)) for f in fields(node)})


def signed(sign: int, node: Basic) -> Basic:
    """Return ± a node."""
    if sign == 1:
        return node
    return sympy.MatMul(Integer(-1), node) if nodes.shape(node) else sympy.Mul(-1, node)


def identity(size: Size) -> Basic:
    """Return I of a size."""
    return sympy.Identity(size)


def ones(shape: Shape) -> Basic:
    """Return the all-ones matrix of a shape."""
    return Basic.__new__(sympy.OneMatrix, *shape)


def kronecker(left: Basic, right: Basic) -> Basic:
    """Return a Kronecker product exactly as written."""
    return Basic.__new__(sympy.KroneckerProduct, left, right)


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
    syntax.PseudoInverse: Elaborator._unsupported,
    syntax.Cases: Elaborator._unsupported,
    syntax.Space: Elaborator._unsupported,
}
"""How each kind of syntax is elaborated; there is no default."""
