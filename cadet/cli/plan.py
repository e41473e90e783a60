"""`--dry-run`: every write to the machine's settings that a session would make."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cadet.cli.console import stdout, telling

if TYPE_CHECKING:
    from cadet.device.state.plan import PlannedWrite


def show(target: Path, format_: str) -> None:
    """Print the plan of a target file; nothing is written or run, except the `get` of a command."""
    from cadet.device.place import place_of
    from cadet.device.target import load

    described = load(target)
    writes = place_of(described).plan(described)
    with telling():
        _as_json(writes) if format_ == "json" else _as_table(writes)


def _as_json(writes: list[PlannedWrite]) -> None:
    import json

    click.echo(json.dumps({"schema": "cadet.plan/1", "writes": [write.to_dict() for write in writes]}, indent=2))


def _as_table(writes: list[PlannedWrite]) -> None:
    from rich.markup import escape
    from rich.table import Table

    if not writes:
        stdout().print("This target sets nothing on the machine: its options are part of the command.")
        return
    table = Table(title="What would be set, and put back as it is now")
    for heading in ("option", "knob", "now", "would be set to", "changes with it", "felt by others"):
        table.add_column(heading, overflow="fold")
    for w in writes:
        now = f"[red]{escape(w.trouble)}[/]" if w.trouble else escape(w.now if w.now is not None else "not shown")
        felt = "yes" if w.system else "no"
        table.add_row(escape(w.option or "(needed)"), escape(f"{w.kind} {w.address}"), now,
                      escape(", ".join(w.values)), escape(", ".join(w.twins)), felt)  # fmt: skip
    stdout().print(table)
