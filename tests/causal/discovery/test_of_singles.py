"""The search over single columns tells what the search over blocks tells, to the last bit."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from cadet.causal.discovery.levels import UNLIMITED, pc_stable
from cadet.causal.discovery.pairs import Pairs, start
from cadet.causal.discovery.skeleton import Search, Skeleton, learn_skeleton
from cadet.causal.independence.fisher_z import FisherZ
from cadet.causal.independence.table import centred, standardised
from cadet.model.knowledge import Knowledge

Floats = npt.NDArray[np.float64]

ROWS = (5, 8, 9, 12, 15, 20, 30, 60, 200, 1_000)


def by_blocks(search: Search) -> Skeleton:
    known, largest = search.background, UNLIMITED if search.largest is None else search.largest
    assert isinstance(search.test, FisherZ)
    how = search.test.at_level(search.alpha, len(search.names))
    at, _, _, tests = pc_stable(how, start(known.joins), known.may_cause, known.required, 0, len(search.names), largest)
    return Skeleton(search.names, at, tests)


def a_search(rng: np.random.Generator) -> Search:
    """A sparse or dense world, few or many rows, columns that others determine, any knowledge, any cap."""
    values = world(rng, int(rng.integers(2, 18)), int(rng.choice(ROWS)))
    names = [f"v{i:02d}" for i in range(values.shape[1])]
    largest = None if rng.random() < 0.6 else int(rng.integers(0, 4))
    test = FisherZ(dict(zip(names, values.T, strict=True)))
    return Search(test, knowledge(rng, names), float(rng.choice([0.01, 0.05, 0.2])), largest)


def world(rng: np.random.Generator, variables: int, rows: int) -> Floats:
    values = rng.standard_normal((rows, variables))
    weights = np.triu(rng.random((variables, variables)) < rng.choice([1, 2, 4, 8]) / variables, 1) * 0.7
    for effect in range(1, variables):
        values[:, effect] += values[:, :effect] @ weights[:effect, effect]
    if variables > 3 and rng.random() < 0.3:
        values[:, 1] = 2 * values[:, 0]
    if variables > 4 and rng.random() < 0.3:
        values[:, 2] = values[:, 0] - values[:, 3]
    return np.round(values) if rng.random() < 0.3 else values


def knowledge(rng: np.random.Generator, names: list[str]) -> Knowledge:
    before = [(a, b) for a in names for b in names if a < b]
    some = lambda share: frozenset(pair for pair in before if rng.random() < share)  # noqa: E731
    kind = rng.integers(0, 4)
    if kind == 0:
        return Knowledge()
    if kind == 1:
        return Knowledge(tiers={name: i // 3 for i, name in enumerate(names)}, exogenous=frozenset(names[:2]))
    required = some(0.05)
    return Knowledge(required=required, forbidden=frozenset((b, a) for a, b in some(0.2)) | (some(0.1) - required))


def same(one: Pairs, other: Pairs) -> bool:
    return all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in zip(one, other, strict=True))


def test_edges_sets_refusals_and_the_number_of_tests_are_those_of_the_search_over_blocks() -> None:
    seen = {"refused": 0, "untested": 0, "capped": 0, "three members": 0}
    for seed in range(150):
        search = a_search(np.random.default_rng(seed))
        learned, expected = learn_skeleton(search), by_blocks(search)
        assert learned.tests == expected.tests, f"seed {seed}"
        assert same(learned.at, expected.at), f"seed {seed}"
        seen["refused"] += int(learned.refused.any())
        seen["untested"] += int(learned.untested.any())
        seen["capped"] += int(learned.capped.any())
        seen["three members"] += int((learned.at.sets >= 0).sum(axis=1).max() >= 3)
    assert all(seen.values()), seen


def test_more_conditions_than_memory_was_made_for_at_first() -> None:
    rng = np.random.default_rng(0)
    common = rng.standard_normal((4_000, 1))
    columns = common + 0.8 * rng.standard_normal((4_000, 13))
    search = Search(FisherZ({f"v{i:02d}": column for i, column in enumerate(columns.T)}), Knowledge(), 0.05)
    learned, expected = learn_skeleton(search), by_blocks(search)
    assert learned.tests == expected.tests
    assert same(learned.at, expected.at)
    assert learned.adjacent.sum() / 2 > 60  # of 78: sets of eleven members were asked


@pytest.mark.parametrize("shift", [0.0, 1e6])
def test_correlations_are_those_of_numpy_and_exactly_symmetric(shift: float) -> None:
    columns = np.random.default_rng(1).standard_normal((7, 90)).cumsum(axis=0) + shift
    expected, deviations = np.corrcoef(columns), columns.std(axis=1)
    mean, varies = centred(columns)
    products = columns @ columns.T
    scale = standardised(products, mean, 90)
    assert varies.all()
    assert products == pytest.approx(expected, abs=1e-9)
    assert (products == products.T).all()
    assert scale == pytest.approx(deviations, rel=1e-9)


@pytest.mark.parametrize("value", [0.0, 0.1, -1e9 / 3, 1e-300])
def test_a_constant_column_is_seen_and_goes_with_nothing(value: float) -> None:
    columns = np.vstack([np.full(1_000, value), np.random.default_rng(2).standard_normal(1_000)])
    mean, varies = centred(columns)
    products = columns @ columns.T
    scale = standardised(products, mean, 1_000)
    assert varies.tolist() == [False, True]
    assert mean[0] == value
    assert scale[0] == np.inf
    assert (products[0] == 0).all()


@pytest.mark.parametrize("wild", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("row", [0, 1, 99])
def test_one_value_that_is_not_finite_takes_its_row_away_from_all(wild: float, row: int) -> None:
    columns = dict(zip("abc", np.random.default_rng(3).standard_normal((3, 100)), strict=True))
    whole = FisherZ({name: np.delete(column, row) for name, column in columns.items()})
    columns["b"][row] = wild
    assert FisherZ(columns)("a", "c", ()) == whole("a", "c", ())
    assert FisherZ(columns | {"d": np.full(100, wild)}).names == ()


@pytest.mark.filterwarnings("ignore:.* encountered in matmul:RuntimeWarning")
@pytest.mark.parametrize("size", [1e-170, 1e160, 1.7e308])
def test_a_column_whose_squares_are_no_numbers_has_no_edge_and_is_reported(size: float) -> None:
    a, b = np.random.default_rng(4).standard_normal((2, 100))
    test = FisherZ({"a": a, "b": a + b, "c": np.clip(a, -1, 1) * size})
    learned = learn_skeleton(Search(test, Knowledge(), 0.01))
    assert list(learned.pairs()) == [("a", "b")]
    assert learned.untested[2].tolist() == [True, True, False]
