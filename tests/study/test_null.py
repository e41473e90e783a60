"""Where no option has an effect, nothing is ever confirmed."""

from __future__ import annotations

from pathlib import Path

import pytest

from cadet.model.diagnosis import Verdict
from cadet.study import Asked, Study

TARGET = """
cadet = 1
name = "null"

[workload]
function = "null:run"

[run]
repeats = 3
warmup = 0
quiet = { max_other_cpu = 1.0, max_wait_s = 0 }

[options.threads]
values = [1, 2, 4, 8]
default = 1

[options.mode]
values = ["a", "b", "c"]
default = "a"

[options.cache]
range = [1, 1024]
scale = "log"
default = 1

[options.fast]
values = [false, true]
default = false

[objectives.latency]
from = "output:latency"
unit = "s"
goal = "min"
"""
FUNCTION = """
import math, random

noise = random.Random({seed})

def run(values):
    return {{"latency": math.exp(noise.gauss(0, 0.2))}}
"""


def verdict(directory: Path, seed: int) -> Verdict:
    (directory / "target.toml").write_text(TARGET)
    (directory / "null.py").write_text(FUNCTION.format(seed=seed))
    with Study.create(directory / "target.toml") as study:
        return study.debug(Asked(), seed=seed).verdict


@pytest.mark.parametrize("seed", range(2))
def test_noise_alone_is_never_fixed(tmp_path: Path, seed: int) -> None:
    assert verdict(tmp_path, seed) in (Verdict.NO_EFFECT, Verdict.NO_FAULT, Verdict.INCONCLUSIVE, Verdict.REFUTED)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 150))
def test_noise_alone_is_never_fixed_in_fifty_studies(tmp_path: Path, seed: int) -> None:
    assert verdict(tmp_path, seed) is not Verdict.CONFIRMED
