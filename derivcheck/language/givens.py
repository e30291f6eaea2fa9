r"""What is given becomes a context: declarations, definitions, hypotheses and conditions.

Givens are a set: their order does not matter. Names are found first, without knowing any
(``introduced``); shapes and signatures are read next (``declarations``); definitions are elaborated
as soon as the names they need are known (``definitions``); every other equation is a hypothesis
(``hypotheses``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from derivcheck.language.definitions import DefinitionReader
from derivcheck.language.introduced import Given, Understanding
from derivcheck.language.parser import Introduction, LatexError, introductions
from derivcheck.reading.document import Formula, Source

HYPOTHESIS_CUES = {"let", "assume", "suppose", "given"}


class GivensReader(DefinitionReader):
    """Adds given statements to a context."""

    def read(
        self,
        sources: Iterable[Source],
        *,
        in_text: bool = False,
        accept: Callable[[Source, Introduction], bool] | None = None,
    ) -> Understanding:
        """Add the given statements; what cannot be understood is diagnosed and its names spoilt.

        Args:
            sources: formulas, each with any number of statements.
            in_text: they stand in the body of the document.
            accept: which statements are given; all, when left out.

        Raises:
            Never.
        """
        found: list[Given] = []
        failed: list[tuple[Source, LatexError]] = []
        sources = list(sources)
        for source in sources:
            self.note_letters([source.text])
        for source in sources:
            try:
                for statement in introductions(source.text, self.macros):
                    if accept is not None and not accept(source, statement):
                        continue
                    for each in statement.each or (statement,):
                        found.append(Given(source, each, in_text=in_text))
            except LatexError as error:
                failed.append((source, error))
        self.reading = found
        self.declare(found)
        for source, why in failed:
            self.fail(source, why.headline, (why.start, why.end))
        self.parse(found)
        # a family is as large as the range of its index, wherever that is given
        readable = [g for g in found if g.node is not None]
        for given in sorted(readable, key=lambda g: g.statement.kind != "index"):
            self.guarded(given, self.shape_or_signature)
        self.enter_sizes()
        self.settle([g for g in found if g.node is not None])
        self.enter_sizes()
        words = self.words()
        for given in found:  # as the steps are read, with all that is known
            node = self.parsed(given, words) if given.node is not None else None
            if node is not None:
                self.result.statements.append(node)
        return self.result


_PROPERTY = re.compile(
    r"(?:(?:is|are|be|to be)\s+)?(?:an?\s+)?("
    r"(?:(?:positive|skew|negative)[\s-]+)?(?:symmetric|orthogonal|diagonal|invertible|nonsingular|"
    r"idempotent|definite|semidefinite|constant|nonzero)"
    r"(?:\s+and\s+(?:positive[\s-]+)?(?:symmetric|orthogonal|diagonal|invertible|definite))*)\b"
)


def property_in_words(formula: Formula) -> Source | None:
    r"""Return ``A \text{ symmetric}`` for *assume that $A$ is symmetric*, else None."""
    if formula.display or formula.cue not in HYPOTHESIS_CUES or "=" in formula.source.text:
        return None
    match = _PROPERTY.match(formula.after)
    if match is None:
        return None
    source = formula.source
    subject = re.split(r"\\in\b", source.text)[0].rstrip()
    return Source(f"{subject} \\text{{ {match.group(1).strip()}}}", source.starts)
