"""Events of the kernel and the processor, counted for the deployment and all that it starts.

Counters are opened on a thread of their own that starts the deployment: children inherit them, and they begin to count
with the program (enable_on_exec), so nothing of ours is in the numbers. Every start gets fresh ones: when the thread
and its child follow each other on a CPU the kernel may swap their counters, and those that have been through an exec
would not begin to count in the next child. What is slow, making a tracepoint ready (some 40 ms), is done once, by
counters that stay.

The program `perf stat` makes tracepoints ready for every run, and the clock of its duration_time starts late where perf
itself has to wait for a CPU (on a busy machine 0.1 ms were told of 3 ms).

Source: perf_event_open(2); kernel/events/core.c, perf_event_context_sched_out and perf_event_enable_on_exec.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from cadet.device.sensors.perf_events import Event, event
from cadet.errors import CapabilityMissing

T = TypeVar("T")
Total = tuple[int, int, int]  # count, nanoseconds enabled, nanoseconds running

SOURCE = "perf_event_open, counted throughout"
_CALL = {"x86_64": 298, "i686": 336, "armv7l": 364, "ppc64le": 319, "s390x": 331}
_GENERIC_CALL = 241  # aarch64, riscv64, loongarch64
_DISABLED, _INHERIT, _EXCLUDE_USER, _EXCLUDE_KERNEL, _ON_EXEC = (1 << bit for bit in (0, 1, 4, 5, 12))
_TIMES = 1 | 2  # read_format: time enabled, time running
_CLOSE_ON_EXEC = 8
_NOTHING: Total = (0, 0, 0)
_READ = struct.Struct("QQQ")
_PERMISSION = "sysctl kernel.perf_event_paranoid=1, or run as root (CAP_PERFMON); NAME:u counts user space without"


class _Attributes(ctypes.Structure):
    """perf_event_attr, version 6: 120 bytes."""

    _fields_ = (
        ("type", ctypes.c_uint32),
        ("size", ctypes.c_uint32),
        ("config", ctypes.c_uint64),
        ("sample_period", ctypes.c_uint64),
        ("sample_type", ctypes.c_uint64),
        ("read_format", ctypes.c_uint64),
        ("flags", ctypes.c_uint64),
        ("rest", ctypes.c_uint8 * 72),
    )


class PerfSensor:
    """Counts events over a run; what is to be counted is started through `within`.

    Clocks are in seconds. Raises CapabilityMissing for an event that cannot be counted here. Counters that take turns
    on the processor are scaled up to the whole run. `close` gives them back.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(dict.fromkeys(names))
        self.sources: Mapping[str, str] = dict.fromkeys(self.names, SOURCE)
        self._events = tuple(event(name) for name in self.names)
        self._ready = _opened_all(self._events, _DISABLED)
        self._nursery: _Nursery | None = None
        self._spare: _Nursery | None = None  # made beforehand: making it takes a millisecond, which is not the run's
        self._left: list[_Nursery] = []
        self._counted = [_NOTHING] * len(self._events)  # by what was started before
        self._before = self._counted

    def within(self, start: Callable[[], T]) -> T:
        """Return what `start` returns, called where its children are counted, instead of those of an earlier start."""
        self._counted = self._totals()
        self._left += [self._nursery] if self._nursery is not None else []
        self._nursery, self._spare = self._spare or _Nursery(self._events), None
        return self._nursery.call(start)

    def start(self) -> None:
        """Note the counters."""
        self._clear()
        self._spare = self._spare or _Nursery(self._events)
        self._before = self._totals()

    def stop(self) -> Mapping[str, float]:
        """Return what was counted since `start`; an event whose counter never got a turn is absent."""
        since = [_plus(now, before, -1) for now, before in zip(self._totals(), self._before, strict=True)]
        return {
            one.name: count * one.unit * (enabled / running if running else 1.0)
            for one, (count, enabled, running) in zip(self._events, since, strict=True)
            if running or not enabled
        }

    def close(self) -> None:
        """Give the counters back to the kernel, which takes 40 ms for each tracepoint."""
        self._counted = self._totals()
        self._left += [nursery for nursery in (self._nursery, self._spare) if nursery is not None]
        self._nursery = self._spare = None
        self._clear()
        ready, self._ready = self._ready, []
        _close(ready)

    def _totals(self) -> list[Total]:
        if self._nursery is None:
            return self._counted
        return [_plus(a, b) for a, b in zip(self._counted, self._nursery.read(), strict=True)]

    def _clear(self) -> None:
        while self._left:
            self._left.pop().close()


class _Nursery:
    """A thread whose future children are counted; it lives as long as they may have children of their own."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._thread = ThreadPoolExecutor(1, "cadet-counted")
        self._descriptors = self.call(lambda: _opened_all(events, _DISABLED | _INHERIT | _ON_EXEC))

    def call(self, start: Callable[[], T]) -> T:
        return self._thread.submit(start).result()

    def read(self) -> list[Total]:
        return [_READ.unpack(os.read(descriptor, _READ.size)) for descriptor in self._descriptors]

    def close(self) -> None:
        self._thread.shutdown()
        _close(self._descriptors)


def countable(name: str) -> None:
    """Return when an event can be counted here; raises CapabilityMissing."""
    os.close(_opened(event(name), _DISABLED))


def _opened_all(events: Sequence[Event], flags: int) -> list[int]:
    descriptors: list[int] = []
    try:
        descriptors.extend(_opened(one, flags) for one in events)
    except BaseException:
        _close(descriptors)
        raise
    return descriptors


def _opened(one: Event, flags: int) -> int:
    """Return a counter of this thread, of its future children where `flags` say so; raises CapabilityMissing."""
    flags |= _EXCLUDE_USER * one.exclude_user | _EXCLUDE_KERNEL * one.exclude_kernel
    asked = _Attributes(one.kind, ctypes.sizeof(_Attributes), one.config, read_format=_TIMES, flags=flags)
    number = _CALL.get(platform.machine(), _GENERIC_CALL)
    descriptor: int = _kernel().syscall(number, ctypes.byref(asked), 0, -1, -1, _CLOSE_ON_EXEC)
    if descriptor >= 0:
        return descriptor
    raise _missing(one, ctypes.get_errno())


@cache
def _kernel() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _close(descriptors: Sequence[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


def _plus(one: Total, other: Total, sign: int = 1) -> Total:
    return one[0] + sign * other[0], one[1] + sign * other[1], one[2] + sign * other[2]


def _missing(one: Event, code: int) -> CapabilityMissing:
    if code in (errno.EACCES, errno.EPERM):
        return CapabilityMissing(f"counting {one.name} is not permitted", remedy=_PERMISSION, denied=True)
    if code in (errno.ENOENT, errno.ENODEV, errno.EOPNOTSUPP) and one.hardware:
        return CapabilityMissing(f"{one.name}: this machine has no such hardware counter",
                                 remedy="take it out of events.perf; virtual machines often have none")  # fmt: skip
    return CapabilityMissing(f"{one.name} cannot be counted: {os.strerror(code)}")
