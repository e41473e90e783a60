"""Every template of `cadet init` is a target file that loads as it is."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import pytest

import cadet.cli
from cadet.device.target import load

TEMPLATES = sorted(Path(cadet.cli.__file__).parent.joinpath("templates").glob("*.toml"))


def record(directory: Path) -> None:
    """Write the table that the replay template names."""
    import pandas as pd

    cells = itertools.product([345600, 1113600, 2035200], [1, 2, 4], [10, 60])
    table = pd.DataFrame(list(cells), columns=["cpu_frequency", "cores", "swappiness"])
    table = table.assign(cache_misses=1.0, context_switches=2.0, inference_s=3.0, energy_j=4.0)
    table.to_parquet(directory / "recorded.parquet")


def test_there_is_one_for_every_kind_of_deployment() -> None:
    assert [path.stem for path in TEMPLATES] == ["command", "function", "replay", "service"]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_template_loads(template: Path, tmp_path: Path) -> None:
    record(tmp_path)
    shutil.copy(template, tmp_path / "target.toml")
    target = load(tmp_path / "target.toml")
    assert len(target.space.options) >= 3
    assert target.objectives


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_template_starts_from_a_configuration_that_gives_nothing_up(template: Path, tmp_path: Path) -> None:
    record(tmp_path)
    shutil.copy(template, tmp_path / "target.toml")
    space = load(tmp_path / "target.toml").space
    assert space.consent(space.default) == frozenset()
