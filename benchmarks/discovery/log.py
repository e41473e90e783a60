"""Every repetition is kept: one JSON line each, so a run that was stopped goes on where it stopped."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FILE = "times.jsonl"


@dataclass(frozen=True)
class Timing:
    """One run of one engine. `seconds` is None when the limit came first, which `note` then says."""

    part: str
    table: str
    engine: str
    repetition: int
    run: int
    seconds: float | None
    cpu: float | None
    edges: int | None = None
    capped: int | None = None
    graph: str = ""  # a digest of the adjacent pairs: equal digests, equal graphs
    note: str = ""
    details: dict[str, Any] | None = None


class Log:
    """The timings in a folder, in the order they were made."""

    def __init__(self, folder: Path):
        """Read what is there."""
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / FILE
        lines = self._file.read_text(encoding="utf-8").splitlines() if self._file.exists() else []
        self.timings = [Timing(**json.loads(line)) for line in lines]

    def add(self, timings: Iterable[Timing]) -> None:
        """Append the timings of one repetition together, so that a repetition is there as a whole or not at all."""
        made = list(timings)
        self.timings += made
        with self._file.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(asdict(timing)) + "\n" for timing in made)

    def of(self, part: str, table: str | None = None, engine: str | None = None) -> list[Timing]:
        """Return the timings of a part; of one table and engine, or of all."""
        return [t for t in self.timings if t.part == part and table in (None, t.table) and engine in (None, t.engine)]

    def has(self, part: str, table: str, repetition: int) -> bool:
        """Tell whether a repetition was made before."""
        return any(t.repetition == repetition for t in self.of(part, table))
