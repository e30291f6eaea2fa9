from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shown_trees import read, show, usual_words

from derivcheck.language import syntax as tree
from derivcheck.language.parser import LatexError, Vocabulary, parse

WORDS = usual_words()


def check(text: str, *expected: str, words: Vocabulary = WORDS) -> None:
    assert read(text, words) == list(expected)


def check_error(text: str, code: str, phrase: str, place: str, words: Vocabulary = WORDS) -> None:
    with pytest.raises(LatexError) as caught:
        parse(text, words)
    error = caught.value
    assert (error.code, text[error.start : error.end]) == (code, place)
    assert phrase in error.headline


def test_check_fails_on_another_tree() -> None:
    with pytest.raises(AssertionError):
        check("A B", "(* B A)")
    with pytest.raises(AssertionError):
        check("A = B", "A = B", "B = A")


def test_check_error_fails_on_another_error() -> None:
    with pytest.raises(AssertionError):
        check_error("(A", "DC101", "is never closed", "A")
    with pytest.raises(AssertionError):
        check_error("(A", "DC102", "is never closed", "(")
    with pytest.raises(AssertionError):
        check_error("(A", "DC101", "double", "(")


# Names and scripts -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"h^{(k-1)\top}", "(T h^{(k-1)})"),
        (r"h^{(k-1)^T}", "(T h^{(k-1)})"),
        (r"{W^{(k)}}^\top", "(T W^{(k)})"),
        (r"A^{-1}{}^\top", "(T (^ A (+ -1)))"),
        (r"W^{(k)T}", "(T W^{(k)})"),
        (r"W^{( k )}", "W^{(k)}"),
        (r"W^{(k)}_{ij}", "(at W^{(k)} i j)"),
        (r"W^{(k)-1}", "(^ W^{(k)} (+ -1))"),
        (r"\hat{y}^2", r"(^ \hat{y} 2)"),
        (r"\hat y", r"\hat{y}"),
        (r"\mathbf{w}^{\star\top}", r"(T \mathbf{w}^\star)"),
        (r"\Sigma_1^{-1}", r"(^ \Sigma_1 (+ -1))"),
        (r"x^{-} x^{+} P^+", "(* x^- x^+ P^+)"),
        (r"A^+ (A^\top)^+", "(* (pinv A) (pinv (T A)))"),
        (r"A^\dagger", "(pinv A)"),
        (r"x_i^2", "(^ (at x i) 2)"),
        (r"x_i^\top x_j", "(* (T (at x i)) (at x j))"),
        (r"\hat{p}_i", r"(at \hat{p} i)"),
        (r"W^{[l]} b_{(i)} L_y M_c", "(* W^{[l]} b_{(i)} L_y M_c)"),
        (r"A_{ij} A_{i,j} A_{i+1,j}", "(* (at A i j) (at A i j) (at A (+ i 1) j))"),
        (r"A_{11} x_{10} x_1", "(* (at A 1 1) (at x 10) (at x 1))"),
        (r"G_{i,:} A_{:,j} X_{:j} X_{i:}", "(* (at G i :) (at A : j) (at X : j) (at X i :))"),
        (r"A_{i\cdot}", "(at A i :)"),
        (r"[A]_{ij} (Ax)_i (h_t)_i", "(* (at A i j) (at (* A x) i) (at h_t i))"),
        (r"A^\top_{ij}", "(at (T A) i j)"),
        (r"A_{ij}^\top", "(T (at A i j))"),
        (r"W_{ij}", "(at W i j)"),
        (r"z^{(3)} \tilde{x} Q_1", r"(* z^{(3)}? \tilde{x}? Q_1?)"),
        (r"Q_{ij}", "(at Q? i j)"),
        (r"x_{t-1} W_{xh} w_{\text{new}}", r"(* x_{t-1}? W_{xh}? w_{\mathrm{new}}?)"),
        (r"A^{-\top} A^{-T} A^{\top\top}", "(* (T (^ A (+ -1))) (T (^ A (+ -1))) (T (T A)))"),
        (r"A^{1/2} X^{k-1} A^{-1}", "(* (^ A (/ 1 2)) (^ X (+ k -1)) (^ A (+ -1)))"),
        (r"A' A^T A^{\mathsf T} A^\mathsf{T} A^{\intercal}", "(* (T A) (T A) (T A) (T A) (T A))"),
        (r"A^{\prime}", "(T A)"),
    ],
)
def test_names_and_scripts(text: str, expected: str) -> None:
    check(text, expected)


def test_entries_of_a_bold_matrix_may_be_written_plain() -> None:
    words = Vocabulary()
    words.declare(r"\mathbf{W}", "variable", axes=2)
    check("W_{ij}", r"(at \mathbf{W} i? j?)", words=words)
    check("W", "W?", words=words)


