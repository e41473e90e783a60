"""The worlds of the benchmark stay what they are, and are as troublesome as they say."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from cadet.testing.worlds import World, frozen_families, frozen_world, shifted
from cadet.testing.worlds.world import place

# The first six digits of what a few worlds say. A difference means that a frozen family has changed: results with it
# are not comparable with earlier ones. Make a new family instead.
FROZEN = {
    "steps": "14426f",
    "saturation": "53bb97",
    "stages": "0c329e",
    "triples": "9da414",
    "cliffs": "4ef3f3",
    "noisy": "e8047d",
    "drifting": "f948d3",
    "narrow": "fe3f98",
    "shaken": "8e7ea4",
    "hidden": "9e99fb",
    "nested": "5e2e23",
    "twofold": "50cb0e",
    "idle": "34996d",
    "several": "19f75b",
    "loads": "638e34",
    "wide": "ad9423",
}


def runs(world: World, n: int, seed: int) -> dict[str, np.ndarray]:
    """Return what n random configurations do, undisturbed."""
    rng = np.random.default_rng(seed)
    domains = {o.name: (o.domain, o.levels) for o in world.space.options}
    domains |= {c.name: (c.domain, c.domain.levels()) for c in world.space.context}
    places = {name: np.array([place(d, v) for v in levels])[rng.integers(len(levels), size=n)]
              for name, (d, levels) in domains.items()}  # fmt: skip
    return world.typical(places)


def fingerprint(family: str) -> str:
    said = []
    for seed in range(3):
        world = frozen_world(family, seed)
        values = runs(world, 20, 0)
        said += [*world.space.names, *(c.expression.text for c in world.space.constraints)]
        said += [o.when.text for o in world.space.options if o.when]
        said += [f"{name} {value:.6g}" for name in sorted(values) for value in values[name]]
        said += [f"{world.drift} {world.shock} {world.limits and world.limits[0].event} {world.timeout_s or 0:.6g}"]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:6]


@pytest.mark.parametrize("family", frozen_families())
def test_frozen_families_do_not_change(family: str) -> None:
    assert fingerprint(family) == FROZEN[family]


@pytest.mark.parametrize("family", frozen_families())
@pytest.mark.parametrize("seed", range(8))
def test_worlds_are_as_large_as_promised(family: str, seed: int) -> None:
    world = frozen_world(family, seed)
    assert 10 <= len(world.space.options) <= 60 or (family == "wide" and len(world.space.options) == 200)
    assert 0 <= len(world.events) <= 60
    assert 1 <= len(world.objectives) <= 3
    causes = {o.name for o in world.objectives}.union(*(world.graph.ancestors(o.name) for o in world.objectives))
    matter = causes & set(world.space.names)
    assert (len(matter) == 0) if family == "idle" else (2 <= len(matter) <= 20)
    assert world.graph.topological()


def test_some_worlds_have_no_event_and_some_have_dozens() -> None:
    counts = [len(frozen_world("steps", seed).events) for seed in range(40)]
    assert min(counts) == 0
    assert max(counts) > 30


def test_only_options_that_are_said_to_matter_do() -> None:
    for family in frozen_families():
        world = frozen_world(family, 2)
        causes = frozenset().union(*(world.graph.ancestors(o.name) for o in world.objectives))
        rng = np.random.default_rng(0)
        option = next(o for o in world.space.options if o.name not in causes)
        places = np.array([place(option.domain, v) for v in option.levels])
        rest = {o.name: np.full(len(places), place(o.domain, o.levels[int(rng.integers(len(o.levels)))]))
                for o in world.space.options}  # fmt: skip
        rest |= {c.name: np.full(len(places), 1.0) for c in world.space.context}
        answer = world.typical({**rest, option.name: places})
        for objective in world.objectives:
            if not world.limits:
                assert len(np.unique(answer[objective.name])) == 1


def test_the_log_of_an_objective_is_no_sum_over_options() -> None:
    """What single options explain, each by a free curve of its own, is not everything."""
    for family in ("saturation", "triples", "stages", "twofold"):
        world = frozen_world(family, 4)
        rng = np.random.default_rng(1)
        places = {o.name: np.array([place(o.domain, v) for v in o.levels])[rng.integers(len(o.levels), size=4000)]
                  for o in world.space.options}  # fmt: skip
        y = np.log(world.typical(places)["latency"])
        columns = [np.eye(len(np.unique(x)))[np.unique(x, return_inverse=True)[1]] for x in places.values()]
        design = np.hstack(columns)
        fitted = design @ np.linalg.lstsq(design, y, rcond=None)[0]
        assert 1 - np.var(y - fitted) / np.var(y) < 0.97, family


def test_two_causes_need_two_changes() -> None:
    world = frozen_world("twofold", 0)
    large = [t for t in world.nodes[-1].terms if t.weight >= 3]
    pairs = [frozenset(s.parent for s in term.shapes) for term in large]
    assert len(pairs) == 2
    assert not pairs[0] & pairs[1]


def test_drift_has_no_mean_and_is_felt() -> None:
    drift = frozen_world("drifting", 0).drift
    shifts = np.array([drift.at(i) for i in range(20_000)])
    assert abs(shifts.mean()) < 0.005
    assert shifts.std() > 0.02


def test_options_hang_on_others_and_constraints_forbid() -> None:
    assert sum(o.when is not None for o in frozen_world("nested", 0).space.options) >= 4
    assert len(frozen_world("narrow", 0).space.constraints) >= 4


def test_what_is_shifted_by_nothing_is_the_same_and_more_is_further() -> None:
    world = frozen_world("stages", 1)
    assert shifted(world, "same", np.random.default_rng(0)) == world
    before = np.log(runs(world, 2000, 0)["latency"])
    likeness = {}
    for size in ("small", "large"):
        elsewhere = shifted(world, size, np.random.default_rng(0))
        likeness[size] = np.corrcoef(before, np.log(runs(elsewhere, 2000, 0)["latency"]))[0, 1]
    assert likeness["large"] < likeness["small"] < 1
    assert likeness["small"] > 0.8
