"""The transplant from TX1 to TX2: what each adviser changes, and how much of it the board's model says is needed."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from tests.case_studies.expectations import FOLDER, expectations
from tests.device.jetson.board.silicon import DETECTORS, Clocks
from tests.device.jetson.board.spec import TX2
from tests.device.jetson.boards import NoBoard, board_up

STUDY = FOLDER / "tx2_transplant"
CAMERA_S = 0.0333
DEPLOYED: Mapping[str, object] = {"cpu_max_hz": 345600000, "gpu_max_hz": 318750000, "emc_hz": 408000000, "core_3": 0,
                                  "core_4": 0, "core_5": 0, "cuda_runtime": "shared"}  # fmt: skip
A57_HIGHEST_HZ = 2035.2e6
TX1 = replace(TX2, cuda_cores=256, bytes_per_emc_hz=25.6e9 / 1600e6)  # NVIDIA's data sheet; four A57 at 1.73 GHz
TX1_CLOCKS = Clocks(((1.734e9, 1.734e9),) * 4, 998.4e6, 1.6e9, True)


@pytest.fixture(scope="module", name="session")
def _session() -> Iterator[ModuleType]:
    yield from _imported("session")


@pytest.fixture(scope="module", name="tree")
def _tree() -> Iterator[ModuleType]:
    yield from _imported("tree")


def _imported(name: str) -> Iterator[ModuleType]:
    sys.path.insert(0, str(STUDY))
    try:
        yield importlib.import_module(name)
    finally:
        sys.path.remove(str(STUDY))
        sys.modules.pop(name, None)


def frame_s(changes: Mapping[str, object]) -> float:
    """Return what the model says of the deployed configuration with some changes."""
    values = {**DEPLOYED, **changes}
    hertz = {name: float(str(values[name])) for name in ("cpu_max_hz", "gpu_max_hz", "emc_hz")}
    cores = 1 + sum(values[f"core_{n}"] == 1 for n in (3, 4, 5))
    now = Clocks(((hertz["cpu_max_hz"], A57_HIGHEST_HZ),) * cores, hertz["gpu_max_hz"], hertz["emc_hz"], True)
    return DETECTORS["tx2"].frame_s(TX2, now)


def unnecessary(changes: Mapping[str, object]) -> list[str]:
    """Take changes back one after another, the least useful first, as long as the camera is still kept up with."""
    kept, spared = dict(changes), []
    while True:
        without = {name: frame_s({n: v for n, v in kept.items() if n != name}) for name in kept}
        least = min(without, key=lambda name: (without[name], name), default="")
        if not least or without[least] > CAMERA_S:
            return spared
        del kept[least]
        spared.append(least)


def test_the_deployed_detector_misses_the_camera_and_the_forum_s_advice_meets_it(session: ModuleType) -> None:
    assert frame_s({}) > 3 * CAMERA_S
    assert frame_s(session.FORUM) < CAMERA_S
    assert set(session.FORUM) == set(DEPLOYED)


def test_five_of_the_forum_s_seven_changes_are_not_needed(session: ModuleType) -> None:
    assert sorted(unnecessary(session.FORUM)) == ["core_3", "core_4", "core_5", "cuda_runtime", "emc_hz"]


def test_no_change_of_the_confirmed_fix_is_unnecessary() -> None:
    (fix,) = (e.changes for e in expectations("board") if e.study == STUDY.name)
    assert frame_s(fix) < CAMERA_S
    assert not unnecessary(fix)


def test_the_tree_proposes_from_the_recorded_session_what_the_story_says(tree: ModuleType) -> None:
    found = tree.proposal(pd.read_csv(STUDY / "measurements.csv"))
    assert dict(found) == {"cpu_max_hz": 2035200000, "gpu_max_hz": 854250000}
    assert frame_s(found) < CAMERA_S and not unnecessary(found)


def test_a_tx2_at_its_best_is_faster_than_a_tx1_by_the_same_model() -> None:
    tx1 = DETECTORS["tx2"].frame_s(TX1, TX1_CLOCKS)
    fastest = Clocks(((A57_HIGHEST_HZ, A57_HIGHEST_HZ),) * 6, TX2.gpu.high, TX2.emc.high, True)
    assert tx1 / DETECTORS["tx2"].frame_s(TX2, fastest) == pytest.approx(1.30, abs=0.005)


@pytest.mark.live
def test_a_new_session_on_the_simulated_board_finds_the_same(tmp_path: Path) -> None:
    (expected,) = (e for e in expectations("board") if e.study == STUDY.name)
    try:
        with board_up("tx2"):
            pass
    except NoBoard as reason:
        pytest.skip(f"no simulated board here: {reason}")
    done = subprocess.run([sys.executable, str(STUDY / "session.py"), str(tmp_path)], capture_output=True, text=True,
                          check=True)  # fmt: skip
    answer = json.loads((tmp_path / "answer.json").read_text())
    assert answer["verdict"] == expected.verdict, done.stdout + done.stderr
    changes = {option: change["to"] for option, change in answer["fixes"][0]["changes"].items()}
    assert not unnecessary(changes) and len(changes) <= len(expected.changes)
    assert "the board is as it was: True" in done.stdout
