"""Derivatives: what varies, where, and how a layout shapes the result.

A derivative is a tensor with the axes of the function, then those of the variable; ``Arranged``
lays these axes out as the document's layout says (DESIGN: ∇ and ∂ in numerator, denominator and
mixed layout). Source: Magnus & Neudecker (2019), ch. 9; the layouts are those of the two schools
they compare in ch. 9.3.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy
from msgspec import Struct
from msgspec.structs import replace
from sympy import Basic, Symbol

from derivcheck.algebra import nodes
from derivcheck.algebra.nodes import ONE, Shape, head_of, names_in
from derivcheck.diagnostics import Help
from derivcheck.language import syntax
from derivcheck.language.calls import applied, body_of
from derivcheck.language.context import Entry, names_of
from derivcheck.language.elaborate import Elaborator
from derivcheck.language.inference import nearest
from derivcheck.language.typed import MeaningError, Typed, is_column, is_row, zero_of


class By(Struct, frozen=True):
    r"""What a derivative is taken by.

    Attributes:
        variable: builds the bound variable.
        point: builds where it is evaluated.
        rebound: builds the names that follow the variable inside the function.
        shape: the variable's shape.
        entry: builders of the indices when only an entry of the variable is meant.
        transposed: written as ``\partial x^\top``.
        alias: the primitive that the variable stands for, and its value by the variable.
    """

    variable: Callable[[], Basic]
    point: Callable[[], Basic]
    rebound: Callable[[], list[tuple[Basic, Basic]]]
    shape: Shape
    entry: tuple[Callable[[], Basic], ...] = ()
    transposed: bool = False
    alias: tuple[Basic, Basic] | None = None


def derivative(el: Elaborator, node: syntax.Derivative) -> Typed:
    """Return a derivative, laid out.

    Raises:
        MeaningError: when what it is taken by is no variable.
    """
    if not node.variables:
        return at_argument(el, node)
    if el.free_letters:
        inside = set(names_of(node.function))
        for variable in node.variables:
            letters = [name for name in names_of(variable.expression) if name not in el.local]
            if letters and inside.isdisjoint(letters):
                raise el.unknown(syntax.Name(variable.start, variable.end, letters[0], False))
    function = function_value(el, node.function)
    if function.shape is None:
        return el.zero(node)
    variables = [by(el, v, function) for v in node.variables]
    if node.order == 2 and len(variables) == 1:
        variables = variables * 2
    elif len(variables) != node.order:
        raise el.error("DC110", "this kind of derivative has no encoding", node)
    return laid_out(el, function, variables, node)


def function_value(el: Elaborator, node: syntax.Node) -> Typed:
    """Return what is differentiated; a bare function name stands for its one value."""
    return el.known(el.expression(node))


def only_value(el: Elaborator, function: syntax.FunctionName) -> Typed | None:
    """Return the value of a function named without argument: of its formula, at its parameters."""
    entry = el.context.entries.get(function.name)
    if entry is None or function.order:
        return None
    if entry.kind == "formula" and entry.formula is not None:
        arguments = []
        for name in entry.formula.parameters:
            known = el.context.entries.get(name)
            if known is None:
                return None
            arguments.append(el.expression(syntax.Name(function.start, function.end, name, True)))
        return body_of(el, entry, arguments, function)
    symbol = entry.node
    if not isinstance(symbol, nodes.FunctionSymbol):
        return None  # no function, or its signature was not understood
    found = el.context.only_argument(entry.name)
    if found is None:
        return None
    el.found.notes.append(f"`{entry.name}` is read as its value at its one argument")
    saved, el.latex = el.latex, found.source.text
    try:
        arguments = [el.known(el.expression(a)) for a in found.arguments]
        return applied(el, symbol, arguments, function)
    finally:
        el.latex = saved


# --- the variable -------------------------------------------------------------------------------


def by(el: Elaborator, variable: syntax.Variable, function: Typed) -> By:
    """Return what a derivative is taken by.

    Raises:
        MeaningError: DC207 or DC202 when it is no variable; DC302 when the function and a defined
            variable merely share an ancestor.
    """
    expression = variable.expression
    transposed = variable.transposed
    while isinstance(expression, syntax.Transpose):
        expression, transposed = expression.base, not transposed
    if isinstance(expression, syntax.Call) and _word(expression) == "vec":
        return _by_vec(el, expression, function, transposed)
    if isinstance(expression, syntax.Component):
        base = el.known(el.expression(expression.base)) if not _is_family(el, expression) else None
        if base is not None and isinstance(expression.base, syntax.Name):
            inner = _by_name(el, expression.base, function)
            typed = el.entry(base, list(expression.indices), expression)
            if typed.shape == ():
                return By(
                    inner.variable,
                    inner.point,
                    inner.rebound,
                    inner.shape,
                    _entry_indices(typed),
                    transposed,
                )
            raise el.error("DC207", "a derivative is taken by an entry or a whole name", expression)
        if base is not None:
            raise el.error(
                "DC207",
                f"`{el.text(expression)}` is not a variable to differentiate by",
                expression,
            )
        typed = el.expression(expression)
        _check_member(el, expression.base, typed, function)
        return By(typed.build, typed.build, _held(el), typed.shape or (), (), transposed)
    if isinstance(expression, syntax.FunctionName):
        entry = el.context.entries.get(expression.name)
        if entry is not None and entry.kind == "function" and not expression.order:
            raise el.error(
                "DC202",
                f"`{entry.name}` has no one argument here, so it stands for no value",
                expression,
                help=(Help("give its value a name, and differentiate by that: `z = h(x)`"),),
            )
    if not isinstance(expression, syntax.Name):
        text = el.text(expression)
        near = nearest(text, el.context.entries)
        if near:
            raise el.error(
                "DC202",
                f"`{text}` is not introduced anywhere",
                expression,
                help=(Help(f"did you mean `{near}`?", replacement=near),),
            )
        raise el.error(
            "DC207", f"`{el.text(expression)}` is not a variable to differentiate by", expression
        )
    found = _by_name(el, expression, function)
    return By(found.variable, found.point, found.rebound, found.shape, (), transposed)


def _is_family(el: Elaborator, component: syntax.Component) -> bool:
    if not isinstance(component.base, syntax.Name):
        return False
    entry = el.context.entries.get(component.base.name)
    return entry is not None and entry.kind == "family"


def _entry_indices(typed: Typed) -> tuple[Callable[[], Basic], ...]:
    def at(place: int) -> Callable[[], Basic]:
        return lambda: typed.build().args[1 + place]

    return (at(0), at(1))


def _word(call: syntax.Call) -> str:
    return call.function.name if isinstance(call.function, syntax.FunctionName) else ""


def _held(el: Elaborator) -> Callable[[], list[tuple[Basic, Basic]]]:
    held = el.held
    return lambda: [(name, name) for name in held]


def _by_vec(el: Elaborator, call: syntax.Call, function: Typed, transposed: bool) -> By:
    argument = call.arguments[0]
    if not isinstance(argument, syntax.Name):
        raise el.error("DC207", f"`{el.text(call)}` is not a variable", call)
    typed = el.known(el.expression(argument))
    if typed.shape is None or len(typed.shape) != 2:
        raise el.error("DC207", f"`{el.text(call)}` is not a variable", call)
    shape = typed.shape
    held = _held(el)
    label = f"vec({argument.name})"
    alias = _by_name(el, argument, function).alias

    def variable() -> Basic:
        rows, columns = el.built(shape)
        return nodes.value_symbol(label, (rows * columns, ONE))

    def rebound() -> list[tuple[Basic, Basic]]:
        rows, columns = el.built(shape)
        matrix = nodes.Unvec(variable(), rows, columns)
        pairs = [(typed.build(), matrix), *held()]
        if alias is not None:
            pairs.append((alias[0], alias[1].xreplace({typed.build(): matrix})))
        return pairs

    return By(
        variable,
        lambda: nodes.Vec(typed.build()),
        rebound,
        (shape[0] * shape[1], ONE),
        (),
        transposed,
    )


def _by_name(el: Elaborator, name: syntax.Name, function: Typed) -> By:
    if name.name not in el.context.entries and name.name not in el.local and not el.free_letters:
        raise el.unknown(name)
    known = el.context.entries.get(name.name)
    if known is not None and known.kind in ("size", "index") and name.name not in el.local:
        raise el.error("DC207", f"`{name.name}` counts and does not vary", name)
    typed = el.expression(name)
    shape = typed.shape or ()
    held = _held(el)
    if name.name in el.local or el.free_letters:
        return By(typed.build, typed.build, held, shape)
    symbol = typed.build()
    _note_entries(el, name, typed)
    if isinstance(symbol, nodes.ScalarMember | nodes.MatrixMember):
        _check_member(el, name, typed, function)
        return By(typed.build, typed.build, held, shape)
    if symbol in el.context.definitions:
        alias = _alias(el, symbol, function, name)
        if alias is not None:
            return By(typed.build, typed.build, lambda: [alias, *held()], shape, alias=alias)
    elif not el.context.depends(function.build(), head_of(symbol)):
        _note_absent(el, name, head_of(symbol), function.build())
    if known is not None and known.kind == "function" and _applies(el, function.build(), known):
        # h = h(x) beside h(y): which of the two varies is not said
        raise _only_kin(el, name)
    return By(typed.build, typed.build, held, shape)


def _applies(el: Elaborator, built: Basic, entry: Entry) -> bool:
    """Return whether a function that has a value is applied elsewhere too, by way of definitions."""
    own = entry.value.node if entry.value is not None else None
    values = {head_of(k): v for k, v in el.context.definitions.items() if k != own}
    reached = [built, *[values[head] for head in ancestors(el, built) if head in values]]
    return any(node.has(entry.node) for node in reached)


def _check_member(el: Elaborator, name: syntax.Node, typed: Typed, function: Typed) -> None:
    """Refuse a member of a family that is only made of what the function depends on.

    Raises:
        MeaningError: DC207 when the two merely share an ancestor.
    """
    if el.free_letters:
        return
    head, built = head_of(typed.build()), function.build()
    if el.context.depends(built, head):
        return
    values = {head_of(k): v for k, v in el.context.definitions.items()}
    if head in values and any(
        el.context.depends(built, other) for other in ancestors(el, values[head])
    ):
        raise _only_kin(el, name)
    _note_absent(el, name, head, built)


def _note_absent(el: Elaborator, name: syntax.Node, head: Any, built: Basic) -> None:
    """Note that a variable does not occur, so that its derivative is 0.

    Raises:
        MeaningError: DC207 when something given ties it to what is differentiated.
    """
    for given in el.context.hypotheses:
        tied = names_in(given.lhs) | names_in(given.rhs)
        if head in tied and any(
            el.context.depends(built, other)
            for other in tied
            if other != head and not getattr(other, "is_integer", False)
        ):
            raise el.error(
                "DC207",
                f"`{el.text(name)}` does not occur in what is differentiated",
                name,
                notes=(f"but `{given.latex}` ties the two: define one of them by the other",),
            )
    el.found.notes.append(
        f"the derivative by `{el.text(name)}` is 0: it does not occur in what is differentiated"
    )


def _only_kin(el: Elaborator, name: syntax.Node) -> MeaningError:
    return el.error(
        "DC207",
        f"what is differentiated does not depend on `{el.text(name)}` itself",
        name,
        notes=("it depends on names that also define it; which of them vary is not said",),
    )


def _note_entries(el: Elaborator, name: syntax.Name, typed: Typed) -> None:
    """Note that the entries of a variable vary freely, when a hypothesis ties them."""
    if name.name not in el.context.entries:
        return
    head = head_of(typed.build())
    if any(head in names_in(h.lhs) | names_in(h.rhs) for h in el.context.hypotheses):
        note = f"the entries of `{name.name}` are independent here, whatever is given of them"
        el.found.notes.append(note)


def _alias(
    el: Elaborator, symbol: Basic, function: Typed, name: syntax.Name
) -> tuple[Basic, Basic] | None:
    """Return how a primitive follows a defined variable that the function does not reach.

    Raises:
        MeaningError: DC302 when the two merely share an ancestor.
    """
    built = function.build()
    if el.context.depends(built, head_of(symbol)):
        return None
    value = el.context.definitions[symbol]
    solved = _solved(value, symbol, el)
    if solved is not None and el.context.depends(built, head_of(solved[0])):
        beside = [m for m in solved[1].atoms(sympy.MatrixSymbol) if m != head_of(symbol)]
        if not any(el.context.depends(built, matrix) for matrix in beside):
            return solved
    if any(el.context.depends(built, head) for head in ancestors(el, value)):
        raise _only_kin(el, name)
    _note_absent(el, name, head_of(symbol), built)
    return None


def ancestors(el: Elaborator, value: Basic) -> set[Any]:
    """Return the names that a value is made of, through all definitions."""
    seen: set[Any] = set()
    waiting = list(names_in(value))
    values = {head_of(k): v for k, v in el.context.definitions.items()}
    while waiting:
        head = waiting.pop()
        if head in seen or (hasattr(head, "is_integer") and head.is_integer):
            continue
        seen.add(head)
        if head in values:
            waiting += names_in(values[head])
    return seen


def _solved(value: Basic, symbol: Basic, el: Elaborator) -> tuple[Basic, Basic] | None:
    """Solve ``symbol = value`` for the one primitive that an alias stands for."""
    matrices: list[Basic] = []
    while True:
        if isinstance(value, sympy.MatrixSymbol) or (
            isinstance(value, Symbol) and not value.is_integer
        ):
            apart = not any(el.context.depends(matrix, value) for matrix in matrices)
            return (value, symbol) if apart else None
        if isinstance(value, nodes.Vec):
            inner = value.args[0]
            value, symbol = inner, nodes.Unvec(symbol, *nodes.shape(inner))
        elif isinstance(value, nodes.Unvec):
            value, symbol = value.args[0], nodes.Vec(symbol)
        elif isinstance(value, sympy.Transpose):
            value, symbol = value.args[0], sympy.Transpose(symbol)
        elif isinstance(value, sympy.Inverse):
            value, symbol = value.args[0], sympy.Inverse(symbol)
        elif isinstance(value, sympy.MatMul) and (undo := _inverse(value.args[0], el)) is not None:
            matrices.append(undo)
            value, symbol = _product(value.args[1:]), sympy.MatMul(undo, symbol)
        elif isinstance(value, sympy.MatMul) and (undo := _inverse(value.args[-1], el)) is not None:
            matrices.append(undo)
            value, symbol = _product(value.args[:-1]), sympy.MatMul(symbol, undo)
        elif isinstance(value, sympy.MatMul | sympy.Mul) and len(value.args) == 2:
            factor, rest = value.args
            if not (isinstance(factor, sympy.Rational) and factor):
                return None
            times = sympy.MatMul if nodes.shape(value) else sympy.Mul
            value, symbol = rest, times(1 / factor, symbol)
        else:
            return None


# v = T⁻¹ w, so w = T v
def _inverse(factor: Basic, el: Elaborator) -> Basic | None:
    """Return the inverse of an inverse, or of what is given to have one, or of their product."""
    if isinstance(factor, sympy.Inverse):
        inner: Basic = factor.args[0]
        return inner
    if isinstance(factor, sympy.MatMul):
        undone = [_inverse(part, el) for part in reversed(factor.args)]
        return None if None in undone else sympy.MatMul(*undone)
    kinds = ("invertible", "positive-definite")
    given = any(c.node == factor and c.kind in kinds for c in el.context.conditions)
    return sympy.Inverse(factor) if given else None


def _product(factors: tuple[Basic, ...]) -> Basic:
    return sympy.MatMul(*factors) if len(factors) > 1 else factors[0]


# --- layouts ------------------------------------------------------------------------------------


def tensor(function: Typed, variables: list[By]) -> Callable[[], Basic]:
    """Return the builder of the derivative by each variable in turn."""

    def build() -> Basic:
        result = function.build()
        for variable in variables:
            pairs = [sympy.Tuple(*pair) for pair in variable.rebound()]
            result = nodes.TensorDerivative(
                result, variable.variable(), variable.point(), sympy.Tuple(*pairs)
            )
        return result

    return build


def laid_out(
    el: Elaborator, function: Typed, variables: list[By], node: syntax.Derivative
) -> Typed:
    """Return the derivative of ``function`` by one or two variables in the document's layout."""
    build = tensor(function, variables)
    shape = function.shape
    assert shape is not None
    full: Shape = shape + tuple(s for v in variables for s in v.shape)
    if any(v.entry for v in variables):
        return _by_entries(el, build, shape, variables, node)
    if len(variables) == 2:
        axes = _second_order(el, shape, variables, node)
    else:
        axes = _first_order(el, shape, variables[0])
    result: Shape = tuple([full[a] if a >= 0 else ONE for a in axes])
    if not axes:
        return Typed((), lambda: nodes.ScalarArranged(build()), node.start, node.end)
    typed = Typed(result, lambda: nodes.arranged(build(), axes), node.start, node.end)
    return el.known(typed)


