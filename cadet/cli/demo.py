"""`cadet demo`: the main job with nothing but Python."""

from __future__ import annotations

from pathlib import Path

import click

from cadet.cli.arguments import FORMAT, FRESH, SEED


@click.command("demo", short_help="the main job on this machine with nothing but Python")
@click.option("--dir", "directory", type=click.Path(path_type=Path, file_okay=False), help="Where to work.")
@SEED
@FRESH
@FORMAT
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Also write the answer as JSON.")
@click.option(
    "--report",
    "report_file",
    type=click.Path(path_type=Path),
    default=Path("report.html"),
    show_default=True,
    help="Where to write the HTML report.",
)
@click.pass_context
def command(
    ctx: click.Context,
    directory: Path | None,
    seed: int,
    fresh: bool,
    format_: str,
    json_file: Path | None,
    report_file: Path,
) -> None:
    """Debug a real, slow SQLite ingest on this machine: real files, real fsync, about two minutes.

    Running it again continues the same study; --fresh measures anew.
    """
    from cadet.cli.answer import tell, writable
    from cadet.cli.console import note, progress
    from cadet.demo import prepare
    from cadet.study import Asked, Study, story_of

    writable(json_file)
    writable(report_file)
    demo = prepare(directory)
    note(f"A telemetry service ingests sensor readings into SQLite, and it is slow. Where: {demo.note}")
    with Study.create(demo.target_path, fresh=fresh) as study:
        with progress() as told:
            diagnosis = study.debug(Asked(objectives=("latency",)), seed=seed, progress=told)
        tell(story_of(study, diagnosis, ctx.obj), format_, json_file, report_file)
    ctx.exit(diagnosis.exit_code)
