r"""The author's LaTeX as plain Unicode mathematics, for a terminal.

``\nabla_{a^{(k)}} L \odot g'(a)^\top`` reads ``∇_{a⁽ᵏ⁾} L ⊙ g'(a)ᵀ``. What the formula looks like
is kept, dress goes (``\left``, ``\,``, ``\displaystyle``), and nothing with a meaning is lost: a
script without Unicode form stays ``_{…}``, an unknown command stays itself, a fraction gets the
brackets that its line gave it. Nothing here is read back or decided on.

Own code because the libraries for it (pylatexenc, unicodeit, flatlatex) print ``\frac{a + b}{c} d``
without brackets, and leave most scripts as they are.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping

from msgspec import Struct

from derivcheck.language import spelling as sp
from derivcheck.language.scanning import LatexError, Token
from derivcheck.language.tokens import tokenize
from derivcheck.report.letters import (
    CLOSING,
    LOWERED,
    MARKS,
    MATRICES,
    OPENING,
    RAISED,
    SIGNS,
    SPACED,
    STYLES,
    styled,
)

MAX_DEPTH = 60
"""Groups in groups; deeper ones keep their LaTeX."""


def readable(latex: str, macros: Mapping[str, tuple[int, str]] | None = None) -> str:
    r"""Return a formula as plain Unicode mathematics, on one line.

    Args:
        latex: as the author wrote it, without delimiters.
        macros: control word with its backslash to (number of arguments, body).

    Raises:
        Never: what cannot be read stays LaTeX.

    Example:
        >>> readable(r"\frac{1}{s} \left( I - \frac{1}{d} \hat{y} \hat{y}^\top \right)")
        '(1/s) (I - (1/d) ŷ ŷᵀ)'
        >>> readable(r"\Sigma^{-1} \nabla_{W^{(k)}} L + \operatorname{vec}^{-1}(x_{t-1})")
        'Σ⁻¹ ∇_{W⁽ᵏ⁾} L + vec⁻¹(xₜ₋₁)'
    """
    try:
        tokens = tokenize(latex.replace(r"\\!", r"\\").replace(r"\!", ""), macros)
        return unicodedata.normalize("NFC", joined(list(_Writer(tokens).pieces())))
    except (LatexError, RecursionError):
        return latex


def readable_words(text: str, macros: Mapping[str, tuple[int, str]] | None = None) -> str:
    r"""Return words with the formulas between dollar signs as plain Unicode mathematics.

    Raises:
        Never: what cannot be read stays LaTeX.

    Example:
        >>> readable_words(r"The trace of $A^\top$")
        'The trace of Aᵀ'
    """
    parts = text.split("$")
    return "".join(readable(part, macros) if k % 2 else part for k, part in enumerate(parts))


class Piece(Struct):
    """A part of a line: its text, what kind of sign it is, and whether blanks stood before it.

    ``kind``: ``atom``, ``word``, ``big`` (∑), ``operator``, ``open``, ``close``, ``comma``,
    ``tight`` (binds to what follows: ∂, √), ``fraction``, ``derivative`` (one that writes that).
    """

    text: str
    kind: str = "atom"
    gap: bool = False


def joined(pieces: list[Piece], *, compact: bool = False) -> str:
    """Return pieces as one line; ``compact`` leaves out the blanks around signs."""
    line = ""
    before: Piece | None = None
    for position, piece in enumerate(pieces):
        after = pieces[position + 1] if position + 1 < len(pieces) else None
        text = piece.text
        if piece.kind == "fraction" and (_factor(before) or _factor(after, following=True)):
            text = f"({text})"
        if line and before is not None and _apart(before, piece, pieces[:position], compact):
            line += " "
        line += text
        before = piece
    return line.strip()


def _factor(piece: Piece | None, *, following: bool = False) -> bool:
    """Return whether a neighbour is multiplied with what stands beside it."""
    kinds = ("atom", "word", "tight", "fraction", "derivative", "open" if following else "close")
    return piece is not None and piece.kind in kinds


def _apart(before: Piece, piece: Piece, earlier: list[Piece], compact: bool) -> bool:
    if before.kind in ("open", "tight") or piece.kind in ("close", "comma"):
        return False
    if before.kind == "comma":
        return not compact
    if piece.kind == "operator":
        return not compact
    if before.kind == "operator":
        unary = len(earlier) == 1 or earlier[-2].kind in ("operator", "open", "comma")
        return not compact and not (unary and before.text in "+-")
    if piece.kind == "open":
        return before.kind == "big" or (piece.gap and before.kind != "word")
    if "big" in (before.kind, piece.kind):
        return True
    if "word" in (before.kind, piece.kind):
        return before.text[-1:].isalnum() or piece.gap or before.kind == "close"
    return piece.gap or "fraction" in (before.kind, piece.kind)


class _Writer:
    """Turns tokens into pieces, one group at a time."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    def pieces(self, until: tuple[str, ...] = ()) -> Iterator[Piece]:
        """Yield the pieces up to a token in ``until``, with their scripts."""
        bars = 0
        while self.at < len(self.tokens) and self.tokens[self.at].text not in until:
            token = self.tokens[self.at]
            self.at += 1
            if token.text in ("^", "_"):
                yield Piece(self._script(token.text, big=False))
                continue
            if token.text in ("|", r"\|") and token.value in ("", "big", "left", "right"):
                bars += 1
                kind = {"left": "open", "right": "close"}.get(token.value)
                piece = Piece(SIGNS.get(token.text, "|"), kind or ("open", "close")[1 - bars % 2])
            else:
                piece = self._piece(token)
            piece.gap = token.gap > 0
            scripted = False
            while self.at < len(self.tokens) and self.tokens[self.at].text in ("^", "_", "'"):
                sign = self.tokens[self.at].text
                self.at += 1
                if not scripted and piece.kind in ("fraction", "derivative"):
                    piece = Piece(f"({piece.text})", gap=piece.gap)
                scripted = True
                big = token.text in sp.BIG_OPERATORS or token.text in sp.BIG_NOT_READ
                piece.text += "'" if sign == "'" else self._script(sign, big=big)
            if scripted and token.text == r"\nabla":
                piece.kind = "word"
            if piece.text:
                yield piece

    def _piece(self, token: Token) -> Piece:
        word = token.text
        if word == "{":
            self.at -= 1
            inner = list(self._group())
            if len(inner) == 1:
                return inner[0]
            scripted = self.at < len(self.tokens) and self.tokens[self.at].text in ("^", "_")
            return Piece(f"({joined(inner)})" if scripted else joined(inner))
        if word == r"\frac":
            return self._fraction()
        if word == r"\sqrt":
            return self._root()
        if word in MARKS or word in STYLES:
            return Piece(self._dressed(word))
        if word == r"\begin":
            return self._matrix(token)
        if word in (r"\mathrm", r"\mathsf"):
            return Piece(token.value, "word" if len(token.value) > 1 else "atom")
        if word == r"\text":
            return Piece(token.value.strip(), "word")
        if word in sp.FUNCTION_COMMANDS or word in (r"\lim", r"\sup", r"\inf"):
            return Piece(word[1:], "word")
        if word in sp.BIG_OPERATORS or word == r"\int":
            return Piece(SIGNS[word], "big")
        if word == r"\quad":
            return Piece(" ")
        if word in OPENING or (word == "|" and token.value == "open"):
            return Piece(SIGNS.get(word, word), "open")
        if word in CLOSING or (word == "|" and token.value == "close") or token.value == "close":
            return Piece(SIGNS.get(word, word), "close")
        if token.value == "open":
            return Piece(SIGNS.get(word, word), "open")
        if word == "." and token.value in ("left", "right"):
            return Piece("")
        if word in (",", ";"):
            return Piece(word, "comma")
        if word in SPACED:
            return Piece(SIGNS.get(word, word), "operator")
        if word in ("/", ":"):
            return Piece(word, "tight" if word == "/" else "operator")
        if word == r"\partial" or (word == r"\nabla" and not self._next_is("_")):
            return Piece(SIGNS[word], "tight")
        return Piece(SIGNS.get(word, word), "atom" if word in SIGNS or len(word) == 1 else "word")

    def _next_is(self, text: str) -> bool:
        return self.at < len(self.tokens) and self.tokens[self.at].text == text

    def _group(self) -> list[Piece]:
        """Return the pieces of the next group, or of the next single token."""
        if self.at >= len(self.tokens):
            return []
        token = self.tokens[self.at]
        self.at += 1
        if token.text != "{":
            return [self._piece(token)]
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise LatexError("DC102", "too deep", token.start, token.end)
        inner = list(self.pieces(("}",)))
        self.at += 1
        self.depth -= 1
        return inner

    def _script(self, sign: str, *, big: bool) -> str:
        text = joined(self._group(), compact=True)
        table = RAISED if sign == "^" else LOWERED
        if text and not big and all(letter in table for letter in text):
            return "".join(table[letter] for letter in text)
        single = len(unicodedata.normalize("NFC", text)) == 1
        return f"{sign}{text}" if single else f"{sign}{{{text}}}"

    def _fraction(self) -> Piece:
        above, below = self._group(), self._group()
        if [p.text for p in above] == ["1"] and [p.text for p in below] == ["2"]:
            return Piece("½")
        if _is_differential(below) and _is_differential(above[:1]):
            above[0].kind = below[0].kind = "tight"
            return Piece(f"{_one(above)}/{joined(below, compact=True)}", "derivative")
        return Piece(f"{_one(above)}/{_one(below)}", "fraction")

    def _root(self) -> Piece:
        degree = ""
        if self._next_is("["):
            self.at += 1
            degree = joined(list(self.pieces(("]",))), compact=True)
            self.at += 1
            degree = "".join(RAISED.get(c, "") for c in degree) or degree
        return Piece(f"{degree}√{_one(self._group())}")

    def _dressed(self, word: str) -> str:
        inner = joined(self._group())
        if word in STYLES:
            letters = [styled(letter, word) for letter in inner]
            return "".join(letters) if all(letters) else inner
        whole = unicodedata.normalize("NFC", inner)
        return whole + MARKS[word] if len(whole) == 1 else f"{word}{{{inner}}}"

    def _matrix(self, token: Token) -> Piece:
        if token.value not in MATRICES:
            raise LatexError("DC110", "not shown on one line", token.start, token.end)
        rows: list[list[str]] = [[]]
        while self.at < len(self.tokens):
            rows[-1].append(joined(list(self.pieces(("&", r"\\", r"\end")))))
            sign = self.tokens[self.at].text if self.at < len(self.tokens) else r"\end"
            self.at += 1
            if sign == r"\end":
                break
            if sign == r"\\":
                rows.append([])
        text = "; ".join(" ".join(row) for row in rows if any(row))
        opening, closing = MATRICES[token.value]
        return Piece(f"{opening}{text}{closing}")


def _is_differential(pieces: list[Piece]) -> bool:
    return bool(pieces) and (pieces[0].text[:1] == "∂" or pieces[0].text in ("d", "d²"))


def _one(pieces: list[Piece]) -> str:
    """Return pieces in a line, in brackets unless they are one thing."""
    text = joined(pieces)
    tight = 1 + (pieces[0].kind == "tight" or _is_differential(pieces)) if pieces else 1
    kinds = [piece.kind for piece in pieces]
    if len(pieces) <= tight and "fraction" not in kinds:
        return text
    applied = kinds[0] == "open" or (len(kinds) > 1 and kinds[tight - 1] != "operator")
    closes = applied and kinds[-1] == "close" and kinds.count("open") == 1
    if closes and (kinds.index("open") <= tight):
        return text
    return f"({text})"
