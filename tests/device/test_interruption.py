"""Ctrl-C, SIGTERM and SIGKILL: cleanup runs where it can, and nothing that we started survives us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from cadet.device.interruption import terminable, uninterrupted
from cadet.errors import Interrupted
from tests.device.processes import alive, dies

PROGRAM = """
import sys
from pathlib import Path
from cadet.device.runner import Runner
from cadet.device.target import from_document

folder = Path(sys.argv[1])
sleeper = "import os, subprocess, time; p = subprocess.Popen(['sleep', '100']); " \\
    "open('pids', 'w').write(f'{{os.getpid()}} {{p.pid}} '); time.sleep(100)"
workload = {
    "command": {"command": [sys.executable, "-I", "-S", "-c", sleeper, "{pace}"]},
    "function": {"function": "deployment:run"},
}[sys.argv[2]]
(folder / "deployment.py").write_text(
    "def run(c):\\n    " + sleeper.replace("{{", "{").replace("}}", "}")
)
target = from_document({
    "cadet": 1, "name": "x", "workload": {**workload, "cleanup": [["touch", "cleaned"]]},
    "run": {"warmup": 0, "quiet": {"max_wait_s": 0}},
    "options": {"pace": {"values": [1, 2], "default": 1}},
    "objectives": {"latency": {"from": "wall"}},
}, folder)
with Runner(target) as runner:
    runner.run(target.space.default)
"""


def started(folder: Path, kind: str) -> tuple[subprocess.Popen[bytes], list[int]]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder), kind], stderr=subprocess.PIPE, start_new_session=True
    )
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        pids = (folder / "pids").read_text().split() if (folder / "pids").exists() else []
        if len(pids) == 2:
            return process, [int(pid) for pid in pids]
        time.sleep(0.01)
    process.kill()
    raise AssertionError(process.communicate()[1])


@pytest.mark.parametrize("kind", ["command", "function"])
@pytest.mark.parametrize(("number", "error"), [(signal.SIGTERM, b"Interrupted"), (signal.SIGINT, b"KeyboardInterrupt")])
def test_stopped_politely_it_cleans_up_and_leaves_nothing(
    tmp_path: Path, kind: str, number: signal.Signals, error: bytes
) -> None:
    process, pids = started(tmp_path, kind)
    assert all(map(alive, pids))
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert error in said
    assert all(dies(pid) for pid in pids)
    assert (tmp_path / "cleaned").exists()


@pytest.mark.parametrize("kind", ["command", "function"])
def test_killed_it_leaves_nothing_alive(tmp_path: Path, kind: str) -> None:
    process, pids = started(tmp_path, kind)
    process.kill()
    process.communicate(timeout=30)
    assert all(dies(pid) for pid in pids)


def test_sigterm_is_an_exception_only_inside() -> None:
    with pytest.raises(Interrupted), terminable():
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(1)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_the_handler_of_somebody_else_stays() -> None:
    calls: list[int] = []
    previous = signal.signal(signal.SIGTERM, lambda number, frame: calls.append(number))
    try:
        with terminable():
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.01)
    finally:
        signal.signal(signal.SIGTERM, previous)
    assert calls == [signal.SIGTERM]


MANY = """
import sys
from pathlib import Path
from cadet.device.runner import Runner
from cadet.device.target import from_document

target = from_document({
    "cadet": 1, "name": "x", "workload": {"command": ["sleep", "{pace}"], "timeout_s": 0.02},
    "run": {"warmup": 0, "quiet": {"max_wait_s": 0}},
    "options": {"pace": {"values": [float(sys.argv[1]), 999], "default": float(sys.argv[1])}},
    "objectives": {"latency": {"from": "wall"}},
}, Path())
with Runner(target) as runner:
    print(flush=True)
    while True:
        runner.run(target.space.default)
"""


def sleeping(seconds: float) -> list[int]:
    """The processes `sleep SECONDS` that are alive."""
    wanted = f"sleep\0{seconds}\0".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if command == wanted:
            found.append(int(process.name))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_at_no_moment_does_a_program_survive_us(number: signal.Signals) -> None:
    rng = np.random.default_rng(number)
    seconds = 600 + number + os.getpid() / 2**23  # a duration of our own, to tell these programs from all others
    for _ in range(15):
        process = subprocess.Popen(
            [sys.executable, "-c", MANY, str(seconds)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(rng.uniform(0, 0.2))
        process.send_signal(number)
        process.communicate(timeout=30)
        assert all(dies(pid) for pid in sleeping(seconds))


def test_a_signal_during_a_start_strikes_after_it() -> None:
    reached = False
    with pytest.raises(KeyboardInterrupt), uninterrupted():
        signal.raise_signal(signal.SIGINT)
        reached = True
    assert reached
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
