from __future__ import annotations

import numpy as np
import pytest

from cadet.debugging.surprise import Record, calibrated, surprise


def recorded(surprises: np.ndarray) -> Record:
    record = Record()
    for one in surprises:
        record = record.and_then(float(one))
    return record


def test_location_and_spread_of_many_surprises_are_recovered():
    rng = np.random.default_rng(1)
    record = recorded(rng.normal(1.5, 2.0, 4000))
    assert record.curse == pytest.approx(1.5, abs=0.15)
    assert record.spread == pytest.approx(2.0, rel=0.06)


def test_a_model_that_was_right_is_believed_more_than_one_without_a_record():
    right = recorded(np.random.default_rng(2).normal(0, 1, 30))
    assert right.log_below(np.array([2.0]))[0] > Record().log_below(np.array([2.0]))[0]


def test_one_that_was_always_too_hopeful_is_believed_less():
    hopeful = recorded(np.full(10, 3.0))
    assert hopeful.log_below(np.array([2.0]))[0] < Record().log_below(np.array([2.0]))[0]


def test_the_interval_holds_95_percent_of_what_log_below_says():
    record = recorded(np.array([0.5, -1.0, 2.0]))
    low, high = np.exp(record.log_below(np.array(record.interval)))
    assert (low, high) == (pytest.approx(0.025), pytest.approx(0.975))


def test_a_shocked_run_is_one_surprise_and_not_the_end_of_belief():
    assert recorded(np.array([1e6])).spread == recorded(np.array([10.0])).spread


def test_intervals_hold_the_next_surprise_as_often_as_they_say():
    rng = np.random.default_rng(3)
    held = []
    for _ in range(400):
        drawn = rng.normal(rng.normal(0, 1), 2.0, 13)
        low, high = recorded(drawn[:-1]).interval
        held.append(low <= drawn[-1] <= high)
    assert np.mean(held) == pytest.approx(0.95, abs=0.03)


def test_a_surprise_is_in_standard_deviations_of_the_whole_mixture():
    means, deviations, shares = np.array([0.0, 2.0]), np.array([1.0, 1.0]), np.array([0.5, 0.5])
    assert surprise(means, deviations, shares, 1.0 + np.sqrt(2.0), 0.0) == pytest.approx(1.0)  # 1 + 1 between
    assert surprise(means, deviations, shares, 3.0, 2.0) == pytest.approx(1.0)


def test_what_is_told_is_surer_than_what_is_searched_by_and_both_learn_from_the_same_surprises():
    none, right = Record(), recorded(np.random.default_rng(4).normal(0, 1, 40))
    ahead = np.array([2.0])
    assert none.told_of(30).log_below(ahead)[0] > none.log_below(ahead)[0]
    assert right.told_of(30).log_below(ahead)[0] == pytest.approx(right.log_below(ahead)[0], abs=0.05)
    assert right.told_of(30).surprises == right.surprises


@pytest.mark.parametrize(("fewer", "more"), [(20, 40), (40, 200)])
def test_the_more_options_the_less_is_promised_of_what_looks_good(fewer, more):
    record = recorded(np.array([0.5, -1.0, 2.0]))
    ahead = np.array([3.0])
    assert record.told_of(more).log_below(ahead)[0] < record.told_of(fewer).log_below(ahead)[0]
    assert record.told_of(more).spread > record.told_of(fewer).spread


def test_few_options_are_told_of_as_twenty_are():
    assert calibrated(4) == calibrated(20)
