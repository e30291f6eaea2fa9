"""Where something stands, in the author's own numbers.

Spans count the lines of a document's whole text. Of a document made of several files, or of the
cells of a notebook, an author knows only the lines of each; here one becomes the other.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from pathlib import PurePath
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from derivcheck.diagnostics import Diagnostic, Part

_LINES = re.compile(r"(`[^`]*`)|\b(?P<word>lines? )(?P<numbers>\d+(?:(?:-|, |, line )\d+)*)")


class Places(Struct, frozen=True):
    """The places of one document.

    Attributes:
        path: of the document, as given on the command line.
        parts: where the lines of its text stand; empty if they are those of the file.
    """

    path: str
    parts: tuple[Part, ...] = ()

    def part(self, line: int) -> Part:
        """Return the part that a line of the document's text belongs to."""
        index = bisect_right(self.parts, line, key=lambda part: part.line) - 1
        return self.parts[max(index, 0)] if self.parts else Part(1, 1)

    def file(self, line: int) -> str:
        """Return the path of the file that holds a line."""
        inner = self.part(line).file
        return self.path if inner is None else str(PurePath(self.path).parent / inner)

    def line(self, line: int) -> int:
        """Return a line's number in its file or cell."""
        part = self.part(line)
        return line - part.line + part.first

    def at(self, line: int, column: int) -> str:
        """Return the place as editors and grep write it.

        Example:
            >>> Places("a.md").at(3, 7)
            'a.md:3:7'
            >>> Places("a.ipynb", (Part(1, 1, cell=1), Part(4, 1, cell=3))).at(5, 7)
            'a.ipynb:cell 3:2:7'
        """
        cell = self.part(line).cell
        where = f"{self.file(line)}:cell {cell}" if cell else self.file(line)
        return f"{where}:{self.line(line)}:{column}"

    def within(self, line: int, column: int) -> str:
        """Return the place without the document's own path."""
        part = self.part(line)
        lead = f"cell {part.cell}:" if part.cell else f"{part.file}:" if part.file else ""
        return f"{lead}{self.line(line)}:{column}"

    def lines(self, numbers: list[int]) -> str:
        """Return lines in words.

        Example:
            >>> Places("a.md").lines([5, 6, 7, 9])
            'lines 5-7, 9'
            >>> Places("a.tex", (Part(1, 1), Part(4, 1, "b.tex"))).lines([3, 4, 5])
            'line 3, lines 1-2 of b.tex'
        """
        groups: dict[Part, set[int]] = {}
        home = {(part.file, part.cell): part for part in reversed(self.parts)}
        for number in sorted(set(numbers)):
            part = self.part(number)
            part = home.get((part.file, part.cell), part)
            groups.setdefault(part, set()).add(self.line(number))
        return ", ".join(_counted(sorted(own)) + _owner(part) for part, own in groups.items())

    def keys(self, line: int | None) -> dict[str, Any]:
        """Return the JSON keys of a line: its number, and what holds it if that is not the file."""
        if line is None:
            return {"line": None}
        part = self.part(line)
        keys: dict[str, Any] = {"line": self.line(line)}
        if part.file is not None:
            keys["file"] = self.file(line)
        if part.cell is not None:
            keys["cell"] = part.cell
        return keys

    def told(self, text: str) -> str:
        """Return a message with its line numbers made the author's; formulas stay.

        Example:
            >>> Places("a.ipynb", (Part(1, 1, cell=2), Part(4, 1, cell=3))).told("`x` (line 5)")
            '`x` (line 2 of cell 3)'
        """

        def own(match: re.Match[str]) -> str:
            if match[1]:
                return match[1]
            numbers: list[int] = []
            for run in re.findall(r"\d+(?:-\d+)?", match["numbers"]):
                first, _, last = run.partition("-")
                numbers += range(
                    int(first[:9]), min(int((last or first)[:9]), int(first[:9]) + 999) + 1
                )
            return self.lines(numbers)

        return _LINES.sub(own, text) if self.parts else text

    def diagnostic(self, found: Diagnostic) -> Diagnostic:
        """Return a diagnostic whose words name the author's lines; its spans stay."""
        if not self.parts:
            return found
        return replace(
            found,
            headline=self.told(found.headline),
            labels=tuple(replace(label, text=self.told(label.text)) for label in found.labels),
            notes=tuple(self.told(note) for note in found.notes),
            help=tuple(replace(item, text=self.told(item.text)) for item in found.help),
        )


def _counted(ordered: list[int]) -> str:
    runs: list[list[int]] = []
    for number in ordered:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    told = ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
    return f"line{'s' if len(ordered) > 1 else ''} {told}"


def _owner(part: Part) -> str:
    if part.cell:
        return f" of cell {part.cell}"
    return f" of {part.file}" if part.file else ""
