"""Small studies for the tests: the same configurations, slots and runs everywhere."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from cadet.model.measurement import Planned, Run, Status
from cadet.model.option import Configuration
from cadet.study.store import Store

DOCUMENT = {
    "cadet": 1,
    "name": "ingest",
    "options": {"batch": {"range": [1, 1024], "default": 1}, "mmap": {"values": [False, True], "default": False}},
    "objectives": {"latency": {"from": "wall", "unit": "s", "slo": 0.5}},
}
NOBODY = 65534


def create(path: Path) -> Store:
    return Store.create(path, "ingest", DOCUMENT, "digest-1")


def planned(n: int, first: int = 0) -> list[Planned]:
    return [Planned(f"design/{i}", Configuration({"batch": i % 7, "mmap": i % 2 == 0}), block=i // 7)
            for i in range(first, first + n)]  # fmt: skip


def run_for(slot: Planned) -> Run:
    """The one run that a slot has in these tests: everything follows from its name."""
    i = int(slot.slot.rpartition("/")[2])
    return Run(slot.configuration, Status.OK, {"latency": 0.1 + i / 7, "rusage.minor_faults": i}, slot.level,
               slot.purpose, slot=slot.slot, sequence=i, started_at=1e9 + i, seconds=i / 3,
               environment={"host": "box", "kernel": "6.1", "load": i / 11})  # fmt: skip


@contextlib.contextmanager
def without_privileges() -> Iterator[None]:
    """Permissions mean nothing to root, so drop them for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
