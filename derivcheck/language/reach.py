r"""How far a sign without brackets reaches in a product, where only shapes and names can tell.

``\nabla_x \frac{1}{2} f g``, ``\nabla_x u^\top v``, ``\log x y``, ``\det A B``: the sign takes the
factor beside it, or all of the product. Where custom decides, the tree is rewritten here. Where it
does not, the site is noted and the identity is read in both ways (``derivation.py``): the reading
that has a meaning counts, and if both have one, the step is unreadable. No reading is chosen
because it is true.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import sympy
from msgspec import Struct
from msgspec.structs import replace

from derivcheck.algebra.nodes import head_of, names_in
from derivcheck.diagnostics import Help
from derivcheck.language import spelling as sp
from derivcheck.language import syntax
from derivcheck.language.context import names_of, parts_of, spelling
from derivcheck.language.inference import constant
from derivcheck.language.typed import MeaningError, Typed

if TYPE_CHECKING:
    from derivcheck.language.matrix_products import Products

_NAMES = (syntax.Name, syntax.FunctionName, syntax.Call)
_SIGNED = (syntax.Call, syntax.Derivative, syntax.Differential, syntax.BigOperator)
_COMBINED = (syntax.Sum, syntax.Product, syntax.Binary, syntax.Fraction, syntax.Power)
_TENSORS = ("kronecker", "hadamard", "hadamard-division")
_OPENING = re.compile(r"\\left\b|\\[bB]igg?[lmr]?\b|[(\[{]|\\\{")
_PARTIAL = re.compile(r"(?:\\partial|∂)\s*_")
_APART = re.compile(r"\\[,;:! ]|\\q?quad\b|\\cdot\b|\\times\b|~")


class Site(Struct, frozen=True):
    """A place where a sign may reach over one factor or over more.

    Attributes:
        node: what was written.
        usual: custom has it take one factor, unless that has no meaning.
    """

    node: syntax.Node
    usual: bool = False


def reaching(el: Products, node: syntax.Product) -> syntax.Product:
    """Return a product in which every sign without brackets takes what it reaches.

    Raises:
        MeaningError: for what is inside of a factor that has to be looked at.
    """
    for place, factor in enumerate(node.factors[:-1]):
        rest = node.factors[place + 1 :]
        turned = isinstance(factor, syntax.Transpose)
        inner: Any = factor.base if isinstance(factor, syntax.Transpose) else factor
        if not turned:
            _refuse_value(el, inner, rest[0])
        _refuse_combination(el, inner, factor, rest[0])
        if isinstance(inner, syntax.Fraction) and not turned:
            count = _divisor_reach(el, inner, rest)
            if count:
                whole = (inner.denominator, *rest[:count])
                below = syntax.Product(inner.denominator.start, rest[count - 1].end, whole)
                taken = replace(inner, end=below.end, denominator=below)
                before, after = node.factors[:place], rest[count:]
                return replace(node, factors=(*before, taken, *after))
            continue
        if isinstance(inner, syntax.Derivative) and _is_open(el, inner, factor):
            count, certain = _derivative_reach(el, inner, rest, turned=turned)
        elif not turned and _is_bare(inner) and inner.function.name not in sp.PRODUCT_FUNCTIONS:
            count, certain = _run_of_factors(el, inner, rest), False
        else:
            continue
        if not count:
            continue
        wide = _widened(node, place, inner, count, turned=turned)
        if certain:
            return wide
        el.found.reach.append(Site(node))
        if el.reaches_far:
            return wide
    return node


def _widened(
    node: syntax.Product,
    place: int,
    sign: syntax.Derivative | syntax.Call,
    count: int,
    *,
    turned: bool,
) -> syntax.Product:
    """Return a product with ``count`` more factors under the sign at a place."""
    rest = node.factors[place + 1 :]
    body = sign.function if isinstance(sign, syntax.Derivative) else sign.arguments[0]
    head = syntax.Transpose(body.start, node.factors[place].end, body) if turned else body
    end = rest[count - 1].end
    inside = tuple([k - place for k in node.dotted if place < k <= place + count])
    behind = tuple([k - count for k in node.dotted if k > place + count])
    whole = syntax.Product(body.start, end, (head, *rest[:count]), inside)
    taken: syntax.Node
    if isinstance(sign, syntax.Derivative):
        taken = replace(sign, end=end, function=whole)
    else:
        taken = replace(sign, end=end, arguments=(whole,))
    dotted = (*[k for k in node.dotted if k <= place], *behind)
    factors = (*node.factors[:place], taken, *rest[count:])
    return syntax.Product(node.start, node.end, factors, dotted)


# Derivatives -------------------------------------------------------------------------------------


def _is_open(el: Products, node: syntax.Derivative, factor: syntax.Node) -> bool:
    r"""Whether a derivative is a sign before its function: ``\nabla_x f``, ``\partial_x f``."""
    if not node.variables or _OPENING.match(el.latex[factor.start :]):
        return False
    text = el.latex[node.start :]
    if node.notation == "nabla":
        return _OPENING.match(text) is None
    return node.notation == "partial" and _PARTIAL.match(text) is not None


def _refuse_value(el: Products, node: Any, after: syntax.Node) -> None:
    r"""Refuse ``\frac{\partial f}{\partial x}(y)``, which may be a product or a value.

    Raises:
        MeaningError: DC103 when a function's name alone is differentiated and brackets follow.
    """
    if not isinstance(node, syntax.Derivative) or not node.variables:
        return
    if not isinstance(node.function, syntax.FunctionName | syntax.Name):
        return
    entry = el.context.entries.get(node.function.name)
    if entry is None or entry.kind not in ("function", "formula") or entry.value is not None:
        return
    if _OPENING.match(el.latex[after.start :]) and not _apart(el, node, after):
        raise el.unclear_reach(syntax.Product(node.start, after.end, (node, after)))


def _refuse_combination(el: Products, node: Any, factor: syntax.Node, after: syntax.Node) -> None:
    r"""Refuse ``(f + g)(t)``, which is a value of a combination of functions, and no product.

    Raises:
        MeaningError: DC110.
    """
    if el.pointwise is not None or not isinstance(node, _COMBINED):
        return
    if not all(_OPENING.match(el.latex[part.start :]) for part in (factor, after)):
        return
    waiting: list[Any] = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, syntax.FunctionName):
            entry = el.context.entries.get(part.name)
            if entry is None or entry.value is None:
                raise el.error(
                    "DC110",
                    f"a combination of functions at an argument is not read: `{el.text(node)}`",
                    node,
                    help=(Help("write each function with its argument: `f(t) + g(t)`"),),
                )
        elif isinstance(part, _COMBINED):
            waiting += parts_of(part)
        elif isinstance(part, tuple):
            waiting += part


def _derivative_reach(
    el: Products, node: syntax.Derivative, rest: tuple[syntax.Node, ...], *, turned: bool
) -> tuple[int, bool]:
    r"""Return how many further factors a derivative sign takes, and whether that is certain.

    A constant in front is taken along, ``\nabla_x \frac{1}{2} f``, and so is what makes a number of
    a row that is written out, ``\nabla_x (x - m)^\top S (x - m)``. Of two factors with the variable
    in them, ``\nabla_x f(x) g(x)``, and of a name with factors that make a number of it,
    ``\nabla_x u^\top v``, nobody can tell.
    """
    body = node.function
    wanted = {name for v in node.variables for name in names_of(v.expression)}
    varies = [_mentions(el, factor, wanted) for factor in rest]
    if constant(body) is not None:
        return (len(rest) if any(varies) and not turned else 0), True
    chained = isinstance(rest[0], syntax.Derivative) or (
        isinstance(rest[0], syntax.Transpose) and isinstance(rest[0].base, syntax.Derivative)
    )
    with trial(el):
        run = _typed(el, body)
    if run is None or run.shape is None:
        return 0, True
    closed = _OPENING.match(el.latex[body.start :]) is not None
    if run.shape == ():
        if turned or not any(varies):
            return 0, True
        if not _mentions(el, body, wanted):
            return len(rest), not closed
        if chained or _apart(el, body, rest[0]) or not _is_number(el, rest):
            return 0, True
        return len(rest), False
    if chained:
        return 0, True
    count = _number_reached(el, run, rest, turned=turned)
    direct = bool(wanted & {name for factor in rest for name in names_of(factor)})
    certain = node.notation == "nabla" and (not isinstance(body, _NAMES) or el.free_letters)
    if not _mentions(el, body, wanted) and any(varies) and not closed:
        certain = True
    if not certain and not turned and not direct:
        return 0, True  # `\nabla_x h v`: nothing but a row makes a number
    return count, certain


def _divisor_reach(el: Products, node: syntax.Fraction, rest: tuple[syntax.Node, ...]) -> int:
    r"""Return how many factors make a number of a row behind a slash: ``x^\top y / x^\top x``."""
    if "/" not in el.latex[node.numerator.end : node.denominator.start]:
        return 0
    with trial(el):
        run = _typed(el, node.denominator)
    return 0 if run is None else _number_reached(el, run, rest, turned=False)


def _mentions(el: Products, tree: syntax.Node, wanted: set[str]) -> bool:
    """Whether a tree depends on a name of ``wanted``, or shares what that one is made of."""
    names = set(names_of(tree))
    if names & wanted:
        return True
    ours, theirs = set(_heads(el, names)), set(_heads(el, wanted))
    return bool(ours & theirs)


def _heads(el: Products, names: Iterable[str]) -> Iterator[Any]:
    """Yield the symbols of names and of all that their definitions are made of."""
    entries, definitions = el.context.entries, el.context.definitions
    values = {head_of(name): value for name, value in definitions.items()}
    waiting: list[Any] = []
    seen: set[Any] = set()
    spelled = list(names)
    read: set[str] = set()
    while spelled or waiting:
        while spelled:
            name = spelled.pop()
            if name in read:
                continue
            read.add(name)
            entry = entries.get(name)
            if entry is None:
                continue
            if entry.formula is not None:
                inside = set(names_of(entry.formula.body)) - set(entry.formula.parameters)
                spelled += inside
            if entry.value is None and entry.kind == "function":
                # by itself it stands for its value at what the document applies it to
                for applied in el.context.applications.get(name, ()):
                    spelled += names_of(applied.arguments)
            value = entry.value or entry
            if value.node is not None and value.kind in ("number", "matrix"):
                waiting.append(value.node)
            if entry.kind == "family":
                family = [head for head in values if isinstance(head, tuple)]
                waiting += [head for head in family if spelling(head) == name]
        while waiting:
            head = waiting.pop()
            if head in seen or getattr(head, "is_integer", False):
                continue
            seen.add(head)
            yield head
            if head in values:
                waiting += names_in(values[head])


def _number_reached(
    el: Products, run: Typed, rest: tuple[syntax.Node, ...], *, turned: bool
) -> int:
    """Return after how many factors a vector or matrix has become a number; 0 if it never does."""
    if run.shape is None or len(run.shape) != 2:
        return 0
    if turned:
        row = run
        shape = (run.shape[1], run.shape[0])
        run = Typed(shape, lambda: sympy.Transpose(row.build()), row.start, row.end)
    with trial(el):
        try:
            for count, factor in enumerate(rest, 1):
                run = el.times(run, el.known(el.expression(factor)))
                if run.shape == ():
                    return count
        except MeaningError:
            return 0
    return 0


def _is_number(el: Products, factors: tuple[syntax.Node, ...]) -> bool:
    """Whether the product of some factors is a number."""
    with trial(el):
        try:
            run = el.multiplied([el.known(el.expression(f)) for f in factors], factors[0])
        except MeaningError:
            return False
    return run.shape == ()


# Functions ---------------------------------------------------------------------------------------


def _is_bare(node: syntax.Node) -> bool:
    r"""Whether a built-in function has its one argument without brackets: ``\log x``."""
    return (
        isinstance(node, syntax.Call)
        and isinstance(node.function, syntax.FunctionName)
        and not node.function.declared
        and not node.power
        and len(node.arguments) == 1
        and node.arguments[0].end == node.end
    )


def reaching_over(el: Products, node: syntax.Binary) -> syntax.Binary | syntax.Call:
    r"""Return ``\operatorname{tr} A \otimes B`` as it is read: custom has the trace take A."""
    sign = node.left
    if not isinstance(sign, syntax.Call) or not _is_bare(sign) or node.operator not in _TENSORS:
        return node
    el.found.reach.append(Site(node, usual=True))
    if not el.reaches_far:
        return node
    argument = replace(node, start=sign.arguments[0].start, left=sign.arguments[0])
    return replace(sign, end=node.end, arguments=(argument,))


def _run_of_factors(el: Products, sign: syntax.Call, rest: tuple[syntax.Node, ...]) -> int:
    """Return how many factors stand close behind a function's argument, up to the next sign."""
    before: syntax.Node = sign
    for count, factor in enumerate(rest):
        if isinstance(factor, _SIGNED) or _apart(el, before, factor):
            return count
        before = factor
    return len(rest)


def _apart(el: Products, left: syntax.Node, right: syntax.Node) -> bool:
    """Whether the author has put a space or a dot between two factors."""
    return _APART.search(el.latex, left.end, max(right.start, left.end)) is not None


# Looking without consequences --------------------------------------------------------------------


def _typed(el: Products, node: syntax.Node) -> Typed | None:
    try:
        return el.known(el.expression(node))
    except MeaningError:
        return None


@contextmanager
def trial(el: Products) -> Iterator[None]:
    """Undo what elaboration notes and solves inside of the block."""
    sizes, found = el.sizes.copy(), el.found
    el.found = replace(
        found,
        inferred=dict(found.inferred),
        notes=list(found.notes),
        random=dict(found.random),
        names=set(found.names),
        obligations=list(found.obligations),
        reach=list(found.reach),
    )
    try:
        yield
    finally:
        sizes.skip(el.sizes)
        el.sizes, el.found = sizes, found
