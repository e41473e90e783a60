"""A knob of the device and the options that decide its value."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from cadet.device.actuators import file as files
from cadet.device.target import placeholders
from cadet.errors import Refused, TargetError
from cadet.model.domain import Value
from cadet.protocols import Knob


@dataclass(frozen=True)
class Setting:
    """A knob and the options that decide its value; `template` is the text into which they are filled."""

    knob: Knob
    options: tuple[str, ...]
    template: str | None = None

    def active(self, active: Collection[str]) -> bool:
        """Tell whether the knob is set where these options exist; a file always is."""
        return self.template is not None or self.options[0] in active

    def text(self, values: Mapping[str, Value]) -> str:
        """Return what the knob is asked for under these values."""
        if self.template is not None:
            return files.content(placeholders.fill(self.template, values))
        return spell(values[self.options[0]])


def spell(value: Value) -> str:
    """Return a value as knobs take it: 1/0 for true/false, whole numbers without a point."""
    if isinstance(value, bool):
        return "1" if value else "0"
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)


def checked(place: str, check: Callable[..., None], *arguments: str) -> None:
    """Call `check`; raises TargetError naming the place where it refuses."""
    try:
        check(*arguments)
    except (Refused, TargetError) as error:
        raise TargetError(f"{place}: {error}") from None
