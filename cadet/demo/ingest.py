"""The deployment of the demo: load a file of sensor readings into a fresh SQLite database, then serve a dashboard.

Real files, real fsync, nothing but the standard library. `run` is the `function` workload of `target.toml`.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from cadet.demo import telemetry

INPUT = "telemetry.csv"  # in the working directory; `cadet.demo.prepare` writes it

_PRAGMAS = (  # in this order: page size and auto-vacuum only count before the first table, locking before the journal
    ("page_size", "{page_size}"),
    ("auto_vacuum", "{auto_vacuum}"),
    ("locking_mode", "{locking_mode}"),
    ("journal_mode", "{journal_mode}"),
    ("synchronous", "{synchronous}"),
    ("cache_size", "-{cache_size}"),  # negative: KiB instead of pages
    ("mmap_size", "{mmap_size}"),
    ("temp_store", "{temp_store}"),
    ("wal_autocheckpoint", "{wal_autocheckpoint}"),
    ("threads", "{sort_threads}"),
)
_TABLE = {
    "key": "reading TEXT PRIMARY KEY, device, taken_at, metric, value, note) WITHOUT ROWID",
    "arrival": "reading TEXT UNIQUE, device, taken_at, metric, value, note)",
}
_INDEXES = (
    "CREATE INDEX by_device ON readings (device, taken_at)",
    "CREATE INDEX by_metric ON readings (metric, value)",
    "CREATE INDEX by_note ON readings (note)",
)
_INSERT = f"INSERT INTO readings ({', '.join(telemetry.COLUMNS)}) VALUES "
_PARAMETERS = "(?, ?, ?, ?, ?, ?)"
_REFRESHES = 5  # how often the dashboard asks
_LATEST = 25  # readings shown per device

Settings = Mapping[str, Any]


def run(configuration: Settings, directory: Path = Path()) -> dict[str, float]:
    """Ingest the input in `directory` into a fresh database, serve the dashboard, return counters of what that took.

    Raises RuntimeError when SQLite does not take the journal mode.
    """
    before = _counters(directory)
    with tempfile.TemporaryDirectory(prefix="run-", dir=directory) as work:
        file = Path(work, "readings.db")
        store(file, configuration, telemetry.read(directory / INPUT))
        with closing(_connect(file, configuration)) as database:
            for _ in range(_REFRESHES):
                dashboard(database, configuration["fetch"])
        pages = file.stat().st_size // int(configuration["page_size"])
    after = _counters(directory)
    return {name: after[name] - before[name] for name in before} | {"database_pages": pages}


def store(file: Path, settings: Settings, rows: Sequence[telemetry.Reading]) -> None:
    """Write the readings into a new database at `file`, in the way that `settings` say."""
    database = _connect(file, settings)
    try:
        database.execute(f"CREATE TABLE readings ({_TABLE[settings['cluster_by']]}")
        if settings["build_indexes"] == "before":
            _build_indexes(database)
        size = int(settings["rows_per_transaction"])
        for start in range(0, len(rows), size):
            if settings["connection"] == "per_transaction" and start:
                database.close()
                database = _connect(file, settings)
            database.execute(f"BEGIN {settings['begin']}")
            _insert(database, rows[start : start + size], settings["statements"])
            database.execute("COMMIT")
        if settings["build_indexes"] == "after":
            _build_indexes(database)
    finally:
        database.close()


def _connect(file: Path, settings: Settings) -> sqlite3.Connection:
    cached = 0 if settings["statements"] == "spelled_out" else 128
    database = sqlite3.connect(file, isolation_level=None, cached_statements=cached)
    for name, value in _PRAGMAS:
        database.execute(f"PRAGMA {name} = {value.format_map(settings)}")
    (journal,) = database.execute("PRAGMA journal_mode").fetchone()
    if journal != settings["journal_mode"]:
        database.close()
        raise RuntimeError(f"asked journal_mode = {settings['journal_mode']}, SQLite reports {journal}")
    return database


def _build_indexes(database: sqlite3.Connection) -> None:
    database.execute("BEGIN")
    for statement in _INDEXES:
        database.execute(statement)
    database.execute("COMMIT")


def _insert(database: sqlite3.Connection, rows: Sequence[telemetry.Reading], statements: str) -> None:
    if statements == "batched":
        database.executemany(_INSERT + _PARAMETERS, rows)
    elif statements == "prepared":
        for row in rows:
            database.execute(_INSERT + _PARAMETERS, row)
    else:
        for row in rows:
            database.execute(_INSERT + _spelled_out(row))


def _spelled_out(row: telemetry.Reading) -> str:
    texts = (str(v) if not isinstance(v, str) else "'" + v.replace("'", "''") + "'" for v in row)
    return f"({', '.join(texts)})"


def dashboard(database: sqlite3.Connection, fetch: str) -> list[tuple[Any, ...]]:
    """Return what the dashboard shows: the latest readings of each device, a count by metric, all notes sorted."""
    shown = [row for device in range(telemetry.DEVICES) for row in _latest(database, device, fetch)]
    shown += database.execute(
        "SELECT metric, count(*) FROM readings WHERE note LIKE '%stale%low%' GROUP BY metric ORDER BY metric"
    ).fetchall()
    shown += database.execute(
        "SELECT substr(note, 9) AS words, value FROM readings ORDER BY words, value DESC"
    ).fetchall()
    return shown


def _latest(database: sqlite3.Connection, device: int, fetch: str) -> list[tuple[Any, ...]]:
    latest = "FROM readings WHERE device = ? ORDER BY taken_at DESC LIMIT ?"
    if fetch == "joined":
        return database.execute(f"SELECT * {latest}", (device, _LATEST)).fetchall()
    keys = database.execute(f"SELECT reading {latest}", (device, _LATEST)).fetchall()  # and one query for each row
    return [database.execute("SELECT * FROM readings WHERE reading = ?", key).fetchone() for key in keys]


def _counters(directory: Path) -> dict[str, float]:
    """Return what this process asked of the system so far, and what the disk was asked to flush; absent: unknown."""
    names = {"syscr": "read_calls", "syscw": "write_calls", "rchar": "read_bytes", "wchar": "written_bytes",
             "write_bytes": "dirtied_bytes"}  # fmt: skip
    counters: dict[str, float] = {}
    io = Path("/proc/self/io")
    if os.access(io, os.R_OK):
        lines = (line.split(": ") for line in io.read_text(encoding="ascii").splitlines())
        counters |= {names[key]: float(value) for key, value in lines if key in names}
    flushes = _disk_flushes(directory)
    return counters if flushes is None else counters | {"disk_flushes": flushes}


def _disk_flushes(directory: Path) -> float | None:
    device = directory.stat().st_dev
    statistics = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}").resolve()
    if (statistics / "partition").exists():
        statistics = statistics.parent  # Linux counts flushes per disk, not per partition
    if not (statistics / "stat").exists():
        return None
    fields = (statistics / "stat").read_text(encoding="ascii").split()
    return float(fields[15]) if len(fields) > 15 else None
