"""The role that a sentence gives to the formulas in it.

`Prose` is fed the words and formulas of a document in order and answers, for each formula, which
cue opened its clause (*let*, *assume*, *where*, …), whether the clause is conditional (*if*, *for*,
…), and whether the sentence disclaims generality (*in general*, *need not*) or denies what the
formula states (*it is false that*, *does not hold*).

It must never turn a claim into an assumption: a cue ends at the first sign that the sentence has
moved on to what follows from it. In doubt there is no cue, and the formula is an obligation. The
converse error, an assumption that is read as an obligation, is possible and visible in the report.
"""

from __future__ import annotations

import re

from msgspec import Struct, field
from msgspec.structs import replace

from derivcheck.limits import PROSE_DEPTH as _DEEPEST
from derivcheck.reading import vocabulary as known

_EMPHASIS = re.compile(
    r"[*_]+|\]\([^()\s]{0,500}\)|<[^<>]{0,200}>|\\[A-Za-z]+(?:\{[^{}]{0,200}\})?"
)
_TOKEN = re.compile(
    r"""
    (?P<short>(?:\b[A-Za-z]\.){2,}
      |\b(?:[Ee]qs?|[Ss]ecs?|[Ff]igs?|[Cc]f|[Rr]esp|[Vv]iz|vs|etc|[Tt]hms?|[Pp]rops?|[Rr]efs?|approx)\.)
  | (?P<word>[^\W\d_]+(?:['’-][^\W\d_]+)*)
  | (?P<dots>\.{2,}|…)
  | (?P<stop>[.!?]+(?=[\s)\]"'”’]|$))
  | (?P<mark>[,;:()|—–]|--+)
    """,
    re.VERBOSE,
)
# What may follow a formula's last mark: spaces, `\quad`, `\tag{…}`, `\end{…}`, a comment.
_TRAILER = re.compile(
    r"""(?: \\[,;:!]? | \\q?quad | \\(?:nonumber|notag|qedhere) | \\\\ | (?<!\\)%[^\n]*
      | \\(?:tag\*?|label|end|hspace|text|mbox)\ *\{[^{}]{0,100}\} )$""",
    re.VERBOSE,
)
_NO_STOP = (r"\right.", r"\left.", r"\bigr.", r"\Bigr.", "..")
_TAIL_LENGTH = 160
# The longest noun phrase that may name the letter behind it: *the scaled attention score s*.
_PHRASE = 4


class Role(Struct):
    """What the prose says about one formula; the later ones may still become true."""

    sentence: int
    cue: str | None = None
    conditional: bool = False
    disclaimer: bool = False
    request: bool = False
    denied: bool = False
    names: bool = False
    restricted: bool = False
    doubted: bool = False
    sought: bool = False
    set_so: bool = False


def closing_mark(latex: str) -> str:
    r"""Return the ``.``, ``,``, ``;`` or ``:`` that a formula ends with, else the empty string.

    Example:
        >>> closing_mark(r"\begin{split} a &= b . \end{split} \tag{1}"), closing_mark(r"x \right.")
        ('.', '')
    """
    tail = latex[-_TAIL_LENGTH:].rstrip(" \t\n~&")
    while match := _TRAILER.search(tail):
        tail = tail[: match.start()].rstrip(" \t\n~&")
    if tail.endswith("}") and tail[:-1].rstrip().endswith((".", ",")):
        tail = tail[:-1].rstrip()
    return tail[-1] if tail.endswith((".", ",", ";", ":")) and not tail.endswith(_NO_STOP) else ""


class _Clause(Struct):
    """What holds for the formulas of the current clause.

    Attributes:
        cue: the cue, in its base form.
        word: the cue as written.
        words: how many words stand between the cue and here.
        formulas: whether a formula does.
        condition: the conditional word that opened it.
        restricted: a word of it says something of what the next formula names.
        doubted: a word of it leaves open whether what it states holds.
    """

    cue: str | None = None
    word: str = ""
    words: int = 0
    formulas: bool = False
    condition: str | None = None
    restricted: bool = False
    doubted: bool = False


