"""What characters an output can show, how wide they are, and where lines break.

Documents are untrusted: a control character or a bidirectional override in them must never reach a
terminal, so everything that is printed passes through a ``Script``. It also replaces what the
output's encoding lacks, so that printing never fails; the replacements are plain ASCII that a
mathematician reads without a legend (``in`` for ∈, ``x`` for ×, ``^T`` for a transpose).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from rich.cells import cell_len

_ASCII = {
    "∈": "in", "×": "x", "·": ".", "•": "*", "–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-",
    "…": "...", "→": "->", "↦": "|->", "⊤": "T", "ᵀ": "^T", "ᵗ": "^t", "′": "'", "″": "''",
    "∂": "d", "⊙": "(.)", "∘": "o", "⊗": "(x)", "≠": "!=", "≤": "<=", "≥": ">=", "≈": "~=",
    "≔": ":=", "≡": "==", "∝": "~", "≻": ">", "⪰": ">=", "√": "sqrt", "‖": "||", "∞": "inf",
    "∑": "sum", "∏": "prod", "∇": "grad ", "⊢": "|-", "∀": "for all ", "∃": "some ",
    "⟨": "<", "⟩": ">", "‹": "<", "›": ">", "‘": "'", "’": "'", "“": '"', "”": '"', "†": "^+",
    "✓": "+", "✗": "x", "½": "1/2", "∥": "||", "⁺": "^+", "⁻": "^-",
    "⎡": "[", "⎢": "[", "⎣": "[", "⎤": "]", "⎥": "]", "⎦": "]",
    "\N{COMBINING DIAERESIS}": "ddot", "\N{COMBINING RIGHT ARROW ABOVE}": "vec",
    "\N{COMBINING CARON}": "check", "\N{COMBINING LOW LINE}": "underline",
    "\N{COMBINING RING ABOVE}": "ring", "\N{COMBINING BREVE}": "breve",
    "\N{COMBINING ACUTE ACCENT}": "acute", "\N{COMBINING GRAVE ACCENT}": "grave",
    "\N{COMBINING CIRCUMFLEX ACCENT}": "hat", "\N{COMBINING TILDE}": "tilde",
    "\N{COMBINING MACRON}": "bar", "\N{COMBINING DOT ABOVE}": "dot",
    "\N{NO-BREAK SPACE}": " ", "\N{THIN SPACE}": " ", "\N{NARROW NO-BREAK SPACE}": " ",
}  # fmt: skip
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂ"
_LOWERED = "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ"
_RUNS = re.compile(f"[{_RAISED}]+|[{_LOWERED}]+")


def _spelled(character: str) -> str:
    """Return an ASCII spelling of one character."""
    if character in _ASCII:
        return _ASCII[character]
    words = unicodedata.name(character, "").split()
    if words[:1] == ["GREEK"] and words[2:3] == ["LETTER"] and len(words) == 4:
        letter = words[3].lower().replace("lamda", "lambda")
        return letter.capitalize() if words[1] == "CAPITAL" else letter
    pieces = unicodedata.normalize("NFKD", character)
    if pieces != character:
        return "".join(piece if piece.isascii() else _spelled(piece) for piece in pieces)
    return f"\\u{{{ord(character):x}}}"


class Script:
    """The characters that an output shows; ``encoding`` None means all of Unicode."""

    def __init__(self, encoding: str | None = None) -> None:
        self.encoding = encoding
        self.character = lru_cache(maxsize=4096)(self._character)

    @property
    def unicode(self) -> bool:
        """Whether mathematical symbols and box characters can be shown."""
        return self._can_show("∈×⎡✓")

    def _can_show(self, text: str) -> bool:
        if self.encoding is None:
            return True
        try:
            text.encode(self.encoding)
        except (UnicodeEncodeError, LookupError):
            return False
        return True

    def _character(self, character: str) -> str:
        if character in "\t\n\r":
            return " "
        category = unicodedata.category(character)
        if category == "Cc" and ord(character) < 0x20:
            character = chr(0x2400 + ord(character))
        elif category in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            character = "\N{REPLACEMENT CHARACTER}"
        if self._can_show(character):
            return character
        return "?" if character == "\N{REPLACEMENT CHARACTER}" else _spelled(character)

    def __call__(self, text: str) -> str:
        """Return ``text`` on one line, with nothing in it that the output cannot show."""
        if text.isascii() and text.isprintable():
            return text
        if not self._can_show("⁰₀"):
            text = _RUNS.sub(self._run, text)
        return "".join(map(self.character, text))

    def _run(self, match: re.Match[str]) -> str:
        plain = "".join(
            {"⁺": "+", "⁻": "-", "₊": "+", "₋": "-", "ᵀ": "T"}.get(letter)
            or unicodedata.normalize("NFKD", letter)
            for letter in match.group()
        )
        sign = "^" if match.group()[0] in _RAISED else "_"
        bare = plain.isalnum() or plain[1:].isdigit() or plain[0] + plain[-1] == "()"
        return sign + (plain if bare else f"({plain})")

    def one_line(self, text: str) -> str:
        """Return ``text`` with runs of white space as one space, ready to print."""
        return self(" ".join(text.split()))

    def wrap(self, text: str, width: int) -> list[str]:
        """Return ``text``, ready to print, in lines of at most ``width`` cells."""
        lines: list[str] = []
        line = ""
        for word in self(text).split(" "):
            joined = f"{line} {word}" if line else word
            if cell_len(joined) <= width:
                line = joined
                continue
            if line:
                lines.append(line.rstrip())
            while cell_len(word) > width:
                head = crop(word, width)
                lines.append(head)
                word = word[len(head) :]
            line = word
        lines.append(line.rstrip())
        return lines


def crop(text: str, width: int) -> str:
    """Return the longest start of ``text`` that fits ``width`` cells, at least one character."""
    used = 0
    for position, character in enumerate(text):
        used += cell_len(character)
        if used > width and position:
            return text[:position]
    return text
