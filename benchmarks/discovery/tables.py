"""The tables that structure is learned from: random sparse worlds, and a recorded board."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

DEGREE = 3.5  # mean number of neighbours in the DAG, hidden variables included
HIDDEN = 0.1  # hidden variables per observed one
BOARD = "jetson_tx2_inference_events"
JITTER = 0.01  # of a standard deviation: without it causal-learn stops at the first singular matrix

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Table:
    """(rows, columns) values under a name that says where they are from."""

    name: str
    values: Floats

    @cached_property
    def names(self) -> list[str]:
        """One name per column, in the order of the columns."""
        return [f"v{i:04d}" for i in range(self.values.shape[1])]

    @cached_property
    def columns(self) -> dict[str, Floats]:
        """The columns by name."""
        return {name: np.ascontiguousarray(column) for name, column in zip(self.names, self.values.T, strict=True)}

    def rows(self, chosen: npt.NDArray[np.int64]) -> Table:
        """Return some of the rows."""
        return Table(self.name, self.values[chosen])


def random_table(observed: int, rows: int, *, degree: float = DEGREE, tails: str = "normal", seed: int = 1) -> Table:
    """Draw from a random linear world; the generator is seeded with (seed, observed, rows)."""
    values = linear(np.random.default_rng((seed, observed, rows)), observed, rows, degree=degree, tails=tails)
    return Table(f"p = {observed}, n = {rows}" + (f", degree {degree:g}" if degree != DEGREE else ""), values)


def linear(
    rng: np.random.Generator, observed: int, rows: int, *, degree: float = DEGREE, tails: str = "normal"
) -> Floats:
    """Draw (rows, observed) values of a sparse random DAG with weights ±[0.3, 0.9], a tenth more variables hidden.

    tails: of the noise: normal, student (3 degrees of freedom) or lognormal.
    """
    size = observed + round(HIDDEN * observed)
    edges = np.triu(rng.random((size, size)) < degree / (size - 1), 1)
    weights = edges * rng.uniform(0.3, 0.9, (size, size)) * rng.choice([-1, 1], (size, size))
    values = _noise(rng, (rows, size), tails)
    for effect in range(1, size):
        values[:, effect] += values[:, :effect] @ weights[:effect, effect]
    return np.ascontiguousarray(values[:, rng.permutation(size)[:observed]])


def _noise(rng: np.random.Generator, shape: tuple[int, int], tails: str) -> Floats:
    if tails == "student":
        return rng.standard_t(3, shape)
    return rng.lognormal(size=shape) if tails == "lognormal" else rng.standard_normal(shape)


def board(folder: Path) -> Table:
    """Return the complete columns of numbers that differ in two rows at least, with a little noise for the collinear.

    Raises FileNotFoundError where the folder does not hold it.
    """
    frame = pd.read_parquet(folder / f"{BOARD}.parquet").select_dtypes("number")
    values = numbers(frame[[c for c in _complete(frame) if len(frame) - frame[c].value_counts().iloc[0] > 1]])
    values = (values - values.mean(axis=0)) / values.std(axis=0)
    values += JITTER * np.random.default_rng(1).standard_normal(values.shape)
    return Table(f"{BOARD}, p = {values.shape[1]}, n = {len(values)}", values)


def _complete(frame: pd.DataFrame) -> list[str]:
    return [c for c in frame if frame[c].notna().all() and frame[c].nunique() > 1]


def recorded(folder: Path, names: Sequence[str]) -> Iterator[Table]:
    """Yield recorded tables of a folder: complete columns that vary, categories by their place in the alphabet."""
    for name in names:
        frame = pd.read_parquet(folder / f"{name}.parquet")
        yield Table(name, numbers(frame[_complete(frame)]))


def numbers(frame: pd.DataFrame) -> Floats:
    """Return (rows, columns) values, categories by their place in the alphabet."""
    numeric = pd.api.types.is_numeric_dtype
    coded = [frame[c] if numeric(frame[c]) else pd.factorize(frame[c], sort=True)[0] for c in frame]
    return np.column_stack([np.asarray(column, dtype=float) for column in coded])


def independent(values: Floats, share: float) -> Floats:
    """Return the columns that keep more than `share` of their variance given the columns before them."""
    scores = (values - values.mean(axis=0)) / values.std(axis=0) / np.sqrt(len(values))
    basis, kept = np.empty((len(values), 0)), []
    for i, score in enumerate(scores.T):
        rest = score - basis @ (basis.T @ score)
        rest -= basis @ (basis.T @ rest)
        if rest @ rest > share:
            kept.append(i)
            basis = np.column_stack([basis, rest / np.linalg.norm(rest)])
    return np.ascontiguousarray(values[:, kept])
