"""`cadet fix`: ranked fixes, predicted or proven."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cadet.cli.arguments import ALLOW, FORMAT, SEED, STUDY, question

if TYPE_CHECKING:
    from cadet.study import Asked


@click.command("fix", short_help="ranked fixes; --apply verifies them on the device")
@STUDY
@question
@click.option("--apply", "apply_", is_flag=True, help="Search on, verify and minimise on the device.")
@click.option(
    "--budget",
    type=click.IntRange(1),
    default=55,
    show_default=True,
    help="With --apply: distinct configurations, as in `cadet debug`.",
)
@click.option("--keep", is_flag=True, help="With --apply: leave a confirmed fix on the device.")
@ALLOW
@SEED
@FORMAT
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Also write the answer as JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    study: str,
    asked: Asked,
    apply_: bool,
    keep: bool,
    allow_system_writes: bool,
    seed: int,
    format_: str,
    json_file: Path | None,
) -> None:
    """Rank the fixes for the fault of STUDY; without --apply they are predictions."""
    from cadet.cli.answer import tell, writable
    from cadet.cli.console import progress
    from cadet.model.diagnosis import Verdict
    from cadet.study import Study, story_of

    writable(json_file)
    with Study.open(study) as opened:
        with progress() as told:
            if apply_:
                diagnosis = opened.debug(asked, seed=seed, progress=told, keep=keep,
                                         allow_system_writes=allow_system_writes)  # fmt: skip
            else:
                diagnosis = opened.diagnose(asked, seed=seed, progress=told)
        tell(story_of(opened, diagnosis, ctx.obj), format_, json_file)
    ctx.exit(diagnosis.exit_code if apply_ or diagnosis.verdict is Verdict.NO_EFFECT else 0)
