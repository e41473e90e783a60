"""Names, paths and URLs lead to studies; a fresh start never deletes one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import URL

from cadet.errors import StudyError
from cadet.study.location import describe, fresh, locate, studies
from cadet.study.store import Store
from tests.study.studies import create, planned, run_for


@pytest.mark.parametrize(("study", "path"), [
    ("ingest", "here/.cadet/ingest.db"),
    ("v1.2", "here/.cadet/v1.2.db"),
    ("ingest.db", "ingest.db"),
    ("there/ingest", "there/ingest"),
    ("./ingest.db", "ingest.db"),
    (Path("ingest"), "ingest"),
    ("sqlite:///there/ingest.db", "there/ingest.db"),
    ("sqlite:////there/ingest.db", "/there/ingest.db"),
])  # fmt: skip
def test_a_study_is_a_name_or_a_path(study: str | Path, path: str) -> None:
    assert locate(study, Path("here")) == Path(path)


def test_a_server_is_named_by_url_and_its_password_is_not_told() -> None:
    location = locate("postgresql+psycopg://ann:secret@db/fleet", Path())
    assert isinstance(location, URL)
    assert "secret" not in describe(location)
    assert "db/fleet" in describe(location)


@pytest.mark.parametrize(("study", "message"), [
    ("target.toml", "is a target file"),
    ("mysql://db/fleet", "not in mysql"),
    ("sqlite://", "needs a file"),
    ("://", "no database URL"),
    ("", "no name"),
    ("..", "no name"),
])  # fmt: skip
def test_what_is_no_study_is_refused(study: str, message: str) -> None:
    with pytest.raises(StudyError, match=message):
        locate(study, Path())


def test_a_server_without_driver_says_what_to_install() -> None:
    with pytest.raises(StudyError, match="pip install"):
        Store.open("postgresql+no_such_driver://db/fleet")


def test_the_studies_of_a_folder_are_listed_by_name(tmp_path: Path) -> None:
    assert studies(tmp_path) == []
    for name in ("b", "a"):
        create(tmp_path / ".cadet" / f"{name}.db").close()
    assert [path.stem for path in studies(tmp_path)] == ["a", "b"]


def test_fresh_keeps_the_old_study(tmp_path: Path) -> None:
    with create(tmp_path / "study.db") as store:
        store.record(run_for(planned(1)[0]))
    aside = fresh(tmp_path / "study.db")
    assert aside is not None
    assert not (tmp_path / "study.db").exists()
    with Store.open(aside) as old:
        assert old.runs() == [run_for(planned(1)[0])]
    with create(tmp_path / "study.db") as new:
        assert new.runs() == []


def test_fresh_where_nothing_is_does_nothing(tmp_path: Path) -> None:
    assert fresh(tmp_path / "study.db") is None
    assert list(tmp_path.iterdir()) == []


def test_fresh_twice_in_a_second_keeps_both(tmp_path: Path) -> None:
    asides = set()
    for _ in range(3):
        create(tmp_path / "study.db").close()
        asides.add(fresh(tmp_path / "study.db"))
    assert len(asides) == 3
    assert all(aside is not None and aside.exists() for aside in asides)


def test_fresh_takes_the_log_of_a_killed_writer_along(tmp_path: Path) -> None:
    script = ("import os, signal, sys; from tests.study.studies import *; s = create(Path(sys.argv[1]));"
              "s.record(run_for(planned(1)[0])); os.kill(os.getpid(), signal.SIGKILL)")  # fmt: skip
    killed = subprocess.run([sys.executable, "-c", script, str(tmp_path / "study.db")], cwd=Path(__file__).parents[2])
    assert killed.returncode == -signal.SIGKILL
    assert os.path.getsize(tmp_path / "study.db-wal") > 0  # noqa: PTH202
    aside = fresh(tmp_path / "study.db")
    assert aside is not None
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([aside.name, "study.db.lock"])
    with Store.open(aside) as old:
        assert old.runs() == [run_for(planned(1)[0])]


def test_fresh_moves_a_damaged_file_too(tmp_path: Path) -> None:
    (tmp_path / "study.db").write_text("damaged" * 1000)
    aside = fresh(tmp_path / "study.db")
    assert aside is not None
    assert aside.read_text() == "damaged" * 1000


def test_a_study_that_is_being_written_is_not_moved(tmp_path: Path) -> None:
    with create(tmp_path / "study.db"), pytest.raises(StudyError, match="is being written"):
        fresh(tmp_path / "study.db")
