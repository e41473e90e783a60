"""Which sensor measures the energy of a rail; none is an error that lists where we looked, never a zero or a model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cadet.errors import CapabilityMissing, EnergyUnavailable
from cadet.plugins import load, names
from cadet.protocols import Sensor

_SUFFIX = ".energy_j"
_NO_ENERGY = ("proc", "pressure", "cgroup", "system", "thermal", "throttle")  # of ours; others' may measure it


def rails() -> tuple[dict[str, str], list[str]]:
    """Return the sensor by rail (`package_0`), and what every other place said."""
    found: dict[str, str] = {}
    looked: list[str] = []
    for kind in _kinds():
        try:
            offered = [name for name in load("sensor", kind)().names if name.endswith(_SUFFIX)]
        except CapabilityMissing as error:
            looked.append(f"{kind}: {error}")
            continue
        for name in offered:
            found.setdefault(name.removesuffix(_SUFFIX), kind)
        if not offered:
            looked.append(f"{kind}: is there, but counts no energy")
    return found, looked


def energy_sensor(value: str) -> Sensor:
    """Return a sensor that reads `value`, such as `gpu0.energy_j`, and nothing else; raises EnergyUnavailable."""
    found, looked = rails()
    rail = value.removesuffix(_SUFFIX)
    if rail in found:
        sensor: Sensor = load("sensor", found[rail])([value])
        return sensor
    raise EnergyUnavailable(f"energy:{rail}: nothing here measures it. {_told(found, looked)}", remedy=_remedy(found))


def _told(found: Iterable[str], looked: Iterable[str]) -> str:
    there = f"Measured here: {', '.join(sorted(found))}. " if found else ""
    return f"{there}Looked at:{''.join(f'{chr(10)}  {line}' for line in looked)}"


def _remedy(found: Iterable[str]) -> str:
    if found:
        return f'write from = "energy:{min(found)}", or mend one of the above'
    return "mend one of the above (`cadet doctor`), or measure another objective"


def _kinds() -> Iterator[str]:
    return (kind for kind in names("sensor") if kind not in _NO_ENERGY)
