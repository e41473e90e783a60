"""Engines for studies: SQLite as a write-ahead log that survives a power loss, PostgreSQL by URL."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from cadet.errors import StudyError
from cadet.study.location import Location, describe

BUSY_S = 30.0  # how long a writer waits for another process to finish its transaction


def connect(location: Location) -> Engine:
    """Return an engine; a SQLite file must be there already. Raises StudyError without the driver of a server."""
    if isinstance(location, URL):
        return _server(location)
    engine = create_engine("sqlite://", creator=lambda: _sqlite(location), poolclass=QueuePool)
    event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction: all of it is on the disk when the block is left, or nothing of it."""
    with engine.connect().execution_options(writing=True) as connection, connection.begin():
        yield connection


@contextmanager
def told(location: Location) -> Iterator[None]:
    """Turn an error of the database into a StudyError that names the study and the way out."""
    try:
        yield
    except SQLAlchemyError as error:
        reason = str(error.orig if isinstance(error, DBAPIError) else error)
        raise StudyError(f"study {describe(location)}: {_explain(reason)}") from error


@contextmanager
def reading(engine: Engine, location: Location) -> Iterator[Connection]:
    """One consistent view; raises StudyError also when the rows in it are not what was written."""
    try:
        with told(location), engine.connect() as connection:
            yield connection
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StudyError(f"study {describe(location)}: {_DAMAGED} ({type(error).__name__}: {error})") from error


def create_file(path: Path) -> Engine:
    """Return an engine on a new SQLite file."""
    sqlite3.connect(path).close()
    engine = connect(path)
    with engine.connect() as connection:  # kept in the file; where WAL cannot be had, the rollback journal is as safe
        connection.connection.cursor().execute("PRAGMA journal_mode = WAL").close()
    return engine


def check(connection: Connection, location: Location) -> None:
    """Raise StudyError when the pages of a SQLite file do not fit together."""
    if connection.dialect.name == "sqlite":
        verdict = connection.execute(text("PRAGMA quick_check(1)")).scalar_one()
        if verdict != "ok":
            raise StudyError(f"study {describe(location)}: {_DAMAGED} ({' '.join(str(verdict).split())})")


def _sqlite(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?{_mode(path)}", uri=True, timeout=BUSY_S, isolation_level=None,
        check_same_thread=False,  # the pool hands a connection to one thread at a time
    )  # fmt: skip
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")  # a measurement that was reported survives a power loss
    except sqlite3.Error:  # a damaged file may fail here already
        connection.close()
        raise
    return connection


def _mode(path: Path) -> str:
    if os.access(path.parent, os.W_OK, effective_ids=True):
        return "mode=rw"
    # Beside a log, the log must be read too; without one nobody can be writing here.
    return "mode=ro" if path.with_name(path.name + "-wal").exists() else "mode=ro&immutable=1"


def _begin(connection: Connection) -> None:
    # A writer takes its place at once: upgrading a read later could fail halfway.
    mode = "IMMEDIATE" if connection.get_execution_options().get("writing") else ""
    connection.exec_driver_sql(f"BEGIN {mode}")


def _server(url: URL) -> Engine:
    try:
        return create_engine(url)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise StudyError(f"{describe(url)}: the driver is not installed ({error}); "
                         "pip install 'psycopg[binary]' and write postgresql+psycopg://…") from None  # fmt: skip


def _explain(reason: str) -> str:
    text = reason.strip().splitlines()[0] if reason.strip() else "the database gave no reason"
    for sign, explanation in _EXPLANATIONS.items():
        if sign in reason:
            return f"{explanation} ({text})"
    return text


_DAMAGED = "the file is damaged; bring a copy back, or start again with --fresh (the damaged file is kept)"
_EXPLANATIONS: dict[str, str] = {
    "not a database": "this is no CADET study, or its first page is damaged",
    "malformed": _DAMAGED,
    "disk I/O error": "the file cannot be read or written; look at the disk",
    "disk is full": "the disk is full; make room and run the same command again, it continues where it stopped",
    "readonly": "the study cannot be written; look at the permissions of the file and its folder",
    "unable to open": "the file cannot be opened; look at its permissions",
    "locked": "another process is writing to it and did not end within half a minute",
    "append-only": "what was measured is never changed or deleted",
}
