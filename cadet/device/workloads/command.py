"""A program that is started afresh for every run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import TracebackType

from cadet.device.actuators.process import AS_OURS
from cadet.device.launch import launch
from cadet.device.process import Ended, Within, require_program, run_group
from cadet.device.target import Target
from cadet.device.target.placeholders import render, spell
from cadet.device.target.target import Argv, Command
from cadet.device.watchdog import Watchdog
from cadet.device.workloads.answer import Unanswered, read_files, read_stdout
from cadet.model.domain import Value
from cadet.model.measurement import Status
from cadet.protocols import Outcome


class CommandWorkload:
    """Runs the command of the target; see `protocols.Workload`."""

    def __init__(self, target: Target, watchdog: Watchdog, within: Within | None = None) -> None:
        assert isinstance(target.workload, Command)
        self._target = target
        self._argv = target.workload.argv
        self._watchdog = watchdog
        self._within = within

    def __enter__(self) -> CommandWorkload:
        """Make sure that the program is there, before anything is measured; raises MeasurementError."""
        require_program(self._argv, self._target.workdir, "workload.command")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is kept between runs."""

    def run(self, values: Mapping[str, Value]) -> Outcome:
        """Run the program once."""
        try:
            ended = load(self._target, self._argv, values, self._watchdog, self._within)
        except OSError as error:
            return Outcome(Status.FAILED, {}, 0.0, f"cannot start {self._argv[0]!r}: {error.strerror}")
        return judge(self._target, values, ended)


def load(
    target: Target, argv: Argv, values: Mapping[str, Value], watchdog: Watchdog, within: Within | None = None
) -> Ended:
    """Run the program with these values; raises OSError when it cannot be started. within: where perf counts it."""
    return run_group(
        render(argv, values, target.flags, target.space.active(values)),
        cwd=target.workdir,
        env=environment(target, values, watchdog),
        timeout_s=target.timeout_s,
        watchdog=watchdog,
        launch=launch(target, values) if target.service is None else AS_OURS,  # the load is not what is deployed
        within=within,
    )


def environment(target: Target, values: Mapping[str, Value], watchdog: Watchdog) -> dict[str, str]:
    """Return our environment with the variables that options set and the mark of the watchdog."""
    active = target.space.active(values)
    own = {variable: spell(values[name]) for name, variable in target.variables.items() if name in active}
    return {**os.environ, **own, **watchdog.mark}


def judge(target: Target, values: Mapping[str, Value], ended: Ended) -> Outcome:
    """Return what the program's end means: a timeout is censored, an exit code or a missing objective is a failure."""
    if ended.timed_out:
        message = f"stopped after {target.timeout_s:g} s"
        return Outcome(Status.TIMED_OUT, {}, ended.wall_s, message, timeout_s=target.timeout_s)
    if ended.exit_code != 0:
        return Outcome(Status.FAILED, {}, ended.wall_s, ended.reason)
    try:
        observed = {**read_stdout(target, ended.stdout), **read_files(target, values)}
    except Unanswered as missing:
        return Outcome(Status.FAILED, {}, ended.wall_s, str(missing))
    clocks = {"wall": ended.wall_s, "cpu": ended.usage.cpu_s}
    return Outcome(Status.OK, {**clocks, **ended.usage.values(), **ended.counts, **observed}, ended.wall_s)
