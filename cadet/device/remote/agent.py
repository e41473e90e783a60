"""The agent: what runs on the board. Answers the questions of a host until that ends, then puts everything back.

    python3 -m cadet.device.remote.agent

Reads one JSON object a line and answers in kind; whatever ends the connection ends the session here.
"""

from __future__ import annotations

import logging
import os
import platform
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cadet.device.environment import cadet_version
from cadet.device.remote.listener import STOP, Asked, Listener
from cadet.device.remote.wire import HELLO, PROTOCOL, error_message, spelled
from cadet.errors import CadetError, Interrupted, MeasurementError

if TYPE_CHECKING:
    from cadet.device.remote.desk import Desk

_log = logging.getLogger("cadet")


class Agent:
    """Questions come from one descriptor, answers go to another."""

    def __init__(self, source: int, sink: int) -> None:
        self._listener = Listener(source)
        self._sink = sink

    def serve(self) -> None:
        """Answer until the connection ends; returns when the device is as it was found, or has been told not to be."""
        from cadet.device.remote.desk import Desk

        self._say({HELLO: PROTOCOL, "version": cadet_version(), "python": platform.python_version(),
                   "host": platform.node(), "process": os.getpid()})  # fmt: skip
        self._listener.start()
        desk = Desk()
        try:
            for asked in self._listener:
                if asked.what == STOP:
                    self._answer(desk, asked)
                    return
                self._answer_interruptibly(desk, asked)
        finally:
            try:
                desk.close()
            except CadetError as error:  # nobody asks any more; the journal says it too
                _log.error("%s", error)

    def _answer_interruptibly(self, desk: Desk, asked: Asked) -> None:
        try:
            with self._listener.interruptible():
                self._answer(desk, asked)
        except Interrupted as error:  # in the middle of an answer
            self._say({"id": asked.message["id"], "error": error_message(error)})

    def _answer(self, desk: Desk, asked: Asked) -> None:
        try:
            answer: Mapping[str, object] = {"answer": desk.answer(asked)}
        except CadetError as error:
            answer = {"error": error_message(error)}
        except Exception as error:  # noqa: BLE001  (a mistake of ours: told to the host, and the device is put back)
            _log.exception("cannot answer %r", asked.what)
            answer = {"error": error_message(MeasurementError(f"{asked.what}: {type(error).__name__}: {error}"))}
        self._say({"id": asked.message["id"], **answer})

    def _say(self, message: Mapping[str, object]) -> None:
        data = memoryview(spelled(message))
        try:
            while data:
                data = data[os.write(self._sink, data) :]
        except BrokenPipeError:  # the other pipe ends as well, and that ends us
            return


def main() -> None:
    """Serve on what was standard input and output; whatever prints, prints to standard error."""
    logging.basicConfig(format="%(message)s")
    source, sink = os.dup(0), os.dup(1)  # not inherited: nothing that is started here keeps the connection open
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    Agent(source, sink).serve()


if __name__ == "__main__":
    main()
