"""Numbers as a person reads them: scaled units, as many digits as the interval supports, never `nan`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from cadet.model.effect import Estimate

NO_REASON = "no reason was recorded"
NOT_TOLD = "these measurements do not tell"
MINUS = "−"  # the typographic minus; a hyphen breaks at line ends

_TIME = {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1.0}
_BYTES = {"B": 1.0, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}
_ENERGY = {"µJ": 1e-6, "mJ": 1e-3, "J": 1.0, "kJ": 1e3, "MJ": 1e6}
_POWER = {"µW": 1e-6, "mW": 1e-3, "W": 1.0, "kW": 1e3}
_FAMILIES: tuple[Mapping[str, float], ...] = (_TIME, _BYTES, _ENERGY, _POWER)
_SPELLINGS = {"us": "µs", "sec": "s", "second": "s", "seconds": "s", "byte": "B", "bytes": "B", "KB": "kB",
              "uJ": "µJ", "uW": "µW", "joule": "J", "joules": "J", "watt": "W", "watts": "W"}  # fmt: skip
_TELLS_UP_TO = 100.0  # high ÷ low of an interval; a prediction with a wider one carries no information
_STAYS_FROM = 0.1  # 0.12 s stays 0.12 s, 0.05 s becomes 50 ms


@dataclass(frozen=True)
class Scale:
    """A unit to print in, and what one of it is worth in the unit of the data."""

    unit: str
    factor: float = 1.0

    def text(self, value: float, decimals: int) -> str:
        """Return `value`, given in the unit of the data, as digits without the unit."""
        return _digits(value / self.factor, decimals)

    def with_unit(self, digits: str) -> str:
        """Return the digits with the unit behind them."""
        return f"{digits} {self.unit}" if self.unit else digits


def scale(value: float, unit: str) -> Scale:
    """Return the unit in which `value`, measured in `unit`, reads best."""
    unit = _SPELLINGS.get(unit, unit)
    for family in _FAMILIES:
        if unit in family and value:
            base = abs(value) * family[unit]
            fitting = [name for name, worth in family.items() if base >= _STAYS_FROM * worth]
            best = fitting[-1] if fitting else next(iter(family))
            return Scale(best, family[best] / family[unit])
    return Scale(unit)


def quantity(value: float | None, unit: str = "") -> str:
    """Return three significant digits of `value` with a readable unit: `0.12 s`, `50 ms`, `8.4 MB`."""
    if value is None or not math.isfinite(value):
        return "not known"
    chosen = scale(value, unit)
    return chosen.with_unit(_trimmed(chosen.text(value, _decimals(value / chosen.factor))))


def estimate(shown: Estimate, unit: str = "") -> str:
    """Return `0.124 s (0.118–0.131 s)`; what is not known is said with its reason."""
    if not known(shown):
        return f"not known ({reason(shown)})"
    if interval(shown, unit):
        return f"{point(shown, unit)} ({interval(shown, unit)})"
    return f"{point(shown, unit)} (interval not known: {reason(shown)})"


def known(shown: Estimate) -> bool:
    """Tell whether there is a finite number to print."""
    return _finite(shown.estimate)


def predicted(shown: Estimate) -> Estimate:
    """Return a prediction as it may be told: not known where its interval spans more than two orders of magnitude."""
    low, high = shown.low, shown.high
    if low is None or high is None or low * high <= 0:
        return shown
    ends = sorted((abs(low), abs(high)))
    return Estimate(None, reason=NOT_TOLD) if ends[1] > _TELLS_UP_TO * ends[0] else shown


def reason(shown: Estimate) -> str:
    """Return why something about the estimate is not known."""
    return shown.reason or NO_REASON


def point(shown: Estimate, unit: str = "") -> str:
    """Return the number alone, with as many digits as its interval supports: `0.124 s`."""
    if shown.estimate is None or not known(shown):
        return "not known"
    chosen, decimals = _print_in(shown, unit)
    return chosen.with_unit(chosen.text(shown.estimate, decimals))


def interval(shown: Estimate, unit: str = "") -> str:
    """Return `0.118–0.131 s`, `at least 20 s` where one end is open, or "" where nothing is known of it."""
    chosen, decimals = _print_in(shown, unit)
    low, high = (chosen.text(end, decimals) if end is not None and _finite(end) else ""
                 for end in (shown.low, shown.high))  # fmt: skip
    if low and high:
        return chosen.with_unit(_range(low, high))
    if low or high:
        return f"at {'least' if low else 'most'} {chosen.with_unit(low or high)}"
    return ""


def percent(share: float | None) -> str:
    """Return `94 %`; close to 0 and to 100 with the digits that tell it from them."""
    if share is None or not math.isfinite(share):
        return "not known"
    return f"{_digits(100 * share, _percent_decimals(share))} %"


def chance(probability: float | None) -> str:
    """Return a model's probability: `70 %`, and no more certainty than `over 99 %`."""
    if probability is None or not math.isfinite(probability):
        return "not known"
    if 0.01 <= probability <= 0.99:
        return percent(probability)
    return "over 99 %" if probability > 0.5 else "under 1 %"