def _first_order(el: Elaborator, shape: Shape, variable: By) -> tuple[int, ...]:
    """Return the axes of a first derivative; the tensor has those of the function first."""
    layout = el.context.layout
    wrt = variable.shape
    base = len(shape)
    if not wrt:
        return tuple(range(base))
    own = (base, base + 1)
    turned = (base + 1, base)
    if not shape:
        if variable.transposed:
            # ∂f/∂xᵀ is the row in every layout; ∂f/∂Xᵀ the transpose of ∂f/∂X in denominator layout
            return turned
        el.found.layout = True
        return turned if layout == "numerator" else own
    column, row = is_column(shape), is_row(shape)
    if (column or row) and ONE in wrt:
        y = 0 if column else 1
        x = base if is_column(wrt) else base + 1
        if variable.transposed:
            return (y, x)
        if row and is_column(wrt):
            # ∂yᵀ/∂x is the transpose of ∂y/∂xᵀ in every layout
            return (x, y)
        el.found.layout = True
        return (x, y) if layout == "denominator" else (y, x)
    el.found.layout = True
    kept = [k for k in range(base) if shape[k] != ONE]
    tail = [base + k for k in ((1, 0) if layout == "numerator" else (0, 1)) if wrt[k] != ONE]
    return (*kept, *tail)


