"""The configuration of the device as it is today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cadet.device.actuators import actuator
from cadet.device.target import Target
from cadet.device.target.setting import Setting, spell
from cadet.errors import CapabilityMissing, DomainError, UsageError
from cadet.model.domain import Choice, Value

_NOTHING_TO_READ = (
    "--fault current: every option of this target is set anew for each run, so there is no current configuration "
    "to read; leave --fault away to start from the defaults"
)


@dataclass(frozen=True)
class Current:
    """Values of the options that the device shows, and the names of those that had to be assumed to be defaults."""

    values: Mapping[str, Value]
    assumed: tuple[str, ...]

    def __str__(self) -> str:
        read = ", ".join(f"{name} = {value}" for name, value in self.values.items())
        rest = f"; assumed to have their defaults: {', '.join(self.assumed)}" if self.assumed else ""
        return f"read from the device: {read}{rest}"


def current(target: Target) -> Current:
    """Read what can be read; writes nothing.

    Raises CapabilityMissing where no option can be read, UsageError for a value that the option's domain lacks.
    """
    readable = [s for s in target.settings if s.template is None and s.knob.kind != "cgroup" and _harmless(s, target)]
    shown = {s: actuator(s.knob.kind).read(s.knob.address) for s in readable}
    values = {s.options[0]: _value(s, text, target) for s, text in shown.items() if text is not None}
    if not values:
        raise CapabilityMissing(_NOTHING_TO_READ)
    return Current(values, tuple(name for name in target.space.names if name not in values))


def _harmless(setting: Setting, target: Target) -> bool:
    """Tell whether reading runs no program out of a study that somebody else may have sent."""
    return setting.knob.kind != "command" or target.path is not None


def _value(setting: Setting, shown: str, target: Target) -> Value:
    option = target.space.by_name[setting.options[0]]
    for value in option.levels:
        if spell(value) == shown:
            return value
    for value in option.levels if isinstance(option.domain, Choice) else ():
        if actuator(setting.knob.kind).same(setting.knob.address, spell(value), shown):
            return value
    try:
        return option.domain.canonical(shown)
    except DomainError as error:
        raise UsageError(f"--fault current: {setting.knob.kind} {setting.knob.address} is {shown!r} today, which "
                         f"options.{option.name} does not hold ({error}); add it there") from None  # fmt: skip
