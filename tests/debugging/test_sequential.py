from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cadet.debugging.sequential import (
    ALPHA,
    LOOKS,
    USUAL,
    Bounds,
    always,
    bounds,
    mean_bounds,
    serial_bounds,
    share,
    undivided,
)

numbers = st.lists(st.floats(-5, 5), min_size=6, max_size=15).map(np.array)


def test_all_candidates_together_spend_no_more_than_the_error():
    spent = sum(share(i) for i in range(1, 2000))
    assert spent < ALPHA
    assert spent > 0.999 * ALPHA


def test_all_looks_together_spend_the_error_and_so_do_some_of_them():
    assert undivided(ALPHA, LOOKS) == pytest.approx(ALPHA)
    assert undivided(ALPHA, USUAL) > ALPHA


def test_a_single_look_spends_all_of_it_as_a_plain_interval_of_student_does():
    values = np.random.default_rng(5).normal(size=6)
    seen = bounds(values, undivided(ALPHA, [6]))
    low, high = stats.t.interval(1 - ALPHA, 5, values.mean(), stats.sem(values))
    assert (seen.low, seen.high) == pytest.approx((low, high))


@given(numbers, st.floats(-3, 3))
def test_an_interval_moves_with_the_numbers(values, shift):
    here, there = bounds(values), bounds(values + shift)
    assert (there.low, there.estimate, there.high) == pytest.approx(
        (here.low + shift, here.estimate + shift, here.high + shift), abs=1e-6
    )


@given(numbers)
def test_an_interval_is_symmetric_under_exchange_of_fault_and_fix(values):
    here, there = bounds(values), bounds(-values)
    assert (there.low, there.high) == pytest.approx((-here.high, -here.low), abs=1e-9)


@given(numbers)
def test_less_error_means_a_wider_interval(values):
    strict, lenient = bounds(values, share(3)), bounds(values, share(1))
    assert strict.low <= lenient.low <= lenient.estimate <= lenient.high <= strict.high


def test_one_shock_does_not_hide_a_clear_effect():
    quiet = np.random.default_rng(1).normal(0.3, 0.03, 10)
    shocked = quiet.copy()
    shocked[4] -= np.log(2)
    assert bounds(shocked).low > 0


def test_the_sign_test_needs_enough_pairs():
    assert not always(6, share(1))
    assert always(10, share(1))
    assert not always(10, share(5))


def test_more_runs_are_asked_for_where_the_boundary_is_near():
    seen = bounds(np.random.default_rng(2).normal(0.0, 1.0, 15))
    near, far = seen.runs_beyond(seen.estimate + 0.1), seen.runs_beyond(seen.estimate + 0.3)
    assert near is not None
    assert far is not None
    assert near > far > 0
    assert seen.runs_beyond(seen.estimate) is None


@given(numbers)
def test_runs_that_resemble_their_neighbours_only_widen_the_interval(values):
    plain, serial = bounds(values), serial_bounds(values)
    assert serial.estimate == plain.estimate
    assert serial.low <= plain.low + 1e-9
    assert serial.high - serial.low <= 2 * (plain.high - plain.low) + 1e-9


def test_a_drift_widens_the_interval_and_a_seesaw_does_not():
    drift, seesaw = np.linspace(0, 1, 12), np.tile([0.0, 1.0], 6)
    assert serial_bounds(drift).low == pytest.approx(2 * bounds(drift).low - bounds(drift).estimate)
    assert serial_bounds(seesaw).low == pytest.approx(bounds(seesaw).low)


@given(numbers)
def test_the_mean_lies_above_what_is_typical_by_half_the_variance(values):
    typical, mean = serial_bounds(values), mean_bounds(values)
    half_variance = stats.median_abs_deviation(values, scale="normal") ** 2 / 2
    assert mean.estimate == pytest.approx(typical.estimate + half_variance, rel=1e-4, abs=1e-9)
    assert mean.high - mean.low >= typical.high - typical.low - 1e-9


