"""Set a Jetson board through its sysfs: power mode, held clocks, clock limits, memory clock, cores.

Addresses: `nvpmodel`, `jetson_clocks`, `cpu/POLICY/min_hz`, `cpu/POLICY/max_hz`, `gpu/min_hz`, `gpu/max_hz`, `emc/hz`
(a rate at which memory is held, or auto), `emc/cap_hz` (0: none), `cpu/CORE/online`, `cpu/CORE/idle/STATE` (1: not
used), `fan/pwm`. A policy has the number of its first core. Declare the options in this order, too: a power mode
rewrites all clocks, and holding the clocks their minima.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from cadet.device.actuators.jetson_board import Board
from cadet.device.actuators.jetson_mode import HELD, HeldClocks, PowerMode, Program, run_program
from cadet.errors import CapabilityMissing, NotApplied, Refused
from cadet.protocols import Knob

MODE, CLOCKS = "nvpmodel", "jetson_clocks"
ALLOW_FAN = "CADET_ALLOW_FAN"  # =1 in the environment: somebody watches the temperature
_NUMBER = r"(0|[1-9]\d{0,2})"


class Setting(Protocol):
    """What one address stands for."""

    def read(self) -> str:
        """Return the present value."""
        ...

    def write(self, value: str) -> None:
        """Ask for a value; raises NotApplied."""
        ...

    def available(self) -> tuple[str, ...]:
        """Return what the board offers."""
        ...

    def same(self, asked: str, shown: str) -> bool:
        """Tell whether both are one value."""
        ...


class Jetson:
    """The actuator `jetson`. `root` and `program` are `/` and the board's own programs, except in tests."""

    kind = "jetson"
    volatile = False  # nvpmodel remembers the mode across a reboot

    def __init__(self, root: Path = Path("/"), program: Program = run_program) -> None:
        self._board, self._program = Board(root), program

    def check(self, address: str) -> None:
        """Return for an address of this language; raises Refused, also for the first core and for the fan."""
        self._found(address)
        if address == "cpu/0/online":
            raise Refused(f"{address} is never set: the first core stays online")
        if address == "fan/pwm" and os.environ.get(ALLOW_FAN) != "1":
            raise Refused(f"{address} is not set: a board without its fan overheats; {ALLOW_FAN}=1 allows it")

    def system(self, address: str) -> bool:
        """Return True: every process on the board feels it."""
        return True

    def read(self, address: str) -> str | None:
        """Return the present value; raises CapabilityMissing."""
        return self._setting(address).read()

    def write(self, address: str, value: str) -> None:
        """Ask for a value; raises NotApplied with the reason of the kernel or of the program.

        While the clocks are held, a new maximum is a new clock at which they are held.
        """
        self.check(address)
        try:
            held = address.endswith("/max_hz") and self.read(CLOCKS) == HELD
            self._setting(address).write(value)
            if held:
                self._setting(address.replace("max_hz", "min_hz")).write(value)
        except CapabilityMissing as missing:
            raise NotApplied(f"asked {address} = {value}: {missing}") from None

    def reset(self, address: str) -> None:
        """Raise NotApplied: everything here has a value to write back."""
        raise NotApplied(f"jetson {address} is restored by its value")

    def twins(self, address: str) -> Sequence[Knob]:
        """Return what changes with it: all clocks and cores with the power mode, the minimum with the maximum."""
        return tuple(Knob(self.kind, other) for other in dict.fromkeys(self._moved(address)) if other != address)

    def available(self, address: str) -> Sequence[str]:
        """Return frequencies, modes or switch positions that the board offers."""
        return self._setting(address).available()

    def same(self, address: str, asked: str, shown: str) -> bool:
        """Tell whether `shown` is how the board spells or rounds `asked`."""
        return self._setting(address).same(asked, shown)

    def _moved(self, address: str) -> Iterator[str]:
        """Yield what a write moves. Restored in reverse: cores come back before the clock of their cluster answers."""
        if address == MODE:
            yield "emc/cap_hz"
        if address in (MODE, CLOCKS):
            yield from ("emc/hz", "gpu/min_hz", "gpu/max_hz")
            yield from (f"cpu/{policy}/{end}_hz" for policy in self._board.policies() for end in ("min", "max"))
        if address == MODE:
            yield from (f"cpu/{core}/online" for core in self._board.cores())
            yield CLOCKS  # held ones are free in part afterwards
        if address == CLOCKS:
            yield from (f"cpu/{core}/idle/{state}" for core, state in self._board.idle_states())
        if address.endswith(("/min_hz", "/max_hz")):  # each end pushes the other out of its way
            yield address[:-6] + ("max_hz" if address.endswith("min_hz") else "min_hz")

    def _setting(self, address: str) -> Setting:
        make, words = self._found(address)
        return make(*words)

    def _found(self, address: str) -> tuple[Callable[..., Setting], tuple[str, ...]]:
        for pattern, make in self._language().items():
            match = re.fullmatch(pattern, address, re.ASCII)
            if match is not None:
                return make, match.groups()
        raise Refused(f"jetson: {address!r} is no address; known: nvpmodel, jetson_clocks, cpu/0/max_hz, cpu/1/online, "
                      "gpu/max_hz, emc/hz, emc/cap_hz, fan/pwm")  # fmt: skip

    def _language(self) -> Mapping[str, Callable[..., Setting]]:
        board = self._board
        return {
            MODE: lambda: PowerMode(board, self._program),
            CLOCKS: lambda: HeldClocks(board, self._program),
            rf"cpu/{_NUMBER}/(min|max)_hz": board.cpu_limit,
            r"gpu/(min|max)_hz": board.gpu_limit,
            r"emc/hz": board.memory,
            r"emc/cap_hz": board.memory_cap,
            rf"cpu/{_NUMBER}/online": board.core_switch,
            rf"cpu/{_NUMBER}/idle/{_NUMBER}": board.idle_switch,
            r"fan/pwm": board.fan,
        }
