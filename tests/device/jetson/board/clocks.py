"""How a kernel treats writes to a clock's limits, and which frequency the governor picks."""

from __future__ import annotations

import errno
from bisect import bisect_right
from dataclasses import dataclass, field

from .spec import Domain

RAMP_S = 0.1  # assumption: a load-following governor climbs from the minimum to the maximum in about this time


@dataclass
class Clock:
    """Limits in Hz on a clock. `strict` as Linux 4.9: a minimum above the maximum is refused, else the maximum wins."""

    domain: Domain
    strict: bool
    low: int = field(init=False)
    high: int = field(init=False)

    def __post_init__(self) -> None:
        self.low, self.high = self.domain.low, self.domain.high

    @property
    def shown_low(self) -> int:
        """The minimum that the kernel shows; a request above the maximum stays pending, hidden."""
        return min(self.low, self.high)

    def set_low(self, hertz: int) -> None:
        """Ask for a minimum; raises EINVAL as the kernel would."""
        if self.strict and hertz > self.high:
            raise OSError(errno.EINVAL, "minimum above the maximum")
        self.low = self._within(hertz)

    def set_high(self, hertz: int) -> None:
        """Ask for a maximum; raises EINVAL as the kernel would."""
        if self.strict and hertz < self.low:
            raise OSError(errno.EINVAL, "maximum below the minimum")
        self.high = self._within(hertz)

    def current(self, busy_s: float | None) -> int:
        """Return the frequency after `busy_s` seconds of load; None: idle."""
        climbed = 0.0 if busy_s is None else min(busy_s / RAMP_S, 1.0)
        return self.step(self.shown_low + climbed * (self.high - self.shown_low))

    def step(self, hertz: float) -> int:
        """Return the highest frequency of the table not above `hertz`, or the lowest of all."""
        return self.domain.table[max(bisect_right(self.domain.table, hertz) - 1, 0)]

    def _within(self, hertz: int) -> int:
        return min(max(hertz, self.domain.low), self.domain.high)
