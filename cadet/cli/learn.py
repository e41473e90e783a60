"""`cadet learn`: the causal graph of a study."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cadet.cli.arguments import SEED, STUDY

if TYPE_CHECKING:
    from cadet.model.graph import CausalGraph


@click.command("learn", short_help="the causal graph, with edge stability")
@STUDY
@SEED
@click.option(
    "--format", "format_", type=click.Choice(["table", "json", "text", "dot", "graphml"]), default="table",
    show_default=True, help="text (as Tetrad writes it), dot and graphml hold the PAG alone, for other tools.",
)  # fmt: skip
@click.option(
    "--engine", default="cadet", show_default=True, metavar="NAME",
    help="cadet, or to compare with: causal-learn (FCI), pgmpy (PC), pgmpy-ges (GES).",
)  # fmt: skip
@click.option(
    "--subsamples", type=click.IntRange(0), metavar="N",
    help="How often to learn again from half of the configurations; 200 for cadet, else 0.",
)  # fmt: skip
def command(study: str, seed: int, format_: str, engine: str, subsamples: int | None) -> None:
    """Learn the causal graph of STUDY over options, events and objectives, and how stable each edge is."""
    from cadet.cli.console import note, progress
    from cadet.study import Study

    with Study.open(study) as opened:
        with progress() as told:
            graph = opened.learn(seed=seed, engine=engine, subsamples=subsamples, progress=told).graph
        dataset = opened.dataset
        for column in dataset.left_out:
            note(f"left out: {column.column}: {column.reason}")
    for remark in graph.notes:
        note(remark)
    if format_ == "table":
        from cadet.cli.console import stdout
        from cadet.report.terminal_graph import render_graph

        stdout().print(render_graph(graph, dataset))
    else:
        click.echo(_written(graph, format_), nl=False)


def _written(graph: CausalGraph, format_: str) -> str:
    import json

    from cadet.causal.interop import to_dot, to_graphml, to_text

    if format_ == "json":
        return json.dumps(graph.to_dict(), indent=2) + "\n"
    return {"text": to_text, "dot": to_dot, "graphml": to_graphml}[format_](graph.pag)
