"""Killed at any moment, the machine is as it was found; where nobody is left to see to it, `cadet restore` does."""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cadet.device.actuators import actuator
from cadet.device.state import journal as pages
from cadet.protocols import Knob
from tests.device.state.kills import BY_HAND, MODES, kill
from tests.device.state.machine import Machine, await_that, await_writes, ended, sentinel_of, session

WORKER = 4  # the seed with which the workload is a function in a worker, which has no properties of its own


def journal(state_folder: Path) -> Path:
    return state_folder / pages.NAME


def restored_by_hand(machine: Machine) -> None:
    """Run `cadet restore`, as somebody would who finds the machine changed."""
    argv = [sys.executable, "-m", "cadet", "restore"]
    done = subprocess.run(argv, cwd=machine.folder, capture_output=True, timeout=90, check=False)
    assert done.returncode == 0, done.stderr


def killed(machine: Machine, state_folder: Path, mode: str, rng: random.Random) -> bool:
    """Kill a session at a random moment and wait until the machine is back; tell whether it had a journal then."""
    with session(machine) as process:
        if rng.random() < 0.9:  # the others may strike while it starts
            await_that(lambda: journal(state_folder).exists() or process.poll() is not None)
        time.sleep(rng.uniform(0.0, 1.5))
        struck = journal(state_folder).exists()
        kill(process, mode, rng)
    back(machine, state_folder, mode)
    return struck


def back(machine: Machine, state_folder: Path, mode: str) -> None:
    """Wait until the machine is as it was, or restore it by hand where nobody is left to do it."""
    if mode in BY_HAND:
        restored_by_hand(machine)
    assert await_that(lambda: not journal(state_folder).exists()), (machine.folder / "said").read_text()
    assert machine.unchanged()
    assert machine.files_unchanged()
    assert await_that(machine.idle), "a workload outlived its session"


def kill_often(machine: Machine, state_folder: Path, mode: str, seed: int, times: int) -> None:
    rng = random.Random(seed)
    machine.write_target(processes=seed != WORKER)
    struck = sum(killed(machine, state_folder, mode, rng) for _ in range(times))
    print(f"{mode}: {times} kills, {struck} of them within a transaction")
    assert struck >= times // 2  # else the test looked at sessions that had not begun, or had ended


@pytest.mark.parametrize("mode", ["process", "both", *(pytest.param(m, marks=pytest.mark.slow) for m in MODES[1:3])])
def test_killed_once_the_machine_is_as_it_was(machine: Machine, state_folder: Path, mode: str) -> None:
    machine.write_target(seconds=0.05)
    with session(machine) as process:
        await_writes(machine, process)
        kill(process, mode, random.Random(1))
    back(machine, state_folder, mode)


def test_killed_after_somebody_deleted_the_journal_the_machine_is_as_it_was(
    machine: Machine, state_folder: Path
) -> None:
    machine.write_target(seconds=0.05)
    with session(machine) as process:
        await_writes(machine, process)
        journal(state_folder).unlink()
        sentinel = sentinel_of(process)
        assert sentinel is not None
        process.kill()
    assert await_that(lambda: ended(sentinel))
    assert machine.unchanged()
    assert machine.files_unchanged()
    assert "the device is as it was found" in (machine.folder / "said").read_text()


@pytest.mark.slow
def test_a_kept_fix_survives_a_kill_without_its_journal(machine: Machine, state_folder: Path) -> None:
    machine.write_target()
    with session(machine, (sys.executable, "-c", KEPT)) as process:
        assert process.wait(60) == -signal.SIGKILL
        assert await_that(lambda: "the device is as it was found" in (machine.folder / "said").read_text())
        assert actuator("sysctl").read("vm.dirty_ratio") == "35"
        assert set(machine.put_back()) <= {Knob("sysctl", "vm.dirty_ratio"), Knob("sysctl", "vm.dirty_bytes")}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3, WORKER])
@pytest.mark.parametrize("mode", MODES)
def test_two_hundred_kills_leave_nothing_behind(machine: Machine, state_folder: Path, mode: str, seed: int) -> None:
    kill_often(machine, state_folder, mode, seed, 17)


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_stopped_politely_it_restores_before_it_ends(
    machine: Machine, state_folder: Path, number: signal.Signals
) -> None:
    machine.write_target(seconds=0.05)
    with session(machine) as process:
        await_writes(machine, process)
        sentinel = sentinel_of(process)
        process.send_signal(number)
        assert process.wait(30) == 130
    assert not journal(state_folder).exists()
    assert machine.unchanged()
    assert machine.files_unchanged()
    assert sentinel is not None
    assert ended(sentinel)
    assert "Traceback" not in (machine.folder / "said").read_text()


@pytest.mark.slow
def test_an_impatient_second_ctrl_c_does_not_stop_the_restoring(machine: Machine, state_folder: Path) -> None:
    machine.write_target(seconds=0.05)
    with session(machine) as process:
        await_writes(machine, process)
        for _ in range(20):
            process.send_signal(signal.SIGINT)
            time.sleep(0.01)
        process.wait(30)
    back(machine, state_folder, "process")


@pytest.mark.slow
def test_a_terminal_that_is_closed_does_not_stop_the_restoring(machine: Machine, state_folder: Path) -> None:
    machine.write_target(seconds=0.05)
    with session(machine) as process:
        await_writes(machine, process)
        os.killpg(process.pid, signal.SIGHUP)
        process.wait(30)
    back(machine, state_folder, "process")


