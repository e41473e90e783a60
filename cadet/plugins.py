"""Every implementation by kind and name, imported on first use; other people's packages add theirs as entry points.

A package registers `[project.entry-points."cadet.reporter"] pdf = "my_package:pdf"` and `pdf` is a reporter.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from cadet.errors import CapabilityMissing, UsageError, nearest

BUILTIN: Mapping[str, Mapping[str, str]] = {
    "reporter": {
        "html": "cadet.report.html:html",
        "markdown": "cadet.report.markdown:markdown",
        "json": "cadet.report.machine:to_json",
        "dot": "cadet.report.dot:dot",
    },
    "actuator": {
        "jetson": "cadet.device.actuators.jetson:Jetson",
        "jtop": "cadet.device.actuators.jetson_jtop:Jtop",
        "sysctl": "cadet.device.actuators.sysctl:Sysctl",
        "sysfs": "cadet.device.actuators.sysfs:Sysfs",
        "block": "cadet.device.actuators.block:BlockQueue",
        "hugepages": "cadet.device.actuators.hugepages:HugePages",
        "cpufreq": "cadet.device.actuators.cpufreq:CpuFrequency",
        "cgroup": "cadet.device.actuators.cgroup:ControlGroup",
        "file": "cadet.device.actuators.file:File",
        "command": "cadet.device.actuators.command:Command",
        "nvml": "cadet.device.actuators.nvml:Nvml",
    },
    "sensor": {
        "proc": "cadet.device.sensors.proc:ProcSensor",
        "pressure": "cadet.device.sensors.pressure:PressureSensor",
        "cgroup": "cadet.device.sensors.cgroup:CgroupSensor",
        "system": "cadet.device.sensors.system:SystemSensor",
        "throttle": "cadet.device.sensors.throttle:ThrottleSensor",
        "thermal": "cadet.device.sensors.thermal:ThermalSensor",
        "rapl": "cadet.device.sensors.rapl:RaplSensor",
        "hwmon": "cadet.device.sensors.hwmon:HwmonSensor",
        "jetson": "cadet.device.sensors.jetson:JetsonSensor",
        "nvml": "cadet.device.sensors.nvml:NvmlSensor",
    },
    "engine": {
        "cadet": "cadet.causal.discovery.engine:cadet_fci",
        "causal-learn": "cadet.causal.discovery.peers:causal_learn_fci",
        "pgmpy": "cadet.causal.discovery.peers:pgmpy_pc",
        "pgmpy-ges": "cadet.causal.discovery.peers:pgmpy_ges",
    },
    "independence": {
        "degenerate-gaussian": "cadet.causal.independence.by_name:degenerate_gaussian",
        "fisher-z": "cadet.causal.independence.by_name:fisher_z",
        "g2": "cadet.causal.independence.by_name:g_squared",
        "kci": "cadet.causal.independence.by_name:kci",
        "rcit": "cadet.causal.independence.by_name:rcit",
    },
    "strategy": {
        "cadet": "cadet.bench.engine:engine",
        "cadet-shared": "cadet.bench.engine:from_shared_sample",
        "cadet-explained": "cadet.bench.engine:explained",
        "cadet-warm": "cadet.bench.engine:warm",
        "best-initial": "cadet.bench.baselines.best_initial:strategy",
        "random": "cadet.bench.baselines.random_search:strategy",
        "one-factor": "cadet.bench.baselines.one_factor:strategy",
        "delta-debugging": "cadet.bench.baselines.delta_debugging:strategy",
        "cbi": "cadet.bench.baselines.cbi:strategy",
        "encore": "cadet.bench.baselines.encore:strategy",
        "bugdoc-shortcut": "cadet.bench.baselines.bugdoc_shortcut:shortcut_strategy",
        "bugdoc-stacked": "cadet.bench.baselines.bugdoc_shortcut:stacked_strategy",
        "bugdoc-trees": "cadet.bench.baselines.bugdoc_trees:strategy",
        "tree": "cadet.bench.baselines.trees:tree_strategy",
        "forest": "cadet.bench.baselines.trees:forest_strategy",
        "tpe": "cadet.bench.baselines.tpe:strategy",
        "smac": "cadet.bench.baselines.smac:strategy",
        "unicorn": "cadet.bench.baselines.unicorn:strategy",
    },
}


def names(kind: str) -> tuple[str, ...]:
    """Return the names of every implementation of `kind`, built-in ones first."""
    others = (point.name for point in entry_points(group=f"cadet.{kind}"))
    return tuple(dict.fromkeys((*BUILTIN[kind], *sorted(others))))


def load(kind: str, name: str) -> Any:
    """Import the implementation `name` of `kind`; raises UsageError naming the nearest known name."""
    if name in BUILTIN[kind]:
        module, _, attribute = BUILTIN[kind][name].partition(":")
        return getattr(import_module(module), attribute)
    for point in entry_points(group=f"cadet.{kind}", name=name):
        return point.load()
    raise UsageError(f"no {kind} is called {name!r}{nearest(name, names(kind))}")


def peer(module: str) -> Any:
    """Import a module of the extra `peers`; raises CapabilityMissing saying how to install it."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise CapabilityMissing(f"{error.name} is not installed: pip install 'cadet[peers]'") from error
