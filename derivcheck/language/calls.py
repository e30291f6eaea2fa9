"""Functions applied: built-in operators, functions of numbers, abstract functions, formulas."""

from __future__ import annotations

from collections.abc import Callable

import sympy
from sympy import Basic, Integer

from derivcheck.algebra import nodes
from derivcheck.algebra.nodes import ONE, Shape, Size, head_of
from derivcheck.language import activations, moments, syntax
from derivcheck.language.context import Entry, names_of
from derivcheck.language.elaborate import ELEMENTWISE, KINKED, POSITIVE, Elaborator
from derivcheck.language.typed import MeaningError, Typed, is_column, is_row, zero_of


def call(el: Elaborator, node: syntax.Call) -> Typed:
    """Return a function applied to its arguments.

    Raises:
        MeaningError: when the function is unknown or an argument does not fit.
    """
    function = node.function
    if isinstance(function, syntax.Binary) and function.operator == "compose":
        inner = syntax.Call(node.start, node.end, function.right, node.arguments)
        return call(el, syntax.Call(node.start, node.end, function.left, (inner,)))
    if not isinstance(function, syntax.FunctionName):
        raise el.error("DC110", "this function has no encoding", function)
    entry = el.context.entries.get(function.name)
    if entry is not None and (function.declared or function.name not in _BUILTIN):
        return declared(el, entry, node, function)
    handler = _BUILTIN.get(function.name)
    if handler is not None and function.order == 0:
        return handler(el, node)
    formula = activations.FORMULAS.get(function.name)
    if formula is not None:
        return activations.slope(el, node, formula, function.order)
    if function.name in ELEMENTWISE:
        return elementwise(el, nodes.function_symbol(function.name), function, node)
    if not function.declared and len(function.name) <= 2:
        raise el.unknown(function)
    raise el.error("DC110", f"the function `{el.text(function)}` has no encoding", node)


def at(el: Elaborator, function: syntax.FunctionName, point: Typed) -> Typed:
    """Return a function of a number at a point, for an identity between functions."""
    held = syntax.Name(function.start, function.end, "", declared=True)
    saved = el.local
    el.local = {**saved, "": point}
    try:
        return call(el, syntax.Call(function.start, function.end, function, (held,)))
    finally:
        el.local = saved


def declared(
    el: Elaborator, entry: Entry, node: syntax.Call, function: syntax.FunctionName
) -> Typed:
    """Return a declared function applied: abstract or by its formula."""
    el.found.names.add(entry.name)
    if entry.kind == "formula":
        return by_formula(el, entry, node, function.order)
    if entry.kind != "function":
        raise el.error("DC202", f"`{entry.name}` is not a function", function)
    symbol = entry.node
    if not isinstance(symbol, nodes.FunctionSymbol):  # its signature was not understood
        raise el.unknown(function)
    if symbol.domains == ((),) and not symbol.value_shape:
        return elementwise(el, symbol, function, node)
    if function.order and symbol.domains != ((),):
        raise el.error("DC110", "a prime needs a function of one number", function)
    arguments = [el.known(el.expression(a)) for a in node.arguments]
    if function.order:
        return _velocity(el, symbol, arguments, function.order, node)
    return applied(el, symbol, arguments, node)


def applied(
    el: Elaborator, symbol: nodes.FunctionSymbol, arguments: list[Typed], node: syntax.Node
) -> Typed:
    """Return an abstract function of whole arguments."""
    if len(arguments) != len(symbol.domains):
        raise el.error("DC201", f"`{symbol.name}` takes {len(symbol.domains)} arguments", node)
    for argument, domain in zip(arguments, symbol.domains, strict=True):
        if argument.shape is not None and not el.same_shape(argument.shape, domain):
            from derivcheck.language.typed import readable_shape

            raise MeaningError(
                "DC201",
                f"`{symbol.name}` takes {readable_shape(domain)}, "
                f"but the argument is {el.shape_text(argument)}",
                (argument.start, argument.end),
                names=(symbol.name,),
            )

    def build() -> Basic:
        made = []
        for argument, domain in zip(arguments, symbol.domains, strict=True):
            inner = argument.build()
            if argument.shape is None and domain:
                inner = sympy.ZeroMatrix(*domain)
            made.append(inner)
        return el.context.named(nodes.function_value(symbol, *made))

    return Typed(symbol.value_shape, build, node.start, node.end)


