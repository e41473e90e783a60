"""Knobs that show their value only while the device works: what was read during a run is held against them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from cadet.device.actuators import Witnessed, actuator
from cadet.device.target.setting import Setting
from cadet.errors import NotApplied
from cadet.model.domain import Value
from cadet.plugins import load
from cadet.protocols import Sensor


def witnesses(settings: Iterable[Setting], opened: Collection[Sensor]) -> Iterator[Sensor]:
    """Yield sensors of what these knobs need to be seen at work, and what `opened` ones do not read already."""
    wanted: dict[str, set[str]] = {}
    for setting in settings:
        kind = actuator(setting.knob.kind)
        if isinstance(kind, Witnessed):
            wanted.setdefault(setting.knob.kind, set()).update(kind.witnesses(setting.knob.address))
    for name, values in wanted.items():
        missing = values - {value for sensor in opened for value in sensor.names}
        if missing:
            yield load("sensor", name)(missing)


def check_under_load(
    settings: Iterable[Setting], values: Mapping[str, Value], active: Collection[str], readings: Mapping[str, float]
) -> None:
    """Raise NotApplied when the readings of a run show that a knob is not what these values ask for."""
    for setting in settings:
        kind, address = actuator(setting.knob.kind), setting.knob.address
        if isinstance(kind, Witnessed) and setting.active(active):
            asked = setting.text(values)
            contradiction = kind.contradiction(address, asked, readings)
            if contradiction:
                raise NotApplied(f"asked {setting.options[0]} ({address}) = {asked}, {contradiction}")
