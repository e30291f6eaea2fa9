"""Going on with a run that was interrupted: its JSON lines tell what is done."""

from __future__ import annotations

import json
from pathlib import Path

from msgspec import Struct, field

from derivcheck import __version__


class Done(Struct):
    """What the lines of a file say.

    Attributes:
        digests: path of each document to the SHA-256 of its content.
        statuses: exit statuses of the documents.
        size: length of the file up to the end of its last whole line, in bytes.
    """

    digests: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    size: int = 0

    def has(self, path: str, digest: str) -> bool:
        """Return whether a document is done as it is now."""
        return self.digests.get(path) == digest


def done_by(path: Path) -> Done:
    """Return what a file of JSON lines holds; nothing if there is none.

    A line that is cut off, of another version or of an error within derivcheck does not count.

    Raises:
        OSError: if the file is there and cannot be read.
    """
    done = Done()
    if not path.exists():
        return done
    with path.open("rb") as file:
        for line in file:
            if not line.endswith(b"\n"):
                break
            done.size += len(line)
            try:
                data = json.loads(line)
                (document,) = data["documents"]
                name, digest, status = document["path"], document["sha256"], data["status"]
                if data["version"] != __version__ or not digest or status == 3:
                    continue
            except (KeyError, TypeError, ValueError):
                continue
            done.digests[name], done.statuses[name] = digest, status
    return done
