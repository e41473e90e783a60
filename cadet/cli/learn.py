"""`cadet learn`: the causal graph of a study."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cadet.cli.arguments import FORMAT, SEED, STUDY

if TYPE_CHECKING:
    from cadet.model.graph import CausalGraph


@click.command("learn", short_help="the causal graph, with edge stability")
@STUDY
@SEED
@FORMAT
def command(study: str, seed: int, format_: str) -> None:
    """Learn the causal graph of STUDY over options, events and objectives, and how stable each edge is."""
    from cadet.cli.console import note, progress
    from cadet.study import Study

    with Study.open(study) as opened:
        with progress() as told:
            graph = opened.learn(seed=seed, progress=told).graph
        for column in opened.dataset.left_out:
            note(f"left out: {column.column}: {column.reason}")
    for remark in graph.notes:
        note(remark)
    if format_ == "json":
        _as_json(graph)
    else:
        _as_table(graph)


def _as_json(graph: CausalGraph) -> None:
    import json

    click.echo(json.dumps(graph.to_dict(), indent=2))


def _as_table(graph: CausalGraph) -> None:
    from rich.table import Table
    from rich.text import Text

    from cadet.cli.console import stdout

    table = Table(title="Causal graph (PAG): o- the data cannot tell, -> causes, <-> hidden common cause")
    for heading in ("edge", "seen in resamples"):
        table.add_column(heading)
    for line, (a, b, _, _) in zip(str(graph.pag).splitlines(), graph.pag.edges(), strict=True):
        share = graph.stability_of(a, b)
        table.add_row(Text(line), "not resampled" if share is None else f"{share:.0%}")
    stdout().print(table)
