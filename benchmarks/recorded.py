"""Faults of recorded devices: is each fixed within the budget, and with how many changes.

    python benchmarks/recorded.py [--seeds 3] [--data FOLDER]

Every row of a recorded device can be looked up, so the least number of changes that reaches the goal is known by brute
force. The goal is the 10th percentile of all rows; 25 configurations to start with and 30 more.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from cadet.debugging import Question, debug
from cadet.model.diagnosis import Verdict
from cadet.model.domain import Choice
from cadet.model.objective import Goal, Objective
from cadet.model.option import Configuration, Option
from cadet.model.space import Space
from cadet.testing.laboratory import TableLaboratory

DATA = Path(os.environ.get("CADET_RECORDED", Path(__file__).resolve().parents[1].parent / "shared" / "data"))
DEVICES = {"jetson_tx2_xception_400": ("inference_time", "s", None), "gpu_pnpoly_rtx2080ti": ("duration_us", "us", 10)}


@dataclass(frozen=True)
class Device:
    """A complete table of configurations, and the rows that are faults."""

    name: str
    space: Space
    objective: Objective
    rows: Mapping[Configuration, Mapping[str, float]]
    faults: tuple[Configuration, ...]

    @property
    def goal(self) -> Goal:
        """The 10th percentile of all rows."""
        return Goal(self.objective, float(np.quantile([r[self.objective.name] for r in self.rows.values()], 0.1)))

    def least_changes(self, fault: Configuration) -> int:
        """Return by brute force how few changes of the fault reach the goal."""
        good = [c for c, r in self.rows.items() if self.goal.met_by(r[self.objective.name])]
        return min(len(self.space.changes(fault, c)) for c in good)


@dataclass(frozen=True)
class Result:
    """How one fault was fixed."""

    device: str
    fault: int
    seed: int
    met: bool
    changes: int | None
    least: int
    measured: int
    seconds: float


def device(name: str, data: Path = DATA) -> Device:
    """Read a recorded device; raises FileNotFoundError when the recordings are not there."""
    objective, unit, wanted = DEVICES[name]
    entry = json.loads((data / "manifest.json").read_text())[name]
    names = entry["option_columns"]
    options = tuple(Option(n, Choice(tuple(v), ordered=True), v[0]) for n, v in entry["option_values"].items())
    table = pd.read_parquet(data / f"{name}.parquet")
    every = Space(options)
    configurations = tuple(every.configuration(row) for row in table[names].to_dict("records"))
    rows = {c: {objective: float(v)} for c, v in zip(configurations, table[objective], strict=True)}
    faulty = entry["p99_faults"][objective]["fault_rows"]
    if wanted:
        faulty = [faulty[i] for i in np.linspace(0, len(faulty) - 1, wanted).round().astype(int)]
    space = Space(options, recorded=configurations)
    return Device(name, space, Objective(objective, unit), rows, tuple(configurations[i] for i in faulty))


def fix(one: Device, number: int, seed: int) -> Result:
    """Debug one fault of a device."""
    fault = one.faults[number]
    question = Question(one.name, (one.objective,), fault, (one.goal,), budget=55, initial=25)
    began = time.perf_counter()
    session = debug(TableLaboratory(one.space, one.rows), question, np.random.default_rng(seed))
    seconds = time.perf_counter() - began
    met = session.verdict is Verdict.CONFIRMED
    changes = len(session.fixes[0].changes) if met else None
    return Result(one.name, number, seed, met, changes, one.least_changes(fault), session.counts.total, seconds)


def summary(results: list[Result]) -> pd.DataFrame:
    """Return one row per device: shares of faults met, fixed with at most one change too many, and with the fewest."""
    table = pd.DataFrame([vars(r) for r in results])
    table["within_one"] = table.met & (table.changes <= table.least + 1)
    table["fewest"] = table.met & (table.changes == table.least)
    columns = {"met": "mean", "within_one": "mean", "fewest": "mean", "measured": "mean", "seconds": "mean"}
    return table.groupby("device").agg({"fault": "size", **columns}).rename(columns={"fault": "runs"}).round(3)


def main() -> None:
    """Run the study and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--data", type=Path, default=DATA)
    asked = parser.parse_args()
    results = []
    for name in DEVICES:
        one = device(name, asked.data)
        for seed in range(asked.seeds):
            results += [fix(one, number, seed) for number in range(len(one.faults))]
    print(pd.DataFrame([vars(r) for r in results]).round(2).to_string(index=False))
    print(summary(results).to_string())


if __name__ == "__main__":
    main()