def _second_order(
    el: Elaborator, shape: Shape, variables: list[By], node: syntax.Derivative
) -> tuple[int, ...]:
    if shape:
        if any(variable.shape for variable in variables):
            raise el.error("DC110", "a second derivative of a matrix has no encoding", node)
        return tuple(range(len(shape)))  # by numbers: entry by entry
    first, second = variables
    axes = []
    base = 0
    for variable in (first, second):
        if variable.shape and ONE not in variable.shape:
            raise el.error("DC110", "a Hessian by a matrix has no encoding; use vec", node)
        if variable.shape:
            axes.append(base + (0 if is_column(variable.shape) else 1))
        base += len(variable.shape)
    if len(axes) == 1:
        return (axes[0], -1)
    return tuple(axes)


def _by_entries(
    el: Elaborator,
    build: Callable[[], Basic],
    shape: Shape,
    variables: list[By],
    node: syntax.Node,
) -> Typed:
    """Return the derivative by entries of variables: of a number, or entry by entry of a matrix."""
    if not all(v.entry or not v.shape for v in variables):
        raise el.error("DC110", "a mixed derivative by an entry and a whole has no encoding", node)
    names = [el.fresh(letter) for letter in ("row", "column")]

    def place(axis: int) -> Basic:
        size = el.size_value(shape[axis])
        return ONE if size == 1 else nodes.index_variable(names[axis], size)

    def component() -> Basic:
        indices = [place(axis) for axis in range(len(shape))]
        indices += [b() for v in variables for b in v.entry]
        return nodes.Component(build(), *indices)

    if not shape:
        return Typed((), component, node.start, node.end)
    if len(shape) != 2:
        raise el.error("DC110", "this derivative has no encoding", node)
    return Typed(
        shape,
        lambda: nodes.Assembled(component(), place(0), place(1)),
        node.start,
        node.end,
    )


