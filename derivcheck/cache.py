"""Reports of documents that have not changed, kept between runs.

A report is found again only if everything is the same that it depends on: the document, the files
that it takes in, the options, derivcheck's own files, and the libraries. Entries are JSON of plain
data; reading one runs nothing. Whoever can write to the folder can say what a report says, so it
is the user's own, and what belongs to somebody else is not read.

Not kept: what a clock or an internal error has decided.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import asdict

from derivcheck import __version__
from derivcheck.files import Loader
from derivcheck.options import Options
from derivcheck.report.model import DocumentReport

VARIABLE = "DERIVCHECK_CACHE"
"""A folder for the entries, or ``off``."""

MOST_IN_A_FOLDER = 64
"""There are 256 folders; of a full one the oldest entry goes."""

_LIBRARIES = tuple(
    f"{name}-"
    for name in [
        "sympy",
        "python_flint",
        "lark",
        "markdown_it_py",
        "pyyaml",
        "pylatexenc",
        "nbformat",
    ]
)


class _Entry(Struct):
    """A report, and the digests of the files that its document takes in (None: not there)."""

    report: DocumentReport
    files: dict[str, str | None] = field(default_factory=dict)


def _digest_of(text: str | None) -> str | None:
    if text is None:
        return None
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


@cache
def code_digest() -> str:
    """Return a digest of what decides: derivcheck's files, the libraries, the interpreter."""
    root = Path(__file__).parent
    rows: list[object] = [__version__, sys.version]
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in sorted(names):
            status = (Path(folder) / name).stat()
            rows.append((folder[len(str(root)) :], name, status.st_size, status.st_mtime_ns))
    # The folders of installed packages have their versions in their names.
    for place in dict.fromkeys(sys.path):
        with suppress(OSError):
            names = os.listdir(place)  # noqa: PTH208 — names alone, of large folders
            rows += sorted(name for name in names if name.lower().startswith(_LIBRARIES))
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def default_cache() -> Cache | None:
    """Return the user's cache, None if it is off."""
    chosen = os.environ.get(VARIABLE, "")
    if chosen == "off":
        return None
    if chosen:
        return Cache(Path(chosen))
    from platformdirs import user_cache_path

    return Cache(user_cache_path("derivcheck", appauthor=False))


class Cache(Struct, frozen=True):
    """Entries below a folder, one file each."""

    folder: Path

    def key(self, content: bytes, suffix: str, options: Options) -> str:
        """Return the name of the entry of a document."""
        parts = [
            code_digest(),
            suffix.lower(),
            asdict(options),
            hashlib.sha256(content).hexdigest(),
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def find(self, key: str, load: Loader) -> DocumentReport | None:
        """Return the report of an entry if the files that its document takes in are the same.

        Raises:
            Never: an entry that cannot be read is none.
        """
        path = self._path(key)
        if not path.exists():
            return None
        import msgspec

        try:
            content = path.read_bytes()
            if hasattr(os, "getuid") and path.stat().st_uid != os.getuid():
                return None
            entry = msgspec.json.decode(content, type=_Entry)
        except (OSError, ValueError, msgspec.MsgspecError, RecursionError):
            return None
        if any(_digest_of(load(name)) != digest for name, digest in entry.files.items()):
            return None
        return entry.report

    def keep(self, key: str, report: DocumentReport, files: dict[str, str | None]) -> None:
        """Keep a report, unless the clock or an internal error has a part in it.

        Args:
            key: of the document.
            report: of the document.
            files: what it takes in: names to texts, None if a file is not there.

        Raises:
            Never: a folder that cannot be written keeps nothing.
        """
        import tempfile

        import msgspec

        if not is_lasting(report):
            return
        path = self._path(key)
        try:
            content = msgspec.json.encode(
                _Entry(report, {k: _digest_of(t) for k, t in files.items()})
            )
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
                file.write(content)
            Path(file.name).replace(path)
            self._prune(path.parent)
        except (OSError, TypeError, ValueError):
            return

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key[2:]}.json"

    def _prune(self, folder: Path) -> None:
        entries = list(folder.iterdir())
        if len(entries) > MOST_IN_A_FOLDER:
            for path in sorted(entries, key=lambda one: one.stat().st_mtime)[:-MOST_IN_A_FOLDER]:
                path.unlink(missing_ok=True)


def is_lasting(report: DocumentReport) -> bool:
    """Return whether a report would be the same another time."""
    found = [*report.diagnostics, *(s.diagnostic for s in report.steps if s.diagnostic)]
    return not any(
        one.code.startswith("DC9")
        or (one.code == "DC303" and any("time limit" in note for note in one.notes))
        for one in found
    )
