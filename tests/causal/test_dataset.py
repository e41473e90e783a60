from __future__ import annotations

import math

import numpy as np
import pytest

from cadet.causal.dataset import build
from cadet.errors import TableError
from cadet.model.dataset import Dataset, Role
from cadet.model.domain import Choice
from cadet.model.measurement import Purpose, Run, Status
from cadet.model.objective import Objective
from cadet.model.option import Configuration, Context, Option
from cadet.model.space import Space

SPACE = Space(
    (
        Option("mode", Choice(("a", "b")), "a"),
        Option("batch", Choice((1, 2, 4), ordered=True), 1),
        Option("fixed", Choice((7, 8), ordered=True), 7),
    ),
    context=(Context("load", Choice((1, 2), ordered=True)),),
)
LATENCY = Objective("latency", "s", bounded_by_time=True)
SIZE = Objective("size", "MB")


def runs(n: int = 24) -> list[Run]:
    rng = np.random.default_rng(5)
    return [
        Run(
            SPACE.configuration({"mode": "ab"[i % 2], "batch": (1, 2, 4)[i // 2 % 3]}),
            Status.OK,
            {
                "latency": 1 + rng.random(),
                "size": rng.random(),
                "faults": float(rng.integers(50)),
                "steps": rng.random(),
            },
            level=Configuration({"load": 1 + i // 6 % 2}),
        )
        for i in range(n)
    ]


def with_values(run: Run, **values: float) -> Run:
    return Run(run.configuration, run.status, {**run.values, **values}, level=run.level, purpose=run.purpose)


def ended(run: Run, status: Status, **values: float) -> Run:
    return Run(run.configuration, status, values, level=run.level, timeout_s=20.0)


def reasons(dataset: Dataset) -> dict[str, str]:
    return {column.column: column.reason for column in dataset.left_out}


def test_columns_are_options_context_events_objectives_with_their_roles() -> None:
    dataset = build(runs(), SPACE, [LATENCY, SIZE])
    assert dataset.names() == ("mode", "batch", "load", "faults", "steps", "latency", "size")
    assert dataset.names(Role.CONTEXT) == ("load",)
    assert dataset.names(Role.EVENT) == ("faults", "steps")
    assert dataset.configurations == 6
    assert reasons(dataset) == {"fixed": "constant: always 7"}


@pytest.mark.parametrize("status", [Status.FAILED, Status.INFEASIBLE, Status.APPLY_FAILED])
def test_runs_that_did_not_happen_as_asked_never_enter(status: Status) -> None:
    some = runs()
    assert len(build([*some, ended(some[0], status, latency=9.0)], SPACE, [LATENCY]).frame) == len(some)


def test_a_timeout_is_censored_at_its_limit_and_what_it_did_not_observe_is_missing() -> None:
    dataset = build([*runs(), ended(runs()[0], Status.TIMED_OUT)], SPACE, [LATENCY, SIZE])
    assert dataset.censored.tolist() == [False] * 24 + [True]
    last = dataset.frame.iloc[-1]
    assert last["latency"] == 20.0
    assert math.isnan(last["size"]) and math.isnan(last["faults"])


def test_seconds_that_are_not_wall_time_have_no_bound() -> None:
    cpu = Objective("cpu", "s")
    some = [with_values(run, cpu=float(i)) for i, run in enumerate(runs())]
    dataset = build([*some, ended(some[0], Status.TIMED_OUT)], SPACE, [LATENCY, cpu])
    assert math.isnan(dataset.frame["cpu"].iloc[-1])


def test_a_timeout_that_reports_its_objective_keeps_it() -> None:
    dataset = build([*runs(), ended(runs()[0], Status.TIMED_OUT, latency=21.5)], SPACE, [LATENCY])
    assert dataset.frame["latency"].iloc[-1] == 21.5


def test_only_random_rows_are_a_sample() -> None:
    some = runs()
    purposes = [Purpose.DESIGN, Purpose.IMPORTED, Purpose.FAULT, Purpose.NEIGHBOUR, Purpose.PROPOSAL, Purpose.PAIR]
    marked = [Run(r.configuration, r.status, r.values, r.level, p) for r, p in zip(some, purposes, strict=False)]
    assert build([*marked, *some[6:]], SPACE, [LATENCY]).sample[:6].tolist() == [True, True, False, False, False, False]


@pytest.mark.parametrize("bad", [math.inf, -math.inf, math.nan])
def test_what_is_not_finite_is_missing(bad: float) -> None:
    first, *rest = runs()
    dataset = build([with_values(first, steps=bad), *rest], SPACE, [LATENCY])
    assert dataset.frame["steps"].isna().tolist() == [True] + [False] * 23


def test_useless_columns_are_left_out_with_the_reason() -> None:
    some = [
        with_values(
            run,
            never=math.nan,
            flat=3.0,
            spike=float(i == 3),
            twin=run.values["steps"],
            monotone=math.exp(run.values["steps"]),
            total=run.values["steps"] + 2 * run.values["faults"],
            wall=run.values["latency"],
            **({"rare": float(i)} if i < 8 else {}),
        )
        for i, run in enumerate(runs())
    ]
    dataset = build(some, SPACE, [LATENCY])
    assert dataset.names(Role.EVENT) == ("faults", "monotone", "size", "total")
    assert reasons(dataset) == {
        "fixed": "constant: always 7",
        "never": "never observed",
        "flat": "constant: always 3.0",
        "spike": "differs from its usual value in 1 of 24 runs",
        "rare": "observed in 8 of 24 runs",
        "steps": "follows (|rank correlation| 1.0000) monotone",
        "twin": "follows (|rank correlation| 1.0000) monotone",
        "wall": "duplicates latency",
    }


def test_a_linear_combination_names_what_it_is_made_of() -> None:
    some = [with_values(r, wanted=r.values["steps"] + r.values["faults"] / 50) for r in runs()]
    assert reasons(build(some, SPACE, [LATENCY]))["wanted"] == "is a linear combination of faults, steps"


def test_options_that_always_change_together_are_one() -> None:
    space = Space((Option("x", Choice((1, 2)), 1), Option("y", Choice(("p", "q")), "p")))
    some = [
        Run(space.configuration({"x": 1 + i % 2, "y": "pq"[i % 2]}), Status.OK, {"latency": float(i)}) for i in range(9)
    ]
    assert reasons(build(some, space, [LATENCY])) == {"y": "always changes together with x"}


def test_no_runs_say_what_there_was_instead() -> None:
    with pytest.raises(TableError, match="2 failed"):
        build([ended(run, Status.FAILED) for run in runs(2)], SPACE, [LATENCY])


def test_a_name_that_is_used_twice_is_an_error() -> None:
    with pytest.raises(TableError, match="'batch'"):
        build([with_values(run, batch=1.0) for run in runs()], SPACE, [LATENCY])
