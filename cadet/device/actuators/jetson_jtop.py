"""Set the power mode and the held clocks of a Jetson board through the service of jetson-stats (jtop).

The alternative to the actuator `jetson`, for boards where the user may talk to that service but is not root. The
library is never imported here: it is AGPL-3, and importing it changes how this process would start others.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from cadet.device.actuators import programs
from cadet.device.actuators.jetson import CLOCKS, MODE, Jetson
from cadet.device.actuators.jetson_mode import FREE, HELD, switched
from cadet.errors import CapabilityMissing, NotApplied, Refused
from cadet.protocols import Knob

INTERPRETER = "CADET_JTOP_PYTHON"
_SCRIPT = Path(__file__).with_name("jetson_jtop_process.py")
_SERVICE = Path("/run/jtop.sock")
_PATIENCE_S = 30.0
_HAS = "import importlib.util, sys; sys.exit(importlib.util.find_spec('jtop') is None)"


def interpreter() -> str:
    """Return the Python that has jetson-stats: the one named in CADET_JTOP_PYTHON, ours, or the system's."""
    return _interpreter(os.environ.get(INTERPRETER))


@cache
def _interpreter(named: str | None) -> str:
    looked = [named] if named else [sys.executable, "/usr/bin/python3"]
    for python in filter(_has_library, looked):
        return python
    raise CapabilityMissing(f"no jetson-stats: looked in {', '.join(looked)}", remedy="pip install 'cadet[jetson]', or "
                            f"name the interpreter that has it in {INTERPRETER}")  # fmt: skip


def _has_library(python: str) -> bool:
    try:
        return subprocess.run([python, "-Ic", _HAS], capture_output=True, check=False).returncode == 0
    except OSError:  # no such interpreter
        return False


def script() -> tuple[str, ...]:
    """Return the command of the process that talks to jetson-stats; raises CapabilityMissing."""
    return interpreter(), "-I", str(_SCRIPT)  # isolated: the modules beside the script are not for it


def ask(command: Sequence[str], request: Mapping[str, object]) -> Any:
    """Return the answer of jetson-stats; raises CapabilityMissing when nobody answers, NotApplied with its reason.

    The process ends with the answer: while a client is connected, the service looks at the board several times a
    second, which costs the board time that would be measured.
    """
    try:
        done = programs.run(command, timeout_s=_PATIENCE_S, said=json.dumps(request))
    except subprocess.TimeoutExpired:
        raise CapabilityMissing(f"jetson-stats gave no answer within {_PATIENCE_S:g} s") from None
    if not done.stdout:
        raise CapabilityMissing(f"the process that talks to jetson-stats ended: {done.stderr.strip()[-200:]}")
    answer = json.loads(done.stdout)
    if "missing" in answer:
        raise CapabilityMissing(f"jetson-stats: {answer['missing']}")
    if "error" in answer:
        raise NotApplied(f"jetson-stats: {answer['error']}")
    return answer["ok"]


class Jtop:
    """The actuator `jtop`: the addresses `nvpmodel` and `jetson_clocks`; what they move is the actuator `jetson`'s."""

    kind = "jtop"
    volatile = False

    def __init__(
        self, board: Jetson | None = None, command: Callable[[], Sequence[str]] = script, service: Path = _SERVICE
    ) -> None:
        self._board, self._command, self._service = board or Jetson(), command, service

    def check(self, address: str) -> None:
        """Raise Refused for anything else."""
        if address not in (MODE, CLOCKS):
            raise Refused(f"jtop: {address!r} is no address; it sets {MODE} and {CLOCKS}, and the actuator 'jetson' "
                          "sets clocks and cores")  # fmt: skip

    def system(self, address: str) -> bool:
        """Return True: every process on the board feels it."""
        return True

    def read(self, address: str) -> str:
        """Return what the board shows; where that needs root, what the service reports; raises CapabilityMissing."""
        self.check(address)
        self._require_service()
        try:
            return str(self._board.read(address))
        except CapabilityMissing:
            return self._reported(address)

    def write(self, address: str, value: str) -> None:
        """Ask the service and wait until it has happened; raises NotApplied with what the board shows instead."""
        self.check(address)
        try:
            self._ask({"set": address, "to": _wanted(value) if address == CLOCKS else value})
        except CapabilityMissing as missing:
            raise NotApplied(f"asked {address} = {value}: {missing}") from None

    def reset(self, address: str) -> None:
        """Raise NotApplied: both have a value to write back."""
        raise NotApplied(f"jtop {address} is restored by its value")

    def twins(self, address: str) -> Sequence[Knob]:
        """Return the clocks and cores that change with it."""
        self.check(address)
        moved = {knob.address: knob for which in (CLOCKS, address) for knob in self._board.twins(which)}
        return tuple(moved.values())  # a mode is changed with free clocks, which are held again afterwards

    def available(self, address: str) -> Sequence[str]:
        """Return the modes that need no reboot, or on and off."""
        self.check(address)
        return self._board.available(address)

    def same(self, address: str, asked: str, shown: str) -> bool:
        """Tell whether both say the same."""
        self.check(address)
        return self._board.same(address, asked, shown)

    def _require_service(self) -> None:
        """Raise CapabilityMissing, also where the board itself would answer: it is the service that is asked for."""
        self._command()
        if not self._service.exists():
            raise CapabilityMissing(f"the service of jetson-stats does not run: no {self._service}",
                                    remedy="sudo systemctl start jtop, or sudo jtop --install-service")  # fmt: skip

    def _reported(self, address: str) -> str:
        try:
            state = self._ask({"ask": "state"})
        except NotApplied as failed:
            raise CapabilityMissing(str(failed)) from None
        return str(state[MODE]) if address == MODE else HELD if state[CLOCKS] else FREE

    def _ask(self, request: Mapping[str, object]) -> Any:
        return ask(self._command(), request)


def _wanted(value: str) -> bool:
    if switched(value) not in (HELD, FREE):
        raise NotApplied(f"{CLOCKS} is {HELD} or {FREE}, not {value!r}")
    return switched(value) == HELD
