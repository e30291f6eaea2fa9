"""Random documents, mutants of whole documents and texts at random; `make fuzz` goes on with others."""

from __future__ import annotations

from dataclasses import replace

import fuzz
import numeric_oracle
import pytest
from mutants import document_mutants
from random_documents import Writer


def found(kind, numbers) -> fuzz.Figures:
    figures = fuzz.Figures()
    for number in numbers:
        kind(figures, number)
    return figures


def test_verdicts_on_random_documents_agree_with_the_oracle() -> None:
    figures = found(fuzz.documents, range(25))
    assert figures.failures == []
    assert figures.counts["documents", "proved"] > 50
    assert figures.counts["documents", "refuted"] > 40


def test_verdicts_on_documents_with_a_slip_agree_with_the_oracle() -> None:
    figures = found(fuzz.document_slips, range(35))
    assert figures.failures == []
    assert figures.counts["mutants", "refuted"] > 12


def test_texts_at_random_end_in_verdicts() -> None:
    assert found(fuzz.texts, range(60)).failures == []


def test_a_planted_unsound_prover_is_found(monkeypatch) -> None:
    check = numeric_oracle.check_document

    def gullible(document, options):
        report = check(document, options)
        for step in report.steps:
            step.verdict = "proved"
        return report

    monkeypatch.setattr(numeric_oracle, "check_document", gullible)
    assert found(fuzz.documents, range(2)).failures
    assert found(fuzz.document_slips, range(12)).failures


def test_a_planted_crash_is_found(monkeypatch) -> None:
    def broken(text):
        raise ValueError(text)

    monkeypatch.setattr(fuzz, "check_text", broken)
    assert found(fuzz.texts, range(1)).failures


@pytest.mark.parametrize("seed", range(3))
def test_everything_follows_from_the_seed(seed: int) -> None:
    assert Writer(seed).document() == Writer(seed).document()
    assert fuzz.soup(seed) == fuzz.soup(seed)


def test_slips_in_what_is_given() -> None:
    text = "---\nlayout: mixed\ngiven:\n  - 'A = A^\\top'\n---\n$$A = A$$\n"
    made = {name for name, _ in document_mutants(text)}
    assert made == {"without_a_given", "other_layout", "given_with_a_slip"}
    assert all(changed.endswith("$$A = A$$\n") for _, changed in document_mutants(text))


def test_a_verdict_and_an_opinion_agree_or_not() -> None:
    opinion = numeric_oracle.Opinion("holds")
    step = numeric_oracle.Judged(1, "A = A", "=", "proved", opinion)
    assert not step.disagreement
    assert replace(step, verdict="refuted").disagreement
    assert replace(step, sign=r"\neq").disagreement
    assert replace(step, opinion=numeric_oracle.Opinion("differs")).disagreement
    assert replace(step, opinion=numeric_oracle.Opinion("clashes")).disagreement
    assert not replace(step, opinion=numeric_oracle.Opinion("skipped")).disagreement
    assert not replace(step, verdict="undecided").disagreement
