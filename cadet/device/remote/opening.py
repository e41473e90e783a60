"""Taking a target to a board: its files, then its description."""

from __future__ import annotations

import getpass
import hashlib
import os
import platform
from dataclasses import asdict
from pathlib import Path

from cadet.device.remote.connection import Connection
from cadet.device.remote.copying import listed
from cadet.device.target import Target
from cadet.device.target.target import Remote

_FOLDERS = "~/.local/share/cadet/targets"


def take(connection: Connection, target: Target) -> int:
    """Copy what the board lacks of the target's folder and describe the target there; return how many settings it has.

    Raises MeasurementError naming the holder where the board is in use, DeviceNotRestored where a session left it
    changed, TargetError for what does not fit the board.
    """
    remote = connection.remote
    folder = listed(target.directory, remote.exclude)
    opened = connection.ask("open", holder=holder(), folder=place(remote, target), folders=folder.folders,
                            files=[asdict(file) for file in folder.files])  # fmt: skip
    for pieces, body in folder.batches(opened["wanted"]):
        connection.ask("put", body, pieces=[asdict(piece) for piece in pieces])
    document = {key: value for key, value in target.document.items() if key != "device"}
    described = connection.ask("target", document=document, trusted=target.path is not None)
    settings: int = described["settings"]
    return settings


def holder() -> str:
    """Return who we are, for whoever finds the board in use."""
    return f"{_user()}@{platform.node()} (process {os.getpid()} there)"


def place(remote: Remote, target: Target) -> str:
    """Return the folder on the board: as the target file says, else one for this target of this host."""
    if remote.workdir is not None:
        return remote.workdir
    whose = hashlib.sha256(f"{_machine()}:{target.directory}".encode()).hexdigest()[:12]
    return f"{_FOLDERS}/{target.name}-{whose}"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name
        return str(os.geteuid())


def _machine() -> str:
    try:
        return Path("/etc/machine-id").read_text().strip()
    except OSError:
        return platform.node()
