"""Every sensor, opened and read once; perf events by their kinds; energy as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cadet.device.doctor.finding import Finding, lacking
from cadet.device.sensors.energy import rails
from cadet.device.sensors.perf import countable
from cadet.errors import CadetError, CapabilityMissing
from cadet.plugins import load, names
from cadet.protocols import Sensor

_PERF = {
    "software events": "context-switches",
    "tracepoints": "sched:sched_switch",
    "hardware counters": "instructions",
}
_SHOWN = 8  # names of a sensor with many


def sensors() -> Iterator[Finding]:
    """Yield one finding for every sensor."""
    yield Finding("sensor", "wall, cpu", "works", "seconds of wall time and CPU time of every run")
    yield Finding("sensor", "rusage", "works", "page faults, context switches, blocks, peak memory")
    yield Finding("sensor", "process", "works", "what a command reads, writes and waits for")
    for what, example in _PERF.items():
        yield _perf(what, example)
    for kind in names("sensor"):
        yield _sensor(kind)
    yield _energy()


def _sensor(kind: str) -> Finding:
    try:
        sensor: Sensor = load("sensor", kind)()
        sensor.start()
        read = sensor.stop()
    except CapabilityMissing as error:
        return lacking("sensor", kind, error)
    except (OSError, ValueError, CadetError) as error:
        return Finding(
            "sensor", kind, "missing", f"it is there, but fails: {error}", "look at the kernel's log (dmesg)"
        )
    refused: dict[str, str] = getattr(sensor, "refused", {})
    silent = [name for name in sensor.names if name not in read and name not in refused]
    detail = f"{len(sensor.names)} values: {_some(sensor.names)}"
    return Finding("sensor", kind, "works", f"{detail}; without a value: {_some(silent)}" if silent else detail)


def _perf(what: str, example: str) -> Finding:
    name = f"perf {what}"
    try:
        countable(example)
    except CapabilityMissing as error:
        return lacking("sensor", name, error)
    return Finding("sensor", name, "works", f"such as {example}")


def _energy() -> Finding:
    found, looked = rails()
    if found:
        return Finding(
            "sensor", "energy", "works", ", ".join(f"energy:{rail} ({kind})" for rail, kind in found.items())
        )
    places = ", ".join(line.partition(":")[0] for line in looked)
    return Finding("sensor", "energy", "missing", f"no rail is measured: looked at {places}",
                   "energy needs one of them (see their remedies), or a board with INA3221 monitors")  # fmt: skip


def _some(values: Sequence[str]) -> str:
    shown = ", ".join(values[:_SHOWN])
    return f"{shown}, ..." if len(values) > _SHOWN else shown
