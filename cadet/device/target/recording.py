"""A recorded device: the rows of a table by configuration and context level."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from cadet.device.cells import complete, missing, number, option_value
from cadet.device.sheet import Sheet, read_sheet
from cadet.errors import DomainError, TableError, nearest
from cadet.model.domain import Domain, Value
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
        """Return `space` narrowed to what was recorded, where that is known."""
        return space if isinstance(self.rows, _Gone) else replace(space, recorded=self.configurations)


class _Gone(Mapping[Cell, Sequence[Row]]):
    """The rows of a table that cannot be read: whoever asks for one hears why."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def __getitem__(self, cell: Cell) -> Sequence[Row]:
        raise TableError(self._reason)

    def __iter__(self) -> Iterator[Cell]:
        raise TableError(self._reason)

    def __len__(self) -> int:
        raise TableError(self._reason)


def lost(path: Path, reason: str) -> Recording:
    """Return a recorded device that is known by name only: whatever needs its rows raises TableError with `reason`."""
    return Recording(path, "", _Gone(f"{reason}; bring the table back to measure or diagnose (what was measured can "
                                     "be shown, reported and exported without it)"))  # fmt: skip


def read_recording(path: Path, space: Space, objectives: Sequence[str], events: Sequence[str]) -> Recording:
    """Read the table of a recorded device.

    Raises TableError for a missing column (with the nearest), an empty or unknown option value (with the row) and
    objectives without any number. Values match by number: "0" is 0. An option that does not exist in the configuration
    of a row may be empty there.
    """
    sheet = read_sheet(path)
    _require(sheet, space.names, "option of this name")
    _require(sheet, [c.name for c in space.context], "context of this name")
    _require(sheet, objectives, "objective")
    _require(sheet, events, "event")
    rows: dict[Cell, list[Row]] = {}
    for cell, row in zip(_cells(sheet, space), _values(sheet, objectives, events), strict=True):
        rows.setdefault(cell, []).append(row)
    _refuse_constant(rows, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Recording(path, digest, {cell: tuple(found) for cell, found in rows.items()})


def _require(sheet: Sheet, columns: Sequence[str], what: str) -> None:
    for column in columns:
        if column not in sheet.columns:
            raise TableError(f"{sheet.path}: no column {column!r} for the {what}{nearest(column, sheet.columns)}")


def _cells(sheet: Sheet, space: Space) -> Iterator[Cell]:
    known: dict[tuple[str, ...], Cell] = {}  # most rows repeat a configuration
    names = [*space.names, *(c.name for c in space.context)]
    for row, cells in enumerate(zip(*(sheet.columns[name] for name in names), strict=True)):
        key = tuple(map(repr, cells))  # 1, 1.0 and true are different cells
        if key not in known:
            try:
                known[key] = _cell(dict(zip(names, cells, strict=True)), space)
            except DomainError as error:
                raise TableError(f"{sheet.path}: {sheet.place(row)}: {error}") from None
        yield known[key]


def _cell(cells: Mapping[str, object], space: Space) -> Cell:
    given = {o.name: _value(f"option {o.name!r}", o.domain, cells[o.name], o.when is not None) for o in space.options}
    level = {c.name: _value(f"context {c.name!r}", c.domain, cells[c.name], False) for c in space.context}
    return complete(space, {name: value for name, value in given.items() if value is not None}), space.level(level)


def _value(what: str, domain: Domain, cell: object, may_be_empty: bool) -> Value | None:
    value, problem = option_value(domain, cell, may_be_empty)
    if problem:
        raise DomainError(f"{what}: {problem}")
    return value


def _values(sheet: Sheet, objectives: Sequence[str], events: Sequence[str]) -> Iterator[Row]:
    columns = list(dict.fromkeys((*objectives, *events)))
    lists = [_numbers(sheet, column) for column in columns]
    for column, found in zip(columns, lists, strict=True):
        if column in objectives and all(value is None for value in found):
            raise TableError(f"{sheet.path}: the objective's column {column!r} holds no number")
    for row in zip(*lists, strict=True):
        yield {column: value for column, value in zip(columns, row, strict=True) if value is not None}


def _numbers(sheet: Sheet, column: str) -> list[float | None]:
    found = [None if missing(cell) else number(cell) for cell in sheet.columns[column]]
    for row, (value, cell) in enumerate(zip(found, sheet.columns[column], strict=True)):
        if value is None and not missing(cell):
            raise TableError(f"{sheet.path}: {sheet.place(row)}: {column} = {cell!r} is not a number")
    return [value if value is not None and math.isfinite(value) else None for value in found]


def _refuse_constant(rows: Mapping[Cell, Sequence[Row]], path: Path) -> None:
    if len({configuration for configuration, _ in rows}) < 2:
        raise TableError(f"{path}: every option is constant; there is nothing to compare")
