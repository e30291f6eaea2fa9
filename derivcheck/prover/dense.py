"""Exact evaluation of a node at concrete sizes: an opinion that shares nothing with the kernel.

Operators are their loops in ``algebra.arrays``, derivatives are nested dual numbers, numbers are
exact rationals, rigorous balls where a function leaves the rationals, or residues modulo a prime
where rationals grow too long. A value that is returned is right; what cannot be evaluated raises
``UndefinedError``, ``UncertainError``, ``UnsupportedError`` or ``OutOfBudgetError`` and is never
guessed. Work is counted before it is done.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import sympy
from flint import arb, ctx, fmpq
from sympy import Basic, MatrixSymbol, Symbol
from sympy.core.numbers import Exp1, Pi

from derivcheck.algebra import arrays, nodes
from derivcheck.algebra.arrays import Array, Element
from derivcheck.algebra.functions import KNOWN_FUNCTIONS
from derivcheck.algebra.operators import OPERATORS
from derivcheck.limits import EVALUATED_ORDER as _HIGHEST_ORDER
from derivcheck.prover.exact import calculus, moments
from derivcheck.prover.exact.assignment import MEMBERS
from derivcheck.prover.exact.duals import (
    OutOfBudgetError,
    UncertainError,
    UndefinedError,
    UnsupportedError,
    apply,
    number_below,
    power,
)
from derivcheck.prover.exact.evaluation import Evaluation, Rule, Value
from derivcheck.prover.exact.functions import KNOWN, Univariate, rational_power


def _rational(e: Evaluation, node: Basic) -> Element:
    return e.constant(fmpq(int(node.p), int(node.q)))


def _irrational(e: Evaluation, node: Basic) -> Element:
    if e.arithmetic == "modular":
        raise OutOfBudgetError("a number that is not rational has no residue")
    return arb.pi() if isinstance(node, Pi) else arb(1).exp()


def _add(e: Evaluation, node: Basic) -> Value:
    values = [e.array(argument) for argument in node.args]
    total = values[0]
    for value in values[1:]:
        e.spend(len(value.entries))
        total = arrays.add(total, value)
    return total if total.shape else total.entries[0]


def _multiply(e: Evaluation, node: Basic) -> Value:
    factor: Element = None
    tensor: Array | None = None
    for argument in node.args:
        value = e.evaluate(argument)
        if isinstance(value, Array):
            if tensor is not None:
                raise UnsupportedError("a product of tensors without a rule")
            tensor = value
            continue
        e.spend(1)
        factor = value if factor is None else factor * value
    if tensor is None:
        return factor
    e.spend(len(tensor.entries))
    return tensor if factor is None else arrays.scale(factor, tensor)


def _power(e: Evaluation, node: Basic) -> Element:
    base_node, exponent_node = node.args
    if isinstance(base_node, Exp1):
        return apply(KNOWN["exp"], 0, e.number(exponent_node))
    base = e.number(base_node)
    exponent: Element
    if isinstance(exponent_node, sympy.Rational):
        exponent = fmpq(int(exponent_node.p), int(exponent_node.q))
    else:
        try:
            exponent = fmpq(e.integer(exponent_node))
        except (UnsupportedError, UndefinedError):
            exponent = e.number(exponent_node)
    if isinstance(exponent, fmpq):
        e.check_length(base, abs(int(exponent.p)))
        if exponent.q == 1:
            e.spend(2 * int(exponent.p).bit_length())
            return power(base, int(exponent.p))
        return apply(rational_power(exponent), 0, base)
    return apply(KNOWN["exp"], 0, exponent * apply(KNOWN["log"], 0, base))


def _sympy_function(e: Evaluation, node: Basic) -> Element:
    return apply(KNOWN[_SYMPY_FUNCTIONS[type(node)]], 0, e.number(node.args[0]))


def _number_function(e: Evaluation, symbol: Basic) -> tuple[Callable[[int, Any], Any], int]:
    """Return a function of a number with its derivatives, and its degree (0: known)."""
    if not isinstance(symbol, nodes.FunctionSymbol) or (
        symbol.domains != ((),) or symbol.value_shape
    ):
        raise UnsupportedError("an element-wise function that is no function of a number")
    if symbol.name in KNOWN_FUNCTIONS:
        if symbol.name not in KNOWN:
            raise UnsupportedError(f"the function {symbol.name}")
        return KNOWN[symbol.name], 0
    polynomial = e.assignment.functions.get(symbol)
    if not isinstance(polynomial, Univariate):
        raise UnsupportedError(f"no value for the function {symbol.name}")
    return polynomial.derivative, polynomial.degree


def _scalar_function(e: Evaluation, node: Basic) -> Element:
    symbol, order, argument = node.args
    function, degree = _number_function(e, symbol)
    value = e.number(argument)
    e.check_length(value, degree)
    e.spend(degree + 1)
    return apply(function, _order(e, order), value)


def _order(e: Evaluation, node: Basic) -> int:
    order = e.integer(node)
    if not 0 <= order <= _HIGHEST_ORDER:
        raise OutOfBudgetError(f"a derivative of order {order}")
    return order


def _elementwise(e: Evaluation, node: Basic) -> Array:
    symbol, order_node, argument = node.args
    function, degree = _number_function(e, symbol)
    values, order = e.array(argument), _order(e, order_node)
    e.check_length(values, degree)
    e.spend((degree + 1) * len(values.entries))
    return values.map(lambda t: apply(function, order, t))


def _function_value(e: Evaluation, node: Basic) -> Value:
    symbol, *argument_nodes = node.args
    if symbol.domains == ((),) and not symbol.value_shape:
        function, degree = _number_function(e, symbol)
        value = e.number(argument_nodes[0])
        e.check_length(value, degree)
        return apply(function, 0, value)
    if symbol.name in KNOWN_FUNCTIONS:
        raise UnsupportedError(f"the function {symbol.name} of a whole array")
    polynomials = e.assignment.functions.get(symbol)
    if not isinstance(polynomials, tuple):
        raise UnsupportedError(f"no value for the function {symbol.name}")
    arguments = [x for a in argument_nodes for x in e.array(a).entries]
    shape = tuple(e.integer(size) for size in symbol.value_shape)
    e.spend(sum(p.weight for p in polynomials))
    e.check_length(Array((), arguments), max(p.degree for p in polynomials))
    values = [p.at(arguments) for p in polynomials]
    return Array(shape, values) if shape else values[0]


def _operator(e: Evaluation, node: Basic) -> Value:
    row = OPERATORS[type(node)]
    sizes = [e.integer(size) for size in node.args[len(node.args) - len(row.sizes) :]]
    matrices = node.args[: len(node.args) - len(row.sizes)]
    if not matrices:
        side = arrays.count(sizes)
        square = row.node is not sympy.OneMatrix
        e.allot(side * side if square else side)
        return row.dense(*sizes).map(e.constant)
    factor: Element = None
    result: Array | None = None
    for argument in matrices:
        value = e.evaluate(argument)
        if not isinstance(value, Array) and row.node is sympy.MatMul:
            factor = value if factor is None else factor * value
            continue
        if not isinstance(value, Array):
            raise UnsupportedError(f"a number where {row.name} needs a matrix")
        if result is None:
            result = value
            continue
        if not row.associative:
            raise UnsupportedError(f"{row.name} of more than one matrix")
        _allot_pair(e, row.name, result, value)
        result = row.dense(result, value)
    if result is None:
        return factor
    if not row.associative:
        n = len(result.entries)
        e.allot(n * n if row.name == "diagonal-matrix" else n)
        result = row.dense(result, *sizes)
    if factor is not None:
        e.spend(len(result.entries))
        result = arrays.scale(factor, result)
    if row.name == "diagonal-matrix":
        result = result.map(lambda x: e.constant(x) if isinstance(x, int) else x)
    return result if result.shape else result.entries[0]


def _allot_pair(e: Evaluation, name: str, a: Array, b: Array) -> None:
    if name == "kronecker-product":
        e.allot(len(a.entries) * len(b.entries))
    elif name == "matrix-product" and len(b.shape) == 2:
        e.allot(a.shape[0] * b.shape[1])
        e.spend(len(a.entries) * b.shape[1])
    else:
        e.allot(len(a.entries))


def _zero(e: Evaluation, node: Basic) -> Array:
    m, n = (e.integer(size) for size in node.args)
    e.allot(m * n)
    return Array((m, n), [e.constant(0)] * (m * n))


def _unit_vector(e: Evaluation, node: Basic) -> Array:
    n = e.integer(node.args[1])
    e.allot(n)
    position = e.position(node.args[0])
    if not 1 <= position <= n:
        raise UndefinedError("an index outside of its range")
    return arrays.unit_vector(position, n).map(e.constant)


def _matrix_power(e: Evaluation, node: Basic) -> Array:
    base, exponent_node = node.args
    return _powered(e, e.array(base), e.integer(exponent_node))


def _powered(e: Evaluation, base: Array, exponent: int) -> Array:
    n = _side(base)
    e.spend(n**3 * (2 * abs(exponent).bit_length() + (2 if exponent < 0 else 0)))
    e.check_length(base, abs(exponent))
    try:
        result = arrays.power(base, exponent)
    except arrays.NotInvertibleError as error:
        _fail_singular(base, error)
    return result if exponent else result.map(e.constant)


def _side(matrix: Array) -> int:
    if len(matrix.shape) != 2 or matrix.shape[0] != matrix.shape[1]:
        raise UnsupportedError("a power or determinant of what is not square")
    return matrix.shape[0]


def _fail_singular(matrix: Array, error: Exception) -> NoReturn:
    if any(isinstance(number_below(x), arb) for x in matrix.entries):
        raise UncertainError("a matrix that may be singular") from error
    raise UndefinedError("the inverse of a singular matrix") from error


def _inverse(e: Evaluation, node: Basic) -> Array:
    return _powered(e, e.array(node.args[0]), -1)


def _determinant(e: Evaluation, node: Basic) -> Element:
    matrix = e.array(node.args[0])
    n = _side(matrix)
    e.spend(max(n**3, n << min(n, 6)))
    try:
        return arrays.determinant(matrix).entries[0]
    except arrays.NotInvertibleError as error:
        raise OutOfBudgetError("the determinant of a large singular matrix") from error


def _hadamard_power(e: Evaluation, node: Basic) -> Value:
    base, exponent = e.array(node.args[0]), e.number(node.args[1])
    if not isinstance(exponent, fmpq):
        raise UnsupportedError("an entry-wise power that is not rational")
    e.check_length(base, abs(int(exponent.p)))
    e.spend(len(base.entries) * 2 * int(exponent.p).bit_length())
    if exponent.q == 1:
        return base.map(lambda x: power(x, int(exponent.p)))
    function = rational_power(exponent)
    return base.map(lambda x: apply(function, 0, x))


def _blocks(e: Evaluation, node: Basic) -> Array:
    blocks = node.args[0]
    return arrays.block_matrix(
        [[e.array(blocks[i, j]) for j in range(blocks.cols)] for i in range(blocks.rows)]
    )


def _rows_of_blocks(e: Evaluation, node: Basic) -> Array:
    return arrays.block_matrix([[_block(e, block) for block in row] for row in node.args])


def _block(e: Evaluation, node: Basic) -> Array:
    value = e.array(node)
    return value if value.shape else Array((1, 1), value.entries)


def _adjugate(e: Evaluation, node: Basic) -> Array:
    matrix = e.array(node.args[0])
    n = _side(matrix)
    e.spend(n * n * max(n**3, n << min(n, 6)))
    try:
        return arrays.adjugate(matrix).map(lambda x: e.constant(x) if isinstance(x, int) else x)
    except arrays.NotInvertibleError as error:
        raise OutOfBudgetError("the adjugate of a large singular matrix") from error


def _pseudo_inverse(e: Evaluation, node: Basic) -> Array:
    matrix = e.array(node.args[0])
    if not all(isinstance(x, fmpq) for x in matrix.entries):
        # the rank of what is not exact, or is varied, is not known
        raise UnsupportedError("the pseudo-inverse of what is not rational")
    m, n = matrix.shape
    e.check_length(matrix, 2 * min(m, n))
    e.spend(4 * m * n * min(m, n) + 4 * min(m, n) ** 3)
    return arrays.pseudo_inverse(matrix)


def _explicit(e: Evaluation, node: Basic) -> Array:
    e.allot(node.rows * node.cols)
    return Array((node.rows, node.cols), [e.number(entry) for entry in node.flat()])


def _number_of_index(e: Evaluation, node: Basic) -> Element:
    return e.constant(fmpq(e.position(node)))


_SYMPY_FUNCTIONS: dict[type, str] = {
    sympy.exp: "exp",
    sympy.log: "log",
    sympy.sin: "sin",
    sympy.cos: "cos",
    sympy.tanh: "tanh",
    sympy.Abs: "abs",
    sympy.sign: "sign",
}

_RULES: dict[type, Rule] = {
    **calculus.RULES,
    **moments.RULES,
    **dict.fromkeys(OPERATORS, _operator),
    **dict.fromkeys(_SYMPY_FUNCTIONS, _sympy_function),
    Symbol: Evaluation.symbol,
    MatrixSymbol: Evaluation.symbol,
    **dict.fromkeys(MEMBERS, Evaluation.member),
    sympy.Rational: _rational,
    Pi: _irrational,
    Exp1: _irrational,
    sympy.Add: _add,
    sympy.MatAdd: _add,
    sympy.Mul: _multiply,
    sympy.Pow: _power,
    sympy.MatPow: _matrix_power,
    sympy.Inverse: _inverse,
    sympy.Determinant: _determinant,
    sympy.ZeroMatrix: _zero,
    sympy.HadamardPower: _hadamard_power,
    sympy.BlockMatrix: _blocks,
    sympy.ImmutableDenseMatrix: _explicit,
    nodes.Adjugate: _adjugate,
    nodes.PseudoInverse: _pseudo_inverse,
    nodes.Blocks: _rows_of_blocks,
    nodes.IndexVariable: _number_of_index,
    nodes.UnitVector: _unit_vector,
    nodes.ScalarFunction: _scalar_function,
    nodes.Elementwise: _elementwise,
    nodes.ScalarValue: _function_value,
    nodes.MatrixValue: _function_value,
}


class Evaluator(Evaluation):
    """Values of nodes in one assignment, by the rules of this module.

    Example:
        >>> from derivcheck.prover.exact.assignment import Assignment
        >>> from derivcheck.prover.exact.names import Structure
        >>> n = nodes.size_symbol("n")
        >>> evaluator = Evaluator(Structure({}), Assignment(sizes={n: 3}))
        >>> evaluator.value(sympy.Trace(sympy.Identity(n)) + n)
        Array((), [6])
    """

    rules = _RULES


def at_precision(bits: int) -> Any:
    """Return a context in which balls carry this many bits.

    Raises:
        Never.
    """
    return ctx.workprec(bits)
