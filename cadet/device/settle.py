"""The thermal gate: a run waits until the device has cooled down, for a while; what it was like is recorded."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cadet.device.target.target import Settle
from cadet.errors import MeasurementError

_LOOK_S = 0.5


@dataclass(frozen=True)
class Settled:
    """How long a run waited (seconds), at which temperature it started (degrees Celsius), and whether that was low."""

    waited_s: float
    temperature_c: float
    reached: bool

    def to_dict(self) -> dict[str, object]:
        """Return it for the record, to a tenth: finer steps would say nothing."""
        return {"waited_s": round(self.waited_s, 1), "temperature_c": round(self.temperature_c, 1),
                "reached": self.reached}  # fmt: skip


class ThermalGate:
    """Waits at most `max_wait_s` for a temperature to be below `below_c`."""

    def __init__(
        self,
        settle: Settle,
        read: Callable[[], Mapping[str, float]],
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settle = settle
        self._read = read
        self._clock = clock
        self._sleep = sleep

    def wait(self, *, at_once: bool = False) -> Settled:
        """Return when the run may start; `at_once` only looks."""
        start = self._clock()
        patience_s = 0.0 if at_once else self._settle.max_wait_s
        while True:
            temperature = self._temperature()
            waited = self._clock() - start
            reached = temperature < self._settle.below_c
            if reached or waited >= patience_s:
                return Settled(waited, temperature, reached)
            self._sleep(min(_LOOK_S, patience_s - waited))

    def _temperature(self) -> float:
        try:
            return self._read()[self._settle.gauge]
        except (OSError, ValueError) as error:
            raise MeasurementError(f"run.settle: {self._settle.gauge} cannot be read any more: {error}; "
                                   "take run.settle out to run without it") from None  # fmt: skip
