"""Counterexamples as people write them: small aligned matrices, the differing entry marked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from rich.cells import cell_len

from derivcheck.prover.verdict import Counterexample
from derivcheck.report.letters import LOWERED, RAISED
from derivcheck.report.script import Script, crop

LONGEST = 24  # cells of one entry; longer numbers lose their middle
GAP = 3


def counterexample_lines(example: Counterexample, script: Script, width: int) -> list[str]:
    """Return the lines that show a counterexample, without the words that lead to it."""
    blocks = [_value(name, value, script) for name, value in example.values.items()]
    lines = flow(blocks, width)
    if is_number(example.lhs):  # two numbers need no mark
        sides = [
            matrix("left-hand side", example.lhs, script),
            matrix("right-hand side", example.rhs, script),
        ]
        lines += flow(sides, width)
        return [line if cell_len(line) <= width else crop(line, width) for line in lines]
    sides = [
        matrix("left-hand side", example.lhs, script, example.entry),
        matrix("right-hand side", example.rhs, script, example.entry),
    ]
    lines += flow(sides, width)
    row, column = example.entry
    left, right = (_entry(side, row, column, script) for side in (example.lhs, example.rhs))
    if left is not None and right is not None:
        lines.append(f"entry ({row}, {column}): {left} {script('≠')} {right}")
    return [line if cell_len(line) <= width else crop(line, width) for line in lines]


def sizes_text(sizes: dict[str, int]) -> str:
    """Return ``n = 2, m = 3``."""
    return ", ".join(f"{name} = {size}" for name, size in sizes.items())


def matrix(
    name: str, rows: Any, script: Script, marked: tuple[int, int] | None = None
) -> list[str]:
    """Return the lines of ``name = matrix``; all have the same width.

    Example:
        >>> matrix("A", [["0", "-1"]], Script())
        ['A = [0 -1]']
    """
    cells = [[_number(entry, script) for entry in row] for row in rows]
    if marked:
        i, j = marked[0] - 1, marked[1] - 1
        if 0 <= i < len(cells) and 0 <= j < len(cells[i]):
            cells[i][j] = script("‹") + cells[i][j] + script("›")
    lead = f"{script.one_line(name)} = "
    if len(cells) == 1 and len(cells[0]) == 1:
        return [lead + cells[0][0]]
    widths = [
        max(cell_len(row[column]) for row in cells if column < len(row))
        for column in range(max(map(len, cells), default=0))
    ]
    lines = []
    for number, row in enumerate(cells):
        inner = " ".join(
            " " * (widths[column] - cell_len(cell)) + cell for column, cell in enumerate(row)
        )
        opening, closing = brackets(number, len(cells), script)
        lines.append((" " * cell_len(lead) if number else lead) + opening + inner + closing)
    return lines or [lead + "[]"]


def flow(blocks: Sequence[list[str]], width: int) -> list[str]:
    """Return blocks of lines side by side, going on below where the width is used up."""
    lines: list[str] = []
    band: list[str] = []
    for block in blocks:
        size = max(map(cell_len, block))
        used = max(map(cell_len, band), default=0)
        if band and used + GAP + size <= width:
            band += [""] * (len(block) - len(band))
            padded = [line + " " * (used + GAP - cell_len(line)) for line in band]
            tail = block + [""] * (len(band) - len(block))
            band = [left + right for left, right in zip(padded, tail, strict=True)]
        else:
            lines += band
            band = list(block)
    return [line.rstrip() for line in lines + band]


def _value(name: str, value: Any, script: Script) -> list[str]:
    if isinstance(value, dict):
        of, formula = value.get("of", "t"), value.get("is", "?")
        lead = f"{name}({argument_letters(of)})"
        if isinstance(formula, str):
            return [script.one_line(f"{lead} = {polynomial(formula)}")]
        return matrix(lead, [[polynomial(str(x)) for x in row] for row in formula], script)
    if isinstance(value, (list, tuple)) and all(isinstance(row, (list, tuple)) for row in value):
        return matrix(name, value, script)
    return [f"{script.one_line(name)} = {_number(value, script)}"]


def is_number(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether a side is a single number."""
    return [len(rows), *map(len, rows)] == [1, 1]


def argument_letters(of: str | Sequence[str]) -> str:
    """Return the arguments of a function, one letter for the entries of each.

    Example:
        >>> argument_letters(["u1", "u2", "v"])
        'u, v'
    """
    letters = [one.rstrip("0123456789") for one in ([of] if isinstance(of, str) else of)]
    return ", ".join(dict.fromkeys(letters))


def polynomial(text: str) -> str:
    """Return a polynomial as people write it.

    Example:
        >>> polynomial("-2*u1^2*u2 + 3")
        '-2 u₁² u₂ + 3'
    """

    def scripts(match: re.Match[str]) -> str:
        letter, below, above = match.groups()
        low = "".join(LOWERED[c] for c in below)
        return letter + low + "".join(RAISED[c] for c in above or "")

    return re.sub(r"([a-z])(\d*)(?:\^(\d+))?", scripts, text).replace("*", " ")


def _number(value: Any, script: Script) -> str:
    text = script.one_line(str(value))
    if cell_len(text) <= LONGEST or text.startswith("["):
        return text
    half = (LONGEST - 1) // 2
    return text[:half] + script("…") + text[-half:]


def _entry(side: list[list[str]], row: int, column: int, script: Script) -> str | None:
    try:
        return _number(side[row - 1][column - 1], script)
    except IndexError:
        return None


def brackets(number: int, count: int, script: Script) -> tuple[str, str]:
    """Return the brackets of one row of a matrix of ``count`` rows."""
    if count == 1 or not script.unicode:
        return "[", "]"
    if number == 0:
        return "⎡", "⎤"
    return ("⎣", "⎦") if number == count - 1 else ("⎢", "⎥")
