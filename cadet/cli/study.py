"""`cadet study`: what studies there are and what is in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cadet.cli.arguments import FORMAT, STUDY

if TYPE_CHECKING:
    from cadet.study import Study


@click.group("study", short_help="list, show, export and upgrade studies")
def command() -> None:
    """Look at studies and take their measurements out."""


@command.command("list")
@click.argument("directory", type=click.Path(path_type=Path, exists=True, file_okay=False), default=Path())
@FORMAT
def list_(directory: Path, format_: str) -> None:
    """List the studies beside the target files of DIRECTORY."""
    from cadet.study.location import studies

    found = studies(directory)
    if format_ == "json":
        click.echo(json.dumps([{"name": path.stem, "path": str(path)} for path in found], indent=2))
        return
    for path in found:
        click.echo(f"{path.stem}\t{path}")
    if not found:
        click.echo("no studies here; `cadet measure TARGET` starts one", err=True)


@command.command("show")
@STUDY
@FORMAT
def show_(study: str, format_: str) -> None:
    """Show what STUDY holds."""
    from cadet.study import Study

    with Study.open(study) as opened:
        show(opened, format_)


@command.command("export")
@STUDY
@click.argument("table", type=click.Path(path_type=Path))
def export(study: str, table: Path) -> None:
    """Write every run of STUDY to TABLE (.csv or .parquet), one row per repetition."""
    from cadet.study import Study
    from cadet.study.exchange import export

    with Study.open(study) as opened:
        rows = export(opened.store, table)
    click.echo(f"wrote {rows} runs to {table}", err=True)


@command.command("upgrade")
@STUDY
def upgrade(study: str) -> None:
    """Bring STUDY to the schema of this version."""
    from cadet.study import Study
    from cadet.study.tables import SCHEMA_VERSION

    with Study.open(study):  # refuses what a newer version wrote
        click.echo(f"{study} has schema {SCHEMA_VERSION}, the newest; there is nothing to do", err=True)


def show(study: Study, format_: str) -> None:
    """Print the numbers of a study."""
    summary = study.store.summary()
    if format_ == "json":
        click.echo(json.dumps({"schema": "cadet.study/1", **summary.to_dict()}, indent=2))
        return
    from cadet.cli.console import stdout
    from cadet.report.terminal_study import Holdings, render_study

    held = Holdings(study.target.name, summary.location, study.target.objectives, study.runs, summary.pending,
                    summary.results)  # fmt: skip
    stdout().print(render_study(held))