def percent_interval(shown: Estimate) -> str:
    """Return `92–95 %` for an estimate of a share, `at least 90 %` where one end is open, "" where nothing is known."""
    ends = [end for end in (shown.low, shown.high) if end is not None and math.isfinite(end)]
    texts = [_digits(100 * end, _percent_decimals(end)) for end in ends]
    if len(texts) == 1:
        return f"at {'least' if shown.low == ends[0] else 'most'} {texts[0]} %"
    return f"{_range(*texts)} %" if texts else ""


def duration(seconds: float) -> str:
    """Return a time span as a person says it: `45 s`, `2 min 31 s`, `1 h 10 min`."""
    if not math.isfinite(seconds):
        return "not known"
    whole = round(seconds)
    if whole < 60:
        return quantity(seconds, "s") if seconds < 10 else f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def count(number: int, one: str, many: str = "") -> str:
    """Return `1 run`, `140 runs`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def value(option_value: object) -> str:
    """Return an option's value as the target file spells it."""
    if option_value is None:
        return "not set"
    if isinstance(option_value, bool):
        return str(option_value).lower()
    if isinstance(option_value, float):
        return f"{option_value:g}".replace("-", MINUS, 1) if option_value < 0 else f"{option_value:g}"
    return str(option_value) if option_value != "" else '""'


def _finite(number: float | None) -> bool:
    return number is not None and math.isfinite(number)


def _print_in(shown: Estimate, unit: str) -> tuple[Scale, int]:
    """Choose unit and decimals for an estimate and its interval together."""
    numbers = [n for n in (shown.estimate, shown.low, shown.high) if n is not None and _finite(n)]
    largest = max(numbers, key=abs, default=0.0)
    lead = shown.estimate if shown.estimate and known(shown) else largest
    chosen = scale(lead, unit)
    decimals = _decimals(largest / chosen.factor)
    if len(numbers) == 3 and max(numbers) > min(numbers):
        width = (max(numbers) - min(numbers)) / chosen.factor
        decimals = min(max(1 - math.floor(math.log10(width)), decimals - 1), decimals + 2)
    return chosen, max(decimals, 0)


def _decimals(number: float) -> int:
    return max(2 - math.floor(math.log10(abs(number))), 0) if number else 0


def _percent_decimals(share: float) -> int:
    """Return as many decimals as tell the share from 0 % and 100 %, as long as that is more than rounding noise."""
    distance = 100 * min(abs(share), abs(1 - share))
    return -math.floor(math.log10(distance)) if 1e-3 <= distance < 1 else 0


def _digits(number: float, decimals: int) -> str:
    text = f"{abs(number):,.{decimals}f}"
    return f"{MINUS}{text}" if number < 0 and text.strip("0.,") else text


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _range(low: str, high: str) -> str:
    return f"{low} to {high}" if MINUS in low + high else f"{low}–{high}"
