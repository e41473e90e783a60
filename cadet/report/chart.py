"""Charts of runs in the order of time: the proof, the search, and how far repetitions of one configuration differ."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cadet.model.effect import Estimate
from cadet.model.objective import Objective
from cadet.report import marks, numbers, sentence, svg
from cadet.report.axis import Axis, axis
from cadet.report.evidence import Point, Proof, Search, circumstances
from cadet.report.figure import RIM, Figure
from cadet.report.quality import Repetitions

_ORDER = "in the order of measurement"
_ABOUT_TYPICAL = (99.0, 100.0, 101.0)  # % that an axis of repetitions holds at least: rounding is no spread


def proof_chart(proof: Proof) -> Figure:
    """Return every repetition of fault and fix in time order, with intervals and the goal.

    Where all of them were contended a ring around each would tell nothing apart; the text beside the chart says it.
    """
    bounds = [v for e in (proof.fault, proof.fix) for v in (e.low, e.high) if v is not None]
    scale = axis([*_values(proof.points), *bounds, proof.goal.threshold])
    return _figure(
        f"proof-{proof.goal.label}",
        f"Proof: {sentence.name(proof.goal)}",
        scale,
        proof.goal.objective,
        f"Every run of the fault and of the fix {_ORDER}; {sentence.goal(proof.goal)}",
        proof.points,
        [
            marks.band(proof.fault, "fault", scale),
            marks.band(proof.fix, "fix", scale),
            marks.rule(proof.goal.threshold, scale, "goal"),
            *(_link(a, b, proof.points, scale) for a, b in proof.pairs),
        ],
        circumstances(proof.points),
        interval=True,
    )


def search_chart(search: Search) -> Figure:
    """Return the median of each measured configuration in the order of measurement, with the goal."""
    scale = axis([*_values(search.points), search.goal.threshold])
    return _figure(
        f"search-{search.goal.label}",
        f"The search: {sentence.name(search.goal)}",
        scale,
        search.goal.objective,
        f"The median of every measured configuration {_ORDER}; {sentence.goal(search.goal)}",
        search.points,
        [marks.rule(search.goal.threshold, scale, "goal")],
        circumstances(search.points) - {"stale"},
        interval=False,
    )


def repetitions_chart(seen: Repetitions) -> Figure:
    """Return each repetition in percent of the typical value of its configuration, in the order of measurement."""
    scale = axis([*_values(seen.points), *_ABOUT_TYPICAL], zero=False)
    ruler, _ = marks.ruler(scale, "%")
    grid = (marks.rule(tick, scale, "grid") for tick in scale.ticks)
    told = _worth_a_key(circumstances(seen.points) - {"stale"})
    return Figure(
        f"repetitions-{seen.goal.label}",
        f"Repetitions: {sentence.name(seen.goal)}",
        f"{seen.goal.objective.name}, % of what is typical for the same configuration",
        f"Every repetition in percent of the typical value of its configuration, {_ORDER}",
        ruler,
        "".join([*grid, marks.rule(100.0, scale, "goal"), *_marks(seen.points, scale, "%")]),
        marks.keys({p.series for p in seen.points}, told, goal=False, interval=False),
        "time →",
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


def _figure(
    name: str, title: str, scale: Axis, objective: Objective, says: str, points: Sequence[Point],
    behind: Sequence[str], seen: frozenset[str], *, interval: bool,
) -> Figure:  # fmt: skip
    ruler, unit = marks.ruler(scale, objective.unit)
    grid = (marks.rule(tick, scale, "grid") for tick in scale.ticks)
    named = f"{objective.name}{', ' + unit if unit else ''}{', logarithmic' if scale.log else ''}"
    return Figure(
        name, title, named, says, ruler, "".join([*grid, *behind, *_marks(points, scale, objective.unit)]),
        marks.keys({p.series for p in points}, _worth_a_key(seen), goal=True, interval=interval), "time →",
    )  # fmt: skip


def _worth_a_key(seen: frozenset[str]) -> frozenset[str]:
    """Return the circumstances that tell marks apart: what all of them share is said beside the chart."""
    return seen - {"contended"} if "all contended" in seen else seen


def _marks(points: Sequence[Point], scale: Axis, unit: str) -> list[str]:
    ringed = not all(point.contended for point in points)
    return [_mark(point, _share(i, len(points)), scale, unit, ringed) for i, point in enumerate(points)]


def _mark(point: Point, share: float, scale: Axis, unit: str, ringed: bool) -> str:
    failed = point.value is None
    says = f"{point.says}: {said(point, unit)}" + (", other load on the machine" if point.contended else "")
    y = RIM / 2 if point.value is None else marks.height(scale, point.value)
    return marks.mark(point.series, says, f"{100 * share:.2f}%", y, fresh=point.fresh, censored=point.censored,
                      failed=failed, ring=point.contended and ringed)  # fmt: skip


def said(point: Point, unit: str) -> str:
    """Return the value of a run as text: `0.25 s`, `at least 20 s`, `failed`."""
    if point.value is None:
        return "no value" if point.censored else "failed"
    return f"{'at least ' if point.censored else ''}{numbers.quantity(point.value, unit)}"


def _link(a: int, b: int, points: Sequence[Point], scale: Axis) -> str:
    first, second = points[a].value, points[b].value
    if first is None or second is None:
        return ""
    x1, x2 = (f"{100 * _share(i, len(points)):.2f}%" for i in (a, b))
    return svg.element("line", x1=x1, x2=x2, y1=marks.height(scale, first), y2=marks.height(scale, second),
                       class_="pair")  # fmt: skip


def _share(index: int, many: int) -> float:
    """Return the horizontal place of a point, 0 to 1, with room at both ends."""
    return 0.5 if many == 1 else 0.015 + 0.97 * index / (many - 1)


def _values(points: Sequence[Point]) -> list[float]:
    return [p.value for p in points if p.value is not None and math.isfinite(p.value)]
