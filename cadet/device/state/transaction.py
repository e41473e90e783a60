"""The settings of a target on this machine: found, written down, set for each run, put back in the end."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from types import TracebackType

from cadet.device.actuators import actuator, programs
from cadet.device.interruption import uninterrupted
from cadet.device.state import journal as pages
from cadet.device.state.home import boot_id, lock_folder, state_folder
from cadet.device.state.journal import Entry, Journal
from cadet.device.state.lock import HostLock
from cadet.device.state.order import journaled, needed, owners_first
from cadet.device.state.restore import finish
from cadet.device.state.sentinel import Sentinel
from cadet.device.target.setting import Setting
from cadet.errors import DeviceNotRestored, NotApplied
from cadet.model.domain import Value
from cadet.protocols import Knob

_LOCK_WAIT_S = 10.0  # a session that was just killed is still being put back
_ROUNDS = 2  # a maximum below the present minimum is refused until the minimum is down


class DeviceState:
    """A transaction around all runs; a context manager that leaves the device as it was found.

    Without settings it does nothing. Raises, before anything is written, Refused, CapabilityMissing (a knob is not
    there), MeasurementError (the host is in use, no journal can be written) and DeviceNotRestored (an earlier session
    left the device changed); at its end DeviceNotRestored when something differs.
    """

    def __init__(self, settings: Sequence[Setting], target: str = "") -> None:
        self._settings = tuple(settings)
        self._target = target
        self._stack = ExitStack()
        self._found: Mapping[Knob, str | None] = {}
        self._set: dict[Knob, str] = {}
        self._shown: dict[Setting, str] = {}
        self._over = False
        self._written_down = False

    def __enter__(self) -> DeviceState:
        """Read every knob and its twins, write the journal, start the process that watches, make what knobs need."""
        if not self._settings:
            return self
        with ExitStack() as stack:
            for setting in self._settings:
                actuator(setting.knob.kind).check(setting.knob.address)
            locks = lock_folder()
            lock = stack.enter_context(HostLock(locks, wait_s=_LOCK_WAIT_S))
            stack.enter_context(programs.accounted_for(locks))
            self._path = state_folder() / pages.NAME
            _refuse_left_behind(self._path)
            self._sentinel = stack.enter_context(
                Sentinel(self._path, lock.descriptor, locks)
            )  # before there is a journal
            self._order = owners_first(s.knob for s in self._settings)
            self._journal = self._read_device()
            self._found = {entry.knob: entry.was for entry in self._journal.entries}
            stack.callback(self._restore)  # before there is a journal: an interruption between the two leaves none
            pages.write(self._path, self._journal)
            self._written_down = True
            self._sentinel.attend()
            for knob, value in needed(self._order).items():
                if actuator(knob.kind).read(knob.address) != value:
                    actuator(knob.kind).write(knob.address, value)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Put everything back that is not kept; raises DeviceNotRestored."""
        self._stack.__exit__(kind, error, trace)

    def apply(self, values: Mapping[str, Value], active: Collection[str]) -> Mapping[str, str]:
        """Set every knob for these values, read it back, and return what the device reports where that differs.

        By the name of the option. Raises NotApplied for a knob that does not take its value. A knob of an option that
        does not exist under these values is as it was found.
        """
        if not self._settings:
            return {}
        self._sentinel.beat()
        asked = {s.knob: s.text(values) for s in self._settings if s.active(active)}
        self._write(asked)
        self._shown = {s: self._taken(s, asked[s.knob]) for s in self._settings if s.knob in asked}
        return {s.options[0]: shown for s, shown in self._shown.items()
                if shown != asked[s.knob] and s.template is None}  # fmt: skip

    def check(self) -> None:
        """Raise NotApplied when a knob is not any more what it was after `apply`: something else set it."""
        for setting, before in self._shown.items():
            knob = setting.knob
            now = actuator(knob.kind).read(knob.address)
            if now is not None and now != before:
                raise NotApplied(f"{_named(setting)} was {before} when the run began and is {now} at its end; "
                                 "something else on this machine sets it")  # fmt: skip

    def keep(self, values: Mapping[str, Value], options: Collection[str], active: Collection[str]) -> tuple[Knob, ...]:
        """Leave the knobs of these options as `values` say, and return them; everything else is put back.

        What they change beside themselves stays as it was measured: as `values` say where an option sets it, else as
        they made it. A control group is made for our runs and goes with them: its limits cannot stay.
        """
        settings = [s for s in self._settings if s.knob.kind != "cgroup" and s.active(active)]
        kept = {s.knob: s.text(values) for s in settings if set(s.options) & set(options)}
        beside = [twin for knob in kept for twin in actuator(knob.kind).twins(knob.address)]
        kept |= {s.knob: s.text(values) for s in settings if s.knob in beside}
        if kept:
            journal = self._journal.keeping(kept, beside)
            pages.write(self._path, journal)
            self._journal = journal
            self._sentinel.attend()  # a journal that it remembered would undo the fix
        return tuple(kept)

    def _read_device(self) -> Journal:
        knobs = journaled(self._order)
        entries = tuple(Entry(knob, actuator(knob.kind).read(knob.address)) for knob in knobs)
        return Journal(entries, boot_id(), os.getpid(), self._target, time.time())

    def _write(self, asked: Mapping[Knob, str]) -> None:
        """Write what differs; a knob that is refused gets a second chance after the others."""
        idle = {k: was for k in self._order if k not in asked and (was := self._found[k]) is not None}
        for knob, was in idle.items():  # first, for what is asked may change it: one refused here is the other's twin
            if not self._holds(knob, was):
                self._attempt(knob, was)
        refused: list[NotApplied] = []
        for _ in range(_ROUNDS):
            missing = (k for k in self._order if k in asked and not self._holds(k, asked[k]))  # looked at in its turn:
            # a power mode written before it may just have moved it
            refused = [error for knob in missing for error in self._attempt(knob, asked[knob])]
        if refused:
            raise refused[0]

    def _attempt(self, knob: Knob, value: str) -> list[NotApplied]:
        try:
            with uninterrupted():  # half of a write may be made by a service that nobody can interrupt
                actuator(knob.kind).write(knob.address, value)
        except NotApplied as error:
            return [error]
        self._set[knob] = value
        return []

    def _holds(self, knob: Knob, value: str) -> bool:
        shown = actuator(knob.kind).read(knob.address)
        if shown is None:
            return self._set.get(knob) == value
        return shown == value or (self._set.get(knob) == value and actuator(knob.kind).same(knob.address, value, shown))

    def _taken(self, setting: Setting, asked: str) -> str:
        knob = setting.knob
        shown = actuator(knob.kind).read(knob.address)
        if shown is not None and not actuator(knob.kind).same(knob.address, asked, shown):
            raise NotApplied(f"asked {_named(setting)} = {asked}, the device reports {shown}")
        return asked if shown is None else shown

    def _restore(self) -> None:
        """Put everything back, once: what differs then is told, and the journal stays for `cadet restore`."""
        if not self._over:
            with uninterrupted():
                self._over = True
                if self._written_down or self._path.exists():  # else nothing was set yet; a journal may be deleted
                    finish(self._path, self._journal)


def await_restored() -> None:
    """Return when nobody is changing this machine or putting it back.

    Raises MeasurementError naming who changes it, DeviceNotRestored where an earlier session left it changed.
    """
    with HostLock(lock_folder(), wait_s=_LOCK_WAIT_S):
        _refuse_left_behind(state_folder() / pages.NAME)


def _named(setting: Setting) -> str:
    return f"{setting.options[0]} ({setting.knob.kind} {setting.knob.address})"


def _refuse_left_behind(path: Path) -> None:
    left = pages.read(path)
    if left is not None:
        began = datetime.fromtimestamp(left.began_at)
        raise DeviceNotRestored(f"the session of {left.target!r} that began {began:%Y-%m-%d %H:%M:%S} (process "
                                f"{left.process}) left this machine changed; `cadet restore` puts it back")  # fmt: skip
