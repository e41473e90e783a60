"""Every case study can be read as it stands, and its workload does what its target file says."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from statistics import median

import numpy as np
import pytest

from cadet.causal.dataset import build
from cadet.causal.discovery import learn
from cadet.device.target import Target, load
from cadet.model.graph import Mark
from cadet.model.measurement import Run
from cadet.study.exchange import import_table

FOLDER = Path(__file__).parent.parent / "case_studies"
TARGETS = sorted(FOLDER.glob("*/target.toml"))


@pytest.mark.parametrize("path", TARGETS, ids=lambda path: path.parent.name)
def test_a_case_study_loads_and_tells_its_story(path: Path) -> None:
    target = load(path)
    assert target.objectives
    assert (path.parent / "README.md").read_text().startswith("# ")


@pytest.mark.parametrize(("mode", "batch", "transactions"), [("delete", 64, 16), ("wal", 128, 8)])
def test_the_limited_ingest_writes_every_reading(tmp_path: Path, mode: str, batch: int, transactions: int) -> None:
    given = {"journal_mode": mode, "synchronous": "off", "locking_mode": "normal", "temp_store": "memory",
             "batch": batch, "page_size": 4096, "cache_kib": 2048, "autocheckpoint": 1000, "mmap_mib": 0}  # fmt: skip
    program = FOLDER / "sqlite_io_limit" / "ingest.py"
    flags = [word for name, value in given.items() for word in (f"--{name}", str(value))]
    done = subprocess.run([sys.executable, "-I", "-S", str(program), *flags], cwd=tmp_path, capture_output=True,
                          text=True, check=True)  # fmt: skip
    answer = json.loads(done.stdout)
    assert answer["transactions"] == transactions
    assert answer["database_bytes"] > 1024 * 3000
    assert not list(tmp_path.iterdir())


# ── the limited ingest, as it was measured ──────────────────────────────────────────────────────────────────────────

LIMITED = FOLDER / "sqlite_io_limit"
SYNCS, WRITES = "syscalls:sys_enter_fdatasync", "cgroup.writes"


def limited_ingest() -> tuple[Target, list[Run]]:
    target = load(LIMITED / "recorded.toml")
    runs = import_table(LIMITED / "measurements.csv", target.space, target.objectives, target.events)
    return target, runs


def test_the_recorded_options_are_those_of_the_target_that_measured_them() -> None:
    recorded, live = limited_ingest()[0].space.by_name, load(LIMITED / "target.toml").space.by_name
    assert set(live) - set(recorded) == {"locking_mode"}  # its other value costs consent, and was never measured
    for name, option in recorded.items():
        assert set(option.levels) <= set(live[name].levels)
        assert (option.default, option.layer) == (live[name].default, live[name].layer)


def test_the_limit_and_the_journal_are_slow_together_only() -> None:
    """The rollback journal loses an order of magnitude under the limit, the log a small factor."""
    runs = [run for run in limited_ingest()[1] if run.ok]

    def typical(rolls_back: bool, limit: object) -> float:
        return median(
            run.values["latency"]
            for run in runs
            if (run.configuration["journal_mode"] != "wal") is rolls_back and run.configuration["write_iops"] == limit
        )

    rollback, log = (typical(kind, 200) / typical(kind, "max") for kind in (True, False))
    assert rollback > 10
    assert log < 5


def test_the_graph_shows_the_way_through_fsyncs_and_block_requests() -> None:
    target, runs = limited_ingest()
    dataset = build(runs, target.space, target.objectives, randomised=True)
    learned = learn(dataset, np.random.default_rng(1), subsamples=0)
    way = ("journal_mode", SYNCS, WRITES, "latency")
    for cause, effect in pairwise(way):
        assert learned.pag.adjacent(cause, effect), f"{cause} and {effect} are not adjacent"
        assert learned.pag.marks[cause, effect] is Mark.ARROW
    assert learned.pag.adjacent("write_iops", "latency")
    assert not learned.pag.adjacent(SYNCS, "latency")  # what waits is the request, not the call
