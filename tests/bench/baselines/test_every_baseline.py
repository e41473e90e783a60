"""What every baseline keeps to, in every form: the shared sample, the budget, what may be run, what may be claimed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from cadet.bench.baselines.by_name import named
from cadet.bench.baselines.exploration import Exploration
from cadet.bench.strategy import initial_sample
from cadet.debugging.notebook import Notebook
from cadet.model.domain import Value
from cadet.model.measurement import Purpose
from cadet.model.objective import Goal, Objective
from cadet.plugins import names
from cadet.testing.laboratory import FunctionLaboratory
from tests.bench.baselines.sessions import Strict, exact, question, ran
from tests.debugging.systems import mixed, noisy, switches, table, turn_on

PACKAGES = {"tpe": "optuna", "smac": "smac"}
BASELINES = [name for name in names("strategy") if not name.startswith("cadet")]
QUICK = [n for n in BASELINES if n != "smac"]  # a second for each of its proposals
FORMS = ("", "+dd", "+dd+verified")


@pytest.fixture(autouse=True)
def _installed(request: pytest.FixtureRequest) -> None:
    name = request.node.callspec.params.get("name", "") if hasattr(request.node, "callspec") else ""
    if name.split("+")[0] in PACKAGES:
        pytest.importorskip(PACKAGES[name.split("+")[0]])


def every(*forms: str, baselines: list[str] = QUICK) -> list[str]:
    return [name + form for name in baselines for form in forms]


def one_cause(c: Mapping[str, Value]) -> float:
    return (1.0 if c["o3"] else 2.0) + 0.01 * c["o5"]


def rough(values: Mapping[str, Value], rng: np.random.Generator) -> dict[str, float]:
    """Every kind of option matters; some runs fail, some never end."""
    if values["batch"] > 700:
        raise TimeoutError("still running")
    if values["mmap"] and values["batch"] > 200:
        raise RuntimeError("out of memory")
    slow = {"delete": 1.0, "wal": 0.5, "off": 0.1}[values["journal"]]
    tuned = 0.8 if values["journal"] == "wal" and values["checkpoint"] == 10000 else 1.0
    return {"latency": slow * tuned * (1 - 0.2 * values["mmap"]) * float(np.exp(rng.normal(0, 0.02)))}


def device(seed: int) -> FunctionLaboratory:
    return FunctionLaboratory(mixed(), rough, np.random.default_rng(seed), repeats=2, timeout_s=5.0)


@pytest.mark.parametrize("name", every(*FORMS))
def test_it_starts_from_the_shared_sample_and_keeps_to_the_budget(name):
    laboratory = noisy(switches(12), one_cause, 0.03, 1)
    asked = question(laboratory.space, 1.3)
    sample = initial_sample(asked, laboratory.space, np.random.default_rng(7))
    named(name)(laboratory, asked, np.random.default_rng(7))
    assert tuple(ran(laboratory, asked.fault)[:25]) == sample
    assert len(ran(laboratory, asked.fault)) <= asked.budget


@pytest.mark.parametrize("name", every(*FORMS))
def test_it_bears_failures_timeouts_constraints_and_what_turns_out_infeasible(name):
    """The strict laboratory fails the test when something is asked for that the space does not permit."""
    laboratory = Strict(device(3), refuses=lambda c: c["sync"] == "normal" and c["batch"] > 20)
    asked = question(laboratory.space, 0.65)
    claim = named(name)(laboratory, asked, np.random.default_rng(2))
    assert len(ran(laboratory, asked.fault)) <= asked.budget
    assert claim.fix is None or claim.fix in ran(laboratory, asked.fault)
    if claim.claimed:
        assert claim.fix["journal"] == "wal"


@pytest.mark.parametrize("name", every(*FORMS))
def test_a_recorded_device_is_asked_for_its_rows_only(name):
    space = switches(7)
    rng = np.random.default_rng(5)
    rows = [turn_on(space, *(n for n in space.names if rng.random() < 0.5)) for _ in range(90)]
    laboratory = table(space, one_cause, list(dict.fromkeys([space.default, turn_on(space, "o3"), *rows])))
    claim = named(name)(laboratory, question(laboratory.space, 1.3), np.random.default_rng(1))
    assert all(laboratory.space.feasible(r.configuration) for r in laboratory.runs())
    assert claim.claimed and claim.fix["o3"]


@pytest.mark.parametrize("name", every("", "+dd+verified"))
def test_the_same_seed_gives_the_same_claim(name):
    claims = [named(name)(noisy(switches(12), one_cause, 0.03, 1), question(switches(12), 1.3),
                          np.random.default_rng(3)) for _ in range(2)]  # fmt: skip
    assert claims[0].fix == claims[1].fix
    assert (claims[0].claimed, claims[0].causes, claims[0].promises) == (
        claims[1].claimed,
        claims[1].causes,
        claims[1].promises,
    )


@pytest.mark.parametrize("name", every(*FORMS))
def test_nothing_is_claimed_where_nothing_helps(name):
    laboratory = exact(switches(10), lambda c: 2.0 + 0.01 * c["o1"])
    assert not named(name)(laboratory, question(laboratory.space, 1.3), np.random.default_rng(0)).claimed


@pytest.mark.parametrize("name", every("", "+dd+verified"))
def test_a_fault_that_is_fine_is_left_alone(name):
    laboratory = exact(switches(10), one_cause)
    claim = named(name)(laboratory, question(laboratory.space, 2.5), np.random.default_rng(0))
    assert claim.fix is None and not claim.claimed


@pytest.mark.parametrize("name", every("+dd", "+dd+verified"))
def test_minimised_one_cause_is_left_of_any_fix(name):
    laboratory = exact(switches(12), one_cause)
    claim = named(name)(laboratory, question(laboratory.space, 1.3), np.random.default_rng(0))
    assert claim.claimed and claim.fix == turn_on(laboratory.space, "o3")


def lucky(c: Mapping[str, Value], seen: set[str]) -> float:
    """Seems good the first time, and is not: the winner's curse without a random number."""
    first = repr(sorted(c.items())) not in seen
    seen.add(repr(sorted(c.items())))
    return 1.0 if first and any(c.values()) else 2.0