def elementwise(
    el: Elaborator,
    symbol: nodes.FunctionSymbol,
    function: syntax.FunctionName,
    node: syntax.Call,
) -> Typed:
    """Return a number function applied to a number or to every entry."""
    if len(node.arguments) != 1:
        raise el.error("DC201", f"`{el.text(function)}` takes one argument", node)
    argument = el.known(el.expression(node.arguments[0]))
    order = function.order
    if argument.shape is None:
        argument = Typed((), argument.build, argument.start, argument.end)
    shape = argument.shape
    assert shape is not None
    if node.power and len(shape) == 2 and not (is_column(shape) or is_row(shape)):
        raise el.error("DC110", "the matrix exponential has no encoding", node)
    if len(shape) > 2:
        raise el.error("DC110", "a function of a tensor has no encoding", node)
    inside = el.text(node.arguments[0])
    if symbol.name in POSITIVE:
        words = f"{inside} > 0" if not shape else f"every entry of {inside} > 0"
        el.condition("positive", argument.build, words)
    if symbol.name in KINKED and not (symbol.name == "abs" and _bars(el, function, shape)):
        el.condition("nonzero", argument.build, f"no entry of {inside} is 0")
    if symbol.name == "abs" and _bars(el, function, shape):
        # |A| of a square matrix is its determinant, as in most texts
        note = "bars around a square matrix are read as its determinant"
        if note not in el.found.notes:
            el.found.notes.append(note)
        return Typed((), lambda: sympy.Determinant(argument.build()), node.start, node.end)
    kind = nodes.Elementwise if shape else nodes.ScalarFunction
    return Typed(
        shape, lambda: kind(symbol, Integer(order), argument.build()), node.start, node.end
    )


# C'(t) of C: ℝ → ℝⁿˣᵐ
def _velocity(
    el: Elaborator,
    symbol: nodes.FunctionSymbol,
    arguments: list[Typed],
    order: int,
    node: syntax.Node,
) -> Typed:
    """Return a derivative of a vector or matrix that depends on one number."""
    value = applied(el, symbol, arguments, node)  # checks the argument
    variable = nodes.scalar_symbol(f"t@{node.start}")

    def build() -> Basic:
        result = nodes.function_value(symbol, variable)
        for k in range(order):
            here = arguments[0].build() if k == order - 1 else variable
            tensor = nodes.TensorDerivative(result, variable, here, sympy.Tuple())
            result = nodes.arranged(tensor, (0, 1))
        return result

    return Typed(value.shape, build, node.start, node.end)


def _bars(el: Elaborator, function: syntax.FunctionName, shape: Shape) -> bool:
    """Return whether this is |A| of a square matrix, not a function called abs."""
    if el.text(function).lstrip("\\").startswith(("abs", "operatorname", "mathrm")):
        return False
    return len(shape) == 2 and el.sizes.resolved(shape[0]) == el.sizes.resolved(shape[1])


