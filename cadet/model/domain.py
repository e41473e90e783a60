"""What values an option may take: a `Choice` of listed values or an `Interval` of numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cadet.errors import DomainError

Value = bool | int | float | str

_BOOLEANS = {"true": True, "false": False}
_GRID = 9  # levels that stand for an interval where a finite list is needed
_DIGITS = 6  # significant ones of drawn numbers; more where an interval is narrow for its place


def number(value: object) -> float | None:
    """Return the number that `value` is or spells, else None; booleans are no numbers."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        parsed = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return parsed if math.isfinite(parsed) else None


@dataclass(frozen=True)
class Choice:
    """A finite list of values; `ordered` says whether "between" has a meaning."""

    values: tuple[Value, ...]
    ordered: bool = False

    def canonical(self, value: object) -> Value:
        """Return the listed value that `value` is, matching by number (`"0"` is 0) and spelling of booleans.

        Raises DomainError naming the permissible values.
        """
        for mine in self.values:
            if type(mine) is type(value) and mine == value:
                return mine
        for mine in self.values:
            if _same(mine, value):
                return mine
        raise DomainError(f"{value!r} is not one of {', '.join(map(repr, self.values))}")

    def from_unit(self, u: float) -> Value:
        """Map u in [0, 1) to a value, every value equally likely."""
        return self.values[min(int(u * len(self.values)), len(self.values) - 1)]

    def levels(self) -> tuple[Value, ...]:
        """Return every permissible value."""
        return self.values

    def neighbours(self, value: Value) -> tuple[Value, ...]:
        """Return the adjacent values of an ordered choice, all the other values of an unordered one."""
        at = self.values.index(value)
        if not self.ordered:
            return self.values[:at] + self.values[at + 1 :]
        return tuple(self.values[i] for i in (at - 1, at + 1) if 0 <= i < len(self.values))

    def position(self, value: Value) -> float:
        """Return the rank of `value` scaled to [0, 1]."""
        return self.values.index(value) / max(len(self.values) - 1, 1)


@dataclass(frozen=True)
class Interval:
    """All numbers (or integers) between `low` and `high`, both included; `log` spaces them geometrically."""

    low: float
    high: float
    integer: bool = False
    log: bool = False
    ordered = True

    def canonical(self, value: object) -> Value:
        """Return `value` as a number of the interval; raises DomainError with the bounds."""
        parsed = number(value)
        if parsed is None or not self.low <= parsed <= self.high or (self.integer and parsed != round(parsed)):
            kind = "a whole number" if self.integer else "a number"
            raise DomainError(f"{value!r} is not {kind} from {self.low:g} to {self.high:g}")
        return round(parsed) if self.integer else parsed

    def from_unit(self, u: float) -> Value:
        """Map u in [0, 1) to a value of the interval, uniformly on its scale."""
        if self.log:
            raw = math.exp(math.log(self.low) + u * (math.log(self.high) - math.log(self.low)))
        else:
            raw = self.low + u * (self.high - self.low)
        raw = raw if self.integer else float(f"{raw:.{self._digits}g}")
        raw = min(max(raw, self.low), self.high)  # last: rounding may leave the interval
        return round(raw) if self.integer else raw

    @property
    def _digits(self) -> int:
        place = max(abs(self.low), abs(self.high)) / (self.high - self.low)
        return _DIGITS + min(max(math.ceil(math.log10(place)), 0), 17 - _DIGITS)

    def levels(self) -> tuple[Value, ...]:
        """Return a grid of values that stands for the interval, both ends included."""
        ends = [self.canonical(self.low), self.canonical(self.high)]
        between: Sequence[Value] = [self.from_unit(i / (_GRID - 1)) for i in range(1, _GRID - 1)]
        return tuple(dict.fromkeys((ends[0], *between, ends[1])))

    def neighbours(self, value: Value) -> tuple[Value, ...]:
        """Return the nearest grid value below and above `value`."""
        assert not isinstance(value, str)
        below = [v for v in self.levels() if not isinstance(v, str) and v < value]
        above = [v for v in self.levels() if not isinstance(v, str) and v > value]
        return tuple(below[-1:]) + tuple(above[:1])

    def position(self, value: Value) -> float:
        """Return the place of `value` on the interval's scale, in [0, 1]."""
        x = float(value)
        if self.log:
            return (math.log(x) - math.log(self.low)) / (math.log(self.high) - math.log(self.low))
        return (x - self.low) / (self.high - self.low)


Domain = Choice | Interval


def _same(mine: Value, value: object) -> bool:
    if isinstance(mine, bool):
        return _boolean(value) is mine
    if isinstance(mine, str):
        return mine == value or (number(mine) is not None and number(mine) == number(value))
    return not isinstance(value, bool) and number(value) == mine


def _boolean(value: object) -> bool | None:
    if isinstance(value, str):
        return _BOOLEANS.get(value.strip().lower())
    if type(value).__name__ in ("bool", "bool_"):
        return bool(value)
    as_number = number(value)
    return {0.0: False, 1.0: True}.get(as_number) if as_number is not None else None
