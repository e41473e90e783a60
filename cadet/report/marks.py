"""The signs of a chart and their legend: discs, triangles, crosses for runs, bands for intervals, lines for goals."""

from __future__ import annotations

import math
from collections.abc import Collection

from cadet.model.effect import Estimate
from cadet.report import svg
from cadet.report.axis import Axis
from cadet.report.figure import HEIGHT, RIM, Key

_DISC, _TRIANGLE, _CROSS = (
    "M0 -4.5A4.5 4.5 0 1 1 0 4.5A4.5 4.5 0 1 1 0 -4.5Z",
    "M0 -6L5.5 4H-5.5z",
    "M-4 -4L4 4M-4 4L4 -4",
)
_SAYS = {"fault": "fault", "fix": "fix", "run": "one run", "design": "initial design", "proposal": "proposed later",
         "front": "on the front: no other is better in both", "other": "other configuration"}  # fmt: skip
_CIRCUMSTANCES = ("stale", "contended", "censored", "failed")


def height(scale: Axis, value: float) -> float:
    """Return the distance of a value from the top of a plot, in pixels."""
    return HEIGHT - RIM - scale.share(value) * (HEIGHT - 2 * RIM)


def mark(
    series: str, says: str, x: str, y: float, *, fresh: bool, censored: bool = False, failed: bool = False,
    ring: bool = False,
) -> str:  # fmt: skip
    """Return one run: a disc, hollow unless fresh; a triangle where it was cut off; a cross where it gave no value."""
    d = _CROSS if failed else (_TRIANGLE if censored else _DISC)
    shape = svg.element("path", d=d, class_="cross" if failed else None)
    halo = svg.element("circle", r=8.5, class_="ring") if ring else ""
    group = svg.element("g", svg.title(says), shape, halo, class_=f"mark {series}{' fresh' if fresh else ''}")
    return svg.element("svg", group, x=x, y=y, overflow="visible", class_="at")


def band(shown: Estimate, series: str, scale: Axis) -> str:
    """Return the interval of an estimate as a band over the whole width, nothing where it is not known."""
    if shown.low is None or shown.high is None or not (math.isfinite(shown.low) and math.isfinite(shown.high)):
        return ""
    top, bottom = height(scale, shown.high), height(scale, shown.low)
    return svg.element("rect", x=0, y=top, width="100%", height=max(bottom - top, 1.5), class_=f"band {series}")


def rule(value: float, scale: Axis, class_: str) -> str:
    """Return a line over the whole width."""
    y = height(scale, value)
    return svg.element("line", x1=0, x2="100%", y1=y, y2=y, class_=class_)


def ruler(scale: Axis, unit: str) -> tuple[str, str]:
    """Return the numbers beside a plot, and the unit that they are in."""
    texts, chosen = scale.spelled(unit)
    placed = (svg.text(t, "100%", height(scale, tick) + 4, "tick", "end")
              for t, tick in zip(texts, scale.ticks, strict=True))  # fmt: skip
    return "".join(placed), chosen


def keys(
    series: Collection[str], circumstances: Collection[str] = (), *, goal: bool, interval: bool
) -> tuple[Key, ...]:
    """Return the legend for the series and the circumstances that a chart shows."""
    shown = [Key(_sample(f"mark {name} fresh", _DISC), _SAYS[name]) for name in _SAYS if name in series]
    shown += [_circumstance(name) for name in _CIRCUMSTANCES if name in circumstances]
    if goal:
        shown.append(Key(svg.element("line", x1=2, x2=32, y1=8, y2=8, class_="goal"), "goal"))
    if interval:
        both = (svg.element("rect", x=2 + 15 * i, y=2, width=15, height=12, class_=f"band {name}")
                for i, name in enumerate(("fault", "fix")) if name in series)  # fmt: skip
        shown.append(Key("".join(both), "95 % interval"))
    return tuple(shown)


def _circumstance(name: str) -> Key:
    if name == "contended":
        ring = svg.element("circle", cx=17, cy=8, r=7, class_="ring")
        return Key(svg.element("g", ring, class_="mark"), "other load on the machine")
    drawn = {"stale": ("mark fault", _DISC, None), "censored": ("mark design", _TRIANGLE, None),
             "failed": ("mark design", _CROSS, "cross")}[name]  # fmt: skip
    says = {"stale": "other run, cannot confirm", "censored": "cut off by the timeout", "failed": "no value"}[name]
    return Key(_sample(*drawn), says)


def _sample(group: str, d: str, class_: str | None = None) -> str:
    shape = svg.element("path", d=d, class_=class_, transform="translate(17 8)")
    return svg.element("g", shape, class_=group)