def test_members_of_a_family_are_components_of_its_base() -> None:
    words = Vocabulary()
    words.declare("x", "variable", axes=1, family=1)
    words.declare("x_0", "variable", axes=1)
    check(
        r"\sum_{i=1}^n x_i + x_0 + (x_i)_j",
        "(+ (sum i 1 n? (at x i?)) x_0 (at (at x i?) j?))",
        words=words,
    )
    check("x_{ij}", "(at x i? j?)", words=words)


# Constants and brackets --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            r"I I_n \mathbf{I}_d I_{n \times n}",
            "(* <identity> <identity n> <identity d> <identity n n>)",
        ),
        (r"I_{mn}", "<identity (* m n)>"),
        (r"\mathbf{1} \mathbf{1}_N \mathbb{1}", "(* <ones> <ones N> <ones>)"),
        (r"\mathbf 1^\top x", "(* (T <ones>) x)"),
        (r"1_n^\top 1_{m \times n}", "(* (T <ones n>) <ones m n>)"),
        (r"0 \mathbf{0}", "(* 0 0)"),
        (r"\mathbf{0}_{m \times n}", "<zeros m n>"),
        (r"K_{m,n} K_{mn}", "(* <commutation m n> <commutation m n>)"),
        (r"e_i \mathbf{e}_1", "(* <unit i> <unit 1>)"),
        (r"\delta_{ij} \delta_{i,k}", "(* <delta i j> <delta i k>)"),
        (r"2 \pi", "(* 2 <pi>)"),
        (r"2.50 A", "(* 5/2 A)"),
        (r"\frac12 A", "(* (/ 1 2) A)"),
        (r"|x| \lvert x \rvert", "(* (abs° x) (abs° x))"),
        (r"\|x\|^2 + \|x\|_2^2", "(+ (^ (norm x) 2) (^ (norm2 x) 2))"),
        (r"\lVert A \rVert_F^2 + \|A\|^2_F", "(+ (^ (normF A) 2) (^ (normF A) 2))"),
        (r"\|A\|_{\mathrm F}", "(normF A)"),
        (r"\|x\|_\Sigma", r"(norm\Sigma x)"),
        (r"\langle A, B \rangle", "(inner A B)"),
        (r"\left\langle A, B \right\rangle_F", "(inner A B)"),
        (r"A : B + C : D", "(+ (inner A B) (inner C D))"),
        (r"[A, B]", "(commutator A B)"),
        (r"A [ x + y ] \{ x \}", "(* A (+ x y) x)"),
        (r"\sqrt{x} \sqrt[3]{t}", "(* (sqrt° x) (^ t (/ 1 3)))"),
        (r"e^{-t} + e^{A} e^x", "(+ (exp°^ (+ -t)) (* (exp°^ A) (exp°^ x)))"),
        (r"\mathrm{e}^{t}", "(exp°^ t)"),
        (r"\begin{bmatrix} A & B \\ C & D \end{bmatrix}", "(matrix A B ; C D)"),
        (r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}^\top", "(T (matrix 1 ; 2))"),
        (r"\left( \begin{array}{cc} A & 0 \\ 0 & B \end{array} \right)", "(matrix A 0 ; 0 B)"),
        (r"\begin{vmatrix} 1 & 2 \\ 3 & 4 \end{vmatrix}", "(det° (matrix 1 2 ; 3 4))"),
    ],
)
def test_constants_and_brackets(text: str, expected: str) -> None:
    check(text, expected)


def test_a_declared_name_is_no_constant() -> None:
    words = Vocabulary()
    for name in ("I", "e", "K", r"\delta_t"):
        words.declare(name, "variable", axes=2)
    check(r"I e K_{ij} \delta_t", r"(* I e (at K i? j?) \delta_t)", words=words)


# Products and sums -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A B x", "(* A B x)"),
        (r"A \cdot B \times C", "(* A B C)"),
        ("-A + B - C", "(+ -A B -C)"),
        ("+A", "A"),
        (r"A \otimes B C", "(kronecker A (* B C))"),
        (r"A \odot B \odot C", "(hadamard (hadamard A B) C)"),
        (r"W^\top \cdot a \odot b", "(hadamard (* (T W) a) b)"),
        (r"a \oslash b", "(hadamard-division a b)"),
        (r"a \circ b", "(hadamard a b)"),
        (r"f \circ g", "(compose f g)"),
        (r"(f \circ g)(x)^2", "(^ ((compose f g) x) 2)"),
        (r"1 / 2 x", "(* (/ 1 2) x)"),
        (r"A B / t x", "(* (/ (* A B) t) x)"),
        (r"1 / (1 + \exp(-t))", "(/ 1 (+ 1 (exp° (+ -t))))"),
        (r"\alpha / r B A", r"(* (/ \alpha r) B A)"),
        (r"\frac{N d}{2}", "(/ (* N d) 2)"),
        (r"\sum_{i=1}^{n} x_i t + c", "(+ (sum i 1 n (* (at x i) t)) c)"),
        (r"A \sum_i x_i \otimes y", "(* A (sum i _ _ (kronecker (at x i) y)))"),
        (r"\sum_{i,j} A_{ij}", "(sum i,j _ _ (at A i j))"),
        (r"\sum_{k} \sum_l A_{kl}", "(sum k _ _ (sum l _ _ (at A k l)))"),
        (r"\sum_{i=1}^n (a_i - t) c_i", "(sum i 1 n (* (+ (at a i) -t) (at c i)))"),
        (r"\prod_i x_i", "(product i _ _ (at x i))"),
        (r"\log \sum_k e^{z_k}", "(log° (sum k _ _ (exp°^ (at z k))))"),
        (
            r"A ⊗ B + A ⊙ B + ∇_x L + Σ⁻¹ + x₁ · t",
            r"(+ (kronecker A B) (hadamard A B) (nabla [x] L) (^ \Sigma (+ -1)) (* (at x 1) t))",
        ),
    ],
)
def test_sums_and_products(text: str, expected: str) -> None:
    check(text, expected)


