"""Worlds say truly what they do."""

import numpy as np
import pytest

from cadet.errors import UsageError
from cadet.model.option import Configuration
from cadet.testing.worlds import World, families, world


def draw(w: World, rng: np.random.Generator) -> Configuration:
    return w.space.configuration({o.name: o.domain.from_unit(rng.random()) for o in w.space.options})


@pytest.mark.parametrize("family", families())
def test_the_same_seed_is_the_same_world(family: str) -> None:
    first, second = world(family, 3), world(family, 3)
    assert first == second
    assert first.simulate(first.space.default, np.random.default_rng(0)) == second.simulate(
        second.space.default, np.random.default_rng(0)
    )


@pytest.mark.parametrize("family", families())
@pytest.mark.parametrize("shocks", [False, True])
def test_the_mean_of_many_runs_is_the_expectation(family: str, shocks: bool) -> None:
    w, rng = world(family, 5, shocks=shocks), np.random.default_rng(1)
    configuration = draw(w, rng)
    runs = np.array([w.simulate(configuration, rng)["latency"] for _ in range(2000)])
    standard_error = runs.std() / np.sqrt(len(runs))
    assert abs(runs.mean() - w.expected(configuration, "latency")) < 4 * standard_error + 0.002 * runs.mean()


@pytest.mark.parametrize("family", families())
def test_only_ancestors_move_an_objective(family: str) -> None:
    w, rng = world(family, 2), np.random.default_rng(2)
    causes = w.graph.ancestors("latency")
    for option in w.space.options:
        moved = set()
        for _ in range(3):
            c = draw(w, rng)
            values = {w.expected(w.space.change(c, {option.name: v}), "latency") for v in option.levels}
            moved.add(len(values) > 1)
        assert (True in moved) <= (option.name in causes)


def test_no_option_of_a_null_world_causes_an_objective() -> None:
    w = world("null", 0)
    assert not w.graph.ancestors("latency") & set(w.space.names)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("family", families())
def test_worlds_are_as_large_as_promised(family: str, seed: int) -> None:
    w = world(family, seed)
    assert 10 <= len(w.space.options) <= 20
    assert 1 <= len(w.objectives) <= 2
    assert set(w.simulate(w.space.default, np.random.default_rng(0))) == {*w.events, *(o.name for o in w.objectives)}
    assert w.graph.topological()
    assert w.graph.bidirected


def test_an_unknown_family_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'chain'"):
        world("chains", 0)
