"""The outputs for programs: JSON, concise lines, the table of shapes."""

import json

import pytest
from sample_reports import directive_document, sample_report, trace_document

from derivcheck.prover.verdict import Counterexample
from derivcheck.report.concise import concise_lines
from derivcheck.report.json_report import report_data, report_json, shapes_json
from derivcheck.report.model import DocumentReport, Report
from derivcheck.report.script import Script
from derivcheck.report.shapes import shapes_lines

KEYS = {
    "report": ["schema", "version", "documents", "summary", "status"],
    "document": [
        "path", "layout", "layout_source", "given", "claims", "unread", "diagnostics", "fixes",
        "sha256",
    ],
    "claim": ["name", "title", "line", "verdict", "statement", "steps"],
    "step": [
        "line", "column", "end_line", "end_column", "inline", "lhs", "relation", "rhs", "verdict",
        "method", "assuming", "conditions", "sizes", "diagnostic", "counterexample", "seconds",
    ],
    "diagnostic": ["code", "slug", "headline", "notes", "help"],
    "counterexample": ["sizes", "values", "lhs", "rhs"],
    "summary": [
        "proved", "refuted", "ill-shaped", "undecided", "unreadable", "given", "assuming",
        "seconds",
    ],
}  # fmt: skip


def test_json_is_golden(golden):
    golden("report/report.json", report_json(sample_report()) + "\n")


def test_json_keeps_its_keys():
    data = json.loads(report_json(sample_report()))
    assert data["schema"] == "derivcheck.report/1"
    assert list(data) == KEYS["report"]
    document = data["documents"][0]
    assert list(document) == KEYS["document"]
    assert list(document["claims"][0]) == KEYS["claim"]
    step = document["claims"][0]["steps"][1]
    assert list(step) == KEYS["step"]
    assert list(step["diagnostic"]) == KEYS["diagnostic"]
    assert list(step["counterexample"]) == KEYS["counterexample"]
    assert list(data["summary"]) == KEYS["summary"]


def test_json_counts_given_apart_from_proved():
    summary = report_data(sample_report())["summary"]
    assert summary["proved"] == 2
    assert summary["given"] == 1
    assert summary["assuming"] == 1


def test_json_of_an_unreadable_step_has_no_sides():
    steps = report_data(sample_report())["documents"][1]["claims"][0]["steps"]
    assert (steps[3]["lhs"], steps[3]["relation"], steps[3]["rhs"]) == ("A = ", None, None)


def test_json_numbers_are_strings_and_enclosures_pairs():
    document = trace_document()
    document.claims[0].steps[1].counterexample = Counterexample(
        {"n": 1}, {"x": [["1/2"]], "c": 3}, [["[0.7310, 0.7311]"]], [["1"]], (1, 1)
    )
    step = report_data(Report([document]))["documents"][0]["claims"][0]["steps"][1]
    example = step["counterexample"]
    assert example["values"] == {"x": [["1/2"]], "c": "3"}
    assert example["lhs"] == [[["0.7310", "0.7311"]]]
    assert example["rhs"] == [["1"]]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_json_is_valid_in_any_encoding(encoding):
    text = report_json(Report([trace_document("a\udc80∈.md")]), encoding)
    assert json.loads(text.encode(encoding))["documents"][0]["path"] == "a\udc80∈.md"


def test_concise_is_golden(golden):
    lines = [
        line for document in sample_report().documents for line in concise_lines(document, Script())
    ]
    golden("report/concise.txt", "\n".join(lines) + "\n")


def test_concise_lines_have_a_place_and_a_code():
    lines = list(concise_lines(trace_document(), Script(), strict=True))
    assert lines == [
        "proofs/trace.md:16:62: DC301 the two sides are not equal",
        "proofs/trace.md:19:1: strict: inline math not read: `a \\rightsquigarrow b`",
    ]


def test_concise_tells_what_strictness_objects_to():
    document = directive_document()
    document.layout_source = "inferred"
    assert list(concise_lines(document, Script(), strict=True))[1:] == [
        "proofs/expected.md:1:1: strict: the layout is inferred, not declared",
        "proofs/expected.md:7:5: strict: the page says `skip`",
        "proofs/expected.md:9:5: strict: the page says `assume`",
    ]


def test_concise_tells_unmet_expectations():
    assert list(concise_lines(directive_document(), Script())) == [
        "proofs/expected.md:5:5: expected refuted, but the step is proved"
    ]


def test_shapes_table_is_golden(golden):
    lines = shapes_lines([trace_document()], Script())
    golden("report/shapes.txt", "".join(f"{line.plain}\n" for line in lines))


def test_shapes_of_a_document_without_names():
    (line,) = shapes_lines([DocumentReport("a.md", "text")], Script())
    assert line.plain == "no name is given"


def test_shapes_json_has_a_row_for_each_name():
    data = json.loads(shapes_json([trace_document()]))
    assert data["documents"][0]["names"][0] == {
        "latex": "X",
        "kind": "matrix",
        "shape": "n × k",
        "origin": "declared",
        "line": 5,
    }