def by_formula(el: Elaborator, entry: Entry, node: syntax.Call, order: int) -> Typed:
    """Return a function given by its formula, the arguments put in for its parameters.

    A formula of one number applies entry by entry to a vector or matrix.
    """
    formula = entry.formula
    if formula is None:
        raise el.error("DC202", f"the formula of `{entry.name}` was not understood", node)
    if len(node.arguments) != len(formula.parameters):
        raise el.error("DC201", f"`{entry.name}` takes {len(formula.parameters)} arguments", node)
    arguments = [el.known(el.expression(a)) for a in node.arguments]
    argument = arguments[0]
    if order:
        if len(arguments) != 1 or _takes_number(el, entry) is False:
            raise el.error("DC110", "a prime needs a function of one number", node)
        return _formula_derivative(el, entry, argument, order, node)
    if len(arguments) != 1 or not argument.shape or _takes_number(el, entry) is False:
        return body_of(el, entry, arguments, node)
    if _takes_number(el, entry) is None:  # nothing says so: whole if the formula has a meaning then
        try:
            return body_of(el, entry, arguments, node)
        except MeaningError as error:
            if error.code != "DC201":
                raise
    return _entry_by_entry(el, argument, node, lambda t: body_of(el, entry, [t], node))


def _takes_number(el: Elaborator, entry: Entry) -> bool | None:
    """Return whether a formula's one parameter is a number; None when nothing says so."""
    if isinstance(entry.node, nodes.FunctionSymbol):
        return entry.node.domains == ((),)
    assert entry.formula is not None
    parameter = el.context.entries.get(entry.formula.parameters[0])
    return None if parameter is None else not parameter.shape


def body_of(el: Elaborator, entry: Entry, arguments: list[Typed], node: syntax.Node) -> Typed:
    """Return a formula's body with its parameters standing for ``arguments``."""
    formula = entry.formula
    assert formula is not None
    for place, (name, argument) in enumerate(zip(formula.parameters, arguments, strict=True)):
        known = el.context.entries.get(name)
        if known is not None and known.kind in ("matrix", "number"):
            wanted = known.shape
            if argument.shape is None:  # f(0)
                arguments = [*arguments[:place], zero_of(argument, wanted), *arguments[place + 1 :]]
                continue
            if not el.same_shape(wanted, argument.shape):
                raise MeaningError(
                    "DC201",
                    f"`{entry.name}` takes something of the shape of `{name}`, "
                    f"but the argument is {el.shape_text(argument)}",
                    (argument.start, argument.end),
                    names=(name,),
                )
    for name, argument in zip(formula.parameters, arguments, strict=True):
        _no_way_round(el, entry, name, argument, node)
    if entry.name in el.unfolding:
        raise el.error("DC205", f"the formula of `{entry.name}` leads back to itself", node)
    saved_local, saved_latex, saved_bound = el.local, el.latex, el.bound
    saved_unfolding = el.unfolding
    el.unfolding = (*saved_unfolding, entry.name)
    el.local = dict(zip(formula.parameters, arguments, strict=True))  # no caller's names
    el.latex = formula.source.text
    el.bound = {k: v for k, v in saved_bound.items() if k not in formula.parameters}
    try:
        body = el.known(el.expression(formula.body))
    except MeaningError as error:
        raise MeaningError(
            error.code,
            error.headline,
            (node.start, node.end),
            notes=(*error.notes, f"in the formula of `{entry.name}`"),
            help=error.help,
            names=error.names,
        ) from None
    finally:
        el.local, el.latex, el.bound = saved_local, saved_latex, saved_bound
        el.unfolding = saved_unfolding
    return Typed(body.shape, body.build, node.start, node.end)


def _no_way_round(
    el: Elaborator, entry: Entry, parameter: str, argument: Typed, node: syntax.Node
) -> None:
    """Refuse a formula at another argument when defined names in it depend on its parameter.

    Of f(w) = pᵀp with p = Xw, f(u) means uᵀXᵀXu, but putting u for w in pᵀp changes nothing.

    Raises:
        MeaningError: DC110.
    """
    known = el.context.entries.get(parameter)
    if known is None or known.node is None or known.node in el.context.definitions:
        return
    assert entry.formula is not None
    for name in names_of(entry.formula.body):
        used = el.context.entries.get(name)
        symbol = (used.value or used).node if used is not None else None
        value = el.context.definitions.get(symbol) if symbol is not None else None
        if value is None or not el.context.depends(value, head_of(known.node)):
            continue
        if argument.build() != known.node:
            raise el.error(
                "DC110",
                f"the formula of `{entry.name}` depends on `{parameter}` by way of `{name}`",
                node,
                notes=(f"so its value at anything but `{parameter}` has no encoding",),
            )


