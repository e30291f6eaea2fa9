"""Numbers for everything that a document gives, at which everything that is given holds.

Shapes are read from the syntax of the givens, definitions are kept as trees, and hypotheses are
satisfied: properties by construction, equations by Gauss-Newton steps from a random start, whose
Jacobian the dual numbers give. Where that fails, ``Unknown`` is raised.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numeric_jets import Jet, ShapeError, applied, constant, stacked
from numeric_values import (
    OPERATORS,
    Evaluator,
    NotHere,
    Unknown,
    _sin,
    along,
    is_zero,
    names_in,
    walk,
)

from derivcheck.language import syntax
from derivcheck.language.parser import LatexError, parse

FEATURES = 5
RANDOM = "something random"
SPREADS = (2, 3, 4, 5, 6, 7, 8, 9)


@dataclass
class Givens:
    """What is given, as trees, by the role that docs/language.md gives to its form."""

    shapes: dict[str, tuple[syntax.Node, ...]] = field(default_factory=dict)
    spaces: dict[str, syntax.Space] = field(default_factory=dict)
    naturals: set[str] = field(default_factory=set)
    ranges: dict[str, syntax.Node] = field(default_factory=dict)
    family_shapes: dict[str, tuple[tuple[str, ...], syntax.Space]] = field(default_factory=dict)
    families: dict[str, tuple[tuple[str, ...], syntax.Node]] = field(default_factory=dict)
    functions: dict[str, syntax.Signature] = field(default_factory=dict)
    formulas: dict[str, tuple[tuple[str, ...], syntax.Node]] = field(default_factory=dict)
    definitions: dict[str, syntax.Node] = field(default_factory=dict)
    components: dict[str, tuple[tuple[str, ...], syntax.Node]] = field(default_factory=dict)
    equations: list[syntax.Relation] = field(default_factory=list)
    conditions: list[syntax.Node] = field(default_factory=list)
    trees: list[syntax.Node] = field(default_factory=list)
    closed: set[int] = field(default_factory=set)
    ones: syntax.Space | None = None


_OPENING = re.compile(
    r"\\left\b|\\[bB]igg?[lmr]?\b|[(\[{]|\\\{|\\[dt]?frac\b|\\partial(?!\s*_)|d\b"
)


def closed_in(tree: Any, text: str) -> set[int]:
    """Return the derivatives that are no sign before their function: in brackets, or a fraction."""
    found = set()
    for node in walk(tree):
        inner = node.base if isinstance(node, syntax.Transpose) else node
        if isinstance(inner, syntax.Derivative) and _OPENING.match(text[node.start :]):
            found.add(id(node))
    return found


def parsed(latex: str, words: Any, macros: Any) -> list[syntax.Node]:
    try:
        return [s.node for s in parse(latex, words, macros)]
    except LatexError as error:
        raise Unknown(f"a given that is not read: {error}") from None


def collect(step: Any, rows: list[Any], claims: list[int], trees: list[syntax.Node]) -> Givens:
    """Sort the givens in force in a step's claim.

    Args:
        step: the step; its scope has the names that the parser needs.
        rows: everything given, with lines.
        claims: the line at which each claim begins; what a later claim defines is not in force.
        trees: the formulas of the step's claim, for the differentials that they write.

    Raises:
        Unknown: when a given has a form that is not known here.
    """
    words = step.scope.context.vocabulary(step.scope.letters)
    givens = Givens(trees=list(trees))
    for side in (step.lhs, step.rhs):
        givens.closed |= closed_in(side.node, side.source.text)
    last = claims[step.claim + 1] if step.claim + 1 < len(claims) else 10**9
    found: list[tuple[int, syntax.Node]] = []
    for row in rows:
        if row.kind != "inferred" and row.line < last:
            claim = sum(line <= row.line for line in claims)
            for node in parsed(row.latex, words, step.scope.macros):
                found.append((claim, node))
                givens.closed |= closed_in(node, row.latex)
    latest = {name: claim for claim, node in found for name in defined_by(node)}
    for claim, node in found:
        givens.trees.append(node)
        if any(0 < claim < latest[name] for name in defined_by(node)):
            continue  # a later claim of the text defines the name again
        sort(givens, node, step.scope.context)
    return givens


def defined_by(node: syntax.Node) -> list[str]:
    """Return the bare name on the left of an equation."""
    named = isinstance(node, syntax.Relation) and node.sign in ("=", ":=")
    return [node.lhs.name] if named and isinstance(node.lhs, syntax.Name) else []


def is_about_randomness(node: syntax.Node) -> bool:
    """Return whether a given speaks of something random."""
    if isinstance(node, syntax.Property):
        return any(w in node.words for w in ("random", "independent", "uncorrelated", "centred"))
    calls = {
        f.name
        for n in walk(node)
        if isinstance(f := getattr(n, "function", None), syntax.FunctionName)
    }
    return getattr(node, "sign", "") in (r"\sim", r"\perp") or bool(calls & {"E", "Var", "Cov"})


def sort(givens: Givens, node: syntax.Node, context: Any) -> None:
    if is_about_randomness(node):
        raise Unknown(RANDOM)
    if isinstance(node, syntax.Signature):
        for name in node.names:
            givens.functions[name] = node
    elif isinstance(node, syntax.Property):
        givens.conditions.append(node)
    elif isinstance(node, syntax.Relation) and node.sign == r"\in":
        member(givens, node, context)
    elif isinstance(node, syntax.Relation) and node.sign in ("=", ":="):
        equation(givens, node, context)
    elif isinstance(node, syntax.Relation):
        if not names_in(node.rhs) and isinstance(node.rhs, syntax.Number):
            for name in node.names or (
                [node.lhs.name] if isinstance(node.lhs, syntax.Name) else []
            ):
                givens.shapes.setdefault(name, ())
            base = node.lhs.base if isinstance(node.lhs, syntax.Component) else None
            if isinstance(base, syntax.Name) and is_family(context, base.name):
                number = syntax.Space(node.start, node.end, "real", (), "+")
                letters = tuple(i.name for i in node.lhs.indices if isinstance(i, syntax.Name))
                givens.family_shapes.setdefault(base.name, (letters, number))
        givens.conditions.append(node)
    elif isinstance(node, syntax.Name):
        # the first names of `a, b > 0`
        givens.shapes.setdefault(node.name, ())
    else:
        raise Unknown("a given of unknown form")


def member(givens: Givens, node: syntax.Relation, context: Any) -> None:
    space = node.rhs
    if not isinstance(space, syntax.Space):
        raise Unknown("membership in no space")
    if isinstance(node.lhs, syntax.Component) and isinstance(node.lhs.base, syntax.Name):
        letters = tuple(i.name for i in node.lhs.indices if isinstance(i, syntax.Name))
        givens.family_shapes[node.lhs.base.name] = (letters, space)
    if isinstance(node.lhs, syntax.Builtin):
        givens.ones = space if node.lhs.name == "ones" else givens.ones
        return
    left = () if isinstance(node.lhs, syntax.Component) else tuple(names_in(node.lhs))
    for name in node.names or left:
        if space.kind == "range":
            givens.ranges[name] = space.dims[1]
        elif space.kind == "natural":
            givens.naturals.add(name)
        elif space.kind in ("real", "set"):
            givens.shapes[name] = space.dims
            givens.spaces[name] = space
        else:
            raise Unknown(f"the space {space.word}")


def equation(givens: Givens, node: syntax.Relation, context: Any) -> None:
    """``name = formula`` defines, if the name is bare and new; all else is a hypothesis."""
    lhs = node.lhs
    if isinstance(lhs, syntax.Builtin) and isinstance(node.rhs, syntax.Cases):
        return  # the usual words about δ_ij
    if isinstance(lhs, syntax.Name | syntax.FunctionName) and not getattr(lhs, "order", 0):
        known = context.entries.get(lhs.name)
        taken = lhs.name in givens.definitions or lhs.name in givens.components
        if known is not None and known.kind not in ("size", "index") and not taken:
            inside = reachable(givens, names_of_values(node.rhs))
            if lhs.name not in inside:
                givens.definitions[lhs.name] = node.rhs
                return
    if isinstance(lhs, syntax.Call) and isinstance(lhs.function, syntax.FunctionName):
        names = [a.name for a in lhs.arguments if isinstance(a, syntax.Name)]
        name = lhs.function.name
        if len(names) == len(lhs.arguments) and not lhs.function.order:
            itself = name in givens.functions and any(
                isinstance(n, syntax.FunctionName) and n.name == name for n in walk(node.rhs)
            )
            if name not in OPERATORS and name not in givens.formulas and not itself:
                givens.formulas[name] = (tuple(names), node.rhs)
                return
    if isinstance(lhs, syntax.Component) and isinstance(lhs.base, syntax.Name):
        letters = [i.name for i in lhs.indices if isinstance(i, syntax.Name)]
        name = lhs.base.name
        entry = context.entries.get(name)
        if len(letters) == len(lhs.indices) == len(set(letters)) and entry is not None:
            if entry.kind == "family" and not entry.spelled and name not in givens.families:
                givens.families[name] = (tuple(letters), node.rhs)
                return
            if name not in givens.definitions and name not in names_in(node.rhs):
                givens.components[name] = (tuple(letters), node.rhs)
                givens.definitions[name] = node.rhs
                return
    givens.equations.append(node)


def names_of_values(node: Any) -> set[str]:
    """Return the names that a tree refers to; a function that is applied is no value."""
    functions = {id(n.function) for n in walk(node) if isinstance(n, syntax.Call)}
    return {
        n.name
        for n in walk(node)
        if isinstance(n, syntax.Name | syntax.FunctionName) and id(n) not in functions
    }


def reachable(givens: Givens, names: set[str]) -> set[str]:
    seen: set[str] = set()
    waiting = set(names)
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for table in (givens.definitions,):
            if name in table:
                waiting |= names_of_values(table[name])
        for pairs in (givens.formulas, givens.families):
            if name in pairs:
                waiting |= names_of_values(pairs[name][1])
    return seen


def is_family(context: Any, name: str) -> bool:
    entry = context.entries.get(name)
    return entry is not None and entry.kind == "family" and not entry.spelled


class World:
    """One choice of sizes and numbers."""

    def __init__(
        self,
        givens: Givens,
        context: Any,
        seed: int,
        spread: int = 0,
        sizes: dict[str, int] | None = None,
    ) -> None:
        self.givens = givens
        self.context = context
        self.undeclared: dict[str, Any] = {}
        self.random = np.random.default_rng(seed)
        self.seed = seed
        self.positive = spread > 6  # where a logarithm has not been defined so far
        self.sizes: dict[str, int] = dict(sizes or {})
        written = {
            int(d.value)
            for dims in givens.shapes.values()
            for d in dims
            if isinstance(d, syntax.Number)
        }
        self.next = [n for n in SPREADS if n not in written and n not in self.sizes.values()]
        if spread:
            first = self.next[:4]
            self.random.shuffle(first)
            self.next[:4] = first
        self.values: dict[str, np.ndarray] = {}
        self.members: dict[Any, np.ndarray] = {}
        self.changes: dict[str, np.ndarray] = {}
        self.features: dict[str, Any] = {}
        self.definitions = givens.definitions
        self.families = givens.families
        self.functions = givens.functions
        self.formulas = {
            name: (letters, body, self.takes_number(name, letters))
            for name, (letters, body) in givens.formulas.items()
        }
        self.ones: int | None = None
        self.far = False
        if givens.ones is not None:
            self.ones = self.shape(givens.ones.dims)[0]
        for relation in givens.equations:
            self.equal_sizes(relation)

    def equal_sizes(self, relation: syntax.Relation) -> None:
        left, right = relation.lhs, relation.rhs
        if isinstance(left, syntax.Name) and self.is_size(left.name):
            if isinstance(right, syntax.Name) and self.is_size(right.name):
                self.sizes[left.name] = self.size(right.name)
            elif isinstance(right, syntax.Number):
                self.sizes[left.name] = int(right.value)

    # --- sizes ----------------------------------------------------------------------------

    def is_size(self, name: str) -> bool:
        entry = self.context.entries.get(name)
        if name in self.givens.naturals:
            return True
        known = name in self.givens.shapes or name in self.definitions or name in self.undeclared
        return not known and (entry is None or entry.kind == "size")

    def size(self, name: str) -> int:
        if name not in self.sizes:
            if not self.is_size(name):
                raise Unknown(f"the size {name}")
            if not self.next:
                raise Unknown("too many sizes")
            self.sizes[name] = self.next.pop(0)
        return self.sizes[name]

    def extent(self, node: syntax.Node) -> int:
        return Evaluator(self, "denominator").integer(node)

    def shape(self, dims: tuple[syntax.Node, ...]) -> tuple[int, ...]:
        if not dims:
            return ()
        if len(dims) > 2:
            raise Unknown("a tensor that is given")
        found = tuple(self.extent(d) for d in dims)
        return (*found, 1) if len(found) == 1 else found

    def index_range(self, letter: str) -> int | None:
        high = self.givens.ranges.get(letter)
        return None if high is None else self.extent(high)

    # --- values ---------------------------------------------------------------------------

    def value(self, name: str) -> np.ndarray:
        if name not in self.values:
            self.values[name] = self.drawn(name)
        return self.values[name]

    def touch(self, step: Any) -> None:
        """Give every size that the givens and the step name its number, in the order they stand."""
        for dims in self.givens.shapes.values():
            for node in walk(dims):
                if isinstance(node, syntax.Name) and self.is_size(node.name):
                    self.size(node.name)
        for shape in self.undeclared.values():
            for length in shape:
                for symbol in sorted(length.free_symbols, key=str):
                    self.sizes.setdefault(str(symbol), self.next[0])
                    if self.sizes[str(symbol)] == self.next[0]:
                        self.next.pop(0)

    def drawn(self, name: str) -> np.ndarray:
        if name in self.undeclared:
            known = {s: self.sizes[str(s)] for k in self.undeclared[name] for s in k.free_symbols}
            shape = tuple(int(k.subs(known)) for k in self.undeclared[name])
            made = self.normal(shape)
            return made if made.size != 1 or not shape else made.reshape(())
        if name in self.sizes or (name not in self.givens.shapes and self.is_size(name)):
            return np.asarray(float(self.size(name)))
        if name not in self.givens.shapes:
            raise Unknown(f"no value for {name}")
        shape = self.shape(self.givens.shapes[name])
        space = self.givens.spaces.get(name)
        if space is not None and space.kind == "set":
            return self.of_set(space, shape)
        made = self.normal(shape)
        if space is not None and space.word:
            made = np.abs(made) + 0.1
        for node in self.givens.conditions:
            made = self.fitted(node, name, made)
        return made if made.shape != (1, 1) else made.reshape(())

    def normal(self, shape: tuple[int, ...]) -> np.ndarray:
        sign = 1.0 if self.positive else self.random.choice((-1.0, 1.0), shape)
        return self.random.uniform(0.3, 1.3, shape) * sign

    def fitted(self, node: syntax.Node, name: str, made: np.ndarray) -> np.ndarray:
        """Start where a property of one name holds."""
        square = made.ndim == 2 and made.shape[0] == made.shape[1]
        if isinstance(node, syntax.Property) and self.about(node.subjects, name):
            words = node.words.lower().replace("-", " ")
            if "definite" in words and square:
                return made @ made.T + 0.5 * np.eye(len(made)) * ("semi" not in words)
            if "diagonal" in words and square:
                return made * np.eye(len(made))
            if "permutation" in words and square:
                return np.eye(len(made))[self.random.permutation(len(made))]
            if "orthogonal projection" in words and square:
                basis = np.linalg.qr(made[:, : max(1, len(made) // 2)])[0]
                return basis @ basis.T
            if "unit" in words and made.ndim == 2:
                return made / np.linalg.norm(made)
            if "orthogonal" in words and square:
                return np.linalg.qr(made)[0]
            if "idempotent" in words and square and len(made) > 1:
                half = made[:, : max(1, len(made) // 2)]
                other = self.normal(half.shape)
                return half @ np.linalg.inv(other.T @ half) @ other.T
            if "symmetric" in words and square:
                skew = "skew" in words or "anti" in words
                return made - made.T if skew else made + made.T
            if words.strip().endswith("positive"):
                return np.abs(made)
        left = node.lhs if isinstance(node, syntax.Relation) else None
        left = left.base if isinstance(left, syntax.Component) else left
        if isinstance(node, syntax.Relation) and isinstance(left, syntax.Name):
            if left.name == name or name in node.names:
                if node.sign in (r"\succ", r"\succeq") and square:
                    return made @ made.T + 0.5 * np.eye(len(made))
                if node.sign in (">", r"\geq") and isinstance(node.rhs, syntax.Number):
                    return np.abs(made) + float(node.rhs.value)
                if node.sign in ("<", r"\leq") and isinstance(node.rhs, syntax.Number):
                    return float(node.rhs.value) - np.abs(made)
        return made

    @staticmethod
    def about(subjects: tuple[syntax.Node, ...], name: str) -> bool:
        return any(isinstance(s, syntax.Name) and s.name == name for s in subjects)

    def is_family(self, name: str) -> bool:
        return is_family(self.context, name)

    def is_primitive(self, name: str) -> bool:
        return name in self.givens.shapes and name not in self.definitions

    def spelled(self, name: str) -> tuple[str, ...]:
        r"""Return the index letters in a name such as ``J^{ij}``."""
        entry = self.context.entries.get(name)
        return entry.letters if entry is not None and entry.spelled else ()

    def family_range(self, name: str) -> list[int]:
        entry = self.context.entries.get(name)
        found = [r for r in entry.range if r.is_Symbol or r.is_Integer]
        return [int(r) if r.is_Integer else self.size(str(r)) for r in found]

    def member(self, family: str, at: tuple[int, ...]) -> np.ndarray:
        if family not in self.givens.family_shapes:
            raise Unknown(f"no members of {family}")
        key = (family, at)
        if key not in self.members:
            _, space = self.givens.family_shapes[family]
            if space.kind == "set":
                self.members[key] = self.of_set(space, self.shape(space.dims))
                return self.members[key]
            made = self.normal(self.shape(space.dims))
            self.members[key] = np.abs(made) + 0.1 if space.word else made
        return self.members[key]

    def of_set(self, space: syntax.Space, shape: tuple[int, ...]) -> np.ndarray:
        members = [float(x) for x in re.findall(r"-?\d+", space.word)]
        if not members:
            raise Unknown("a set of values")
        return np.asarray(self.random.choice(members, shape))

    def define(self, evaluator: Evaluator, name: str) -> Jet:
        made = self.defined(evaluator, name)
        if name in self.givens.shapes and made.shape != (
            want := self.shape(self.givens.shapes[name])
        ):
            if want not in ((1, 1), (1,)) and not (
                made.core == 0 and is_zero(self.definitions[name])
            ):
                raise ShapeError(f"{name} is {made.shape}, not {want}")
            if made.core == 0 and want:
                return constant(np.zeros(want)) if want != (1, 1) else made
        return made

    def defined(self, evaluator: Evaluator, name: str) -> Jet:
        if name not in self.givens.components:
            return evaluator.value(self.definitions[name])
        letters, body = self.givens.components[name]
        if name in self.givens.shapes:
            shape = self.shape(self.givens.shapes[name])
            lengths = [s for s in shape if s != 1]
        else:
            with evaluator.at(dict.fromkeys(letters, 1)):
                lengths = [evaluator.range_of(letter, body) for letter in letters]
            shape = (*lengths, 1) if len(lengths) == 1 else tuple(lengths)
        if len(lengths) != len(letters):
            raise Unknown("entries of another order")
        cells = []
        for at in itertools.product(*[range(1, n + 1) for n in lengths]):
            with evaluator.at(dict(zip(letters, at, strict=True))):
                cells.append(evaluator.number(body))
        return stacked(cells, shape)

    # --- functions ------------------------------------------------------------------------

    def is_function(self, name: str) -> bool:
        # vec, exp, σ(·) … stay themselves when a signature is given for them
        return name in self.formulas or (name in self.functions and name in self.context.entries)

    def takes_number(self, name: str, letters: tuple[str, ...]) -> bool | None:
        """Whether a formula's one parameter is a number; None when nothing says so."""
        signature = self.functions.get(name)
        if signature is not None:
            return len(signature.domains) == 1 and not signature.domains[0].dims
        if len(letters) == 1 and letters[0] in self.givens.shapes:
            return not self.givens.shapes[letters[0]]
        return None

    def only_arguments(self, name: str) -> tuple[syntax.Node, ...] | None:
        """Return the arguments that a function has wherever it is applied."""
        from derivcheck.language.context import plain

        found = {}
        for tree in self.givens.trees:
            for node in walk(tree):
                if isinstance(node, syntax.Call) and isinstance(node.function, syntax.FunctionName):
                    if node.function.name == name:
                        found[tuple(plain(a) for a in node.arguments)] = node.arguments
        return next(iter(found.values())) if len(found) == 1 else None

    def apply(self, name: str, order: int, arguments: list[Jet]) -> Jet:
        """Apply an arbitrary smooth function: a sum of sines of linear forms, drawn once."""
        signature = self.functions[name]
        domains = [self.shape(d.dims) for d in signature.domains]
        codomain = self.shape(signature.codomain.dims)
        if len(domains) != len(arguments):
            raise ShapeError("arguments")
        if domains == [()] and not codomain:
            w, b, c = self.feature(name, 1, ())
            (value,) = arguments
            if value.core > 2:
                raise Unknown("a function of a tensor")

            def derivative(k: int, t: np.ndarray) -> np.ndarray:
                terms = _sin(k + order, w[:, 0] * t[..., None] + b)
                return np.asarray((c * w[:, 0] ** (k + order) * terms).sum(axis=-1))

            return applied(value, derivative)
        if order:
            raise Unknown("a prime of a function of many numbers")
        flat = []
        for value, domain in zip(arguments, domains, strict=True):
            if value.shape != domain and not (value.real.size == 1 and np.prod(domain) == 1):
                raise ShapeError(f"{name} of {value.shape}")
            size, core = value.real.size, value.core
            flat.append(
                value.map(lambda a, s=size, k=core: a.reshape((*a.shape[: a.ndim - k], s)), 1)
            )
        w, b, c = self.feature(name, sum(f.real.size for f in flat), codomain)
        total: Jet | None = None
        at = 0
        for value in flat:
            size = value.real.size
            part = value.map(lambda a, s=slice(at, at + size): a @ w[:, s].T, 1)
            at += size
            if total is None:
                total = part
            else:
                total = Jet(
                    {
                        m: total.parts.get(m, 0) + part.parts.get(m, 0)
                        for m in total.parts.keys() | part.parts.keys()
                    },
                    1,
                )
        assert total is not None
        shifted = Jet({m: p + b if not m else p for m, p in total.parts.items()}, 1)
        waves = applied(shifted, _sin)
        return waves.map(lambda a: (a @ c).reshape(a.shape[:-1] + codomain), len(codomain))

    def is_curve(self, name: str) -> bool:
        """Whether a function takes one number to a vector or matrix."""
        signature = self.functions[name]
        return not signature.domains[0].dims and bool(signature.codomain.dims)

    def is_symmetric(self, name: str) -> bool:
        """Whether the values of a function are given to be their own transposes."""
        return any(
            isinstance(e.lhs, syntax.Call)
            and isinstance(e.rhs, syntax.Transpose)
            and names_in(e.lhs) == names_in(e.rhs)
            and isinstance(e.lhs.function, syntax.FunctionName)
            and e.lhs.function.name == name
            for e in self.givens.equations
        )

    def feature(self, name: str, size: int, codomain: tuple[int, ...]) -> Any:
        if name not in self.features:
            # of its own, so that a function does not depend on the order of evaluation
            random = np.random.default_rng([self.seed, *name.encode()])
            w = random.normal(size=(FEATURES, size)) / np.sqrt(size)
            b = random.uniform(0, 6, FEATURES)
            c = random.normal(size=(FEATURES, int(np.prod(codomain, dtype=int))))
            if codomain and self.is_symmetric(name):
                c = c.reshape(FEATURES, *codomain)
                c = (c + np.swapaxes(c, -1, -2)).reshape(FEATURES, -1)
            self.features[name] = (w, b, c[:, 0] if not codomain else c)
        return self.features[name]

    # --- what varies ----------------------------------------------------------------------

    def shares_ancestor(self, names: set[str], name: str) -> bool:
        """Whether a tree and a defined name depend on the same numbers."""
        if name not in self.definitions:
            return False
        mine = reachable(self.givens, names_of_values(self.definitions[name]))
        own = {n for n in reachable(self.givens, names) if not self.is_size(n)}
        return bool((own & mine) - set(self.functions) - set(self.formulas))

    def depend(self, names: set[str], wanted: set[str]) -> bool:
        """Whether two sets of names depend on the same numbers."""
        ours, theirs = (
            {n for n in reachable(self.givens, some) if n not in self.functions}
            for some in (names, wanted)
        )
        known = {*self.givens.shapes, *self.definitions, *self.undeclared, *self.families}
        return bool(ours & theirs & (known | self.givens.family_shapes.keys()))

    def varied(self) -> set[str]:
        return {
            node.body.name
            for tree in self.givens.trees
            for node in walk(tree)
            if isinstance(node, syntax.Differential) and isinstance(node.body, syntax.Name)
        }

    def free_to_vary(self, _: Any) -> list[str]:
        """Return the names whose differential is written; defined ones follow what they are made of."""
        names = self.varied()
        found = []
        for name in sorted(names):
            if self.is_family(name) or self.is_constant(name):
                continue
            made_of = set()
            if name in self.definitions:
                made_of = reachable(self.givens, names_of_values(self.definitions[name])) - {name}
            if not made_of & (names - {name}):
                found.append(name)
        return found

    def is_constant(self, name: str) -> bool:
        if any(
            isinstance(e.lhs, syntax.Differential)
            and isinstance(e.lhs.body, syntax.Name)
            and e.lhs.body.name == name
            and is_zero(e.rhs)
            for e in self.givens.equations
        ):
            return True
        return any(
            isinstance(c, syntax.Property)
            and "constant" in c.words
            and self.about(c.subjects, name)
            for c in self.givens.conditions
        )

    def change(self, name: str) -> np.ndarray:
        if name not in self.changes:
            evaluator = Evaluator(self, "denominator")
            for equation in self.givens.equations:
                left = equation.lhs
                if isinstance(left, syntax.Differential) and isinstance(left.body, syntax.Name):
                    if left.body.name == name and not is_zero(equation.rhs):
                        self.changes[name] = evaluator.value(equation.rhs).real
                        return self.changes[name]
            self.changes[name] = self.normal(evaluator.named(name).shape)
        return self.changes[name]

    # --- what is given --------------------------------------------------------------------

    def settle(self, layout: str, chosen: dict[Any, int]) -> None:
        """Move the numbers to where all given equations hold, and check the conditions.

        Raises:
            NotHere: no such point was found.
        """
        equations = [
            e
            for e in self.givens.equations
            if not isinstance(e.lhs, syntax.Differential)
            and not (isinstance(e.lhs, syntax.Name) and self.is_size(e.lhs.name))
        ]
        pairs = [(e.lhs, e.rhs) for e in equations] + self.properties()
        if pairs:
            self.solve(pairs, layout, chosen)
        evaluator = Evaluator(self, layout)
        evaluator.chosen = chosen
        for condition in self.givens.conditions:
            self.check(evaluator, condition)

    def properties(self) -> list[Any]:
        """Return the equations that words stand for, about names that are not drawn to satisfy them."""
        found: list[Any] = []
        for node in self.givens.conditions:
            subjects: tuple[syntax.Node, ...] = ()
            if isinstance(node, syntax.Property):
                words, subjects = node.words.lower(), node.subjects
            elif isinstance(node, syntax.Relation) and node.sign in (r"\succ", r"\succeq"):
                words, subjects = "symmetric", (node.lhs,)
            for subject in subjects:
                if not isinstance(subject, syntax.FunctionName):
                    found += [(subject, rule) for rule in equations_of(words)]
        return found

    def residuals(
        self, pairs: list[Any], layout: str, chosen: Any, moved: dict[str, Jet]
    ) -> list[Jet]:
        evaluator = Evaluator(self, layout)
        evaluator.chosen = chosen
        evaluator.depth = 1  # the first infinitesimal is that of the numbers sought
        made = []
        with evaluator.where(moved):
            for left, right in pairs:
                if isinstance(right, str):
                    made.append(RULES[right](evaluator.value(left).grid()))
                    continue
                for at in self.assignments(evaluator, (left, right)):
                    with evaluator.at(at):
                        made.append(difference(evaluator, left, right))
        return made

    def assignments(self, evaluator: Evaluator, trees: Any) -> list[dict[str, int]]:
        """Return all positions of the indices that stand free in trees."""
        letters = free_letters(trees, self.givens, self.context)
        ranges = []
        for letter in letters:
            known = self.index_range(letter)
            if known is None:
                evaluator.ranges = {}
                with evaluator.at(dict.fromkeys(letters, 1)):
                    for tree in trees:
                        evaluator.value(tree)
                sizes = evaluator.ranges.get(letter, set())
                if len(sizes) != 1:
                    raise Unknown("the range of an index")
                known = sizes.pop()
            ranges.append(range(1, known + 1))
        return [dict(zip(letters, at, strict=True)) for at in itertools.product(*ranges)]

    def solve(self, pairs: list[Any], layout: str, chosen: dict[Any, int]) -> None:
        names: set[str] = set()
        for left, right in pairs:
            names |= names_in(left) | (names_in(right) if not isinstance(right, str) else set())
        self.residuals(pairs, layout, chosen, {})  # draws all that is needed
        free = [
            n
            for n in sorted(reachable(self.givens, names))
            if n in self.values and n in self.givens.shapes and n not in self.definitions
            if n not in self.givens.spaces or self.givens.spaces[n].kind != "set"
        ]
        for _ in range(40):
            lengths = [self.values[n].size for n in free]
            total, at, moved = sum(lengths), 0, {}
            for n, length in zip(free, lengths, strict=True):
                shape = self.values[n].shape
                step = np.zeros((total, length))
                step[at : at + length] = np.eye(length)
                parts = {
                    frozenset(): self.values[n],
                    frozenset([1]): step.reshape((total, *shape)),
                }
                moved[n] = Jet(parts, len(shape))
                at += length
            found = self.residuals(pairs, layout, chosen, moved)
            flat = np.concatenate([f.real.ravel() for f in found])
            size = np.abs(flat).max(initial=0.0)
            if size < 1e-13:
                return
            if not total:
                break
            columns = []
            for f in found:
                part = f.parts.get(frozenset([1]), np.zeros((total, *f.real.shape)))
                columns.append(np.broadcast_to(part, (total, *f.real.shape)).reshape(total, -1))
            jacobian = np.concatenate(columns, axis=1).T
            move = np.linalg.lstsq(jacobian, -flat, rcond=1e-10)[0]
            biggest = np.abs(move).max(initial=0.0)
            if biggest < 1e-14 and size < 1e-11:
                return
            move *= min(1.0, 2.0 / (biggest + 1e-300))
            at = 0
            for n, length in zip(free, lengths, strict=True):
                self.values[n] = self.values[n] + move[at : at + length].reshape(
                    self.values[n].shape
                )
                at += length
        if size > 1e-10:
            raise NotHere("no example of the hypotheses was found")

    def check(self, evaluator: Evaluator, node: syntax.Node) -> None:
        """Check an inequality or a property.

        Raises:
            NotHere: it does not hold at this point.
            Unknown: it is not known.
        """
        if isinstance(node, syntax.Property):
            words = node.words.lower().replace("-", " ")
            if "analytic" in words:
                raise Unknown("an analytic function of matrices")
            for subject in node.subjects:
                if isinstance(subject, syntax.FunctionName):
                    continue
                if any(w in words for w in ("independent", "random")):
                    raise Unknown(f"the property {words}")
                value = evaluator.value(subject).real
                if "definite" in words and value.ndim == 2:
                    low = np.linalg.eigvalsh(value).min()
                    if low < (-1e-9 if "semi" in words else 1e-3):
                        raise NotHere("not positive definite here")
                elif "column rank" in words or "row rank" in words:
                    tall = value.shape[0] >= value.shape[1]
                    wide = value.shape[0] <= value.shape[1]
                    if not (tall if "column" in words else wide):
                        raise NotHere("no full rank at these sizes")
                elif "invertible" in words or "singular" in words or "rank" in words:
                    if value.ndim == 2 and np.linalg.svd(value)[1].min() < 1e-3:
                        raise NotHere("nearly singular here")
                elif "positive" in words and np.any(value <= 0):
                    raise NotHere("not positive here")
            return
        if not isinstance(node, syntax.Relation) or node.lhs is None or node.sign == r"\in":
            return
        if node.sign in (r"\succ", r"\succeq"):
            value = evaluator.value(node.lhs).grid().real
            if np.linalg.eigvalsh(value).min() < 1e-6:
                raise NotHere("not positive definite here")
            return
        for at in self.assignments(evaluator, (node.lhs, node.rhs)):
            with evaluator.at(at):
                gap = difference(evaluator, node.lhs, node.rhs).real
                gap = -gap if is_zero(node.lhs) else gap
                holds = {
                    ">": gap > 0, r"\geq": gap >= 0, "<": gap < 0, r"\leq": gap <= 0,
                    r"\neq": np.any(np.abs(gap) > 1e-9),
                }  # fmt: skip
                if node.sign not in holds:
                    raise Unknown(f"the relation {node.sign}")
                if not np.all(holds[node.sign]):
                    raise NotHere("a condition fails here")


