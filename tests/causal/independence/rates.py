"""How often a test rejects in a world: its size where nothing is there, its power where something is.

`python -m tests.causal.independence.rates` prints the table of docs/decisions/0004-independence-test.md (10 minutes).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from cadet.causal.independence import KCI, DegenerateGaussian, FisherZ
from cadet.causal.independence.kernel import blocks_of
from cadet.causal.independence.rows import averaged
from cadet.model.dataset import Dataset
from cadet.protocols import IndependenceTest
from tests.causal.independence.worlds import (
    World,
    categorical_confounder,
    chain,
    crossed,
    heavy_tails,
    interacting_confounders,
    interaction,
    non_monotone_confounder,
    u_shape,
)

Make = Callable[[Dataset], IndependenceTest]

ALPHA = 0.05
ROWS = (25, 50, 100, 300)
WORLDS = 1000  # a size of 0.05 has then a standard error of 0.007
QUESTIONS: dict[str, tuple[World, str, str, tuple[str, ...], float]] = {
    "categorical confounder": (categorical_confounder, "event", "latency", ("codec",), 0.5),
    "chain through an option": (chain, "demand", "latency", ("batch",), 0.5),
    "U-shape": (u_shape, "batch", "latency", (), 0.7),
    "non-monotone confounder": (non_monotone_confounder, "event", "latency", ("batch",), 0.5),
    "interaction": (interaction, "batch", "latency", ("mode",), 0.7),
    "interacting confounders": (interacting_confounders, "event", "latency", ("batch", "mode"), 0.5),
    "heavy tails": (heavy_tails, "cause", "latency", ("event",), 0.5),
    "crossed design": (crossed, "a", "latency", ("b", "kernel"), 1.0),
}


def kci(data: Dataset) -> KCI:
    return KCI(blocks_of(data, averaged(data)))


TESTS: dict[str, Make] = {"DG": DegenerateGaussian.of, "Fisher-z": FisherZ.of, "KCI": kci}


def rate(make: Make, name: str, rows: int, strength: float, seeds: Sequence[int]) -> float:
    """Return the share of worlds in which the test rejects at ALPHA; NaN when it refuses any."""
    world, x, y, given, _ = QUESTIONS[name]
    results = [make(world(np.random.default_rng(seed), rows, strength))(x, y, given) for seed in seeds]
    return float(np.mean([np.nan if result is None else result.p_value < ALPHA for result in results]))


def line(name: str, rows: int) -> str:
    """Return a row of the table; power only where the size is right, for else it says nothing."""
    cells = []
    for test, make in TESTS.items():
        affordable = test != "KCI" or (rows <= 100 and name != "crossed design")
        size = rate(make, name, rows, 0.0, range(WORLDS)) if affordable else np.nan
        power = rate(make, name, rows, QUESTIONS[name][-1], range(300)) if size <= 0.08 else np.nan
        cells += [_cell(size, 3), _cell(power, 2)]
    return f"| {name} | {rows} | {' | '.join(cells)} |"


def _cell(share: float, digits: int) -> str:
    return "–" if np.isnan(share) else f"{share:.{digits}f}".removeprefix("0")


def main() -> None:
    print(f"| world | rows | {' | '.join(f'size {t} | power {t}' for t in TESTS)} |")
    print("| --- | ---: |" + " ---: |" * (2 * len(TESTS)))
    for name in QUESTIONS:
        for rows in ROWS:
            print(line(name, rows), flush=True)


if __name__ == "__main__":
    main()
