"""A study survives kill -9 at any moment: after resuming, each planned measurement is there once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from cadet.study import Study

TARGET = """
cadet = 1
name = "quick"

[workload]
function = "quick:run"

[run]
repeats = 3
warmup = 0
quiet = { max_other_cpu = 1.0, max_wait_s = 0 }

[options.a]
values = [1, 2, 3, 4]
default = 1

[options.b]
values = ["x", "y", "z"]
default = "x"

[objectives.latency]
from = "output:latency"
unit = "s"
goal = "min"
"""
FUNCTION = """
import time

def run(values):
    time.sleep(0.004)
    return {"latency": values["a"]}
"""
MEASURE = [sys.executable, "-m", "cadet", "measure", "target.toml", "-n", "11"]
PLANNED = 12 * 3


def begin(directory: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(MEASURE, cwd=directory, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def killed_and_resumed(directory: Path, moments: list[float]) -> None:
    (directory / "target.toml").write_text(TARGET)
    (directory / "quick.py").write_text(FUNCTION)
    for moment in moments:
        process = begin(directory)
        time.sleep(moment)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert begin(directory).wait(60) == 0
    with Study.open(directory / ".cadet" / "quick.db") as study:
        assert Counter(run.slot for run in study.runs) == Counter(slot.slot for slot in study.store.planned())
        assert len(study.runs) == PLANNED
        assert {run.sequence for run in study.runs} == set(range(PLANNED))
        assert all(run.ok and run.values["latency"] == run.configuration["a"] for run in study.runs)


def test_a_study_that_was_killed_three_times_is_whole(tmp_path: Path) -> None:
    killed_and_resumed(tmp_path, [0.9, 1.3, 1.1])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_fifty_kills_at_random_moments_lose_and_double_nothing(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    killed_and_resumed(tmp_path, [rng.uniform(0.3, 2.5) for _ in range(5)])


def test_ctrl_c_ends_with_130_and_the_same_command_continues(tmp_path: Path) -> None:
    (tmp_path / "target.toml").write_text(TARGET)
    (tmp_path / "quick.py").write_text(FUNCTION.replace("0.004", "0.2"))
    process = subprocess.Popen(MEASURE, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    database = tmp_path / ".cadet" / "quick.db"
    wait_until(database.exists)
    wait_until(lambda: len(Study.open(database).runs) > 1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130, said
    assert b"Traceback" not in said
    (tmp_path / "quick.py").write_text(FUNCTION)
    assert begin(tmp_path).wait(60) == 0
    with Study.open(database) as study:
        assert len(study.runs) == PLANNED


def wait_until(happened: object, seconds: float = 20) -> None:
    assert callable(happened)
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)
