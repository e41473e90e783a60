"""What the doctor finds: one source or knob, its state, and what would mend it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from cadet.errors import CapabilityMissing

State = Literal["works", "missing", "no permission", "not there yet"]
Kind = Literal["sensor", "actuator", "system", "target"]


@dataclass(frozen=True)
class Finding:
    """One source or knob on this machine. `remedy` is the command or the sentence that would mend it."""

    kind: Kind
    name: str
    state: State
    detail: str = ""
    remedy: str = ""

    def to_dict(self) -> dict[str, str]:
        """Return the fields as plain data."""
        return asdict(self)


def lacking(kind: Kind, name: str, error: CapabilityMissing) -> Finding:
    """Return the finding that an instrument or a knob is not there, or may not be used."""
    return Finding(kind, name, "no permission" if error.denied else "missing", error.reason, error.remedy)
