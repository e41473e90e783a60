"""One writer per study: readers are free, a second writer is told who holds the study."""

from __future__ import annotations

import fcntl
import json
import os
import zlib
from datetime import datetime
from pathlib import Path
from typing import Protocol

import psutil
from sqlalchemy import Engine, text

from cadet.errors import StudyError


class WriterLock(Protocol):
    """Held from the first write until the study is closed; the kernel or the server releases it if we die."""

    def release(self) -> None:
        """Let the next writer in; safe to call twice."""
        ...


class FileLock:
    """An advisory lock on a file beside the study, which also names the process that holds it.

    Raises StudyError when another writer holds it, or when the folder is not writable.
    """

    def __init__(self, path: Path, study: str) -> None:
        # flock, not lockf: it also holds between two stores of one process, and ends with the process, however it ends.
        try:
            self._file: int | None = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise StudyError(f"cannot write to study {study}: {error.strerror}: {path}") from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = _holder(path)
            self._close()
            raise StudyError(f"study {study} is being written by {holder}; "
                             "wait for it to end, or stop it: nothing that it measured is lost") from None  # fmt: skip
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, json.dumps({"pid": os.getpid(), "since": datetime.now().timestamp()}).encode(), 0)

    def release(self) -> None:
        """Let the next writer in; the file stays, since removing it would race with one who is just opening it."""
        if self._file is not None:
            os.ftruncate(self._file, 0)
        self._close()

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
        self._file = None


class ServerLock:
    """A session-level advisory lock on a PostgreSQL database, one per schema. Raises StudyError when it is taken."""

    def __init__(self, engine: Engine, study: str) -> None:
        self._connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        self._connection.detach()  # from the pool: closing it ends the session, and the lock with it
        schema = self._connection.execute(text("SELECT current_schema()")).scalar_one()
        self._key = zlib.crc32(f"cadet {schema}".encode())
        if not self._connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": self._key}).scalar_one():
            holder = self._connection.execute(
                text("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = :key"),
                {"key": self._key},
            ).scalars().first()  # fmt: skip
            self._connection.close()
            raise StudyError(f"study {study} is being written by another session of the server (backend {holder}); "
                             "wait for it to end, or stop it: nothing that it measured is lost")  # fmt: skip

    def release(self) -> None:
        """Let the next writer in."""
        if not self._connection.closed:
            self._connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": self._key})
            self._connection.close()


def _holder(path: Path) -> str:
    try:
        note = json.loads(path.read_text())
        pid, since = int(note["pid"]), datetime.fromtimestamp(note["since"])
    except (OSError, ValueError, KeyError, TypeError):  # it has the lock and is about to write its name
        return "another process"
    try:
        command = " ".join(psutil.Process(pid).cmdline())[:80]
    except psutil.Error:  # another host or another container: the number is all we know
        command = "its command is not visible from here"
    return f"process {pid} ({command}) since {since:%Y-%m-%d %H:%M:%S}"
