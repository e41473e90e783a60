"""The request queue of a block device."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from cadet.device.actuators.denied import refuse_tricks, refuse_where_it_leads
from cadet.device.actuators.pseudofile import chosen, equal, listed, number, read_text, write_text
from cadet.errors import NotApplied, Refused, nearest
from cadet.protocols import Knob

KNOBS = ("scheduler", "nr_requests", "read_ahead_kb", "rq_affinity", "nomerges", "max_sectors_kb", "wbt_lat_usec",
         "add_random", "iostats", "io_poll")  # fmt: skip
_CHANGED_BY_SCHEDULER = ("nr_requests", "wbt_lat_usec")
_FORGOTTEN = {"scheduler": "*", "nr_requests": "async_depth"}  # settings of the present scheduler, below iosched
_PAGE_KB = 4  # read-ahead is kept in pages


class BlockQueue:
    """Addresses are DEVICE/KNOB: `vda/scheduler`, `nvme0n1/read_ahead_kb`."""

    kind = "block"
    volatile = True

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root

    def check(self, address: str) -> None:
        """Raise Refused for another knob, or a path instead of the name of a device."""
        refuse_tricks(address)
        device, _, knob = address.partition("/")
        if not re.fullmatch(r"[a-z][a-z0-9_!-]*", device) or "/" in knob:
            raise Refused(f"block {address!r} is not of the form DEVICE/KNOB, as in 'vda/scheduler'")
        if knob not in KNOBS:
            raise Refused(f"block {address!r}: no knob {knob!r}{nearest(knob, KNOBS)}")
        refuse_where_it_leads(self._path(address), self._root, "sys")

    def places(self, address: str) -> Sequence[Path]:
        """Return the file in the queue's folder."""
        return (self._path(address),)

    def system(self, address: str) -> bool:
        """Everyone who uses the device feels it."""
        return True

    def read(self, address: str) -> str:
        """Return the value; of the schedulers the selected one."""
        return chosen(read_text(self._path(address)))

    def write(self, address: str, value: str) -> None:
        """Write the value."""
        write_text(self._path(address), value)

    def reset(self, address: str) -> None:
        """There is always a value to write back."""
        raise NotApplied(f"block {address} is restored by its value")

    def twins(self, address: str) -> Sequence[Knob]:
        """Return what a change sets anew, as far as this device has it: a scheduler brings its own settings."""
        device, _, knob = address.partition("/")
        reset = _CHANGED_BY_SCHEDULER if knob == "scheduler" else ()
        there = (Knob(self.kind, f"{device}/{name}") for name in reset if self._path(f"{device}/{name}").exists())
        own = sorted(self._path(f"{device}/iosched").glob(_FORGOTTEN[knob])) if knob in _FORGOTTEN else ()
        return (*there, *(Knob("sysfs", f"/{path.relative_to(self._root)}") for path in own))

    def available(self, address: str) -> Sequence[str]:
        """Return the schedulers to choose from."""
        return listed(read_text(self._path(address)))

    def same(self, address: str, asked: str, shown: str) -> bool:
        """Tell whether both are one value; read-ahead is rounded down to pages (130 -> 128)."""
        if equal(asked, shown):
            return True
        wanted, got = number(asked), number(shown)
        rounds = address.endswith("/read_ahead_kb") and wanted is not None and got is not None
        return bool(rounds and got is not None and wanted is not None and 0 <= wanted - got < _PAGE_KB)

    def _path(self, address: str) -> Path:
        device, _, knob = address.partition("/")
        return self._root / "sys/block" / device / "queue" / knob
