"""A device in a dictionary, with every trouble that real ones make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from cadet.errors import CapabilityMissing, NotApplied, Refused
from cadet.protocols import Knob


class Toy:
    """Knobs: `plain`, `scheduler` (sets `depth` to 128), `ratio` and `bytes` (each zeroes the other; 0 is refused),
    `low` and `high` (low <= high), `steps` (rounds down to tens), `hidden` (no getter), `stuck` (read-only),
    `deaf` (takes values and does nothing), `lasting`.
    """

    kind = "toy"
    volatile = True
    FRESH: ClassVar[dict[str, str]] = {
        "plain": "1", "scheduler": "none", "depth": "100", "ratio": "20", "bytes": "0", "low": "10", "high": "90",
        "steps": "10", "stuck": "5", "deaf": "5", "hidden": "free",
    }  # fmt: skip

    def __init__(self) -> None:
        self.state = dict(self.FRESH)
        self.written: list[tuple[str, str]] = []
        self.system_wide = False

    def check(self, address: str) -> None:
        if address == "forbidden":
            raise Refused("forbidden")

    def system(self, address: str) -> bool:
        return self.system_wide

    def read(self, address: str) -> str | None:
        if address not in self.state:
            raise CapabilityMissing(f"no {address}")
        return None if address == "hidden" else self.state[address]

    def write(self, address: str, value: str) -> None:
        if address not in self.state:
            raise NotApplied(f"{address} is gone")
        self.written.append((address, value))
        low, high = int(self.state["low"]), int(self.state["high"])
        if address == "stuck" or (address in ("ratio", "bytes") and value == "0"):
            raise NotApplied(f"{address} does not take {value!r}: Invalid argument")
        if (address == "low" and int(value) > high) or (address == "high" and int(value) < low):
            raise NotApplied(f"{address} does not take {value!r}: Invalid argument")
        if address == "deaf":
            return
        self.state[address] = str(int(value) // 10 * 10) if address == "steps" else value
        if address == "scheduler":
            self.state["depth"] = "128"
        if address in ("ratio", "bytes"):
            self.state["bytes" if address == "ratio" else "ratio"] = "0"

    def reset(self, address: str) -> None:
        self.written.append((address, "reset"))
        self.state[address] = self.FRESH[address]

    def twins(self, address: str) -> Sequence[Knob]:
        names = {"scheduler": ("depth",), "ratio": ("bytes",), "bytes": ("ratio",)}.get(address, ())
        return tuple(Knob(self.kind, name) for name in names)

    def available(self, address: str) -> Sequence[str]:
        return ()

    def same(self, address: str, asked: str, shown: str) -> bool:
        return asked == shown or (address == "steps" and 0 <= int(asked) - int(shown) < 10)


class Lasting(Toy):
    """One that a reboot does not put back."""

    kind = "lasting"
    volatile = False