# --- ∇f(p), bars -------------------------------------------------------------------


def at_argument(el: Elaborator, node: syntax.Derivative) -> Typed:
    r"""Return ``\nabla f(p)``: the derivative by f's own argument, evaluated at p.

    ``\nabla \nabla f(p)`` is ``\nabla^2 f(p)``.
    """
    function = node.function
    if (
        isinstance(function, syntax.Derivative)
        and not function.variables
        and node.order == function.order == 1
    ):
        return at_argument(el, replace(function, order=2))
    component = function if isinstance(function, syntax.Component) else None
    if component is not None:
        function = component.base  # of r_i(p), one entry of r(p)
    name = function.function if isinstance(function, syntax.Call) else function
    entry: Entry | None = None
    if isinstance(name, syntax.FunctionName | syntax.Name):
        entry = el.context.entries.get(name.name)
    if isinstance(name, syntax.Name) and entry is not None and entry.kind in ("number", "matrix"):
        only = _only_variable(el, entry)
        if only is not None:
            el.found.notes.append(f"∇ is taken by `{only}`, all that `{entry.name}` depends on")
            by_name = syntax.Name(node.start, node.end, only, True)
            by_it = syntax.Variable(node.start, node.end, by_name, False)
            return derivative(el, replace(node, variables=(by_it,)))
    if entry is None or entry.kind not in ("function", "formula"):
        raise el.error("DC207", "∇ without a variable needs a function with one argument", node)
    el.found.names.add(entry.name)
    if isinstance(function, syntax.Call):
        arguments = [el.known(el.expression(a)) for a in function.arguments]
    else:
        arguments = _own_arguments(el, entry, node)
    if len(arguments) != 1:
        raise el.error("DC207", "∇ without a variable needs a function of one argument", node)
    point = arguments[0]
    if entry.kind == "formula":
        known = el.context.entries.get(entry.formula.parameters[0]) if entry.formula else None
        if point.shape is None and known is not None:  # ∇f(0)
            point = zero_of(point, known.shape)
        value, variable, shape = _formal_formula(el, entry, node, point)
    else:
        symbol: Any = entry.node
        if symbol is None:  # its signature was not understood
            raise el.unknown(syntax.Name(name.start, name.end, entry.name, True))
        shape = symbol.domains[0]
        if point.shape is None:
            point = zero_of(point, shape)
        if not el.same_shape(point.shape or (), shape):
            raise el.error(
                "DC201", f"`{entry.name}` cannot be taken at {el.shape_text(point)}", node
            )
        formal = nodes.value_symbol(f"argument of {entry.name}", shape)
        variable = Typed(shape, lambda: formal, node.start, node.end)
        value = applied(el, symbol, [variable], node)
    if component is not None:
        value = el.entry(el.known(value), list(component.indices), component)
    held = _held(el)
    inner = By(variable.build, variable.build, held, shape)
    outer = By(variable.build, point.build, held, shape)
    variables = [inner] * (node.order - 1) + [outer]
    return laid_out(el, value, variables, node)


