r"""The Python door: goals from SymPy expressions.

The same prover, kernel and exact evaluation that decide the steps of a document decide
``prove(lhs, rhs, given=[…])``. Expressions are SymPy's own; derivatives are built by ``gradient``
and ``jacobian``, because SymPy's matrix derivatives are often silently wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sympy
from sympy import Basic, Integer, MatrixSymbol, Symbol, Tuple
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from derivcheck.algebra import nodes
from derivcheck.algebra.functions import KNOWN_FUNCTIONS
from derivcheck.algebra.goal import Condition, Goal, Hypothesis
from derivcheck.algebra.shapes import ShapeError, check_shapes
from derivcheck.prover.strategy import decide
from derivcheck.prover.verdict import Verdict

_NUMBER_FUNCTIONS = {
    sympy.exp: "exp", sympy.log: "log", sympy.sin: "sin", sympy.cos: "cos",
    sympy.tanh: "tanh", sympy.Abs: "abs", sympy.sign: "sign",
}  # fmt: skip


def prove(lhs: Basic, rhs: Basic, given: Iterable[Basic] = ()) -> Verdict:
    """Decide ``lhs = rhs`` for all sizes and all values that satisfy what is given.

    Args:
        lhs: a SymPy expression; sizes are symbols or positive integers.
        rhs: one of the same shape (a 1 × 1 matrix counts as a number).
        given: equations ``Eq(…)`` (a bare undefined symbol on the left defines it, every other one
        is
            a hypothesis) and predicates ``Q.invertible(A)``, ``Q.positive(x)``, ``Q.symmetric(A)``,
            ``Q.orthogonal(A)``, ``Q.positive_definite(A)``, ``Q.diagonal(A)``, ``Q.nonzero(x)``.

    Returns:
        A Verdict: proved with a certificate, refuted with a counterexample, or undecided.

    Raises:
        ShapeError: when an expression is ill-shaped or the two sides differ in shape.
        TypeError: for a given that is not understood, and for a derivative by a name that what is
            differentiated does not depend on though something given ties the two.

    Cost:
        That of ``prover.strategy.decide``.

    Example:
        >>> from sympy import KroneckerProduct, MatrixSymbol, Trace, symbols
        >>> from derivcheck import prove
        >>> from derivcheck.algebra.nodes import Vec
        >>> m, n, p, q = symbols("m n p q", integer=True, positive=True)
        >>> A, X, B = MatrixSymbol("A", m, n), MatrixSymbol("X", n, p), MatrixSymbol("B", p, q)
        >>> str(prove(Vec(A * X * B), KroneckerProduct(B.T, A) * Vec(X)).kind)
        'proved'
        >>> str(prove(Vec(A * X * B), KroneckerProduct(A, B.T) * Vec(X)).kind)
        'refuted'
    """
    left, right = encoded(lhs), encoded(rhs)
    left, right = _number_if_single(left), _number_if_single(right)
    shape = check_shapes(left)
    if right == 0 and shape:
        right = sympy.ZeroMatrix(*shape)
    if check_shapes(right) != shape:
        raise ShapeError(f"the two sides have shapes {shape} and {check_shapes(right)}")
    definitions: dict[Basic, Basic] = {}
    hypotheses: list[Hypothesis] = []
    conditions: list[Condition] = []
    for number, one in enumerate(given):
        _take(one, number, definitions, hypotheses, conditions)
    for tensor in left.atoms(nodes.TensorDerivative) | right.atoms(nodes.TensorDerivative):
        _check_reached(tensor, definitions, hypotheses)
    goal = Goal(left, right, definitions, tuple(hypotheses), tuple(conditions))
    return decide(goal, f"{sympy.srepr(lhs)}={sympy.srepr(rhs)}")


def _take(
    one: Any,
    number: int,
    definitions: dict[Basic, Basic],
    hypotheses: list[Hypothesis],
    conditions: list[Condition],
) -> None:
    text = str(one)
    if isinstance(one, sympy.Eq):
        lhs, rhs = _number_if_single(encoded(one.lhs)), _number_if_single(encoded(one.rhs))
        if check_shapes(lhs) != check_shapes(rhs):
            raise ShapeError(f"the two sides of {text} differ in shape")
        bare = isinstance(lhs, Symbol | MatrixSymbol) and lhs not in definitions
        if bare and not rhs.has(lhs):
            definitions[lhs] = rhs
        else:
            hypotheses.append(Hypothesis(lhs, rhs, text, number))
        return
    if isinstance(one, sympy.AppliedPredicate):
        (argument,) = one.arguments
        node = encoded(argument)
        kind = str(one.function).removeprefix("Q.")
        simple = {
            "invertible": "invertible", "fullrank": "invertible", "positive": "positive",
            "nonzero": "nonzero", "nonnegative": "nonnegative",
            "positive_definite": "positive-definite",
        }  # fmt: skip
        square = len(nodes.shape(node)) == 2 and len(set(nodes.shape(node))) == 1
        if simple.get(kind) in ("invertible", "positive-definite") and not square:
            raise ShapeError(f"only a square matrix is {kind}")
        if kind in simple:
            conditions.append(Condition(simple[kind], node, text, number))
            if kind == "positive_definite":
                hypotheses.append(Hypothesis(node, sympy.Transpose(node), text, number))
            return
        for lhs, rhs in _equations(kind, node):
            hypotheses.append(Hypothesis(lhs, rhs, text, number))
            return
    raise TypeError(f"not understood as a given: {text}")


def _equations(kind: str, node: Basic) -> Iterable[tuple[Basic, Basic]]:
    shape = nodes.shape(node)
    if len(shape) != 2 or shape[0] != shape[1]:
        raise ShapeError(f"only a square matrix is {kind}")
    across = sympy.Transpose(node)
    if kind == "symmetric":
        yield node, across
    elif kind == "orthogonal":
        yield sympy.MatMul(across, node), sympy.Identity(node.shape[0])
    elif kind == "diagonal":
        yield sympy.HadamardProduct(node, sympy.Identity(node.shape[0])), node


def _check_reached(
    tensor: Basic, definitions: dict[Basic, Basic], hypotheses: list[Hypothesis]
) -> None:
    """Refuse a derivative by a name that is only made of, or tied to, what the function is made of.

    Raises:
        TypeError: when it is; the derivative would be 0 by the letter and hardly in any sense meant.
    """
    function, variable = tensor.args[0], tensor.args[1]
    values = {nodes.head_of(name): value for name, value in definitions.items()}
    own = nodes.head_of(variable)

    def behind(node: Basic) -> set[Any]:
        found: set[Any] = set()
        waiting = list(nodes.names_in(node))
        while waiting:
            head = waiting.pop()
            if head not in found:
                found.add(head)
                waiting += nodes.names_in(values[head]) if head in values and head != own else ()
        return found

    reached = behind(function)
    if own in reached:
        return
    made = behind(values[own]) if own in values else set()
    tied: set[Any] = set()
    for one in hypotheses:
        names = nodes.names_in(one.lhs) | nodes.names_in(one.rhs)
        tied |= names if own in names else set()
    if reached & (made | tied):
        raise TypeError(f"what is differentiated does not depend on {variable} itself")


def _number_if_single(node: Basic) -> Basic:
    shape = nodes.shape(node)
    return nodes.MatrixScalar(node) if shape == (1, 1) else node


def encoded(node: Any) -> Basic:
    """Return a SymPy expression with its functions in our own nodes.

    ``exp(x)``, ``Function("g")(x)`` become ``ScalarFunction``, ``ElementwiseApplyFunction`` becomes
    ``Elementwise``; everything else stays as it stands.

    Raises:
        TypeError: for a function of several numbers or an unknown one, and for a number that does
            not commute.
    """
    node = sympy.sympify(node, strict=True)
    if isinstance(node, ElementwiseApplyFunction):
        body = node.function
        if isinstance(body, sympy.Lambda):
            inner = body.expr
            if not isinstance(inner, sympy.Function) or inner.args != tuple(body.variables):
                raise TypeError(f"not a function that is applied as it is: {body}")
            body = inner.func
        return nodes.Elementwise(_function(body), Integer(0), encoded(node.expr))
    if isinstance(node, sympy.Function):
        if len(node.args) != 1:
            raise TypeError(f"not a function of one number: {node}")
        return nodes.ScalarFunction(_function(node.func), Integer(0), encoded(node.args[0]))
    if isinstance(node, Symbol) and not node.is_commutative:
        raise TypeError(f"a number commutes with every other: {node}")
    if not node.args or isinstance(node, MatrixSymbol):
        return node
    arguments = [encoded(a) if isinstance(a, sympy.Expr) else a for a in node.args]
    if all(a is b for a, b in zip(arguments, node.args, strict=True)):
        return node
    return Basic.__new__(type(node), *arguments)


def _function(kind: Any) -> nodes.FunctionSymbol:
    name = _NUMBER_FUNCTIONS.get(kind) or str(getattr(kind, "name", kind))
    known = name in KNOWN_FUNCTIONS and kind in _NUMBER_FUNCTIONS
    if not known and name in KNOWN_FUNCTIONS:
        name = f"{name} (abstract)"
    return nodes.function_symbol(name)


def gradient(function: Basic, variable: Basic, layout: str = "denominator") -> Basic:
    """Return ∇ of a number by a vector or matrix, laid out.

    Args:
        function: a number.
        variable: a MatrixSymbol.
        layout: ``numerator`` (the transpose of the variable's shape), ``denominator`` or ``mixed``
            (the variable's shape).

    Raises:
        ShapeError: when ``function`` is not a number.
        TypeError: when ``variable`` is no matrix of its own.
        ValueError: for another layout.

    Example:
        >>> from sympy import MatrixSymbol, Trace, symbols
        >>> from derivcheck import gradient, prove
        >>> m, n = symbols("m n", integer=True, positive=True)
        >>> A, X = MatrixSymbol("A", n, m), MatrixSymbol("X", m, n)
        >>> str(prove(gradient(Trace(A * X), X), A.T).kind)
        'proved'
    """
    body = _number_if_single(encoded(function))
    if check_shapes(body):
        raise ShapeError("a gradient is that of a number")
    _check_variable(variable, layout)
    tensor = nodes.TensorDerivative(body, variable, variable, Tuple())
    return nodes.arranged(tensor, (1, 0) if layout == "numerator" else (0, 1))


def jacobian(function: Basic, variable: Basic, layout: str = "numerator") -> Basic:
    """Return ∂y/∂x of a column by a column, laid out.

    Args:
        function: a column y of length p.
        variable: a column x of length n.
        layout: ``numerator`` or ``mixed`` (p × n), ``denominator`` (n × p).

    Raises:
        ShapeError: when either is not a column.
        TypeError: when ``variable`` is no matrix of its own.
        ValueError: for another layout.

    Example:
        >>> from sympy import MatrixSymbol, symbols
        >>> from derivcheck import jacobian, prove
        >>> m, n = symbols("m n", integer=True, positive=True)
        >>> A, x = MatrixSymbol("A", m, n), MatrixSymbol("x", n, 1)
        >>> str(prove(jacobian(A * x, x), A).kind)
        'proved'
    """
    _check_variable(variable, layout)
    body = encoded(function)
    for shape in (check_shapes(body), nodes.shape(variable)):
        if len(shape) != 2 or shape[1] != 1:
            raise ShapeError("a Jacobian is that of a column by a column")
    tensor = nodes.TensorDerivative(body, variable, variable, Tuple())
    return nodes.arranged(tensor, (2, 0) if layout == "denominator" else (0, 2))


def _check_variable(variable: Basic, layout: str) -> None:
    if not isinstance(variable, MatrixSymbol):
        raise TypeError(f"a derivative is taken by a MatrixSymbol, not by {variable}")
    if layout not in ("numerator", "denominator", "mixed"):
        raise ValueError(f"no such layout: {layout}")
