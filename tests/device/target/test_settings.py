"""How options become knobs, files, properties of the process and variables; what does not fit is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cadet.device.target import from_document, load
from cadet.device.target.setting import Setting, spell
from cadet.errors import TargetError
from cadet.protocols import Knob
from tests.device.documents import document, function, target


def optioned(actuator: Any, **more: Any) -> dict[str, Any]:
    knob = {"values": ["1", "2"], "default": "1", "actuator": actuator, **more}
    return document(options={"pace": {"values": [1, 2, 3], "default": 1}, "knob": knob})


@pytest.mark.parametrize(
    ("actuator", "knob"),
    [
        ({"sysctl": "vm.dirty_ratio"}, Knob("sysctl", "vm.dirty_ratio")),
        ({"sysfs": "/sys/kernel/mm/ksm/run"}, Knob("sysfs", "/sys/kernel/mm/ksm/run")),
        ({"block": "vda/scheduler"}, Knob("block", "vda/scheduler")),
        ({"hugepages": "defrag"}, Knob("hugepages", "defrag")),
        ({"cpufreq": "governor"}, Knob("cpufreq", "governor")),
        ({"cgroup": "cpu.quota"}, Knob("cgroup", "cpu.quota")),
        ({"cgroup": "io.write_iops", "device": "254:0"}, Knob("cgroup", "io.write_iops@254:0")),
        ({"nvml": "gpu0.power_limit_w"}, Knob("nvml", "gpu0.power_limit_w")),
    ],
)
def test_an_actuator_is_a_knob_with_an_address(tmp_path: Path, actuator: Any, knob: Knob) -> None:
    assert from_document(optioned(actuator), tmp_path).settings == (Setting(knob, ("knob",)),)


def test_a_limit_on_io_is_one_of_the_disk_below_the_working_directory(tmp_path: Path) -> None:
    (setting,) = from_document(optioned({"cgroup": "io.write_iops"}), tmp_path).settings
    assert setting.knob.address == f"io.write_iops@{tmp_path}"


@pytest.mark.parametrize(
    ("actuator", "said"),
    [
        ({}, "names nothing; give one kind"),
        ({"sysctl": "vm.dirty_ratio", "env": "X"}, "names env and sysctl; give one kind"),
        ({"template": "x.in"}, "names nothing"),
        ({"env": "X", "template": "x.in"}, "template: belongs to a file"),
        ({"cgroup": "cpu.quota", "device": "/"}, "device: belongs to a cgroup limit on I/O"),
        ({"sysctl": "kernel.sysrq"}, "knob.actuator.sysctl: /proc/sys/kernel/sysrq is never set"),
        ({"cgroup": "cpu.quotas"}, "did you mean 'cpu.quota'"),
        ({"process": "niceness"}, "a process has no 'niceness'; did you mean 'nice'"),
        ({"command": {"set": ["bash", "-c", "{value}"], "get": ["true"]}}, "a shell is never run"),
        ({"file": "../x", "template": "x.in"}, "leads out of the folder"),
        ({"file": "x.conf"}, "cannot read"),
        ({"file": "x.conf", "template": "/dev/zero"}, "/dev/zero is no regular file"),
        ({"sysctl": 5}, "options.knob.actuator.sysctl"),
        ({"systcl": "vm.dirty_ratio"}, "did you mean 'sysctl'"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, actuator: Any, said: str) -> None:
    (tmp_path / "x.in").write_text("{knob}")
    with pytest.raises(TargetError) as told:
        from_document(optioned(actuator), tmp_path)
    assert said in str(told.value)
    assert "options.knob" in str(told.value)


def test_one_knob_has_one_option(tmp_path: Path) -> None:
    options = {name: {"values": [1, 2], "default": 1, "actuator": {"sysctl": "vm.dirty_ratio"}} for name in "ab"}
    with pytest.raises(TargetError, match=r"options\.b\.actuator\.sysctl: 'a' sets it already"):
        target(tmp_path, options={"pace": {"values": [1, 2], "default": 1}, **options})


def test_values_are_spelled_as_knobs_take_them() -> None:
    assert [spell(value) for value in (True, False, 30, 30.0, 0.5, "bfq")] == ["1", "0", "30", "30", "0.5", "bfq"]


# ── files ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def filed(directory: Path, template: str, **sections: Any) -> Any:
    (directory / "server.conf.in").write_text(template)
    options = {name: {"values": [1, 2], "default": 1, "actuator": {"file": "server.conf"}} for name in ("a", "b")}
    return target(directory, options={"pace": {"values": [1, 2, 3], "default": 1}, **options}, **sections)


def test_options_that_share_a_file_are_filled_into_its_template(tmp_path: Path) -> None:
    (setting,) = filed(tmp_path, "a = {a}\nb = {b}\npace = {pace}\nliteral = {{}}\n").settings
    assert setting.options == ("a", "b")
    assert setting.text({"a": 1, "b": 2, "pace": 3}) == "text:a = 1\nb = 2\npace = 3\nliteral = {}\n"


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("a = {a}\n", "does not hold {b}"),
        ("{a} {b} {c}", "{c} names no option"),
        ("{a} {b} {", "lone '{'"),
    ],
)
def test_a_template_that_does_not_fit_is_named(tmp_path: Path, template: str, said: str) -> None:
    with pytest.raises(TargetError) as told:
        filed(tmp_path, template)
    assert said in str(told.value)
    assert "server.conf" in str(told.value)


# ── values of the device ────────────────────────────────────────────────────────────────────────────────────────────

ASKS = """
cadet = 1
name = "asks"
[workload]
command = ["true"]
[options.governor]
values_from = "device"
default = "powersave"
actuator = { cpufreq = "governor" }
[objectives.latency]
from = "wall"
"""


@pytest.fixture
def governors(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    offered = ["performance", "powersave", "schedutil"]
    monkeypatch.setattr("cadet.device.actuators.cpufreq.CpuFrequency.available", lambda self, address: tuple(offered))
    return offered


def test_the_device_names_the_values_once_and_the_study_keeps_them(tmp_path: Path, governors: list[str]) -> None:
    path = tmp_path / "target.toml"
    path.write_text(ASKS)
    read = load(path)
    assert read.space.by_name["governor"].domain.levels() == tuple(governors)
    governors.clear()  # as on another machine
    again = from_document(read.document, tmp_path)
    assert again.space == read.space
    assert again.digest == read.digest


def test_a_device_without_values_says_so(tmp_path: Path, governors: list[str]) -> None:
    governors.clear()
    path = tmp_path / "target.toml"
    path.write_text(ASKS)
    with pytest.raises(TargetError, match=r"governor\.values_from: cpufreq governor lists no values here"):
        load(path)


def test_no_program_is_run_to_find_values(tmp_path: Path) -> None:
    path = tmp_path / "target.toml"
    command = f'command = {{ set = ["touch", "{{value}}"], get = ["touch", "{tmp_path}/called"] }}'
    path.write_text(ASKS.replace('cpufreq = "governor"', command))
    with pytest.raises(TargetError, match="lists no values"):
        load(path)
    assert not (tmp_path / "called").exists()


# ── other workloads ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_function_takes_knobs_but_nothing_of_its_start(tmp_path: Path) -> None:
    options = {"knob": {"values": [10, 20], "default": 10, "actuator": {"sysctl": "vm.dirty_ratio"}}}
    assert from_document(function(options=options), tmp_path).settings
    for started in ({"env": "X"}, {"process": "nice"}):
        options["knob"]["actuator"] = started
        with pytest.raises(TargetError, match=r"options\.knob\.actuator: belongs to a command"):
            from_document(function(options=options), tmp_path)


def test_a_service_starts_anew_for_what_it_sees_only_at_its_start(tmp_path: Path) -> None:
    (tmp_path / "s.conf.in").write_text("{conf}")
    kinds = {"conf": {"file": "s.conf"}, "var": {"env": "V"}, "nice": {"process": "nice"},
             "dirty": {"sysctl": "vm.dirty_ratio"}, "quota": {"cgroup": "cpu.quota"}}  # fmt: skip
    options = {name: {"values": [11, 12], "default": 11, "actuator": actuator} for name, actuator in kinds.items()}
    service = {"start": ["server"], "ready": {"tcp": "127.0.0.1:1"}}
    pace = {"values": [1, 2, 3], "default": 1}
    built = target(tmp_path, options={"pace": pace, **options}, service=service)
    assert built.service is not None
    assert built.service.restart_on == {"conf", "var", "nice"}