def _only_variable(el: Elaborator, entry: Entry) -> str | None:
    """Return the one variable that a defined value depends on, None if there are more."""
    values = {head_of(name): value for name, value in el.context.definitions.items()}
    if entry.node is None or head_of(entry.node) not in values:
        return None
    variables = {
        symbol: other.name
        for other in el.context.entries.values()
        if other.kind in ("number", "matrix")
        and (symbol := (other.value or other).node) is not None
    }
    seen: set[Any] = set()
    waiting = [head_of(entry.node)]
    while waiting:
        head = waiting.pop()
        if head not in seen:
            seen.add(head)
            waiting += names_in(values[head]) if head in values else ()
    families = [head for head in seen if isinstance(head, tuple) and head not in values]
    found = [name for symbol, name in variables.items() if symbol in seen and symbol not in values]
    return found[0] if len(found) == 1 and not families else None


def _own_arguments(el: Elaborator, entry: Entry, node: syntax.Derivative) -> list[Typed]:
    if entry.formula is not None:
        return [
            el.known(el.expression(syntax.Name(node.start, node.end, p, True)))
            for p in entry.formula.parameters
        ]
    found = el.context.only_argument(entry.name)
    if found is None:
        raise el.error("DC207", f"`{entry.name}` has no argument here", node)
    el.found.notes.append(f"`{entry.name}` is read as its value at its one argument")
    return [el.known(el.expression(a)) for a in found.arguments]


