"""Small worlds with a known null and a known dependence, to measure the size and power of tests."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from cadet.model.dataset import Dataset, Role, Variable
from cadet.model.domain import Choice

World = Callable[[np.random.Generator, int, float], Dataset]

CODEC = Choice(("a", "b", "c", "d"))
MODE = Choice(("off", "on"))
FEW = Choice((1, 2, 3, 4), ordered=True)
LEVELS = Choice((1, 2, 4, 8, 16, 32, 64), ordered=True)


def dataset(columns: dict[str, npt.ArrayLike], domains: dict[str, Choice], repeats: int = 1) -> Dataset:
    """Options are the columns with a domain, `latency` is the objective, all others are events."""
    frame = pd.DataFrame(columns)
    variables = tuple(
        Variable(n, Role.OPTION, domains[n])
        if n in domains
        else Variable(n, Role.OBJECTIVE if n == "latency" else Role.EVENT)
        for n in frame
    )
    rows = len(frame)
    return Dataset(frame, variables, np.arange(rows) // repeats, np.zeros(rows, bool), np.ones(rows, bool))


def categorical_confounder(rng: np.random.Generator, rows: int, strength: float) -> Dataset:
    """`codec` moves event and latency with no order among its values; `strength` joins the two beyond it."""
    codec = rng.integers(4, size=rows)
    event = np.array([0.0, 2.0, -1.0, 1.0])[codec] + rng.normal(size=rows)
    latency = np.array([0.0, 2.0, -1.0, 1.0])[codec] + strength * event + rng.normal(size=rows)
    return dataset({"codec": np.array(CODEC.values)[codec], "event": event, "latency": latency}, {"codec": CODEC})


def u_shape(rng: np.random.Generator, rows: int, strength: float) -> Dataset:
    """The objective is best in the middle of an ordered option."""
    batch = rng.integers(7, size=rows)
    latency = strength * ((batch - 3) ** 2 - 4) / np.sqrt(12) + rng.normal(size=rows)
    return dataset({"batch": np.array(LEVELS.values)[batch], "latency": latency}, {"batch": LEVELS})


def non_monotone_confounder(rng: np.random.Generator, rows: int, strength: float) -> Dataset:
    """The middle of an ordered option is best for event and objective; `strength` joins the two beyond it."""
    batch = rng.integers(7, size=rows)
    shape = ((batch - 3) ** 2 - 4) / np.sqrt(12)
    event = 1.5 * shape + rng.normal(size=rows)
    latency = 1.5 * shape + strength * event + rng.normal(size=rows)
    return dataset({"batch": np.array(LEVELS.values)[batch], "event": event, "latency": latency}, {"batch": LEVELS})


def chain(rng: np.random.Generator, rows: int, strength: float) -> Dataset:
    """Demand sets an ordered option, the option the objective, with a cliff; `strength` is a way around the option."""
    demand = rng.normal(size=rows)
    batch = np.clip(np.round(3 + 1.5 * demand + rng.normal(size=rows)), 0, 6).astype(int)
    latency = 0.3 * batch + 2 * (batch > 4) + strength * demand + rng.normal(size=rows)
    return dataset({"batch": np.array(LEVELS.values)[batch], "demand": demand, "latency": latency}, {"batch": LEVELS})


def interaction(rng: np.random.Generator, rows: int, strength: float) -> Dataset:
    """`batch` matters where `mode` is on, and there alone; `mode` always does."""
    batch, mode = rng.integers(4, size=rows), rng.integers(2, size=rows)
    latency = mode + strength * (batch - 1.5) * mode + rng.normal(size=rows)
    columns = {"batch": np.array(FEW.values)[batch], "mode": np.array(MODE.values)[mode], "latency": latency}
    return dataset(columns, {"batch": FEW, "mode": MODE})


def interacting_confounders(rng: np.random.Generator, rows: int, strength: float) -> Dataset:
    """`batch` moves event and objective up where `mode` is on, else down; `strength` joins the two beyond it."""
    batch, mode = rng.integers(4, size=rows), rng.integers(2, size=rows)
    both = (batch - 1.5) * (2 * mode - 1)
    event = both + rng.normal(size=rows)
    latency = both + strength * event + rng.normal(size=rows)
    columns = {"batch": np.array(FEW.values)[batch], "mode": np.array(MODE.values)[mode]}
    return dataset({**columns, "event": event, "latency": latency}, {"batch": FEW, "mode": MODE})


def heavy_tails(rng: np.random.Generator, rows: int, strength: float) -> Dataset:
    """A chain of counters with Student noise of two degrees of freedom on a logarithmic scale."""
    cause = rng.standard_t(2, size=rows)
    event = cause + rng.standard_t(2, size=rows)
    latency = event + strength * cause + rng.standard_t(2, size=rows)
    return dataset({"cause": np.exp(cause / 4), "event": np.exp(event / 4), "latency": np.exp(latency / 4)}, {})


def crossed(rng: np.random.Generator, rows: int, strength: float) -> Dataset:
    """`rows` settings of four options, each at all 8 values of `kernel`; what interacts stays with the setting."""
    options = {name: rng.integers(7, size=rows) for name in "abcd"}
    shared = rng.normal(size=rows) * 2 + strength * options["a"]
    plot = np.repeat(np.arange(rows), 8)
    columns: dict[str, npt.ArrayLike] = {name: np.array(LEVELS.values)[at][plot] for name, at in options.items()}
    columns["kernel"] = np.tile(np.arange(8), rows)
    columns["latency"] = shared[plot] + rng.normal(size=rows * 8) * 0.3
    return dataset(columns, dict.fromkeys(options, LEVELS) | {"kernel": Choice(tuple(range(8)), ordered=True)})
