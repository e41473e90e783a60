"""Put a simulated board up in a mount namespace of its own, look into it, and run programs on it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cadet.errors import CapabilityMissing, NotApplied

HERE = Path(__file__).resolve().parents[3]
DETECTOR = Path(__file__).parent / "board/programs/detector.py"
_READY_S = 15.0


class NoBoard(Exception):
    """This machine lets us have no mount namespace, or no file system of our own; the text says why."""


@dataclass(frozen=True)
class SimulatedBoard:
    """A board that is up. `root` shows its files to this process; `run` starts programs where they are `/`."""

    name: str
    pid: int

    @property
    def root(self) -> Path:
        """The board's file system as this process can reach it."""
        return Path(f"/proc/{self.pid}/root")

    def enter(self, argv: Sequence[str], wd: Path = HERE) -> list[str]:
        """Return the command that runs `argv` on the board."""
        return ["nsenter", "-t", str(self.pid), "-m", f"--wd={wd}", "--", *argv]

    def run(self, argv: Sequence[str], **options: object) -> subprocess.CompletedProcess[str]:
        """Run a program on the board to its end."""
        settings = {"capture_output": True, "text": True, "timeout": 120, "check": False, "stdin": subprocess.DEVNULL}
        return subprocess.run(self.enter(argv), **(settings | options))  # type: ignore[call-overload, no-any-return]

    def program(self, argv: Sequence[str]) -> str:
        """Run a program as the actuator does on a board."""
        done = self.run(argv)
        if done.returncode == 127:
            raise CapabilityMissing(done.stderr)
        if done.returncode or "ignoring request" in done.stdout:
            raise NotApplied(done.stdout + done.stderr)
        return done.stdout

    def detect(self, frames: int = 6) -> float:
        """Run the detector and return seconds per frame."""
        from json import loads

        return float(loads(self.run([sys.executable, str(DETECTOR), str(frames)]).stdout)["frame_s"])

    def read(self, path: str) -> str:
        """Return the text of a file on the board."""
        return (self.root / path).read_text().strip()

    def write(self, path: str, value: str) -> None:
        """Write a file on the board, as root with a shell would."""
        (self.root / path).write_text(value)

    def inject(self, *faults: str) -> None:
        """Make the board misbehave: chroot, no-clocks, ignore-gpu, ignore-cpu."""
        self.write("sys/kernel/simulation/faults", ",".join(faults) or ",")

    def snapshot(self) -> dict[str, str]:
        """Return every file that can be written and does not depend on the moment."""
        top = self.root / "sys"
        writable = sorted(p for p in top.rglob("*") if p.is_file() and p.stat().st_mode & 0o200)
        found = {str(path.relative_to(top)): _shown(path) for path in writable}
        if found["kernel/debug/bpmp/debug/clk/emc/mrq_rate_locked"] == "0":
            del found["kernel/debug/bpmp/debug/clk/emc/rate"]
        return found


def _shown(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError as error:  # the clock of a cluster that is offline
        return str(error.errno)


@contextmanager
def board_up(name: str, folders: Sequence[str] = ()) -> Iterator[SimulatedBoard]:
    """Put a board up for as long as the context lasts, `folders` writable on it alone; raises NoBoard."""
    if os.geteuid() != 0:
        raise NoBoard("mounting needs root; as another user: unshare -Ur pytest tests/device/jetson")
    argv = ["unshare", "-m", sys.executable, "-m", "tests.device.jetson.board.serve", name, *folders]
    try:
        process = subprocess.Popen(argv, cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    except FileNotFoundError as error:
        raise NoBoard(str(error)) from None
    try:
        assert process.stdout is not None and process.stderr is not None
        if process.stdout.readline().strip() != "ready":
            process.wait(_READY_S)
            raise NoBoard(f"{' '.join(argv[:2])}: {process.stderr.read().strip()[-300:]}")
        yield SimulatedBoard(name, process.pid)
    finally:
        process.kill()
        process.communicate()


def eventually(holds: Callable[[], bool], patience_s: float = 10.0) -> bool:
    """Tell whether something becomes true in time."""
    from time import monotonic, sleep

    end = monotonic() + patience_s
    while monotonic() < end:
        if holds():
            return True
        sleep(0.05)
    return False
