"""Perf events, counted for real: what was started within is counted whole, and nothing else is."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cadet.device.runner import Runner
from cadet.device.sensors.perf import PerfSensor, countable
from cadet.device.sensors.perf_events import event
from cadet.device.target import from_document
from cadet.errors import CapabilityMissing
from cadet.model.measurement import Status
from tests.device.documents import document, function, python, target

SYNC = "syscalls:sys_enter_fsync"
SYNCS = "import os, sys\nfile = os.open('x', os.O_CREAT | os.O_WRONLY)\nfor _ in range({}): os.fsync(file)\n"
ANSWER = "print('{\"speed\": 1}')"


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def skip_unless(*names: str) -> None:
    try:
        for name in names:
            countable(name)
    except CapabilityMissing as missing:
        pytest.skip(str(missing))


def counted(sensor: PerfSensor, code: str, folder: Path) -> dict[str, float]:
    sensor.start()
    argv = [sys.executable, "-I", "-S", "-c", code]
    sensor.within(lambda: subprocess.run(argv, cwd=folder, check=True))
    return dict(sensor.stop())


def test_what_a_program_does_is_counted_exactly_and_anew_for_every_run(tmp_path: Path) -> None:
    skip_unless(SYNC)
    sensor = PerfSensor([SYNC])
    try:
        assert [counted(sensor, SYNCS.format(n), tmp_path)[SYNC] for n in (7, 0, 31)] == [7, 0, 31]
    finally:
        sensor.close()


def test_children_are_counted_and_strangers_are_not(tmp_path: Path) -> None:
    skip_unless(SYNC)
    sensor = PerfSensor([SYNC])
    child = f"import subprocess, sys\nsubprocess.run([sys.executable, '-I', '-S', '-c', {SYNCS.format(5)!r}])"
    try:
        assert counted(sensor, child, tmp_path)[SYNC] == 5
        sensor.start()
        subprocess.run([sys.executable, "-I", "-S", "-c", SYNCS.format(5)], cwd=tmp_path, check=True)
        assert sensor.stop() == {SYNC: 0}
    finally:
        sensor.close()


def test_clocks_are_in_seconds(tmp_path: Path) -> None:
    skip_unless("task-clock")
    sensor = PerfSensor(["task-clock"])
    try:
        seconds = counted(sensor, "import time\nwhile time.process_time() < 0.1: pass", tmp_path)["task-clock"]
    finally:
        sensor.close()
    assert 0.09 < seconds < 1


@pytest.mark.skipif(shutil.which("perf") is None, reason="no program perf")
def test_counts_agree_with_the_program_perf(tmp_path: Path) -> None:
    names = [SYNC, "syscalls:sys_enter_openat"]
    skip_unless(*names)
    sensor = PerfSensor(names)
    try:
        ours = counted(sensor, SYNCS.format(9), tmp_path)
    finally:
        sensor.close()
    argv = ["perf", "stat", "-x;", "-e", ",".join(names), "--", sys.executable, "-I", "-S", "-c", SYNCS.format(9)]
    told = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=True).stderr
    theirs = {line.split(";")[2]: float(line.split(";")[0]) for line in told.splitlines() if line.count(";") > 2}
    assert ours == theirs


def test_closing_gives_the_counters_back(tmp_path: Path) -> None:
    skip_unless("context-switches")
    before = descriptors()
    sensor = PerfSensor(["context-switches", "page-faults"])
    assert descriptors() == before + 2
    sensor.close()
    sensor.close()
    assert descriptors() == before


def test_a_sensor_that_cannot_open_all_keeps_none() -> None:
    skip_unless("context-switches")
    before = descriptors()
    with pytest.raises(CapabilityMissing, match="no event 'contxt-switches'; did you mean 'context-switches'"):
        PerfSensor(["context-switches", "contxt-switches"])
    assert descriptors() == before


def test_a_hardware_counter_that_is_not_there_is_named() -> None:
    try:
        countable("instructions")
    except CapabilityMissing as missing:
        if missing.denied:
            pytest.skip(str(missing))
        assert "instructions" in missing.reason
        assert "events.perf" in missing.remedy
    else:
        pytest.skip("this machine counts instructions")


def test_a_tracepoint_is_looked_up_in_the_tracing_file_system(tmp_path: Path) -> None:
    identity = tmp_path / "events" / "sched" / "sched_switch" / "id"
    identity.parent.mkdir(parents=True)
    identity.write_text("314\n")
    assert event("sched:sched_switch", (tmp_path,)).config == 314
    with pytest.raises(CapabilityMissing, match="did you mean 'sched_switch'"):
        event("sched:sched_swich", (tmp_path,))
    with pytest.raises(CapabilityMissing, match="did you mean 'sched'"):
        event("shed:sched_switch", (tmp_path,))
    with pytest.raises(CapabilityMissing, match="mount -t tracefs"):
        event("sched:sched_switch", (tmp_path / "nothing",))


def test_events_are_spelled_as_perf_list_spells_them() -> None:
    assert event("cs") == event("cs")
    assert (event("cs").kind, event("cs").config) == (event("context-switches").kind, event("context-switches").config)
    assert event("instructions:u").exclude_kernel
    assert not event("instructions:u").exclude_user
    assert event("L1-dcache-load-misses").config == 0 | 0 << 8 | 1 << 16  # perf_event_open(2), PERF_TYPE_HW_CACHE
    assert event("r00c0").config == 0xC0


def test_a_run_has_its_events_and_says_where_they_are_from(tmp_path: Path) -> None:
    skip_unless(SYNC)
    made = target(tmp_path, events={"perf": [SYNC]}, workload={"command": python(SYNCS.format(4) + ANSWER, "{pace}")})
    with Runner(made) as runner:
        runs = [runner.run(made.space.default) for _ in range(2)]
    assert [run.values[SYNC] for run in runs] == [4, 4]
    assert all("perf_event_open" in str(run.environment["sources"][SYNC]) for run in runs)  # type: ignore[index]


def test_a_crash_under_perf_is_a_crash(tmp_path: Path) -> None:
    """The program perf would answer with exit code 0."""
    skip_unless("context-switches")
    code = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
    made = target(tmp_path, events={"perf": ["context-switches"]}, workload={"command": python(code, "{pace}")})
    with Runner(made) as runner:
        run = runner.run(made.space.default)
    assert run.status is Status.FAILED
    assert "SIGSEGV" in run.message
    assert "context-switches" not in run.values


def test_a_function_is_counted_too(tmp_path: Path) -> None:
    skip_unless(SYNC)
    code = "import os\ndef run(c):\n    f = os.open('x', os.O_CREAT | os.O_WRONLY)\n    os.fsync(f)\n    os.close(f)\n"
    (tmp_path / "deployment.py").write_text(code + "    return {'speed': 1}\n")
    made = from_document(function(events={"perf": [SYNC]}), tmp_path)
    with Runner(made) as runner:
        assert [runner.run(made.space.default).values[SYNC] for _ in range(3)] == [1, 1, 1]


def test_of_a_service_the_server_is_counted_and_its_load_is_not(tmp_path: Path) -> None:
    skip_unless(SYNC)
    serve = (
        "import os, time\nfile = os.open('served', os.O_CREAT | os.O_WRONLY)\nopen('up', 'w')\n"
        "while True:\n    time.sleep(0.01)\n    if os.path.exists('asked'):\n"
        "        for _ in range(6): os.fsync(file)\n        os.remove('asked')\n"
    )
    ask = "import time\nopen('asked', 'w').close()\nwhile os.path.exists('asked'): time.sleep(0.01)\n"
    made = target(
        tmp_path,
        events={"perf": [SYNC]},
        workload={"command": python(SYNCS.format(3) + ask + ANSWER)},
        service={
            "start": python(serve, "{pace}"),
            "ready": {"command": python("import os, sys; sys.exit(not os.path.exists('up'))")},
        },
    )
    with Runner(made) as runner:
        assert [runner.run(made.space.default).values[SYNC] for _ in range(2)] == [6, 6]


def test_an_event_that_cannot_be_counted_ends_the_session_before_anything_runs(tmp_path: Path) -> None:
    made = from_document(document(events={"perf": ["nonsense:event"]}), tmp_path)
    with pytest.raises(CapabilityMissing) as caught, Runner(made):
        pass
    assert caught.value.exit_code == 6