class Prose(Struct):
    """Reads sentences: the methods are called in reading order."""

    sentence: int = 0
    _clause: _Clause = field(default_factory=_Clause)
    _outer: list[_Clause] = field(default_factory=list)
    _roles: list[Role] = field(default_factory=list)
    _disclaimer: bool = False
    _request: bool = False
    _denied: bool = False
    _sought: bool = False
    _contrast: int = 0
    _opening: bool = True
    _last: str = ""
    _previous: str = ""
    _before: _Clause | None = None
    _carried: _Clause | None = None
    _words: list[str] = field(default_factory=list)
    _placed: bool = False
    _condition_from: int | None = None

    def end_sentence(self) -> None:
        """Close the sentence: whatever it said about its formulas ends here."""
        self._clause, self._outer, self._roles = _Clause(), [], []
        self._disclaimer = self._request = self._denied = self._sought = False
        self._contrast, self._condition_from = 0, None
        self._opening, self._last, self._previous, self._before = True, "", "", None
        self._words = []
        self.sentence += 1

    def enter(self, *, item: bool, nested: bool, display: bool) -> None:
        """Go on to another block.

        A sentence runs on into a display that opens the block, and from a display into the block
        behind it. A clause that ends with a colon, such as *let:*, covers the items of a list.

        Args:
            item: the block opens a list item.
            nested: the block stands in a list.
            display: the block opens with a display.
        """
        if not nested:
            self._carried = None
        if item:
            open_ended = self._last == "colon" or (self._last == "text" and not self._clause.words)
            if self._clause.cue and open_ended:
                self._carried = self._clause
            self.end_sentence()
            if self._carried:
                self._clause = _Clause(self._carried.cue, self._carried.word)
        elif self._last.startswith("display"):
            self._last += "-block"
        elif not display or self._last == "formula":
            self.end_sentence()

    @property
    def fresh(self) -> bool:
        """Whether the sentence has said nothing yet."""
        return self._last == ""

    @property
    def carries(self) -> bool:
        """Whether a clause before the list covers its items."""
        return self._carried is not None

    def text(self, text: str) -> None:
        """Read a stretch of prose."""
        for match in _TOKEN.finditer(_EMPHASIS.sub(" ", text)):
            kind = match.lastgroup
            if kind == "word":
                self._word(match.group())
            elif kind == "stop":
                self.end_sentence()
            elif kind == "mark":
                self._mark(match.group())
            else:
                self._last = "text"

    def formula(self, latex: str, *, display: bool) -> Role:
        """Read a formula and return its role."""
        clause = self._clause
        if self._last == "display-block" and not display:
            self.end_sentence()
            clause = self._clause
        elif self._last in ("display", "display-block") or (display and self._is_over(clause)):
            # The display before it, or the clause, was complete: this is no part of what was given.
            clause.cue = None
        conditional = clause.condition is not None
        self._placed = not display and self._is_place()
        if self._placed and "which" in self._words:
            self.sentence += 1  # …, which is zero at $x = y$: nothing is said of what stands before
        if display:
            conditional = self._previous in known.DISPLAY_CONDITIONS and self._last == "text"
            clause.condition = None
        names = clause.cue is None and not self._request and self._names(display=display)
        role = Role(
            self.sentence,
            clause.cue,
            conditional or self._placed,
            self._disclaimer,
            self._request,
            self._denied,
            names and not self._denied,
            clause.restricted and not display,
            clause.doubted and not display,
            self._sought,
            clause.word in known.SEEKING and not display,
        )
        self._roles.append(role)
        clause.formulas, clause.restricted = True, False
        self._opening, self._previous, self._before = display, "", None
        self._last = "display" if display else "formula"
        mark = closing_mark(latex)
        if mark == ".":
            self.end_sentence()
        elif mark and display:
            self._last = "display-comma"
        elif mark:
            self._mark(mark)
        return role

    def _names(self, *, display: bool) -> bool:
        """Return whether the clause says what the letter of a formula that comes now stands for.

        So do *the residual is*, *the residual* and *for* directly before it; in inline math *for
        $t = 0$* is a condition as well, unless the letter is new.
        """
        if self._last != "text":
            return False
        if self._previous == "for":
            return self._clause.condition == "for"
        words = self._words
        if known.CONSEQUENCES.intersection(words):
            return False
        if self._previous in known.NAMES_AS:
            named = known.DETERMINERS.intersection(words)
            return bool(named) and not known.CLAIMED.intersection(words)
        if display or self._previous in known.NO_NOUNS:
            return False
        phrase = words[-_PHRASE:]
        begin = next((k for k, word in enumerate(phrase) if word in known.DETERMINERS), None)
        return begin is not None and not known.CLAIMED.intersection(phrase[begin:])

    # at x = 0; at the point x = 0 and y = 1; setting x = 0
    def _is_place(self) -> bool:
        """Return whether a formula that comes now says where something is taken: no claim."""
        if self._last != "text":
            return False
        if self._previous in ("and", "or"):
            return self._placed
        words = self._words[-_PHRASE:]
        if self._previous in known.EVALUATING:
            return True
        return "at" in words and known.PLACES.issuperset(words[words.index("at") + 1 :])

    def _is_over(self, clause: _Clause) -> bool:
        """Return whether the clause has ended before a display that comes now."""
        if clause.word == "for":
            return True
        ends = clause.cue in known.HYPOTHETICAL or clause.word in known.PREPOSITIONAL
        return ends and self._last == "comma" and (clause.words > 0 or clause.formulas)

    def _word(self, word: str) -> None:
        lower = word.lower()
        if self._last.startswith("display") and word[0].isupper() and word != "I":
            self.end_sentence()
        self._note(lower)
        if lower == "then" and self._last == "comma" and self._condition_from is not None:
            for role in self._roles[self._condition_from :]:
                role.conditional = True  # if the rows are orthonormal, $W W^\top = I$, then
        self._words.append(lower)
        self._placed = self._placed and lower in ("and", "or")
        clause = self._clause
        if self._before is not None and lower in known.IDIOMS.get(self._previous, ()):
            self._clause = self._before
        elif self._previous == "for" and clause.condition == "for" and lower in known.NAMING:
            self._clause = _Clause("with", "for")
        elif self._previous == "let" and lower in ("us", "me"):
            clause.cue, self._opening = None, True
        else:
            self._break_off(lower)
            self._open(lower)
        self._last, self._previous = "text", lower

    def _note(self, lower: str) -> None:
        """Keep what the sentence says as a whole."""
        if (self._previous, lower) in known.DISCLAIMERS:
            self._disclaimer = True
            for role in self._roles:
                role.disclaimer = True
        if lower in known.REQUESTS:
            self._request = True
        self._note_restriction(lower)
        if lower == "zero" and known.SEEKING.intersection(self._words):
            self._sought = True
        if lower in known.CONTRASTS:
            self._denied, self._contrast = False, len(self._roles)
        if lower in known.DENIALS or (self._previous, lower) in known.DENIAL_PAIRS:
            self._denied = True
            for role in self._roles[self._contrast :]:
                role.denied = True

    def _note_restriction(self, lower: str) -> None:
        """Keep what the clause says of the formulas beside this word."""
        clause = self._clause
        if not clause.cue and not clause.condition:
            return
        last = self._roles[-1] if self._roles and clause.formulas else None
        if lower in known.RESTRICTIONS or (self._previous, lower) in known.RESTRICTION_PAIRS:
            clause.restricted = True
            if last is not None:
                last.restricted = True
        if clause.cue and lower in known.DOUBTS:
            clause.doubted = True
            if last is not None:
                last.doubted = True

    def _break_off(self, lower: str) -> None:
        """End the clause's cue or condition if this word begins something else."""
        clause = self._clause
        after_display = self._last.startswith("display")
        if clause.cue and (self._last == "comma" or after_display):
            ends = clause.word in known.PREPOSITIONAL and lower not in known.CONTINUES
            if clause.cue in known.HYPOTHETICAL or after_display:
                ends = ends or lower in known.NEW_SUBJECT
            if ends:
                clause.cue = None
        assumed = clause.cue in known.HYPOTHETICAL and clause.words <= 2 and not clause.formulas
        owned = lower in known.OWNED and self._previous in known.OWNERS
        if (lower in known.CONSEQUENCES or owned) and not (
            assumed and self._previous in known.OWNERS
        ):
            if (self._previous, lower) != ("as", "follows"):
                clause.cue = clause.condition = None
                clause.word = ""
            self._opening = lower in known.ADVERBS
        elif clause.condition == "for" and lower in known.COPULAS:
            clause.condition = None

    def _open(self, lower: str) -> None:
        """Let the word open a clause if it can."""
        clause, opening = self._clause, self._opening or self._previous in known.SUBJECTS
        cue = known.CUES.get(lower) if opening else None
        if cue is None and clause.condition and self._last == "formula":
            cue = lower if lower in known.INTRODUCING else None  # for $x \neq 0$ define
        if cue is None:
            cue = known.ANYWHERE.get(lower)
        if cue is None and lower == "that":
            cue = {"assumed": "assume", "supposed": "suppose"}.get(self._previous)
        self._before = None
        if cue:
            self._before = replace(clause)
            clause.cue, clause.word, clause.words, clause.formulas = cue, lower, 0, False
            if cue in known.INTRODUCING:
                clause.condition = None
            self._opening = False
        elif lower in known.CONDITIONS or (
            lower == "case" and self._previous in ("the", "special")
        ):
            self._before = replace(clause)
            clause.condition = lower
            if lower in known.DISPLAY_CONDITIONS and self._condition_from is None:
                self._condition_from = len(self._roles)
            self._opening = False
        else:
            clause.words += 1
            self._opening = self._opening and lower in known.OPENERS
            if lower in ("and", "but"):
                self._opening = True

    def _mark(self, mark: str) -> None:
        clause = self._clause
        self._previous, self._before = "", None
        if mark == "|":
            self.end_sentence()
        elif mark == "(":
            if len(self._outer) < _DEEPEST:
                self._outer.append(replace(clause))
            self._opening = True
        elif mark == ")":
            if self._outer:
                self._clause = self._outer.pop()
            self._opening = False
        else:
            clause.condition = None
            clause.restricted = clause.doubted = False
            self._opening = True
            self._words = []
            self._last = "comma" if mark == "," else "colon" if mark == ":" else "text"
            prepositional = clause.word in known.PREPOSITIONAL and clause.words > 0
            if mark == ";" or clause.word == "for" or (mark == ":" and prepositional):
                clause.cue = None