# Functions ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("g(a)", "(g a)"),
        (r"g\left[a\right]", "(g a)"),
        ("g'(a) g''(a)", "(* (g' a) (g'' a))"),
        ("f^{(2)}(a)", "(f'' a)"),
        ("g(a)^2", "(^ (g a) 2)"),
        ("g(a)_i", "(at (g a) i)"),
        ("g(a)^\\top", "(T (g a))"),
        ("f' g", "(* f' g)"),
        (r"\sigma'(2t)", r"(\sigma' (* 2 t))"),
        (r"\sigma' = \sigma (1 - \sigma)", r"\sigma' = (* \sigma (+ 1 -\sigma))"),
        (r"\sigma(t) (1 - \sigma(t))", r"(* (\sigma t) (+ 1 -(\sigma t)))"),
        (r"\tanh'(t) \tanh(t)^2", "(* (tanh'° t) (^ (tanh° t) 2))"),
        (r"x (y + z)", "(* x (+ y z))"),
        (r"\phi(x) \psi(x, y)", r"(* (\phi° x) (\psi° x y))"),
        (r"Q^\top (x + y)", "(* (T Q?) (+ x y))"),
        (r"L(x)", "(L x)"),
        (r"L", "L"),
        (r"\log x y", "(* (log° x) y)"),
        (r"\log^2 x", "(^ (log° x) 2)"),
        (r"\log x_i^2", "(log° (^ (at x i) 2))"),
        (r"\log 2 \pi", "(log° (* 2 <pi>))"),
        (r"\log 2 \, t", "(* (log° 2) t)"),
        (r"\ln \det(X^\top X)", "(log° (det° (* (T X) X)))"),
        (r"\log\det \Sigma", r"(log° (det° \Sigma))"),
        (r"\operatorname{tr} A B + C", "(+ (tr° (* A B)) C)"),
        (r"\operatorname{tr} A B \operatorname{tr} C", "(* (tr° (* A B)) (tr° C))"),
        (r"\operatorname{tr}(A) B", "(* (tr° A) B)"),
        (r"\operatorname{tr}(A)^2 \det(A)^{-1}", "(* (^ (tr° A) 2) (^ (det° A) (+ -1)))"),
        (r"\mathrm{Tr}(A) \text{tr}(A) \tr(A) \trace A", "(* (tr° A) (tr° A) (tr° A) (tr° A))"),
        (r"\operatorname{vec} X^\top", "(vec° (T X))"),
        (r"\operatorname{vec}^{-1}_{n \times m}(v)", "(unvec°[n m] v)"),
        (
            r"\operatorname{vec}_{m,n}^{-1}(v) \operatorname{vec}^{-1}(v)",
            "(* (unvec°[m n] v) (unvec° v))",
        ),
        (
            r"\operatorname{Diag}(p) \operatorname{diag}(p)^{-1}",
            "(* (diag° p) (^ (diag° p) (+ -1)))",
        ),
        (r"\max(0, z)", "(max° 0 z)"),
        (r"\mathbb{E}[x] \operatorname{E}\left[x\right]", "(* (E° x) (E° x))"),
        (r"\operatorname{Cov}(x, y)", "(Cov° x y)"),
        (r"\operatorname{softmax}(z)_i", "(at (softmax° z) i)"),
    ],
)
def test_functions(text: str, expected: str) -> None:
    check(text, expected)


def test_function_words_in_plain_letters_need_a_bracket_and_undeclared_letters() -> None:
    words = Vocabulary()
    for name in "ABt":
        words.declare(name, "variable", axes=2)
    check("tr(AB) vec(A)^\\top diag (B)", "(* (tr° (* A B)) (T (vec° A)) (diag° B))", words=words)
    words.declare("r", "variable", axes=0)
    check("tr(A)", "(* t r A)", words=words)
    check("t r A", "(* t r A)", words=words)