def equations_of(words: str) -> list[str]:
    words = words.replace("-", " ")
    found = []
    if "skew" in words or "anti" in words:
        found.append("antisymmetric")
    elif "symmetric" in words or "definite" in words:
        found.append("symmetric")
    if "orthogonal projection" in words:
        found += ["symmetric", "idempotent"]
    elif "orthogonal" in words:
        found.append("orthogonal")
    if "unit" in words:
        found.append("unit")
    if "diagonal" in words:
        found.append("diagonal")
    if "idempotent" in words:
        found.append("idempotent")
    return found


def _minus(left: Jet, right: Jet) -> Jet:
    from numeric_jets import added

    return added(left, right, -1)


def _idempotent(a: Jet) -> Jet:
    from numeric_jets import contracted

    return _minus(contracted(a, a), a)


def _orthogonal(a: Jet) -> Jet:
    from numeric_jets import contracted

    return _minus(contracted(a.rows(), a), constant(np.eye(a.shape[0])))


def _unit(a: Jet) -> Jet:
    from numeric_jets import contracted

    return _minus(contracted(a.rows(), a), constant(np.eye(1)))


RULES = {
    "symmetric": lambda a: _minus(a, a.rows()),
    "antisymmetric": lambda a: _minus(a, a.map(lambda x: -np.swapaxes(x, -1, -2), 2)),
    "diagonal": lambda a: a.map(lambda x: x * (1 - np.eye(x.shape[-1])), 2),
    "idempotent": _idempotent,
    "orthogonal": _orthogonal,
    "unit": _unit,
}


