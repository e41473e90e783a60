"""The whole loop on simulated boards: a slow detector, its causes, a verified fix, the board as it was found."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from cadet.device.actuators.jetson import Jetson
from cadet.device.actuators.jetson_jtop import INTERPRETER
from tests.device.jetson.boards import DETECTOR, SimulatedBoard, eventually
from tests.device.jetson.test_jtop import python, served, service  # noqa: F401 - fixtures
from tests.device.state.kills import BY_HAND, MODES, kill

TARGETS = Path(__file__).parent / "targets"
WRONG = {"tx2": {"power_mode": "MAXQ", "gpu_max_hz": 318750000}, "jtop": {"power_mode": "15W", "held_clocks": "off"}}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder with the detector, where the target goes."""
    shutil.copy(DETECTOR, tmp_path)
    yield tmp_path
    assert not (tmp_path / "state/journal.json").exists()


def command(board: SimulatedBoard, folder: Path, name: str, *more: str) -> list[str]:
    shutil.copy(TARGETS / f"{name}.toml", folder / "target.toml")
    cadet = [sys.executable, "-m", "cadet", "debug", str(folder / "target.toml"), "--allow-system-writes"]
    return board.enter([*cadet, "--json", str(folder / "out.json"), "--seed", "1", *more])


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "CADET_STATE_DIR": str(folder / "state"), "CADET_LOCK_DIR": str(folder / "lock")}


def debug(board: SimulatedBoard, folder: Path, name: str, *more: str) -> tuple[int, dict[str, object], str]:
    """Return exit code, the answer and what was said."""
    argv = command(board, folder, name, *more)
    done = subprocess.run(argv, env=environment(folder), capture_output=True, text=True, timeout=900, check=False)
    out = folder / "out.json"
    return done.returncode, json.loads(out.read_text()) if out.exists() else {}, done.stdout + done.stderr


@pytest.mark.slow
def test_a_wrong_mode_and_clock_are_found_and_mended_for_latency_and_energy(tx2: SimulatedBoard, folder: Path) -> None:
    before = tx2.snapshot()
    code, answer, said = debug(tx2, folder, "tx2", "--fault", json.dumps(WRONG["tx2"]), "--budget", "12")
    assert code == 0, said
    (fix, *_) = answer["fixes"]  # type: ignore[misc]
    assert answer["verdict"] == fix["verdict"] == "confirmed"
    assert "gpu_max_hz" in fix["changes"]
    assert fix["gain"]["latency"]["low"] > 0.4 and fix["gain"]["energy"]["low"] > 0
    assert "gpu_max_hz" in {cause["option"] for cause in answer["root_causes"]}  # type: ignore[attr-defined]
    assert tx2.snapshot() == before


@pytest.mark.slow
def test_today_s_configuration_is_the_fault_and_a_fix_that_is_kept_stays(orin: SimulatedBoard, folder: Path) -> None:
    actuator = Jetson(orin.root, orin.program)
    actuator.write("nvpmodel", "15W")
    actuator.write("cpu/5/online", "0")
    before = orin.snapshot()
    code, answer, said = debug(orin, folder, "orin", "--fault", "current", "--keep", "--budget", "12",
                               "--objective", "latency", "--goal", "latency<=0.075")  # fmt: skip
    assert code == 0, said
    assert answer["fault"]["configuration"]["power_mode"] == "15W"  # type: ignore[index]
    (fix, *_) = answer["fixes"]  # type: ignore[misc]
    assert "power_mode" in fix["changes"]
    assert actuator.read("nvpmodel") == fix["configuration"]["power_mode"]
    kept = {path for path, value in orin.snapshot().items() if before.get(path) != value}
    assert all("cpufreq" in p or "gpu" in p or "emc" in p or "mode" in p or "online" in p or "idle" in p for p in kept)


