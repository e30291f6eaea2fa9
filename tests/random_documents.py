r"""Random documents: steps that are true by construction, and the same with a slip.

An expression is a small tree of its own that knows its shape and how it is written; nothing of
derivcheck is used. A true step is made by laws of the calculus, applied at random places, by
unfolding definitions, by using what is given, or by the rules of reverse differentiation; in all
three layouts. Everything follows from one seed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

Shape = tuple[str, ...]
NUMBER: Shape = ()
LAYOUTS = ("denominator", "numerator", "mixed")


@dataclass(frozen=True)
class E:
    """An expression: an operation on expressions, with its shape."""

    op: str
    args: tuple[E, ...] = ()
    shape: Shape = NUMBER
    word: str = ""

    @property
    def square(self) -> bool:
        return len(self.shape) == 2 and self.shape[0] == self.shape[1]


NAMES: dict[str, Shape] = {
    "A": ("n", "n"), "B": ("n", "n"), "C": ("n", "n"), "S": ("n", "n"),
    "M": ("m", "n"), "N": ("m", "n"), "Q": ("m", "n"), "P": ("n", "m"), "R": ("m", "m"),
    "x": ("n", "1"), "y": ("n", "1"), "u": ("m", "1"), "v": ("m", "1"),
    "G": ("n", "n"), "s": (), "t": (),
}  # fmt: skip
FREE = tuple(name for name in NAMES if name not in ("S", "Q"))
VARIED = ("M", "x")
"""The names whose differentials a document may write."""
GIVEN = r"""
  - 'A, B, C, S, G \in \mathbb{R}^{n \times n}'
  - 'M, N, Q \in \mathbb{R}^{m \times n}'
  - 'P \in \mathbb{R}^{n \times m}'
  - 'R \in \mathbb{R}^{m \times m}'
  - 'x, y \in \mathbb{R}^n'
  - 'u, v \in \mathbb{R}^m'
  - 's, t \in \mathbb{R}'
  - 'g, h: \mathbb{R} \to \mathbb{R}'
  - 'L: \mathbb{R}^n \to \mathbb{R}'
  - 'F: \mathbb{R}^{m \times n} \to \mathbb{R}'
  - 'S = S^\top'
  - 'Q^\top Q = I'
  - 'G \text{ invertible}'
  - 'i, k \in \{1, \dots, n\}'
  - 'j \in \{1, \dots, m\}'
