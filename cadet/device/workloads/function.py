"""A Python callable, imported once in a worker process whose state lives on between runs."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from cadet.device.interruption import uninterrupted
from cadet.device.launch import launch
from cadet.device.process import GRACE_S, Within, end_group, how_ended, start_group, tail, wait
from cadet.device.sensors.rusage import from_values
from cadet.device.target import Target
from cadet.device.target.target import Function
from cadet.device.watchdog import Watchdog
from cadet.device.workloads.answer import Unanswered, read_files, read_mapping
from cadet.errors import MeasurementError
from cadet.model.domain import Value
from cadet.model.measurement import Status
from cadet.protocols import Outcome

IMPORT_TIMEOUT_S = 120.0
_WORKER = Path(__file__).with_name("worker.py")
_BOOT = f"import runpy; runpy.run_path({str(_WORKER)!r}, run_name='__main__')"
_CHUNK = 2**16


class FunctionWorkload:
    """Calls the function of the target; after a timeout or a crash the worker is replaced."""

    def __init__(self, target: Target, watchdog: Watchdog, within: Within | None = None) -> None:
        assert isinstance(target.workload, Function)
        self._target = target
        self._reference = target.workload.reference
        self._watchdog = watchdog
        self._within = within
        self._worker: _Worker | None = None

    def __enter__(self) -> FunctionWorkload:
        """Import the function; raises MeasurementError when that fails."""
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the worker."""
        self._end()

    def renews(self, values: Mapping[str, Value]) -> bool:
        """Tell whether the next run starts a new worker."""
        return self._worker is None

    def run(self, values: Mapping[str, Value]) -> Outcome:
        """Call the function once."""
        worker = self._worker or self._start()
        start = time.perf_counter()
        try:
            reply = worker.ask(dict(values), self._target.timeout_s)
        except TimeoutError:
            self._end()
            message = f"stopped after {self._target.timeout_s:g} s"
            limit = self._target.timeout_s
            return Outcome(Status.TIMED_OUT, {}, time.perf_counter() - start, message, timeout_s=limit)
        except EOFError as died:
            self._end()
            return Outcome(Status.FAILED, {}, time.perf_counter() - start, f"the worker process died, {died}")
        except BaseException:
            self._end()
            raise
        return self._judge(reply, values, time.perf_counter() - start)

    def _judge(self, reply: Mapping[str, Any], values: Mapping[str, Value], seconds: float) -> Outcome:
        if "error" in reply:
            return Outcome(Status.FAILED, {}, seconds, f"{self._reference}: {reply['error']}{_where(reply)}")
        try:
            observed = {**read_mapping(self._target, reply["answer"], "the dict"), **read_files(self._target, values)}
        except Unanswered as missing:
            return Outcome(Status.FAILED, {}, reply["wall"], f"{self._reference}: {missing}")
        usage = from_values(reply["usage"])
        clocks = {"wall": reply["wall"], "cpu": usage.cpu_s}
        return Outcome(Status.OK, {**clocks, **usage.values(), **observed}, reply["wall"])

    def _start(self) -> _Worker:
        try:
            with uninterrupted():
                self._worker = worker = _Worker(self._reference, self._target, self._watchdog, self._within)
            reply = worker.read(IMPORT_TIMEOUT_S)
        except (TimeoutError, EOFError) as error:
            reply = {"error": str(error)}
        except BaseException:
            self._end()
            raise
        if "error" in reply:
            self._end()
            raise MeasurementError(f"workload.function: cannot import {self._reference!r}: {reply['error']}")
        return worker

    def _end(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.end()


class _Worker:
    """The process and its two pipes."""

    def __init__(self, reference: str, target: Target, watchdog: Watchdog, within: Within | None) -> None:
        self._watchdog = watchdog
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  (closed by end)
        theirs_in, self._ours_out = os.pipe()
        self._ours_in, theirs_out = os.pipe()
        self._pending = b""
        folders = dict.fromkeys((str(target.directory), str(target.workdir)))
        argv = [sys.executable, "-c", _BOOT, reference, str(theirs_in), str(theirs_out), *folders]
        log = self._log.fileno()
        try:
            self.process: subprocess.Popen[bytes] = start_group(
                argv,
                cwd=target.workdir,
                env={**os.environ, **watchdog.mark},
                stdout=log,
                stderr=log,
                keep=(theirs_in, theirs_out),
                launch=launch(target, {}),
                within=within,
            )
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
        watchdog.watch(self.process.pid)
        self._death = os.pidfd_open(self.process.pid)

    def ask(self, values: Mapping[str, Value], timeout_s: float) -> dict[str, Any]:
        """Send a request and return the reply; raises as `read`."""
        try:
            os.write(self._ours_out, json.dumps(values).encode() + b"\n")
        except BrokenPipeError:
            raise EOFError(self._last_words()) from None
        return self.read(timeout_s)

    def read(self, timeout_s: float) -> dict[str, Any]:
        """Return the next reply; raises TimeoutError, or EOFError with its last words when the process died."""
        deadline = time.monotonic() + timeout_s
        poll = select.poll()
        poll.register(self._ours_in, select.POLLIN)
        poll.register(self._death, select.POLLIN)  # a child that it left behind may keep the pipe open
        while b"\n" not in self._pending:
            ready = poll.poll(max(0.0, deadline - time.monotonic()) * 1000)
            if not ready:
                raise TimeoutError(f"no answer within {timeout_s:g} s")
            chunk = os.read(self._ours_in, _CHUNK) if any(fd == self._ours_in for fd, _ in ready) else b""
            if not chunk:
                raise EOFError(self._last_words())
            self._pending += chunk
        line, _, self._pending = self._pending.partition(b"\n")
        reply: dict[str, Any] = json.loads(line)
        return reply

    def _last_words(self) -> str:
        if self.process.returncode is None:
            wait(self.process, GRACE_S)  # the pipe closes a moment before the process is gone
            end_group(self.process, 0.0)
        self._log.seek(0)
        said = tail(self._log.read().decode("utf-8", "replace"))
        return how_ended(self.process.returncode) + (f": {said}" if said else "")

    def end(self) -> None:
        """Kill the process and all that it started."""
        if self.process.returncode is None:
            end_group(self.process, 0.0)
        self._watchdog.release(self.process.pid)
        for descriptor in (self._ours_in, self._ours_out, self._death):
            os.close(descriptor)
        self._log.close()


def _where(reply: Mapping[str, Any]) -> str:
    frames = [line.strip() for line in str(reply.get("trace", "")).splitlines() if line.strip().startswith("File ")]
    return f" ({frames[-1]})" if len(frames) > 1 else ""
