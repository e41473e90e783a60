"""A causal graph in a terminal: what was found, the ways from options to objectives, every edge with its evidence."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from cadet.model.dataset import Dataset
from cadet.model.graph import CausalGraph
from cadet.report import edge_evidence, graph_chart, graph_view, numbers
from cadet.report.association import columns
from cadet.report.edge_evidence import Step
from cadet.report.graph_view import Edge, GraphView
from cadet.report.terminal_path import drawn
from cadet.report.terminal_table import table

MOST_WAYS = 8
LONGEST = 5  # nodes of a way that still fits a line or two


def render_graph(graph: CausalGraph, dataset: Dataset) -> RenderableType:
    """Return the graph for a rich console: the strongest ways first, then a table of edges."""
    view = graph_view.of_graph(graph, dataset)
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in _parts(view, dataset)))


def _parts(view: GraphView, dataset: Dataset) -> Iterator[RenderableType]:
    yield Text(graph_chart.summary(view))
    found = ways(view)
    if found:
        lines = (drawn([_step(edge) for edge in way]) for way in found[:MOST_WAYS])
        more = f" (the {MOST_WAYS} most stable of {len(found)})" if len(found) > MOST_WAYS else ""
        yield Group(Text(f"From options to objectives{more}", style="bold"), *(Padding(w, (0, 0, 0, 2)) for w in lines))
    elif view.edges:
        yield Text("No way leads from an option to an objective through edges that are oriented.")
    if view.edges:
        yield _edges(view, dataset)
    if view.lonely:
        yield Text(f"Without any edge: {', '.join(view.lonely)}.", style="dim")


def ways(view: GraphView) -> list[tuple[Edge, ...]]:
    """Return the ways along edges from an option to an objective, that with the most stable weakest edge first."""
    tiers = view.tiers
    leaving: dict[str, list[Edge]] = {}
    for edge in view.edges:
        if not edge.hidden_cause:
            leaving.setdefault(edge.a, []).append(edge)
    found: list[tuple[Edge, ...]] = []
    waiting: list[tuple[Edge, ...]] = [(e,) for name, tier in tiers.items() if tier == 0 for e in leaving.get(name, ())]
    while waiting:
        way = waiting.pop()
        if tiers[way[-1].b] == 2:
            found.append(way)
        elif len(way) < LONGEST - 1:
            been = {way[0].a, *(e.b for e in way)}
            waiting += [(*way, e) for e in leaving.get(way[-1].b, ()) if e.b not in been]
    return sorted(found, key=lambda way: (-min(_share(e) for e in way), len(way), [e.b for e in way]))


def _share(edge: Edge) -> float:
    return 0.0 if edge.stability is None else edge.stability


def _step(edge: Edge) -> Step:
    return Step(edge.a, edge.b, None, edge.stability, found=True)


def _edges(view: GraphView, dataset: Dataset) -> RenderableType:
    seen = columns(dataset) if len(dataset.frame) else None
    title = "Edges (o: the data cannot tell this end, <-> a hidden common cause)"
    grid = table(title, "edge", "found again", "rank correlation", "read as")
    for edge in sorted(view.edges, key=lambda e: (-_share(e), e.a, e.b)):
        share = "not resampled" if edge.stability is None else numbers.percent(edge.stability)
        data = edge_evidence.association_short(seen.association(edge.a, edge.b) if seen else None)
        grid.add_row(*map(Text, (str(edge), share, data, edge.reads or "not read")))
    return grid
