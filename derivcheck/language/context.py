"""What is known of a document's names at one place: their kinds, shapes, values and origins."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace
from sympy import Basic

from derivcheck.algebra.goal import Condition, Hypothesis
from derivcheck.algebra.nodes import FunctionSymbol, Shape, Size, head_of, names_in
from derivcheck.language import syntax
from derivcheck.language.names import Entry as Word
from derivcheck.language.names import Vocabulary
from derivcheck.language.randomness import Randomness
from derivcheck.reading.document import Source


class Formula(Struct, frozen=True):
    """A function given by a formula: ``J(G) = body``; the parameters are bound in the body."""

    parameters: tuple[str, ...]
    body: syntax.Node
    source: Source


class Entry(Struct, frozen=True):
    r"""What is known of one name.

    Attributes:
        name: canonical spelling.
        kind: ``size``, ``index``, ``number``, ``matrix``, ``function`` (abstract, by signature),
            ``formula`` (a function by its formula) or ``family``.
        node: the SymPy symbol, IndexVariable or FunctionSymbol; None for a formula or a family.
        shape: of a matrix, or of each member of a family.
        line: where it is introduced; None when it is not at one place.
        origin: where its shape comes from, in words.
        formula: for a function by its formula.
        letters: the index letters of a family, as declared.
        spelled: the letters of a family stand in its name (``J^{ij}``), not in a subscript.
        range: for a family, the number of members of each index.
        value: the scalar or matrix entry that the same name has as a value (``L = L(y)``).
    """

    name: str
    kind: str
    node: Basic | None
    shape: Shape = ()
    line: int | None = None
    origin: str = ""
    formula: Formula | None = None
    letters: tuple[str, ...] = ()
    spelled: bool = False
    range: tuple[Size, ...] = ()
    value: Entry | None = None


class Arguments(Struct, frozen=True):
    """The arguments that a function has wherever the document applies it."""

    arguments: tuple[syntax.Node, ...]
    source: Source


class Context(Struct):
    r"""The names in force, with definitions, hypotheses and conditions.

    ``assumed`` maps a declared name to the line of the text that gives it a value;
    ``spoilt`` maps each name that stands in a given that was not understood to that given's line;
    ``sized`` are those that stand alone there and are sizes;
    ``valued`` are the functions that stand for their value at their one argument;
    ``varied`` are the names whose differential is written in the claim, ``variables`` those by which
    the text up to the claim's end differentiates;
    ``lost`` maps a new name whose definition was not understood to that definition;
    ``clouded`` maps built-in constants (``identity``) to the line of such a given; ``ones`` is the
    shape that a given declares for a bare ``\mathbf{1}``.
    """

    entries: dict[str, Entry] = field(default_factory=dict)
    definitions: dict[Basic, Basic] = field(default_factory=dict)
    defined_at: dict[Basic, int] = field(default_factory=dict)
    assumed: dict[Basic, int] = field(default_factory=dict)
    hypotheses: list[Hypothesis] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    spoilt: dict[str, int] = field(default_factory=dict)
    sized: set[str] = field(default_factory=set)
    clouded: dict[str, int] = field(default_factory=dict)
    lost: dict[str, Source] = field(default_factory=dict)
    constants: set[str] = field(default_factory=set)
    varied: set[str] = field(default_factory=set)
    valued: set[str] = field(default_factory=set)
    variables: set[str] = field(default_factory=set)
    ranges: dict[str, Size] = field(default_factory=dict)
    applications: dict[str, list[Arguments]] = field(default_factory=dict)
    ones: Shape | None = None
    random: Randomness = field(default_factory=Randomness)
    layout: str = "denominator"

    def only_argument(self, function: str) -> Arguments | None:
        """Return the arguments of a function that has the same ones wherever it is applied."""
        found = self.applications.get(function, [])
        spelled = {tuple(self._plain_value(a, {function}) for a in one.arguments) for one in found}
        return found[0] if len(spelled) == 1 else None

    def _plain_value(self, node: syntax.Node, within: set[str]) -> Any:
        """Return an argument in plain form, ``h(x)`` as ``h`` where h has this one argument."""
        function = node.function if isinstance(node, syntax.Call) else None
        if isinstance(function, syntax.FunctionName) and function.name not in within:
            name, within = function.name, within | {function.name}
            uses = [
                tuple(self._plain_value(a, within) for a in one.arguments)
                for one in self.applications.get(name, [])
            ]
            known = self.entries.get(name)
            if known is not None and known.kind == "function" and len(set(uses)) == 1:
                return ("value", name)
        if isinstance(node, syntax.Name | syntax.FunctionName):
            known = self.entries.get(node.name)
            if known is not None and known.kind == "function":
                return ("value", node.name)
        return plain(node)

    def named(self, value: Basic) -> Basic:
        """Return the value of a function as the name that stands for it, where one does."""
        for entry in self.entries.values():
            if entry.kind == "function" and entry.value is not None:
                symbol = entry.value.node
                if symbol is not None and self.definitions.get(symbol) == value:
                    return symbol
        return value

    def copy(self) -> Context:
        """Return an independent copy (entries themselves are frozen)."""
        return replace(
            self,
            entries=dict(self.entries),
            definitions=dict(self.definitions),
            defined_at=dict(self.defined_at),
            assumed=dict(self.assumed),
            hypotheses=list(self.hypotheses),
            conditions=list(self.conditions),
            spoilt=dict(self.spoilt),
            sized=set(self.sized),
            clouded=dict(self.clouded),
            lost=dict(self.lost),
            constants=set(self.constants),
            varied=set(self.varied),
            valued=set(self.valued),
            variables=set(self.variables),
            ranges=dict(self.ranges),
            random=self.random.copy(),
        )

    def vocabulary(self, extra: Iterable[str] = ()) -> Vocabulary:
        """Return the declared names for the parser; ``extra`` are further index letters."""
        words = Vocabulary()
        for entry in self.entries.values():
            words.add(entry.name, self.word(entry))
        for name in extra:
            if name not in words:
                words.add(name, Word("index", 0))
        return words

    def word(self, entry: Entry) -> Word:
        """Return what the parser needs to know of a name."""
        role = {"size": "size", "index": "index", "function": "function", "formula": "function"}
        axes: int | None
        if entry.node is None and entry.kind == "number":
            axes = None  # its shape is not known yet
        elif not entry.shape:
            axes = 0
        elif len(entry.shape) == 2 and 1 in (entry.shape[0], entry.shape[1]):
            axes = 1
        else:
            axes = len(entry.shape)
        return Word(
            role.get(entry.kind, "variable"),
            axes,
            also_value=entry.value is not None,
            family=0 if entry.spelled else len(entry.letters),
            primitive=entry.kind in ("number", "matrix")
            and entry.node is not None
            and entry.node not in self.definitions,
        )

    def sizes_of(self, names: Iterable[str]) -> set[str]:
        """Return the size symbols in the shapes of some names."""
        shapes = [self.entries[name].shape for name in names if name in self.entries]
        return {str(part) for shape in shapes for size in shape for part in size.free_symbols}

    def behind(self, names: Iterable[str]) -> set[str]:
        """Return names with all those that stand in their definitions.

        Cost:
            Each definition is visited once.
        """
        found = set(names)
        values: dict[str, list[Basic]] = {}
        for symbol, value in self.definitions.items():
            values.setdefault(spelling(head_of(symbol)), []).append(value)
        waiting = list(found)
        while waiting:
            for value in values.get(waiting.pop(), ()):
                heads = names_in(value) | value.atoms(FunctionSymbol)
                inside = set(map(spelling, heads)) - found
                found |= inside
                waiting += inside
        return found

    def depends(self, node: Basic, on: Any, cut: frozenset[Any] = frozenset()) -> bool:
        """Return whether a node refers to the name ``on``, through definitions except those cut.

        Cost:
            Each definition is visited once.
        """
        values = {head_of(name): value for name, value in self.definitions.items()}
        seen: set[Any] = set()
        waiting = list(names_in(node))
        while waiting:
            head = waiting.pop()
            if head == on:
                return True
            if head in seen or head in cut:
                continue
            seen.add(head)
            if head in values:
                waiting += names_in(values[head])
        return False


def spelling(head: Any) -> str:
    """Return the author's spelling of what identifies a name."""
    return str(head[1] if isinstance(head, tuple) else getattr(head, "name", head))


