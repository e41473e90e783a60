"""The knobs of this machine that tests may turn: harmless ones, one test at a time, compared before and after."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from cadet.device.actuators import actuator
from cadet.errors import CadetError
from cadet.protocols import Knob
from tests.device.processes import alive

_LOCK = Path("/tmp/cadet-tests-of-knobs.lock")
_IDLE = "loop7"  # a loop device without a file behind it: nobody reads or writes it

KNOBS: Mapping[str, tuple[Knob, tuple[str, ...]]] = {
    "sysctl": (Knob("sysctl", "vm.dirty_ratio"), ("15", "25", "35")),
    "hugepages": (Knob("hugepages", "defrag"), ("defer", "madvise", "never")),
    "sysfs": (Knob("sysfs", f"/sys/block/{_IDLE}/queue/read_ahead_kb"), ("64", "256")),
    "block": (Knob("block", f"{_IDLE}/scheduler"), ("mq-deadline", "bfq", "none")),
    "cgroup": (Knob("cgroup", "cpu.quota"), ("1", "2")),
    "cgroup_io": (Knob("cgroup", "io.write_iops"), ("5000", "max")),
    "cgroup_cpuset": (Knob("cgroup", "cpuset.cpus"), ("0", "0-1")),
    "cgroup_memory": (Knob("cgroup", "memory.limit"), ("2147483648", "max")),
}
WATCHED = (
    Knob("sysctl", "vm.dirty_ratio"), Knob("sysctl", "vm.dirty_bytes"), Knob("sysctl", "vm.min_free_kbytes"),
    Knob("hugepages", "defrag"),
    *(Knob("block", f"{_IDLE}/{name}") for name in ("scheduler", "nr_requests", "read_ahead_kb")),
    Knob("cgroup", "group/cpu"), Knob("cgroup", "group/io"), Knob("cgroup", "group/memory"),
    Knob("cgroup", "group/cpuset"),
)  # fmt: skip


@contextmanager
def our_turn() -> Iterator[None]:
    """Wait until no other test turns knobs of this machine."""
    with _LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@dataclass(frozen=True)
class Machine:
    """What may be turned here, and what was found; `folder` holds a target and a file that it renders."""

    folder: Path
    kinds: tuple[str, ...]
    found: Mapping[Knob, str | None]

    @classmethod
    @contextmanager
    def borrowed(cls, folder: Path) -> Iterator[Machine]:
        """Wait for our turn, skip where nothing may be turned, and put everything back in the end."""
        kinds = tuple(kind for kind, (knob, _) in KNOBS.items() if _settable(knob, folder))
        if os.geteuid() != 0 or not {"sysctl", "block", "cgroup"} <= set(kinds):
            pytest.skip(f"needs root and the knobs of a machine; can set here: {kinds or 'nothing'}")
        with our_turn():
            found = cls(folder, kinds, snapshot())
            try:
                yield found
            finally:
                changed = found.put_back()
            assert not changed, f"the test left the machine changed: {changed}"

    def unchanged(self) -> bool:
        return snapshot() == self.found

    def put_back(self) -> dict[Knob, str | None]:
        """Write back what a failed test left, and return what that was."""
        now = snapshot()
        changed = {knob: value for knob, value in now.items() if value != self.found[knob]}
        for knob in sorted(changed, key=lambda k: k.address.startswith("group/")):
            if (was := self.found[knob]) is not None:
                try:
                    actuator(knob.kind).write(knob.address, was)
                except CadetError as error:  # a twin of what is written next
                    print(error)
        assert snapshot() == self.found
        return changed

    def write_target(self, *, seconds: float = 0.004, extra: str = "", processes: bool = False) -> Path:
        """Write a target with every kind of knob that is here, and a workload of a few milliseconds.

        `processes`: the workload is a program that is started for every run, and with what belongs to a process.
        """
        options = "".join(_option(kind, *KNOBS[kind]) for kind in self.kinds)
        program = f'command = ["{sys.executable}", "-I", "-S", "quick.py", "{{a}}"]'
        workload = program if processes else 'function = "quick:run"'
        path = self.folder / "target.toml"
        options += _PROCESS if processes else ""
        path.write_text(_TARGET.format(python=sys.executable, options=options, workload=workload) + extra)
        (self.folder / "quick.py").write_text(_FUNCTION.format(seconds=seconds))
        (self.folder / "server.conf").write_text(FILE)
        (self.folder / "server.conf.in").write_text("threads = {threads}\n")
        (self.folder / "note").write_text(NOTE)
        (self.folder / "set.py").write_text("import sys; open('note', 'w').write(sys.argv[1])")
        (self.folder / "get.py").write_text("print(open('note').read())")
        return path

    def idle(self) -> bool:
        """Tell whether no program that was started in our folder is left, except tests."""
        return not any(_runs_in(entry, self.folder) for entry in Path("/proc").iterdir() if entry.name.isdigit())

    def files_unchanged(self) -> bool:
        return (self.folder / "server.conf").read_text() == FILE and (self.folder / "note").read_text() == NOTE


FILE, NOTE = "threads = 7 # by hand\n", "as deployed"


def snapshot() -> dict[Knob, str | None]:
    return {knob: actuator(knob.kind).read(knob.address) for knob in WATCHED}


def _runs_in(process: Path, folder: Path) -> bool:
    try:
        return (process / "cwd").readlink() == folder
    except OSError:  # it ended, or is a thread of the kernel
        return False


def _settable(knob: Knob, folder: Path) -> bool:
    address = f"{knob.address}@{folder}" if knob.address.startswith("io.") else knob.address
    try:
        actuator(knob.kind).read(address)
    except CadetError:
        return False
    return True


def _option(kind: str, knob: Knob, values: tuple[str, ...]) -> str:
    listed = ", ".join(f'"{value}"' for value in values)
    return (f'\n[options.{kind}]\nvalues = [{listed}]\ndefault = "{values[0]}"\n'
            f'actuator = {{ {knob.kind} = "{knob.address}" }}\n')  # fmt: skip


_TARGET = """
cadet = 1
name = "quick"

