"""Root causes: what an option's value in the fault adds to the objectives, and by which paths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from cadet.causal.effects import option_tests, total_effects
from cadet.model.dataset import Dataset, Role
from cadet.model.diagnosis import Estimates, RootCause
from cadet.model.domain import Value
from cadet.model.effect import CausalPath, Effect, Estimate
from cadet.model.functional import FunctionalNode
from cadet.model.graph import CausalGraph
from cadet.model.objective import Goal
from cadet.model.option import Configuration, Level

LEVEL = 0.05
ANY_EFFECT = 0.01  # that some option matters at all is claimed more carefully: an exact 5 % test errs in 1 table of 20
_PATHS = 3  # drawn for each cause

PValues = Mapping[str, Mapping[str, float]]
"""By goal label and option: the p-value of "it has no effect", adjusted for the number of options."""


def at_level(dataset: Dataset, level: Level) -> Dataset:
    """Return the rows at one context level; all of them where there is no context."""
    known = [name for name in level if name in dataset.frame.columns]
    if not known:
        return dataset
    here = np.logical_and.reduce([dataset.frame[name].to_numpy() == level[name] for name in known])
    return replace(dataset, frame=dataset.frame[here].reset_index(drop=True), configuration=dataset.configuration[here],
                   censored=dataset.censored[here], sample=dataset.sample[here])  # fmt: skip


def significance(dataset: Dataset, goals: Sequence[Goal], rng: np.random.Generator) -> PValues:
    """Test every option against every goal's objective."""
    if not dataset.names(Role.OPTION):
        return {g.label: {} for g in goals}
    varied = [g for g in goals if g.objective.name in dataset.by_name]  # an objective that never varies is left out
    tests = {g.label: option_tests(at_level(dataset, g.level), g.objective.name, rng) for g in varied}
    return {g.label: tests.get(g.label, {}) for g in goals}


def detected(
    goals: Sequence[Goal],
    fault: Configuration,
    p_values: PValues,
    dataset: Dataset,
    graph: CausalGraph,
    paths: Sequence[CausalPath],
    rng: np.random.Generator,
    not_ablated: Estimate,
) -> tuple[RootCause, ...]:
    """Return the options with a significant effect whose value in the fault is worse than another, the worst first."""
    effects: dict[str, dict[str, Estimate]] = {}
    for goal in goals:
        significant = {o for o, p in p_values[goal.label].items() if p <= LEVEL / len(goals)}
        for option, offers in contributions(dataset, goal, fault, None, rng).items():
            worst = worst_alternative(goal, offers) if option in significant else None
            if worst is not None:
                effects.setdefault(option, {})[goal.label] = worst[1]
    none = {g.label: not_ablated for g in goals}
    causes = [root_cause(o, fault[o], effect, none, graph, paths) for o, effect in effects.items()]
    return tuple(sorted(causes, key=lambda cause: -_share(cause, goals, dataset)))


def contributions(
    dataset: Dataset,
    goal: Goal,
    fault: Configuration,
    alternatives: Mapping[str, Sequence[Value]] | None,
    rng: np.random.Generator,
) -> dict[str, list[tuple[Value, Estimate]]]:
    """Return per option and alternative what the fault's value adds to the goal's objective, in its unit.

    That is E[objective | do(fault's value)] - E[objective | do(alternative)], over the population of the design.
    """
    here = at_level(dataset, goal.level)
    effects = total_effects(here, goal.objective.name, fault, alternatives, rng=rng)
    grouped: dict[str, list[tuple[Value, Estimate]]] = {}
    for effect in effects:
        grouped.setdefault(effect.option, []).append((effect.alternative, _reversed(effect)))
    return grouped


def worst_alternative(goal: Goal, offers: Sequence[tuple[Value, Estimate]]) -> tuple[Value, Estimate] | None:
    """Return the alternative against which the fault's value looks worst, where the interval says that it is worse."""
    sign = 1 if goal.objective.direction == "min" else -1
    harmful = [(v, e) for v, e in offers if e.excludes_zero and e.estimate is not None and sign * e.estimate > 0]
    return max(harmful, key=lambda offer: sign * (offer[1].estimate or 0.0), default=None)


def root_cause(
    option: str,
    before: Value | None,
    effect: Estimates,
    ablation: Estimates,
    graph: CausalGraph,
    paths: Sequence[CausalPath],
) -> RootCause:
    """Return the option as a root cause, with the best of its paths and how often it was found again."""
    mine = [path for path in paths if path.option == option][:_PATHS]
    expression = f"{option} == {before!r}" if before is not None else f"{option} does not exist"
    return RootCause(option, expression, effect, ablation, _stability(option, graph), tuple(p.nodes for p in mine))


def joined(nodes: Sequence[FunctionalNode], cause: RootCause, paths: Sequence[CausalPath]) -> RootCause:
    """Return the cause with the expression of the functional node that it is part of, and the ways of both options."""
    node = next((n for n in nodes if n.options[0] == cause.option), None)
    if node is None:
        return cause
    beside = [path.nodes for path in paths if path.option == node.options[1]][:_PATHS]
    return replace(cause, expression=node.expression, paths=(*cause.paths, *beside))


def placed(nodes: Sequence[FunctionalNode], causes: Sequence[RootCause]) -> tuple[FunctionalNode, ...]:
    """Return the functional nodes with what they act on: the first of the cause's paths that the other option is on.

    Values can act together only on what both lead to. Without a path of the other option it is what follows the cause,
    and the objective where nothing does.
    """
    paths = {cause.option: cause.paths for cause in causes}
    return tuple(replace(n, into=_met(paths.get(n.options[0], ()), n)) for n in nodes)


def _met(paths: Sequence[tuple[str, ...]], node: FunctionalNode) -> tuple[str, ...]:
    cause, partner = ([path[1:] for path in paths if path[0] == option] for option in node.options)
    reached = {name for path in partner or cause for name in path}
    first = (next((name for name in path if name in reached), None) for path in cause)
    return tuple(dict.fromkeys(filter(None, first))) or (node.label.split("@")[0],)


def _share(cause: RootCause, goals: Sequence[Goal], dataset: Dataset) -> float:
    """Return the effect as a share of its objective's spread, so that objectives can be compared."""
    known = [(g, cause.effect[g.label].estimate) for g in goals if g.label in cause.effect]
    spread = {g.objective.name: float(dataset.frame[g.objective.name].std()) or 1.0 for g, _ in known}
    return max((abs(e) / spread[g.objective.name] for g, e in known if e is not None), default=0.0)


def _stability(option: str, graph: CausalGraph) -> float | None:
    """Return how often the option's firmest edge came back when half of the data was relearned."""
    return max((e.adjacent for e in graph.stability if option in (e.a, e.b)), default=None)


def _reversed(effect: Effect) -> Estimate:
    value = effect.value
    if value.estimate is None or value.low is None or value.high is None:
        return value
    return replace(value, estimate=-value.estimate, low=-value.high, high=-value.low)