@pytest.mark.slow
@pytest.mark.parametrize("served", ["orin-nano"], indirect=True)
def test_the_same_with_jetson_stats(
    served: SimulatedBoard,  # noqa: F811
    python: str,  # noqa: F811
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(INTERPRETER, python)
    before = served.snapshot()
    code, answer, said = debug(served, folder, "jtop", "--fault", json.dumps(WRONG["jtop"]), "--budget", "5")
    assert code == 0, said
    (fix, *_) = answer["fixes"]  # type: ignore[misc]
    assert answer["verdict"] == "confirmed" and "power_mode" in fix["changes"]
    assert fix["gain"]["latency"]["low"] > 0.15
    assert served.snapshot() == before


@pytest.mark.slow
@pytest.mark.parametrize("moment", range(3))
def test_a_board_is_put_back_when_the_session_is_killed(tx2: SimulatedBoard, folder: Path, moment: int) -> None:
    before = tx2.snapshot()
    argv = command(tx2, folder, "tx2", "--fault", json.dumps(WRONG["tx2"]))
    quiet = subprocess.DEVNULL
    session = subprocess.Popen(argv, env=environment(folder), stdout=quiet, stderr=quiet)
    try:
        for _ in range(moment + 1):
            now = tx2.snapshot()
            assert eventually(lambda now=now: tx2.snapshot() != now, 60)  # type: ignore[misc]
    finally:
        session.send_signal(signal.SIGKILL)
        session.wait()
    assert eventually(lambda: not (folder / "state/journal.json").exists() and tx2.snapshot() == before, 60)


@pytest.mark.study
@pytest.mark.parametrize("mode", MODES)
def test_fifty_kills_of_each_mode_leave_the_board_as_it_was(tx2: SimulatedBoard, folder: Path, mode: str) -> None:
    killed_fifty_times(tx2, folder, "tx2", mode)


@pytest.mark.study
@pytest.mark.parametrize("served", ["orin-nano"], indirect=True)
@pytest.mark.parametrize("mode", MODES)
def test_fifty_kills_of_each_mode_leave_the_board_as_it_was_with_jetson_stats(
    served: SimulatedBoard,  # noqa: F811
    python: str,  # noqa: F811
    folder: Path,
    mode: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(INTERPRETER, python)
    killed_fifty_times(served, folder, "jtop", mode)


def killed_fifty_times(board: SimulatedBoard, folder: Path, name: str, mode: str) -> None:
    rng = random.Random(MODES.index(mode))
    before = board.snapshot()
    argv = command(board, folder, name, "--fault", json.dumps(WRONG[name]), "--fresh")
    quiet, journal, struck = subprocess.DEVNULL, folder / "state/journal.json", 0
    for _ in range(50):
        session = subprocess.Popen(argv, env=environment(folder), stdout=quiet, stderr=quiet, start_new_session=True)
        assert eventually(lambda session=session: journal.exists() or session.poll() is not None, 60)  # type: ignore[misc]
        time.sleep(rng.uniform(0, 3.0))
        struck += journal.exists()
        kill(session, mode, rng)
        session.wait()
        if mode in BY_HAND:
            restored = board.run([sys.executable, "-m", "cadet", "restore"], env=environment(folder))
            assert restored.returncode == 0, restored.stdout + restored.stderr
        assert eventually(lambda: not journal.exists() and board.snapshot() == before, 60)
    print(f"{name}, {mode}: 50 kills, {struck} of them within a transaction")
    assert struck >= 25


@pytest.mark.slow
def test_a_board_is_put_back_by_hand_when_the_process_that_watches_is_killed_too(
    tx2: SimulatedBoard, folder: Path
) -> None:
    before = tx2.snapshot()
    quiet = subprocess.DEVNULL
    argv = command(tx2, folder, "tx2", "--fault", json.dumps(WRONG["tx2"]))
    session = subprocess.Popen(argv, env=environment(folder), stdout=quiet, stderr=quiet)
    try:
        assert eventually(lambda: tx2.read("sys/kernel/simulation/mode") == "1", 60)  # MAXQ, as the fault says
    finally:
        everyone = psutil.Process(session.pid).children(recursive=True)
        for process in (*everyone, session):
            process.kill()
        session.wait()
    assert tx2.snapshot() != before
    restored = tx2.run([sys.executable, "-m", "cadet", "restore"], env=environment(folder))
    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert tx2.snapshot() == before
