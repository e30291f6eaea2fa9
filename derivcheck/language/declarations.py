"""Givens that declare: shapes, index ranges, families, signatures."""

from __future__ import annotations

import re
from typing import Any

from msgspec.structs import replace
from sympy import Basic, Mul

from derivcheck.algebra import nodes
from derivcheck.algebra.goal import Condition
from derivcheck.algebra.nodes import ONE, Shape
from derivcheck.language import syntax
from derivcheck.language.context import Entry
from derivcheck.language.introduced import Given, NameReader
from derivcheck.language.typed import TWO_SHAPES, MeaningError, readable_shape


class DeclarationReader(NameReader):
    """Takes in givens that declare the shape or signature of names."""

    def shape_or_signature(self, given: Given) -> None:
        """Take in a given that declares a shape, an index range or a signature."""
        node, kind = given.node, given.statement.kind
        if isinstance(node, syntax.Signature):
            self.signature(given, node)
            return
        if kind not in ("shape", "index", "family") or not isinstance(node, syntax.Relation):
            self.pending.append(given)
            return
        if not isinstance(node.rhs, syntax.Space):
            self.inequality(given)
            return
        if kind == "index":
            size = self.elaborator(given).size(node.rhs.dims[1])
            for name in given.statement.names:
                self.context.entries[name] = Entry(
                    name, "index", nodes.index_variable(name, size), (), given.line, given.latex
                )
                self.context.ranges[name] = size
            self.enlist(given, "index")
            return
        self.shape(given, node.rhs)

    def enter_sizes(self) -> None:
        """Enter the size symbols of all shapes and ranges: a size is also a number."""
        for entry in list(self.context.entries.values()):
            symbols = {x for size in (*entry.shape, *entry.range) for x in size.free_symbols}
            if isinstance(entry.node, nodes.FunctionSymbol):
                shapes = (*entry.node.domains, entry.node.value_shape)
                symbols |= {x for one in shapes for size in one for x in size.free_symbols}
            if isinstance(entry.node, nodes.IndexVariable):
                symbols |= entry.node.size.free_symbols
            for symbol in sorted(symbols, key=str):
                self.enter(Entry(str(symbol), "size", symbol, (), entry.line, entry.origin))

    def space_shape(self, given: Given, space: syntax.Space) -> Shape:
        """Return the shape of an element of a space.

        Raises:
            MeaningError: DC110 for a space that is not understood.
        """
        if space.kind in ("real", "set"):
            sizes = tuple([self.elaborator(given).size(d) for d in space.dims])
            shape = (*sizes, ONE) if len(sizes) == 1 else sizes
            return () if shape and all(s == ONE for s in shape) else shape
        if space.kind == "natural":
            return ()
        raise MeaningError(
            "DC110", f"the space `{space.word}` is not understood", (space.start, space.end)
        )

    def shape(self, given: Given, space: syntax.Space) -> None:
        """Declare the shape of names."""
        shape = self.space_shape(given, space)
        statement = given.statement
        names: tuple[str, ...] = statement.names
        base = self.context.entries.get(statement.base or "")
        if statement.kind == "family" and base is not None and base.kind == "family":
            names = (base.name,)
        elif (
            statement.kind == "family" and base is not None and self.are_indices(statement.indices)
        ):
            names = ()  # it is about the entries of a vector
        for name in names:
            if self.is_builtin(name):
                self.check_builtin(given, shape)
                if name in ("\\mathbf{1}", "\\boldsymbol{1}", "\\mathbb{1}", "\\mathbf{e}"):
                    self.context.ones = shape
                continue
            varied = self.differential_of(name)
            if varied:
                self.context.varied.add(varied)
                continue
            known = self.context.entries.get(name)
            beside = known is not None and known.kind == "family" and known.value is not None
            if known is not None and beside and statement.kind != "family":
                value = self.entry(name, shape, given)
                self.context.entries[name] = replace(known, value=value)
                self.restrict(given, space, self.node(name))
                continue
            if known is not None and known.kind == "family":
                self.family(given, known, shape)
                self.restrict(given, space, self.any_member(name))
                continue
            if known is not None and known.kind in ("function", "formula"):
                value = self.entry(name, shape, given)
                self.context.entries[name] = replace(known, value=value)
                continue
            if space.kind == "natural":
                symbol = nodes.size_symbol(name)
                self.context.entries[name] = Entry(
                    name, "size", symbol, (), given.line, given.latex
                )
                continue
            if known is not None and known.node is not None and known.shape != shape:
                raise MeaningError(
                    "DC206",
                    f"`{name}` is {readable_shape(known.shape)} on line {known.line} "
                    f"and {readable_shape(shape)} here",
                    (0, 0),
                    help=(TWO_SHAPES,),
                )
            self.context.entries[name] = self.entry(name, shape, given)
            self.restrict(given, space, self.node(name))
        self.enlist(given, "number" if not shape else "shape")

    def check_builtin(self, given: Given, shape: Shape) -> None:
        """Check that a built-in constant can have the shape that is declared for it.

        Raises:
            MeaningError: DC204 when it cannot; no step with that constant is decided then.
        """
        node = given.node.lhs if isinstance(given.node, syntax.Relation) else None
        if not isinstance(node, syntax.Builtin):
            return
        fits = {
            "identity": len(shape) == 2 and shape[0] == shape[1],
            "ones": bool(shape),
            "unit": len(shape) == 2 and shape[1] == ONE,
            "delta": not shape,
        }
        if node.name == "commutation":
            sizes = [self.elaborator(given).size(p) for p in node.parameters]
            fits["commutation"] = shape == (Mul(*sizes), Mul(*sizes))
        if not fits.get(node.name, True):
            self.context.clouded.setdefault(node.name, given.line)
            own = given.source.text[node.start : node.end]
            raise MeaningError("DC204", f"`{own}` has another shape", (0, 0))

    def family(self, given: Given, known: Entry, shape: Shape) -> None:
        """Declare the shape of a family's members; its range may come later."""
        ranges = []
        for letter in known.letters:
            index = self.context.entries.get(letter)
            upper = self.index_letters.get(letter)
            if given.statement.upper:
                ranges.append(nodes.size_symbol(given.statement.upper))
            elif index is not None and index.kind == "index" and index.node is not None:
                variable: Any = index.node
                ranges.append(variable.size)
            elif letter in self.context.ranges:
                ranges.append(self.context.ranges[letter])
            elif upper and not upper.isdigit():
                ranges.append(nodes.size_symbol(upper))
            else:
                ranges.append(nodes.size_symbol(f"N_{{{letter}}}"))
        self.context.entries[known.name] = replace(
            known, shape=shape, origin=given.latex, range=tuple(ranges), line=given.line
        )
        self.enlist(given, "shape")

    def any_member(self, name: str) -> Basic:
        """Return the member of a family at any indices."""
        entry = self.context.entries[name]
        places = zip(entry.letters, entry.range, strict=True)
        return nodes.member(
            name, entry.shape, *[nodes.index_variable(letter, size) for letter, size in places]
        )

    def restrict(self, given: Given, space: syntax.Space, node: Basic) -> None:
        """Note the values that every entry of a name may have."""
        if space.word in ("+", "++", ">0", "\\geq0"):
            strict = space.word in ("++", ">0")
            self.condition(given, "positive" if strict else "nonnegative", node)
        if space.kind != "set":
            return
        values = re.findall(r"-?\d+", space.word.split("}")[0])
        if values:
            self.context.conditions.append(
                Condition("range", node, given.latex, given.line, tuple(map(int, values)))
            )

    def signature(self, given: Given, node: syntax.Signature) -> None:
        """Declare abstract functions."""
        domains = tuple([self.space_shape(given, d) for d in node.domains])
        value = self.space_shape(given, node.codomain)
        for name in given.statement.names:
            if self.is_operator(name):
                continue
            known = self.context.entries.get(name)
            symbol = nodes.function_symbol(name, domains, value)
            if known is not None and known.kind == "formula":
                self.context.entries[name] = replace(
                    known, node=symbol, shape=value, line=given.line, origin=given.latex
                )
                continue
            self.context.entries[name] = Entry(
                name,
                "function",
                symbol,
                value,
                given.line,
                given.latex,
                value=known.value if known else None,
            )
        self.enlist(given, "function")

    def inequality(self, given: Given) -> None:
        r"""Declare numbers by ``\lambda > 0``, or note the condition on known ones."""
        for name in given.statement.names:
            entry = self.context.entries.get(name)
            if entry is not None and entry.node is None and entry.kind == "number":
                self.context.entries[name] = self.entry(name, (), given)
        base = self.context.entries.get(given.statement.base or "")
        if base is not None and base.kind == "family" and not base.range:
            self.family(given, base, ())
        self.pending.append(given)
