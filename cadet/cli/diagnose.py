"""`cadet diagnose`: root causes and paths from the measurements at hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cadet.cli.arguments import FORMAT, SEED, STUDY, question

if TYPE_CHECKING:
    from cadet.study import Asked


@click.command("diagnose", short_help="root causes and ranked paths for a fault")
@STUDY
@question
@SEED
@FORMAT
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Also write the answer as JSON.")
@click.option("--report", "report_file", type=click.Path(path_type=Path), help="Also write the HTML report.")
@click.pass_context
def command(
    ctx: click.Context,
    study: str,
    asked: Asked,
    seed: int,
    format_: str,
    json_file: Path | None,
    report_file: Path | None,
) -> None:
    """Say which options cause the fault, through which events, and what would probably fix it.

    Nothing is measured, so a fix stays a prediction: `cadet fix STUDY --apply` proves it. Exit code 0 when causes were
    found or there is no fault, 1 when no option has a detectable effect.
    """
    from cadet.cli.answer import tell, writable
    from cadet.cli.console import progress
    from cadet.model.diagnosis import Verdict
    from cadet.study import Study, story_of

    writable(json_file)
    writable(report_file)
    with Study.open(study) as opened:
        with progress() as told:
            diagnosis = opened.diagnose(asked, seed=seed, progress=told)
        tell(story_of(opened, diagnosis, ctx.obj), format_, json_file, report_file)
    ctx.exit(1 if diagnosis.verdict is Verdict.NO_EFFECT else 0)
