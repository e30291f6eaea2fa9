"""Instructions to derivcheck in HTML comments, each for the display that stands behind it."""

from __future__ import annotations

import re

from msgspec import Struct, field

from derivcheck.diagnostics import Diagnostic, Help, Span

VERDICTS = ("proved", "refuted", "ill-shaped", "undecided", "unreadable")
_DIRECTIVE = re.compile(r"\s*derivcheck\s*:([^\n]*)\s*$")


class Directives(Struct):
    """Holds the directive that waits for its display.

    Attributes:
        diagnostics: directives that are unknown or that no display follows.
    """

    diagnostics: list[Diagnostic] = field(default_factory=list)
    _waiting: tuple[str, Span] | None = None

    def read(self, comment: str, span: Span) -> None:
        """Take a comment; one that is not addressed to derivcheck is ignored."""
        match = _DIRECTIVE.match(comment)
        if not match:
            return
        self.miss()
        words = match[1].split()
        known = len(words) == 2 and words[0] == "expect" and words[1] in VERDICTS
        if known or words in (["skip"], ["assume"]):
            self._waiting = (" ".join(words), span)
            return
        shown = " ".join(words)[:20]
        headline = f"unknown directive `{shown}`: known are skip, assume and expect VERDICT"
        help_ = (Help("the verdicts are " + ", ".join(VERDICTS)),)
        self.diagnostics.append(Diagnostic("DC101", headline, span, help=help_))

    def take(self) -> str | None:
        """Return the directive for the display that comes now."""
        waiting, self._waiting = self._waiting, None
        return waiting[0] if waiting else None

    def miss(self) -> None:
        """Report the directive that waits: something else than a display has come."""
        if self._waiting:
            name, span = self._waiting
            headline = f"the directive `{name}` does not stand directly before a display"
            self.diagnostics.append(Diagnostic("DC101", headline, span))
            self._waiting = None
