"""Recorded devices as oracles: complete tables, in which every configuration can be looked up.

A device is named as its file; `NAME:exact` answers with the recorded values, `NAME` with noise on top of them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from cadet.bench.grid import Codes, Grid
from cadet.bench.oracle import Column, Floats, Noise
from cadet.errors import CapabilityMissing, UsageError, nearest
from cadet.model.domain import Choice, Value
from cadet.model.objective import Objective
from cadet.model.option import NO_CONTEXT, Configuration, Option
from cadet.model.space import Space
from cadet.protocols import Laboratory
from cadet.testing.laboratory import FunctionLaboratory, TableLaboratory

DEVICES = (
    "jetson_tx2_xception_200",
    "jetson_tx2_xception_400",
    "jetson_tx2_xception_600",
    "jetson_tx2_xception_800",
    "jetson_tx2_inceptionv3_600",
    "gpu_pnpoly_rtx2080ti",
    "gpu_pnpoly_rtx3090",
)
_OBJECTIVES = {"jetson": Objective("inference_time", "s", bounded_by_time=True),
               "gpu": Objective("duration_us", "us", bounded_by_time=True)}  # fmt: skip
_EXACT = ":exact"


@dataclass(frozen=True)
class RecordedOracle:
    """A complete table: one row for each configuration. What is true of it is what was recorded."""

    device: str
    space: Space
    objective: Objective
    rows: Mapping[Configuration, Mapping[str, float]]
    noise: Noise | None
    graph: None = field(default=None, init=False)

    @property
    def family(self) -> str:
        """Each device is a family of its own."""
        return self.name

    @property
    def name(self) -> str:
        """The name of the recording; `:exact` where nothing is added to it."""
        return self.device + ("" if self.noise else _EXACT)

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """What was recorded to be minimised."""
        return (self.objective,)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The objective."""
        return (Column(self.objective, NO_CONTEXT),)

    @property
    def relevant(self) -> frozenset[str]:
        """Nobody knows; any option may be."""
        return frozenset(self.space.names)

    @cached_property
    def grid(self) -> Grid:
        """The options as numbers."""
        return Grid(self.space)

    @cached_property
    def recorded(self) -> Codes:
        """Every configuration there is."""
        return self.grid.encode(list(self.rows))

    def costs(self, codes: Codes) -> Floats:
        """Return the recorded costs, (configurations, 1)."""
        index = [self._index[row.tobytes()] for row in np.ascontiguousarray(codes, np.int16)]
        return self._costs[index]

    def truth(self, configurations: Sequence[Configuration]) -> Floats:
        """Return the recorded costs; infinite for what was never recorded."""
        values = [self.rows[c][self.objective.name] if c in self.rows else np.nan for c in configurations]
        return self.columns[0].cost(np.array(values))[:, None]

    def main_path(self, fault: Configuration, fix: Configuration) -> None:
        """Nobody knows."""

    def laboratory(self, rng: np.random.Generator, repeats: int) -> Laboratory:
        """Return the table as a laboratory."""
        noise = self.noise
        if noise is None:
            return TableLaboratory(self.space, self.rows)

        def respond(values: Mapping[str, Value], chance: np.random.Generator) -> Mapping[str, float]:
            row = dict(self.rows[Configuration(values)])
            factor = float(np.exp(noise.sd * chance.standard_normal()))
            if chance.random() < noise.shock_probability:
                factor *= 1 + chance.uniform(*noise.shock)
            return row | {self.objective.name: row[self.objective.name] * factor}

        return FunctionLaboratory(self.space, respond, rng, repeats=repeats)

    @cached_property
    def _costs(self) -> Floats:
        return self.truth(list(self.rows))

    @cached_property
    def _index(self) -> Mapping[bytes, int]:
        return {row.tobytes(): i for i, row in enumerate(self.recorded)}


def recordings() -> Path | None:
    """Return the folder of the recorded devices: $CADET_RECORDED, or shared/data beside the repository."""
    named = os.environ.get("CADET_RECORDED")
    folders = [Path(named)] if named else [Path(__file__).parents[3] / "shared" / "data"]
    return next((f for f in folders if (f / "manifest.json").exists()), None)


@lru_cache(maxsize=16)
def device(name: str) -> RecordedOracle:
    """Read a recorded device; raises UsageError for an unknown one, CapabilityMissing where there are no recordings."""
    table = name.removesuffix(_EXACT)
    if table not in DEVICES:
        raise UsageError(f"no recorded device is called {name!r}{nearest(table, DEVICES)}")
    folder = recordings()
    if folder is None:
        raise CapabilityMissing("there are no recorded devices here", remedy="set CADET_RECORDED to their folder")
    objective = _OBJECTIVES[table.split("_")[0]]
    entry = json.loads((folder / "manifest.json").read_text())[table]
    frame = pd.read_parquet(folder / f"{table}.parquet")
    values = {n: v for n, v in entry["option_values"].items() if len(v) > 1}
    options = tuple(Option(n, Choice(tuple(v), ordered=True), v[0]) for n, v in values.items())
    kept = [c for c in (*entry["event_columns"], objective.name) if c in frame]
    configurations = [Space(options).configuration({str(n): v for n, v in row.items()})
                      for row in frame[list(values)].to_dict("records")]  # fmt: skip
    rows = {c: {str(k): float(v) for k, v in row.items() if v == v}
            for c, row in zip(configurations, frame[kept].to_dict("records"), strict=True)}  # fmt: skip
    space = Space(options, recorded=tuple(rows))
    return RecordedOracle(table, space, objective, rows, None if name.endswith(_EXACT) else Noise())
