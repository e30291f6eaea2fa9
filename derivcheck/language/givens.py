r"""What is given becomes a context: declarations, definitions, hypotheses and conditions.

Givens are a set: their order does not matter. Names are found first, without knowing any
(``introductions``); shapes and signatures are read next; definitions are elaborated as soon as the
names they need are known; every other equation is a hypothesis.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import sympy
from sympy import Basic, Integer

from derivcheck.algebra import nodes
from derivcheck.algebra.goal import Condition, Hypothesis
from derivcheck.algebra.nodes import ONE, Shape, head_of
from derivcheck.algebra.unification import unknowns
from derivcheck.diagnostics import Diagnostic
from derivcheck.language import syntax
from derivcheck.language.context import Arguments, Context, Entry, Formula
from derivcheck.language.derivatives import change_of
from derivcheck.language.elaborate import Elaborator, constant
from derivcheck.language.parser import (
    Introduction,
    LatexError,
    Vocabulary,
    introductions,
    parse,
)
from derivcheck.language.typed import MeaningError, Typed, readable_shape
from derivcheck.reading.document import Source

Macros = Mapping[str, tuple[int, str]]

BENIGN = (
    "differentiable", "smooth", "element", "entry", "continuous", "arbitrary", "real", "real-valued",
    "fixed", "scalar", "vector", "matrix", "square",
)  # fmt: skip
"""Words that add nothing to what is assumed of names anyway."""


@dataclass(slots=True)
class Listed:
    """A given as the report lists it."""

    latex: str
    line: int
    kind: str


@dataclass(slots=True)
class Given:
    """One statement that is given, on its way into the context."""

    source: Source
    statement: Introduction
    node: syntax.Node | None = None
    in_text: bool = False

    @property
    def line(self) -> int:
        """The line it starts on."""
        return self.source.place(self.statement.start)[0]

    @property
    def latex(self) -> str:
        """The author's words."""
        return self.source.text[self.statement.start : self.statement.end].strip()


@dataclass(slots=True)
class Understanding:
    """The result of reading givens."""

    context: Context
    listed: list[Listed] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    statements: list[syntax.Node] = field(default_factory=list)


