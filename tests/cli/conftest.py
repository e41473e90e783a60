from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from tests.conftest import Cadet, Ended

__all__ = ["RECORDED", "Cadet", "Ended"]


RECORDED = """
cadet = 1
name = "board"

[workload]
replay = "recorded.csv"

[options.cores]
values = [1, 2, 4]
default = 1
layer = "hardware"

[options.clock]
values = [100, 400, 800]
default = 100
layer = "hardware"

[options.policy]
values = ["fifo", "other"]
default = "other"
layer = "kernel"

[events]
columns = ["misses"]

[objectives.latency]
from = "column:latency"
unit = "s"
goal = "min"
"""


@pytest.fixture
def board(tmp_path: Path) -> Path:
    """A recorded device: latency = 800 / (cores * clock), the policy does nothing; return its target file."""
    cells = itertools.product((1, 2, 4), (100, 400, 800), ("fifo", "other"))
    lines = ["cores,clock,policy,misses,latency"]
    lines += [f"{cores},{clock},{policy},{1e6 / clock},{800 / (cores * clock)}" for cores, clock, policy in cells]
    (tmp_path / "recorded.csv").write_text("\n".join(lines) + "\n")
    target = tmp_path / "target.toml"
    target.write_text(RECORDED)
    return target
