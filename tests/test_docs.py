"""The documentation is executed: what a page shows is what the tool prints today.

A page shows a document in a ``markdown`` or ``latex`` block, and the report on it in the ``console``
block that comes next: ``$ derivcheck check NAME`` gives the document its name. Times are not
compared. ``make golden`` rewrites the reports that have changed; everything else is written by hand.
"""

from __future__ import annotations

import doctest
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from golden_files import scrubbed

from derivcheck import CODES, DocumentReport, check_text
from derivcheck.algebra.functions import KNOWN_FUNCTIONS, KnownFunction
from derivcheck.algebra.operators import OPERATORS, Operator
from derivcheck.cli import main
from derivcheck.report.explain import explanation

ROOT = Path(__file__).parent.parent
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
_FENCE = re.compile(
    r"^(?P<fence>`{3,})(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=fence)[ ]*$", re.MULTILINE | re.DOTALL
)
_COMMAND = re.compile(
    r"\$ derivcheck check (?P<name>[\w-]+\.(?:md|tex|qmd))(?P<options>(?: \S+)*)\n"
)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page; start and end are the offsets of its text."""

    info: str
    text: str
    start: int
    end: int


def blocks(page: str) -> Iterator[Block]:
    """Yield the fenced blocks of a page."""
    for match in _FENCE.finditer(page):
        yield Block(match["info"].strip(), match["text"], match.start("text"), match.end("text"))


def shown_reports(page: str) -> Iterator[tuple[Block, Block]]:
    """Yield each document that a page shows, with the report that follows it."""
    document = None
    for block in blocks(page):
        if block.info in ("markdown", "latex"):
            document = block
        elif block.info == "console" and document and _COMMAND.match(block.text):
            yield document, block
            document = None


def report_of(name: str, text: str, options: tuple[str, ...], folder: Path) -> str:
    """Return what the command line prints about a document."""
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("COLUMNS", "80")
        result = CliRunner().invoke(main, ["check", name, "--color", "never", *options])
    return result.output


def as_printed_today(page: str, folder: Path) -> str:
    """Return a page with every report on it that has changed replaced by today's."""
    for document, block in reversed(list(shown_reports(page))):
        command = _COMMAND.match(block.text)
        assert command is not None
        options = tuple(command["options"].split())
        today = command.group() + report_of(command["name"], document.text, options, folder)
        if scrubbed(today) != scrubbed(block.text):
            page = page[: block.start] + today + page[block.end :]
    return page


