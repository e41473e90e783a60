"""What goes into a study comes out of it."""

from __future__ import annotations

import math
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadet.model.measurement import Planned, Purpose, Run, Status
from cadet.model.option import Configuration
from cadet.study.codec import configuration_of, difference, finite, same, to_json
from cadet.study.store import Store
from tests.study.strategies import CONFIGURATIONS, JSON, RUNS
from tests.study.studies import create


@given(CONFIGURATIONS)
def test_a_configuration_keeps_its_values_and_their_types(configuration: Configuration) -> None:
    back = configuration_of(configuration.key)
    assert back == configuration
    assert [type(v) for v in back.values()] == [type(v) for v in configuration.values()]


@settings(max_examples=25, deadline=None)
@given(st.lists(RUNS, max_size=12))
def test_runs_come_back_as_they_were_recorded(runs: list[Run]) -> None:
    runs = [replace(run, slot=f"slot {i}") for i, run in enumerate(runs)]
    with tempfile.TemporaryDirectory() as folder:
        with create(Path(folder, "study.db")) as store:
            for run in runs:
                store.record(run)
            assert store.runs() == runs
        with Store.open(Path(folder, "study.db")) as again:
            back = again.runs()
    assert back == runs
    for run, was in zip(back, runs, strict=True):
        assert [type(v) for v in run.values.values()] == [type(v) for v in was.values.values()]
        assert to_json(run.environment) == to_json({name: was.environment[name] for name in run.environment})


@settings(max_examples=25, deadline=None)
@given(st.lists(st.builds(Planned, slot=st.text(min_size=1), configuration=CONFIGURATIONS, level=CONFIGURATIONS,
                          purpose=st.sampled_from(Purpose), block=st.integers(0, 1000)),
                max_size=12, unique_by=lambda p: p.slot))  # fmt: skip
def test_a_plan_comes_back_in_its_order(slots: list[Planned]) -> None:
    with tempfile.TemporaryDirectory() as folder, create(Path(folder, "study.db")) as store:
        store.plan(slots)
        assert store.planned() == store.pending() == slots


def test_nan_is_missing_and_infinity_is_named() -> None:
    values, remark = finite({"a": 1.5, "b": math.nan, "c": -math.inf})
    assert values == {"a": 1.5}
    assert remark == "left out as not finite: c = -inf"


def test_an_infinite_value_is_told_in_the_message_of_its_run(tmp_path: Path) -> None:
    with create(tmp_path / "study.db") as store:
        run = Run(Configuration({"a": 1}), Status.OK, {"q": math.inf, "r": math.nan}, slot="s", message="slow")
        store.record(run)
        assert store.runs() == [replace(run, values={}, message="slow; left out as not finite: q = inf")]


def test_numpy_numbers_are_plain_numbers_afterwards(tmp_path: Path) -> None:
    with create(tmp_path / "study.db") as store:
        observed = {"a": np.float64(0.1), "b": np.int64(3), "c": np.float32(0.5)}
        store.record(Run(Configuration({"a": 1}), Status.OK, observed, slot="s"))
        assert store.runs()[0].values == {"a": 0.1, "b": 3.0, "c": 0.5}


def test_a_message_that_is_no_text_does_not_lose_the_measurement(tmp_path: Path) -> None:
    with create(tmp_path / "study.db") as store:
        store.record(Run(Configuration({}), Status.FAILED, slot="s", message="\ud800 died\0"))
        assert store.runs()[0].message == "\\ud800 died\\0"


@given(st.dictionaries(st.text(), JSON), st.dictionaries(st.text(), JSON))
def test_a_fingerprint_and_the_difference_to_it_give_the_environment(one: dict, other: dict) -> None:
    for environment in (one, other, one | other):
        varying = difference(environment, other)
        if varying is not None:
            assert same({**other, **varying}, environment)


def test_one_fingerprint_serves_runs_that_differ_in_load_only(tmp_path: Path) -> None:
    with create(tmp_path / "study.db") as store:
        for i in range(5):
            environment = {"host": "box", "kernel": "6.1", "load": i / 7}
            store.record(Run(Configuration({}), Status.OK, slot=f"s{i}", environment=environment))
        assert [run.environment["load"] for run in store.runs()] == [i / 7 for i in range(5)]
        assert len(store._ledger.environments) == 1


@pytest.mark.parametrize("pair", [(1, True), (1, 1.0), (0, False), ("1", 1), ([1], [1.0])])
def test_equal_in_python_is_not_the_same_in_json(pair: tuple[object, object]) -> None:
    assert not same(*pair)
