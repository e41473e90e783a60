"""Knobs of the machine, one file per kind. Each reads, writes and knows what else its write changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Protocol, runtime_checkable

from cadet.plugins import load
from cadet.protocols import Actuator, Knob


@runtime_checkable
class Prepared(Protocol):
    """An actuator whose knobs exist only after others were set: a limit needs its control group."""

    def needs(self, address: str) -> tuple[tuple[Knob, str], ...]:
        """Return what has to be set first, in this order, and to what."""
        ...


@runtime_checkable
class Witnessed(Protocol):
    """An actuator some of whose knobs show their value only under load, in what the sensor of its kind reads."""

    def witnesses(self, address: str) -> Sequence[str]:
        """Return the names that have to be read around a run."""
        ...

    def contradiction(self, address: str, asked: str, readings: Mapping[str, float]) -> str:
        """Return what shows that the knob is not `asked`, as the end of a sentence; "" where nothing does."""
        ...


@runtime_checkable
class Bounded(Protocol):
    """An actuator that knows values which the device would take and nobody should ask for."""

    def refuse(self, address: str, value: str) -> None:
        """Raise Refused, with the reason, for a value that is known to be dangerous on this machine."""
        ...


@runtime_checkable
class Located(Protocol):
    """An actuator whose knobs are files, so that two kinds may mean the same one."""

    def places(self, address: str) -> Sequence[Path]:
        """Return the files that a write changes, as the address spells them."""
        ...


@cache
def actuator(kind: str) -> Actuator:
    """Return the actuator of a kind; raises UsageError naming the nearest known one."""
    made: Actuator = load("actuator", kind)()
    return made