@pytest.mark.parametrize("name", every("", "+dd", "+verified", "+dd+verified"))
def test_only_what_is_verified_is_not_fooled_by_a_lucky_run(name):
    seen: set[str] = set()
    laboratory = exact(switches(10), lambda c: lucky(c, seen))
    claim = named(name)(laboratory, question(laboratory.space, 1.3), np.random.default_rng(0))
    assert claim.claimed == ("verified" not in name)


@pytest.mark.slow
@pytest.mark.parametrize("name", every("", "+dd+verified", baselines=["smac"]))
def test_smac_keeps_to_it_too(name):
    laboratory = Strict(device(3), refuses=lambda c: c["sync"] == "normal" and c["batch"] > 20)
    asked = question(laboratory.space, 0.65)
    claim = named(name)(laboratory, asked, np.random.default_rng(2))
    assert len(ran(laboratory, asked.fault)) <= asked.budget
    assert claim.claimed and claim.fix["journal"] == "wal"


def test_shortfalls_follow_every_run_also_of_the_fault_in_whose_unit_they_are():
    space = switches(4)
    lab = noisy(space, lambda c: 3.0 - 2.0 * c["o1"] + c["o2"], 0.3, 1, repeats=1)
    goals = (Goal(Objective("latency", "s", "min", bounded_by_time=False), -1.0),)  # no ratio to a negative goal
    notebook = Notebook(lab, space.default)
    kept = Exploration(notebook, replace(question(space, -1.0), goals=goals), goals)
    for configuration in (space.default, *(turn_on(space, name) for name in space.names)):
        notebook.measure([configuration], Purpose.DESIGN)
        afresh = Exploration(notebook, kept.question, goals)
        assert kept.table()[0] == afresh.table()[0]
        assert kept.table()[1] == pytest.approx(afresh.table()[1])
        assert not kept.open(configuration)
