"""What can be set of an NVIDIA GPU, one class per manner of setting; values are text, as a target file writes them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from cadet.device.nvml import Gpu, NvmlRefusal
from cadet.errors import NotApplied

UNLOCKED = "unlocked"
_SWITCHES = {"off": 0, "false": 0, "0": 0, "on": 1, "true": 1, "1": 1}
_MODES = {"default": 0, "prohibited": 2, "exclusive_process": 3}  # 1, one thread, is accepted no longer
_ROUNDING_W = 0.5  # drivers keep whole watts or finer


class Setting(Protocol):
    """One thing that a driver lets us set; each method asks the GPU and may raise NvmlRefusal."""

    def read(self, gpu: Gpu) -> str | None:
        """Return the present value, None where the library has no getter."""
        ...

    def write(self, gpu: Gpu, value: str) -> None:
        """Ask for a value; raises NotApplied for one that the GPU does not have."""
        ...

    def available(self, gpu: Gpu) -> Sequence[str]:
        """Return the values that the driver names."""
        ...

    def same(self, asked: str, shown: str) -> bool:
        """Tell whether both mean the same."""
        ...


@dataclass(frozen=True)
class PowerLimit:
    """The power that the board may draw, in watts; the driver lowers the clocks to hold it."""

    def read(self, gpu: Gpu) -> str:
        """Return the limit in watts."""
        return _watts(gpu.ask("nvmlDeviceGetPowerManagementLimit"))

    def write(self, gpu: Gpu, value: str) -> None:
        """Ask for a limit within what the board takes."""
        lowest, highest = gpu.ask("nvmlDeviceGetPowerManagementLimitConstraints")
        milliwatts = round(_number(value, "watts") * 1000)
        if not lowest <= milliwatts <= highest:
            raise NotApplied(f"{value} W is outside {_watts(lowest)} to {_watts(highest)} W, which this board takes")
        gpu.ask("nvmlDeviceSetPowerManagementLimit", milliwatts)

    def available(self, gpu: Gpu) -> Sequence[str]:
        """Return the lowest, the default and the highest limit."""
        lowest, highest = gpu.ask("nvmlDeviceGetPowerManagementLimitConstraints")
        named = {lowest, gpu.ask("nvmlDeviceGetPowerManagementDefaultLimit"), highest}
        return tuple(map(_watts, sorted(named)))

    def same(self, asked: str, shown: str) -> bool:
        """Tell whether the limits agree to half a watt."""
        return abs(_number(asked, "watts") - _number(shown, "watts")) <= _ROUNDING_W


@dataclass(frozen=True)
class LockedClock:
    """A clock held at one frequency, in MHz, or `unlocked`; `domain` is `Gpu` or `Memory`, as the library spells it.

    The library tells neither whether a clock is locked nor where: only a busy GPU shows it.
    """

    domain: str

    @property
    def witness(self) -> str:
        """The reading that shows the clock at work."""
        return "memory_clock_highest_hz" if self.domain == "Memory" else "sm_clock_highest_hz"

    def read(self, gpu: Gpu) -> None:
        """Return None, there is no getter; raises NvmlRefusal where there is no such GPU."""
        gpu.ask("nvmlDeviceGetUUID")

    def write(self, gpu: Gpu, value: str) -> None:
        """Lock the clock at a frequency that the GPU has, or unlock it."""
        if value == UNLOCKED:
            gpu.ask(f"nvmlDeviceReset{self.domain}LockedClocks")
            return
        clock = _number(value, "MHz")
        offered = [float(each) for each in self.available(gpu) if each != UNLOCKED]
        if offered and clock not in offered:  # the driver would round and, without a getter, not say to what
            raise NotApplied(f"{value} MHz is no clock of this GPU; the nearest are {_neighbours(clock, offered)} MHz")
        gpu.ask(f"nvmlDeviceSet{self.domain}LockedClocks", round(clock), round(clock))

    def available(self, gpu: Gpu) -> Sequence[str]:
        """Return `unlocked` and the clocks of the GPU, rising; nothing where the driver does not list them."""
        try:
            memory = gpu.ask("nvmlDeviceGetSupportedMemoryClocks")
            clocks = memory if self.domain == "Memory" else gpu.ask("nvmlDeviceGetSupportedGraphicsClocks", max(memory))
        except NvmlRefusal as refusal:
            if refusal.unsupported:
                return ()
            raise
        return (UNLOCKED, *map(str, sorted(clocks)))

    def same(self, asked: str, shown: str) -> bool:
        """Tell whether both name the same frequency."""
        return asked == shown or (UNLOCKED not in (asked, shown) and _number(asked, "MHz") == _number(shown, "MHz"))


@dataclass(frozen=True)
class Choice:
    """One of a few words, which the library numbers; `words` may hold several spellings, the first one is shown."""

    name: str  # as the library spells it: nvmlDeviceGetNAME
    words: Mapping[str, int]

    def read(self, gpu: Gpu) -> str:
        """Return the word for what the driver reports."""
        return self._shown(gpu.ask(f"nvmlDeviceGet{self.name}"))

    def write(self, gpu: Gpu, value: str) -> None:
        """Ask for a word."""
        if value.lower() not in self.words:
            raise NotApplied(f"{value!r} is none of {', '.join(self.words)}")
        gpu.ask(f"nvmlDeviceSet{self.name}", self.words[value.lower()])

    def available(self, gpu: Gpu) -> Sequence[str]:
        """Return one spelling of each; asks the GPU, so that one without the setting says so."""
        self.read(gpu)
        return tuple(word for word, number in self.words.items() if self._shown(number) == word)

    def same(self, asked: str, shown: str) -> bool:
        """Tell whether both spell the same."""
        return self.words.get(asked.lower(), asked) == self.words.get(shown.lower(), shown)

    def _shown(self, number: int) -> str:
        return next((word for word, meant in self.words.items() if meant == number), f"mode {number}")


SETTINGS: Mapping[str, Setting] = {
    "power_limit_w": PowerLimit(),
    "graphics_clock_mhz": LockedClock("Gpu"),
    "memory_clock_mhz": LockedClock("Memory"),
    "persistence": Choice("PersistenceMode", _SWITCHES),
    "compute_mode": Choice("ComputeMode", _MODES),
}


def _watts(milliwatts: int) -> str:
    return f"{milliwatts / 1000:g}"


def _number(value: str, unit: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise NotApplied(f"{value!r} is no number of {unit}")
    return number


def _neighbours(clock: float, offered: Sequence[float]) -> str:
    below = [each for each in offered if each < clock][-1:]
    above = [each for each in offered if each > clock][:1]
    return " and ".join(f"{each:g}" for each in (*below, *above))
