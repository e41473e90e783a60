"""What an operator types to set one knob: the shell command for each kind of actuator."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping

from cadet.protocols import Knob

_POLICIES = "/sys/devices/system/cpu/cpufreq/policy*"
_FREQUENCY = {"governor": "scaling_governor", "min_khz": "scaling_min_freq", "max_khz": "scaling_max_freq",
              "energy_preference": "energy_performance_preference"}  # fmt: skip
_PROPERTIES = {"cpu.shares": "CPUWeight", "cpuset.cpus": "AllowedCPUs", "memory.limit": "MemoryMax",
               "io.read_iops": "IOReadIOPSMax", "io.write_iops": "IOWriteIOPSMax",
               "io.read_bps": "IOReadBandwidthMax", "io.write_bps": "IOWriteBandwidthMax"}  # fmt: skip
_GPU = {"power_limit_w": "--power-limit={}", "graphics_clock_mhz": "--lock-gpu-clocks={}",
        "memory_clock_mhz": "--lock-memory-clocks={}", "compute_mode": "--compute-mode={}"}  # fmt: skip
_UNLOCK = {"graphics_clock_mhz": "--reset-gpu-clocks", "memory_clock_mhz": "--reset-memory-clocks"}
_SWITCH = {"on": "1", "true": "1", "1": "1", "off": "0", "false": "0", "0": "0"}


def recipe(knob: Knob, value: str) -> str:
    """Return the shell command that sets a knob as CADET does; empty where no single command is known."""
    write = _RECIPES.get(knob.kind)
    return write(knob.address, value) if write else ""


def _sysctl(address: str, value: str) -> str:
    return f"sudo sysctl -w {shlex.quote(f'{address}={value}')}"


def _echo(path: str, value: str) -> str:
    return f"echo {shlex.quote(value)} | sudo tee {path}"


def _sysfs(address: str, value: str) -> str:
    return _echo(shlex.quote(address), value)


def _block(address: str, value: str) -> str:
    device, _, knob = address.partition("/")
    return _echo(shlex.quote(f"/sys/block/{device}/queue/{knob}"), value)


def _hugepages(address: str, value: str) -> str:
    return _echo(f"/sys/kernel/mm/transparent_hugepage/{address}", value)


def _cpufreq(address: str, value: str) -> str:
    return _echo(f"{_POLICIES}/{_FREQUENCY[address]}", value) if address in _FREQUENCY else ""


def _cgroup(address: str, value: str) -> str:
    """Return the property of a systemd unit: the group that CADET makes is gone after the session."""
    limit, _, device = address.partition("@")
    if limit == "cpu.quota":
        cores = _number(value)
        shown = "CPUQuota=" if cores is None else f"CPUQuota={100 * cores:g}%"
    elif limit in _PROPERTIES:
        unlimited = "" if limit.startswith("io.") else "infinity"
        shown = f"{_PROPERTIES[limit]}={unlimited if value == 'max' else f'{device} {value}'.strip()}"
    else:
        return ""
    return f"sudo systemctl set-property YOUR.service {shlex.quote(shown)}"


def _nvml(address: str, value: str) -> str:
    gpu, _, setting = address.partition(".")
    program = f"sudo nvidia-smi -i {gpu.removeprefix('gpu')}"
    if value == "unlocked" and setting in _UNLOCK:
        return f"{program} {_UNLOCK[setting]}"
    if setting == "persistence":
        return f"{program} --persistence-mode={_SWITCH.get(value, value)}"
    return f"{program} {_GPU[setting].format(shlex.quote(value))}" if setting in _GPU else ""


def _jetson(address: str, value: str) -> str:
    """Return NVIDIA's own program where there is one; clocks are files whose path depends on the board."""
    if address == "nvpmodel" and value.isdigit():
        return f"sudo nvpmodel -m {value}"
    return {"on": "sudo jetson_clocks", "off": "sudo jetson_clocks --restore"}.get(
        value if address == "jetson_clocks" else "", ""
    )


def _command(address: str, value: str) -> str:
    pair = json.loads(address)
    typed = shlex.join(argument.replace("{value}", value) for argument in pair["set"])
    folder = pair.get("folder", "/")
    return typed if folder == "/" else f"(cd {shlex.quote(folder)} && {typed})"


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


_RECIPES: Mapping[str, Callable[[str, str], str]] = {
    "sysctl": _sysctl,
    "sysfs": _sysfs,
    "block": _block,
    "hugepages": _hugepages,
    "cpufreq": _cpufreq,
    "cgroup": _cgroup,
    "nvml": _nvml,
    "jetson": _jetson,
    "command": _command,
}
