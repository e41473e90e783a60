"""Where studies live: names, paths and database URLs."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from cadet.errors import StudyError, nearest
from cadet.study.lock import FileLock

FOLDER = ".cadet"
SUFFIX = ".db"

Location = Path | URL
"""A SQLite file, or a PostgreSQL database (one study per database, or per schema through `search_path`)."""


def locate(study: str | Path, directory: Path) -> Location:
    """Return where a study is: a URL, a path (with a slash or ending in .db), or `DIRECTORY/.cadet/NAME.db`.

    Raises StudyError for a URL that is not PostgreSQL's or SQLite's, and for a target file in place of a study.
    """
    text = str(study)
    if "://" in text:
        return _url(text)
    if text.endswith(".toml"):
        raise StudyError(f"{text} is a target file, not a study; give the study's name, "
                         f"a path to {FOLDER}/NAME{SUFFIX}, or a database URL")  # fmt: skip
    if isinstance(study, Path) or "/" in text or text.endswith(SUFFIX):
        return Path(study).expanduser()
    if text in ("", ".", ".."):
        raise StudyError(f"{text!r} is no name of a study")
    return directory / FOLDER / f"{text}{SUFFIX}"


def studies(directory: Path) -> list[Path]:
    """Return the study files beside the target files of `directory`, by name."""
    return sorted((directory / FOLDER).glob(f"*{SUFFIX}"))


def describe(location: Location) -> str:
    """Return the location for a user's eyes, without a password."""
    return location.render_as_string(hide_password=True) if isinstance(location, URL) else str(location)


def missing(path: Path) -> StudyError:
    """Return the error for a study that is not there, with the nearest one that is."""
    others = [p.stem for p in sorted(path.parent.glob(f"*{SUFFIX}"))] if path.parent.is_dir() else []
    hint = nearest(path.stem, others) or "; there is no study in that folder: `cadet measure TARGET` starts one"
    return StudyError(f"no study {path.stem!r}: {path} does not exist{hint}")


def lock_path(path: Path) -> Path:
    """Return the lock file of a study."""
    return path.with_name(f"{path.name}.lock")


def fresh(location: Location) -> Path | None:
    """Move a study aside, never delete it: NAME.db becomes NAME.<date>-<time>.db; return its new place, or None.

    Raises StudyError when the study is being written, or lives on a server.
    """
    if isinstance(location, URL):
        raise StudyError(f"--fresh cannot move {describe(location)} aside; give another database or another schema")
    if not _parts(location):
        return None
    lock = FileLock(lock_path(location), location.stem)
    try:
        _fold(location)
        return set_aside(location)
    finally:
        lock.release()


def set_aside(path: Path) -> Path | None:
    """Rename a study file, and its log where it has one, to an unused name; return that, or None without a file."""
    aside = _unused(path)
    parts = _parts(path)
    # The log goes first: left behind alone it would be replayed into the next study of this name.
    for part in reversed(parts):
        part.rename(aside.with_name(aside.name + part.name.removeprefix(path.name)))
    return aside if parts else None


def _fold(path: Path) -> None:
    # Writes the log of a killed writer into the file and removes it, so that there is one file to rename.
    if path.exists():
        with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(path)) as connection:  # damaged: moved as it is
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _parts(path: Path) -> Sequence[Path]:
    candidates = [path, *(path.with_name(path.name + ending) for ending in ("-wal", "-shm"))]
    return [part for part in candidates if part.exists()]


def _unused(path: Path) -> Path:
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    names = (f"{path.stem}.{stamp}{n}{path.suffix}" for n in ("", *(f"-{i}" for i in range(2, 1000))))
    return next(aside for aside in map(path.with_name, names) if not _parts(aside))


def _url(text: str) -> Location:
    try:
        url = make_url(text)
    except ArgumentError:
        raise StudyError(f"{text!r} is no database URL; for example postgresql+psycopg://user@host/database") from None
    if url.get_backend_name() == "sqlite":
        if not url.database or url.database == ":memory:":
            raise StudyError(f"{text}: a study needs a file, such as sqlite:///study{SUFFIX}")
        return Path(url.database)
    if url.get_backend_name() != "postgresql":
        raise StudyError(f"{describe(url)}: studies live in SQLite files or in PostgreSQL, "
                         f"not in {url.get_backend_name()}")  # fmt: skip
    return url
