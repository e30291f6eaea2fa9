"""The gallery: every step of every document is proved, and its table of contents is up to date."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
import yaml

from derivcheck import DocumentReport, check_file
from derivcheck.files import may_hold_derivation

GALLERY = Path(__file__).parent.parent / "proofs"
README = GALLERY / "README.md"
DOCUMENTS = sorted(path for path in GALLERY.glob("**/*.md") if path != README)

_BEGIN = "<!-- the table is written by `make golden` -->\n"
_END = "<!-- end of the table -->\n"


@cache
def report_on(path: Path) -> DocumentReport:
    """Check a document, once."""
    return check_file(path)


def test_gallery_is_there() -> None:
    assert len(DOCUMENTS) >= 12
    assert GALLERY / "backpropagation.md" in DOCUMENTS


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_every_step_is_proved(path: Path) -> None:
    report = report_on(path)
    assert [step for step in report.steps if step.verdict != "proved"] == []
    assert report.steps
    assert report.diagnostics == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_nothing_is_passed_over(path: Path) -> None:
    report = report_on(path)
    assert report.unread == []
    assert report.layout_source != "inferred"
    assert [step for step in report.steps if step.directive] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_every_proof_was_also_evaluated(path: Path) -> None:
    """Exact evaluation has a second opinion on every equation, at some sizes."""
    steps = [step for step in report_on(path).steps if step.relation == "="]
    assert [step for step in steps if not step.sizes] == []


def test_table_is_up_to_date(request: pytest.FixtureRequest) -> None:
    text = README.read_text(encoding="utf-8")
    today = with_table(text, [row(path) for path in DOCUMENTS])
    if request.config.getoption("--golden"):
        README.write_text(today, encoding="utf-8")
    else:
        assert text == today, "make golden"


def test_a_table_that_is_out_of_date_is_noticed() -> None:
    text = README.read_text(encoding="utf-8")
    assert with_table(text, ["| a | new row | 1 |"]) != text


def test_the_readme_is_no_derivation() -> None:
    assert not may_hold_derivation(README)


def row(path: Path) -> str:
    """Return the row of the table for a document."""
    front_matter = yaml.safe_load(path.read_text(encoding="utf-8").split("---\n")[1])
    title, shows = front_matter["title"], front_matter["description"]
    name = path.relative_to(GALLERY).as_posix()
    return f"| [{title}]({name}) | {shows} | {len(report_on(path).steps)} |"


def with_table(text: str, rows: list[str]) -> str:
    """Return the page with its table replaced."""
    before, rest = text.split(_BEGIN)
    _, after = rest.split(_END)
    head = ["| document | what it shows | steps |", "| --- | --- | --: |"]
    return before + _BEGIN + "\n" + "\n".join([*head, *rows]) + "\n\n" + _END + after
