"""Where a claim begins: numbered leads, bold leads, headings, and the names they give.

A lead is looked for at the start of a block only. It is recognised by its form, never by what it
claims. *Proof* and *Solution* open no claim: they belong to the one before them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from derivcheck.reading.scan import Piece
from derivcheck.reading.vocabulary import word_set

_WORDS = (
    "Theorem|Lemma|Proposition|Corollary|Claim|Identity|Step|Part|Exercise|Problem|Question|Task|Case|"
    "Definition|Example|Remark|Fact|Property|Result|Equation|Formula|Observation|Assumption"
)
# What follows one of these is asserted, however many sentences it takes.
_ASSERTIONS = word_set("theorem lemma proposition corollary claim identity fact property result")
# Of these the number alone is the name, as of a numbered item.
_COUNTED = word_set("claim part exercise problem question task")
_SILENT = re.compile(
    r"(?:proof|solution|answer|hint|note|warning|let|given|where|with|suppose|assume|define|denote|and|then)\b",
    re.IGNORECASE,
)
_NUMBER = r"\d{1,4}(?:\.\d{1,4}){0,5}[a-z]?"
_LABEL = re.compile(
    rf"(?P<word>{_WORDS})(?:\s+(?:(?P<number>{_NUMBER}|[A-Z])|\((?P<part>[a-z\d]{{1,4}})\)))?(?![\w-])",
    re.IGNORECASE,
)
_BOLD = re.compile(r"(?P<mark>\*\*|__)(?=\S)(?P<text>[\s\S]{0,200}?\S)(?P=mark)\s*(?P<stop>[.:]?)")
_ITALIC = re.compile(r"(?P<mark>[*_])(?=\S)(?P<text>[^\n*_]{0,120})(?P=mark)\s*(?P<stop>[.:]?)")
_LATEX = re.compile(
    r"(?:\\textbf\s*\{|\{\s*\\bf(?:series)?(?![A-Za-z])\s*)(?P<text>[^{}\n]{1,200})\}\s*(?P<stop>[.:]?)"
)
_PLAIN = re.compile(
    rf"(?P<text>(?:{_WORDS})\s+{_NUMBER}(?:\s*\([^()\n]{{0,100}}\))?)\s*(?P<stop>[.:])(?=\s|$)"
)
_ENUMERATED = re.compile(
    r"(?:\((?P<inner>\d{1,3}|[a-z]|[ivx]{1,5})\)|(?P<dotted>\d{1,3}(?:\.\d{1,3}){1,5})\.?"
    r"|(?P<letter>[a-z])\)|(?P<escaped>\d{1,3})\\[.)])\s+(?=[A-Z$\\*_])"
)
_HEADING_NUMBER = re.compile(
    rf"[*_]*(?:\((?P<inner>[0-9a-z]{{1,5}})\)|(?P<number>{_NUMBER})(?=[.):]|\s|$)|(?P<letter>[a-zA-Z])[.)])"
)
_EMPHASIS = re.compile(r"\*+|(?<!\w)_+|_+(?!\w)|`")
LONGEST_TITLE = 120
_LONGEST_LEAD = 1_000


class Lead(Struct, frozen=True):
    """The opening of a claim.

    Attributes:
        name: the claim's name.
        title: its title; None when the title is what follows the lead.
        end: offset behind the lead in the block's text.
        stops: the lead is a sentence of its own.
        asserts: its whole paragraph is the statement, as of a lemma.
    """

    name: str
    title: str | None
    end: int
    stops: bool
    asserts: bool = False


def unemphasised(text: str) -> str:
    """Return a stretch of prose without its marks of emphasis.

    Example:
        >>> unemphasised("the **first** step of `a_b`")
        'the first step of a_b'
    """
    return _EMPHASIS.sub("", text)


def one_line(text: str) -> str:
    r"""Return the text on one line of bounded length.

    Example:
        >>> one_line("the first\n  step")
        'the first step'
    """
    words = " ".join(text[: 4 * LONGEST_TITLE].split())
    return words if len(words) <= LONGEST_TITLE else words[: LONGEST_TITLE - 1].rstrip() + "…"


def title_words(text: str, pieces: Sequence[Piece], start: int = 0) -> str:
    """Return the words of a lead or heading, formulas between `$`, up to the first display.

    Args:
        text: the block's source.
        pieces: the constructs in it.
        start: where the words begin.
    """
    parts, position = [], start
    for piece in pieces:
        if piece.start < position:
            continue
        if position > start + _LONGEST_LEAD:
            break
        parts.append(unemphasised(text[position : min(piece.start, position + _LONGEST_LEAD)]))
        position = piece.end
        if piece.kind == "display":
            break
        if piece.kind == "inline":
            parts.append(f"${text[slice(*piece.inner)]}$")
        elif piece.kind == "hidden":
            parts.append(unemphasised(text[piece.start : piece.end]))
    else:
        parts.append(unemphasised(text[position : position + _LONGEST_LEAD]))
    return "".join(parts)


def slug(title: str) -> str:
    """Return the title as a name that can be typed.

    Example:
        >>> slug("The gradient, $again$")
        'the-gradient-again'
    """
    return "-".join(re.findall(r"[^\W_]+", title.lower()))[:60].strip("-")


def label_name(text: str) -> str | None:
    """Return the name that a label gives, None if the text does not open with a label.

    Example:
        >>> label_name("Identity 2."), label_name("Claim 3: the bias"), label_name("Mean")
        ('Identity 2', '3', None)
    """
    match = _LABEL.match(text)
    if not match:
        return None
    word, number = match["word"], match["number"] or match["part"]
    if not number and text[match.end() :].lstrip()[:1] not in ("", ".", ":", "("):
        return None
    if number and word.lower() in _COUNTED:
        return number
    return f"{word} {number}" if number else word


def heading_name(title: str) -> str:
    """Return the name of the claim under a heading: its number, its label, else its slug.

    Example:
        >>> heading_name("Claim 3"), heading_name("2. Hessian"), heading_name("(a) Entries")
        ('3', '2', 'a')
    """
    match = _HEADING_NUMBER.match(title)
    if match:
        return match["inner"] or match["number"] or match["letter"]
    return label_name(title) or slug(title)


def lead_at(text: str, number: str | None) -> Lead | None:
    """Return the lead that a block opens with, None if it opens no claim.

    Args:
        text: the block's source.
        number: the number of the list item that the block opens, if it does.
    """
    indent = len(text) - len(text.lstrip())
    if number is not None:
        return Lead(number, None, 0, stops=False)
    match = _ENUMERATED.match(text, indent)
    if match:
        name = match["inner"] or match["dotted"] or match["letter"] or match["escaped"]
        return Lead(name, None, match.end(), stops=False)
    for pattern in (_BOLD, _ITALIC, _PLAIN, _LATEX):
        match = pattern.match(text, indent)
        if match:
            words = one_line(unemphasised(match["text"]).strip().rstrip(".:"))
            name = label_name(words)
            if _SILENT.match(words) or not words or (pattern is _ITALIC and name is None):
                return None
            ended = bool(match["stop"]) or match["text"].rstrip().endswith((".", ":"))
            asserts = name is not None and words.split()[0].lower() in _ASSERTIONS
            return Lead(
                name or slug(words) or words,
                words,
                match.end(),
                stops=name is not None or ended,
                asserts=asserts,
            )
    return None
