"""`cadet doctor`: what can be measured and set here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cadet.cli.arguments import FORMAT
from cadet.cli.console import stdout

if TYPE_CHECKING:
    from cadet.device.doctor import Finding

_COLOURS = {"works": "green", "missing": "yellow", "no permission": "red", "not served yet": "yellow"}


@click.command("doctor", short_help="what can be measured and set here")
@click.argument("target", type=click.Path(path_type=Path), required=False)
@FORMAT
def command(target: Path | None, format_: str) -> None:
    """Show every sensor and actuator of this machine: works, missing, no permission, and the remedy.

    With TARGET, also check that its programs are there and that it can be measured.
    """
    from cadet.device.doctor import examine

    findings = examine()
    if target is not None:
        findings += _target(target)
    if format_ == "json":
        _as_json(findings)
    else:
        _as_table(findings)


def _target(path: Path) -> list[Finding]:
    import shutil

    from cadet.device.doctor import Finding
    from cadet.device.target import load
    from cadet.device.target.target import Command

    target = load(path)
    findings = [Finding("target", target.name, "works", f"{len(target.space.options)} options, "
                        f"objectives: {', '.join(o.name for o in target.objectives)}")]  # fmt: skip
    programs = [target.workload.argv[0]] if isinstance(target.workload, Command) else []
    programs += [target.service.start[0]] if target.service else []
    for program in programs:
        found = shutil.which(program, path=None) or ((target.workdir / program).exists() and program)
        findings.append(Finding("target", program, "works" if found else "missing", str(found or "not on PATH"),
                                "" if found else f"install {program}, or correct the target file"))  # fmt: skip
    return findings


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
