"""A table of measurements as numbers and settings, with every wrong cell named."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from cadet.device.sheet import read_sheet
from cadet.errors import TableError, nearest

_EMPTY = frozenset({"", "nan", "na", "n/a", "null", "none"})  # how tables spell a missing number


def read_table(path: Path) -> pd.DataFrame:
    """Return the table; cells of a CSV stay text. Raises TableError when it cannot be read or is empty."""
    return pd.DataFrame(dict(read_sheet(path).columns), dtype=object)


def numbers(frame: pd.DataFrame, column: str, path: Path) -> list[float | None]:
    """Return a column as numbers, None where the cell is empty; raises TableError naming the first wrong row."""
    found: list[float | None] = []
    for row, cell in enumerate(frame[column].tolist(), 1):
        try:
            value = _number(cell)
        except (TypeError, ValueError):
            raise TableError(f"{path}: row {row}: {column} = {cell!r} is not a number") from None
        found.append(value)
    return found


def require(frame: pd.DataFrame, columns: Sequence[str], path: Path, what: str) -> None:
    """Raise TableError when a column is not there, naming the nearest one."""
    for column in columns:
        if column not in frame.columns:
            raise TableError(f"{path}: no column {column!r} for the {what}{nearest(column, map(str, frame.columns))}")


def empty(cell: object) -> bool:
    """Tell whether a cell holds nothing."""
    return cell is None or cell == "" or cell is pd.NA or (isinstance(cell, float) and math.isnan(cell))


def _number(cell: object) -> float | None:
    if empty(cell) or (isinstance(cell, str) and cell.strip().lower() in _EMPTY):
        return None
    value = float(cell)  # type: ignore[arg-type]
    return value if math.isfinite(value) else None
