"""The power mode and the held clocks of a Jetson board, through NVIDIA's programs `nvpmodel` and `jetson_clocks`."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cadet.device.actuators import programs
from cadet.device.actuators.jetson_board import Board
from cadet.device.actuators.jetson_clock import AUTO
from cadet.device.actuators.pseudofile import read_text, write_text
from cadet.errors import CapabilityMissing, NotApplied

Program = Callable[[Sequence[str]], str]
"""Runs a program and returns what it says; raises CapabilityMissing (not there) and NotApplied (it failed)."""

_PATIENCE_S = 10.0
_MODE = re.compile(r"<\s*POWER_MODEL\s+ID=(\d+)\s+NAME=(\w+)\s*>")
_MASK = re.compile(r"TPC_POWER_GATING\s+TPC_PG_MASK\s+(\w+)")
_CLOCK = re.compile(r"<\s*PARAM\s+TYPE=CLOCK\s+NAME=(\w+)\s*>")
_MINIMUM_FILE = re.compile(r"^MIN_FREQ\s+(/\S+)$", re.MULTILINE)
_MINIMUM = re.compile(r"^(\w+)\s+MIN_FREQ\s+(\d+)$", re.MULTILINE)
_NOW = re.compile(r"NV Power Mode: (\w+)")
_REFUSALS = ("ERROR", "ignoring request")
HELD, FREE, PARTLY = "on", "off", "partly"


def run_program(argv: Sequence[str]) -> str:
    """Run a program that asks nobody anything, and return what it printed."""
    try:
        done = programs.run(argv, timeout_s=_PATIENCE_S)
    except FileNotFoundError:
        raise CapabilityMissing(f"no program {argv[0]}", remedy="it comes with NVIDIA's Jetson Linux") from None
    except PermissionError as error:
        raise CapabilityMissing(f"cannot run {argv[0]}: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise NotApplied(f"{' '.join(argv)} did not end within {_PATIENCE_S:g} s") from None
    said = (done.stdout + done.stderr).strip()
    if done.returncode or any(word in said for word in _REFUSALS):
        raise NotApplied(f"{' '.join(argv)}: {said or f'exit code {done.returncode}'}")
    return said


@dataclass(frozen=True)
class PowerMode:
    """The mode of `nvpmodel`, by name; writing takes the number as well."""

    board: Board
    program: Program

    def read(self) -> str:
        """Return the name of the present mode."""
        try:
            said = self.program(["nvpmodel", "-q"])
        except NotApplied as failed:
            raise CapabilityMissing(str(failed)) from None
        match = _NOW.search(said)
        if match is None:
            raise CapabilityMissing(f"nvpmodel -q names no power mode: {said!r}")
        return match[1]

    def write(self, value: str) -> None:
        """Change the mode; never one that needs a reboot, whose question nobody answers."""
        modes = self._modes()
        number = self._number(modes, value)
        if number is None:
            known = ", ".join(name for name, _ in modes.values())
            raise NotApplied(f"the board has no power mode {value!r}; it has {known}")
        name, mask = modes[number]
        if mask != self._mask(modes):
            raise NotApplied(f"power mode {name} gates other parts of the GPU, which needs a reboot; not done")
        self.program(["nvpmodel", "-m", number])

    def available(self) -> tuple[str, ...]:
        """Return the modes that need no reboot from here."""
        modes = self._modes()
        mask = self._mask(modes)
        return tuple(name for name, own in modes.values() if own == mask)

    def same(self, asked: str, shown: str) -> bool:
        """Tell whether both name one mode, by name or number."""
        if asked == shown:
            return True
        modes = self._modes()
        return self._number(modes, asked) is not None and self._number(modes, asked) == self._number(modes, shown)

    def minima(self) -> Iterator[tuple[Path, str]]:
        """Yield the file and the value of every minimum of the present mode, of clocks that answer now."""
        sections = list(self._sections())
        files = {name[1]: _MINIMUM_FILE.search(text) for text in sections if (name := _CLOCK.match(text))}
        now = self.read()
        (mode,) = (text for text in sections if (head := _MODE.match(text)) and head[2] == now)
        for clock, value in _MINIMUM.findall(mode):
            file = files.get(clock)
            if file is not None and self._answers(path := self.board.root / file[1].lstrip("/")):
                yield path, value

    def _sections(self) -> Iterator[str]:
        text = read_text(self.board.root / "etc/nvpmodel.conf")
        return (f"<{section}" for section in f"\n{text}".split("\n<")[1:])

    def _modes(self) -> Mapping[str, tuple[str, str]]:
        """Return name and mask of power gating by number, in the file's order."""
        modes: dict[str, tuple[str, str]] = {}
        for section in self._sections():
            head = _MODE.match(section)
            if head is not None:
                mask = _MASK.search(section)
                modes[head[1]] = (head[2], mask[1] if mask else "")
        return modes

    @staticmethod
    def _answers(path: Path) -> bool:
        try:
            return bool(read_text(path))
        except CapabilityMissing:  # every core of the cluster is offline
            return False

    def _mask(self, modes: Mapping[str, tuple[str, str]]) -> str:
        return dict(modes.values()).get(self.read(), "")

    def _number(self, modes: Mapping[str, tuple[str, str]], value: str) -> str | None:
        if value in modes:
            return value
        return next((number for number, (name, _) in modes.items() if name == value), None)


