"""Keep the last state of a fleet of devices in SQLite, one transaction per batch of readings; standard library only."""

from __future__ import annotations

import argparse
import json
import math
import random
import sqlite3
import tempfile
from pathlib import Path

DEVICES = 1024
REGION = (160, DEVICES)  # how many neighbours report: sometimes a district, sometimes everybody
READINGS = 1024
PROFILE = "p" * 3000  # what is known of a device: its row fills most of a page
SAMPLES = 600  # of one reading, which is their mean


def main() -> None:
    """Ingest into a new database in the working directory, which lies on the limited disk."""
    parser = argparse.ArgumentParser()
    for name in ("journal_mode", "synchronous", "locking_mode", "temp_store"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("batch", "page_size", "cache_kib", "autocheckpoint", "mmap_mib"):
        parser.add_argument(f"--{name}", type=int, required=True)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=".", prefix="ingest-") as folder:
        print(json.dumps(ingest(Path(folder) / "fleet.db", given)))


def ingest(path: Path, given: argparse.Namespace) -> dict[str, float]:
    """Write `READINGS` readings durably; return how many transactions and how many bytes that took."""
    connection = fleet(path, given)
    rng = random.Random()  # nobody knows beforehand who will report
    region = round(math.exp(rng.uniform(*map(math.log, REGION))))
    first = rng.randrange(DEVICES - region + 1)
    transactions = 0
    for start in range(0, READINGS, given.batch):
        devices = rng.sample(range(first, first + region), min(given.batch, READINGS - start))
        readings = [(0.5 * start, decoded(rng.randbytes(SAMPLES)), device) for device in devices]
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("UPDATE devices SET at = ?, value = ? WHERE device = ?", readings)
        connection.execute("COMMIT")
        transactions += 1
    connection.close()
    return {"transactions": transactions, "database_bytes": path.stat().st_size}


def fleet(path: Path, given: argparse.Namespace) -> sqlite3.Connection:
    """Return a database with every device in it; only from here on are commits durable."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in (
        f"page_size = {given.page_size}",
        f"journal_mode = {given.journal_mode}",
        f"locking_mode = {given.locking_mode}",
        f"temp_store = {given.temp_store}",
        f"cache_size = -{given.cache_kib}",
        f"wal_autocheckpoint = {given.autocheckpoint}",
        f"mmap_size = {given.mmap_mib * 2**20}",
        "synchronous = off",
    ):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    connection.execute("CREATE TABLE devices (device INTEGER PRIMARY KEY, at REAL, value REAL, profile TEXT)")
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO devices VALUES (?, 0, 0, ?)", [(n, PROFILE) for n in range(DEVICES)])
    connection.execute("COMMIT")
    connection.execute(f"PRAGMA synchronous = {given.synchronous}").fetchall()
    return connection


def decoded(samples: bytes) -> float:
    """Return the reading that these samples make."""
    return sum(samples) / len(samples)


if __name__ == "__main__":
    main()
