"""Total effects say what an intervention does, and how sure that is."""

import numpy as np
import pandas as pd
import pytest

from cadet.causal.effects import total_effects
from cadet.errors import DomainError
from cadet.model.dataset import Dataset, Role, Variable
from cadet.model.domain import Choice
from cadet.testing.worlds import world
from tests.causal.effects.coverage import coverage, trial
from tests.causal.effects.samples import study

THREADS = (1, 2, 4, 8)


def linear_dataset(n: int = 60, seed: int = 0) -> Dataset:
    """latency = 10 + threads + 3·[cache=on] + noise."""
    rng = np.random.default_rng(seed)
    threads, cache = rng.choice(THREADS, n), rng.choice(["off", "on"], n)
    steps = np.array([THREADS.index(t) for t in threads])
    frame = pd.DataFrame({"threads": threads, "cache": cache})
    frame["latency"] = 10 + steps + 3 * (cache == "on") + 0.1 * rng.standard_normal(n)
    variables = (
        Variable("threads", Role.OPTION, Choice(THREADS, ordered=True)),
        Variable("cache", Role.OPTION, Choice(("off", "on"))),
        Variable("latency", Role.OBJECTIVE, unit="s"),
    )
    return Dataset(frame, variables, np.arange(n), np.zeros(n, dtype=bool), np.ones(n, dtype=bool))


def test_a_linear_world_is_recovered() -> None:
    effects = total_effects(
        linear_dataset(),
        "latency",
        {"threads": 1, "cache": "off"},
        {"threads": [8], "cache": ["on"]},
        rng=np.random.default_rng(0),
    )
    for effect, truth in zip(effects, (3.0, 3.0), strict=True):
        assert effect.value.estimate == pytest.approx(truth, abs=0.25)
        assert effect.value.excludes_zero


def test_there_and_back_is_no_effect() -> None:
    dataset = study(world("interacting", 4), 40, np.random.default_rng(0))
    there = total_effects(dataset, "latency", {"option01": "a"}, {"option01": ["b"]}, rng=np.random.default_rng(5))
    back = total_effects(dataset, "latency", {"option01": "b"}, {"option01": ["a"]}, rng=np.random.default_rng(5))
    a, b = there[0].value, back[0].value
    assert a.low is not None and a.high is not None
    assert (a.estimate, a.low, a.high) == pytest.approx((-b.estimate, -b.high, -b.low))  # type: ignore[operator]


def test_the_order_of_columns_does_not_matter() -> None:
    dataset = linear_dataset()
    turned = Dataset(
        dataset.frame[dataset.frame.columns[::-1]], dataset.variables[::-1], dataset.configuration, dataset.censored,
        dataset.sample,
    )  # fmt: skip
    reference = {"threads": 1, "cache": "off"}
    assert total_effects(dataset, "latency", reference, rng=np.random.default_rng(1)) == total_effects(
        turned, "latency", reference, rng=np.random.default_rng(1)
    )


def test_the_unit_of_the_objective_does_not_matter() -> None:
    dataset = linear_dataset()
    in_ms = Dataset(
        dataset.frame.assign(latency=1000 * dataset.frame["latency"]), dataset.variables, dataset.configuration,
        dataset.censored, dataset.sample,
    )  # fmt: skip
    asked = ({"cache": "off", "threads": 1}, {"cache": ["on"]})
    s = total_effects(dataset, "latency", *asked, rng=np.random.default_rng(1))[0].value.estimate
    ms = total_effects(in_ms, "latency", *asked, rng=np.random.default_rng(1))[0].value.estimate
    assert s is not None
    assert ms == pytest.approx(1000 * s, rel=1e-6)


def test_an_option_without_effect_is_covered_by_zero() -> None:
    covered = []
    for seed in range(6):
        w = world("null", seed)
        dataset = study(w, 30, np.random.default_rng(seed), adaptive=10)
        effects = total_effects(dataset, "latency", w.space.default, rng=np.random.default_rng(seed))
        covered += [not effect.value.excludes_zero for effect in effects]
    assert len(covered) > 100
    assert np.mean(covered) > 0.9


def test_an_option_that_never_varied_has_no_estimate_but_a_reason() -> None:
    effects = total_effects(linear_dataset(), "latency", {"pages": 1}, {"pages": [2]}, rng=np.random.default_rng(0))
    assert effects[0].value.estimate is None
    assert effects[0].value.reason == "pages was never varied"


def test_an_alternative_without_reference_names_the_option() -> None:
    with pytest.raises(DomainError, match="did you mean 'cache'"):
        total_effects(linear_dataset(), "latency", {"cache": "off"}, {"cash": ["on"]}, rng=np.random.default_rng(0))


def test_a_censored_run_does_not_hide_an_effect() -> None:
    dataset = linear_dataset()
    late = dataset.frame["latency"].to_numpy() > 14
    cut = Dataset(
        dataset.frame.assign(latency=np.minimum(dataset.frame["latency"], 14)), dataset.variables,
        dataset.configuration, late, dataset.sample,
    )  # fmt: skip
    asked = ({"cache": "off", "threads": 1}, {"cache": ["on"]})
    censored = total_effects(cut, "latency", *asked, rng=np.random.default_rng(1))[0].value
    ignored = total_effects(
        Dataset(cut.frame, cut.variables, cut.configuration, ~late & late, cut.sample),
        "latency",
        *asked,
        rng=np.random.default_rng(1),
    )[0].value
    assert censored.estimate is not None and ignored.estimate is not None
    assert ignored.estimate < censored.estimate < 4


def test_intervals_cover_on_a_few_worlds() -> None:
    found = coverage([trial(i, 300) for i in range(8)])
    assert found.effects >= 30
    assert found.share > 0.85


@pytest.mark.slow
def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    found = coverage([trial(i, 70_000) for i in range(64)])
    assert found.effects >= 300
    assert 0.92 <= found.share <= 0.98
