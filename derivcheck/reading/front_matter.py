"""The front matter of a file: layout, given and macros, each with its place.

What belongs to other tools is left alone: with a key ``derivcheck`` only what stands under it
counts. An entry that YAML does not read as text is taken as the author typed it, with a diagnostic.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct, field

from derivcheck.diagnostics import Diagnostic, Help, Span
from derivcheck.limits import FRONT_MATTER_CHARACTERS as LONGEST
from derivcheck.reading.document import Given, Source
from derivcheck.reading.macros import MACRO_NAME, argument_count
from derivcheck.reading.places import joined, trimmed, without

if TYPE_CHECKING:
    from derivcheck.reading.yaml_tree import Node

LAYOUTS = ("numerator", "denominator", "mixed")
KEYS = ("layout", "given", "macros")
MOST_COMPLAINTS = 50
_KEY = re.compile(r"\s*(?:['\"]?[\w .-]{1,60}['\"]?\s*:(?:\s|$)|#|\{)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\xa0\u2028\u2029]")
_DOUBLED = {"'": re.compile(r"''"), '"': re.compile(r"\\[\\\"]")}
_ESCAPED = "text in double quotes, where YAML changes the backslashes"


class FrontMatter(Struct):
    """What the front matter says; `end` is the number of lines of the file that it takes up."""

    end: int = 0
    layout: str | None = None
    given: list[Given] = field(default_factory=list)
    macros: dict[str, tuple[int, str]] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)


class _Reader:
    """Gives meaning to the nodes of one block; `first` is the file's number of its first line."""

    def __init__(self, lines: list[str], first: int, end: int) -> None:
        self._lines = lines
        self._first = first
        self.result = FrontMatter(end)

    def complain(
        self, headline: str, line: int, column: int, length: int, help_: Help | None
    ) -> None:
        """Add a diagnostic at a place that counts from 0 within the block."""
        if len(self.result.diagnostics) >= MOST_COMPLAINTS:
            return
        line = max(min(line, len(self._lines) - 1), 0)
        begin = min(column, len(self._lines[line])) + 1
        end = max(min(begin + length, len(self._lines[line]) + 1), begin + 1)
        span = Span(self._first + line, begin, self._first + line, end)
        help_tuple = (help_,) if help_ else ()
        self.result.diagnostics.append(Diagnostic("DC002", headline, span, help=help_tuple))

    def read(self, *, ours: bool = False) -> FrontMatter:
        """Read the block; ``ours`` says that it belongs to no other tool."""
        from derivcheck.reading.yaml_tree import tree_of

        root = tree_of(self._lines, self.complain)
        if root is None or root.kind == "refused":
            return self.result
        if root.kind != "mapping":
            self.complain("the front matter is not a map of keys to values", *root.start, 1, None)
            return self.result
        pairs = root.pairs()
        for key, value in pairs:
            if key.value == "math" and value.kind == "mapping":
                self._macros(value)  # where MyST has them
        own = [(key, value) for key, value in pairs if key.value == "derivcheck"]
        if own:
            key, value = own[-1]
            pairs = value.pairs() if value.kind == "mapping" else []
            if value.kind in ("scalar", "sequence"):
                headline = "`derivcheck` is not a map with the keys layout, given, macros"
                self.complain(headline, *key.start, len(key.value), None)
            for key, _ in pairs:
                if key.value not in KEYS:
                    headline = f"unknown key `{key.value[:20]}`: the keys are layout, given, macros"
                    self.complain(headline, *key.start, len(key.value), None)
        ours = ours or bool(own) or any(key.value == "given" for key, _ in pairs)
        for key, value in pairs:
            if value.kind == "refused":
                continue
            if key.value == "given":
                self._given(value)
            elif key.value == "macros":
                self._macros(value)
            elif key.value == "layout":
                self._layout(value, ours)
        return self.result

    def _given(self, node: Node) -> None:
        for entry in node.children if node.kind == "sequence" else [node]:
            source = self._source(entry)
            if entry.kind == "refused" or not source.text:
                continue
            self._check_text(entry, source)
            self.result.given.append(Given(source))

    def _check_text(self, node: Node, source: Source) -> None:
        """Report an entry that YAML does not take as the text that it is."""
        from derivcheck.reading.yaml_tree import SINGLE_QUOTES

        length = len(source.text.split("\n", 1)[0])
        if node.kind == "scalar" and node.style == '"' and _CONTROL.search(node.value):
            self.complain(_ESCAPED, *node.start, length, SINGLE_QUOTES)
        elif node.kind != "scalar" or node.type != "str":
            kinds = {"mapping": "a map", "sequence": "a list"}
            kind = kinds.get(node.kind, f"a value of type {node.type}")
            self.complain(
                f"not text: YAML reads this entry as {kind}", *node.start, length, SINGLE_QUOTES
            )

    def _macros(self, node: Node) -> None:
        if node.kind != "mapping":
            if node.type != "null":
                self.complain("`macros` is not a map from names to LaTeX", *node.start, 1, None)
            return
        for key, value in node.pairs():
            # Some tools write a macro as a list of its body and the number of its arguments, others
            # as a map with the body under `macro`.
            body = value.children[0] if value.kind == "sequence" and value.children else value
            if value.kind == "mapping":
                body = next((one for name, one in value.pairs() if name.value == "macro"), value)
            name = key.value if key.value.startswith("\\") else "\\" + key.value
            if body.kind != "scalar" or not MACRO_NAME.fullmatch(name):
                headline = f"not a macro: `{key.value[:30]}` with a body of LaTeX was expected"
                self.complain(headline, *key.start, len(key.value), None)
                continue
            text = self._source(body).text
            if body.style == '"' and _CONTROL.search(body.value):
                self._check_text(body, self._source(body))
            self.result.macros[name] = (argument_count(text), text)

    def _layout(self, node: Node, ours: bool) -> None:
        value = node.value.strip().lower() if node.kind == "scalar" else ""
        if value in LAYOUTS:
            self.result.layout = value
        elif ours:
            shown = self._source(node).text.split("\n", 1)[0][:20]
            headline = f"unknown layout `{shown}`: the layouts are numerator, denominator and mixed"
            self.complain(headline, *node.start, len(shown), None)

    def _source(self, node: Node) -> Source:
        """Return a node's text as typed, without quotes and indentation."""
        (top, left), (bottom, right) = node.start, node.end
        if node.style in ("|", ">"):
            top, left = top + 1, 0
        rows = []
        for line in range(top, min(bottom + 1, len(self._lines))):
            text = self._lines[line][: right if line == bottom else None]
            text = text[left if line == top else 0 :]
            indent = len(text) - len(text.lstrip())
            column = (left if line == top else 0) + indent + 1
            rows.append((text[indent:], self._first + line, column))
        source = joined(rows)
        quote = source.text[:1] if node.style in ("'", '"') or node.masked else ""
        if quote not in ("'", '"') or len(source.text) < 2:
            return trimmed(source, 0, len(source.text))
        closed = source.text.endswith(quote)
        source = trimmed(source, 1, len(source.text) - closed)
        if node.masked or (node.style == '"' and _CONTROL.search(node.value)):
            return source
        doubled = _DOUBLED[quote].finditer(source.text)
        return without(source, [(match.start(), match.start() + 1) for match in doubled], "")


