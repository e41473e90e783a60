"""A connection to an agent: it is started through ssh, asked one question at a time, and ends with us."""

from __future__ import annotations

import logging
import os
import select
import subprocess
import threading
import time
from collections import deque
from contextlib import suppress
from types import TracebackType
from typing import Any

from cadet.device.environment import cadet_version
from cadet.device.interruption import uninterrupted
from cadet.device.remote.refusals import lacking, refusal
from cadet.device.remote.ssh import argv
from cadet.device.remote.wire import BEAT_S, HELLO, PROTOCOL, Message, error_of, heard, spelled
from cadet.device.target.target import Remote
from cadet.errors import CadetError, CapabilityMissing, Disconnected, MeasurementError

_HELLO_S = 120.0  # a small board may take its time to start an interpreter
_END_S = 20.0  # for ssh to end after the agent
_CHUNK = 2**16
_KEPT_LINES = 20  # of what ssh says

_log = logging.getLogger(__name__)


class Connection:
    """An agent and the ssh that leads to it; a context manager. When it ends, however, the agent restores and ends.

    A beat goes to the agent every few seconds, so that it notices when we or the network are gone.
    """

    def __init__(self, remote: Remote) -> None:
        self.remote = remote
        self.hello: Message = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._pending = b""
        self._asked = 0
        self._said: deque[str] = deque(maxlen=_KEPT_LINES)
        self._writing = threading.Lock()
        self._over = threading.Event()
        self._threads = (
            threading.Thread(target=self._beats, name="cadet-beat", daemon=True),
            threading.Thread(target=self._overhear, name="cadet-board", daemon=True),
        )

    def __enter__(self) -> Connection:
        """Connect; raises MeasurementError (unreachable) and CapabilityMissing (not let in, no CADET there)."""
        try:
            self._process = subprocess.Popen(
                argv(self.remote),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,  # Ctrl-C is ours: we ask the agent to restore, and hear how that went
            )
        except FileNotFoundError:
            raise CapabilityMissing(
                "there is no ssh on this machine", remedy="apt-get install openssh-client"
            ) from None
        try:
            for thread in self._threads:
                thread.start()
            self._greet()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hang up."""
        self.close()

    def ask(self, what: str, body: bytes = b"", **given: Any) -> Message:
        """Return the answer, however long it takes; raises what was raised there, and Disconnected."""
        self._asked += 1
        try:
            self._send({"id": self._asked, "ask": what, "bytes": len(body), **given}, body)
        except OSError:
            raise self._lost() from None
        while True:
            answer = self._next(None)
            if answer.get("id") == self._asked:
                break
        if "error" in answer:
            raise error_of(answer["error"], self.remote.ssh)
        found: Message = answer["answer"]
        return found

    def close(self) -> None:
        """Hang up and wait for ssh to end; twice is safe."""
        self._over.set()
        process, self._process = self._process, None
        if process is None or process.stdin is None or process.stdout is None or process.stderr is None:
            return
        with suppress(OSError):  # it ended before us
            process.stdin.close()
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(_END_S)
        process.stdout.close()
        process.stderr.close()

    def _greet(self) -> None:
        deadline = time.monotonic() + _HELLO_S
        while HELLO not in self.hello:
            self.hello = self._next(deadline)
        version = cadet_version()
        if (self.hello[HELLO], self.hello.get("version")) != (PROTOCOL, version):
            raise lacking(self.remote, f"{self.remote.ssh} has CADET {self.hello.get('version')}, this is {version}: "
                          "both must be the same", version)  # fmt: skip

    def _send(self, message: Message, body: bytes = b"") -> None:
        process = self._process
        if process is None or process.stdin is None:
            raise BrokenPipeError("closed")
        data = memoryview(spelled(message) + body)
        with uninterrupted(), self._writing:  # a message that is cut short would swallow the next one
            while data:
                data = data[process.stdin.write(data) :]

    def _next(self, deadline: float | None) -> Message:
        """Return the next message; what is none is passed over."""
        while True:
            line = self._line(deadline)
            message = heard(line)
            if message is not None:
                return message

    def _line(self, deadline: float | None) -> bytes:
        assert self._process is not None and self._process.stdout is not None
        stdout = self._process.stdout.fileno()
        poll = select.poll()
        poll.register(stdout, select.POLLIN)
        while b"\n" not in self._pending:
            left = None if deadline is None else max(0.0, deadline - time.monotonic()) * 1000
            if not poll.poll(left):
                raise MeasurementError(f"the agent on {self.remote.ssh} did not answer within {_HELLO_S:g} s")
            chunk = os.read(stdout, _CHUNK)
            if not chunk:
                raise self._lost()
            self._pending += chunk
        line, _, self._pending = self._pending.partition(b"\n")
        return line

    def _lost(self) -> CadetError:
        """Return why there is no answer any more."""
        if self._process is None:
            return Disconnected(f"the connection to {self.remote.ssh} has ended")
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_S)
        self._threads[1].join(_END_S)
        code = self._process.poll()
        if HELLO not in self.hello:
            return refusal(self.remote, 0 if code is None else code, tuple(self._said), cadet_version())
        why = self._said[-1] if self._said else f"ssh ended with {code}"
        return Disconnected(f"the connection to {self.remote.ssh} ended ({why})")

    def _beats(self) -> None:
        with suppress(OSError, ValueError):  # ended or closed; the next question is told so
            while not self._over.wait(BEAT_S):
                self._send({"ask": "beat"})

    def _overhear(self) -> None:
        """Listen to what ssh and the agent say beside their answers; once the agent is there the user hears it too."""
        process = self._process
        assert process is not None and process.stderr is not None
        for line in process.stderr:
            text = line.decode("utf-8", "replace").strip()
            if not text:
                continue
            self._said.append(text)
            if HELLO in self.hello:
                _log.warning("%s: %s", self.remote.ssh, text)
