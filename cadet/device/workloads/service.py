"""A server that runs beside its load, started anew only when an option needs it."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import IO

from cadet.device.interruption import uninterrupted
from cadet.device.launch import launch
from cadet.device.process import (
    GRACE_S,
    Within,
    alive,
    end_group,
    how_ended,
    require_program,
    run_group,
    start_group,
    tail,
    wait,
)
from cadet.device.sensors.tree import tree_usage
from cadet.device.target import Target
from cadet.device.target.placeholders import render
from cadet.device.target.reach import PORT
from cadet.device.target.target import Command, Service
from cadet.device.watchdog import Watchdog
from cadet.device.workloads.command import environment, judge, load
from cadet.device.workloads.ready import await_ready, free_port
from cadet.errors import ServiceNotReady
from cadet.model.domain import Value
from cadet.model.measurement import Status
from cadet.protocols import Outcome

_LAST_BREATH_S = 0.5  # a service that dies closes its connections a moment before it is gone


class ServiceWorkload:
    """Runs the load against the service; CPU seconds and rusage count both."""

    def __init__(self, target: Target, watchdog: Watchdog, within: Within | None = None) -> None:
        assert isinstance(target.workload, Command)
        assert target.service is not None
        self._target = target
        self._argv = target.workload.argv
        self._service = target.service
        self._watchdog = watchdog
        self._within = within
        self._server: _Server | None = None
        self._proven = False

    def __enter__(self) -> ServiceWorkload:
        """Make sure that both programs are there; raises MeasurementError."""
        require_program(self._argv, self._target.workdir, "workload.command")
        require_program(self._service.start, self._target.workdir, "service.start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the service."""
        self._stop()

    def recall(self, values: Mapping[str, Value]) -> None:
        """Remember that the service has run in an earlier session."""
        self._proven = True

    def renews(self, values: Mapping[str, Value]) -> bool:
        """Tell whether a run with these values starts the service anew."""
        server = self._server
        return server is None or server.started_with != self._decisive(values) or not alive(server.process)

    def run(self, values: Mapping[str, Value]) -> Outcome:
        """Run the load once. A service that never ran cannot be measured; one that did failed this configuration."""
        try:
            server = self._provided(values)
        except ServiceNotReady as error:
            if not self._proven:
                raise
            return Outcome(Status.FAILED, {}, 0.0, str(error))
        self._proven = True
        return self._load(server, server.filled(values))

    def _provided(self, values: Mapping[str, Value]) -> _Server:
        if self._server is not None and not self.renews(values):
            return self._server
        self._stop()
        with uninterrupted():
            self._server = server = _Server(
                self._service, self._target, values, self._decisive(values), self._watchdog, self._within
            )
        try:
            server.await_ready()
        except BaseException:
            self._stop()
            raise
        return server

    def _decisive(self, values: Mapping[str, Value]) -> tuple[Value, ...]:
        return tuple(values[name] for name in sorted(self._service.restart_on))

    def _load(self, server: _Server, values: Mapping[str, Value]) -> Outcome:
        before = tree_usage(server.process.pid)
        try:
            ended = load(self._target, self._argv, values, self._watchdog)
        except OSError as error:
            return Outcome(Status.FAILED, {}, 0.0, f"cannot start {self._argv[0]!r}: {error.strerror}")
        used = tree_usage(server.process.pid) - before
        if wait(server.process, 0.0 if ended.exit_code == 0 else _LAST_BREATH_S):
            message = f"the service died during the run, {server.last_words()}"
            return Outcome(Status.FAILED, {}, ended.wall_s, message)
        if ended.timed_out:
            self._stop()  # it may be what hangs
        return judge(self._target, values, replace(ended, usage=ended.usage + used))

    def _stop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.stop()


class _Server:
    """The running service."""

    def __init__(
        self,
        service: Service,
        target: Target,
        values: Mapping[str, Value],
        started_with: Sequence[Value],
        watchdog: Watchdog,
        within: Within | None,
    ) -> None:
        self.started_with = started_with
        self._service = service
        self._target = target
        self._watchdog = watchdog
        self._port = {} if PORT in values else {PORT: free_port()}
        self._values = self.filled(values)
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  (closed by stop)
        try:
            self.process: subprocess.Popen[bytes] = start_group(
                self._rendered(service.start),
                cwd=target.workdir,
                env=environment(target, values, watchdog),
                stdout=self._log.fileno(),
                stderr=self._log.fileno(),
                launch=launch(target, values),
                within=within,
            )
        except OSError as error:
            self._log.close()
            raise ServiceNotReady(f"service.start: cannot start {service.start[0]!r}: {error.strerror}") from None
        watchdog.watch(self.process.pid)

    def filled(self, values: Mapping[str, Value]) -> dict[str, Value]:
        """Return `values` with the port of the service."""
        return {**values, **self._port}

    def await_ready(self) -> None:
        """Return when the service answers; raises ServiceNotReady with the end of what it printed."""
        ready = self._service.ready
        if not await_ready(
            ready, self._values, self._rendered(ready.command), self._target, self.process, self._watchdog
        ):
            state = f"not ready after {ready.timeout_s:g} s" if alive(self.process) else f"ended, {self.last_words()}"
            said = self._said() if alive(self.process) else ""
            raise ServiceNotReady(f"service: {self._service.start[0]!r} {state}{said}")

    def last_words(self) -> str:
        """How it ended and what it said."""
        if self.process.returncode is None:
            end_group(self.process, GRACE_S)
        return how_ended(self.process.returncode) + self._said()

    def stop(self) -> None:
        """Stop the service: its stop command or SIGTERM, then SIGKILL; nothing of it stays alive."""
        try:
            if self._service.stop and alive(self.process):
                run_group(
                    self._rendered(self._service.stop),
                    cwd=self._target.workdir,
                    env=None,
                    timeout_s=self._service.ready.timeout_s,
                    watchdog=self._watchdog,
                )
                wait(self.process, GRACE_S)
        finally:
            if self.process.returncode is None:
                end_group(self.process, GRACE_S)
            self._watchdog.release(self.process.pid)
            self._log.close()

    def _rendered(self, argv: Sequence[str]) -> list[str]:
        return render(argv, self._values, self._target.flags, self._target.space.active(self._values))

    def _said(self) -> str:
        self._log.seek(0)
        said = tail(self._log.read().decode("utf-8", "replace"))
        return f": {said}" if said else "; it printed nothing"
