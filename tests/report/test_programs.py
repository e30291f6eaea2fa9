"""Outputs for programs and browsers: JSON lines, JUnit, SARIF, GitHub annotations, HTML."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
import xmlschema
from sample_reports import directive_document, sample_report, shapes_document, trace_document

from derivcheck import Diagnostic, DocumentReport, Report, Span, check_text
from derivcheck.report.github import MOST, github_annotations
from derivcheck.report.json_report import report_data, report_line
from derivcheck.report.junit import junit
from derivcheck.report.mathml import mathml
from derivcheck.report.page import page
from derivcheck.report.sarif import sarif_data

SCRIPT = "<script>alert(1)</script>"


def document_with(count: int, code: str = "DC204") -> DocumentReport:
    found = [Diagnostic(code, f"finding {k}", Span(k, 1, k, 2)) for k in range(1, count + 1)]
    return DocumentReport("a.md", "x\n" * count, diagnostics=found)


def hostile_document() -> DocumentReport:
    """A document whose every text tries to break out."""
    text = (
        f"# {SCRIPT}\n\n$$\\text{{{SCRIPT}}} = A \\href{{javascript:alert(1)}}{{x}}$$\n\x00\x1b[2J"
    )
    report = check_text(text, path=f"{SCRIPT}.md")
    report.diagnostics.append(Diagnostic("DC204", f"`{SCRIPT}` & \x07", notes=(SCRIPT,)))
    return report


# --- JSON lines -----------------------------------------------------------------------------------


def test_a_line_is_a_report_of_its_own() -> None:
    report = Report([trace_document()], 0.5)
    line = report_line(report)
    assert "\n" not in line
    assert json.loads(line) == report_data(report)


# --- JUnit ----------------------------------------------------------------------------------------

XSD = xmlschema.XMLSchema(Path(__file__).parent / "junit.xsd")


@pytest.mark.parametrize(
    "report",
    [Report(), sample_report(), Report([hostile_document()]), Report([document_with(3)])],
    ids=["nothing", "samples", "hostile", "findings"],
)
def test_junit_is_valid(report: Report) -> None:
    XSD.validate(junit(report))


def test_the_schema_refuses_what_is_not_junit() -> None:
    assert not XSD.is_valid('<testsuites name="a"><testcase name="b"/></testsuites>')


def test_junit_has_a_case_for_each_step_and_each_finding_of_the_document() -> None:
    root = ElementTree.fromstring(junit(sample_report()))
    rows = [
        (suite.get("name"), *(suite.get(key) for key in ("tests", "failures", "errors", "skipped")))
        for suite in root
    ]
    assert rows == [
        ("proofs/trace.md", "2", "1", "0", "0"),
        ("proofs/least-squares.md", "5", "2", "2", "0"),
        ("proofs/expected.md", "4", "1", "0", "2"),
    ]


def test_a_failure_tells_what_the_terminal_tells() -> None:
    failure = ElementTree.fromstring(junit(Report([trace_document()]))).find(".//failure")
    assert failure is not None
    assert failure.get("type") == "DC301"
    assert "entry (1, 1): 1 ≠ 2" in (failure.text or "")


# --- SARIF (its schema is checked by `make test-reach`) ----------------------------------------------


def test_sarif_places_each_finding() -> None:
    run = sarif_data(Report([trace_document(), shapes_document()]))["runs"][0]
    regions = [
        (result["ruleId"], result["level"], result["locations"][0]["physicalLocation"])
        for result in run["results"]
    ]
    assert regions[0] == (
        "DC301",
        "error",
        {
            "artifactLocation": {"uri": "proofs/trace.md"},
            "region": {"startLine": 16, "startColumn": 62, "endLine": 16, "endColumn": 67},
        },
    )
    assert [code for code, _, _ in regions] == ["DC301", "DC204", "DC201", "DC302", "DC101"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert all(rules[r["ruleIndex"]] == r["ruleId"] for r in run["results"])


def test_an_expectation_that_is_not_met_has_a_rule() -> None:
    run = sarif_data(Report([directive_document()]))["runs"][0]
    assert [result["ruleId"] for result in run["results"]] == ["expectation-not-met"]


# --- GitHub ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, MOST, MOST + 1, 99])
def test_no_more_than_ten_annotations_and_the_last_counts_the_rest(count: int) -> None:
    lines = github_annotations(Report([document_with(count)])).splitlines()
    assert len(lines) == min(count, MOST)
    if count > MOST:
        more = count - MOST + 1
        assert lines[-1] == f"::notice title=derivcheck::{more} more findings are not annotated"


def test_errors_come_before_warnings() -> None:
    lines = github_annotations(Report([document_with(9, "DC302"), document_with(2)])).splitlines()
    assert [line.split(" ")[0] for line in lines] == ["::error"] * 2 + ["::warning"] * 7 + [
        "::notice"
    ]


def test_an_annotation_cannot_be_broken_out_of() -> None:
    found = Diagnostic("DC204", "a%b\n::error::c", Span(1, 1, 1, 2))
    report = Report([DocumentReport("a:b,c\n.md", "", diagnostics=[found])])
    assert github_annotations(report) == (
        "::error file=a%3Ab%2Cc%0A.md,line=1,endLine=1,col=1,endColumn=2,title=DC204 bad-given"
        "::a%25b%0A::error::c"
    )


# --- HTML -----------------------------------------------------------------------------------------


class _Elements(HTMLParser):
    """Collects elements, attributes and text."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def elements_of(text: str) -> _Elements:
    parser = _Elements()
    parser.feed(text)
    return parser


