"""A recorded device: answers from a table, instantly."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from types import TracebackType

import numpy as np

from cadet.device.target import Target
from cadet.device.target.recording import Cell
from cadet.device.target.target import Replay
from cadet.model.domain import Value
from cadet.model.measurement import Status
from cadet.protocols import Outcome


class ReplayWorkload:
    """Rows of one configuration are its repetitions: drawn in seeded random order, recycled when used up."""

    def __init__(self, target: Target, seed: int) -> None:
        assert isinstance(target.workload, Replay)
        self._target = target
        self._recording = target.workload.recording
        self._seed = seed
        self._drawn: Counter[Cell] = Counter()
        self._orders: dict[Cell, Sequence[int]] = {}

    def __enter__(self) -> ReplayWorkload:
        """Nothing to start."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to end."""

    def recall(self, values: Mapping[str, Value]) -> None:
        """Count a repetition that an earlier session drew."""
        self._drawn[self._cell(values)] += 1

    def run(self, values: Mapping[str, Value]) -> Outcome:
        """Look up the next repetition; a configuration that was not recorded is infeasible."""
        cell = self._cell(values)
        rows = self._recording.rows.get(cell)
        if rows is None:
            return Outcome(Status.INFEASIBLE, {}, 0.0, "not recorded")
        draw = self._drawn[cell]
        self._drawn[cell] += 1
        row = rows[self._order(cell, len(rows))[draw % len(rows)]]
        recycled = draw >= len(rows)
        missing = [s for s in self._target.sources.values() if s.removeprefix("column:") not in row]
        if missing:
            return Outcome(Status.FAILED, {}, 0.0, f"{missing[0]} is empty in this row", recycled=recycled)
        return Outcome(Status.OK, {f"column:{name}": value for name, value in row.items()}, 0.0, recycled=recycled)

    def _cell(self, values: Mapping[str, Value]) -> Cell:
        space = self._target.space
        configuration = space.configuration({name: values[name] for name in space.names})
        return configuration, space.level({c.name: values[c.name] for c in space.context})

    def _order(self, cell: Cell, count: int) -> Sequence[int]:
        if cell not in self._orders:
            self._orders[cell] = (0,) if count == 1 else _shuffled(self._seed, cell, count)
        return self._orders[cell]


def _shuffled(seed: int, cell: Cell, count: int) -> list[int]:
    """Return an order that depends on the seed and the cell only, not on what was asked before."""
    digest = hashlib.sha256((cell[0].key + cell[1].key).encode()).digest()
    rng = np.random.default_rng([abs(seed), int.from_bytes(digest[:8], "big")])
    return [int(i) for i in rng.permutation(count)]