# Derivatives -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"\nabla_x f", "(nabla [x] f)"),
        (r"\nabla f(p)", "(nabla [] (f p))"),
        (r"\nabla_{\operatorname{vec}(W)} f", "(nabla [(vec° W)] f)"),
        (
            r"\nabla_x^2 f \nabla^2_\beta f \nabla^2 f",
            r"(* (nabla2 [x] f) (nabla2 [\beta] f) (nabla2 [] f))",
        ),
        (r"\nabla_a L \, W", "(* (nabla [a] L) W)"),
        (
            r"\nabla_a L \left( h^\top \otimes I_n \right)",
            "(* (nabla [a] L) (kronecker (T h) <identity n>))",
        ),
        (r"\nabla_a L \, (W + V)", "(* (nabla [a] L) (+ W V))"),
        (r"h (\nabla_a L)", "(* h (nabla [a] L))"),
        (r"\nabla_w L(\hat y)^\top", r"(T (nabla [w] (L \hat{y})))"),
        (r"\nabla_h \mathcal{L} \left( h \right)", r"(nabla [h] (\mathcal{L} h))"),
        (r"\nabla_x f(x)^\top v", "(* (T (nabla [x] (f x))) v)"),
        (r"\nabla_x f^\top", "(T (nabla [x] f))"),
        (r"\nabla_G \operatorname{tr} J(G)", "(nabla [G] (tr° (J G)))"),
        (r"\nabla_X \operatorname{tr} X A B + C", "(+ (nabla [X] (tr° (* X A B))) C)"),
        (r"\nabla_X \|AX-B\|^2", "(nabla [X] (^ (norm (+ (* A X) -B)) 2))"),
        (r"\nabla_X (b^\top X) a", "(* (nabla [X] (* (T b) X)) a)"),
        (r"\nabla_\Sigma \log\det\Sigma", r"(nabla [\Sigma] (log° (det° \Sigma)))"),
        (r"\nabla_x \sum_i f(x_i)", "(nabla [x] (sum i _ _ (f (at x i))))"),
        (r"\partial_x f", "(partial [x] f)"),
        (r"\frac{\partial f}{\partial x}", "(partial [x] f)"),
        (r"\frac{\partial f}{\partial x}^\top", "(T (partial [x] f))"),
        (r"\frac{\partial}{\partial x} f(x) A + B", "(+ (partial [x] (* (f x) A)) B)"),
        (r"A \frac{\partial}{\partial X} \operatorname{tr}(X)", "(* A (partial [X] (tr° X)))"),
        (r"\partial f / \partial x", "(partial [x] f)"),
        (r"\partial (h_t)_i / \partial (h_{t-1})_j", "(partial [(at h_{t-1} j)] (at h_t i))"),
        (
            r"a \, \partial L / \partial \operatorname{vec}(W) \, b",
            "(* a (partial [(vec° W)] L) b)",
        ),
        (r"dL/dW", "(d [W] L)"),
        (r"\frac{dL}{dW} \frac{d \mathcal{L}}{d V}", r"(* (d [W] L) (d [V] \mathcal{L}))"),
        (r"\frac{\mathrm d y}{\mathrm d x}", "(d [x] y)"),
        (r"\frac{d}{dW}[A W]", "(d [W] (* A W))"),
        (r"\frac{\partial^2 f}{\partial x \partial x^\top}", "(partial2 [x xᵀ] f)"),
        (r"\frac{\partial^2 f}{\partial x^2}", "(partial2 [x] f)"),
        (r"\frac{\partial \log p}{\partial z}", "(partial [z] (log° p))"),
        (
            r"\frac{\partial \operatorname{vec}(AXB)}{\partial \operatorname{vec}(X)^\top}",
            "(partial [(vec° X)ᵀ] (vec° (* A X B)))",
        ),
        (r"\frac{\partial x^\top B x}{\partial x}", "(partial [x] (* (T x) B x))"),
        (
            r"\frac{\partial (Bx+b)^\top F (Dx+c)}{\partial x}",
            "(partial [x] (* (T (+ (* B x) b)) F (+ (* D x) c)))",
        ),
        (
            r"\frac{\partial \frac{x-a}{\|x-a\|}}{\partial x^\top}",
            "(partial [xᵀ] (/ (+ x -a) (norm (+ x -a))))",
        ),
        (r"\frac{\partial L}{\partial W_{ij}}", "(partial [(at W i j)] L)"),
        (r"\left. \frac{\partial L}{\partial V} \right|_{h_{t-1}}", "(| (partial [V] L) h_{t-1})"),
        (r"\frac{d}{dt} f(x + t v) \Big|_{t=0}", "(| (d [t] (f (+ x (* t v)))) t = 0)"),
        (r"c + A \frac{\partial f}{\partial x} |_{x = a}", "(+ c (* A (| (partial [x] f) x = a)))"),
    ],
)
def test_derivatives(text: str, expected: str) -> None:
    check(text, expected)


