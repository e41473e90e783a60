"""What the device was before the first write: on the disk, complete, before anything is changed."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cadet.device.state.home import boot_id
from cadet.errors import DeviceNotRestored, MeasurementError
from cadet.protocols import Knob

SCHEMA = "cadet.journal/1"
NAME = "journal.json"


@dataclass(frozen=True)
class Entry:
    """A knob and what is to become of it in the end.

    was: what the device showed; None where it shows nothing, so that the knob is reset. kept: the value of a confirmed
    fix that stays. left: a side effect of what is kept, which nobody puts back.
    """

    knob: Knob
    was: str | None
    kept: str | None = None
    left: bool = False

    @property
    def wanted(self) -> str | None:
        """The value that the knob shall have in the end; None: reset."""
        return self.was if self.kept is None else self.kept


@dataclass(frozen=True)
class Difference:
    """A knob that is not as it shall be: what was wanted, what the device reports, and why."""

    knob: Knob
    wanted: str | None
    shown: str | None
    reason: str = ""

    def __str__(self) -> str:
        why = f" ({self.reason})" if self.reason else ""
        return f"{self.knob.kind} {self.knob.address}: was {self.wanted}, the device reports {self.shown}{why}"


@dataclass(frozen=True)
class Journal:
    """Every knob that a session may change, with its twins, in the order of the first writes."""

    entries: tuple[Entry, ...]
    boot: str
    process: int
    target: str
    began_at: float

    @property
    def this_boot(self) -> bool:
        """Whether the machine has not been started anew since."""
        return self.boot == boot_id()

    def keeping(self, values: dict[Knob, str], beside: Sequence[Knob]) -> Journal:
        """Return the journal of a session that leaves `values` in place, and what they change beside them alone."""
        return replace(self, entries=tuple(
            replace(entry, kept=values.get(entry.knob), left=entry.knob in beside and entry.knob not in values)
            for entry in self.entries))  # fmt: skip


def write(path: Path, journal: Journal) -> None:
    """Write the journal whole or not at all, and return when the disk has it; raises MeasurementError."""
    draft = path.with_suffix(".new")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(_spelled(journal))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise MeasurementError(f"cannot write the journal {path}: {error.strerror}; nothing of the device is changed "
                               "without it") from None  # fmt: skip


def read(path: Path) -> Journal | None:
    """Return the journal that a session left behind, None where there is none.

    Raises DeviceNotRestored where it cannot be read, or where somebody else may have written it.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DeviceNotRestored(f"cannot read the journal {path}: {error.strerror}") from None
    with os.fdopen(descriptor, encoding="utf-8") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
            whose = f"owner {found.st_uid}, mode {found.st_mode & 0o777:o}"
            raise DeviceNotRestored(f"the journal {path} may have been written by somebody else ({whose}); "
                                    "look into it, and put back by hand")  # fmt: skip
        try:
            return _read(json.load(file))
        except (ValueError, KeyError, TypeError) as error:
            raise DeviceNotRestored(f"the journal {path} is damaged ({error}); put back by hand what it names, "
                                    "then remove it") from None  # fmt: skip


def remove(path: Path) -> None:
    """Forget the journal: everything is as it was."""
    path.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _spelled(journal: Journal) -> str:
    entries = [{"kind": e.knob.kind, "address": e.knob.address, "was": e.was, "kept": e.kept, "left": e.left}
               for e in journal.entries]  # fmt: skip
    head = {"schema": SCHEMA, "boot": journal.boot, "process": journal.process, "target": journal.target}
    return json.dumps({**head, "began_at": journal.began_at, "entries": entries}, indent=1)


def _read(document: dict[str, Any]) -> Journal:
    if document["schema"] != SCHEMA:
        raise ValueError(f"schema {document['schema']!r}, not {SCHEMA!r}")
    entries = (Entry(Knob(str(e["kind"]), str(e["address"])), e["was"], e["kept"], bool(e["left"]))
               for e in document["entries"])  # fmt: skip
    return Journal(tuple(entries), document["boot"], document["process"], document["target"], document["began_at"])


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
