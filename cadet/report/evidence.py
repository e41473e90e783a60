"""The runs behind the verdict: what the charts show, before anything is drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from cadet.model.effect import UNKNOWN, Estimate
from cadet.model.measurement import Purpose, Run, Status, Tag, measurements
from cadet.model.objective import Goal
from cadet.model.option import Configuration
from cadet.protocols import Story
from cadet.report import answer

MOST_POINTS = 4_000  # of all charts together; beyond that each shows its latest, and says so
FEWEST_POINTS = 40

ORIGINS = {
    Purpose.FAULT: "the fault",
    Purpose.DESIGN: "initial design",
    Purpose.NEIGHBOUR: "around the fault",
    Purpose.PROPOSAL: "proposed",
    Purpose.PAIR: "verification pair",
    Purpose.ABLATION: "ablation",
    Purpose.IMPORTED: "imported",
}


@dataclass(frozen=True)
class Point:
    """One run in a chart. `value` is None where the run gave none; censored: the truth is at least `value`.

    `fresh` runs were made in pairs of fault and fix, after the fix was selected; only they can confirm it.
    """

    series: str
    value: float | None
    fresh: bool
    contended: bool
    censored: bool
    says: str


@dataclass(frozen=True)
class Proof:
    """Every repetition of the fault and of the first fix for one goal, in time order, with both intervals."""

    goal: Goal
    points: tuple[Point, ...]
    fault: Estimate
    fix: Estimate
    left_out: int = 0

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Indices of points that were measured as a pair: fresh neighbours of different series."""
        found: list[tuple[int, int]] = []
        i = 0
        while i + 1 < len(self.points):
            a, b = self.points[i], self.points[i + 1]
            linked = a.fresh and b.fresh and a.series != b.series
            if linked:
                found.append((i, i + 1))
            i += 2 if linked else 1
        return tuple(found)


@dataclass(frozen=True)
class Search:
    """The median of every measured configuration for one goal, in the order of first measurement."""

    goal: Goal
    points: tuple[Point, ...]
    left_out: int = 0


def proofs(story: Story) -> tuple[Proof, ...]:
    """Return the proof for each goal that has any run of the fault or of the first fix."""
    return tuple(proof for goal in story.diagnosis.goals if (proof := _proof(story, goal)).points)


def searches(story: Story) -> tuple[Search, ...]:
    """Return the way of the search for each goal, where more than the fault was measured."""
    found = (_search(story, goal) for goal in story.diagnosis.goals)
    return tuple(search for search in found if len(search.points) > 2)


def circumstances(points: Sequence[Point]) -> frozenset[str]:
    """Return what a legend must explain: fresh, stale, contended, censored or failed runs, where there are any."""
    there = {
        "fresh": any(p.fresh for p in points),
        "stale": any(not p.fresh for p in points),
        "contended": any(p.contended for p in points),
        "all contended": bool(points) and all(p.contended for p in points),
        "censored": any(p.censored and p.value is not None for p in points),
        "failed": any(p.value is None for p in points),
    }
    return frozenset(name for name, is_there in there.items() if is_there)


def statuses(runs: Iterable[Run]) -> dict[str, int]:
    """Return how many runs ended in which way, and how many carry which tag."""
    ordered = list(runs)
    ended = Counter(run.status for run in ordered)
    tagged = Counter(tag for run in ordered for tag in run.tags)
    counted = {status.value.replace("_", " "): ended[status] for status in Status if ended[status]}
    return counted | {tag.value: tagged[tag] for tag in Tag if tagged[tag]}


def _proof(story: Story, goal: Goal) -> Proof:
    fix, fault = answer.best_fix(story.diagnosis), story.diagnosis.fault
    series = {fault.configuration: "fault"} | ({fix.configuration: "fix"} if fix else {})
    there = judged_by(story.runs, goal)
    counted = fresh(there, frozenset(series))
    mine = [(run, i in counted) for i, run in enumerate(there) if run.configuration in series]
    most = most_points(story)
    points = tuple(_point(run, goal, series[run.configuration], counts) for run, counts in mine[-most:])
    return Proof(
        goal,
        points,
        fault.measured.get(goal.label, UNKNOWN),
        fix.measured.get(goal.label, UNKNOWN) if fix else UNKNOWN,
        max(len(mine) - most, 0),
    )


def _search(story: Story, goal: Goal) -> Search:
    points = [
        _median(m.runs, goal, "fault" if m.configuration == story.diagnosis.fault.configuration else "")
        for m in measurements(judged_by(story.runs, goal))
    ]
    most = most_points(story)
    return Search(goal, tuple(points[-most:]), max(len(points) - most, 0))


def most_points(story: Story) -> int:
    """Return how many points one chart may have: two charts for each goal share them."""
    return max(MOST_POINTS // (2 * len(story.diagnosis.goals)), FEWEST_POINTS)


def judged_by(runs: Sequence[Run], goal: Goal) -> list[Run]:
    """Return the runs that a goal is judged by, in time order, without those that never ran."""
    never = {Status.INFEASIBLE, Status.APPLY_FAILED}
    mine = [run for run in runs if run.status not in never and (not goal.level or run.level == goal.level)]
    return sorted(mine, key=lambda run: (run.sequence, run.started_at))


def fresh(there: Sequence[Run], both: frozenset[Configuration]) -> frozenset[int]:
    """Return the indices of the runs that were paired fault with fix; half of an interrupted pair is none of them."""
    paired = [i for i, run in enumerate(there) if run.purpose is Purpose.PAIR]
    found: list[int] = []
    at = 0
    while at + 1 < len(paired):
        first, second = (there[i] for i in paired[at : at + 2])
        is_pair = first.configuration != second.configuration and first.level == second.level
        if is_pair and {first.configuration, second.configuration} == both:
            found += paired[at : at + 2]
        at += 2 if is_pair else 1
    return frozenset(found)


def _point(run: Run, goal: Goal, series: str, fresh: bool) -> Point:
    return Point(
        series,
        value_of(run, goal),
        fresh,
        Tag.CONTENDED in run.tags,
        run.status is Status.TIMED_OUT,
        f"{series}, {ORIGINS[run.purpose]}",
    )


def _median(runs: Sequence[Run], goal: Goal, series: str) -> Point:
    values = [v for v in (value_of(run, goal) for run in runs) if v is not None]
    first = runs[0]
    return Point(
        series or {Purpose.DESIGN: "design", Purpose.NEIGHBOUR: "design", Purpose.IMPORTED: "design"}.get(
            first.purpose, "proposal"
        ),
        float(np.median(values)) if values else None,
        fresh=True,
        contended=all(Tag.CONTENDED in run.tags for run in runs),
        censored=all(run.status is Status.TIMED_OUT for run in runs),
        says=f"{ORIGINS[first.purpose]}, {len(runs)} runs" if len(runs) != 1 else ORIGINS[first.purpose],
    )  # fmt: skip


def value_of(run: Run, goal: Goal) -> float | None:
    """Return the objective of a run; the limit it reached where a time was cut off, None where there is none."""
    name = goal.objective.name
    if run.status is Status.TIMED_OUT:
        return run.values.get(name, run.timeout_s if goal.objective.bounded_by_time else None)
    found = run.values.get(name) if run.ok else None
    return found if found is not None and np.isfinite(found) else None
