"""Which files a run takes: those named, and the derivations in the folders named.

A folder stands for its Markdown, LaTeX and notebook files, recursively and in order, without hidden
folders, and without files that another one of them takes in. A file
of a folder is taken only if it may hold a derivation (formulas, or a front matter with ``given``),
so a README without formulas is passed over; a file that is named is always taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from msgspec import Struct, field

SUFFIXES = (".md", ".markdown", ".myst", ".qmd", ".rmd", ".tex", ".ipynb")
Loader = Callable[[str], str | None]
_TAKES_IN = re.compile(
    rb"\\(?:input|include|subfile|(?:sub)?import|usepackage|RequirePackage)|[{ ]include"
)
_INCLUDED = (".md", ".markdown", ".myst", ".qmd", ".rmd", ".tex", ".sty")
REPAIRED = ".fixed"
"""The end of the name of a repaired copy; a folder does not stand for its copies."""

_HINT = re.compile(
    rb"\$|\\\(|\\\[|^\s*`{3,}\s*math\b|^\s*~{3,}\s*math\b|\\begin\s*\{|^\s*given\s*:"
    rb"|\\(?:input|include|subfile|import)\b",
    re.MULTILINE,
)


class Source(Struct, frozen=True):
    """A document to check; ``named`` tells that the user named it, not only its folder."""

    path: Path
    shown: str
    named: bool


class Selection(Struct):
    """What the paths of a command line stand for.

    Attributes:
        sources: in order, each file once.
        problems: (path, what is wrong) of each path that stands for nothing.
        passed_over: files of folders that hold no derivation.
    """

    sources: list[Source] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)


def select(paths: Iterable[str], *, named: bool = True) -> Selection:
    """Return the documents that ``paths`` (files, folders, ``-``) stand for. Never raises.

    Without ``named``, files are taken as if they were found in folders.
    """
    selection = Selection()
    seen: set[Path] = set()
    for shown in paths:
        path = Path(shown)
        try:
            if shown == "-":
                _add(selection, seen, Source(path, shown, named=True))
            elif path.is_dir():
                _add_folder(selection, seen, path, shown)
            elif path.exists() and not named and not may_hold_derivation(path):
                selection.passed_over.append(shown)
            elif path.exists():
                _add(selection, seen, Source(path, shown, named=named))
            else:
                selection.problems.append((shown, "no such file or folder"))
        except (OSError, ValueError) as error:
            selection.problems.append((shown, reason(error)))
    return selection


def may_hold_derivation(path: Path) -> bool:
    """Return whether a file has formulas or givens; an unreadable one counts, to be reported."""
    try:
        return bool(_HINT.search(path.read_bytes()))
    except OSError:
        return True


def loader(folder: Path) -> Loader:
    """Return what finds the files that a document takes in: texts below its own folder only.

    Documents are untrusted, and what they take in is shown in the report.
    """

    def load(name: str) -> str | None:
        path = folder / name
        try:
            inside = path.resolve().is_relative_to(folder.resolve())
            if inside and path.suffix in _INCLUDED and path.is_file():
                return path.read_text(encoding="utf-8", errors="replace")
        except (OSError, ValueError):
            pass
        return None

    return load


class Recorder(Struct):
    """A loader that remembers what it was asked for."""

    load: Loader
    files: dict[str, str | None] = field(default_factory=dict)

    def __call__(self, name: str) -> str | None:
        """Return what the loader returns."""
        self.files[name] = self.load(name)
        return self.files[name]


def files_of(path: Path, content: bytes) -> dict[str, str | None]:
    """Return the files that a document takes in: names to texts, None if a file is not there."""
    if not _TAKES_IN.search(content):
        return {}
    from derivcheck.reading.inclusion import dialect_of, included
    from derivcheck.reading.places import normalised

    dialect = dialect_of(path.name)
    recorder = Recorder(loader(path.parent))
    if dialect is not None:
        text = normalised(content.decode("utf-8", errors="replace"))
        included(text, recorder, dialect)
    return recorder.files


def reason(error: Exception) -> str:
    """Return why a file cannot be read, in lower case and without its name."""
    if isinstance(error, UnicodeDecodeError):
        byte = error.object[error.start]
        return f"not a text in UTF-8 (byte 0x{byte:02x} at position {error.start})"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[0].lower() + error.strerror[1:]
    return str(error)


def _add(selection: Selection, seen: set[Path], source: Source) -> None:
    key = source.path if source.shown == "-" else source.path.resolve()
    if key not in seen:
        seen.add(key)
        selection.sources.append(source)


def _add_folder(selection: Selection, seen: set[Path], folder: Path, shown: str) -> None:
    before = len(selection.sources), len(selection.problems)
    known = len(seen)
    found = False
    files = list(_files(folder, selection))
    inner = _taken_in(files)
    for path in files:
        found = True
        if path.resolve() in inner:
            selection.passed_over.append(str(path))
            continue
        if may_hold_derivation(path):
            _add(selection, seen, Source(path, str(path), named=False))
        else:
            selection.passed_over.append(str(path))
    if (len(selection.sources), len(selection.problems)) == before and known == len(seen):
        words = "no derivation in the documents of" if found else "no document in"
        if not any(source.path.is_relative_to(folder) for source in selection.sources):
            selection.problems.append((shown, f"{words} this folder"))


def _taken_in(files: list[Path]) -> set[Path]:
    """Return the files that another one of them takes in: they are read as parts of it."""
    inner: set[Path] = set()
    for path in files:
        try:
            found = files_of(path, path.read_bytes())
        except OSError:
            continue
        inner |= {
            (path.parent / name).resolve() for name, text in found.items() if text is not None
        }
    return inner


def _files(folder: Path, selection: Selection) -> Iterable[Path]:
    """Yield the candidates below a folder; links to folders are not followed."""
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        selection.problems.append((str(folder), reason(error)))
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            if not entry.is_symlink():
                yield from _files(entry, selection)
        elif entry.suffix.lower() in SUFFIXES and not entry.stem.endswith(REPAIRED):
            yield entry
