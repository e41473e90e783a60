"""A sensor of this machine by name, with the values that are wanted of it."""

from __future__ import annotations

from collections.abc import Collection

from cadet.errors import CapabilityMissing, nearest
from cadet.plugins import load
from cadet.protocols import Sensor


def opened(name: str, wanted: Collection[str]) -> Sensor:
    """Return the sensor; raises CapabilityMissing where it, or a value that is wanted of it, is not here."""
    sensor: Sensor = load("sensor", name)()
    for value in sorted(set(wanted) - set(sensor.names)):
        near = nearest(value, sensor.names)
        raise CapabilityMissing(f"events.sensors: {name} has no {value!r} on this machine{near}",
                                remedy=f"take it out, or see `cadet doctor` for what {name} has")  # fmt: skip
    return sensor
