"""What `make bench` measures: every speed is a ratio or a rate taken in one run.

    python benchmarks/run.py

1. a cold `derivcheck check` of the archetype beside `python -c "import sympy"`, and its memory;
2. decisions alone, without reading and exact evaluation: of every proved step of the gallery and the
   test corpus, by the method that proves it;
3. whole steps a second: reading, proof, kernel, exact evaluation and report of the gallery's documents;
4. networks of depth K, plain and residual: the gradient by the first input, the whole document;
5. the same claims expanded entry by entry with SymPy at growing sizes, beside the decision for all
   sizes (proof, kernel and exact evaluation), which does not grow.

Times are CPU times, so that other work on the machine matters little. The table is printed as
Markdown; the README quotes it.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import sympy
from rich import box
from rich.console import Console
from rich.table import Table

from derivcheck.algebra.goal import Goal
from derivcheck.algebra.nodes import Vec, size_symbol
from derivcheck.checking import check_text
from derivcheck.kernel.check import Certificate
from derivcheck.language.derivation import understand
from derivcheck.prover.strategy import METHODS, decide, method_of, prove
from derivcheck.reading import read

ROOT = Path(__file__).resolve().parent.parent
GALLERY = sorted(p for p in (ROOT / "proofs").glob("*.md") if p.name != "README.md")


def seconds(action: Callable[[], object], repeat: int = 5) -> float:
    """Return the median CPU time of an action."""
    times = []
    for _ in range(repeat):
        began = time.process_time()
        action()
        times.append(time.process_time() - began)
    return statistics.median(times)


def cold_start(table: Table) -> None:
    """Take the CPU time of processes in turn, so that a drifting machine does not favour either."""
    ours = [
        sys.executable,
        "-m",
        "derivcheck",
        "check",
        "--no-cache",
        "-q",
        str(ROOT / "proofs/backpropagation.md"),
    ]
    theirs = [sys.executable, "-c", "import sympy"]
    ratios = []
    for _ in range(7):
        pair = []
        for command in (ours, theirs):
            began = os.times()
            subprocess.run(command, capture_output=True, check=False)
            ended = os.times()
            user = ended.children_user - began.children_user
            pair.append(user + ended.children_system - began.children_system)
        ratios.append(pair[0] / pair[1])
    table.add_row("cold check of the archetype / import sympy", f"{statistics.median(ratios):.2f}")
    with tempfile.TemporaryDirectory() as folder:
        again = [argument for argument in ours if argument != "--no-cache"]
        environment = {**os.environ, "DERIVCHECK_CACHE": folder}
        times = []
        for _ in range(6):
            began = os.times()
            subprocess.run(again, capture_output=True, check=False, env=environment)
            ended = os.times()
            times.append(ended.children_user - began.children_user)
    table.add_row("the same once more, unchanged", f"{statistics.median(times[1:]):.2f} s")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    table.add_row("memory of that check, at most", f"{peak} MB")


def goals() -> list[Goal]:
    """Return the goals of every step of the gallery and of the corpus of proved steps."""
    found = []
    for path in (*GALLERY, *sorted((ROOT / "tests/corpus/proved").glob("*.md"))):
        document = read(str(path), path.read_text(encoding="utf-8"))
        steps = understand(document, document.layout or "denominator").steps
        found += [step.goal for step in steps if step.goal is not None]
    return found


def decided(goal: Goal) -> Certificate | None:
    """Decide a goal alone, as a check does: by the normal form, and by all methods if it must."""
    return prove(goal, METHODS[:1])[0] or prove(goal)[0]


def decisions(table: Table) -> None:
    """Time the decision alone, each goal by itself."""
    times: dict[str, list[float]] = {}
    for goal in goals():
        certificate = decided(goal)
        if certificate is not None:
            spent = seconds(lambda goal=goal: decided(goal), repeat=3)
            times.setdefault(method_of(certificate), []).append(spent)
    median = statistics.median(times["normal-form"])
    table.add_row("decisions a second by the normal form (median)", f"{1 / median:,.0f}")
    for method in ("completion", "functions"):
        spent = statistics.median(times[method])
        table.add_row(f"decision by {method} (median)", f"{spent * 1000:.1f} ms")


def whole_steps(table: Table) -> None:
    """Time the whole of a check, in one process: documents that need no more than the normal form,
    and those that need hypotheses, inverses or known functions as well.
    """
    texts: dict[bool, list[str]] = {True: [], False: []}
    for path in GALLERY:
        text = path.read_text(encoding="utf-8")
        methods = {step.method for step in check_text(text).steps}
        texts[methods <= {"normal-form", "given", None}].append(text)
    for plain, label in ((True, "the normal form is enough"), (False, "more is needed")):
        count = sum(len(check_text(text).steps) for text in texts[plain])
        spent = seconds(lambda plain=plain: [check_text(text) for text in texts[plain]], repeat=3)
        table.add_row(f"whole steps a second, {label}", f"{count / spent:,.0f}")


def network(depth: int, *, residual: bool) -> str:
    """Return a document about a network of the given depth."""
    given = [
        r"h_0 \in \mathbb{R}^n",
        r"g: \mathbb{R} \to \mathbb{R}",
        r"\ell: \mathbb{R}^n \to \mathbb{R}",
    ]
    for k in range(1, depth + 1):
        given.append(rf"W_{{{k}}} \in \mathbb{{R}}^{{n \times n}}")
        given.append(rf"a_{{{k}}} = W_{{{k}}} h_{{{k - 1}}}")
        skip = rf"h_{{{k - 1}}} + " if residual else ""
        given.append(rf"h_{{{k}}} = {skip}g(a_{{{k}}})")
    given.append(rf"L = \ell(h_{{{depth}}})")
    unit = "I + " if residual else ""
    layers = " ".join(
        rf"({unit}\operatorname{{diag}}(g'(a_{{{k}}})) W_{{{k}}})" for k in range(depth, 0, -1)
    )
    claim = rf"\nabla_{{h_0}} L = \nabla_{{h_{{{depth}}}}} L {layers}"
    lines = [
        "---",
        "layout: numerator",
        "given:",
        *[f"  - '{g.replace(chr(39), chr(39) * 2)}'" for g in given],
    ]
    return "\n".join([*lines, "---", f"$${claim}$$", ""])


def depths(table: Table) -> None:
    """Time documents about networks: one step, the gradient by the input."""
    for residual in (False, True):
        for depth in (1, 2, 4, 8, 16, 32, 64):
            text = network(depth, residual=residual)
            spent = seconds(lambda text=text: check_text(text), repeat=3)
            verdict = check_text(text).steps[0].verdict
            kind = "residual" if residual else "plain"
            shown = f"{spent * 1000:,.0f} ms" if verdict == "proved" else verdict
            table.add_row(f"{kind} network, K = {depth}: the whole document", shown)


def square(name: str, size: int) -> sympy.Matrix:
    """Return a matrix of symbols."""
    return sympy.Matrix(size, size, lambda i, j: sympy.Symbol(f"{name}_{i}_{j}"))


def vec_of_a_product(size: int) -> sympy.Matrix:
    """Return vec(ABC) - (C' (x) A) vec(B), not expanded."""
    a, b, c = (square(name, size) for name in "abc")
    return (a * b * c).vec() - sympy.kronecker_product(c.T, a) * b.vec()


def mixed_product(size: int) -> sympy.Matrix:
    """Return (A (x) B)(C (x) D) - AC (x) BD, not expanded."""
    a, b, c, d = (square(name, size) for name in "abcd")
    kronecker = sympy.kronecker_product
    return kronecker(a, b) * kronecker(c, d) - kronecker(a * c, b * d)


def cyclic_trace(size: int) -> sympy.Matrix:
    """Return tr(ABCD) - tr(DABC), not expanded."""
    a, b, c, d = (square(name, size) for name in "abcd")
    return sympy.Matrix([[(a * b * c * d).trace() - (d * a * b * c).trace()]])


def claims() -> list[tuple[str, Goal, Callable[[int], sympy.Matrix], tuple[int, ...]]]:
    """Return claims: name, for all sizes, as explicit matrices of one size, sizes to expand at."""
    m, n, p, q, r = (size_symbol(name) for name in "mnpqr")
    a, b = sympy.MatrixSymbol("A", m, n), sympy.MatrixSymbol("B", n, p)
    c, d = sympy.MatrixSymbol("C", p, q), sympy.MatrixSymbol("D", q, m)
    e, f = sympy.MatrixSymbol("E", p, q), sympy.MatrixSymbol("F", q, r)
    product, kronecker = sympy.MatMul, sympy.KroneckerProduct
    return [
        (
            "vec(ABC) = (Cᵀ ⊗ A) vec(B)",
            Goal(
                Vec(product(a, b, c)),
                product(kronecker(sympy.Transpose(c), a), Vec(b)),
            ),
            vec_of_a_product,
            (2, 4, 6),
        ),
        (
            "(A ⊗ E)(B ⊗ F) = AB ⊗ EF",
            Goal(
                product(kronecker(a, e), kronecker(b, f)),
                kronecker(product(a, b), product(e, f)),
            ),
            mixed_product,
            (2, 3, 4),
        ),
        (
            "tr(ABCD) = tr(DABC)",
            Goal(sympy.Trace(product(a, b, c, d)), sympy.Trace(product(d, a, b, c))),
            cyclic_trace,
            (2, 4, 6),
        ),
    ]


def expansion(table: Table) -> None:
    """Time SymPy's entry-by-entry expansion beside the decision for all sizes."""
    for name, goal, residual, sizes in claims():
        assert decide(goal, "benchmark").kind.value == "proved"
        ours = seconds(lambda goal=goal: decide(goal, "benchmark"))
        table.add_row(f"{name}: decided for all sizes", f"{ours * 1000:.1f} ms")
        for size in sizes:
            spent = seconds(
                lambda size=size, residual=residual: residual(size).expand().is_zero_matrix,
                repeat=1,
            )
            label = f"{name}: SymPy expands {size} × {size}"
            table.add_row(label, f"{spent * 1000:,.0f} ms ({spent / ours:,.0f} times ours)")


def main() -> None:
    """Measure and print."""
    table = Table("what", "measured", box=box.MARKDOWN)
    for measure in (cold_start, decisions, whole_steps, depths, expansion):
        measure(table)
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
