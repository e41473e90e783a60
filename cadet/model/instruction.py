"""How a fix is made by hand: what to type, what takes it back, who else feels it."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Instruction:
    """One step to set `options`: `way` names where they live (sysctl, command line, ...).

    command: what to type, empty where there is nothing to type; then `note` says what to do. undo: what puts the
    earlier value back, empty where nothing outlives the process. system: whether others on the machine feel it.
    """

    options: tuple[str, ...]
    way: str
    command: str = ""
    undo: str = ""
    system: bool = False
    note: str = ""

    def to_dict(self) -> dict[str, object]:
        """Return the fields as plain data."""
        return {**asdict(self), "options": list(self.options)}
