"""Whatever dies, on this side, on that side or between them: the board is as it was found."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from cadet.device.state import journal as pages
from tests.device.remote.deployment import Deployment, deployed
from tests.device.remote.sshd import SshBoard
from tests.device.state.machine import await_that

DEBUG = (sys.executable, "-m", "cadet", "debug", "target.toml", "--fresh", "--allow-system-writes", "--initial", "8")
MODES = ("ssh", "host", "server", "agent", "watchdog first", "agent and watchdog")


@contextmanager
def session(deployment: Deployment) -> Iterator[subprocess.Popen[bytes]]:
    """Run `cadet debug` on this side, until the block ends."""
    with (deployment.path.parent / "said").open("wb") as said:
        process = subprocess.Popen(DEBUG, cwd=deployment.path.parent, stdout=subprocess.DEVNULL, stderr=said)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(90)


def said(deployment: Deployment) -> str:
    return (deployment.path.parent / "said").read_text()


def children(pid: int, word: bytes) -> list[int]:
    """Return the processes below `pid`, at any depth, whose command line holds `word`."""
    found: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                with suppress(OSError):
                    if word in Path(f"/proc/{child}/cmdline").read_bytes():
                        found.append(child)
                found += children(child, word)
    return found


def victims(mode: str, process: subprocess.Popen[bytes], board: SshBoard) -> list[int]:
    """Return what is to be killed, in that order; empty where it is not there yet, or not any more."""
    sentinels = [s for agent in board.agents() for s in children(agent, b"state.vigil")]
    return {
        "ssh": children(process.pid, b"cadet.device.remote.agent"),
        "host": [process.pid],
        "server": children(board.server.pid, b"sshd"),
        "agent": board.agents(),
        "watchdog first": [*sentinels, *board.agents()] if sentinels else [],
        "agent and watchdog": [*board.agents(), *sentinels] if sentinels else [],
    }[mode]


def kill(numbers: list[int]) -> None:
    for number in numbers:
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


def killed(deployment: Deployment, board: SshBoard, mode: str, rng: random.Random) -> bool:
    """Kill at a random moment, look whether the board comes back; tell whether a transaction was open then."""
    journal = board.state / pages.NAME
    with session(deployment) as process:
        if rng.random() < 0.9:  # the others may strike while it connects
            await_that(lambda: journal.exists() or process.poll() is not None)
        time.sleep(rng.uniform(0.0, 1.5))
        await_that(lambda: bool(victims(mode, process, board)) or process.poll() is not None)
        struck = journal.exists()
        kill(victims(mode, process, board))
        if mode == "host":
            process.wait(60)
        elif struck:
            assert process.wait(90) in (0, 3), said(deployment)  # 0: it had just ended
            if process.returncode == 3:
                assert "the board is as it was found" in said(deployment), said(deployment)
    came_back(deployment, board)
    return struck


def came_back(deployment: Deployment, board: SshBoard) -> None:
    assert await_that(lambda: not (board.state / pages.NAME).exists() and not board.agents()), said(deployment)
    assert not deployment.differences()
    assert "Traceback" not in said(deployment)


@pytest.mark.parametrize("mode", ["ssh", "agent and watchdog"])
def test_killed_once_the_board_is_as_it_was(reached: SshBoard, tmp_path: Path, mode: str) -> None:
    with deployed(
        tmp_path / "ours", reached.home / "target", reached.section(), seconds=0.05, kernel=True
    ) as deployment:
        with session(deployment) as process:
            await_that(lambda: process.poll() is not None or bool(deployment.differences()))
            assert process.poll() is None, said(deployment)
            kill(victims(mode, process, reached))
            assert process.wait(90) == 3, said(deployment)
            assert "the board is as it was found. The same command continues" in said(deployment)
        came_back(deployment, reached)


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_seventy_kills_at_random_moments_leave_nothing_behind(reached: SshBoard, tmp_path: Path, mode: str) -> None:
    rng, times = random.Random(mode), 12
    with deployed(tmp_path / "ours", reached.home / "target", reached.section(), kernel=True) as deployment:
        struck = sum(killed(deployment, reached, mode, rng) for _ in range(times))
        print(f"{mode}: {times} kills, {struck} of them within a transaction")
        assert struck >= times // 2


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_stopped_politely_the_board_is_restored_before_we_end(
    reached: SshBoard, tmp_path: Path, number: signal.Signals
) -> None:
    with deployed(
        tmp_path / "ours", reached.home / "target", reached.section(), seconds=0.3, kernel=True
    ) as deployment:
        with session(deployment) as process:
            await_that(lambda: process.poll() is not None or bool(deployment.differences()))
            process.send_signal(number)
            assert process.wait(60) == 130, said(deployment)
        assert not deployment.differences()  # at once: it waited for that
        came_back(deployment, reached)
