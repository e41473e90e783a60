"""The same promises on a PostgreSQL server, one schema per study.

Needs psycopg and an empty database: CADET_TEST_POSTGRES=postgresql+psycopg://user@host/database.
"""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from cadet.errors import StudyError
from cadet.model.measurement import Run
from cadet.study.location import fresh, locate
from cadet.study.store import Store
from tests.study.strategies import RUNS
from tests.study.studies import DOCUMENT, planned, run_for

SERVER = os.environ.get("CADET_TEST_POSTGRES", "")

pytestmark = pytest.mark.skipif(not SERVER, reason="CADET_TEST_POSTGRES names no PostgreSQL database")


@contextlib.contextmanager
def schema() -> Iterator[str]:
    """A new schema of the test database, as the URL of a study."""
    name = f"s{uuid.uuid4().hex}"
    server = create_engine(SERVER)
    with server.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    url = make_url(SERVER).update_query_dict({"options": f"-csearch_path={name}"})
    yield url.render_as_string(hide_password=False)
    with server.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
    server.dispose()


@pytest.fixture
def url() -> Iterator[str]:
    with schema() as place:
        yield place


def test_a_study_on_a_server_keeps_and_resumes(url: str) -> None:
    with Store.create(url, "ingest", DOCUMENT, "digest-1") as store:
        store.plan(planned(10))
        for slot in planned(4):
            store.record(run_for(slot))
        store.save_result("graph", {"edges": []})
        store.note_setup_done()
    with Store.open(url, writer=True) as store:
        assert (store.target_name, store.document, store.setup_done) == ("ingest", DOCUMENT, True)
        assert store.runs() == [run_for(slot) for slot in planned(4)]
        assert store.pending() == planned(10)[4:]
        assert store.latest_result("graph") == {"edges": []}
        assert store.summary().runs == 4


def test_a_server_refuses_a_second_writer_and_frees_the_lock(url: str) -> None:
    with Store.create(url, "ingest", DOCUMENT, "digest-1"), Store.open(url) as reader:
        assert reader.runs() == []
        with pytest.raises(StudyError, match="being written by another session"):
            reader.record(run_for(planned(1)[0]))
    Store.open(url, writer=True).close()


def test_a_server_refuses_changes(url: str) -> None:
    with Store.create(url, "ingest", DOCUMENT, "digest-1") as store:
        store.record(run_for(planned(1)[0]))
        for statement in ("UPDATE run SET seconds = 0", "DELETE FROM slot"):
            with pytest.raises(DBAPIError, match="append-only"), store._engine.begin() as connection:
                connection.execute(text(statement))


def test_a_study_on_a_server_is_not_created_twice_nor_moved(url: str) -> None:
    with pytest.raises(StudyError, match="not a CADET study"):
        Store.open(url)
    Store.create(url, "ingest", DOCUMENT, "digest-1").close()
    with pytest.raises(StudyError, match="already"):
        Store.create(url, "ingest", DOCUMENT, "digest-1")
    with pytest.raises(StudyError, match="another schema"):
        fresh(locate(url, Path()))


@settings(max_examples=10, deadline=None)
@given(runs=st.lists(RUNS, max_size=5))
def test_runs_come_back_from_a_server_as_they_were_recorded(runs: list[Run]) -> None:
    runs = [replace(run, slot=f"slot {i}") for i, run in enumerate(runs)]
    with schema() as url, Store.create(url, "ingest", DOCUMENT, "") as store:
        store.record(*runs)
        assert store.runs() == runs