IMPATIENT = """
import cadet.device.state.sentinel as sentinel, cadet.device.state.transaction as transaction
class Impatient(sentinel.Sentinel):
    def __init__(self, *given):
        super().__init__(*given, beat_s=0.1, silence_s=1.0)
transaction.Sentinel = Impatient
from cadet.cli import main
main(["debug", "target.toml", "--allow-system-writes"])
"""


def test_a_session_that_hangs_is_ended_and_the_machine_restored(machine: Machine, state_folder: Path) -> None:
    machine.write_target(seconds=0.05)
    with session(machine, (sys.executable, "-c", IMPATIENT)) as process:
        await_writes(machine, process)
        process.send_signal(signal.SIGSTOP)
        assert process.wait(30) == -signal.SIGKILL
    back(machine, state_folder, "process")
    assert await_that(lambda: "gave no sign of life for 1 s" in (machine.folder / "said").read_text())


@pytest.mark.slow
def test_a_watchdog_that_is_killed_alone_is_replaced(machine: Machine, state_folder: Path) -> None:
    machine.write_target(seconds=0.05)
    with session(machine) as process:
        await_writes(machine, process)
        first = sentinel_of(process)
        assert first is not None
        os.kill(first, signal.SIGKILL)
        assert await_that(lambda: sentinel_of(process) not in (None, first))
        process.kill()
    back(machine, state_folder, "process")


KEPT = """
import os, signal
from pathlib import Path
from cadet.device.state import DeviceState
from cadet.device.target import load
target = load(Path("target.toml"))
with DeviceState(target.settings) as state:
    values = dict(target.space.configuration({"sysctl": "35"}))
    state.apply(values, set(values))
    state.keep(values, {"sysctl"}, set(values))
    state._path.unlink()
    os.kill(os.getpid(), signal.SIGKILL)
"""


MEASURE = """
import cadet.device.state.transaction as transaction
transaction._LOCK_WAIT_S = 0.1
from cadet.cli import main
main(["measure", "target.toml", "-n", "3", "--allow-system-writes"])
"""


ONE_RUN = """
from pathlib import Path
from cadet.device.runner import Runner
from cadet.device.target import load
target = load(Path("target.toml"))
try:
    with Runner(target, allow_system_writes=True) as runner:
        run = runner.run(target.space.configuration({"sysctl": "35"}))
        print(run.status.value, run.message)
except Exception as error:
    print(type(error).__name__, error)
"""


def test_a_full_disk_for_the_journal_means_that_nothing_is_touched(machine: Machine, state_folder: Path) -> None:
    """The limit on the size of files stands for the disk: the kernel ends the write at the same place."""
    machine.write_target()
    done = subprocess.run(
        [sys.executable, "-c", ONE_RUN],
        cwd=machine.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200)),
    )
    assert "MeasurementError cannot write the journal" in done.stdout, done.stderr
    assert machine.unchanged()
    assert machine.files_unchanged()
    assert not journal(state_folder).exists()


@pytest.mark.slow
def test_a_second_session_is_told_who_holds_the_machine(machine: Machine, state_folder: Path, tmp_path: Path) -> None:
    machine.write_target(seconds=0.5)
    other = tmp_path / "other"
    other.mkdir()
    for path in [path for path in machine.folder.iterdir() if path.is_file()]:
        (other / path.name).write_bytes(path.read_bytes())
    with session(machine) as process:
        await_writes(machine, process)
        done = subprocess.run([sys.executable, "-c", MEASURE], cwd=other, capture_output=True, text=True, timeout=60,
                              check=False)  # fmt: skip
        assert done.returncode == 3, done.stderr
        assert f"in use by process {process.pid}" in done.stderr
    back(machine, state_folder, "process")


def in_a_namespace(machine: Machine, *commands: str) -> str:
    """Make one run where these mounts were made, and return what it said."""
    script = " && ".join((*commands, 'exec "$0" -c "$1"'))
    argv = ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, sys.executable, ONE_RUN]
    return subprocess.run(argv, cwd=machine.folder, capture_output=True, text=True, timeout=60, check=True).stdout


def test_a_disk_that_is_full_means_that_nothing_is_touched(machine: Machine, state_folder: Path) -> None:
    machine.write_target()
    state_folder.mkdir(mode=0o700)
    said = in_a_namespace(
        machine,
        f"mount -t tmpfs -o size=16k,mode=700 none {state_folder}",
        f"{{ dd if=/dev/zero of={state_folder}/full bs=1k 2>/dev/null || true; }}",
    )
    assert "MeasurementError cannot write the journal" in said
    assert "No space left" in said
    assert machine.unchanged()
    assert machine.files_unchanged()


def test_a_knob_that_is_read_only_is_apply_failed_and_the_others_come_back(
    machine: Machine, state_folder: Path
) -> None:
    machine.write_target()
    knob = "/proc/sys/vm/dirty_ratio"
    said = in_a_namespace(machine, f"mount --bind {knob} {knob}", f"mount -o remount,bind,ro {knob}")
    assert said.startswith(f"apply_failed {knob} does not take '35': Read-only file system")
    assert not journal(state_folder).exists()
    assert machine.unchanged()
    assert machine.files_unchanged()
