"""The demo is ready after one call, keeps its input, and never asks for less durability than was deployed."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from cadet.demo import ingest, telemetry
from cadet.demo.prepare import FEWEST_ROWS, MOST_ROWS, candidates, clean, deployed, document, prepare
from cadet.device.target import from_document, load
from cadet.model.space import Space


def test_prepare_writes_a_valid_target_and_its_input(disk: Path) -> None:
    demo = prepare(disk)
    target = load(demo.target_path)
    assert demo.directory == disk
    assert target.space.configuration(demo.fault) == target.space.default
    assert FEWEST_ROWS <= len(telemetry.read(disk / ingest.INPUT)) <= MOST_ROWS
    assert str(disk) in demo.note


def test_prepare_again_keeps_the_input_and_clears_what_a_killed_run_left(disk: Path) -> None:
    prepare(disk)
    telemetry.write(disk / ingest.INPUT, 77)
    (disk / "run-killed").mkdir()
    (disk / "run-killed" / "readings.db").touch()
    assert "77 readings" in prepare(disk).note
    assert not (disk / "run-killed").exists()


def test_clean_touches_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "mine.db").touch()
    clean(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.db"]


def test_the_directory_that_was_asked_for_comes_first(tmp_path: Path) -> None:
    assert next(candidates(tmp_path)) == tmp_path
    assert len(list(candidates(None))) == len(list(candidates(tmp_path))) - 1


@pytest.fixture(scope="module")
def space() -> Space:
    return from_document(document(), Path()).space


def test_there_are_at_least_twelve_options(space: Space) -> None:
    assert len(space.options) >= 12


def test_the_deployed_configuration_needs_no_consent(space: Space) -> None:
    assert space.permits(space.configuration(deployed()), frozenset())


def durable(journal: str, synchronous: str, locking: str) -> bool:
    """Whether a commit that was acknowledged survives a power loss, from SQLite's documentation of its pragmas."""
    if journal in ("off", "memory") or synchronous in ("off", "normal"):
        return False
    if journal == "delete" and locking == "normal":
        return synchronous == "extra"  # only then is the directory synced after the journal was unlinked
    return True  # wal syncs the log, truncate and persist the emptied journal; exclusive locking persists it too


def test_whatever_is_less_durable_than_the_deployment_needs_consent(space: Space) -> None:
    names = ("journal_mode", "synchronous", "locking_mode")
    for values in itertools.product(*(space.by_name[name].levels for name in names)):
        changed = space.change(space.default, dict(zip(names, values, strict=True)))
        assert ("durability" not in space.consent(changed)) == durable(*values), values
