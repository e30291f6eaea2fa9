r"""LaTeX math text -> tokens: macros expanded, dress dropped, spelling variants made one.

What a token is follows TeX: a control word, a single digit, a single character. Every token keeps
the stretch of the ORIGINAL text that it stands for; a token that comes out of a macro's body has
the
stretch of the macro call, so a message can always underline the author's own characters.

This module decides nothing about mathematics. It never recurses, and it stops at counted limits:
a text, a macro or a nesting that is too large is an error at once, not a slow parse.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from derivcheck.language import spelling as sp
from derivcheck.language.macros import expand
from derivcheck.language.scanning import (
    LatexError,
    Token,
    scan,
)
from derivcheck.limits import FORMULA_CHARACTERS as MAX_CHARACTERS
from derivcheck.limits import FORMULA_DEPTH as MAX_DEPTH
from derivcheck.limits import FORMULA_TOKENS as MAX_TOKENS

__all__ = ["LatexError", "Token", "tokenize"]


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
    raw = list(scan(text))
    if macros and any(token.text in macros for token in raw):
        raw = expand(raw, macros)
    _check_size(raw)
    return list(_Normaliser(raw, text).run())


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
        help_ = ("write `}` where the group ends",)
        raise LatexError(
            "DC101", "`{` is never closed", opened[-1].start, opened[-1].end, help=help_
        )


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
        if word in sp.SWITCHES and self._peek() == "{":
            # \rm{tr} is written by those who mean \mathrm{tr}.
            self._push_back([Token(sp.SWITCHES[word], token.start, token.end, token.gap)])
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
                "DC101", f"`\\end{{{name}}}` ends nothing", token.start, token.end, notes=notes
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
        r"""Read ``\operatorname{tr}`` or ``\mathsf{T}`` as one token, its letters the value."""
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
