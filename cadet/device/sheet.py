"""Tables as files: CSV and Parquet, cells as they stand there, with the place of every row for error messages."""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cadet.errors import TableError, nearest

if TYPE_CHECKING:
    import pyarrow as pa

_CSV, _PARQUET = (".csv",), (".parquet", ".pq")
_DELIMITERS = ",;\t"


@dataclass(frozen=True)
class Sheet:
    """The cells of a table by column. CSV cells are text; an empty cell is `""` there and None in Parquet.

    lines: (rows,) the line of the file in which each row ends; empty for Parquet.
    """

    path: Path
    columns: Mapping[str, Sequence[object]]
    lines: tuple[int, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(next(iter(self.columns.values()), ()))

    def place(self, row: int) -> str:
        """Return where a row (counted from 0) is, for a user's eyes: `row 3 (line 4)`."""
        return f"row {row + 1} (line {self.lines[row]})" if self.lines else f"row {row + 1}"


def read_sheet(path: Path) -> Sheet:
    """Read a table; raises TableError when it is not there, cannot be read, is empty or repeats a column name."""
    read = {**dict.fromkeys(_CSV, _read_csv), **dict.fromkeys(_PARQUET, _read_parquet)}.get(_suffix(path))
    assert read is not None
    if not path.exists():
        folder = path.parent
        others = [p.name for p in folder.iterdir() if p.suffix in (*_CSV, *_PARQUET)] if folder.is_dir() else []
        raise TableError(f"table {path} does not exist{nearest(path.name, others)}")
    try:
        if path.stat().st_size == 0:
            raise TableError(f"table {path} is empty: 0 bytes")
        sheet = read(path)
    except OSError as error:
        raise TableError(f"cannot read table {path}: {error.strerror or error}") from None
    if not sheet.rows:
        raise TableError(f"table {path} has no rows, only the columns {', '.join(sheet.columns)}")
    return sheet


def write_sheet(path: Path, columns: Mapping[str, Sequence[object]]) -> None:
    """Write a table, complete or not at all; raises TableError when it cannot be written."""
    write = {**dict.fromkeys(_CSV, _write_csv), **dict.fromkeys(_PARQUET, _write_parquet)}.get(_suffix(path))
    assert write is not None
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        write(unfinished, columns)
        unfinished.replace(path)
    except OSError as error:
        raise TableError(f"cannot write table {path}: {error.strerror or error}") from None
    finally:
        unfinished.unlink(missing_ok=True)


def _suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in (*_CSV, *_PARQUET):
        raise TableError(f"table {path}: {suffix or 'a name without suffix'} is not supported; "
                         f"use {', '.join((*_CSV, *_PARQUET))}")  # fmt: skip
    return suffix


def _read_csv(path: Path) -> Sheet:
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            reader = csv.reader(file, delimiter=max(_DELIMITERS, key=first.count), strict=True)
            for cells in reader:
                if cells:
                    rows.append(cells)
                    lines.append(reader.line_num)
    except UnicodeDecodeError as error:
        raise TableError(f"table {path} is not UTF-8 text: {error.reason} at byte {error.start}") from None
    except csv.Error as error:
        raise TableError(f"table {path} is no CSV: line {reader.line_num}: {error}") from None
    if not rows:
        raise TableError(f"table {path} is empty: no line with text")
    header = _header(path, [name.strip() for name in rows[0]])
    for cells, line in zip(rows[1:], lines[1:], strict=True):
        if len(cells) != len(header):
            raise TableError(f"table {path}, line {line}: {len(cells)} cells under {len(header)} column names")
    body = list(zip(*rows[1:], strict=True)) or [()] * len(header)
    return Sheet(path, dict(zip(header, body, strict=True)), tuple(lines[1:]))


def _read_parquet(path: Path) -> Sheet:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise TableError(f"table {path}: Parquet needs pyarrow (pip install pyarrow); CSV works without") from None
    try:
        table = pq.ParquetFile(path).read()
    except pa.ArrowException as error:
        raise TableError(f"table {path} is no Parquet: {str(error).splitlines()[0]}") from None
    header = _header(path, table.column_names)
    return Sheet(path, {name: table.column(i).to_pylist() for i, name in enumerate(header)})


def _header(path: Path, names: Sequence[str]) -> Sequence[str]:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise TableError(f"table {path}: the column name {', '.join(map(repr, twice))} appears more than once")
    return names


def _write_csv(path: Path, columns: Mapping[str, Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)  # floats by their shortest text that reads back as the same number
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


def _write_parquet(path: Path, columns: Mapping[str, Sequence[object]]) -> None:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise TableError(f"table {path}: Parquet needs pyarrow (pip install pyarrow); CSV works without") from None
    pq.write_table(pa.table({name: _array(cells) for name, cells in columns.items()}), path)


def _array(cells: Iterable[object]) -> pa.Array:
    import pyarrow as pa

    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds <= {int, float} and float in kinds:
        return pa.array([None if cell is None else float(str(cell)) for cell in cells], pa.float64())
    if len(kinds) > 1:  # an option with values such as 1 and "auto"
        return pa.array([None if cell is None else str(cell) for cell in cells], pa.string())
    return pa.array(list(cells))
