"""A configuration file of the deployment, rendered from a template; the file that was there comes back."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from cadet.device.actuators.denied import refuse_system
from cadet.errors import CapabilityMissing, NotApplied, Refused
from cadet.protocols import Knob

_MOST_BYTES = 2**20
_ABSENT = "absent"
_PRESENT = "text:"


def content(text: str) -> str:
    """Return the value of a file that holds `text`."""
    return _PRESENT + text


class File:
    """Addresses are FOLDER//FILE: the file lies inside the folder, which is the one of the target file.

    Values are `absent`, or `text:` and the content.
    """

    kind = "file"
    volatile = False

    def check(self, address: str) -> None:
        """Raise Refused for a file outside the folder, for links, and for folders of the system."""
        folder, name = _parts(address)
        if ".." in Path(name).parts or Path(name).is_absolute():
            raise Refused(f"file {name!r} leads out of the folder of the target file")
        path = folder / name
        refuse_system(path, os.path.realpath(path))
        if os.path.realpath(path) != str(Path(os.path.realpath(folder)) / name):
            raise Refused(f"file {name!r} is reached through a symbolic link, to {os.path.realpath(path)}")
        if path.exists() and not path.is_file():
            raise Refused(f"file {name!r} is no regular file")
        if path.exists() and path.stat().st_nlink > 1:
            raise Refused(f"file {name!r} has {path.stat().st_nlink} names; another of them may belong to someone else")
        if os.geteuid() == 0:
            _refuse_open_to_others(path.parent)

    def places(self, address: str) -> Sequence[Path]:
        """Return the file."""
        return (_path(address),)

    def system(self, address: str) -> bool:
        """It lies beside the target file."""
        return False

    def read(self, address: str) -> str:
        """Return the content."""
        path = _path(address)
        try:
            if path.stat().st_size > _MOST_BYTES:
                raise CapabilityMissing(f"{path} is larger than {_MOST_BYTES} bytes, too much to keep for restoring")
            return content(path.read_bytes().decode("utf-8", "surrogateescape"))
        except FileNotFoundError:
            return _ABSENT
        except OSError as error:
            raise CapabilityMissing(f"cannot read {path}: {error.strerror}") from None

    def write(self, address: str, value: str) -> None:
        """Replace the file at once, with the permissions that it had; or take it away."""
        path = _path(address)
        draft = path.with_name(f".{path.name}.cadet")
        try:
            if value == _ABSENT:
                path.unlink(missing_ok=True)
                return
            _write_new(draft, value.removeprefix(_PRESENT).encode("utf-8", "surrogateescape"), like=path)
            draft.replace(path)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise NotApplied(f"cannot write {path}: {error.strerror}") from None

    def reset(self, address: str) -> None:
        """There is always a content to write back."""
        raise NotApplied(f"{_path(address)} is restored by its content")

    def twins(self, address: str) -> Sequence[Knob]:
        """None."""
        return ()

    def available(self, address: str) -> Sequence[str]:
        """None."""
        return ()

    def same(self, address: str, asked: str, shown: str) -> bool:
        """Tell whether the content is the same, byte for byte."""
        return asked == shown


def _parts(address: str) -> tuple[Path, str]:
    folder, slashes, name = address.partition("//")
    if not slashes or not name or not folder.startswith("/") or "\0" in address:
        raise Refused(f"file {address!r} is not of the form FOLDER//FILE")
    return Path(folder), name


def _path(address: str) -> Path:
    folder, name = _parts(address)
    return folder / name


def _refuse_open_to_others(folder: Path) -> None:
    """Raise Refused where somebody else could put another file, or a link, where root is about to write.

    A folder that everybody writes to but nobody clears of others' files, such as /tmp, may be passed on the way.
    """
    ours = {0, int(os.environ.get("SUDO_UID", 0))}  # who became root with sudo can write anywhere already
    for place in (folder, *folder.parents):
        found = place.stat()
        if found.st_uid not in ours:
            raise Refused(f"{place} belongs to user {found.st_uid}, who could lead root astray there; run as that "
                          f"user, or chown root {place}")  # fmt: skip
        passing = place != folder and found.st_mode & stat.S_ISVTX
        if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not passing:
            raise Refused(f"{place} can be written to by others, who could lead root astray there; chmod go-w {place}")


def _write_new(draft: Path, content: bytes, *, like: Path) -> None:
    """Write a file that was not there, as readable as `like` is, and return when the disk has it.

    A journal is forgotten after this: what it held must be somewhere. A link that somebody put there is not followed.
    """
    draft.unlink(missing_ok=True)
    there = like.stat() if like.exists() else None
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(draft, flags, 0o666 if there is None else 0o600), "wb") as file:
        file.write(content)
        if there is not None:
            _keep_owner(file.fileno(), there)
            os.fchmod(file.fileno(), there.st_mode & 0o7777)  # last: a change of owner takes set-id bits away
        file.flush()
        os.fsync(file.fileno())


def _keep_owner(descriptor: int, there: os.stat_result) -> None:
    try:
        os.fchown(descriptor, there.st_uid, there.st_gid)
    except OSError as error:
        if error.errno != errno.EPERM or there.st_uid != os.geteuid():
            raise
