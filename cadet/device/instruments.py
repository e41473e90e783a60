"""All that measures around a run: a target's sensors, guards and thermal gate; and where each value comes from."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from types import TracebackType

from cadet.device.gauges import Gauges
from cadet.device.guards import Guards
from cadet.device.isolation import FIFO, require_fifo
from cadet.device.process import Within
from cadet.device.sensors.energy import energy_sensor
from cadet.device.sensors.load import OTHER_CPU
from cadet.device.sensors.opened import opened
from cadet.device.sensors.perf import PerfSensor
from cadet.device.sensors.process import PROCESS_SOURCES
from cadet.device.sensors.rusage import RUSAGE_NAMES
from cadet.device.settle import Settled, ThermalGate
from cadet.device.target import Target
from cadet.device.under_load import witnesses
from cadet.errors import CapabilityMissing, MeasurementError
from cadet.model.measurement import Status
from cadet.plugins import load
from cadet.protocols import Outcome, Sensor

_log = logging.getLogger(__name__)
_SLOWED_DOWN = ".slowed_down"
_THROTTLE = "throttle"  # read wherever it is, for the tag


@dataclass
class Readings:
    """What the sensors read around one run, by name, and why other values are missing."""

    values: dict[str, float] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def throttled(self) -> bool:
        """Whether clocks were held down during the run."""
        return any(value > 0 for name, value in self.values.items() if name.endswith(_SLOWED_DOWN))


class Instruments:
    """The instruments of a target; a context manager.

    Raises CapabilityMissing on entry where one of them is not on this machine, with the remedy: before anything is
    measured, not in the middle of a study.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._sensors: tuple[Sensor, ...] = ()
        self._guards = Guards((), dict)
        self._gate: ThermalGate | None = None
        self._perf: PerfSensor | None = None
        self._told: set[str] = set()
        self.sources: Mapping[str, str] = {}

    def __enter__(self) -> Instruments:
        """Open them, all or none."""
        if self._target.live:
            with ExitStack() as failed:
                failed.push(self)
                self._open()
                failed.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close those that hold something open."""
        for sensor in self._sensors:
            close = getattr(sensor, "close", None)
            if close is not None:
                close()
        self._sensors = ()

    def _open(self) -> None:
        target, policy = self._target, self._target.policy
        if policy.isolation == FIFO:
            require_fifo()
        for sensor in _sensors(target):
            self._sensors += (sensor,)
        if target.watched.perf:
            self._perf = PerfSensor(target.watched.perf)
            self._sensors += (self._perf,)
        gauges = Gauges({name for condition in policy.guards for name in condition.names})
        self._guards = Guards(policy.guards, gauges.read)
        if policy.settle is not None:
            self._gate = ThermalGate(policy.settle, Gauges([policy.settle.gauge]).read)
        self.sources = dict(_sources(target, self._sensors))

    @property
    def within(self) -> Within | None:
        """Where the workload has to be started, for perf to count it; None: anywhere."""
        return self._perf.within if self._perf is not None else None

    def settle(self, *, at_once: bool = False) -> Settled | None:
        """Wait until the device is cool enough; None where the target does not ask for it."""
        if self._gate is None:
            return None
        settled = self._gate.wait(at_once=at_once)
        if not settled.reached and not at_once:
            self._tell("run.settle", f"the device is at {settled.temperature_c:.1f} °C after {settled.waited_s:.0f} s")
        return settled

    @contextmanager
    def around(self, stop: Callable[[], None]) -> Iterator[Readings]:
        """Read around this block; the readings are complete after it. A guard that holds calls `stop` and raises."""
        readings = Readings()
        with ExitStack() as started, self._guards.watching(stop):
            for sensor in self._sensors:
                sensor.start()
                started.callback(_end, sensor, readings)
            yield readings

    def judged(self, outcome: Outcome, readings: Readings) -> Outcome:
        """Return `outcome`, as a failure where an objective could not be measured."""
        for value in self._target.rails.values():
            if outcome.status is Status.OK and value not in readings.values:
                reason = readings.refused.get(value, "the sensor gave no value")
                return replace(outcome, status=Status.FAILED, values={}, message=f"{value}: {reason}")
        for name, reason in readings.refused.items():
            if name in self._target.events:
                self._tell(name, reason)
        return outcome

    def observed(self, readings: Readings) -> dict[str, float]:
        """Return the events and objectives among the readings, by their own names."""
        found = {name: value for name, value in readings.values.items() if name in self._target.events}
        rails = self._target.rails
        return found | {name: readings.values[rail] for name, rail in rails.items() if rail in readings.values}

    def _tell(self, name: str, reason: str) -> None:
        if name not in self._told:  # once a session: the next run will say the same
            self._told.add(name)
            _log.warning("%s: %s", name, reason)


def _end(sensor: Sensor, readings: Readings) -> None:
    try:
        readings.values.update(sensor.stop())
    except (OSError, ValueError) as error:
        raise MeasurementError(f"the sensor of {', '.join(sensor.names[:3])} failed: {error}") from error
    readings.refused.update(getattr(sensor, "refused", {}))


def _sensors(target: Target) -> Iterator[Sensor]:
    """Yield the sensors in the order of starting: what samples first, what only counts last."""
    found = [opened(name, wanted) for name, wanted in target.watched.by_sensor.items()]
    for value in target.rails.values():
        if not any(value in sensor.names for sensor in found):
            found.append(energy_sensor(value))
    pressure = [event for event in target.events if event.startswith("psi.")]
    if pressure and "pressure" not in target.watched.by_sensor:
        found.append(load("sensor", "pressure")(pressure))
    found += witnesses(target.settings, found)
    yield from _available(_THROTTLE, target.watched.by_sensor)
    yield from found


def _available(name: str, already: Collection[str]) -> Iterator[Sensor]:
    if name in already:
        return
    try:
        yield load("sensor", name)()
    except CapabilityMissing as error:
        _log.debug("throttled runs cannot be told: %s", error)


def _sources(target: Target, sensors: Collection[Sensor]) -> Iterator[tuple[str, str]]:
    """Yield where the value of every objective and event comes from."""
    by_sensor = {name: source for sensor in sensors for name, source in sensor.sources.items()}
    clocks = {"wall": "monotonic clock around the process", "cpu": "rusage of the process and its children"}
    for name, source in target.sources.items():
        rail = target.rails.get(name)
        yield name, by_sensor.get(rail, "") if rail else clocks.get(source, f"the workload, {source}")
    own = {
        **dict.fromkeys(RUSAGE_NAMES, "rusage of the process and its children"),
        **PROCESS_SOURCES,
        OTHER_CPU: "/proc/stat without our own processes",
    }
    for event in target.events:
        yield event, by_sensor.get(event) or own.get(event, f"the workload, output:{event}")