def test_a_gradient_of_a_product_that_begins_with_a_primitive_takes_the_whole_product() -> None:
    words = usual_words()
    words.declare("x", "variable", axes=1, primitive=True)
    check(r"\nabla_x x^\top A x + b", "(+ (nabla [x] (* (T x) A x)) b)", words=words)
    check(r"\nabla_y y^\top A x", "(* (T (nabla [y] y)) A x)", words=words)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"dX \, W", "(* (d X) W)"),
        (r"d\Sigma", r"(d \Sigma)"),
        (r"\mathrm{d}X + \mathrm{d} (X Y)", "(+ (d X) (d (* X Y)))"),
        (r"d(XY)", "(d (* X Y))"),
        (r"d\left( X^{-1} \right)", "(d (^ X (+ -1)))"),
        (r"dX^{-1}", "(d (^ X (+ -1)))"),
        (r"d\mathcal{L} + d\ell", r"(+ (d \mathcal{L}) (d \ell))"),
        (r"(dB) A", "(* (d B) A)"),
        (r"db^\top", "(T (d b))"),
        (r"d\log\det X", "(d (log° (det° X)))"),
        (r"N d", "(* N d)"),
        (r"\frac{c}{d \, s}", "(/ c (* d s))"),
        (r"d s", "(* d s)"),
        (r"d(n + 1)", "(* d (+ n 1))"),
        (r"\mathbf{1}_{dn}", "<ones (* d n)>"),
    ],
)
def test_differentials_beside_a_size_d(text: str, expected: str) -> None:
    check(text, expected)


def test_a_plain_d_is_a_differential_unless_it_is_declared() -> None:
    words = Vocabulary()
    words.declare("X", "variable", axes=2)
    check(r"d \operatorname{tr}(X)", "(d (tr° X))", words=words)
    check("d X", "(d X)", words=words)
    words.declare("dX", "variable", axes=2)
    check("X dX^\\top", "(* X (T dX))", words=words)


