"""The root causes as bars: what taking each change back did, or what each was estimated to do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

from cadet.model.diagnosis import RootCause
from cadet.model.effect import Estimate
from cadet.protocols import Story
from cadet.report import numbers, sentence, svg
from cadet.report.figure import Figure

_ROW = 44.0


def cause_charts(story: Story) -> tuple[Figure, ...]:
    """Return a chart for each goal and each kind of evidence (ablation, effect) that any root cause has."""
    diagnosis = story.diagnosis
    drawn = []
    for label in sentence.labels(diagnosis):
        name, unit = sentence.label_name(diagnosis, label), sentence.objective_of(diagnosis, label).unit
        kinds = (
            (
                "ablation",
                f"Taken back: how much worse {name} gets",
                "%",
                [c.ablation.get(label) for c in _causes(story)],
            ),
            ("effect", f"Effect on {name}", unit, [c.effect.get(label) for c in _causes(story)]),
        )
        for kind, title, shown_in, estimates in kinds:
            if any(e is not None and numbers.known(e) for e in estimates):
                drawn.append(_chart(f"{kind}-{label}", title, shown_in, _causes(story), estimates))
    return tuple(drawn)


def _causes(story: Story) -> Sequence[RootCause]:
    return story.diagnosis.root_causes


def _chart(
    name: str, title: str, unit: str, causes: Sequence[RootCause], estimates: Sequence[Estimate | None]
) -> Figure:
    shown = [(c, e) for c, e in zip(causes, estimates, strict=True) if e is not None and numbers.known(e)]
    ends = [0.0, *(v for _, e in shown for v in (e.estimate, e.low, e.high) if v is not None and math.isfinite(v))]
    place = partial(_place, min(ends), (max(ends) - min(ends)) or 1.0)
    rows = (_row(i, cause, estimate, unit, place) for i, (cause, estimate) in enumerate(shown))
    height = _ROW * len(shown) + 8
    return Figure(name, title, "with 95 % intervals", title, "", "".join(rows), height=height)


def _row(index: int, cause: RootCause, shown: Estimate, unit: str, place: partial[str]) -> str:
    y, at = index * _ROW + 16, shown.estimate or 0.0
    told = (
        f"{numbers.percent(at)} ({numbers.percent_interval(shown) or 'interval not known'})"
        if unit == "%"
        else numbers.estimate(shown, unit)
    )
    left, right = sorted((0.0, at))
    width = f"{float(place(right)[:-1]) - float(place(left)[:-1]):.2f}%"
    parts = [
        svg.text(f"{cause.expression}: {told}", 0, y, "bar-name"),
        svg.element("rect", x=place(left), y=y + 6, width=width, height=12, class_="bar"),
        svg.element("line", x1=place(0.0), x2=place(0.0), y1=y + 3, y2=y + 21, class_="zero"),
    ]
    if shown.low is not None and shown.high is not None:
        parts.append(
            svg.element("line", x1=place(shown.low), x2=place(shown.high), y1=y + 12, y2=y + 12, class_="whisker")
        )
    return "".join(parts)


def _place(low: float, span: float, value: float) -> str:
    return f"{98 * (value - low) / span:.2f}%"