def _entry_by_entry(
    el: Elaborator, argument: Typed, node: syntax.Node, at: Callable[[Typed], Typed]
) -> Typed:
    """Return the matrix whose entries are ``at`` of the argument's entries."""
    shape = argument.shape
    assert shape is not None
    names = [el.fresh(letter) for letter in ("row", "column")]

    def place(axis: int) -> Basic:
        size = el.size_value(shape[axis])
        return ONE if size == 1 else nodes.index_variable(names[axis], size)

    def component() -> Basic:
        return nodes.Component(argument.build(), place(0), place(1))

    value = at(Typed((), component, argument.start, argument.end))

    def build() -> Basic:
        return nodes.Assembled(value.build(), place(0), place(1))

    return Typed(shape, build, node.start, node.end)


def _formula_derivative(
    el: Elaborator, entry: Entry, argument: Typed, order: int, node: syntax.Node
) -> Typed:
    """Return the derivative of a formula of one number at an argument."""
    formula = entry.formula
    assert formula is not None
    variable = nodes.scalar_symbol(f"{formula.parameters[0]}@{entry.name}")
    formal = body_of(el, entry, [Typed((), lambda: variable, node.start, node.end)], node)

    def at(point: Typed) -> Typed:
        def build() -> Basic:
            result = formal.build()
            for k in range(order):
                here = point.build() if k == order - 1 else variable
                tensor = nodes.TensorDerivative(result, variable, here, sympy.Tuple())
                result = nodes.ScalarArranged(tensor)
            return result

        return Typed((), build, node.start, node.end)

    if not argument.shape:
        return at(argument)
    return _entry_by_entry(el, argument, node, at)


# --- built-in operators -------------------------------------------------------------------------


def _only(el: Elaborator, node: syntax.Call) -> syntax.Node:
    if len(node.arguments) != 1:
        raise el.error("DC201", f"`{el.text(node.function)}` takes one argument", node)
    return node.arguments[0]


def _square(el: Elaborator, node: syntax.Call, what: str) -> Typed:
    argument = el.known(el.expression(_only(el, node)))
    if argument.shape == () or argument.shape is None:
        return argument
    if len(argument.shape) != 2 or not el.sizes.unify(*argument.shape):
        raise el.error(
            "DC201",
            f"{what} needs a square matrix, but this is {el.shape_text(argument)}",
            node.arguments[0],
        )
    return argument


def _trace(el: Elaborator, node: syntax.Call) -> Typed:
    argument = _square(el, node, "a trace")
    if not argument.shape:
        return Typed((), argument.build, node.start, node.end)
    return Typed((), lambda: sympy.Trace(argument.build()), node.start, node.end)


def _determinant(el: Elaborator, node: syntax.Call) -> Typed:
    argument = _square(el, node, "a determinant")
    if not argument.shape:
        return Typed((), argument.build, node.start, node.end)
    return Typed((), lambda: sympy.Determinant(argument.build()), node.start, node.end)


def _log_determinant(el: Elaborator, node: syntax.Call) -> Typed:
    inner = _determinant(el, node)
    el.condition("positive", inner.build, f"{el.text(node)} is defined")
    log = nodes.function_symbol("log")
    return Typed(
        (), lambda: nodes.ScalarFunction(log, Integer(0), inner.build()), node.start, node.end
    )


