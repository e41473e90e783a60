"""Nothing that finished is run again, nothing is lost, and a strategy that fails says so."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from cadet.bench.case import Case
from cadet.bench.counting import Counting
from cadet.bench.gaps import behind, differences
from cadet.bench.mediation import main_path
from cadet.bench.plan import Cell, Plan, System, case_of
from cadet.bench.results import FILE, Record, append, read
from cadet.bench.run import run
from cadet.bench.score import score
from cadet.bench.session import records_of
from cadet.bench.strategy import Claim, Stated
from cadet.bench.subsets import plan_of
from cadet.bench.table import calibrations, document, markdown, rows
from cadet.errors import CapabilityMissing, MeasurementError, UsageError
from cadet.model.domain import Choice
from cadet.model.measurement import Purpose
from cadet.model.objective import Objective
from cadet.model.option import Option
from cadet.model.space import Space
from cadet.testing.worlds.mechanism import Node, Shape, Term
from cadet.testing.worlds.world import World

PLAN = Plan(("random",), ("steps", "idle"), (), goals=("median",), worlds=2)
USUAL = {"family": "f", "seed": 0, "goal": "median", "error": None, "least": 1, "f1": 1.0, "small": 3, "false": False}
PROGRAM = """
from pathlib import Path
from cadet.bench.plan import Plan
from cadet.bench.run import run
run(Plan(("random",), ("steps", "stages", "noisy", "several"), (), worlds=20), Path({folder!r}), jobs=2,
    progress=lambda *told: None)
