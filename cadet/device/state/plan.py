"""What a session would write: shown before anything is, and asked for consent where others feel it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from cadet.device.actuators import Bounded, actuator
from cadet.device.actuators.process import REAL_TIME
from cadet.device.state.order import needed
from cadet.device.target import Target
from cadet.device.target.setting import Setting
from cadet.errors import CadetError, Refused, WritesNotAllowed
from cadet.protocols import Knob


@dataclass(frozen=True)
class PlannedWrite:
    """A knob that would be written: what it is now, what it would be set to, what changes with it, who feels it.

    now: None where the device does not show it. trouble: why it cannot be set here.
    """

    option: str
    kind: str
    address: str
    now: str | None
    values: tuple[str, ...]
    twins: tuple[str, ...]
    system: bool
    trouble: str = ""

    def to_dict(self) -> dict[str, object]:
        """Return the fields as plain data."""
        return asdict(self)


def plan(target: Target) -> list[PlannedWrite]:
    """Return every write that a session of this target may make; reads only."""
    return [*_prepared(target), *(_planned(setting, target) for setting in target.settings)]


def felt_by_others(target: Target) -> tuple[str, ...]:
    """Return what of the target others on this machine feel."""
    knobs = (s.knob for s in target.settings if actuator(s.knob.kind).system(s.knob.address))
    hard = (name for name, known in target.properties.items() if known == "scheduler" and _real_time(target, name))
    return (*(f"{k.kind} {k.address}" for k in knobs), *(f"the real-time scheduler of {name!r}" for name in hard))


def require_permission(target: Target, allowed: bool) -> None:
    """Raise WritesNotAllowed where others would feel a write that nobody has allowed."""
    felt = () if allowed else felt_by_others(target)
    if felt:
        raise WritesNotAllowed(f"this target sets what others on this machine feel: {', '.join(felt)}; "
                               "--dry-run shows every write, --allow-system-writes allows them for this session "
                               "(all is put back at its end)")  # fmt: skip


def refuse_dangerous(target: Target) -> None:
    """Raise Refused, naming the option, for a value that would take the machine away from everybody on it."""
    for setting in target.settings:
        if setting.template is None:
            trouble = _danger(setting, target)
            if trouble:
                raise Refused(f"options.{setting.options[0]}: {trouble}")


def _danger(setting: Setting, target: Target) -> str:
    """Return why one of the values of an option is refused on this machine, "" where none is."""
    kind, option = actuator(setting.knob.kind), target.space.by_name[setting.options[0]]
    if not isinstance(kind, Bounded):
        return ""
    try:
        for value in (*option.levels, option.default):
            kind.refuse(setting.knob.address, setting.text({option.name: value}))
    except Refused as refused:
        return str(refused)
    return ""


def _prepared(target: Target) -> Iterator[PlannedWrite]:
    for knob, value in needed(s.knob for s in target.settings).items():
        now, trouble = _now(knob)
        yield PlannedWrite("", knob.kind, knob.address, now, (value,), (), True, trouble)


def _planned(setting: Setting, target: Target) -> PlannedWrite:
    knob = setting.knob
    found = actuator(knob.kind)
    now, trouble = _now(knob)
    trouble = trouble or _danger(setting, target)
    if setting.template is not None:
        values: tuple[str, ...] = (f"rendered with {', '.join(setting.options)}",)
        now = None if now is None else f"{len(now)} characters"
    else:
        option = target.space.by_name[setting.options[0]]
        values = tuple(setting.text({option.name: value}) for value in option.levels)
    twins = tuple(f"{twin.kind} {twin.address}" for twin in found.twins(knob.address))
    named = ", ".join(setting.options)
    return PlannedWrite(named, knob.kind, knob.address, now, values, twins, found.system(knob.address), trouble)


def _now(knob: Knob) -> tuple[str | None, str]:
    try:
        actuator(knob.kind).check(knob.address)
        return actuator(knob.kind).read(knob.address), ""
    except CadetError as error:
        return None, str(error)


def _real_time(target: Target, name: str) -> bool:
    return any(str(value).partition(":")[0] in REAL_TIME for value in target.space.by_name[name].levels)
