r"""What is given becomes a context: declarations, definitions, hypotheses and conditions.

Givens are a set: their order does not matter. Names are found first, without knowing any
(``introduced``); shapes and signatures are read next (``declarations``); definitions are elaborated
as soon as the names they need are known (``definitions``); every other equation is a hypothesis
(``hypotheses``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from derivcheck.language import syntax
from derivcheck.language.conjunction import check_joined
from derivcheck.language.definitions import DefinitionReader
from derivcheck.language.introduced import Given, Understanding
from derivcheck.language.parser import Introduction, LatexError, introductions
from derivcheck.language.properties import properties
from derivcheck.language.typed import MeaningError
from derivcheck.reading.document import Formula, Source

_DECLARING = ("shape", "family", "index", "signature")
"""Kinds of statements that the text may make in passing, also in a condition."""
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
                statements = introductions(source.text, self.macros)
                taken = [one for one in statements if accept is None or accept(source, one)]
                if accept is None or any(one.kind not in _DECLARING for one in taken):
                    check_joined(source.text, self.macros, taken, alone=accept is None)
                for statement in taken:
                    for each in statement.each or (statement,):
                        found.append(Given(source, each, in_text=in_text))
            except LatexError as error:
                failed.append((source, error))
        self.reading = found
        self.declare(found)
        for source, why in failed:
            self.fail(source, why.headline, (why.start, why.end))
        self.parse(found)
        # numbers that are sizes first; a family is as large as the range of its index, wherever that is
        readable = [given for given in found if given.node is not None]
        for given in sorted(
            readable, key=lambda g: (not is_natural(g), g.statement.kind != "index")
        ):
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


def is_natural(given: Given) -> bool:
    r"""Return whether a given declares natural numbers: ``n \in \mathbb{N}``."""
    node = given.node
    space = node.rhs if isinstance(node, syntax.Relation) else None
    return isinstance(space, syntax.Space) and space.kind == "natural"


_CLAUSE_ENDS = re.compile(
    r"\b(?:(?:and|we)\s+)?(?:let|suppose|assume|define|denote|then|hence|thus|therefore|so|throughout|"
    r"here|below|we|where|with|in (?:this|what|the following))\b"
)


def property_in_words(formula: Formula) -> Source | None:
    r"""Return ``A \text{ symmetric}`` for *assume that $A$ is symmetric*, else None."""
    if formula.display or formula.cue not in HYPOTHESIS_CUES or "=" in formula.source.text:
        return None
    words = re.sub(r"^(?:to )?be\b", "", _CLAUSE_ENDS.split(formula.after)[0].strip()).strip()
    try:
        found = properties(words)
    except MeaningError:
        return None
    if not found:
        return None
    source = formula.source
    subject = re.split(r"\\in\b", source.text)[0].rstrip()
    return Source(f"{subject} \\text{{ {words}}}", source.starts)
