"""Clocks of a Jetson board in sysfs: limits of the CPU clusters and of the GPU, the memory clock, cores, idle states.

Everything is in Hz here; cpufreq counts in kHz. Each setting reads, writes and rounds one address of the actuator.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cadet.device.actuators.pseudofile import number, read_text, write_text
from cadet.errors import CapabilityMissing, NotApplied

AUTO = "auto"  # the memory clock follows the load


@dataclass(frozen=True)
class Limit:
    """One end of the range in which a governor moves a clock: `own` is the file of this end, `other` of the other."""

    own: Path
    other: Path
    steps: Path
    lower: bool  # own is the minimum
    hertz: int  # per unit of the file

    def read(self) -> str:
        """Return the limit in Hz."""
        return str(int(read_text(self.own)) * self.hertz)

    def write(self, value: str) -> None:
        """Set the limit, exactly: power modes use limits between two steps, and those must come back too.

        Old kernels refuse a minimum above the maximum and new ones keep it hidden until the maximum rises, so the
        other end moves out of the way first.
        """
        wanted = _hertz(value) // self.hertz
        there = int(read_text(self.other))
        if wanted > there if self.lower else wanted < there:
            write_text(self.other, str(wanted))
        write_text(self.own, str(wanted))

    def available(self) -> tuple[str, ...]:
        """Return the frequencies in Hz that the clock can take, empty where the driver lists none."""
        try:
            return tuple(str(int(step) * self.hertz) for step in read_text(self.steps).split())
        except CapabilityMissing:
            return ()

    def same(self, asked: str, shown: str) -> bool:
        """Tell whether `shown` is what was asked, or the step below or above it."""
        return _stepped(asked, shown, self.available())


@dataclass(frozen=True)
class MemoryClock:
    """The clock of external memory (EMC): a rate in Hz at which it is held, or `auto`."""

    folder: Path  # of the clock in debugfs
    rates: Path

    def read(self) -> str:
        """Return the rate at which the clock is held, `auto` where it follows the load."""
        return read_text(self.folder / "rate") if read_text(self.folder / "mrq_rate_locked") == "1" else AUTO

    def write(self, value: str) -> None:
        """Hold the clock at a rate, or let it follow the load."""
        if value == AUTO:
            write_text(self.folder / "mrq_rate_locked", "0")
            return
        wanted = _hertz(value)
        write_text(self.folder / "mrq_rate_locked", "1")
        write_text(self.folder / "rate", str(wanted))

    def available(self) -> tuple[str, ...]:
        """Return `auto` and the rates that memory can run at."""
        return (AUTO, *self._steps())

    def same(self, asked: str, shown: str) -> bool:
        """Tell whether `shown` is what was asked, or the rate below or above it."""
        return asked == shown or _stepped(asked, shown, self._steps())

    def _steps(self) -> tuple[str, ...]:
        try:
            return tuple(str(int(step) * 1000) for step in read_text(self.rates).split())
        except CapabilityMissing:
            return ()


@dataclass(frozen=True)
class Plain:
    """A file that shows what was written: a whole number, for example a switch 0 or 1."""

    path: Path
    values: tuple[str, ...] = ()

    def read(self) -> str:
        """Return the number."""
        return read_text(self.path)

    def write(self, value: str) -> None:
        """Write the number."""
        plain = _SWITCH.get(value.casefold(), value)
        if self.values and plain not in self.values:
            raise NotApplied(f"{self.path} takes {' or '.join(self.values)}, not {value!r}")
        write_text(self.path, plain)

    def available(self) -> tuple[str, ...]:
        """Return the values where they are few."""
        return self.values

    def same(self, asked: str, shown: str) -> bool:
        """Tell whether both are one number."""
        wanted = number(_SWITCH.get(asked.casefold(), asked))
        return wanted is not None and wanted == number(_SWITCH.get(shown.casefold(), shown))


_SWITCH = {"true": "1", "on": "1", "false": "0", "off": "0"}


def _hertz(value: str) -> int:
    wanted = number(value)
    if wanted is None or wanted < 0:
        raise NotApplied(f"{value!r} is no frequency in Hz")
    return int(wanted)


def _stepped(asked: str, shown: str, steps: Sequence[str]) -> bool:
    wanted, got = number(asked), number(shown)
    if wanted is None or got is None:
        return False
    below = max((s for s in map(float, steps) if s <= wanted), default=wanted)
    above = min((s for s in map(float, steps) if s >= wanted), default=wanted)
    return got in (wanted, below, above)
