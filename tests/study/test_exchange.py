"""Tables out and in: every repetition comes back, none is dropped, and a wrong cell is named."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadet.device.sheet import read_sheet, write_sheet
from cadet.errors import TableError
from cadet.model.domain import Choice, Interval
from cadet.model.expression import Expression
from cadet.model.measurement import Purpose, Run, Status
from cadet.model.objective import Objective
from cadet.model.option import Configuration, Context, Option
from cadet.model.space import Space
from cadet.study.exchange import Imported, export, import_runs, import_table, table_of
from cadet.study.store import Store
from tests.study.strategies import NUMBERS, RUNS

SPACE = Space(
    (
        Option("journal", Choice(("delete", "wal", "off", "none")), "delete"),
        Option("batch", Interval(1, 1024, integer=True), 1),
        Option("mmap", Choice((False, True)), False),
        Option("level", Choice((0, 1, 2), ordered=True), 0),
        Option("checkpoint", Choice((100, 1000), ordered=True), 1000, when=Expression("journal == 'wal'")),
    ),
    context=(Context("rows", Choice((1000, 10000), ordered=True)),),
)
OBJECTIVES = (Objective("latency", "s"),)
SUFFIXES = ("csv", "parquet")

ROW = {"journal": "wal", "batch": "8", "mmap": "true", "level": "1", "checkpoint": "100", "rows": "1000",
       "latency": "0.5", "faults": "12"}  # fmt: skip


def table(path: Path, *rows: Mapping[str, object]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def read(path: Path, **how: object) -> list[Run]:
    return import_table(path, SPACE, OBJECTIVES, **how)  # type: ignore[arg-type]


def refusal(path: Path, **how: object) -> str:
    with pytest.raises(TableError) as refused:
        read(path, **how)
    assert refused.value.exit_code == 2
    return str(refused.value)


CONFIGURATIONS = st.builds(
    lambda journal, batch, mmap, level, checkpoint: SPACE.configuration(
        {"journal": journal, "batch": batch, "mmap": mmap, "level": level, "checkpoint": checkpoint}
    ),
    st.sampled_from(SPACE.by_name["journal"].levels), st.integers(1, 1024), st.booleans(),
    st.sampled_from((0, 1, 2)), st.sampled_from((100, 1000)),
)  # fmt: skip
MEASURED = st.builds(
    lambda run, configuration, rows, latency, event: replace(
        run, configuration=configuration, level=SPACE.level({"rows": rows}), status=Status.OK, message="",
        values={"latency": latency} | ({} if event is None else {"rusage.minor_faults": event}),
    ),
    RUNS, CONFIGURATIONS, st.sampled_from((1000, 10000)), NUMBERS, st.none() | NUMBERS,
)  # fmt: skip


# ── round trips ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(max_examples=20, deadline=None)
@given(runs=st.lists(MEASURED, min_size=1, max_size=8))
def test_an_exported_table_reproduces_every_repetition(suffix: str, runs: list[Run]) -> None:
    runs = [replace(run, slot=f"s{i}", started_at=float(i), sequence=i) for i, run in enumerate(runs)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Store.create(folder / "one.db", "ingest", {}, "") as store:
            store.record(*runs)
            export(store, folder / f"one.{suffix}")
        back = read(folder / f"one.{suffix}")
        with Store.create(folder / "two.db", "ingest", {}, "") as store:
            import_runs(store, back)
            export(store, folder / f"two.{suffix}")
        again = read(folder / f"two.{suffix}")
    as_imported = [replace(run, purpose=Purpose.IMPORTED, slot="", environment={}) for run in runs]
    assert back == again
    if suffix == "parquet":  # a Parquet column has one type, so whole numbers among others come back as floats
        assert [replace(run, values={}) for run in back] == [replace(run, values={}) for run in as_imported]
        assert [floats(run) for run in back] == [floats(run) for run in as_imported]
    else:
        assert back == as_imported


def floats(run: Run) -> dict[str, float]:
    return {name: float(value) for name, value in run.values.items()}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_runs_that_did_not_end_well_come_back_as_they_were(tmp_path: Path, suffix: str) -> None:
    ok = Run(SPACE.default, Status.OK, {"latency": 1.0}, SPACE.levels()[0], started_at=1.0)
    runs = [
        ok,
        replace(
            ok, status=Status.FAILED, values={"faults": 3.0}, message="exit code 1:\n'no, \"space\"'", started_at=2.0
        ),
        replace(ok, status=Status.TIMED_OUT, values={}, timeout_s=20.0, started_at=3.0),
        replace(ok, status=Status.APPLY_FAILED, values={}, message="asked 1, got 2", started_at=4.0),
    ]
    write_sheet(tmp_path / f"t.{suffix}", table_of(runs))
    assert [(r.status, r.values, r.timeout_s) for r in read(tmp_path / f"t.{suffix}")] == [
        (r.status, r.values, r.timeout_s) for r in runs
    ]
    assert [r.message for r in read(tmp_path / f"t.{suffix}")][:2] == [r.message for r in runs][:2]


def test_names_that_are_taken_get_a_prefix_and_come_back(tmp_path: Path) -> None:
    space = Space((Option("status", Choice(("a", "b")), "a"), Option("rows", Choice((1, 2)), 1)),
                  context=(Context("rows", Choice((7, 8))),))  # fmt: skip
    run = Run(space.default, Status.OK, {"latency": 1.0, "seconds": 2.0}, space.levels()[0], seconds=3.0)
    write_sheet(tmp_path / "t.csv", table_of([run]))
    columns = read_sheet(tmp_path / "t.csv").columns
    assert {"status", "run.status", "rows", "context.rows", "seconds", "run.seconds"} <= columns.keys()
    assert import_table(tmp_path / "t.csv", space, OBJECTIVES) == [replace(run, purpose=Purpose.IMPORTED)]


def test_an_option_and_an_event_of_one_name_are_refused() -> None:
    with pytest.raises(TableError, match="'a' is an option and an observed value"):
        table_of([Run(Configuration({"a": 1}), Status.OK, {"a": 1.0})])


def test_a_study_without_runs_exports_nothing(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s.db", "ingest", {}, "") as store, pytest.raises(TableError, match="no runs yet"):
        export(store, tmp_path / "t.csv")
    assert not (tmp_path / "t.csv").exists()


def test_options_of_mixed_types_survive_parquet(tmp_path: Path) -> None:
    space = Space((Option("threads", Choice((1, 2, "auto")), 1),))
    runs = [Run(space.configuration({"threads": v}), Status.OK, {"latency": 1.0}) for v in (1, "auto", 2)]
    write_sheet(tmp_path / "t.parquet", table_of(runs))
    back = import_table(tmp_path / "t.parquet", space, OBJECTIVES)
    assert [run.configuration for run in back] == [run.configuration for run in runs]


# ── importing into a study ───────────────────────────────────────────────────────────────────────────────────────────


def test_importing_twice_adds_nothing_and_says_so(tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", ROW, ROW, {**ROW, "latency": "0.7"}, {**ROW, "latency": ""})
    told: list[str] = []
    with Store.create(tmp_path / "s.db", "ingest", {}, "") as store:
        assert import_runs(store, read(path)) == Imported(added=4, already_there=0, failed=1)
        before = store.runs()
        assert import_runs(store, read(path), tell=told.append) == Imported(added=0, already_there=4, failed=0)
        assert store.runs() == before
        grown = table(tmp_path / "t.csv", *[ROW] * 3)
        assert import_runs(store, read(grown)) == Imported(added=1, already_there=2, failed=0)
    assert told == ["4 of 4 rows are in the study already and were not added again"]


def test_the_export_of_a_study_adds_nothing_to_it(tmp_path: Path) -> None:
    run = Run(SPACE.default, Status.OK, {"latency": 0.1}, SPACE.levels()[0], slot="design/0", started_at=1e9)
    with Store.create(tmp_path / "s.db", "ingest", {}, "") as store:
        store.record(run)
        export(store, tmp_path / "t.csv")
        assert import_runs(store, read(tmp_path / "t.csv")).already_there == 1
        assert store.runs() == [run]


# ── what cells mean ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_rows_of_later_tables_continue_the_numbers_of_the_first(tmp_path: Path) -> None:
    first = read(table(tmp_path / "1.csv", *({**ROW, "latency": str(i)} for i in range(4))))
    second = read(table(tmp_path / "2.csv", *({**ROW, "latency": str(i)} for i in range(2, 7))))
    with Store.create(tmp_path / "one.db", "ingest", {}, "") as store:
        import_runs(store, first)
        import_runs(store, second)
        assert [(run.sequence, run.values["latency"]) for run in store.runs()] == [(i, float(i)) for i in range(7)]
        assert store.next_sequence() == 7


@pytest.mark.parametrize("numbers", [(7, 7, 7), (2, 3, 4), (0, 0, 1)])
def test_numbers_that_are_no_count_of_rows_are_counted_anew(tmp_path: Path, numbers: Sequence[int]) -> None:
    rows = [{**ROW, "latency": str(i), "sequence": str(n)} for i, n in enumerate(numbers)]
    with Store.create(tmp_path / "one.db", "ingest", {}, "") as store:
        import_runs(store, read(table(tmp_path / "1.csv", *rows)))
        assert [run.sequence for run in store.runs()] == [0, 1, 2]


def test_rows_in_another_order_than_time_keep_their_numbers(tmp_path: Path) -> None:
    rows = [{**ROW, "latency": str(i), "started_at": str(10 - i)} for i in range(3)]
    with Store.create(tmp_path / "one.db", "ingest", {}, "") as store:
        import_runs(store, read(table(tmp_path / "1.csv", *rows)))
        assert {run.sequence: run.values["latency"] for run in store.runs()} == {0: 0.0, 1: 1.0, 2: 2.0}


def test_cells_become_the_values_they_spell(tmp_path: Path) -> None:
    (run,) = read(table(tmp_path / "t.csv", {**ROW, "level": "1.0", "mmap": "FALSE", "journal": " off "}))
    assert run.configuration == SPACE.configuration({"journal": "off", "batch": 8, "mmap": False, "level": 1})
    assert (run.level, run.values, run.status) == (SPACE.level({"rows": 1000}), {"latency": 0.5, "faults": 12}, "ok")
    assert (run.purpose, run.sequence, run.slot) == (Purpose.IMPORTED, 0, "")


def test_none_is_a_value_where_the_option_has_it(tmp_path: Path) -> None:
    (run,) = read(table(tmp_path / "t.csv", {**ROW, "journal": "none"}))
    assert run.configuration["journal"] == "none"


def test_an_option_that_does_not_exist_may_be_empty(tmp_path: Path) -> None:
    (run,) = read(table(tmp_path / "t.csv", {**ROW, "journal": "off", "checkpoint": ""}))
    assert run.configuration["checkpoint"] == 1000
    message = refusal(table(tmp_path / "t.csv", ROW, {**ROW, "checkpoint": ""}))
    assert "row 2 (line 3): option 'checkpoint' is empty, but it exists in this configuration" in message


@pytest.mark.parametrize("cell", ["", "NaN", "NA", "null", "inf"])
def test_a_row_without_objective_is_a_failed_run_that_says_so(tmp_path: Path, cell: str) -> None:
    told: list[str] = []
    runs = read(table(tmp_path / "t.csv", ROW, {**ROW, "latency": cell}), tell=told.append)
    assert [run.status for run in runs] == [Status.OK, Status.FAILED]
    assert runs[1].message == f"latency is {'inf' if cell == 'inf' else 'empty'} in the table"
    assert runs[1].values == {"faults": 12}
    assert told == ["1 of 2 rows are failed runs; the message of each says why"]


def test_events_are_those_named_or_every_numeric_column(tmp_path: Path) -> None:
    path = table(
        tmp_path / "t.csv", {**ROW, "note": "x", "psi": "3", "void": ""}, {**ROW, "note": "y", "psi": "", "void": ""}
    )
    told: list[str] = []
    assert [run.values for run in read(path, tell=told.append)] == [{"latency": 0.5, "faults": 12, "psi": 3}, {
        "latency": 0.5, "faults": 12}]  # fmt: skip
    assert told == ["columns left out: note, void"]
    told.clear()
    assert read(path, events=["psi", "cycles"], tell=told.append)[0].values == {"latency": 0.5, "psi": 3}
    assert told == ["event 'cycles' has no column; its values are missing", "columns left out: faults, note, void"]


def test_our_names_may_differ_from_the_table(tmp_path: Path) -> None:
    row = {("Time (s)" if name == "latency" else name): cell for name, cell in ROW.items()}
    (run,) = read(table(tmp_path / "t.csv", row), columns={"latency": "Time (s)"})
    assert run.values == {"latency": 0.5, "faults": 12}


def test_rows_are_put_in_time_order(tmp_path: Path) -> None:
    rows = [{**ROW, "started_at": str(at), "latency": str(at)} for at in (30, 10, 20)]
    assert [run.values["latency"] for run in read(table(tmp_path / "t.csv", *rows))] == [10, 20, 30]


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_semicolons_and_tabs_separate_too(tmp_path: Path, delimiter: str) -> None:
    path = table(tmp_path / "t.csv", ROW)
    path.write_text("\ufeff" + path.read_text().replace(",", delimiter), encoding="utf-8")
    assert read(path)[0].values == {"latency": 0.5, "faults": 12}


# ── what is refused ──────────────────────────────────────────────────────────────────────────────────────────────────

WRONG_CELLS = {
    "row 2 (line 3): option 'journal': 'wall' is not one of 'delete', 'wal'": {"journal": "wall"},
    "row 2 (line 3): option 'batch': '4096' is not a whole number from 1 to 1024": {"batch": "4096"},
    "row 2 (line 3): option 'batch': '2.5' is not a whole number": {"batch": "2.5"},
    "row 2 (line 3): option 'mmap': 'maybe' is not one of False, True": {"mmap": "maybe"},
    "row 2 (line 3): option 'level': the cell is empty": {"level": ""},
    "row 2 (line 3): option 'batch': the cell is empty": {"batch": "nan"},
    "row 2 (line 3): context 'rows': '5' is not one of 1000, 10000": {"rows": "5"},
    "row 2 (line 3): objective 'latency': 'fast' is no number": {"latency": "fast"},
    "row 2 (line 3): objective 'latency': '0,5' is no number": {"latency": "0,5"},
}


@pytest.mark.parametrize("message", WRONG_CELLS)
def test_a_wrong_cell_is_named(tmp_path: Path, message: str) -> None:
    found = refusal(table(tmp_path / "t.csv", ROW, {**ROW, **WRONG_CELLS[message]}, ROW))
    assert message in found
    (column,) = WRONG_CELLS[message]
    assert f"column {column!r}" in found


def test_many_wrong_rows_are_counted(tmp_path: Path) -> None:
    message = refusal(table(tmp_path / "t.csv", ROW, *[{**ROW, "journal": "x"}] * 9))
    assert "row 2 (line 3)" in message
    assert "the same trouble in rows 3, 4, 5, 6, 7 and 3 more" in message


def test_a_named_event_that_is_no_number_is_refused(tmp_path: Path) -> None:
    assert "event 'faults': 'many'" in refusal(table(tmp_path / "t.csv", {**ROW, "faults": "many"}), events=["faults"])


@pytest.mark.parametrize(("name", "kind"), [("journal", "option"), ("rows", "context"), ("latency", "objective")])
def test_a_missing_column_names_the_nearest(tmp_path: Path, name: str, kind: str) -> None:
    row = {(f"{name}_" if column == name else column): cell for column, cell in ROW.items()}
    message = refusal(table(tmp_path / "t.csv", row))
    assert f"has no column {name!r} for {kind} {name!r}; did you mean '{name}_'?" in message


@pytest.mark.parametrize(("columns", "message"), [
    ({"latencey": "latency"}, "'latencey' is no option, context, event or objective; did you mean 'latency'?"),
    ({"latency": "latencey"}, "no column 'latencey' for column mapping latency=latencey; did you mean 'latency'?"),
])  # fmt: skip
def test_a_wrong_mapping_is_refused(tmp_path: Path, columns: dict[str, str], message: str) -> None:
    assert message in refusal(table(tmp_path / "t.csv", ROW), columns=columns)


@pytest.mark.parametrize(("cells", "message"), [
    ({"status": "done"}, "'done' is not one of ok, failed"),
    ({"tags": "hot"}, "'hot' is not one of contended"),
    ({"started_at": "noon"}, "'noon' is no number"),
    ({"timeout_s": "inf"}, "'inf' is no number"),
])  # fmt: skip
def test_a_wrong_circumstance_is_refused(tmp_path: Path, cells: dict[str, str], message: str) -> None:
    assert message in refusal(table(tmp_path / "t.csv", {**ROW, **cells}))


def test_an_objective_without_any_number_is_refused(tmp_path: Path) -> None:
    assert "objective 'latency' has no number in any row" in refusal(table(tmp_path / "t.csv", {**ROW, "latency": ""}))


HEADER = ",".join(ROW)
BROKEN_FILES: Sequence[tuple[str, bytes, str]] = [
    ("t.csv", b"", "is empty: 0 bytes"),
    ("t.csv", b"\n\n", "is empty: no line with text"),
    ("t.csv", HEADER.encode() + b"\n", "has no rows"),
    ("t.csv", b"a,b,a\n1,2,3\n", "'a' appears more than once"),
    ("t.csv", b"a,b\n1,2\n1\n", "line 3: 1 cells under 2 column names"),
    ("t.csv", b"a,b\n1,2,3\n", "line 2: 3 cells under 2 column names"),
    ("t.csv", b"a,b\n1,\xff\n", "is not UTF-8 text"),
    ("t.csv", b'a,b\n1,"2\n', "is no CSV"),
    ("t.parquet", b"no parquet at all", "is no Parquet"),
    ("t.parquet", b"", "is empty: 0 bytes"),
    ("t.xlsx", b"PK", ".xlsx is not supported; use .csv, .parquet"),
    ("table", b"a\n1\n", "a name without suffix is not supported"),
]


@pytest.mark.parametrize(("name", "content", "message"), BROKEN_FILES)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    assert message in refusal(tmp_path / name)


def test_a_parquet_file_may_repeat_no_column_either(tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    pq.write_table(pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"]), tmp_path / "t.parquet")
    assert "'a' appears more than once" in refusal(tmp_path / "t.parquet")


def test_a_missing_table_names_the_nearest(tmp_path: Path) -> None:
    table(tmp_path / "measured.csv", ROW)
    assert "does not exist; did you mean 'measured.csv'?" in refusal(tmp_path / "mesured.csv")


def test_a_folder_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "t.csv").mkdir()
    assert "cannot read table" in refusal(tmp_path / "t.csv")


def test_a_table_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="cannot write table"):
        write_sheet(tmp_path / "nowhere" / "t.csv", {"a": [1]})
    write_sheet(tmp_path / "t.csv", {"a": [1]})
    with pytest.raises(ValueError, match="zip"):
        write_sheet(tmp_path / "t.csv", {"a": [1, 2], "b": [1]})
    assert read_sheet(tmp_path / "t.csv").columns == {"a": ("1",)}
    assert [p.name for p in tmp_path.iterdir()] == ["t.csv"]
