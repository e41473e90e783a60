"""What changed between two studies of one system: mechanisms, effects of options, root causes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt

import numpy as np
from scipy.stats import t as t_distribution

from cadet.causal.discovery import learn
from cadet.causal.effects.invariance import LEAST
from cadet.causal.effects.mechanisms import table
from cadet.debugging.causes import LEVEL, contributions, significance, worst_alternative
from cadet.debugging.invariant import holm, mechanism_changes, overall_changes
from cadet.debugging.pooled import STUDY, Pooled, designed, pool
from cadet.model.comparison import CauseChange, Comparison, EffectChange, MechanismChange, Standing
from cadet.model.dataset import Dataset, LeftOut, Role
from cadet.model.domain import Choice, Interval, Value
from cadet.model.effect import Estimate
from cadet.model.objective import Goal, Objective
from cadet.model.option import Configuration
from cadet.protocols import Progress

Offers = Mapping[str, Sequence[tuple[Value, Estimate]]]
"""By option: what the reference adds to the objective over each alternative."""


def compare(
    names: tuple[str, str], before: Dataset, after: Dataset, objectives: Sequence[Objective],
    reference: Mapping[str, Value], rng: np.random.Generator, progress: Progress | None = None,
) -> Comparison:  # fmt: skip
    """Compare two studies at `reference`, usually the fault; raises UsageError where they are not of one system.

    Mechanisms and effects are two families of claims; in each a false one has a chance of at most 5 %.
    """
    pooled = pool(designed(before), designed(after))
    told = tuple(o for o in objectives if o.name in pooled.dataset.names(Role.OBJECTIVE))
    counts = pooled.before.configurations, pooled.after.configurations
    asked = _comparable(pooled, reference)
    left_out = (*pooled.left_out, *_incomparable(pooled, reference, asked))
    if min(counts) < LEAST:
        few = (f"{counts[0]} and {counts[1]} configurations of the random designs: with fewer than {LEAST} in each "
               "nothing is compared; measure more with `cadet measure`")  # fmt: skip
        return Comparison(*names, told, counts, not_compared=left_out, notes=(few,))
    say = progress or _silent
    say("comparing", 0, 3, "mechanisms")
    overall, mechanisms = _mechanisms(pooled, told, rng, progress)
    say("comparing", 1, 3, "effects of options")
    sides = [_contributions(d, told, asked, reference, rng) for d in (pooled.before, pooled.after)]
    effects = _effects(told, reference, sides[0], sides[1], min(counts) - 2)
    say("comparing", 2, 3, "root causes")
    causes = _causes(pooled, told, reference, sides, effects, rng)
    say("comparing", 3, 3, "")
    return Comparison(*names, told, counts, overall, mechanisms, effects, causes, left_out, LEVEL,
                      _about(pooled))  # fmt: skip


def _silent(stage: str, done: int, total: int, remark: str) -> None:
    """Tell nobody."""


def _about(pooled: Pooled) -> tuple[str, ...]:
    if pooled.dataset.randomised:
        return ()
    return ("options of an imported table were not set at random: what differs may be what else was different",)


def _mechanisms(
    pooled: Pooled, objectives: Sequence[Objective], rng: np.random.Generator, progress: Progress | None
) -> tuple[tuple[MechanismChange, ...], tuple[MechanismChange, ...]]:
    """Return what became of the objectives at equal options, and of every mechanism given its parents.

    The graph is learned from both studies together, with the study as a context variable: so it is not the mixture of
    two systems that makes an edge.
    """
    dataset = pooled.dataset
    graph = learn(dataset, rng, subsamples=0, progress=progress)
    data = table(dataset)
    second, goals = pooled.second(data), [o.name for o in objectives]
    settings = [n for n in dataset.names(Role.OPTION, Role.CONTEXT) if n in data.axes and n != STUDY]
    overall = overall_changes(data, goals, settings, second, LEVEL, rng, exchangeable=pooled.exchangeable)
    nodes = [*dataset.names(Role.EVENT), *goals]
    return overall, mechanism_changes(data, graph.pag, nodes, settings, second, LEVEL, rng)


def _comparable(pooled: Pooled, reference: Mapping[str, Value]) -> dict[str, tuple[Value, ...]]:
    """Return the alternatives that both studies measured, by option; nothing for options where there is none."""
    asked = {}
    for name in pooled.dataset.names(Role.OPTION):
        values = _shared(pooled.before, pooled.after, name)
        if name in reference and reference[name] in values and len(values) > 1:
            asked[name] = tuple(value for value in values if value != reference[name])
    return asked


def _shared(before: Dataset, after: Dataset, name: str) -> tuple[Value, ...]:
    first, second = before.by_name[name].domain, after.by_name[name].domain
    if isinstance(first, Choice) and isinstance(second, Choice):
        seen = [set(d.frame[name]) for d in (before, after)]
        return tuple(v for v in first.values if v in seen[0] and v in seen[1])
    assert isinstance(first, Interval) and isinstance(second, Interval)
    both = Interval(max(first.low, second.low), min(first.high, second.high), first.integer, first.log)
    return tuple(both.from_unit(u) for u in (0.0, 0.5, 1.0)) if both.low < both.high else ()


def _incomparable(
    pooled: Pooled, reference: Mapping[str, Value], asked: Mapping[str, Sequence[Value]]
) -> list[LeftOut]:
    """Return the options whose effects cannot be compared although both studies varied them."""
    return [
        LeftOut(
            name, f"the reference value {reference.get(name)!r} and an alternative were not measured in both studies"
        )
        for name in pooled.dataset.names(Role.OPTION)
        if name not in asked
    ]


def _contributions(
    dataset: Dataset, objectives: Sequence[Objective], asked: Mapping[str, Sequence[Value]],
    reference: Mapping[str, Value], rng: np.random.Generator,
) -> dict[str, Offers]:  # fmt: skip
    """Return by objective what the reference value of each option adds to it."""
    fault = Configuration({name: reference[name] for name in asked})
    return {o.name: contributions(dataset, _goal(o), fault, asked, rng) for o in objectives}


def _goal(objective: Objective) -> Goal:
    return Goal(objective, float("nan"))  # no threshold: only the objective's direction is asked for


def _effects(
    objectives: Sequence[Objective], reference: Mapping[str, Value], first: Mapping[str, Offers],
    second: Mapping[str, Offers], freedom: int,
) -> tuple[EffectChange, ...]:  # fmt: skip
    cells = [
        (o.name, option, before, after)
        for o in objectives
        for option in first[o.name]
        for before, after in zip(first[o.name][option], second[o.name][option], strict=True)
    ]
    differences = [difference(before[1], after[1], freedom) for _, _, before, after in cells]
    adjusted = holm([p_value for _, p_value in differences])
    return tuple(
        EffectChange(option, objective, reference[option], before[0], before[1], after[1], size, p_value,
                     p_value is not None and p_value <= LEVEL)
        for (objective, option, before, after), (size, _), p_value in zip(cells, differences, adjusted, strict=True)
    )  # fmt: skip


def difference(before: Estimate, after: Estimate, freedom: int) -> tuple[Estimate, float | None]:
    """Return the second estimate less the first, from their intervals alone, and the p-value of "no difference".

    The interval recovers the variances at each end (MOVER; Zou & Donner 2008); the p-value takes the side that faces 0,
    with the tails of a t distribution, because few configurations do not tell how far out an effect can be by chance.
    """
    for side in (before, after):
        if side.estimate is None or side.low is None or side.high is None:
            return Estimate(None, reason=side.reason or "no interval is known"), None
    assert before.estimate is not None and before.low is not None and before.high is not None
    assert after.estimate is not None and after.low is not None and after.high is not None
    size = after.estimate - before.estimate
    down = sqrt((after.estimate - after.low) ** 2 + (before.high - before.estimate) ** 2)
    up = sqrt((after.high - after.estimate) ** 2 + (before.estimate - before.low) ** 2)
    towards_zero = down if size > 0 else up
    if towards_zero == 0:
        return Estimate(size, size, size), 1.0 if size == 0 else 0.0
    t = abs(size) / towards_zero * float(t_distribution.ppf(1 - LEVEL / 2, freedom))
    return Estimate(size, size - down, size + up), float(2 * t_distribution.sf(t, freedom))


def _causes(
    pooled: Pooled, objectives: Sequence[Objective], reference: Mapping[str, Value],
    sides: Sequence[Mapping[str, Offers]], effects: Sequence[EffectChange], rng: np.random.Generator,
) -> tuple[CauseChange, ...]:  # fmt: skip
    """Return the root causes of either study, new and gone ones first."""
    differ = {(e.option, e.objective) for e in effects if e.changed}
    goals = [_goal(o) for o in objectives]
    p_values = [significance(d, goals, rng) for d in (pooled.before, pooled.after)]
    causes = []
    for goal in goals:
        name = goal.objective.name
        for option in sides[0][name]:
            worst = [_worst(goal, side[name][option], p[goal.label].get(option, 1.0), len(goals))
                     for side, p in zip(sides, p_values, strict=True)]  # fmt: skip
            if any(worst):
                standing = _standing(worst[0] is not None, worst[1] is not None, (option, name) in differ)
                value = next(value for value in worst if value is not None)[0]
                shown = [dict(side[name][option])[value] for side in sides]
                causes.append(CauseChange(option, f"{option} == {reference[option]!r}", name, standing, *shown))
    order = [Standing.NEW, Standing.GONE, Standing.UNCLEAR, Standing.STAYS]
    return tuple(sorted(causes, key=lambda cause: order.index(cause.standing)))


def _worst(
    goal: Goal, offers: Sequence[tuple[Value, Estimate]], p_value: float, goals: int
) -> tuple[Value, Estimate] | None:
    """Return the alternative that shows the option as a root cause, None where it is none."""
    return worst_alternative(goal, offers) if p_value <= LEVEL / goals else None


def _standing(in_first: bool, in_second: bool, differs: bool) -> Standing:
    if in_first and in_second:
        return Standing.STAYS
    if not differs:
        return Standing.UNCLEAR
    return Standing.NEW if in_second else Standing.GONE
