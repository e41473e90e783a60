"""The kernel's tree of device files, read below any root, so that a tree built by a test reads like a machine."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cadet.errors import CapabilityMissing


@dataclass(frozen=True)
class Sysfs:
    """Files below `root`; what cannot be read raises OSError, what is not there reads as None where that is said."""

    root: Path = Path("/sys")

    def folders(self, place: str, pattern: str) -> list[Path]:
        """Return the folders below `place` that match, hwmon2 before hwmon10; none where `place` is not there."""
        return sorted((self.root / place).glob(pattern), key=lambda path: _natural(path.name))

    def require(self, place: str, what: str, remedy: str) -> Path:
        """Return `place`; raises CapabilityMissing when it is not there."""
        path = self.root / place
        if not path.is_dir():
            raise CapabilityMissing(f"no {what}: {path} is not there", remedy=remedy)
        return path


SYS = Sysfs()


def text(path: Path) -> str | None:
    """Return what a file says, None where it is not there or has nothing to say (a channel that is switched off)."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except PermissionError:
        raise
    except OSError:
        return None


def number(path: Path, scale: float = 1.0) -> float:
    """Return the number in a file times `scale`; raises OSError, and ValueError for what is no number."""
    return float(path.read_bytes()) * scale


def reads(path: Path) -> bool:
    """Tell whether a number can be read; raises PermissionError when it only may not."""
    try:
        number(path)
    except PermissionError:
        raise
    except (OSError, ValueError):
        return False
    return True


def plain(name: str) -> str:
    """Return a name that expressions can hold: `package-0` is `package_0`."""
    return re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_")


def distinct(names: Iterable[str]) -> Iterator[str]:
    """Yield the names; those that came before get a number: acpitz, acpitz_2."""
    seen: dict[str, int] = {}
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        yield name if seen[name] == 1 else f"{name}_{seen[name]}"


def _natural(name: str) -> tuple[object, ...]:
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name))