def difference(evaluator: Evaluator, left: syntax.Node, right: syntax.Node) -> Jet:
    """Return left − right; a bare zero takes the other's shape."""
    if is_zero(right):
        return evaluator.value(left)
    if is_zero(left):
        return evaluator.value(right)
    return _minus(evaluator.value(left), evaluator.value(right))


def free_letters(trees: Any, givens: Givens, context: Any) -> list[str]:
    """Return the index letters that stand free in trees, sorted."""
    found: set[str] = set()

    def visit(node: Any, bound: frozenset[str]) -> None:
        if isinstance(node, tuple):
            for part in node:
                visit(part, bound)
        elif isinstance(node, syntax.BigOperator):
            inside = bound | set(node.indices)
            visit(node.lower, bound)
            visit(node.upper, bound)
            visit(node.body, inside)
        elif isinstance(node, syntax.Name):
            entry = context.entries.get(node.name)
            if entry is not None and entry.spelled:
                found.update(letter for letter in entry.letters if letter not in bound)
            index = node.name in givens.ranges or entry is None or entry.kind == "index"
            if index and node.name not in bound and is_index(node.name, givens, context):
                found.add(node.name)
        elif isinstance(node, syntax.Node):
            for slot in node.__struct_fields__:
                visit(getattr(node, slot), bound)

    visit(tuple(trees), frozenset())
    return sorted(found)


def is_index(name: str, givens: Givens, context: Any) -> bool:
    if name in givens.ranges:
        return True
    entry = context.entries.get(name)
    if entry is not None:
        return entry.kind == "index"
    return name in givens_letters(givens)


def givens_letters(givens: Givens) -> set[str]:
    """Return the names that index something in the document."""
    return {
        i.name
        for tree in givens.trees
        for node in walk(tree)
        if isinstance(node, syntax.Component)
        for i in node.indices
        if isinstance(i, syntax.Name)
    }


__all__ = ["Givens", "World", "along", "collect"]
