"""Which changes of a target file make its earlier measurements belong to another target.

What reaches the device, or says how a value is read, is part of a measurement's identity. What only judges values
(SLO, goal), prices them (consent, cost), limits how long or how often we look (repeats, timeout, quiet gate) or guards
the device is not: those may change in a running study. Every censored run keeps the timeout that it ran under.
Of a recorded device its table counts, not where that lies.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from cadet.study.codec import same

FREE = (
    "objectives.*.slo",
    "objectives.*.goal",
    "options.*.consent",
    "options.*.consent.*",
    "options.*.cost_s",
    "options.*.layer",
    "constraints[[]*].reason",
    "consent",
    "run.repeats",
    "run.quiet",
    "run.quiet.*",
    "workload.timeout_s",
    "workload.replay",
    "service.ready.timeout_s",
    "guards",
    "guards.*",
    "device.identity",
    "device.python",
    "device.exclude",
)
"""Patterns of keys that may change while the measurements stay valid."""


def changes(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    """Return what changed in the identity of a target, as `options.batch.range: [1, 1024] → [1, 512]`."""
    return [f"{place}: {_show(was)} → {_show(now)}" for place, was, now in _differences(before, after, "")
            if not any(fnmatchcase(place, pattern) for pattern in FREE)]  # fmt: skip


_ABSENT = object()


def _differences(before: object, after: object, place: str) -> Iterator[tuple[str, object, object]]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in [*before, *(k for k in after if k not in before)]:
            inner = f"{place}.{key}" if place else str(key)
            yield from _differences(before.get(key, _ABSENT), after.get(key, _ABSENT), inner)
    elif _tables(before) and _tables(after) and not _free(place):
        assert isinstance(before, list) and isinstance(after, list)
        for i in range(max(len(before), len(after))):
            pair = [side[i] if i < len(side) else _ABSENT for side in (before, after)]
            yield from _differences(pair[0], pair[1], f"{place}[{i + 1}]")
    elif before is _ABSENT or after is _ABSENT or not same(before, after):
        yield place, before, after


def _tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, Mapping) for item in value)


def _free(place: str) -> bool:
    return any(fnmatchcase(place, pattern) for pattern in FREE)


def _show(value: object) -> str:
    if value is _ABSENT:
        return "(absent)"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:77] + "..."
