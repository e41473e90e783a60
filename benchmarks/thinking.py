"""How long a decision takes: learn the graph, rank the paths, learn the surrogate, propose what to measure next.

    python benchmarks/thinking.py [--repeats 3] [--json FILE]

CPU seconds of one process on one thread, on worlds with few true causes. The step is more than a session does before a
run: there the graph is learned once at the end, and resampled. Goals: 1 s with 40 options, 60 events and 100 rows; 5 s
with 250 options, 280 events and 100 rows.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd

from cadet.causal.dataset import build
from cadet.causal.discovery import learn as learn_graph
from cadet.causal.effects import rank_paths
from cadet.debugging.belief import learn as learn_belief
from cadet.debugging.design import random_configurations
from cadet.debugging.encoding import Encoding
from cadet.debugging.neighbourhood import Search
from cadet.debugging.propose import propose
from cadet.model.domain import Choice
from cadet.model.measurement import Purpose, Run, Status, measurements
from cadet.model.objective import Goal, Objective
from cadet.model.option import Option
from cadet.model.space import Space

LATENCY = Objective("latency", "s")
CAUSES = 6  # options that matter, half of them through events
SIZES = ((10, 10, 30), (20, 30, 50), (40, 60, 100), (100, 120, 100), (250, 280, 100))


@dataclass(frozen=True)
class Step:
    """CPU seconds of the parts of one decision."""

    options: int
    events: int
    rows: int
    graph: float
    paths: float
    belief: float
    proposal: float

    @property
    def total(self) -> float:
        return self.graph + self.paths + self.belief + self.proposal


def world(options: int, events: int, rows: int, rng: np.random.Generator) -> tuple[Space, list[Run]]:
    """Return a space with options of all kinds, and runs of random configurations."""
    kinds = [Choice((False, True)), Choice((1, 2, 4, 8, 16), ordered=True), Choice(("a", "b", "c"))]
    space = Space(tuple(Option(f"o{i:03d}", k := kinds[i % 3], k.values[0]) for i in range(options)))
    chosen = [c for c, _ in zip(random_configurations(space, rng, frozenset()), range(rows), strict=False)]
    places = np.array([[o.levels.index(c[o.name]) / len(o.levels) for o in space.options] for c in chosen])
    causes = rng.permutation(options)[:CAUSES]
    mixing = (rng.random((options, events)) < 2 / options) * rng.normal(0, 1, (options, events))
    mixing[causes[: CAUSES // 2], np.arange(CAUSES // 2)] = 2.0
    seen = places @ mixing + 0.3 * rng.standard_normal((rows, events))
    cost = seen[:, : CAUSES // 2].sum(1) + 2 * places[:, causes[CAUSES // 2 :]].sum(1)
    latency = np.exp(cost + 0.05 * rng.standard_normal(rows))
    values = [{**{f"e{j:03d}": float(x) for j, x in enumerate(row)}, "latency": float(y)}
              for row, y in zip(seen, latency, strict=True)]  # fmt: skip
    runs = [Run(c, Status.OK, v, purpose=Purpose.DESIGN, sequence=i)
            for i, (c, v) in enumerate(zip(chosen, values, strict=True))]  # fmt: skip
    return space, runs


def decide(options: int, events: int, rows: int, seed: int) -> Step:
    """Time one decision."""
    rng = np.random.default_rng([options, events, rows, seed])
    space, runs = world(options, events, rows, rng)
    worst = max(runs, key=lambda r: r.values["latency"]).configuration
    goals = (Goal(LATENCY, float(np.quantile([r.values["latency"] for r in runs], 0.1))),)
    dataset = build(runs, space, [LATENCY])
    encoding, search = Encoding(space, worst), Search(space, worst, frozenset())
    spent: list[float] = []
    graph = _timed(spent, lambda: learn_graph(dataset, rng, subsamples=0))
    _timed(spent, lambda: rank_paths(dataset, graph, ["latency"], rng))
    before = learn_belief(encoding, goals, measurements(runs[:-1]), noiseless=False)
    belief = _timed(spent, lambda: learn_belief(encoding, goals, measurements(runs), noiseless=False, before=before))
    known = frozenset(r.configuration for r in runs)
    _timed(spent, lambda: propose(search, belief, known, None, []))
    return Step(options, events, rows, *spent)


def _timed(spent: list[float], work: Callable[[], Any]) -> Any:
    began = time.process_time()
    result = work()
    spent.append(time.process_time() - began)
    return result


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    decide(10, 5, 30, 0)  # compiles
    steps = [decide(*size, seed) for seed in range(asked.repeats) for size in SIZES]
    table = pd.DataFrame([{**asdict(s), "total": s.total} for s in steps])
    print(table.groupby(["options", "events", "rows"]).median().round(3).to_string())
    if asked.json:
        asked.json.write_text(json.dumps([{**asdict(s), "total": s.total} for s in steps], indent=1))


if __name__ == "__main__":
    main()
