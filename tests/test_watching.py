"""``--watch``: a real process, real files, real changes."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from derivcheck.watching import Watched

GOOD = "---\ngiven: ['A \\in \\mathbb{R}^{n \\times n}']\n---\n$$A = A$$\n"
PATIENCE = 60


class Watching:
    """A running ``derivcheck check --watch``, and the lines that it prints."""

    def __init__(self, folder: Path, *paths: str) -> None:
        command = [sys.executable, "-u", "-m", "derivcheck", "check", "--watch", *paths]
        self.process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            encoding="utf-8",
        )  # fmt: skip
        self.lines: list[str] = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def wait_for(self, text: str, count: int = 1) -> None:
        end = time.monotonic() + PATIENCE
        while sum(text in line for line in self.lines) < count:
            assert time.monotonic() < end, self.lines
            assert self.process.poll() is None, self.lines
            time.sleep(0.05)


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watching]:
    (tmp_path / "a.md").write_text(GOOD)
    watching = Watching(tmp_path, "a.md", "--format", "concise")
    yield watching
    watching.process.kill()
    watching.process.wait()
    watching.reader.join()
    assert watching.process.stdout
    watching.process.stdout.close()


def test_a_change_is_checked_and_an_interrupt_ends_it(watch: Watching, tmp_path: Path) -> None:
    watch.wait_for("watching for changes")
    assert watch.lines[0].startswith("1 proved")
    time.sleep(0.5)
    (tmp_path / "other.md").write_text(GOOD)
    (tmp_path / "a.md").write_text(GOOD.replace("= A", "= A^\\top"))
    watch.wait_for("changed: a.md")
    watch.wait_for("a.md:4:7: DC301")
    (tmp_path / "a.md").write_text(GOOD)
    watch.wait_for("1 proved", count=2)
    time.sleep(1)  # the report is out before its status is noted
    watch.process.send_signal(signal.SIGINT)
    assert watch.process.wait(PATIENCE) == 0


def test_what_counts(tmp_path: Path) -> None:
    watched = Watched(folders=[tmp_path / "notes"], files={tmp_path / "a.md"})
    assert watched.counts(str(tmp_path / "a.md"))
    assert watched.counts(str(tmp_path / "notes" / "deep" / "new.tex"))
    assert not watched.counts(str(tmp_path / "b.md"))
    assert not watched.counts(str(tmp_path / "notes" / "picture.png"))
