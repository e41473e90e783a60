"""One writer at a time; whoever comes second learns who is first. Readers are never in the way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cadet.errors import StudyError
from cadet.study.store import Store
from tests.study.studies import create, planned, run_for

HOLDER = """
import sys
from cadet.study.store import Store
with Store.open(sys.argv[1], writer=True) as store:
    print("holding", flush=True)
    sys.stdin.read()
"""


def holder(path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "holding\n"
    return process


def test_a_second_writer_is_refused_and_told_who_writes(tmp_path: Path) -> None:
    create(tmp_path / "study.db").close()
    with holder(tmp_path / "study.db") as first:
        with pytest.raises(StudyError, match=rf"study study is being written by process {first.pid} \(.*python"):
            Store.open(tmp_path / "study.db", writer=True)
        with Store.open(tmp_path / "study.db") as reader:
            assert reader.runs() == []
            with pytest.raises(StudyError, match=f"process {first.pid}"):
                reader.record(run_for(planned(1)[0]))
            reader.save_result("graph", {"edges": []})
        first.communicate("")
    Store.open(tmp_path / "study.db", writer=True).close()


def test_the_lock_of_a_killed_writer_is_free(tmp_path: Path) -> None:
    create(tmp_path / "study.db").close()
    with holder(tmp_path / "study.db") as first:
        first.kill()
        first.communicate()
    with Store.open(tmp_path / "study.db", writer=True) as store:
        store.record(run_for(planned(1)[0]))


def test_two_stores_of_one_process_are_two_writers(tmp_path: Path) -> None:
    with create(tmp_path / "study.db"):
        with pytest.raises(StudyError, match=f"process {os.getpid()}"):
            Store.open(tmp_path / "study.db", writer=True)
        with pytest.raises(StudyError, match="being written"):
            create(tmp_path / "study.db")


def test_children_do_not_inherit_the_lock(tmp_path: Path) -> None:
    with create(tmp_path / "study.db"):
        child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    with child:
        Store.open(tmp_path / "study.db", writer=True).close()
        child.communicate(b"")


def test_the_second_writer_continues_where_the_first_stopped(tmp_path: Path) -> None:
    late = Store.open(create_closed(tmp_path / "study.db"))
    with Store.open(tmp_path / "study.db", writer=True) as first:
        first.plan(planned(3))
        first.record(run_for(planned(1)[0]))
    with late:
        late.record(run_for(planned(2)[1]))
        assert late.runs() == [run_for(slot) for slot in planned(2)]


def create_closed(path: Path) -> Path:
    create(path).close()
    return path
