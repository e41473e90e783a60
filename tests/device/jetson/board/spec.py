"""The public figures of two boards, each with its source. Nothing here was fitted to a measured frame rate.

[guide]  NVIDIA Jetson Linux Developer Guide, "Platform Power and Performance" of the board's release
         (r36.4 for Orin Nano, r32 for TX2): modes, cores, clocks, memory clocks, rails, thermal zones.
[sheet]  the module's data sheet or product page: CUDA cores, memory bandwidth, power budget.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MHZ = 1_000_000


@dataclass(frozen=True)
class Domain:
    """A clock: the frequencies it can take, in Hz, ascending."""

    name: str
    table: Sequence[int]

    @property
    def low(self) -> int:
        """The lowest frequency."""
        return self.table[0]

    @property
    def high(self) -> int:
        """The highest frequency."""
        return self.table[-1]


@dataclass(frozen=True)
class Cluster:
    """CPU cores that share a clock; `label` is its name in nvpmodel.conf."""

    label: str
    cores: Sequence[int]
    clock: Domain


@dataclass(frozen=True)
class Mode:
    """A power mode: which cores are online, and limits in Hz; a limit of None is the hardware's own."""

    number: int
    name: str
    online: Sequence[int]
    cpu_min: Mapping[str, int]
    cpu_max: Mapping[str, int | None]
    gpu_max: int | None
    emc_cap: int  # 0: none
    tpc_mask: int  # a mode with another mask than today's needs a reboot


@dataclass(frozen=True)
class Rail:
    """A channel of an INA3221: bus voltage and the shares of what it feeds (cpu, gpu, emc, rest)."""

    label: str
    volt: float
    feeds: frozenset[str]


@dataclass(frozen=True)
class Spec:
    """A board."""

    name: str
    model: str
    compatible: str
    release: str  # first line of /etc/nv_tegra_release
    strict: bool  # Linux 4.9 refuses min > max; from 5.3 on the kernel lets the maximum win
    clusters: Sequence[Cluster]
    gpu: Domain
    gpu_node: str
    gpu_path: str  # of the device below /sys/devices
    emc: Domain
    cap_node: str
    modes: Sequence[Mode]
    default_mode: int
    rails: Sequence[Rail]
    iio: bool  # rails as an industrial I/O device (release 32) or as hwmon
    zones: Sequence[str]
    cuda_cores: int
    bytes_per_emc_hz: float  # peak bandwidth over memory clock
    budget_w: float  # module power at full clocks and full load


def _steps(first: int, last: int, step: int) -> tuple[int, ...]:
    return tuple(range(first, last + 1, step))


_ORIN_CPU = _steps(115_200_000, 1_728_000_000, 76_800_000)  # [guide]
_ALL = frozenset({"cpu", "gpu", "emc", "rest"})


def _orin_mode(number: int, name: str, cores: int, cpu: int | None, gpu: int | None, emc: int, mask: int) -> Mode:
    limits = {"CPU_A78_0": cpu, "CPU_A78_1": cpu}
    return Mode(number, name, tuple(range(cores)), dict.fromkeys(limits, 729_600_000), limits, gpu, emc, mask)


ORIN_NANO = Spec(
    name="orin-nano",
    model="NVIDIA Jetson Orin Nano Developer Kit Super (simulated)",
    compatible="nvidia,p3768-0000+p3767-0005-super\0nvidia,p3767-0005\0nvidia,tegra234",
    release="# R36 (release), REVISION: 4.3, GCID: 0, BOARD: generic, EABI: aarch64, DATE: simulated",
    strict=False,  # Linux 5.15
    clusters=(  # [guide]: two clusters of A78AE, cpu0-3 and cpu4-5
        Cluster("CPU_A78_0", (0, 1, 2, 3), Domain("cpu0", _ORIN_CPU)),
        Cluster("CPU_A78_1", (4, 5), Domain("cpu4", _ORIN_CPU)),
    ),
    gpu=Domain("gpu", _steps(306 * MHZ, 1020 * MHZ, 102 * MHZ)),  # [guide]
    gpu_node="17000000.gpu",
    gpu_path="platform/bus@0/17000000.gpu",
    emc=Domain("emc", (204 * MHZ, 665_600_000, 2133 * MHZ, 3199 * MHZ)),  # [guide]
    cap_node="nvpmodel_clk_cap/emc",
    modes=(  # [guide]: supported modes of Jetson Orin Nano 8GB, super configuration
        _orin_mode(0, "15W", 6, 1_497_600_000, 612 * MHZ, 2133 * MHZ, 0),
        _orin_mode(1, "25W", 6, 1_344_000_000, 918 * MHZ, 3199 * MHZ, 0),
        _orin_mode(2, "MAXN_SUPER", 6, None, None, 3199 * MHZ, 0),
        _orin_mode(3, "7W", 4, 960_000_000, 408 * MHZ, 2133 * MHZ, 2),
    ),
    default_mode=1,
    rails=(  # [guide]: INA3221 at 0x40
        Rail("VDD_IN", 5.0, _ALL),
        Rail("VDD_CPU_GPU_CV", 5.0, frozenset({"cpu", "gpu"})),
        Rail("VDD_SOC", 5.0, frozenset({"emc"})),
    ),
    iio=False,
    zones=("cpu-thermal", "gpu-thermal", "soc0-thermal", "tj-thermal"),
    cuda_cores=1024,  # [sheet]
    bytes_per_emc_hz=102.4e9 / 3199e6,  # [sheet]: 102 GB/s at 3199 MHz
    budget_w=25.0,  # [sheet]: power up to 25 W
)