# Statements --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = b = c", ["a = b", "b = c"]),
        (r"= c \, a", ["_ = (* c a)"]),
        (r"a &= b \\ &= c \\ &= A x", ["a = b", "b = c", "c = (* A x)"]),
        (r"a &= b \\ & \quad + c \\ &= x", ["a = (+ b c)", "(+ b c) = x"]),
        (r"a &= b \\ &\qquad - c", ["a = (+ b -c)"]),
        (r"a &= b \\ &- c = x", ["a = (+ b -c)", "(+ b -c) = x"]),
        (r"a &= b \\ -c &= h", ["a = b", "(+ -c) = h"]),
        (r"a = b + \\ c", ["a = (+ b c)"]),
        (r"a = A \\ \cdot b", ["a = (* A b)"]),
        (r"\begin{aligned} a &= b \\ c &= h \end{aligned}", ["a = b", "c = h"]),
        (r"\begin{align*} a &= b, \\ &= c. \end{align*}", ["a = b", "b = c"]),
        (r"\begin{eqnarray} a &=& b \\ &=& c \end{eqnarray}", ["a = b", "b = c"]),
        (r"\begin{array}{rcl} a &=& b \\ &=& c \end{array}", ["a = b", "b = c"]),
        (r"a &= b & c &= h \\ x &= y & A &= B", ["a = b", "c = h", "x = y", "A = B"]),
        (r"a &= b && \text{using (2)} \\ &= c && (3)", ["a = b", "b = c"]),
        (r"a &= b && \text{since } A = B \\ &= c", ["a = b", "b = c", "A = B"]),
        (r"a = b \text{ and } c = h \\ = x", ["a = b", "c = h", "h = x"]),
        (r"a = b, \quad c = h; x = y", ["a = b", "c = h", "x = y"]),
        (r"a = b \quad \text{and} \quad c = h .", ["a = b", "c = h"]),
        (r"a = b \Leftrightarrow c = h \implies x = y", ["a = b", "c = h", "x = y"]),
        (r"(1) \quad a = b \qquad (\ast)", ["a = b"]),
        (r"a = b \tag{1} \label{eq:x}", ["a = b"]),
        (r"\boxed{a = b}", ["a = b"]),
        (r"a = \left( b + \right. \\ \left. c \right) A", ["a = (* (+ b c) A)"]),
        (r"\left\{ \begin{aligned} a &= b \\ c &= h \end{aligned} \right.", ["a = b", "c = h"]),
        (r"A \neq B", [r"A \neq B"]),
        (r"A \not= B", [r"A \neq B"]),
        (r"a := b \coloneqq c \triangleq h", ["a := b", "b := c", "c := h"]),
        (r"a \overset{(a)}{=} b \stackrel{\text{def}}{=} c", ["a = b", "b := c"]),
        (r"a \approx b \le c \propto h", [r"a \approx b", r"b \leq c", r"c \propto h"]),
        (r"A \succ 0", [r"A \succ 0"]),
        (r"a", ["a"]),
        (r"a, b", ["a", "b"]),
        ("", []),
    ],
)
def test_chains_and_rows(text: str, expected: list[str]) -> None:
    check(text, *expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"i, j \in \{1, \dots, n\}", [r"i, j \in (range 1 n)"]),
        (r"i \in [n]", [r"i \in (range 1 n)"]),
        (r"A, B \in \mathbb{R}^{n \times m}", [r"A, B \in (real n m)"]),
        (r"x \in \mathbb{R}^{mn}", [r"x \in (real (* m n))"]),
        (r"x \in \mathbb R^n", [r"x \in (real n)"]),
        (r"t \in ℝ", [r"t \in (real)"]),
        (r"t \in \mathbb{R}_{>0}", [r"t \in (real >0)"]),
        (r"k \in \mathbb{N}", [r"k \in (natural)"]),
        (r"y \in \{0, 1\}^{n}", [r"y \in (set \{0,1\} n)"]),
        (r"t \in [0, 1)", [r"t \in (other [0,1))"]),
        (r"A \in \mathbb{S}^n_{++}", [r"A \in (other \mathbb{S}_{++}^n n)"]),
        (r"a = b \in \mathbb{R}^n", ["a = b", r"b \in (real n)"]),
        (r"\mathbb{R}^{m \times n}", ["(real m n)"]),
        (r"f, g : \mathbb{R}^n \to \mathbb{R}", ["f, g : (real n) -> (real)"]),
        (
            r"f \colon \mathbb{R}^n \times \mathbb{R}^m \to \mathbb{R}^{n \times m}",
            ["f : (real n) × (real m) -> (real n m)"],
        ),
        (r"A \text{ invertible}", ["A is `invertible`"]),
        (r"A, B \text{ symmetric}", ["A, B is `symmetric`"]),
        (r"A \text{ and } B \text{ are symmetric}", ["A, B is `are symmetric`"]),
        (r"A + B \text{ invertible}", ["(+ A B) is `invertible`"]),
        (r"f \text{ differentiable, elementwise}", ["f is `differentiable, elementwise`"]),
        (r"x_1, \dots, x_n \text{ independent}", ["(at x 1), (at x n) is `independent`"]),
        (r"t, \lambda > 0", ["t > 0", r"\lambda > 0"]),
        (r"x \sim \mathcal{N}(a, \Sigma)", [r"x \sim (\mathcal{N}° a \Sigma)"]),
    ],
)
def test_givens(text: str, expected: list[str]) -> None:
    check(text, *expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            r"a = b, \quad \text{where } c = h \text{ and } x = y",
            ["a = b", "where: c = h", "where: x = y"],
        ),
        (r"\text{Let } A = B", ["let: A = B"]),
        (r"a = b \text{ for all } x \in \mathbb{R}^n", ["a = b", r"for: x \in (real n)"]),
        (r"\forall x \in \mathbb{R}^n: A x = b", [r"for: x \in (real n)", "(* A x) = b"]),
        (r"\forall x \in \mathbb{R}^n, \; A x = b", [r"for: x \in (real n)", "(* A x) = b"]),
        (r"a_i = b_i \quad \forall i, j", ["(at a i) = (at b i)", "for: i", "for: j"]),
        (r"a_i = b_i, \quad i = 1, \dots, n", ["(at a i) = (at b i)", r"for: i \in (range 1 n)"]),
        (
            r"a_i = b_i, \quad i, j = 1, 2, \ldots, n",
            ["(at a i) = (at b i)", r"for: i, j \in (range 1 n)"],
        ),
        (r"a_i = b_i \quad (i = 1, \dots, n)", ["(at a i) = (at b i)", r"for: i \in (range 1 n)"]),
        (r"i = 1, \dots, n", [r"i \in (range 1 n)"]),
        (r"a_i = b_i, i = 1, 2, 3", ["(at a i) = (at b i)", r"for: i \in (range 1 3)"]),
        (r"a = 1, 3", ["a = 1", "3"]),
        (r"x = y \text{ if } t > 0", ["x = y", "if: t > 0"]),
        (r"t = 1 \text{ if } t > 0 \text{ else } 0", ["t = (cases 1 if t > 0 ; else 0)"]),
        (
            r"A = \begin{cases} B & t > 0 \\ C & \text{otherwise} \end{cases}",
            ["A = (cases B if t > 0 ; else C)"],
        ),
        (
            r"\begin{cases} B & \text{if } t = 0, \\ C & \text{if } t > 0 \end{cases}",
            ["(cases B if t = 0 ; C if t > 0)"],
        ),
    ],
)
def test_cues_and_conditions(text: str, expected: list[str]) -> None:
    check(text, *expected)