def plain(node: Any) -> Any:
    """Return a syntax tree without its places, for comparing what two authors' formulas say."""
    if isinstance(node, syntax.Node):
        own = tuple(
            plain(getattr(node, name))
            for name in node.__struct_fields__
            if name not in ("start", "end", "dotted")
        )
        return (type(node).__name__, *own)
    if isinstance(node, tuple):
        return tuple(plain(part) for part in node)
    return node


def names_of(node: Any) -> Iterator[str]:
    """Yield the names in a syntax tree."""
    if isinstance(node, syntax.Name | syntax.FunctionName):
        yield node.name
    for part in parts_of(node):
        yield from names_of(part)


def arguments_of(functions: Collection[str], *nodes: Any) -> set[str]:
    """Return the names that stand alone as the argument of one of some functions: a in σ(a)."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, syntax.Call) and isinstance(node.function, syntax.FunctionName):
            names = [a.name for a in node.arguments if isinstance(a, syntax.Name)]
            if node.function.name in functions:
                found.update(names)
        found |= arguments_of(functions, *parts_of(node))
    return found


def subscripts_of(node: Any) -> set[str]:
    """Return the letters that a tree uses as indices."""
    found: set[str] = set()
    if isinstance(node, syntax.Component):
        found.update(index.name for index in node.indices if isinstance(index, syntax.Name))
    for part in parts_of(node):
        found |= subscripts_of(part)
    return found


def parts_of(node: Any) -> Iterator[Any]:
    """Yield the syntax nodes directly inside a node (or tuple)."""
    values: Iterable[Any]
    if isinstance(node, tuple):
        values = node
    elif isinstance(node, syntax.Node):
        values = [getattr(node, name) for name in node.__struct_fields__]
    else:
        return
    for value in values:
        if isinstance(value, syntax.Node | tuple):
            yield value


def counted_in(node: Any) -> Iterator[str]:
    """Yield the names that stand as sizes of constants and as ends of sums in a syntax tree."""
    if isinstance(node, syntax.Builtin) and node.name not in ("unit", "delta"):
        yield from names_of(node.parameters)
    if isinstance(node, syntax.BigOperator) and node.upper is not None:
        yield from names_of(node.upper)
    for part in parts_of(node):
        yield from counted_in(part)


def note_applications(context: Context, node: Any, source: Source) -> None:
    """Note at which arguments a tree applies declared functions."""
    if isinstance(node, syntax.Call) and isinstance(node.function, syntax.FunctionName):
        found = context.applications.setdefault(node.function.name, [])
        found.append(Arguments(node.arguments, source))
    for part in parts_of(node):
        note_applications(context, part, source)


def note_differentials(context: Context, node: Any) -> None:
    """Note the names whose differential a tree writes, and those by which it differentiates."""
    if isinstance(node, syntax.Variable):
        context.variables.update(names_of(node.expression))
    if isinstance(node, syntax.Differential):
        body = node.body
        while isinstance(body, syntax.Call | syntax.Transpose):  # d vec(X) is vec(dX)
            if isinstance(body, syntax.Transpose):
                body = body.base
            elif plain(body.function)[1:2] == ("vec",) and len(body.arguments) == 1:
                body = body.arguments[0]
            else:
                break
        if isinstance(body, syntax.Name):
            context.varied.add(body.name)
    for part in parts_of(node):
        note_differentials(context, part)
