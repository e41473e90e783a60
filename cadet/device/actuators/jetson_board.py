"""Where a Jetson board has its clocks: found once per question, by what the kernel lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cadet.device.actuators.jetson_clock import Limit, MemoryClock, Plain
from cadet.device.actuators.pseudofile import read_text
from cadet.errors import CapabilityMissing

_GPU_NAMES = ("gpu", "ga10b", "gv11b", "gp10b", "gm20b")  # Orin since r36, Orin, Xavier, TX2, Nano
_CAPS = ("nvpmodel_clk_cap/emc", "nvpmodel_emc_cap/emc_iso_cap")


@dataclass(frozen=True)
class Board:
    """The files of a board below `root`; `/` on the board itself."""

    root: Path = Path("/")

    @property
    def cpu(self) -> Path:
        """The folder of the CPUs."""
        return self.root / "sys/devices/system/cpu"

    def policies(self) -> Iterator[str]:
        """Yield the number of every frequency policy that has a core online; without one its clock has no limits."""
        for folder in sorted((self.cpu / "cpufreq").glob("policy*")):
            if read_text(folder / "affected_cpus"):
                yield folder.name.removeprefix("policy")

    def cores(self) -> Iterator[str]:
        """Yield the number of every core that can be taken offline."""
        for path in sorted(self.cpu.glob("cpu[0-9]*/online"), key=lambda p: int(p.parent.name[3:])):
            if path.parent.name != "cpu0":
                yield path.parent.name[3:]

    def idle_states(self) -> Iterator[tuple[str, str]]:
        """Yield core and number of every idle state that can be disabled."""
        for path in sorted(self.cpu.glob("cpu[0-9]*/cpuidle/state*/disable")):
            yield path.parts[-4][3:], path.parent.name[5:]

    def idle_switch(self, core: str, state: str) -> Plain:
        """Return the switch of an idle state; 1: not used."""
        return Plain(self.cpu / f"cpu{core}/cpuidle/state{state}/disable", ("0", "1"))

    def core_switch(self, core: str) -> Plain:
        """Return the switch of a core; 1: online."""
        return Plain(self.cpu / f"cpu{core}/online", ("0", "1"))

    def cpu_limit(self, policy: str, end: str) -> Limit:
        """Return the lower (`min`) or upper (`max`) limit of a cluster."""
        folder = self.cpu / "cpufreq" / f"policy{policy}"
        own, other = (folder / f"scaling_{which}_freq" for which in _ends(end))
        return Limit(own, other, folder / "scaling_available_frequencies", end == "min", 1000)

    def gpu(self) -> Path:
        """Return the devfreq folder of the GPU; raises CapabilityMissing."""
        found = sorted((self.root / "sys/class/devfreq").glob("*"))
        for folder in found:
            if folder.name.partition(".")[2] in _GPU_NAMES:
                return folder
        names = ", ".join(folder.name for folder in found) or "nothing"
        raise CapabilityMissing(f"no GPU of a Jetson board: /sys/class/devfreq lists {names}")

    def gpu_limit(self, end: str) -> Limit:
        """Return the lower or upper limit of the GPU."""
        folder = self.gpu()
        own, other = (folder / f"{which}_freq" for which in _ends(end))
        return Limit(own, other, folder / "available_frequencies", end == "min", 1)

    def memory(self) -> MemoryClock:
        """Return the memory clock."""
        debug = self.root / "sys/kernel/debug/bpmp/debug"
        return MemoryClock(debug / "clk/emc", debug / "emc/possible_rates")

    def memory_cap(self) -> Plain:
        """Return the upper limit that the power mode sets for memory, in Hz; 0 is none. Raises CapabilityMissing."""
        for place in _CAPS:
            path = self.root / "sys/kernel" / place
            if path.exists():
                return Plain(path)
        raise CapabilityMissing(
            "no cap of the memory clock: looked for " + ", ".join(f"/sys/kernel/{c}" for c in _CAPS)
        )

    def fan(self) -> Plain:
        """Return the fan's pulse width, 0 to 255; raises CapabilityMissing."""
        for path in sorted((self.root / "sys/class/hwmon").glob("hwmon*/pwm1")):
            if "fan" in read_text(path.parent / "name"):
                return Plain(path)
        raise CapabilityMissing("no fan: no /sys/class/hwmon/hwmon*/pwm1 of a pwm fan")


def _ends(end: str) -> tuple[str, str]:
    return ("min", "max") if end == "min" else ("max", "min")
