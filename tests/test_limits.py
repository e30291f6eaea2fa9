"""Limits are counted, written down in one place, and a step that meets one is undecided, no more."""

from __future__ import annotations

import ast
import json
import signal
import sys
import threading
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import sympy
from certificate_samples import texts_of
from limit_cases import (
    CUT,
    EASY,
    EXPANSION,
    MET,
    NOT_REFUTED,
    READ_ALIKE,
    SAME,
    UNREADABLE,
    Changes,
    document,
    head,
)
from sympy import Basic, Integer, MatAdd, MatMul, MatrixSymbol, Trace

from derivcheck import checking, limits
from derivcheck.algebra import nodes
from derivcheck.algebra.goal import Goal
from derivcheck.certificates.forms import MalformedError, NotWrittenError
from derivcheck.certificates.sealed import read, replayed, sealed
from derivcheck.checking import check_file, check_text
from derivcheck.kernel.check import Certificate, check
from derivcheck.options import Options
from derivcheck.prover.evidence import Budget
from derivcheck.report.model import DocumentReport
from derivcheck.terms.term import OutOfBudgetError

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "limits.md"
SOURCE = Path(limits.__file__)

QUICK = Options(repairs=False)


def checked(*formulas: str, **options: Any) -> DocumentReport:
    """Return the report of some formulas, and an easy one behind them."""
    body = "\n\n".join([f"$$ {formula} $$" for formula in formulas])
    return check_text(f"{head()}{body}\n\n{EASY}\n", options=Options(repairs=False, **options))


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


def patch(monkeypatch: pytest.MonkeyPatch, changes: Changes) -> None:
    for place, value in changes.items():
        module, _, name = place.rpartition(".")
        monkeypatch.setattr(import_module(f"derivcheck.{module}"), name, value)


def verdicts(text: str) -> list[str]:
    return [step.verdict for step in check_text(text, options=QUICK).steps]


ON_THEIR_OWN = {"MONOMIALS", "POWER", "EVALUATION", "EVALUATIONS", "CALLS", "REPRODUCTIONS"}
"""Limits that have a test of their own, below or in ``test_reproducing.py``."""


def test_every_limit_is_met_by_a_test() -> None:
    tables = (CUT, READ_ALIKE, UNREADABLE, MET, NOT_REFUTED, SAME, REFUSED)
    tested = [name for table in (*tables, ON_THEIR_OWN) for name in table]
    assert len(tested) == len(set(tested))
    assert set(tested) == {name for _, name, _, _ in rows()}


