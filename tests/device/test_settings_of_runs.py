"""Runs under settings: each run sees those of its configuration, and what does not take is not measured."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from cadet.device.actuators.cgroup import ControlGroup
from cadet.device.runner import Runner
from cadet.device.target import Target
from cadet.device.workloads.command import CommandWorkload
from cadet.errors import CadetError, WritesNotAllowed
from cadet.model.measurement import Status
from tests.device.documents import python, target
from tests.device.state.machine import our_turn

SHOWS = """
import json, os
print(json.dumps({"nice": os.nice(0), "cores": len(os.sched_getaffinity(0)), "policy": os.sched_getscheduler(0),
                  "grouped": int("/cadet" in open("/proc/self/cgroup").read())}))
"""


@pytest.fixture(autouse=True)
def state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CADET_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state"


def shows(directory: Path, options: dict[str, Any], **sections: Any) -> Target:
    return target(
        directory,
        workload={"command": python(SHOWS), "timeout_s": 20},
        options=options,
        objectives={name: {"from": f"output:{name}"} for name in ("nice", "cores", "policy", "grouped")},
        events={},
        **sections,
    )


def test_a_run_starts_as_its_configuration_says(tmp_path: Path) -> None:
    core, ours = min(os.sched_getaffinity(0)), os.nice(0)
    options = {
        "nice": {"values": [ours + 1, ours + 7], "default": ours + 1, "actuator": {"process": "nice"}},
        "cores": {"values": [f"{core}", "0-4095"], "default": f"{core}", "actuator": {"process": "affinity"}},
        "policy": {"values": ["other", "batch"], "default": "batch", "actuator": {"process": "scheduler"}},
    }
    renamed = {f"set_{name}": option for name, option in options.items()}
    built = shows(tmp_path, renamed)
    with Runner(built) as runner:
        run = runner.run(built.space.configuration({"set_nice": ours + 7}))
    assert run.ok, run.message
    assert (run.values["nice"], run.values["cores"], run.values["policy"]) == (ours + 7, 1, os.SCHED_BATCH)
    assert os.nice(0) == ours


def test_a_start_that_the_kernel_refuses_is_apply_failed(tmp_path: Path) -> None:
    options = {"pinned": {"values": ["0", "4095"], "default": "0", "actuator": {"process": "affinity"}}}
    built = shows(tmp_path, options)
    with Runner(built) as runner:
        run = runner.run(built.space.configuration({"pinned": "4095"}))
        assert run.status is Status.APPLY_FAILED
        assert "affinity [4095]" in run.message
        assert runner.run(built.space.default).ok


def test_a_real_time_scheduler_needs_permission(tmp_path: Path) -> None:
    options = {"policy_": {"values": ["other", "fifo:5"], "default": "other", "actuator": {"process": "scheduler"}}}
    with pytest.raises(WritesNotAllowed, match="real-time scheduler of 'policy_'"), Runner(shows(tmp_path, options)):
        pytest.fail("it was opened")


def limits_here() -> bool:
    try:
        ControlGroup().read("cpu.quota")
    except CadetError:
        return False
    return os.geteuid() == 0


@pytest.mark.skipif(not limits_here(), reason="needs root and control groups for the CPU")
@pytest.mark.parametrize("service", [False, True])
def test_the_workload_runs_in_its_group_and_we_do_not(tmp_path: Path, service: bool) -> None:
    options = {"quota": {"values": [1, 2], "default": 1, "actuator": {"cgroup": "cpu.quota"}}}
    sections: dict[str, Any] = {}
    if service:  # then the load is not what is limited
        sections["service"] = {"start": ["sleep", "60"], "ready": {"command": ["true"]}}
    built = shows(tmp_path, options, **sections)
    with our_turn():
        with Runner(built, allow_system_writes=True) as runner:
            run = runner.run(built.space.default)
            assert run.ok, run.message
            assert run.values["grouped"] == (0 if service else 1)
            assert "/cadet" not in Path("/proc/self/cgroup").read_text()
        assert ControlGroup().read("group/cpu") == "absent"


# ── a knob with a mind of its own ───────────────────────────────────────────────────────────────────────────────────


def noted(directory: Path, command: Sequence[str] = ("true",), **sections: Any) -> Target:
    """A deployment with a knob in a file that a program writes in steps of ten, refusing all above 90."""
    (directory / "note").write_text("10")
    write = (
        "import sys; v = int(sys.argv[1]); v > 90 and sys.exit('too much'); open('note', 'w').write(str(v // 10 * 10))"
    )
    pair = {"set": [*python(write), "{value}"], "get": python("print(open('note').read())")}
    unbraced = [word.replace("{{", "{").replace("}}", "}") for word in pair["set"]]
    options = {"level": {"range": [1, 100], "default": 10, "actuator": {"command": {**pair, "set": unbraced}}}}
    workload = {"command": list(command), "timeout_s": 20}
    return target(
        directory, workload=workload, options=options, events={}, objectives={"t": {"from": "wall"}}, **sections
    )


def test_what_does_not_take_is_apply_failed_and_the_workload_does_not_run(tmp_path: Path) -> None:
    built = noted(tmp_path, run={"warmup": 0, "quiet": {"max_wait_s": 0}})
    with Runner(built, allow_system_writes=True) as runner:
        refused = runner.run(built.space.configuration({"level": 95}))
        rounded_away = runner.run(built.space.configuration({"level": 47}))
        assert (tmp_path / "note").read_text() == "40"
        assert runner.run(built.space.configuration({"level": 40})).ok
    assert (refused.status, rounded_away.status) == (Status.APPLY_FAILED, Status.APPLY_FAILED)
    assert "exit code 1: too much" in refused.message
    assert "asked level (command" in rounded_away.message
    assert "= 47, the device reports 40" in rounded_away.message
    assert (tmp_path / "note").read_text() == "10"


def test_what_changes_during_a_run_is_apply_failed(tmp_path: Path) -> None:
    built = noted(tmp_path, python("open('note', 'w').write('70')"))
    with Runner(built, allow_system_writes=True) as runner:
        run = runner.run(built.space.configuration({"level": 20}))
    assert run.status is Status.APPLY_FAILED
    assert "was 20 when the run began and is 70 at its end" in run.message
    assert (tmp_path / "note").read_text() == "10"


@pytest.mark.parametrize("error", [RuntimeError("a sensor broke"), KeyboardInterrupt()])
def test_an_error_in_the_middle_of_a_run_puts_everything_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    built = noted(tmp_path)

    def broken(self: object, values: object) -> None:
        assert (tmp_path / "note").read_text() == "20"
        raise error

    monkeypatch.setattr(CommandWorkload, "run", broken)
    with pytest.raises(type(error)), Runner(built, allow_system_writes=True) as runner:
        runner.run(built.space.configuration({"level": 20}))
    assert (tmp_path / "note").read_text() == "10"


def test_a_program_that_cannot_be_read_back_is_told_before_anything_is_written(tmp_path: Path) -> None:
    built = noted(tmp_path)
    (tmp_path / "note").unlink()
    with pytest.raises(CadetError, match="No such file") as told, Runner(built, allow_system_writes=True):
        pytest.fail("it was opened")
    assert told.value.exit_code == 6
    assert not (tmp_path / "note").exists()
    assert not (tmp_path / "state" / "journal.json").exists()
