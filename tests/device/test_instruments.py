"""What a target asks to be measured is measured, with its source; what is not there is told before anything runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from cadet.device.isolation import require_fifo
from cadet.device.runner import Runner
from cadet.device.sensors.rapl import RaplSensor
from cadet.device.target import Target, from_document
from cadet.errors import CapabilityMissing, EnergyUnavailable, MeasurementError
from cadet.model.measurement import Status
from cadet.plugins import BUILTIN
from tests.device.documents import document, python
from tests.device.sensors import trees

ANSWER = "; print('{\"speed\": 1}')"
POLICY = "import os, json; print(json.dumps(dict(speed=os.sched_getscheduler(0))))"


class Meter:
    """A meter that says three joules, or why it cannot."""

    names = ("mains.energy_j", "mains.power_w")
    sources = dict.fromkeys(names, "a meter, sampled every 0.1 s")
    refused: dict[str, str] = {}  # noqa: RUF012
    closed = 0
    broken = False

    def __init__(self, wanted: object = None) -> None: ...

    def start(self) -> None: ...

    def stop(self) -> dict[str, float]:
        if Meter.broken:
            raise OSError(5, "Input/output error")
        return {"mains.power_w": 1.0} if Meter.refused else {"mains.energy_j": 3.0, "mains.power_w": 1.0}

    def close(self) -> None:
        Meter.closed += 1


@pytest.fixture
def meter(monkeypatch: pytest.MonkeyPatch) -> type[Meter]:
    monkeypatch.setitem(BUILTIN, "sensor", {"meter": f"{__name__}:Meter", "throttle": BUILTIN["sensor"]["throttle"]})
    for name, value in {"refused": {}, "closed": 0, "broken": False}.items():
        monkeypatch.setattr(Meter, name, value)
    return Meter


def measuring(folder: Path, **sections: Any) -> Target:
    return from_document(document(**sections), folder)


ENERGY: dict[str, Any] = {"objectives": {"energy": {"from": "energy:mains"}}, "events": {}}


def test_energy_is_an_objective_in_joules_with_its_source(tmp_path: Path, meter: type[Meter]) -> None:
    made = measuring(tmp_path, **ENERGY)
    with Runner(made) as runner:
        run = runner.run(made.space.default)
    assert made.objectives[0].unit == "J"
    assert run.values["energy"] == 3.0
    assert "mains.power_w" not in run.values  # nobody asked
    assert run.environment["sources"]["energy"] == "a meter, sampled every 0.1 s"  # type: ignore[index]
    assert meter.closed == 1


def test_a_rail_is_an_objective_or_an_event_and_not_both(tmp_path: Path, meter: type[Meter]) -> None:
    made = measuring(tmp_path, objectives=ENERGY["objectives"], events={"sensors": ["meter"]})
    assert "mains.energy_j" not in made.events
    with Runner(made) as runner:
        values = runner.run(made.space.default).values
    assert (values["energy"], values["mains.power_w"]) == (3.0, 1.0)


def test_energy_that_a_sensor_refused_fails_the_run_with_the_reason(tmp_path: Path, meter: type[Meter]) -> None:
    meter.refused = {"mains.energy_j": "the run took 0.3 s, make it longer than 2 s"}
    made = measuring(tmp_path, **ENERGY)
    with Runner(made) as runner:
        run = runner.run(made.space.default)
    assert run.status is Status.FAILED
    assert run.message == "mains.energy_j: the run took 0.3 s, make it longer than 2 s"
    assert "energy" not in run.values


def test_energy_without_a_sensor_ends_the_session_before_anything_runs(tmp_path: Path) -> None:
    made = measuring(tmp_path, workload={"command": python("open('ran', 'w')", "{pace}")},
                     objectives={"energy": {"from": "energy:no_such_rail"}}, events={})  # fmt: skip
    with pytest.raises(EnergyUnavailable, match="nothing here measures it"), Runner(made):
        pass
    assert not (tmp_path / "ran").exists()


def test_a_sensor_that_fails_ends_the_session_with_its_name_and_puts_back(tmp_path: Path, meter: type[Meter]) -> None:
    meter.broken = True
    (tmp_path / "app.conf").write_text("as it was\n")
    (tmp_path / "app.conf.in").write_text("pace = {pace}\n")
    options = {"pace": {"values": [1, 2, 3], "default": 1, "actuator": {"file": "app.conf"}}}
    workload = {"command": python("pass" + ANSWER), "cleanup": [python("open('cleaned', 'w')")]}
    made = measuring(tmp_path, workload=workload, options=options, **ENERGY)
    with pytest.raises(MeasurementError, match=r"the sensor of mains.energy_j, mains.power_w failed"), \
            Runner(made) as runner:  # fmt: skip
        runner.run(made.space.default)
    assert (tmp_path / "cleaned").exists()
    assert (tmp_path / "app.conf").read_text() == "as it was\n"
    assert meter.closed == 1


SPEND = """
import json, os, sys, time
counter = 'sys/class/powercap/intel-rapl:0/energy_uj'
used = int(float(sys.argv[1]) * 300_000)
time.sleep(0.05)
with open(counter + '.new', 'w') as file: file.write(str((int(open(counter).read()) + used) % 1_000_000))
os.replace(counter + '.new', counter)
print(json.dumps(dict(spent=used / 1e6)))
"""


def test_what_a_simulated_board_spends_is_what_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The workload moves a simulated RAPL counter that wraps after 1 J by 0.3, 0.6 or 0.9 J."""
    board = trees.write(tmp_path, trees.rapl("intel-rapl:0", "package-0", 800_000, 1_000_000))
    monkeypatch.setattr(RaplSensor.__init__, "__kwdefaults__", {"sysfs": board, "period_s": 1.0})
    made = measuring(
        tmp_path,
        workload={"command": python(SPEND, "{pace}")},
        objectives={"energy": {"from": "energy:package_0"}},
        events={"output": ["spent"]},
    )
    with Runner(made) as runner:
        runs = [runner.run(made.space.configuration({"pace": pace})) for pace in (1, 3, 2, 3, 3)]
    assert [run.message for run in runs] == [""] * 5
    assert [run.values["energy"] for run in runs] == pytest.approx([run.values["spent"] for run in runs])


