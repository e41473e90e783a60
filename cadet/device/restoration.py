"""What became of a device that a session left changed."""

from __future__ import annotations

from dataclasses import dataclass

from cadet.device.state.journal import Difference, Entry
from cadet.device.state.restore import after_reboot, restore_left_behind, unverifiable


@dataclass(frozen=True)
class Restoration:
    """The settings that were put back, by the session of which target; None: no session had left anything.

    rebooted: what a reboot had put back already. unverifiable: what was reset because it shows no value. differences:
    what is still not as it was found.
    """

    target: str | None
    entries: tuple[Entry, ...] = ()
    rebooted: tuple[Entry, ...] = ()
    unverifiable: tuple[Entry, ...] = ()
    differences: tuple[Difference, ...] = ()


def restoration() -> Restoration:
    """Put this machine back as a session found it that could not do so itself; safe to call twice."""
    left, differences = restore_left_behind()
    if left is None:
        return Restoration(None)
    return Restoration(left.target, left.entries, after_reboot(left), unverifiable(left), differences)
