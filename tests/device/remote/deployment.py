"""A deployment of a few milliseconds that a file, a program and, where allowed, the kernel set; here or on a board."""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from cadet.device.actuators import actuator
from cadet.errors import CadetError

FILE, NOTE = "threads = 7 # by hand\n", "as deployed"
_LOCK = Path("/tmp/cadet-tests-of-boards.lock")
_SYSCTL = "vm.page-cluster"  # of no consequence for a moment, and not among the knobs of the other tests
_VALUES = ("1", "2", "4")

_TARGET = """
cadet = 1
name = "quick"
{device}
[workload]
function = "quick:run"

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
{kernel}
[objectives.latency]
from = "output:latency"
unit = "s"
slo = 0.003
"""
_KERNEL = f"""
[options.dirty]
values = [{", ".join(f'"{value}"' for value in _VALUES)}]
default = "{_VALUES[0]}"
actuator = {{ sysctl = "{_SYSCTL}" }}
"""
_FUNCTION = """
import time

def run(values):
    time.sleep({seconds})
    assert open("server.conf").read() == "threads = %s\\n" % values["threads"]
    assert open("note").read() == values["note"]
    return {{"latency": values["a"] * 1e-3 * (1 + 0.01 * (time.perf_counter() % 1))}}
"""


@dataclass(frozen=True)
class Deployment:
    """A target file; `there`: the folder in which it runs, `kernel`: what the parameter was, None: left alone."""

    path: Path
    there: Path
    kernel: str | None

    def differences(self) -> dict[str, str | None]:
        """Return what is not as it was found; a file that has not been copied yet is as it was."""
        now = {name: _text(self.there / name) for name in ("server.conf", "note")}
        found: dict[str, str | None] = {"server.conf": FILE, "note": NOTE}
        changed = {name: text for name, text in now.items() if text not in (None, found[name])}
        if self.kernel is not None and _kernel() != self.kernel:
            changed["kernel"] = _kernel()
        return changed


def _text(path: Path) -> str | None:
    try:
        return path.read_text()
    except FileNotFoundError:
        return None


@contextmanager
def deployed(
    folder: Path, there: Path, device: str = "", *, seconds: float = 0.004, kernel: bool = False
) -> Iterator[Deployment]:
    """Write the target into `folder`. kernel: as root it also sets a kernel parameter, in turns with other tests."""
    settable = kernel and os.geteuid() == 0 and _kernel() is not None
    with _our_turn() if settable else nullcontext():
        found = _kernel() if settable else None
        folder.mkdir(exist_ok=True)
        for name, text in {
            "target.toml": _TARGET.format(device=device, python=sys.executable, kernel=_KERNEL if settable else ""),
            "quick.py": _FUNCTION.format(seconds=seconds),
            "server.conf": FILE,
            "server.conf.in": "threads = {threads}\n",
            "note": NOTE,
            "set.py": "import sys; open('note', 'w').write(sys.argv[1])",
            "get.py": "print(open('note').read())",
        }.items():
            (folder / name).write_text(text)
        try:
            yield Deployment(folder / "target.toml", there, found)
        finally:
            if found is not None and _kernel() != found:
                actuator("sysctl").write(_SYSCTL, found)


@contextmanager
def _our_turn() -> Iterator[None]:
    with _LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _kernel() -> str | None:
    try:
        return actuator("sysctl").read(_SYSCTL)
    except CadetError:
        return None
