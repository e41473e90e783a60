"""Ingest sensor readings into SQLite, one transaction per batch, and say what it cost; standard library only."""

from __future__ import annotations

import argparse
import json
import sqlite3
import tempfile
from pathlib import Path

ROWS = 400


def main() -> None:
    """Ingest into a new database in the working directory, which lies on the limited disk."""
    parser = argparse.ArgumentParser()
    for name in ("journal_mode", "synchronous", "locking_mode", "temp_store"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("batch", "page_size", "cache_kib", "autocheckpoint", "mmap_mib"):
        parser.add_argument(f"--{name}", type=int, required=True)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=".", prefix="ingest-") as folder:
        print(json.dumps(ingest(Path(folder) / "readings.db", given)))


def ingest(path: Path, given: argparse.Namespace) -> dict[str, float]:
    """Write `ROWS` readings durably; return how many transactions and how many bytes that took."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in (
        f"page_size = {given.page_size}",
        f"journal_mode = {given.journal_mode}",
        f"synchronous = {given.synchronous}",
        f"locking_mode = {given.locking_mode}",
        f"temp_store = {given.temp_store}",
        f"cache_size = -{given.cache_kib}",
        f"wal_autocheckpoint = {given.autocheckpoint}",
        f"mmap_size = {given.mmap_mib * 2**20}",
    ):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    connection.execute("CREATE TABLE readings (device INTEGER, at REAL, value REAL, note TEXT)")
    connection.execute("CREATE INDEX by_device ON readings (device, at)")
    rows = [(n % 17, n * 0.5, n * 1.25, f"reading {n}") for n in range(ROWS)]
    transactions = 0
    for start in range(0, ROWS, given.batch):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO readings VALUES (?, ?, ?, ?)", rows[start : start + given.batch])
        connection.execute("COMMIT")
        transactions += 1
    connection.close()
    return {"transactions": transactions, "database_bytes": path.stat().st_size}


if __name__ == "__main__":
    main()
