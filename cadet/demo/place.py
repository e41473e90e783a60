"""Where the demo may work: a directory whose file system is real, because in memory fsync costs nothing."""

from __future__ import annotations

import os
import re
import statistics
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cadet.errors import CapabilityMissing

FREE_FSYNC_S = 10e-6  # tmpfs answers in about 1 us, the fastest disk in some 20 us
_MEMORY = frozenset({"tmpfs", "ramfs", "devtmpfs", "hugetlbfs"})
_MEMORY_DEVICES = ("/dev/ram", "/dev/zram")
_NEEDED_BYTES = 64 * 2**20
_PROBES = 15
_MOUNTS = Path("/proc/self/mountinfo")


@dataclass(frozen=True)
class Mount:
    """A line of /proc/self/mountinfo: where, which kind, from which device, with which options of the file system."""

    point: Path
    filesystem: str
    source: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """A directory on a real file system, the median seconds of an fsync there, and what to tell the user."""

    directory: Path
    filesystem: str
    fsync_s: float
    note: str


def place(candidates: Iterable[Path]) -> Place:
    """Return the first candidate where an fsync reaches a disk; directories are created as needed.

    Raises CapabilityMissing with the reason for each candidate when there is none.
    """
    refused: list[str] = []
    mounts = read_mounts()
    for candidate in candidates:
        directory = candidate.expanduser().absolute()
        reason = in_memory(directory.resolve(), mounts) or _unusable(directory)
        fsync_s = None if reason else fsync_seconds(directory)
        if fsync_s is not None and fsync_s < FREE_FSYNC_S:
            reason = f"an fsync returns after {fsync_s * 1e6:.1f} us, so it reaches no disk"
        if fsync_s is None or reason:
            refused.append(f"{directory}: {reason}")
            continue
        filesystem = _filesystem(directory.resolve(), mounts)
        return Place(directory, filesystem, fsync_s, _note(directory, filesystem, fsync_s, refused))
    raise CapabilityMissing(
        "the demo needs a directory on a disk, because in memory fsync is free and half of the options would not "
        "matter:\n  " + "\n  ".join(refused) + "\nName a directory on a disk with --dir."
    )


def read_mounts(source: Path = _MOUNTS) -> tuple[Mount, ...]:
    """Return the mounts that this process sees, the later hiding the earlier; none where there is no /proc."""
    if not source.exists():
        return ()
    return tuple(_mount(line) for line in source.read_text(encoding="utf-8", errors="surrogateescape").splitlines())


def in_memory(directory: Path, mounts: Iterable[Mount]) -> str:
    """Tell why files under `directory` (resolved) never reach a disk, or return an empty text."""
    mounts = tuple(mounts)
    mount = _mount_of(directory, mounts)
    if mount is None:
        return ""
    if mount.filesystem in _MEMORY:
        return f"{mount.filesystem} keeps its files in memory"
    if mount.source.startswith(_MEMORY_DEVICES):
        return f"{mount.source} is a disk in memory"
    if mount.filesystem == "overlay":
        return _overlay_in_memory(mount, mounts)
    return ""


def fsync_seconds(directory: Path) -> float:
    """Return the median time of an fsync after a write of one page (s)."""
    with tempfile.TemporaryFile(dir=directory, buffering=0) as file:
        return statistics.median(_timed_fsync(file.fileno(), probe) for probe in range(_PROBES))


def _timed_fsync(descriptor: int, probe: int) -> float:
    os.pwrite(descriptor, b"x" * 4096, 4096 * probe)
    start = time.perf_counter()
    os.fsync(descriptor)
    return time.perf_counter() - start


def _unusable(directory: Path) -> str:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return f"cannot be created ({error.strerror})"
    if not os.access(directory, os.W_OK | os.X_OK):
        return "cannot be written"
    disk = os.statvfs(directory)
    free = disk.f_bavail * disk.f_frsize
    return f"only {free / 2**20:.0f} MiB free" if free < _NEEDED_BYTES else ""


def _overlay_in_memory(mount: Mount, mounts: tuple[Mount, ...]) -> str:
    if "volatile" in mount.options:
        return "the overlay is mounted volatile, which ignores fsync"
    upper = next((Path(o.removeprefix("upperdir=")) for o in mount.options if o.startswith("upperdir=")), None)
    below = _mount_of(upper, mounts) if upper is not None and upper.exists() else None
    if below is not None and below.filesystem in _MEMORY:  # in a container the path is the host's: the probe decides
        return f"the overlay keeps its changes on {below.filesystem}, in memory"
    return ""


def _mount(line: str) -> Mount:
    left, _, right = line.partition(" - ")
    filesystem, source, *options = right.split(" ")
    point = Path(_unescaped(left.split(" ")[4]))
    return Mount(point, filesystem, source, tuple(_unescaped(",".join(options)).split(",")))


def _unescaped(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)


def _mount_of(path: Path, mounts: Iterable[Mount]) -> Mount | None:
    found: Mount | None = None
    for mount in mounts:
        if path.is_relative_to(mount.point) and (found is None or len(mount.point.parts) >= len(found.point.parts)):
            found = mount
    return found


def _filesystem(path: Path, mounts: Iterable[Mount]) -> str:
    mount = _mount_of(path, mounts)
    return mount.filesystem if mount else "unknown file system"


def _note(directory: Path, filesystem: str, fsync_s: float, refused: list[str]) -> str:
    chosen = f"working in {directory} ({filesystem}, an fsync takes {fsync_s * 1e3:.2f} ms)"
    return "; ".join([*(f"not {reason}" for reason in refused), chosen])
