"""SIGTERM as an exception, so that it unwinds like Ctrl-C: cleanup runs and children end.

While something is being started neither may strike: a child that nobody knows yet would survive us.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from cadet.errors import DeviceNotRestored, Interrupted


@contextmanager
def terminable() -> Iterator[None]:
    """While this is open SIGTERM raises Interrupted; a handler that somebody else installed stays."""
    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
    ):
        yield
        return
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise Interrupted("stopped by SIGTERM")


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Put SIGINT and SIGTERM off until the end of this, in the main thread (elsewhere no exception strikes)."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    late: list[int] = []
    handlers = {n: signal.signal(n, lambda number, _: late.append(number)) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except DeviceNotRestored:
        late.clear()  # an interruption would hide it
        raise
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
        if late:
            signal.raise_signal(late[0])
