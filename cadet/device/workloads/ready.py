"""Whether a service answers: by TCP, by HTTP, or by a command that succeeds."""

from __future__ import annotations

import socket
import subprocess
import time
import urllib.request
from collections.abc import Mapping, Sequence
from http.client import HTTPException

from cadet.device.process import run_group, wait
from cadet.device.target import Target
from cadet.device.target.placeholders import fill
from cadet.device.target.target import Ready
from cadet.device.watchdog import Watchdog
from cadet.model.domain import Value

LOOPBACK = "127.0.0.1"
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.005, 0.1
_ATTEMPT_S = 1.0  # at most, for one attempt


def free_port() -> int:
    """Return a TCP port of the loopback device that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def await_ready(
    ready: Ready,
    values: Mapping[str, Value],
    command: Sequence[str],
    target: Target,
    process: subprocess.Popen[bytes],
    watchdog: Watchdog,
) -> bool:
    """Wait until the service answers; tell whether it did in time and is still alive."""
    deadline = time.monotonic() + ready.timeout_s
    pause = _FIRST_PAUSE_S
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or wait(process, min(pause, left)):
            return False
        if _answers(ready, values, command, target, min(_ATTEMPT_S, left), watchdog):
            return True
        pause = min(2 * pause, _LONGEST_PAUSE_S)


def _answers(
    ready: Ready,
    values: Mapping[str, Value],
    command: Sequence[str],
    target: Target,
    timeout_s: float,
    watchdog: Watchdog,
) -> bool:
    if ready.tcp is not None:
        return _tcp(fill(ready.tcp, values), timeout_s)
    if ready.http is not None:
        return _http(fill(ready.http, values), timeout_s)
    try:
        return run_group(command, cwd=target.workdir, env=None, timeout_s=timeout_s, watchdog=watchdog).exit_code == 0
    except OSError:
        return False


def _tcp(address: str, timeout_s: float) -> bool:
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout_s):
            return True
    except OSError:
        return False


def _http(url: str, timeout_s: float) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=timeout_s):
            return True
    except (OSError, HTTPException):  # refused, or an error status: urllib's errors are OSErrors
        return False
