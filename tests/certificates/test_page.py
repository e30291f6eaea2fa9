"""The page about certificates says what is so; its tables and its example are written from the code."""

from __future__ import annotations

from pathlib import Path

import pytest
from certificate_samples import texts_of

from derivcheck.certificates import trees
from derivcheck.certificates.sealed import read, replayed
from derivcheck.certificates.steps import EQUATIONS, EVIDENCE, STEPS

PAGE = Path(__file__).parent.parent.parent / "docs" / "certificates.md"

TRACE = r"""---
given:
  - 'A, B \in \mathbb{R}^{n \times n}'
---
$$ \operatorname{tr}(A B) = \operatorname{tr}(B A) $$
"""


def between(text: str, what: str) -> str:
    _, _, rest = text.partition(f"<!-- the {what} is written by `make golden` -->\n")
    found, end, _ = rest.partition(f"<!-- end of the {what} -->")
    assert end
    return found


def example() -> str:
    (text,) = texts_of(TRACE)
    return f"\n```json\n{text}```\n\n"


def table_of_nodes() -> str:
    rows = [("rational", "numerator, denominator", "sympy.Rational")]
    rows += [(word, "its name", "sympy.Symbol") for word in trees._SYMBOLS]
    for kind, row in trees._BY_TYPE.items():
        parts = len(row.parts)
        told = {0: "", 1: "1 part"}.get(parts, f"{parts} parts")
        if row.rest is not None:
            told = f"{told} and any number more" if told else "any number of parts"
        own = kind.__module__.startswith("derivcheck.")
        room = kind.__module__.rpartition(".")[2] if own else "sympy"
        rows.append((row.word, told or "nothing", f"{room}.{kind.__name__}"))
    words = [f"| `{word}` | {told} | `{kind}` |" for word, told, kind in sorted(rows)]
    return "\n| word | holds | node |\n| --- | --- | --- |\n" + "\n".join(words) + "\n\n"


def table_of_steps() -> str:
    lines = ["", "| step | keys |", "| --- | --- |"]
    for word, fields in STEPS.values():
        lines.append(f"| `{word}` | {', '.join([f'`{name}`' for name in fields])} |")
    lines += ["", "An `equation` is one of", "", "| equation | keys |", "| --- | --- |"]
    for word, fields in EQUATIONS.values():
        lines.append(f"| `{word}` | {', '.join([f'`{name}`' for name in fields])} |")
    lines += ["", "and `evidence`, where it is not `null`, one of", ""]
    lines += ["| evidence | keys |", "| --- | --- |"]
    for word, fields in EVIDENCE.values():
        lines.append(f"| `{word}` | {', '.join([f'`{name}`' for name in fields])} |")
    return "\n".join(lines) + "\n\n"


PARTS = {
    "example": example,
    "table of nodes": table_of_nodes,
    "table of steps": table_of_steps,
}


@pytest.mark.parametrize("what", PARTS)
def test_the_page_is_up_to_date(what: str, request: pytest.FixtureRequest) -> None:
    text = PAGE.read_text(encoding="utf-8")
    today = PARTS[what]()
    if request.config.getoption("--golden"):
        end = f"{between(text, what)}<!-- end of the {what} -->"
        PAGE.write_text(text.replace(end, f"{today}<!-- end of the {what} -->"), encoding="utf-8")
    else:
        assert between(text, what) == today, "make golden"


def test_the_example_is_accepted() -> None:
    shown = between(PAGE.read_text(encoding="utf-8"), "example")
    replayed(read(shown.strip().removeprefix("```json\n").removesuffix("```")))
