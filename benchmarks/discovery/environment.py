"""On what the times were measured."""

from __future__ import annotations

import argparse
import json
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.discovery import tables, tetrad
from benchmarks.discovery.engines import ALPHA

PACKAGES = ("cadet", "causal-learn", "numba", "numpy", "scipy")


def environment(asked: argparse.Namespace) -> str:
    """Return versions, machine, load and what was asked for, as JSON."""
    about = {
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES} | {"tetrad": tetrad.VERSION},
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load": os.getloadavg(),
        "alpha": ALPHA,
        "worlds": {"degree": tables.DEGREE, "hidden": tables.HIDDEN, "seed": "(1, p, n)"},
        "asked": {key: str(value) for key, value in vars(asked).items()},
    }
    return json.dumps(about, indent=2) + "\n"


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())
