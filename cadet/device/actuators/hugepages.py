"""Transparent huge pages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cadet.device.actuators.pseudofile import chosen, equal, listed, read_text, write_text
from cadet.errors import NotApplied, Refused, nearest
from cadet.protocols import Knob

KNOBS = ("enabled", "defrag", "shmem_enabled", "use_zero_page")


class HugePages:
    """Addresses are the names of the files: `enabled`, `defrag`, `shmem_enabled`, `use_zero_page`."""

    kind = "hugepages"
    volatile = True

    def __init__(self, root: Path = Path("/")) -> None:
        self._folder = root / "sys/kernel/mm/transparent_hugepage"

    def check(self, address: str) -> None:
        """Raise Refused for any other name."""
        if address not in KNOBS:
            raise Refused(f"hugepages has no {address!r}{nearest(address, KNOBS)}")

    def places(self, address: str) -> Sequence[Path]:
        """Return the file of this name."""
        return (self._folder / address,)

    def system(self, address: str) -> bool:
        """Everyone on this machine feels it."""
        return True

    def read(self, address: str) -> str:
        """Return the selected word."""
        return chosen(read_text(self._folder / address))

    def write(self, address: str, value: str) -> None:
        """Select a word."""
        write_text(self._folder / address, value)

    def reset(self, address: str) -> None:
        """There is always a value to write back."""
        raise NotApplied(f"hugepages {address} is restored by its value")

    def twins(self, address: str) -> Sequence[Knob]:
        """Return the reserve that the kernel recomputes when huge pages are switched on or off."""
        return (Knob("sysctl", "vm.min_free_kbytes"),) if address == "enabled" else ()

    def available(self, address: str) -> Sequence[str]:
        """Return the words to choose from."""
        return listed(read_text(self._folder / address))

    def same(self, address: str, asked: str, shown: str) -> bool:
        """Tell whether both are one value."""
        return equal(asked, shown)
