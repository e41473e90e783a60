"""What is permitted bounds what is true."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from cadet.causal.discovery import fci
from cadet.causal.discovery.members import Members, members
from cadet.causal.effects import Verdict, effect_bounds, identify, slope
from cadet.causal.effects.visible import amenable, visible
from cadet.causal.independence import Oracle
from cadet.errors import UsageError
from cadet.model.effect import Estimate
from cadet.model.graph import ADMG
from tests.causal.discovery.graphs import Truth, as_admg, equivalence_classes, random_truth, true_mag

Floats = npt.NDArray[np.float64]
ROWS = 300


class Linear:
    """A linear world over the true graph: total effects, covariances and rows are known."""

    def __init__(self, truth: Truth, rng: np.random.Generator):
        self.truth = truth
        self.at = {name: i for i, name in enumerate(truth.dag.nodes)}
        size = len(self.at)
        direct = np.zeros((size, size))
        for cause, effect in sorted(truth.dag.directed):
            direct[self.at[effect], self.at[cause]] = rng.uniform(0.4, 1.2) * (-1) ** int(rng.integers(2))
        self.total = np.linalg.inv(np.eye(size) - direct)
        self.covariance = self.total @ self.total.T
        rows = self.total @ rng.standard_normal((size, ROWS))
        self.columns = {name: rows[i] for name, i in self.at.items()}

    def effect(self, cause: str, effect: str) -> float:
        return float(self.total[self.at[effect], self.at[cause]])

    def exactly(self, cause: str, effect: str) -> Callable[[frozenset[str]], Estimate]:
        def estimate(adjustment: frozenset[str]) -> Estimate:
            some = [self.at[cause], *(self.at[name] for name in sorted(adjustment))]
            value = np.linalg.solve(self.covariance[np.ix_(some, some)], self.covariance[some, self.at[effect]])[0]
            return Estimate(float(value), float(value), float(value))

        return estimate


def worlds(seeds: range) -> list[tuple[Linear, ADMG, Members]]:
    found = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        truth = random_truth(rng, exogenous=seed % 2 == 1, tiers=seed % 3 == 0)
        pag = fci(Oracle(truth.dag, truth.observed), truth.knowledge, 0.5)
        mag = as_admg(true_mag(truth))
        permitted = members(pag, truth.knowledge, rng, 400)
        assert mag is not None and permitted.exact
        if permitted.complete:
            found.append((Linear(truth, rng), mag, permitted))
    return found


def pairs(world: Linear, mag: ADMG, rng: np.random.Generator) -> list[tuple[str, str]]:
    """Pairs of which the true graph says enough: no effect, or one by adjustment that rests on no assumption."""
    drawn = [tuple(rng.permutation(world.truth.observed)[:2].tolist()) for _ in range(6)]
    settled = []
    for cause, effect in drawn:
        verdict = identify(mag, cause, effect).verdict
        sure = verdict is Verdict.ADJUSTMENT and amenable(mag, cause, effect, world.truth.knowledge.exogenous)
        if verdict is Verdict.NO_EFFECT or sure:
            settled.append((cause, effect))
    return settled


def test_the_truth_lies_within_the_bounds() -> None:
    rng, seen = np.random.default_rng(0), 0
    for world, mag, permitted in worlds(range(15)):
        known = world.truth.knowledge.exogenous
        for cause, effect in pairs(world, mag, rng):
            bounds = effect_bounds(permitted, cause, effect, world.exactly(cause, effect), exogenous=known)
            assert bounds.lowest.estimate is not None and bounds.highest.estimate is not None
            truth = world.effect(cause, effect)
            assert bounds.lowest.estimate - 1e-9 <= truth <= bounds.highest.estimate + 1e-9
            seen += abs(truth) > 0.1
    assert seen > 10


@pytest.mark.slow
def test_from_rows_the_bounds_hold_the_truth_as_often_as_an_interval_does() -> None:
    rng, held = np.random.default_rng(1), []
    for world, mag, permitted in worlds(range(100, 300)):
        for cause, effect in pairs(world, mag, rng):
            if effect in mag.descendants(cause):
                bounds = effect_bounds(
                    permitted, cause, effect, lambda z, c=cause, e=effect, w=world: slope(w.columns, c, e, z)
                )
                assert bounds.lowest.low is not None and bounds.highest.high is not None
                held.append(bounds.lowest.low <= world.effect(cause, effect) <= bounds.highest.high)
    assert len(held) > 60
    assert np.mean(held) > 0.95 - 3 * np.sqrt(0.95 * 0.05 / len(held))


def test_each_adjustment_set_is_estimated_once_and_the_shares_add_up() -> None:
    chain = [
        ADMG(("a", "b", "c"), frozenset({("a", "b"), ("b", "c")})),
        ADMG(("a", "b", "c"), frozenset({("b", "a"), ("b", "c")})),
        ADMG(("a", "b", "c"), frozenset({("c", "b"), ("b", "a")})),
        ADMG(("a", "b", "c"), frozenset({("b", "a"), ("b", "c")}), frozenset({frozenset(("b", "c"))})),
    ]
    asked: list[frozenset[str]] = []

    def estimate(adjustment: frozenset[str]) -> Estimate:
        asked.append(adjustment)
        return Estimate(2.0, 1.0, 3.0)

    bounds = effect_bounds(Members(tuple(chain), True), "b", "c", estimate)
    assert sorted(map(sorted, asked)) == [[]]
    assert (bounds.zero, bounds.unidentified) == (0.25, 0.25)
    assert bounds.assumed == 0.25, "of a → b → c the edge b → c is visible, of a ← b → c not"
    assert (bounds.lowest.estimate, bounds.highest) == (0.0, Estimate(2.0, 1.0, 3.0))
    assert sum(reading.share for reading in bounds.readings) + bounds.unidentified == 1.0
    assert str(bounds) == (
        "the effect of b on c lies between 0 and 2 over all 4 graphs; zero in 25%, not identified in 25%, "
        "without a hidden common cause by assumption in 25%"
    )


def test_where_no_graph_identifies_it_the_reason_is_told() -> None:
    both = ADMG(("a", "b"), frozenset({("a", "b")}), frozenset({frozenset(("a", "b"))}))
    bounds = effect_bounds(Members((both,), True), "a", "b", lambda _: Estimate(1.0))
    assert bounds.lowest.estimate is None and bounds.unidentified == 1.0
    assert "no graph identifies it" in str(bounds)


def test_a_name_that_is_no_node_is_an_error_and_so_are_no_graphs() -> None:
    one = Members((ADMG(("event", "latency"), frozenset({("event", "latency")})),), True)
    with pytest.raises(UsageError, match="no node 'evnt'"):
        effect_bounds(one, "evnt", "latency", lambda _: Estimate(1.0))
    with pytest.raises(UsageError, match="no graph"):
        effect_bounds(Members((), True), "event", "latency", lambda _: Estimate(1.0))


@pytest.mark.parametrize("size", [3, 4])
def test_an_edge_is_invisible_exactly_where_a_common_cause_beside_it_would_change_nothing(size: int) -> None:
    """Zhang (2008), lemmas 9 and 10, by brute force: the mixed graph with both has the same independences or not."""
    checked = 0
    for mags in list(equivalence_classes(size).values())[:: size - 2]:
        graph = as_admg(mags[0])
        assert graph is not None
        for cause, effect in sorted(graph.directed):
            beside = ADMG(graph.nodes, graph.directed, graph.bidirected | {frozenset((cause, effect))})
            same = true_mag(Truth(beside, graph.nodes, None)).marks == mags[0].marks  # type: ignore[arg-type]
            assert visible(graph, cause, effect) == (not same)
            checked += 1
    assert checked > 5


def test_a_randomised_cause_needs_no_visible_edge() -> None:
    graph = ADMG(("a", "b"), frozenset({("a", "b")}))
    assert not amenable(graph, "a", "b")
    assert amenable(graph, "a", "b", exogenous=("a",))


def test_the_slope_is_that_of_least_squares() -> None:
    rng = np.random.default_rng(0)
    z, noise = rng.standard_normal((2, 200))
    x = z + rng.standard_normal(200)
    columns = {"x": x, "z": z, "y": 2 * x - z + noise}
    expected = np.linalg.lstsq(np.column_stack([x, z, np.ones(200)]), columns["y"], rcond=None)[0][0]
    found = slope(columns, "x", "y", {"z"})
    assert found.estimate == pytest.approx(expected)
    assert found.low is not None and found.high is not None and found.low < 2 < found.high
    columns["y"][0] = np.nan
    assert slope(columns, "x", "y", {"z"}) == slope({n: v[1:] for n, v in columns.items()}, "x", "y", {"z"})


def test_rows_that_cannot_tell_say_so() -> None:
    x = np.arange(5.0)
    assert slope({"x": x[:2], "y": x[:2]}, "x", "y", ()).reason == "2 rows cannot tell 2 numbers"
    assert slope({"x": x, "z": 2 * x, "y": x**2}, "x", "y", ("z",)).reason == "x follows from ['z']"
