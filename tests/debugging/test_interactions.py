from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from cadet.debugging.encoding import Encoding
from cadet.debugging.interactions import differing, gathered, powers, weighted
from cadet.debugging.surrogate import Evidence, fit
from tests.debugging.systems import mixed
from tests.debugging.test_surrogate import random_rows


def test_the_sums_are_those_over_all_sets_of_one_two_and_three():
    parts = np.random.default_rng(1).random((5, 4))
    for size, total in enumerate(powers(parts), start=1):
        every = sum(np.prod(parts[list(chosen)], axis=0) for chosen in combinations(range(5), size))
        assert total == pytest.approx(every)


def test_gathered_by_changed_value_equals_the_kernel_over_all_options():
    space = mixed()
    rows = random_rows(space, 25, 2)
    encoding = Encoding(space, rows[0])
    places, seen = encoding.matrix(rows), encoding.matrix(rows[:9])
    weights, orders = np.random.default_rng(2).random(len(encoding.owner)), np.array([0.7, 0.3])
    wanted = np.arange(len(encoding.owner))
    entries, at = encoding.entries(places, encoding.owner)
    kernels = encoding.kernels_of(entries, seen, wanted)
    whole = encoding.kernels(places, seen).reshape(len(wanted), -1)
    one, two, three = powers(weighted(weights, encoding.owner, whole))
    assert gathered(kernels.rows(weights), at, orders) == pytest.approx((one + 0.7 * two + 0.3 * three).reshape(25, 9))
    own = np.diagonal(encoding.kernels(places, places), axis1=1, axis2=2)
    one, two, three = powers(weighted(weights, encoding.owner, np.ascontiguousarray(own)))
    assert gathered(kernels.variances(weights), at, orders)[:, 0] == pytest.approx(one + 0.7 * two + 0.3 * three)


def test_alone_and_together_the_prediction_is_the_same():
    space = mixed()
    rows = list(dict.fromkeys(random_rows(space, 40, 3)))
    cost = np.random.default_rng(3).normal(size=20)
    model = fit(Encoding(space, rows[0]), Evidence(tuple(rows[:20]), cost, np.full(20, 0.01), np.zeros(20, bool)))
    means, deviations = model.predict(rows[:30])
    centre, covariance = model.joint(rows[:30])
    assert centre == pytest.approx(model.shares @ means)
    between = model.shares @ (means - centre) ** 2
    assert np.diag(covariance) == pytest.approx(model.shares @ deviations**2 + between)


def test_what_differs_is_counted():
    a = np.array([[0.0, 1.0, 2.0], [0.0, 0.0, 0.0]])
    assert differing(a, a).tolist() == [[0, 2], [2, 0]]
