"""Why: root causes, paths, potential and control, around what the experiments of a session found."""

from __future__ import annotations

import numpy as np

from cadet.debugging.question import Session
from cadet.model.dataset import Dataset
from cadet.model.diagnosis import Diagnosis, RootCause
from cadet.model.graph import CausalGraph
from cadet.model.space import Space


def explain(
    session: Session, dataset: Dataset, graph: CausalGraph, rng: np.random.Generator, space: Space
) -> Diagnosis:
    """Return the diagnosis of a session, its fixes explained by the causal graph."""
    causes = tuple(
        RootCause(
            change.option, f"{change.option} == {change.before!r}", ablation=session.ablations.get(change.option, {})
        )
        for fix in session.fixes[:1]
        for change in fix.changes
    )
    return Diagnosis(
        target=session.target,
        objectives=session.objectives,
        goals=session.goals,
        verdict=session.verdict,
        fault=session.fault,
        fixes=session.fixes,
        root_causes=causes,
        smallest_detectable_effect=session.smallest_detectable_effect,
        with_consent=session.with_consent,
        counts=session.counts,
        notes=session.notes,
    )
