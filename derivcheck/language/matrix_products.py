"""Products: what stands side by side is multiplied from the left, and a row times a column is a number.

Also how far a gradient sign in front of a product reaches, and what a dot between two columns means.
"""

from __future__ import annotations

from itertools import pairwise

import sympy
from sympy import Basic, Integer

from derivcheck.algebra import nodes
from derivcheck.algebra.nodes import ONE
from derivcheck.language import syntax
from derivcheck.language.inference import Inference
from derivcheck.language.reach import reaching
from derivcheck.language.typed import MeaningError, Typed, is_column, is_row, readable_shape
from derivcheck.language.written import written


class Products(Inference):
    """Elaborates products."""

    def _product(self, node: syntax.Product) -> Typed:
        node = reaching(self, node)
        factors = [self.known(self.expression(f)) for f in node.factors]
        return self._dotted(factors, node) or self.multiplied(factors, node)

    def _dotted(self, factors: list[Typed], node: syntax.Product) -> Typed | None:
        r"""Return a product in which `\cdot` stands between two columns, None if it never does.

        Two columns have no matrix product, so `w \cdot x` can only be their inner product. Rows
        have none either, but a dot between rows is a slip for ⊙ more often than not.
        """
        if not node.dotted:
            return None
        cuts = [0, *node.dotted, len(factors)]
        found = False
        try:
            runs = [self.multiplied(factors[begin:end], node) for begin, end in pairwise(cuts)]
            result = runs[0]
            for run in runs[1:]:
                if self._columns(result, run):
                    result, found = self._inner(result, run), True
                else:
                    result = self.times(result, run)
        except MeaningError:
            return None
        if not found:
            return None
        return Typed(result.shape, result.build, node.start, node.end, result.flexible)

    def _columns(self, left: Typed, right: Typed) -> bool:
        """Return whether two things are columns of one length, which is not 1."""
        if not left.shape or not right.shape or not is_column(left.shape):
            return False
        if not is_column(right.shape) or ONE in (left.shape[0], right.shape[0]):
            return False
        return self.sizes.unify(left.shape[0], right.shape[0])

    @staticmethod
    def _inner(left: Typed, right: Typed) -> Typed:
        return Typed(
            (),
            lambda: sympy.Trace(sympy.MatMul(sympy.Transpose(left.build()), right.build())),
            left.start,
            right.end,
        )

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
            return self._zero_times(start, end)
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

    def _zero_times(self, start: int, end: int) -> Typed:
        return Typed(None, lambda: Integer(0), start, end, flexible=True)

    def _product_clash(self, left: Typed, right: Typed) -> MeaningError:
        ls, rs = self.shape_text(left), self.shape_text(right)
        assert left.shape is not None
        assert right.shape is not None
        lc = readable_shape((self.sizes.resolved(left.shape[-1]),))
        rr = readable_shape((self.sizes.resolved(right.shape[0]),))
        a, b = (written(self.latex, side.start, side.end).rstrip("^_ ") for side in (left, right))
        what = f"`{a}` by `{b}`" if len(a + b) < 50 else f"{ls} by {rs}"
        columns = "1 column meets" if lc == "1" else f"{lc} columns meet"
        rows = "1 row" if rr == "1" else f"{rr} rows"
        return MeaningError(
            "DC201",
            f"cannot multiply {what}: {columns} {rows}",
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
            a = nodes.ArrangedTensor(left.build(), sympy.Tuple(*keep_left))
            b = nodes.ArrangedTensor(right.build(), sympy.Tuple(*keep_right))
            product = nodes.TensorProduct(a, b)
            if order == 0:
                return nodes.ScalarArranged(product)
            if order == 1:
                return nodes.arranged(product, (0, -1))
            return nodes.arranged(product, tuple(range(order)))

        return Typed((*shape, ONE) if order == 1 else shape, build, start, end)
