"""Charts of runs: fluid in width (horizontal places are percentages), so that text keeps its size on a phone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from cadet.model.effect import Estimate
from cadet.model.objective import Objective
from cadet.report import numbers, sentence, svg
from cadet.report.evidence import Point, Proof, Search

HEIGHT = 230.0
_RIM = 16.0  # room above and below for marks of runs without a value
_LOG_FROM = 8.0  # a ratio between largest and smallest from which a logarithmic axis reads better
_MOST_TICKS = 6


@dataclass(frozen=True)
class Axis:
    """A vertical axis from `low` to `high` with its ticks."""

    low: float
    high: float
    log: bool
    ticks: tuple[float, ...]

    def place(self, value: float) -> float:
        """Return the distance from the top of the chart, in pixels; beyond the axis is at its end."""
        value = min(max(value, self.low), self.high)
        if self.log:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return HEIGHT - _RIM - share * (HEIGHT - 2 * _RIM)


def axis(values: Sequence[float]) -> Axis:
    """Return an axis that holds all values: from zero, or logarithmic where they span a lot."""
    finite = [v for v in values if math.isfinite(v)] or [0.0, 1.0]
    low, high = min(finite), max(finite)
    if low > 0 and high / low >= _LOG_FROM:
        low, high = low / 1.15, high * 1.15
        return Axis(low, high, True, _log_ticks(low, high))
    low, high = min(low, 0.0), max(high, 0.0)
    step = _step((high - low) or 1.0)
    low, high = math.floor(low / step) * step, math.ceil(high / step) * step or step
    ticks = tuple(low + i * step for i in range(round((high - low) / step) + 1))
    return Axis(low, high, False, ticks)


def proof_chart(proof: Proof) -> str:
    """Return every repetition of fault and fix in time order, with intervals and the goal.

    Where all of them were contended a ring around each would tell nothing apart; the text beside the chart says it.
    """
    bounds = [v for e in (proof.fault, proof.fix) for v in (e.low, e.high) if v is not None]
    scale = axis([*_values(proof.points), *bounds, proof.goal.threshold])
    links = [_link(a, b, proof.points, scale) for a, b in proof.pairs]
    return _figure(
        scale,
        proof.goal.objective,
        f"Every run of the fault and of the fix in time order; {sentence.goal(proof.goal)}",
        _band(proof.fault, "fault", scale),
        _band(proof.fix, "fix", scale),
        _rule(proof.goal.threshold, scale, "goal"),
        *links,
        *_marks(proof.points, scale, proof.goal.objective),
    )


def search_chart(search: Search) -> str:
    """Return the median of each measured configuration in the order of measurement, with the goal."""
    scale = axis([*_values(search.points), search.goal.threshold])
    return _figure(
        scale,
        search.goal.objective,
        f"The median of every measured configuration in the order of measurement; {sentence.goal(search.goal)}",
        _rule(search.goal.threshold, scale, "goal"),
        *_marks(search.points, scale, search.goal.objective),
    )


def interval_bar(shown: Estimate, scale: Sequence[float]) -> str:
    """Return a bar from zero to the estimate with its interval as a whisker; `scale` is what the axis must hold."""
    if shown.estimate is None or not numbers.known(shown):
        return ""
    low, high = min(0.0, *scale), max(0.0, *scale)
    span = (high - low) or 1.0

    def at(value: float) -> str:
        return f"{100 * (value - low) / span:.2f}%"

    left, right = sorted((0.0, shown.estimate))
    parts = [svg.element("rect", x=at(left), y=3, width=f"{100 * (right - left) / span:.2f}%", height=10, class_="bar")]
    if shown.low is not None and shown.high is not None:
        ends = (svg.element("line", x1=at(v), x2=at(v), y1=3, y2=13, class_="whisker") for v in (shown.low, shown.high))
        parts += [svg.element("line", x1=at(shown.low), x2=at(shown.high), y1=8, y2=8, class_="whisker"), *ends]
    zero = svg.element("line", x1=at(0.0), x2=at(0.0), y1=0, y2=16, class_="zero")
    return svg.element("svg", *parts, zero, class_="interval", width="100%", height=16, aria_hidden="true")


def _figure(scale: Axis, objective: Objective, says: str, *children: str) -> str:
    """Return the axis and the plot side by side: the axis has a fixed width, the plot takes the rest."""
    unit = numbers.scale(scale.ticks[-1] if scale.ticks else scale.high, objective.unit)
    digits = ((numbers.quantity(tick / unit.factor), scale.place(tick) + 4) for tick in scale.ticks)
    texts = (svg.text(text, "100%", y, "tick", "end") for text, y in digits)
    grid = (_rule(tick, scale, "grid") for tick in scale.ticks)
    ruler = svg.element("svg", *texts, class_="ruler", width="100%", height=HEIGHT, aria_hidden="true")
    plot = svg.element("svg", *grid, *children, class_="plot", role="img", aria_label=says, width="100%", height=HEIGHT)
    caption = f"{objective.name}{', ' + unit.unit if unit.unit else ''}{', logarithmic' if scale.log else ''}"
    heading = svg.element("p", escape(caption), class_="axis-name")
    return f'<div class="chart">{heading}{ruler}{plot}</div>'


def _marks(points: Sequence[Point], scale: Axis, objective: Objective) -> list[str]:
    ringed = not all(point.contended for point in points)
    return [_mark(point, _share(i, len(points)), scale, objective, ringed) for i, point in enumerate(points)]


def _mark(point: Point, share: float, scale: Axis, objective: Objective, ringed: bool) -> str:
    """Draw one run: a disc, hollow unless fresh; a triangle where it was cut off; a cross where it gave no value."""
    if point.value is None:
        says, y, shape = (
            f"{point.says}: failed",
            _RIM / 2,
            svg.element("path", d="M-4 -4L4 4M-4 4L4 -4", class_="cross"),
        )
    else:
        bound = "at least " if point.censored else ""
        says, y = f"{point.says}: {bound}{numbers.quantity(point.value, objective.unit)}", scale.place(point.value)
        shape = svg.element("path", d="M0 -6L5.5 4H-5.5z") if point.censored else svg.element("circle", r=4.5)
    ring = svg.element("circle", r=8.5, class_="ring") if point.contended and ringed else ""
    says += ", other load on the machine" if point.contended else ""
    classes = f"mark {point.series}{' fresh' if point.fresh else ''}"
    group = svg.element("g", svg.title(says), shape, ring, class_=classes)
    return svg.element("svg", group, x=f"{100 * share:.2f}%", y=y, overflow="visible", class_="at")


def _link(a: int, b: int, points: Sequence[Point], scale: Axis) -> str:
    first, second = points[a].value, points[b].value
    if first is None or second is None:
        return ""
    x1, x2 = (f"{100 * _share(i, len(points)):.2f}%" for i in (a, b))
    return svg.element("line", x1=x1, x2=x2, y1=scale.place(first), y2=scale.place(second), class_="pair")


def _band(shown: Estimate, series: str, scale: Axis) -> str:
    if shown.low is None or shown.high is None or not (math.isfinite(shown.low) and math.isfinite(shown.high)):
        return ""
    top, bottom = scale.place(shown.high), scale.place(shown.low)
    return svg.element("rect", x=0, y=top, width="100%", height=max(bottom - top, 1.5), class_=f"band {series}")


def _rule(value: float, scale: Axis, class_: str) -> str:
    y = scale.place(value)
    return svg.element("line", x1=0, x2="100%", y1=y, y2=y, class_=class_)


def _share(index: int, many: int) -> float:
    return (index + 0.5) / many


def _values(points: Sequence[Point]) -> list[float]:
    return [p.value for p in points if p.value is not None]


def _log_ticks(low: float, high: float) -> tuple[float, ...]:
    """Return the densest of three round series that gives few enough ticks, or evenly thinned powers of ten."""
    powers = [10.0**e for e in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)]
    for multiples in ((1, 2, 5), (1, 3), (1,)):
        ticks = [m * power for power in powers for m in multiples if low <= m * power <= high]
        if len(ticks) <= _MOST_TICKS:
            break
    return tuple(ticks[:: math.ceil(len(ticks) / _MOST_TICKS) or 1])


def _step(span: float) -> float:
    """Return a step of 1, 2 or 5 times a power of ten that gives four or five ticks."""
    rough = span / 4
    power = 10.0 ** math.floor(math.log10(rough))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= rough * 0.999)
