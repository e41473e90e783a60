"""Where a target lives: this machine, or a board behind ssh. Whoever asks a device something asks its place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from cadet.device.doctor import examine
from cadet.device.doctor.finding import Finding
from cadet.device.needs import needs
from cadet.device.restoration import Restoration, restoration
from cadet.device.runner import Runner
from cadet.device.state.current import Current, current
from cadet.device.state.plan import PlannedWrite, plan
from cadet.device.target.target import Remote, Target
from cadet.model.measurement import Run
from cadet.protocols import Runs


class Place(Protocol):
    """What can be asked of the machine on which a target lives."""

    def examine(self) -> list[Finding]:
        """Look at every sensor and knob."""
        ...

    def needs(self, target: Target) -> list[Finding]:
        """Look whether what the target needs is there; nothing of it is run."""
        ...

    def plan(self, target: Target) -> list[PlannedWrite]:
        """Return every write that a session may make."""
        ...

    def current(self, target: Target) -> Current:
        """Return the configuration as it is today."""
        ...

    def runner(self, target: Target, *, setup_done: bool = False, seed: int = 0, earlier: Iterable[Run] = (),
               allow_system_writes: bool = False) -> Runs:  # fmt: skip
        """Return what runs the target."""
        ...

    def restore(self) -> Restoration:
        """Put the machine back as a session found it that could not do so itself."""
        ...


class Here:
    """This machine."""

    def examine(self) -> list[Finding]:
        """Look at every sensor and knob."""
        return examine()

    def needs(self, target: Target) -> list[Finding]:
        """Look whether what the target needs is here."""
        return needs(target)

    def plan(self, target: Target) -> list[PlannedWrite]:
        """Return every write that a session may make."""
        return plan(target)

    def current(self, target: Target) -> Current:
        """Return the configuration as it is today."""
        return current(target)

    def runner(self, target: Target, *, setup_done: bool = False, seed: int = 0, earlier: Iterable[Run] = (),
               allow_system_writes: bool = False) -> Runs:  # fmt: skip
        """Return what runs the target."""
        return Runner(target, setup_done=setup_done, seed=seed, earlier=earlier,
                      allow_system_writes=allow_system_writes)  # fmt: skip

    def restore(self) -> Restoration:
        """Put this machine back."""
        return restoration()


def place_of(target: Target | None) -> Place:
    """Return the place of a target; without one, this machine."""
    return place(target.remote if target is not None else None)


def place(remote: Remote | None) -> Place:
    """Return the machine behind ssh, this one without."""
    if remote is None:
        return Here()
    from cadet.device.remote.board import Board

    return Board(remote)
