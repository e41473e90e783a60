"""Every case study once more, on this machine."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.case_studies.expectations import Expectation, expectations

pytestmark = pytest.mark.live
LEFT_HERE = shutil.ignore_patterns("measurements.csv", "data", ".cadet", "__pycache__")
CADET = (sys.executable, "-m", "cadet")


@pytest.mark.parametrize("expected", expectations("live"), ids=lambda e: e.told)
def test_a_new_session_finds_the_same(expected: Expectation, tmp_path: Path) -> None:
    here = shutil.copytree(expected.folder, tmp_path / expected.study, ignore=LEFT_HERE)
    able = subprocess.run([*CADET, "doctor", "target.toml"], cwd=here, capture_output=True, text=True, check=False)
    if able.returncode == 6:
        pytest.skip(f"cadet doctor says what is missing here:\n{able.stdout}")
    argv = [*CADET, "debug", "target.toml", *expected.arguments, "--json", "answer.json"]
    done = subprocess.run(argv, cwd=here, capture_output=True, text=True, check=False)
    answer = json.loads((here / "answer.json").read_text())
    assert answer["verdict"] == expected.verdict, done.stdout + done.stderr
    changes = set(answer["fixes"][0]["changes"]) if expected.changes else set()
    assert len(changes) <= len(expected.changes)  # several small fixes may do
    assert not changes & set(expected.innocent)
