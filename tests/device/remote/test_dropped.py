"""A connection that drops: the board is restored, the study goes on where it was."""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from cadet.device.place import place_of
from cadet.device.remote.wire import SILENCE_S
from cadet.device.state import journal as pages
from cadet.device.target import load
from cadet.errors import DeviceNotRestored, Disconnected
from cadet.study import Study
from tests.device.remote.deployment import Deployment, deployed
from tests.device.remote.gone import network_to
from tests.device.remote.sshd import SshBoard
from tests.device.state.machine import await_that


class Killing:
    """A progress that kills the agent after some runs."""

    def __init__(self, board: SshBoard, after: int) -> None:
        self.board, self.after = board, after

    def __call__(self, stage: str, done: int, total: int, remark: str) -> None:
        if done == self.after:
            for agent in self.board.agents():
                os.kill(agent, signal.SIGKILL)


def test_the_same_command_continues_the_study(reached: SshBoard, tmp_path: Path) -> None:
    with deployed(tmp_path / "ours", reached.home / "target", reached.section()) as deployment:
        with Study.create(deployment.path) as study, pytest.raises(Disconnected, match="The same command continues"):
            study.measure(6, allow_system_writes=True, progress=Killing(reached, 5))
        assert not deployment.differences()
        with Study.create(deployment.path) as study:
            assert 0 < len(study.runs) < 14
            study.measure(6, allow_system_writes=True)
            assert Counter(run.slot for run in study.runs) == Counter(planned.slot for planned in study.store.planned())
            assert len(study.runs) == 14
            assert all(run.ok for run in study.runs)


def test_where_nobody_can_look_it_is_said_loudly(reached: SshBoard, tmp_path: Path) -> None:
    with deployed(tmp_path / "ours", reached.home / "target", reached.section()) as deployment:
        target = load(deployment.path)
        with (
            pytest.raises(DeviceNotRestored, match=r"cannot be seen.*Connection refused") as told,
            place_of(target).runner(target, allow_system_writes=True) as runs,
        ):
            runs.run(target.space.default)
            lose(reached)
            runs.run(target.space.default)
        assert "`cadet restore TARGET` looks" in str(told.value)
        assert await_that(lambda: restored(deployment, reached))  # and yet it was


def test_a_target_without_settings_leaves_nothing_to_look_for(reached: SshBoard, tmp_path: Path) -> None:
    with deployed(tmp_path / "ours", reached.home / "target", reached.section()) as deployment:
        lines = [line for line in deployment.path.read_text().splitlines() if not line.startswith("actuator")]
        deployment.path.write_text("\n".join(lines))
        (deployment.path.parent / "quick.py").write_text("def run(values):\n    return {'latency': 1.0}\n")
        target = load(deployment.path)
        with (
            pytest.raises(Disconnected, match="nothing was set on the board"),
            place_of(target).runner(target) as runs,
        ):
            lose(reached)
            runs.run(target.space.default)


@pytest.mark.slow
def test_a_network_that_falls_silent_is_noticed_on_both_sides(reached: SshBoard, tmp_path: Path) -> None:
    """Neither side is told: ssh asks the server in vain for 30 s, the agent hears no beat for 45 s."""
    with network_to(reached.port) as network, (reached.folder / "known_hosts").open("a") as known:
        known.write(f"[127.0.0.1]:{network.port} {(reached.folder / 'host_key.pub').read_text()}")
        known.flush()
        section = reached.section(port=network.port)
        with deployed(tmp_path / "ours", reached.home / "target", section) as deployment:
            target = load(deployment.path)
            with (
                pytest.raises(Disconnected, match=r"the board is as it was found\. The same command continues"),
                place_of(target).runner(target, allow_system_writes=True) as runs,
            ):
                assert runs.run(target.space.default).ok
                network.cut()
                runs.run(target.space.default)
            assert restored(deployment, reached)
            assert await_that(lambda: not reached.agents(), SILENCE_S)


def lose(board: SshBoard) -> None:
    """End the server and every connection, and let nobody in any more."""
    board.server.terminate()
    board.server.wait(20)
    for agent in board.agents():
        os.kill(agent, signal.SIGKILL)


def restored(deployment: Deployment, board: SshBoard) -> bool:
    return not deployment.differences() and not (board.state / pages.NAME).exists()
