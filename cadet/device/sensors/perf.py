"""Events of the kernel and the processor, counted for the deployment and all that it starts.

The counters are opened once a session, on a thread of their own that starts the deployment: children inherit them, and
they begin to count with the program (enable_on_exec), so nothing of ours is in the numbers and a run costs nothing
more. The program `perf stat` would open and close them for every run, some 40 ms for each tracepoint, and the clock of
its duration_time starts late where perf itself has to wait for a CPU (on a busy machine 0.1 ms were told of 3 ms).

Source: perf_event_open(2).
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from cadet.device.sensors.perf_events import Event, event
from cadet.errors import CapabilityMissing

T = TypeVar("T")

SOURCE = "perf_event_open, counted throughout"
_CALL = {"x86_64": 298, "i686": 336, "armv7l": 364, "ppc64le": 319, "s390x": 331}
_GENERIC_CALL = 241  # aarch64, riscv64, loongarch64
_DISABLED, _INHERIT, _EXCLUDE_USER, _EXCLUDE_KERNEL, _ON_EXEC = (1 << bit for bit in (0, 1, 4, 5, 12))
_TIMES = 1 | 2  # read_format: time enabled, time running
_CLOSE_ON_EXEC = 8
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
        self._events = [event(name) for name in self.names]
        self._descriptors: list[int] = []
        self._before: list[tuple[int, ...]] = []
        self._thread = ThreadPoolExecutor(1, "cadet-counted")
        try:
            self.within(self._open)
        except BaseException:
            self.close()
            raise

    def within(self, start: Callable[[], T]) -> T:
        """Return what `start` returns, called where its children are counted."""
        return self._thread.submit(start).result()

    def start(self) -> None:
        """Note the counters."""
        self._before = self._read()

    def stop(self) -> Mapping[str, float]:
        """Return what was counted since `start`; an event whose counter never got a turn is absent."""
        pairs = zip(self._before, self._read(), strict=True)
        since = [tuple(b - a for a, b in zip(before, now, strict=True)) for before, now in pairs]
        return {
            one.name: count * one.unit * (enabled / running if running else 1.0)
            for one, (count, enabled, running) in zip(self._events, since, strict=True)
            if running or not enabled
        }

    def close(self) -> None:
        """Give the counters back to the kernel; the kernel takes 40 ms for each tracepoint."""
        self._thread.shutdown()
        descriptors, self._descriptors = self._descriptors, []
        for descriptor in descriptors:
            os.close(descriptor)

    def _open(self) -> None:
        for one in self._events:
            self._descriptors.append(_opened(one))

    def _read(self) -> list[tuple[int, ...]]:
        return [_READ.unpack(os.read(descriptor, _READ.size)) for descriptor in self._descriptors]


def countable(name: str) -> None:
    """Return when an event can be counted here; raises CapabilityMissing."""
    os.close(_opened(event(name)))


def _opened(one: Event) -> int:
    """Return a disabled counter of this thread's future children; raises CapabilityMissing."""
    flags = _DISABLED | _INHERIT | _ON_EXEC
    flags |= _EXCLUDE_USER * one.exclude_user | _EXCLUDE_KERNEL * one.exclude_kernel
    asked = _Attributes(one.kind, ctypes.sizeof(_Attributes), one.config, read_format=_TIMES, flags=flags)
    kernel = ctypes.CDLL(None, use_errno=True)
    number = _CALL.get(platform.machine(), _GENERIC_CALL)
    descriptor: int = kernel.syscall(number, ctypes.byref(asked), 0, -1, -1, _CLOSE_ON_EXEC)
    if descriptor >= 0:
        return descriptor
    raise _missing(one, ctypes.get_errno())


def _missing(one: Event, code: int) -> CapabilityMissing:
    if code in (errno.EACCES, errno.EPERM):
        return CapabilityMissing(f"counting {one.name} is not permitted", remedy=_PERMISSION, denied=True)
    if code in (errno.ENOENT, errno.ENODEV, errno.EOPNOTSUPP) and one.hardware:
        return CapabilityMissing(f"{one.name}: this machine has no such hardware counter",
                                 remedy="take it out of events.perf; virtual machines often have none")  # fmt: skip
    return CapabilityMissing(f"{one.name} cannot be counted: {os.strerror(code)}")
