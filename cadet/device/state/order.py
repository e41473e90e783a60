"""In which order knobs are set and written down: owners before their twins, and what others need before all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cadet.device.actuators import Prepared, actuator
from cadet.errors import CadetError
from cadet.protocols import Knob


def owners_first(knobs: Iterable[Knob]) -> tuple[Knob, ...]:
    """Return the knobs so that one comes before those that its write changes."""
    order = list(dict.fromkeys(knobs))
    for knob in tuple(order):
        for twin in actuator(knob.kind).twins(knob.address):
            if twin in order and order.index(twin) < order.index(knob) and knob not in _twins(twin):
                order.remove(knob)
                order.insert(order.index(twin), knob)
    return tuple(order)


def needed(knobs: Iterable[Knob]) -> dict[Knob, str]:
    """Return what has to be set before these knobs exist, in order: a limit needs its control group."""
    found: dict[Knob, str] = {}
    for knob in knobs:
        kind = actuator(knob.kind)
        if isinstance(kind, Prepared):
            found.update(kind.needs(knob.address))
    return found


def journaled(order: Sequence[Knob]) -> Iterator[Knob]:
    """Yield every knob that may change: the last to be put back first, so that a twin comes after its owner."""
    seen: set[Knob] = set()
    for knob in (*needed(order), *(t for k in order for t in _twins(k) if t not in order), *reversed(order)):
        if knob not in seen:
            seen.add(knob)
            yield knob


def _twins(knob: Knob) -> tuple[Knob, ...]:
    """Return the knobs that change with this one, and with those; what the machine does not have is left out."""
    found: list[Knob] = []
    waiting = [knob]
    while waiting:
        for twin in actuator(waiting[0].kind).twins(waiting[0].address):
            if twin not in found and twin != knob and _there(twin):
                found.append(twin)
                waiting.append(twin)
        waiting.pop(0)
    return tuple(found)


def _there(knob: Knob) -> bool:
    try:
        actuator(knob.kind).read(knob.address)
    except CadetError:  # not on this machine, so nothing can change it
        return False
    return True