def test_links_of_a_chain_share_their_nodes() -> None:
    first, second = (statement.node for statement in parse("a = A x = b", WORDS))
    assert isinstance(first, tree.Relation)
    assert isinstance(second, tree.Relation)
    assert first.rhs is second.lhs


def test_every_node_keeps_its_place() -> None:
    text = r"\nabla_a L \, W  =  \frac{1}{2} (x^\top A)"
    [statement] = parse(text, WORDS)
    relation = statement.node
    assert isinstance(relation, tree.Relation)
    assert text[relation.start : relation.end] == text
    assert text[relation.sign_at] == "="
    assert isinstance(relation.lhs, tree.Product)
    gradient, factor = relation.lhs.factors
    assert text[gradient.start : gradient.end] == r"\nabla_a L"
    assert text[factor.start : factor.end] == "W"
    assert isinstance(relation.rhs, tree.Product)
    half, _ = relation.rhs.factors
    assert text[half.start : half.end] == r"\frac{1}{2}"


def test_a_macro_has_the_place_of_its_call() -> None:
    text = r"A + \half B"
    [statement] = parse(text, WORDS, {r"\half": (0, r"\frac{1}{2}")})
    assert show(statement.node) == "(+ A (* (/ 1 2) B))"
    assert isinstance(statement.node, tree.Sum)
    product = statement.node.terms[1][1]
    assert isinstance(product, tree.Product)
    half = product.factors[0]
    assert text[half.start : half.end] == r"\half"


# Errors ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "phrase", "place"),
    [
        (r"a = \left( b", "DC101", r"`\left(` has no `\right`", r"\left("),
        ("a = (b + c", "DC101", "`(` is never closed", "("),
        ("a = b + c)", "DC101", "`)` closes nothing", ")"),
        ("(a]", "DC101", "`(` is closed by `]`", "(a]"),
        ("a = {b", "DC101", "`{` is never closed", "{"),
        ("a = b}", "DC101", "`}` closes nothing", "}"),
        ("a +", "DC101", "nothing stands after `+`", "+"),
        (r"a \otimes = b", "DC101", r"nothing stands after `\otimes`", r"\otimes"),
        (r"\cdot a", "DC101", r"nothing stands before `\cdot`", r"\cdot"),
        ("(a = b) c", "DC101", "the relation `=` stands inside", "="),
        (r"\frac{a}", "DC101", r"`\frac` lacks an argument", r"\frac"),
        ("x^2^3", "DC101", "double superscript", "x^2^"),
        ("^2", "DC101", "nothing stands before `^`", "^"),
        ("x_", "DC101", "nothing stands after `_`", "_"),
        (r"a + \foo", "DC101", r"unknown command `\foo`", r"\foo"),
        (r"\left a", "DC101", "is not followed by a bracket", r"\left"),
        (r"\nabla_x", "DC101", "nothing to differentiate", r"\nabla_x"),
        (
            r"\frac{\partial f}{\partial x \partial y}",
            "DC101",
            "order 1 with 2 variables",
            r"\frac{\partial f}{\partial x \partial y}",
        ),
        (r"\sum x_i", "DC101", "has no index", r"\sum"),
        (r"{A B}^\top", "DC101", "braces around more than one sign", r"{A B}^\top"),
        (r"\begin{aligned} a", "DC101", "is never ended", r"\begin{aligned}"),
        (r"a \end{aligned}", "DC101", "ends nothing", r"\end{aligned}"),
        (r"A \in", "DC101", r"nothing stands after `\in`", r"\in"),
        (
            r"\begin{bmatrix} 1 & 2 \\ 3 \end{bmatrix}",
            "DC101",
            "different lengths",
            r"\begin{bmatrix} 1 & 2 \\ 3 \end{bmatrix}",
        ),
        (r"\int f", "DC110", r"`\int` is not read", r"\int"),
        (r"A \pm B", "DC110", r"`\pm` is not read", r"\pm"),
        (r"A * B", "DC110", "is not read as a product", "*"),
        (r"\max_i x_i", "DC110", r"the subscript of `\max`", r"\max_i"),
        (r"f^{-1}(x)", "DC110", "inverse function", "f^{-1}"),
        (r"(a, b)", "DC110", "a list in brackets", "(a, b)"),
        (r"a + \dots + b", "DC110", "ellipsis", r"\dots"),
        (r"\nabla \cdot f", "DC110", r"`\nabla \cdot` is not read", r"\nabla \cdot"),
        (r"x^{99999999}", "DC102", "an exponent is larger", "99999999"),
        (r"9" * 200, "DC102", "digits", "9" * 101),
    ],
)
def test_errors(text: str, code: str, phrase: str, place: str) -> None:
    check_error(text, code, phrase, place)


def test_an_unknown_command_says_where_to_define_it() -> None:
    with pytest.raises(LatexError) as caught:
        parse(r"\foo", WORDS)
    assert caught.value.help == (r"define `\foo` under `macros:` in the front matter",)


