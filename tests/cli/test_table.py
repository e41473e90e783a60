"""A study of a recorded device belongs to its table: a moved one is the same, a changed one is another."""

from __future__ import annotations

from pathlib import Path

import pytest

from cadet.errors import StudyError, TableError
from cadet.study import Asked, Study, last_diagnosis, story_of
from tests.cli.conftest import RECORDED, Cadet


@pytest.fixture
def measured(board: Path) -> Path:
    with Study.create(board) as study:
        study.measure(8).diagnose()
    return board


def change(board: Path) -> None:
    table = board.parent / "recorded.csv"
    table.write_text(table.read_text().replace("8.0", "8.5"))


def test_a_changed_table_is_refused_with_the_way_out(measured: Path) -> None:
    change(measured)
    with pytest.raises(StudyError) as refused:
        Study.create(measured)
    for part in ("workload.replay: the table changed", "--fresh"):
        assert part in str(refused.value)
    Study.create(measured, fresh=True).store.close()


def test_every_difference_is_named_beside_the_table(measured: Path) -> None:
    change(measured)
    measured.write_text(RECORDED.replace('unit = "s"', 'unit = "ms"'))
    with pytest.raises(StudyError, match=r"(?s)objectives\.latency\.unit.*workload\.replay: the table changed"):
        Study.create(measured)


def test_a_changed_table_changes_the_digest(board: Path) -> None:
    with Study.create(board) as study:
        before = study.target.digest
    change(board)
    with Study.create(board) as study:  # nothing was measured yet, so nothing is mixed
        assert study.target.digest != before


def test_a_moved_table_is_the_same(measured: Path) -> None:
    (measured.parent / "recorded.csv").rename(measured.parent / "moved.csv")
    measured.write_text(RECORDED.replace("recorded.csv", "moved.csv"))
    with Study.create(measured) as study:
        runs = len(study.runs)
        assert len(study.measure(8).runs) == runs
    with Study.open("board", measured.parent) as study:
        study.diagnose(Asked(fault="worst"))


@pytest.mark.parametrize("lose", [lambda table: table.unlink(), lambda table: table.write_text("cores\n1\n")])
def test_a_study_without_its_table_can_still_be_told(measured: Path, cadet: Cadet, lose: object) -> None:
    lose(measured.parent / "recorded.csv")  # type: ignore[operator]
    with Study.open("board", measured.parent) as study:
        assert story_of(study, last_diagnosis(study)).runs
    for command in (("study", "show", "board"), ("report", "board", "-o", "r.html"), ("learn", "board"),
                    ("study", "export", "board", "out.csv")):  # fmt: skip
        assert cadet(*command).code == 0, command
    for command in (("diagnose", "board"), ("fix", "board", "--apply"), ("measure", measured)):
        ended = cadet(*command)
        assert ended.code == 2, ended
        assert "recorded.csv" in ended.err


def test_a_changed_table_is_not_asked_through_an_opened_study(measured: Path) -> None:
    change(measured)
    with Study.open("board", measured.parent) as study:
        runs = len(study.runs)
        assert story_of(study, last_diagnosis(study)).runs
        with pytest.raises(TableError, match="is not the table that was measured"):
            study.debug()
        assert len(study.runs) == runs
