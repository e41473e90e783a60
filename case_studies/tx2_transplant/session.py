"""The whole comparison on a simulated TX2, as root and in a clone of the repository: python session.py [FOLDER]."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from tests.device.jetson.boards import SimulatedBoard, board_up  # noqa: E402

CADET = (sys.executable, "-m", "cadet")
SETTING = "--allow-system-writes"  # of the simulated board
AS_A_TX1 = "frame<=0.0217"  # what the same model says of a TX1 at its full clocks
FORUM = {
    "cpu_max_hz": 2035200000,
    "gpu_max_hz": 1122000000,
    "emc_hz": 1600000000,
    "core_3": 1,
    "core_4": 1,
    "core_5": 1,
    "cuda_runtime": "static",
}  # everything to its maximum


def main() -> None:
    """Debug, ask the tree, and measure what the forum and the tree propose, all in one study."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "session").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("target.toml", "detect.py"):
        shutil.copy(HERE / name, folder)
    with board_up("tx2") as board:
        before = board.snapshot()
        _on(board, folder, "debug", "target.toml", "--json", "answer.json", "--report", "answer.html", SETTING)
        _on(board, folder, "debug", "target.toml", "--goal", AS_A_TX1, "--json", "tx1.json", SETTING)
        _on(board, folder, "study", "export", "tx2-transplant", "debugged.csv")
        tree = [sys.executable, str(HERE / "tree.py"), str(folder / "debugged.csv")]
        asked = subprocess.run(tree, capture_output=True, text=True, check=True)
        print("the tree:", asked.stdout)
        for changes in (FORUM, json.loads(asked.stdout)):
            _on(board, folder, "measure", "target.toml", "-n", "1", "--fault", json.dumps(changes), SETTING)
        _on(board, folder, "study", "export", "tx2-transplant", "measurements.csv")
        print("the board is as it was:", board.snapshot() == before)


def _on(board: SimulatedBoard, folder: Path, *words: str) -> None:
    own = {"CADET_STATE_DIR": str(folder / "state"), "CADET_LOCK_DIR": str(folder / "lock")}
    subprocess.run(board.enter([*CADET, *words], folder), env={**os.environ, **own}, check=False)


if __name__ == "__main__":
    main()
