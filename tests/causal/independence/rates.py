"""How often a test rejects in a world: its size where nothing is there, its power where something is.

`python -m tests.causal.independence.rates` prints the table of docs/decisions/0004-independence-test.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from cadet.causal.independence import DegenerateGaussian, FisherZ
from cadet.model.dataset import Dataset
from cadet.protocols import IndependenceTest
from tests.causal.independence.worlds import World, categorical_confounder, crossed, heavy_tails, u_shape

ALPHA = 0.05
QUESTIONS: dict[str, tuple[World, str, str, tuple[str, ...], float]] = {
    "categorical confounder": (categorical_confounder, "event", "latency", ("codec",), 0.5),
    "U-shape": (u_shape, "batch", "latency", (), 0.7),
    "heavy tails": (heavy_tails, "cause", "latency", ("event",), 0.5),
    "crossed design": (crossed, "a", "latency", ("b", "kernel"), 1.0),
}


def rate(
    make: Callable[[Dataset], IndependenceTest], name: str, rows: int, strength: float, seeds: Sequence[int]
) -> float:
    """Return the share of worlds in which the test rejects at ALPHA; refused tests reject nothing."""
    world, x, y, given, _ = QUESTIONS[name]
    results = [make(world(np.random.default_rng(seed), rows, strength))(x, y, given) for seed in seeds]
    return float(np.mean([result is not None and result.p_value < ALPHA for result in results]))


def main() -> None:
    print("| world | rows | size DG | size Fisher-z | power DG | power Fisher-z |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, (*_, strength) in QUESTIONS.items():
        for rows in (25, 50, 100, 300):
            size = [rate(t.of, name, rows, 0.0, range(1000)) for t in (DegenerateGaussian, FisherZ)]
            power = [rate(t.of, name, rows, strength, range(300)) for t in (DegenerateGaussian, FisherZ)]
            print(f"| {name} | {rows} | {size[0]:.3f} | {size[1]:.3f} | {power[0]:.2f} | {power[1]:.2f} |", flush=True)


if __name__ == "__main__":
    main()
