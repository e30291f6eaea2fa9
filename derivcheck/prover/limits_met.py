"""Limits that a search meets and goes on from, with less; if it fails, they are among the reasons.

What ends a method is raised. What only narrows one (no more than so many laws, no axis longer than
that) is noted here, wherever it happens; ``strategy.prove`` listens. Nothing that is noted changes
what is tried or proved.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

OUT_OF_BUDGET = "out of budget: "
"""How a reason begins that is a limit."""

# not an argument: it would pass through every part of the search for the sake of one sentence
_LISTENER: ContextVar[list[str] | None] = ContextVar("limits met", default=None)


@contextmanager
def limits_met() -> Iterator[list[str]]:
    """Collect what is noted inside of the block: a sentence for each limit, once.

    Raises:
        Never.

    Example:
        >>> with limits_met() as sentences:
        ...     note_limit("over 60 laws")
        ...     note_limit("over 60 laws")
        >>> sentences
        ['out of budget: over 60 laws']
    """
    sentences: list[str] = []
    token = _LISTENER.set(sentences)
    try:
        yield sentences
    finally:
        _LISTENER.reset(token)


def note_limit(what: object) -> None:
    """Note that a limit was met.

    Args:
        what: which, as the rest of a sentence that begins with *out of budget*.

    Raises:
        Never.
    """
    sentences = _LISTENER.get()
    sentence = f"{OUT_OF_BUDGET}{what}"
    if sentences is not None and sentence not in sentences:
        sentences.append(sentence)
