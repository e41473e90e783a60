"""Every case study can be read as it stands, and its workload does what its target file says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cadet.device.target import load

FOLDER = Path(__file__).parent.parent / "case_studies"
TARGETS = sorted(FOLDER.glob("*/target.toml"))


@pytest.mark.parametrize("path", TARGETS, ids=lambda path: path.parent.name)
def test_a_case_study_loads_and_tells_its_story(path: Path) -> None:
    target = load(path)
    assert target.objectives
    assert (path.parent / "README.md").read_text().startswith("# ")


@pytest.mark.parametrize(("mode", "batch", "transactions"), [("delete", 10, 40), ("wal", 40, 10)])
def test_the_limited_ingest_writes_every_reading(tmp_path: Path, mode: str, batch: int, transactions: int) -> None:
    given = {"journal_mode": mode, "synchronous": "off", "locking_mode": "normal", "temp_store": "memory",
             "batch": batch, "page_size": 4096, "cache_kib": 2048, "autocheckpoint": 1000, "mmap_mib": 0}  # fmt: skip
    program = FOLDER / "sqlite_io_limit" / "ingest.py"
    flags = [word for name, value in given.items() for word in (f"--{name}", str(value))]
    done = subprocess.run([sys.executable, "-I", "-S", str(program), *flags], cwd=tmp_path, capture_output=True,
                          text=True, check=True)  # fmt: skip
    answer = json.loads(done.stdout)
    assert answer["transactions"] == transactions
    assert answer["database_bytes"] == 36864
    assert not list(tmp_path.iterdir())
