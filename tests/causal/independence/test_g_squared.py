"""G²: equal to the textbook where that holds, at its size where the textbook's is not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cadet.causal.independence.g_squared import GSquared, _expected_g, _g
from cadet.causal.independence.rows import averaged
from cadet.errors import UsageError
from cadet.model.dataset import Dataset
from cadet.model.domain import Choice
from cadet.protocols import Independence
from tests.causal.independence.worlds import CODEC, LEVELS, crossed, dataset

BITS = Choice((0, 1))


def g_squared(data: Dataset) -> GSquared:
    return GSquared.of_rows(data, averaged(data))


def passed(result: Independence | None) -> Independence:
    assert result is not None
    return result


def codes(seed: int, rows: int, shares: dict[str, list[float]]) -> GSquared:
    rng = np.random.default_rng(seed)
    return GSquared({name: rng.choice(len(p), rows, p=p).astype(np.int64) for name, p in shares.items()})


def test_the_statistic_is_the_likelihood_ratio_of_the_textbook() -> None:
    table = np.random.default_rng(1).integers(1, 30, size=(3, 4)).astype(float)
    expected = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood").statistic
    assert _g(table) == pytest.approx(expected)


def test_its_mean_is_that_of_all_tables_with_the_same_margins() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.integers(3, size=20), rng.integers(2, size=20)
    drawn = [_g(np.histogram2d(x, rng.permutation(y), bins=(3, 2))[0]) for _ in range(20_000)]
    table = np.histogram2d(x, y, bins=(3, 2))[0]
    assert _expected_g(table) == pytest.approx(np.mean(drawn), abs=4 * np.std(drawn) / np.sqrt(len(drawn)))


def test_of_two_by_two_the_mean_is_exact_by_enumeration() -> None:
    table = np.array([[3.0, 4.0], [2.0, 5.0]])
    drawn = stats.hypergeom(14, 5, 7)
    tables = [np.array([[k, 7 - k], [5 - k, 2 + k]], dtype=float) for k in range(6)]
    assert _expected_g(table) == pytest.approx(sum(drawn.pmf(k) * _g(t) for k, t in enumerate(tables)))


def test_with_many_rows_it_is_chi_squared() -> None:
    rng = np.random.default_rng(3)
    a = rng.integers(4, size=4000)
    b = np.where(rng.random(4000) < 0.04, a, rng.integers(4, size=4000))
    values = np.array(CODEC.values)
    found = passed(g_squared(dataset({"a": values[a], "b": values[b]}, {"a": CODEC, "b": CODEC}))("a", "b", ()))
    expected = stats.chi2_contingency(np.histogram2d(a, b, bins=4)[0]).pvalue
    assert np.log(found.p_value) == pytest.approx(np.log(expected), rel=0.05)


def test_empty_rows_of_a_stratum_carry_no_degrees_of_freedom() -> None:
    """In the second stratum x has one value of three only, in the first two of three: 1 degree in all."""
    x = np.array([0] * 10 + [1] * 10 + [2] * 10)
    y = np.tile([0, 1], 15)
    z = np.array([0] * 20 + [1] * 10)
    found = passed(GSquared({"x": x, "y": y, "z": z})("x", "y", ("z",)))
    two_by_two = passed(GSquared({"x": x[:20], "y": y[:20]})("x", "y", ()))
    assert found == two_by_two and found.rows == 20


def test_strata_that_are_too_thin_are_left_out_and_too_many_of_them_refuse() -> None:
    rng = np.random.default_rng(4)
    x, y = rng.integers(3, size=(2, 120))
    some = np.where(np.arange(120) < 80, 0, np.arange(120))
    test = GSquared({"x": x, "y": y, "some": some, "many": np.arange(120) // 3})
    assert passed(test("x", "y", ("some",))).rows == 80
    assert test("x", "y", ("many",)) is None


def test_refuses_what_is_determined() -> None:
    x = np.random.default_rng(5).integers(3, size=90)
    assert GSquared({"x": x, "copy": 2 - x, "y": np.roll(x, 1)})("x", "y", ("copy",)) is None


SKEWED = {"x": [0.55, 0.28, 0.17], "y": [0.55, 0.28, 0.17], "z": [0.4, 0.3, 0.2, 0.1]}
EVEN = {"x": [0.25] * 4, "y": [0.25] * 4, "z": [0.5, 0.5]}


@pytest.mark.slow
@pytest.mark.parametrize("rows", [25, 50, 100, 300])
@pytest.mark.parametrize("shares", [SKEWED, EVEN], ids=["skewed", "even"])
@pytest.mark.parametrize("given", [(), ("z",)], ids=["plain", "given"])
def test_its_size_is_between_three_and_seven_percent_where_it_runs(
    shares: dict[str, list[float]], given: tuple[str, ...], rows: int
) -> None:
    results = [codes(seed, rows, shares)("x", "y", given) for seed in range(2000)]
    p_values = np.array([result.p_value for result in results if result is not None])
    if len(p_values) < 1000:
        assert np.mean(p_values < 0.05) <= 0.1 if len(p_values) > 100 else rows < 300, "refused in most worlds"
    else:
        assert 0.03 <= np.mean(p_values < 0.05) <= 0.07


def test_observed_levels_survive_the_averaging_of_repetitions() -> None:
    """The mean rank of repetitions falls between levels; it counts as the nearest."""
    rng = np.random.default_rng(6)
    option = np.repeat(rng.integers(2, size=40), 3)
    event = np.where(rng.random(120) < 0.1, rng.integers(3, size=120), 2 * option)
    data = dataset({"option": option, "event": event.astype(float)}, {"option": BITS}, repeats=3)
    test = g_squared(data)
    assert test.codes["event"].max() <= 2
    assert passed(test("event", "option", ())).rows == 40


def test_a_quantity_is_refused_by_name_with_the_way_out() -> None:
    rng = np.random.default_rng(7)
    with pytest.raises(UsageError, match=r"'latency' has 40; degenerate-gaussian"):
        g_squared(dataset({"batch": np.array(LEVELS.values)[rng.integers(7, size=40)], "latency": rng.normal(size=40)},
                          {"batch": LEVELS}))  # fmt: skip


def test_of_a_crossed_design_it_takes_one_row_per_plot() -> None:
    data = crossed(np.random.default_rng(8), 100, 0.0)
    levels = data.frame.assign(latency=np.sign(data.frame["latency"]))
    test = g_squared(Dataset(levels, data.variables, data.configuration, data.censored, data.sample))
    assert 95 <= passed(test("kernel", "latency", ())).rows <= 100
