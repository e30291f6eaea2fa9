"""Checking again whenever a document changes.

watchfiles tells what has changed. Only changes of what the last run read count, and new documents
in the folders that were named; documents that have not changed come from the cache.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from msgspec import Struct, field
from watchfiles import watch

from derivcheck.files import SUFFIXES
from derivcheck.report.model import Report


class Watched(Struct):
    """What a change must touch to count.

    Attributes:
        folders: named folders; every document below them counts.
        files: resolved paths of what a run read.
    """

    folders: list[Path] = field(default_factory=list)
    files: set[Path] = field(default_factory=set)

    def read_by(self, paths: Iterable[str], given: Iterable[Path], report: Report) -> None:
        """Take what a run over ``paths`` read."""
        named = [Path(path) for path in paths if path != "-"]
        self.folders = [path.resolve() for path in named if path.is_dir()]
        shown = [*named, *given, *(Path(document.path) for document in report.documents)]
        for document in report.documents:
            shown += [Path(document.places.file(part.line)) for part in document.parts]
        self.files = {path.resolve() for path in shown if not path.is_dir()}

    def counts(self, path: str) -> bool:
        """Return whether a change of ``path`` counts."""
        changed = Path(path).resolve()
        if changed in self.files:
            return True
        document = changed.suffix.lower() in (*SUFFIXES, ".sty")
        return document and any(changed.is_relative_to(folder) for folder in self.folders)

    def roots(self) -> list[Path]:
        """Return the folders to watch."""
        below = {path.parent for path in self.files if path.parent.is_dir()}
        return sorted({*self.folders, *below})


def changes(watched: Watched) -> Iterator[set[str]]:
    """Yield the paths of each change that counts, until interrupted."""
    while True:
        roots, recursive = watched.roots(), bool(watched.folders)
        for found in watch(*roots, recursive=recursive, raise_interrupt=True):
            paths = {path for _, path in found if watched.counts(path)}
            if paths:
                yield paths
                if watched.roots() != roots:
                    break


def check_again(watched: Watched, check: Callable[[], None], tell: Callable[[str], None]) -> None:
    """Check now and after each change; ends with ``KeyboardInterrupt``.

    Args:
        watched: what to look at; ``check`` keeps it up to date.
        check: makes a run.
        tell: shows a line that is no part of a report.
    """
    check()
    tell("watching for changes; Ctrl-C ends it")
    for paths in changes(watched):
        names = ", ".join(sorted(Path(path).name for path in paths))
        tell(f"changed: {names}")
        check()
