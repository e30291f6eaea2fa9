"""Syntax trees: what a formula says before anything is known of shapes.

Every node keeps the offsets ``start``/``end`` of its LaTeX in the formula's source text, so that
any
later message can underline the author's own characters. Trees are plain frozen data.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction as Rational

from derivcheck.language.scanning import LatexError


@dataclass(frozen=True, slots=True)
class Node:
    """Base of all syntax nodes: a stretch ``[start, end)`` of the formula's source text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Name(Node):
    r"""A name in its canonical spelling (``W^{(k)}``, ``\hat{y}``, ``L_y``), declared or not.

    Canonical: no spaces, braces only where an argument has more than one token or follows a command
    with an argument (``\hat{y}``, ``\mathbf{W}``, ``x_{t-1}`` but ``x_t``, ``x^+``); ``\boldsymbol
    S``
    is ``\boldsymbol{S}``.
    """

    name: str
    declared: bool


@dataclass(frozen=True, slots=True)
class Number(Node):
    """An exact non-negative number: ``2``, ``0.5``."""

    value: Rational


@dataclass(frozen=True, slots=True)
class Builtin(Node):
    r"""A built-in constant: ``I``, ``1`` (the all-ones ``\mathbf{1}``), ``0`` is a Number.

    Attributes:
        name: ``identity``, ``ones``, ``commutation``, ``unit`` (``e_i``), ``delta``
            (``\delta_{ij}``),
            ``zeros`` (a ``0`` or ``\mathbf{0}`` with sizes), ``pi``, ``infinity``.
        parameters: subscripts: sizes of ``I_n``, ``\mathbf{1}_{m \times n}``, ``K_{m,n}``; indices
            of
            ``e_i`` and ``\delta_{ij}``.
    """

    name: str
    parameters: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Sum(Node):
    """A sum of signed terms: (sign, term) with sign 1 or -1. A lone ``-x`` is a Sum of one term."""

    terms: tuple[tuple[int, Node], ...]


@dataclass(frozen=True, slots=True)
class Product(Node):
    r"""A product by juxtaposition, ``\cdot`` or ``\times``; associates to the left.

    ``dotted`` are the places of the factors that a ``\cdot`` stands before.
    """

    factors: tuple[Node, ...]
    dotted: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Binary(Node):
    r"""A two-sided operator, left-associative.

    ``operator``: ``hadamard`` (``\odot``, ``\circ``), ``kronecker`` (``\otimes``), ``inner``
    (``\langle A, B\rangle``, ``A : B``), ``compose`` (``\circ`` between two function names),
    ``hadamard-division`` (``\oslash``), ``commutator`` (``[A, B]``).
    """

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Fraction(Node):
    r"""``\frac{a}{b}`` or ``a / b``; one that writes a derivative is a Derivative instead."""

    numerator: Node
    denominator: Node


@dataclass(frozen=True, slots=True)
class Power(Node):
    """``base^exponent`` (any exponent that is not a transpose, a plus, a star or part of a name).

    ``A^{-1}`` is Power(A, Sum(((-1, 1),))); ``A^{-T}`` is Transpose(Power(A, -1)).
    """

    base: Node
    exponent: Node


@dataclass(frozen=True, slots=True)
class Transpose(Node):
    r"""``A^\top``, ``A^T``, ``A^{\mathsf T}``, or ``A'`` of a name that is no function."""

    base: Node


@dataclass(frozen=True, slots=True)
class PseudoInverse(Node):
    r"""``A^+``, ``A^\dagger`` of something that is not a declared name with that mark."""

    base: Node


@dataclass(frozen=True, slots=True)
class Slice(Node):
    """The ``:`` of ``A_{i,:}``."""


@dataclass(frozen=True, slots=True)
class Component(Node):
    """``x_i``, ``A_{ij}``, ``[A]_{ij}``, ``(Ax)_i``, ``A_{i,:}``: one node (index) per position."""

    base: Node
    indices: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class FunctionName(Node):
    r"""A function named without arguments: ``g``, ``g'`` (order 1), ``\sigma``, ``\nabla L`` aside.

    ``name`` is the declared spelling, or the bare word of a built-in one: ``exp``, ``log``
    (``\ln``),
    ``sigma``, ``tanh``, ``relu``, ``softplus``, ``softmax``, ``sin``, ``cos``, ``sqrt``, ``abs``,
    ``sign``, ``max``, ``min``, ``tr``, ``det``, ``logdet``, ``vec``, ``unvec``, ``diag``, ``rank``,
    ``adj``, ``cof``, ``E``, ``Cov``, ``Var``, ``Re``, ``Im``, ... (the word itself when unknown).
    """

    name: str
    order: int
    declared: bool


@dataclass(frozen=True, slots=True)
class Call(Node):
    r"""A function applied: ``g(a)``, ``\operatorname{tr} X``, ``\log\det X``, ``L(x, y)``.

    ``parameters`` are subscripts of the function word: the sizes of ``vec^{-1}_{n \times m}``.
    ``\sqrt{x}`` is Call(sqrt), ``|x|`` Call(abs), ``e^{x}`` Call(exp) with ``power=True``.
    """

    function: Node
    arguments: tuple[Node, ...]
    parameters: tuple[Node, ...] = ()
    power: bool = False


