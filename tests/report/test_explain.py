import re

import pytest

from derivcheck.diagnostics import CODES
from derivcheck.report.explain import code_list, explanation, find_code, nearest, render_page
from derivcheck.report.script import Script

HEADINGS = [
    "What it means",
    "Why derivcheck insists",
    "Example",
    "Use instead",
    "When the help is only a guess",
    "See also",
]
# No document can show these: a broken encoding, a spent budget, an error of derivcheck itself.
WITHOUT_DOCUMENTS = {"DC001", "DC303", "DC901"}


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_page_with_all_headings(code):
    page = explanation(code)
    assert page.startswith(f"# {code} {CODES[code].slug}\n")
    prose = re.sub(r"^```.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL)
    assert re.findall(r"^## (.*)$", prose, re.MULTILINE) == HEADINGS


@pytest.mark.parametrize("code", sorted(set(CODES) - WITHOUT_DOCUMENTS))
def test_every_page_has_two_documents(code):
    page = explanation(code)
    example = page[page.index("## Example") : page.index("## Use instead")]
    instead = page[page.index("## Use instead") : page.index("## When")]
    for part in (example, instead):
        assert len(re.findall(r"^```markdown\n.*?^```$", part, re.MULTILINE | re.DOTALL)) == 1


@pytest.mark.parametrize("code", CODES)
def test_codes_that_a_page_names_exist(code):
    assert set(re.findall(r"DC\d\d\d", explanation(code))) <= set(CODES)


@pytest.mark.parametrize("color", [False, True])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252"])
def test_pages_can_be_printed(color, encoding):
    for code in CODES:
        text = render_page(explanation(code), Script(encoding), 80, color=color)
        text.encode(encoding)
        assert ("\x1b[" in text) == color


def test_pages_fit_the_width():
    for code in CODES:
        lines = render_page(explanation(code), Script(), 80).splitlines()
        assert max(map(len, lines)) <= 80, code


@pytest.mark.parametrize("text", ["DC201", "dc201", " shape-mismatch "])
def test_codes_are_found_by_number_and_slug(text):
    assert find_code(text) == "DC201"


@pytest.mark.parametrize(
    ("text", "close"), [("DC3O1", "DC301"), ("201", "DC201"), ("shape-mismach", "shape-mismatch")]
)
def test_nearest_code_is_suggested(text, close):
    assert find_code(text) is None
    assert nearest(text) == close


def test_list_has_every_code():
    assert all(code in code_list(Script(), 80) for code in CODES)
