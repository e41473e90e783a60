"""Making and opening the database of a study, so that it is a whole study or none."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, insert, inspect, select

from cadet.errors import StudyError
from cadet.study import tables
from cadet.study.codec import to_json
from cadet.study.connection import check, connect, create_file, told
from cadet.study.location import Location, describe, lock_path, missing, set_aside
from cadet.study.lock import FileLock, ServerLock, WriterLock


def create(location: Location, first: Mapping[str, str]) -> tuple[Engine, WriterLock]:
    """Create a study, locked for writing; `first` holds target_name, document and digest.

    Raises StudyError when there is one already, or the folder cannot be written.
    """
    return _on_server(location, first) if isinstance(location, URL) else _in_file(location, first)


def exists(location: Location) -> bool:
    """Tell whether there is a study; raises StudyError when a server cannot be asked."""
    if isinstance(location, Path):
        return location.exists()
    with told(location):
        engine = connect(location)
        try:
            return inspect(engine).has_table("study")
        finally:
            engine.dispose()


def attach(location: Location) -> Engine:
    """Return an engine on an existing study; raises StudyError for everything that is no sound study of ours."""
    if isinstance(location, Path):
        _look(location)
    engine = connect(location)
    try:
        with engine.connect() as connection:
            _recognise(connection, location)
    except BaseException:
        engine.dispose()
        raise
    return engine


def lock(location: Location, engine: Engine) -> WriterLock:
    """Take the writer's lock of a study; raises StudyError naming who has it."""
    if isinstance(location, URL):
        return ServerLock(engine, describe(location))
    return FileLock(lock_path(location), location.stem)


def note(connection: Connection, what: str, detail: Mapping[str, object]) -> None:
    """Add an entry to the history."""
    connection.execute(insert(tables.history), {"at": time.time(), "what": what, "document": to_json(detail)})


def _in_file(path: Path, first: Mapping[str, str]) -> tuple[Engine, WriterLock]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StudyError(f"cannot make the folder {path.parent} for the study: {error.strerror}") from None
    lock = FileLock(lock_path(path), path.stem)
    try:
        if path.exists():
            raise StudyError(f"there is a study {path.stem!r} already: {path}; open it, or move it aside with --fresh")
        set_aside(path)  # the log of a study whose file was removed by hand
        _build(path, first)
        return connect(path), lock
    except BaseException:
        lock.release()
        raise


def _build(path: Path, first: Mapping[str, str]) -> None:
    # Written beside its place and renamed when it is on the disk: whoever dies in between leaves no half study.
    unfinished = path.with_name(f"{path.name}.new")
    for ending in ("", "-wal", "-shm"):
        path.with_name(f"{unfinished.name}{ending}").unlink(missing_ok=True)
    engine = create_file(unfinished)
    _fill(engine, first)
    engine.dispose()
    _sync(unfinished)
    unfinished.rename(path)
    _sync(path.parent)


def _on_server(url: URL, first: Mapping[str, str]) -> tuple[Engine, WriterLock]:
    engine = connect(url)
    lock = ServerLock(engine, describe(url))
    try:
        if inspect(engine).has_table("study"):
            raise StudyError(
                f"there is a study in {describe(url)} already; open it, or give another database or schema"
            )
        _fill(engine, first)
    except BaseException:
        lock.release()
        engine.dispose()
        raise
    return engine, lock


def _fill(engine: Engine, first: Mapping[str, str]) -> None:
    about = {"id": 1, "schema_version": tables.SCHEMA_VERSION, "target_name": first["target_name"]}
    target = {"digest": first["digest"], "document": first["document"]}
    with engine.begin() as connection:
        tables.metadata.create_all(connection)
        connection.execute(insert(tables.study), {**about, "created_at": time.time()})
        connection.execute(insert(tables.target), {**target, "adopted_at": time.time()})
        note(connection, "created", {"pid": os.getpid()})


def _look(path: Path) -> None:
    if not path.exists():
        raise missing(path)
    if path.is_dir():
        raise StudyError(f"{path} is a folder, not a study; give the name of a study or a path to its .db file")
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except OSError as error:
        raise StudyError(f"cannot read study {path}: {error.strerror}") from None
    if empty:
        raise StudyError(f"{path} is an empty file, not a CADET study; remove it, or give another name")


def _recognise(connection: Connection, location: Location) -> None:
    check(connection, location)
    if not inspect(connection).has_table("study") or not inspect(connection).has_table("slot"):
        raise StudyError(f"{describe(location)} is a database, but not a CADET study")
    version = connection.execute(select(tables.study.c.schema_version)).scalar_one()
    if version > tables.SCHEMA_VERSION:
        raise StudyError(f"study {describe(location)} was written by a newer CADET: schema {version}, this one reads "
                         f"up to {tables.SCHEMA_VERSION}; install it: pip install --upgrade cadet")  # fmt: skip


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
