"""Folders of certificates: one file for each proved step, and checking them again.

Writing needs what a check has found. Verifying opens the files alone: no document, no reading, no
search; every goal and every certificate is rebuilt from the file and replayed by the kernel.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from derivcheck.certificates.forms import MalformedError, NotWrittenError
from derivcheck.certificates.sealed import (
    Origin,
    Sealed,
    Statement,
    read,
    replayed,
    written,
)
from derivcheck.limits import CERTIFICATE_BYTES as MAX_BYTES
from derivcheck.prover.verdict import Kind, Verdict
from derivcheck.terms.term import RefusedError

if TYPE_CHECKING:
    from derivcheck.language.steps import Step
    from derivcheck.report.model import DocumentReport, StepReport

SUFFIX = ".json"


class Certificates:
    """Takes the proofs of one document as they are found.

    Attributes:
        proofs: each equation that the kernel accepted, with its step and verdict. A shape is no
            equation, and what is unequal was shown by an example.
        missing: (place, why) of each of them that cannot be written.
    """

    def __init__(self) -> None:
        self.proofs: list[tuple[StepReport, Step, Verdict]] = []
        self.missing: list[tuple[str, str]] = []

    def decided(self, report: StepReport, step: Step, verdict: Verdict) -> None:
        """Note a step that was decided."""
        if report.verdict == "proved" and verdict.kind is Kind.PROVED and not step.membership:
            self.proofs.append((report, step, verdict))

    def write(self, folder: Path, document: DocumentReport) -> int:
        """Write a file for each proof, instead of those of an earlier run; return their number.

        Raises:
            OSError: when a file cannot be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        places = document.places
        hashes = {document.path: document.sha256}
        for part in document.parts:
            file = places.file(part.line)
            if file not in hashes:
                hashes[file] = hashlib.sha256(Path(file).read_bytes()).hexdigest()
        stems = "|".join([re.escape(_stem(file)) for file in hashes])
        for old in folder.iterdir():
            if re.fullmatch(rf"({stems})\.(cell\d+\.)?L\d+\.C\d+\.json", old.name):
                old.unlink()
        count = 0
        for report, step, verdict in self.proofs:
            line, column = step.span.line, step.span.column
            path, cell = places.file(line), places.part(line).cell
            origin = Origin(path, hashes[path], cell, places.line(line), column)
            statement = Statement(report.lhs, report.relation or "=", report.rhs or "")
            assert step.goal is not None
            try:
                text = written(step.goal, verdict.certificate, origin, statement)
            except NotWrittenError as error:
                self.missing.append((origin.place, str(error)))
                continue
            within = "" if cell is None else f"cell{cell}."
            name = f"{_stem(path)}.{within}L{origin.line}.C{column}{SUFFIX}"
            (folder / name).write_text(text, encoding="ascii", newline="\n")
            count += 1
        return count


def _stem(path: str) -> str:
    """Return a file name that stands for a document: its own, and a mark of its whole path."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(path).name)[:80] or "text"
    return f"{name}.{hashlib.sha256(path.encode(errors='surrogatepass')).hexdigest()[:8]}"


class Outcome(Struct, frozen=True):
    """What became of one file.

    Attributes:
        path: the file.
        found: what it says, if it could be read.
        problem: why it was refused; None when the kernel accepted it.
    """

    path: Path
    found: Sealed | None
    problem: str | None


def verified(path: Path, documents: Iterable[str] | None = None) -> Outcome:
    """Check one certificate from its file alone.

    Args:
        path: the file.
        documents: SHA-256 of the documents that it may come from; None for any.

    Raises:
        OSError: when it cannot be opened.
    """
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    try:
        found = read(content.decode("ascii"))
    except UnicodeDecodeError:
        return Outcome(path, None, "this is no text in ASCII")
    except MalformedError as error:
        return Outcome(path, None, str(error))
    if documents is not None and found.document.sha256 not in documents:
        return Outcome(
            path, found, "it comes from another document, or from an earlier state of it"
        )
    try:
        replayed(found)
    except RefusedError as error:
        return Outcome(path, found, f"the kernel refuses: {error}")
    return Outcome(path, found, None)
