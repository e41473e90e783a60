"""From the values or the range of an option section to a domain, and from spelled values to canonical ones."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

from cadet.device.target.document import ContextSection, OptionSection
from cadet.errors import DomainError, TargetError
from cadet.model.domain import Choice, Domain, Interval, Value


def option_domain(section: OptionSection, place: str) -> Domain:
    """Return the domain of an option; raises TargetError when it leaves nothing to choose or contradicts itself."""
    if section.values_from is not None and section.values is None and section.range is None:
        raise TargetError(f"{place}.values_from: needs an actuator that can be asked, and a target file to read")
    if (section.values is None) == (section.range is None) or section.values_from is not None:
        raise TargetError(f"{place}: give either values or range")
    if section.range is not None:
        return _interval(section, section.range, place)
    assert section.values is not None
    if section.scale is not None:
        raise TargetError(f"{place}.scale: belongs to a range, not to listed values")
    if len(section.values) < 2:
        raise TargetError(f"{place}.values: {section.values!r} leaves nothing to choose; list two or more values")
    return choice(section.values, section.ordered, f"{place}.values")


def context_domain(section: ContextSection, place: str) -> Choice:
    """Return the domain of a context variable."""
    return choice(section.values, None, f"{place}.values")


def choice(values: Sequence[Value], ordered: bool | None, place: str) -> Choice:
    """Return the listed values; numbers are put in order unless `ordered` says that the list is the order."""
    _distinct(values, place)
    numeric = all(_numeric(value) for value in values)
    listed = tuple(sorted(values, key=float)) if numeric and ordered is None else tuple(values)
    return Choice(listed, numeric if ordered is None else ordered)


def by_value(section: Mapping[str, object], domain: Domain, place: str) -> dict[Value, object]:
    """Return `section` with its keys, which TOML spells as text, brought to the values of `domain`."""
    found: dict[Value, object] = {}
    for key, content in section.items():
        value = canonical(domain, key, f"{place}.{key}")
        if value in found:
            raise TargetError(f"{place}.{key}: the value {value!r} is there twice")
        found[value] = content
    return found


def canonical(domain: Domain, value: object, place: str) -> Value:
    """Return the permissible value that `value` spells; raises TargetError with the place."""
    try:
        return domain.canonical(value)
    except DomainError as error:
        raise TargetError(f"{place}: {error}") from None


def _interval(section: OptionSection, bounds: Sequence[int | float], place: str) -> Interval:
    low, high = bounds
    if section.ordered is not None:
        raise TargetError(f"{place}.ordered: a range is ordered; take it out")
    if low >= high:
        raise TargetError(f"{place}.range: low {low!r} is not below high {high!r}")
    if section.scale == "log" and low <= 0:
        raise TargetError(f"{place}.range: a log scale starts above 0, got {low!r}")
    if not math.isfinite(high - low):
        raise TargetError(f"{place}.range: from {low!r} to {high!r} is wider than any number")
    integer = isinstance(low, int) and isinstance(high, int)
    return Interval(float(low), float(high), integer=integer, log=section.scale == "log")


def _distinct(values: Sequence[Value], place: str) -> None:
    if any(isinstance(v, bool) for v in values) and any(_numeric(v) for v in values):
        raise TargetError(f"{place}: mixes true/false with numbers, which other programs cannot tell apart")
    for first, second in itertools.combinations(values, 2):
        if _alike(first, second):
            raise TargetError(f"{place}: {second!r} is there twice{_spelled(first, second)}")


def _spelled(first: Value, second: Value) -> str:
    return "" if repr(first) == repr(second) else f", once as {first!r}"


def _alike(first: Value, second: Value) -> bool:
    try:
        Choice((first,)).canonical(second)
    except DomainError:
        return False
    return True


def _numeric(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
