"""Which configuration is the fault: read from JSON, a file, a row of the study, or the worst one measured."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cadet.device.state.current import Current
from cadet.errors import UsageError, nearest
from cadet.model.measurement import Run, Status, measurements
from cadet.model.objective import Objective
from cadet.model.option import Configuration, Level
from cadet.model.space import Space


@dataclass(frozen=True)
class Reported:
    """A fault and the context levels at which it was reported: all of them, unless the report names some.

    remark: what a reader must know about where it comes from.
    """

    configuration: Configuration
    levels: tuple[Level, ...]
    remark: str = ""


def read_fault(
    text: str | None, space: Space, objective: Objective, runs: Sequence[Run], today: Callable[[], Current]
) -> Reported:
    """Read JSON, `@file.json`, `row:ID`, `worst`, `current` (what `today` reads), or None for the defaults.

    Raises UsageError naming what is wrong, CapabilityMissing for `current` where no option can be read back.
    """
    if text is None:
        return Reported(space.default, space.levels())
    if text == "current":
        found = today()
        return Reported(space.configuration(found.values), space.levels(), f"the fault was {found}")
    if text == "worst":
        return Reported(_worst(objective, runs), space.levels())
    if text.startswith("row:"):
        run = _row(text.removeprefix("row:"), runs)
        return Reported(run.configuration, (run.level,))
    return reported(_json(text), space)


def reported(values: Mapping[str, object], space: Space) -> Reported:
    """Split `values` into options and context; missing options take their defaults, missing context every level."""
    context = {c.name for c in space.context}
    options = {name: value for name, value in values.items() if name not in context}
    return Reported(space.configuration(options), space.levels({n: v for n, v in values.items() if n in context}))


def _json(text: str) -> Mapping[str, object]:
    source = _file(Path(text[1:])) if text.startswith("@") else text
    try:
        values = json.loads(source)
    except json.JSONDecodeError as error:
        raise UsageError(f"--fault is no JSON ({error}); give an object like '{{\"option\": \"value\"}}', "
                         "@file.json, row:ID or worst") from None  # fmt: skip
    if not isinstance(values, dict):
        raise UsageError(f"--fault must be a JSON object of option values, not {type(values).__name__}")
    return values


def _file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--fault @{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"--fault @{path}: not a text file") from None


def _row(text: str, runs: Sequence[Run]) -> Run:
    if not text.isdigit():
        raise UsageError(f"--fault row:{text}: a row is a number, as in the column `sequence` of an export")
    for run in runs:
        if run.sequence == int(text):
            return run
    known = f"rows {runs[0].sequence} to {runs[-1].sequence}" if runs else "no rows yet"
    raise UsageError(f"--fault row:{text}: the study has {known}")


def _worst(objective: Objective, runs: Sequence[Run]) -> Configuration:
    """Return the configuration that measured worst at any level; one that timed out is worse than any that did not."""
    sign = 1 if objective.direction == "min" else -1
    worst: dict[Configuration, float] = {}
    for cell in measurements(runs):
        values = cell.values(objective.name)
        if len(values) or cell.status is Status.TIMED_OUT:
            cost = sign * float(np.median(values)) if len(values) else np.inf
            worst[cell.configuration] = max(cost, worst.get(cell.configuration, -np.inf))
    if not worst:
        raise UsageError("--fault worst: nothing is measured yet; run `cadet measure` first")
    return max(worst, key=lambda configuration: worst[configuration])


def chosen(names: Sequence[str], objectives: Sequence[Objective]) -> tuple[Objective, ...]:
    """Return the objectives called `names`, all of them without any; raises UsageError naming the nearest."""
    known = {o.name: o for o in objectives}
    for name in names:
        if name not in known:
            raise UsageError(f"unknown objective {name!r}{nearest(name, known)}")
    return tuple(known[name] for name in dict.fromkeys(names)) or tuple(objectives)
