"""Columns that describe a run itself: how it ended, when, under which circumstances."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from cadet.device.cells import missing, number
from cadet.device.sheet import Sheet
from cadet.errors import TableError
from cadet.model.measurement import Purpose, Run, Status, Tag
from cadet.model.option import Configuration, Level

Numbers = Mapping[str, Sequence[float | None]]
"""Columns of numbers by name, None where a cell is empty."""

_Member = TypeVar("_Member", Status, Tag)

RUN_FIELDS: Mapping[str, Callable[[Run], object]] = {
    "status": lambda run: run.status.value,
    "tags": lambda run: " ".join(sorted(tag.value for tag in run.tags)),
    "purpose": lambda run: run.purpose.value,
    "slot": lambda run: run.slot,
    "sequence": lambda run: run.sequence,
    "started_at": lambda run: run.started_at,
    "seconds": lambda run: run.seconds,
    "timeout_s": lambda run: run.timeout_s,
    "message": lambda run: run.message,
}
"""Columns that describe a run, and how each is written."""


class Fields:
    """What a table says about each run besides its values: status, tags, times, message."""

    def __init__(self, sheet: Sheet, fields: Mapping[str, str]) -> None:
        self._sheet = sheet
        self._fields = fields

    def run(self, row: int, configuration: Configuration, level: Level, measured: Numbers, observed: Numbers) -> Run:
        """Return the run of a row."""
        objectives = {name: numbers[row] for name, numbers in measured.items()}
        values = {name: n for name, n in objectives.items() if n is not None and math.isfinite(n)}
        lacking = [f"{name} is {'empty' if n is None else n} in the table"
                   for name, n in objectives.items() if name not in values]  # fmt: skip
        status = self._status(row)
        if status is Status.OK and lacking:
            status = Status.FAILED
        said = self._text("message", row)
        return Run(
            configuration=configuration,
            status=status,
            values=values | {name: n for name, numbers in observed.items() if (n := numbers[row]) is not None},
            level=level,
            purpose=Purpose.IMPORTED,
            tags=frozenset(self._member(Tag, "tags", tag, row) for tag in self._text("tags", row).split()),
            sequence=int(self._number("sequence", row, row)),
            started_at=self._number("started_at", row, 0.0),
            seconds=self._number("seconds", row, 0.0),
            timeout_s=self._number("timeout_s", row, math.nan) if self._text("timeout_s", row) else None,
            message=said or ("; ".join(lacking) if status is Status.FAILED else ""),
        )

    def _status(self, row: int) -> Status:
        text = self._text("status", row)
        return self._member(Status, "status", text, row) if text else Status.OK

    def _text(self, field: str, row: int) -> str:
        cell = self._sheet.columns[self._fields[field]][row] if field in self._fields else None
        return "" if missing(cell) else str(cell)

    def _number(self, field: str, row: int, default: float) -> float:
        text = self._text(field, row)
        value = number(text) if text else default
        if value is None or (text and not math.isfinite(value)):
            raise TableError(f"table {self._sheet.path}, column {self._fields[field]!r}, {self._sheet.place(row)}: "
                             f"{text!r} is no number")  # fmt: skip
        return value

    def _member(self, kind: type[_Member], field: str, text: str, row: int) -> _Member:
        try:
            return kind(text)
        except ValueError:
            raise TableError(f"table {self._sheet.path}, column {self._fields[field]!r}, {self._sheet.place(row)}: "
                             f"{text!r} is not one of {', '.join(member.value for member in kind)}; rename the column "
                             "if it means something else") from None  # fmt: skip
