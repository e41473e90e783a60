"""A recorded device: the rows of a table by configuration and context level."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from cadet.device.target.table import empty, numbers, read_table, require
from cadet.errors import DomainError, TableError
from cadet.model.option import Configuration, Level
from cadet.model.space import Space

Cell = tuple[Configuration, Level]
Row = Mapping[str, float]


@dataclass(frozen=True)
class Recording:
    """What was once measured. Rows of one configuration at one level are its repetitions, in the table's order."""

    path: Path
    sha256: str
    rows: Mapping[Cell, Sequence[Row]] = field(repr=False)

    @cached_property
    def noiseless(self) -> bool:
        """Whether every configuration has one row, so that the noise is unknown."""
        return all(len(rows) == 1 for rows in self.rows.values())

    @cached_property
    def configurations(self) -> tuple[Configuration, ...]:
        """The configurations that can be looked up, in the table's order."""
        return tuple(dict.fromkeys(configuration for configuration, _ in self.rows))

    def within(self, space: Space) -> Space:
        """Return `space` narrowed to what was recorded."""
        return replace(space, recorded=self.configurations)


def read_recording(path: Path, space: Space, objectives: Sequence[str], events: Sequence[str]) -> Recording:
    """Read the table of a recorded device.

    Raises TableError for a missing column (with the nearest), an empty or unknown option value (with the row) and
    objectives without any number. Values match by number: "0" is 0.
    """
    frame = read_table(path)
    given = [c.name for c in space.context]
    require(frame, space.names, path, "option of this name")
    require(frame, given, path, "context of this name")
    require(frame, objectives, path, "objective")
    require(frame, events, path, "event")
    cells = _cells(frame, space, given, path)
    rows: dict[Cell, list[Row]] = {}
    for cell, row in zip(cells, _values(frame, objectives, events, path), strict=True):
        rows.setdefault(cell, []).append(row)
    _refuse_constant(rows, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Recording(path, digest, {cell: tuple(found) for cell, found in rows.items()})


def _cells(frame: pd.DataFrame, space: Space, given: Sequence[str], path: Path) -> list[Cell]:
    known: dict[tuple[Any, ...], Cell] = {}  # most rows repeat a configuration
    names = [*space.names, *given]
    cells = []
    for row, raw in enumerate(zip(*(frame[name].tolist() for name in names), strict=True), 1):
        if raw not in known:
            known[raw] = _cell(dict(zip(names, raw, strict=True)), space, given, f"{path}: row {row}")
        cells.append(known[raw])
    return cells


def _cell(raw: Mapping[str, Any], space: Space, given: Sequence[str], place: str) -> Cell:
    for name, value in raw.items():
        if empty(value):
            raise TableError(f"{place}: {name} is empty; every option needs a value")
    try:
        level = space.level({name: raw[name] for name in given})
        return space.configuration({name: raw[name] for name in space.names}), level
    except DomainError as error:
        raise TableError(f"{place}: {error}") from None


def _values(frame: pd.DataFrame, objectives: Sequence[str], events: Sequence[str], path: Path) -> list[Row]:
    columns = list(dict.fromkeys((*objectives, *events)))
    lists = [numbers(frame, column, path) for column in columns]
    for column, found in zip(columns, lists, strict=True):
        if column in objectives and all(value is None for value in found):
            raise TableError(f"{path}: the objective's column {column!r} holds no number")
    return [
        {column: value for column, value in zip(columns, row, strict=True) if value is not None}
        for row in zip(*lists, strict=True)
    ]


def _refuse_constant(rows: Mapping[Cell, Sequence[Row]], path: Path) -> None:
    if len({configuration for configuration, _ in rows}) < 2:
        raise TableError(f"{path}: every option is constant; there is nothing to compare")
