"""Try to break derivcheck for as long as it is told, and print the figures: `make fuzz SECONDS=600`.

Every round takes other seeds. Expressions are compared with plain loops, documents and mutants with
the numeric oracle, texts at random must end in a verdict. Whatever is found is printed with all that
it takes to see it again, and makes the exit status 1.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import oracles
import strategies
from hypothesis import HealthCheck, Phase, given, seed, settings
from mutants import document_mutants, mutants
from numeric_oracle import Judged, judged
from random_documents import Writer
from sympy import Integer, srepr

from derivcheck.algebra.goal import Goal
from derivcheck.checking import check_text
from derivcheck.prover.strategy import METHODS, prove

HERE = Path(__file__).parent
SLOW = 60.0
"""Seconds in which any text must end in a verdict."""


@dataclass
class Figures:
    """What was tried, and what came of it."""

    counts: Counter = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def fail(self, kind: str, message: str) -> None:
        self.counts[kind, "disagreements"] += 1
        self.failures.append(f"{kind}: {message}")
        print(f"\n!! {kind}: {message}\n", flush=True)  # noqa: T201


# --- expressions ------------------------------------------------------------------------------------


def differ(lhs, rhs, definitions, number: int) -> bool:
    """Whether two expressions differ by plain loops, at sizes that differ from each other."""
    for numbers in ((2, 3, 1), (3, 2, 4)):
        sizes = dict(zip(strategies.SIZES, map(Integer, numbers), strict=True))
        both = (oracles.Oracle(sizes, number, definitions).value(side) for side in (lhs, rhs))
        if next(both) != next(both):
            return True
    return False


def expressions(figures: Figures, number: int) -> None:
    """Pairs of expressions: equal ones by rewriting, unequal ones by a slip, with and without names."""
    random = Random(number)
    depth = random.choice((3, 4, 4, 5))
    equal = random.random() < 0.5
    make = strategies.equal_pair if equal else strategies.slipped_pair
    lhs, rhs = make(number, depth)
    definitions: dict = {}
    if random.random() < 0.4:
        lhs, definitions = strategies.folded(Random(number), lhs, 3)
    certificate, _, code = prove(Goal(lhs, rhs, definitions), METHODS[:1])
    kind = "expressions"
    figures.counts[kind, "pairs"] += 1
    if code == "DC901":
        figures.fail(kind, f"seed {number}: the kernel refused {srepr(lhs)} = {srepr(rhs)}")
    if certificate is not None:
        figures.counts[kind, "proved"] += 1
        if (not equal or number % 4 == 0) and differ(lhs, rhs, definitions, number):
            figures.fail(kind, f"seed {number}: proved {srepr(lhs)} = {srepr(rhs)}")


# --- documents --------------------------------------------------------------------------------------

EVERY = ("proved", "refuted", "undecided", "ill-shaped", "unreadable")


def documents(figures: Figures, number: int) -> None:
    """Steps in LaTeX, true by construction or with a slip."""
    writer = Writer(number)
    text, truth = writer.document(6, 3 + number % 2)
    lines = [k for k, line in enumerate(text.split("\n"), 1) if line.startswith("$$")]
    known = dict(zip(lines, truth, strict=True))
    for step in judged(text, seed=number, only=EVERY):
        tally(figures, "documents", step, text, f"seed {number}")
        true = known[step.line]
        alarm = step.verdict in ("refuted", "ill-shaped", "unreadable")
        if true and (alarm or step.opinion.kind in ("differs", "clashes")):
            figures.fail("documents", f"seed {number}: true by construction, yet {step}\n{text}")


def tally(figures: Figures, kind: str, step: Judged, text: str, origin: str) -> None:
    figures.counts[kind, "pairs"] += 1
    figures.counts[kind, step.verdict] += 1
    if step.opinion.kind == "skipped":
        figures.counts[kind, "not judged"] += 1
    if step.disagreement:
        figures.fail(kind, f"{origin}: {step}\n{text}")


# --- mutants ----------------------------------------------------------------------------------------


def sources() -> list[tuple[str, str]]:
    """Return the documents of the gallery and of the corpus."""
    paths = [p for p in sorted((HERE.parent / "proofs").glob("*.md")) if p.name != "README.md"]
    paths += sorted((HERE / "corpus" / "proved").glob("*.md"))
    paths += sorted((HERE / "corpus" / "refuted").glob("*.md"))
    return [(path.name, path.read_text(encoding="utf-8")) for path in paths]


def mutant(random: Random, text: str) -> tuple[str, str] | None:
    """Return a document with one slip: in a formula of its body, or in what is given."""
    head = text.find("\n---", 4) + 4 if text.startswith("---") else 0
    if random.random() < 0.3:
        options = document_mutants(text)
        return random.choice(options) if options else None
    rows = [line for line in text[head:].split("\n") if "=" in line and "$" not in line.strip("$ ")]
    rows = [row for row in rows if "<!--" not in row]
    if not rows:
        return None
    row = random.choice(rows)
    left, right = row.split("=", 1)
    options = [(name, f"{left}={changed}") for name, changed in mutants(right)]
    if not options:
        return None
    name, changed = random.choice(options)
    at = text.index(row, head)
    return name, text[:at] + changed + text[at + len(row) :]


def document_slips(figures: Figures, number: int) -> None:
    """A document of the gallery or the corpus with a slip, read and checked as a whole."""
    random = Random(number)
    path, text = random.choice(SOURCES)
    made = mutant(random, text)
    if made is None:
        return
    figures.counts["mutants", "documents"] += 1
    for step in judged(made[1], seed=number):
        tally(figures, "mutants", step, made[1], f"{made[0]} in {path}, seed {number}")


# --- the reader -------------------------------------------------------------------------------------

TOKENS = r"""
A B x y c n m i j I 0 1 2 = + - ( ) [ ] { } ^ _ & \\ , ; : ' \top \odot \otimes \cdot \times
\frac \sqrt \nabla \partial d \mathrm{d} \sum_{i=1}^n \operatorname{tr} \operatorname{vec} \det
\log \exp \left( \right) \left. \right| \begin{bmatrix} \end{bmatrix} \mathbf{1} \text{if}
\quad \in \mathbb{R}^n \neq \langle \rangle \| $ $$ --- given: # ** - <!-- --> \tag{1}
\label{a}
""".split()  # noqa: SIM905
TOKENS += ["\n", "\ud800", "\u202e"]


def soup(number: int) -> str:
    """Return a text of pieces at random, or a document that lost, doubled or swapped some."""
    random = Random(number)
    if random.random() < 0.4:
        body = " ".join(random.choice(TOKENS) for _ in range(random.randrange(60)))
        return f"---\ngiven:\n  - 'A, B \\in \\mathbb{{R}}^{{n \\times n}}'\n---\n$${body}$$\n"
    text = random.choice(SOURCES)[1]
    for _ in range(random.randrange(1, 6)):
        a = random.randrange(len(text) + 1)
        b = min(len(text), a + random.randrange(1, 12))
        piece = random.choice(("", text[a:b] * 2, random.choice(TOKENS), text[b : b + 9]))
        text = text[:a] + piece + text[b:]
    return text


def texts(figures: Figures, number: int) -> None:
    """Any text ends in verdicts, soon."""
    checked(figures, soup(number), f"seed {number}")


def checked(figures: Figures, text: str, origin: str) -> None:
    figures.counts["texts", "texts"] += 1
    began = time.perf_counter()
    try:
        report = check_text(text)
    except Exception as error:
        figures.fail("texts", f"{origin}: {type(error).__name__}: {error}\n{text!r}")
        return
    if time.perf_counter() - began > SLOW:
        figures.fail("texts", f"{origin}: {time.perf_counter() - began:.0f} s\n{text}")
    codes = [s.diagnostic.code for s in report.steps if s.diagnostic is not None]
    if any(code.startswith("DC9") for code in codes):
        figures.fail("texts", f"{origin}: derivcheck failed on a step\n{text}")


def loose(figures: Figures, number: int) -> None:
    """Documents whose formulas are put together without regard to shapes, from test_robust.py."""
    from test_robust import DOCUMENT

    @seed(number)
    @settings(
        max_examples=20,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(DOCUMENT)
    def run(text: str) -> None:
        checked(figures, text, f"round {number}")
        for step in judged(text, seed=number):
            tally(figures, "loose documents", step, text, f"round {number}")

    run()


SOURCES = sources()
KINDS: tuple[tuple[Callable[[Figures, int], None], int], ...] = (
    (expressions, 30),
    (documents, 2),
    (document_slips, 2),
    (texts, 3),
    (loose, 1),
)
"""What a round does, and how often."""


def rounds(first: int) -> Iterator[int]:
    while True:
        yield first
        first += 1


def run(figures: Figures, kind: Callable[[Figures, int], None], number: int) -> None:
    """Run one case; an oracle that fails is a failure too, and so is a case that does not end."""
    try:
        with ended(5 * SLOW):
            kind(figures, number)
    except Exception as error:
        figures.fail(kind.__name__, f"seed {number}: {type(error).__name__}: {error}")


@contextmanager
def ended(seconds: float) -> Iterator[None]:
    def expire(_number: int, _frame: object) -> None:
        raise TimeoutError(f"no end after {seconds:g} s")

    signal.signal(signal.SIGALRM, expire)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def table(figures: Figures) -> str:
    kinds = sorted({kind for kind, _ in figures.counts})
    rows = []
    for kind in kinds:
        own = {what: n for (k, what), n in figures.counts.items() if k == kind}
        total = own.pop("disagreements", 0)
        told = ", ".join(f"{n} {what}" for what, n in sorted(own.items(), key=lambda p: -p[1]))
        rows.append(f"{kind}: {told}; {total} disagreements")
    return "\n".join(rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=None, help="of the first round")
    options = parser.parse_args()
    first = Random().randrange(10**9) if options.seed is None else options.seed
    print(f"first round: {first}", flush=True)  # noqa: T201
    figures, end = Figures(), time.monotonic() + options.seconds
    for number in rounds(first):
        for kind, times in KINDS:
            for k in range(times):
                run(figures, kind, number * 100 + k)
                if time.monotonic() > end:
                    print(table(figures))  # noqa: T201
                    return 1 if figures.failures else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
