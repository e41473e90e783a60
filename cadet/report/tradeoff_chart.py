"""Two objectives against each other: a point for each configuration, a staircase for the front."""

from __future__ import annotations

from cadet.model.objective import Goal
from cadet.report import marks, numbers, sentence, svg
from cadet.report.axis import Axis, axis
from cadet.report.figure import HEIGHT, RIM, Figure
from cadet.report.tradeoff import Candidate, Tradeoff

_FOOT = 22.0  # room for the numbers below


def tradeoff_chart(shown: Tradeoff) -> Figure:
    """Return the chart of one pair of objectives, with both goals as lines; better is told in the axis names."""
    across = axis([c.x for c in shown.candidates] + [shown.x.threshold], zero=False)
    up = axis([c.y for c in shown.candidates] + [shown.y.threshold] * shown.y_aimed, zero=False)
    ruler, unit = marks.ruler(up, shown.y.objective.unit)
    texts, below = across.spelled(shown.x.objective.unit)
    numbers_below = (svg.text(text, _at(across, tick), HEIGHT + 14, "tick", "middle")
                     for text, tick in zip(texts, across.ticks, strict=True))  # fmt: skip
    grid = [marks.rule(tick, up, "grid") for tick in up.ticks] + [
        _upright(tick, across, "grid") for tick in across.ticks
    ]
    ordered = sorted(shown.candidates, key=lambda c: ("other", "front", "fix", "fault").index(c.series))
    plot = [
        *grid,
        *numbers_below,
        marks.rule(shown.y.threshold, up, "goal") if shown.y_aimed else "",
        _upright(shown.x.threshold, across, "goal"),
        *_staircase(shown, across, up),
        *(_mark(c, shown, across, up) for c in ordered),
        *(_label(c, across, up) for c in _labelled(shown, across, up)),
    ]
    says = (
        f"{sentence.name(shown.y)} against {sentence.name(shown.x)} of {len(shown.candidates)} configurations; "
        f"{len(shown.front)} of them are on the front"
    )
    return Figure(
        f"tradeoff-{shown.x.label}-{shown.y.label}",
        f"{sentence.name(shown.x)} against {sentence.name(shown.y)}",
        _named(shown.y, unit, up),
        says,
        ruler,
        "".join(plot),
        marks.keys({c.series for c in shown.candidates}, goal=True, interval=False),
        _named(shown.x, below, across),
        HEIGHT + _FOOT,
    )


def _named(goal: Goal, unit: str, scale: Axis) -> str:
    better = "less" if goal.objective.direction == "min" else "more"
    parts = (sentence.name(goal), unit, "logarithmic" if scale.log else "", f"{better} is better")
    return ", ".join(filter(None, parts))


def _at(scale: Axis, value: float) -> str:
    return f"{2 + 94 * scale.share(value):.2f}%"


def _upright(value: float, scale: Axis, class_: str) -> str:
    x = _at(scale, value)
    return svg.element("line", x1=x, x2=x, y1=RIM / 2, y2=HEIGHT - RIM / 2, class_=class_)


def _staircase(shown: Tradeoff, across: Axis, up: Axis) -> list[str]:
    """Return the border of what the front dominates: level to the next point, then up or down to it."""
    parts = []
    falling = shown.x.objective.direction == "min"
    for one, other in zip(shown.front, shown.front[1:], strict=False):
        corner = (other.x, one.y) if falling else (one.x, other.y)
        for (x1, y1), (x2, y2) in (((one.x, one.y), corner), (corner, (other.x, other.y))):
            parts.append(
                svg.element("line", x1=_at(across, x1), x2=_at(across, x2), y1=marks.height(up, y1),
                            y2=marks.height(up, y2), class_="front-line")
            )  # fmt: skip
    return parts


def _mark(candidate: Candidate, shown: Tradeoff, across: Axis, up: Axis) -> str:
    values = (
        f"{sentence.name(g)} {numbers.quantity(v, g.objective.unit)}"
        for g, v in ((shown.x, candidate.x), (shown.y, candidate.y))
    )
    return marks.mark(candidate.series, f"{candidate.says}: {sentence.listing(values)}", _at(across, candidate.x),
                      marks.height(up, candidate.y), fresh=True)  # fmt: skip


def _labelled(shown: Tradeoff, across: Axis, up: Axis) -> list[Candidate]:
    """Return the fault, the fix, and of the front the configuration that is farthest from both."""
    named = [c for c in shown.candidates if c.series in ("fault", "fix")]
    front = [c for c in shown.candidates if c.series == "front"]

    def room(candidate: Candidate) -> float:
        return min(
            (
                abs(across.share(candidate.x) - across.share(c.x)) + abs(up.share(candidate.y) - up.share(c.y))
                for c in named
            ),
            default=0.0,
        )

    return [*named, *([max(front, key=room)] if front else [])]


def _label(candidate: Candidate, across: Axis, up: Axis) -> str:
    right = across.share(candidate.x) < 0.85
    name = svg.text(candidate.series, 9 if right else -9, 4, f"label {candidate.series}", None if right else "end")
    return svg.element(
        "svg", name, class_="place", x=_at(across, candidate.x), y=marks.height(up, candidate.y), overflow="visible"
    )
