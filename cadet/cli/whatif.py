"""`cadet whatif`: what would have happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cadet.cli.arguments import FORMAT, SEED, STUDY, assignments, question

if TYPE_CHECKING:
    from cadet.causal.effects import Counterfactual
    from cadet.study import Asked


@click.command("whatif", short_help="the counterfactual: what would have happened")
@STUDY
@click.option("--set", "changes", multiple=True, required=True, metavar="OPTION=VALUE", help="May repeat.")
@question
@SEED
@FORMAT
def command(
    study: str,
    changes: tuple[str, ...],
    asked: Asked,
    seed: int,
    format_: str,
) -> None:
    """Predict what the fault of STUDY would have measured with other option values, everything else the same."""
    from cadet.study import Study

    with Study.open(study) as opened:
        answer = opened.whatif(assignments(changes, "--set"), asked, seed=seed)
        goals, before = opened.fault(asked)
        changed = opened.target.space.changes(before.configuration, answer.configuration)
    if format_ == "json":
        _as_json(answer)
        return
    from cadet.cli.console import stdout
    from cadet.report.terminal import render_counterfactual

    stdout().print(render_counterfactual(answer, changed, goals, before))


def _as_json(answer: Counterfactual) -> None:
    import json

    from cadet.report.machine import strict

    click.echo(json.dumps(strict({"schema": "cadet.counterfactual/1", **answer.to_dict()}), indent=2))
