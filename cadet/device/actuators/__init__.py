"""Knobs of the machine, one file per kind. Each reads, writes and knows what else its write changes."""

from __future__ import annotations

from functools import cache
from typing import Protocol, runtime_checkable

from cadet.plugins import load
from cadet.protocols import Actuator, Knob


@runtime_checkable
class Prepared(Protocol):
    """An actuator whose knobs exist only after others were set: a limit needs its control group."""

    def needs(self, address: str) -> tuple[tuple[Knob, str], ...]:
        """Return what has to be set first, in this order, and to what."""
        ...


@cache
def actuator(kind: str) -> Actuator:
    """Return the actuator of a kind; raises UsageError naming the nearest known one."""
    made: Actuator = load("actuator", kind)()
    return made
