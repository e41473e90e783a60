"""What every independence test promises, and what the degenerate Gaussian test adds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cadet.causal.independence import DegenerateGaussian, FisherZ, Oracle
from cadet.causal.independence.rows import CROSSED, averaged, plots
from cadet.model.dataset import Dataset
from cadet.model.domain import Choice
from cadet.model.graph import ADMG
from cadet.protocols import Independence
from tests.causal.independence.rates import QUESTIONS, WORLDS, rate
from tests.causal.independence.worlds import (
    CODEC,
    LEVELS,
    categorical_confounder,
    crossed,
    dataset,
    heavy_tails,
    u_shape,
)

TESTS = [DegenerateGaussian, FisherZ]


def passed(result: Independence | None) -> Independence:
    assert result is not None
    return result


def shuffled(data: Dataset, rng: np.random.Generator) -> Dataset:
    order = rng.permutation(len(data.variables))
    variables = tuple(data.variables[i] for i in order)
    return Dataset(data.frame.iloc[:, order], variables, data.configuration, data.censored, data.sample)


@pytest.mark.parametrize("make", TESTS)
def test_is_symmetric_and_does_not_mind_the_order_of_columns_or_conditions(make: type[DegenerateGaussian]) -> None:
    rng = np.random.default_rng(1)
    columns = {n: rng.normal(size=60) for n in ("p", "q", "r", "s")}
    data = dataset(columns, {})
    test, other = make.of(data), make.of(shuffled(data, rng))
    assert test("p", "q", ("r", "s")) == test("q", "p", ("s", "r")) == other("p", "q", ("r", "s"))


def test_of_two_counters_is_the_t_test_of_a_correlation_of_normal_scores() -> None:
    data = heavy_tails(np.random.default_rng(2), 40, 1.0)
    found = passed(DegenerateGaussian.of(data)("cause", "latency", ()))
    scores = [stats.norm.ppf((stats.rankdata(data.frame[n]) - 0.375) / 40.25) for n in ("cause", "latency")]
    assert found.p_value == pytest.approx(stats.pearsonr(*scores).pvalue)


def test_of_an_option_and_an_event_is_the_f_test_of_an_analysis_of_variance() -> None:
    data = categorical_confounder(np.random.default_rng(3), 60, 0.0)
    found = passed(DegenerateGaussian.of(data)("codec", "latency", ()))
    scores = stats.norm.ppf((stats.rankdata(data.frame["latency"]) - 0.375) / 60.25)
    groups = [scores[data.frame["codec"] == value] for value in CODEC.values]
    expected = stats.f_oneway(*groups)
    assert (found.statistic, found.p_value) == pytest.approx((expected.statistic, expected.pvalue))


def test_of_two_categories_agrees_with_chi_squared_in_large_samples() -> None:
    rng = np.random.default_rng(4)
    a = rng.integers(4, size=4000)
    b = np.where(rng.random(4000) < 0.04, a, rng.integers(4, size=4000))
    values = np.array(CODEC.values)
    found = passed(
        DegenerateGaussian.of(dataset({"a": values[a], "b": values[b]}, {"a": CODEC, "b": CODEC}))("a", "b", ())
    )
    expected = stats.chi2_contingency(np.histogram2d(a, b, bins=4)[0]).pvalue
    assert np.log(found.p_value) == pytest.approx(np.log(expected), rel=0.05)


@pytest.mark.parametrize("make", TESTS)
def test_refuses_more_conditions_than_the_rows_carry(make: type[DegenerateGaussian]) -> None:
    rng = np.random.default_rng(6)
    test = make.of(dataset({f"e{i:02d}": rng.normal(size=20) for i in range(19)}, {}))
    answers = [test("e00", "e01", [f"e{i:02d}" for i in range(2, 2 + k)]) for k in range(17)]
    assert answers[0] is not None and answers[-1] is None
    assert [a is None for a in answers] == sorted(a is None for a in answers)


@pytest.mark.parametrize("make", TESTS)
def test_refuses_what_the_conditions_determine(make: type[DegenerateGaussian]) -> None:
    rng = np.random.default_rng(7)
    x = rng.normal(size=50)
    test = make.of(dataset({"x": x, "double": 2 * x, "y": x + rng.normal(size=50)}, {}))
    assert test("x", "y", ("double",)) is None
    assert passed(test("x", "y", ())).p_value < 0.01


def test_a_half_determined_block_keeps_the_directions_that_are_free() -> None:
    """An event that counts the cores fixes one direction of three levels; one is left to test."""
    rng = np.random.default_rng(8)
    cores = rng.integers(1, 4, size=80)
    columns = {"cores": cores, "seen": 2.0 * cores, "latency": rng.normal(size=80)}
    test = DegenerateGaussian.of(dataset(columns, {"cores": Choice((1, 2, 3), ordered=True)}))
    assert passed(test("cores", "latency", ("seen",))).p_value > 0.001
    assert test("seen", "latency", ("cores",)) is None


def test_what_two_options_determine_together_is_determined() -> None:
    """num_cores = 1 + core1 + core2: a line in the cores, and its levels are their product."""
    rng = np.random.default_rng(8)
    one, two = rng.integers(2, size=80), rng.integers(2, size=80)
    columns = {"one": one, "two": two, "cores": 1 + one + two, "latency": rng.normal(size=80)}
    domains = {"one": Choice((0, 1)), "two": Choice((0, 1)), "cores": Choice((1, 2, 3), ordered=True)}
    test = DegenerateGaussian.of(dataset(columns, domains))
    assert test("cores", "latency", ("one", "two")) is None
    assert test("one", "latency", ("cores", "two")) is None
    assert passed(test("cores", "latency", ("one",))).p_value > 0.001


@pytest.mark.parametrize("rows", [50, 100])
def test_two_effects_of_one_interaction_are_no_cause_and_effect(rows: int) -> None:
    assert rate(DegenerateGaussian.of, "interacting confounders", rows, 0.0, range(200)) <= 0.1
    assert rate(DegenerateGaussian.of, "interacting confounders", rows, 0.5, range(60)) > 0.7


def test_products_of_conditions_are_given_up_where_the_rows_cannot_bear_them() -> None:
    """Two categories of four values are 6 columns and 9 products: 60 rows bear them, 50 do not."""
    for rows, columns in ((50, 6), (60, 15)):
        rng = np.random.default_rng(9)
        options = {n: np.array(CODEC.values)[np.arange(rows) // step % 4] for n, step in (("a", 1), ("b", 4))}
        observed = {n: rng.normal(size=rows) for n in ("event", "latency")}
        found = passed(DegenerateGaussian.of(dataset(options | observed, {"a": CODEC, "b": CODEC}))(
            "event", "latency", ("a", "b")))  # fmt: skip
        error = rows - columns - 2
        r2 = found.statistic / (found.statistic + error)
        assert found.p_value == pytest.approx(stats.t.sf(np.sqrt(r2 * error / (1 - r2)), error) * 2)


def test_uses_the_rows_in_which_its_own_variables_are_seen() -> None:
    rng = np.random.default_rng(9)
    columns = {n: rng.normal(size=60) for n in ("p", "q", "r")}
    columns["r"][40:] = np.nan
    test = DegenerateGaussian.of(dataset(columns, {}))
    assert passed(test("p", "q", ())).rows == 60
    assert passed(test("p", "r", ())).rows == passed(test("p", "q", ("r",))).rows == 40


def test_repetitions_are_one_row() -> None:
    rng = np.random.default_rng(10)
    batch = np.repeat(np.array(LEVELS.values)[rng.integers(7, size=20)], 5)
    data = dataset({"batch": batch, "latency": np.repeat(rng.normal(size=20), 5)}, {"batch": LEVELS}, repeats=5)
    assert len(averaged(data)) == 20
    assert passed(DegenerateGaussian.of(data)("batch", "latency", ())).rows == 20


def test_settings_that_are_constant_in_plots_count_once_per_plot() -> None:
    data = crossed(np.random.default_rng(11), 40, 0.0)
    test = DegenerateGaussian.of(data)
    assert 40 <= passed(test("a", "latency", ())).rows <= 42
    assert passed(test("kernel", "latency", ())).rows == 320


def test_a_random_design_and_a_complete_grid_have_no_plots() -> None:
    rng = np.random.default_rng(12)
    assert plots({f"o{i}": rng.integers(3, size=40).astype(float) for i in range(8)}) is None
    assert plots(dict(zip("abc", np.indices((3, 3, 3)).reshape(3, -1).astype(float), strict=True))) is None


@pytest.mark.parametrize("seed", range(20))
def test_plots_are_what_their_definition_says(seed: int) -> None:
    """Counted with sets: crossed is what takes the settings of the others as often as it has levels."""
    rng = np.random.default_rng(seed)
    whole = rng.integers(3, size=(rng.integers(4, 9), rng.integers(1, 4)))  # settings of the plots
    inside = rng.integers(4, size=(rng.integers(2, 5), rng.integers(1, 3)))  # crossed with them, some by chance not
    table = np.array([[*a, *b] for a in whole for b in inside], dtype=float)[: rng.integers(8, 40)]
    table[table == 3] = np.nan  # what is missing is a value of its own
    settings = {f"o{i}": column for i, column in enumerate(table.T)}
    said = [tuple(map(str, row)) for row in table]

    def seen(names: list[int]) -> int:
        return len({tuple(row[i] for i in names) for row in said})

    every = list(range(table.shape[1]))
    crossed = [seen([i]) * seen([j for j in every if j != i]) <= CROSSED * seen(every) for i in every]
    found = plots(settings)
    if all(crossed) or not any(crossed):
        assert found is None
        return
    assert found is not None
    rest = [tuple(v for v, c in zip(row, crossed, strict=True) if not c) for row in said]
    assert found.label.tolist() == [list(dict.fromkeys(rest)).index(row) for row in rest]


def test_the_oracle_knows_m_separation() -> None:
    chain = ADMG(("a", "b", "c", "d"), frozenset({("a", "b"), ("b", "c"), ("d", "c")}), frozenset({frozenset("ad")}))
    oracle = Oracle(chain)
    separated = lambda x, y, *given: oracle(x, y, given).p_value == 1  # noqa: E731
    assert separated("a", "c", "b", "d") and not separated("a", "c", "b") and not separated("a", "c")
    assert not separated("b", "d") and separated("b", "d", "a") and not separated("b", "d", "a", "c")


@pytest.mark.parametrize("name", ["categorical confounder", "U-shape", "heavy tails", "crossed design"])
@pytest.mark.parametrize("rows", [25, 60])
def test_size_is_near_its_level_in_a_quick_look(name: str, rows: int) -> None:
    assert rate(DegenerateGaussian.of, name, rows, 0.0, range(200)) <= 0.10, "0.05 plus three standard errors"


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in QUESTIONS if name != "crossed design"])
@pytest.mark.parametrize("rows", [25, 50, 100, 300])
def test_size_is_between_three_and_seven_percent(name: str, rows: int) -> None:
    assert 0.03 <= rate(DegenerateGaussian.of, name, rows, 0.0, range(WORLDS)) <= 0.07


@pytest.mark.slow
@pytest.mark.parametrize("make", TESTS)
def test_size_of_a_crossed_design_errs_on_the_safe_side(make: type[DegenerateGaussian] | type[FisherZ]) -> None:
    assert 0.01 <= rate(make.of, "crossed design", 25, 0.0, range(WORLDS)) <= 0.07


def test_sees_a_u_shape_that_a_line_does_not() -> None:
    power = [rate(make.of, "U-shape", 100, QUESTIONS["U-shape"][-1], range(60)) for make in TESTS]
    assert power[0] > 0.9 and power[1] < 0.3


def test_a_categorical_confounder_is_accounted_for() -> None:
    assert rate(FisherZ.of, "categorical confounder", 100, 0.0, range(60)) > 0.9, "codes of categories mislead a line"


def test_the_worlds_differ_from_seed_to_seed() -> None:
    for world in (categorical_confounder, u_shape, heavy_tails, crossed):
        first, second = (world(np.random.default_rng(seed), 40, 0.5).frame for seed in (0, 1))
        assert not first.equals(second)
