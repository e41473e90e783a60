"""Run as `python -m tests.device.jetson.board.serve NAME [FOLDER …]` in a mount namespace of its own.

There the board's /sys, /etc and programs appear. Nothing outside the namespace changes; all of it is gone with the
last process in it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from .conf import nvpmodel_conf
from .fuse import Server
from .spec import BOARDS, Spec
from .state import Board
from .tree import build_tree

PROGRAMS = Path(__file__).parent / "programs"
READY = "ready"
_PR_SET_PDEATHSIG = 1


def main(name: str, folders: Sequence[str]) -> None:
    """Put the board up and answer until killed; `folders` get a writable layer, too."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # a board without its test is nobody's
    spec = BOARDS[name]
    _mount("tmpfs", "tmpfs", "/run")
    _own_etc(spec)
    for place in dict.fromkeys(("/usr/bin", "/usr/sbin", *folders)):
        _overlay(place)
    _programs()
    server = Server(build_tree(Board(spec)), Path("/sys"))
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    print(READY, flush=True)
    server.serve()


def _own_etc(spec: Spec) -> None:
    _overlay("/etc")
    Path("/etc/nv_tegra_release").write_text(spec.release + "\n")
    Path("/etc/nvpmodel.conf").write_text(nvpmodel_conf(spec))
    group = Path("/etc/group").read_text()
    Path("/etc/group").write_text(group + f"jtop:x:{os.getgid()}:\n")


def _programs() -> None:
    for name, place in (("nvpmodel", "/usr/sbin"), ("jetson_clocks", "/usr/bin")):
        program = Path(place) / name
        program.write_text(f"#!{sys.executable} -IS\n{(PROGRAMS / f'{name}.py').read_text()}")
        program.chmod(0o755)


def _overlay(place: str) -> None:
    """Lay a writable layer over `place`; what is written there stays in this namespace."""
    layers = Path("/run/layers") / place.strip("/").replace("/", "_")
    (layers / "upper").mkdir(parents=True)
    (layers / "work").mkdir()
    _mount("overlay", "overlay", place, f"lowerdir={place},upperdir={layers}/upper,workdir={layers}/work")


def _mount(kind: str, source: str, place: str, options: str = "") -> None:
    subprocess.run(["mount", "-t", kind, *(["-o", options] if options else []), source, place], check=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