"""


def silent(stage: str, done: int, total: int, remark: str) -> None:
    """Tell nobody."""


@pytest.fixture(scope="module")
def case() -> Case:
    found = case_of(System("steps", 0), "median", 0, "dev")
    assert found is not None
    return found


def counting(case: Case) -> Counting:
    return Counting(case.oracle.laboratory(np.random.default_rng(0), 1), case.question)


def test_the_same_call_runs_nothing_twice(tmp_path: Path) -> None:
    first = run(PLAN, tmp_path, jobs=1, progress=silent)
    lines = (tmp_path / FILE).read_text()
    assert run(PLAN, tmp_path, jobs=1, progress=silent) == first
    assert (tmp_path / FILE).read_text() == lines
    assert len(first) == 4


def test_processes_find_what_one_process_finds(tmp_path: Path) -> None:
    alone = run(PLAN, tmp_path / "one", jobs=1, progress=silent)
    together = run(PLAN, tmp_path / "two", jobs=2, progress=silent)
    measured = {"seconds", "thinking", "slowest"}
    assert [{k: v for k, v in r.items() if k not in measured} for r in together] == [
        {k: v for k, v in json.loads(json.dumps(r)).items() if k not in measured} for r in alone
    ]


@pytest.mark.slow
def test_a_killed_run_goes_on_where_it_was_and_leaves_no_process(tmp_path: Path) -> None:
    program = [sys.executable, "-c", PROGRAM.format(folder=str(tmp_path))]
    killed = subprocess.Popen(program, start_new_session=True)
    deadline = time.monotonic() + 120
    while len(read(tmp_path)) < 6:
        assert time.monotonic() < deadline, "six sessions take more than two minutes"
        time.sleep(0.05)
    children = Path(f"/proc/{killed.pid}/task/{killed.pid}/children").read_text().split()
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    known = read(tmp_path)
    for child in children:
        while Path(f"/proc/{child}/stat").exists() and Path(f"/proc/{child}/stat").read_text().split()[2] != "Z":
            assert time.monotonic() < deadline, f"process {child} outlived its parent"
            time.sleep(0.05)
    subprocess.run(program, check=True)
    after = read(tmp_path)
    assert len(after) == 160
    assert {k: after[k] for k in known} == known


def test_a_line_cut_off_is_run_again_and_spoils_no_other(tmp_path: Path) -> None:
    append(tmp_path, [{"key": "a", "n": 1}])
    with (tmp_path / FILE).open("a") as stream:
        stream.write('{"key": "b", "n"')
    assert read(tmp_path) == {"a": {"key": "a", "n": 1}}
    append(tmp_path, [{"key": "b", "n": 2}])
    assert read(tmp_path) == {"a": {"key": "a", "n": 1}, "b": {"key": "b", "n": 2}}


def greedy(laboratory: Counting, question: object, rng: np.random.Generator) -> Claim:
    space = laboratory.space
    laboratory.measure(list(space.neighbours(laboratory.question.fault, frozenset())), Purpose.PROPOSAL)
    raise AssertionError("the budget does not hold")


def test_a_strategy_that_spends_too_much_has_claimed_nothing_and_its_record_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cadet.bench.session.named", lambda name: greedy)
    (record,) = records_of(Cell(System("steps", 0), "median", 0, 0, "dev", 1), ["greedy"])
    assert str(record["error"]).startswith("BudgetSpent")
    assert record["claimed"] is False and record["met"] is False and record["measurements"] == 0


def test_a_true_minimal_fix_is_scored_as_one(case: Case) -> None:
    assert case.minimal is not None
    fix = case.oracle.grid.decode(case.minimal.codes)[0]
    laboratory = counting(case)
    laboratory.measure([fix], Purpose.PROPOSAL)
    told = score(case, Claim(fix, True, promises=((0.9, fix), (0.2, case.question.fault))), laboratory)
    assert told["met"] is told["minimal"] is told["irreducible"] is True
    assert (told["f1"], told["excess"], told["false"], told["first_of_all"]) == (1.0, 0, False, 1)
    assert told["promises"] == [(0.9, True), (0.2, False)]


def test_claiming_the_fault_as_its_fix_is_false(case: Case) -> None:
    told = score(case, Claim(case.question.fault, True), counting(case))
    assert told["false"] is True
    assert (told["met"], told["f1"], told["gain"], told["first"]) == (False, 0.0, 0.0, 31)


def test_an_unneeded_change_makes_a_fix_reducible(case: Case) -> None:
    assert case.minimal is not None
    space = case.oracle.space
    fix = case.oracle.grid.decode(case.minimal.codes)[0]
    idle = next(o for o in space.options if o.name not in case.oracle.relevant)
    more = space.change(fix, {idle.name: next(v for v in idle.levels if v != fix[idle.name])})
    told = score(case, Claim(more, True), counting(case))
    assert told["met"] is True
    assert (told["minimal"], told["irreducible"], told["excess"]) == (False, False, 1)


def test_intervals_are_judged_in_the_unit_of_the_objective(case: Case) -> None:
    fault, label = case.question.fault, case.question.goals[0].label
    truth = float(case.fault_costs[0])
    stated = (Stated(fault, label, 0.9 * truth, 1.1 * truth), Stated(fault, label, 2 * truth, 3 * truth))
    assert score(case, Claim(None, False, measured=stated), counting(case))["measured"] == [True, False]


def test_the_main_path_is_the_one_that_carries_most() -> None:
    """a moves e by 0.2, which moves latency by 0.2 * 0.5; through f it is 0.3 * 1; directly -1."""

    def event(name: str, weight: float) -> Node:
        return Node(name, 1.0, (Term((Shape("a", "linear"),), weight),))

    latency = Node("latency", 1.0, (Term((Shape("e", "power"),), 0.5), Term((Shape("f", "power"),), 1.0),
                                    Term((Shape("a", "linear"),), -1.0)))  # fmt: skip
    space = Space((Option("a", Choice((0, 1), ordered=True), 0), Option("b", Choice((0, 1), ordered=True), 0)))
    world = World("toy", 0, space, (Objective("latency", "s"),), (event("e", 0.1), event("f", 0.15), latency))
    off, on = space.default, space.configuration({"a": 1, "b": 1})
    assert main_path(world, on, off) == ("a", "f", "latency")
    assert main_path(world, on, space.change(on, {"b": 0})) is None


def test_rows_count_what_there_is() -> None:
    def record(strategy: str, case: str, minimal: bool, **more: object) -> dict[str, object]:
        known = {"strategy": strategy, "case": case, "system": case, "minimal": minimal, **more}
        return {"key": f"{strategy}{case}", **USUAL, **known}

    records = [
        record("cadet", "x", True, promises=[[0.95, True]]),
        record("cadet", "y", True, promises=[[0.95, False]]),
        record("other", "x", True),
        record("other", "y", False, error="ValueError: no"),
        {"key": "absent", "absent": True},
    ]
    ours, theirs = rows(records)
    assert (ours.strategy, ours.cases, ours.metrics["minimal"].mean) == ("cadet", 2, 1.0)
    assert (theirs.errors, theirs.metrics["minimal"].mean) == (1, 0.5)
    (gap,) = [d for d in differences(records) if d["metric"] == "minimal"]
    assert (gap["strategy"], gap["gap"].mean) == ("other", 0.5)
    assert calibrations(records) == {"cadet": [{"stated": 0.95, "came_true": 0.5, "cases": 2}]}
    assert "| median | other | 2 (1 failed) |" in markdown(records)
    assert len(document(records)["errors"]) == 1  # type: ignore[arg-type]


def ahead_in(family: str, systems: list[str], ours: float, theirs: float) -> list[Record]:
    return [
        USUAL
        | {
            "key": f"{family}{i}{who}",
            "strategy": who,
            "family": family,
            "system": system,
            "case": f"{family}{i}",
            "minimal": value,
        }
        for i, system in enumerate(systems)
        for who, value in (("cadet", ours), ("other", theirs))
    ]


def test_where_another_strategy_is_ahead_is_told_also_of_a_single_device() -> None:
    device, worlds = ["tx2"] * 3, ["w1", "w2", "w3"]
    records = [
        *ahead_in("tx2", device, 0.0, 1.0),
        *ahead_in("steps", worlds, 1.0, 0.0),
        *ahead_in("idle", worlds, 0.5, 0.52),
    ]
    assert [(d["family"], d["strategy"], d["metric"], d["gap"].mean) for d in behind(records)] == [
        ("tx2", "other", "minimal", -1.0)
    ]


def test_unknown_names_are_refused_with_the_nearest() -> None:
    asked = {"goals": ("median",), "worlds": 1, "faults": 1, "seeds": 1, "split": "dev", "repeats": 1}
    with pytest.raises(UsageError, match="did you mean 'steps'"):
        plan_of(None, ("step",), None, **asked)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="no strategy"):
        plan_of(("cadett",), None, None, **asked)  # type: ignore[arg-type]


def test_a_process_that_dies_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    from cadet.bench import worker

    monkeypatch.setattr(worker, "__name__", "cadet.bench.no_such_module")
    dead = worker.Worker()
    with pytest.raises(MeasurementError, match="ended in dev/steps"):
        dead.ask(Cell(System("steps"), "median", 0, 0, "dev", 1), ("random",))
    dead.close()
    dead.close()


def test_baselines_are_compared_in_their_careful_form_and_missing_ones_are_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = {"goals": ("median",), "worlds": 1, "faults": 1, "seeds": 1, "split": "dev", "repeats": 1}
    monkeypatch.setattr("cadet.bench.subsets.find_spec", lambda name: None)
    plan, remarks = plan_of(None, None, (), **asked)  # type: ignore[arg-type]
    assert plan.strategies[0] == "cadet"
    assert {name.partition("+")[2] for name in plan.strategies[1:]} == {"dd+verified"}
    assert not any(name.startswith(("tpe", "smac", "cadet-")) for name in plan.strategies)
    assert any("pip install 'cadet[bench]'" in remark for remark in remarks)
    with pytest.raises(CapabilityMissing, match="optuna"):
        plan_of(("tpe+dd",), None, (), **asked)  # type: ignore[arg-type]
