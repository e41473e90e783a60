"""A fix as steps for an operator: every changed option is in one, and what is typed does what CADET does."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cadet.device.target import Target, from_document
from cadet.device.target.instructions import instructions
from cadet.device.target.recipes import recipe
from cadet.model.instruction import Instruction
from cadet.plugins import names
from cadet.protocols import Knob
from tests.device.documents import document, function, python, target

OFTEN: dict[str, Any] = {"values": [1, 2, 3], "default": 1}


def steps(made: Target, **changed: object) -> dict[str, Instruction]:
    space = made.space
    found = instructions(made, space.default, space.change(space.default, changed))
    assert {o for step in found for o in step.options} == set(changed)
    assert all(step.command or step.note for step in found)
    return {step.way: step for step in found}


def test_a_command_line_is_told_as_it_becomes(tmp_path: Path) -> None:
    typed = steps(target(tmp_path), pace=3)["command line"].command
    said = subprocess.run(shlex.split(typed), capture_output=True, text=True, check=True).stdout
    assert json.loads(said)["speed"] == 3


def test_a_flag_appears_with_its_option(tmp_path: Path) -> None:
    fast = {"values": [True, False], "default": False, "flag": {"true": ["--fast"], "false": []}}
    made = target(
        tmp_path,
        workload={"command": python("print(1)", "{pace}", "{flag:fast}")},
        options={"pace": OFTEN, "fast": fast},
    )
    assert "--fast" in shlex.split(steps(made, fast=True)["command line"].command)


def test_a_context_stays_a_placeholder(tmp_path: Path) -> None:
    made = target(
        tmp_path,
        workload={"command": python("print(1)", "{pace}", "{rows}")},
        context={"rows": {"values": [1, 2]}},
    )
    assert shlex.split(steps(made, pace=2)["command line"].command)[-2:] == ["2", "{rows}"]


def test_a_rendered_file_is_written_as_cadet_writes_it(tmp_path: Path) -> None:
    (tmp_path / "app.conf.in").write_text("pace = {pace}\nEND\n")
    made = target(
        tmp_path,
        workload={"command": python("print(1)")},
        options={"pace": {**OFTEN, "actuator": {"file": "app.conf"}}},
    )
    step = steps(made, pace=2)["file"]
    for typed, pace in ((step.command, 2), (step.undo, 1)):
        subprocess.run(["bash", "-c", typed], check=True)
        assert (tmp_path / "app.conf").read_text() == f"pace = {pace}\nEND\n"


def test_a_knob_of_the_system_says_who_feels_it_and_how_to_undo_it(tmp_path: Path) -> None:
    knob = {"values": [10, 60], "default": 10, "actuator": {"sysctl": "vm.dirty_ratio"}}
    step = steps(target(tmp_path, options={"pace": OFTEN, "ratio": knob}), ratio=60)["sysctl"]
    assert step == Instruction(
        ("ratio",), "sysctl", "sudo sysctl -w vm.dirty_ratio=60", "sudo sysctl -w vm.dirty_ratio=10", True
    )


@pytest.mark.parametrize(("disk", "told"), [({}, "/YOUR/DATA"), ({"device": "254:0"}, "254:0")])
def test_a_limit_on_the_disk_of_this_folder_is_one_on_the_disk_of_the_service(
    tmp_path: Path, disk: dict[str, str], told: str
) -> None:
    option = {"values": ["200", "max"], "default": "200", "actuator": {"cgroup": "io.write_iops", **disk}}
    step = steps(target(tmp_path, options={"pace": OFTEN, "iops": option}), iops="max")["cgroup"]
    assert f"IOWriteIOPSMax={told} 200" in step.undo
    assert str(tmp_path) not in step.undo + step.command
    assert not step.system, "only what runs in the group feels its limit"


def test_variables_and_properties_of_the_process_are_told(tmp_path: Path) -> None:
    made = target(
        tmp_path,
        options={
            "pace": OFTEN,
            "threads": {"values": [1, 4], "default": 1, "actuator": {"env": "OMP_NUM_THREADS"}},
            "polite": {"values": [0, 5], "default": 0, "actuator": {"process": "nice"}},
        },
    )
    told = steps(made, threads=4, polite=5)
    assert told["environment"].command == "export OMP_NUM_THREADS=4"
    assert told["process"].command == "nice -n 5 YOUR_COMMAND"


def test_a_function_is_told_its_arguments(tmp_path: Path) -> None:
    (tmp_path / "deployment.py").write_text("def run(configuration): return {'speed': 1.0, 'hits': 1}\n")
    made = from_document(function(), tmp_path)
    assert '{"pace": 2}' in steps(made, pace=2)["argument"].note


def test_nothing_is_told_of_a_recorded_device(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("pace,speed,hits\n1,1.0,1\n2,2.0,1\n")
    made = from_document(
        document(
            workload={"replay": "table.csv"},
            objectives={"speed": {"from": "column:speed"}},
            events={"columns": ["hits"]},
        ),
        tmp_path,
    )
    assert instructions(made, made.space.default, made.space.change(made.space.default, {"pace": 2})) == ()


@pytest.mark.parametrize(
    ("knob", "value", "typed"),
    [
        (Knob("sysfs", "/sys/kernel/mm/ksm/run"), "1", "echo 1 | sudo tee /sys/kernel/mm/ksm/run"),
        (Knob("block", "vda/scheduler"), "none", "echo none | sudo tee /sys/block/vda/queue/scheduler"),
        (Knob("cgroup", "cpu.quota"), "1.5", "sudo systemctl set-property YOUR.service CPUQuota=150%"),
        (Knob("cgroup", "cpu.quota"), "max", "sudo systemctl set-property YOUR.service CPUQuota="),
        (Knob("nvml", "gpu1.power_limit_w"), "150", "sudo nvidia-smi -i 1 --power-limit=150"),
        (Knob("nvml", "gpu0.graphics_clock_mhz"), "unlocked", "sudo nvidia-smi -i 0 --reset-gpu-clocks"),
        (Knob("jetson", "nvpmodel"), "2", "sudo nvpmodel -m 2"),
        (Knob("jetson", "gpu/max_hz"), "1000", ""),
        (Knob("command", '{"set": ["set-it", "--to={value}"], "get": ["get-it"]}'), "a b", "set-it '--to=a b'"),
    ],
)
def test_recipes(knob: Knob, value: str, typed: str) -> None:
    assert recipe(knob, value) == typed


@pytest.mark.parametrize("kind", names("actuator"))
def test_a_knob_without_a_recipe_is_no_error(kind: str) -> None:
    if kind not in ("command", "block"):
        assert recipe(Knob(kind, "unheard_of"), "1") is not None
