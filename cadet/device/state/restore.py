"""Putting a device back as its journal says, and looking whether it took it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from cadet.device.actuators import actuator, programs
from cadet.device.state import journal as pages
from cadet.device.state.home import lock_folder, state_folder
from cadet.device.state.journal import Difference, Entry, Journal
from cadet.device.state.lock import HostLock
from cadet.errors import CadetError, DeviceNotRestored, MeasurementError
from cadet.protocols import Knob

_ROUNDS = 3  # a knob may change its twin, or be refused until another one is back: minimum and maximum clock
PROGRAMS_S = 45.0  # for programs that set something when their session ended: the service of a board takes its time
_WAIT_S = 60.0  # for a process that is just putting the device back


def restore(journal: Journal) -> tuple[Difference, ...]:
    """Put everything back in reverse order and return what still differs; safe to call twice.

    After a reboot only what survives one is written.
    """
    entries = [e for e in reversed(journal.entries) if not e.left and (journal.this_boot or _lasting(e))]
    reasons: dict[Entry, str] = {}
    for turn in range(_ROUNDS):
        for entry in (e for e in entries if not _as_wanted(e, first=turn == 0)):
            reasons[entry] = _put_back(entry)
        if all(_as_wanted(e, first=False) for e in entries):
            return ()
    return tuple(difference for e in entries if (difference := _difference(e, reasons.get(e, ""))) is not None)


def restore_left_behind() -> tuple[Journal | None, tuple[Difference, ...]]:
    """Put back what a session left behind on this host; return its journal (None: there was nothing) and what differs.

    The journal is forgotten when nothing differs.
    """
    path = state_folder() / pages.NAME
    with HostLock(lock_folder(), wait_s=_WAIT_S):
        left = pages.read(path)
        if left is None:
            return None, ()
        programs.ended(lock_folder(), PROGRAMS_S)
        with programs.accounted_for(lock_folder()):
            differences = restore(left)
        if not differences:
            pages.remove(path)
        return left, differences


def finish(path: Path, journal: Journal) -> None:
    """Put everything back and forget the journal; raises DeviceNotRestored, naming what differs."""
    differences = restore(journal)
    if not differences:
        pages.remove(path)
        return
    with suppress(MeasurementError):  # somebody may have deleted it; the disk may be full, but what differs is told
        if not path.exists():
            pages.write(path, journal)
    raise DeviceNotRestored(not_restored(differences))


def not_restored(differences: Sequence[Difference]) -> str:
    """Return the message that nobody may overlook."""
    listed = "\n".join(f"  {difference}" for difference in differences)
    return (f"THE DEVICE IS NOT AS IT WAS FOUND. {len(differences)} of its knobs could not be put back:\n{listed}\n"
            "  `cadet restore` tries again; the journal is kept until it succeeds")  # fmt: skip


def unverifiable(journal: Journal) -> tuple[Entry, ...]:
    """Return what was reset because it shows no value; nobody can tell whether it is as it was."""
    return tuple(entry for entry in journal.entries if entry.wanted is None and not entry.left)


def _as_wanted(entry: Entry, *, first: bool) -> bool:
    if entry.was is None:
        return not first  # nothing to compare: reset, or what is kept written, once
    return _shown(entry)[0] == entry.wanted


def _put_back(entry: Entry) -> str:
    """Write or reset; return why that failed, empty where it did not."""
    knob = entry.knob
    try:
        found = actuator(knob.kind)
        found.check(knob.address)
        if entry.wanted is None:
            found.reset(knob.address)
        else:
            found.write(knob.address, entry.wanted)
    except Exception as error:  # noqa: BLE001  (of whatever kind: the other knobs are still to be put back)
        return _told(error)
    return ""


def _shown(entry: Entry) -> tuple[str | None, str]:
    """Return what the device shows and why it shows nothing."""
    try:
        return actuator(entry.knob.kind).read(entry.knob.address), ""
    except Exception as error:  # noqa: BLE001  (as above)
        return None, _told(error)


def _told(error: Exception) -> str:
    return str(error) if isinstance(error, CadetError) else f"{type(error).__name__}: {error}"


def _difference(entry: Entry, reason: str) -> Difference | None:
    if entry.was is None or entry.wanted is None:
        return Difference(entry.knob, entry.wanted or "reset", None, reason) if reason else None
    shown, why = _shown(entry)
    if shown is not None:
        same, why = _same(entry.knob, entry.wanted, shown)
        if same:
            return None
    return Difference(entry.knob, entry.wanted, shown, reason or why)


def _same(knob: Knob, wanted: str, shown: str) -> tuple[bool, str]:
    """Return whether both are one value, and why they could not be compared; then they count as different."""
    if wanted == shown:
        return True, ""
    try:
        return actuator(knob.kind).same(knob.address, wanted, shown), ""
    except Exception as error:  # noqa: BLE001  (as above)
        return False, f"cannot be compared: {_told(error)}"


def _lasting(entry: Entry) -> bool:
    return not actuator(entry.knob.kind).volatile


def after_reboot(journal: Journal) -> tuple[Entry, ...]:
    """Return the entries that a reboot has put back by itself."""
    return () if journal.this_boot else tuple(e for e in journal.entries if not _lasting(e))


def amended(path: Path, journal: Journal) -> Journal:
    """Return the journal as it stands on the disk, or the one in memory where that is gone or cannot be read.

    One that is gone may have been deleted by somebody, or by a session that had just finished: then nothing differs,
    and nobody else has begun, for the lock is still held.
    """
    try:
        return pages.read(path) or journal
    except DeviceNotRestored:
        return journal
