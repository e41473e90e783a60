"""Two studies side by side: which runs, which reference configuration, which objectives are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cadet.causal.dataset import build
from cadet.errors import StudyError, TableError
from cadet.model.dataset import Dataset
from cadet.study.faults import chosen
from cadet.study.location import describe
from cadet.study.question import Asked

if TYPE_CHECKING:
    from cadet.model.comparison import Comparison
    from cadet.protocols import Progress
    from cadet.study.study import Study


def compare(before: Study, after: Study, asked: Asked, *, seed: int, progress: Progress | None = None) -> Comparison:
    """Return what changed from the first study to the second; nothing is measured.

    asked: its fault, read in the first study, is the reference of the effects; its objectives are those compared.
    Raises StudyError where one has no measurements, UsageError where the two are not of one system.
    """
    from cadet.debugging.compare import compare as compare_datasets

    objectives = chosen(asked.objectives, before.target.objectives)
    reference = before.read(asked).question.fault
    names = _names(before, after)
    first, second = (_dataset(study, name) for study, name in zip((before, after), names, strict=True))
    rng = np.random.default_rng(seed)
    return compare_datasets(names, first, second, objectives, reference, rng, progress)


def _names(before: Study, after: Study) -> tuple[str, str]:
    """Return the targets' names where they differ, else the places of the studies."""
    names = before.target.name, after.target.name
    if names[0] != names[1]:
        return names
    return describe(before.store.location), describe(after.store.location)


def _dataset(study: Study, name: str) -> Dataset:
    if not study.runs:
        raise StudyError(f"study {name} has no measurements yet; run `cadet measure TARGET`")
    try:
        return build(study.runs, study.target.space, study.target.objectives, randomised=study.randomised)
    except TableError as error:
        raise TableError(f"{name}: {error}") from None