def test_rows_around_an_unreadable_one_are_read() -> None:
    check(r"a = \foo \\ c = h", "unreadable DC101", "c = h")
    check(r"a &= b \\ &= \int c \\ &= x = y", "a = b", "unreadable DC110", "x = y")
    check(r"a = b +, \quad c = h", "unreadable DC101", "c = h")


@pytest.mark.parametrize(
    "text",
    [
        "{" * 100_000,
        "(" * 15_000,
        "a" * 2_000_000,
        r"\sqrt" * 3_000,
        r"\frac" * 3_000,
        "x^{" * 1_500,
        r"\nabla_x " * 1_000 + "f",
        r"\log" * 1_500 + " x",
        r"\sum_i " * 1_000 + "x",
        r"\mathrm d" * 1_400 + "x",
        r"a \odot " * 1_500 + "b",
        "a/" * 2_000 + "b",
        "x^{" + r"\top" * 4_000 + "}",
    ],
)
def test_oversized_formulas_end_at_once(text: str) -> None:
    with pytest.raises(LatexError) as caught:
        parse(text, WORDS)
    assert caught.value.code == "DC102"


def test_formulas_within_the_limits_are_read() -> None:
    deep = "(" * 95 + "a" + ")" * 95
    check(deep, "a")
    assert len(parse(", ".join("x" for _ in range(2_000)), WORDS)) == 2_000
    assert len(parse(" = ".join("x" for _ in range(2_000)), WORDS)) == 1_999


# Robustness --------------------------------------------------------------------------------------

SIGNS = r"""a A x W^{(k)} 1 2 0 + - = \in \neq ( ) [ ] { } \{ \} | \| ^ _ ' , ; . : & \\ / * \cdot
\otimes \odot \circ \frac \sqrt \hat \mathbf \nabla \partial d \mathrm{d} \sum \prod
\log \det \operatorname{tr} \operatorname \text{and} \text{if} \text{else} \text{where}
\text{invertible} \left \right \left( \right) \left. \right| \left\{ \right. \big| \quad
\, \begin{aligned} \end{aligned} \begin{bmatrix} \end{bmatrix} \begin{cases} \end{cases}
\mathbb{R} ^{-1} ^\top _{ij} _{i=1} ^{n} \to \forall \dots \langle \rangle \foo \R
\underbrace \overset \not \color \label{x} % e f g L \sigma I K_{m,n} \delta_{ij} \infty
ᵀ ² é \bf \rm \vec \mid |_{ f' L( i=1,\dots,n"""
PIECES = st.sampled_from(SIGNS.split())


def check_well_formed(error: LatexError, text: str) -> None:
    assert 0 <= error.start <= error.end <= len(text)
    assert error.code in ("DC101", "DC102", "DC110")
    assert 0 < len(error.headline) <= 100


@given(st.lists(PIECES, max_size=25), st.sampled_from(["", " "]))
def test_any_sequence_of_signs_gives_statements_or_a_latex_error(
    pieces: list[str], gap: str
) -> None:
    text = gap.join(pieces)
    try:
        statements = parse(text, WORDS, {r"\R": (0, r"\mathbb{R}")})
    except LatexError as error:
        check_well_formed(error, text)
        return
    for statement in statements:
        assert 0 <= statement.node.start <= statement.node.end <= len(text)
        show(statement.node)


@given(st.text(max_size=60))
def test_any_text_gives_statements_or_a_latex_error(text: str) -> None:
    try:
        parse(text, WORDS)
    except LatexError as error:
        check_well_formed(error, text)


def test_check_well_formed_fails_on_a_place_outside_the_text() -> None:
    with pytest.raises(AssertionError):
        check_well_formed(LatexError("DC101", "words", 3, 9), "short")
    with pytest.raises(AssertionError):
        check_well_formed(LatexError("DC999", "words", 0, 1), "short")


def test_the_grammar_has_no_conflict() -> None:
    code = (
        "import logging, lark\n"
        "from derivcheck.language.parser import parse, Vocabulary\n"
        "records = []\n"
        "handler = logging.Handler()\n"
        "handler.emit = records.append\n"
        "lark.logger.addHandler(handler)\n"
        "lark.logger.setLevel(logging.DEBUG)\n"
        "original = lark.Lark.__init__\n"
        "def verbose(self, grammar, **options):\n"
        "    original(self, grammar, **{**options, 'debug': True})\n"
        "lark.Lark.__init__ = verbose\n"
        "parse('a = b', Vocabulary())\n"
        "assert not records, [record.getMessage() for record in records]\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_lark_is_loaded_only_when_a_formula_is_read() -> None:
    code = (
        "import sys\n"
        "from derivcheck.language.parser import introduce, parse, Vocabulary\n"
        "introduce('a = b')\n"
        "assert 'lark' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
