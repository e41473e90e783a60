"""The present values of the device, by name, from whichever sensors offer them."""

from __future__ import annotations

from collections.abc import Collection

from cadet.errors import CadetError, CapabilityMissing, nearest
from cadet.plugins import load, names
from cadet.protocols import Gauge


class Gauges:
    """Reads the `wanted` values at any moment, from any thread.

    Raises CapabilityMissing for one that no sensor of this machine offers, with the names that there are.
    """

    def __init__(self, wanted: Collection[str]) -> None:
        self._wanted = frozenset(wanted)
        self._gauges: list[Gauge] = []
        missing, known = set(wanted), set[str]()
        for kind in names("sensor") if wanted else ():
            gauge = _opened(kind, wanted)
            offered = _offered(gauge)
            known |= offered
            if gauge is not None and offered & missing:
                self._gauges.append(gauge)
                missing -= offered
        if missing:
            known |= {name for kind in names("sensor") for name in _offered(_opened(kind))}
            name = min(missing)
            raise CapabilityMissing(f"no sensor of this machine shows {name!r} now{nearest(name, known)}",
                                    remedy="`cadet doctor` lists what there is")  # fmt: skip

    def read(self) -> dict[str, float]:
        """Return the present values; raises OSError where one cannot be read."""
        found: dict[str, float] = {}
        for gauge in self._gauges:
            found |= {name: value for name, value in gauge.read().items() if name in self._wanted}
        return found


def _opened(kind: str, wanted: Collection[str] | None = None) -> Gauge | None:
    try:
        sensor = load("sensor", kind)(wanted)
    except CapabilityMissing:  # told where a name is missing
        return None
    return sensor if isinstance(sensor, Gauge) else None


def _offered(gauge: Gauge | None) -> set[str]:
    try:
        return set(gauge.read()) if gauge is not None else set()
    except (OSError, CadetError):  # what cannot be read now cannot be watched
        return set()
