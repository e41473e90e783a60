"""The input of the demo: sensor readings as a CSV file, the same bytes for the same number of rows."""

from __future__ import annotations

import csv
import random
from pathlib import Path

COLUMNS = ("reading", "device", "taken_at", "metric", "value", "note")
DEVICES = 40
Reading = tuple[str, int, int, str, float, str]
_SEED = 20_240_229
_METRICS = ("temperature", "humidity", "pressure", "voltage", "vibration")
_WORDS = ("pump", "valve", "north", "south", "line", "drift", "ok", "retry", "stale", "battery", "low", "check", "gate")
_NOTE_WORDS = 24  # some 150 bytes of text per reading, as a log line has
_START = 1_700_000_000  # seconds since the epoch
_INTERVAL_S = 5


def write(path: Path, rows: int) -> None:
    """Write `rows` readings of `DEVICES` devices to `path`, in the order in which they arrived."""
    rng = random.Random(_SEED)
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(COLUMNS)
        out.writerows(_reading(rng, i) for i in range(rows))


def read(path: Path) -> list[Reading]:
    """Return the readings as tuples in the order of `COLUMNS`."""
    with path.open(newline="", encoding="utf-8") as file:
        lines = csv.reader(file)
        next(lines)
        return [
            (key, int(device), int(at), metric, float(value), note) for key, device, at, metric, value, note in lines
        ]


def _reading(rng: random.Random, i: int) -> Reading:
    key = f"{rng.getrandbits(64):016x}"  # keys come from the devices, so they arrive in random order
    note = " ".join(rng.choices(_WORDS, k=_NOTE_WORDS))
    return key, rng.randrange(DEVICES), _START + _INTERVAL_S * i, rng.choice(_METRICS), round(rng.gauss(20, 5), 3), note
