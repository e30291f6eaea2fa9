from __future__ import annotations

import pytest

from derivcheck.language.parser import LatexError, introduce, introductions


def check(text: str, kind: str, *names: str, **facts: object) -> None:
    found = introduce(text)
    assert found is not None
    assert (found.kind, found.names) == (kind, names)
    assert {fact: getattr(found, fact) for fact in facts} == facts
    assert 0 <= found.start <= found.end <= len(text)


def test_check_fails_on_another_form() -> None:
    with pytest.raises(AssertionError):
        check("a = b", "shape", "a")
    with pytest.raises(AssertionError):
        check("a = b", "definition", "b")
    with pytest.raises(AssertionError):
        check("a = b", "definition", "a", sign=":=")


def test_shapes() -> None:
    check(r"A, B \in \mathbb{R}^{m \times n}", "shape", "A", "B", axes=2, sign=r"\in")
    check(r"x \in \mathbb R^n", "shape", "x", axes=1)
    check(r"c \in \mathbb{R}", "shape", "c", axes=0)
    check(r"k \in \mathbb{N}", "shape", "k", axes=0)
    check(r"y \in \{0, 1\}^n", "shape", "y", axes=1)
    check(r"t \in [0, 1]", "shape", "t", axes=0)
    check(r"x \in \mathcal{X}", "shape", "x", axes=None)
    check(r"\lambda > 0", "shape", r"\lambda", axes=0, sign=">")
    check(r"k \geq 1", "shape", "k", sign=r"\geq")
    check(r"h^{(k-1)} \in \mathbb{R}^m", "shape", "h^{(k-1)}", axes=1)
    check(r"h_{t-1} \in \mathbb{R}^m", "shape", "h_{t-1}", axes=1, base=None)
    check(
        r"J^{ij} \in \mathbb{R}^{n \times n}", "shape", "J^{ij}", base="J", superscripts=("i", "j")
    )
    check(r"dX \in \mathbb{R}^{n \times n}", "shape", "dX", base="X")
    check(r"\mathrm{d} X \in \mathbb{R}^{n \times n}", "shape", r"\mathrm{d}X", base="X")


def test_families() -> None:
    check(r"x_i \in \mathbb{R}^d", "family", "x_i", axes=1, base="x", indices=("i",))
    check(
        r"\boldsymbol{x}_i \in \mathbb{R}^d", "family", r"\boldsymbol{x}_i", base=r"\boldsymbol{x}"
    )
    check(
        r"K_{m,n} \in \mathbb{R}^{mn \times mn}",
        "family",
        "K_{m,n}",
        axes=2,
        base="K",
        indices=("m", "n"),
    )


def test_indices() -> None:
    check(r"i, j \in \{1, \dots, n\}", "index", "i", "j", axes=0)
    check(r"i = 1, \dots, n", "index", "i")
    check(r"i \in [n]", "index", "i")


def test_signatures() -> None:
    check(r"g: \mathbb{R} \to \mathbb{R}", "signature", "g", axes=0, domains=1)
    check(
        r"f, h \colon \mathbb{R}^n \times \mathbb{R} \to \mathbb{R}^{p}",
        "signature",
        "f",
        "h",
        axes=1,
        domains=2,
    )
    check(r"\mathcal{L}: \mathbb{R}^n \to \mathbb{R}", "signature", r"\mathcal{L}")


def test_functions() -> None:
    check(r"J(G) = G P G^\top", "function", "J", parameters=("G",))
    check(r"\ell(w) = -\sum_i w_i", "function", r"\ell", parameters=("w",))
    check(r"H(t) = 1 \text{ if } t > 0 \text{ else } 0", "function", "H", parameters=("t",))
    check(r"f(x, y) := x^\top y", "function", "f", parameters=("x", "y"), sign=":=")
    check(r"J(\mathbf{w}) = 0", "function", "J", parameters=(r"\mathbf{w}",))
    check(r"\sigma(t) = t", "function", r"\sigma", parameters=("t",))
    check(r"\operatorname{softmax}(z) = z", "function", r"\mathrm{softmax}", parameters=("z",))


def test_definitions() -> None:
    check(r"a = W h + b", "definition", "a", sign="=")
    check(r"a^{(k)} := W^{(k)} h^{(k-1)}", "definition", "a^{(k)}", sign=":=")
    check(r"\hat{x} = \frac{c}{s}", "definition", r"\hat{x}")
    check(r"P^{+} = (I - K H) P", "definition", "P^+")
    check(r"\mathbf{w}^\star = 0", "definition", r"\mathbf{w}^\star")
    check(r"h_{t-1} = g(a)", "definition", "h_{t-1}")
    check(r"M_1 = A", "definition", "M_1")
    check(r"z^l = W^l a^{l-1}", "definition", "z^l", base="z", superscripts=("l",))
    check(r"dW_0 = 0", "definition", "dW_0", base="W")
    check(r"L = L(y)", "definition", "L")


def test_components() -> None:
    check(
        r"(J^{ij})_{kl} = \delta_{ik} \delta_{jl}",
        "components",
        "J^{ij}",
        base="J^{ij}",
        indices=("k", "l"),
        superscripts=("i", "j"),
    )
    check(r"p_i = \exp(z_i)", "components", "p_i", base="p", indices=("i",))
    check(r"\hat{p}_i = \sigma(t_i)", "components", r"\hat{p}_i", base=r"\hat{p}", indices=("i",))
    check(r"[A]_{ij} = 1", "components", "A", base="A", indices=("i", "j"))
    check(r"D_t = \operatorname{diag}(h_t)", "components", "D_t", base="D", indices=("t",))
    check(r"(J_t)_{ij} = 0", "components", "J_t", base="J_t", indices=("i", "j"))


def test_properties_and_hypotheses() -> None:
    check(r"A \text{ invertible}", "property", "A")
    check(r"A, B \text{ symmetric}", "property", "A", "B")
    check(r"X^\top X \text{ invertible}", "property")
    check(r"Q^\top Q = I", "hypothesis")
    check(r"A^\top = A", "hypothesis")
    check(r"A^2 = A", "hypothesis")
    check(r"A v = \lambda v", "hypothesis")
    check(r"\Sigma \succ 0", "hypothesis", r"\Sigma")
    check(r"\mathbb{E}[x] = m", "hypothesis")
    check(r"\operatorname{Cov}(x, y) = K", "hypothesis")
    check(r"\det(A) = 1", "hypothesis")
    check(r"f'(x) = 0", "hypothesis")
    check(r"f(2 x) = 0", "hypothesis")
    check(r"x \sim \mathcal{N}(m, \Sigma)", "hypothesis", "x")
    check(r"= b", "hypothesis")


def test_nothing_is_introduced_by_an_expression() -> None:
    assert introduce("A x") is None
    assert introduce("") is None


def test_all_statements_of_a_formula_are_reported_with_their_cues() -> None:
    found = introductions(
        r"a = W h, \quad \text{where } W \in \mathbb{R}^{n \times m} \text{ and } b = 0"
    )
    assert [(one.kind, one.names, one.cue) for one in found] == [
        ("definition", ("a",), None),
        ("shape", ("W",), "where"),
        ("definition", ("b",), "where"),
    ]


def test_macros_are_expanded() -> None:
    found = introduce(r"A \in \R^{n \times n}", {r"\R": (0, r"\mathbb{R}")})
    assert found is not None
    assert (found.kind, found.axes) == ("shape", 2)


def test_brackets_that_do_not_match_are_an_error() -> None:
    with pytest.raises(LatexError, match="never closed"):
        introduce("a = (b")
