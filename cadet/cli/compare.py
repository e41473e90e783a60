"""`cadet compare`: what changed between two studies of one system."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cadet.cli.arguments import FAULT, SEED

if TYPE_CHECKING:
    from cadet.model.comparison import Comparison


@click.command("compare", short_help="what changed between two studies of one system")
@click.argument("before")
@click.argument("after")
@FAULT
@click.option("--objective", "objectives", multiple=True, metavar="NAME", help="May repeat; else all of them.")
@SEED
@click.option(
    "--format", "format_", type=click.Choice(["table", "json", "markdown"]), default="table", show_default=True
)
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Also write the answer as JSON.")
@click.option("--exit-code", "tell_by_code", is_flag=True, help="Exit with 1 when something changed.")
@click.pass_context
def command(
    ctx: click.Context,
    before: str,
    after: str,
    fault: str | None,
    objectives: tuple[str, ...],
    seed: int,
    format_: str,
    json_file: Path | None,
    tell_by_code: bool,
) -> None:
    """Say what changed from study BEFORE to study AFTER: an upgrade, another board, another day.

    Mechanisms (how an event or objective follows from its causes), effects of options, root causes that are new or
    gone. Nothing is measured. Exit code 0 whatever changed, 4 when there are too few measurements to compare anything.
    """
    from cadet.cli.answer import writable, write
    from cadet.cli.console import progress
    from cadet.study import Asked, Study

    writable(json_file)
    with Study.open(before) as first, Study.open(after) as second, progress() as told:
        answer = first.compare(second, Asked(fault, objectives), seed=seed, progress=told)
    if json_file is not None:
        write(json_file, _json(answer))
    _tell(answer, format_)
    ctx.exit(1 if tell_by_code and answer.changed else answer.exit_code)


def _json(answer: Comparison) -> str:
    from cadet.report.machine import strict

    return json.dumps(strict(answer.to_dict()), ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def _tell(answer: Comparison, format_: str) -> None:
    from cadet.cli.console import stdout, telling
    from cadet.report.comparison import markdown, render

    with telling():
        if format_ == "table":
            stdout().print(render(answer))
        else:
            click.echo(_json(answer) if format_ == "json" else markdown(answer), nl=False)
