"""`cadet debug`: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cadet.cli.arguments import ALLOW, DRY_RUN, FORMAT, FRESH, SEED, TARGET, question

if TYPE_CHECKING:
    from cadet.study import Asked


@click.command("debug", short_help="all of it: measure, learn, diagnose, fix, verify, minimise, report")
@TARGET
@question
@click.option(
    "--budget",
    type=click.IntRange(1),
    default=55,
    show_default=True,
    help="Distinct configurations run after the fault; repetitions and verification are not counted.",
)
@click.option("--initial", type=click.IntRange(1), default=25, show_default=True, help="Size of the initial design.")
@click.option("--from", "source", metavar="STUDY", help="Start from a study of it on another device or workload.")
@SEED
@FRESH
@FORMAT
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Also write the answer as JSON.")
@click.option("--report", "report_file", type=click.Path(path_type=Path), help="Also write the HTML report.")
@click.option("--keep", is_flag=True, help="Leave a confirmed fix on the device.")
@ALLOW
@DRY_RUN
@click.pass_context
def command(
    ctx: click.Context,
    target: Path,
    asked: Asked,
    source: str | None,
    seed: int,
    fresh: bool,
    format_: str,
    json_file: Path | None,
    report_file: Path | None,
    keep: bool,
    allow_system_writes: bool,
    dry_run: bool,
) -> None:
    """Find the smallest change that fixes a slow configuration of TARGET, and prove it on the device.

    Running it again continues where it stopped. Exit codes: 0 fixed (or no fault), 1 the answer is negative,
    2 usage, 3 could not measure, 4 inconclusive, 5 the device could not be put back, 6 not permitted, 130 interrupted.
    """
    from cadet.cli.answer import tell, writable
    from cadet.cli.console import progress
    from cadet.errors import DeviceNotRestored
    from cadet.model.diagnosis import Diagnosis
    from cadet.study import Study, story_of

    if dry_run:
        from cadet.cli.plan import show

        show(target, format_)
        return
    writable(json_file)
    writable(report_file)
    with Study.create(target, fresh=fresh) as study:
        try:
            with progress() as told:
                diagnosis = study.debug(asked, seed=seed, progress=told, keep=keep, earlier=source,
                                        allow_system_writes=allow_system_writes)  # fmt: skip
        except DeviceNotRestored as error:
            if isinstance(error.answer, Diagnosis):
                tell(story_of(study, error.answer, ctx.obj), format_, json_file, report_file)
            raise
        tell(story_of(study, diagnosis, ctx.obj), format_, json_file, report_file)
    ctx.exit(diagnosis.exit_code)