def _formal_formula(
    el: Elaborator, entry: Entry, node: syntax.Derivative, point: Typed
) -> tuple[Typed, Typed, Shape]:
    """Return a formula's value at its own parameter, and that parameter as a variable."""
    assert entry.formula is not None
    (parameter,) = entry.formula.parameters
    known = el.context.entries.get(parameter)
    shape = known.shape if known is not None else el.sizes.shape(point.shape or ())
    if known is not None and known.node is not None and known.node not in el.context.definitions:
        own = known.node
    else:
        own = nodes.value_symbol(f"{parameter} of {entry.name}", shape)
    variable = Typed(shape, lambda: own, node.start, node.end)
    if point.shape is None or not el.same_shape(point.shape, shape):
        raise el.error("DC201", f"`{entry.name}` cannot be taken at {el.shape_text(point)}", node)
    return body_of(el, entry, [variable], node), variable, shape


def restricted(el: Elaborator, node: syntax.Restricted) -> Typed:
    r"""Return ``\left. ∂f/∂x \right|_{y}`` (y held fixed) or ``|_{t = a}`` (evaluated there)."""
    if not isinstance(node.body, syntax.Derivative):
        raise el.error("DC110", "a bar with a subscript needs a derivative in front", node)
    held = list(el.held)
    points: dict[str, Typed] = {}
    for condition in node.conditions:
        if isinstance(condition, syntax.Name):
            held.append(el.expression(condition).build())
        elif isinstance(condition, syntax.Relation) and isinstance(condition.lhs, syntax.Name):
            points[condition.lhs.name] = el.known(el.expression(condition.rhs))
        else:
            raise el.error("DC110", "this restriction has no encoding", condition)
    saved, el.held = el.held, tuple(held)
    try:
        if not points:
            result = derivative(el, node.body)
            return Typed(result.shape, result.build, node.start, node.end)
        return _evaluated(el, node.body, points, node)
    finally:
        el.held = saved


def _evaluated(
    el: Elaborator, body: syntax.Derivative, points: dict[str, Typed], node: syntax.Node
) -> Typed:
    function = function_value(el, body.function)
    if function.shape is None:
        return el.zero(node)
    variables = []
    for variable in body.variables:
        found = by(el, variable, function)
        name = variable.expression
        if not isinstance(name, syntax.Name) or name.name not in points:
            raise el.error("DC110", "the bar must say where the variable is evaluated", node)
        point = points[name.name]
        if point.shape is None:
            zero: Basic = sympy.Integer(0) if not found.shape else sympy.ZeroMatrix(*found.shape)
            point = Typed(found.shape, lambda z=zero: z, point.start, point.end)  # type: ignore[misc]
        if not el.same_shape(point.shape or (), found.shape):
            raise el.error("DC201", f"`{name.name}` cannot be {el.shape_text(point)}", node)
        variables.append(
            By(found.variable, point.build, found.rebound, found.shape, (), found.transposed)
        )
    if body.order == 2 and len(variables) == 1:
        first = by(el, body.variables[0], function)
        variables = [first, *variables]
    return laid_out(el, function, variables, body)
