"""The doctor tries all that is registered, writes nothing, and what is missing comes with its remedy."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cadet.device.doctor import examine
from cadet.device.doctor.finding import Finding
from cadet.device.needs import needs
from cadet.device.target import from_document
from cadet.errors import CapabilityMissing
from cadet.plugins import BUILTIN, names
from tests.device.documents import document


@pytest.fixture(scope="module")
def findings() -> dict[tuple[str, str], Finding]:
    return {(finding.kind, finding.name): finding for finding in examine()}


def test_every_registered_sensor_and_actuator_is_there(findings: dict[tuple[str, str], Finding]) -> None:
    for kind in ("sensor", "actuator"):
        assert {name for k, name in findings if k == kind} >= set(names(kind))


def test_a_sensor_that_is_missing_comes_with_a_remedy(findings: dict[tuple[str, str], Finding]) -> None:
    lacking = [f for f in findings.values() if f.kind == "sensor" and f.state != "works"]
    assert [f.name for f in lacking if not f.remedy or not f.detail] == []


def test_what_every_linux_has_works(findings: dict[tuple[str, str], Finding]) -> None:
    for name in ("wall, cpu", "rusage", "proc", "system"):
        assert findings["sensor", name].state == "works"


def denied(wanted: object = None) -> None:
    raise CapabilityMissing("/dev/meter may not be read", remedy="chmod a+r /dev/meter", denied=True)


def missing(wanted: object = None) -> None:
    raise CapabilityMissing("no program meter", remedy="apt-get install meter")


class Dying:
    names = ("a",)
    sources = {"a": "somewhere"}  # noqa: RUF012

    def start(self) -> None:
        raise OSError(5, "Input/output error")

    def stop(self) -> dict[str, float]:
        return {}


def test_missing_denied_and_failing_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = {name: f"{__name__}:{name}" for name in ("denied", "missing", "Dying")}
    monkeypatch.setitem(BUILTIN, "sensor", kinds)
    found = {f.name: f for f in examine() if f.kind == "sensor"}
    assert (found["denied"].state, found["denied"].remedy) == ("no permission", "chmod a+r /dev/meter")
    assert (found["missing"].state, found["missing"].remedy) == ("missing", "apt-get install meter")
    assert found["Dying"].state == "missing"
    assert "Input/output error" in found["Dying"].detail


def test_a_target_is_told_what_it_lacks_of_the_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BUILTIN, "sensor", {**BUILTIN["sensor"], "denied": f"{__name__}:denied"})
    sections: dict[str, Any] = {
        "events": {"perf": ["no:such"], "sensors": ["denied", "proc"]},
        "objectives": {"energy": {"from": "energy:no_such_rail"}},
        "guards": {"abort_if": ["no.such.gauge > 1", "system.memory_used_share > 0.99"]},
        "run": {"settle": {"temperature": "nowhere", "below_c": 50.0}},
    }
    found = {f.name: f.state for f in needs(from_document(document(**sections), tmp_path))}
    assert found["events.perf: no:such"] == "missing"
    assert found["events.sensors: denied"] == "no permission"
    assert found["events.sensors: proc"] == "works"
    assert found["objectives.energy: energy:no_such_rail"] == "missing"
    assert found["guards.abort_if: no.such.gauge > 1"] == "missing"
    assert found["guards.abort_if: system.memory_used_share > 0.99"] == "works"
    assert found["run.settle: temperature.nowhere"] == "missing"


def test_knobs_of_a_target_are_read(tmp_path: Path) -> None:
    options = {"pace": {"values": [1, 2], "default": 1},
               "dirty": {"values": [10, 20], "default": 20, "actuator": {"sysctl": "vm.dirty_ratio"}}}  # fmt: skip
    found = {f.name: f for f in needs(from_document(document(options=options), tmp_path))}
    assert found["sysctl: vm.dirty_ratio"].state == "works"
    assert found["sysctl: vm.dirty_ratio"].detail.startswith("now ")


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting takes root")
def test_settings_that_are_mounted_read_only_are_no_permission() -> None:
    program = (
        "from cadet.device.doctor.actuators import actuators; print({f.name: f.state for f in actuators()}['sysctl'])"
    )
    script = (
        f'mount --bind /proc/sys /proc/sys && mount -o remount,ro,bind /proc/sys && exec "{sys.executable}" -c "$0"'
    )
    done = subprocess.run(["unshare", "-m", "sh", "-c", script, program], capture_output=True, text=True)
    if "unshare:" in done.stderr or "mount:" in done.stderr:
        pytest.skip(f"no mount namespace here: {done.stderr.strip()}")
    assert done.stdout.strip() == "no permission", done.stderr
