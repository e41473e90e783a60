"""Everything a report draws from, gathered from a study."""

from __future__ import annotations

import platform
import shlex
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from cadet.device.target.instructions import instructions
from cadet.errors import StudyError, TableError
from cadet.model.reading import diagnosis_of
from cadet.protocols import Story

if TYPE_CHECKING:
    from cadet.model.diagnosis import Diagnosis
    from cadet.model.instruction import Instruction
    from cadet.study.study import Study


_PACKAGES = ("cadet", "numpy", "scipy", "pandas", "scikit-learn", "networkx", "numba")


def last_diagnosis(study: Study) -> Diagnosis:
    """Return the diagnosis that was made last; raises StudyError when there is none."""
    document = study.store.latest_result("diagnosis")
    if document is None:
        raise StudyError(f"study {study.target.name!r} has no diagnosis yet; run `cadet debug` or `cadet diagnose`")
    return diagnosis_of(document, study.target.objectives)


def story_of(study: Study, diagnosis: Diagnosis, typed: str = "") -> Story:
    """Return the diagnosis with the runs, the graph and the environment behind it; `typed` is what led to it."""
    try:
        dataset, graph = study.dataset, study.graph
    except TableError:  # no run ended well: there is nothing to draw a graph from, and the counts say so
        dataset, graph = None, None
    runs = study.runs
    environment = runs[-1].environment if runs else {}
    return Story(diagnosis, study.target.space, runs, dataset, graph, _commands(study, typed), environment,
                 _steps(study, diagnosis), versions(), study.target.objectives)  # fmt: skip


def versions() -> Mapping[str, str]:
    """Return the versions of what the answer was worked out with; what is not installed as a package is left out."""
    found = {package: number for package in _PACKAGES if (number := _version(package))}
    return {"python": platform.python_version(), **found}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # run from a source tree
        return ""


def _steps(study: Study, diagnosis: Diagnosis) -> tuple[Instruction, ...]:
    if not diagnosis.fixes:
        return ()
    return instructions(study.target, diagnosis.fault.configuration, diagnosis.fixes[0].configuration)


def _commands(study: Study, typed: str) -> list[str]:
    target = study.target.path or Path("target.toml")
    return [typed or f"cadet debug {shlex.quote(target.name)}", f"cadet report {shlex.quote(study.target.name)}"]
