"""Limits are counted, written down in one place, and a step that meets one is undecided, no more."""

from __future__ import annotations

import ast
import signal
import sys
import threading
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import sympy
from sympy import Basic, Integer, MatAdd, MatMul, MatrixSymbol, Trace

from derivcheck import checking, limits
from derivcheck.algebra import nodes
from derivcheck.algebra.goal import Goal
from derivcheck.checking import check_text
from derivcheck.kernel.check import Certificate, check
from derivcheck.options import Options
from derivcheck.prover.evidence import Budget
from derivcheck.report.model import DocumentReport
from derivcheck.terms.term import OutOfBudgetError

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "limits.md"
SOURCE = Path(limits.__file__)

GIVEN = r"""---
given:
  - 'A, B, S \in \mathbb{R}^{n \times n}'
  - 'x \in \mathbb{R}^n'
  - 'a, b, c \in \mathbb{R}'
  - 'a > 0'
  - 'b > 0'
  - 'S S = S'
---
"""
EASY = r"$$ A^\top{}^\top = A $$"


def checked(*formulas: str, **options: Any) -> DocumentReport:
    """Return the report of some formulas, and an easy one behind them."""
    body = "\n\n".join([f"$$ {formula} $$" for formula in formulas])
    return check_text(f"{GIVEN}{body}\n\n{EASY}\n", options=Options(repairs=False, **options))


# --- one place ------------------------------------------------------------------------------------


def rows() -> list[tuple[str, str, str, str]]:
    """Return the limits as the page shows them: area, name, value, what it counts."""
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    lines = SOURCE.read_text(encoding="utf-8").splitlines()
    found, area = [], ""
    for node, after in zip(tree.body, tree.body[1:], strict=False):
        if not isinstance(node, ast.Assign):
            continue
        comments = [line for line in lines[: node.lineno] if line.startswith("# ")]
        area = comments[-1].removeprefix("# ")
        (target,) = node.targets
        assert isinstance(target, ast.Name)
        assert isinstance(after, ast.Expr), f"{target.id} says nothing"
        assert isinstance(after.value, ast.Constant)
        value = ast.literal_eval(node.value) if not isinstance(node.value, ast.BinOp) else None
        shown = ast.unparse(node.value) if value is None else f"{value:,}"
        found.append((area, target.id, shown, str(after.value.value)))
    return found


def table() -> str:
    text, area = "", ""
    for own, name, value, told in rows():
        if own != area:
            text += f"\n**{own.partition(':')[0]}**: {own.partition(': ')[2]}\n\n"
            text += "| limit | value | counts |\n| --- | --: | --- |\n"
            area = own
        text += f"| `{name}` | {value} | {told[0].lower()}{told[1:].rstrip('.')} |\n"
    return text + "\n"


def test_the_page_is_up_to_date(request: pytest.FixtureRequest) -> None:
    text = PAGE.read_text(encoding="utf-8")
    head, mark, rest = text.partition("<!-- the limits are written by `make golden` -->\n")
    old, end, tail = rest.partition("<!-- end of the limits -->")
    assert mark
    assert end
    if request.config.getoption("--golden"):
        PAGE.write_text(f"{head}{mark}{table()}{end}{tail}", encoding="utf-8")
    else:
        assert old == table(), "make golden"


def test_every_limit_is_used() -> None:
    package = SOURCE.parent
    sources = [p.read_text(encoding="utf-8") for p in package.glob("**/*.py") if p != SOURCE]
    imported = {
        alias.name
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.module == "derivcheck.limits"
        for alias in node.names
    }
    assert {name for _, name, _, _ in rows()} == imported


# --- a limit that is met --------------------------------------------------------------------------

EXPANSION = "(A + B) (A + B) x = A A x + A B x + B A x + B B x"
CYCLE = r"\operatorname{tr}(A B A B) = \operatorname{tr}(B A B A)"
IDEMPOTENT = "S S S A = S A"
LOGARITHM = r"\log(a b) = \log(a) + \log(b)"

MET = {
    "CONTRACTIONS": ({"terms.scope.MAX_WORK": 20}, EXPANSION),
    "LOWERING_DEPTH": ({"kernel.lowering.MAX_DEPTH": 2}, EXPANSION),
    "LOWERED_NODES": ({"kernel.lowering.MAX_NODES": 10}, EXPANSION),
    "POWER_FACTORS": ({"extensions.powers.MAX_FACTORS": 1}, "(a b)^n = a^n b^n"),
    "COLLECTING": ({"prover.normal_form.MAX_LOOKS": 1}, EXPANSION),
    "MATCHING": ({"prover.matching.MAX_BRANCHES": 1}, CYCLE),
    "RULES": ({"prover.completion.MAX_RULES": -1}, IDEMPOTENT),
    "REWRITES": ({"prover.rewriting.MAX_REWRITES": -1}, IDEMPOTENT),
    "REWRITING": ({"prover.rewriting.MAX_WORK": -1}, IDEMPOTENT),
    "FACTS": ({"prover.numbers.MAX_FACTS": 0}, LOGARITHM),
    "FUNCTION_LOOKS": ({"prover.numbers.MAX_LOOKS": -1}, LOGARITHM),
}
"""How each limit is met: what is made small, and a true formula that needs more."""


