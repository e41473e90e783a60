"""The promises of the store: planned once, measured once, kept for good, never changed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from cadet.errors import StudyError
from cadet.model.measurement import Purpose, Run, Status, Tag
from cadet.model.option import Configuration
from cadet.study.store import Store
from tests.study.studies import DOCUMENT, create, planned, run_for


def test_a_study_knows_its_target(tmp_path: Path) -> None:
    create(tmp_path / "study.db").close()
    with Store.open(tmp_path / "study.db") as store:
        assert (store.target_name, store.document, store.digest) == ("ingest", DOCUMENT, "digest-1")


def test_a_study_is_not_created_over_another(tmp_path: Path) -> None:
    create(tmp_path / "study.db").close()
    with pytest.raises(StudyError, match="there is a study 'study' already"):
        create(tmp_path / "study.db")


def test_planning_twice_is_planning_once(tmp_path: Path) -> None:
    with create(tmp_path / "study.db") as store:
        store.plan(planned(5))
        store.plan(planned(8))
        assert store.pending() == planned(8)


def test_a_slot_is_not_planned_for_something_else(tmp_path: Path) -> None:
    with create(tmp_path / "study.db") as store:
        store.plan(planned(2))
        other = replace(planned(1)[0], configuration=Configuration({"batch": 99, "mmap": False}))
        with pytest.raises(StudyError, match=r"'design/0' is planned with configuration .*99"):
            store.plan([*planned(3), other])
        assert store.pending() == planned(2)


def test_what_is_recorded_is_no_longer_pending(tmp_path: Path) -> None:
    with create(tmp_path / "study.db") as store:
        store.plan(planned(4))
        store.record(run_for(planned(4)[2]))
        assert [slot.slot for slot in store.pending()] == ["design/0", "design/1", "design/3"]
        assert store.run_of("design/2") == run_for(planned(4)[2])
        assert store.run_of("design/0") is store.run_of("nowhere") is None


def test_runs_are_in_the_order_of_recording(tmp_path: Path) -> None:
    slots = planned(6)
    with create(tmp_path / "study.db") as store:
        store.plan(slots)
        for i in (3, 0, 5):
            assert store.next_sequence() == len(store.runs())
            store.record(run_for(slots[i]))
        assert [run.slot for run in store.runs()] == ["design/3", "design/0", "design/5"]


def test_a_slot_is_measured_once(tmp_path: Path) -> None:
    run = run_for(planned(1)[0])
    with create(tmp_path / "study.db") as store:
        store.record(run)
        with pytest.raises(StudyError, match="'design/0' has a run already"):
            store.record(replace(run, values={"latency": 9.0}))
        with pytest.raises(StudyError, match="'design/1' has a run already"):
            store.record(*[run_for(planned(2)[1])] * 2)
        assert store.runs() == [run]


def test_an_unplanned_run_is_planned_with_it(tmp_path: Path) -> None:
    run = replace(run_for(planned(1)[0]), purpose=Purpose.PAIR)
    with create(tmp_path / "study.db") as store:
        store.record(run)
        assert (store.pending(), store.runs()) == ([], [run])


def test_a_run_needs_the_name_of_a_slot(tmp_path: Path) -> None:
    with create(tmp_path / "study.db") as store, pytest.raises(ValueError, match="slot"):
        store.record(Run(Configuration({}), Status.OK))


def test_several_runs_are_recorded_all_or_none(tmp_path: Path) -> None:
    with create(tmp_path / "study.db") as store:
        good, bad = run_for(planned(1)[0]), replace(run_for(planned(2)[1]), environment={"load": float("nan")})
        with pytest.raises(ValueError, match="not JSON compliant"):
            store.record(good, bad)
        assert store.runs() == []
        store.record(good)
        assert store.runs() == [good]


def test_a_reader_sees_what_the_writer_adds(tmp_path: Path) -> None:
    with create(tmp_path / "study.db") as writer, Store.open(tmp_path / "study.db") as reader:
        for i in range(3):
            writer.record(run_for(planned(3)[i]))
            assert reader.runs() == writer.runs()


@pytest.mark.parametrize("table", ["study", "target", "environment", "configuration", "slot", "run", "history"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET id = id"])
def test_the_database_itself_refuses_changes(tmp_path: Path, table: str, statement: str) -> None:
    with create(tmp_path / "study.db") as store:
        store.record(run_for(planned(1)[0]))
    with closing(sqlite3.connect(tmp_path / "study.db")) as raw, pytest.raises(sqlite3.IntegrityError, match="append"):
        raw.execute(statement.format(table))


def test_every_commit_waits_for_the_disk(tmp_path: Path) -> None:
    with create(tmp_path / "study.db") as store, store._engine.connect() as connection:
        settings = [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
                    for name in ("journal_mode", "synchronous", "foreign_keys")]  # fmt: skip
        assert settings == ["wal", 2, 1]


def test_setup_is_done_once_it_was_noted(tmp_path: Path) -> None:
    with create(tmp_path / "study.db") as store:
        assert not store.setup_done
        store.note_setup_done()
    with Store.open(tmp_path / "study.db") as store:
        assert store.setup_done


def test_the_latest_conclusion_counts(tmp_path: Path) -> None:
    with create(tmp_path / "study.db") as store:
        assert store.latest_result("diagnosis") is None
        store.save_result("diagnosis", {"verdict": "inconclusive"})
        store.save_result("graph", {"edges": []})
        store.save_result("diagnosis", {"verdict": "confirmed", "gain": None})
        assert store.latest_result("diagnosis") == {"verdict": "confirmed", "gain": None}


def test_a_conclusion_is_strict_json(tmp_path: Path) -> None:
    with create(tmp_path / "study.db") as store, pytest.raises(ValueError, match="JSON"):
        store.save_result("diagnosis", {"gain": float("nan")})


def test_the_history_tells_what_happened(tmp_path: Path) -> None:
    create(tmp_path / "study.db").close()
    with Store.open(tmp_path / "study.db", writer=True) as store:
        store.note("looked at", {"by": "a test"})
        happened = store.history()
    assert [entry["what"] for entry in happened] == ["created", "resumed", "looked at"]
    assert happened[2]["by"] == "a test"
    assert sorted(entry["at"] for entry in happened) == [entry["at"] for entry in happened]


def test_the_summary_counts(tmp_path: Path) -> None:
    with create(tmp_path / "study.db") as store:
        store.plan(planned(20))
        for slot in planned(9):
            store.record(run_for(slot))
        contended = frozenset({Tag.CONTENDED})
        store.record(replace(run_for(planned(10)[9]), status=Status.TIMED_OUT, tags=contended))
        store.save_result("graph", {})
        summary = store.summary()
    assert (summary.planned, summary.runs, summary.pending, summary.configurations) == (20, 10, 10, 10)
    assert summary.statuses == {"ok": 9, "timed_out": 1}
    assert (summary.tags, summary.purposes, summary.results) == ({"contended": 1}, {"design": 10}, {"graph": 1})
    assert (summary.first_run_at, summary.last_run_at) == (1e9, 1e9 + 9)
    assert summary.busy_s == pytest.approx(15.0)
    assert summary.to_dict()["pending"] == 10


def test_closing_twice_is_safe_and_leaves_one_file(tmp_path: Path) -> None:
    store = create(tmp_path / "study.db")
    store.record(run_for(planned(1)[0]))
    store.close()
    store.close()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["study.db", "study.db.lock"]
