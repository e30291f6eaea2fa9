"""A proved step with a slip in it is not proved, unless exact evaluation finds no difference.

Every step of the gallery and of the corpus that is proved is changed in its LaTeX, read again in
its document and given to the prover. The certificate alone counts here: the comparison that guards
a verdict is made by the test, at more points.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from pathlib import Path

import pytest
from corpus_files import corpus_files
from mutants import SLIPS, mutants

from derivcheck.checking import check_text
from derivcheck.language.derivation import understand
from derivcheck.language.steps import Step
from derivcheck.prover.evidence import compare
from derivcheck.prover.strategy import prove
from derivcheck.reading import read

GALLERY = sorted((Path(__file__).parents[1] / "proofs").glob("*.md"))
FILES = [path for path in GALLERY if path.name != "README.md"] + corpus_files("proved")
EVERYTHING = os.environ.get("HYPOTHESIS_PROFILE") == "fuzz"
MOST = 10**9 if EVERYTHING else 3
SEEDS = ("one", "two")


@dataclass
class Counts:
    read: int = 0
    proved: int = 0


def places(text: str) -> tuple[str, list[tuple[Step, int, int]]]:
    """Return a document's layout and its proved steps with the offsets of their right sides."""
    report = check_text(text)
    layout = report.layout or "denominator"
    document = read("text", text)
    proved = {(s.span.line, s.span.column) for s in report.steps if s.verdict == "proved"}
    starts = [0]
    for line in document.text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found = []
    for step in understand(document, layout).steps:
        if (step.span.line, step.span.column) not in proved or step.given or step.membership:
            continue
        side = step.rhs
        begin, end = side.source.place(side.node.start), side.source.place(side.node.end)
        offsets = [starts[line - 1] + column - 1 for line, column in (begin, end)]
        found.append((step, *offsets))
    return layout, found


def changed_step(text: str, layout: str, at: tuple[int, int]) -> Step | None:
    """Return the step whose sign stands at a place of the changed document, if it has a goal."""
    for step in understand(read("text", text), layout).steps:
        if (step.span.line, step.span.column) == at and step.goal is not None:
            return step
    return None


def differences(text: str, most: int, counts: Counts) -> list[str]:
    """Return every mutant with a certificate whose two sides differ somewhere."""
    document = read("text", text)
    layout, steps = places(text)
    chosen = []
    for step, begin, end in steps:
        for name, changed in mutants(document.text[begin:end]):
            chosen.append((step, begin, end, name, changed))
    random.Random(text).shuffle(chosen)
    found = []
    for step, begin, end, name, changed in chosen[:most]:
        mutated = document.text[:begin] + changed + document.text[end:]
        mutant = changed_step(mutated, layout, (step.span.line, step.span.column))
        if mutant is None:
            continue
        counts.read += 1
        certificate, _, code = prove(mutant.goal)
        if code == "DC901":
            found.append(f"{name}: {step.lhs.latex} = {changed}: the kernel refused")
        if certificate is None:
            continue
        counts.proved += 1
        if any(compare(mutant.goal, seed).difference is not None for seed in SEEDS):
            found.append(f"{name}: {step.lhs.latex} = {changed}")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_mutant_is_proved_that_differs(path):
    assert differences(path.read_text(encoding="utf-8"), MOST, Counts()) == []


def test_most_mutants_are_read_and_few_are_proved():
    counts = Counts()
    path = next(path for path in GALLERY if path.stem == "quadratic-forms")
    differences(path.read_text(encoding="utf-8"), 20, counts)
    assert counts.read > 6
    assert counts.proved < counts.read / 2


def test_every_slip_applies_somewhere():
    named = ("quadratic-forms", "kronecker-and-vec", "batched-layer")
    texts = [path.read_text(encoding="utf-8") for path in GALLERY if path.stem in named]
    sides = [text[begin:end] for text in texts for _, begin, end in places(text)[1]]
    for slip in SLIPS:
        assert any(list(slip(side)) for side in sides), slip.__name__


def test_a_planted_unsound_prover_is_found(monkeypatch):
    monkeypatch.setattr("test_mutations.prove", lambda goal: (object(), [], ""))
    text = "---\ngiven:\n  - 'A, B \\in \\mathbb{R}^{n \\times n}'\n---\n$$A + B = B + A$$\n"
    assert differences(text, 99, Counts())
