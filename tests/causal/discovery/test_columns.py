"""Columns that say nothing, the same, or no number: reported, handled, and never an edge, whatever their role."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cadet.causal.discovery import learn
from cadet.errors import TableError
from cadet.model.dataset import Dataset, Role, Variable
from cadet.model.domain import Choice, Interval
from cadet.model.graph import CausalGraph
from tests.causal.independence.worlds import CODEC, LEVELS, dataset

ROWS = 80
ROLES = (Role.OPTION, Role.EVENT, Role.OBJECTIVE)
PLAIN = ("batch", "codec", "fsyncs", "noise", "latency")


def deployment(seed: int = 1) -> Dataset:
    """batch → fsyncs → latency; codec → latency; `noise` does nothing."""
    rng = np.random.default_rng(seed)
    batch, codec = rng.integers(7, size=ROWS), rng.integers(4, size=ROWS)
    fsyncs = -0.8 * batch + rng.normal(size=ROWS)
    columns = {
        "batch": np.array(LEVELS.values)[batch],
        "codec": np.array(CODEC.values)[codec],
        "fsyncs": fsyncs,
        "noise": rng.normal(size=ROWS),
        "latency": fsyncs + np.array([0.0, 3.0, 0.0, -3.0])[codec] + rng.normal(size=ROWS),
    }
    return dataset(columns, {"batch": LEVELS, "codec": CODEC})


def with_column(
    data: Dataset, name: str, values: object, role: Role, domain: Choice | Interval | None = None
) -> Dataset:
    frame = data.frame.assign(**{name: values})
    return replace(data, frame=frame, variables=(*data.variables, Variable(name, role, domain)))


def learned(data: Dataset, **how: str) -> CausalGraph:
    return learn(data, np.random.default_rng(0), subsamples=0, **how)


def neighbours(graph: CausalGraph, name: str) -> set[str]:
    return {other for other in graph.pag.nodes if graph.pag.adjacent(name, other)}


def told(graph: CausalGraph, name: str) -> str:
    """Return the notes that begin with the name of the column."""
    return "; ".join(note for note in graph.notes if note.startswith(name))


def the_rest_is_untouched(graph: CausalGraph, plain: Dataset) -> bool:
    return all(neighbours(graph, n) & set(PLAIN) == neighbours(learned(plain), n) for n in PLAIN)


@pytest.fixture(scope="module")
def plain() -> Dataset:
    data = deployment()
    edges = {frozenset((a, b)) for a, b, _, _ in learned(data).pag.edges()}
    assert edges == {frozenset(e) for e in (("batch", "fsyncs"), ("fsyncs", "latency"), ("codec", "latency"))}
    return data


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("value", [0.0, 3.5, -1e300])
def test_a_constant_is_left_out(plain: Dataset, role: Role, value: float) -> None:
    graph = learned(with_column(plain, "zz", np.full(ROWS, value), role))
    assert "constant" in told(graph, "zz") and neighbours(graph, "zz") == set()
    assert the_rest_is_untouched(graph, plain)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_never_a_number_is_left_out(plain: Dataset, role: Role, value: float) -> None:
    graph = learned(with_column(plain, "zz", np.full(ROWS, value), role))
    assert "never observed" in told(graph, "zz") and neighbours(graph, "zz") == set()
    assert the_rest_is_untouched(graph, plain)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_constant_with_gaps_is_a_constant(plain: Dataset, role: Role, value: float) -> None:
    graph = learned(with_column(plain, "zz", np.where(np.arange(ROWS) % 5 == 0, value, 2.0), role))
    assert "constant" in told(graph, "zz") and neighbours(graph, "zz") == set()
    assert the_rest_is_untouched(graph, plain)


@pytest.mark.parametrize(
    ("role", "of"),
    [(Role.OPTION, "batch"), (Role.OPTION, "codec")]
    + [(Role.EVENT, n) for n in ("batch", "codec", "fsyncs", "latency")],
)
def test_a_duplicate_is_left_out(plain: Dataset, role: Role, of: str) -> None:
    numbers = pd.factorize(plain.frame[of])[0] * 2.0 if of == "codec" else plain.frame[of].to_numpy(float)
    graph = learned(with_column(plain, "zz", numbers, role))
    assert of in told(graph, "zz") and neighbours(graph, "zz") == set()
    assert the_rest_is_untouched(graph, plain)


def test_of_an_option_and_an_event_that_say_the_same_the_option_stays(plain: Dataset) -> None:
    graph = learned(with_column(plain, "zz", plain.frame["noise"], Role.OPTION))
    assert told(graph, "noise") == "noise is left out: duplicates the option zz" and told(graph, "zz") == ""
    assert neighbours(graph, "noise") == set()


def test_an_option_that_decides_the_objective_exactly_is_its_only_cause() -> None:
    rng = np.random.default_rng(5)
    batch = np.array(LEVELS.values)[rng.integers(7, size=ROWS)]
    columns = {"batch": batch, "noise": rng.normal(size=ROWS), "latency": np.sqrt(batch)}
    graph = learned(dataset(columns, {"batch": LEVELS}))
    assert neighbours(graph, "latency") == {"batch"}


def test_an_event_that_reads_a_quantity_back_is_left_out(plain: Dataset) -> None:
    rng = np.random.default_rng(2)
    size = rng.uniform(1, 9, size=ROWS)
    data = with_column(plain, "size", size, Role.OPTION, Interval(1, 9))
    graph = learned(with_column(data, "read", np.log(size), Role.EVENT))
    assert "duplicates the option size" in told(graph, "read") and neighbours(graph, "read") == set()
    assert told(graph, "size") == ""


@pytest.mark.parametrize("stretch", [lambda x: x, lambda x: 3 * x + 1, np.exp, lambda x: -x])
def test_two_objectives_that_say_the_same_keep_their_causes_and_have_no_edge(plain: Dataset, stretch) -> None:
    energy = stretch(plain.frame["latency"].to_numpy())
    graph = learned(with_column(plain, "energy", energy, Role.OBJECTIVE))
    assert not graph.pag.adjacent("latency", "energy")
    assert neighbours(graph, "energy") == neighbours(graph, "latency") == {"fsyncs", "codec"}
    assert "latency" in told(graph, "energy")
    assert the_rest_is_untouched(graph, plain)


def test_an_event_that_duplicates_two_objectives_is_left_out_once(plain: Dataset) -> None:
    latency = plain.frame["latency"].to_numpy()
    graph = learned(with_column(with_column(plain, "energy", 2 * latency, Role.OBJECTIVE), "zz", latency, Role.EVENT))
    assert neighbours(graph, "zz") == set() and not graph.pag.adjacent("latency", "energy")
    assert sum(note.startswith("zz is left out") for note in graph.notes) == 1


def test_a_linear_combination_of_events_is_left_out(plain: Dataset) -> None:
    graph = learned(with_column(plain, "zz", plain.frame["fsyncs"] - 2 * plain.frame["noise"], Role.EVENT))
    assert "linear combination of fsyncs, noise" in told(graph, "zz") and neighbours(graph, "zz") == set()
    assert the_rest_is_untouched(graph, plain)


def test_an_option_that_is_the_sum_of_others_joins_nothing_it_does_not_move(plain: Dataset) -> None:
    """Aliased by the design: given the others nothing of it is left, and it is refused as a condition, not believed."""
    rng = np.random.default_rng(3)
    one, two = rng.integers(2, size=ROWS), rng.integers(2, size=ROWS)
    data = with_column(plain, "one", one, Role.OPTION, Choice((0, 1)))
    data = with_column(data, "two", two, Role.OPTION, Choice((0, 1)))
    graph = learned(with_column(data, "zz", one + two, Role.OPTION, Choice((0, 1, 2), ordered=True)))
    assert neighbours(graph, "zz") == set()
    assert the_rest_is_untouched(graph, plain)


def test_an_objective_that_is_the_sum_of_events_has_them_as_causes_and_no_others(plain: Dataset) -> None:
    total = plain.frame["fsyncs"] + plain.frame["noise"]
    graph = learned(with_column(plain, "total", total, Role.OBJECTIVE))
    assert neighbours(graph, "total") <= {"fsyncs", "noise", "batch", "latency"}
    assert {"fsyncs", "noise"} <= neighbours(graph, "total")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("test", ["degenerate-gaussian", "fisher-z"])
def test_values_that_are_missing_in_some_rows_cost_those_rows(
    plain: Dataset, role: Role, value: float, test: str
) -> None:
    gaps = np.arange(ROWS) % 10 == 3
    steps = np.random.default_rng(4).integers(5, size=ROWS).astype(float)
    graph = learned(with_column(plain, "zz", np.where(gaps, value, steps), role), test=test)
    assert "zz was observed in 72 of 80 runs" in told(graph, "zz")
    assert ("infinite in 8 of 80" in told(graph, "zz")) == np.isinf(value)
    assert neighbours(graph, "zz") == set()


@pytest.mark.parametrize("name", PLAIN)
def test_gaps_in_a_column_that_matters_leave_its_edges(plain: Dataset, name: str) -> None:
    """Also in an option of categories, in an option of steps, in the objective."""
    column = plain.frame[name].astype(object).where(np.arange(ROWS) % 10 != 3, None)
    holes = column if name in ("batch", "codec") else column.astype(float)
    graph = learned(replace(plain, frame=plain.frame.assign(**{name: holes})))
    assert neighbours(graph, name) == neighbours(learned(plain), name)
    assert "72 of 80" in told(graph, name)


def test_an_event_seen_in_few_runs_is_left_out(plain: Dataset) -> None:
    graph = learned(with_column(plain, "zz", plain.frame["fsyncs"].where(np.arange(ROWS) < 30), Role.EVENT))
    assert "observed in 30 of 80" in told(graph, "zz") and neighbours(graph, "zz") == set()


def test_all_defects_at_once(plain: Dataset) -> None:
    fsyncs = plain.frame["fsyncs"].to_numpy()
    data = with_column(plain, "flat_option", ["on"] * ROWS, Role.OPTION, Choice(("on", "off")))
    data = with_column(data, "twin_option", plain.frame["batch"] * 10, Role.OPTION)
    data = with_column(data, "flat", np.ones(ROWS), Role.EVENT)
    data = with_column(data, "zz_copy", fsyncs * 2, Role.EVENT)
    data = with_column(data, "zz_sum", fsyncs + plain.frame["noise"], Role.EVENT)
    data = with_column(data, "void", np.full(ROWS, np.nan), Role.EVENT)
    data = with_column(data, "wild", np.full(ROWS, np.inf), Role.EVENT)
    data = with_column(data, "read", np.log(plain.frame["batch"]), Role.EVENT)
    data = with_column(data, "flat_objective", np.zeros(ROWS), Role.OBJECTIVE)
    graph = learned(data)
    bad = [name for name in data.names() if name not in PLAIN]
    assert {name: neighbours(graph, name) for name in bad} == {name: set() for name in bad}
    assert all(told(graph, name) for name in bad)
    assert the_rest_is_untouched(graph, plain)


def test_the_names_decide_which_event_stays_and_the_order_of_columns_does_not(plain: Dataset) -> None:
    data = with_column(plain, "aa", plain.frame["fsyncs"] * 3, Role.EVENT)
    turned = replace(data, frame=data.frame[[*data.names()[::-1]]], variables=data.variables[::-1])
    assert told(learned(data), "fsyncs") == told(learned(turned), "fsyncs") != ""


def test_words_where_numbers_should_be_are_named(plain: Dataset) -> None:
    with pytest.raises(TableError, match="event 'zz' is not a column of numbers"):
        learned(with_column(plain, "zz", ["fast"] * ROWS, Role.EVENT))


def test_nothing_that_was_given_is_changed(plain: Dataset) -> None:
    data = with_column(plain, "zz", np.where(np.arange(ROWS) < 5, np.inf, 1.5 * np.arange(ROWS)), Role.EVENT)
    before = data.frame.copy(deep=True)
    learned(data)
    pd.testing.assert_frame_equal(data.frame, before)