"""
SIZES = ("n", "n", "m", "1")


# --- building ---------------------------------------------------------------------------------------


def name(word: str, shape: Shape | None = None) -> E:
    return E("name", (), NAMES[word] if shape is None else shape, word)


def number(word: str) -> E:
    return E("number", (), NUMBER, word)


def transpose(a: E) -> E:
    if a.op == "transpose":
        return a.args[0]
    return a if not a.shape else E("transpose", (a,), (a.shape[1], a.shape[0]))


def product(a: E, b: E) -> E:
    if not a.shape or not b.shape:
        return E("scaled", (a, b) if not a.shape else (b, a), a.shape or b.shape)
    shape: Shape = (a.shape[0], b.shape[1])
    return E("product", (a, b), NUMBER if shape == ("1", "1") else shape)


def total(a: E, b: E) -> E:
    return E("sum", (a, b), a.shape)


def negative(a: E) -> E:
    return E("negative", (a,), a.shape)


def hadamard(a: E, b: E) -> E:
    return E("hadamard", (a, b), a.shape) if a.shape else product(a, b)


def entrywise(word: str, a: E) -> E:
    return E("call", (a,), a.shape, word)


def value(word: str, a: E) -> E:
    return E("call", (a,), NUMBER, word)


def gradient_of(word: str, a: E) -> E:
    """∇L(a), with the shape that it has in denominator layout."""
    return E("nabla", (a,), a.shape, word)


def trace(a: E) -> E:
    return a if not a.shape else E("trace", (a,))


def inner(a: E, b: E) -> E:
    return product(a, b) if not a.shape else E("inner", (a, b))


def diagonal(a: E) -> E:
    if not a.shape:
        return a
    if a.shape[1] == "1":
        return E("diag", (a,), (a.shape[0], a.shape[0]))
    return E("diag", (a,), (a.shape[0], "1"))


def square_norm(a: E) -> E:
    return E("norm", (a,))


def vec(a: E) -> E:
    return E("vec", (a,), (_times(*a.shape), "1"))


def kronecker(a: E, b: E) -> E:
    if not a.shape or not b.shape:
        return product(a, b)
    rows, columns = (_times(p, q) for p, q in zip(a.shape, b.shape, strict=True))
    return E("kronecker", (a, b), (rows, columns))


def _times(p: str, q: str) -> str:
    return " ".join(size for size in (p, q) if size != "1") or "1"


def inverse(a: E) -> E:
    return E("inverse", (a,), a.shape)


def entry(a: E, *at: str) -> E:
    return E("entry", (a,), NUMBER, "".join(at))


def count(letter: str, size: str, body: E) -> E:
    return E("count", (body,), NUMBER, f"{letter} {size}")


def change(word: str) -> E:
    return E("change", (), NAMES[word], word)


def ones(size: str) -> E:
    return number("1") if size == "1" else E("ones", (), (size, "1"))


def identity(size: str) -> E:
    return number("1") if size == "1" else E("identity", (), (size, size))


# --- writing ----------------------------------------------------------------------------------------

LOOSE, TENSOR, FACTOR, ATOM = range(4)


def latex(e: E, layout: str, tight: int = LOOSE) -> str:
    """Write an expression; brackets where its sign binds looser than its surroundings."""
    text, own = _written(e, layout)
    return text if own >= tight else rf"\left( {text} \right)"


def _written(e: E, layout: str) -> tuple[str, int]:
    def part(k: int, tight: int) -> str:
        return latex(e.args[k], layout, tight)

    match e.op:
        case "name":
            return e.word, ATOM
        case "number":
            return e.word, ATOM if not e.word.startswith("-") else LOOSE
        case "sum":
            second = e.args[1]
            if second.op == "negative":
                return f"{part(0, LOOSE)} - {latex(second.args[0], layout, TENSOR)}", LOOSE
            return f"{part(0, LOOSE)} + {part(1, TENSOR)}", LOOSE
        case "negative":
            return f"-{part(0, TENSOR)}", LOOSE
        case "product":
            return f"{part(0, FACTOR)} {part(1, ATOM)}", FACTOR
        case "scaled":
            return f"{part(0, ATOM)} {part(1, ATOM)}", FACTOR
        case "half":
            return rf"\frac{{1}}{{2}} {part(0, ATOM)}", FACTOR
        case "transpose":
            base = part(0, ATOM)
            if base.endswith((r"\top", "}")) and e.args[0].op in ("transpose", "inverse"):
                base = rf"\left( {base} \right)"
            return rf"{base}^\top", ATOM if e.args[0].op == "name" else FACTOR
        case "inverse":
            return f"{part(0, ATOM)}^{{-1}}", ATOM
        case "entry":
            return rf"{part(0, ATOM)}_{{{e.word}}}", ATOM
        case "count":
            letter, size = e.word.split()
            return rf"\sum_{{{letter}=1}}^{{{size}}} {part(0, FACTOR)}", LOOSE
        case "change":
            return rf"\mathrm{{d}} {e.word}", FACTOR
        case "hadamard":
            return rf"{part(0, FACTOR)} \odot {part(1, FACTOR)}", TENSOR
        case "kronecker":
            return rf"{part(0, FACTOR)} \otimes {part(1, FACTOR)}", TENSOR
        case "call":
            return f"{e.word}({part(0, LOOSE)})", ATOM
        case "nabla":
            text = rf"\nabla {e.word}({part(0, LOOSE)})"
            return (rf"\left( {text} \right)^\top" if layout == "numerator" else text), FACTOR
        case "trace":
            return rf"\operatorname{{tr}}({part(0, LOOSE)})", ATOM
        case "inner":
            return rf"\langle {part(0, LOOSE)}, {part(1, LOOSE)} \rangle", ATOM
        case "diag":
            return rf"\operatorname{{diag}}({part(0, LOOSE)})", ATOM
        case "vec":
            return rf"\operatorname{{vec}}({part(0, LOOSE)})", ATOM
        case "norm":
            kind = "2" if e.args[0].shape[1] == "1" else "F"
            return rf"\|{part(0, LOOSE)}\|_{kind}^2", ATOM
        case "ones":
            return rf"\mathbf{{1}}_{{{e.shape[0]}}}", ATOM
        case "identity":
            return f"I_{{{e.shape[0]}}}", ATOM
        case "unvec":
            rows, columns = e.shape
            return (
                rf"\operatorname{{vec}}^{{-1}}_{{{rows} \times {columns}}}({part(0, LOOSE)})",
                ATOM,
            )
        case _:
            raise ValueError(e.op)


# --- drawing ----------------------------------------------------------------------------------------


class Writer:
    """Draws expressions, rewritings, slips and documents from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.defined: dict[str, E] = {}
        self.layout = self.random.choice(LAYOUTS)
        self.moving = self.random.random() < 0.3

    def pick(self, *options):
        return self.random.choice(options)

    def leaf(self, shape: Shape) -> E:
        fitting = [name(n) for n in (*FREE, "S", "Q") if NAMES[n] == shape]
        fitting += [transpose(name(n)) for n in (*FREE, "Q") if shape and NAMES[n] == shape[::-1]]
        fitting += [name(n, e.shape) for n, e in self.defined.items() if e.shape == shape]
        if not shape:
            fitting += [number("2"), number("3"), number("n")]
        if len(shape) == 2 and shape[0] == shape[1]:
            fitting += [identity(shape[0])]
        if shape == ("n", "n"):
            fitting += [inverse(name("G"))]
        if len(shape) == 2 and shape[1] == "1":
            fitting += [ones(shape[0])]
        if len(shape) == 2 and shape[0] == "1":
            fitting += [transpose(ones(shape[1]))]
        return self.random.choice(fitting)

    def shape(self) -> Shape:
        return self.pick(
            (), (), ("n", "1"), ("m", "1"), ("n", "n"), ("m", "n"), ("n", "m"), ("1", "n")
        )

    def expression(self, shape: Shape, depth: int) -> E:
        if depth <= 0 or self.random.random() < 0.1:
            return self.leaf(shape)
        rules = [self._sum, self._sum, self._product, self._product, self._scaled, self._entrywise]
        if not shape:
            rules += [self._trace, self._inner, self._norm, self._value, self._value]
        else:
            rules += [self._transpose, self._hadamard, self._product]
            if shape[1] == "1" or shape[0] == shape[1]:
                rules += [self._diag]
        return self.random.choice(rules)(shape, depth - 1)

    def _sum(self, shape: Shape, depth: int) -> E:
        second = self.expression(shape, depth)
        return total(self.expression(shape, depth), self.pick(second, negative(second)))

    def _product(self, shape: Shape, depth: int) -> E:
        rows, columns = shape or ("1", "1")
        middle = self.random.choice([s for s in SIZES if shape or s != "1"])
        return product(
            self.expression(_plain((rows, middle)), depth),
            self.expression(_plain((middle, columns)), depth),
        )

    def _scaled(self, shape: Shape, depth: int) -> E:
        return product(self.expression(NUMBER, depth - 1), self.expression(shape, depth))

    def _entrywise(self, shape: Shape, depth: int) -> E:
        return entrywise(
            self.pick("g", "h", "g'", r"\exp", r"\tanh", r"\sigma"), self.expression(shape, depth)
        )

    def _hadamard(self, shape: Shape, depth: int) -> E:
        return hadamard(self.expression(shape, depth), self.expression(shape, depth))

    def _transpose(self, shape: Shape, depth: int) -> E:
        return transpose(self.expression(shape[::-1], depth))

    def _diag(self, shape: Shape, depth: int) -> E:
        n = shape[0]
        return diagonal(self.expression((n, n) if shape[1] == "1" else (n, "1"), depth))

    def _trace(self, _: Shape, depth: int) -> E:
        n = self.pick("n", "m")
        return trace(self.expression((n, n), depth))

    def _inner(self, _: Shape, depth: int) -> E:
        shape = self.pick(("n", "1"), ("m", "n"))
        return inner(self.expression(shape, depth), self.expression(shape, depth))

    def _norm(self, _: Shape, depth: int) -> E:
        return square_norm(self.expression(self.pick(("n", "1"), ("m", "n")), depth))

    def _value(self, _: Shape, depth: int) -> E:
        word, shape = self.pick(("L", ("n", "1")), ("F", ("m", "n")))
        return value(word, self.expression(shape, depth))

    # --- true steps ---------------------------------------------------------------------------

    def rewritten(self, e: E, times: int) -> E:
        """Apply laws at random places."""
        for _ in range(times):
            places = list(_places(e))
            self.random.shuffle(places)
            for path, part in places:
                options = list(self.laws(part))
                if options:
                    e = _replaced(e, path, self.random.choice(options))
                    break
        return e

    def laws(self, e: E) -> Iterator[E]:
        """Yield what is equal to an expression by one law."""
        match e.op, e.args:
            case "name", ():
                if e.word in self.defined:
                    yield self.defined[e.word]
                if e.word == "S":
                    yield transpose(e)
            case "sum", (a, b):
                yield total(b, a)
                if a.op == "sum":
                    yield total(a.args[0], total(a.args[1], b))
            case "negative", (a,):
                yield product(number("-1"), a)
                if a.op == "sum":
                    yield total(negative(a.args[0]), negative(a.args[1]))
            case "product", (a, b):
                if a.op == "product":
                    yield product(a.args[0], product(a.args[1], b))
                if b.op == "product":
                    yield product(product(a, b.args[0]), b.args[1])
                if a.op == "sum":
                    yield total(product(a.args[0], b), product(a.args[1], b))
                if b.op == "sum":
                    yield total(product(a, b.args[0]), product(a, b.args[1]))
                if not e.shape:
                    yield trace(product(b, a))
                    yield product(transpose(b), transpose(a))
                if a.op == "diag" and a.args[0].shape[1] == "1" and b.shape[1] == "1":
                    yield hadamard(a.args[0], b)
                if a.op == b.op == "diag" and a.args[0].shape[1] == b.args[0].shape[1] == "1":
                    yield diagonal(hadamard(a.args[0], b.args[0]))
            case "scaled", (a, b):
                if b.op == "sum":
                    yield total(product(a, b.args[0]), product(a, b.args[1]))
                if a.op == "sum":
                    yield total(product(a.args[0], b), product(a.args[1], b))
                if not b.shape:
                    yield product(b, a)
            case "transpose", (a,):
                if a.op == "product":
                    yield product(transpose(a.args[1]), transpose(a.args[0]))
                if a.op == "kronecker":
                    yield kronecker(transpose(a.args[0]), transpose(a.args[1]))
                if a.op in ("sum", "hadamard"):
                    yield E(a.op, (transpose(a.args[0]), transpose(a.args[1])), e.shape)
                if a.op == "call":
                    yield entrywise(a.word, transpose(a.args[0]))
            case "hadamard", (a, b):
                yield hadamard(b, a)
                if b.op == "sum":
                    yield total(hadamard(a, b.args[0]), hadamard(a, b.args[1]))
                if e.shape[1] == "1":
                    yield product(diagonal(a), b)
            case "trace", (a,):
                yield trace(transpose(a))
                if a.op == "product":
                    yield trace(product(a.args[1], a.args[0]))
                    yield inner(transpose(a.args[0]), a.args[1])
                if a.op == "sum":
                    yield total(trace(a.args[0]), trace(a.args[1]))
            case "inner", (a, b):
                yield inner(b, a)
                yield trace(product(transpose(a), b))
            case "norm", (a,):
                yield inner(a, a)
            case "identity", () if e.shape[0] == "n":
                yield product(transpose(name("Q")), name("Q"))
                yield product(name("G"), inverse(name("G")))
            case "vec", (a,):
                if a.op == "product":
                    left, right = a.args
                    yield product(kronecker(identity(right.shape[1]), left), vec(right))
                    yield product(kronecker(transpose(right), identity(left.shape[0])), vec(left))
                if a.op == "sum":
                    yield total(vec(a.args[0]), vec(a.args[1]))
            case "kronecker", (a, b):
                if a.op == "sum":
                    yield total(kronecker(a.args[0], b), kronecker(a.args[1], b))
                if a.op == b.op == "product" and a.shape and b.shape:
                    first = kronecker(a.args[0], b.args[0])
                    yield product(first, kronecker(a.args[1], b.args[1]))
            case _:
                pass
        if e.shape and e.shape[0] == "n" and e.op in ("name", "product"):
            yield product(identity("n"), e)

    def slipped(self, e: E) -> E | None:
        """Make one slip that keeps the shape."""
        places = list(_places(e))
        self.random.shuffle(places)
        for path, part in places:
            options = list(self.slips(part))
            if options:
                return _replaced(e, path, self.random.choice(options))
        return None

    def slips(self, e: E) -> Iterator[E]:
        match e.op, e.args:
            case "name", ():
                for other, shape in NAMES.items():
                    if shape == e.shape and other != e.word:
                        yield name(other)
                if e.square and e.word != "S":
                    yield transpose(e)
            case "transpose", (a,) if a.square:
                yield a
            case "sum", (a, b):
                yield total(a, negative(b)) if b.op != "negative" else total(a, b.args[0])
                yield a
            case "negative", (a,):
                yield a
            case "product", (a, b):
                if a.square and b.square:
                    yield product(b, a)
                    yield hadamard(a, b)
                if a.square:
                    yield product(transpose(a), b)
            case "scaled", (a, b):
                yield b
                yield product(number("2"), e)
            case "hadamard", (a, b) if e.square:
                yield product(a, b)
            case "call", (a,):
                for swap in (("g", "h"), ("g'", "g"), ("h", "g")):
                    if swap[0] == e.word:
                        yield E("call", (a,), e.shape, swap[1])
            case "trace", (a,) if a.op == "product" and a.args[0].square:
                yield product(trace(a.args[0]), trace(a.args[1]))
            case "norm", (a,):
                yield product(number("2"), e)
            case _:
                pass

    # --- derivatives --------------------------------------------------------------------------

    def adjoint(self, e: E, by: str, weight: E) -> list[E]:
        """Return the summands of the gradient of ⟨weight, e⟩ by a name, of that name's shape."""
        match e.op, e.args:
            case "name", ():
                if e.word == by:
                    return [weight]
                return (
                    self.adjoint(self.defined[e.word], by, weight) if e.word in self.defined else []
                )
            case "sum", (a, b):
                return self.adjoint(a, by, weight) + self.adjoint(b, by, weight)
            case "negative", (a,):
                return self.adjoint(a, by, negative(weight))
            case "product", (a, b):
                left = product(weight, transpose(b))
                return self.adjoint(a, by, left) + self.adjoint(
                    b, by, product(transpose(a), weight)
                )
            case "scaled", (a, b):
                return self.adjoint(a, by, inner(weight, b)) + self.adjoint(
                    b, by, product(a, weight)
                )
            case "transpose", (a,):
                return self.adjoint(a, by, transpose(weight))
            case "hadamard", (a, b):
                first = self.adjoint(a, by, hadamard(weight, b))
                return first + self.adjoint(b, by, hadamard(weight, a))
            case "call", (a,) if e.word in ("L", "F"):
                return self.adjoint(a, by, product(weight, gradient_of(e.word, a)))
            case "call", (a,):
                return self.adjoint(a, by, hadamard(weight, slope(e.word, a)))
            case "trace", (a,):
                return self.adjoint(a, by, product(weight, identity(a.shape[0])))
            case "inner", (a, b):
                first = self.adjoint(a, by, product(weight, b))
                return first + self.adjoint(b, by, product(weight, a))
            case "norm", (a,):
                return self.adjoint(a, by, product(product(number("2"), weight), a))
            case "diag", (a,):
                return self.adjoint(a, by, diagonal(weight))
            case "inverse", (a,):
                turned = transpose(e)
                return self.adjoint(a, by, negative(product(product(turned, weight), turned)))
            case _:
                return []

    def gradient(self, e: E, by: str) -> E | None:
        """Return the gradient of a number by a name, of that name's shape."""
        parts = self.adjoint(e, by, number("1"))
        return summed(parts) if 0 < len(parts) < 10 else None

    def jacobian(self, e: E, by: str) -> list[E]:
        """Return the summands of the Jacobian of a column by a column."""
        match e.op, e.args:
            case "name", ():
                if e.word == by:
                    return [identity(e.shape[0])]
                return self.jacobian(self.defined[e.word], by) if e.word in self.defined else []
            case "sum", (a, b):
                return self.jacobian(a, by) + self.jacobian(b, by)
            case "negative", (a,):
                return [negative(part) for part in self.jacobian(a, by)]
            case "product", (a, b) if b.shape[1] == "1" and not self.depends(a, by):
                return [product(a, part) for part in self.jacobian(b, by)]
            case "hadamard", (a, b):
                first = [product(diagonal(b), part) for part in self.jacobian(a, by)]
                return first + [product(diagonal(a), part) for part in self.jacobian(b, by)]
            case "call", (a,):
                return [product(diagonal(slope(e.word, a)), p) for p in self.jacobian(a, by)]
            case "scaled", (a, b):
                slopes = self.adjoint(a, by, number("1"))
                first = [product(b, transpose(part)) for part in slopes]
                return first + [product(a, part) for part in self.jacobian(b, by)]
            case "nabla", _:
                raise Unwritten
            case _:
                if self.depends(e, by):
                    raise Unwritten
                return []

    def depends(self, e: E, by: str) -> bool:
        if e.op == "name":
            inside = self.defined.get(e.word)
            return e.word == by or (inside is not None and self.depends(inside, by))
        return any(self.depends(part, by) for part in e.args)

    def gradient_step(self, depth: int) -> tuple[str, E] | None:
        e = self.expression(NUMBER, depth)
        by = self.pick("x", "M", "A", "u", "x", "S", "s", "G")
        found = self.gradient(e, by)
        if found is None:
            return None
        if self.layout == "numerator":
            found = transpose(found)
        body = rf"\left[ {latex(e, self.layout)} \right]"
        return self.pick(
            rf"\nabla_{by} {body}", rf"\frac{{\partial}}{{\partial {by}}} {body}"
        ), found

    def jacobian_step(self, depth: int) -> tuple[str, E] | None:
        by = self.pick("x", "u")
        e = self.expression((self.pick("n", "m"), "1"), depth)
        parts = self.jacobian(e, by)
        if not 0 < len(parts) < 10:
            return None
        body = rf"\left[ {latex(e, self.layout)} \right]"
        if self.random.random() < 0.5:
            return rf"\frac{{\partial}}{{\partial {by}^\top}} {body}", summed(parts)
        found = summed(parts) if self.layout != "denominator" else transpose(summed(parts))
        return rf"\frac{{\partial}}{{\partial {by}}} {body}", found

    def hessian_step(self, depth: int) -> tuple[str, E] | None:
        by = self.pick("x", "u")
        e = self.expression(NUMBER, depth)
        slopes = self.gradient(e, by)
        parts = self.jacobian(slopes, by) if slopes is not None else []
        if not 0 < len(parts) < 10:
            return None
        body = rf"\left[ {latex(e, self.layout)} \right]"
        sign = rf"\frac{{\partial^2}}{{\partial {by} \, \partial {by}^\top}}"
        return f"{sign} {body}", summed(parts)

    def differential_step(self, depth: int) -> tuple[str, E] | None:
        e = self.expression(NUMBER, depth)
        parts = []
        for by in VARIED:
            found = self.gradient(e, by)
            if found is None and self.depends(e, by):
                return None
            if found is not None:
                parts.append(inner(found, change(by)))
        if not parts:
            return None
        return rf"\mathrm{{d}} \left[ {latex(e, self.layout)} \right]", summed(parts)

    def index_step(self, depth: int) -> tuple[str, E] | None:
        """A trace as a double sum, an inner product as a sum, an entry of a product."""
        a, b = self.expression(("n", "m"), depth - 1), self.expression(("m", "n"), depth - 1)
        kind = self.random.randrange(3)
        if kind == 0:
            body = count("i", "n", count("j", "m", product(entry(a, "i", "j"), entry(b, "j", "i"))))
            return latex(trace(product(a, b)), self.layout), body
        if kind == 1:
            body = count("j", "m", product(entry(a, "i", "j"), entry(b, "j", "k")))
            return latex(entry(product(a, b), "i", "k"), self.layout), body
        p, q = self.expression(("n", "1"), depth - 1), self.expression(("n", "1"), depth - 1)
        body = count("k", "n", product(entry(p, "k"), entry(q, "k")))
        return latex(product(transpose(p), q), self.layout), body

    def plain_step(self, depth: int) -> tuple[str, E]:
        e = self.expression(self.shape(), depth)
        if e.shape and self.random.random() < 0.2:
            e = vec(e)
        elif self.random.random() < 0.1:
            e = kronecker(
                self.expression(("n", "m"), depth - 2), self.expression(("m", "1"), depth - 2)
            )
        return latex(e, self.layout), self.rewritten(e, self.random.randrange(1, 6))

    # --- documents ----------------------------------------------------------------------------

    def document(self, steps: int = 6, depth: int = 3) -> tuple[str, list[bool]]:
        """Return a document and, of each step, whether it is true by construction."""
        for word in ("a", "b", "D")[: self.random.randrange(4)]:
            self.defined[word] = self.expression(self.shape(), 2)
        lines, truth = [], []
        if self.moving:
            # d varies the names whose differential is written in the claim: here, both
            first = total(square_norm(change("M")), square_norm(change("x")))
            second = total(square_norm(change("x")), inner(change("M"), change("M")))
            lines.append(f"$${latex(first, self.layout)} = {latex(second, self.layout)}$$")
            truth.append(True)
        while len(lines) < steps:
            made = self.step(depth)
            if made is not None and max(map(len, made[:2])) < 400:
                lines.append(f"$${made[0]} = {made[1]}$$")
                truth.append(made[2])
        definitions = "".join(
            f"  - '{word} = {latex(e, self.layout)}'\n".replace("g'", "g''").replace("h'", "h''")
            for word, e in self.defined.items()
        )
        head = f"---\nlayout: {self.layout}\ngiven:{GIVEN}{definitions}---\n"
        return head + "\n" + "\n\n".join(lines) + "\n", truth

    def step(self, depth: int) -> tuple[str, str, bool] | None:
        """Return both sides of a step and whether it is true by construction."""
        kinds = [self.plain_step] * 4 + [self.gradient_step] * 3 + [self.jacobian_step]
        kinds += [self.hessian_step, self.index_step] + [self.differential_step] * self.moving
        try:
            made = self.random.choice(kinds)(depth)
        except Unwritten:
            return None
        if made is None:
            return None
        lhs, rhs = made[0], self.rewritten(made[1], self.random.randrange(3))
        true = self.random.random() < 0.5
        if not true:
            wrong = self.slipped(rhs)
            if wrong is None:
                return None
            rhs = wrong
        return lhs, latex(rhs, self.layout), true


class Unwritten(Exception):  # noqa: N818
    """A derivative that the rules here do not write."""


def summed(parts: list[E]) -> E:
    found = parts[0]
    for other in parts[1:]:
        found = total(found, other)
    return found


def slope(word: str, a: E) -> E:
    """Return the derivative of a function of a number at ``a``."""
    if word == r"\exp":
        return entrywise(word, a)
    return entrywise(f"{word}'", a)


def _plain(shape: Shape) -> Shape:
    return NUMBER if shape == ("1", "1") else shape


def _places(e: E, path: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], E]]:
    yield path, e
    for k, part in enumerate(e.args):
        yield from _places(part, (*path, k))


def _replaced(e: E, path: tuple[int, ...], new: E) -> E:
    if not path:
        return new
    args = list(e.args)
    args[path[0]] = _replaced(args[path[0]], path[1:], new)
    return E(e.op, tuple(args), e.shape, e.word)
