"""From runs to a dataset: one row per run that ended well or reached its limit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from cadet.causal.discovery.columns import unusable
from cadet.errors import TableError
from cadet.model.dataset import Dataset, Role, Variable
from cadet.model.measurement import Purpose, Run, Status
from cadet.model.objective import Objective
from cadet.model.space import Space

_LEARNABLE = (Status.OK, Status.TIMED_OUT)
_RANDOM = (Purpose.DESIGN, Purpose.IMPORTED)


def build(runs: Sequence[Run], space: Space, objectives: Sequence[Objective], *, randomised: bool = True) -> Dataset:
    """Return the runs as a table for learning, without the columns that cannot take part.

    Rows: ok and timed_out runs, in the order given. Columns: options, context, events (sorted), objectives; what is
    not observed or not finite is NaN. A timed-out run is censored: an objective that is bounded by time is at
    least its limit, any other that it did not report is NaN. Raises TableError when no run can be learned from.
    """
    usable = [run for run in runs if run.status in _LEARNABLE]
    if not usable:
        raise TableError(f"no run to learn from: {_statuses(runs)}")
    variables = _variables(usable, space, objectives)
    frame = pd.DataFrame({v.name: _column(usable, v, objectives) for v in variables})
    ended_well = np.array([run.ok for run in usable])
    left_out = unusable(frame, variables, ended_well)
    gone = {column.column for column in left_out}
    kept = tuple(v for v in variables if v.name not in gone)
    return Dataset(
        frame=frame[[v.name for v in kept]],
        variables=kept,
        configuration=_labels(usable),
        censored=~ended_well,
        sample=np.array([run.purpose in _RANDOM for run in usable]),
        randomised=randomised,
        left_out=left_out,
    )


def _statuses(runs: Sequence[Run]) -> str:
    counts = Counter(run.status.value for run in runs)
    return ", ".join(f"{n} {status}" for status, n in sorted(counts.items())) or "there is none"


def _variables(runs: Sequence[Run], space: Space, objectives: Sequence[Objective]) -> tuple[Variable, ...]:
    settings = [Variable(o.name, Role.OPTION, o.domain) for o in space.options]
    settings += [Variable(c.name, Role.CONTEXT, c.domain) for c in space.context]
    told = [Variable(o.name, Role.OBJECTIVE, unit=o.unit) for o in objectives]
    taken = {v.name for v in (*settings, *told)}
    seen = sorted({name for run in runs for name in run.values} - {v.name for v in told})
    for name in seen:
        if name in taken:
            raise TableError(f"column {name!r} is both an option or context variable and an event: rename one")
    return (*settings, *(Variable(name, Role.EVENT) for name in seen), *told)


def _column(runs: Sequence[Run], variable: Variable, objectives: Sequence[Objective]) -> list[object]:
    name = variable.name
    if variable.role is Role.OPTION:
        return [run.configuration[name] for run in runs]
    if variable.role is Role.CONTEXT:
        return [run.level[name] for run in runs]
    if variable.role is Role.EVENT:
        return [_finite(run.values.get(name)) for run in runs]
    objective = next(o for o in objectives if o.name == name)
    return [_finite(run.values[name]) if name in run.values else _bound(run, objective) for run in runs]


def _bound(run: Run, objective: Objective) -> float:
    bounded = objective.bounded_by_time and run.status is Status.TIMED_OUT
    return run.timeout_s if bounded and run.timeout_s is not None else float("nan")


def _finite(value: float | None) -> float:
    return float(value) if value is not None and np.isfinite(value) else float("nan")


def _labels(runs: Sequence[Run]) -> npt.NDArray[np.int64]:
    label = {configuration: i for i, configuration in enumerate(dict.fromkeys(run.configuration for run in runs))}
    return np.array([label[run.configuration] for run in runs], dtype=np.int64)
