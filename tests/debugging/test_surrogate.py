from __future__ import annotations

import time

import numpy as np
import pytest
from scipy import optimize
from threadpoolctl import threadpool_limits

from cadet.debugging import surrogate
from cadet.debugging.encoding import Encoding
from cadet.debugging.surrogate import Evidence, fit
from cadet.model.option import Configuration
from cadet.model.space import Space
from cadet.testing.worlds import world
from tests.debugging.systems import mixed, switches


def random_rows(space: Space, n: int, seed: int) -> list[Configuration]:
    rng = np.random.default_rng(seed)
    draw = lambda: space.configuration({o.name: o.domain.from_unit(rng.random()) for o in space.options})  # noqa: E731
    return [draw() for _ in range(n)]


def evidence(rows: list[Configuration], cost: np.ndarray, noise: float = 0.0) -> Evidence:
    return Evidence(tuple(rows), cost, np.full(len(rows), noise), np.zeros(len(rows), bool))


def test_kernels_are_positive_and_zero_at_the_fault():
    space = mixed()
    rows = random_rows(space, 30, 1)
    encoding = Encoding(space, rows[0])
    places = encoding.matrix(rows)
    kernels = encoding.kernels(places, places)
    assert len(kernels) == len(encoding.owner) == 7  # one for each unordered option, two for each ordered one
    for kernel in kernels:
        assert np.linalg.eigvalsh(kernel).min() > -1e-9
        assert kernel[0] == pytest.approx(0)


def test_the_gradient_is_the_slope():
    space = mixed()
    rows = random_rows(space, 20, 2)
    encoding = Encoding(space, rows[0])
    places = encoding.matrix(rows)
    lower = np.tril_indices(20)
    packed = np.ascontiguousarray(encoding.kernels(places, places)[(slice(None), *lower)])
    rng = np.random.default_rng(2)
    p = len(encoding.owner)
    theta = np.concatenate([rng.random(p), [0.5, 0.2, 0.3, 0.1]])
    alike = encoding.alike(places, places)[lower]
    data = surrogate._Data(packed, alike, encoding.owner, rng.normal(size=20), np.full(20, 0.01), 4.0)
    numeric = optimize.approx_fprime(theta, lambda t: surrogate._objective(t, data)[0], 1e-7)
    assert surrogate._objective(theta, data)[1] == pytest.approx(numeric, rel=1e-3, abs=1e-3)


def test_what_was_measured_exactly_is_predicted_exactly():
    space = switches(6)
    rows = list(dict.fromkeys(random_rows(space, 25, 3)))
    cost = np.array([float(c["o0"]) - 2 * float(c["o1"]) for c in rows])
    model = fit(Encoding(space, space.default), evidence(rows, cost))
    mean, sd = model.predict(rows)
    assert model.shares @ mean == pytest.approx(cost, abs=0.02)
    assert sd.max() < 0.1


def test_few_influential_options_among_many_are_found():
    space = switches(15)
    rows = random_rows(space, 26, 4)
    cost = np.array([1.5 * c["o3"] - 1.0 * c["o8"] for c in rows], float)
    cost = cost + np.random.default_rng(4).normal(0, 0.05, 26)
    importance = fit(Encoding(space, space.default), evidence(rows, cost)).importance
    assert sorted(importance, key=importance.__getitem__)[-2:] in (["o8", "o3"], ["o3", "o8"])


def test_an_interaction_is_learned():
    space = switches(6)
    rows, fresh = random_rows(space, 40, 5), random_rows(space, 200, 6)
    truth = lambda c: 2.0 * (c["o0"] and c["o1"])  # noqa: E731
    model = fit(Encoding(space, space.default), evidence(rows, np.array([truth(c) for c in rows])))
    error = model.shares @ model.predict(fresh)[0] - np.array([truth(c) for c in fresh])
    assert np.sqrt((error**2).mean()) < 0.2


def test_one_wild_measurement_does_not_bend_the_model():
    space = switches(8)
    rows, fresh = random_rows(space, 40, 7), random_rows(space, 100, 8)
    cost = np.array([float(c["o0"]) for c in rows])
    cost = cost + np.random.default_rng(7).normal(0, 0.03, 40)
    cost[5] += 3.0
    model = fit(Encoding(space, space.default), evidence(rows, cost, 0.03**2))
    error = model.shares @ model.predict(fresh)[0] - np.array([float(c["o0"]) for c in fresh])
    assert np.sqrt((error**2).mean()) < 0.15


def test_a_censored_cost_may_be_larger_than_its_bound():
    space = switches(4)
    rows = list(dict.fromkeys(random_rows(space, 60, 9)))
    truth = np.array([2.0 * c["o0"] + 2.0 * c["o1"] for c in rows])
    seen = np.minimum(truth, 3.0)
    known = fit(Encoding(space, space.default), Evidence(tuple(rows), seen, np.zeros(len(rows)), truth > 3.0))
    naive = fit(Encoding(space, space.default), evidence(rows, seen))
    both_on = [c for c in rows if c["o0"] and c["o1"]]
    assert (known.shares @ known.predict(both_on)[0]).min() >= (naive.shares @ naive.predict(both_on)[0]).min() - 1e-6


def test_the_order_of_the_rows_does_not_matter():
    space = mixed()
    rows = random_rows(space, 30, 10)
    cost = np.random.default_rng(10).normal(size=30)
    fresh = random_rows(space, 5, 11)
    turned = evidence(rows[::-1], cost[::-1])
    one, other = (fit(Encoding(space, rows[0]), e) for e in (evidence(rows, cost), turned))
    assert one.shares @ one.predict(fresh)[0] == pytest.approx(other.shares @ other.predict(fresh)[0], abs=0.05)


def test_costs_that_never_vary_are_no_trouble():
    space = switches(3)
    rows = list(dict.fromkeys(random_rows(space, 20, 12)))
    mean, sd = fit(Encoding(space, space.default), evidence(rows, np.full(len(rows), 1.5))).predict(rows)
    assert mean == pytest.approx(1.5)
    assert np.isfinite(sd).all()


def test_sixty_rows_of_fifteen_options_are_learned_in_a_second_of_cpu():
    one = world("additive", 1)
    rows = random_rows(one.space, 60, 13)
    cost = np.log([one.expected(c, one.objectives[0].name) for c in rows])
    began = time.process_time()
    with threadpool_limits(1):  # as in a session
        fit(Encoding(one.space, rows[0]), evidence(rows, cost))
    assert time.process_time() - began < 2.0  # on a busy machine; about 0.4 s on a quiet one
