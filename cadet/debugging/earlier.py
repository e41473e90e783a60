"""What was measured before: on this device it is evidence, on another device or workload a prediction to be checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from cadet.debugging.belief import evidence
from cadet.debugging.cost import Floats, cost_of
from cadet.debugging.encoding import Encoding
from cadet.debugging.surrogate import Surrogate, fit
from cadet.errors import DomainError, UsageError
from cadet.model.domain import Value
from cadet.model.measurement import Measurement, Run, Status, measurements
from cadet.model.objective import Goal
from cadet.model.option import Configuration, Level, Option
from cadet.model.space import Space

LEAST = 8  # configurations below which a source predicts nothing worth having
MOST = 160  # configurations of a source that are learned from: the cost grows with the cube


@dataclass(frozen=True)
class Earlier:
    """Runs from before this session.

    here: of the same study, so that they are evidence. elsewhere: of `source`, the same target on another device or
    workload, which is believed only as long as it predicts what is measured here.
    """

    here: tuple[Run, ...] = ()
    elsewhere: tuple[Run, ...] = ()
    source: str = ""


@dataclass(frozen=True)
class Source:
    """What another study predicts: by goal label a model of its costs over the options that both have."""

    name: str
    models: Mapping[str, Surrogate]
    encoding: Encoding
    configurations: int
    _seen: dict[tuple[str, Configuration], tuple[float, float]] = field(default_factory=dict, repr=False)

    def unit(self, label: str) -> float:
        """Return the spread of the costs there: the natural unit of what may differ here."""
        return self.models[label].scale

    def beyond_fault(self, label: str, configurations: Sequence[Configuration]) -> tuple[Floats, Floats]:
        """Return (configurations,) each cost less that of the fault, as predicted there, and its variance."""
        wanted = [*configurations, self.encoding.fault]
        known = [self._common(c) for c in wanted]
        fresh = list(dict.fromkeys(c for c in known if (label, c) not in self._seen))
        if fresh:
            model = self.models[label]
            means, deviations = model.predict(fresh)
            mean = model.shares @ means
            variance = model.shares @ (deviations**2 + (means - mean) ** 2)
            self._seen.update({(label, c): (float(m), float(v)) for c, m, v in zip(fresh, mean, variance, strict=True)})
        moments = np.array([self._seen[label, c] for c in known])
        return moments[:-1, 0] - moments[-1, 0], moments[:-1, 1]

    def _common(self, configuration: Mapping[str, Value]) -> Configuration:
        return Configuration({name: configuration[name] for name in self.encoding.space.names})


def source_of(earlier: Earlier, space: Space, fault: Configuration, goals: Sequence[Goal]) -> Source | None:
    """Return the model of an earlier study, None where there is none.

    Raises UsageError when the two have nothing in common: no option that varied there, or no objective.
    """
    if not earlier.elsewhere:
        return None
    shared = _shared(space, earlier.elsewhere)
    cells = [cell for cell in measurements(_translated(earlier.elsewhere, shared)) if cell.status is Status.OK]
    here = Configuration({name: fault[name] for name in shared.names})
    encoding = Encoding(shared, here)
    rows = {g.label: _nearest(_at(cells, g), shared, here) for g in goals}
    known = [g for g in goals if len(rows[g.label]) >= LEAST]
    if not encoding.options or not known:
        raise UsageError(f"--from {earlier.source}: it has no {LEAST} configurations with an option and an objective "
                         f"that are known here ({', '.join(g.objective.name for g in goals)})")  # fmt: skip
    with threadpool_limits(1):
        models = {g.label: _model(encoding, g, rows[g.label]) for g in known}
    return Source(earlier.source, models, encoding, max(len(rows[g.label]) for g in known))


def _shared(space: Space, runs: Sequence[Run]) -> Space:
    """Return the options that both have, and that took more than one value there; without conditions."""
    values = {o.name: {run.configuration[o.name] for run in runs if o.name in run.configuration} for o in space.options}
    return Space(tuple(replace(o, when=None, consent={}) for o in space.options if len(values[o.name]) > 1))


def _translated(runs: Sequence[Run], shared: Space) -> list[Run]:
    """Return the runs in the values of this target; those with a value that it does not know are left out."""
    kept = []
    for run in runs:
        values = {o.name: _canonical(o, run.configuration) for o in shared.options}
        known = {name: value for name, value in values.items() if value is not None}
        if len(known) == len(values):
            kept.append(replace(run, configuration=Configuration(known)))
    return kept


def _canonical(option: Option, there: Configuration) -> Value | None:
    try:
        return option.domain.canonical(there[option.name]) if option.name in there else None
    except DomainError:
        return None


def _at(cells: Sequence[Measurement], goal: Goal) -> list[Measurement]:
    """Return the cells with the goal's objective at its level or, where there is none, at the level most measured."""
    seen = [cell for cell in cells if len(cell.values(goal.objective.name))]
    here = [cell for cell in seen if cell.level == goal.level]
    if here or not seen:
        return here
    counts: dict[Level, int] = {}
    for cell in seen:
        counts[cell.level] = counts.get(cell.level, 0) + 1
    usual = max(counts, key=lambda level: counts[level])
    return [cell for cell in seen if cell.level == usual]


def _nearest(cells: list[Measurement], space: Space, fault: Configuration) -> list[Measurement]:
    """Return all cells, or of many the half nearest to the fault and the rest spread over the others."""
    if len(cells) <= MOST:
        return cells
    ranked = sorted(cells, key=lambda m: len(space.changes(fault, m.configuration)))
    near, far = ranked[: MOST // 2], ranked[MOST // 2 :]
    return near + [far[i] for i in np.linspace(0, len(far) - 1, MOST // 2).round().astype(int)]


def _model(encoding: Encoding, goal: Goal, cells: Sequence[Measurement]) -> Surrogate:
    runs = [run for cell in cells for run in cell.runs]
    scale = cost_of(goal.objective, runs, goal.threshold)
    level = replace(goal, level=cells[0].level)
    return fit(encoding, evidence(level, scale, cells), outliers=max(len(cell.runs) for cell in cells) > 1)
