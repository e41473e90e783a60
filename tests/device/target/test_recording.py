"""Recorded devices: what tables may look like, and every mistake in one is a clear message."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cadet.device.target import Target, from_document
from cadet.device.target.target import Replay
from cadet.errors import CadetError, TableError
from cadet.study.exchange import import_table

RECORDED = Path(os.environ.get("CADET_RECORDED", Path(__file__).parents[4] / "shared" / "data"))
DOCUMENT: dict[str, Any] = {
    "cadet": 1,
    "name": "recorded",
    "workload": {"replay": "table.csv"},
    "options": {
        "cores": {"values": [1, 2, 4], "default": 1},
        "mode": {"values": ["none", "fast"], "default": "none"},
    },
    "events": {"columns": ["misses"]},
    "objectives": {"latency": {"from": "column:seconds", "unit": "s"}},
}
TABLE = "cores,mode,misses,seconds\n1,none,10,2.5\n2.0,fast,,1.5\n1,none,12,2.6\n"


def read(folder: Path, text: str | bytes = TABLE, name: str = "table.csv", **sections: Any) -> Target:
    (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return from_document({**DOCUMENT, "workload": {"replay": name}, **sections}, folder)


def recording(target: Target) -> Any:
    assert isinstance(target.workload, Replay)
    return target.workload.recording


def test_only_recorded_configurations_are_feasible(tmp_path: Path) -> None:
    target = read(tmp_path)
    space = target.space
    assert space.feasible(space.configuration({"cores": 1, "mode": "none"}))
    assert space.feasible(space.configuration({"cores": 2, "mode": "fast"}))
    assert not space.feasible(space.configuration({"cores": 4, "mode": "fast"}))


def test_the_text_none_is_a_value_and_not_missing(tmp_path: Path) -> None:
    assert read(tmp_path).space.recorded[0]["mode"] == "none"  # type: ignore[index]


def test_values_match_by_number(tmp_path: Path) -> None:
    assert read(tmp_path).space.recorded[1]["cores"] == 2  # type: ignore[index]


def test_an_empty_event_is_absent_not_zero(tmp_path: Path) -> None:
    rows = [row for rows in recording(read(tmp_path)).rows.values() for row in rows]
    assert [row.get("misses") for row in rows] == [10.0, 12.0, None]


def test_repetitions_tell_about_noise_and_single_rows_do_not(tmp_path: Path) -> None:
    assert not read(tmp_path).noiseless
    assert read(tmp_path, TABLE.replace("1,none,12,2.6\n", "")).noiseless


def test_parquet_and_csv_read_alike(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"cores": [1, 2, 1], "mode": ["none", "fast", "none"], "misses": [10, None, 12], "seconds": [2.5, 1.5, 2.6]}
    )
    frame.to_parquet(tmp_path / "table.parquet")
    parquet = from_document({**DOCUMENT, "workload": {"replay": "table.parquet"}}, tmp_path)
    assert recording(parquet).rows == recording(read(tmp_path)).rows


def test_context_is_a_column_too(tmp_path: Path) -> None:
    text = "cores,mode,misses,seconds,rows\n1,none,1,1,10\n2,fast,1,1,20\n"
    target = read(tmp_path, text, context={"rows": {"values": [10, 20]}})
    assert [dict(level) for _, level in recording(target).rows] == [{"rows": 10}, {"rows": 20}]


CONDITIONAL = {**DOCUMENT["options"], "boost": {"values": [1, 2], "default": 1, "when": "mode == 'fast'"}}


@pytest.mark.parametrize("empty", ["", "NaN", "n/a", "NULL", " "])
def test_an_option_that_does_not_exist_in_a_row_may_be_empty_there(tmp_path: Path, empty: str) -> None:
    text = f"cores,mode,boost,misses,seconds\n1,none,{empty},10,2.5\n2,fast,2,{empty},1.5\n"
    target = read(tmp_path, text, options=CONDITIONAL)
    assert [c["boost"] for c in target.space.recorded or ()] == [1, 2]
    with pytest.raises(TableError, match=r"row 2 \(line 3\): option 'boost' is empty, but it exists"):
        read(tmp_path, text.replace("fast,2", f"fast,{empty}"), options=CONDITIONAL)


@pytest.mark.parametrize("empty", ["", "NaN", "n/a", "NULL", " "])
def test_an_empty_option_is_empty_however_it_is_spelled(tmp_path: Path, empty: str) -> None:
    with pytest.raises(TableError, match=r"row 2 \(line 3\): option 'cores': the cell is empty"):
        read(tmp_path, TABLE.replace("2.0,fast", f"{empty},fast"))


def test_an_imported_table_and_a_recorded_one_are_read_alike(tmp_path: Path) -> None:
    text = "cores,mode,boost,misses,seconds\n 1 ,none,na,10,2.5\n2.0, fast ,2,none,+1\n4,fast,1,7,nan\n"
    target = read(tmp_path, text, options=CONDITIONAL)
    runs = import_table(tmp_path / "table.csv", target.space, target.objectives, ["misses"],
                        columns={"latency": "seconds"})  # fmt: skip
    replayed = [({**row}, cell[0]) for cell, rows in recording(target).rows.items() for row in rows]
    names = {"latency": "seconds", "misses": "misses"}
    assert [({names[n]: v for n, v in run.values.items()}, run.configuration) for run in runs] == replayed


BROKEN: dict[str, tuple[str | bytes, str]] = {
    "no bytes": ("", "is empty: 0 bytes"),
    "no rows": ("cores,mode,misses,seconds\n", "has no rows, only the columns cores, mode, misses, seconds"),
    "no option column": (
        TABLE.replace("cores", "core"),
        "no column 'cores' for the option of this name; did you mean 'core'?",
    ),
    "no objective column": (
        TABLE.replace("seconds", "second"),
        "no column 'seconds' for the objective; did you mean 'second'?",
    ),
    "no event column": (TABLE.replace("misses", "x"), "no column 'misses' for the event"),
    "a column twice": (TABLE.replace("misses", "mode"), "the column name 'mode' appears more than once"),
    "an unknown value": (
        TABLE.replace("2.0,fast", "3,fast"),
        "row 2 (line 3): option 'cores': '3' is not one of 1, 2, 4",
    ),
    "an empty option": (TABLE.replace("2.0,fast", ",fast"), "row 2 (line 3): option 'cores': the cell is empty"),
    "text for a number": (TABLE.replace("1.5", "quick"), "row 2 (line 3): seconds = 'quick' is not a number"),
    "no number at all": (
        TABLE.replace("2.5", "").replace("1.5", "nan").replace("2.6", ""),
        "column 'seconds' holds no number",
    ),
    "one configuration": (TABLE.replace("2.0,fast,,1.5\n", ""), "every option is constant"),
    "not UTF-8": (b"cores,mode\xff\n1,2\n", "is not UTF-8 text"),
    "ragged": (TABLE + "1,none,1,1,1,1,1\n", "line 5: 7 cells under 4 column names"),
}


@pytest.mark.parametrize(("text", "message"), BROKEN.values(), ids=BROKEN)
def test_a_mistake_in_the_table_is_named(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(TableError) as caught:
        read(tmp_path, text)
    assert message in str(caught.value)
    assert "table.csv" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_missing_table_names_the_nearest(tmp_path: Path) -> None:
    read(tmp_path)
    with pytest.raises(TableError, match=r"does not exist; did you mean 'table\.csv'"):
        from_document({**DOCUMENT, "workload": {"replay": "tabel.csv"}}, tmp_path)


def test_a_parquet_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="is no Parquet"):
        read(tmp_path, "no parquet", "table.parquet")


def test_another_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CadetError, match=r"\.xlsx is not supported; use \.csv, \.parquet"):
        read(tmp_path, "x", "table.xlsx")


@pytest.mark.skipif(not RECORDED.is_dir(), reason=f"no recorded devices at {RECORDED}")
def test_a_recorded_board_is_read() -> None:
    frame = pd.read_parquet(RECORDED / "jetson_tx2_xception_400.parquet")
    options = ("num_cores", "core_freq", "gpu_freq", "emc_freq")
    target = from_document(
        {
            "cadet": 1,
            "name": "tx2",
            "workload": {"replay": "jetson_tx2_xception_400.parquet"},
            "options": {o: {"values": frame[o].unique().tolist(), "default": frame[o].tolist()[0]} for o in options},
            "objectives": {"latency": {"from": "column:inference_time"}},
        },
        RECORDED,
    )
    assert target.noiseless
    assert target.space.recorded is not None
    assert len(target.space.recorded) == 768
