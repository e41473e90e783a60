"""Who says what about a circle: ways that effects need, majorities of subsamples, a criterion, guesses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import networkx as nx

from cadet.causal.discovery.partial import Partial, Put
from cadet.causal.discovery.readings import End
from cadet.model.graph import PAG, EdgeStability, Mark
from cadet.model.knowledge import Knowledge

ENTROPIC = "entropic criterion (a guess)"
MAJORITY = 0.5  # of the subsamples that have the edge must show a mark for it to decide

Ends = tuple[Mark, Mark]  # the marks at a and at b on an edge a–b


@dataclass(frozen=True)
class Claim:
    """Somebody's word on the mark at b on the edge a–b."""

    end: End
    mark: Mark
    rule: str


def puts(start: Partial, claims: Iterable[Claim]) -> list[Put]:
    """Return the claims by the numbers of their nodes."""
    number = start.frame.number
    return [(number[claim.end[0]], number[claim.end[1]], claim.mark) for claim in claims]


def mark_at(state: Partial, end: End) -> Mark:
    """Return the mark that the graph has at an end."""
    a, b = (state.frame.number[node] for node in end)
    return state.mark(a, b)


def way(pag: PAG, a: str, b: str) -> list[tuple[str, str]]:
    """Return the edges of the shortest potentially directed path from a to b, none when there is no such path."""
    graph = nx.DiGraph()
    graph.add_nodes_from(sorted(pag.nodes))
    possible = (
        (x, y) for (x, y), at_y in pag.marks.items() if at_y is not Mark.TAIL and pag.marks[y, x] is not Mark.ARROW
    )
    graph.add_edges_from(sorted(possible))
    if not nx.has_path(graph, a, b):
        return []
    nodes = nx.shortest_path(graph, a, b)
    return list(pairwise(nodes))


def majorities(stability: Sequence[EdgeStability]) -> list[Claim]:
    """Return the marks that most subsamples with the edge show, the clearest first."""
    shown = []
    for edge in stability:
        for end, seen in (((edge.b, edge.a), edge.at_a), ((edge.a, edge.b), edge.at_b)):
            share = {m: seen.get(m, 0.0) / edge.adjacent for m in (Mark.ARROW, Mark.TAIL) if edge.adjacent}
            shown += [(-of, end, Claim(end, m, "stability")) for m, of in share.items() if of > MAJORITY]
    return [claim for _, _, claim in sorted(shown, key=lambda s: s[:2])]


def word(state: Partial, pair: tuple[str, str], ends: Ends) -> list[Claim]:
    """Return what a criterion says: on an o→ only whether it is ↔, as a direction is no choice any more."""
    a, b = pair
    at = {(b, a): ends[0], (a, b): ends[1]}
    circles = [end for end in at if mark_at(state, end) is Mark.CIRCLE]
    if len(circles) == 1:
        both = ends == (Mark.ARROW, Mark.ARROW)
        return [Claim(circles[0], Mark.ARROW if both else Mark.TAIL, ENTROPIC)]
    return [Claim(end, mark, ENTROPIC) for end, mark in at.items() if mark is not Mark.CIRCLE]


def guesses(pag: PAG, knowledge: Knowledge) -> list[Claim]:
    """Return a tail for every circle: first those that face an arrowhead, then where an o–o may start."""
    order = _order(pag, knowledge)
    circles = [end for end, mark in pag.marks.items() if mark is Mark.CIRCLE]
    faced = {end: pag.marks[end[::-1]] is Mark.ARROW for end in circles}
    ranked = sorted(circles, key=lambda end: (not faced[end], order[end[1]], order[end[0]]))
    return [Claim(end, Mark.TAIL, "guess") for end in ranked]


def _order(pag: PAG, knowledge: Knowledge) -> dict[str, tuple[int, int, str]]:
    graph = nx.Graph([(a, b) for a, b, _, _ in pag.edges()])
    first = min(knowledge.tiers.values(), default=0)
    settings = knowledge.exogenous or {n for n in pag.nodes if knowledge.tiers.get(n, 0) == first}
    sources = settings & set(graph)
    distance = nx.multi_source_dijkstra_path_length(graph, sources, weight=None) if sources else {}
    return {n: (knowledge.tiers.get(n, 0), distance.get(n, len(pag.nodes)), n) for n in pag.nodes}
