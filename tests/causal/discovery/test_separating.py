"""The compiled searches find what asking the test one question after the other finds."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from cadet.causal.discovery import skeleton
from cadet.causal.discovery.background import Background
from cadet.causal.discovery.fci import search
from cadet.causal.discovery.one_by_one import search_of
from cadet.causal.discovery.pools import neighbour_pools, no_pools
from cadet.causal.discovery.skeleton import Search, learn_skeleton
from cadet.causal.independence import DegenerateGaussian, FisherZ
from cadet.causal.independence.building import of_columns
from cadet.causal.independence.rows import Plots
from cadet.causal.independence.second_moments import SecondMoments
from cadet.causal.independence.wilks import RaosF
from cadet.model.knowledge import Knowledge
from cadet.protocols import Found, Independence, IndependenceTest, Pools, SearchableTest

Floats = npt.NDArray[np.float64]


class OneByOne:
    """The same test without its own search."""

    def __init__(self, test: IndependenceTest):
        self.names, self._test = test.names, test

    def __call__(self, x: str, y: str, given: tuple[str, ...]) -> Independence | None:
        return self._test(x, y, given)


def _table(seed: int, rows: int = 120, columns: int = 9) -> Floats:
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(rows, columns))
    for j in range(1, columns):
        for i in range(j):
            if rng.random() < 0.35:
                table[:, j] += rng.uniform(-1, 1) * table[:, i]
    return table


def _blocks(seed: int, *, gaps: bool, plots: bool) -> DegenerateGaussian:
    """Blocks of one to three columns, one a copy of another; some with missing rows, in plots of four rows."""
    rng, table = np.random.default_rng(seed), _table(seed, columns=14)
    blocks = {f"v{i}": table[:, 2 * i : 2 * i + 1 + i % 3].copy() for i in range(6)}
    blocks["twin"] = blocks["v0"].copy()
    label = np.arange(len(table)) // 4
    if plots:
        blocks["v1"] = blocks["v1"][label * 4]
        blocks["v3"] += 2 * rng.normal(size=(len(table), 1))[label * 4]
    if gaps:
        blocks["v2"][rng.random(len(table)) < 0.2] = np.nan
        blocks["v4"][:15] = np.nan
    return DegenerateGaussian(blocks, Plots(label) if plots else None)


def _tests(seed: int) -> list[SearchableTest]:
    table = _table(seed)
    table[:, 5] = table[:, 2] - table[:, 3]
    single = FisherZ({f"v{i}": column for i, column in enumerate(table.T)})
    return [single, *(_blocks(seed, gaps=g, plots=p) for g in (False, True) for p in (False, True))]


@pytest.mark.parametrize("kind", range(5))
@pytest.mark.parametrize("seed", range(6))
def test_the_graph_is_that_of_asking_one_by_one(seed: int, kind: int) -> None:
    test = _tests(seed)[kind]
    knowledge = Knowledge(tiers={"v0": 0, "v1": 0} | {f"v{i}": 1 for i in range(2, 9)})
    fast = search(test, knowledge, 0.1, max_conditioning=3)
    slow = search(OneByOne(test), knowledge, 0.1, max_conditioning=3)
    assert fast.pag == slow.pag
    assert fast.skeleton.tests == slow.skeleton.tests
    for name in ("adjacent", "refused", "untested", "capped"):
        assert (getattr(fast.skeleton, name) == getattr(slow.skeleton, name)).all(), name


@pytest.mark.parametrize("kind", range(5))
def test_the_levels_may_stop_anywhere_and_go_on(kind: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Critical values are tabulated for some sizes at a time."""
    how = Search(_tests(3)[kind], Knowledge(), 0.3)
    whole = learn_skeleton(how)
    assert whole.adjacent.sum(axis=1).max() > 2, "sets of two members were tried"
    monkeypatch.setattr(skeleton, "PREPARED", 0)
    parts = learn_skeleton(how)
    assert parts.tests == whole.tests
    assert all(np.array_equal(*both) for both in zip(parts.at, whole.at, strict=True))


@pytest.mark.parametrize("kind", range(5))
def test_every_separating_set_is_found_in_order(kind: int) -> None:
    test = _tests(11)[kind]
    known = Background.of(Knowledge(), test.names)
    pairs = np.argwhere(np.triu(known.joins))
    pools = neighbour_pools(known.joins, known.may_cause, pairs)

    def found(one: IndependenceTest) -> Found:
        return search_of(one, 0.05)(pairs, pools, (0, 3), True, 2**62)

    for fast, slow in zip(found(test), found(OneByOne(test)), strict=True):
        assert np.array_equal(fast, slow)


@pytest.mark.parametrize("kind", range(5))
@pytest.mark.parametrize("flags", [(0, 0, 0), (2, 2, 0), (4, 6, 6)])
def test_a_search_is_cut_only_where_sets_are_left(kind: int, flags: tuple[int, ...]) -> None:
    """Three candidates have seven subsets; those whose members share a flag were tried before."""
    pools = Pools(np.array([0, 3, 3]), np.array([2, 3, 4]), np.array(flags))
    test = _tests(11)[kind]
    for most in range(1, 10):
        fast, slow = (search_of(t, 0.05)(np.array([[0, 1]]), pools, (1, 3), True, most) for t in (test, OneByOne(test)))
        assert fast.cut[0] == slow.cut[0] == (most < 7)
        assert all(np.array_equal(*both) for both in zip(fast, slow, strict=True))


def test_one_wide_variable_costs_no_table_of_its_width_squared() -> None:
    """Fifty columns are tested against one column, never against fifty."""
    rng = np.random.default_rng(0)
    blocks = {f"v{i}": rng.normal(size=(200, 1)) for i in range(3)} | {"wide": rng.normal(size=(200, 50))}
    reference = Counting()
    pairs, none = np.array([[0, 1], [0, 3]]), no_pools(2)
    SecondMoments(*of_columns(blocks), reference).separating(0.05)(pairs, none, (0, 0), False, 1)
    assert reference.asked == 50 + 50 - 1


class Counting(RaosF):
    """Counts the widths that critical values are asked for."""

    asked = 0

    def critical(self, alpha: float, p: int, q: int, error: npt.NDArray[np.int64]) -> Floats:
        self.asked += 1
        return super().critical(alpha, p, q, error)


def test_units_do_not_matter() -> None:
    """Picojoules in joules vary by less than a billionth, and are no constants."""
    table = _table(4)
    near, far = (FisherZ({f"v{i}": column * unit for i, column in enumerate(table.T)}) for unit in (1.0, 1e-12))
    assert search(near, Knowledge(), 0.05).pag == search(far, Knowledge(), 0.05).pag