def test_what_was_opened_before_something_was_missing_is_closed(tmp_path: Path, meter: type[Meter]) -> None:
    made = measuring(tmp_path, **ENERGY, guards={"abort_if": ["no.such.gauge > 1"]})
    with pytest.raises(CapabilityMissing, match=r"no.such.gauge"), Runner(made):
        pass
    assert meter.closed == 1


def test_a_sensor_that_is_not_here_is_no_hindrance_to_reading_its_study(tmp_path: Path) -> None:
    try:
        RaplSensor()
    except CapabilityMissing:
        pass
    else:
        pytest.skip("this machine has RAPL")
    made = measuring(tmp_path, events={"sensors": ["rapl"]})
    with pytest.raises(CapabilityMissing, match="no RAPL"), Runner(made):
        pass


def test_sensors_of_this_machine_are_events(tmp_path: Path) -> None:
    made = measuring(tmp_path, events={"sensors": ["proc", "system"], "process": True, "rusage": True})
    with Runner(made) as runner:
        run = runner.run(made.space.default)
    assert run.values["proc.forks"] >= 1
    assert run.values["system.memory_available_bytes"] > 0
    assert set(run.values) - {"speed"} <= set(made.events)
    assert set(run.environment["sources"]) == {"speed", *made.events}  # type: ignore[call-overload]


def test_single_values_of_a_sensor_are_the_only_ones_that_are_kept(tmp_path: Path) -> None:
    made = measuring(tmp_path, events={"sensors": ["proc.forks", "proc.interrupts"]})
    assert {event for event in made.events if event.startswith("proc.")} == {"proc.forks", "proc.interrupts"}
    with Runner(made) as runner:
        run = runner.run(made.space.default)
    assert run.values["proc.forks"] >= 1
    assert "proc.context_switches" not in run.values


def test_a_value_that_a_sensor_does_not_have_ends_the_session_before_the_first_run(tmp_path: Path) -> None:
    made = measuring(tmp_path, events={"sensors": ["proc.forkz"]})
    with pytest.raises(CapabilityMissing, match=r"proc has no 'proc.forkz' .*did you mean 'proc.forks'"), Runner(made):
        pytest.fail("it was opened")


def test_reads_and_writes_of_a_command_and_its_children_are_counted(tmp_path: Path) -> None:
    inner = python("open('a', 'wb').write(b'x' * 100_000)")
    outer = f"import subprocess; open('b', 'wb').write(b'x' * 50_000); subprocess.run({inner!r}, check=True){ANSWER}"
    made = measuring(tmp_path, workload={"command": python(outer, "{pace}")}, events={"process": True})
    with Runner(made) as runner:
        values = runner.run(made.space.default).values
    assert 150_000 <= values["process.written_bytes"] < 151_000
    assert values["process.write_calls"] >= 3
    assert values["process.read_bytes"] > 0


def fifo(folder: Path, **sections: Any) -> Target:
    run = {"warmup": 0, "isolation": "fifo", "quiet": {"max_wait_s": 0}}
    return from_document({**document(**sections), "run": run}, folder)


def test_the_workload_runs_in_real_time_and_we_do_not(tmp_path: Path) -> None:
    try:
        require_fifo()
    except CapabilityMissing as missing:
        pytest.skip(str(missing))
    made = fifo(tmp_path, workload={"command": python(POLICY, "{pace}")}, events={})
    with Runner(made) as runner:
        run = runner.run(made.space.default)
    assert run.values["speed"] == os.SCHED_FIFO
    assert run.environment["isolation"] == "fifo"
    assert os.sched_getscheduler(0) == os.SCHED_OTHER


def test_real_time_that_could_not_be_stopped_is_refused(tmp_path: Path) -> None:
    runtime = tmp_path / "runtime"
    runtime.write_text("-1\n")
    try:
        require_fifo()
    except CapabilityMissing as missing:
        pytest.skip(str(missing))
    with pytest.raises(CapabilityMissing, match=r"sysctl kernel.sched_rt_runtime_us=950000"):
        require_fifo(runtime)


def test_real_time_without_permission_is_refused_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "sched_setscheduler", refuse)  # root, who runs these tests, may do it
    made = fifo(tmp_path)
    with pytest.raises(CapabilityMissing, match="run as root") as caught, Runner(made):
        pass
    assert caught.value.exit_code == 6
    assert caught.value.denied