def test_a_page_needs_nothing_else() -> None:
    found = elements_of(page(sample_report()))
    names = {tag for tag, _ in found.elements}
    assert not names & {"script", "link", "img", "iframe", "object", "embed"}
    links = [attributes for _, attributes in found.elements if {"src", "href"} & set(attributes)]
    assert all((one.get("href") or "").startswith("#") for one in links)


def test_a_page_has_mathematics_verdicts_counterexamples_and_explanations() -> None:
    text = page(sample_report())
    found = elements_of(text)
    anchors = {attributes.get("id") for _, attributes in found.elements}
    assert {"DC301", "DC201", "DC302", "DC101"} <= anchors
    assert [tag for tag, _ in found.elements].count("li") > 10
    assert "Counterexample" in found.text
    assert '<math display="block">' in text
    assert all(word in found.text for word in ("proved", "refuted", "ill-shaped", "unreadable"))


def test_nothing_in_a_document_becomes_markup() -> None:
    found = elements_of(page(Report([hostile_document()])))
    assert "script" not in {tag for tag, _ in found.elements}
    values = [value for _, attributes in found.elements for value in attributes.values()]
    assert not any("javascript" in (value or "") for value in values)
    assert found.text.count(SCRIPT) >= 3


def test_macros_of_the_author_are_shown_as_what_they_mean() -> None:
    text = r"$\newcommand{\R}{\mathbb{R}}$ $$\R = \R$$"
    assert "ℝ" in page(Report([check_text(text)]))


@pytest.mark.parametrize(
    ("latex", "children"),
    [
        (r"\begin{bmatrix} a & b \\ c & d \end{bmatrix}^\top", ["mrow", "mo"]),
        (
            r"\begin{pmatrix} \begin{pmatrix} a \end{pmatrix} & b \end{pmatrix}^{-1}",
            ["mrow", "mrow"],
        ),
    ],
)
def test_an_exponent_belongs_to_the_whole_matrix(latex: str, children: list[str]) -> None:
    root = ElementTree.fromstring(mathml(latex, {}) or "")
    power = root.find(".//msup")
    assert power is not None
    assert [child.tag for child in power] == children


@pytest.mark.parametrize(
    "latex", [r"a \\[2pt] &\quad + b", r"\begin{aligned} a &+ b \end{aligned}"]
)
def test_a_side_over_several_rows_shows_no_marks(latex: str) -> None:
    assert "&amp;" not in (mathml(latex, {}) or "&amp;")


def test_a_file_in_a_message_is_no_formula() -> None:
    shown = page(Report([check_text(r"\input{parts/gone} $a = a$", path="a.tex")]))
    assert "<code>parts/gone.tex</code>" in shown


@pytest.mark.parametrize(
    "latex", ["{" * 1_000, r"\unknown", r"\frac", "x" * 5_000, "", r"\left(", r"^", "&", r"\text{"]
)
def test_what_is_no_mathml_is_left_to_others(latex: str) -> None:
    assert mathml(latex, {}) is None or re.fullmatch("<math.*</math>", mathml(latex, {}) or "")


def test_style_and_links_of_a_document_are_dropped() -> None:
    shown = mathml(r"\style{color:red}{x} \href{javascript:alert(1)}{y}", {})
    assert shown is not None
    assert "style=" not in shown
    assert "javascript" not in shown