def _adjugate(el: Elaborator, node: syntax.Call) -> Typed:
    argument = _square(el, node, "an adjugate")
    if not argument.shape:
        return Typed((), lambda: Integer(1), node.start, node.end)
    return Typed(argument.shape, lambda: nodes.Adjugate(argument.build()), node.start, node.end)


def _cofactors(el: Elaborator, node: syntax.Call) -> Typed:
    argument = _adjugate(el, node)
    if not argument.shape:
        return argument
    return Typed(argument.shape, lambda: sympy.Transpose(argument.build()), node.start, node.end)


# rank A = tr(A A⁺): the trace of a projector is its rank
def _rank(el: Elaborator, node: syntax.Call) -> Typed:
    argument = el.known(el.expression(_only(el, node)))
    if argument.shape is None or len(argument.shape) != 2:
        raise el.error("DC110", "only a matrix has a rank", node)

    def build() -> Basic:
        matrix = argument.build()
        return sympy.Trace(sympy.MatMul(matrix, nodes.PseudoInverse(matrix)))

    return Typed((), build, node.start, node.end)


def _vec(el: Elaborator, node: syntax.Call) -> Typed:
    argument = el.known(el.expression(_only(el, node)))
    if argument.shape is None or not argument.shape:
        return Typed(argument.shape, argument.build, node.start, node.end)
    if len(argument.shape) != 2:
        raise el.error("DC110", "vec of a tensor has no encoding", node)
    rows, columns = argument.shape
    return Typed((rows * columns, ONE), lambda: nodes.Vec(argument.build()), node.start, node.end)


def _unvec(el: Elaborator, node: syntax.Call) -> Typed:
    argument = el.known(el.expression(_only(el, node)))
    if argument.shape is None:
        return argument
    if not is_column(argument.shape):
        raise el.error(
            "DC201",
            f"vec⁻¹ takes a column, but this is {el.shape_text(argument)}",
            node.arguments[0],
        )
    if len(node.parameters) == 2:
        rows, columns = (el.size(p) for p in node.parameters)
    else:
        rows, columns = el.sizes.unknown(), el.sizes.unknown()
    if not el.sizes.unify(rows * columns, argument.shape[0]):
        raise el.error(
            "DC201",
            f"vec⁻¹ to these sizes needs another length than {el.shape_text(argument)}",
            node,
        )
    return Typed(
        (rows, columns),
        lambda: nodes.Unvec(argument.build(), el.size_value(rows), el.size_value(columns)),
        node.start,
        node.end,
    )


def _diag(el: Elaborator, node: syntax.Call) -> Typed:
    argument = el.known(el.expression(_only(el, node)))
    if argument.shape is None or not argument.shape:
        return Typed(argument.shape, argument.build, node.start, node.end)
    if is_column(argument.shape) or is_row(argument.shape):
        column = is_column(argument.shape)
        size: Size = argument.shape[0] if column else argument.shape[1]

        def build() -> Basic:
            inner = argument.build()
            return sympy.DiagMatrix(inner if column else sympy.Transpose(inner))

        return Typed((size, size), build, node.start, node.end)
    if len(argument.shape) != 2 or not el.sizes.unify(*argument.shape):
        raise el.error(
            "DC201",
            f"diag takes a vector or a square matrix, but this is {el.shape_text(argument)}",
            node.arguments[0],
        )
    return Typed(
        (argument.shape[0], ONE), lambda: sympy.DiagonalOf(argument.build()), node.start, node.end
    )


_BUILTIN: dict[str, Callable[[Elaborator, syntax.Call], Typed]] = {
    "tr": _trace,
    "det": _determinant,
    "logdet": _log_determinant,
    "adj": _adjugate,
    "cof": _cofactors,
    "vec": _vec,
    "unvec": _unvec,
    "diag": _diag,
    "rank": _rank,
    "E": moments.mean_of,
    "Var": moments.covariance_of,
    "Cov": moments.covariance_of,
    **activations.BUILTIN,
}
"""Built-in operators that are not functions of a number."""
