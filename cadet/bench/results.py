"""Results on disk: one JSON object a line, appended when a session has ended, so that nothing finished is lost."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

Record = dict[str, object]
FILE = "results.jsonl"


def read(folder: Path) -> dict[str, Record]:
    """Return the records by key, the last one of each; a line cut off by a crash is left out."""
    file = folder / FILE
    return parsed(file.read_text(encoding="utf-8")) if file.exists() else {}


def parsed(text: str) -> dict[str, Record]:
    """Return the same of the text of such a file."""
    records: dict[str, Record] = {}
    for line in text.splitlines():
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            continue  # the process was killed while it wrote this line: that session is run again
        records[record["key"]] = record
    return records


def append(folder: Path, records: Iterable[Record]) -> None:
    """Append records; a line that was cut off is closed first."""
    file = folder / FILE
    folder.mkdir(parents=True, exist_ok=True)
    with file.open("a+b") as stream:
        if stream.tell():
            stream.seek(-1, 2)
            if stream.read(1) != b"\n":
                stream.write(b"\n")
        for record in records:
            stream.write(json.dumps(record, allow_nan=False).encode() + b"\n")


def present(records: Sequence[Record]) -> list[Record]:
    """Return the records of sessions that took place."""
    return [r for r in records if not r.get("absent")]