def test_the_mean_of_many_log_normal_numbers_is_found():
    logarithms = np.random.default_rng(4).normal(1.0, 0.5, 20_000)
    seen = mean_bounds(logarithms)
    assert seen.low < np.log(np.exp(logarithms).mean()) < seen.high
    assert seen.low > serial_bounds(logarithms).high


def test_a_run_without_a_value_is_borne_by_the_mean_as_by_what_is_typical():
    values = np.append(np.random.default_rng(3).normal(0, 0.1, 9), np.inf)
    assert np.isfinite(mean_bounds(values).high)
    assert mean_bounds(np.append(values[:7], [np.inf, np.inf, np.inf])).low == -np.inf


def false_claims(draw, alpha: float, rounds: int, interval=bounds) -> float:
    """Return the share of sequences in which the interval excludes the truth (0) from below at any look."""
    claimed = 0
    for _ in range(rounds):
        values = draw()
        claimed += any(interval(values[:n], alpha).low > 0 for n in LOOKS)
    return claimed / rounds


def shocked(rng: np.random.Generator, noise: float, n: int = LOOKS[-1]) -> np.ndarray:
    return rng.normal(0, noise, n) + (rng.random(n) < 0.05) * np.log1p(rng.uniform(0.15, 1.0, n))


@pytest.mark.parametrize("noise", [0.05, 0.2])
def test_equal_configurations_are_rarely_told_apart(noise):
    rng = np.random.default_rng(11)
    # 1,000 rounds: 0.025 nominal and three standard errors
    assert false_claims(lambda: shocked(rng, noise) - shocked(rng, noise), ALPHA, 1000) <= 0.025 + 3 * 0.005


@pytest.mark.slow
@pytest.mark.parametrize("candidate", [1, 2])
@pytest.mark.parametrize("noise", [0.05, 0.2])
def test_false_claims_stay_below_the_error_spent(candidate, noise):
    rng = np.random.default_rng(12)
    alpha, rounds = share(candidate), 20_000
    rate = false_claims(lambda: shocked(rng, noise) - shocked(rng, noise), alpha, rounds)
    assert rate <= alpha / 2 + 2 * np.sqrt(alpha / 2 / rounds)
    rate = false_claims(lambda: -shocked(rng, noise), alpha, rounds)  # "meets the goal", exactly at the goal
    assert rate <= alpha / 2 + 2 * np.sqrt(alpha / 2 / rounds)


@pytest.mark.slow
def test_heavy_tails_make_the_interval_cautious_not_wrong():
    rng = np.random.default_rng(13)
    assert false_claims(lambda: rng.standard_t(2, LOOKS[-1]) * 0.1, ALPHA, 10_000) <= 0.025


@pytest.mark.slow
@pytest.mark.parametrize(("weights", "most"), [((1.0,), 0.025), ((1.0, 0.5), 0.04), ((1.0, 0.8, 0.6, 0.4), 0.09)])
def test_runs_that_depend_on_each_other_cost_less_error_than_without_widening(weights, most):
    # nominal 0.025; a moving average of the noise, which no interval of so few runs can fully make good for
    def draw() -> np.ndarray:
        return np.convolve(rng.normal(size=LOOKS[-1] - 1 + len(weights)), weights, "valid")

    rng, rounds = np.random.default_rng(14), 10_000
    assert false_claims(draw, ALPHA, rounds, serial_bounds) <= most


@pytest.mark.slow
def test_a_mean_at_the_goal_is_seldom_taken_for_one_below_it():
    # nominal 0.025; log-normal runs whose mean is the goal. What is typical is below it and must not be enough.
    noise = 0.4

    def draw() -> np.ndarray:
        return noise**2 / 2 - rng.normal(0, noise, LOOKS[-1])

    def of_mean(values: np.ndarray, alpha: float) -> Bounds:
        seen = mean_bounds(-values, alpha)
        return Bounds(-seen.estimate, -seen.high, -seen.low, seen.n)

    rng, rounds = np.random.default_rng(15), 4000
    assert false_claims(draw, ALPHA, rounds, of_mean) <= 0.06 < false_claims(draw, ALPHA, rounds, serial_bounds)