@pytest.mark.parametrize("name", CUT)
def test_what_is_not_read_of_a_document_is_said(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    changes, files = CUT[name]
    for file, text in files.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
    first = tmp_path / next(iter(files))
    whole = check_file(first, options=QUICK)
    own = {d.headline for d in whole.diagnostics}
    patch(monkeypatch, changes)
    report = check_file(first, options=QUICK)
    said = [d for d in report.diagnostics if d.headline not in own]
    assert [d.code for d in said] == ["DC002" if "FRONT" in name else "DC102"]
    assert report.steps[0].verdict == "proved"
    assert len(report.steps) <= len(whole.steps)


@pytest.mark.parametrize("name", READ_ALIKE)
def test_a_formula_is_read_however_its_surroundings_are_cut(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes, text = READ_ALIKE[name]
    patch(monkeypatch, changes)
    assert verdicts(text) == ["proved"]


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_formula_that_is_too_large_is_unreadable_and_the_rest_is_checked(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes, formula, given = UNREADABLE[name]
    text = document(formula, *given)
    assert not changes or verdicts(text) != ["unreadable", "proved"]
    patch(monkeypatch, changes)
    large, easy = check_text(text, options=QUICK).steps
    assert (large.verdict, easy.verdict) == ("unreadable", "proved")
    assert large.diagnostic is not None
    assert large.diagnostic.code == ("DC101" if name in ("MACRO_DEPTH", "MACRO_BODY") else "DC102")


@pytest.mark.parametrize("name", MET)
def test_a_step_that_meets_a_limit_is_undecided_and_the_rest_is_checked(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes, formula, given = MET[name]
    text = document(formula, *given)
    assert not changes or verdicts(text) == ["proved", "proved"]
    patch(monkeypatch, changes)
    met, easy = check_text(text, options=QUICK).steps
    assert met.verdict == "undecided"
    assert met.diagnostic is not None
    assert met.diagnostic.code == "DC303"
    assert met.diagnostic.notes[0].startswith("out of budget")
    assert easy.verdict == "proved" or name == "LOWERING_DEPTH"  # which is 2, less than it needs


@pytest.mark.parametrize("name", NOT_REFUTED)
def test_a_step_whose_evaluation_meets_a_limit_is_undecided_and_the_rest_is_checked(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes, formula, given = NOT_REFUTED[name]
    text = document(formula, *given)
    assert verdicts(text) == ["refuted", "proved"]
    patch(monkeypatch, changes)
    met, easy = check_text(text, options=QUICK).steps
    assert (met.verdict, easy.verdict) == ("undecided", "proved")
    assert met.diagnostic is not None
    assert met.diagnostic.code == "DC303"
    assert met.diagnostic.notes[0].startswith("out of budget")


@pytest.mark.parametrize("name", SAME)
def test_a_limit_that_changes_the_way_leaves_the_verdict(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes, formula, given, verdict = SAME[name]
    text = document(formula, *given)
    assert verdicts(text) == [verdict, "proved"]
    patch(monkeypatch, changes)
    assert verdicts(text) == [verdict, "proved"]


def certificate_of(formula: str) -> str:
    return texts_of(document(formula))[0]


REFUSED: dict[str, tuple[Changes, str]] = {
    "CERTIFICATE_BYTES": ({"certificates.sealed.MAX_BYTES": 100}, EXPANSION),
    "CERTIFICATE_STEPS": ({"certificates.sealed.MAX_STEPS": 0}, EXPANSION),
    "CERTIFICATE_DIGITS": ({"certificates.sealed.MAX_DIGITS": 0}, "12 a = 13 a - a"),
    "CERTIFICATE_NAME": ({"certificates.forms.MAX_NAME": 0}, EXPANSION),
    "CERTIFICATE_LIST": ({}, EXPANSION),
    "CERTIFICATE_SIZE": ({"certificates.trees.MAX_SIZE": 1}, "u + u = 2 u"),
    "CERTIFICATE_EXPONENT": ({"certificates.trees.MAX_EXPONENT": 1}, "w + w = 2 w"),
    "CERTIFICATE_ORDER": ({"certificates.trees.MAX_ORDER": 1}, "g''(a) + g''(a) = 2 g''(a)"),
    "CERTIFICATE_INDEX": (
        {"certificates.terms.MAX_INDEX": 0},
        r"S x = A^{-1} A S x",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_certificate_beyond_a_limit_is_refused(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes, formula = REFUSED[name]
    text = certificate_of(formula)
    replayed(read(text))
    if name == "CERTIFICATE_LIST":
        data = json.loads(text)
        del data["seal"]
        data["certificate"]["unfold"] = ["h"] * (limits.CERTIFICATE_LIST + 1)
        text = sealed(data)
    patch(monkeypatch, changes)
    with pytest.raises((MalformedError, NotWrittenError)) as caught:
        read(text)
    assert "has no meaning" not in str(caught.value)


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


@pytest.mark.parametrize(
    "small",
    [Budget(work=1), Budget(total=1)],
    ids=["EVALUATION", "EVALUATIONS"],
)
def test_an_evaluation_that_meets_its_limit_refutes_nothing(
    small: Budget, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = document(r"A^3 + A^2 = 2 A")
    assert verdicts(text) == ["refuted", "proved"]
    monkeypatch.setattr("derivcheck.prover.evidence.Budget", lambda: small)
    met, easy = check_text(text, options=QUICK).steps
    assert (met.verdict, easy.verdict) == ("undecided", "proved")
    assert met.diagnostic is not None
    assert met.diagnostic.code == "DC303"
    assert met.diagnostic.notes[0].startswith("out of budget")


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


def test_calls_nest_only_so_deep(monkeypatch: pytest.MonkeyPatch) -> None:
    nested = "g(" * 12 + "a" + ")" * 12
    deep = document(f"{nested} = a + {nested} - a")
    assert verdicts(deep) == ["proved", "proved"]
    monkeypatch.setattr(checking, "CALLS", 100)
    met, easy = check_text(deep, options=QUICK).steps
    assert (met.verdict, easy.verdict) == ("undecided", "proved")
    assert met.diagnostic is not None
    assert met.diagnostic.code == "DC303"
    assert met.diagnostic.notes[0].startswith("out of budget: nesting")
