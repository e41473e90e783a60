"""The board's nvpmodel.conf, in the format that its program reads."""

from __future__ import annotations

from collections.abc import Iterator

from .spec import Mode, Spec


def nvpmodel_conf(spec: Spec) -> str:
    """Return the configuration: which files the parameters are, then the modes, then the default."""
    return "\n".join([*_parameters(spec), *(line for mode in spec.modes for line in _mode(spec, mode)),
                      f"< PM_CONFIG DEFAULT={spec.default_mode} >", ""])  # fmt: skip


def _parameters(spec: Spec) -> Iterator[str]:
    cpu = "/sys/devices/system/cpu"
    yield "< PARAM TYPE=FILE NAME=CPU_ONLINE >"
    for core in sorted(core for cluster in spec.clusters for core in cluster.cores):
        yield f"CORE_{core} {cpu}/cpu{core}/online"
    for cluster in spec.clusters:
        yield f"< PARAM TYPE=CLOCK NAME={cluster.label} >"
        yield f"MAX_FREQ {cpu}/cpufreq/policy{cluster.cores[0]}/scaling_max_freq"
        yield f"MIN_FREQ {cpu}/cpufreq/policy{cluster.cores[0]}/scaling_min_freq"
    yield "< PARAM TYPE=CLOCK NAME=GPU >"
    yield f"MAX_FREQ /sys/class/devfreq/{spec.gpu_node}/max_freq"
    yield f"MIN_FREQ /sys/class/devfreq/{spec.gpu_node}/min_freq"
    yield "< PARAM TYPE=CLOCK NAME=EMC >"
    yield f"MAX_FREQ /sys/kernel/{spec.cap_node}"


def _mode(spec: Spec, mode: Mode) -> Iterator[str]:
    yield f"< POWER_MODEL ID={mode.number} NAME={mode.name} >"
    yield f"TPC_POWER_GATING TPC_PG_MASK {mode.tpc_mask}"
    for core in sorted(core for cluster in spec.clusters for core in cluster.cores if core):
        yield f"CPU_ONLINE CORE_{core} {int(core in mode.online)}"
    for label, low in mode.cpu_min.items():
        high = mode.cpu_max[label]
        yield f"{label} MIN_FREQ {low // 1000}"
        yield f"{label} MAX_FREQ {-1 if high is None else high // 1000}"
    yield "GPU MIN_FREQ 0"
    yield f"GPU MAX_FREQ {-1 if mode.gpu_max is None else mode.gpu_max}"
    yield f"EMC MAX_FREQ {mode.emc_cap}"
