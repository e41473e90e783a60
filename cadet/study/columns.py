"""From the columns of a foreign table to runs: which column is what, and what each cell means."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from cadet.device.cells import complete, missing, number, option_value
from cadet.device.sheet import Sheet
from cadet.errors import DomainError, TableError, nearest
from cadet.model.domain import Domain, Value
from cadet.model.measurement import Run
from cadet.model.option import NO_CONTEXT, Configuration, Level
from cadet.model.space import Space
from cadet.study.fields import RUN_FIELDS, Fields

CONTEXT_PREFIX = "context."
RUN_PREFIX = "run."


_SHOWN = 5  # rows that an error lists before it only counts


class Columns:
    """The columns of a table under our names; `remarks` collects what was left out."""

    def __init__(self, sheet: Sheet, renamed: Mapping[str, str]) -> None:
        self._sheet = sheet
        self._renamed = renamed
        self._claimed: set[str] = set()
        self.remarks: list[str] = []

    def runs(self, space: Space, objectives: Sequence[str], events: Iterable[str] | None) -> list[Run]:
        """Return one run per row. Raises TableError."""
        self._check_renamed({*space.names, *(c.name for c in space.context), *objectives, *(events or ())})
        configurations = self._configurations(space)
        levels = self._levels(space)
        measured = {name: self._objective(name) for name in objectives}
        observed = {name: self._event(name) for name in events if self._has_event(name)} if events is not None else {}
        told = Fields(self._sheet, self._claim_fields())
        if events is None:
            observed = self._every_numeric()
        self._remark_left_out()
        return [told.run(row, configurations[row], levels[row], measured, observed) for row in range(self._sheet.rows)]

    # ── which column is what ─────────────────────────────────────────────────────────────────────────────────────────

    def _check_renamed(self, known: set[str]) -> None:
        for ours, theirs in self._renamed.items():
            if ours not in known:
                raise TableError(f"column mapping {ours}={theirs}: {ours!r} is no option, context, event or objective"
                                 f"{nearest(ours, known)}")  # fmt: skip
            self._cells(theirs, f"column mapping {ours}={theirs}")

    def _column(self, name: str, kind: str) -> str:
        prefixed = CONTEXT_PREFIX + name
        column = prefixed if kind == "context" and prefixed in self._sheet.columns else self._renamed.get(name, name)
        self._cells(column, f"{kind} {name!r}")
        self._claimed.add(column)
        return column

    def _cells(self, column: str, wanted_by: str) -> Sequence[object]:
        if column not in self._sheet.columns:
            raise TableError(f"table {self._sheet.path} has no column {column!r} for {wanted_by}"
                             f"{nearest(column, self._sheet.columns)}")  # fmt: skip
        return self._sheet.columns[column]

    def _has_event(self, name: str) -> bool:
        there = self._renamed.get(name, name) in self._sheet.columns
        if not there:
            self.remarks.append(f"event {name!r} has no column; its values are missing")
        return there

    def _claim_fields(self) -> dict[str, str]:
        fields = {}
        for name in RUN_FIELDS:
            free = [c for c in (RUN_PREFIX + name, name) if c in self._sheet.columns and c not in self._claimed]
            if free:
                fields[name] = free[0]
                self._claimed.add(free[0])
        return fields

    def _every_numeric(self) -> dict[str, list[float | None]]:
        observed = {}
        for column, cells in self._sheet.columns.items():
            numbers = [None if missing(cell) else number(cell) for cell in cells]
            text = any(n is None and not missing(cell) for n, cell in zip(numbers, cells, strict=True))
            if column not in self._claimed and not text and any(n is not None for n in numbers):
                observed[column] = self._finite(column, numbers)
                self._claimed.add(column)
        return observed

    def _remark_left_out(self) -> None:
        rest = [column for column in self._sheet.columns if column not in self._claimed]
        if rest:
            self.remarks.append(f"columns left out: {', '.join(rest)}")

    # ── what the cells mean ──────────────────────────────────────────────────────────────────────────────────────────

    def _configurations(self, space: Space) -> list[Configuration]:
        columns = {o.name: self._values(self._column(o.name, "option"), o.domain, f"option {o.name!r}",
                                        o.when is not None) for o in space.options}  # fmt: skip
        known: dict[tuple[object, ...], Configuration] = {}
        configurations = []
        for row, values in enumerate(zip(*columns.values(), strict=True)):
            key = tuple((type(value), value) for value in values)
            if key not in known:
                given = {name: v for name, v in zip(columns, values, strict=True) if v is not None}
                known[key] = self._complete(space, given, row)
            configurations.append(known[key])
        return configurations

    def _complete(self, space: Space, given: Mapping[str, Value], row: int) -> Configuration:
        try:
            return complete(space, given)
        except DomainError as error:
            raise TableError(f"table {self._sheet.path}, {self._sheet.place(row)}: {error}") from None

    def _levels(self, space: Space) -> list[Level]:
        columns = {c.name: self._values(self._column(c.name, "context"), c.domain, f"context {c.name!r}", False)
                   for c in space.context}  # fmt: skip
        if not columns:
            return [NO_CONTEXT] * self._sheet.rows
        rows = zip(*columns.values(), strict=True)
        return [space.level(dict(zip(columns, values, strict=True))) for values in rows]

    def _values(self, column: str, domain: Domain, what: str, may_be_empty: bool) -> list[Value | None]:
        known: dict[str, tuple[Value | None, str]] = {}
        cells = self._sheet.columns[column]
        for cell in cells:
            if repr(cell) not in known:  # by its text: 1, 1.0 and true are different cells
                known[repr(cell)] = option_value(domain, cell, may_be_empty)
        read = [known[repr(cell)] for cell in cells]
        problems = {row: reason for row, (_, reason) in enumerate(read) if reason}
        if problems:
            raise self._problem(column, what, problems)
        return [value for value, _ in read]

    def _objective(self, name: str) -> list[float | None]:
        column = self._column(name, "objective")
        numbers = self._numbers(column, f"objective {name!r}")
        if not any(n is not None and math.isfinite(n) for n in numbers):
            raise TableError(f"table {self._sheet.path}: objective {name!r} has no number in any row "
                             f"of column {column!r}")  # fmt: skip
        return numbers

    def _event(self, name: str) -> list[float | None]:
        column = self._column(name, "event")
        return self._finite(name, self._numbers(column, f"event {name!r}"))

    def _numbers(self, column: str, what: str) -> list[float | None]:
        cells = self._sheet.columns[column]
        numbers = [None if missing(cell) else number(cell) for cell in cells]
        problems = {row: f"{cell!r} is no number" for row, (cell, n) in enumerate(zip(cells, numbers, strict=True))
                    if n is None and not missing(cell)}  # fmt: skip
        if problems:
            raise self._problem(column, what, problems)
        return numbers

    def _finite(self, name: str, numbers: Sequence[float | None]) -> list[float | None]:
        infinite = sum(n is not None and math.isinf(n) for n in numbers)
        if infinite:
            self.remarks.append(f"event {name!r} is infinite in {infinite} rows; those values are missing")
        return [n if n is not None and math.isfinite(n) else None for n in numbers]

    def _problem(self, column: str, what: str, problems: Mapping[int, str]) -> TableError:
        row, reason = next(iter(problems.items()))
        more = [str(other + 1) for other in problems if other != row]
        also = ", ".join(more[:_SHOWN]) + (f" and {len(more) - _SHOWN} more" if len(more) > _SHOWN else "")
        return TableError(f"table {self._sheet.path}, column {column!r}, {self._sheet.place(row)}: {what}: {reason}"
                          + (f"; the same trouble in rows {also}" if more else ""))  # fmt: skip
