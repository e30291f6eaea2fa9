"""The wall clock as a backstop: a step that takes too long is stopped, wherever it is.

It only stops. What limits a step in the first place is counted (``limits``).
"""

from __future__ import annotations

import ctypes
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Expired(BaseException):
    """The wall clock ran out for a step."""


AGAIN = 0.1
"""Seconds after which a step that did not stop is stopped again."""


@contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Raise ``Expired`` inside the block after some seconds, again and again until it ends.

    Whatever swallows it inside only delays the end. Works in every thread, between two operations
    of Python.

    Raises:
        Expired: inside the block.
    """
    if seconds is None:
        yield
    elif threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer"):
        with _by_signal(seconds):
            yield
    else:
        with _by_thread(seconds):
            yield


@contextmanager
def _by_signal(seconds: float) -> Iterator[None]:
    inside = True

    def expire(_signal: int, _frame: object) -> None:
        if inside:
            raise Expired

    before = signal.signal(signal.SIGALRM, expire)
    try:
        try:
            signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
            yield
        finally:
            inside = False
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def _by_thread(seconds: float) -> Iterator[None]:
    own = ctypes.c_ulong(threading.get_ident())
    ended = threading.Event()
    lock = threading.Lock()

    def watch() -> None:
        pause = seconds
        while not ended.wait(pause):
            with lock:
                if not ended.is_set():
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(own, ctypes.py_object(Expired))
            pause = AGAIN

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        with lock:
            ended.set()
        # one that was sent and not yet raised must not hit what comes next
        ctypes.pythonapi.PyThreadState_SetAsyncExc(own, None)
