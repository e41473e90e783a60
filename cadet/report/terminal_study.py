"""What a study holds, in a terminal: how much was measured, how it went, how good it is, what to type next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from cadet.model.measurement import Purpose, Run, measurements
from cadet.model.objective import Goal, Objective
from cadet.model.option import Level
from cadet.report import numbers, quality, sentence
from cadet.report.evidence import ORIGINS, statuses
from cadet.report.terminal_table import table


@dataclass(frozen=True)
class Holdings:
    """What a study holds; `conclusions` counts what was drawn from it by kind, `pending` the planned runs."""

    name: str
    location: str
    objectives: Sequence[Objective]
    runs: Sequence[Run]
    pending: int = 0
    conclusions: Mapping[str, int] = field(default_factory=dict)


def render_study(held: Holdings) -> RenderableType:
    """Return a study for a rich console."""
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in _parts(held)))


def _parts(held: Holdings) -> Iterator[RenderableType]:
    yield Text.assemble("study ", (held.name, "bold"), (f"  {held.location}", "dim"))
    yield Text(_counted(held.runs, held.pending))
    if held.runs:
        yield _purposes(held.runs)
        yield _objectives(held.objectives, held.runs)
    if held.conclusions:
        kinds = (f"{kind} ({many})" for kind, many in sorted(held.conclusions.items()))
        yield Text(f"Conclusions drawn so far: {', '.join(kinds)}.")
    yield Text(f"next: cadet diagnose {held.name}" if held.runs else "next: cadet measure TARGET", style="bold")


def _counted(runs: Sequence[Run], pending: int) -> str:
    many = len({run.configuration for run in runs})
    told = f"{numbers.count(many, 'configuration')}, {numbers.count(len(runs), 'run')}"
    counted = ", ".join(f"{number} {status}" for status, number in statuses(runs).items())
    told += f" ({counted})" if counted else ""
    if runs:
        told += f", {numbers.duration(sum(run.seconds for run in runs))} on the device"
    starts = [run.started_at for run in runs if run.started_at > 0]
    told += f", {_day(min(starts))} to {_day(max(starts))}" if starts else ""
    more = f" {numbers.count(pending, 'run is', 'runs are')} planned and not made yet; the same command continues."
    return f"{told}.{more if pending else ''}"


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")


def _purposes(runs: Sequence[Run]) -> RenderableType:
    grid = table("What was run", "why", "configurations", "runs")
    for purpose in Purpose:
        mine = [run for run in runs if run.purpose is purpose]
        if mine:
            grid.add_row(ORIGINS[purpose], f"{len({run.configuration for run in mine}):,}", f"{len(mine):,}")
    return grid


def _objectives(objectives: Sequence[Objective], runs: Sequence[Run]) -> RenderableType:
    grid = table("What was seen", "objective", "best", "median", "worst", "from one run to the next")
    levels = list(dict.fromkeys(run.level for run in runs))
    for objective in objectives:
        for level in levels:
            grid.add_row(*map(Text, _row(objective, level, runs)))
    return grid


def _row(objective: Objective, level: Level, runs: Sequence[Run]) -> tuple[str, ...]:
    goal = Goal(objective, 0.0, level=level)
    cells = [m.values(objective.name) for m in measurements(runs) if m.level == level]
    medians = sorted(float(sorted(v)[len(v) // 2]) for v in cells if len(v))
    if objective.direction == "max":
        medians.reverse()
    three = (medians[0], medians[len(medians) // 2], medians[-1]) if medians else ()
    shown = [numbers.quantity(v, objective.unit) for v in three] or ["not measured"] * 3
    (seen,) = quality.repeated(runs, [goal]) or (None,)
    noise = "not known" if seen is None else _noise(seen)
    return sentence.name(goal), *shown, noise


def _noise(seen: quality.Repetitions) -> str:
    shown = seen.noise
    if not numbers.known(shown):
        return f"not known: {numbers.reason(shown)}"
    return f"± {numbers.percent(shown.estimate)} ({numbers.percent_interval(shown)})"
