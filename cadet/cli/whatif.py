"""`cadet whatif`: what would have happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cadet.cli.arguments import FORMAT, SEED, STUDY, assignments, question

if TYPE_CHECKING:
    from cadet.causal.effects import Counterfactual
    from cadet.study import Asked, Study


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
        units = {label: _unit(label, opened) for label in answer.predicted}
    if format_ == "json":
        _as_json(answer)
    else:
        _as_text(answer, units)


def _as_json(answer: Counterfactual) -> None:
    import json

    from cadet.report.machine import strict

    click.echo(json.dumps(strict({"schema": "cadet.counterfactual/1", **answer.to_dict()}), indent=2))


def _unit(label: str, study: Study) -> str:
    """Return the unit of a goal's objective, whose label may end in a context level: `latency@rows=10`."""
    return next(o.unit for o in study.target.objectives if label == o.name or label.startswith(f"{o.name}@"))


def _as_text(answer: Counterfactual, units: dict[str, str]) -> None:
    from cadet.cli.console import stdout
    from cadet.report.terminal import render_counterfactual

    stdout().print(render_counterfactual(answer, units))
