"""Counters span decades and now and then go wild: their ranks enter, so neither scale nor one reading decides."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from cadet.causal.independence import DegenerateGaussian, FisherZ
from cadet.causal.independence.encoding import normal_scores
from cadet.causal.independence.rows import averaged
from cadet.model.dataset import Dataset
from cadet.plugins import load, names
from cadet.protocols import Independence
from tests.causal.independence.peers import needs_peers
from tests.causal.independence.worlds import LEVELS, dataset, heavy_tails

Floats = npt.NDArray[np.float64]
QUESTION = ("cause", "latency", ("event",))
SEES_QUANTITIES = [name for name in names("independence") if name != "g2"]


def asked(name: str, data: Dataset) -> Independence:
    if name in ("kci", "rcit"):
        needs_peers()
    result = load("independence", name)(data, averaged(data))(*QUESTION)
    assert isinstance(result, Independence)
    return result


@pytest.mark.parametrize("name", SEES_QUANTITIES)
@pytest.mark.parametrize("stretch", [np.log, np.sqrt, lambda x: x**3, lambda x: 1e9 * x - 7])
def test_any_growing_scale_gives_the_same_answer(name: str, stretch: Callable[[Floats], Floats]) -> None:
    data = heavy_tails(np.random.default_rng(1), 100, 0.5)
    columns = {n: stretch(data.frame[n].to_numpy()) for n in data.names()}
    assert asked(name, dataset(columns, {})) == asked(name, data)


@pytest.mark.parametrize("name", SEES_QUANTITIES)
def test_one_wild_reading_weighs_no_more_than_the_largest(name: str) -> None:
    data = heavy_tails(np.random.default_rng(2), 100, 0.0)
    column = data.frame["cause"].to_numpy()
    wild = np.where(column == column.max(), 1e12, column)
    assert asked(name, dataset({**data.frame, "cause": wild}, {})) == asked(name, data)


def test_one_wild_repetition_moves_its_row_by_a_share_of_the_ranks() -> None:
    """Of five repetitions one stalls for hours: the mean of the values would be that stall."""
    rng = np.random.default_rng(3)
    batch = np.repeat(rng.integers(7, size=30), 5)
    latency = batch + 0.1 * rng.normal(size=150)
    calm = dataset({"batch": np.array(LEVELS.values)[batch], "latency": latency}, {"batch": LEVELS}, repeats=5)
    stalled = dataset({**calm.frame, "latency": np.where(np.arange(150) % 5 == 0, 1e6 * rng.random(150), latency)},
                      {"batch": LEVELS}, repeats=5)  # fmt: skip
    for data in (calm, stalled):
        result = DegenerateGaussian.of(data)("batch", "latency", ())
        assert result is not None and result.p_value < 1e-6
    means = stalled.frame["latency"].to_numpy().reshape(30, 5).mean(axis=1)
    assert abs(np.corrcoef(batch[::5], means)[0, 1]) < 0.5


@pytest.mark.parametrize("make", [DegenerateGaussian, FisherZ])
@pytest.mark.parametrize("tail", ["cauchy", "pareto", "zeros"])
def test_size_in_the_heaviest_tails_in_a_quick_look(make: type[DegenerateGaussian] | type[FisherZ], tail: str) -> None:
    """Noise without a mean, without a variance, and a counter that is mostly zero."""

    def drawn(rng: np.random.Generator) -> Floats:
        draws = {
            "cauchy": lambda: rng.standard_cauchy(60),
            "pareto": lambda: rng.pareto(1.0, 60),
            "zeros": lambda: rng.poisson(0.3, 60).astype(float),
        }
        return draws[tail]()

    rejected = []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        result = make.of(dataset({"x": drawn(rng), "latency": drawn(rng)}, {}))("x", "latency", ())
        assert result is not None
        rejected.append(result.p_value < 0.05)
    assert np.mean(rejected) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)


def test_normal_scores_sees_what_the_raw_values_hide() -> None:
    """Power at 60 rows: the correlation of raw values is decided by the two or three largest."""
    raw, scored = [], []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        x = 2 * rng.normal(size=60)
        columns = {"x": np.exp(x), "latency": np.exp(0.5 * x + 2 * rng.normal(size=60))}
        r = np.corrcoef(columns["x"], columns["latency"])[0, 1]
        raw.append(abs(r) * np.sqrt(58 / (1 - min(r * r, 1 - 1e-12))) > 2.0)
        result = DegenerateGaussian.of(dataset(columns, {}))("x", "latency", ())
        assert result is not None
        scored.append(result.p_value < 0.05)
    assert np.mean(scored) > 0.9 > 0.6 > np.mean(raw)


def test_scores_are_normal_and_keep_gaps_and_ties() -> None:
    column = np.exp(5 * np.random.default_rng(4).normal(size=999))
    scores = normal_scores(np.r_[column, np.nan, column[:1]])
    assert np.isnan(scores[999]) and scores[0] == scores[1000]
    seen = scores[np.isfinite(scores)]
    assert (abs(seen.mean()), seen.std()) == pytest.approx((0, 1), abs=0.01)
    assert (np.argsort(seen[:999]) == np.argsort(column)).all()