def patch(monkeypatch: pytest.MonkeyPatch, changes: dict[str, int]) -> None:
    for place, value in changes.items():
        module, _, name = place.rpartition(".")
        monkeypatch.setattr(import_module(f"derivcheck.{module}"), name, value)


@pytest.mark.parametrize("name", MET)
def test_a_step_that_meets_a_limit_is_undecided_and_the_rest_is_checked(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes, formula = MET[name]
    assert hasattr(limits, name)
    assert [step.verdict for step in checked(formula).steps] == ["proved", "proved"]
    patch(monkeypatch, changes)
    met, easy = checked(formula).steps
    assert met.verdict == "undecided"
    assert met.diagnostic is not None
    assert met.diagnostic.code == "DC303"
    assert any(note.startswith("out of budget") for note in met.diagnostic.notes)
    needs_less = name not in ("CONTRACTIONS", "LOWERING_DEPTH", "LOWERED_NODES", "COLLECTING")
    assert easy.verdict == "proved" or not needs_less


def test_no_product_is_longer_than_the_limit() -> None:
    n = nodes.size_symbol("n")
    both = MatAdd(MatrixSymbol("A", n, n), MatrixSymbol("B", n, n))
    many = Trace(Basic.__new__(MatMul, *[both] * 15))
    with pytest.raises(OutOfBudgetError, match=f"over {limits.MONOMIALS} monomials"):
        check(Goal(many, Integer(0)), Certificate((), ()))


def test_no_power_is_written_out_beyond_the_limit() -> None:
    a = nodes.scalar_symbol("a")
    for node in (sympy.Pow(a, 65), nodes.ScalarFunction(nodes.function_symbol("exp"), 65, a)):
        with pytest.raises(OutOfBudgetError, match="64"):
            check(Goal(node, node), Certificate((), ()))
    assert [step.verdict for step in checked("a^{65} = a^{64} a").steps] == ["unreadable", "proved"]


def test_an_evaluation_that_meets_its_limit_refutes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert [step.verdict for step in checked("A B = B A").steps] == ["refuted", "proved"]
    small = Budget(work=1, total=1)
    monkeypatch.setattr("derivcheck.prover.evidence.Budget", lambda: small)
    assert [step.verdict for step in checked("A B = B A").steps] == ["undecided", "proved"]


# --- what is timed only stops ---------------------------------------------------------------------


def endless(*_: object, **__: object) -> None:
    while True:
        try:
            time.sleep(0.001)
        except BaseException:
            if next(SWALLOWED, None) is None:
                raise


SWALLOWED = iter(range(0))


def stopped(monkeypatch: pytest.MonkeyPatch, swallowed: int = 0) -> tuple[DocumentReport, float]:
    """Check two formulas of which the first one would never end."""
    original = checking.decide

    def decide(goal: Goal, *rest: Any, **more: Any) -> Any:
        if isinstance(goal.lhs, MatMul):
            endless(swallowed)
        return original(goal, *rest, **more)

    monkeypatch.setattr(checking, "decide", decide)
    began = time.monotonic()
    return checked("A B = B A", timeout=0.3), time.monotonic() - began


@pytest.mark.parametrize("swallowed", [0, 3])
def test_the_backstop_really_stops_a_step(swallowed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    report, seconds = stopped(monkeypatch, swallowed)
    assert [step.verdict for step in report.steps] == ["undecided", "proved"]
    assert report.steps[0].diagnostic is not None
    assert "the time limit of 0.3 s was reached" in report.steps[0].diagnostic.notes
    assert seconds < 20


def test_the_backstop_stops_a_step_in_any_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[DocumentReport] = []
    thread = threading.Thread(target=lambda: found.append(stopped(monkeypatch)[0]), daemon=True)
    thread.start()
    thread.join(30)
    assert found
    assert [step.verdict for step in found[0].steps] == ["undecided", "proved"]


def test_the_backstop_leaves_nothing_behind() -> None:
    before = set(threading.enumerate())
    report = checked("A B = B A", timeout=60)
    assert [step.verdict for step in report.steps] == ["refuted", "proved"]
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert set(threading.enumerate()) <= before


# --- the caller -----------------------------------------------------------------------------------


def from_depth(calls: int, text: str) -> DocumentReport:
    """Check a text from within calls in calls, each with a frame of its own."""
    return check_text(text) if calls == 0 else from_depth(calls - 1, text)


def test_a_verdict_does_not_depend_on_how_deep_its_caller_stands() -> None:
    nested = "A"
    for _ in range(50):
        nested = f"(I + A {nested})"
    given = "given: ['A \\in \\mathbb{R}^{n \\times n}']"
    text = f"---\n{given}\n---\n$${nested} + A = A + {nested}$$\n$${nested} = {nested} + A$$"
    before = sys.getrecursionlimit()
    for calls in (0, 300, before - 200):
        verdicts = [step.verdict for step in from_depth(calls, text).steps]
        assert verdicts == ["proved", "refuted"], calls
    assert sys.getrecursionlimit() == before
