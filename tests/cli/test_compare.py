"""`cadet compare`: what it says, what it writes, how it exits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cadet.study import Study
from tests.cli.conftest import Cadet


@pytest.fixture
def twice(board: Path) -> tuple[Path, Path]:
    """One recorded board, and the same with everything after its memory three times as slow."""
    table = (board.parent / "recorded.csv").read_text().splitlines()
    slower = [table[0], *(_slower(line) for line in table[1:])]
    (board.parent / "upgraded.csv").write_text("\n".join(slower) + "\n")
    other = board.with_name("upgraded.toml")
    other.write_text(board.read_text().replace('"board"', '"upgraded"').replace("recorded.csv", "upgraded.csv"))
    for path in (board, other):
        with Study.create(path) as study:
            study.measure(18)
    return board, other


def _slower(line: str) -> str:
    *settings, latency = line.split(",")
    return ",".join([*settings, str(3 * float(latency))])


def test_what_changed_is_told_in_every_format(twice: tuple[Path, Path], cadet: Cadet) -> None:
    told = cadet("compare", "board", "upgraded", "--json", "changed.json")
    assert told.code == 0
    assert "changed" in told.out
    written = json.loads(Path("changed.json").read_text())
    shown = cadet("compare", "board", "upgraded", "--format", "json")
    assert json.loads(shown.out) == written
    assert written["schema"] == "cadet.comparison/1"
    assert written["changed"] is True
    (overall,) = written["overall"]
    assert overall["shift"]["estimate"] == pytest.approx(3.0, rel=0.05)
    assert cadet("compare", "board", "upgraded", "--format", "markdown").out.startswith("# What changed")


def test_the_exit_code_tells_of_a_change_only_when_asked(twice: tuple[Path, Path], cadet: Cadet) -> None:
    assert cadet("compare", "board", "upgraded", "--exit-code").code == 1
    same = cadet("compare", "board", "board", "--exit-code")
    assert same.code == 0
    assert "No change was detected" in same.out


def test_too_few_measurements_are_inconclusive(board: Path, cadet: Cadet) -> None:
    with Study.create(board) as study:
        study.measure(4)
    few = cadet("compare", "board", "board")
    assert few.code == 4
    assert "Nothing could be compared" in few.out


def test_a_study_without_measurements_is_named(board: Path, cadet: Cadet) -> None:
    Study.create(board).store.close()
    refused = cadet("compare", "board", "board")
    assert refused.code == 2
    assert "has no measurements yet" in refused.err
