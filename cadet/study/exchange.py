"""Measurements out to a table and in from one: one row is one repetition, and none is dropped in silence.

Options, events and objectives keep their names. What describes the run (`status`, `tags`, …) does too, unless such a
name is taken: then it is `run.status`; a context variable in that case is `context.NAME`. Environments stay behind.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cadet.device.sheet import read_sheet, write_sheet
from cadet.errors import TableError
from cadet.model.measurement import Run, Status
from cadet.model.objective import Objective
from cadet.model.space import Space
from cadet.study.columns import CONTEXT_PREFIX, RUN_PREFIX, Columns
from cadet.study.fields import RUN_FIELDS
from cadet.study.store import Store

if TYPE_CHECKING:
    from cadet.device.target import Target

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Imported:
    """What an import did: runs added, rows that the study had already, added runs that did not end well."""

    added: int
    already_there: int
    failed: int


def export(store: Store, path: Path) -> int:
    """Write every run of a study to a CSV or Parquet file, in time order; return the number of rows.

    Raises TableError when there is nothing to write, or the file cannot be written.
    """
    runs = store.runs()
    if not runs:
        raise TableError(f"nothing to export: study {store.target_name!r} has no runs yet")
    write_sheet(path, table_of(runs))
    return len(runs)


def table_of(runs: Sequence[Run]) -> dict[str, list[object]]:
    """Return runs as columns of equal length; None where something was not observed.

    Raises TableError when an event or objective has the name of an option.
    """
    options, values = _names(r.configuration for r in runs), _names(r.values for r in runs)
    context = _names(r.level for r in runs)
    for name in values:
        if name in options:
            raise TableError(f"{name!r} is an option and an observed value; rename one of them in the target file")
    table: dict[str, list[object]] = {name: [r.configuration.get(name) for r in runs] for name in options}
    for name in context:
        taken = name in options or name in values
        table[CONTEXT_PREFIX + name if taken else name] = [r.level.get(name) for r in runs]
    table |= {name: [r.values.get(name) for r in runs] for name in values}
    told = {field: [write(r) for r in runs] for field, write in RUN_FIELDS.items()}
    return table | {RUN_PREFIX + name if name in table else name: cells for name, cells in told.items()}


def runs_in(path: Path, target: Target, *, columns: Mapping[str, str] | None = None,
            tell: Tell = lambda note: None) -> list[Run]:  # fmt: skip
    """Read a target's runs from a table, objectives also under the columns that it names; raises as `import_table`."""
    events = [event for event in target.events if event in target.columns] or None
    named = {name: source.removeprefix("column:") for name, source in target.sources.items() if "column:" in source}
    otherwise = {name: column for name, column in named.items() if name != column}
    return import_table(path, target.space, target.objectives, events, columns=columns, otherwise=otherwise, tell=tell)


def import_table(path: Path, space: Space, objectives: Sequence[Objective], events: Iterable[str] | None = None, *,
                 columns: Mapping[str, str] | None = None, otherwise: Mapping[str, str] | None = None,
                 tell: Tell = lambda note: None) -> list[Run]:  # fmt: skip
    """Read runs from a CSV or Parquet file, every row one repetition, all with `Purpose.IMPORTED`.

    `events` names the columns to take besides options, context and objectives; None takes every numeric one.
    `columns` maps our names to the table's where they differ; `otherwise` does so for names that the table lacks. A row
    without an objective becomes a failed run that says so. `tell` hears what was left out. Rows are put in time order
    where `started_at` is given.
    Raises TableError naming the column, the row, the value and the nearest valid one.
    """
    table = read_sheet(path)
    lacking = {name: column for name, column in (otherwise or {}).items() if name not in table.columns}
    sheet = Columns(table, {**lacking, **(columns or {})})
    runs = sheet.runs(space, [objective.name for objective in objectives], events)
    for remark in sheet.remarks:
        tell(remark)
    failed = sum(run.status is Status.FAILED for run in runs)
    if failed:
        tell(f"{failed} of {len(runs)} rows are failed runs; the message of each says why")
    return sorted(runs, key=lambda run: run.started_at)


def import_runs(store: Store, runs: Sequence[Run], source: str = "", tell: Tell = lambda note: None) -> Imported:
    """Add imported runs to a study; rows that it holds already, by content, are not added again, and `tell` says so.

    Identical rows within one table are repetitions of equal value, and all of them are kept. The first table keeps its
    row numbers, counted from 0, as the runs' `sequence`; what comes later goes on from there: a number is one run.
    """
    store.hold()
    there = Counter(content(run) for run in store.runs())
    seen: Counter[str] = Counter()
    new = []
    for run in runs:
        name = content(run)
        seen[name] += 1
        if seen[name] > there[name]:
            new.append(replace(run, slot=f"imported/{name}/{seen[name]}"))
    store.record(*_numbered(new, store.next_sequence()))
    done = Imported(len(new), len(runs) - len(new), sum(not run.ok for run in new))
    store.note("imported", {"source": source, "added": done.added, "already_there": done.already_there})
    if done.already_there:
        tell(f"{done.already_there} of {len(runs)} rows are in the study already and were not added again")
    return done


def _numbered(runs: Sequence[Run], first: int) -> Sequence[Run]:
    if first == 0 and sorted(run.sequence for run in runs) == list(range(len(runs))):
        return runs
    return [replace(run, sequence=number) for number, run in enumerate(runs, first)]


def content(run: Run) -> str:
    """Return a digest of what was measured, where and when: the identity of an imported run."""
    observed = sorted((name, float(value)) for name, value in run.values.items())
    told = [run.configuration.key, run.level.key, run.status.value, run.started_at, observed]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:24]


def _names(mappings: Iterable[Mapping[str, object]]) -> list[str]:
    return list(dict.fromkeys(name for mapping in mappings for name in mapping))
