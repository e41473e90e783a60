"""Whether a process is alive: one that was killed may stay a zombie where nobody reaps orphans."""

from __future__ import annotations

import time
from pathlib import Path


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def dies(pid: int, within_s: float = 10.0) -> bool:
    """Tell whether the process ends soon: SIGKILL takes effect when the kernel gets to it."""
    deadline = time.monotonic() + within_s
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not alive(pid)
