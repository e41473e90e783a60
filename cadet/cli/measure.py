"""`cadet measure`: an initial design, run and stored."""

from __future__ import annotations

from pathlib import Path

import click

from cadet.cli.arguments import ALLOW, DRY_RUN, FAULT, FORMAT, FRESH, SEED, TARGET, accepted


@click.command("measure", short_help="design, run, store; resumes where it stopped")
@TARGET
@click.option(
    "-n",
    "--configurations",
    "n",
    type=click.IntRange(1),
    default=25,
    show_default=True,
    help="How many configurations besides the fault.",
)
@FAULT
@click.option("--accept", default="", metavar="COST,...", help="What the configurations may give up.")
@SEED
@FRESH
@FORMAT
@ALLOW
@DRY_RUN
def command(
    target: Path,
    n: int,
    fault: str | None,
    accept: str,
    seed: int,
    fresh: bool,
    format_: str,
    allow_system_writes: bool,
    dry_run: bool,
) -> None:
    """Measure the fault and a spread-out sample of TARGET's configurations, in randomised complete blocks.

    Running it again continues where it stopped; nothing is measured twice.
    """
    from cadet.cli.console import progress
    from cadet.cli.study import show
    from cadet.errors import MeasurementError
    from cadet.study import Asked, Study

    if dry_run:
        from cadet.cli.plan import show as show_plan

        show_plan(target, format_)
        return
    asked = Asked(fault=fault, accepted=accepted(accept))
    with Study.create(target, fresh=fresh) as study:
        with progress() as told:
            study.measure(n, asked, seed=seed, progress=told, allow_system_writes=allow_system_writes)
        show(study, format_)
        if not any(run.ok for run in study.runs):
            last = study.runs[-1]
            raise MeasurementError(f"no run ended well; the last one {last.status.value}: {last.message}")
