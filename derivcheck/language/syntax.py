"""Syntax trees: what a formula says before anything is known of shapes.

Every node keeps the offsets ``start``/``end`` of its LaTeX in the formula's source text, so that
any
later message can underline the author's own characters. Trees are plain frozen data.
"""

from __future__ import annotations

from fractions import Fraction as Rational

from msgspec import Struct

from derivcheck.language.scanning import LatexError


class Node(Struct, frozen=True):
    """Base of all syntax nodes: a stretch ``[start, end)`` of the formula's source text."""

    start: int
    end: int


class Name(Node, frozen=True):
    r"""A name in its canonical spelling (``W^{(k)}``, ``\hat{y}``, ``L_y``), declared or not.

    Canonical: no spaces, braces only where an argument has more than one token or follows a command
    with an argument (``\hat{y}``, ``\mathbf{W}``, ``x_{t-1}`` but ``x_t``, ``x^+``); ``\boldsymbol
    S``
    is ``\boldsymbol{S}``.
    """

    name: str
    declared: bool


class Number(Node, frozen=True):
    """An exact non-negative number: ``2``, ``0.5``."""

    value: Rational


class Builtin(Node, frozen=True):
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


class Sum(Node, frozen=True):
    """A sum of signed terms: (sign, term) with sign 1 or -1. A lone ``-x`` is a Sum of one term."""

    terms: tuple[tuple[int, Node], ...]


class Product(Node, frozen=True):
    r"""A product by juxtaposition, ``\cdot`` or ``\times``; associates to the left.

    ``dotted`` are the places of the factors that a ``\cdot`` stands before.
    """

    factors: tuple[Node, ...]
    dotted: tuple[int, ...] = ()


class Binary(Node, frozen=True):
    r"""A two-sided operator, left-associative.

    ``operator``: ``hadamard`` (``\odot``, ``\circ``), ``kronecker`` (``\otimes``), ``inner``
    (``\langle A, B\rangle``, ``A : B``), ``compose`` (``\circ`` between two function names),
    ``hadamard-division`` (``\oslash``), ``commutator`` (``[A, B]``).
    """

    operator: str
    left: Node
    right: Node


class Fraction(Node, frozen=True):
    r"""``\frac{a}{b}`` or ``a / b``; one that writes a derivative is a Derivative instead."""

    numerator: Node
    denominator: Node


class Power(Node, frozen=True):
    """``base^exponent`` (any exponent that is not a transpose, a plus, a star or part of a name).

    ``A^{-1}`` is Power(A, Sum(((-1, 1),))); ``A^{-T}`` is Transpose(Power(A, -1)).
    """

    base: Node
    exponent: Node


class Transpose(Node, frozen=True):
    r"""``A^\top``, ``A^T``, ``A^{\mathsf T}``, or ``A'`` of a name that is no function."""

    base: Node


class PseudoInverse(Node, frozen=True):
    r"""``A^+``, ``A^\dagger`` of something that is not a declared name with that mark."""

    base: Node


class Slice(Node, frozen=True):
    """The ``:`` of ``A_{i,:}``."""


class Component(Node, frozen=True):
    """``x_i``, ``A_{ij}``, ``[A]_{ij}``, ``(Ax)_i``, ``A_{i,:}``: one node (index) per position."""

    base: Node
    indices: tuple[Node, ...]


class FunctionName(Node, frozen=True):
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


class Call(Node, frozen=True):
    r"""A function applied: ``g(a)``, ``\operatorname{tr} X``, ``\log\det X``, ``L(x, y)``.

    ``parameters`` are subscripts of the function word: the sizes of ``vec^{-1}_{n \times m}``.
    ``\sqrt{x}`` is Call(sqrt), ``|x|`` Call(abs), ``e^{x}`` Call(exp) with ``power=True``.
    """

    function: Node
    arguments: tuple[Node, ...]
    parameters: tuple[Node, ...] = ()
    power: bool = False


class Norm(Node, frozen=True):
    r"""``\|x\|_2`` (kind ``2``), ``\|A\|_F`` (``F``), ``\|x\|`` (empty), ``\|x\|_\Sigma``."""

    body: Node
    kind: str


class BigOperator(Node, frozen=True):
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


class Variable(Node, frozen=True):
    r"""A variable of a derivative: below the line or below ∇; ``x^\top`` is transposed."""

    expression: Node
    transposed: bool


class Derivative(Node, frozen=True):
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


class Differential(Node, frozen=True):
    r"""``dX``, ``\mathrm{d} X``, ``d(XY)``, ``d\operatorname{tr} X``: body is what d applies to."""

    body: Node


class Restricted(Node, frozen=True):
    r"""``\left. body \right|_{y}``, ``|_{t=0}``: each condition a Name (held fixed) or Relation."""

    body: Node
    conditions: tuple[Node, ...]


class Matrix(Node, frozen=True):
    r"""``\begin{bmatrix} … \end{bmatrix}`` and its kin (``[A, B]`` is a commutator)."""

    rows: tuple[tuple[Node, ...], ...]


class Cases(Node, frozen=True):
    r"""``a \text{ if } t > 0 \text{ else } b``, cases environment: (value, condition or None)."""

    branches: tuple[tuple[Node, Node | None], ...]


class Space(Node, frozen=True):
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


class Relation(Node, frozen=True):
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


class Signature(Node, frozen=True):
    r"""``f: \mathbb{R}^n \to \mathbb{R}``; ``\mathbb{R}^n \times \mathbb{R}^m`` is two domains.

    ``names`` is plural for ``f, g: …``.
    """

    names: tuple[str, ...]
    domains: tuple[Space, ...]
    codomain: Space


class Property(Node, frozen=True):
    r"""``A \text{ invertible}``, ``H \text{ is invertible}``: subjects and the words."""

    subjects: tuple[Node, ...]
    words: str


class Unreadable(Node, frozen=True):
    """A stretch of a display that could not be read; the statements around it were."""

    error: LatexError


class Statement(Struct, frozen=True):
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
