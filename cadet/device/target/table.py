"""Read a table of measurements as it is, CSV or Parquet, with every wrong cell named."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from cadet.errors import TableError, nearest

_EMPTY = frozenset({"", "nan", "na", "n/a", "null", "none"})  # how tables spell a missing number


def read_table(path: Path) -> pd.DataFrame:
    """Return the table; cells of a CSV stay text. Raises TableError when it cannot be read or is empty."""
    readers = {".csv": _csv, ".parquet": _parquet, ".pq": _parquet}
    if path.suffix.lower() not in readers:
        raise TableError(f"{path}: {path.suffix or 'no suffix'!r} is not read; use .csv or .parquet")
    if not path.is_file():
        there = sorted(p.name for p in path.parent.glob(f"*{path.suffix}")) if path.parent.is_dir() else []
        raise TableError(f"{path}: no such file{nearest(path.name, there)}")
    frame = readers[path.suffix.lower()](path)
    if frame.empty:
        raise TableError(f"{path}: the table has no rows")
    return frame


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


def _csv(path: Path) -> pd.DataFrame:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            header = next(csv.reader(file), [])
        twice = [name for name, count in Counter(header).items() if count > 1]
        if twice:
            raise TableError(f"{path}: two columns are called {twice[0]!r}")
        return pd.read_csv(path, dtype=str, keep_default_na=False, index_col=False)
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError, csv.Error) as error:
        raise TableError(f"{path}: cannot be read as CSV: {error}") from None


def _parquet(path: Path) -> pd.DataFrame:
    try:
        frame = pd.read_parquet(path)
    except (OSError, ValueError) as error:  # ArrowInvalid is a ValueError
        raise TableError(f"{path}: cannot be read as Parquet: {error}") from None
    twice = [name for name, count in Counter(map(str, frame.columns)).items() if count > 1]
    if twice:
        raise TableError(f"{path}: two columns are called {twice[0]!r}")
    return frame
