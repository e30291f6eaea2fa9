import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.cells import cell_len
from sample_reports import (
    directive_document,
    sample_report,
    shapes_document,
    trace_document,
)

from derivcheck.diagnostics import CODES, Diagnostic, Span
from derivcheck.report.findings import counts, directive_counts, findings
from derivcheck.report.model import ClaimReport, DocumentReport, Report, StepReport
from derivcheck.report.terminal import claim_label, render_report


def test_full_report_is_golden(golden):
    golden("report/full.txt", render_report(sample_report()))


def test_verbose_report_is_golden(golden):
    golden("report/verbose.txt", render_report(sample_report(), verbose=True, strict=True))


def test_quiet_report_is_golden(golden):
    golden("report/quiet.txt", render_report(sample_report(), quiet=True))


def test_narrow_ascii_report_is_golden(golden):
    golden("report/narrow-ascii.txt", render_report(sample_report(), width=60, encoding="ascii"))


def test_coloured_report_says_the_same_words():
    import re

    colored = render_report(sample_report(), color=True)
    assert "\x1b[" in colored
    plain = re.sub(r"\x1b\[[0-9;]*m", "", colored)
    assert [line.rstrip() for line in plain.splitlines()] == render_report(
        sample_report()
    ).splitlines()


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("verbose", [False, True])
def test_every_line_fits_the_width(width, verbose):
    report = render_report(sample_report(), width=width, verbose=verbose, strict=True)
    assert [line for line in report.splitlines() if cell_len(line) > width] == []


def test_statement_and_derivation_are_kept_apart():
    text = render_report(Report([trace_document()]))
    assert "statement proved · derivation refuted at step 2" in text


def test_quiet_tells_only_what_is_not_proved():
    text = render_report(Report([trace_document()]), quiet=True)
    assert "error[DC301]" in text
    assert "normal-form" not in text
    assert "1 proved" in text


def test_quiet_says_nothing_of_a_document_that_is_proved():
    document = trace_document()
    document.claims[0].steps.pop()
    assert render_report(Report([document]), quiet=True).strip().startswith("1 piece")


def test_help_is_verified_only_if_proved():
    text = render_report(Report([trace_document(), shapes_document()]))
    assert r"help (verified): write `(A + A^\top) X`" in text
    assert r"help (unverified): transpose it: `2 A^\top (Ax - b)`" in text


def test_sides_and_residual_are_stacked():
    text = render_report(Report([trace_document()]))
    block = text[text.index("left-hand side:") : text.index("counterexample")].splitlines()
    columns = {line.index(part) for line, part in zip(block[1:3], ("2 A X", "(A^"), strict=True)}
    assert len(columns) == 1


def test_internal_error_asks_for_a_report():
    document = trace_document()
    step = document.claims[0].steps[1]
    step.verdict, step.counterexample = "undecided", None
    step.diagnostic = Diagnostic("DC901", "the proof and the exact evaluation disagree", step.span)
    text = render_report(Report([document]))
    assert "internal error[DC901] internal-error" in text
    assert "please report this" in text


def test_summary_counts_given_and_assuming_apart():
    report = sample_report()
    numbers = counts(report)
    assert (numbers["proved"], numbers["given"], numbers["assuming"]) == (2, 1, 1)
    assert "2 proved (1 assuming what the text says), 1 given, 1 refuted" in render_report(report)


def test_summary_counts_directives_apart():
    report = Report([directive_document()])
    apart = directive_counts(report)
    assert (apart.expected, apart.skipped, apart.assumed) == (1, 1, 1)
    summary = render_report(report).splitlines()[-1]
    assert summary.startswith("1 proved, 1 not proved as expected, 1 skipped, 1 assumed")


def test_nothing_to_check_is_said():
    assert render_report(Report([])).startswith("nothing to check")


def test_unmet_expectation_is_a_finding():
    heads = [finding.headline for finding in findings(directive_document())]
    assert heads == ["expected refuted, but the step is proved"]


def test_a_step_without_diagnostic_still_has_a_headline():
    place = Span(1, 3, 1, 4)
    for verdict in ("refuted", "ill-shaped", "undecided", "unreadable"):
        step = StepReport(place, place, False, "A", "=", "B", verdict)
        document = DocumentReport("a.md", "A = B", claims=[ClaimReport("c", "C", 1, [step])])
        (finding,) = findings(document)
        assert finding.code in CODES
        assert finding.headline in render_report(Report([document]))


def test_terminal_escapes_of_a_document_are_not_obeyed():
    document = trace_document("evil\x1b[2J.md")
    document.text = document.text.replace("2 A X", "2\x1b]0A")
    document.claims[0].title = "a\x1b[31mb"
    assert "\x1b" not in render_report(Report([document]))


@pytest.mark.parametrize(
    ("name", "title", "label"),
    [
        ("trace-gradient", "Trace gradient", "Trace gradient"),
        ("3", "Show that $a$", "3. Show that $a$"),
        ("lemma", "", "lemma"),
        ("", "", "(before the first heading)"),
    ],
)
def test_claim_label_does_not_repeat_the_name(name, title, label):
    assert claim_label(ClaimReport(name, title, 1)) == label


@given(st.text(), st.text(), st.text(), st.sampled_from(["ascii", "latin-1", "utf-8", "koi8_r"]))
def test_any_report_can_be_printed(title, lhs, note, encoding):
    document = trace_document(title)
    step = document.claims[0].steps[1]
    step.lhs, step.readable = lhs, None
    assert step.diagnostic
    step.diagnostic = replace(step.diagnostic, notes=(note,), headline=note)
    document.claims[0].title = title
    render_report(Report([document]), encoding=encoding, verbose=True).encode(encoding)
