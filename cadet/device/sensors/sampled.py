"""Values that are sampled beside the workload, on a monotonic clock, from its start to its end."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from cadet.device.sensors.samples import LEAST_PERIODS, Figure, Needs
from cadet.errors import CadetError


@dataclass(frozen=True)
class Channel:
    """One quantity of the device: how it is read, in SI units, and the figures that its samples come to.

    gauge: the name of its present value, "" where that says nothing (a counter). refresh_s: how often the device
    brings it up to date, 0 where that is faster than any sampling.
    """

    read: Callable[[], float]
    figures: tuple[Figure, ...]
    source: str
    gauge: str = ""
    refresh_s: float = 0.0


@dataclass
class _Track:
    channel: Channel
    times: list[float]
    values: list[float]
    trouble: str = ""


class SampledSensor:
    """Samples channels every `period_s` between `start` and `stop`; see `protocols.Sensor` and `protocols.Gauge`.

    A sum or a mean over fewer than `LEAST_PERIODS` periods of the sensor is refused, as is what could not be read at
    every moment; `refused` says why.
    """

    def __init__(
        self,
        channels: Sequence[Channel],
        wanted: Collection[str] | None,
        *,
        period_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._gauges = [c for c in channels if c.gauge and (wanted is None or c.gauge in wanted)]
        self._channels = [kept for channel in channels if (kept := _within(channel, wanted)).figures]
        self._period_s = period_s
        self._clock = clock
        self.names = tuple(figure.name for channel in self._channels for figure in channel.figures)
        self.sources: Mapping[str, str] = {
            figure.name: f"{channel.source}, {figure.how}, {self._pace(channel)}"
            for channel in self._channels
            for figure in channel.figures
        }
        self.refused: Mapping[str, str] = {}
        self._tracks: list[_Track] = []
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def read(self) -> Mapping[str, float]:
        """Return the present values; raises OSError when one cannot be read."""
        return {channel.gauge: channel.read() for channel in self._gauges}

    def start(self) -> None:
        """Take a first sample and go on beside the workload."""
        self._tracks = [_Track(channel, [], []) for channel in self._channels]
        self._sample()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="cadet-sampling", daemon=True)
        self._thread.start()

    def stop(self) -> Mapping[str, float]:
        """Take a last sample and return what they come to."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._sample()
        found: dict[str, float] = {}
        refused: dict[str, str] = {}
        for track in self._tracks:
            for figure in track.channel.figures:
                reason = self._reason(track, figure)
                value = math.nan if reason else figure.over(track.times, track.values)
                if math.isfinite(value):
                    found[figure.name] = value
                else:
                    refused[figure.name] = reason or f"{track.channel.source}: its values do not add up to a number"
        self.refused = refused
        return found

    def _watch(self) -> None:
        due = self._clock()
        while not self._over.wait(max(0.0, (due := due + self._period_s) - self._clock())):
            self._sample()
            due = max(due, self._clock() - self._period_s)  # after a delay go on, instead of catching up

    def _sample(self) -> None:
        for track in self._tracks:
            if track.trouble:
                continue
            before = self._clock()
            try:
                value = track.channel.read()
            except (OSError, ValueError, CadetError) as error:
                track.trouble = f"{track.channel.source} cannot be read: {error}"
                continue
            track.times.append((before + self._clock()) / 2)
            track.values.append(value)

    def _reason(self, track: _Track, figure: Figure) -> str:
        """Return why a figure is refused, or ""."""
        if track.trouble:
            return track.trouble
        needed_s = LEAST_PERIODS * self._period(track.channel, figure)
        seconds = track.times[-1] - track.times[0]
        if seconds >= needed_s:
            return ""
        return (
            f"the run took {seconds:.3g} s, less than {LEAST_PERIODS} periods of {track.channel.source}; "
            f"make the workload longer than {needed_s:g} s"
        )

    def _pace(self, channel: Channel) -> str:
        sampled = f"sampled every {self._period_s:g} s"
        return f"{sampled}, refreshed every {channel.refresh_s:g} s" if channel.refresh_s else sampled

    def _period(self, channel: Channel, figure: Figure) -> float:
        match figure.needs:
            case Needs.NOTHING:
                return 0.0
            case Needs.REFRESHES:
                return channel.refresh_s or self._period_s
            case Needs.SAMPLES:
                return max(channel.refresh_s, self._period_s)


def _within(channel: Channel, wanted: Collection[str] | None) -> Channel:
    figures = tuple(figure for figure in channel.figures if wanted is None or figure.name in wanted)
    return replace(channel, figures=figures)
