"""Where the journal and the lock of this host are kept: a folder that survives a reboot and is ours alone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from cadet.errors import CapabilityMissing

VARIABLE = "CADET_STATE_DIR"
_SYSTEM = Path("/var/lib/cadet")


def state_folder() -> Path:
    """Return the folder, made where it is missing: $CADET_STATE_DIR, /var/lib/cadet for root, else the user's own.

    Raises CapabilityMissing where it cannot be made, or where somebody else could write a journal into it: whoever
    restores from a journal writes what it says.
    """
    folder = _place()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise CapabilityMissing(f"cannot keep a journal in {folder}: {error.strerror}; set {VARIABLE}") from None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise CapabilityMissing(f"{folder} must be a folder of yours that nobody else can write to; "
                                f"chmod 700 {folder}, or set {VARIABLE}")  # fmt: skip
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
