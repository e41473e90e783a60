"""The quiet gate: a run waits for others to calm down, for a while; then it runs anyway and is tagged."""

from __future__ import annotations

import time
from collections.abc import Callable

from cadet.device.sensors.load import LoadSensor, Share
from cadet.device.target.target import Quiet

_LOOK_S = 0.1  # how long one look at the load takes
_FRESH_S = 1.0  # how long a quiet look counts


class QuietGate:
    """Waits at most `max_wait_s`. Every wait in vain halves the patience, so that a busy machine is no standstill.

    Runs tell how busy others were, too: a quiet one restores the patience and lets the next run start at once.
    """

    def __init__(
        self,
        quiet: Quiet,
        sensor: LoadSensor,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._quiet = quiet
        self._sensor = sensor
        self._clock = clock
        self._sleep = sleep
        self._patience_s = quiet.max_wait_s
        self._quiet_at: float | None = None

    def wait(self) -> float:
        """Return after how many seconds the run may start."""
        start = self._clock()
        if self._patience_s < _LOOK_S or self._just_quiet(start):
            return 0.0
        while not self._look():
            if self._clock() - start >= self._patience_s:
                self._patience_s /= 2
                break
        return self._clock() - start

    def note(self, share: Share) -> bool:
        """Learn from a run how busy others were; tell whether it was contended."""
        contended = share.above(self._quiet.max_other_cpu)
        self._settle(not contended)
        return contended

    def _look(self) -> bool:
        self._sensor.start()
        self._sleep(_LOOK_S)
        quiet = not self._sensor.stop().above(self._quiet.max_other_cpu)
        self._settle(quiet)
        return quiet

    def _settle(self, quiet: bool) -> None:
        self._quiet_at = self._clock() if quiet else None
        if quiet:
            self._patience_s = self._quiet.max_wait_s

    def _just_quiet(self, now: float) -> bool:
        return self._quiet_at is not None and now - self._quiet_at < _FRESH_S
