from __future__ import annotations

import numpy as np

from cadet.causal.dataset import build
from cadet.causal.effects import carried, rank_paths
from cadet.causal.effects.carriers import DOUBTED, LEAST, TOLD, selected
from cadet.model.domain import Choice
from cadet.model.graph import ADMG, PAG, CausalGraph
from cadet.model.measurement import Run, Status
from cadet.model.objective import Objective
from cadet.model.option import Configuration, Option
from cadet.model.space import Space

LATENCY = Objective("latency", "s")
SPACE = Space(tuple(Option(f"o{i}", Choice((1, 2, 4), ordered=True), 1) for i in range(8)))


def runs(count: int, seed: int, reading: float = 0.05) -> list[Run]:
    """Draw configurations at random: o0 and o1 move `misses`, which moves the latency; o2 acts directly, o3 aside."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        c = Configuration({o.name: int(rng.choice([1, 2, 4])) for o in SPACE.options})
        level = {name: np.log2(float(c[name])) for name in c}
        misses = np.exp(0.5 * level["o0"] - 0.4 * level["o1"] + 0.02 * rng.standard_normal())
        aside = np.exp(0.6 * level["o3"] + 0.05 * rng.standard_normal())
        symptom = misses**0.7 * np.exp(0.1 * rng.standard_normal())
        latency = (1 + 2 * misses) * np.exp(0.3 * level["o2"] + 0.03 * rng.standard_normal())
        values = {"misses": misses, "aside": aside, "symptom": symptom}
        read = {n: float(v * np.exp(reading * rng.standard_normal())) for n, v in values.items()}
        made.append(Run(c, Status.OK, {**read, "latency": float(latency)}))
    return made


def shares(count: int, seed: int, options=("o0", "o1", "o2", "o3")) -> dict[tuple[str, ...], float]:
    dataset = build(runs(count, seed), SPACE, [LATENCY])
    return carried(dataset, options, ["latency"], np.random.default_rng(0))


def test_what_carries_the_effect_is_selected_nearly_always():
    for seed in range(3):
        found = shares(40, seed)
        assert found["o0", "misses", "latency"] >= TOLD
        assert found["o1", "misses", "latency"] >= TOLD
        assert found["o2", "latency"] >= TOLD


def test_what_moves_an_event_that_carries_nothing_has_no_path():
    for seed in range(3):
        found = shares(40, seed)
        assert all(share < TOLD for path, share in found.items() if "aside" in path or "symptom" in path)
        assert found.get(("o3", "latency"), 0.0) < DOUBTED


def test_only_paths_of_the_options_asked_for():
    assert {path[0] for path in shares(40, 0, ("o1",))} == {"o1"}
    assert shares(40, 0, ()) == {}


def test_too_few_configurations_select_nothing():
    assert shares(LEAST - 1, 0) == {}


def test_options_that_were_not_randomised_are_left_alone():
    dataset = build(runs(40, 0), SPACE, [LATENCY], randomised=False)
    assert carried(dataset, ["o0"], ["latency"], np.random.default_rng(0)) == {}


def test_the_same_rows_and_generator_select_the_same():
    assert shares(30, 1) == shares(30, 1)


def test_nothing_is_told_where_nothing_has_an_effect():
    rng = np.random.default_rng(5)
    for _ in range(10):
        idle = [Run(r.configuration, r.status, {n: float(np.exp(rng.standard_normal())) for n in r.values})
                for r in runs(30, 0)]  # fmt: skip
        found = carried(build(idle, SPACE, [LATENCY]), SPACE.names, ["latency"], np.random.default_rng(0))
        assert max(found.values(), default=0.0) < TOLD


def test_selection_finds_a_sum_and_stops():
    rng = np.random.default_rng(7)
    pool = {f"x{i}": rng.standard_normal((60, 1 + i % 3)) for i in range(20)}
    outcome = 2 * pool["x3"][:, 0] - pool["x7"].sum(axis=1) + 0.1 * rng.standard_normal(60)
    assert {"x3", "x7"} <= set(selected(outcome, pool))
    assert len(selected(outcome, pool)) <= 4
    np.testing.assert_array_equal(selected(outcome, pool), selected(3 * outcome + 5, pool))


def test_a_path_that_the_graph_lacks_is_ranked_with_the_share_as_its_stability():
    dataset = build(runs(40, 0), SPACE, [LATENCY])
    empty = CausalGraph(PAG(dataset.names(), {}), ADMG(dataset.names(), frozenset(), frozenset()), (), (), (), ())
    path = ("o0", "misses", "latency")
    assert rank_paths(dataset, empty, ["latency"], np.random.default_rng(0)) == ()
    (told,) = rank_paths(dataset, empty, ["latency"], np.random.default_rng(0), carried={path: 0.9})
    assert told.nodes == path
    assert told.stability == 0.9
    assert told.ace.low is not None
    assert told.ace.low > 0