@dataclass(frozen=True)
class HeldClocks:
    """`on`: every clock is held at its maximum, as `jetson_clocks` does; `off`: the governors choose; else `partly`."""

    board: Board
    program: Program

    def read(self) -> str:
        """Return on, off or partly.

        Idle states tell whether the program was at work: equal limits alone may be somebody's own choice.
        """
        marks = set(self._marks())
        if not any(marks):
            return FREE
        return HELD if all(marks) and all(self._held()) else PARTLY

    def write(self, value: str) -> None:
        """Hold the clocks or let them go; `partly` is nothing to ask for and changes nothing.

        Letting go brings back the minima of the present power mode, then memory and idle states.
        """
        wanted = switched(value)
        if wanted == HELD:
            self.program(["jetson_clocks"])
        elif wanted == FREE:
            for path, hertz in PowerMode(self.board, self.program).minima():
                write_text(path, hertz)
            self.board.memory().write(AUTO)
            for core, state in self.board.idle_states():
                self.board.idle_switch(core, state).write("0")
        elif wanted != PARTLY:
            raise NotApplied(f"jetson_clocks is {HELD} or {FREE}, not {value!r}")

    def available(self) -> tuple[str, ...]:
        """Return both."""
        return (FREE, HELD)

    def same(self, asked: str, shown: str) -> bool:
        """Tell whether both say the same."""
        return switched(asked) == switched(shown)

    def _marks(self) -> Iterator[bool]:
        """Yield for every idle state whether it is switched off; without any, whether memory is held."""
        states = [*self.board.idle_states()]
        yield from (self.board.idle_switch(core, state).read() == "1" for core, state in states)
        if not states:
            yield self.board.memory().read() != AUTO

    def _held(self) -> Iterator[bool]:
        """Yield for every clock whether it is held; not of one that the power mode leaves no choice."""
        cpu = ([self.board.cpu_limit(policy, end) for end in ("min", "max")] for policy in self.board.policies())
        for low, high in (*cpu, [self.board.gpu_limit(end) for end in ("min", "max")]):
            if int(high.read()) > min(map(int, high.available()), default=0):
                yield low.read() == high.read()
        yield self.board.memory().read() != AUTO


def switched(value: str) -> str:
    """Return `on` and `off` for their other spellings."""
    spelled = {"true": HELD, "1": HELD, "false": FREE, "0": FREE}
    return spelled.get(value.casefold(), value.casefold())