def read_yaml(lines: list[str], first: int) -> FrontMatter:
    r"""Return what a block of YAML says that stands elsewhere than at the top of a file.

    Args:
        lines: the block, its lines in full, so that columns are those of the file.
        first: the file's number of its first line.

    Example:
        >>> read_yaml(["  given: 'a = b'"], 7).given[0].source.place(0)
        (7, 11)
    """
    reader = _Reader(lines, first, 0)
    if sum(map(len, lines)) + len(lines) > LONGEST:
        reader.complain(f"a block of more than {LONGEST} characters", 0, 0, 1, None)
        return reader.result
    return reader.read(ours=True)


def read_front_matter(text: str) -> FrontMatter:
    r"""Return what the front matter of a normalised text says.

    It stands at the start, between two lines of three hyphens, and opens with a key: a thematic
    break is not taken for it.

    Example:
        >>> read_front_matter("---\ngiven: 'a = b'\n---\n").given[0].source.place(0)
        (2, 9)
    """
    if not text[:1_000].lstrip().startswith("---"):
        return FrontMatter()
    lines = text.split("\n")
    opener = next(row for row, line in enumerate(lines) if line.strip())
    if lines[opener].rstrip() != "---":
        return FrontMatter()
    inner = range(opener + 1, len(lines))
    closer = next((row for row in inner if lines[row].rstrip() in ("---", "...")), None)
    first = next((row for row in inner if lines[row].strip()), None)
    if closer is None or first is None:
        result = FrontMatter()
        if first is not None and _KEY.match(lines[first]):
            span = Span(opener + 1, 1, opener + 1, 4)
            headline = "the front matter that opens here has no closing line `---`"
            result = FrontMatter(opener + 1, diagnostics=[Diagnostic("DC002", headline, span)])
        return result
    if first < closer and not _KEY.match(lines[first]):
        return FrontMatter()
    block = lines[opener + 1 : closer]
    reader = _Reader(block, opener + 2, closer + 1)
    if sum(map(len, block)) + len(block) > LONGEST:
        reader.complain(f"the front matter has more than {LONGEST} characters", 0, 0, 1, None)
        return reader.result
    return reader.read() if block else reader.result
