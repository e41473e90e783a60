"""Root causes from measurements at hand: nothing is run, so fixes are predictions and nothing is ablated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cadet.causal.effects import counterfactual, rank_paths
from cadet.debugging.answer import measured_values
from cadet.debugging.causes import ANY_EFFECT, PValues, detected, joined, placed, significance
from cadet.debugging.detect import fault_reproduces, resolve_goals
from cadet.debugging.ending import ending
from cadet.debugging.influence import influence
from cadet.debugging.predict import expectation, predicted_fixes
from cadet.debugging.question import Question
from cadet.debugging.together import foreseen_nodes
from cadet.errors import UsageError
from cadet.model.dataset import Dataset
from cadet.model.diagnosis import Counts, Diagnosis, Fault, Verdict
from cadet.model.effect import Estimate
from cadet.model.graph import CausalGraph
from cadet.model.measurement import Measurement, Run, Status, Tag, measurements
from cadet.model.option import Configuration, Level
from cadet.model.space import Space

_NOT_RUN = Estimate(None, reason="nothing was run: a table cannot be ablated")


def diagnose(
    question: Question,
    levels: Sequence[Level],
    runs: Sequence[Run],
    space: Space,
    dataset: Dataset,
    graph: CausalGraph,
    rng: np.random.Generator,
    *,
    noiseless: bool = False,
) -> Diagnosis:
    """Return the causes of a fault that is among `runs`, the paths they take, and the fixes the model expects.

    The verdict is `inconclusive` where causes were found, because only fresh runs can confirm a fix. Raises UsageError
    when the fault was never measured.
    """
    goals = resolve_goals(question.objectives, question.goals, runs, question.fault, levels)
    cells = [m for m in measurements(runs) if m.configuration == question.fault and m.level in levels]
    _require(cells, runs)
    p_values = significance(dataset, goals, rng)
    options = influence(dataset, goals, p_values, ANY_EFFECT)
    found = Diagnosis(
        target=question.target,
        objectives=question.objectives,
        goals=goals,
        verdict=Verdict.NO_EFFECT,
        fault=Fault(question.fault, measured_values(goals, cells, noiseless=noiseless)),
        smallest_detectable_effect=options.detectable,
        counts=counts(runs, question.fault),
        notes=(f"no option has a detectable effect (smallest adjusted p-value {options.p_value:.2g})",),
    )
    if not fault_reproduces(goals, cells):
        return replace(found, verdict=Verdict.NO_FAULT, notes=("the fault, as measured, meets every goal",))
    if not options.seen:
        return replace(found, verdict=Verdict.INCONCLUSIVE, notes=(options.blind,)) if options.blind else found
    return _explained(found, question, p_values, runs, space, dataset, graph, rng, noiseless)


def _explained(
    found: Diagnosis, question: Question, p_values: PValues, runs: Sequence[Run], space: Space,
    dataset: Dataset, graph: CausalGraph, rng: np.random.Generator, noiseless: bool,
) -> Diagnosis:  # fmt: skip
    paths = rank_paths(dataset, graph, [o.name for o in question.objectives], rng)
    search, belief = expectation(question, found.goals, runs, space, noiseless=noiseless)
    fixes = predicted_fixes(search, belief)
    if fixes:
        answer = counterfactual(dataset, graph, question.fault, fixes[0].configuration, found.goals, rng)
        fixes = (replace(fixes[0], potential=answer.potential, control=answer.control), *fixes[1:])
    causes = detected(found.goals, question.fault, p_values, dataset, graph, paths, rng, _NOT_RUN)
    nodes = foreseen_nodes(search, belief, fixes[0].configuration, {c.option for c in causes}) if fixes else ()
    return replace(
        found,
        verdict=Verdict.INCONCLUSIVE,
        root_causes=tuple(joined(nodes, cause, paths) for cause in causes),
        functional_nodes=placed(nodes, causes),
        paths=paths,
        fixes=fixes,
        notes=("causes are read from the measurements at hand; fixes are predictions until fresh runs confirm them",),
    )


def _require(cells: Sequence[Measurement], runs: Sequence[Run]) -> None:
    if not cells:
        raise UsageError(f"the fault is not among the {len(measurements(runs))} measured configurations; choose one "
                         "that is: --fault worst, or --fault row:ID")  # fmt: skip
    if not any(cell.status in (Status.OK, Status.TIMED_OUT) for cell in cells):
        raise UsageError(f"the fault has no value: {ending([r for cell in cells for r in cell.runs])}")


def counts(runs: Sequence[Run], fault: Configuration) -> Counts:
    """Return how much was measured, configurations besides the fault."""
    status = [run.status for run in runs]
    total = len({run.configuration for run in runs if run.status is not Status.INFEASIBLE} - {fault})
    return Counts(
        initial=total,
        total=total,
        runs=len(runs) - status.count(Status.INFEASIBLE),
        infeasible=status.count(Status.INFEASIBLE),
        failed=status.count(Status.FAILED) + status.count(Status.APPLY_FAILED),
        contended=sum(Tag.CONTENDED in run.tags for run in runs),
    )
