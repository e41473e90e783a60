"""CPU clocks and governors of every frequency policy at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cadet.device.actuators.pseudofile import equal, number, read_text, write_text
from cadet.errors import CapabilityMissing, NotApplied, Refused, nearest
from cadet.protocols import Knob

_FILES = {"governor": "scaling_governor", "min_khz": "scaling_min_freq", "max_khz": "scaling_max_freq",
          "energy_preference": "energy_performance_preference"}  # fmt: skip
_LISTS = {"governor": "scaling_available_governors", "min_khz": "scaling_available_frequencies",
          "max_khz": "scaling_available_frequencies",
          "energy_preference": "energy_performance_available_preferences"}  # fmt: skip


class CpuFrequency:
    """Addresses: `governor`, `min_khz`, `max_khz`, `energy_preference`.

    Where the policies differ, the value lists them, `policy0=powersave policy4=performance`, and is written so.
    """

    kind = "cpufreq"
    volatile = True

    def __init__(self, root: Path = Path("/")) -> None:
        self._folder = root / "sys/devices/system/cpu/cpufreq"

    def check(self, address: str) -> None:
        """Raise Refused for any other name."""
        if address not in _FILES:
            raise Refused(f"cpufreq has no {address!r}{nearest(address, _FILES)}")

    def places(self, address: str) -> Sequence[Path]:
        """Return the file of every policy; empty where this machine has none."""
        return tuple(policy / _FILES[address] for policy in sorted(self._folder.glob("policy*")))

    def system(self, address: str) -> bool:
        """Everyone on this machine feels it."""
        return True

    def read(self, address: str) -> str:
        """Return the common value of all policies, or the list of them."""
        values = {policy.name: read_text(policy / _FILES[address]) for policy in self._policies()}
        if len(set(values.values())) == 1:
            return next(iter(values.values()))
        return " ".join(f"{name}={value}" for name, value in values.items())

    def write(self, address: str, value: str) -> None:
        """Write one value to all policies, or to each its own."""
        for policy in self._policies():
            write_text(policy / _FILES[address], _own(value, policy.name))

    def reset(self, address: str) -> None:
        """There is always a value to write back."""
        raise NotApplied(f"cpufreq {address} is restored by its value")

    def twins(self, address: str) -> Sequence[Knob]:
        """Return the preference that some drivers change with the governor."""
        there = address == "governor" and all((p / _FILES["energy_preference"]).exists() for p in self._policies())
        return (Knob(self.kind, "energy_preference"),) if there else ()

    def available(self, address: str) -> Sequence[str]:
        """Return what every policy offers."""
        offers = [read_text(policy / _LISTS[address]).split() for policy in self._policies()]
        return tuple(word for word in offers[0] if all(word in offer for offer in offers))

    def same(self, address: str, asked: str, shown: str) -> bool:
        """Tell whether `shown` is what was asked; a clock between two steps becomes the step below or above."""
        if equal(asked, shown):
            return True
        wanted, got = number(asked), number(shown)
        if not address.endswith("_khz") or wanted is None or got is None:
            return False
        try:
            steps = sorted(float(step) for step in self.available(address))
        except (CapabilityMissing, ValueError):  # a driver without a table of steps keeps what it is given
            return False
        below = max((s for s in steps if s <= wanted), default=wanted)
        return got in (below, min((s for s in steps if s >= wanted), default=wanted))

    def _policies(self) -> list[Path]:
        policies = sorted(self._folder.glob("policy*"), key=lambda p: int(p.name.removeprefix("policy")))
        if not policies:
            raise CapabilityMissing(f"no frequency policies in {self._folder}; usual in virtual machines")
        return policies


def _own(value: str, policy: str) -> str:
    words = dict(word.partition("=")[::2] for word in value.split())
    return words.get(policy, value)
