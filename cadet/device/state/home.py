"""Where the journal of this host is kept, a folder that survives a reboot and is ours alone; and where its lock is."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from cadet.errors import CapabilityMissing

VARIABLE = "CADET_STATE_DIR"
LOCK_VARIABLE = "CADET_LOCK_DIR"  # for devices that are not this host's, such as simulated boards
_SYSTEM = Path("/var/lib/cadet")
_RUNNING = (Path("/run/cadet"), Path("/var/lock/cadet"))  # gone after a reboot, as whoever held the lock


def state_folder() -> Path:
    """Return the folder, made where it is missing: $CADET_STATE_DIR, /var/lib/cadet for root, else the user's own.

    Raises CapabilityMissing where it cannot be made, or where somebody else could write a journal into it: whoever
    restores from a journal writes what it says.
    """
    return _ours(_place(), VARIABLE)


def lock_folder() -> Path:
    """Return the folder of the lock, made where it is missing: one for all sessions of root on this host.

    Other users cannot set what belongs to all; theirs is their own run-time folder, or else their state folder.
    $CADET_LOCK_DIR moves it. Raises CapabilityMissing where somebody else could write to it.
    """
    chosen = os.environ.get(LOCK_VARIABLE)
    if chosen:
        return _ours(Path(chosen).absolute(), LOCK_VARIABLE)
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    places = _RUNNING if os.geteuid() == 0 else (Path(runtime) / "cadet",) if runtime else ()
    for place in places:
        if place.parent.is_dir() and os.access(place.parent, os.W_OK):
            return _ours(place, LOCK_VARIABLE)
    return state_folder()


def _ours(folder: Path, variable: str) -> Path:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise CapabilityMissing(f"cannot keep a journal or a lock in {folder}: {error.strerror}; "
                                f"set {variable}") from None  # fmt: skip
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise CapabilityMissing(f"{folder} must be a folder of yours that nobody else can write to; "
                                f"chmod 700 {folder}, or set {variable}")  # fmt: skip
    return folder


def boot_id() -> str:
    """Return the name of this boot: another one after every reboot."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError as error:
        raise CapabilityMissing(f"cannot tell this boot from the next: {error}") from None


def _place() -> Path:
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return Path(chosen).absolute()
    if os.geteuid() == 0:
        return _SYSTEM
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "cadet"