def codes_of(report: DocumentReport) -> set[str]:
    """Return the codes of all diagnostics of a document."""
    own = {step.diagnostic.code for step in report.steps if step.diagnostic}
    return own | {found.code for found in report.diagnostics}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_reports_on_a_page_are_what_the_tool_prints(
    path: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    page = path.read_text(encoding="utf-8")
    today = as_printed_today(page, tmp_path)
    if request.config.getoption("--golden"):
        path.write_text(today, encoding="utf-8")
    else:
        assert page == today, "make golden"


def test_a_report_that_has_changed_is_noticed(tmp_path: Path) -> None:
    page = (
        "```markdown\n$$A + B = B + A$$\n```\n\n```console\n$ derivcheck check a.md\nnothing\n```\n"
    )
    today = as_printed_today(page, tmp_path)
    assert today != page
    assert "1 proved" in today
    assert as_printed_today(today, tmp_path) == today


def test_readme_shows_a_proved_and_a_refuted_document() -> None:
    reports = [report.text for _, report in shown_reports(PAGES[0].read_text(encoding="utf-8"))]
    assert any("refuted" in text for text in reports)
    assert any("refuted" not in text and "proved" in text for text in reports)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_python_examples_of_a_page_run(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = path.read_text(encoding="utf-8")
    names: dict[str, object] = {}
    for block in blocks(page):
        if block.info != "python" or ">>>" not in block.text:
            continue
        line = page.count("\n", 0, block.start)
        parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(verbose=False)
        example = parser.get_doctest(block.text, names, path.name, str(path), line)
        failed = runner.run(example, clear_globs=False).failed
        names = example.globs
        assert not failed, capsys.readouterr().out


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_documents_that_a_page_shows_without_a_report_are_proved(path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    reported = [document for document, _ in shown_reports(page)]
    for block in blocks(page):
        if block.info == "markdown" and block not in reported:
            report = check_text(block.text)
            assert codes_of(report) == set(), block.text
            assert {step.verdict for step in report.steps} == {"proved"}, block.text


# --- the tables of the language page --------------------------------------------------------------

LANGUAGE = ROOT / "docs" / "language.md"


def operator_row(row: Operator) -> str:
    """Return an operator's row: its name, an instance of its LaTeX, its index rule, its source."""
    inputs, _, output = row.pattern.partition("->")
    groups = inputs.split(",") if inputs else []
    letters = ["x" if group.endswith("1") else "AB"[k] for k, group in enumerate(groups)]
    letters += "mn"[: len(row.sizes)] if len(row.sizes) > 1 else "n" * len(row.sizes)
    written = row.latex
    for place, letter in enumerate(letters, 1):
        written = written.replace(f"#{place}", letter)
    rule = f"{', '.join(groups)} → {output or 'a number'}".strip()
    return f"| {row.name} | `{written}` | {rule} | {row.source} |"


def function_row(row: KnownFunction) -> str:
    """Return a function's row: its name, its LaTeX, where it is defined and smooth, its source."""
    domain = {"real": "everywhere", "positive": "t > 0", "nonzero": "t ≠ 0"}[row.domain]
    return (
        f"| {row.name} | `{row.latex}` | {domain} | {'' if row.smooth else 'at 0'} | {row.source} |"
    )


def with_tables(page: str) -> str:
    """Return the language page with its two tables as they are today."""
    operators = ["| operator | written | index rule | source |", "| --- | --- | --- | --- |"]
    operators += [operator_row(row) for row in OPERATORS.values()]
    functions = [
        "| function | written | defined | kink | source |",
        "| --- | --- | --- | --- | --- |",
    ]
    functions += [function_row(row) for row in KNOWN_FUNCTIONS.values()]
    for name, rows in (("operators", operators), ("functions", functions)):
        before, rest = page.split(f"<!-- the table of {name} is written by `make golden` -->\n")
        _, after = rest.split(f"<!-- end of the table of {name} -->\n")
        page = (
            f"{before}<!-- the table of {name} is written by `make golden` -->\n\n"
            + "\n".join(rows)
            + f"\n\n<!-- end of the table of {name} -->\n{after}"
        )
    return page


def test_every_operator_and_function_is_in_the_language_page(
    request: pytest.FixtureRequest,
) -> None:
    page = LANGUAGE.read_text(encoding="utf-8")
    if request.config.getoption("--golden"):
        LANGUAGE.write_text(with_tables(page), encoding="utf-8")
    else:
        assert page == with_tables(page), "make golden"


PREAMBLE = r"""---
layout: denominator
given:
  - 'A, B, W \in \mathbb{R}^{n \times n}'
  - 'u, v, p, z \in \mathbb{R}^n'
  - 'c, t, \lambda \in \mathbb{R}'
  - 'g: \mathbb{R} \to \mathbb{R}'
  - 'f, L: \mathbb{R}^n \to \mathbb{R}'
  - 'h: \mathbb{R}^n \to \mathbb{R}^n'
  - 'i, j \in \{1, \dots, n\}'
  - 'k \in \mathbb{N}'
  - 'x = W u'
  - 'y = A x'
  - 'f = f(x)'
---
"""
"""What the names in the tables of the language page are."""


def written_in(section: str) -> list[str]:
    """Return the formulas in the first column of the tables of a section of the language page."""
    page = LANGUAGE.read_text(encoding="utf-8").split(f"\n## {section}\n")[1].split("\n## ")[0]
    page = re.sub(r"<!-- the table.*<!-- end of", "", page, flags=re.DOTALL)
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    return [
        formula.strip("`")
        for row in rows
        for formula in re.findall(r"`[^`]+`", re.split(r"(?<![\\|]) \| ", row)[0])
        if not re.fullmatch(r"`\\?[\w{}]+`", formula)
    ]


@pytest.mark.parametrize("formula", [*written_in("Operators"), *written_in("Derivatives")])
def test_what_the_page_says_is_understood(formula: str) -> None:
    whole = f"{formula} x_i" if formula.startswith("\\sum") else formula
    report = check_text(f"{PREAMBLE}$${whole} = {whole}$$")
    assert codes_of(report) <= set(), formula
    assert {step.verdict for step in report.steps} == {"proved"}


@pytest.mark.parametrize("formula", written_in("What is not supported"))
def test_what_the_page_says_is_not_supported(formula: str) -> None:
    report = check_text(f"{PREAMBLE}$${formula}$$")
    assert codes_of(report), "this is supported now: take it out of the table"
    assert not codes_of(report) & {"DC301", "DC302", "DC303"}


# --- explanations -----------------------------------------------------------------------------

NOT_SHOWN_BY_A_DOCUMENT = {"DC001", "DC303", "DC901"}
"""A broken encoding, a spent budget and an error of derivcheck itself have no document."""

EXPLAINED = sorted(set(CODES) - NOT_SHOWN_BY_A_DOCUMENT)


CAUSES = {"DC130": {"DC201"}, "DC304": {"DC204"}}
"""What an example also gives, because the code is about what follows from that."""


def document_under(heading: str, page: str) -> str:
    """Return the document that stands under a heading of an explanation."""
    start = page.index(f"\n## {heading}\n")
    return next(b.text for b in blocks(page) if b.start > start and b.info == "markdown")


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_an_explanation(code: str) -> None:
    assert explanation(code).startswith(f"# {code} {CODES[code].slug}\n")


AWAITED: set[tuple[str, str]] = set()
"""Sections that are ahead of the tool: when one comes true the test asks for its row to go."""


@pytest.mark.parametrize("code", EXPLAINED)
def test_example_gives_exactly_its_code(code: str) -> None:
    found = codes_of(check_text(document_under("Example", explanation(code))))
    assert (found - CAUSES.get(code, set()) == {code}) == ((code, "Example") not in AWAITED)


@pytest.mark.parametrize("code", EXPLAINED)
def test_what_to_use_instead_is_proved(code: str) -> None:
    report = check_text(document_under("Use instead", explanation(code)))
    proved = {step.verdict for step in report.steps} == {"proved"} and not codes_of(report)
    assert proved == ((code, "Use instead") not in AWAITED)


# --- architecture -----------------------------------------------------------------------------

ARCHITECTURE = ROOT / "docs" / "architecture.md"


def test_every_dependency_has_a_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    wanted = [*project["dependencies"], *(one for extra in extras for one in extra)]
    names = {re.split(r"[^\w-]", requirement)[0] for requirement in wanted} - {project["name"]}
    page = ARCHITECTURE.read_text(encoding="utf-8")
    assert {name for name in names if name not in page} == set()


def test_modules_that_the_code_map_names_exist() -> None:
    page = ARCHITECTURE.read_text(encoding="utf-8")
    code_map = page.split("## Code map\n")[1].split("\n## ")[0]
    named = set(re.findall(r"`([\w/]+\.(?:py|lark))`", code_map))
    there = {path.name for path in (ROOT / "derivcheck").glob("**/*")}
    assert len(named) > 30
    assert {name for name in named if name.split("/")[-1] not in there} == set()


def test_architecture_fits_a_few_screens() -> None:
    assert ARCHITECTURE.read_text(encoding="utf-8").count("\n") <= 150


# --- links and words ------------------------------------------------------------------------------

_LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(#[^)\s]*)?\)")


@pytest.mark.parametrize(
    "path", [*PAGES, ROOT / "proofs" / "README.md", ROOT / "CONTRIBUTING.md"], ids=lambda p: p.name
)
def test_links_lead_somewhere(path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    for target, fragment in _LINK.findall(page):
        linked = path.parent / target if target else path
        assert linked.exists(), target
        if fragment:
            headings = re.findall(r"^#+ (.*)$", linked.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings}
            assert fragment[1:] in slugs, fragment


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_pages_name_no_machine(path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    assert not re.search(r"(?<![\w.])/(?:home|root|work|tmp|Users)/", page)
    assert "pip install derivcheck" not in page
