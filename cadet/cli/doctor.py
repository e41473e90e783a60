"""`cadet doctor`: what can be measured and set here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cadet.cli.arguments import FORMAT
from cadet.cli.console import stdout, telling

if TYPE_CHECKING:
    from cadet.device.doctor import Finding

_COLOURS = {"works": "green", "missing": "yellow", "no permission": "red", "not there yet": "yellow"}
_LACKING = ("missing", "no permission")


@click.command("doctor", short_help="what can be measured and set here")
@click.argument("target", type=click.Path(path_type=Path), required=False)
@FORMAT
@click.pass_context
def command(ctx: click.Context, target: Path | None, format_: str) -> None:
    """Show every sensor and actuator of this machine: works, missing, no permission, and the remedy.

    With TARGET, also look whether what it needs is there, running nothing of it; exit code 6 when something is missing.
    A TARGET with [device] ssh has its board looked at instead of this machine.
    """
    from cadet.device.place import place_of
    from cadet.device.target import load
    from cadet.errors import CapabilityMissing

    described = load(target) if target is not None else None
    place = place_of(described)
    needed = place.needs(described) if described is not None else []
    findings = place.examine() + needed
    with telling():
        _as_json(findings) if format_ == "json" else _as_table(findings)
    ctx.exit(CapabilityMissing.exit_code if any(f.state in _LACKING for f in needed) else 0)


def _as_json(findings: list[Finding]) -> None:
    import json

    click.echo(json.dumps({"schema": "cadet.doctor/1", "findings": [f.to_dict() for f in findings]}, indent=2))


def _as_table(findings: list[Finding]) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table(title="What this machine can do for CADET")
    for heading in ("kind", "name", "state", "detail", "remedy"):
        table.add_column(heading, overflow="fold")
    for f in findings:
        colour = _COLOURS[f.state]
        table.add_row(f.kind, escape(f.name), f"[{colour}]{f.state}[/]", escape(f.detail), escape(f.remedy))
    stdout().print(table)
