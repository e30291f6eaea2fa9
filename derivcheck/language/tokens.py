r"""LaTeX math text -> tokens: macros expanded, dress dropped, spelling variants made one.

What a token is follows TeX: a control word, a single digit, a single character. Every token keeps
the stretch of the ORIGINAL text that it stands for; a token that comes out of a macro's body has the
stretch of the macro call, so a message can always underline the author's own characters.

This module decides nothing about mathematics. It never recurses, and it stops at counted limits:
a text, a macro or a nesting that is too large is an error at once, not a slow parse.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from derivcheck.language import spelling as sp

MAX_CHARACTERS = 20_000
MAX_TOKENS = 5_000
MAX_DEPTH = 100
MAX_EXPANSIONS = 1_000
MAX_MACRO_DEPTH = 50
MAX_DIGITS = 100
MAX_EXPONENT = 1_000_000


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
        notes: tuple[str, ...] = (),
        help: tuple[str, ...] = (),
    ) -> None:
        super().__init__(headline)
        self.code = code
        self.headline = headline
        self.start = start
        self.end = end
        self.notes = notes
        self.help = help


@dataclass(slots=True)
class Token:
    r"""One token of a formula.

    Attributes:
        text: the token in its canonical spelling: ``x``, ``\alpha``, ``{``, ``:=``, ``\text``.
        start: offset of its first character in the original text.
        end: offset after its last character.
        gap: 0 when it touches the token before, 1 after blanks, 2 after a spacing command.
        value: the content of ``\text{…}`` and ``\operatorname{…}``, the name of an environment, and for
            a bracket how it was sized: ``left``, ``right``, ``big``, ``open``, ``close`` or nothing.
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


def tokenize(text: str, macros: Mapping[str, tuple[int, str]] | None = None) -> list[Token]:
    r"""Return the tokens of a formula.

    Args:
        text: LaTeX math without its delimiters.
        macros: control word with its backslash to (number of arguments, body).

    Raises:
        LatexError: DC102 when a limit is exceeded, DC101 when braces do not match or a macro calls
            itself, DC110 for an environment that is not read.

    Example:
        >>> [token.text for token in tokenize(r"\left( A\,x \right)^{\intercal}")]
        ['(', 'A', 'x', ')', '^', '{', '\\top', '}']
    """
    if len(text) > MAX_CHARACTERS:
        raise LatexError(
            "DC102",
            f"the formula has more than {MAX_CHARACTERS} characters",
            0,
            min(len(text), 40),
        )
    raw = list(_scan(text))
    if macros and any(token.text in macros for token in raw):
        raw = _expand(raw, macros)
    _check_size(raw)
    return list(_Normaliser(raw, text).run())


def _scan(text: str) -> Iterator[Token]:
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
    if run[0] in sp.SCRIPT_CHARACTERS:
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


def _check_size(tokens: list[Token]) -> None:
    """Raise when there are too many tokens or braces are unbalanced or nested too deeply."""
    if len(tokens) > MAX_TOKENS:
        place = tokens[MAX_TOKENS]
        raise LatexError(
            "DC102", f"the formula has more than {MAX_TOKENS} tokens", place.start, place.end
        )
    opened: list[Token] = []
    for token in tokens:
        if token.text == "{":
            opened.append(token)
            if len(opened) > MAX_DEPTH:
                raise LatexError(
                    "DC102",
                    f"the formula is nested more than {MAX_DEPTH} deep",
                    token.start,
                    token.end,
                )
        elif token.text == "}":
            if not opened:
                raise LatexError(
                    "DC101", "`}` closes nothing: there is no `{` before it", token.start, token.end
                )
            opened.pop()
    if opened:
        raise LatexError("DC101", "`{` is never closed", opened[-1].start, opened[-1].end)


def _expand(raw: list[Token], macros: Mapping[str, tuple[int, str]]) -> list[Token]:
    """Replace macro calls by their bodies until none is left."""
    output: list[Token] = []
    # Each entry: tokens still to be read (reversed) and how many macro bodies they lie inside.
    pending: list[tuple[Token, int]] = [(token, 0) for token in reversed(raw)]
    bodies: dict[str, list[Token]] = {}
    calls = 0
    while pending:
        token, depth = pending.pop()
        if token.text not in macros:
            output.append(token)
            if len(output) + len(pending) > 4 * MAX_TOKENS:
                raise LatexError(
                    "DC102", f"the macro `{token.text}` expands to too much", token.start, token.end
                )
            continue
        calls += 1
        if calls > MAX_EXPANSIONS or depth > MAX_MACRO_DEPTH:
            raise LatexError(
                "DC102" if depth <= MAX_MACRO_DEPTH else "DC101",
                f"the macro `{token.text}` "
                + ("is called too often" if depth <= MAX_MACRO_DEPTH else "calls itself"),
                token.start,
                token.end,
            )
        count, body = macros[token.text]
        arguments = [_macro_argument(pending, token) for _ in range(count)]
        if token.text not in bodies:
            if len(body) > MAX_CHARACTERS:
                raise LatexError(
                    "DC102", f"the macro `{token.text}` is too long", token.start, token.end
                )
            bodies[token.text] = list(_scan(body))
        parts = _fill(bodies[token.text], arguments, token)
        if parts:
            parts[0].gap = token.gap
        pending.extend((part, depth + 1) for part in reversed(parts))
    return output


def _macro_argument(pending: list[tuple[Token, int]], macro: Token) -> list[Token]:
    if not pending:
        raise LatexError(
            "DC101", f"the macro `{macro.text}` lacks an argument", macro.start, macro.end
        )
    token, _ = pending.pop()
    if token.text != "{":
        return [token]
    argument: list[Token] = []
    depth = 1
    while pending:
        token, _ = pending.pop()
        depth += (token.text == "{") - (token.text == "}")
        if depth == 0:
            return argument
        argument.append(token)
    raise LatexError(
        "DC101", f"`{{` after the macro `{macro.text}` is never closed", macro.start, macro.end
    )


def _fill(body: list[Token], arguments: list[list[Token]], call: Token) -> list[Token]:
    """Return the body with ``#1`` … replaced, each token of the body placed at the call."""
    result: list[Token] = []
    position = 0
    while position < len(body):
        token = body[position]
        position += 1
        if token.text == "#" and position < len(body) and body[position].text.isdigit():
            number = int(body[position].text)
            position += 1
            if not 1 <= number <= len(arguments):
                raise LatexError(
                    "DC101",
                    f"the macro `{call.text}` uses `#{number}` but has {len(arguments)} arguments",
                    call.start,
                    call.end,
                )
            for place, part in enumerate(arguments[number - 1]):
                gap = token.gap if place == 0 else part.gap
                result.append(Token(part.text, part.start, part.end, gap, part.value))
        else:
            result.append(Token(token.text, call.start, call.end, token.gap, token.value))
    return result


class _Normaliser:
    """Drops dress and rewrites spelling variants, in one pass over balanced tokens."""

    def __init__(self, tokens: list[Token], text: str) -> None:
        self.tokens = tokens
        self.text = text
        self.position = 0
        self.gap = 0
        self.environments: list[Token] = []

    def run(self) -> Iterator[Token]:
        tokens = self.tokens
        while self.position < len(tokens):
            token = tokens[self.position]
            self.position += 1
            for result in self._one(token):
                result.gap = max(result.gap, self.gap)
                self.gap = 0
                yield result
        if self.environments:
            opened = self.environments[-1]
            raise LatexError(
                "DC101",
                f"`\\begin{{{opened.value}}}` is never ended",
                opened.start,
                opened.end,
            )

    def _peek(self) -> str:
        return self.tokens[self.position].text if self.position < len(self.tokens) else ""

    def _argument(self, owner: Token) -> list[Token]:
        """Take the next group (without its braces) or single token."""
        if self.position >= len(self.tokens):
            raise LatexError("DC101", f"`{owner.text}` lacks its argument", owner.start, owner.end)
        first = self.tokens[self.position]
        self.position += 1
        if first.text != "{":
            return [first]
        begin = self.position
        depth = 1
        while depth:
            depth += {"{": 1, "}": -1}.get(self.tokens[self.position].text, 0)
            self.position += 1
        return self.tokens[begin : self.position - 1]

    def _group_end(self) -> int:
        """Return the position of the brace that closes the group we are in."""
        depth = 0
        for at in range(self.position, len(self.tokens)):
            depth += {"{": 1, "}": -1}.get(self.tokens[at].text, 0)
            if depth < 0:
                return at
        return len(self.tokens)

    def _push_back(self, tokens: list[Token]) -> None:
        """Put tokens in front of what is still to be read."""
        self.tokens[self.position : self.position] = tokens

    def _one(self, token: Token) -> list[Token]:
        word = token.text
        if word in sp.SPACES:
            self.gap = max(self.gap, 2)
            return []
        if word in sp.DROPPED or word in sp.SIZES:
            if word in sp.SIZES and self._peek() in sp.DELIMITERS:
                return [self._delimiter("big")]
            self.gap = max(self.gap, 1)
            return []
        if word in (r"\left", r"\right"):
            if self._peek() not in sp.DELIMITERS:
                raise LatexError(
                    "DC101", f"`{word}` is not followed by a bracket", token.start, token.end
                )
            return [self._delimiter(word[1:], token)]
        if word in sp.DELIMITERS:
            self.position -= 1
            return [self._delimiter("")]
        if word in sp.DROPPED_WITH_ARGUMENT:
            if self._peek() in ("{", "["):
                self._argument(token)
            return []
        if word in sp.COLOURS:
            for _ in range(sp.COLOURS[word]):
                self._argument(token)
            return []
        if word in sp.UNWRAPPED:
            return []
        if word in sp.SWITCHES:
            end = self._group_end()
            content = self.tokens[self.position : end]
            self.tokens[self.position : end] = [
                Token(sp.SWITCHES[word], token.start, token.end, token.gap),
                *self._braced(content, token),
            ]
            return []
        if word in (r"\underbrace", r"\overbrace"):
            content = self._argument(token)
            if self._peek() in ("_", "^"):
                self.position += 1
                self._argument(token)
            self._push_back(self._braced(content, token))
            return []
        if word in (r"\overset", r"\stackrel", r"\underset"):
            return self._stacked(token)
        if word == r"\not":
            return [self._negated(token)]
        if word == ":" and self._peek() == "=":
            self.position += 1
            return [Token(":=", token.start, self.tokens[self.position - 1].end, token.gap)]
        if word in (r"\begin", r"\end"):
            return self._environment(token)
        if word in sp.WORD_COMMANDS:
            return self._word(token)
        if word in sp.BARE_FUNCTIONS:
            return [Token(r"\mathrm", token.start, token.end, token.gap, word[1:])]
        if word == r"\vec" and self._peek() in ("(", "[", r"\left"):
            return [Token(r"\mathrm", token.start, token.end, token.gap, "vec")]
        if word in sp.ALIASES:
            return [Token(sp.ALIASES[word], token.start, token.end, token.gap)]
        return [token]

    def _braced(self, content: list[Token], owner: Token) -> list[Token]:
        first = content[0].start if content else owner.start
        last = content[-1].end if content else owner.end
        return [Token("{", first, first), *content, Token("}", last, last)]

    def _delimiter(self, size: str, sign: Token | None = None) -> Token:
        token = self.tokens[self.position]
        self.position += 1
        text, side = sp.DELIMITERS[token.text]
        start, gap = (sign.start, sign.gap) if sign else (token.start, token.gap)
        if size in ("", "big") and side:
            size = side
        if size in ("left", "right") and text in ("<", ">"):
            text = r"\langle" if text == "<" else r"\rangle"
        return Token(text, start, token.end, gap, size)

    def _stacked(self, token: Token) -> list[Token]:
        above = self._argument(token)
        below = self._argument(token)
        remark = "".join(part.text + part.value for part in above)
        relation = len(below) == 1 and below[0].text in ("=", r"\equiv")
        if relation and ("def" in remark or remark in (r"\triangle", r"\Delta")):
            return [Token(":=", token.start, below[0].end, token.gap)]
        if len(below) == 1:
            self._push_back(below)
            below[0].gap = max(below[0].gap, token.gap)
        else:
            self._push_back(self._braced(below, token))
        return []

    def _negated(self, token: Token) -> Token:
        following = self._peek()
        if following not in sp.NEGATED:
            raise LatexError("DC110", f"`\\not{following}` is not read", token.start, token.end)
        self.position += 1
        end = self.tokens[self.position - 1].end
        return Token(sp.NEGATED[following], token.start, end, token.gap)

    def _environment(self, token: Token) -> list[Token]:
        name = "".join(part.text for part in self._argument(token)).rstrip("*")
        token.value = name
        token.end = max(token.end, self.tokens[self.position - 1].end)
        if token.text == r"\begin":
            self.environments.append(token)
            if name in sp.ENVIRONMENTS_WITH_ARGUMENT and self._peek() in ("{", "["):
                self._skip_option()
            if name not in sp.ALIGNMENTS and name not in sp.MATRICES:
                raise LatexError(
                    "DC110", f"the environment `{name}` is not read", token.start, token.end
                )
            return [token] if name in sp.MATRICES else []
        if not self.environments or self.environments[-1].value != name:
            known = self.environments[-1].value if self.environments else ""
            notes = (f"the environment that is open is `{known}`",) if known else ()
            raise LatexError(
                "DC101", f"`\\end{{{name}}}` ends nothing", token.start, token.end, notes
            )
        self.environments.pop()
        if name in sp.MATRICES:
            return [token]
        # Two alignments one after the other are rows of one display.
        return [Token(r"\\", token.start, token.end)] if self._peek() == r"\begin" else []

    def _skip_option(self) -> None:
        while self._peek() in ("{", "["):
            closing = "}" if self._peek() == "{" else "]"
            while self.position < len(self.tokens) and self._peek() != closing:
                self.position += 1
            self.position += 1

    def _word(self, token: Token) -> list[Token]:
        r"""``\operatorname{tr}``, ``\mathrm{tr}``, ``\mathsf{T}``: one token, the letters its value."""
        if self._peek() == "*":
            self.position += 1
        content = [part for part in self._argument(token) if part.text not in sp.SPACES]
        letters = "".join(part.text for part in content)
        text = r"\mathsf" if token.text == r"\mathsf" else r"\mathrm"
        if letters and all(part.text.isalnum() or part.text == "-" for part in content):
            return [Token(text, token.start, content[-1].end, token.gap, letters)]
        if token.text == r"\operatorname":
            raise LatexError(
                "DC110", "the operator's name is not a plain word", token.start, token.end
            )
        self._push_back(self._braced(content, token))
        return []
