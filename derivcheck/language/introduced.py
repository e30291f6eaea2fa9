"""Which names a set of givens introduces, told from the form of each statement alone.

Everything that reads givens shares the state kept here: the context that grows, what is listed and
diagnosed, and the letters that are indices.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import replace
from sympy import Basic

from derivcheck.algebra import nodes
from derivcheck.algebra.goal import Condition
from derivcheck.algebra.nodes import Shape
from derivcheck.diagnostics import Diagnostic, Help
from derivcheck.language import syntax
from derivcheck.language.context import Context, Entry
from derivcheck.language.elaborate import Elaborator
from derivcheck.language.names import Entry as Word
from derivcheck.language.parser import Introduction, LatexError, Vocabulary, parse
from derivcheck.language.typed import MeaningError
from derivcheck.reading.document import Source

Macros = Mapping[str, tuple[int, str]]


class Listed(Struct):
    """A given as the report lists it."""

    latex: str
    line: int
    kind: str


class Given(Struct):
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


class Understanding(Struct):
    """The result of reading givens."""

    context: Context
    listed: list[Listed] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    statements: list[syntax.Node] = field(default_factory=list)


class NameReader:
    """Enters the names of givens into a context.

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
        self.reading: list[Given] = []
        self.declared: frozenset[str] = frozenset(context.entries)
        self.index_letters: dict[str, str | None] = {}
        self._builtin: dict[str, bool] = {}
        self._words = Vocabulary()
        self._worded: dict[str, Entry] = {}
        self.note_letters(prose)

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

    def fail(
        self,
        source: Source,
        why: str,
        at: tuple[int, int] | None = None,
        *,
        help_: tuple[Help, ...] = (),
    ) -> None:
        """Diagnose a given at its line and spoil the names in it."""
        start, end = at or (0, len(source.text))
        span = source.span(start, max(end, start + 1))
        own = self.fresh_names(source)
        self.result.diagnostics.append(
            Diagnostic(
                "DC204",
                f"this given is not understood: {why}"[:100],
                span,
                notes=("no step that shares a name with it is called refuted",) if not own else (),
                help=help_,
            )
        )
        line = source.place(start)[0]
        for name in own:
            self.context.spoilt.setdefault(name, line)
        if not own:
            self.spoil(source, line)

    def fresh_names(self, source: Source) -> tuple[str, ...]:
        """Return the names that a source's only statement was to define, when it says nothing else.

        A definition of a new name restricts no other name, so only that name is lost with it.
        """
        found = [given for given in self.reading if given.source is source]
        if len(found) != 1 or found[0].statement.kind not in ("definition", "components"):
            return ()
        statement = found[0].statement
        names = {*statement.names, statement.base or ""} - {""}
        for name in names:
            entry = self.context.entries.get(name)
            if entry is not None and (entry.node is not None or entry.kind != "number"):
                return ()
        others = (given.source.text for given in self.reading if given.source is not source)
        if names & self.declared or any(
            stands_in(name, _TOKEN.findall(text)) for text in others for name in statement.names
        ):
            return ()
        for name in statement.names:
            self.context.lost[name] = source
        return statement.names

    def spoil_names(self, given: Given) -> None:
        """Note that a given says more of its names than what was taken in."""
        self.spoil(given.source, given.line)

    def spoil(self, source: Source, line: int) -> None:
        """Note the names of a given that was not (wholly) understood."""
        words = _TOKEN.findall(source.text)
        for name, definition in self.context.lost.items():
            if stands_in(name, words):  # what is said of a lost name restricts what would define it
                words += _TOKEN.findall(definition.text)
        found = []
        for name in self.context.entries:
            if stands_in(name, words):
                self.context.spoilt.setdefault(name, line)
                found.append(name)
        if all(self.context.entries[name].kind == "size" for name in found):
            self.context.sized.update(found)

    def guarded(self, given: Given, action: Callable[[Given], None]) -> None:
        """Run an action on a given; an error spoils only that given."""
        try:
            action(given)
        except MeaningError as error:
            at = given.statement.start, given.statement.end
            self.fail(given.source, error.headline, at, help_=tuple(error.help))
        except RecursionError:
            self.fail(given.source, "it nests too deeply")

    def condition(self, given: Given, kind: str, node: Basic) -> None:
        """Note a condition."""
        self.context.conditions.append(Condition(kind, node, given.latex, given.line))
        self.enlist(given, "condition")

    def enlist(self, given: Given, kind: str) -> None:
        """List a given for the report, once."""
        row = Listed(given.latex, given.line, kind)
        if row not in self.result.listed:
            self.result.listed.append(row)

    def declare(self, found: list[Given]) -> None:
        """Enter all names with what their statements tell at sight."""
        self.judge_squares(found)
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
            elif statement.kind == "shape" and not self.about_entries(statement):
                for name in statement.names:
                    if not self.is_builtin(name) and not self.differential_of(name):
                        self.enter(Entry(name, "number", None, line=given.line))
            elif statement.kind == "signature":
                for name in statement.names:
                    if not self.is_operator(name):
                        self.enter(Entry(name, "function", None, line=given.line))
        for given in found:
            statement = given.statement
            if statement.kind == "family" or self.about_entries(statement):
                self.declare_family(given, found)
        for given in found:
            statement = given.statement
            if statement.kind == "components":
                self.note_entries(statement)
            if statement.kind == "function":
                (name,) = statement.names
                known = self.context.entries.get(name)
                about_itself = bool(statement.used) and known is not None
                if known is None or (
                    not about_itself
                    and (
                        (known.kind in ("number", "function") and known.node is None)
                        or self.is_unused(known)
                    )
                ):
                    self.enter(Entry(name, "formula", None, line=given.line), force=True)
                elif known.kind == "function":
                    self.spoil_names(given)  # only its value at these arguments is taken in
            elif statement.kind == "definition" and self.may_define(statement.names[0]):
                name = statement.names[0]
                known = self.context.entries.get(name)
                if known is None:
                    self.enter(Entry(name, "number", None, line=given.line))
            elif statement.kind == "components" and (
                self.is_single(statement)
                or statement.names[:1] == (statement.base,)
                or (self.are_indices(statement.indices) and not statement.superscripts)
            ):
                single = self.is_single(statement)
                name = statement.names[0] if single else statement.base or ""
                if self.is_builtin(statement.names[0]):
                    continue
                if name not in self.context.entries and not self.is_builtin(name):
                    self.enter(Entry(name, "number", None, line=given.line))

    def note_entries(self, statement: Introduction) -> None:
        """Note that letters which stand below a declared name on the right side are indices."""
        names = self.context.entries
        if statement.names[0] not in names and any(used in names for used in statement.used):
            for letter in statement.indices:
                self.index_letters.setdefault(letter, None)

    def judge_squares(self, found: list[Given]) -> None:
        r"""Take ``\sigma^2 = …`` as an equation about ``\sigma`` where there is a ``\sigma``."""
        names = set(self.context.entries)
        for given in found:
            if not given.statement.square:
                names |= {*given.statement.names, given.statement.base or ""}
        for given in found:
            statement = given.statement
            base = statement.square.partition("_")[0] if statement.indices else statement.square
            if not statement.square:
                continue
            if names & {statement.square, base} or self.is_builtin(statement.square):
                given.statement = replace(
                    statement, kind="hypothesis", names=(), base=None, indices=(), square=""
                )

    def is_unused(self, function: Entry) -> bool:
        """Return whether a declared function occurs in nothing that is given so far."""
        if function.kind != "function" or function.value is not None:
            return False
        context = self.context
        given = [*context.definitions.values(), *(c.node for c in context.conditions)]
        given += [side for h in context.hypotheses for side in (h.lhs, h.rhs)]
        return not any(node.has(function.node) for node in given if function.node is not None)

    def enter(self, entry: Entry, *, force: bool = False) -> None:
        """Enter a name, unless it is known already."""
        if force or entry.name not in self.context.entries:
            self.context.entries[entry.name] = entry

    def is_builtin(self, name: str) -> bool:
        r"""Return whether a name is a built-in constant of its own (``I``, ``\mathbf{1}``)."""
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
        return (
            len(statements) == 1
            and isinstance(statements[0].node, syntax.Builtin)
            and statements[0].node.name != "pi"
            and (statements[0].node.name != "commutation" or "," in name)
        )

    def is_operator(self, name: str) -> bool:
        r"""Return whether a name is a built-in operator (``\operatorname{vec}``)."""
        try:
            statements = parse(f"{name}(x)", Vocabulary(), self.macros)
        except LatexError:
            return False
        return (
            bool(statements)
            and isinstance(statements[0].node, syntax.Call)
            and (
                name.startswith("\\")
                and not name.startswith(("\\mathcal", "\\ell", "\\phi", "\\psi"))
                and isinstance(statements[0].node.function, syntax.FunctionName)
                and not statements[0].node.function.declared
                and len(statements[0].node.function.name) > 1
                and not statements[0].node.function.name.startswith("\\")
            )
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
            return name != base and (name in self.context.entries or self.marks_a_name(statement))
        if name in self.context.entries:
            return True
        return not any(
            letter in self.index_letters for letter in statement.indices
        ) and not self.is_builtin(name)

    # D_f = diag(f) and D_r = diag(r) beside no D
    def judged(self, statement: Introduction) -> Introduction:
        """Return a statement that can only define a single name as a definition of this name."""
        if statement.kind != "components" or statement.base in self.context.entries:
            return statement
        if not (self.is_single(statement) and self.marks_a_name(statement)):
            return statement
        return replace(statement, kind="definition", base=None, indices=())

    # X_c = X - 1 mᵀ, but p_i = 1/K
    def marks_a_name(self, statement: Introduction) -> bool:
        """Return whether the subscripts of ``X_c`` are part of a name beside a declared ``X``."""
        return not statement.used and not any(
            letter in self.index_letters
            or letter in _USUAL_INDICES
            or (letter in self.context.entries and self.context.entries[letter].kind == "index")
            for letter in statement.indices
        )

    @staticmethod
    def about_entries(statement: Introduction) -> bool:
        """Return whether ``x_i > 0`` may be about the entries of an ``x``."""
        return statement.kind == "shape" and statement.sign != r"\in" and bool(statement.indices)

    def declare_family(self, given: Given, found: list[Given]) -> None:
        """Enter a family whose subscripts are indices, single names otherwise."""
        statement = given.statement
        base, name = statement.base, statement.names[0]
        letters = statement.indices
        if self.is_builtin(name):
            return
        if self.about_entries(statement) and base in self.context.entries:
            return
        if base is None or not (statement.upper or self.are_indices(letters)):
            for single in statement.names:
                self.enter(Entry(single, "number", None, line=given.line))
            return
        family = Entry(base, "family", None, line=given.line, letters=tuple(letters))
        own = self.context.entries.get(base)
        if own is None or own.kind not in ("number", "matrix"):
            self.enter(family)
        elif not self.gives_entries(statement, found):  # x and x_i are two things
            self.enter(replace(family, value=own), force=True)

    def gives_entries(self, statement: Introduction, found: list[Given]) -> bool:
        r"""Return whether ``x_i \in \mathbb{R}`` is about the entries of a vector ``x``."""
        own = self.context.entries[statement.base or ""]
        axes = [given.statement.axes for given in found if own.name in given.statement.names]
        return statement.axes == 0 and (bool(own.shape) if own.node is not None else 0 not in axes)

    def are_indices(self, letters: tuple[str, ...]) -> bool:
        """Return whether there are letters and all are indices, declared or bound by sums."""
        entries = self.context.entries
        return bool(letters) and all(
            letter in self.index_letters or (letter in entries and entries[letter].kind == "index")
            for letter in letters
        )

    def parse(self, found: list[Given]) -> None:
        """Parse each given with the names at hand."""
        words = self.words()
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

    def words(self) -> Vocabulary:
        """Return the names as the parser needs them, as they are now.

        Cost:
            One comparison a name; only what changed since the last call is entered again.
        """
        for name, entry in self.context.entries.items():
            if self._worded.get(name) is not entry:
                self._words.add(name, self.context.word(entry))
                self._worded[name] = entry
        for name in self._worded.keys() - self.context.entries.keys():
            self._words.remove(name)
            del self._worded[name]
        for letter in self.index_letters:
            if letter not in self._words:
                self._words.add(letter, Word("index", 0))
        return self._words

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

    def elaborator(self, given: Given) -> Elaborator:
        """Return an elaborator for a given."""
        made = Elaborator(self.context)
        made.latex = given.source.text
        return made

    def entry(self, name: str, shape: Shape, given: Given) -> Entry:
        """Return the entry of a number or matrix."""
        if shape and len(shape) != 2:
            raise MeaningError("DC110", "a tensor of higher order cannot be given", (0, 0))
        kind = "matrix" if shape else "number"
        return Entry(name, kind, nodes.value_symbol(name, shape), shape, given.line, given.latex)

    def node(self, name: str) -> Basic:
        """Return the symbol of a declared value."""
        entry = self.context.entries[name]
        node = (entry.value or entry).node
        assert node is not None
        return node


def stands_in(name: str, words: list[str]) -> bool:
    """Return whether a name stands in a text that has been cut into tokens."""
    own = _TOKEN.findall(name)
    return any(words[k : k + len(own)] == own for k in range(len(words)))


_USUAL_INDICES = frozenset("ijkl")
_TOKEN = re.compile(r"\\[A-Za-z]+|[^\s{}]")
_SUM = re.compile(
    r"\\sum(?:\\limits)?\s*_\s*\{?\s*([a-zA-Z])\b(?:\s*=\s*1\s*\}\s*\^\s*\{?\s*([A-Za-z0-9]+)\b)?"
)
_RANGE = re.compile(
    r"\b([a-z](?:\s*,\s*[a-z])*)\s*(?:=|\\in\s*\\\{)\s*1\s*,\s*(?:\\[lc]?dots|\.\.\.)\s*,\s*([A-Za-z])\b"
)
_SLICE = re.compile(r"_\s*\{\s*(?:([a-z])\s*,\s*:|:\s*,\s*([a-z]))\s*\}")
