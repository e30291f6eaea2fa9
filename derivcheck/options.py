"""How a document is checked; plain data, so that it costs nothing to say."""

from __future__ import annotations

from msgspec import Struct


class Options(Struct, frozen=True):
    """How a document is checked.

    Attributes:
        layout: overrides the document's own.
        sizes: an assignment of sizes to compare at, besides those chosen.
        timeout: seconds for one step, a backstop behind the counted limits.
        given: texts of files with givens (front matter, or one given a line).
        givens_closed: hypotheses of the text are obligations.
        repairs: a step that is false or has no meaning is offered changes that make it true.
    """

    layout: str | None = None
    sizes: tuple[tuple[str, int], ...] | None = None
    timeout: float | None = None
    given: tuple[str, ...] = ()
    givens_closed: bool = False
    repairs: bool = True
