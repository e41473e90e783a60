"""A study that cannot be used says why, and what to do; it never ends in a traceback."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from cadet.errors import StudyError
from cadet.study import tables
from cadet.study.store import Store
from tests.study.studies import create, planned, run_for, without_privileges


@pytest.fixture
def study(tmp_path: Path) -> Path:
    with create(tmp_path / "ingest.db") as store:
        store.plan(planned(30))
        store.record(*(run_for(slot) for slot in planned(20)))
    return tmp_path / "ingest.db"


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that everybody may enter, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def refusal(path: Path) -> str:
    with pytest.raises(StudyError) as refused:
        Store.open(path)
    assert refused.value.exit_code == 2
    return str(refused.value)


def test_a_missing_study_names_the_nearest(study: Path) -> None:
    assert "did you mean 'ingest'?" in refusal(study.with_name("injest.db"))


def test_a_missing_study_in_an_empty_folder_says_how_to_start(tmp_path: Path) -> None:
    assert "`cadet measure TARGET`" in refusal(tmp_path / "nowhere" / "ingest.db")


def test_text_is_no_study(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("these are my notes\n" * 100)
    assert "is no CADET study" in refusal(tmp_path / "notes.db")


def test_an_empty_file_is_no_study(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    assert "is an empty file, not a CADET study" in refusal(tmp_path / "empty.db")


def test_a_folder_is_no_study(tmp_path: Path) -> None:
    assert "is a folder" in refusal(tmp_path)


def test_another_database_is_no_study(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE study (name TEXT)")
    assert "is a database, but not a CADET study" in refusal(tmp_path / "other.db")


def test_a_newer_schema_asks_for_a_newer_cadet(study: Path) -> None:
    with closing(sqlite3.connect(study)) as raw:
        raw.execute("DROP TRIGGER study_refuses_update")
        raw.execute("UPDATE study SET schema_version = ?", [tables.SCHEMA_VERSION + 1])
        raw.commit()
    assert "newer CADET: schema 2, this one reads up to 1" in refusal(study)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_file_is_damaged(study: Path, share: float) -> None:
    content = study.read_bytes()
    study.write_bytes(content[: int(share * len(content))])
    assert "the file is damaged" in refusal(study)


def test_overwritten_pages_are_refused_or_do_not_matter(study: Path) -> None:
    expected = [run_for(slot) for slot in planned(20)]
    rng = np.random.default_rng(7)
    outcomes = []
    for _ in range(30):
        damaged = study.with_name("damaged.db")
        shutil.copy(study, damaged)
        with damaged.open("r+b") as file:
            file.seek(int(rng.integers(study.stat().st_size)))
            file.write(rng.bytes(200))
        try:
            with Store.open(damaged) as store:
                assert store.runs() == expected
            outcomes.append("intact")
        except StudyError as error:
            assert str(damaged) in str(error)
            outcomes.append("refused")
    assert set(outcomes) == {"intact", "refused"}


def test_a_read_only_folder_can_be_read_but_not_written(public: Path) -> None:
    with create(public / "ingest.db") as store:
        store.record(run_for(planned(1)[0]))
    (public / "ingest.db").chmod(0o444)
    public.chmod(0o555)
    with without_privileges(), Store.open(public / "ingest.db") as store:
        assert store.runs() == [run_for(planned(1)[0])]
        with pytest.raises(StudyError, match="cannot write to study"):
            store.record(run_for(planned(2)[1]))
        with pytest.raises(StudyError, match="cannot be written"):
            store.save_result("graph", {})
    public.chmod(0o755)


def test_no_study_is_created_where_nothing_may_be_written(public: Path) -> None:
    public.chmod(0o555)
    with without_privileges():
        with pytest.raises(StudyError, match="cannot write to study"):
            create(public / "ingest.db")
        with pytest.raises(StudyError, match="cannot make the folder"):
            create(public / ".cadet" / "ingest.db")
    public.chmod(0o755)


def test_an_unreadable_file_says_so(public: Path) -> None:
    create(public / "ingest.db").close()
    (public / "ingest.db").chmod(0o000)
    with without_privileges():
        assert "cannot read study" in refusal(public / "ingest.db")


def test_a_creation_that_died_leaves_no_half_study(tmp_path: Path) -> None:
    (tmp_path / "ingest.db.new").write_bytes(b"half")
    (tmp_path / "ingest.db.new-wal").write_bytes(b"half")
    (tmp_path / "ingest.db-wal").write_bytes(b"the log of a study that was removed by hand")
    with create(tmp_path / "ingest.db") as store:
        assert store.runs() == []
    assert not list(tmp_path.glob("*.new*"))
