"""A transient line on standard error while there is much to do; nothing is left of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import TracebackType
from typing import Any

PATIENCE = 0.7  # seconds before anything is shown


class Progress:
    """Shows which document and step is being checked.

    Attributes:
        pauses: the report goes to the same terminal, so the line must make room for it.
    """

    def __init__(self, count: int, *, enabled: bool, pauses: bool) -> None:
        self.count = count
        self.enabled = enabled
        self.pauses = pauses
        self._begun = time.perf_counter()
        self._status: Any = None

    def __enter__(self) -> Callable[[], AbstractContextManager[None]]:
        """Return a function that gives a context in which the line is gone."""
        return self._paused if self.pauses else nullcontext

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop()

    def tell(self, text: str) -> None:
        """Show ``text`` if the run has lasted long enough to be noticed."""
        if not self.enabled or time.perf_counter() - self._begun < PATIENCE:
            return
        from rich.text import Text

        from derivcheck.report.script import Script

        message = Text(Script().one_line(text), no_wrap=True, overflow="ellipsis")
        if self._status is None:
            from rich.console import Console

            self._status = Console(stderr=True).status(message)
            self._status.start()
        else:
            self._status.update(message)

    @contextmanager
    def _paused(self) -> Iterator[None]:
        self._stop()
        yield

    def _stop(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None
