"""One host at a time: the second is told who has the board, and the board is free again however the first ends."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from cadet.device.place import place_of
from cadet.device.remote.presence import Presence
from cadet.device.target import load
from cadet.errors import MeasurementError
from tests.device.remote.deployment import deployed
from tests.device.remote.sshd import SshBoard
from tests.device.state.machine import await_that


def test_the_second_host_is_told_who_has_the_board(reached: SshBoard, tmp_path: Path) -> None:
    with deployed(tmp_path / "ours", reached.home / "target", reached.section()) as first:
        second = tmp_path / "theirs"
        second.mkdir()
        for file in first.path.parent.iterdir():
            (second / file.name).write_bytes(file.read_bytes())
        ours, theirs = load(first.path), load(second / "target.toml")
        with place_of(ours).runner(ours, allow_system_writes=True) as running:
            running.run(ours.space.default)
            found = first.differences()
            for ask in (
                lambda: place_of(theirs).runner(theirs, allow_system_writes=True).__enter__(),
                lambda: place_of(theirs).plan(theirs),
                lambda: place_of(theirs).current(theirs),
            ):
                with pytest.raises(MeasurementError, match=rf"in use by \S+@\S+ \(process {os.getpid()} there\)"):
                    ask()
            assert first.differences() == found  # and nothing of the session was touched
            assert running.run(ours.space.default).ok
        with place_of(theirs).runner(theirs, allow_system_writes=True) as running:
            assert running.run(theirs.space.default).ok
        assert not first.differences()


def test_a_session_on_the_board_itself_keeps_us_out(
    reached: SshBoard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with deployed(tmp_path / "ours", tmp_path / "ours") as local:
        here = load(local.path)
        monkeypatch.setenv("CADET_STATE_DIR", str(reached.state))
        monkeypatch.setenv("CADET_LOCK_DIR", str(reached.state.parent / "lock"))
        monkeypatch.setattr("cadet.device.state.transaction._LOCK_WAIT_S", 0.1)
        with place_of(here).runner(here, allow_system_writes=True):
            local.path.write_text(local.path.read_text().replace("[workload]", f"{reached.section()}\n[workload]"))
            there = load(local.path)
            with pytest.raises(MeasurementError, match=f"in use by process {os.getpid()}"):
                place_of(there).runner(there, allow_system_writes=True).__enter__()


def test_it_is_free_again_when_its_holder_was_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADET_LOCK_DIR", str(tmp_path))
    child = os.fork()
    if child == 0:
        Presence("a child").__enter__()
        signal.pause()
    assert await_that(lambda: "a child" in refusal())
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with Presence("we"):
        assert "in use by we" in refusal()
    assert refusal() == ""


def refusal() -> str:
    try:
        with Presence("somebody else", wait_s=0.0):
            return ""
    except MeasurementError as error:
        return str(error)
