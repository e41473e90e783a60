"""kill -9 at any moment: what was reported is there, nothing is there twice, and the next process finishes the plan."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from cadet.study.store import Store
from tests.study.studies import planned, run_for
from tests.study.writer import main

ROOT = Path(__file__).parents[2]
PER_KILL = 40  # runs planned for each kill, so that work is left until the last one


def writer(path: Path, runs: int) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", "tests.study.writer", str(path), str(runs)], cwd=ROOT, text=True,
                            stdout=subprocess.PIPE)  # fmt: skip


def killed(path: Path, runs: int, rng: np.random.Generator) -> list[str]:
    """Start a writer and kill it after a few runs or a few milliseconds; return the slots that it reported."""
    with writer(path, runs) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "starting\n"
        reported = [process.stdout.readline().strip() for _ in range(rng.integers(12))]
        time.sleep(rng.uniform(0, 0.005) if reported else rng.uniform(0, 0.08))  # the latter dies while it creates
        process.kill()
        reported += [line.strip() for line in process.stdout if line.endswith("\n")]
    assert process.returncode == -9
    return reported


def survive(path: Path, kills: int, rng: np.random.Generator) -> None:
    runs, reported = PER_KILL * kills, set[str]()
    for _ in range(kills):
        reported |= set(killed(path, runs, rng))
        if path.exists():
            with Store.open(path) as store:
                there = store.runs()
            slots = [run.slot for run in there]
            assert len(set(slots)) == len(slots)
            assert reported <= set(slots)
            assert there == [run_for(slot) for slot in planned(len(there))]
    with writer(path, runs) as last:
        last.communicate()
    assert last.returncode == 0
    with Store.open(path) as store:
        assert store.planned() == planned(runs)
        assert store.runs() == [run_for(slot) for slot in planned(runs)]


def test_ten_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    survive(tmp_path / "study.db", 10, np.random.default_rng(1))


@pytest.mark.slow
def test_fifty_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    survive(tmp_path / "study.db", 50, np.random.default_rng(2))


@pytest.mark.slow
def test_fifty_kills_during_creation_leave_a_whole_study_or_none(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    for i in range(50):
        path = tmp_path / f"{i}.db"
        with writer(path, 3) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "starting\n"
            time.sleep(rng.uniform(0, 0.06))
            process.kill()
        main(path, 3)
        with Store.open(path) as store:
            assert store.runs() == [run_for(slot) for slot in planned(3)]
