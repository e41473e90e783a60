"""The fleet: how its operators chose, and what a frame then takes. Simulated; written down before it was looked at."""

from __future__ import annotations

import numpy as np
import pandas as pd

ROWS = 240
EFFECT = -0.060  # seconds per whole GPU memory: room to work in makes frames faster
PAGING = 0.020  # seconds per GiB of swap: what is allowed to page does
RAISED = 0.14  # share of memory that operators add per GiB of swap, because their boards are slow
NEWER = 0.10  # share that the newer image adds to its default
CARE, NOISE = 0.04, 0.004


def telemetry(rng: np.random.Generator, rows: int = ROWS) -> pd.DataFrame:
    """Return what was observed, one row per board."""
    swap, release = rng.integers(1, 5, rows), rng.integers(1, 3, rows)
    growth = 0.15 + RAISED * (swap - 1) + NEWER * (release - 1) + rng.normal(0, CARE, rows)
    return _measured(rng, swap, release, growth)


def experiment(rng: np.random.Generator, rows: int = ROWS) -> pd.DataFrame:
    """Return what would have been measured, had a coin and not an operator set the memory."""
    swap, release = rng.integers(1, 5, rows), rng.integers(1, 3, rows)
    return _measured(rng, swap, release, rng.uniform(0.05, 0.95, rows))


def _measured(rng: np.random.Generator, swap: np.ndarray, release: np.ndarray, growth: np.ndarray) -> pd.DataFrame:
    growth = growth.clip(0.0, 1.0).round(4)
    latency = 0.060 + PAGING * swap + EFFECT * growth + rng.normal(0, NOISE, len(swap))
    return pd.DataFrame({"memory_growth": growth, "swap_gb": swap, "release": release, "latency": latency.round(6)})
