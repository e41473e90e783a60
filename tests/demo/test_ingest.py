"""Whatever the configuration: the same readings are stored, the same dashboard is shown, nothing is left behind."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from cadet.demo import ingest, telemetry
from cadet.demo.prepare import deployed, document
from cadet.device.target import from_document
from cadet.model.domain import Value
from cadet.model.option import Configuration
from tests.demo.conftest import ROWS

Rows = list[tuple[object, ...]]
SPACE = from_document(document(), Path()).space
ONE_CHANGE_AWAY = [(o.name, value) for o in SPACE.options for value in o.levels if value != o.default]  # consent or not


def contents(file: Path, settings: Configuration) -> tuple[Rows, Rows]:
    """What is stored, and what the dashboard shows of it."""
    with closing(sqlite3.connect(file)) as database:
        rows = database.execute(f"SELECT {', '.join(telemetry.COLUMNS)} FROM readings ORDER BY reading").fetchall()
        return rows, ingest.dashboard(database, str(settings["fetch"]))


@pytest.fixture(scope="module")
def as_deployed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Rows, Rows]:
    directory = tmp_path_factory.mktemp("deployed")
    telemetry.write(directory / ingest.INPUT, ROWS)
    ingest.store(directory / "deployed.db", SPACE.default, telemetry.read(directory / ingest.INPUT))
    return contents(directory / "deployed.db", SPACE.default)


@pytest.mark.parametrize(("option", "value"), ONE_CHANGE_AWAY)
def test_every_value_stores_and_shows_the_same(
    workplace: Path, as_deployed: tuple[Rows, Rows], option: str, value: Value
) -> None:
    settings = SPACE.change(SPACE.default, {option: value})
    ingest.store(workplace / "changed.db", settings, telemetry.read(workplace / ingest.INPUT))
    assert contents(workplace / "changed.db", settings) == as_deployed


def test_all_readings_are_stored(workplace: Path, as_deployed: tuple[Rows, Rows]) -> None:
    assert as_deployed[0] == sorted(telemetry.read(workplace / ingest.INPUT))


@pytest.mark.parametrize(("option", "value"), [("journal_mode", "wal"), ("auto_vacuum", "none"), ("page_size", 8192)])
def test_the_database_is_as_it_was_asked_for(workplace: Path, option: str, value: Value) -> None:
    settings = SPACE.change(SPACE.default, {option: value})
    ingest.store(workplace / "x.db", settings, telemetry.read(workplace / ingest.INPUT))
    with closing(sqlite3.connect(workplace / "x.db")) as database:
        (reported,) = database.execute(f"PRAGMA {option}").fetchone()
    assert reported == {"none": 0}.get(str(value), value)


def test_a_run_counts_and_leaves_nothing_behind(workplace: Path) -> None:
    before = sorted(workplace.iterdir())
    counters = ingest.run(deployed(), workplace)
    assert sorted(workplace.iterdir()) == before
    assert counters["database_pages"] > 0
    assert all(value >= 0 for value in counters.values())


def test_fewer_rows_per_transaction_write_more(workplace: Path) -> None:
    few, many = (ingest.run({**deployed(), "rows_per_transaction": n}, workplace) for n in (10, ROWS))
    if "write_calls" not in few:
        pytest.skip("the kernel does not count write calls (no /proc/self/io)")
    assert few["write_calls"] > many["write_calls"]


def test_a_journal_that_sqlite_does_not_take_is_an_error(workplace: Path) -> None:
    with pytest.raises(RuntimeError, match="asked journal_mode = parchment, SQLite reports delete"):
        ingest.run({**deployed(), "journal_mode": "parchment"}, workplace)


def test_the_counters_are_those_that_the_target_declares(workplace: Path) -> None:
    declared = set(document()["events"]["output"])
    assert set(ingest.run(deployed(), workplace)) <= declared


def test_the_same_number_of_rows_is_the_same_input(tmp_path: Path) -> None:
    for name in ("a", "b"):
        telemetry.write(tmp_path / name, 50)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    readings = telemetry.read(tmp_path / "a")
    assert len({reading[0] for reading in readings}) == 50


def test_the_deployment_runs_as_a_program(disk: Path) -> None:
    command = [sys.executable, "-m", "cadet.demo", "journal_mode=wal", "rows_per_transaction=1000"]
    ended = subprocess.run(command, cwd=disk, capture_output=True, text=True, check=True)
    assert json.loads(ended.stdout)["database_pages"] > 0


def test_a_misspelt_option_of_the_program_names_the_nearest(disk: Path) -> None:
    command = [sys.executable, "-m", "cadet.demo", "journal=wal"]
    ended = subprocess.run(command, cwd=disk, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "journal_mode" in ended.stderr
    assert "Traceback" not in ended.stderr


DURABLE = [
    SPACE.change(SPACE.default, {"journal_mode": journal, "synchronous": synchronous, "locking_mode": locking})
    for journal in ("delete", "truncate", "persist", "wal")
    for synchronous in ("full", "extra")
    for locking in ("normal", "exclusive")
]


@pytest.mark.live
@pytest.mark.parametrize("settings", [c for c in DURABLE if not SPACE.consent(c)], ids=lambda c: c.digest)
def test_without_consent_every_commit_reaches_the_disk(disk: Path, settings: Configuration) -> None:
    telemetry.write(disk / ingest.INPUT, ROWS)
    counters = ingest.run({**settings, "connection": "kept"}, disk)
    if "disk_flushes" not in counters:
        pytest.skip("the kernel does not count the flushes of this disk")
    assert counters["disk_flushes"] >= ROWS / int(settings["rows_per_transaction"])
