r"""Characters -> raw TeX tokens, with their places; Unicode letters and signs become control words.

Also the plain data that every later pass shares: the limits, ``Token`` and ``LatexError``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from msgspec import Struct

from derivcheck.language import spelling as sp
from derivcheck.limits import FORMULA_TOKENS as MAX_TOKENS

MAX_HEADLINE = 100


class LatexError(Exception):
    """A formula that cannot be read: plain facts for a diagnostic, places as offsets.

    Attributes:
        code: ``DC101`` syntax, ``DC102`` too large, ``DC110`` unsupported construct.
        headline: lower case, no final stop, in the author's words.
        start: offset of the first character that the message is about.
        end: offset after its last character.
        notes: facts.
        help: changes that the author can make.
    """

    def __init__(
        self,
        code: str,
        headline: str,
        start: int,
        end: int,
        *,
        notes: tuple[str, ...] = (),
        help: tuple[str, ...] = (),
    ) -> None:
        if len(headline) > MAX_HEADLINE:
            headline = headline[: MAX_HEADLINE - 1] + "…"
        super().__init__(headline)
        self.code = code
        self.headline = headline
        self.start = start
        self.end = end
        self.notes = notes
        self.help = help


class Token(Struct):
    r"""One token of a formula.

    Attributes:
        text: the token in its canonical spelling: ``x``, ``\alpha``, ``{``, ``:=``, ``\text``.
        start: offset of its first character in the original text.
        end: offset after its last character.
        gap: 0 when it touches the token before, 1 after blanks, 2 after a spacing command.
        value: the content of ``\text{…}`` and ``\operatorname{…}``, the name of an environment,
            and for
            a bracket how it was sized: ``left``, ``right``, ``big``, ``open``, ``close`` or
            nothing.
    """

    text: str
    start: int
    end: int
    gap: int = 0
    value: str = ""


_SCAN = re.compile(
    r"(?P<blank>\s+)|(?P<comment>%[^\n]*)|(?P<command>\\(?:[A-Za-z]+|.|$))|(?P<other>.)", re.DOTALL
)
_SKIP_AFTER_ROW = re.compile(
    r"\*?\s*\[\s*-?[\d.]+\s*(?:pt|em|ex|mm|cm|in|mu|bp|\\[A-Za-z]+)\s*\]|\*"
)


def scan(text: str) -> Iterator[Token]:
    """Yield raw tokens; Unicode letters and signs become the control words that they stand for."""
    gap = 0
    position = 0
    length = len(text)
    count = 0
    while position < length:
        match = _SCAN.match(text, position)
        assert match is not None
        kind, word, start = match.lastgroup, match.group(), position
        position = match.end()
        if kind in ("blank", "comment"):
            gap = max(gap, 1)
            continue
        count += 1
        if count > MAX_TOKENS:
            raise LatexError(
                "DC102", f"the formula has more than {MAX_TOKENS} tokens", start, position
            )
        if kind == "command":
            if word in sp.RAW_ARGUMENT:
                content, position = _raw_argument(text, position)
                yield Token(sp.RAW_ARGUMENT[word], start, position, gap, content)
            elif word == r"\\" or word in sp.ROW_COMMANDS:
                skipped = _SKIP_AFTER_ROW.match(text, position)
                position = skipped.end() if skipped else position
                yield Token(r"\\", start, position, gap)
            else:
                yield Token(word, start, position, gap)
        elif word.isascii() and not (position < length and unicodedata.combining(text[position])):
            yield Token(word, start, position, gap)
        else:
            while position < length and unicodedata.combining(text[position]):
                position += 1
            if word in sp.SCRIPT_CHARACTERS:
                while position < length and text[position] in sp.SCRIPT_CHARACTERS:
                    if sp.SCRIPT_CHARACTERS[text[position]][0] != sp.SCRIPT_CHARACTERS[word][0]:
                        break
                    position += 1
            for spelled in _unicode(text[start:position], start, position):
                yield Token(spelled, start, position, gap)
                gap = 0
        gap = 0


def _raw_argument(text: str, position: int) -> tuple[str, int]:
    """Return the content of the braces at ``position`` (or the next character) and the end."""
    while position < len(text) and text[position].isspace():
        position += 1
    if position >= len(text) or text[position] != "{":
        return text[position : position + 1], min(position + 1, len(text))
    depth = 0
    for at in range(position, len(text)):
        if text[at] == "{":
            depth += 1
        elif text[at] == "}":
            depth -= 1
            if depth == 0:
                return text[position + 1 : at], at + 1
    raise LatexError("DC101", "`{` is never closed", position, position + 1)


def _unicode(run: str, start: int, end: int) -> list[str]:
    """Return the LaTeX tokens of a non-ASCII character with its combining marks."""
    if all(letter in sp.SCRIPT_CHARACTERS for letter in run):
        sign = sp.SCRIPT_CHARACTERS[run[0]][0]
        return [sign, "{", *(sp.SCRIPT_CHARACTERS[letter][1] for letter in run), "}"]
    if run in sp.UNICODE:
        return list(sp.UNICODE[run])
    parts = unicodedata.normalize("NFD", run)
    base, marks = parts[0], parts[1:]
    tokens = list(sp.UNICODE.get(base, (base,)))
    if not base.isascii() and base not in sp.UNICODE:
        styled = unicodedata.normalize("NFKD", base)
        name = unicodedata.name(base, "")
        if not name.startswith("MATHEMATICAL") or len(styled) != 1:
            raise LatexError(
                "DC101", f"the character `{base}` has no meaning in a formula", start, end
            )
        tokens = list(sp.UNICODE.get(styled, (styled,)))
        for words, style in sp.MATHEMATICAL_STYLES:
            if words in name:
                tokens = [style, "{", *tokens, "}"]
                break
    for mark in marks:
        if mark not in sp.COMBINING:
            raise LatexError(
                "DC101", f"the character `{run}` has no meaning in a formula", start, end
            )
        tokens = [sp.COMBINING[mark], "{", *tokens, "}"]
    return tokens
