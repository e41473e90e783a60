"""Set NVIDIA GPUs: power limit, locked clocks, persistence and compute mode.

An address is `gpu0.power_limit_w`: the index of the GPU and a setting. Locked clocks have no getter in the library, so
`read` says None for them and restoring means unlocking: a lock that somebody set before is not put back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from cadet.device.actuators.nvml_settings import SETTINGS, UNLOCKED, LockedClock, Setting
from cadet.device.nvml import Gpu, NvmlRefusal
from cadet.errors import NotApplied, Refused, nearest
from cadet.protocols import Knob

_ADDRESS = re.compile(r"gpu(0|[1-9]\d{0,2})\.(\w+)", re.ASCII)
_ABOVE = 1.02  # a clock may be told a step above its lock
_KEEPS = "persistence"  # without it the driver forgets every other setting when its last client goes


class Nvml:
    """The actuator `nvml`; values are text in the unit of the address."""

    kind = "nvml"
    volatile = True  # a reboot brings the defaults back

    def check(self, address: str) -> None:
        """Return for `gpuN.SETTING`; raises Refused for anything else."""
        _parsed(address)

    def system(self, address: str) -> bool:
        """Return True: whoever uses the GPU feels it."""
        return True

    def read(self, address: str) -> str | None:
        """Return what the driver reports, None for locked clocks; raises CapabilityMissing with the remedy."""
        gpu, setting = _parsed(address)
        return setting.read(gpu)

    def write(self, address: str, value: str) -> None:
        """Ask the driver; raises NotApplied with its refusal, CapabilityMissing where no value would be permitted."""
        gpu, setting = _parsed(address)
        try:
            setting.write(gpu, value)
        except (NvmlRefusal, NotApplied) as refusal:
            if isinstance(refusal, NvmlRefusal) and refusal.denied:
                raise
            raise NotApplied(f"asked {address} = {value}: {refusal}") from None

    def reset(self, address: str) -> None:
        """Unlock a clock; raises NotApplied. What `read` tells is restored by writing it, and is left alone here."""
        _, setting = _parsed(address)
        if isinstance(setting, LockedClock):
            self.write(address, UNLOCKED)

    def twins(self, address: str) -> Sequence[Knob]:
        """Return the other settings of the GPU for its persistence mode, and nothing for the others."""
        gpu, setting = _parsed(address)
        if setting is not SETTINGS[_KEEPS]:
            return ()
        return tuple(Knob(self.kind, f"{gpu.name}.{name}") for name in SETTINGS if name != _KEEPS and _told(gpu, name))

    def available(self, address: str) -> Sequence[str]:
        """Return the clocks or modes that the driver lists; of power limits the lowest, the default and the highest."""
        gpu, setting = _parsed(address)
        return setting.available(gpu)

    def same(self, address: str, asked: str, shown: str) -> bool:
        """Tell whether both mean the same: `on` and `true`, 250 and 250.2 W."""
        return _parsed(address)[1].same(asked, shown)

    def witnesses(self, address: str) -> Sequence[str]:
        """Return the clock that a locked one shows at work, and whether heat slows the GPU down."""
        gpu, setting = _parsed(address)
        clock = (f"{gpu.name}.{setting.witness}",) if isinstance(setting, LockedClock) else ()
        return (*clock, f"{gpu.name}.slowed_down")

    def contradiction(self, address: str, asked: str, readings: Mapping[str, float]) -> str:
        """Return that a clock ran above its lock. Below it may run: idle, hot, or held by the power limit."""
        gpu, setting = _parsed(address)
        if not isinstance(setting, LockedClock) or asked == UNLOCKED:
            return ""
        shown_mhz = readings.get(f"{gpu.name}.{setting.witness}", 0.0) / 1e6
        return f"the busy GPU shows {shown_mhz:g} MHz" if shown_mhz > float(asked) * _ABOVE else ""


def _parsed(address: str) -> tuple[Gpu, Setting]:
    match = _ADDRESS.fullmatch(address)
    if match is None:
        raise Refused(f"nvml: {address!r} is no address; write gpu0.SETTING with one of {', '.join(SETTINGS)}")
    if match[2] not in SETTINGS:
        raise Refused(f"nvml: {address!r}: no setting {match[2]!r}{nearest(match[2], SETTINGS)}")
    return Gpu(int(match[1])), SETTINGS[match[2]]


def _told(gpu: Gpu, name: str) -> bool:
    try:
        return SETTINGS[name].read(gpu) is not None
    except NvmlRefusal as refusal:
        if refusal.unsupported:  # what the GPU does not have cannot be forgotten
            return False
        raise
