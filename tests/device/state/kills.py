"""How a session is killed, and at what moments."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from typing import Any

from tests.device.state.machine import sentinel_of

MODES = ("process", "group", "watchdog first", "both")
BY_HAND = ("watchdog first", "both")  # nobody may be left to restore: `cadet restore` does


def kill(process: subprocess.Popen[Any], mode: str, rng: random.Random) -> None:
    """Send SIGKILL to the process, its group, the one that watches and then the process, or both at once."""
    sentinel = sentinel_of(process) if mode in BY_HAND and process.poll() is None else None
    if sentinel is not None:
        os.kill(sentinel, signal.SIGKILL)
        if mode == "watchdog first":
            time.sleep(rng.uniform(0.0, 0.02))
    if mode == "group":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        os.kill(process.pid, signal.SIGKILL)
