"""What is said of planted slips: the wrong step first, with a repair, and the original before others.

Steps of the gallery are changed as in `test_mutations.py`. A change counts when plain evaluation
finds a difference, or when the step has no meaning any more.
"""

from __future__ import annotations

import os
import random
import re
from collections import Counter

import pytest
from mutants import mutants
from planted_steps import CASES
from test_mutations import GALLERY, SEEDS, changed_step, places

from derivcheck.checking import check_text
from derivcheck.fixing import applied
from derivcheck.language.derivation import understand
from derivcheck.prover.evidence import compare
from derivcheck.reading import read

PER_FILE = 30 if os.environ.get("HYPOTHESIS_PROFILE") == "fuzz" else 2
WRONG = ("refuted", "ill-shaped")


def compact(latex):
    return re.sub(r"\\left|\\right|\\[,;!]|[\s(){}.,;&]|\\\\", "", latex)


def is_false(text, layout, at):
    """Return whether a changed step certainly is wrong, by evaluation alone."""
    step = changed_step(text, layout, at)
    if step is not None:
        return any(compare(step.goal, seed).difference is not None for seed in SEEDS)
    for step in understand(read("text", text), layout).steps:
        if (step.span.line, step.span.column) == at:
            return step.verdict == "ill-shaped"
    return False


def planted(path, most):
    """Yield (text, place of the sign, right side as it was) for slips in the steps of a file."""
    text = read("text", path.read_text(encoding="utf-8")).text
    layout, steps = places(text)
    chosen = [
        (step, begin, end, changed)
        for step, begin, end in steps
        if step.sign == "=" and step.refutable
        for _, changed in mutants(text[begin:end])
    ]
    random.Random(path.stem).shuffle(chosen)
    found = 0
    for step, begin, end, changed in chosen:
        at = (step.span.line, step.span.column)
        mutated = text[:begin] + changed + text[end:]
        if found < most and is_false(mutated, layout, at):
            found += 1
            yield mutated, at, text[begin:end]


def judged(text, at, original, counts):
    """Count what is said of one slip."""
    report = check_text(text)
    wrong = [step for step in report.steps if step.verdict in WRONG]
    counts["planted"] += 1
    here = [step for step in wrong if (step.span.line, step.span.column) == at]
    counts["first"] += bool(here) and here[0] is wrong[0]
    if not here:
        return
    verified = [item for item in here[0].diagnostic.help if item.verified]
    edits = [item for item in verified if item.replacement and item.text.startswith("write")]
    counts["repaired"] += bool(verified)
    if edits:
        # a right side that is proved equal to the left one is equal to the original
        counts["equal"] += "on the right" in edits[0].text
        counts["original"] += compact(edits[0].replacement) == compact(original)


def test_planted_slips_are_found_first_and_repaired():
    counts = Counter()
    for path in GALLERY:
        for text, at, original in planted(path, PER_FILE):
            judged(text, at, original, counts)
    assert counts["planted"] > 30
    assert counts["first"] >= 0.98 * counts["planted"]
    assert counts["repaired"] >= 0.85 * counts["planted"]
    assert counts["equal"] >= 0.85 * counts["planted"]
    assert counts["original"] >= 0.7 * counts["planted"]


def test_a_repair_offered_for_a_planted_slip_is_proved_when_it_is_written():
    path = next(path for path in GALLERY if path.stem == "quadratic-forms")
    for text, at, _ in planted(path, 3):
        [step] = [s for s in check_text(text).steps if (s.span.line, s.span.column) == at]
        [first, *_] = [item for item in step.diagnostic.help if item.verified and item.changes]
        again = check_text(applied(text, first.changes))
        verdicts = [s.verdict for s in again.steps if (s.span.line, s.span.column) == at]
        assert verdicts == ["proved"]


def page(layout, given, lhs, rhs):
    listed = "".join(f"\n  - '{one.replace(chr(39), 2 * chr(39))}'" for one in given)
    return f"---\nlayout: {layout}\ngiven:{listed}\n---\n\n$${lhs} = {rhs}$$\n"


def test_errors_that_people_make_are_found_and_repaired():
    counts = Counter()
    for _, layout, given, lhs, right, planted_right in CASES:
        [step] = check_text(page(layout, given, lhs, right)).steps
        assert step.verdict == "proved", lhs
        [wrong] = check_text(page(layout, given, lhs, planted_right)).steps
        verified = [item for item in wrong.diagnostic.help if item.verified]
        edits = [item for item in verified if item.replacement and item.text.startswith("write")]
        counts["found"] += wrong.verdict in WRONG
        counts["repaired"] += bool(verified)
        counts["first"] += bool(edits) and "on the right" in edits[0].text
        counts["original"] += bool(edits) and compact(edits[0].replacement) == compact(right)
    assert counts["found"] == len(CASES)
    assert counts["repaired"] >= 0.95 * len(CASES)
    assert counts["first"] >= 0.9 * len(CASES)
    assert counts["original"] >= 0.85 * len(CASES)


@pytest.mark.parametrize(
    "name", ["no-slope-chain", "jac-chain", "fam-sum", "fam-bias", "batch-sum"]
)
def test_what_a_chain_rule_lacks_is_brought_in(name):
    [(_, layout, given, lhs, _, planted_right)] = [case for case in CASES if case[0] == name]
    [wrong] = check_text(page(layout, given, lhs, planted_right)).steps
    assert wrong.diagnostic.help[0].verified
    assert "write" in wrong.diagnostic.help[0].text
