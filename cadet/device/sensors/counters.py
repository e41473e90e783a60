"""Counters that only grow: what a run added to them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

Totals = Mapping[str, float]


class CounterSensor:
    """The difference of totals between `start` and `stop`; see `protocols.Sensor`.

    A counter that is gone at the end, or fell (a group that was made anew, a device that was reset), has no value.
    """

    def __init__(
        self, totals: Callable[[], Totals], sources: Mapping[str, str], wanted: Collection[str] | None
    ) -> None:
        self.sources: Mapping[str, str] = {n: s for n, s in sources.items() if wanted is None or n in wanted}
        self.names = tuple(self.sources)
        self.refused: Mapping[str, str] = {}
        self._totals = totals
        self._before: Totals = {}

    def start(self) -> None:
        """Note the totals."""
        self._before = self._totals()

    def stop(self) -> Mapping[str, float]:
        """Return what was added since `start`."""
        now = self._totals()
        grown = {n: now[n] - self._before[n] for n in self.names if n in now and n in self._before}
        self.refused = {n: f"{self.sources[n]}: it was not counted throughout" for n in self.names if n not in grown}
        self.refused |= {n: f"{self.sources[n]}: it fell by {-by:g}" for n, by in grown.items() if by < 0}
        return {name: by for name, by in grown.items() if by >= 0}
