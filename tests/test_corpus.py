"""Every file of the corpus gives exactly what its comments expect."""

from __future__ import annotations

import time

import pytest
from corpus_files import CORPUS, corpus_files, expectations, failures, first_comment

from derivcheck.checking import check_text

CHECKED = ("proved", "refuted", "ill-shaped", "undecided", "unreadable")
FOLDERS = (*CHECKED, "robust", "gaps")
FILES = [path for folder in CHECKED for path in corpus_files(folder)]
EVERY = [path for folder in FOLDERS for path in corpus_files(folder)]


BESIDE = r"""given:
  - '\mathfrak{X}, \mathfrak{Y}, \mathfrak{Z} \in \mathbb{R}^{\mathfrak{n} \times \mathfrak{n}}'
  - '\mathfrak{X} \mathfrak{X} = \mathfrak{X}'
  - '\mathfrak{Y} = \mathfrak{Y}^\top'
  - '\mathfrak{Y} \text{ invertible}'
  - '\mathfrak{Z}^\top \mathfrak{Z} = I'
"""


def name(path):
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_file_gives_what_it_expects(path):
    assert failures(path.read_text(encoding="utf-8")) == []


GIVING = [
    path
    for path in (*corpus_files("proved"), *corpus_files("refuted"))
    if "\ngiven:\n" in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("path", GIVING, ids=name)
def test_what_is_given_of_other_names_changes_nothing(path):
    text = path.read_text(encoding="utf-8")
    assert failures(text.replace("given:\n", BESIDE, 1)) == []


@pytest.mark.parametrize("path", corpus_files("robust"), ids=name)
def test_a_hostile_file_ends_in_some_verdict_soon(path):
    began = time.process_time()  # a busy machine is not the file's fault
    report = check_text(path.read_text(encoding="utf-8", errors="replace"))
    assert time.process_time() - began < 10
    assert report.steps or report.diagnostics
    assert not [d for d in report.diagnostics if d.code.startswith("DC9")]
    assert not [s for s in report.steps if s.diagnostic and s.diagnostic.code.startswith("DC9")]


@pytest.mark.parametrize("path", corpus_files("gaps"), ids=name)
def test_a_gap_is_still_a_gap(path):
    report = check_text(path.read_text(encoding="utf-8"))
    verdicts = {step.verdict for step in report.steps}
    assert verdicts - {"proved"}, "no gap any more: move the file to corpus/proved"
    assert not verdicts & {"refuted", "ill-shaped"}, "a true step is called wrong"


@pytest.mark.parametrize("path", EVERY, ids=name)
def test_a_file_says_why_it_is_there(path):
    assert len(first_comment(path.read_text(encoding="utf-8", errors="replace"))) > 15


def test_no_file_stands_outside_the_known_folders():
    files = {p for p in CORPUS.rglob("*") if p.is_file()}
    assert files == set(EVERY)


def test_a_file_that_expects_a_verdict_stands_in_its_folder():
    for folder in CHECKED[1:]:
        for path in corpus_files(folder):
            kinds = {e.kind for e in expectations(path.read_text(encoding="utf-8"))}
            assert folder in kinds, path


# --- the runner itself ------------------------------------------------------------------------

DOCUMENT = r"""---
given:
  - 'A, B \in \mathbb{R}^{n \times n}'
---
<!-- Two steps, the second one false. -->
$$(A B)^\top = B^\top A^\top$$

COMMENT
$$A B = B A$$
"""


@pytest.mark.parametrize(
    ("comment", "complaint"),
    [
        ("", "expected proved, but refuted"),
        ("<!-- expect: proved -->", "expected proved, but refuted"),
        ("<!-- expect: undecided -->", "expected undecided, but refuted"),
        ("<!-- expect: refuted DC302 -->", "expected refuted DC302"),
        ('<!-- expect: refuted DC301 "shapes" -->', "expected refuted DC301"),
        ("<!-- expect: refuted --><!-- expect: refuted -->", "no step is left"),
        ("<!-- expect: refuted --><!-- expect: document DC205 -->", "no diagnostic"),
        ("<!-- expect: refuted --><!-- expect: unread -->", "nothing is unread"),
    ],
)
def test_an_expectation_that_is_not_met_fails(comment, complaint):
    found = failures(DOCUMENT.replace("COMMENT", comment))
    assert len(found) == 1
    assert complaint in found[0]


def test_an_expectation_that_is_met_passes():
    comment = '<!-- expect: refuted DC301 "not equal" -->'
    assert failures(DOCUMENT.replace("COMMENT", comment)) == []


def test_a_diagnostic_that_nothing_expects_fails():
    text = DOCUMENT.replace("COMMENT", "<!-- expect: refuted -->").replace(
        "given:", "given:\n  - 'A \\text{ is odd}'"
    )
    assert any("not expected: DC204" in line for line in failures(text))


def test_unread_math_that_nothing_expects_fails():
    text = DOCUMENT.replace("COMMENT", r"Here $\frac{A$." + "\n\n<!-- expect: refuted -->")
    assert [line for line in failures(text) if "unread, not expected" in line]


@pytest.mark.parametrize(
    "comment",
    ["<!-- expect: wrong -->", "<!-- expect: refuted DC999 -->", "<!-- expect refuted -->"],
)
def test_an_expectation_that_is_misspelt_is_an_error(comment):
    with pytest.raises(ValueError, match="line 8"):
        expectations(DOCUMENT.replace("COMMENT", comment))
