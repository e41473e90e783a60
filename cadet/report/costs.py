"""What a fix costs and risks besides the change itself: said from what is known, never guessed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cadet.model.dataset import Role
from cadet.model.diagnosis import Fix, Verdict
from cadet.model.effect import Estimate
from cadet.model.measurement import Run, Tag
from cadet.model.objective import Objective
from cadet.protocols import Story
from cadet.report import evidence, numbers, sentence

_FEWEST = 3  # pairs from which a side effect gets a number


@dataclass(frozen=True)
class SideEffect:
    """What the fix does to an objective that no goal speaks about: fix / fault - 1, paired, with a t interval."""

    objective: Objective
    change: Estimate

    def __str__(self) -> str:
        if not numbers.known(self.change):
            return f"{self.objective.name}: not known ({numbers.reason(self.change)})"
        estimate = self.change.estimate or 0.0
        word = "more" if estimate >= 0 else "less"
        spread = numbers.percent_interval(self.change if estimate >= 0 else _negated(self.change))
        doubt = "" if self.change.excludes_zero else "; it may be no difference"
        return f"{self.objective.name}: {numbers.percent(abs(estimate))} {word} ({spread}{doubt})"


def costs(story: Story, fix: Fix) -> tuple[str, ...]:
    """Return one sentence for each cost or risk, the heaviest first."""
    return tuple(_costs(story, fix))


def _costs(story: Story, fix: Fix) -> Iterator[str]:
    changed = [change.option for change in fix.changes]
    if fix.consent:
        yield f"It {sentence.consent(fix)}, which was accepted."
    felt = sorted({option for step in story.instructions if step.system for option in step.options} & {*changed})
    if felt:
        yield f"{sentence.listing(felt)} {_is(felt)} felt by everything else on the machine."
    if any(step.way == "service" for step in story.instructions):
        yield "The service has to be restarted once."
    seconds = sum(story.space.by_name[o].cost_s for o in changed if o in story.space.by_name)
    if seconds:
        yield f"To make the change takes about {numbers.duration(seconds)}."
    for effect in side_effects(story, fix):
        if numbers.known(effect.change):
            yield f"Beside the goal, measured in the same runs: {effect}."
    yield from _scope(story, fix)


def _scope(story: Story, fix: Fix) -> Iterator[str]:
    levels = [", ".join(f"{n} = {numbers.value(v)}" for n, v in goal.level.items()) for goal in story.diagnosis.goals]
    where = f" at {sentence.listing(dict.fromkeys(filter(None, levels)))}" if any(levels) else ""
    if fix.verdict is Verdict.CONFIRMED and fix.pairs:
        yield f"Proven for the load that was run{where}, on the machine named below; another load needs its own runs."
    paired = [run for pair in pairs(story, fix) for run in pair]
    contended = sum(Tag.CONTENDED in run.tags for run in paired)
    if contended:
        yield f"{contended} of the {len(paired)} runs that decided had other load on the machine beside them."
    if not fix.consent:
        yield "It gives up nothing that the target file lists as a cost."


def side_effects(story: Story, fix: Fix) -> tuple[SideEffect, ...]:
    """Return the change of every objective of the data that no goal speaks about, from the pairs of fault and fix."""
    aimed = {goal.objective.name for goal in story.diagnosis.goals}
    declared = {o.name: o for o in (*story.objectives, *story.diagnosis.objectives)}
    variables = story.dataset.variables if story.dataset else ()
    others = [v for v in variables if v.role is Role.OBJECTIVE and v.name not in aimed]
    seen = pairs(story, fix)
    return tuple(SideEffect(declared.get(v.name, Objective(v.name, v.unit)), ratio(seen, v.name)) for v in others)


def pairs(story: Story, fix: Fix) -> list[tuple[Run, Run]]:
    """Return the fresh pairs as (fault, fix), both of which ended well."""
    both = (story.diagnosis.fault.configuration, fix.configuration)
    there = sorted(story.runs, key=lambda run: (run.sequence, run.started_at))
    fresh = [there[i] for i in sorted(evidence.fresh(there, frozenset(both)))]
    couples = zip(fresh[::2], fresh[1::2], strict=True)
    ordered = ((a, b) if a.configuration == both[0] else (b, a) for a, b in couples)
    return [(a, b) for a, b in ordered if a.ok and b.ok]


def ratio(seen: list[tuple[Run, Run]], name: str) -> Estimate:
    """Return the geometric mean of fix / fault, minus one, with a paired t interval on the logs."""
    from scipy.stats import t

    both = [
        (a.values[name], b.values[name]) for a, b in seen if a.values.get(name, 0) > 0 and b.values.get(name, 0) > 0
    ]
    if len(both) < _FEWEST:
        return Estimate(None, reason="fewer than three pairs of runs measured it")
    logs = np.log([b / a for a, b in both])
    error = float(t.ppf(0.975, len(logs) - 1)) * float(np.std(logs, ddof=1)) / len(logs) ** 0.5
    low, middle, high = (float(np.expm1(logs.mean() + s * error)) for s in (-1, 0, 1))
    return Estimate(middle, low, high, len(logs))


def _is(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _negated(shown: Estimate) -> Estimate:
    low, high = (None if end is None else -end for end in (shown.high, shown.low))
    return Estimate(None if shown.estimate is None else -shown.estimate, low, high)
