r"""Nodes for random variables: what is known of their distribution, and expectations.

A ``Distribution`` says what a goal knows of some names: each has a mean and a covariance, some are
Gaussian, some sets of them are independent. Nothing else is known, so a goal with expectations is
about all random variables that are so distributed. Covariances are those of the stacked variables:
``vec(x)`` of a matrix, the column itself of a column.
"""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Basic, Integer, Mul, Tuple
from sympy.core.symbol import Str

from derivcheck.algebra.nodes import Shape, Size, _Matrix, _Scalar, shape

GAUSSIAN = "gaussian"
ENTRIES = "independent-entries"
ANY = "any"
"""What is known of a variable's law besides mean and covariance."""


class RandomVariable(Basic):
    """``RandomVariable(x, mean, Str(law), third)``: a name, its mean, and what is known of its law.

    ``third`` is a Tuple of the third central moments of the entries of x, a node of the shape of x,
    where the law is that the entries of a column are independent; else it is empty.
    """

    @property
    def law(self) -> str:
        """``gaussian``, ``independent-entries`` or ``any``."""
        return str(self.args[2].name)


class Distribution(Basic):
    """``Distribution(variables, covariances, independent)``: what is known of some names together.

    ``variables`` is a Tuple of RandomVariables; ``covariances`` has a Tuple for each of them, with
    the covariances of its stacked entries with those of itself and of every later one;
    ``independent`` is a Tuple of Tuples of positions: sets of variables that are independent of each
    other.
    """

    @property
    def variables(self) -> tuple[RandomVariable, ...]:
        """The variables, in an order of their own."""
        return tuple(self.args[0])

    def covariance(self, first: int, second: int) -> Basic:
        """Return the covariance of two variables by their positions, the first not the later one."""
        return self.args[1][first][second - first]

    @property
    def moments(self) -> tuple[Basic, ...]:
        """All means, covariances and third moments."""
        own = [
            node for variable in self.variables for node in (variable.args[1], *variable.args[3])
        ]
        return (*own, *[node for row in self.args[1] for node in row])

    @property
    def independent(self) -> tuple[frozenset[int], ...]:
        """The sets of positions of variables that are independent of each other."""
        return tuple([frozenset(map(int, positions)) for positions in self.args[2]])


class ScalarExpectation(_Scalar):
    """``ScalarExpectation(body, distribution)``: the mean of a number; the variables are bound."""


class MatrixExpectation(_Matrix):
    """``MatrixExpectation(body, distribution)``: the mean of a matrix, entry by entry."""

    @property
    def shape(self) -> Shape:
        """The shape of the body."""
        return shape(self.args[0])


EXPECTATIONS = (ScalarExpectation, MatrixExpectation)


def expectation(body: Basic, distribution: Distribution) -> Basic:
    """Return the expectation of a number or a matrix."""
    return (MatrixExpectation if shape(body) else ScalarExpectation)(body, distribution)


def random_variable(
    name: Basic, mean: Basic, law: str, third: Basic | None = None
) -> RandomVariable:
    """Return a name with what is known of it alone."""
    return RandomVariable(name, mean, Str(law), Tuple() if third is None else Tuple(third))


def distribution(
    variables: tuple[RandomVariable, ...],
    covariances: tuple[tuple[Basic, ...], ...],
    independent: tuple[tuple[int, ...], ...],
) -> Distribution:
    """Return what is known of some names together."""
    sets = [Tuple(*[Integer(position) for position in one]) for one in independent]
    return Distribution(
        Tuple(*variables), Tuple(*[Tuple(*row) for row in covariances]), Tuple(*sets)
    )


def length(node: Basic) -> Size:
    """Return the number of entries of a number or matrix."""
    return Mul(*shape(node))


def covariance_shape(first: Basic, second: Basic) -> Shape:
    """Return the shape of a covariance: ``()`` of two numbers.

    Example:
        >>> from derivcheck.algebra.nodes import size_symbol, value_symbol
        >>> n = size_symbol("n")
        >>> covariance_shape(value_symbol("t", ()), value_symbol("X", (n, n)))
        (1, n**2)
    """
    if not shape(first) and not shape(second):
        return ()
    return (length(first), length(second))


def distributions(*nodes: Basic) -> Iterator[Distribution]:
    """Yield the distributions that stand in nodes, once for each node."""
    for node in nodes:
        yield from node.atoms(Distribution)
