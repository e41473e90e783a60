"""`cadet import`: measurements that somebody else made."""

from __future__ import annotations

from pathlib import Path

import click

from cadet.cli.arguments import FORMAT, FRESH


@click.command("import", short_help="bring your own measurements (CSV, Parquet)")
@click.argument("table", type=click.Path(path_type=Path))
@click.option("--target", type=click.Path(path_type=Path), required=True, help="The target file that describes it.")
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="NAME=COLUMN",
    help="Where a column is called otherwise than in the target file; may repeat.",
)
@FRESH
@FORMAT
def command(table: Path, target: Path, columns: tuple[str, ...], fresh: bool, format_: str) -> None:
    """Add the rows of TABLE to the target's study: one column per option, event and objective, one row per run.

    Importing the same table twice does not double anything.
    """
    from cadet.cli.arguments import assignments
    from cadet.cli.console import note
    from cadet.cli.study import show
    from cadet.device.target import load
    from cadet.study import Study
    from cadet.study.exchange import import_runs, runs_in

    described = load(target)
    runs = runs_in(
        table, described, columns=assignments(columns, "--column"), tell=note
    )  # before --fresh moves a study
    with Study.create(described, fresh=fresh) as study:
        import_runs(study.store, runs, str(table), note)
        show(study, format_)
