"""How an agent is started on a board: by the system's own ssh, with a command that is always the same."""

from __future__ import annotations

import os
import shlex

from cadet.device.target.target import Remote

CONFIG = "CADET_SSH_CONFIG"  # another configuration of ssh than the user's own; never from a target file
AGENT = "cadet.device.remote.agent"
_CONNECT_S, _ALIVE_S, _ALIVE_COUNT = 15, 5, 6  # a connection that is silent for 30 s has ended
_OPTIONS = {
    "BatchMode": "yes",  # no question that nobody answers
    "ControlMaster": "no",  # a connection of our own, which ends with us
    "ControlPath": "none",
    "RequestTTY": "no",
    "ClearAllForwardings": "yes",
    "ForwardAgent": "no",
    "RemoteCommand": "none",
    "ConnectTimeout": _CONNECT_S,
    "ServerAliveInterval": _ALIVE_S,
    "ServerAliveCountMax": _ALIVE_COUNT,
}


def argv(remote: Remote) -> list[str]:
    """Return the command line; what comes from the target file is a word of its own, never an option or a shell."""
    words = ["ssh"]
    config = os.environ.get(CONFIG)
    if config:
        words += ["-F", config]
    for name, value in _OPTIONS.items():
        words += ["-o", f"{name}={value}"]
    if remote.port is not None:
        words += ["-p", str(remote.port)]
    if remote.identity is not None:
        words += ["-i", str(remote.identity), "-o", "IdentitiesOnly=yes"]
    return [*words, "--", remote.ssh, command(remote)]


def command(remote: Remote) -> str:
    """Return what the login shell of the board is given; it starts in the home folder."""
    return shlex.join([interpreter(remote), "-m", AGENT])


def interpreter(remote: Remote) -> str:
    """Return the interpreter; `~/` is where the login shell starts anyway, and would not be expanded in quotes."""
    return remote.python.removeprefix("~/")
