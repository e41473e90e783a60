"""What a target needs of the device: its sensors, events, rails, gauges and knobs, each looked at, none written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from cadet.device.actuators import actuator
from cadet.device.doctor.finding import Finding, lacking
from cadet.device.gauges import Gauges
from cadet.device.isolation import FIFO, require_fifo
from cadet.device.sensors.energy import energy_sensor
from cadet.device.sensors.opened import opened
from cadet.device.sensors.perf import countable
from cadet.device.target import Target
from cadet.errors import CapabilityMissing
from cadet.protocols import Knob

_RUNS_A_PROGRAM = "command"  # its programs belong to the target: nothing of it is run


def required(target: Target) -> list[Finding]:
    """Return one finding for everything that the target asks of this machine."""
    return [_tried(name, look) for name, look in _looks(target)] if target.live else []


def _looks(target: Target) -> Iterator[tuple[str, Callable[[], object]]]:
    policy, watched = target.policy, target.watched
    for event in watched.perf:
        yield f"events.perf: {event}", partial(countable, event)
    for kind, wanted in watched.by_sensor.items():
        yield f"events.sensors: {', '.join(sorted(wanted)) or kind}", partial(opened, kind, wanted)
    for name, value in target.rails.items():
        yield f"objectives.{name}: {target.sources[name]}", partial(energy_sensor, value)
    for guard in policy.guards:
        yield f"guards.abort_if: {guard.text}", partial(Gauges, guard.names)
    if policy.settle is not None:
        yield f"run.settle: {policy.settle.gauge}", partial(Gauges, [policy.settle.gauge])
    if policy.isolation == FIFO:
        yield "run.isolation: fifo", require_fifo
    for setting in target.settings:
        if setting.knob.kind != _RUNS_A_PROGRAM:
            yield f"{setting.knob.kind}: {setting.knob.address}", partial(_read, setting.knob)


def _read(knob: Knob) -> str | None:
    return actuator(knob.kind).read(knob.address)


def _tried(name: str, look: Callable[[], object]) -> Finding:
    try:
        seen = look()
    except CapabilityMissing as error:
        return lacking("target", name, error)
    return Finding("target", name, "works", f"now {seen}" if isinstance(seen, str) else "")
