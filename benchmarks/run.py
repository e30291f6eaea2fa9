"""What `make bench` measures: every speed is a ratio or a rate taken in one run.

    python benchmarks/run.py

1. a cold `derivcheck check` of the archetype beside `python -c "import sympy"`;
2. decisions a second: lowering, normal form and certificate of every step of the gallery;
3. whole steps a second: reading, proof, kernel, exact evaluation and report of the gallery;
4. networks of depth K, plain and residual: the gradient by the first weights (the input);
5. vec(ABC) = (Cᵀ ⊗ A) vec(B) expanded entry by entry with SymPy at growing sizes, beside the proof
   for all sizes.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import sympy
from rich.console import Console
from rich.table import Table

from derivcheck.algebra.goal import Goal
from derivcheck.algebra.nodes import Vec
from derivcheck.checking import check_text
from derivcheck.language.derivation import understand
from derivcheck.prover.strategy import prove
from derivcheck.reading import read

ROOT = Path(__file__).resolve().parent.parent
GALLERY = sorted(p for p in (ROOT / "proofs").glob("*.md") if p.name != "README.md")


def seconds(action: Callable[[], object], repeat: int = 5) -> float:
    """Return the median time of an action."""
    times = []
    for _ in range(repeat):
        began = time.perf_counter()
        action()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def cold_start(table: Table) -> None:
    """Time whole processes in turn, so that a drifting machine does not favour either."""
    ours = [
        sys.executable,
        "-m",
        "derivcheck",
        "check",
        "-q",
        str(ROOT / "proofs/backpropagation.md"),
    ]
    theirs = [sys.executable, "-c", "import sympy"]
    ratios = []
    for _ in range(7):
        pair = []
        for command in (ours, theirs):
            began = time.perf_counter()
            subprocess.run(command, capture_output=True, check=False)
            pair.append(time.perf_counter() - began)
        ratios.append(pair[0] / pair[1])
    table.add_row("cold check of the archetype / import sympy", f"{statistics.median(ratios):.2f}")


def goals() -> list[Goal]:
    """Return the goals of every step of the gallery."""
    found = []
    for path in GALLERY:
        document = read(str(path), path.read_text(encoding="utf-8"))
        steps = understand(document, document.layout or "denominator").steps
        found += [step.goal for step in steps if step.goal is not None]
    return found


def decisions(table: Table) -> None:
    """Time the decision alone, each goal by itself."""
    times = []
    for goal in goals():
        times.append(seconds(lambda goal=goal: prove(goal), repeat=3))
    median = statistics.median(times)
    table.add_row("decisions a second (median step of the gallery)", f"{1 / median:,.0f}")


def whole_steps(table: Table) -> None:
    """Time the whole of a check, in one process."""
    texts = [path.read_text(encoding="utf-8") for path in GALLERY]
    count = sum(len(check_text(text).steps) for text in texts)
    spent = seconds(lambda: [check_text(text) for text in texts], repeat=3)
    table.add_row("whole steps a second (the gallery)", f"{count / spent:,.0f}")


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
    """Time the gradient of networks by their input."""
    for residual in (False, True):
        for depth in (1, 4, 16, 64):
            text = network(depth, residual=residual)
            document = read("network.md", text)
            (step,) = understand(document, "numerator").steps
            assert step.goal is not None
            spent = seconds(lambda: prove(step.goal), repeat=3)  # noqa: B023
            proved = prove(step.goal)[0] is not None
            kind = "residual" if residual else "plain"
            shown = f"{spent * 1000:,.1f} ms" if proved else "not proved"
            table.add_row(f"{kind} network, K = {depth}: decision", shown)


def expansion(table: Table) -> None:
    """Time SymPy's entry-by-entry expansion beside the proof for all sizes."""
    names = sympy.symbols("m n p q", integer=True, positive=True)
    m, n, p, q = names
    a, b, c = (
        sympy.MatrixSymbol("A", m, n),
        sympy.MatrixSymbol("B", n, p),
        sympy.MatrixSymbol("C", p, q),
    )
    left = Vec(sympy.MatMul(a, b, c))
    right = sympy.MatMul(sympy.KroneckerProduct(sympy.Transpose(c), a), Vec(b))
    ours = seconds(lambda: prove(Goal(left, right)))
    table.add_row("vec(ABC), all sizes: proof", f"{ours * 1000:.2f} ms")
    for size in (2, 3, 4, 5):
        x, y, z = (
            sympy.Matrix(size, size, lambda i, j, s=s: sympy.Symbol(f"{s}_{i}_{j}")) for s in "abc"
        )

        def expand(x: sympy.Matrix = x, y: sympy.Matrix = y, z: sympy.Matrix = z) -> bool:
            difference = (x * y * z).vec() - sympy.kronecker_product(z.T, x) * y.vec()
            return bool(difference.expand().is_zero_matrix)

        spent = seconds(expand, repeat=1)
        table.add_row(f"vec(ABC), {size} × {size}: SymPy, expanded", f"{spent * 1000:,.0f} ms")


def main() -> None:
    """Measure and print."""
    table = Table("what", "measured", title="benchmarks")
    for measure in (cold_start, decisions, whole_steps, depths, expansion):
        measure(table)
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