@dataclass(frozen=True, slots=True)
class Norm(Node):
    r"""``\|x\|_2`` (kind ``2``), ``\|A\|_F`` (``F``), ``\|x\|`` (empty), ``\|x\|_\Sigma``."""

    body: Node
    kind: str


@dataclass(frozen=True, slots=True)
class BigOperator(Node):
    r"""``\sum_{i=1}^{n} body`` or ``\prod``: ``operator`` is ``sum`` or ``product``.

    ``indices`` are the bound names; ``lower``/``upper`` None when not written. The body extends
    over
    the following product, as usual: ``\sum_i a_i b + c`` is ``(\sum_i a_i b) + c``.
    """

    operator: str
    indices: tuple[str, ...]
    lower: Node | None
    upper: Node | None
    body: Node


@dataclass(frozen=True, slots=True)
class Variable(Node):
    r"""A variable of a derivative: below the line or below ∇; ``x^\top`` is transposed."""

    expression: Node
    transposed: bool


@dataclass(frozen=True, slots=True)
class Derivative(Node):
    r"""``\nabla_x f``, ``\nabla f(p)``, ``\frac{\partial f}{\partial x}``, ``\frac{d}{dW}[f]``.

    Attributes:
        notation: ``nabla``, ``partial`` or ``d``.
        order: 1, or 2 for ``\nabla^2`` and ``\partial^2``.
        function: what is differentiated.
        variables: as written; empty for ``\nabla f(p)``; two for ``\partial x \partial x^\top``.
    """

    notation: str
    order: int
    function: Node
    variables: tuple[Variable, ...]


@dataclass(frozen=True, slots=True)
class Differential(Node):
    r"""``dX``, ``\mathrm{d} X``, ``d(XY)``, ``d\operatorname{tr} X``: body is what d applies to."""

    body: Node


@dataclass(frozen=True, slots=True)
class Restricted(Node):
    r"""``\left. body \right|_{y}``, ``|_{t=0}``: each condition a Name (held fixed) or Relation."""

    body: Node
    conditions: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Matrix(Node):
    r"""``\begin{bmatrix} … \end{bmatrix}`` and its kin (``[A, B]`` is a commutator)."""

    rows: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True, slots=True)
class Cases(Node):
    r"""``a \text{ if } t > 0 \text{ else } b``, cases environment: (value, condition or None)."""

    branches: tuple[tuple[Node, Node | None], ...]


@dataclass(frozen=True, slots=True)
class Space(Node):
    r"""The right side of ``\in``.

    ``kind``: ``real`` (``\mathbb{R}``, dims () for numbers), ``natural``, ``range``
    (``\{1, \dots, n\}``: dims (1, n)), ``set`` (``\{0, 1\}^{n}``: dims are its exponent, ``word``
    its
    spelling), ``other`` (``\mathbb{S}^n``, ...: ``word`` says which). Of a real space ``word`` is
    its
    subscript: ``+``, ``++``, ``>0``, ``\geq0``.
    """

    kind: str
    dims: tuple[Node, ...]
    word: str = ""


@dataclass(frozen=True, slots=True)
class Relation(Node):
    r"""One link ``lhs sign rhs`` of a chain; ``start``/``end`` are the whole link's.

    Attributes:
        sign: ``=``, ``:=``, ``\neq``, ``\in``, ``<``, ``>``, ``\leq``, ``\geq``, ``\succ``,
            ``\succeq``,
            ``\approx``, ``\propto``, ``\to``, ``\sim``, ... (the LaTeX of the relation sign).
        sign_at: offset of the sign's first character.
        lhs: None when the display opens with the relation sign.
        names: for ``A, B \in …`` all declared names of the left side.
    """

    sign: str
    sign_at: int
    lhs: Node | None
    rhs: Node
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signature(Node):
    r"""``f: \mathbb{R}^n \to \mathbb{R}``; ``\mathbb{R}^n \times \mathbb{R}^m`` is two domains.

    ``names`` is plural for ``f, g: …``.
    """

    names: tuple[str, ...]
    domains: tuple[Space, ...]
    codomain: Space


@dataclass(frozen=True, slots=True)
class Property(Node):
    r"""``A \text{ invertible}``, ``H \text{ is invertible}``: subjects and the words."""

    subjects: tuple[Node, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Unreadable(Node):
    """A stretch of a display that could not be read; the statements around it were."""

    error: LatexError


@dataclass(frozen=True, slots=True)
class Statement:
    r"""One statement of a formula.

    Attributes:
        node: a Relation, Signature, Property, Unreadable, or an expression that states nothing.
        cue: the lower-case word inside the formula that introduces the statement: ``where``,
            ``with``,
            ``let``, ``given``, ``suppose``, ``assume``, ``define``, ``denote``; or one of ``for``,
            ``if``,
            ``when``, ``whenever``, ``unless`` when the statement is a condition or a range
            (``\forall``,
            ``i = 1, \dots, n`` and ``\text{for all}`` are ``for``).
        remark: it stands in a remark beside a row: `&& \text{by } a = b`.
    """

    node: Node
    cue: str | None = None
    remark: bool = False
