"""Givens that define: a name, a function by its formula, entries of a matrix, members of a family.

A definition is taken in as soon as the names that it needs have their shapes; what waits for itself
is a circle.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace
from sympy import Basic, Integer

from derivcheck.algebra import nodes
from derivcheck.algebra.nodes import ONE, head_of, names_in
from derivcheck.algebra.unification import unknowns
from derivcheck.diagnostics import Diagnostic
from derivcheck.language import syntax
from derivcheck.language.context import Entry, Formula, names_of, note_applications
from derivcheck.language.elaborate import Elaborator
from derivcheck.language.hypotheses import HypothesisReader
from derivcheck.language.introduced import Given
from derivcheck.language.moments import note_random
from derivcheck.language.typed import MeaningError, Typed, filled


class _Blocked(Exception):  # noqa: N818
    """A definition needs a name that is not known yet."""


class DefinitionReader(HypothesisReader):
    """Takes in givens that define."""

    def settle(self, found: list[Given]) -> None:
        """Take in definitions as their names become known, then everything else."""
        self.note_applications(found)
        waiting = [g for g in found if g in self.pending and self.defines(g) is not None]
        defined = self.taken() | {name for g in waiting for name in g.statement.names}
        note_random(self, found, defined)
        rest = [g for g in self.pending if g not in waiting]
        while waiting:
            blocked: list[Given] = []
            for given in waiting:
                try:
                    self.define(given, self.defines(given))
                except _Blocked:
                    blocked.append(given)
                except MeaningError as error:
                    self.fail(given.source, error.headline)
                    self.forget(given)
                except RecursionError:
                    self.fail(given.source, "it nests too deeply")
                    self.forget(given)
            if len(blocked) == len(waiting):
                self.report_blocked(blocked)
                break
            waiting = blocked
        words = self.words()
        for given in found:  # formulas too may have been read before axes were known
            entry = self.context.entries.get(
                given.statement.names[0] if given.statement.names else ""
            )
            if entry is None or entry.formula is None or entry.formula.source is not given.source:
                continue
            node = self.parsed(given, words)
            if isinstance(node, syntax.Relation):
                formula = replace(entry.formula, body=node.rhs)
                self.context.entries[entry.name] = replace(entry, formula=formula)
        for given in rest:  # axes are known now: read again
            given.node = self.parsed(given, words) or given.node
            self.guarded(given, self.assume)
        self.pending = []

    def forget(self, given: Given) -> None:
        """Drop a name whose definition failed and that nothing else declares."""
        for name in given.statement.names:
            entry = self.context.entries.get(name)
            if entry is not None and entry.node is None and entry.formula is None:
                self.context.spoilt.setdefault(name, given.line)
                if entry.kind == "number":
                    del self.context.entries[name]

    def report_blocked(self, blocked: list[Given]) -> None:
        """Diagnose definitions that wait for each other."""
        names = {given.statement.names[0]: given for given in blocked}
        for given in blocked:
            name = given.statement.names[0]
            start, end = given.statement.start, given.statement.end
            if not self.circular(name, names):
                self.fail(given.source, "it uses a name whose own given is not understood")
                self.forget(given)
                continue
            self.result.diagnostics.append(
                Diagnostic(
                    "DC205",
                    f"the definition of `{name}` leads back to itself",
                    given.source.span(start, end),
                )
            )
            self.context.spoilt[name] = given.line
            self.context.entries.pop(name, None)

    @staticmethod
    def circular(name: str, blocked: Mapping[str, Given]) -> bool:
        """Return whether a blocked definition leads back to itself."""
        seen: set[str] = set()
        waiting = [name]
        while waiting:
            node = blocked[waiting.pop()].node
            assert isinstance(node, syntax.Relation)
            for used in names_of(node.rhs):
                if used == name:
                    return True
                if used in blocked and used not in seen:
                    seen.add(used)
                    waiting.append(used)
        return False

    def note_applications(self, found: list[Given]) -> None:
        """Note the arguments at which functions are applied."""
        for given in found:
            if given.node is not None:
                note_applications(self.context, given.node, given.source)

    def defines(self, given: Given) -> str | None:
        """Return ``name``, ``function``, ``components`` or ``member`` for a definition, or None."""
        node, statement = given.node, given.statement
        if not isinstance(node, syntax.Relation) or node.sign not in ("=", ":="):
            return None
        if statement.kind == "function":
            return (
                "function" if self.context.entries[statement.names[0]].kind == "formula" else None
            )
        if statement.kind == "definition" and self.may_define(statement.names[0]):
            name = statement.names[0]
            entry = self.context.entries.get(name)
            if entry is None or entry.kind in ("size", "index"):
                return None
            if name in self.taken():
                return None
            return "name"
        if statement.kind == "components" and self.is_builtin(statement.names[0]):
            return None
        if statement.kind == "components":
            if self.is_single(statement):
                return "name" if statement.names[0] not in self.taken() else None
            base = self.context.entries.get(statement.base or "")
            if base is None:
                return "member" if statement.superscripts or statement.indices else None
            if base.name in self.taken():
                return None
            if base.kind == "family":
                return "member"
            if base.kind == "matrix" or base.node is None:
                return "components"
        return None

    def taken(self) -> set[str]:
        """Return the names that have a definition already."""
        return {name_of(head) for head in self.context.definitions}

    def define(self, given: Given, what: str | None) -> None:
        """Take in a definition.

        Raises:
            _Blocked: when it needs a name whose own shape is not known yet.
            MeaningError: when it has no meaning.
        """
        node = given.node
        assert isinstance(node, syntax.Relation)
        if what == "function":
            self.define_function(given, node)
        elif what == "name":
            self.define_name(given, node)
        elif what == "components":
            self.define_components(given, node)
        elif what is None:  # its name has got another definition meanwhile
            self.pending_hypothesis(given)
        else:
            self.define_member(given, node)

    def define_function(self, given: Given, node: syntax.Relation) -> None:
        """Enter a function by its formula."""
        (name,) = given.statement.names
        known = self.context.entries[name]
        formula = Formula(given.statement.parameters, node.rhs, given.source)
        self.context.entries[name] = replace(
            known, kind="formula", formula=formula, line=given.line, origin=given.latex
        )
        self.enlist(given, "definition")

    def elaborated(self, given: Given, node: syntax.Node, **bound: Any) -> tuple[Elaborator, Typed]:
        """Elaborate the right side of a definition.

        Raises:
            _Blocked: when a name in it has no shape yet.
        """
        elaborator = self.elaborator(given)
        return elaborator, self.elaborated_by(elaborator, node, bound)

    def elaborated_by(
        self, elaborator: Elaborator, node: syntax.Node, bound: Mapping[str, Any]
    ) -> Typed:
        """Elaborate the right side of a definition with some indices bound.

        Raises:
            _Blocked: when a name in it has no shape yet.
        """
        for name in names_of(node):
            entry = self.context.entries.get(name)
            if entry is not None and entry.node is None and entry.kind in ("number", "index"):
                raise _Blocked
            if entry is not None and entry.kind == "family" and not entry.range:
                raise _Blocked
            if entry is not None and entry.kind == "formula" and entry.formula is None:
                raise _Blocked
        elaborator.bound.update(bound)
        return elaborator.known(elaborator.expression(node))

    def define_name(self, given: Given, node: syntax.Relation) -> None:
        """Give a bare name its value."""
        name = given.statement.names[0]
        entry = self.context.entries[name]
        is_function = entry.kind in ("function", "formula")
        known = entry.value or entry if entry.kind == "family" else entry
        if known.node is None or (is_function and entry.value is None):
            elaborator, typed = self.elaborated(given, self.fresh(given).rhs)
            elaborator.finish(node.rhs)
            shape = elaborator.sizes.shape(typed.shape or ())
            if typed.shape is None or any(unknowns(size) for size in shape):
                raise MeaningError("DC203", f"the shape of `{name}` is not determined", (0, 0))
            value = self.entry(name, shape, given)
            if is_function or entry.kind == "family":
                self.context.entries[name] = replace(entry, value=value)
            else:
                self.context.entries[name] = value
            entry = value
        else:
            entry = entry.value or entry
            elaborator, typed = self.elaborated(given, self.fresh(given).rhs)
            own = Typed(entry.shape, lambda: entry.node, node.start, node.sign_at)
            elaborator.equate(own, typed)
            elaborator.finish(node.rhs)
        symbol = entry.node
        assert symbol is not None
        built = filled(typed, entry.shape)
        self.take(given, symbol, built, elaborator)

    def take(self, given: Given, symbol: Basic, built: Basic, elaborator: Elaborator) -> None:
        """Take in ``symbol = built``: a definition, unless the name occurs in its own value."""
        head = head_of(symbol)
        if head in names_in(built):
            self.hypothesis(given, symbol, built)
        elif self.context.depends(built, head):
            self.break_circle(given, symbol, built)
        else:
            self.context.definitions[symbol] = built
            self.context.defined_at[symbol] = given.line
            if given.in_text and name_of(symbol) in self.declared:
                self.context.assumed[symbol] = given.line
            self.conditions_of(given, elaborator)
            self.enlist(given, "definition")

    def break_circle(self, given: Given, symbol: Basic, built: Basic) -> None:
        """Diagnose definitions that lead back to themselves; none of them is used."""
        context, head = self.context, head_of(symbol)
        circle = [
            other
            for other, value in context.definitions.items()
            if context.depends(value, head) and context.depends(built, head_of(other))
        ]
        for other in circle:
            del context.definitions[other]
        lines = sorted({context.defined_at.get(other, given.line) for other in circle})
        where = ", ".join(f"line {line}" for line in lines)
        self.result.diagnostics.append(
            Diagnostic(
                "DC205",
                f"the definition of `{name_of(symbol)}` leads back to itself",
                given.source.span(given.statement.start, given.statement.end),
                notes=(f"by way of the definition on {where}; none of them is used",),
            )
        )
        for name in map(name_of, (symbol, *circle)):
            context.spoilt.setdefault(name, given.line)

    def fresh(self, given: Given) -> syntax.Relation:
        """Return a given read again, now that more axes are known."""
        node = self.parsed(given, self.words()) or given.node
        assert isinstance(node, syntax.Relation)
        given.node = node
        return node

    def define_components(self, given: Given, node: syntax.Relation) -> None:
        """Give a vector or matrix its value, entry by entry; a fresh one gets its shape so too."""
        name = given.statement.base or ""
        entry = self.context.entries[name]
        node = self.fresh(given)
        letters = given.statement.indices
        elaborator = self.elaborator(given)
        axes = [size for size in entry.shape if size != ONE]
        if entry.node is None:
            axes = [elaborator.sizes.unknown() for _ in letters]
        if len(letters) != len(axes) or len(set(letters)) != len(letters) or len(axes) > 2:
            self.pending_hypothesis(given)
            return
        bound = dict(zip(letters, axes, strict=True))
        typed = self.elaborated_by(elaborator, node.rhs, bound)
        if typed.shape and entry.node is None:  # its members are vectors or matrices
            self.family_by_value(given, elaborator, typed, bound)
            return
        if typed.shape not in ((), None):
            raise MeaningError("DC201", "the entries are numbers", (0, 0))
        elaborator.finish(node.rhs)
        bound = {letter: elaborator.sizes.resolved(size) for letter, size in bound.items()}
        if entry.node is None:
            shape = (*bound.values(), ONE) if len(bound) == 1 else tuple(bound.values())
            if any(unknowns(size) for size in shape):
                raise MeaningError("DC203", f"the shape of `{name}` is not determined", (0, 0))
            entry = self.context.entries[name] = self.entry(name, shape, given)
        symbol = entry.node
        assert symbol is not None
        places = iter([nodes.index_variable(k, s) for k, s in bound.items()])
        indices = [ONE if size == ONE else next(places) for size in entry.shape]
        built = nodes.Assembled(typed.build(), *indices)
        if head_of(symbol) in names_in(built):
            self.pending_hypothesis(given)
            return
        self.take(given, symbol, built, elaborator)

    def family_by_value(
        self, given: Given, elaborator: Elaborator, typed: Typed, bound: Mapping[str, Any]
    ) -> None:
        r"""Enter a family that is introduced by what its members are: ``x_i = X_{i,:}^\top``."""
        name = given.statement.base or ""
        elaborator.finish(syntax.Node(typed.start, typed.end))
        shape = elaborator.sizes.shape(typed.shape or ())
        ranges = tuple([elaborator.sizes.resolved(size) for size in bound.values()])
        if any(unknowns(size) for size in (*shape, *ranges)):
            raise MeaningError("DC203", f"the shape of `{name}` is not determined", (0, 0))
        known = self.context.entries[name]
        self.context.entries[name] = replace(
            known,
            kind="family",
            shape=shape,
            letters=tuple(bound),
            range=ranges,
            origin=given.latex,
        )
        for letter, size in zip(bound, ranges, strict=True):
            self.context.ranges.setdefault(letter, size)
        indices = [nodes.index_variable(k, r) for k, r in zip(bound, ranges, strict=True)]
        member = nodes.member(name, shape, *indices)
        self.take(given, member, filled(typed, shape), elaborator)

    def pending_hypothesis(self, given: Given) -> None:
        """Take a definition-like equation as a hypothesis."""
        self.guarded(given, self.assume)

    def define_member(self, given: Given, node: syntax.Relation) -> None:
        """Say how the members of a family are made."""
        statement = given.statement
        base = statement.base or ""
        entry = self.context.entries.get(base)
        node = self.fresh(given)
        letters = statement.indices
        if entry is None or entry.kind != "family":
            raise MeaningError("DC202", f"`{base}` is not introduced", (0, 0))
        if entry.spelled:
            self.define_member_components(given, entry, node)
            return
        if len(letters) != len(entry.letters):
            self.pending_hypothesis(given)
            return
        elaborator = self.elaborator(given)
        sizes = {letter: elaborator.sizes.unknown() for letter in letters}
        elaborator.bound.update(sizes)
        typed = elaborator.known(elaborator.expression(node.rhs))
        elaborator.equate(Typed(entry.shape, lambda: Integer(0), node.start, node.sign_at), typed)
        ranges = tuple([elaborator.sizes.resolved(sizes[letter]) for letter in letters])
        ranges = tuple(
            [own if unknowns(r) else r for r, own in zip(ranges, entry.range, strict=True)]
        )
        for letter, size in zip(letters, ranges, strict=True):
            elaborator.sizes.unify(sizes[letter], size)
            self.context.ranges.setdefault(letter, size)
        elaborator.finish(node.rhs)
        self.context.entries[base] = replace(entry, range=ranges)
        indices = [nodes.index_variable(k, r) for k, r in zip(letters, ranges, strict=True)]
        member = nodes.member(base, entry.shape, *indices)
        built = filled(typed, entry.shape)
        self.take(given, member, built, elaborator)

    def define_member_components(self, given: Given, entry: Entry, node: syntax.Relation) -> None:
        r"""Say by entries how a family is made: ``(J^{ij})_{kl} = \delta_{ik} \delta_{jl}``."""
        letters = given.statement.indices
        axes = [size for size in entry.shape if size != ONE]
        if len(letters) != len(axes):
            raise MeaningError("DC203", "one index for each axis is needed", (0, 0))
        outer = dict(zip(entry.letters, entry.range, strict=True))
        inner = dict(zip(letters, axes, strict=True))
        elaborator, typed = self.elaborated(given, node.rhs, **{**outer, **inner})
        elaborator.finish(node.rhs)
        places = iter([nodes.index_variable(k, s) for k, s in inner.items()])
        indices = [ONE if size == ONE else next(places) for size in entry.shape]
        built = nodes.Assembled(typed.build(), *indices)
        own = [nodes.index_variable(k, s) for k, s in outer.items()]
        member = nodes.member(entry.name, entry.shape, *own)
        self.take(given, member, built, elaborator)


def name_of(head: Basic) -> str:
    """Return the spelling of a symbol or of a member's family."""
    if isinstance(head, nodes.ScalarMember | nodes.MatrixMember):
        return str(head.args[0].name)
    return str(getattr(head, "name", head))
