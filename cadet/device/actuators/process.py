"""How a process is started: on which cores, how nice, by which scheduler, in which control groups.

Nothing of it outlives the process, so nothing is put back.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from cadet.device.actuators.cgroup import cores
from cadet.errors import NotApplied, TargetError

T = TypeVar("T")

PROPERTIES = ("affinity", "nice", "scheduler")
_POLICIES = {"other": os.SCHED_OTHER, "batch": os.SCHED_BATCH, "idle": os.SCHED_IDLE, "fifo": os.SCHED_FIFO,
             "rr": os.SCHED_RR}  # fmt: skip
REAL_TIME = ("fifo", "rr")
_NICEST, _KEENEST = 19, -20
_PRIORITY = 10  # of a real-time policy without a number


@dataclass(frozen=True)
class Launch:
    """What a process starts with; None leaves it as ours is.

    cores: the numbers of those it may use. scheduler: `fifo`, `fifo:20`, ... groups: files that take it in.
    """

    cores: frozenset[int] | None = None
    nice: int | None = None
    scheduler: str | None = None
    groups: tuple[Path, ...] = ()

    @property
    def plain(self) -> bool:
        """Whether nothing is special."""
        return self == AS_OURS


AS_OURS = Launch()


def check_property(name: str, value: str) -> None:
    """Raise TargetError when `value` is none of this property of a process."""
    if name == "affinity" and not cores(value):
        raise TargetError(f"affinity {value!r} is no list of cores such as '0-1,3'")
    if name == "nice" and not (re.fullmatch(r"-?\d{1,2}", value, re.ASCII) and _KEENEST <= int(value) <= _NICEST):
        raise TargetError(f"nice {value!r} is no whole number from {_KEENEST} to {_NICEST}")
    policy, colon, priority = value.partition(":")
    if name == "scheduler" and (
        policy not in _POLICIES or (colon and not (priority.isdigit() and policy in REAL_TIME))
    ):
        raise TargetError(f"scheduler {value!r} is none of {', '.join(_POLICIES)}, fifo:PRIORITY, rr:PRIORITY")


def launched(launch: Launch, start: Callable[[], T]) -> T:
    """Return what `start` returns, a process that starts as `launch` says; raises NotApplied.

    A child inherits from the thread that makes it. A thread of its own takes on cores, niceness, scheduler and groups
    (in Linux they belong to threads), starts the child and ends: nothing has to be taken back, the child is never
    anywhere else, and no code runs between fork and exec.
    """
    if launch.plain:
        return start()
    started: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            _take_on(launch)
            started.append(start())
        except BaseException as error:  # noqa: BLE001  (raised again below, in the caller's thread)
            failed.append(error)

    thread = threading.Thread(target=run, name="cadet-launch", daemon=True)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return started[0]


def join_groups(groups: Sequence[Path], process: int) -> None:
    """Take a running process into groups of version 2, which take no single threads."""
    for members in groups:
        if members.name == "cgroup.procs":
            with suppress(ProcessLookupError):  # it has ended already
                _enter(members, str(process))


def _take_on(launch: Launch) -> None:
    try:
        for members in launch.groups:
            if members.name == "tasks":
                _enter(members, str(threading.get_native_id()))
        if launch.cores is not None:
            os.sched_setaffinity(0, launch.cores)
        if launch.nice is not None:
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), launch.nice)
        if launch.scheduler is not None:
            policy, _, priority = launch.scheduler.partition(":")
            level = int(priority or _PRIORITY) if policy in REAL_TIME else 0
            os.sched_setscheduler(0, _POLICIES[policy], os.sched_param(level))
    except OSError as error:
        raise NotApplied(f"the workload cannot be started with {_shown(launch)}: {error.strerror or error}") from None


def _enter(members: Path, number: str) -> None:
    descriptor = os.open(members, os.O_WRONLY)
    try:
        os.write(descriptor, number.encode())
    finally:
        os.close(descriptor)


def _shown(launch: Launch) -> str:
    wanted = {"affinity": launch.cores and sorted(launch.cores), "nice": launch.nice, "scheduler": launch.scheduler,
              "groups": [str(path.parent) for path in launch.groups]}  # fmt: skip
    return ", ".join(f"{name} {value}" for name, value in wanted.items() if value not in (None, []))
