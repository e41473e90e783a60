"""What can be measured and set here, what cannot, and what to do about it. Everything is tried, nothing is written."""

from __future__ import annotations

from collections.abc import Iterator

from cadet.device.doctor.actuators import actuators
from cadet.device.doctor.finding import Finding as Finding
from cadet.device.doctor.sensors import sensors
from cadet.device.doctor.system import system


def examine() -> list[Finding]:
    """Look at every source of measurements and every knob of this machine; reads only."""
    return list(_all())


def _all() -> Iterator[Finding]:
    yield from sensors()
    yield from actuators()
    yield from system()
