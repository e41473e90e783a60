"""What a target observes: where objectives come from, which events there are, and that no two share a name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cadet.device.sensors.load import OTHER_CPU
from cadet.device.sensors.pressure import pressure_names
from cadet.device.sensors.rusage import RUSAGE_NAMES
from cadet.device.target.document import ObjectiveSection, TargetDocument
from cadet.device.target.watching import watched_names
from cadet.errors import TargetError, nearest
from cadet.model.objective import Objective

_SOURCES = {
    "command": ("wall", "cpu", "output:", "regex:", "filesize:", "energy:"),
    "function": ("wall", "cpu", "output:", "filesize:", "energy:"),
    "replay": ("column:",),
    "simulated": ("output:",),
}
_CLOCKS = ("wall", "cpu")
_RAIL = re.compile(r"\w+(\.\w+)*", re.ASCII)


def build_objectives(document: TargetDocument) -> tuple[Objective, ...]:
    """Return the objectives; raises TargetError when there are none or a source does not fit the workload."""
    if not document.objectives:
        raise TargetError('objectives: is missing; for example [objectives.latency] from = "wall", unit = "s"')
    for name, section in document.objectives.items():
        _check_source(section.source, document.workload.kinds[0], f"objectives.{name}.from")
    return tuple(_objective(n, s) for n, s in document.objectives.items())


def _objective(name: str, section: ObjectiveSection) -> Objective:
    """Return the objective; only of wall time is a time limit a lower bound."""
    timed = section.source in _CLOCKS
    energy = section.source.startswith("energy:")
    if energy and section.unit not in ("", "J"):
        raise TargetError(f'objectives.{name}.unit: {section.source!r} is measured in joules, not {section.unit!r}; '
                          'write unit = "J", and give slo and goals in joules')  # fmt: skip
    if timed and section.unit not in ("", "s"):
        raise TargetError(f'objectives.{name}.unit: {section.source!r} is measured in seconds, not {section.unit!r}; '
                          'write unit = "s", and give slo and goals in seconds')  # fmt: skip
    bounded = section.source == "wall" and section.goal == "min"
    unit = "s" if timed else "J" if energy else section.unit
    return Objective(name, unit, section.goal, section.slo, bounded)


def build_events(document: TargetDocument) -> tuple[str, ...]:
    """Return the names of the events that will be observed; contention is one on every live target."""
    kind = document.workload.kinds[0]
    for key, kinds in (
        ("output", ("command", "function", "simulated")),
        ("columns", ("replay",)),
        ("rusage", ("command", "function")),
        ("pressure", ("command", "function")),
    ):
        if getattr(document.events, key) and kind not in kinds:
            raise TargetError(f"events.{key}: a {kind} has none; it belongs to {' or '.join(kinds)}")
    return (*_events(document), *((OTHER_CPU,) if kind in ("command", "function") else ()))


def check_columns(document: TargetDocument, objectives: Sequence[Objective], events: Sequence[str]) -> None:
    """Raise TargetError when two columns have one name or show one thing."""
    taken: dict[str, str] = {}
    named = [
        *((n, f"options.{n}") for n in document.options),
        *((n, f"context.{n}") for n in document.context),
        *((n, "events") for n in events),
        *((o.name, f"objectives.{o.name}") for o in objectives),
    ]
    for name, place in named:
        if name in taken:
            raise TargetError(f"{place}: two columns of one name: {name!r} is already {taken[name]}")
        taken[name] = place
    own = {
        s.source.partition(":")[2]: n for n, s in document.objectives.items() if s.source[:6] in ("output", "column")
    }
    for column in (*document.events.output, *document.events.columns):
        if column in own:
            raise TargetError(f"events: {column!r} is already the objective {own[column]!r}; take it out of the events")


def _events(document: TargetDocument) -> Iterator[str]:
    yield from document.events.output
    yield from document.events.columns
    if document.events.rusage:
        yield from RUSAGE_NAMES
    if document.events.pressure:
        yield from pressure_names()
    yield from watched_names(document)


def _check_source(source: str, kind: str, place: str) -> None:
    head, colon, rest = source.partition(":")
    allowed = _SOURCES[kind]
    if f"{head}{colon}" not in allowed:
        known = {s for sources in _SOURCES.values() for s in sources}
        if f"{head}{colon}" in known:
            raise TargetError(f"{place}: a {kind} has no {head!r}; it has {', '.join(allowed)}")
        raise TargetError(f"{place}: {source!r} is no source{nearest(head, allowed)}")
    if colon and not rest:
        raise TargetError(f"{place}: {source!r} names nothing after the colon")
    if head == "energy" and not _RAIL.fullmatch(rest):
        raise TargetError(f"{place}: {source!r} names no rail; `cadet doctor` lists them, such as energy:package_0")
    if head == "regex":
        _check_pattern(rest, place)


def _check_pattern(pattern: str, place: str) -> None:
    try:
        groups = re.compile(pattern).groups
    except re.error as error:
        raise TargetError(f"{place}: {pattern!r} is no regular expression: {error}") from None
    if not groups:
        raise TargetError(f"{place}: {pattern!r} has no group; put (...) around the number")
