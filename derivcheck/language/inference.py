"""What elaboration stands on: unknown sizes, names, indices and entries, conditions, errors.

An ``Inference`` belongs to one identity in one context. Shapes are unified here; nothing is built
before all sizes are known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Any

import sympy
from msgspec import Struct, field
from sympy import Basic, Integer, Rational

from derivcheck.algebra import nodes
from derivcheck.algebra.goal import Condition
from derivcheck.algebra.nodes import ONE, Shape, Size
from derivcheck.algebra.unification import Sizes, unknowns
from derivcheck.diagnostics import Help
from derivcheck.language import syntax
from derivcheck.language.context import Context, Entry
from derivcheck.language.typed import MeaningError, Typed, readable_shape
from derivcheck.language.written import written

SIZE_HELP = Help(r"write the size: `I_n`, `\mathbf{1}_n`, `0_{n \times m}`, `K_{m,n}`")


class Findings(Struct):
    """What elaboration noticed on the way, for the report.

    Attributes:
        layout: some derivative's shape depends on the layout.
        entries: variables whose entries were taken as independent although something is given of
        them.
        inferred: undeclared letters with their shape.
        notes: facts worth telling.
        names: declared names that were used.
        random: the names over which expectations are taken.
        reach: sites where a sign without brackets may take one factor or more (``reach.py``).
    """

    layout: bool = False
    inferred: dict[str, Shape] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    obligations: list[tuple[str, Callable[[], Basic], str]] = field(default_factory=list)
    random: dict[str, None] = field(default_factory=dict)
    reach: list[Any] = field(default_factory=list)


class Inference:
    """Names, sizes and shapes of one identity.

    Args:
        context: the names in force.
        free_letters: undeclared letters are allowed (all letters of the identity are undeclared).
        numbers: undeclared letters that are numbers, whatever is customary.

    Attributes:
        counted: undeclared letters that stand as sizes somewhere in the identity.
        reaches_far: which of two readings is taken where a sign may take one factor or more; None
            where the identity is not read in both ways, so that such a sign is an error.
    """

    def __init__(
        self,
        context: Context,
        *,
        free_letters: bool = False,
        numbers: frozenset[str] = frozenset(),
    ) -> None:
        self.context = context
        self.numbers = numbers
        self.sizes = Sizes()
        self.free_letters = free_letters
        self.found = Findings()
        self.bound: dict[str, Size] = {}
        self.counters: set[str] = set()
        self.local: dict[str, Typed] = {}
        self.letters: dict[str, Typed] = {}
        self.latex = ""
        self.held: tuple[Basic, ...] = ()
        self.pointwise: Typed | None = None
        self.depth = 0
        self.parts = 0
        self.written = 0
        self.unfolding: tuple[str, ...] = ()
        self.reaches_far: bool | None = None
        self.counted: frozenset[str] = frozenset()
        self._fresh = 0

    def expression(self, node: syntax.Node) -> Typed:
        """Return the typed expression of a syntax tree; ``Elaborator`` says how.

        Raises:
            MeaningError: when it has no meaning or is not supported.
        """
        raise NotImplementedError

    def fresh(self, letter: str) -> str:
        """Return a name for a bound index that nothing else in this identity has."""
        self._fresh += 1
        return f"{letter}#{self._fresh}"

    def equate(self, left: Typed, right: Typed) -> None:
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
        if self.reaches_far is None:
            self.refuse_unclear_reach()
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
            raise self.error("DC203", "a size here is not determined", node, help=(SIZE_HELP,))

    def error(self, code: str, headline: str, node: syntax.Node, **more: Any) -> MeaningError:
        """Return an error at a syntax node."""
        return MeaningError(code, headline, (node.start, node.end), **more)

    def refuse_unclear_reach(self) -> None:
        """Refuse signs that may take one factor or more.

        Raises:
            MeaningError: DC103 when custom does not tell of one.
        """
        for site in self.found.reach:
            if not site.usual:
                raise self.unclear_reach(site.node)

    def unclear_reach(self, site: syntax.Node) -> MeaningError:
        """Return the error for a sign of which nobody can tell how far it reaches."""
        return self.error(
            "DC103",
            f"it is not clear how far the sign reaches in `{self.text(site)}`",
            site,
            notes=("it may take one factor or all of them, and both readings have a meaning",),
            help=(Help("write brackets around what it takes, or around the sign with it"),),
        )

    def shape_text(self, typed: Typed) -> str:
        """Return a readable shape, as far as known."""
        return readable_shape(None if typed.shape is None else self.sizes.shape(typed.shape))

    def same_shape(self, left: Shape, right: Shape) -> bool:
        """Unify two shapes."""
        if len(left) != len(right):
            return False
        agreed = [self.sizes.unify(a, b) for a, b in zip(left, right, strict=True)]
        return all(agreed)

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
            raise MeaningError("DC203", "a size here is not determined", (0, 0), help=(SIZE_HELP,))
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
        if isinstance(node, syntax.FunctionName) and node.declared:
            return nodes.size_symbol(node.name)  # m(h) is a function, m below ℝ is none
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
        return written(self.latex, node.start, node.end).rstrip("^_ ")

    def _name(self, node: syntax.Name) -> Typed:
        if node.name in self.local:
            held = self.local[node.name]
            return Typed(held.shape, held.build, node.start, node.end)
        if node.name in self.counters:
            own = self.bound[node.name]
            return Typed(
                (),
                lambda: nodes.index_variable(node.name, self.size_value(own)),
                node.start,
                node.end,
            )
        entry = self.context.entries.get(node.name)
        if entry is None:
            return self._undeclared(node)
        self.found.names.add(node.name)
        if entry.value is not None:
            if entry.name in self.context.valued:
                note = f"`{entry.name}` is read as its value at its one argument"
                self.found.notes.append(note)
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
        if name in self.counted:
            return Typed((), lambda: nodes.size_symbol(name), node.start, node.end)
        styled = name.startswith(("\\mathbf", "\\boldsymbol", "\\hat"))
        plain = name.startswith("\\") and not styled and not first.isupper()
        if plain or name in self.numbers:
            shape = ()
        elif first.isupper():
            shape = (self.sizes.unknown(), self.sizes.unknown())
        else:
            shape = (self.sizes.unknown(), ONE)

        def build() -> Basic:
            return nodes.value_symbol(name, self.built(shape))

        typed = Typed(shape, build, node.start, node.end)
        self.letters[name] = typed
        return typed

    def unknown(self, node: syntax.Name | syntax.FunctionName) -> MeaningError:
        """Return the error for a name that nothing introduces, with the nearest declared one."""
        if node.name in self.context.spoilt:
            line = self.context.spoilt[node.name]
            return self.error(
                "DC304", f"`{node.name}` is given on line {line}, which is not understood", node
            )
        near = nearest(node.name, self.context.entries)
        helps = (Help(f"did you mean `{near}`?", replacement=near),) if near else (introduce(node),)
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

    def _member(self, entry: Entry, indices: tuple[syntax.Node, ...], node: syntax.Node) -> Typed:
        if len(indices) != len(entry.letters):
            raise self.error("DC110", f"`{entry.name}` needs {len(entry.letters)} indices", node)
        if len(entry.range) != len(entry.letters):  # what is given of it was not understood
            raise self.unknown(syntax.Name(node.start, node.end, entry.name, True))
        builders = [self.index(i, r) for i, r in zip(indices, entry.range, strict=True)]

        def build() -> Basic:
            return nodes.member(entry.name, entry.shape, *[b() for b in builders])

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
                return Typed(
                    (), lambda: nodes.Component(base.build(), at(), ONE), node.start, node.end
                )
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


def _kind_words(entry: Entry) -> str:
    return {
        "function": "a function",
        "formula": "a function",
        "index": "an index",
        "family": "a family",
    }.get(entry.kind, entry.kind)


def letters_of(name: str) -> str:
    r"""Return what is left of a name without fonts, accents and brackets.

    Example:
        >>> letters_of(r"\mathbf{h}^{(K)}"), letters_of("h(K)")
        ('hK', 'hK')
    """
    for word in ("\\mathbf", "\\boldsymbol", "\\mathrm", "\\mathcal", "\\hat", "\\bar"):
        name = name.replace(word, "")
    return "".join(c for c in name if c not in "{}()[]^_\\ ")


def introduce(node: syntax.Name | syntax.FunctionName) -> Help:
    """Return how a name that nothing introduces may be given."""
    space = r"\mathbb{R}^{n \times m}" if node.name.lstrip("\\")[:1].isupper() else r"\mathbb{R}^n"
    given = rf"{node.name} \in {space}"
    if isinstance(node, syntax.FunctionName):
        given = rf"{node.name}: \mathbb{{R}} \to \mathbb{{R}}"
    return Help(f"write the name that is meant, or give it: `{given}`, say")


def nearest(name: str, entries: Any) -> str | None:
    """Return the declared name that is most like ``name``, if one is close."""
    same = [known for known in entries if letters_of(known) == letters_of(name) and known != name]
    if same:
        return str(same[0])
    letter = re.split(r"[\^_]", name, maxsplit=1)[0]
    kin = [known for known in entries if re.split(r"[\^_]", known, maxsplit=1)[0] == letter]
    close = get_close_matches(name, kin, n=1, cutoff=0.3) or get_close_matches(
        name, list(entries), n=1, cutoff=0.6
    )
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
        return sympy.Add(*[value if sign == 1 else -value for sign, value in parts if value])
    if isinstance(node, syntax.Fraction):
        top, bottom = constant(node.numerator), constant(node.denominator)
        if top is None or bottom is None or bottom == 0:
            return None
        return top / bottom
    return None
