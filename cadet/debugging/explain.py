"""Why: root causes, paths, potential and control, around what the experiments of a session found.

The experiment has the last word: a cause that was ablated stays one whatever the graph says.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from cadet.causal.effects import carried, counterfactual, rank_paths, structures
from cadet.causal.effects.carriers import DOUBTED, TOLD
from cadet.debugging.causes import contributions, detected, joined, placed, root_cause, significance
from cadet.debugging.question import Session
from cadet.model.dataset import Dataset
from cadet.model.diagnosis import Diagnosis, Estimates, Fix, RootCause, Verdict
from cadet.model.effect import CausalPath, Estimate
from cadet.model.graph import CausalGraph

_EXPLAINED = 3  # fixes for which potential and control are worked out
_NOT_ABLATED = Estimate(None, reason="not part of a confirmed fix, so its change was not taken back")


def explain(session: Session, dataset: Dataset, graph: CausalGraph, rng: np.random.Generator) -> Diagnosis:
    """Return the diagnosis of a session, its fixes explained by the causal graph."""
    silent = session.verdict in (Verdict.NO_FAULT, Verdict.NO_EFFECT)
    paths = () if silent else told_paths(session, dataset, graph, rng)
    causes = () if silent else _causes(session, dataset, graph, paths, rng)
    fixes = session.fixes if silent else _foreseen(session, dataset, graph, rng)
    return Diagnosis(
        target=session.target,
        objectives=session.objectives,
        goals=session.goals,
        verdict=session.verdict,
        fault=session.fault,
        fixes=fixes,
        root_causes=causes,
        paths=paths,
        smallest_detectable_effect=session.smallest_detectable_effect,
        with_consent=session.with_consent,
        counts=session.counts,
        notes=(*session.notes, *beside_the_graph(graph, paths)),
        reuse=session.reuse,
        pareto=session.pareto,
        functional_nodes=placed(session.functional, causes),
    )


def told_paths(
    session: Session, dataset: Dataset, graph: CausalGraph, rng: np.random.Generator
) -> tuple[CausalPath, ...]:
    """Return the paths of the graph and, for the options of the first fix, what subsamples of the rows select.

    What they select clearly is told even where the graph lacks an edge of it; what they hardly ever select is not,
    unless graphs relearned from half of the rows have it. Chains of events are the graph's alone.
    """
    objectives = [o.name for o in session.objectives]
    options = {c.option for fix in session.fixes[:1] for c in fix.changes}
    shares = carried(dataset, options, objectives, rng)
    clear = {path: share for path, share in shares.items() if share >= TOLD}
    ways = rank_paths(dataset, graph, objectives, rng, carried=clear)
    if not shares:
        return ways
    found = {way: max(shares.get(way.nodes, 0.0), way.stability or 0.0) for way in ways}
    return tuple(way for way in ways if way.option not in options or found[way] >= DOUBTED)


def beside_the_graph(graph: CausalGraph, paths: tuple[CausalPath, ...]) -> list[str]:
    """Return a note about the paths of which the graph lacks an edge, if there are any."""
    told = [
        f"{' → '.join(path.nodes)} ({100 * path.stability:.0f} %)"
        for path in paths
        if path.stability is not None and not set(pairwise(path.nodes)) <= graph.admg.directed
    ]
    found = "regressions on parts of the configurations find paths of which the graph lacks a part"
    return [f"{found} (in brackets how many do): {'; '.join(told)}"] if told else []


def _causes(
    session: Session, dataset: Dataset, graph: CausalGraph, paths: tuple[CausalPath, ...], rng: np.random.Generator
) -> tuple[RootCause, ...]:
    """Return the options of the confirmed fix by what taking them back did; without one, by their effects."""
    if session.verdict is not Verdict.CONFIRMED:
        p_values = significance(dataset, session.goals, rng)
        return detected(session.goals, session.fault.configuration, p_values, dataset, graph, paths, rng, _NOT_ABLATED)
    fix = session.fixes[0]
    after = {c.option: [c.after] for c in fix.changes if c.option in dataset.by_name}
    each = [(g, contributions(dataset, g, session.fault.configuration, after, rng)) for g in session.goals]
    causes: list[RootCause] = []
    for change in fix.changes:
        effect = {g.label: c[change.option][0][1] for g, c in each if change.option in c}
        ablation = session.ablations.get(change.option, {})
        cause = root_cause(change.option, change.before, effect, ablation, graph, paths)
        causes.append(joined(session.functional, cause, paths))
    return tuple(sorted(causes, key=lambda c: -_size(c.ablation)))


def _foreseen(session: Session, dataset: Dataset, graph: CausalGraph, rng: np.random.Generator) -> tuple[Fix, ...]:
    """Return the fixes, the first few with their potential and control."""
    models = structures(dataset, graph, [g.objective.name for g in session.goals], rng)
    fault, explained = session.fault.configuration, []
    for fix in session.fixes[:_EXPLAINED]:
        answer = counterfactual(dataset, graph, fault, fix.configuration, session.goals, rng, models=models)
        explained.append(replace(fix, potential=answer.potential, control=answer.control))
    return (*explained, *session.fixes[_EXPLAINED:])


def _size(estimates: Estimates) -> float:
    return max((abs(e.estimate) for e in estimates.values() if e.estimate is not None), default=0.0)