class GivensReader:
    """Adds given statements to a context.

    Args:
        context: what is known already (empty for the front matter).
        macros: author macros.
        prose: the LaTeX of all formulas of the document: letters that its sums bind are indices.
    """

    def __init__(self, context: Context, macros: Macros, prose: Iterable[str]) -> None:
        self.context = context
        self.macros = macros
        self.result = Understanding(context)
        self.pending: list[Given] = []
        self.index_letters: dict[str, str | None] = {}
        self._builtin: dict[str, bool] = {}
        self.note_letters(prose)

    # --- letters that are indices -----------------------------------------------------------------

    def note_letters(self, texts: Iterable[str]) -> None:
        """Note which letters sums bind, and to which size they run."""
        for text in texts:
            for match in _SUM.finditer(text):
                letter, upper = match.group(1), match.group(2)
                if self.index_letters.get(letter) is None:
                    self.index_letters[letter] = upper
            for match in _RANGE.finditer(text):
                for letter in re.split(r"\s*,\s*", match.group(1)):
                    if self.index_letters.get(letter) is None:
                        self.index_letters[letter] = match.group(2)
            for match in _SLICE.finditer(text):
                self.index_letters.setdefault(match.group(1) or match.group(2), None)

    # --- reading ------------------------------------------------------------------------------------

    def read(
        self,
        sources: Iterable[Source],
        *,
        in_text: bool = False,
        accept: Callable[[Source, Introduction], bool] | None = None,
    ) -> Understanding:
        """Add the given statements; what cannot be understood is diagnosed and its names spoilt.

        Args:
            sources: formulas, each with any number of statements.
            in_text: they stand in the body of the document.
            accept: which statements are given; all, when left out.

        Raises:
            Never.
        """
        found: list[Given] = []
        sources = list(sources)
        for source in sources:
            self.note_letters([source.text])
        for source in sources:
            try:
                for statement in introductions(source.text, self.macros):
                    if accept is not None and not accept(source, statement):
                        continue
                    found.append(Given(source, statement, in_text=in_text))
            except LatexError as error:
                self.fail(source, error.headline, (error.start, error.end))
        self.declare(found)
        self.parse(found)
        for given in [g for g in found if g.node is not None]:
            self.guarded(given, self.shape_or_signature)
        self.enter_sizes()
        self.settle([g for g in found if g.node is not None])
        self.enter_sizes()
        words = self.context.vocabulary(self.index_letters)
        for given in found:  # as the steps are read, with all that is known
            node = self.parsed(given, words) if given.node is not None else None
            if node is not None:
                self.result.statements.append(node)
        return self.result

    def fail(self, source: Source, why: str, at: tuple[int, int] | None = None) -> None:
        """Diagnose a given at its line and spoil the names in it."""
        start, end = at or (0, len(source.text))
        span = source.span(start, max(end, start + 1))
        self.result.diagnostics.append(
            Diagnostic(
                "DC204",
                f"this given is not understood: {why}"[:100],
                span,
                notes=("no step that shares a name with it is called refuted",),
            )
        )
        self.spoil(source, source.place(start)[0])

    def spoil_names(self, given: Given) -> None:
        """Note that a given says more of its names than what was taken in."""
        self.spoil(given.source, given.line)

    def spoil(self, source: Source, line: int) -> None:
        """Note the names of a given that was not (wholly) understood."""
        words = _TOKEN.findall(source.text)
        for name in self.context.entries:
            own = _TOKEN.findall(name)
            if any(words[k : k + len(own)] == own for k in range(len(words))):
                self.context.spoilt.setdefault(name, line)

    def guarded(self, given: Given, action: Callable[[Given], None]) -> None:
        """Run an action on a given; an error spoils only that given."""
        try:
            action(given)
        except MeaningError as error:
            self.fail(given.source, error.headline, (given.statement.start, given.statement.end))

    # --- names ----------------------------------------------------------------------------------

    def declare(self, found: list[Given]) -> None:
        """Enter all names with what their statements tell at sight."""
        for given in found:
            statement = given.statement
            if statement.kind == "index":
                for name in statement.names:
                    self.enter(Entry(name, "index", None, line=given.line))
        for given in found:
            statement = given.statement
            if statement.kind == "shape" and self.are_indices(statement.superscripts):
                (name,) = statement.names
                letters = tuple(statement.superscripts)
                self.enter(
                    Entry(name, "family", None, line=given.line, letters=letters, spelled=True)
                )
            elif statement.kind == "shape":
                for name in statement.names:
                    if not self.is_builtin(name) and not self.differential_of(name):
                        self.enter(Entry(name, "number", None, line=given.line))
            elif statement.kind == "signature":
                for name in statement.names:
                    if not self.is_operator(name):
                        self.enter(Entry(name, "function", None, line=given.line))
        for given in found:
            statement = given.statement
            if statement.kind == "family":
                self.declare_family(given)
        for given in found:
            statement = given.statement
            if statement.kind == "function":
                (name,) = statement.names
                known = self.context.entries.get(name)
                if known is None or (known.kind in ("number", "function") and known.node is None):
                    self.enter(Entry(name, "formula", None, line=given.line), force=True)
            elif statement.kind == "definition" and self.may_define(statement.names[0]):
                name = statement.names[0]
                known = self.context.entries.get(name)
                if known is None:
                    self.enter(Entry(name, "number", None, line=given.line))
            elif statement.kind == "components" and (
                self.is_single(statement) or statement.names[:1] == (statement.base,)
            ):
                name = statement.names[0]
                if name not in self.context.entries and not self.is_builtin(name):
                    self.enter(Entry(name, "number", None, line=given.line))

    def enter(self, entry: Entry, *, force: bool = False) -> None:
        """Enter a name, unless it is known already."""
        if force or entry.name not in self.context.entries:
            self.context.entries[entry.name] = entry

    def is_builtin(self, name: str) -> bool:
        """Return whether a name is a built-in constant of its own (``I``, ``\\mathbf{1}``)."""
        if name in self.context.entries:
            return False
        if name not in self._builtin:
            self._builtin[name] = self._reads_as_builtin(name)
        return self._builtin[name]

    def _reads_as_builtin(self, name: str) -> bool:
        try:
            statements = parse(name, Vocabulary(), self.macros)
        except LatexError:
            return False
        return len(statements) == 1 and isinstance(statements[0].node, syntax.Builtin) and (
            statements[0].node.name != "commutation" or "," in name
        )

    def is_operator(self, name: str) -> bool:
        """Return whether a name is a built-in operator (``\\operatorname{vec}``)."""
        try:
            statements = parse(f"{name}(x)", Vocabulary(), self.macros)
        except LatexError:
            return False
        return bool(statements) and isinstance(statements[0].node, syntax.Call) and (
            name.startswith("\\") and not name.startswith(("\\mathcal", "\\ell", "\\phi", "\\psi"))
            and isinstance(statements[0].node.function, syntax.FunctionName)
            and not statements[0].node.function.declared
            and len(statements[0].node.function.name) > 1
            and not statements[0].node.function.name.startswith("\\")
        )

    def differential_of(self, name: str) -> str | None:
        """Return X for a name that is written as the differential of a declared X."""
        for prefix in ("d", "\\mathrm{d}"):
            if name.startswith(prefix) and name != prefix:
                rest = name[len(prefix) :].strip()
                if rest in self.context.entries or any(
                    rest in g.statement.names for g in self.pending
                ):
                    return rest
        return None

    def may_define(self, name: str) -> bool:
        """Return whether a bare name may be given a value by an equation."""
        return not self.is_builtin(name) and not self.differential_of(name)

    def is_single(self, statement: Introduction) -> bool:
        """Return whether ``D_t = …`` defines the single name ``D_t``, not components of D."""
        base, name = statement.base, statement.names[0] if statement.names else ""
        if base is None:
            return True
        if base in self.context.entries:
            return name != base and name in self.context.entries
        if name in self.context.entries:
            return True
        return not any(letter in self.index_letters for letter in statement.indices) and (
            not self.is_builtin(name)
        )

    def declare_family(self, given: Given) -> None:
        statement = given.statement
        base, name = statement.base, statement.names[0]
        letters = statement.indices
        if self.is_builtin(name):
            return
        if base is None or not self.are_indices(letters):
            for single in statement.names:
                self.enter(Entry(single, "number", None, line=given.line))
            return
        self.enter(Entry(base, "family", None, line=given.line, letters=tuple(letters)))

    def are_indices(self, letters: tuple[str, ...]) -> bool:
        """Return whether there are letters and all are indices, declared or bound by sums."""
        entries = self.context.entries
        return bool(letters) and all(
            letter in self.index_letters
            or (letter in entries and entries[letter].kind == "index")
            for letter in letters
        )

    def parse(self, found: list[Given]) -> None:
        """Parse each given with the names at hand."""
        words = self.context.vocabulary(self.index_letters)
        for given in found:
            words_here = words
            for name, axes in self.sighted(found):
                entry = words.get(name)
                if entry is not None and entry.axes == 0 and axes:
                    words_here.add(name, replace(entry, axes=axes))
            given.node = self.parsed(given, words_here)

    @staticmethod
    def sighted(found: list[Given]) -> Iterator[tuple[str, int]]:
        """Yield names with the number of axes that their space shows."""
        for given in found:
            if given.statement.kind in ("shape", "family") and given.statement.axes:
                for name in given.statement.names:
                    yield name, given.statement.axes
                if given.statement.base:
                    yield given.statement.base, given.statement.axes

    def parsed(self, given: Given, words: Vocabulary) -> syntax.Node | None:
        """Return the syntax tree of a given, None (diagnosed) when it cannot be read."""
        try:
            statements = parse(given.source.text, words, self.macros)
        except LatexError as error:
            self.fail(given.source, error.headline, (error.start, error.end))
            return None
        start = given.statement.start
        best = min(
            (s.node for s in statements),
            key=lambda node: abs(node.start - start),
            default=None,
        )
        if isinstance(best, syntax.Unreadable):
            self.fail(given.source, best.error.headline, (best.error.start, best.error.end))
            return None
        return best

    # --- shapes and signatures ----------------------------------------------------------------------

    def elaborator(self, given: Given) -> Elaborator:
        """Return an elaborator for a given."""
        made = Elaborator(self.context)
        made.latex = given.source.text
        return made

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
            self.inequality(given, node)
            return
        if kind == "index":
            size = self.elaborator(given).size(node.rhs.dims[1])
            for name in given.statement.names:
                self.context.entries[name] = Entry(
                    name, "index", nodes.index_variable(name, size), (), given.line, given.latex
                )
                self.context.ranges[name] = size
            self.list(given, "index")
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
        for name in names:
            if self.is_builtin(name):
                if name in ("\\mathbf{1}", "\\boldsymbol{1}", "\\mathbb{1}", "\\mathbf{e}"):
                    self.context.ones = shape
                continue
            varied = self.differential_of(name)
            if varied:
                self.context.varied.add(varied)
                continue
            known = self.context.entries.get(name)
            if known is not None and known.kind == "family":
                self.family(given, known, shape)
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
            self.context.entries[name] = self.entry(name, shape, given)
            if space.kind == "set":
                self.set_values(given, space, name)
            if space.word in ("+", "++", ">0", "\\geq0"):
                strict = space.word in ("++", ">0")
                self.condition(
                    given, "positive" if strict else "nonnegative", self.node(name)
                )
        self.list(given, "number" if not shape else "shape")

    def entry(self, name: str, shape: Shape, given: Given) -> Entry:
        """Return the entry of a number or matrix."""
        if not shape:
            node: Basic = nodes.scalar_symbol(name)
            return Entry(name, "number", node, (), given.line, given.latex)
        if len(shape) != 2:
            raise MeaningError("DC110", "a tensor of higher order cannot be given", (0, 0))
        node = sympy.MatrixSymbol(name, *shape)
        return Entry(name, "matrix", node, shape, given.line, given.latex)

    def node(self, name: str) -> Basic:
        """Return the symbol of a declared value."""
        entry = self.context.entries[name]
        node = (entry.value or entry).node
        assert node is not None
        return node

    def family(self, given: Given, known: Entry, shape: Shape) -> None:
        """Declare the shape of a family's members; its range may come later."""
        ranges = []
        for letter in known.letters:
            index = self.context.entries.get(letter)
            upper = self.index_letters.get(letter)
            if index is not None and index.kind == "index" and index.node is not None:
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
        self.list(given, "shape")

    def set_values(self, given: Given, space: syntax.Space, name: str) -> None:
        """Note the values that every entry of a name may have."""
        values = re.findall(r"-?\d+", space.word.split("}")[0])
        if values:
            self.context.conditions.append(
                Condition(
                    "range", self.node(name), given.latex, given.line, tuple(map(int, values))
                )
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
        self.list(given, "function")

    def inequality(self, given: Given, node: syntax.Relation) -> None:
        r"""Declare numbers by ``\lambda > 0``, or note the condition on known ones."""
        for name in given.statement.names:
            entry = self.context.entries.get(name)
            if entry is not None and entry.node is None and entry.kind == "number":
                self.context.entries[name] = self.entry(name, (), given)
        self.pending.append(given)

    # --- definitions and hypotheses -------------------------------------------------------------------

    def settle(self, found: list[Given]) -> None:
        """Take in definitions as their names become known, then everything else."""
        self.note_applications(found)
        waiting = [g for g in found if g in self.pending and self.defines(g) is not None]
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
            if len(blocked) == len(waiting):
                self.report_blocked(blocked)
                break
            waiting = blocked
        words = self.context.vocabulary(self.index_letters)
        for given in found:  # formulas too may have been read before axes were known
            entry = self.context.entries.get(given.statement.names[0] if given.statement.names else "")
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
        """Return what a given defines: ``name``, ``function``, ``components``, ``member`` or None."""
        node, statement = given.node, given.statement
        if not isinstance(node, syntax.Relation) or node.sign not in ("=", ":="):
            return None
        if statement.kind == "function":
            return "function" if self.context.entries[statement.names[0]].kind == "formula" else None
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
        self.list(given, "definition")

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
        if entry.node is None or (entry.kind in ("function", "formula") and entry.value is None):
            elaborator, typed = self.elaborated(given, self.fresh(given).rhs)
            elaborator.finish(node.rhs)
            shape = elaborator.sizes.shape(typed.shape or ())
            if typed.shape is None or any(unknowns(size) for size in shape):
                raise MeaningError("DC203", f"the shape of `{name}` is not determined", (0, 0))
            value = self.entry(name, shape, given)
            if entry.kind in ("function", "formula"):
                self.context.entries[name] = replace(entry, value=value)
            else:
                self.context.entries[name] = value
            entry = value
        else:
            entry = entry.value or entry
            elaborator, typed = self.elaborated(given, self.fresh(given).rhs)
            own = Typed(entry.shape, lambda: entry.node, node.start, node.sign_at)  # type: ignore[arg-type, return-value]
            elaborator.equate(own, typed)
            elaborator.finish(node.rhs)
        symbol = entry.node
        assert symbol is not None
        built = filled(typed, entry.shape)
        if self.context.depends(built, head_of(symbol)):
            self.hypothesis(given, symbol, built)
            return
        self.context.definitions[symbol] = built
        self.context.defined_at[symbol] = given.line
        self.conditions_of(given, elaborator)
        self.list(given, "definition")

    def fresh(self, given: Given) -> syntax.Relation:
        """Return a given read again, now that more axes are known."""
        node = self.parsed(given, self.context.vocabulary(self.index_letters)) or given.node
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
        if self.context.depends(built, head_of(symbol)):
            self.pending_hypothesis(given)
            return
        self.context.definitions[symbol] = built
        self.context.defined_at[symbol] = given.line
        self.conditions_of(given, elaborator)
        self.list(given, "definition")

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
        label = nodes.Str(base)
        indices = [nodes.index_variable(k, r) for k, r in zip(letters, ranges, strict=True)]
        member: Basic = (
            nodes.MatrixMember(label, *entry.shape, *indices)
            if entry.shape
            else nodes.ScalarMember(label, *indices)
        )
        built = filled(typed, entry.shape)
        if self.context.depends(built, head_of(member)):
            self.hypothesis(given, member, built)
            return
        self.context.definitions[member] = built
        self.context.defined_at[member] = given.line
        self.list(given, "definition")

    def define_member_components(
        self, given: Given, entry: Entry, node: syntax.Relation
    ) -> None:
        r"""Say how a family of matrices is made, by entries: ``(J^{ij})_{kl} = \delta_{ik} \delta_{jl}``."""
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
        member = nodes.MatrixMember(nodes.Str(entry.name), *entry.shape, *own)
        self.context.definitions[member] = built
        self.context.defined_at[member] = given.line
        self.list(given, "definition")

    def assume(self, given: Given) -> None:
        """Take in a hypothesis, a condition or a property.

        Raises:
            MeaningError: when it is not understood.
        """
        node = given.node
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
            self.list(given, "definition")  # the usual definition of δ_ij; it stays what it is
            return
        if isinstance(node.lhs, syntax.Differential) and constant(node.rhs) == 0:
            if isinstance(node.lhs.body, syntax.Name):
                self.context.constants.add(node.lhs.body.name)
                self.list(given, "hypothesis")
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

    def hypothesis(self, given: Given, lhs: Basic, rhs: Basic) -> None:
        """Note a hypothesis."""
        self.context.hypotheses.append(
            Hypothesis(lhs, rhs, given.latex, given.line, given.in_text)
        )
        self.list(given, "hypothesis")

    def relation(self, given: Given, node: syntax.Relation) -> None:
        """Take in a given inequality."""
        assert node.lhs is not None
        elaborator = self.elaborator(given)
        lhs = elaborator.known(elaborator.expression(node.lhs))
        against = constant(node.rhs) if not isinstance(node.rhs, syntax.Space) else None
        sign = node.sign
        size = lhs.shape == () and lhs.build().is_integer and lhs.build().is_positive
        if size and against is not None and sign in ("\\geq", ">") and against <= 1:
            self.list(given, "condition")
            return
        if sign in ("\\succ", "\\succeq") and lhs.shape and against == 0:
            kind = "positive-definite" if sign == "\\succ" else "positive-semidefinite"
            built = lhs.build()
            self.hypothesis(given, built, sympy.Transpose(built))
            self.condition(given, kind, built)
            return
        if sign in (">", "\\geq") and lhs.shape == () and against == 0:
            self.condition(given, "positive" if sign == ">" else "nonnegative", lhs.build())
            return
        if sign == "\\neq":
            rhs = elaborator.known(elaborator.expression(node.rhs))
            elaborator.equate(lhs, rhs)
            difference = elaborator.added([(1, lhs), (-1, rhs)], node)
            elaborator.finish(node)
            built = difference.build()
            if isinstance(built, nodes.Component):
                built = built.args[0]
                self.condition(given, "nonzero", built)
            elif difference.shape:
                square = sympy.Trace(sympy.MatMul(sympy.Transpose(built), built))
                self.condition(given, "nonzero", square)
            else:
                self.condition(given, "nonzero", built)
            return
        raise MeaningError("DC110", f"the relation {sign} is not understood here", (0, 0))

    def condition(self, given: Given, kind: str, node: Basic) -> None:
        """Note a condition."""
        self.context.conditions.append(Condition(kind, node, given.latex, given.line))
        self.list(given, "condition")

    def conditions_of(self, given: Given, elaborator: Elaborator) -> None:
        """Note the side conditions that a given writes itself (an inverse in a definition)."""
        known = {(c.kind, c.node) for c in self.context.conditions}
        for made in elaborator.obligations(given.line):
            if (made.kind, made.node) not in known:
                self.context.conditions.append(made)

    def property(self, given: Given, node: syntax.Property) -> None:
        """Take in ``A \\text{ symmetric}`` and its kin.

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
                self.list(given, "condition")
                continue
            typed = self.elaborator(given)
            value = typed.known(typed.expression(subject))
            self.property_of(given, words, value.build(), value.shape)

    def property_of(self, given: Given, words: str, node: Basic, shape: Shape | None) -> None:
        """Take in a property of one matrix or number."""
        across = sympy.Transpose(node) if shape else node
        square = bool(shape) and len(shape or ()) == 2 and shape[0] == shape[1]  # type: ignore[index]
        known = False
        if "permutation" in words:  # sound but weaker: too weak for a counterexample
            self.spoil_names(given)
            identity = sympy.Identity(shape[0])  # type: ignore[index]
            self.hypothesis(given, sympy.MatMul(across, node), identity)
            self.hypothesis(given, sympy.MatMul(node, across), identity)
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
            self.list(given, "condition")

    def list(self, given: Given, kind: str) -> None:
        """List a given for the report, once."""
        row = Listed(given.latex, given.line, kind)
        if row not in self.result.listed:
            self.result.listed.append(row)


class _Blocked(Exception):  # noqa: N818
    """A definition needs a name that is not known yet."""


_TOKEN = re.compile(r"\\[A-Za-z]+|[^\s{}]")
_SUM = re.compile(
    r"\\sum(?:\\limits)?\s*_\s*\{?\s*([a-zA-Z])\b(?:\s*=\s*1\s*\}\s*\^\s*\{?\s*([A-Za-z0-9]+)\b)?"
)
_RANGE = re.compile(
    r"\b([a-z](?:\s*,\s*[a-z])*)\s*(?:=|\\in\s*\\\{)\s*1\s*,\s*(?:\\[lc]?dots|\.\.\.)\s*,\s*([A-Za-z])\b"
)
_SLICE = re.compile(r"_\s*\{\s*(?:([a-z])\s*,\s*:|:\s*,\s*([a-z]))\s*\}")


def name_of(head: Basic) -> str:
    """Return the spelling of a symbol or of a member's family."""
    if isinstance(head, nodes.ScalarMember | nodes.MatrixMember):
        return str(head.args[0].name)
    return str(getattr(head, "name", head))


def names_of(node: Any) -> Iterator[str]:
    """Yield the names in a syntax tree."""
    if isinstance(node, syntax.Name | syntax.FunctionName):
        yield node.name
    for part in parts_of(node):
        yield from names_of(part)


def parts_of(node: Any) -> Iterator[Any]:
    """Yield the syntax nodes directly inside a node (or tuple)."""
    values: Iterable[Any]
    if isinstance(node, tuple):
        values = node
    elif isinstance(node, syntax.Node):
        values = [getattr(node, name) for name in node.__dataclass_fields__]
    else:
        return
    for value in values:
        if isinstance(value, syntax.Node | tuple):
            yield value


def note_applications(context: Context, node: Any, source: Source) -> None:
    """Note at which arguments a tree applies declared functions."""
    if isinstance(node, syntax.Call) and isinstance(node.function, syntax.FunctionName):
        found = context.applications.setdefault(node.function.name, [])
        found.append(Arguments(node.arguments, source))
    for part in parts_of(node):
        note_applications(context, part, source)


def note_differentials(context: Context, node: Any) -> None:
    """Note the names whose differential a tree writes."""
    if isinstance(node, syntax.Differential) and isinstance(node.body, syntax.Name):
        context.varied.add(node.body.name)
    for part in parts_of(node):
        note_differentials(context, part)


def filled(typed: Typed, shape: Shape) -> Basic:
    """Return the node of a typed expression; a bare zero gets the shape that is needed."""
    if typed.shape is None and shape:
        return sympy.ZeroMatrix(*shape)
    return typed.build()


