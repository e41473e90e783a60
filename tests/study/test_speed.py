"""Fast enough not to be in the way of measuring."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cadet.device.sheet import write_sheet
from cadet.model.domain import Choice
from cadet.model.measurement import Run, Status
from cadet.model.objective import Objective
from cadet.model.option import Option
from cadet.model.space import Space
from cadet.study.exchange import import_runs, import_table, table_of
from cadet.study.store import Store
from tests.study.studies import create

SPACE = Space(tuple(Option(f"o{i}", Choice((0, 1, 2), ordered=True), 0) for i in range(10)))


def runs(n: int, events: int) -> list[Run]:
    rng = np.random.default_rng(1)
    configurations = [SPACE.configuration({name: int(rng.integers(3)) for name in SPACE.names}) for _ in range(400)]
    values = rng.lognormal(size=(n, events)).tolist()
    return [Run(configurations[i % 400], Status.OK, {f"e{k}": v for k, v in enumerate(row)}, slot=f"s{i}", sequence=i,
                environment={"host": "box", "load": row[0]}) for i, row in enumerate(values)]  # fmt: skip


@pytest.mark.live
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_table_of_1438_rows_and_70_columns_is_imported_within_two_seconds(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"t.{suffix}"
    write_sheet(path, table_of([replace(run, environment={}) for run in runs(1438, 60)]))
    with create(tmp_path / "study.db") as store:
        began = time.perf_counter()
        assert import_runs(store, import_table(path, SPACE, (Objective("e0"),))).added == 1438
        assert time.perf_counter() - began < 2


@pytest.mark.live
def test_twenty_thousand_runs_are_recorded_one_by_one_at_200_a_second(tmp_path: Path) -> None:
    many = runs(20_000, 30)
    with create(tmp_path / "study.db") as store:
        began = time.perf_counter()
        for run in many:
            store.record(run)
        assert time.perf_counter() - began < 100
    began = time.perf_counter()
    with Store.open(tmp_path / "study.db") as store:
        assert len(store.runs()) == 20_000
    assert time.perf_counter() - began < 5