[workload]
{workload}

[run]
repeats = 2
warmup = 0
quiet = {{ max_other_cpu = 1.0, max_wait_s = 0 }}

[options.a]
values = [1, 2, 3, 4]
default = 4

[options.threads]
values = [1, 2, 4]
default = 1
actuator = {{ file = "server.conf" }}

[options.note]
values = ["fast", "slow"]
default = "slow"
actuator.command.set = ["{python}", "-I", "-S", "set.py", "{{value}}"]
actuator.command.get = ["{python}", "-I", "-S", "get.py"]
{options}
[objectives.latency]
from = "output:latency"
unit = "s"
slo = 0.003
"""
_FUNCTION = """
import json, sys, time

def run(values):
    time.sleep({seconds})
    return {{"latency": values["a"] * 1e-3}}

if __name__ == "__main__":
    print(json.dumps(run({{"a": int(sys.argv[1])}})))
"""
_PROCESS = """
[options.affinity]
values = ["0", "0-1"]
default = "0"
actuator = { process = "affinity" }

[options.nice]
values = [0, 5]
default = 5
actuator = { process = "nice" }

[options.scheduler]
values = ["other", "batch", "idle"]
default = "batch"
actuator = { process = "scheduler" }

[options.arena]
values = ["1", "4"]
default = "1"
actuator = { env = "MALLOC_ARENA_MAX" }
"""


# ── sessions on it ──────────────────────────────────────────────────────────────────────────────────────────────────


DEBUG = (sys.executable, "-m", "cadet", "debug", "target.toml", "--fresh", "--allow-system-writes")


@contextmanager
def session(machine: Machine, argv: Sequence[str] = DEBUG) -> Iterator[subprocess.Popen[bytes]]:
    """Run `cadet debug` in a process group of its own; it is ended with the block, politely at first."""
    with (machine.folder / "said").open("wb") as said:
        process = subprocess.Popen(
            list(argv), cwd=machine.folder, stdout=subprocess.DEVNULL, stderr=said, start_new_session=True
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        process.wait(60)


def await_writes(machine: Machine, process: subprocess.Popen[bytes]) -> None:
    """Wait until the session has changed the machine."""
    changed = await_that(lambda: not machine.unchanged() or process.poll() is not None)
    assert changed
    assert process.poll() is None, (machine.folder / "said").read_text()


def sentinel_of(process: subprocess.Popen[bytes]) -> int | None:
    """Return the number of the process that restores for this one."""
    for task in Path(f"/proc/{process.pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            if b"state.vigil" in Path(f"/proc/{child}/cmdline").read_bytes():
                return int(child)
    return None


def await_that(holds: object, within_s: float = 30.0) -> bool:
    """Wait until `holds()`, looking every few milliseconds; tell whether it came true."""
    assert callable(holds)
    deadline = time.monotonic() + within_s
    while not (true := holds()) and time.monotonic() < deadline:
        time.sleep(0.005)
    return bool(true)


def ended(pid: int) -> bool:
    return not alive(pid)