def _tx2_mode(number: int, name: str, online: Sequence[int], a57: int | None, denver: int | None,
              gpu: int | None, emc: int) -> Mode:  # fmt: skip
    limits = {"CPU_A57": a57} | ({"CPU_DENVER": denver} if 1 in online else {})
    return Mode(number, name, online, dict.fromkeys(limits, 0), limits, gpu, emc, 0)


_TX2_CPU = (*_steps(345_600_000, 1_881_600_000, 153_600_000), 2_035_200_000)  # [guide]
_TX2_GPU = (114_750_000, 216_750_000, 318_750_000, 420_750_000, 522_750_000, 624_750_000, 726_750_000,
            854_250_000, 930_750_000, 1_032_750_000, 1_122_000_000, 1_236_750_000, 1_300_500_000)  # fmt: skip

TX2 = Spec(
    name="tx2",
    model="quill (simulated)",
    compatible="nvidia,p2597-0000+p3310-1000\0nvidia,quill\0nvidia,tegra186",
    release="# R32 (release), REVISION: 7.6, GCID: 0, BOARD: t186ref, EABI: aarch64, DATE: simulated",
    strict=True,  # Linux 4.9
    clusters=(  # [guide]: cpu0 and cpu3-5 are A57, cpu1-2 are Denver
        Cluster("CPU_A57", (0, 3, 4, 5), Domain("cpu0", _TX2_CPU)),
        Cluster("CPU_DENVER", (1, 2), Domain("cpu1", _TX2_CPU)),
    ),
    gpu=Domain("gpu", _TX2_GPU),  # [guide]
    gpu_node="17000000.gp10b",
    gpu_path="17000000.gp10b",
    emc=Domain(
        "emc", (204 * MHZ, 408 * MHZ, 665_600_000, 800 * MHZ, 1_062_400_000, 1_331_200_000, 1600 * MHZ, 1866 * MHZ)
    ),  # [guide]
    cap_node="nvpmodel_emc_cap/emc_iso_cap",
    modes=(  # [guide]: supported modes of Jetson TX2
        _tx2_mode(0, "MAXN", (0, 1, 2, 3, 4, 5), None, None, None, 0),
        _tx2_mode(1, "MAXQ", (0, 3, 4, 5), 1_200_000_000, None, 850 * MHZ, 1_331_200_000),
        _tx2_mode(2, "MAXP_CORE_ALL", (0, 1, 2, 3, 4, 5), 1_400_000_000, 1_400_000_000, 1120 * MHZ, 1600 * MHZ),
        _tx2_mode(3, "MAXP_CORE_ARM", (0, 3, 4, 5), 2_000_000_000, None, 1120 * MHZ, 1600 * MHZ),
        _tx2_mode(4, "MAXP_CORE_DENVER", (0, 1), 345_600_000, 2_035_200_000, 1120 * MHZ, 1600 * MHZ),
    ),
    default_mode=3,
    rails=(  # [guide]: INA3221 at 0x41
        Rail("VDD_IN", 19.0, _ALL),
        Rail("VDD_SYS_CPU", 19.0, frozenset({"cpu"})),
        Rail("VDD_SYS_GPU", 19.0, frozenset({"gpu"})),
    ),
    iio=True,
    zones=("BCPU-therm", "MCPU-therm", "GPU-therm", "PLL-therm"),
    cuda_cores=256,  # [sheet]
    bytes_per_emc_hz=59.7e9 / 1866e6,  # [sheet]: 59.7 GB/s at 1866 MHz
    budget_w=15.0,  # [sheet]: 7.5 W (Max-Q) and 15 W (Max-P)
)

BOARDS: Mapping[str, Spec] = {spec.name: spec for spec in (ORIN_NANO, TX2)}
