"""Machine code that is kept is never older than any source it was made of."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import cadet

PROGRAM = """
import numpy as np
from cadet.causal.discovery.fci import fci
from cadet.causal.independence import FisherZ
from cadet.model.knowledge import Knowledge
rng = np.random.default_rng(0)
cause = rng.normal(size=50)
print(fci(FisherZ({"a": cause, "b": cause + rng.normal(size=50)}), Knowledge(), 0.05))
"""


def test_a_change_in_a_function_that_another_file_calls_is_seen(tmp_path: Path) -> None:
    shutil.copytree(Path(cadet.__file__).parent, tmp_path / "cadet", ignore=shutil.ignore_patterns("__pycache__"))
    blocks = tmp_path / "cadet" / "causal" / "independence" / "blocks.py"

    def answer() -> str:
        environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    assert answer() == answer() == "a o-o b\n"
    source = blocks.read_text()
    changed = source.replace("DETERMINED = 1e-6", "DETERMINED = 2.0")
    assert changed != source
    blocks.write_text(changed)
    assert answer() == "\n", "every variable counts as determined now, also in the files that only import the constant"
