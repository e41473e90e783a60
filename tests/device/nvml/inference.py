"""A deployment on the simulated two-GPU host: a target file whose options are settings of its GPUs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.device.nvml.board import Board

TARGET = """
cadet = 1
name = "inference"

[workload]
command = ["{work}", "0", "{gigacycles}", "{{traffic}}", "{{kernels}}"]
timeout_s = 30

[run]
repeats = 2
warmup = 0
quiet = {{ max_other_cpu = 1.0, max_wait_s = 0 }}

[options.power_limit]
values = [120, 180, 240, 300]
default = 300
layer = "hardware"
actuator = {{ nvml = "gpu0.power_limit_w" }}

[options.other_power_limit]
values = [120, 180, 240, 300]
default = 300
layer = "hardware"
actuator = {{ nvml = "gpu1.power_limit_w" }}

[options.graphics_clock]
values = ["unlocked", "1500", "900"]
default = "unlocked"
layer = "hardware"
actuator = {{ nvml = "gpu0.graphics_clock_mhz" }}

[options.compute_mode]
values = ["default", "exclusive_process"]
default = "default"
layer = "hardware"
actuator = {{ nvml = "gpu0.compute_mode" }}

[options.traffic]
values = [1, 3]
default = 1

[options.kernels]
values = [1, 2, 4]
default = 1

[objectives.latency]
from = "output:kernel_s"
unit = "s"
goal = "min"
slo = {slo}
"""

PERSISTENCE = """
[options.persistence]
values = ["on", "off"]
default = "on"
layer = "hardware"
actuator = { nvml = "gpu1.persistence" }
"""

ENERGY = """
[events]
sensors = ["nvml"]

[objectives.energy]
from = "energy:gpu{gpu}"
unit = "J"
goal = "min"
"""


class Inference:
    """The target in a folder, on a board whose GPU 0 somebody has capped at 120 W; latency is mostly arithmetic."""

    def __init__(self, board: Board, folder: Path, seconds: float = 0.05, more: str = "") -> None:
        self.folder = folder
        text = TARGET.format(work=board.library / "work", gigacycles=1.8 * seconds, slo=1.5 * seconds)
        (folder / "target.toml").write_text(text + more)
        self.environment: Mapping[str, str] = {
            **board.environment,
            "CADET_STATE_DIR": str(folder / "state"),
            "CADET_LOCK_DIR": str(folder / "lock"),
        }
        for address, value in (("gpu0.persistence", "on"), ("gpu1.persistence", "on"), ("gpu0.power_limit_w", "120")):
            board.act("write", address, value)

    def begin(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start `cadet ARGUMENTS` in the folder, in a session of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "cadet", *arguments],
            cwd=self.folder,
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def cadet(self, *arguments: str, **environment: str) -> tuple[int, str, str]:
        """Run it to its end; return exit code, stdout and stderr."""
        with self.begin(*arguments, **environment) as process:
            out, err = process.communicate()
        return process.returncode, out, err

    @property
    def restored(self) -> bool:
        """Whether no journal is left."""
        return not (self.folder / "state" / "journal.json").exists()


def kill(process: subprocess.Popen[str], number: int) -> None:
    """Send a signal to the process alone."""
    os.kill(process.pid, number)
