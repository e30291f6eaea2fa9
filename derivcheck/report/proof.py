"""The account of a step on the screen: what it says, both normal forms, the pairing, what was used."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from msgspec import Struct
from rich.cells import cell_len

from derivcheck.report.goals import AXES, goal_lines, has_axes
from derivcheck.report.matrices import brackets, sizes_text
from derivcheck.report.readable import readable
from derivcheck.report.script import Script

if TYPE_CHECKING:
    from derivcheck.certificates.account import Account
    from derivcheck.report.model import StepReport

MOST_STEPS = 40
"""Steps of a certificate that are told; the others are counted."""

LONGEST = 1_500
"""Characters of a formula; a longer one is not shown."""


class Explained(Struct, frozen=True):
    """A step with its account.

    Attributes:
        place: where it stands, as editors write it.
        report: what was reported.
        account: what there is to tell of its goal; None when it has none.
        why: why there is no account.
    """

    place: str
    report: StepReport
    account: Account | None
    why: str


def account_lines(one: Explained, script: Script, width: int = 80) -> Iterator[str]:
    """Yield the lines that explain a step."""
    report, told = one.report, one.account
    sides = report.readable or (report.lhs, report.rhs or "")
    yield script.one_line(f"{one.place}   {report.verdict}")
    sign = readable(report.relation or "")
    yield from _wrapped(f"{sides[0]} {sign} {sides[1]}".strip(), script, width)
    if told is None:
        yield ""
        yield from _wrapped(f"not explained: {one.why}", script, width)
        return
    yield from _section("What it says")
    for line in goal_lines(told.said):
        yield from _wrapped(line, script, width)
    if has_axes(told.said):
        yield from _wrapped(AXES, script, width)
    entry = f", entry {readable(told.entry)}" if told.entry else ""
    yield from _section(f"In index notation{entry}")
    for name, side in (("left", told.lhs), ("right", told.rhs)):
        text = readable(side.notation) if len(side.notation) <= LONGEST else "too long to be shown"
        yield from _wrapped(f"{name}: {text}", script, width)
    yield from _section("How it is proved" if told.steps else "No proof")
    if not told.steps:
        same = report.verdict == "proved"
        reason = "both sides are the same as they are lowered" if same else report.verdict
        yield from _wrapped(reason, script, width)
    yield from _numbered(told.steps, script, width)
    if told.rules:
        yield from _section("Definitions and facts")
        for name, rule, source in told.rules:
            yield from _wrapped(f"{name}: {_mathematics(rule)}   [{source}]", script, width)
    yield from _section("What was used of what is given")
    yield from _used(report, told, script, width)
    if told.lhs.expansion and told.rhs.expansion:
        at = sizes_text(told.sizes)
        yield from _section(f"Written out{f' at {at}' if at else ''}")
        for name, rows in (("left", told.lhs.expansion), ("right", told.rhs.expansion)):
            yield from _matrix(name, rows, script, width)


def _section(title: str) -> Iterator[str]:
    yield ""
    yield title


def _wrapped(text: str, script: Script, width: int) -> Iterator[str]:
    for number, line in enumerate(script.wrap(script.one_line(text), max(width - 6, 34))):
        yield ("  " if not number else "      ") + line


def _mathematics(text: str) -> str:
    """Return a sentence with its formulas in Unicode."""
    return re.sub(r"\$([^$]*)\$", lambda match: readable(match[1]), text)


def _numbered(steps: Sequence[str], script: Script, width: int) -> Iterator[str]:
    number = 0
    for position, (text, group) in enumerate(groupby(steps)):
        times = len(list(group))
        if position == MOST_STEPS:
            yield from _wrapped(f"… and {len(steps) - number} further steps", script, width)
            return
        number += times
        told = _mathematics(text) if len(text) <= LONGEST else "a step too long to be shown"
        again = f" ({times} times)" if times > 1 else ""
        yield from _wrapped(f"{position + 1}. {told}{again}", script, width)


def _used(report: StepReport, told: Account, script: Script, width: int) -> Iterator[str]:
    lines = [f"assuming line {line}" for line in report.assuming]
    text = " ".join(told.steps)
    lines += [
        f"{readable(equation)} (line {line})"
        for equation, line in told.said.hypotheses
        if f"${equation}$" in text
    ]
    lines += [f"where {readable(one)}" for one in told.said.obligations]
    lines += report.notes
    for line in lines or ["nothing"]:
        yield from _wrapped(line, script, width)


def _matrix(name: str, rows: Iterable[Sequence[str]], script: Script, width: int) -> Iterator[str]:
    cells = [[script.one_line(readable(entry)) for entry in row] for row in rows]
    if len(cells) == 1 and len(cells[0]) == 1:
        yield from _wrapped(f"{name} = {_short(cells[0][0])}", script, width)
        return
    widths = [max(cell_len(row[k]) for row in cells) for k in range(len(cells[0]))]
    if sum(widths) + 2 * len(widths) + len(name) + 8 > width:
        for i, row in enumerate(cells, 1):
            for j, cell in enumerate(row, 1):
                yield from _wrapped(f"{name} ({i}, {j}) = {_short(cell)}", script, width)
        return
    lead = f"  {name} = "
    for number, row in enumerate(cells):
        inner = "  ".join([cell + " " * (widths[k] - cell_len(cell)) for k, cell in enumerate(row)])
        opening, closing = brackets(number, len(cells), script)
        yield (lead if not number else " " * len(lead)) + opening + inner + closing


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else "too long to be shown"
