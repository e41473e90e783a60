"""A program that sets a knob may outlive the session that started it: whoever restores waits for its end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cadet.device.actuators import programs
from cadet.device.actuators.command import address_of
from cadet.device.state.home import state_folder
from cadet.device.state.journal import NAME
from cadet.device.state.restore import restore_left_behind
from tests.device.state.machine import sentinel_of

SLOW_S = 1.5  # longer than anything that restores takes
SET = f"import sys, time; open('asked', 'w'); time.sleep({SLOW_S}); open('level', 'w').write(sys.argv[1])"
GET = "print(open('level').read())"
SESSION = """
import sys
from cadet.device.state import DeviceState
from cadet.device.target.setting import Setting
from cadet.protocols import Knob
with DeviceState([Setting(Knob("command", sys.argv[1]), ("level",))]) as state:
    state.apply({"level": "high"}, {"level"})
"""


@pytest.fixture
def session(tmp_path: Path) -> subprocess.Popen[bytes]:
    """A session whose program is about to set the level."""
    (tmp_path / "level").write_text("low")
    python = [sys.executable, "-I", "-S", "-c"]
    address = address_of([*python, SET, "{value}"], [*python, GET], str(tmp_path))
    started = subprocess.Popen([sys.executable, "-c", SESSION, address], stderr=subprocess.DEVNULL)
    while not (tmp_path / "asked").exists():
        assert started.poll() is None
        time.sleep(0.01)
    (tmp_path / "asked").unlink()
    return started


def test_a_killed_session_is_put_back_after_its_program_has_ended(
    session: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    session.kill()
    session.wait()
    while (state_folder() / NAME).exists():
        time.sleep(0.05)
    time.sleep(SLOW_S + 0.5)  # a write that nobody waited for would come now
    assert (tmp_path / "level").read_text() == "low"


def test_restoring_by_hand_waits_for_it_too(session: subprocess.Popen[bytes], tmp_path: Path) -> None:
    sentinel = sentinel_of(session)
    assert sentinel is not None
    os.kill(sentinel, signal.SIGKILL)
    session.kill()
    session.wait()
    left, differences = restore_left_behind()
    assert left is not None and not differences
    time.sleep(SLOW_S + 0.5)
    assert (tmp_path / "level").read_text() == "low"


def test_ctrl_c_does_not_leave_a_program_behind_that_sets_it_later(
    session: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    session.send_signal(signal.SIGINT)
    session.wait(30)
    assert (tmp_path / "level").read_text() == "low"
    assert not (state_folder() / NAME).exists()
    time.sleep(SLOW_S + 0.5)
    assert (tmp_path / "level").read_text() == "low"


def test_a_program_that_does_not_end_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    with programs.accounted_for(tmp_path):
        programs.run([sys.executable, "-I", "-S", "-c", "import os, time; os.fork() or time.sleep(1.0)"], timeout_s=20,
                     said="")  # fmt: skip
    assert programs.ended(tmp_path, 20.0)
    with programs.accounted_for(tmp_path):
        assert not programs.ended(tmp_path, 0.1)
    assert programs.ended(tmp_path, 0.0)
