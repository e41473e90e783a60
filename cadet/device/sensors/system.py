"""The machine as a whole: memory left, clock of the CPUs, traffic of the network."""

from __future__ import annotations

from collections.abc import Callable, Collection

from cadet.device.sensors.sampled import Channel, SampledSensor
from cadet.device.sensors.samples import Figure, Needs, Numbers, difference, highest, lowest, mean

PERIOD_S = 0.05
_MEGA = 1e6


class SystemSensor(SampledSensor):
    """What psutil reads of the machine over a run, as `system.memory_available_bytes`; the same names are gauges."""

    def __init__(self, wanted: Collection[str] | None = None, *, period_s: float = PERIOD_S) -> None:
        super().__init__(_channels(), wanted, period_s=period_s)


def _channels() -> list[Channel]:
    import psutil

    found = [
        _gauged("memory_available_bytes", lambda: float(psutil.virtual_memory().available), lowest, "lowest sample"),
        _gauged("memory_used_share", lambda: psutil.virtual_memory().percent / 100, highest, "highest sample"),
        _counted("network_sent_bytes", lambda: float(psutil.net_io_counters(nowrap=False).bytes_sent)),
        _counted("network_received_bytes", lambda: float(psutil.net_io_counters(nowrap=False).bytes_recv)),
    ]
    if psutil.cpu_freq() is not None:
        figure = Figure("system.cpu_clock_hz", mean, Needs.SAMPLES, "mean over time of the mean over CPUs")
        found.append(Channel(lambda: psutil.cpu_freq().current * _MEGA, (figure,), "psutil", figure.name))
    return found


def _gauged(name: str, read: Callable[[], float], over: Callable[[Numbers, Numbers], float], how: str) -> Channel:
    name = f"system.{name}"
    return Channel(read, (Figure(name, over, Needs.NOTHING, how),), "psutil", name)


def _counted(name: str, read: Callable[[], float]) -> Channel:
    return Channel(read, (Figure(f"system.{name}", difference, Needs.NOTHING, "difference"),), "psutil")
