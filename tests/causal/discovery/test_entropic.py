"""The entropic criterion: its two entropies against what theory says, its readings against pairs with known truth."""

from __future__ import annotations

import numpy as np
import pytest

from cadet.causal.discovery.coupling import exogenous_entropy
from cadet.causal.discovery.entropic import (
    BACKWARD,
    CONFOUNDED,
    FORWARD,
    LEVELS,
    MOST,
    UNDECIDED,
    criterion,
    joint,
    level,
    readings,
)
from cadet.causal.discovery.latent_search import INDEPENDENT, common_entropy, entropy
from cadet.model.graph import Mark
from tests.causal.discovery.entropic_rates import Floats, categories, hidden_normal, linear, shares

SWAP = {FORWARD: BACKWARD, BACKWARD: FORWARD, CONFOUNDED: CONFOUNDED, UNDECIDED: UNDECIDED}


def random_joints(pairs: int, size: int = 4) -> Floats:
    return np.random.default_rng(1).dirichlet(np.full(size**2, 0.5), pairs).reshape(pairs, size, size)


def with_hidden(pairs: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Two variables of five levels and a hidden cause of two states, with its entropy."""
    z, x, y = rng.dirichlet(np.ones(2), pairs), *(rng.dirichlet(np.full(5, 0.5), (pairs, 2)) for _ in range(2))
    return np.einsum("pz,pzx,pzy->pxy", z, x, y), entropy(z)


def test_entropy_is_in_bits() -> None:
    assert entropy(np.array([[0.25] * 4, [1.0, 0, 0, 0]])).tolist() == [2.0, 0.0]


def test_what_is_independent_needs_no_hidden_cause() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.dirichlet(np.ones(5), (2, 10))
    assert common_entropy(x[:, :, None] * y[:, None, :], rng) == pytest.approx(np.zeros(10), abs=1e-9)


def test_copies_need_one_as_complex_as_they_are() -> None:
    assert common_entropy(np.eye(5)[None] / 5, np.random.default_rng(0)) == pytest.approx([np.log2(5)], abs=0.01)


def test_a_common_cause_carries_at_least_what_the_two_share() -> None:
    """H(Z) >= I(X; Y) - I(X; Y | Z), and copying the simpler of the two is always enough."""
    joints = random_joints(40)
    of_x, of_y = entropy(joints.sum(axis=2)), entropy(joints.sum(axis=1))
    shared = of_x + of_y - entropy(joints.reshape(len(joints), -1))
    found = common_entropy(joints, np.random.default_rng(0))
    assert (found >= shared - INDEPENDENT).all()
    assert (found <= np.minimum(of_x, of_y) + 1e-12).all()


def test_the_hidden_cause_that_made_a_pair_bounds_what_is_found() -> None:
    """The search ends above the minimum at times; at the median it does not."""
    joints, truth = with_hidden(60, np.random.default_rng(5))
    found = common_entropy(joints, np.random.default_rng(1))
    assert np.median(found - truth) <= 0.0


def test_a_function_needs_no_noise() -> None:
    table = np.zeros((3, 3))
    table[[0, 1, 2], [1, 0, 1]] = [0.5, 0.2, 0.3]
    assert exogenous_entropy(table[None]).tolist() == [0.0]
    assert exogenous_entropy(table.T[None])[0] > 0.5


def test_the_noise_is_no_simpler_than_what_it_makes_of_any_level() -> None:
    joints = random_joints(40)
    given_x = entropy(joints / joints.sum(axis=2, keepdims=True))
    found = exogenous_entropy(joints)
    assert (found >= given_x.max(axis=1) - 1e-9).all()


def test_of_two_coins_the_coupling_is_the_best_there_is() -> None:
    """P(Y|X=0) = (p, 1-p), P(Y|X=1) = (q, 1-q), p > q > 1/2: E has the masses q, p - q, 1 - p."""
    p, q = 0.9, 0.6
    assert exogenous_entropy(np.array([[[p, 1 - p], [q, 1 - q]]]) / 2) == pytest.approx(
        entropy(np.array([[q, p - q, 1 - p]]))
    )


def test_a_level_that_never_occurs_changes_nothing() -> None:
    joints = random_joints(10)
    padded = np.pad(joints, ((0, 0), (0, 2), (0, 2)))
    assert exogenous_entropy(padded) == pytest.approx(exogenous_entropy(joints))


def test_the_other_way_round_the_reading_is_turned() -> None:
    joints = random_joints(30)
    first, turned = (readings(j, np.random.default_rng(0)) for j in (joints, joints.transpose(0, 2, 1)))
    directed = [(a, b) for a, b in zip(first, turned, strict=True) if CONFOUNDED not in (a, b)]
    assert directed
    assert all(SWAP[a] == b for a, b in directed)


def test_between_few_levels_the_direction_is_mostly_right() -> None:
    forward, backward, _ = shares(categories, 300, 100, np.random.default_rng(0))
    assert forward > 0.8 > 0.2 > backward


def test_on_normal_pairs_a_hidden_cause_and_an_effect_are_read_alike() -> None:
    """They have one distribution: a criterion that told them apart would be wrong."""
    direct, hidden = (shares(kind, 300, 100, np.random.default_rng(1)) for kind in (linear, hidden_normal))
    error = np.sqrt(2 * 0.25 / 100)
    assert np.abs(np.subtract(direct, hidden)).max() < 4 * error


def test_few_values_are_levels_and_many_are_cut_evenly() -> None:
    assert level(np.array([3.0, 1.0, 3.0, 2.0])).tolist() == [2, 0, 2, 1]
    assert np.bincount(level(np.arange(100.0))).tolist() == [20] * 5


def test_rows_without_both_values_do_not_count() -> None:
    table = joint([0.0, 1.0, np.nan, 1.0], [0.0, 1.0, 1.0, np.nan])
    assert table[:2, :2].tolist() == [[0.5, 0.0], [0.0, 0.5]]
    assert not joint([np.nan], [1.0]).any()


def test_it_is_asked_where_it_is_worth_something_and_as_published_everywhere() -> None:
    rng = np.random.default_rng(0)
    few, also = rng.integers(0, LEVELS, (2, 50)).astype(float)
    columns = {"few": few, "also": also, "another": also[::-1], "many": rng.standard_normal(50)}
    faced = (Mark.CIRCLE, Mark.ARROW)
    edges = {("also", "few"): UNDECIDED, ("another", "few"): faced, ("few", "many"): UNDECIDED}
    assert list(criterion(columns, rng)(edges)) == [("also", "few")]
    assert list(criterion(columns, rng, as_published=True)(edges)) == list(edges)


def test_what_does_not_vary_says_nothing() -> None:
    columns = {"a": np.array([0.0, 1.0, 2.0]), "b": np.array([1.0, 1.0, np.nan])}
    assert criterion(columns, np.random.default_rng(0))({("a", "b"): UNDECIDED}) == {}


def test_the_number_of_pairs_that_are_read_is_bounded() -> None:
    columns = {f"v{i}": np.array([0.0, 1.0, float(i % 2)]) for i in range(30)}
    edges = {(f"v{i}", f"v{j}"): UNDECIDED for i in range(30) for j in range(i)}
    assert len(criterion(columns, np.random.default_rng(0))(edges)) == MOST < len(edges)
