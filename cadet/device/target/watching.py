"""What a target watches beside its workload: perf events, sensors, guards, temperatures, energy."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cadet.device.sensors.process import PROCESS_NAMES
from cadet.device.target.document import TargetDocument
from cadet.device.target.target import Watched
from cadet.errors import CapabilityMissing, TargetError, nearest
from cadet.plugins import load, names

_PERF_EVENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]*", re.ASCII)
_BARE = 'a {kind} runs nothing on this machine; take it out'  # fmt: skip
_SHARED = ("cpu.quota", "cpu.shares", "cpu.weight")  # of cgroup: what real-time scheduling passes over


def build_watched(document: TargetDocument) -> Watched:
    """Return what is watched; raises TargetError for what does not fit the workload or does not exist."""
    kind = document.workload.kinds[0]
    events = document.events
    if kind not in ("command", "function"):
        _refuse_bare(document, kind)
    if events.process and (kind != "command" or document.service is not None):
        raise TargetError(f"events.process: counts a command, not a {'service' if document.service else kind}")
    for index, event in enumerate(events.perf):
        _check_event(event, f"events.perf[{index}]")
    _check_isolation(document)
    return Watched(tuple(events.perf), tuple(dict.fromkeys(events.sensors)), events.process)


def watched_names(document: TargetDocument) -> Iterator[str]:
    """Yield the events that this brings on this machine; raises TargetError for sensors that do not exist anywhere.

    One that is not here is told when a run is to start: elsewhere its study can still be read.
    """
    for index, entry in enumerate(document.events.sensors):
        name = entry.partition(".")[0]
        if name not in names("sensor"):
            raise TargetError(f"events.sensors[{index}]: no sensor {name!r}{nearest(name, names('sensor'))}")
    yield from document.events.perf
    if document.events.process:
        yield from PROCESS_NAMES
    objectives = {f"{section.source[7:]}.energy_j" for section in document.objectives.values()}
    for sensor, wanted in Watched(sensors=tuple(document.events.sensors)).by_sensor.items():
        yield from (name for name in sorted(wanted) or _all_of(sensor) if name not in objectives)


def _all_of(sensor: str) -> tuple[str, ...]:
    try:
        return tuple(load("sensor", sensor)().names)
    except CapabilityMissing:
        return ()


def _refuse_bare(document: TargetDocument, kind: str) -> None:
    for place, given in (
        ("events.perf", document.events.perf),
        ("events.sensors", document.events.sensors),
        ("events.process", document.events.process),
        ("guards.abort_if", document.guards.abort_if),
        ("run.settle", document.run.settle),
        ("run.isolation", document.run.isolation != "none"),
    ):
        if given:
            raise TargetError(f"{place}: {_BARE.format(kind=kind)}")


def _check_event(event: str, place: str) -> None:
    if not _PERF_EVENT.fullmatch(event):
        raise TargetError(f"{place}: {event!r} is no event; write one as `perf list` shows it, e.g. sched:sched_switch")


def _check_isolation(document: TargetDocument) -> None:
    """Refuse real-time scheduling where it would pass over what an option sets."""
    if document.run.isolation == "none":
        return
    for name, option in document.options.items():
        actuator = option.actuator.model_dump(exclude_none=True) if option.actuator is not None else {}
        if actuator.get("process") in ("nice", "scheduler") or str(actuator.get("cgroup", "")) in _SHARED:
            raise TargetError(f"run.isolation: 'fifo' passes over nice values, shares and quotas, but options.{name} "
                              "sets one; take one of them out")  # fmt: skip
