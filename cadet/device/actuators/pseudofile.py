"""Files in which the kernel shows and takes values: one read, one write, errors with the way out."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from cadet.errors import CapabilityMissing, NotApplied

_MOST_BYTES = 65536


def read_text(path: Path) -> str:
    """Return what the file shows, without the newline at the end; raises CapabilityMissing."""
    try:
        with path.open("rb", buffering=0) as file:
            return file.read(_MOST_BYTES).decode("utf-8", "replace").strip()
    except OSError as error:
        raise CapabilityMissing(f"cannot read {path}: {error.strerror}{_remedy(error)}") from None


def write_text(path: Path, value: str) -> None:
    """Write a value in one call, as the kernel wants it; raises NotApplied with the kernel's reason."""
    # os.write, not a buffered file: an EINVAL that comes at close is easily lost.
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            os.write(descriptor, value.encode() or b"\n")
        finally:
            os.close(descriptor)
    except OSError as error:
        raise NotApplied(f"{path} does not take {value!r}: {error.strerror}{_remedy(error)}") from None


def chosen(text: str) -> str:
    """Return the selected word of a list such as `none [mq-deadline] kyber`; other text as it is."""
    _, opened, rest = text.partition("[")
    word, closed, _ = rest.partition("]")
    return word if opened and closed else text


def listed(text: str) -> tuple[str, ...]:
    """Return the words of a list such as `none [mq-deadline] kyber`, empty where there is no choice in brackets."""
    return tuple(text.replace("[", "").replace("]", "").split()) if "[" in text else ()


def equal(first: str, second: str) -> bool:
    """Tell whether two texts are one value: equal words, or equal numbers."""
    return first.split() == second.split() or (number(first) is not None and number(first) == number(second))


def number(text: str) -> float | None:
    """Return the number that `text` spells, else None."""
    try:
        return float(text)
    except ValueError:
        return None


def _remedy(error: OSError) -> str:
    if error.errno in (errno.EACCES, errno.EPERM):
        return "; needs root" if os.geteuid() else "; this system does not let even root (a container, or read-only)"
    if error.errno == errno.ENOENT:
        return "; this kernel has no such knob"
    return ""
